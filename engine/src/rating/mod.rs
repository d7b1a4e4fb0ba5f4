//! What does a carrier charge for a parcel?
//!
//! The version of the card that holds on the local date of the collection; the merchant's own card where it has one. Then
//!
//! - billable weight = the actual weight or, where the card bills by volume and the volume is above its threshold, the volume
//!   by its divisor if that is more, with sides in the card's steps; at least the least weights whose conditions hold; rounded
//!   up to the card's step and to the gram,
//! - base = max(rate(billable, column), minimum): the first row whose limit holds the weight, and beyond the last row so much
//!   for each further step, if the card says so; or a price a unit (piece, hundredweight, kilogram, litre), shared out exactly
//!   and rounded up, at least the column's minimum,
//! - then each rule in the card's order, if its condition holds: a fixed amount, a row of a table, so much a begun unit, or a share
//!   of a named set of the charges before it, of the goods' value, or of the cash to collect; at least and at most what it
//!   says. Of the rules of one exclusive group only one counts: of the highest priority the dearest, the first among equals.
//!   Discounts are taken off.
//! - Shares, and amounts of a card in another currency, are rounded as the card says, each line by itself; so lines add up.
//!
//! [`Cards`] holds all of it compiled: conditions as branches over dense tests, lists of areas as bits, tables as arrays.
//! [`Cards::total`] makes no allocation; [`Cards::price`] gives every line with its rule, its version and what it was computed
//! from; [`Cards::list_price`] leaves out rules that hang on dates or on the carrier's volume: the peak. Which parcels a service
//! refuses, and why, is [`NotCarried`]. Dates and load are not known here. [`Cards::span`] tells for how long a price holds, and whether it
//! is the least of further columns, or of larger parcels.

mod bill;
mod cards;
mod condition;
mod live;
mod rising;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::calendar::civil::Date;
use crate::model::{ChargeClass, MerchantIx, PostalIx};
use crate::units::{Cents, Grams, Millimetres, Size};

pub use cards::{Cards, PriceSpan};
pub use live::{LiveAsk, LiveRates, NoLiveRate};

/// What a carrier sees of a parcel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParcelFacts {
    /// Whose card counts; the service's own where `None`.
    pub merchant: Option<MerchantIx>,
    /// Outer size.
    pub size: Size,
    /// Weight with box.
    pub gross: Grams,
    /// Holds lithium cells.
    pub hazmat: bool,
    /// Holds fragile goods.
    pub fragile: bool,
    /// The goods travel in their own packaging.
    pub own_packaging: bool,
    /// Goes to a home.
    pub residential: bool,
    /// Goes to a post-office box.
    pub po_box: bool,
    /// Goes there.
    pub postal: PostalIx,
    /// Local date of the collection.
    pub pickup: Date,
    /// Value of the goods.
    pub value: Cents,
    /// The goods are insured for their value.
    pub insured: bool,
    /// Cash to collect at the door; 0 for none.
    pub collect: Cents,
}

impl ParcelFacts {
    /// A parcel to a business without anything special.
    pub fn plain(size: Size, gross: Grams, postal: PostalIx, pickup: Date) -> Self {
        Self {
            merchant: None,
            size,
            gross,
            hazmat: false,
            fragile: false,
            own_packaging: false,
            residential: false,
            po_box: false,
            postal,
            pickup,
            value: Cents::ZERO,
            insured: false,
            collect: Cents::ZERO,
        }
    }
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The rule within the tariff: `base`, `residential`, `fuel`.
    pub rule: Arc<str>,
    /// Text for people.
    pub label: Arc<str>,
    /// What it is for.
    pub class: ChargeClass,
    /// The tariff it stands in.
    pub tariff: Arc<str>,
    /// How much; below zero for a discount.
    pub amount: Cents,
    /// What it was computed from, for people.
    pub inputs: String,
}

/// A priced parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The weight that was billed.
    pub billable: Grams,
    /// The lines: base first, then in the tariff's order.
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
    /// Only the post delivers to post-office boxes.
    PoBox,
    /// Its card has no price for insured goods.
    NotInsured,
    /// Its card has no price for cash to collect at the door.
    NoCash,
    /// Heavier than the last step of the rate card.
    BeyondRates {
        /// The billable weight.
        billable: Grams,
    },
    /// No version of the card holds yet on the day of the collection.
    NotYet {
        /// When the first one does.
        from: Date,
    },
    /// The zone chart does not connect the two places.
    NoZone,
}

impl NotCarried {
    /// Whether it is a limit that the carrier could let off, and not the end of its rate card.
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::TooHeavy { .. }
                | Self::TooLarge { .. }
                | Self::Hazmat
                | Self::PoBox
                | Self::NotInsured
                | Self::NoCash
        )
    }
}

impl fmt::Display for NotCarried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooHeavy { gross, limit } => write!(f, "a parcel of {gross} is above its limit of {limit}"),
            Self::TooLarge { girth, limit } => write!(f, "length plus girth of {girth} is above its limit of {limit}"),
            Self::Hazmat => f.write_str("goods with lithium cells do not fly"),
            Self::PoBox => f.write_str("only the post delivers to post-office boxes"),
            Self::NotInsured => f.write_str("it does not insure goods"),
            Self::NoCash => f.write_str("it does not collect cash at the door"),
            Self::BeyondRates { billable } => write!(f, "its rate card ends below {billable}"),
            Self::NotYet { from } => write!(f, "its rate card begins on {from}"),
            Self::NoZone => f.write_str("its zone chart does not connect the two places"),
        }
    }
}
