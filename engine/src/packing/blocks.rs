//! Blocks: units packed together as if they were one.
//!
//! A grid of equal units lying alike, or two blocks side by side whose common hull they nearly fill ("general blocks" of
//! Fanslau and Bortfeldt 2010).

use std::collections::HashSet;

use super::problem::{Carton, Edges, Placement};
use super::units::{Kind, edges};

/// Least share of a joined block's hull that is filled.
const FILLED: f64 = 0.98;

/// Most blocks.
const MOST: usize = 8_000;

/// Units packed together.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub edges: Edges,
    /// Of its units.
    pub volume: i64,
    pub weight: i64,
    pub units: u32,
    /// Kinds with their counts, ascending.
    pub parts: Vec<(u32, u32)>,
    /// Nothing may lie above it.
    pub fragile: bool,
    made: Made,
}

#[derive(Clone, Copy, Debug)]
enum Made {
    Grid { way: Edges, times: Edges },
    Joined { first: u32, second: u32, axis: usize },
}

/// All blocks of a problem, the largest volume first.
#[derive(Debug)]
pub(super) struct Blocks {
    all: Vec<Block>,
    /// Numbers of the blocks, by falling volume.
    pub order: Vec<u32>,
}

impl Blocks {
    /// Blocks of these units that go into the carton.
    pub fn new(kinds: &[Kind], counts: &[u32], carton: &Carton) -> Self {
        let inner = edges(carton.inner);
        let mut all = Vec::new();
        for (n, kind) in kinds.iter().enumerate().filter(|(n, _)| counts[*n] > 0) {
            let most = if kind.fragile { [i32::MAX, i32::MAX, 1] } else { [i32::MAX; 3] };
            for &way in &kind.ways {
                grids(n as u32, kind, counts[n], way, inner, most, &mut all);
            }
        }
        thin(&mut all, MOST / 2);
        join(&mut all, counts, inner);
        let mut order: Vec<u32> = (0..all.len() as u32).collect();
        order.sort_by_key(|&n| (-all[n as usize].volume, n));
        Self { all, order }
    }

    pub fn get(&self, number: u32) -> &Block {
        &self.all[number as usize]
    }

    /// Where the units of a block lie whose lowest corner is `at`.
    pub fn lay(&self, number: u32, at: Edges, placements: &mut Vec<Placement>) {
        let block = self.get(number);
        match block.made {
            Made::Grid { way, times } => {
                for n in 0..times[0] * times[1] * times[2] {
                    let steps = [n % times[0], n / times[0] % times[1], n / (times[0] * times[1])];
                    let at = [0, 1, 2].map(|axis| at[axis] + steps[axis] * way[axis]);
                    placements.push(Placement { item: block.parts[0].0 as usize, at, edges: way });
                }
            }
            Made::Joined { first, second, axis } => {
                self.lay(first, at, placements);
                let mut beside = at;
                beside[axis] += self.get(first).edges[axis];
                self.lay(second, beside, placements);
            }
        }
    }
}

/// Every grid of a kind that lies one way.
fn grids(number: u32, kind: &Kind, count: u32, way: Edges, inner: Edges, most: Edges, all: &mut Vec<Block>) {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let fit = [0, 1, 2].map(|axis| (inner[axis] / way[axis]).min(most[axis]));
    for x in 1..=fit[0].min(count) {
        for y in 1..=fit[1].min(count / x) {
            for z in 1..=fit[2].min(count / (x * y)) {
                let (times, units) = ([x, y, z], x * y * z);
                all.push(Block {
                    edges: [0, 1, 2].map(|axis| way[axis] * times[axis]),
                    volume: kind.volume * i64::from(units),
                    weight: kind.weight.get() * i64::from(units),
                    units: units as u32,
                    parts: vec![(number, units as u32)],
                    fragile: kind.fragile,
                    made: Made::Grid { way, times },
                });
            }
            // Small units in a large container make grids without number.
            if all.len() > 4 * MOST {
                thin(all, MOST);
            }
        }
    }
}

/// Keeps the largest blocks, and all of single units.
fn thin(all: &mut Vec<Block>, most: usize) {
    if all.len() > most {
        all.sort_by_key(|block| (block.units > 1, -block.volume));
        let singles = all.partition_point(|block| block.units == 1);
        all.truncate(most.max(singles));
    }
}

/// Joins blocks two by two, then what came of it, until there is nothing new or enough.
fn join(all: &mut Vec<Block>, counts: &[u32], inner: Edges) {
    let mut known: HashSet<(Edges, Vec<(u32, u32)>)> =
        all.iter().map(|block| (block.edges, block.parts.clone())).collect();
    let mut fresh = 0;
    while fresh < all.len() && all.len() < MOST {
        let end = all.len();
        for second in fresh..end {
            for first in 0..=second {
                for axis in 0..3 {
                    let Some(block) = joined(all, first, second, axis, counts, inner) else { continue };
                    if known.insert((block.edges, block.parts.clone())) {
                        all.push(block);
                    }
                    if all.len() >= MOST {
                        return;
                    }
                }
            }
        }
        fresh = end;
    }
}

fn joined(all: &[Block], first: usize, second: usize, axis: usize, counts: &[u32], inner: Edges) -> Option<Block> {
    let (a, b) = (&all[first], &all[second]);
    if a.fragile || b.fragile || a.edges[axis] + b.edges[axis] > inner[axis] {
        return None;
    }
    let mut edges = [0, 1, 2].map(|axis| a.edges[axis].max(b.edges[axis]));
    edges[axis] = a.edges[axis] + b.edges[axis];
    let hull: f64 = edges.iter().map(|&edge| f64::from(edge)).product();
    let volume = a.volume + b.volume;
    if (volume as f64) < FILLED * hull {
        return None;
    }
    let mut parts = a.parts.clone();
    for &(kind, count) in &b.parts {
        match parts.binary_search_by_key(&kind, |(kind, _)| *kind) {
            Ok(n) => parts[n].1 += count,
            Err(n) => parts.insert(n, (kind, count)),
        }
    }
    if parts.iter().any(|&(kind, count)| count > counts[kind as usize]) {
        return None;
    }
    let made = Made::Joined { first: first as u32, second: second as u32, axis };
    let (weight, units) = (a.weight + b.weight, a.units + b.units);
    Some(Block { edges, volume, weight, units, parts, fragile: false, made })
}
