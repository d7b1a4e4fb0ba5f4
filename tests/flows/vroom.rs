//! `POST /vroom`: a client of VROOM, its faults in its form, and the service's manners.

use std::time::Duration;

use serde_json::{Value, json};

use crate::service::{Service, Who};

fn document(jobs: i64) -> Value {
    let job = |id: i64| {
        let [lon, lat] = [id % 37, id % 23].map(|n| n as f64 / 100.0);
        json!({"id": id, "location": [-87.6 + lon, 41.8 + lat], "service": 300, "delivery": [1]})
    };
    let vehicle = |id: i64| json!({"id": id, "start": [-87.6, 41.8], "end": [-87.6, 41.8], "capacity": [jobs], "time_window": [0, 86_400]});
    json!({
        "vehicles": [vehicle(1), vehicle(2)],
        "jobs": (1..=jobs).map(job).collect::<Vec<_>>(),
        "options": {"g": false},
    })
}

#[tokio::test]
async fn a_vroom_document_is_answered_with_its_solution() {
    let service = Service::at("2025-11-10T06:00:00Z").await;
    let answer = service.post(Who::Planner, "/vroom", &document(12)).await.json(200);
    assert_eq!((&answer["code"], &answer["unassigned"]), (&json!(0), &json!([])));
    assert_eq!(answer["summary"]["roads"], json!({"source": "great-circle", "pairs_by_great_circle": 0}));
    let steps = answer["routes"].as_array().expect("routes").iter().flat_map(|route| route["steps"].as_array());
    assert_eq!(steps.flatten().filter(|step| step["type"] == "job").count(), 12);
    let mut again = service.post(Who::OwnVans, "/vroom", &document(12)).await.json(200);
    again["summary"]["computing_times"] = answer["summary"]["computing_times"].clone();
    assert_eq!(again, answer, "the same document, the same plan");
}

#[tokio::test]
async fn input_errors_are_in_vrooms_form_and_all_told() {
    let service = Service::at("2025-11-10T06:00:00Z").await;
    let mut bad = document(2);
    bad["jobs"][0]["service"] = json!(-5);
    bad["vehicles"][1]["breaks"] = json!([{"id": 1}]);
    let error = service.post(Who::Planner, "/vroom", &bad).await.json(400);
    assert_eq!(error["code"], 2);
    let text = error["error"].as_str().expect("a text");
    assert!(text.contains("/jobs/0: service = `-5`") && text.contains("/vehicles/1/breaks/0: time_windows"), "{text}");
    let request = service.request(Who::Planner, "POST /vroom").header("content-type", "application/json").body("{");
    assert_eq!(service.send(request).await.json(400)["code"], 2);
    assert_eq!(service.post(Who::Nobody, "/vroom", &bad).await.problem(401), "unauthenticated");
    assert_eq!(service.post(Who::Fernshop, "/vroom", &bad).await.problem(403), "forbidden");
}

#[tokio::test]
async fn searches_are_bounded_and_end_with_their_callers() {
    let service = Service::at("2025-11-10T06:00:00Z").await;
    let long = document(900);
    let waiting: Vec<_> =
        (0..2).map(|_| tokio::spawn(service.request(Who::Planner, "POST /vroom").json(&long).send())).collect();
    let mut refused = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answer = service.post(Who::Planner, "/vroom", &document(2)).await;
        refused = answer.status == 503;
        if refused {
            assert_eq!(answer.problem(503), "busy");
            break;
        }
    }
    assert!(refused, "two searches fill the service");
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    // Both would search for a good while; with their callers gone there is room at once.
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if service.post(Who::Planner, "/vroom", &document(2)).await.status == 200 {
            return;
        }
    }
    panic!("the searches go on");
}
