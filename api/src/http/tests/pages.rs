//! What people and operators read.

use serde_json::json;

use super::support::Service;
use crate::http::catalogue::KINDS;

#[tokio::test]
async fn problems_are_explained_to_programs_and_people() {
    let service = Service::usual();
    let all = service.send("GET /problems", "").await.json();
    assert_eq!(all.as_array().map(Vec::len), Some(KINDS.len()));
    let one = service.send("GET /problems/out-of-stock", "").await.json();
    assert_eq!((&one["status"], &one["code"]), (&json!(409), &json!("out-of-stock")));
    let page = service.send("GET /problems/out-of-stock\naccept: text/html,*/*", "").await;
    assert!(page.header("content-type").starts_with("text/html") && page.text.contains("What to do"), "{page:?}");
    assert!(page.text.contains("<code>lines</code>") && !page.text.contains('`'), "{page:?}");
    assert_eq!(service.send("GET /problems/nonsense", "").await.problem(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn where_nothing_is_browsers_get_a_page_and_programs_a_problem() {
    let service = Service::usual();
    let page = service.send("GET /nowhere\naccept: text/html,*/*", "").await;
    assert!(page.status == 404 && page.header("content-type").starts_with("text/html"), "{page:?}");
    assert_eq!(service.send("GET /nowhere", "").await.problem(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn metrics_count_by_route_and_status() {
    let service = Service::usual();
    service.send("GET /numbers/1/2", "").await;
    service.send("GET /numbers/1/x", "").await;
    service.send("BREW /nowhere", "").await;
    let text = service.send("GET /metrics", "").await.text;
    for line in [
        "tidewater_http_requests_total{method=\"GET\",route=\"/numbers/{a}/{b}\",status=\"200\"} ",
        "tidewater_http_requests_total{method=\"GET\",route=\"/numbers/{a}/{b}\",status=\"422\"} ",
        "tidewater_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"404\"} ",
        "tidewater_http_request_seconds_bucket{method=\"GET\",route=\"/numbers/{a}/{b}\",le=\"0.001\"} ",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[tokio::test]
async fn the_document_holds_operations_and_the_answers_of_all() {
    let service = Service::usual();
    let document = service.send("GET /openapi.json", "").await.json();
    assert_eq!(document["openapi"].as_str().map(|v| &v[..3]), Some("3.1"));
    let create = &document["paths"]["/things"]["post"];
    let statuses: Vec<_> = create["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["200", "400", "401", "403", "408", "413", "415", "422", "429", "500", "503"]);
    assert_eq!(create["responses"]["422"]["$ref"], "#/components/responses/ProblemResponse");
    let response = &document["components"]["responses"]["ProblemResponse"];
    assert_eq!(response["content"]["application/problem+json"]["schema"]["$ref"], "#/components/schemas/Problem");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["type"].is_object());
    assert!(document["components"]["schemas"]["FieldError"].is_object());
    assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    assert!(document["paths"]["/health"]["get"].is_object());
}

#[tokio::test]
async fn the_page_to_try_the_api_needs_nothing_from_elsewhere() {
    let service = Service::usual();
    for (path, media_type) in
        [("/docs", "text/html"), ("/docs/app.js", "text/javascript"), ("/docs/style.css", "text/css")]
    {
        let answer = service.send(&format!("GET {path}"), "").await;
        assert!(answer.header("content-type").starts_with(media_type), "{path}");
        assert!(answer.header("content-security-policy").contains("script-src 'self'"));
        assert!(
            !answer.text.contains("http://") && !answer.text.contains("https://") && !answer.text.contains("style="),
            "{path}"
        );
    }
}

#[tokio::test]
async fn long_answers_are_compressed_on_request() {
    let service = Service::usual();
    let request = super::support::request("GET /openapi.json\naccept-encoding: gzip", "");
    let response = tower::ServiceExt::oneshot(service.router.clone(), request).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
}
