//! From the collection to the door.

use crate::model::{PostalIx, ServiceIx, WarehouseIx};
use crate::network::{Day, Network};
use crate::units::Timestamp;

use super::chain::NoPromise;

/// Delivery days tried for one that ends after the parcel is sorted: the first does, but for odd hours and zones.
const DELIVERY_DAYS_TRIED: usize = 8;

/// What becomes of a parcel after its collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    /// Sorted at the hub nearest the buyer; `None` where the carrier has no hubs.
    pub(super) sorted_at: Option<Timestamp>,
    /// At the door at the latest.
    pub(super) delivers_by: Timestamp,
}

/// When a carrier's service delivers to `postal` what it collects at `pickup_at`; `None` where it never does. Not for own
/// vans, whose windows say when.
pub fn delivery(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    pickup_at: Timestamp,
) -> Option<Timestamp> {
    arrival(network, service, warehouse, postal, pickup_at).ok().map(|arrival| arrival.delivers_by)
}

/// The end of the `days`-th delivery day after the one at whose end a parcel is scheduled.
pub(super) fn days_later(
    network: &Network,
    service: ServiceIx,
    postal: PostalIx,
    scheduled: Timestamp,
    days: u8,
) -> Option<Timestamp> {
    let (working, clock) = (network.timetable.delivery_days(service), network.timetable.door_clock(postal));
    let day = working.plus(clock.day(scheduled), u32::from(days))?;
    Some(clock.instant(day, network.world.services[service].delivers_until))
}

pub(super) fn arrival(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    pickup_at: Timestamp,
) -> Result<Arrival, NoPromise> {
    let published = published(network, service, warehouse, postal, pickup_at).ok_or(NoPromise::NoDeliveryDay)?;
    let Some((entry, exit)) = network.hubs(service, warehouse, postal) else {
        let delivers_by = at_door(network, service, postal, published, pickup_at)?;
        return Ok(Arrival { sorted_at: None, delivers_by });
    };
    let air = network.world.services[service].air;
    let sorted_at =
        network.line_haul.sorted_at(entry.hub, exit, pickup_at + entry.feeder, air).ok_or(NoPromise::NoLane)?;
    let day = published.max(network.line_haul.goes_out(exit, sorted_at));
    let delivers_by = at_door(network, service, postal, day, sorted_at)?;
    Ok(Arrival { sorted_at: Some(sorted_at), delivers_by })
}

/// The day that the carrier's brochure gives: working days by price column after the day of collection.
fn published(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    pickup_at: Timestamp,
) -> Option<Day> {
    let column = usize::from(network.column(service, warehouse, postal));
    let days = *network.world.services[service].days_by_column.get(column)?;
    let collected = network.timetable.clock(warehouse).day(pickup_at);
    network.timetable.collecting_days(service).plus(collected, days)
}

/// The end of the first delivery day on or after `day` that lies after `ready`.
fn at_door(
    network: &Network,
    service: ServiceIx,
    postal: PostalIx,
    day: Day,
    ready: Timestamp,
) -> Result<Timestamp, NoPromise> {
    let (days, clock) = (network.timetable.delivery_days(service), network.timetable.door_clock(postal));
    let until = network.world.services[service].delivers_until;
    std::iter::successors(days.on_or_after(day), |day| days.on_or_after(day.next()))
        .take(DELIVERY_DAYS_TRIED)
        .map(|day| clock.instant(day, until))
        .find(|&by| by > ready)
        .ok_or(NoPromise::NoDeliveryDay)
}
