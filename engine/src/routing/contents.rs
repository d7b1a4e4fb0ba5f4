//! From a plan in the caller's terms to the search's places: the way back of [`super::extract`].

use super::extract::Contents;
use super::plan::{Plan, Trip};
use super::problem::Problem;
use super::state::{Chain, Ink};

/// The places of a route as the search writes them; `None` if the route breaks a rule as far as segments can see.
pub(crate) fn places(problem: &Problem, vehicle_type: u32, trips: &[Trip]) -> Option<Vec<u32>> {
    let ink = Ink::default();
    let kind = &problem.vehicle_types()[vehicle_type as usize];
    let mut chain = Chain::start(problem, vehicle_type, &ink);
    let mut places = Vec::new();
    for trip in trips {
        if !places.is_empty() {
            chain.reload(trip.depot);
        }
        places.push(trip.depot);
        for (&stop, &window) in trip.stops.iter().zip(&trip.windows) {
            let place;
            (place, chain) = chain.visited(stop, window)?;
            places.push(place);
        }
    }
    places.push(kind.end);
    chain.end().map(|_| places)
}

/// A plan's routes as the search writes them, and which route of the plan each is: those of running vehicles first.
pub(crate) fn of_plan(problem: &Problem, plan: &Plan) -> Option<(Contents, Vec<usize>)> {
    let mut order: Vec<usize> = Vec::with_capacity(plan.routes.len());
    for (n, vehicle) in problem.running().iter().enumerate() {
        let earlier = problem.running()[..n].iter().filter(|other| other.vehicle_type == vehicle.vehicle_type);
        let own = (vehicle.vehicle_type, earlier.count() as u32);
        order.push(plan.routes.iter().position(|route| (route.vehicle_type, route.vehicle) == own)?);
    }
    let rest: Vec<usize> = (0..plan.routes.len()).filter(|n| !order.contains(n)).collect();
    order.extend(rest);
    let written = |&n: &usize| {
        let route = &plan.routes[n];
        Some((route.vehicle_type, places(problem, route.vehicle_type, &route.trips)?))
    };
    Some((order.iter().map(written).collect::<Option<Contents>>()?, order))
}

/// Vehicles by type, of so many, that drive none of these routes.
pub(crate) fn spare<'r>(mut counts: Vec<u32>, routes: impl IntoIterator<Item = &'r (u32, Vec<u32>)>) -> Vec<u32> {
    for &(vehicle_type, _) in routes {
        counts[vehicle_type as usize] = counts[vehicle_type as usize].saturating_sub(1);
    }
    counts
}
