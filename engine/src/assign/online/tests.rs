//! Small random worlds: feasible, myopic without prices, the same on any threads, better than myopic where stock is short.

use super::*;
use crate::assign::{
    Backlog, Choice, DemandBuilder, ExplicitBuilder, ExplicitCost, NO_ROW, Options, Parcel, Rows, cheapest_first,
    fixtures,
};
use crate::check::assign::check;
use crate::search::{Budget, Silent};

fn options(resolves: usize) -> OnlineOptions {
    OnlineOptions { resolves, samples: 6, first_passes: 60, passes: 30, ..OnlineOptions::default() }
}

fn all(problem: &Problem<ExplicitCost>) -> Vec<u32> {
    (0..problem.demand.orders() as u32).collect()
}

#[test]
fn plans_are_feasible_and_myopic_without_prices() {
    for seed in 0..60 {
        let problem = fixtures::random(seed, 30, 3);
        let mut myopic = Desk::new(&problem, all(&problem), Vec::new(), options(0));
        myopic.serve_all();
        assert_eq!(myopic.plan().shipments, cheapest_first(&problem).shipments, "seed {seed}");
        let mut desk = Desk::new(&problem, all(&problem), all(&problem), options(4));
        desk.serve_all();
        assert_eq!(check(&problem, &desk.plan()), [], "seed {seed}");
    }
}

#[test]
fn one_thread_or_two_decide_the_same() {
    let problem = short_of_local_stock(3, 200).0;
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut desk = Desk::new(&problem, (0..200).collect(), (200..400).collect(), options(5));
            desk.serve_all();
            desk.plan()
        })
    };
    assert_eq!(on(1), on(2));
}

/// Two warehouses and ten SKUs. Buyers of the east take anything from either at 500; those of the west pay 500 from the west
/// and 900 from the east. Stock is as much as will be asked for; the myopic rule sells the west's to the east. `orders` of
/// the stream, and as many of the forecast; the first problem has both, the second the stream alone.
fn short_of_local_stock(seed: u64, orders: usize) -> (Problem<ExplicitCost>, Problem<ExplicitCost>) {
    let build = |orders: usize, stock: u32| {
        let mut rng = Seed(seed).rng();
        let mut demand = DemandBuilder::new(2, 10);
        (0..10).for_each(|sku| {
            demand.stock(sku, 0, stock).stock(sku, 1, stock);
        });
        let mut west = Vec::new();
        for _ in 0..orders {
            demand.order(&[(rng.below(10) as u32, 1)], Backlog::Whole(3000));
            west.push(rng.chance(0.45));
        }
        let mut options = ExplicitBuilder::new(2, (0..orders as u32).collect(), vec![0; 2 * orders]);
        for order in 0..orders as u32 {
            for warehouse in 0..2 {
                let cents = if west[order as usize] && warehouse == 1 { 900 } else { 500 };
                let none = NO_ROW;
                let choice = Choice {
                    cents,
                    work_row: none,
                    pickup_row: none,
                    allotments: [none; 2],
                    carrier: none,
                    parcels: 1,
                    tag: 0,
                };
                options.option(Parcel { order, warehouse, mask: 1 }, choice);
            }
        }
        Problem::new(demand.build().unwrap(), Rows::default(), options.build()).unwrap()
    };
    let stock = (orders / 18) as u32;
    (build(2 * orders, stock), build(orders, stock))
}

#[test]
fn prices_capture_most_of_what_foresight_is_worth() {
    for seed in 1..6 {
        let (both, stream) = short_of_local_stock(seed, 400);
        let myopic = cheapest_first(&stream).cost.total();
        let plan = crate::assign::solve(&stream, &Options::default(), &mut Budget::iterations(200), &mut Silent);
        let mut desk = Desk::new(&both, (0..400).collect(), (400..800).collect(), options(10));
        desk.serve_all();
        let online = desk.plan();
        assert_eq!(check(&stream, &online), [], "seed {seed}");
        let captured = (myopic - online.cost.total()) as f64 / (myopic - plan.cost.total()) as f64;
        assert!(captured > 0.5, "seed {seed}: {captured:.2} of {myopic} - {}", plan.cost.total());
    }
}

#[test]
fn old_prices_do_not_count() {
    let (both, _) = short_of_local_stock(1, 200);
    let options = OnlineOptions { most_age: Some(30), ..options(1) };
    let mut desk = Desk::new(&both, (0..200).collect(), (200..400).collect(), options);
    desk.reprice();
    assert!(desk.trust() > 0.0, "prices are worth something here");
    (0..30).for_each(|_| desk.decide());
    assert!(desk.trust() > 0.0);
    desk.decide();
    assert_eq!(desk.trust(), 0.0);
}

#[test]
fn nothing_is_priced_where_everything_is_plenty() {
    let problem = short_of_local_stock(1, 200).0;
    let mut desk = Desk::new(&problem, (0..20).collect(), (200..400).collect(), options(2));
    desk.reprice();
    assert_eq!(desk.trust(), 0.0);
    let mut silent = Desk::new(&problem, (0..20).collect(), Vec::new(), options(2));
    silent.serve_all();
    assert_eq!(silent.trust(), 0.0, "no forecast, no prices: what was seen shows no shortage");
}
