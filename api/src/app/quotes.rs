//! Quotes: what can be offered, without promising anything yet.

use engine::fulfilment::{LineQuantity, State};
use engine::ids::ChannelId;
use engine::model::{MerchantIx, PostalIx};
use engine::quote::{self, Answer, Request, View};
use engine::units::Seconds;

use super::App;

/// A cart and where it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Cart {
    /// Whose.
    pub merchant: MerchantIx,
    /// Where it is sold.
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// What, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// How long the answer is shown: it holds for an order at the end of that.
    pub shown_for: Seconds,
}

impl App {
    /// Options for a cart, best first, and reasons for what is missing. Nothing is written.
    pub fn quote(&self, cart: Cart) -> Answer {
        let Cart { merchant, channel, postal, residential, lines, shown_for } = cart;
        let now = self.now() + shown_for;
        let request = Request { merchant, channel, postal, residential, lines, now, not_from: None, sent: 0 };
        self.read(|state| answer(&self.network, state, &request))
    }
}

/// A quote on a state.
pub(super) fn answer(network: &engine::network::Network, state: &State, request: &Request) -> Answer {
    let load = state.load(&network.world).of(request.merchant, request.now);
    quote::answer(&View { network, ledger: state.ledger(), load: &load, board: state.board().at(request.now) }, request)
}
