//! What the price board asks for the capacity that a shipment takes, row by row.

use crate::board::PricesNow;
use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::model::{SkuIx, WarehouseIx};
use crate::promise::{PickupRef, WaveRef};
use crate::units::Cents;

/// A capacity with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scarce {
    /// Work of a wave.
    Work(WaveRef),
    /// Room at a collection, in parcels.
    Room(PickupRef),
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
pub fn prices_paid(board: PricesNow, planned: &PlannedShipment) -> Vec<Paid> {
    let (work, room) = ((planned.wave, planned.work), (PickupRef::from(planned), planned.parcels));
    asked(board, work, room, &planned.lines).filter(|paid| paid.each != Cents::ZERO).collect()
}

/// What the board asks for work of a wave, for parcels at a collection of the same warehouse, and for its goods.
pub(super) fn asked<'a>(
    board: PricesNow<'a>,
    (wave, work): (WaveRef, i64),
    (pickup, parcels): (PickupRef, u32),
    lines: &'a [LineQuantity],
) -> impl Iterator<Item = Paid> + 'a {
    let stock = lines.iter().map(move |line| Paid {
        of: Scarce::Stock(line.sku, wave.warehouse),
        units: i64::from(line.quantity),
        each: board.stock(line.sku, wave.warehouse),
    });
    let work = Paid { of: Scarce::Work(wave), units: work, each: board.work(&wave) };
    let room = Paid { of: Scarce::Room(pickup), units: i64::from(parcels), each: board.pickup(&pickup) };
    [work, room].into_iter().chain(stock)
}
