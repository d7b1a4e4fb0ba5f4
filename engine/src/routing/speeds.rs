//! Speeds that change with the time of day (S. Ichoua, M. Gendreau, J.-Y. Potvin 2003, "Vehicle dispatching with
//! time-dependent travel times").
//!
//! A leg is work: `100 x base` percent-units, of which each unit of time does as many as the speed of that moment says, also
//! where the speed changes on the way. So whoever leaves later arrives no earlier (first in, first out).
//!
//! Constant-time segments need times that do not depend on the departure. The search plans each leg with the longest time
//! `t` that it can take for departures and arrivals within the windows of its two places:
//! `arrival(d) <= max(d + t, opening)` for every such departure `d`. By first in, first out a plan that holds with these
//! times holds on the road, which is driven exactly when the plan is told. Windows are cut where speeds change
//! ([`super::windows`]), so that a leg's longest time is that of its hour, not that of the rush hour.

use super::matrix::Matrix;
use super::problem::Problem;
use super::segment::TimeSegment;
use super::spec::{Speed, Window};

/// When a leg that takes `base` at 100 percent ends; `steps` is not empty and starts at 0.
pub(super) fn arrival(steps: &[Speed], base: i64, departs: i64) -> i64 {
    finish(steps, 100 * base, departs)
}

/// When work is done that begins at `departs`.
pub(super) fn finish(steps: &[Speed], work: i64, departs: i64) -> i64 {
    let mut at = steps.partition_point(|step| step.from <= departs).max(1) - 1;
    let (mut now, mut rest) = (departs, work);
    loop {
        let percent = steps[at].percent;
        let Some(next) = steps.get(at + 1).map(|next| next.from) else { return now + ceil(rest, percent) };
        let done = (next - now) * percent;
        if rest <= done {
            return now + ceil(rest, percent);
        }
        (now, rest, at) = (next, rest - done, at + 1);
    }
}

/// Work done from one moment to another.
pub(super) fn done(steps: &[Speed], from: i64, to: i64) -> i64 {
    let ends = steps[1..].iter().map(|next| next.from).chain([i64::MAX]);
    steps.iter().zip(ends).map(|(step, end)| (to.min(end) - from.max(step.from)).max(0) * step.percent).sum()
}

/// The latest departure that arrives by `by`; below 0 where there is none.
fn departure(steps: &[Speed], base: i64, by: i64) -> i64 {
    let mut at = steps.partition_point(|step| step.from < by).max(1) - 1;
    let (mut now, mut rest) = (by, 100 * base);
    loop {
        let Speed { from, percent } = steps[at];
        let done = (now - from) * percent;
        if rest <= done || at == 0 {
            return now - ceil(rest, percent);
        }
        (now, rest, at) = (from, rest - done, at - 1);
    }
}

fn ceil(amount: i64, by: i64) -> i64 {
    (amount + by - 1) / by
}

/// The longest times between all places of `base`, for departures and arrivals within `spans` of them.
pub(super) fn longest(steps: &[Speed], base: &Matrix, spans: &[[Window; 2]]) -> Matrix {
    let places = 0..spans.len() as u32;
    let row = |from: u32| {
        let leaves = spans[from as usize][1];
        places.clone().map(move |to| longest_leg(steps, base.between(from, to), leaves, spans[to as usize][0]))
    };
    Matrix::dense(spans.len(), places.clone().flat_map(row).collect())
}

fn longest_leg(steps: &[Speed], base: i64, leaves: Window, opens: Window) -> i64 {
    // After the last change nothing changes any more.
    let last = steps[steps.len() - 1].from;
    let [low, high] = [leaves.early, leaves.late].map(|t| t.min(last.max(leaves.early)));
    let takes = |departs: i64| arrival(steps, base, departs) - departs;
    let by = |t: i64| departure(steps, base, t.min(last + 100 * base));
    // Those that come too early wait anyway. Of those that come too late the first must not look in time.
    let first = if opens.early > 0 { low.max(by(opens.early) + 1) } else { low };
    let latest = if opens.late < last { high.min(low.max(by(opens.late) + 1)) } else { high };
    if first > latest {
        return takes(high);
    }
    // The time is linear between departures at a change and those that arrive at one.
    let changes = steps.iter().flat_map(|step| [step.from, by(step.from), by(step.from) + 1]);
    let inner = changes.filter(|t| (first..=latest).contains(t));
    inner.chain([first, latest]).map(takes).max().unwrap_or(0)
}

/// Parts of a window within which a vehicle leaves at one speed; no more than [`MOST_PARTS`].
pub(super) fn parts(steps: &[Speed], window: Window, service: i64) -> Vec<Window> {
    let cuts = steps.iter().map(|step| step.from - service).filter(|&t| window.early < t && t <= window.late);
    let mut parts = Vec::new();
    let mut early = window.early;
    for cut in cuts.take(MOST_PARTS - 1) {
        parts.push(Window::new(early, cut - 1));
        early = cut;
    }
    parts.push(Window::new(early, window.late));
    parts
}

/// More would crowd out neighbours for little.
const MOST_PARTS: usize = 6;

/// Drives a route at the true speeds: the latest departure with the earliest return there is after `departs`, and the return.
pub(super) fn drive(problem: &Problem, visits: &[TimeSegment], places: &[u32], departs: i64) -> (i64, i64) {
    let back = |departs: i64| returns(problem, visits, places, departs);
    let Some(earliest) = back(departs) else { return (departs, departs) };
    let (mut good, mut late) = (departs, earliest + 1);
    while good + 1 < late {
        let middle = good + (late - good) / 2;
        if back(middle) == Some(earliest) {
            good = middle;
        } else {
            late = middle;
        }
    }
    (good, earliest)
}

/// When a route comes back; `None` if it misses a window.
fn returns(problem: &Problem, visits: &[TimeSegment], places: &[u32], departs: i64) -> Option<i64> {
    let mut now = departs;
    for (at, visit) in visits.iter().enumerate() {
        if at > 0 {
            now = problem.arrival(places[at - 1], places[at], now);
        }
        if problem.is_depot(places[at]) {
            let trip = places[at + 1..].iter().zip(&visits[at + 1..]).take_while(|(p, _)| !problem.is_depot(**p));
            now = trip.map(|(_, visit)| visit.release).fold(now, i64::max);
        }
        // Of a window that is cut, every part is as good as the one planned.
        let Window { early, late } = if problem.is_depot(places[at]) {
            Window::new(visit.early, visit.late)
        } else {
            problem.whole_window(places[at])
        };
        now = now.max(early);
        if now > late {
            return None;
        }
        now += visit.duration;
    }
    Some(now)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{line_spec, solved};
    use super::*;

    const RUSH: [Speed; 3] =
        [Speed { from: 0, percent: 100 }, Speed { from: 50, percent: 50 }, Speed { from: 90, percent: 130 }];

    /// The same, moment by moment.
    fn step_by_step(base: i64, departs: i64) -> i64 {
        let (mut now, mut done) = (departs, 0);
        while done < 100 * base {
            done += RUSH.iter().rev().find(|step| step.from <= now).unwrap().percent;
            now += 1;
        }
        now
    }

    #[test]
    fn arrivals_and_departures_agree_with_driving() {
        for base in [0, 1, 7, 30, 100] {
            for departs in 0..150 {
                assert_eq!(arrival(&RUSH, base, departs), step_by_step(base, departs), "{base} {departs}");
                let by = departs + 150;
                let latest = departure(&RUSH, base, by);
                assert!(step_by_step(base, latest) <= by && step_by_step(base, latest + 1) > by, "{base} {by}");
            }
        }
    }

    #[test]
    fn the_longest_time_bounds_every_departure_tightly() {
        let mut rng = crate::search::Seed(3).rng();
        for _ in 0..2_000 {
            let mut window = |longest: i64| {
                let early = rng.range(0, 150);
                Window::new(early, early + rng.range(0, longest))
            };
            let (leaves, opens) = (window(100), window(200));
            let base = rng.range(0, 60);
            let time = longest_leg(&RUSH, base, leaves, opens);
            let departures = || leaves.early..=leaves.late;
            for departs in departures().filter(|departs| departs + time <= opens.late) {
                assert!(arrival(&RUSH, base, departs) <= (departs + time).max(opens.early));
            }
            let is_attained = departures().any(|departs| arrival(&RUSH, base, departs) == departs + time);
            assert!(is_attained, "{base} {leaves:?} {opens:?} {time}");
        }
    }

    #[test]
    fn a_day_with_a_rush_hour() {
        // A stop at 100: 50 done by 50, 20 in the rush until 90, the other 30 at 1.3: 24 more, there at 114 if it
        // leaves at 0 or 1. Back in 77: 191.
        let mut spec = line_spec(&[100]);
        spec.speeds = RUSH.to_vec();
        let plan = solved(&Problem::new(spec.clone()).unwrap());
        let route = &plan.routes[0];
        assert_eq!((route.departs + route.duration, route.departs), (191, 1));
        // A shift until 191 is enough, one until 190 is not.
        spec.vehicle_types[0].shift.late = 191;
        assert_eq!(solved(&Problem::new(spec.clone()).unwrap()).routes.len(), 1);
        spec.vehicle_types[0].shift.late = 190;
        assert_eq!(solved(&Problem::new(spec).unwrap()).routes.len(), 0);
    }
}
