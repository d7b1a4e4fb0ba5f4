//! What is left of a van dispatch's day, as a routing problem in which what is driven and loaded stays.
//!
//! - A van on a trip is a vehicle type of its own that runs ([`Running`]). Its first stop stands for where it is: reached at a
//!   moment that is past, no way from the depot, and what was collected so far comes on board there. Behind it the door it is
//!   driving to is locked. What is on board may only be delivered by that van.
//! - Parcels at the dock are released now, and a trip that runs left before: so they join no trip that is loaded.
//! - A van that is back is a type of its own, ready once it is loaded; vans that have not been loaded today are alike.
//! - Doors that the running plan reaches after the window may be reached as late again, for a price; so the running plan is
//!   a solution of the problem ([`Rest::running_plan`]), and what is found can be compared with it.
//!
//! New doors are optional with a prize, so that none takes the place of one that the running plan serves.

use std::collections::BTreeMap;

use crate::fulfilment::{Dispatch, Return, ReturnStage, Shipment, State, VanRoute, VanStop, VanTrip};
use crate::ids::ReturnId;
use crate::model::{Fleet, FleetIx, PostalIx};
use crate::network::Network;
use crate::roads::{Place, RoadTimes};
use crate::routing::{
    CostParts, Depot, Load, Matrix, Plan, PricedWindow, Problem, Reason, Route, Running, Spec, Stop, Trip, Unassigned,
    VehicleType, Window,
};
use crate::units::{Cents, Grams, Metres, Seconds, Timestamp};

use super::progress::Progress;
use super::tender::Late;
use super::travel::{Travel, travel};
use super::vans::{HEAD_START, LOADING, MILLICENTS, PICKUP_WORTH, collectable, cost, load, load_back, load_of};

/// What reaching a door after its window is held to cost, in cents.
const LATE_WORTH: i64 = 1_000;
/// A new delivery is worth this many vans' days that go to its door alone: any way that holds.
const DELIVERY_WORTH: i64 = 10;

/// What is to be done at a door.
#[derive(Clone, Copy)]
pub(super) enum Task<'a> {
    Deliver(&'a Shipment),
    Collect(&'a Return),
}

/// A door that is not reached yet.
struct Door<'a> {
    task: Task<'a>,
    postal: PostalIx,
    /// Whether the running plan goes there.
    is_planned: bool,
    /// The van whose load it is part of, by its place in the running plan.
    on_board: Option<usize>,
}

/// Where a van's rest of the day begins.
enum Start {
    /// Not loaded yet today; the plan sends it out then.
    Fresh { departs: i64 },
    /// Back at the depot; loaded for another trip by then, and sent out by the plan then.
    Back { ready: i64, departs: i64 },
    /// On a trip: at a place (`None`: the depot) since a moment, for a time, with so much collected; so many of the next
    /// doors are as good as reached.
    UnderWay { at: Option<PostalIx>, since: i64, stays: i64, collected: Load, next: usize },
}

/// A van of the running plan.
struct Van<'a> {
    route: &'a VanRoute,
    progress: Progress,
    start: Start,
    /// Doors left of each trip; of a van under way first those of the trip it is on, which may be none.
    trips: Vec<Vec<usize>>,
}

impl Van<'_> {
    /// The trips that are loaded, from the last delivery told on at the times that it shows: the next look must not count the
    /// same delay again.
    fn loaded_trips(&self) -> Vec<VanTrip> {
        let Progress { behind, loaded, told, .. } = self.progress;
        let since = |is_later: bool| if is_later { behind } else { Seconds::ZERO };
        let stop = |n: usize, k: usize, stop: &VanStop| VanStop {
            arrives: stop.arrives + since((n, k) >= told),
            ..stop.clone()
        };
        let trip = |(n, trip): (usize, &VanTrip)| VanTrip {
            departs: trip.departs + since(n > told.0),
            returns: trip.returns + since(n >= told.0),
            stops: trip.stops.iter().enumerate().map(|(k, door)| stop(n, k, door)).collect(),
        };
        self.route.trips[..loaded].iter().enumerate().map(trip).collect()
    }
}

/// How much of a trip under way may not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// The way up to where the van is.
    Position,
    /// All that the running plan has left of it; something may follow.
    Trip,
}

/// What is left of a day.
pub(super) struct Rest<'a> {
    network: &'a Network,
    state: &'a State,
    ix: FleetIx,
    fleet: &'a Fleet,
    was: &'a Dispatch,
    now: Timestamp,
    vans: Vec<Van<'a>>,
    doors: Vec<Door<'a>>,
    /// Returns of the running plan that are left out, because they came back otherwise.
    pub withdrawn: Vec<ReturnId>,
}

/// Distances and times: of the problem's places, and of all doors of the day.
pub(super) struct Tables {
    pub travel: Travel,
    metres: Matrix,
    seconds: Matrix,
    place_of: BTreeMap<PostalIx, u32>,
}

/// A route driven by the clock.
struct Drive {
    /// Departure, arrivals, return of each trip.
    trips: Vec<(i64, Vec<i64>, i64)>,
    distance: i64,
}

impl<'a> Rest<'a> {
    /// What is left at `now`; `None` where the dispatch is no fleet's.
    pub fn of(network: &'a Network, state: &'a State, was: &'a Dispatch, now: Timestamp) -> Option<Self> {
        let ix = was.routes.first()?.fleet;
        let fleet = &network.world.fleets[ix];
        let mut rest =
            Self { network, state, ix, fleet, was, now, vans: Vec::new(), doors: Vec::new(), withdrawn: Vec::new() };
        for (n, route) in was.routes.iter().enumerate() {
            let van = rest.van(n, route);
            rest.vans.push(van);
        }
        rest.add_new();
        Some(rest)
    }

    fn clock(&self, at: Timestamp) -> i64 {
        (at - (self.was.pickup_at - HEAD_START)).get().max(0)
    }

    fn instant(&self, clock: i64) -> Timestamp {
        self.was.pickup_at - HEAD_START + Seconds::new(clock)
    }

    fn van(&mut self, n: usize, route: &'a VanRoute) -> Van<'a> {
        let progress = Progress::of(self.state, self.fleet, route, self.now);
        let Progress { behind, loaded, reached, .. } = progress;
        let departs = |trip: usize| route.trips.get(trip).map_or(0, |trip| self.clock(trip.departs + behind));
        let start = Start::Fresh { departs: departs(0) };
        let mut van = Van { route, progress, start, trips: Vec::new() };
        if loaded > 0 {
            let (on, back) = (&route.trips[loaded - 1], self.clock(route.trips[loaded - 1].returns + behind));
            van.start = self.under_way(on, reached, behind).unwrap_or_else(|| {
                let ready = back.max(self.clock(self.now) + 1) + self.fleet.reload.get();
                Start::Back { ready, departs: departs(loaded).max(ready) }
            });
        }
        if let Start::UnderWay { next, .. } = van.start {
            let left = &route.trips[loaded - 1].stops[reached..];
            van.trips.push(self.planned(&left[..next.min(left.len())], Some(n), true));
            let behind_it = self.planned(&left[next.min(left.len())..], Some(n), false);
            van.trips[0].extend(behind_it);
        }
        for trip in &route.trips[loaded..] {
            let doors = self.planned(&trip.stops, None, false);
            if !doors.is_empty() {
                van.trips.push(doors);
            }
        }
        van
    }

    /// Where a van is on its trip; `None` once it drives home.
    fn under_way(&self, trip: &VanTrip, reached: usize, behind: Seconds) -> Option<Start> {
        let now = self.clock(self.now);
        let Some(last) = reached.checked_sub(1).map(|last| &trip.stops[last]) else {
            let departs = self.clock(trip.departs + behind);
            let (since, collected) = (departs.min(now), Load::default());
            let next = usize::from(departs <= now);
            return Some(Start::UnderWay { at: None, since, stays: departs - since, collected, next });
        };
        let (since, stays) = (self.clock(last.arrives + behind).min(now), self.fleet.stop.get());
        let next = usize::from(since + stays <= now);
        if next > 0 && reached == trip.stops.len() {
            return None;
        }
        let back = trip.stops[..reached].iter().filter_map(|stop| self.state.returns().get(stop.collects.as_ref()?));
        let collected = back.map(|goods| load_back(&self.network.world, goods));
        let collected =
            collected.fold(load(0, Grams::ZERO), |sum, more| Load(std::array::from_fn(|d| sum.0[d] + more.0[d])));
        Some(Start::UnderWay { at: self.postal(last), since, stays, collected, next })
    }

    fn postal(&self, stop: &VanStop) -> Option<PostalIx> {
        let shipment = stop.shipment.as_ref().and_then(|id| self.state.shipments().get(id));
        let goods = stop.collects.as_ref().and_then(|id| self.state.returns().get(id));
        shipment.map(|shipment| shipment.postal).or_else(|| self.door_of(goods?))
    }

    fn door_of(&self, goods: &Return) -> Option<PostalIx> {
        self.state.orders().get(&goods.order).map(|order| order.postal)
    }

    /// Doors of the running plan, what is delivered on board of a van. Those are left out at which nothing is to be done any
    /// more, unless the van is about to be there.
    fn planned(&mut self, stops: &[VanStop], on_board: Option<usize>, is_next: bool) -> Vec<usize> {
        let (state, mut doors) = (self.state, Vec::new());
        for stop in stops {
            if let Some(shipment) = stop.shipment.as_ref().and_then(|id| state.shipments().get(id)) {
                let (task, postal) = (Task::Deliver(shipment), shipment.postal);
                doors.push(self.push(Door { task, postal, is_planned: true, on_board }));
            }
            let Some(goods) = stop.collects.as_ref().and_then(|id| state.returns().get(id)) else { continue };
            match self.door_of(goods).filter(|_| is_next || goods.stage == ReturnStage::Open) {
                Some(postal) => {
                    let task = Task::Collect(goods);
                    doors.push(self.push(Door { task, postal, is_planned: true, on_board: None }));
                }
                None => self.withdrawn.push(goods.id.clone()),
            }
        }
        doors
    }

    fn push(&mut self, door: Door<'a>) -> usize {
        self.doors.push(door);
        self.doors.len() - 1
    }

    /// Parcels that stand at the dock for this window, and returns to collect.
    fn add_new(&mut self) {
        let (state, at) = (self.state, self.was.pickup_at);
        let mut late = Late::new(state);
        let docked = state.docked().get(&(self.was.warehouse, self.was.service)).into_iter().flatten();
        for shipment in docked.filter_map(|id| state.shipments().get(id)).filter(|s| s.plan.pickup_at <= at) {
            if late.takes(shipment, at) {
                let (task, postal) = (Task::Deliver(shipment), shipment.postal);
                self.push(Door { task, postal, is_planned: false, on_board: None });
            }
        }
        for goods in collectable(state, self.fleet) {
            if let Some(postal) = self.door_of(goods) {
                self.push(Door { task: Task::Collect(goods), postal, is_planned: false, on_board: None });
            }
        }
    }

    /// Doors that are not reached: those of the running plan, and new ones.
    pub fn tasks(&self) -> impl Iterator<Item = (Task<'a>, bool)> {
        self.doors.iter().map(|door| (door.task, door.is_planned))
    }

    /// How far each van is behind, by its number.
    pub fn behind(&self) -> impl Iterator<Item = (u32, Seconds)> {
        let of = |van: &Van<'a>| (van.route.van, van.progress.behind);
        self.vans.iter().filter(|van| van.trips.iter().any(|trip| !trip.is_empty())).map(of)
    }

    // The problem's stops are where vans are, in the order of `under_way_vans`, then `doors`.

    fn under_way_vans(&self) -> impl Iterator<Item = (usize, &Van<'a>)> {
        self.vans.iter().enumerate().filter(|(_, van)| matches!(van.start, Start::UnderWay { .. }))
    }

    /// Vans with a type of their own: under way, or back with a trip to spare.
    fn own_types(&self) -> Vec<usize> {
        let has_one = |van: &Van<'_>| match van.start {
            Start::Fresh { .. } => false,
            Start::Back { .. } => van.progress.loaded < self.fleet.trips as usize,
            Start::UnderWay { .. } => true,
        };
        (0..self.vans.len()).filter(|&n| has_one(&self.vans[n])).collect()
    }

    fn stop_of(&self, door: usize) -> u32 {
        (self.under_way_vans().count() + door) as u32
    }

    fn door_at(&self, stop: u32) -> usize {
        stop as usize - self.under_way_vans().count()
    }

    /// The rest of a van's trips as the problem's stops.
    fn trips_of(&self, n: usize) -> Vec<Vec<u32>> {
        let here = self.under_way_vans().position(|(other, _)| other == n).map(|here| here as u32);
        let trips = self.vans[n].trips.iter().enumerate();
        let stops = |(k, trip): (usize, &Vec<usize>)| {
            here.filter(|_| k == 0).into_iter().chain(trip.iter().map(|&door| self.stop_of(door))).collect()
        };
        trips.map(stops).collect()
    }

    /// Distances and times between the places of the problem and all doors of the day.
    pub fn tables(&self, roads: Option<&dyn RoadTimes>) -> Tables {
        let world = &self.network.world;
        let driven = self.was.routes.iter().flat_map(|r| &r.trips).flat_map(|t| &t.stops);
        let postals = driven.filter_map(|stop| self.postal(stop)).chain(self.doors.iter().map(|door| door.postal));
        let mut place_of: BTreeMap<PostalIx, u32> = postals.map(|postal| (postal, 0)).collect();
        (1..).zip(place_of.values_mut()).for_each(|(place, of)| *of = place);
        let depot = &world.warehouses[self.was.warehouse];
        let depot = Place { name: depot.id.to_string(), at: depot.at };
        let doors = place_of.keys().map(|&p| Place { name: world.postals[p].code.clone(), at: world.postals[p].at });
        let places: Vec<Place> = std::iter::once(depot).chain(doors).collect();
        let travel = travel(self.fleet, &places, roads);
        let heres = self.under_way_vans().map(|(_, van)| match van.start {
            Start::UnderWay { at: Some(postal), .. } => place_of[&postal],
            _ => 0,
        });
        let at: Vec<u32> =
            std::iter::once(0).chain(heres).chain(self.doors.iter().map(|door| place_of[&door.postal])).collect();
        let here = 1..=self.under_way_vans().count();
        let over = |of: &Matrix| {
            let cells = (0..at.len()).flat_map(|from| (0..at.len()).map(move |to| (from, to)));
            // The way to where a van is lies behind it.
            let amount = |(from, to)| if from == 0 && here.contains(&to) { 0 } else { of.between(at[from], at[to]) };
            Matrix::dense(at.len(), cells.map(amount).collect())
        };
        Tables { metres: over(&travel.metres), seconds: over(&travel.seconds), travel, place_of }
    }

    /// Drives trips from a departure on.
    fn drive(&self, tables: &Tables, departs: i64, trips: &[Vec<u32>]) -> Drive {
        let opens = self.clock(self.was.pickup_at);
        let (mut clock, mut driven) = (departs, Drive { trips: Vec::new(), distance: 0 });
        for (n, stops) in trips.iter().enumerate() {
            clock += if n > 0 { self.fleet.reload.get() } else { 0 };
            let (leaves, mut place, mut arrivals) = (clock, 0, Vec::new());
            for &stop in stops {
                let (early, stays) = self.here(stop).unwrap_or((opens, self.fleet.stop.get()));
                clock = (clock + tables.seconds.between(place, stop + 1)).max(early);
                arrivals.push(clock);
                clock += stays;
                driven.distance += tables.metres.between(place, stop + 1);
                place = stop + 1;
            }
            clock += tables.seconds.between(place, 0);
            driven.distance += tables.metres.between(place, 0);
            driven.trips.push((leaves, arrivals, clock));
        }
        driven
    }

    /// Since when a van is at the stop that stands for where it is, and how long it stays; `None` for doors.
    fn here(&self, stop: u32) -> Option<(i64, i64)> {
        let (_, van) = self.under_way_vans().nth(stop as usize)?;
        let Start::UnderWay { since, stays, .. } = van.start else { return None };
        Some((since, stays))
    }

    /// The running plan from where it stands: each van that still drives, by its place in it.
    fn driven(&self, tables: &Tables) -> BTreeMap<usize, Drive> {
        let drives = |(n, van): (usize, &Van<'a>)| {
            let departs = match van.start {
                Start::Fresh { departs } | Start::Back { departs, .. } => departs,
                Start::UnderWay { since, .. } => since,
            };
            let trips = self.trips_of(n);
            (!trips.is_empty()).then(|| (n, self.drive(tables, departs, &trips)))
        };
        self.vans.iter().enumerate().filter_map(drives).collect()
    }

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

    /// Whether a plan serves every door of the running plan, what is on board on the trip it is on.
    pub fn is_kept_by(&self, plan: &Plan) -> bool {
        let is_new = |stop: u32| (self.door_at(stop) < self.doors.len()) && !self.doors[self.door_at(stop)].is_planned;
        let own = self.own_types();
        let is_on_trip = |(door, of): (usize, &Door<'a>)| {
            let Some(n) = of.on_board else { return true };
            let kind = own.iter().position(|&other| other == n).map(|kind| kind as u32);
            let route = plan.routes.iter().find(|route| Some(route.vehicle_type) == kind);
            route.is_some_and(|route| route.trips[0].stops.contains(&self.stop_of(door)))
        };
        plan.unassigned.iter().all(|left| is_new(left.stop)) && self.doors.iter().enumerate().all(is_on_trip)
    }

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
            dispatch.gross += shipment.parcels.iter().map(|parcel| parcel.gross).sum();
        }
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
