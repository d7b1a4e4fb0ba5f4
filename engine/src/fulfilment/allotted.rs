//! Parcels by allotment and day, derived from every event.
//!
//! A parcel counts on the local day of the collection that it is planned for, from the acceptance of its order on. Once it is
//! tendered for another collection, because it missed its own, it counts on that one's day. A shipment counts the parcels
//! that it was planned with, or its labels once it is packed in fewer; one of which nothing could be picked counts none.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::ShipmentId;
use crate::model::{AllotmentBook, PostalIx};
use crate::promise::{AllotmentRef, PickupRef};
use crate::units::Timestamp;

use super::record::{PlannedShipment, Shipment, ShipmentStage};
use super::{Refusal, State};

/// What is used of every allotment.
#[derive(Clone, Debug)]
pub(super) struct Allotted {
    book: Arc<AllotmentBook>,
    /// Without those of which nothing is used.
    parcels: BTreeMap<AllotmentRef, i64>,
    /// Collections that shipments were tendered for, where it is not the one they were planned for.
    tendered: BTreeMap<ShipmentId, Timestamp>,
}

impl Allotted {
    pub(super) fn new(book: &Arc<AllotmentBook>) -> Self {
        Self { book: Arc::clone(book), parcels: BTreeMap::new(), tendered: BTreeMap::new() }
    }

    /// Counts parcels of a collection (`parcels` below zero: no longer).
    fn count(&mut self, pickup: PickupRef, postal: PostalIx, parcels: i64) {
        for of in AllotmentRef::of(&self.book, pickup, postal) {
            let used = self.parcels.entry(of).or_default();
            *used += parcels;
            if *used == 0 {
                self.parcels.remove(&of);
            }
        }
    }

    /// Counts a plan (`sign` 1) or no longer (-1).
    pub(super) fn plan(&mut self, plan: &[PlannedShipment], postal: PostalIx, sign: i64) {
        for planned in plan {
            self.count(PickupRef::from(planned), postal, sign * i64::from(planned.parcels));
        }
    }

    /// Counts a released shipment as it is (`sign` 1) or no longer (-1).
    pub(super) fn shipment(&mut self, shipment: &Shipment, sign: i64) {
        let pickup = self.pickup(shipment);
        self.count(pickup, shipment.postal, sign * parcels(shipment));
    }

    /// The collection on whose day a shipment counts.
    fn pickup(&self, shipment: &Shipment) -> PickupRef {
        let planned = PickupRef::from(&shipment.plan);
        PickupRef { at: self.tendered.get(&shipment.id).copied().unwrap_or(planned.at), ..planned }
    }

    /// Notes that a shipment is tendered for a collection; `None` for the one it is planned for.
    pub(super) fn tender(&mut self, id: &ShipmentId, at: Option<Timestamp>) {
        match at {
            Some(at) => self.tendered.insert(id.clone(), at),
            None => self.tendered.remove(id),
        };
    }
}

/// Parcels that count.
fn parcels(shipment: &Shipment) -> i64 {
    let (planned, labels) = (i64::from(shipment.plan.parcels), shipment.parcels.len() as i64);
    match shipment.stage {
        ShipmentStage::Void => 0,
        _ if labels == 0 => planned,
        _ => labels.min(planned),
    }
}

/// A change of what is used of allotments.
pub(super) struct Allotting<'a> {
    state: &'a State,
    net: BTreeMap<AllotmentRef, i64>,
}

impl Allotting<'_> {
    /// Adds a plan (`sign` 1) or takes it away (-1).
    pub(super) fn plan(mut self, plan: &[PlannedShipment], postal: PostalIx, sign: i64) -> Self {
        for planned in plan {
            self.count(PickupRef::from(planned), postal, sign * i64::from(planned.parcels));
        }
        self
    }

    /// Adds what a released shipment would count at another collection, and takes away what it counts now.
    pub(super) fn move_to(mut self, shipment: &Shipment, pickup: PickupRef, parcels_then: i64) -> Self {
        let now = self.state.allotted.pickup(shipment);
        self.count(now, shipment.postal, -parcels(shipment));
        self.count(pickup, shipment.postal, parcels_then);
        self
    }

    /// Adds what a shipment would count if it were tendered for this collection.
    pub(super) fn tender(self, shipment: &Shipment, pickup: PickupRef) -> Self {
        self.move_to(shipment, pickup, parcels(shipment))
    }

    fn count(&mut self, pickup: PickupRef, postal: PostalIx, parcels: i64) {
        for of in AllotmentRef::of(&self.state.allotted.book, pickup, postal) {
            *self.net.entry(of).or_default() += parcels;
        }
    }

    /// The allotments that it would exceed, ascending. What is exceeded already, as it may be after a network's file has changed,
    /// may stay or become less.
    pub(super) fn exceeded(&self) -> Vec<AllotmentRef> {
        let over = |(of, more): &(&AllotmentRef, &i64)| **more > 0 && **more > self.state.allotment_left(of);
        self.net.iter().filter(over).map(|(of, _)| *of).collect()
    }

    /// Refuses what would exceed one.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let Some(of) = self.exceeded().first().copied() else { return Ok(()) };
        let id = self.state.allotted.book.all()[of.allotment].id.clone();
        Err(Refusal::Allotted { allotment: id, day: of.day, left: self.state.allotment_left(&of).max(0) })
    }
}

impl State {
    /// Parcels by allotment and day; what is not listed is not used.
    pub fn allotted(&self) -> &BTreeMap<AllotmentRef, i64> {
        &self.allotted.parcels
    }

    /// Parcels that count under an allotment on its day.
    pub fn parcels_under(&self, of: &AllotmentRef) -> i64 {
        self.allotted.parcels.get(of).copied().unwrap_or(0)
    }

    /// Parcels that still fit under an allotment on its day; may be negative.
    pub fn allotment_left(&self, of: &AllotmentRef) -> i64 {
        of.capacity(&self.allotted.book) - self.parcels_under(of)
    }

    /// Parcels that a packed shipment would be more under each allotment on its day if a collection took it other than the one it
    /// counts for.
    pub fn allotted_more(&self, shipment: &Shipment, at: Timestamp) -> Vec<(AllotmentRef, i64)> {
        let pickup = PickupRef { at, ..PickupRef::from(&shipment.plan) };
        let moved = self.allotting().tender(shipment, pickup);
        moved.net.into_iter().filter(|(_, more)| *more > 0).collect()
    }

    /// A change to check.
    pub(super) fn allotting(&self) -> Allotting<'_> {
        Allotting { state: self, net: BTreeMap::new() }
    }
}
