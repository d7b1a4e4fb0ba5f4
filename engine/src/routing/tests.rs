//! Random problems of every kind: solve, then let the verifier judge.

use super::fixtures::{Rules, random};
use super::*;
use crate::check;
use crate::search::{Budget, Seed, Silent};

fn solved(problem: &Problem, seed: u64, iterations: u64) -> Plan {
    let options = Options { seed: Seed(seed), ..Options::default() };
    solve(problem, &options, &mut Budget::iterations(iterations), &mut Silent)
}

#[test]
fn every_plan_holds() {
    for seed in 0..120 {
        let rules = Rules::draw(seed);
        let problem = random(10 + (seed as usize * 7) % 50, rules, seed);
        let plan = solved(&problem, seed, 150);
        let breaches = check::routing::check(&problem, &plan);
        assert!(breaches.is_empty(), "seed {seed} {rules:?}: {}", breaches[0]);
    }
}

#[test]
fn the_same_seed_gives_the_same_plan() {
    for seed in 0..6 {
        let problem = random(60, Rules::draw(seed), seed);
        assert_eq!(solved(&problem, 7, 300), solved(&problem, 7, 300));
    }
}

#[test]
fn nothing_to_do_is_an_empty_plan() {
    let problem = fixtures::line(&[]);
    let plan = solved(&problem, 0, 10);
    assert_eq!((plan.routes.len(), plan.unassigned.len(), plan.cost.total()), (0, 0, 0));
}
