//! What a route would cost and what it would break, if it were put together from pieces of present ones.
//!
//! A chain starts with the head of a route, goes on with single visits, and ends with the tail of a route: each of the three
//! costs O(1), so any move between routes does too. Load above capacity and lateness are measured, so that the search can
//! price them; all other rules are kept.

use std::cell::RefCell;

use super::super::load::{Further, merge_further};
use super::super::problem::Problem;
use super::super::segment::{LoadSegment, TimeSegment};
use super::super::spec::VehicleType;
use super::penalty::Allowance;
use super::route::{Beside, Measure, Route};

/// Where chains write down their places. One list serves all chains of a state: of two that have a beginning in common, one
/// must be done with before the other goes on.
pub(crate) type Ink = RefCell<Vec<u32>>;

/// The places of a chain.
#[derive(Clone, Copy)]
struct Trail<'p> {
    ink: &'p Ink,
    length: usize,
}

impl<'p> Trail<'p> {
    /// Only where there are breaks.
    #[inline]
    fn of(problem: &Problem, ink: &'p Ink, places: &[u32]) -> Option<Self> {
        problem.features.breaks.then(|| {
            let mut trail = Self { ink, length: 0 };
            trail.extend(places);
            trail
        })
    }

    #[cold]
    fn extend(&mut self, places: &[u32]) {
        let mut list = self.ink.borrow_mut();
        list.truncate(self.length);
        list.extend_from_slice(places);
        self.length = list.len();
    }
}

/// A route being put together.
#[derive(Clone, Copy)]
pub(crate) struct Chain<'p> {
    problem: &'p Problem,
    vehicle_type: u32,
    kind: &'p VehicleType,
    last: u32,
    closed: Option<Beside>,
    open: TimeSegment,
    load: LoadSegment,
    /// Further dimensions of the load, where there are any.
    further: Option<Further>,
    distance: i64,
    reloads: u32,
    stops: u32,
    open_pairs: i32,
    /// The places so far, where breaks need them all.
    trail: Option<Trail<'p>>,
    is_ordered: bool,
    allowance: Allowance,
    holds: bool,
}

impl<'p> Chain<'p> {
    /// A new route of this type, at its start depot.
    pub fn start(problem: &'p Problem, vehicle_type: u32, ink: &'p Ink) -> Self {
        let kind = &problem.vehicle_types()[vehicle_type as usize];
        Self {
            problem,
            vehicle_type,
            kind,
            last: kind.start,
            closed: None,
            open: problem.start_visit(vehicle_type),
            load: LoadSegment::default(),
            further: no_further(problem),
            distance: 0,
            reloads: 0,
            stops: 0,
            open_pairs: 0,
            trail: Trail::of(problem, ink, &[kind.start]),
            is_ordered: problem.features.linehauls_first,
            allowance: Allowance::NONE,
            holds: true,
        }
    }

    /// The chain with a visit of a stop in the earliest part of one of its windows that holds, and the place of that part.
    pub fn visited(self, stop: u32, window: u32) -> Option<(u32, Self)> {
        let problem = self.problem;
        let parts = problem.alternatives(problem.place(stop)).filter(|&place| problem.window_of(place) == window);
        let visited = |place: u32| {
            let mut longer = self;
            longer.visit(place);
            longer.may_hold().then_some((place, longer))
        };
        parts.into_iter().find_map(visited)
    }

    /// The positions `0..=at` of a route; does not hold if that leaves out what is locked.
    #[inline]
    pub fn head(problem: &'p Problem, route: &Route, at: usize, ink: &'p Ink) -> Self {
        let trip = route.trip(at);
        Self {
            problem,
            vehicle_type: route.vehicle_type,
            kind: &problem.vehicle_types()[route.vehicle_type as usize],
            last: route.places[at],
            closed: route.before[trip as usize],
            open: if problem.features.timed { route.times[at].head } else { Beside::UNTIMED.time },
            load: route.loads[at].head,
            further: route.further.get(at).map(|both| both.head),
            distance: route.run[at],
            reloads: trip,
            stops: at as u32 - trip,
            open_pairs: route.open_pairs(at),
            trail: Trail::of(problem, ink, &route.places[..=at]),
            is_ordered: problem.features.linehauls_first,
            allowance: Allowance::NONE,
            holds: at >= route.locked,
        }
    }

    /// The same chain driven by another type of the same shape; only while on its first trip.
    pub fn driven_by(mut self, vehicle_type: u32) -> Self {
        self.vehicle_type = vehicle_type;
        self.kind = &self.problem.vehicle_types()[vehicle_type as usize];
        self
    }

    /// The same chain in any order of deliveries and pickups, to ask what else forbids it.
    pub fn in_any_order(mut self) -> Self {
        self.is_ordered = false;
        self
    }

    /// Load and time may break their limits within an allowance.
    #[inline]
    pub fn allow(&mut self, allowance: Allowance) {
        self.allowance = allowance;
    }

    /// Whether nothing is broken beyond repair by what follows.
    #[inline]
    pub fn may_hold(&self) -> bool {
        self.holds && self.open.warp <= self.allowance.warp && self.excess() <= self.allowance.excess
    }

    /// Goes on to a stop.
    #[inline]
    pub fn visit(&mut self, place: u32) {
        let problem = self.problem;
        self.distance += problem.distance(self.last, place);
        if problem.features.timed {
            let travel = problem.travel(self.last, place);
            self.open = self.open.merge(travel, &problem.visits[place as usize]);
        }
        self.load = self.load.merge(&problem.loads[place as usize]);
        if let Some(further) = &mut self.further {
            *further = merge_further(further, &problem.further_loads[place as usize]);
        }
        self.stops += 1;
        self.holds &= problem.may_serve(self.vehicle_type, place);
        if self.is_ordered {
            self.holds &= !problem.breaks_order(self.last, place);
        }
        if problem.features.paired {
            self.open_pairs += problem.pair_step(place);
        }
        if let Some(trail) = &mut self.trail {
            trail.extend(&[place]);
        }
        self.last = place;
    }

    /// Goes on to a depot and reloads there.
    pub fn reload(&mut self, depot: u32) {
        self.distance += self.problem.distance(self.last, depot);
        let travel = if self.problem.features.timed { self.problem.travel(self.last, depot) } else { 0 };
        self.closed = Some(Beside { travel, ..self.with_trip_closed() });
        self.open = self.problem.reload_visit(self.vehicle_type, depot);
        self.load = LoadSegment::default();
        self.further = no_further(self.problem);
        self.reloads += 1;
        // A pair's goods do not wait at a depot.
        self.holds &= self.kind.reload_depots.contains(&depot) && self.open_pairs == 0;
        if let Some(trail) = &mut self.trail {
            trail.extend(&[depot]);
        }
        self.last = depot;
    }

    /// Goes on to a stop or a reload.
    #[inline]
    pub fn go(&mut self, place: u32) {
        if self.problem.is_depot(place) {
            self.reload(place);
        } else {
            self.visit(place);
        }
    }

    /// Load of the trip above capacity.
    #[inline]
    fn excess(&self) -> i64 {
        self.problem.totals.excess(&self.kind.capacity, &self.load, self.further.as_ref())
    }

    /// All trips so far.
    #[inline]
    fn with_trip_closed(&self) -> Beside {
        let trip = self.open.closed();
        let own = self.excess();
        match &self.closed {
            None => Beside { time: trip, travel: 0, excess: own },
            Some(c) => Beside { time: c.time.merge(c.travel, &trip), travel: 0, excess: c.excess + own },
        }
    }

    /// Ends with the positions `at..` of a route; `None` if the whole does not hold.
    #[inline]
    pub fn tail(&mut self, route: &Route, at: usize) -> Option<Measure> {
        if self.vehicle_type != route.vehicle_type && !self.may_take_over(route.vehicle_type) {
            return self.tail_by_steps(route, at);
        }
        let problem = self.problem;
        let place = route.places[at];
        let trip = route.trip(at);
        self.stops += route.stops_from(at);
        // A reload at `at` starts a new trip; the end depot belongs to the present one.
        if problem.is_depot(place) && at + 1 < route.places.len() {
            self.reload(place);
            self.follow(&route.places[at + 1..route.places.len() - 1]);
            self.open = if problem.features.timed { route.times[at].tail } else { self.open };
            self.load = route.loads[at].tail;
            self.further = route.further.get(at).map(|both| both.tail);
            self.distance += route.measure.distance - route.run[at];
        } else {
            self.follow(&route.places[at..route.places.len() - 1]);
            self.distance += problem.distance(self.last, place) + route.measure.distance - route.run[at];
            self.load = self.load.merge(&route.loads[at].tail);
            if let Some(further) = &mut self.further {
                *further = merge_further(further, &route.further[at].tail);
            }
            if self.is_ordered {
                self.holds &= !problem.breaks_order(self.last, place);
            }
            if problem.features.timed {
                self.open = self.open.merge(problem.travel(self.last, place), &route.times[at].tail);
            }
        }
        self.reloads += route.trips() as u32 - 1 - trip;
        self.finish(route.after[trip as usize])
    }

    fn tail_by_steps(&mut self, route: &Route, at: usize) -> Option<Measure> {
        for &place in &route.places[at..route.places.len() - 1] {
            self.go(place);
        }
        self.end()
    }

    fn may_take_over(&self, other: u32) -> bool {
        let problem = self.problem;
        !problem.features.sited
            && problem.shape[self.vehicle_type as usize] == problem.shape[other as usize]
            // Later trips are not looked at again.
            && (!problem.features.reloads
                || self.kind.capacity == problem.vehicle_types()[other as usize].capacity)
    }

    /// Ends at the type's end depot.
    pub fn end(&mut self) -> Option<Measure> {
        let depot = self.kind.end;
        self.distance += self.problem.distance(self.last, depot);
        if self.problem.features.timed {
            let travel = self.problem.travel(self.last, depot);
            self.open = self.open.merge(travel, &self.problem.end_visit(self.vehicle_type));
        }
        self.finish(None)
    }

    /// Remembers the places of a tail.
    #[inline]
    fn follow(&mut self, places: &[u32]) {
        if let Some(trail) = &mut self.trail {
            trail.extend(places);
        }
    }

    fn timed_with_breaks(&self) -> Option<[i64; 2]> {
        let mut trail = self.trail?;
        trail.extend(&[self.kind.end]);
        self.problem.timed_with_breaks(self.vehicle_type, &trail.ink.borrow())
    }

    #[inline]
    fn allows(&self, measure: &Measure) -> bool {
        measure.excess <= self.allowance.excess && measure.warp <= self.allowance.warp
    }

    #[inline]
    fn finish(&self, rest: Option<Beside>) -> Option<Measure> {
        let kind = self.kind;
        let has_room = self.distance <= kind.max_distance && self.reloads <= kind.max_reloads;
        if !self.holds || !has_room || self.stops > kind.max_stops {
            return None;
        }
        let mut measure = Measure { distance: self.distance, duration: 0, excess: 0, warp: 0 };
        if !self.problem.features.reloads && !self.problem.features.timed {
            measure.excess = self.excess();
        } else {
            let mut day = self.with_trip_closed();
            if let Some(rest) = rest {
                day.time = day.time.merge(rest.travel, &rest.time);
                day.excess += rest.excess;
            }
            measure.excess = day.excess;
            if self.problem.features.timed {
                measure.duration = day.time.duration;
                measure.warp = day.time.warp + (day.time.duration - self.kind.max_duration).max(0);
                // Breaks make nothing earlier; where speeds change, lateness may be an overestimate.
                if !self.allows(&measure) && self.problem.speeds().is_empty() {
                    return None;
                }
                if let Some([duration, warp]) = self.timed_with_breaks() {
                    (measure.duration, measure.warp) = (duration, warp);
                }
            }
        }
        self.allows(&measure).then_some(measure)
    }
}

fn no_further(problem: &Problem) -> Option<Further> {
    problem.features.several_loads.then(Further::default)
}
