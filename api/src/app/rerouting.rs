//! Own vans under way are planned anew: by the job, or when a planner asks.

use std::sync::Arc;

use engine::check;
use engine::dispatch::{self, Change, Fixed, Replan, Rerouted};
use engine::fulfilment::{Dispatch, DispatchStage, State};
use engine::ids::DispatchId;
use engine::roads::RoadTimes;
use engine::units::Timestamp;

use super::{App, AppError};
use crate::store::SubmitError;

/// What planning a dispatch again came to.
#[derive(Clone, Debug)]
pub struct Rerouting {
    /// What has changed since it was planned.
    pub changes: Vec<Change>,
    /// Whether it has another plan now.
    pub is_better: bool,
    /// The dispatch as it stands.
    pub dispatch: Dispatch,
}

impl App {
    /// Plans anew the vans of every dispatch under way for which something has changed since it was last looked at; those
    /// with a better plan. Long: call it from a thread that may block.
    pub(super) fn reroute_due(&self, now: Timestamp) -> Result<Vec<DispatchId>, AppError> {
        let mut better = Vec::new();
        for (was, changes) in self.changed_dispatches(now) {
            // Looked at before without a better plan: time has only taken ways away since.
            if self.looked_at().insert(was.id.clone(), changes.clone()) == Some(changes) {
                continue;
            }
            if let Ok(Replan::Better(found)) = self.rerouted(&was, now) {
                match self.commit_rerouted(*found, now) {
                    Ok(()) => better.push(was.id),
                    // It changed meanwhile: the next run sees it as it is.
                    Err(AppError::Conflict { .. }) => {
                        self.looked_at().remove(&was.id);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(better)
    }

    /// Dispatches under way with what has changed for them; forgets what was noted of all others.
    fn changed_dispatches(&self, now: Timestamp) -> Vec<(Dispatch, Vec<Change>)> {
        let changed: Vec<(Dispatch, Vec<Change>)> = self.read(|state| {
            let accepted = |d: &&Dispatch| d.stage == DispatchStage::Accepted && !d.routes.is_empty();
            let running = state.dispatches().values().filter(accepted);
            let changes = |d: &Dispatch| dispatch::changes(&self.network, state, d, now).unwrap_or_default();
            let changed = running.map(|d| (d, changes(d))).filter(|(_, changes)| !changes.is_empty());
            changed.map(|(d, changes)| (d.clone(), changes)).collect()
        });
        self.looked_at().retain(|id, _| changed.iter().any(|(dispatch, _)| dispatch.id == *id));
        changed
    }

    /// Plans on a copy of the state, so that nobody waits for it.
    fn rerouted(&self, was: &Dispatch, now: Timestamp) -> Result<Replan, Fixed> {
        let state = self.read(Clone::clone);
        let roads = self.roads.as_deref().map(|roads| roads as &dyn RoadTimes);
        let found = dispatch::replan(&self.network, &state, was, now, self.seed, self.budgets.wave_iterations, roads)?;
        match &found {
            Replan::Kept(_, failure) => self.note_roads(failure.as_ref()),
            Replan::Better(better) => self.note_roads(better.failure.as_ref()),
            Replan::Unchanged => {}
        }
        Ok(found)
    }

    /// Verifies a better plan and puts it into force, if the dispatch is still the one it was made from.
    fn commit_rerouted(&self, better: Rerouted, now: Timestamp) -> Result<(), AppError> {
        let Rerouted { was, dispatch, problem, plan, .. } = better;
        super::verified("van", &check::routing::check(&problem, &plan))?;
        let keeps = |state: &State| check::rerouting::check(&self.network.world, state, &was, &dispatch, now);
        super::verified("van", &self.read(keeps))?;
        self.decide_blocking(now, move |state| state.decide_reroute(&was, dispatch, now))
            .map_err(|error: SubmitError<_>| super::submit_error(&self.network, error))
    }

    /// Plans a dispatch's vans again, if something has changed since they were planned.
    pub async fn reroute(self: &Arc<Self>, id: DispatchId) -> Result<Rerouting, AppError> {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || app.reroute_now(&id)).await.map_err(anyhow::Error::from)?
    }

    fn reroute_now(&self, id: &DispatchId) -> Result<Rerouting, AppError> {
        let (was, now) = (self.dispatch(id)?, self.now());
        let (changes, is_better) = match self.rerouted(&was, now).map_err(|fixed| self.conflict(id, fixed))? {
            Replan::Unchanged => (Vec::new(), false),
            Replan::Kept(changes, _) => (changes, false),
            Replan::Better(better) => {
                let changes = better.changes.clone();
                self.commit_rerouted(*better, now)?;
                (changes, true)
            }
        };
        Ok(Rerouting { changes, is_better, dispatch: self.dispatch(id)? })
    }

    /// Why a plan cannot change, in words.
    fn conflict(&self, id: &DispatchId, fixed: Fixed) -> AppError {
        let why = match fixed {
            Fixed::NoVans => "is driven by its carrier, not by own vans".to_owned(),
            Fixed::NotAccepted(DispatchStage::Tendered) => {
                "is an offer; its vans can be planned anew once it is accepted".to_owned()
            }
            Fixed::NotAccepted(_) => "was refused; its shipments go by other services".to_owned(),
            Fixed::Closed(at) => format!("had its delivery window until {at}; nothing can be added or moved any more"),
            Fixed::Driven => "has no door left that is not reached, and there is none to add".to_owned(),
        };
        AppError::Conflict { code: "wrong-stage", detail: format!("dispatch {id} {why}") }
    }

    fn looked_at(&self) -> std::sync::MutexGuard<'_, super::LookedAt> {
        self.looked_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
