//! Rates of parcels as they are.

use engine::calendar::civil::Date;
use engine::fulfilment::State;
use engine::model::MerchantIx;
use engine::quote::{self, ParcelRate, ParcelRates, Parcels, View};
use engine::units::Timestamp;

use super::App;

/// Whoever asks without a merchant: nothing is reserved for it.
const NOBODY: MerchantIx = MerchantIx(u32::MAX);

impl App {
    /// Rates for parcels handed over now, or on the morning of a later day; with the chances to arrive by the end of `by`, if that is
    /// asked.
    pub fn parcel_rates(&self, parcels: &Parcels, ship_on: Option<Date>, by: Option<Date>) -> ParcelRates {
        let now = self.now();
        self.viewed(parcels, now, |view| quote::parcel_rates(view, parcels, now, ship_on, by))
    }

    /// By service, the latest day to ship on so that parcels arrive by the end of `by` with a chance of at least `enough`.
    pub fn ship_dates(&self, parcels: &Parcels, by: Date, enough: f64) -> Vec<ParcelRate> {
        let now = self.now();
        self.viewed(parcels, now, |view| quote::ship_dates(view, parcels, now, by, enough))
    }

    fn viewed<T>(&self, parcels: &Parcels, now: Timestamp, ask: impl Fn(&View) -> T) -> T {
        self.read(|state: &State| {
            let load = state.load(&self.network.world).of(parcels.merchant.unwrap_or(NOBODY), now);
            ask(&View { network: &self.network, ledger: state.ledger(), load: &load, board: state.board().at(now) })
        })
    }
}
