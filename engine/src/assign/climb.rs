//! Prices at which some orders share some capacity: a short deflected subgradient ascent from earlier prices.
//!
//! As the batch solver's ascent ([`super::dual`]), by one thread, over some of the orders, with capacities that need not be
//! whole; no bound is kept, and the answer is the mean of the last quarter of the prices, which wander less than any one of
//! them.

use super::lanes::{self, NONE};
use super::layout::{Layout, Supply};
use super::options::{NO_ROW, Parcel, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::pricing::{Pricer, Terms, Wanted};
use super::problem::Problem;
use super::rows::Tier;

/// Weight of the newest subgradient in the direction.
const NEWEST: f32 = 0.2;
/// How far above the best bound the steps aim.
const AMBITION: f64 = 0.02;
/// Polyak factor of the last of `n` steps, times `n`.
const LAST_STEP: f64 = 0.15;
/// How a better bound lengthens the next steps, how a worse one shortens them, and within which limits.
const LONGER: f64 = 1.08;
const SHORTER: f64 = 0.8;
const STRIDES: (f64, f64) = (0.3, 10.0);
/// Highest price in tenths of a cent.
const HIGHEST: f32 = (NONE / 4) as f32;

/// Any slot that still has the line's units, at its price.
struct Remaining<'a> {
    stock: &'a [i32],
    held: &'a [i32],
}

impl Terms for Remaining<'_> {
    const STRICT: bool = false;

    #[inline(always)]
    fn line(&self, line: Wanted, unit: &[i32], to: &mut [i32]) {
        let row = line.sku as usize * to.len()..(line.sku as usize + 1) * to.len();
        lanes::line_price(&self.stock[row.clone()], unit, &self.held[row], line.need, to);
    }

    fn extra(&self, _: &RowUse, _: i64) -> Option<i64> {
        Some(0)
    }
}

/// Prices in tenths of a cent, in the sequence of the layout, after `passes` looks at the orders.
pub(super) fn ascend<S: ShipmentOptions>(
    problem: &Problem<S>,
    layout: &Layout,
    supply: Supply,
    orders: &[u32],
    start: &[f32],
    passes: u64,
    first_step: f64,
) -> Vec<f32> {
    let scale = supply.capacity.iter().map(|c| 1.0 / c.max(1.0)).collect();
    let mut climb = Climb::new(problem, layout, supply, scale, start.to_vec());
    let last_step = last_step(passes);
    climb.run(orders, passes, |done| first_step * (last_step / first_step).powf(done));
    climb.price
}

/// Polyak factor of the last of so many steps.
pub(super) fn last_step(passes: u64) -> f64 {
    LAST_STEP / passes.max(1) as f64
}

/// An ascent that can be interrupted, given other capacities and prices, and continued.
pub(super) struct Climb<'p, S> {
    problem: &'p Problem<S>,
    layout: &'p Layout,
    pub supply: Supply,
    pub price: Vec<f32>,
    direction: Vec<f32>,
    pub usage: Vec<i64>,
    /// How far a unit too much moves each price, against others.
    scale: Vec<f32>,
    /// Whole prices by SKU, then lane; [`NONE`] where nothing is left.
    stock: Vec<i32>,
    /// The best value since capacities were given, and how steps lengthen while it grows.
    best: f64,
    stride: f64,
    begun: bool,
}

impl<'p, S: ShipmentOptions> Climb<'p, S> {
    pub fn new(problem: &'p Problem<S>, layout: &'p Layout, supply: Supply, scale: Vec<f32>, price: Vec<f32>) -> Self {
        let n = layout.len();
        Self {
            problem,
            layout,
            price,
            direction: vec![0.0; n],
            usage: vec![0; n],
            scale,
            stock: vec![NONE; supply.held.len()],
            supply,
            best: f64::NEG_INFINITY,
            stride: 1.0,
            begun: false,
        }
    }

    /// Makes `passes` steps, by the factor at the share of them that is done; leaves the mean of the last quarter of the prices.
    pub fn run(&mut self, orders: &[u32], passes: u64, factor: impl Fn(f64) -> f64) {
        self.best = f64::NEG_INFINITY;
        let (mut sum, mut summed) = (vec![0.0_f32; self.price.len()], 0.0_f32);
        for pass in 0..passes {
            let value = self.price_all(orders);
            if pass > 0 {
                let longer = if value > self.best { LONGER } else { SHORTER };
                self.stride = (self.stride * longer).clamp(STRIDES.0, STRIDES.1);
            }
            self.best = self.best.max(value);
            let done = (pass + 1) as f64 / passes as f64;
            let newest = if self.begun { NEWEST } else { 1.0 };
            self.begun = true;
            let moved = self.advance(value, newest, self.stride * factor(done));
            if done > 0.75 || !moved {
                summed += 1.0;
                sum.iter_mut().zip(&self.price).for_each(|(sum, price)| *sum += price);
            }
            if !moved {
                break;
            }
        }
        if summed > 0.0 {
            self.price = sum.into_iter().map(|sum| sum / summed).collect();
        }
    }

    /// Prices every order and counts what it uses; the value of the dual in tenths of a cent.
    pub fn price_all(&mut self, orders: &[u32]) -> f64 {
        let first = self.layout.first;
        for (&cell, price) in self.layout.cells.iter().zip(&self.price) {
            if self.supply.held[cell as usize] > 0 {
                self.stock[cell as usize] = price.round() as i32;
            }
        }
        let whole = |kind: usize| self.price[first[kind]..first[kind + 1]].iter().map(|p| p.round() as i64).collect();
        let rows = RowPrices { work: whole(1), pickup: whole(2), allotment: whole(3), carrier: whole(4) };
        let pricer = Pricer::new(self.problem, rows);
        let terms = Remaining { stock: &self.stock, held: &self.supply.held };
        let mut scratch = pricer.scratch();
        self.usage.fill(0);
        let mut value = 0_i64;
        for &order in orders {
            value += pricer.order(&terms, order, &mut scratch);
            for &(warehouse, mask) in &scratch.chosen {
                let parcel = Parcel { order, warehouse: warehouse.into(), mask };
                count(self.problem, first, parcel, &pricer.rows(parcel, &scratch), &mut self.usage);
            }
        }
        let prices = self.price[..first[4]].iter().zip(&self.supply.capacity);
        let paid: f64 = prices.map(|(price, &left)| f64::from(price.round()) * f64::from(left)).sum();
        value as f64 - paid + self.tier_value()
    }

    /// The tiers at their best volume.
    fn tier_value(&self) -> f64 {
        let prices = self.price[self.layout.first[4]..].iter().zip(&self.supply.carriers);
        let tiers = prices.flat_map(|(price, tiers)| tiers.iter().map(move |tier| (price.round() as i64, tier)));
        tiers.map(|(price, tier)| ((tier.surcharge * UNITS_PER_CENT - price).min(0) * tier.width) as f64).sum()
    }

    /// Usage minus what is left; for a carrier, minus the best volume at its price that is nearest to the usage.
    fn subgradient(&self, n: usize) -> f32 {
        let Some(carrier) = n.checked_sub(self.layout.first[4]) else {
            return self.usage[n] as f32 - self.supply.capacity[n];
        };
        let price = self.price[n].round() as i64;
        let volume = |keep: &dyn Fn(i64) -> bool| {
            let tiers = self.supply.carriers[carrier].iter();
            tiers.filter(|tier| keep(tier.surcharge * UNITS_PER_CENT)).map(|tier| tier.width).sum::<i64>()
        };
        (self.usage[n] - self.usage[n].clamp(volume(&|s| s < price), volume(&|s| s <= price))) as f32
    }

    /// Moves the prices; `false` when they are where nothing pulls.
    fn advance(&mut self, value: f64, newest: f32, factor: f64) -> bool {
        let mut norm = 0.0_f64;
        for n in 0..self.price.len() {
            let direction = (1.0 - newest) * self.direction[n] + newest * self.subgradient(n);
            self.direction[n] = direction;
            if self.price[n] > 0.0 || direction > 0.0 {
                norm += f64::from(direction * direction * self.scale[n]);
            }
        }
        if norm <= 0.0 {
            return false;
        }
        let ambition = AMBITION * self.best.abs();
        let step = (factor * (ambition + 1.0 + (self.best - value).clamp(0.0, 2.0 * ambition)) / norm) as f32;
        for n in 0..self.price.len() {
            let old = self.price[n];
            let new = (old + step * self.scale[n] * self.direction[n]).clamp(0.0, HIGHEST);
            self.price[n] = match n.checked_sub(self.layout.first[4]) {
                None => new,
                Some(carrier) => stop_at_kink(&self.supply.carriers[carrier], old, new),
            };
        }
        true
    }
}

/// A carrier's price stops at the first surcharge on its way: there the best volume is an interval.
fn stop_at_kink(tiers: &[Tier], old: f32, new: f32) -> f32 {
    let kinks = tiers.iter().map(|tier| (tier.surcharge * UNITS_PER_CENT) as f32);
    if new > old {
        kinks.filter(|&kink| kink > old && kink < new).fold(new, f32::min)
    } else {
        kinks.filter(|&kink| kink < old && kink > new).fold(new, f32::max)
    }
}

fn count<S: ShipmentOptions>(
    problem: &Problem<S>,
    first: [usize; 6],
    parcel: Parcel,
    used: &RowUse,
    usage: &mut [i64],
) {
    let demand = &problem.demand;
    let mut units = 0;
    for line in demand.lines_in(parcel.order, parcel.mask) {
        let need = i64::from(demand.quantity(line));
        units += need;
        if let Some(slot) = demand.slot_at(demand.sku(line), parcel.warehouse) {
            usage[slot] += need;
        }
    }
    let rows = [
        (first[1], used.work_row, problem.work_of(used.work_row, units)),
        (first[2], used.pickup_row, used.parcels.into()),
        (first[4], used.carrier, used.parcels.into()),
    ];
    for row in used.allotments() {
        usage[first[3] + row] += problem.rows.allotments[row].load(used.parcels);
    }
    for (first, row, amount) in rows.into_iter().filter(|&(_, row, _)| row != NO_ROW) {
        usage[first + row as usize] += amount;
    }
}
