//! Insertion of a pair: both ends go into one trip, the second after the first.
//!
//! Changes one arc per end, or the arc (a, b) into (a, p), (p, d), (d, b). All position pairs of a trip are looked at: a
//! chain grows by one visit for each later position of the second end, so that each costs O(1), and is priced where distance
//! leaves a gain.

use super::super::problem::{Legs, NONE};
use super::super::state::{Chain, Route, State};

/// Where a pair may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PairSlot {
    /// Change of cost, absence apart.
    pub delta: i64,
    /// The route; [`NONE`] for a new one.
    pub route: u32,
    /// Position of the place before the first end.
    pub first_after: u32,
    /// Position, in the present route, of the place before the second end.
    pub second_after: u32,
    /// Type that drives the route then.
    pub vehicle_type: u32,
    /// A reload before the first end, for a trip of the pair's own at the end of the day; else [`NONE`].
    pub reload: u32,
}

impl PairSlot {
    /// No place at all.
    pub const NOWHERE: Self =
        Self { delta: i64::MAX, route: NONE, first_after: 0, second_after: 0, vehicle_type: NONE, reload: NONE };

    /// Whether there is a place.
    pub fn exists(&self) -> bool {
        self.vehicle_type != NONE
    }
}

/// Keeps in `best` the cheapest way to put the pair `p`, `d` into route `r`; `skip` leaves out first positions at random.
pub(crate) fn improve_in(state: &State, p: u32, d: u32, r: u32, mut skip: impl FnMut() -> bool, best: &mut PairSlot) {
    let problem = state.problem;
    let route = &state.routes[r as usize];
    let unit = problem.vehicle_types()[route.vehicle_type as usize].unit_distance_cost;
    let allowance = state.allowance(best.delta.saturating_add(state.penalty_of(r)));
    let legs = [p, d].map(|end| problem.legs(end));
    for first in 0..route.places.len() - 1 {
        if skip() {
            continue;
        }
        // As in insertion, distance alone decides what is worth a look: neither end makes a route shorter.
        let longer = unit * detour(route, &legs[0], first);
        if longer >= best.delta.saturating_add(state.penalty_of(r)) {
            state.note_priced();
            continue;
        }
        let mut chain = state.head(r, first, allowance);
        chain.visit(p);
        if chain.may_hold() {
            grow(state, chain, &legs[1], (d, unit, longer), r, first, best);
        }
    }
    improve_with_own_trip(state, p, d, r, best);
}

/// How much longer a route gets by a stop after a position.
#[inline]
fn detour(route: &Route, legs: &Legs, after: usize) -> i64 {
    legs.from(route.places[after]) + legs.to(route.places[after + 1]) - (route.run[after + 1] - route.run[after])
}

fn grow(
    state: &State,
    mut chain: Chain,
    legs: &Legs,
    (d, unit, longer): (u32, i64, i64),
    r: u32,
    first: usize,
    best: &mut PairSlot,
) {
    let problem = state.problem;
    let route = &state.routes[r as usize];
    for second in first..route.places.len() - 1 {
        state.note_priced();
        if second > first {
            if problem.is_depot(route.places[second]) {
                return;
            }
            chain.visit(route.places[second]);
            if !chain.may_hold() {
                return;
            }
            let longer = longer + unit * detour(route, legs, second);
            if longer >= best.delta.saturating_add(state.penalty_of(r)) {
                continue;
            }
        }
        let mut whole = chain;
        whole.visit(d);
        if !whole.may_hold() {
            continue;
        }
        if let Some(measure) = whole.tail(route, second + 1) {
            let delta = state.price(route.vehicle_type, &measure) - route.cost;
            if delta < best.delta {
                *best = PairSlot {
                    delta,
                    route: r,
                    first_after: first as u32,
                    second_after: second as u32,
                    vehicle_type: route.vehicle_type,
                    reload: NONE,
                };
            }
        }
    }
}

fn improve_with_own_trip(state: &State, p: u32, d: u32, r: u32, best: &mut PairSlot) {
    let problem = state.problem;
    let route = &state.routes[r as usize];
    let kind = &problem.vehicle_types()[route.vehicle_type as usize];
    if route.trips() as u32 > kind.max_reloads {
        return;
    }
    let last = route.places.len() - 2;
    let allowance = state.allowance(best.delta.saturating_add(state.penalty_of(r)));
    for &depot in &kind.reload_depots {
        let mut chain = state.head(r, last, allowance);
        chain.reload(depot);
        chain.visit(p);
        chain.visit(d);
        let Some(measure) = chain.tail(route, last + 1) else { continue };
        let delta = state.price(route.vehicle_type, &measure) - route.cost;
        if delta < best.delta {
            let at = last as u32;
            let vehicle_type = route.vehicle_type;
            *best = PairSlot { delta, route: r, first_after: at, second_after: at, vehicle_type, reload: depot };
        }
    }
}

/// Keeps in `best` the cheapest new route for the pair alone.
pub(crate) fn improve_on_new(state: &State, p: u32, d: u32, best: &mut PairSlot) {
    let problem = state.problem;
    for vehicle_type in 0..problem.vehicle_types().len() as u32 {
        if state.spare_vehicles(vehicle_type) == 0 {
            continue;
        }
        let mut chain = state.fresh(vehicle_type, state.allowance(best.delta));
        chain.visit(p);
        chain.visit(d);
        let Some(measure) = chain.end() else { continue };
        let delta = state.price(vehicle_type, &measure);
        if delta < best.delta {
            *best = PairSlot { delta, vehicle_type, ..PairSlot::NOWHERE };
        }
    }
}

/// Puts the pair, which is in no route, where `slot` says.
pub(crate) fn apply(state: &mut State, p: u32, d: u32, slot: &PairSlot) {
    let is_new = slot.route == NONE;
    let r = if is_new { super::insertion::open_route(state, slot.vehicle_type) } else { slot.route };
    state.edit(r, |vehicle_type, places| {
        *vehicle_type = slot.vehicle_type;
        places.insert(slot.second_after as usize + 1, d);
        places.insert(slot.first_after as usize + 1, p);
        if slot.reload != NONE {
            places.insert(slot.first_after as usize + 1, slot.reload);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{line_with_pairs, state_of};
    use super::*;

    #[test]
    fn the_ends_find_the_places_on_the_way() {
        // Depot 0, stops at 10 (p), 20, 30 (d), 40. Route 0-20-40-0 is 80 long and passes p and d on its way: delta 0.
        let problem = line_with_pairs(&[10, 20, 30, 40], &[(0, 2)]);
        let mut state = state_of(&problem, &[&[2, 4]]);
        let mut best = PairSlot::NOWHERE;
        improve_in(&state, 1, 3, 0, || false, &mut best);
        assert_eq!((best.delta, best.first_after, best.second_after), (0, 0, 1));
        for place in [1, 3] {
            let at = state.bank.iter().position(|&b| b == place).unwrap();
            state.unbank(at);
        }
        apply(&mut state, 1, 3, &best);
        assert_eq!((state.cost, state.routes[0].places.clone()), (80, vec![0, 1, 2, 3, 4, 0]));
    }

    #[test]
    fn the_second_end_never_comes_first() {
        // d at 10 lies before p at 30: 0-30-10-0 is 60 as well; in a route to 20 and back p goes after it.
        let problem = line_with_pairs(&[10, 20, 30], &[(2, 0)]);
        let state = state_of(&problem, &[&[2]]);
        let mut best = PairSlot::NOWHERE;
        improve_in(&state, 3, 1, 0, || false, &mut best);
        assert_eq!((best.delta, best.first_after, best.second_after), (20, 0, 1));
    }
}
