//! Every error looks as promised.

use serde_json::json;

use super::support::Service;

#[tokio::test]
async fn every_end_of_a_use_case_has_its_shape() {
    let service = Service::usual();
    for (how, status) in [
        ("invalid", 422),
        ("not-found", 404),
        ("forbidden", 403),
        ("conflict", 409),
        ("out-of-stock", 409),
        ("key-reused", 422),
        ("busy", 503),
        ("rate-limited", 429),
        ("internal", 500),
    ] {
        let answer = service.send(&format!("GET /fails/{how}"), "").await;
        assert_eq!(answer.problem(), (status, how.to_owned()));
        assert_eq!(answer.json()["instance"], format!("/fails/{how}"));
    }
}

#[tokio::test]
async fn faults_carry_pointer_field_value_and_rule() {
    let body = Service::usual().send("GET /fails/invalid", "").await.json();
    assert_eq!(
        body["errors"][0],
        json!({"pointer": "/lines/3/quantity", "field": "quantity", "value": "0", "rule": "must be at least 1"})
    );
    assert_eq!(body["errors"][1]["pointer"], "/lines/a~1b~0c");
    assert_eq!(body["errors"][1]["value"], format!("{}…", "x".repeat(100)));
    assert_eq!(body["errors"][2]["pointer"], "orders.csv:17");
    assert_eq!(body["detail"], "3 fault(s) in the request");
}

#[tokio::test]
async fn details_ride_along() {
    let service = Service::usual();
    let short = service.send("GET /fails/out-of-stock", "").await.json();
    assert_eq!(short["lines"], json!([{"sku": "s", "wanted": 3, "available": 1}]));
    let busy = service.send("GET /fails/busy", "").await;
    assert_eq!((busy.header("retry-after"), &busy.json()["retry_after_s"]), ("7", &json!(7)));
    assert_eq!(service.send("GET /fails/rate-limited", "").await.header("retry-after"), "8");
}

#[tokio::test]
async fn failures_tell_the_caller_nothing() {
    let service = Service::usual();
    for how in ["internal", "panic"] {
        let answer = service.send(&format!("GET /fails/{how}\nx-request-id: my-request.1"), "").await;
        assert_eq!(answer.problem(), (500, "internal".to_owned()));
        assert!(!answer.text.contains("secret"), "{}", answer.text);
        assert_eq!(answer.json()["request_id"], "my-request.1");
    }
}

#[tokio::test]
async fn the_routers_own_refusals_are_problems() {
    let service = Service::usual();
    assert_eq!(service.send("GET /nowhere", "").await.problem(), (404, "not-found".to_owned()));
    assert_eq!(service.send("GET /things/", "").await.problem(), (404, "not-found".to_owned()));
    let wrong = service.send("DELETE /things", "").await;
    assert_eq!(wrong.problem(), (405, "method-not-allowed".to_owned()));
    let mut allowed: Vec<_> = wrong.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    assert_eq!(service.send("PATCH /health", "").await.problem(), (405, "method-not-allowed".to_owned()));
    assert_eq!(service.send("BREW /health", "").await.problem(), (405, "method-not-allowed".to_owned()));
}

#[tokio::test]
async fn paths_and_queries_are_checked() {
    let service = Service::usual();
    let check = async |line: &str, expected: &str| {
        let answer = service.as_key(&service.shop, line).await;
        assert_eq!(answer.problem(), (422, "invalid".to_owned()), "{line}");
        let error = &answer.json()["errors"][0];
        let text = |key: &str| error[key].as_str().unwrap().to_owned();
        assert_eq!(format!("{}|{}|{}|{}", text("pointer"), text("field"), text("value"), text("rule")), expected);
    };
    check("GET /numbers/7/x", "path||x|must be of type u8").await;
    check("GET /numbers/7/300", "path||300|must be of type u8").await;
    check(
        "GET /things/a%20b",
        "path|||`a b` is no identifier: 1 to 64 letters, digits, `.`, `_`, `-` or `:` are allowed",
    )
    .await;
    check("GET /things/%ff", "path|merchant||must be UTF-8").await;
    check("GET /things?limit=0", "query|limit|0|must be from 1 to 1000").await;
    check("GET /things?limit=x", "query|limit|x|invalid digit found in string").await;
    check("GET /things?since=-1", "query|since|-1|invalid digit found in string").await;
    check("GET /things?after=%00", "query|after|\u{0}|must be `next` of the page before").await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let service = Service::usual();
    let first = service.as_key(&service.shop, "GET /things?limit=2").await.json();
    assert_eq!(first, json!({"items": [0, 1], "next": "2"}));
    let second = service.as_key(&service.shop, "GET /things?limit=2&after=2").await.json();
    assert_eq!(second, json!({"items": [2, 3], "next": "4"}));
}

#[tokio::test]
async fn answers_have_an_id_and_security_headers() {
    let service = Service::usual();
    for line in ["GET /health", "GET /nowhere", "GET /docs"] {
        let answer = service.send(&format!("{line}\nx-request-id: bad id"), "").await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{line}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(!answer.header("content-security-policy").contains("unsafe"));
    }
}
