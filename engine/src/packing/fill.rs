//! One carton filled with units in a given sequence.

use crate::search::Rng;
use crate::units::Grams;

use super::problem::{Carton, Placement};
use super::spaces::{Room, Rule};
use super::units::{Kind, MEASURES, edges, shuffle, sort};

/// Shuffled sequences tried in a carton that nearly took everything.
pub(super) const NEAR_TRIES: usize = 6;

/// A carton that took this share of the volume nearly took everything.
const NEAR: f64 = 0.85;

/// What went into a carton.
#[derive(Clone, Debug, Default)]
pub(super) struct Load {
    pub placements: Vec<Placement>,
    /// Of the units.
    pub volume: i64,
    /// With the carton.
    pub gross: Grams,
}

/// Fills cartons; keeps its memory.
#[derive(Debug)]
pub(super) struct Filler {
    support: u8,
    room: Room,
    /// Kinds that found no place: as room only shrinks, they find none later. Where support counts, they may: it grows.
    refused: Vec<bool>,
}

impl Filler {
    /// For units of so many kinds; `support`: see [`super::Options::support`].
    pub fn new(kinds: usize, support: u8) -> Self {
        Self { support, room: Room::new(support), refused: vec![false; kinds] }
    }

    /// All units in the carton: in sequences by each measure, and where it nearly took all of them, in so many shuffled ones.
    pub fn hold(
        &mut self,
        kinds: &[Kind],
        carton: &Carton,
        units: &[u32],
        rules: &[Rule],
        tries: usize,
        rng: &mut Rng,
    ) -> Option<Load> {
        let volume: i64 = units.iter().map(|&unit| kinds[unit as usize].volume).sum();
        let mut sequence = units.to_vec();
        let mut most = 0;
        for n in 0..MEASURES.len() + tries {
            match MEASURES.get(n) {
                Some(&measure) => sort(&mut sequence, kinds, measure),
                None if (most as f64) < NEAR * volume as f64 => return None,
                None => shuffle(&mut sequence, kinds, rng),
            }
            for &rule in rules {
                let load = self.fill(kinds, carton, &sequence, rule, false)?;
                if load.placements.len() == units.len() {
                    return Some(load);
                }
                most = most.max(load.volume);
            }
        }
        None
    }

    /// Places units in their sequence wherever they fit. With `all`, gives up at the first that does not.
    pub fn fill(&mut self, kinds: &[Kind], carton: &Carton, units: &[u32], rule: Rule, all: bool) -> Option<Load> {
        let ways = units.iter().flat_map(|&unit| &kinds[unit as usize].ways);
        let least = ways.fold([i32::MAX; 3], |least, way| [0, 1, 2].map(|axis| least[axis].min(way[axis])));
        self.room.reset(edges(carton.inner), least);
        self.refused.fill(false);
        let mut load = Load { placements: Vec::with_capacity(units.len()), volume: 0, gross: carton.tare };
        for &unit in units {
            let kind = &kinds[unit as usize];
            let is_refused = self.refused[unit as usize] || load.gross + kind.weight > carton.max_gross;
            let place = if is_refused { None } else { self.room.best(&kind.ways, kind.fragile, rule) };
            match place {
                Some((at, edges)) => {
                    self.room.take(at, edges, kind.fragile);
                    load.gross += kind.weight;
                    load.volume += kind.volume;
                    load.placements.push(Placement { item: unit as usize, at, edges });
                }
                None if all => return None,
                None => self.refused[unit as usize] = self.support == 0,
            }
        }
        Some(load)
    }
}
