//! Karrio's proxy for rates.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use engine::quote::Parcels;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::Caller;
use super::problem::Problem;
use super::quotes::off_thread;
use super::state::AppState;
use super::wire;
use crate::app::AppError;
use crate::formats::karrio::{self, Request};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(rates))
}

/// Rates for parcels as Karrio's clients ask for them (`Authorization: Token KEY`), from the warehouse nearest to the shipper: 207 with
/// messages where a carrier asked for has none, 424 where nobody has.
#[utoipa::path(post, path = "/v1/proxy/rates", tag = "quotes", security(("key" = ["shop", "planner"])), request_body = Request,
    responses((status = 200, body = serde_json::Value), (status = 207, body = serde_json::Value), (status = 424, body = serde_json::Value)))]
async fn rates(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<Request>,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let mut faults = Vec::new();
    let zips = [body.shipper.zip("/shipper", &mut faults), body.recipient.zip("/recipient", &mut faults)];
    let mut place = |(zip, at): (Option<String>, &str)| {
        let zip = zip?;
        let known = wire::world(&app).postal(&zip);
        if known.is_none() {
            faults.push(Fault::new(at, "postal_code", zip, "must be a postal code that the network serves"));
        }
        known
    };
    let [from, to] = zips;
    let (from, to) = (place((from, "/shipper")), place((to, "/recipient")));
    let parcels = body.sizes(&mut faults);
    let (Some(from), Some(to), true) = (from, to, faults.is_empty()) else {
        return Err(AppError::Invalid(faults).into());
    };
    let merchant = wire::own_merchant(&app, &actor);
    let parcels = Parcels { merchant, from, to, residential: body.recipient.is_residential(), parcels };
    let work = Arc::clone(&app);
    let found = off_thread(move || work.parcel_rates(&parcels, None, None)).await?;
    let (status, answer) = karrio::answer(wire::world(&app), &body, &found);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    Ok((status, Json(answer)).into_response())
}
