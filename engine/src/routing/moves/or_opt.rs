//! Or-opt (Or 1976): `u` and the one or two stops after it go right after `v`, turned round or not.
//!
//! Arcs: (a, u), (t, b), (v, w) become (a, b), (v, u), (t, w), or turned (v, t), (u, w); t is the last stop of the string.

use super::relocate::fixed_gain;
use super::{ANYTHING, Move, Piece, Rewrite, relief, unit};
use crate::routing::problem::Problem;
use crate::routing::state::State;

/// Stops of the longest string.
const LONGEST: usize = 3;

pub(crate) const OR_OPT: Move = Move { supports, propose: |state, _, u, v| propose(state, u, v) };

fn supports(problem: &Problem) -> bool {
    !problem.features.paired
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    let problem = state.problem;
    let (of_u, of_v) = (state.link(u), state.link(v));
    let w = of_v.after;
    // Already behind `v`.
    if of_u.before == v {
        return None;
    }
    let (mut t, mut length) = (u, 1);
    while length < LONGEST {
        t = state.link(t).after;
        length += 1;
        // Ends with the trip, or would go behind itself.
        if problem.is_depot(t) || t == v {
            return None;
        }
        let end = state.link(t);
        let gain = unit(state, u) * (of_u.leg_in + end.leg_out - problem.distance(of_u.before, end.after));
        let gain = gain + fixed_gain(state, u, length);
        // The string's inner legs may get cheaper with the vehicle.
        let most = if unit(state, u) == unit(state, v) { gain } else { ANYTHING };
        if most <= 0 && relief(state, u, v) <= 0 {
            continue;
        }
        let straight = problem.distance(v, u) + problem.distance(t, w);
        let turned = problem.distance(v, t) + problem.distance(u, w);
        let loss = unit(state, v) * (straight.min(turned) - of_v.leg_out);
        let saves = most - loss;
        if saves + relief(state, u, v) > 0 {
            let first = state.position(u);
            let string = (state.route_of(u), first, first + length - 1);
            let target = (state.route_of(v), state.position(v));
            return Some(rewrite(state, string, target, straight <= turned).saving(saves));
        }
    }
    None
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
