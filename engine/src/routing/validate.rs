//! What makes a spec unsound; every fault at once.

use super::breaks::MOST_BREAKS;
use super::load::{DIMENSIONS, Load};
use super::matrix::Matrix;
use super::segment::NO_LIMIT;
use super::spec::{Break, Pair, Spec, Stop, VehicleType, Window};
use crate::fault::Fault;

/// Amounts above this could overflow when summed over a plan.
const LARGEST: i64 = 1_000_000_000_000_000;

/// All faults of `spec`, in the order of its fields.
pub(super) fn faults(spec: &Spec) -> Vec<Fault> {
    let mut list = Faults(Vec::new());
    list.require(!spec.depots.is_empty(), "problem", "depots", 0, "at least one depot");
    list.require(!spec.vehicle_types.is_empty(), "problem", "vehicle_types", 0, "at least one vehicle type");
    for (n, depot) in spec.depots.iter().enumerate() {
        list.window(&format!("depot {n}"), "window", depot.window);
    }
    for (n, stop) in spec.stops.iter().enumerate() {
        list.stop(&format!("stop {n}"), stop);
    }
    list.pairs(&spec.pairs, spec.stops.len());
    for (n, vehicle_type) in spec.vehicle_types.iter().enumerate() {
        list.vehicle_type(&format!("vehicle type {n}"), vehicle_type, spec);
    }
    list.0.extend(super::running::faults(spec));
    let places = spec.depots.len() + spec.stops.len();
    list.matrix("distance", &spec.distance, places);
    if let Some(duration) = &spec.duration {
        list.matrix("duration", duration, places);
    }
    list.speeds(spec);
    list.sums(spec);
    list.0
}

struct Faults(Vec<Fault>);

impl Faults {
    fn require(&mut self, holds: bool, at: &str, field: &str, value: impl std::fmt::Display, rule: &str) {
        if !holds {
            self.0.push(Fault::new(at, field, value, rule));
        }
    }

    fn amount(&mut self, at: &str, field: &str, value: i64) {
        self.require((0..=LARGEST).contains(&value), at, field, value, "must be from 0 to 10^15");
    }

    fn load(&mut self, at: &str, field: &str, load: Load) {
        for (d, &amount) in load.0.iter().enumerate() {
            self.amount(at, &dimension(field, d), amount);
        }
    }

    fn limit(&mut self, at: &str, field: &str, value: i64) {
        self.require((0..=NO_LIMIT).contains(&value), at, field, value, "must be from 0 to NO_LIMIT (2^60)");
    }

    fn window(&mut self, at: &str, field: &str, window: Window) {
        let text = format!("[{}, {}]", window.early, window.late);
        self.require(window.early <= window.late, at, field, &text, "must not end before it starts");
        self.require(window.early >= 0 && window.early <= LARGEST, at, field, &text, "must start from 0 to 10^15");
        self.require(window.late <= NO_LIMIT, at, field, &text, "must end by NO_LIMIT (2^60)");
    }

    fn stop(&mut self, at: &str, stop: &Stop) {
        self.load(at, "delivery", stop.delivery);
        self.load(at, "pickup", stop.pickup);
        self.amount(at, "service", stop.service);
        self.amount(at, "release", stop.release);
        self.amount(at, "prize", stop.prize.unwrap_or(0));
        self.require(stop.priority <= 100, at, "priority", stop.priority, "must be from 0 to 100");
        self.window(at, "window", stop.window);
        for (n, other) in stop.other_windows.iter().enumerate() {
            self.window(at, &format!("other_windows[{n}]"), other.window);
            self.amount(at, &format!("other_windows[{n}].price"), other.price);
        }
    }

    fn pairs(&mut self, pairs: &[Pair], stops: usize) {
        let mut owner = vec![None; stops];
        for (n, pair) in pairs.iter().enumerate() {
            let at = format!("pair {n}");
            self.load(&at, "amount", pair.amount);
            self.require(pair.from != pair.to, &at, "to", pair.to, "must differ from the stop it comes from");
            for (field, stop) in [("from", pair.from), ("to", pair.to)] {
                match owner.get_mut(stop as usize) {
                    None => self.require(false, &at, field, stop, "must be a stop of the problem"),
                    Some(owner) => {
                        self.require(owner.is_none_or(|o| o == n), &at, field, stop, "is in another pair already");
                        *owner = Some(n);
                    }
                }
            }
        }
    }

    fn vehicle_type(&mut self, at: &str, t: &VehicleType, spec: &Spec) {
        for (field, depot) in [("start", t.start), ("end", t.end)] {
            self.require((depot as usize) < spec.depots.len(), at, field, depot, "must be a depot of the problem");
        }
        for &depot in &t.reload_depots {
            self.require(
                (depot as usize) < spec.depots.len(),
                at,
                "reload_depots",
                depot,
                "must be depots of the problem",
            );
        }
        for (d, &capacity) in t.capacity.0.iter().enumerate() {
            self.limit(at, &dimension("capacity", d), capacity);
        }
        self.limit(at, "max_duration", t.max_duration);
        self.limit(at, "max_distance", t.max_distance);
        self.amount(at, "fixed_cost", t.fixed_cost);
        self.amount(at, "unit_distance_cost", t.unit_distance_cost);
        self.limit(at, "regular_duration", t.regular_duration);
        self.amount(at, "unit_duration_cost", t.unit_duration_cost);
        self.amount(at, "unit_overtime_cost", t.unit_overtime_cost);
        self.require(t.max_stops > 0, at, "max_stops", t.max_stops, "must be at least 1");
        self.amount(at, "reload_duration", t.reload_duration);
        self.window(at, "shift", t.shift);
        self.breaks(at, &t.breaks);
        if let Some(serves) = &t.serves {
            self.require(serves.len() == spec.stops.len(), at, "serves", serves.len(), "must have one flag a stop");
        }
    }

    fn breaks(&mut self, at: &str, breaks: &[Break]) {
        self.require(breaks.len() <= MOST_BREAKS, at, "breaks", breaks.len(), "must be at most 4");
        for (n, rest) in breaks.iter().enumerate() {
            let field = format!("breaks[{n}]");
            self.window(at, &field, rest.window);
            self.amount(at, &format!("{field}.duration"), rest.duration);
            let is_later = n == 0 || rest.window.late >= breaks[n - 1].window.late;
            self.require(is_later, at, &field, rest.window.late, "must not end before the break listed before it");
        }
    }

    fn matrix(&mut self, name: &str, matrix: &Matrix, places: usize) {
        self.require(matrix.size() == places, name, "size", matrix.size(), "must be the number of depots and stops");
        self.require(matrix.smallest() >= 0, name, "entry", matrix.smallest(), "must not be negative");
    }

    fn speeds(&mut self, spec: &Spec) {
        let first = spec.speeds.first().map_or(0, |speed| speed.from);
        self.require(first == 0, "speed 0", "from", first, "must be 0");
        for (n, speed) in spec.speeds.iter().enumerate() {
            let at = format!("speed {n}");
            self.require(
                (1..=10_000).contains(&speed.percent),
                &at,
                "percent",
                speed.percent,
                "must be from 1 to 10,000",
            );
            self.amount(&at, "from", speed.from);
            let is_later = n == 0 || speed.from > spec.speeds[n - 1].from;
            self.require(is_later, &at, "from", speed.from, "must be later than the speed before");
        }
    }

    /// No plan's cost, distance or time may leave 63 bits, penalties included.
    fn sums(&mut self, spec: &Spec) {
        let legs = 2 * (spec.stops.len() as i128 + 2);
        let distance = i128::from(spec.distance.largest());
        let duration = spec.duration.as_ref().map_or(distance, |d| d.largest().into());
        // At 1 percent at worst.
        let duration = if spec.speeds.is_empty() { duration } else { 100 * duration };
        let service: i128 = spec.stops.iter().map(|s| i128::from(s.service)).sum();
        let unit =
            |of: fn(&VehicleType) -> i64| spec.vehicle_types.iter().map(|t| i128::from(of(t))).max().unwrap_or(0);
        let unit_duration = unit(|t| t.unit_duration_cost) + unit(|t| t.unit_overtime_cost);
        let leg_cost = unit(|t| t.unit_distance_cost) * distance + unit_duration * duration;
        let prizes: i128 = spec.stops.iter().map(|s| i128::from(s.prize.unwrap_or(0))).sum();
        let latest =
            spec.stops.iter().map(|s| i128::from(s.latest_start().max(s.release) + s.service)).max().unwrap_or(0);
        let rest = |t: &VehicleType| t.breaks.iter().map(|b| i128::from(b.duration) + i128::from(b.window.early)).sum();
        let breaks: i128 = spec.vehicle_types.iter().map(rest).max().unwrap_or(0);
        let horizon = legs * duration + service + latest + breaks;
        let waiting = unit_duration * (latest + breaks);
        let window = spec.stops.iter().map(|s| i128::from(s.dearest_window())).max().unwrap_or(0);
        let weight = 10 + spec.stops.iter().map(|s| i128::from(s.priority)).max().unwrap_or(0);
        // The price of an absent stop is (10 + priority) x (fixed + 4 x leg and waiting + window); all may be absent.
        let cost = weight * legs * (unit(|t| t.fixed_cost) + 4 * (leg_cost + waiting) + window) + prizes;
        let cost = cost + unit_duration * horizon;
        let largest = i128::from(NO_LIMIT / 2);
        self.require(
            cost < largest,
            "problem",
            "cost",
            cost,
            "of the worst plan must stay below 2^59: use coarser units",
        );
        self.require(horizon < largest, "problem", "time", horizon, "of the longest plan must stay below 2^59");
        for d in 0..DIMENSIONS {
            let of = |load: &Load| i128::from(load.0[d]);
            let load: i128 = spec.stops.iter().map(|s| of(&s.delivery) + of(&s.pickup)).sum();
            let load = load + spec.pairs.iter().map(|p| of(&p.amount)).sum::<i128>();
            let field = dimension("load", d);
            self.require(load < largest, "problem", &field, load, "of all stops must stay below 2^59");
        }
    }
}

/// A load's field: its name alone for the first dimension.
fn dimension(field: &str, d: usize) -> String {
    if d == 0 { field.to_owned() } else { format!("{field}[{d}]") }
}

#[cfg(test)]
mod tests {
    use super::super::problem::Problem;
    use super::super::spec::{Depot, PricedWindow};
    use super::*;

    #[test]
    fn every_fault_is_reported_at_once() {
        let spec = Spec {
            depots: vec![Depot { window: Window::new(9, 3) }],
            stops: vec![Stop {
                delivery: Load([-1, 0, -3, 0]),
                priority: 101,
                other_windows: vec![PricedWindow { window: Window::new(5, 4), price: -2 }],
                ..Stop::default()
            }],
            pairs: vec![Pair { from: 0, to: 7, amount: 1.into() }],
            vehicle_types: vec![VehicleType {
                start: 4,
                max_stops: 0,
                breaks: vec![Break { window: Window::new(0, 9), duration: -1 }],
                serves: Some(vec![]),
                ..VehicleType::default()
            }],
            distance: Matrix::dense(3, vec![0; 9]),
            ..Spec::default()
        };
        let faults = Problem::new(spec).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "window",
                "delivery",
                "delivery[2]",
                "priority",
                "other_windows[0]",
                "other_windows[0].price",
                "to",
                "start",
                "max_stops",
                "breaks[0].duration",
                "serves",
                "size"
            ]
        );
    }

    #[test]
    fn sums_that_would_overflow_are_refused() {
        let spec = Spec {
            depots: vec![Depot { window: Window::ALWAYS }],
            stops: vec![Stop::default(); 2],
            pairs: vec![],
            vehicle_types: vec![VehicleType { unit_distance_cost: 1 << 40, ..VehicleType::default() }],
            distance: Matrix::dense(3, vec![1 << 40; 9]),
            ..Spec::default()
        };
        assert_eq!(Problem::new(spec).unwrap_err()[0].field, "cost");
    }
}
