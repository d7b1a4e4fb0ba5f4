//! From the floor to the door and back: waves, pick lists, tenders, vans, deliveries, returns.

use engine::units::Seconds;
use serde_json::{Value, json};

use crate::service::{Service, Who, instant};
use crate::shop::{order, text};

/// Monday, midnight in Chicago; NORTH's first wave closes at four, ten in UTC.
const NOW: &str = "2025-11-10T06:00:00Z";

/// The service just after the first wave of the day, with an order of two hats and an order of a saw in it; the hats' order.
async fn released() -> (Service, String) {
    let service = Service::at(NOW).await;
    let hats = order("10401", "standard", &json!([{ "sku": "HAT", "quantity": 2 }]));
    let hats = service.order(Who::Fernshop, "hats", &hats).await.json(201);
    assert_eq!((&hats["plan"][0]["wave"], &hats["stage"]), (&json!("NORTH-2025-11-10-1"), &json!("accepted")));
    let saw = order("10402", "standard", &json!([{ "sku": "SAW", "quantity": 1 }]));
    service.order(Who::Boltshop, "saw", &saw).await.json(201);
    service.advance("2025-11-10T10:05:00Z").await;
    (service, text(&hats["id"]).to_owned())
}

async fn items(service: &Service, who: Who, path: &str) -> Vec<Value> {
    service.get(who, path).await.json(200)["items"].as_array().cloned().unwrap_or_default()
}

async fn order_of(service: &Service, id: &str) -> Value {
    service.get(Who::Fernshop, &format!("/v1/orders/{id}")).await.json(200)
}

fn every_five_minutes(from: &str, to: &str) -> impl Iterator<Item = String> {
    let (from, to) = (instant(from), instant(to));
    let times = std::iter::successors(Some(from), |time| Some(*time + Seconds::minutes(5)));
    times.take_while(move |time| *time <= to).map(|time| time.to_string())
}

/// Confirms NORTH's open lists without shorts.
async fn confirm_all(service: &Service) {
    for list in items(service, Who::North, "/v1/pick-lists?open=true").await {
        let path = format!("/v1/pick-lists/{}/confirm", text(&list["id"]));
        service.post(Who::North, &path, &json!({})).await.json(200);
    }
}

#[tokio::test]
async fn a_wave_goes_to_its_own_floor_in_walk_order() {
    let (service, id) = released().await;
    let waves = items(&service, Who::North, "/v1/waves").await;
    assert_eq!((waves.len(), &waves[0]["id"], &waves[0]["shipments"]), (1, &json!("NORTH-2025-11-10-1"), &json!(2)));
    assert!(waves[0]["work"].as_i64() <= waves[0]["capacity"].as_i64());
    assert!(items(&service, Who::East, "/v1/waves").await.is_empty());
    let lists = items(&service, Who::North, "/v1/pick-lists?open=true").await;
    assert_eq!(lists.len(), 1, "both orders fit one cart");
    let path = format!("/v1/pick-lists/{}", text(&lists[0]["id"]));
    let as_type = async |media: &str| {
        service.send(service.request(Who::North, &format!("GET {path}")).header("accept", media)).await
    };
    let json = as_type("application/json").await.json(200);
    let lines = json["lines"].as_array().expect("lines");
    assert_eq!(lines.iter().map(|line| line["stop"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let csv = as_type("text/csv").await;
    assert_eq!((csv.status, csv.content_type.as_str()), (200, "text/csv; charset=utf-8"));
    assert_eq!(csv.text.lines().next(), Some("stop,aisle,bay,sku,quantity,shipment"));
    assert_eq!(csv.text.lines().count(), 3);
    let page = as_type("text/html").await;
    assert!(page.content_type.starts_with("text/html") && page.text.contains("HAT") && page.text.contains("SAW"));
    assert_eq!(service.get(Who::East, &path).await.problem(404), "not-found");
    assert_eq!(order_of(&service, &id).await["stage"], "released");
    let late = service.post(Who::Fernshop, &format!("/v1/orders/{id}/cancel"), &json!({})).await;
    assert_eq!(late.problem(409), "wrong-stage");
}

#[tokio::test]
async fn nothing_more_goes_into_a_wave_released_before_its_cut_off() {
    let service = Service::at(NOW).await;
    let hats = order("10401", "standard", &json!([{ "sku": "HAT", "quantity": 2 }]));
    let before = service.order(Who::Fernshop, "before", &hats).await.json(201);
    let wave = json!({ "wave": "NORTH-2025-11-10-1" });
    assert_eq!(before["plan"][0]["wave"], wave["wave"]);
    service.post(Who::North, "/v1/waves", &wave).await.json(201);
    // Hours before the cut-off: an order that would have gone into the wave goes into another one, and is not promised its day.
    let after = service.order(Who::Fernshop, "after", &hats).await.json(201);
    assert_ne!(after["plan"][0]["wave"], wave["wave"]);
    // Nor does a plan run move anything there.
    let run = service.post(Who::Planner, "/v1/plan-runs", &json!({ "scope": "whole" })).await.json(201);
    assert_eq!(run["skipped"], 0, "{run}");
    assert_eq!(service.post(Who::North, "/v1/waves", &wave).await.status, 409);
}

#[tokio::test]
async fn a_short_pick_is_sent_from_elsewhere_and_every_unit_stays_accounted_for() {
    let (service, id) = released().await;
    let list = items(&service, Who::North, "/v1/pick-lists?open=true").await.remove(0);
    let path = format!("/v1/pick-lists/{}/confirm", text(&list["id"]));
    let lines = list["lines"].as_array().expect("lines");
    let hat = lines.iter().find(|line| line["sku"] == "HAT").expect("a hat").clone();
    let short = |missing: i64| json!({ "shorts": [{ "shipment": hat["shipment"], "sku": "HAT", "missing": missing, "reason": "bay empty" }] });
    assert_eq!(service.post(Who::North, &path, &short(3)).await.faults(), ["/shorts/0/missing"]);
    assert_eq!(service.post(Who::East, &path, &short(1)).await.problem(404), "not-found");
    let confirmed = service.post(Who::North, &path, &short(1)).await.json(200);
    assert_eq!(confirmed["shorts"].as_array().map(Vec::len), Some(1));
    // Told twice is told once.
    service.post(Who::North, &path, &short(1)).await.json(200);
    // The books follow the floor: one unit lost of NORTH's twenty, the other still to ship; its replacement comes from where it is.
    let (north, east) = (service.stock("HAT", "NORTH").await, service.stock("HAT", "EAST").await);
    assert_eq!(north[0] + east[0], 27, "{north:?} {east:?}");
    assert_eq!(north[1] + east[1], 2, "{north:?} {east:?}");
    let order = order_of(&service, &id).await;
    assert_eq!(order["dropped"], json!([]));
    assert_eq!(order["plan"][0]["lines"], json!([{ "sku": "HAT", "quantity": 1 }]));
    let shipment = service.get(Who::North, &format!("/v1/shipments/{}", text(&hat["shipment"]))).await.json(200);
    assert_eq!((&shipment["stage"], &shipment["lines"][0]["quantity"]), (&json!("packed"), &json!(1)));
    let parcels = shipment["parcels"].as_array().expect("parcels");
    for parcel in parcels {
        assert!(is_sscc(text(&parcel["sscc"])), "{parcel}");
    }
    // It is told how to pack it, and was packed so.
    let boxes = shipment["boxes"].as_array().expect("boxes");
    assert_eq!((boxes.len(), &boxes[0]["contents"]), (parcels.len(), &shipment["lines"]));
    assert_eq!((&boxes[0]["carton"], &boxes[0]["weight_g"]), (&parcels[0]["carton"], &parcels[0]["weight_g"]));
}

/// GS1 General Specifications, 7.9.1: weights 3 and 1 from the left of 17 digits, the check digit fills up to the next ten.
fn is_sscc(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits.iter().take(17).enumerate().map(|(n, d)| d * if n % 2 == 0 { 3 } else { 1 }).sum();
    text.len() == 18 && digits.len() == 18 && (sum + digits[17]).is_multiple_of(10)
}

#[tokio::test]
async fn a_refused_tender_goes_elsewhere_and_an_accepted_one_arrives_and_comes_back() {
    let (service, id) = released().await;
    confirm_all(&service).await;
    let mut refused = None;
    let mut taken = Value::Null;
    // Collections are at 17:30 and 20:30 in Chicago; tenders come half an hour before. The first is refused, the next taken.
    for time in every_five_minutes("2025-11-10T22:30:00Z", "2025-11-11T03:00:00Z") {
        service.advance(&time).await;
        for dispatch in items(&service, Who::Prairie, "/v1/dispatches?stage=tendered").await {
            let path = format!("/v1/dispatches/{}", text(&dispatch["id"]));
            assert_eq!(service.get(Who::OwnVans, &path).await.problem(404), "not-found");
            if refused.is_none() {
                assert_eq!(
                    service.post(Who::Prairie, &format!("{path}/reject"), &json!({ "reason": " " })).await.faults(),
                    ["/reason"]
                );
                let answer =
                    service.post(Who::Prairie, &format!("{path}/reject"), &json!({ "reason": "no trailer" })).await;
                assert_eq!(answer.json(200)["stage"], "rejected");
                refused = Some(dispatch["id"].clone());
            } else if taken.is_null() {
                taken = service.post(Who::Prairie, &format!("{path}/accept"), &json!({})).await.json(200);
                // Told twice is told once; another answer is too late.
                let again = service.post(Who::Prairie, &format!("{path}/reject"), &json!({ "reason": "late" })).await;
                assert_eq!(again.problem(409), "wrong-stage");
            }
        }
    }
    assert!(refused.is_some() && !taken.is_null(), "tendered twice: {refused:?} {taken}");
    let path = format!("/v1/dispatches/{}/manifest", text(&taken["id"]));
    let manifest = service.get(Who::Prairie, &path).await.json(200);
    assert_eq!(manifest["rows"].as_array().map(Vec::len).map(|n| json!(n)), Some(manifest["parcels"].clone()));
    let csv = service.send(service.request(Who::Prairie, &format!("GET {path}")).header("accept", "text/csv")).await;
    assert!(csv.text.starts_with("sscc,"), "{}", csv.text);

    let shipment = text(&order_of(&service, &id).await["shipments"][0]).to_owned();
    let door = format!("/v1/shipments/{shipment}/delivered");
    let future = json!({ "at": "2025-12-01T00:00:00Z" });
    assert_eq!(service.post(Who::Prairie, &door, &future).await.faults(), ["/at"]);
    service.advance("2025-11-11T22:00:00Z").await;
    let arrived = service.post(Who::Prairie, &door, &json!({ "at": "2025-11-11T21:00:00Z" })).await.json(200);
    assert_eq!((&arrived["stage"], &arrived["delivered_at"]), (&json!("delivered"), &json!("2025-11-11T21:00:00Z")));
    assert_eq!(order_of(&service, &id).await["stage"], "delivered");
    assert_eq!(service.stock("HAT", "NORTH").await, [18, 0, 18]);

    let announce = |quantity: i64| json!({ "order": id, "lines": [{ "sku": "HAT", "quantity": quantity }] });
    service.post(Who::Fernshop, "/v1/returns", &announce(3)).await.problem(409);
    assert_eq!(service.post(Who::Boltshop, "/v1/returns", &announce(1)).await.problem(404), "not-found");
    let opened = service.post(Who::Fernshop, "/v1/returns", &announce(2)).await.json(201);
    assert_eq!(opened["stage"], "open");
    service.post(Who::Fernshop, "/v1/returns", &announce(1)).await.problem(409);
    let back = format!("/v1/returns/{}/receive", text(&opened["id"]));
    let grade = |restock: u32, scrap: u32| json!({ "lines": [{ "sku": "HAT", "restock": restock, "scrap": scrap }] });
    let place = if opened["warehouse"] == "NORTH" { Who::North } else { Who::East };
    assert_eq!(service.post(place, &back, &json!({ "lines": [] })).await.faults(), ["/lines"]);
    assert_eq!(service.post(place, &back, &grade(3, 0)).await.faults(), ["/lines/0/restock"]);
    let received = service.post(place, &back, &grade(1, 1)).await.json(200);
    assert_eq!((&received["stage"], &received["lines"][0]["restocked"]), (&json!("received"), &json!(1)));
    assert_eq!(service.post(place, &back, &grade(1, 1)).await.problem(409), "wrong-stage");
    let warehouse = text(&opened["warehouse"]);
    assert_eq!(service.stock("HAT", "NORTH").await[0] + service.stock("HAT", "EAST").await[0], 27, "{warehouse}");
}

#[tokio::test]
async fn a_return_is_too_late_after_the_merchants_days() {
    let (service, id) = released().await;
    confirm_all(&service).await;
    for time in every_five_minutes("2025-11-10T22:30:00Z", "2025-11-11T00:00:00Z") {
        service.advance(&time).await;
        for dispatch in items(&service, Who::Prairie, "/v1/dispatches?stage=tendered").await {
            service.post(Who::Prairie, &format!("/v1/dispatches/{}/accept", text(&dispatch["id"])), &json!({})).await;
        }
    }
    service.advance("2025-11-11T20:00:00Z").await;
    let shipment = text(&order_of(&service, &id).await["shipments"][0]).to_owned();
    service.post(Who::Prairie, &format!("/v1/shipments/{shipment}/delivered"), &json!({})).await.json(200);
    service.advance("2025-11-19T20:00:00Z").await;
    let body = json!({ "order": id, "lines": [{ "sku": "HAT", "quantity": 1 }] });
    assert_eq!(service.post(Who::Fernshop, "/v1/returns", &body).await.problem(409), "not-allowed");
}

/// The routes of a dispatch as a map, a table and drivers' sheets.
async fn routes_on_paper(service: &Service, dispatch: &Value) {
    let path = format!("/v1/dispatches/{}/routes", text(&dispatch["id"]));
    let map = service.get(Who::OwnVans, &path).await;
    assert_eq!(map.content_type, "application/geo+json");
    let stops = map.json(200)["features"]
        .as_array()
        .expect("features")
        .iter()
        .filter(|f| f["properties"]["kind"] == "stop")
        .count();
    assert_eq!(stops, dispatch["shipments"].as_array().map_or(0, Vec::len));
    let as_type = async |kind: &str| {
        service.send(service.request(Who::OwnVans, &format!("GET {path}")).header("accept", kind)).await.text
    };
    assert!(as_type("text/csv").await.contains(",stop,10"));
    assert!(as_type("text/html").await.contains("<h1>Vehicle 1</h1>"));
    assert_eq!(service.get(Who::Prairie, &path).await.problem(404), "not-found");
}

/// Six half-day orders on their way, every stop within its promise: where each dispatch says that its road times come from.
async fn ride(service: &Service) -> Vec<Value> {
    for n in 0..6 {
        let body = order(&format!("1010{}", 1 + n), "half_day", &json!([{ "sku": "SOCKS", "quantity": 1 }]));
        service.order(Who::Fernshop, &format!("v{n}"), &body).await.json(201);
    }
    let (mut doors, mut roads) = (0, Vec::new());
    // Dispatchers look every five minutes: a tender is open for no longer than the loading of the vans.
    for time in every_five_minutes("2025-11-10T10:00:00Z", "2025-11-11T00:00:00Z") {
        service.advance(&time).await;
        confirm_all(service).await;
        for dispatch in items(service, Who::OwnVans, "/v1/dispatches?stage=tendered").await {
            let path = format!("/v1/dispatches/{}/accept", text(&dispatch["id"]));
            let taken = service.post(Who::OwnVans, &path, &json!({})).await.json(200);
            roads.push(taken["roads"].clone());
            routes_on_paper(service, &taken).await;
            for route in taken["routes"].as_array().expect("routes") {
                for trip in route["trips"].as_array().expect("trips") {
                    let stops = trip["stops"].as_array().expect("stops");
                    let times: Vec<&str> = std::iter::once(&trip["departs"])
                        .chain(stops.iter().map(|stop| &stop["arrives"]))
                        .chain(std::iter::once(&trip["returns"]))
                        .map(text)
                        .collect();
                    assert!(times.is_sorted(), "{times:?}");
                    for stop in stops {
                        let path = format!("/v1/shipments/{}", text(&stop["shipment"]));
                        let shipment = service.get(Who::OwnVans, &path).await.json(200);
                        assert!(stop["arrives"].as_str() <= shipment["promised_by"].as_str(), "{stop} {shipment}");
                        doors += 1;
                    }
                }
            }
        }
    }
    assert_eq!(doors, 6);
    roads
}

#[tokio::test]
async fn half_day_orders_ride_on_own_vans_within_their_windows() {
    let roads = ride(&Service::at(NOW).await).await;
    let circles = json!({ "source": "great-circle", "instead_of": null, "pairs_by_great_circle": 0 });
    assert!(!roads.is_empty() && roads.iter().all(|roads| *roads == circles), "{roads:?}");
}

#[tokio::test]
async fn vans_drive_by_great_circle_where_nobody_tells_road_times() {
    let roads = ride(&Service::with_roads(NOW, "osrm:http://127.0.0.1:1").await).await;
    let circles =
        json!({ "source": "great-circle", "instead_of": "osrm http://127.0.0.1:1", "pairs_by_great_circle": 0 });
    assert!(!roads.is_empty() && roads.iter().all(|roads| *roads == circles), "{roads:?}");
}

#[tokio::test]
async fn vans_drive_by_a_table_where_it_names_their_doors() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("drives.csv");
    let rows = "from,to,distance_m,duration_s\nNORTH,10101,20000,1500\n10101,NORTH,21000,1600\n";
    std::fs::write(&file, rows).expect("a table");
    let roads = ride(&Service::with_roads(NOW, &format!("table:{}", file.display())).await).await;
    let source = json!(format!("table {}", file.display()));
    assert!(!roads.is_empty() && roads.iter().all(|roads| roads["source"] == source), "{roads:?}");
    let filled = |roads: &Value| roads["pairs_by_great_circle"].as_u64().is_some_and(|pairs| pairs > 0);
    assert!(roads.iter().any(filled), "most doors are not in the table: {roads:?}");
}

#[tokio::test]
async fn a_plan_is_proposed_looked_at_and_put_into_force() {
    let service = Service::at(NOW).await;
    assert_eq!(service.post(Who::Planner, "/v1/plan-runs", &json!({})).await.problem(409), "not-allowed");
    for n in 0..4 {
        let body = order("10201", "standard", &json!([{ "sku": "SOCKS", "quantity": 2 }]));
        service.order(Who::Fernshop, &format!("p{n}"), &body).await.json(201);
    }
    assert_eq!(
        service.post(Who::Planner, "/v1/plan-runs", &json!({ "iterations": 0 })).await.faults(),
        ["/iterations"]
    );
    let run = service.post(Who::Planner, "/v1/plan-runs", &json!({ "iterations": 50 })).await.json(201);
    assert_eq!((&run["orders"], &run["committed"]), (&json!(4), &json!(false)));
    assert!(run["lower_bound_cents"].as_i64() <= run["cost_cents"].as_i64(), "{run}");
    assert!(run["cost_cents"].as_i64() <= run["cost_before_cents"].as_i64(), "{run}");
    let path = format!("/v1/plan-runs/{}", text(&run["id"]));
    let diff = service.get(Who::Planner, &format!("{path}/diff")).await.json(200);
    assert_eq!(diff["moved"].as_array().map(|moved| json!(moved.len())), Some(run["moved"].clone()));
    let committed = service.post(Who::Planner, &format!("{path}/commit"), &json!({})).await.json(200);
    assert_eq!(committed["committed"], true);
    let board = service.get(Who::Planner, "/v1/price-board").await.json(200);
    assert_eq!(board["as_of"], "2025-11-10T06:00:00Z");
    let runs = service.get(Who::Planner, "/v1/plan-runs").await.json(200);
    assert_eq!(runs[0]["id"], run["id"]);
}

/// Confirms NORTH's open lists but the last, which it names if there are several.
async fn confirm_all_but_one(service: &Service) -> Option<String> {
    let lists = items(service, Who::North, "/v1/pick-lists?open=true").await;
    let paths: Vec<String> = lists.iter().map(|list| format!("/v1/pick-lists/{}/confirm", text(&list["id"]))).collect();
    let (last, others) = paths.split_last()?;
    for path in others {
        service.post(Who::North, path, &json!({})).await.json(200);
    }
    Some(last.clone()).filter(|_| !others.is_empty())
}

#[tokio::test]
async fn parcels_packed_late_go_with_vans_that_have_not_left() {
    let service = Service::at(NOW).await;
    for n in 0..13 {
        let body = order(&format!("1010{}", 1 + n % 6), "half_day", &json!([{ "sku": "SOCKS", "quantity": 1 }]));
        service.order(Who::Fernshop, &format!("v{n}"), &body).await.json(201);
    }
    let (mut held, mut taken) = (None, Value::Null);
    for time in every_five_minutes("2025-11-10T10:00:00Z", "2025-11-10T16:00:00Z") {
        service.advance(&time).await;
        held = held.or(confirm_all_but_one(&service).await);
        for dispatch in items(&service, Who::OwnVans, "/v1/dispatches?stage=tendered").await {
            let path = format!("/v1/dispatches/{}/accept", text(&dispatch["id"]));
            let replan = format!("/v1/dispatches/{}/replan", text(&dispatch["id"]));
            assert_eq!(service.post(Who::Planner, &replan, &json!({})).await.problem(409), "wrong-stage");
            taken = service.post(Who::OwnVans, &path, &json!({})).await.json(200);
        }
        if taken.is_object() {
            break;
        }
    }
    let (held, path) = (held.expect("two lists"), format!("/v1/dispatches/{}", text(&taken["id"])));
    let replan = format!("{path}/replan");
    let again = service.post(Who::Planner, &replan, &json!({})).await.json(200);
    assert_eq!((&again["outcome"], &again["dispatch"]), (&json!("unchanged"), &taken));
    service.advance("2025-11-10T14:40:00Z").await;
    service.post(Who::North, &held, &json!({})).await.json(200);
    service.advance("2025-11-10T14:50:00Z").await;
    let now = service.get(Who::OwnVans, &path).await.json(200);
    let count = |dispatch: &Value| dispatch["shipments"].as_array().map_or(0, Vec::len);
    assert!(count(&now) > count(&taken) && now["planned_at"] != taken["planned_at"], "{taken} {now}");
    routes_on_paper(&service, &now).await;
    let last = now["shipments"].as_array().and_then(|ids| ids.last()).expect("a shipment");
    let shipment = service.get(Who::OwnVans, &format!("/v1/shipments/{}", text(last))).await.json(200);
    assert_eq!(shipment["stage"], "dispatched");
    // Nothing has changed since: neither the job nor a planner makes another plan of it.
    let again = service.post(Who::Planner, &replan, &json!({})).await.json(200);
    assert_eq!((&again["outcome"], &again["dispatch"]), (&json!("unchanged"), &now));
    assert_eq!(service.post(Who::OwnVans, &replan, &json!({})).await.status, 403);
    service.advance("2025-11-10T19:00:00Z").await;
    assert_eq!(service.post(Who::Planner, &replan, &json!({})).await.problem(409), "wrong-stage");
    let map = service.get(Who::OwnVans, &format!("{path}/routes")).await.json(200);
    let stops = map["features"].as_array().expect("features").iter().filter(|f| f["properties"]["kind"] == "stop");
    assert!(stops.clone().count() > 0 && stops.clone().all(|stop| stop["properties"]["driven"] == true), "{map}");
}
