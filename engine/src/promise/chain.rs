//! From an order's time to its delivery, link by link.

use std::fmt;

use crate::calendar::civil::Date;
use crate::calendar::{self, Calendar};
use crate::model::{Coverage, Fleet, FleetIx, PostalIx, ServiceIx, WarehouseIx, World};
use crate::network::{Network, NoService};
use crate::units::{Seconds, Timestamp};

use super::refs::{PickupRef, WaveLoad, WaveRef};

/// When a shipment leaves and arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The wave it is picked in; for a packed shipment the one it was.
    pub wave: WaveRef,
    /// Until then the wave takes orders.
    pub cut_off: Timestamp,
    /// Stands at the dock.
    pub packed_by: Timestamp,
    /// Leaves the warehouse.
    pub pickup_at: Timestamp,
    /// Sorted at the hub nearest the buyer; `None` where no hub is involved.
    pub sorted_at: Option<Timestamp>,
    /// Arrives at the latest.
    pub delivers_by: Timestamp,
    /// Share of such parcels that do, in basis points.
    pub confidence_bp: u32,
}

/// A link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The wave closes.
    CutOff,
    /// The parcel stands at the dock.
    Packed,
    /// The carrier, or the van, takes it.
    Collected,
    /// It is sorted near the buyer.
    Sorted,
    /// It is at the door.
    Delivered,
}

/// A link with its instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which link.
    pub kind: StepKind,
    /// When.
    pub at: Timestamp,
}

impl Promise {
    /// The chain of instants that makes the date.
    pub fn chain(&self) -> Vec<Step> {
        let step = |kind, at| Step { kind, at };
        let mut chain = vec![
            step(StepKind::CutOff, self.cut_off),
            step(StepKind::Packed, self.packed_by),
            step(StepKind::Collected, self.pickup_at),
        ];
        chain.extend(self.sorted_at.map(|at| step(StepKind::Sorted, at)));
        chain.push(step(StepKind::Delivered, self.delivers_by));
        chain
    }
}

/// Why there is no promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPromise {
    /// The service does not connect the two places.
    Service(NoService),
    /// The warehouse has no wave with room in the next days.
    NoWave,
    /// No collection with room in the next days.
    NoPickup,
    /// No line-haul leads to the buyer's hub.
    NoLane,
    /// The service never delivers there.
    NoDeliveryDay,
}

impl fmt::Display for NoPromise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(reason) => write!(f, "{reason}"),
            Self::NoWave => f.write_str("the warehouse has no free wave in the next days"),
            Self::NoPickup => f.write_str("no collection has room in the next days"),
            Self::NoLane => f.write_str("no line-haul leads to the buyer's region"),
            Self::NoDeliveryDay => f.write_str("no delivery day in the service's calendar"),
        }
    }
}

/// Waves looked at before giving up: a week of three a day.
const WAVES_AHEAD: usize = 21;
/// Collections looked at before giving up.
const PICKUPS_AHEAD: usize = 14;
/// Speed from dock to hub and in town, metres an hour.
const FEEDER_SPEED: i64 = 60_000;

/// What a shipment asks of wave and collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Units of work.
    pub work: i64,
    /// Parcels.
    pub parcels: i64,
}

/// The earliest promise for an order placed `now`: the first wave and collection with room.
pub fn earliest(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    now: Timestamp,
    need: Need,
    load: &dyn WaveLoad,
) -> Result<Promise, NoPromise> {
    network.serves(service, warehouse, postal).map_err(NoPromise::Service)?;
    let wave = next_waves(network, warehouse, now, WAVES_AHEAD)
        .into_iter()
        .find(|wave| load.free_work(wave) >= need.work)
        .ok_or(NoPromise::NoWave)?;
    for_wave(network, service, wave, postal, need, load)
}

/// The promise if the shipment is picked in `wave`; that the wave has room is the caller's concern.
pub fn for_wave(
    network: &Network,
    service: ServiceIx,
    wave: WaveRef,
    postal: PostalIx,
    need: Need,
    load: &dyn WaveLoad,
) -> Result<Promise, NoPromise> {
    let cut_off = cut_off(network, &wave);
    let packed_by = cut_off + network.world.warehouses[wave.warehouse].waves[usize::from(wave.slot)].lead;
    let Promise { pickup_at, sorted_at, delivers_by, confidence_bp, .. } =
        from_dock(network, service, wave, postal, packed_by, need, load)?;
    Ok(Promise { wave, cut_off, packed_by, pickup_at, sorted_at, delivers_by, confidence_bp })
}

/// The promise for a shipment that stands packed at `packed_by`.
pub fn from_dock(
    network: &Network,
    service: ServiceIx,
    wave: WaveRef,
    postal: PostalIx,
    packed_by: Timestamp,
    need: Need,
    load: &dyn WaveLoad,
) -> Result<Promise, NoPromise> {
    network.serves(service, wave.warehouse, postal).map_err(NoPromise::Service)?;
    let confidence_bp = network.world.services[service].on_time_bp;
    let promise = |pickup_at, sorted_at, delivers_by| Promise {
        wave,
        cut_off: cut_off(network, &wave),
        packed_by,
        pickup_at,
        sorted_at,
        delivers_by,
        confidence_bp,
    };
    if let Some(fleet) = network.fleet_of(service) {
        let (starts, ends) = window_with_room(network, fleet, packed_by, need, load).ok_or(NoPromise::NoPickup)?;
        return Ok(promise(starts, None, ends));
    }
    let pickup_at =
        pickup_with_room(network, wave.warehouse, service, packed_by, need, load).ok_or(NoPromise::NoPickup)?;
    let (sorted_at, delivers_by) = arrival(network, service, wave.warehouse, postal, pickup_at)?;
    Ok(promise(pickup_at, sorted_at, delivers_by))
}

/// When a wave closes.
pub fn cut_off(network: &Network, wave: &WaveRef) -> Timestamp {
    let warehouse = &network.world.warehouses[wave.warehouse];
    warehouse.calendar.instant(wave.date, warehouse.waves[usize::from(wave.slot)].cut_off)
}

/// The next `count` waves of a warehouse that still take orders at `now`, by cut-off. A cut-off's own instant still counts.
pub fn next_waves(network: &Network, warehouse: WarehouseIx, now: Timestamp, count: usize) -> Vec<WaveRef> {
    let place = &network.world.warehouses[warehouse];
    let mut waves = Vec::with_capacity(count);
    let mut day = place.calendar.working_on_or_after(place.calendar.date(now));
    while let Some(date) = day.filter(|_| waves.len() < count) {
        let of_day = (0..place.waves.len()).map(|slot| WaveRef { warehouse, date, slot: slot as u8 });
        waves.extend(of_day.filter(|wave| cut_off(network, wave) >= now).take(count - waves.len()));
        day = date.tomorrow().ok().and_then(|next| place.calendar.working_on_or_after(next));
    }
    waves
}

/// The next collection of a service at a warehouse at or after `not_before`, and the parcels it takes.
pub fn next_pickup(
    network: &Network,
    warehouse: WarehouseIx,
    service: ServiceIx,
    not_before: Timestamp,
) -> Option<(Timestamp, u32)> {
    let days = collection_days(network, warehouse, service);
    network
        .world
        .pickups_at(warehouse, service)
        .filter_map(|pickup| Some((days.next_at(pickup.at, not_before)?, pickup.capacity)))
        .min_by_key(|&(at, _)| at)
}

/// When a service delivers what it collects at `pickup_at`.
pub fn delivery(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    pickup_at: Timestamp,
) -> Option<Timestamp> {
    arrival(network, service, warehouse, postal, pickup_at).ok().map(|(_, delivers_by)| delivers_by)
}

/// The delivery windows of a fleet that start at or after `not_before`, as (start, end), `count` of them.
pub fn windows(network: &Network, fleet: FleetIx, not_before: Timestamp, count: usize) -> Vec<(Timestamp, Timestamp)> {
    let fleet = &network.world.fleets[fleet];
    let days = collection_days(network, fleet.warehouse, fleet.service);
    let mut found = Vec::with_capacity(count);
    let mut day = days.working_on_or_after(days.date(not_before));
    while let Some(date) = day.filter(|_| found.len() < count) {
        let (opens, closes) = (days.instant(date, fleet.shift_start), days.instant(date, fleet.shift_end));
        let mut start = opens;
        while start + fleet.window <= closes && found.len() < count {
            if start >= not_before {
                found.push((start, start + fleet.window));
            }
            start = start + fleet.window;
        }
        day = date.tomorrow().ok().and_then(|next| days.working_on_or_after(next));
    }
    found
}

/// Parcels that a collection has room for when it is empty; none where the world has no such collection.
pub fn pickup_capacity(world: &World, pickup: &PickupRef) -> i64 {
    if let Coverage::Fleet(fleet) = world.services[pickup.service].coverage {
        return window_capacity(&world.fleets[fleet]);
    }
    let time = world.warehouses[pickup.warehouse].calendar.local(pickup.at).time();
    world.pickups_at(pickup.warehouse, pickup.service).find(|p| p.at == time).map_or(0, |p| i64::from(p.capacity))
}

/// One trip of every van a window, so that a window's parcels can be loaded before it starts.
fn window_capacity(fleet: &Fleet) -> i64 {
    i64::from(fleet.vans) * i64::from(fleet.van_parcels)
}

fn window_with_room(
    network: &Network,
    fleet: FleetIx,
    packed_by: Timestamp,
    need: Need,
    load: &dyn WaveLoad,
) -> Option<(Timestamp, Timestamp)> {
    let own = &network.world.fleets[fleet];
    let capacity = window_capacity(own);
    windows(network, fleet, packed_by, PICKUPS_AHEAD).into_iter().find(|&(start, _)| {
        let pickup = PickupRef { warehouse: own.warehouse, service: own.service, at: start };
        load.free_pickup(&pickup, capacity) >= need.parcels
    })
}

fn pickup_with_room(
    network: &Network,
    warehouse: WarehouseIx,
    service: ServiceIx,
    packed_by: Timestamp,
    need: Need,
    load: &dyn WaveLoad,
) -> Option<Timestamp> {
    let mut not_before = packed_by;
    for _ in 0..PICKUPS_AHEAD {
        let (at, capacity) = next_pickup(network, warehouse, service, not_before)?;
        if load.free_pickup(&PickupRef { warehouse, service, at }, i64::from(capacity)) >= need.parcels {
            return Some(at);
        }
        not_before = at + Seconds::new(1);
    }
    None
}

/// The days on which a service collects, by the warehouse's clock.
fn collection_days(network: &Network, warehouse: WarehouseIx, service: ServiceIx) -> Calendar {
    let world = &network.world;
    let zone = world.warehouses[warehouse].calendar.zone().clone();
    Calendar::new(zone, world.services[service].work_days, world.holidays.clone())
}

/// When it is sorted near the buyer, and when it is delivered.
fn arrival(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    pickup_at: Timestamp,
) -> Result<(Option<Timestamp>, Timestamp), NoPromise> {
    let world = &network.world;
    let product = &world.services[service];
    let zone = network.zone_of(postal);
    let door = Calendar::new(zone.clone(), product.delivery_days, world.holidays.clone());
    let collected = collection_days(network, warehouse, service);
    let days = product.days_by_column[usize::from(network.column(warehouse, postal))];
    let published = collected.plus_working_days(collected.date(pickup_at), days).ok_or(NoPromise::NoDeliveryDay)?;
    let (sorted_at, by_timetable) = match network.hubs(service, warehouse, postal) {
        None => (None, published),
        Some((origin, destination)) => {
            let feeder = feeder_time(network, warehouse, origin);
            let air = product.air && origin != destination;
            let sorted_at = network
                .line_haul
                .sorted_at(world, origin, destination, air, pickup_at + feeder)
                .ok_or(NoPromise::NoLane)?;
            (Some(sorted_at), out_for_delivery(&world.hubs[destination], sorted_at).ok_or(NoPromise::NoDeliveryDay)?)
        }
    };
    let date = door.working_on_or_after(published.max(by_timetable)).ok_or(NoPromise::NoDeliveryDay)?;
    Ok((sorted_at, calendar::instant(date, product.delivers_until, zone)))
}

/// The date on which a parcel sorted at `sorted_at` goes out.
fn out_for_delivery(hub: &crate::model::Hub, sorted_at: Timestamp) -> Option<Date> {
    let local = hub.calendar.local(sorted_at);
    if local.time() <= hub.out_for_delivery { Some(local.date()) } else { local.date().tomorrow().ok() }
}

fn feeder_time(network: &Network, warehouse: WarehouseIx, hub: crate::model::HubIx) -> Seconds {
    let metres = crate::network::great_circle(network.world.warehouses[warehouse].at, network.world.hubs[hub].at).get();
    Seconds::new(metres * 3600 / FEEDER_SPEED)
}
