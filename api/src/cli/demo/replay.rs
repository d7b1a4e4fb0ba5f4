//! Plays every part of the day over HTTP: shops, warehouses, carriers, buyers' doors.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use engine::fulfilment::OrderStage;
use engine::ids::{OrderId, ShipmentId};
use engine::model::ServiceLevel;
use engine::peak::{Arrival, CurvePoint, arrival_delay};
use engine::search::Seed;
use engine::units::{Seconds, Timestamp};
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::Role;
use crate::clock::Clock;
use crate::data::RecordedOrder;
use crate::jobs::Jobs;

/// Keys of all parties.
#[derive(Clone, Debug, Default)]
pub struct KeyChain {
    /// The planner's.
    pub planner: String,
    /// Everybody else's, by role and id.
    pub by_name: BTreeMap<(Role, String), String>,
}

/// What the replay saw.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Order ids by place in the stream; `None` where refused.
    pub ids: Vec<Option<OrderId>>,
    /// Refusals by problem code.
    pub refused: BTreeMap<String, u64>,
    /// Seconds of each quote.
    pub quote_latency: Vec<Duration>,
    /// Seconds of each order.
    pub order_latency: Vec<Duration>,
    /// The day's curve.
    pub curve: Vec<CurvePoint>,
    /// Real time that placing orders took.
    pub placing: Duration,
    /// Requests sent in all.
    pub requests: u64,
}

/// Virtual time between two steps; as short as the jobs' periods, so that no collection and no van window is missed.
const STEP: Seconds = Seconds::minutes(5);
/// How long parcels may travel after the last order before the day is counted.
const TAIL: Seconds = Seconds::hours(24 * 8);
/// Requests under way at once.
const AT_ONCE: usize = 16;

/// The day and its players.
pub struct Replay {
    base: String,
    keys: KeyChain,
    app: Arc<App>,
    jobs: Arc<Jobs>,
    clock: Clock,
    seed: Seed,
    client: reqwest::Client,
    outcome: Outcome,
    /// Parcels under way: when and what arrives, and who reports it.
    under_way: BinaryHeap<Reverse<(Timestamp, String, String)>>,
    /// Dispatches of own vans that still drive, with their carriers.
    vans: BTreeMap<String, String>,
    /// When own vans are at the doors of their shipments, by the newest plan.
    stops: BTreeMap<String, Timestamp>,
}

impl Replay {
    /// A replay against the service at `base`.
    pub fn new(base: String, keys: KeyChain, app: Arc<App>, jobs: Arc<Jobs>, clock: Clock, seed: Seed) -> Self {
        let client = reqwest::Client::new();
        let (vans, stops) = (BTreeMap::new(), BTreeMap::new());
        let (outcome, under_way) = (Outcome::default(), BinaryHeap::new());
        Self { base, keys, app, jobs, clock, seed, client, outcome, under_way, vans, stops }
    }

    /// Plays the orders and all that follows from them.
    pub async fn run(mut self, orders: &[RecordedOrder]) -> anyhow::Result<Outcome> {
        let last = orders.last().map_or(self.clock.now(), |order| order.arrival.at);
        let bar = Progress::new(orders.len() as u64);
        self.outcome.ids = vec![None; orders.len()];
        let mut next = 0;
        while next < orders.len() {
            let now = self.clock.advance(STEP)?;
            self.tick(now).await?;
            let due = orders[next..].iter().take_while(|order| order.arrival.at <= now).count();
            let started = Instant::now();
            self.place(next, &orders[next..next + due]).await?;
            self.outcome.placing += started.elapsed();
            next += due;
            self.show(&bar, next as u64, now);
        }
        bar.next_phase("parcels travel");
        while self.clock.now() < last + TAIL && !self.is_done() {
            let now = self.clock.advance(STEP)?;
            self.tick(now).await?;
            self.show(&bar, next as u64, now);
        }
        bar.finish();
        Ok(self.outcome)
    }

    fn is_done(&self) -> bool {
        let over = |stage| matches!(stage, OrderStage::Delivered | OrderStage::Cancelled);
        self.app.read(|state| state.orders().values().all(|order| over(order.stage)))
    }

    /// One step of everybody but the shops.
    async fn tick(&mut self, now: Timestamp) -> anyhow::Result<()> {
        let jobs = Arc::clone(&self.jobs);
        tokio::task::spawn_blocking(move || jobs.run_due()).await.context("running jobs")?;
        if let Some(failed) =
            self.jobs.status().into_iter().find_map(|job| job.last_error.map(|error| (job.kind, error)))
        {
            bail!("the {:?} job failed: {}", failed.0, failed.1);
        }
        self.warehouses(now).await?;
        self.carriers().await?;
        self.doors(now).await
    }

    /// Every order of the step is quoted and then placed, many at once, each by its own shop.
    async fn place(&mut self, first: usize, orders: &[RecordedOrder]) -> anyhow::Result<()> {
        let this = &*self;
        let mut answers = futures_util::stream::iter(orders.iter().enumerate())
            .map(|(n, order)| async move { this.place_one(&order.arrival).await.map(|answer| (first + n, answer)) })
            .buffer_unordered(AT_ONCE);
        let mut placed = Vec::with_capacity(orders.len());
        while let Some(answer) = answers.next().await {
            placed.push(answer?);
        }
        drop(answers);
        for (n, answer) in placed {
            self.outcome.quote_latency.push(answer.quote);
            self.outcome.order_latency.push(answer.order);
            self.outcome.requests += 2;
            match answer.outcome {
                Ok(id) => self.outcome.ids[n] = Some(id),
                Err(code) => *self.outcome.refused.entry(code).or_default() += 1,
            }
        }
        Ok(())
    }

    async fn place_one(&self, arrival: &Arrival) -> anyhow::Result<Placed> {
        let world = &self.app.network().world;
        let merchant = world.merchants[arrival.merchant].id.to_string();
        let key = &self.keys.by_name[&(Role::Shop, merchant)];
        let lines: Vec<Value> = arrival
            .lines
            .iter()
            .map(|line| json!({ "sku": world.skus[line.sku].id.as_str(), "quantity": line.quantity }))
            .collect();
        let destination =
            json!({ "postal_code": world.postals[arrival.postal].code, "residential": arrival.residential });
        let started = Instant::now();
        let quoted = self.post(key, "/v1/quotes", &json!({ "destination": destination, "lines": lines }), None).await?;
        let quote = started.elapsed();
        if quoted.0 != 200 {
            bail!("a quote was answered with {}: {}", quoted.0, quoted.1);
        }
        let body = json!({ "reference": arrival.id.as_str(), "destination": destination, "level": level(arrival.level), "lines": lines });
        let started = Instant::now();
        let (status, answer) = self.post(key, "/v1/orders", &body, Some(arrival.id.as_str())).await?;
        let order = started.elapsed();
        let outcome = match status {
            201 => Ok(OrderId::new(answer["id"].as_str().unwrap_or_default())?),
            409 => Err(answer["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned()),
            _ => bail!("an order was answered with {status}: {answer}"),
        };
        Ok(Placed { quote, order, outcome })
    }

    /// Warehouses confirm the walks that are over.
    async fn warehouses(&mut self, now: Timestamp) -> anyhow::Result<()> {
        for list in self.items("/v1/pick-lists?open=true&limit=1000").await? {
            let starts_at = instant(&list["starts_at"])?;
            let ends_at = starts_at + Seconds::new(list["duration_s"].as_i64().unwrap_or(0));
            if ends_at <= now {
                let path = format!("/v1/pick-lists/{}/confirm", text(&list["id"])?);
                self.act(Role::Warehouse, text(&list["warehouse"])?, &path, &json!({ "shorts": [] })).await?;
            }
        }
        Ok(())
    }

    /// Carriers accept what they are offered, and report later what arrived.
    async fn carriers(&mut self) -> anyhow::Result<()> {
        for dispatch in self.items("/v1/dispatches?stage=tendered&limit=1000").await? {
            let carrier = text(&dispatch["carrier"])?.to_owned();
            self.act(Role::Carrier, &carrier, &format!("/v1/dispatches/{}/accept", text(&dispatch["id"])?), &json!({}))
                .await?;
            let stops = stops(&dispatch)?;
            if !stops.is_empty() {
                // Their plan may change under way.
                self.vans.insert(text(&dispatch["id"])?.to_owned(), carrier);
                continue;
            }
            for id in dispatch["shipments"].as_array().into_iter().flatten() {
                let id = text(id)?;
                let arrives = self.arrival(&carrier, id).await?;
                self.under_way.push(Reverse((arrives, id.to_owned(), carrier.clone())));
            }
        }
        Ok(())
    }

    /// By schedule, late with the service's published chance.
    async fn arrival(&mut self, carrier: &str, id: &str) -> anyhow::Result<Timestamp> {
        let key = self.keys.by_name[&(Role::Carrier, carrier.to_owned())].clone();
        let shipment = self.get(&key, &format!("/v1/shipments/{id}")).await?;
        let network = self.app.network();
        let service =
            network.world.service(text(&shipment["service"])?).context("a shipment's service is the network's")?;
        Ok(instant(&shipment["delivers_by"])? + arrival_delay(network, service, &ShipmentId::new(id)?, self.seed))
    }

    /// Vans go by the newest plan of their dispatch, with what they were given since.
    async fn vans(&mut self, now: Timestamp) -> anyhow::Result<()> {
        for (id, carrier) in self.vans.clone() {
            let key = self.keys.by_name[&(Role::Carrier, carrier.clone())].clone();
            let stops = stops(&self.get(&key, &format!("/v1/dispatches/{id}")).await?)?;
            if stops.values().all(|at| *at <= now) {
                self.vans.remove(&id);
            }
            for (shipment, at) in stops {
                if self.stops.insert(shipment.clone(), at).is_none() {
                    self.under_way.push(Reverse((at, shipment, carrier.clone())));
                }
            }
        }
        Ok(())
    }

    /// Parcels whose time has come are at their doors.
    async fn doors(&mut self, now: Timestamp) -> anyhow::Result<()> {
        self.vans(now).await?;
        while self.under_way.peek().is_some_and(|next| next.0.0 <= now) {
            let Some(Reverse((at, id, carrier))) = self.under_way.pop() else { break };
            if let Some(later) = self.stops.get(&id).copied().filter(|later| *later > at) {
                self.under_way.push(Reverse((later, id, carrier)));
                continue;
            }
            self.act(
                Role::Carrier,
                &carrier,
                &format!("/v1/shipments/{id}/delivered"),
                &json!({ "at": at.to_string() }),
            )
            .await?;
        }
        Ok(())
    }

    async fn act(&mut self, role: Role, name: &str, path: &str, body: &Value) -> anyhow::Result<()> {
        let key = self.keys.by_name[&(role, name.to_owned())].clone();
        self.outcome.requests += 1;
        let (status, answer) = self.post(&key, path, body, None).await?;
        if status >= 300 {
            bail!("{path} was answered with {status}: {answer}");
        }
        Ok(())
    }

    async fn items(&mut self, path: &str) -> anyhow::Result<Vec<Value>> {
        let key = self.keys.planner.clone();
        let (mut items, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.get(&key, &format!("{path}{after}")).await?;
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(items),
            }
        }
    }

    async fn get(&mut self, key: &str, path: &str) -> anyhow::Result<Value> {
        self.outcome.requests += 1;
        let answer = self
            .client
            .get(format!("{}{path}", self.base))
            .bearer_auth(key)
            .send()
            .await
            .with_context(|| path.to_owned())?;
        let status = answer.status();
        let body: Value = answer.json().await.with_context(|| path.to_owned())?;
        if !status.is_success() {
            bail!("{path} was answered with {status}: {body}");
        }
        Ok(body)
    }

    async fn post(
        &self,
        key: &str,
        path: &str,
        body: &Value,
        idempotency: Option<&str>,
    ) -> anyhow::Result<(u16, Value)> {
        let mut request = self.client.post(format!("{}{path}", self.base)).bearer_auth(key).json(body);
        if let Some(own) = idempotency {
            request = request.header("idempotency-key", own);
        }
        let answer = request.send().await.with_context(|| path.to_owned())?;
        Ok((answer.status().as_u16(), answer.json().await.with_context(|| path.to_owned())?))
    }

    fn show(&mut self, bar: &Progress, done: u64, now: Timestamp) {
        let (accepted, backlog, waves, late) = self.app.read(|state| {
            let late =
                state.shipments().values().filter(|s| s.delivered_at.is_some_and(|at| at > s.promised_by)).count();
            (state.orders().len() as u64, state.open_orders().len() as u64, state.waves().len(), late)
        });
        self.outcome.curve.push(CurvePoint { at: now, accepted, backlog });
        let rate = done as f64 / self.outcome.placing.as_secs_f64().max(0.001);
        bar.show(done, now, &format!("{rate:.0} orders/s · backlog {backlog} · waves {waves} · late {late}"));
    }
}

struct Placed {
    quote: Duration,
    order: Duration,
    outcome: Result<OrderId, String>,
}

fn level(level: ServiceLevel) -> &'static str {
    match level {
        ServiceLevel::Standard => "standard",
        ServiceLevel::TwoDay => "two_day",
        ServiceLevel::Overnight => "overnight",
        ServiceLevel::HalfDay => "half_day",
    }
}

/// When vans are at the doors of a dispatch's shipments.
fn stops(dispatch: &Value) -> anyhow::Result<BTreeMap<String, Timestamp>> {
    let list = |value: &Value, part: &str| value[part].as_array().cloned().unwrap_or_default();
    let trips = list(dispatch, "routes").into_iter().flat_map(|route| list(&route, "trips"));
    let doors = trips.flat_map(|trip| list(&trip, "stops")).filter(|door| door["shipment"].is_string());
    doors.map(|door| Ok((text(&door["shipment"])?.to_owned(), instant(&door["arrives"])?))).collect()
}

fn text(value: &Value) -> anyhow::Result<&str> {
    value.as_str().with_context(|| format!("{value} is no text"))
}

fn instant(value: &Value) -> anyhow::Result<Timestamp> {
    engine::calendar::parse_timestamp(text(value)?).map_err(anyhow::Error::msg)
}

/// A bar on a terminal; elsewhere a line every four virtual hours.
struct Progress {
    bar: Option<ProgressBar>,
    lines: std::cell::Cell<i64>,
}

impl Progress {
    fn new(orders: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(orders);
            if let Ok(style) = ProgressStyle::with_template("{prefix} {pos}/{len} orders [{bar:30}] {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix("the day");
            bar
        });
        Self { bar, lines: std::cell::Cell::new(0) }
    }

    fn next_phase(&self, name: &'static str) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(name);
        }
    }

    fn show(&self, done: u64, now: Timestamp, message: &str) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(format!("{now} · {message}"));
        } else if now.unix() / 14_400 > self.lines.get() {
            self.lines.set(now.unix() / 14_400);
            eprintln!("{now} · {done} orders · {message}");
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }
}
