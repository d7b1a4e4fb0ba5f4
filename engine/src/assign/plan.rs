//! The answer: shipments, backlog, cost, bound and prices.

use super::options::Choice;
use super::problem::Demand;

/// What one warehouse sends for one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// Dense order index.
    pub order: u32,
    /// Dense warehouse index.
    pub warehouse: u32,
    /// Partition of the order in it; [`super::Demand::lines_in`] turns it into lines.
    pub mask: u8,
    /// The option taken.
    pub choice: Choice,
}

/// Where the cents go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostParts {
    /// Shipments, handling included.
    pub shipments: i64,
    /// Second and further shipments of orders.
    pub splits: i64,
    /// Surcharges of the carriers' tiers.
    pub tiers: i64,
    /// Orders and lines that wait.
    pub backlog: i64,
}

impl CostParts {
    /// The sum.
    pub fn total(&self) -> i64 {
        self.shipments + self.splits + self.tiers + self.backlog
    }
}

/// Prices of capacity: what one more unit would save, in cents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Duals {
    /// Per slot of the demand, per unit in stock; with the slot's share of its cuts.
    pub stock: Vec<f64>,
    /// Per work row, per unit of work.
    pub work: Vec<f64>,
    /// Per pickup row, per parcel.
    pub pickup: Vec<f64>,
    /// Per allotment row, per parcel or shipment.
    pub allotment: Vec<f64>,
    /// Per tiered carrier: the surcharge that its next parcel is worth.
    pub carrier: Vec<f64>,
    /// Cuts on slots of few units, for a later run to start from.
    pub cuts: Vec<CutPrice>,
}

impl Duals {
    /// The same in the numbers of a renumbered problem: order `old` is order `new_of[old]`; others are left out.
    pub(super) fn renumbered(mut self, new_of: &[u32]) -> Self {
        for cut in &mut self.cuts {
            cut.raised = cut.raised.iter().filter_map(|&order| new_of.get(order as usize).copied()).collect();
        }
        self
    }
}

/// A cut on one slot, and its price: the slot's row times `k/d`, where the coefficients of some orders are rounded up, those
/// of others down. What it says follows from the demand, so it holds for any other demand too.
#[derive(Clone, Debug, PartialEq)]
pub struct CutPrice {
    /// Dense SKU index.
    pub sku: u32,
    /// Dense warehouse index.
    pub warehouse: u32,
    /// `k` and `d`.
    pub multiplier: (u8, u8),
    /// Orders whose coefficient is rounded up.
    pub raised: Vec<u32>,
    /// Cents per unit of the cut.
    pub cents: f64,
}

/// A feasible plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Shipments by ascending order, then warehouse.
    pub shipments: Vec<Shipment>,
    /// Lines (indices of the demand) that do not ship, ascending.
    pub backlog: Vec<u32>,
    /// Cost in cents.
    pub cost: CostParts,
    /// No plan costs fewer cents than this. 0 where nothing was proven.
    pub lower_bound: i64,
    /// The prices behind the bound.
    pub duals: Duals,
    /// Price updates made.
    pub passes: u64,
    /// Iterations of the budget spent: price updates and improvement rounds.
    pub iterations: u64,
}

impl Plan {
    /// A plan for `solved`, where order `old` of `demand` is order `new_of[old]`, in the numbers of `demand`.
    pub(super) fn renumbered(mut self, demand: &Demand, solved: &Demand, new_of: &[u32]) -> Self {
        let start: Vec<usize> = (0..=new_of.len() as u32)
            .map(|order| self.shipments.partition_point(|shipment| shipment.order < order))
            .collect();
        let mut shipments = Vec::with_capacity(self.shipments.len());
        let mut waits = vec![false; solved.line_count()];
        self.backlog.iter().for_each(|&line| waits[line as usize] = true);
        self.backlog.clear();
        for (order, &new) in new_of.iter().enumerate() {
            let own = &self.shipments[start[new as usize]..start[new as usize + 1]];
            shipments.extend(own.iter().map(|&shipment| Shipment { order: order as u32, ..shipment }));
            let lines = demand.lines(order as u32).zip(solved.lines(new));
            self.backlog.extend(lines.filter(|(_, solved)| waits[*solved]).map(|(line, _)| line as u32));
        }
        self.shipments = shipments;
        let mut old_of = vec![0; new_of.len()];
        new_of.iter().enumerate().for_each(|(old, &new)| old_of[new as usize] = old as u32);
        self.duals = self.duals.renumbered(&old_of);
        self
    }

    /// Proven gap as a fraction of the plan's cost.
    pub fn gap(&self) -> f64 {
        let total = self.cost.total();
        if total == 0 { 0.0 } else { (total - self.lower_bound) as f64 / total as f64 }
    }
}
