//! Rate cards as data. [`crate::rating`] compiles them and turns them into charges.
//!
//! A card has versions; the one with the latest first day not after the local date of the collection holds. A version never
//! changes: a new price is a new version. Amounts are in the smallest unit of the version's currency.

use crate::calendar::civil::Date;
use crate::index_type;
use crate::units::{Cents, CubicMillimetres, Grams};

use super::condition::{Condition, Measure};
use super::{CarrierIx, MerchantIx, ServiceIx};

index_type!(
    /// A version of a rate card.
    TariffIx
);
index_type!(
    /// A rate card.
    CardIx
);

/// A rate card: what a service charges, over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub id: String,
    /// Its versions.
    pub versions: Vec<TariffIx>,
}

/// A merchant's own card for a service, in place of the service's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Whose.
    pub merchant: MerchantIx,
    /// For which service.
    pub service: ServiceIx,
    /// The card.
    pub card: CardIx,
}

/// A version of a rate card.
#[derive(Clone, Debug, PartialEq)]
pub struct Tariff {
    /// Its name and version, quoted by every charge.
    pub id: String,
    /// First local day of collection on which it holds, until the next version of its card.
    pub valid_from: Date,
    /// Which weight is billed.
    pub weighing: Weighing,
    /// Base price.
    pub rates: RateTable,
    /// Least base price of a parcel.
    pub minimum: Cents,
    /// Sets of charges that the base price belongs to, beside `all` and `base`.
    pub base_sets: Vec<String>,
    /// Rules that add a line, in the order in which they are worked out and printed.
    pub surcharges: Vec<Surcharge>,
    /// How amounts that do not come out even are rounded.
    pub rounding: Rounding,
    /// Its currency where it is not the network's: an entry of [`super::Parts::exchange`].
    pub currency: Option<String>,
}

/// Sets of charges that a tariff may name, `all` and `base` included, and exclusive groups.
pub const MOST_SETS: usize = 16;
/// See [`MOST_SETS`].
pub const MOST_GROUPS: usize = 32;

impl Tariff {
    /// The sets of charges that it names, in the order in which they are numbered: `all`, `base`, then as they come.
    pub fn sets(&self) -> Vec<&str> {
        let mut names = vec!["all", "base"];
        for name in self.surcharges.iter().flat_map(|rule| &rule.sets).chain(&self.base_sets) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}

/// How the billable weight of a parcel is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighing {
    /// Sides count in whole steps of this many micrometres (an inch: 25,400).
    pub side_step_um: i64,
    /// Whether a side is rounded to the nearest step, at least one, instead of up.
    pub side_nearest: bool,
    /// Dimensional weight, where the carrier bills it.
    pub dim: Option<DimWeight>,
    /// The billable weight is rounded up to whole steps of this many micrograms (a pound: 453,592,370), then to the gram.
    pub weight_step_ug: i64,
    /// Least billable weights: of those whose condition holds the largest.
    pub least: Vec<(Condition, Grams)>,
}

impl Default for Weighing {
    /// The actual weight, in grams.
    fn default() -> Self {
        Self { side_step_um: 1_000, side_nearest: false, dim: None, weight_step_ug: 1_000_000, least: Vec::new() }
    }
}

/// Volume that counts as weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DimWeight {
    /// Cubic millimetres that count as one gram, times 1,000 (5,000 cm3/kg = 5,000,000).
    pub mm3_per_kg: i64,
    /// Only parcels larger than this are billed by volume.
    pub above: CubicMillimetres,
}

/// Base price by what is billed and price column.
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
        /// What each begun step above the last row adds; none where the card ends there.
        further: Option<Further>,
    },
    /// A price a unit that may change with the amount, and a least charge.
    PerUnit {
        /// What is counted.
        unit: RateUnit,
        /// Least charge by column.
        minimum: Vec<Cents>,
        /// Lower limits of the classes of amounts, ascending.
        classes: Vec<i64>,
        /// `prices[class * columns + column]`, a unit.
        prices: Vec<Cents>,
    },
}

/// Steps beyond the last row: the "continued weight" of first-and-step cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Further {
    /// A step.
    pub step: Grams,
    /// What each begun one adds, by column.
    pub prices: Vec<Cents>,
}

/// What a price a unit counts; amounts are shared out exactly and rounded up to the cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateUnit {
    /// Parcels.
    Piece,
    /// A hundredweight of billable weight: 45,359 g.
    Hundredweight,
    /// A kilogram of billable weight.
    Kilogram,
    /// A litre of volume.
    Litre,
}

/// A rule that adds a charge line to a parcel.
#[derive(Clone, Debug, PartialEq)]
pub struct Surcharge {
    /// Its name within the tariff: `residential`, `peak.oversize`.
    pub rule: String,
    /// Text of the charge line.
    pub label: String,
    /// What kind of line it is.
    pub class: ChargeClass,
    /// When it applies.
    pub when: Condition,
    /// What it adds.
    pub charged: Charged,
    /// At least this.
    pub least: Cents,
    /// At most this.
    pub most: Option<Cents>,
    /// Of the rules of one group that apply only one is charged: of the highest priority the dearest.
    pub group: Option<String>,
    /// Rank within its group; higher goes first.
    pub priority: u8,
    /// Sets of charges that it belongs to, beside `all`.
    pub sets: Vec<String>,
}

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeClass {
    /// The base price.
    Transport,
    /// A surcharge.
    Surcharge,
    /// Fuel.
    Fuel,
    /// Cover for loss and damage.
    Insurance,
    /// Cash collected at the door.
    CashOnDelivery,
    /// Duty on goods.
    Duty,
    /// Tax on charges.
    Tax,
    /// Taken off the bill.
    Discount,
}

impl ChargeClass {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Transport,
        Self::Surcharge,
        Self::Fuel,
        Self::Insurance,
        Self::CashOnDelivery,
        Self::Duty,
        Self::Tax,
        Self::Discount,
    ];

    /// The word in files and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Surcharge => "surcharge",
            Self::Fuel => "fuel",
            Self::Insurance => "insurance",
            Self::CashOnDelivery => "cash_on_delivery",
            Self::Duty => "duty",
            Self::Tax => "tax",
            Self::Discount => "discount",
        }
    }
}

/// What a rule adds to one parcel, before [`Surcharge::least`] and [`Surcharge::most`].
#[derive(Clone, Debug, PartialEq)]
pub enum Charged {
    /// A fixed amount.
    Fixed(Cents),
    /// The row of the first limit that holds the measure, the last for anything larger.
    Table {
        /// What is looked up.
        measure: Measure,
        /// Upper limits, ascending, each with one amount, or one a price column.
        rows: Vec<(i64, Vec<Cents>)>,
    },
    /// An amount for each begun unit.
    PerUnit {
        /// What is counted.
        measure: Measure,
        /// Size of a unit.
        unit: i64,
        /// What is free.
        above: i64,
        /// Price of a unit.
        each: Cents,
    },
    /// A share.
    Share {
        /// Millionths of it.
        ppm: i64,
        /// Of what.
        of: ShareOf,
    },
}

/// What a share is taken of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareOf {
    /// A set of the charges before it: `all`, `base`, or as named.
    Set(String),
    /// The value of the goods.
    Value,
    /// What is collected at the door.
    CashOnDelivery,
}

/// How amounts are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// To multiples of this, at least 1 of the smallest unit (Swiss cash: 5).
    pub to: i64,
    /// Which way.
    pub mode: RoundingMode,
}

impl Default for Rounding {
    /// To the smallest unit, half up.
    fn default() -> Self {
        Self { to: 1, mode: RoundingMode::HalfUp }
    }
}

/// Which way amounts are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundingMode {
    /// To the nearest, the half upwards.
    HalfUp,
    /// To the nearest, the half to the even one.
    HalfEven,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

/// What a smallest unit of another currency is worth from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The currency: `CAD`.
    pub currency: String,
    /// First local day of collection; until the next one of the currency.
    pub from: Date,
    /// Millionths of the network's smallest unit.
    pub ppm: i64,
}

/// How a carrier's volume compares with what it counts as usual: peak surcharges look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRatio {
    /// Whose.
    pub carrier: CarrierIx,
    /// Of this service alone; of all the carrier's where `None`.
    pub service: Option<ServiceIx>,
    /// First local day of collection.
    pub first: Date,
    /// Last one, included.
    pub last: Date,
    /// Percent of the usual volume, as the carrier has told it.
    pub percent: i64,
}
