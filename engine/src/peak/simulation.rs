//! The event queue that drives a day.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::assign::{BacklogOptions, Scope, plan_backlog};
use crate::board::PriceBoard;
use crate::check::{self, Breach};
use crate::dispatch;
use crate::fulfilment::{Event, LineQuantity, MerchantLoad, NewOrder, Refusal, State, TenderAnswer};
use crate::ids::{DispatchId, OrderId, PickListId, PlanRunId, ShipmentId};
use crate::model::{MerchantIx, PostalIx, ServiceIx, ServiceKind, ServiceLevel, SkuIx, WarehouseIx};
use crate::network::Network;
use crate::promise::{self, AllotmentRef, WaveLoad, WaveRef};
use crate::quote;
use crate::search::{Budget, Seed, Silent};
use crate::stock::StockEvent;
use crate::units::{Seconds, Timestamp};
use crate::wave;

use super::report::{CurvePoint, Report};
use super::scale::flat_world;

/// An order that will come.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Its id.
    pub id: OrderId,
    /// When.
    pub at: Timestamp,
    /// From whom.
    pub merchant: MerchantIx,
    /// To where.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// How fast.
    pub level: ServiceLevel,
    /// What, each SKU once.
    pub lines: Vec<LineQuantity>,
}

/// How parcels travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delays {
    /// By schedule.
    None,
    /// Late with each service's published chance.
    Published,
}

/// What quotes look at when an order comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Room in waves and collections, and the price board: as the service does.
    Prices,
    /// As [`Sight::Prices`], but neither quotes nor the planner know of surcharges on volume, which are then billed all the same.
    NoVolume,
    /// Room alone: first come, first served.
    Room,
    /// Neither: dates come from timetables, as in most shops today; warehouses and carriers see to it afterwards. Allotments bind
    /// all the same: a carrier would leave the parcels standing.
    Timetables,
}

/// Empty waves and collections, and allotments as they are.
struct Contracts<'a>(MerchantLoad<'a>);

impl WaveLoad for Contracts<'_> {
    fn free_allotment(&self, allotment: &AllotmentRef, capacity: i64) -> i64 {
        self.0.free_allotment(allotment, capacity)
    }
}

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The orders, by time.
    pub orders: Vec<Arrival>,
    /// Stock at the start.
    pub stock: Vec<(SkuIx, WarehouseIx, i64)>,
    /// The assignment planner runs this often while orders are open.
    pub plan_every: Seconds,
    /// Iterations of each of its runs.
    pub plan_iterations: u64,
    /// Iterations of each wave's batching.
    pub wave_iterations: u64,
    /// How parcels travel.
    pub delays: Delays,
    /// What quotes look at.
    pub sight: Sight,
    /// A service that refuses every tender from one instant to another.
    pub refusing: Option<(ServiceIx, Timestamp, Timestamp)>,
    /// Root of all randomness.
    pub seed: Seed,
    /// Stop this long after the last order; what is under way then counts as it stands.
    pub tail: Seconds,
}

/// The end of a simulated day.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The figures.
    pub report: Report,
    /// The state at the end.
    pub state: State,
    /// Every event in order; replaying them gives the state.
    pub events: Vec<(Timestamp, Event)>,
    /// Rules that plans broke, by their verifiers: must be empty.
    pub breaches: Vec<Breach>,
    /// Orders refused, and why.
    pub refused: Vec<(OrderId, String)>,
}

/// Things that happen, in the order in which they are tried at one instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Order(usize),
    Plan,
    Release(WaveRef),
    Confirm(PickListId),
    Dispatch,
    Answer(DispatchId),
    Deliver(ShipmentId),
}

/// How often docks are looked at; less than [`dispatch::NOTICE`].
const DOCK_CHECK: Seconds = Seconds::minutes(10);

/// Runs a scenario to its end.
pub fn simulate(network: &Network, scenario: &Scenario) -> Simulated {
    let Some(first) = scenario.orders.first().map(|order| order.at) else {
        let state = State::new(&network.world);
        let report = Report::of(network, &state, 0, Vec::new(), Timestamp::default());
        return Simulated { report, state, events: Vec::new(), breaches: Vec::new(), refused: Vec::new() };
    };
    let last = scenario.orders.iter().map(|order| order.at).max().unwrap_or(first);
    let flat = (scenario.sight == Sight::NoVolume).then(|| Network::new(flat_world(&network.world)));
    let mut day = Day {
        network: flat.as_ref().unwrap_or(network),
        scenario,
        state: State::new(&network.world),
        queue: BinaryHeap::new(),
        scheduled: 0,
        now: first,
        end: last + scenario.tail,
        events: Vec::new(),
        breaches: Vec::new(),
        refused: Vec::new(),
        curve: Vec::new(),
        releases: std::collections::BTreeSet::new(),
    };
    day.stock_up();
    for (n, order) in scenario.orders.iter().enumerate() {
        day.schedule(order.at, Happening::Order(n));
    }
    day.schedule(first + scenario.plan_every, Happening::Plan);
    day.schedule(first + DOCK_CHECK, Happening::Dispatch);
    day.run();
    let report = Report::of(network, &day.state, day.refused.len() as u64, day.curve, day.now);
    Simulated { report, state: day.state, events: day.events, breaches: day.breaches, refused: day.refused }
}

struct Day<'a> {
    network: &'a Network,
    scenario: &'a Scenario,
    state: State,
    queue: BinaryHeap<Reverse<(Timestamp, u64, Happening)>>,
    scheduled: u64,
    now: Timestamp,
    end: Timestamp,
    events: Vec<(Timestamp, Event)>,
    breaches: Vec<Breach>,
    refused: Vec<(OrderId, String)>,
    curve: Vec<CurvePoint>,
    releases: std::collections::BTreeSet<WaveRef>,
}

impl Day<'_> {
    fn schedule(&mut self, at: Timestamp, happening: Happening) {
        self.scheduled += 1;
        self.queue.push(Reverse((at, self.scheduled, happening)));
    }

    fn run(&mut self) {
        while let Some(Reverse((at, _, happening))) = self.queue.pop() {
            if at > self.end {
                return;
            }
            self.now = at;
            match happening {
                Happening::Order(n) => self.order(n),
                Happening::Plan => self.plan(),
                Happening::Release(wave) => self.release(wave),
                Happening::Confirm(list) => self.confirm(&list),
                Happening::Dispatch => self.dispatch(),
                Happening::Answer(dispatch) => self.answer(&dispatch),
                Happening::Deliver(shipment) => self.commit(|state, now| state.decide_deliver(&shipment, now)),
            }
        }
    }

    fn stock_up(&mut self) {
        for &(sku, warehouse, quantity) in &self.scenario.stock {
            let change = StockEvent::Received { sku, warehouse, quantity };
            self.record(Event::Stock { change });
        }
    }

    fn record(&mut self, event: Event) {
        self.state.apply(&event);
        if let Event::OrderAccepted { order } = &event {
            order.plan.iter().for_each(|planned| self.watch(planned.wave));
        }
        if let Event::Replanned { plan, .. } = &event {
            plan.iter().for_each(|planned| self.watch(planned.wave));
        }
        self.events.push((self.now, event));
    }

    /// Schedules the release of a wave the first time that something is planned in it.
    fn watch(&mut self, wave: WaveRef) {
        if self.releases.insert(wave) {
            let cut_off = promise::cut_off(self.network, &wave);
            self.schedule(cut_off.max(self.now), Happening::Release(wave));
        }
    }

    /// Decides and records; a refusal means that the thing has happened or become moot.
    fn commit(&mut self, decide: impl FnOnce(&State, Timestamp) -> Result<Vec<Event>, Refusal>) {
        if let Ok(events) = decide(&self.state, self.now) {
            events.into_iter().for_each(|event| self.record(event));
        }
    }

    fn order(&mut self, n: usize) {
        let arrival = &self.scenario.orders[n];
        let world = &self.network.world;
        let (room, free) = (self.state.load(world).of(arrival.merchant, self.now), PriceBoard::default());
        let contracts = Contracts(room);
        let (load, board): (&dyn WaveLoad, _) = match self.scenario.sight {
            Sight::Prices | Sight::NoVolume => (&room, self.state.board()),
            Sight::Room => (&room, &free),
            Sight::Timetables => (&contracts, &free),
        };
        let view = quote::View { network: self.network, ledger: self.state.ledger(), load, board: board.at(self.now) };
        let request = quote::Request {
            merchant: arrival.merchant,
            channel: None,
            postal: arrival.postal,
            residential: arrival.residential,
            lines: arrival.lines.clone(),
            now: self.now,
            not_from: None,
            sent: 0,
            terms: crate::fulfilment::Terms::PLAIN,
            by: None,
        };
        let answer = quote::answer(&view, &request);
        let Some(best) = answer.best(arrival.level, None) else {
            let why = match &answer {
                quote::Answer { shortages, .. } if !shortages.is_empty() => "out of stock",
                quote::Answer { outpriced: 1.., .. } => "capacity is worth more than the goods",
                quote::Answer { options, ruled, .. } if options.is_empty() && !ruled.is_empty() => "sourcing rules",
                _ => "no service keeps the level",
            };
            self.refused.push((arrival.id.clone(), why.to_owned()));
            return;
        };
        let new = NewOrder {
            id: arrival.id.clone(),
            reference: None,
            merchant: arrival.merchant,
            channel: None,
            postal: arrival.postal,
            residential: arrival.residential,
            terms: crate::fulfilment::Terms::PLAIN,
            level: arrival.level,
            lines: arrival.lines.clone(),
            placed_at: self.now,
            promised_by: best.delivers_by,
            quoted: best.price,
            plan: best.plan(),
            forecast: None,
            quote: None,
            reservation: None,
        };
        let decision = check::sourcing::Decision {
            merchant: new.merchant,
            channel: new.channel.as_ref(),
            postal: new.postal,
            sent: 0,
            old: &[],
            new: &new.plan,
            held: &[],
        };
        // Who sees no room does not see the orders of a day either.
        if self.scenario.sight != Sight::Timetables {
            self.breaches.extend(check::sourcing::check(self.network, &self.state, self.now, &[decision]));
        }
        self.commit(|state, _| state.decide_accept(new));
    }

    fn plan(&mut self) {
        self.curve.push(CurvePoint {
            at: self.now,
            accepted: self.state.orders().len() as u64,
            backlog: self.state.open_orders().len() as u64,
        });
        if self.now < self.end {
            self.schedule(self.now + self.scenario.plan_every, Happening::Plan);
        }
        let number = self.state.plan_runs().len() as u64;
        let Ok(id) = PlanRunId::new(&format!("run-{number:05}")) else { return };
        let scope = Scope::due(&self.state, self.now);
        let options =
            BacklogOptions { seed: self.scenario.seed.child("plan", number), scope, ..BacklogOptions::default() };
        let mut budget = Budget::iterations(self.scenario.plan_iterations);
        if let Some(plan) = plan_backlog(self.network, &self.state, self.now, id, &options, &mut budget, &mut Silent) {
            self.breaches.extend(check::assign::check(&plan.problem, &plan.plan));
            let events = self.state.decide_commit(&self.network.world, plan.commit);
            self.breaches.extend(check::sourcing::moves(self.network, &self.state, self.now, &events));
            self.breaches.extend(check::shares::check(&self.network.world, &self.state, &events, self.now));
            events.into_iter().for_each(|event| self.record(event));
        }
    }

    fn release(&mut self, wave: WaveRef) {
        let options = wave::Options { seed: self.scenario.seed, iterations: self.scenario.wave_iterations };
        let Some(planned) = wave::plan(self.network, &self.state, wave, self.now, &options) else { return };
        self.breaches.extend(check::picking::check(&planned.problem, &planned.plan));
        let release = planned.release;
        for list in &release.pick_lists {
            self.schedule(list.starts_at + list.duration, Happening::Confirm(list.id.clone()));
        }
        self.commit(|state, _| state.decide_release(release));
    }

    fn confirm(&mut self, list: &PickListId) {
        let world = &self.network.world;
        self.commit(|state, now| {
            state.decide_confirm(list, now, &[], &|shipment, lines, serial| {
                wave::parcels(world, &shipment.plan, lines, serial)
            })
        });
    }

    fn dispatch(&mut self) {
        if self.now < self.end {
            self.schedule(self.now + DOCK_CHECK, Happening::Dispatch);
        }
        let mut tenders = dispatch::tenders(self.network, &self.state, self.now);
        let vans = dispatch::vans(
            self.network,
            &self.state,
            self.now,
            self.scenario.seed,
            self.scenario.wave_iterations,
            None,
        );
        self.breaches.extend(vans.days.iter().flat_map(|day| check::routing::check(&day.problem, &day.plan)));
        tenders.extend(vans.days.into_iter().filter_map(|day| day.dispatch));
        for tender in tenders {
            self.schedule(self.now + Seconds::minutes(5), Happening::Answer(tender.id.clone()));
            self.commit(|state, _| state.decide_tender(tender));
        }
    }

    fn answer(&mut self, id: &DispatchId) {
        let Some(dispatch) = self.state.dispatches().get(id).cloned() else { return };
        let refuses = self
            .scenario
            .refusing
            .is_some_and(|(service, from, to)| service == dispatch.service && (from..to).contains(&self.now));
        let answer = if refuses { TenderAnswer::Reject("no room".to_owned()) } else { TenderAnswer::Accept };
        self.commit(|state, now| state.decide_answer(id, &answer, now));
        for shipment in
            dispatch.shipments.iter().filter_map(|id| self.state.shipments().get(id)).cloned().collect::<Vec<_>>()
        {
            if refuses {
                if let Some(plan) =
                    dispatch::rebooking(self.network, &self.state, &shipment, dispatch.service, self.now)
                {
                    self.commit(|state, _| state.decide_rebook(&shipment.id, plan));
                }
            } else {
                let arrives = self.arrival(&shipment, &dispatch);
                self.schedule(arrives, Happening::Deliver(shipment.id.clone()));
            }
        }
    }

    /// When a dispatched shipment arrives: own vans by their route, carriers by schedule from the collection they made.
    fn arrival(&self, shipment: &crate::fulfilment::Shipment, dispatch: &crate::fulfilment::Dispatch) -> Timestamp {
        let stops = dispatch.routes.iter().flat_map(|route| route.trips.iter()).flat_map(|trip| trip.stops.iter());
        if let Some(stop) = stops.into_iter().find(|stop| stop.shipment.as_ref() == Some(&shipment.id)) {
            return stop.arrives;
        }
        let scheduled =
            promise::delivery(self.network, dispatch.service, dispatch.warehouse, shipment.postal, dispatch.pickup_at)
                .unwrap_or(shipment.plan.delivers_by);
        match self.scenario.delays {
            Delays::None => scheduled,
            Delays::Published => {
                scheduled + arrival_delay(self.network, dispatch.service, &shipment.id, self.scenario.seed)
            }
        }
    }
}

/// The delay of a parcel against its schedule: none with the service's published chance, else one or two days. Own vans
/// lose an hour instead. The same shipment and seed always give the same delay.
pub fn arrival_delay(network: &Network, service: ServiceIx, shipment: &ShipmentId, seed: Seed) -> Seconds {
    let service = &network.world.services[service];
    let mut rng = seed.child(shipment.as_str(), 0).rng();
    if rng.below(10_000) < service.on_time_bp as usize {
        return Seconds::ZERO;
    }
    match service.kind {
        ServiceKind::OwnFleet => Seconds::hours(1),
        _ => Seconds::hours(24 * (1 + i64::from(rng.chance(0.2)))),
    }
}
