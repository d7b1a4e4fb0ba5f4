//! Several searches at once, each on its own part of the plan.
//!
//! In each round the routes are cut into as many groups of neighbouring routes as there are threads, across the line between
//! two random stops, others every time; each group is searched on its own for a fixed number of iterations; then the routes
//! come together again (decomposition by routes as in Santini, Schneider, Vidal and Vigo 2023, with new borders every round). What a group does
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

/// Stops of which the farthest from the first is the other end of the line that groups are cut across.
const CANDIDATES: usize = 8;

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
    let mut length = (stops / 2).clamp(100, ROUND);
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
        let parts = plan.deal(problem, groups, round, &mut rng);
        let temperature = schedule.temperature(before);
        searches.par_iter_mut().zip(parts).for_each(|(search, part)| {
            search.take_part(&part.routes, part.bank, &part.spare);
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

    /// Cuts the plan into groups of routes.
    fn deal(&mut self, problem: &Problem, groups: usize, round: usize, rng: &mut Rng) -> Vec<Part> {
        let order = across(problem, &self.now, rng);
        let all: usize = self.now.iter().map(|(_, places)| places.len()).sum();
        let mut spare = contents::spare(self.limit.clone(), &self.now);
        let (mut next, mut dealt) = (0, 0);
        let part = |group| {
            let mut routes = Contents::new();
            while next < order.len() && (group + 1 == groups || dealt * groups < all * (group + 1)) {
                let route = std::mem::take(&mut self.now[order[next]]);
                dealt += route.1.len();
                routes.push(route);
                next += 1;
            }
            let bank = if group == round % groups { std::mem::take(&mut self.bank) } else { Vec::new() };
            // The last group takes what the others leave of the spare vehicles.
            let share = |left: &mut u32| {
                let share = *left / (groups - group) as u32;
                *left -= share;
                share
            };
            Part { routes, bank, spare: spare.iter_mut().map(share).collect() }
        };
        (0..groups).map(part).collect()
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

/// A group of routes, the stops that wait there, and the vehicles of each type that may join.
struct Part {
    routes: Contents,
    bank: Vec<u32>,
    spare: Vec<u32>,
}

/// Routes from those nearer to one random stop to those nearer to another far from it: groups cut out of that order meet along
/// straight borders, the shortest there are, so that few of a stop's neighbours are on the other side.
fn across(problem: &Problem, routes: &Contents, rng: &mut Rng) -> Vec<usize> {
    let mut any = || problem.place(rng.below(problem.stops().len()) as u32);
    let here = any();
    let there = (0..CANDIDATES).map(|_| any()).max_by_key(|&place| problem.distance(here, place)).unwrap_or(here);
    let side = |places: &[u32]| remoteness(problem, here, places) - remoteness(problem, there, places);
    let mut order: Vec<usize> = (0..routes.len()).collect();
    order.sort_by_cached_key(|&n| (side(&routes[n].1), n));
    order
}

/// Mean distance of a route's stops from a place.
pub(super) fn remoteness(problem: &Problem, centre: u32, places: &[u32]) -> i64 {
    let stops = places.iter().filter(|&&place| !problem.is_depot(place));
    let (sum, count) = stops.fold((0, 0), |(sum, count), &p| (sum + problem.distance(centre, p), count + 1));
    sum / count.max(1)
}
