//! What the price board asks for the capacity that a shipment takes, row by row.

use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::model::{SkuIx, WarehouseIx};
use crate::promise::{PickupRef, VolumeRef, WaveRef};
use crate::units::Cents;

use super::View;

/// A capacity with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scarce {
    /// Work of a wave.
    Work(WaveRef),
    /// Room at a collection, in parcels.
    Room(PickupRef),
    /// A day's volume at a carrier, in parcels.
    Volume(VolumeRef),
    /// Units of a SKU at a warehouse.
    Stock(SkuIx, WarehouseIx),
}

/// What a shipment takes of a scarce capacity, at which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Of what.
    pub of: Scarce,
    /// How many units of it.
    pub units: i64,
    /// Price of one.
    pub each: Cents,
}

impl Paid {
    /// All of it.
    pub fn total(&self) -> Cents {
        self.each * self.units
    }
}

/// The shadow prices that a shipment pays; free capacities are left out. Their sum steers the ranking and is never charged.
pub fn prices_paid(view: &View, planned: &PlannedShipment) -> Vec<Paid> {
    let (work, room) = ((planned.wave, planned.work), (PickupRef::from(planned), planned.parcels));
    asked(view, work, room, &planned.lines).filter(|paid| paid.each != Cents::ZERO).collect()
}

/// What the board asks for work of a wave, for parcels at a collection of the same warehouse, and for its goods; and for a
/// day's volume at least what the next parcel pays by the carrier's tiers.
pub(super) fn asked<'a>(
    view: &'a View<'_>,
    (wave, work): (WaveRef, i64),
    (pickup, parcels): (PickupRef, u32),
    lines: &'a [LineQuantity],
) -> impl Iterator<Item = Paid> + 'a {
    let board = view.board;
    let stock = lines.iter().map(move |line| Paid {
        of: Scarce::Stock(line.sku, wave.warehouse),
        units: i64::from(line.quantity),
        each: board.stock(line.sku, wave.warehouse),
    });
    let parcels = i64::from(parcels);
    let work = Paid { of: Scarce::Work(wave), units: work, each: board.work(&wave) };
    let room = Paid { of: Scarce::Room(pickup), units: parcels, each: board.pickup(&pickup) };
    let world = &view.network.world;
    let volume = VolumeRef::of(world, &pickup).map(|(day, tiers)| Paid {
        of: Scarce::Volume(day),
        units: parcels,
        each: board.volume(&day).max(tiers.next(day.parcels(world, view.load))),
    });
    [work, room].into_iter().chain(volume).chain(stock)
}
