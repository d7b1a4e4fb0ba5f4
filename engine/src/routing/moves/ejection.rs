//! Ejection chain (Glover 1996; of two links here, as the shortest of Accorsi and Vigo 2021): `u` goes right after or before `v`
//! on a route without room for it, and a stop `w` of that route makes room by going beside a neighbour `x` of a third route.
//!
//! Arcs: (a, u), (u, b), (v, c) become (a, b), (v, u), (u, c), and (d, w), (w, e), (x, f) become (d, e), (x, w), (w, f); the
//! mirrored ones where `u` or `w` goes before its neighbour; and (d, u), (u, e) where `w` is next to where `u` goes.

use super::relocate::{Beside, beside, detour, fixed_gain};
use super::{Move, Piece, Rewrite, unit};
use crate::routing::neighbours::Neighbours;
use crate::routing::problem::{NONE, Problem};
use crate::routing::segment::LoadSegment;
use crate::routing::state::State;

pub(crate) const EJECTION: Move = Move { supports, propose };

/// Neighbours of the ejected stop that are looked at.
const BREADTH: usize = 6;

/// Half a pair cannot move alone, and between reloads a route's load is not one sum. Where time binds, the best chain by
/// distance seldom holds.
fn supports(problem: &Problem) -> bool {
    let features = &problem.features;
    !features.timed && !features.paired && !features.reloads && !features.linehauls_first
}

/// The chain that gains most by distance, if any does.
fn propose(state: &State, neighbours: &Neighbours, u: u32, v: u32) -> Option<Rewrite> {
    let problem = state.problem;
    let (from, to) = (state.route_of(u), state.route_of(v));
    if from == to || !problem.may_serve(state.routes[to as usize].vehicle_type, u) {
        return None;
    }
    let place = beside(state, u, v);
    let gain = unit(state, u) * detour(state, u) + fixed_gain(state, u, 1);
    if gain <= place.loss {
        return None;
    }
    let lack = lack(state, to, u);
    // What has room for `u` needs no chain.
    if lack == [0; 2] {
        return None;
    }
    let mut best = Chain { gain: 0, w: NONE, x: NONE, after: 0 };
    let route = &state.routes[to as usize];
    for at in 1 + route.locked..route.places.len() - 1 {
        let w = route.places[at];
        let LoadSegment { delivery, pickup, .. } = problem.loads[w as usize];
        if delivery >= lack[0] && pickup >= lack[1] {
            let longer = if is_beside(at, place.after) {
                in_place_of(state, u, w)
            } else {
                place.loss - unit(state, w) * detour(state, w)
            };
            // A detour is hardly ever shorter than none.
            if gain - longer > best.gain {
                improve(state, neighbours, w, [from, to], gain - longer, &mut best);
            }
        }
    }
    (best.w != NONE).then(|| rewrite(state, u, v, place.after, &best).saving(best.gain))
}

/// Whether the stop at a position is an end of the arc behind another position.
fn is_beside(at: usize, after: usize) -> bool {
    at == after || at == after + 1
}

/// What it costs that `u` is visited instead of `w`.
fn in_place_of(state: &State, u: u32, w: u32) -> i64 {
    let (there, legs) = (state.link(w), state.problem.legs(u));
    unit(state, w) * (legs.from(there.before) + legs.to(there.after) - there.leg_in - there.leg_out)
}

/// Where the ejected stop goes.
struct Chain {
    gain: i64,
    w: u32,
    x: u32,
    after: usize,
}

/// Keeps in `best` the best place for `w` on a route other than `not` if that gains more; `gain` is what the chain gains up
/// to there.
fn improve(state: &State, neighbours: &Neighbours, w: u32, not: [u32; 2], gain: i64, best: &mut Chain) {
    for &x in neighbours.kin(w).iter().take(BREADTH) {
        let r = state.route_of(x);
        if r == NONE || not.contains(&r) || !state.problem.may_serve(state.routes[r as usize].vehicle_type, w) {
            continue;
        }
        let Beside { loss, after } = beside(state, w, x);
        if gain - loss > best.gain && (state.prices_breaches() || lack(state, r, w) == [0; 2]) {
            *best = Chain { gain: gain - loss, w, x, after };
        }
    }
}

/// Deliveries and pickups of a route with `place` above its capacity, in the first dimension.
fn lack(state: &State, r: u32, place: u32) -> [i64; 2] {
    let problem = state.problem;
    let route = &state.routes[r as usize];
    let capacity = problem.vehicle_types()[route.vehicle_type as usize].capacity.first();
    let (all, own) = (&route.loads[0].tail, &problem.loads[place as usize]);
    [all.delivery + own.delivery, all.pickup + own.pickup].map(|load| (load - capacity).max(0))
}

fn rewrite(state: &State, u: u32, v: u32, after: usize, chain: &Chain) -> Rewrite {
    let (a, b, c) = (state.route_of(u), state.route_of(v), state.route_of(chain.x));
    let (at_u, at_w) = (state.position(u), state.position(chain.w));
    let (u, w) = (Piece::Visit(u), Piece::Visit(chain.w));
    let rest = Piece::Tail(b, at_w + 1);
    let middle = if is_beside(at_w, after) {
        vec![Piece::Head(b, at_w - 1), u, rest]
    } else if at_w > after {
        vec![Piece::Head(b, after), u, Piece::Range(b, after + 1, at_w - 1), rest]
    } else {
        vec![Piece::Head(b, at_w - 1), Piece::Range(b, at_w + 1, after), u, Piece::Tail(b, after + 1)]
    };
    Rewrite::of_three(
        (c, &[Piece::Head(c, chain.after), w, Piece::Tail(c, chain.after + 1)]),
        (b, &middle),
        (a, &[Piece::Head(a, at_u - 1), Piece::Tail(a, at_u + 1)]),
    )
}

#[cfg(test)]
mod tests {
    use super::super::{apply, evaluate};
    use super::*;
    use crate::routing::fixtures::{line_spec, state_of};
    use crate::routing::spec::VehicleType;

    /// Stops at 10, 11, 12, -10 and -11 of a line, each of load 1, vans for two (none reloads).
    fn problem() -> Problem {
        let mut spec = line_spec(&[10, 11, -9, -10]);
        spec.stops.iter_mut().for_each(|stop| stop.delivery = 1.into());
        spec.vehicle_types = vec![VehicleType { count: 5, capacity: 2.into(), ..VehicleType::default() }];
        Problem::new(spec).unwrap()
    }

    #[test]
    fn a_stop_makes_room_on_a_third_route() {
        // 11 drives alone (22); 10 shares a van with -9 (38); -10 drives alone (20). 11 joins 10 and -9 goes to -10:
        // 0-10-11-0 (22) and 0- -9- -10-0 (20). Delta 42 - 80 = -38.
        let problem = problem();
        let mut state = state_of(&problem, &[&[2], &[1, 3], &[4]]);
        let neighbours = Neighbours::new(&problem, 4, 4);
        let rewrite = propose(&state, &neighbours, 2, 1).unwrap();
        assert_eq!(evaluate(&state, &rewrite, 0), Some(-38));
        apply(&mut state, &rewrite);
        assert_eq!((state.cost, state.routes[1].places.clone()), (42, vec![0, 1, 2, 0]));
    }

    #[test]
    fn where_there_is_room_a_relocation_does() {
        let problem = problem();
        let state = state_of(&problem, &[&[2], &[1], &[3, 4]]);
        assert!(propose(&state, &Neighbours::new(&problem, 4, 4), 2, 1).is_none());
    }
}
