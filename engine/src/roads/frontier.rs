//! Where a search by Dijkstra's method (1959) stands: the cheapest cost known to each node, and which nodes come next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cost::Cost;

/// Room for one search at a time, used again by the next; emptying it costs as much as was searched, not the graph's size.
#[derive(Debug)]
pub(super) struct Frontier {
    costs: Vec<Cost>,
    queue: BinaryHeap<Reverse<(Cost, u32)>>,
    touched: Vec<u32>,
}

impl Frontier {
    /// Room for graphs of `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Self { costs: vec![Cost::NONE; nodes], queue: BinaryHeap::new(), touched: Vec::new() }
    }

    /// Number of nodes that there is room for.
    pub fn nodes(&self) -> usize {
        self.costs.len()
    }

    /// The cheapest cost known to a node, [`Cost::NONE`] before it is reached.
    #[inline]
    pub fn cost(&self, node: u32) -> Cost {
        self.costs[node as usize]
    }

    /// A node can be reached at this cost; what is no cheaper than known changes nothing.
    #[inline]
    pub fn reach(&mut self, node: u32, cost: Cost) {
        let known = &mut self.costs[node as usize];
        if cost < *known {
            if *known == Cost::NONE {
                self.touched.push(node);
            }
            *known = cost;
            self.queue.push(Reverse((cost, node)));
        }
    }

    /// The next node whose cost is final, the cheapest first, equal ones by index.
    #[inline]
    pub fn settle(&mut self) -> Option<(u32, Cost)> {
        while let Some(Reverse((cost, node))) = self.queue.pop() {
            // Entries that a cheaper one has overtaken stay in the queue until their turn.
            if cost == self.cost(node) {
                return Some((node, cost));
            }
        }
        None
    }

    /// Forgets the search.
    pub fn clear(&mut self) {
        self.touched.drain(..).for_each(|node| self.costs[node as usize] = Cost::NONE);
        self.queue.clear();
    }
}
