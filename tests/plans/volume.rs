//! Surcharges on a day's volume: in quotes, in plans, and in the ledger to the cent.

use std::collections::BTreeMap;

use engine::assign::{BacklogOptions, plan_backlog};
use engine::calendar::civil::{Date, date};
use engine::calendar::parse_timestamp;
use engine::check;
use engine::cost_to_serve::{self, ChargeKind};
use engine::fulfilment::{Event, LineQuantity, NewOrder, PickedShort, Shipment, ShipmentStage, ShortLine, State};
use engine::ids::{OrderId, PlanRunId};
use engine::model::fixture::tiny_parts;
use engine::model::{
    CarrierIx, MerchantIx, ServiceIx, ServiceLevel, SkuIx, VolumeStep, VolumeTiers, WarehouseIx, World,
};
use engine::network::Network;
use engine::promise;
use engine::quote::{self, QuoteOption, Request, View};
use engine::search::{Budget, Seed, Silent};
use engine::stock::StockEvent;
use engine::units::{Cents, Timestamp};
use engine::wave;

/// The network with a surcharge of random steps on all parcels of its first carrier, each day.
pub fn tiered(network: Network, seed: u64) -> Network {
    let mut rng = Seed(seed).child("tiers", 0).rng();
    let mut parts = (*network.world).clone();
    let (mut from, mut surcharge) = (rng.range(0, 4), 0);
    let steps = (0..3).map(|_| {
        surcharge += rng.range(1, 120);
        let step = VolumeStep { from, surcharge: Cents::new(surcharge) };
        from += rng.range(1, 12);
        step
    });
    parts.volume_tiers.push(VolumeTiers {
        carrier: CarrierIx(0),
        service: None,
        first: date(2025, 11, 1),
        last: date(2025, 12, 31),
        steps: steps.collect(),
    });
    Network::new(World::new(parts).expect("a valid world"))
}

/// The surcharges of all days, and the day's parcels in the state, from the shipments alone.
pub fn recomputed(world: &World, state: &State) -> Cents {
    let sent = state.shipments().values().filter(|s| s.stage != ShipmentStage::Void).map(|s| &s.plan);
    let planned = state.orders().values().flat_map(|order| &order.plan);
    let mut volumes: BTreeMap<(ServiceIx, Date), i64> = BTreeMap::new();
    for plan in sent.chain(planned) {
        let day = world.warehouses[plan.warehouse].calendar.date(plan.pickup_at);
        *volumes.entry((plan.service, day)).or_default() += i64::from(plan.parcels);
    }
    for (&(service, day), &parcels) in &volumes {
        assert_eq!(state.parcels_on(service, day), parcels, "service {} on {day}", service.0);
    }
    let days: std::collections::BTreeSet<Date> = volumes.keys().map(|(_, day)| *day).collect();
    let bill = |tiers: &VolumeTiers, day: Date| {
        let of = |(service, _): &&(ServiceIx, Date)| tiers.counts(world.services[*service].carrier, *service, day);
        let parcels: i64 = volumes.iter().filter(|(key, _)| key.1 == day && of(key)).map(|(_, n)| n).sum();
        let each =
            |nth: i64| tiers.steps.iter().rev().find(|step| step.from <= nth).map_or(Cents::ZERO, |s| s.surcharge);
        (0..parcels).map(each).sum::<Cents>()
    };
    days.into_iter()
        .flat_map(|day| world.volume_tiers.iter().map(move |tiers| (tiers, day)))
        .map(|(t, d)| bill(t, d))
        .sum()
}

const MUG: LineQuantity = LineQuantity { sku: SkuIx(0), quantity: 1 };
const POST: ServiceIx = ServiceIx(2);
const VANS: ServiceIx = ServiceIx(4);

/// To New York the post takes a mug for 450 and 40 in the peak, vans for 650. From the tenth parcel of the day on the post asks
/// 200 more of each.
fn network() -> Network {
    let mut parts = tiny_parts();
    parts.volume_tiers.push(VolumeTiers {
        carrier: CarrierIx(1),
        service: None,
        first: date(2025, 11, 10),
        last: date(2025, 11, 10),
        steps: vec![VolumeStep { from: 10, surcharge: Cents::new(200) }],
    });
    Network::new(World::new(parts).expect("a valid world"))
}

fn monday() -> Timestamp {
    parse_timestamp("2025-11-10T12:00:00Z").expect("RFC 3339")
}

fn best(network: &Network, state: &State, by: Option<Timestamp>) -> QuoteOption {
    let load = state.load(&network.world).of(MerchantIx(0), monday());
    let view = View { network, ledger: state.ledger(), load: &load, board: state.board().at(monday()) };
    let request = Request {
        merchant: MerchantIx(0),
        channel: None,
        postal: network.world.postal("10001").expect("New York"),
        residential: true,
        lines: vec![MUG],
        now: monday(),
        not_from: None,
        sent: 0,
        terms: engine::fulfilment::Terms::PLAIN,
        by: None,
    };
    quote::answer(&view, &request).best(ServiceLevel::Standard, by).expect("an option").clone()
}

/// `orders` mugs to New York, each sold by the best option that `sees` has.
fn sold(sees: &Network, orders: usize) -> (State, Vec<QuoteOption>) {
    let mut state = State::new(&sees.world);
    let change = StockEvent::Received { sku: MUG.sku, warehouse: WarehouseIx(0), quantity: 100 };
    state.apply(&Event::Stock { change });
    let mut taken = Vec::new();
    for n in 0..orders {
        let option = best(sees, &state, None);
        let order = NewOrder {
            id: OrderId::new(&format!("o-{n:02}")).expect("an id"),
            reference: None,
            merchant: MerchantIx(0),
            channel: None,
            postal: sees.world.postal("10001").expect("New York"),
            residential: true,
            terms: engine::fulfilment::Terms::PLAIN,
            level: ServiceLevel::Standard,
            lines: vec![MUG],
            placed_at: monday(),
            promised_by: option.delivers_by,
            quoted: option.cost,
            plan: option.plan(),
            forecast: None,
            quote: None,
            reservation: None,
        };
        state.decide_accept(order).expect("there is stock").iter().for_each(|event| state.apply(event));
        taken.push(option);
    }
    (state, taken)
}

#[test]
fn a_quote_pays_what_the_next_parcel_pays() {
    let network = network();
    let (state, taken) = sold(&network, 12);
    let sent = |option: &QuoteOption| {
        let planned = &option.shipments[0].planned;
        let at = network.world.warehouses[planned.warehouse].calendar.date(planned.pickup_at);
        (planned.service, at.day(), option.steering.get())
    };
    // A day's wait is held to cost 100: less than 200 on Monday, and less than the 160 that vans cost more.
    let services: Vec<_> = taken.iter().map(sent).collect();
    assert_eq!(services, [[(POST, 10, 0); 10].as_slice(), &[(POST, 11, 0); 2]].concat());
    // Who needs it as early as the first ten goes by vans.
    assert_eq!(sent(&best(&network, &state, Some(taken[0].delivers_by))).0, VANS);
}

#[test]
fn a_plan_fills_the_cheap_parcels_of_a_day_and_no_more() {
    // Sold as if the post had no tiers: fifteen parcels, of which five pay 200.
    let flat = Network::new(World::new(tiny_parts()).expect("a valid world"));
    let (mut state, _) = sold(&flat, 15);
    let network = network();
    let each = 490 + 250 + 30;
    let surcharge = |state: &State| -> i64 {
        let rows = cost_to_serve::charges(&network.world, state);
        let volume: Vec<i64> =
            rows.iter().filter(|row| row.kind == ChargeKind::VolumeSurcharge).map(|row| row.amount.get()).collect();
        assert_eq!(cost_to_serve::total(&rows).get() - volume.iter().sum::<i64>(), rows_without_volume(state));
        let of_kind = |kind| rows.iter().filter(|row| row.kind == kind).map(|row| row.amount).sum::<Cents>();
        assert_eq!(ChargeKind::ALL.map(of_kind).into_iter().sum::<Cents>(), cost_to_serve::total(&rows));
        volume.iter().sum()
    };
    assert_eq!(surcharge(&state), 5 * 200);
    let id = PlanRunId::new("run-1").expect("an id");
    let (options, mut budget) = (BacklogOptions::default(), Budget::iterations(60));
    let planned = plan_backlog(&network, &state, monday(), id, &options, &mut budget, &mut Silent);
    let planned = planned.expect("orders are open");
    assert_eq!(check::assign::check(&planned.problem, &planned.plan), []);
    let run = &planned.commit.run;
    assert_eq!(run.cost_before.get(), 15 * each + 5 * 200);
    assert_eq!(run.cost.get(), 15 * each + 5 * 160, "five go by vans");
    let prices: Vec<i64> = planned.commit.board.volume.values().map(|price| price.get()).collect();
    assert!(matches!(prices.as_slice(), [150..=200]), "{prices:?}");
    let events = state.decide_commit(&network.world, planned.commit);
    events.iter().for_each(|event| state.apply(event));
    assert_eq!(surcharge(&state), 0);
    assert_eq!(state.parcels_on(POST, date(2025, 11, 10)), 10);
}

fn rows_without_volume(state: &State) -> i64 {
    state.orders().values().flat_map(|order| &order.plan).map(|planned| planned.cost().get()).sum()
}

#[test]
fn a_shipment_of_which_nothing_is_found_leaves_its_day() {
    let network = network();
    let (mut state, taken) = sold(&network, 1);
    let planned = &taken[0].shipments[0].planned;
    let released_at = promise::cut_off(&network, &planned.wave);
    let options = wave::Options { seed: Seed(0), iterations: 50 };
    let release = wave::plan(&network, &state, planned.wave, released_at, &options).expect("a wave").release;
    let (list, shipment) = (release.pick_lists[0].id.clone(), release.shipments[0].id.clone());
    state.decide_release(release).expect("as planned").iter().for_each(|event| state.apply(event));
    assert_eq!(state.parcels_on(POST, date(2025, 11, 10)), 1);
    let line = ShortLine { shipment, sku: MUG.sku, missing: 1, reason: "empty bay".to_owned() };
    let shorts = [PickedShort { line, instead: Vec::new() }];
    let pack = |shipment: &Shipment, lines: &[LineQuantity], serial| {
        wave::parcels(&network.world, &shipment.plan, lines, serial)
    };
    let events = state.decide_confirm(&list, released_at, &shorts, &pack).expect("an open list");
    events.iter().for_each(|event| state.apply(event));
    assert_eq!(state.parcels_on(POST, date(2025, 11, 10)), 0);
    assert_eq!(recomputed(&network.world, &state), Cents::ZERO);
}
