//! Ruin and recreate around what is scarce.
//!
//! A round works on one region. Each step takes an order that does not get what it wants at dual prices, takes out orders
//! that stand in its way (same slot, or same full row) with a few that share a SKU, and puts all back, best first or in
//! random order. Steps are accepted as in annealing, on true cents.

use crate::search::{Annealing, Rng};

use super::construct::{Guide, insert};
use super::dual::Prices;
use super::options::ShipmentOptions;
use super::plan::Shipment;
use super::pricing::{Pricer, ScratchOf};
use super::problem::Problem;
use super::region::{ByRow, Region, order_cents};
use super::room::in_units;
use super::solve::LookAt;
use super::standing::Anchors;

/// Orders looked at while searching one that stands in the way.
const LOOKS: usize = 24;
/// How strongly steps begin at the orders with most to gain: 1 is not at all.
const FOCUS: i32 = 2;
/// An order this near to its floor, in tenths of a cent, has nothing to gain.
const LEAST_SLACK: i64 = 150;

/// Steps of a round: per order of the region, or per order that steps begin at where only new ones are looked at.
const STEPS_PER_ORDER: f64 = 0.3;
const STEPS_PER_NEW_ORDER: usize = 12;

/// What orders would like to have, and which of them the search is to serve better.
#[derive(Clone, Copy)]
pub(super) struct Aims<'a> {
    pub prices: &'a Prices,
    pub guide: &'a Guide,
    /// What an earlier plan binds.
    pub anchors: &'a Anchors,
    pub look_at: LookAt,
}

impl Aims<'_> {
    /// By how much the local order's plan costs more than its floor at dual prices, in tenths of a cent.
    pub fn slack<S: ShipmentOptions>(&self, problem: &Problem<S>, region: &Region, local: usize) -> i64 {
        let demand = &problem.demand;
        let (order, shipments) = (region.orders[local], region.shipments(local));
        let mut sum = in_units(order_cents(problem, order, shipments));
        for shipment in shipments {
            let mut units = 0;
            for line in demand.lines_in(order, shipment.mask) {
                units += i64::from(demand.quantity(line));
                sum += self.prices.of_line(demand, line, shipment.warehouse);
            }
            let work = problem.work_of(shipment.choice.work_row, units);
            sum += self.prices.rows.reduced(&problem.rows, &shipment.choice, work) - in_units(shipment.choice.cents);
        }
        sum - self.guide.floor[order as usize]
    }

    /// The slack of a local order that steps may begin at; `None` where it is none or has nothing to gain.
    pub fn unhappy<S: ShipmentOptions>(&self, problem: &Problem<S>, region: &Region, local: usize) -> Option<i64> {
        let order = region.orders[local];
        let stands = self.look_at == LookAt::New && self.anchors.stands(order, region.shipments(local));
        if stands || self.anchors.is_locked(order) {
            return None;
        }
        Some(self.slack(problem, region, local)).filter(|&slack| slack > LEAST_SLACK)
    }
}

/// A round of improvement, apart from its region.
pub(super) struct Round<'r, 'a, S: ShipmentOptions> {
    pub pricer: &'r Pricer<'a, S>,
    pub aims: Aims<'r>,
    /// Most orders to move away from their standing shipments.
    pub most_moves: i64,
    /// Temperature in cents.
    pub temperature: f64,
}

/// Makes the round's steps on the region; returns by how many the orders that have moved became more.
pub(super) fn improve<S: ShipmentOptions>(round: &Round<'_, '_, S>, region: &mut Region, rng: &mut Rng) -> i64 {
    if region.orders.is_empty() {
        return 0;
    }
    let mut ruin = Ruin::new(round, region);
    let mut scratch = round.pricer.scratch();
    let steps = match round.aims.look_at {
        LookAt::All => (region.orders.len() as f64 * STEPS_PER_ORDER).ceil() as usize,
        LookAt::New => ruin.unhappy.len() * STEPS_PER_NEW_ORDER,
    };
    for _ in 0..steps {
        ruin.select(region, rng);
        ruin.step(region, rng, &mut scratch);
    }
    ruin.moved
}

struct Ruin<'r, 'a, S: ShipmentOptions> {
    round: &'r Round<'r, 'a, S>,
    by_row: ByRow,
    /// Local orders by warehouse as the round began; entries may have moved since.
    at_warehouse: Vec<Vec<u32>>,
    /// Local orders that steps begin at, each with its slack as the round began; the most first.
    unhappy: Vec<(i64, u32)>,
    /// Stock rows with priced stock that nobody uses.
    idle: Vec<u32>,
    out: Vec<u32>,
    before: Vec<(u8, Shipment)>,
    /// Orders moved less orders moved back.
    moved: i64,
}

impl<'r, 'a, S: ShipmentOptions> Ruin<'r, 'a, S> {
    fn new(round: &'r Round<'r, 'a, S>, region: &Region) -> Self {
        let problem = round.pricer.problem;
        let by_row = ByRow::new(region);
        let mut at_warehouse = vec![Vec::new(); problem.demand.warehouses()];
        let mut unhappy = Vec::new();
        for local in 0..region.orders.len() {
            for shipment in region.shipments(local) {
                at_warehouse[shipment.warehouse as usize].push(local as u32);
            }
            unhappy.extend(round.aims.unhappy(problem, region, local).map(|slack| (slack, local as u32)));
        }
        unhappy.sort_unstable_by_key(|&(slack, local)| (std::cmp::Reverse(slack), local));
        let lanes = problem.demand.lanes();
        let wasted = |row: &u32| {
            let held = &region.room.stock[*row as usize * lanes..(*row as usize + 1) * lanes];
            let price = round.aims.prices.of_sku(region.skus[*row as usize], lanes);
            held.iter().zip(price).any(|(&held, &price)| held > 0 && price > 0)
        };
        let idle = (0..region.skus.len() as u32).filter(wasted).collect();
        Self { idle, round, by_row, at_warehouse, unhappy, out: Vec::new(), before: Vec::new(), moved: 0 }
    }

    /// Fills `out` with the orders to take out.
    fn select(&mut self, region: &Region, rng: &mut Rng) {
        self.out.clear();
        let draw = rng.unit();
        let idle = if draw < 0.2 { rng.pick(&self.idle).copied() } else { None };
        if let Some(row) = idle {
            self.share(row, 2 + rng.below(6), rng);
            return;
        }
        let first = match self.unhappy.len() {
            0 => rng.below(region.orders.len()) as u32,
            _ if draw > 0.97 => rng.below(region.orders.len()) as u32,
            n => self.unhappy[(rng.unit().powi(FOCUS) * n as f64) as usize].1,
        };
        self.out.push(first);
        self.block(region, first, rng);
        let one = self.out[rng.below(self.out.len())];
        let row = rng.pick(region.line_rows(one as usize)).copied();
        self.share(row.expect("an order has a line"), 1 + rng.below(5), rng);
    }

    /// Takes some orders with this row's SKU.
    fn share(&mut self, row: u32, most: usize, rng: &mut Rng) {
        let orders = self.by_row.orders(row);
        for _ in 0..most.min(2 * orders.len()) {
            let other = orders[rng.below(orders.len())];
            if !self.out.contains(&other) {
                self.out.push(other);
            }
        }
    }

    /// Takes orders that hold what `first` would like to have.
    fn block(&mut self, region: &Region, first: u32, rng: &mut Rng) {
        let problem = self.round.pricer.problem;
        let demand = &problem.demand;
        let order = region.orders[first as usize];
        for &(warehouse, mask) in self.round.aims.guide.wish(order) {
            let mut missing = false;
            for (nth, line) in demand.lines(order).enumerate() {
                let wanted = mask >> demand.part(line) & 1 == 1;
                if wanted && region.free(problem, first as usize, nth, warehouse.into()) < demand.quantity(line) {
                    missing = true;
                    let row = region.line_rows(first as usize)[nth];
                    self.take_from(region, warehouse.into(), Some(row), 1 + rng.below(2), rng);
                }
            }
            if !missing {
                self.take_from(region, warehouse.into(), None, 1 + rng.below(2), rng);
            }
        }
    }

    /// Takes up to `most` orders that ship (this row's SKU) from this warehouse.
    fn take_from(&mut self, region: &Region, warehouse: u32, row: Option<u32>, most: usize, rng: &mut Rng) {
        let orders = match row {
            Some(row) => self.by_row.orders(row),
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
        let problem = self.round.pricer.problem;
        let anchors = self.round.aims.anchors;
        self.out.retain(|&local| !anchors.is_locked(region.orders[local as usize]));
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
        let weight = if rng.chance(0.1) { 256 } else { rng.below(400) as i32 };
        for n in 0..self.out.len() {
            insert(self.round.pricer, self.round.aims.prices, region, self.out[n] as usize, weight, scratch);
        }
        let new = self.cents(region);
        let moved = new.1 - old.1;
        let delta = (new.0 - old.0 + moved * anchors.move_cents) as f64;
        let within = moved <= 0 || self.moved + moved <= self.round.most_moves;
        if within && Annealing::accepts(delta, self.round.temperature, rng) {
            self.moved += moved;
        } else {
            for &local in &self.out {
                region.clear(problem, local as usize);
            }
            for &(n, shipment) in &before {
                region.add(problem, out[usize::from(n)] as usize, shipment);
            }
        }
        self.before = before;
    }

    /// Cents of the orders that are out, tiers included, and how many of them have moved from where they stood.
    fn cents(&self, region: &Region) -> (i64, i64) {
        let (mut cents, mut moved) = (region.room.tier_cents(), 0);
        for &local in &self.out {
            let (order, shipments) = (region.orders[local as usize], region.shipments(local as usize));
            cents += order_cents(self.round.pricer.problem, order, shipments);
            moved += i64::from(self.round.aims.anchors.moved(order, shipments));
        }
        (cents, moved)
    }
}
