//! The only map from errors to HTTP: RFC 9457 `application/problem+json`.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{AppError, ShortLine};

use super::catalogue::{self, Kind};
use super::foreign;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An answer that says why there is no other.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: &'static Kind,
    detail: String,
    errors: Vec<FieldError>,
    lines: Vec<ShortLine>,
    retry_after_s: Option<u64>,
    challenge: Option<&'static str>,
    explained: bool,
}

/// A problem on the wire.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `/problems/<code>`: a page with cause and remedy.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// The path asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The request's name in the service's log; also in the header `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Every fault found in the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The lines that stock cannot serve.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<ShortLineBody>)]
    pub lines: Vec<ShortLine>,
    /// When to try again, in seconds; also in the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// Where the same body is explained: what blocks it, and what would change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/v1/quotes/why")]
    pub why: Option<&'static str>,
}

/// A line of an order that stock cannot serve; the schema of [`ShortLine`].
#[derive(ToSchema)]
#[schema(as = ShortLine)]
#[expect(dead_code, reason = "a schema only")]
struct ShortLineBody {
    /// The stock keeping unit.
    sku: String,
    /// Units asked for.
    wanted: u64,
    /// Units that could be promised.
    available: u64,
}

/// One fault of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body; or `query`, `path`, `header`, or line and column of a bulk upload.
    #[schema(example = "/lines/3/quantity")]
    pub pointer: String,
    /// The field's name; empty where the place as a whole is at fault.
    #[schema(example = "quantity")]
    pub field: String,
    /// The value found, shortened.
    #[schema(example = "0")]
    pub value: String,
    /// The rule it breaks.
    #[schema(example = "must be at least 1")]
    pub rule: String,
}

impl Problem {
    /// A problem with a code of the catalogue.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: catalogue::kind(code),
            detail: detail.into(),
            errors: Vec::new(),
            lines: Vec::new(),
            retry_after_s: None,
            challenge: None,
            explained: false,
        }
    }

    /// The same, asking the caller to wait.
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// The same, with a `WWW-Authenticate` header.
    pub fn challenge(self, challenge: &'static str) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// The same; where no option was found, with where to learn why.
    pub fn explained(self) -> Self {
        let refused = matches!(self.kind.code, "no-option" | "out-of-stock" | "quote-changed");
        Self { explained: refused, ..self }
    }

    /// The code of the catalogue.
    pub fn code(&self) -> &'static str {
        self.kind.code
    }

    /// The problem on the wire, as the answer to the request named.
    pub fn body(&self, instance: Option<&str>, request_id: Option<&str>) -> ProblemBody {
        ProblemBody {
            kind: format!("/problems/{}", self.kind.code),
            title: self.kind.title.to_owned(),
            status: self.kind.status,
            detail: self.detail.clone(),
            instance: instance.map(str::to_owned),
            request_id: request_id.map(str::to_owned),
            errors: self.errors.clone(),
            lines: self.lines.clone(),
            retry_after_s: self.retry_after_s,
            why: self.explained.then_some("/v1/quotes/why"),
        }
    }

    fn respond(&self, body: &ProblemBody) -> Response {
        let text = serde_json::to_vec(body).unwrap_or_default();
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.respond(&self.body(None, None));
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes path and request id into a problem, and makes problems of the bare errors of libraries (`text/plain` or nothing).
pub(super) fn complete(response: Response, path: &str, request_id: &str) -> Response {
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        None if is_bare_error(&response) => of_status(response.status()),
        None => return response,
    };
    let body = problem.body(Some(path), Some(request_id));
    let mut completed = match foreign::form(path) {
        Some(form) => foreign_answer(form(&body)),
        None => problem.respond(&body),
    };
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && !completed.headers().contains_key(name) {
            completed.headers_mut().append(name, value.clone());
        }
    }
    completed
}

fn foreign_answer((status, body): (u16, serde_json::Value)) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn is_bare_error(response: &Response) -> bool {
    let error = response.status().is_client_error() || response.status().is_server_error();
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    error && media_type.is_none_or(|text| text.starts_with("text/plain"))
}

fn of_status(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
        StatusCode::REQUEST_TIMEOUT => "slow-body",
        StatusCode::SERVICE_UNAVAILABLE => "busy",
        status if status.is_client_error() => "bad-header",
        _ => "internal",
    };
    let problem = Problem::new(code, status.canonical_reason().unwrap_or("refused").to_owned());
    if code == "busy" { problem.retry_after(1) } else { problem }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let detail = error.to_string();
        match error {
            AppError::Invalid(faults) => {
                Self { errors: faults.into_iter().map(FieldError::from).collect(), ..Self::new("invalid", detail) }
            }
            AppError::NotFound { .. } => Self::new("not-found", detail),
            AppError::Forbidden(why) => Self::new("forbidden", why),
            AppError::Conflict { code, detail } => Self::new(code, detail),
            AppError::OutOfStock { lines } => Self { lines, ..Self::new("out-of-stock", detail) },
            AppError::KeyReused => Self::new("key-reused", detail),
            AppError::Busy { retry_after_s } => Self::new("busy", detail).retry_after(retry_after_s),
            AppError::RateLimited { retry_after_s } => Self::new("rate-limited", detail).retry_after(retry_after_s),
            AppError::Internal(cause) => {
                tracing::error!(cause = format!("{cause:#}"), "a request failed");
                Self::internal()
            }
        }
    }
}

impl Problem {
    /// The problem that tells nothing: the log has the cause.
    pub fn internal() -> Self {
        Self::new("internal", "The service failed. Its log has the cause under the request id.")
    }
}

impl From<Fault> for FieldError {
    fn from(fault: Fault) -> Self {
        let in_body = fault.at.is_empty() || fault.at.starts_with('/');
        let pointer = if in_body && !fault.field.is_empty() {
            format!("{}/{}", fault.at, fault.field.replace('~', "~0").replace('/', "~1"))
        } else {
            fault.at
        };
        Self { pointer, field: fault.field, value: shortened(fault.value), rule: fault.rule }
    }
}

fn shortened(value: String) -> String {
    const LONGEST: usize = 100;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}
