//! Shapes that several resources share, and their making from the domain's records.
//!
//! Instants are RFC 3339 in UTC, things are named by their ids, units stand in the fields' names.

use engine::fault::Fault;
use engine::fulfilment::{LineQuantity, Parcel, PlannedShipment};
use engine::model::{MerchantIx, ServiceLevel, World};
use engine::shipping::Boxed;
use engine::units::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{App, AppError};
use crate::auth::{Actor, Binding};

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Ground parcel, post, freight.
    Standard,
    /// The second working day.
    TwoDay,
    /// The next working day.
    Overnight,
    /// Within half a day by own vans.
    HalfDay,
}

impl From<Level> for ServiceLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Standard => Self::Standard,
            Level::TwoDay => Self::TwoDay,
            Level::Overnight => Self::Overnight,
            Level::HalfDay => Self::HalfDay,
        }
    }
}

impl From<ServiceLevel> for Level {
    fn from(level: ServiceLevel) -> Self {
        match level {
            ServiceLevel::Standard => Self::Standard,
            ServiceLevel::TwoDay => Self::TwoDay,
            ServiceLevel::Overnight => Self::Overnight,
            ServiceLevel::HalfDay => Self::HalfDay,
        }
    }
}

/// Where goods go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Five digits.
    #[schema(example = "10001")]
    pub postal_code: String,
    /// A home, not a business.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub residential: bool,
    /// A post-office box, to which only the post delivers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(default = false)]
    pub po_box: bool,
}

/// What is asked of a delivery beside bringing the goods; services that do not offer it are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// The goods are insured for their value.
    pub insured: bool,
    /// The buyer pays for the goods in cash at the door.
    pub cash_on_delivery: bool,
}

impl Terms {
    /// Together with those of a destination.
    pub fn at(self, po_box: bool) -> engine::fulfilment::Terms {
        let Self { insured, cash_on_delivery } = self;
        engine::fulfilment::Terms { po_box, insured, cash_on_delivery }
    }

    /// Those of an order.
    pub fn of(terms: engine::fulfilment::Terms) -> Self {
        Self { insured: terms.insured, cash_on_delivery: terms.cash_on_delivery }
    }
}

fn yes() -> bool {
    true
}

/// Units of one SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The merchant's id of the goods.
    #[schema(example = "SKU00001")]
    pub sku: String,
    /// Units, at least 1.
    #[schema(example = 1, minimum = 1)]
    pub quantity: i64,
}

/// A labelled box.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ParcelBody {
    /// Serial shipping container code (GS1 SSCC-18).
    pub sscc: String,
    /// Box type; null where the goods ship in their own packaging.
    pub carton: Option<String>,
    /// Weight with box.
    pub weight_g: i64,
    /// Outer length.
    pub length_mm: i64,
    /// Outer width.
    pub width_mm: i64,
    /// Outer height.
    pub height_mm: i64,
}

impl ParcelBody {
    /// The parcel on the wire.
    pub fn of(world: &World, parcel: &Parcel) -> Self {
        Self {
            sscc: parcel.id.to_string(),
            carton: parcel.carton.map(|carton| world.cartons[carton].id.to_string()),
            weight_g: parcel.gross.get(),
            length_mm: parcel.size.length.get(),
            width_mm: parcel.size.width.get(),
            height_mm: parcel.size.height.get(),
        }
    }
}

/// A shipment as planned.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlannedBody {
    /// From where.
    pub warehouse: String,
    /// By which service.
    pub service: String,
    /// In which wave: warehouse, date, number within the day.
    #[schema(example = "ABE-2025-11-11-2")]
    pub wave: String,
    /// When it is collected.
    pub ships_by: String,
    /// When it arrives by schedule.
    pub delivers_by: String,
    /// What it holds.
    pub lines: Vec<Line>,
    /// Parcels it makes.
    pub parcels: u32,
    /// What the carrier charges.
    pub carrier_cents: i64,
    /// Hands and cartons.
    pub handling_cents: i64,
}

impl PlannedBody {
    /// The shipment on the wire.
    pub fn of(world: &World, planned: &PlannedShipment) -> Self {
        Self {
            warehouse: world.warehouses[planned.warehouse].id.to_string(),
            service: world.services[planned.service].id.to_string(),
            wave: planned.wave.name(world),
            ships_by: instant(planned.pickup_at),
            delivers_by: instant(planned.delivers_by),
            lines: lines(world, &planned.lines),
            parcels: planned.parcels,
            carrier_cents: planned.carrier_cost.get(),
            handling_cents: planned.handling_cost.get(),
        }
    }
}

/// A box as it is to be packed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoxBody {
    /// Box type; null for own packaging.
    pub carton: Option<String>,
    /// Weight with box.
    pub weight_g: i64,
    /// Outer length.
    pub length_mm: i64,
    /// Outer width.
    pub width_mm: i64,
    /// Outer height.
    pub height_mm: i64,
    /// What is in it.
    pub contents: Vec<Line>,
}

impl BoxBody {
    /// The box on the wire.
    pub fn of(world: &World, b: &Boxed) -> Self {
        Self {
            carton: b.carton.map(|carton| world.cartons[carton].id.to_string()),
            weight_g: b.gross.get(),
            length_mm: b.size.length.get(),
            width_mm: b.size.width.get(),
            height_mm: b.size.height.get(),
            contents: lines(world, &b.lines),
        }
    }
}

/// Lines on the wire.
pub fn lines(world: &World, lines: &[LineQuantity]) -> Vec<Line> {
    lines
        .iter()
        .map(|line| Line { sku: world.skus[line.sku].id.to_string(), quantity: i64::from(line.quantity) })
        .collect()
}

/// Lines of a body, for [`App::find_lines`].
pub fn pairs(lines: &[Line]) -> Vec<(String, i64)> {
    lines.iter().map(|line| (line.sku.clone(), line.quantity)).collect()
}

/// An instant on the wire.
pub fn instant(at: Timestamp) -> String {
    engine::calendar::utc(at)
}

/// An instant from the wire, or a fault at `at`.
pub fn parse_instant(at: &str, field: &str, text: Option<&String>, faults: &mut Vec<Fault>) -> Option<Timestamp> {
    let text = text?;
    match engine::calendar::parse_timestamp(text) {
        Ok(time) => Some(time),
        Err(rule) => {
            faults.push(Fault::new(at, field, text, rule));
            None
        }
    }
}

/// A stage named in a query's `stage`.
pub fn parse_stage<T: DeserializeOwned>(text: Option<&String>, rule: &str) -> Result<Option<T>, AppError> {
    let Some(text) = text else { return Ok(None) };
    let found = serde_json::from_value(serde_json::Value::String(text.clone()));
    found.map(Some).map_err(|_| AppError::Invalid(vec![Fault::new("query", "stage", text, rule)]))
}

/// Refuses a query's `warehouse` that the network does not have.
pub fn known_warehouse(app: &App, id: Option<&String>) -> Result<(), AppError> {
    let mut faults = Vec::new();
    if let Some(id) = id {
        app.find_warehouse("query", id, &mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}

/// The merchant that a caller acts for by itself; `None` for those who act for the network.
pub fn own_merchant(app: &App, actor: &Actor) -> Option<MerchantIx> {
    match &actor.binding {
        Binding::Merchant(id) => world(app).merchant(id.as_str()),
        _ => None,
    }
}

/// A stage's name on the wire.
pub fn stage(stage: impl Serialize) -> String {
    match serde_json::to_value(stage) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The network of an app; short for the makers of bodies.
pub fn world(app: &App) -> &World {
    &app.network().world
}
