//! Properties of whole days on the tiny network: nothing is oversold or overbooked, promises made at zero load are kept,
//! and the same seed gives the same day on any number of threads.

mod allotments;
mod returns;
mod shares;
mod volume;

use std::path::{Path, PathBuf};

use api::data;
use engine::cost_to_serve::{self, By, Subject};
use engine::fulfilment::{Event, OrderStage, ShipmentStage, State};
use engine::ids::ReturnId;
use engine::network::Network;
use engine::peak::{Arrival, Delays, Scenario, Sight, Simulated, simulate};
use engine::search::Seed;
use engine::units::{Cents, Seconds};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tiny")
}

fn network() -> Network {
    Network::new(data::load(&folder()).unwrap_or_else(|faults| panic!("{}", faults[0])).world)
}

/// The recorded orders, three times over, shuffled in time by the seed.
fn scenario(network: &Network, seed: u64) -> Scenario {
    let stock = data::load(&folder()).unwrap_or_else(|faults| panic!("{}", faults[0])).stock;
    let recorded = data::load_orders(&folder(), &network.world).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let mut rng = Seed(seed).rng();
    let mut orders: Vec<Arrival> = (0..3)
        .flat_map(|copy| recorded.iter().map(move |order| (copy, order.arrival.clone())))
        .map(|(copy, arrival)| Arrival {
            id: engine::ids::OrderId::new(&format!("{}-{copy}", arrival.id)).expect("a good id"),
            at: arrival.at + Seconds::new(rng.range(0, 36_000)),
            ..arrival
        })
        .collect();
    orders.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    Scenario {
        orders,
        stock,
        plan_every: Seconds::minutes(60),
        plan_iterations: 20,
        wave_iterations: 300,
        delays: Delays::None,
        sight: Sight::Prices,
        refusing: None,
        seed: Seed(seed),
        tail: Seconds::hours(24 * 9),
    }
}

fn check(network: &Network, day: &Simulated) {
    let world = &network.world;
    assert_eq!(day.breaches, [], "a plan breaks a rule");
    assert_eq!(day.report.oversold, 0);
    assert!(day.state.ledger().slots().all(|(_, _, slot)| slot.is_sound()));
    let load = day.state.load(world);
    for wave in day.state.work().keys() {
        assert!(load.free_work(wave) >= 0, "{wave} is overbooked by {}", -load.free_work(wave));
    }
    for shipment in day.state.shipments().values() {
        let pickup = engine::promise::PickupRef::from(&shipment.plan);
        let room = load.free_pickup(&pickup);
        assert!(room >= 0, "{pickup} is overbooked by {}", -room);
    }
    let planned = day.events.iter().filter_map(|(_, event)| match event {
        Event::OrderAccepted { order } => Some((&order.id, &order.plan)),
        Event::Replanned { order, plan } => Some((order, plan)),
        _ => None,
    });
    for (id, plan) in planned {
        let order = day.state.order(id).expect("an accepted order");
        for shipment in plan {
            assert!(shipment.delivers_by <= order.promised_by, "{id} is planned for {}", shipment.delivers_by);
            assert!(shipment.pickup_at < shipment.delivers_by);
        }
    }
    check_ledger(network, day);
    let mut replayed = State::new(world);
    day.events.iter().for_each(|(_, event)| replayed.apply(event));
    assert_eq!(replayed.ledger(), day.state.ledger());
    assert_eq!(replayed.orders(), day.state.orders());
}

/// Every view of the cost-to-serve ledger sums to what shipments, plans and returns cost, added up here by themselves.
fn check_ledger(network: &Network, day: &Simulated) {
    let state = &day.state;
    let sent = state.shipments().values().filter(|s| s.stage != ShipmentStage::Void).map(|s| s.plan.cost());
    let planned = state.orders().values().flat_map(|order| &order.plan).map(|planned| planned.cost());
    let back = state.returns().values().map(|goods| goods.cost);
    let expected: Cents = sent.chain(planned).chain(back).sum::<Cents>() + volume::recomputed(&network.world, state);
    let rows = cost_to_serve::charges(&network.world, state);
    assert_eq!(cost_to_serve::total(&rows), expected);
    for by in [By::Order, By::Merchant, By::Sku, By::Warehouse, By::Service, By::Lane, By::Day] {
        let sum: Cents = cost_to_serve::sums(&rows, by).values().copied().sum();
        assert_eq!(sum, expected, "{by:?}");
    }
}

/// Opens a return of every third delivered order's first line.
fn with_returns(network: &Network, mut day: Simulated) -> Simulated {
    let delivered: Vec<_> = day.state.orders().values().filter(|order| order.stage == OrderStage::Delivered).collect();
    let events: Vec<Event> = delivered
        .into_iter()
        .step_by(3)
        .flat_map(|order| {
            let id = ReturnId::new(&format!("r-{}", order.id)).expect("a good id");
            let last = order.shipments.iter().filter_map(|id| day.state.shipments()[id].delivered_at).max();
            let now = last.expect("a delivered order has arrived");
            let way = engine::returns::plan(network, &day.state, order, id, order.lines[..1].to_vec(), None, now)
                .expect("a way back");
            day.state.decide_open_return(way).expect("in time and of what was delivered")
        })
        .collect();
    events.iter().for_each(|event| day.state.apply(event));
    day
}

#[test]
fn a_day_with_returns_has_one_sum_in_every_view() {
    let network = network();
    let day = with_returns(&network, simulate(&network, &scenario(&network, 4)));
    let returns = day.state.returns().len();
    assert!(returns > 5, "only {returns} returns");
    check_ledger(&network, &day);
    let rows = cost_to_serve::charges(&network.world, &day.state);
    let back = rows.iter().filter(|row| matches!(row.subject, Subject::Return(_))).map(|row| row.amount).sum::<Cents>();
    assert_eq!(back, day.state.returns().values().map(|goods| goods.cost).sum());
    assert!(back > Cents::ZERO);
}

#[test]
fn random_days_never_oversell_or_overbook_and_replay_exactly() {
    let network = network();
    for seed in 0..6 {
        check(&network, &simulate(&network, &scenario(&network, seed)));
    }
}

#[test]
fn days_with_surcharges_on_volume_are_billed_to_the_cent() {
    for seed in 0..6 {
        let network = volume::tiered(network(), seed);
        let day = simulate(&network, &scenario(&network, seed));
        check(&network, &day);
        assert!(day.report.peak.volume > Cents::ZERO, "the tiers of seed {seed} never bind");
    }
}

#[test]
fn most_runs_look_at_what_was_touched_and_all_orders_are_looked_at_every_two_hours() {
    let network = network();
    let scenario = Scenario { plan_every: Seconds::minutes(20), ..scenario(&network, 2) };
    let day = simulate(&network, &scenario);
    check(&network, &day);
    let runs: Vec<_> = day.state.plan_runs().values().collect();
    assert!(runs.iter().any(|run| !run.whole), "some runs look at a part");
    for run in runs.iter().filter(|run| !run.whole) {
        let recent = |whole: &&&engine::fulfilment::PlanRun| whole.whole && whole.at < run.at;
        let last = runs.iter().rev().find(recent).expect("the first run looks at everything");
        assert!(run.at - last.at < engine::board::FRESH, "{} follows {}", run.id, last.id);
    }
}

#[test]
fn a_promise_made_at_zero_load_is_kept() {
    let network = network();
    let base = scenario(&network, 1);
    for (n, order) in base.orders.iter().enumerate().step_by(2) {
        // Every hour of two weeks is tried by some order: nights, weekends, the holiday.
        let at = order.at + Seconds::hours(n as i64 * 7);
        let alone = Scenario { orders: vec![Arrival { at, ..order.clone() }], ..base.clone() };
        let day = simulate(&network, &alone);
        check(&network, &day);
        for shipment in day.state.shipments().values() {
            let delivered = shipment.delivered_at.expect("delivered within nine days");
            assert!(delivered <= shipment.promised_by, "order {n}: {delivered} after {}", shipment.promised_by);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_day_on_one_and_two_threads() {
    let network = network();
    let scenario = scenario(&network, 3);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| simulate(&network, &scenario))
    };
    let (one, two) = (on(1), on(2));
    assert_eq!(one.report, two.report);
    assert_eq!(one.events, two.events);
}
