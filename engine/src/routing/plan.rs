//! What the solver answers.

use std::fmt;

/// Routes, what was left out and why, and what it costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Routes in use, by vehicle type, then vehicle.
    pub routes: Vec<Route>,
    /// Stops left out, ascending.
    pub unassigned: Vec<Unassigned>,
    /// What it costs.
    pub cost: CostParts,
    /// Iterations made.
    pub iterations: u64,
    /// Moves between routes and places for waiting stops that were priced.
    pub moves: u64,
}

/// A vehicle's day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Index of the vehicle type.
    pub vehicle_type: u32,
    /// Which vehicle of the type, from 0.
    pub vehicle: u32,
    /// Trips in order, never empty.
    pub trips: Vec<Trip>,
    /// Distance of the day.
    pub distance: i64,
    /// Least time from departure to return.
    pub duration: i64,
    /// Latest departure that keeps that time; wait at the depot rather than on the road.
    pub departs: i64,
    /// Breaks taken, in order.
    pub pauses: Vec<Pause>,
}

/// A break taken: under way, before a leg starts or at the door where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Which break of the vehicle type.
    pub which: u32,
    /// When it begins.
    pub starts: i64,
    /// On which leg of the day, from 0; a reload ends a leg and starts one.
    pub leg: u32,
}

/// From a depot to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Depot where it is loaded.
    pub depot: u32,
    /// Stops in order of visit.
    pub stops: Vec<u32>,
    /// Which window of each is used: 0 for its `window`, n for the n-th of its `other_windows`.
    pub windows: Vec<u32>,
}

/// A stop that no route serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unassigned {
    /// The stop.
    pub stop: u32,
    /// Why.
    pub reason: Reason,
}

/// Why a stop is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No vehicle may serve it.
    NoVehicleMayServe,
    /// It (or its pair) is more than any vehicle that may serve it can carry.
    AboveEveryCapacity,
    /// Even alone on a route it cannot be reached in its window, shift, duration or distance limit.
    WindowUnreachable,
    /// It is a pickup, and a trip needs a delivery first.
    NoDeliveryBeforeIt,
    /// Serving it costs more than its prize.
    NotWorthItsPrize,
    /// It could be served, but the vehicles are used up.
    NoVehicleLeft,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoVehicleMayServe => "no vehicle may serve it",
            Self::AboveEveryCapacity => "its load is above every vehicle's capacity",
            Self::WindowUnreachable => "no vehicle can reach it in time, even alone",
            Self::NoDeliveryBeforeIt => "no trip with a delivery before it has room",
            Self::NotWorthItsPrize => "serving it costs more than its prize",
            Self::NoVehicleLeft => "no vehicle is left for it",
        })
    }
}

/// The parts of a plan's cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostParts {
    /// Vehicles used.
    pub fixed: i64,
    /// Distance driven.
    pub distance: i64,
    /// Time driven.
    pub duration: i64,
    /// Overtime.
    pub overtime: i64,
    /// Windows used.
    pub windows: i64,
    /// Prizes of optional stops left out; required stops left out are no cost but a failure.
    pub missed_prizes: i64,
}

impl CostParts {
    /// All parts together.
    pub fn total(&self) -> i64 {
        self.fixed + self.distance + self.duration + self.overtime + self.windows + self.missed_prizes
    }
}
