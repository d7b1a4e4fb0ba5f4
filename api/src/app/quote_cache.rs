//! Answers told again: of the same cart, on the same state, while the time makes no difference.
//!
//! An entry is exact: it holds for the number of events that the state had, and for the span of time in which [`quote::same_until`] says that
//! answers stay what they are. Any event ends all entries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use engine::fulfilment::State;
use engine::network::Network;
use engine::quote::{self, Answer};
use engine::units::{Seconds, Timestamp};

use super::quotes::Cart;

/// Carts remembered: some tens of megabytes.
const MOST: usize = 2_000;

/// Answers by cart.
#[derive(Debug, Default)]
pub struct QuoteCache(Mutex<HashMap<Seconds, Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Events that the state had.
    applied: u64,
    /// From when until before when answers stay.
    span: Option<(Timestamp, Timestamp)>,
    answers: HashMap<Cart, Arc<Answer>>,
}

impl QuoteCache {
    /// The answer to a cart at `now`, and whether it is told again: as it was, or as `answer` makes it.
    pub fn told(
        &self,
        (network, state): (&Network, &State),
        cart: &Cart,
        now: Timestamp,
        answer: impl FnOnce() -> Answer,
    ) -> (Arc<Answer>, bool) {
        let applied = state.applied();
        let holds = |kept: &Kept| {
            kept.applied == applied && kept.span.is_some_and(|(from, until)| (from..until).contains(&now))
        };
        {
            let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = shown.get(&cart.shown_for).filter(|kept| holds(kept));
            if let Some(known) = kept.and_then(|kept| kept.answers.get(cart)) {
                return (Arc::clone(known), true);
            }
        }
        let fresh = Arc::new(answer());
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who show answers for a while ask for another moment than those who do not: each keeps its own.
        let kept = shown.entry(cart.shown_for).or_default();
        if !holds(kept) {
            let until = quote::same_until(network, state.board(), now);
            *kept = Kept { applied, span: Some((now, until)), answers: HashMap::new() };
        }
        if kept.answers.len() >= MOST {
            kept.answers.clear();
        }
        kept.answers.insert(cart.clone(), Arc::clone(&fresh));
        (fresh, false)
    }
}
