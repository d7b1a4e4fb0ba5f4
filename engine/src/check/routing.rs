//! Verifier of routing plans: drives every route from the problem's own numbers, stop by stop, and adds up its cost.

use super::Breach;
use crate::routing::{CostParts, DIMENSIONS, Plan, Problem, Route, Speed, Stop, Trip, VehicleType, Window};

/// Whether `plan` breaks no rule.
pub fn is_sound(problem: &Problem, plan: &Plan) -> bool {
    check(problem, plan).is_empty()
}

/// Every rule that `plan` breaks; empty for a sound one.
///
/// Rules: `index`, `visit_once`, `fleet`, `allowed`, `capacity`, `pair`, `linehauls_first`, `time_window`, `release`,
/// `shift`, `max_duration`, `max_distance`, `max_stops`, `running`, `break`, `reload`, `empty`, `cost`.
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
        let mut leg = 0;
        for (n, trip) in self.route.trips.iter().enumerate() {
            let release = trip.stops.iter().map(|&s| problem.stops()[s as usize].release).max().unwrap_or(0);
            if n > 0 {
                now = self.drive(here, trip.depot, now, &mut leg, breaches);
            }
            now = now.max(release).max(kind.shift.early);
            now = self.at_depot(now, trip.depot, breaches) + if n > 0 { kind.reload_duration } else { 0 };
            here = trip.depot;
            for (&s, &used) in trip.stops.iter().zip(&trip.windows) {
                let stop = &problem.stops()[s as usize];
                let window = window(stop, used).0;
                now = self.drive(here, self.place(s), now, &mut leg, breaches).max(window.early);
                if now > window.late {
                    breaches.push(self.breach("time_window", format!("stop {s} at {now} after {}", window.late)));
                }
                now += stop.service;
                here = self.place(s);
            }
        }
        now = self.drive(here, kind.end, now, &mut leg, breaches);
        now = self.at_depot(now, kind.end, breaches);
        self.breaks(now, leg, breaches);
        self.duration(now - self.route.departs, breaches);
    }

    /// Drives the next leg with the breaks on it, and counts it.
    fn drive(&self, from: u32, to: u32, departs: i64, leg: &mut u32, breaches: &mut Vec<Breach>) -> i64 {
        let (mut now, mut work) = (departs, 100 * self.problem.duration(from, to));
        for pause in self.route.pauses.iter().filter(|pause| pause.leg == *leg) {
            let Some(rest) = self.kind.breaks.get(pause.which as usize) else { continue };
            if pause.starts < now {
                breaches.push(self.breach("break", format!("{} begins before {now}", pause.which)));
            }
            work = (work - self.work(now, pause.starts)).max(0);
            now = now.max(pause.starts) + rest.duration;
        }
        *leg += 1;
        self.arrival(work, now)
    }

    /// Breaks are taken once, on a leg there is, in their windows, and all that are due are.
    fn breaks(&self, returns: i64, legs: u32, breaches: &mut Vec<Breach>) {
        let pauses = &self.route.pauses;
        for pause in pauses {
            let window = self.kind.breaks.get(pause.which as usize).map(|rest| rest.window);
            let is_in = window.is_some_and(|w| w.early <= pause.starts && pause.starts <= w.late);
            if !is_in || pause.leg >= legs {
                breaches.push(self.breach("break", format!("{pause:?}")));
            }
        }
        for (which, rest) in self.kind.breaks.iter().enumerate() {
            let taken = pauses.iter().filter(|pause| pause.which as usize == which).count();
            let is_due = self.route.departs <= rest.window.late && rest.window.late < returns;
            if taken > 1 || taken == 0 && is_due {
                breaches.push(self.breach("break", format!("{which} taken {taken} times")));
            }
        }
    }

    /// What is done from one moment to another: each does as much as its speed says, in percent.
    fn work(&self, from: i64, to: i64) -> i64 {
        let speeds = self.problem.speeds();
        if speeds.is_empty() {
            return 100 * (to - from).max(0);
        }
        let ends = speeds[1..].iter().map(|next| next.from).chain([i64::MAX]);
        let spent = |(speed, end): (&Speed, i64)| (to.min(end) - from.max(speed.from)).max(0) * speed.percent;
        speeds.iter().zip(ends).map(spent).sum()
    }

    /// The first moment at which work begun at `departs` is done.
    fn arrival(&self, work: i64, departs: i64) -> i64 {
        let (mut early, mut late) = (departs, departs + work);
        while early < late {
            let middle = early + (late - early) / 2;
            if self.work(departs, middle) >= work {
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
mod tests;
