//! The pulse: the day at a glance, for the operations page.

use std::collections::BTreeMap;

use engine::fulfilment::{OrderStage, PlanRun, ShipmentStage, State};
use engine::ids::OrderId;
use engine::model::{RegionIx, ServiceIx, WarehouseIx};
use engine::promise::{self, WaveRef};
use engine::units::Timestamp;

use super::App;

/// Orders at one moment; kept in memory for the day's curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurveSample {
    /// When.
    pub at: Timestamp,
    /// Accepted so far.
    pub accepted: u64,
    /// With lines not yet on a floor.
    pub backlog: u64,
    /// With carriers or delivered.
    pub shipped: u64,
}

/// A wave and how full it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaveLoadView {
    /// Which.
    pub wave: WaveRef,
    /// When it closes.
    pub cut_off_at: Timestamp,
    /// Work in it.
    pub used: i64,
    /// Work that fits.
    pub capacity: i64,
}

/// Parcels from a warehouse to a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// From.
    pub warehouse: WarehouseIx,
    /// To.
    pub region: RegionIx,
    /// By.
    pub service: ServiceIx,
    /// How many.
    pub parcels: u64,
}

/// An order of which something is planned, or already due, after its promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// Which.
    pub order: OrderId,
    /// The shop's own number.
    pub reference: Option<String>,
    /// The promise.
    pub promised_by: Timestamp,
    /// When the last of it that is late arrives by schedule.
    pub delivers_by: Timestamp,
}

/// The day at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulse {
    /// The service's time.
    pub now: Timestamp,
    /// Orders by stage.
    pub stages: BTreeMap<OrderStage, u64>,
    /// Orders with lines not yet on a floor.
    pub backlog: u64,
    /// Shipments not delivered, those of open orders among them, that are planned, or already due, after their promise.
    pub late_risk: u64,
    /// The orders of such shipments, the latest first.
    pub late: Vec<Late>,
    /// The next waves of each warehouse.
    pub waves: Vec<(WarehouseIx, Vec<WaveLoadView>)>,
    /// Parcels at docks by service.
    pub docked: BTreeMap<ServiceIx, u64>,
    /// The day's curve.
    pub curve: Vec<CurveSample>,
    /// The largest flows of dispatched parcels.
    pub flows: Vec<Flow>,
    /// The last committed plan.
    pub last_run: Option<PlanRun>,
}

/// Samples kept, the newest: fourteen days of one every five minutes.
const SAMPLES: usize = 14 * 24 * 12;
/// Samples shown; of more, every second, third, .. one.
const SHOWN: usize = 600;
/// Waves shown a warehouse.
const WAVES: usize = 3;
/// Flows shown.
const FLOWS: usize = 250;
/// Late orders shown.
const LATE: usize = 12;

impl App {
    /// Notes the moment in the day's curve.
    pub fn sample(&self) {
        let at = self.now();
        let sample = self.read(|state| CurveSample {
            at,
            accepted: state.orders().len() as u64,
            backlog: state.open_orders().len() as u64,
            shipped: state
                .orders()
                .values()
                .filter(|o| matches!(o.stage, OrderStage::Shipped | OrderStage::Delivered))
                .count() as u64,
        });
        let mut curve = self.curve.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if curve.last().is_none_or(|last| last.at < at) {
            curve.push(sample);
        }
        let surplus = curve.len().saturating_sub(SAMPLES);
        curve.drain(..surplus);
    }

    /// The day at a glance.
    pub fn pulse(&self) -> Pulse {
        let now = self.now();
        let world = &self.network.world;
        let curve = thinned(&self.curve.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        self.read(|state| {
            let mut stages = BTreeMap::new();
            state.orders().values().for_each(|order| *stages.entry(order.stage).or_insert(0) += 1);
            let mut flows: BTreeMap<(WarehouseIx, RegionIx, ServiceIx), u64> = BTreeMap::new();
            let sent = state
                .shipments()
                .values()
                .filter(|s| matches!(s.stage, ShipmentStage::Dispatched | ShipmentStage::Delivered));
            for shipment in sent {
                let region = world.postals[shipment.postal].region;
                *flows.entry((shipment.plan.warehouse, region, shipment.plan.service)).or_default() +=
                    shipment.parcels.len() as u64;
            }
            let mut flows: Vec<Flow> = flows
                .into_iter()
                .map(|((warehouse, region, service), parcels)| Flow { warehouse, region, service, parcels })
                .collect();
            flows.sort_by_key(|flow| std::cmp::Reverse(flow.parcels));
            flows.truncate(FLOWS);
            let parcels_of = |ids: &std::collections::BTreeSet<engine::ids::ShipmentId>| -> u64 {
                ids.iter().filter_map(|id| state.shipments().get(id)).map(|s| s.parcels.len() as u64).sum()
            };
            let mut docked = BTreeMap::new();
            state
                .docked()
                .iter()
                .for_each(|((_, service), ids)| *docked.entry(*service).or_insert(0) += parcels_of(ids));
            let (late_risk, late) = late(state, now);
            Pulse {
                now,
                stages,
                backlog: state.open_orders().len() as u64,
                late_risk,
                late,
                waves: world
                    .warehouses
                    .indices()
                    .map(|warehouse| {
                        let next = promise::next_waves(&self.network, warehouse, now, WAVES);
                        let view = |wave: WaveRef| WaveLoadView {
                            wave,
                            cut_off_at: promise::cut_off(&self.network, &wave),
                            used: state.work_in(&wave),
                            capacity: world.warehouses[warehouse].waves[usize::from(wave.slot)].work_capacity,
                        };
                        (warehouse, next.into_iter().map(view).collect())
                    })
                    .collect(),
                docked,
                curve,
                flows,
                last_run: state.plan_runs().values().next_back().cloned(),
            }
        })
    }
}

/// How many shipments break their promise by schedule or have it behind them, and the latest of their orders.
fn late(state: &State, now: Timestamp) -> (u64, Vec<Late>) {
    let released = state
        .shipments()
        .values()
        .filter(|shipment| !matches!(shipment.stage, ShipmentStage::Delivered | ShipmentStage::Void))
        .map(|shipment| (&shipment.order, shipment.promised_by, shipment.plan.delivers_by));
    let open =
        state.open_orders().iter().filter_map(|id| state.orders().get(id)).flat_map(|order| {
            order.plan.iter().map(move |planned| (&order.id, order.promised_by, planned.delivers_by))
        });
    let (mut count, mut orders) = (0, BTreeMap::<&OrderId, (Timestamp, Timestamp)>::new());
    for (order, promised, delivers) in released.chain(open).filter(|(_, by, at)| at > by || *by < now) {
        count += 1;
        let last = orders.entry(order).or_insert((promised, delivers));
        last.1 = last.1.max(delivers);
    }
    let mut late: Vec<(&OrderId, (Timestamp, Timestamp))> = orders.into_iter().collect();
    late.sort_by_key(|(_, (promised, delivers))| std::cmp::Reverse((*delivers - *promised).get()));
    let told = |(id, (promised_by, delivers_by)): (&OrderId, (Timestamp, Timestamp))| Late {
        order: id.clone(),
        reference: state.orders().get(id).and_then(|order| order.reference.clone()),
        promised_by,
        delivers_by,
    };
    (count, late.into_iter().take(LATE).map(told).collect())
}

/// At most [`SHOWN`] samples, evenly spaced, the last one among them.
fn thinned(curve: &[CurveSample]) -> Vec<CurveSample> {
    let step = curve.len().div_ceil(SHOWN).max(1);
    let mut shown: Vec<_> = curve.iter().rev().step_by(step).copied().collect();
    shown.reverse();
    shown
}
