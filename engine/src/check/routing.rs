//! Verifier of routing plans: drives every route from the problem's own numbers, stop by stop, and adds up its cost.

use super::Breach;
use crate::routing::{CostParts, DIMENSIONS, Plan, Problem, Route, Speed, Stop, Trip, VehicleType, Window};

/// Every rule that `plan` breaks; empty for a sound one.
///
/// Rules: `index`, `visit_once`, `fleet`, `allowed`, `capacity`, `pair`, `linehauls_first`, `time_window`, `release`,
/// `shift`, `max_duration`, `max_distance`, `max_stops`, `running`, `reload`, `empty`, `cost`.
pub fn check(problem: &Problem, plan: &Plan) -> Vec<Breach> {
    let mut breaches = Vec::new();
    indices(problem, plan, &mut breaches);
    if !breaches.is_empty() {
        return breaches;
    }
    visits(problem, plan, &mut breaches);
    fleet(problem, plan, &mut breaches);
    running(problem, plan, &mut breaches);
    for (n, route) in plan.routes.iter().enumerate() {
        let kind = &problem.vehicle_types()[route.vehicle_type as usize];
        let view = View { problem, route, kind, name: format!("route {n}") };
        view.loads(&mut breaches);
        view.pairs(&mut breaches);
        view.permissions(&mut breaches);
        view.time(&mut breaches);
        view.distance(&mut breaches);
    }
    cost(problem, plan, &mut breaches);
    breaches
}

/// Indices out of range make everything else meaningless.
fn indices(problem: &Problem, plan: &Plan, breaches: &mut Vec<Breach>) {
    let stops = problem.stops().len();
    for (n, route) in plan.routes.iter().enumerate() {
        let Some(kind) = problem.vehicle_types().get(route.vehicle_type as usize) else {
            breaches.push(Breach::new("index", format!("route {n}: vehicle type {}", route.vehicle_type)));
            continue;
        };
        if route.vehicle >= kind.count {
            breaches.push(Breach::new("fleet", format!("route {n}: vehicle {} of {}", route.vehicle, kind.count)));
        }
        for trip in &route.trips {
            if trip.depot as usize >= problem.depots().len() {
                breaches.push(Breach::new("index", format!("route {n}: depot {}", trip.depot)));
            }
            if trip.windows.len() != trip.stops.len() {
                breaches.push(Breach::new("index", format!("route {n}: {} windows", trip.windows.len())));
            }
            for (&stop, &window) in trip.stops.iter().zip(&trip.windows) {
                let known = problem.stops().get(stop as usize).map_or(0, |s| 1 + s.other_windows.len());
                if window as usize >= known.max(1) {
                    breaches.push(Breach::new("index", format!("route {n}: window {window} of stop {stop}")));
                }
            }
            for &stop in trip.stops.iter().filter(|&&s| s as usize >= stops) {
                breaches.push(Breach::new("index", format!("route {n}: stop {stop}")));
            }
        }
        if route.trips.is_empty() || route.trips.iter().any(|trip| trip.stops.is_empty()) {
            breaches.push(Breach::new("empty", format!("route {n} has a trip without a stop")));
        }
    }
    for unassigned in plan.unassigned.iter().filter(|u| u.stop as usize >= stops) {
        breaches.push(Breach::new("index", format!("unassigned stop {}", unassigned.stop)));
    }
}

/// Each stop is on one route or unassigned, once.
fn visits(problem: &Problem, plan: &Plan, breaches: &mut Vec<Breach>) {
    let mut count = vec![0_u32; problem.stops().len()];
    let on_routes = plan.routes.iter().flat_map(|r| &r.trips).flat_map(|t| &t.stops);
    for &stop in on_routes.chain(plan.unassigned.iter().map(|u| &u.stop)) {
        count[stop as usize] += 1;
    }
    for (stop, &times) in count.iter().enumerate().filter(|&(_, &times)| times != 1) {
        breaches.push(Breach::new("visit_once", format!("stop {stop} appears {times} times")));
    }
}

/// No vehicle drives two routes.
fn fleet(_: &Problem, plan: &Plan, breaches: &mut Vec<Breach>) {
    let mut vehicles: Vec<_> = plan.routes.iter().map(|r| (r.vehicle_type, r.vehicle)).collect();
    vehicles.sort_unstable();
    for pair in vehicles.windows(2).filter(|pair| pair[0] == pair[1]) {
        breaches.push(Breach::new("fleet", format!("vehicle {} of type {} drives twice", pair[0].1, pair[0].0)));
    }
}

/// Every running vehicle drives, its locked stops first and in their first windows.
fn running(problem: &Problem, plan: &Plan, breaches: &mut Vec<Breach>) {
    for (n, vehicle) in problem.running().iter().enumerate() {
        let earlier = problem.running()[..n].iter().filter(|other| other.vehicle_type == vehicle.vehicle_type);
        let own = (vehicle.vehicle_type, earlier.count() as u32);
        let goes_on = |route: &&Route| {
            let trip = &route.trips[0];
            (route.vehicle_type, route.vehicle) == own
                && trip.stops.starts_with(&vehicle.stops)
                && trip.windows[..vehicle.stops.len()].iter().all(|&window| window == 0)
        };
        if !plan.routes.iter().any(|route| goes_on(&route)) {
            breaches.push(Breach::new("running", format!("running {n} does not start with {:?}", vehicle.stops)));
        }
    }
}

/// A window of a stop and its price.
fn window(stop: &Stop, used: u32) -> (Window, i64) {
    match used {
        0 => (stop.window, 0),
        n => (stop.other_windows[n as usize - 1].window, stop.other_windows[n as usize - 1].price),
    }
}

/// One route under the eye of the verifier.
struct View<'a> {
    problem: &'a Problem,
    route: &'a Route,
    kind: &'a VehicleType,
    name: String,
}

impl View<'_> {
    fn breach(&self, rule: &'static str, detail: impl std::fmt::Display) -> Breach {
        Breach::new(rule, format!("{}: {detail}", self.name))
    }

    fn place(&self, stop: u32) -> u32 {
        self.problem.depots().len() as u32 + stop
    }

    /// Drives each trip with everything to deliver on board.
    fn loads(&self, breaches: &mut Vec<Breach>) {
        for (n, trip) in self.route.trips.iter().enumerate() {
            for d in 0..DIMENSIONS {
                let (most, capacity) = (self.most_on_board(trip, d), self.kind.capacity.0[d]);
                if most > capacity {
                    let detail = format!("trip {n}, dimension {d}: {most} above {capacity}");
                    breaches.push(self.breach("capacity", detail));
                }
            }
            self.order_of_backhauls(n, trip, breaches);
        }
    }

    /// Highest load of a trip in one dimension.
    fn most_on_board(&self, trip: &Trip, d: usize) -> i64 {
        let stop = |s: &u32| &self.problem.stops()[*s as usize];
        let mut load: i64 = trip.stops.iter().map(|s| stop(s).delivery.0[d]).sum();
        let mut most = load;
        for s in &trip.stops {
            // A second end hands over before anything is taken on; a first end takes on last.
            load -= stop(s).delivery.0[d] + self.pair_amount(*s, d, |p| p.to);
            load += stop(s).pickup.0[d] + self.pair_amount(*s, d, |p| p.from);
            most = most.max(load);
        }
        most
    }

    fn pair_amount(&self, stop: u32, d: usize, end: fn(&crate::routing::Pair) -> u32) -> i64 {
        if self.problem.pairs().is_empty() {
            return 0;
        }
        self.problem.pairs().iter().filter(|p| end(p) == stop).map(|p| p.amount.0[d]).sum()
    }

    fn order_of_backhauls(&self, n: usize, trip: &Trip, breaches: &mut Vec<Breach>) {
        if !self.problem.linehauls_first() {
            return;
        }
        let is_pickup: Vec<bool> = trip.stops.iter().map(|&s| self.has_pickup(s)).collect();
        if is_pickup.first() == Some(&true) || is_pickup.windows(2).any(|two| two[0] && !two[1]) {
            breaches.push(self.breach("linehauls_first", format!("trip {n}")));
        }
    }

    fn has_pickup(&self, stop: u32) -> bool {
        self.problem.stops()[stop as usize].pickup.0.iter().any(|&amount| amount > 0)
    }

    fn pairs(&self, breaches: &mut Vec<Breach>) {
        for pair in self.problem.pairs() {
            for (n, trip) in self.route.trips.iter().enumerate() {
                let at = |stop: u32| trip.stops.iter().position(|&s| s == stop);
                match (at(pair.from), at(pair.to)) {
                    (None, None) => {}
                    (Some(from), Some(to)) if from < to => {}
                    _ => breaches.push(self.breach("pair", format!("trip {n}: {} before {}", pair.from, pair.to))),
                }
            }
        }
    }

    fn permissions(&self, breaches: &mut Vec<Breach>) {
        let trips = &self.route.trips;
        if trips[0].depot != self.kind.start {
            breaches.push(self.breach("reload", format!("starts at depot {}", trips[0].depot)));
        }
        if trips.len() as u64 > u64::from(self.kind.max_reloads) + 1 {
            breaches.push(self.breach("reload", format!("{} trips", trips.len())));
        }
        let stops = trips.iter().map(|trip| trip.stops.len()).sum::<usize>();
        if stops as u64 > u64::from(self.kind.max_stops) {
            breaches.push(self.breach("max_stops", format!("{stops} above {}", self.kind.max_stops)));
        }
        for trip in trips[1..].iter().filter(|t| !self.kind.reload_depots.contains(&t.depot)) {
            breaches.push(self.breach("reload", format!("at depot {}", trip.depot)));
        }
        if let Some(serves) = &self.kind.serves {
            for stop in trips.iter().flat_map(|t| &t.stops).filter(|&&s| !serves[s as usize]) {
                breaches.push(self.breach("allowed", format!("stop {stop}")));
            }
        }
    }

    /// Leaves at the plan's departure and never starts anything before it may.
    fn time(&self, breaches: &mut Vec<Breach>) {
        let (problem, kind) = (self.problem, self.kind);
        let mut now = self.route.departs;
        if now < kind.shift.early || now > kind.shift.late {
            breaches.push(self.breach("shift", format!("departs at {now}")));
        }
        let mut here = kind.start;
        for (n, trip) in self.route.trips.iter().enumerate() {
            let release = trip.stops.iter().map(|&s| problem.stops()[s as usize].release).max().unwrap_or(0);
            if n > 0 {
                now = self.arrival(here, trip.depot, now);
            }
            now = now.max(release).max(kind.shift.early);
            now = self.at_depot(now, trip.depot, breaches) + if n > 0 { kind.reload_duration } else { 0 };
            here = trip.depot;
            for (&s, &used) in trip.stops.iter().zip(&trip.windows) {
                let stop = &problem.stops()[s as usize];
                let window = window(stop, used).0;
                now = self.arrival(here, self.place(s), now).max(window.early);
                if now > window.late {
                    breaches.push(self.breach("time_window", format!("stop {s} at {now} after {}", window.late)));
                }
                now += stop.service;
                here = self.place(s);
            }
        }
        now = self.at_depot(self.arrival(here, kind.end, now), kind.end, breaches);
        self.duration(now - self.route.departs, breaches);
    }

    /// The first moment at which the leg's work is done; each moment does as much as its speed says.
    fn arrival(&self, from: u32, to: u32, departs: i64) -> i64 {
        let (speeds, base) = (self.problem.speeds(), self.problem.duration(from, to));
        if speeds.is_empty() {
            return departs + base;
        }
        let done = |by: i64| -> i64 {
            let ends = speeds[1..].iter().map(|next| next.from).chain([i64::MAX]);
            let spent = |(speed, end): (&Speed, i64)| (by.min(end) - departs.max(speed.from)).max(0) * speed.percent;
            speeds.iter().zip(ends).map(spent).sum()
        };
        let (mut early, mut late) = (departs, departs + 100 * base);
        while early < late {
            let middle = early + (late - early) / 2;
            if done(middle) >= 100 * base {
                late = middle;
            } else {
                early = middle + 1;
            }
        }
        early
    }

    /// Waits for the depot to open; late if it has closed.
    fn at_depot(&self, now: i64, depot: u32, breaches: &mut Vec<Breach>) -> i64 {
        let window = self.problem.depots()[depot as usize].window;
        let late = window.late.min(self.kind.shift.late);
        if now > late {
            breaches.push(self.breach("shift", format!("depot {depot} at {now} after {late}")));
        }
        now.max(window.early)
    }

    fn duration(&self, taken: i64, breaches: &mut Vec<Breach>) {
        if taken > self.kind.max_duration {
            breaches.push(self.breach("max_duration", format!("{taken} above {}", self.kind.max_duration)));
        }
        if taken != self.route.duration {
            breaches.push(self.breach("cost", format!("takes {taken}, claims {}", self.route.duration)));
        }
    }

    fn distance(&self, breaches: &mut Vec<Breach>) {
        let stops = |trip: &Trip| trip.stops.iter().map(|&s| self.place(s)).collect::<Vec<_>>();
        let mut places: Vec<u32> = Vec::new();
        for trip in &self.route.trips {
            places.push(trip.depot);
            places.extend(stops(trip));
        }
        places.push(self.kind.end);
        let driven: i64 = places.windows(2).map(|leg| self.problem.distance(leg[0], leg[1])).sum();
        if driven != self.route.distance {
            breaches.push(self.breach("cost", format!("drives {driven}, claims {}", self.route.distance)));
        }
        if driven > self.kind.max_distance {
            breaches.push(self.breach("max_distance", format!("{driven} above {}", self.kind.max_distance)));
        }
    }
}

fn cost(problem: &Problem, plan: &Plan, breaches: &mut Vec<Breach>) {
    let mut parts = CostParts::default();
    for route in &plan.routes {
        let kind = &problem.vehicle_types()[route.vehicle_type as usize];
        parts.fixed += kind.fixed_cost;
        parts.distance += kind.unit_distance_cost * route.distance;
        parts.duration += kind.unit_duration_cost * route.duration;
        parts.overtime += kind.unit_overtime_cost * (route.duration - kind.regular_duration).max(0);
        for (&stop, &used) in route.trips.iter().flat_map(|t| t.stops.iter().zip(&t.windows)) {
            parts.windows += window(&problem.stops()[stop as usize], used).1;
        }
    }
    let missed = plan.unassigned.iter().filter_map(|u| problem.stops()[u.stop as usize].prize);
    parts.missed_prizes = missed.sum();
    if parts != plan.cost {
        breaches.push(Breach::new("cost", format!("is {parts:?}, claims {:?}", plan.cost)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{Depot, Load, Matrix, Plane, PricedWindow, Rounding, Running, Spec};

    /// Stops at 10 and 20 on a line, ten units and a parcel each, windows [0, 15] and [0, 100]; one vehicle for 15 units and
    /// one parcel, two trips.
    fn spec() -> Spec {
        let points = vec![[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]];
        let stop =
            |late| Stop { delivery: Load([10, 1, 0, 0]), window: Window::new(0, late), release: 0, ..Stop::default() };
        Spec {
            depots: vec![Depot { window: Window::new(0, 100) }],
            stops: vec![stop(15), stop(100)],
            pairs: vec![],
            vehicle_types: vec![VehicleType {
                capacity: Load([15, 1, 0, 0]),
                reload_depots: vec![0],
                max_reloads: 1,
                ..VehicleType::default()
            }],
            distance: Matrix::of_plane(Plane::new(points, 1.0, Rounding::Nearest)),
            ..Spec::default()
        }
    }

    fn problem() -> Problem {
        Problem::new(spec()).unwrap()
    }

    fn plan(trips: &[&[u32]], distance: i64) -> Plan {
        let trips =
            trips.iter().map(|stops| Trip { depot: 0, stops: stops.to_vec(), windows: vec![0; stops.len()] }).collect();
        let route = Route { vehicle_type: 0, vehicle: 0, trips, distance, duration: distance, departs: 0 };
        let cost = CostParts { distance, ..CostParts::default() };
        Plan { routes: vec![route], cost, ..Plan::default() }
    }

    fn rules(plan: &Plan) -> Vec<&'static str> {
        check(&problem(), plan).iter().map(|b| b.rule).collect()
    }

    #[test]
    fn two_trips_hold_one_is_too_heavy_and_the_wrong_order_too_late() {
        assert!(rules(&plan(&[&[0], &[1]], 60)).is_empty());
        assert_eq!(rules(&plan(&[&[0, 1]], 40)), ["capacity", "capacity"]);
        assert_eq!(rules(&plan(&[&[1], &[0]], 60)), ["time_window"]);
    }

    #[test]
    fn a_window_that_is_used_is_paid() {
        let mut spec = spec();
        spec.stops[0].other_windows = vec![PricedWindow { window: Window::new(16, 90), price: 5 }];
        let problem = Problem::new(spec).unwrap();
        let mut plan = plan(&[&[1], &[0]], 60);
        let rules = |plan: &Plan| check(&problem, plan).iter().map(|b| b.rule).collect::<Vec<_>>();
        assert_eq!(rules(&plan), ["time_window"]);
        plan.routes[0].trips[1].windows = vec![1];
        assert_eq!(rules(&plan), ["cost"]);
        plan.cost.windows = 5;
        assert!(rules(&plan).is_empty());
        plan.routes[0].trips[1].windows = vec![2];
        assert_eq!(rules(&plan), ["index"]);
    }

    #[test]
    fn stops_are_counted_over_the_day_and_overtime_is_paid() {
        let mut spec = spec();
        (spec.vehicle_types[0].regular_duration, spec.vehicle_types[0].unit_overtime_cost) = (50, 3);
        let mut plan = plan(&[&[0], &[1]], 60);
        let rules = |spec: &Spec, plan: &Plan| {
            check(&Problem::new(spec.clone()).unwrap(), plan).iter().map(|b| b.rule).collect::<Vec<_>>()
        };
        assert_eq!(rules(&spec, &plan), ["cost"]);
        plan.cost.overtime = 30;
        assert!(rules(&spec, &plan).is_empty());
        spec.vehicle_types[0].max_stops = 1;
        assert_eq!(rules(&spec, &plan), ["max_stops"]);
    }

    #[test]
    fn running_vehicles_go_on() {
        let mut spec = spec();
        spec.running = vec![Running { vehicle_type: 0, stops: vec![1] }];
        spec.stops[0].window.late = 100;
        let problem = Problem::new(spec).unwrap();
        let rules = |plan: &Plan| check(&problem, plan).iter().map(|b| b.rule).collect::<Vec<_>>();
        assert!(rules(&plan(&[&[1], &[0]], 60)).is_empty());
        assert_eq!(rules(&plan(&[&[0], &[1]], 60)), ["running"]);
    }

    #[test]
    fn lies_and_omissions_are_found() {
        assert_eq!(rules(&plan(&[&[0], &[1]], 50)), ["cost", "cost"]);
        assert_eq!(rules(&plan(&[&[0]], 20)), ["visit_once"]);
        assert_eq!(rules(&plan(&[&[7]], 20)), ["index"]);
    }
}
