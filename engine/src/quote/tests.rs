//! How the price board steers quotes: when a promise waits for a later wave, and when nothing is offered.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Answer, NoChoice, QuoteOption, Request, View, Wish, answer};
use crate::board::PriceBoard;
use crate::calendar::civil::date;
use crate::calendar::parse_timestamp;
use crate::fulfilment::{LineQuantity, PlannedShipment, State, Terms};
use crate::model::fixture::{tiny_parts, tiny_world};
use crate::model::{
    Allotment, ChargeClass, Charged, Condition, Flag, ServiceIx, ServiceLevel, ShareOf, ShopPrice, SkuIx, Surcharge,
    TariffIx, WarehouseIx, World,
};
use crate::network::Network;
use crate::promise::{AllotmentRef, Unlimited, WaveLoad, WaveRef};
use crate::stock::{Ledger, StockEvent};
use crate::units::{Cents, Timestamp};

/// A mug to a home.
fn mug_to(world: &World, postal: &str, now: Timestamp) -> Request {
    let sku = SkuIx(0);
    Request {
        merchant: world.skus[sku].merchant,
        channel: None,
        postal: world.postal(postal).unwrap(),
        residential: true,
        lines: vec![LineQuantity { sku, quantity: 1 }],
        now,
        not_from: None,
        sent: 0,
        terms: Terms::PLAIN,
        by: None,
    }
}

/// A mug from New York to New York, where the first `waves` waves cost `cents` a unit of work.
fn quoted(network: &Network, waves: usize, cents: i64) -> (Answer, Vec<WaveRef>) {
    let world = &network.world;
    let (sku, warehouse) = (SkuIx(0), WarehouseIx(0));
    let mut ledger = Ledger::new(world.skus.len(), world.warehouses.len());
    ledger.apply(&StockEvent::Received { sku, warehouse, quantity: 5 });
    let now = parse_timestamp("2025-11-10T12:00:00Z").unwrap();
    let next = crate::promise::next_waves(network, warehouse, now, 6);
    let work: BTreeMap<WaveRef, Cents> = next.iter().take(waves).map(|&wave| (wave, Cents::new(cents))).collect();
    let board = PriceBoard { as_of: Some(now), work, ..PriceBoard::default() };
    let view = View { network, ledger: &ledger, load: &Unlimited, board: board.at(now) };
    let request = mug_to(world, "10001", now);
    (answer(&view, &request), next)
}

fn wave_of(answer: &Answer, level: ServiceLevel) -> WaveRef {
    answer.best(level, None).unwrap().shipments[0].planned.wave
}

#[test]
fn a_promise_waits_for_a_later_wave_when_the_price_says_so() {
    let network = Network::new(tiny_world());
    let (free, waves) = quoted(&network, 0, 0);
    assert_eq!(wave_of(&free, ServiceLevel::Standard), waves[0]);
    assert!(free.options.iter().all(|option| option.shipments[0].planned.wave == waves[0]));
    // Three units of work at 90 cents are more than the dollar that a standard order's day is held to cost.
    let (priced, _) = quoted(&network, 1, 90);
    let later = priced.best(ServiceLevel::Standard, None).unwrap();
    assert!(later.shipments[0].planned.wave > waves[0]);
    assert!(later.cost <= free.best(ServiceLevel::Standard, None).unwrap().cost, "prices are never paid");
    // Whoever needs it by the earlier date still gets it.
    let by = free.best(ServiceLevel::Standard, None).unwrap().delivers_by;
    assert!(priced.best(ServiceLevel::Standard, Some(by)).is_some());
}

#[test]
fn capacity_dearer_than_the_goods_is_not_offered() {
    let network = Network::new(tiny_world());
    let value = network.world.skus[SkuIx(0)].price.get();
    let (dear, _) = quoted(&network, 6, value);
    assert!(dear.options.is_empty() && dear.outpriced > 0);
    let wish = Wish { level: ServiceLevel::Standard, max_price: None, deliver_by: None };
    assert_eq!(dear.choose(&wish), Err(NoChoice::Outpriced));
}

#[test]
fn a_merchants_rule_sets_what_the_buyer_is_asked_and_the_ranking_stays() {
    let plain = quoted(&Network::new(tiny_world()), 0, 0).0;
    assert!(plain.options.iter().all(|option| option.price == option.cost && option.price_lines.is_empty()));
    // Half a cost more for standard on this day; at the buyer's door it is the tenth.
    let mut parts = tiny_parts();
    let rule = ShopPrice {
        id: "half".to_owned(),
        merchant: parts.skus[SkuIx(0)].merchant,
        channel: None,
        level: Some(ServiceLevel::Standard),
        markup_ppm: 500_000,
        markup: Cents::ZERO,
        least: Cents::ZERO,
        round_to: Cents::new(1),
        free_from: None,
        first: Some(date(2025, 11, 10)),
        last: Some(date(2025, 11, 10)),
    };
    parts.shop_prices.push(rule);
    let marked = quoted(&Network::new(World::new(parts).unwrap()), 0, 0).0;
    assert_eq!(marked.options.len(), plain.options.len());
    for (with, without) in marked.options.iter().zip(&plain.options) {
        assert_eq!((with.cost, with.level, with.delivers_by), (without.cost, without.level, without.delivers_by));
        let half = Cents::new((with.cost.get() + 1) / 2);
        let asked = if with.level == ServiceLevel::Standard { with.cost + half } else { with.cost };
        assert_eq!(with.price, asked);
    }
    // An order's limit is held against what is asked.
    let standard = marked.best(ServiceLevel::Standard, None).unwrap();
    let wish = |max_price| Wish { level: ServiceLevel::Standard, max_price: Some(max_price), deliver_by: None };
    assert!(marked.choose(&wish(standard.price)).is_ok());
    let least = marked.options.iter().map(|option| option.price).min().unwrap();
    assert!(matches!(marked.choose(&wish(least - Cents::new(1))), Err(NoChoice::Dear { .. })));
    assert!(marked.options.iter().any(|option| option.price > option.cost), "the rule was for one of them");
}

#[test]
fn an_option_that_is_asked_less_for_stays_and_is_taken_where_the_limit_says_so() {
    // Without rules own vans beat everything else on this cart; free standard shipping is kept beside them.
    let mut parts = tiny_parts();
    let rule = ShopPrice {
        id: "free".to_owned(),
        merchant: parts.skus[SkuIx(0)].merchant,
        channel: None,
        level: Some(ServiceLevel::Standard),
        markup_ppm: 0,
        markup: Cents::ZERO,
        least: Cents::ZERO,
        round_to: Cents::new(1),
        free_from: Some(Cents::ZERO),
        first: None,
        last: None,
    };
    parts.shop_prices.push(rule);
    let answer = quoted(&Network::new(World::new(parts).unwrap()), 0, 0).0;
    let free = answer.options.iter().find(|option| option.price == Cents::ZERO).expect("a free option");
    assert_eq!(free.level, ServiceLevel::Standard);
    let wish = Wish { level: ServiceLevel::Standard, max_price: Some(Cents::ZERO), deliver_by: None };
    assert_eq!(answer.choose(&wish).map(|option| option.price), Ok(Cents::ZERO));
}

#[test]
fn an_answer_stays_what_it_is_until_it_says_so() {
    use crate::units::{Seconds, Timestamp};
    let network = Network::new(tiny_world());
    let world = &network.world;
    let sku = SkuIx(0);
    let mut ledger = Ledger::new(world.skus.len(), world.warehouses.len());
    for n in 0..3 {
        ledger.apply(&StockEvent::Received { sku, warehouse: WarehouseIx(n), quantity: 2 });
    }
    let start = parse_timestamp("2025-11-10T12:00:00Z").unwrap();
    let wave = crate::promise::next_waves(&network, WarehouseIx(0), start, 1)[0];
    let priced =
        PriceBoard { as_of: Some(start), work: BTreeMap::from([(wave, Cents::new(40))]), ..PriceBoard::default() };
    let answered = |board: &PriceBoard, now: Timestamp| {
        let view = View { network: &network, ledger: &ledger, load: &Unlimited, board: board.at(now) };
        answer(
            &view,
            &Request {
                merchant: world.skus[sku].merchant,
                channel: None,
                postal: world.postal("60601").unwrap(),
                residential: true,
                lines: vec![LineQuantity { sku, quantity: 1 }],
                now,
                not_from: None,
                sent: 0,
                terms: Terms::PLAIN,
                by: None,
            },
        )
    };
    for board in [PriceBoard::default(), priced] {
        let (mut now, mut spans) = (start, 0);
        let end = start + Seconds::hours(30);
        while now < end {
            let until = super::same_until(&network, &board, now);
            assert!(until > now);
            let first = answered(&board, now);
            let length = (until - now).get();
            for part in [1, 3, 7] {
                let then = now + Seconds::new((length - 1) * part / 7);
                assert_eq!(answered(&board, then), first, "{now} to {then}");
            }
            // While prices fade it is asked every second: look at a few of them only.
            now = if length == 1 { now + Seconds::minutes(47) } else { until };
            spans += 1;
        }
        assert!(spans > 5, "{spans}");
    }
}

/// A mug from New York and a vase from Chicago, where the post takes this many parcels a day: services and days of collection.
fn in_two_parts(post: u32, board: &dyn Fn(&World) -> PriceBoard) -> Vec<(ServiceIx, String)> {
    let mut parts = tiny_parts();
    parts.allotments.push(Allotment {
        id: "post".parse().unwrap(),
        services: vec![ServiceIx(2)],
        warehouses: Vec::new(),
        regions: Vec::new(),
        first_day: None,
        last_day: None,
        parcels: post,
    });
    let network = Network::new(World::new(parts).unwrap());
    let world = &network.world;
    let mut ledger = Ledger::new(world.skus.len(), world.warehouses.len());
    for n in 0..2 {
        ledger.apply(&StockEvent::Received { sku: SkuIx(n), warehouse: WarehouseIx(n), quantity: 1 });
    }
    let now = parse_timestamp("2025-11-10T12:00:00Z").unwrap();
    let (state, board) = (State::new(world), board(world));
    let merchant = world.skus[SkuIx(0)].merchant;
    let load = state.load(world).of(merchant, now);
    let view = View { network: &network, ledger: &ledger, load: &load, board: board.at(now) };
    let request = Request {
        merchant,
        postal: world.postal("60614").unwrap(),
        residential: true,
        lines: (0..2).map(|n| LineQuantity { sku: SkuIx(n), quantity: 1 }).collect(),
        now,
        not_from: None,
        channel: None,
        sent: 0,
        terms: Terms::PLAIN,
        by: None,
    };
    let answer = answer(&view, &request);
    let cheapest = answer.options.iter().min_by_key(|option| option.cost).unwrap();
    let day = |planned: &PlannedShipment| planned.pickup_at.to_string()[..10].to_owned();
    cheapest.shipments.iter().map(|shipment| (shipment.planned.service, day(&shipment.planned))).collect()
}

#[test]
fn parts_of_an_option_share_an_allotment_across_warehouses() {
    let free = |_: &World| PriceBoard::default();
    let by_post = |parts: Vec<(ServiceIx, String)>| {
        parts.into_iter().filter(|(service, day)| *service == ServiceIx(2) && day == "2025-11-10").count()
    };
    assert_eq!(by_post(in_two_parts(2, &free)), 2);
    assert_eq!(by_post(in_two_parts(1, &free)), 1);
}

#[test]
fn an_allotments_price_steers_parcels_to_another_day_or_service() {
    let priced = |world: &World| {
        let day = crate::calendar::civil::date(2025, 11, 10);
        let of = AllotmentRef { allotment: world.allotments.indices().next().unwrap(), day };
        let as_of = Some(parse_timestamp("2025-11-10T12:00:00Z").unwrap());
        PriceBoard { as_of, allotment: BTreeMap::from([(of, Cents::new(1_000))]), ..PriceBoard::default() }
    };
    let steered = in_two_parts(2, &priced);
    assert!(!steered.contains(&(ServiceIx(2), "2025-11-10".to_owned())), "{steered:?}");
}

/// A mug of 1,200 from New York to New York on some terms; what is offered costs so much by service, the rest has its reason. The post collects
/// cash for 700, ground insures for 2 % of the value, at least 300.
fn on_terms(terms: Terms) -> (Vec<(u32, i64)>, BTreeMap<u32, String>) {
    let mut parts = tiny_parts();
    let rule = |rule: &str, class, flag, charged, least| Surcharge {
        rule: rule.to_owned(),
        label: rule.to_owned(),
        class,
        when: Condition::Flag(flag),
        charged,
        least: Cents::new(least),
        most: None,
        group: None,
        priority: 0,
        sets: Vec::new(),
    };
    let cash = Charged::Fixed(Cents::new(700));
    parts.tariffs[TariffIx(2)].surcharges.push(rule(
        "cash",
        ChargeClass::CashOnDelivery,
        Flag::CashOnDelivery,
        cash,
        0,
    ));
    let cover = Charged::Share { ppm: 20_000, of: ShareOf::Value };
    parts.tariffs[TariffIx(0)].surcharges.push(rule("cover", ChargeClass::Insurance, Flag::Insured, cover, 300));
    let network = Network::new(World::new(parts).unwrap());
    let world = &network.world;
    let mut ledger = Ledger::new(world.skus.len(), world.warehouses.len());
    ledger.apply(&StockEvent::Received { sku: SkuIx(0), warehouse: WarehouseIx(0), quantity: 5 });
    let now = parse_timestamp("2025-09-01T12:00:00Z").unwrap();
    let board = PriceBoard::default();
    let view = View { network: &network, ledger: &ledger, load: &Unlimited, board: board.at(now) };
    let request = Request { residential: false, terms, ..mug_to(world, "10001", now) };
    let sourcing = vec![super::Part { warehouse: WarehouseIx(0), lines: request.lines.clone() }];
    let offered = super::options_of(&view, &request, &sourcing);
    let of = |option: &super::QuoteOption| {
        (option.shipments[0].planned.service.0, option.shipments[0].way.carrier_cost.get())
    };
    let mut offered: Vec<_> = offered.iter().map(of).collect();
    offered.sort_unstable();
    let missing = answer(&view, &request).missing;
    (offered, missing.into_iter().map(|missing| (missing.service.0, missing.reason.to_string())).collect())
}

#[test]
fn terms_are_charged_and_leave_out_who_does_not_offer_them() {
    let (plain, _) = on_terms(Terms::PLAIN);
    let cost = |service: u32| plain.iter().find(|(own, _)| *own == service).unwrap().1;
    // Ground, overnight, post, freight and vans.
    assert_eq!(plain.iter().map(|(service, _)| *service).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let (cash, missing) = on_terms(Terms { cash_on_delivery: true, ..Terms::PLAIN });
    assert_eq!(cash, [(2, cost(2) + 700)]);
    assert_eq!(missing[&4], "it does not collect cash at the door");
    let (insured, missing) = on_terms(Terms { insured: true, ..Terms::PLAIN });
    assert_eq!(insured, [(0, cost(0) + 300)]);
    assert_eq!(missing[&2], "it does not insure goods");
    let (box_of_post, missing) = on_terms(Terms { po_box: true, ..Terms::PLAIN });
    assert_eq!(box_of_post, [(2, cost(2))]);
    assert_eq!(missing[&0], "only the post delivers to post-office boxes");
    let (both, missing) = on_terms(Terms { insured: true, cash_on_delivery: true, ..Terms::PLAIN });
    assert_eq!((both, missing.len()), (Vec::new(), 5));
}

#[test]
fn the_best_chance_to_keep_a_time_is_among_the_options() {
    let network = Network::new(tiny_world());
    let world = &network.world;
    let mut ledger = Ledger::new(world.skus.len(), world.warehouses.len());
    for warehouse in world.warehouses.indices() {
        ledger.apply(&StockEvent::Received { sku: SkuIx(0), warehouse, quantity: 5 });
    }
    let now = parse_timestamp("2025-11-10T12:00:00Z").unwrap();
    let board = PriceBoard::default();
    let view = View { network: &network, ledger: &ledger, load: &Unlimited, board: board.at(now) };
    for hours in [20, 40, 60, 80, 120, 200] {
        let by = now + crate::units::Seconds::hours(hours);
        let request = Request { by: Some(by), ..mug_to(world, "60614", now) };
        let best = |options: &[super::QuoteOption]| options.iter().filter_map(|o| o.chance_by).fold(0.0, f64::max);
        let all = world.warehouses.indices().flat_map(|warehouse| {
            let part = super::Part { warehouse, lines: request.lines.clone() };
            super::options_of(&view, &request, &vec![part])
        });
        let (kept, all) = (answer(&view, &request).options, all.collect::<Vec<_>>());
        assert_eq!(best(&kept), best(&all), "{hours} h");
        // What is offered without a time is offered with one.
        for option in answer(&view, &Request { by: None, ..request.clone() }).options {
            assert!(kept.iter().any(|other| other.plan() == option.plan()));
        }
    }
}

/// Room for so many parcels at each collection.
struct RoomFor(i64);

impl WaveLoad for RoomFor {
    fn free_pickup(&self, _: &crate::promise::PickupRef, _: i64) -> i64 {
        self.0
    }
}

/// All that could be had, without those that another one beats.
fn unbeaten(view: &View, request: &Request) -> Vec<QuoteOption> {
    let sourcings = super::sourcings(view, request).unwrap();
    let mut all: Vec<QuoteOption> =
        sourcings.iter().flat_map(|sourcing| super::options_of(view, request, sourcing)).collect();
    all.sort_by_key(|option| {
        let planned = &option.shipments[0].planned;
        (option.steered(), option.delivers_by, Reverse(option.level), planned.warehouse, planned.service)
    });
    let mut kept: Vec<QuoteOption> = Vec::new();
    for option in all {
        let beats = |other: &QuoteOption| other.delivers_by <= option.delivers_by && other.level >= option.level;
        if !kept.iter().any(beats) {
            kept.push(option);
        }
    }
    kept
}

proptest! {
    #[test]
    fn what_is_not_looked_at_is_no_option(
        quantities in prop::array::uniform3(0_u32..6), postal in 0_usize..12, hour in 0_i64..24 * 60, priced in 0_usize..3,
        returned_to_source: bool, dear in prop::option::of((0_u32..5, 0_u32..3)), room in 1_i64..4,
    ) {
        let lines: Vec<LineQuantity> = (0..).zip(quantities).filter(|(_, quantity)| *quantity > 0)
            .map(|(sku, quantity)| LineQuantity { sku: SkuIx(sku), quantity })
            .collect();
        prop_assume!(!lines.is_empty());
        let mut parts = tiny_parts();
        if !returned_to_source {
            parts.merchants.iter_mut().for_each(|merchant| merchant.returns_to = crate::model::ReturnsTo::Cheapest);
        }
        let network = Network::new(World::new(parts).unwrap());
        let world = &network.world;
        let mut ledger = Ledger::new(world.skus.len(), world.warehouses.len());
        for line in &lines {
            for warehouse in world.warehouses.indices() {
                ledger.apply(&StockEvent::Received { sku: line.sku, warehouse, quantity: 5 });
            }
        }
        // Two months over the peak's first day and the clocks' change.
        let now = parse_timestamp("2025-10-01T12:00:00Z").unwrap() + crate::units::Seconds::hours(hour);
        let to = world.postals.indices().nth(postal).unwrap();
        let request = Request { lines, ..mug_to(world, &world.postals[to].code, now) };
        let waves = world.warehouses.indices().flat_map(|from| crate::promise::next_waves(&network, from, now, priced));
        let work: BTreeMap<WaveRef, Cents> = waves.map(|wave| (wave, Cents::new(20))).collect();
        // One collection of one service has a price.
        let first = |(service, from): (u32, u32)| {
            let (service, warehouse) = (ServiceIx(service), WarehouseIx(from));
            let (at, _) = crate::promise::next_pickup(&network, warehouse, service, now)?;
            Some((crate::promise::PickupRef { warehouse, service, at }, Cents::new(60)))
        };
        let pickup = dear.and_then(first).into_iter().collect();
        let board = PriceBoard { as_of: Some(now), work, pickup, ..PriceBoard::default() };
        let view = View { network: &network, ledger: &ledger, load: &RoomFor(room), board: board.at(now) };
        let found = answer(&view, &request);
        prop_assert_eq!(found.outpriced, 0);
        prop_assert_eq!(&found.options, &unbeaten(&view, &request));
        let could = |service: ServiceIx| {
            let sourcings = super::sourcings(&view, &request).unwrap();
            let mut all = sourcings.iter().flat_map(|sourcing| super::options_of(&view, &request, sourcing));
            all.any(|option| option.shipments[0].planned.service == service)
        };
        for service in world.services.indices() {
            prop_assert_eq!(found.missing.iter().all(|missing| missing.service != service), could(service));
        }
    }
}
