//! Kernel: which cartons hold these items, and where does each item lie?
//!
//! Given items (edges, weight, allowed rotations, quantity) and carton types (inner edges, outer volume, tare, greatest gross
//! weight, cost), place every unit axis-parallel in a carton: inside it, overlapping no other, gross weight within the limit,
//! nothing above a fragile unit. Minimise, by [`Objective`]: cartons and then outer volume; outer volume; or the sum of a
//! caller's bill over the cartons. Millimetres, grams, cents; z is up.
//!
//! **Method.** Units are placed one by one at the corner of an empty maximal space (Lai and Chan 1997; Parreño et al. 2008,
//! "A maximal-space algorithm for the container loading problem"), by several orders and placement rules. Smallest carton
//! first for the whole order; where none holds it, cartons are filled greedily (Crainic, Perboli and Tadei 2008), the last
//! one is shrunk, and shuffled orders try to save a carton within the budget. Bounds on volume and weight prune.
//!
//! The kernel knows no catalogue, tariff or order.

mod problem;
mod solve;
mod spaces;

pub use problem::{
    Carton, CartonBill, Item, Objective, Options, PackedCarton, Placement, Plan, Problem, Rotations, Unpacked,
};
pub use solve::{fill_one, solve};
