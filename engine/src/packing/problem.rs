//! Input and answer.

use crate::fault::Fault;
use crate::units::{Cents, Grams, Millimetres, Size};

/// Edges along x, y, z in millimetres; z is up.
pub type Edges = [i32; 3];

/// Which of an item's own edges may stand upright; the other two may be swapped unless `fixed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotations {
    /// Whether the length, width, height may stand upright.
    pub upright: [bool; 3],
    /// The two lying edges must not be swapped.
    pub fixed: bool,
}

impl Rotations {
    /// All six.
    pub const FREE: Self = Self { upright: [true; 3], fixed: false };
    /// The height stays upright.
    pub const KEEP_FLAT: Self = Self { upright: [false, false, true], fixed: false };
    /// As it stands.
    pub const NONE: Self = Self { upright: [false, false, true], fixed: true };
}

/// Equal units to pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Edges of one unit.
    pub size: Size,
    /// Weight of one unit.
    pub weight: Grams,
    /// How many.
    pub quantity: u32,
    /// How it may lie.
    pub rotations: Rotations,
    /// Nothing may lie above it.
    pub fragile: bool,
    /// Each unit needs a carton of its own.
    pub alone: bool,
}

/// A carton type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carton {
    /// Usable inside.
    pub inner: Size,
    /// Outside.
    pub outer: Size,
    /// Weight empty.
    pub tare: Grams,
    /// Most it may weigh filled, itself included.
    pub max_gross: Grams,
    /// How many there are; `None` for as many as needed.
    pub limit: Option<u32>,
}

/// What a filled carton costs: the caller's tariff.
pub trait CartonBill: Sync {
    /// Cents for carton type number `carton` at this gross weight.
    fn bill(&self, carton: usize, gross: Grams) -> Cents;

    /// Whether carton type `carton` could be billed less than `than`, which has no larger volume, for the same goods.
    fn could_be_less(&self, _carton: usize, _than: usize) -> bool {
        true
    }
}

/// What to minimise.
#[derive(Clone, Copy, Default)]
pub enum Objective<'a> {
    /// Cartons, then outer volume.
    #[default]
    Cartons,
    /// Outer volume, then cartons.
    Volume,
    /// The bill, then cartons.
    Bill(&'a dyn CartonBill),
}

/// How to search.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// What to minimise.
    pub objective: Objective<'a>,
    /// Percent of a unit's base that must lie on the carton's floor or on the units below; 0 lets units lie on any stack
    /// that holds a corner, 100 forbids overhang. Kept by [`super::solve`] only.
    pub support: u8,
    /// Root of all randomness.
    pub seed: crate::search::Seed,
}

/// What to pack, checked.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(super) items: Vec<Item>,
    pub(super) cartons: Vec<Carton>,
}

impl Problem {
    /// The problem, or every fault: edges from 1 to 100,000 mm, no negative weight, room for something in each carton.
    pub fn new(items: Vec<Item>, cartons: Vec<Carton>) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let edges_fit = |size: Size| {
            let [longest, _, shortest] = size.sorted();
            shortest > Millimetres::ZERO && longest <= Millimetres::new(100_000)
        };
        let text = |size: Size| format!("{} x {} x {}", size.length, size.width, size.height);
        for (n, item) in items.iter().enumerate() {
            let at = || format!("item {n}");
            if !edges_fit(item.size) {
                faults.push(Fault::new(at(), "size", text(item.size), "each edge must be 1 to 100,000 mm"));
            }
            if item.weight < Grams::ZERO {
                faults.push(Fault::new(at(), "weight", item.weight, "must not be negative"));
            }
            if item.rotations.upright == [false; 3] {
                faults.push(Fault::new(at(), "rotations", "none", "at least one edge must be allowed upright"));
            }
        }
        if cartons.is_empty() {
            faults.push(Fault::new("cartons", "", "", "at least one carton type is needed"));
        }
        for (n, carton) in cartons.iter().enumerate() {
            let at = || format!("carton {n}");
            for (field, size) in [("inner", carton.inner), ("outer", carton.outer)] {
                if !edges_fit(size) {
                    faults.push(Fault::new(at(), field, text(size), "each edge must be 1 to 100,000 mm"));
                }
            }
            if carton.max_gross < carton.tare || carton.tare < Grams::ZERO {
                faults.push(Fault::new(
                    at(),
                    "max_gross",
                    carton.max_gross,
                    "must not be below the carton's own weight",
                ));
            }
        }
        if faults.is_empty() { Ok(Self { items, cartons }) } else { Err(faults) }
    }

    /// The items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The carton types.
    pub fn cartons(&self) -> &[Carton] {
        &self.cartons
    }
}

/// Where a unit lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Which item.
    pub item: usize,
    /// Its corner nearest the origin.
    pub at: Edges,
    /// Its edges as it lies.
    pub edges: Edges,
}

/// A filled carton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedCarton {
    /// Which type.
    pub carton: usize,
    /// What lies in it.
    pub placements: Vec<Placement>,
    /// Weight with carton.
    pub gross: Grams,
}

/// A unit that no carton takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// Which item.
    pub item: usize,
    /// Units of it.
    pub quantity: u32,
    /// Why: `too large`, `too heavy`, `no carton left`.
    pub reason: &'static str,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Filled cartons.
    pub cartons: Vec<PackedCarton>,
    /// What was left out.
    pub unpacked: Vec<Unpacked>,
}

impl Plan {
    /// Sum of the outer volumes in cubic millimetres.
    pub fn outer_volume(&self, problem: &Problem) -> i64 {
        self.cartons.iter().map(|packed| problem.cartons[packed.carton].outer.volume().get()).sum()
    }

    /// Percent of the insides that is filled.
    pub fn filled_percent(&self, problem: &Problem) -> f64 {
        let volume = |unit: &Placement| problem.items[unit.item].size.volume().get();
        let filled: i64 = self.cartons.iter().flat_map(|packed| &packed.placements).map(volume).sum();
        let inside = self.cartons.iter().map(|packed| problem.cartons[packed.carton].inner.volume().get());
        100.0 * filled as f64 / inside.sum::<i64>().max(1) as f64
    }
}
