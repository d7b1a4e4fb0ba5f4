//! A peak day simulated over the same planners on a virtual clock.
//!
//! Question: what would become of this stream of orders? [`simulate`] drives [`crate::fulfilment`] with the very planners the
//! service runs: quotes accept orders, the assignment planner re-plans the backlog, waves go to the floor at their cut-offs,
//! walks end when the wave plan says, carriers collect, parcels arrive by schedule or, if the scenario says so, late with each
//! service's published chance. It is event-exact: the queue is ordered by time and then by the order of scheduling, all
//! randomness is named by what it is for, so the same scenario and seed give the same report to the bit.
//!
//! [`nearest_with_stock`] is what most shops do today, on the same orders and stock, for comparison.

mod baseline;
mod report;
mod scale;
pub mod season;
mod simulation;
mod surcharges;

pub use baseline::{Baseline, nearest_with_stock};
pub use report::{CurvePoint, Report, Utilisation, order_costs};
pub use scale::{larger_stock, larger_world, more_orders};
pub use simulation::{Arrival, Delays, Scenario, Sight, Simulated, arrival_delay, simulate};
pub use surcharges::PeakSurcharges;
