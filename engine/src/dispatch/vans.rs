//! An own fleet's windows as vehicle routing problems.
//!
//! Shortly before a delivery window opens, what stands packed for the fleet is planned as one problem for [`crate::routing`]:
//! vans of one kind, each with several trips (reloading at the depot), every door within the window, room counted in parcels and in weight,
//! return pickups as
//! optional stops. Distances and times are those of a provider of road times, or great circles times the fleet's circuity at its
//! speed ([`super::travel`]); doors lie at the middle of their postal area. What no van can reach in the window stays at the
//! dock for the next one, and the dispatch tells what would have served it ([`VanDay::prove`]).

use std::collections::BTreeSet;

use crate::fulfilment::{
    Dispatch, DispatchStage, DoorLeft, LeftVerdict, Return, ReturnStage, Shipment, State, VanRoute, VanStop, VanTrip,
};
use crate::ids::{ReturnId, ShipmentId};
use crate::model::{Fleet, FleetIx, World};
use crate::network::Network;
use crate::promise;
use crate::roads::{Place, RoadTimes, Unavailable};
use crate::routing::{self, Depot, Load, Matrix, Problem, Spec, Stop, VehicleType, Window};
use crate::search::{Budget, Seed, Silent};
use crate::units::{Cents, Grams, Metres, Seconds, Timestamp};

use super::tender::tender;
use super::travel::{Travel, travel};

/// Routes are planned this long before their window.
pub(super) const LOADING: Seconds = Seconds::minutes(10);
/// Vans may leave this long before the window opens.
pub(super) const HEAD_START: Seconds = Seconds::hours(1);
/// Worth of a return pickup, in cents: what a label back would cost, about.
pub(super) const PICKUP_WORTH: i64 = 600;
/// Costs inside are thousandths of a cent, so that a metre has one.
pub(super) const MILLICENTS: i64 = 1000;

/// The next windows of own fleets.
#[derive(Clone, Debug, Default)]
pub struct VanPlan {
    /// One a fleet whose window is near.
    pub days: Vec<VanDay>,
    /// Why road times could not be had, for each fleet whose plan does without.
    pub failures: Vec<Unavailable>,
}

/// A fleet's window, with what is needed to verify it ([`crate::check::routing`]).
#[derive(Clone, Debug)]
pub struct VanDay {
    /// The tender; `None` where no van can deliver anything. Doors left out are named in it without what blocks them: that is
    /// proved by [`VanDay::prove`].
    pub dispatch: Option<Dispatch>,
    /// The problem behind it.
    pub problem: Problem,
    /// Its solution.
    pub plan: routing::Plan,
}

/// Whether any fleet's next window opens soon enough to be planned at `now`; cheap, unlike the planning.
pub fn is_window_near(network: &Network, now: Timestamp) -> bool {
    let near = |ix| promise::windows(network, ix, now, 1).first().is_some_and(|(opens, _)| *opens <= now + LOADING);
    network.world.fleets.indices().any(near)
}

/// Plans every fleet whose next window opens within [`LOADING`] and is not planned yet. `iterations` bounds each search;
/// `roads` is asked for distances and times, the fleets' great circles stand in for what it does not know.
pub fn vans(
    network: &Network,
    state: &State,
    now: Timestamp,
    seed: Seed,
    iterations: u64,
    roads: Option<&dyn RoadTimes>,
) -> VanPlan {
    let mut plan = VanPlan::default();
    for (ix, fleet) in network.world.fleets.enumerate() {
        let Some(&(opens, closes)) = promise::windows(network, ix, now, 1).first() else { continue };
        let same = |d: &Dispatch| (d.warehouse, d.service, d.pickup_at) == (fleet.warehouse, fleet.service, opens);
        if opens > now + LOADING || state.dispatches().values().any(same) {
            continue;
        }
        let docked = state.docked().get(&(fleet.warehouse, fleet.service)).into_iter().flatten();
        let shipments: Vec<&Shipment> = docked
            .filter_map(|id| state.shipments().get(id))
            .filter(|shipment| shipment.plan.pickup_at <= opens)
            .collect();
        let returns = collectable(state, fleet);
        if shipments.is_empty() {
            continue;
        }
        let day = FleetDay { network, state, ix, fleet, shipments, returns, now, opens, closes };
        let Travel { metres, seconds, used, failure } = travel(fleet, &day.places(), roads);
        let problem = day.problem(metres, seconds);
        let options = routing::Options {
            seed: seed.child("vans", opens.unix().unsigned_abs() ^ u64::from(ix.0)),
            ..routing::Options::default()
        };
        let found = routing::solve(&problem, &options, &mut Budget::iterations(iterations), &mut Silent);
        let found = routing::resume(&problem, &found, &options, &mut Budget::iterations(iterations / 4));
        let dispatch = day.dispatch(&problem, &found).map(|dispatch| Dispatch { roads: Some(used), ..dispatch });
        plan.failures.extend(failure);
        plan.days.push(VanDay { dispatch, problem, plan: found });
    }
    plan
}

/// Open returns that a fleet collects at the door and that are on none of its routes.
pub(super) fn collectable<'a>(state: &'a State, fleet: &Fleet) -> Vec<&'a Return> {
    let on_routes = on_routes(state);
    let collects = |goods: &&Return| goods.service == fleet.service && goods.stage == ReturnStage::Open;
    state.returns().values().filter(collects).filter(|goods| !on_routes.contains(&goods.id)).collect()
}

/// Returns that some van collects; what a refused dispatch would have collected is free again.
fn on_routes(state: &State) -> BTreeSet<&ReturnId> {
    let driven = state.dispatches().values().filter(|d| d.stage != DispatchStage::Rejected);
    let stops = driven.flat_map(|d| &d.routes).flat_map(|r| &r.trips).flat_map(|t| &t.stops);
    stops.filter_map(|stop| stop.collects.as_ref()).collect()
}

/// What a van has room for: parcels, and their weight.
pub(super) fn load(parcels: i64, weight: Grams) -> Load {
    Load([parcels, weight.get(), 0, 0])
}

/// What a shipment takes up on a van.
pub(super) fn load_of(shipment: &Shipment) -> Load {
    load(shipment.parcels.len() as i64, shipment.parcels.iter().map(|parcel| parcel.gross).sum())
}

/// What a return takes up on a van: one parcel of its goods' weight.
pub(super) fn load_back(world: &World, goods: &Return) -> Load {
    load(1, goods.lines.iter().map(|line| world.skus[line.sku].weight * i64::from(line.quantity)).sum())
}

/// What a van's day costs that drives this far.
pub(super) fn cost(fleet: &Fleet, distance: Metres) -> Cents {
    let millicents = fleet.per_van_day.get() * MILLICENTS + distance.get() * fleet.per_km.get();
    Cents::new(millicents / MILLICENTS)
}

struct FleetDay<'a> {
    network: &'a Network,
    state: &'a State,
    ix: FleetIx,
    fleet: &'a Fleet,
    shipments: Vec<&'a Shipment>,
    returns: Vec<&'a Return>,
    now: Timestamp,
    opens: Timestamp,
    closes: Timestamp,
}

impl FleetDay<'_> {
    fn clock(&self, at: Timestamp) -> i64 {
        (at - self.now).get().max(0)
    }

    /// What was promised for this window goes before what may wait, and what has waited longer before that, so that no door
    /// is left for ever because others are nearer: ten for each window that its promise is old.
    fn priority(&self, shipment: &Shipment) -> u8 {
        let overdue = self.closes - shipment.promised_by;
        let windows = overdue.get().div_euclid(self.fleet.window.get()) + 1;
        (windows.clamp(0, 10) * 10) as u8
    }

    fn problem(&self, metres: Matrix, seconds: Matrix) -> Problem {
        let fleet = self.fleet;
        let depot = &self.network.world.warehouses[fleet.warehouse];
        let shift_ends = depot.calendar.instant(depot.calendar.date(self.opens), fleet.shift_end);
        let day = Window::new(self.clock(self.opens - HEAD_START), self.clock(shift_ends));
        let window = Window::new(self.clock(self.opens), self.clock(self.closes));
        let service = fleet.stop.get();
        let deliveries = self.shipments.iter().map(|shipment| Stop {
            delivery: load_of(shipment),
            priority: self.priority(shipment),
            service,
            window,
            ..Stop::default()
        });
        let pickups = self.returns.iter().map(|goods| Stop {
            pickup: load_back(&self.network.world, goods),
            service,
            window,
            prize: Some(PICKUP_WORTH * MILLICENTS),
            ..Stop::default()
        });
        let vans = VehicleType {
            count: fleet.vans,
            capacity: load(i64::from(fleet.van_parcels), fleet.van_weight),
            shift: day,
            fixed_cost: fleet.per_van_day.get() * MILLICENTS,
            unit_distance_cost: fleet.per_km.get(),
            reload_depots: vec![0],
            max_reloads: fleet.trips - 1,
            reload_duration: fleet.reload.get(),
            ..VehicleType::default()
        };
        let spec = Spec {
            // The vans' shift says when they leave and return: one limit, so that one answer tells what blocks a door.
            depots: vec![Depot { window: Window::ALWAYS }],
            stops: deliveries.chain(pickups).collect(),
            vehicle_types: vec![vans],
            distance: metres,
            duration: Some(seconds),
            ..Spec::default()
        };
        Problem::new(spec).expect("a validated fleet and windows ahead of now")
    }

    /// The depot, then the doors of shipments and of returns.
    fn places(&self) -> Vec<Place> {
        let world = &self.network.world;
        let depot = &world.warehouses[self.fleet.warehouse];
        let depot = Place { name: depot.id.to_string(), at: depot.at };
        let returned =
            self.returns.iter().filter_map(|goods| self.state.orders().get(&goods.order)).map(|order| order.postal);
        let doors = self.shipments.iter().map(|shipment| shipment.postal).chain(returned);
        let door = |postal| Place { name: world.postals[postal].code.clone(), at: world.postals[postal].at };
        std::iter::once(depot).chain(doors.map(door)).collect()
    }

    fn dispatch(&self, problem: &Problem, solution: &routing::Plan) -> Option<Dispatch> {
        let left: BTreeSet<usize> = solution.unassigned.iter().map(|left| left.stop as usize).collect();
        let served = |n: &usize| !left.contains(n);
        let shipments: Vec<&Shipment> = (0..self.shipments.len()).filter(served).map(|n| self.shipments[n]).collect();
        let mut dispatch = tender(self.state, self.fleet.warehouse, self.fleet.service, self.opens, shipments)?;
        dispatch.answer_by = self.opens;
        dispatch.planned_at = Some(self.now);
        dispatch.routes = solution.routes.iter().map(|route| self.route(problem, route)).collect();
        dispatch.carrier_cost = dispatch.routes.iter().map(|route| route.cost).sum();
        dispatch.left = solution.unassigned.iter().map(|left| self.left(left.stop as usize)).collect();
        Some(dispatch)
    }

    /// Walks a route by the clock.
    fn route(&self, problem: &Problem, route: &routing::Route) -> VanRoute {
        let mut clock = route.departs;
        let mut trips = Vec::with_capacity(route.trips.len());
        for (n, trip) in route.trips.iter().enumerate() {
            if n > 0 {
                clock += self.fleet.reload.get();
            }
            let departs = clock;
            let mut place = 0;
            let mut stops = Vec::with_capacity(trip.stops.len());
            for &stop in &trip.stops {
                let next = stop + 1;
                clock = (clock + problem.duration(place, next)).max(problem.stops()[stop as usize].window.early);
                stops.push(self.stop(stop as usize, self.now + Seconds::new(clock)));
                clock += problem.stops()[stop as usize].service;
                place = next;
            }
            clock += problem.duration(place, 0);
            trips.push(VanTrip {
                departs: self.now + Seconds::new(departs),
                returns: self.now + Seconds::new(clock),
                stops,
            });
        }
        let distance = Metres::new(route.distance);
        VanRoute { fleet: self.ix, van: route.vehicle, trips, distance, cost: cost(self.fleet, distance) }
    }

    fn stop(&self, stop: usize, arrives: Timestamp) -> VanStop {
        let (shipment, collects) = self.door(stop);
        VanStop { shipment, collects, arrives }
    }

    fn left(&self, stop: usize) -> DoorLeft {
        let (shipment, collects) = self.door(stop);
        DoorLeft { shipment, collects, verdict: LeftVerdict::NotLookedAt, ways: Vec::new() }
    }

    /// What is delivered or collected at a stop of the problem.
    fn door(&self, stop: usize) -> (Option<ShipmentId>, Option<ReturnId>) {
        match self.shipments.get(stop) {
            Some(shipment) => (Some(shipment.id.clone()), None),
            None => (None, Some(self.returns[stop - self.shipments.len()].id.clone())),
        }
    }
}
