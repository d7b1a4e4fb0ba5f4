//! What a route would cost and whether it would hold, if it were put together from pieces of present ones.
//!
//! A chain starts with the head of a route, goes on with single visits, and ends with the tail of a route: each of the three
//! costs O(1), so any move between routes does too.

use super::super::problem::{Problem, VehicleType};
use super::super::segment::{LoadSegment, TimeSegment};
use super::route::{Beside, Route};

/// Distance and duration of a route that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub distance: i64,
    pub duration: i64,
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
    distance: i64,
    reloads: u32,
    open_pairs: i32,
    is_ordered: bool,
    holds: bool,
}

impl<'p> Chain<'p> {
    /// A new route of this type, at its start depot.
    pub fn start(problem: &'p Problem, vehicle_type: u32) -> Self {
        let kind = &problem.vehicle_types()[vehicle_type as usize];
        Self {
            problem,
            vehicle_type,
            kind,
            last: kind.start,
            closed: None,
            open: problem.start_visit(vehicle_type),
            load: LoadSegment::default(),
            distance: 0,
            reloads: 0,
            open_pairs: 0,
            is_ordered: problem.features.linehauls_first,
            holds: true,
        }
    }

    /// The positions `0..=at` of a route.
    #[inline]
    pub fn head(problem: &'p Problem, route: &Route, at: usize) -> Self {
        let mark = &route.marks[at];
        Self {
            problem,
            vehicle_type: route.vehicle_type,
            kind: &problem.vehicle_types()[route.vehicle_type as usize],
            last: route.places[at],
            closed: route.before[mark.trip as usize],
            open: mark.head,
            load: mark.head_load,
            distance: mark.distance,
            reloads: mark.trip,
            open_pairs: mark.open_pairs,
            is_ordered: problem.features.linehauls_first,
            // Earlier trips are as they are, and they hold.
            holds: true,
        }
    }

    /// The same chain driven by another type of the same shape.
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

    /// Whether nothing is broken beyond repair by what follows.
    #[inline]
    pub fn may_hold(&self) -> bool {
        self.holds && self.open.warp == 0 && self.load.peak <= self.kind.capacity
    }

    /// Goes on to a stop.
    #[inline]
    pub fn visit(&mut self, place: u32) {
        let problem = self.problem;
        self.distance += problem.distance(self.last, place);
        if problem.features.timed {
            let travel = problem.duration(self.last, place);
            self.open = self.open.merge(travel, &problem.visits[place as usize]);
        }
        self.load = self.load.merge(&problem.loads[place as usize]);
        self.holds &= problem.may_serve(self.vehicle_type, place);
        if self.is_ordered {
            self.holds &= !problem.breaks_order(self.last, place);
        }
        if problem.features.paired {
            self.open_pairs += problem.pair_step(place);
        }
        self.last = place;
    }

    /// Goes on to a depot and reloads there.
    pub fn reload(&mut self, depot: u32) {
        self.distance += self.problem.distance(self.last, depot);
        let travel = if self.problem.features.timed { self.problem.duration(self.last, depot) } else { 0 };
        self.close_trip();
        self.closed = self.closed.map(|c| Beside { time: c.time, travel });
        self.open = self.problem.reload_visit(self.vehicle_type, depot);
        self.load = LoadSegment::default();
        self.reloads += 1;
        // A pair's goods do not wait at a depot.
        self.holds &= self.kind.reload_depots.contains(&depot) && self.open_pairs == 0;
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

    fn close_trip(&mut self) {
        self.holds &= self.load.peak <= self.kind.capacity;
        let trip = self.open.closed();
        let time = self.closed.map_or(trip, |c| c.time.merge(c.travel, &trip));
        self.closed = Some(Beside { time, travel: 0 });
    }

    /// Ends with the positions `at..` of a route; `None` if the whole does not hold.
    #[inline]
    pub fn tail(mut self, route: &Route, at: usize) -> Option<Measure> {
        if self.vehicle_type != route.vehicle_type && !self.may_take_over(route.vehicle_type) {
            return self.tail_by_steps(route, at);
        }
        let mark = &route.marks[at];
        let problem = self.problem;
        let place = route.places[at];
        // A reload at `at` starts a new trip; the end depot belongs to the present one.
        if problem.is_depot(place) && at + 1 < route.places.len() {
            return self.tail_from_reload(route, at);
        }
        self.distance += problem.distance(self.last, place) + route.distance - mark.distance;
        self.load = self.load.merge(&mark.tail_load);
        if self.is_ordered {
            self.holds &= !problem.breaks_order(self.last, place);
        }
        self.holds &= self.load.peak <= self.kind.capacity;
        if problem.features.timed {
            self.open = self.open.merge(problem.duration(self.last, place), &mark.tail);
        }
        self.reloads += route.trips() as u32 - 1 - mark.trip;
        self.finish(route.after[mark.trip as usize])
    }

    fn tail_from_reload(mut self, route: &Route, at: usize) -> Option<Measure> {
        let mark = &route.marks[at];
        self.reload(route.places[at]);
        self.distance += route.distance - mark.distance;
        self.open = mark.tail;
        self.load = mark.tail_load;
        self.reloads += route.trips() as u32 - 1 - mark.trip;
        self.finish(route.after[mark.trip as usize])
    }

    fn tail_by_steps(mut self, route: &Route, at: usize) -> Option<Measure> {
        for &place in &route.places[at..route.places.len() - 1] {
            self.go(place);
        }
        self.end()
    }

    fn may_take_over(&self, other: u32) -> bool {
        let problem = self.problem;
        !problem.features.sited
            && problem.shape[self.vehicle_type as usize] == problem.shape[other as usize]
            // Later trips are not looked at again, so that they must not need more room than this type has.
            && (!problem.features.reloads
                || self.kind.capacity >= problem.vehicle_types()[other as usize].capacity)
    }

    /// Ends at the type's end depot.
    pub fn end(mut self) -> Option<Measure> {
        let depot = self.kind.end;
        self.distance += self.problem.distance(self.last, depot);
        if self.problem.features.timed {
            let travel = self.problem.duration(self.last, depot);
            self.open = self.open.merge(travel, &self.problem.end_visit(self.vehicle_type));
        }
        self.finish(None)
    }

    #[inline]
    fn finish(mut self, rest: Option<Beside>) -> Option<Measure> {
        if !self.holds || self.load.peak > self.kind.capacity || self.distance > self.kind.max_distance {
            return None;
        }
        if self.reloads > self.kind.max_reloads {
            return None;
        }
        if !self.problem.features.timed {
            return Some(Measure { distance: self.distance, duration: 0 });
        }
        if self.open.warp > 0 {
            return None;
        }
        self.close_trip();
        let mut day = self.closed.map_or(self.open, |c| c.time);
        if let Some(rest) = rest {
            day = day.merge(rest.travel, &rest.time);
        }
        let holds = day.warp == 0 && day.duration <= self.kind.max_duration;
        holds.then_some(Measure { distance: self.distance, duration: day.duration })
    }
}
