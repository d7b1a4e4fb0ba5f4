//! Shipping methods for the checkouts of Saleor shops: its synchronous webhook.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request as HttpRequest, State};
use engine::fault::Fault;
use engine::fulfilment::Terms;
use engine::ids::{ChannelId, MerchantId};
use engine::units::Seconds;
use serde_json::Value;
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
use crate::formats::saleor::{self, Checkout, Method};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(methods))
}

/// A shop shows methods while its buyer looks at them, so they must hold for an order at the end of that.
const SHOWN_FOR: Seconds = Seconds::minutes(15);

const SALEOR: Platform =
    Platform { name: "saleor", header: "saleor-signature", encoding: Encoding::Hex, setting: "saleor_file" };

/// A body that Saleor has signed.
struct Signed(MerchantId, Bytes);

impl FromRequest<AppState> for Signed {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &AppState) -> Result<Self, Problem> {
        signed::verified(&SALEOR, state.saleor(), state, request).await.map(|(merchant, bytes)| Self(merchant, bytes))
    }
}

/// Shipping methods for a checkout as Saleor's webhook `SHIPPING_LIST_METHODS_FOR_CHECKOUT` asks for them, the best of each level. The request is
/// signed with the webhook's secret key (`Saleor-Signature`). A checkout that cannot be shipped to, or in another currency, gets none.
#[utoipa::path(post, path = "/saleor/{merchant}/shipping-methods", tag = "quotes", security(("signature" = [])),
    params(("merchant" = String, Path, description = "Whose shop.", example = "loomlark")),
    request_body = Value, responses((status = 200, body = Vec<Method>)))]
async fn methods(State(state): State<AppState>, Signed(merchant, bytes): Signed) -> Result<Json<Vec<Method>>, Problem> {
    let app = state.app()?;
    let body: Value = body::parse(&bytes, &state.config.limits)?;
    let Some(checkout) = Checkout::read(&body) else {
        let rule = "must be a checkout with lines: a list of one, or an object under `checkout`";
        return Err(AppError::Invalid(vec![Fault::new("", "checkout", "", rule)]).into());
    };
    let postal = checkout.zip.as_deref().and_then(|zip| wire::world(&app).postal(zip));
    let (Some(postal), false, true) = (postal, checkout.lines.is_empty(), saleor::is_in_our_currency(&checkout)) else {
        return Ok(Json(Vec::new()));
    };
    let mut faults = Vec::new();
    let merchant = app.find_merchant("", merchant.as_str(), &mut faults);
    let found = merchant.map(|merchant| app.find_lines(merchant, &checkout.lines, &mut faults));
    let (Some(merchant), Some(lines), true) = (merchant, found, faults.is_empty()) else {
        return Err(AppError::Invalid(faults).into());
    };
    let terms = Terms::PLAIN;
    let (channel, residential) = (checkout.channel.and_then(|slug| ChannelId::new(&slug).ok()), checkout.residential);
    let work = Arc::clone(&app);
    let methods = off_thread(move || {
        let answer = work.quote(&Cart { merchant, channel, postal, residential, terms, lines, shown_for: SHOWN_FOR });
        saleor::methods(work.network(), postal, &answer, work.clock().now())
    });
    methods.await.map(Json)
}
