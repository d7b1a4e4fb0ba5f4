//! A route under search: its places in order, with what stands before and after each of them summed up.
//!
//! Sums lie in one list a kind, so that problems without windows, reloads or pairs do not carry theirs along.

use super::super::load::{Further, Load, Loads, merge_further};
use super::super::problem::Problem;
use super::super::segment::{LoadSegment, TimeSegment};

/// Something summed up to and from a position, both included, within its trip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Both<T> {
    /// From the start of the trip to here.
    pub head: T,
    /// From here to the end of the trip.
    pub tail: T,
}

/// Whole trips before or after a trip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside {
    /// Their closed segments, merged.
    pub time: TimeSegment,
    /// Travel time between them and the trip.
    pub travel: i64,
    /// Load above capacity on them.
    pub excess: i64,
}

impl Beside {
    /// Where nothing is timed.
    pub const UNTIMED: Self =
        Self { time: TimeSegment { duration: 0, warp: 0, early: 0, late: 0, release: 0 }, travel: 0, excess: 0 };
}

/// The route of one vehicle. `places` starts and ends with a depot; depots inside are reloads. No places: not in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    pub vehicle_type: u32,
    pub places: Vec<u32>,
    /// Positions `1..=locked` stay as they are.
    pub locked: usize,
    /// Distance from the start, by position.
    pub run: Vec<i64>,
    /// By position.
    pub loads: Vec<Both<LoadSegment>>,
    /// Further dimensions by position; empty where there are none.
    pub further: Vec<Both<Further>>,
    /// By position; empty where nothing is timed.
    pub times: Vec<Both<TimeSegment>>,
    /// By position; empty where nobody reloads.
    trip_of: Vec<u32>,
    /// Pairs begun but not ended after each position; empty where nothing is paired.
    open_pairs: Vec<i32>,
    /// By trip; `None` at the first.
    pub before: Vec<Option<Beside>>,
    /// By trip; `None` at the last.
    pub after: Vec<Option<Beside>>,
    pub measure: Measure,
    /// What it costs, penalties included; [`super::State`] keeps it.
    pub cost: i64,
}

/// What a route is priced by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    pub distance: i64,
    /// 0 where nothing is timed.
    pub duration: i64,
    /// Load above capacity, summed over trips.
    pub excess: i64,
    /// Lateness that no departure avoids, and time above the longest duration.
    pub warp: i64,
}

impl Measure {
    /// Whether no limit is broken.
    pub fn holds(&self) -> bool {
        self.excess == 0 && self.warp == 0
    }
}

impl Route {
    /// A route of these places, summed up.
    pub fn of(problem: &Problem, vehicle_type: u32, places: &[u32]) -> Self {
        let mut route = Self { vehicle_type, places: places.to_vec(), ..Self::default() };
        route.refresh(problem);
        route
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Stops at a position or after it, `at` being no start depot.
    #[inline]
    pub fn stops_from(&self, at: usize) -> u32 {
        let starts_trip = !self.trip_of.is_empty() && self.starts_trip(at);
        let later_reloads = self.trips() as u32 - 1 - self.trip(at);
        (self.places.len() - 1 - at) as u32 - later_reloads - u32::from(starts_trip)
    }

    pub fn trips(&self) -> usize {
        self.before.len()
    }

    /// Trip that a position belongs to; a depot belongs to the trip it starts, the end depot to the last.
    #[inline]
    pub fn trip(&self, at: usize) -> u32 {
        if self.trip_of.is_empty() { 0 } else { self.trip_of[at] }
    }

    /// Pairs begun but not ended after a position.
    #[inline]
    pub fn open_pairs(&self, at: usize) -> i32 {
        if self.open_pairs.is_empty() { 0 } else { self.open_pairs[at] }
    }

    /// What the windows of its stops cost.
    pub fn window_prices(&self, problem: &Problem) -> i64 {
        if !problem.features.several_places {
            return 0;
        }
        self.places.iter().map(|&place| problem.window_price(place)).sum()
    }

    /// Recomputes every sum but the cost from `places` and `vehicle_type`.
    pub fn refresh(&mut self, problem: &Problem) {
        self.run.clear();
        self.loads.clear();
        self.further.clear();
        self.times.clear();
        self.trip_of.clear();
        self.open_pairs.clear();
        self.before.clear();
        self.after.clear();
        self.measure = Measure::default();
        if self.is_empty() {
            return;
        }
        self.sum_distance(problem);
        self.sum_pairs(problem);
        if problem.features.reloads {
            self.number_trips(problem);
        }
        self.sum_loads(problem);
        if problem.features.several_loads {
            self.sum_further(problem);
        }
        if problem.features.timed {
            self.sum_times(problem);
        }
        self.sum_trips(problem);
    }

    /// The whole day as one segment.
    pub fn whole(&self) -> TimeSegment {
        let first = self.times[0].tail.closed();
        match &self.after[0] {
            Some(rest) => first.merge(rest.travel, &rest.time),
            None => first,
        }
    }

    /// Load above `capacity`, summed over trips.
    pub fn excess(&self, problem: &Problem, capacity: &Load) -> i64 {
        let above = |at: usize| self.excess_from(problem, capacity, at);
        if self.trip_of.is_empty() {
            return above(0);
        }
        (0..self.places.len()).filter(|&at| self.starts_trip(at)).map(above).sum()
    }

    /// The load of the first trip if `place` came between two of its positions.
    pub fn loads_with(&self, problem: &Problem, place: u32, after: usize) -> Loads {
        let head = Loads { first: self.loads[after].head, further: self.further.get(after).map(|b| b.head) };
        let tail = Loads { first: self.loads[after + 1].tail, further: self.further.get(after + 1).map(|b| b.tail) };
        head.merge(&problem.loads_at(place)).merge(&tail)
    }

    /// Load above `capacity` on the trip that starts at a position.
    fn excess_from(&self, problem: &Problem, capacity: &Load, at: usize) -> i64 {
        problem.totals.excess(capacity, &self.loads[at].tail, self.further.get(at).map(|b| &b.tail))
    }

    /// Load above `capacity` on the trip that ends at a position.
    fn excess_to(&self, problem: &Problem, capacity: &Load, at: usize) -> i64 {
        problem.totals.excess(capacity, &self.loads[at].head, self.further.get(at).map(|b| &b.head))
    }

    fn starts_trip(&self, at: usize) -> bool {
        at == 0 || self.trip(at) != self.trip(at - 1)
    }

    fn sum_distance(&mut self, problem: &Problem) {
        let mut sum = 0;
        self.run.push(0);
        for leg in self.places.windows(2) {
            sum += problem.distance(leg[0], leg[1]);
            self.run.push(sum);
        }
        self.measure.distance = sum;
    }

    fn sum_pairs(&mut self, problem: &Problem) {
        if problem.features.paired {
            let mut open = 0;
            self.open_pairs.extend(self.places.iter().map(|&place| {
                open += problem.pair_step(place);
                open
            }));
        }
    }

    fn number_trips(&mut self, problem: &Problem) {
        let last = self.places.len() - 1;
        let mut trip = 0;
        self.trip_of.extend(self.places.iter().enumerate().map(|(at, &place)| {
            trip += u32::from(at > 0 && at < last && problem.is_depot(place));
            trip
        }));
    }

    fn sum_loads(&mut self, problem: &Problem) {
        for at in 0..self.places.len() {
            let own = problem.loads[self.places[at] as usize];
            let head = if self.starts_trip(at) { own } else { self.loads[at - 1].head.merge(&own) };
            self.loads.push(Both { head, tail: own });
        }
        for at in (0..self.places.len() - 1).rev() {
            if !self.starts_trip(at + 1) {
                self.loads[at].tail = self.loads[at].tail.merge(&self.loads[at + 1].tail);
            }
        }
    }

    fn sum_further(&mut self, problem: &Problem) {
        for at in 0..self.places.len() {
            let own = problem.further_loads[self.places[at] as usize];
            let head = if self.starts_trip(at) { own } else { merge_further(&self.further[at - 1].head, &own) };
            self.further.push(Both { head, tail: own });
        }
        for at in (0..self.places.len() - 1).rev() {
            if !self.starts_trip(at + 1) {
                self.further[at].tail = merge_further(&self.further[at].tail, &self.further[at + 1].tail);
            }
        }
    }

    fn sum_times(&mut self, problem: &Problem) {
        for at in 0..self.places.len() {
            let own = self.visit(problem, at);
            let head = if self.starts_trip(at) {
                own
            } else {
                let travel = problem.travel(self.places[at - 1], self.places[at]);
                self.times[at - 1].head.merge(travel, &own)
            };
            self.times.push(Both { head, tail: own });
        }
        for at in (0..self.places.len() - 1).rev() {
            if !self.starts_trip(at + 1) {
                let travel = problem.travel(self.places[at], self.places[at + 1]);
                self.times[at].tail = self.times[at].tail.merge(travel, &self.times[at + 1].tail);
            }
        }
    }

    /// The visits of all positions.
    pub fn visits(&self, problem: &Problem) -> Vec<TimeSegment> {
        (0..self.places.len()).map(|at| self.visit(problem, at)).collect()
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

    /// What stands before and after each trip, and the measure of the day.
    fn sum_trips(&mut self, problem: &Problem) {
        let kind = &problem.vehicle_types()[self.vehicle_type as usize];
        self.before.push(None);
        if self.trip_of.is_empty() {
            self.after.push(None);
            self.measure.excess = self.excess(problem, &kind.capacity);
        } else {
            self.sum_earlier_trips(problem, &kind.capacity);
            self.sum_later_trips(problem, &kind.capacity);
        }
        if problem.features.timed {
            let day = self.whole();
            self.measure.duration = day.duration;
            self.measure.warp = day.warp + (day.duration - kind.max_duration).max(0);
            if problem.features.breaks
                && let Some([duration, warp]) = problem.timed_with_breaks(self.vehicle_type, &self.places)
            {
                (self.measure.duration, self.measure.warp) = (duration, warp);
            }
        }
    }

    fn sum_earlier_trips(&mut self, problem: &Problem, capacity: &Load) {
        for at in 1..self.places.len() {
            if self.starts_trip(at) {
                let earlier = self.before[self.before.len() - 1];
                let excess = self.excess_to(problem, capacity, at - 1) + earlier.map_or(0, |e| e.excess);
                let mut beside = Beside { excess, ..Beside::UNTIMED };
                if problem.features.timed {
                    let trip = self.times[at - 1].head.closed();
                    beside.time = earlier.map_or(trip, |e| e.time.merge(e.travel, &trip));
                    beside.travel = problem.travel(self.places[at - 1], self.places[at]);
                }
                self.before.push(Some(beside));
            }
        }
        let last_trip = self.excess_to(problem, capacity, self.places.len() - 1);
        let earlier = self.before[self.before.len() - 1].map_or(0, |e| e.excess);
        self.measure.excess = earlier + last_trip;
    }

    fn sum_later_trips(&mut self, problem: &Problem, capacity: &Load) {
        self.after.resize(self.before.len(), None);
        for at in (1..self.places.len()).rev() {
            if self.starts_trip(at) {
                let later = self.after[self.trip(at) as usize];
                let excess = self.excess_from(problem, capacity, at) + later.map_or(0, |l| l.excess);
                let mut beside = Beside { excess, ..Beside::UNTIMED };
                if problem.features.timed {
                    let trip = self.times[at].tail.closed();
                    beside.time = later.map_or(trip, |l| trip.merge(l.travel, &l.time));
                    beside.travel = problem.travel(self.places[at - 1], self.places[at]);
                }
                let trip = self.trip(at - 1) as usize;
                self.after[trip] = Some(beside);
            }
        }
    }
}
