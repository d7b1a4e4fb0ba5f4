//! Lower bound and prices: deflected subgradient ascent with Polyak steps on the Lagrangian dual.
//!
//! The direction is an exponential average of subgradients (usage minus capacity), scaled by `1 / capacity`; the step
//! aims at a target somewhat above the best bound. Integer prices make every bound exact and safe.

use std::sync::atomic::{AtomicI64, Ordering};

use rayon::prelude::*;

use crate::search::{Budget, Observer, Progress};

use super::options::{Choice, NO_ROW, Parcel, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::plan::Duals;
use super::pricing::{Pricer, Terms};
use super::problem::{Problem, Slot};
use super::rows::Tier;

/// Orders priced by one task.
const CHUNK: usize = 2048;
/// Weight of the newest subgradient in the direction.
const NEWEST: f32 = 0.2;
/// How far above the best bound the steps aim.
const AMBITION: f64 = 0.02;
/// Polyak factor of the first step.
const FIRST_STEP: f64 = 0.3;
/// After this many passes without notable gain the factor shrinks by [`SHRINK`].
const PATIENCE: u32 = 3;
const SHRINK: f64 = 0.8;
/// Highest price in hundredths of a cent; any cap keeps the bound valid.
const HIGHEST: f32 = 1.0e9;

/// Integer prices, in hundredths of a cent.
#[derive(Clone, Debug, Default)]
pub(super) struct Prices {
    pub stock: Vec<i32>,
    pub rows: RowPrices,
}

impl Prices {
    pub fn zero<S: ShipmentOptions>(problem: &Problem<S>) -> Self {
        let rows = RowPrices {
            work: vec![0; problem.rows.work.len()],
            pickup: vec![0; problem.rows.pickups.len()],
            carrier: vec![0; problem.rows.carriers.len()],
        };
        Self { stock: vec![0; problem.demand.slots().len()], rows }
    }

    pub fn to_duals(&self) -> Duals {
        let cents = |prices: &[i64]| prices.iter().map(|&p| p as f64 / UNITS_PER_CENT as f64).collect();
        Duals {
            stock: self.stock.iter().map(|&p| f64::from(p) / UNITS_PER_CENT as f64).collect(),
            work: cents(&self.rows.work),
            pickup: cents(&self.rows.pickup),
            carrier: cents(&self.rows.carrier),
        }
    }
}

/// Terms of the relaxation: any slot that could ever serve the line, at its price; rows are priced, never closed.
pub(super) struct Relaxed<'a> {
    pub price: &'a [i32],
    pub units: &'a [Slot],
}

impl Terms for Relaxed<'_> {
    const STRICT: bool = false;

    fn stock(&self, slot: usize, need: i32) -> Option<i64> {
        (self.units[slot].units >= need).then(|| i64::from(self.price[slot]) * i64::from(need))
    }

    fn extra(&self, _: &RowUse, _: i64) -> Option<i64> {
        Some(0)
    }
}

/// The outcome of pricing every order once.
struct Pass {
    /// Bound in hundredths of a cent.
    bound: i64,
}

/// The ascent's state; all resources stand in one row: slots, work rows, pickup rows, carriers.
pub(super) struct Ascent<'p, S> {
    problem: &'p Problem<S>,
    carriers: Vec<Vec<Tier>>,
    price: Vec<f32>,
    direction: Vec<f32>,
    capacity: Vec<i64>,
    scale: Vec<f32>,
    usage: Vec<AtomicI64>,
    best: Prices,
    best_bound: i64,
    step: f64,
    stalled: u32,
    pub passes: u64,
}

impl<'p, S: ShipmentOptions> Ascent<'p, S> {
    pub fn new(problem: &'p Problem<S>, warm: Option<&Duals>) -> Self {
        let parcels = problem.demand.line_count() as i64 * i64::from(problem.source.max_parcels());
        let carriers = clipped(&problem.rows.carriers, parcels);
        let slots = problem.demand.slots().iter().map(|slot| i64::from(slot.units));
        let work = problem.rows.work.iter().map(|row| row.capacity);
        let volume = |tiers: &Vec<Tier>| tiers.iter().map(|tier| tier.width).sum::<i64>().min(parcels / 4 + 1);
        let capacity: Vec<i64> =
            slots.chain(work).chain(problem.rows.pickups.iter().copied()).chain(carriers.iter().map(volume)).collect();
        let mut ascent = Self {
            problem,
            carriers,
            price: vec![0.0; capacity.len()],
            direction: vec![0.0; capacity.len()],
            scale: capacity.iter().map(|&c| 1.0 / c.max(1) as f32).collect(),
            usage: capacity.iter().map(|_| AtomicI64::new(0)).collect(),
            capacity,
            best: Prices::zero(problem),
            best_bound: 0,
            step: FIRST_STEP,
            stalled: 0,
            passes: 0,
        };
        if let Some(duals) = warm {
            ascent.start_from(duals);
        }
        ascent
    }

    /// Takes earlier prices as far as they fit; what is missing starts at 0.
    fn start_from(&mut self, duals: &Duals) {
        let first = self.offsets();
        let kinds = [&duals.stock, &duals.work, &duals.pickup, &duals.carrier];
        for (kind, prices) in kinds.into_iter().enumerate() {
            for (price, &cents) in self.price[first[kind]..first[kind + 1]].iter_mut().zip(prices) {
                let units = (cents * UNITS_PER_CENT as f64) as f32;
                *price = if units.is_finite() { units.clamp(0.0, HIGHEST) } else { 0.0 };
            }
        }
    }

    fn offsets(&self) -> [usize; 5] {
        let slots = self.problem.demand.slots().len();
        let work = slots + self.problem.rows.work.len();
        let pickup = work + self.problem.rows.pickups.len();
        [0, slots, work, pickup, pickup + self.carriers.len()]
    }

    /// Climbs until the ascent's share of the budget, or `most` passes, are spent.
    pub fn climb(&mut self, most: u64, share: f64, budget: &mut Budget, observer: &mut dyn Observer) {
        while self.passes < most && budget.fraction() < share && budget.tick() {
            let prices = self.rounded();
            let pass = self.price_all(&prices);
            self.passes += 1;
            self.remember(&pass, prices);
            self.advance(&pass);
            observer.progress(&Progress {
                phase: "bound",
                iterations: budget.spent(),
                fraction: budget.fraction().max(share * self.passes as f64 / most as f64),
                cost: f64::INFINITY,
                lower_bound: Some(cents_up(self.best_bound) as f64),
            });
        }
    }

    /// The best bound in whole cents, rounded up: costs are whole cents.
    pub fn lower_bound(&self) -> i64 {
        cents_up(self.best_bound)
    }

    /// The prices of the best bound.
    pub fn into_prices(self) -> Prices {
        self.best
    }

    fn rounded(&self) -> Prices {
        let first = self.offsets();
        let whole = |kind: usize| self.price[first[kind]..first[kind + 1]].iter().map(|&p| p.round() as i64).collect();
        Prices {
            stock: self.price[..first[1]].iter().map(|&p| p.round() as i32).collect(),
            rows: RowPrices { work: whole(1), pickup: whole(2), carrier: whole(3) },
        }
    }

    /// Prices every order; leaves the usage behind.
    fn price_all(&mut self, prices: &Prices) -> Pass {
        self.usage.par_iter().with_min_len(1 << 16).for_each(|usage| usage.store(0, Ordering::Relaxed));
        let pricer = Pricer::new(self.problem, prices.rows.clone());
        let terms = Relaxed { price: &prices.stock, units: self.problem.demand.slots() };
        let orders = self.problem.demand.orders();
        let value: i128 = (0..orders.div_ceil(CHUNK))
            .into_par_iter()
            .map_init(
                || (pricer.scratch(), vec![0_i64; self.usage.len() - self.offsets()[1]]),
                |(scratch, rows), chunk| {
                    let mut sum = 0_i128;
                    for order in chunk * CHUNK..((chunk + 1) * CHUNK).min(orders) {
                        sum += i128::from(pricer.order(&terms, order as u32, scratch));
                        for n in 0..scratch.chosen.len() {
                            let (warehouse, mask) = scratch.chosen[n];
                            let parcel = Parcel { order: order as u32, warehouse: warehouse.into(), mask };
                            if let Some(choice) = pricer.option(&terms, parcel, scratch) {
                                self.count(parcel, &choice, rows);
                            }
                        }
                    }
                    self.flush(rows);
                    sum
                },
            )
            .sum();
        Pass { bound: i64::try_from(value + self.capacity_value(prices)).unwrap_or(0) }
    }

    fn count(&self, parcel: Parcel, choice: &Choice, rows: &mut [i64]) {
        let demand = &self.problem.demand;
        let mut units = 0;
        for line in demand.lines_in(parcel.order, parcel.mask) {
            let need = i64::from(demand.quantity(line));
            units += need;
            if let Some(slot) = demand.slot_at(demand.sku(line), parcel.warehouse) {
                self.usage[slot].fetch_add(need, Ordering::Relaxed);
            }
        }
        let first = self.offsets();
        let mut add = |kind: usize, row: u32, amount: i64| {
            if row != NO_ROW {
                rows[first[kind] - first[1] + row as usize] += amount;
            }
        };
        add(1, choice.work_row, self.problem.work_of(choice.work_row, units));
        add(2, choice.pickup_row, choice.parcels.into());
        add(3, choice.carrier, choice.parcels.into());
    }

    fn flush(&self, rows: &mut [i64]) {
        let first = self.offsets()[1];
        for (usage, row) in self.usage[first..].iter().zip(rows) {
            usage.fetch_add(std::mem::take(row), Ordering::Relaxed);
        }
    }

    /// The part of the bound that does not depend on orders: minus price x capacity, and the tiers at their best volume.
    fn capacity_value(&self, prices: &Prices) -> i128 {
        let times = |price: i64, capacity: i64| i128::from(price) * i128::from(capacity);
        let slots = self.problem.demand.slots();
        let stock: i128 = prices.stock.iter().zip(slots).map(|(&p, slot)| times(p.into(), slot.units.into())).sum();
        let work: i128 =
            prices.rows.work.iter().zip(&self.problem.rows.work).map(|(&p, row)| times(p, row.capacity)).sum();
        let pickup: i128 = prices.rows.pickup.iter().zip(&self.problem.rows.pickups).map(|(&p, &c)| times(p, c)).sum();
        let tiers = prices.rows.carrier.iter().zip(&self.carriers).flat_map(|(&price, tiers)| {
            tiers.iter().map(move |tier| times((tier.surcharge * UNITS_PER_CENT - price).min(0), tier.width))
        });
        tiers.sum::<i128>() - stock - work - pickup
    }

    fn remember(&mut self, pass: &Pass, prices: Prices) {
        if pass.bound > self.best_bound || self.passes == 1 {
            let gain = pass.bound - self.best_bound;
            self.best_bound = pass.bound.max(0);
            self.best = prices;
            if gain > pass.bound / 20_000 {
                self.stalled = 0;
                return;
            }
        }
        self.stalled += 1;
        if self.stalled >= PATIENCE {
            self.step = (self.step * SHRINK).max(0.01);
            self.stalled = 0;
        }
    }

    /// Usage minus capacity of resource `n`; for a carrier, minus the best volume at its price that is nearest to the usage.
    fn subgradient(&self, n: usize, first_carrier: usize) -> f32 {
        let usage = self.usage[n].load(Ordering::Relaxed);
        if n < first_carrier {
            return (usage - self.capacity[n]) as f32;
        }
        let price = self.price[n].round() as i64;
        let volume = |keep: &dyn Fn(i64) -> bool| {
            let tiers = self.carriers[n - first_carrier].iter();
            tiers.filter(|tier| keep(tier.surcharge * UNITS_PER_CENT)).map(|tier| tier.width).sum::<i64>()
        };
        (usage - usage.clamp(volume(&|s| s < price), volume(&|s| s <= price))) as f32
    }

    fn advance(&mut self, pass: &Pass) {
        let first_carrier = self.offsets()[3];
        let newest = if self.passes == 1 { 1.0 } else { NEWEST };
        let mut norm = 0.0_f64;
        for n in 0..self.price.len() {
            let direction = (1.0 - newest) * self.direction[n] + newest * self.subgradient(n, first_carrier);
            self.direction[n] = direction;
            if self.price[n] > 0.0 || direction > 0.0 {
                norm += f64::from(direction * direction * self.scale[n]);
            }
        }
        if norm <= 0.0 {
            return;
        }
        let target = self.best_bound as f64 * (1.0 + AMBITION) + 1.0;
        let step = (self.step * (target - pass.bound as f64).max(0.0) / norm) as f32;
        for n in 0..self.price.len() {
            let old = self.price[n];
            let new = (old + step * self.scale[n] * self.direction[n]).clamp(0.0, HIGHEST);
            self.price[n] = if n < first_carrier { new } else { self.stop_at_kink(n - first_carrier, old, new) };
        }
    }

    /// A carrier's price stops at the first surcharge on its way: there the best volume is an interval.
    fn stop_at_kink(&self, carrier: usize, old: f32, new: f32) -> f32 {
        let kinks = self.carriers[carrier].iter().map(|tier| (tier.surcharge * UNITS_PER_CENT) as f32);
        if new > old {
            kinks.filter(|&kink| kink > old && kink < new).fold(new, f32::min)
        } else {
            kinks.filter(|&kink| kink < old && kink > new).fold(new, f32::max)
        }
    }
}

/// Tiers cut where no plan can reach, so that a price above them costs the bound no more than it must.
fn clipped(carriers: &[Vec<Tier>], parcels: i64) -> Vec<Vec<Tier>> {
    let clip = |tiers: &Vec<Tier>| {
        let mut left = parcels;
        let mut cut = Vec::with_capacity(tiers.len());
        for tier in tiers {
            let width = tier.width.min(left);
            left -= width;
            cut.push(Tier { width, ..*tier });
        }
        cut
    };
    carriers.iter().map(clip).collect()
}

/// Hundredths to whole cents, upwards.
fn cents_up(units: i64) -> i64 {
    units.div_euclid(UNITS_PER_CENT) + i64::from(units.rem_euclid(UNITS_PER_CENT) > 0)
}
