//! A plan of the rest of a day as the dispatch from now on: what is driven before it, vans by their numbers, money and metres.

use crate::fulfilment::{Dispatch, DoorLeft, VanRoute, VanStop, VanTrip};
use crate::routing::{Plan, Route};
use crate::units::{Cents, Grams, Metres};

use super::super::vans::cost;
use super::{Rest, Start, Tables, Task, Van};

impl<'a> Rest<'a> {
    /// The dispatch by a plan of the problem.
    pub fn dispatch(&self, tables: &Tables, plan: &Plan) -> Dispatch {
        let own = self.own_types();
        let numbers = self.numbers(plan, own.len() as u32);
        let of_kind = |kind: usize| plan.routes.iter().find(|route| route.vehicle_type as usize == kind);
        let mut routes: Vec<VanRoute> = Vec::new();
        for (n, van) in self.vans.iter().enumerate().filter(|(_, van)| van.progress.loaded > 0) {
            let rest = own.iter().position(|&other| other == n).and_then(of_kind);
            routes.push(self.route(tables, Some(van), van.route.van, rest));
        }
        let fresh = plan.routes.iter().filter(|route| route.vehicle_type as usize == own.len());
        routes.extend(fresh.zip(numbers).map(|(route, number)| self.route(tables, None, number, Some(route))));
        routes.sort_by_key(|route| route.van);
        let served = |door: &usize| !plan.unassigned.iter().any(|left| left.stop == self.stop_of(*door));
        let mut dispatch = self.was.clone();
        for door in (0..self.doors.len()).filter(served).map(|door| &self.doors[door]).filter(|door| !door.is_planned) {
            let Task::Deliver(shipment) = door.task else { continue };
            dispatch.shipments.push(shipment.id.clone());
            dispatch.parcels += shipment.parcels.len() as u32;
            dispatch.gross += shipment.parcels.iter().map(|parcel| parcel.gross).sum::<Grams>();
        }
        let driven = || routes.iter().flat_map(|route| &route.trips).flat_map(|trip| &trip.stops);
        let is_served =
            |left: &DoorLeft| driven().any(|stop| (&stop.shipment, &stop.collects) == (&left.shipment, &left.collects));
        dispatch.left.retain(|left| !is_served(left));
        dispatch.carrier_cost = routes.iter().map(|route| route.cost).sum::<Cents>();
        dispatch.routes = routes;
        dispatch.roads = Some(tables.travel.used.clone());
        dispatch.planned_at = Some(self.now);
        dispatch
    }

    /// Numbers for the vans of the last type, in the plan's order: a van of the running plan keeps its number for the route
    /// that has most of its doors, so that few drivers get another sheet.
    fn numbers(&self, plan: &Plan, fresh: u32) -> Vec<u32> {
        let routes: Vec<&Route> = plan.routes.iter().filter(|route| route.vehicle_type == fresh).collect();
        let mut numbers: Vec<Option<u32>> = vec![None; routes.len()];
        for van in self.vans.iter().filter(|van| van.progress.loaded == 0) {
            let shared = |route: &Route| {
                let stops = route.trips.iter().flat_map(|trip| &trip.stops).map(|&stop| self.door_at(stop));
                stops.filter(|door| van.trips.iter().flatten().any(|own| own == door)).count()
            };
            let free = (0..routes.len()).filter(|&k| numbers[k].is_none()).map(|k| (shared(routes[k]), k));
            if let Some((_, k)) =
                free.filter(|&(most, _)| most > 0).max_by_key(|&(most, k)| (most, std::cmp::Reverse(k)))
            {
                numbers[k] = Some(van.route.van);
            }
        }
        let used: Vec<u32> = self.vans.iter().filter(|van| van.progress.loaded > 0).map(|van| van.route.van).collect();
        let taken: Vec<u32> = used.into_iter().chain(numbers.iter().flatten().copied()).collect();
        let mut spare = (0..).filter(|number| !taken.contains(number));
        numbers.into_iter().map(|number| number.or_else(|| spare.next()).unwrap_or(0)).collect()
    }

    /// A van's day: what it has driven as it was, then the rest.
    fn route(&self, tables: &Tables, van: Option<&Van<'a>>, number: u32, rest: Option<&Route>) -> VanRoute {
        let mut trips: Vec<VanTrip> = van.map_or_else(Vec::new, Van::loaded_trips);
        if let Some(rest) = rest {
            let stops: Vec<Vec<u32>> = rest.trips.iter().map(|trip| trip.stops.clone()).collect();
            let drive = self.drive(tables, rest.departs, &stops);
            let on = van.filter(|van| matches!(van.start, Start::UnderWay { .. })).and_then(|_| trips.pop());
            for (k, (stops, (departs, arrivals, returns))) in stops.iter().zip(drive.trips).enumerate() {
                let mut trip = VanTrip {
                    departs: self.instant(departs),
                    returns: self.instant(returns),
                    stops: stops.iter().zip(arrivals).filter_map(|(&stop, at)| self.stop(stop, at)).collect(),
                };
                if let Some((on, van)) = on.as_ref().filter(|_| k == 0).zip(van) {
                    trip.departs = on.departs;
                    trip.stops.splice(..0, on.stops[..van.progress.reached].iter().cloned());
                }
                trips.push(trip);
            }
        }
        let distance = self.distance(tables, &trips);
        VanRoute { fleet: self.ix, van: number, trips, distance, cost: cost(self.fleet, distance) }
    }

    /// `None` for the stop that stands for where a van is.
    fn stop(&self, stop: u32, at: i64) -> Option<VanStop> {
        if self.here(stop).is_some() {
            return None;
        }
        let arrives = self.instant(at);
        Some(match self.doors[self.door_at(stop)].task {
            Task::Deliver(shipment) => VanStop { shipment: Some(shipment.id.clone()), collects: None, arrives },
            Task::Collect(goods) => VanStop { shipment: None, collects: Some(goods.id.clone()), arrives },
        })
    }

    /// What a van drives in all, depot to depot.
    fn distance(&self, tables: &Tables, trips: &[VanTrip]) -> Metres {
        let place = |stop: &VanStop| self.postal(stop).and_then(|postal| tables.place_of.get(&postal)).copied();
        let of_trip = |trip: &VanTrip| {
            let doors = trip.stops.iter().filter_map(place);
            let places: Vec<u32> = std::iter::once(0).chain(doors).chain([0]).collect();
            places.windows(2).map(|leg| tables.travel.metres.between(leg[0], leg[1])).sum::<i64>()
        };
        Metres::new(trips.iter().map(of_trip).sum())
    }
}
