//! Tidewater's optimisation core.
//!
//! Pure, deterministic and synchronous: the time of day, identifiers, seeds and budgets are arguments; there is no IO, no
//! logging and no clock but the monotonic one of [`search::Budget`]. See ARCHITECTURE.md for the layers and what may
//! import what; `tests/tidy` enforces them.

#![warn(clippy::unwrap_used, clippy::iter_over_hash_type, clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

// L0: the alphabet.
pub mod calendar;
pub mod fault;
pub mod ids;
pub mod index;
pub mod units;
// L1: how searches run.
pub mod lp;
pub mod search;
// L2: kernels over dense indices; they know nothing of the domain.
pub mod packing;
pub mod picking;
pub mod routing;
// L3: the validated world.
pub mod model;
pub mod network;
pub mod roads;
// L4: stock, price, date; the life of an order; what it takes to ship.
pub mod board;
pub mod fulfilment;
pub mod promise;
pub mod rating;
pub mod shipping;
pub mod sourcing;
pub mod stock;
// L5: planners.
pub mod assign;
pub mod dispatch;
pub mod quote;
pub mod returns;
pub mod wave;
// Why the planners chose as they did.
pub mod explain;
// L6: trying the peak before it comes; proving a plan wrong.
pub mod check;
pub mod cost_to_serve;
pub mod peak;
