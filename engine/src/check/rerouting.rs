//! Verifier of vans planned anew under way: what is driven stays, what is loaded stays on its trip, nobody is forgotten.
//!
//! It reads the two plans and what drivers told, and nothing of how the new one was found. Times of the rest of the day are
//! [`super::routing`]'s.

use std::collections::BTreeSet;

use super::Breach;
use crate::fulfilment::{Dispatch, DispatchStage, ReturnStage, State, VanRoute, VanStop, VanTrip};
use crate::model::{Fleet, World};
use crate::units::{Cents, Grams, Seconds, Timestamp};

/// Every rule that `next` breaks as the plan from `now` on of the dispatch `was`; empty for a sound one.
///
/// Rules: `driven`, `loaded`, `kept`, `once`, `room`, `fleet`, `order`, `sums`.
pub fn check(world: &World, state: &State, was: &Dispatch, next: &Dispatch, now: Timestamp) -> Vec<Breach> {
    let Some(first) = was.routes.first() else { return vec![Breach::new("fleet", "there were no vans".to_owned())] };
    let view = View { world, state, fleet: &world.fleets[first.fleet], was, next, now };
    let mut breaches = Vec::new();
    was.routes.iter().for_each(|route| view.under_way(route, &mut breaches));
    next.routes.iter().for_each(|route| view.day(route, &mut breaches));
    view.vans(&mut breaches);
    view.visits(&mut breaches);
    view.sums(&mut breaches);
    breaches
}

struct View<'a> {
    world: &'a World,
    state: &'a State,
    fleet: &'a Fleet,
    was: &'a Dispatch,
    next: &'a Dispatch,
    now: Timestamp,
}

impl View<'_> {
    fn told(&self, stop: &VanStop) -> Option<Timestamp> {
        self.state.shipments().get(stop.shipment.as_ref()?)?.delivered_at
    }

    /// What has happened of a route: reached doors are the first of the same trip, in order; what left is on it.
    fn under_way(&self, was: &VanRoute, breaches: &mut Vec<Breach>) {
        let mut stops: Vec<&VanStop> = was.trips.iter().flat_map(|trip| &trip.stops).collect();
        let last = stops.iter().rposition(|stop| self.told(stop).is_some());
        let late = |stop: &VanStop| self.told(stop).map(|at| at - (stop.arrives + self.fleet.stop));
        let behind = last.and_then(|last| late(stops[last])).map_or(Seconds::ZERO, |late| late.max(Seconds::ZERO));
        let next = self.next.routes.iter().find(|next| next.van == was.van);
        for (n, trip) in was.trips.iter().enumerate() {
            let rest = stops.split_off(trip.stops.len());
            let told = stops.iter().rposition(|stop| self.told(stop).is_some()).map_or(0, |last| last + 1);
            let told = if rest.iter().any(|stop| self.told(stop).is_some()) { stops.len() } else { told };
            let reached = stops.iter().filter(|stop| stop.arrives + behind <= self.now).count().max(told);
            stops = rest;
            if reached == 0 && trip.departs + behind > self.now {
                continue;
            }
            let Some(same) = next.and_then(|next| next.trips.get(n)) else {
                breaches.push(Breach::new("driven", format!("trip {n} of van {} is gone", was.van)));
                continue;
            };
            let does = |stops: &[VanStop]| {
                stops.iter().map(|stop| (stop.shipment.clone(), stop.collects.clone())).collect::<Vec<_>>()
            };
            let left = [trip.departs, trip.departs + behind].contains(&same.departs);
            if !left || !does(&same.stops).starts_with(&does(&trip.stops[..reached])) {
                breaches.push(Breach::new("driven", format!("trip {n} of van {} was otherwise", was.van)));
            }
            self.loaded(was.van, n, trip, same, breaches);
        }
    }

    /// A trip that left has the parcels that it left with.
    fn loaded(&self, van: u32, n: usize, was: &VanTrip, next: &VanTrip, breaches: &mut Vec<Breach>) {
        let parcels =
            |trip: &VanTrip| trip.stops.iter().filter_map(|stop| stop.shipment.clone()).collect::<BTreeSet<_>>();
        if parcels(was) != parcels(next) {
            breaches.push(Breach::new("loaded", format!("trip {n} of van {van} left with other parcels")));
        }
    }

    /// A van's day holds together by itself: room on every trip, trips one after another.
    fn day(&self, route: &VanRoute, breaches: &mut Vec<Breach>) {
        for (n, trip) in route.trips.iter().enumerate() {
            self.room(route.van, n, trip, breaches);
            let to_come = trip.stops.iter().filter(|stop| stop.arrives > self.now && self.told(stop).is_none());
            let times: Vec<Timestamp> = to_come.map(|stop| stop.arrives).chain([trip.returns]).collect();
            let follows = n == 0 || trip.departs >= route.trips[n - 1].returns + self.fleet.reload;
            let is_past = trip.departs <= self.now;
            if !times.is_sorted() || !(follows || is_past) || trip.stops.is_empty() {
                breaches.push(Breach::new("order", format!("trip {n} of van {}", route.van)));
            }
        }
        if route.trips.len() > self.fleet.trips as usize || route.van >= self.fleet.vans {
            breaches.push(Breach::new("fleet", format!("van {} on {} trips", route.van, route.trips.len())));
        }
    }

    fn room(&self, van: u32, n: usize, trip: &VanTrip, breaches: &mut Vec<Breach>) {
        let (mut parcels, mut weight) = (0_i64, Grams::ZERO);
        let delivered = |stop: &VanStop| {
            let shipment = stop.shipment.as_ref().and_then(|id| self.state.shipments().get(id));
            shipment.map_or((0, Grams::ZERO), |s| (s.parcels.len() as i64, s.parcels.iter().map(|p| p.gross).sum()))
        };
        for (more, grams) in trip.stops.iter().map(delivered) {
            (parcels, weight) = (parcels + more, weight + grams);
        }
        let mut most = (parcels, weight);
        for stop in &trip.stops {
            let (less, grams) = delivered(stop);
            let goods = stop.collects.as_ref().and_then(|id| self.state.returns().get(id));
            let back = goods.map_or(Grams::ZERO, |goods| {
                goods.lines.iter().map(|l| self.world.skus[l.sku].weight * i64::from(l.quantity)).sum()
            });
            (parcels, weight) = (parcels - less + i64::from(goods.is_some()), weight - grams + back);
            most = (most.0.max(parcels), most.1.max(weight));
        }
        if most.0 > i64::from(self.fleet.van_parcels) || most.1 > self.fleet.van_weight {
            breaches.push(Breach::new("room", format!("trip {n} of van {van} carries {} parcels", most.0)));
        }
    }

    fn vans(&self, breaches: &mut Vec<Breach>) {
        let vans: BTreeSet<u32> = self.next.routes.iter().map(|route| route.van).collect();
        if vans.len() != self.next.routes.len() {
            breaches.push(Breach::new("fleet", "a van drives twice".to_owned()));
        }
    }

    /// Every shipment once and none left behind; returns at most once among all dispatches, and those still open that were
    /// to be collected.
    fn visits(&self, breaches: &mut Vec<Breach>) {
        let on_routes: Vec<_> = doors(self.next).filter_map(|stop| stop.shipment.as_ref()).collect();
        let visited: BTreeSet<_> = on_routes.iter().copied().collect();
        let listed: BTreeSet<_> = self.next.shipments.iter().collect();
        if visited != listed || on_routes.len() != self.next.shipments.len() {
            breaches.push(Breach::new("once", "shipments and doors differ".to_owned()));
        }
        for id in self.was.shipments.iter().filter(|id| !visited.contains(id)) {
            breaches.push(Breach::new("kept", format!("shipment {id}")));
        }
        let others = self.state.dispatches().values().filter(|d| d.id != self.was.id);
        let others = others.filter(|d| d.stage != DispatchStage::Rejected).flat_map(doors);
        let mut collected: BTreeSet<_> = others.filter_map(|stop| stop.collects.as_ref()).collect();
        for id in doors(self.next).filter_map(|stop| stop.collects.as_ref()) {
            if !collected.insert(id) {
                breaches.push(Breach::new("once", format!("return {id}")));
            }
        }
        for id in doors(self.was).filter_map(|stop| stop.collects.as_ref()) {
            let is_open = self.state.returns().get(id).is_some_and(|goods| goods.stage == ReturnStage::Open);
            if is_open && !collected.contains(id) {
                breaches.push(Breach::new("kept", format!("return {id}")));
            }
        }
    }

    fn sums(&self, breaches: &mut Vec<Breach>) {
        let shipments = || self.next.shipments.iter().filter_map(|id| self.state.shipments().get(id));
        let parcels: usize = shipments().map(|shipment| shipment.parcels.len()).sum();
        let gross: Grams = shipments().flat_map(|shipment| &shipment.parcels).map(|parcel| parcel.gross).sum();
        let cost: Cents = self.next.routes.iter().map(|route| route.cost).sum();
        let told = (self.next.parcels as usize, self.next.gross, self.next.carrier_cost);
        if told != (parcels, gross, cost) {
            breaches.push(Breach::new("sums", format!("{told:?} for {:?}", (parcels, gross, cost))));
        }
    }
}

fn doors(dispatch: &Dispatch) -> impl Iterator<Item = &VanStop> {
    dispatch.routes.iter().flat_map(|route| &route.trips).flat_map(|trip| &trip.stops)
}

#[cfg(test)]
mod tests;
