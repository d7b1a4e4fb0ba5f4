//! The backlog as an assignment problem, and its plan as one that the state can commit.
//!
//! An option of a shipment is a (wave, service): its cents are carrier and hands, plus [`LATE_CENTS`] and
//! [`LATE_CENTS_A_DAY`] where it would arrive after the order's promise, times the order's [`urgency`], so that express
//! never waits behind standard, plus what returns are expected to cost ([`super::expected`]); it loads the wave's work, its
//! collection, the carrier's allotments of its day ([`super::allotted`]) and, where the carrier charges for volume, the day
//! ([`super::volumes`]). The shipments that an order has are always among its options. Stock, waves and collections count as
//! free where nobody holds them *or* an order that is looked at does, since all of those plan anew; what is guaranteed to
//! merchants has rows of its own ([`super::shares`]), and sourcing rules stand in [`super::ruled`]. Orders that the solver leaves
//! out keep the plan they have. Duals become the price board.
//! Which orders are looked at and from what the search starts stands in [`super::again`].

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::board::{LookedAt, PriceBoard};
use crate::calendar;
use crate::fulfilment::{BacklogOrder, Load, PlanCommit, PlanRun, PlannedShipment, State};
use crate::ids::{OrderId, PlanRunId};
use crate::model::{ServiceLevel, SkuIx, WarehouseIx, World};
use crate::network::Network;
use crate::promise::{self, AllotmentRef, PickupRef, VolumeRef, WaveRef};
use crate::search::{Budget, Observer, Seed};
use crate::sourcing;
use crate::units::{Cents, Seconds, Timestamp};

use super::again::{self, Scope, Selection};
use super::allotted::AllotmentRows;
use super::expected::Returns;
use super::listing::{Enumeration, Found};
use super::ruled::{DayRows, Ruling};
use super::shares::{self, ByMerchant, Holding, Room, SharedRows};
use super::volumes::Volumes;
use super::{
    Backlog, Choice, Demand, DemandBuilder, ExplicitBuilder, ExplicitCost, LookAt, Options, Plan, Problem, Rows,
    Shipment, Standing, WorkRow, solve,
};

/// Price of breaking a promise at all, in cents: above what any service costs more than the cheapest, so that a promise is
/// broken only where it cannot be kept.
const LATE_CENTS: i64 = 8_000;
/// Price of each day begun after the promise, in cents.
const LATE_CENTS_A_DAY: i64 = 1_000;
/// Price of a further shipment of an order beside what it costs itself: another box at the buyer's door, in cents.
const SPLIT_CENTS: i64 = 100;
/// Price of leaving an order out of the plan, in cents: above any shipment, so that it is the last resort.
const LEFT_OUT_CENTS: i64 = 100_000;

/// Annealing temperature, in cents, where most of a plan is good already.
const AGAIN_TEMPERATURE: (f64, f64) = (10.0, 3.0);

/// How to plan the backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BacklogOptions {
    /// Root of all randomness.
    pub seed: Seed,
    /// Waves looked at, at each warehouse.
    pub waves: usize,
    /// Which orders are looked at.
    pub scope: Scope,
    /// What moving an order that an earlier run has planned is held to cost, in cents; steers, but is not in the cost.
    pub move_cents: i64,
    /// Most such orders to move; `None` for any number.
    pub most_moves: Option<u32>,
}

impl Default for BacklogOptions {
    fn default() -> Self {
        Self { seed: Seed(0), waves: 4, scope: Scope::Whole, move_cents: 10, most_moves: None }
    }
}

/// A plan of the backlog, with what is needed to verify it ([`crate::check::assign`]).
#[derive(Clone, Debug)]
pub struct BacklogPlan {
    /// For the state to commit.
    pub commit: PlanCommit,
    /// The problem that was solved.
    pub problem: Problem<ExplicitCost>,
    /// Its solution.
    pub plan: Plan,
}

/// Plans the open orders of `state` at `now` that are in scope; `None` where there is none. Solving is [`solve`], so the same
/// state, options and iterations give the same plan on any number of threads.
pub fn plan_backlog(
    network: &Network,
    state: &State,
    now: Timestamp,
    id: PlanRunId,
    options: &BacklogOptions,
    budget: &mut Budget,
    observer: &mut dyn Observer,
) -> Option<BacklogPlan> {
    let selection = again::select(state.backlog(), state.board(), now, options.scope, options.seed);
    let orders = &selection.orders;
    if orders.is_empty() {
        return None;
    }
    let judged = Judged {
        rulings: orders.iter().map(|o| Ruling::new(network, state, o, now)).collect(),
        returns: Returns::of(network, orders, now),
    };
    let (rulings, returns) = (&judged.rulings, &judged.returns);
    let mut translation = Translation::new(network, state, orders, &judged, now, options);
    let rows = (&*translation.skus, &*translation.work.of, &*translation.room.of);
    let mut warm = again::warm(state.board(), now, translation.problem.demand(), rows);
    if let Some(duals) = &mut warm {
        duals.allotment = translation.allotments.warm(state.board().at(now));
        duals.carrier = translation.volumes.warm(state.board().at(now));
    }
    let solver = Options {
        seed: options.seed,
        warm,
        standing: Some(translation.standing(&selection, options)),
        look_at: LookAt::All,
        temperature: if selection.whole { Options::default().temperature } else { AGAIN_TEMPERATURE },
        ..Options::default()
    };
    let plan = solve(&translation.problem, &solver, budget, observer);
    let returns_before = returns.standing(orders);
    let cost_before = orders.iter().flat_map(|order| order.plan.iter().map(|p| planned_cents(order, p))).sum::<i64>()
        + returns_before
        + translation.volumes.standing()
        + orders.iter().map(|order| SPLIT_CENTS * (order.plan.len() as i64 - 1).max(0)).sum::<i64>();
    // Soft rules steer on both sides alike and are no money.
    let levied_before: i64 = rulings.iter().map(Ruling::levied_before).sum();
    let levied = translation.levied(&plan);
    // A search may end above what it started from; then what is there stays.
    let improves = plan.cost.total() < cost_before + levied_before;
    let (cost, levied) = if improves { (plan.cost.total() - levied, levied) } else { (cost_before, levied_before) };
    let changes = if improves { translation.changes(orders, rulings, &plan) } else { Vec::new() };
    let changes = within_days(&network.world, state, changes);
    let run = PlanRun {
        id,
        planned_on: state.applied(),
        at: now,
        seed: options.seed.0,
        iterations: budget.spent(),
        orders: orders.len() as u32,
        whole: selection.whole,
        cost_before: Cents::new(cost_before),
        cost: Cents::new(cost),
        lower_bound: Cents::new((plan.lower_bound - levied).clamp(0, cost)),
        returns_before: Cents::new(returns_before),
        returns: Cents::new(if improves { translation.returns(&plan) } else { returns_before }),
        moved: changes.len() as u32,
        skipped: 0,
        committed: false,
    };
    let seen = Seen { network, now, whole: selection.whole, translation: &translation };
    let board = state.board().followed_by(&translation.board(&plan, now), &seen);
    Some(BacklogPlan { commit: PlanCommit { run, board, changes }, problem: translation.problem, plan })
}

/// Cents of a shipment as the problem counts them, but for expected returns.
pub(super) fn planned_cents(order: &BacklogOrder, planned: &PlannedShipment) -> i64 {
    planned.cost().get() + lateness(order, planned.delivers_by)
}

pub(super) fn lateness(order: &BacklogOrder, delivers_by: Timestamp) -> i64 {
    late_cost(order.level, order.promised_by, delivers_by).get()
}

/// What the planner counts for a shipment of an order of this level that arrives at `delivers_by` where `promised_by` was
/// promised.
pub fn late_cost(level: ServiceLevel, promised_by: Timestamp, delivers_by: Timestamp) -> Cents {
    if delivers_by <= promised_by {
        return Cents::ZERO;
    }
    let late: Seconds = delivers_by - promised_by;
    Cents::new(urgency(level) * (LATE_CENTS + LATE_CENTS_A_DAY * (late.get() as u64).div_ceil(86_400) as i64))
}

/// How much more a broken promise of this level weighs than one of a standard order.
fn urgency(level: ServiceLevel) -> i64 {
    match level {
        ServiceLevel::Standard => 1,
        ServiceLevel::TwoDay => 2,
        ServiceLevel::Overnight | ServiceLevel::HalfDay => 3,
    }
}

/// What the planner counts for an order in `shipments` shipments beside what each costs.
pub fn split_cost(shipments: usize) -> Cents {
    Cents::new(SPLIT_CENTS * (shipments as i64 - 1).max(0))
}

/// What the orders are held to beside money: sourcing rules by order, and what returns are expected to cost.
struct Judged<'a> {
    rulings: Vec<Ruling<'a>>,
    returns: Returns<'a>,
}

/// The dense problem and the way back from it.
struct Translation<'a> {
    problem: Problem<ExplicitCost>,
    /// What an option's tag means, and what soft rules charge it.
    meanings: Vec<PlannedShipment>,
    levied: Vec<i64>,
    /// What returns of an option are expected to cost, by tag; in its cents.
    expected: Vec<i64>,
    skus: Vec<SkuIx>,
    waves: Vec<WaveRef>,
    pickups: Vec<PickupRef>,
    volumes: Volumes,
    /// Rows of waves' work, one a wave first, and of collections' room, likewise.
    work: SharedRows<WaveRef>,
    room: SharedRows<PickupRef>,
    allotments: AllotmentRows<'a>,
    /// The shipments that orders have, of those whose shipments hold whole lines.
    standing: Vec<Shipment>,
}

impl<'a> Translation<'a> {
    fn new(
        network: &'a Network,
        state: &State,
        orders: &[BacklogOrder],
        judged: &Judged,
        now: Timestamp,
        options: &BacklogOptions,
    ) -> Self {
        let (world, rulings) = (&network.world, &judged.rulings);
        let held = Held::of(orders);
        let mut skus: Vec<SkuIx> = orders.iter().flat_map(|order| order.lines.iter().map(|line| line.sku)).collect();
        skus.sort_unstable();
        skus.dedup();
        let demand = demand(network, state, orders, rulings, &skus, &held, now);
        let waves: Vec<Vec<WaveRef>> = world
            .warehouses
            .indices()
            .map(|warehouse| promise::next_waves(network, warehouse, now, options.waves))
            .collect();
        let found: Vec<Vec<Found>> = orders
            .par_iter()
            .enumerate()
            .map(|(n, order)| {
                let (ruling, returns) = (&rulings[n], &judged.returns);
                Enumeration { network, demand: &demand, returns, order, ruling, number: n as u32, waves: &waves }
                    .options()
            })
            .collect();
        let load = state.load(world);
        let waves: Vec<WaveRef> = waves.concat();
        let mut pickups: Vec<PickupRef> =
            found.iter().flatten().map(|option| PickupRef::from(&option.planned)).collect();
        pickups.sort_unstable();
        pickups.dedup();
        let volumes = Volumes::of(world, state, orders, found.iter().flatten().map(|option| &option.planned));
        let allotments = AllotmentRows::new(
            world,
            found.iter().flatten().map(|option| (&option.planned, orders[option.parcel.order as usize].postal)),
        );
        let days = DayRows::new(world, state, orders, &waves);
        let lanes = allotments.rows(state, orders);
        let first_day_row = lanes.len();
        let most = shares::most(world, orders, &found);
        let mut work = SharedRows::new(waves.iter().map(|wave| (*wave, held.work(&load, wave, now))), &most.work);
        let mut room = SharedRows::new(pickups.iter().map(|at| (*at, held.room(&load, at, now))), &most.pickups);
        let stands = || found.iter().flatten().filter(|option| option.stands);
        let merchant = |option: &Found| orders[option.parcel.order as usize].merchant;
        let work_of_standing = work.place(stands().map(|option| Holding {
            key: option.planned.wave,
            merchant: merchant(option),
            amount: option.planned.work,
        }));
        let room_of_standing = room.place(stands().map(|option| {
            let amount = i64::from(option.planned.parcels);
            Holding { key: PickupRef::from(&option.planned), merchant: merchant(option), amount }
        }));
        let mut placed = work_of_standing.into_iter().zip(room_of_standing);
        let rows = Rows {
            work: work.rows(|wave, capacity| {
                let handling = &world.warehouses[wave.warehouse].handling;
                WorkRow { capacity, per_shipment: handling.work_per_shipment, per_unit: handling.work_per_unit }
            }),
            pickups: room.rows(|_, capacity| capacity),
            allotments: lanes.into_iter().chain(days.rows()).collect(),
            carriers: volumes.rows(),
            split_cents: SPLIT_CENTS,
        };
        let (place_of_order, distance) = distances(network, orders);
        let mut source = ExplicitBuilder::new(world.warehouses.len(), place_of_order, distance);
        let (mut meanings, mut charged, mut standing) = (Vec::new(), Vec::new(), Vec::new());
        let mut expected = Vec::new();
        for Found { parcel, cents, expected: returns, levied, planned, stands } in found.into_iter().flatten() {
            let order = &orders[parcel.order as usize];
            let merchant = order.merchant;
            let [lane, service] = allotments.of(&planned, order.postal);
            let day = days.of(first_day_row, order, &planned);
            let carrier = volumes.row(world, &planned);
            let choice = |work_row: u32, pickup_row: u32| Choice {
                cents: cents + levied,
                work_row,
                pickup_row,
                allotments: [lane, service, day],
                carrier,
                parcels: planned.parcels,
                tag: meanings.len() as u32,
            };
            let rooms = room.variants(PickupRef::from(&planned), merchant);
            let variants = work.variants(planned.wave, merchant).into_iter();
            let mut variants: Vec<(u32, u32)> = variants.flat_map(|w| rooms.iter().map(move |&r| (w, r))).collect();
            if let Some(own) = stands.then(|| placed.next()).flatten() {
                variants.extend((!variants.contains(&own)).then_some(own));
                let (order, warehouse, mask) = (parcel.order, parcel.warehouse, parcel.mask);
                standing.push(Shipment { order, warehouse, mask, choice: choice(own.0, own.1) });
            }
            variants.into_iter().for_each(|(w, r)| {
                source.option(parcel, choice(w, r));
            });
            meanings.push(planned);
            charged.push(levied);
            expected.push(returns);
        }
        let problem =
            Problem::new(demand, rows, source.build()).expect("the state and the world are valid, so the problem is");
        let levied = charged;
        Self { problem, meanings, levied, expected, skus, waves, pickups, volumes, work, room, allotments, standing }
    }

    /// What returns of a plan are expected to cost, in cents.
    fn returns(&self, plan: &Plan) -> i64 {
        plan.shipments.iter().map(|shipment| self.expected[shipment.choice.tag as usize]).sum()
    }

    /// What the search starts from.
    fn standing(&mut self, selection: &Selection, options: &BacklogOptions) -> Standing {
        let provisional = selection.provisional.iter().enumerate().filter(|(_, new)| **new);
        let mut shipments = std::mem::take(&mut self.standing);
        let mut shipped = vec![0_u16; selection.orders.len()];
        shipments.iter().for_each(|s| shipped[s.order as usize] |= u16::from(s.mask));
        // An order of which the problem knows some shipments only is planned as if it had none.
        let demand = self.problem.demand();
        shipments.retain(|s| shipped[s.order as usize] == (1 << demand.parts(s.order)) - 1);
        Standing {
            shipments,
            locked: Vec::new(),
            provisional: provisional.map(|(order, _)| order as u32).collect(),
            move_cents: options.move_cents,
            most_moves: options.most_moves,
        }
    }

    /// New plans of the orders that the solver serves whole and otherwise than now.
    fn changes(&self, orders: &[BacklogOrder], rulings: &[Ruling], plan: &Plan) -> Vec<Change> {
        let mut of_order: Vec<Vec<PlannedShipment>> = vec![Vec::new(); orders.len()];
        for shipment in &plan.shipments {
            of_order[shipment.order as usize].push(self.meanings[shipment.choice.tag as usize].clone());
        }
        let served = |order: &BacklogOrder, new: &[PlannedShipment]| {
            let lines: usize = new.iter().map(|planned| planned.lines.len()).sum();
            lines == order.lines.len()
        };
        let same = |old: &[PlannedShipment], new: &[PlannedShipment]| {
            old.len() == new.len() && new.iter().all(|p| old.contains(p))
        };
        orders
            .iter()
            .zip(rulings)
            .zip(of_order)
            .filter(|((order, ruling), new)| served(order, new) && !same(&order.plan, new) && ruling.admits(new))
            .map(|((order, _), new)| (order.id.clone(), order.plan.clone(), new))
            .collect()
    }

    /// What soft sourcing rules charge a plan.
    fn levied(&self, plan: &Plan) -> i64 {
        let own: i64 = plan.shipments.iter().map(|shipment| self.levied[shipment.choice.tag as usize]).sum();
        let number = |shipments: &[Shipment]| {
            self.problem.demand().splits(shipments[0].order).map_or(0, |splits| splits.cents(shipments.len()))
        };
        own + plan.shipments.chunk_by(|a, b| a.order == b.order).map(number).sum::<i64>()
    }

    fn board(&self, plan: &Plan, now: Timestamp) -> PriceBoard {
        let cents = |price: f64| Cents::new(price.round() as i64);
        let priced = |price: &f64| *price >= 0.5;
        let slots = self.problem.demand().slots();
        let sku_of_slot =
            (0..self.skus.len()).flat_map(|sku| self.problem.demand().slots_of(sku as u32).map(move |_| sku));
        let stock = slots.iter().zip(sku_of_slot).zip(&plan.duals.stock);
        let mut board = PriceBoard {
            as_of: Some(now),
            work: self
                .waves
                .iter()
                .zip(&plan.duals.work)
                .filter(|(_, p)| priced(p))
                .map(|(w, p)| (*w, cents(*p)))
                .collect(),
            pickup: self
                .pickups
                .iter()
                .zip(&plan.duals.pickup)
                .filter(|(_, p)| priced(p))
                .map(|(r, p)| (*r, cents(*p)))
                .collect(),
            own_work: self
                .work
                .own_prices(&plan.duals.work)
                .filter(|(_, p)| priced(p))
                .map(|(k, p)| (k, cents(*p)))
                .collect(),
            own_pickup: self
                .room
                .own_prices(&plan.duals.pickup)
                .filter(|(_, p)| priced(p))
                .map(|(k, p)| (k, cents(*p)))
                .collect(),
            volume: self
                .volumes
                .days
                .iter()
                .zip(&plan.duals.carrier)
                .filter(|(_, p)| priced(p))
                .map(|(day, p)| (*day, cents(*p)))
                .collect(),
            stock: stock
                .filter(|(_, price)| priced(price))
                .map(|((slot, sku), price)| ((self.skus[sku], WarehouseIx(u32::from(slot.warehouse))), cents(*price)))
                .collect(),
            ..PriceBoard::default()
        };
        self.allotments.publish(&plan.duals, &mut board);
        board
    }
}

/// An order, the plan it had, the plan it shall have.
type Change = (OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>);

/// Leaves out, last first, what brings a day more orders than a rule allows: rules beyond the one that has a row.
fn within_days(world: &World, state: &State, mut changes: Vec<Change>) -> Vec<Change> {
    while let Some(over) = state.last_over_day(world, &changes) {
        changes.remove(over);
    }
    changes
}

/// What a run's prices are about.
struct Seen<'a> {
    network: &'a Network,
    now: Timestamp,
    whole: bool,
    translation: &'a Translation<'a>,
}

impl LookedAt for Seen<'_> {
    fn work(&self, wave: &WaveRef) -> bool {
        self.whole || promise::cut_off(self.network, wave) < self.now || self.translation.waves.contains(wave)
    }

    fn pickup(&self, pickup: &PickupRef) -> bool {
        self.whole || pickup.at < self.now || self.translation.pickups.binary_search(pickup).is_ok()
    }

    fn volume(&self, day: &VolumeRef) -> bool {
        // It may still be yesterday in the west.
        let today = calendar::local(self.now, &jiff::tz::TimeZone::UTC).date();
        let past = || day.date.tomorrow().is_ok_and(|next| next < today);
        self.whole || self.translation.volumes.days.binary_search(day).is_ok() || past()
    }

    fn allotment(&self, of: &AllotmentRef) -> bool {
        let over = || self.network.world.warehouses.iter().all(|place| place.calendar.date(self.now) > of.day);
        self.whole || self.translation.allotments.knows(of) || over()
    }

    fn stock(&self, sku: SkuIx, _: WarehouseIx) -> bool {
        self.whole || self.translation.skus.binary_search(&sku).is_ok()
    }
}

/// What the orders of the backlog hold now.
#[derive(Default)]
struct Held {
    stock: BTreeMap<(SkuIx, WarehouseIx), i64>,
    work: BTreeMap<WaveRef, ByMerchant>,
    pickups: BTreeMap<PickupRef, ByMerchant>,
}

impl Held {
    fn of(orders: &[BacklogOrder]) -> Self {
        let mut held = Self::default();
        for (merchant, planned) in orders.iter().flat_map(|order| order.plan.iter().map(|plan| (order.merchant, plan)))
        {
            *held.work.entry(planned.wave).or_default().entry(merchant).or_default() += planned.work;
            let room = held.pickups.entry(PickupRef::from(planned)).or_default();
            *room.entry(merchant).or_default() += i64::from(planned.parcels);
            for line in &planned.lines {
                *held.stock.entry((line.sku, planned.warehouse)).or_default() += i64::from(line.quantity);
            }
        }
        held
    }

    /// What there is of a wave's work without them.
    fn work(&self, load: &Load, wave: &WaveRef, now: Timestamp) -> Room {
        Room::new(load.free_work(wave), &load.work_guarantees(wave, now), self.work.get(wave))
    }

    /// What there is of a collection's room without them.
    fn room(&self, load: &Load, pickup: &PickupRef, now: Timestamp) -> Room {
        Room::new(load.free_pickup(pickup), &load.pickup_guarantees(pickup, now), self.pickups.get(pickup))
    }
}

fn demand(
    network: &Network,
    state: &State,
    orders: &[BacklogOrder],
    rulings: &[Ruling],
    skus: &[SkuIx],
    held: &Held,
    now: Timestamp,
) -> Demand {
    let warehouses = network.world.warehouses.len();
    let mut demand = DemandBuilder::new(warehouses, skus.len());
    for (n, &sku) in skus.iter().enumerate() {
        for warehouse in network.world.warehouses.indices() {
            let own = held.stock.get(&(sku, warehouse)).copied().unwrap_or(0);
            // Units that a rule wants left are for nobody; what is held may stay, or go from hand to hand.
            let free = state.ledger().available(sku, warehouse) - sourcing::units_left(network, warehouse, sku, now);
            let units = free.max(0) + own;
            if units > 0 {
                demand.stock(n as u32, warehouse.0, u32::try_from(units).unwrap_or(i32::MAX as u32));
            }
        }
    }
    for (order, ruling) in orders.iter().zip(rulings) {
        let lines: Vec<(u32, u32)> = order
            .lines
            .iter()
            .filter_map(|line| skus.binary_search(&line.sku).ok().map(|sku| (sku as u32, line.quantity)))
            .collect();
        demand.order(&lines, Backlog::Whole(LEFT_OUT_CENTS));
        demand.splits(ruling.splits());
    }
    demand.build().expect("the state's orders hold each SKU once, in positive numbers")
}

/// Distances from each warehouse to each order's postal area, one place an area.
fn distances(network: &Network, orders: &[BacklogOrder]) -> (Vec<u32>, Vec<u32>) {
    let mut postals: Vec<_> = orders.iter().map(|order| order.postal).collect();
    postals.sort_unstable();
    postals.dedup();
    let place =
        orders.iter().map(|order| postals.binary_search(&order.postal).map_or(0, |place| place as u32)).collect();
    let metres = |postal, warehouse| u32::try_from(network.distance(warehouse, postal).get()).unwrap_or(u32::MAX);
    let distance =
        postals.iter().flat_map(|&p| network.world.warehouses.indices().map(move |w| metres(p, w))).collect();
    (place, distance)
}
