//! Line-haul: when is a parcel that enters a carrier's network at one hub sorted at another?
//!
//! The hubs are the nodes of a directed graph (crate `petgraph`), the lanes its edges. A lane leaves at fixed local times on
//! fixed days of the week, holidays or not. With a(h) the instant from which a parcel can leave hub h again,
//!
//! a(origin) = ready + sort(origin),  a(h) = min over lanes g -> h of departure(lane, a(g)) + duration + sort(h).
//!
//! A later parcel never overtakes on a lane (first in, first out), so waiting at a hub for its own sake never pays and
//! Dijkstra's rule of settling the earliest hub stays right (Dreyfus 1969, "An appraisal of some shortest-path
//! algorithms"). Services that fly use air lanes and nothing else, the others ground lanes.
//!
//! Parcels are collected at few instants a day, so the earliest arrivals at *all* hubs are kept by start.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Arc, RwLock};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::calendar::civil::Time;
use crate::model::{CarrierIx, Coordinates, HubIx, RegionIx, WarehouseIx, World};
use crate::units::{Seconds, Timestamp};

use super::great_circle;
use super::timetable::Tables;
use crate::calendar::{Clock, Day, Workdays};

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

/// Where a warehouse's parcels enter a carrier's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The carrier's hub nearest to the warehouse.
    pub hub: HubIx,
    /// From the dock to the hub, rounded up.
    pub feeder: Seconds,
}

/// Speed from dock to hub over the great circle, metres an hour.
const FEEDER_SPEED: i64 = 60_000;

/// All carriers' timetables.
#[derive(Debug)]
pub struct LineHaul {
    graph: DiGraph<Stop, Run>,
    warehouses: usize,
    regions: usize,
    /// `[carrier][warehouse]`.
    entries: Vec<Option<Entry>>,
    /// `[carrier][region]`.
    exits: Vec<Option<HubIx>>,
    /// Results of a pure function: the cache changes speed, never answers.
    cache: RwLock<HashMap<Start, Tree>>,
}

/// Hub, air or ground, ready at.
type Start = (HubIx, bool, Timestamp);

/// The cache is emptied when it holds this many starts: weeks of a large network, some tens of megabytes.
const CACHED_STARTS: usize = 1 << 14;

/// A hub, ready to be asked for its day.
#[derive(Debug)]
struct Stop {
    sort: Seconds,
    clock: Arc<Clock>,
    out_for_delivery: Time,
}

/// A lane, ready to be asked for departures.
#[derive(Debug)]
struct Run {
    air: bool,
    departures: Vec<Time>,
    clock: Arc<Clock>,
    days: Arc<Workdays>,
    duration: Seconds,
}

impl Run {
    /// First departure at or after `ready`.
    fn departure(&self, ready: Timestamp) -> Option<Timestamp> {
        let mut day = self.days.on_or_after(self.clock.day(ready))?;
        // On the day of `ready` all departures may be past; one day more has one, but for days that a zone skips.
        for _ in 0..8 {
            let of_day = self.departures.iter().map(|&time| self.clock.instant(day, time));
            if let Some(departs) = of_day.filter(|&at| at >= ready).min() {
                return Some(departs);
            }
            day = self.days.on_or_after(day.next())?;
        }
        None
    }
}

impl LineHaul {
    /// The graph of `world`'s hubs and lanes.
    pub(super) fn new(world: &World, tables: &mut Tables) -> Self {
        let mut graph = DiGraph::new();
        for hub in world.hubs.iter() {
            let clock = tables.clock(hub.calendar.zone());
            graph.add_node(Stop { sort: hub.sort, clock, out_for_delivery: hub.out_for_delivery });
        }
        for lane in &world.lanes {
            let run = Run {
                air: lane.air,
                departures: lane.departures.clone(),
                clock: tables.clock(world.hubs[lane.from].calendar.zone()),
                days: tables.weekdays(lane.days),
                duration: lane.duration,
            };
            graph.add_edge(node(lane.from), node(lane.to), run);
        }
        let nearest = |carrier, at: Coordinates| {
            let own = world.hubs.enumerate().filter(move |(_, hub)| hub.carrier == carrier);
            own.map(|(ix, hub)| (great_circle(hub.at, at), ix)).min()
        };
        let mut line_haul = Self {
            graph,
            warehouses: world.warehouses.len(),
            regions: world.regions.len(),
            entries: Vec::new(),
            exits: Vec::new(),
            cache: RwLock::default(),
        };
        for carrier in world.carriers.indices() {
            line_haul.entries.extend(world.warehouses.iter().map(|warehouse| {
                nearest(carrier, warehouse.at).map(|(metres, hub)| Entry {
                    hub,
                    feeder: Seconds::new(ceil_div(metres.get() * 3_600, FEEDER_SPEED)),
                })
            }));
            line_haul.exits.extend(world.regions.iter().map(|region| nearest(carrier, region.at).map(|(_, hub)| hub)));
        }
        line_haul
    }

    /// Where a warehouse's parcels enter a carrier's network; `None` where the carrier has no hubs.
    pub fn entry(&self, carrier: CarrierIx, warehouse: WarehouseIx) -> Option<Entry> {
        self.entries[carrier.0 as usize * self.warehouses + warehouse.0 as usize]
    }

    /// The carrier's hub nearest to a region; `None` where the carrier has no hubs.
    pub fn exit(&self, carrier: CarrierIx, region: RegionIx) -> Option<HubIx> {
        self.exits[carrier.0 as usize * self.regions + region.0 as usize]
    }

    /// The hub's local day on which a parcel sorted there at `sorted_at` goes out for delivery.
    pub fn goes_out(&self, hub: HubIx, sorted_at: Timestamp) -> Day {
        let Stop { clock, out_for_delivery, .. } = &self.graph[node(hub)];
        let day = clock.day(sorted_at);
        if sorted_at <= clock.instant(day, *out_for_delivery) { day } else { day.next() }
    }

    /// When a parcel that reaches hub `from` at `ready` is sorted at hub `to`; `None` where no lane leads there.
    pub fn sorted_at(&self, from: HubIx, to: HubIx, ready: Timestamp, air: bool) -> Option<Timestamp> {
        self.with_tree(from, ready, air, |tree| tree.reached(to))
    }

    /// Asks the tree of a start, which is remembered.
    fn with_tree<T>(&self, from: HubIx, ready: Timestamp, air: bool, ask: impl Fn(&Tree) -> T) -> T {
        let start = (from, air, ready);
        if let Ok(cache) = self.cache.read()
            && let Some(known) = cache.get(&start)
        {
            return ask(known);
        }
        let found = self.search(from, ready, air);
        let answer = ask(&found);
        if let Ok(mut cache) = self.cache.write() {
            if cache.len() >= CACHED_STARTS {
                cache.clear();
            }
            cache.insert(start, found);
        }
        answer
    }

    /// The lanes of the earliest arrival at hub `to` of a parcel that reaches hub `from` at `ready`, by air or by ground.
    pub fn earliest_arrival(&self, from: HubIx, to: HubIx, ready: Timestamp, air: bool) -> Option<Itinerary> {
        self.with_tree(from, ready, air, |tree| {
            let sorted_at = tree.reached(to)?;
            let legs = std::iter::successors(tree.last_leg[to.0 as usize], |leg| tree.last_leg[leg.from.0 as usize]);
            let mut legs: Vec<Leg> = legs.collect();
            legs.reverse();
            Some(Itinerary { legs, sorted_at })
        })
    }

    fn search(&self, from: HubIx, ready: Timestamp, air: bool) -> Tree {
        let hubs = self.graph.node_count();
        let mut tree = Tree { sorted_at: vec![Timestamp::MAX; hubs], last_leg: vec![None; hubs] };
        let start = ready + self.graph[node(from)].sort;
        tree.sorted_at[from.0 as usize] = start;
        let mut open = BinaryHeap::from([Reverse((start, from))]);
        while let Some(Reverse((at, hub))) = open.pop() {
            if at > tree.sorted_at[hub.0 as usize] {
                continue;
            }
            for edge in self.graph.edges(node(hub)).filter(|edge| edge.weight().air == air) {
                let Some(departs) = edge.weight().departure(at) else { continue };
                let arrives = departs + edge.weight().duration;
                let sorted_at = arrives + self.graph[edge.target()].sort;
                let to = edge.target().index();
                if sorted_at < tree.sorted_at[to] {
                    tree.sorted_at[to] = sorted_at;
                    let to = HubIx(to as u32);
                    tree.last_leg[edge.target().index()] = Some(Leg { from: hub, to, departs, arrives });
                    open.push(Reverse((sorted_at, to)));
                }
            }
        }
        tree
    }
}

/// Earliest arrivals from one start, by hub.
#[derive(Debug)]
struct Tree {
    sorted_at: Vec<Timestamp>,
    last_leg: Vec<Option<Leg>>,
}

impl Tree {
    fn reached(&self, to: HubIx) -> Option<Timestamp> {
        Some(self.sorted_at[to.0 as usize]).filter(|&at| at < Timestamp::MAX)
    }
}

fn node(hub: HubIx) -> NodeIndex {
    NodeIndex::new(hub.0 as usize)
}

fn ceil_div(numerator: i64, denominator: i64) -> i64 {
    (numerator + denominator - 1) / denominator
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::{Calendar, parse_timestamp};
    use crate::model::fixture::{tiny_parts, tiny_world};
    use crate::network::Network;

    const NYC: HubIx = HubIx(0);
    const CHI: HubIx = HubIx(1);
    const LAX: HubIx = HubIx(3);

    fn at(text: &str) -> Timestamp {
        parse_timestamp(text).unwrap()
    }

    /// The legs as `0>1 dep arr`, and when the parcel is sorted.
    fn drawn(network: &Network, to: HubIx, ready: &str, air: bool) -> String {
        let way = network.line_haul.earliest_arrival(NYC, to, at(ready), air).unwrap();
        assert_eq!(network.line_haul.sorted_at(NYC, to, at(ready), air), Some(way.sorted_at));
        assert_eq!(network.line_haul.sorted_at(NYC, to, at(ready), air), Some(way.sorted_at), "from the cache");
        let legs = way.legs.iter().map(|l| format!("{}>{} {} {}", l.from.0, l.to.0, l.departs, l.arrives));
        legs.chain([format!("sorted {}", way.sorted_at)]).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn an_hour_of_sorting_decides_about_the_truck() {
        let network = Network::new(tiny_world());
        // Monday 21:00 New York + 1 h sorting = the 22:00 truck; 13 h to Chicago; 1 h sorting.
        let caught = "0>1 2025-11-11T03:00:00Z 2025-11-11T16:00:00Z | sorted 2025-11-11T17:00:00Z";
        assert_eq!(drawn(&network, CHI, "2025-11-11T02:00:00Z", false), caught);
        // A second later it is the 06:00 truck.
        let missed = "0>1 2025-11-11T11:00:00Z 2025-11-12T00:00:00Z | sorted 2025-11-12T01:00:00Z";
        assert_eq!(drawn(&network, CHI, "2025-11-11T02:00:01Z", false), missed);
    }

    #[test]
    fn the_direct_truck_runs_on_weekdays_only() {
        let network = Network::new(tiny_world());
        // Monday: direct 50 h. By Chicago and Denver: Tue 10:00 CST, Tue 22:00 + 16 h, ... arrives later.
        let direct = "0>3 2025-11-11T03:00:00Z 2025-11-13T05:00:00Z | sorted 2025-11-13T06:00:00Z";
        assert_eq!(drawn(&network, LAX, "2025-11-11T02:00:00Z", false), direct);
        // Saturday 21:00: no direct truck. Sat 22:00 -> Sun 10:00 CST, 22:00 CST -> Mon 13:00 MST, 22:00 MST -> Tue 14:00 PST.
        let relay = "0>1 2025-11-09T03:00:00Z 2025-11-09T16:00:00Z | 1>2 2025-11-10T04:00:00Z 2025-11-10T20:00:00Z | \
                     2>3 2025-11-11T05:00:00Z 2025-11-11T22:00:00Z | sorted 2025-11-11T23:00:00Z";
        assert_eq!(drawn(&network, LAX, "2025-11-09T02:00:00Z", false), relay);
    }

    #[test]
    fn planes_rest_on_weekends() {
        let network = Network::new(tiny_world());
        let friday = "0>3 2025-11-08T04:00:00Z 2025-11-08T09:00:00Z | sorted 2025-11-08T10:00:00Z";
        assert_eq!(drawn(&network, LAX, "2025-11-08T03:00:00Z", true), friday);
        let monday = "0>3 2025-11-11T04:00:00Z 2025-11-11T09:00:00Z | sorted 2025-11-11T10:00:00Z";
        assert_eq!(drawn(&network, LAX, "2025-11-08T03:00:01Z", true), monday);
    }

    #[test]
    fn clocks_change_under_way() {
        let network = Network::new(tiny_world());
        // 2025-11-01 21:00 EDT; the 22:00 EDT truck leaves four hours before the clocks go back.
        let autumn = "0>1 2025-11-02T02:00:00Z 2025-11-02T15:00:00Z | sorted 2025-11-02T16:00:00Z";
        assert_eq!(drawn(&network, CHI, "2025-11-02T01:00:00Z", false), autumn);
        // 2025-03-08 21:00:01 EST misses the 22:00; the next 06:00 is already daylight saving time.
        let spring = "0>1 2025-03-09T10:00:00Z 2025-03-09T23:00:00Z | sorted 2025-03-10T00:00:00Z";
        assert_eq!(drawn(&network, CHI, "2025-03-09T02:00:01Z", false), spring);
    }

    #[test]
    fn the_own_hub_only_sorts_and_an_unlinked_hub_is_never_reached() {
        let mut parts = tiny_parts();
        parts.lanes.retain(|lane| lane.to != LAX);
        let network = Network::new(World::new(parts).unwrap());
        assert_eq!(drawn(&network, NYC, "2025-11-11T02:00:00Z", false), "sorted 2025-11-11T03:00:00Z");
        assert_eq!(network.line_haul.earliest_arrival(NYC, LAX, at("2025-11-11T02:00:00Z"), true), None);
        assert_eq!(network.line_haul.sorted_at(NYC, LAX, at("2025-11-11T02:00:00Z"), true), None);
    }

    #[test]
    fn entries_and_exits_are_the_nearest_hubs() {
        let network = Network::new(tiny_world());
        let entry = network.line_haul.entry(CarrierIx(0), WarehouseIx(1));
        assert_eq!(entry, Some(Entry { hub: CHI, feeder: Seconds::ZERO }));
        assert_eq!(network.line_haul.exit(CarrierIx(0), RegionIx(4)), Some(LAX)); // Phoenix
        assert_eq!(network.line_haul.exit(CarrierIx(1), RegionIx(4)), None);
    }

    /// Every lane relaxed until nothing changes, with departures by the calendar instead of the tables.
    fn slow_arrivals(world: &World, from: HubIx, ready: Timestamp, air: bool) -> Vec<Option<Timestamp>> {
        let mut at: Vec<Option<Timestamp>> = vec![None; world.hubs.len()];
        at[from.0 as usize] = Some(ready + world.hubs[from].sort);
        for _ in 0..world.hubs.len() {
            for lane in world.lanes.iter().filter(|lane| lane.air == air) {
                let Some(ready) = at[lane.from.0 as usize] else { continue };
                let week = Calendar::new(world.hubs[lane.from].calendar.zone().clone(), lane.days, Arc::default());
                let departs = lane.departures.iter().filter_map(|&t| week.next_at(t, ready)).min().unwrap();
                let sorted = departs + lane.duration + world.hubs[lane.to].sort;
                let known = &mut at[lane.to.0 as usize];
                *known = Some(known.map_or(sorted, |k| k.min(sorted)));
            }
        }
        at
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn arrivals_are_earliest_and_never_overtake(from in 0_u32..4, hour in 483_000_i64..500_000, late in 0_i64..400_000, air: bool) {
            let world = tiny_world();
            let ready = Timestamp::from_unix(hour * 3_600 + late % 3_600);
            let slow = slow_arrivals(&world, HubIx(from), ready, air);
            let network = Network::new(world);
            for to in network.world.hubs.indices() {
                let found = network.line_haul.sorted_at(HubIx(from), to, ready, air);
                prop_assert_eq!(found, slow[to.0 as usize]);
                let later = network.line_haul.sorted_at(HubIx(from), to, ready + Seconds::new(late), air);
                prop_assert!(later >= found);
            }
        }
    }
}
