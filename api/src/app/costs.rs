//! What it cost to serve: the ledger of charges on the state as it stands; nothing is written.

use engine::calendar::civil::Date;
use engine::cost_to_serve::{self, LedgerRow};
use engine::model::MerchantIx;

use super::App;

/// Which charges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChargeFilter {
    /// Of this merchant only.
    pub merchant: Option<MerchantIx>,
    /// Of this day and later, by the warehouse's local date.
    pub from: Option<Date>,
    /// Of this day and earlier.
    pub to: Option<Date>,
}

impl App {
    /// Looks at the charges that the filter admits. All of them are of one moment, so that what is made of them agrees.
    pub fn charges<R>(&self, filter: &ChargeFilter, look: impl FnOnce(&[LedgerRow<'_>]) -> R) -> R {
        self.read(|state| {
            let mut rows = cost_to_serve::charges(&self.network.world, state);
            rows.retain(|row| {
                filter.merchant.is_none_or(|merchant| merchant == row.merchant)
                    && filter.from.is_none_or(|from| row.day >= from)
                    && filter.to.is_none_or(|to| row.day <= to)
            });
            look(&rows)
        })
    }
}
