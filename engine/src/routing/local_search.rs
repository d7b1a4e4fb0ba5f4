//! Local search around the stops that a step touched: every move of [`super::moves`] between a stop and its neighbours, first
//! gain taken, until none is left. What is far from the touched stops is not looked at.

use super::moves::{self, ALL, Move, Rewrite};
use super::neighbours::Neighbours;
use super::problem::{NONE, Problem};
use super::state::State;

/// Memory that is kept between calls.
pub(crate) struct LocalSearch {
    moves: Vec<&'static Move>,
    queue: Vec<u32>,
    is_queued: Vec<bool>,
}

impl LocalSearch {
    /// With the moves that the problem supports.
    pub fn new(problem: &Problem) -> Self {
        static MOVES: [Move; ALL.len()] = ALL;
        let moves = MOVES.iter().filter(|m| (m.supports)(problem)).collect();
        Self { moves, queue: Vec::new(), is_queued: vec![false; problem.places()] }
    }

    /// Improves around `seeds`, looking at `breadth` neighbours of each stop.
    pub fn improve(&mut self, state: &mut State, neighbours: &Neighbours, seeds: &[u32], breadth: usize) {
        for &place in seeds {
            self.push_around(state, place);
        }
        while let Some(u) = self.queue.pop() {
            self.is_queued[u as usize] = false;
            let legs = state.problem.legs(u);
            let is_sorted = !state.problem.features.timed;
            for &v in neighbours.kin(u).iter().take(breadth) {
                if state.route_of(u) == NONE || state.route_of(v) == NONE {
                    continue;
                }
                let distance = legs.to(v).min(legs.from(v));
                if is_promising(state, u, v, distance) {
                    self.try_both(state, neighbours, u, v);
                } else if is_sorted && distance >= reach(state, u) {
                    break;
                }
            }
        }
    }

    fn try_both(&mut self, state: &mut State, neighbours: &Neighbours, u: u32, v: u32) {
        for at in 0..self.moves.len() {
            for (u, v) in [(u, v), (v, u)] {
                let rewrite = (self.moves[at].propose)(state, neighbours, u, v);
                self.take_if_better(state, u, v, rewrite);
            }
        }
    }

    fn take_if_better(&mut self, state: &mut State, u: u32, v: u32, rewrite: Option<Rewrite>) {
        state.note_priced();
        let Some(rewrite) = rewrite else { return };
        if moves::evaluate(state, &rewrite, 0).is_some_and(|delta| delta < 0) {
            self.push_around(state, u);
            self.push_around(state, v);
            moves::apply(state, &rewrite);
            self.push_around(state, u);
            self.push_around(state, v);
        }
    }

    /// Queues a served stop and those before and after it.
    fn push_around(&mut self, state: &State, place: u32) {
        if state.route_of(place) == NONE {
            return;
        }
        let (before, after) = moves::around(state, place);
        for p in [place, before, after] {
            if !state.problem.is_depot(p) && !self.is_queued[p as usize] {
                self.is_queued[p as usize] = true;
                self.queue.push(p);
            }
        }
    }
}

/// Whether an arc between two stops can be part of a gain: of the arcs that an improving move makes, one is shorter than an
/// arc it breaks at the same stop (Lin and Kernighan 1973), and that is the one that is looked at. Arcs beyond the reach of
/// `u`, which a step has touched, can gain too, but hardly do.
#[inline]
fn is_promising(state: &State, u: u32, v: u32, distance: i64) -> bool {
    if distance >= reach(state, u) {
        return false;
    }
    let (a, b) = (state.link(u), state.link(v));
    let longest = a.leg_in.max(a.leg_out).max(b.leg_in).max(b.leg_out);
    distance < longest || state.problem.features.mixed_units || moves::relief(state, u, v) > 0
}

/// The legs beside a stop together.
#[inline]
fn reach(state: &State, u: u32) -> i64 {
    let link = state.link(u);
    link.leg_in + link.leg_out
}
