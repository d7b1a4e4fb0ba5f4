//! The smallest whole world: for tests, examples and docs, of this crate and of others.
//!
//! Three warehouses on three clocks, three carriers with five services (ground, overnight by air, post, freight, own vans),
//! hubs and a timetable, twelve postal areas in six regions, one of them (Phoenix) without daylight saving time, six SKUs
//! of two merchants, four cartons. The numbers are round so that a test can be worked by hand, and they are invented.
//!
//! | warehouse | clock | works | waves (cut-off, lead) | collections |
//! |---|---|---|---|---|
//! | `NYC` Newark | New York | Mon-Sat | 11:00, 16:00 (3 h) | ground 15:00 and 20:00, air 20:30, post 17:00, freight 16:30; vans |
//! | `CHI` Chicago | Chicago | Mon-Fri | 11:00, 16:00 (3 h) | ground 15:00 and 20:00, air 20:30, post 17:00 |
//! | `LAX` Los Angeles | Los Angeles | daily | 11:00 (3 h) | ground 20:00, air 20:30, post 17:00 |
//!
//! Price columns by distance from the warehouse's region: below 300 km 0, below 2,000 km 1, beyond 2.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::civil::{Date, Time, date, time};
use crate::calendar::{Calendar, Holidays, Weekdays};
use crate::index::IndexVec;
use crate::units::{Cents, CubicMillimetres, Grams, Metres, Millimetres, Seconds, Size};

use super::*;

/// Thanksgiving and Christmas 2025, New Year 2026.
pub const HOLIDAYS: [Date; 3] = [date(2025, 11, 27), date(2025, 12, 25), date(2026, 1, 1)];

/// The world described at the top of this module.
pub fn tiny_world() -> World {
    World::new(tiny_parts()).expect("the tiny world keeps every rule")
}

/// The parts of [`tiny_world`], for tests that change one of them.
pub fn tiny_parts() -> Parts {
    let holidays: Holidays = Arc::new(HOLIDAYS.into_iter().collect());
    Parts {
        name: "tiny".to_owned(),
        merchants: merchants(),
        categories: categories(),
        skus: skus(),
        cartons: cartons(),
        regions: regions(),
        postals: postals(),
        areas: BTreeMap::from([
            ("delivery_area".to_owned(), vec![PostalIx(7), PostalIx(9)]),
            ("extended_area".to_owned(), vec![PostalIx(9)]),
        ]),
        zone_chart: Some(ZoneChart {
            offset: Metres::ZERO,
            limits: vec![Metres::new(300_000), Metres::new(2_000_000)],
            columns: vec![0, 1, 2],
        }),
        warehouses: warehouses(&holidays),
        carriers: carriers(),
        tariffs: tariffs(),
        services: services(),
        pickups: pickups(),
        hubs: hubs(),
        lanes: lanes(),
        fleets: fleets(),
        holidays,
        origins: Origins::default(),
    }
}

fn merchants() -> IndexVec<MerchantIx, Merchant> {
    let merchant =
        |id: &str, name: &str, return_days| Merchant { id: known(id.parse()), name: name.to_owned(), return_days };
    IndexVec::from(vec![merchant("acme", "Acme Outdoor", 7), merchant("bolt", "Bolt Electronics", 14)])
}

fn categories() -> IndexVec<CategoryIx, Category> {
    let category =
        |name: &str, return_rate_bp, restock_bp| Category { name: name.to_owned(), return_rate_bp, restock_bp };
    IndexVec::from(vec![category("household", 500, 9_000), category("electronics", 800, 7_000)])
}

fn skus() -> IndexVec<SkuIx, Sku> {
    let sku = |id: &str, merchant, category, size, weight, price| Sku {
        id: known(id.parse()),
        merchant: MerchantIx(merchant),
        category: CategoryIx(category),
        size,
        weight: Grams::new(weight),
        price: Cents::new(price),
        fragile: false,
        hazmat: false,
        ships_alone: false,
    };
    IndexVec::from(vec![
        sku("mug", 0, 0, Size::new(100, 100, 120), 400, 1_200),
        Sku { fragile: true, ..sku("vase", 0, 0, Size::new(150, 150, 300), 1_500, 4_900) },
        Sku { ships_alone: true, ..sku("tent", 0, 0, Size::new(1_250, 250, 250), 9_000, 19_900) },
        sku("cable", 1, 1, Size::new(120, 80, 20), 90, 900),
        Sku { hazmat: true, ..sku("battery", 1, 1, Size::new(150, 70, 20), 350, 3_500) },
        sku("speaker", 1, 1, Size::new(220, 180, 180), 2_600, 12_900),
    ])
}

fn cartons() -> IndexVec<CartonIx, CartonType> {
    let carton = |id: &str, inner: Size, tare, max_gross, cost| CartonType {
        id: known(id.parse()),
        inner,
        outer: Size::new(inner.length.get() + 6, inner.width.get() + 6, inner.height.get() + 6),
        tare: Grams::new(tare),
        max_gross: Grams::new(max_gross),
        cost: Cents::new(cost),
    };
    IndexVec::from(vec![
        carton("S", Size::new(200, 150, 100), 100, 5_000, 30),
        carton("M", Size::new(300, 250, 200), 200, 12_000, 60),
        carton("L", Size::new(450, 350, 300), 450, 22_000, 110),
        carton("XL", Size::new(600, 450, 400), 900, 30_000, 190),
    ])
}

/// Region by region: code, middle, clock, and two postal areas with city, state and people.
type RegionRow = (&'static str, (f64, f64), &'static str, [(&'static str, &'static str, &'static str, u32); 2]);

const REGIONS: [RegionRow; 6] = [
    (
        "071",
        (40.73, -74.17),
        "America/New_York",
        [("07102", "Newark", "NJ", 14_000), ("07105", "Newark", "NJ", 47_000)],
    ),
    (
        "100",
        (40.75, -73.98),
        "America/New_York",
        [("10001", "New York", "NY", 27_000), ("10025", "New York", "NY", 92_000)],
    ),
    (
        "606",
        (41.88, -87.63),
        "America/Chicago",
        [("60601", "Chicago", "IL", 15_000), ("60614", "Chicago", "IL", 71_000)],
    ),
    ("802", (39.74, -104.98), "America/Denver", [("80202", "Denver", "CO", 17_000), ("80249", "Denver", "CO", 33_000)]),
    (
        "850",
        (33.45, -112.07),
        "America/Phoenix",
        [("85003", "Phoenix", "AZ", 9_000), ("85087", "New River", "AZ", 8_000)],
    ),
    (
        "900",
        (34.05, -118.24),
        "America/Los_Angeles",
        [("90001", "Los Angeles", "CA", 57_000), ("90012", "Los Angeles", "CA", 36_000)],
    ),
];

fn regions() -> IndexVec<RegionIx, Region> {
    REGIONS
        .iter()
        .map(|&(code, (lat, lon), _, _)| Region { code: code.to_owned(), at: Coordinates { lat, lon } })
        .collect()
}

fn postals() -> IndexVec<PostalIx, Postal> {
    let rows = REGIONS
        .iter()
        .enumerate()
        .flat_map(|(region, row)| row.3.iter().enumerate().map(move |(n, p)| (region, row, n, p)));
    rows.map(|(region, row, n, &(code, city, state, population))| Postal {
        code: code.to_owned(),
        // The second area of a region lies some 5 km south of the first.
        at: Coordinates { lat: row.1.0 - 0.05 * n as f64, lon: row.1.1 },
        state: state.to_owned(),
        city: city.to_owned(),
        population,
        region: RegionIx(region as u32),
        zone_name: row.2.to_owned(),
    })
    .collect()
}

fn warehouses(holidays: &Holidays) -> IndexVec<WarehouseIx, Warehouse> {
    let warehouse = |id: &str, region: u32, postal_code: &str, days: &str, cut_offs: &[Time]| Warehouse {
        id: known(id.parse()),
        name: format!("{id} fulfilment"),
        postal_code: postal_code.to_owned(),
        at: Coordinates { lat: REGIONS[region as usize].1.0, lon: REGIONS[region as usize].1.1 },
        region: RegionIx(region),
        calendar: calendar(REGIONS[region as usize].2, days, holidays),
        waves: cut_offs
            .iter()
            .map(|&cut_off| WaveSlot { cut_off, lead: Seconds::hours(3), work_capacity: 500 })
            .collect(),
        handling: Handling {
            per_shipment: Cents::new(200),
            per_unit: Cents::new(50),
            work_per_shipment: 2,
            work_per_unit: 1,
            pickers: 3,
            seconds_per_unit: Seconds::new(12),
            seconds_per_walk: Seconds::new(180),
            cart_shipments: 12,
            cart_units: 40,
        },
        layout: FloorLayout {
            aisles: 6,
            bays: 20,
            aisle_pitch: Millimetres::new(3_500),
            bay_pitch: Millimetres::new(1_200),
            entry: Millimetres::new(1_500),
            walk_mm_per_s: 1_000,
        },
    };
    let (eleven, four) = (time(11, 0, 0, 0), time(16, 0, 0, 0));
    IndexVec::from(vec![
        warehouse("NYC", 0, "07105", "123456", &[eleven, four]),
        warehouse("CHI", 2, "60601", "12345", &[eleven, four]),
        warehouse("LAX", 5, "90001", "1234567", &[eleven]),
    ])
}

fn carriers() -> IndexVec<CarrierIx, Carrier> {
    let carrier = |id: &str, name: &str| Carrier { id: known(id.parse()), name: name.to_owned() };
    IndexVec::from(vec![
        carrier("swift", "Swift Parcel"),
        carrier("mail", "Continental Mail"),
        carrier("vans", "Own vans"),
    ])
}

fn tariffs() -> IndexVec<TariffIx, Tariff> {
    IndexVec::from(vec![ground_tariff(), air_tariff(), post_tariff(), freight_tariff(), van_tariff()])
}

fn tariff(id: &str, fuel_bp: i64, rates: RateTable) -> Tariff {
    Tariff {
        id: id.to_owned(),
        valid_from: date(2025, 1, 1),
        dim_weight: None,
        rates,
        minimum: Cents::ZERO,
        fuel_bp,
        surcharges: Vec::new(),
    }
}

fn steps(limits: &[i64], prices: &[[i64; 3]]) -> RateTable {
    RateTable::Steps {
        limits: limits.iter().map(|&g| Grams::new(g)).collect(),
        prices: prices.iter().flatten().map(|&cents| Cents::new(cents)).collect(),
        columns: 3,
    }
}

/// A surcharge without a group and without fuel.
fn surcharge(rule: &str, label: &str, conditions: Vec<Condition>, amount: i64) -> Surcharge {
    Surcharge {
        rule: rule.to_owned(),
        label: label.to_owned(),
        conditions,
        charged: Charged::Fixed(Cents::new(amount)),
        group: None,
        fuelled: false,
    }
}

fn in_group(group: &str, surcharge: Surcharge) -> Surcharge {
    Surcharge { group: Some(group.to_owned()), fuelled: true, ..surcharge }
}

fn ground_tariff() -> Tariff {
    let longest = Condition::LongestOver(Millimetres::new(1_200));
    let peak = Condition::Dates { first: date(2025, 11, 15), last: date(2025, 12, 31) };
    Tariff {
        dim_weight: Some(DimWeight { mm3_per_kg: 5_000_000, above: CubicMillimetres::ZERO }),
        minimum: Cents::new(800),
        surcharges: vec![
            Surcharge {
                fuelled: true,
                ..surcharge("residential", "Residential delivery", vec![Condition::Residential], 500)
            },
            in_group(
                "area",
                surcharge("delivery_area", "Delivery area", vec![Condition::Area("delivery_area".to_owned())], 400),
            ),
            in_group(
                "area",
                surcharge("extended_area", "Extended area", vec![Condition::Area("extended_area".to_owned())], 700),
            ),
            in_group("size", surcharge("handling.longest", "Additional handling", vec![longest], 2_400)),
            in_group(
                "size",
                surcharge(
                    "handling.weight",
                    "Additional handling",
                    vec![Condition::WeightOver(Grams::new(22_000))],
                    2_400,
                ),
            ),
            in_group(
                "size",
                surcharge("oversize", "Oversize", vec![Condition::GirthOver(Millimetres::new(3_300))], 11_000),
            ),
            surcharge("peak.residential", "Peak, residential", vec![Condition::Residential, peak], 45),
        ],
        ..tariff(
            "ground-2025",
            1_650,
            steps(
                &[1_000, 5_000, 20_000, 68_000],
                &[[700, 900, 1_100], [1_000, 1_300, 1_700], [2_000, 2_600, 3_400], [6_000, 8_000, 10_000]],
            ),
        )
    }
}

fn air_tariff() -> Tariff {
    Tariff {
        dim_weight: Some(DimWeight { mm3_per_kg: 5_000_000, above: CubicMillimetres::ZERO }),
        ..tariff(
            "air-2025",
            2_000,
            steps(&[1_000, 5_000, 20_000], &[[2_500, 3_500, 4_500], [4_000, 6_000, 8_000], [9_000, 14_000, 19_000]]),
        )
    }
}

fn post_tariff() -> Tariff {
    let peak = Condition::Dates { first: date(2025, 10, 5), last: date(2026, 1, 18) };
    let by_weight = [(1_000, 40), (5_000, 75), (30_000, 300)].map(|(g, cents)| (Grams::new(g), Cents::new(cents)));
    Tariff {
        dim_weight: Some(DimWeight { mm3_per_kg: 6_000_000, above: CubicMillimetres::new(28_000_000) }),
        surcharges: vec![Surcharge {
            charged: Charged::ByWeight(by_weight.to_vec()),
            ..surcharge("peak.base", "Peak", vec![peak], 0)
        }],
        ..tariff(
            "post-2025",
            0,
            steps(&[500, 2_000, 30_000], &[[450, 500, 600], [800, 950, 1_200], [1_900, 2_400, 3_300]]),
        )
    }
}

fn freight_tariff() -> Tariff {
    let cents = |amounts: &[i64]| amounts.iter().map(|&cents| Cents::new(cents)).collect();
    Tariff {
        surcharges: vec![surcharge("residential", "Residential delivery", vec![Condition::Residential], 9_500)],
        ..tariff(
            "freight-2025",
            2_800,
            RateTable::PerHundredweight {
                minimum: cents(&[9_000, 12_000, 18_000]),
                classes: [0, 226_796, 453_592].map(Grams::new).to_vec(),
                prices: cents(&[4_000, 6_000, 9_000, 3_000, 4_500, 7_000, 2_000, 3_000, 5_000]),
            },
        )
    }
}

fn van_tariff() -> Tariff {
    tariff("vans-2025", 0, steps(&[5_000, 25_000], &[[650, 650, 650], [950, 950, 950]]))
}

fn services() -> IndexVec<ServiceIx, Service> {
    let ground = Service {
        id: known("ground".parse()),
        carrier: CarrierIx(0),
        name: "Swift Ground".to_owned(),
        level: ServiceLevel::Standard,
        kind: ServiceKind::Parcel,
        tariff: TariffIx(0),
        air: false,
        max_weight: Grams::new(68_000),
        max_girth: Millimetres::new(4_200),
        coverage: Coverage::Everywhere,
        days_by_column: vec![1, 2, 4],
        work_days: days("12345"),
        delivery_days: days("123456"),
        delivers_until: time(20, 0, 0, 0),
        daily_capacity: 1_000,
        on_time_bp: 9_700,
    };
    let air = Service {
        id: known("overnight".parse()),
        name: "Swift Overnight".to_owned(),
        level: ServiceLevel::Overnight,
        tariff: TariffIx(1),
        air: true,
        days_by_column: vec![1, 1, 1],
        delivery_days: days("12345"),
        daily_capacity: 200,
        on_time_bp: 9_900,
        ..ground.clone()
    };
    let post = Service {
        id: known("post".parse()),
        carrier: CarrierIx(1),
        name: "Continental Saver".to_owned(),
        kind: ServiceKind::Post,
        tariff: TariffIx(2),
        max_weight: Grams::new(30_000),
        max_girth: Millimetres::new(2_700),
        days_by_column: vec![2, 3, 5],
        work_days: days("123456"),
        daily_capacity: 800,
        on_time_bp: 9_500,
        ..ground.clone()
    };
    let freight = Service {
        id: known("freight".parse()),
        name: "Swift Freight".to_owned(),
        kind: ServiceKind::Freight,
        tariff: TariffIx(3),
        max_weight: Grams::new(4_500_000),
        max_girth: Millimetres::MAX,
        coverage: Coverage::Regions(vec![RegionIx(1), RegionIx(2)]),
        days_by_column: vec![1, 3, 6],
        delivery_days: days("12345"),
        delivers_until: time(17, 0, 0, 0),
        daily_capacity: 20,
        on_time_bp: 9_300,
        ..ground.clone()
    };
    let vans = Service {
        id: known("half-day".parse()),
        carrier: CarrierIx(2),
        name: "Half-day New York".to_owned(),
        level: ServiceLevel::HalfDay,
        kind: ServiceKind::OwnFleet,
        tariff: TariffIx(4),
        max_weight: Grams::new(25_000),
        max_girth: Millimetres::new(2_700),
        coverage: Coverage::Fleet(FleetIx(0)),
        days_by_column: vec![0, 0, 0],
        work_days: Weekdays::ALL,
        delivery_days: Weekdays::ALL,
        delivers_until: time(21, 0, 0, 0),
        daily_capacity: 360,
        on_time_bp: 9_950,
        ..ground.clone()
    };
    IndexVec::from(vec![ground, air, post, freight, vans])
}

fn pickups() -> Vec<Pickup> {
    let pickup = |(warehouse, service, hour, minute, capacity)| Pickup {
        warehouse: WarehouseIx(warehouse),
        service: ServiceIx(service),
        at: time(hour, minute, 0, 0),
        capacity,
    };
    [
        (0, 0, 15, 0, 100),
        (0, 0, 20, 0, 100),
        (0, 1, 20, 30, 40),
        (0, 2, 17, 0, 80),
        (0, 3, 16, 30, 4),
        (1, 0, 15, 0, 100),
        (1, 0, 20, 0, 100),
        (1, 1, 20, 30, 40),
        (1, 2, 17, 0, 80),
        (2, 0, 20, 0, 150),
        (2, 1, 20, 30, 40),
        (2, 2, 17, 0, 80),
    ]
    .map(pickup)
    .to_vec()
}

/// Swift's hubs stand at the four cities of its timetable; the post and the vans have none.
fn hubs() -> IndexVec<HubIx, Hub> {
    let hub = |id: &str, region: usize| Hub {
        id: known(id.parse()),
        carrier: CarrierIx(0),
        at: Coordinates { lat: REGIONS[region].1.0, lon: REGIONS[region].1.1 },
        calendar: calendar(REGIONS[region].2, "1234567", &Holidays::default()),
        sort: Seconds::hours(1),
        out_for_delivery: time(9, 0, 0, 0),
    };
    IndexVec::from(vec![hub("hub-NYC", 0), hub("hub-CHI", 2), hub("hub-DEN", 3), hub("hub-LAX", 5)])
}

/// Ground lanes leave at 06:00 and 22:00 daily along New York - Chicago - Denver - Los Angeles, and at 22:00 on weekdays
/// from New York to Los Angeles directly; planes leave each city for each other one at 23:00 on weekdays.
fn lanes() -> Vec<Lane> {
    let lane = |from, to, air, departures: &[Time], on: &str, hours| Lane {
        from: HubIx(from),
        to: HubIx(to),
        air,
        departures: departures.to_vec(),
        days: days(on),
        duration: Seconds::hours(hours),
    };
    let road = [time(6, 0, 0, 0), time(22, 0, 0, 0)];
    let mut lanes = Vec::new();
    for (from, to, hours) in [(0, 1, 13), (1, 2, 16), (2, 3, 17)] {
        lanes.push(lane(from, to, false, &road, "1234567", hours));
        lanes.push(lane(to, from, false, &road, "1234567", hours));
    }
    lanes.push(lane(0, 3, false, &road[1..], "12345", 50));
    for from in 0..4 {
        for to in (0..4).filter(|&to| to != from) {
            lanes.push(lane(from, to, true, &[time(23, 0, 0, 0)], "12345", 5));
        }
    }
    lanes
}

fn fleets() -> IndexVec<FleetIx, Fleet> {
    IndexVec::from(vec![Fleet {
        warehouse: WarehouseIx(0),
        service: ServiceIx(4),
        radius: Metres::new(40_000),
        vans: 3,
        van_parcels: 60,
        van_weight: Grams::new(900_000),
        trips: 3,
        reload: Seconds::minutes(30),
        shift_start: time(8, 0, 0, 0),
        shift_end: time(20, 0, 0, 0),
        window: Seconds::hours(4),
        stop: Seconds::new(180),
        metres_per_hour: 32_000,
        circuity_percent: 130,
        per_km: Cents::new(55),
        per_van_day: Cents::new(9_000),
    }])
}

fn calendar(zone: &str, working: &str, holidays: &Holidays) -> Calendar {
    let zone = Calendar::zone_named(zone).expect("the database of time zones is compiled in");
    Calendar::new(zone, days(working), holidays.clone())
}

fn days(digits: &str) -> Weekdays {
    Weekdays::parse(digits).expect("digits of weekdays are valid")
}

/// The id whose text stands in this file.
fn known<T>(id: Result<T, crate::ids::InvalidId>) -> T {
    id.expect("the tiny world's ids are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tiny_world_is_whole() {
        let world = tiny_world();
        let sizes = (world.warehouses.len(), world.services.len(), world.postals.len(), world.skus.len());
        assert_eq!(sizes, (3, 5, 12, 6));
        assert_eq!(world.postal("85087"), Some(PostalIx(9)));
        assert!(world.is_in_area("extended_area", PostalIx(9)) && !world.is_in_area("extended_area", PostalIx(7)));
    }
}
