//! Properties of the solver, on random small problems.

use proptest::prelude::*;

use crate::check::assign::check;
use crate::lp::{Column, Model, Sense};
use crate::search::{Budget, Silent};

use super::fixtures::random;
use super::*;

fn solved(problem: &Problem<ExplicitCost>, iterations: u64) -> Plan {
    let options = Options { passes: iterations / 2, region_orders: 20, ..Options::default() };
    solve(problem, &options, &mut Budget::iterations(iterations), &mut Silent)
}

/// The whole problem as a mixed-integer program, one column per listed option; also the numbers of its stock rows.
fn program(problem: &Problem<ExplicitCost>) -> (Model, Vec<usize>) {
    let (demand, rows) = (problem.demand(), problem.rows());
    let mut model = Model::new();
    let mut count = 0;
    let mut add = |model: &mut Model, terms: &[(Column, f64)], sense, right: f64| {
        model.row(terms, sense, right);
        count += 1;
        count - 1
    };
    let mut stock: Vec<Vec<(Column, f64)>> = vec![Vec::new(); demand.slots().len()];
    let mut work = vec![Vec::new(); rows.work.len()];
    let mut pickup = vec![Vec::new(); rows.pickups.len()];
    let mut allotted = vec![Vec::new(); rows.allotments.len()];
    let mut volume = vec![Vec::new(); rows.carriers.len()];
    let split = rows.split_cents as f64;
    for order in 0..demand.orders() as u32 {
        // Nothing ships: saves the split that the first shipment does not pay.
        let none = model.whole(0, 1, demand.whole_backlog(order) as f64 + split);
        let mut covers: Vec<Vec<(Column, f64)>> = demand.lines(order).map(|_| vec![(none, 1.0)]).collect();
        let mut any = vec![(none, 1.0)];
        for (warehouse, all) in demand.candidates(order) {
            let mut here = Vec::new();
            for mask in (1..=all).filter(|m| m & all == *m) {
                problem.source().visit(demand, Parcel { order, warehouse, mask }, &mut |choice| {
                    let x = model.whole(0, 1, choice.cents as f64 + split);
                    here.push((x, 1.0));
                    any.push((x, 1.0));
                    let mut units = 0;
                    for line in demand.lines_in(order, mask) {
                        units += i64::from(demand.quantity(line));
                        covers[line - demand.lines(order).start].push((x, 1.0));
                        let slot = demand.slot_at(demand.sku(line), warehouse).unwrap();
                        stock[slot].push((x, f64::from(demand.quantity(line))));
                    }
                    if let Some(row) = rows.work.get(choice.work_row as usize) {
                        work[choice.work_row as usize].push((x, (row.per_shipment + row.per_unit * units) as f64));
                    }
                    if let Some(row) = pickup.get_mut(choice.pickup_row as usize) {
                        row.push((x, f64::from(choice.parcels)));
                    }
                    for row in choice.allotments.into_iter().filter(|&row| row != NO_ROW).map(|row| row as usize) {
                        allotted[row].push((x, rows.allotments[row].load(choice.parcels) as f64));
                    }
                    if let Some(row) = volume.get_mut(choice.carrier as usize) {
                        row.push((x, f64::from(choice.parcels)));
                    }
                });
            }
            add(&mut model, &here, Sense::AtMost, 1.0);
        }
        for (line, mut cover) in demand.lines(order).zip(covers) {
            if demand.may_ship_partially(order) {
                cover.push((model.whole(0, 1, demand.line_backlog(line) as f64), 1.0));
            }
            add(&mut model, &cover, Sense::Equal, 1.0);
        }
        add(&mut model, &any, Sense::AtLeast, 1.0);
        if let Some(splits) = demand.splits(order) {
            // Prices by number are convex in these problems: each shipment beyond some costs the same.
            any.remove(0);
            add(&mut model, &any, Sense::AtMost, splits.most as f64);
            let price = splits.cents.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
            let free = splits.cents.iter().filter(|&&cents| cents == 0).count();
            any.push((model.column(0.0, 10.0, price as f64), -1.0));
            add(&mut model, &any, Sense::AtMost, free as f64);
        }
    }
    for (mut row, tiers) in volume.into_iter().zip(&rows.carriers) {
        for tier in tiers {
            row.push((model.column(0.0, tier.width.min(1000) as f64, tier.surcharge as f64), -1.0));
        }
        add(&mut model, &row, Sense::AtMost, 0.0);
    }
    let capacity = |n: usize| f64::from(demand.slots()[n].units);
    let stocked = stock.iter().enumerate().map(|(n, row)| add(&mut model, row, Sense::AtMost, capacity(n))).collect();
    for (row, limit) in work.iter().zip(&rows.work) {
        add(&mut model, row, Sense::AtMost, limit.capacity as f64);
    }
    for (row, limit) in allotted.iter().zip(&rows.allotments) {
        add(&mut model, row, Sense::AtMost, limit.capacity as f64);
    }
    for (row, &limit) in pickup.iter().zip(&rows.pickups) {
        add(&mut model, row, Sense::AtMost, limit as f64);
    }
    (model, stocked)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_obey_every_rule_and_the_bound_holds(seed in 0_u64..1_000_000, orders in 1_usize..60, longest in 1_usize..10) {
        let problem = random(seed, orders, longest);
        let plan = solved(&problem, 40);
        prop_assert_eq!(check(&problem, &plan), vec![]);
        for baseline in [cheapest_first(&problem), nearest_with_stock(&problem)] {
            prop_assert_eq!(check(&problem, &baseline), vec![]);
            prop_assert!(plan.lower_bound <= baseline.cost.total());
        }
    }

    #[test]
    fn the_optimum_lies_between_bound_and_plan(seed in 0_u64..1_000_000) {
        let problem = random(seed, 5, 3);
        let plan = solved(&problem, 200);
        let (model, stock) = program(&problem);
        let none: f64 = problem.rows().split_cents as f64 * problem.demand().orders() as f64;
        let optimum = model.solve_whole().unwrap().objective - none;
        prop_assert!(plan.lower_bound as f64 <= optimum + 1e-3, "bound {} optimum {optimum}", plan.lower_bound);
        prop_assert!(plan.cost.total() as f64 >= optimum - 1e-3, "plan {} optimum {optimum}", plan.cost.total());
        let relaxed = model.solve_relaxed().unwrap();
        prop_assert!(relaxed.objective - none <= optimum + 1e-2);
        prop_assert!(stock.iter().all(|&row| relaxed.duals[row] <= 1e-4), "more stock never costs");
    }

    #[test]
    fn what_stands_moves_only_as_far_as_allowed(seed in 0_u64..1_000_000, most in 0_u32..6) {
        let problem = random(seed, 120, 3);
        let first = solved(&problem, 6);
        let locked: Vec<u32> = (0..problem.demand().orders() as u32).filter(|order| order % 3 == 0).collect();
        let standing = |move_cents, most_moves| Standing {
            shipments: first.shipments.clone(),
            locked: locked.clone(),
            move_cents,
            most_moves,
            ..Standing::default()
        };
        let replan = |standing: Standing| {
            let warm = Some(first.duals.clone());
            let options = Options { passes: 4, warm, standing: Some(standing), ..Options::default() };
            solve(&problem, &options, &mut Budget::iterations(40), &mut Silent)
        };
        let few = replan(standing(0, Some(most)));
        prop_assert_eq!(check(&problem, &few), vec![]);
        prop_assert!(few.cost.total() <= first.cost.total());
        prop_assert!(standing(0, None).moved(&few.shipments) <= most as usize);
        let of = |plan: &Plan, order: u32| plan.shipments.iter().filter(|s| s.order == order).copied().collect::<Vec<_>>();
        for &order in locked.iter().filter(|&&order| !of(&first, order).is_empty()) {
            prop_assert_eq!(of(&few, order), of(&first, order));
        }
        let dear = replan(standing(1_000_000, None));
        prop_assert_eq!(standing(0, None).moved(&dear.shipments), 0);
    }

    #[test]
    fn a_standing_plan_with_holes_is_mended(seed in 0_u64..1_000_000, kept in 1_usize..5) {
        let problem = random(seed, 120, 3);
        let first = solved(&problem, 6);
        let shipments = first.shipments.iter().enumerate().filter(|(n, _)| n % 5 < kept).map(|(_, &s)| s).collect();
        let standing = Some(Standing { shipments, ..Standing::default() });
        let again = solve(&problem, &Options { standing, ..Options::default() }, &mut Budget::iterations(8), &mut Silent);
        prop_assert_eq!(check(&problem, &again), vec![]);
    }

    #[test]
    fn what_stands_twice_at_a_warehouse_is_sent_together(seed in 0_u64..1_000_000) {
        let problem = random(seed, 40, 4);
        let first = solved(&problem, 40);
        // Every shipment of several parts as two of one and of the rest.
        let shipments = first.shipments.iter().flat_map(|&whole| {
            let one = 1 << whole.mask.trailing_zeros();
            [one, whole.mask & !one].map(|mask| Shipment { mask, ..whole }).into_iter().filter(|part| part.mask != 0)
        });
        let standing = Some(Standing { shipments: shipments.collect(), ..Standing::default() });
        let again = solve(&problem, &Options { standing, ..Options::default() }, &mut Budget::iterations(8), &mut Silent);
        prop_assert_eq!(check(&problem, &again), vec![]);
    }

    #[test]
    fn new_orders_and_their_rivals_alone_are_looked_at(seed in 0_u64..1_000_000, new in 1_u32..20) {
        let problem = random(seed, 80, 4);
        let first = solved(&problem, 40);
        let shipments = first.shipments.iter().filter(|s| s.order >= new).copied().collect();
        let standing = Some(Standing { shipments, ..Standing::default() });
        let warm = Some(first.duals.clone());
        let options = Options { standing, warm, look_at: LookAt::New, ..Options::default() };
        let again = solve(&problem, &options, &mut Budget::iterations(40), &mut Silent);
        prop_assert_eq!(check(&problem, &again), vec![]);
        prop_assert!(again.lower_bound <= first.cost.total());
    }

    #[test]
    fn parts_obey_every_rule_and_agree_on_a_bound(seed in 0_u64..1_000_000, count in 1_u32..5, rounds in 0_u64..4) {
        let problem = random(seed, 120, 4);
        let partition = Some(Partition::new((0..120).map(|order| order % count).collect(), rounds));
        let options = Options { partition, passes: 60, rounds: 6, ..Options::default() };
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve(&problem, &options, &mut Budget::iterations(90), &mut Silent))
        };
        let (plan, again) = (on(1), on(2));
        prop_assert_eq!(check(&problem, &plan), vec![]);
        prop_assert!(plan.lower_bound <= solved(&problem, 60).cost.total());
        prop_assert_eq!(plan, again);
    }

    #[test]
    fn threads_do_not_change_the_plan(seed in 0_u64..1_000_000) {
        let problem = random(seed, 200, 3);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solved(&problem, 12))
        };
        prop_assert_eq!(on(1), on(2));
    }
}

/// Two orders want the one unit in the near warehouse (5.00); the far one costs one of them 6.00 and the other 9.00.
/// Best: the second gets the near unit, 5.00 + 6.00; its price lies in 1.00 to 4.00.
fn rivals() -> Problem<ExplicitCost> {
    let mut demand = DemandBuilder::new(2, 1);
    demand.stock(0, 0, 1).stock(0, 1, 5);
    demand.order(&[(0, 1)], Backlog::Whole(5000));
    demand.order(&[(0, 1)], Backlog::Whole(5000));
    let demand = demand.build().unwrap();
    let mut options = ExplicitBuilder::new(2, vec![0, 0], vec![10, 20]);
    for (order, warehouse, cents) in [(0, 0, 500), (0, 1, 600), (1, 0, 500), (1, 1, 900)] {
        let choice = Choice {
            cents,
            work_row: NO_ROW,
            pickup_row: NO_ROW,
            allotments: [NO_ROW; ALLOTMENTS],
            carrier: NO_ROW,
            parcels: 1,
            tag: 7,
        };
        options.option(Parcel { order, warehouse, mask: 1 }, choice);
    }
    Problem::new(demand, Rows::default(), options.build()).unwrap()
}

#[test]
fn the_scarce_unit_goes_where_it_saves_most() {
    let problem = rivals();
    let plan = solved(&problem, 100);
    assert_eq!((plan.cost.total(), plan.lower_bound), (1100, 1100));
    assert_eq!(plan.shipments.iter().map(|s| (s.order, s.warehouse)).collect::<Vec<_>>(), [(0, 1), (1, 0)]);
    assert!((1.0..=400.0).contains(&plan.duals.stock[0]), "{:?}", plan.duals);
    assert_eq!(cheapest_first(&problem).cost.total(), 1400);
}

/// Four orders of two parcels, from one warehouse or the other by turns: for 5.00 under a lane's allotment and a total of shipments,
/// or past them for 6.00, 7.00, 8.00, 9.00.
fn lane(capacity: i64) -> Problem<ExplicitCost> {
    let mut demand = DemandBuilder::new(2, 1);
    demand.stock(0, 0, 9).stock(0, 1, 9);
    for _ in 0..4 {
        demand.order(&[(0, 1)], Backlog::Whole(5000));
    }
    let demand = demand.build().unwrap();
    let mut options = ExplicitBuilder::new(2, (0..4).collect(), [10, 20].repeat(4));
    for order in 0..4 {
        for (cents, allotments) in [(500, [1, 0, NO_ROW]), (600 + 100 * i64::from(order), [NO_ROW; ALLOTMENTS])] {
            let (work_row, warehouse) = (NO_ROW, order % 2);
            let choice =
                Choice { cents, work_row, pickup_row: NO_ROW, allotments, carrier: NO_ROW, parcels: 2, tag: 0 };
            options.option(Parcel { order, warehouse, mask: 1 }, choice);
        }
    }
    let row = |capacity, counts| AllotmentRow { capacity, counts };
    let allotments = vec![row(capacity, Counts::Parcels), row(9, Counts::Shipments)];
    Problem::new(demand, Rows { allotments, ..Rows::default() }, options.build()).unwrap()
}

#[test]
fn an_allotment_cuts_across_warehouses_and_has_a_price() {
    let problem = lane(4);
    let plan = solved(&problem, 200);
    assert_eq!(check(&problem, &plan), vec![]);
    assert_eq!((plan.cost.total(), plan.lower_bound), (600 + 700 + 500 + 500, 2300));
    // A further shipment of two parcels would save 2.00 to 3.00.
    assert!((100.0..=150.0).contains(&plan.duals.allotment[0]), "{:?}", plan.duals);
    assert!(plan.duals.allotment[1] < 1.0, "{:?}", plan.duals);
    let mut overfull = solved(&lane(8), 200);
    assert_eq!(overfull.cost.total(), 2000);
    overfull.lower_bound = 0;
    let rules: Vec<_> = check(&problem, &overfull).into_iter().map(|breach| breach.rule).collect();
    assert_eq!(rules, ["allotment"]);
}

#[test]
fn wrong_allotment_rows_are_told_at_once() {
    let demand = || lane(1).demand().clone();
    let mut options = ExplicitBuilder::new(2, (0..4).collect(), [10, 20].repeat(4));
    for allotments in [[7, NO_ROW, NO_ROW], [0, NO_ROW, 0], [NO_ROW, 0, NO_ROW]] {
        let choice =
            Choice { cents: 1, work_row: NO_ROW, pickup_row: NO_ROW, allotments, carrier: NO_ROW, parcels: 1, tag: 0 };
        options.option(Parcel { order: 0, warehouse: 0, mask: 1 }, choice);
    }
    let allotments = vec![AllotmentRow { capacity: -1, counts: Counts::Parcels }];
    let faults = Problem::new(demand(), Rows { allotments, ..Rows::default() }, options.build()).unwrap_err();
    assert_eq!(faults.len(), 3, "{faults:#?}");
}

/// Two units of each SKU, which an order of 2 and one of 1 would like: half of the one with the other saves more than either.
fn wholes(skus: usize) -> Problem<ExplicitCost> {
    let mut demand = DemandBuilder::new(2, skus);
    for sku in 0..skus as u32 {
        demand.stock(sku, 0, 2).stock(sku, 1, 9);
        demand.order(&[(sku, 2)], Backlog::Whole(5000));
        demand.order(&[(sku, 1)], Backlog::Whole(5000));
    }
    let demand = demand.build().unwrap();
    let mut options =
        ExplicitBuilder::new(2, (0..2 * skus as u32).collect(), (0..2 * skus).flat_map(|_| [10, 20]).collect());
    for sku in 0..skus as u32 {
        let (two, one) = (2 * sku, 2 * sku + 1);
        for (order, warehouse, cents) in [(two, 0, 500), (two, 1, 650 + sku), (one, 0, 500), (one, 1, 600)] {
            let cents = i64::from(cents);
            let choice = Choice {
                cents,
                work_row: NO_ROW,
                pickup_row: NO_ROW,
                allotments: [NO_ROW; ALLOTMENTS],
                carrier: NO_ROW,
                parcels: 1,
                tag: 7,
            };
            options.option(Parcel { order, warehouse, mask: 1 }, choice);
        }
    }
    Problem::new(demand, Rows::default(), options.build()).unwrap()
}

#[test]
fn cuts_prove_what_the_relaxation_cannot() {
    let skus = 40;
    let plan = solved(&wholes(skus), 800);
    let relaxation: i64 = (0..skus as i64).map(|sku| 1075 + sku / 2).sum();
    assert_eq!(plan.cost.total(), 1100 * skus as i64);
    let closed = (plan.lower_bound - relaxation) as f64 / (plan.cost.total() - relaxation) as f64;
    assert!(closed > 0.5, "{closed} of the gap closed, bound {}", plan.lower_bound);
}

#[test]
fn slots_are_found_among_many_warehouses() {
    let mut demand = DemandBuilder::new(150, 2);
    for warehouse in (0..150).step_by(7) {
        demand.stock(1, warehouse, 1 + warehouse);
    }
    let demand = demand.build().unwrap();
    for warehouse in 0..150 {
        let found = demand.slot_at(1, warehouse).map(|slot| demand.slots()[slot]);
        let wanted = Slot { warehouse: warehouse as u16, units: 1 + warehouse as i32 };
        assert_eq!(found, (warehouse % 7 == 0).then_some(wanted));
        assert_eq!(demand.slot_at(0, warehouse), None);
    }
}

#[test]
fn earlier_prices_prove_the_bound_at_once() {
    let problem = rivals();
    let options = Options { warm: Some(solved(&problem, 100).duals), passes: 1, ..Options::default() };
    let plan = solve(&problem, &options, &mut Budget::iterations(1), &mut Silent);
    assert_eq!((plan.lower_bound, plan.passes), (1100, 1));
}

#[test]
fn cuts_of_an_earlier_run_prove_as_much_at_once() {
    let problem = wholes(40);
    let earlier = solved(&problem, 800);
    assert!(!earlier.duals.cuts.is_empty());
    let options = Options { warm: Some(earlier.duals), passes: 1, ..Options::default() };
    let again = solve(&problem, &options, &mut Budget::iterations(1), &mut Silent);
    // Reported prices are rounded to whole tenths of a cent.
    assert!(again.lower_bound >= earlier.lower_bound - 40, "{} after {}", again.lower_bound, earlier.lower_bound);
}

#[test]
fn no_budget_still_gives_a_plan() {
    let problem = random(3, 30, 4);
    let plan = solve(&problem, &Options::default(), &mut Budget::iterations(0), &mut Silent);
    assert_eq!(check(&problem, &plan), vec![]);
}

#[test]
fn every_fault_is_told_at_once() {
    let mut demand = DemandBuilder::new(1, 1);
    demand.stock(0, 3, 1).stock(5, 0, 1);
    demand.order(&[], Backlog::Whole(-1));
    demand.order(&[(0, 0), (0, 1)], Backlog::Lines { whole: 1, lines: &[1] });
    let faults = demand.build().unwrap_err();
    assert_eq!(faults.len(), 7, "{faults:#?}");
}

#[test]
fn the_verifier_sees_a_stolen_unit_and_a_false_price() {
    let problem = rivals();
    let mut plan = solved(&problem, 100);
    plan.shipments[0] = Shipment { order: 0, warehouse: 0, ..plan.shipments[1] };
    let rules: Vec<&str> = check(&problem, &plan).iter().map(|breach| breach.rule).collect();
    assert_eq!(rules, ["stock", "cost"]);
    plan.shipments[0].choice.cents = 1;
    assert!(check(&problem, &plan).iter().any(|breach| breach.rule == "option"));
}

#[test]
fn a_locked_order_without_shipments_is_not_served_at_a_loss() {
    let problem = random(244_198, 120, 3);
    let first = solved(&problem, 6);
    let locked = (0..problem.demand().orders() as u32).filter(|order| order % 3 == 0).collect();
    let shipments = first.shipments.clone();
    let standing = Some(Standing { shipments, locked, most_moves: Some(0), ..Standing::default() });
    let options = Options { passes: 4, warm: Some(first.duals.clone()), standing, ..Options::default() };
    let replanned = solve(&problem, &options, &mut Budget::iterations(40), &mut Silent);
    assert!(replanned.cost.total() <= first.cost.total(), "{:?} after {:?}", replanned.cost, first.cost);
}
