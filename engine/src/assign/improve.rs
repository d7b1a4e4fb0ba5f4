//! Ruin and recreate around what is scarce.
//!
//! A round works on one region. Each step takes an order that does not get what it wants at dual prices, takes out orders
//! that stand in its way (same slot, or same full row) with a few that share a SKU, and puts all back, best first or in
//! random order. Steps are accepted as in annealing, on true cents.

use crate::search::{Annealing, Rng};

use super::construct::insert;
use super::dual::{Prices, Relaxed};
use super::options::ShipmentOptions;
use super::plan::Shipment;
use super::pricing::{Pricer, ScratchOf};
use super::region::{BySku, Region, order_cents};
use super::room::hundredths;

/// Orders looked at while searching one that stands in the way.
const LOOKS: usize = 24;

/// What a round of improvement needs besides its region.
pub(super) struct Round<'a> {
    pub prices: &'a Prices,
    /// Per global order, the least it can cost at dual prices.
    pub floor: &'a [i64],
    /// Steps to make.
    pub steps: usize,
    /// Temperature in cents.
    pub temperature: f64,
}

/// Makes the round's steps on the region.
pub(super) fn improve<S: ShipmentOptions>(
    pricer: &Pricer<'_, S>,
    round: &Round<'_>,
    region: &mut Region,
    rng: &mut Rng,
) {
    if region.orders.is_empty() {
        return;
    }
    let mut ruin = Ruin::new(pricer, round, region);
    let mut scratch = pricer.scratch();
    for _ in 0..round.steps {
        ruin.select(region, rng, &mut scratch);
        ruin.step(region, rng, &mut scratch);
    }
}

struct Ruin<'r, 'a, S: ShipmentOptions> {
    pricer: &'r Pricer<'a, S>,
    round: &'r Round<'r>,
    by_sku: BySku,
    /// Local orders by warehouse as the round began; entries may have moved since.
    at_warehouse: Vec<Vec<u32>>,
    /// Local orders that cost more than their floor as the round began.
    unhappy: Vec<u32>,
    /// SKUs with priced stock that nobody uses.
    idle: Vec<u32>,
    out: Vec<u32>,
    before: Vec<(u8, Shipment)>,
}

impl<'r, 'a, S: ShipmentOptions> Ruin<'r, 'a, S> {
    fn new(pricer: &'r Pricer<'a, S>, round: &'r Round<'r>, region: &Region) -> Self {
        let problem = pricer.problem;
        let by_sku = BySku::new(problem, &region.orders);
        let mut at_warehouse = vec![Vec::new(); problem.demand.warehouses()];
        let mut unhappy = Vec::new();
        for local in 0..region.orders.len() {
            for shipment in region.shipments(local) {
                at_warehouse[shipment.warehouse as usize].push(local as u32);
            }
            if reduced(pricer, round, region, local) > round.floor[region.orders[local] as usize] {
                unhappy.push(local as u32);
            }
        }
        let wasted = |sku: &u32| {
            let mut slots = problem.demand.slots_of(*sku);
            slots.any(|slot| round.prices.stock[slot] > 0 && region.room.stock[slot] > 0)
        };
        let idle = (0..problem.demand.skus() as u32).filter(|sku| !by_sku.orders(*sku).is_empty()).filter(wasted);
        Self { idle: idle.collect(), pricer, round, by_sku, at_warehouse, unhappy, out: Vec::new(), before: Vec::new() }
    }

    /// Fills `out` with the orders to take out.
    fn select(&mut self, region: &Region, rng: &mut Rng, scratch: &mut ScratchOf<'a, S>) {
        self.out.clear();
        let draw = rng.unit();
        let idle = if draw < 0.2 { rng.pick(&self.idle).copied() } else { None };
        if let Some(sku) = idle {
            self.share(sku, 2 + rng.below(6), rng);
            return;
        }
        let unhappy = if draw < 0.9 { rng.pick(&self.unhappy).copied() } else { None };
        let first = unhappy.unwrap_or_else(|| rng.below(region.orders.len()) as u32);
        self.out.push(first);
        self.block(region, first, rng, scratch);
        let one = self.out[rng.below(self.out.len())];
        let lines = self.pricer.problem.demand.lines(region.orders[one as usize]);
        let sku = self.pricer.problem.demand.sku(lines.start + rng.below(lines.len()));
        self.share(sku, 1 + rng.below(5), rng);
    }

    /// Takes some orders with this SKU.
    fn share(&mut self, sku: u32, most: usize, rng: &mut Rng) {
        let orders = self.by_sku.orders(sku);
        for _ in 0..most.min(2 * orders.len()) {
            let other = orders[rng.below(orders.len())];
            if !self.out.contains(&other) {
                self.out.push(other);
            }
        }
    }

    /// Takes orders that hold what `first` would like to have.
    fn block(&mut self, region: &Region, first: u32, rng: &mut Rng, scratch: &mut ScratchOf<'a, S>) {
        let (pricer, demand) = (self.pricer, &self.pricer.problem.demand);
        let order = region.orders[first as usize];
        let free = Relaxed { price: &self.round.prices.stock, units: demand.slots() };
        pricer.order(&free, order, scratch);
        for n in 0..scratch.chosen.len() {
            let (warehouse, mask) = scratch.chosen[n];
            let mut missing = false;
            for line in demand.lines_in(order, mask) {
                let sku = demand.sku(line);
                let short = demand.slot_at(sku, warehouse.into());
                if short.is_some_and(|slot| region.room.stock[slot] < demand.quantity(line)) {
                    missing = true;
                    self.take_from(region, warehouse.into(), Some(sku), 1 + rng.below(2), rng);
                }
            }
            if !missing {
                self.take_from(region, warehouse.into(), None, 1 + rng.below(2), rng);
            }
        }
    }

    /// Takes up to `most` orders that ship (this SKU) from this warehouse.
    fn take_from(&mut self, region: &Region, warehouse: u32, sku: Option<u32>, most: usize, rng: &mut Rng) {
        let orders = match sku {
            Some(sku) => self.by_sku.orders(sku),
            None => &self.at_warehouse[warehouse as usize],
        };
        let mut taken = 0;
        for _ in 0..LOOKS {
            let Some(&other) = rng.pick(orders) else { return };
            let here = region.shipments(other as usize).iter().any(|shipment| shipment.warehouse == warehouse);
            if here && !self.out.contains(&other) {
                self.out.push(other);
                taken += 1;
                if taken == most {
                    return;
                }
            }
        }
    }

    /// Takes `out` out, puts it back, and keeps the better of the two.
    fn step(&mut self, region: &mut Region, rng: &mut Rng, scratch: &mut ScratchOf<'a, S>) {
        let problem = self.pricer.problem;
        let old = self.cents(region);
        self.before.clear();
        for (n, &local) in self.out.iter().enumerate() {
            self.before.extend(region.shipments(local as usize).iter().map(|&shipment| (n as u8, shipment)));
            region.clear(problem, local as usize);
        }
        let before = std::mem::take(&mut self.before);
        let out = self.out.clone();
        if rng.chance(0.6) {
            rng.shuffle(&mut self.out);
        }
        let weight = if rng.chance(0.4) { 256 } else { rng.range(0, 400) };
        for n in 0..self.out.len() {
            insert(self.pricer, self.round.prices, region, self.out[n] as usize, weight, scratch);
        }
        let delta = (self.cents(region) - old) as f64;
        if !Annealing::accepts(delta, self.round.temperature, rng) {
            for &local in &self.out {
                region.clear(problem, local as usize);
            }
            for &(n, shipment) in &before {
                region.add(problem, out[usize::from(n)] as usize, shipment);
            }
        }
        self.before = before;
    }

    fn cents(&self, region: &Region) -> i64 {
        let orders = self.out.iter().map(|&local| region.cents(self.pricer.problem, local as usize));
        orders.sum::<i64>() + region.room.tier_cents()
    }
}

/// What the order's plan costs at dual prices, in hundredths of a cent.
fn reduced<S: ShipmentOptions>(pricer: &Pricer<'_, S>, round: &Round<'_>, region: &Region, local: usize) -> i64 {
    let problem = pricer.problem;
    let (order, shipments) = (region.orders[local], region.shipments(local));
    let rows: i64 = shipments
        .iter()
        .map(|shipment| {
            let units = problem.demand.units_in(order, shipment.mask);
            let work = problem.work_of(shipment.choice.work_row, units);
            round.prices.rows.reduced(&shipment.choice, work) - hundredths(shipment.choice.cents)
        })
        .sum();
    let stock: i64 = shipments
        .iter()
        .flat_map(|shipment| super::room::slots(&problem.demand, shipment))
        .map(|(slot, need)| slot.map_or(0, |slot| i64::from(round.prices.stock[slot]) * i64::from(need)))
        .sum();
    hundredths(order_cents(problem, order, shipments)) + rows + stock
}
