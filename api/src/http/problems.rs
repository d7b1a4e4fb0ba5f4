//! `/problems`: cause and remedy of every problem, for people (HTML) and programs (JSON).

use std::fmt::Write;

use axum::response::{Html, IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppError;

use super::body::Json;
use super::catalogue::{self, KINDS, Kind};
use super::extract::{Accept, Path};
use super::problem::Problem;
use super::state::AppState;

/// The routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// Every kind of problem.
#[utoipa::path(get, path = "/problems", tag = "operations", security(()),
    responses((status = 200, content((Vec<Kind> = "application/json"), (String = "text/html")))))]
async fn list(accept: Accept) -> Response {
    if accept.names("text/html") { page("Problems", KINDS).into_response() } else { Json(KINDS).into_response() }
}

/// One kind of problem.
#[utoipa::path(get, path = "/problems/{code}", tag = "operations", security(()),
    params(("code" = String, Path, description = "The last part of a problem's `type`", example = "out-of-stock")),
    responses((status = 200, content((Kind = "application/json"), (String = "text/html")))))]
async fn show(Path(code): Path<String>, accept: Accept) -> Result<Response, Problem> {
    let kind = catalogue::find(&code).ok_or(AppError::NotFound { kind: "problem", id: code })?;
    let one = std::slice::from_ref(kind);
    Ok(if accept.names("text/html") { page(kind.title, one).into_response() } else { Json(kind).into_response() })
}

/// A page without style or script, so that the strictest content policy holds. The texts are our own and have no markup.
fn page(title: &str, kinds: &[Kind]) -> Html<String> {
    let mut html =
        format!("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>");
    for Kind { code, status, title, cause, remedy } in kinds {
        let _ = write!(
            html,
            "<h2 id=\"{code}\">{status} <a href=\"/problems/{code}\">{code}</a>: {title}</h2><p>{cause}</p><p>What to do: {remedy}</p>"
        );
    }
    Html(html)
}
