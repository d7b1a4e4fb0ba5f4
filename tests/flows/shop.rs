//! A shop's day: quotes, orders, withdrawals, stock.

use serde_json::{Value, json};

use crate::service::{Service, Who};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

pub fn cart(postal: &str, lines: &Value) -> Value {
    json!({ "destination": { "postal_code": postal, "residential": true }, "lines": lines })
}

pub fn order(postal: &str, level: &str, lines: &Value) -> Value {
    let mut body = cart(postal, lines);
    body["level"] = json!(level);
    body
}

#[tokio::test]
async fn a_quote_adds_up_gives_reasons_and_can_be_ordered_as_quoted() {
    let service = Service::at(NOW).await;
    let lines = json!([{ "sku": "SHIRT", "quantity": 2 }, { "sku": "BOOTS", "quantity": 1 }]);
    let quote = service.post(Who::Fernshop, "/v1/quotes", &cart("10208", &lines)).await.json(200);
    let options = quote["options"].as_array().expect("options");
    assert!(options.len() >= 2, "{quote}");
    for option in options {
        let mut units = 0;
        for shipment in option["shipments"].as_array().expect("shipments") {
            let charges = shipment["charges"].as_array().expect("charges");
            assert!(charges.iter().all(|charge| charge["rule"].is_string()), "{charges:?}");
            let sum: i64 = charges.iter().filter_map(|charge| charge["amount_cents"].as_i64()).sum();
            assert_eq!(shipment["carrier_cents"], sum);
            let units_of = |line: &Value| line["quantity"].as_i64().unwrap_or(0);
            units += shipment["lines"].as_array().expect("lines").iter().map(units_of).sum::<i64>();
            let chain: Vec<&Value> = shipment["chain"].as_array().expect("chain").iter().map(|s| &s["at"]).collect();
            assert!(chain.windows(2).all(|pair| pair[0].as_str() <= pair[1].as_str()), "{chain:?}");
        }
        assert_eq!(units, 3);
        let body = json!({
            "destination": { "postal_code": "10208", "residential": true }, "level": option["level"], "lines": lines,
            "max_price_cents": option["price_cents"], "deliver_by": option["delivers_by"],
        });
        let key = option["level"].as_str().expect("a level");
        let placed = service.order(Who::Fernshop, key, &body).await.json(201);
        assert_eq!(placed["price_cents"], option["price_cents"]);
        assert_eq!(placed["promised_by"], option["delivers_by"]);
        service.post(Who::Fernshop, &format!("/v1/orders/{}/cancel", text(&placed["id"])), &json!({})).await.json(200);
    }
    // Lithium flies with nobody, and says so.
    let drill = json!([{ "sku": "DRILL", "quantity": 1 }]);
    let quote = service.post(Who::Boltshop, "/v1/quotes", &cart("10401", &drill)).await.json(200);
    let missing = quote["missing"].as_array().expect("missing");
    assert!(missing.iter().any(|row| row["service"] == "prairie-next" && row["reason"].is_string()), "{quote}");
}

#[tokio::test]
async fn what_is_not_there_is_neither_quoted_nor_sold_and_two_warehouses_may_share() {
    let service = Service::at(NOW).await;
    // 20 at NORTH, 8 at EAST, 5 at SOUTH.
    let many = |quantity: i64| json!([{ "sku": "JEANS", "quantity": quantity }]);
    let quote = service.post(Who::Fernshop, "/v1/quotes", &cart("10201", &many(34))).await.json(200);
    assert_eq!(quote["shortages"], json!([{ "sku": "JEANS", "wanted": 34, "available": 33 }]));
    assert_eq!(quote["options"], json!([]));
    let refused = service.order(Who::Fernshop, "a", &order("10201", "standard", &many(34))).await;
    assert_eq!(refused.problem(409), "out-of-stock");
    let split = service.order(Who::Fernshop, "b", &order("10201", "standard", &many(24))).await.json(201);
    let plan = split["plan"].as_array().expect("a plan");
    assert_eq!(plan.len(), 2, "{plan:?}");
    let left = async |place| service.stock("JEANS", place).await[2];
    assert_eq!(left("NORTH").await + left("EAST").await + left("SOUTH").await, 9);
    let next = service.order(Who::Fernshop, "c", &order("10201", "standard", &many(24))).await;
    assert_eq!(next.problem(409), "out-of-stock");
    assert_eq!(next.json(409)["lines"], json!([{ "sku": "JEANS", "wanted": 24, "available": 9 }]));
}

#[tokio::test]
async fn one_key_is_one_order_and_a_withdrawal_gives_everything_back() {
    let service = Service::at(NOW).await;
    let body = order("10101", "standard", &json!([{ "sku": "HAT", "quantity": 4 }]));
    let placed = service.order(Who::Fernshop, "k", &body).await.json(201);
    let again = service.order(Who::Fernshop, "k", &body).await.json(201);
    assert_eq!(placed["id"], again["id"]);
    let other = order("10101", "standard", &json!([{ "sku": "HAT", "quantity": 5 }]));
    assert_eq!(service.order(Who::Fernshop, "k", &other).await.problem(422), "key-reused");
    // Another merchant's key of the same text is its own.
    let bolt = order("10101", "standard", &json!([{ "sku": "SAW", "quantity": 1 }]));
    service.order(Who::Boltshop, "k", &bolt).await.json(201);
    assert_eq!(service.stock("HAT", "NORTH").await, [20, 4, 16]);
    let path = format!("/v1/orders/{}", text(&placed["id"]));
    assert_eq!(service.get(Who::Boltshop, &path).await.problem(404), "not-found");
    assert_eq!(service.post(Who::Boltshop, &format!("{path}/cancel"), &json!({})).await.problem(404), "not-found");
    let gone = service.post(Who::Fernshop, &format!("{path}/cancel"), &json!({})).await.json(200);
    assert_eq!(gone["stage"], "cancelled");
    assert_eq!(service.stock("HAT", "NORTH").await, [20, 0, 20]);
    let twice = service.post(Who::Fernshop, &format!("{path}/cancel"), &json!({})).await;
    assert_eq!(twice.problem(409), "wrong-stage");
    let without = service.post(Who::Fernshop, "/v1/orders", &body).await;
    assert_eq!(without.problem(400), "bad-header");
}

#[tokio::test]
async fn every_fault_of_a_request_is_told_at_once() {
    let service = Service::at(NOW).await;
    let lines =
        json!([{ "sku": "HAT", "quantity": 0 }, { "sku": "SAW", "quantity": 1 }, { "sku": "HAT", "quantity": 1 }]);
    let mut body = order("99999", "standard", &lines);
    body["deliver_by"] = json!("tomorrow");
    body["max_price_cents"] = json!(-1);
    body["reference"] = json!("a\nb");
    let faults = service.order(Who::Fernshop, "f", &body).await.faults();
    let expected = [
        "/destination/postal_code",
        "/lines/0/quantity",
        "/lines/1/sku",
        "/lines/2/sku",
        "/deliver_by",
        "/reference",
        "/max_price_cents",
    ];
    assert_eq!(faults, expected);
    let typo = json!({ "destination": { "postal_code": "10101", "residental": true }, "lines": [] });
    assert_eq!(service.post(Who::Fernshop, "/v1/quotes", &typo).await.faults(), ["/destination/residental"]);
    for (who, path) in [
        (Who::Fernshop, "/v1/orders?stage=lost"),
        (Who::Planner, "/v1/stock?warehouse=NOWHERE"),
        (Who::Planner, "/v1/stock?after=x"),
        (Who::Planner, "/v1/dispatches?stage=lost"),
        (Who::Planner, "/v1/waves?warehouse=NOWHERE"),
        (Who::Planner, "/v1/pick-lists?warehouse=NOWHERE"),
        (Who::Fernshop, "/v1/orders?limit=0"),
    ] {
        assert_eq!(service.get(who, path).await.faults(), ["query"], "{path}");
    }
    assert_eq!(service.get(Who::Fernshop, "/v1/orders").await.json(200)["items"], json!([]));
}

#[tokio::test]
async fn lists_come_in_pages_of_the_callers_own() {
    let service = Service::at(NOW).await;
    for n in 0..3 {
        let body = order("10101", "standard", &json!([{ "sku": "SOCKS", "quantity": 1 }]));
        service.order(Who::Fernshop, &format!("k{n}"), &body).await.json(201);
    }
    let first = service.get(Who::Fernshop, "/v1/orders?limit=2&stage=accepted").await.json(200);
    assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
    let rest =
        service.get(Who::Fernshop, &format!("/v1/orders?limit=2&after={}", text(&first["next"]))).await.json(200);
    assert_eq!((rest["items"].as_array().map(Vec::len), &rest["next"]), (Some(1), &Value::Null));
    assert_eq!(service.get(Who::Boltshop, "/v1/orders").await.json(200)["items"], json!([]));
    let rows = service.get(Who::Boltshop, "/v1/stock?limit=1000").await.json(200)["items"].clone();
    assert!(rows.as_array().expect("rows").iter().all(|row| row["merchant"] == "boltshop"));
    let rows = service.get(Who::East, "/v1/stock?limit=1000").await.json(200)["items"].clone();
    assert!(rows.as_array().expect("rows").iter().all(|row| row["warehouse"] == "EAST"));
}

#[tokio::test]
async fn a_stock_file_is_taken_whole_or_not_at_all() {
    let service = Service::at(NOW).await;
    let import = async |who, rows: &str| {
        let request = service.request(who, "POST /v1/stock/import").header("content-type", "text/csv");
        service.send(request.body(rows.to_owned())).await
    };
    let head = "merchant,sku,warehouse,on_hand\n";
    let bad = format!("{head}fernshop,HAT,NORTH,5\nnobody,HAT,NORTH,5\nfernshop,NOPE,EAST,-1\nfernshop,HAT\n");
    assert_eq!(import(Who::North, &bad).await.faults(), ["line 3", "line 4", "line 4", "line 4", "line 5"]);
    assert_eq!(import(Who::North, head).await.faults(), ["line 2"]);
    assert_eq!(service.stock("HAT", "NORTH").await, [20, 0, 20]);
    let good = format!("{head}fernshop,HAT,NORTH,5\nboltshop,SAW,NORTH,1\n");
    assert_eq!(import(Who::North, &good).await.json(200), json!({ "rows": 2, "units": 6 }));
    assert_eq!(service.stock("HAT", "NORTH").await, [25, 0, 25]);
    let count = |delta: i64| json!({ "merchant": "fernshop", "sku": "HAT", "warehouse": "NORTH", "delta": delta, "reason": "count" });
    assert_eq!(service.post(Who::North, "/v1/stock/adjustments", &count(-2)).await.json(200)["on_hand"], 23);
    assert_eq!(service.post(Who::East, "/v1/stock/adjustments", &count(-2)).await.problem(404), "not-found");
    assert_eq!(service.post(Who::North, "/v1/stock/adjustments", &count(0)).await.faults(), ["/delta"]);
    service.post(Who::North, "/v1/stock/adjustments", &count(-24)).await.problem(409);
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
