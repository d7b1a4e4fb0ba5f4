//! Relocate (insertion of a served stop elsewhere): `u` goes right after or right before `v`.
//!
//! Arcs: (a, u), (u, b), (v, w) become (a, b), (v, u), (u, w); or, before `v`, (w, v) becomes (w, u), (u, v).

use super::{Move, Piece, Rewrite, relief, unit};
use crate::routing::problem::Problem;
use crate::routing::state::State;

pub(crate) const RELOCATE: Move = Move { supports, propose: |state, _, u, v| propose(state, u, v) };

fn supports(_: &Problem) -> bool {
    true
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    let problem = state.problem;
    // Half a pair cannot move alone.
    if problem.is_paired(u) || !problem.may_serve(state.routes[state.route_of(v) as usize].vehicle_type, u) {
        return None;
    }
    let Beside { loss, after } = beside(state, u, v);
    let saves = unit(state, u) * detour(state, u) + fixed_gain(state, u, 1) - loss;
    if saves + relief(state, u, v) <= 0 {
        return None;
    }
    Some(rewrite(state, u, v, after).saving(saves))
}

/// The better side of a stop.
pub(super) struct Beside {
    /// What the detour there costs.
    pub loss: i64,
    /// Position of the place before it.
    pub after: usize,
}

/// On which side of `v` the stop `u`, unless it is there already, costs less.
#[inline]
pub(super) fn beside(state: &State, u: u32, v: u32) -> Beside {
    let (there, legs, unit) = (state.link(v), state.problem.legs(u), unit(state, v));
    let behind = if there.after == u { i64::MAX } else { unit * (legs.from(v) + legs.to(there.after) - there.leg_out) };
    let ahead = if there.before == u { i64::MAX } else { unit * (legs.from(there.before) + legs.to(v) - there.leg_in) };
    let at = there.position as usize;
    if behind <= ahead { Beside { loss: behind, after: at } } else { Beside { loss: ahead, after: at - 1 } }
}

/// How much longer a stop makes its route.
#[inline]
pub(super) fn detour(state: &State, place: u32) -> i64 {
    let link = state.link(place);
    link.leg_in + link.leg_out - state.problem.distance(link.before, link.after)
}

/// What it saves besides distance if so many stops, `u` the first of them, leave their route.
#[inline]
pub(super) fn fixed_gain(state: &State, u: u32, stops: usize) -> i64 {
    // Only a route that nothing is left of saves something, and one that costs something.
    if !state.problem.features.fixed_priced || !state.problem.is_depot(state.link(u).before) {
        return 0;
    }
    let route = &state.routes[state.route_of(u) as usize];
    if route.places.len() > stops + 2 {
        0
    } else {
        state.problem.vehicle_types()[route.vehicle_type as usize].fixed_cost
    }
}

/// `u` after position `after` of the route of `v`.
fn rewrite(state: &State, u: u32, v: u32, after: usize) -> Rewrite {
    let (from, to) = (state.route_of(u), state.route_of(v));
    let at = state.position(u);
    if from != to {
        return Rewrite::of_two(
            (to, &[Piece::Head(to, after), Piece::Visit(u), Piece::Tail(to, after + 1)]),
            (from, &[Piece::Head(from, at - 1), Piece::Tail(from, at + 1)]),
        );
    }
    if after > at {
        let pieces =
            [Piece::Head(to, at - 1), Piece::Range(to, at + 1, after), Piece::Visit(u), Piece::Tail(to, after + 1)];
        return Rewrite::of_one(to, &pieces);
    }
    let pieces =
        [Piece::Head(to, after), Piece::Visit(u), Piece::Range(to, after + 1, at - 1), Piece::Tail(to, at + 1)];
    Rewrite::of_one(to, &pieces)
}

#[cfg(test)]
mod tests {
    use super::super::{apply, evaluate};
    use super::*;
    use crate::routing::fixtures::{line, state_of};

    #[test]
    fn a_stop_on_the_way_costs_nothing_there() {
        // Routes 0-10-0 (20) and 0-20-30-0 (60). 10 lies on the way to 20: the first route ends, delta -20.
        let problem = line(&[10, 20, 30]);
        let mut state = state_of(&problem, &[&[1], &[2, 3]]);
        let rewrite = propose(&state, 1, 2).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-20));
        apply(&mut state, &rewrite);
        assert_eq!(state.cost, 60);
        assert!(state.routes[0].is_empty());
    }

    #[test]
    fn within_a_route_it_moves_both_ways() {
        // 0-30-10-20-0: 30 + 20 + 10 + 20 = 80. 30 after 20: 0-10-20-30-0 = 60, delta -20.
        let problem = line(&[10, 20, 30]);
        let mut state = state_of(&problem, &[&[3, 1, 2]]);
        let rewrite = propose(&state, 3, 2).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-20));
        apply(&mut state, &rewrite);
        assert_eq!((state.cost, state.routes[0].places.clone()), (60, vec![0, 1, 2, 3, 0]));
    }
}
