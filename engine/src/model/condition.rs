//! When a rule of a rate card applies: a tree over the facts of a parcel.

use crate::calendar::civil::Date;

use super::ServiceIx;

/// A condition. "Over" means strictly above; date windows include both days.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All hold; of none it is true.
    All(Vec<Condition>),
    /// One holds at least.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A flag of the parcel is set.
    Flag(Flag),
    /// The parcel goes by one of these services, of those that share the card.
    Service(Vec<ServiceIx>),
    /// The price column is one of these, 0-based, both ends included.
    Columns(u8, u8),
    /// The destination is listed as an area of this kind (`delivery_area`, `extended_area`).
    Area(String),
    /// The destination's code begins like a code from the first to the last of one of these ranges, as long as they are.
    Postals(Vec<(String, String)>),
    /// A measure of the parcel is above this.
    Over(Measure, i64),
    /// The parcel is picked up on a local date from the first to the last.
    Dates(Date, Date),
}

/// What is true or false of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// The consignee is a home.
    Residential,
    /// It holds lithium cells.
    Hazmat,
    /// It holds fragile goods.
    Fragile,
    /// The goods travel in their own packaging.
    OwnPackaging,
    /// Its goods are insured.
    Insured,
    /// Cash is collected at the door.
    CashOnDelivery,
}

impl Flag {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Residential, Self::Hazmat, Self::Fragile, Self::OwnPackaging, Self::Insured, Self::CashOnDelivery];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Residential => "residential",
            Self::Hazmat => "hazmat",
            Self::Fragile => "fragile",
            Self::OwnPackaging => "own_packaging",
            Self::Insured => "insured",
            Self::CashOnDelivery => "cash_on_delivery",
        }
    }
}

/// What can be measured of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The longest edge, in millimetres.
    Longest,
    /// The second-longest edge.
    Second,
    /// The shortest edge.
    Shortest,
    /// Length plus girth: the longest edge and twice the others.
    Girth,
    /// The volume, in cubic millimetres.
    Volume,
    /// The actual weight, in grams.
    Weight,
    /// The billable weight, in grams; 0 where that is still to be found.
    Billable,
    /// The value of the goods, in the network's smallest unit.
    Value,
    /// The carrier's volume in percent of the usual one ([`super::VolumeRatio`]); 100 where nothing is told.
    VolumeRatio,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Longest,
        Self::Second,
        Self::Shortest,
        Self::Girth,
        Self::Volume,
        Self::Weight,
        Self::Billable,
        Self::Value,
        Self::VolumeRatio,
    ];

    /// The word in files, unit included.
    pub fn word(self) -> &'static str {
        match self {
            Self::Longest => "longest_mm",
            Self::Second => "second_mm",
            Self::Shortest => "shortest_mm",
            Self::Girth => "girth_mm",
            Self::Volume => "volume_mm3",
            Self::Weight => "weight_g",
            Self::Billable => "billable_g",
            Self::Value => "value_cents",
            Self::VolumeRatio => "volume_ratio_percent",
        }
    }
}

impl Condition {
    /// Always true.
    pub const ALWAYS: Self = Self::All(Vec::new());

    /// Whether this or a part of it passes a test.
    pub fn has(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        let parts = match self {
            Self::All(parts) | Self::Any(parts) => parts.as_slice(),
            Self::Not(part) => std::slice::from_ref(&**part),
            _ => &[],
        };
        test(self) || parts.iter().any(|part| part.has(test))
    }
}
