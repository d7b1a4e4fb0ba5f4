//! The floor: waves and pick lists.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use engine::fulfilment::{PickList, ShortLine, Wave};
use engine::ids::{PickListId, ShipmentId, SkuId, WaveId};
use engine::model::World;
use engine::promise::{self, WaveRef};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Json, Paper};
use super::extract::{Accept, Caller, Listed, Page, Path, Query};
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, instant};
use crate::app::{App, AppError, ShortReport};
use crate::auth::Actor;
use crate::auth::actor::not_found;
use crate::formats::sheets::escaped;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(waves, release))
        .routes(routes!(wave))
        .routes(routes!(pick_lists))
        .routes(routes!(pick_list))
        .routes(routes!(confirm))
}

/// Shipments released together.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WaveBody {
    /// Its id.
    id: String,
    /// Where.
    warehouse: String,
    /// When it closed.
    cut_off_at: String,
    /// When it went to the floor.
    released_at: String,
    /// When everything must stand packed.
    due_at: String,
    /// Shipments in it.
    shipments: u32,
    /// Work it takes.
    work: i64,
    /// Work that fits.
    capacity: i64,
    /// What its pickers walk.
    distance_m: i64,
    /// Its lists.
    pick_lists: Vec<String>,
}

/// Which warehouse.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfWarehouse {
    /// Of this warehouse only.
    warehouse: Option<String>,
}

/// Which lists.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListFilter {
    /// Of this warehouse only.
    warehouse: Option<String>,
    /// Open ones (`true`) or confirmed ones (`false`) only.
    open: Option<bool>,
}

/// A wave to release.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReleaseRequest {
    /// Its id: warehouse, local date, number within the day.
    #[schema(example = "ABE-2025-11-11-2")]
    wave: String,
}

/// One picker's walk, in walk order.
#[derive(Debug, Serialize, ToSchema)]
struct PickListBody {
    /// Its id.
    id: String,
    /// Of which wave.
    wave: String,
    /// Where.
    warehouse: String,
    /// Which of the wave's pickers walks it, from 1.
    picker: u32,
    /// When the plan starts it.
    starts_at: String,
    /// How long the plan thinks it takes.
    duration_s: i64,
    /// How far it walks.
    distance_m: i64,
    /// When it was confirmed; null while open.
    confirmed_at: Option<String>,
    /// Stops.
    lines: Vec<PickLineBody>,
    /// What was missing.
    shorts: Vec<ShortBody>,
}

/// A stop.
#[derive(Debug, Serialize, ToSchema)]
struct PickLineBody {
    /// Its number on the walk, from 1.
    stop: usize,
    /// Aisle, from 1 at the depot's end.
    aisle: u32,
    /// Bay along the aisle, from 1 at the front.
    bay: u32,
    /// What to take.
    sku: String,
    /// How many units.
    quantity: u32,
    /// For which shipment.
    shipment: String,
}

/// Units that were missing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShortBody {
    /// Of which shipment.
    shipment: String,
    /// Which goods.
    sku: String,
    /// How many units, at least 1.
    #[schema(minimum = 1)]
    missing: u32,
    /// Why.
    #[schema(example = "bay empty")]
    reason: String,
}

impl ShortBody {
    pub(super) fn of(world: &World, short: &ShortLine) -> Self {
        Self {
            shipment: short.shipment.to_string(),
            sku: world.skus[short.sku].id.to_string(),
            missing: short.missing,
            reason: short.reason.clone(),
        }
    }
}

/// What a walk found missing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ConfirmRequest {
    /// Nothing, if all went well.
    shorts: Vec<ShortBody>,
}

/// Released waves; a warehouse sees its own.
#[utoipa::path(get, path = "/v1/waves", tag = "floor", security(("key" = ["warehouse", "planner"])), params(OfWarehouse, Page),
    responses((status = 200, body = Listed<WaveBody>)))]
async fn waves(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(filter): Query<OfWarehouse>,
    page: Page,
) -> Result<Json<Listed<WaveBody>>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    wire::known_warehouse(&app, filter.warehouse.as_ref())?;
    let found: Vec<Wave> = app.read(|state| {
        let after =
            state.waves().values().filter(|wave| page.after.as_deref().is_none_or(|after| wave.id.as_str() > after));
        let seen = after.filter(|wave| {
            let id = world.warehouses[wave.wave.warehouse].id.as_str();
            actor.sees_warehouse(id) && filter.warehouse.as_deref().is_none_or(|wanted| wanted == id)
        });
        seen.take(page.limit + 1).cloned().collect()
    });
    let bodies = found.iter().map(|wave| wave_body(&app, wave)).collect();
    Ok(Json(Listed::new(bodies, page.limit, |last: &WaveBody| last.id.clone())))
}

/// A released wave.
#[utoipa::path(get, path = "/v1/waves/{id}", tag = "floor", security(("key" = ["warehouse", "planner"])), params(("id" = String, Path)),
    responses((status = 200, body = WaveBody)))]
async fn wave(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<WaveId>,
) -> Result<Json<WaveBody>, Problem> {
    let app = state.app()?;
    let wave = app.read(|state| state.waves().get(&id).cloned());
    let seen = |wave: &Wave| actor.sees_warehouse(wire::world(&app).warehouses[wave.wave.warehouse].id.as_str());
    let wave = wave.filter(seen).ok_or_else(|| not_found("wave", &id))?;
    Ok(Json(wave_body(&app, &wave)))
}

/// Releases a wave now, before its cut-off if need be.
#[utoipa::path(post, path = "/v1/waves", tag = "floor", security(("key" = ["warehouse", "planner"])), request_body = ReleaseRequest,
    responses((status = 201, body = WaveBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn release(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<ReleaseRequest>,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let rule = "must be warehouse, date and number, as ABE-2025-11-11-2";
    let invalid = || AppError::Invalid(vec![Fault::new("", "wave", &body.wave, rule)]);
    let wave = WaveRef::parse(&body.wave, wire::world(&app)).ok_or_else(invalid)?;
    if !actor.sees_warehouse(wire::world(&app).warehouses[wave.warehouse].id.as_str()) {
        return Err(not_found("wave", &body.wave).into());
    }
    let floor = Arc::clone(&app);
    let released = tokio::task::spawn_blocking(move || floor.release_wave(wave))
        .await
        .map_err(|error| AppError::Internal(error.into()))??;
    let nothing =
        || AppError::Conflict { code: "not-allowed", detail: format!("Nothing is planned in wave {}.", body.wave) };
    let id = released.ok_or_else(nothing)?;
    let wave = app.read(|state| state.waves().get(&id).cloned()).ok_or_else(|| not_found("wave", &id))?;
    Ok((StatusCode::CREATED, Json(wave_body(&app, &wave))).into_response())
}

/// Pick lists; a warehouse pulls its own.
#[utoipa::path(get, path = "/v1/pick-lists", tag = "floor", security(("key" = ["warehouse", "planner"])), params(ListFilter, Page),
    responses((status = 200, body = Listed<PickListBody>)))]
async fn pick_lists(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(filter): Query<ListFilter>,
    page: Page,
) -> Result<Json<Listed<PickListBody>>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    wire::known_warehouse(&app, filter.warehouse.as_ref())?;
    let found: Vec<PickList> = app.read(|state| {
        let after = state
            .pick_lists()
            .values()
            .filter(|list| page.after.as_deref().is_none_or(|after| list.id.as_str() > after));
        let seen = after.filter(|list| {
            let id = world.warehouses[list.warehouse].id.as_str();
            actor.sees_warehouse(id)
                && filter.warehouse.as_deref().is_none_or(|wanted| wanted == id)
                && filter.open.is_none_or(|open| open == list.confirmed_at.is_none())
        });
        seen.take(page.limit + 1).cloned().collect()
    });
    let bodies = found.iter().map(|list| list_body(world, list)).collect();
    Ok(Json(Listed::new(bodies, page.limit, |last: &PickListBody| last.id.clone())))
}

/// A pick list: JSON, or by the `Accept` header CSV (`text/csv`) or a page to print (`text/html`), in walk order.
#[utoipa::path(get, path = "/v1/pick-lists/{id}", tag = "floor", security(("key" = ["warehouse", "planner"])), params(("id" = String, Path)),
    responses((status = 200, body = PickListBody)))]
async fn pick_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<PickListId>,
    accept: Accept,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let list = seen_list(&app, &actor, &id)?;
    let body = list_body(wire::world(&app), &list);
    Ok(if accept.names("text/csv") {
        ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv_of(&body)).into_response()
    } else if accept.names("text/html") {
        Paper(html_of(wire::world(&app), &list, &body)).into_response()
    } else {
        Json(body).into_response()
    })
}

/// Confirms a walk. Missing units are sent from another warehouse if one has them. Confirmed twice is confirmed once.
#[utoipa::path(post, path = "/v1/pick-lists/{id}/confirm", tag = "floor", security(("key" = ["warehouse"])), params(("id" = String, Path)),
    request_body = ConfirmRequest,
    responses((status = 200, body = PickListBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn confirm(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<PickListId>,
    Json(body): Json<ConfirmRequest>,
) -> Result<Json<PickListBody>, Problem> {
    let app = state.app()?;
    let list = seen_list(&app, &actor, &id)?;
    let shorts = to_shorts(&app, &list, &body.shorts)?;
    let list = app.confirm_pick_list(id, shorts).await?;
    Ok(Json(list_body(wire::world(&app), &list)))
}

fn to_shorts(app: &App, list: &PickList, shorts: &[ShortBody]) -> Result<Vec<ShortReport>, AppError> {
    let world = wire::world(app);
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (n, short) in shorts.iter().enumerate() {
        let here = list
            .lines
            .iter()
            .find(|line| line.shipment.as_str() == short.shipment && world.skus[line.sku].id.as_str() == short.sku);
        let id = ShipmentId::new(&short.shipment).ok().filter(|_| SkuId::new(&short.sku).is_ok());
        match (here, id) {
            (Some(line), Some(shipment)) if (1..=line.quantity).contains(&short.missing) => {
                found.push(ShortReport {
                    shipment,
                    sku: line.sku,
                    missing: short.missing,
                    reason: short.reason.clone(),
                });
            }
            (Some(line), Some(_)) => {
                let rule = format!("must be 1 to the {} units on the list", line.quantity);
                faults.push(Fault::new(format!("/shorts/{n}"), "missing", short.missing, rule));
            }
            _ => faults.push(Fault::new(
                format!("/shorts/{n}"),
                "shipment, sku",
                format!("{}, {}", short.shipment, short.sku),
                "must stand on the list",
            )),
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(AppError::Invalid(faults)) }
}

fn seen_list(app: &App, actor: &Actor, id: &PickListId) -> Result<PickList, AppError> {
    let list = app.pick_list(id)?;
    let warehouse = wire::world(app).warehouses[list.warehouse].id.as_str();
    if actor.sees_warehouse(warehouse) { Ok(list) } else { Err(not_found("pick list", id)) }
}

pub(super) fn wave_body(app: &App, wave: &Wave) -> WaveBody {
    let warehouse = &wire::world(app).warehouses[wave.wave.warehouse];
    WaveBody {
        id: wave.id.to_string(),
        warehouse: warehouse.id.to_string(),
        cut_off_at: instant(promise::cut_off(app.network(), &wave.wave)),
        released_at: instant(wave.released_at),
        due_at: instant(wave.due_at),
        shipments: wave.shipments,
        work: wave.work,
        capacity: warehouse.waves[usize::from(wave.wave.slot)].work_capacity,
        distance_m: wave.distance.get() / 1000,
        pick_lists: wave.pick_lists.iter().map(ToString::to_string).collect(),
    }
}

fn list_body(world: &World, list: &PickList) -> PickListBody {
    PickListBody {
        id: list.id.to_string(),
        wave: list.wave.to_string(),
        warehouse: world.warehouses[list.warehouse].id.to_string(),
        picker: list.picker + 1,
        starts_at: instant(list.starts_at),
        duration_s: list.duration.get(),
        distance_m: list.distance.get() / 1000,
        confirmed_at: list.confirmed_at.map(instant),
        lines: list
            .lines
            .iter()
            .enumerate()
            .map(|(n, line)| PickLineBody {
                stop: n + 1,
                aisle: line.aisle + 1,
                bay: line.bay + 1,
                sku: world.skus[line.sku].id.to_string(),
                quantity: line.quantity,
                shipment: line.shipment.to_string(),
            })
            .collect(),
        shorts: list.shorts.iter().map(|short| ShortBody::of(world, short)).collect(),
    }
}

/// Ids hold no comma and no quote, so rows need no escaping.
fn csv_of(list: &PickListBody) -> String {
    let mut text = "stop,aisle,bay,sku,quantity,shipment\n".to_owned();
    for line in &list.lines {
        let _ = writeln!(
            text,
            "{},{},{},{},{},{}",
            line.stop, line.aisle, line.bay, line.sku, line.quantity, line.shipment
        );
    }
    text
}

/// A page to print and to tick by hand, complete in itself, so that it prints the same when it was saved. Ids hold nothing
/// that HTML would read; the warehouse's name is a file's text.
fn html_of(world: &World, list: &PickList, body: &PickListBody) -> String {
    let warehouse = &world.warehouses[list.warehouse];
    let on = |at| warehouse.calendar.clock().wall(at);
    let mut text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Pick list {id}</title><style>{style}</style><h1>Pick list {id}</h1>\
         <p>Warehouse {place}, {name} · wave {wave} · picker {picker} · start {start}, local time · {metres} m · {minutes} min</p>",
        id = body.id,
        style = include_str!("print.css"),
        place = body.warehouse,
        name = escaped(&warehouse.name),
        wave = body.wave,
        picker = body.picker,
        start = on(list.starts_at),
        metres = body.distance_m,
        minutes = (body.duration_s + 59) / 60,
    );
    if let Some(at) = list.confirmed_at {
        let missing: u32 = body.shorts.iter().map(|short| short.missing).sum();
        let _ = write!(text, "<p><b>Confirmed {}, units missing: {missing}.</b></p>", on(at));
    }
    text.push_str("<table><thead><tr><th>done<th>stop<th>aisle<th>bay<th>SKU<th>units<th>shipment</tr></thead><tbody>");
    for line in &body.lines {
        let _ = write!(
            text,
            "<tr><td class=\"box\"><td>{}<td class=\"big\">{}<td class=\"big\">{}<td>{}<td class=\"big\">{}<td>{}</tr>",
            line.stop, line.aisle, line.bay, line.sku, line.quantity, line.shipment
        );
    }
    text.push_str("</tbody></table><p>Missing units: write them beside the line and report them when you confirm the list.</p></html>");
    text
}
