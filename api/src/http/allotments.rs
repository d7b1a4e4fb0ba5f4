//! What carriers take a day, and what is used of it.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::calendar::civil::Date;
use engine::fault::Fault;
use engine::model::{Allotment, World};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::{Accept, Caller, Query};
use super::problem::Problem;
use super::state::AppState;
use super::wire;
use crate::app::{AllotmentDay, AppError};

/// Most days asked for at once.
const MOST_DAYS: usize = 62;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Days {
    /// The first local day of collection; today if left out.
    #[param(example = "2025-11-11")]
    from: Option<String>,
    /// How many days.
    #[param(minimum = 1, maximum = 62, default = 7)]
    days: Option<usize>,
}

/// What a carrier takes a day on some of its services, from some warehouses, to some regions.
#[derive(Debug, Serialize, ToSchema)]
struct AllotmentBody {
    /// Its id.
    id: String,
    /// Whose.
    carrier: String,
    /// For these services together.
    services: Vec<String>,
    /// From these warehouses; from all where it names none.
    warehouses: Vec<String>,
    /// To these regions; to all where it names none.
    regions: Vec<String>,
    /// First local day of collection on which it holds; null for always.
    first_day: Option<String>,
    /// Last such day; null for ever.
    last_day: Option<String>,
    /// Parcels that it admits a day.
    parcels: u32,
    /// The days asked for on which it holds.
    days: Vec<AllotmentDayBody>,
}

/// Use of an allotment on a day: the volume to expect.
#[derive(Debug, Serialize, ToSchema)]
struct AllotmentDayBody {
    /// The local day of collection.
    day: String,
    /// Parcels planned, released and sent.
    used: i64,
    /// Parcels that still fit; below zero where the allotment was made smaller than what was planned already.
    left: i64,
    /// What room for one more is worth by the price board; steers, is never charged. Null for carriers.
    price_cents: Option<i64>,
}

/// Allotments with their use per day, in JSON or by the `Accept` header CSV (`text/csv`); a carrier sees its own.
#[utoipa::path(get, path = "/v1/allotments", tag = "network", security(("key" = ["carrier", "planner"])), params(Days),
    responses((status = 200, body = Vec<AllotmentBody>)))]
async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(wish): Query<Days>,
    accept: Accept,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let (first, days) = wish.parse(app.today())?;
    let world = wire::world(&app);
    let carrier = |allotment: &Allotment| carrier_of(world, allotment);
    let priced = actor.role != crate::auth::Role::Carrier;
    let seen = world.allotments.enumerate().filter(|(_, allotment)| actor.sees_carrier(carrier(allotment)));
    let bodies: Vec<AllotmentBody> =
        seen.map(|(ix, allotment)| body(world, allotment, &app.allotment_days(ix, first, days), priced)).collect();
    Ok(if accept.names("text/csv") {
        ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv_of(&bodies)).into_response()
    } else {
        Json(bodies).into_response()
    })
}

impl Days {
    /// The first day and how many, or every fault.
    fn parse(&self, today: Date) -> Result<(Date, usize), AppError> {
        let mut faults = Vec::new();
        let days = self.days.unwrap_or(7);
        if !(1..=MOST_DAYS).contains(&days) {
            faults.push(Fault::new("query", "days", days, format!("must be 1 to {MOST_DAYS}")));
        }
        let first = self.from.as_ref().map_or(Ok(today), |text| text.parse::<Date>());
        if first.is_err() {
            let text = self.from.as_deref().unwrap_or_default();
            faults.push(Fault::new("query", "from", text, "must be a day, YYYY-MM-DD"));
        }
        match (first, faults.is_empty()) {
            (Ok(first), true) => Ok((first, days)),
            _ => Err(AppError::Invalid(faults)),
        }
    }
}

/// All services of an allotment are one carrier's.
fn carrier_of<'w>(world: &'w World, allotment: &Allotment) -> &'w str {
    let service = allotment.services.first().map(|service| &world.services[*service]);
    service.map_or("", |service| world.carriers[service.carrier].id.as_str())
}

fn body(world: &World, allotment: &Allotment, days: &[AllotmentDay], priced: bool) -> AllotmentBody {
    let text = |day: Date| day.to_string();
    AllotmentBody {
        id: allotment.id.to_string(),
        carrier: carrier_of(world, allotment).to_owned(),
        services: allotment.services.iter().map(|&service| world.services[service].id.to_string()).collect(),
        warehouses: allotment.warehouses.iter().map(|&place| world.warehouses[place].id.to_string()).collect(),
        regions: allotment.regions.iter().map(|&region| world.regions[region].code.clone()).collect(),
        first_day: allotment.first_day.map(text),
        last_day: allotment.last_day.map(text),
        parcels: allotment.parcels,
        days: days
            .iter()
            .map(|day| AllotmentDayBody {
                day: text(day.of.day),
                used: day.used,
                left: day.left,
                price_cents: priced.then(|| day.price.get()),
            })
            .collect(),
    }
}

/// Ids and days hold no comma and no quote, so rows need no escaping.
fn csv_of(bodies: &[AllotmentBody]) -> String {
    let mut text = "allotment,carrier,day,parcels,used,left\n".to_owned();
    for body in bodies {
        for day in &body.days {
            let _ =
                writeln!(text, "{},{},{},{},{},{}", body.id, body.carrier, day.day, body.parcels, day.used, day.left);
        }
    }
    text
}
