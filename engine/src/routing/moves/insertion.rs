//! Insertion: a waiting stop goes between two neighbours of a route, onto a trip of its own, or onto a new vehicle.
//!
//! Changes the arc (a, b) into (a, v), (v, b); with a reload beside it into (a, depot), (depot, v), (v, b) or
//! (a, v), (v, depot), (depot, b).

use super::super::problem::{Legs, NONE};
use super::super::state::{Measure, State};

/// What stands beside the inserted stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Its neighbours only.
    Nothing,
    /// A reload at this depot before it.
    ReloadBefore(u32),
    /// A reload at this depot after it.
    ReloadAfter(u32),
}

/// Where a stop may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Change of cost, absence apart.
    pub delta: i64,
    /// The route; [`NONE`] for a new one.
    pub route: u32,
    /// Position of the place before it.
    pub after: u32,
    /// Type that drives the route then.
    pub vehicle_type: u32,
    pub beside: Beside,
}

impl Slot {
    /// No place at all.
    pub const NOWHERE: Self =
        Self { delta: i64::MAX, route: NONE, after: 0, vehicle_type: NONE, beside: Beside::Nothing };

    /// Whether there is a place.
    pub fn exists(&self) -> bool {
        self.vehicle_type != NONE
    }
}

/// Keeps in `best` the cheapest way to put `v` before or after the served stop `u`, if it beats what is there.
#[inline]
pub(crate) fn improve_beside(state: &State, v: u32, legs: &Legs, u: u32, sides: [bool; 2], best: &mut Slot) {
    let link = state.link(u);
    let (to, from) = (legs.to(u), legs.from(u));
    if sides[0] {
        let longer = legs.from(link.before) + to - link.leg_in;
        improve_at(state, v, link.route, link.position as usize - 1, longer, best);
    }
    if sides[1] {
        let longer = from + legs.to(link.after) - link.leg_out;
        improve_at(state, v, link.route, link.position as usize, longer, best);
    }
}

/// The same between any two neighbours of a route.
pub(crate) fn improve_after(state: &State, v: u32, legs: &Legs, r: u32, after: usize, best: &mut Slot) {
    let route = &state.routes[r as usize];
    let longer =
        legs.from(route.places[after]) + legs.to(route.places[after + 1]) - (route.run[after + 1] - route.run[after]);
    improve_at(state, v, r, after, longer, best);
}

/// `longer` is how much longer the route gets.
#[inline]
fn improve_at(state: &State, v: u32, r: u32, after: usize, longer: i64, best: &mut Slot) {
    state.note_priced();
    let features = &state.problem.features;
    // Time can only grow where it is priced and travel obeys the triangle, and so do penalties; distance alone decides
    // what is worth a look.
    if state.problem.cheapest_unit * longer < best.delta {
        improve_between(state, v, r, after, longer, best);
    }
    if features.reloads {
        improve_with_reloads(state, v, r, after, best);
    }
}

fn improve_between(state: &State, v: u32, r: u32, after: usize, longer: i64, best: &mut Slot) {
    let problem = state.problem;
    let route = &state.routes[r as usize];
    let unit = problem.vehicle_types()[route.vehicle_type as usize].unit_distance_cost;
    if unit * longer < best.delta || problem.features.mixed_fleet {
        let spare = best.delta.saturating_sub(unit * longer).saturating_add(state.penalty_of(r));
        let mut chain = state.head(r, after, state.allowance(spare));
        chain.visit(v);
        let measure = if chain.may_hold() { chain.tail(route, after + 1) } else { None };
        if let Some(measure) = measure {
            keep(state, r, after, &measure, Beside::Nothing, best);
        }
        if problem.features.mixed_fleet && measure.is_none_or(|m| m.excess > route.measure.excess) {
            improve_with_larger(state, v, r, after, longer, best);
        }
    }
}

fn keep(state: &State, r: u32, after: usize, measure: &Measure, beside: Beside, best: &mut Slot) {
    let route = &state.routes[r as usize];
    let vehicle_type = route.vehicle_type;
    let delta = state.price(vehicle_type, measure) - route.cost;
    if delta < best.delta {
        *best = Slot { delta, route: r, after: after as u32, vehicle_type, beside };
    }
}

/// The stop may fit if a larger vehicle drives the route.
fn improve_with_larger(state: &State, v: u32, r: u32, after: usize, longer: i64, best: &mut Slot) {
    let problem = state.problem;
    let route = &state.routes[r as usize];
    if route.trips() > 1 {
        return;
    }
    let loads = route.loads_with(problem, v, after);
    let guess = Measure { distance: route.measure.distance + longer, ..route.measure };
    let found = state
        .cheapest_type(r, &guess, |capacity| problem.totals.excess(capacity, &loads.first, loads.further.as_ref()));
    let Some((t, cost)) = found else { return };
    if cost - route.cost >= best.delta || t == route.vehicle_type {
        return;
    }
    let mut chain = state.head(r, after, state.allowance(i64::MAX)).driven_by(t);
    chain.visit(v);
    if let Some(measure) = chain.tail(route, after + 1) {
        let delta = state.price(t, &measure) - route.cost;
        if delta < best.delta {
            *best = Slot { delta, route: r, after: after as u32, vehicle_type: t, beside: Beside::Nothing };
        }
    }
}

fn improve_with_reloads(state: &State, v: u32, r: u32, after: usize, best: &mut Slot) {
    let route = &state.routes[r as usize];
    let kind = &state.problem.vehicle_types()[route.vehicle_type as usize];
    if route.trips() as u32 <= kind.max_reloads {
        for &depot in &kind.reload_depots {
            improve_with_reload(state, v, r, after, depot, best);
        }
    }
}

fn improve_with_reload(state: &State, v: u32, r: u32, after: usize, depot: u32, best: &mut Slot) {
    let problem = state.problem;
    let route = &state.routes[r as usize];
    let (a, b) = (route.places[after], route.places[after + 1]);
    let unit = problem.vehicle_types()[route.vehicle_type as usize].unit_distance_cost;
    let present = route.run[after + 1] - route.run[after];
    // A reload may end an overload and its price.
    let bar = best.delta.saturating_add(state.penalty_of(r));
    // Beside a depot one of the two would start an empty trip.
    if !problem.is_depot(a) {
        let longer = problem.distance(a, depot) + problem.distance(depot, v) + problem.distance(v, b) - present;
        if unit * longer < bar {
            let mut chain = state.head(r, after, state.allowance(bar));
            chain.reload(depot);
            chain.visit(v);
            if let Some(measure) = chain.tail(route, after + 1) {
                keep(state, r, after, &measure, Beside::ReloadBefore(depot), best);
            }
        }
    }
    if !problem.is_depot(b) {
        let longer = problem.distance(a, v) + problem.distance(v, depot) + problem.distance(depot, b) - present;
        if unit * longer < bar {
            let mut chain = state.head(r, after, state.allowance(bar));
            chain.visit(v);
            chain.reload(depot);
            if let Some(measure) = chain.tail(route, after + 1) {
                keep(state, r, after, &measure, Beside::ReloadAfter(depot), best);
            }
        }
    }
}

/// Keeps in `best` the cheapest new route for `v` alone, if it beats what is there.
pub(crate) fn improve_on_new(state: &State, v: u32, best: &mut Slot) {
    let problem = state.problem;
    for vehicle_type in 0..problem.vehicle_types().len() as u32 {
        if state.spare_vehicles(vehicle_type) == 0 {
            continue;
        }
        let mut chain = state.fresh(vehicle_type, state.allowance(best.delta));
        chain.visit(v);
        if let Some(measure) = chain.end() {
            let delta = state.price(vehicle_type, &measure);
            if delta < best.delta {
                *best = Slot { delta, route: NONE, after: 0, vehicle_type, beside: Beside::Nothing };
            }
        }
    }
}

/// Puts `v`, which is in no route, where `slot` says.
pub(crate) fn apply(state: &mut State, v: u32, slot: &Slot) {
    let r = if slot.route == NONE { open_route(state, slot.vehicle_type) } else { slot.route };
    let at = slot.after as usize + 1;
    state.edit(r, |vehicle_type, places| {
        *vehicle_type = slot.vehicle_type;
        places.insert(at, v);
        match slot.beside {
            Beside::Nothing => {}
            Beside::ReloadBefore(depot) => places.insert(at, depot),
            Beside::ReloadAfter(depot) => places.insert(at + 1, depot),
        }
    });
}

/// A slot whose next edit finds the two depots of this type.
pub(crate) fn open_route(state: &mut State, vehicle_type: u32) -> u32 {
    let kind = &state.problem.vehicle_types()[vehicle_type as usize];
    let r = state.empty_slot();
    state.prepare(r, vehicle_type, [kind.start, kind.end]);
    r
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{line, state_of};
    use super::*;

    #[test]
    fn between_two_neighbours_costs_the_detour() {
        // Places on a line: depot 0, stops at 10, 20, 30. Route 0-10-30-0 is 60 long; 20 fits between at no cost.
        let problem = line(&[10, 20, 30]);
        let state = state_of(&problem, &[&[1, 3]]);
        let mut best = Slot::NOWHERE;
        improve_after(&state, 2, &problem.legs(2), 0, 1, &mut best);
        assert_eq!((best.delta, best.after), (0, 1));
        // Before 10 it costs 20 + 10 - 10.
        let mut best = Slot::NOWHERE;
        improve_after(&state, 2, &problem.legs(2), 0, 0, &mut best);
        assert_eq!(best.delta, 20);
    }

    #[test]
    fn a_new_route_costs_the_way_there_and_back() {
        let problem = line(&[10, 20]);
        let mut state = state_of(&problem, &[&[1]]);
        let mut best = Slot::NOWHERE;
        improve_on_new(&state, 2, &mut best);
        assert_eq!(best.delta, 40);
        let at = state.bank.iter().position(|&p| p == 2).unwrap();
        state.unbank(at);
        apply(&mut state, 2, &best);
        assert_eq!((state.cost, state.routes[1].places.clone()), (60, vec![0, 2, 0]));
    }
}
