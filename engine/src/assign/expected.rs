//! What returns are expected to cost, as a plan of the backlog counts it: on top of a shipment's cents, for orders of merchants
//! whose goods go back to their source. For others it is the same wherever the goods come from, and counts nothing here.

use crate::fulfilment::{BacklogOrder, PlannedShipment};
use crate::model::{MerchantIx, ReturnsTo, WarehouseIx};
use crate::network::Network;
use crate::shipping::{Expected, ReturnCosts};
use crate::units::Timestamp;

/// Expected costs of returns of the orders that are planned.
pub(super) struct Returns<'a> {
    network: &'a Network,
    costs: ReturnCosts<'a>,
}

impl<'a> Returns<'a> {
    /// As of `now`; the goods of `orders` are packed once.
    pub(super) fn of(network: &'a Network, orders: &[BacklogOrder], now: Timestamp) -> Self {
        let counted = orders.iter().filter(|order| counts(network, order.merchant));
        let lines = counted.flat_map(|order| order.lines.iter().copied());
        Self { network, costs: ReturnCosts::new(network, lines, now) }
    }

    /// By line of `order`, if `warehouse` sends it; sums of them are rounded once a shipment.
    pub(super) fn by_line(&self, order: &BacklogOrder, warehouse: WarehouseIx) -> Vec<Expected> {
        if !counts(self.network, order.merchant) {
            return vec![Expected::default(); order.lines.len()];
        }
        let to = order.to();
        let costs = self.costs.of(to);
        order.lines.iter().map(|line| costs.line(warehouse, line)).collect()
    }

    /// Of a shipment that an order has, in cents.
    pub(super) fn planned(&self, order: &BacklogOrder, planned: &PlannedShipment) -> i64 {
        if !counts(self.network, order.merchant) {
            return 0;
        }
        let to = order.to();
        self.costs.shipment(planned.warehouse, &planned.lines, to).get()
    }

    /// Of all shipments that the orders have, in cents.
    pub(super) fn standing(&self, orders: &[BacklogOrder]) -> i64 {
        orders.iter().flat_map(|order| order.plan.iter().map(|planned| self.planned(order, planned))).sum()
    }
}

/// Whether the source of its goods decides what their way back costs.
fn counts(network: &Network, merchant: MerchantIx) -> bool {
    network.world.merchants[merchant].returns_to == ReturnsTo::Source
}
