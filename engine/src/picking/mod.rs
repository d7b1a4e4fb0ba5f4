//! Kernel: which orders are picked in one walk, and along which tour?
//!
//! Orders are sets of places on a floor, with loads; a cart holds at most so much of each load. Partition the orders into
//! batches within the cart's limits and walk each batch on one tour from depot to depot; minimise the time of all batches
//! (set-up, walk and shelves; where nothing is said of a crew, time is distance), and have each done by its orders' due times
//! with the pickers there are. Quantities are integers in the caller's units (millimetres in the domain).
//!
//! **Tours** of a block are exact: dynamic programming over the aisles with the seven equivalence classes of Ratliff and
//! Rosenthal (1983, "Order-picking in a rectangular warehouse: a solvable case of the traveling salesman problem"), cells as
//! bits; S-shape and largest gap (Hall 1993) are there as policies to compare with. Any other floor is a table of distances,
//! with tours by insertion, 2-opt and or-opt. **Batches**: a greedy seed on shared aisles, then annealing with relocate and
//! swap moves; lateness is scheduled by earliest due date and weighed in. **Scattered storage** ([`place`]) chooses from
//! which of its places an article is taken; **wave selection** ([`select`]) which orders make a wave worth its aisles.
//!
//! The kernel knows no SKU, shipment or clock.

mod block;
mod floor;
mod problem;
mod scattered;
mod schedule;
mod seed;
mod selection;
mod solve;
mod table;

pub use floor::{DistanceTable, Floor, Layout};
pub use problem::{Batch, Crew, Loads, Options, Order, Plan, Policy, Problem, places_of};
pub use scattered::{Place, Want, place};
pub use selection::{Selection, SelectionProblem, select};
pub use solve::solve;
