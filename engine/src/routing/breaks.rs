//! Breaks of a vehicle's driver: time without moving or serving, begun within a window.
//!
//! A break is due on a route that departs no later than its window ends and returns after that. Breaks are taken in order,
//! each on a leg: before it leaves, under way or at the next door. For a given departure the earliest time at each position
//! with the first `k` breaks taken is found forwards: whoever is later anywhere arrives no earlier, so nothing else need be
//! kept and the earliest return is exact. Segments cannot do this; where a type has breaks, candidate routes are driven from
//! place to place at the true speeds, in time linear in their length.

use super::problem::Problem;
use super::segment::TimeSegment;
use super::spec::{Break, Speed, VehicleType, Window};
use super::speeds;

/// Most breaks of a type.
pub(super) const MOST_BREAKS: usize = 4;

const FULL_SPEED: [Speed; 1] = [Speed { from: 0, percent: 100 }];

/// A route driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drive {
    pub departs: i64,
    pub returns: i64,
    /// Lateness at stops, depots and breaks.
    pub warp: i64,
    /// Leg and beginning of each break of the type; `None` where it is not taken.
    pub taken: [Option<(u32, i64)>; MOST_BREAKS],
}

/// Drives a route: the earliest return, and if `is_tight` and nothing is late, a late one of the departures with that return.
pub(super) fn drive(problem: &Problem, vehicle_type: u32, places: &[u32], is_tight: bool) -> Drive {
    let road = Road::new(problem, vehicle_type, places);
    let mut best = road.from(road.opens());
    if is_tight && best.warp == 0 {
        let mut late = best.returns + 1;
        while best.departs + 1 < late {
            let middle = best.departs + (late - best.departs) / 2;
            let drive = road.from(middle);
            if (drive.warp, drive.returns) == (best.warp, best.returns) {
                best = drive;
            } else {
                late = middle;
            }
        }
    }
    best
}

/// The earliest time with some breaks taken.
#[derive(Clone, Copy)]
struct Label {
    warp: i64,
    now: i64,
    taken: [Option<(u32, i64)>; MOST_BREAKS],
}

impl Label {
    /// Less lateness, then earlier.
    fn improve(slot: &mut Option<Self>, other: Self) {
        if slot.is_none_or(|present| (other.warp, other.now) < (present.warp, present.now)) {
            *slot = Some(other);
        }
    }
}

/// By number of breaks taken or not due at departure.
type Labels = [Option<Label>; MOST_BREAKS + 1];

struct Road<'a> {
    problem: &'a Problem,
    kind: &'a VehicleType,
    places: &'a [u32],
    visits: Vec<TimeSegment>,
    steps: &'a [Speed],
}

impl<'a> Road<'a> {
    fn new(problem: &'a Problem, vehicle_type: u32, places: &'a [u32]) -> Self {
        let last = places.len() - 1;
        let visit = |(at, &place): (usize, &u32)| match at {
            0 => problem.start_visit(vehicle_type),
            _ if at == last => problem.end_visit(vehicle_type),
            _ if problem.is_depot(place) => problem.reload_visit(vehicle_type, place),
            _ => {
                let Window { early, late } = problem.whole_window(place);
                TimeSegment { early, late, ..problem.visits[place as usize] }
            }
        };
        let visits = places.iter().enumerate().map(visit).collect();
        let steps = if problem.speeds().is_empty() { &FULL_SPEED } else { problem.speeds() };
        Self { problem, kind: &problem.vehicle_types()[vehicle_type as usize], places, visits, steps }
    }

    /// Release of the trip that starts at a position.
    fn release(&self, at: usize) -> i64 {
        let trip = self.places[at + 1..].iter().zip(&self.visits[at + 1..]);
        trip.take_while(|(p, _)| !self.problem.is_depot(**p)).map(|(_, visit)| visit.release).fold(0, i64::max)
    }

    /// The first moment at which the vehicle may leave.
    fn opens(&self) -> i64 {
        self.visits[0].early.max(self.release(0))
    }

    fn from(&self, departs: i64) -> Drive {
        let mut labels: Labels = [None; MOST_BREAKS + 1];
        let first = self.kind.breaks.iter().take_while(|rest| rest.window.late < departs).count();
        let warp = (departs - self.visits[0].late).max(0);
        labels[first] = Some(Label { warp, now: departs, taken: [None; MOST_BREAKS] });
        for at in 1..self.places.len() {
            labels = self.leg(&labels, at);
            labels.iter_mut().flatten().for_each(|label| self.serve(label, at));
        }
        let is_due = |k: usize, label: &Label| self.kind.breaks[k..].iter().any(|rest| rest.window.late < label.now);
        let done = labels.iter().enumerate().filter_map(|(k, label)| label.filter(|label| !is_due(k, label)));
        let best = done.min_by_key(|label| (label.warp, label.now));
        best.map_or(Drive { departs, returns: departs, warp: i64::MAX / 4, taken: [None; MOST_BREAKS] }, |label| {
            Drive { departs, returns: label.now, warp: label.warp, taken: label.taken }
        })
    }

    /// To a position, with any number of the next breaks on the way.
    fn leg(&self, labels: &Labels, at: usize) -> Labels {
        let work = 100 * self.problem.duration(self.places[at - 1], self.places[at]);
        let mut arrived: Labels = [None; MOST_BREAKS + 1];
        for (k, label) in labels.iter().enumerate() {
            let Some(mut label) = *label else { continue };
            let mut rest = work;
            for next in k..=self.kind.breaks.len() {
                let now = speeds::finish(self.steps, rest, label.now);
                Label::improve(&mut arrived[next], Label { now, ..label });
                if let Some(pause) = self.kind.breaks.get(next) {
                    rest = self.pause(pause, rest, &mut label);
                    label.taken[next] = Some((at as u32 - 1, label.now - pause.duration));
                }
            }
        }
        arrived
    }

    /// Takes a break as early as may be; the work then left. Begun too late, it is moved to its window's end as lateness.
    fn pause(&self, pause: &Break, rest: i64, label: &mut Label) -> i64 {
        let starts = label.now.max(pause.window.early);
        let left = (rest - speeds::done(self.steps, label.now, starts)).max(0);
        label.warp += (starts - pause.window.late).max(0);
        label.now = starts + pause.duration;
        left
    }

    /// Waits and serves; late arrivals are moved to the window's end as lateness.
    fn serve(&self, label: &mut Label, at: usize) {
        let visit = &self.visits[at];
        if self.problem.is_depot(self.places[at]) {
            label.now = label.now.max(self.release(at));
        }
        label.now = label.now.max(visit.early);
        label.warp += (label.now - visit.late).max(0);
        label.now = label.now.min(visit.late) + visit.duration;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{line_spec, solved};
    use super::super::plan::Pause;
    use super::super::spec::Spec;
    use super::*;

    /// Stops at 10 and 30 with a service of 5; a break of 20 to begin from 12 to 18.
    fn spec() -> Spec {
        let mut spec = line_spec(&[10, 30]);
        spec.stops.iter_mut().for_each(|stop| stop.service = 5);
        spec.vehicle_types[0].breaks = vec![Break { window: Window::new(12, 18), duration: 20 }];
        spec
    }

    #[test]
    fn a_break_is_taken_between_two_visits() {
        // Leaving at 0, the first stop is served from 10 to 15, the break lasts until 35, the second stop is reached at 55.
        let mut spec = spec();
        spec.stops[0].window.late = 10;
        spec.stops[1].window.late = 55;
        let plan = solved(&Problem::new(spec.clone()).unwrap());
        let route = &plan.routes[0];
        assert_eq!((route.departs, route.duration), (0, 90));
        assert_eq!(route.pauses, [Pause { which: 0, starts: 15, leg: 1 }]);
        // A moment less for the second stop, and one vehicle is not enough.
        spec.stops[1].window.late = 54;
        assert_eq!(solved(&Problem::new(spec).unwrap()).routes.len(), 2);
    }

    #[test]
    fn a_wait_holds_a_break() {
        // The stop at 10 opens at 100: the break under way costs nothing.
        let mut spec = spec();
        spec.stops[0].window = Window::new(100, 100);
        spec.stops.pop();
        spec.distance = line_spec(&[10]).distance;
        spec.vehicle_types[0].shift = Window::new(0, 115);
        assert_eq!(solved(&Problem::new(spec.clone()).unwrap()).routes.len(), 1);
        spec.vehicle_types[0].shift.late = 114;
        assert_eq!(solved(&Problem::new(spec).unwrap()).routes.len(), 0);
    }

    #[test]
    fn who_is_back_in_time_needs_no_break() {
        let mut spec = line_spec(&[10]);
        spec.vehicle_types[0].shift = Window::new(0, 21);
        spec.vehicle_types[0].breaks = vec![Break { window: Window::new(5, 20), duration: 50 }];
        let plan = solved(&Problem::new(spec).unwrap());
        assert_eq!((plan.routes[0].duration, plan.routes[0].pauses.len()), (20, 0));
    }
}
