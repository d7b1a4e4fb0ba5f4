//! Where a stop, or a pair, could sit in a plan whose other stops stay where they are.

use crate::routing::contents;
use crate::routing::extract::Contents;
use crate::routing::moves::insertion::{self, Slot};
use crate::routing::moves::pair::{self, PairSlot};
use crate::routing::problem::{NONE, Problem};
use crate::routing::state::State;

/// A state of these routes in which nobody waits.
pub(super) fn seated<'p>(problem: &'p Problem, routes: &Contents) -> State<'p> {
    let mut state = State::new(problem);
    let counts = problem.vehicle_types().iter().map(|kind| kind.count).collect();
    state.take_part(routes, Vec::new(), &contents::spare(counts, routes));
    state
}

/// A place for a stop or a pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// What it costs, windows' prices included.
    pub delta: i64,
    /// The route's slot; [`NONE`] for a new one.
    pub route: u32,
    /// Who drives it then.
    pub vehicle_type: u32,
    at: At,
}

#[derive(Clone, Copy, Debug)]
enum At {
    One(u32, Slot),
    Pair([u32; 2], PairSlot),
}

/// The cheapest seat of `ends` (first places of a stop, or of a pair in order) in one route; on a new one for [`NONE`].
pub(super) fn cheapest(state: &State, ends: &[u32], route: u32) -> Option<Seat> {
    match *ends {
        [stop] => one(state, stop, route),
        [from, to] => both(state, [from, to], route),
        _ => None,
    }
}

fn one(state: &State, stop: u32, r: u32) -> Option<Seat> {
    let problem = state.problem;
    let seat = |place: u32| {
        let mut slot = Slot::NOWHERE;
        if r == NONE {
            insertion::improve_on_new(state, place, &mut slot);
        } else {
            let legs = problem.legs(place);
            for after in 0..state.routes[r as usize].places.len().saturating_sub(1) {
                insertion::improve_after(state, place, &legs, r, after, &mut slot);
            }
        }
        let delta = slot.delta.saturating_add(problem.window_price(place));
        let Slot { vehicle_type, .. } = slot;
        slot.exists().then_some(Seat { delta, route: r, vehicle_type, at: At::One(place, slot) })
    };
    problem.alternatives(stop).filter_map(seat).min_by_key(|seat| seat.delta)
}

fn both(state: &State, [from, to]: [u32; 2], r: u32) -> Option<Seat> {
    let problem = state.problem;
    let seat = |[p, d]: [u32; 2]| {
        let mut slot = PairSlot::NOWHERE;
        if r == NONE {
            pair::improve_on_new(state, p, d, &mut slot);
        } else {
            pair::improve_in(state, p, d, r, || false, &mut slot);
        }
        let delta = slot.delta.saturating_add(problem.window_price(p) + problem.window_price(d));
        let PairSlot { vehicle_type, .. } = slot;
        slot.exists().then_some(Seat { delta, route: r, vehicle_type, at: At::Pair([p, d], slot) })
    };
    let ends = problem.alternatives(from).flat_map(|p| problem.alternatives(to).map(move |d| [p, d]));
    ends.filter_map(seat).min_by_key(|seat| seat.delta)
}

/// The cheapest seat in each route and on a new one, cheapest first, `most` of them.
pub(super) fn all(state: &State, ends: &[u32], most: usize) -> Vec<Seat> {
    let slots = (0..state.routes.len() as u32).filter(|&r| !state.routes[r as usize].is_empty());
    let mut seats: Vec<Seat> = slots.chain([NONE]).filter_map(|r| cheapest(state, ends, r)).collect();
    seats.sort_by_key(|seat| (seat.delta, seat.route));
    seats.truncate(most);
    seats
}

/// Takes a seat; answers the route's slot.
pub(super) fn take(state: &mut State, seat: &Seat) -> u32 {
    match seat.at {
        At::One(place, slot) => {
            insertion::apply(state, place, &slot);
            state.route_of(place)
        }
        At::Pair([p, d], slot) => {
            pair::apply(state, p, d, &slot);
            state.route_of(p)
        }
    }
}
