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
    /// Parts of the order in it; [`super::Demand::lines_in`] turns it into lines.
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
    /// Per slot of the demand, per unit in stock.
    pub stock: Vec<f64>,
    /// Per work row, per unit of work.
    pub work: Vec<f64>,
    /// Per pickup row, per parcel.
    pub pickup: Vec<f64>,
    /// Per allotment row, per parcel or shipment.
    pub allotment: Vec<f64>,
    /// Per tiered carrier: the surcharge that its next parcel is worth.
    pub carrier: Vec<f64>,
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
        self
    }

    /// Proven gap as a fraction of the plan's cost.
    pub fn gap(&self) -> f64 {
        let total = self.cost.total();
        if total == 0 { 0.0 } else { (total - self.lower_bound) as f64 / total as f64 }
    }
}
