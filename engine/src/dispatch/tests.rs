//! Vans under way on the line of [`super::fixtures`], planned anew.

use super::fixtures::{Town, minute};
use super::{Change, Fixed, Progress, Replan, changes};
use crate::fulfilment::{DispatchStage, Event, Refusal, ShipmentStage, TenderAnswer};
use crate::units::{Cents, Seconds};

/// Three parcels to the north; what the plan makes of it: door 1 as the window opens, then every four minutes the next.
fn north() -> Town {
    let mut town = Town::new(|_| {});
    (1..=3).for_each(|door| {
        town.pack(door, -60);
    });
    town.start();
    assert_eq!(town.drawn(), "0: s-1@0 s-2@4 s-3@8");
    town
}

#[test]
fn a_van_is_where_its_driver_told_or_its_plan_says() {
    let mut town = north();
    let progress = |town: &Town, at| {
        let progress = Progress::of(&town.state, town.fleet(), &town.running().routes[0], minute(at));
        (progress.behind.get() / 60, progress.loaded, progress.reached)
    };
    assert_eq!(progress(&town, -12), (0, 0, 0));
    // Leaves at -1, loads from -11 on.
    assert_eq!(progress(&town, -11), (0, 1, 0));
    assert_eq!(progress(&town, 5), (0, 1, 2));
    // The first door is told 20 minutes after it should have been left at 3; then the second is reached at 24.
    let first = town.running().shipments[0].clone();
    town.deliver(&first, 23);
    assert_eq!(progress(&town, 23), (20, 1, 1));
    assert_eq!(progress(&town, 24), (20, 1, 2));
}

#[test]
fn a_plan_stays_as_it_is_for_as_long_as_nothing_happens() {
    let mut town = north();
    let applied = town.state.applied();
    for at in -5..8 {
        assert!(matches!(town.replan(at), Ok(Replan::Unchanged)), "{at}");
    }
    // Told in time: no reason to look either.
    let first = town.running().shipments[0].clone();
    town.deliver(&first, 3);
    assert!(matches!(town.replan(4), Ok(Replan::Unchanged)));
    assert_eq!(town.state.applied(), applied + 1);
}

#[test]
fn a_return_on_the_way_is_collected_by_the_van_that_passes() {
    let mut town = north();
    town.announce(4, 3);
    // At 5 the van is at door 2. Door 4 is two steps more: 2,224 m at 55 cents are 122, less than the 600 of a label.
    assert_eq!(town.replanned(5), "0: s-1@0 s-2@4 s-3@8 r-4@12");
    let route = &town.running().routes[0];
    assert_eq!((route.distance.get(), route.cost), (8 * 1112, Cents::new(9_000 + 489)));
    assert_eq!(town.running().carrier_cost, route.cost);
    assert!(matches!(town.replan(6), Ok(Replan::Unchanged)), "it is planned now");
}

#[test]
fn a_return_that_costs_more_than_its_label_stays_and_is_told() {
    let mut town = north();
    let goods = town.announce(-6, 3);
    // Twelve steps: 13,344 m are 734 cents.
    let Ok(Replan::Kept(changes, None)) = town.replan(5) else { panic!("kept") };
    assert_eq!(changes, [Change::Announced(goods)]);
    assert_eq!(town.replanned(5), "0: s-1@0 s-2@4 s-3@8");
}

#[test]
fn nothing_is_put_before_the_door_a_van_drives_to() {
    let mut town = north();
    town.announce(1, 2);
    // At 3 it has left door 1 and drives to door 2: door 1 again is for the way home, 11 + 2 minutes later.
    assert_eq!(town.replanned(3), "0: s-1@0 s-2@4 s-3@8 r-4@13");
}

#[test]
fn parcels_packed_later_wait_for_a_trip_that_is_not_loaded() {
    let mut town = Town::new(|fleet| fleet.van_parcels = 2);
    (1..=3).for_each(|door| {
        town.pack(door, -60);
    });
    town.start();
    let before = town.drawn();
    let trips = |town: &Town| town.running().routes[0].trips.iter().map(|t| t.stops.len()).collect::<Vec<_>>();
    assert_eq!((town.running().routes.len(), trips(&town).iter().sum::<usize>()), (1, 3), "{before}");
    let (first, late) = (town.running().routes[0].trips[0].clone(), town.pack(1, 1));
    town.replanned(2);
    let running = town.running();
    assert_eq!(running.routes[0].trips[0], first, "its parcels are on the way: {}", town.drawn());
    assert_eq!((running.shipments.len(), running.parcels, running.gross.get()), (4, 4, 4_000));
    let shipment = &town.state.shipments()[&late];
    assert_eq!((shipment.stage, shipment.dispatched_at), (ShipmentStage::Dispatched, Some(minute(2))));
    assert!(town.state.docked().is_empty());
    let slot = town.state.ledger().slot(shipment.lines[0].sku, running.warehouse);
    assert_eq!((slot.on_hand, slot.allocated), (996, 0), "it left the stock");
}

#[test]
fn a_van_that_is_behind_leaves_its_next_trip_to_another_if_doors_would_be_late() {
    let mut town = Town::new(|fleet| (fleet.van_parcels, fleet.per_van_day) = (2, Cents::new(900)));
    (1..=4).for_each(|door| {
        town.pack(door, -60);
    });
    town.start();
    assert_eq!(town.running().routes.len(), 1, "{}", town.drawn());
    let (first, second) = (town.running().routes[0].trips[0].clone(), town.running().routes[0].trips[1].clone());
    // Four hours later nothing of the second trip could be in time; a second van is 900 cents, two late doors 2,000.
    town.deliver(first.stops[0].shipment.as_ref().expect("a parcel"), 203);
    town.replanned(205);
    let running = town.running();
    assert_eq!(running.routes.len(), 2, "{}", town.drawn());
    assert_eq!(running.routes[0].trips.len(), 1, "{}", town.drawn());
    let moved = &running.routes[1].trips[0].stops;
    assert_eq!(moved.len(), second.stops.len());
    assert!(moved.iter().all(|stop| stop.arrives <= minute(240)), "{}", town.drawn());
    // The delay is in the plan now, and is not counted again.
    assert_eq!(running.routes[0].trips[0].stops[0].arrives, minute(200), "{}", town.drawn());
    assert!(matches!(town.replan(206), Ok(Replan::Unchanged)));
}

#[test]
fn a_return_that_came_back_by_itself_is_not_called_for() {
    let mut town = north();
    let goods = town.announce(4, 1);
    assert_eq!(town.replanned(2), "0: s-1@0 s-2@4 s-3@8 r-4@12");
    town.receive(&goods, 4);
    assert_eq!(town.replanned(5), "0: s-1@0 s-2@4 s-3@8");
    assert!(matches!(town.replan(6), Ok(Replan::Unchanged)));
}

#[test]
fn what_cannot_change_says_why() {
    let mut town = north();
    let mut dispatch = town.running();
    let fixed = |town: &Town, dispatch: &_, at| changes(&town.network, &town.state, dispatch, minute(at)).unwrap_err();
    assert_eq!(fixed(&town, &dispatch, 9), Fixed::Driven);
    assert_eq!(fixed(&town, &dispatch, 240), Fixed::Closed(minute(240)));
    dispatch.stage = DispatchStage::Tendered;
    assert_eq!(fixed(&town, &dispatch, 2), Fixed::NotAccepted(DispatchStage::Tendered));
    dispatch.routes.clear();
    assert_eq!(fixed(&town, &dispatch, 2), Fixed::NoVans);
    // Something to add is something to do.
    town.announce(1, 9);
    assert!(changes(&town.network, &town.state, &town.running(), minute(10)).is_ok());
}

#[test]
fn a_plan_is_stored_once_and_on_the_plan_it_was_made_from() {
    let mut town = north();
    town.announce(4, 1);
    let Ok(Replan::Better(better)) = town.replan(2) else { panic!("better") };
    let decide = |town: &Town| town.state.decide_reroute(&better.was, better.dispatch.clone(), minute(2));
    let events = decide(&town).expect("sound");
    assert_eq!(events.len(), 1);
    town.commit(&events);
    assert!(matches!(decide(&town), Err(Refusal::Invalid(rule)) if rule.contains("ask again")));
    // The events alone bring the same state, from JSON too.
    let json = serde_json::to_string(&events).expect("json");
    assert_eq!(serde_json::from_str::<Vec<Event>>(&json).expect("json"), events);
}

#[test]
fn plans_that_would_break_the_books_are_refused() {
    let mut town = north();
    let goods = town.announce(4, 1);
    let Ok(Replan::Better(better)) = town.replan(2) else { panic!("better") };
    let refused = |town: &Town, change: &dyn Fn(&mut crate::fulfilment::Dispatch)| {
        let mut next = better.dispatch.clone();
        change(&mut next);
        town.state.decide_reroute(&better.was, next, minute(2)).unwrap_err().to_string()
    };
    let twice = refused(&town, &|next| {
        let again = next.routes[0].trips[0].stops[3].clone();
        next.routes[0].trips[0].stops.push(again);
    });
    assert_eq!(twice, "return r-4 is on a van's route already");
    let lost = refused(&town, &|next| next.routes[0].trips[0].stops.truncate(2));
    assert!(lost.contains("each shipment's door once"), "{lost}");
    let other = refused(&town, &|next| next.shipments.clear());
    assert!(other.contains("must keep its shipments"), "{other}");
    let first = town.running().shipments[0].clone();
    town.deliver(&first, 1);
    let moved = refused(&town, &|next| next.routes[0].trips[0].stops.swap(0, 1));
    assert!(moved.contains("told delivered"), "{moved}");
    town.receive(&goods, 2);
    assert_eq!(refused(&town, &|_| {}), "return r-4 is not to be collected by these vans");
}

#[test]
fn an_offer_is_not_planned_anew_and_a_refused_one_gives_its_returns_free() {
    let mut town = Town::new(|_| {});
    town.pack(1, -60);
    let goods = town.announce(2, -60);
    let plan = super::vans(&town.network, &town.state, minute(-10), crate::search::Seed(1), 500, None);
    let dispatch = plan.dispatches[0].clone();
    town.commit(&town.state.decide_tender(dispatch.clone()).expect("packed"));
    let offered = &town.state.dispatches()[&dispatch.id];
    let fixed = changes(&town.network, &town.state, offered, minute(-9)).unwrap_err();
    assert_eq!(fixed, Fixed::NotAccepted(DispatchStage::Tendered));
    assert!(super::vans::collectable(&town.state, town.fleet()).is_empty());
    let answer = TenderAnswer::Reject("no driver".to_owned());
    town.commit(&town.state.decide_answer(&dispatch.id, &answer, minute(-8)).expect("tendered"));
    let free: Vec<_> = super::vans::collectable(&town.state, town.fleet()).iter().map(|r| r.id.clone()).collect();
    assert_eq!(free, [goods]);
}

#[test]
fn being_a_little_late_is_no_reason() {
    let mut town = north();
    let first = town.running().shipments[0].clone();
    town.deliver(&first, 7);
    assert!(matches!(town.replan(7), Ok(Replan::Unchanged)));
    let mut town = north();
    town.deliver(&first, 11);
    let Ok(Replan::Kept(changes, _)) = town.replan(11) else { panic!("kept") };
    assert_eq!(changes, [Change::Behind { van: 0, by: Seconds::minutes(5) }]);
}
