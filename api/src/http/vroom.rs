//! Routing for clients of VROOM: its documents in and out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use engine::roads::GreatCircle;
use engine::search::CancelToken;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, Json};
use super::problem::Problem;
use super::state::AppState;
use crate::app::{App, AppError};
use crate::config::Config;
use crate::formats::vroom::{Answer, ComputingTimes, Request};
use crate::overload::{self, Class, Permit};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(solve))
}

/// Most bytes of a document.
const MOST_BYTES: usize = 16 << 20;
/// Faults told of one document.
const FAULTS_TOLD: usize = 100;

/// An error in VROOM's form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VroomError)]
struct ErrorBody {
    /// 1 internal error, 2 input error.
    code: u8,
    /// What is wrong: every fault with its place, value and rule.
    error: String,
}

/// Why there is no solution.
enum Refused {
    /// The document is wrong.
    Input(String),
    /// The service failed.
    Internal,
    /// Anything that is not about the document.
    Problem(Problem),
}

/// Plans routes for a document of VROOM 1.14 and answers its solution, checked; tasks left out come with the reason, and with what
/// would have to be otherwise for them to be served, proved by solving again. The search
/// ends with the connection. What VROOM has and Tidewater has not is an input error.
#[utoipa::path(post, path = "/vroom", tag = "routing", security(("key" = ["warehouse", "carrier", "planner"])), request_body = Request,
    responses((status = 200, body = Answer), (status = 400, body = ErrorBody), (status = 500, body = ErrorBody)))]
async fn solve(State(state): State<AppState>, Document(bytes): Document) -> Result<Json<Answer>, Refused> {
    let app = state.app()?;
    let permit = state.searches.enter(Class::Work).ok_or_else(busy)?;
    let search = Search { app, config: Arc::clone(&state.config), permit, cancel: CancelToken::default() };
    Ok(Json(search.on_a_thread(bytes).await?))
}

/// A document as it came, JSON by its media type.
struct Document(Bytes);

impl FromRequest<AppState> for Document {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &AppState) -> Result<Self, Problem> {
        body::require_json(request.headers())?;
        let limits = &state.config.limits;
        body::collect(request, limits.bulk_bytes.min(MOST_BYTES), limits).await.map(Self)
    }
}

/// A search with all that it holds.
struct Search {
    app: Arc<App>,
    config: Arc<Config>,
    permit: Permit,
    cancel: CancelToken,
}

/// Stops a search whose caller is gone.
struct Leash(CancelToken);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Search {
    /// Works on a thread that may block, for as long as somebody waits.
    async fn on_a_thread(self, bytes: Bytes) -> Result<Answer, Refused> {
        let _leash = Leash(self.cancel.clone());
        let answer = tokio::task::spawn_blocking(move || self.run(&bytes)).await;
        answer.map_err(|error| AppError::Internal(error.into()))?
    }

    fn run(self, bytes: &[u8]) -> Result<Answer, Refused> {
        let started = Instant::now();
        let document: Value = body::parse(bytes, &self.config.limits).map_err(|problem| unreadable(&problem))?;
        let routing = self.app.read_routing(&document, circles(&self.config))?;
        drop(document);
        let loading = started.elapsed();
        let planned = self.app.plan_routes(&routing, self.cancel)?;
        let mut answer = routing.answer(&planned.plan, &planned.blocking);
        let solving = started.elapsed().saturating_sub(loading);
        answer.summary.computing_times = Some(ComputingTimes { loading: ms(loading), solving: ms(solving) });
        drop(self.permit);
        Ok(answer)
    }
}

fn circles(config: &Config) -> GreatCircle {
    let driving = config.driving;
    GreatCircle { metres_per_hour: driving.metres_per_hour.into(), circuity_percent: driving.circuity_percent.into() }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn busy() -> Problem {
    AppError::Busy { retry_after_s: overload::jittered(Duration::from_secs(2)) }.into()
}

/// A body that is no JSON, or too deep or long.
fn unreadable(problem: &Problem) -> Refused {
    let body = problem.body(None, None);
    let rules = body.errors.into_iter().map(|error| error.rule);
    Refused::Input(std::iter::once(body.detail).chain(rules).collect::<Vec<_>>().join("; "))
}

impl From<Vec<Fault>> for Refused {
    fn from(faults: Vec<Fault>) -> Self {
        let mut told: Vec<String> = faults.iter().take(FAULTS_TOLD).map(Fault::to_string).collect();
        if faults.len() > FAULTS_TOLD {
            told.push(format!("and {} more", faults.len() - FAULTS_TOLD));
        }
        Self::Input(told.join("; "))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        if problem.code() == "internal" { Self::Internal } else { Self::Problem(problem) }
    }
}

impl From<AppError> for Refused {
    fn from(error: AppError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code, error) = match self {
            Self::Input(error) => (StatusCode::BAD_REQUEST, 2, error),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, 1, "internal error".to_owned()),
            Self::Problem(problem) => return problem.into_response(),
        };
        (status, Json(ErrorBody { code, error })).into_response()
    }
}
