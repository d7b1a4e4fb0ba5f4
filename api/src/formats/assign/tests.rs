//! Reading, writing, refusing.

use engine::assign::{Options, solve};
use engine::search::{Budget, Silent};

use super::*;

/// Two warehouses, one carrier, two zones, two pounds; order 1 may ship in part.
fn tiny() -> [String; 8] {
    let meta = r#"{"carriers":["a"],"levels":["ground","2day","overnight"],"deadlines":[1,5],"ground_days":{"a":[1,3]},
        "two_day_days":2,"overnight_days":1,"work_per_shipment":2,"work_per_unit":1,"split_cents":150,"max_lb":2,
        "tiers":[[[1,0],[100,45]]]}"#;
    let mut rates = "carrier,level,zone,lb1,lb2\n".to_owned();
    for (level, base) in [500, 900, 2000].into_iter().enumerate() {
        for zone in 0..2 {
            rates += &format!("0,{level},{zone},{},{}\n", base + 100 * zone, base + 100 * zone + 50);
        }
    }
    [
        meta.to_owned(),
        rates,
        "wh,city,state,lat,lon,throughput,handling_ship,handling_unit,pickup0\n0,A,CA,34,-117,100,10,1,9\n1,B,NY,40,-75,100,20,2,9\n".into(),
        "dest,city,state,lat,lon,pop,z0,z1\n0,\"L, A\",CA,34,-118,9,0,1\n".into(),
        "sku,weight10,category\n0,5,0\n1,25,0\n".into(),
        "sku,wh,qty\n0,0,1\n0,1,5\n1,1,1\n".into(),
        "order,dest,deadline_idx,backlog_cents,ship_complete\n0,0,0,9000,1\n1,0,1,9001,0\n".into(),
        "order,sku,qty\n1,0,1\n0,0,1\n1,1,1\n".into(),
    ]
}

/// Order 0 (one day): ground from 0 is 500 + 11. Order 1 (five days, 3.0 lb): both lines from 1 on the ground:
/// 650 + 650 / 2 + 20 + 4 = 999. Two parcels, the second in the tier of 45. Together 1,555.
#[test]
fn a_tiny_instance_is_priced_as_its_rules_say() {
    let instance = parse(&tiny()).expect("a right instance");
    let options = Options { passes: 20, ..Options::default() };
    let plan = solve(&instance.problem, &options, &mut Budget::iterations(40), &mut Silent);
    assert_eq!(plan.cost.total(), 1555);
    assert_eq!(write_plan(&instance, &plan), "order,wh,carrier,level,skus\n0,0,0,0,0\n1,1,0,0,0;1\n");
    let demand = instance.problem.demand();
    assert_eq!(demand.lines(1).map(|line| demand.line_backlog(line)).collect::<Vec<_>>(), [4576, 4575]);
}

#[test]
fn an_earlier_plan_and_its_prices_come_back_as_they_were() {
    let instance = parse(&tiny()).expect("a right instance");
    let plan = solve(&instance.problem, &Options::default(), &mut Budget::iterations(40), &mut Silent);
    let read = read_plan(&instance, "plan.csv", &write_plan(&instance, &plan)).expect("what was written");
    assert_eq!(read, plan.shipments);
    let report = r#"{"duals": {"stock": [[0, 1, 2.5], [1, 0, 9.0]], "work": [1.0, 0.0], "pickup": [[0.0], [3.0]], "tier": [45.0]}}"#;
    let duals = read_prices(&instance, "report.json", report).expect("a report");
    assert_eq!((duals.stock, duals.pickup), (vec![0.0, 2.5, 0.0], vec![0.0, 3.0]));
}

#[test]
fn a_plan_of_another_instance_is_refused_with_every_fault() {
    let instance = parse(&tiny()).expect("a right instance");
    let text = "order,wh,carrier,level,skus\n7,0,0,0,0\n0,9,0,0,0\n0,0,0,0,1\nx,0,0,0,0\n1,1,0,0,0\n1,1,0,0,1\n";
    let faults = read_plan(&instance, "plan.csv", text).expect_err("wrong rows");
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 5, "{shown:?}");
    assert_eq!(shown[0], "plan.csv:2: order = `7`: must be a row of orders.csv");
    assert_eq!(shown[2], "plan.csv:4: skus = `1`: must be SKUs of the order's lines");
    let prices = read_prices(&instance, "report.json", "{}").expect_err("no prices");
    assert!(prices[0].to_string().contains("tidewater assign --json"), "{prices:?}");
}

fn faults_of(file: usize, text: &str) -> Vec<String> {
    let mut texts = tiny();
    texts[file] = text.to_owned();
    let faults = parse(&texts).expect_err("a wrong instance");
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn faults_name_file_line_and_field_all_at_once() {
    let faults = faults_of(7, "order,sku,qty\n1,0,1\n5,0,1\n0,9,x\n0,9,0\n");
    assert_eq!(
        faults,
        [
            "lines.csv:3: order = `5`: must be a row of orders.csv",
            "lines.csv:4: qty = `x`: must be a whole number",
            "lines.csv:5: sku = `9`: must be a row of skus.csv",
            "lines.csv:5: qty = `0`: must be 1 to 1,000,000",
            "order 0: lines = `0`: must have at least one line",
        ]
    );
    let header = "order,dest,deadline_idx,backlog_cents,ship_complete";
    let one = faults_of(6, &format!("{header}\n0,0,x,9000,1\n1,0,1,9001,0\n"));
    assert_eq!(one[0], "orders.csv:2: deadline_idx = `x`: must be a whole number");
    assert!(one.iter().all(|fault| !fault.contains("must number")), "{one:?}");
    assert_eq!(faults_of(4, "sku\n0\n"), ["skus.csv:1: weight10: column is missing"]);
    assert_eq!(faults_of(0, "{\"carriers\": 3}").len(), 1);
}

#[test]
fn cut_and_hostile_files_are_refused_without_a_panic() {
    let whole = tiny();
    for file in 0..whole.len() {
        for cut in 0..whole[file].len() {
            if whole[file].is_char_boundary(cut) {
                let mut texts = whole.clone();
                texts[file].truncate(cut);
                let _ = parse(&texts);
            }
        }
        for wild in ["", "\0", "a,b\n\"", "order,sku,qty\n-1,99999999999999999999,1e9\n", "[]", "null"] {
            assert!(!faults_of(file, wild).is_empty(), "{}: {wild:?}", FILES[file]);
        }
    }
}

#[test]
fn many_faults_are_counted_not_listed() {
    let rows: String = (0..1000).map(|n| format!("{n},9,9,-1,7\n")).collect();
    let faults = faults_of(6, &format!("order,dest,deadline_idx,backlog_cents,ship_complete\n{rows}"));
    assert!(faults.len() == 201 && faults[200].contains("not shown"), "{}", faults.len());
}
