//! Where a van stands on its route.
//!
//! Drivers tell deliveries; what nobody tells goes by the plan. A delivery told later than its stop should have ended puts the
//! van that much behind, with everything after it. A stop is *reached* once it or a later one is told, or its moment has come.
//! A trip is *loaded* once its parcels may be on the van: the first some minutes before it leaves, a later one when the van
//! is back to load for it.

use crate::fulfilment::{ShipmentStage, State, VanRoute, VanStop, VanTrip};
use crate::model::Fleet;
use crate::units::{Seconds, Timestamp};

use super::vans::LOADING;

/// How far a van has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How far it is behind its plan, by the last delivery told; never below zero.
    pub behind: Seconds,
    /// Trips whose parcels are on the van, or were.
    pub loaded: usize,
    /// Stops reached on the last of these.
    pub reached: usize,
    /// Trip and stop of the last delivery told; the first where none was.
    pub told: (usize, usize),
}

impl Progress {
    /// How far the van of a route has come at `now`.
    pub fn of(state: &State, fleet: &Fleet, route: &VanRoute, now: Timestamp) -> Self {
        let told = told(state, route);
        let behind = told.map_or(Seconds::ZERO, |(trip, stop, at)| {
            let leaves = route.trips[trip].stops[stop].arrives + fleet.stop;
            (at - leaves).max(Seconds::ZERO)
        });
        let at = told.map_or((0, 0), |(trip, stop, _)| (trip, stop));
        let mut progress = Self { behind, told: at, ..Self::default() };
        for (n, trip) in route.trips.iter().enumerate() {
            let told = told
                .filter(|&(last, ..)| last >= n)
                .map_or(0, |(last, stop, _)| if last == n { stop + 1 } else { trip.stops.len() });
            let passed = trip.stops.iter().take_while(|stop| stop.arrives + behind <= now).count();
            let reached = told.max(passed);
            if reached == 0 && loading(fleet, n, trip) + behind > now {
                break;
            }
            (progress.loaded, progress.reached) = (n + 1, reached);
        }
        progress
    }

    /// Whether a stop of a trip is reached, both counted from 0.
    pub fn is_reached(&self, trip: usize, stop: usize) -> bool {
        trip + 1 < self.loaded || trip + 1 == self.loaded && stop < self.reached
    }
}

/// When a trip's parcels begin to go on the van, by the plan.
fn loading(fleet: &Fleet, trip: usize, planned: &VanTrip) -> Timestamp {
    planned.departs - if trip == 0 { LOADING } else { fleet.reload }
}

/// The last stop at which a delivery was told, and when: trip, stop, moment.
fn told(state: &State, route: &VanRoute) -> Option<(usize, usize, Timestamp)> {
    let delivered = |stop: &VanStop| {
        let shipment = state.shipments().get(stop.shipment.as_ref()?)?;
        shipment.delivered_at.filter(|_| shipment.stage == ShipmentStage::Delivered)
    };
    let of_trip = |(n, trip): (usize, &VanTrip)| {
        let last = trip.stops.iter().enumerate().rev().find_map(|(stop, door)| Some((stop, delivered(door)?)));
        last.map(|(stop, at)| (n, stop, at))
    };
    route.trips.iter().enumerate().rev().find_map(of_trip)
}
