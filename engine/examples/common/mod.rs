//! What the examples share: a stocked shop and the taking of an order.

use engine::calendar::parse_timestamp;
use engine::fulfilment::{Event, LineQuantity, NewOrder, State};
use engine::ids::OrderId;
use engine::model::{ServiceLevel, World};
use engine::network::Network;
use engine::quote::{self, Request, View};
use engine::stock::StockEvent;
use engine::units::Timestamp;

/// Monday, ten in New York.
pub fn now() -> Timestamp {
    parse_timestamp("2025-11-10T15:00:00Z").expect("RFC 3339")
}

/// A state whose every warehouse holds `quantity` units of everything.
pub fn stocked(world: &World, quantity: i64) -> State {
    let mut state = State::new(world);
    for sku in world.skus.indices() {
        for warehouse in world.warehouses.indices() {
            state.apply(&Event::Stock { change: StockEvent::Received { sku, warehouse, quantity } });
        }
    }
    state
}

/// One unit of a merchant's SKU to a home.
pub fn cart(world: &World, merchant: &str, sku: &str, postal: &str) -> Request {
    let merchant = world.merchant(merchant).expect("a merchant of the world");
    let sku = world.sku(merchant, &sku.parse().expect("an id")).expect("a SKU of the merchant");
    let postal = world.postal(postal).expect("a postal code of the world");
    let lines = vec![LineQuantity { sku, quantity: 1 }];
    let (now, terms) = (now(), engine::fulfilment::Terms::PLAIN);
    Request { merchant, channel: None, postal, residential: true, lines, now, not_from: None, sent: 0, terms, by: None }
}

/// Quotes a cart and takes the best option of a level: decide, then apply.
#[allow(dead_code, reason = "the quote example orders nothing")]
pub fn order(network: &Network, state: &mut State, id: &str, request: &Request, level: ServiceLevel) {
    let load = state.load(&network.world).of(request.merchant, request.now);
    let view = View { network, ledger: state.ledger(), load: &load, board: state.board().at(request.now) };
    let answer = quote::answer(&view, request);
    let best = answer.best(level, None).expect("somebody goes there");
    let new = NewOrder {
        id: OrderId::new(id).expect("an id"),
        reference: None,
        merchant: request.merchant,
        channel: None,
        postal: request.postal,
        residential: request.residential,
        terms: request.terms,
        level,
        lines: request.lines.clone(),
        placed_at: request.now,
        promised_by: best.delivers_by,
        quoted: best.cost,
        plan: best.plan(),
        forecast: None,
        quote: None,
        reservation: None,
    };
    let events = state.decide_accept(new).expect("there is stock");
    events.iter().for_each(|event| state.apply(event));
}
