//! Random days in the town of [`crate::dispatch::fixtures`]: whatever happens, what is planned anew is sound.

use super::check;
use crate::check::routing;
use crate::dispatch::fixtures::{Town, minute};
use crate::dispatch::{Replan, changes};
use crate::search::Seed;
use crate::units::Cents;

/// Rules broken after a change of a sound plan.
fn broken(change: impl FnOnce(&mut crate::fulfilment::Dispatch)) -> Vec<&'static str> {
    let mut town = Town::new(|_| {});
    for door in 1..=3 {
        town.pack(door, -60);
    }
    let was = town.start();
    let mut next = was.clone();
    change(&mut next);
    let breaches = check(&town.network.world, &town.state, &was, &next, minute(5));
    breaches.iter().map(|breach| breach.rule).collect()
}

#[test]
fn each_rule_is_seen() {
    // At 5 the first two of three doors are reached.
    assert!(broken(|_| {}).is_empty());
    assert_eq!(broken(|next| next.routes[0].trips[0].stops.swap(0, 1)), ["driven"]);
    assert_eq!(broken(|next| drop(next.routes[0].trips[0].stops.pop())), ["loaded", "once", "kept"]);
    assert_eq!(broken(|next| next.routes[0].van = 7), ["driven", "fleet"]);
    assert_eq!(broken(|next| next.parcels += 1), ["sums"]);
    assert_eq!(broken(|next| next.routes[0].trips[0].stops[2].arrives = minute(600)), ["order"]);
}

#[test]
fn random_days_stay_sound() {
    let mut better = 0;
    for seed in 0..60 {
        let mut rng = Seed(seed).rng();
        let mut town = Town::new(|fleet| {
            fleet.vans = 1 + rng.below(3) as u32;
            fleet.van_parcels = 2 + rng.below(4) as u32;
            fleet.per_van_day = Cents::new(rng.range(0, 9_000));
        });
        let mut door = || [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6][rng.below(12)];
        for _ in 0..5 {
            town.pack(door(), -60);
        }
        let (open, _) = (town.announce(door(), -60), town.announce(door(), -60));
        town.start();
        let mut now = -4;
        while now < 240 {
            now += rng.range(1, 30);
            let mut door = || [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6][rng.below(12)];
            let door = door();
            match rng.below(5) {
                0 => drop(town.pack(door, now)),
                1 => drop(town.announce(door, now)),
                2 if town.state.returns()[&open].stage == crate::fulfilment::ReturnStage::Open => {
                    town.receive(&open, now);
                }
                _ => {
                    let running = town.running();
                    let next = running.routes[0].trips.iter().flat_map(|trip| &trip.stops).find(|stop| {
                        let stage = stop.shipment.as_ref().map(|id| town.state.shipments()[id].stage);
                        stage == Some(crate::fulfilment::ShipmentStage::Dispatched) && stop.arrives <= minute(now)
                    });
                    if let Some(id) = next.and_then(|stop| stop.shipment.clone()) {
                        town.deliver(&id, now);
                    }
                }
            }
            let Ok(Replan::Better(found)) = town.replan(now) else { continue };
            assert_eq!(routing::check(&found.problem, &found.plan), [], "seed {seed}: {}", town.drawn());
            let breaches = check(&town.network.world, &town.state, &found.was, &found.dispatch, minute(now));
            assert_eq!(breaches, [], "seed {seed} at {now}: {} -> {:?}", town.drawn(), found.dispatch.routes);
            let events = town.state.decide_reroute(&found.was, found.dispatch, minute(now)).expect("sound books");
            town.commit(&events);
            assert!(town.state.ledger().slots().all(|(_, _, slot)| slot.is_sound()));
            let left = changes(&town.network, &town.state, &town.running(), minute(now)).unwrap_or_default();
            let planned = left.iter().any(|change| matches!(change, crate::dispatch::Change::Withdrawn(_)));
            assert!(!planned, "seed {seed} at {now}: {left:?}");
            better += 1;
        }
    }
    assert!(better > 60, "{better}");
}
