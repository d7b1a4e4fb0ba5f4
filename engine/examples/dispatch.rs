//! Who takes what stands packed at the dock, and which doors does each own van drive to?
//!
//! `cargo run -p engine --example dispatch`

mod common;

use engine::check;
use engine::dispatch;
use engine::fulfilment::Shipment;
use engine::model::ServiceLevel;
use engine::model::fixture::tiny_world;
use engine::network::Network;
use engine::search::Seed;
use engine::units::Seconds;
use engine::wave::{self, Options};

fn main() {
    let network = Network::new(tiny_world());
    let world = &network.world;
    let mut state = common::stocked(world, 40);
    for n in 0..8 {
        let cart = common::cart(world, "acme", "mug", ["07102", "07105", "10001", "10025"][n % 4]);
        common::order(&network, &mut state, &format!("o-{n}"), &cart, ServiceLevel::HalfDay);
    }

    // The wave goes to the floor, its walks are confirmed, its shipments stand packed.
    let due = *state.work().keys().next().expect("something is planned");
    let options = Options { seed: Seed(1), iterations: 500 };
    let planned = wave::plan(&network, &state, due, common::now(), &options).expect("orders in the wave");
    let lists: Vec<_> = planned.release.pick_lists.iter().map(|list| list.id.clone()).collect();
    state.decide_release(planned.release).expect("released once").iter().for_each(|event| state.apply(event));
    for list in &lists {
        let parcels = |shipment: &Shipment, lines: &[_], serial| wave::parcels(world, &shipment.plan, lines, serial);
        let events = state.decide_confirm(list, common::now(), &[], &parcels).expect("an open list");
        events.iter().for_each(|event| state.apply(event));
    }

    // Every ten minutes: is a collection or a van's window near?
    let mut now = common::now();
    let vans = loop {
        let vans = dispatch::vans(&network, &state, now, Seed(1), 500, None);
        if !vans.days.is_empty() {
            break vans;
        }
        now = now + Seconds::minutes(10);
    };
    for day in &vans.days {
        assert!(check::routing::is_sound(&day.problem, &day.plan), "every plan is verified");
    }
    for tender in vans.days.iter().filter_map(|day| day.dispatch.as_ref()) {
        println!("{}: {} parcels at {}, {}", tender.id, tender.parcels, tender.pickup_at, tender.carrier_cost);
        for trip in tender.routes.iter().flat_map(|route| &route.trips) {
            println!("  leaves {}, back {}", trip.departs, trip.returns);
            for stop in &trip.stops {
                println!("    {} {:?}", stop.arrives, stop.shipment.as_ref().map(ToString::to_string));
            }
        }
    }
}
