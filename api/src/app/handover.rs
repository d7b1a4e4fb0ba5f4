//! Handing over: tenders to carriers, their answers, deliveries.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use engine::check;
use engine::dispatch;
use engine::fulfilment::{Dispatch, DispatchStage, TenderAnswer};
use engine::ids::{DispatchId, ShipmentId};
use engine::model::ServiceIx;
use engine::roads::RoadTimes;
use engine::search::Budget;
use engine::units::Timestamp;

use super::routes::PROOFS;
use super::{App, AppError};
use crate::store::SubmitError;

impl App {
    /// Gives up tenders that nobody answered, plans own vans under way anew, offers what is packed to the carriers whose
    /// collection is near, and plans the own fleets' next windows. Returns the new tenders. Long: call it from a thread that
    /// may block.
    pub fn tender_due(&self) -> Result<Vec<DispatchId>, AppError> {
        let now = self.now();
        let overdue: Vec<Dispatch> = self.read(|state| {
            let unanswered = |d: &&Dispatch| d.stage == DispatchStage::Tendered && d.answer_by < now;
            state.dispatches().values().filter(unanswered).cloned().collect()
        });
        for dispatch in &overdue {
            let answer = TenderAnswer::Reject("no answer in time".to_owned());
            self.answer_now(dispatch, answer, now)?;
        }
        // Parcels packed late go with vans under way if they can, before the next window gets them. A fault there stops no tender.
        let rerouted = self.reroute_due(now);
        let mut tenders = self.read(|state| dispatch::tenders(&self.network, state, now));
        if dispatch::is_window_near(&self.network, now) {
            // Routing takes a while: it works on a copy, so that nobody waits for it.
            let state = self.read(Clone::clone);
            let roads = self.roads.as_deref().map(|roads| roads as &dyn RoadTimes);
            let mut vans = dispatch::vans(&self.network, &state, now, self.seed, self.budgets.wave_iterations, roads);
            if !vans.days.is_empty() {
                self.note_roads(vans.failures.first());
            }
            for day in &mut vans.days {
                super::verified("van", &check::routing::check(&day.problem, &day.plan))?;
                day.prove(check::routing::is_sound, &mut Budget::iterations(PROOFS));
                if day.dispatch.is_none() {
                    tracing::warn!(
                        doors = day.problem.stops().len(),
                        "no van can reach any door of a fleet's next window"
                    );
                }
            }
            tenders.extend(vans.days.into_iter().filter_map(|day| day.dispatch));
        }
        let mut offered = Vec::new();
        for tender in tenders {
            let id = tender.id.clone();
            let outcome = self.decide_blocking(now, move |state| state.decide_tender(tender));
            match outcome {
                Ok(()) => offered.push(id),
                // A shipment moved meanwhile: the next run sees it where it is.
                Err(SubmitError::Refused(_)) => {}
                Err(error) => return Err(super::submit_error(&self.network, error)),
            }
        }
        rerouted.map(|_| offered)
    }

    /// Logs once that road times cannot be had, and once that they can be had again.
    pub(super) fn note_roads(&self, failure: Option<impl fmt::Display>) {
        let was_failing = self.roads_fail.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(why) if !was_failing => tracing::warn!(%why, "no road times; great circles stand in until there are"),
            None if was_failing => tracing::info!("road times are back"),
            _ => {}
        }
    }

    /// Takes a carrier's answer; a refusal sends each shipment by another service at once.
    pub async fn answer_tender(self: &Arc<Self>, id: DispatchId, answer: TenderAnswer) -> Result<Dispatch, AppError> {
        let dispatch = self.dispatch(&id)?;
        let (app, now) = (Arc::clone(self), self.now());
        tokio::task::spawn_blocking(move || app.answer_now(&dispatch, answer, now))
            .await
            .map_err(anyhow::Error::from)??;
        self.dispatch(&id)
    }

    fn answer_now(&self, dispatch: &Dispatch, answer: TenderAnswer, now: Timestamp) -> Result<(), AppError> {
        let (id, rejects) = (dispatch.id.clone(), matches!(answer, TenderAnswer::Reject(_)));
        self.decide_blocking(now, move |state| state.decide_answer(&id, &answer, now))
            .map_err(|error| super::submit_error(&self.network, error))?;
        if rejects {
            for shipment in &dispatch.shipments {
                self.rebook(shipment, dispatch.service, now)?;
            }
        }
        Ok(())
    }

    /// Sends a refused shipment by another service; it stays at the dock for the same one where no other takes it.
    fn rebook(&self, id: &ShipmentId, without: ServiceIx, now: Timestamp) -> Result<(), AppError> {
        let (network, id) = (Arc::clone(&self.network), id.clone());
        self.decide_blocking(now, move |state| {
            let shipment = state.shipment(&id)?;
            match dispatch::rebooking(&network, state, shipment, without, now) {
                Some(plan) => state.decide_rebook(&id, plan),
                None => Ok(Vec::new()),
            }
        })
        .map_err(|error| super::submit_error(&self.network, error))
    }

    /// A shipment arrived, at `at` or now.
    pub async fn deliver(&self, id: ShipmentId, at: Option<Timestamp>) -> Result<(), AppError> {
        let at = at.unwrap_or_else(|| self.now());
        self.submit(None, move |state| Ok((state.decide_deliver(&id, at)?, ()))).await.map(|_| ())
    }

    /// A dispatch.
    pub fn dispatch(&self, id: &DispatchId) -> Result<Dispatch, AppError> {
        self.read(|state| state.dispatches().get(id).cloned())
            .ok_or_else(|| AppError::NotFound { kind: "dispatch", id: id.to_string() })
    }
}
