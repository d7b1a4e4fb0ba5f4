//! Carriers that are asked for their rates: alive, slow, broken, dead, and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::service::{Service, Who};
use crate::shop::{cart, text};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

/// How the carrier's service behaves.
const WELL: u8 = 0;
const NEVER_ANSWERS: u8 = 1;
const ANSWERS_NONSENSE: u8 = 2;
const FAILS: u8 = 3;
const HAS_NO_RATE: u8 = 4;

/// A carrier's service on a port of its own, with how it behaves and how often it was asked.
async fn carrier() -> (String, Arc<AtomicU8>, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1/proxy/rates", listener.local_addr().expect("an address"));
    let (mood, asked) = (Arc::new(AtomicU8::new(WELL)), Arc::new(AtomicU32::new(0)));
    let (its_mood, its_asked) = (Arc::clone(&mood), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mood, asked) = (Arc::clone(&its_mood), Arc::clone(&its_asked));
            tokio::spawn(async move {
                let mut read = vec![0; 1 << 16];
                while let Ok(1..) = stream.read(&mut read).await {
                    asked.fetch_add(1, Ordering::SeqCst);
                    let rate = |service: &str, dollars: f64| json!({ "service": service, "total_charge": dollars, "currency": "USD" });
                    let (status, body) = match mood.load(Ordering::SeqCst) {
                        NEVER_ANSWERS => {
                            tokio::time::sleep(Duration::from_secs(3_600)).await;
                            return;
                        }
                        ANSWERS_NONSENSE => ("200 OK", "<html>".to_owned()),
                        FAILS => ("500 Internal Server Error", "{}".to_owned()),
                        HAS_NO_RATE => ("424 Failed Dependency", json!({ "rates": [], "messages": [] }).to_string()),
                        _ => {
                            let rates = [rate("prairie-ground", 3.21), rate("prairie-next", 4.56)];
                            ("200 OK", json!({ "rates": rates, "messages": [] }).to_string())
                        }
                    };
                    let answer = format!(
                        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (url, mood, asked)
}

async fn quoted(service: &Service) -> Value {
    // Own vans reach this area too.
    let body = cart("10101", &json!([{ "sku": "SHIRT", "quantity": 1 }]));
    service.post(Who::Fernshop, "/v1/quotes", &body).await.json(200)
}

/// Services that are offered, and the reasons of those that are not.
fn offered(quote: &Value) -> (Vec<String>, Vec<String>) {
    let options = quote["options"].as_array().expect("options");
    let services = options.iter().map(|option| text(&option["shipments"][0]["service"]).to_owned()).collect();
    let missing = quote["missing"].as_array().expect("missing");
    let reasons = missing.iter().map(|row| format!("{}: {}", text(&row["service"]), text(&row["reason"]))).collect();
    (services, reasons)
}

#[tokio::test]
async fn a_dead_carrier_leaves_its_services_out_and_the_others_in() {
    let (url, mood, asked) = carrier().await;
    let service = Service::with_adapters(
        NOW,
        &format!("[[adapter]]\ncarrier = \"prairie\"\nurl = \"{url}\"\ntimeout_ms = 150\n"),
    )
    .await;
    let alive = quoted(&service).await;
    let ground = alive["options"]
        .as_array()
        .expect("options")
        .iter()
        .find(|option| option["shipments"][0]["service"] == "prairie-ground");
    let shipment = &ground.unwrap_or_else(|| panic!("{alive}"))["shipments"][0];
    assert_eq!(shipment["carrier_cents"], 321, "the carrier's own price");
    assert_eq!(
        (&shipment["charges"][0]["rule"], &shipment["charges"][0]["amount_cents"]),
        (&json!("live"), &json!(321))
    );

    // It stops answering: own vans are offered all the same, and soon nobody waits for it any more.
    mood.store(NEVER_ANSWERS, Ordering::SeqCst);
    for _ in 0..3 {
        let (services, reasons) = offered(&quoted(&service).await);
        assert!(services.contains(&"north-halfday".to_owned()), "{services:?}");
        assert!(services.iter().all(|service| !service.starts_with("prairie")));
        assert!(
            reasons.contains(&"prairie-ground: the carrier's rates did not come within 150 ms".to_owned()),
            "{reasons:?}"
        );
    }
    let before = asked.load(Ordering::SeqCst);
    let (services, reasons) = offered(&quoted(&service).await);
    assert_eq!(services, ["north-halfday"]);
    assert!(reasons.iter().any(|reason| reason.contains("failed again and again")), "{reasons:?}");
    assert_eq!(asked.load(Ordering::SeqCst), before, "it rests");
}

#[tokio::test]
async fn a_broken_carrier_is_told_apart_from_one_without_a_rate() {
    let (url, mood, _) = carrier().await;
    let adapters = format!("[[adapter]]\ncarrier = \"prairie\"\nurl = \"{url}\"\n");
    let service = Service::with_adapters(NOW, &adapters).await;
    for (how, expected) in [
        (ANSWERS_NONSENSE, "the carrier's rates could not be had"),
        (HAS_NO_RATE, "the carrier has no rate for this shipment"),
        (FAILS, "the carrier's rates could not be had"),
    ] {
        mood.store(how, Ordering::SeqCst);
        let (services, reasons) = offered(&quoted(&service).await);
        assert_eq!(services, ["north-halfday"]);
        assert!(reasons.contains(&format!("prairie-next: {expected}")), "{reasons:?}");
    }
    mood.store(WELL, Ordering::SeqCst);
    let batch = json!({ "quotes": [cart("10101", &json!([{ "sku": "SHIRT", "quantity": 1 }]))] });
    let answers = service.post(Who::Fernshop, "/v1/quotes/batch", &batch).await.json(200);
    let (services, _) = offered(&answers["answers"][0]["quote"]);
    assert!(services.contains(&"prairie-ground".to_owned()), "it is back: {services:?}");
}

#[tokio::test]
async fn an_unreachable_carrier_is_a_reason_at_once() {
    let service =
        Service::with_adapters(NOW, "[[adapter]]\ncarrier = \"prairie\"\nurl = \"http://127.0.0.1:1/rates\"\n").await;
    let (services, reasons) = offered(&quoted(&service).await);
    assert_eq!(services, ["north-halfday"]);
    assert!(reasons.contains(&"prairie-ground: the carrier's rates could not be had".to_owned()), "{reasons:?}");
}
