//! Recreate by greedy insertion with blinks (Christiaens and Vanden Berghe 2020): waiting stops, in an order drawn from a few
//! sensible ones, each go to their cheapest place; now and then a place is overlooked, which keeps the search moving.
//!
//! Places looked at: behind the stop's nearest served neighbours, before those that a trip begins with, trip ends where vehicles
//! reload, one new route of each type. Only a required stop that finds none of these looks at every route.

use super::moves::insertion::{self, Slot};
use super::moves::pair::{self, PairSlot};
use super::neighbours::Neighbours;
use super::problem::{NONE, Problem};
use super::solve::Options;
use super::state::State;
use crate::search::Rng;

/// Above this many routes only those of neighbours are looked at for new trips.
const ROUTES_SCANNED: usize = 64;

/// Memory that is kept between calls.
#[derive(Default)]
pub(crate) struct Recreate {
    waiting: Vec<u32>,
    keys: Vec<(i64, u32)>,
    routes: Vec<u32>,
}

impl Recreate {
    /// Tries to serve everything in the bank.
    pub fn insert_all(&mut self, state: &mut State, neighbours: &Neighbours, options: &Options, rng: &mut Rng) {
        self.waiting.clear();
        self.waiting.append(&mut state.bank);
        self.order(state.problem, rng);
        for n in 0..self.waiting.len() {
            let place = self.waiting[n];
            let problem = state.problem;
            let partner = problem.partner[place as usize];
            if partner == NONE {
                self.insert_one(state, neighbours, options, place, rng);
            } else if !problem.is_second_end(place) {
                self.insert_pair(state, neighbours, options, place, partner, rng);
            }
        }
    }

    /// Draws an order; first ends stand for their pairs, deliveries precede pickups where they must.
    fn order(&mut self, problem: &Problem, rng: &mut Rng) {
        rng.shuffle(&mut self.waiting);
        let choices = if problem.features.timed { 17 } else { 11 };
        let key: fn(&Problem, u32) -> i64 = match rng.below(choices) {
            0..=3 => |_, _| 0,
            4..=7 => |p, s| -(p.loads[s as usize].delivery + p.loads[s as usize].pickup.abs()),
            8..=9 => |p, s| -p.distance(0, s),
            10 => |p, s| p.distance(0, s),
            11..=12 => |p, s| p.visits[s as usize].late - p.visits[s as usize].early,
            13..=14 => |p, s| p.visits[s as usize].early,
            _ => |p, s| -p.visits[s as usize].late,
        };
        self.keys.clear();
        self.keys.extend(self.waiting.iter().map(|&s| (key(problem, s), s)));
        self.keys.sort_by_key(|&(key, _)| key);
        if problem.linehauls_first() {
            self.keys.sort_by_key(|&(_, s)| problem.is_backhaul(s));
        }
        self.waiting.clear();
        self.waiting.extend(self.keys.iter().map(|&(_, s)| s));
    }

    fn insert_one(&mut self, state: &mut State, neighbours: &Neighbours, options: &Options, v: u32, rng: &mut Rng) {
        let problem = state.problem;
        let absence = problem.absence[v as usize];
        let mut best = Slot { delta: absence, ..Slot::NOWHERE };
        let mut chosen = v;
        for place in problem.alternatives(v) {
            let price = problem.window_price(place);
            let mut slot = Slot { delta: best.delta - price, ..Slot::NOWHERE };
            improve_near(state, neighbours, options, place, rng, &mut slot);
            if !slot.exists() && !best.exists() && problem.is_required(v) {
                improve_anywhere(state, place, &mut slot);
            }
            if slot.exists() {
                chosen = place;
                best = Slot { delta: slot.delta + price, ..slot };
            }
        }
        if best.exists() {
            insertion::apply(state, chosen, &best);
            state.cost -= absence;
        } else {
            state.bank.push(v);
        }
    }

    fn insert_pair(
        &mut self,
        state: &mut State,
        neighbours: &Neighbours,
        options: &Options,
        p: u32,
        d: u32,
        rng: &mut Rng,
    ) {
        let absence = state.problem.absence[p as usize] + state.problem.absence[d as usize];
        let mut best = PairSlot { delta: absence, ..PairSlot::NOWHERE };
        let mut chosen = [p, d];
        for ends in state.problem.alternatives(p).flat_map(|p| state.problem.alternatives(d).map(move |d| [p, d])) {
            let price = ends.map(|end| state.problem.window_price(end)).iter().sum::<i64>();
            let mut slot = PairSlot { delta: best.delta - price, ..PairSlot::NOWHERE };
            self.improve_pair(state, neighbours, options, ends, !best.exists(), rng, &mut slot);
            if slot.exists() {
                chosen = ends;
                best = PairSlot { delta: slot.delta + price, ..slot };
            }
        }
        if best.exists() {
            pair::apply(state, chosen[0], chosen[1], &best);
            state.cost -= absence;
        } else {
            state.bank.extend([p, d]);
        }
    }

    /// `is_pressed`: if nothing near is found, every route is looked at.
    #[expect(clippy::too_many_arguments)]
    fn improve_pair(
        &mut self,
        state: &State,
        neighbours: &Neighbours,
        options: &Options,
        [p, d]: [u32; 2],
        is_pressed: bool,
        rng: &mut Rng,
        best: &mut PairSlot,
    ) {
        self.routes.clear();
        for &u in neighbours.kin(p).iter().chain(neighbours.kin(d)) {
            let r = state.route_of(u);
            if r != NONE && !self.routes.contains(&r) {
                self.routes.push(r);
            }
        }
        for &r in &self.routes {
            pair::improve_in(state, p, d, r, || rng.chance(options.blink), best);
        }
        pair::improve_on_new(state, p, d, best);
        if is_pressed && !best.exists() && state.problem.is_required(p) {
            for r in 0..state.routes.len() as u32 {
                if !state.routes[r as usize].is_empty() {
                    pair::improve_in(state, p, d, r, || false, best);
                }
            }
        }
    }
}

/// Beside the nearest served neighbours, at trip ends and on new routes.
#[inline]
fn improve_near(state: &State, neighbours: &Neighbours, options: &Options, v: u32, rng: &mut Rng, best: &mut Slot) {
    let legs = state.problem.legs(v);
    for &u in neighbours.kin(v) {
        if state.route_of(u) != NONE {
            // The arc to `u` is looked at from its other end, unless that is a depot.
            let is_first = state.problem.is_depot(state.link(u).before);
            let sides = [is_first && !rng.chance(options.blink), !rng.chance(options.blink)];
            insertion::improve_beside(state, v, &legs, u, sides, best);
        }
    }
    if state.problem.features.reloads {
        improve_at_trip_ends(state, v, best);
    }
    insertion::improve_on_new(state, v, best);
}

/// Where a vehicle comes to a depot anyway, also on routes that pass far from `v`.
fn improve_at_trip_ends(state: &State, v: u32, best: &mut Slot) {
    let legs = state.problem.legs(v);
    if state.routes.len() > ROUTES_SCANNED {
        return;
    }
    for (r, route) in state.routes.iter().enumerate() {
        for after in 0..route.places.len().saturating_sub(1) {
            if state.problem.is_depot(route.places[after]) || state.problem.is_depot(route.places[after + 1]) {
                insertion::improve_after(state, v, &legs, r as u32, after, best);
            }
        }
    }
}

fn improve_anywhere(state: &State, v: u32, best: &mut Slot) {
    let legs = state.problem.legs(v);
    for (r, route) in state.routes.iter().enumerate() {
        for after in 0..route.places.len().saturating_sub(1) {
            insertion::improve_after(state, v, &legs, r as u32, after, best);
        }
    }
}
