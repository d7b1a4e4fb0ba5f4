//! Going on from a plan where stops wait: the routes around each of them are searched again.
//!
//! What a search over everything has no iterations left for, one over the dozen nearest routes often finds: room for a stop
//! by exchanging others. The rest of the plan stays; the result costs no more than the plan, absences of required stops
//! counted as [`super::solve()`] counts them.

use super::contents;
use super::extract::{self, Best, Contents};
use super::plan::Plan;
use super::problem::{NONE, Problem};
use super::solve::{Options, Search};
use super::together::remoteness;
use crate::search::Budget;

/// Routes searched again around a stop.
const ROUTES: usize = 12;

/// Most stops that share a budget.
const STOPS: usize = 40;

/// It starts as cool as a search from nothing is after this share of its budget.
const COOLED: f64 = 0.5;

/// The plan, or a better one made from it: required stops that wait, the highest priority first, share what is left of the
/// budget, and what is near each is searched again. The same plan, and nothing spent, where none waits.
pub fn resume(problem: &Problem, plan: &Plan, options: &Options, budget: &mut Budget) -> Plan {
    let seeds = seeds(problem, plan);
    let Some((mut routes, _)) = (!seeds.is_empty()).then(|| contents::of_plan(problem, plan)).flatten() else {
        return plan.clone();
    };
    let mut search = Search::new(problem, options);
    let counts: Vec<u32> = problem.vehicle_types().iter().map(|kind| kind.count).collect();
    let mut is_better = false;
    let (began, share) = (budget.fraction(), (1.0 - budget.fraction()) / seeds.len() as f64);
    for (n, &place) in seeds.iter().enumerate() {
        if is_served(problem, &routes, place) {
            continue;
        }
        let part = taken(problem, &mut routes, place);
        let partner = problem.partner[place as usize];
        let ends = [place, partner].into_iter().filter(|&end| end != NONE).collect();
        let schedule = search.go_on(&part, ends, &contents::spare(counts.clone(), routes.iter().chain(&part)));
        let before = search.best.cost;
        let end = began + share * (n + 1) as f64;
        while budget.fraction() < end && budget.tick() {
            let done = 1.0 - (end - budget.fraction()).max(0.0) / share;
            search.step(schedule.temperature(COOLED + (1.0 - COOLED) * done));
        }
        if search.best.cost < before {
            is_better = true;
            routes.extend(search.best.routes().iter().filter(|(_, places)| !places.is_empty()).cloned());
        } else {
            routes.extend(part);
        }
    }
    if !is_better {
        return plan.clone();
    }
    Plan {
        iterations: plan.iterations + budget.spent(),
        moves: plan.moves,
        ..extract::plan(problem, &Best::of(0, routes))
    }
}

/// Places of the stops that wait and may find room; first ends stand for their pairs.
fn seeds(problem: &Problem, plan: &Plan) -> Vec<u32> {
    let places = plan.unassigned.iter().map(|left| problem.place(left.stop));
    let is_hopeful = |&place: &u32| {
        problem.is_required(place) && !problem.is_second_end(place) && extract::can_be_served(problem, place)
    };
    let mut seeds: Vec<u32> = places.filter(is_hopeful).collect();
    seeds.sort_by_key(|&place| std::cmp::Reverse(problem.stops()[problem.stop_of(place) as usize].priority));
    seeds.truncate(STOPS);
    seeds
}

fn is_served(problem: &Problem, routes: &Contents, place: u32) -> bool {
    routes.iter().flat_map(|(_, places)| places).any(|&p| problem.first_place(p) == place)
}

/// Takes the routes nearest to a place out of a plan; all of them where vehicles are on their way, as those stay in the slots
/// that they were given.
fn taken(problem: &Problem, routes: &mut Contents, place: u32) -> Contents {
    if !problem.running().is_empty() {
        return std::mem::take(routes);
    }
    let mut order: Vec<(i64, usize)> =
        routes.iter().enumerate().map(|(n, (_, places))| (remoteness(problem, place, places), n)).collect();
    order.sort_unstable();
    order.truncate(ROUTES);
    order.sort_unstable_by_key(|&(_, n)| std::cmp::Reverse(n));
    order.iter().map(|&(_, n)| routes.swap_remove(n)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{line_spec, solved};
    use super::super::plan::{Reason, Route, Trip, Unassigned};
    use super::*;
    use crate::search::Silent;

    #[test]
    fn a_stop_finds_room_by_an_exchange() {
        // Two vehicles of capacity 5; loads 3, 3, 2, 2. With 3+2 on each all are served; 2+2 and 3 leave a 3 out.
        let mut spec = line_spec(&[10, 11, -10, -11]);
        for (stop, load) in spec.stops.iter_mut().zip([3, 3, 2, 2]) {
            stop.delivery = load.into();
        }
        let kind = &mut spec.vehicle_types[0];
        (kind.count, kind.capacity, kind.max_reloads) = (2, 5.into(), 0);
        let problem = Problem::new(spec).unwrap();
        let route = |vehicle: u32, stops: Vec<u32>| Route {
            vehicle,
            trips: vec![Trip { depot: 0, windows: vec![0; stops.len()], stops }],
            ..Route::default()
        };
        let left = Unassigned { stop: 1, reason: Reason::NoVehicleLeft };
        let plan =
            Plan { routes: vec![route(0, vec![2, 3]), route(1, vec![0])], unassigned: vec![left], ..Plan::default() };
        let better = resume(&problem, &plan, &Options::default(), &mut Budget::iterations(200));
        assert_eq!(crate::check::routing::check(&problem, &better), []);
        assert_eq!(better.unassigned, []);
    }

    #[test]
    fn where_nothing_waits_nothing_is_spent() {
        let mut budget = Budget::iterations(50);
        let problem = super::super::fixtures::line(&[10, 20]);
        let plan = solved(&problem);
        assert_eq!(resume(&problem, &plan, &Options::default(), &mut budget), plan);
        assert_eq!(budget.spent(), 0);
    }

    #[test]
    fn resumed_plans_hold_and_leave_no_more_out() {
        use super::super::fixtures::{Rules, random};
        use super::super::solve::solve;
        for seed in 0..60 {
            let rules = Rules::draw(seed);
            let problem = random(30 + (seed as usize * 7) % 30, rules, seed);
            let plan = solve(&problem, &Options::default(), &mut Budget::iterations(5), &mut Silent);
            let better = resume(&problem, &plan, &Options::default(), &mut Budget::iterations(100));
            let breaches = crate::check::routing::check(&problem, &better);
            assert!(breaches.is_empty(), "seed {seed} {rules:?}: {}", breaches[0]);
            let missed = |plan: &Plan| {
                let required = plan.unassigned.iter().map(|left| &problem.stops()[left.stop as usize]);
                required.filter(|stop| stop.prize.is_none()).map(|stop| 10 + i64::from(stop.priority)).sum::<i64>()
            };
            assert!(missed(&better) <= missed(&plan), "seed {seed}");
        }
    }
}
