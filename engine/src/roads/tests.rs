//! Roads drawn by hand, and hierarchies against plain search.

use proptest::prelude::*;

use super::hierarchy::{Arc, Arcs, Cost, Hierarchy, Search};
use super::*;
use crate::units::Metres;

/// Metres of a degree on the mean earth radius, at the equator in both directions.
const DEGREE: f64 = 111_195.08;

fn at(x: f64, y: f64) -> Coordinates {
    Coordinates { lat: y / DEGREE, lon: x / DEGREE }
}

fn place(name: &str, x: f64, y: f64) -> Place {
    Place { name: name.to_owned(), at: at(x, y) }
}

/// ```text
/// D-----E            A to B: one way, 1,000 m at 65 km/h (55.4 s)      A-D, E-B: 500 m at 40 km/h (45 s)
/// |     |            B-C: 1,000 m at 25 km/h (144 s)                   D-E: 1,000 m at 40 km/h (90 s)
/// A-->--B-----C          F---G   an island, 500 m at 25 km/h           F lies 5 km east of A
/// ```
fn town() -> Streets {
    let way = |points: &[u32], forward, backward| Way { points: points.to_vec(), forward, backward };
    let both = |points: &[u32], speed| way(points, Some(speed), Some(speed));
    let corners =
        [(0.0, 0.0), (1000.0, 0.0), (2000.0, 0.0), (0.0, 500.0), (1000.0, 500.0), (5000.0, 0.0), (5500.0, 0.0)];
    Streets {
        points: corners.map(|(x, y)| at(x, y)).to_vec(),
        ways: vec![
            way(&[0, 1], Some(65_000), None),
            both(&[1, 2], 25_000),
            both(&[0, 3, 4, 1], 40_000),
            both(&[5, 6], 25_000),
        ],
        blocked: Vec::new(),
    }
}

fn graph(streets: &Streets, least_part: usize) -> RoadGraph {
    RoadGraph::new("town", streets, &GraphOptions { snap_limit: Metres::new(200), least_part })
}

/// `A B 1000 55` for each pair that has a drive, in rows.
fn check(graph: &RoadGraph, places: &[Place], expected: &[&str]) {
    let table = graph.table(places).unwrap();
    let mut drawn = Vec::new();
    for (n, from) in places.iter().enumerate() {
        let plain = graph.drives_from(from, places);
        for (m, to) in places.iter().enumerate() {
            let drive = table.drive(n, m);
            assert!(n == m || drive == plain[m], "{} {}: {drive:?} {:?}", from.name, to.name, plain[m]);
            if let Some(drive) = drive.filter(|_| n != m) {
                drawn.push(format!("{} {} {} {}", from.name, to.name, drive.metres.get(), drive.seconds.get()));
            }
        }
    }
    assert_eq!(drawn, expected);
}

#[test]
fn corners_of_the_town() {
    // Back from B to A the one-way street must be driven around: 500 + 1,000 + 500 m, 45 + 90 + 45 s.
    let places = [place("A", 0.0, 0.0), place("B", 1000.0, 0.0), place("C", 2000.0, 0.0)];
    let expected = ["A B 1000 55", "A C 2000 199", "B A 2000 180", "B C 1000 144", "C A 3000 324", "C B 1000 144"];
    check(&graph(&town(), 1), &places, &expected);
}

#[test]
fn places_along_a_one_way_street() {
    // 50 m beside the road, which are not driven. M to N: 300 m at 65 km/h, 16.6 s. N to M: on to B 300 m and 16.6 s, around
    // 2,000 m and 180 s, from A 400 m and 22.2 s.
    let places = [place("M", 400.0, 50.0), place("N", 700.0, -50.0)];
    check(&graph(&town(), 1), &places, &["M N 300 17", "N M 2700 219"]);
}

#[test]
fn the_island_has_no_way_to_the_town() {
    let places = [place("A", 0.0, 0.0), place("B", 1000.0, 0.0), place("F", 5000.0, 0.0), place("G", 5500.0, 10.0)];
    let graph = graph(&town(), 1);
    check(&graph, &places, &["A B 1000 55", "B A 2000 180", "F G 500 72", "G F 500 72"]);
    let faults = graph.table(&places).unwrap().faults(&places);
    assert_eq!(faults.len(), 8);
    assert_eq!(faults[0].to_string(), "from A to F: there is no way by road");
}

#[test]
fn a_place_far_from_roads_or_on_a_small_part_is_named() {
    let places = [place("A", 0.0, 0.0), place("X", 1500.0, -299.9), place("F", 5000.0, 0.0)];
    let faults = |least| -> Vec<String> {
        let faults = graph(&town(), least).table(&places).unwrap().faults(&places);
        faults.iter().map(ToString::to_string).collect()
    };
    // -299.9 m are -0.002697 degrees, and are told as 300. The town has five junctions less the two where a way only bends: A, B, C.
    let far = "place X: lat, lon = `-0.002697, 0.013490`: the nearest road is 300 m away; it must be within 200 m";
    assert_eq!(faults(1), [far, "from A to F: there is no way by road", "from F to A: there is no way by road"]);
    let island = "place F: lat, lon = `0.000000, 0.044966`: the nearest road is 3000 m away; it must be within 200 m";
    assert_eq!(faults(3), [far, island]);
    assert_eq!(faults(1_000), [far, island], "no part has more: the largest counts");
}

#[test]
fn a_barrier_stops_cars_from_either_side() {
    // Cars are stopped at E: from B to A there is no way, and D lies in a dead end.
    let streets = Streets { blocked: vec![4], ..town() };
    let places = [place("A", 0.0, 0.0), place("B", 1000.0, 0.0), place("D", 0.0, 500.0)];
    check(&graph(&streets, 1), &places, &["A B 1000 55", "A D 500 45", "D A 500 45", "D B 1500 100"]);
}

#[test]
fn a_map_without_roads_has_none_near() {
    let places = [place("A", 0.0, 0.0)];
    let table = graph(&Streets::default(), 200).table(&places).unwrap();
    assert_eq!(table.off_road[0].why.to_string(), "there is no road; one must be within 200 m");
}

#[test]
fn great_circles_are_rounded_down() {
    let roads = GreatCircle { circuity_percent: 130, metres_per_hour: 36_000 };
    let table = roads.table(&[place("A", 0.0, 0.0), place("B", 1000.0, 0.0)]).unwrap();
    assert_eq!(table.drive(0, 1), Some(Drive::new(1300, 130)));
}

#[test]
fn a_listed_table_is_looked_up_by_name() {
    let mut drives = Table::new(2);
    drives.set(0, 1, Some(Drive::new(7, 1)));
    let roads = Listed::new("table drives.csv", ["A", "B"].map(str::to_owned), drives);
    let places = [place("B", 0.0, 0.0), place("Z", 0.0, 0.0), place("A", 0.0, 0.0)];
    let table = roads.table(&places).unwrap();
    assert_eq!((table.drive(2, 0), table.drive(0, 2)), (Some(Drive::new(7, 1)), None));
    let faults: Vec<String> = table.faults(&places).iter().map(ToString::to_string).collect();
    let unlisted =
        "place Z: lat, lon = `0.000000, 0.000000`: the table of drives does not name this place; add its rows";
    assert_eq!(faults, [unlisted, "from B to A: there is no way by road"]);
}

#[test]
fn what_is_missing_can_be_filled() {
    let mut table = Table::new(2);
    assert_eq!(table.unreachable().collect::<Vec<_>>(), [(0, 1), (1, 0)]);
    assert_eq!(table.fill(|from, to| Drive::new(from as i64, to as i64)), 2);
    assert_eq!((table.drive(0, 1), table.fill(|_, _| Drive::default())), (Some(Drive::new(0, 1)), 0));
}

#[test]
fn costs_compare_time_before_length() {
    assert!(Cost::new(1, 9) < Cost::new(2, 0));
    assert_eq!(Cost::new(1_499, 14).and(Cost::new(0, 1)).drive(), Some(Drive::new(2, 1)));
    assert_eq!(Cost::NONE.and(Cost::new(1, 1)).drive(), None);
}

proptest! {
    #[test]
    fn a_hierarchy_answers_as_plain_search_does(
        nodes in 2_u32..60,
        arcs in prop::collection::vec((0_u32..60, 0_u32..60, 0_u32..50, 0_u32..50), 0..300),
    ) {
        let arcs: Vec<Arc> = arcs
            .into_iter()
            .map(|(from, to, time, length)| Arc { from: from % nodes, to: to % nodes, cost: Cost::new(time, length) })
            .collect();
        let mut out = vec![Vec::new(); nodes as usize];
        arcs.iter().for_each(|arc| out[arc.from as usize].push((arc.to, arc.cost)));
        let plain = Arcs::new(out.iter().map(Vec::as_slice));
        let mut search = Search::new(nodes as usize);
        let seeds: Vec<_> = (0..nodes).map(|node| vec![(node, Cost::ZERO)]).collect();
        let expected: Vec<_> = seeds.iter().map(|seeds| search.all(&plain, seeds)).collect();
        prop_assert_eq!(Hierarchy::new(nodes as usize, &arcs).table(&seeds, &seeds), expected);
    }
}
