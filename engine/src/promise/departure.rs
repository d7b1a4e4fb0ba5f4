//! Waves, collections and van windows: when a shipment can leave its warehouse.

use std::cell::Cell;

use crate::model::{Coverage, Fleet, FleetIx, PostalIx, ServiceIx, WarehouseIx, World};
use crate::network::{Day, Network, Window, Workdays};
use crate::units::Timestamp;

use super::chain::Need;
use super::refs::{AllotmentRef, PickupRef, WaveLoad, WaveRef};

/// How many days ahead a collection or a window with room is looked for.
const DAYS_AHEAD: i32 = 21;

/// When a wave closes.
pub fn cut_off(network: &Network, wave: &WaveRef) -> Timestamp {
    let slot = &network.world.warehouses[wave.warehouse].waves[usize::from(wave.slot)];
    network.timetable.clock(wave.warehouse).instant(Day::of(wave.date), slot.cut_off)
}

/// The next `count` waves of a warehouse that still take orders at `now`, by cut-off. A cut-off's own instant still counts.
pub fn next_waves(network: &Network, warehouse: WarehouseIx, now: Timestamp, count: usize) -> Vec<WaveRef> {
    waves(network, warehouse, now).take(count).map(|(wave, _)| wave).collect()
}

/// All waves that still take orders at `now`, with their cut-offs.
pub(super) fn waves(
    network: &Network,
    warehouse: WarehouseIx,
    now: Timestamp,
) -> impl Iterator<Item = (WaveRef, Timestamp)> {
    let clock = network.timetable.clock(warehouse);
    let slots = &network.world.warehouses[warehouse].waves;
    let of_day = move |day: Day| {
        let wave = move |slot: usize| WaveRef { warehouse, date: day.date(), slot: slot as u8 };
        let closing = slots.iter().enumerate().map(move |(n, slot)| (n, clock.instant(day, slot.cut_off)));
        closing.filter(move |&(_, at)| at >= now).map(move |(n, at)| (wave(n), at))
    };
    working(network.timetable.open_days(warehouse), clock.day(now)).flat_map(of_day)
}

/// The next collection of a service at a warehouse at or after `not_before`, and the parcels it takes.
pub fn next_pickup(
    network: &Network,
    warehouse: WarehouseIx,
    service: ServiceIx,
    not_before: Timestamp,
) -> Option<(Timestamp, u32)> {
    first_pickup(network, warehouse, service, not_before, |_, _| true)
}

/// The next collection at or after `packed_by` that takes `need` on its way to `postal`; and the first allotment that was full
/// on a day when the collection had room.
pub(super) fn pickup_with_room(
    network: &Network,
    warehouse: WarehouseIx,
    service: ServiceIx,
    postal: PostalIx,
    packed_by: Timestamp,
    need: Need,
    load: &dyn WaveLoad,
) -> (Option<Timestamp>, Option<AllotmentRef>) {
    let (book, full) = (network.world.allotment_book(), Cell::new(None));
    let has_room = |at, capacity: u32| {
        let pickup = PickupRef { warehouse, service, at };
        if load.free_pickup(&pickup, i64::from(capacity)) < need.parcels {
            return false;
        }
        let used_up = |of: &AllotmentRef| load.free_allotment(of, of.capacity(book)) < need.parcels;
        let over = AllotmentRef::of(book, pickup, postal).find(used_up);
        full.set(full.get().or(over));
        over.is_none()
    };
    let found = first_pickup(network, warehouse, service, packed_by, has_room).map(|(at, _)| at);
    (found, full.get())
}

fn first_pickup(
    network: &Network,
    warehouse: WarehouseIx,
    service: ServiceIx,
    not_before: Timestamp,
    suits: impl Fn(Timestamp, u32) -> bool,
) -> Option<(Timestamp, u32)> {
    let clock = network.timetable.clock(warehouse);
    let of_day = |day| {
        let pickups = network.world.pickups_at(warehouse, service);
        let instants = pickups.map(move |pickup| (clock.instant(day, pickup.at), pickup.capacity));
        // Not simply the first: in the hour that spring skips, local times are not in the order of instants.
        instants.filter(|&(at, capacity)| at >= not_before && suits(at, capacity)).min_by_key(|&(at, _)| at)
    };
    near(network.timetable.collecting_days(service), clock.day(not_before)).find_map(of_day)
}

/// The next `count` delivery windows of a fleet that start at or after `not_before`, as (start, end).
pub fn windows(network: &Network, fleet: FleetIx, not_before: Timestamp, count: usize) -> Vec<(Timestamp, Timestamp)> {
    windows_from(network, fleet, not_before).take(count).map(|window| (window.starts, window.ends)).collect()
}

/// The next window with room that can be loaded after `packed_by`.
pub(super) fn window_with_room(
    network: &Network,
    fleet: FleetIx,
    packed_by: Timestamp,
    need: Need,
    load: &dyn WaveLoad,
) -> Option<Window> {
    let own = &network.world.fleets[fleet];
    let capacity = window_capacity(own);
    windows_from(network, fleet, packed_by + own.reload).find(|window| {
        let pickup = PickupRef { warehouse: own.warehouse, service: own.service, at: window.starts };
        load.free_pickup(&pickup, capacity) >= need.parcels
    })
}

fn windows_from(network: &Network, fleet: FleetIx, not_before: Timestamp) -> impl Iterator<Item = Window> {
    let own = &network.world.fleets[fleet];
    let from = network.timetable.clock(own.warehouse).day(not_before);
    let days = near(network.timetable.delivery_days(own.service), from);
    days.flat_map(move |day| network.windows(fleet, day)).filter(move |window| window.starts >= not_before)
}

/// Parcels that a collection has room for when it is empty; none where the world has no such collection.
pub fn pickup_capacity(world: &World, pickup: &PickupRef) -> i64 {
    if let Coverage::Fleet(fleet) = world.services[pickup.service].coverage {
        return window_capacity(&world.fleets[fleet]);
    }
    let calendar = &world.warehouses[pickup.warehouse].calendar;
    let date = calendar.date(pickup.at);
    let mut of_day = world.pickups_at(pickup.warehouse, pickup.service);
    of_day.find(|p| calendar.instant(date, p.at) == pickup.at).map_or(0, |p| i64::from(p.capacity))
}

/// One trip of every van in a window, or less where the day's trips do not suffice for all its windows.
fn window_capacity(fleet: &Fleet) -> i64 {
    let trip = i64::from(fleet.vans) * i64::from(fleet.van_parcels);
    let shift = fleet.shift_start.duration_until(fleet.shift_end).as_secs();
    let windows = (shift / fleet.window.get()).max(1);
    trip.min(trip * i64::from(fleet.trips) / windows)
}

/// The working days from `day` on.
fn working(days: &Workdays, day: Day) -> impl Iterator<Item = Day> {
    std::iter::successors(days.on_or_after(day), |day| days.on_or_after(day.next()))
}

/// Those of the next days.
fn near(days: &Workdays, from: Day) -> impl Iterator<Item = Day> {
    working(days, from).take_while(move |&day| day <= from.plus(DAYS_AHEAD))
}
