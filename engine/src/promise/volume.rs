//! Days of collections whose parcels count together towards a volume surcharge.

use serde::{Deserialize, Serialize};

use crate::calendar::civil::Date;
use crate::model::{CarrierIx, ServiceIx, VolumeTiers, World};

use super::PickupRef;

/// A local date of collection at a carrier, or at one of its services, with a surcharge on the day's volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VolumeRef {
    /// Whose volume.
    pub carrier: CarrierIx,
    /// Of this service alone; of all the carrier's where `None`.
    pub service: Option<ServiceIx>,
    /// The date by the clock of each warehouse.
    pub date: Date,
}

impl VolumeRef {
    /// What parcels of a collection count towards, and what that costs; `None` where volume is not charged.
    pub fn of<'a>(world: &'a World, pickup: &PickupRef) -> Option<(Self, &'a VolumeTiers)> {
        let carrier = world.services[pickup.service].carrier;
        // The day is asked for where it matters only: most carriers have no tiers.
        if world.volume_tiers.iter().all(|tiers| tiers.carrier != carrier) {
            return None;
        }
        let date = world.warehouses[pickup.warehouse].calendar.date(pickup.at);
        let day = Self::of_day(world, pickup.service, date)?;
        Some((day, day.tiers(world)?))
    }

    /// What of `service`, collected on `date`, counts towards.
    pub fn of_day(world: &World, service: ServiceIx, date: Date) -> Option<Self> {
        let carrier = world.services[service].carrier;
        let tiers = world.volume_tiers.iter().find(|tiers| tiers.counts(carrier, service, date))?;
        Some(Self { carrier, service: tiers.service, date })
    }

    /// What the day costs; `None` in a world where it costs nothing.
    pub fn tiers<'a>(&self, world: &'a World) -> Option<&'a VolumeTiers> {
        let own = |tiers: &&VolumeTiers| {
            (tiers.carrier, tiers.service) == (self.carrier, self.service)
                && (tiers.first..=tiers.last).contains(&self.date)
        };
        world.volume_tiers.iter().find(own)
    }

    /// Parcels that count, where `collected` tells those of a service on a local date.
    pub fn parcels(&self, world: &World, collected: impl Fn(ServiceIx, Date) -> i64) -> i64 {
        let own = |service: &ServiceIx| {
            world.services[*service].carrier == self.carrier && self.service.is_none_or(|only| only == *service)
        };
        world.services.indices().filter(own).map(|service| collected(service, self.date)).sum()
    }

    /// Its id, for people: the service's or the carrier's, and the date.
    pub fn id(&self, world: &World) -> String {
        let whose = match self.service {
            Some(service) => world.services[service].id.as_str(),
            None => world.carriers[self.carrier].id.as_str(),
        };
        format!("{whose} on {}", self.date)
    }
}
