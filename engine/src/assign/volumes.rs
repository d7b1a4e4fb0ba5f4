//! Volume surcharges in a plan of the backlog: each (carrier, local date of collection) is one tiered carrier of the problem.
//!
//! Parcels that orders not looked at hold, or that are released, fill the steps first; what is left of them is what this
//! plan's parcels pay, so that the tiers of the problem cost exactly what the day's bill grows by.

use std::collections::BTreeMap;

use crate::board::PricesNow;
use crate::fulfilment::{BacklogOrder, PlannedShipment, State};
use crate::model::{VolumeTiers, World};
use crate::promise::{PickupRef, VolumeRef};
use crate::units::Cents;

use super::{NO_ROW, Tier};

/// Width of the last step: more parcels than there are.
const ENDLESS: i64 = 1 << 40;

/// The days with a volume surcharge that a plan may load.
#[derive(Default)]
pub(super) struct Volumes {
    /// Ascending.
    pub(super) days: Vec<VolumeRef>,
    tiers: Vec<VolumeTiers>,
    /// Parcels that the plan cannot move.
    base: Vec<i64>,
    /// Parcels that the orders hold now.
    held: Vec<i64>,
}

impl Volumes {
    /// Of the options `found`, and of what `orders` hold.
    pub(super) fn of<'a>(
        world: &World,
        state: &State,
        orders: &'a [BacklogOrder],
        found: impl Iterator<Item = &'a PlannedShipment>,
    ) -> Self {
        if world.volume_tiers.is_empty() {
            return Self::default();
        }
        let held_now = || orders.iter().flat_map(|order| &order.plan);
        let day = |planned: &PlannedShipment| VolumeRef::of(world, &PickupRef::from(planned));
        let tiers: BTreeMap<VolumeRef, &VolumeTiers> = found.chain(held_now()).filter_map(day).collect();
        let mut held: BTreeMap<VolumeRef, i64> = tiers.keys().map(|day| (*day, 0)).collect();
        for planned in held_now() {
            if let Some((day, _)) = day(planned) {
                *held.entry(day).or_default() += i64::from(planned.parcels);
            }
        }
        let parcels = |day: &VolumeRef| day.parcels(world, |service, date| state.parcels_on(service, date));
        Self {
            base: held.iter().map(|(day, held)| (parcels(day) - held).max(0)).collect(),
            held: held.into_values().collect(),
            days: tiers.keys().copied().collect(),
            tiers: tiers.into_values().cloned().collect(),
        }
    }

    /// The tiered carrier that a shipment's parcels count towards.
    pub(super) fn row(&self, world: &World, planned: &PlannedShipment) -> u32 {
        if self.days.is_empty() {
            return NO_ROW;
        }
        let day = VolumeRef::of(world, &PickupRef::from(planned));
        day.and_then(|(day, _)| self.days.binary_search(&day).ok()).map_or(NO_ROW, |row| row as u32)
    }

    /// What the plan's parcels pay, day by day.
    pub(super) fn rows(&self) -> Vec<Vec<Tier>> {
        self.tiers.iter().zip(&self.base).map(|(tiers, &base)| shifted(tiers, base)).collect()
    }

    /// The board's prices as the solver's, in cents.
    pub(super) fn warm(&self, prices: PricesNow) -> Vec<f64> {
        self.days.iter().map(|day| prices.volume(day).get() as f64).collect()
    }

    /// Surcharges of what the orders hold now, in cents, as the problem counts them.
    pub(super) fn standing(&self) -> i64 {
        let grown = |((tiers, base), held): ((&VolumeTiers, &i64), &i64)| tiers.bill(base + held) - tiers.bill(*base);
        self.tiers.iter().zip(&self.base).zip(&self.held).map(grown).sum::<Cents>().get()
    }
}

/// The steps beyond `base` parcels.
fn shifted(tiers: &VolumeTiers, base: i64) -> Vec<Tier> {
    let (mut at, mut surcharge) = (base, tiers.next(base));
    let mut steps = Vec::new();
    for step in tiers.steps.iter().filter(|step| step.from > base) {
        steps.push(Tier { width: step.from - at, surcharge: surcharge.get() });
        (at, surcharge) = (step.from, step.surcharge);
    }
    steps.push(Tier { width: ENDLESS, surcharge: surcharge.get() });
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::civil::date;
    use crate::model::{CarrierIx, VolumeStep};

    #[test]
    fn parcels_of_others_fill_the_steps_first() {
        let step = |from, cents| VolumeStep { from, surcharge: Cents::new(cents) };
        let (first, last) = (date(2025, 11, 10), date(2025, 11, 12));
        let steps = vec![step(100, 30), step(150, 80)];
        let tiers = VolumeTiers { carrier: CarrierIx(0), service: None, first, last, steps };
        let drawn = |base| shifted(&tiers, base).iter().map(|t| (t.width, t.surcharge)).collect::<Vec<_>>();
        assert_eq!(drawn(0), [(100, 0), (50, 30), (ENDLESS, 80)]);
        assert_eq!(drawn(90), [(10, 0), (50, 30), (ENDLESS, 80)]);
        assert_eq!(drawn(100), [(50, 30), (ENDLESS, 80)]);
        assert_eq!(drawn(120), [(30, 30), (ENDLESS, 80)]);
        assert_eq!(drawn(400), [(ENDLESS, 80)]);
        // The problem's tiers cost what the day's bill grows by.
        for (base, more) in [(0, 260), (90, 30), (120, 31), (400, 7)] {
            let mut left = more;
            let cents: i64 = shifted(&tiers, base)
                .iter()
                .map(|tier| {
                    let take = left.min(tier.width);
                    left -= take;
                    take * tier.surcharge
                })
                .sum();
            assert_eq!(cents, (tiers.bill(base + more) - tiers.bill(base)).get());
        }
    }
}
