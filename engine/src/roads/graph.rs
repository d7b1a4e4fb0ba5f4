//! Streets as a graph of junctions, and tables on it.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use crate::model::Coordinates;
use crate::units::Metres;

use super::cost::Cost;
use super::hierarchy::{Arc, Arcs, Hierarchy, Search, Seeds};
use super::snap::{Segment, Snap, Snapper, distance, on_sphere};
use super::streets::{Streets, Stretch};
use super::{Drive, OffRoad, Place, RoadTimes, Table, Unavailable, Why};

/// How places are put on roads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphOptions {
    /// How far the nearest road may be from a place.
    pub snap_limit: Metres,
    /// Places are not put on roads of a part with fewer junctions than this, unless no part has more: of a part, every
    /// junction reaches every other. Maps have many such islands: gated yards, streets cut at the map's edge.
    pub least_part: usize,
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self { snap_limit: Metres::new(1_000), least_part: 200 }
    }
}

/// How large a graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphSize {
    /// Junctions.
    pub junctions: usize,
    /// Arcs between them, one a direction.
    pub arcs: usize,
    /// Arcs of the hierarchy, shortcuts among them.
    pub hierarchy_arcs: usize,
    /// Junctions that places may be put near.
    pub in_large_parts: usize,
}

/// A map's roads, ready for tables.
#[derive(Debug)]
pub struct RoadGraph {
    source: String,
    snap_limit: Metres,
    lines: Vec<Line>,
    snapper: Snapper,
    hierarchy: Hierarchy,
    arcs: Arcs,
    size: GraphSize,
}

/// A stretch without its shape.
#[derive(Debug)]
struct Line {
    from: u32,
    to: u32,
    metres: f64,
    /// Speeds in metres an hour.
    forward: Option<u32>,
    backward: Option<u32>,
}

/// A place this near to a junction, in metres, is at it.
const AT_JUNCTION: f64 = 0.5;

/// A place on its road.
struct OnRoad {
    snap: Snap,
    /// Junctions that drives from it come to first.
    leaves: Seeds,
    /// Junctions that drives to it come from last.
    enters: Seeds,
}

impl RoadGraph {
    /// Builds the graph of `streets` and contracts it; `source` names it in plans.
    pub fn new(source: impl Into<String>, streets: &Streets, options: &GraphOptions) -> Self {
        let (stretches, junctions) = streets.stretches();
        let lines: Vec<Line> = stretches.iter().map(|stretch| line(streets, stretch)).collect();
        let arcs: Vec<Arc> = lines.iter().flat_map(Line::arcs).collect();
        let is_large = large_parts(junctions, &arcs, options.least_part);
        let takes = |line: &Line| is_large[line.from as usize] && is_large[line.to as usize];
        let on = stretches.iter().enumerate().filter(|(n, _)| takes(&lines[*n]));
        let snapper = Snapper::new(on.flat_map(|(n, stretch)| segments(streets, stretch, n)).collect());
        let hierarchy = Hierarchy::new(junctions, &arcs);
        let size = GraphSize {
            junctions,
            arcs: arcs.len(),
            hierarchy_arcs: hierarchy.arcs(),
            in_large_parts: is_large.iter().filter(|is_large| **is_large).count(),
        };
        let mut out = vec![Vec::new(); junctions];
        arcs.iter().for_each(|arc| out[arc.from as usize].push((arc.to, arc.cost)));
        let arcs = Arcs::new(out.iter().map(Vec::as_slice));
        Self { source: source.into(), snap_limit: options.snap_limit, lines, snapper, hierarchy, arcs, size }
    }

    /// How large it is.
    pub fn size(&self) -> GraphSize {
        self.size
    }

    /// The drives from one place to all, by plain search without the hierarchy: slow, and what tables are checked against.
    pub fn drives_from(&self, from: &Place, places: &[Place]) -> Vec<Option<Drive>> {
        let Ok(from) = self.on_road(from.at) else { return vec![None; places.len()] };
        let costs = Search::new(self.size.junctions).all(&self.arcs, &from.leaves);
        let drive = |place: &Place| {
            let to = self.on_road(place.at).ok()?;
            let ends = to.enters.iter().map(|&(node, cost)| costs[node as usize].and(cost));
            ends.chain([self.directly(&from.snap, &to.snap)]).min()?.drive()
        };
        places.iter().map(drive).collect()
    }

    fn on_road(&self, at: Coordinates) -> Result<OnRoad, Why> {
        let limit = self.snap_limit;
        let snap = self.snapper.nearest(at).ok_or(Why::NoRoadWithin { nearest: None, limit })?;
        if snap.away > limit.get() as f64 {
            return Err(Why::NoRoadWithin { nearest: Some(Metres::new(snap.away.ceil() as i64)), limit });
        }
        let line = &self.lines[snap.stretch as usize];
        let (before, after) = (snap.along, (line.metres - snap.along).max(0.0));
        let cost = |end: u32, metres: f64, speed: Option<u32>| speed.map(|speed| (end, Cost::of(metres, speed)));
        let at_end = |end: u32, metres: f64| (metres < AT_JUNCTION).then_some((end, Cost::ZERO));
        let ends = [at_end(line.from, before), at_end(line.to, after)];
        let leaves = [cost(line.to, after, line.forward), cost(line.from, before, line.backward)];
        let enters = [cost(line.from, before, line.forward), cost(line.to, after, line.backward)];
        let seeds = |own: [Option<(u32, Cost)>; 2]| own.into_iter().chain(ends).flatten().collect();
        Ok(OnRoad { snap, leaves: seeds(leaves), enters: seeds(enters) })
    }

    /// Along the stretch that both are on, if they are.
    fn directly(&self, from: &Snap, to: &Snap) -> Cost {
        let line = &self.lines[from.stretch as usize];
        let metres = to.along - from.along;
        let speed = if metres >= 0.0 { line.forward } else { line.backward };
        match speed.filter(|_| from.stretch == to.stretch) {
            _ if from.stretch == to.stretch && metres == 0.0 => Cost::ZERO,
            Some(speed) => Cost::of(metres.abs(), speed),
            None => Cost::NONE,
        }
    }
}

impl RoadTimes for RoadGraph {
    fn source(&self) -> String {
        self.source.clone()
    }

    fn table(&self, places: &[Place]) -> Result<Table, Unavailable> {
        let ends: Vec<Result<OnRoad, Why>> = places.iter().map(|place| self.on_road(place.at)).collect();
        let on_road: Vec<(usize, &OnRoad)> =
            ends.iter().enumerate().filter_map(|(n, end)| Some((n, end.as_ref().ok()?))).collect();
        let leaves: Vec<Seeds> = on_road.iter().map(|(_, end)| end.leaves.clone()).collect();
        let enters: Vec<Seeds> = on_road.iter().map(|(_, end)| end.enters.clone()).collect();
        let costs = self.hierarchy.table(&leaves, &enters);
        let mut table = Table::new(places.len());
        for (&(from, start), row) in on_road.iter().zip(&costs) {
            for (&(to, end), cost) in on_road.iter().zip(row) {
                table.set(from, to, self.directly(&start.snap, &end.snap).min(*cost).drive());
            }
        }
        let off = ends.iter().enumerate().filter_map(|(place, end)| Some(OffRoad { place, why: *end.as_ref().err()? }));
        table.off_road = off.collect();
        Ok(table)
    }
}

impl Line {
    fn arcs(&self) -> impl Iterator<Item = Arc> + use<> {
        let cost = |speed: u32| Cost::of(self.metres, speed);
        let along = self.forward.map(|speed| Arc { from: self.from, to: self.to, cost: cost(speed) });
        let against = self.backward.map(|speed| Arc { from: self.to, to: self.from, cost: cost(speed) });
        along.into_iter().chain(against)
    }
}

fn line(streets: &Streets, stretch: &Stretch) -> Line {
    let pairs = stretch.points.windows(2);
    let metres = pairs.map(|pair| distance(streets.points[pair[0] as usize], streets.points[pair[1] as usize])).sum();
    Line { from: stretch.from, to: stretch.to, metres, forward: stretch.forward, backward: stretch.backward }
}

fn segments(streets: &Streets, stretch: &Stretch, n: usize) -> Vec<Segment> {
    let mut before = 0.0;
    let mut segments = Vec::with_capacity(stretch.points.len() - 1);
    for pair in stretch.points.windows(2) {
        let (from, to) = (streets.points[pair[0] as usize], streets.points[pair[1] as usize]);
        let length = distance(from, to);
        segments.push(Segment { from: on_sphere(from), to: on_sphere(to), stretch: n as u32, before, length });
        before += length;
    }
    segments
}

/// Whether each junction is of a part, all of which reach each other, with `least` junctions, or as many as any has.
fn large_parts(junctions: usize, arcs: &[Arc], least: usize) -> Vec<bool> {
    let mut graph = DiGraph::<(), ()>::with_capacity(junctions, arcs.len());
    (0..junctions).for_each(|_| {
        graph.add_node(());
    });
    graph.extend_with_edges(arcs.iter().map(|arc| (arc.from, arc.to)));
    let parts = kosaraju_scc(&graph);
    let least = parts.iter().map(Vec::len).max().unwrap_or(0).min(least);
    let mut is_large = vec![false; junctions];
    parts.iter().filter(|part| part.len() >= least).flatten().for_each(|node| is_large[node.index()] = true);
    is_large
}
