//! From the search's places to a plan in the caller's terms, and why a stop is left out.

use super::breaks;
use super::plan::{CostParts, Pause, Plan, Reason, Route, Trip, Unassigned};
use super::problem::{NONE, Problem};
use super::speeds;
use super::state::{Chain, Ink, State};

/// Type and places of each route slot.
pub(crate) type Contents = Vec<(u32, Vec<u32>)>;

/// The best plan seen.
#[derive(Clone, Debug)]
pub(crate) struct Best {
    pub cost: i64,
    routes: Contents,
}

impl Default for Best {
    fn default() -> Self {
        Self { cost: i64::MAX, routes: Vec::new() }
    }
}

impl Best {
    /// A plan put together from parts.
    pub fn of(cost: i64, routes: Contents) -> Self {
        Self { cost, routes }
    }

    /// Its route slots, unused ones too.
    pub fn routes(&self) -> &Contents {
        &self.routes
    }

    /// Nothing seen yet.
    pub fn forget(&mut self) {
        self.cost = i64::MAX;
    }

    /// Goes back to the best routes; no more vehicles than they use may drive from now on.
    pub fn restore(&self, state: &mut State) {
        state.begin();
        let problem = state.problem;
        for (r, (vehicle_type, places)) in self.routes.iter().enumerate() {
            state.replace(r as u32, *vehicle_type, places);
        }
        for r in self.routes.len()..state.routes.len() {
            state.replace(r as u32, 0, &[]);
        }
        let mut is_served = vec![false; problem.places()];
        let served = self.routes.iter().flat_map(|(_, places)| places);
        served.for_each(|&p| is_served[problem.first_place(p) as usize] = true);
        let waits = |&p: &u32| !is_served[p as usize] && can_be_served(problem, p);
        state.refill_bank(problem.stop_places().filter(waits).collect());
        state.limit.clone_from(&state.used);
    }

    /// Takes over what changed since the last call.
    pub fn keep(&mut self, state: &mut State) {
        self.cost = state.cost;
        self.routes.resize(state.routes.len(), (0, Vec::new()));
        for r in state.take_dirty() {
            let (vehicle_type, places) = &mut self.routes[r as usize];
            *vehicle_type = state.routes[r as usize].vehicle_type;
            places.clone_from(&state.routes[r as usize].places);
        }
    }
}

/// The plan of the best routes.
pub(crate) fn plan(problem: &Problem, best: &Best) -> Plan {
    let mut used = vec![0; problem.vehicle_types().len()];
    let mut is_served = vec![false; problem.stops().len()];
    let mut plan = Plan::default();
    for (vehicle_type, places) in best.routes.iter().filter(|(_, places)| !places.is_empty()) {
        let route = route(problem, *vehicle_type, places, &mut used);
        for &stop in route.trips.iter().flat_map(|trip| &trip.stops) {
            is_served[stop as usize] = true;
        }
        add_cost(problem, &route, &mut plan.cost);
        plan.cost.windows += places.iter().map(|&p| problem.window_price(p)).sum::<i64>();
        plan.routes.push(route);
    }
    plan.routes.sort_by_key(|route| (route.vehicle_type, route.vehicle));
    for stop in (0..problem.stops().len() as u32).filter(|&s| !is_served[s as usize]) {
        plan.unassigned.push(Unassigned { stop, reason: reason(problem, stop) });
        plan.cost.missed_prizes += problem.stops()[stop as usize].prize.unwrap_or(0);
    }
    plan
}

/// A route in the caller's terms; `used` counts the vehicles of each type.
pub(super) fn route(problem: &Problem, vehicle_type: u32, places: &[u32], used: &mut [u32]) -> Route {
    let sums = super::state::Route::of(problem, vehicle_type, places);
    let mut trips = Vec::new();
    for &place in &places[..places.len() - 1] {
        if problem.is_depot(place) {
            trips.push(Trip { depot: place, stops: Vec::new(), windows: Vec::new() });
        } else if let Some(trip) = trips.last_mut() {
            trip.stops.push(problem.stop_of(place));
            trip.windows.push(problem.window_of(place));
        }
    }
    let vehicle = used[vehicle_type as usize];
    used[vehicle_type as usize] += 1;
    let mut departs = if problem.features.timed { sums.whole().late } else { 0 };
    let mut duration = duration(problem, &sums);
    if !problem.speeds().is_empty() {
        let (leaves, returns) = speeds::drive(problem, &sums.visits(problem), places, sums.whole().early);
        (departs, duration) = (leaves, returns - leaves);
    }
    let mut pauses = Vec::new();
    if !problem.vehicle_types()[vehicle_type as usize].breaks.is_empty() {
        let drive = breaks::drive(problem, vehicle_type, places, true);
        (departs, duration) = (drive.departs, drive.returns - drive.departs);
        let pause = |(which, taken): (u32, Option<(u32, i64)>)| taken.map(|(leg, starts)| Pause { which, starts, leg });
        pauses.extend((0..).zip(drive.taken).filter_map(pause));
    }
    Route { vehicle_type, vehicle, trips, distance: sums.measure.distance, duration, departs, pauses }
}

/// The search skips time where nothing depends on it; the plan tells it all the same.
fn duration(problem: &Problem, route: &super::state::Route) -> i64 {
    if problem.features.timed {
        return route.measure.duration;
    }
    let travel: i64 = route.places.windows(2).map(|leg| problem.duration(leg[0], leg[1])).sum();
    let service: i64 = route.places.iter().map(|&p| problem.visits[p as usize].duration).sum();
    let reload = problem.vehicle_types()[route.vehicle_type as usize].reload_duration;
    travel + service + reload * (route.trips() as i64 - 1)
}

fn add_cost(problem: &Problem, route: &Route, cost: &mut CostParts) {
    let kind = &problem.vehicle_types()[route.vehicle_type as usize];
    cost.fixed += kind.fixed_cost;
    cost.distance += kind.unit_distance_cost * route.distance;
    cost.duration += kind.unit_duration_cost * route.duration;
    cost.overtime += problem.overtime_cost(route.vehicle_type, route.duration);
}

/// Whether some vehicle could serve a place on a route of its own (a pickup that needs a delivery before it counts as if
/// it did).
pub(crate) fn can_be_served(problem: &Problem, place: u32) -> bool {
    let types = 0..problem.vehicle_types().len() as u32;
    types.into_iter().any(|t| holds_alone(problem, t, place))
}

fn holds_alone(problem: &Problem, vehicle_type: u32, place: u32) -> bool {
    if problem.vehicle_types()[vehicle_type as usize].count == 0 {
        return false;
    }
    let mut ends = ends(problem, place);
    let (Some(first), second) = (ends.next(), ends.next()) else { return false };
    let ink = Ink::default();
    let alone = Chain::start(problem, vehicle_type, &ink).in_any_order();
    problem.alternatives(first).any(|place| {
        let mut chain = alone;
        chain.visit(place);
        let Some(second) = second else { return chain.end().is_some() };
        problem.alternatives(second).any(|place| {
            let mut chain = chain;
            chain.visit(place);
            chain.end().is_some()
        })
    })
}

/// The place, or both ends of its pair in order.
fn ends(problem: &Problem, place: u32) -> impl Iterator<Item = u32> {
    let partner = problem.partner[place as usize];
    let order = if partner == NONE {
        [place, NONE]
    } else if problem.is_second_end(place) {
        [partner, place]
    } else {
        [place, partner]
    };
    order.into_iter().filter(|&p| p != NONE)
}

fn reason(problem: &Problem, stop: u32) -> Reason {
    let place = problem.place(stop);
    let kinds = problem.vehicle_types();
    let may = |t: &u32| kinds[*t as usize].count > 0 && ends(problem, place).all(|p| problem.may_serve(*t, p));
    let able: Vec<u32> = (0..kinds.len() as u32).filter(may).collect();
    if able.is_empty() {
        return Reason::NoVehicleMayServe;
    }
    let loads = ends(problem, place).map(|p| problem.loads_at(p)).reduce(|a, b| a.merge(&b)).unwrap_or_default();
    let excess = |t: u32| problem.totals.excess(&kinds[t as usize].capacity, &loads.first, loads.further.as_ref());
    if able.iter().all(|&t| excess(t) > 0) {
        return Reason::AboveEveryCapacity;
    }
    if !able.iter().any(|&t| holds_alone(problem, t, place)) {
        return Reason::WindowUnreachable;
    }
    if !problem.is_required(place) {
        return Reason::NotWorthItsPrize;
    }
    if problem.linehauls_first() && problem.is_backhaul(place) {
        Reason::NoDeliveryBeforeIt
    } else {
        Reason::NoVehicleLeft
    }
}
