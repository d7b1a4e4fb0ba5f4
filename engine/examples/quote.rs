//! What may shipping cost, when does it arrive, and why is the rest not offered?
//!
//! `cargo run -p engine --example quote`

mod common;

use engine::model::fixture::tiny_world;
use engine::network::Network;
use engine::quote::{self, View};

fn main() {
    let network = Network::new(tiny_world());
    let state = common::stocked(&network.world, 40);
    let cart = common::cart(&network.world, "bolt", "battery", "60614");
    let load = state.load(&network.world).of(cart.merchant, cart.now);
    let view = View { network: &network, ledger: state.ledger(), load: &load, board: state.board().at(cart.now) };

    let answer = quote::answer(&view, &cart);
    for option in &answer.options {
        println!("{:?}: {} by {}", option.level, option.cost, option.delivers_by);
        for shipment in &option.shipments {
            let planned = &shipment.planned;
            println!(
                "  {} by {}, collected {}: carrier {}, hands and boxes {}",
                network.world.warehouses[planned.warehouse].id,
                network.world.services[planned.service].id,
                planned.pickup_at,
                planned.carrier_cost,
                planned.handling_cost
            );
        }
    }
    for missing in &answer.missing {
        println!("not {}: {}", network.world.services[missing.service].id, missing.reason);
    }
}
