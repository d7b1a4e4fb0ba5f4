//! Drop reload: two trips of a vehicle become one where load and time allow.
//!
//! Arcs: (a, depot), (depot, b) become (a, b).

use super::{Piece, Rewrite, apply, evaluate};
use crate::routing::state::State;

/// Drops reloads of route `r` while that gains.
pub(crate) fn improve(state: &mut State, r: u32) {
    while let Some(rewrite) = gaining_drop(state, r) {
        apply(state, &rewrite);
    }
}

fn gaining_drop(state: &State, r: u32) -> Option<Rewrite> {
    let route = &state.routes[r as usize];
    if route.trips() < 2 {
        return None;
    }
    (1..route.places.len() - 1)
        .filter(|&at| state.problem.is_depot(route.places[at]))
        .map(|at| Rewrite::of_one(r, &[Piece::Head(r, at - 1), Piece::Tail(r, at + 1)]))
        .find(|rewrite| evaluate(state, rewrite, 0).is_some_and(|delta| delta < 0))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{line, state_of};
    use super::*;

    #[test]
    fn a_needless_reload_goes() {
        // 0-10-0-20-0 is 60 long; without the reload 40.
        let problem = line(&[10, 20]);
        let mut state = state_of(&problem, &[&[1, 0, 2]]);
        assert_eq!(state.cost, 60);
        improve(&mut state, 0);
        assert_eq!((state.cost, state.routes[0].places.clone()), (40, vec![0, 1, 2, 0]));
    }
}
