//! Vans under way on the line of [`super::fixtures`], planned anew.

use super::fixtures::{Town, minute};
use super::{Change, Fixed, Progress, Replan, changes};
use crate::check;
use crate::fulfilment::{DispatchStage, Event, LeftEasing, LeftWay, Refusal, ShipmentStage, TenderAnswer};
use crate::search::Budget;
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
    let dispatch = plan.days[0].dispatch.clone().expect("a reachable door");
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

/// What was left out ten minutes before the window, as `s-1: vans 1 | parcels 1`, and the day with it.
fn left(town: &Town) -> (String, super::VanDay) {
    let mut plan = super::vans(&town.network, &town.state, minute(-10), crate::search::Seed(1), 500, None);
    let mut day = plan.days.remove(0);
    assert!(check::routing::is_sound(&day.problem, &day.plan));
    day.prove(check::routing::is_sound, &mut Budget::iterations(10_000));
    let told = day.dispatch.iter().flat_map(|dispatch| &dispatch.left).map(|door| {
        let what = door.shipment.as_ref().map(ToString::to_string);
        let what = what.or_else(|| door.collects.as_ref().map(ToString::to_string)).unwrap_or_default();
        let easing = |easing: &LeftEasing| format!("{:?} {}", easing.limit, easing.by);
        let way = |way: &LeftWay| {
            let easings = way.easings.iter().map(easing).collect::<Vec<_>>().join(" + ");
            format!("{easings} on {:?} for {}", way.van, way.costs_more.get())
        };
        format!("{what}: {}", door.ways.iter().map(way).collect::<Vec<_>>().join(" | "))
    });
    (told.collect::<Vec<_>>().join("; "), day)
}

#[test]
fn doors_left_at_the_dock_come_with_what_would_have_served_them() {
    // One van with room for two parcels and one trip; the third door is the farthest one to the south.
    let mut town = Town::new(|fleet| (fleet.vans, fleet.van_parcels, fleet.trips) = (1, 2, 1));
    for door in [1, 2, -3] {
        town.pack(door, -60);
    }
    // A second trip to door -3 is six steps of 1,112 m at 55 cents; with room for three the same. A van more costs its day.
    let (told, day) = left(&town);
    assert_eq!(told, "s-3: Vans 1 on None for 9367 | Parcels 1 on Some(0) for 367 | Trips 1 on Some(0) for 367");
    assert_eq!(day.dispatch.expect("two doors").shipments.len(), 2);

    // With the trip nothing is left, and nothing is looked for.
    let mut town = Town::new(|fleet| (fleet.vans, fleet.van_parcels, fleet.trips) = (1, 2, 2));
    for door in [1, 2, -3] {
        town.pack(door, -60);
    }
    assert_eq!(left(&town).0, "");
}

#[test]
fn a_door_that_has_waited_goes_before_a_nearer_one() {
    // Room for two of three parcels: the far one is left, unless its promise is a window older than theirs.
    let far = |windows: i64| {
        let mut town = Town::new(|fleet| (fleet.vans, fleet.van_parcels, fleet.trips) = (1, 2, 1));
        for door in [1, 2] {
            town.pack(door, -60);
        }
        town.pack_promised(-6, -60, 240 - 240 * windows);
        left(&town).0.split(':').next().unwrap_or_default().to_owned()
    };
    assert_eq!([0, 1].map(far), ["s-3", "s-2"]);
}

#[test]
fn a_window_too_short_and_a_return_not_worth_the_way_are_told_by_how_much() {
    // Ten minutes: one of the two is reached at 0, the other 12 minutes (a second less, as distances round) and the 3 at the door later.
    let short = |fleet: &mut crate::model::Fleet| {
        (fleet.vans, fleet.trips, fleet.window) = (1, 1, Seconds::minutes(10));
    };
    let mut town = Town::new(short);
    for door in [6, -6] {
        town.pack(door, -60);
    }
    let (told, _) = left(&town);
    assert_eq!(told, "s-1: Vans 1 on None for 9734 | Closes 299 on Some(0) for 734");

    // Door -6 is twelve steps there and back for a van that has no door beyond 0: 734 cents, and a label is 600.
    let mut town = Town::new(|_| {});
    town.pack(1, -60);
    town.announce(-6, -60);
    assert_eq!(left(&town).0, "r-2: Worth 134 on Some(0) for 134");
}

#[test]
fn what_a_van_under_way_takes_after_all_is_left_no_more() {
    let mut town = Town::new(|_| {});
    town.pack(1, -60);
    let goods = town.announce(-6, -60);
    town.start();
    let left = |town: &Town| town.running().left.iter().filter_map(|door| door.collects.clone()).collect::<Vec<_>>();
    assert_eq!(left(&town), [goods]);
    // A parcel for the same door makes the way there worth it.
    town.pack(-6, 1);
    assert_eq!(town.replanned(2), "0: s-1@0 | r-2@40 s-3@43");
    assert!(left(&town).is_empty());
}
