//! Routes for problems that callers bring along; nothing of the service's state is looked at.

use engine::check;
use engine::routing::{Options, Plan, solve};
use engine::search::{Budget, CancelToken, Silent};

use super::{App, AppError};
use crate::formats::vroom::Routing;

impl App {
    /// The best routes found, verified; the same for the same problem unless `cancel` ends the search. Long: call it from a
    /// thread that may block.
    pub fn plan_routes(&self, routing: &Routing, cancel: CancelToken) -> Result<Plan, AppError> {
        let options = Options { seed: self.seed.child("vroom", 0), ..Options::default() };
        let mut budget = Budget::iterations(routing.iterations()).cancelled_by(cancel);
        let plan = routing.settled(solve(&routing.problem, &options, &mut budget, &mut Silent));
        super::verified("route", &check::routing::check(&routing.problem, &plan))?;
        Ok(plan)
    }
}
