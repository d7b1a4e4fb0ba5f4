//! The stream of events: in order, resumable, each caller its own part.

use std::time::Duration;

use serde_json::{Value, json};

use crate::service::{Service, Who};
use crate::shop::{order, text};

/// The next `n` events of an open stream.
async fn take(response: &mut reqwest::Response, n: usize) -> Vec<Value> {
    let mut seen = String::new();
    loop {
        let whole: Vec<Value> = seen
            .rsplit_once("\n\n")
            .map_or("", |(whole, _)| whole)
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .map(|json| serde_json::from_str(json).expect("JSON on one line"))
            .collect();
        if whole.len() >= n {
            return whole;
        }
        let chunk = tokio::time::timeout(Duration::from_secs(20), response.chunk());
        let chunk = chunk.await.expect("events in time").expect("a chunk").expect("the stream goes on");
        seen.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
    }
}

async fn place(service: &Service, who: Who, key: &str, sku: &str) -> String {
    let body = order("10101", "standard", &json!([{ "sku": sku, "quantity": 1 }]));
    text(&service.order(who, key, &body).await.json(201)["id"]).to_owned()
}

#[tokio::test]
async fn a_stream_is_left_and_resumed_without_loss_or_repetition() {
    let service = Service::at("2025-11-10T06:00:00Z").await;
    let start = service.request(Who::Fernshop, "GET /v1/events?after=0");
    let mut stream = start.send().await.expect("an answer");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    // The opening stock of the shop's own goods.
    let opening = take(&mut stream, 13).await;
    assert!(opening.iter().all(|event| event["type"] == "stock" && event["change"]["kind"] == "received"));
    assert!(opening.iter().all(|event| event["change"]["lines"][0]["merchant"] == "fernshop"), "{opening:?}");
    drop(stream);
    let mut ids = Vec::new();
    for n in 0..5 {
        place(&service, Who::Boltshop, &format!("b{n}"), "SAW").await;
        ids.push(place(&service, Who::Fernshop, &format!("f{n}"), "HAT").await);
    }
    // Left and resumed after every second event.
    let (mut last, mut seen) = (opening.last().expect("an event")["seq"].as_u64().expect("a number"), Vec::new());
    while seen.len() < 10 {
        let request = service.request(Who::Fernshop, "GET /v1/events").header("last-event-id", last.to_string());
        let mut stream = request.send().await.expect("an answer");
        for event in take(&mut stream, 2).await.into_iter().take(2) {
            let seq = event["seq"].as_u64().expect("a number");
            assert!(seq > last, "{seq} after {last}");
            last = seq;
            seen.push(event);
        }
    }
    let accepted = seen.iter().filter(|event| event["type"] == "order_accepted");
    let accepted: Vec<&str> = accepted.map(|event| text(&event["order"]["id"])).collect();
    assert_eq!(accepted, ids);
    let allocated = seen.iter().filter(|event| event["change"]["kind"] == "allocated");
    assert_eq!(allocated.map(|event| text(&event["change"]["order"])).collect::<Vec<_>>(), ids);
    let ahead = service.request(Who::Fernshop, "GET /v1/events").header("last-event-id", "999999");
    assert_eq!(service.send(ahead).await.problem(410), "event-gap");
}

#[tokio::test]
async fn of_a_shared_wave_a_shop_sees_its_own_shipments_only() {
    let service = Service::at("2025-11-10T06:00:00Z").await;
    let own = place(&service, Who::Fernshop, "f", "HAT").await;
    place(&service, Who::Boltshop, "b", "SAW").await;
    service.advance("2025-11-10T10:05:00Z").await;
    let released = async |who| {
        let mut stream = service.request(who, "GET /v1/events?after=0").send().await.expect("an answer");
        let mut n = 1;
        loop {
            let events = take(&mut stream, n).await;
            if let Some(event) = events.iter().find(|event| event["type"] == "wave_released") {
                return event.clone();
            }
            stream = service.request(who, "GET /v1/events?after=0").send().await.expect("an answer");
            n += 1;
        }
    };
    let shop = released(Who::Fernshop).await;
    let shipments = shop["shipments"].as_array().expect("shipments");
    assert_eq!((shipments.len(), &shipments[0]["order"], &shop["wave"]), (1, &json!(own), &Value::Null));
    let planner = released(Who::Planner).await;
    assert_eq!(planner["shipments"].as_array().map(Vec::len), Some(2));
    assert_eq!(planner["wave"]["warehouse"], "NORTH");
}
