//! What it takes to ship these lines from that warehouse: boxes, price, date; and what their way back would cost.
//!
//! The meeting point of packing, rating and promise, used by quotes, the assignment planner, waves and re-booking, so that a
//! price quoted and a price planned can never come from two computations. Weights in grams, money in cents.

mod back;
mod boxes;
mod freight;
mod ways;

pub use back::{Expected, Goods, ReturnCosts, ReturnsFrom, WayBack, WaysBack};
pub use boxes::{Boxed, Packed, carton, pack, packed};
pub use freight::Freight;
pub use ways::{NoWay, Refused, Way, charges, list_price, way_promised, ways, ways_packed, ways_promised, ways_unless};

pub use crate::fulfilment::Destination;
use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::model::{WarehouseIx, World};
use crate::units::Cents;

/// Work of a shipment of `units` units at a warehouse, in its own units of work.
pub fn work(world: &World, warehouse: WarehouseIx, units: i64) -> i64 {
    let handling = &world.warehouses[warehouse].handling;
    handling.work_per_shipment + handling.work_per_unit * units
}

/// What a warehouse's hands cost for a shipment of `units` units.
pub fn handling(world: &World, warehouse: WarehouseIx, units: i64) -> Cents {
    let handling = &world.warehouses[warehouse].handling;
    handling.per_shipment + handling.per_unit * units
}

/// Units of all lines.
pub fn units(lines: &[LineQuantity]) -> i64 {
    lines.iter().map(|line| i64::from(line.quantity)).sum()
}

/// The shipment that a way makes of `lines`.
pub fn planned(world: &World, warehouse: WarehouseIx, lines: &[LineQuantity], way: &Way) -> PlannedShipment {
    PlannedShipment {
        warehouse,
        service: way.service,
        wave: way.promise.wave,
        pickup_at: way.promise.pickup_at,
        delivers_by: way.promise.delivers_by,
        lines: lines.to_vec(),
        parcels: way.parcels(),
        cartons: way.packed.planned(),
        work: work(world, warehouse, units(lines)),
        carrier_cost: way.carrier_cost,
        handling_cost: way.handling_cost,
    }
}
