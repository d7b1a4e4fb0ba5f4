//! Allotments over HTTP: quotes move past a full one and say so, carriers and planners see what is used.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::service::{Service, Who, world};
use crate::shop::{cart, order, text};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

/// The tiny network where ground from NORTH to the East takes 2 parcels a day.
fn network() -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(world("tiny")).expect("a folder").flatten() {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
    }
    let rows = "allotment,carrier,service,warehouses,regions,states,first_day,last_day,parcels\n\
                lane,,prairie-ground,NORTH,102,,2025-11-01,2025-12-24,2\n";
    std::fs::write(copy.path().join("allotments.csv"), rows).expect("written");
    copy
}

fn shirt() -> Value {
    json!([{ "sku": "SHIRT", "quantity": 1 }])
}

/// Instants of the ground option's shipment: collection and its note.
fn ground(quote: &Value) -> (String, String) {
    let options = quote["options"].as_array().expect("options");
    let shipments = options.iter().flat_map(|option| option["shipments"].as_array().expect("shipments"));
    let by_ground = shipments.into_iter().find(|shipment| shipment["service"] == "prairie-ground").expect("by ground");
    let steps = by_ground["chain"].as_array().expect("a chain");
    let collected = steps.iter().find(|step| step["step"] == "collected").expect("a collection");
    (text(&collected["at"]).to_owned(), text(&collected["note"]).to_owned())
}

#[tokio::test]
async fn a_quote_at_a_full_allotment_moves_to_another_day_or_service_with_the_reason() {
    let folder = network();
    let service = Service::on(folder.path(), NOW).await;
    let cart = cart("10201", &shirt());
    let quote = || service.post(Who::Fernshop, "/v1/quotes", &cart);
    let (before, note) = ground(&quote().await.json(200));
    assert!(before.starts_with("2025-11-10T") && !note.contains("allotment"), "{before} {note}");
    let mut placed = Vec::new();
    for n in 0..2 {
        let answer =
            service.order(Who::Fernshop, &format!("k{n}"), &order("10201", "standard", &shirt())).await.json(201);
        assert_eq!(answer["plan"][0]["service"], "prairie-ground");
        placed.push(text(&answer["id"]).to_owned());
    }
    let (after, note) = ground(&quote().await.json(200));
    assert!(after.starts_with("2025-11-11T"), "moved from {before} to {after}");
    assert!(note.contains("(allotment lane is used up on 2025-11-10)"), "{note}");
    // The reason is typed where it is asked for, and can be lifted.
    let why = service.post(Who::Fernshop, "/v1/quotes/why", &order("10201", "standard", &shirt())).await.json(200);
    let candidates = why["candidates"].as_array().expect("candidates");
    let reasons = candidates.iter().flat_map(|row| row["blocked"].as_array().expect("reasons"));
    let full = reasons.into_iter().find(|reason| reason["kind"] == "allotment_used_up").expect("a reason");
    assert_eq!((&full["allotment"], &full["day"]), (&json!("lane"), &json!("2025-11-10")));
    assert_eq!((&full["needs"], &full["left"]), (&json!(1), &json!(0)));
    // A withdrawal gives the room back.
    let path = format!("/v1/orders/{}/cancel", placed[0]);
    service.post(Who::Fernshop, &path, &json!({})).await.json(200);
    assert_eq!(ground(&quote().await.json(200)).0, before);
}

#[tokio::test]
async fn use_by_day_is_told_to_planners_and_to_the_carrier_itself() {
    let folder = network();
    let service = Service::on(folder.path(), NOW).await;
    for n in 0..2 {
        service.order(Who::Fernshop, &format!("k{n}"), &order("10201", "standard", &shirt())).await.json(201);
    }
    let path = "/v1/allotments?from=2025-11-10&days=2";
    let planner = service.get(Who::Planner, path).await.json(200);
    let lane = &planner[0];
    assert_eq!((&lane["id"], &lane["carrier"], &lane["parcels"]), (&json!("lane"), &json!("prairie"), &json!(2)));
    assert_eq!((&lane["warehouses"], &lane["regions"]), (&json!(["NORTH"]), &json!(["102"])));
    let days = lane["days"].as_array().expect("days");
    assert_eq!(days.iter().map(|day| text(&day["day"])).collect::<Vec<_>>(), ["2025-11-10", "2025-11-11"]);
    let orders = service.get(Who::Planner, "/v1/orders").await.json(200);
    let by_ground = |row: &&Value| row["plan"][0]["service"] == "prairie-ground";
    let used = orders["items"].as_array().expect("orders").iter().filter(by_ground).count();
    assert_eq!((&days[0]["used"], &days[0]["left"]), (&json!(used), &json!(2 - used)), "{orders}");
    assert!(days[0]["price_cents"].is_i64());
    let own = service.get(Who::Prairie, path).await.json(200);
    assert_eq!((&own[0]["days"][0]["used"], &own[0]["days"][0]["price_cents"]), (&json!(used), &Value::Null));
    assert_eq!(service.get(Who::OwnVans, path).await.json(200), json!([]));
    let csv = service.request(Who::Prairie, &format!("GET {path}")).header("accept", "text/csv");
    let csv = service.send(csv).await;
    assert!(csv.content_type.starts_with("text/csv"));
    let expected = format!("lane,prairie,2025-11-10,2,{used},{}", 2 - used);
    assert_eq!(csv.text.lines().take(2).collect::<Vec<_>>(), ["allotment,carrier,day,parcels,used,left", &expected]);
    // Before the first day on which it holds there is nothing to tell; bad days are told.
    let early = service.get(Who::Planner, "/v1/allotments?from=2025-10-30&days=2").await.json(200);
    assert_eq!(early[0]["days"], json!([]));
    assert_eq!(service.get(Who::Planner, "/v1/allotments?from=soon&days=0").await.faults(), ["query", "query"]);
}
