//! Plan runs: the assignment planner over the backlog, proposed, reviewed, committed.

use std::sync::Arc;

use engine::assign::{BacklogOptions, Scope, plan_backlog};
use engine::fulfilment::{PlanCommit, PlanRun, PlannedShipment};
use engine::ids::{OrderId, PlanRunId};
use engine::search::{Budget, Silent};
use engine::units::Cents;

use super::{App, AppError};

/// Wishes for a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanOrder {
    /// Put it into force at once.
    pub commit: bool,
    /// Iterations; the service's own number if none is given.
    pub iterations: Option<u64>,
    /// Seed; the service's own if none is given.
    pub seed: Option<u64>,
    /// Which orders to look at; what is due if none is given.
    pub scope: Option<Scope>,
    /// Most orders to move that an earlier run has planned.
    pub most_moves: Option<u32>,
    /// What moving such an order is held to cost; the service's own if none is given.
    pub move_cost: Option<Cents>,
}

/// Proposals kept for review.
const PROPOSALS: usize = 16;

impl App {
    /// Plans the backlog. `None` when no order is open. Long: call it from a thread that may block.
    pub fn propose_plan(&self, wish: PlanOrder) -> Result<Option<PlanRun>, AppError> {
        let state = self.read(Clone::clone);
        let number = state.plan_runs().len() as u64;
        let now = self.now();
        let mut proposals = self.proposals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = (number..)
            .filter_map(|n| PlanRunId::new(&format!("run-{n:06}")).ok())
            .find(|id| !state.plan_runs().contains_key(id) && !proposals.contains_key(id));
        let Some(id) = id else { return Ok(None) };
        let seed = wish.seed.map_or_else(|| self.seed.child("plan", number), engine::search::Seed);
        let mut budget = Budget::iterations(wish.iterations.unwrap_or(self.budgets.plan_iterations));
        let own = BacklogOptions::default();
        let options = BacklogOptions {
            seed,
            scope: wish.scope.unwrap_or_else(|| Scope::due(&state, now)),
            most_moves: wish.most_moves,
            move_cents: wish.move_cost.map_or(own.move_cents, Cents::get),
            ..own
        };
        let Some(plan) = plan_backlog(&self.network, &state, now, id.clone(), &options, &mut budget, &mut Silent)
        else {
            return Ok(None);
        };
        super::verified("backlog", &engine::check::assign::check(&plan.problem, &plan.plan))?;
        let events = state.decide_commit(&self.network.world, plan.commit.clone());
        super::verified("backlog", &engine::check::sourcing::moves(&self.network, &state, now, &events))?;
        super::verified("backlog", &engine::check::shares::check(&self.network.world, &state, &events, now))?;
        let run = plan.commit.run.clone();
        while proposals.len() >= PROPOSALS {
            proposals.pop_first();
        }
        proposals.insert(id, plan.commit);
        Ok(Some(run))
    }

    /// Puts a proposal into force, as far as it still fits.
    pub async fn commit_plan(&self, id: &PlanRunId) -> Result<PlanRun, AppError> {
        let commit = self.take_proposal(id)?;
        let network = Arc::clone(&self.network);
        self.submit(None, move |state| Ok((state.decide_commit(&network.world, commit), ()))).await?;
        self.plan_run(id)
    }

    /// Drops a proposal.
    pub fn discard_plan(&self, id: &PlanRunId) -> Result<PlanRun, AppError> {
        self.take_proposal(id).map(|commit| commit.run)
    }

    /// [`App::commit_plan`] for jobs, which run outside of the async runtime.
    pub fn commit_plan_blocking(&self, id: &PlanRunId) -> Result<PlanRun, AppError> {
        let commit = self.take_proposal(id)?;
        let network = Arc::clone(&self.network);
        self.decide_blocking(self.now(), move |state| Ok(state.decide_commit(&network.world, commit)))
            .map_err(|error| super::submit_error(&self.network, error))?;
        self.plan_run(id)
    }

    /// A run, committed or proposed.
    pub fn plan_run(&self, id: &PlanRunId) -> Result<PlanRun, AppError> {
        let proposed = || self.proposal(id).map(|commit| commit.run);
        self.read(|state| state.plan_runs().get(id).cloned())
            .or_else(proposed)
            .ok_or_else(|| AppError::NotFound { kind: "plan run", id: id.to_string() })
    }

    /// Runs, newest first, proposals included.
    pub fn plan_runs(&self, limit: usize) -> Vec<PlanRun> {
        let mut runs: Vec<PlanRun> = self.read(|state| state.plan_runs().values().rev().take(limit).cloned().collect());
        let proposals = self.proposals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        runs.extend(proposals.values().map(|commit| commit.run.clone()));
        runs.sort_by(|a, b| b.id.cmp(&a.id));
        runs.truncate(limit);
        runs
    }

    /// What a proposal would change: order, plan before, plan after. Committed runs show in their orders.
    pub fn plan_diff(
        &self,
        id: &PlanRunId,
    ) -> Result<Vec<(OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>)>, AppError> {
        self.proposal(id)
            .map(|commit| commit.changes)
            .ok_or_else(|| AppError::NotFound { kind: "plan proposal", id: id.to_string() })
    }

    fn take_proposal(&self, id: &PlanRunId) -> Result<PlanCommit, AppError> {
        let taken = self.proposals.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(id);
        taken.ok_or_else(|| AppError::NotFound { kind: "plan proposal", id: id.to_string() })
    }

    fn proposal(&self, id: &PlanRunId) -> Option<PlanCommit> {
        self.proposals.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(id).cloned()
    }
}
