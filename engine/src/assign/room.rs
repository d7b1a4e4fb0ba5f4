//! What capacity is left while a plan is built.

use super::dual::Prices;
use super::options::{NO_ROW, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::plan::Shipment;
use super::pricing::Terms;
use super::problem::{Demand, Problem};
use super::rows::Tier;

/// A carrier's parcels so far, and its tiers.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    pub tiers: Vec<Tier>,
    pub parcels: i64,
}

impl Volume {
    /// Surcharges in cents of the parcels so far.
    pub fn cents(&self) -> i64 {
        let mut left = self.parcels;
        let mut sum = 0;
        for tier in &self.tiers {
            let take = left.min(tier.width);
            sum += take * tier.surcharge;
            left -= take;
            if left == 0 {
                break;
            }
        }
        sum
    }

    /// Surcharges in cents of the next `parcels`.
    fn next_cents(&self, parcels: i64) -> i64 {
        let (mut start, mut sum) = (self.parcels, 0);
        let mut left = parcels;
        for tier in &self.tiers {
            let take = (tier.width - start).clamp(0, left);
            start = (start - tier.width).max(0);
            sum += take * tier.surcharge;
            left -= take;
        }
        sum
    }

    fn limit(&self) -> i64 {
        self.tiers.iter().fold(0, |sum, tier| sum.saturating_add(tier.width))
    }
}

/// Capacity left, of everything.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub stock: Vec<i32>,
    pub work: Vec<i64>,
    pub pickup: Vec<i64>,
    pub carriers: Vec<Volume>,
}

impl Room {
    pub fn full<S: ShipmentOptions>(problem: &Problem<S>) -> Self {
        Self {
            stock: problem.demand.slots().iter().map(|slot| slot.units).collect(),
            work: problem.rows.work.iter().map(|row| row.capacity).collect(),
            pickup: problem.rows.pickups.clone(),
            carriers: problem.rows.carriers.iter().map(|tiers| Volume { tiers: tiers.clone(), parcels: 0 }).collect(),
        }
    }

    /// Surcharges of all carriers, in cents.
    pub fn tier_cents(&self) -> i64 {
        self.carriers.iter().map(Volume::cents).sum()
    }

    /// Whether the rows admit this much work and these parcels.
    pub fn open(&self, rows: &RowUse, work: i64) -> bool {
        let parcels = i64::from(rows.parcels);
        (rows.work_row == NO_ROW || self.work[rows.work_row as usize] >= work)
            && (rows.pickup_row == NO_ROW || self.pickup[rows.pickup_row as usize] >= parcels)
            && (rows.carrier == NO_ROW || {
                let volume = &self.carriers[rows.carrier as usize];
                volume.limit() - volume.parcels >= parcels
            })
    }

    /// Whether stock and rows admit the shipment.
    pub fn fits<S: ShipmentOptions>(&self, problem: &Problem<S>, shipment: &Shipment) -> bool {
        let demand = &problem.demand;
        let stocked = slots(demand, shipment).all(|(slot, need)| slot.is_some_and(|slot| self.stock[slot] >= need));
        let work = problem.work_of(shipment.choice.work_row, demand.units_in(shipment.order, shipment.mask));
        stocked && self.open(&shipment.choice.rows(), work)
    }

    /// Takes what the shipment needs.
    pub fn take<S: ShipmentOptions>(&mut self, problem: &Problem<S>, shipment: &Shipment) {
        self.change(problem, shipment, 1);
    }

    /// Gives back what the shipment held.
    pub fn give<S: ShipmentOptions>(&mut self, problem: &Problem<S>, shipment: &Shipment) {
        self.change(problem, shipment, -1);
    }

    fn change<S: ShipmentOptions>(&mut self, problem: &Problem<S>, shipment: &Shipment, sign: i32) {
        let mut units = 0;
        for (slot, need) in slots(&problem.demand, shipment) {
            units += i64::from(need);
            if let Some(slot) = slot {
                self.stock[slot] -= sign * need;
            }
        }
        let (choice, sign) = (&shipment.choice, i64::from(sign));
        if choice.work_row != NO_ROW {
            self.work[choice.work_row as usize] -= sign * problem.work_of(choice.work_row, units);
        }
        if choice.pickup_row != NO_ROW {
            self.pickup[choice.pickup_row as usize] -= sign * i64::from(choice.parcels);
        }
        if choice.carrier != NO_ROW {
            self.carriers[choice.carrier as usize].parcels += sign * i64::from(choice.parcels);
        }
    }
}

/// The slots that a shipment draws on, with units.
pub(super) fn slots<'a>(demand: &'a Demand, shipment: &'a Shipment) -> impl Iterator<Item = (Option<usize>, i32)> + 'a {
    let lines = demand.lines_in(shipment.order, shipment.mask);
    lines.map(|line| (demand.slot_at(demand.sku(line), shipment.warehouse), demand.quantity(line)))
}

/// Terms of a plan under construction: what is left, at dual prices times `weight / 256`.
pub(super) struct Steered<'a> {
    pub room: &'a Room,
    pub prices: &'a Prices,
    pub weight: i64,
}

impl Terms for Steered<'_> {
    const STRICT: bool = true;

    fn stock(&self, slot: usize, need: i32) -> Option<i64> {
        (self.room.stock[slot] >= need)
            .then(|| ((i64::from(self.prices.stock[slot]) * i64::from(need)) * self.weight) >> 8)
    }

    /// A carrier's price is that of its volume in the relaxation; where the plan has more, the next parcel costs more.
    fn extra(&self, rows: &RowUse, work: i64) -> Option<i64> {
        if !self.room.open(rows, work) {
            return None;
        }
        let Some(volume) = self.room.carriers.get(rows.carrier as usize) else { return Some(0) };
        let parcels = i64::from(rows.parcels);
        let next = hundredths(volume.next_cents(parcels));
        Some((next - self.prices.rows.carrier[rows.carrier as usize] * parcels).max(0))
    }
}

/// Hundredths of a cent.
pub(super) fn hundredths(cents: i64) -> i64 {
    cents * UNITS_PER_CENT
}
