//! Kernel: which vehicle visits which stops, in which order, on which trip?
//!
//! Given depots, stops and vehicle types over one table of distances (and one of times), find routes
//!
//! ```text
//! minimise   sum over routes  fixed + unit_distance x distance + unit_duration x duration
//!                             + unit_overtime x max(0, duration - regular_duration)
//!          + sum over stops served  price of the window used
//!          + sum over optional stops left out  prize
//! such that  every stop is on at most one trip, and every required stop on one if any vehicle is left for it;
//!            on every trip, at every moment, load <= capacity in each of up to four dimensions (deliveries are on board from the depot on, pickups up to it,
//!            the goods of a pair from its first to its second stop, both on that trip);
//!            service starts within one of each stop's windows (early vehicles wait), departure and return within the shift;
//!            a trip leaves (or starts to load at) its depot no earlier than the release of each of its stops;
//!            a leg takes its table's time at the speed of each moment it lasts ([`Speed`]);
//!            each break that is due is begun in its window, between two visits, and nothing moves while it lasts;
//!            duration, distance and the numbers of stops and reloads of a route stay within its type's limits;
//!            a type's vehicles are not used more often than there are, nor for stops it may not serve;
//!            the first trip of a running vehicle starts with its locked stops, in their order;
//!            with `linehauls_first`: on a trip no delivery after a pickup, and a delivery first.
//! ```
//!
//! If not every required stop can be served, the sum over those left out of `10 + priority` is minimised before the cost, as
//! far as the search gets. Overtime is a convex price of a route's duration: with `regular_duration` near the mean of the
//! routes it also balances their work. (A cap that follows from the routes' own mean would tie every route to all others,
//! so that no move could be priced by the routes it changes.)
//!
//! All quantities are integers in the caller's units: one unit of distance, one of time, one of each load, one of money. Places
//! are numbered depots first, then stops.
//!
//! Method: a first plan by savings where they apply (Clarke and Wright 1964), with its vehicles filled, else by insertion; ruin
//! and recreate by string removal under annealing (Christiaens and Vanden Berghe 2020) as the outer loop; local search with the
//! classical moves, SWAP* (Vidal 2022) and ejection chains (Glover 1996) around what a step touched; granular neighbourhoods in
//! distance and time (Toth and Vigo 2003; Vidal et al. 2013); constant-time evaluation by segments ([`segment`]). What does not
//! fit waits in a bank and is paid for; where windows or a limited or mixed fleet bind, load above capacity and lateness are
//! priced as well while searching, and only plans that hold are kept. Small plans are annealed several times, large ones
//! searched in groups of routes at the same time. The same problem, options (threads among them) and iterations give the same
//! plan.
//!
//! This kernel must not know orders, parcels, carriers or the time of day: [`crate::dispatch`] translates them.

mod breaks;
mod contents;
mod extract;
#[cfg(test)]
pub(crate) mod fixtures;
mod fleet;
mod load;
mod local_search;
mod matrix;
mod moves;
mod neighbours;
mod plan;
mod problem;
mod recreate;
mod resume;
mod ruin;
mod running;
mod savings;
pub mod segment;
mod solve;
mod spec;
mod speeds;
mod state;
#[cfg(test)]
mod tests;
mod together;
mod validate;
pub mod why;
mod windows;

pub use load::{DIMENSIONS, Load};
pub use matrix::{Matrix, Plane, Rounding};
pub use plan::{CostParts, Pause, Plan, Reason, Route, Trip, Unassigned};
pub use problem::Problem;
pub use resume::resume;
pub use ruin::Removal;
pub use segment::NO_LIMIT;
pub use solve::{Objective, Options, solve};
pub use spec::{Break, Depot, Pair, PricedWindow, Running, Spec, Speed, Stop, VehicleType, Window};
