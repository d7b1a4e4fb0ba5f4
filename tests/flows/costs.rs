//! What it cost to serve, over HTTP: seven views of one sum, exports, and nobody's costs but one's own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::service::{Answer, Service, Who};
use crate::shop::{order, text};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";
const VIEWS: [&str; 7] = ["order", "merchant", "sku", "warehouse", "service", "lane", "day"];

/// A day with orders of both shops, one of them delivered and partly returned, and one of them for the next day.
async fn day() -> Service {
    let service = Service::at(NOW).await;
    let hats = order("10401", "standard", &json!([{ "sku": "HAT", "quantity": 2 }, { "sku": "SHIRT", "quantity": 1 }]));
    let hats = service.order(Who::Fernshop, "hats", &hats).await.json(201);
    let saw = order("10402", "standard", &json!([{ "sku": "SAW", "quantity": 1 }]));
    service.order(Who::Boltshop, "saw", &saw).await.json(201);
    service.advance("2025-11-10T10:05:00Z").await;
    let id = text(&hats["id"]);
    let sent = service.get(Who::Fernshop, &format!("/v1/orders/{id}")).await.json(200);
    for hour in ["2025-11-10T23:05:00Z", "2025-11-11T02:05:00Z"] {
        for place in [Who::North, Who::East] {
            let open = service.get(place, "/v1/pick-lists?open=true").await.json(200);
            for list in open["items"].as_array().expect("lists") {
                let path = format!("/v1/pick-lists/{}/confirm", text(&list["id"]));
                service.post(place, &path, &json!({})).await.json(200);
            }
        }
        service.advance(hour).await;
        for dispatch in service.get(Who::Admin, "/v1/dispatches?stage=tendered").await.json(200)["items"]
            .as_array()
            .expect("offers")
        {
            service.post(Who::Admin, &format!("/v1/dispatches/{}/accept", text(&dispatch["id"])), &json!({})).await;
        }
    }
    service.advance("2025-11-11T20:00:00Z").await;
    for shipment in sent["shipments"].as_array().expect("shipments") {
        service.post(Who::Admin, &format!("/v1/shipments/{}/delivered", text(shipment)), &json!({})).await.json(200);
    }
    let back = json!({ "order": id, "lines": [{ "sku": "HAT", "quantity": 1 }] });
    service.post(Who::Fernshop, "/v1/returns", &back).await.json(201);
    let socks = order("10201", "standard", &json!([{ "sku": "SOCKS", "quantity": 3 }]));
    service.order(Who::Fernshop, "socks", &socks).await.json(201);
    service
}

fn cents(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no amount"))
}

fn sum(rows: &Value) -> i64 {
    rows.as_array().expect("rows").iter().map(|row| cents(&row["amount_cents"])).sum()
}

/// The last column of a CSV, added up.
fn csv_sum(answer: &Answer) -> i64 {
    assert!(answer.content_type.starts_with("text/csv"), "{}", answer.content_type);
    let amounts = answer.text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap_or_default());
    amounts.map(|amount| amount.parse::<i64>().unwrap_or_else(|_| panic!("`{amount}` is no amount"))).sum()
}

#[tokio::test]
async fn every_view_and_every_export_has_the_same_total_and_shops_see_their_own() {
    let service = day().await;
    let mut totals = BTreeMap::new();
    for who in [Who::Planner, Who::Admin, Who::Fernshop, Who::Boltshop] {
        let charges = service.get(who, "/v1/cost-to-serve/charges").await;
        let total = csv_sum(&charges);
        assert!(total > 0);
        for view in VIEWS {
            let body = service.get(who, &format!("/v1/cost-to-serve?by={view}")).await.json(200);
            assert_eq!((cents(&body["total_cents"]), sum(&body["items"]), sum(&body["kinds"])), (total, total, total));
            assert_eq!(body["charges"], json!(charges.text.lines().count() - 1));
            let csv = service.get(who, &format!("/v1/cost-to-serve?by={view}&format=csv")).await;
            assert_eq!(csv_sum(&csv), total, "{view}");
            assert_eq!(csv.text.lines().count() - 1, body["items"].as_array().map_or(0, Vec::len));
        }
        totals.insert(who, total);
    }
    assert_eq!(totals[&Who::Planner], totals[&Who::Admin]);
    assert_eq!(totals[&Who::Planner], totals[&Who::Fernshop] + totals[&Who::Boltshop]);
    let kinds = service.get(Who::Fernshop, "/v1/cost-to-serve?by=day").await.json(200);
    let back = kinds["kinds"].as_array().expect("kinds").iter().find(|row| row["kind"] == "return_transport");
    assert!(back.is_some_and(|row| cents(&row["amount_cents"]) > 0), "the return is among them: {kinds}");

    let own = service.get(Who::Fernshop, "/v1/cost-to-serve/charges").await;
    assert!(own.text.lines().skip(1).all(|line| line.split(',').nth(1) == Some("fernshop")), "{}", own.text);
    for path in ["/v1/cost-to-serve?by=order&merchant=boltshop", "/v1/cost-to-serve/charges?merchant=boltshop"] {
        assert_eq!(service.get(Who::Fernshop, path).await.problem(404), "not-found");
        let theirs = service.get(Who::Boltshop, path).await;
        assert_eq!((theirs.status, service.get(Who::Planner, path).await.text), (200, theirs.text));
    }
}

#[tokio::test]
async fn charges_are_filtered_by_day_and_come_in_the_format_asked_for() {
    let service = day().await;
    let days = service.get(Who::Planner, "/v1/cost-to-serve?by=day").await.json(200);
    let rows = days["items"].as_array().expect("days");
    assert!(rows.len() >= 2, "{days}");
    for row in rows {
        let path = format!("/v1/cost-to-serve/charges?from={0}&to={0}&format=ndjson", text(&row["day"]));
        let answer = service.get(Who::Planner, &path).await;
        assert_eq!(answer.content_type, "application/x-ndjson");
        let charges: Vec<Value> =
            answer.text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert!(charges.iter().all(|charge| charge["day"] == row["day"]));
        assert_eq!(sum(&json!(charges)), cents(&row["amount_cents"]));
    }
    let as_type = async |path: &str, media: &str| {
        service.send(service.request(Who::Planner, &format!("GET {path}")).header("accept", media)).await.content_type
    };
    assert_eq!(as_type("/v1/cost-to-serve?by=lane", "text/csv").await, "text/csv; charset=utf-8");
    assert_eq!(as_type("/v1/cost-to-serve/charges", "application/x-ndjson").await, "application/x-ndjson");
    let none = service.get(Who::Planner, "/v1/cost-to-serve/charges?to=2020-01-01").await;
    assert_eq!(none.text.lines().count(), 1, "names of the columns, and no row: {}", none.text);

    let wrong = "/v1/cost-to-serve?by=lane&merchant=nobody&from=yesterday&to=2025-13-01&format=pdf";
    let answer = service.get(Who::Planner, wrong).await.json(422);
    let fields: Vec<_> = answer["errors"].as_array().expect("errors").iter().map(|e| text(&e["field"])).collect();
    assert_eq!(fields, ["merchant", "from", "to", "format"]);
    for wrong in
        ["/v1/cost-to-serve", "/v1/cost-to-serve?by=moon", "/v1/cost-to-serve/charges?from=2025-11-12&to=2025-11-11"]
    {
        assert_eq!(service.get(Who::Planner, wrong).await.faults(), ["query"], "{wrong}");
    }
}
