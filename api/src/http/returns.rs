//! Returns.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use engine::fulfilment::{Grading, Return, ReturnLine};
use engine::ids::{OrderId, ReturnId};
use engine::model::World;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::{Caller, Path};
use super::orders::seen_order;
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, Line, instant};
use crate::app::{App, AppError};
use crate::auth::Actor;
use crate::auth::actor::not_found;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(show)).routes(routes!(receive))
}

/// A return as a shop announces it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnRequest {
    /// From which order.
    #[schema(value_type = String)]
    order: OrderId,
    /// What comes back.
    lines: Vec<Line>,
    /// Why, if the buyer says so; none is needed.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// A return.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReturnBody {
    /// Its id.
    id: String,
    /// From which order.
    order: String,
    /// What, and what became of it.
    lines: Vec<ReturnedLine>,
    /// Why.
    reason: Option<String>,
    /// To which warehouse.
    warehouse: String,
    /// By which service.
    service: String,
    /// What the way back costs.
    cost_cents: i64,
    /// When it was announced.
    opened_at: String,
    /// `open`, `received`.
    stage: String,
}

/// A line of a return.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReturnedLine {
    /// Which goods.
    sku: String,
    /// Units announced.
    quantity: u32,
    /// Units back on the shelf.
    restocked: u32,
    /// Units set aside.
    quarantined: u32,
    /// Units thrown away.
    scrapped: u32,
}

impl ReturnedLine {
    pub(super) fn of(world: &World, line: &ReturnLine) -> Self {
        Self {
            sku: world.skus[line.sku].id.to_string(),
            quantity: line.quantity,
            restocked: line.restocked,
            quarantined: line.quarantined,
            scrapped: line.scrapped,
        }
    }
}

/// What came back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReceiveRequest {
    /// Units by grade.
    lines: Vec<GradedLine>,
}

/// A graded line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GradedLine {
    /// Which goods.
    sku: String,
    /// Units to sell again.
    #[serde(default)]
    restock: u32,
    /// Units to look at.
    #[serde(default)]
    quarantine: u32,
    /// Units to throw away.
    #[serde(default)]
    scrap: u32,
}

/// Announces a return within the merchant's window; the answer names the way back.
#[utoipa::path(post, path = "/v1/returns", tag = "returns", security(("key" = ["shop"])), request_body = ReturnRequest,
    responses((status = 201, body = ReturnBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<ReturnRequest>,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let order = seen_order(&app, &actor, &body.order)?;
    let mut faults = Vec::new();
    let lines = app.find_lines(order.merchant, &wire::pairs(&body.lines), &mut faults);
    if let Some(reason) = body.reason.as_ref().filter(|reason| reason.len() > 500) {
        faults.push(Fault::new("", "reason", reason.len(), "must have at most 500 characters"));
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let opened = app.open_return(body.order, lines, body.reason).await?;
    Ok((StatusCode::CREATED, Json(return_body(&app, &opened))).into_response())
}

/// A return; its shop and the warehouse that receives it see it.
#[utoipa::path(get, path = "/v1/returns/{id}", tag = "returns", security(("key" = ["shop", "warehouse", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = ReturnBody)))]
async fn show(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<ReturnId>,
) -> Result<Json<ReturnBody>, Problem> {
    let app = state.app()?;
    Ok(Json(return_body(&app, &seen(&app, &actor, &id)?)))
}

/// The warehouse grades what came back.
#[utoipa::path(post, path = "/v1/returns/{id}/receive", tag = "returns", security(("key" = ["warehouse"])), params(("id" = String, Path)),
    request_body = ReceiveRequest,
    responses((status = 200, body = ReturnBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn receive(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<ReturnId>,
    Json(body): Json<ReceiveRequest>,
) -> Result<Json<ReturnBody>, Problem> {
    let app = state.app()?;
    let goods = seen(&app, &actor, &id)?;
    let world = wire::world(&app);
    let (mut gradings, mut faults) = (Vec::new(), Vec::new());
    if body.lines.is_empty() {
        faults.push(Fault::new("", "lines", "[]", "must have at least one line; units of 0 say that nothing came"));
    }
    for (n, line) in body.lines.iter().enumerate() {
        let at = format!("/lines/{n}");
        let Some(known) = goods.lines.iter().find(|announced| world.skus[announced.sku].id.as_str() == line.sku) else {
            faults.push(Fault::new(at, "sku", &line.sku, "must stand on the return"));
            continue;
        };
        if body.lines[..n].iter().any(|earlier| earlier.sku == line.sku) {
            faults.push(Fault::new(&at, "sku", &line.sku, "must stand on one line only: add the units up"));
        }
        let units = u64::from(line.restock) + u64::from(line.quarantine) + u64::from(line.scrap);
        if units > u64::from(known.quantity) {
            let rule = format!("must be no more than the {} announced, over all grades", known.quantity);
            faults.push(Fault::new(&at, "restock", units, rule));
        }
        gradings.push(Grading {
            sku: known.sku,
            restock: line.restock,
            quarantine: line.quarantine,
            scrap: line.scrap,
        });
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    Ok(Json(return_body(&app, &app.receive_return(id, gradings).await?)))
}

fn seen(app: &App, actor: &Actor, id: &ReturnId) -> Result<Return, AppError> {
    let goods = app.return_of(id)?;
    let world = wire::world(app);
    let seen = actor.sees_merchant(world.merchants[goods.merchant].id.as_str())
        || actor.sees_warehouse(world.warehouses[goods.warehouse].id.as_str());
    if seen { Ok(goods) } else { Err(not_found("return", id)) }
}

pub(super) fn return_body(app: &App, goods: &Return) -> ReturnBody {
    let world = wire::world(app);
    ReturnBody {
        id: goods.id.to_string(),
        order: goods.order.to_string(),
        lines: goods.lines.iter().map(|line| ReturnedLine::of(world, line)).collect(),
        reason: goods.reason.clone(),
        warehouse: world.warehouses[goods.warehouse].id.to_string(),
        service: world.services[goods.service].id.to_string(),
        cost_cents: goods.cost.get(),
        opened_at: instant(goods.opened_at),
        stage: wire::stage(goods.stage),
    }
}
