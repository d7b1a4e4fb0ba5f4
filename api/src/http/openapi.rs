//! The OpenAPI document: what the operations declare, and what the guard and the extractors add to every one.

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::access::{SCHEME, SIGNATURE};
use super::problem::ProblemBody;

/// The document before operations are added.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidewater",
        description = "Fulfilment routing: quotes, orders, waves, dispatch, returns. Errors are problems (RFC 9457); `/problems` lists them."
    ),
    components(schemas(ProblemBody), responses(ProblemResponse)),
    modifiers(&KeyScheme)
)]
pub struct Base;

/// The response of every error, for `responses((status = 409, response = ProblemResponse))`.
#[derive(utoipa::ToResponse)]
#[response(description = "A problem (RFC 9457)", content_type = "application/problem+json")]
pub struct ProblemResponse(#[allow(dead_code, reason = "utoipa reads the type")] ProblemBody);

struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(SCHEME, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let what = "HMAC-SHA256 over the body: Shopify's in base64, under the app's secret that the file of `shopify_file` has for the merchant; Saleor's in \
                    hexadecimal digits as `Saleor-Signature`, under the webhook's secret key in the file of `saleor_file`.";
        let header = ApiKey::Header(ApiKeyValue::with_description("X-Shopify-Hmac-Sha256", what));
        components.add_security_scheme(SIGNATURE, SecurityScheme::ApiKey(header));
    }
}

/// The document as JSON, with the answers that every operation can give besides its own.
pub fn complete(document: &utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let items = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in items.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        if let Some(operation) = operation.as_object_mut() {
            add_answers(operation);
        }
    }
    document
}

fn add_answers(operation: &mut Map<String, Value>) {
    let has_body = operation.contains_key("requestBody");
    let parameters = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_in = |place: &str| parameters.iter().any(|parameter| parameter["in"] == place);
    let security = operation.get("security").and_then(Value::as_array).cloned().unwrap_or_default();
    let asks_for = |scheme: &str| security.iter().any(|requirement| requirement.get(scheme).is_some());
    let mut statuses = vec!["500"];
    if asks_for(SCHEME) {
        statuses.extend(["401", "403", "429", "503"]);
    }
    if asks_for(SIGNATURE) {
        statuses.extend(["401", "429", "503"]);
    }
    if has_body {
        statuses.extend(["400", "408", "413", "415", "422"]);
    }
    if is_in("header") {
        statuses.push("400");
    }
    if is_in("query") || is_in("path") {
        statuses.push("422");
    }
    if is_in("path") {
        statuses.push("404");
    }
    let answers = operation.entry("responses").or_insert_with(|| json!({}));
    if let Some(answers) = answers.as_object_mut() {
        for status in statuses {
            answers.entry(status).or_insert_with(|| json!({ "$ref": "#/components/responses/ProblemResponse" }));
        }
    }
}

/// The handler of `/openapi.json` for a finished document.
pub fn handler(document: &Value) -> impl IntoResponse + Clone + use<> {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], document.to_string())
}
