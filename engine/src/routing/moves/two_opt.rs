//! 2-opt (Croes 1958): within a trip, the stretch from the stop after `u` to `v` is driven the other way round.
//!
//! Arcs: (u, x), (v, y) become (u, v), (x, y).

use super::{Move, Piece, Rewrite, relief, unit};
use crate::routing::problem::Problem;
use crate::routing::state::State;

pub(crate) const TWO_OPT: Move = Move { supports, propose: |state, _, u, v| propose(state, u, v) };

/// Turning a stretch round would turn pairs round.
fn supports(problem: &Problem) -> bool {
    !problem.features.paired && !problem.features.linehauls_first
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    let problem = state.problem;
    let r = state.route_of(u);
    if r != state.route_of(v) {
        return None;
    }
    let (of_u, of_v) = (state.link(u), state.link(v));
    let (pu, pv) = (of_u.position as usize, of_v.position as usize);
    let route = &state.routes[r as usize];
    if pv <= pu + 1 || route.trip(pu) != route.trip(pv) {
        return None;
    }
    let (x, y) = (of_u.after, of_v.after);
    let present = of_u.leg_out + of_v.leg_out;
    let saves = unit(state, u) * (present - problem.distance(u, v) - problem.distance(x, y));
    if saves + relief(state, u, v) <= 0 {
        return None;
    }
    Some(Rewrite::of_one(r, &[Piece::Head(r, pu), Piece::Reversed(r, pu + 1, pv), Piece::Tail(r, pv + 1)]))
}

#[cfg(test)]
mod tests {
    use super::super::{apply, evaluate};
    use super::*;
    use crate::routing::fixtures::{line, state_of};

    #[test]
    fn a_crossing_is_undone() {
        // 0-10-30-20-40-0: 10+20+10+20+40 = 100. After 10, turn 30,20: 0-10-20-30-40-0 = 80, delta -20.
        let problem = line(&[10, 30, 20, 40]);
        let mut state = state_of(&problem, &[&[1, 2, 3, 4]]);
        let rewrite = propose(&state, 1, 3).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-20));
        apply(&mut state, &rewrite);
        assert_eq!((state.cost, state.routes[0].places.clone()), (80, vec![0, 1, 3, 2, 4, 0]));
    }
}
