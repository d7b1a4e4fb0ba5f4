//! Carriers' allotments: never exceeded by any command, and what the state counts equals a recount.

use std::collections::BTreeMap;

use engine::assign::{BacklogOptions, Scope, plan_backlog};
use engine::calendar::civil::Date;
use engine::check;
use engine::dispatch;
use engine::fulfilment::{
    Event, LineQuantity, NewOrder, PickList, PickedShort, PlannedShipment, Refusal, Shipment, ShipmentStage, ShortLine,
    State, TenderAnswer,
};
use engine::ids::{PlanRunId, ShipmentId};
use engine::model::{Allotment, AllotmentIx, PostalIx, RegionIx, World};
use engine::network::Network;
use engine::peak::{Arrival, Scenario, Sight, simulate};
use engine::promise::{self, AllotmentRef, WaveRef};
use engine::quote::{self, Answer, Request, View};
use engine::search::{Budget, Rng, Seed, Silent};
use engine::stock::StockEvent;
use engine::units::{Seconds, Timestamp};
use engine::wave;
use proptest::prelude::*;

use super::{check as check_day, network, scenario};

/// The tiny network where ground takes `total` parcels a day, `lane` of them from `NORTH` to the East, and air a few.
fn allotted(total: u32, lane: u32, air: u32) -> Network {
    let mut parts = (*network().world).clone();
    let service = |id: &str| parts.services.enumerate().find(|(_, s)| s.id.as_str() == id).expect("a service").0;
    let north = parts.warehouses.enumerate().find(|(_, w)| w.id.as_str() == "NORTH").expect("a warehouse").0;
    let east = parts.regions.enumerate().find(|(_, r)| r.code == "102").expect("a region").0;
    let (ground, next) = (service("prairie-ground"), service("prairie-next"));
    let allotment = |id: &str, services, warehouses, regions, parcels| Allotment {
        id: id.parse().expect("an id"),
        services,
        warehouses,
        regions,
        first_day: None,
        last_day: None,
        parcels,
    };
    parts.allotments.push(allotment("total", vec![ground], Vec::new(), Vec::new(), total));
    parts.allotments.push(allotment("lane", vec![ground], vec![north], vec![east], lane));
    parts.allotments.push(allotment("air", vec![next], Vec::new(), Vec::new(), air));
    Network::new(World::new(parts).expect("a world"))
}

/// Parcels by allotment and day, counted from orders and shipments with nothing but the world's lists.
struct Recount {
    /// The collection on whose day each released shipment counts.
    collected: BTreeMap<ShipmentId, Timestamp>,
}

impl Recount {
    fn new() -> Self {
        Self { collected: BTreeMap::new() }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::WaveReleased { shipments, .. } => {
                self.collected.extend(shipments.iter().map(|s| (s.id.clone(), s.plan.pickup_at)));
            }
            Event::ShipmentRebooked { shipment, plan } => {
                self.collected.insert(shipment.clone(), plan.pickup_at);
            }
            Event::DispatchTendered { dispatch } => {
                self.collected.extend(dispatch.shipments.iter().map(|id| (id.clone(), dispatch.pickup_at)));
            }
            _ => {}
        }
    }

    fn of(&self, world: &World, state: &State) -> BTreeMap<AllotmentRef, i64> {
        let mut used = BTreeMap::new();
        let mut count = |planned: &PlannedShipment, to: PostalIx, at: Timestamp, parcels: i64| {
            let day = world.warehouses[planned.warehouse].calendar.date(at);
            for (allotment, holds) in world.allotments.enumerate() {
                if falls_under(holds, planned, world.postals[to].region, day) && parcels > 0 {
                    *used.entry(AllotmentRef { allotment, day }).or_default() += parcels;
                }
            }
        };
        for order in state.orders().values() {
            for planned in &order.plan {
                count(planned, order.postal, planned.pickup_at, i64::from(planned.parcels));
            }
        }
        for shipment in state.shipments().values().filter(|s| s.stage != ShipmentStage::Void) {
            let planned = i64::from(shipment.plan.parcels);
            let labels = if shipment.parcels.is_empty() { planned } else { shipment.parcels.len() as i64 };
            count(&shipment.plan, shipment.postal, self.collected[&shipment.id], planned.min(labels));
        }
        used
    }
}

fn falls_under(allotment: &Allotment, planned: &PlannedShipment, region: RegionIx, day: Date) -> bool {
    allotment.services.contains(&planned.service)
        && (allotment.warehouses.is_empty() || allotment.warehouses.contains(&planned.warehouse))
        && (allotment.regions.is_empty() || allotment.regions.contains(&region))
        && allotment.holds_on(day)
}

fn verify(world: &World, state: &State, recount: &Recount) -> Result<(), TestCaseError> {
    let again = recount.of(world, state);
    prop_assert_eq!(state.allotted(), &again);
    for (of, parcels) in again {
        let most = i64::from(world.allotments[of.allotment].parcels);
        prop_assert!(parcels <= most, "{} on {}: {parcels} of {most}", world.allotments[of.allotment].id, of.day);
    }
    Ok(())
}

/// A few days of random commands, each decided on the state that those before it left.
struct Days<'a> {
    network: &'a Network,
    state: State,
    recount: Recount,
    rng: Rng,
    now: Timestamp,
    /// Quotes that were moved to a later day by an allotment.
    moved: usize,
    refused: usize,
}

impl Days<'_> {
    fn run(&mut self, decided: Result<Vec<Event>, Refusal>) -> Result<(), TestCaseError> {
        match decided {
            Ok(events) => events.iter().for_each(|event| {
                self.recount.note(event);
                self.state.apply(event);
            }),
            Err(_) => self.refused += 1,
        }
        verify(&self.network.world, &self.state, &self.recount)
    }

    fn quote(&self, order: &Arrival, not_from: Option<engine::model::WarehouseIx>) -> Answer {
        let load = self.state.load(&self.network.world).of(order.merchant, self.now);
        let (ledger, board) = (self.state.ledger(), self.state.board().at(self.now));
        let view = View { network: self.network, ledger, load: &load, board };
        let Arrival { merchant, postal, residential, lines, .. } = order.clone();
        let (channel, now, sent) = (None, self.now, 0);
        quote::answer(
            &view,
            &Request {
                merchant,
                channel,
                postal,
                residential,
                lines,
                now,
                not_from,
                sent,
                terms: engine::fulfilment::Terms::PLAIN,
                by: None,
            },
        )
    }

    fn order(&mut self, order: &Arrival) -> Result<(), TestCaseError> {
        let answer = self.quote(order, None);
        let Some(best) = answer.best(order.level, None) else { return Ok(()) };
        self.moved += best.shipments.iter().filter(|shipment| shipment.way.promise.used_up.is_some()).count();
        let new = NewOrder {
            id: order.id.clone(),
            reference: None,
            merchant: order.merchant,
            channel: None,
            postal: order.postal,
            residential: order.residential,
            terms: engine::fulfilment::Terms::PLAIN,
            level: order.level,
            lines: order.lines.clone(),
            placed_at: self.now,
            promised_by: best.delivers_by,
            quoted: best.cost,
            plan: best.plan(),
            forecast: None,
            quote: None,
            reservation: None,
        };
        let decided = self.state.decide_accept(new);
        prop_assert!(decided.is_ok(), "what is quoted on a state is accepted on it: {decided:?}");
        self.run(decided)
    }

    fn cancel(&mut self) -> Result<(), TestCaseError> {
        let ids: Vec<_> = self.state.open_orders().iter().cloned().collect();
        let Some(id) = self.rng.pick(&ids).cloned() else { return Ok(()) };
        let decided = self.state.decide_cancel(&id);
        self.run(decided)
    }

    fn plan(&mut self) -> Result<(), TestCaseError> {
        let number = self.state.plan_runs().len() as u64;
        let id = PlanRunId::new(&format!("run-{number}")).expect("an id");
        let scope = if self.rng.chance(0.5) { Scope::Whole } else { Scope::Touched };
        let options = BacklogOptions { seed: Seed(number), scope, ..BacklogOptions::default() };
        let mut budget = Budget::iterations(12);
        let Some(plan) = plan_backlog(self.network, &self.state, self.now, id, &options, &mut budget, &mut Silent)
        else {
            return Ok(());
        };
        prop_assert_eq!(check::assign::check(&plan.problem, &plan.plan), vec![]);
        // An order that comes between plan and commit may take the room that a move wanted: that move is skipped.
        if self.rng.chance(0.3) {
            self.cancel()?;
        }
        let decided = Ok(self.state.decide_commit(&self.network.world, plan.commit));
        self.run(decided)
    }

    fn release_and_pick(&mut self) -> Result<(), TestCaseError> {
        let due = |wave: &&WaveRef| promise::cut_off(self.network, wave) <= self.now;
        let waves: Vec<WaveRef> = self.state.planned_waves().filter(due).copied().collect();
        for wave in waves {
            let options = wave::Options { seed: Seed(1), iterations: 50 };
            if let Some(planned) = wave::plan(self.network, &self.state, wave, self.now, &options) {
                let decided = self.state.decide_release(planned.release);
                self.run(decided)?;
            }
        }
        let open = self.state.pick_lists().values().filter(|list| list.confirmed_at.is_none());
        let done: Vec<_> = open.filter(|list| list.starts_at + list.duration <= self.now).cloned().collect();
        for list in done {
            // Left for later now and then, so that shipments miss their collections.
            if self.rng.chance(0.3) {
                continue;
            }
            let shorts = self.shorts(&list);
            let world = &self.network.world;
            let pack = |shipment: &Shipment, lines: &[LineQuantity], serial: u64| {
                wave::parcels(world, &shipment.plan, lines, serial)
            };
            let decided = self.state.decide_confirm(&list.id, self.now, &shorts, &pack);
            self.run(decided)?;
        }
        Ok(())
    }

    /// Some lines of a list are missing, and other warehouses asked.
    fn shorts(&mut self, list: &PickList) -> Vec<PickedShort> {
        let mut shorts: Vec<PickedShort> = Vec::new();
        for line in &list.lines {
            let same = |short: &PickedShort| (&short.line.shipment, short.line.sku) == (&line.shipment, line.sku);
            if !self.rng.chance(0.3) || shorts.iter().any(same) {
                continue;
            }
            let Some(shipment) = self.state.shipments().get(&line.shipment) else { continue };
            let order = &self.state.orders()[&shipment.order];
            let wanted = LineQuantity { sku: line.sku, quantity: line.quantity };
            let arrival = Arrival {
                id: order.id.clone(),
                at: self.now,
                merchant: order.merchant,
                postal: order.postal,
                residential: order.residential,
                lines: vec![wanted],
                level: order.level,
            };
            let answer = self.quote(&arrival, Some(list.warehouse));
            let alone = answer.options.iter().filter(|option| option.shipments.len() == 1);
            let line = ShortLine {
                shipment: line.shipment.clone(),
                sku: line.sku,
                missing: line.quantity,
                reason: "bay empty".to_owned(),
            };
            shorts
                .push(PickedShort { line, instead: alone.map(|option| option.shipments[0].planned.clone()).collect() });
        }
        shorts
    }

    fn hand_over(&mut self) -> Result<(), TestCaseError> {
        let mut rebooked = false;
        for tender in dispatch::tenders(self.network, &self.state, self.now) {
            let (id, service, shipments) = (tender.id.clone(), tender.service, tender.shipments.clone());
            let decided = self.state.decide_tender(tender);
            // What was rebooked since the tenders were planned may have taken the room; then the next look offers them anew.
            if rebooked && decided.is_err() {
                continue;
            }
            prop_assert!(decided.is_ok(), "a tender fits: {decided:?}");
            self.run(decided)?;
            let refuses = self.rng.chance(0.3);
            let answer = if refuses { TenderAnswer::Reject("full".to_owned()) } else { TenderAnswer::Accept };
            let decided = self.state.decide_answer(&id, &answer, self.now);
            self.run(decided)?;
            for id in shipments.iter().filter(|_| refuses) {
                let shipment = self.state.shipments()[id].clone();
                let plan = dispatch::rebooking(self.network, &self.state, &shipment, service, self.now);
                if let Some(plan) = plan {
                    let decided = self.state.decide_rebook(id, plan);
                    prop_assert!(decided.is_ok(), "a rebooking fits: {decided:?}");
                    self.run(decided)?;
                    rebooked = true;
                }
            }
        }
        Ok(())
    }
}

/// Four days of random commands; how many quotes an allotment moved to a later day, and how many allotments were full on a day.
fn random_days(network: &Network, seed: u64) -> Result<(usize, usize), TestCaseError> {
    let scenario = scenario(network, seed);
    let mut days = Days {
        network,
        state: State::new(&network.world),
        recount: Recount::new(),
        rng: Seed(seed).child("commands", 0).rng(),
        now: scenario.orders[0].at,
        moved: 0,
        refused: 0,
    };
    for &(sku, warehouse, units) in &scenario.stock {
        let change = StockEvent::Received { sku, warehouse, quantity: units };
        days.state.apply(&Event::Stock { change });
    }
    let mut next = scenario.orders.iter().peekable();
    for _ in 0..4 * 48 {
        days.now = days.now + Seconds::minutes(30);
        while let Some(order) = next.next_if(|order| order.at <= days.now) {
            days.order(order)?;
            if days.rng.chance(0.1) {
                days.cancel()?;
            }
        }
        if days.rng.chance(0.3) {
            days.plan()?;
        }
        days.release_and_pick()?;
        days.hand_over()?;
    }
    let most = |of: &AllotmentRef| i64::from(network.world.allotments[of.allotment].parcels);
    let full = days.state.allotted().iter().filter(|(of, parcels)| **parcels == most(of)).count();
    Ok((days.moved, full))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_command_exceeds_an_allotment_and_the_count_is_a_recount(
        seed in 0_u64..1_000_000, total in 4_u32..14, lane in 0_u32..5, air in 0_u32..4,
    ) {
        random_days(&allotted(total, lane, air), seed)?;
    }
}

#[test]
fn tight_allotments_fill_up_and_move_quotes() {
    let (moved, full) = random_days(&allotted(5, 2, 1), 7).expect("nothing is exceeded");
    assert!(moved > 0 && full > 0, "{moved} quotes moved, {full} allotments full");
}

/// Replays a day and looks after every command. The moves of one plan are events one after another that count together.
fn never_exceeded(network: &Network, events: &[(Timestamp, Event)]) -> usize {
    let world = &network.world;
    let (mut state, mut recount, mut full) = (State::new(world), Recount::new(), 0);
    for (n, (_, event)) in events.iter().enumerate() {
        recount.note(event);
        state.apply(event);
        let next = events.get(n + 1).map(|(_, event)| event);
        let moving = matches!(event, Event::Replanned { .. });
        if moving && matches!(next, Some(Event::Replanned { .. } | Event::PlanRun { .. })) {
            continue;
        }
        verify(world, &state, &recount).unwrap_or_else(|breach| panic!("after event {n}: {breach}"));
    }
    for of in state.allotted().keys() {
        full += usize::from(state.allotment_left(of) == 0);
    }
    full
}

#[test]
fn a_whole_day_never_exceeds_tight_allotments() {
    let network = allotted(9, 2, 1);
    for (seed, sight) in [(4, Sight::Prices), (5, Sight::Room), (6, Sight::Timetables)] {
        let ground = network.world.service("prairie-ground").expect("a service");
        let base = scenario(&network, seed);
        let first = base.orders[0].at;
        // In the middle of the day ground refuses everything for some hours: rebooking must fit too.
        let refusing = Some((ground, first + Seconds::hours(14), first + Seconds::hours(22)));
        let scenario = Scenario { sight, refusing: refusing.filter(|_| seed == 4), ..base };
        let day = simulate(&network, &scenario);
        if sight != Sight::Timetables {
            if seed != 4 {
                check_day(&network, &day);
            }
            assert_eq!(day.breaches, []);
        }
        assert!(never_exceeded(&network, &day.events) > 0, "seed {seed} fills an allotment");
        assert!(day.report.accepted > 0);
    }
}

#[test]
fn a_full_allotment_has_a_price_and_the_board_shows_it() {
    let network = allotted(5, 5, 5);
    let day = simulate(&network, &scenario(&network, 7));
    let total = AllotmentIx(0);
    let priced = day.events.iter().any(|(_, event)| match event {
        Event::PlanRun { board, .. } => board.allotment.keys().any(|of| of.allotment == total),
        _ => false,
    });
    assert!(priced, "some run finds that a parcel more under `total` would save something");
}
