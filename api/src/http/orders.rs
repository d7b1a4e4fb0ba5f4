//! Orders and their shipments.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use engine::fulfilment::{Order, OrderStage, Shipment};
use engine::ids::{ChannelId, MerchantId, OrderId, ShipmentId};
use engine::model::ServiceLevel;
use engine::shipping::{self, Destination as To};
use engine::units::Cents;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Json, Keyed};
use super::extract::{Caller, Listed, Page, Path};
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, BoxBody, Destination, Level, Line, ParcelBody, PlannedBody, Terms, instant};
use crate::app::{App, AppError, IdempotencyKey, KeptQuote, PlaceOrder};
use crate::auth::actor::not_found;
use crate::auth::{Actor, Seal, Ticket, cart_digest};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(show))
        .routes(routes!(cancel))
        .routes(routes!(show_shipment))
        .routes(routes!(delivered))
}

/// An order as a shop places it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderRequest {
    /// Whose; needed only with a key that is not bound to a merchant.
    #[schema(value_type = Option<String>)]
    pub(super) merchant: Option<MerchantId>,
    /// The shop's own number for it.
    #[schema(max_length = 128)]
    pub(super) reference: Option<String>,
    /// Where it was sold, as sourcing rules name it: `web`, `app`.
    #[schema(value_type = Option<String>, example = "web")]
    pub(super) channel: Option<ChannelId>,
    /// Where it goes.
    pub(super) destination: Destination,
    /// How fast, at least; needed unless `quote` says it.
    pub(super) level: Option<Level>,
    /// What, each SKU once.
    pub(super) lines: Vec<Line>,
    /// What is asked of the delivery.
    #[serde(default)]
    pub(super) terms: Terms,
    /// Accept only if no more is asked for shipping (`price_cents`).
    pub(super) max_price_cents: Option<i64>,
    /// Accept only if it arrives by then, RFC 3339.
    pub(super) deliver_by: Option<String>,
    /// The signed `quote` of an option or a hold for this very cart: its level, price and date are kept, whatever is asked by now. One
    /// order can use it.
    pub(super) quote: Option<String>,
}

impl OrderRequest {
    /// Of nothing, to there.
    pub(super) fn new(destination: Destination, level: Level) -> Self {
        Self {
            merchant: None,
            reference: None,
            channel: None,
            destination,
            level: Some(level),
            lines: Vec::new(),
            terms: Terms::default(),
            max_price_cents: None,
            deliver_by: None,
            quote: None,
        }
    }
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderBody {
    /// Its id.
    id: String,
    /// The shop's own number.
    reference: Option<String>,
    /// Whose.
    merchant: String,
    /// Where it was sold, if the shop said so.
    channel: Option<String>,
    /// Where it goes.
    destination: Destination,
    /// How fast.
    level: Level,
    /// What.
    lines: Vec<Line>,
    /// What is asked of the delivery.
    terms: Terms,
    /// Units that proved missing everywhere.
    dropped: Vec<Line>,
    /// When it was accepted.
    placed_at: String,
    /// The promise given.
    promised_by: String,
    /// What shipping was quoted at.
    price_cents: i64,
    /// `accepted`, `released`, `shipped`, `delivered`, `cancelled`.
    stage: String,
    /// The plan of what is not released yet.
    plan: Vec<PlannedBody>,
    /// Ids of what is.
    shipments: Vec<String>,
}

/// A shipment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShipmentBody {
    /// Its id.
    id: String,
    /// Of which order.
    order: String,
    /// Of which merchant.
    merchant: String,
    /// From where.
    warehouse: String,
    /// By which service.
    service: String,
    /// In which wave.
    wave: String,
    /// What it holds.
    lines: Vec<Line>,
    /// How to pack it: the cartons, and what goes into each.
    boxes: Vec<BoxBody>,
    /// Its boxes as labelled, once it stands packed.
    parcels: Vec<ParcelBody>,
    /// What the buyer was promised.
    promised_by: String,
    /// When it is collected.
    ships_by: String,
    /// When it arrives by schedule.
    delivers_by: String,
    /// `released`, `packed`, `tendered`, `dispatched`, `delivered`, `void`.
    stage: String,
    /// The list it is picked on.
    pick_list: String,
    /// When it stood packed.
    packed_at: Option<String>,
    /// When the carrier took it.
    dispatched_at: Option<String>,
    /// When it arrived.
    delivered_at: Option<String>,
}

/// When a shipment arrived.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct DeliveredRequest {
    /// RFC 3339; now if left out.
    at: Option<String>,
}

/// Accepts an order: its stock is committed before the answer is given. Repeat it with the same `Idempotency-Key` as often
/// as needed: it is carried out once.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", security(("key" = ["shop"])), request_body = OrderRequest,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters, new for each order")),
    responses((status = 201, body = OrderBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    keyed: Keyed<OrderRequest>,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let Keyed { intent, body } = keyed;
    let merchant = actor.merchant(body.merchant.as_ref())?;
    let intent = intent.ok_or_else(|| Problem::new("bad-header", "`Idempotency-Key` is needed to place an order."))?;
    let key = IdempotencyKey { scope: merchant.to_string(), key: intent.key, content: intent.digest };
    let order = to_order(&app, state.seal()?, merchant.as_str(), body)?;
    let placed = app.place_order(order, key).await.map_err(|error| Problem::from(error).explained())?;
    let body = order_body(&app, &app.order(&placed.body)?);
    let replayed = [(HeaderName::from_static("idempotency-replayed"), if placed.replayed { "true" } else { "false" })];
    Ok((StatusCode::CREATED, replayed, Json(body)).into_response())
}

/// An order whose names are all known, or every fault.
pub(super) fn to_order(app: &App, seal: &Seal, merchant: &str, body: OrderRequest) -> Result<PlaceOrder, AppError> {
    let mut faults = Vec::new();
    let merchant = app.find_merchant("", merchant, &mut faults);
    let postal = app.find_postal("/destination", &body.destination.postal_code, &mut faults);
    let lines = merchant.map(|merchant| app.find_lines(merchant, &wire::pairs(&body.lines), &mut faults));
    let deliver_by = wire::parse_instant("", "deliver_by", body.deliver_by.as_ref(), &mut faults);
    let plain = |text: &str| (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if let Some(reference) = body.reference.as_ref().filter(|text| !plain(text)) {
        let rule = "must have 1 to 128 characters, none of them a control character";
        faults.push(Fault::new("", "reference", reference.escape_debug(), rule));
    }
    if let Some(price) = body.max_price_cents.filter(|price| *price < 0) {
        faults.push(Fault::new("", "max_price_cents", price, "must be 0 or more"));
    }
    let ticket = body.quote.as_ref().and_then(|token| {
        let limits = [("max_price_cents", body.max_price_cents.is_some()), ("deliver_by", body.deliver_by.is_some())];
        for (field, _) in limits.into_iter().filter(|(_, given)| *given) {
            faults.push(Fault::new("", field, "", "must be left out with a quote, which keeps price and date"));
        }
        let ticket = seal.open(token);
        if ticket.is_none() {
            faults.push(Fault::new("", "quote", token, "must be a quote of this service, as it was given"));
        }
        ticket
    });
    let level = body.level.map(ServiceLevel::from);
    let level = match (level, &ticket) {
        (Some(level), Some(ticket)) if level > ticket.level => {
            let rule = format!("must be left out with a quote, or no faster than it ({:?})", ticket.level);
            faults.push(Fault::new("", "level", format!("{level:?}"), rule));
            None
        }
        (_, Some(ticket)) => Some(ticket.level),
        (level, None) => {
            if level.is_none() && body.quote.is_none() {
                faults.push(Fault::new("", "level", "", "is missing: how fast, or a `quote`"));
            }
            level
        }
    };
    if let (Some(ticket), Some(merchant), Some(postal), Some(lines)) = (&ticket, merchant, postal, &lines) {
        let terms = body.terms.at(body.destination.po_box);
        let to = To { postal, residential: body.destination.residential, terms };
        if faults.is_empty() && cart_digest(merchant, body.channel.as_ref(), to, lines) != ticket.cart {
            let rule = "must be a quote for this very cart: the same merchant, channel, destination, terms and lines";
            faults.push(Fault::new("", "quote", body.quote.as_deref().unwrap_or_default(), rule));
        }
    }
    let (Some(merchant), Some(postal), Some(lines), Some(level), true) =
        (merchant, postal, lines, level, faults.is_empty())
    else {
        return Err(AppError::Invalid(faults));
    };
    Ok(PlaceOrder {
        merchant,
        reference: body.reference,
        channel: body.channel,
        postal,
        residential: body.destination.residential,
        terms: body.terms.at(body.destination.po_box),
        level,
        lines,
        max_price: body.max_price_cents.map(Cents::new),
        deliver_by,
        kept: ticket.map(|ticket| {
            let Ticket { number, price, delivers_by, option, by, expires_at, held, .. } = ticket;
            KeptQuote { number, price, delivers_by, option, by, expires_at, held }
        }),
    })
}

/// Which orders.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// In this stage only: `accepted`, `released`, `shipped`, `delivered`, `cancelled`.
    stage: Option<String>,
}

/// Orders by id; a shop sees its own.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", security(("key" = ["shop", "planner"])), params(Filter, Page),
    responses((status = 200, body = Listed<OrderBody>)))]
async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    super::extract::Query(filter): super::extract::Query<Filter>,
    page: Page,
) -> Result<Json<Listed<OrderBody>>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    let rule = "must be accepted, released, shipped, delivered or cancelled";
    let stage: Option<OrderStage> = wire::parse_stage(filter.stage.as_ref(), rule)?;
    let orders = app.read(|state| {
        let after =
            state.orders().iter().filter(|(id, _)| page.after.as_deref().is_none_or(|after| id.as_str() > after));
        let seen = after.filter(|(_, order)| actor.sees_merchant(world.merchants[order.merchant].id.as_str()));
        let staged = seen.filter(|(_, order)| stage.is_none_or(|stage| stage == order.stage));
        staged.take(page.limit + 1).map(|(_, order)| order.clone()).collect::<Vec<_>>()
    });
    let bodies = orders.iter().map(|order| order_body(&app, order)).collect();
    Ok(Json(Listed::new(bodies, page.limit, |last: &OrderBody| last.id.clone())))
}

/// An order.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", security(("key" = ["shop", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = OrderBody)))]
async fn show(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    let app = state.app()?;
    let order = seen_order(&app, &actor, &id)?;
    Ok(Json(order_body(&app, &order)))
}

/// Withdraws an order of which nothing is on a warehouse floor yet.
#[utoipa::path(post, path = "/v1/orders/{id}/cancel", tag = "orders", security(("key" = ["shop"])),
    params(("id" = String, Path)),
    responses((status = 200, body = OrderBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    let app = state.app()?;
    seen_order(&app, &actor, &id)?;
    app.cancel_order(id.clone()).await?;
    Ok(Json(order_body(&app, &app.order(&id)?)))
}

/// A shipment; its shop, its warehouse, its carrier and planners see it.
#[utoipa::path(get, path = "/v1/shipments/{id}", tag = "shipments", security(("key" = ["shop", "warehouse", "carrier", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = ShipmentBody)))]
async fn show_shipment(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<ShipmentId>,
) -> Result<Json<ShipmentBody>, Problem> {
    let app = state.app()?;
    let shipment = seen_shipment(&app, &actor, &id)?;
    Ok(Json(shipment_body(&app, &shipment)))
}

/// The carrier reports a delivery; told twice changes nothing.
#[utoipa::path(post, path = "/v1/shipments/{id}/delivered", tag = "shipments", security(("key" = ["carrier"])),
    params(("id" = String, Path)), request_body = DeliveredRequest,
    responses((status = 200, body = ShipmentBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn delivered(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<ShipmentId>,
    Json(body): Json<DeliveredRequest>,
) -> Result<Json<ShipmentBody>, Problem> {
    let app = state.app()?;
    seen_shipment(&app, &actor, &id)?;
    let mut faults = Vec::new();
    let at = wire::parse_instant("", "at", body.at.as_ref(), &mut faults);
    if let Some(future) = at.filter(|at| *at > app.clock().now()) {
        faults.push(Fault::new("", "at", future, "must not lie in the future"));
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    app.deliver(id.clone(), at).await?;
    Ok(Json(shipment_body(&app, &app.shipment(&id)?)))
}

/// The order, if the caller may see it.
pub(super) fn seen_order(app: &App, actor: &Actor, id: &OrderId) -> Result<Order, AppError> {
    let order = app.order(id)?;
    let merchant = &wire::world(app).merchants[order.merchant].id;
    if actor.sees_merchant(merchant.as_str()) { Ok(order) } else { Err(not_found("order", id)) }
}

fn seen_shipment(app: &App, actor: &Actor, id: &ShipmentId) -> Result<Shipment, AppError> {
    let shipment = app.shipment(id)?;
    let world = wire::world(app);
    let carrier = world.services[shipment.plan.service].carrier;
    let seen = actor.sees_merchant(world.merchants[shipment.merchant].id.as_str())
        || actor.sees_warehouse(world.warehouses[shipment.plan.warehouse].id.as_str())
        || actor.sees_carrier(world.carriers[carrier].id.as_str());
    if seen { Ok(shipment) } else { Err(not_found("shipment", id)) }
}

pub(super) fn order_body(app: &App, order: &Order) -> OrderBody {
    let world = wire::world(app);
    OrderBody {
        id: order.id.to_string(),
        reference: order.reference.clone(),
        merchant: world.merchants[order.merchant].id.to_string(),
        channel: order.channel.as_ref().map(ToString::to_string),
        destination: Destination {
            postal_code: world.postals[order.postal].code.clone(),
            residential: order.residential,
            po_box: order.terms.po_box,
        },
        level: order.level.into(),
        lines: wire::lines(world, &order.lines),
        terms: Terms::of(order.terms),
        dropped: wire::lines(world, &order.dropped),
        placed_at: instant(order.placed_at),
        promised_by: instant(order.promised_by),
        price_cents: order.quoted.get(),
        stage: wire::stage(order.stage),
        plan: order.plan.iter().map(|planned| PlannedBody::of(world, planned)).collect(),
        shipments: order.shipments.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn shipment_body(app: &App, shipment: &Shipment) -> ShipmentBody {
    let world = wire::world(app);
    let plan = &shipment.plan;
    ShipmentBody {
        id: shipment.id.to_string(),
        order: shipment.order.to_string(),
        merchant: world.merchants[shipment.merchant].id.to_string(),
        warehouse: world.warehouses[plan.warehouse].id.to_string(),
        service: world.services[plan.service].id.to_string(),
        wave: plan.wave.name(world),
        lines: wire::lines(world, &shipment.lines),
        boxes: shipping::packed(world, plan, &shipment.lines).boxes.iter().map(|b| BoxBody::of(world, b)).collect(),
        parcels: shipment.parcels.iter().map(|parcel| ParcelBody::of(world, parcel)).collect(),
        promised_by: instant(shipment.promised_by),
        ships_by: instant(plan.pickup_at),
        delivers_by: instant(plan.delivers_by),
        stage: wire::stage(shipment.stage),
        pick_list: shipment.pick_list.to_string(),
        packed_at: shipment.packed_at.map(instant),
        dispatched_at: shipment.dispatched_at.map(instant),
        delivered_at: shipment.delivered_at.map(instant),
    }
}
