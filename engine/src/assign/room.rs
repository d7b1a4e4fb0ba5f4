//! What capacity is left while a plan is built.

use super::dual::Prices;
use super::lanes;
use super::options::{NO_ROW, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::pricing::{Terms, Wanted};
use super::problem::Problem;
use super::rows::{AllotmentRow, Tier};

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
    pub fn next_cents(&self, parcels: i64) -> i64 {
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
    /// Units by stock row (a SKU), then lane.
    pub stock: Vec<i32>,
    pub work: Vec<i64>,
    pub pickup: Vec<i64>,
    /// With what is left for a capacity.
    pub allotments: Vec<AllotmentRow>,
    pub carriers: Vec<Volume>,
}

impl Room {
    /// Everything that there is; the stock row of a SKU is its index.
    pub fn full<S: ShipmentOptions>(problem: &Problem<S>) -> Self {
        let demand = &problem.demand;
        let mut stock = vec![0; demand.skus() * demand.lanes()];
        for sku in 0..demand.skus() {
            for slot in &demand.slots()[demand.slots_of(sku as u32)] {
                stock[sku * demand.lanes() + usize::from(slot.warehouse)] = slot.units;
            }
        }
        Self {
            stock,
            work: problem.rows.work.iter().map(|row| row.capacity).collect(),
            pickup: problem.rows.pickups.clone(),
            allotments: problem.rows.allotments.clone(),
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
            && rows.allotments().all(|row| self.allotments[row].capacity >= self.allotments[row].load(rows.parcels))
            && (rows.carrier == NO_ROW || {
                let volume = &self.carriers[rows.carrier as usize];
                volume.limit() - volume.parcels >= parcels
            })
    }

    /// Takes from the rows (`sign` 1) or gives back (-1).
    pub fn change(&mut self, rows: &RowUse, work: i64, sign: i64) {
        let parcels = i64::from(rows.parcels);
        if rows.work_row != NO_ROW {
            self.work[rows.work_row as usize] -= sign * work;
        }
        if rows.pickup_row != NO_ROW {
            self.pickup[rows.pickup_row as usize] -= sign * parcels;
        }
        for row in rows.allotments() {
            let allotment = &mut self.allotments[row];
            allotment.capacity -= sign * allotment.load(rows.parcels);
        }
        if rows.carrier != NO_ROW {
            self.carriers[rows.carrier as usize].parcels += sign * parcels;
        }
    }
}

/// Terms of a plan under construction: what is left, at dual prices times `weight / 256`.
pub(super) struct Steered<'a> {
    pub room: &'a Room,
    /// The stock row of each line of the order.
    pub line_rows: &'a [u32],
    pub prices: &'a Prices,
    /// The row prices that the pricer has folded in.
    pub rows: &'a RowPrices,
    pub weight: i32,
}

impl Terms for Steered<'_> {
    const STRICT: bool = true;

    #[inline(always)]
    fn line(&self, line: Wanted, unit: &[i32], to: &mut [i32]) {
        let lanes = to.len();
        let row = self.line_rows[line.nth] as usize;
        let held = &self.room.stock[row * lanes..(row + 1) * lanes];
        let price = self.prices.of_sku(line.sku, lanes);
        lanes::weighted_line_price(price, self.weight, unit, held, line.need, to);
        self.prices.cuts.charge(&self.prices.cut, line.line, self.weight, to);
    }

    /// A carrier's price is that of a volume; where the plan has more, the next parcel costs more.
    fn extra(&self, rows: &RowUse, work: i64) -> Option<i64> {
        if !self.room.open(rows, work) {
            return None;
        }
        let Some(volume) = self.room.carriers.get(rows.carrier as usize) else { return Some(0) };
        let parcels = i64::from(rows.parcels);
        let next = in_units(volume.next_cents(parcels));
        Some((next - self.rows.carrier[rows.carrier as usize] * parcels).max(0))
    }
}

/// Cents in the solver's units.
pub(super) fn in_units(cents: i64) -> i64 {
    cents * UNITS_PER_CENT
}
