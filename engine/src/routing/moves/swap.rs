//! Swap (exchange): `u` takes the place of the stop after `v`, which takes the place of `u`.
//!
//! Arcs: (a, u), (u, b), (v, x), (x, y) become (a, x), (x, b), (v, u), (u, y).

use super::{Move, Piece, Rewrite, around, relief, unit};
use crate::routing::problem::Problem;
use crate::routing::state::State;

pub(crate) const SWAP: Move = Move { supports, propose: |state, _, u, v| propose(state, u, v) };

fn supports(_: &Problem) -> bool {
    true
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    let problem = state.problem;
    let (a, b) = around(state, u);
    let (_, x) = around(state, v);
    // Beside each other the two arcs are one: relocate does that.
    if problem.is_depot(x) || x == u || a == x || b == x {
        return None;
    }
    if problem.is_paired(u) || problem.is_paired(x) {
        return None;
    }
    let (_, y) = around(state, x);
    let (of_u, of_x) = (state.link(u), state.link(x));
    let here = problem.distance(a, x) + problem.distance(x, b) - of_u.leg_in - of_u.leg_out;
    let there = problem.distance(v, u) + problem.distance(u, y) - of_x.leg_in - of_x.leg_out;
    let saves = -(unit(state, u) * here + unit(state, v) * there);
    if saves + relief(state, u, v) <= 0 {
        return None;
    }
    Some(rewrite(state, u, x).saving(saves))
}

fn rewrite(state: &State, u: u32, x: u32) -> Rewrite {
    let (ru, rx) = (state.route_of(u), state.route_of(x));
    let (pu, px) = (state.position(u), state.position(x));
    if ru != rx {
        return Rewrite::of_two(
            (ru, &[Piece::Head(ru, pu - 1), Piece::Visit(x), Piece::Tail(ru, pu + 1)]),
            (rx, &[Piece::Head(rx, px - 1), Piece::Visit(u), Piece::Tail(rx, px + 1)]),
        );
    }
    let ((first, p), (second, q)) = if pu < px { ((u, pu), (x, px)) } else { ((x, px), (u, pu)) };
    let pieces = [
        Piece::Head(ru, p - 1),
        Piece::Visit(second),
        Piece::Range(ru, p + 1, q - 1),
        Piece::Visit(first),
        Piece::Tail(ru, q + 1),
    ];
    Rewrite::of_one(ru, &pieces)
}

#[cfg(test)]
mod tests {
    use super::super::{apply, evaluate};
    use super::*;
    use crate::routing::fixtures::{plane, state_of};

    #[test]
    fn each_goes_to_its_own_side() {
        // East route (10,0) (20,0) (0,20); north route (0,10) (0,30) with (30,0) after (0,30).
        // u = place 3 at (0,20), v = place 4 at (0,10), x = place 5 at (30,0).
        let problem = plane(&[[10, 0], [20, 0], [0, 20], [0, 10], [30, 0]]);
        let mut state = state_of(&problem, &[&[1, 2, 3], &[4, 5]]);
        // Manhattan-free exact legs: 2-3 is sqrt(800) -> 28, 4-5 is sqrt(1000) -> 32.
        // Before: 10+10+28+20 = 68 and 10+32+30 = 72. After: 10+10+10+30 = 60 and 10+10+20 = 40. Delta -40.
        let rewrite = propose(&state, 3, 4).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-40));
        apply(&mut state, &rewrite);
        assert_eq!(state.cost, 100);
    }
}
