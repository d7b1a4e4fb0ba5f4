//! Guaranteed shares: whatever merchants order, cancel and plan, none finds less than it is guaranteed; and a burst of one hurts no other.

use std::collections::BTreeMap;

use engine::assign::{BacklogOptions, plan_backlog};
use engine::check;
use engine::fulfilment::{Event, NewOrder, OrderStage, PlannedShipment, State};
use engine::ids::{OrderId, PlanRunId};
use engine::model::{Guarantee, MerchantIx, Parts, PostalIx, ServiceLevel, Share, SkuIx, World};
use engine::network::Network;
use engine::peak::{Arrival, Scenario, Simulated, larger_stock, simulate};
use engine::promise::{self, PickupRef, WaveLoad, WaveRef};
use engine::quote::{self, Request, View};
use engine::search::{Budget, Rng, Seed, Silent};
use engine::stock::StockEvent;
use engine::units::{Seconds, Timestamp};
use engine::wave;

use super::{network, scenario};

/// The tiny network changed.
fn changed(change: impl FnOnce(&mut Parts)) -> Network {
    let mut parts = Parts::clone(&network().world);
    change(&mut parts);
    Network::new(World::new(parts).unwrap_or_else(|faults| panic!("{}", faults[0])))
}

fn guarantee(merchant: u32, bp: u32, release_min: i64) -> Guarantee {
    let (work_bp, pickup_bp) = (Some(bp), Some(bp));
    let release = Seconds::minutes(release_min);
    Guarantee { merchant: MerchantIx(merchant), warehouse: None, service: None, work_bp, pickup_bp, release }
}

/// Three merchants that share every article's floor, with random guarantees that come to all or less.
fn crowded(rng: &mut Rng) -> Network {
    changed(|parts| {
        let third = parts.merchants[MerchantIx(0)].clone();
        parts.merchants.push(engine::model::Merchant { id: "third".parse().expect("an id"), ..third });
        for (n, sku) in parts.skus.indices().collect::<Vec<_>>().into_iter().enumerate() {
            parts.skus[sku].merchant = MerchantIx(n as u32 % 3);
        }
        let mut left = 10_000;
        for merchant in 0..3 {
            let bp = rng.range(0, left.min(6_000)) as u32;
            left -= i64::from(bp);
            parts.guarantees.push(guarantee(merchant, bp, rng.range(0, 300)));
        }
    })
}

/// What merchants hold, added up from orders and shipments themselves.
#[derive(Default)]
struct Uses {
    work: BTreeMap<WaveRef, BTreeMap<MerchantIx, i64>>,
    pickups: BTreeMap<PickupRef, BTreeMap<MerchantIx, i64>>,
}

impl Uses {
    fn of(state: &State) -> Self {
        let mut uses = Self::default();
        for order in state.orders().values().filter(|order| order.stage != OrderStage::Cancelled) {
            order.plan.iter().for_each(|planned| uses.add(order.merchant, planned));
        }
        state.shipments().values().for_each(|shipment| uses.add(shipment.merchant, &shipment.plan));
        uses
    }

    fn add(&mut self, merchant: MerchantIx, planned: &PlannedShipment) {
        *self.work.entry(planned.wave).or_default().entry(merchant).or_default() += planned.work;
        let room = self.pickups.entry(PickupRef::from(planned)).or_default().entry(merchant).or_default();
        *room += i64::from(planned.parcels);
    }
}

/// Nothing is beyond capacity, and whoever uses less than its guarantee may still take the rest of it.
fn keeps_guarantees(network: &Network, state: &State, now: Timestamp) {
    let world = &network.world;
    let uses = Uses::of(state);
    let check = |what: String,
                 capacity: i64,
                 shares: &[Share],
                 ends: Timestamp,
                 used: &BTreeMap<MerchantIx, i64>,
                 sees: &dyn Fn(MerchantIx) -> i64| {
        let total: i64 = used.values().sum();
        assert!(total <= capacity, "{what}: {total} of {capacity}");
        for share in shares.iter().filter(|share| now < ends - share.release) {
            let own = share.of(capacity) - used.get(&share.merchant).copied().unwrap_or(0);
            let seen = sees(share.merchant);
            assert!(
                own <= 0 || seen >= own,
                "{what}: merchant {} has {own} left of its own and sees {seen}",
                share.merchant.0
            );
            assert!(seen <= capacity - total);
        }
    };
    for (wave, used) in &uses.work {
        let capacity = world.warehouses[wave.warehouse].waves[usize::from(wave.slot)].work_capacity;
        let sees = |merchant| state.load(world).of(merchant, now).free_work(wave);
        check(
            wave.to_string(),
            capacity,
            world.work_shares(wave.warehouse),
            promise::cut_off(network, wave),
            used,
            &sees,
        );
    }
    for (pickup, used) in &uses.pickups {
        let capacity = promise::pickup_capacity(world, pickup);
        let sees = |merchant| state.load(world).of(merchant, now).free_pickup(pickup, capacity);
        check(
            pickup.to_string(),
            capacity,
            world.pickup_shares(pickup.warehouse, pickup.service),
            pickup.at,
            used,
            &sees,
        );
    }
}

/// A service in small: commands on a state, each group of events checked.
struct Service<'a> {
    network: &'a Network,
    state: State,
    now: Timestamp,
    plans: u64,
}

impl Service<'_> {
    fn apply(&mut self, events: Vec<Event>) {
        events.iter().for_each(|event| self.state.apply(event));
        keeps_guarantees(self.network, &self.state, self.now);
    }

    /// Whether the order was taken.
    fn order(&mut self, n: usize, rng: &mut Rng) -> bool {
        let world = &self.network.world;
        let sku = SkuIx(rng.below(world.skus.len()) as u32);
        let request = Request {
            merchant: world.skus[sku].merchant,
            postal: PostalIx(rng.below(world.postals.len()) as u32),
            residential: true,
            lines: vec![engine::fulfilment::LineQuantity { sku, quantity: rng.range(1, 4) as u32 }],
            now: self.now,
            not_from: None,
            channel: None,
            sent: 0,
            terms: engine::fulfilment::Terms::PLAIN,
            by: None,
        };
        let load = self.state.load(world).of(request.merchant, self.now);
        let board = self.state.board().at(self.now);
        let view = View { network: self.network, ledger: self.state.ledger(), load: &load, board };
        let levels = [ServiceLevel::Standard, ServiceLevel::Standard, ServiceLevel::Overnight, ServiceLevel::HalfDay];
        let level = levels[rng.below(levels.len())];
        let answer = quote::answer(&view, &request);
        let Some(best) = answer.best(level, None) else { return false };
        let new = NewOrder {
            id: OrderId::new(&format!("o-{n:04}")).expect("an id"),
            reference: None,
            merchant: request.merchant,
            channel: None,
            postal: request.postal,
            residential: true,
            terms: engine::fulfilment::Terms::PLAIN,
            level,
            lines: request.lines,
            placed_at: self.now,
            promised_by: best.delivers_by,
            quoted: best.cost,
            plan: best.plan(),
            forecast: None,
            quote: None,
            reservation: None,
        };
        let events = self.state.decide_accept(new).expect("what is quoted can be accepted");
        self.apply(events);
        true
    }

    fn cancel(&mut self, rng: &mut Rng) {
        let open: Vec<OrderId> = self.state.open_orders().iter().cloned().collect();
        if !open.is_empty()
            && let Ok(events) = self.state.decide_cancel(&open[rng.below(open.len())])
        {
            self.apply(events);
        }
    }

    fn propose(&mut self) -> Option<engine::assign::BacklogPlan> {
        self.plans += 1;
        let id = PlanRunId::new(&format!("run-{:04}", self.plans)).expect("an id");
        let options = BacklogOptions { seed: Seed(self.plans), ..BacklogOptions::default() };
        let mut budget = Budget::iterations(15);
        plan_backlog(self.network, &self.state, self.now, id, &options, &mut budget, &mut Silent)
    }

    fn commit(&mut self, plan: engine::assign::BacklogPlan) -> u32 {
        assert_eq!(check::assign::check(&plan.problem, &plan.plan), []);
        let events = self.state.decide_commit(&self.network.world, plan.commit);
        assert_eq!(check::shares::check(&self.network.world, &self.state, &events, self.now), []);
        let moved = events.iter().filter(|event| matches!(event, Event::Replanned { .. })).count();
        self.apply(events);
        moved as u32
    }

    fn release(&mut self) {
        // At its cut-off's own instant a wave still takes orders.
        let is_due = |wave: &&WaveRef| promise::cut_off(self.network, wave) < self.now;
        let due: Vec<WaveRef> = self.state.planned_waves().filter(is_due).copied().collect();
        for wave in due {
            let options = wave::Options { seed: Seed(1), iterations: 50 };
            if let Some(planned) = wave::plan(self.network, &self.state, wave, self.now, &options) {
                let events = self.state.decide_release(planned.release).expect("planned on this very state");
                self.apply(events);
            }
        }
    }
}

#[test]
fn no_stream_of_orders_and_plans_leaves_a_merchant_less_than_its_guarantee() {
    let (mut taken, mut refused, mut moved) = (0, 0, 0);
    for seed in 0..12 {
        let mut rng = Seed(seed).rng();
        let network = crowded(&mut rng);
        let start = engine::calendar::parse_timestamp("2025-11-10T06:00:00Z").expect("an instant");
        let mut service = Service { network: &network, state: State::new(&network.world), now: start, plans: 0 };
        for sku in network.world.skus.indices() {
            for warehouse in network.world.warehouses.indices() {
                let change = StockEvent::Received { sku, warehouse, quantity: 60 };
                service.state.apply(&Event::Stock { change });
            }
        }
        let mut waiting = None;
        for n in 0..130 {
            service.now = service.now + Seconds::minutes(rng.range(0, 12));
            service.release();
            match rng.below(20) {
                0 => service.cancel(&mut rng),
                1 => moved += service.propose().map_or(0, |plan| service.commit(plan)),
                // A plan that is put into force only after more orders have come.
                2 => waiting = service.propose().or(waiting),
                3 => moved += waiting.take().map_or(0, |plan| service.commit(plan)),
                _ if service.order(n, &mut rng) => taken += 1,
                _ => refused += 1,
            }
        }
    }
    assert!(taken > 700 && refused > 20 && moved > 50, "{taken} taken, {refused} refused, {moved} moved");
}

/// What a day is like for a merchant: orders refused, delivered late, and promised later than on a `calm` day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Felt {
    refused: usize,
    late: usize,
    put_off: usize,
}

fn felt(day: &Simulated, calm: &Simulated, merchant: MerchantIx, orders: &[Arrival]) -> Felt {
    let own = || orders.iter().filter(|order| order.merchant == merchant);
    let promised = |day: &Simulated, id: &OrderId| day.state.orders().get(id).map(|order| order.promised_by);
    let is_late = |order: &&Arrival| {
        day.state
            .shipments()
            .values()
            .any(|s| s.order == order.id && s.delivered_at.is_none_or(|at| at > s.promised_by))
    };
    Felt {
        refused: own().filter(|order| promised(day, &order.id).is_none()).count(),
        late: own().filter(is_late).count(),
        put_off: own().filter(|order| promised(day, &order.id) > promised(calm, &order.id)).count(),
    }
}

/// Every order of `merchant` and nine more like it, minutes apart.
fn burst(orders: &[Arrival], merchant: MerchantIx) -> Vec<Arrival> {
    let copies = |order: &Arrival| if order.merchant == merchant { 10 } else { 1 };
    let copy = |order: &Arrival, n: i64| Arrival {
        id: if n == 0 { order.id.clone() } else { OrderId::new(&format!("{}-b{n}", order.id)).expect("an id") },
        at: order.at + Seconds::minutes(n),
        ..order.clone()
    };
    let mut all: Vec<Arrival> =
        orders.iter().flat_map(|order| (0..copies(order)).map(move |n| copy(order, n))).collect();
    all.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    all
}

#[test]
fn one_merchants_burst_is_felt_by_no_other_with_a_guarantee_and_is_without() {
    let (fern, bolt) = (MerchantIx(0), MerchantIx(1));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for seed in 0..4 {
        for guaranteed in [true, false] {
            let network = changed(|parts| parts.guarantees.extend(guaranteed.then(|| guarantee(0, 8_000, 0))));
            let base = scenario(&network, seed);
            let base = Scenario { stock: larger_stock(&base.stock, 12), ..base };
            let calm = simulate(&network, &base);
            let noisy = simulate(&network, &Scenario { orders: burst(&base.orders, bolt), ..base.clone() });
            assert_eq!((calm.breaches.as_slice(), noisy.breaches.as_slice()), ([].as_slice(), [].as_slice()));
            let pair = (felt(&calm, &calm, fern, &base.orders), felt(&noisy, &calm, fern, &base.orders));
            if guaranteed { with.push(pair) } else { without.push(pair) }
        }
    }
    println!("calm and burst, with a guarantee: {with:?}\nwithout: {without:?}");
    for (calm, noisy) in &with {
        assert!(noisy.refused <= calm.refused && noisy.late <= calm.late, "{calm:?} {noisy:?}");
    }
    let sum = |pairs: &[(Felt, Felt)], of: fn(&Felt) -> usize| pairs.iter().map(|(_, noisy)| of(noisy)).sum::<usize>();
    let harm = |felt: &Felt| felt.refused + felt.late + felt.put_off;
    // What is above the guarantee is shared: there it may be felt.
    assert!(10 * sum(&with, harm) <= sum(&without, harm), "{with:?} {without:?}");
}
