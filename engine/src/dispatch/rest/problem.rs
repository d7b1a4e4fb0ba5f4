//! The rest of a day as the routing kernel's problem, and the running plan as a solution of it. Distances are metres, times
//! seconds after an hour before the window opens, costs thousandths of a cent.

use crate::routing::{
    CostParts, Depot, Plan, PricedWindow, Problem, Reason, Route, Running, Spec, Stop, Trip, Unassigned, VehicleType,
    Window,
};

use super::super::vans::{LOADING, MILLICENTS, PICKUP_WORTH, load, load_back, load_of};
use super::{Door, Lock, Rest, Start, Tables, Task, Van};

/// What reaching a door after its window is held to cost, in cents.
const LATE_WORTH: i64 = 1_000;
/// A new delivery is worth this many vans' days that go to its door alone: any way that holds.
const DELIVERY_WORTH: i64 = 10;

impl<'a> Rest<'a> {
    /// The problem; `None` if the fleet has become too small for what runs.
    pub fn problem(&self, tables: &Tables, lock: Lock) -> Option<Problem> {
        let driven = self.driven(tables);
        let mut late = vec![0; self.under_way_vans().count() + self.doors.len()];
        for (&n, drive) in &driven {
            let stops = self.trips_of(n).into_iter().flatten();
            let arrivals = drive.trips.iter().flat_map(|(_, arrivals, _)| arrivals);
            stops.zip(arrivals).for_each(|(stop, &at)| late[stop as usize] = at);
        }
        let own = self.own_types();
        let running: Vec<Running> = (0..).zip(&own).filter_map(|(k, &n)| self.running(k, n, lock)).collect();
        let locked: Vec<u32> = running.iter().flat_map(|vehicle| vehicle.stops.iter().copied()).collect();
        let heres = self.under_way_vans().map(|(_, van)| self.here_stop(van));
        let doors = self.doors.iter().enumerate().map(|(door, of)| {
            let stop = self.stop_of(door);
            self.door_stop(of, late[stop as usize], locked.contains(&stop), tables)
        });
        let returns = |n: &usize| driven.get(n).and_then(|drive| drive.trips.last()).map_or(0, |last| last.2);
        let mut vehicle_types: Vec<VehicleType> = own.iter().map(|&n| self.own_type(n, returns(&n))).collect();
        let unused =
            self.fleet.vans.saturating_sub(self.vans.iter().filter(|van| van.progress.loaded > 0).count() as u32);
        if unused > 0 {
            let fresh = (0..self.vans.len()).filter(|&n| self.vans[n].progress.loaded == 0);
            let latest = fresh.map(|n| returns(&n)).max().unwrap_or(0);
            let early = self.clock(self.now + LOADING);
            let fixed_cost = self.fleet.per_van_day.get() * MILLICENTS;
            let max_reloads = self.fleet.trips.saturating_sub(1);
            vehicle_types.push(VehicleType {
                count: unused,
                fixed_cost,
                max_reloads,
                ..self.kind(early, latest, None)
            });
        }
        let latest = vehicle_types.iter().map(|kind| kind.shift.late).max()?;
        let spec = Spec {
            depots: vec![Depot { window: Window::new(0, latest) }],
            stops: heres.chain(doors).collect(),
            vehicle_types,
            running,
            distance: tables.metres.clone(),
            duration: Some(tables.seconds.clone()),
            ..Spec::default()
        };
        Problem::new(spec).ok()
    }

    fn running(&self, kind: u32, n: usize, lock: Lock) -> Option<Running> {
        let Start::UnderWay { next, .. } = self.vans[n].start else { return None };
        let trip = self.trips_of(n).swap_remove(0);
        let locked = if lock == Lock::Trip { trip.len() } else { 1 + next.min(trip.len() - 1) };
        Some(Running { vehicle_type: kind, stops: trip[..locked].to_vec() })
    }

    fn here_stop(&self, van: &Van<'a>) -> Stop {
        let Start::UnderWay { since, stays, collected, .. } = van.start else { return Stop::default() };
        Stop { pickup: collected, service: stays, window: Window::new(since, since), ..Stop::default() }
    }

    /// A door that the running plan reaches at `arrives` if at all.
    fn door_stop(&self, door: &Door<'a>, arrives: i64, is_locked: bool, tables: &Tables) -> Stop {
        let (opens, closes) = (self.clock(self.was.pickup_at), self.clock(self.was.pickup_at + self.fleet.window));
        let late = if is_locked { closes.max(arrives) } else { closes };
        let later = PricedWindow { window: Window::new(closes + 1, arrives), price: LATE_WORTH * MILLICENTS };
        let stop = Stop {
            service: self.fleet.stop.get(),
            window: Window::new(opens, late),
            other_windows: if !is_locked && arrives > closes { vec![later] } else { Vec::new() },
            ..Stop::default()
        };
        match door.task {
            Task::Deliver(shipment) => Stop {
                delivery: load_of(shipment),
                release: if door.on_board.is_some() { 0 } else { self.clock(self.now) + 1 },
                prize: (!door.is_planned).then(|| self.worth(door, tables)),
                ..stop
            },
            Task::Collect(goods) => Stop {
                pickup: load_back(&self.network.world, goods),
                prize: (!door.is_planned).then_some(PICKUP_WORTH * MILLICENTS),
                ..stop
            },
        }
    }

    fn worth(&self, door: &Door<'a>, tables: &Tables) -> i64 {
        let (metres, place) = (&tables.travel.metres, tables.place_of[&door.postal]);
        let alone = metres.between(0, place) + metres.between(place, 0);
        DELIVERY_WORTH * (self.fleet.per_van_day.get() * MILLICENTS + alone * self.fleet.per_km.get())
    }

    fn own_type(&self, n: usize, returns: i64) -> VehicleType {
        let van = &self.vans[n];
        let spare = self.fleet.trips.saturating_sub(van.progress.loaded as u32);
        let (early, reloads) = match van.start {
            Start::Fresh { departs } => (departs, spare),
            Start::Back { ready, .. } => (ready, spare.saturating_sub(1)),
            Start::UnderWay { since, .. } => (since, spare),
        };
        VehicleType { max_reloads: reloads, ..self.kind(early, returns, Some(n)) }
    }

    /// A van of this fleet, from a moment on, that may be back as late as the running plan is. What is on board of others is
    /// not for it; the day of a van that has left is paid.
    fn kind(&self, early: i64, returns: i64, own: Option<usize>) -> VehicleType {
        let depot = &self.network.world.warehouses[self.was.warehouse];
        let shift_ends = depot.calendar.instant(depot.calendar.date(self.was.pickup_at), self.fleet.shift_end);
        let heres = self.under_way_vans().map(|(n, _)| own == Some(n));
        let doors = self.doors.iter().map(|door| door.on_board.is_none() || door.on_board == own);
        let late = self.clock(shift_ends).max(returns).max(early);
        VehicleType {
            capacity: load(i64::from(self.fleet.van_parcels), self.fleet.van_weight),
            shift: Window::new(early, late),
            unit_distance_cost: self.fleet.per_km.get(),
            reload_depots: vec![0],
            reload_duration: self.fleet.reload.get(),
            serves: Some(heres.chain(doors).collect()),
            ..VehicleType::default()
        }
    }

    /// The running plan as a plan of the problem; new doors are left out.
    pub fn running_plan(&self, tables: &Tables, problem: &Problem) -> Plan {
        let (own, driven) = (self.own_types(), self.driven(tables));
        let fresh = (0..self.vans.len()).filter(|&n| self.vans[n].progress.loaded == 0 && driven.contains_key(&n));
        let vehicles = (0..).zip(&own).map(|(kind, &n)| (kind, 0, n));
        let vehicles = vehicles.chain((0..).zip(fresh).map(|(vehicle, n)| (own.len() as u32, vehicle, n)));
        let mut plan = Plan::default();
        for (vehicle_type, vehicle, n) in vehicles {
            let Some(drive) = driven.get(&n) else { continue };
            let mut trips = Vec::new();
            for (stops, (_, arrivals, _)) in self.trips_of(n).into_iter().zip(&drive.trips) {
                let is_late = |(&stop, &at): (&u32, &i64)| at > problem.stops()[stop as usize].window.late;
                let windows = stops.iter().zip(arrivals).map(|visit| u32::from(is_late(visit))).collect();
                trips.push(Trip { depot: 0, stops, windows });
            }
            let (departs, returns) = (drive.trips[0].0, drive.trips[drive.trips.len() - 1].2);
            let (distance, duration) = (drive.distance, returns - departs);
            plan.routes.push(Route { vehicle_type, vehicle, trips, distance, duration, departs, pauses: Vec::new() });
        }
        let new = (0..self.doors.len()).filter(|&door| !self.doors[door].is_planned);
        let left = |door| Unassigned { stop: self.stop_of(door), reason: Reason::NotWorthItsPrize };
        plan.unassigned = new.map(left).collect();
        plan.cost = costs(problem, &plan);
        plan
    }
}

/// What a plan costs by the problem's prices; without time and overtime, which vans are not paid by.
fn costs(problem: &Problem, plan: &Plan) -> CostParts {
    let mut parts = CostParts::default();
    for route in &plan.routes {
        let kind = &problem.vehicle_types()[route.vehicle_type as usize];
        parts.fixed += kind.fixed_cost;
        parts.distance += kind.unit_distance_cost * route.distance;
        for (&stop, &used) in route.trips.iter().flat_map(|trip| trip.stops.iter().zip(&trip.windows)) {
            let later = used.checked_sub(1).map(|n| &problem.stops()[stop as usize].other_windows[n as usize]);
            parts.windows += later.map_or(0, |later| later.price);
        }
    }
    let left = plan.unassigned.iter().filter_map(|left| problem.stops()[left.stop as usize].prize);
    parts.missed_prizes = left.sum();
    parts
}
