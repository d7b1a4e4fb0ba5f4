//! Bodies: what is read, what is refused, and how.

use super::support::Service;

const GOOD: &str = r#"{"name":"n","sizes":[1,2]}"#;

#[tokio::test]
async fn a_good_body_is_read() {
    let answer = Service::usual().post(GOOD).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "n [1, 2] None"));
}

#[tokio::test]
async fn bad_bodies_are_refused_each_in_its_way() {
    let service = Service::with(|config| {
        config.limits.body_bytes = 200;
        config.limits.json_depth = 8;
        config.limits.list_items = 10;
    });
    let check = async |body: &str, status: u16, code: &str, pointer: &str| {
        let answer = service.post(body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"].as_str().unwrap_or("none"), pointer, "{body}");
    };
    check("", 400, "malformed-json", "none").await;
    check("{\"name\":", 400, "malformed-json", "none").await;
    check("\u{0}", 400, "malformed-json", "none").await;
    check(&"[".repeat(150), 400, "malformed-json", "none").await;
    check(&format!("{}{}", "[".repeat(8), "]".repeat(8)), 422, "invalid", "/0").await;
    check(r#"{"name":"n","sizes":[1,2,3,4,5,6,7,8,9,10,11]}"#, 422, "invalid", "").await;
    check(&format!("\"{}\"", "x".repeat(300)), 413, "too-large", "none").await;
    check(r#"{"name":"n","sizes":[1,-2]}"#, 422, "invalid", "/sizes/1").await;
    check(r#"{"name":"n"}"#, 422, "invalid", "/sizes").await;
    check(r#"{"name":"n","sizes":[],"size":1}"#, 422, "invalid", "/size").await;
    check(r#"{"name":5,"sizes":[]}"#, 422, "invalid", "/name").await;
}

#[tokio::test]
async fn only_plain_json_is_read() {
    let service = Service::usual();
    let key = service.shop.reveal();
    for header in ["x-none: 1", "content-type: text/plain", "content-type: application/json\ncontent-encoding: gzip"] {
        let answer = service.send(&format!("POST /things\nauthorization: Bearer {key}\n{header}"), GOOD).await;
        assert_eq!(answer.problem(), (415, "unsupported-media-type".to_owned()), "{header}");
    }
    for header in ["content-type: application/json; charset=utf-8", "content-type: application/merge-patch+json"] {
        let answer = service.send(&format!("POST /things\nauthorization: Bearer {key}\n{header}"), GOOD).await;
        assert_eq!(answer.status.as_u16(), 200, "{header}");
    }
}

#[tokio::test]
async fn an_announced_length_is_refused_before_the_body_comes() {
    let service = Service::with(|config| config.limits.bulk_bytes = 1_024);
    let answer = service.send("POST /bulk\ncontent-type: text/csv\ncontent-length: 5000", "").await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));
    let answer = service.send("POST /bulk\ncontent-type: Text/CSV; header=present", "a,b\n").await;
    assert_eq!(answer.text, "text/csv 4");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let never = futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
    let service = Service::with(|config| config.limits.body_time = std::time::Duration::from_millis(20));
    let answer = service.send("POST /bulk\ncontent-type: text/csv", axum::body::Body::from_stream(never)).await;
    assert_eq!(answer.problem(), (408, "slow-body".to_owned()));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_callers_loss() {
    let broken = futures_util::stream::iter([Err::<axum::body::Bytes, _>(std::io::Error::other("gone"))]);
    let answer =
        Service::usual().send("POST /bulk\ncontent-type: text/csv", axum::body::Body::from_stream(broken)).await;
    assert_eq!(answer.problem(), (400, "unreadable-body".to_owned()));
}

#[tokio::test]
async fn idempotency_keys_are_visible_ascii() {
    let service = Service::usual();
    let put = async |header: &str| service.send(&format!("PUT /keyed\n{header}"), "").await;
    assert_eq!(put("idempotency-key: a-1").await.text, "a-1");
    assert_eq!(put(&format!("idempotency-key: {}", "x".repeat(255))).await.status.as_u16(), 200);
    for bad in [
        "idempotency-key: ",
        "idempotency-key: a b",
        "idempotency-key: ä",
        "x: y",
        "idempotency-key: a\nidempotency-key: b",
    ] {
        assert_eq!(put(bad).await.problem(), (400, "bad-header".to_owned()), "{bad}");
    }
    assert_eq!(put(&format!("idempotency-key: {}", "x".repeat(256))).await.problem(), (400, "bad-header".to_owned()));
}

#[tokio::test]
async fn a_digest_tells_a_retry_from_another_request() {
    let service = Service::usual();
    let post = async |body: &str, path: &str| {
        let head = format!(
            "POST {path}\ncontent-type: application/json\nidempotency-key: k\nauthorization: Bearer {}",
            service.shop.reveal()
        );
        service.send(&head, body.to_owned()).await.text
    };
    let first = post(GOOD, "/things").await;
    assert!(first.contains("Some(\"k "), "{first}");
    assert_eq!(first, post(GOOD, "/things").await);
    assert_ne!(first, post(GOOD, "/things?x=1").await);
}
