//! Line-haul: when is a parcel that enters the network at one hub sorted at another?
//!
//! Each carrier's hubs are the nodes of a directed graph (crate `petgraph`), its lanes the edges; a lane leaves at fixed
//! local times on fixed days. Earliest arrival is Dijkstra's algorithm over arrival times (Cooke and Halsey 1966): lanes are
//! first-in-first-out, so waiting never pays. Air and ground are apart: a service that flies uses air lanes, where its
//! origin and destination differ, and ground services use ground lanes only.

use std::collections::{BTreeMap, HashMap};
use std::sync::RwLock;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::model::{CarrierIx, HubIx, RegionIx, WarehouseIx, World};
use crate::units::Timestamp;

use super::great_circle;

/// One lane ridden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// From this hub.
    pub from: HubIx,
    /// To that hub.
    pub to: HubIx,
    /// Leaves.
    pub departs: Timestamp,
    /// Arrives.
    pub arrives: Timestamp,
}

/// A way through the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Itinerary {
    /// Lanes in order; none where origin and destination are one hub.
    pub legs: Vec<Leg>,
    /// When the parcel is sorted at the last hub.
    pub sorted_at: Timestamp,
}

/// Key of a cached search: hubs, air or ground, ready at.
type Trip = (HubIx, HubIx, bool, Timestamp);

/// All carriers' timetables.
#[derive(Debug)]
pub struct LineHaul {
    graph: DiGraph<HubIx, usize>,
    of_warehouse: BTreeMap<(CarrierIx, WarehouseIx), HubIx>,
    of_region: BTreeMap<(CarrierIx, RegionIx), HubIx>,
    /// Collections are few instants a day, so the same trips are asked again and again. The cache holds results of a pure
    /// function: it changes speed, never answers.
    cache: RwLock<HashMap<Trip, Option<Timestamp>>>,
}

/// The cache is emptied when it holds this many trips: about a month of a large network.
const CACHED_TRIPS: usize = 1 << 20;

impl LineHaul {
    /// The graph of `world`'s hubs and lanes.
    pub fn new(world: &World) -> Self {
        let mut graph = DiGraph::new();
        for hub in world.hubs.indices() {
            graph.add_node(hub);
        }
        for (number, lane) in world.lanes.iter().enumerate() {
            graph.add_edge(NodeIndex::new(lane.from.0 as usize), NodeIndex::new(lane.to.0 as usize), number);
        }
        let nearest = |carrier, at| {
            let own = world.hubs.enumerate().filter(move |(_, hub)| hub.carrier == carrier);
            own.min_by_key(|(ix, hub)| (great_circle(hub.at, at), *ix)).map(|(ix, _)| ix)
        };
        let mut of_warehouse = BTreeMap::new();
        let mut of_region = BTreeMap::new();
        for carrier in world.carriers.indices() {
            for (ix, warehouse) in world.warehouses.enumerate() {
                nearest(carrier, warehouse.at).map(|hub| of_warehouse.insert((carrier, ix), hub));
            }
            for (ix, region) in world.regions.enumerate() {
                nearest(carrier, region.at).map(|hub| of_region.insert((carrier, ix), hub));
            }
        }
        Self { graph, of_warehouse, of_region, cache: RwLock::new(HashMap::new()) }
    }

    /// The carrier's hub nearest to a warehouse; `None` where the carrier has no hubs.
    pub fn hub_of_warehouse(&self, carrier: CarrierIx, warehouse: WarehouseIx) -> Option<HubIx> {
        self.of_warehouse.get(&(carrier, warehouse)).copied()
    }

    /// The carrier's hub nearest to a region; `None` where the carrier has no hubs.
    pub fn hub_of_region(&self, carrier: CarrierIx, region: RegionIx) -> Option<HubIx> {
        self.of_region.get(&(carrier, region)).copied()
    }

    /// When a parcel that reaches hub `from` at `ready` is sorted at hub `to`; `None` where no lane leads there.
    pub fn sorted_at(&self, world: &World, from: HubIx, to: HubIx, air: bool, ready: Timestamp) -> Option<Timestamp> {
        let trip = (from, to, air, ready);
        if let Ok(cache) = self.cache.read()
            && let Some(&known) = cache.get(&trip)
        {
            return known;
        }
        let found = self.itinerary(world, from, to, air, ready).map(|itinerary| itinerary.sorted_at);
        if let Ok(mut cache) = self.cache.write() {
            if cache.len() >= CACHED_TRIPS {
                cache.clear();
            }
            cache.insert(trip, found);
        }
        found
    }

    /// The lanes of the earliest arrival.
    pub fn itinerary(&self, world: &World, from: HubIx, to: HubIx, air: bool, ready: Timestamp) -> Option<Itinerary> {
        let hubs = self.graph.node_count();
        let mut sorted_at = vec![Timestamp::MAX; hubs];
        let mut last_leg: Vec<Option<Leg>> = vec![None; hubs];
        let mut settled = vec![false; hubs];
        sorted_at[from.0 as usize] = ready + world.hubs[from].sort;
        // A carrier has a dozen hubs: a scan for the next one beats a heap.
        while let Some(hub) =
            (0..hubs).filter(|&h| !settled[h] && sorted_at[h] < Timestamp::MAX).min_by_key(|&h| (sorted_at[h], h))
        {
            if hub == to.0 as usize {
                return Some(Itinerary { legs: trace(&last_leg, from, to), sorted_at: sorted_at[hub] });
            }
            settled[hub] = true;
            for edge in self.graph.edges(NodeIndex::new(hub)) {
                let lane = &world.lanes[*edge.weight()];
                let Some(departs) = (lane.air == air).then(|| departure(world, lane, sorted_at[hub])).flatten() else {
                    continue;
                };
                let arrives = departs + lane.duration;
                let ready = arrives + world.hubs[lane.to].sort;
                if ready < sorted_at[lane.to.0 as usize] {
                    sorted_at[lane.to.0 as usize] = ready;
                    last_leg[lane.to.0 as usize] = Some(Leg { from: lane.from, to: lane.to, departs, arrives });
                }
            }
        }
        None
    }
}

/// First departure of a lane at or after `ready`. Trucks and planes keep their days of the week, holidays or not.
fn departure(world: &World, lane: &crate::model::Lane, ready: Timestamp) -> Option<Timestamp> {
    let zone = world.hubs[lane.from].calendar.zone();
    let week = crate::calendar::Calendar::new(zone.clone(), lane.days, std::sync::Arc::default());
    lane.departures.iter().filter_map(|&time| week.next_at(time, ready)).min()
}

fn trace(last_leg: &[Option<Leg>], from: HubIx, to: HubIx) -> Vec<Leg> {
    let mut legs = Vec::new();
    let mut hub = to;
    while hub != from {
        let Some(leg) = last_leg[hub.0 as usize] else { break };
        legs.push(leg);
        hub = leg.from;
    }
    legs.reverse();
    legs
}
