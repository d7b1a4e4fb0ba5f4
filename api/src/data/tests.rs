//! Tests of the loader: the shipped networks are whole, broken copies report every planted fault.

use std::path::{Path, PathBuf};

use engine::calendar::civil::{date, time};
use engine::model::{HubIx, RegionIx, ReturnsTo};
use engine::network::Network;
use engine::units::Cents;

use super::{load, load_orders};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name)
}

/// A copy of the tiny network that may be spoilt.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        for entry in std::fs::read_dir(shipped("tiny")).unwrap().flatten() {
            std::fs::copy(entry.path(), copy.0.path().join(entry.file_name())).unwrap();
        }
        copy
    }

    fn spoil(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.0.path().join(file)).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        self.write(file, text.replacen(from, to, 1).as_bytes());
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(file), bytes).unwrap();
    }

    /// Every fault of network and stock as `place: field = value`.
    fn faults(&self) -> Vec<String> {
        let faults = load(self.0.path()).map(|_| ()).unwrap_err();
        faults.iter().map(|fault| format!("{}: {} = {}", fault.at, fault.field, fault.value)).collect()
    }
}

#[test]
fn the_demo_network_is_whole() {
    let loaded =
        load(&shipped("demo")).unwrap_or_else(|faults| panic!("{} faults, first: {}", faults.len(), faults[0]));
    let world = &loaded.world;
    assert_eq!(
        (world.warehouses.len(), world.services.len(), world.skus.len(), world.merchants.len()),
        (14, 9, 3000, 3)
    );
    assert_eq!(loaded.stock.len(), 22_650);
    let orders = load_orders(&shipped("demo"), world).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let event_day = orders.iter().filter(|order| order.local_date == date(2025, 11, 11)).count();
    assert_eq!((orders.len(), event_day), (22_736, 5_395));
    assert!(orders.is_sorted_by_key(|order| order.arrival.at));
}

#[test]
fn overnight_flies_from_every_hub_to_every_hub() {
    let network = Network::new(load(&shipped("demo")).unwrap().world);
    let world = &network.world;
    let service = world.service("plains-next").unwrap();
    let hubs: Vec<HubIx> = world
        .hubs
        .enumerate()
        .filter(|(_, hub)| hub.carrier == world.services[service].carrier)
        .map(|(ix, _)| ix)
        .collect();
    for &from in &hubs {
        // The late collection of 20:30, half an hour's drive away.
        let handed_over = world.hubs[from].calendar.instant(date(2025, 11, 11), time(21, 0, 0, 0));
        for &to in hubs.iter().filter(|&&to| to != from) {
            let sorted = network.line_haul.sorted_at(from, to, handed_over, true).unwrap();
            let van = world.hubs[to].calendar.instant(date(2025, 11, 12), world.hubs[to].out_for_delivery);
            assert!(sorted <= van, "{} to {}: sorted {sorted}, van {van}", world.hubs[from].id, world.hubs[to].id);
        }
    }
}

#[test]
fn the_tiny_network_is_whole() {
    let loaded =
        load(&shipped("tiny")).unwrap_or_else(|faults| panic!("{} faults, first: {}", faults.len(), faults[0]));
    let world = &loaded.world;
    let counts = (world.warehouses.len(), world.services.len(), world.skus.len(), world.postals.len());
    assert_eq!(counts, (3, 3, 12, 40));
    assert_eq!(load_orders(&shipped("tiny"), world).map(|orders| orders.len()), Ok(24));
}

#[test]
fn every_fault_of_every_file_is_reported_at_once_and_nothing_else() {
    let copy = Copy::new();
    copy.spoil("waves.csv", "NORTH,04:00,240,40", "NORTH,25:00,240,-40"); // two faults in one row
    copy.spoil("pickups.csv", "EAST,prairie-ground", "EAST,prairie-nowhere");
    copy.spoil("cartons.csv", "BAG", "B AG");
    copy.spoil("surcharges.csv", "residential,500", "residentially,500");
    copy.spoil("warehouses.csv", ",12,40,4,", ",0,40,4,"); // a rule of the world
    copy.spoil("services.csv", "parcel,ground-1", "pigeon,ground-1");
    copy.spoil("skus.csv", "350,250,60,700", "350,abc,60,99999999999999999999");
    copy.spoil("stock.csv", "fernshop,JEANS,EAST", "fernshop,JEENS,EAST");
    copy.spoil("lanes.csv", "prairie-N,prairie-E", "prairie-N,prairie-X");
    copy.spoil("zones.csv", "112654,1", "112654,13");
    copy.spoil("hubs.csv", "10104,30", "10104");
    std::fs::remove_file(copy.0.path().join("holidays.csv")).unwrap();
    let mut faults = copy.faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            "cartons.csv:2: carton = B AG",
            "holidays.csv:  = ",
            "hubs.csv:2:  = 4 cells",
            "lanes.csv:2: to = prairie-X",
            "pickups.csv:5: service = prairie-nowhere",
            "services.csv:2: kind = pigeon",
            "skus.csv:3: weight_g = 99999999999999999999",
            "skus.csv:3: width_mm = abc",
            "stock.csv:4: sku = JEENS",
            "surcharges.csv:2: conditions = residentially",
            "warehouses.csv:2: handling = 2",
            "waves.csv:2: cut_off = 25:00",
            "waves.csv:2: work_capacity = -40",
            "zones.csv:2: column = 13",
        ]
    );
}

const ALLOTMENTS: &str = "allotment,carrier,service,warehouses,regions,states,first_day,last_day,parcels\n";

#[test]
fn allotments_may_be_left_out_or_stand_for_a_service_or_a_carrier() {
    let copy = Copy::new();
    copy.write("allotments.csv", format!("{ALLOTMENTS}day,prairie,,,,,,,0\n").as_bytes());
    // The carrier's two services, not the vans of another.
    let world = load(copy.0.path()).unwrap().world;
    let allotment = world.allotments.iter().next().unwrap();
    assert_eq!((allotment.services.len(), allotment.warehouses.len(), allotment.regions.len()), (2, 0, 0));
    let state = world.postals.iter().find(|postal| postal.code == "10201").unwrap().state.clone();
    let lanes =
        format!("lane,,prairie-ground,NORTH SOUTH,101,{state},2025-11-10,2025-11-14,30\nair,,prairie-next,,,,,,5\n");
    copy.write("allotments.csv", format!("{ALLOTMENTS}{lanes}").as_bytes());
    let world = load(copy.0.path()).unwrap().world;
    let lane = world.allotments.iter().next().unwrap();
    assert_eq!((lane.services.len(), lane.warehouses.len()), (1, 2));
    assert!(lane.regions.len() >= 2, "a region and those of a state add up");
}

#[test]
fn every_fault_of_allotments_is_told_at_once() {
    let copy = Copy::new();
    let rows = "lane,,prairie-ground,NORTH,101,,2025-11-10,2025-11-09,30\n\
                lane,prairie,,,,,,,30\n\
                both,prairie,prairie-next,,,,,,30\n\
                none,,,,,,,,30\n\
                vans,,north-halfday,,,,,,30\n\
                odd id,,prairie-next,NOWHERE,999,XX,soon,,-3\n";
    copy.write("allotments.csv", format!("{ALLOTMENTS}{rows}").as_bytes());
    let mut faults = copy.faults();
    faults.sort();
    let expected = [
        "allotments.csv:2: last_day = 2025-11-09",
        "allotments.csv:3: allotment = lane",
        "allotments.csv:4: carrier, service = prairie",
        "allotments.csv:5: carrier, service = ",
        "allotments.csv:6: service = north-halfday",
        "allotments.csv:7: allotment = odd id",
        "allotments.csv:7: first_day = soon",
        "allotments.csv:7: parcels = -3",
        "allotments.csv:7: regions = 999",
        "allotments.csv:7: states = XX",
        "allotments.csv:7: warehouses = NOWHERE",
    ];
    for expected in expected {
        assert!(faults.iter().any(|fault| fault == expected), "no `{expected}` in {faults:#?}");
    }
}

#[test]
fn a_third_allotment_of_a_parcel_is_a_fault_and_days_apart_are_none() {
    let copy = Copy::new();
    let rows = "total,prairie,,,,,,,90\n\
                ground,,prairie-ground,,,,,2025-11-12,60\n\
                later,,prairie-ground,,,,2025-11-13,,60\n";
    copy.write("allotments.csv", format!("{ALLOTMENTS}{rows}").as_bytes());
    assert!(load(copy.0.path()).is_ok());
    let lane = "lane,,prairie-ground,EAST,102,,2025-11-12,2025-11-12,9\n";
    copy.write("allotments.csv", format!("{ALLOTMENTS}{rows}{lane}").as_bytes());
    let faults = load(copy.0.path()).map(|_| ()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert_eq!((faults[0].at.as_str(), faults[0].value.as_str()), ("allotments.csv:5", "lane"));
    assert!(faults[0].rule.contains("prairie-ground from EAST to region 102 on 2025-11-12"), "{}", faults[0].rule);
}

#[test]
fn guarantees_are_read_where_there_are_any_and_checked_all_at_once() {
    let copy = Copy::new();
    let header = "merchant,warehouse,service,work_bp,pickup_bp,release_min\n";
    copy.write(
        "guarantees.csv",
        format!("{header}fernshop,,,3000,2000,60\nfernshop,EAST,prairie-next,,10000,0\n").as_bytes(),
    );
    let world = load(copy.0.path()).unwrap_or_else(|faults| panic!("{}", faults[0])).world;
    let (north, east) = (world.warehouse("NORTH").unwrap(), world.warehouse("EAST").unwrap());
    let next = world.service("prairie-next").unwrap();
    assert_eq!(world.work_shares(north)[0].of(40), 12);
    assert_eq!(world.pickup_shares(north, next)[0].of(6), 1);
    assert_eq!(world.pickup_shares(east, next)[0].of(3), 3);

    let rows = "fernshop,,,6000,6000,120\nboltshop,,,5000,4000,120\nnobody,EAST,,1,,1\nfernshop,,,1,,1\nboltshop,SOUTH,,20000,,1\n\
        boltshop,,prairie-next,10,,1\nboltshop,WEST,,,,99999\nfernshop,EAST,prairie-next,,9000,1\nboltshop,EAST,prairie-next,,2000,1\nboltshop,NORTH,prairie-next,,x,1\n";
    copy.write("guarantees.csv", format!("{header}{rows}").as_bytes());
    let mut faults = copy.faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            "guarantees.csv:10: pickup_bp = 11000",
            "guarantees.csv:11: pickup_bp = x",
            "guarantees.csv:3: work_bp = 11000",
            "guarantees.csv:4: merchant = nobody",
            "guarantees.csv:5: merchant = 0",
            "guarantees.csv:6: work_bp = 20000",
            "guarantees.csv:6: work_bp = 26000",
            "guarantees.csv:7: work_bp = 10",
            "guarantees.csv:8: release_min = 99999",
            "guarantees.csv:8: warehouse = WEST",
            "guarantees.csv:8: work_bp, pickup_bp = ",
        ]
    );
}

#[test]
fn a_missing_or_misspelt_file_does_not_bury_its_fault() {
    for entry in std::fs::read_dir(shipped("tiny")).unwrap().flatten() {
        let file = entry.file_name().into_string().unwrap();
        if file == "README.md" || file.starts_with("order") {
            continue;
        }
        let copy = Copy::new();
        std::fs::remove_file(entry_in(&copy, &file)).unwrap();
        assert_eq!(copy.faults(), [format!("{file}:  = ")], "{file} missing");
        let copy = Copy::new();
        let header = std::fs::read_to_string(entry.path()).unwrap().lines().next().unwrap().to_owned();
        let first = header.split(',').next().unwrap().to_owned();
        copy.spoil(&file, &first, "colour");
        assert_eq!(copy.faults(), [format!("{file}:1: {first} = "), format!("{file}:1: header = colour")]);
    }
}

fn entry_in(copy: &Copy, file: &str) -> PathBuf {
    copy.0.path().join(file)
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let copy = Copy::new();
    // A byte order mark, Windows line ends, a blank line and a quoted line break before the bad row.
    copy.write(
        "holidays.csv",
        b"\xef\xbb\xbfdate,name\r\n2025-11-27,\"Thanks\r\ngiving\"\r\n\r\n2025-13-25,Christmas\r\n",
    );
    assert_eq!(copy.faults(), ["holidays.csv:5: date = 2025-13-25"]);
}

#[test]
fn files_of_garbage_are_faults_never_panics() {
    let mut files: Vec<_> = std::fs::read_dir(shipped("tiny")).unwrap().flatten().map(|e| e.file_name()).collect();
    files.retain(|name| {
        name != "README.md" && name != "order_lines.csv" && name != "orders.csv" && name != "coverage.csv"
    });
    for file in files {
        let file = file.to_str().unwrap();
        let whole = std::fs::read(entry_in(&Copy::new(), file)).unwrap();
        let copy = Copy::new();
        let attempt = |bytes: &[u8]| {
            copy.write(file, bytes);
            // Whatever comes out, it comes out: a panic fails the test.
            let _ = load(copy.0.path());
        };
        for bytes in [&b""[..], b"\xff\xfe\x00", b"\"", &whole[..whole.len() / 2], &whole[..whole.len() - 3]] {
            attempt(bytes);
        }
        let text = String::from_utf8(whole.clone()).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let (first, rest) = rows.split_once('\n').unwrap();
        for n in 0..first.split(',').count() {
            for odd in ["-1", "9223372036854775807", "4294967295", "NaN", ""] {
                let mut cells: Vec<&str> = first.split(',').collect();
                cells[n] = odd;
                attempt(format!("{header}\n{}\n{rest}", cells.join(",")).as_bytes());
            }
        }
    }
}

#[test]
fn orders_have_located_faults_too() {
    let copy = Copy::new();
    let world = load(copy.0.path()).unwrap().world;
    copy.spoil(
        "orders.csv",
        "T003,2025-11-10T09:26:00Z,2025-11-10,fernshop,10205",
        "T002,yesterday,2025-11-40,fernshop,99999",
    );
    copy.spoil("orders.csv", "fernshop,10101,0,standard", "boltshop,10101,2,slow");
    copy.spoil("order_lines.csv", "T006,", "T999,");
    let faults = load_orders(copy.0.path(), &world).unwrap_err();
    let faults: Vec<String> = faults.iter().map(|f| format!("{}: {} = {}", f.at, f.field, f.value)).collect();
    for expected in [
        "orders.csv:2: residential = 2",
        "orders.csv:2: level = slow",
        "orders.csv:4: placed_at = yesterday",
        "orders.csv:4: local_date = 2025-11-40",
        "orders.csv:4: postal_code = 99999",
        "orders.csv:4: order = T002",
        "orders.csv:7: order = T006",
    ] {
        assert!(faults.iter().any(|fault| fault == expected), "no `{expected}` in {faults:#?}");
    }
    assert!(faults.iter().any(|fault| fault.ends_with("order = T999")), "{faults:#?}");
    assert!(faults.iter().any(|fault| fault.starts_with("order_lines.csv:2: sku")), "{faults:#?}");
}

#[test]
fn a_merchant_says_where_its_goods_go_back() {
    let copy = Copy::new();
    let policies =
        |copy: &Copy| load(copy.0.path()).unwrap().world.merchants.iter().map(|m| m.returns_to).collect::<Vec<_>>();
    assert_eq!(policies(&copy), [ReturnsTo::Cheapest; 2], "the column may be missing");
    copy.write("merchants.csv", b"merchant,name,return_days,returns_to\nfernshop,F,7,source\nboltshop,B,7,\n");
    assert_eq!(policies(&copy), [ReturnsTo::Source, ReturnsTo::Cheapest]);
    copy.write("merchants.csv", b"merchant,name,return_days,returns_to\nfernshop,F,7,source\nboltshop,B,7,home\n");
    assert_eq!(copy.faults(), ["merchants.csv:3: returns_to = home"]);
}

#[test]
fn surcharges_on_volume_are_optional_and_their_faults_come_all_at_once() {
    let copy = Copy::new();
    assert!(load(copy.0.path()).unwrap().world.volume_tiers.is_empty());
    let write = |rows: &str| {
        let text = format!("carrier,service,first_day,last_day,from_parcels,surcharge_cents\n{rows}");
        copy.write("volume_tiers.csv", text.as_bytes());
    };
    write("prairie,,2025-11-10,2025-11-12,20,40\nprairie,,2025-11-10,2025-11-12,30,90\n");
    let world = load(copy.0.path()).unwrap().world;
    assert_eq!(world.volume_tiers.len(), 1);
    assert_eq!(world.volume_tiers[0].bill(31).get(), 10 * 40 + 90);
    write(
        "prairie,,2025-11-10,2025-11-12,20,40\nprairie,,2025-11-10,2025-11-12,20,90\n\
         prairie,prairie-ground,2025-11-12,2025-11-14,5,40\nprairie,prairie-ground,2025-11-12,2025-11-14,9,40\n\
         nobody,,2025-11-10,2025-11-12,1,1\nown-vans,prairie-next,2025-12-12,2025-12-10,1,1\n\
         prairie,,2026-11-10,2026-11-12,-5,soon\n",
    );
    let faults = copy.faults();
    let fields: Vec<&str> = faults.iter().filter_map(|fault| fault.split(" = ").next()).collect();
    let expected = [
        "volume_tiers.csv:6: carrier",
        "volume_tiers.csv:8: from_parcels",
        "volume_tiers.csv:8: surcharge_cents",
        "volume_tiers.csv:3: from_parcels",
        "volume_tiers.csv:4: first_day, last_day",
        "volume_tiers.csv:5: surcharge_cents",
        "volume_tiers.csv:7: service",
        "volume_tiers.csv:7: last_day",
    ];
    for fault in expected {
        assert!(fields.contains(&fault), "no `{fault}` in {faults:#?}");
    }
}

#[test]
fn cards_with_versions_contracts_currencies_and_charts_are_read() {
    let copy = Copy::new();
    copy.write(
        "tariffs.csv",
        b"tariff,valid_from,dim_mm3_per_kg,dim_above_mm3,minimum_cents,fuel_bp,card,currency,side_step_um,side_rounding,weight_step_ug,least_billable,base_sets,rounding,round_to_cents\n\
          ground-1,2025-01-01,5000000,,700,1000,,,,,,,,,\n\
          ground-2,2026-01-01,5000000,,700,1000,ground-1,CAD,25400,nearest,453592370,\"500, 4000 if girth_mm>2000\",fuel insured,half_even,5\n\
          own-1,2025-01-01,,,0,0,own,,,,,,,,\n\
          next-1,2025-01-01,5000000,,2000,1500,,,,,,,,,\nvan-1,2025-01-01,,,0,0,,,,,,,,,\n",
    );
    let head = "tariff,row,weight_g,column_1_cents,column_2_cents,column_3_cents,column_4_cents,column_5_cents,column_6_cents,column_7_cents";
    let row = |tariff: &str, kind: &str, g: i64, cents: i64| {
        let cells = (0..7).map(|n| (cents + 10 * n).to_string()).collect::<Vec<_>>().join(",");
        format!("{tariff},{kind},{g},{cells}\n")
    };
    let rows = [
        row("ground-1", "up_to", 30_000, 650),
        row("ground-2", "up_to", 500, 600),
        row("ground-2", "further", 500, 90),
        row("own-1", "minimum", 0, 400),
        row("own-1", "kilogram_from", 0, 120),
        row("own-1", "kilogram_from", 10_000, 100),
        row("next-1", "up_to", 30_000, 2_000),
        row("van-1", "piece", 0, 500),
        row("van-1", "piece", 5_000, 900),
    ];
    copy.write("rates.csv", format!("{head}\n{}", rows.concat()).as_bytes());
    copy.write(
        "surcharges.csv",
        b"tariff,rule,label,conditions,amount_cents,group,fuelled,class,least_cents,most_cents,priority,sets\n\
          ground-2,cover,Insurance,insured | value_cents>50000,105 per 10000 cents above 10000,,0,insurance,,900,,insured\n\
          ground-2,vat,Tax,,8.875% of all,,0,tax,10,,,\n\
          ground-2,big,Big,longest_mm>1000; !(hazmat | postal=101..103),longest_mm 1200:400 2000:800,size,0,,,,2,\n",
    );
    copy.write("contracts.csv", b"merchant,service,card\nboltshop,prairie-ground,own\n");
    copy.write("exchange_rates.csv", b"currency,valid_from,rate\nCAD,2025-06-01,0.7312\n");
    copy.write(
        "volume_ratios.csv",
        b"carrier,service,first_day,last_day,percent\nprairie,,2026-11-01,2026-12-31,140\n",
    );
    copy.write(
        "zone_pairs.csv",
        b"chart,origin,destination,zone\nprairie,101..103,101..103,2\nprairie,101,104,5\nprairie,999,101,7\n",
    );
    let (from, to) =
        ("delivers_until,daily_capacity,on_time_bp", "delivers_until,daily_capacity,on_time_bp,zone_chart,zones");
    copy.spoil("services.csv", from, to);
    copy.spoil("services.csv", "20:00,60,9700", "20:00,60,9700,prairie,2 3 4 5 6 7 8");
    copy.spoil("services.csv", "12:00,10,9900", "12:00,10,9900,,");
    copy.spoil("services.csv", "21:00,60,9950", "21:00,60,9950,,");
    let world = load(copy.0.path()).unwrap_or_else(|faults| panic!("{faults:#?}")).world;
    let ground = world.service("prairie-ground").unwrap();
    let card = &world.cards[world.services[ground].card];
    assert_eq!((card.id.as_str(), card.versions.len()), ("ground-1", 2));
    let second = &world.tariffs[card.versions[1]];
    assert_eq!(second.base_sets, ["fuel", "insured"]);
    // Fuel stands before the first tax.
    let rules: Vec<&str> = second.surcharges.iter().map(|rule| rule.rule.as_str()).collect();
    assert_eq!(rules, ["cover", "fuel", "vat", "big"]);
    assert_eq!(world.contracts.len(), 1);
    let zones: Vec<_> =
        ["101", "102", "104"].map(|code| world.regions.iter().position(|r| r.code == code).unwrap()).to_vec();
    let chart = &world.pair_charts[world.services[ground].zones.as_ref().unwrap().chart];
    let zone = |from: usize, to: usize| chart.zone(RegionIx(zones[from] as u32), RegionIx(zones[to] as u32));
    assert_eq!([zone(0, 1), zone(0, 2), zone(2, 0)], [Some(2), Some(5), None]);
    // Faults of all of it at once.
    copy.write("contracts.csv", b"merchant,service,card\nnobody,prairie-ground,none\n");
    copy.write("exchange_rates.csv", b"currency,valid_from,rate\nCAD,2025-06-01,0\n");
    copy.write("zone_pairs.csv", b"chart,origin,destination,zone\nprairie,101,102,2\nprairie,101..102,102,255\n");
    copy.spoil("surcharges.csv", "8.875% of all", "8.875 of all");
    let short =
        "next-1,up_to,40000,1,2,,4,,,\nown-1,kilogram_from,20000,1,2,,,,,\nground-2,further,700,1,2,3,4,5,6,7\n";
    copy.write("rates.csv", format!("{head}\n{}{short}", rows.concat()).as_bytes());
    let faults = copy.faults();
    for fault in [
        "contracts.csv:2: merchant = nobody",
        "contracts.csv:2: card = none",
        "exchange_rates.csv:2: rate = 0",
        "zone_pairs.csv:3: zone = 255",
        "surcharges.csv:3: amount_cents = 8.875 of all",
        "rates.csv:11: row = up_to",
        "rates.csv:12: row = kilogram_from",
        "rates.csv:13: row = further",
    ] {
        assert!(faults.iter().any(|told| told == fault), "no `{fault}` in {faults:#?}");
    }
}

#[test]
fn prices_of_shops_are_optional_and_their_faults_come_all_at_once() {
    let copy = Copy::new();
    assert!(load(copy.0.path()).unwrap().world.shop_prices.is_empty());
    let head = "rule,merchant,channel,level,markup_percent,markup_cents,least_cents,round_to_cents,free_from_cents,first_day,last_day";
    let write = |rows: &str| copy.write("shop_prices.csv", format!("{head}\n{rows}").as_bytes());
    write("sale,fernshop,web,standard,,,,,5000,2025-11-11,2025-11-11\nusual,fernshop,,,12.5,30,499,50,,,\n");
    let world = load(copy.0.path()).unwrap_or_else(|faults| panic!("{faults:#?}")).world;
    assert_eq!(world.shop_prices.len(), 2);
    assert_eq!(world.shop_prices[1].price(Cents::new(1_049), Cents::ZERO).0, Cents::new(1_250));
    assert_eq!(world.shop_prices[0].free_from, Some(Cents::new(5_000)));
    write("a,nobody,,quick,x,,,0,,2025-11-12,2025-11-11\nb,fernshop,,,1.23456,,,,,,\n");
    let faults = copy.faults();
    let expected = [
        "2: merchant = nobody",
        "2: level = quick",
        "2: markup_percent = x",
        "3: markup_percent = 1.23456",
        "2: last_day = 2025-11-11",
    ];
    for fault in expected {
        assert!(faults.iter().any(|told| *told == format!("shop_prices.csv:{fault}")), "no `{fault}` in {faults:#?}");
    }
}

const RULES: &str =
    "rule,merchant,channel,kind,limit,scope,warehouses,skus,categories,price_cents,first_day,last_day\n";

#[test]
fn sourcing_rules_are_read_and_may_be_missing() {
    let copy = Copy::new();
    assert!(load(copy.0.path()).unwrap().world.rules.is_empty());
    let rows = "near,,,max_distance,800,,,,,150,,\n\
                boots,fernshop,web,no_split,,goods,,BOOTS COAT,,,,\n\
                three,,,max_splits,3,,,,,,2025-11-01,2025-11-10\n\
                three,,,max_splits,2,,,,,,2025-11-11,\n\
                tools,boltshop,,blocked,,,NORTH,,tools,,,\n";
    copy.write("sourcing_rules.csv", format!("{RULES}{rows}").as_bytes());
    let world = load(copy.0.path()).unwrap_or_else(|faults| panic!("{}", faults[0])).world;
    let told: Vec<String> = world.rules.iter().map(|rule| format!("{} {:?}", rule.id, rule.kind)).collect();
    assert_eq!(
        told,
        [
            "near MaxDistance { within: Metres(800000) }",
            "boots NoSplit { whole: false }",
            "three MaxSplits { shipments: 3 }",
            "three MaxSplits { shipments: 2 }",
            "tools Blocked",
        ]
    );
    assert_eq!((world.rules.as_slice()[1].skus.len(), world.rules.as_slice()[4].categories.len()), (2, 1));
}

#[test]
fn every_fault_of_sourcing_rules_is_reported_at_once() {
    let copy = Copy::new();
    let rows = "ok,,,max_splits,3,,,,,,,\n\
                no good,,,max_splits,3,,,,,,,\n\
                a,nobody,w b,blocked,,,NOWHERE,,,,,\n\
                b,,,max_splits,,,,,,,,\n\
                c,,,kit,2,goods,,,,,,\n\
                d,fernshop,,kit,,,,BOOTS,,,,\n\
                e,,,no_split,,order,,BOOTS,,,,\n\
                f,,,preferred,,,NORTH,,,,,\n\
                g,,,preferred,,,,,,99999,,\n\
                h,fernshop,web,offline,,,EAST,,,,,\n\
                i,,,max_splits,0,,,,,,2025-11-09,2025-11-01\n\
                j,,,blocked,,,EAST EAST,,shoes,,yesterday,\n\
                k,,,max_splits,2,,,,,,,2025-11-10\n\
                k,,,max_splits,2,,,,,,2025-11-10,\n\
                l,,web,min_stock_left,2,,,,,,,\n\
                m,,,teleport,2,,,,,,,\n";
    copy.write("sourcing_rules.csv", format!("{RULES}{rows}").as_bytes());
    let mut faults = copy.faults();
    faults.sort();
    let expected = [
        "sourcing_rules.csv:10: price_cents = 99999",
        "sourcing_rules.csv:10: warehouses = 0 warehouses",
        "sourcing_rules.csv:11: channel = web",
        "sourcing_rules.csv:11: merchant = fernshop",
        "sourcing_rules.csv:12: last_day = 2025-11-01",
        "sourcing_rules.csv:12: limit = 0",
        "sourcing_rules.csv:13: categories = shoes",
        "sourcing_rules.csv:13: first_day = yesterday",
        "sourcing_rules.csv:13: warehouses = ",
        "sourcing_rules.csv:15: first_day = 2025-11-10",
        "sourcing_rules.csv:16: channel = web",
        "sourcing_rules.csv:17: kind = teleport",
        "sourcing_rules.csv:3: rule = no good",
        "sourcing_rules.csv:4: channel = w b",
        "sourcing_rules.csv:4: merchant = nobody",
        "sourcing_rules.csv:4: warehouses = NOWHERE",
        "sourcing_rules.csv:5: limit = ",
        "sourcing_rules.csv:6: limit = 2",
        "sourcing_rules.csv:6: scope = goods",
        "sourcing_rules.csv:6: skus, categories = 0 articles, 0 categories",
        "sourcing_rules.csv:7: skus, categories = 1 articles, 0 categories",
        "sourcing_rules.csv:8: skus = BOOTS",
        "sourcing_rules.csv:9: price_cents = ",
    ];
    assert_eq!(faults, expected);
}
