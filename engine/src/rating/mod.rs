//! What does a carrier charge for a parcel?
//!
//! total = base + sum of surcharges + fuel, in whole cents, with
//!
//! - billable weight = max(actual, ceil(volume / divisor)) where the tariff bills by volume and the volume is above its
//!   threshold, else the actual weight; grams,
//! - base = max(rate(billable, column), minimum); a rate of weight steps is the price of the first row whose limit holds the
//!   weight, one by the hundredweight is ceil(weight / 45,359 g x price of the weight's class), at least the column's minimum,
//! - surcharges: each rule whose conditions all hold; of the rules of one exclusive group only the dearest, the first among
//!   equals; "over" means strictly above, date windows include both days, weight conditions look at the actual weight and
//!   amounts by weight at the billable one,
//! - fuel = a share in basis points of base and fuelled surcharges together, rounded half up once.
//!
//! [`price`] gives every line with its rule, its tariff and what it was computed from; [`total`] the same sum without the
//! lines, for planners, [`list_price`] without
//! the peak. Which parcels a service refuses, and why, is [`NotCarried`]. Dates and load are not known here.

mod bill;
mod rules;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::calendar::civil::Date;
use crate::model::PostalIx;
use crate::units::{Cents, Grams, Millimetres, Size};

pub use bill::{billable, list_price, price, total, total_waived};

/// What a carrier sees of a parcel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParcelFacts {
    /// Outer size.
    pub size: Size,
    /// Weight with box.
    pub gross: Grams,
    /// Holds lithium cells.
    pub hazmat: bool,
    /// Goes to a home.
    pub residential: bool,
    /// Goes there.
    pub postal: PostalIx,
    /// Local date of the collection.
    pub pickup: Date,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The rule within the tariff: `base`, `residential`, `fuel`.
    pub rule: String,
    /// Text for people.
    pub label: String,
    /// The tariff it stands in.
    pub tariff: String,
    /// How much.
    pub amount: Cents,
    /// What it was computed from, for people.
    pub inputs: String,
}

/// A priced parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The weight that was billed.
    pub billable: Grams,
    /// The lines: base first, surcharges in the tariff's order, fuel last.
    pub charges: Vec<Charge>,
    /// Their sum.
    pub total: Cents,
}

/// Why a service does not take a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCarried {
    /// Heavier than the service takes.
    TooHeavy {
        /// The parcel.
        gross: Grams,
        /// The limit.
        limit: Grams,
    },
    /// Longer and thicker than the service takes.
    TooLarge {
        /// Length plus girth of the parcel.
        girth: Millimetres,
        /// The limit.
        limit: Millimetres,
    },
    /// Lithium cells do not fly.
    Hazmat,
    /// Heavier than the last step of the rate card.
    BeyondRates {
        /// The billable weight.
        billable: Grams,
    },
}

impl NotCarried {
    /// Whether it is a limit that the carrier could let off, and not the end of its rate card.
    pub fn is_limit(&self) -> bool {
        !matches!(self, Self::BeyondRates { .. })
    }
}

impl fmt::Display for NotCarried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooHeavy { gross, limit } => write!(f, "a parcel of {gross} is above its limit of {limit}"),
            Self::TooLarge { girth, limit } => write!(f, "length plus girth of {girth} is above its limit of {limit}"),
            Self::Hazmat => f.write_str("goods with lithium cells do not fly"),
            Self::BeyondRates { billable } => write!(f, "its rate card ends below {billable}"),
        }
    }
}
