//! Surcharges on a day's volume: what a carrier asks for each parcel beyond so many a day.

use crate::calendar::civil::Date;
use crate::units::Cents;

use super::{CarrierIx, ServiceIx};

/// A peak surcharge by volume: convex, as each step asks more than the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeTiers {
    /// Who asks.
    pub carrier: CarrierIx,
    /// The service whose parcels count; all of the carrier's together where `None`.
    pub service: Option<ServiceIx>,
    /// First local date of collection.
    pub first: Date,
    /// Last local date of collection, included.
    pub last: Date,
    /// By ascending volume, surcharges rising.
    pub steps: Vec<VolumeStep>,
}

/// A step of [`VolumeTiers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeStep {
    /// Parcels of the day beyond so many pay.
    pub from: i64,
    /// What each of them pays, up to the next step.
    pub surcharge: Cents,
}

impl VolumeTiers {
    /// Whether a parcel of this service, collected on this local date, counts.
    pub fn counts(&self, carrier: CarrierIx, service: ServiceIx, date: Date) -> bool {
        self.carrier == carrier
            && self.service.is_none_or(|only| only == service)
            && (self.first..=self.last).contains(&date)
    }

    /// The surcharge of a day of `parcels`.
    pub fn bill(&self, parcels: i64) -> Cents {
        let mut before = Cents::ZERO;
        let mut sum = Cents::ZERO;
        for step in &self.steps {
            sum += (step.surcharge - before) * (parcels - step.from).max(0);
            before = step.surcharge;
        }
        sum
    }

    /// What the next parcel pays when there are `parcels` already.
    pub fn next(&self, parcels: i64) -> Cents {
        self.steps.iter().take_while(|step| step.from <= parcels).last().map_or(Cents::ZERO, |step| step.surcharge)
    }

    /// Whether two of them could count the same parcel.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let services = self.service.is_none() || other.service.is_none() || self.service == other.service;
        self.carrier == other.carrier && services && self.first <= other.last && other.first <= self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::civil::date;

    /// From 100 parcels on 30 cents each, from 150 on 80.
    fn tiers() -> VolumeTiers {
        let step = |from, cents| VolumeStep { from, surcharge: Cents::new(cents) };
        VolumeTiers {
            carrier: CarrierIx(0),
            service: None,
            first: date(2025, 11, 10),
            last: date(2025, 11, 12),
            steps: vec![step(100, 30), step(150, 80)],
        }
    }

    #[test]
    fn a_bill_is_the_sum_of_what_each_parcel_paid() {
        let tiers = tiers();
        // 50 x 30 up to 150, then 80 each.
        let bills = [0, 100, 101, 150, 151, 200].map(|parcels| tiers.bill(parcels).get());
        assert_eq!(bills, [0, 0, 30, 1_500, 1_580, 5_500]);
        for parcels in 0..220 {
            assert_eq!(tiers.bill(parcels) + tiers.next(parcels), tiers.bill(parcels + 1), "after {parcels}");
        }
    }

    #[test]
    fn what_counts_is_a_matter_of_carrier_service_and_day() {
        let (all, ground) = (tiers(), VolumeTiers { service: Some(ServiceIx(3)), ..tiers() });
        let on = date(2025, 11, 12);
        assert!(all.counts(CarrierIx(0), ServiceIx(7), on) && !all.counts(CarrierIx(1), ServiceIx(7), on));
        assert!(ground.counts(CarrierIx(0), ServiceIx(3), on) && !ground.counts(CarrierIx(0), ServiceIx(7), on));
        assert!(!all.counts(CarrierIx(0), ServiceIx(3), date(2025, 11, 13)));
        let other = VolumeTiers { service: Some(ServiceIx(7)), ..tiers() };
        assert!(all.overlaps(&ground) && !ground.overlaps(&other));
        assert!(!all.overlaps(&VolumeTiers { first: date(2025, 11, 13), last: date(2025, 11, 13), ..tiers() }));
    }
}
