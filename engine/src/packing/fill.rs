//! One carton filled with units in a given sequence.

use crate::units::Grams;

use super::problem::{Carton, Placement};
use super::spaces::{Room, Rule};
use super::units::{Kind, edges};

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
pub(super) struct Filler<'p> {
    kinds: &'p [Kind],
    support: u8,
    room: Room,
    /// Kinds that found no place: as room only shrinks, they find none later. Where support counts, they may: it grows.
    refused: Vec<bool>,
}

impl<'p> Filler<'p> {
    /// `support`: see [`super::Options::support`].
    pub fn new(kinds: &'p [Kind], support: u8) -> Self {
        Self { kinds, support, room: Room::new(support), refused: vec![false; kinds.len()] }
    }

    /// Places units in their sequence wherever they fit. With `all`, gives up at the first that does not.
    pub fn fill(&mut self, carton: &Carton, units: &[u32], rule: Rule, all: bool) -> Option<Load> {
        let ways = units.iter().flat_map(|&unit| &self.kinds[unit as usize].ways);
        let least = ways.fold([i32::MAX; 3], |least, way| [0, 1, 2].map(|axis| least[axis].min(way[axis])));
        self.room.reset(edges(carton.inner), least);
        self.refused.fill(false);
        let mut load = Load { placements: Vec::with_capacity(units.len()), volume: 0, gross: carton.tare };
        for &unit in units {
            let kind = &self.kinds[unit as usize];
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
