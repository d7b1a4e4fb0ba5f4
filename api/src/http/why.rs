//! Why: explanations of carts and orders.

use std::sync::Arc;

use axum::extract::State;
use engine::explain::{Explanation, Words};
use engine::fault::Fault;
use engine::ids::{ChannelId, MerchantId, OrderId};
use engine::model::{PostalIx, ServiceLevel};
use engine::quote::Wish;
use engine::units::Cents;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::{Caller, Path, Query};
use super::problem::Problem;
use super::state::AppState;
use super::why_body::{Shown, WhyBody};
use super::wire::{self, Destination, Level, Line, Terms};
use crate::app::{App, AppError, WishedCart};
use crate::auth::actor::not_found;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(of_cart)).routes(routes!(of_order))
}

/// Candidates shown unless asked otherwise.
const CANDIDATES: usize = 40;
/// Most candidates of one answer.
const MOST_CANDIDATES: usize = 2_000;

/// A cart or an order as it would be placed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhyRequest {
    /// Whose; needed only with a key that is not bound to a merchant.
    #[schema(value_type = Option<String>, example = "loomlark")]
    merchant: Option<MerchantId>,
    /// Not looked at; it may stand there so that an order's body can be sent as it is.
    #[expect(dead_code, reason = "accepted, not looked at")]
    reference: Option<String>,
    /// Where it is sold, as sourcing rules name it.
    #[schema(value_type = Option<String>, example = "web")]
    channel: Option<ChannelId>,
    /// Where it goes.
    destination: Destination,
    /// How fast, at least; any if left out.
    level: Option<Level>,
    /// What, each SKU once.
    lines: Vec<Line>,
    /// What is asked of the delivery.
    #[serde(default)]
    terms: Terms,
    /// Only if no more is asked for shipping (`price_cents`).
    max_price_cents: Option<i64>,
    /// Only if it arrives by then, RFC 3339.
    deliver_by: Option<String>,
}

/// How much is told.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Extent {
    /// Candidates told, the best ranked first: 1 to 2000; 40 if left out. Those that answers name are told in any case.
    candidates: Option<usize>,
}

impl Extent {
    fn check(&self) -> Result<usize, AppError> {
        match self.candidates {
            None => Ok(CANDIDATES),
            Some(n) if (1..=MOST_CANDIDATES).contains(&n) => Ok(n),
            Some(n) => Err(AppError::Invalid(vec![Fault::new("query", "candidates", n, "must be 1 to 2000")])),
        }
    }
}

/// Why a cart is offered what it is, or why an order of it is refused: takes the body of a quote or of an order, reserves
/// nothing, and proves what it says by quoting again.
#[utoipa::path(post, path = "/v1/quotes/why", tag = "quotes", security(("key" = ["shop", "planner"])), params(Extent),
    request_body = WhyRequest, responses((status = 200, body = WhyBody)))]
async fn of_cart(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(extent): Query<Extent>,
    Json(body): Json<WhyRequest>,
) -> Result<Json<WhyBody>, Problem> {
    let app = state.app()?;
    let shown = extent.check()?;
    let merchant = actor.merchant(body.merchant.as_ref())?;
    let cart = to_cart(&app, merchant.as_str(), body)?;
    let postal = cart.postal;
    let work = Arc::clone(&app);
    told(app, postal, shown, move || work.explain_cart(cart)).await
}

/// Why an order is planned, or was sent, as it is; what stands in the way of better, and what would change it.
#[utoipa::path(get, path = "/v1/orders/{id}/why", tag = "orders", security(("key" = ["shop", "planner"])),
    params(("id" = String, Path), Extent), responses((status = 200, body = WhyBody)))]
async fn of_order(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<OrderId>,
    Query(extent): Query<Extent>,
) -> Result<Json<WhyBody>, Problem> {
    let app = state.app()?;
    let shown = extent.check()?;
    let order = app.order(&id)?;
    if !actor.sees_merchant(wire::world(&app).merchants[order.merchant].id.as_str()) {
        return Err(not_found("order", id).into());
    }
    let work = Arc::clone(&app);
    told(app, order.postal, shown, move || work.explain_order(&id)).await
}

/// Explains on a thread that may work, and puts it on the wire.
async fn told(
    app: Arc<App>,
    postal: PostalIx,
    shown: usize,
    explain: impl FnOnce() -> Result<Explanation, AppError> + Send + 'static,
) -> Result<Json<WhyBody>, Problem> {
    let body = tokio::task::spawn_blocking(move || {
        let explanation = explain()?;
        let shown = Shown { world: wire::world(&app), words: Words::new(app.network(), postal), limit: shown };
        Ok::<_, AppError>(shown.body(&explanation))
    });
    Ok(Json(body.await.map_err(|error| AppError::Internal(error.into()))??))
}

fn to_cart(app: &App, merchant: &str, body: WhyRequest) -> Result<WishedCart, AppError> {
    let mut faults = Vec::new();
    let merchant = app.find_merchant("", merchant, &mut faults);
    let postal = app.find_postal("/destination", &body.destination.postal_code, &mut faults);
    let lines = merchant.map(|merchant| app.find_lines(merchant, &wire::pairs(&body.lines), &mut faults));
    let deliver_by = wire::parse_instant("", "deliver_by", body.deliver_by.as_ref(), &mut faults);
    if let Some(price) = body.max_price_cents.filter(|price| *price < 0) {
        faults.push(Fault::new("", "max_price_cents", price, "must be 0 or more"));
    }
    let (Some(merchant), Some(postal), Some(lines), true) = (merchant, postal, lines, faults.is_empty()) else {
        return Err(AppError::Invalid(faults));
    };
    let wish = Wish {
        level: body.level.map_or(ServiceLevel::Standard, Into::into),
        max_price: body.max_price_cents.map(Cents::new),
        deliver_by,
    };
    let (residential, terms) = (body.destination.residential, body.terms.at(body.destination.po_box));
    Ok(WishedCart { merchant, channel: body.channel, postal, residential, terms, lines, wish })
}
