//! Allotments: how many parcels a day a carrier takes on a service or a lane.
//!
//! A carrier grants so many parcels a local day of collection, for some of its services, from some warehouses, to some
//! regions. The network must never hand over more. A parcel can fall under two allotments (a service's and a lane's, say),
//! never under more.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{Calendar, civil::Date};
use crate::fault::Fault;
use crate::ids::AllotmentId;
use crate::index::IndexVec;
use crate::index_type;
use crate::units::Timestamp;

use super::{Parts, PostalIx, RegionIx, ServiceIx, ServiceKind, WarehouseIx};

index_type!(
    /// An allotment.
    AllotmentIx
);

/// Most allotments that a parcel can fall under.
pub const MOST_ALLOTMENTS: usize = 2;

/// What a carrier takes a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allotment {
    /// Its id.
    pub id: AllotmentId,
    /// For these services together.
    pub services: Vec<ServiceIx>,
    /// From these warehouses; from all where it names none.
    pub warehouses: Vec<WarehouseIx>,
    /// To these regions; to all where it names none.
    pub regions: Vec<RegionIx>,
    /// First local day of collection on which it holds; `None` for always.
    pub first_day: Option<Date>,
    /// Last such day; `None` for ever.
    pub last_day: Option<Date>,
    /// Parcels a day.
    pub parcels: u32,
}

impl Allotment {
    /// Whether it holds on this local day of collection.
    pub fn holds_on(&self, day: Date) -> bool {
        self.first_day.is_none_or(|first| first <= day) && self.last_day.is_none_or(|last| day <= last)
    }

    fn takes_from(&self, service: ServiceIx, warehouse: WarehouseIx) -> bool {
        self.services.contains(&service) && (self.warehouses.is_empty() || self.warehouses.contains(&warehouse))
    }

    fn delivers_to(&self, region: RegionIx) -> bool {
        self.regions.is_empty() || self.regions.contains(&region)
    }
}

/// Which allotments a parcel falls under: a look-up made once.
#[derive(Clone, Debug)]
pub struct AllotmentBook {
    all: IndexVec<AllotmentIx, Allotment>,
    /// By warehouse, then service, with whether it delivers to each region (empty: to all).
    cells: Vec<Vec<(AllotmentIx, Vec<bool>)>>,
    services: usize,
    /// Kept where there is any allotment.
    region_of: Vec<RegionIx>,
    calendars: Vec<Calendar>,
}

impl AllotmentBook {
    /// The book of checked parts.
    pub(super) fn new(parts: &Parts) -> Self {
        let all = parts.allotments.clone();
        let services = parts.services.len();
        let mut cells = vec![Vec::new(); services * parts.warehouses.len()];
        for (ix, allotment) in all.enumerate() {
            let covered = |region| allotment.delivers_to(region);
            let to: Vec<bool> = match allotment.regions.is_empty() {
                true => Vec::new(),
                false => parts.regions.indices().map(covered).collect(),
            };
            for warehouse in parts.warehouses.indices() {
                for service in parts.services.indices().filter(|&s| allotment.takes_from(s, warehouse)) {
                    cells[warehouse.0 as usize * services + service.0 as usize].push((ix, to.clone()));
                }
            }
        }
        let region_of = if all.is_empty() { Vec::new() } else { parts.postals.iter().map(|p| p.region).collect() };
        let calendars = parts.warehouses.iter().map(|warehouse| warehouse.calendar.clone()).collect();
        Self { all, cells, services, region_of, calendars }
    }

    /// Every allotment.
    pub fn all(&self) -> &IndexVec<AllotmentIx, Allotment> {
        &self.all
    }

    /// The allotments that a parcel from `warehouse` to `postal` by `service` falls under when it is collected at `at`, with the
    /// local day that counts; at most [`MOST_ALLOTMENTS`], ascending.
    pub fn of(
        &self,
        service: ServiceIx,
        warehouse: WarehouseIx,
        postal: PostalIx,
        at: Timestamp,
    ) -> impl Iterator<Item = (AllotmentIx, Date)> + '_ {
        let cell = &self.cells[warehouse.0 as usize * self.services + service.0 as usize];
        // The day is asked for where it matters only: most services have no allotment.
        let day = if cell.is_empty() { Date::ZERO } else { self.calendars[warehouse.0 as usize].date(at) };
        let region = if cell.is_empty() { RegionIx(0) } else { self.region_of[postal.0 as usize] };
        let delivers = move |to: &[bool]| to.is_empty() || to[region.0 as usize];
        cell.iter().filter(move |(ix, to)| delivers(to) && self.all[*ix].holds_on(day)).map(move |(ix, _)| (*ix, day))
    }
}

/// Every violation.
pub(super) fn faults(parts: &Parts) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (n, allotment) in parts.allotments.iter().enumerate() {
        let mut require = |holds: bool, field: &str, value: &dyn std::fmt::Display, rule: &str| {
            if !holds {
                faults.push(Fault::new(parts.origins.of("allotment", n), field, value, rule));
            }
        };
        require(seen.insert(&allotment.id), "allotment", &allotment.id, "must be unique");
        require(!allotment.services.is_empty(), "service", &"", "must be for at least one service");
        for &service in &allotment.services {
            require(parts.services.get(service).is_some(), "service", &service.0, "must exist");
            let own = parts.services.get(service).filter(|service| service.kind == ServiceKind::OwnFleet);
            if let Some(own) = own {
                require(false, "service", &own.id, "must be a carrier's: own vans have their trips instead");
            }
        }
        let carriers: BTreeSet<_> =
            allotment.services.iter().filter_map(|&s| parts.services.get(s)).map(|service| service.carrier).collect();
        require(carriers.len() <= 1, "service", &carriers.len(), "must be for services of one carrier");
        for &warehouse in &allotment.warehouses {
            require(parts.warehouses.get(warehouse).is_some(), "warehouses", &warehouse.0, "must exist");
        }
        for &region in &allotment.regions {
            require(parts.regions.get(region).is_some(), "regions", &region.0, "must exist");
        }
        if let (Some(first), Some(last)) = (allotment.first_day, allotment.last_day) {
            require(first <= last, "last_day", &last, "must not be before first_day");
        }
    }
    faults.extend(thirds(parts));
    faults
}

/// Allotments that would be a parcel's third, each with an example.
fn thirds(parts: &Parts) -> Vec<Fault> {
    let mut found: BTreeMap<AllotmentIx, String> = BTreeMap::new();
    for warehouse in parts.warehouses.indices() {
        for service in parts.services.indices() {
            let all = parts.allotments.enumerate();
            let here: Vec<_> = all.filter(|(_, allotment)| allotment.takes_from(service, warehouse)).collect();
            if here.len() <= MOST_ALLOTMENTS {
                continue;
            }
            for region in parts.regions.indices() {
                let to: Vec<_> = here.iter().filter(|(_, allotment)| allotment.delivers_to(region)).copied().collect();
                for (day, third) in crowded(&to) {
                    found.entry(third).or_insert_with(|| {
                        let day = day.map_or_else(String::new, |day| format!(" on {day}"));
                        format!(
                            "must leave every parcel under {MOST_ALLOTMENTS} allotments at most: one by {} from {} to region {}{day} \
                             would fall under more",
                            parts.services[service].id, parts.warehouses[warehouse].id, parts.regions[region].code,
                        )
                    });
                }
            }
        }
    }
    let fault = |(ix, rule): (AllotmentIx, String)| {
        let at = parts.origins.of("allotment", ix.0 as usize);
        Fault::new(at, "allotment", &parts.allotments[ix].id, rule)
    };
    found.into_iter().map(fault).collect()
}

/// The first day on which too many of these hold, for each that makes them too many; it is that one's first day or another's.
fn crowded(to: &[(AllotmentIx, &Allotment)]) -> Vec<(Option<Date>, AllotmentIx)> {
    let mut found = Vec::new();
    let mut days: Vec<Option<Date>> = to.iter().map(|(_, allotment)| allotment.first_day).collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        let on = day.unwrap_or(Date::MIN);
        let holding = to.iter().filter(|(_, allotment)| allotment.holds_on(on));
        found.extend(holding.skip(MOST_ALLOTMENTS).map(|(ix, _)| (day, *ix)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::civil::date;
    use crate::calendar::parse_timestamp;
    use crate::model::World;
    use crate::model::fixture::tiny_parts;

    fn allotment(id: &str, services: &[u32], warehouses: &[u32], regions: &[u32]) -> Allotment {
        Allotment {
            id: AllotmentId::new(id).unwrap(),
            services: services.iter().map(|&n| ServiceIx(n)).collect(),
            warehouses: warehouses.iter().map(|&n| WarehouseIx(n)).collect(),
            regions: regions.iter().map(|&n| RegionIx(n)).collect(),
            first_day: None,
            last_day: None,
            parcels: 9,
        }
    }

    #[test]
    fn a_parcel_counts_on_the_local_day_of_its_collection() {
        let mut parts = tiny_parts();
        parts.allotments.push(Allotment { last_day: Some(date(2025, 11, 10)), ..allotment("ground", &[0], &[], &[]) });
        parts.allotments.push(allotment("lane", &[0, 1], &[0], &[2]));
        let world = World::new(parts).unwrap();
        let under = |service, postal, at| {
            let postal = world.postal(postal).unwrap();
            let all =
                world.allotment_book().of(ServiceIx(service), WarehouseIx(0), postal, parse_timestamp(at).unwrap());
            all.map(|(ix, day)| format!("{} {day}", world.allotments[ix].id)).collect::<Vec<_>>()
        };
        // 23:30 in Newark is the next day in UTC.
        assert_eq!(under(0, "60601", "2025-11-11T04:30:00Z"), ["ground 2025-11-10", "lane 2025-11-10"]);
        assert_eq!(under(0, "60601", "2025-11-11T05:30:00Z"), ["lane 2025-11-11"]);
        assert_eq!(under(0, "90001", "2025-11-10T20:00:00Z"), ["ground 2025-11-10"]);
        assert_eq!(under(1, "90001", "2025-11-10T20:00:00Z"), Vec::<String>::new());
    }

    #[test]
    fn faults_are_told_at_once() {
        let mut parts = tiny_parts();
        parts.allotments.push(allotment("a", &[], &[9], &[]));
        parts.allotments.push(allotment("a", &[4], &[], &[77]));
        parts.allotments.push(allotment("b", &[0, 2], &[], &[]));
        let day = Some(date(2025, 11, 10));
        parts.allotments.push(Allotment { first_day: day, last_day: day, ..allotment("c", &[0], &[], &[]) });
        parts.allotments.push(Allotment { first_day: day, ..allotment("d", &[0], &[1], &[2, 3]) });
        let mut told: Vec<String> =
            World::new(parts).unwrap_err().iter().map(|fault| format!("{} {}", fault.at, fault.field)).collect();
        told.sort();
        let expected = [
            "allotment 0 service",
            "allotment 0 warehouses",
            "allotment 1 allotment",
            "allotment 1 regions",
            "allotment 1 service",
            "allotment 2 service",
            "allotment 4 allotment",
        ];
        assert_eq!(told, expected);
    }
}
