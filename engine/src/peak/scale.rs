//! The same day, larger: what a peak many times the recorded one would look like on a network that has grown with it, or
//! has not.

use crate::ids::OrderId;
use crate::model::{SkuIx, WarehouseIx, World};
use crate::search::Seed;
use crate::units::Seconds;

use super::Arrival;

/// Copies of an order come this much before or after it, at most.
const SPREAD: Seconds = Seconds::minutes(10);

/// The network with `times` the hands, work, room at collections, allotments and vans; places, prices and times of day stay.
pub fn larger_world(world: &World, times: u32) -> World {
    let mut parts = (**world).clone();
    let all = parts.warehouses.indices().collect::<Vec<_>>();
    for warehouse in all {
        let warehouse = &mut parts.warehouses[warehouse];
        warehouse.handling.pickers = warehouse.handling.pickers.saturating_mul(times);
        warehouse.waves.iter_mut().for_each(|wave| wave.work_capacity *= i64::from(times));
    }
    parts.pickups.iter_mut().for_each(|pickup| pickup.capacity = pickup.capacity.saturating_mul(times));
    for step in parts.volume_tiers.iter_mut().flat_map(|tiers| &mut tiers.steps) {
        step.from *= i64::from(times);
    }
    for service in parts.services.indices().collect::<Vec<_>>() {
        let service = &mut parts.services[service];
        service.daily_capacity = service.daily_capacity.saturating_mul(times);
    }
    for allotment in parts.allotments.iter_mut() {
        allotment.parcels = allotment.parcels.saturating_mul(times);
    }
    for fleet in parts.fleets.indices().collect::<Vec<_>>() {
        let fleet = &mut parts.fleets[fleet];
        fleet.vans = fleet.vans.saturating_mul(times);
    }
    World::new(parts).expect("more of the same is as valid")
}

/// The network as a shop sees it that knows rate cards alone: without surcharges on volume.
pub(super) fn flat_world(world: &World) -> World {
    let mut parts = (**world).clone();
    parts.volume_tiers.clear();
    World::new(parts).expect("nothing refers to surcharges on volume")
}

/// `times` the units in every slot.
pub fn larger_stock(stock: &[(SkuIx, WarehouseIx, i64)], times: u32) -> Vec<(SkuIx, WarehouseIx, i64)> {
    stock.iter().map(|&(sku, warehouse, units)| (sku, warehouse, units * i64::from(times))).collect()
}

/// `percent` of the orders, by time: whole copies of the day and a random part of one more. A copy wants the same goods some
/// minutes earlier or later, and goes where some other order of the day goes.
pub fn more_orders(orders: &[Arrival], percent: u32, seed: Seed) -> Vec<Arrival> {
    let Some(first) = orders.iter().map(|order| order.at).min() else { return Vec::new() };
    let mut all: Vec<Arrival> = Vec::new();
    for copy in 0..percent.div_ceil(100) {
        let mut rng = seed.child("copy", u64::from(copy)).rng();
        let share = f64::from((percent - copy * 100).min(100)) / 100.0;
        for order in orders {
            if !rng.chance(share) {
                continue;
            }
            if copy == 0 {
                all.push(order.clone());
                continue;
            }
            let elsewhere = &orders[rng.below(orders.len())];
            let at = order.at + Seconds::new(rng.range(-SPREAD.get(), SPREAD.get()));
            all.push(Arrival {
                id: OrderId::new(&format!("{}-{copy}", order.id)).unwrap_or_else(|_| order.id.clone()),
                at: at.max(first),
                postal: elsewhere.postal,
                residential: elsewhere.residential,
                ..order.clone()
            });
        }
    }
    all.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fulfilment::LineQuantity;
    use crate::model::fixture::tiny_world;
    use crate::model::{MerchantIx, PostalIx, ServiceLevel};
    use crate::units::Timestamp;

    #[test]
    fn a_larger_network_has_more_of_everything_and_the_same_prices() {
        let (world, larger) = (tiny_world(), larger_world(&tiny_world(), 10));
        for (ix, warehouse) in world.warehouses.enumerate() {
            assert_eq!(larger.warehouses[ix].handling.pickers, 10 * warehouse.handling.pickers);
            assert_eq!(larger.warehouses[ix].waves[0].work_capacity, 10 * warehouse.waves[0].work_capacity);
        }
        assert_eq!(larger.pickups[0].capacity, 10 * world.pickups[0].capacity);
        assert_eq!(larger.tariffs, world.tariffs);
    }

    #[test]
    fn more_orders_are_copies_with_ids_of_their_own() {
        let order = |n: i64| Arrival {
            id: OrderId::new(&format!("o{n}")).unwrap(),
            at: Timestamp::default() + Seconds::hours(n),
            merchant: MerchantIx(0),
            postal: PostalIx(n as u32 % 2),
            residential: true,
            level: ServiceLevel::Standard,
            lines: vec![LineQuantity { sku: SkuIx(0), quantity: 1 }],
        };
        let orders: Vec<Arrival> = (0..100).map(order).collect();
        assert_eq!(more_orders(&orders, 100, Seed(1)), orders);
        let more = more_orders(&orders, 350, Seed(1));
        assert!((330..=370).contains(&more.len()), "{}", more.len());
        let mut ids: Vec<_> = more.iter().map(|order| &order.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), more.len());
        assert!(more.is_sorted_by_key(|order| order.at));
        assert_eq!(more, more_orders(&orders, 350, Seed(1)));
    }
}
