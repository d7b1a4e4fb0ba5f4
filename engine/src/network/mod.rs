//! Zones, lanes and travel: from where to where, how far and how long.
//!
//! [`Network`] is the [`World`] with everything precomputed that planners ask all the time: great-circle distances and price
//! columns from each warehouse to each region ([`zones`]), and each carrier's line-haul timetable as a graph
//! ([`line_haul`]). Distances in metres, times as instants.

pub mod line_haul;
pub mod zones;

use std::fmt;

use geo::{Distance, Haversine, Point};
use jiff::tz::TimeZone;

use crate::calendar::Calendar;
use crate::model::{Coordinates, Coverage, FleetIx, HubIx, PostalIx, ServiceIx, ServiceKind, WarehouseIx, World};
use crate::units::Metres;

pub use line_haul::{Itinerary, Leg, LineHaul};
pub use zones::ZoneTable;

/// The world and its precomputed geography.
#[derive(Debug)]
pub struct Network {
    /// The world.
    pub world: World,
    /// Distances and price columns.
    pub zones: ZoneTable,
    /// Timetables.
    pub line_haul: LineHaul,
    /// The clocks that hang at doors, and which hangs in which postal area.
    clocks: Vec<TimeZone>,
    clock_of: Vec<u16>,
}

/// Why a service does not connect a warehouse and a postal area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoService {
    /// The service does not deliver to this area.
    OutsideCoverage,
    /// No collection of the service at this warehouse.
    NoPickup,
    /// The fleet loads at another warehouse.
    OtherDepot,
    /// The door is beyond the fleet's radius.
    BeyondRadius,
}

impl fmt::Display for NoService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutsideCoverage => "does not deliver to this area",
            Self::NoPickup => "does not collect at this warehouse",
            Self::OtherDepot => "its vans load at another warehouse",
            Self::BeyondRadius => "the address is beyond the reach of its vans",
        })
    }
}

impl Network {
    /// Precomputes the geography of `world`.
    pub fn new(world: World) -> Self {
        let zones = ZoneTable::new(&world);
        let line_haul = LineHaul::new(&world);
        let mut names: Vec<&str> = world.postals.iter().map(|postal| postal.zone_name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let clock_of =
            world.postals.iter().map(|p| names.partition_point(|&name| name < p.zone_name.as_str()) as u16).collect();
        // `World::new` has refused names that are no zone.
        let clocks = names.iter().map(|name| Calendar::zone_named(name).unwrap_or(TimeZone::UTC)).collect();
        Self { zones, line_haul, clocks, clock_of, world }
    }

    /// The clock at a postal area's doors.
    pub fn zone_of(&self, postal: PostalIx) -> &TimeZone {
        &self.clocks[usize::from(self.clock_of[postal.0 as usize])]
    }

    /// Great-circle distance from a warehouse to the middle of a postal area.
    pub fn distance(&self, warehouse: WarehouseIx, postal: PostalIx) -> Metres {
        great_circle(self.world.warehouses[warehouse].at, self.world.postals[postal].at)
    }

    /// The price column from a warehouse to a postal area's region.
    pub fn column(&self, warehouse: WarehouseIx, postal: PostalIx) -> u8 {
        self.zones.column(warehouse, self.world.postals[postal].region)
    }

    /// Whether a service takes parcels from `warehouse` to `postal` at all.
    pub fn serves(&self, service: ServiceIx, warehouse: WarehouseIx, postal: PostalIx) -> Result<(), NoService> {
        match &self.world.services[service].coverage {
            Coverage::Fleet(fleet) => return self.fleet_reaches(*fleet, warehouse, postal),
            Coverage::Regions(regions) if regions.binary_search(&self.world.postals[postal].region).is_err() => {
                return Err(NoService::OutsideCoverage);
            }
            Coverage::Regions(_) | Coverage::Everywhere => {}
        }
        if self.world.pickups_at(warehouse, service).next().is_none() {
            return Err(NoService::NoPickup);
        }
        Ok(())
    }

    fn fleet_reaches(&self, fleet: FleetIx, warehouse: WarehouseIx, postal: PostalIx) -> Result<(), NoService> {
        let fleet = &self.world.fleets[fleet];
        if fleet.warehouse != warehouse {
            return Err(NoService::OtherDepot);
        }
        if self.distance(warehouse, postal) > fleet.radius {
            return Err(NoService::BeyondRadius);
        }
        Ok(())
    }

    /// The fleet that runs a service, if it is an own fleet's.
    pub fn fleet_of(&self, service: ServiceIx) -> Option<FleetIx> {
        match (&self.world.services[service].kind, &self.world.services[service].coverage) {
            (ServiceKind::OwnFleet, Coverage::Fleet(fleet)) => Some(*fleet),
            _ => None,
        }
    }

    /// The hubs at which a service's parcels enter and leave the carrier's network, if it has hubs.
    pub fn hubs(&self, service: ServiceIx, warehouse: WarehouseIx, postal: PostalIx) -> Option<(HubIx, HubIx)> {
        let carrier = self.world.services[service].carrier;
        let origin = self.line_haul.hub_of_warehouse(carrier, warehouse)?;
        let destination = self.line_haul.hub_of_region(carrier, self.world.postals[postal].region)?;
        Some((origin, destination))
    }
}

/// Great-circle distance in whole metres (haversine on the mean earth radius, crate `geo`).
pub fn great_circle(from: Coordinates, to: Coordinates) -> Metres {
    let metres = Haversine.distance(Point::new(from.lon, from.lat), Point::new(to.lon, to.lat));
    Metres::new(metres.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_km() {
        let at = |lat| Coordinates { lat, lon: -74.0 };
        let degree = great_circle(at(40.0), at(41.0)).get();
        assert!((111_000..111_400).contains(&degree), "{degree}");
    }
}
