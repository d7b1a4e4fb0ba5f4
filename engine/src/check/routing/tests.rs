//! Plans by hand: what holds and what is found.

use super::*;
use crate::routing::{Break, Depot, Load, Matrix, Pause, Plane, PricedWindow, Rounding, Running, Spec};

/// Stops at 10 and 20 on a line, ten units and a parcel each, windows [0, 15] and [0, 100]; one vehicle for 15 units and
/// one parcel, two trips.
fn spec() -> Spec {
    let points = vec![[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]];
    let stop =
        |late| Stop { delivery: Load([10, 1, 0, 0]), window: Window::new(0, late), release: 0, ..Stop::default() };
    Spec {
        depots: vec![Depot { window: Window::new(0, 100) }],
        stops: vec![stop(15), stop(100)],
        pairs: vec![],
        vehicle_types: vec![VehicleType {
            capacity: Load([15, 1, 0, 0]),
            reload_depots: vec![0],
            max_reloads: 1,
            ..VehicleType::default()
        }],
        distance: Matrix::of_plane(Plane::new(points, 1.0, Rounding::Nearest)),
        ..Spec::default()
    }
}

fn problem() -> Problem {
    Problem::new(spec()).unwrap()
}

fn plan(trips: &[&[u32]], distance: i64) -> Plan {
    let trips =
        trips.iter().map(|stops| Trip { depot: 0, stops: stops.to_vec(), windows: vec![0; stops.len()] }).collect();
    let route = Route { vehicle_type: 0, vehicle: 0, trips, distance, duration: distance, departs: 0, pauses: vec![] };
    let cost = CostParts { distance, ..CostParts::default() };
    Plan { routes: vec![route], cost, ..Plan::default() }
}

fn rules(plan: &Plan) -> Vec<&'static str> {
    check(&problem(), plan).iter().map(|b| b.rule).collect()
}

#[test]
fn two_trips_hold_one_is_too_heavy_and_the_wrong_order_too_late() {
    assert!(rules(&plan(&[&[0], &[1]], 60)).is_empty());
    assert_eq!(rules(&plan(&[&[0, 1]], 40)), ["capacity", "capacity"]);
    assert_eq!(rules(&plan(&[&[1], &[0]], 60)), ["time_window"]);
}

#[test]
fn a_window_that_is_used_is_paid() {
    let mut spec = spec();
    spec.stops[0].other_windows = vec![PricedWindow { window: Window::new(16, 90), price: 5 }];
    let problem = Problem::new(spec).unwrap();
    let mut plan = plan(&[&[1], &[0]], 60);
    let rules = |plan: &Plan| check(&problem, plan).iter().map(|b| b.rule).collect::<Vec<_>>();
    assert_eq!(rules(&plan), ["time_window"]);
    plan.routes[0].trips[1].windows = vec![1];
    assert_eq!(rules(&plan), ["cost"]);
    plan.cost.windows = 5;
    assert!(rules(&plan).is_empty());
    plan.routes[0].trips[1].windows = vec![2];
    assert_eq!(rules(&plan), ["index"]);
}

#[test]
fn stops_are_counted_over_the_day_and_overtime_is_paid() {
    let mut spec = spec();
    (spec.vehicle_types[0].regular_duration, spec.vehicle_types[0].unit_overtime_cost) = (50, 3);
    let mut plan = plan(&[&[0], &[1]], 60);
    let rules = |spec: &Spec, plan: &Plan| {
        check(&Problem::new(spec.clone()).unwrap(), plan).iter().map(|b| b.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&spec, &plan), ["cost"]);
    plan.cost.overtime = 30;
    assert!(rules(&spec, &plan).is_empty());
    spec.vehicle_types[0].max_stops = 1;
    assert_eq!(rules(&spec, &plan), ["max_stops"]);
}

#[test]
fn running_vehicles_go_on() {
    let mut spec = spec();
    spec.running = vec![Running { vehicle_type: 0, stops: vec![1] }];
    spec.stops[0].window.late = 100;
    let problem = Problem::new(spec).unwrap();
    let rules = |plan: &Plan| check(&problem, plan).iter().map(|b| b.rule).collect::<Vec<_>>();
    assert!(rules(&plan(&[&[1], &[0]], 60)).is_empty());
    assert_eq!(rules(&plan(&[&[0], &[1]], 60)), ["running"]);
}

#[test]
fn breaks_that_are_due_are_taken_in_time() {
    let mut spec = spec();
    // From 22 to 25, for 4; the first trip ends at 20.
    spec.vehicle_types[0].breaks = vec![Break { window: Window::new(22, 25), duration: 4 }];
    let problem = Problem::new(spec).unwrap();
    let rules = |plan: &Plan| check(&problem, plan).iter().map(|b| b.rule).collect::<Vec<_>>();
    let mut plan = plan(&[&[0], &[1]], 60);
    assert_eq!(rules(&plan), ["break"]);
    plan.routes[0].pauses = vec![Pause { which: 0, starts: 23, leg: 2 }];
    assert_eq!(rules(&plan), ["cost"]); // it takes 64 now
    plan.routes[0].duration = 64;
    assert!(rules(&plan).is_empty());
    plan.routes[0].pauses[0].starts = 26;
    assert_eq!(rules(&plan), ["break"]);
    plan.routes[0].pauses[0] = Pause { which: 0, starts: 23, leg: 3 };
    assert_eq!(rules(&plan), ["break"]);
}

#[test]
fn lies_and_omissions_are_found() {
    assert_eq!(rules(&plan(&[&[0], &[1]], 50)), ["cost", "cost"]);
    assert_eq!(rules(&plan(&[&[0]], 20)), ["visit_once"]);
    assert_eq!(rules(&plan(&[&[7]], 20)), ["index"]);
}
