//! What every search shares: where randomness comes from, what may be spent, who watches, what is accepted.
//!
//! Rule of the house: the same problem, options, seed and iteration budget give the same plan on any number of threads.
//! A limit on time is allowed too; then the iterations made are reported, so that the run can be repeated exactly.

mod acceptance;
mod budget;
mod observer;
mod seed;

pub use acceptance::Annealing;
pub use budget::{Budget, CancelToken};
pub use observer::{Observer, Progress, Silent};
pub use seed::{Rng, Seed};
