//! The operations page, the page of an order, that of plans and prices and the playground of quotes, compiled into the program: no file to deploy, nothing from elsewhere.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::http::AppState;

const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// Pages that need no key themselves; what they show is fetched with one.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(|| page(include_str!("pages/ops.html"))))
        .route("/orders/{id}", get(|| page(include_str!("pages/order.html"))))
        .route("/quotes", get(|| page(include_str!("pages/quotes.html"))))
        .route("/plans", get(|| page(include_str!("pages/plans.html"))))
        .route("/favicon.ico", get(|| file("image/svg+xml", include_str!("pages/icon.svg"))))
        .route("/web/style.css", get(|| file("text/css; charset=utf-8", include_str!("pages/style.css"))))
        .route("/web/common.js", get(|| file("text/javascript; charset=utf-8", include_str!("pages/common.js"))))
        .route("/web/map.js", get(|| file("text/javascript; charset=utf-8", include_str!("pages/map.js"))))
        .route("/web/quotes.js", get(|| file("text/javascript; charset=utf-8", include_str!("pages/quotes.js"))))
        .route("/web/ops.js", get(|| file("text/javascript; charset=utf-8", include_str!("pages/ops.js"))))
        .route("/web/order.js", get(|| file("text/javascript; charset=utf-8", include_str!("pages/order.js"))))
        .route("/web/plans.js", get(|| file("text/javascript; charset=utf-8", include_str!("pages/plans.js"))))
        .route(
            "/web/us-states.json",
            get(|| file("application/json", include_str!("../../../data/maps/us-states.topo.json"))),
        )
        .route("/report", get(report))
}

async fn page(text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))], Html(text))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text)
}

/// The report of the last demo in this process.
async fn report(State(state): State<AppState>) -> impl IntoResponse {
    let report = state.report.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let none = || {
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>No report</title><link rel=\"stylesheet\" href=\"/web/style.css\"><div class=\"note\"><h1>No report</h1>\
         <p>No demo has run in this process. <code>tidewater demo</code> replays a day and makes a report.</p>\
         <p><a href=\"/\">operations</a></p></div></html>"
            .to_owned()
    };
    ([(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))], Html(report.unwrap_or_else(none)))
}
