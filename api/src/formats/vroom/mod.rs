//! Routing problems in the format of VROOM 1.14 (its `docs/API.md`): a document in, a validated kernel problem; a plan out as
//! VROOM's solution, with a reason for every task left out.
//!
//! What VROOM has and this does not is a fault: several profiles or speed factors in one request, vehicles that weigh time
//! against distance differently, limits on what is not priced, times by vehicle type, breaks with several windows. `steps`
//! of vehicles are hints for VROOM's search and are not looked at.

mod answer;
mod blocking;
mod drive;
mod json;
mod places;
mod prices;
mod problem;
mod read;
mod request;
mod tables;
mod tasks;
#[cfg(test)]
mod tests;

pub use answer::{Answer, ComputingTimes};
pub use problem::Routing;
pub use request::Request;
pub use tables::{Roads, RoadsUsed};
