//! Sourcing rules over HTTP: orders redirected and refused, with the rule named wherever it is asked for.

use serde_json::{Value, json};

use crate::service::{Service, Who};
use crate::shop::{order, text};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

fn from(plan: &Value) -> Vec<&str> {
    plan.as_array().expect("a plan").iter().map(|shipment| text(&shipment["warehouse"])).collect()
}

#[tokio::test]
async fn an_order_of_a_channel_is_redirected_by_its_rule_and_why_names_it() {
    let service = Service::with_rules(NOW, "no-north,fernshop,web,blocked,,,NORTH,,,,,\n").await;
    let mut body = order("10101", "standard", &json!([{ "sku": "JEANS", "quantity": 1 }]));
    let plain = service.order(Who::Fernshop, "a", &body).await.json(201);
    assert_eq!((from(&plain["plan"]), &plain["channel"]), (vec!["NORTH"], &Value::Null));
    body["channel"] = json!("web");
    let web = service.order(Who::Fernshop, "b", &body).await.json(201);
    assert_ne!(from(&web["plan"]), ["NORTH"]);
    assert_eq!(web["channel"], "web");

    let cart = json!({ "channel": "web", "destination": body["destination"], "lines": body["lines"] });
    let quoted = service.post(Who::Fernshop, "/v1/quotes", &cart).await.json(200);
    let left_out = &quoted["ruled_out"][0];
    assert_eq!((&left_out["rule"], &left_out["warehouse"]), (&json!("no-north"), &json!("NORTH")), "{quoted}");

    {
        let path = format!("/v1/orders/{}/why", text(&web["id"]));
        let why = service.get(Who::Fernshop, &path).await.json(200);
        let north =
            why["candidates"].as_array().expect("candidates").iter().find(|row| row["warehouses"] == json!(["NORTH"]));
        let blocked = &north.expect("north is looked at")["blocked"];
        assert!(blocked.as_array().is_some_and(|all| all.iter().any(|b| b["rule"] == "no-north")), "{blocked}");
        let lifted = |change: &&Value| change["more"]["rule"] == "no-north";
        let change = why["changes"].as_array().expect("changes").iter().find(lifted).expect("lifting it is a change");
        assert!(change["saves_cents"].as_i64() > Some(0), "{change}");
    }
    body["channel"] = json!("w b");
    assert_eq!(service.order(Who::Fernshop, "c", &body).await.faults(), ["/channel"]);
}

#[tokio::test]
async fn an_order_that_rules_forbid_is_refused_by_name_and_soft_prices_are_not_paid() {
    let rows = "whole,fernshop,,max_splits,1,,,,,,,\nnear,boltshop,,preferred,,,SOUTH,,,60,,\n";
    let service = Service::with_rules(NOW, rows).await;
    // 20 at NORTH, 8 at EAST, 5 at SOUTH: 24 take two warehouses.
    let body = order("10201", "standard", &json!([{ "sku": "JEANS", "quantity": 24 }]));
    let refused = service.order(Who::Fernshop, "a", &body).await;
    assert_eq!(refused.problem(409), "no-option");
    assert!(refused.text.contains("sourcing rule whole (max_splits)"), "{}", refused.text);
    let why = service.post(Who::Fernshop, "/v1/quotes/why", &body).await.json(200);
    let blocking = &why["blocking"];
    let sets = [&blocking["constraints"]]
        .into_iter()
        .chain(blocking["alternatives"].as_array().expect("sets").iter().map(|set| &set["lifted"]));
    assert!(sets.into_iter().any(|set| set[0]["rule"] == "whole"), "{blocking}");

    let screws = json!([{ "sku": "SCREWS", "quantity": 1 }]);
    let cart = json!({ "destination": { "postal_code": "10101" }, "lines": screws });
    let quoted = service.post(Who::Boltshop, "/v1/quotes", &cart).await.json(200);
    let option = quoted["options"].as_array().expect("options").iter().find(|option| option["rules_cents"] == 60);
    let option = option.unwrap_or_else(|| panic!("{quoted}"));
    let paid: i64 =
        option["shipments"].as_array().expect("shipments").iter().filter_map(|s| s["carrier_cents"].as_i64()).sum();
    assert!(option["price_cents"].as_i64() > Some(paid) && option["price_cents"].as_i64() < Some(paid + 2_000));
    let placed = service.order(Who::Boltshop, "b", &order("10101", "standard", &screws)).await.json(201);
    let run = service.post(Who::Planner, "/v1/plan-runs", &json!({})).await.json(201);
    assert_eq!(run["cost_before_cents"], placed["price_cents"], "{run}");
}
