//! Why: of a cart what is offered or refused, of an order what is planned; read off the state, nothing is written.

use engine::explain::{self, Explanation, Limits};
use engine::fulfilment::{LineQuantity, Order};
use engine::ids::OrderId;
use engine::model::{MerchantIx, PostalIx};
use engine::quote::{Request, View, Wish};
use engine::shipping;

use super::{App, AppError};

/// Quotes run again for one explanation, at most: they are made while the state is read.
const RESOLVES: u32 = 300;
/// Units boxed for one explanation, at most: a cart of thousands is boxed anew by every quote, so it gets fewer of them.
const UNITS: i64 = 60_000;

/// A cart with what is wished of it.
#[derive(Clone, Debug, PartialEq)]
pub struct WishedCart {
    /// Whose.
    pub merchant: MerchantIx,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// What, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// What is asked for.
    pub wish: Wish,
}

impl App {
    /// Why a cart is offered what it is, or is refused, at this moment.
    pub fn explain_cart(&self, cart: WishedCart) -> Explanation {
        let WishedCart { merchant, postal, residential, lines, wish } = cart;
        let request = Request { merchant, postal, residential, lines, now: self.now(), not_from: None };
        let limits = limits(&request.lines);
        self.read(|state| {
            let load = state.load(&self.network.world);
            let view = View { network: &self.network, ledger: state.ledger(), load: &load, board: state.board() };
            explain::cart(&view, &request, &wish, limits)
        })
    }

    /// Why an order is planned, or was sent, as it is; with the order as it then stood.
    pub fn explain_order(&self, id: &OrderId) -> Result<(Order, Explanation), AppError> {
        let now = self.now();
        let found = self.read(|state| {
            let order = state.orders().get(id)?;
            let load = state.load(&self.network.world);
            let view = View { network: &self.network, ledger: state.ledger(), load: &load, board: state.board() };
            Some((order.clone(), explain::order(&view, state, order, now, limits(&order.lines))))
        });
        found.ok_or_else(|| AppError::NotFound { kind: "order", id: id.to_string() })
    }
}

fn limits(lines: &[LineQuantity]) -> Limits {
    let share = UNITS / shipping::units(lines).max(1);
    Limits { resolves: u32::try_from(share).unwrap_or(RESOLVES).clamp(8, RESOLVES) }
}
