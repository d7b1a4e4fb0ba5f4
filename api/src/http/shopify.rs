//! Rates for the checkouts of Shopify shops: its carrier service callback.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request as HttpRequest, State};
use engine::units::Seconds;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, Json};
use super::extract::Path;
use super::guard;
use super::problem::Problem;
use super::state::AppState;
use super::wire;
use crate::app::{AppError, Cart};
use crate::config::Limits;
use crate::formats::shopify::{Rates, Request};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(rates))
}

/// Shops show an answer for a quarter of an hour, so it must hold for an order at the end of that.
const SHOWN_FOR: Seconds = Seconds::minutes(15);

/// Most bytes of a cart, and how long it may take to arrive: its sender is known only when it is here.
const MOST_BYTES: usize = 256 << 10;
const BODY_TIME: Duration = Duration::from_secs(5);

/// The signature's header.
const SIGNATURE: &str = "x-shopify-hmac-sha256";

/// A body as it came, with its signature.
struct Signed {
    signature: String,
    bytes: Bytes,
}

impl FromRequest<AppState> for Signed {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &AppState) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        body::require_json(&parts.headers)?;
        let Path(merchant) = Path::<String>::from_request_parts(&mut parts, state).await?;
        let signature = parts.headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // Nobody without a secret gets as far as sending a body.
        let signature = signature.filter(|_| state.secrets().knows(&merchant)).ok_or_else(unsigned)?;
        let limits = &state.config.limits;
        let limits = Limits { body_time: limits.body_time.min(BODY_TIME), ..limits.clone() };
        let request = HttpRequest::from_parts(parts, body);
        let bytes = body::collect(request, limits.body_bytes.min(MOST_BYTES), &limits).await?;
        Ok(Self { signature, bytes })
    }
}

fn unsigned() -> Problem {
    let detail = "The request must be signed: `X-Shopify-Hmac-Sha256`, the base64 HMAC-SHA256 of the body under the secret that \
                  the file of `shopify_file` has for the merchant.";
    Problem::new("unauthenticated", detail)
}

/// Rates for a cart as Shopify's carrier service asks for them, the best of each level; they hold for the 15 minutes that a
/// shop shows them. The request is signed with the app's secret (`X-Shopify-Hmac-Sha256`) instead of carrying a key. No
/// rates mean that the cart cannot go there; an error makes the shop show its backup rates.
#[utoipa::path(post, path = "/shopify/{merchant}/rates", tag = "quotes", security(("signature" = [])),
    params(("merchant" = String, Path, description = "Whose shop.", example = "loomlark")),
    request_body = Request, responses((status = 200, body = Rates)))]
async fn rates(
    State(state): State<AppState>,
    Path(merchant): Path<String>,
    signed: Signed,
) -> Result<Json<Rates>, Problem> {
    let app = state.app()?;
    let merchant = state.secrets().verified(&merchant, &signed.signature, &signed.bytes).ok_or_else(unsigned)?;
    guard::take_share(&state, &format!("shopify {merchant}"), Instant::now())?;
    let Request { rate } = body::parse(&signed.bytes, &state.config.limits)?;
    let world = wire::world(&app);
    let (postal, lines) = (rate.destination.zip().and_then(|zip| world.postal(zip)), rate.lines());
    let (Some(postal), false) = (postal, lines.pairs.is_empty()) else {
        return Ok(Json(Rates::default()));
    };
    let mut faults = Vec::new();
    let merchant = app.find_merchant("", merchant.as_str(), &mut faults);
    let found = merchant.map(|merchant| app.find_lines(merchant, &lines.pairs, &mut faults));
    let (Some(merchant), Some(found), true) = (merchant, found, faults.is_empty()) else {
        return Err(AppError::Invalid(faults.into_iter().map(|fault| lines.place(fault)).collect()).into());
    };
    let residential = rate.destination.is_residential();
    let work = Arc::clone(&app);
    let rates = tokio::task::spawn_blocking(move || {
        let cart = Cart { merchant, channel: None, postal, residential, lines: found, shown_for: SHOWN_FOR };
        Rates::of(wire::world(&work), postal, &work.quote(cart))
    });
    Ok(Json(rates.await.map_err(|error| AppError::Internal(error.into()))?))
}
