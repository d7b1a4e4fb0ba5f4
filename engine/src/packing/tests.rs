//! Packings worked by hand, and properties of random ones.

use proptest::prelude::*;

use super::*;
use crate::check::packing::check;
use crate::search::{Budget, Seed, Silent};
use crate::units::{Cents, Grams, Size};

fn item(size: [i64; 3], weight: i64, quantity: u32) -> Item {
    let size = Size::new(size[0], size[1], size[2]);
    Item { size, weight: Grams::new(weight), quantity, rotations: Rotations::FREE, fragile: false, alone: false }
}

fn carton(edge: [i64; 3], max: i64) -> Carton {
    let inner = Size::new(edge[0], edge[1], edge[2]);
    let outer = Size::new(edge[0] + 4, edge[1] + 4, edge[2] + 4);
    Carton { inner, outer, tare: Grams::new(100), max_gross: Grams::new(max), limit: None }
}

fn run(items: Vec<Item>, cartons: Vec<Carton>) -> (Problem, Plan) {
    let problem = Problem::new(items, cartons).unwrap();
    let plan = solve(&problem, &Options::default(), &mut Budget::unlimited(), &mut Silent);
    assert_eq!(check(&problem, 0, &plan), []);
    (problem, plan)
}

#[test]
fn eight_cubes_fill_a_box_and_the_ninth_opens_another() {
    let boxes = || vec![carton([200, 200, 200], 100_000)];
    assert_eq!(run(vec![item([100, 100, 100], 10, 8)], boxes()).1.cartons.len(), 1);
    assert_eq!(run(vec![item([100, 100, 100], 10, 9)], boxes()).1.cartons.len(), 2);
}

#[test]
fn the_smallest_box_that_holds_all_is_taken() {
    let plan =
        run(vec![item([90, 40, 30], 10, 2)], vec![carton([300, 300, 300], 9_000), carton([100, 90, 40], 9_000)]).1;
    assert_eq!(plan.cartons.iter().map(|c| c.carton).collect::<Vec<_>>(), [1]);
}

#[test]
fn weight_splits_what_volume_would_not() {
    let plan = run(vec![item([50, 50, 50], 600, 3)], vec![carton([300, 300, 300], 1_400)]).1;
    assert_eq!(plan.cartons.len(), 2); // 100 g box + 2 x 600 g is within 1,400 g, a third is not
}

/// Up to a kilogram 100 cents, up to two 500, above 900.
struct Letters;

impl CartonBill for Letters {
    fn bill(&self, _: usize, gross: Grams) -> Cents {
        Cents::new(match gross.get() {
            ..=1_000 => 100,
            1_001..=2_000 => 500,
            _ => 900,
        })
    }
}

#[test]
fn a_few_units_are_parted_in_the_best_way() {
    // A carton weighs 100 g. All in one, 1,450 g, are 500; 600 + 250 and 250 + 250 are 100 each; three cartons would be 300.
    let items = vec![item([50, 50, 50], 600, 1), item([60, 50, 50], 250, 3)];
    let problem = Problem::new(items, vec![carton([300, 300, 300], 9_000)]).unwrap();
    let options = Options { objective: Objective::Bill(&Letters), ..Options::default() };
    let plan = solve(&problem, &options, &mut Budget::iterations(15), &mut Silent);
    assert_eq!(check(&problem, 0, &plan), []);
    let mut grams: Vec<i64> = plan.cartons.iter().map(|packed| packed.gross.get()).collect();
    grams.sort_unstable();
    assert_eq!(grams, [600, 950]);
    // Two cartons of a hundred at least: it is the best there is.
    assert_eq!(Bounds::new(problem.cartons(), &Letters).of(&problem), Cents::new(200));
}

#[test]
fn what_fits_nowhere_is_named() {
    let plan =
        run(vec![item([500, 10, 10], 5, 2), item([10, 10, 10], 5_000, 1)], vec![carton([300, 300, 300], 1_400)]).1;
    let reasons: Vec<_> = plan.unpacked.iter().map(|u| (u.item, u.quantity, u.reason)).collect();
    assert_eq!(reasons, [(0, 2, "too large"), (1, 1, "too heavy")]);
}

#[test]
fn units_that_ship_alone_get_a_carton_each() {
    let boxes = vec![carton([300, 300, 300], 9_000)];
    let plan = run(vec![Item { alone: true, ..item([50, 50, 50], 10, 2) }, item([60, 60, 60], 10, 3)], boxes).1;
    let mut sizes: Vec<usize> = plan.cartons.iter().map(|c| c.placements.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 3]);
}

#[test]
fn scarce_cartons_are_not_used_twice() {
    let boxes = vec![Carton { limit: Some(1), ..carton([100, 100, 100], 9_000) }, carton([300, 300, 300], 9_000)];
    let plan = run(vec![Item { alone: true, ..item([90, 90, 90], 10, 2) }], boxes).1;
    let mut types: Vec<usize> = plan.cartons.iter().map(|c| c.carton).collect();
    types.sort_unstable();
    assert_eq!(types, [0, 1]);
    let boxes = vec![Carton { limit: Some(1), ..carton([100, 100, 100], 9_000) }];
    let plan = run(vec![item([90, 90, 90], 10, 2)], boxes).1;
    assert_eq!(plan.unpacked, [Unpacked { item: 0, quantity: 1, reason: "no carton left" }]);
}

#[test]
fn overhang_is_forbidden_where_support_is_asked() {
    // A 100 x 100 board does not lie wholly on a 60 x 60 block; it may without support.
    let items = || vec![Item { rotations: Rotations::NONE, ..item([60, 60, 50], 10, 1) }, board()];
    let boxes = || vec![carton([100, 100, 70], 9_000)];
    assert_eq!(run(items(), boxes()).1.cartons.len(), 1);
    let problem = Problem::new(items(), boxes()).unwrap();
    let hanging = PackedCarton {
        carton: 0,
        placements: vec![
            Placement { item: 0, at: [0; 3], edges: [60, 60, 50] },
            Placement { item: 1, at: [0, 0, 50], edges: [100, 100, 20] },
        ],
        gross: Grams::new(120),
    };
    let plan = Plan { cartons: vec![hanging], unpacked: Vec::new() };
    assert_eq!(check(&problem, 36, &plan), []);
    assert_eq!(check(&problem, 37, &plan).len(), 1);
}

fn board() -> Item {
    Item { rotations: Rotations::NONE, ..item([100, 100, 20], 10, 1) }
}

/// Twice the price beyond a kilogram.
struct Heavy;

impl CartonBill for Heavy {
    fn bill(&self, carton: usize, gross: Grams) -> Cents {
        let base = [1_000, 1_500][carton];
        Cents::new(if gross > Grams::new(1_000) { 4 * base } else { base })
    }
}

#[test]
fn the_bill_may_be_least_with_more_cartons() {
    // Two of 600 g: together 1,300 g with the carton, 60.00; apart 700 g each, 2 x 10.00.
    let boxes = vec![carton([110, 110, 110], 9_000), carton([300, 300, 300], 9_000)];
    let problem = Problem::new(vec![item([100, 100, 50], 600, 2)], boxes).unwrap();
    let options = Options { objective: Objective::Bill(&Heavy), ..Options::default() };
    let plan = solve(&problem, &options, &mut Budget::iterations(40), &mut Silent);
    assert_eq!(check(&problem, 0, &plan), []);
    assert_eq!(plan.cartons.iter().map(|c| c.carton).collect::<Vec<_>>(), [0, 0]);
    let fewest = solve(&problem, &Options::default(), &mut Budget::iterations(40), &mut Silent);
    assert_eq!(fewest.cartons.iter().map(|c| c.carton).collect::<Vec<_>>(), [0]);
}

#[test]
fn a_search_that_has_seen_everything_ends() {
    // Two cubes of which one fits: no budget is needed to know it.
    let problem = Problem::new(vec![item([6, 6, 6], 1, 2)], vec![carton([10, 10, 10], 9_000); 2]).unwrap();
    let plan = fill_one(&problem, &mut Budget::unlimited(), &mut Silent);
    assert_eq!((plan.cartons[0].placements.len(), plan.unpacked[0].quantity), (1, 1));
}

#[test]
fn more_kinds_than_blocks_are_kept_are_all_placed() {
    let many: Vec<Item> = (0..700_i64).map(|n| item([n % 30 + 1, n / 30 % 30 + 31, n % 7 + 61], 1, 1)).collect();
    let problem = Problem::new(many, vec![carton([2_000, 2_000, 2_000], 99_999)]).unwrap();
    let plan = fill_one(&problem, &mut Budget::iterations(1), &mut Silent);
    assert_eq!(check(&problem, 0, &plan), []);
    assert_eq!(plan.unpacked, []);
}

#[test]
fn a_unit_refused_for_want_of_support_may_find_it_later() {
    // The board is the largest; it lies on both blocks or on none.
    let block = |width| Item { rotations: Rotations::NONE, ..item([width, 100, 50], 10, 1) };
    let problem = Problem::new(vec![board(), block(60), block(40)], vec![carton([100, 100, 70], 9_000)]).unwrap();
    let options = Options { support: 100, ..Options::default() };
    let plan = solve(&problem, &options, &mut Budget::iterations(40), &mut Silent);
    assert_eq!(check(&problem, 100, &plan), []);
    assert_eq!(plan.cartons.len(), 1);
}

#[test]
fn one_container_is_filled_whole_where_units_tile_it() {
    let items = vec![
        Item { rotations: Rotations::NONE, ..item([50, 40, 30], 1, 8) },
        Item { rotations: Rotations::NONE, ..item([50, 20, 60], 1, 4) },
        Item { rotations: Rotations::NONE, ..item([100, 20, 30], 1, 2) },
        Item { rotations: Rotations::NONE, ..item([70, 70, 70], 1, 1) },
    ];
    let problem = Problem::new(items, vec![carton([100, 100, 60], 9_000)]).unwrap();
    let plan = fill_one(&problem, &mut Budget::iterations(500), &mut Silent);
    assert_eq!(check(&problem, 0, &plan), []);
    let volume: i64 = plan.cartons[0].placements.iter().map(|u| u.edges.map(i64::from).iter().product::<i64>()).sum();
    assert_eq!(volume, 100 * 100 * 60);
    assert_eq!(plan.unpacked.iter().find(|left| left.item == 3).map(|left| left.reason), Some("too large"));
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let one = (5..160_i64, 5..160_i64, 5..160_i64, 0..900_i64, 1..4_u32, 0..3_u8, prop::bool::weighted(0.2)).prop_map(
        |(l, w, h, weight, quantity, rotations, fragile)| Item {
            rotations: [Rotations::FREE, Rotations::KEEP_FLAT, Rotations::NONE][usize::from(rotations)],
            fragile,
            ..item([l, w, h], weight, quantity)
        },
    );
    proptest::collection::vec(one, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn every_packing_passes_the_verifier(items in items(), seed in 0..1000_u64, goal in 0..3_u8, support in 0..3_usize) {
        let cartons = vec![
            carton([150, 120, 100], 2_000),
            Carton { limit: Some(1), ..carton([220, 180, 140], 3_000) },
            carton([90, 80, 60], 1_500),
        ];
        let problem = Problem::new(items, cartons).unwrap();
        let objective = [Objective::Cartons, Objective::Volume, Objective::Bill(&ByWeight)][usize::from(goal)];
        let options = Options { seed: Seed(seed), objective, support: [0, 60, 100][support] };
        let solved = |iterations| solve(&problem, &options, &mut Budget::iterations(iterations), &mut Silent);
        let plan = solved(60);
        prop_assert_eq!(check(&problem, options.support, &plan), []);
        prop_assert_eq!(&plan, &solved(60));
        // More search never leaves more out, nor makes the answer worse.
        let worth = |plan: &Plan| {
            let left: u32 = plan.unpacked.iter().map(|left| left.quantity).sum();
            let bill: i64 = plan.cartons.iter().map(|c| ByWeight.bill(c.carton, c.gross).get()).sum();
            let count = plan.cartons.len() as i64;
            let first = [count, plan.outer_volume(&problem), bill][usize::from(goal)];
            (left, first)
        };
        prop_assert!(worth(&plan) <= worth(&solved(0)));
        if plan.unpacked.iter().all(|left| left.reason != "no carton left") {
            let bill: i64 = plan.cartons.iter().map(|c| ByWeight.bill(c.carton, c.gross).get()).sum();
            prop_assert!(Bounds::new(problem.cartons(), &ByWeight).of(&problem).get() <= bill);
        }
    }

    #[test]
    fn every_filled_container_passes_the_verifier(items in items(), edges in [60..300_i64, 60..300_i64, 60..300_i64],
                                                  max in 1_000..9_000_i64, fixed in any::<bool>()) {
        let mut items = items;
        items.iter_mut().for_each(|item| item.rotations.fixed = fixed);
        let problem = Problem::new(items, vec![carton(edges, max)]).unwrap();
        let filled = |iterations| fill_one(&problem, &mut Budget::iterations(iterations), &mut Silent);
        let volume = |plan: &Plan| -> i64 {
            plan.cartons[0].placements.iter().map(|u| u.edges.map(i64::from).iter().product::<i64>()).sum()
        };
        let plan = filled(60);
        prop_assert_eq!(check(&problem, 0, &plan), []);
        prop_assert_eq!(&plan, &filled(60));
        prop_assert!(volume(&plan) >= volume(&filled(3)));
    }
}

/// A price by type, and a cent a gram.
struct ByWeight;

impl CartonBill for ByWeight {
    fn bill(&self, carton: usize, gross: Grams) -> Cents {
        Cents::new([300, 500, 200][carton] + gross.get())
    }
}

proptest! {
    #[test]
    fn sets_answer_the_same_whatever_was_asked_before(
        units in prop::collection::vec((20_i64..300, 20_i64..300, 20_i64..300, 1_i64..4_000, prop::bool::weighted(0.2)), 2..6),
    ) {
        let item = |(l, w, h, weight, fragile): (i64, i64, i64, i64, bool)| Item {
            size: Size::new(l, w, h), weight: Grams::new(weight), quantity: 1, rotations: Rotations::FREE, fragile, alone: false,
        };
        let carton = |edge: i64| Carton {
            inner: Size::new(edge, edge, edge), outer: Size::new(edge + 6, edge + 6, edge + 6), tare: Grams::new(edge),
            max_gross: Grams::new(15_000), limit: None,
        };
        let problem = Problem::new(units.into_iter().map(item).collect(), [250, 350, 450].map(carton).to_vec()).unwrap();
        let (mut one, mut other) = (Sets::new(&problem).unwrap(), Sets::new(&problem).unwrap());
        let (whole, least) = (one.whole(), one.least(&ByWeight));
        prop_assert_eq!((other.least(&ByWeight), other.whole()), (least.clone(), whole.clone()));
        // The kernel finds the same single carton, and no packing of a smaller bill.
        let solved = |objective| {
            let options = Options { objective, ..Options::default() };
            solve(&problem, &options, &mut Budget::iterations(200), &mut Silent)
        };
        let plain = solved(Objective::Cartons);
        prop_assert_eq!(whole.map(|part| part.carton), (plain.cartons.len() == 1).then(|| plain.cartons[0].carton));
        let weight = |part: &Part| -> Grams { part.items.iter().map(|item| problem.items()[*item as usize].weight).sum() };
        let bill = |part: &Part| ByWeight.bill(part.carton, problem.cartons()[part.carton].tare + weight(part));
        let parted: Cents = least.unwrap().iter().map(bill).sum();
        let by_bill: Cents = solved(Objective::Bill(&ByWeight)).cartons.iter().map(|c| ByWeight.bill(c.carton, c.gross)).sum();
        prop_assert_eq!(parted, by_bill);
        prop_assert!(parted <= plain.cartons.iter().map(|c| ByWeight.bill(c.carton, c.gross)).sum());
    }
}
