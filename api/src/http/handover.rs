//! Handing over: dispatches, tenders, manifests.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::dispatch::Change;
use engine::fulfilment::{Dispatch, DispatchStage, TenderAnswer, VanRoute};
use engine::ids::DispatchId;
use engine::model::World;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::doors_left::{DoorLeftBody, door_left};
use super::extract::{Accept, Caller, Listed, Page, Path, Query};
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, instant};
use crate::app::{App, AppError};
use crate::auth::Actor;
use crate::auth::actor::not_found;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(accept))
        .routes(routes!(reject))
        .routes(routes!(replan))
        .routes(routes!(manifest))
}

/// Shipments handed over at one collection.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DispatchBody {
    /// Its id.
    id: String,
    /// From where.
    warehouse: String,
    /// By which service.
    service: String,
    /// Of which carrier.
    carrier: String,
    /// When it is collected.
    pickup_at: String,
    /// When the carrier must have answered.
    answer_by: String,
    /// `tendered`, `accepted`, `rejected`.
    stage: String,
    /// Why it was refused.
    reason: Option<String>,
    /// What is in it.
    shipments: Vec<String>,
    /// Parcels in it.
    parcels: u32,
    /// Their weight.
    weight_g: i64,
    /// What the carrier charges.
    carrier_cents: i64,
    /// The vans' routes, where it is an own fleet's.
    routes: Vec<RouteBody>,
    /// Where the routes' distances and times come from.
    roads: Option<RoadsBody>,
    /// When the routes were planned, or last planned anew.
    planned_at: Option<String>,
    /// Doors that the vans leave for a later window, and what would have served them.
    left: Vec<DoorLeftBody>,
}

/// What planning again came to.
#[derive(Debug, Serialize, ToSchema)]
struct ReplanBody {
    /// `replanned`: it has a better plan; `kept`: none was found; `unchanged`: nothing has happened that may change it.
    outcome: &'static str,
    /// What has happened since it was planned.
    changes: Vec<ChangeBody>,
    /// The dispatch as it stands.
    dispatch: DispatchBody,
}

/// A reason to plan again.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeBody {
    /// `packed`: a shipment stands packed for the same window; `announced`: a return to collect; `withdrawn`: a return that
    /// came back otherwise; `behind`: a van.
    kind: &'static str,
    /// The shipment packed.
    shipment: Option<String>,
    /// The return.
    #[serde(rename = "return")]
    goods: Option<String>,
    /// The van that is behind, from 1.
    van: Option<u32>,
    /// By how much, in steps of five minutes.
    behind_s: Option<i64>,
}

/// Where road times come from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoadsBody {
    /// `great-circle`, or what the setting `roads.source` names.
    source: String,
    /// What the setting names, where that could not be had.
    instead_of: Option<String>,
    /// Pairs of places that the source has no way for; their great circles count.
    pairs_by_great_circle: u64,
}

/// A van's routes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteBody {
    /// Which van, from 1.
    van: u32,
    /// What it drives.
    distance_m: i64,
    /// What it costs.
    cost_cents: i64,
    /// Its trips.
    trips: Vec<TripBody>,
}

/// Depot to depot.
#[derive(Debug, Serialize, ToSchema)]
struct TripBody {
    /// Leaves.
    departs: String,
    /// Is back.
    returns: String,
    /// Doors in order.
    stops: Vec<StopBody>,
}

/// A door.
#[derive(Debug, Serialize, ToSchema)]
struct StopBody {
    /// What is delivered; null for a return pickup.
    shipment: Option<String>,
    /// The return collected.
    collects: Option<String>,
    /// Arrival.
    arrives: String,
}

/// Which dispatches.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// `tendered`, `accepted` or `rejected`.
    stage: Option<String>,
}

/// Why a tender is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectRequest {
    /// In a few words.
    #[schema(example = "no room on the trailer")]
    reason: String,
}

/// The papers of a collection.
#[derive(Debug, Serialize, ToSchema)]
struct ManifestBody {
    /// The dispatch.
    dispatch: String,
    /// When it is collected.
    pickup_at: String,
    /// Parcels in all.
    parcels: usize,
    /// Weight in all.
    weight_g: i64,
    /// One row a parcel.
    rows: Vec<ManifestRow>,
}

/// A parcel of a manifest.
#[derive(Debug, Serialize, ToSchema)]
struct ManifestRow {
    /// Label.
    sscc: String,
    /// Its shipment.
    shipment: String,
    /// Its order.
    order: String,
    /// Where it goes.
    postal_code: String,
    /// Weight with box.
    weight_g: i64,
    /// Service.
    service: String,
}

/// Dispatches; a carrier pulls its own, a warehouse those that leave it.
#[utoipa::path(get, path = "/v1/dispatches", tag = "dispatch", security(("key" = ["carrier", "warehouse", "planner"])), params(Filter, Page),
    responses((status = 200, body = Listed<DispatchBody>)))]
async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Json<Listed<DispatchBody>>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    let stage: Option<DispatchStage> =
        wire::parse_stage(filter.stage.as_ref(), "must be tendered, accepted or rejected")?;
    let found: Vec<Dispatch> = app.read(|state| {
        let after =
            state.dispatches().values().filter(|d| page.after.as_deref().is_none_or(|after| d.id.as_str() > after));
        let seen = after.filter(|d| sees(world, &actor, d)).filter(|d| stage.is_none_or(|stage| stage == d.stage));
        seen.take(page.limit + 1).cloned().collect()
    });
    let bodies = found.iter().map(|dispatch| dispatch_body(world, dispatch)).collect();
    Ok(Json(Listed::new(bodies, page.limit, |last: &DispatchBody| last.id.clone())))
}

/// A dispatch.
#[utoipa::path(get, path = "/v1/dispatches/{id}", tag = "dispatch", security(("key" = ["carrier", "warehouse", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = DispatchBody)))]
async fn show(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<DispatchId>,
) -> Result<Json<DispatchBody>, Problem> {
    let app = state.app()?;
    Ok(Json(dispatch_body(wire::world(&app), &seen(&app, &actor, &id)?)))
}

/// The carrier takes a tender; the goods leave the stock.
#[utoipa::path(post, path = "/v1/dispatches/{id}/accept", tag = "dispatch", security(("key" = ["carrier"])), params(("id" = String, Path)),
    responses((status = 200, body = DispatchBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn accept(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<DispatchId>,
) -> Result<Json<DispatchBody>, Problem> {
    let app = state.app()?;
    seen(&app, &actor, &id)?;
    let dispatch = app.answer_tender(id, TenderAnswer::Accept).await?;
    Ok(Json(dispatch_body(wire::world(&app), &dispatch)))
}

/// The carrier refuses a tender; its shipments go by other services at once.
#[utoipa::path(post, path = "/v1/dispatches/{id}/reject", tag = "dispatch", security(("key" = ["carrier"])), params(("id" = String, Path)),
    request_body = RejectRequest,
    responses((status = 200, body = DispatchBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn reject(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<DispatchId>,
    Json(request): Json<RejectRequest>,
) -> Result<Json<DispatchBody>, Problem> {
    let app = state.app()?;
    seen(&app, &actor, &id)?;
    let reason = request.reason.trim();
    if reason.is_empty() || reason.len() > 200 {
        let fault = engine::fault::Fault::new("", "reason", reason, "must have 1 to 200 characters");
        return Err(AppError::Invalid(vec![fault]).into());
    }
    let dispatch = app.answer_tender(id, TenderAnswer::Reject(reason.to_owned())).await?;
    Ok(Json(dispatch_body(wire::world(&app), &dispatch)))
}

/// Plans the own vans of a dispatch under way again, if something has changed since they were planned: parcels packed for
/// the same window, returns to collect, vans that are behind. What is driven and loaded stays; a plan is put into force only if
/// it serves all that the running one serves and is better. The service does so by itself every five minutes.
#[utoipa::path(post, path = "/v1/dispatches/{id}/replan", tag = "dispatch", security(("key" = ["planner"])), params(("id" = String, Path)),
    responses((status = 200, body = ReplanBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn replan(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<DispatchId>,
) -> Result<Json<ReplanBody>, Problem> {
    let app = state.app()?;
    seen(&app, &actor, &id)?;
    let rerouting = app.reroute(id).await?;
    let outcome = match (rerouting.is_better, rerouting.changes.is_empty()) {
        (true, _) => "replanned",
        (false, false) => "kept",
        (false, true) => "unchanged",
    };
    let changes = rerouting.changes.iter().map(change_body).collect();
    Ok(Json(ReplanBody { outcome, changes, dispatch: dispatch_body(wire::world(&app), &rerouting.dispatch) }))
}

fn change_body(change: &Change) -> ChangeBody {
    let plain = |kind| ChangeBody { kind, shipment: None, goods: None, van: None, behind_s: None };
    match change {
        Change::Packed(shipment) => ChangeBody { shipment: Some(shipment.to_string()), ..plain("packed") },
        Change::Announced(goods) => ChangeBody { goods: Some(goods.to_string()), ..plain("announced") },
        Change::Withdrawn(goods) => ChangeBody { goods: Some(goods.to_string()), ..plain("withdrawn") },
        Change::Behind { van, by } => ChangeBody { van: Some(van + 1), behind_s: Some(by.get()), ..plain("behind") },
    }
}

/// The manifest: one row a parcel, and totals. JSON, or CSV by the `Accept` header.
#[utoipa::path(get, path = "/v1/dispatches/{id}/manifest", tag = "dispatch", security(("key" = ["carrier", "warehouse", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = ManifestBody)))]
async fn manifest(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<DispatchId>,
    accept: Accept,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let dispatch = seen(&app, &actor, &id)?;
    let manifest = manifest_body(&app, &dispatch);
    if !accept.names("text/csv") {
        return Ok(Json(manifest).into_response());
    }
    let mut text = "sscc,shipment,order,postal_code,weight_g,service\n".to_owned();
    for row in &manifest.rows {
        let _ = writeln!(
            text,
            "{},{},{},{},{},{}",
            row.sscc, row.shipment, row.order, row.postal_code, row.weight_g, row.service
        );
    }
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response())
}

fn manifest_body(app: &App, dispatch: &Dispatch) -> ManifestBody {
    let world = wire::world(app);
    let service = world.services[dispatch.service].id.to_string();
    let rows: Vec<ManifestRow> = app.read(|state| {
        let shipments = dispatch.shipments.iter().filter_map(|id| state.shipments().get(id));
        shipments
            .flat_map(|shipment| {
                shipment.parcels.iter().map(|parcel| ManifestRow {
                    sscc: parcel.id.to_string(),
                    shipment: shipment.id.to_string(),
                    order: shipment.order.to_string(),
                    postal_code: world.postals[shipment.postal].code.clone(),
                    weight_g: parcel.gross.get(),
                    service: service.clone(),
                })
            })
            .collect()
    });
    ManifestBody {
        dispatch: dispatch.id.to_string(),
        pickup_at: instant(dispatch.pickup_at),
        parcels: rows.len(),
        weight_g: rows.iter().map(|row| row.weight_g).sum(),
        rows,
    }
}

fn sees(world: &World, actor: &Actor, dispatch: &Dispatch) -> bool {
    let carrier = &world.carriers[world.services[dispatch.service].carrier].id;
    actor.sees_carrier(carrier.as_str()) || actor.sees_warehouse(world.warehouses[dispatch.warehouse].id.as_str())
}

pub(super) fn seen(app: &App, actor: &Actor, id: &DispatchId) -> Result<Dispatch, AppError> {
    let dispatch = app.dispatch(id)?;
    if sees(wire::world(app), actor, &dispatch) { Ok(dispatch) } else { Err(not_found("dispatch", id)) }
}

pub(super) fn dispatch_body(world: &World, dispatch: &Dispatch) -> DispatchBody {
    let service = &world.services[dispatch.service];
    DispatchBody {
        id: dispatch.id.to_string(),
        warehouse: world.warehouses[dispatch.warehouse].id.to_string(),
        service: service.id.to_string(),
        carrier: world.carriers[service.carrier].id.to_string(),
        pickup_at: instant(dispatch.pickup_at),
        answer_by: instant(dispatch.answer_by),
        stage: wire::stage(dispatch.stage),
        reason: dispatch.reason.clone(),
        shipments: dispatch.shipments.iter().map(ToString::to_string).collect(),
        parcels: dispatch.parcels,
        weight_g: dispatch.gross.get(),
        carrier_cents: dispatch.carrier_cost.get(),
        routes: dispatch.routes.iter().map(route_body).collect(),
        roads: dispatch.roads.as_ref().map(|roads| RoadsBody {
            source: roads.source.clone(),
            instead_of: roads.instead_of.clone(),
            pairs_by_great_circle: roads.pairs_by_great_circle,
        }),
        planned_at: dispatch.planned_at.map(instant),
        left: dispatch.left.iter().map(door_left).collect(),
    }
}

pub(super) fn route_body(route: &VanRoute) -> RouteBody {
    let trip = |trip: &engine::fulfilment::VanTrip| TripBody {
        departs: instant(trip.departs),
        returns: instant(trip.returns),
        stops: trip
            .stops
            .iter()
            .map(|stop| StopBody {
                shipment: stop.shipment.as_ref().map(ToString::to_string),
                collects: stop.collects.as_ref().map(ToString::to_string),
                arrives: instant(stop.arrives),
            })
            .collect(),
    };
    RouteBody {
        van: route.van + 1,
        distance_m: route.distance.get(),
        cost_cents: route.cost.get(),
        trips: route.trips.iter().map(trip).collect(),
    }
}
