//! Rate cards as data. [`crate::rating`] turns them into charges.

use crate::calendar::civil::Date;
use crate::index_type;
use crate::units::{Cents, CubicMillimetres, Grams, Millimetres};

index_type!(
    /// A rate card.
    TariffIx
);

/// The rate card of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Tariff {
    /// Its name and version, quoted by every charge.
    pub id: String,
    /// First local day on which it holds.
    pub valid_from: Date,
    /// Dimensional weight, where the carrier bills it.
    pub dim_weight: Option<DimWeight>,
    /// Base price.
    pub rates: RateTable,
    /// Least base price of a parcel.
    pub minimum: Cents,
    /// Fuel in basis points of base price and surcharges that are [`Surcharge::fuelled`].
    pub fuel_bp: i64,
    /// Rules that add a line, in the order in which they are printed.
    pub surcharges: Vec<Surcharge>,
}

/// Volume that counts as weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DimWeight {
    /// Cubic millimetres that count as one gram, times 1,000 (5,000 cm3/kg = 5,000,000).
    pub mm3_per_kg: i64,
    /// Only parcels larger than this are billed by volume.
    pub above: CubicMillimetres,
}

/// Base price by billable weight and price column.
#[derive(Clone, Debug, PartialEq)]
pub enum RateTable {
    /// A row a weight step: the parcel pays the first row whose limit holds its billable weight.
    Steps {
        /// Upper limits, ascending.
        limits: Vec<Grams>,
        /// `prices[row * columns + column]`.
        prices: Vec<Cents>,
        /// Price columns (zones).
        columns: usize,
    },
    /// Freight: a price a hundredweight (45,359 g) that falls with the weight, and a least charge.
    PerHundredweight {
        /// Least charge by column.
        minimum: Vec<Cents>,
        /// Lower limits of the weight classes, ascending.
        classes: Vec<Grams>,
        /// `prices[class * columns + column]`, a hundredweight.
        prices: Vec<Cents>,
    },
}

/// A rule that adds a charge line to a parcel.
#[derive(Clone, Debug, PartialEq)]
pub struct Surcharge {
    /// Its name within the tariff: `residential`, `peak.oversize`.
    pub rule: String,
    /// Text of the charge line.
    pub label: String,
    /// When it applies; all must hold.
    pub conditions: Vec<Condition>,
    /// What it adds.
    pub charged: Charged,
    /// Of rules of one group, only the dearest that applies is charged.
    pub group: Option<String>,
    /// Fuel is charged on it too.
    pub fuelled: bool,
}

/// A condition of a surcharge.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The consignee is a home.
    Residential,
    /// The destination is listed as an area of this kind (`delivery_area`, `extended_area`).
    Area(String),
    /// The longest edge is above this.
    LongestOver(Millimetres),
    /// The second-longest edge is above this.
    SecondOver(Millimetres),
    /// Length plus girth is above this.
    GirthOver(Millimetres),
    /// The volume is above this.
    VolumeOver(CubicMillimetres),
    /// The actual weight is above this.
    WeightOver(Grams),
    /// The parcel is picked up on a local date from `first` to `last`, both included.
    Dates {
        /// First day.
        first: Date,
        /// Last day.
        last: Date,
    },
}

/// What a surcharge adds to one parcel.
#[derive(Clone, Debug, PartialEq)]
pub enum Charged {
    /// A fixed amount.
    Fixed(Cents),
    /// An amount by billable weight: the first step whose limit holds it, the last for anything heavier.
    ByWeight(Vec<(Grams, Cents)>),
}
