//! Promises of the store: one effect a key, no oversell, nothing acknowledged is ever lost.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use api::data;
use api::store::{Decision, IdempotencyKey, Store, SubmitError};
use engine::fulfilment::{Event, State};
use engine::ids::OrderId;
use engine::model::{SkuIx, WarehouseIx, World};
use engine::stock::{Refusal, StockEvent, StockLine};
use engine::units::Timestamp;

const WORLD: &str = "tiny";
const CHILD: &str = "TIDEWATER_TEST_CHILD";
const NOW: Timestamp = Timestamp::from_unix(1_762_800_000);

fn world() -> World {
    data::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tiny"))
        .unwrap_or_else(|faults| panic!("{}", faults[0]))
        .world
}

fn open(folder: &Path) -> Store<State> {
    Store::open(folder, WORLD, State::new(&world())).expect("the store opens")
}

fn line(quantity: u32) -> StockLine {
    StockLine { sku: SkuIx(0), warehouse: WarehouseIx(0), quantity }
}

fn receive(store: &Store<State>, quantity: i64) {
    let event = Event::Stock { change: StockEvent::Received { sku: SkuIx(0), warehouse: WarehouseIx(0), quantity } };
    let booked =
        store.submit_blocking(NOW, None, move |_| Ok::<_, Refusal>(Decision { events: vec![event], reply: () }));
    booked.expect("stock is booked");
}

/// Takes one unit for an order, or is refused.
fn take(store: &Store<State>, order: &OrderId, key: Option<IdempotencyKey>) -> Result<bool, SubmitError<Refusal>> {
    let id = order.clone();
    let taken = store.submit_blocking(NOW, key, move |state: &State| {
        let changes = state.ledger().decide_allocate(&id, &[line(1)], None)?;
        Ok(Decision { events: changes.into_iter().map(|change| Event::Stock { change }).collect(), reply: () })
    })?;
    Ok(taken.replayed)
}

fn key(text: &str, content: u8) -> IdempotencyKey {
    IdempotencyKey { scope: "shop".to_owned(), key: text.to_owned(), content: [content; 32] }
}

fn id(text: &str) -> OrderId {
    OrderId::new(text).expect("a good id")
}

#[test]
fn the_same_key_a_thousand_times_is_one_effect() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    receive(&store, 5_000);
    let fresh = Arc::new(AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..125 {
                    let replayed = take(&store, &id("o"), Some(key("k", 1))).expect("answered");
                    fresh.fetch_add(u64::from(!replayed), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(fresh.load(Ordering::Relaxed), 1);
    assert_eq!(store.read(|state| state.ledger().slot(SkuIx(0), WarehouseIx(0)).allocated), 1);
    assert!(matches!(take(&store, &id("o"), Some(key("k", 2))), Err(SubmitError::KeyReused)));
}

#[test]
fn eight_writers_sell_exactly_what_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    receive(&store, 1_000);
    let sold = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (store, sold) = (&store, &sold);
            scope.spawn(move || {
                for n in 0..300 {
                    match take(store, &id(&format!("o{writer}-{n}")), None) {
                        Ok(_) => sold.fetch_add(1, Ordering::Relaxed),
                        Err(SubmitError::Refused(Refusal::Short(_))) => 0,
                        Err(error) => panic!("{error}"),
                    };
                }
            });
        }
    });
    assert_eq!(sold.load(Ordering::Relaxed), 1_000);
    let slot = store.read(|state| state.ledger().slot(SkuIx(0), WarehouseIx(0)));
    assert_eq!((slot.allocated, slot.available(), slot.is_sound()), (1_000, 0, true));
}

#[test]
fn a_second_process_is_kept_out_and_an_export_comes_back_byte_for_byte() {
    let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let store = open(first.path());
    receive(&store, 10);
    take(&store, &id("a"), None).expect("taken");
    assert!(Store::open(first.path(), WORLD, State::new(&world())).is_err());
    let mut exported = Vec::new();
    api::store::export(&store, WORLD, &mut exported).expect("exported");
    let copy = open(second.path());
    api::store::import(&copy, WORLD, &mut exported.as_slice()).expect("imported");
    let mut again = Vec::new();
    api::store::export(&copy, WORLD, &mut again).expect("exported");
    assert_eq!(exported, again);
    assert_eq!(copy.read(|state| state.ledger().clone()), store.read(|state| state.ledger().clone()));
}

/// Run only as the child of the test below: takes units until it is killed, and says each order that was acknowledged.
#[test]
fn child_that_takes_orders() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let store = open(Path::new(&folder));
    let mut out = std::io::stdout();
    for n in store.last_seq() * 1_000_000.. {
        let order = id(&format!("o{n}"));
        if take(&store, &order, None).is_err() {
            return;
        }
        writeln!(out, "ack {order}").and_then(|()| out.flush()).expect("the parent listens");
    }
}

#[test]
fn kill_9_at_twenty_moments_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    receive(&open(folder.path()), 10_000_000);
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    for round in 0..20_usize {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "child_that_takes_orders", "--nocapture", "--test-threads", "1"])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the child starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        // A different number of acknowledgements each round, so that the kill falls at different points of a commit.
        let stop_after = 3 + (round * 37) % 61;
        let mut seen = 0;
        for text in lines.map_while(Result::ok) {
            if let Some((_, order)) = text.split_once("ack ") {
                acknowledged.insert(order.to_owned());
                seen += 1;
                if seen == stop_after {
                    child.kill().expect("SIGKILL");
                }
            }
        }
        child.wait().expect("the child ends");
        let store = open(folder.path());
        let slot = store.read(|state| state.ledger().slot(SkuIx(0), WarehouseIx(0)));
        let held = |order: &String| store.read(|state| state.ledger().allocation(&id(order)).to_vec());
        assert!(slot.is_sound(), "round {round}: {slot:?}");
        for order in &acknowledged {
            assert_eq!(held(order), [line(1)], "round {round}: order {order} was acknowledged");
        }
        // At most the one command under way when the child died is there without its acknowledgement having been read.
        let unread = slot.allocated - acknowledged.len() as i64;
        assert!(
            (0..=i64::try_from(round).unwrap_or(0) + 1).contains(&unread),
            "round {round}: {unread} orders nobody was told of"
        );
        drop(store);
    }
    assert!(acknowledged.len() >= 60);
}
