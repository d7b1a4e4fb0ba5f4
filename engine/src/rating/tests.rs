//! Bills worked by hand on the tiny world's rate cards, and properties of every bill.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::calendar::Day;
use crate::calendar::civil::date;
use crate::model::fixture::{tiny_parts, tiny_world};
use crate::model::{ChargeClass, Charged, Condition, Flag, Measure, ServiceIx, ShareOf, Surcharge, TariffIx, World};

mod oracle;

/// A parcel as text: `service column LxWxH(mm) gross(g) home|cells|- postal pickup`.
fn parse(world: &World, case: &str) -> (ServiceIx, u8, ParcelFacts) {
    let words: Vec<&str> = case.split_whitespace().collect();
    let [service, column, size, gross, flags, postal, pickup] = words[..] else { panic!("{case}") };
    let edges: Vec<i64> = size.split('x').map(|edge| edge.parse().unwrap()).collect();
    let (size, gross) = (Size::new(edges[0], edges[1], edges[2]), Grams::new(gross.parse().unwrap()));
    let parcel = ParcelFacts {
        hazmat: flags == "cells",
        residential: flags == "home",
        ..ParcelFacts::plain(size, gross, world.postal(postal).unwrap(), pickup.parse().unwrap())
    };
    (world.service(service).unwrap(), column.parse().unwrap(), parcel)
}

/// The bill as `billable: rule amount, ... = total`, or why there is none.
fn drawn(world: &World, case: &str) -> String {
    let (service, column, parcel) = parse(world, case);
    let cards = Cards::new(world);
    let fast = cards.total(service, column, &parcel);
    match cards.price(world, service, column, &parcel) {
        Ok(bill) => {
            assert_eq!(fast, Ok(bill.total), "{case}");
            assert!(bill.charges.iter().all(|c| !c.inputs.is_empty() && !c.label.is_empty()), "{case}");
            let version = world.cards[world.services[service].card].versions[0];
            assert!(bill.charges.iter().all(|c| *c.tariff == *world.tariffs[version].id));
            let lines: Vec<String> = bill.charges.iter().map(|c| format!("{} {}", c.rule, c.amount.get())).collect();
            format!("{}: {} = {}", bill.billable.get(), lines.join(", "), bill.total.get())
        }
        Err(reason) => {
            assert_eq!(fast, Err(reason), "{case}");
            format!("{reason:?}")
        }
    }
}

fn check(cases: &[(&str, &str)]) {
    let world = tiny_world();
    for (case, expected) in cases {
        assert_eq!(drawn(&world, case), *expected, "{case}");
    }
}

#[test]
fn weight_steps_minimum_and_fuel() {
    check(&[
        // Rate 700 is below the minimum of 800; fuel 16.5 % of 800 = 132.
        ("ground 0 100x100x100 400 - 07102 2025-06-02", "400: base 800, fuel 132 = 932"),
        // 16.5 % of 900 = 148.5: half up.
        ("ground 1 100x100x100 400 - 60601 2025-06-02", "400: base 900, fuel 149 = 1049"),
        ("ground 2 100x100x100 400 - 90001 2025-06-02", "400: base 1100, fuel 182 = 1282"),
        // A step's limit belongs to it.
        ("ground 1 100x100x100 1000 - 60601 2025-06-02", "1000: base 900, fuel 149 = 1049"),
        ("ground 1 100x100x100 1001 - 60601 2025-06-02", "1001: base 1300, fuel 215 = 1515"),
        ("ground 0 100x100x100 68000 - 07102 2025-06-02", "68000: base 6000, handling.weight 2400, fuel 1386 = 9786"),
        ("overnight 2 100x100x100 500 - 90001 2025-06-02", "500: base 4500, fuel 900 = 5400"),
        // No fuel, no line.
        ("half-day 0 100x100x100 5000 - 10001 2025-06-02", "5000: base 650 = 650"),
        ("half-day 0 100x100x100 5001 - 10001 2025-06-02", "5001: base 950 = 950"),
    ]);
}

#[test]
fn volume_counts_as_weight() {
    check(&[
        // 5,000,000 mm3 at 5,000 mm3 a gram = 1,000 g exactly.
        ("ground 1 500x100x100 400 - 60601 2025-06-02", "1000: base 900, fuel 149 = 1049"),
        // 5,008,691 mm3 = 1,001.7 g, rounded up.
        ("ground 1 491x101x101 400 - 60601 2025-06-02", "1002: base 1300, fuel 215 = 1515"),
        // The actual weight where it is more.
        ("ground 1 500x100x100 1400 - 60601 2025-06-02", "1400: base 1300, fuel 215 = 1515"),
        // The post bills by volume only above 28,000,000 mm3: at the threshold not yet; 28,070,000 / 6,000 = 4,678.3.
        ("post 0 400x280x250 400 - 07102 2025-06-02", "400: base 450 = 450"),
        ("post 0 401x280x250 400 - 07102 2025-06-02", "4679: base 1900 = 1900"),
        // Freight never does.
        ("freight 0 1200x1000x1500 110000 - 10001 2025-06-02", "110000: base 9701, fuel 2716 = 12417"),
    ]);
}

#[test]
fn surcharges_by_consignee_and_area() {
    check(&[
        // Residential is fuelled: 16.5 % of 1,500 = 247.5.
        ("ground 0 100x100x100 3000 home 07102 2025-06-02", "3000: base 1000, residential 500, fuel 248 = 1748"),
        ("ground 2 100x100x100 3000 - 80249 2025-06-02", "3000: base 1700, delivery_area 400, fuel 347 = 2447"),
        // On both lists: the dearer of the group alone.
        ("ground 2 100x100x100 3000 - 85087 2025-06-02", "3000: base 1700, extended_area 700, fuel 396 = 2796"),
        ("ground 2 100x100x100 3000 - 85003 2025-06-02", "3000: base 1700, fuel 281 = 1981"),
        // Freight's is not fuelled: 28 % of 20,001 = 5,600.28.
        (
            "freight 0 900x900x900 453592 home 10001 2025-06-02",
            "453592: base 20001, residential 9500, fuel 5600 = 35101",
        ),
    ]);
}

#[test]
fn surcharges_by_size_and_weight_exclude_each_other() {
    check(&[
        // Over means above: 1,200 mm is not.
        ("ground 0 1200x100x100 3000 - 07102 2025-06-02", "3000: base 1000, fuel 165 = 1165"),
        ("ground 0 1201x100x100 3000 - 07102 2025-06-02", "3000: base 1000, handling.longest 2400, fuel 561 = 3961"),
        // Whichever edge is the longest.
        ("ground 0 100x100x1201 3000 - 07102 2025-06-02", "3000: base 1000, handling.longest 2400, fuel 561 = 3961"),
        ("ground 0 100x100x100 22000 - 07102 2025-06-02", "22000: base 6000, fuel 990 = 6990"),
        ("ground 0 100x100x100 22001 - 07102 2025-06-02", "22001: base 6000, handling.weight 2400, fuel 1386 = 9786"),
        // Equal amounts: the first of the tariff.
        ("ground 0 1201x100x100 23000 - 07102 2025-06-02", "23000: base 6000, handling.longest 2400, fuel 1386 = 9786"),
        // The weight rule looks at the actual weight: 62,400 g by volume do not count. Girth 1,300 + 2 x 1,000 = 3,300.
        ("ground 0 1300x600x400 3000 - 07102 2025-06-02", "62400: base 6000, handling.longest 2400, fuel 1386 = 9786"),
        // Girth 3,302: oversize beats additional handling. 312,780,000 / 5,000 = 62,556 g; 16.5 % of 17,000.
        ("ground 0 1300x600x401 3000 - 07102 2025-06-02", "62556: base 6000, oversize 11000, fuel 2805 = 19805"),
    ]);
}

#[test]
fn peak_surcharges_hold_on_both_days_of_their_window() {
    let no_peak = "3000: base 1000, residential 500, fuel 248 = 1748";
    let peak = "3000: base 1000, residential 500, peak.residential 45, fuel 248 = 1793";
    check(&[
        ("ground 0 100x100x100 3000 home 07102 2025-11-14", no_peak),
        ("ground 0 100x100x100 3000 home 07102 2025-11-15", peak),
        ("ground 0 100x100x100 3000 home 07102 2025-12-31", peak),
        ("ground 0 100x100x100 3000 home 07102 2026-01-01", no_peak),
        // All conditions must hold.
        ("ground 0 100x100x100 3000 - 07102 2025-12-01", "3000: base 1000, fuel 165 = 1165"),
        // By billable weight, and a step's limit belongs to it.
        ("post 1 100x100x100 1000 - 60601 2025-10-05", "1000: base 950, peak.base 40 = 990"),
        ("post 1 100x100x100 1001 - 60601 2025-10-05", "1001: base 950, peak.base 75 = 1025"),
        ("post 1 100x100x100 5001 - 60601 2026-01-18", "5001: base 2400, peak.base 300 = 2700"),
        ("post 1 100x100x100 5001 - 60601 2026-01-19", "5001: base 2400 = 2400"),
        ("post 1 100x100x100 5001 - 60601 2025-10-04", "5001: base 2400 = 2400"),
        ("post 0 401x280x250 200 - 07102 2025-12-01", "4679: base 1900, peak.base 75 = 1975"),
        // Everything at once: fuel 16.5 % of 10,000 + 500 + 700 + 11,000.
        (
            "ground 2 1300x600x401 3000 home 85087 2025-12-01",
            "62556: base 10000, residential 500, extended_area 700, oversize 11000, peak.residential 45, fuel 3663 = 25908",
        ),
    ]);
}

#[test]
fn freight_is_priced_by_the_hundredweight() {
    check(&[
        // 100,000 g x 4,000 / 45,359 g = 8,818.5, below the least charge of 9,000.
        ("freight 0 900x900x900 100000 - 10001 2025-06-02", "100000: base 9000, fuel 2520 = 11520"),
        // 200,000 x 6,000 / 45,359 = 26,455.2, rounded up.
        ("freight 1 900x900x900 200000 - 60601 2025-06-02", "200000: base 26456, fuel 7408 = 33864"),
        // The lighter class one gram below its end: 29,999.9; then 226,796 x 4,500 / 45,359 = 22,500.1.
        ("freight 1 900x900x900 226795 - 60601 2025-06-02", "226795: base 30000, fuel 8400 = 38400"),
        ("freight 1 900x900x900 226796 - 60601 2025-06-02", "226796: base 22501, fuel 6300 = 28801"),
    ]);
}

#[test]
fn what_a_service_refuses() {
    check(&[
        ("ground 0 100x100x100 68001 - 07102 2025-06-02", "TooHeavy { gross: Grams(68001), limit: Grams(68000) }"),
        // 1,401 + 2 x 1,400; a millimetre less is carried, but 137,200 g by volume are beyond the rate card.
        (
            "ground 0 1401x700x700 9000 - 07102 2025-06-02",
            "TooLarge { girth: Millimetres(4201), limit: Millimetres(4200) }",
        ),
        ("ground 0 1400x700x700 9000 - 07102 2025-06-02", "BeyondRates { billable: Grams(137200) }"),
        ("overnight 0 100x100x100 400 cells 07102 2025-06-02", "Hazmat"),
        ("ground 0 100x100x100 400 cells 07102 2025-06-02", "400: base 800, fuel 132 = 932"),
        ("overnight 0 100x100x100 20001 - 07102 2025-06-02", "BeyondRates { billable: Grams(20001) }"),
        (
            "freight 0 900x900x900 4500001 - 10001 2025-06-02",
            "TooHeavy { gross: Grams(4500001), limit: Grams(4500000) }",
        ),
    ]);
}

#[test]
fn heavier_than_the_last_weight_of_a_surcharge_pays_the_last() {
    let mut parts = tiny_parts();
    parts.tariffs[TariffIx(2)].surcharges[0].charged = Charged::Table {
        measure: Measure::Billable,
        rows: vec![(500, vec![Cents::new(10)]), (1_000, vec![Cents::new(20)])],
    };
    let world = World::new(parts).unwrap();
    let bill = drawn(&world, "post 1 100x100x100 1500 - 60601 2025-12-01");
    assert_eq!(bill, "1500: base 950, peak.base 20 = 970");
}

#[test]
fn lines_say_what_they_were_computed_from() {
    let world = tiny_world();
    let (service, column, parcel) = parse(&world, "ground 0 100x100x100 400 home 85087 2025-12-01");
    let bill = Cards::new(&world).price(&world, service, column, &parcel).unwrap();
    let inputs: Vec<&str> = bill.charges.iter().map(|charge| charge.inputs.as_str()).collect();
    let expected = [
        "billable 400 g (actual), actual 400 g, price column 1, minimum of $8.00",
        "residential address",
        "destination on the list extended_area; dearest of the group area",
        "residential address; collected on 2025-12-01 (2025-11-15 to 2025-12-31)",
        "16.50 % of $20.00",
    ];
    assert_eq!(inputs, expected);
    let (service, column, parcel) = parse(&world, "overnight 0 100x100x100 400 cells 07102 2025-12-01");
    let refused = Cards::new(&world).price(&world, service, column, &parcel).unwrap_err();
    assert_eq!(refused.to_string(), "goods with lithium cells do not fly");
}

fn any_parcel() -> impl Strategy<Value = ParcelFacts> {
    let edge = 1_i64..2_500;
    let size = (edge.clone(), edge.clone(), edge).prop_map(|(l, w, h)| Size::new(l, w, h));
    (size, 1_i64..500_000, any::<bool>(), any::<bool>(), 0_u32..12, 0_i64..500).prop_map(
        |(size, gross, hazmat, residential, postal, day)| {
            let pickup = crate::network::Day::of("2025-03-01".parse().unwrap()).plus(day as i32).date();
            ParcelFacts { hazmat, residential, ..ParcelFacts::plain(size, Grams::new(gross), PostalIx(postal), pickup) }
        },
    )
}

fn any_surcharge() -> impl Strategy<Value = Surcharge> {
    let condition = prop_oneof![
        Just(Condition::Flag(Flag::Residential)),
        Just(Condition::Area("delivery_area".to_owned())),
        (1_i64..2_500).prop_map(|mm| Condition::Over(Measure::Longest, mm)),
        (1_i64..2_500).prop_map(|mm| Condition::Over(Measure::Second, mm)),
        (1_i64..9_000).prop_map(|mm| Condition::Over(Measure::Girth, mm)),
        (1_i64..500_000).prop_map(|g| Condition::Over(Measure::Weight, g)),
    ];
    let charged = prop_oneof![
        (0_i64..50).prop_map(|cents| Charged::Fixed(Cents::new(cents * 100))),
        (1_i64..100_000, 0_i64..50).prop_map(|(g, cents)| Charged::Table {
            measure: Measure::Billable,
            rows: vec![(g, vec![Cents::new(cents)]), (2 * g, vec![Cents::new(2 * cents)])],
        }),
    ];
    let group = prop::option::of(0..3_u8);
    (prop::collection::vec(condition, 0..3), charged, group, any::<bool>()).prop_map(
        |(conditions, charged, group, fuelled)| Surcharge {
            when: Condition::All(conditions),
            charged,
            group: group.map(|n| n.to_string()),
            sets: if fuelled { vec!["fuel".to_owned()] } else { Vec::new() },
            ..plain()
        },
    )
}

fn plain() -> Surcharge {
    let mut any = tiny_parts().tariffs[TariffIx(0)].surcharges[0].clone();
    (any.rule, any.label) = ("rule".to_owned(), "Rule".to_owned());
    any
}

fn fuel(bp: i64) -> Surcharge {
    let charged = Charged::Share { ppm: bp * 100, of: ShareOf::Set("fuel".to_owned()) };
    Surcharge { rule: "fuel".to_owned(), when: Condition::ALWAYS, charged, sets: Vec::new(), ..plain() }
}

/// Conditions and amounts by column, date and size, charges and discounts, in groups of two priorities.
fn any_rule() -> impl Strategy<Value = Surcharge> {
    let day = |n: i32| Day::of(date(2025, 10, 1)).plus(n).date();
    let leaf = prop_oneof![
        (0_u8..3, 0_u8..3).prop_map(|(a, b)| Condition::Columns(a.min(b), a.max(b))),
        (0_i32..60, 0_i32..60).prop_map(move |(from, days)| Condition::Dates(day(from), day(from + days))),
        (1_i64..1_500).prop_map(|mm| Condition::Over(Measure::Longest, mm)),
        (1_i64..40_000).prop_map(|g| Condition::Over(Measure::Billable, g)),
        (100_i64..140).prop_map(|percent| Condition::Over(Measure::VolumeRatio, percent)),
        Just(Condition::Flag(Flag::Fragile)),
        Just(Condition::Flag(Flag::Residential)),
    ];
    let part = (leaf, any::<bool>()).prop_map(|(leaf, not)| if not { Condition::Not(Box::new(leaf)) } else { leaf });
    let when =
        (prop::collection::vec(part, 0..3), any::<bool>()).prop_map(|(parts, all)| match all || parts.is_empty() {
            true => Condition::All(parts),
            false => Condition::Any(parts),
        });
    let cells = || prop::array::uniform3(-30_i64..200).prop_map(|cells| cells.map(Cents::new).to_vec());
    let charged = prop_oneof![
        (-30_i64..200).prop_map(|amount| Charged::Fixed(Cents::new(amount))),
        (cells(), cells()).prop_map(|(one, other)| Charged::Table {
            measure: Measure::Weight,
            rows: vec![(2_000, one), (20_000, other)],
        }),
        (1_i64..9).prop_map(|each| Charged::PerUnit {
            measure: Measure::Weight,
            unit: 1_000,
            above: 2_000,
            each: Cents::new(each),
        }),
        (0_i64..300_000).prop_map(|ppm| Charged::Share { ppm, of: ShareOf::Set("fuel".to_owned()) }),
    ];
    let place = (prop::option::of(0..2_u8), 0_u8..2, any::<bool>(), prop::bool::weighted(0.2));
    (when, charged, place).prop_map(|(when, charged, (group, priority, fuelled, off))| Surcharge {
        when,
        charged,
        group: group.map(|n| n.to_string()),
        priority,
        class: if off { ChargeClass::Discount } else { ChargeClass::Surcharge },
        least: Cents::new(-1_000),
        sets: if fuelled { vec!["fuel".to_owned()] } else { Vec::new() },
        ..plain()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_price_holds_for_its_span_and_is_the_least_of_what_it_is_said_to_be(
        edges in prop::array::uniform3((20_i64..1_000, 0_i64..500)), gross in (50_i64..20_000, 0_i64..20_000),
        columns in (0_u8..3, 0_u8..3), rules in prop::collection::vec(any_rule(), 0..4), day in 20_270_i32..20_500, later in -400_i32..400,
        residential: bool, fragile: (bool, bool),
    ) {
        let mut parts = tiny_parts();
        parts.tariffs[TariffIx(0)].surcharges.clone_from(&rules);
        let ratio = |(first, last), percent| crate::model::VolumeRatio { first, last, percent, ..any_ratio() };
        parts.volume_ratios = vec![ratio((date(2025, 11, 20), date(2025, 12, 5)), 130)];
        let Ok(world) = World::new(parts) else { return Ok(()) };
        let cards = Cards::new(&world);
        let (service, day) = (ServiceIx(0), Day::of(date(1970, 1, 1)).plus(day));
        let postal = world.postal("85087").unwrap();
        let asked = |column: u8, day: Day, is_larger: bool| {
            let [a, b, c] = edges.map(|(edge, more)| if is_larger { edge + more } else { edge });
            let gross = gross.0 + if is_larger { gross.1 } else { 0 };
            let parcel = ParcelFacts::plain(Size::new(a, b, c), Grams::new(gross), postal, day.date());
            let fragile = fragile.0 || (is_larger && fragile.1);
            cards.total(service, column, &ParcelFacts { residential, fragile, ..parcel })
        };
        let span = cards.span(service, None, day);
        prop_assert!(span.days.contains(&day.number()));
        let other = day.plus(later);
        if span.days.contains(&other.number()) {
            prop_assert_eq!(asked(columns.0, day, false), asked(columns.0, other, false));
        }
        let (near, far) = (columns.0.min(columns.1), columns.0.max(columns.1));
        if let (true, Ok(near), Ok(far)) = (span.rises, asked(near, day, false), asked(far, day, false)) {
            prop_assert!(near <= far);
        }
        if let (true, Ok(small), Ok(large)) = (span.grows, asked(near, day, false), asked(near, day, true)) {
            prop_assert!(small <= large);
        }
    }
}

fn any_ratio() -> crate::model::VolumeRatio {
    let carrier = tiny_parts().services[ServiceIx(0)].carrier;
    crate::model::VolumeRatio { carrier, service: None, first: date(2025, 1, 1), last: date(2025, 1, 1), percent: 100 }
}

proptest! {
    #[test]
    fn total_is_the_sum_of_the_lines(parcel in any_parcel(), surcharges in prop::collection::vec(any_surcharge(), 0..12),
                                     service in 0_u32..5, column in 0_u8..3, fuel_bp in 0_i64..5_000) {
        let mut parts = tiny_parts();
        parts.tariffs.iter_mut().for_each(|tariff| {
            tariff.surcharges.clone_from(&surcharges);
            tariff.surcharges.push(fuel(fuel_bp));
        });
        let world = World::new(parts).unwrap();
        let service = ServiceIx(service);
        let cards = Cards::new(&world);
        match (cards.price(&world, service, column, &parcel), cards.total(service, column, &parcel)) {
            (Ok(bill), Ok(total)) => {
                prop_assert_eq!(bill.total, total);
                prop_assert_eq!(bill.charges.iter().map(|c| c.amount).sum::<Cents>(), total);
                prop_assert!(bill.billable >= parcel.gross);
            }
            (bill, total) => prop_assert_eq!(bill.unwrap_err(), total.unwrap_err()),
        }
    }

    #[test]
    fn a_group_charges_its_dearest_rule_once(parcel in any_parcel(),
                                             surcharges in prop::collection::vec(any_surcharge(), 0..12)) {
        let priced = |rules: Vec<Surcharge>| {
            let mut parts = tiny_parts();
            let tariff = &mut parts.tariffs[TariffIx(3)];
            tariff.surcharges = rules;
            Cards::new(&World::new(parts).unwrap()).total(ServiceIx(3), 0, &parcel).unwrap()
        };
        let base = priced(Vec::new());
        let mut free = Cents::ZERO;
        let mut dearest: BTreeMap<String, Cents> = BTreeMap::new();
        for rule in &surcharges {
            // Each rule alone, then the most of each group.
            let alone = priced(vec![rule.clone()]) - base;
            match &rule.group {
                None => free += alone,
                Some(group) => {
                    let most = dearest.entry(group.clone()).or_default();
                    *most = alone.max(*most);
                }
            }
        }
        prop_assert_eq!(priced(surcharges), base + free + dearest.into_values().sum());
    }

    #[test]
    fn a_heavier_parcel_is_never_cheaper_on_rising_steps(parcel in any_parcel(), more in 0_i64..20_000, column in 0_u8..3) {
        let cards = Cards::new(&tiny_world());
        let heavier = ParcelFacts { gross: parcel.gross + Grams::new(more), ..parcel };
        if let (Ok(light), Ok(heavy)) =
            (cards.total(ServiceIx(0), column, &parcel), cards.total(ServiceIx(0), column, &heavier))
        {
            prop_assert!(heavy >= light);
        }
    }
}
