//! 2-opt* (Potvin and Rousseau 1995), tails swap: what follows `u` and what follows the place before `v` change vehicles.
//!
//! Arcs: (u, x), (w, v) become (u, v), (w, x). Later trips of the day go along with the tails.

use super::{Move, Piece, Rewrite, relief, unit};
use crate::routing::problem::Problem;
use crate::routing::state::State;

pub(crate) const TWO_OPT_STAR: Move = Move { supports, propose };

fn supports(_: &Problem) -> bool {
    true
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    let problem = state.problem;
    let (ru, rv) = (state.route_of(u), state.route_of(v));
    if ru == rv {
        return None;
    }
    let (a, b) = (&state.routes[ru as usize], &state.routes[rv as usize]);
    let (pu, pv) = (state.position(u), state.position(v));
    // A pair stays on one vehicle: cut only where none is under way.
    if a.open_pairs(pu) != 0 || b.open_pairs(pv - 1) != 0 {
        return None;
    }
    let (x, w) = (a.places[pu + 1], b.places[pv - 1]);
    let is_same_kind = unit(state, u) == unit(state, v) && a.places[a.places.len() - 1] == b.places[b.places.len() - 1];
    let (there, here) = (state.link(v), state.link(u));
    let change = problem.distance(u, v) + problem.distance(w, x) - here.leg_out - there.leg_in;
    // One route may end altogether.
    let ends_route = pv == 1 && pu + 2 == a.places.len();
    let fixed = if ends_route { problem.vehicle_types()[b.vehicle_type as usize].fixed_cost } else { 0 };
    let saves = if is_same_kind { fixed - unit(state, u) * change } else { super::ANYTHING };
    if saves + relief(state, u, v) <= 0 {
        return None;
    }
    let (to_v, to_x) = ([Piece::Head(ru, pu), Piece::Tail(rv, pv)], [Piece::Head(rv, pv - 1), Piece::Tail(ru, pu + 1)]);
    Some(Rewrite::of_two((ru, &to_v), (rv, &to_x)).saving(saves))
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
