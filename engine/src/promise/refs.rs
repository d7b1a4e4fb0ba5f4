//! Names of waves and collections, and what is left of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::civil::Date;
use crate::calendar::{self, Day};
use crate::ids::{ChannelId, WaveId};
use crate::model::{AllotmentBook, AllotmentIx, MerchantIx, PostalIx, RuleIx, ServiceIx, WarehouseIx, World};
use crate::rating::LiveRates;
use crate::units::Timestamp;

use super::track_record::TrackRecord;

/// A wave: a slot of a local day at a warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WaveRef {
    /// Where.
    pub warehouse: WarehouseIx,
    /// The warehouse's local date.
    pub date: Date,
    /// Which of the day's waves, from 0.
    pub slot: u8,
}

impl WaveRef {
    /// The wave's public id: `ABE-2025-11-11-1`, numbered from 1.
    pub fn id(&self, world: &World) -> WaveId {
        WaveId::new(&self.name(world)).expect("ids, dates and digits make an id")
    }

    /// The same as text.
    pub fn name(&self, world: &World) -> String {
        let mut text = String::with_capacity(20);
        text.push_str(world.warehouses[self.warehouse].id.as_str());
        text.push('-');
        calendar::write_date(&mut text, Day::of(self.date));
        text.push('-');
        text.push_str(&(self.slot + 1).to_string());
        // A warehouse id has at most 64 characters of the allowed kind; a longer text is cut, never refused.
        text.split_off(text.len().saturating_sub(64))
    }

    /// The wave with this public id, if the world has it.
    pub fn parse(id: &str, world: &World) -> Option<Self> {
        let (rest, slot) = id.rsplit_once('-')?;
        let (warehouse, date) = rest.split_at_checked(rest.len().checked_sub(10)?)?;
        let warehouse = world.warehouse(warehouse.strip_suffix('-')?)?;
        let slot: u8 = slot.parse::<u8>().ok()?.checked_sub(1)?;
        let known = usize::from(slot) < world.warehouses[warehouse].waves.len();
        known.then_some(Self { warehouse, date: date.parse().ok()?, slot })
    }
}

impl fmt::Display for WaveRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wave {} of {} at warehouse {}", self.slot + 1, self.date, self.warehouse.0)
    }
}

/// A collection: a service at a warehouse at an instant. Own vans collect at the start of a delivery window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PickupRef {
    /// Where.
    pub warehouse: WarehouseIx,
    /// For which service.
    pub service: ServiceIx,
    /// When.
    pub at: Timestamp,
}

impl fmt::Display for PickupRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "service {} at warehouse {} at {}", self.service.0, self.warehouse.0, self.at)
    }
}

/// An allotment on a day: the local date of collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AllotmentRef {
    /// Which.
    pub allotment: AllotmentIx,
    /// The day.
    pub day: Date,
}

impl AllotmentRef {
    /// The allotments that a collection's parcels to `postal` fall under.
    pub fn of(book: &AllotmentBook, pickup: PickupRef, postal: PostalIx) -> impl Iterator<Item = Self> {
        let all = book.of(pickup.service, pickup.warehouse, postal, pickup.at);
        all.map(|(allotment, day)| Self { allotment, day })
    }

    /// Parcels that it admits; none where the world has no such allotment.
    pub fn capacity(&self, book: &AllotmentBook) -> i64 {
        book.all().get(self.allotment).map_or(0, |allotment| i64::from(allotment.parcels))
    }
}

/// What is left of waves, collections and allotments, and what is known of punctuality and live rates.
///
/// A load that changes what another says names that one as [`WaveLoad::beneath`] and answers only what it changes: the rest is
/// asked there, also what this trait learns later. What no load answers is endless.
pub trait WaveLoad {
    /// The load that answers what this one does not; `None` where nothing more is known.
    fn beneath(&self) -> Option<&dyn WaveLoad> {
        None
    }

    /// Work that still fits into the wave; may be negative.
    fn free_work(&self, wave: &WaveRef) -> i64 {
        self.beneath().map_or(i64::MAX, |load| load.free_work(wave))
    }

    /// Parcels that still fit into the collection, of the `capacity` it has; may be negative.
    fn free_pickup(&self, pickup: &PickupRef, capacity: i64) -> i64 {
        self.beneath().map_or(i64::MAX, |load| load.free_pickup(pickup, capacity))
    }

    /// Parcels that still fit under the allotment on its day, of the `capacity` it has; may be negative.
    fn free_allotment(&self, allotment: &AllotmentRef, capacity: i64) -> i64 {
        self.beneath().map_or(i64::MAX, |load| load.free_allotment(allotment, capacity))
    }

    /// Work left of what the wave guarantees to whom it is asked for; below zero where more is used, 0 where nothing is said.
    fn own_work(&self, wave: &WaveRef) -> i64 {
        self.beneath().map_or(0, |load| load.own_work(wave))
    }

    /// As [`WaveLoad::own_work`], of a collection's parcels.
    fn own_pickup(&self, pickup: &PickupRef) -> i64 {
        self.beneath().map_or(0, |load| load.own_pickup(pickup))
    }

    /// When `need` fits into the wave because others' guarantees are released; `None` where these are not what stands in the way.
    fn work_released(&self, wave: &WaveRef, need: i64) -> Option<Timestamp> {
        self.beneath()?.work_released(wave, need)
    }

    /// As [`WaveLoad::work_released`], of a collection of this capacity.
    fn pickup_released(&self, pickup: &PickupRef, capacity: i64, need: i64) -> Option<Timestamp> {
        self.beneath()?.pickup_released(pickup, capacity, need)
    }

    /// Parcels that a service collects on a local date in the whole network, planned and released.
    fn collected(&self, service: ServiceIx, date: Date) -> i64 {
        self.beneath().map_or(0, |load| load.collected(service, date))
    }

    /// Whether the service's area and its limits on parcels are let off. Never in earnest: explanations ask what would be.
    fn waives(&self, service: ServiceIx) -> bool {
        self.beneath().is_some_and(|load| load.waives(service))
    }

    /// Orders of a merchant and a channel, or of all, that are planned or released in the waves of a day of a warehouse.
    fn orders_on(
        &self,
        warehouse: WarehouseIx,
        day: Date,
        merchant: Option<MerchantIx>,
        channel: Option<&ChannelId>,
    ) -> i64 {
        self.beneath().map_or(0, |load| load.orders_on(warehouse, day, merchant, channel))
    }

    /// How punctual services and docks have been; `None` where nothing was learned.
    fn track_record(&self) -> Option<&TrackRecord> {
        self.beneath()?.track_record()
    }

    /// What carriers with live rates have answered; `None` where all go by their cards.
    fn live_rates(&self) -> Option<&LiveRates> {
        self.beneath()?.live_rates()
    }

    /// Whether a sourcing rule is let off. Never in earnest, as [`WaveLoad::waives`].
    fn lifts(&self, rule: RuleIx) -> bool {
        self.beneath().is_some_and(|load| load.lifts(rule))
    }
}

/// Everything is empty, and endless.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl WaveLoad for Unlimited {}
