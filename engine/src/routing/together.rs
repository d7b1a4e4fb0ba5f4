//! Several searches at once, each on its own part of the plan.
//!
//! In each round the routes are cut into as many groups of neighbouring routes as there are threads, around another random
//! stop every time; each group is searched on its own for a fixed number of iterations; then the routes come together again
//! (decomposition by routes as in Santini, Schneider, Vidal and Vigo 2023, with new borders every round). What a group does
//! depends on its routes, its seed and the temperature alone, so that the same seed, number of groups and iterations give
//! the same plan however the threads run.

use rayon::prelude::*;

use super::contents;
use super::extract::{Best, Contents};
use super::problem::Problem;
use super::solve::Search;
use crate::search::{Annealing, Budget, Rng};

/// Fewest routes that a group is worth.
const LEAST_ROUTES: usize = 10;

/// Most iterations of a group in a round.
const ROUND: u64 = 20_000;

/// Longest round, as a share of the budget.
const LONGEST: f64 = 0.005;

/// Whether a plan is worth cutting into so many groups.
pub(crate) fn is_worth_it(problem: &Problem, routes: usize, groups: usize) -> bool {
    // Running vehicles stay in the slots they were given.
    groups > 1 && routes >= groups * LEAST_ROUTES && problem.running().is_empty()
}

/// Searches in rounds until the budget is spent; answers the best plan and how many moves were priced. `tell` hears of every
/// round that found a better plan.
pub(crate) fn improve(
    first: Search,
    groups: usize,
    schedule: &Annealing,
    budget: &mut Budget,
    mut tell: impl FnMut(&Best, &Budget),
) -> (Best, u64) {
    let problem = first.state.problem;
    let seed = first.options.seed.child("together", groups as u64);
    let mut plan = Whole::of(&first);
    let mut searches: Vec<Search> =
        (0..groups).map(|group| first.sibling(seed.child("group", group as u64), groups)).collect();
    let mut rng = seed.child("borders", 0).rng();
    let stops = (problem.stops().len() / groups) as u64;
    let mut length = (stops / 4).clamp(100, ROUND);
    let mut round = 0;
    loop {
        let before = budget.fraction();
        while !budget.spend(length * groups as u64) {
            length /= 2;
            if length == 0 {
                let priced = first.state.priced() + searches.iter().map(|search| search.state.priced()).sum::<u64>();
                return (plan.best, priced);
            }
        }
        plan.deal(problem, &mut searches, round, &mut rng);
        let temperature = schedule.temperature(before);
        searches.par_iter_mut().for_each(|search| {
            for _ in 0..length {
                search.step(temperature);
            }
        });
        if plan.collect(&searches) {
            tell(&plan.best, budget);
        }
        budget.spend(0);
        // A round must not end long after the time is up.
        if budget.fraction() - before > LONGEST {
            length = (length / 2).max(1);
        }
        round += 1;
    }
}

/// The present plan between two rounds, and the best one.
struct Whole {
    now: Contents,
    bank: Vec<u32>,
    best: Best,
    /// Vehicles that may be used, by type.
    limit: Vec<u32>,
}

impl Whole {
    fn of(search: &Search) -> Self {
        let routes = search.state.routes.iter().filter(|r| !r.is_empty());
        let now = routes.map(|r| (r.vehicle_type, r.places.clone())).collect();
        let (bank, limit) = (search.state.bank.clone(), search.state.limit.clone());
        Self { now, bank, best: search.best.clone(), limit }
    }

    /// Gives each search its group of routes.
    fn deal(&mut self, problem: &Problem, searches: &mut [Search], round: usize, rng: &mut Rng) {
        let centre = problem.place(rng.below(problem.stops().len()) as u32);
        let mut order: Vec<(i64, usize)> =
            self.now.iter().enumerate().map(|(n, (_, places))| (remoteness(problem, centre, places), n)).collect();
        order.sort_unstable();
        let all: usize = self.now.iter().map(|(_, places)| places.len()).sum();
        let mut spare = contents::spare(self.limit.clone(), &self.now);
        let (mut next, mut dealt, groups) = (0, 0, searches.len());
        for (group, search) in searches.iter_mut().enumerate() {
            let mut routes = Contents::new();
            while next < order.len() && (group + 1 == groups || dealt * groups < all * (group + 1)) {
                let route = std::mem::take(&mut self.now[order[next].1]);
                dealt += route.1.len();
                routes.push(route);
                next += 1;
            }
            let own_bank = if group == round % groups { std::mem::take(&mut self.bank) } else { Vec::new() };
            // The last group takes what the others leave of the spare vehicles.
            let share = |left: &mut u32| {
                let share = *left / (groups - group) as u32;
                *left -= share;
                share
            };
            let own_spare: Vec<u32> = spare.iter_mut().map(share).collect();
            search.take_part(&routes, own_bank, &own_spare);
        }
    }

    /// Puts the groups together again; whether that gave a new best plan.
    fn collect(&mut self, searches: &[Search]) -> bool {
        self.now.clear();
        for search in searches {
            let routes = search.state.routes.iter().filter(|r| !r.is_empty());
            self.now.extend(routes.map(|r| (r.vehicle_type, r.places.clone())));
            self.bank.extend_from_slice(&search.state.bank);
        }
        let cost = searches.iter().fold(0_i64, |sum, search| sum.saturating_add(search.best.cost));
        let is_better = cost < self.best.cost;
        if is_better {
            self.best = Best::of(cost, searches.iter().flat_map(|search| search.best.routes()).cloned().collect());
        }
        is_better
    }
}

/// Mean distance of a route's stops from a place.
pub(super) fn remoteness(problem: &Problem, centre: u32, places: &[u32]) -> i64 {
    let stops = places.iter().filter(|&&place| !problem.is_depot(place));
    let (sum, count) = stops.fold((0, 0), |(sum, count), &p| (sum + problem.distance(centre, p), count + 1));
    sum / count.max(1)
}
