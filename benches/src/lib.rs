//! Shared fixtures of the criterion benches in `benches/benches`: the demo network and its event day.

use std::path::Path;

use api::data;
use engine::calendar::civil::date;
use engine::fulfilment::{Event, NewOrder, State};
use engine::model::{SkuIx, WarehouseIx};
use engine::network::Network;
use engine::peak::Arrival;
use engine::quote::{self, Request, View};
use engine::stock::StockEvent;
use engine::units::Timestamp;

/// The demo network on the morning of 11 November 2025.
pub struct Demo {
    /// The network.
    pub network: Network,
    /// Units by SKU and warehouse.
    pub stock: Vec<(SkuIx, WarehouseIx, i64)>,
    /// The day's orders by time.
    pub orders: Vec<Arrival>,
}

impl Demo {
    /// Loads `data/demo`.
    pub fn load() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo");
        let loaded = data::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
        let recorded = data::load_orders(&folder, &loaded.world).unwrap_or_else(|faults| panic!("{}", faults[0]));
        let of_day = recorded.into_iter().filter(|order| order.local_date == date(2025, 11, 11));
        let orders = of_day.map(|order| order.arrival).collect();
        Self { network: Network::new(loaded.world), stock: loaded.stock, orders }
    }

    /// A state with each slot holding `factor` times the opening stock.
    pub fn stocked(&self, factor: i64) -> State {
        let mut state = State::new(&self.network.world);
        for &(sku, warehouse, units) in &self.stock {
            let change = StockEvent::Received { sku, warehouse, quantity: units * factor };
            state.apply(&Event::Stock { change });
        }
        state
    }

    /// What the shop asks at `now`.
    pub fn request(&self, order: &Arrival, now: Timestamp) -> Request {
        Request {
            merchant: order.merchant,
            channel: None,
            postal: order.postal,
            residential: order.residential,
            lines: order.lines.clone(),
            now,
            not_from: None,
            sent: 0,
            terms: engine::fulfilment::Terms::PLAIN,
            by: None,
        }
    }

    /// The answer on a state.
    pub fn quote(&self, state: &State, request: &Request) -> quote::Answer {
        let load = state.load(&self.network.world).of(request.merchant, request.now);
        let view =
            View { network: &self.network, ledger: state.ledger(), load: &load, board: state.board().at(request.now) };
        quote::answer(&view, request)
    }

    /// The state after the first `orders` orders of the day, none of them on a floor yet.
    pub fn backlog(&self, orders: usize) -> State {
        let mut state = self.stocked(1);
        for order in &self.orders[..orders] {
            let request = self.request(order, order.at);
            let answer = self.quote(&state, &request);
            let Some(best) = answer.best(order.level, None) else { continue };
            let new = NewOrder {
                id: order.id.clone(),
                reference: None,
                merchant: order.merchant,
                channel: None,
                postal: order.postal,
                residential: order.residential,
                terms: engine::fulfilment::Terms::PLAIN,
                level: order.level,
                lines: order.lines.clone(),
                placed_at: order.at,
                promised_by: best.delivers_by,
                quoted: best.cost,
                plan: best.plan(),
                forecast: None,
                quote: None,
                reservation: None,
            };
            let events = state.decide_accept(new).expect("a quoted option can be accepted");
            events.iter().for_each(|event| state.apply(event));
        }
        state
    }
}
