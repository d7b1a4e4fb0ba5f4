//! Planner core: which warehouse and which mode (carrier, service, wave) ships which lines of which order, and what waits?
//!
//! **Objective.** Minimise, in cents,
//! `sum over shipments of cents + split_cents * (shipments of the order - 1) + backlog + sum over carriers of F_c(parcels_c)`
//! where `F_c` is convex and piecewise linear (price tiers on a carrier's total parcels). An order that ships nothing costs
//! its whole backlog price; where it may ship partially, each line left behind costs that line's price.
//!
//! An order may have its own most shipments, and cents by their number ([`Splits`]).
//!
//! **Constraints.** Each line ships at most once; a ship-complete order ships whole or not at all; at most one shipment per
//! order and warehouse; per (SKU, warehouse) slot the units in stock; per work row `per_shipment + per_unit * units` over its
//! shipments; per pickup row the parcels; per allotment row, of
//! which a shipment loads up to two, the parcels or the shipments. A line's quantity is never divided.
//!
//! **Method.** Lagrangian relaxation of stock, work, pickup, allotment and tier rows (Held and Karp 1971). Given prices an order is
//! solved exactly by dynamic programming over subsets of its parts, all warehouses at once in vector rows; prices start at
//! what each short SKU's last line served would lose, and move by a deflected subgradient with Polyak steps (Camerini, Fratta
//! and Maffioli 1975; Barahona and Anbil 2000, "The volume algorithm") whose length grows while the bound does. All prices
//! are integers, so the bound does not depend on the order of summation. Once the prices settle, rank-1 Chvatal-Gomory cuts
//! on single slots are separated from what orders chose in the last passes and priced like any row ("relax and cut", Lucena
//! 2005); they close more than half of what the relaxation leaves. Plans come from regret-ordered insertion at dual
//! prices, then ruin and recreate (Schrimpf et al. 2000) around orders far from their floor and scarce SKUs, in regions
//! that share no resource, several at the same time. Steering uses the identity: plan cost - bound = sum of the orders'
//! slacks + sum of price x unused capacity.
//!
//! **Again.** New orders do not start from nothing: earlier prices ([`Options::warm`]) and an earlier plan ([`Standing`]:
//! what is locked, what a move costs, how many may move) go in, and the search may look at new orders and their rivals only.
//!
//! **Size.** Rows are dense: about 10 bytes x SKUs x warehouses (rounded up to 16) beside the orders.
//!
//! **Partition.** Orders of up to [`MAX_PARTS`] lines are exact. In longer ones lines held by the same warehouses are grouped into
//! [`MAX_PARTS`] parts that ship together; the bound then holds for the grouped problem.
//!
//! **Must not know** merchants, ids, rate cards, calendars: [`Demand`] holds dense indices, [`ShipmentOptions`] the prices.
//! Only [`plan_backlog`] does: it turns the open orders of a state into such a problem and the plan back.

mod again;
mod allotted;
mod backlog;
mod baseline;
mod climb;
mod construct;
mod cuts;
mod dual;
mod expected;
mod explicit;
mod improve;
mod lanes;
mod layout;
mod listing;
pub mod online;
mod opening;
mod options;
mod partition;
mod parts;
mod plan;
mod pricing;
mod problem;
mod region;
mod rivals;
mod room;
mod rows;
mod ruled;
mod shares;
mod solve;
mod splits;
mod standing;
mod table;
mod volumes;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub use again::Scope;
pub use backlog::{BacklogOptions, BacklogPlan, late_cost, plan_backlog, split_cost};
pub use baseline::{cheapest_first, nearest_with_stock};
pub use explicit::{ExplicitBuilder, ExplicitCost};
pub use lanes::NONE;
pub use options::{ALLOTMENTS, Choice, NO_ROW, Parcel, Priced, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
pub use partition::Partition;
pub use plan::{CostParts, CutPrice, Duals, Plan, Shipment};
pub use problem::{Backlog, Demand, DemandBuilder, MAX_CENTS, MAX_PARTS, Problem, Slot};
pub use rows::{AllotmentRow, Counts, Rows, Tier, WorkRow};
pub use solve::{LookAt, Options, solve};
pub use splits::Splits;
pub use standing::Standing;
pub use table::{TableCost, TableInput};
