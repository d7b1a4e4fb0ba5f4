//! Use cases: what the service does for its callers, one file per noun. No HTTP, no SQL.
//!
//! A use case takes engine values, reads the clock once, asks planners on a view of the durable state, and has the store
//! decide. Who may ask is the callers' business (`auth`, `http`).

mod allotments;
mod costs;
mod error;
mod floor;
mod handover;
mod holds;
mod network;
mod orders;
mod plans;
mod pulse;
mod punctuality;
mod quote_cache;
mod quotes;
mod rates;
mod rerouting;
mod returns;
mod routes;
mod stock;
mod why;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use engine::dispatch::Change;
use engine::fulfilment::{Event, PlanCommit, Refusal, State};
use engine::ids::{DispatchId, PlanRunId};
use engine::network::Network;
use engine::roads::RoadTimes;
use engine::search::Seed;
use engine::units::Timestamp;

pub use allotments::AllotmentDay;
pub use costs::ChargeFilter;
pub use error::{AppError, ShortLine};
pub use floor::ShortReport;
pub use holds::Held;
pub use orders::{KeptQuote, PlaceOrder};
pub use plans::PlanOrder;
pub use pulse::{CurveSample, Flow, Pulse, WaveLoadView};
pub use punctuality::Punctuality;
pub use quotes::{Cart, Estimate, InTime, LevelEstimate, Quoted};
pub use rerouting::Rerouting;
pub use stock::StockRow;
pub use why::WishedCart;

use crate::clock::Clock;
use crate::store::{Decision, Description, Domain, Reply, Store, SubmitError};
pub use crate::store::{IdempotencyKey, Recorded};

/// The running service, without its face.
pub struct App {
    network: Arc<Network>,
    store: Store<State>,
    clock: Clock,
    seed: Seed,
    budgets: Budgets,
    /// Plans proposed and neither committed nor forgotten: reviewable, lost with the process, recomputable.
    proposals: Mutex<BTreeMap<PlanRunId, PlanCommit>>,
    curve: Mutex<Vec<CurveSample>>,
    /// Road times of own vans; their great circles where there is none.
    roads: Option<Arc<dyn RoadTimes>>,
    roads_fail: AtomicBool,
    quote_cache: quote_cache::QuoteCache,
    /// Share of parcels, in basis points, that promises are meant to keep.
    promise_level_bp: u16,
    /// What had changed when vans under way were last planned anew, by the job; lost with the process, which then looks again.
    looked_at: Mutex<LookedAt>,
}

type LookedAt = BTreeMap<DispatchId, Vec<Change>>;

/// What planners may spend in the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Iterations of an assignment run.
    pub plan_iterations: u64,
    /// Iterations of a wave's batching, and of a fleet's routing.
    pub wave_iterations: u64,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { plan_iterations: 300, wave_iterations: 20_000 }
    }
}

impl Domain for State {
    type Event = Event;

    fn apply(&mut self, event: &Event) {
        State::apply(self, event);
    }

    fn describe(&self, event: &Event) -> Description {
        let (subject, merchant) = self.subject_of(event);
        Description { kind: event.kind(), subject, merchant: merchant.map(|m| m.0) }
    }
}

impl App {
    /// A service over a network and its store.
    pub fn new(network: Arc<Network>, store: Store<State>, clock: Clock, seed: Seed, budgets: Budgets) -> Self {
        Self {
            network,
            store,
            clock,
            seed,
            budgets,
            proposals: Mutex::default(),
            curve: Mutex::default(),
            roads: None,
            roads_fail: AtomicBool::new(false),
            quote_cache: quote_cache::QuoteCache::default(),
            promise_level_bp: 9_000,
            looked_at: Mutex::default(),
        }
    }

    /// The same service, whose own vans are planned by `roads`.
    pub fn with_roads(self, roads: Option<Arc<dyn RoadTimes>>) -> Self {
        Self { roads, ..self }
    }

    /// The same service, whose promises are meant to keep this share of parcels, in basis points.
    pub fn with_promise_level(self, promise_level_bp: u16) -> Self {
        Self { promise_level_bp, ..self }
    }

    /// The network served.
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The clock everything goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The store, for consumers of its log.
    pub fn store(&self) -> &Store<State> {
        &self.store
    }

    /// Looks at the durable state.
    pub fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        self.store.read(look)
    }

    /// Told of the number of each new durable event.
    pub fn newest_event(&self) -> tokio::sync::watch::Receiver<u64> {
        self.store.subscribe()
    }

    /// Up to `limit` events after number `seq`. Reads the disk; call it from a thread that may block.
    pub fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<Recorded<Event>>, AppError> {
        self.store.events_after(seq, limit).map_err(|error| AppError::Internal(error.into()))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Has the store decide at the clock's time.
    async fn submit<R>(
        &self,
        key: Option<IdempotencyKey>,
        decide: impl FnOnce(&State) -> Result<(Vec<Event>, R), Refusal> + Send + 'static,
    ) -> Result<Reply<R>, AppError>
    where
        R: serde::Serialize + serde::de::DeserializeOwned + Send + 'static,
    {
        let network = Arc::clone(&self.network);
        self.store
            .submit(self.now(), key, move |state| decide(state).map(|(events, reply)| Decision { events, reply }))
            .await
            .map_err(|error| submit_error(&network, error))
    }

    /// Has the store decide at `now`, and waits; for jobs, which run outside of the async runtime.
    fn decide_blocking(
        &self,
        now: Timestamp,
        decide: impl FnOnce(&State) -> Result<Vec<Event>, Refusal> + Send + 'static,
    ) -> Result<(), SubmitError<Refusal>> {
        self.store
            .submit_blocking(now, None, move |state| decide(state).map(|events| Decision { events, reply: () }))
            .map(|_| ())
    }
}

/// Refuses to go on with a plan that its verifier proves wrong: a fault of ours, logged, never stored.
fn verified(what: &str, breaches: &[engine::check::Breach]) -> Result<(), AppError> {
    match breaches.first() {
        None => Ok(()),
        Some(first) => {
            Err(AppError::Internal(anyhow::anyhow!("a {what} plan breaks {} rule(s), first {first}", breaches.len())))
        }
    }
}

fn submit_error(network: &Network, error: SubmitError<Refusal>) -> AppError {
    match error {
        SubmitError::Refused(refusal) => refused(network, refusal),
        SubmitError::KeyReused => AppError::KeyReused,
        SubmitError::Busy => AppError::Busy { retry_after_s: 1 },
        SubmitError::Failed(reason) => AppError::Internal(anyhow::anyhow!(reason)),
    }
}

/// A refusal in the words of the outside: ids instead of indices.
fn refused(network: &Network, refusal: Refusal) -> AppError {
    let world = &network.world;
    match refusal {
        Refusal::Unknown(kind, id) => AppError::NotFound { kind, id },
        Refusal::WrongStage { .. } => AppError::Conflict { code: "wrong-stage", detail: refusal.to_string() },
        Refusal::Allotted { .. } => AppError::Conflict { code: "not-allowed", detail: refusal.to_string() },
        Refusal::QuoteUsed => AppError::Conflict { code: "quote-used", detail: refusal.to_string() },
        Refusal::Invalid(rule) => AppError::Conflict { code: "not-allowed", detail: rule },
        Refusal::Stock(engine::stock::Refusal::Short(lines)) => AppError::OutOfStock {
            lines: lines
                .iter()
                .map(|line| ShortLine {
                    sku: world.skus[line.sku].id.to_string(),
                    wanted: line.wanted.unsigned_abs(),
                    available: line.available.max(0).unsigned_abs(),
                })
                .collect(),
        },
        Refusal::Stock(other) => AppError::Conflict { code: "not-allowed", detail: other.to_string() },
    }
}
