//! What a simulated day came to.

use serde::Serialize;

use crate::fulfilment::{OrderStage, ShipmentStage, State};
use crate::ids::OrderId;
use crate::model::{ServiceIx, WarehouseIx, World};
use crate::units::{Cents, Timestamp};

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
    /// Charges of carriers and hands for all shipments.
    pub cost: Cents,
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
    pub fn of(world: &World, state: &State, refused: u64, curve: Vec<CurvePoint>, now: Timestamp) -> Self {
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
            cost: shipments().map(|s| s.plan.cost()).sum::<Cents>()
                + orders().flat_map(|order| order.plan.iter()).map(|planned| planned.cost()).sum::<Cents>(),
            waves: state.waves().len() as u64,
            plan_runs: state.plan_runs().len() as u64,
            mean_gap_percent: gaps.iter().sum::<f64>() / gaps.len().max(1) as f64,
            curve,
            warehouses: warehouse_use(world, state),
            services: service_use(world, state),
        }
    }
}

/// What an order costs: its shipments as planned, released or not.
pub fn order_cost(state: &State, order: &OrderId) -> Cents {
    let Some(order) = state.orders().get(order) else { return Cents::ZERO };
    let released =
        order.shipments.iter().filter_map(|id| state.shipments().get(id)).filter(|s| s.stage != ShipmentStage::Void);
    released.map(|s| s.plan.cost()).sum::<Cents>() + order.plan.iter().map(|planned| planned.cost()).sum::<Cents>()
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
