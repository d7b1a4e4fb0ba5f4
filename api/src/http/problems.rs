//! `/problems`: cause and remedy of every problem, for people (HTML) and programs (JSON).

use std::fmt::Write;

use axum::http::{HeaderValue, StatusCode, header};
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

const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'self'; frame-ancestors 'none'");

/// A page without script. The texts are our own and have no markup but code between backticks.
fn page(title: &str, kinds: &[Kind]) -> impl IntoResponse {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><link rel=\"stylesheet\" href=\"/docs/style.css\"><header><h1>{title}</h1>\
         <nav><a href=\"/problems\">all problems</a> <a href=\"/docs\">API</a> <a href=\"/\">operations</a></nav></header>\
         <p>What the service answers instead of a result, as <code>application/problem+json</code>: why it happens, and what to do.</p>"
    );
    for Kind { code, status, title, cause, remedy } in kinds {
        let _ = write!(
            html,
            "<h2 id=\"{code}\">{status} <a href=\"/problems/{code}\">{code}</a>: {title}</h2><p>{}</p><p>What to do: {}</p>",
            with_code(cause),
            with_code(remedy)
        );
    }
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html))
}

/// Text whose parts between backticks are code.
fn with_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

/// What a browser shows where nothing is.
pub fn nothing_there() -> impl IntoResponse {
    let html = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>No such page</title><link rel=\"stylesheet\" href=\"/docs/style.css\"><h1>There is no such page</h1>\
         <p>There are the <a href=\"/\">operations page</a>, <a href=\"/plans\">plans and prices</a>, the <a href=\"/docs\">API</a>, its \
         <a href=\"/problems\">problems</a>, and for each order <code>/orders/o-…</code>.</p>";
    (StatusCode::NOT_FOUND, [(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html))
}
