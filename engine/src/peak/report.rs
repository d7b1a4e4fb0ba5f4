//! What a simulated day came to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cost_to_serve::{self, Subject};
use crate::fulfilment::{OrderStage, PlannedShipment, ShipmentStage, State};
use crate::ids::OrderId;
use crate::model::{ServiceIx, WarehouseIx, World};
use crate::network::Network;
use crate::shipping::{Destination, ReturnCosts};
use crate::units::{Cents, Timestamp};

use super::surcharges::PeakSurcharges;

/// The open orders at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CurvePoint {
    /// When.
    pub at: Timestamp,
    /// Orders accepted so far.
    pub accepted: u64,
    /// Orders with lines not yet released.
    pub backlog: u64,
}

/// How full something was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Utilisation {
    /// Used.
    pub used: i64,
    /// There was.
    pub capacity: i64,
}

/// Figures of a day. Counts are orders unless named otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Accepted.
    pub accepted: u64,
    /// Refused, for want of stock or of any service that keeps the level.
    pub refused: u64,
    /// Slots of stock that went negative: must be 0.
    pub oversold: u64,
    /// Shipments released.
    pub shipments: u64,
    /// Orders sent from more than one warehouse.
    pub split: u64,
    /// Shipments delivered.
    pub delivered: u64,
    /// Shipments delivered after the promise, or not delivered by the end although promised.
    pub late: u64,
    /// Charges of carriers and hands for all shipments, surcharges on volume included.
    pub cost: Cents,
    /// Of these, what the peak cost.
    pub peak: PeakSurcharges,
    /// What returns of all shipments are expected to cost; not in `cost`.
    pub expected_return: Cents,
    /// Waves released.
    pub waves: u64,
    /// Runs of the assignment planner.
    pub plan_runs: u64,
    /// Mean gap of those runs, percent of their cost.
    pub mean_gap_percent: f64,
    /// Orders over time.
    pub curve: Vec<CurvePoint>,
    /// Work by warehouse over the waves that were released.
    pub warehouses: Vec<(WarehouseIx, Utilisation)>,
    /// Parcels by service, against its daily capacity over the days used.
    pub services: Vec<(ServiceIx, Utilisation)>,
}

impl Report {
    /// Reads the figures off a state at `now`.
    pub fn of(network: &Network, state: &State, refused: u64, curve: Vec<CurvePoint>, now: Timestamp) -> Self {
        let world = &network.world;
        let orders = || state.orders().values().filter(|order| order.stage != OrderStage::Cancelled);
        let shipments = || state.shipments().values().filter(|s| s.stage != ShipmentStage::Void);
        let is_late = |by: Timestamp, at: Option<Timestamp>| at.map_or(by < now, |at| at > by);
        let gaps: Vec<f64> = state
            .plan_runs()
            .values()
            .filter(|run| run.cost > Cents::ZERO)
            .map(|run| 100.0 * (run.cost - run.lower_bound).get() as f64 / run.cost.get() as f64)
            .collect();
        Self {
            accepted: orders().count() as u64,
            refused,
            oversold: world
                .skus
                .indices()
                .filter(|&sku| world.warehouses.indices().any(|w| state.ledger().available(sku, w) < 0))
                .count() as u64,
            shipments: shipments().count() as u64,
            split: orders().filter(|order| order.shipments.len() + order.plan.len() > 1).count() as u64,
            delivered: shipments().filter(|s| s.stage == ShipmentStage::Delivered).count() as u64,
            late: shipments().filter(|s| is_late(s.promised_by, s.delivered_at)).count() as u64,
            cost: order_costs(world, state).into_values().sum(),
            peak: PeakSurcharges::of(network, state),
            expected_return: expected_return(network, state, now),
            waves: state.waves().len() as u64,
            plan_runs: state.plan_runs().len() as u64,
            mean_gap_percent: gaps.iter().sum::<f64>() / gaps.len().max(1) as f64,
            curve,
            warehouses: warehouse_use(world, state),
            services: service_use(world, state),
        }
    }
}

/// What each order costs: its shipments as planned, released or not, with their shares of surcharges on volume.
pub fn order_costs<'a>(world: &World, state: &'a State) -> BTreeMap<&'a OrderId, Cents> {
    let mut costs = BTreeMap::new();
    for charge in cost_to_serve::charges(world, state) {
        if !matches!(charge.subject, Subject::Return(_)) {
            *costs.entry(charge.order).or_insert(Cents::ZERO) += charge.amount;
        }
    }
    costs
}

/// What returns of all shipments are expected to cost, if they were announced at `now`.
fn expected_return(network: &Network, state: &State, now: Timestamp) -> Cents {
    let open = state.orders().values().filter(|order| order.stage != OrderStage::Cancelled);
    let planned = open.flat_map(|order| order.plan.iter().map(move |plan| (plan, order.to())));
    let released = state.shipments().values().filter(|shipment| shipment.stage != ShipmentStage::Void);
    let sent: Vec<_> = released.map(|s| (&s.plan, s.to())).chain(planned).collect();
    let returns = ReturnCosts::new(network, sent.iter().flat_map(|(plan, ..)| plan.lines.iter().copied()), now);
    let expected = |&(plan, to): &(&PlannedShipment, Destination)| returns.shipment(plan.warehouse, &plan.lines, to);
    sent.iter().map(expected).sum()
}

fn warehouse_use(world: &World, state: &State) -> Vec<(WarehouseIx, Utilisation)> {
    world
        .warehouses
        .enumerate()
        .map(|(ix, warehouse)| {
            let waves: Vec<_> = state.waves().values().filter(|wave| wave.wave.warehouse == ix).collect();
            let slot = |wave: &&crate::fulfilment::Wave| {
                warehouse.waves.get(usize::from(wave.wave.slot)).map_or(0, |s| s.work_capacity)
            };
            let used = waves.iter().map(|wave| wave.work).sum();
            (ix, Utilisation { used, capacity: waves.iter().map(slot).sum() })
        })
        .collect()
}

fn service_use(world: &World, state: &State) -> Vec<(ServiceIx, Utilisation)> {
    world
        .services
        .enumerate()
        .map(|(ix, service)| {
            let sent: Vec<_> =
                state.shipments().values().filter(|s| s.plan.service == ix && s.dispatched_at.is_some()).collect();
            let mut days: Vec<i64> = sent.iter().map(|s| s.plan.pickup_at.unix().div_euclid(86_400)).collect();
            days.sort_unstable();
            days.dedup();
            let used = sent.iter().map(|s| s.parcels.len() as i64).sum();
            (ix, Utilisation { used, capacity: i64::from(service.daily_capacity) * days.len() as i64 })
        })
        .collect()
}
