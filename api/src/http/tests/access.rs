//! Who may call what.

use super::support::Service;
use crate::http::access::{AccessTable, Callers};
use crate::http::document;

#[tokio::test]
async fn the_matrix_of_roles_and_operations_holds() {
    let service = Service::usual();
    let callers = [
        ("shop", &service.shop),
        ("warehouse", &service.warehouse),
        ("carrier", &service.carrier),
        ("planner", &service.planner),
        ("admin", &service.admin),
    ];
    for (path, allowed) in [
        ("/things", &["shop", "admin"][..]),
        ("/floor", &["warehouse", "admin"]),
        ("/lane", &["carrier", "admin"]),
        ("/things/m1", &["shop", "planner", "admin"]),
        ("/undeclared", &[]),
        ("/undocumented", &[]),
        ("/misdeclared", &[]),
    ] {
        for (name, key) in callers {
            let status = service.as_key(key, &format!("GET {path}")).await.status.as_u16();
            assert_eq!(status, if allowed.contains(&name) { 200 } else { 403 }, "{name} {path}");
            let head = service.as_key(key, &format!("HEAD {path}")).await.status.as_u16();
            assert_eq!(head, status, "HEAD {name} {path}");
        }
    }
}

#[tokio::test]
async fn a_refused_role_is_told_which_would_do() {
    let service = Service::usual();
    let answer = service.as_key(&service.carrier, "GET /things/m1").await;
    assert_eq!(answer.problem(), (403, "forbidden".to_owned()));
    assert_eq!(answer.json()["detail"], "A carrier key may not do this; it takes shop, planner, admin.");
}

#[tokio::test]
async fn without_a_known_key_the_answer_is_a_challenge() {
    let service = Service::usual();
    for head in [
        "GET /things",
        "GET /things\nauthorization: Bearer",
        "GET /things\nauthorization: Bearer tw_nobody",
        "GET /things\nauthorization: Digest x",
    ] {
        let answer = service.send(head, "").await;
        assert_eq!(answer.problem(), (401, "unauthenticated".to_owned()), "{head}");
        assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"tidewater\""), "{head}");
    }
}

#[tokio::test]
async fn the_key_is_asked_for_before_the_body_is_judged() {
    let answer = Service::usual().send("POST /things\ncontent-type: application/json", "{").await;
    assert_eq!(answer.problem(), (401, "unauthenticated".to_owned()));
}

#[tokio::test]
async fn a_suspended_key_hears_the_reason() {
    let service = Service::usual();
    let answer = service.as_key(&service.suspended, "GET /things").await;
    assert_eq!(answer.problem(), (403, "suspended".to_owned()));
    assert_eq!(answer.json()["detail"], "The key is suspended: unpaid since May");
}

#[tokio::test]
async fn anothers_object_does_not_exist() {
    let service = Service::usual();
    assert_eq!(service.as_key(&service.shop, "GET /things/m1").await.text, "m1");
    let others = service.as_key(&service.other_shop, "GET /things/m1").await;
    assert_eq!(others.problem(), (404, "not-found".to_owned()));
    let nobodys = service.as_key(&service.other_shop, "GET /things/m9").await;
    assert_eq!(
        others.json()["detail"].as_str().map(|d| d.replace("m1", "m9")).as_deref(),
        nobodys.json()["detail"].as_str()
    );
    assert_eq!(service.as_key(&service.planner, "GET /things/m1").await.text, "m1");
}

#[test]
fn every_operation_says_who_may_call_it() {
    let table = AccessTable::read(&document());
    for (method, path, access) in table.iter() {
        assert_ne!(access.callers, Callers::Nobody, "{method} {path} has no security(..), or names an unknown role");
    }
    assert!(table.iter().count() >= 5);
}

#[tokio::test]
async fn the_whole_service_stands() {
    let service = Service::usual();
    let router = crate::http::router(axum::Router::new(), service.state.clone());
    for (line, status) in [("GET /health", 200), ("GET /docs", 200), ("GET /nowhere", 404), ("PUT /health", 405)] {
        let answer = tower::ServiceExt::oneshot(router.clone(), super::support::request(line, "")).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{line}");
    }
}
