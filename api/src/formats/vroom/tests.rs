//! Requests and answers kept as files, each answer driven again by its own numbers and the request's; faults.
//!
//! `UPDATE_GOLDEN=1 cargo test -p api vroom` renews the answers; read the difference.

use std::path::Path;

use engine::check;
use engine::model::Coordinates;
use engine::roads::{Drive, GreatCircle, Place, RoadTimes, Table, Unavailable};
use engine::routing::{Options, solve, why};
use engine::search::{Budget, Silent};
use serde_json::{Value, json};

use super::*;

const CIRCLES: GreatCircle = GreatCircle { metres_per_hour: 40_000, circuity_percent: 130 };
const ROADS: Roads = Roads { times: None, circles: CIRCLES };

fn planned(document: &Value) -> Value {
    planned_by(document, ROADS)
}

fn planned_by(document: &Value, roads: Roads) -> Value {
    let routing = Routing::read(document, roads).unwrap();
    let mut budget = Budget::iterations(routing.iterations());
    let plan = routing.settled(solve(&routing.problem, &Options::default(), &mut budget, &mut Silent));
    assert_eq!(check::routing::check(&routing.problem, &plan), []);
    let judge = |problem: &engine::routing::Problem, plan: &engine::routing::Plan| {
        check::routing::check(problem, plan).is_empty()
    };
    let options = why::Options::judged_by(judge);
    let blocking = why::blocking(&routing.problem, &plan, &options, &mut Budget::iterations(10_000));
    serde_json::to_value(routing.answer(&plan, &blocking)).unwrap()
}

fn golden(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats/vroom/golden");
    let document =
        serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()).unwrap();
    let answer = planned(&document);
    driven_again(&document, &answer);
    let (file, made) = (folder.join(format!("{name}.answer.json")), serde_json::to_string_pretty(&answer).unwrap());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, format!("{made}\n")).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), format!("{made}\n"), "{name}");
    answer
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn found<'d>(list: &'d Value, id: &Value) -> &'d Value {
    list.as_array().unwrap().iter().find(|entry| entry["id"] == *id).unwrap()
}

/// The request's part behind a step.
fn part<'d>(document: &'d Value, vehicle: &'d Value, step: &Value) -> &'d Value {
    let end = |key: &str| {
        let shipments = document["shipments"].as_array().unwrap();
        &shipments.iter().find(|shipment| shipment[key]["id"] == step["id"]).unwrap()[key]
    };
    match step["type"].as_str().unwrap() {
        "job" => found(&document["jobs"], &step["id"]),
        "break" => found(&vehicle["breaks"], &step["id"]),
        "start" | "end" => vehicle,
        key => end(key),
    }
}

/// Drives every route of an answer by its steps: times, windows, legs, loads, sums, and every task once.
fn driven_again(document: &Value, answer: &Value) {
    let mut sums = [0; 4];
    let mut tasks = answer["unassigned"].as_array().unwrap().len();
    for route in answer["routes"].as_array().unwrap() {
        let vehicle = found(&document["vehicles"], &route["vehicle"]);
        let steps = route["steps"].as_array().unwrap();
        let shift = &vehicle["time_window"];
        let (first, last) = (&steps[0], &steps[steps.len() - 1]);
        if shift.is_array() {
            assert!(
                whole(&first["arrival"]) >= whole(&shift[0]) && whole(&last["arrival"]) <= whole(&shift[1]),
                "{route}"
            );
        }
        for two in steps.windows(2) {
            let spent: i64 = ["waiting_time", "setup", "service"].map(|key| whole(&two[0][key])).iter().sum();
            let travel = whole(&two[1]["duration"]) - whole(&two[0]["duration"]);
            assert!(travel >= 0 && whole(&two[0]["waiting_time"]) >= 0, "{two:?}");
            assert_eq!(whole(&two[1]["arrival"]), whole(&two[0]["arrival"]) + spent + travel, "{two:?}");
        }
        legs(document, vehicle, steps);
        let begun = |step: &Value| whole(&step["arrival"]) + whole(&step["waiting_time"]);
        for step in &steps[1..steps.len() - 1] {
            let part = part(document, vehicle, step);
            assert_eq!(whole(&step["service"]), whole(&part["service"]), "{step}");
            if let Some(windows) = part["time_windows"].as_array() {
                let is_in = |w: &Value| whole(&w[0]) <= begun(step) && begun(step) <= whole(&w[1]);
                assert!(windows.iter().any(is_in), "{step} not in {windows:?}");
            }
            tasks += usize::from(step["type"] != "break");
        }
        loads(document, vehicle, steps);
        for (sum, key) in sums.iter_mut().zip(["cost", "duration", "waiting_time", "service"]) {
            *sum += whole(&route[key]);
        }
    }
    assert_eq!(sums, ["cost", "duration", "waiting_time", "service"].map(|key| whole(&answer["summary"][key])));
    let [jobs, shipments] = ["jobs", "shipments"].map(|key| document[key].as_array().map_or(0, Vec::len));
    assert_eq!(tasks, jobs + 2 * shipments);
}

/// Travel between steps at places is that of the matrix at the vehicle's speed; breaks lie on the way.
fn legs(document: &Value, vehicle: &Value, steps: &[Value]) {
    let Some(matrices) = document["matrices"].as_object() else { return };
    let table = &matrices[vehicle["profile"].as_str().unwrap_or("car")];
    let at_places: Vec<&Value> = steps.iter().filter(|step| step["type"] != "break").collect();
    for two in at_places.windows(2) {
        let [from, to] = [two[0], two[1]].map(|step| step["location_index"].as_u64().map(|index| index as usize));
        for (key, column, factor) in
            [("duration", "durations", vehicle["speed_factor"].as_f64()), ("distance", "distances", None)]
        {
            let entry = from.zip(to).map_or(0, |(from, to)| whole(&table[column][from][to]));
            let expected = (entry as f64 / factor.unwrap_or(1.0)).round() as i64;
            assert_eq!(whole(&two[1][key]) - whole(&two[0][key]), expected, "{key} of {two:?}");
        }
    }
}

/// Deliveries of jobs are on board from the start, pickups to the end, shipments in between; never more than the capacity.
fn loads(document: &Value, vehicle: &Value, steps: &[Value]) {
    let Some(capacity) = vehicle["capacity"].as_array() else { return };
    let amount_of = |step: &Value| {
        let key = step["type"].as_str().unwrap();
        document["shipments"].as_array().unwrap().iter().find(|s| s[key]["id"] == step["id"]).unwrap()["amount"].clone()
    };
    for (d, capacity) in capacity.iter().enumerate() {
        let jobs = || steps.iter().filter(|step| step["type"] == "job");
        let mut load: i64 = jobs().map(|step| whole(&part(document, vehicle, step)["delivery"][d])).sum();
        for step in steps {
            load += match step["type"].as_str().unwrap() {
                "job" => {
                    let job = part(document, vehicle, step);
                    whole(&job["pickup"][d]) - whole(&job["delivery"][d])
                }
                "pickup" => whole(&amount_of(step)[d]),
                "delivery" => -whole(&amount_of(step)[d]),
                _ => 0,
            };
            assert_eq!(whole(&step["load"][d]), load, "{step}");
            assert!((0..=whole(capacity)).contains(&load), "{step}");
        }
    }
}

fn order(answer: &Value, route: usize) -> String {
    let steps = answer["routes"][route]["steps"].as_array().unwrap().iter();
    let told = steps.map(|step| format!("{}{}@{}", step["type"].as_str().unwrap(), step["id"], step["arrival"]));
    told.collect::<Vec<_>>().join(" ").replace("null", "")
}

#[test]
fn deliveries_with_windows() {
    // Job 2 can only be begun from 1700 to 1760, so it is first; then 3 (100 away), then 1 from 2000 on, 200 away.
    // 1700 + 60 + 100 + 60 + 200 = 2120, back at 2120 + 80 + 100. Leaving at 1500 wastes nothing.
    let answer = golden("windows");
    assert_eq!(order(&answer, 0), "start@1500 job2@1700 job3@1860 job1@2120 end@2300");
    assert_eq!((&answer["summary"]["cost"], &answer["summary"]["duration"]), (&json!(650), &json!(600)));
}

#[test]
fn a_shipment_and_a_job_on_an_open_route() {
    // With [2, 10] for the job on board there is room for [1, 20] at 1; at 2 the job leaves [1, 5]. The route ends at 3.
    let answer = golden("shipment");
    assert_eq!(order(&answer, 0), "start@0 pickup20@100 job10@210 delivery20@340 end@380");
    assert_eq!(answer["summary"]["delivery"], json!([3, 30]));
}

#[test]
fn what_is_left_out_has_a_reason() {
    let answer = golden("unassigned");
    let left: Vec<_> = answer["unassigned"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| (whole(&u["id"]), u["reason"].as_str().unwrap()))
        .collect();
    let expected = [
        (
            3,
            "no vehicle may serve it: none has all of its skills [1, 2]; it would be served with vehicle 1 allowed to serve it and \
             1 more stop on vehicle 1 (costs no more)",
        ),
        (
            4,
            "its load is above every vehicle's capacity; it would be served with 1 more unit of capacity on another vehicle like \
             vehicle 1 and another vehicle like vehicle 1 (costs 400 more)",
        ),
        (
            5,
            "no vehicle can reach it in time, even alone; it would be served with its window closing 1 s later and 1 more stop \
             on vehicle 1 (costs 200 more)",
        ),
        (
            7,
            "no vehicle is left for it; it would be served with another vehicle like vehicle 1 (costs 400 more), or with \
             1 more stop on vehicle 1 (costs no more)",
        ),
    ];
    assert_eq!(left, expected);
}

#[test]
fn a_break_on_the_way() {
    // At twice the speed 1 is 100 away and served until 150; the break begins on the way to 3, at 180 or later.
    let answer = golden("break");
    let steps = answer["routes"][0]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["type"] == "break" && step["id"] == 9), "{answer}");
}

#[test]
fn setup_is_not_repeated_at_one_place() {
    // At 0 the vehicle is there; at 1 it sets up once. Costs are the matrix's: 7 there, 8 back.
    let answer = golden("setup");
    assert_eq!((&answer["summary"]["setup"], &answer["summary"]["cost"]), (&json!(30), &json!(15)));
}

#[test]
fn without_matrices_the_earth_is_measured() {
    let answer = golden("map");
    assert!(answer["routes"].as_array().unwrap().iter().all(|route| route["geometry"].is_string()));
}

/// Drives of ten metres and twenty seconds a degree of longitude, none from west to east of 5; `None` for a service that is down.
#[derive(Debug)]
struct Toy(Option<()>);

impl RoadTimes for Toy {
    fn source(&self) -> String {
        "osm toy".to_owned()
    }

    fn table(&self, places: &[Place]) -> Result<Table, Unavailable> {
        self.0.ok_or_else(|| Unavailable("nobody answers".to_owned()))?;
        let drive = |from: &Place, to: &Place| {
            let degrees = (from.at.lon - to.at.lon).abs() as i64;
            (from.at.lon >= 5.0 || to.at.lon < 5.0).then(|| Drive::new(10 * degrees, 20 * degrees))
        };
        let row = |from: &Place| places.iter().map(|to| drive(from, to)).collect();
        Ok(Table::of_rows(places.len(), places.iter().map(row)))
    }
}

#[test]
fn without_matrices_a_source_of_road_times_is_asked() {
    let document =
        json!({"vehicles": [{"id": 1, "start": [0, 0], "speed_factor": 0.5}], "jobs": [{"id": 7, "location": [3, 0]}]});
    let toy = Toy(Some(()));
    let answer = planned_by(&document, Roads { times: Some(&toy), circles: CIRCLES });
    // Three degrees at half the speed.
    let summary = &answer["summary"];
    assert_eq!((&summary["distance"], &summary["duration"]), (&json!(30), &json!(120)));
    assert_eq!(summary["roads"], json!({"source": "osm toy", "pairs_by_great_circle": 0}));
}

#[test]
fn great_circles_stand_in_for_road_times() {
    let document =
        |lon: f64| json!({"vehicles": [{"id": 1, "start": [0, 0]}], "jobs": [{"id": 7, "location": [lon, 0.0]}]});
    // There is no way to 6; there and back are two pairs, of which one is missing.
    let toy = Toy(Some(()));
    let answer = planned_by(&document(6.0), Roads { times: Some(&toy), circles: CIRCLES });
    let [here, there] = [0.0, 6.0].map(|lon| Coordinates { lat: 0.0, lon });
    assert_eq!(answer["summary"]["distance"], CIRCLES.drive(here, there).metres.get());
    assert_eq!(answer["summary"]["roads"], json!({"source": "osm toy", "pairs_by_great_circle": 1}));
    let down = Toy(None);
    let answer = planned_by(&document(3.0), Roads { times: Some(&down), circles: CIRCLES });
    let told = json!({"source": "great-circle", "instead_of": "osm toy", "pairs_by_great_circle": 0});
    assert_eq!(answer["summary"]["roads"], told);
    let mut by_circles = planned(&document(3.0));
    by_circles["summary"]["roads"] = told;
    assert_eq!(answer, by_circles);
}

#[test]
fn a_limit_on_metres_needs_a_pace_or_a_price() {
    let document = json!({"vehicles": [{"id": 1, "start": [0, 0], "max_distance": 500_000}], "jobs": [{"id": 7, "location": [3, 0]}]});
    assert!(Routing::read(&document, ROADS).is_ok());
    let toy = Toy(Some(()));
    let faults = Routing::read(&document, Roads { times: Some(&toy), circles: CIRCLES }).map(|_| ()).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["max_distance"]);
}

#[test]
fn a_task_left_out_tells_what_would_serve_it() {
    // 100 s there and back are 200 of 150 in time; two fit on board, three would be needed.
    let document = json!({
        "vehicles": [{"id": 5, "start_index": 0, "end_index": 0, "capacity": [2], "time_window": [0, 230]}],
        "jobs": [
            {"id": 1, "location_index": 1, "delivery": [2], "priority": 9},
            {"id": 2, "location_index": 1, "delivery": [1], "time_windows": [[0, 90]]}
        ],
        "matrices": {"car": {"durations": [[0, 100], [100, 0]]}}
    });
    let answer = planned(&document);
    let left = &answer["unassigned"][0];
    let expected = "no vehicle can reach it in time, even alone; it would be served with its window closing 10 s later \
                    and 1 more unit of capacity on vehicle 5 (costs no more)";
    assert_eq!(left["reason"], expected);
    assert_eq!(
        left["blocking"]["ways"][0]["easings"],
        json!([
            {"limit": "window_end", "by": 10, "window": 0},
            {"limit": "capacity", "by": 1, "component": 0}
        ])
    );
    assert_eq!((&left["blocking"]["verdict"], &left["blocking"]["ways"][0]["vehicle"]), (&json!("blocked"), &json!(5)));
}

#[test]
fn alike_vehicles_keep_their_ids() {
    let vehicle = |id: i64| json!({"id": id, "start_index": 0, "end_index": 0, "max_tasks": 1});
    let job = |id: i64| json!({"id": id, "location_index": 1});
    let answer = planned(&json!({"vehicles": [vehicle(5), vehicle(3)], "jobs": [job(1), job(2)],
        "matrices": {"car": {"durations": [[0, 9], [9, 0]]}}}));
    let ids: Vec<i64> = answer["routes"].as_array().unwrap().iter().map(|route| whole(&route["vehicle"])).collect();
    assert_eq!(ids, [5, 3]);
}

fn faults(document: &Value) -> Vec<String> {
    Routing::read(document, ROADS).map(|_| ()).unwrap_err().iter().map(ToString::to_string).collect()
}

/// The faults of a document by place and field.
fn check_faults(document: &Value, expected: &[&str]) {
    let found = faults(document);
    let place = |fault: &'_ String| fault.split(" = ").next().unwrap().split(": is").next().unwrap().to_owned();
    assert_eq!(found.iter().map(place).collect::<Vec<_>>(), expected, "{found:#?}");
}

#[test]
fn every_fault_of_the_fields_at_once() {
    let document = json!({
        "vehicles": [
            {"id": 1, "start": [200, 0], "capacity": [1, -2], "time_window": [9, 3], "speed_factor": 9,
             "breaks": [{"id": 1, "time_windows": [[0, 1], [2, 3]], "max_load": [1]}]},
            {"id": 1, "start": [0, 0], "costs": {"per_task_hour": 5}}
        ],
        "jobs": [
            {"id": "x", "location": [0, 0], "service": -5, "priority": 101, "setup_per_type": {"car": 3}},
            {"location": [0, 0], "time_windows": [[5, 9], [9, 12]], "amount": [1]}
        ],
        "shipments": [{"pickup": {"id": 1, "location": [0, 0]}}],
        "options": {"g": 1, "t": 4}
    });
    check_faults(
        &document,
        &[
            "/vehicles/0: start",
            "/vehicles/0/capacity: 1",
            "/vehicles/0: time_window",
            "/vehicles/0/breaks/0: max_load",
            "/vehicles/0/breaks/0: time_windows",
            "/vehicles/0: speed_factor",
            "/vehicles/1/costs: per_task_hour",
            "/jobs/0: setup_per_type",
            "/jobs/0: id",
            "/jobs/0: service",
            "/jobs/0: priority",
            "/jobs/1: amount",
            "/jobs/1: id",
            "/jobs/1/time_windows: 1",
            "/shipments/0: delivery",
            "/vehicles/1: id",
            "/options: t",
            "/options: g",
        ],
    );
}

#[test]
fn every_fault_of_what_fields_mean_together_at_once() {
    let document = json!({
        "vehicles": [
            {"id": 1, "start_index": 0, "capacity": [1], "costs": {"per_hour": 10, "per_km": 1}, "max_travel_time": 9, "max_distance": 9},
            {"id": 2, "end_index": 7, "capacity": [1, 2], "profile": "bike", "speed_factor": 2}
        ],
        "jobs": [{"id": 1, "location": [0, 0]}, {"id": 2, "location_index": 0, "delivery": [1, 1], "setup": 5, "time_windows": [[0, 1]]}],
        "matrices": {"car": {"durations": [[0, 1], [1, 0]]}}
    });
    check_faults(
        &document,
        &[
            "/vehicles/1: capacity",
            "/jobs/1: delivery",
            "/vehicles/1: profile",
            "/vehicles/1: speed_factor",
            "/vehicles/1: end_index",
            "/jobs/0: location_index",
            "/vehicles/0/costs: per_km",
            "/vehicles/1: costs",
            "/vehicles/0: max_travel_time",
            "/vehicles/0: max_distance",
            "/jobs/1/time_windows: 0",
        ],
    );
}

#[test]
fn faults_of_fields_and_of_what_they_mean_together_in_one_answer() {
    let document = json!({
        "vehicles": [
            {"id": 1, "start": [0, 0], "capacity": [1], "time_window": [9, 3]},
            {"id": 1, "capacity": [1, 2], "speed_factor": "fast"},
            {"id": 3, "end": [0, 0], "profile": "bike", "costs": {"per_km": 7}},
            7,
        ],
        "jobs": [
            {"id": 1},
            {"id": 2, "location": [0, 0], "delivery": [1, 1], "service": -5},
            "a job",
            {"id": 4, "location": [0, 91], "priority": 101},
        ],
        "shipments": [
            {"pickup": {"id": 1, "location": [0, 0], "setup": 60, "time_windows": ["x", [0, 9]]}, "delivery": {"id": 1}, "amount": [1, 2, 3]},
            {"pickup": {"location": [0, 0]}, "amount": [-1]},
        ]
    });
    check_faults(
        &document,
        &[
            "/vehicles/3",
            "/vehicles/0: time_window",
            "/vehicles/1: speed_factor",
            "/jobs/2",
            "/jobs/1: service",
            "/jobs/3: location",
            "/jobs/3: priority",
            "/shipments/0/pickup/time_windows: 0",
            "/shipments/1/pickup: id",
            "/shipments/1: delivery",
            "/shipments/1/amount: 0",
            "/vehicles/1: id",
            "/vehicles/1: capacity",
            "/jobs/1: delivery",
            "/shipments/0: amount",
            "/vehicles/2: profile",
            "/vehicles/1: start",
            "/jobs/0: location",
            "/shipments/0/delivery: location",
            "/vehicles/2: costs",
            "/shipments/0/pickup/time_windows: 1",
        ],
    );
    let told = faults(&document);
    assert!(told.contains(&"/jobs/0: location: is missing: the request has no matrices".to_owned()));
    assert!(told.contains(&"/vehicles/3 = `7`: must be an object".to_owned()));
    let rule = "must have 1 components, as the first vehicle's capacity";
    assert!(told.contains(&format!("/shipments/0: amount = `3 components`: {rule}")));
}

#[test]
fn what_only_follows_from_another_fault_is_not_told() {
    // Of what cannot be read nobody knows whether it fits the rest.
    let documents = [
        (json!({"vehicles": "x", "jobs": [{"id": 1, "location": [0, 0], "delivery": [1]}]}), [": vehicles"]),
        (
            json!({
                "vehicles": [{"id": 1, "start": [0, 0], "capacity": 4}, {"id": 2, "start": [0, 0], "capacity": [4]}],
                "jobs": [{"id": 1, "location": [0, 0], "delivery": [1]}]
            }),
            ["/vehicles/0: capacity"],
        ),
        (
            json!({"vehicles": [{"id": 1, "start_index": 0}], "jobs": [{"id": 1, "location_index": 1}], "matrices": 3}),
            [": matrices"],
        ),
        (
            json!({"vehicles": [{"id": 1, "start_index": 0}], "jobs": [{"id": 1, "location_index": 1}],
                "matrices": {"car": {"durations": [], "distances": [[0]]}}}),
            ["/matrices/car: durations"],
        ),
        (json!({"vehicles": [{"id": 1, "end": 9}], "jobs": [{"id": 1, "location": [0, 0]}]}), ["/vehicles/0: end"]),
        (
            json!({"vehicles": [{"id": 1, "start": [0, 0], "costs": {"per_km": "x"}},
                {"id": 2, "start": [0, 0], "costs": {"per_km": 5}}], "jobs": [{"id": 1, "location": [0, 0]}]}),
            ["/vehicles/0/costs: per_km"],
        ),
    ];
    documents.iter().for_each(|(document, expected)| check_faults(document, expected));
}

#[test]
fn amounts_beyond_the_kernel_are_faults() {
    let largest = 1_000_000_000_000_i64;
    let document = |fixed: i64, per_hour: i64| {
        let costs = json!({"fixed": fixed, "per_hour": per_hour, "per_km": 1});
        json!({
            "vehicles": [{"id": 1, "start_index": 0, "speed_factor": 0.01, "costs": costs}],
            "jobs": [{"id": 1, "location_index": 1}],
            "matrices": {"car": {"durations": [[0, u32::MAX], [u32::MAX, 0]], "distances": [[0, 1], [1, 0]]}}
        })
    };
    // The kernel takes 10^15 of its units, of which 3,600,000 make one of money.
    check_faults(&document(largest, 1), &["/vehicles/0/costs: fixed"]);
    check_faults(&document(0, largest), &["problem: cost"]);
}
