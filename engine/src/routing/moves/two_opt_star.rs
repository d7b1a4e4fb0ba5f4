//! 2-opt* (Potvin and Rousseau 1995), tails swap: what follows `u` and what follows the place before `v` change vehicles.
//!
//! Arcs: (u, x), (w, v) become (u, v), (w, x). Later trips of the day go along with the tails.

use super::{ANYTHING, Move, Piece, Rewrite, relief, unit};
use crate::routing::problem::Problem;
use crate::routing::state::State;

pub(crate) const TWO_OPT_STAR: Move = Move { supports, propose: |state, _, u, v| propose(state, u, v) };

fn supports(_: &Problem) -> bool {
    true
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    let problem = state.problem;
    let (ru, rv) = (state.route_of(u), state.route_of(v));
    if ru == rv {
        return None;
    }
    let (of_u, of_v) = (state.link(u), state.link(v));
    let (x, w) = (of_u.after, of_v.before);
    // One route may end altogether.
    let ends_route = problem.is_depot(x) && problem.is_depot(w) && ends(state, u, v);
    let change = problem.distance(u, v) + problem.distance(w, x) - of_u.leg_out - of_v.leg_in;
    let saves = if state.are_alike(ru, rv) {
        let kind = state.routes[rv as usize].vehicle_type as usize;
        let fixed = if ends_route { problem.vehicle_types()[kind].fixed_cost } else { 0 };
        fixed - unit(state, u) * change
    } else {
        ANYTHING
    };
    if saves + relief(state, u, v) <= 0 {
        return None;
    }
    let (pu, pv) = (of_u.position as usize, of_v.position as usize);
    // A pair stays on one vehicle: cut only where none is under way.
    if state.routes[ru as usize].open_pairs(pu) != 0 || state.routes[rv as usize].open_pairs(pv - 1) != 0 {
        return None;
    }
    let (to_v, to_x) = ([Piece::Head(ru, pu), Piece::Tail(rv, pv)], [Piece::Head(rv, pv - 1), Piece::Tail(ru, pu + 1)]);
    Some(Rewrite::of_two((ru, &to_v), (rv, &to_x)).saving(saves))
}

/// Whether `v` is the first stop of its route and `u` the last of its own.
fn ends(state: &State, u: u32, v: u32) -> bool {
    let own = &state.routes[state.route_of(u) as usize];
    state.position(v) == 1 && state.position(u) + 2 == own.places.len()
}

#[cfg(test)]
mod tests {
    use super::super::{apply, evaluate};
    use super::*;
    use crate::routing::fixtures::{plane, state_of};

    #[test]
    fn tails_change_vehicles() {
        // East (10,0) then (0,20): 10+22+20 = 52. North (0,10) then (20,0): 10+22+20 = 52.
        // Tails swapped: 10+10+20 = 40 each. Delta -24.
        let problem = plane(&[[10, 0], [0, 20], [0, 10], [20, 0]]);
        let mut state = state_of(&problem, &[&[1, 2], &[3, 4]]);
        let rewrite = propose(&state, 1, 4).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-24));
        apply(&mut state, &rewrite);
        assert_eq!((state.cost, state.routes[0].places.clone()), (80, vec![0, 1, 4, 0]));
    }

    #[test]
    fn two_routes_become_one() {
        // 0-10-0 and 0-20-0 cost 20 + 40; joined 0-10-20-0 costs 40.
        let problem = plane(&[[10, 0], [20, 0]]);
        let state = state_of(&problem, &[&[1], &[2]]);
        assert_eq!(evaluate(&state, &propose(&state, 1, 2).unwrap(), 0), Some(-20));
    }
}
