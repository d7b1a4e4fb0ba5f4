//! `kill -9` of the server in the middle of a replay, twenty times: nothing acknowledged is lost or doubled, and the stock is
//! what orders and shipments say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use api::app::Budgets;
use api::auth::{Actor, Binding, KeyEntry, Keys, Role};
use api::cli::service::{open_store, start};
use api::clock::Clock;
use api::config::{Config, Sources};
use api::data;
use engine::calendar::civil::date;
use engine::fulfilment::{DispatchStage, ShipmentStage, State};
use engine::model::{ServiceLevel, SkuIx, WarehouseIx};
use engine::network::Network;
use engine::units::Seconds;
use serde_json::{Value, json};

use crate::service::{instant, world};
use crate::shop::text;

const FOLDER: &str = "TIDEWATER_TEST_SERVER";
const ROUNDS: usize = 20;
const SHOPS: usize = 8;
const START: &str = "2025-11-11T05:00:00Z";

/// Run only as the child of the test below: a whole service on the demo network, jobs and all, until it is killed. Its clock
/// goes on where the log ends, two minutes every ten milliseconds.
#[test]
fn child_that_serves() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut config = Config::from_sources(&Sources { file: None, environment: Vec::new() }).expect("settings");
        config.listen = ([127, 0, 0, 1], 0).into();
        config.data_dir = folder.join("data");
        config.world_dir = world("demo");
        // One key plays everybody.
        (config.limits.requests_per_second, config.limits.burst) = (1_000_000, 1_000_000);
        let keys = Keys::load(&folder.join("keys.toml")).expect("keys");
        let clock = Clock::virtual_at(instant(START));
        let budgets = Budgets { plan_iterations: 5, wave_iterations: 50 };
        let service = start(config, keys, clock.clone(), Seconds::minutes(60), budgets).await.expect("it starts");
        let newest = *service.app.newest_event().borrow();
        if let Some(last) = service.app.events_after(newest.saturating_sub(1), 1).expect("the log").first() {
            clock.set(last.at.max(clock.now())).expect("forward");
        }
        println!("listening {}", service.listener.local_addr().expect("an address"));
        std::io::stdout().flush().expect("the parent listens");
        let jobs = std::sync::Arc::clone(&service.jobs);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(10));
                clock.advance(Seconds::minutes(2)).expect("forward");
            }
        });
        std::thread::spawn(move || {
            loop {
                jobs.run_due();
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        service.serve().await.expect("it serves");
    });
}

/// What the outside was told.
#[derive(Default)]
struct Told {
    /// Orders still to be placed or without an answer: reference and body.
    open: Mutex<VecDeque<(String, Value)>>,
    /// Order id by reference.
    accepted: Mutex<BTreeMap<String, String>>,
    confirmed: Mutex<BTreeSet<String>>,
    taken: Mutex<BTreeSet<String>>,
}

/// One life of the server.
struct Life<'a> {
    base: String,
    key: &'a str,
    client: reqwest::Client,
    told: &'a Told,
    child: Mutex<Child>,
    /// Orders that this life may still acknowledge.
    left: AtomicUsize,
    over: AtomicBool,
}

impl Life<'_> {
    /// The answer, unless the server died over it.
    async fn send(&self, request: reqwest::RequestBuilder) -> Option<(u16, Value)> {
        let answer = request.bearer_auth(self.key).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Counts an acknowledgement; the last one of a life kills it while others are under way.
    fn acknowledged(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.over.store(true, Ordering::SeqCst);
            self.child.lock().expect("unpoisoned").kill().expect("SIGKILL");
        }
    }

    async fn shop(&self) {
        while !self.is_over() {
            // A breath between two orders leaves the floors time to work within a life.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let Some((reference, body)) = self.told.open.lock().expect("unpoisoned").pop_front() else { return };
            let url = format!("{}/v1/orders", self.base);
            let answer = self.send(self.client.post(url).header("idempotency-key", &reference).json(&body)).await;
            match answer {
                Some((201, order)) => {
                    let id = text(&order["id"]).to_owned();
                    let before = self.told.accepted.lock().expect("unpoisoned").insert(reference, id);
                    assert_eq!(before, None);
                    self.acknowledged();
                }
                Some((409, _)) => {}
                // No answer: whether it was carried out nobody knows. The same key again will tell.
                None => self.told.open.lock().expect("unpoisoned").push_front((reference, body)),
                Some((status, body)) => panic!("{status}: {body}"),
            }
        }
    }

    /// Warehouses and carriers answer what they find.
    async fn floor_and_docks(&self) {
        while !self.is_over() && self.left.load(Ordering::SeqCst) > 0 {
            for (list, path, verb, told) in [
                ("/v1/pick-lists?open=true", "/v1/pick-lists", "confirm", &self.told.confirmed),
                ("/v1/dispatches?stage=tendered", "/v1/dispatches", "accept", &self.told.taken),
            ] {
                let Some((200, page)) = self.send(self.client.get(format!("{}{list}", self.base))).await else {
                    return;
                };
                for item in page["items"].as_array().expect("items") {
                    let id = text(&item["id"]);
                    let url = format!("{}{path}/{id}/{verb}", self.base);
                    match self.send(self.client.post(url).json(&json!({}))).await {
                        None => return,
                        Some((200, _)) => {
                            told.lock().expect("unpoisoned").insert(id.to_owned());
                        }
                        // The tender was given up meanwhile.
                        Some((409, _)) => {}
                        Some((status, body)) => panic!("{status}: {body}"),
                    }
                }
            }
        }
    }
}

/// The event day's orders.
fn orders(network: &Network) -> VecDeque<(String, Value)> {
    let recorded = data::load_orders(&world("demo"), &network.world).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let world = &network.world;
    let level = |level| match level {
        ServiceLevel::Standard => "standard",
        ServiceLevel::TwoDay => "two_day",
        ServiceLevel::Overnight => "overnight",
        ServiceLevel::HalfDay => "half_day",
    };
    let of_day = recorded.iter().filter(|order| order.local_date == date(2025, 11, 11));
    let body = |order: &data::RecordedOrder| {
        let arrival = &order.arrival;
        let lines: Vec<Value> = arrival
            .lines
            .iter()
            .map(|line| json!({ "sku": world.skus[line.sku].id.as_str(), "quantity": line.quantity }))
            .collect();
        let body = json!({
            "merchant": world.merchants[arrival.merchant].id.as_str(), "reference": arrival.id.as_str(), "lines": lines,
            "destination": { "postal_code": world.postals[arrival.postal].code, "residential": arrival.residential },
            "level": level(arrival.level),
        });
        (arrival.id.to_string(), body)
    };
    of_day.map(body).collect()
}

fn spawn(folder: &Path) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "crash::child_that_serves", "--nocapture", "--test-threads", "1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let address = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("listening ")?.1.to_owned()));
    (child, format!("http://{}", address.expect("the child listens")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn kill_9_twenty_times_in_a_replay_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let admin = Actor { name: "everybody".to_owned(), role: Role::Admin, binding: Binding::Network };
    let (key, entry) = KeyEntry::issue(&admin).expect("a key");
    std::fs::write(folder.path().join("keys.toml"), entry.to_toml().expect("TOML")).expect("written");
    let loaded = data::load(&world("demo")).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let network = Network::new(loaded.world);
    let told = Told { open: Mutex::new(orders(&network)), ..Told::default() };
    for round in 0..ROUNDS {
        let (child, base) = spawn(folder.path());
        let life = Life {
            base,
            key: key.reveal(),
            client: reqwest::Client::new(),
            told: &told,
            child: Mutex::new(child),
            left: AtomicUsize::new(60 + (round * 37) % 101),
            over: AtomicBool::new(false),
        };
        let shops = async {
            tokio::join!(
                life.shop(),
                life.shop(),
                life.shop(),
                life.shop(),
                life.shop(),
                life.shop(),
                life.shop(),
                life.shop()
            );
        };
        tokio::join!(shops, life.floor_and_docks());
        assert!(life.is_over(), "round {round}: the server died before it was killed");
        life.child.lock().expect("unpoisoned").wait().expect("it ends");
        check(&network, &loaded.stock, folder.path(), &told, round);
    }
    let accepted = told.accepted.lock().expect("unpoisoned").len();
    let (confirmed, taken) = (told.confirmed.lock().expect("unpoisoned"), told.taken.lock().expect("unpoisoned"));
    println!("{accepted} orders, {} lists, {} dispatches acknowledged", confirmed.len(), taken.len());
    assert!(accepted > 1_500 && confirmed.len() > 5 && !taken.is_empty());
}

/// Everything that the outside was told is in the store, once; and the ledger is what orders and shipments add up to.
fn check(network: &Network, opening: &[(SkuIx, WarehouseIx, i64)], folder: &Path, told: &Told, round: usize) {
    let store = open_store(&folder.join("data"), network).expect("the store opens");
    store.read(|state: &State| {
        let mut by_reference = BTreeMap::new();
        for order in state.orders().values() {
            let reference = order.reference.clone().expect("a reference");
            let before = by_reference.insert(reference, order.id.to_string());
            assert_eq!(before, None, "round {round}: {:?} is there twice", order.reference);
        }
        for (reference, id) in told.accepted.lock().expect("unpoisoned").iter() {
            assert_eq!(by_reference.get(reference), Some(id), "round {round}: {reference} was acknowledged");
        }
        let unanswered = by_reference.len() - told.accepted.lock().expect("unpoisoned").len();
        assert!(unanswered <= SHOPS, "round {round}: {unanswered} orders nobody was told of");
        for id in told.confirmed.lock().expect("unpoisoned").iter() {
            let list = state.pick_lists().values().find(|list| list.id.as_str() == id).expect("the list");
            assert!(list.confirmed_at.is_some(), "round {round}: list {id} was confirmed");
        }
        for id in told.taken.lock().expect("unpoisoned").iter() {
            let dispatch = state.dispatches().values().find(|dispatch| dispatch.id.as_str() == id).expect("a dispatch");
            assert_eq!(dispatch.stage, DispatchStage::Accepted, "round {round}: {id} was accepted");
        }
        let mut expected: BTreeMap<(SkuIx, WarehouseIx), (i64, i64)> = BTreeMap::new();
        for &(sku, warehouse, quantity) in opening {
            expected.entry((sku, warehouse)).or_default().0 += quantity;
        }
        for planned in state.orders().values().flat_map(|order| &order.plan) {
            for line in &planned.lines {
                expected.entry((line.sku, planned.warehouse)).or_default().1 += i64::from(line.quantity);
            }
        }
        for shipment in state.shipments().values() {
            for line in &shipment.lines {
                let slot = expected.entry((line.sku, shipment.plan.warehouse)).or_default();
                match shipment.stage {
                    ShipmentStage::Dispatched | ShipmentStage::Delivered => slot.0 -= i64::from(line.quantity),
                    ShipmentStage::Void => {}
                    _ => slot.1 += i64::from(line.quantity),
                }
            }
        }
        for (sku, warehouse, slot) in state.ledger().slots() {
            let expected = expected.remove(&(sku, warehouse)).unwrap_or_default();
            assert_eq!((slot.on_hand, slot.allocated), expected, "round {round}: {sku:?} at {warehouse:?}");
            assert!(slot.is_sound(), "round {round}: {slot:?}");
        }
        assert!(expected.values().all(|slot| *slot == (0, 0)), "round {round}: {expected:?}");
    });
}
