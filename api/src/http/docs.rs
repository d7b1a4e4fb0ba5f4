//! `/docs`: a page to read and try the API. It loads nothing from elsewhere and runs under a strict content policy.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::state::AppState;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The page and its parts.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/docs", get(|| async { asset("text/html; charset=utf-8", include_str!("docs/index.html")) }))
        .route("/docs/app.js", get(|| async { asset("text/javascript; charset=utf-8", include_str!("docs/app.js")) }))
        .route("/docs/style.css", get(|| async { asset("text/css; charset=utf-8", include_str!("docs/style.css")) }))
}

fn asset(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}
