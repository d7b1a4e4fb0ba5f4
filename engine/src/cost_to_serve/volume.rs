//! Surcharges on volume: the bill of each carrier's day, and who caused how much of it.

use std::collections::BTreeMap;

use crate::fulfilment::PlannedShipment;
use crate::model::{VolumeTiers, World};
use crate::promise::{PickupRef, VolumeRef};
use crate::units::Cents;

use super::{ChargeKind, LedgerRow, shares};

/// A carrier's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeDay<'a> {
    /// What a day of so many parcels costs.
    pub tiers: &'a VolumeTiers,
    /// Parcels of each shipment, in the order in which they were counted.
    pub parcels: Vec<i64>,
}

impl VolumeDay<'_> {
    /// The surcharge of the whole day.
    pub fn bill(&self) -> Cents {
        self.tiers.bill(self.parcels.iter().sum())
    }
}

/// Parcels counted day by day, each with what it was counted for.
#[derive(Debug)]
pub struct Volumes<'a, T> {
    world: &'a World,
    /// The days, and for whom their parcels were counted.
    pub days: BTreeMap<VolumeRef, (VolumeDay<'a>, Vec<T>)>,
}

impl<'a, T> Volumes<'a, T> {
    /// Nothing yet.
    pub fn new(world: &'a World) -> Self {
        Self { world, days: BTreeMap::new() }
    }

    /// Counts `parcels` of a collection for `whom`; nothing where its volume is not charged.
    pub fn count(&mut self, pickup: &PickupRef, parcels: u32, whom: T) {
        let Some((day, tiers)) = VolumeRef::of(self.world, pickup) else { return };
        let entry = self.days.entry(day).or_insert_with(|| (VolumeDay { tiers, parcels: Vec::new() }, Vec::new()));
        entry.0.parcels.push(i64::from(parcels));
        entry.1.push(whom);
    }

    /// The surcharges of all days.
    pub fn total(&self) -> Cents {
        self.days.values().map(|(day, _)| day.bill()).sum()
    }

    /// For whom parcels were counted, with their share of the day's bill: by parcels, to the cent.
    pub fn shared(self) -> impl Iterator<Item = (T, Cents)> {
        let shared = |(day, whom): (VolumeDay<'a>, Vec<T>)| whom.into_iter().zip(shares(day.bill(), &day.parcels));
        self.days.into_values().flat_map(shared)
    }
}

/// Counts a shipment, whose bill's row `like` is.
pub(super) fn count<'a>(volumes: &mut Volumes<'_, LedgerRow<'a>>, plan: &PlannedShipment, like: &LedgerRow<'a>) {
    volumes.count(&PickupRef::from(plan), plan.parcels, like.clone());
}

/// A row for each shipment that pays a share.
pub(super) fn rows<'a>(volumes: Volumes<'_, LedgerRow<'a>>) -> Vec<LedgerRow<'a>> {
    let paid = volumes.shared().filter(|(_, amount)| *amount != Cents::ZERO);
    paid.map(|(row, amount)| LedgerRow { kind: ChargeKind::VolumeSurcharge, amount, ..row }).collect()
}
