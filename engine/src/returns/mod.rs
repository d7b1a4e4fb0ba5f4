//! Planner: how goods come back and what becomes of them.
//!
//! Question: to which warehouse, by which service, and what does it cost? Goods go to the warehouse with the least cost of the
//! way plus handling ([`shipping::Goods`]): to any, or, where the merchant keeps its stock by site
//! ([`ReturnsTo::Source`]), to one that sent at least as many units of every line; if no service takes them there, to any after
//! all. Lines that no one warehouse sent together are several returns. Where an own fleet delivers to the buyer's door, its
//! vans collect there ([`crate::dispatch::vans`]), priced by the fleet's tariff.
//!
//! What a return will cost is known, in expectation, before the order is sent: [`shipping::ReturnCosts`] is what quotes and
//! the assignment planner count.

use std::collections::BTreeMap;
use std::fmt;

use crate::fulfilment::{LineQuantity, NewReturn, Order, ShipmentStage, State};
use crate::ids::ReturnId;
use crate::model::{ReturnsTo, SkuIx, WarehouseIx};
use crate::network::Network;
use crate::shipping::{self, Destination, WayBack};
use crate::units::Timestamp;

/// Why goods have no way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWayBack {
    /// No service takes them anywhere.
    NoService,
    /// They go back to their source, and no one warehouse sent them all.
    SeveralSources,
}

impl fmt::Display for NoWayBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoService => "no service takes these goods back",
            Self::SeveralSources => {
                "these goods go back to the warehouse that sent them, and no one warehouse sent them all; announce a return for each"
            }
        })
    }
}

/// The cheapest way back for `lines` to one of `sources`, or to any warehouse where these are `None` or not to be reached.
pub fn way_back(
    network: &Network,
    from: Destination,
    lines: &[LineQuantity],
    sources: Option<&[WarehouseIx]>,
    now: Timestamp,
) -> Result<WayBack, NoWayBack> {
    let packed = shipping::pack(&network.world, lines);
    let ways = shipping::WaysBack::new(network, from, now);
    let goods = shipping::Goods::new(network, (packed, shipping::units(lines)), &ways);
    if sources.is_some_and(<[_]>::is_empty) {
        return Err(NoWayBack::SeveralSources);
    }
    let to_source = sources.into_iter().flatten().filter_map(|&source| {
        let back = goods.way_back_to(source, &ways)?;
        Some(((back.cost, back.warehouse), back))
    });
    let to_source = to_source.min_by_key(|(rank, _)| *rank).map(|(_, back)| back);
    to_source.or_else(|| goods.way_back_anywhere(&ways)).ok_or(NoWayBack::NoService)
}

/// The warehouses that sent at least as many units of every line of `lines`; `None` where not even all of them did, which is
/// for the decision to refuse.
fn sources(state: &State, order: &Order, lines: &[LineQuantity]) -> Option<Vec<WarehouseIx>> {
    let mut sent: BTreeMap<WarehouseIx, BTreeMap<SkuIx, u32>> = BTreeMap::new();
    let shipments = order.shipments.iter().filter_map(|id| state.shipments().get(id));
    for shipment in shipments.filter(|shipment| shipment.stage != ShipmentStage::Void) {
        let units = sent.entry(shipment.plan.warehouse).or_default();
        shipment.lines.iter().for_each(|line| *units.entry(line.sku).or_default() += line.quantity);
    }
    let of_all = |line: &LineQuantity| sent.values().filter_map(|units| units.get(&line.sku)).sum::<u32>();
    if lines.iter().any(|line| of_all(line) < line.quantity) {
        return None;
    }
    let holds = |units: &BTreeMap<SkuIx, u32>| {
        lines.iter().all(|line| units.get(&line.sku).is_some_and(|&sent| sent >= line.quantity))
    };
    Some(sent.iter().filter(|(_, units)| holds(units)).map(|(&warehouse, _)| warehouse).collect())
}

/// A return of `lines` of `order`, ready to be decided.
pub fn plan(
    network: &Network,
    state: &State,
    order: &Order,
    id: ReturnId,
    lines: Vec<LineQuantity>,
    reason: Option<String>,
    now: Timestamp,
) -> Result<NewReturn, NoWayBack> {
    let merchant = &network.world.merchants[order.merchant];
    let sources = match merchant.returns_to {
        ReturnsTo::Cheapest => None,
        ReturnsTo::Source => sources(state, order, &lines),
    };
    let from = order.to();
    let back = way_back(network, from, &lines, sources.as_deref(), now)?;
    Ok(NewReturn {
        id,
        order: order.id.clone(),
        lines,
        reason,
        warehouse: back.warehouse,
        service: back.service,
        cost: back.cost,
        window_days: merchant.return_days,
        at: now,
    })
}
