//! Holds: a cart's stock, kept while its buyer pays.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::ids::{ChannelId, MerchantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::{Caller, Path};
use super::orders::{OrderRequest, to_order};
use super::problem::Problem;
use super::state::AppState;
use super::wire::{Destination, Level, Line, Terms, instant};
use crate::app::{AppError, Held};
use crate::auth::actor::not_found;
use crate::auth::{Ticket, cart_digest};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(release))
}

/// A cart that is to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldRequest {
    /// Whose; needed only with a key that is not bound to a merchant.
    #[schema(value_type = Option<String>)]
    merchant: Option<MerchantId>,
    /// Where it is sold.
    #[schema(value_type = Option<String>, example = "web")]
    channel: Option<ChannelId>,
    /// Where it goes.
    destination: Destination,
    /// How fast, at least.
    level: Level,
    /// What, each SKU once.
    lines: Vec<Line>,
    /// What is asked of the delivery.
    #[serde(default)]
    terms: Terms,
    /// Only if no more is asked for shipping.
    max_price_cents: Option<i64>,
    /// Only if it arrives by then, RFC 3339.
    deliver_by: Option<String>,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
struct HoldBody {
    /// The signed quote: an order for this cart that names it gets stock, price and date.
    quote: String,
    /// When the hold ends: after `quotes.valid_s`, or when its wave closes.
    expires_at: String,
    /// How fast it goes.
    level: Level,
    /// What the buyer is asked for shipping.
    price_cents: i64,
    /// When it arrives at the latest.
    delivers_by: String,
}

/// Holds the stock of the option that an order would take, with its price and date, until the hold expires, an order uses it or it is given
/// up. Room in waves and at carriers is not held: an order is refused (`quote-changed`) if it can no longer keep the date.
#[utoipa::path(post, path = "/v1/holds", tag = "quotes", security(("key" = ["shop"])), request_body = HoldRequest,
    responses((status = 201, body = HoldBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<HoldRequest>,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let merchant = actor.merchant(body.merchant.as_ref())?;
    let HoldRequest { channel, destination, level, lines, terms, max_price_cents, deliver_by, .. } = body;
    let order =
        OrderRequest { channel, lines, terms, max_price_cents, deliver_by, ..OrderRequest::new(destination, level) };
    let order = to_order(&app, state.seal()?, merchant.as_str(), order)?;
    let cart = cart_digest(order.merchant, order.channel.as_ref(), order.to(), &order.lines);
    let number = state.seal()?.next_number();
    let expires_at = app.clock().now() + state.quote_valid();
    let held = app.hold(order, number, expires_at, state.config.quote_holds).await;
    let held = held.map_err(|error| Problem::from(error).explained())?;
    let Held { level, price, delivers_by, option, expires_at } = held;
    let ticket = Ticket { number, cart, level, price, delivers_by, option, by: None, expires_at, held: true };
    let body = HoldBody {
        quote: state.seal()?.sign(&ticket),
        expires_at: instant(expires_at),
        level: level.into(),
        price_cents: price.get(),
        delivers_by: instant(delivers_by),
    };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Which hold.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Whose; needed only with a key that is not bound to a merchant.
    #[param(value_type = Option<String>)]
    merchant: Option<MerchantId>,
}

/// Gives a hold up before its time.
#[utoipa::path(delete, path = "/v1/holds/{quote}", tag = "quotes", security(("key" = ["shop"])),
    params(("quote" = String, Path, description = "The hold's signed quote."), Whose), responses((status = 204)))]
async fn release(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(quote): Path<String>,
    super::extract::Query(whose): super::extract::Query<Whose>,
) -> Result<StatusCode, Problem> {
    let app = state.app()?;
    let mut faults = Vec::new();
    let merchant = app.find_merchant("query", actor.merchant(whose.merchant.as_ref())?.as_str(), &mut faults);
    let Some(merchant) = merchant else { return Err(AppError::Invalid(faults).into()) };
    let ticket = state.seal()?.open(&quote).filter(|ticket| ticket.held).ok_or_else(|| not_found("hold", &quote))?;
    app.release_hold(merchant, ticket.number).await?;
    Ok(StatusCode::NO_CONTENT)
}
