//! Input and answer.

use crate::fault::Fault;
use crate::search::Seed;

/// Most cells of an aisle: one bit each.
pub const CELLS: u32 = 64;

/// A one-block floor. Cell 0 is next to the front cross aisle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Parallel aisles.
    pub aisles: u32,
    /// Cells of an aisle, at most [`CELLS`].
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
}

/// What a cart may hold, or an order weighs, in two dimensions (orders and units, say).
pub type Loads = [i64; 2];

/// An order: cells to visit and what it weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Aisle and cells in it, by aisle, no cells empty.
    pub stops: Vec<(u32, u64)>,
    /// Its load.
    pub load: Loads,
}

/// How pickers walk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The shortest tour.
    #[default]
    Exact,
    /// Every aisle with a pick is traversed whole, the last one returned from where the count is odd.
    SShape,
    /// First and last aisle traversed, the others entered from both ends up to the largest gap.
    LargestGap,
}

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Root of all randomness.
    pub seed: Seed,
    /// How pickers walk.
    pub policy: Policy,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: Seed(0), policy: Policy::Exact }
    }
}

/// Orders to batch, checked.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(super) layout: Layout,
    pub(super) orders: Vec<Order>,
    pub(super) capacity: Loads,
}

impl Problem {
    /// The problem, or every fault.
    pub fn new(layout: Layout, orders: Vec<Order>, capacity: Loads) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let sizes =
            [layout.aisle_pitch, layout.cell_pitch, layout.front_entry, layout.back_entry, layout.depot_distance];
        if layout.aisles == 0 || !(1..=CELLS).contains(&layout.cells) || layout.depot_aisle >= layout.aisles {
            let value =
                format!("{} aisles, {} cells, depot at aisle {}", layout.aisles, layout.cells, layout.depot_aisle);
            faults.push(Fault::new(
                "layout",
                "aisles, cells",
                value,
                "needs an aisle, 1 to 64 cells, and the depot at one of the aisles",
            ));
        }
        if sizes.iter().any(|size| !(0..=1_000_000_000).contains(size)) {
            faults.push(Fault::new("layout", "distances", format!("{sizes:?}"), "must be 0 to 10^9"));
        }
        for (n, order) in orders.iter().enumerate() {
            let at = format!("order {n}");
            let on_floor = |&(aisle, cells): &(u32, u64)| {
                aisle < layout.aisles && cells != 0 && (layout.cells >= CELLS || cells >> layout.cells == 0)
            };
            if order.stops.is_empty() || !order.stops.iter().all(on_floor) {
                faults.push(Fault::new(&at, "stops", order.stops.len(), "must be cells of the floor, at least one"));
            }
            if order.stops.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                faults.push(Fault::new(&at, "stops", "", "aisles must ascend, each once"));
            }
            if (0..2).any(|k| order.load[k] < 0 || order.load[k] > capacity[k]) {
                faults.push(Fault::new(
                    &at,
                    "load",
                    format!("{:?}", order.load),
                    format!("must be within the cart's {capacity:?}"),
                ));
            }
        }
        if faults.is_empty() { Ok(Self { layout, orders, capacity }) } else { Err(faults) }
    }

    /// The floor.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The orders.
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// What a cart holds.
    pub fn capacity(&self) -> Loads {
        self.capacity
    }
}

/// Orders picked in one walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Orders, ascending.
    pub orders: Vec<u32>,
    /// Cells in walk order.
    pub tour: Vec<(u32, u32)>,
    /// Length of the walk, depot to depot.
    pub distance: i64,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Batches; every order is in one.
    pub batches: Vec<Batch>,
    /// Sum of their lengths.
    pub distance: i64,
    /// Iterations made.
    pub iterations: u64,
}
