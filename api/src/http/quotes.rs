//! Quotes.

use std::sync::Arc;

use axum::extract::State;
use engine::explain::Words;
use engine::ids::{ChannelId, MerchantId};
use engine::model::PriceLine;
use engine::promise::{Step, StepKind};
use engine::quote::{Answer, QuoteOption};
use engine::rating::Charge;
use engine::shipping::{self, Destination as To};
use engine::units::Seconds;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::Caller;
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, Destination, Level, Line, PlannedBody, instant};
use crate::app::{App, AppError, Cart};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create))
}

/// A cart and where it goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuoteRequest {
    /// Whose cart; needed only with a key that is not bound to a merchant.
    #[schema(value_type = Option<String>, example = "loomlark")]
    merchant: Option<MerchantId>,
    /// Where it is sold, as sourcing rules name it.
    #[schema(value_type = Option<String>, example = "web")]
    channel: Option<ChannelId>,
    /// Where it goes.
    destination: Destination,
    /// What is in it, each SKU once.
    lines: Vec<Line>,
}

/// Options, best first, and what is missing.
#[derive(Debug, Serialize, ToSchema)]
struct QuoteBody {
    /// No option is dearer, later and of a slower level than another.
    options: Vec<OptionBody>,
    /// Services that cannot be offered, and why.
    missing: Vec<MissingBody>,
    /// Lines that the network cannot fill; then there are no options.
    shortages: Vec<ShortageBody>,
    /// What sourcing rules left out.
    ruled_out: Vec<RuledBody>,
}

/// Something that a sourcing rule left out.
#[derive(Debug, Serialize, ToSchema)]
struct RuledBody {
    /// The rule.
    rule: String,
    /// Its kind, as in the network's files.
    kind: &'static str,
    /// The warehouse that it keeps out; null where it is about how the cart is split.
    warehouse: Option<String>,
    /// The goods that it keeps back there; null for all.
    sku: Option<String>,
    /// In words.
    text: String,
}

/// Something a shop can offer.
#[derive(Debug, Serialize, ToSchema)]
struct OptionBody {
    /// The slowest level among its shipments.
    level: Level,
    /// What the buyer is asked for shipping: what it costs, unless the merchant has a rule for it.
    price_cents: i64,
    /// What carriers, hands and cartons cost.
    cost_cents: i64,
    /// What the price is made of beside the cost: mark-up, rounding, free shipping.
    price_lines: Vec<PriceLineBody>,
    /// Shadow prices of the capacity it takes; they steer the ranking and are not paid.
    steering_cents: i64,
    /// What returns are expected to cost, by the shares that come back and the way back from the buyer; ranks as cost does where
    /// goods go back to the warehouse that sent them, and is not part of the price.
    expected_return_cents: i64,
    /// What soft sourcing rules charge; it steers the ranking and is not paid.
    rules_cents: i64,
    /// When the last shipment arrives.
    delivers_by: String,
    /// Chance that it does.
    confidence_percent: f64,
    /// Its shipments.
    shipments: Vec<QuotedBody>,
}

/// A part of a price.
#[derive(Debug, Serialize, ToSchema)]
struct PriceLineBody {
    /// The rule, and what it is for.
    label: String,
    /// How much; below zero where something is taken off.
    amount_cents: i64,
}

impl PriceLineBody {
    fn of(line: &PriceLine) -> Self {
        Self { label: line.label.clone(), amount_cents: line.amount.get() }
    }
}

/// A shipment of an option, with the reasons for its price and date.
#[derive(Debug, Serialize, ToSchema)]
struct QuotedBody {
    #[serde(flatten)]
    planned: PlannedBody,
    /// Its boxes.
    boxes: Vec<BoxBody>,
    /// The carrier's bill.
    charges: Vec<ChargeBody>,
    /// The chain of instants that makes the date.
    chain: Vec<StepBody>,
}

/// A box as it would be packed.
#[derive(Debug, Serialize, ToSchema)]
struct BoxBody {
    /// Box type; null for own packaging.
    carton: Option<String>,
    /// Weight with box.
    weight_g: i64,
    /// Outer length.
    length_mm: i64,
    /// Outer width.
    width_mm: i64,
    /// Outer height.
    height_mm: i64,
    /// What is in it.
    contents: Vec<Line>,
}

/// A line of a carrier's bill.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChargeBody {
    /// The rule within its tariff.
    rule: String,
    /// Text for people.
    label: String,
    /// What it is for: `transport`, `surcharge`, `fuel`, `insurance`, `cash_on_delivery`, `duty`, `tax`, `discount`.
    class: &'static str,
    /// The tariff.
    tariff: String,
    /// How much.
    amount_cents: i64,
    /// What it was computed from.
    inputs: String,
}

/// A link of the chain.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepBody {
    /// `cut_off`, `packed`, `collected`, `hauled` (once a lane), `sorted`, `delivered`.
    step: &'static str,
    /// When.
    at: String,
    /// What happens where, by the clock of the place.
    note: String,
}

/// A service without an option.
#[derive(Debug, Serialize, ToSchema)]
struct MissingBody {
    /// The service.
    service: String,
    /// Why.
    reason: String,
}

/// A line that cannot be filled.
#[derive(Debug, Serialize, ToSchema)]
struct ShortageBody {
    /// The goods.
    sku: String,
    /// Units asked for.
    wanted: i64,
    /// Units available in the whole network.
    available: i64,
}

/// Prices and dates for a cart; nothing is reserved.
#[utoipa::path(post, path = "/v1/quotes", tag = "quotes", security(("key" = ["shop", "planner"])),
    request_body = QuoteRequest, responses((status = 200, body = QuoteBody)))]
async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<QuoteRequest>,
) -> Result<Json<QuoteBody>, Problem> {
    let app = state.app()?;
    let merchant = actor.merchant(body.merchant.as_ref())?;
    let mut faults = Vec::new();
    let merchant = app.find_merchant("", merchant.as_str(), &mut faults);
    let postal = app.find_postal("/destination", &body.destination.postal_code, &mut faults);
    let lines = merchant.map(|merchant| app.find_lines(merchant, &wire::pairs(&body.lines), &mut faults));
    let (Some(merchant), Some(postal), Some(lines), true) = (merchant, postal, lines, faults.is_empty()) else {
        return Err(AppError::Invalid(faults).into());
    };
    let residential = body.destination.residential;
    // A small cart is priced in less time than it takes to hand it to another thread; packing a large one is work for a core,
    // not for the threads that move bytes.
    let is_small = lines.iter().map(|line| u64::from(line.quantity)).sum::<u64>() <= SMALL_CART;
    let cart = Cart { merchant, channel: body.channel, postal, residential, lines, shown_for: Seconds::ZERO };
    let answer = move |app: &App| quote_body(app, &app.quote(cart), To { postal, residential });
    if is_small {
        return Ok(Json(answer(&app)));
    }
    let work = Arc::clone(&app);
    let answered = tokio::task::spawn_blocking(move || answer(&work)).await;
    Ok(Json(answered.map_err(|error| AppError::Internal(error.into()))?))
}

/// Units of a cart that is priced where its request is read: about a tenth of a millisecond.
const SMALL_CART: u64 = 4;

fn quote_body(app: &App, answer: &Answer, to: To) -> QuoteBody {
    let world = wire::world(app);
    QuoteBody {
        options: answer.options.iter().map(|option| option_body(app, option, to)).collect(),
        missing: answer
            .missing
            .iter()
            .map(|missing| MissingBody {
                service: world.services[missing.service].id.to_string(),
                reason: missing.reason.to_string(),
            })
            .collect(),
        shortages: answer
            .shortages
            .iter()
            .map(|short| ShortageBody {
                sku: world.skus[short.sku].id.to_string(),
                wanted: short.wanted,
                available: short.available,
            })
            .collect(),
        ruled_out: answer
            .ruled
            .iter()
            .map(|ruled| RuledBody {
                rule: world.rules[ruled.rule].id.to_string(),
                kind: world.rules[ruled.rule].kind.word(),
                warehouse: ruled.warehouse.map(|at| world.warehouses[at].id.to_string()),
                sku: ruled.sku.map(|sku| world.skus[sku].id.to_string()),
                text: Words::new(app.network(), to.postal).ruled(ruled),
            })
            .collect(),
    }
}

fn option_body(app: &App, option: &QuoteOption, to: To) -> OptionBody {
    let world = wire::world(app);
    let shipment = |shipment: &engine::quote::QuotedShipment| QuotedBody {
        planned: PlannedBody::of(world, &shipment.planned),
        boxes: shipment
            .packed
            .boxes
            .iter()
            .map(|b| BoxBody {
                carton: b.carton.map(|carton| world.cartons[carton].id.to_string()),
                weight_g: b.gross.get(),
                length_mm: b.size.length.get(),
                width_mm: b.size.width.get(),
                height_mm: b.size.height.get(),
                contents: wire::lines(world, &b.lines),
            })
            .collect(),
        charges: shipping::charges(app.network(), &shipment.way, shipment.planned.warehouse, &shipment.packed, to)
            .into_iter()
            .map(ChargeBody::of)
            .collect(),
        chain: shipment
            .way
            .promise
            .chain(app.network(), shipment.way.service, to.postal)
            .into_iter()
            .map(StepBody::of)
            .collect(),
    };
    OptionBody {
        level: option.level.into(),
        price_cents: option.price.get(),
        cost_cents: option.cost.get(),
        price_lines: option.price_lines.iter().map(PriceLineBody::of).collect(),
        steering_cents: option.steering.get(),
        expected_return_cents: option.expected_return.get(),
        rules_cents: option.levied.get(),
        delivers_by: instant(option.delivers_by),
        confidence_percent: f64::from(option.confidence_bp) / 100.0,
        shipments: option.shipments.iter().map(shipment).collect(),
    }
}

impl ChargeBody {
    /// A line of a bill on the wire.
    pub(super) fn of(charge: Charge) -> Self {
        let Charge { rule, label, class, tariff, amount, inputs } = charge;
        Self { rule, label, class: class.word(), tariff, amount_cents: amount.get(), inputs }
    }
}

impl StepBody {
    /// A link of a chain on the wire.
    pub(super) fn of(step: Step) -> Self {
        Self { step: step_name(step.kind), at: instant(step.at), note: step.note }
    }
}

fn step_name(kind: StepKind) -> &'static str {
    match kind {
        StepKind::CutOff => "cut_off",
        StepKind::Packed => "packed",
        StepKind::Collected => "collected",
        StepKind::Hauled => "hauled",
        StepKind::Sorted => "sorted",
        StepKind::Delivered => "delivered",
    }
}
