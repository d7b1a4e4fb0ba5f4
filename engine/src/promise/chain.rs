//! From an order's time to its delivery, link by link.

use std::fmt::{self, Write as _};

use crate::calendar::Clock;
use crate::model::{AllotmentIx, PostalIx, ServiceIx, WarehouseIx};
use crate::network::{Network, NoService};
use crate::units::Timestamp;

use super::arrival::{arrival, days_later};
use super::departure::{cut_off, pickup_with_room, waves, window_with_room};
use super::refs::{AllotmentRef, WaveLoad, WaveRef};
use super::track_record::TrackRecord;

/// When a shipment leaves and arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The wave it is picked in; for a packed shipment the one it was.
    pub wave: WaveRef,
    /// Until then the wave takes orders.
    pub cut_off: Timestamp,
    /// Stands at the dock.
    pub packed_by: Timestamp,
    /// Leaves the warehouse (ships by); for own vans the start of the delivery window.
    pub pickup_at: Timestamp,
    /// Sorted at the hub nearest the buyer; `None` where no hub is involved.
    pub sorted_at: Option<Timestamp>,
    /// Arrives at the latest.
    pub delivers_by: Timestamp,
    /// Delivery days after the scheduled one that are allowed for lateness, since too few parcels have come in time of late.
    pub allowance: u8,
    /// The allotment that is used up on the day of an earlier collection, which would have had room otherwise.
    pub used_up: Option<AllotmentRef>,
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
    /// The carrier's allotment is used up on every day on which a collection has room.
    UsedUp(AllotmentIx),
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
            Self::UsedUp(_) => f.write_str("what the carrier takes on this lane is used up in the next days"),
            Self::NoLane => f.write_str("no line-haul leads to the buyer's region"),
            Self::NoDeliveryDay => f.write_str("no delivery day in the service's calendar"),
        }
    }
}

/// What a shipment asks of wave and collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Units of work.
    pub work: i64,
    /// Parcels.
    pub parcels: i64,
}

/// Waves looked at before giving up: a week of three a day.
const WAVES_AHEAD: usize = 21;

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
    let wave = || first_wave(network, warehouse, now, need.work, load);
    in_first_wave(network, service, (warehouse, wave), postal, need, load)
}

/// The first wave of a warehouse in which so much work is free for an order placed `now`; the same for every service.
pub fn first_wave(
    network: &Network,
    warehouse: WarehouseIx,
    now: Timestamp,
    work: i64,
    load: &dyn WaveLoad,
) -> Option<WaveRef> {
    let mut next = waves(network, warehouse, now).take(WAVES_AHEAD);
    next.find(|(wave, _)| load.free_work(wave) >= work).map(|(wave, _)| wave)
}

/// As [`earliest`], with a [`first_wave`] that may be known.
pub fn in_first_wave(
    network: &Network,
    service: ServiceIx,
    (warehouse, wave): (WarehouseIx, impl FnOnce() -> Option<WaveRef>),
    postal: PostalIx,
    need: Need,
    load: &dyn WaveLoad,
) -> Result<Promise, NoPromise> {
    serves(network, service, warehouse, postal, load)?;
    let wave = wave().ok_or(NoPromise::NoWave)?;
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
    let lead = network.world.warehouses[wave.warehouse].waves[usize::from(wave.slot)].lead;
    from_dock(network, service, wave, postal, cut_off(network, &wave) + lead, need, load)
}

/// The promise for a shipment of `wave` that stands packed at `packed_by`.
pub fn from_dock(
    network: &Network,
    service: ServiceIx,
    wave: WaveRef,
    postal: PostalIx,
    packed_by: Timestamp,
    need: Need,
    load: &dyn WaveLoad,
) -> Result<Promise, NoPromise> {
    serves(network, service, wave.warehouse, postal, load)?;
    let (pickup_at, used_up, sorted_at, delivers_by, allowance) = match network.fleet_of(service) {
        Some(fleet) => {
            let window = window_with_room(network, fleet, packed_by, need, load).ok_or(NoPromise::NoPickup)?;
            (window.starts, None, None, window.ends, 0)
        }
        None => {
            let (found, used_up) = pickup_with_room(network, wave.warehouse, service, postal, packed_by, need, load);
            let nothing = used_up.map_or(NoPromise::NoPickup, |of| NoPromise::UsedUp(of.allotment));
            let pickup_at = found.ok_or(nothing)?;
            let arrival = arrival(network, service, wave.warehouse, postal, pickup_at)?;
            let allowed = |record: &TrackRecord| record.allowance(network, service, wave.warehouse, postal);
            let allowance = load.track_record().map_or(0, allowed);
            let delivers_by = match allowance {
                0 => arrival.delivers_by,
                days => {
                    days_later(network, service, postal, arrival.delivers_by, days).ok_or(NoPromise::NoDeliveryDay)?
                }
            };
            (pickup_at, used_up, arrival.sorted_at, delivers_by, allowance)
        }
    };
    let cut_off = cut_off(network, &wave);
    Ok(Promise { wave, cut_off, packed_by, pickup_at, sorted_at, delivers_by, allowance, used_up })
}

/// Whether the service connects the two places, or would if its area were no matter. A collection or a depot that is not
/// there cannot be let off.
fn serves(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    load: &dyn WaveLoad,
) -> Result<(), NoPromise> {
    match network.serves(service, warehouse, postal) {
        Err(reason) if !(reason.is_area() && load.waives(service)) => Err(NoPromise::Service(reason)),
        _ => Ok(()),
    }
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
    /// It arrives at a hub on the way.
    Hauled,
    /// It is sorted near the buyer.
    Sorted,
    /// It is at the door.
    Delivered,
}

/// A link with its instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which link.
    pub kind: StepKind,
    /// When.
    pub at: Timestamp,
    /// Where, by the clock of the place, for people.
    pub note: String,
}

impl Promise {
    /// The chain of instants that makes the date, for the service and the place it was promised for.
    pub fn chain(&self, network: &Network, service: ServiceIx, postal: PostalIx) -> Vec<Step> {
        let world = &network.world;
        let warehouse = self.wave.warehouse;
        let (dock, door) = (network.timetable.clock(warehouse), network.timetable.door_clock(postal));
        let product = &world.services[service];
        let step = |kind, at, clock: &Clock, what: fmt::Arguments<'_>| {
            let mut note = String::with_capacity(80);
            // A string takes all that is written to it.
            let _ = note.write_fmt(what);
            note.push_str(", ");
            clock.write_wall(&mut note, at);
            Step { kind, at, note }
        };
        let allotment = self.used_up.and_then(|of| Some((world.allotments.get(of.allotment)?, of.day)));
        let used_up = allotment
            .map_or_else(String::new, |(allotment, day)| format!(" (allotment {} is used up on {day})", allotment.id));
        let mut chain = vec![
            step(StepKind::CutOff, self.cut_off, dock, format_args!("{} closes", self.wave.name(world))),
            step(
                StepKind::Packed,
                self.packed_by,
                dock,
                format_args!("packed at {}", world.warehouses[warehouse].name),
            ),
            step(StepKind::Collected, self.pickup_at, dock, format_args!("{} leaves the dock{used_up}", product.name)),
        ];
        if let (Some(sorted_at), Some((entry, exit))) = (self.sorted_at, network.hubs(service, warehouse, postal)) {
            let ready = self.pickup_at + entry.feeder;
            let way = network.line_haul.earliest_arrival(entry.hub, exit, ready, product.air);
            for leg in way.into_iter().flat_map(|way| way.legs) {
                let (from, to) = (&world.hubs[leg.from], &world.hubs[leg.to]);
                let departs = from.calendar.clock().wall(leg.departs);
                let what = format_args!("{} leaves {departs}; at {}", from.id, to.id);
                chain.push(step(StepKind::Hauled, leg.arrives, to.calendar.clock(), what));
            }
            let hub = &world.hubs[exit];
            chain.push(step(StepKind::Sorted, sorted_at, hub.calendar.clock(), format_args!("sorted at {}", hub.id)));
        }
        let late = match self.allowance {
            0 => String::new(),
            days => format!(", {days} delivery day(s) after schedule as parcels are late now"),
        };
        let arrives = format_args!("at the latest in {}{late}", world.postals[postal].city);
        chain.push(step(StepKind::Delivered, self.delivers_by, door, arrives));
        chain
    }
}
