//! Which warehouse and carrier for each open order, how far from the best possible, and what is scarce?
//!
//! `cargo run -p engine --example assign`

mod common;

use engine::assign::{BacklogOptions, plan_backlog};
use engine::check;
use engine::ids::PlanRunId;
use engine::model::ServiceLevel;
use engine::model::fixture::tiny_world;
use engine::network::Network;
use engine::search::{Budget, Silent};

fn main() {
    let network = Network::new(tiny_world());
    let mut state = common::stocked(&network.world, 10);
    for n in 0..40 {
        // First come those who could be served from anywhere, then those who live next door.
        let postal = if n < 20 { "80202" } else { ["60614", "90012"][n % 2] };
        let cart = common::cart(&network.world, "acme", ["mug", "vase"][n % 2], postal);
        common::order(&network, &mut state, &format!("o-{n}"), &cart, ServiceLevel::Standard);
    }

    let id = PlanRunId::new("run-1").expect("an id");
    let (options, mut budget) = (BacklogOptions::default(), Budget::iterations(50));
    let planned = plan_backlog(&network, &state, common::now(), id, &options, &mut budget, &mut Silent);
    let planned = planned.expect("there are open orders");
    assert!(check::assign::check(&planned.problem, &planned.plan).is_empty(), "every plan is verified");

    let run = &planned.commit.run;
    println!("{} orders: {} as accepted, {} as planned", run.orders, run.cost_before, run.cost);
    println!("no plan costs less than {}; {} orders move", run.lower_bound, run.moved);
    for ((sku, warehouse), price) in &planned.commit.board.stock {
        let (sku, warehouse) = (&network.world.skus[*sku].id, &network.world.warehouses[*warehouse].id);
        println!("one more {sku} at {warehouse} would save {price}");
    }
    let events = state.decide_commit(&network.world, planned.commit);
    println!("{} events to store", events.len());
}
