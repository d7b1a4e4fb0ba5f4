//! How punctual deliveries are, and whether promises came true.

use axum::extract::State;
use engine::fulfilment::{Coverage, Share};
use engine::promise::ServiceRecord;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, instant};
use crate::app::Punctuality;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show))
}

/// What deliveries have taught, and what became of promises.
#[derive(Debug, Serialize, ToSchema)]
struct PunctualityBody {
    /// When deliveries were last learned from; null while nothing was.
    as_of: Option<String>,
    /// The share of parcels that promises are meant to keep.
    level_percent: Option<f64>,
    /// Lanes (service, warehouse, region) that differ from their zone.
    lanes: usize,
    /// By service.
    services: Vec<ServiceBody>,
    /// Forecasts and promises of orders, by month of acceptance (UTC).
    months: Vec<CoverageBody>,
    /// The same of the fortnight with most orders.
    peak_fortnight: Option<CoverageBody>,
}

/// How punctual a service is.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceBody {
    /// Which.
    service: String,
    /// Share on time that its carrier publishes.
    published_percent: f64,
    /// Parcels whose scheduled day is over.
    parcels: u64,
    /// Those that had arrived by then, newer ones counting more; null without parcels.
    on_time_percent: Option<f64>,
    /// Share on time that is expected now: with the pace of the last days.
    expected_percent: f64,
    /// How fast parcels arrive of late, as a multiple of what is usual.
    pace: f64,
    /// Share of parcels long due of which a delivery was told; below 80 the published figure stands.
    reported_percent: f64,
    /// Whether promises go by its deliveries.
    learned: bool,
}

/// What became of forecasts and promises; a share is null while none is due.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageBody {
    /// The month (`2025-11`), or the first day of a fortnight.
    period: String,
    /// Orders.
    orders: u64,
    /// Arrived by what was forecast with 50 %.
    by_p50_percent: Option<f64>,
    /// With 90 %.
    by_p90_percent: Option<f64>,
    /// With 95 %.
    by_p95_percent: Option<f64>,
    /// Arrived by the date promised.
    promised_percent: Option<f64>,
}

impl CoverageBody {
    fn of(period: String, coverage: &Coverage) -> Self {
        let [by_p50_percent, by_p90_percent, by_p95_percent] = coverage.forecast.map(|share| share.percent());
        let promised_percent = Share::percent(&coverage.promised);
        Self { period, orders: coverage.orders, by_p50_percent, by_p90_percent, by_p95_percent, promised_percent }
    }
}

/// How punctual services are by their tracking events, and whether forecasts and promises came true: asked level against share, by month
/// and in the peak.
#[utoipa::path(get, path = "/v1/punctuality", tag = "plans", security(("key" = ["planner"])),
    responses((status = 200, body = PunctualityBody)))]
async fn show(State(state): State<AppState>) -> Result<Json<PunctualityBody>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    let work = std::sync::Arc::clone(&app);
    let Punctuality { record, months, peak } = super::quotes::off_thread(move || work.punctuality()).await?;
    let percent = |bp: u16| f64::from(bp) / 100.0;
    let of_service = |(service, known): (engine::model::ServiceIx, &ServiceRecord)| ServiceBody {
        service: world.services[service].id.to_string(),
        published_percent: f64::from(world.services[service].on_time_bp) / 100.0,
        parcels: known.parcels,
        on_time_percent: (known.parcels > 0).then(|| percent(known.on_time_bp)),
        expected_percent: percent(known.expected_bp),
        pace: f64::from(known.pace_permille) / 1_000.0,
        reported_percent: percent(known.reported_bp),
        learned: known.is_learned,
    };
    let month =
        |((year, month), coverage): &((i16, i8), Coverage)| CoverageBody::of(format!("{year}-{month:02}"), coverage);
    Ok(Json(PunctualityBody {
        as_of: record.as_of.map(instant),
        level_percent: record.as_of.map(|_| percent(record.level_bp)),
        lanes: record.lanes(),
        services: world.services.indices().zip(&record.services).map(of_service).collect(),
        months: months.iter().map(month).collect(),
        peak_fortnight: peak.map(|(first, coverage)| CoverageBody::of(first.to_string(), &coverage)),
    }))
}
