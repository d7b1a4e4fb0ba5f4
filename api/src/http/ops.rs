//! For operators: is the process alive, is it ready, what are its figures.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::problem::Problem;
use super::state::AppState;

/// The operators' routes; anyone may call them and none is shed.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(ready)).routes(routes!(metrics))
}

/// A service that works.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// The service's time, RFC 3339.
    #[schema(example = "2025-11-28T09:00:00Z")]
    pub now: String,
}

impl Status {
    fn ok(state: &AppState) -> Json<Self> {
        Json(Self { status: "ok", version: env!("CARGO_PKG_VERSION"), now: state.clock.now().to_string() })
    }
}

/// Whether the process is alive.
#[utoipa::path(get, path = "/health", tag = "operations", security(()), responses((status = 200, body = Status)))]
async fn health(State(state): State<AppState>) -> Json<Status> {
    Status::ok(&state)
}

/// Whether requests should be sent here; 503 with the reasons while starting or going down.
#[utoipa::path(get, path = "/ready", tag = "operations", security(()),
    responses((status = 200, body = Status), (status = 503, response = super::openapi::ProblemResponse)))]
async fn ready(State(state): State<AppState>) -> Result<Json<Status>, Problem> {
    let reasons = state.lifecycle.reasons();
    if reasons.is_empty() {
        return Ok(Status::ok(&state));
    }
    Err(Problem::new("not-ready", reasons.join("; ")).retry_after(1))
}

/// Metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()),
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render())
}
