//! Bodies: read within bounds of bytes, time, depth and list length; faults named by JSON pointer.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::AppError;
use crate::config::Limits;

use super::extract::IdempotencyKey;
use super::problem::Problem;
use super::state::AppState;

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let limits = &state.config.limits;
        let bytes = collect(request, limits.body_bytes, limits).await?;
        parse(&bytes, limits).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => ([(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
            Err(error) => Problem::from(AppError::Internal(error.into())).into_response(),
        }
    }
}

/// A JSON body that may be sent again under an idempotency key.
#[derive(Clone, Debug)]
pub struct Keyed<T> {
    /// The key and what it stands for, where the caller sent one.
    pub intent: Option<Intent>,
    /// The body.
    pub body: T,
}

/// An idempotency key with the request it belongs to. Store both with the effect: the same key with another digest is `KeyReused`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The key.
    pub key: String,
    /// BLAKE3 over method, path with query, and body.
    pub digest: [u8; 32],
}

impl<T: DeserializeOwned> FromRequest<AppState> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let key = IdempotencyKey::find(request.headers())?;
        let mut hasher = blake3::Hasher::new();
        // Line ends part the fields: neither a method nor a target can hold one.
        hasher.update(format!("{} {}\n", request.method(), request.uri()).as_bytes());
        let limits = &state.config.limits;
        let bytes = collect(request, limits.body_bytes, limits).await?;
        let digest = *hasher.update(&bytes).finalize().as_bytes();
        let intent = key.map(|IdempotencyKey(key)| Intent { key, digest });
        Ok(Self { intent, body: parse(&bytes, limits)? })
    }
}

/// A bulk upload (CSV, NDJSON) as it came: up to `limits.bulk_bytes`.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// The media type without parameters, in lower case: `text/csv`, `application/x-ndjson`.
    pub media_type: String,
    /// The body.
    pub bytes: Bytes,
}

impl FromRequest<AppState> for Bulk {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        require_plain(request.headers())?;
        let media_type = media_type(request.headers());
        let limits = &state.config.limits;
        let bytes = collect(request, limits.bulk_bytes, limits).await?;
        Ok(Self { media_type, bytes })
    }
}

/// The request's body, if it has no more than `most` bytes and arrives in time.
pub async fn collect(request: Request, most: usize, limits: &Limits) -> Result<Bytes, Problem> {
    let too_large = || Problem::new("too-large", format!("The body may have {most} bytes."));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > most as u64) {
        return Err(too_large());
    }
    let reading = read(request.into_body(), most, too_large);
    match tokio::time::timeout(limits.body_time, reading).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Problem::new("slow-body", format!("The body took over {} s.", limits.body_time.as_secs()))),
    }
}

async fn read(body: Body, most: usize, too_large: impl Fn() -> Problem) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::new("unreadable-body", "The body broke off."))?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    text.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn require_plain(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => {
            Err(Problem::new("unsupported-media-type", "The body may not be compressed."))
        }
        _ => Ok(()),
    }
}

pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    require_plain(headers)?;
    let found = media_type(headers);
    if found == "application/json" || (found.starts_with("application/") && found.ends_with("+json")) {
        return Ok(());
    }
    let found = if found.is_empty() { "none" } else { &found };
    Err(Problem::new("unsupported-media-type", format!("`Content-Type` must be application/json; it is {found}.")))
}

/// The value that a JSON body holds, if it is within `limits` and of the type wanted.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], limits: &Limits) -> Result<T, Problem> {
    check_shape(bytes, limits)?;
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            AppError::Invalid(vec![locate::<T>(bytes, &error)]).into()
        } else {
            Problem::new("malformed-json", format!("The body is not JSON: {error}."))
        }
    })
}

/// Bounds nesting and list lengths before anything is built from the body. Grammar is left to the parser.
fn check_shape(bytes: &[u8], limits: &Limits) -> Result<(), Problem> {
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b'{' | b'[' if open.len() == limits.json_depth => {
                return Err(Problem::new(
                    "malformed-json",
                    format!("The body nests deeper than {} at byte {at}.", limits.json_depth),
                ));
            }
            b'{' | b'[' => open.push(1),
            b'}' | b']' => {
                open.pop();
            }
            b',' => {
                if let Some(items) = open.last_mut() {
                    *items += 1;
                    if *items > limits.list_items {
                        let rule =
                            format!("no list may have more than {} elements; one does at byte {at}", limits.list_items);
                        return Err(AppError::Invalid(vec![Fault::new("", "", "", rule)]).into());
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Place of the quote that ends the string beginning at `start`, or the end of the bytes.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// Reads the body again, slowly, to say where it is wrong.
fn locate<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Fault {
    let reader = &mut serde_json::Deserializer::from_slice(bytes);
    let Err(located) = serde_path_to_error::deserialize::<_, T>(reader) else {
        return Fault::new("", "", "", error.to_string());
    };
    let mut keys: Vec<String> = located
        .path()
        .iter()
        .filter_map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => None,
        })
        .collect();
    let message = located.into_inner().to_string();
    let rule = message.rsplit_once(" at line ").map_or(message.as_str(), |(rule, _)| rule);
    if let Some(missing) = rule.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return Fault::new(pointer(&keys), missing, "", "is missing");
    }
    // The names of our types are nothing to the caller.
    let rule = if rule.contains("expected struct ") { "must be an object" } else { rule };
    let value =
        serde_json::from_slice::<serde_json::Value>(bytes).ok().and_then(|v| v.pointer(&pointer(&keys)).cloned());
    let field = keys.pop().unwrap_or_default();
    Fault::new(pointer(&keys), field, value.map_or_else(String::new, |v| v.to_string()), rule)
}

fn pointer(keys: &[String]) -> String {
    keys.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

/// A page of HTML to print, which brings its own style and nothing else.
pub struct Paper(pub String);

impl IntoResponse for Paper {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        ];
        (headers, self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[allow(dead_code)]
        lines: Vec<Line>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Line {
        #[allow(dead_code)]
        qty: u32,
    }

    fn check(body: &str, expected: &str) {
        let mut limits = Config::default().limits;
        (limits.json_depth, limits.list_items) = (4, 3);
        let found = match parse::<Order>(body.as_bytes(), &limits) {
            Ok(_) => "ok".to_owned(),
            Err(problem) => {
                let body = problem.body(None, None);
                let errors = body.errors.iter().map(|e| format!(" [{}|{}|{}|{}]", e.pointer, e.field, e.value, e.rule));
                format!("{}{}", problem.code(), errors.collect::<String>())
            }
        };
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn faults_are_named_by_pointer() {
        check(r#"{"lines":[{"qty":1}]}"#, "ok");
        check(
            r#"{"lines":[{"qty":1},{"qty":-2}]}"#,
            "invalid [/lines/1/qty|qty|-2|invalid value: integer `-2`, expected u32]",
        );
        check(r#"{"lines":[{}]}"#, "invalid [/lines/0/qty|qty||is missing]");
        check("{}", "invalid [/lines|lines||is missing]");
        check("7", "invalid [||7|must be an object]");
        check("[]", "invalid [||[]|must be an object]");
        check(r#"{"lines":[],"x":1}"#, "invalid [/x|x|1|unknown field `x`, expected `lines`]");
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in ["", "{", r#"{"lines":[}"#, r#"{"lines":[]} x"#, "\"\\", "\"abc", "]]]", "{\"lines\":[]\0}"] {
            check(body, "malformed-json");
        }
    }

    #[test]
    fn depth_and_lists_are_bounded_and_strings_do_not_count() {
        check("[[[[[", "malformed-json");
        check(r#"{"lines":[1,2,3,4]}"#, "invalid [|||no list may have more than 3 elements; one does at byte 15]");
        check(
            r#"{"lines":"[[[[[[,,,,,\"[[["}"#,
            "invalid [/lines|lines|\"[[[[[[,,,,,\\\"[[[\"|invalid type: string \"[[[[[[,,,,,\\\"[[[\", expected a sequence]",
        );
    }
}
