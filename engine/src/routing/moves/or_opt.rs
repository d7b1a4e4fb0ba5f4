//! Or-opt (Or 1976): `u` and the one or two stops after it go right after `v`, turned round or not.
//!
//! Arcs: (a, u), (t, b), (v, w) become (a, b), (v, u), (t, w), or turned (v, t), (u, w); t is the last stop of the string.

use super::relocate::fixed_gain;
use super::{Move, Piece, Rewrite, around, relief, unit};
use crate::routing::problem::{NONE, Problem};
use crate::routing::state::State;

pub(crate) const OR_OPT: Move = Move { supports, propose };

fn supports(problem: &Problem) -> bool {
    !problem.features.paired
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    propose_string(state, u, v, 2).or_else(|| propose_string(state, u, v, 3))
}

fn propose_string(state: &State, u: u32, v: u32, length: usize) -> Option<Rewrite> {
    let problem = state.problem;
    let (from, to) = (state.route_of(u), state.route_of(v));
    let route = &state.routes[from as usize];
    let first = state.position(u);
    let last = first + length - 1;
    if last + 1 >= route.places.len() || route.places[first..=last].iter().any(|&p| problem.is_depot(p)) {
        return None;
    }
    let at = state.position(v);
    // Within the string, or where it is already.
    if from == to && (first - 1..=last).contains(&at) {
        return None;
    }
    debug_assert!(problem.partner[u as usize] == NONE);
    let (a, t, b) = (route.places[first - 1], route.places[last], route.places[last + 1]);
    let (_, w) = around(state, v);
    let gain = unit(state, u) * (state.link(u).leg_in + state.link(t).leg_out - problem.distance(a, b));
    let straight = problem.distance(v, u) + problem.distance(t, w);
    let turned = problem.distance(v, t) + problem.distance(u, w);
    // The string's inner legs may get cheaper with the vehicle.
    let inner_change = if unit(state, u) == unit(state, v) { 0 } else { i64::MIN / 4 };
    let loss = unit(state, v) * (straight.min(turned) - state.link(v).leg_out) + inner_change;
    let saves = gain + fixed_gain(state, u) - loss;
    if saves + relief(state, u, v) <= 0 {
        return None;
    }
    Some(rewrite(state, (from, first, last), (to, at), straight <= turned).saving(saves))
}

fn rewrite(state: &State, string: (u32, usize, usize), target: (u32, usize), is_straight: bool) -> Rewrite {
    let ((from, first, last), (to, at)) = (string, target);
    debug_assert!(at + 1 < state.routes[to as usize].places.len());
    let moved = if is_straight { Piece::Range(from, first, last) } else { Piece::Reversed(from, first, last) };
    if from != to {
        return Rewrite::of_two(
            (to, &[Piece::Head(to, at), moved, Piece::Tail(to, at + 1)]),
            (from, &[Piece::Head(from, first - 1), Piece::Tail(from, last + 1)]),
        );
    }
    if at > last {
        let pieces = [Piece::Head(to, first - 1), Piece::Range(to, last + 1, at), moved, Piece::Tail(to, at + 1)];
        return Rewrite::of_one(to, &pieces);
    }
    let pieces = [Piece::Head(to, at), moved, Piece::Range(to, at + 1, first - 1), Piece::Tail(to, last + 1)];
    Rewrite::of_one(to, &pieces)
}

#[cfg(test)]
mod tests {
    use super::super::{apply, evaluate};
    use super::*;
    use crate::routing::fixtures::{line, state_of};

    #[test]
    fn two_stops_move_together() {
        // 0-10-40-50-20-30-0: 10+30+10+30+10+30 = 120. The string 40,50 after 30: 0-10-20-30-40-50-0 = 100, delta -20.
        let problem = line(&[10, 40, 50, 20, 30]);
        let mut state = state_of(&problem, &[&[1, 2, 3, 4, 5]]);
        let rewrite = propose(&state, 2, 5).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-20));
        apply(&mut state, &rewrite);
        assert_eq!((state.cost, state.routes[0].places.clone()), (100, vec![0, 1, 4, 5, 2, 3, 0]));
    }
}
