//! Bills worked by hand for every kind of rule, on cards made for the purpose.
//!
//! Unless a case says otherwise the card asks 10.00, 15.00, 20.00 up to 1 kg and 20.00, 30.00, 40.00 up to 5 kg by price column,
//! the parcel is a cube of 10 cm and 400 g in column 1, and is collected on 2025-06-02.

use super::super::*;
use crate::calendar::civil::{Date, date};
use crate::model::fixture::tiny_parts;
use crate::model::*;
use crate::units::CubicMillimetres;

const GROUND: ServiceIx = ServiceIx(0);
const POST: ServiceIx = ServiceIx(2);

fn cents(amounts: &[i64]) -> Vec<Cents> {
    amounts.iter().map(|&amount| Cents::new(amount)).collect()
}

fn card(rules: Vec<Surcharge>) -> Tariff {
    Tariff {
        id: "hand-2025".to_owned(),
        valid_from: date(2025, 1, 1),
        weighing: Weighing::default(),
        rates: RateTable::Steps {
            limits: vec![Grams::new(1_000), Grams::new(5_000)],
            prices: cents(&[1_000, 1_500, 2_000, 2_000, 3_000, 4_000]),
            columns: 3,
            further: None,
        },
        minimum: Cents::ZERO,
        base_sets: Vec::new(),
        surcharges: rules,
        rounding: Rounding::default(),
        currency: None,
    }
}

fn rule(name: &str, when: Condition, charged: Charged) -> Surcharge {
    Surcharge {
        rule: name.to_owned(),
        label: name.to_owned(),
        class: ChargeClass::Surcharge,
        when,
        charged,
        least: Cents::ZERO,
        most: None,
        group: None,
        priority: 0,
        sets: Vec::new(),
    }
}

fn fixed(name: &str, when: Condition, amount: i64) -> Surcharge {
    rule(name, when, Charged::Fixed(Cents::new(amount)))
}

fn share(name: &str, ppm: i64, of: &str) -> Surcharge {
    rule(name, Condition::ALWAYS, Charged::Share { ppm, of: ShareOf::Set(of.to_owned()) })
}

fn in_set(set: &str, rule: Surcharge) -> Surcharge {
    Surcharge { sets: vec![set.to_owned()], ..rule }
}

fn in_group(group: &str, priority: u8, rule: Surcharge) -> Surcharge {
    Surcharge { group: Some(group.to_owned()), priority, ..rule }
}

const ALWAYS: Condition = Condition::ALWAYS;

/// The tiny world with this card for the ground service.
fn world_of(tariff: Tariff) -> World {
    let mut parts = tiny_parts();
    parts.tariffs[TariffIx(0)] = tariff;
    World::new(parts).unwrap()
}

fn parcel() -> ParcelFacts {
    ParcelFacts::plain(Size::new(100, 100, 100), Grams::new(400), PostalIx(0), date(2025, 6, 2))
}

fn weighing(grams: i64) -> ParcelFacts {
    ParcelFacts { gross: Grams::new(grams), ..parcel() }
}

fn sized(length: i64, width: i64, height: i64) -> ParcelFacts {
    ParcelFacts { size: Size::new(length, width, height), ..parcel() }
}

fn on(day: Date) -> ParcelFacts {
    ParcelFacts { pickup: day, ..parcel() }
}

/// `rule amount + rule amount = total`, or the reason against it.
fn billed_in(world: &World, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> String {
    let cards = Cards::new(world);
    let fast = cards.total(service, column, parcel);
    match cards.price(world, service, column, parcel) {
        Ok(bill) => {
            assert_eq!(fast, Ok(bill.total));
            assert_eq!(bill.charges.iter().map(|charge| charge.amount).sum::<Cents>(), bill.total);
            assert!(bill.charges.iter().all(|charge| !charge.inputs.is_empty()));
            let lines: Vec<_> = bill.charges.iter().map(|c| format!("{} {}", c.rule, c.amount.get())).collect();
            format!("{} = {}", lines.join(" + "), bill.total.get())
        }
        Err(reason) => {
            assert_eq!(fast, Err(reason));
            format!("{reason:?}")
        }
    }
}

fn billed(tariff: &Tariff, column: u8, parcel: &ParcelFacts) -> String {
    billed_in(&world_of(tariff.clone()), GROUND, column, parcel)
}

/// What each case weighs on the bill.
fn billable(tariff: &Tariff, parcel: &ParcelFacts) -> i64 {
    Cards::new(&world_of(tariff.clone())).billable(GROUND, 0, parcel).unwrap().get()
}

#[test]
fn first_and_further_steps() {
    let mut tariff = card(Vec::new());
    tariff.rates = RateTable::Steps {
        limits: vec![Grams::new(500)],
        prices: cents(&[1_000, 1_500, 2_000]),
        columns: 3,
        further: Some(Further { step: Grams::new(500), prices: cents(&[300, 400, 500]) }),
    };
    let cases = [
        (0, 500, "base 1000 = 1000"),
        // One gram begins a step.
        (0, 501, "base 1300 = 1300"),
        (0, 1_000, "base 1300 = 1300"),
        (0, 1_001, "base 1600 = 1600"),
        // 9,500 g are 19 steps.
        (0, 10_000, "base 6700 = 6700"),
        (1, 1_001, "base 2300 = 2300"),
        (2, 1_000, "base 2500 = 2500"),
    ];
    for (column, grams, expected) in cases {
        assert_eq!(billed(&tariff, column, &weighing(grams)), expected, "{grams} g in column {column}");
    }
}

#[test]
fn prices_by_the_piece_the_kilogram_and_the_litre() {
    let per = |unit, minimum: i64, classes: &[i64], prices: &[i64]| {
        let mut tariff = card(Vec::new());
        tariff.rates = RateTable::PerUnit {
            unit,
            minimum: cents(&[minimum; 3]),
            classes: classes.to_vec(),
            prices: prices.iter().flat_map(|&price| cents(&[price; 3])).collect(),
        };
        tariff
    };
    let pieces = per(RateUnit::Piece, 0, &[0], &[750]);
    assert_eq!(billed(&pieces, 0, &weighing(20_000)), "base 750 = 750");
    // Classes of pieces are by billable weight.
    let pieces = per(RateUnit::Piece, 0, &[0, 5_000], &[500, 900]);
    assert_eq!(billed(&pieces, 0, &weighing(4_999)), "base 500 = 500");
    assert_eq!(billed(&pieces, 0, &weighing(5_000)), "base 900 = 900");
    let kilos = per(RateUnit::Kilogram, 500, &[0, 10_000], &[120, 100]);
    let cases = [
        // 4.166 x 120 = 499.92, up to the cent: as much as the least charge.
        (4_166, "base 500 = 500"),
        // 500.04.
        (4_167, "base 501 = 501"),
        (100, "base 500 = 500"),
        // 9.999 x 120 = 1,199.88; a gram more is in the cheaper class.
        (9_999, "base 1200 = 1200"),
        (10_000, "base 1000 = 1000"),
    ];
    for (grams, expected) in cases {
        assert_eq!(billed(&kilos, 0, &weighing(grams)), expected, "{grams} g");
    }
    let litres = per(RateUnit::Litre, 0, &[0], &[30]);
    assert_eq!(billed(&litres, 0, &sized(100, 100, 1_000)), "base 300 = 300");
    // 10.01 litres: 300.3.
    assert_eq!(billed(&litres, 0, &sized(100, 100, 1_001)), "base 301 = 301");
}

#[test]
fn sides_and_weights_in_steps() {
    let inch = |nearest, pounds| {
        let mut tariff = card(Vec::new());
        let weight_step_ug = if pounds { 453_592_370 } else { 1_000_000 };
        // 139 cubic inches to the pound.
        let dim = Some(DimWeight { mm3_per_kg: 5_021_694, above: CubicMillimetres::ZERO });
        let (side_step_um, side_nearest) = (25_400, nearest);
        tariff.weighing = Weighing { side_step_um, side_nearest, dim, weight_step_ug, least: Vec::new() };
        tariff
    };
    let cases = [
        // 13 x 8 x 6 = 624 cubic inches of 16,387.064 mm3: 2,036.27 g.
        (inch(false, false), sized(310, 200, 150), 2_037),
        // To the nearest 12 x 8 x 6 = 576: 1,879.63 g.
        (inch(true, false), sized(310, 200, 150), 1_880),
        // 12 inches are 304.8 mm: exactly 12 at 304, and 13 from 305 on.
        (inch(false, false), sized(304, 200, 150), 1_880),
        (inch(false, false), sized(305, 200, 150), 2_037),
        // 5 mm are nearest to no inch at all: one counts. 12 x 8 x 1 = 96 cubic inches: 313.3 g, below the actual 400.
        (inch(true, false), sized(310, 200, 5), 400),
        // 4.49 pounds count as five: 2,267.96 g.
        (inch(false, true), sized(310, 200, 150), 2_268),
        // A pound is 453.59 g: 453 g are within it, 454 g are not.
        (inch(false, true), weighing(453), 454),
        (inch(false, true), weighing(454), 908),
    ];
    for (tariff, parcel, expected) in cases {
        assert_eq!(billable(&tariff, &parcel), expected, "{} {}", parcel.size.length, parcel.gross);
    }
}

#[test]
fn least_billable_weights() {
    let mut tariff = card(Vec::new());
    let over = |limit| Condition::Over(Measure::Girth, limit);
    tariff.weighing.least =
        vec![(ALWAYS, Grams::new(500)), (over(3_300), Grams::new(4_800)), (over(900), Grams::new(2_000))];
    assert_eq!(billable(&tariff, &weighing(100)), 500);
    assert_eq!(billable(&tariff, &weighing(501)), 501);
    // 1,700 + 2 x (500 + 300) = 3,300 is not above; the smaller one holds.
    assert_eq!(billable(&tariff, &sized(1_700, 500, 300)), 2_000);
    assert_eq!(billable(&tariff, &sized(1_700, 500, 301)), 4_800);
    assert_eq!(billed(&tariff, 0, &sized(1_700, 500, 301)), "base 2000 = 2000");
}

#[test]
fn a_base_has_a_minimum_and_an_end() {
    let mut tariff = card(Vec::new());
    tariff.minimum = Cents::new(1_200);
    assert_eq!(billed(&tariff, 0, &parcel()), "base 1200 = 1200");
    assert_eq!(billed(&tariff, 1, &parcel()), "base 1500 = 1500");
    assert_eq!(billed(&tariff, 0, &weighing(5_001)), "BeyondRates { billable: Grams(5001) }");
    assert_eq!(billed(&tariff, NO_ZONE, &parcel()), "NoZone");
}

#[test]
fn shares_of_named_sets() {
    let dear = |of| {
        let mut tariff =
            card(vec![in_set("x", fixed("a", ALWAYS, 300)), fixed("b", ALWAYS, 200), share("c", 100_000, of)]);
        tariff.base_sets = vec!["y".to_owned()];
        tariff
    };
    assert_eq!(billed(&dear("x"), 0, &parcel()), "base 1000 + a 300 + b 200 + c 30 = 1530");
    assert_eq!(billed(&dear("y"), 0, &parcel()), "base 1000 + a 300 + b 200 + c 100 = 1600");
    assert_eq!(billed(&dear("base"), 0, &parcel()), "base 1000 + a 300 + b 200 + c 100 = 1600");
    assert_eq!(billed(&dear("all"), 0, &parcel()), "base 1000 + a 300 + b 200 + c 150 = 1650");
    // Base and surcharge in one set, then a tax on everything, the share included: 8.875 % of 1,930 = 171.2875.
    let mut tariff = card(vec![
        in_set("fuel", fixed("a", ALWAYS, 300)),
        fixed("b", ALWAYS, 500),
        share("fuel", 100_000, "fuel"),
        share("tax", 88_750, "all"),
    ]);
    tariff.base_sets = vec!["fuel".to_owned()];
    assert_eq!(billed(&tariff, 0, &parcel()), "base 1000 + a 300 + b 500 + fuel 130 + tax 171 = 2101");
    // A share sees what stands before it alone.
    let early = card(vec![share("c", 100_000, "all"), fixed("b", ALWAYS, 500)]);
    assert_eq!(billed(&early, 0, &parcel()), "base 1000 + c 100 + b 500 = 1600");
}

#[test]
fn least_and_most() {
    let bounded = Surcharge { least: Cents::new(60), most: Some(Cents::new(150)), ..share("c", 50_000, "base") };
    let tariff = card(vec![bounded]);
    // 5 % of 1,000 = 50, of 1,500 = 75, of 4,000 = 200.
    assert_eq!(billed(&tariff, 0, &parcel()), "base 1000 + c 60 = 1060");
    assert_eq!(billed(&tariff, 1, &parcel()), "base 1500 + c 75 = 1575");
    assert_eq!(billed(&tariff, 2, &weighing(5_000)), "base 4000 + c 150 = 4150");
}

#[test]
fn rounding_as_the_card_says() {
    let rounded = |mode, to, ppm| {
        let mut tariff = card(vec![share("c", ppm, "base")]);
        tariff.rounding = Rounding { to, mode };
        billed(&tariff, 0, &parcel()).split(" = ").next().unwrap_or_default().replace("base 1000 + c ", "")
    };
    let all = |to, ppm| {
        [RoundingMode::HalfUp, RoundingMode::HalfEven, RoundingMode::Up, RoundingMode::Down]
            .map(|mode| rounded(mode, to, ppm))
    };
    // 0.05 % of 10.00 = half a cent; 0.15 % one and a half; 0.11 % 1.1.
    assert_eq!(all(1, 500), ["1", "0", "1", "0"]);
    assert_eq!(all(1, 1_500), ["2", "2", "2", "1"]);
    assert_eq!(all(1, 1_100), ["1", "1", "2", "1"]);
    // To five: 4.3 % = 43 cents, 4.25 % = 42.5.
    assert_eq!(all(5, 43_000), ["45", "45", "45", "40"]);
    assert_eq!(all(5, 42_500), ["45", "40", "45", "40"]);
}

#[test]
fn discounts_are_taken_off_and_out_of_their_sets() {
    let off = Surcharge { class: ChargeClass::Discount, ..in_set("fuel", share("earned", 300_000, "base")) };
    let mut tariff = card(vec![off, share("fuel", 100_000, "fuel")]);
    tariff.base_sets = vec!["fuel".to_owned()];
    assert_eq!(billed(&tariff, 0, &parcel()), "base 1000 + earned -300 + fuel 70 = 770");
    // Of two in a group the larger one counts.
    let discount =
        |name, amount| Surcharge { class: ChargeClass::Discount, ..in_group("off", 0, fixed(name, ALWAYS, amount)) };
    assert_eq!(billed(&card(vec![discount("a", 50), discount("b", 80)]), 0, &parcel()), "base 1000 + b -80 = 920");
}

#[test]
fn amounts_by_the_begun_unit() {
    let per = |measure, unit, above, each| Charged::PerUnit { measure, unit, above, each: Cents::new(each) };
    let heavy = card(vec![rule("kg", ALWAYS, per(Measure::Billable, 1_000, 2_000, 12))]);
    for (grams, expected) in
        [(2_000, "kg 0 = 2000"), (2_001, "kg 12 = 2012"), (3_000, "kg 12 = 2012"), (3_001, "kg 24 = 2024")]
    {
        assert_eq!(billed(&heavy, 0, &weighing(grams)), format!("base 2000 + {expected}"));
    }
    let litres = card(vec![rule("litre", ALWAYS, per(Measure::Volume, 1_000_000, 0, 7))]);
    assert_eq!(billed(&litres, 0, &sized(100, 100, 100)), "base 1000 + litre 7 = 1007");
    assert_eq!(billed(&litres, 0, &sized(100, 100, 101)), "base 1000 + litre 14 = 1014");
}

#[test]
fn insurance_cash_and_duty() {
    let per = Charged::PerUnit { measure: Measure::Value, unit: 10_000, above: 10_000, each: Cents::new(105) };
    let cash = Surcharge {
        least: Cents::new(500),
        ..rule(
            "cash",
            Condition::Flag(Flag::CashOnDelivery),
            Charged::Share { ppm: 20_000, of: ShareOf::CashOnDelivery },
        )
    };
    let dear = Condition::Over(Measure::Value, 80_000);
    let duty = Surcharge {
        class: ChargeClass::Duty,
        ..rule("duty", dear, Charged::Share { ppm: 50_000, of: ShareOf::Value })
    };
    let tariff = card(vec![rule("insurance", Condition::Flag(Flag::Insured), per), cash, duty]);
    let worth = |value, insured, collect| {
        let (value, collect) = (Cents::new(value), Cents::new(collect));
        billed(&tariff, 0, &ParcelFacts { value, insured, collect, ..parcel() })
    };
    // The first hundred is free, each further one begun costs 1.05.
    assert_eq!(worth(10_000, true, 0), "base 1000 + insurance 0 = 1000");
    assert_eq!(worth(10_001, true, 0), "base 1000 + insurance 105 = 1105");
    assert_eq!(worth(35_000, true, 0), "base 1000 + insurance 315 = 1315");
    assert_eq!(worth(35_000, false, 0), "base 1000 = 1000");
    // 2 % of 100.00 are less than 5.00; of 1,000.00 they are more.
    assert_eq!(worth(10_000, false, 10_000), "base 1000 + cash 500 = 1500");
    assert_eq!(worth(10_000, false, 100_000), "base 1000 + cash 2000 = 3000");
    // Above 800.00: 5 % of 800.01 = 40.0005.
    assert_eq!(worth(80_000, false, 0), "base 1000 = 1000");
    assert_eq!(worth(80_001, false, 0), "base 1000 + duty 4000 = 5000");
}

#[test]
fn tables_by_a_measure_and_by_price_column() {
    let table = |measure, rows: &[(i64, &[i64])]| {
        let rows = rows.iter().map(|(limit, cells)| (*limit, cents(cells))).collect();
        card(vec![rule("t", ALWAYS, Charged::Table { measure, rows })])
    };
    let long = table(Measure::Longest, &[(762, &[400]), (1_219, &[850])]);
    assert_eq!(billed(&long, 0, &sized(762, 10, 10)), "base 1000 + t 400 = 1400");
    assert_eq!(billed(&long, 0, &sized(10, 763, 10)), "base 1000 + t 850 = 1850");
    assert_eq!(billed(&long, 0, &sized(10, 10, 2_000)), "base 1000 + t 850 = 1850");
    let both = table(Measure::Weight, &[(500, &[10, 20, 30]), (5_000, &[40, 50, 60])]);
    assert_eq!(billed(&both, 1, &weighing(500)), "base 1500 + t 20 = 1520");
    assert_eq!(billed(&both, 2, &weighing(501)), "base 2000 + t 60 = 2060");
}

#[test]
fn groups_take_the_highest_priority_then_the_dearest_then_the_first() {
    let group = |rules: &[(&str, u8, i64)]| {
        let rules = rules.iter().map(|&(name, priority, amount)| in_group("g", priority, fixed(name, ALWAYS, amount)));
        billed(&card(rules.collect()), 0, &parcel())
    };
    assert_eq!(group(&[("a", 0, 100), ("b", 0, 300), ("c", 0, 200)]), "base 1000 + b 300 = 1300");
    assert_eq!(group(&[("a", 1, 100), ("b", 0, 900)]), "base 1000 + a 100 = 1100");
    assert_eq!(group(&[("a", 0, 900), ("b", 1, 100), ("c", 1, 50)]), "base 1000 + b 100 = 1100");
    assert_eq!(group(&[("a", 0, 300), ("b", 0, 300)]), "base 1000 + a 300 = 1300");
    // What lost is in no set any more.
    let loser = in_set("s", in_group("g", 0, fixed("a", ALWAYS, 100)));
    let winner = in_set("s", in_group("g", 0, fixed("b", ALWAYS, 300)));
    let tariff = card(vec![loser, winner, share("c", 100_000, "s")]);
    assert_eq!(billed(&tariff, 0, &parcel()), "base 1000 + b 300 + c 30 = 1330");
    // One that does not apply does not count.
    let long = Condition::Over(Measure::Longest, 100);
    let tariff = card(vec![in_group("g", 9, fixed("a", long, 900)), in_group("g", 0, fixed("b", ALWAYS, 5))]);
    assert_eq!(billed(&tariff, 0, &parcel()), "base 1000 + b 5 = 1005");
}

#[test]
fn condition_trees() {
    let charged = |when: Condition, column: u8, parcel: &ParcelFacts| {
        billed(&card(vec![fixed("c", when, 1)]), column, parcel).contains("+ c 1")
    };
    let home = || Condition::Flag(Flag::Residential);
    let cells = || Condition::Flag(Flag::Hazmat);
    let at_home = ParcelFacts { residential: true, ..parcel() };
    let with_cells = ParcelFacts { hazmat: true, ..parcel() };
    let both = ParcelFacts { residential: true, hazmat: true, ..parcel() };
    let not = |part| Condition::Not(Box::new(part));
    // And, or, not, and neither, over none, one and both.
    let truth =
        |when: &Condition| [parcel(), at_home, with_cells, both].map(|parcel| charged(when.clone(), 0, &parcel));
    assert_eq!(truth(&Condition::All(vec![home(), cells()])), [false, false, false, true]);
    assert_eq!(truth(&Condition::Any(vec![home(), cells()])), [false, true, true, true]);
    assert_eq!(truth(&not(home())), [true, false, true, false]);
    assert_eq!(truth(&not(Condition::Any(vec![home(), cells()]))), [true, false, false, false]);
    assert_eq!(truth(&not(Condition::All(vec![home(), not(cells())]))), [true, false, true, true]);
    assert_eq!(truth(&Condition::Any(Vec::new())), [false; 4]);
    assert_eq!(truth(&ALWAYS), [true; 4]);
    // Price columns count from 0 here, both ends included.
    assert_eq!([0, 1, 2].map(|column| charged(Condition::Columns(1, 2), column, &parcel())), [false, true, true]);
    // Newark's 07102 and 07105, New York's 10001, by a range of beginnings and by a whole code.
    let postals = |ranges: &[(&str, &str)]| {
        let ranges: Vec<_> = ranges.iter().map(|(first, last)| ((*first).to_owned(), (*last).to_owned())).collect();
        let at = |n| ParcelFacts { postal: PostalIx(n), ..parcel() };
        [0, 1, 2].map(|n| charged(Condition::Postals(ranges.clone()), 0, &at(n)))
    };
    let world = world_of(card(Vec::new()));
    let codes = [0, 1, 2].map(|n| world.postals[PostalIx(n)].code.clone());
    let begins = |text: &str| [0, 1, 2].map(|n: usize| codes[n].starts_with(text));
    assert_eq!(postals(&[("071", "072")]), begins("071"));
    assert_eq!(postals(&[(&codes[1], &codes[1])]), [false, true, false]);
    assert!(charged(Condition::Service(vec![GROUND]), 0, &parcel()));
    assert!(!charged(Condition::Service(vec![POST]), 0, &parcel()));
    for (flag, with) in [
        (Flag::Fragile, ParcelFacts { fragile: true, ..parcel() }),
        (Flag::OwnPackaging, ParcelFacts { own_packaging: true, ..parcel() }),
        (Flag::Insured, ParcelFacts { insured: true, ..parcel() }),
    ] {
        assert_eq!([parcel(), with].map(|parcel| charged(Condition::Flag(flag), 0, &parcel)), [false, true]);
    }
}

#[test]
fn measures_are_of_sorted_edges_and_strictly_above() {
    let charged = |measure, limit, parcel: &ParcelFacts| {
        billed(&card(vec![fixed("c", Condition::Over(measure, limit), 1)]), 0, parcel).contains("+ c 1")
    };
    // Edges in any order: 50, 200 and 120 mm; girth 200 + 2 x 170 = 540; 1,200,000 mm3.
    let parcel = sized(50, 200, 120);
    for (measure, value) in [
        (Measure::Longest, 200),
        (Measure::Second, 120),
        (Measure::Shortest, 50),
        (Measure::Girth, 540),
        (Measure::Volume, 1_200_000),
        (Measure::Weight, 400),
        (Measure::Billable, 400),
        (Measure::VolumeRatio, 100),
    ] {
        assert_eq!([value - 1, value].map(|limit| charged(measure, limit, &parcel)), [true, false], "{measure:?}");
    }
}

#[test]
fn windows_of_dates_and_of_the_carriers_volume() {
    let mut parts = tiny_parts();
    let window = Condition::Dates(date(2025, 11, 24), date(2025, 12, 1));
    let busy = Condition::Over(Measure::VolumeRatio, 105);
    parts.tariffs[TariffIx(0)] = card(vec![fixed("dates", window, 30), fixed("volume", busy, 70)]);
    let told = |service, first, last, percent| VolumeRatio { carrier: CarrierIx(0), service, first, last, percent };
    parts.volume_ratios = vec![
        told(None, date(2025, 11, 25), date(2025, 11, 27), 105),
        told(Some(GROUND), date(2025, 11, 27), date(2025, 11, 28), 106),
        told(Some(ServiceIx(1)), date(2025, 11, 30), date(2025, 11, 30), 300),
    ];
    let world = World::new(parts).unwrap();
    let cases = [
        (date(2025, 11, 23), "base 1000 = 1000"),
        (date(2025, 11, 24), "base 1000 + dates 30 = 1030"),
        // 105 % is not above 105 %.
        (date(2025, 11, 25), "base 1000 + dates 30 = 1030"),
        (date(2025, 11, 27), "base 1000 + dates 30 + volume 70 = 1100"),
        (date(2025, 11, 28), "base 1000 + dates 30 + volume 70 = 1100"),
        // Another service's volume.
        (date(2025, 11, 30), "base 1000 + dates 30 = 1030"),
        (date(2025, 12, 1), "base 1000 + dates 30 = 1030"),
        (date(2025, 12, 2), "base 1000 = 1000"),
    ];
    for (day, expected) in cases {
        assert_eq!(billed_in(&world, GROUND, 0, &on(day)), expected, "{day}");
    }
    // The list price leaves both out.
    let list = Cards::new(&world).list_price(GROUND, 0, &on(date(2025, 11, 27)));
    assert_eq!(list, Ok(Cents::new(1_000)));
}

#[test]
fn another_currency_is_exchanged_line_by_line() {
    let mut parts = tiny_parts();
    let goods = rule("goods", Condition::Over(Measure::Value, 0), Charged::Share { ppm: 20_000, of: ShareOf::Value });
    let rules = vec![fixed("a", ALWAYS, 333), share("b", 100_000, "base"), goods];
    parts.tariffs[TariffIx(0)] = Tariff { currency: Some("CAD".to_owned()), ..card(rules) };
    let rate = |currency: &str, from, ppm| Exchange { currency: currency.to_owned(), from, ppm };
    parts.exchange = vec![
        rate("CAD", date(2025, 7, 1), 800_000),
        rate("CAD", date(2025, 1, 1), 731_200),
        rate("JPY", date(2025, 1, 1), 660_000),
    ];
    let world = World::new(parts.clone()).unwrap();
    // At 0.7312: 731.2, 243.49, 73.12.
    assert_eq!(billed_in(&world, GROUND, 0, &parcel()), "base 731 + a 243 + b 73 = 1047");
    assert_eq!(billed_in(&world, GROUND, 0, &on(date(2025, 6, 30))), "base 731 + a 243 + b 73 = 1047");
    // At 0.8: 800, 266.4, 80.
    assert_eq!(billed_in(&world, GROUND, 0, &on(date(2025, 7, 1))), "base 800 + a 266 + b 80 = 1146");
    // Goods of $100.00 are 136.76 CAD (13,676.15), 2 % of it 2.74 (273.52), or $2.00 (200.3).
    let worth = ParcelFacts { value: Cents::new(10_000), ..parcel() };
    assert_eq!(billed_in(&world, GROUND, 0, &worth), "base 731 + a 243 + b 73 + goods 200 = 1247");
    parts.tariffs[TariffIx(0)].currency = Some("JPY".to_owned());
    let world = World::new(parts).unwrap();
    assert_eq!(billed_in(&world, GROUND, 0, &parcel()), "base 660 + a 220 + b 66 = 946");
    let bill = Cards::new(&world).price(&world, GROUND, 0, &parcel()).unwrap();
    assert_eq!(bill.charges[1].inputs, "every parcel; 333 JPY exchanged to $2.20");
}

#[test]
fn versions_and_cards_of_merchants() {
    let mut parts = tiny_parts();
    let dearer = |from, by: i64| Tariff {
        id: format!("hand-{from}"),
        valid_from: from,
        ..card(vec![fixed("version", ALWAYS, by)])
    };
    parts.tariffs[TariffIx(0)] = dearer(date(2025, 7, 1), 2);
    let first = parts.tariffs.push(dearer(date(2025, 1, 1), 1));
    let third = parts.tariffs.push(dearer(date(2025, 8, 1), 3));
    parts.cards[CardIx(0)].versions = vec![TariffIx(0), first, third];
    let own = parts.tariffs.push(Tariff { id: "own".to_owned(), ..card(vec![fixed("own", ALWAYS, 9)]) });
    let own = parts.cards.push(Card { id: "own".to_owned(), versions: vec![own] });
    parts.contracts = vec![Contract { merchant: MerchantIx(0), service: GROUND, card: own }];
    let world = World::new(parts).unwrap();
    let cases = [
        (date(2024, 12, 31), "NotYet { from: 2025-01-01 }"),
        (date(2025, 1, 1), "base 1000 + version 1 = 1001"),
        (date(2025, 6, 30), "base 1000 + version 1 = 1001"),
        (date(2025, 7, 1), "base 1000 + version 2 = 1002"),
        (date(2025, 7, 31), "base 1000 + version 2 = 1002"),
        (date(2030, 1, 1), "base 1000 + version 3 = 1003"),
    ];
    for (day, expected) in cases {
        assert_eq!(billed_in(&world, GROUND, 0, &on(day)), expected, "{day}");
    }
    let of = |merchant| ParcelFacts { merchant: Some(MerchantIx(merchant)), ..parcel() };
    assert_eq!(billed_in(&world, GROUND, 0, &of(0)), "base 1000 + own 9 = 1009");
    if world.merchants.len() > 1 {
        assert_eq!(billed_in(&world, GROUND, 0, &of(1)), "base 1000 + version 1 = 1001");
    }
}

#[test]
fn only_the_post_goes_to_boxes() {
    let world = world_of(card(Vec::new()));
    let to_box = ParcelFacts { po_box: true, ..parcel() };
    assert_eq!(billed_in(&world, GROUND, 0, &to_box), "PoBox");
    assert_eq!(billed_in(&world, POST, 0, &to_box), "base 450 = 450");
}

#[test]
fn a_base_tells_which_weight_was_billed() {
    let told = |change: &dyn Fn(&mut Weighing), parcel: &ParcelFacts| {
        let mut tariff = card(Vec::new());
        change(&mut tariff.weighing);
        let world = world_of(tariff);
        let bill = Cards::new(&world).price(&world, GROUND, 0, parcel).unwrap();
        bill.charges[0].inputs.split(", actual ").next().unwrap_or_default().to_owned()
    };
    let pound = |weighing: &mut Weighing| weighing.weight_step_ug = 453_592_370;
    assert_eq!(told(&pound, &parcel()), "billable 454 g (actual, rounded up)");
    let both = |weighing: &mut Weighing| {
        weighing.dim = Some(DimWeight { mm3_per_kg: 5_000_000, above: CubicMillimetres::ZERO });
        weighing.least = vec![(Condition::Over(Measure::Girth, 2_000), Grams::new(4_000))];
    };
    // 20,000,000 mm3 are 4,000 g by volume; the least weight's condition does not hold.
    assert_eq!(told(&both, &sized(400, 250, 200)), "billable 4000 g (by volume)");
    assert_eq!(told(&both, &sized(1_900, 40, 40)), "billable 4000 g (least billable)");
}

#[test]
fn what_a_card_says_beyond_measure_stays_within_it() {
    let mut tariff = card(vec![fixed("a", ALWAYS, 300), share("b", 10_000_000, "all")]);
    let price = Cents::new(1_000_000_000_000);
    tariff.rates = RateTable::Steps {
        limits: vec![Grams::new(1)],
        prices: vec![price; 3],
        columns: 3,
        further: Some(Further { step: Grams::new(1), prices: vec![price; 3] }),
    };
    let bill = billed(&tariff, 0, &weighing(60_000));
    assert!(bill.starts_with("base 1000000000000000 + a 300"), "{bill}");
}

#[test]
fn lines_tell_what_made_them() {
    let any = Condition::Any(vec![Condition::Flag(Flag::Residential), Condition::Over(Measure::Longest, 50)]);
    let not = Condition::Not(Box::new(Condition::Flag(Flag::Hazmat)));
    let per = Charged::PerUnit { measure: Measure::Billable, unit: 1_000, above: 200, each: Cents::new(5) };
    let table = Charged::Table { measure: Measure::Girth, rows: vec![(10, cents(&[1])), (20, cents(&[2]))] };
    let tariff = card(vec![
        fixed("any", any, 1),
        rule("per", not, per),
        in_group("g", 3, rule("table", ALWAYS, table)),
        in_set("dear", fixed("fixed", Condition::Columns(0, 0), 40)),
        share("share", 125_500, "dear"),
    ]);
    let world = world_of(tariff);
    let bill = Cards::new(&world).price(&world, GROUND, 0, &parcel()).unwrap();
    let told: Vec<&str> = bill.charges.iter().map(|charge| charge.inputs.as_str()).collect();
    let expected = [
        "billable 400 g (actual), actual 400 g, price column 1",
        "longest edge 100 mm over 50 mm",
        "no lithium cells; billable 400 g, each begun 1000 g above 200 g",
        "length plus girth 500 mm; first of the group g, priority 3",
        "price column 1",
        "12.55 % of $0.40, the charges of dear",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_card_that_cannot_be_worked_out_is_refused() {
    let faults = |change: &dyn Fn(&mut Tariff)| {
        let mut parts = tiny_parts();
        let mut tariff = card(vec![in_group("g", 0, in_set("s", fixed("a", ALWAYS, 1))), share("c", 1_000, "s")]);
        change(&mut tariff);
        parts.tariffs[TariffIx(0)] = tariff;
        World::new(parts)
            .err()
            .map_or_else(String::new, |faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(faults(&|_| {}), "");
    let set = |tariff: &mut Tariff, n: usize, of: &str| {
        tariff.surcharges[n].charged = Charged::Share { ppm: 1_000, of: ShareOf::Set(of.to_owned()) };
    };
    assert!(faults(&|tariff| set(tariff, 1, "nowhere")).contains("the set of charges must be named"));
    assert!(faults(&|tariff| tariff.surcharges[1].sets = vec!["s".to_owned()]).contains("must not be in the set"));
    let later = |tariff: &mut Tariff| tariff.surcharges.push(in_group("g", 0, fixed("late", ALWAYS, 5)));
    assert!(faults(&later).contains("after every rule of the groups"));
    let late = |tariff: &mut Tariff| tariff.surcharges.push(in_set("s", fixed("late", ALWAYS, 5)));
    assert!(faults(&late).contains("after every rule of its set"));
    let bounds = |tariff: &mut Tariff| {
        (tariff.surcharges[0].least, tariff.surcharges[0].most) = (Cents::new(2), Some(Cents::new(1)));
    };
    assert!(faults(&bounds).contains("the least amount must not be above the most"));
    let early =
        |tariff: &mut Tariff| tariff.weighing.least = vec![(Condition::Over(Measure::Billable, 1), Grams::new(1))];
    assert!(faults(&early).contains("must not ask for the billable weight"));
    assert!(faults(&|tariff| tariff.currency = Some("EUR".to_owned())).contains("needs an exchange rate"));
    let narrow = |tariff: &mut Tariff| {
        tariff.rates =
            RateTable::Steps { limits: vec![Grams::new(1)], prices: cents(&[1, 2]), columns: 2, further: None };
    };
    assert!(faults(&narrow).contains("zone chart's columns"));
    let backwards =
        |tariff: &mut Tariff| tariff.surcharges[0].when = Condition::Dates(date(2025, 2, 2), date(2025, 2, 1));
    assert!(faults(&backwards).contains("from the lower to the higher end"));
}
