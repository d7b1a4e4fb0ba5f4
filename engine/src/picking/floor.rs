//! Floors: where places are, and how long a walk between them is.
//!
//! A place is a bit: bit `p % 64` of word `p / 64`. A block numbers its cells so that each aisle starts a new word.

use crate::fault::Fault;

/// Largest length that is accepted, so that sums stay far from overflow.
const LONGEST: i64 = 1_000_000_000;
/// Most aisles times cells, and most places of a table.
const PLACES: u64 = 1 << 24;

/// A floor to walk on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Floor {
    /// One block of parallel aisles.
    Block(Layout),
    /// Places with a table of distances: any floor.
    Table(DistanceTable),
}

impl Floor {
    /// Words of 64 places.
    pub fn words(&self) -> usize {
        match self {
            Self::Block(layout) => layout.aisles as usize * layout.words_per_aisle(),
            Self::Table(table) => table.places.div_ceil(64),
        }
    }

    /// Whether the place exists.
    pub fn has(&self, place: u32) -> bool {
        match self {
            Self::Block(layout) => {
                let (aisle, cell) = layout.position(place);
                aisle < layout.aisles && cell < layout.cells
            }
            Self::Table(table) => (place as usize) < table.places,
        }
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Block(layout) => layout.faults(),
            Self::Table(table) => table.faults(),
        }
    }
}

/// One block of parallel aisles between a front and a back cross aisle. Cell 0 is next to the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Parallel aisles.
    pub aisles: u32,
    /// Cells of an aisle.
    pub cells: u32,
    /// Between neighbouring aisles.
    pub aisle_pitch: i64,
    /// Between neighbouring cells.
    pub cell_pitch: i64,
    /// From the front cross aisle to cell 0.
    pub front_entry: i64,
    /// From the last cell to the back cross aisle.
    pub back_entry: i64,
    /// The depot stands at the front of this aisle.
    pub depot_aisle: u32,
    /// Between depot and front cross aisle, walked twice a tour.
    pub depot_distance: i64,
}

impl Layout {
    /// From cross aisle to cross aisle.
    pub fn length(&self) -> i64 {
        self.front_entry + self.cell_pitch * i64::from(self.cells.saturating_sub(1)) + self.back_entry
    }

    /// From the front cross aisle to a cell.
    pub fn depth(&self, cell: u32) -> i64 {
        self.front_entry + self.cell_pitch * i64::from(cell)
    }

    /// Words of 64 cells an aisle.
    pub fn words_per_aisle(&self) -> usize {
        self.cells.div_ceil(64) as usize
    }

    /// A cell's place.
    pub fn place(&self, aisle: u32, cell: u32) -> u32 {
        aisle * self.cells.div_ceil(64) * 64 + cell
    }

    /// A place's aisle and cell.
    pub fn position(&self, place: u32) -> (u32, u32) {
        let stride = self.cells.div_ceil(64) * 64;
        (place / stride, place % stride)
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.aisles == 0 || self.cells == 0 || u64::from(self.aisles) * u64::from(self.cells) > PLACES {
            let value = format!("{} aisles, {} cells", self.aisles, self.cells);
            faults.push(Fault::new(
                "layout",
                "aisles, cells",
                value,
                "must be at least 1, and at most 2^24 cells in all",
            ));
        }
        if self.depot_aisle >= self.aisles {
            faults.push(Fault::new("layout", "depot_aisle", self.depot_aisle, "must be one of the aisles"));
        }
        let sizes = [self.aisle_pitch, self.cell_pitch, self.front_entry, self.back_entry, self.depot_distance];
        if sizes.iter().any(|size| !(0..=LONGEST).contains(size)) {
            faults.push(Fault::new("layout", "distances", format!("{sizes:?}"), "must be 0 to 10^9"));
        }
        faults
    }
}

/// Distances between places, symmetric, and from and to the depot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistanceTable {
    places: usize,
    /// Row by row.
    between: Vec<i64>,
    /// From the depot to each place.
    out: Vec<i64>,
    /// From each place to the depot.
    home: Vec<i64>,
}

impl DistanceTable {
    /// A table over the places of `out`; `between` row by row, `home` back to the depot.
    pub fn new(between: Vec<i64>, out: Vec<i64>, home: Vec<i64>) -> Self {
        Self { places: out.len(), between, out, home }
    }

    /// Between two places.
    pub fn between(&self, a: u32, b: u32) -> i64 {
        self.between[a as usize * self.places + b as usize]
    }

    /// From the depot.
    pub fn out(&self, place: u32) -> i64 {
        self.out[place as usize]
    }

    /// To the depot.
    pub fn home(&self, place: u32) -> i64 {
        self.home[place as usize]
    }

    fn faults(&self) -> Vec<Fault> {
        let n = self.places;
        if n == 0 || self.between.len() != n * n || self.home.len() != n {
            let value = format!("{} distances, {n} out, {} home", self.between.len(), self.home.len());
            return vec![Fault::new(
                "table",
                "distances",
                value,
                "needs one for each pair of places, and two for each place",
            )];
        }
        let mut faults = Vec::new();
        let all = self.between.iter().chain(&self.out).chain(&self.home);
        if let Some(wrong) = all.into_iter().find(|d| !(0..=LONGEST).contains(*d)) {
            faults.push(Fault::new("table", "distance", wrong, "must be 0 to 10^9"));
        }
        let skewed = (0..n).flat_map(|a| (0..a).map(move |b| (a, b)));
        if let Some((a, b)) = skewed.into_iter().find(|&(a, b)| self.between[a * n + b] != self.between[b * n + a]) {
            faults.push(Fault::new("table", "distance", format!("between {a} and {b}"), "must be the same both ways"));
        }
        faults
    }
}
