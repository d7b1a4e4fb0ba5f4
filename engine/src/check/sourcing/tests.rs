//! Sourcing rules on the tiny world: golden cases of every kind in quotes and re-plans, and random rules on random stock.
//!
//! Monday 2025-11-10, 07:00 in New York, unless told otherwise.

use proptest::prelude::*;

use super::*;
use crate::assign::{BacklogOptions, plan_backlog};
use crate::board::PriceBoard;
use crate::calendar::parse_timestamp;
use crate::explain::{self, Blocked, Constraint, Limits, Words};
use crate::fulfilment::NewOrder;
use crate::ids::PlanRunId;
use crate::model::fixture::tiny_parts;
use crate::model::{AllotmentIx, CategoryIx, RuleIx, ServiceIx, ServiceLevel, World};
use crate::promise::{AllotmentRef, PickupRef, WaveLoad, WaveRef};
use crate::quote::{self, Answer, NoChoice, QuoteOption, Request, View, Wish};
use crate::search::{Budget, Rng, Seed, Silent};
use crate::sourcing::{Asked, Binding, Closed, Sending};
use crate::stock::StockEvent;
use crate::units::Metres;

const NOW: &str = "2025-11-10T12:00:00Z";
const ANY: Wish = Wish { level: ServiceLevel::Standard, max_price: None, deliver_by: None };

fn at(text: &str) -> Timestamp {
    parse_timestamp(text).unwrap()
}

fn day(text: &str) -> Option<Date> {
    Some(text.parse().unwrap())
}

/// A hard rule for everybody about everything.
fn rule(kind: RuleKind) -> SourcingRule {
    SourcingRule {
        id: kind.word().parse().unwrap(),
        merchant: None,
        channel: None,
        kind,
        warehouses: Vec::new(),
        skus: Vec::new(),
        categories: Vec::new(),
        price: None,
        first_day: None,
        last_day: None,
    }
}

fn soft(rule: SourcingRule, cents: i64) -> SourcingRule {
    SourcingRule { price: Some(Cents::new(cents)), ..rule }
}

fn from(rule: SourcingRule, warehouses: &[u32]) -> SourcingRule {
    SourcingRule { warehouses: warehouses.iter().map(|&n| WarehouseIx(n)).collect(), ..rule }
}

/// Of the first merchant: 0 a mug, 1 a vase, 2 a tent.
fn goods(rule: SourcingRule, skus: &[u32]) -> SourcingRule {
    SourcingRule { merchant: Some(MerchantIx(0)), skus: skus.iter().map(|&n| SkuIx(n)).collect(), ..rule }
}

fn network(rules: Vec<SourcingRule>) -> Network {
    let mut parts = tiny_parts();
    parts.rules = rules.into();
    Network::new(World::new(parts).unwrap())
}

fn sku(world: &World, id: &str) -> SkuIx {
    world.skus.enumerate().find(|(_, sku)| sku.id.as_str() == id).unwrap().0
}

/// `mug NYC 5; mug CHI 2`.
fn receive(network: &Network, state: &mut State, stock: &str) {
    for row in stock.split("; ") {
        let words: Vec<&str> = row.split(' ').collect();
        let (sku, warehouse) = (sku(&network.world, words[0]), network.world.warehouse(words[1]).unwrap());
        let change = StockEvent::Received { sku, warehouse, quantity: words[2].parse().unwrap() };
        state.apply(&Event::Stock { change });
    }
}

fn stocked(network: &Network, stock: &str) -> State {
    let mut state = State::new(&network.world);
    receive(network, &mut state, stock);
    state
}

/// `3 mug, 1 vase > 10001`.
fn request(network: &Network, cart: &str, now: &str) -> Request {
    let world = &network.world;
    let (lines, postal) = cart.split_once(" > ").unwrap();
    let line = |text: &str| {
        let (quantity, id) = text.split_once(' ').unwrap();
        LineQuantity { sku: sku(world, id), quantity: quantity.parse().unwrap() }
    };
    let mut lines: Vec<LineQuantity> = lines.split(", ").map(line).collect();
    lines.sort();
    Request {
        merchant: world.skus[lines[0].sku].merchant,
        channel: None,
        postal: world.postal(postal).unwrap(),
        residential: true,
        lines,
        now: at(now),
        not_from: None,
        terms: crate::fulfilment::Terms::PLAIN,
        by: None,
        sent: 0,
    }
}

fn answer(network: &Network, state: &State, request: &Request) -> Answer {
    let load = state.load(&network.world).of(request.merchant, request.now);
    let view = View { network, ledger: state.ledger(), load: &load, board: state.board().at(request.now) };
    quote::answer(&view, request)
}

fn decision<'a>(request: &'a Request, new: &'a [PlannedShipment]) -> Decision<'a> {
    let (merchant, channel, postal) = (request.merchant, request.channel.as_ref(), request.postal);
    Decision { merchant, channel, postal, sent: 0, old: &[], new, held: &[] }
}

/// `NYC`, `CHI + NYC`, with what soft rules charge; or the rules that refuse.
fn told(network: &Network, answer: &Answer) -> String {
    match answer.choose(&ANY) {
        Ok(option) => {
            let levied = if option.levied > Cents::ZERO { format!(" {}", option.levied.get()) } else { String::new() };
            format!("{}{levied}", places(network, &option.plan()))
        }
        Err(NoChoice::Ruled(ruled)) => {
            let mut rules: Vec<&str> = ruled.iter().map(|r| network.world.rules[r.rule].id.as_str()).collect();
            rules.dedup();
            format!("refused by {}", rules.join(" "))
        }
        Err(other) => format!("{other:?}"),
    }
}

fn places(network: &Network, plan: &[PlannedShipment]) -> String {
    let mut names: Vec<&str> = plan.iter().map(|p| network.world.warehouses[p.warehouse].id.as_str()).collect();
    names.sort_unstable();
    names.join(" + ")
}

#[test]
fn every_kind_of_rule_in_a_quote() {
    use RuleKind::*;
    let one = ("mug NYC 5; mug LAX 9", "3 mug > 10001");
    let two = ("mug NYC 1; vase CHI 1; tent CHI 1; tent LAX 1", "1 mug, 1 vase > 10001");
    let three = ("mug NYC 1; vase CHI 1; tent LAX 1", "1 mug, 1 vase, 1 tent > 10001");
    let whole = ("mug NYC 1; vase NYC 1; mug LAX 1", "1 mug, 1 vase > 10001");
    let near = MaxDistance { within: Metres::new(2_000_000) };
    let cases: Vec<((&str, &str), Vec<SourcingRule>, &str)> = vec![
        (one, vec![], "NYC"),
        (one, vec![from(rule(Blocked), &[0])], "LAX"),
        (one, vec![soft(from(rule(Blocked), &[0]), 100)], "NYC 100"),
        (one, vec![soft(from(rule(Blocked), &[0]), 5_000)], "LAX"),
        (one, vec![goods(from(rule(Blocked), &[0]), &[1])], "NYC"),
        (one, vec![SourcingRule { merchant: Some(MerchantIx(1)), ..from(rule(Blocked), &[0]) }], "NYC"),
        (one, vec![SourcingRule { categories: vec![CategoryIx(0)], ..from(rule(Blocked), &[0]) }], "LAX"),
        (one, vec![from(rule(Blocked), &[0]), rule(near)], "refused by blocked max_distance"),
        (one, vec![from(rule(Blocked), &[0]), soft(rule(near), 50)], "LAX 50"),
        (one, vec![rule(MinStockLeft { units: 3 })], "LAX"),
        (one, vec![rule(MinStockLeft { units: 2 })], "NYC"),
        (one, vec![rule(MinStockLeft { units: 7 })], "refused by min_stock_left"),
        (one, vec![soft(rule(MinStockLeft { units: 3 }), 5_000)], "LAX"),
        (one, vec![soft(from(rule(Preferred), &[2]), 5_000)], "LAX"),
        (one, vec![soft(from(rule(Preferred), &[2]), 100)], "NYC 100"),
        (one, vec![from(rule(MaxOrdersADay { orders: 0 }), &[0])], "LAX"),
        (one, vec![soft(from(rule(MaxOrdersADay { orders: 0 }), &[0]), 5_000)], "LAX"),
        (one, vec![from(rule(Offline), &[0])], "LAX"),
        (one, vec![from(rule(Offline), &[0, 2])], "refused by offline"),
        (one, vec![soft(from(rule(Offline), &[0]), 5_000)], "LAX"),
        (two, vec![], "CHI + NYC"),
        (two, vec![rule(MaxSplits { shipments: 2 })], "CHI + NYC"),
        (two, vec![rule(MaxSplits { shipments: 1 })], "refused by max_splits"),
        (two, vec![soft(rule(MaxSplits { shipments: 1 }), 70)], "CHI + NYC 70"),
        (two, vec![rule(MinValueToSplit { value: Cents::new(6_100) })], "CHI + NYC"),
        (two, vec![rule(MinValueToSplit { value: Cents::new(6_101) })], "refused by min_value_to_split"),
        (two, vec![soft(rule(MinValueToSplit { value: Cents::new(6_101) }), 80)], "CHI + NYC 80"),
        (two, vec![goods(rule(NoSplit { whole: true }), &[1])], "refused by no_split"),
        (two, vec![goods(rule(NoSplit { whole: true }), &[2])], "CHI + NYC"),
        (two, vec![goods(rule(NoSplit { whole: false }), &[1])], "CHI + NYC"),
        (two, vec![goods(rule(NoSplit { whole: false }), &[0, 1])], "refused by no_split"),
        (two, vec![soft(goods(rule(NoSplit { whole: true }), &[1]), 90)], "CHI + NYC 90"),
        (two, vec![goods(rule(Kit), &[0, 1])], "refused by kit"),
        (two, vec![goods(rule(Kit), &[0, 2])], "CHI + NYC"),
        (two, vec![soft(goods(rule(Kit), &[0, 1]), 60)], "CHI + NYC 60"),
        (three, vec![], "CHI + LAX + NYC"),
        (three, vec![rule(MaxSplits { shipments: 2 })], "refused by max_splits"),
        (three, vec![soft(rule(MaxSplits { shipments: 1 }), 70)], "CHI + LAX + NYC 140"),
        (three, vec![soft(goods(rule(Kit), &[0, 1]), 60)], "CHI + LAX + NYC 60"),
        (whole, vec![goods(rule(Kit), &[0, 1]), from(rule(Blocked), &[0])], "refused by kit blocked"),
    ];
    for ((stock, cart), rules, expected) in cases {
        let network = network(rules.clone());
        let state = stocked(&network, stock);
        let request = request(&network, cart, NOW);
        let answer = answer(&network, &state, &request);
        assert_eq!(told(&network, &answer), expected, "{rules:?}");
        for option in &answer.options {
            assert_eq!(check(&network, &state, request.now, &[decision(&request, &option.plan())]), vec![]);
        }
    }
}

#[test]
fn three_parts_of_whole_lines_are_found_where_the_greedy_cover_takes_four() {
    // The greedy cover starts where most units are, tears the tents apart, and ends with more parts than allowed.
    let network = network(vec![rule(RuleKind::MaxSplits { shipments: 3 }), goods(rule(RuleKind::Kit), &[0, 2])]);
    let state = stocked(&network, "tent NYC 9; mug NYC 1; mug CHI 1; tent CHI 2; vase LAX 1; tent LAX 1");
    let answer = answer(&network, &state, &request(&network, "1 mug, 1 vase, 2 tent > 60614", NOW));
    assert_eq!(told(&network, &answer), "CHI + LAX");
}

#[test]
fn an_offline_warehouse_is_passed_over_until_it_works_again() {
    let closed = SourcingRule { last_day: day("2025-11-11"), ..from(rule(RuleKind::Offline), &[0]) };
    let network = network(vec![closed]);
    let state = stocked(&network, "mug NYC 5");
    let answer = answer(&network, &state, &request(&network, "3 mug > 10001", NOW));
    let waves: Vec<Date> = answer.options.iter().map(|option| option.shipments[0].planned.wave.date).collect();
    assert!(!waves.is_empty() && waves.iter().all(|date| Some(*date) == day("2025-11-12")), "{waves:?}");
    assert_eq!(answer.ruled.len(), 1);
}

/// Answers everything with a number of its own.
struct Told;

impl WaveLoad for Told {
    fn free_work(&self, _: &WaveRef) -> i64 {
        1
    }

    fn free_pickup(&self, _: &PickupRef, _: i64) -> i64 {
        2
    }

    fn free_allotment(&self, _: &AllotmentRef, _: i64) -> i64 {
        3
    }

    fn own_work(&self, _: &WaveRef) -> i64 {
        4
    }

    fn own_pickup(&self, _: &PickupRef) -> i64 {
        5
    }

    fn work_released(&self, _: &WaveRef, _: i64) -> Option<Timestamp> {
        Some(Timestamp::from_unix(6))
    }

    fn pickup_released(&self, _: &PickupRef, _: i64, _: i64) -> Option<Timestamp> {
        Some(Timestamp::from_unix(7))
    }

    fn collected(&self, _: ServiceIx, _: Date) -> i64 {
        9
    }

    fn waives(&self, _: ServiceIx) -> bool {
        true
    }

    fn orders_on(&self, _: WarehouseIx, _: Date, _: Option<MerchantIx>, _: Option<&ChannelId>) -> i64 {
        8
    }
}

#[test]
fn what_rules_do_not_close_has_the_room_that_it_had() {
    let network = network(vec![from(rule(RuleKind::Offline), &[0])]);
    let request = request(&network, "1 mug > 10001", NOW);
    let (merchant, postal, lines, now) = (request.merchant, request.postal, request.lines.as_slice(), request.now);
    let binding =
        Binding::new(&network, &Told, Asked { merchant, channel: None, postal, lines, now, sent: 0, held: &[] });
    let load = Closed { load: &Told, binding: &binding };
    let wave = |at| WaveRef { warehouse: WarehouseIx(at), date: "2025-11-10".parse().unwrap(), slot: 0 };
    let pickup = PickupRef { warehouse: WarehouseIx(1), service: ServiceIx(0), at: now };
    let allotment = AllotmentRef { allotment: AllotmentIx(0), day: wave(1).date };
    assert_eq!((load.free_work(&wave(0)), load.work_released(&wave(0), 1)), (-1, None));
    assert_eq!((load.free_work(&wave(1)), load.free_pickup(&pickup, 9), load.free_allotment(&allotment, 9)), (1, 2, 3));
    assert_eq!((load.own_work(&wave(1)), load.own_pickup(&pickup)), (4, 5));
    assert_eq!(load.work_released(&wave(1), 9), Told.work_released(&wave(1), 9));
    assert_eq!(load.pickup_released(&pickup, 9, 9), Told.pickup_released(&pickup, 9, 9));
    assert_eq!(load.collected(ServiceIx(0), wave(1).date), 9);
    assert!(load.waives(ServiceIx(0)) && load.orders_on(WarehouseIx(1), wave(1).date, None, None) == 8);
}

#[test]
fn versions_switch_at_the_midnight_of_their_place() {
    let blocked = from(rule(RuleKind::Blocked), &[0]);
    let earlier = SourcingRule { last_day: day("2025-11-11"), ..soft(blocked.clone(), 1) };
    let later = SourcingRule { first_day: day("2025-11-12"), ..blocked };
    let network = network(vec![earlier, later]);
    let state = stocked(&network, "mug NYC 5; mug LAX 5");
    let told_at = |now: &str| told(&network, &answer(&network, &state, &request(&network, "3 mug > 10001", now)));
    // Midnight at the warehouse in Newark.
    assert_eq!(told_at("2025-11-12T04:59:59Z"), "NYC 1");
    assert_eq!(told_at("2025-11-12T05:00:00Z"), "LAX");

    let splits = SourcingRule { first_day: day("2025-11-12"), ..rule(RuleKind::MaxSplits { shipments: 1 }) };
    let network = self::network(vec![splits]);
    let state = stocked(&network, "mug NYC 1; vase CHI 1");
    let told_at =
        |now: &str| told(&network, &answer(&network, &state, &request(&network, "1 mug, 1 vase > 90012", now)));
    // Midnight at the buyer's door in Los Angeles.
    assert_eq!(told_at("2025-11-12T07:59:59Z"), "CHI + NYC");
    assert_eq!(told_at("2025-11-12T08:00:00Z"), "refused by max_splits");
}

#[test]
fn rules_of_a_channel_bind_its_orders_alone() {
    let web = SourcingRule { channel: Some("web".parse().unwrap()), ..from(rule(RuleKind::Blocked), &[0]) };
    let network = network(vec![web]);
    let state = stocked(&network, "mug NYC 5; mug LAX 5");
    let mut request = request(&network, "3 mug > 10001", NOW);
    for (channel, expected) in [(None, "NYC"), (Some("store"), "NYC"), (Some("web"), "LAX")] {
        request.channel = channel.map(|text| text.parse().unwrap());
        assert_eq!(told(&network, &answer(&network, &state, &request)), expected);
    }
}

fn accept(state: &mut State, request: &Request, option: &QuoteOption, id: &str) -> bool {
    let new = NewOrder {
        id: id.parse().unwrap(),
        reference: None,
        merchant: request.merchant,
        channel: request.channel.clone(),
        postal: request.postal,
        residential: true,
        terms: crate::fulfilment::Terms::PLAIN,
        level: ServiceLevel::Standard,
        lines: request.lines.clone(),
        placed_at: request.now,
        promised_by: option.delivers_by + crate::units::Seconds::hours(400),
        quoted: option.cost,
        plan: option.plan(),
        forecast: None,
        quote: None,
        reservation: None,
    };
    let Ok(events) = state.decide_accept(new) else { return false };
    events.iter().for_each(|event| state.apply(event));
    true
}

/// Places the cart under no rule, then lets more goods come in, and plans anew under `rules`; where the order is then.
fn replanned(stock: &str, more: &str, cart: &str, rules: Vec<SourcingRule>) -> String {
    let free = network(Vec::new());
    let mut state = stocked(&free, stock);
    let request = request(&free, cart, NOW);
    let quoted = answer(&free, &state, &request);
    assert!(accept(&mut state, &request, quoted.choose(&ANY).unwrap(), "o-1"));
    receive(&free, &mut state, more);
    let network = network(rules);
    plan(&network, &mut state, NOW);
    places(&network, &state.orders().values().next().unwrap().plan)
}

/// Plans the backlog, has it verified, commits it; the run.
fn plan(network: &Network, state: &mut State, now: &str) -> Option<crate::fulfilment::PlanRun> {
    let id = PlanRunId::new(&format!("run-{}", state.plan_runs().len())).unwrap();
    let mut budget = Budget::iterations(60);
    let options = BacklogOptions::default();
    let found = plan_backlog(network, state, at(now), id, &options, &mut budget, &mut Silent)?;
    assert_eq!(crate::check::assign::check(&found.problem, &found.plan), vec![]);
    let run = found.commit.run.clone();
    assert!(run.lower_bound <= run.cost, "{run:?}");
    let events = state.decide_commit(&network.world, found.commit);
    assert_eq!(moves(network, state, at(now), &events), vec![]);
    for event in events {
        state.apply(&event);
    }
    Some(run)
}

#[test]
fn every_kind_of_rule_in_a_replan() {
    use RuleKind::*;
    // From Los Angeles to New York it is dear; then Newark gets mugs.
    let one = ("mug LAX 5", "mug NYC 5", "3 mug > 10001");
    // Sent in two, then Chicago holds it all.
    let two = ("mug NYC 1; vase LAX 1", "mug CHI 1; vase CHI 1", "1 mug, 1 vase > 90012");
    let near = MaxDistance { within: Metres::new(1_000_000) };
    let cases: Vec<((&str, &str, &str), Vec<SourcingRule>, &str)> = vec![
        (one, vec![], "NYC"),
        (one, vec![from(rule(Blocked), &[0])], "LAX"),
        (one, vec![soft(from(rule(Blocked), &[0]), 100)], "NYC"),
        (one, vec![soft(from(rule(Blocked), &[0]), 5_000)], "LAX"),
        (one, vec![soft(from(rule(Preferred), &[2]), 5_000)], "LAX"),
        (one, vec![soft(from(rule(Preferred), &[2]), 50)], "NYC"),
        (one, vec![from(rule(MinStockLeft { units: 3 }), &[0])], "LAX"),
        (one, vec![from(rule(MinStockLeft { units: 2 }), &[0])], "NYC"),
        (one, vec![soft(from(rule(MinStockLeft { units: 3 }), &[0]), 5_000)], "LAX"),
        (one, vec![from(rule(Offline), &[0])], "LAX"),
        (one, vec![from(rule(MaxOrdersADay { orders: 0 }), &[0])], "LAX"),
        (one, vec![soft(from(rule(MaxOrdersADay { orders: 0 }), &[0]), 5_000)], "LAX"),
        // What is held stays valid.
        (one, vec![from(rule(Blocked), &[0, 2])], "LAX"),
        (("mug NYC 5", "mug LAX 5", "3 mug > 90012"), vec![rule(near)], "LAX"),
        (("mug LAX 5", "mug CHI 5", "3 mug > 10001"), vec![], "CHI"),
        (("mug LAX 5", "mug CHI 5", "3 mug > 10001"), vec![rule(near)], "LAX"),
        (two, vec![soft(rule(MaxSplits { shipments: 1 }), 5_000)], "CHI"),
        (two, vec![soft(goods(rule(Kit), &[0, 1]), 5_000)], "CHI"),
        (two, vec![soft(goods(rule(NoSplit { whole: true }), &[1]), 5_000)], "CHI"),
        (two, vec![soft(rule(MinValueToSplit { value: Cents::new(10_000) }), 5_000)], "CHI"),
    ];
    for ((stock, more, cart), rules, expected) in cases {
        assert_eq!(replanned(stock, more, cart, rules.clone()), expected, "{rules:?}");
    }
}

#[test]
fn a_replan_splits_to_keep_a_promise_only_as_far_as_rules_allow() {
    use RuleKind::*;
    let split = |rules: Vec<SourcingRule>| {
        let free = network(Vec::new());
        let mut state = stocked(&free, "mug LAX 1; vase LAX 1");
        let request = request(&free, "1 mug, 1 vase > 10001", NOW);
        let mut quoted = answer(&free, &state, &request);
        // Promised for tomorrow night less the 400 hours that `accept` adds.
        let option = &mut quoted.options[0];
        let given = std::mem::replace(&mut option.delivers_by, at("2025-11-12T01:00:00Z"));
        assert!(given > option.delivers_by);
        option.delivers_by = option.delivers_by - crate::units::Seconds::hours(400);
        assert!(accept(&mut state, &request, option, "o-1"));
        receive(&free, &mut state, "mug NYC 1; tent CHI 1; vase CHI 1");
        let network = network(rules);
        plan(&network, &mut state, NOW);
        state.orders().values().next().unwrap().plan.len()
    };
    assert_eq!(split(vec![]), 2);
    for bound in [
        rule(MaxSplits { shipments: 1 }),
        rule(MinValueToSplit { value: Cents::new(10_000) }),
        goods(rule(NoSplit { whole: true }), &[1]),
        goods(rule(NoSplit { whole: false }), &[0, 1]),
        goods(rule(Kit), &[0, 1]),
    ] {
        assert_eq!(split(vec![bound.clone()]), 1, "{bound:?}");
    }
    assert_eq!(split(vec![rule(MaxSplits { shipments: 2 })]), 2);
}

#[test]
fn a_day_takes_as_many_orders_as_the_rule_says_in_quotes_and_plans() {
    let most = from(rule(RuleKind::MaxOrdersADay { orders: 2 }), &[0]);
    let network = network(vec![SourcingRule { merchant: Some(MerchantIx(0)), ..most }]);
    let mut state = stocked(&network, "mug NYC 9; mug LAX 9");
    for n in 0..4 {
        let request = request(&network, "1 mug > 10001", NOW);
        let quoted = answer(&network, &state, &request);
        assert!(accept(&mut state, &request, quoted.choose(&ANY).unwrap(), &format!("o-{n}")));
    }
    let on = |state: &State, day: &str| state.days().orders(WarehouseIx(0), day.parse().unwrap(), None, None);
    assert_eq!(on(&state, "2025-11-10"), 2);
    assert!(on(&state, "2025-11-11") <= 2);

    // Six at Los Angeles would like to move to Newark; two a day may.
    let free = self::network(Vec::new());
    let mut state = stocked(&free, "mug LAX 9");
    for n in 0..6 {
        let request = request(&free, "1 mug > 10001", NOW);
        let quoted = answer(&free, &state, &request);
        assert!(accept(&mut state, &request, quoted.choose(&ANY).unwrap(), &format!("o-{n}")));
    }
    receive(&free, &mut state, "mug NYC 9");
    plan(&network, &mut state, NOW);
    assert!((1..=2).contains(&on(&state, "2025-11-10")), "{}", on(&state, "2025-11-10"));
    assert!(on(&state, "2025-11-11") <= 2 && on(&state, "2025-11-10") + on(&state, "2025-11-11") > 2);
}

#[test]
fn soft_prices_steer_and_are_no_money() {
    let network = network(vec![soft(from(rule(RuleKind::Preferred), &[2]), 700)]);
    let free = self::network(Vec::new());
    let mut state = stocked(&free, "mug NYC 5; mug LAX 5");
    let request = request(&free, "1 mug > 10001", NOW);
    let quoted = answer(&free, &state, &request);
    let before = quoted.choose(&ANY).unwrap();
    assert!(accept(&mut state, &request, before, "o-1"));
    let run = plan(&network, &mut state, NOW).unwrap();
    let after = &state.orders().values().next().unwrap().plan;
    assert_eq!(places(&network, after), "LAX");
    // It moved to where it costs more, and both figures are what is paid.
    assert_eq!((run.cost_before, run.cost), (before.cost, after[0].cost()));
    assert!(run.cost > run.cost_before && run.moved == 1);
}

#[test]
fn an_explanation_names_the_rule_and_what_comes_of_lifting_it() {
    let view_of = |network: &Network, state: &State, cart: &str| {
        let request = request(network, cart, NOW);
        let load = state.load(&network.world).of(request.merchant, request.now);
        let board = PriceBoard::default();
        let view = View { network, ledger: state.ledger(), load: &load, board: board.at(at(NOW)) };
        let explained = explain::cart(&view, &request, &ANY, Limits::default());
        let words = Words::new(network, request.postal);
        let set = explained.blocking.as_ref().map_or_else(String::new, |found| words.lifts(&found.set));
        (explained, set)
    };
    let refused = network(vec![goods(rule(RuleKind::Kit), &[0, 1])]);
    let state = stocked(&refused, "mug NYC 1; vase CHI 1");
    let (explained, set) = view_of(&refused, &state, "1 mug, 1 vase > 10001");
    let kit = Constraint::Rule(RuleIx(0));
    let blocking = explained.blocking.as_ref().unwrap();
    let sets: Vec<_> = blocking.alternatives.iter().chain(&blocking.proof[..1]).map(|found| &found.lifted).collect();
    assert!(blocking.proven && sets.iter().any(|lifted| ***lifted == [(kit, 0)]), "{set}");
    let split = explained.candidates.iter().find(|candidate| candidate.warehouses.len() == 2).unwrap();
    assert_eq!(split.blocked[0], Blocked::Rule { rule: RuleIx(0), warehouse: None });

    let redirected = network(vec![from(rule(RuleKind::Blocked), &[0])]);
    let state = stocked(&redirected, "mug NYC 5; mug LAX 5");
    let (explained, _) = view_of(&redirected, &state, "1 mug > 10001");
    let newark = explained.candidates.iter().find(|candidate| candidate.warehouses == [WarehouseIx(0)]).unwrap();
    assert!(newark.blocked.contains(&Blocked::Rule { rule: RuleIx(0), warehouse: Some(WarehouseIx(0)) }));
    let lifted = |change: &&explain::Change| change.lever == explain::Lever::More(kit, 0);
    let change = explained.changes.iter().find(lifted).unwrap();
    assert!(change.saves > Some(Cents::ZERO));

    let charged = network(vec![soft(from(rule(RuleKind::Blocked), &[0]), 100)]);
    let state = stocked(&charged, "mug NYC 5; mug LAX 5");
    let (explained, _) = view_of(&charged, &state, "1 mug > 10001");
    assert_eq!(explained.chosen().unwrap().offer.as_ref().unwrap().levied(), Cents::new(100));
}

fn random_rule(rng: &mut Rng) -> SourcingRule {
    use RuleKind::*;
    let kinds = [
        MaxSplits { shipments: 1 + rng.below(2) as u32 },
        MinValueToSplit { value: Cents::new(rng.range(1_000, 30_000)) },
        NoSplit { whole: rng.chance(0.5) },
        Kit,
        MaxDistance { within: Metres::new(rng.range(100_000, 4_000_000)) },
        MinStockLeft { units: rng.range(1, 4) },
        Preferred,
        Blocked,
        Offline,
        MaxOrdersADay { orders: rng.range(0, 3) },
    ];
    let mut made = rule(*rng.pick(&kinds).unwrap());
    let few = |rng: &mut Rng, of: u32, least: usize| {
        let mut all: Vec<u32> = (0..of).collect();
        rng.shuffle(&mut all);
        all.truncate(least.max(rng.below(of as usize + 1)));
        all.sort_unstable();
        all
    };
    match made.kind {
        Preferred | Blocked | Offline => made = from(made, &few(rng, 3, 1)),
        MaxDistance { .. } | MinStockLeft { .. } | MaxOrdersADay { .. } => made = from(made, &few(rng, 3, 0)),
        _ => {}
    }
    match made.kind {
        NoSplit { .. } => made = goods(made, &few(rng, 3, 1)),
        Kit => made = goods(made, &few(rng, 3, 2)),
        Blocked | MaxDistance { .. } | MinStockLeft { .. } if rng.chance(0.5) => made = goods(made, &few(rng, 3, 1)),
        _ => {}
    }
    if made.kind == Preferred || rng.chance(0.35) {
        made = soft(made, rng.range(1, 3_000));
    }
    if !matches!(made.kind, MinStockLeft { .. } | Offline) && rng.chance(0.2) {
        made.channel = Some("web".parse().unwrap());
    }
    if rng.chance(0.3) {
        (made.first_day, made.last_day) = (day("2025-11-10"), day("2025-11-11"));
    }
    made
}

fn random_rules(rng: &mut Rng, most: usize) -> Vec<SourcingRule> {
    (0..rng.below(most + 1))
        .map(|n| SourcingRule { id: format!("rule-{n}").parse().unwrap(), ..random_rule(rng) })
        .collect()
}

fn random_request(network: &Network, rng: &mut Rng) -> Request {
    let mut names = vec!["mug", "vase", "tent"];
    rng.shuffle(&mut names);
    names.truncate(1 + rng.below(3));
    let lines: Vec<String> = names.iter().map(|name| format!("{} {name}", 1 + rng.below(2))).collect();
    let to = *rng.pick(&["10001", "60614", "90012", "80202"]).unwrap();
    let now = *rng.pick(&[NOW, "2025-11-11T03:00:00Z", "2025-11-11T15:30:00Z"]).unwrap();
    let mut request = request(network, &format!("{} > {to}", lines.join(", ")), now);
    request.channel = rng.chance(0.3).then(|| "web".parse().unwrap());
    request
}

fn random_stock(rng: &mut Rng, most: usize) -> String {
    let places = ["NYC", "CHI", "LAX"].iter().flat_map(|at| ["mug", "vase", "tent"].map(|sku| format!("{sku} {at}")));
    places
        .map(|place| format!("{place} {}", rng.below(most)))
        .filter(|row| !row.ends_with(" 0"))
        .collect::<Vec<_>>()
        .join("; ")
}

/// Whether whole lines can be shared out among the warehouses under the hard rules and the stock that there is.
fn some_way(network: &Network, state: &State, request: &Request, model: &PlannedShipment) -> bool {
    (0..3_usize.pow(request.lines.len() as u32)).any(|code| {
        let place = |n: usize| WarehouseIx((code / 3_usize.pow(n as u32) % 3) as u32);
        let mut plan: Vec<PlannedShipment> = Vec::new();
        for (n, line) in request.lines.iter().enumerate() {
            if state.ledger().available(line.sku, place(n)) < i64::from(line.quantity) {
                return false;
            }
            match plan.iter_mut().find(|planned| planned.warehouse == place(n)) {
                Some(planned) => planned.lines.push(*line),
                None => plan.push(PlannedShipment { warehouse: place(n), lines: vec![*line], ..model.clone() }),
            }
        }
        check(network, state, request.now, &[decision(request, &plan)]).is_empty()
    })
}

fn is_of_waves(rule: &SourcingRule) -> bool {
    matches!(rule.kind, RuleKind::Offline | RuleKind::MaxOrdersADay { .. })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    /// Options of quotes and re-plans obey every hard rule, before and after the rules change.
    #[test]
    fn random_rules_are_obeyed(seed in 0_u64..1_000_000) {
        let mut rng = Seed(seed).rng();
        let network = network(random_rules(&mut rng, 4));
        let stock = random_stock(&mut rng, 6);
        prop_assume!(!stock.is_empty());
        let mut state = stocked(&network, &stock);
        let mut requests: Vec<Request> = (0..8).map(|_| random_request(&network, &mut rng)).collect();
        requests.sort_by_key(|request| request.now);
        for (n, request) in requests.iter().enumerate() {
            let answer = answer(&network, &state, request);
            for option in &answer.options {
                let breaches = check(&network, &state, request.now, &[decision(request, &option.plan())]);
                prop_assert_eq!(breaches, vec![]);
                // What each shipment pays and what their number costs is what the rules charge together.
                let plan = option.plan();
                let load = state.load(&network.world).of(request.merchant, request.now);
                let binding = Binding::new(&network, &load, Asked {
                    merchant: request.merchant, channel: request.channel.as_ref(), postal: request.postal,
                    lines: &request.lines, now: request.now, sent: 0, held: &[],
                });
                if plan.iter().flat_map(|planned| &planned.lines).all(|line| request.lines.contains(line)) {
                    let alone: Cents = plan.iter().map(|p| binding.of_shipment(state.ledger(), &load, &Sending::from(p))).sum();
                    prop_assert_eq!(alone + binding.of_count(plan.len()), option.levied);
                }
            }
            if let Ok(option) = answer.choose(&ANY) {
                let taken = accept(&mut state, request, option, &format!("o-{n}"));
                prop_assert!(taken);
            }
        }
        let mut recount = std::collections::BTreeMap::new();
        for planned in state.orders().values().flat_map(|order| &order.plan) {
            *recount.entry((planned.warehouse, planned.wave.date)).or_insert(0) += 1;
        }
        for ((warehouse, day), orders) in recount {
            prop_assert_eq!(state.days().orders(warehouse, day, None, None), orders);
        }
        plan(&network, &mut state, "2025-11-11T15:30:00Z");
        let more = random_stock(&mut rng, 4);
        if !more.is_empty() {
            receive(&network, &mut state, &more);
        }
        let others = self::network(random_rules(&mut rng, 4));
        plan(&others, &mut state, "2025-11-11T15:31:00Z");
        plan(&others, &mut state, "2025-11-12T15:31:00Z");
    }

    /// A cart is refused for rules only where no way to share out its lines keeps them.
    #[test]
    fn rules_refuse_nothing_that_they_allow(seed in 0_u64..1_000_000) {
        let mut rng = Seed(seed).rng();
        let mut rules = random_rules(&mut rng, 3);
        rules.retain(|rule| !is_of_waves(rule));
        let network = network(rules);
        let stock = random_stock(&mut rng, 4);
        prop_assume!(!stock.is_empty());
        let state = stocked(&network, &stock);
        let free = self::network(Vec::new());
        let plenty = stocked(&free, "mug NYC 9");
        let model = answer(&free, &plenty, &request(&free, "1 mug > 10001", NOW)).options[0].plan()[0].clone();
        for _ in 0..8 {
            let request = random_request(&network, &mut rng);
            let load = state.load(&network.world).of(request.merchant, request.now);
            let view = View { network: &network, ledger: state.ledger(), load: &load, board: state.board().at(request.now) };
            if let Ok(sourcings) = quote::sourcings(&view, &request) {
                let some = some_way(&network, &state, &request, &model);
                prop_assert!(!some || !sourcings.is_empty(), "{:?}", request);
            }
        }
    }
}
