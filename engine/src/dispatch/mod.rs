//! Planner: what is handed to which carrier at which pickup, and what own vans drive.
//!
//! - [`tenders`]: packed shipments whose collection is near become one offer a warehouse, service and collection, most
//!   urgent first, never more parcels than the collection has room for; what does not fit or missed its collection waits
//!   for the next.
//! - [`rebooking`]: a shipment whose carrier refused (or did not answer) gets the cheapest other way that still keeps its
//!   promise, or failing that the earliest.
//! - [`vans`]: an own fleet's tender is a day of routes by [`crate::routing`]: windows, several trips, return pickups, road times.
//! - [`replan`]: a fleet's vans under way get a better plan where something has changed; what is driven and loaded stays.
//!
//! All are pure functions of the state; ties break by promise, then by id.

#[cfg(test)]
pub(crate) mod fixtures;
mod left;
mod progress;
mod replan;
mod rest;
mod tender;
#[cfg(test)]
mod tests;
mod travel;
mod vans;

pub use progress::Progress;
pub use replan::{Change, Fixed, Replan, Rerouted, changes, replan};
pub use tender::{NOTICE, rebooking, tenders};
pub use vans::{VanDay, VanPlan, is_window_near, vans};
