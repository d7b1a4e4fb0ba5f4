//! What the price board asks for the capacity that a shipment takes, row by row.

use crate::board::PricesNow;
use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::model::{PostalIx, SkuIx, WarehouseIx, World};
use crate::promise::{AllotmentRef, PickupRef, WaveRef};
use crate::units::Cents;

/// A capacity with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scarce {
    /// Work of a wave.
    Work(WaveRef),
    /// Room at a collection, in parcels.
    Room(PickupRef),
    /// Room under an allotment on a day, in parcels.
    Allotment(AllotmentRef),
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

/// The shadow prices that a shipment to `postal` pays; free capacities are left out. Their sum steers the ranking and is never
/// charged.
pub fn prices_paid(world: &World, board: PricesNow, postal: PostalIx, planned: &PlannedShipment) -> Vec<Paid> {
    let (work, room) = ((planned.wave, planned.work), (PickupRef::from(planned), planned.parcels));
    Asking { world, board, postal }.all(work, room, &planned.lines).filter(|paid| paid.each != Cents::ZERO).collect()
}

/// Asks the board for the prices of a shipment to a place.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub world: &'a World,
    pub board: PricesNow<'a>,
    pub postal: PostalIx,
}

impl<'a> Asking<'a> {
    /// What it asks for work of a wave, for parcels at a collection of the same warehouse and under their allotments, and for goods.
    pub fn all(
        self,
        (wave, work): (WaveRef, i64),
        (pickup, parcels): (PickupRef, u32),
        lines: &'a [LineQuantity],
    ) -> impl Iterator<Item = Paid> + 'a {
        let (board, parcels) = (self.board, i64::from(parcels));
        let stock = lines.iter().map(move |line| Paid {
            of: Scarce::Stock(line.sku, wave.warehouse),
            units: i64::from(line.quantity),
            each: board.stock(line.sku, wave.warehouse),
        });
        let work = Paid { of: Scarce::Work(wave), units: work, each: board.work(&wave) };
        let room = Paid { of: Scarce::Room(pickup), units: parcels, each: board.pickup(&pickup) };
        let allotted = AllotmentRef::of(self.world.allotment_book(), pickup, self.postal);
        let allotted =
            allotted.map(move |of| Paid { of: Scarce::Allotment(of), units: parcels, each: board.allotment(&of) });
        [work, room].into_iter().chain(allotted).chain(stock)
    }
}
