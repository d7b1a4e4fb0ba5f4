//! Which orders a re-plan looks at: those that are not served as they could be, and those that could make way for them.
//!
//! A new order whose SKU is sold out is best served by the order with that SKU that loses least by going elsewhere. That loss
//! is known from pricing all orders once: the regret of those that have what they like; less than nothing for others.

use rayon::prelude::*;

use crate::search::Seed;

use super::cuts::LinesBySku;
use super::improve::Aims;
use super::options::ShipmentOptions;
use super::problem::{Demand, Problem};
use super::region::Region;

/// Orders of each wanted SKU that are looked at: those that lose least, and some others.
const READY: usize = 12;
const OTHERS: usize = 6;

/// Of a SKU in more orders than this, some are asked.
const MOST_ASKED: usize = 128;

/// Orders by SKU.
pub(super) struct Rivals {
    by_sku: LinesBySku,
    /// The order of each line.
    order_of: Vec<u32>,
}

impl Rivals {
    pub fn new(demand: &Demand) -> Self {
        let mut order_of = vec![0; demand.line_count()];
        (0..demand.orders() as u32).for_each(|order| order_of[demand.lines(order)].fill(order));
        Self { by_sku: LinesBySku::new(demand), order_of }
    }

    /// The orders that the next round looks at, ascending; `plan` is of all orders. None where nothing is to be gained.
    pub fn touched<S: ShipmentOptions>(
        &self,
        problem: &Problem<S>,
        aims: &Aims<'_>,
        plan: &Region,
        seed: Seed,
    ) -> Vec<u32> {
        let demand = &problem.demand;
        let orders = 0..demand.orders();
        let mut touched: Vec<u32> = orders
            .into_par_iter()
            .filter(|&order| aims.unhappy(problem, plan, order).is_some())
            .map(|order| order as u32)
            .collect();
        let mut skus: Vec<u32> =
            touched.iter().flat_map(|&order| demand.lines(order)).map(|line| demand.sku(line)).collect();
        skus.sort_unstable();
        skus.dedup();
        let ready = |&sku: &u32| self.ready(problem, aims, plan, sku, seed);
        touched.extend(skus.par_iter().flat_map_iter(ready).collect::<Vec<_>>());
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// Orders with this SKU that would lose least, and some others.
    fn ready<S: ShipmentOptions>(
        &self,
        problem: &Problem<S>,
        aims: &Aims<'_>,
        plan: &Region,
        sku: u32,
        seed: Seed,
    ) -> Vec<u32> {
        let loss = |order: u32| match aims.slack(problem, plan, order as usize) {
            0 => aims.guide.regret[order as usize],
            slack => -slack,
        };
        let mut rng = seed.child("rivals", u64::from(sku)).rng();
        let lines = self.by_sku.lines(sku);
        let (before, after) = lines.split_at(rng.below(lines.len()));
        let with_sku = after.iter().chain(before).take(MOST_ASKED).map(|&line| self.order_of[line as usize]);
        let mut by_loss: Vec<(i64, u32)> = with_sku
            .filter(|&order| !plan.shipments(order as usize).is_empty() && !aims.anchors.is_locked(order))
            .map(|order| (loss(order), order))
            .collect();
        if by_loss.len() > READY {
            by_loss.select_nth_unstable(READY);
            for n in READY..by_loss.len().min(READY + OTHERS) {
                let other = n + rng.below(by_loss.len() - n);
                by_loss.swap(n, other);
            }
            by_loss.truncate(READY + OTHERS);
        }
        by_loss.into_iter().map(|(_, order)| order).collect()
    }
}
