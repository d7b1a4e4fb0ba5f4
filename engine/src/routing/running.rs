//! Vehicles that are on their way: the first stops of their first trip are driven or loaded already and stay as they are.
//!
//! The search never moves, removes or precedes a locked stop, and never takes the vehicle's route away. The guard is
//! [`super::state::State::head`]: every rewrite and insertion starts with the head of the route it changes, and a head that
//! ends before the last locked stop does not hold. Goods of a pair that are on board already are a plain delivery of a
//! running vehicle; a pair is locked with both ends or not at all.

use super::problem::{NONE, Problem};
use super::spec::{Running, Spec};
use super::state::{Chain, Ink};
use crate::fault::Fault;

/// What is wrong with the running vehicles of a spec; the rest of it is not looked at.
pub(super) fn faults(spec: &Spec) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut is_locked = vec![false; spec.stops.len()];
    let mut running = vec![0_u32; spec.vehicle_types.len()];
    for (n, vehicle) in spec.running.iter().enumerate() {
        let at = format!("running {n}");
        let mut fault = |field: &str, value: u32, rule: &str| faults.push(Fault::new(&at, field, value, rule));
        match running.get_mut(vehicle.vehicle_type as usize) {
            None => fault("vehicle_type", vehicle.vehicle_type, "must be a vehicle type of the problem"),
            Some(count) => {
                *count += 1;
                if *count > spec.vehicle_types[vehicle.vehicle_type as usize].count {
                    fault("vehicle_type", vehicle.vehicle_type, "has fewer vehicles than run");
                }
            }
        }
        if vehicle.stops.is_empty() {
            fault("stops", 0, "must be at least one");
        }
        for &stop in &vehicle.stops {
            match is_locked.get_mut(stop as usize) {
                None => fault("stops", stop, "must be stops of the problem"),
                Some(locked) if *locked => fault("stops", stop, "is served already"),
                Some(locked) => *locked = true,
            }
        }
    }
    for (n, pair) in spec.pairs.iter().enumerate() {
        let vehicle = |stop: u32| spec.running.iter().position(|vehicle| vehicle.stops.contains(&stop));
        if vehicle(pair.from) != vehicle(pair.to) {
            faults.push(Fault::new(format!("pair {n}"), "from", pair.from, "must run with both ends or not at all"));
        }
    }
    faults
}

/// Running vehicles that break a rule even if they serve nothing else; their first windows count.
pub(super) fn broken(problem: &Problem) -> Vec<Fault> {
    let fault = |(n, vehicle): (usize, &Running)| {
        let rule = "break load, windows, pairs, limits or permissions even if nothing else is served";
        places(problem, vehicle).is_none().then(|| Fault::new(format!("running {n}"), "stops", n, rule))
    };
    problem.running().iter().enumerate().filter_map(fault).collect()
}

/// The places of the locked stops, each in the earliest part of its first window; `None` if they break a rule.
pub(super) fn places(problem: &Problem, vehicle: &Running) -> Option<Vec<u32>> {
    let ink = Ink::default();
    let mut chain = Chain::start(problem, vehicle.vehicle_type, &ink);
    let mut places: Vec<u32> = Vec::new();
    for &stop in &vehicle.stops {
        let first = problem.place(stop);
        let partner = problem.partner[first as usize];
        let is_begun = |&place: &u32| problem.first_place(place) == partner;
        if partner != NONE && problem.is_second_end(first) && !places.iter().any(is_begun) {
            return None;
        }
        let place;
        (place, chain) = chain.visited(stop, 0)?;
        places.push(place);
    }
    chain.end().map(|_| places)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{line_spec, solved};
    use super::*;

    #[test]
    fn what_is_locked_stays_first() {
        // 30 then 10 are locked: 0-30-10 is 50, and 20 and -10 can only follow: 10-20-0 adds 20, 0 - -10 - 0 another 20.
        let mut spec = line_spec(&[10, 20, 30, -10]);
        spec.vehicle_types[0].max_reloads = 0;
        spec.running = vec![Running { vehicle_type: 0, stops: vec![2, 0] }];
        let plan = solved(&Problem::new(spec).unwrap());
        assert_eq!(plan.routes[0].trips[0].stops[..2], [2, 0]);
        assert_eq!(plan.cost.total(), 100);
    }

    #[test]
    fn a_running_vehicle_drives_even_if_that_is_dear() {
        let mut spec = line_spec(&[10, 20]);
        spec.stops[1].prize = Some(1);
        spec.vehicle_types[0].fixed_cost = 1_000;
        spec.running = vec![Running { vehicle_type: 0, stops: vec![0] }, Running { vehicle_type: 0, stops: vec![1] }];
        let plan = solved(&Problem::new(spec).unwrap());
        assert_eq!((plan.routes.len(), plan.cost.total()), (2, 2_060));
    }

    #[test]
    fn faults_of_running_vehicles() {
        let mut spec = line_spec(&[10, 20]);
        spec.vehicle_types[0].count = 1;
        spec.running =
            vec![Running { vehicle_type: 0, stops: vec![1, 7] }, Running { vehicle_type: 0, stops: vec![1] }];
        let faults = Problem::new(spec.clone()).unwrap_err();
        let rules: Vec<_> = faults.iter().map(|f| f.rule.as_str()).collect();
        assert_eq!(rules, ["must be stops of the problem", "has fewer vehicles than run", "is served already"]);
        // Reached at 20, open until 15.
        spec.running = vec![Running { vehicle_type: 0, stops: vec![1] }];
        spec.stops[1].window.late = 15;
        assert_eq!(Problem::new(spec).unwrap_err()[0].at, "running 0");
    }
}
