//! A route under search: its places in order, with what stands before and after each of them summed up.

use super::super::problem::Problem;
use super::super::segment::{LoadSegment, TimeSegment};

/// Sums at one position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// Distance from the start to here.
    pub distance: i64,
    /// From the start of the trip to here, both included.
    pub head: TimeSegment,
    /// From here to the end of the trip, both included.
    pub tail: TimeSegment,
    /// Load of `head`.
    pub head_load: LoadSegment,
    /// Load of `tail`.
    pub tail_load: LoadSegment,
    /// Trip that the position belongs to; a depot belongs to the trip it starts, the end depot to the last.
    pub trip: u32,
    /// Pairs begun but not ended after this position.
    pub open_pairs: i32,
}

/// Whole trips before or after a trip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside {
    /// Their closed segments, merged.
    pub time: TimeSegment,
    /// Travel time between them and the trip.
    pub travel: i64,
}

/// The route of one vehicle. `places` starts and ends with a depot; depots inside are reloads. No places: not in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    pub vehicle_type: u32,
    pub places: Vec<u32>,
    pub marks: Vec<Mark>,
    /// By trip; `None` at the first.
    pub before: Vec<Option<Beside>>,
    /// By trip; `None` at the last.
    pub after: Vec<Option<Beside>>,
    pub distance: i64,
    pub duration: i64,
    pub cost: i64,
}

impl Route {
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Stops served.
    pub fn stops(&self) -> usize {
        if self.is_empty() { 0 } else { self.places.len() - 1 - self.trips() }
    }

    pub fn trips(&self) -> usize {
        self.before.len()
    }

    /// Recomputes every sum from `places` and `vehicle_type`.
    pub fn refresh(&mut self, problem: &Problem) {
        self.marks.clear();
        self.before.clear();
        self.after.clear();
        (self.distance, self.duration, self.cost) = (0, 0, 0);
        if self.is_empty() {
            return;
        }
        self.sum_forward(problem);
        self.sum_backward(problem);
        self.distance = self.marks[self.marks.len() - 1].distance;
        if problem.features.timed {
            self.duration = self.whole().duration;
        }
        self.cost = problem.route_cost(self.vehicle_type, self.distance, self.duration);
    }

    /// The whole day as one segment.
    pub fn whole(&self) -> TimeSegment {
        let first = self.first_trip().closed();
        match &self.after[0] {
            Some(rest) => first.merge(rest.travel, &rest.time),
            None => first,
        }
    }

    fn first_trip(&self) -> TimeSegment {
        self.marks[0].tail
    }

    fn visit(&self, problem: &Problem, at: usize) -> TimeSegment {
        let place = self.places[at];
        if at == 0 {
            problem.start_visit(self.vehicle_type)
        } else if at + 1 == self.places.len() {
            problem.end_visit(self.vehicle_type)
        } else if problem.is_depot(place) {
            problem.reload_visit(self.vehicle_type, place)
        } else {
            problem.visits[place as usize]
        }
    }

    fn sum_forward(&mut self, problem: &Problem) {
        let timed = problem.features.timed;
        let last = self.places.len() - 1;
        for at in 0..=last {
            let place = self.places[at];
            let visit = if timed { self.visit(problem, at) } else { problem.visits[place as usize] };
            let load = problem.loads[place as usize];
            let mark = match self.marks.last() {
                None => Mark {
                    distance: 0,
                    head: visit,
                    tail: visit,
                    head_load: load,
                    tail_load: load,
                    trip: 0,
                    open_pairs: 0,
                },
                Some(&before) => self.step(problem, at, &before, visit, load),
            };
            if at == 0 {
                self.before.push(None);
            }
            self.marks.push(mark);
        }
    }

    fn step(&mut self, problem: &Problem, at: usize, before: &Mark, visit: TimeSegment, load: LoadSegment) -> Mark {
        let (from, to) = (self.places[at - 1], self.places[at]);
        let distance = before.distance + problem.distance(from, to);
        let travel = if problem.features.timed { problem.duration(from, to) } else { 0 };
        if problem.is_depot(to) && at + 1 < self.places.len() {
            let trip = before.head.closed();
            let earlier = self.before.last().copied().flatten();
            let time = earlier.map_or(trip, |e| e.time.merge(e.travel, &trip));
            self.before.push(Some(Beside { time, travel }));
            return Mark {
                distance,
                head: visit,
                tail: visit,
                head_load: load,
                tail_load: load,
                trip: before.trip + 1,
                open_pairs: 0,
            };
        }
        Mark {
            distance,
            head: if problem.features.timed { before.head.merge(travel, &visit) } else { visit },
            tail: visit,
            head_load: before.head_load.merge(&load),
            tail_load: load,
            trip: before.trip,
            open_pairs: before.open_pairs + problem.pair_step(to),
        }
    }

    fn sum_backward(&mut self, problem: &Problem) {
        let timed = problem.features.timed;
        self.after.resize(self.before.len(), None);
        for at in (0..self.places.len() - 1).rev() {
            let (here, next) = (self.marks[at], self.marks[at + 1]);
            let travel = if timed { problem.duration(self.places[at], self.places[at + 1]) } else { 0 };
            if here.trip == next.trip {
                let mark = &mut self.marks[at];
                mark.tail_load = here.tail_load.merge(&next.tail_load);
                if timed {
                    mark.tail = here.tail.merge(travel, &next.tail);
                }
            } else {
                let trip = next.tail.closed();
                let later = self.after[next.trip as usize];
                let time = later.map_or(trip, |l: Beside| trip.merge(l.travel, &l.time));
                self.after[here.trip as usize] = Some(Beside { time, travel });
            }
        }
    }
}
