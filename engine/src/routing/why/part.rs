//! One route and one stop (or pair) as a problem of their own: small enough to be solved again for every amount tried.

use crate::routing::contents;
use crate::routing::extract;
use crate::routing::plan::{Route, Trip};
use crate::routing::problem::{NONE, Problem};
use crate::routing::spec::{Running, Spec, VehicleType};
use crate::search::Budget;

use super::limit::{Easing, KINDS, Kind, Limit};
use super::seat;

/// A part of a problem: one vehicle, the stops of its route and those that want to join it.
pub(super) struct Part {
    spec: Spec,
    /// The whole problem's number of the only type.
    vehicle_type: u32,
    /// The whole problem's numbers of the stops: those of the route, then those that wait.
    stops: Vec<u32>,
    /// The route as it stands, in the part's numbers; empty for a new one.
    trips: Vec<Trip>,
    /// Who waits, in the part's numbers.
    ends: Vec<u32>,
}

/// How those that wait are served.
#[derive(Clone, Debug)]
pub(super) struct Served {
    /// What it costs.
    pub delta: i64,
    /// The route then, in the part's numbers.
    route: Route,
}

impl Part {
    /// A route driven by a type, or a new one, and the stops `ends` that want to join it.
    pub fn of(spec: &Spec, route: Option<&Route>, vehicle_type: u32, ends: &[u32]) -> Self {
        let trips = route.map_or(&[][..], |route| &route.trips);
        let mut stops: Vec<u32> = trips.iter().flat_map(|trip| &trip.stops).copied().collect();
        let waiting = stops.len() as u32;
        stops.extend_from_slice(ends);
        let own = |stop: u32| stops.iter().position(|&s| s == stop).map(|at| at as u32);
        let pairs = spec.pairs.iter().filter_map(|pair| {
            Some(crate::routing::Pair { from: own(pair.from)?, to: own(pair.to)?, amount: pair.amount })
        });
        let kind = &spec.vehicle_types[vehicle_type as usize];
        let serves = kind.serves.as_ref().map(|serves| stops.iter().map(|&stop| serves[stop as usize]).collect());
        let depots = spec.depots.len() as u32;
        let places: Vec<u32> = (0..depots).chain(stops.iter().map(|&stop| depots + stop)).collect();
        let renumbered =
            |trip: &Trip| Trip { stops: trip.stops.iter().filter_map(|&s| own(s)).collect(), ..trip.clone() };
        let trips: Vec<Trip> = trips.iter().map(renumbered).collect();
        let locked = route.and_then(|route| locked(spec, route));
        let running =
            locked.map(|stops| Running { vehicle_type: 0, stops: stops.iter().filter_map(|&s| own(s)).collect() });
        let spec = Spec {
            depots: spec.depots.clone(),
            stops: stops.iter().map(|&stop| spec.stops[stop as usize].clone()).collect(),
            pairs: pairs.collect(),
            vehicle_types: vec![VehicleType { count: u32::from(kind.count > 0), serves, ..kind.clone() }],
            running: running.into_iter().collect(),
            distance: spec.distance.picked(&places),
            duration: spec.duration.as_ref().map(|table| table.picked(&places)),
            speeds: spec.speeds.clone(),
            linehauls_first: spec.linehauls_first,
        };
        Self { spec, vehicle_type, trips, ends: (waiting..stops.len() as u32).collect(), stops }
    }

    /// Everything of some kinds that could be eased, as far as it goes, the first kinds first. Vehicles count only where a new
    /// one is needed.
    pub fn fully(&self, kinds: &[Kind]) -> Vec<Easing> {
        let of = |kind: &Kind| kind.limits(&self.spec, 0, &self.ends);
        let kinds =
            KINDS.iter().filter(|kind| kinds.contains(kind) && (**kind != Kind::Vehicles || self.trips.is_empty()));
        kinds.flat_map(of).map(|limit| Easing::fully(limit, &self.spec)).collect()
    }

    /// The same for a new vehicle where all of its type are in use.
    pub fn used_up(mut self) -> Self {
        self.spec.vehicle_types[0].count = 0;
        self
    }

    /// Who waits is served after these easings, at the least cost; `None` if not.
    pub fn served(&self, easings: &[Easing]) -> Option<Served> {
        let mut spec = self.spec.clone();
        easings.iter().for_each(|easing| easing.apply(&mut spec));
        let problem = Problem::new(spec).ok()?;
        let routes = match self.trips.as_slice() {
            [] => Vec::new(),
            trips => vec![(0, contents::places(&problem, 0, trips)?)],
        };
        let mut state = seat::seated(&problem, &routes);
        let ends: Vec<u32> = self.ends.iter().map(|&stop| problem.place(stop)).collect();
        let seat = seat::cheapest(&state, &ends, if routes.is_empty() { NONE } else { 0 })?;
        let r = seat::take(&mut state, &seat);
        let route = extract::route(&problem, 0, &state.routes[r as usize].places, &mut [0]);
        Some(Served { delta: seat.delta, route })
    }

    /// Each easing in turn as little as it can be while the others stay as they are; those that can be nothing go. What is left
    /// is irreducible: less of any of it does not serve. `None` if they do not serve, or if the budget ends.
    pub fn trimmed(&self, mut easings: Vec<Easing>, budget: &mut Budget) -> Option<(Vec<Easing>, Served)> {
        budget.tick().then_some(())?;
        let mut served = self.served(&easings)?;
        for n in 0..easings.len() {
            let most = easings[n].by;
            let mut serves = |easings: &mut [Easing], by: i64| {
                easings[n].by = by;
                budget.tick().then(|| self.served(easings))
            };
            // Doubles until it serves, then halves the interval.
            let (mut low, mut high) = (-1, 0);
            while high < most {
                match serves(&mut easings, high)? {
                    Some(found) => {
                        served = found;
                        break;
                    }
                    None => (low, high) = (high, high.saturating_mul(2).max(1).min(most)),
                }
            }
            while low + 1 < high {
                let middle = low + (high - low) / 2;
                match serves(&mut easings, middle)? {
                    Some(found) => (high, served) = (middle, found),
                    None => low = middle,
                }
            }
            easings[n].by = high;
        }
        easings.retain(|easing| easing.by > 0);
        Some((easings, served))
    }

    /// Easings in the whole problem's numbers.
    pub fn in_whole(&self, easings: &[Easing]) -> Vec<Easing> {
        let stop = |stop: u32| self.stops[stop as usize];
        let vehicle_type = self.vehicle_type;
        let whole = |limit: Limit| match limit {
            Limit::Breaks { .. } => Limit::Breaks { vehicle_type },
            Limit::Serves { stop: s, .. } => Limit::Serves { vehicle_type, stop: stop(s) },
            Limit::Release { stop: s } => Limit::Release { stop: stop(s) },
            Limit::ShiftStart { .. } => Limit::ShiftStart { vehicle_type },
            Limit::ShiftEnd { .. } => Limit::ShiftEnd { vehicle_type },
            Limit::WindowStart { stop: s, window } => Limit::WindowStart { stop: stop(s), window },
            Limit::WindowEnd { stop: s, window } => Limit::WindowEnd { stop: stop(s), window },
            Limit::Duration { .. } => Limit::Duration { vehicle_type },
            Limit::Distance { .. } => Limit::Distance { vehicle_type },
            Limit::Reloads { .. } => Limit::Reloads { vehicle_type },
            Limit::Stops { .. } => Limit::Stops { vehicle_type },
            Limit::Capacity { dimension, .. } => Limit::Capacity { vehicle_type, dimension },
            Limit::Vehicles { .. } => Limit::Vehicles { vehicle_type },
            Limit::Prize { stop: s } => Limit::Prize { stop: stop(s) },
            same @ (Limit::LinehaulsFirst | Limit::DepotStart { .. } | Limit::DepotEnd { .. }) => same,
        };
        easings.iter().map(|easing| Easing { limit: whole(easing.limit), ..*easing }).collect()
    }

    /// The trips then, in the whole problem's numbers.
    pub fn trips_in_whole(&self, served: &Served) -> Vec<Trip> {
        let whole = |stop: &u32| self.stops[*stop as usize];
        let trip = |trip: &Trip| Trip { stops: trip.stops.iter().map(whole).collect(), ..trip.clone() };
        served.route.trips.iter().map(trip).collect()
    }

    /// Who drives it, by the whole problem's number.
    pub fn vehicle_type(&self) -> u32 {
        self.vehicle_type
    }
}

/// What the vehicle of a route is locked to, if it is running.
fn locked<'s>(spec: &'s Spec, route: &Route) -> Option<&'s Vec<u32>> {
    let alike = spec.running.iter().filter(|vehicle| vehicle.vehicle_type == route.vehicle_type);
    alike.map(|vehicle| &vehicle.stops).nth(route.vehicle as usize)
}
