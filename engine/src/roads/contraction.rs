//! Contracting a graph's nodes one after another, the least important first.
//!
//! Contracting node `v` takes it out of the graph and puts a shortcut `u -> w` for each pair of its neighbours whose best way
//! is through `v`. Whether there is another way as good (a witness) is searched by Dijkstra's method among a bounded number
//! of nodes; not finding one costs a needless shortcut and never a wrong distance. Order: Geisberger, Sanders, Schultes and
//! Delling 2008, Contraction hierarchies; priorities from the share of shortcuts to arcs and the depth below, looked at anew
//! when a node's turn comes. Ties go to the lower index, so that the same graph gives the same hierarchy.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cost::Cost;
use super::frontier::Frontier;
use super::hierarchy::Arc;

/// Nodes that a search for witnesses settles when a node's importance is estimated, and when it is contracted.
const GLANCE: usize = 40;
const LOOK: usize = 500;

/// What is left of the graph, and what was taken.
pub(super) struct Contraction {
    out: Vec<Vec<(u32, Cost)>>,
    into: Vec<Vec<(u32, Cost)>>,
    /// Levels of contracted nodes below each node.
    depth: Vec<u32>,
    /// Of the search for a witness.
    frontier: Frontier,
}

/// A graph contracted.
pub(super) struct Contracted {
    /// Nodes in the order of their contraction.
    pub order: Vec<u32>,
    /// Arcs of each node to nodes contracted later.
    pub out: Vec<Vec<(u32, Cost)>>,
    /// Arcs to each node from nodes contracted later.
    pub into: Vec<Vec<(u32, Cost)>>,
}

impl Contraction {
    /// Over `nodes` nodes; of parallel arcs the cheapest counts, loops do not.
    pub fn new(nodes: usize, arcs: &[Arc]) -> Self {
        let mut graph = Self {
            out: vec![Vec::new(); nodes],
            into: vec![Vec::new(); nodes],
            depth: vec![0; nodes],
            frontier: Frontier::new(nodes),
        };
        arcs.iter().filter(|arc| arc.from != arc.to).for_each(|arc| graph.offer(*arc));
        graph
    }

    /// Contracts every node.
    pub fn run(mut self) -> Contracted {
        let nodes = self.out.len();
        let mut queue: BinaryHeap<Reverse<(i64, u32)>> =
            (0..nodes as u32).map(|node| Reverse((self.priority(node), node))).collect();
        let mut order = Vec::with_capacity(nodes);
        while let Some(Reverse((_, node))) = queue.pop() {
            let now = self.priority(node);
            if queue.peek().is_some_and(|Reverse(next)| (now, node) > *next) {
                queue.push(Reverse((now, node)));
                continue;
            }
            self.contract(node);
            order.push(node);
        }
        Contracted { order, out: self.out, into: self.into }
    }

    /// When a node's turn comes, lowest first, in thousandths: shortcuts an arc, and half a point for each level below.
    fn priority(&mut self, node: u32) -> i64 {
        let shortcuts = self.shortcuts(node, GLANCE).len() as i64;
        let arcs = (self.out[node as usize].len() + self.into[node as usize].len()) as i64;
        1000 * shortcuts / arcs.max(1) + 500 * i64::from(self.depth[node as usize])
    }

    fn contract(&mut self, node: u32) {
        let shortcuts = self.shortcuts(node, LOOK);
        let below = self.depth[node as usize] + 1;
        // The node keeps its own arcs: they are the hierarchy.
        for &(next, _) in &self.out[node as usize] {
            self.into[next as usize].retain(|&(from, _)| from != node);
            self.depth[next as usize] = self.depth[next as usize].max(below);
        }
        for &(from, _) in &self.into[node as usize] {
            self.out[from as usize].retain(|&(next, _)| next != node);
            self.depth[from as usize] = self.depth[from as usize].max(below);
        }
        shortcuts.into_iter().for_each(|arc| self.offer(arc));
    }

    /// The arcs that taking `node` out makes necessary, as far as `limit` settled nodes can tell.
    fn shortcuts(&mut self, node: u32, limit: usize) -> Vec<Arc> {
        let (into, out) = (&self.into[node as usize], &self.out[node as usize]);
        let Some(farthest) = out.iter().map(|&(_, cost)| cost).max() else { return Vec::new() };
        let mut shortcuts = Vec::new();
        for &(from, cost) in into {
            if out.iter().all(|&(to, _)| to == from) {
                continue;
            }
            search(&mut self.frontier, &self.out, from, node, cost.and(farthest), limit);
            let needed = out.iter().filter(|&&(to, onward)| to != from && self.frontier.cost(to) > cost.and(onward));
            shortcuts.extend(needed.map(|&(to, onward)| Arc { from, to, cost: cost.and(onward) }));
            self.frontier.clear();
        }
        shortcuts
    }

    /// Puts an arc, or makes the one there is cheaper.
    fn offer(&mut self, arc: Arc) {
        let put = |arcs: &mut Vec<(u32, Cost)>, end: u32| match arcs.iter_mut().find(|(other, _)| *other == end) {
            Some((_, cost)) => *cost = (*cost).min(arc.cost),
            None => arcs.push((end, arc.cost)),
        };
        put(&mut self.out[arc.from as usize], arc.to);
        put(&mut self.into[arc.to as usize], arc.from);
    }
}

/// Dijkstra's method from `from` around `without`, as far as `bound` and `limit` settled nodes.
fn search(frontier: &mut Frontier, out: &[Vec<(u32, Cost)>], from: u32, without: u32, bound: Cost, limit: usize) {
    frontier.reach(from, Cost::ZERO);
    let mut settled = 0;
    while let Some((node, cost)) = frontier.settle() {
        settled += 1;
        if cost > bound || settled > limit {
            break;
        }
        for &(next, onward) in out[node as usize].iter().filter(|&&(next, _)| next != without) {
            frontier.reach(next, cost.and(onward));
        }
    }
}
