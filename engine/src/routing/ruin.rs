//! Ruin by adjacent string removal (J. Christiaens and G. Vanden Berghe 2020, "Slack induction by string removals for
//! vehicle routing problems"): strings of consecutive stops leave routes that pass near a random stop, so that the gaps lie
//! side by side and the recreate step can trade stops between these routes.

use super::neighbours::Neighbours;
use super::problem::NONE;
use super::state::State;
use crate::search::Rng;

/// How much to take out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Removal {
    /// Mean number of stops removed.
    pub mean: f64,
    /// Longest string.
    pub longest: f64,
    /// Share of strings that leave a stretch in their middle in place.
    pub split_share: f64,
}

impl Default for Removal {
    /// The values of the paper.
    fn default() -> Self {
        Self { mean: 10.0, longest: 10.0, split_share: 0.5 }
    }
}

/// Memory that is kept between calls.
#[derive(Default)]
pub(crate) struct Ruin {
    is_ruined: Vec<u64>,
    now: u64,
    /// Places removed by the last call.
    pub removed: Vec<u32>,
    string: Vec<usize>,
}

impl Ruin {
    /// Moves strings around a random stop into the bank.
    pub fn remove(&mut self, state: &mut State, neighbours: &Neighbours, removal: &Removal, seed: u32, rng: &mut Rng) {
        self.removed.clear();
        self.now += 1;
        let served = state.own.len() - state.bank.len();
        let routes: u32 = state.used.iter().sum();
        if served == 0 || routes == 0 {
            return;
        }
        let longest = removal.longest.min(served as f64 / f64::from(routes)).max(1.0);
        let most = (4.0 * removal.mean / (1.0 + longest) - 1.0).max(1.0);
        let wanted = (1.0 + rng.unit() * most) as usize;
        let mut ruined = 0;
        for &place in std::iter::once(&seed).chain(neighbours.near(seed)) {
            if ruined == wanted {
                break;
            }
            let r = state.route_of(place);
            if r != NONE && !self.was_ruined(r) {
                self.remove_string(state, r, place, longest, removal, rng);
                ruined += 1;
            }
        }
    }

    fn was_ruined(&mut self, r: u32) -> bool {
        let r = r as usize;
        if self.is_ruined.len() <= r {
            self.is_ruined.resize(r + 1, 0);
        }
        std::mem::replace(&mut self.is_ruined[r], self.now) == self.now
    }

    fn remove_string(&mut self, state: &mut State, r: u32, place: u32, longest: f64, removal: &Removal, rng: &mut Rng) {
        let route = &state.routes[r as usize];
        // Positions of stops that may leave, reloads left out.
        let first = 1 + route.locked;
        self.string.clear();
        self.string.extend((first..route.places.len() - 1).filter(|&at| !state.problem.is_depot(route.places[at])));
        let count = self.string.len();
        if count == 0 {
            return;
        }
        let most = longest.min(count as f64);
        let length = (1.0 + rng.unit() * most).min(most) as usize;
        let centre = self.string.partition_point(|&at| at < state.position(place));
        let mut kept = 0;
        if length >= 2 && length < count && rng.chance(removal.split_share) {
            kept = 1;
            while length + kept < count && rng.chance(0.01) {
                kept += 1;
            }
        }
        let whole = length + kept;
        let low = (centre + 1).saturating_sub(whole);
        let first = low + rng.below(centre.min(count - whole) - low + 1);
        let hole = first + if kept > 0 { 1 + rng.below(length - 1) } else { whole };
        let from = self.removed.len();
        for at in (first..first + whole).filter(|at| !(hole..hole + kept).contains(at)) {
            self.removed.push(route.places[self.string[at]]);
        }
        self.take_out(state, r, from);
    }

    /// Pickups whose trip loses its last delivery go too.
    fn remove_orphans(&mut self, state: &State, r: u32, from: usize) {
        if !state.problem.linehauls_first() {
            return;
        }
        let mut has_delivery = false;
        for &place in &state.routes[r as usize].places {
            if state.problem.is_depot(place) {
                has_delivery = false;
            } else if !self.removed[from..].contains(&place) {
                has_delivery |= !state.problem.is_backhaul(place);
                if !has_delivery {
                    self.removed.push(place);
                }
            }
        }
    }

    /// Takes `removed[from..]`, and the other ends of their pairs, out of route `r`.
    fn take_out(&mut self, state: &mut State, r: u32, from: usize) {
        for at in from..self.removed.len() {
            let partner = state.problem.partner[self.removed[at] as usize];
            if partner == NONE {
                continue;
            }
            let partner = state.served_as(partner);
            if !self.removed[from..].contains(&partner) {
                self.removed.push(partner);
            }
        }
        self.remove_orphans(state, r, from);
        for &place in &self.removed[from..] {
            state.bank(place);
        }
        state.drop_banked(r);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Rules, random};
    use super::super::recreate::Recreate;
    use super::super::solve::Options;
    use super::*;
    use crate::search::Seed;

    #[test]
    fn strings_leave_and_their_pairs_with_them() {
        let problem = random(60, Rules { pairs: true, ..Rules::default() }, 3);
        let neighbours = Neighbours::new(&problem, 30, 20);
        let mut rng = Seed(1).rng();
        let mut state = State::new(&problem);
        Recreate::default().insert_all(&mut state, &neighbours, &Options::default(), &mut rng);
        let mut ruin = Ruin::default();
        for _ in 0..50 {
            state.begin();
            let before = state.bank.len();
            let seed = state.own[rng.below(state.own.len())];
            ruin.remove(&mut state, &neighbours, &Removal::default(), seed, &mut rng);
            assert_eq!(state.bank.len(), before + ruin.removed.len());
            assert!(!ruin.removed.is_empty());
            for &place in &ruin.removed {
                let partner = problem.partner[place as usize];
                assert!(partner == NONE || ruin.removed.contains(&partner));
            }
            let cost = state.cost_before();
            state.undo();
            assert_eq!((state.cost, state.bank.len()), (cost, before));
        }
    }
}
