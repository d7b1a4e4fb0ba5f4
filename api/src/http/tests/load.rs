//! Shares, shedding, and going down under load.

use std::time::Duration;

use tokio::net::TcpListener;

use super::support::{Service, stop, until};
use crate::http::serve;
use engine::units::Timestamp;

#[tokio::test]
async fn a_merchants_burst_is_its_own_problem() {
    let service = Service::with(|config| (config.limits.requests_per_second, config.limits.burst) = (1, 3));
    for _ in 0..3 {
        assert_eq!(service.as_key(&service.shop, "GET /things").await.status.as_u16(), 200);
    }
    let refused = service.as_key(&service.shop, "GET /things").await;
    assert_eq!(refused.problem(), (429, "rate-limited".to_owned()));
    assert!((1..=2).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(service.as_key(&service.other_shop, "GET /things").await.status.as_u16(), 200);
}

#[tokio::test]
async fn quotes_are_shed_first_and_operators_never() {
    let service = Service::with(|config| (config.limits.in_flight, config.limits.quote_share_percent) = (2, 50));
    let run = |line: &'static str| {
        let (router, key) = (service.router.clone(), service.shop.reveal().to_owned());
        let request = super::support::request(&format!("{line}\nauthorization: Bearer {key}"), "");
        tokio::spawn(async move { tower::ServiceExt::oneshot(router, request).await.unwrap().status().as_u16() })
    };
    let first = run("GET /quotes");
    until(|| service.state.gate.in_work() == 1).await;
    let shed = service.as_key(&service.shop, "GET /quotes").await;
    assert_eq!(shed.problem(), (503, "busy".to_owned()));
    assert!((1..=2).contains(&shed.header("retry-after").parse::<u64>().unwrap()));

    let second = run("GET /slow");
    until(|| service.state.gate.in_work() == 2).await;
    assert_eq!(service.as_key(&service.shop, "GET /things").await.problem(), (503, "busy".to_owned()));
    assert_eq!(service.send("GET /health", "").await.status.as_u16(), 200);

    service.state.clock.set(Timestamp::from_unix(10)).unwrap();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (200, 200));
    assert_eq!(service.state.gate.in_work(), 0);
}

#[tokio::test]
async fn a_caller_who_leaves_gives_its_place_back() {
    let service = Service::with(|config| config.limits.in_flight = 1);
    let request = super::support::request(&format!("GET /slow\nauthorization: Bearer {}", service.shop.reveal()), "");
    let gone =
        tokio::time::timeout(Duration::from_millis(20), tower::ServiceExt::oneshot(service.router.clone(), request))
            .await;
    assert!(gone.is_err());
    assert_eq!(service.state.gate.in_work(), 0);
}

#[tokio::test]
async fn readiness_names_what_is_waited_for() {
    let service = Service::usual();
    assert_eq!(service.send("GET /ready", "").await.status.as_u16(), 200);
    service.state.lifecycle.wait_for("store", "replaying the log");
    let answer = service.send("GET /ready", "").await;
    assert_eq!(answer.problem(), (503, "not-ready".to_owned()));
    assert_eq!(answer.json()["detail"], "store: replaying the log");
    assert_eq!(service.send("GET /health", "").await.status.as_u16(), 200);
    service.state.lifecycle.is_up("store");
    assert_eq!(service.send("GET /ready", "").await.status.as_u16(), 200);
    service.state.lifecycle.drain();
    assert_eq!(service.send("GET /ready", "").await.json()["detail"], "shutting down");
}

#[tokio::test]
async fn going_down_fails_no_request() {
    let service = Service::with(|config| config.drain_notice = Duration::from_millis(300));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (signal, heard) = stop();
    let server = tokio::spawn(serve(listener, service.router.clone(), service.state.clone(), heard));

    let client = reqwest::Client::new();
    let slow = client.get(format!("{base}/slow")).bearer_auth(service.shop.reveal()).send();
    let slow = tokio::spawn(slow);
    until(|| service.state.gate.in_work() == 1).await;

    signal.notify_one();
    until(|| !service.state.lifecycle.reasons().is_empty()).await;
    let ready = reqwest::get(format!("{base}/ready")).await.unwrap();
    assert_eq!(ready.status().as_u16(), 503, "while load balancers are told, connections are still taken");

    let mut refused = false;
    for _ in 0..100 {
        refused = reqwest::get(format!("{base}/health")).await.is_err();
        if refused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(refused, "then connections are refused");
    assert!(!server.is_finished());

    service.state.clock.set(Timestamp::from_unix(10)).unwrap();
    assert_eq!(slow.await.unwrap().unwrap().text().await.unwrap(), "done");
    drop(client);
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_service_up_for_ever() {
    let service = Service::with(|config| config.drain_limit = Duration::from_millis(100));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (signal, heard) = stop();
    let server = tokio::spawn(serve(listener, service.router.clone(), service.state.clone(), heard));
    let stuck =
        tokio::spawn(reqwest::Client::new().get(format!("{base}/slow")).bearer_auth(service.shop.reveal()).send());
    until(|| service.state.gate.in_work() == 1).await;
    signal.notify_one();
    let outcome = server.await.unwrap();
    assert!(outcome.unwrap_err().to_string().contains("still in work"));
    stuck.abort();
}
