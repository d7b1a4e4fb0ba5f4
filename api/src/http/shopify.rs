//! Rates for the checkouts of Shopify shops: its carrier service callback.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request as HttpRequest, State};
use engine::fulfilment::Terms;
use engine::ids::MerchantId;
use engine::units::Seconds;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, Json};
use super::problem::Problem;
use super::quotes::off_thread;
use super::signed::{self, Platform};
use super::state::AppState;
use super::wire;
use crate::app::{AppError, Cart};
use crate::auth::secrets::Encoding;
use crate::formats::shopify::{Rates, Request};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(rates))
}

/// Shops show an answer for a quarter of an hour, so it must hold for an order at the end of that.
const SHOWN_FOR: Seconds = Seconds::minutes(15);

const SHOPIFY: Platform =
    Platform { name: "shopify", header: "x-shopify-hmac-sha256", encoding: Encoding::Base64, setting: "shopify_file" };

/// A body that Shopify has signed.
struct Signed(MerchantId, Bytes);

impl FromRequest<AppState> for Signed {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &AppState) -> Result<Self, Problem> {
        signed::verified(&SHOPIFY, state.shopify(), state, request).await.map(|(merchant, bytes)| Self(merchant, bytes))
    }
}

/// Rates for a cart as Shopify's carrier service asks for them, the best of each level; they hold for the 15 minutes that a
/// shop shows them. The request is signed with the app's secret (`X-Shopify-Hmac-Sha256`) instead of carrying a key. No
/// rates mean that the cart cannot go there; an error makes the shop show its backup rates.
#[utoipa::path(post, path = "/shopify/{merchant}/rates", tag = "quotes", security(("signature" = [])),
    params(("merchant" = String, Path, description = "Whose shop.", example = "loomlark")),
    request_body = Request, responses((status = 200, body = Rates)))]
async fn rates(State(state): State<AppState>, Signed(merchant, bytes): Signed) -> Result<Json<Rates>, Problem> {
    let app = state.app()?;
    let Request { rate } = body::parse(&bytes, &state.config.limits)?;
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
    let (residential, terms) = (rate.destination.is_residential(), Terms::PLAIN);
    let work = Arc::clone(&app);
    let rates = off_thread(move || {
        let cart = Cart { merchant, channel: None, postal, residential, terms, lines: found, shown_for: SHOWN_FOR };
        Rates::of(wire::world(&work), postal, &work.quote(&cart))
    });
    rates.await.map(Json)
}
