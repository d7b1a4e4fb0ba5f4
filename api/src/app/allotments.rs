//! Allotments and what is used of them, day by day.

use engine::calendar::civil::Date;
use engine::model::AllotmentIx;
use engine::promise::AllotmentRef;
use engine::units::Cents;

use super::App;

/// An allotment on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllotmentDay {
    /// Which, and when.
    pub of: AllotmentRef,
    /// Parcels planned, released and sent.
    pub used: i64,
    /// Parcels that still fit; below zero where the allotment was made smaller than what was planned already.
    pub left: i64,
    /// What room for one more is worth, as the price board counts now.
    pub price: Cents,
}

impl App {
    /// The local day it is at the network's first warehouse.
    pub fn today(&self) -> Date {
        let place = self.network.world.warehouses.iter().next();
        place.map_or(Date::ZERO, |place| place.calendar.date(self.now()))
    }

    /// The allotment on each of `days` days from `first` on on which it holds.
    pub fn allotment_days(&self, allotment: AllotmentIx, first: Date, days: usize) -> Vec<AllotmentDay> {
        let holds = &self.network.world.allotments[allotment];
        let now = self.now();
        self.read(|state| {
            let prices = state.board().at(now);
            let from = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(days);
            from.filter(|day| holds.holds_on(*day))
                .map(|day| {
                    let of = AllotmentRef { allotment, day };
                    let (used, left) = (state.parcels_under(&of), state.allotment_left(&of));
                    AllotmentDay { of, used, left, price: prices.allotment(&of) }
                })
                .collect()
        })
    }
}
