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
fn groups_searched_together_hold_and_repeat() {
    for seed in 0..8 {
        let rules = Rules::draw(seed);
        let problem = random(150 + (seed as usize * 7) % 60, rules, seed);
        let options = Options { seed: Seed(seed), threads: 2 + seed as usize % 2, ..Options::default() };
        let plan = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve(&problem, &options, &mut Budget::iterations(120), &mut Silent))
        };
        let first = plan(1);
        let breaches = check::routing::check(&problem, &first);
        assert!(breaches.is_empty(), "seed {seed} {rules:?}: {}", breaches[0]);
        assert_eq!(first, plan(2), "seed {seed}");
    }
}

#[test]
fn nothing_to_do_is_an_empty_plan() {
    let problem = fixtures::line(&[]);
    let plan = solved(&problem, 0, 10);
    assert_eq!((plan.routes.len(), plan.unassigned.len(), plan.cost.total()), (0, 0, 0));
}

/// A dispatch of one depot: parcels of three waves, four-hour windows, return pickups, vans that come back to reload.
fn day_of_vans(stops: usize, vans: u32) -> Problem {
    let mut rng = Seed(11).rng();
    let hour = 3_600;
    let points: Vec<[f64; 2]> = (0..=stops).map(|_| [rng.unit() * 30.0, rng.unit() * 30.0]).collect();
    let mut stop = || {
        let wave = rng.range(0, 3) * 3 * hour;
        let window = Window::new(8 * hour + wave, 12 * hour + wave);
        let is_return = rng.chance(0.1);
        let parcels = rng.range(1, 4);
        Stop {
            delivery: if is_return { 0 } else { parcels }.into(),
            pickup: if is_return { parcels } else { 0 }.into(),
            service: 180,
            window,
            release: if is_return { 0 } else { window.early - hour },
            ..Stop::default()
        }
    };
    Problem::new(Spec {
        depots: vec![Depot { window: Window::new(6 * hour, 20 * hour) }],
        stops: (0..stops).map(|_| stop()).collect(),
        pairs: vec![],
        vehicle_types: vec![VehicleType {
            count: vans,
            capacity: 40.into(),
            shift: Window::new(7 * hour, 19 * hour),
            fixed_cost: 50_000,
            unit_distance_cost: 1,
            max_duration: 11 * hour,
            reload_depots: vec![0],
            max_reloads: 2,
            reload_duration: 900,
            ..VehicleType::default()
        }],
        // Metres on a map of 30 by 30 km, and seconds at 8 m/s.
        distance: Matrix::of_plane(Plane::new(points.clone(), 1_000.0, Rounding::Up)),
        duration: Some(Matrix::of_plane(Plane::new(points, 125.0, Rounding::Up))),
        ..Spec::default()
    })
    .unwrap()
}

#[test]
fn vans_reload_and_serve_every_wave() {
    let problem = day_of_vans(120, 6);
    let plan = solved(&problem, 1, 600);
    assert!(check::routing::check(&problem, &plan).is_empty());
    assert!(plan.unassigned.is_empty(), "{:?}", plan.unassigned);
    assert!(plan.routes.iter().any(|route| route.trips.len() > 1));
}

#[test]
fn the_least_priority_is_left_out() {
    // One vehicle for two of the stops at 10, 20 and 30; the farthest matters most.
    let mut spec = fixtures::line_spec(&[10, 20, 30]);
    (spec.vehicle_types[0].count, spec.vehicle_types[0].max_stops) = (1, 2);
    for (stop, priority) in spec.stops.iter_mut().zip([30, 0, 100]) {
        stop.priority = priority;
    }
    let plan = fixtures::solved(&Problem::new(spec).unwrap());
    assert_eq!(plan.unassigned, [Unassigned { stop: 1, reason: Reason::NoVehicleLeft }]);
}

#[test]
fn overtime_balances_routes() {
    // Stops at -10, 10 and 20: one vehicle drives 60, two drive 20 and 40. Above 45 a unit costs 5 more.
    let mut spec = fixtures::line_spec(&[-10, 10, 20]);
    let kind = &mut spec.vehicle_types[0];
    (kind.fixed_cost, kind.regular_duration) = (30, 45);
    assert_eq!(fixtures::solved(&Problem::new(spec.clone()).unwrap()).cost.total(), 90);
    spec.vehicle_types[0].unit_overtime_cost = 5;
    let plan = fixtures::solved(&Problem::new(spec).unwrap());
    assert_eq!((plan.routes.len(), plan.cost.total(), plan.cost.overtime), (2, 120, 0));
}

#[test]
fn too_few_vans_leave_stops_with_a_reason() {
    let problem = day_of_vans(120, 1);
    let plan = solved(&problem, 1, 100);
    assert!(check::routing::check(&problem, &plan).is_empty());
    assert!(!plan.unassigned.is_empty());
    assert!(plan.unassigned.iter().all(|u| u.reason == Reason::NoVehicleLeft));
}
