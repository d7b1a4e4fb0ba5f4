//! Tiny files of each format, and broken ones.

use engine::picking::{Options, solve};
use engine::search::{Budget, Silent};

use super::*;

const BLOCK: &str = "NAME : t\nPICKER_CAPACITY : 4\nNUM_AISLES : 3\nNUM_CELLS : 70\nDEPOT_AISLE : 0\nDEPOT_LOCATION : bottom\n\
    DISTANCE_AISLE_TO_AISLE : 5\nDISTANCE_CELL_TO_CELL : 1\nDISTANCE_TOP_TO_CELL : 1.5\nDISTANCE_BOTTOM_TO_CELL : 1.5\n\
    DISTANCE_TOP_OR_BOTTOM_TO_DEPOT : 0\nSKU_SECTION\nID 0 AISLE 0 CELL 69 QUANTITY 1\nID 1 AISLE 2 CELL 0 QUANTITY 9\nORDER_SECTION\n\
    NUM_ARTICLES_IN_ORDER : 1\nID 0 QUANTITY 1\nNUM_ARTICLES_IN_ORDER : 1\nID 1 QUANTITY 2\nEOF\n";

const KRIS: &str = "//alpha\n1\n//NbLocations\n2\n//NbProducts\n2\n//NbPickers\n1\n//CapaPicker\n5\n//TimeToTravelOneDistanceUnit\n3\n\
    //SetupTime\n100\n//PickTime\n10\n//Products\n//Idx Location Size\n1 1 1\n2 2 2\n//Orders\n//NbOrders\n2\n\
    //Idx DueDate TardinessPenalty NbProdInOrder ProdIdx1 Qty1\n1 900 0 1 1 2\n2 900 0 1 2 1\n//DepartingDepot\n0\n//ArrivalDepot\n3\n\
    //LocStart LocEnd ShortestPath\n0 1 4.0\n0 2 6.5\n1 2 2.5\n2 1 2.5\n1 3 4.0\n2 3 6.5\n//Location coordinates LocationName\n//Loc x y\n\
    1 0.0 4.0 \"product aisle 1 bloc 0 rank 58\"\n2 0.0 6.5 \"product aisle 1 bloc 1 rank 60\"\n3 0.0 0.0 \"depot\"\n";

fn batching(text: &str) -> Batching {
    match read("t.txt", text) {
        Ok(PickFile::Batching(batching)) => batching,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cells_of_a_depot_at_the_bottom_count_from_the_top() {
    let file = batching(BLOCK);
    let plan = solve(&file.problem, &Options::default(), &mut Budget::iterations(200), &mut Silent);
    // Cell 69 is next to the depot: 2 x 1.5. Cell 0 of aisle 2 is the far end: 70.5 deep, two aisles over. One walk of both
    // comes back through aisle 2: the near cell costs nothing more on the way.
    assert_eq!(file.labels.units(plan.distance), 2.0 * (70.5 + 10.0) + 2.0 * 1.5);
    let mut seen: Vec<[u32; 2]> =
        plan.batches.iter().flat_map(|batch| &batch.tour).map(|&place| file.labels.position(place)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [[0, 69], [2, 0]]);
}

#[test]
fn an_article_in_two_places_makes_the_order_scattered() {
    let single = BLOCK.replace("NUM_ARTICLES_IN_ORDER : 1\nID 0 QUANTITY 1\n", "");
    let text = single.replace("ORDER_SECTION", "ID 1 AISLE 1 CELL 3 QUANTITY 1\nORDER_SECTION");
    let Ok(PickFile::Scattered(file)) = read("t.txt", &text) else { panic!("scattered") };
    assert_eq!((file.wants.len(), file.wants[0].quantity, file.wants[0].places.len()), (1, 2, 2));
    let two = BLOCK.replace("ORDER_SECTION", "ID 1 AISLE 1 CELL 3 QUANTITY 1\nORDER_SECTION");
    let faults = read("t.txt", &two).unwrap_err();
    assert!(faults[0].to_string().contains("single order"), "{faults:?}");
}

#[test]
fn a_batch_of_kris_takes_set_up_walk_and_picks() {
    let file = batching(KRIS);
    let plan = solve(&file.problem, &Options::default(), &mut Budget::iterations(200), &mut Silent);
    // One batch of both: 100 + 3 x (4 + 2.5 + 6.5) + 10 x 3.
    assert_eq!((plan.batches.len(), file.labels.units(plan.time), plan.lateness), (1, 169.0, 0));
    assert_eq!(file.labels.position(1), [1, 60]);
    assert_eq!(file.labels.orders, [1, 2]);
}

#[test]
fn a_wave_file_has_orders_aisles_and_limits() {
    let text = "2 3 2\n1 0 4\n2 1 2 2 1\n2 0 9 1 9\n1 2 9\n1 10\n";
    let Ok(PickFile::Wave(problem)) = read("w.txt", text) else { panic!("a wave") };
    assert_eq!((problem.orders().len(), problem.aisles().len(), problem.limits()), (2, 2, (1, 10)));
}

#[test]
fn every_fault_is_reported_with_its_line() {
    let text = BLOCK.replace("NUM_CELLS : 70", "NUM_CELLS : many").replace("ID 1 QUANTITY 2", "ID 7 QUANTITY 2");
    let text: Vec<String> = read("t.txt", &text).unwrap_err().iter().map(ToString::to_string).collect();
    assert!(text[0].starts_with("t.txt:4: NUM_CELLS"), "{text:?}");
    let text = KRIS.replace("1 2 2.5\n", "").replace("2 900 0 1 2 1", "2 900 0 2 2 1");
    let text: Vec<String> = read("k.txt", &text).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(text.len(), 2, "{text:?}");
    let faults = read("w.txt", "2 3 2\n1 0 4\n2 1 2\n1 5 9\n1 2 9\n1 10\n").unwrap_err();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(read("x.txt", "hello").is_err());
}
