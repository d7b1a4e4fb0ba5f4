//! Why: of a cart what is offered or refused, of an order what is planned; read off the state, nothing is written.

use engine::explain::{self, Explanation, Limits};
use engine::fault::Fault;
use engine::fulfilment::{LineQuantity, Terms};
use engine::ids::{ChannelId, OrderId};
use engine::model::{MerchantIx, PostalIx};
use engine::quote::{Request, View, Wish};
use engine::shipping;

use super::{App, AppError};

/// Quotes run again for one explanation, at most: they are made while the state is read.
const RESOLVES: u32 = 300;
/// Units boxed for one explanation, at most: a large cart is boxed anew by every quote, so it gets fewer of them.
const UNITS_BOXED: i64 = 20_000;
/// Units of a cart or an order that is explained, at most.
const MOST_UNITS: i64 = 200;

/// A cart with what is wished of it.
#[derive(Clone, Debug, PartialEq)]
pub struct WishedCart {
    /// Whose.
    pub merchant: MerchantIx,
    /// Where it is sold.
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// On what terms.
    pub terms: Terms,
    /// What, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// What is asked for.
    pub wish: Wish,
}

impl App {
    /// Why a cart is offered what it is, or is refused, at this moment.
    pub fn explain_cart(&self, cart: WishedCart) -> Result<Explanation, AppError> {
        let WishedCart { merchant, channel, postal, residential, terms, lines, wish } = cart;
        let units = shipping::units(&lines);
        if units > MOST_UNITS {
            let rule =
                format!("must hold at most {MOST_UNITS} units together: an explanation boxes them again and again");
            return Err(AppError::Invalid(vec![Fault::new("", "lines", units, rule)]));
        }
        let now = self.now();
        let request =
            Request { merchant, channel, postal, residential, lines, now, not_from: None, sent: 0, terms, by: None };
        let limits = limits(&request.lines);
        Ok(self.read(|state| {
            let load = state.load(&self.network.world).of(merchant, request.now);
            let view = View {
                network: &self.network,
                ledger: state.ledger(),
                load: &load,
                board: state.board().at(request.now),
            };
            explain::cart(&view, &request, &wish, limits)
        }))
    }

    /// Why an order is planned, or was sent, as it is.
    pub fn explain_order(&self, id: &OrderId) -> Result<Explanation, AppError> {
        let now = self.now();
        let units = shipping::units(&self.order(id)?.lines);
        if units > MOST_UNITS {
            let detail = format!("orders of up to {MOST_UNITS} units are explained, and it has {units}");
            return Err(AppError::Conflict { code: "not-allowed", detail });
        }
        let found = self.read(|state| {
            let order = state.orders().get(id)?;
            let load = state.load(&self.network.world).of(order.merchant, now);
            let view =
                View { network: &self.network, ledger: state.ledger(), load: &load, board: state.board().at(now) };
            Some(explain::order(&view, state, order, now, limits(&order.lines)))
        });
        found.ok_or_else(|| AppError::NotFound { kind: "order", id: id.to_string() })
    }
}

fn limits(lines: &[LineQuantity]) -> Limits {
    let share = UNITS_BOXED / shipping::units(lines).max(1);
    Limits { resolves: u32::try_from(share).unwrap_or(RESOLVES).clamp(40, RESOLVES) }
}
