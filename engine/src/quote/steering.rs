//! What the price board asks for the capacity that a shipment takes, row by row.

use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::model::{MerchantIx, SkuIx, WarehouseIx};
use crate::promise::{self, AllotmentRef, PickupRef, VolumeRef, WaveRef};
use crate::units::Cents;

use super::{Request, View};

/// A capacity with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scarce {
    /// Work of a wave.
    Work(WaveRef),
    /// Room at a collection, in parcels.
    Room(PickupRef),
    /// Room under an allotment on a day, in parcels.
    Allotment(AllotmentRef),
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

/// The shadow prices that a shipment of a request pays; free capacities are left out. Their sum steers the ranking and is never
/// charged. Of work and room it pays the price of what is guaranteed to its merchant or of what all share: the cheaper of
/// those that have room for it.
pub fn prices_paid(view: &View, request: &Request, planned: &PlannedShipment) -> Vec<Paid> {
    let (work, room) = ((planned.wave, planned.work), (PickupRef::from(planned), planned.parcels));
    asked(view, request, work, room, &planned.lines).filter(|paid| paid.each != Cents::ZERO).collect()
}

/// What the board asks a request for work of a wave, for parcels at a collection of the same warehouse and under their allotments,
/// and for its goods; and for a day's volume at least what the next parcel pays by the carrier's tiers.
pub(super) fn asked<'a>(
    view: &View<'a>,
    request: &Request,
    (wave, work): (WaveRef, i64),
    (pickup, parcels): (PickupRef, u32),
    lines: &'a [LineQuantity],
) -> impl Iterator<Item = Paid> + use<'a> {
    let (board, merchant) = (view.board, request.merchant);
    let stock = lines.iter().map(move |line| Paid {
        of: Scarce::Stock(line.sku, wave.warehouse),
        units: i64::from(line.quantity),
        each: board.stock(line.sku, wave.warehouse),
    });
    let work = Paid { of: Scarce::Work(wave), units: work, each: work_price(view, merchant, &wave, work) };
    let parcels = i64::from(parcels);
    let room = Paid { of: Scarce::Room(pickup), units: parcels, each: room_price(view, merchant, &pickup, parcels) };
    let allotted = AllotmentRef::of(view.network.world.allotment_book(), pickup, request.postal);
    let allotted =
        allotted.map(move |of| Paid { of: Scarce::Allotment(of), units: parcels, each: board.allotment(&of) });
    let volume = volume_price(view, &pickup, parcels);
    [work, room].into_iter().chain(volume).chain(allotted).chain(stock)
}

/// Whether none of that has a price, for as many parcels as there may be.
pub(super) fn is_free(
    view: &View,
    request: &Request,
    wave: &WaveRef,
    pickup: &PickupRef,
    lines: &[LineQuantity],
) -> bool {
    let (board, merchant) = (view.board, request.merchant);
    let free = |price: Cents| price == Cents::ZERO;
    let book = view.network.world.allotment_book();
    free(board.work(wave))
        && free(board.own_work(wave, merchant))
        && free(board.pickup(pickup))
        && free(board.own_pickup(pickup, merchant))
        && volume_price(view, pickup, 1).is_none_or(|paid| free(paid.each))
        && AllotmentRef::of(book, *pickup, request.postal).all(|of| free(board.allotment(&of)))
        && lines.iter().all(|line| free(board.stock(line.sku, wave.warehouse)))
}

fn volume_price(view: &View, pickup: &PickupRef, units: i64) -> Option<Paid> {
    let world = &view.network.world;
    let (day, tiers) = VolumeRef::of(world, pickup)?;
    let next = tiers.next(day.parcels(world, |service, date| view.load.collected(service, date)));
    Some(Paid { of: Scarce::Volume(day), units, each: view.board.volume(&day).max(next) })
}

fn work_price(view: &View, merchant: MerchantIx, wave: &WaveRef, need: i64) -> Cents {
    let (shared, own) = (view.board.work(wave), view.board.own_work(wave, merchant));
    cheaper(shared, own, need, || (view.load.own_work(wave), view.load.free_work(wave)))
}

fn room_price(view: &View, merchant: MerchantIx, pickup: &PickupRef, need: i64) -> Cents {
    let (shared, own) = (view.board.pickup(pickup), view.board.own_pickup(pickup, merchant));
    cheaper(shared, own, need, || {
        let capacity = promise::pickup_capacity(&view.network.world, pickup);
        (view.load.own_pickup(pickup), view.load.free_pickup(pickup, capacity))
    })
}

/// The price of a capacity: the merchant's own, or that of what all share. `left` tells what is left of the own part, and in all.
fn cheaper(shared: Cents, own: Cents, need: i64, left: impl FnOnce() -> (i64, i64)) -> Cents {
    if shared == own {
        return shared;
    }
    let (own_left, in_all) = left();
    match (own_left >= need, in_all - own_left.max(0) >= need) {
        (true, true) => shared.min(own),
        (true, false) => own,
        (false, _) => shared,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheaper_part_with_room_sets_the_price() {
        let check = |shared, own, left, expected| {
            assert_eq!(cheaper(Cents::new(shared), Cents::new(own), 3, || left), Cents::new(expected));
        };
        check(40, 0, (5, 9), 0);
        check(10, 25, (5, 9), 10);
        check(10, 25, (5, 7), 25);
        check(40, 0, (2, 9), 40);
        check(40, 0, (-6, 9), 40);
    }
}
