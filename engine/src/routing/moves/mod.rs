//! The steps a search can take, one small file each.
//!
//! A move between present routes proposes a [`Rewrite`]: for up to three routes, the pieces of present routes that the new
//! ones consist of. One function prices every rewrite by chaining the pieces' segments (O(1) a piece for heads and tails,
//! O(length) for the inner ranges that only moves within a route need), one applies it; so the price a move was accepted at
//! and what it does cannot disagree. Each move first compares the arcs it changes, in O(1), and proposes nothing unless
//! distance is gained. Adding a move = one file here and one line in [`ALL`].

mod ejection;
pub(super) mod insertion;
mod or_opt;
pub(super) mod pair;
mod reload;
mod relocate;
mod swap;
mod swap_star;
mod two_opt;
mod two_opt_star;

use super::neighbours::Neighbours;
use super::problem::Problem;
use super::state::{Allowance, Measure, State};

pub(super) use reload::improve as improve_reloads;

/// A piece of a present route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Positions `0..=at`.
    Head(u32, usize),
    /// One stop.
    Visit(u32),
    /// Positions `from..=to`.
    Range(u32, usize, usize),
    /// Positions `to` down to `from`.
    Reversed(u32, usize, usize),
    /// Positions `at..`.
    Tail(u32, usize),
}

/// New contents of one route: a head (its own: what is locked stays), pieces, a tail.
pub(crate) type Pieces = [Option<Piece>; 5];

/// New contents of up to three routes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rewrite {
    /// The one more likely not to hold comes first.
    pub routes: [Option<(u32, Pieces)>; 3],
    /// What it saves at most, penalties apart.
    saves: i64,
}

/// More than any plan costs.
const ANYTHING: i64 = i64::MAX / 4;

impl Rewrite {
    pub fn of_one(r: u32, pieces: &[Piece]) -> Self {
        Self { routes: [Some((r, listed(pieces))), None, None], saves: ANYTHING }
    }

    pub fn of_two(a: (u32, &[Piece]), b: (u32, &[Piece])) -> Self {
        Self { routes: [Some((a.0, listed(a.1))), Some((b.0, listed(b.1))), None], saves: ANYTHING }
    }

    pub fn of_three(a: (u32, &[Piece]), b: (u32, &[Piece]), c: (u32, &[Piece])) -> Self {
        Self { routes: [a, b, c].map(|(r, pieces)| Some((r, listed(pieces)))), saves: ANYTHING }
    }

    /// The same rewrite, of which the changed arcs say what it saves at most.
    pub fn saving(self, saves: i64) -> Self {
        Self { saves, ..self }
    }
}

fn listed(pieces: &[Piece]) -> Pieces {
    let mut list = [None; 5];
    for (slot, piece) in list.iter_mut().zip(pieces) {
        *slot = Some(*piece);
    }
    list
}

/// One kind of move: proposes a rewrite that brings the served stops `u` and `v` together.
pub(crate) struct Move {
    /// Whether it can be used on such a problem.
    pub supports: fn(&Problem) -> bool,
    /// The rewrite, unless the arcs it changes gain nothing.
    pub propose: fn(&State, &Neighbours, u32, u32) -> Option<Rewrite>,
}

/// Every move of the local search, cheapest first.
pub(crate) const ALL: [Move; 7] = [
    relocate::RELOCATE,
    swap::SWAP,
    two_opt_star::TWO_OPT_STAR,
    or_opt::OR_OPT,
    two_opt::TWO_OPT,
    swap_star::SWAP_STAR,
    ejection::EJECTION,
];

/// Change of cost if the rewrite holds; `None` also where that is surely not below `bar`.
pub(crate) fn evaluate(state: &State, rewrite: &Rewrite, bar: i64) -> Option<i64> {
    let features = &state.problem.features;
    let saves = if features.duration_priced || features.mixed_units { ANYTHING } else { rewrite.saves };
    let penalty_before: i64 = rewrite.routes.iter().flatten().map(|&(r, _)| state.penalty_of(r)).sum();
    // What the new routes may pay for broken limits.
    let mut budget = saves + penalty_before + bar;
    let mut delta = 0;
    for (r, pieces) in rewrite.routes.iter().flatten() {
        let route = &state.routes[*r as usize];
        delta -= route.cost;
        // A route without a stop is not driven and costs nothing; a running vehicle always has one.
        if route.locked > 0 || !is_bare(state, pieces) {
            let measure = measure(state, pieces, state.allowance(budget))?;
            delta += state.price(route.vehicle_type, &measure);
            budget -= state.penalty(&measure);
        }
    }
    Some(delta)
}

fn is_bare(state: &State, pieces: &Pieces) -> bool {
    pieces.iter().flatten().all(|piece| match *piece {
        Piece::Head(_, at) => at == 0,
        Piece::Tail(r, at) => at + 1 == state.routes[r as usize].places.len(),
        _ => false,
    })
}

fn measure(state: &State, pieces: &Pieces, allowance: Allowance) -> Option<Measure> {
    let [Some(Piece::Head(own, at)), rest @ ..] = *pieces else { return None };
    let mut chain = state.head(own, at, allowance);
    for piece in rest.iter().flatten() {
        match *piece {
            Piece::Head(..) => return None,
            Piece::Visit(place) => chain.visit(place),
            Piece::Range(from, first, last) => {
                let places = &state.routes[from as usize].places;
                places[first..=last].iter().for_each(|&p| chain.go(p));
            }
            Piece::Reversed(from, first, last) => {
                let places = &state.routes[from as usize].places;
                places[first..=last].iter().rev().for_each(|&p| chain.go(p));
            }
            Piece::Tail(from, at) => return chain.tail(&state.routes[from as usize], at),
        }
        if !chain.may_hold() {
            return None;
        }
    }
    chain.end()
}

/// Carries the rewrite out.
pub(crate) fn apply(state: &mut State, rewrite: &Rewrite) {
    let contents = rewrite.routes.map(|part| part.map(|(r, pieces)| (r, contents(state, r, &pieces))));
    for (r, places) in contents.into_iter().flatten() {
        state.edit(r, |_, old| *old = places);
    }
}

fn contents(state: &State, r: u32, pieces: &Pieces) -> Vec<u32> {
    let mut list = Vec::with_capacity(state.routes[r as usize].places.len() + 8);
    for piece in pieces.iter().flatten() {
        match *piece {
            Piece::Head(from, at) => list.extend_from_slice(&state.routes[from as usize].places[..=at]),
            Piece::Visit(place) => list.push(place),
            Piece::Range(from, a, b) => list.extend_from_slice(&state.routes[from as usize].places[a..=b]),
            Piece::Reversed(from, a, b) => list.extend(state.routes[from as usize].places[a..=b].iter().rev()),
            Piece::Tail(from, at) => list.extend_from_slice(&state.routes[from as usize].places[at..]),
        }
    }
    // A tail of another route ends at that route's depot.
    let own_end = state.problem.vehicle_types()[state.routes[r as usize].vehicle_type as usize].end;
    if let Some(end) = list.last_mut() {
        *end = own_end;
    }
    list
}

/// The place before and after a served stop.
#[inline]
pub(crate) fn around(state: &State, place: u32) -> (u32, u32) {
    let link = state.link(place);
    (link.before, link.after)
}

/// What a move between the routes of two served stops may save beside distance.
#[inline]
pub(crate) fn relief(state: &State, u: u32, v: u32) -> i64 {
    if !state.prices_breaches() {
        return 0;
    }
    let (ru, rv) = (state.route_of(u), state.route_of(v));
    state.penalty_of(ru) + if ru == rv { 0 } else { state.penalty_of(rv) }
}

/// Cost of a unit of distance on the route of a served stop.
#[inline]
pub(crate) fn unit(state: &State, place: u32) -> i64 {
    let problem = state.problem;
    if !problem.features.mixed_units {
        return problem.cheapest_unit;
    }
    let route = &state.routes[state.route_of(place) as usize];
    problem.vehicle_types()[route.vehicle_type as usize].unit_distance_cost
}

#[cfg(test)]
mod tests;
