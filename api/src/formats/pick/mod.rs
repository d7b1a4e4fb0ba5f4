//! Files of `tidewater pick`, told apart by their first lines.
//!
//! | format | what | module |
//! |---|---|---|
//! | Hessler-Irnich | single tours, scattered storage, batching in one block | [`hessler_irnich`] |
//! | Foodmart, Kris | batching over a distance table; Kris with due times and several pickers | [`commented`] |
//! | SBPO | wave selection | [`wave`] |

mod commented;
mod hessler_irnich;
mod wave;

use engine::fault::Fault;
use engine::picking::{Floor, Problem, SelectionProblem, Want};

/// An instance.
#[derive(Debug)]
pub enum PickFile {
    /// Orders to batch.
    Batching(Batching),
    /// One order whose articles lie in several places.
    Scattered(Scattered),
    /// Orders and aisles to choose a wave from.
    Wave(SelectionProblem),
}

/// Orders to batch.
#[derive(Debug)]
pub struct Batching {
    /// The problem, in scaled units.
    pub problem: Problem,
    /// How the file writes things.
    pub labels: Labels,
}

/// One order whose articles lie in several places.
#[derive(Debug)]
pub struct Scattered {
    /// The floor, in scaled units.
    pub floor: Floor,
    /// What the order wants.
    pub wants: Vec<Want>,
    /// How the file writes things.
    pub labels: Labels,
}

/// How the file writes things.
#[derive(Debug)]
pub struct Labels {
    /// Names of the orders.
    pub orders: Vec<u64>,
    /// Kernel units in a unit of the file, of distance and of time.
    pub scale: i64,
    /// Aisle and cell of places.
    pub positions: Positions,
}

/// Aisle and cell of places.
#[derive(Debug)]
pub enum Positions {
    /// A block; whether cells are numbered from the far end.
    Block {
        /// The block.
        layout: engine::picking::Layout,
        /// Whether cells are numbered from the far end.
        mirrored: bool,
    },
    /// One by one.
    Listed(Vec<[u32; 2]>),
}

impl Labels {
    /// Aisle and cell of a place, as the file writes them.
    pub fn position(&self, place: u32) -> [u32; 2] {
        match &self.positions {
            Positions::Block { layout, mirrored } => {
                let (aisle, cell) = layout.position(place);
                [aisle, if *mirrored { layout.cells - 1 - cell } else { cell }]
            }
            Positions::Listed(positions) => positions[place as usize],
        }
    }

    /// A distance or time in the file's units.
    pub fn units(&self, scaled: i64) -> f64 {
        scaled as f64 / self.scale as f64
    }
}

/// Reads an instance; every fault at once.
pub fn read(name: &str, text: &str) -> Result<PickFile, Vec<Fault>> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if first.starts_with("//") {
        commented::read(name, text).map(PickFile::Batching)
    } else if !first.is_empty() && first.split_whitespace().all(|word| word.parse::<u32>().is_ok()) {
        wave::read(name, text).map(PickFile::Wave)
    } else if first.contains(':') {
        hessler_irnich::read(name, text)
    } else {
        let rule = "must start with `KEY : VALUE` (Hessler-Irnich), `//` (Foodmart, Kris) or three numbers (SBPO)";
        Err(vec![Fault::new(format!("{name}:1"), "first line", first, rule)])
    }
}

#[cfg(test)]
mod tests;
