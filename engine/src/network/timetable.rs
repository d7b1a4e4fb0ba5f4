//! The clocks and working days of every place and service, tabled once and shared.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::calendar::{Calendar, Holidays, Weekdays};
use crate::index::IndexVec;
use crate::model::{PostalIx, ServiceIx, WarehouseIx, World};

use crate::calendar::{Clock, Workdays};

/// Makes each table once, however many places share it.
#[derive(Default)]
pub(super) struct Tables {
    clocks: Vec<Arc<Clock>>,
    workdays: Vec<(Weekdays, Holidays, Arc<Workdays>)>,
}

impl Tables {
    /// The clock of `zone`.
    pub(super) fn clock(&mut self, zone: &TimeZone) -> Arc<Clock> {
        if let Some(known) = self.clocks.iter().find(|clock| clock.zone() == zone) {
            return known.clone();
        }
        let clock = Arc::new(Clock::new(zone.clone()));
        self.clocks.push(clock.clone());
        clock
    }

    /// Days of the week, holidays or not.
    pub(super) fn weekdays(&mut self, weekdays: Weekdays) -> Arc<Workdays> {
        self.workdays(weekdays, &Holidays::default())
    }

    fn workdays(&mut self, weekdays: Weekdays, holidays: &Holidays) -> Arc<Workdays> {
        let same = |known: &&(Weekdays, Holidays, Arc<Workdays>)| known.0 == weekdays && known.1 == *holidays;
        if let Some((_, _, known)) = self.workdays.iter().find(same) {
            return known.clone();
        }
        // Only dates are asked of it: any zone does.
        let days = Arc::new(Workdays::new(Calendar::new(TimeZone::UTC, weekdays, holidays.clone())));
        self.workdays.push((weekdays, holidays.clone(), days.clone()));
        days
    }
}

/// Who works when, by whose clock.
#[derive(Debug)]
pub struct Timetable {
    warehouses: IndexVec<WarehouseIx, (Arc<Clock>, Workdays)>,
    collecting: IndexVec<ServiceIx, Arc<Workdays>>,
    delivering: IndexVec<ServiceIx, Arc<Workdays>>,
    doors: Vec<Arc<Clock>>,
    /// By postal area, into `doors`.
    door_of: Vec<u32>,
}

impl Timetable {
    /// Tables the days of `world`.
    pub(super) fn new(world: &World, tables: &mut Tables) -> Self {
        let mut doors = Vec::new();
        let mut number_of: BTreeMap<&str, u32> = BTreeMap::new();
        let mut door_of = Vec::with_capacity(world.postals.len());
        for postal in world.postals.iter() {
            door_of.push(*number_of.entry(&postal.zone_name).or_insert_with(|| {
                // A world whose loader accepted a name that is no zone keeps UTC at those doors.
                doors.push(tables.clock(&Calendar::zone_named(&postal.zone_name).unwrap_or(TimeZone::UTC)));
                doors.len() as u32 - 1
            }));
        }
        Self {
            warehouses: (world.warehouses.iter())
                .map(|w| (tables.clock(w.calendar.zone()), Workdays::new(w.calendar.clone())))
                .collect(),
            collecting: world.services.iter().map(|s| tables.workdays(s.work_days, &world.holidays)).collect(),
            delivering: world.services.iter().map(|s| tables.workdays(s.delivery_days, &world.holidays)).collect(),
            doors,
            door_of,
        }
    }

    /// The clock on a warehouse's wall.
    pub fn clock(&self, warehouse: WarehouseIx) -> &Clock {
        &self.warehouses[warehouse].0
    }

    /// The days a warehouse works.
    pub fn open_days(&self, warehouse: WarehouseIx) -> &Workdays {
        &self.warehouses[warehouse].1
    }

    /// The clock at the doors of a postal area.
    pub fn door_clock(&self, postal: PostalIx) -> &Clock {
        &self.doors[self.door_of[postal.0 as usize] as usize]
    }

    /// The clocks at doors, each once.
    pub fn door_clocks(&self) -> impl Iterator<Item = &Clock> {
        self.doors.iter().map(AsRef::as_ref)
    }

    /// The days on which a service collects and moves parcels.
    pub fn collecting_days(&self, service: ServiceIx) -> &Workdays {
        &self.collecting[service]
    }

    /// The days on which a service delivers.
    pub fn delivery_days(&self, service: ServiceIx) -> &Workdays {
        &self.delivering[service]
    }
}
