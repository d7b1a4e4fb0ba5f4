//! Lower bound and prices: deflected subgradient ascent with Polyak steps on the Lagrangian dual.
//!
//! The direction is an exponential average of subgradients (usage minus capacity), scaled by `1 / capacity`; the step
//! aims at a target somewhat above the best bound. Integer prices make every bound exact and safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::search::{Budget, Observer, Progress};

use super::cuts::{self, Choices, Cuts, LinesBySku, SlotCut, broken};
use super::lanes::{self, NONE};
use super::layout::{Layout, cells};
use super::opening;
use super::options::{NO_ROW, Parcel, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::plan::Duals;
use super::pricing::{Pricer, Terms, Wanted};
use super::problem::{Demand, Problem};
use super::rows::Tier;

/// Orders priced by one task.
const CHUNK: usize = 2048;
/// Weight of the newest subgradient in the direction.
const NEWEST: f32 = 0.2;
/// How far above the best bound the steps aim.
const AMBITION: f64 = 0.02;
/// Polyak factor of the first step; it falls geometrically.
const FIRST_STEP: f64 = 0.6;
/// The same where earlier prices are known.
const FIRST_WARM_STEP: f64 = 0.05;
/// Polyak factor of the last of `n` steps, times `n`.
const LAST_STEP: f64 = 0.15;
/// How a better bound lengthens the next steps, how a worse one shortens them, and within which limits.
const LONGER: f64 = 1.08;
const SHORTER: f64 = 0.8;
const STRIDES: (f64, f64) = (0.3, 10.0);
/// Cuts are looked for between these shares of the passes.
const CUTTING: (f64, f64) = (0.2, 0.85);
/// Passes noted before cuts are looked for.
const NOTED_PASSES: usize = 16;
/// Polyak factor of the first step after the first cuts, unless steps are shorter from the start.
const FIRST_STEP_WITH_CUTS: f64 = 0.2;
/// Prices of cuts start at 0 late in the ascent; they move faster than others by this.
const HASTE: f32 = 4.0;
/// Highest price in tenths of a cent; any cap keeps the bound valid.
const HIGHEST: f32 = (NONE / 4) as f32;

/// Integer prices, in tenths of a cent.
#[derive(Clone, Debug, Default)]
pub(super) struct Prices {
    /// By SKU, then lane; [`NONE`] where there is no slot.
    pub stock: Vec<i32>,
    pub rows: RowPrices,
    pub cuts: Arc<Cuts>,
    /// By cut.
    pub cut: Vec<i32>,
}

impl Prices {
    pub fn zero<S: ShipmentOptions>(problem: &Problem<S>) -> Self {
        let rows = RowPrices {
            work: vec![0; problem.rows.work.len()],
            pickup: vec![0; problem.rows.pickups.len()],
            allotment: vec![0; problem.rows.allotments.len()],
            carrier: vec![0; problem.rows.carriers.len()],
        };
        let mut stock = vec![NONE; problem.demand.skus() * problem.demand.lanes()];
        cells(&problem.demand).for_each(|cell| stock[cell as usize] = 0);
        Self { stock, rows, cuts: Arc::default(), cut: Vec::new() }
    }

    /// Prices of a SKU's slots by lane.
    pub fn of_sku(&self, sku: u32, lanes: usize) -> &[i32] {
        &self.stock[sku as usize * lanes..(sku as usize + 1) * lanes]
    }

    /// What one unit of the line costs at this warehouse, and what the cuts charge, in tenths of a cent.
    pub fn of_line(&self, demand: &Demand, line: usize, warehouse: u32) -> i64 {
        let unit = self.of_sku(demand.sku(line), demand.lanes())[warehouse as usize];
        i64::from(unit) * i64::from(demand.quantity(line)) + self.cuts.price_at(&self.cut, line, warehouse)
    }

    /// A unit in stock eases the cuts on its slot too, by their multiplier.
    pub fn to_duals(&self, demand: &Demand) -> Duals {
        let cents = |prices: &[i64]| prices.iter().map(|&p| p as f64 / UNITS_PER_CENT as f64).collect();
        let mut stock: Vec<f64> = cells(demand).map(|cell| f64::from(self.stock[cell as usize])).collect();
        let mut priced = Vec::new();
        for (cut, &price) in self.cuts.all.iter().zip(&self.cut).filter(|(_, price)| **price > 0) {
            stock[cut.slot(demand)] += f64::from(cut.share()) * f64::from(price);
            priced.push((cut, f64::from(price) / UNITS_PER_CENT as f64));
        }
        Duals {
            cuts: cuts::listed(demand, &priced),
            stock: stock.into_iter().map(|price| price / UNITS_PER_CENT as f64).collect(),
            work: cents(&self.rows.work),
            pickup: cents(&self.rows.pickup),
            allotment: cents(&self.rows.allotment),
            carrier: cents(&self.rows.carrier),
        }
    }
}

/// Terms of the relaxation: any slot that could ever serve the line, at its price; rows are priced, never closed.
pub(super) struct Relaxed<'a> {
    pub prices: &'a Prices,
    pub demand: &'a Demand,
}

impl Terms for Relaxed<'_> {
    const STRICT: bool = false;

    #[inline(always)]
    fn line(&self, line: Wanted, unit: &[i32], to: &mut [i32]) {
        let price = self.prices.of_sku(line.sku, self.demand.lanes());
        lanes::line_price(price, unit, self.demand.units_by_lane(line.sku), line.need.min(u16::MAX.into()), to);
        self.prices.cuts.charge(&self.prices.cut, line.line, 256, to);
    }

    fn extra(&self, _: &RowUse, _: i64) -> Option<i64> {
        Some(0)
    }
}

/// The outcome of pricing every order once.
struct Pass {
    /// Bound in tenths of a cent.
    bound: i64,
}

/// The ascent's state; all resources stand in one row: slots, work rows, pickup rows, allotment rows, carriers, cuts.
pub(super) struct Ascent<'p, S> {
    problem: &'p Problem<S>,
    carriers: Vec<Vec<Tier>>,
    price: Vec<f32>,
    direction: Vec<f32>,
    capacity: Vec<i64>,
    scale: Vec<f32>,
    /// By thread, what the orders that it priced would use.
    tallies: Vec<Vec<i32>>,
    layout: Layout,
    now: Prices,
    best: Prices,
    best_bound: i64,
    first_step: f64,
    /// Factor of the steps that grows while the bound does.
    stride: f64,
    pub passes: u64,
    cuts: Arc<Cuts>,
    /// The share of the passes that was done when the first cuts came.
    cut_since: f64,
    by_sku: Option<LinesBySku>,
    choices: Option<Choices>,
}

impl<'p, S: ShipmentOptions> Ascent<'p, S> {
    pub fn new(problem: &'p Problem<S>, warm: Option<&Duals>) -> Self {
        let parcels = problem.demand.line_count() as i64 * i64::from(problem.source.max_parcels());
        let carriers = clipped(&problem.rows.carriers, parcels);
        let slots = problem.demand.slots().iter().map(|slot| i64::from(slot.units));
        let work = problem.rows.work.iter().map(|row| row.capacity);
        let volume = |tiers: &Vec<Tier>| tiers.iter().map(|tier| tier.width).sum::<i64>().min(parcels / 4 + 1);
        let rows = problem.rows.pickups.iter().copied().chain(problem.rows.allotments.iter().map(|row| row.capacity));
        let capacity: Vec<i64> = slots.chain(work).chain(rows).chain(carriers.iter().map(volume)).collect();
        let mut ascent = Self {
            problem,
            carriers,
            price: vec![0.0; capacity.len()],
            direction: vec![0.0; capacity.len()],
            scale: capacity.iter().map(|&c| 1.0 / c.max(1) as f32).collect(),
            tallies: vec![vec![0; capacity.len()]; rayon::current_num_threads()],
            capacity,
            layout: Layout::new(problem),
            now: Prices::zero(problem),
            best: Prices::zero(problem),
            best_bound: 0,
            first_step: if warm.is_some() { FIRST_WARM_STEP } else { FIRST_STEP },
            stride: 1.0,
            passes: 0,
            cuts: Arc::default(),
            cut_since: 0.0,
            by_sku: None,
            choices: None,
        };
        match warm {
            Some(duals) => ascent.start_from(duals),
            None => ascent.open(),
        }
        ascent
    }

    /// Takes earlier prices as far as they fit; what is missing starts at 0.
    fn start_from(&mut self, duals: &Duals) {
        let first = self.layout.first;
        let kinds = [&duals.stock, &duals.work, &duals.pickup, &duals.allotment, &duals.carrier];
        for (kind, prices) in kinds.into_iter().enumerate() {
            for (price, &cents) in self.price[first[kind]..first[kind + 1]].iter_mut().zip(prices) {
                *price = admitted(cents);
            }
        }
        if duals.cuts.is_empty() {
            return;
        }
        let demand = &self.problem.demand;
        let (mut cuts, mut prices) = (Vec::with_capacity(duals.cuts.len()), Vec::with_capacity(duals.cuts.len()));
        for earlier in &duals.cuts {
            let Some(cut) = SlotCut::again(demand, earlier) else { continue };
            let price = admitted(earlier.cents);
            let slot = &mut self.price[cut.slot(demand)];
            *slot = (*slot - cut.share() * price).max(0.0);
            cuts.push(cut);
            prices.push(price);
        }
        self.by_sku.get_or_insert_with(|| LinesBySku::new(demand));
        self.add(cuts, &prices);
    }

    /// Adds cuts at these prices, or at 0 where there are none.
    fn add(&mut self, found: Vec<SlotCut>, prices: &[f32]) {
        let demand = &self.problem.demand;
        let mut all = self.cuts.all.clone();
        for (n, cut) in found.into_iter().enumerate() {
            self.capacity.push(cut.most);
            self.scale.push(1.0 / cut.most.max(1) as f32);
            self.direction.push(0.0);
            self.price.push(prices.get(n).copied().unwrap_or(0.0));
            all.push(cut);
        }
        self.tallies.iter_mut().for_each(|tally| tally.resize(self.price.len(), 0));
        let by_sku = self.by_sku.as_ref().expect("lines are sorted before there are cuts");
        self.cuts = Arc::new(Cuts::new(demand, by_sku, all));
    }

    /// Starts every slot at the opening price of its SKU.
    fn open(&mut self) {
        let demand = &self.problem.demand;
        for (sku, price) in opening::prices(self.problem).into_iter().enumerate() {
            self.price[demand.slots_of(sku as u32)].fill((price as f32).min(HIGHEST));
        }
    }

    /// Climbs until the ascent's share of the budget, or `most` passes, are spent.
    pub fn climb(&mut self, most: u64, share: f64, budget: &mut Budget, observer: &mut dyn Observer) {
        while self.passes < most && budget.fraction() < share && budget.tick() {
            self.round();
            let pass = self.price_all();
            self.passes += 1;
            self.remember(&pass);
            let done = (budget.fraction() / share).max(self.passes as f64 / most as f64).min(1.0);
            self.advance(&pass, done);
            self.cut(done);
            observer.progress(&Progress {
                phase: "bound",
                iterations: budget.spent(),
                fraction: budget.fraction().max(share * self.passes as f64 / most as f64),
                cost: f64::INFINITY,
                lower_bound: Some(cents_up(self.best_bound) as f64),
            });
        }
    }

    /// Notes what orders choose and adds the cuts that it breaks, once steps are short and while some are left.
    fn cut(&mut self, done: f64) {
        let demand = &self.problem.demand;
        let Some(choices) = &mut self.choices else {
            if done > CUTTING.0 {
                self.by_sku.get_or_insert_with(|| LinesBySku::new(demand));
                self.choices = Some(Choices::new(demand.line_count(), NOTED_PASSES));
            }
            return;
        };
        choices.turn();
        if !choices.is_full() || done > CUTTING.1 {
            return;
        }
        choices.clear();
        let by_sku = self.by_sku.as_ref().expect("lines are sorted before they are noted");
        let found = broken(demand, by_sku, choices, &self.price, &self.cuts);
        if self.cuts.all.is_empty() && !found.is_empty() {
            (self.cut_since, self.stride) = (done, 1.0);
        }
        self.add(found, &[]);
    }

    /// The best bound in whole cents, rounded up: costs are whole cents.
    pub fn lower_bound(&self) -> i64 {
        cents_up(self.best_bound)
    }

    /// The prices of the best bound.
    pub fn into_prices(self) -> Prices {
        self.best
    }

    /// The whole prices at which the next pass looks.
    fn round(&mut self) {
        let first = self.layout.first;
        for (&cell, &price) in self.layout.cells.iter().zip(&self.price) {
            self.now.stock[cell as usize] = price.round() as i32;
        }
        let whole = |kind: usize| self.price[first[kind]..first[kind + 1]].iter().map(|&p| p.round() as i64).collect();
        self.now.rows = RowPrices { work: whole(1), pickup: whole(2), allotment: whole(3), carrier: whole(4) };
        self.now.cuts = Arc::clone(&self.cuts);
        self.now.cut = self.price[first[5]..].iter().map(|&price| price.round() as i32).collect();
    }

    /// Prices every order; leaves the usage behind.
    fn price_all(&mut self) -> Pass {
        let pricer = Pricer::new(self.problem, self.now.rows.clone());
        let terms = Relaxed { prices: &self.now, demand: &self.problem.demand };
        let (orders, next) = (self.problem.demand.orders(), AtomicUsize::new(0));
        let counts = Counts { problem: self.problem, first: self.layout.first, cuts: &self.cuts };
        let choices = self.choices.as_ref();
        // Each thread counts for itself, as shared counters would stall on every order; sums of whole numbers are the same
        // in any sequence.
        let value: i128 = self
            .tallies
            .par_iter_mut()
            .map(|usage| {
                usage.fill(0);
                let mut scratch = pricer.scratch();
                let mut sum = 0_i128;
                loop {
                    let chunk = next.fetch_add(1, Ordering::Relaxed);
                    if chunk * CHUNK >= orders {
                        return sum;
                    }
                    for order in chunk * CHUNK..((chunk + 1) * CHUNK).min(orders) {
                        sum += i128::from(pricer.order(&terms, order as u32, &mut scratch));
                        if let Some(choices) = choices {
                            choices.note(&self.problem.demand, order as u32, &scratch.chosen);
                        }
                        for &(warehouse, mask) in &scratch.chosen {
                            let parcel = Parcel { order: order as u32, warehouse: warehouse.into(), mask };
                            counts.add(parcel, &pricer.rows(parcel, &scratch), usage);
                        }
                    }
                }
            })
            .sum();
        Pass { bound: i64::try_from(value + self.capacity_value(&self.now)).unwrap_or(0) }
    }

    /// The part of the bound that does not depend on orders: minus price x capacity, and the tiers at their best volume.
    fn capacity_value(&self, prices: &Prices) -> i128 {
        let times = |price: i64, capacity: i64| i128::from(price) * i128::from(capacity);
        let slots = self.layout.cells.iter().zip(self.problem.demand.slots());
        let stock: i128 = slots.map(|(&cell, slot)| times(prices.stock[cell as usize].into(), slot.units.into())).sum();
        let work: i128 =
            prices.rows.work.iter().zip(&self.problem.rows.work).map(|(&p, row)| times(p, row.capacity)).sum();
        let pickup: i128 = prices.rows.pickup.iter().zip(&self.problem.rows.pickups).map(|(&p, &c)| times(p, c)).sum();
        let allotted = prices.rows.allotment.iter().zip(&self.problem.rows.allotments);
        let allotment: i128 = allotted.map(|(&p, row)| times(p, row.capacity)).sum();
        let tiers = prices.rows.carrier.iter().zip(&self.carriers).flat_map(|(&price, tiers)| {
            tiers.iter().map(move |tier| times((tier.surcharge * UNITS_PER_CENT - price).min(0), tier.width))
        });
        let cuts: i128 = prices.cut.iter().zip(&prices.cuts.all).map(|(&p, cut)| times(p.into(), cut.most)).sum();
        tiers.sum::<i128>() - stock - work - pickup - allotment - cuts
    }

    fn remember(&mut self, pass: &Pass) {
        let better = pass.bound > self.best_bound;
        self.stride = (self.stride * if better { LONGER } else { SHORTER }).clamp(STRIDES.0, STRIDES.1);
        if better || self.passes == 1 {
            self.best_bound = pass.bound.max(0);
            std::mem::swap(&mut self.best, &mut self.now);
        }
    }

    /// Usage minus capacity of resource `n`; for a carrier, minus the best volume at its price that is nearest to the usage.
    fn subgradient(&self, n: usize, first_carrier: usize, first_cut: usize) -> f32 {
        let usage: i64 = self.tallies.iter().map(|tally| i64::from(tally[n])).sum();
        if n < first_carrier || n >= first_cut {
            return (usage - self.capacity[n]) as f32;
        }
        let price = self.price[n].round() as i64;
        let volume = |keep: &dyn Fn(i64) -> bool| {
            let tiers = self.carriers[n - first_carrier].iter();
            tiers.filter(|tier| keep(tier.surcharge * UNITS_PER_CENT)).map(|tier| tier.width).sum::<i64>()
        };
        (usage - usage.clamp(volume(&|s| s < price), volume(&|s| s <= price))) as f32
    }

    /// Moves the prices; `done` is the share of the passes that are behind.
    fn advance(&mut self, pass: &Pass, done: f64) {
        let [.., first_carrier, first_cut] = self.layout.first;
        let newest = if self.passes == 1 { 1.0 } else { NEWEST };
        let mut norm = 0.0_f64;
        for n in 0..self.price.len() {
            let direction = (1.0 - newest) * self.direction[n] + newest * self.subgradient(n, first_carrier, first_cut);
            self.direction[n] = direction;
            if self.price[n] > 0.0 || direction > 0.0 {
                norm += f64::from(direction * direction * self.scale[n]);
            }
        }
        if norm <= 0.0 {
            return;
        }
        let best = self.best_bound as f64;
        // A bound far below the best one says that the last step was too long, not that the next should be longer.
        let reach = AMBITION * best + 1.0 + (best - pass.bound as f64).clamp(0.0, 2.0 * AMBITION * best);
        let last = LAST_STEP * (done / self.passes as f64).min(1.0);
        let (first, since) = match self.cuts.all.is_empty() {
            true => (self.first_step, 0.0),
            false => (self.first_step.min(FIRST_STEP_WITH_CUTS), self.cut_since),
        };
        let factor = self.stride * first * (last / first).powf((done - since) / (1.0 - since));
        let step = (factor * reach / norm) as f32;
        for n in 0..self.price.len() {
            let old = self.price[n];
            let haste = if n < first_cut { 1.0 } else { HASTE };
            let new = (old + step * haste * self.scale[n] * self.direction[n]).clamp(0.0, HIGHEST);
            self.price[n] =
                if n < first_carrier || n >= first_cut { new } else { self.stop_at_kink(n - first_carrier, old, new) };
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

/// Counts what shipments use, resource by resource.
struct Counts<'p, S> {
    problem: &'p Problem<S>,
    /// Where each kind of resource begins.
    first: [usize; 6],
    cuts: &'p Cuts,
}

impl<S: ShipmentOptions> Counts<'_, S> {
    fn add(&self, parcel: Parcel, used: &RowUse, usage: &mut [i32]) {
        let demand = &self.problem.demand;
        let mut units = 0;
        for line in demand.lines_in(parcel.order, parcel.mask) {
            let need = demand.quantity(line);
            units += i64::from(need);
            if let Some(slot) = demand.slot_at(demand.sku(line), parcel.warehouse) {
                usage[slot] += need;
            }
            self.cuts.count(line, parcel.warehouse, &mut usage[self.first[5]..]);
        }
        let mut add = |kind: usize, row: u32, amount: i64| {
            if row != NO_ROW {
                let total = &mut usage[self.first[kind] + row as usize];
                *total = total.saturating_add(i32::try_from(amount).unwrap_or(i32::MAX));
            }
        };
        add(1, used.work_row, self.problem.work_of(used.work_row, units));
        add(2, used.pickup_row, used.parcels.into());
        for row in used.allotments() {
            add(3, row as u32, self.problem.rows.allotments[row].load(used.parcels));
        }
        add(4, used.carrier, used.parcels.into());
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

/// A price from outside, in tenths of a cent.
fn admitted(cents: f64) -> f32 {
    let units = (cents * UNITS_PER_CENT as f64) as f32;
    if units.is_finite() { units.clamp(0.0, HIGHEST) } else { 0.0 }
}

/// Tenths to whole cents, upwards.
fn cents_up(units: i64) -> i64 {
    units.div_euclid(UNITS_PER_CENT) + i64::from(units.rem_euclid(UNITS_PER_CENT) > 0)
}
