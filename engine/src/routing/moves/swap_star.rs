//! SWAP* (Vidal 2022, "Hybrid genetic search for the CVRP"): `u` and `v` change routes, and each goes where it fits best in
//! the other's, not where the other was.
//!
//! Arcs: (a, u), (u, b) become (a, b) and (c, v), (v, d) for an arc (c, d) of what is left of that route (or (a, b) itself);
//! the same the other way round.

use super::relocate::detour;
use super::{Move, Piece, Rewrite, relief, unit};
use crate::routing::problem::Problem;
use crate::routing::state::State;

pub(crate) const SWAP_STAR: Move = Move { supports, propose: |state, _, u, v| propose(state, u, v) };

/// Where time binds, the cheapest place by distance alone is seldom the one that holds; with pairs and reloads there is more
/// to a place than an arc.
fn supports(problem: &Problem) -> bool {
    let features = &problem.features;
    !features.timed && !features.paired && !features.reloads && !features.linehauls_first
}

fn propose(state: &State, u: u32, v: u32) -> Option<Rewrite> {
    let (ru, rv) = (state.route_of(u), state.route_of(v));
    // The same move for (v, u).
    if ru == rv || u > v {
        return None;
    }
    let gain = unit(state, u) * detour(state, u) + unit(state, v) * detour(state, v);
    let bar = gain + relief(state, u, v);
    if bar <= 0 {
        return None;
    }
    let (longer, after_v) = best_place(state, u, v);
    let loss = unit(state, v) * longer;
    if loss >= bar {
        return None;
    }
    let (longer, after_u) = best_place(state, v, u);
    let loss = loss + unit(state, u) * longer;
    if loss >= bar {
        return None;
    }
    let (to_v, to_u) = (pieces(state, v, u, after_v), pieces(state, u, v, after_u));
    Some(Rewrite::of_two((rv, &to_v), (ru, &to_u)).saving(gain - loss))
}

/// The least detour to `place` on the route of `gone` without it, and the position it goes after.
fn best_place(state: &State, place: u32, gone: u32) -> (i64, usize) {
    let legs = state.problem.legs(place);
    let of_gone = state.link(gone);
    let route = &state.routes[of_gone.route as usize];
    let at_gone = of_gone.position as usize;
    let there = state.problem.distance(of_gone.before, of_gone.after);
    let mut best = (legs.from(of_gone.before) + legs.to(of_gone.after) - there, at_gone - 1);
    let mut from = legs.from(route.places[0]);
    for at in 0..route.places.len() - 1 {
        let next = route.places[at + 1];
        if at != at_gone && at + 1 != at_gone {
            let longer = from + legs.to(next) - (route.run[at + 1] - route.run[at]);
            if longer < best.0 {
                best = (longer, at);
            }
        }
        from = legs.from(next);
    }
    best
}

/// The route of `gone` without it, and with `place` after position `after`.
fn pieces(state: &State, gone: u32, place: u32, after: usize) -> Vec<Piece> {
    let (r, at) = (state.route_of(gone), state.position(gone));
    let place = Piece::Visit(place);
    if after + 1 == at {
        vec![Piece::Head(r, after), place, Piece::Tail(r, at + 1)]
    } else if after < at {
        vec![Piece::Head(r, after), place, Piece::Range(r, after + 1, at - 1), Piece::Tail(r, at + 1)]
    } else {
        vec![Piece::Head(r, at - 1), Piece::Range(r, at + 1, after), place, Piece::Tail(r, after + 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{apply, evaluate};
    use super::*;
    use crate::routing::fixtures::{plane, state_of};

    #[test]
    fn each_goes_where_it_fits_best() {
        // East (10,0) (20,0) and last (0,20): 10+10+28+20 = 68. North (0,10) (0,30) (10,30) and last (30,0):
        // 10+20+10+36+30 = 106. Then 0-10-20-30-0 = 60 and, (0,20) on its way, 10+10+10+10+32 = 72. Delta -42.
        let problem = plane(&[[10, 0], [20, 0], [0, 20], [0, 10], [0, 30], [10, 30], [30, 0]]);
        let mut state = state_of(&problem, &[&[1, 2, 3], &[4, 5, 6, 7]]);
        let rewrite = propose(&state, 3, 7).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-42));
        apply(&mut state, &rewrite);
        assert_eq!((state.cost, state.routes[1].places.clone()), (132, vec![0, 4, 3, 5, 6, 0]));
    }
}
