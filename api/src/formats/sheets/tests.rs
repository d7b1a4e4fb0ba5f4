//! One small day in every format.

use super::*;

fn day() -> Day {
    let depot = |kind, arrival: &str| Visit {
        kind,
        trip: 1,
        name: "dock <1>".to_owned(),
        at: Some([1.5, 2.0]),
        arrival: arrival.to_owned(),
        load: "3".to_owned(),
        ..Visit::default()
    };
    let stop = Visit {
        kind: Kind::Stop,
        trip: 1,
        number: 1,
        name: "10001".to_owned(),
        task: "deliver, \"s1\"".to_owned(),
        arrival: "10:20".to_owned(),
        window: "10:00-12:00".to_owned(),
        wait: "0".to_owned(),
        service: "4".to_owned(),
        load: "2".to_owned(),
        is_driven: true,
        at: Some([3.0, 4.25]),
    };
    let visits = vec![depot(Kind::Departs, "10:00"), stop, depot(Kind::Returns, "10:44")];
    Day {
        title: "Vans & more".to_owned(),
        units: Units {
            moment: "UTC".to_owned(),
            span: "min".to_owned(),
            load: "parcels".to_owned(),
            distance: "m".to_owned(),
        },
        ground: Ground::Plane,
        sheets: vec![Sheet { vehicle: "7".to_owned(), distance: "1200".to_owned(), visits }],
    }
}

#[test]
fn a_table_row_a_visit() {
    let text = csv(&day()).unwrap();
    let row = "7,1,1,stop,10001,\"deliver, \"\"s1\"\"\",3,4.25,plane,10:20,10:00-12:00,0,4,2,UTC,min,parcels,yes";
    assert_eq!(text.lines().nth(2), Some(row));
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn a_map_says_what_its_coordinates_are() {
    let map = geojson(&day());
    assert_eq!(map["coordinates"], "x and y of a plane in the file's units, not longitude and latitude");
    assert_eq!(map["features"][0]["geometry"]["coordinates"][1][1], 4.25);
    assert_eq!(map["features"][2]["properties"]["stop"], 1);
    assert_eq!(map["features"][2]["properties"]["driven"], true);
    assert!(map["features"][1]["properties"]["stop"].is_null());
}

#[test]
fn a_sheet_is_text_with_units() {
    let page = html(&day());
    for part in [
        "Vehicle 7",
        "Vans &amp; more: 1 stops in 1 trip(s), 1200 m",
        "Arrival (UTC)",
        "Service (min)",
        "dock &lt;1&gt;",
        "<td class=\"done\">yes</td>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}
