//! Contraction hierarchies: shortest ways between many nodes of a directed graph at once.
//!
//! Nodes have ranks, the order in which they were contracted; there are shortcuts so that some cheapest way between any two
//! nodes only climbs in rank and then only descends. A search from the source and one against the arcs from the target then
//! look at a few hundred nodes, whatever the graph's size. For a table every target's search leaves its costs at the nodes
//! that it meets (buckets; Knopp, Sanders, Schultes, Schulz and Wagner 2007, Computing many-to-many shortest paths using
//! highway hierarchies), and each source's search picks them up: `sources + targets` searches instead of their product.
//! Nodes that a higher one reaches cheaper are passed over (stall on demand).
//!
//! Why not a crate: `fast_paths` 1.0, the one that is kept on crates.io, contracts as fast, but answers one pair at a time and
//! keeps its arcs to itself, so that neither buckets nor one search a row can be built on it; arcs that cost nothing it skips.
//! All pairs of 1,000 places took it 2.9 s on 13,000 nodes of Baltimore and 11.5 s on a drawn city of 160,000 nodes; the 2,000
//! searches here 0.009 and 0.032 s.

use rayon::prelude::*;

use super::contraction::Contraction;
pub use super::cost::Cost;
use super::frontier::Frontier;

/// An arc of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc {
    /// Node it leaves.
    pub from: u32,
    /// Node it enters.
    pub to: u32,
    /// What it costs.
    pub cost: Cost,
}

/// Where a search starts: nodes, and what it costs to get to each.
pub type Seeds = Vec<(u32, Cost)>;

/// A graph made ready for searches.
#[derive(Debug)]
pub struct Hierarchy {
    rank: Vec<u32>,
    /// Arcs by rank of the node they leave, to higher ones.
    up: Arcs,
    /// Arcs by rank of the node they enter, from higher ones.
    down: Arcs,
}

/// Arcs of all nodes in one list.
#[derive(Debug)]
pub struct Arcs {
    first: Vec<u32>,
    arcs: Vec<(u32, Cost)>,
}

impl Arcs {
    /// The arcs of each node, one list a node.
    pub fn new<'a>(lists: impl Iterator<Item = &'a [(u32, Cost)]>) -> Self {
        let (mut first, mut arcs) = (vec![0], Vec::new());
        for list in lists {
            arcs.extend_from_slice(list);
            first.push(arcs.len() as u32);
        }
        Self { first, arcs }
    }

    /// The arcs of a node: the other end and the cost.
    #[inline]
    pub fn of(&self, node: u32) -> &[(u32, Cost)] {
        &self.arcs[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

impl Hierarchy {
    /// Contracts a graph of `nodes` nodes; arcs name nodes below that.
    pub fn new(nodes: usize, arcs: &[Arc]) -> Self {
        let contracted = Contraction::new(nodes, arcs).run();
        let mut rank = vec![0; nodes];
        contracted.order.iter().enumerate().for_each(|(n, &node)| rank[node as usize] = n as u32);
        let ranked = |lists: &[Vec<(u32, Cost)>]| {
            let list = |&node: &u32| -> Vec<(u32, Cost)> {
                lists[node as usize].iter().map(|&(end, cost)| (rank[end as usize], cost)).collect()
            };
            let lists: Vec<Vec<(u32, Cost)>> = contracted.order.iter().map(list).collect();
            Arcs::new(lists.iter().map(Vec::as_slice))
        };
        Self { up: ranked(&contracted.out), down: ranked(&contracted.into), rank }
    }

    /// Number of arcs, shortcuts among them.
    pub fn arcs(&self) -> usize {
        self.up.arcs.len() + self.down.arcs.len()
    }

    /// The cheapest costs from each of `sources` (rows) to each of `targets`, [`Cost::NONE`] where there is no way. Runs on
    /// rayon's threads; the answer does not depend on how many.
    pub fn table(&self, sources: &[Seeds], targets: &[Seeds]) -> Vec<Vec<Cost>> {
        let buckets = self.buckets(targets);
        let row = |search: &mut Search, seeds: &Seeds| {
            let mut row = vec![Cost::NONE; targets.len()];
            search.run(&self.up, &self.down, &self.ranked(seeds), |node, cost| {
                for &(target, onward) in buckets.of(node) {
                    let best = &mut row[target as usize];
                    *best = (*best).min(cost.and(onward));
                }
            });
            row
        };
        sources.par_iter().map_init(|| Search::new(self.rank.len()), row).collect()
    }

    /// What each target's search left at each node.
    fn buckets(&self, targets: &[Seeds]) -> Arcs {
        let settled = |search: &mut Search, seeds: &Seeds| {
            let mut settled = Vec::new();
            search.run(&self.down, &self.up, &self.ranked(seeds), |node, cost| settled.push((node, cost)));
            settled
        };
        let settled: Vec<Vec<(u32, Cost)>> =
            targets.par_iter().map_init(|| Search::new(self.rank.len()), settled).collect();
        let mut first = vec![0_u32; self.rank.len() + 1];
        settled.iter().flatten().for_each(|&(node, _)| first[node as usize + 1] += 1);
        (1..first.len()).for_each(|n| first[n] += first[n - 1]);
        let mut next = first.clone();
        let mut arcs = vec![(0, Cost::NONE); first[self.rank.len()] as usize];
        for (target, (node, cost)) in settled.iter().enumerate().flat_map(|(n, list)| list.iter().map(move |e| (n, *e)))
        {
            arcs[next[node as usize] as usize] = (target as u32, cost);
            next[node as usize] += 1;
        }
        Arcs { first, arcs }
    }

    fn ranked(&self, seeds: &Seeds) -> Seeds {
        seeds.iter().map(|&(node, cost)| (self.rank[node as usize], cost)).collect()
    }
}

/// Dijkstra's search, with room that is used again.
#[derive(Debug)]
pub struct Search(Frontier);

impl Search {
    /// Room for graphs of `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Self(Frontier::new(nodes))
    }

    /// Settles all nodes that `arcs` lead to from `seeds`, and tells each with its cost. A node that an arc of `against` (arcs
    /// by the node they enter) reaches cheaper from a node already met is passed over.
    fn run(&mut self, arcs: &Arcs, against: &Arcs, seeds: &[(u32, Cost)], mut tell: impl FnMut(u32, Cost)) {
        let frontier = &mut self.0;
        seeds.iter().for_each(|&(node, cost)| frontier.reach(node, cost));
        while let Some((node, cost)) = frontier.settle() {
            if against.of(node).iter().any(|&(from, last)| frontier.cost(from).and(last) < cost) {
                continue;
            }
            tell(node, cost);
            arcs.of(node).iter().for_each(|&(next, onward)| frontier.reach(next, cost.and(onward)));
        }
        frontier.clear();
    }

    /// The cheapest cost to every node of a graph without a hierarchy: what tables are checked against.
    pub fn all(&mut self, arcs: &Arcs, seeds: &[(u32, Cost)]) -> Vec<Cost> {
        let nodes = self.0.nodes();
        let mut costs = vec![Cost::NONE; nodes];
        let none = Arcs { first: vec![0; nodes + 1], arcs: Vec::new() };
        self.run(arcs, &none, seeds, |node, cost| costs[node as usize] = cost);
        costs
    }
}
