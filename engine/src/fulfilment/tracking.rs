//! Shipments with carriers, as promises learn from them; and whether promises came true.

use std::collections::BTreeMap;

use crate::calendar::civil::Date;
use crate::network::Network;
use crate::promise::{self, Quantiles, Tracked};
use crate::units::{Seconds, Timestamp};

use super::State;
use super::record::{Order, OrderStage, Shipment};

/// Of orders that were due, how many had arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Orders due.
    pub due: u64,
    /// Those that had arrived.
    pub arrived: u64,
}

impl Share {
    fn count(&mut self, by: Timestamp, arrived: Option<Timestamp>) {
        self.due += 1;
        self.arrived += u64::from(arrived.is_some_and(|at| at <= by));
    }

    /// Percent that had arrived; `None` where none was due.
    pub fn percent(&self) -> Option<f64> {
        (self.due > 0).then(|| 100.0 * self.arrived as f64 / self.due as f64)
    }
}

/// What became of forecasts and promises of orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Orders accepted with a forecast, withdrawn ones aside.
    pub orders: u64,
    /// By the instants forecast with 50, 90 and 95 %.
    pub forecast: [Share; 3],
    /// By the date promised.
    pub promised: Share,
}

impl Coverage {
    fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        for (mine, theirs) in self.forecast.iter_mut().zip(other.forecast) {
            (mine.due, mine.arrived) = (mine.due + theirs.due, mine.arrived + theirs.arrived);
        }
        self.promised.due += other.promised.due;
        self.promised.arrived += other.promised.arrived;
    }

    /// All of these together.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.add(part));
        all
    }
}

/// A delivery is told of so much later, at most.
const TOLD_WITHIN: Seconds = Seconds::hours(3);

impl Tracked {
    /// A shipment as far as it is known; `None` before a carrier has it.
    pub fn of(network: &Network, shipment: &Shipment) -> Option<Self> {
        shipment.dispatched_at?;
        let plan = &shipment.plan;
        let lead = network.world.warehouses[plan.warehouse].waves.get(usize::from(plan.wave.slot))?.lead;
        Some(Self {
            service: plan.service,
            warehouse: plan.warehouse,
            postal: shipment.postal,
            packed_due: promise::cut_off(network, &plan.wave) + lead,
            packed_at: shipment.packed_at,
            pickup_at: plan.pickup_at,
            delivered_at: shipment.delivered_at,
        })
    }
}

impl State {
    /// Every shipment that a carrier has or had.
    pub fn tracked<'a>(&'a self, network: &'a Network) -> impl Iterator<Item = Tracked> + 'a {
        self.shipments().values().filter_map(|shipment| Tracked::of(network, shipment))
    }

    /// Adds, by day of acceptance (UTC), what became of an order's forecast and promise if they were due at `now`.
    pub fn cover(&self, order: &Order, now: Timestamp, days: &mut BTreeMap<Date, Coverage>) {
        let Some(Quantiles { p50, p90, p95 }) = order.forecast.filter(|_| order.stage != OrderStage::Cancelled) else {
            return;
        };
        let day = days.entry(crate::calendar::utc_date(order.placed_at)).or_default();
        day.orders += 1;
        let arrived = self.arrived(order);
        let is_due = |by: &Timestamp| *by + TOLD_WITHIN <= now;
        for (share, by) in day.forecast.iter_mut().zip([p50, p90, p95]).filter(|(_, by)| is_due(by)) {
            share.count(by, arrived);
        }
        if is_due(&order.promised_by) {
            day.promised.count(order.promised_by, arrived);
        }
    }

    /// When the last of an order's shipments arrived, if all have.
    fn arrived(&self, order: &Order) -> Option<Timestamp> {
        if order.stage != OrderStage::Delivered {
            return None;
        }
        let shipments = order.shipments.iter().filter_map(|id| self.shipments().get(id));
        shipments.filter_map(|shipment| shipment.delivered_at).max()
    }
}
