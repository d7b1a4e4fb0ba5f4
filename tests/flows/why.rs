//! Why: refusals and choices explained over HTTP, and the order's page.

use serde_json::{Value, json};

use crate::service::{Service, Who};
use crate::shop::{cart, order, text};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

const QUESTIONS: [&str; 9] =
    ["warehouse", "service", "date", "split", "cheaper", "faster", "late", "unserved", "change"];

fn asked(why: &Value) -> Vec<&str> {
    why["answers"].as_array().expect("answers").iter().map(|answer| text(&answer["question"])).collect()
}

fn chosen(why: &Value) -> &Value {
    why["candidates"].as_array().expect("candidates").iter().find(|row| row["chosen"] == true).expect("a chosen one")
}

#[tokio::test]
async fn a_cart_is_explained_with_the_very_option_that_an_order_of_it_takes() {
    let service = Service::at(NOW).await;
    let lines = json!([{ "sku": "JEANS", "quantity": 24 }]);
    let body = order("10201", "standard", &lines);
    let why = service.post(Who::Fernshop, "/v1/quotes/why", &body).await.json(200);
    assert_eq!(asked(&why), QUESTIONS);
    assert_eq!(
        (&why["standing"], &why["now"]["served"], &why["blocking"]),
        (&json!("cart"), &json!(true), &Value::Null)
    );
    let taken = chosen(&why);
    let offer = &taken["offer"];
    let placed = service.order(Who::Fernshop, "a", &body).await.json(201);
    assert_eq!((&offer["cost_cents"], &offer["delivers_by"]), (&placed["price_cents"], &placed["promised_by"]));
    for shipment in offer["shipments"].as_array().expect("shipments") {
        let charges = shipment["charges"].as_array().expect("charges");
        let sum: i64 = charges.iter().filter_map(|charge| charge["amount_cents"].as_i64()).sum();
        assert_eq!(shipment["carrier_cents"], sum);
        assert!(shipment["chain"].as_array().is_some_and(|chain| chain.len() >= 4));
    }
    // 20 at NORTH, so no warehouse has all 24, and four more there would do.
    let split =
        why["answers"].as_array().and_then(|answers| answers.iter().find(|a| a["question"] == "split")).expect("split");
    let north = json!({ "kind": "stock_short", "sku": "JEANS", "warehouse": "NORTH", "needs": 24, "left": 20 });
    let because = split["because"].as_array().expect("reasons");
    let is_north =
        |row: &&Value| ["kind", "sku", "warehouse", "needs", "left"].iter().all(|field| row[field] == north[field]);
    assert!(because.iter().any(|row| is_north(&row)), "{split}");
    let few = service.post(Who::Fernshop, "/v1/quotes/why?candidates=1", &body).await.json(200);
    assert!(few["left_out"].as_u64() > Some(0), "{few}");
    assert_eq!(service.post(Who::Fernshop, "/v1/quotes/why?candidates=0", &body).await.faults(), ["query"]);
    let many = cart("10201", &json!([{ "sku": "JEANS", "quantity": 201 }]));
    assert_eq!(service.post(Who::Fernshop, "/v1/quotes/why", &many).await.faults(), ["/lines"]);
    let bad = cart("99999", &json!([{ "sku": "NOPE", "quantity": 0 }]));
    let faults = service.post(Who::Fernshop, "/v1/quotes/why", &bad).await.faults();
    assert_eq!(faults, ["/destination/postal_code", "/lines/0/quantity", "/lines/0/sku"]);
}

#[tokio::test]
async fn a_refusal_points_to_its_reason_and_what_it_names_is_enough() {
    let service = Service::at(NOW).await;
    let mut body = order("10201", "standard", &json!([{ "sku": "JEANS", "quantity": 34 }]));
    let refused = service.order(Who::Fernshop, "a", &body).await;
    assert_eq!(refused.problem(409), "out-of-stock");
    assert_eq!(refused.json(409)["why"], "/v1/quotes/why");
    let why = service.post(Who::Fernshop, "/v1/quotes/why", &body).await.json(200);
    assert_eq!((&why["now"]["served"], &why["now"]["refused"]), (&json!(false), &json!("out-of-stock")));
    let blocking = &why["blocking"];
    assert_eq!((&blocking["proven"], blocking["constraints"].as_array().map(Vec::len)), (&json!(true), Some(1)));
    let lift = &blocking["constraints"][0];
    assert_eq!(
        (&lift["kind"], &lift["sku"], &lift["amount"]),
        (&json!("stock"), &json!("JEANS"), &json!(1)),
        "{blocking}"
    );
    // What it names is enough: with one more pair there, the order is taken.
    let more = json!({ "merchant": "fernshop", "sku": "JEANS", "warehouse": lift["warehouse"], "delta": 1, "reason": "found" });
    service.post(Who::Admin, "/v1/stock/adjustments", &more).await.json(200);
    let placed = service.order(Who::Fernshop, "b", &body).await.json(201);
    assert_eq!(placed["price_cents"], blocking["proof"][0]["outcome"]["price_cents"]);

    body = order("10101", "standard", &json!([{ "sku": "HAT", "quantity": 1 }]));
    body["max_price_cents"] = json!(1);
    let refused = service.order(Who::Fernshop, "c", &body).await;
    assert_eq!(
        (refused.problem(409), &refused.json(409)["why"]),
        ("quote-changed".to_owned(), &json!("/v1/quotes/why"))
    );
    let why = service.post(Who::Fernshop, "/v1/quotes/why", &body).await.json(200);
    assert_eq!(why["blocking"]["constraints"][0]["kind"], "price");
    // A stock count that is refused is no quote.
    let count = json!({ "merchant": "fernshop", "sku": "HAT", "warehouse": "NORTH", "delta": -999, "reason": "count" });
    assert_eq!(service.post(Who::Admin, "/v1/stock/adjustments", &count).await.json(409)["why"], Value::Null);
}

#[tokio::test]
async fn an_order_is_explained_from_placing_to_release_to_its_own_merchant_only() {
    let service = Service::at(NOW).await;
    let body = order("10101", "standard", &json!([{ "sku": "HAT", "quantity": 4 }]));
    let placed = service.order(Who::Fernshop, "a", &body).await.json(201);
    let path = format!("/v1/orders/{}/why", text(&placed["id"]));
    for who in [Who::Fernshop, Who::Planner] {
        let why = service.get(who, &path).await.json(200);
        assert_eq!((asked(&why).as_slice(), &why["standing"]), (QUESTIONS.as_slice(), &json!("open")));
        assert_eq!(chosen(&why)["offer"]["cost_cents"], placed["price_cents"]);
        assert_eq!(why["deliver_by"], placed["promised_by"]);
        assert_eq!(why["blocking"], Value::Null, "in time");
    }
    assert_eq!(service.get(Who::Boltshop, &path).await.problem(404), "not-found");
    assert_eq!(service.get(Who::Fernshop, "/v1/orders/o-nothing/why").await.problem(404), "not-found");

    // The first wave that is released takes it to the floor: then nothing can be chosen any more.
    let wave = text(&placed["plan"][0]["wave"]).to_owned();
    let ships_by = text(&placed["plan"][0]["ships_by"]).to_owned();
    service.advance(&ships_by).await;
    let order = service.get(Who::Fernshop, &format!("/v1/orders/{}", text(&placed["id"]))).await.json(200);
    assert_ne!(order["stage"], "accepted", "{order}");
    let why = service.get(Who::Fernshop, &path).await.json(200);
    assert_eq!((&why["standing"], &why["changes"]), (&json!("closed"), &json!([])));
    assert_eq!(why["sent"][0]["wave"], json!(wave));
    assert_eq!(chosen(&why)["offer"]["cost_cents"], placed["price_cents"]);
    let others = why["candidates"].as_array().expect("candidates").iter().filter(|row| row["chosen"] == false);
    let closed = |row: &Value| row["blocked"].as_array().is_some_and(|list| list.iter().any(|b| b["kind"] == "closed"));
    assert!(others.clone().count() > 0 && others.clone().all(closed), "{why}");
}

#[tokio::test]
async fn the_pages_of_orders_and_of_plans_need_nothing_from_elsewhere() {
    let service = Service::at(NOW).await;
    let shared = service.get(Who::Nobody, "/web/common.js").await;
    for (path, script) in [("/orders/o-1", "/web/order.js"), ("/plans", "/web/plans.js")] {
        let page = service.get(Who::Nobody, path).await;
        assert_eq!(page.status, 200);
        assert!(page.content_type.starts_with("text/html"));
        assert!(page.text.contains(script) && page.text.contains("/web/common.js"));
        let script = service.get(Who::Nobody, script).await;
        assert!(script.content_type.starts_with("text/javascript"));
        for text in [&page.text, &script.text, &shared.text] {
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("innerHTML"));
        }
    }
}

#[tokio::test]
async fn the_pulse_names_orders_past_their_promise_until_they_are_delivered() {
    let service = Service::at(NOW).await;
    let body = order("10101", "standard", &json!([{ "sku": "HAT", "quantity": 1 }]));
    let placed = service.order(Who::Fernshop, "a", &body).await.json(201);
    let pulse = service.get(Who::Planner, "/v1/pulse").await.json(200);
    assert_eq!((&pulse["late_risk"], &pulse["late"]), (&json!(0), &json!([])));

    service.advance(text(&placed["promised_by"])).await;
    let pulse = service.get(Who::Planner, "/v1/pulse").await.json(200);
    assert_eq!(pulse["late_risk"], json!(0), "due now, not late yet");
    service.advance(&text(&placed["promised_by"]).replace(":00Z", ":01Z")).await;
    let pulse = service.get(Who::Planner, "/v1/pulse").await.json(200);
    assert_eq!((&pulse["late_risk"], &pulse["late"][0]["order"]), (&json!(1), &placed["id"]), "{pulse}");
}
