//! Planner: which warehouse and which carrier service serves each order of the backlog?

use crate::fulfilment::{PlanCommit, State};
use crate::ids::PlanRunId;
use crate::network::Network;
use crate::search::{Budget, Observer, Seed};
use crate::units::Timestamp;

/// Options.
#[derive(Clone, Copy, Debug, Default)]
pub struct BacklogOptions {
    /// Seed.
    pub seed: Seed,
}

/// Plan.
pub struct BacklogPlan {
    /// Commit.
    pub commit: PlanCommit,
}

/// Plans.
pub fn plan_backlog(
    _network: &Network,
    _state: &State,
    _now: Timestamp,
    _id: PlanRunId,
    _options: &BacklogOptions,
    _budget: &mut Budget,
    _observer: &mut dyn Observer,
) -> Option<BacklogPlan> {
    None
}
