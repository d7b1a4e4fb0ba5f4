//! Files of road times, by hand.

use std::io::Cursor;
use std::path::Path;

use engine::fault::Fault;
use engine::roads::{Drive, GraphOptions, Place, RoadGraph, RoadTimes, Table};
use engine::units::Metres;

use super::*;

fn faults<T: std::fmt::Debug>(outcome: Result<T, Vec<Fault>>) -> Vec<String> {
    outcome.unwrap_err().iter().map(Fault::to_string).collect()
}

/// The file that ships: made anew by `UPDATE_GOLDEN=1 cargo test -p api roads`.
fn shipped() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/roads/town.osm.pbf");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, town::bytes()).unwrap();
    }
    std::fs::read(file).unwrap()
}

#[test]
fn the_town_that_ships_is_the_one_made_here() {
    assert_eq!(shipped(), town::bytes());
}

#[test]
fn the_town_by_hand() {
    let streets = read_osm(Cursor::new(shipped()), "town.osm.pbf").unwrap();
    assert_eq!((streets.points.len(), streets.ways.len()), (7, 4), "the footway is left out");
    let options = GraphOptions { snap_limit: Metres::new(200), least_part: 1 };
    let graph = RoadGraph::new("osm town", &streets, &options);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/roads/places.csv")).unwrap();
    let places = parse_places(&text, "places.csv").unwrap();
    let table = graph.table(&places).unwrap();
    let mut csv = Vec::new();
    write_csv(&mut csv, &places, &table).unwrap();
    // A to B along the one-way street, back around by E and D; to C 1,000 m and 144 s more. F is on the island.
    let expected = "from,to,distance_m,duration_s\n\
        A,A,0,0\nA,B,1000,55\nA,C,2000,199\nA,F,,\n\
        B,A,2000,180\nB,B,0,0\nB,C,1000,144\nB,F,,\n\
        C,A,3000,324\nC,B,1000,144\nC,C,0,0\nC,F,,\n\
        F,A,,\nF,B,,\nF,C,,\nF,F,0,0\n";
    assert_eq!(String::from_utf8(csv).unwrap(), expected);
}

#[test]
fn an_extract_cut_short_or_of_another_kind_is_refused() {
    let rule = "must be an OpenStreetMap extract in the format .osm.pbf, and whole";
    for bytes in [&town::bytes()[..200], b"<osm version=\"0.6\"/>", &[0xff; 64]] {
        let faults = faults(read_osm(Cursor::new(bytes.to_vec()), "x.osm.pbf"));
        assert!(faults[0].starts_with("x.osm.pbf: `") || faults[0].contains(rule), "{faults:?}");
        assert!(faults[0].ends_with(rule), "{faults:?}");
    }
    let empty = faults(read_osm(Cursor::new(Vec::new()), "x.osm.pbf"));
    assert!(empty[0].starts_with("x.osm.pbf: ways = `0`: must have ways that cars may drive on"), "{empty:?}");
}

#[test]
fn no_byte_of_an_extract_makes_the_reader_panic() {
    let good = town::bytes();
    for (n, change) in (0..good.len()).flat_map(|n| [(n, 0x01), (n, 0x80), (n, 0xff)]) {
        let mut bytes = good.clone();
        bytes[n] ^= change;
        if let Ok(streets) = read_osm(Cursor::new(bytes), "x.osm.pbf") {
            RoadGraph::new("x", &streets, &GraphOptions::default());
        }
    }
}

#[test]
fn every_fault_of_places_is_named_at_once() {
    let text = "id,lat,lon\nA,91,0\nA,north,181\n,0,0\nB,1";
    let expected = [
        "p.csv:2: lat = `91`: must be decimal degrees from -90 to 90",
        "p.csv:3: id = `A`: stands twice: ids name places in tables",
        "p.csv:3: lat = `north`: must be decimal degrees from -90 to 90",
        "p.csv:3: lon = `181`: must be decimal degrees from -180 to 180",
        "p.csv:4: id: must not be empty",
        "p.csv:5 = `2`: row has too few fields",
    ];
    assert_eq!(faults(parse_places(text, "p.csv")), expected);
    assert_eq!(faults(parse_places("id,lat,lon\n", "p.csv")), ["p.csv: must have a row for at least one place"]);
    assert_eq!(faults(parse_places("id,lat\nA,1\n", "p.csv")), ["p.csv:1: lon: column is missing"]);
}

#[test]
fn tables_are_read_back_as_written() {
    let place = |name: &str| Place { name: name.to_owned(), at: Coordinates { lat: 1.5, lon: -2.0 } };
    let places = ["A", "B, or \"C\""].map(place);
    let mut table = Table::new(2);
    table.set(0, 1, Some(Drive::new(1234, 56)));
    for write in [write_csv, write_json] {
        let mut text = Vec::new();
        write(&mut text, &places, &table).unwrap();
        let drives = parse_drives(std::str::from_utf8(&text).unwrap(), "t").unwrap();
        assert_eq!(drives.names, ["A", "B, or \"C\""]);
        assert_eq!(drives.table, table);
    }
}

#[test]
fn every_fault_of_a_table_is_named_at_once() {
    let csv = "from,to,distance_m,duration_s\nA,B,-1,5\nA,,1,1\nB,A,7,\nB,C,1,1\nB,C,1,1\n";
    let expected = [
        "t.csv:2: distance_m = `-1`: must be a whole number from 0, or both numbers empty where there is no way",
        "t.csv:3: to: must name a place",
        "t.csv:4: distance_m, duration_s: must both be given, or both be empty where there is no way",
        "t.csv:6: from, to = `B, C`: stands twice",
    ];
    assert_eq!(faults(parse_drives(csv, "t.csv")), expected);
    let json = r#"{"places":[{"id":"A"},{"id":"A"}],"distances_m":[[0,1],[-2,0]],"durations_s":[[0,1]]}"#;
    let expected = [
        "t.json: /places/1: id = `A`: stands twice",
        "t.json: /distances_m/1/0 = `-2`: must be a whole number from 0, or null where there is no way",
        "t.json: /durations_s: rows = `1`: must be 2, one a place",
    ];
    let mut found = faults(parse_drives(json, "t.json"));
    found.sort();
    let mut expected = expected.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(found, expected);
    let json = r#"{"places":[{"id":"A"},{"id":"B"}],"distances_m":[[0,1],[null,0]],"durations_s":[[0,1],[4,0]]}"#;
    let half = "t.json: /distances_m/1/0: must be null where /durations_s is, and only there";
    assert_eq!(faults(parse_drives(json, "t.json")), [half]);
}
