//! A stop kept out by one limit after the other, each with the amount worked out by hand; random problems of every kind.

use super::super::Load;
use super::super::fixtures::{Rules, line_spec, random, solved};
use super::super::solve::{self, solve};
use super::super::spec::{Break, Pair, PricedWindow, Running, Window};
use super::*;
use crate::check::routing::{check, is_sound};
use crate::search::{Seed, Silent};

fn asked(problem: &Problem, plan: &Plan) -> Vec<Blocking> {
    let options = Options::judged_by(is_sound);
    blocking(problem, plan, &options, &mut Budget::iterations(20_000))
}

/// Every way with its easings, for the only stop or pair left out.
fn ways(spec: Spec) -> Vec<Vec<Easing>> {
    let problem = Problem::new(spec).unwrap();
    let plan = solved(&problem);
    let found = asked(&problem, &plan);
    assert_eq!(found.len(), 1, "{:?}", plan.unassigned);
    found[0].ways.iter().map(|way| way.easings.clone()).collect()
}

fn easing(limit: Limit, by: i64) -> Vec<Easing> {
    vec![Easing { limit, by }]
}

/// One vehicle, one trip, stops on a line.
fn one_vehicle(stops: &[i32]) -> Spec {
    let mut spec = line_spec(stops);
    (spec.vehicle_types[0].count, spec.vehicle_types[0].max_reloads) = (1, 0);
    spec
}

#[test]
fn capacity_or_a_vehicle_or_a_reload() {
    // 4 + 3 on board of 5: two more, another vehicle, or a second trip would do.
    let mut spec = one_vehicle(&[10, 20]);
    (spec.stops[0].delivery, spec.stops[1].delivery) = (4.into(), 3.into());
    spec.stops[0].priority = 1;
    spec.vehicle_types[0].capacity = 5.into();
    let expected = [
        easing(Limit::Vehicles { vehicle_type: 0 }, 1),
        easing(Limit::Capacity { vehicle_type: 0, dimension: 0 }, 2),
        easing(Limit::Reloads { vehicle_type: 0 }, 1),
    ];
    assert_eq!(ways(spec.clone()), expected);
    // The second trip is 40 long; the first stays 20. On the same trip it costs 20 more.
    let problem = Problem::new(spec).unwrap();
    let found = asked(&problem, &solved(&problem));
    assert_eq!(
        found[0].ways.iter().map(|way| (way.cost, way.vehicle)).collect::<Vec<_>>(),
        [(40, (0, 1)), (20, (0, 0)), (40, (0, 0))]
    );
}

#[test]
fn every_dimension_that_is_short() {
    let mut spec = one_vehicle(&[10, 20]);
    spec.vehicle_types[0].reload_depots = vec![];
    (spec.stops[0].delivery, spec.stops[1].delivery) = (Load([4, 1, 7, 0]), Load([3, 1, 5, 0]));
    spec.stops[0].priority = 1;
    spec.vehicle_types[0].capacity = Load([5, 2, 8, 0]);
    let capacity = |dimension, by| Easing { limit: Limit::Capacity { vehicle_type: 0, dimension }, by };
    let expected = [easing(Limit::Vehicles { vehicle_type: 0 }, 1), vec![capacity(0, 2), capacity(2, 4)]];
    assert_eq!(ways(spec), expected);
}

#[test]
fn a_window_that_closes_too_early() {
    // Locked to 10 first, the vehicle is at 30 at time 30; the window closes at 25.
    let mut spec = one_vehicle(&[10, 30]);
    spec.stops[0].service = 5;
    spec.running = vec![Running { vehicle_type: 0, stops: vec![0] }];
    spec.stops[1].window = Window::new(0, 25);
    assert_eq!(ways(spec), [easing(Limit::WindowEnd { stop: 1, window: 0 }, 10)]);
}

#[test]
fn a_window_that_opens_too_late() {
    // Back at 60 at the latest, so at 20 by 40; it opens at 47.
    let mut spec = one_vehicle(&[20]);
    spec.stops[0].window = Window::new(47, 100);
    spec.vehicle_types[0].shift = Window::new(0, 60);
    let expected =
        [easing(Limit::WindowStart { stop: 0, window: 0 }, 7), easing(Limit::ShiftEnd { vehicle_type: 0 }, 7)];
    assert_eq!(ways(spec), expected);
}

#[test]
fn the_better_of_two_windows() {
    let mut spec = one_vehicle(&[20]);
    spec.stops[0].window = Window::new(0, 10);
    spec.stops[0].other_windows = vec![PricedWindow { window: Window::new(15, 18), price: 3 }];
    spec.vehicle_types[0].shift.early = 1;
    let expected = [
        // From 1 on: at 20 by 21. The first that is given up is the first window.
        easing(Limit::WindowEnd { stop: 0, window: 1 }, 3),
    ];
    assert_eq!(ways(spec), expected);
}

#[test]
fn shifts_depots_and_releases() {
    // Ready at 30, 20 away, due by 45.
    let mut spec = one_vehicle(&[20]);
    (spec.stops[0].release, spec.stops[0].window.late) = (30, 45);
    let expected = [easing(Limit::WindowEnd { stop: 0, window: 0 }, 5), easing(Limit::Release { stop: 0 }, 5)];
    assert_eq!(ways(spec), expected);
    // The day starts at 30 instead.
    let mut spec = one_vehicle(&[20]);
    (spec.vehicle_types[0].shift.early, spec.stops[0].window.late) = (30, 45);
    let expected =
        [easing(Limit::WindowEnd { stop: 0, window: 0 }, 5), easing(Limit::ShiftStart { vehicle_type: 0 }, 5)];
    assert_eq!(ways(spec), expected);
    // The depot opens at 30, and closes at 60.
    let mut spec = one_vehicle(&[20]);
    spec.depots[0].window = Window::new(30, 60);
    let expected = [easing(Limit::DepotEnd { depot: 0 }, 10), easing(Limit::DepotStart { depot: 0 }, 10)];
    assert_eq!(ways(spec), expected);
}

#[test]
fn limits_of_the_day() {
    let mut spec = one_vehicle(&[20]);
    spec.vehicle_types[0].max_distance = 33;
    assert_eq!(ways(spec), [easing(Limit::Distance { vehicle_type: 0 }, 7)]);
    let mut spec = one_vehicle(&[20]);
    (spec.vehicle_types[0].max_duration, spec.stops[0].service) = (33, 4);
    assert_eq!(ways(spec), [easing(Limit::Duration { vehicle_type: 0 }, 11)]);
    let mut spec = one_vehicle(&[10, 20]);
    (spec.vehicle_types[0].max_stops, spec.stops[0].priority) = (1, 9);
    let expected = [easing(Limit::Vehicles { vehicle_type: 0 }, 1), easing(Limit::Stops { vehicle_type: 0 }, 1)];
    assert_eq!(ways(spec), expected);
    // Away from 5 to 45; the break at 10 to 30 takes 15 and makes it 60.
    let mut spec = one_vehicle(&[20]);
    spec.vehicle_types[0].breaks = vec![Break { window: Window::new(10, 30), duration: 15 }];
    spec.vehicle_types[0].shift = Window::new(5, 50);
    let expected = [easing(Limit::ShiftEnd { vehicle_type: 0 }, 10), easing(Limit::Breaks { vehicle_type: 0 }, 1)];
    assert_eq!(ways(spec), expected);
}

#[test]
fn permissions_and_the_order_of_linehauls() {
    let mut spec = one_vehicle(&[10, 20]);
    spec.vehicle_types[0].serves = Some(vec![true, false]);
    assert_eq!(ways(spec), [easing(Limit::Serves { vehicle_type: 0, stop: 1 }, 1)]);
    let mut spec = one_vehicle(&[10]);
    (spec.linehauls_first, spec.stops[0].pickup) = (true, 1.into());
    assert_eq!(ways(spec), [easing(Limit::LinehaulsFirst, 1)]);
}

#[test]
fn a_pair_is_one_question() {
    // 3 on board already when the pair's 2 would be: one more than 4, whichever end is looked at.
    let mut spec = one_vehicle(&[10, 20, 30]);
    spec.stops[2].delivery = 3.into();
    spec.stops[2].priority = 50;
    spec.pairs = vec![Pair { from: 0, to: 1, amount: 2.into() }];
    spec.vehicle_types[0].capacity = 4.into();
    spec.vehicle_types[0].max_distance = 60;
    let problem = Problem::new(spec).unwrap();
    let found = asked(&problem, &solved(&problem));
    assert_eq!(found[0].stops, [0, 1]);
    let ways: Vec<_> = found[0].ways.iter().map(|way| way.easings.clone()).collect();
    let expected = [
        easing(Limit::Vehicles { vehicle_type: 0 }, 1),
        easing(Limit::Capacity { vehicle_type: 0, dimension: 0 }, 1),
        easing(Limit::Distance { vehicle_type: 0 }, 20),
    ];
    assert_eq!(ways, expected);
}

#[test]
fn an_optional_stop_needs_a_prize_above_its_detour() {
    // 10 is on no way: 20 there and back for a prize of 15.
    let mut spec = one_vehicle(&[-10, 30]);
    spec.stops[0].prize = Some(15);
    assert_eq!(ways(spec.clone()), [easing(Limit::Prize { stop: 0 }, 6)]);
    // With a limit on top both must go.
    spec.vehicle_types[0].max_distance = 70;
    let expected = vec![
        Easing { limit: Limit::Distance { vehicle_type: 0 }, by: 10 },
        Easing { limit: Limit::Prize { stop: 0 }, by: 6 },
    ];
    assert!(ways(spec).contains(&expected));
}

#[test]
fn two_limits_at_once() {
    // Alone it needs 40 of 35 in distance and 45 of 40 in time; neither alone is enough.
    let mut spec = one_vehicle(&[20]);
    spec.stops[0].service = 5;
    (spec.vehicle_types[0].max_distance, spec.vehicle_types[0].max_duration) = (35, 40);
    let expected = vec![
        Easing { limit: Limit::Duration { vehicle_type: 0 }, by: 5 },
        Easing { limit: Limit::Distance { vehicle_type: 0 }, by: 5 },
    ];
    assert_eq!(ways(spec), [expected]);
}

#[test]
fn what_the_search_missed_fits() {
    let problem = Problem::new(one_vehicle(&[10, 20])).unwrap();
    let mut plan = solved(&problem);
    plan.routes.clear();
    plan.cost = super::super::CostParts::default();
    plan.unassigned =
        [0, 1].map(|stop| super::super::Unassigned { stop, reason: super::super::Reason::NoVehicleLeft }).to_vec();
    assert!(asked(&problem, &plan).iter().all(|found| found.verdict == Verdict::Fits && found.ways.is_empty()));
}

#[test]
fn bounds_are_kept_and_told() {
    let mut spec = one_vehicle(&[10, 20, 30, 40]);
    spec.vehicle_types[0].max_stops = 1;
    spec.stops[3].priority = 7;
    let problem = Problem::new(spec).unwrap();
    let plan = solved(&problem);
    let options = Options { stops: 2, ..Options::judged_by(is_sound) };
    let verdicts = |budget: u64| -> Vec<Verdict> {
        let found = blocking(&problem, &plan, &options, &mut Budget::iterations(budget));
        found.iter().map(|found| found.verdict).collect()
    };
    assert_eq!(verdicts(1_000), [Verdict::Blocked, Verdict::Blocked, Verdict::NotLookedAt]);
    assert_eq!(verdicts(0), [Verdict::NotLookedAt; 3]);
    let mut budget = Budget::iterations(9);
    let none = Problem::new(one_vehicle(&[10])).unwrap();
    assert_eq!((blocking(&none, &solved(&none), &options, &mut budget), budget.spent()), (vec![], 0));
}

#[test]
fn a_thousand_stops_left_out_are_bounded() {
    // One vehicle that may serve a single stop of a thousand.
    let stops: Vec<i32> = (1..=1_000).collect();
    let mut spec = one_vehicle(&stops);
    spec.vehicle_types[0].max_stops = 1;
    let problem = Problem::new(spec).unwrap();
    let plan = solve(&problem, &solve::Options::default(), &mut Budget::iterations(1), &mut Silent);
    let mut budget = Budget::iterations(10_000);
    let options = Options::judged_by(is_sound);
    let found = blocking(&problem, &plan, &options, &mut budget);
    let count = |verdict: Verdict| found.iter().filter(|found| found.verdict == verdict).count();
    assert_eq!([Verdict::Blocked, Verdict::NotLookedAt].map(count), [50, 949]);
    assert!(budget.spent() < 2_000, "{}", budget.spent());
}

#[test]
fn where_there_is_no_vehicle_another_one_is_the_way() {
    let mut spec = one_vehicle(&[10, 20]);
    spec.stops[1].priority = 1;
    spec.vehicle_types[0].count = 0;
    let problem = Problem::new(spec).unwrap();
    let found = asked(&problem, &solved(&problem));
    assert!(found.iter().all(|found| found.ways[0].easings == easing(Limit::Vehicles { vehicle_type: 0 }, 1)));
}

#[test]
fn every_way_is_proved_and_needed() {
    let mut kinds = std::collections::BTreeSet::new();
    let (mut asked_for, mut blocked) = (0, 0);
    for seed in 0..100 {
        let rules = Rules::draw(seed);
        let mut spec = random(12 + (seed as usize * 7) % 25, rules, seed).spec();
        if !rules.running {
            spec.vehicle_types.iter_mut().for_each(|kind| kind.count = 1);
            if seed % 3 == 0 {
                spec.vehicle_types.iter_mut().for_each(|kind| kind.shift = Window::new(500, 3_500));
            }
            if seed % 4 == 0 {
                spec.vehicle_types.iter_mut().for_each(|kind| kind.max_distance = 2_500);
            }
        }
        let problem = Problem::new(spec).unwrap();
        let options = solve::Options { seed: Seed(seed), ..solve::Options::default() };
        let plan = solve(&problem, &options, &mut Budget::iterations(100), &mut Silent);
        let served = |plan: &Plan, stop: u32| !plan.unassigned.iter().any(|left| left.stop == stop);
        for Blocking { stops, verdict, ways } in asked(&problem, &plan) {
            assert_eq!(verdict == Verdict::Blocked, !ways.is_empty(), "seed {seed}");
            asked_for += 1;
            blocked += usize::from(verdict == Verdict::Blocked);
            for way in ways {
                let context = || format!("seed {seed} {rules:?}: {stops:?} by {:?}", way.easings);
                let eased = eased(&problem, &way.easings).unwrap();
                assert_eq!(check(&eased, &way.plan), [], "{}", context());
                assert!(stops.iter().all(|&stop| served(&way.plan, stop)), "{}", context());
                let rest = (0..problem.stops().len() as u32).filter(|stop| !stops.contains(stop));
                rest.for_each(|stop| assert_eq!(served(&way.plan, stop), served(&plan, stop), "{}", context()));
                // Without the easings the witness breaks a rule, but for a prize, which forbids nothing.
                let is_prize = |easing: &Easing| matches!(easing.limit, Limit::Prize { .. });
                let is_sound = check(&problem, &way.plan).is_empty();
                assert_eq!(is_sound, way.easings.iter().all(is_prize), "{}", context());
                // Where bounds are exact, no amount can be one less.
                for n in (0..way.easings.len()).filter(|&n| !rules.speeds && !is_prize(&way.easings[n])) {
                    let mut less = way.easings.clone();
                    less[n].by -= 1;
                    let less = super::eased(&problem, &less).unwrap();
                    assert_ne!(check(&less, &way.plan), [], "{}", context());
                }
                kinds.extend(
                    way.easings
                        .iter()
                        .map(|easing| format!("{:?}", easing.limit).split(' ').next().unwrap().to_owned()),
                );
            }
        }
    }
    assert!(blocked * 10 > asked_for * 9, "{blocked} of {asked_for}");
    assert!(kinds.len() >= 12, "{kinds:?}");
}

#[test]
fn an_eased_problem_is_the_problem_where_nothing_is_eased() {
    for seed in 0..30 {
        let problem = random(20, Rules::draw(seed), seed);
        let again = eased(&problem, &[]).unwrap();
        let plan =
            |problem: &Problem| solve(problem, &solve::Options::default(), &mut Budget::iterations(30), &mut Silent);
        assert_eq!(plan(&problem), plan(&again), "seed {seed}");
    }
}
