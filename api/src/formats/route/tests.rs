//! Tests of the routing formats: what they read, and that hostile files are refused with faults.

use engine::routing::{Options, solve};
use engine::search::{Budget, Silent};

use super::*;

const MIXED: &str = "NAME : small
TYPE : MDVRPTW
DIMENSION : 4
VEHICLES : 3
EDGE_WEIGHT_TYPE : EUC_2D
SERVICE_TIME : 5
NODE_COORD_SECTION
1 0 0
2 100 0
3 3 4
4 103 4
DEMAND_SECTION
1 0
2 0
3 7
4 7
CAPACITY_SECTION
1 10
2 4
3 10
VEHICLES_DEPOT_SECTION
1 1
2 1
3 2
TIME_WINDOW_SECTION
1 0 50.5
2 0 50.5
3 1 20
4 1 20
DEPOT_SECTION
1
2
-1
EOF
";

fn faults(text: &str) -> String {
    let faults = parse(text, "f", Measure::Round).unwrap_err();
    faults.iter().map(|f| format!("{f}\n")).collect()
}

#[test]
fn vehicles_keep_their_lines() {
    let instance = parse(MIXED, "small.vrp", Measure::Exact).unwrap();
    let problem = &instance.problem;
    assert_eq!(problem.vehicle_types().len(), 3);
    assert_eq!(problem.stops()[0].service, 5_000);
    assert_eq!(problem.depots()[1].window.late, 50_500);
    let plan = solve(problem, &Options::default(), &mut Budget::iterations(20), &mut Silent);
    // Each stop is 5 from its depot; vehicle 2 is too small.
    assert_eq!(write_plan(&instance, &plan), "Route #1: 2\nRoute #2:\nRoute #3: 3\nCost 20000\n");
}

#[test]
fn measures_round_as_pyvrp_does() {
    let at = |measure: Measure, value: f64| measure.apply(value);
    assert_eq!(at(Measure::Round, 2.5), 2.0);
    assert_eq!(at(Measure::Dimacs, 1.49), 14.0);
    assert_eq!(at(Measure::Exact, 1.25), 1250.0);
}

#[test]
fn solomon_text_is_read() {
    let text = "r\n\nVEHICLE\nNUMBER CAPACITY\n 2 10\n\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND READY TIME DUE DATE SERVICE TIME\n\n0 0 0 0 0 100 0\n1 3 4 6 0 50 10\n2 3 4 6 0 50 10\n";
    let instance = parse(text, "r.txt", Measure::Dimacs).unwrap();
    let plan = solve(&instance.problem, &Options::default(), &mut Budget::iterations(20), &mut Silent);
    assert_eq!(plan.cost.total(), 200);
    assert_eq!(plan.routes.len(), 2);
    assert_eq!(instance.problem.stops()[1].window.late, 500);
}

#[test]
fn li_lim_text_is_read() {
    let text = "5 20 1\n0 0 0 0 0 100 0 0 0\n1 3 4 -6 0 50 1 2 0\n2 6 8 6 0 50 1 0 1\n";
    let instance = parse(text, "l.txt", Measure::None).unwrap();
    assert_eq!(instance.problem.pairs(), [engine::routing::Pair { from: 1, to: 0, amount: 6.into() }]);
    let plan = solve(&instance.problem, &Options::default(), &mut Budget::iterations(20), &mut Silent);
    assert_eq!(write_plan(&instance, &plan), "Route #1: 2 1\nCost 20.000000\n");
}

#[test]
fn explicit_tables_are_read_in_both_layouts() {
    let head = "DIMENSION : 3\nCAPACITY : 5\nEDGE_WEIGHT_TYPE : EXPLICIT\n";
    let tail = "DEMAND_SECTION\n1 0\n2 1\n3 1\nDEPOT_SECTION\n1\n-1\nEOF\n";
    let lower = format!("{head}EDGE_WEIGHT_FORMAT : LOWER_ROW\nEDGE_WEIGHT_SECTION\n4\n6 3\n{tail}");
    let full = format!("{head}EDGE_WEIGHT_FORMAT : FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 4 6\n4 0 3\n6 3 0\n{tail}");
    for text in [lower, full] {
        let instance = parse(&text, "x", Measure::None).unwrap();
        let plan = solve(&instance.problem, &Options::default(), &mut Budget::iterations(20), &mut Silent);
        assert_eq!(plan.cost.total(), 13);
    }
}

#[test]
fn every_fault_names_its_line() {
    let text = MIXED.replace("3 7\n", "3 x\n").replace("1 0 50.5", "1 0 50.5 9").replace("3 2\nTIME", "3 7\nTIME");
    let faults = faults(&text);
    assert!(faults.contains("f:15: DEMAND = `x`: must be a number"), "{faults}");
    assert!(faults.contains("TIME_WINDOW"), "{faults}");
    assert!(faults.contains("VEHICLES_DEPOT"), "{faults}");
}

#[test]
fn sections_that_would_change_the_problem_are_not_skipped() {
    let text = MIXED.replace("DEPOT_SECTION\n1\n2", "SURPRISE_SECTION\n1 2\nDEPOT_SECTION\n1\n2");
    assert!(faults(&text).contains("SURPRISE"));
}

#[test]
fn no_cut_or_flip_makes_it_panic() {
    let solomon = "r\nVEHICLE\nNUMBER CAPACITY\n 2 10\nCUSTOMER\nCUST NO.\n0 0 0 0 0 100 0\n1 3 4 6 0 50 10\n";
    let li_lim = "5 20 1\n0 0 0 0 0 100 0 0 0\n1 3 4 -6 0 50 1 2 0\n2 6 8 6 0 50 1 0 1\n";
    for text in [MIXED, solomon, li_lim] {
        for cut in 0..text.len() {
            let _ = parse(&text[..cut], "f", Measure::Exact);
            for odd in ["-", "99999999999999999999", "e308", "nan", ":", "_SECTION"] {
                let _ = parse(&format!("{}{odd}{}", &text[..cut], &text[cut + 1..]), "f", Measure::None);
            }
        }
    }
}

#[test]
fn vehicles_drive_by_a_table() {
    let vrp = "DIMENSION : 3\nCAPACITY : 5\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 3 4\n3 6 8\nDEMAND_SECTION\n1 0\n2 1\n3 1\n";
    let table = |rows: &str| {
        crate::formats::roads::parse_drives(&format!("from,to,distance_m,duration_s\n{rows}"), "t.csv").unwrap()
    };
    // Around 0, 1, 2 it is 10 + 20 + 30, the other way 400 + 500 + 600; the rows stand in another order.
    let drives = table("2,0,30,3\n0,1,10,1\n1,2,20,2\n0,2,400,4\n2,1,500,5\n1,0,600,6\n");
    let instance = parse_with_drives(vrp, "f", Measure::Round, &drives, "t.csv").unwrap();
    assert_eq!((instance.problem.distance(1, 0), instance.problem.duration(1, 0)), (600, 6));
    let plan = solve(&instance.problem, &Options::default(), &mut Budget::iterations(50), &mut Silent);
    assert_eq!(write_plan(&instance, &plan), "Route #1: 1 2\nCost 60\n");
    let faults = parse_with_drives(vrp, "f", Measure::Round, &table("0,1,10,1\n"), "t.csv").unwrap_err();
    let expected = [
        "t.csv: place = `2`: must be in the table: places are named by their numbers in solutions, from 0, depots first",
        "t.csv: from 1 to 0: must have a drive: every place is reached from every other",
    ];
    assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}
