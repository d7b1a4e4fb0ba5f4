//! Carriers' allotments as rows of the backlog's problem: an allotment on a day is a row that parcels of any warehouse load.

use std::collections::BTreeMap;

use crate::board::{PriceBoard, PricesNow};
use crate::fulfilment::{BacklogOrder, PlannedShipment, State};
use crate::model::{PostalIx, World};
use crate::promise::{AllotmentRef, PickupRef};
use crate::units::Cents;

use super::{AllotmentRow, Counts, Duals, NO_ROW};

/// Allotments on days that some option of the problem loads.
pub(super) struct AllotmentRows<'a> {
    world: &'a World,
    /// By row, ascending.
    refs: Vec<AllotmentRef>,
}

impl<'a> AllotmentRows<'a> {
    /// Those that these shipments load.
    pub fn new<'s>(world: &'a World, options: impl Iterator<Item = (&'s PlannedShipment, PostalIx)>) -> Self {
        let book = world.allotment_book();
        let mut refs: Vec<AllotmentRef> = if book.all().is_empty() {
            Vec::new()
        } else {
            options.flat_map(|(planned, to)| AllotmentRef::of(book, PickupRef::from(planned), to)).collect()
        };
        refs.sort_unstable();
        refs.dedup();
        Self { world, refs }
    }

    /// The rows: what is free, and what these orders hold themselves.
    pub fn rows(&self, state: &State, orders: &[BacklogOrder]) -> Vec<AllotmentRow> {
        let mut held: BTreeMap<AllotmentRef, i64> = BTreeMap::new();
        for order in orders.iter().filter(|_| !self.refs.is_empty()) {
            for planned in &order.plan {
                let under = AllotmentRef::of(self.world.allotment_book(), PickupRef::from(planned), order.postal);
                under.for_each(|of| *held.entry(of).or_default() += i64::from(planned.parcels));
            }
        }
        let row = |of: &AllotmentRef| {
            let capacity = (state.allotment_left(of) + held.get(of).copied().unwrap_or(0)).max(0);
            AllotmentRow { capacity, counts: Counts::Parcels }
        };
        self.refs.iter().map(row).collect()
    }

    /// The rows that a shipment to `postal` loads.
    pub fn of(&self, planned: &PlannedShipment, postal: PostalIx) -> [u32; 2] {
        let mut rows = [NO_ROW; 2];
        if !self.refs.is_empty() {
            let under = AllotmentRef::of(self.world.allotment_book(), PickupRef::from(planned), postal);
            for (row, of) in rows.iter_mut().zip(under) {
                *row = self.refs.binary_search(&of).map_or(NO_ROW, |row| row as u32);
            }
        }
        rows
    }

    /// Whether the problem has a row of it.
    pub fn knows(&self, of: &AllotmentRef) -> bool {
        self.refs.binary_search(of).is_ok()
    }

    /// The board's prices as the solver's, in cents.
    pub fn warm(&self, prices: PricesNow) -> Vec<f64> {
        self.refs.iter().map(|of| prices.allotment(of).get() as f64).collect()
    }

    /// The solver's prices for the board.
    pub fn publish(&self, duals: &Duals, board: &mut PriceBoard) {
        let priced = self.refs.iter().zip(&duals.allotment).filter(|(_, price)| **price >= 0.5);
        board.allotment = priced.map(|(of, price)| (*of, Cents::new(price.round() as i64))).collect();
    }
}
