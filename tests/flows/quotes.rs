//! Quotes that are kept: signed prices, holds, batches, dates, estimates, ways back, and what deliveries teach.

use serde_json::{Value, json};

use crate::service::{Service, Who};
use crate::shop::{cart, order, text};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

fn shirts(quantity: i64) -> Value {
    json!([{ "sku": "SHIRT", "quantity": quantity }])
}

/// An order for a cart by a signed quote.
fn by_quote(postal: &str, lines: &Value, quote: &Value) -> Value {
    let mut body = cart(postal, lines);
    body["quote"] = quote.clone();
    body
}

/// The first option of a quote.
async fn first_option(service: &Service, postal: &str, lines: &Value) -> Value {
    let quote = service.post(Who::Fernshop, "/v1/quotes", &cart(postal, lines)).await.json(200);
    quote["options"][0].clone()
}

#[tokio::test]
async fn a_signed_quote_keeps_price_and_date_and_is_used_once() {
    let service = Service::at(NOW).await;
    let option = first_option(&service, "10208", &shirts(2)).await;
    let placed = service.order(Who::Fernshop, "a", &by_quote("10208", &shirts(2), &option["quote"])).await.json(201);
    for (of_order, of_option) in [("price_cents", "price_cents"), ("promised_by", "delivers_by"), ("level", "level")] {
        assert_eq!(placed[of_order], option[of_option], "{of_order}");
    }
    // The same order again is the same; another one is refused.
    let again = service.order(Who::Fernshop, "a", &by_quote("10208", &shirts(2), &option["quote"])).await.json(201);
    assert_eq!(again["id"], placed["id"]);
    let twice = service.order(Who::Fernshop, "b", &by_quote("10208", &shirts(2), &option["quote"])).await;
    assert_eq!(twice.problem(409), "quote-used");
    // Another option of the same quote is the same quote.
    let quote = service.post(Who::Fernshop, "/v1/quotes", &cart("10208", &shirts(1))).await.json(200);
    let options = quote["options"].as_array().expect("options");
    assert!(options.len() >= 2);
    service.order(Who::Fernshop, "c", &by_quote("10208", &shirts(1), &options[1]["quote"])).await.json(201);
    let other = service.order(Who::Fernshop, "d", &by_quote("10208", &shirts(1), &options[0]["quote"])).await;
    assert_eq!(other.problem(409), "quote-used");
    assert_eq!(service.get(Who::Fernshop, "/v1/orders").await.json(200)["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_option_that_was_quoted_is_the_one_that_is_ordered() {
    let service = Service::at(NOW).await;
    let mut wish = cart("10208", &shirts(1));
    (wish["deliver_by"], wish["confidence_percent"]) = (json!("2025-11-20T00:00:00Z"), json!(1));
    let mut seen = Vec::new();
    for n in 0.. {
        // Each order uses its quote up.
        let quote = service.post(Who::Fernshop, "/v1/quotes", &wish).await.json(200);
        let Some(option) = quote["options"].as_array().and_then(|options| options.get(n)) else { break };
        let body = by_quote("10208", &shirts(1), &option["quote"]);
        let placed = service.order(Who::Fernshop, &format!("option-{n}"), &body).await.json(201);
        for field in ["warehouse", "service", "wave", "ships_by", "parcels"] {
            assert_eq!(placed["plan"][0][field], option["shipments"][0][field], "{n}: {field}");
        }
        seen.push(text(&option["shipments"][0]["service"]).to_owned());
    }
    assert!(seen.len() >= 2, "{seen:?}");
}

#[tokio::test]
async fn a_quote_is_for_its_cart_its_merchant_and_its_time() {
    let service = Service::at(NOW).await;
    let option = first_option(&service, "10208", &shirts(2)).await;
    let token = text(&option["quote"]);
    let mut altered = token.to_owned();
    altered.replace_range(40..41, if &token[40..41] == "A" { "B" } else { "A" });
    let mut business = by_quote("10208", &shirts(2), &option["quote"]);
    business["destination"]["residential"] = json!(false);
    let mut faster = by_quote("10208", &shirts(2), &option["quote"]);
    faster["level"] = json!("half_day");
    let mut limited = by_quote("10208", &shirts(2), &option["quote"]);
    (limited["max_price_cents"], limited["deliver_by"]) = (json!(5), json!("2025-11-20T00:00:00Z"));
    for (body, faults) in [
        (by_quote("10208", &shirts(3), &option["quote"]), vec!["/quote"]),
        (by_quote("10207", &shirts(2), &option["quote"]), vec!["/quote"]),
        (by_quote("10208", &shirts(2), &json!(altered)), vec!["/quote"]),
        (by_quote("10208", &shirts(2), &json!("")), vec!["/quote"]),
        (business, vec!["/quote"]),
        (faster, vec!["/level"]),
        (limited, vec!["/max_price_cents", "/deliver_by"]),
        (cart("10208", &shirts(2)), vec!["/level"]),
    ] {
        assert_eq!(service.order(Who::Fernshop, "x", &body).await.faults(), faults, "{body}");
    }
    // Good for a quarter of an hour, and no longer than its wave is open.
    assert_eq!(option["valid_until"], "2025-11-10T06:15:00Z");
    service.advance("2025-11-10T06:15:00Z").await;
    let body = by_quote("10208", &shirts(2), &option["quote"]);
    service.order(Who::Fernshop, "in-time", &body).await.json(201);
    let late = first_option(&service, "10208", &shirts(2)).await;
    service.advance("2025-11-10T06:35:00Z").await;
    let body = by_quote("10208", &shirts(2), &late["quote"]);
    assert_eq!(service.order(Who::Fernshop, "late", &body).await.problem(409), "quote-changed");
    // What was ordered in time is told again, though its quote has ended.
    let body = by_quote("10208", &shirts(2), &option["quote"]);
    service.order(Who::Fernshop, "in-time", &body).await.json(201);
    // Waves close at 10:00 in Chicago.
    service.advance("2025-11-10T15:50:00Z").await;
    let option = first_option(&service, "10103", &shirts(1)).await;
    assert_eq!(option["valid_until"], "2025-11-10T16:00:00Z", "{option}");
}

#[tokio::test]
async fn terms_go_with_a_cart_into_its_quote_its_order_and_its_explanation() {
    let service = Service::at(NOW).await;
    let boxed = |terms: Value| {
        let mut body = cart("10208", &shirts(1));
        body["destination"]["po_box"] = json!(true);
        body["terms"] = terms;
        body
    };
    let quote = service.post(Who::Fernshop, "/v1/quotes", &boxed(json!({}))).await.json(200);
    let missing = quote["missing"].as_array().expect("missing");
    let boxes = "only the post delivers to post-office boxes";
    assert!(missing.iter().any(|one| text(&one["reason"]).contains(boxes)), "{quote}");
    // What nobody offers leaves no option, and says why.
    let both = boxed(json!({ "insured": true, "cash_on_delivery": true }));
    let quote = service.post(Who::Fernshop, "/v1/quotes", &both).await.json(200);
    assert_eq!(quote["options"], json!([]));
    let mut placed = both.clone();
    placed["level"] = json!("standard");
    assert_eq!(service.order(Who::Fernshop, "none", &placed).await.problem(409), "no-option");
    let mut why = service.post(Who::Fernshop, "/v1/quotes/why", &placed).await.json(200);
    assert_eq!(
        why["candidates"].take().as_array().map(|all| all.iter().filter(|one| one["chosen"] == true).count()),
        Some(0)
    );
    // A quote holds for its terms.
    let option = first_option(&service, "10208", &shirts(1)).await;
    let mut other = by_quote("10208", &shirts(1), &option["quote"]);
    other["terms"] = json!({ "cash_on_delivery": true });
    assert_eq!(service.order(Who::Fernshop, "x", &other).await.faults(), ["/quote"]);
    let placed = by_quote("10208", &shirts(1), &option["quote"]);
    let placed = service.order(Who::Fernshop, "y", &placed).await.json(201);
    assert_eq!(placed["terms"], json!({ "insured": false, "cash_on_delivery": false }));
    other["terms"] = json!({ "cash": true });
    assert_eq!(service.order(Who::Fernshop, "z", &other).await.faults(), ["/terms/cash"]);
}

#[tokio::test]
async fn a_hold_keeps_stock_for_its_buyer_and_gives_it_back() {
    let service = Service::at(NOW).await;
    let hats = |quantity: i64| json!([{ "sku": "HAT", "quantity": quantity }]);
    let left = async || {
        let rows = service.get(Who::Fernshop, "/v1/stock?sku=HAT&limit=1000").await.json(200)["items"].clone();
        rows.as_array().expect("rows").iter().filter_map(|row| row["available"].as_i64()).sum::<i64>()
    };
    let all = left().await;
    assert!(all >= 20, "{all}");
    // Held: nobody else gets it, and the order that names the hold does.
    let held = service.post(Who::Fernshop, "/v1/holds", &order("10101", "standard", &hats(all))).await.json(201);
    assert_eq!(left().await, 0);
    let other = service.order(Who::Fernshop, "other", &order("10101", "standard", &hats(1))).await;
    assert_eq!(other.problem(409), "out-of-stock");
    let twice = service.post(Who::Fernshop, "/v1/holds", &order("10101", "standard", &hats(1))).await;
    assert_eq!(twice.problem(409), "out-of-stock");
    let placed = service.order(Who::Fernshop, "own", &by_quote("10101", &hats(all), &held["quote"])).await.json(201);
    assert_eq!((&placed["price_cents"], &placed["promised_by"]), (&held["price_cents"], &held["delivers_by"]));
    service.post(Who::Fernshop, &format!("/v1/orders/{}/cancel", text(&placed["id"])), &json!({})).await.json(200);
    assert_eq!(left().await, all);
    // Given up before its time: by its own merchant only.
    let held = service.post(Who::Fernshop, "/v1/holds", &order("10101", "standard", &hats(5))).await.json(201);
    let path = format!("DELETE /v1/holds/{}", text(&held["quote"]));
    assert_eq!(service.send(service.request(Who::Boltshop, &path)).await.problem(404), "not-found");
    assert_eq!(left().await, all - 5);
    assert_eq!(service.send(service.request(Who::Fernshop, &path)).await.status, 204);
    assert_eq!(left().await, all);
    assert_eq!(service.send(service.request(Who::Fernshop, &path)).await.problem(404), "not-found");
    // Or when it ends.
    service.post(Who::Fernshop, "/v1/holds", &order("10101", "standard", &hats(5))).await.json(201);
    service.advance("2025-11-10T06:20:00Z").await;
    assert_eq!(left().await, all);
    let faults = service.post(Who::Fernshop, "/v1/holds", &order("99999", "standard", &hats(0))).await.faults();
    assert_eq!(faults, ["/destination/postal_code", "/lines/0/quantity"]);
}

#[tokio::test]
async fn options_are_parted_by_the_date_wanted_and_its_chance() {
    let service = Service::at(NOW).await;
    let all = service.post(Who::Fernshop, "/v1/quotes", &cart("10208", &shirts(1))).await.json(200);
    let options = all["options"].as_array().expect("options");
    let dates: Vec<&str> = options.iter().map(|option| text(&option["delivers_by"])).collect();
    let (first, last) = (*dates.iter().min().expect("a date"), *dates.iter().max().expect("a date"));
    assert_ne!(first, last, "{dates:?}");
    for option in options {
        let arrives = &option["arrives"];
        assert!(
            text(&arrives["p50"]) < text(&arrives["p90"]) && text(&arrives["p90"]) <= text(&arrives["p95"]),
            "{option}"
        );
        assert!(text(&arrives["p50"]) < text(&option["delivers_by"]));
        assert!(option["confidence_percent"].as_f64().is_some_and(|percent| (90.0..=100.0).contains(&percent)));
        assert_eq!(option["by_date_percent"], Value::Null);
    }
    let mut wish = cart("10208", &shirts(1));
    wish["deliver_by"] = json!(first);
    let in_time = service.post(Who::Fernshop, "/v1/quotes", &wish).await.json(200);
    let fitting = in_time["options"].as_array().expect("options");
    assert!(fitting.iter().all(|option| text(&option["delivers_by"]) <= first), "{in_time}");
    assert_eq!(fitting[0]["by_date_percent"], fitting[0]["confidence_percent"]);
    let late = in_time["too_late"].as_array().expect("late ones");
    assert_eq!(fitting.len() + late.len(), options.len());
    assert!(late.iter().all(|option| option["services"][0].is_string() && option["by_date_percent"].is_number()));
    // A higher chance than any service has leaves nothing; a low one takes what is promised a day later.
    wish["confidence_percent"] = json!(99.9);
    let sure = service.post(Who::Fernshop, "/v1/quotes", &wish).await.json(200);
    assert_eq!(sure["options"], json!([]));
    wish["confidence_percent"] = json!(100);
    assert_eq!(service.post(Who::Fernshop, "/v1/quotes", &wish).await.faults(), ["/confidence_percent"]);
    wish["deliver_by"] = json!("tomorrow");
    let faults = service.post(Who::Fernshop, "/v1/quotes", &wish).await.faults();
    assert_eq!(faults, ["/deliver_by", "/confidence_percent"]);
}

#[tokio::test]
async fn many_carts_at_once_and_carts_without_an_address() {
    let service = Service::at(NOW).await;
    let good = cart("10208", &shirts(1));
    let batch = json!({ "quotes": [good, cart("99999", &shirts(0)), good] });
    let answers = service.post(Who::Fernshop, "/v1/quotes/batch", &batch).await.json(200)["answers"].clone();
    assert_eq!([&answers[0]["status"], &answers[1]["status"], &answers[2]["status"]], [200, 422, 200]);
    let faults = answers[1]["problem"]["errors"].as_array().map(Vec::len);
    assert_eq!(faults, Some(2), "{answers}");
    let alone = service.post(Who::Fernshop, "/v1/quotes", &good).await.json(200);
    assert_eq!(answers[0]["quote"]["options"][0]["price_cents"], alone["options"][0]["price_cents"]);
    assert_eq!(service.post(Who::Fernshop, "/v1/quotes/batch", &json!({ "quotes": [] })).await.faults(), ["/quotes"]);

    let estimate = async |destination: Value| {
        let body = json!({ "destination": destination, "lines": shirts(1) });
        service.post(Who::Fernshop, "/v1/quotes/estimate", &body).await
    };
    let near = estimate(json!({ "postal_prefix": "102" })).await.json(200);
    assert_eq!((&near["areas"], &near["looked_at"]), (&json!(10), &json!(6)), "most people live in few areas");
    let everywhere = estimate(json!({})).await.json(200);
    let standard =
        |of: &Value| of["levels"].as_array().expect("levels").iter().find(|l| l["level"] == "standard").cloned();
    let (near, everywhere) = (standard(&near).expect("standard"), standard(&everywhere).expect("standard"));
    let cents = |of: &Value, field: &str| of[field].as_i64().expect("cents");
    assert!(cents(&everywhere, "from_cents") <= cents(&near, "from_cents"), "{near} {everywhere}");
    assert!(cents(&everywhere, "to_cents") >= cents(&near, "to_cents") && near["earliest"].is_string());
    assert_eq!(estimate(json!({ "postal_prefix": "999" })).await.faults(), ["/destination/postal_prefix"]);
    assert_eq!(
        estimate(json!({ "postal_prefix": "102", "state": "IL" })).await.faults(),
        ["/destination/postal_prefix"]
    );

    let back = json!({ "origin": { "postal_code": "10208" }, "lines": shirts(1) });
    let way = service.post(Who::Fernshop, "/v1/quotes/returns", &back).await.json(200);
    assert!(cents(&way, "cost_cents") > 0 && way["warehouse"].is_string() && way["service"].is_string(), "{way}");
}

/// Has people pick, pack and take whatever there is until an order's shipment is with its carrier; its id.
async fn until_dispatched(service: &Service, order: &str) -> String {
    for step in 1..300 {
        let now = crate::service::instant(NOW) + engine::units::Seconds::minutes(5 * step);
        service.advance(&now.to_string()).await;
        let items = async |path: &str| {
            service.get(Who::Admin, path).await.json(200)["items"].as_array().cloned().unwrap_or_default()
        };
        for list in items("/v1/pick-lists?open=true").await {
            let path = format!("/v1/pick-lists/{}/confirm", text(&list["id"]));
            service.post(Who::Admin, &path, &json!({})).await.json(200);
        }
        for dispatch in items("/v1/dispatches?stage=tendered").await {
            let path = format!("/v1/dispatches/{}/accept", text(&dispatch["id"]));
            service.post(Who::Admin, &path, &json!({})).await.json(200);
        }
        let order = service.get(Who::Fernshop, &format!("/v1/orders/{order}")).await.json(200);
        if order["stage"] == "shipped" {
            return text(&order["shipments"][0]).to_owned();
        }
    }
    panic!("order {order} never left");
}

#[tokio::test]
async fn deliveries_teach_promises_and_the_planner_sees_what_came_true() {
    let service = Service::at(NOW).await;
    let before = service.get(Who::Planner, "/v1/punctuality").await.json(200);
    assert_eq!((&before["as_of"], &before["months"]), (&Value::Null, &json!([])));
    service.order(Who::Fernshop, "a", &order("10208", "standard", &shirts(1))).await.json(201);
    let placed = service.get(Who::Fernshop, "/v1/orders").await.json(200)["items"][0].clone();
    let shipment = until_dispatched(&service, text(&placed["id"])).await;
    service.advance("2025-11-13T18:00:00Z").await;
    let at = text(&placed["promised_by"]).to_owned();
    service.post(Who::Prairie, &format!("/v1/shipments/{shipment}/delivered"), &json!({ "at": at })).await.json(200);
    service.advance("2025-11-14T18:00:00Z").await;
    let after = service.get(Who::Planner, "/v1/punctuality").await.json(200);
    assert!(after["as_of"].is_string());
    let ground = after["services"].as_array().expect("services").iter().find(|s| s["service"] == "prairie-ground");
    let ground = ground.expect("the service");
    assert_eq!(
        (&ground["parcels"], &ground["on_time_percent"], &ground["learned"]),
        (&json!(1), &json!(100.0), &json!(false))
    );
    let month = &after["months"][0];
    assert_eq!(
        (&month["period"], &month["orders"], &month["promised_percent"]),
        (&json!("2025-11"), &json!(1), &json!(100.0))
    );
    assert_eq!(after["peak_fortnight"]["period"], "2025-11-10");
    assert_eq!(service.get(Who::Fernshop, "/v1/punctuality").await.problem(403), "forbidden");
}

#[tokio::test]
async fn a_quote_told_again_is_what_a_fresh_one_would_be() {
    let service = Service::at(NOW).await;
    let asked = async |units: i64| {
        let body = cart("10103", &shirts(units));
        let mut quote = service.post(Who::Fernshop, "/v1/quotes", &body).await.json(200);
        // Signatures are of each quote's own.
        for option in quote["options"].as_array_mut().expect("options") {
            option["quote"] = Value::Null;
            option["valid_until"] = Value::Null;
        }
        quote
    };
    let told_again = async || {
        let metrics = service.get(Who::Admin, "/metrics").await.text;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("tidewater_quotes_told_again_total "))
            .unwrap_or("x 0")
            .to_owned();
        line.split(' ').next_back().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0)
    };
    let (first, before) = (asked(1).await, told_again().await);
    assert_eq!(asked(1).await, first);
    // Other tests of this process count too.
    assert!(told_again().await > before);
    // An order changes what is there; a cut-off changes what is next.
    let many = asked(15).await;
    let ten = order("10103", "standard", &shirts(10));
    service.order(Who::Fernshop, "ten", &ten).await.json(201);
    assert_ne!(asked(15).await, many, "fewer are left");
    service.advance("2025-11-10T09:55:00Z").await;
    let (still, _) = (asked(1).await, asked(1).await);
    service.advance("2025-11-10T10:05:00Z").await;
    let later = asked(1).await;
    let wave = |quote: &Value| quote["options"][0]["shipments"][0]["wave"].clone();
    assert_ne!(wave(&still), wave(&later), "a wave closes at ten");
}
