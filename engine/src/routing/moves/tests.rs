//! What moves promise is what they do: on random plans, under random moves.

use super::super::fixtures::{Rules, random};
use super::super::neighbours::Neighbours;
use super::super::recreate::Recreate;
use super::super::solve::Options;
use super::super::state::{Pricing, Route};
use super::*;
use crate::search::Seed;

/// Whether a route's sums are those of driving it from place to place.
fn holds(state: &State, route: &Route) -> bool {
    let mut chain = state.fresh(route.vehicle_type, state.allowance(i64::MAX));
    route.places[1..route.places.len() - 1].iter().for_each(|&p| chain.go(p));
    chain.end() == Some(route.measure)
}

fn cost_anew(state: &State) -> i64 {
    let routes: i64 = state
        .routes
        .iter()
        .map(|route| {
            let mut copy = route.clone();
            copy.refresh(state.problem);
            if copy.is_empty() {
                0
            } else {
                state.price(copy.vehicle_type, &copy.measure) + copy.window_prices(state.problem)
            }
        })
        .sum();
    routes + state.bank.iter().map(|&p| state.problem.absence[p as usize]).sum::<i64>()
}

#[test]
fn deltas_are_what_applying_changes() {
    for seed in 0..75 {
        let rules = Rules::draw(seed);
        let problem = random(40, if seed < 60 { rules } else { rules.without_time() }, seed);
        let neighbours = Neighbours::new(&problem, 30, 30);
        let mut rng = Seed(seed).rng();
        let mut state = State::new(&problem);
        Recreate::default().insert_all(&mut state, &neighbours, &Options::default(), &mut rng);
        assert_eq!(state.cost, cost_anew(&state), "seed {seed}: construct");
        if seed % 2 == 1 {
            // Moves may break limits from here on, for a price.
            state.set_penalties(Some(Pricing::new(100.0, 6.0, 50.0, 0.5).prices()));
        }
        for _ in 0..400 {
            let (u, v) = (random_served(&state, &mut rng), random_served(&state, &mut rng));
            let (Some(u), Some(v)) = (u, v) else { continue };
            let n = rng.below(ALL.len());
            let a_move = &ALL[n];
            if u == v || !(a_move.supports)(&problem) {
                continue;
            }
            let Some(rewrite) = (a_move.propose)(&state, &neighbours, u, v) else { continue };
            let Some(delta) = evaluate(&state, &rewrite, ANYTHING) else { continue };
            let before = state.cost;
            state.begin();
            apply(&mut state, &rewrite);
            assert_eq!(state.cost, cost_anew(&state), "seed {seed}: move {n}");
            // Trips that end for want of stops may save more than promised.
            let saved = before + delta - state.cost;
            assert!(saved == 0 || saved > 0 && problem.features.reloads, "seed {seed}: move {n} {saved}");
            for (route, vehicle) in state.routes.iter().zip(problem.running()) {
                let locked = route.places[1..=vehicle.stops.len()].iter().map(|&p| problem.stop_of(p));
                assert!(locked.eq(vehicle.stops.iter().copied()), "seed {seed}: move {n}");
            }
            for route in state.routes.iter().filter(|r| !r.is_empty()) {
                assert!(holds(&state, route), "seed {seed}: move {n} {:?}", route.places);
            }
            if rng.chance(0.3) {
                state.undo();
                assert_eq!((state.cost, cost_anew(&state)), (before, before), "seed {seed}: undo");
            }
        }
    }
}

fn random_served(state: &State, rng: &mut crate::search::Rng) -> Option<u32> {
    let depots = state.problem.depots().len();
    let place = depots + rng.below(state.problem.places() - depots);
    let place = place as u32;
    (state.route_of(place) != super::super::problem::NONE).then_some(place)
}
