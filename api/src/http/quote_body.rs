//! Quotes on the wire: options with the reasons for their prices and dates.

use std::sync::Arc;

use engine::explain::Words;
use engine::model::PriceLine;
use engine::promise::{Quantiles, Step, StepKind};
use engine::quote::{QuoteOption, QuotedShipment};
use engine::rating::Charge;
use engine::shipping::{self, Destination as To};
use engine::units::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::{self, BoxBody, Level, PlannedBody, instant};
use crate::app::{App, Quoted};
use crate::auth::seal::CartDigest;
use crate::auth::{Seal, Ticket};

/// Options, best first, and what is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuoteBody {
    /// No option is dearer, later and of a slower level than another.
    options: Vec<OptionBody>,
    /// Services that cannot be offered, and why.
    missing: Vec<MissingBody>,
    /// Lines that the network cannot fill; then there are no options.
    shortages: Vec<ShortageBody>,
    /// What sourcing rules left out.
    ruled_out: Vec<RuledBody>,
    /// Options that do not arrive by the date asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    too_late: Vec<TooLateBody>,
}

/// An option that does not keep the date asked for, or not surely enough.
#[derive(Debug, Serialize, ToSchema)]
struct TooLateBody {
    /// How fast.
    level: Level,
    /// Its services.
    services: Vec<String>,
    /// What the buyer would be asked.
    price_cents: i64,
    /// When it arrives by promise.
    delivers_by: String,
    /// Chance that it arrives by the date asked for.
    by_date_percent: f64,
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
    /// Chance that it does, by what deliveries of late have taught.
    confidence_percent: f64,
    /// When it has arrived with which chance.
    arrives: ArrivesBody,
    /// Chance that it arrives by the `deliver_by` asked for; left out where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_date_percent: Option<f64>,
    /// The quote, signed: an order that names it keeps price and date, once.
    quote: String,
    /// Until then.
    valid_until: String,
    /// Its shipments.
    shipments: Vec<QuotedBody>,
}

/// Instants by which everything has arrived with a chance.
#[derive(Debug, Serialize, ToSchema)]
struct ArrivesBody {
    /// Of one in two.
    p50: String,
    /// Of nine in ten.
    p90: String,
    /// Of nineteen in twenty.
    p95: String,
}

impl ArrivesBody {
    fn of(Quantiles { p50, p90, p95 }: &Quantiles) -> Self {
        Self { p50: instant(*p50), p90: instant(*p90), p95: instant(*p95) }
    }
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

/// A line of a carrier's bill.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChargeBody {
    /// The rule within its tariff.
    #[schema(value_type = String)]
    rule: Arc<str>,
    /// Text for people.
    #[schema(value_type = String)]
    label: Arc<str>,
    /// What it is for: `transport`, `surcharge`, `fuel`, `insurance`, `cash_on_delivery`, `duty`, `tax`, `discount`.
    class: &'static str,
    /// The tariff.
    #[schema(value_type = String)]
    tariff: Arc<str>,
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

/// Signs the options of one quote.
pub(super) struct Signing<'a> {
    seal: &'a Seal,
    number: u64,
    cart: CartDigest,
    by: Option<Timestamp>,
    expires_at: Timestamp,
}

impl<'a> Signing<'a> {
    /// Of a new quote for a cart, asked to arrive by a time, whose prices are kept until `expires_at`.
    pub(super) fn new(seal: &'a Seal, cart: CartDigest, by: Option<Timestamp>, expires_at: Timestamp) -> Self {
        Self { seal, number: seal.next_number(), cart, by, expires_at }
    }

    /// The token of an option, and until when it is good: what is quoted cannot be kept when its wave has closed.
    fn token(&self, option: &QuoteOption) -> (String, Timestamp) {
        let closes = option.shipments.iter().map(|shipment| shipment.way.promise.cut_off).min();
        let expires_at = closes.map_or(self.expires_at, |closes| closes.min(self.expires_at));
        let QuoteOption { level, price, delivers_by, .. } = *option;
        let (number, cart, by, option) = (self.number, self.cart, self.by, option.name());
        let ticket = Ticket { number, cart, level, price, delivers_by, option, by, expires_at, held: false };
        (self.seal.sign(&ticket), expires_at)
    }
}

/// A quote on the wire.
pub(super) fn quote_body(app: &App, quoted: &Quoted, to: To, signing: &Signing<'_>) -> QuoteBody {
    let world = wire::world(app);
    let Quoted { answer, chances, too_late, told_again: _ } = quoted;
    let chance = |n: usize| chances.get(n).copied();
    let late = |(option, chance): &(QuoteOption, f64)| TooLateBody {
        level: option.level.into(),
        services: option.shipments.iter().map(|s| world.services[s.planned.service].id.to_string()).collect(),
        price_cents: option.price.get(),
        delivers_by: instant(option.delivers_by),
        by_date_percent: percent(*chance),
    };
    QuoteBody {
        options: (answer.options.iter().enumerate())
            .map(|(n, option)| option_body(app, option, to, chance(n), signing))
            .collect(),
        too_late: too_late.iter().map(late).collect(),
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

/// A chance in percent, to a hundredth.
fn percent(chance: f64) -> f64 {
    (chance * 10_000.0).round() / 100.0
}

fn option_body(app: &App, option: &QuoteOption, to: To, by_date: Option<f64>, signing: &Signing<'_>) -> OptionBody {
    let world = wire::world(app);
    let (quote, valid_until) = signing.token(option);
    let shipment = |shipment: &QuotedShipment| QuotedBody {
        planned: PlannedBody::of(world, &shipment.planned),
        boxes: shipment.way.packed.boxes.iter().map(|b| BoxBody::of(world, b)).collect(),
        charges: shipping::charges(app.network(), &shipment.way, shipment.planned.warehouse, to)
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
        arrives: ArrivesBody::of(&option.forecast),
        by_date_percent: by_date.map(percent),
        quote,
        valid_until: instant(valid_until),
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
