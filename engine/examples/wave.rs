//! Which orders are picked together, and on what walk?
//!
//! `cargo run -p engine --example wave`

mod common;

use engine::check;
use engine::model::ServiceLevel;
use engine::model::fixture::tiny_world;
use engine::network::Network;
use engine::search::Seed;
use engine::wave::{self, Options};

fn main() {
    let network = Network::new(tiny_world());
    let mut state = common::stocked(&network.world, 40);
    for n in 0..20 {
        let cart = common::cart(&network.world, "acme", ["mug", "vase", "tent"][n % 3], "10025");
        common::order(&network, &mut state, &format!("o-{n:02}"), &cart, ServiceLevel::Standard);
    }

    let due = *state.work().keys().next().expect("something is planned");
    let options = Options { seed: Seed(1), iterations: 500 };
    let planned = wave::plan(&network, &state, due, common::now(), &options).expect("orders in the wave");
    assert!(check::picking::check(&planned.problem, &planned.plan).is_empty(), "every plan is verified");

    println!("{}: {} shipments", planned.release.wave.id, planned.release.shipments.len());
    for list in &planned.release.pick_lists {
        println!("{}: {} walked by picker {}", list.id, list.distance, list.picker + 1);
        for line in &list.lines {
            let sku = &network.world.skus[line.sku].id;
            println!(
                "  aisle {} bay {:>2}: {} x {sku} for {}",
                line.aisle + 1,
                line.bay + 1,
                line.quantity,
                line.shipment
            );
        }
    }
}
