//! Where every capacity stands in one row of numbers: slots, work rows, pickup rows, allotment rows, carriers.

use super::dual::Prices;
use super::options::{RowPrices, ShipmentOptions};
use super::problem::{Demand, Problem};
use super::rows::Tier;

/// Where everything stands in the row.
pub(super) struct Layout {
    /// Where each kind begins, and the end.
    pub first: [usize; 6],
    /// By slot, where its SKU and warehouse stand in rows by SKU, then lane.
    pub cells: Vec<u32>,
}

/// Capacity that some orders may use.
#[derive(Clone)]
pub(super) struct Supply {
    /// In the sequence of the layout; for a carrier a scale.
    pub capacity: Vec<f32>,
    /// Units by SKU, then lane, that a single line may take.
    pub held: Vec<i32>,
    /// Tiers by carrier.
    pub carriers: Vec<Vec<Tier>>,
}

impl Layout {
    pub fn new<S: ShipmentOptions>(problem: &Problem<S>) -> Self {
        let demand = &problem.demand;
        let cells: Vec<u32> = cells(demand).collect();
        let work = cells.len() + problem.rows.work.len();
        let pickup = work + problem.rows.pickups.len();
        let allotment = pickup + problem.rows.allotments.len();
        let first = [0, cells.len(), work, pickup, allotment, allotment + problem.rows.carriers.len()];
        Self { first, cells }
    }

    pub fn len(&self) -> usize {
        self.first[5]
    }

    /// Whole prices of a row of them.
    pub fn prices<S: ShipmentOptions>(&self, problem: &Problem<S>, row: impl Fn(usize) -> f32) -> Prices {
        let mut prices = Prices::zero(problem);
        for (slot, &cell) in self.cells.iter().enumerate() {
            prices.stock[cell as usize] = row(slot).round() as i32;
        }
        let whole =
            |kind: usize| (self.first[kind]..self.first[kind + 1]).map(|n| row(n).round() as i64).collect::<Vec<_>>();
        prices.rows = RowPrices { work: whole(1), pickup: whole(2), allotment: whole(3), carrier: whole(4) };
        prices
    }
}

/// Where each slot stands in rows by SKU, then lane.
pub(super) fn cells(demand: &Demand) -> impl Iterator<Item = u32> + '_ {
    (0..demand.skus() as u32).flat_map(move |sku| {
        let held = &demand.slots()[demand.slots_of(sku)];
        held.iter().map(move |slot| sku * demand.lanes() as u32 + u32::from(slot.warehouse))
    })
}

/// By order, its place in the sequence in which what orders share stays at hand.
pub(super) fn ranks<S: ShipmentOptions>(problem: &Problem<S>) -> Vec<u32> {
    let mut rank: Vec<u32> = (0..problem.demand.orders() as u32).collect();
    if let Some((sequence, _)) = problem.source.side_by_side() {
        sequence.iter().enumerate().for_each(|(n, &order)| rank[order as usize] = n as u32);
    }
    rank
}
