//! Around every request: its id, its log lines, its metrics, security headers, and the last word on problems.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::telemetry;

use super::problem;
use super::state::AppState;

/// Header of the request's id, in and out.
pub const REQUEST_ID: &str = "x-request-id";

/// The outermost middleware.
pub async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known_method(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let path = request.uri().path().to_owned();
    let id = request_id(request.headers());
    metrics::gauge!(telemetry::IN_FLIGHT).set(state.gate.in_work() as f64);

    let span = tracing::info_span!("request", %id, method, %path);
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = problem::complete(response, &path, &id);

    let status = response.status().as_u16();
    let elapsed = began.elapsed();
    metrics::counter!(telemetry::REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string()).increment(1);
    metrics::histogram!(telemetry::LATENCY, "method" => method, "route" => route).record(elapsed.as_secs_f64());
    span.in_scope(|| tracing::debug!(status, elapsed_us = elapsed.as_micros() as u64, "answered"));
    add_headers(response.headers_mut(), &id);
    response
}

/// A method's name as a label: foreign ones must not grow the number of series.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

/// The caller's id where it is short and harmless, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let harmless = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    given
        .filter(|text| (1..=64).contains(&text.len()) && text.bytes().all(harmless))
        .map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

fn add_headers(headers: &mut HeaderMap, id: &str) {
    let defaults = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}
