//! The answer of every provider: drives between all pairs of places, and what there is no drive for.

use std::fmt;

use crate::fault::Fault;
use crate::units::{Metres, Seconds};

use super::Place;

/// One drive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drive {
    /// Its length.
    pub metres: Metres,
    /// Its time.
    pub seconds: Seconds,
}

impl Drive {
    /// A drive of whole metres and seconds.
    pub const fn new(metres: i64, seconds: i64) -> Self {
        Self { metres: Metres::new(metres), seconds: Seconds::new(seconds) }
    }
}

/// A place that a provider cannot put on a road. Its row and column have no drives but to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffRoad {
    /// Which, by its index.
    pub place: usize,
    /// Why.
    pub why: Why,
}

/// Why a place is on no road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The nearest road is too far away.
    NoRoadWithin {
        /// How far the nearest is; none where there are no roads.
        nearest: Option<Metres>,
        /// How far it may be.
        limit: Metres,
    },
    /// The table that was given does not name it.
    NotListed,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoadWithin { nearest: Some(nearest), limit } => {
                write!(f, "the nearest road is {nearest} away; it must be within {limit}")
            }
            Self::NoRoadWithin { nearest: None, limit } => write!(f, "there is no road; one must be within {limit}"),
            Self::NotListed => f.write_str("the table of drives does not name this place; add its rows"),
        }
    }
}

/// Drives between all pairs of `size` places, from row to column; 8 bytes a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    size: usize,
    /// Metres and seconds, row by row; [`NONE`] where there is no way.
    drives: Vec<(u32, u32)>,
    /// Places on no road, ascending.
    pub off_road: Vec<OffRoad>,
}

/// In place of a drive that does not exist.
const NONE: (u32, u32) = (u32::MAX, u32::MAX);

impl Table {
    /// A table of `size` places without any drive but from each to itself.
    pub fn new(size: usize) -> Self {
        let mut table = Self { size, drives: vec![NONE; size * size], off_road: Vec::new() };
        (0..size).for_each(|place| table.set(place, place, Some(Drive::default())));
        table
    }

    /// A table whose rows are given one after another, each with `size` drives; what is missing at the end is no drive.
    pub fn of_rows(size: usize, rows: impl IntoIterator<Item = Vec<Option<Drive>>>) -> Self {
        let mut table = Self::new(size);
        for (from, row) in rows.into_iter().take(size).enumerate() {
            row.into_iter().take(size).enumerate().for_each(|(to, drive)| table.set(from, to, drive));
        }
        table
    }

    /// Number of places.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The drive from one place to another, by index.
    pub fn drive(&self, from: usize, to: usize) -> Option<Drive> {
        let cell = self.drives[from * self.size + to];
        (cell != NONE).then(|| Drive::new(cell.0.into(), cell.1.into()))
    }

    /// Sets a drive. Amounts below zero become zero, those that 32 bits do not hold the largest that they do.
    pub fn set(&mut self, from: usize, to: usize, drive: Option<Drive>) {
        let narrow = |amount: i64| u32::try_from(amount.max(0)).unwrap_or(u32::MAX).min(u32::MAX - 1);
        self.drives[from * self.size + to] =
            drive.map_or(NONE, |drive| (narrow(drive.metres.get()), narrow(drive.seconds.get())));
    }

    /// The pairs without a drive, by index.
    pub fn unreachable(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let missing = self.drives.iter().enumerate().filter(|(_, cell)| **cell == NONE);
        missing.map(|(n, _)| (n / self.size, n % self.size))
    }

    /// Puts `instead` where there is no drive, and says for how many pairs.
    pub fn fill(&mut self, instead: impl Fn(usize, usize) -> Drive) -> usize {
        let missing: Vec<(usize, usize)> = self.unreachable().collect();
        missing.iter().for_each(|&(from, to)| self.set(from, to, Some(instead(from, to))));
        missing.len()
    }

    /// Everything that is missing as faults of `places`: each that is on no road, then each pair of the others without a way.
    pub fn faults(&self, places: &[Place]) -> Vec<Fault> {
        let off = |place: usize| self.off_road.iter().any(|other| other.place == place);
        let lost = self.off_road.iter().map(|off| {
            let place = &places[off.place];
            let at = format!("{:.6}, {:.6}", place.at.lat, place.at.lon);
            Fault::new(format!("place {}", place.name), "lat, lon", at, off.why.to_string())
        });
        let on_road: Vec<bool> = (0..self.size).map(|place| !off(place)).collect();
        let apart = self.unreachable().filter(|&(from, to)| on_road[from] && on_road[to]).map(|(from, to)| {
            let (from, to) = (&places[from].name, &places[to].name);
            Fault::new(format!("from {from} to {to}"), "", "", "there is no way by road")
        });
        lost.chain(apart).collect()
    }
}
