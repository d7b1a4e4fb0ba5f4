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

mod answer;
mod problem;

use std::collections::BTreeMap;

use crate::fulfilment::{Dispatch, Return, ReturnStage, Shipment, State, VanRoute, VanStop, VanTrip};
use crate::ids::ReturnId;
use crate::model::{Fleet, FleetIx, PostalIx};
use crate::network::Network;
use crate::roads::{Place, RoadTimes};
use crate::routing::{Load, Matrix, Plan};
use crate::units::{Grams, Seconds, Timestamp};

use super::progress::Progress;
use super::tender::Late;
use super::travel::{Travel, travel};
use super::vans::{HEAD_START, collectable, load, load_back};

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
}
