//! Zones, lanes and travel: from where to where, how far, how long, and on which days.
//!
//! [`Network`] is the [`World`] with everything precomputed that planners ask all the time: great-circle distances and price
//! columns from each warehouse to each region ([`zones`]), rate cards ([`crate::rating::Cards`]), who delivers where ([`reach`]), clocks and working days as tables
//! ([`timetable`]), and each carrier's line-haul as a graph of timetables ([`line_haul`]). It is immutable but for
//! a cache of pure results, and shared by `Arc`. Distances in metres, times as instants. It knows no load.

pub mod line_haul;
pub mod reach;
pub mod timetable;
pub mod zones;

use geo::{Distance, Haversine, Point};
use jiff::tz::TimeZone;

use crate::model::{Coordinates, FleetIx, HubIx, NO_ZONE, PostalIx, ServiceIx, WarehouseIx, World};
use crate::rating::Cards;
use crate::units::{Metres, Timestamp};

pub use crate::calendar::{Clock, Day, Workdays};
pub use line_haul::{Entry, Itinerary, Leg, LineHaul};
pub use reach::NoService;
pub use timetable::Timetable;
pub use zones::ZoneTable;

/// The world and what follows from it.
#[derive(Debug)]
pub struct Network {
    /// The world.
    pub world: World,
    /// Distances and price columns.
    pub zones: ZoneTable,
    /// Rate cards, compiled.
    pub cards: Cards,
    /// Line-haul.
    pub line_haul: LineHaul,
    /// Clocks and working days.
    pub timetable: Timetable,
    reach: reach::Reach,
}

/// A span of time in which own vans deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant.
    pub starts: Timestamp,
    /// Last instant.
    pub ends: Timestamp,
}

impl Network {
    /// Precomputes everything about `world`: some 30 ms for 42,000 postal areas.
    pub fn new(world: World) -> Self {
        let mut tables = timetable::Tables::default();
        let line_haul = LineHaul::new(&world, &mut tables);
        let timetable = Timetable::new(&world, &mut tables);
        let (zones, cards) = (ZoneTable::new(&world), Cards::new(&world));
        Self { zones, cards, reach: reach::Reach::new(&world), line_haul, timetable, world }
    }

    /// The time zone at a postal area's doors.
    pub fn zone_of(&self, postal: PostalIx) -> &TimeZone {
        self.timetable.door_clock(postal).zone()
    }

    /// Great-circle distance from a warehouse to the middle of a postal area.
    pub fn distance(&self, warehouse: WarehouseIx, postal: PostalIx) -> Metres {
        great_circle(self.world.warehouses[warehouse].at, self.world.postals[postal].at)
    }

    /// All warehouses, those nearest to a postal area's region first.
    pub fn nearest_first(&self, postal: PostalIx) -> Vec<WarehouseIx> {
        let region = self.world.postals[postal].region;
        let mut warehouses: Vec<WarehouseIx> = self.world.warehouses.indices().collect();
        warehouses.sort_unstable_by_key(|warehouse| (self.zones.distance(*warehouse, region), *warehouse));
        warehouses
    }

    /// The price column of a service from a warehouse to a postal area's region; [`NO_ZONE`] where its chart has none.
    pub fn column(&self, service: ServiceIx, warehouse: WarehouseIx, postal: PostalIx) -> u8 {
        self.zones.column(service, warehouse, self.world.postals[postal].region)
    }

    /// Whether a service takes parcels from `warehouse` to `postal` at all.
    pub fn serves(&self, service: ServiceIx, warehouse: WarehouseIx, postal: PostalIx) -> Result<(), NoService> {
        self.reach.serves(&self.world, service, warehouse, postal)?;
        if self.column(service, warehouse, postal) == NO_ZONE { Err(NoService::NoZone) } else { Ok(()) }
    }

    /// The fleet that runs a service, if own vans do.
    pub fn fleet_of(&self, service: ServiceIx) -> Option<FleetIx> {
        reach::fleet_of(&self.world, service)
    }

    /// The hubs at which a service's parcels enter and leave the carrier's network, if it has hubs.
    pub fn hubs(&self, service: ServiceIx, warehouse: WarehouseIx, postal: PostalIx) -> Option<(Entry, HubIx)> {
        let carrier = self.world.services[service].carrier;
        let entry = self.line_haul.entry(carrier, warehouse)?;
        let exit = self.line_haul.exit(carrier, self.world.postals[postal].region)?;
        Some((entry, exit))
    }

    /// The delivery windows of a fleet on a day: one after another from the start of the shift, whole ones only; none on a
    /// day on which its service does not both load and deliver.
    pub fn windows(&self, fleet: FleetIx, day: Day) -> impl Iterator<Item = Window> {
        let own = &self.world.fleets[fleet];
        let clock = self.timetable.clock(own.warehouse);
        let (loads, delivers) =
            (self.timetable.collecting_days(own.service), self.timetable.delivery_days(own.service));
        let works = loads.contains(day) && delivers.contains(day);
        let closes = clock.instant(day, own.shift_end);
        let starts = std::iter::successors(Some(clock.instant(day, own.shift_start)), |&at| Some(at + own.window));
        let windows = starts.map(|starts| Window { starts, ends: starts + own.window });
        windows.take_while(move |window| works && window.ends <= closes)
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
    use crate::calendar::civil::date;
    use crate::model::fixture::{tiny_parts, tiny_world};

    #[test]
    fn a_degree_of_latitude_is_111_km() {
        let at = |lat| Coordinates { lat, lon: -74.0 };
        let degree = great_circle(at(40.0), at(41.0)).get();
        assert!((111_000..111_400).contains(&degree), "{degree}");
    }

    #[test]
    fn windows_follow_each_other_through_the_shift() {
        let network = Network::new(tiny_world());
        let drawn = |on| {
            let windows = network.windows(FleetIx(0), Day::of(on));
            windows.map(|w| format!("{} {}", w.starts, w.ends)).collect::<Vec<_>>()
        };
        let monday = [
            "2025-11-10T13:00:00Z 2025-11-10T17:00:00Z",
            "2025-11-10T17:00:00Z 2025-11-10T21:00:00Z",
            "2025-11-10T21:00:00Z 2025-11-11T01:00:00Z",
        ];
        assert_eq!(drawn(date(2025, 11, 10)), monday);
        assert!(drawn(date(2025, 11, 27)).is_empty(), "Thanksgiving");
    }

    #[test]
    fn a_last_window_that_does_not_fit_is_left_out() {
        let mut parts = tiny_parts();
        parts.fleets[FleetIx(0)].shift_end = crate::calendar::civil::time(19, 59, 59, 0);
        let network = Network::new(World::new(parts).unwrap());
        assert_eq!(network.windows(FleetIx(0), Day::of(date(2025, 11, 10))).count(), 2);
    }

    #[test]
    fn each_door_has_its_own_clock() {
        let network = Network::new(tiny_world());
        let zones = [0, 5, 7, 9, 11].map(|n| network.zone_of(PostalIx(n)).iana_name().unwrap());
        let expected =
            ["America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"];
        assert_eq!(zones, expected);
    }
}
