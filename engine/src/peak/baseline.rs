//! "Nearest warehouse with stock, cheapest service": the rule most shops source by, blind to everything else.

use crate::cost_to_serve::Volumes;
use crate::fulfilment::{LineQuantity, State};
use crate::model::{SkuIx, WarehouseIx};
use crate::network::Network;
use crate::promise::{PickupRef, Unlimited};
use crate::shipping::{self, Destination, Freight, Way};
use crate::stock::StockEvent;
use crate::units::Cents;

use super::Arrival;

/// What the rule costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Cost of each order in the stream's sequence, its share of surcharges on volume included; `None` where stock or service was missing.
    pub cost: Vec<Option<Cents>>,
    /// Shipments made.
    pub shipments: u64,
}

/// Sources the orders one by one, in the order given: the nearest warehouse that has all lines, else line by line the
/// nearest that has each; each shipment goes by the cheapest service of at least the level asked for. Capacity of waves
/// and collections is ignored, as the rule does.
pub fn nearest_with_stock(network: &Network, stock: &[(SkuIx, WarehouseIx, i64)], orders: &[Arrival]) -> Baseline {
    let mut state = State::new(&network.world);
    for &(sku, warehouse, units) in stock {
        let received = StockEvent::Received { sku, warehouse, quantity: units };
        state.apply(&crate::fulfilment::Event::Stock { change: received });
    }
    let mut left: Vec<i64> = Vec::new();
    let warehouses = network.world.warehouses.len();
    for sku in network.world.skus.indices() {
        left.extend(network.world.warehouses.indices().map(|w| state.ledger().available(sku, w)));
    }
    let mut shelf = Shelf { left, warehouses };
    let mut baseline = Baseline::default();
    let mut volumes = Volumes::new(&network.world);
    for (n, order) in orders.iter().enumerate() {
        let outcome = source(network, &mut shelf, order);
        baseline.cost.push(outcome.as_ref().map(|ways| ways.iter().map(|(_, way)| way.cost()).sum()));
        for (warehouse, way) in outcome.unwrap_or_default() {
            baseline.shipments += 1;
            let pickup = PickupRef { warehouse, service: way.service, at: way.promise.pickup_at };
            volumes.count(&pickup, way.parcels(), n);
        }
    }
    for (n, share) in volumes.shared() {
        baseline.cost[n] = baseline.cost[n].map(|cost| cost + share);
    }
    baseline
}

struct Shelf {
    left: Vec<i64>,
    warehouses: usize,
}

impl Shelf {
    fn at(&mut self, sku: SkuIx, warehouse: WarehouseIx) -> &mut i64 {
        &mut self.left[sku.0 as usize * self.warehouses + warehouse.0 as usize]
    }

    fn has(&mut self, line: &LineQuantity, warehouse: WarehouseIx) -> bool {
        *self.at(line.sku, warehouse) >= i64::from(line.quantity)
    }
}

/// The shipments of one order; takes its stock only if all of it can be sent.
fn source(network: &Network, shelf: &mut Shelf, order: &Arrival) -> Option<Vec<(WarehouseIx, Way)>> {
    let mut nearest: Vec<WarehouseIx> = network.world.warehouses.indices().collect();
    nearest.sort_by_key(|&warehouse| (network.distance(warehouse, order.postal), warehouse));
    let whole = nearest.iter().copied().find(|&w| order.lines.iter().all(|line| shelf.has(line, w)));
    let parts: Vec<(WarehouseIx, Vec<LineQuantity>)> = match whole {
        Some(warehouse) => vec![(warehouse, order.lines.clone())],
        None => {
            let mut parts: Vec<(WarehouseIx, Vec<LineQuantity>)> = Vec::new();
            for line in &order.lines {
                let warehouse = nearest.iter().copied().find(|&w| shelf.has(line, w))?;
                match parts.iter_mut().find(|(w, _)| *w == warehouse) {
                    Some((_, lines)) => lines.push(*line),
                    None => parts.push((warehouse, vec![*line])),
                }
            }
            parts
        }
    };
    let to = Destination::new(order.postal, order.residential);
    let mut sent = Vec::new();
    for (warehouse, lines) in &parts {
        let freight = Freight::of_boxes(network, shipping::pack(&network.world, lines), to);
        let (ways, _) = shipping::ways(network, *warehouse, lines, &freight, order.at, &Unlimited);
        let fast_enough = ways.into_iter().filter(|way| way.level >= order.level);
        sent.push((*warehouse, fast_enough.min_by_key(|way| (way.cost(), way.service))?));
    }
    for (warehouse, lines) in &parts {
        lines.iter().for_each(|line| *shelf.at(line.sku, *warehouse) -= i64::from(line.quantity));
    }
    Some(sent)
}
