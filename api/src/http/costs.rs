//! What it cost to serve: sums by one of seven views, and every charge for export.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::calendar::civil::Date;
use engine::cost_to_serve::{self, By, ChargeKind};
use engine::fault::Fault;
use engine::ids::MerchantId;
use engine::units::Cents;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::{Accept, Caller, Query};
use super::problem::Problem;
use super::state::AppState;
use super::wire;
use crate::app::{App, AppError, ChargeFilter};
use crate::auth::Actor;
use crate::auth::actor::not_found;
use crate::formats::ledger;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(views)).routes(routes!(charges))
}

/// By whom or what costs are added up.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum View {
    Order,
    Merchant,
    /// By units, to the cent.
    Sku,
    Warehouse,
    Service,
    /// Warehouse and buyer's region.
    Lane,
    /// The warehouse's local date of the wave, or of a return's announcement.
    Day,
}

impl View {
    fn by(self) -> By {
        match self {
            Self::Order => By::Order,
            Self::Merchant => By::Merchant,
            Self::Sku => By::Sku,
            Self::Warehouse => By::Warehouse,
            Self::Service => By::Service,
            Self::Lane => By::Lane,
            Self::Day => By::Day,
        }
    }

    /// Names of the parts of its groups.
    fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Order => &["order"],
            Self::Merchant => &["merchant"],
            Self::Sku => &["merchant", "sku"],
            Self::Warehouse => &["warehouse"],
            Self::Service => &["service"],
            Self::Lane => &["warehouse", "region"],
            Self::Day => &["day"],
        }
    }
}

/// A view of the costs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ViewQuery {
    /// By whom or what.
    #[param(inline)]
    by: View,
    /// Of this merchant only; a shop sees its own in any case.
    merchant: Option<String>,
    /// Of this day and later: `2025-11-11`.
    from: Option<String>,
    /// Of this day and earlier.
    to: Option<String>,
    /// `json` or `csv`; as the `Accept` header says if left out.
    format: Option<String>,
}

/// Which charges.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChargesQuery {
    /// Of this merchant only; a shop sees its own in any case.
    merchant: Option<String>,
    /// Of this day and later: `2025-11-11`.
    from: Option<String>,
    /// Of this day and earlier.
    to: Option<String>,
    /// `csv` or `ndjson`; as the `Accept` header says if left out.
    format: Option<String>,
}

/// Costs by a view. Every view of the same charges has the same total.
#[derive(Debug, Serialize, ToSchema)]
struct CostsBody {
    /// The view.
    by: View,
    /// The sum of all charges, and of `items`.
    total_cents: i64,
    /// Charges added up.
    charges: usize,
    /// The same total by kind of charge.
    kinds: Vec<KindBody>,
    /// Sums by group, in the order of the groups.
    items: Vec<CostBody>,
}

/// Costs of a kind.
#[derive(Debug, Serialize, ToSchema)]
struct KindBody {
    /// `carrier`, `handling`, `cartons`, `volume_surcharge`, `return_transport`, `return_handling`.
    kind: &'static str,
    /// How much.
    amount_cents: i64,
}

/// Costs of a group, which its own fields name.
#[derive(Debug, Default, Serialize, ToSchema)]
struct CostBody {
    /// In views by merchant and SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<String>,
    /// In the view by order.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    /// In the view by SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    /// In views by warehouse and lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<String>,
    /// In the view by lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// In the view by service.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// In the view by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// How much.
    amount_cents: i64,
}

impl CostBody {
    fn of(parts: &[&str], names: Vec<String>, amount: Cents) -> Self {
        let mut body = Self { amount_cents: amount.get(), ..Self::default() };
        for (part, name) in parts.iter().zip(names) {
            let field = match *part {
                "merchant" => &mut body.merchant,
                "order" => &mut body.order,
                "sku" => &mut body.sku,
                "warehouse" => &mut body.warehouse,
                "region" => &mut body.region,
                "service" => &mut body.service,
                _ => &mut body.day,
            };
            *field = Some(name);
        }
        body
    }
}

/// What it cost to serve, by order, merchant, SKU, warehouse, service, lane or day: shipments, what is planned, and returns,
/// to the cent. JSON, or CSV by `format` or the `Accept` header. A shop sees its own merchant's costs.
#[utoipa::path(get, path = "/v1/cost-to-serve", tag = "costs", security(("key" = ["shop", "planner"])), params(ViewQuery),
    responses((status = 200, content((CostsBody = "application/json"), (String = "text/csv")))))]
async fn views(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(query): Query<ViewQuery>,
    accept: Accept,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let (filter, format) = asked(
        &app,
        &actor,
        (query.merchant.as_ref(), query.from.as_ref(), query.to.as_ref()),
        (query.format.as_deref(), &accept),
        &[("json", "application/json"), ("csv", "text/csv")],
    )?;
    let view = query.by;
    made(move || {
        let world = wire::world(&app);
        app.charges(&filter, |rows| {
            let sums = cost_to_serve::sums(rows, view.by());
            if format == "csv" {
                let text = ledger::sums_csv(world, view.parts(), sums.into_iter()).map_err(anyhow::Error::from)?;
                return Ok(text_response("text/csv; charset=utf-8", text));
            }
            let items = sums
                .into_iter()
                .map(|(group, amount)| CostBody::of(view.parts(), ledger::names(world, &group), amount));
            let kinds = kinds(rows);
            let total_cents = cost_to_serve::total(rows).get();
            let body = CostsBody { by: view, total_cents, charges: rows.len(), kinds, items: items.collect() };
            Ok(Json(body).into_response())
        })
    })
    .await
}

fn kinds(rows: &[cost_to_serve::LedgerRow<'_>]) -> Vec<KindBody> {
    let sum = |kind| rows.iter().filter(|row| row.kind == kind).map(|row| row.amount).sum::<Cents>();
    ChargeKind::ALL.map(|kind| KindBody { kind: kind.word(), amount_cents: sum(kind).get() }).into()
}

/// Every charge for export, as CSV or as JSON objects, one a line. All are of one moment and add up to the views' total;
/// where they are many, ask day by day.
#[utoipa::path(get, path = "/v1/cost-to-serve/charges", tag = "costs", security(("key" = ["shop", "planner"])),
    params(ChargesQuery),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson")))))]
async fn charges(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Query(query): Query<ChargesQuery>,
    accept: Accept,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let (filter, format) = asked(
        &app,
        &actor,
        (query.merchant.as_ref(), query.from.as_ref(), query.to.as_ref()),
        (query.format.as_deref(), &accept),
        &[("csv", "text/csv"), ("ndjson", "application/x-ndjson")],
    )?;
    made(move || {
        let world = wire::world(&app);
        app.charges(&filter, |rows| {
            Ok(if format == "csv" {
                text_response("text/csv; charset=utf-8", ledger::csv(world, rows).map_err(anyhow::Error::from)?)
            } else {
                text_response("application/x-ndjson", ledger::ndjson(world, rows).map_err(anyhow::Error::from)?)
            })
        })
    })
    .await
}

fn text_response(kind: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Makes the answer on a thread that may work.
async fn made(make: impl FnOnce() -> Result<Response, AppError> + Send + 'static) -> Result<Response, Problem> {
    let answer = tokio::task::spawn_blocking(make).await.map_err(|error| AppError::Internal(error.into()))?;
    Ok(answer?)
}

/// The charges that the caller asks for and may see, and the name of the format: one of `formats`, each with its media type,
/// the first if nothing is said.
fn asked(
    app: &App,
    actor: &Actor,
    (merchant, from, to): (Option<&String>, Option<&String>, Option<&String>),
    (format, accept): (Option<&str>, &Accept),
    formats: &[(&'static str, &str)],
) -> Result<(ChargeFilter, &'static str), AppError> {
    let mut faults = Vec::new();
    let merchant = own_merchant(actor, merchant)?;
    let merchant = merchant.and_then(|id| app.find_merchant("query", &id, &mut faults));
    let (from, to) = (day("from", from, &mut faults), day("to", to, &mut faults));
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        faults.push(Fault::new("query", "to", to, "must not be before `from`"));
    }
    let found = match format {
        Some(name) => formats.iter().find(|(known, _)| *known == name),
        None => formats.iter().find(|(_, media)| accept.names(media)).or(formats.first()),
    };
    let Some(&(format, _)) = found.filter(|_| faults.is_empty()) else {
        if found.is_none() {
            let known: Vec<_> = formats.iter().map(|(name, _)| *name).collect();
            let rule = format!("must be {}", known.join(" or "));
            faults.push(Fault::new("query", "format", format.unwrap_or_default(), rule));
        }
        return Err(AppError::Invalid(faults));
    };
    Ok((ChargeFilter { merchant, from, to }, format))
}

/// Whose charges: a shop's own, or for the network those of the merchant named, or all.
fn own_merchant(actor: &Actor, named: Option<&String>) -> Result<Option<String>, AppError> {
    if named.is_none() && actor.sees_all() {
        return Ok(None);
    }
    let named = named.map(|id| MerchantId::new(id).map_err(|_| not_found("merchant", id))).transpose()?;
    actor.merchant(named.as_ref()).map(|id| Some(id.to_string()))
}

fn day(field: &str, text: Option<&String>, faults: &mut Vec<Fault>) -> Option<Date> {
    let text = text?;
    let day = text.parse().ok();
    if day.is_none() {
        faults.push(Fault::new("query", field, text, "must be a day as 2025-11-11"));
    }
    day
}
