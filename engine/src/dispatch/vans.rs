//! An own fleet's day.

use crate::fulfilment::{Dispatch, State};
use crate::network::Network;
use crate::search::Seed;
use crate::units::Timestamp;

/// The tenders of own fleets.
#[derive(Clone, Debug, Default)]
pub struct VanPlan {
    /// One a fleet and window.
    pub dispatches: Vec<Dispatch>,
}

/// Plans.
pub fn vans(network: &Network, state: &State, now: Timestamp, seed: Seed, iterations: u64) -> VanPlan {
    let _ = (network, state, now, seed, iterations);
    VanPlan::default()
}
