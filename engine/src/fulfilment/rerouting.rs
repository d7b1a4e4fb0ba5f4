//! Own vans under way get another plan.
//!
//! What is refused here would break the books whoever planned: a shipment in two dispatches, a return on two routes, a door
//! that was told delivered and then moves. Whether the plan can be driven is [`crate::check`]'s to say, before it comes here.

use std::collections::BTreeSet;

use crate::ids::{ReturnId, ShipmentId};
use crate::units::Timestamp;

use super::record::{Dispatch, DispatchStage, ReturnStage, ShipmentStage, VanRoute, VanStop};
use super::{Event, Refusal, State};

impl State {
    /// Lets the vans of an accepted dispatch go on by the plan `next`, which was made from `was`: refused if the dispatch is
    /// another by now. Shipments that `next` has and `was` had not leave the stock.
    pub fn decide_reroute(&self, was: &Dispatch, next: Dispatch, at: Timestamp) -> Result<Vec<Event>, Refusal> {
        let id = &was.id;
        let now = self.dispatches().get(id).ok_or_else(|| Refusal::Unknown("dispatch", id.to_string()))?;
        if now != was {
            return Err(Refusal::Invalid(format!("dispatch {id} changed while its vans were planned anew: ask again")));
        }
        if was.stage != DispatchStage::Accepted {
            return Err(Refusal::WrongStage {
                subject: format!("dispatch {id}"),
                is: format!("{:?}", was.stage).to_lowercase(),
                rule: "only vans that accepted their tender can be planned anew",
            });
        }
        if next == *was {
            return Ok(Vec::new());
        }
        let taken_on = taken_on(was, &next)?;
        self.tenderable(&next, &taken_on)?;
        self.visited_once(was, &next)?;
        self.told_stays(was, &next)?;
        let mut events = self.shipped(&taken_on)?;
        events.push(Event::DispatchReplanned { dispatch: next, taken_on, at });
        Ok(events)
    }

    /// Every shipment has one door, every return at most one, on this dispatch or another; a return that is new is open.
    fn visited_once(&self, was: &Dispatch, next: &Dispatch) -> Result<(), Refusal> {
        let mut shipments: Vec<&ShipmentId> = stops(next).filter_map(|stop| stop.shipment.as_ref()).collect();
        let mut listed: Vec<&ShipmentId> = next.shipments.iter().collect();
        shipments.sort();
        listed.sort();
        if shipments != listed || listed.windows(2).any(|two| two[0] == two[1]) {
            return Err(Refusal::Invalid(format!(
                "the vans of dispatch {} must visit each shipment's door once",
                was.id
            )));
        }
        let others = self.dispatches().values().filter(|d| d.id != was.id && d.stage != DispatchStage::Rejected);
        let mut taken: BTreeSet<&ReturnId> = others.flat_map(stops).filter_map(|stop| stop.collects.as_ref()).collect();
        let before: BTreeSet<&ReturnId> = stops(was).filter_map(|stop| stop.collects.as_ref()).collect();
        for id in stops(next).filter_map(|stop| stop.collects.as_ref()) {
            let goods = self.returns().get(id).ok_or_else(|| Refusal::Unknown("return", id.to_string()))?;
            if !taken.insert(id) {
                return Err(Refusal::Invalid(format!("return {id} is on a van's route already")));
            }
            if !before.contains(id) && (goods.stage, goods.service) != (ReturnStage::Open, next.service) {
                return Err(Refusal::Invalid(format!("return {id} is not to be collected by these vans")));
            }
        }
        Ok(())
    }

    /// Up to the last door that was told delivered, every van's way stays as it was; when it was there may be told better.
    fn told_stays(&self, was: &Dispatch, next: &Dispatch) -> Result<(), Refusal> {
        let is_told = |stop: &VanStop| {
            let shipment = stop.shipment.as_ref().and_then(|id| self.shipments().get(id));
            shipment.is_some_and(|shipment| shipment.stage == ShipmentStage::Delivered)
        };
        let stays = |route: &VanRoute| {
            let kept = next.routes.iter().find(|kept| kept.van == route.van);
            route.trips.iter().enumerate().all(|(n, trip)| {
                let told = trip.stops.iter().rposition(is_told).map_or(0, |last| last + 1);
                let same = kept.and_then(|kept| kept.trips.get(n));
                told == 0 || same.is_some_and(|same| does(&same.stops).starts_with(&does(&trip.stops[..told])))
            })
        };
        if was.routes.iter().all(stays) {
            return Ok(());
        }
        Err(Refusal::Invalid(format!("dispatch {}: a door that was told delivered cannot move", was.id)))
    }
}

/// The shipments that are new, after those that were there; all else that makes a dispatch what it is stays.
fn taken_on(was: &Dispatch, next: &Dispatch) -> Result<Vec<ShipmentId>, Refusal> {
    let face = |d: &Dispatch| (d.id.clone(), d.warehouse, d.service, d.pickup_at, d.answer_by, d.stage);
    let kept = next.shipments.strip_prefix(was.shipments.as_slice());
    match kept.filter(|_| face(was) == face(next)) {
        Some(new) => Ok(new.to_vec()),
        None => {
            Err(Refusal::Invalid(format!("a new plan of dispatch {} must keep its shipments and collection", was.id)))
        }
    }
}

/// What is done at each door.
fn does(stops: &[VanStop]) -> Vec<(Option<&ShipmentId>, Option<&ReturnId>)> {
    stops.iter().map(|stop| (stop.shipment.as_ref(), stop.collects.as_ref())).collect()
}

fn stops(dispatch: &Dispatch) -> impl Iterator<Item = &VanStop> {
    dispatch.routes.iter().flat_map(|route| &route.trips).flat_map(|trip| &trip.stops)
}
