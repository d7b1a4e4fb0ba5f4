//! Kernel: which cartons hold these items, and where does each item lie?
//!
//! Given items (edges, weight, allowed rotations, quantity) and carton types (inner edges, outer volume, tare, greatest gross
//! weight, cost), place every unit axis-parallel in a carton: inside it, overlapping no other, gross weight within the limit,
//! nothing above a fragile unit, as much of its base supported as is asked. Minimise, by [`Objective`]: cartons and then outer
//! volume; outer volume; or the sum of a caller's bill over the cartons. Millimetres, grams, cents; z is up.
//!
//! **Method.** Units are placed one by one at the corner of an empty maximal space (Lai and Chan 1997; Parreño et al. 2008,
//! "A maximal-space algorithm for the container loading problem"). The cheapest carton that holds all is looked for first;
//! where none does, cartons are filled one by one (Crainic, Perboli and Tadei 2008), and then, within the budget, a few at a
//! time are emptied and packed anew, in sequences drawn at random, towards fewer, cheaper, and more lopsided ones. One
//! container for as much as it holds is a problem of its own ([`fill_one`]): a beam search over blocks of units. Up to five units
//! are parted by a bill in the best way ([`Sets`]), and [`Bounds`] tells what no packing is billed less than.
//!
//! The kernel knows no catalogue, tariff or order.

mod blocks;
mod bound;
mod container;
mod fill;
mod problem;
mod sets;
mod solve;
mod spaces;
#[cfg(test)]
mod tests;
mod units;

pub use bound::Bounds;
pub use container::fill_one;
pub use problem::{
    Carton, CartonBill, Edges, Item, Objective, Options, PackedCarton, Placement, Plan, Problem, Rotations, Unpacked,
};
pub use sets::{Part, Sets};
pub use solve::solve;
