//! Planner: how goods come back and what becomes of them.
//!
//! Question: to which warehouse, by which service, and what does it cost? The way back is priced as the same parcel from
//! the receiving warehouse to the buyer's area: carriers price a return label by the same zone. Goods go to the warehouse
//! with the least cost of the way plus handling; where an own fleet delivers to the buyer's door, its vans collect there
//! ([`crate::dispatch::vans`]), priced by the fleet's tariff.

use crate::fulfilment::{LineQuantity, NewReturn, Order};
use crate::ids::ReturnId;
use crate::model::{ServiceIx, ServiceLevel, WarehouseIx};
use crate::network::Network;
use crate::promise::Unlimited;
use crate::shipping::{self, Destination};
use crate::units::{Cents, Timestamp};

/// The way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// Who receives it.
    pub warehouse: WarehouseIx,
    /// Who brings it.
    pub service: ServiceIx,
    /// What that costs, handling included.
    pub cost: Cents,
}

/// The cheapest way back for `lines`, or `None` where no service takes them.
pub fn way_back(network: &Network, to: Destination, lines: &[LineQuantity], now: Timestamp) -> Option<WayBack> {
    let world = &network.world;
    let packed = shipping::pack(world, lines);
    let handling = |warehouse| shipping::handling(world, warehouse, shipping::units(lines));
    world
        .warehouses
        .indices()
        .flat_map(|warehouse| {
            let (ways, _) = shipping::ways(network, warehouse, lines, &packed, to, now, &Unlimited);
            ways.into_iter().map(move |way| (warehouse, way))
        })
        // Nobody pays for speed on the way back; own vans pass by anyway.
        .filter(|(_, way)| matches!(way.level, ServiceLevel::Standard | ServiceLevel::HalfDay))
        .map(|(warehouse, way)| WayBack {
            warehouse,
            service: way.service,
            cost: way.carrier_cost + handling(warehouse),
        })
        .min_by_key(|back| (back.cost, back.warehouse, back.service))
}

/// A return of `lines` of `order`, ready to be decided.
pub fn plan(
    network: &Network,
    order: &Order,
    id: ReturnId,
    lines: Vec<LineQuantity>,
    reason: Option<String>,
    now: Timestamp,
) -> Option<NewReturn> {
    let back = way_back(network, Destination { postal: order.postal, residential: order.residential }, &lines, now)?;
    Some(NewReturn {
        id,
        order: order.id.clone(),
        lines,
        reason,
        warehouse: back.warehouse,
        service: back.service,
        cost: back.cost,
        window_days: network.world.merchants[order.merchant].return_days,
        at: now,
    })
}
