//! Quotes: what can be offered, without promising anything yet.

use engine::fulfilment::{LineQuantity, State};
use engine::model::{MerchantIx, PostalIx};
use engine::quote::{self, Answer, Request, View};

use super::App;

impl App {
    /// Options for a cart, best first, and reasons for what is missing. Nothing is written.
    pub fn quote(&self, merchant: MerchantIx, postal: PostalIx, residential: bool, lines: Vec<LineQuantity>) -> Answer {
        let request = Request { merchant, postal, residential, lines, now: self.now(), not_from: None };
        self.read(|state| answer(&self.network, state, &request))
    }
}

/// A quote on a state.
pub(super) fn answer(network: &engine::network::Network, state: &State, request: &Request) -> Answer {
    let load = state.load(&network.world).of(request.merchant, request.now);
    quote::answer(&View { network, ledger: state.ledger(), load: &load, board: state.board().at(request.now) }, request)
}
