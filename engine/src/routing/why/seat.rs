//! Where a stop, or a pair, could sit in a plan whose other stops stay where they are.

use crate::routing::extract::Contents;
use crate::routing::moves::insertion::{self, Slot};
use crate::routing::moves::pair::{self, PairSlot};
use crate::routing::plan::{Plan, Trip};
use crate::routing::problem::{NONE, Problem};
use crate::routing::state::{Chain, Ink, State};

/// The places of a route as the search writes them; `None` if the route breaks a rule as far as segments can see.
pub(in crate::routing) fn places(problem: &Problem, vehicle_type: u32, trips: &[Trip]) -> Option<Vec<u32>> {
    let ink = Ink::default();
    let kind = &problem.vehicle_types()[vehicle_type as usize];
    let mut chain = Chain::start(problem, vehicle_type, &ink);
    let mut places = Vec::new();
    for trip in trips {
        if !places.is_empty() {
            chain.reload(trip.depot);
        }
        places.push(trip.depot);
        for (&stop, &window) in trip.stops.iter().zip(&trip.windows) {
            let parts = problem.alternatives(problem.place(stop)).filter(|&p| problem.window_of(p) == window);
            let visited = |place: u32| {
                let mut longer = chain;
                longer.visit(place);
                longer.may_hold().then_some((place, longer))
            };
            let place;
            (place, chain) = parts.into_iter().find_map(visited)?;
            places.push(place);
        }
    }
    places.push(kind.end);
    chain.end().map(|_| places)
}

/// A plan's routes as the search writes them, and which route of the plan each is: those of running vehicles first.
pub(in crate::routing) fn contents(problem: &Problem, plan: &Plan) -> Option<(Contents, Vec<usize>)> {
    let mut order: Vec<usize> = Vec::with_capacity(plan.routes.len());
    for (n, vehicle) in problem.running().iter().enumerate() {
        let earlier = problem.running()[..n].iter().filter(|other| other.vehicle_type == vehicle.vehicle_type);
        let own = (vehicle.vehicle_type, earlier.count() as u32);
        order.push(plan.routes.iter().position(|route| (route.vehicle_type, route.vehicle) == own)?);
    }
    let rest: Vec<usize> = (0..plan.routes.len()).filter(|n| !order.contains(n)).collect();
    order.extend(rest);
    let written = |&n: &usize| {
        let route = &plan.routes[n];
        Some((route.vehicle_type, places(problem, route.vehicle_type, &route.trips)?))
    };
    Some((order.iter().map(written).collect::<Option<Contents>>()?, order))
}

/// A state of these routes in which nobody waits.
pub(super) fn seated<'p>(problem: &'p Problem, routes: &Contents) -> State<'p> {
    let mut state = State::new(problem);
    let mut spare: Vec<u32> = problem.vehicle_types().iter().map(|kind| kind.count).collect();
    routes.iter().for_each(|&(t, _)| spare[t as usize] = spare[t as usize].saturating_sub(1));
    state.take_part(routes, Vec::new(), &spare);
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
