//! Opening prices: where the ascent starts when no earlier prices are known.
//!
//! A SKU with less stock than demand is worth, before any shipping is compared, what the last line served would lose by
//! waiting. Subgradients find such prices slowly, since the overuse that drives them is a few per cent. So each SKU's lines
//! are lined up by what serving them alone would save, and the SKU opens at the first saving that its stock cannot serve.

use rayon::prelude::*;

use super::dual::{Prices, Relaxed};
use super::options::{ShipmentOptions, UNITS_PER_CENT};
use super::pricing::Pricer;
use super::problem::Problem;

/// Orders looked at by one task.
const CHUNK: usize = 4096;

/// The opening price of a unit of each SKU, in tenths of a cent.
pub(super) fn prices<S: ShipmentOptions>(problem: &Problem<S>) -> Vec<i32> {
    let demand = &problem.demand;
    let mut wanted = vec![0_i64; demand.skus()];
    (0..demand.line_count()).for_each(|line| wanted[demand.sku(line) as usize] += i64::from(demand.quantity(line)));
    let held = |sku: usize| demand.slots()[demand.slots_of(sku as u32)].iter().map(|slot| i64::from(slot.units)).sum();
    let short: Vec<bool> = wanted.iter().enumerate().map(|(sku, &units)| units > held(sku)).collect();
    let mut bids = bids(problem, &short);
    bids.par_sort_unstable();
    let mut prices = vec![0; demand.skus()];
    for bids in bids.chunk_by(|a, b| a.0 == b.0) {
        let sku = bids[0].0 as usize;
        let mut left: i64 = held(sku);
        // The highest bids stand last.
        for &(_, saving, units) in bids.iter().rev() {
            left -= i64::from(units);
            if left < 0 {
                prices[sku] = saving.max(0);
                break;
            }
        }
    }
    prices
}

/// SKU, what a unit saves when served alone, and units, of each line of the short SKUs.
fn bids<S: ShipmentOptions>(problem: &Problem<S>, short: &[bool]) -> Vec<(u32, i32, i32)> {
    let demand = &problem.demand;
    let zero = Prices::zero(problem);
    let pricer = Pricer::new(problem, zero.rows.clone());
    let terms = Relaxed { prices: &zero, demand };
    let orders = demand.orders();
    (0..orders.div_ceil(CHUNK))
        .into_par_iter()
        .map_init(
            || pricer.scratch(),
            |scratch, chunk| {
                let mut bids = Vec::new();
                for order in (chunk * CHUNK..((chunk + 1) * CHUNK).min(orders)).map(|order| order as u32) {
                    if !demand.lines(order).any(|line| short[demand.sku(line) as usize]) {
                        continue;
                    }
                    pricer.order(&terms, order, scratch);
                    let lines = demand.lines(order).len() as i64;
                    // Together parcels cost less than alone; each line bears its share.
                    let alone: i64 = (0..demand.parts(order)).map(|part| scratch.least(1 << part)).sum();
                    let all = scratch.least((1 << demand.parts(order)) - 1).min(alone);
                    for line in demand.lines(order) {
                        let waiting = match demand.may_ship_partially(order) && lines > 1 {
                            true => demand.line_backlog(line),
                            false => demand.whole_backlog(order) / lines,
                        };
                        let shipping = scratch.least(1 << demand.part(line)) * all / alone.max(1);
                        let units = demand.quantity(line);
                        let saving = (waiting * UNITS_PER_CENT - shipping) / i64::from(units);
                        bids.push((demand.sku(line), saving as i32, units));
                    }
                }
                bids
            },
        )
        .flatten_iter()
        .collect()
}
