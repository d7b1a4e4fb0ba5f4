//! One container as full as can be: a beam search over blocks.
//!
//! A block is placed in the empty maximal space nearest a corner of the container, at the corner of the space that is nearest
//! it. Blocks are ranked by volume, by how much of their surface touches walls or neighbours, by what the units left can make
//! of the space that they leave, and by how few units they hold (VCS of Araya, Guerrero and Nuñez 2017). Nodes are judged by
//! the volume of their greedy completion; the best `width` of each level go on, and the width doubles until the budget is
//! spent (Araya and Riff 2014, "A beam search approach to the container loading problem").

use std::collections::HashSet;
use std::rc::Rc;

use crate::search::{Budget, Observer, Progress};

use super::blocks::Blocks;
use super::problem::{Edges, PackedCarton, Placement, Plan, Problem};
use super::solve::note;
use super::spaces::{Room, Space};
use super::units::{Kind, edges, units};

/// Gaps up to this share of a space count as touching.
const GAP: f64 = 0.04;

/// Powers of the touching share, of the share of the space that can still be used, and of the number of units.
const TOUCHING: i32 = 4;
const USABLE: i32 = 2;
const UNITS: f64 = -0.2;

/// Longest edge for which reachable lengths are tabled.
const LONGEST: i32 = 5_000;

/// Fills the first carton with as much volume as it holds: the container loading problem. One iteration of the budget is one
/// completion. There is no chance in it, and support is not looked at.
pub fn fill_one(problem: &Problem, budget: &mut Budget, observer: &mut dyn Observer) -> Plan {
    let (kinds, units, unpacked) = units(&problem.items, &problem.cartons[..1]);
    let mut counts = vec![0; kinds.len()];
    units.iter().for_each(|&unit| counts[unit as usize] += 1);
    let carton = &problem.cartons[0];
    let blocks = Blocks::new(&kinds, &counts, carton);
    let mut beam =
        Beam { kinds: &kinds, blocks: &blocks, inner: edges(carton.inner), best: Node::default(), is_cut: false };
    let root = beam.root(counts.clone(), (carton.max_gross - carton.tare).get());
    beam.best = root.clone();
    let total: i64 = units.iter().map(|&unit| kinds[unit as usize].volume).sum();
    let bound = total.min(carton.inner.volume().get());
    let mut width = 1;
    loop {
        let before = beam.best.volume;
        let is_done = !beam.search(&root, width, budget);
        if beam.best.volume > before {
            observer.progress(&Progress {
                phase: "fill",
                iterations: budget.spent(),
                fraction: budget.fraction(),
                cost: -(beam.best.volume as f64),
                lower_bound: Some(-(bound as f64)),
            });
        }
        // A search that left nothing aside has seen all there is.
        if is_done || !beam.is_cut || beam.best.volume >= bound {
            break;
        }
        width *= 2;
    }
    let mut plan = Plan { cartons: Vec::new(), unpacked };
    let mut placements: Vec<Placement> = Vec::new();
    beam.best.placed.iter().for_each(|&(block, at)| blocks.lay(block, at, &mut placements));
    placements.iter().for_each(|unit| counts[unit.item] -= 1);
    for (kind, &count) in counts.iter().enumerate() {
        (0..count).for_each(|_| note(&mut plan.unpacked, kind, "no carton left"));
    }
    let gross = carton.tare + placements.iter().map(|unit| problem.items[unit.item].weight).sum();
    plan.cartons.push(PackedCarton { carton: 0, placements, gross });
    plan
}

/// Keeps the first of the children by volume; whether there were more.
fn keep_best(children: &mut Vec<(i64, Node)>, width: usize) -> bool {
    let is_cut = children.len() > width;
    children.sort_by_key(|(volume, _)| -volume);
    children.truncate(width);
    is_cut
}

struct Beam<'a> {
    kinds: &'a [Kind],
    blocks: &'a Blocks,
    inner: Edges,
    best: Node,
    /// Something was left aside because of the width.
    is_cut: bool,
}

/// A container in part filled.
#[derive(Clone, Debug)]
struct Node {
    room: Room,
    /// Units left of each kind.
    left: Vec<u32>,
    weight_left: i64,
    /// Blocks that the units left can make, by falling volume.
    blocks: Vec<u32>,
    /// Lengths that units left can make, by axis: the longest of at most so much.
    reach: [Rc<Vec<i32>>; 3],
    placed: Vec<(u32, Edges)>,
    volume: i64,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            room: Room::new(0),
            left: Vec::new(),
            weight_left: 0,
            blocks: Vec::new(),
            reach: Default::default(),
            placed: Vec::new(),
            volume: 0,
        }
    }
}

impl Beam<'_> {
    fn root(&self, left: Vec<u32>, weight_left: i64) -> Node {
        let mut node = Node { left, weight_left, blocks: self.blocks.order.clone(), ..Node::default() };
        let ways = self.kinds.iter().zip(&node.left).filter(|(_, left)| **left > 0).flat_map(|(kind, _)| &kind.ways);
        let least = ways.fold([i32::MAX; 3], |least, way| [0, 1, 2].map(|axis| least[axis].min(way[axis])));
        node.room.reset(self.inner, least);
        self.measure(&mut node);
        node
    }

    /// One search of this width; whether the budget lasted.
    fn search(&mut self, root: &Node, width: usize, budget: &mut Budget) -> bool {
        self.is_cut = false;
        let mut level = vec![root.clone()];
        let mut known: HashSet<(i64, Vec<u32>)> = HashSet::new();
        while !level.is_empty() {
            let mut children: Vec<(i64, Node)> = Vec::new();
            known.clear();
            for mut node in level {
                let Some((space, corner)) = self.next_space(&mut node) else { continue };
                let (blocks, is_cut) = self.best_blocks(&node, &space, width);
                self.is_cut |= is_cut;
                for block in blocks {
                    if !budget.tick() {
                        return false;
                    }
                    let mut child = node.clone();
                    self.place(&mut child, block, &space, corner);
                    let mut whole = child.clone();
                    self.complete(&mut whole);
                    if known.insert((whole.volume, child.left.clone())) {
                        children.push((whole.volume, child));
                    }
                    if whole.volume > self.best.volume {
                        self.best = whole;
                    }
                    if children.len() > 2 * width {
                        self.is_cut |= keep_best(&mut children, width);
                    }
                }
            }
            self.is_cut |= keep_best(&mut children, width);
            level = children.into_iter().map(|(_, child)| child).collect();
        }
        true
    }

    /// Places the best block again and again.
    fn complete(&self, node: &mut Node) {
        while let Some((space, corner)) = self.next_space(node) {
            let Some(&block) = self.best_blocks(node, &space, 1).0.first() else { return };
            self.place(node, block, &space, corner);
        }
    }

    /// The space nearest a corner of the container that takes a block, and which of its corners that is. Spaces that take none
    /// are given up.
    fn next_space(&self, node: &mut Node) -> Option<(Space, [bool; 3])> {
        loop {
            let nearest = node.room.spaces().iter().enumerate().map(|(n, space)| {
                let mut way = 0;
                let corner = [0, 1, 2].map(|axis| {
                    let (low, high) = (space.low[axis], self.inner[axis] - space.high[axis]);
                    way += low.min(high);
                    high < low
                });
                let size: i64 = (0..3).map(|axis| i64::from(space.edge(axis))).product();
                ((way, -size, n), corner)
            });
            let ((_, _, n), corner) = nearest.min()?;
            let space = node.room.spaces()[n];
            if node.blocks.iter().any(|&block| self.takes(node, &space, block)) {
                return Some((space, corner));
            }
            node.room.forget(n);
        }
    }

    fn takes(&self, node: &Node, space: &Space, block: u32) -> bool {
        let block = self.blocks.get(block);
        (0..3).all(|axis| block.edges[axis] <= space.edge(axis))
            && block.weight <= node.weight_left
            && (!block.fragile || node.room.is_open(space))
    }

    /// The best blocks for a space, the best first, and whether there are more.
    fn best_blocks(&self, node: &Node, space: &Space, count: usize) -> (Vec<u32>, bool) {
        let mut best: Vec<(f64, u32)> = Vec::with_capacity(count.min(node.blocks.len()) + 1);
        let mut is_cut = false;
        let size = [0, 1, 2].map(|axis| f64::from(space.edge(axis)));
        for &number in &node.blocks {
            let block = self.blocks.get(number);
            // No rank is above the volume.
            if best.len() == count && best.last().is_some_and(|(rank, _)| *rank >= block.volume as f64) {
                is_cut = true;
                break;
            }
            if !self.takes(node, space, number) {
                continue;
            }
            let edges = block.edges.map(f64::from);
            let (mut usable, mut touched) = (1.0, 0.0);
            for axis in 0..3 {
                let rest = space.edge(axis) - block.edges[axis];
                let reach = node.reach[axis].get(rest as usize).copied().unwrap_or(rest);
                usable *= (edges[axis] + f64::from(reach)) / size[axis];
                let faces = if f64::from(rest) <= GAP * size[axis] { 2.0 } else { 1.0 };
                touched += faces * edges[(axis + 1) % 3] * edges[(axis + 2) % 3];
            }
            let surface = 2.0 * (edges[0] * edges[1] + edges[1] * edges[2] + edges[2] * edges[0]);
            let rank = block.volume as f64
                * (touched / surface).powi(TOUCHING)
                * usable.powi(USABLE)
                * f64::from(block.units).powf(UNITS);
            let at = best.partition_point(|(other, _)| *other >= rank);
            if at < count {
                best.insert(at, (rank, number));
            }
            is_cut |= at >= count || best.len() > count;
            best.truncate(count);
        }
        (best.into_iter().map(|(_, number)| number).collect(), is_cut)
    }

    fn place(&self, node: &mut Node, number: u32, space: &Space, corner: [bool; 3]) {
        let block = self.blocks.get(number);
        let mut at = space.low;
        for axis in (0..3).filter(|&axis| corner[axis]) {
            at[axis] = space.high[axis] - block.edges[axis];
        }
        node.room.take(at, block.edges, block.fragile);
        node.placed.push((number, at));
        node.volume += block.volume;
        node.weight_left -= block.weight;
        let mut is_gone = false;
        for &(kind, count) in &block.parts {
            node.left[kind as usize] -= count;
            is_gone |= node.left[kind as usize] == 0;
        }
        let left = &node.left;
        node.blocks
            .retain(|&other| self.blocks.get(other).parts.iter().all(|&(kind, count)| count <= left[kind as usize]));
        if is_gone {
            self.measure(node);
        }
    }

    /// Tables the lengths that the units left can make.
    fn measure(&self, node: &mut Node) {
        for axis in 0..3 {
            let longest = self.inner[axis];
            if longest > LONGEST {
                continue;
            }
            let mut lengths: Vec<i32> = Vec::new();
            for (kind, _) in self.kinds.iter().zip(&node.left).filter(|(_, left)| **left > 0) {
                lengths.extend(kind.ways.iter().map(|way| way[axis]));
            }
            lengths.sort_unstable();
            lengths.dedup();
            let mut reach = vec![0; longest as usize + 1];
            for n in 1..=longest {
                let mut most = reach[n as usize - 1];
                for &length in lengths.iter().take_while(|&&length| length <= n) {
                    // Exactly n, with this length last.
                    if reach[(n - length) as usize] == n - length {
                        most = n;
                        break;
                    }
                }
                reach[n as usize] = most;
            }
            node.reach[axis] = Rc::new(reach);
        }
    }
}
