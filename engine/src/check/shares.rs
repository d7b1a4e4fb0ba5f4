//! Verifier of guaranteed shares: adds up anew what merchants hold of waves and collections, as a plan would leave it.

use std::collections::BTreeMap;

use crate::fulfilment::{Event, Order, OrderStage, PlannedShipment, State};
use crate::model::{MerchantIx, Share, World};
use crate::promise::{PickupRef, WaveRef, pickup_capacity};
use crate::units::Timestamp;

use super::Breach;

/// Use by capacity and merchant.
struct Uses {
    work: BTreeMap<WaveRef, BTreeMap<MerchantIx, i64>>,
    pickups: BTreeMap<PickupRef, BTreeMap<MerchantIx, i64>>,
}

impl Uses {
    /// What open orders hold, each by the plan that `plan_of` gives it, and what shipments do.
    fn of<'a>(state: &'a State, plan_of: impl Fn(&'a Order) -> &'a [PlannedShipment]) -> Self {
        let mut uses = Self { work: BTreeMap::new(), pickups: BTreeMap::new() };
        for order in state.orders().values().filter(|order| order.stage != OrderStage::Cancelled) {
            plan_of(order).iter().for_each(|planned| uses.add(order.merchant, planned));
        }
        state.shipments().values().for_each(|shipment| uses.add(shipment.merchant, &shipment.plan));
        uses
    }

    fn add(&mut self, merchant: MerchantIx, planned: &PlannedShipment) {
        *self.work.entry(planned.wave).or_default().entry(merchant).or_default() += planned.work;
        let pickup = PickupRef::from(planned);
        *self.pickups.entry(pickup).or_default().entry(merchant).or_default() += i64::from(planned.parcels);
    }
}

/// Every wave and collection of which the new plans in `events`, decided on `state` at `now`, would leave a merchant less than it
/// is guaranteed, or that they would overfill; what was so before and becomes no worse is no breach of theirs.
pub fn check(world: &World, state: &State, events: &[Event], now: Timestamp) -> Vec<Breach> {
    let replanned = events.iter().filter_map(|event| match event {
        Event::Replanned { order, plan } => Some((order, plan.as_slice())),
        _ => None,
    });
    let changed: BTreeMap<_, _> = replanned.collect();
    let before = Uses::of(state, |order| &order.plan);
    let after = Uses::of(state, |order| changed.get(&order.id).copied().unwrap_or(&order.plan));
    let none = BTreeMap::new();
    let mut breaches = Vec::new();
    for (wave, uses) in &after.work {
        let warehouse = &world.warehouses[wave.warehouse];
        let Some(slot) = warehouse.waves.get(usize::from(wave.slot)) else { continue };
        let ends = warehouse.calendar.instant(wave.date, slot.cut_off);
        let held = held(world.work_shares(wave.warehouse), slot.work_capacity, ends, now);
        let was = before.work.get(wave).unwrap_or(&none);
        breaches.extend(breach("work", wave, slot.work_capacity, &held, was, uses));
    }
    for (pickup, uses) in &after.pickups {
        let capacity = pickup_capacity(world, pickup);
        let held = held(world.pickup_shares(pickup.warehouse, pickup.service), capacity, pickup.at, now);
        let was = before.pickups.get(pickup).unwrap_or(&none);
        breaches.extend(breach("pickup", pickup, capacity, &held, was, uses));
    }
    breaches
}

/// The guarantees that hold at `now`.
fn held(shares: &[Share], capacity: i64, ends: Timestamp, now: Timestamp) -> BTreeMap<MerchantIx, i64> {
    let holds = |share: &&Share| now < ends - share.release;
    shares.iter().filter(holds).map(|share| (share.merchant, share.of(capacity))).collect()
}

fn breach(
    what: &str,
    of: impl std::fmt::Display,
    capacity: i64,
    guaranteed: &BTreeMap<MerchantIx, i64>,
    was: &BTreeMap<MerchantIx, i64>,
    uses: &BTreeMap<MerchantIx, i64>,
) -> Option<Breach> {
    let shared = |uses: &BTreeMap<MerchantIx, i64>| -> i64 {
        uses.iter().map(|(m, used)| (used - guaranteed.get(m).copied().unwrap_or(0)).max(0)).sum()
    };
    let (room, before, after) = (capacity - guaranteed.values().sum::<i64>(), shared(was), shared(uses));
    (after > room.max(before)).then(|| {
        Breach::new("guarantee", format!("{what} of {of}: {after} are taken of the {room} that nobody is guaranteed"))
    })
}
