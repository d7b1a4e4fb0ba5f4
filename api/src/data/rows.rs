//! The rows of each file, as they stand.

use engine::calendar::civil::{Date, Time};
use engine::calendar::{Weekdays, parse_time};
use engine::model::{ReturnsTo, ServiceKind, ServiceLevel};
use serde::Deserialize;

use super::table::Row;

/// No number in a file is larger: sums and products of what is read stay far from overflow.
pub const LARGEST: i64 = 1_000_000_000_000;
/// No count in a file is larger.
const LARGEST_COUNT: u32 = 1_000_000_000;

/// `0` or `1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct Flag(pub bool);

impl TryFrom<u8> for Flag {
    type Error = String;
    fn try_from(digit: u8) -> Result<Self, String> {
        match digit {
            0 | 1 => Ok(Self(digit == 1)),
            _ => Err(format!("`{digit}` is no flag: use 0 or 1")),
        }
    }
}

/// A cell parsed from its text, so that a fault can quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LocalTime(pub Time);

impl TryFrom<String> for LocalTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        parse_time(&text).map(Self)
    }
}

/// As [`LocalTime`], for dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LocalDate(pub Date);

impl TryFrom<String> for LocalDate {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is no date: write YYYY-MM-DD"))
    }
}

/// What a cell's value breaks by its size or sign alone. Nothing in a file is negative but degrees.
trait Cell {
    fn outsize(&self) -> Option<String> {
        None
    }
}

impl Cell for i64 {
    fn outsize(&self) -> Option<String> {
        (!(0..=LARGEST).contains(self)).then(|| format!("must be a whole number from 0 to {LARGEST}"))
    }
}

impl Cell for u32 {
    fn outsize(&self) -> Option<String> {
        (*self > LARGEST_COUNT).then(|| format!("must be a whole number from 0 to {LARGEST_COUNT}"))
    }
}

impl<T: Cell> Cell for Option<T> {
    fn outsize(&self) -> Option<String> {
        self.as_ref().and_then(Cell::outsize)
    }
}

macro_rules! other_cells {
    ($($kind:ty),*) => {$(impl Cell for $kind {})*};
}

other_cells!(
    String,
    u8,
    f64,
    Flag,
    LocalTime,
    LocalDate,
    Weekdays,
    ServiceLevel,
    ServiceKind,
    RateKind,
    SideRounding,
    RoundingWord,
    ClassWord,
    Reach,
    ReturnsTo,
    RuleWord,
    Scope,
    ForPeople
);

/// A cell that only people read.
#[derive(Clone, Copy, Debug)]
pub struct ForPeople;

impl<'de> Deserialize<'de> for ForPeople {
    fn deserialize<D: serde::Deserializer<'de>>(cell: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(cell).map(|_| Self)
    }
}

// Columns after a `;` may be left out of a file.
macro_rules! rows {
    ($($name:ident { $($field:ident: $kind:ty),* $(,)? $(; $($more:ident: $more_kind:ty),*)? })*) => {$(
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $kind,)* $($(pub $more: Option<$more_kind>),*)? }

        impl Row for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
            const OPTIONAL: &'static [&'static str] = &[$($(stringify!($more)),*)?];
            fn outsize(&self) -> Option<String> {
                None$(.or_else(|| self.$field.outsize()))*$($(.or_else(|| self.$more.outsize()))*)?
            }
        }
    )*};
}

rows! {
    HolidayRow { date: LocalDate, name: ForPeople }
    MerchantRow { merchant: String, name: String, return_days: u32; returns_to: ReturnsTo }
    CategoryRow { category: String, return_rate_bp: u32, restock_bp: u32 }
    SkuRow {
        sku: String, merchant: String, category: String, length_mm: i64, width_mm: i64, height_mm: i64, weight_g: i64,
        price_cents: i64, fragile: Flag, hazmat: Flag, ships_alone: Flag,
    }
    CartonRow {
        carton: String, inner_length_mm: i64, inner_width_mm: i64, inner_height_mm: i64, outer_length_mm: i64,
        outer_width_mm: i64, outer_height_mm: i64, tare_g: i64, max_gross_g: i64, cost_cents: i64,
    }
    RegionRow { region: String, lat: f64, lon: f64 }
    PostalRow {
        postal_code: String, lat: f64, lon: f64, state: String, city: String, population: u32, time_zone: String, area: String,
    }
    ZoneRow { upper_limit_m: Option<i64>, column: u8 }
    WarehouseRow {
        warehouse: String, name: String, postal_code: String, open_days: Weekdays, per_shipment_cents: i64, per_unit_cents: i64,
        work_per_shipment: i64, work_per_unit: i64, pickers: u32, seconds_per_unit: i64, seconds_per_walk: i64,
        cart_shipments: u32, cart_units: u32, aisles: u32, bays: u32, aisle_pitch_mm: i64, bay_pitch_mm: i64, entry_mm: i64,
        walk_mm_per_s: i64,
    }
    WaveRow { warehouse: String, cut_off: LocalTime, lead_min: i64, work_capacity: i64 }
    CarrierRow { carrier: String, name: String }
    TariffRow {
        tariff: String, valid_from: LocalDate, dim_mm3_per_kg: Option<i64>, dim_above_mm3: Option<i64>, minimum_cents: i64,
        fuel_bp: i64;
        card: String, currency: String, side_step_um: i64, side_rounding: SideRounding, weight_step_ug: i64,
        least_billable: String, base_sets: String, rounding: RoundingWord, round_to_cents: i64
    }
    RateRow {
        tariff: String, row: RateKind, weight_g: i64, column_1_cents: i64;
        column_2_cents: i64, column_3_cents: i64, column_4_cents: i64, column_5_cents: i64, column_6_cents: i64,
        column_7_cents: i64, column_8_cents: i64, column_9_cents: i64, column_10_cents: i64, column_11_cents: i64,
        column_12_cents: i64, volume_mm3: i64
    }
    SurchargeRow {
        tariff: String, rule: String, label: String, conditions: String, amount_cents: String, group: String, fuelled: Flag;
        class: ClassWord, least_cents: i64, most_cents: i64, priority: u8, sets: String
    }
    ContractRow { merchant: String, service: String, card: String }
    ExchangeRow { currency: String, valid_from: LocalDate, rate: String }
    VolumeRatioRow { carrier: String, service: String, first_day: LocalDate, last_day: LocalDate, percent: i64 }
    ShopPriceRow {
        rule: String, merchant: String, channel: String, level: Option<ServiceLevel>, markup_percent: String, markup_cents: Option<i64>,
        least_cents: Option<i64>, round_to_cents: Option<i64>, free_from_cents: Option<i64>, first_day: Option<LocalDate>,
        last_day: Option<LocalDate>,
    }
    ZonePairRow { chart: String, origin: String, destination: String, zone: u8 }
    ServiceRow {
        service: String, carrier: String, name: String, level: ServiceLevel, kind: ServiceKind, tariff: String, air: Flag,
        max_weight_g: i64, max_girth_mm: Option<i64>, coverage: Reach, days_by_column: String, work_days: Weekdays,
        delivery_days: Weekdays, delivers_until: LocalTime, daily_capacity: u32, on_time_bp: u32;
        zone_chart: String, zones: String
    }
    VolumeTierRow {
        carrier: String, service: String, first_day: LocalDate, last_day: LocalDate, from_parcels: i64, surcharge_cents: i64,
    }
    CoverageRow { service: String, region: String }
    PickupRow { warehouse: String, service: String, at: LocalTime, capacity: u32 }
    HubRow { hub: String, carrier: String, postal_code: String, sort_min: i64, out_for_delivery: LocalTime }
    LaneRow { from: String, to: String, air: Flag, departures: String, days: Weekdays, duration_min: i64 }
    FleetRow {
        service: String, warehouse: String, radius_m: i64, vans: u32, van_parcels: u32, van_weight_g: i64, trips: u32,
        reload_min: i64, shift_start: LocalTime, shift_end: LocalTime, window_min: i64, stop_s: i64, metres_per_hour: i64,
        circuity_percent: i64, per_km_cents: i64, per_van_day_cents: i64,
    }
    AllotmentRow {
        allotment: String, carrier: String, service: String, warehouses: String, regions: String, states: String,
        first_day: Option<LocalDate>, last_day: Option<LocalDate>, parcels: u32,
    }
    GuaranteeRow {
        merchant: String, warehouse: String, service: String, work_bp: Option<u32>, pickup_bp: Option<u32>, release_min: i64,
    }
    StockRow { merchant: String, sku: String, warehouse: String, on_hand: i64 }
    OrderRow {
        order: String, placed_at: String, local_date: LocalDate, merchant: String, postal_code: String, residential: Flag,
        level: ServiceLevel,
    }
    OrderLineRow { order: String, sku: String, quantity: u32 }
    RuleRow {
        rule: String, merchant: String, channel: String, kind: RuleWord, limit: Option<i64>, scope: Option<Scope>,
        warehouses: String, skus: String, categories: String, price_cents: Option<i64>, first_day: Option<LocalDate>,
        last_day: Option<LocalDate>,
    }
}

/// Kind of a sourcing rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleWord {
    /// At most so many shipments.
    MaxSplits,
    /// Cents below which an order is sent whole.
    MinValueToSplit,
    /// Goods that are not split.
    NoSplit,
    /// Articles sent together.
    Kit,
    /// Kilometres from warehouse to buyer.
    MaxDistance,
    /// Units that stay.
    MinStockLeft,
    /// Warehouses to prefer.
    Preferred,
    /// Warehouses not to use.
    Blocked,
    /// Warehouses that release nothing.
    Offline,
    /// Orders a day.
    MaxOrdersADay,
}

/// What `no_split` keeps together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole order.
    Order,
    /// The goods listed.
    Goods,
}

/// Meaning of a row of `rates.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateKind {
    /// Price of a parcel up to this weight.
    UpTo,
    /// Least charge of a freight tariff.
    Minimum,
    /// Price a hundredweight from this weight on.
    HundredweightFrom,
    /// Price a kilogram from this weight on.
    KilogramFrom,
    /// Price a litre from this volume on.
    LitreFrom,
    /// Price a parcel.
    Piece,
    /// What each begun step of this weight adds beyond the last row.
    Further,
}

impl RateKind {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::UpTo => "up_to",
            Self::Minimum => "minimum",
            Self::HundredweightFrom => "hundredweight_from",
            Self::KilogramFrom => "kilogram_from",
            Self::LitreFrom => "litre_from",
            Self::Piece => "piece",
            Self::Further => "further",
        }
    }
}

/// How sides are rounded to the tariff's step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideRounding {
    /// Up.
    Up,
    /// To the nearest.
    Nearest,
}

/// How amounts are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingWord {
    /// Half up.
    HalfUp,
    /// Half to even.
    HalfEven,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWord {
    /// A surcharge.
    Surcharge,
    /// Fuel.
    Fuel,
    /// Insurance.
    Insurance,
    /// Cash on delivery.
    CashOnDelivery,
    /// Duty.
    Duty,
    /// Tax.
    Tax,
    /// Taken off.
    Discount,
}

/// Where a service delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Everywhere.
    Everywhere,
    /// In the regions of `coverage.csv`.
    Regions,
    /// Around the depot of its row in `fleets.csv`.
    Fleet,
}
