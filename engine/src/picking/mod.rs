//! Kernel: which orders are picked in one walk, and along which tour?
//!
//! A one-block floor of parallel aisles with cells, a front and a back cross aisle, and a depot at the front. Orders are sets
//! of cells with loads; a cart holds at most so much of each load. Partition the orders into batches within the cart's
//! limits and walk each batch on one tour from depot to depot; minimise the sum of the tours' lengths. Lengths are integers
//! in the caller's unit (millimetres in the domain).
//!
//! **Tours** are exact: dynamic programming over the aisles with the seven equivalence classes of Ratliff and Rosenthal (1983,
//! "Order-picking in a rectangular warehouse: a solvable case of the traveling salesman problem"), cells as 64-bit masks;
//! S-shape and largest gap (Hall 1993) are there as policies to compare with. **Batches**: savings on pairs of batches (Clarke
//! and Wright 1964) for few orders, otherwise a greedy seed on shared aisles; then annealing with relocate and swap moves.
//!
//! The kernel knows no SKU, shipment or clock.

mod problem;
mod seed;
mod solve;
mod tour;

pub use problem::{Batch, CELLS, Layout, Loads, Options, Order, Plan, Policy, Problem};
pub use solve::solve;
pub use tour::{Tour, exact_length, tour};
