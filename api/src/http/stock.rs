//! Stock: looked at, counted, brought in.

use axum::extract::State;
use engine::fault::Fault;
use engine::ids::SkuId;
use engine::model::{SkuIx, WarehouseIx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Bulk, Json};
use super::extract::{Caller, Listed, Page, Query};
use super::problem::Problem;
use super::state::AppState;
use super::wire;
use crate::app::{App, AppError, StockRow};
use crate::auth::actor::not_found;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(adjust)).routes(routes!(import))
}

/// Stock of a SKU at a warehouse, in units.
#[derive(Debug, Serialize, ToSchema)]
struct StockBody {
    /// Whose goods.
    merchant: String,
    /// Which.
    sku: String,
    /// Where.
    warehouse: String,
    /// Physically there.
    on_hand: i64,
    /// Held softly.
    reserved: i64,
    /// Committed to orders.
    allocated: i64,
    /// Never sold.
    safety: i64,
    /// Can be promised.
    available: i64,
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Of this warehouse only.
    warehouse: Option<String>,
    /// Of this SKU only.
    sku: Option<String>,
}

/// A count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Adjustment {
    /// Whose goods.
    merchant: String,
    /// Which.
    sku: String,
    /// Where.
    warehouse: String,
    /// Units found more (or less) than the books say.
    delta: i64,
    /// Why, for the log.
    #[schema(example = "cycle count")]
    reason: String,
}

/// What an import did.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    /// Rows booked.
    rows: usize,
    /// Units received.
    units: i64,
}

/// Stock by SKU and warehouse; a shop sees its own goods, a warehouse its own place.
#[utoipa::path(get, path = "/v1/stock", tag = "stock", security(("key" = ["shop", "warehouse", "planner"])), params(Filter, Page),
    responses((status = 200, body = Listed<StockBody>)))]
async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Json<Listed<StockBody>>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    wire::known_warehouse(&app, filter.warehouse.as_ref())?;
    let after = page.after.as_ref().map(|text| parse_cursor(text)).transpose()?;
    let seen = |sku: SkuIx, warehouse: WarehouseIx| {
        let (goods, place) = (&world.skus[sku], &world.warehouses[warehouse]);
        (actor.sees_merchant(world.merchants[goods.merchant].id.as_str()) || actor.sees_warehouse(place.id.as_str()))
            && filter.warehouse.as_deref().is_none_or(|id| id == place.id.as_str())
            && filter.sku.as_deref().is_none_or(|id| id == goods.id.as_str())
    };
    let rows = app.stock(after, page.limit + 1, seen);
    let next = rows.get(page.limit.wrapping_sub(1)).map(|row| format!("{}:{}", row.sku.0, row.warehouse.0));
    let bodies = rows.iter().map(|row| stock_body(&app, row)).collect();
    Ok(Json(Listed::new(bodies, page.limit, |_| next.unwrap_or_default())))
}

fn parse_cursor(text: &str) -> Result<(SkuIx, WarehouseIx), AppError> {
    let parts = text.split_once(':').and_then(|(sku, place)| Some((sku.parse().ok()?, place.parse().ok()?)));
    let rule = "must be `next` of the page before";
    let (sku, warehouse) = parts.ok_or_else(|| AppError::Invalid(vec![Fault::new("query", "after", text, rule)]))?;
    Ok((SkuIx(sku), WarehouseIx(warehouse)))
}

/// Books a count.
#[utoipa::path(post, path = "/v1/stock/adjustments", tag = "stock", security(("key" = ["warehouse"])), request_body = Adjustment,
    responses((status = 200, body = StockBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn adjust(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<Adjustment>,
) -> Result<Json<StockBody>, Problem> {
    let app = state.app()?;
    if !actor.sees_warehouse(&body.warehouse) {
        return Err(not_found("warehouse", &body.warehouse).into());
    }
    let mut faults = Vec::new();
    let slot = find_slot(&app, ["", "", ""], &body.merchant, &body.sku, &body.warehouse, &mut faults);
    if body.delta == 0 {
        faults.push(Fault::new("", "delta", 0, "must not be 0"));
    }
    if body.reason.trim().is_empty() || body.reason.len() > 200 {
        faults.push(Fault::new("", "reason", &body.reason, "must have 1 to 200 characters"));
    }
    let (Some((sku, warehouse)), true) = (slot, faults.is_empty()) else {
        return Err(AppError::Invalid(faults).into());
    };
    tracing::info!(sku = %body.sku, warehouse = %body.warehouse, delta = body.delta, reason = %body.reason, by = %actor.name, "stock adjusted");
    let row = app.adjust_stock(sku, warehouse, body.delta).await?;
    Ok(Json(stock_body(&app, &row)))
}

/// Books deliveries from CSV with the columns `merchant,sku,warehouse,on_hand`: every row or, if any is wrong, none.
#[utoipa::path(post, path = "/v1/stock/import", tag = "stock", security(("key" = ["warehouse"])),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Imported)))]
async fn import(State(state): State<AppState>, Caller(actor): Caller, bulk: Bulk) -> Result<Json<Imported>, Problem> {
    let app = state.app()?;
    if bulk.media_type != "text/csv" {
        return Err(Problem::new("unsupported-media-type", "Send the rows as `text/csv`."));
    }
    let rows = parse_rows(&app, &bulk.bytes, |warehouse| actor.sees_warehouse(warehouse))?;
    let imported = Imported { rows: rows.len(), units: rows.iter().map(|(_, _, units)| units).sum() };
    app.receive_stock(rows).await?;
    Ok(Json(imported))
}

/// A row of an import.
#[derive(Debug, Deserialize)]
struct ImportRow {
    merchant: String,
    sku: String,
    warehouse: String,
    on_hand: i64,
}

fn parse_rows(app: &App, bytes: &[u8], own: impl Fn(&str) -> bool) -> Result<Vec<(SkuIx, WarehouseIx, i64)>, AppError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (n, row) in reader.deserialize::<ImportRow>().enumerate() {
        let line = format!("line {}", n + 2);
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                faults.push(Fault::new(line, "", "", format!("cannot be read: {error}")));
                continue;
            }
        };
        let slot = find_slot(app, [&line; 3].map(String::as_str), &row.merchant, &row.sku, &row.warehouse, &mut faults);
        if !own(&row.warehouse) {
            faults.push(Fault::new(&line, "warehouse", &row.warehouse, "must be the key's own warehouse"));
        }
        if !(1..=1_000_000_000).contains(&row.on_hand) {
            faults.push(Fault::new(&line, "on_hand", row.on_hand, "must be 1 to 1,000,000,000"));
        }
        rows.extend(slot.map(|(sku, warehouse)| (sku, warehouse, row.on_hand)));
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(Fault::new("line 2", "", "", "must have at least one row under the column names"));
    }
    if faults.is_empty() { Ok(rows) } else { Err(AppError::Invalid(faults)) }
}

fn find_slot(
    app: &App,
    at: [&str; 3],
    merchant: &str,
    sku: &str,
    warehouse: &str,
    faults: &mut Vec<Fault>,
) -> Option<(SkuIx, WarehouseIx)> {
    let merchant = app.find_merchant(at[0], merchant, faults);
    let warehouse = app.find_warehouse(at[2], warehouse, faults);
    let known = merchant.map(|merchant| SkuId::new(sku).ok().and_then(|id| wire::world(app).sku(merchant, &id)));
    if known == Some(None) {
        faults.push(Fault::new(at[1], "sku", sku, "must be a SKU of the merchant"));
    }
    Some((known??, warehouse?))
}

fn stock_body(app: &App, row: &StockRow) -> StockBody {
    let world = wire::world(app);
    let goods = &world.skus[row.sku];
    StockBody {
        merchant: world.merchants[goods.merchant].id.to_string(),
        sku: goods.id.to_string(),
        warehouse: world.warehouses[row.warehouse].id.to_string(),
        on_hand: row.slot.on_hand,
        reserved: row.slot.reserved,
        allocated: row.slot.allocated,
        safety: row.slot.safety,
        available: row.slot.available().max(0),
    }
}
