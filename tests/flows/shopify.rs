//! Shopify's carrier service callback: signed carts in, rates out that can be ordered.

use base64::Engine as _;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::service::{Answer, Service, Who};
use crate::shop::order;

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

const SECRETS: &str = "fernshop = \"fernshop's client secret\"\nboltshop = \"boltshop's client secret\"";

/// A callback as Shopify sends it: fields that decide nothing among those that do.
fn callback(country: &str, postal: &str, items: &[(&str, i64)]) -> Value {
    let address = |country: &str, postal: &str| {
        json!({
            "country": country, "postal_code": postal, "province": "IL", "city": "Northport", "name": null, "address1": "150 Elgin St.",
            "address2": "", "address3": null, "phone": null, "fax": null, "email": null, "address_type": null, "company_name": null,
        })
    };
    let item = |(sku, quantity): &(&str, i64)| {
        json!({
            "name": "Short Sleeve T-Shirt", "sku": sku, "quantity": quantity, "grams": 1000, "price": 1999, "vendor": "Jamie D's Emporium",
            "requires_shipping": !sku.is_empty(), "taxable": true, "fulfillment_service": "manual", "properties": null,
            "product_id": 48_447_225_880_i64, "variant_id": 258_644_705_304_i64,
        })
    };
    json!({ "rate": {
        "origin": address("US", "10101"), "destination": address(country, postal),
        "items": items.iter().map(item).collect::<Vec<_>>(), "currency": "USD", "locale": "en",
    }})
}

fn signature(merchant: &str, body: &str) -> String {
    let secret = format!("{merchant}'s client secret");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(body.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

async fn send(service: &Service, merchant: &str, body: &str, signature: Option<&str>) -> Answer {
    let request = service.request(Who::Nobody, &format!("POST /shopify/{merchant}/rates"));
    let request = request.header("content-type", "application/json").body(body.to_owned());
    let request = match signature {
        Some(signature) => request.header("X-Shopify-Hmac-Sha256", signature),
        None => request,
    };
    service.send(request).await
}

async fn ask(service: &Service, merchant: &str, body: &Value) -> Answer {
    let body = body.to_string();
    send(service, merchant, &body, Some(&signature(merchant, &body))).await
}

#[tokio::test]
async fn a_signed_cart_gets_rates_that_can_be_ordered() {
    let service = Service::with_shopify(NOW, SECRETS).await;
    let cart = callback("US", "10208-0042", &[("SHIRT", 1), ("", 5), ("SHIRT", 1)]);
    let answer = ask(&service, "fernshop", &cart).await.json(200);
    let rates = answer["rates"].as_array().expect("rates");
    assert!(rates.len() >= 2, "{answer}");
    let mut last = i64::MIN;
    for rate in rates {
        let text = |field: &str| rate[field].as_str().unwrap_or_default().to_owned();
        let cents: i64 = text("total_price").parse().expect("subunits as a text");
        assert!(cents > last, "a faster rate costs more: {answer}");
        last = cents;
        assert_eq!(text("currency"), "USD");
        // Written as 2013-04-12 14:48:45 -0400, by the clock of the address.
        for field in ["min_delivery_date", "max_delivery_date"] {
            let date = text(field);
            let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            assert_eq!(shape, "9999-99-99 99:99:99 -9999", "{rate}");
        }
        assert!(text("description").starts_with("Arrives by "), "{rate}");
        let mut wish = order("10208", &text("service_code"), &json!([{ "sku": "SHIRT", "quantity": 2 }]));
        wish["max_price_cents"] = json!(cents);
        let placed = service.order(Who::Fernshop, &text("service_code"), &wish).await.json(201);
        assert_eq!(placed["price_cents"], cents);
    }
}

#[tokio::test]
async fn a_rate_shown_before_a_cut_off_still_holds_after_it() {
    // A wave of the nearest warehouse closes at 10:00 in Chicago, within the quarter of an hour for which a shop shows the rate.
    let cart = callback("US", "10103", &[("SHIRT", 1)]);
    let mut shown = Vec::new();
    for now in ["2025-11-10T15:40:00Z", "2025-11-10T15:50:00Z", "2025-11-10T16:04:00Z"] {
        let service = Service::with_shopify(now, SECRETS).await;
        shown.push(ask(&service, "fernshop", &cart).await.json(200));
    }
    assert_ne!(shown[0], shown[1], "what the wave makes possible is shown while it can be ordered");
    assert_eq!(shown[1], shown[2]);
}

#[tokio::test]
async fn only_signed_requests_are_answered() {
    let service = Service::with_shopify(NOW, SECRETS).await;
    let cart = callback("US", "10208", &[("SHIRT", 1)]).to_string();
    let own = signature("fernshop", &cart);
    for (merchant, body, signature) in [
        ("fernshop", cart.as_str(), None),
        ("fernshop", cart.as_str(), Some(signature("boltshop", &cart))),
        ("fernshop", &cart.replace("\"quantity\":1", "\"quantity\":2"), Some(own.clone())),
        ("boltshop", cart.as_str(), Some(own.clone())),
        ("nobody", cart.as_str(), Some(own.clone())),
    ] {
        assert_eq!(send(&service, merchant, body, signature.as_deref()).await.problem(401), "unauthenticated");
    }
    assert_eq!(send(&service, "fernshop", &cart, Some(&own)).await.status, 200);
    // Without secrets nobody is answered.
    let closed = Service::at(NOW).await;
    assert_eq!(send(&closed, "fernshop", &cart, Some(&own)).await.problem(401), "unauthenticated");
}

#[tokio::test]
async fn what_cannot_go_there_has_no_rates_and_what_is_wrong_has_an_error() {
    let service = Service::with_shopify(NOW, SECRETS).await;
    let none = json!({ "rates": [] });
    for cart in [
        callback("CA", "K1M1M4", &[("SHIRT", 1)]),
        callback("US", "99999", &[("SHIRT", 1)]),
        callback("US", "10208", &[("", 1)]),
        callback("US", "10208", &[]),
        callback("US", "10208", &[("SHIRT", 90_000)]),
    ] {
        assert_eq!(ask(&service, "fernshop", &cart).await.json(200), none, "{cart}");
    }
    let wrong = callback("US", "10208", &[("", 1), ("HAMMER", 1), ("SHIRT", 0)]);
    assert_eq!(ask(&service, "fernshop", &wrong).await.faults(), ["/rate/items/1/sku", "/rate/items/2/quantity"]);
    let body = "{\"rate\":";
    let broken = send(&service, "fernshop", body, Some(&signature("fernshop", body))).await;
    assert_eq!(broken.problem(400), "malformed-json");
}
