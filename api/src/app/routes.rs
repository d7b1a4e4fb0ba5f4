//! Routes for problems that callers bring along; nothing of the service's state is looked at.

use engine::check;
use engine::fault::Fault;
use engine::roads::{GreatCircle, RoadTimes};
use engine::routing::why::{self, Blocking};
use engine::routing::{Options, Plan, resume, solve};
use engine::search::{Budget, CancelToken, Silent};
use serde_json::Value;

use super::{App, AppError};
use crate::formats::vroom::{Roads, Routing};

/// Most parts of a plan solved again to prove what blocks the stops left out.
pub(super) const PROOFS: u64 = 10_000;

/// A plan, and what blocks the tasks that it leaves out.
pub struct Planned {
    /// Verified.
    pub plan: Plan,
    /// In the order of the stops.
    pub blocking: Vec<Blocking>,
}

impl App {
    /// The problem behind a document, or every fault. Without matrices the configured source of road times is asked, for which
    /// `circles` stand in. May take long: call it from a thread that may block.
    pub fn read_routing(&self, document: &Value, circles: GreatCircle) -> Result<Routing, Vec<Fault>> {
        let times = self.roads.as_deref().map(|roads| roads as &dyn RoadTimes);
        let routing = Routing::read(document, Roads { times, circles })?;
        if let Some(roads) = routing.roads().filter(|_| times.is_some()) {
            self.note_roads(roads.failure.as_deref());
        }
        Ok(routing)
    }

    /// The best routes found, verified, with what blocks the tasks left out; the same for the same problem unless `cancel` ends
    /// the search. Long: call it from a thread that may block.
    pub fn plan_routes(&self, routing: &Routing, cancel: CancelToken) -> Result<Planned, AppError> {
        let options = Options { seed: self.seed.child("vroom", 0), ..Options::default() };
        let budget = |iterations: u64| Budget::iterations(iterations).cancelled_by(cancel.clone());
        let problem = &routing.problem;
        let found = solve(problem, &options, &mut budget(routing.iterations()), &mut Silent);
        let found = resume(problem, &found, &options, &mut budget(routing.iterations() / 4));
        let plan = routing.settled(found);
        super::verified("route", &check::routing::check(problem, &plan))?;
        let blocking =
            why::blocking(problem, &plan, &why::Options::judged_by(check::routing::is_sound), &mut budget(PROOFS));
        Ok(Planned { plan, blocking })
    }
}
