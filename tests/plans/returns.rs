//! Expected returns in the choice of a source: a warehouse that ships cheaper loses where its way back is dear.

use engine::assign::{BacklogOptions, plan_backlog};
use engine::calendar::parse_timestamp;
use engine::check;
use engine::fulfilment::{Event, LineQuantity, NewOrder, State};
use engine::ids::{OrderId, PlanRunId, ReturnId};
use engine::model::fixture::tiny_parts;
use engine::model::{CategoryIx, MerchantIx, ReturnsTo, ServiceIx, ServiceLevel, SkuIx, WarehouseIx, World};
use engine::network::Network;
use engine::peak::{Arrival, Delays, Scenario, Sight, simulate};
use engine::quote::{self, QuoteOption, Request, View};
use engine::returns::{self, NoWayBack};
use engine::search::{Budget, Seed, Silent};
use engine::stock::StockEvent;
use engine::units::{Cents, Seconds, Timestamp};

const CHI: WarehouseIx = WarehouseIx(1);
const LAX: WarehouseIx = WarehouseIx(2);
const MUG: LineQuantity = LineQuantity { sku: SkuIx(0), quantity: 1 };

/// To Denver both warehouses ship by air for the same 3,500. `LAX` is 50 cheaper by its hands, but only ground brings goods back
/// there: 900 + 500 to a home and 16.5 % of fuel are 1,631; to `CHI` the post brings them for 540. A quarter comes back.
fn network(returns_to: ReturnsTo) -> Network {
    let mut parts = tiny_parts();
    parts.merchants[MerchantIx(0)].returns_to = returns_to;
    parts.categories[CategoryIx(0)].return_rate_bp = 2_500;
    parts.warehouses[LAX].handling.per_shipment = Cents::new(150);
    parts.pickups.retain(|pickup| (pickup.warehouse, pickup.service) != (LAX, ServiceIx(2)));
    Network::new(World::new(parts).expect("a valid world"))
}

fn stocked(world: &World, warehouses: &[WarehouseIx]) -> State {
    let mut state = State::new(world);
    for &warehouse in warehouses {
        let change = StockEvent::Received { sku: MUG.sku, warehouse, quantity: 5 };
        state.apply(&Event::Stock { change });
    }
    state
}

fn monday() -> Timestamp {
    parse_timestamp("2025-11-10T12:00:00Z").expect("RFC 3339")
}

/// The best overnight option of a mug to Denver.
fn best(network: &Network, state: &State) -> QuoteOption {
    best_of(network, state, MUG)
}

fn best_of(network: &Network, state: &State, line: LineQuantity) -> QuoteOption {
    let load = state.load(&network.world).of(MerchantIx(0), monday());
    let view = View { network, ledger: state.ledger(), load: &load, board: state.board().at(monday()) };
    let request = Request {
        merchant: MerchantIx(0),
        channel: None,
        postal: network.world.postal("80202").expect("Denver"),
        residential: true,
        lines: vec![line],
        now: monday(),
        not_from: None,
        sent: 0,
        terms: engine::fulfilment::Terms::PLAIN,
        by: None,
    };
    quote::answer(&view, &request).best(ServiceLevel::Overnight, None).expect("an option").clone()
}

fn accept(state: &mut State, network: &Network, id: &str, line: LineQuantity) {
    let option = best_of(network, state, line);
    let order = NewOrder {
        id: OrderId::new(id).expect("an id"),
        reference: None,
        merchant: MerchantIx(0),
        channel: None,
        postal: network.world.postal("80202").expect("Denver"),
        residential: true,
        terms: engine::fulfilment::Terms::PLAIN,
        level: ServiceLevel::Overnight,
        lines: vec![line],
        placed_at: monday(),
        promised_by: option.delivers_by,
        quoted: option.cost,
        plan: option.plan(),
        forecast: None,
        quote: None,
        reservation: None,
    };
    let events = state.decide_accept(order).expect("there is stock");
    events.iter().for_each(|event| state.apply(event));
}

#[test]
fn a_quote_prefers_the_source_with_the_cheaper_way_back() {
    // 4,200 by air, 200 or 250 of hands, a carton of 30; back 25 % of 1,831 (457.75) or of 790 (197.5).
    let check = |returns_to, from: WarehouseIx, cost: i64, expected: i64| {
        let network = network(returns_to);
        let option = best(&network, &stocked(&network.world, &[CHI, LAX]));
        assert_eq!(option.shipments[0].planned.warehouse, from);
        assert_eq!((option.cost.get(), option.expected_return.get()), (cost, expected), "{returns_to:?}");
        assert_eq!(option.steered(), option.cost + option.expected_return);
        assert_eq!(option.plan()[0].cost(), option.cost, "what is charged for shipping is shipping");
    };
    check(ReturnsTo::Source, CHI, 4_480, 198);
    // To the cheapest: the mug goes to CHI wherever it came from.
    check(ReturnsTo::Cheapest, LAX, 4_430, 198);
}

#[test]
fn a_plan_moves_an_order_to_the_source_with_the_cheaper_way_back() {
    let run = |returns_to| {
        let network = network(returns_to);
        let mut state = stocked(&network.world, &[LAX]);
        accept(&mut state, &network, "o-1", MUG);
        let change = StockEvent::Received { sku: MUG.sku, warehouse: CHI, quantity: 5 };
        state.apply(&Event::Stock { change });
        let id = PlanRunId::new("run-1").expect("an id");
        let (options, mut budget) = (BacklogOptions::default(), Budget::iterations(20));
        let planned = plan_backlog(&network, &state, monday(), id, &options, &mut budget, &mut Silent);
        let planned = planned.expect("an order is open");
        assert_eq!(check::assign::check(&planned.problem, &planned.plan), []);
        let moved = planned.commit.changes.first().map(|(_, _, new)| new[0].warehouse);
        (moved, planned.commit.run)
    };
    let (moved, run_to_source) = run(ReturnsTo::Source);
    assert_eq!(moved, Some(CHI));
    assert_eq!((run_to_source.cost_before.get(), run_to_source.cost.get()), (4_430 + 458, 4_480 + 198));
    assert_eq!((run_to_source.returns_before.get(), run_to_source.returns.get()), (458, 198));
    let (moved, run_to_cheapest) = run(ReturnsTo::Cheapest);
    assert_eq!(moved, None);
    assert_eq!((run_to_cheapest.cost_before.get(), run_to_cheapest.cost.get()), (4_430, 4_430));
    assert_eq!(run_to_cheapest.returns, Cents::ZERO, "the same for every source, so not counted");
}

#[test]
fn an_order_whose_line_comes_in_pieces_keeps_nobody_from_moving() {
    let network = network(ReturnsTo::Source);
    let mut state = stocked(&network.world, &[LAX]);
    let received = |state: &mut State, warehouse, quantity| {
        let change = StockEvent::Received { sku: MUG.sku, warehouse, quantity };
        state.apply(&Event::Stock { change });
    };
    accept(&mut state, &network, "o-1", MUG);
    received(&mut state, CHI, 9);
    received(&mut state, LAX, 7);
    // Twenty mugs: nine from one warehouse, eleven from the other.
    accept(&mut state, &network, "o-2", LineQuantity { quantity: 20, ..MUG });
    let plans: Vec<usize> = state.orders().values().map(|order| order.plan.len()).collect();
    assert_eq!(plans, [1, 2]);
    received(&mut state, CHI, 1);
    let id = PlanRunId::new("run-1").expect("an id");
    let (options, mut budget) = (BacklogOptions::default(), Budget::iterations(20));
    let planned = plan_backlog(&network, &state, monday(), id, &options, &mut budget, &mut Silent);
    let run = planned.expect("orders are open").commit;
    let moved: Vec<_> = run.changes.iter().map(|(id, _, new)| (id.as_str(), new[0].warehouse)).collect();
    assert_eq!(moved, [("o-1", CHI)]);
    assert_eq!((run.run.orders, run.run.cost_before.get(), run.run.cost.get()), (1, 4_888, 4_678));
}

/// The state after these mugs were sent to Denver, each order from wherever there is stock, and delivered.
fn delivered(network: &Network, stock: &[(WarehouseIx, i64)], units: u32) -> State {
    let order = Arrival {
        id: OrderId::new("o-1").expect("an id"),
        at: monday(),
        merchant: MerchantIx(0),
        postal: network.world.postal("80202").expect("Denver"),
        residential: true,
        level: ServiceLevel::Standard,
        lines: vec![LineQuantity { quantity: units, ..MUG }],
    };
    let scenario = Scenario {
        orders: vec![order],
        stock: stock.iter().map(|&(warehouse, units)| (MUG.sku, warehouse, units)).collect(),
        plan_every: Seconds::hours(1),
        plan_iterations: 5,
        wave_iterations: 50,
        delays: Delays::None,
        sight: Sight::Prices,
        refusing: None,
        seed: Seed(0),
        tail: Seconds::hours(24 * 9),
    };
    simulate(network, &scenario).state
}

#[test]
fn goods_go_back_to_the_warehouse_that_sent_them() {
    let back = |returns_to, stock: &[(WarehouseIx, i64)], sent: u32, returned: u32| {
        let network = network(returns_to);
        let state = delivered(&network, stock, sent);
        let order = state.orders().values().next().expect("the order");
        let lines = vec![LineQuantity { quantity: returned, ..MUG }];
        let (id, now) = (ReturnId::new("r-1").expect("an id"), monday() + Seconds::hours(24 * 5));
        let new = returns::plan(&network, &state, order, id, lines, None, now)?;
        assert!(state.decide_open_return(new.clone()).is_ok());
        Ok((new.warehouse, new.cost.get()))
    };
    // On 15 November ground's peak surcharge of 45 has begun.
    assert_eq!(back(ReturnsTo::Source, &[(LAX, 5)], 1, 1), Ok((LAX, 1_631 + 45 + 200)));
    assert_eq!(back(ReturnsTo::Cheapest, &[(LAX, 5)], 1, 1), Ok((CHI, 540 + 250)));
    // Three from CHI and two from LAX: two may go back to either, three to CHI, four to neither.
    let split = [(CHI, 3), (LAX, 2)];
    assert_eq!(back(ReturnsTo::Source, &split, 5, 2).map(|(to, _)| to), Ok(CHI));
    assert_eq!(back(ReturnsTo::Source, &split, 5, 3).map(|(to, _)| to), Ok(CHI));
    assert_eq!(back(ReturnsTo::Source, &split, 5, 4), Err(NoWayBack::SeveralSources));
    assert!(back(ReturnsTo::Cheapest, &split, 5, 4).is_ok());
}
