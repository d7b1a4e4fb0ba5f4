//! What waves and collections hold, merchant by merchant, and what is left of them for each.
//!
//! With capacity `C`, guarantees `g_m` (0 once they are released, see [`crate::model::guarantee`]) and use `x_m`, what is not
//! guaranteed is shared by all: `sum over m of max(0, x_m - g_m) <= C - sum over m of g_m`. So merchant `m` may still take
//! `C - sum of x - sum over others k of max(0, g_k - x_k)`: what is free, less what others have not used of their guarantees.

use std::collections::BTreeMap;

use crate::calendar::civil::Date;
use crate::ids::ChannelId;
use crate::model::{MerchantIx, ServiceIx, Share, WarehouseIx, World};
use crate::promise::{AllotmentRef, PickupRef, TrackRecord, WaveLoad, WaveRef, pickup_capacity};
use crate::units::Timestamp;

use super::State;
use super::record::PlannedShipment;

/// Use of capacities of one kind, in all and by merchant.
#[derive(Clone, Debug)]
pub(super) struct Booked<K> {
    all: BTreeMap<K, i64>,
    by_merchant: BTreeMap<(K, MerchantIx), i64>,
}

impl<K> Default for Booked<K> {
    fn default() -> Self {
        Self { all: BTreeMap::new(), by_merchant: BTreeMap::new() }
    }
}

impl<K: Ord + Copy> Booked<K> {
    pub(super) fn add(&mut self, key: K, merchant: MerchantIx, amount: i64) {
        *self.all.entry(key).or_default() += amount;
        *self.by_merchant.entry((key, merchant)).or_default() += amount;
    }

    pub(super) fn all(&self) -> &BTreeMap<K, i64> {
        &self.all
    }

    pub(super) fn in_all(&self, key: &K) -> i64 {
        self.all.get(key).copied().unwrap_or(0)
    }

    pub(super) fn of(&self, key: &K, merchant: MerchantIx) -> i64 {
        self.by_merchant.get(&(*key, merchant)).copied().unwrap_or(0)
    }
}

/// A guarantee that holds, and how much of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guaranteed {
    /// Whose.
    pub merchant: MerchantIx,
    /// How much of the capacity.
    pub amount: i64,
    /// What the merchant uses of the capacity; may be more.
    pub used: i64,
    /// From then on what is not used is free for all.
    pub until: Timestamp,
}

impl Guaranteed {
    /// What is still reserved.
    pub fn unused(&self) -> i64 {
        (self.amount - self.used).max(0)
    }
}

/// What is left of waves, collections and allotments in all, whoever may take it; [`Load::of`] is what one merchant may take.
#[derive(Clone, Copy)]
pub struct Load<'a> {
    world: &'a World,
    state: &'a State,
}

impl State {
    /// What is left of the waves and collections of `world`.
    pub fn load<'a>(&'a self, world: &'a World) -> Load<'a> {
        Load { world, state: self }
    }
}

impl<'a> Load<'a> {
    /// Work that still fits into the wave, none once it is released; may be negative.
    pub fn free_work(&self, wave: &WaveRef) -> i64 {
        let free = self.work_capacity(wave) - self.state.work_in(wave);
        if self.state.is_released(wave) { free.min(0) } else { free }
    }

    /// Parcels that still fit into the collection; may be negative.
    pub fn free_pickup(&self, pickup: &PickupRef) -> i64 {
        pickup_capacity(self.world, pickup) - self.state.parcels_for(pickup)
    }

    fn work_capacity(&self, wave: &WaveRef) -> i64 {
        let slots = &self.world.warehouses[wave.warehouse].waves;
        slots.get(usize::from(wave.slot)).map_or(0, |slot| slot.work_capacity)
    }

    /// What of the wave's work is guaranteed at `now`, by merchant.
    pub fn work_guarantees(&self, wave: &WaveRef, now: Timestamp) -> Vec<Guaranteed> {
        let shares = self.world.work_shares(wave.warehouse);
        let warehouse = &self.world.warehouses[wave.warehouse];
        let Some(slot) = warehouse.waves.get(usize::from(wave.slot)).filter(|_| !shares.is_empty()) else {
            return Vec::new();
        };
        let cut_off = warehouse.calendar.instant(wave.date, slot.cut_off);
        holding(shares.iter(), slot.work_capacity, cut_off, now, |merchant| self.state.work_of(wave, merchant))
            .collect()
    }

    /// What of the collection's room is guaranteed at `now`, by merchant.
    pub fn pickup_guarantees(&self, pickup: &PickupRef, now: Timestamp) -> Vec<Guaranteed> {
        let shares = self.world.pickup_shares(pickup.warehouse, pickup.service);
        if shares.is_empty() {
            return Vec::new();
        }
        let capacity = pickup_capacity(self.world, pickup);
        holding(shares.iter(), capacity, pickup.at, now, |merchant| self.state.parcels_of(pickup, merchant)).collect()
    }

    /// What `merchant` may take at `now`.
    pub fn of(self, merchant: MerchantIx, now: Timestamp) -> MerchantLoad<'a> {
        MerchantLoad { load: self, merchant, now }
    }
}

/// The shares of a capacity that ends at `end` and that are not released yet.
fn holding<'s>(
    shares: impl Iterator<Item = &'s Share>,
    capacity: i64,
    end: Timestamp,
    now: Timestamp,
    used: impl Fn(MerchantIx) -> i64,
) -> impl Iterator<Item = Guaranteed> {
    let guaranteed = move |share: &Share| Guaranteed {
        merchant: share.merchant,
        amount: share.of(capacity),
        used: used(share.merchant),
        until: end - share.release,
    };
    shares.map(guaranteed).filter(move |share| now < share.until)
}

/// What one merchant may take of waves and collections, as promises ask it.
#[derive(Clone, Copy)]
pub struct MerchantLoad<'a> {
    load: Load<'a>,
    merchant: MerchantIx,
    now: Timestamp,
}

impl MerchantLoad<'_> {
    /// What is reserved for others.
    fn reserved(&self, guaranteed: &[Guaranteed]) -> i64 {
        guaranteed.iter().filter(|share| share.merchant != self.merchant).map(Guaranteed::unused).sum()
    }

    /// What is left of the merchant's own guarantee; below zero where it has none, or uses more.
    fn own(&self, guaranteed: &[Guaranteed], used: i64) -> i64 {
        guaranteed.iter().find(|share| share.merchant == self.merchant).map_or(0, |share| share.amount) - used
    }

    /// When `missing` more are released by others; `None` where that is not enough or nothing is missing.
    fn released(&self, mut guaranteed: Vec<Guaranteed>, missing: i64) -> Option<Timestamp> {
        guaranteed.retain(|share| share.merchant != self.merchant);
        guaranteed.sort_by_key(|share| share.until);
        let mut released = 0;
        let enough = guaranteed.iter().find(|share| {
            released += share.unused();
            released >= missing
        });
        enough.filter(|_| missing > 0).map(|share| share.until)
    }
}

impl WaveLoad for MerchantLoad<'_> {
    fn free_work(&self, wave: &WaveRef) -> i64 {
        self.load.free_work(wave) - self.reserved(&self.load.work_guarantees(wave, self.now))
    }

    fn free_pickup(&self, pickup: &PickupRef, capacity: i64) -> i64 {
        let shares = self.load.world.pickup_shares(pickup.warehouse, pickup.service);
        let used = |merchant| self.load.state.parcels_of(pickup, merchant);
        let others = shares.iter().filter(|share| share.merchant != self.merchant);
        let reserved: i64 = holding(others, capacity, pickup.at, self.now, used).map(|share| share.unused()).sum();
        capacity - self.load.state.parcels_for(pickup) - reserved
    }

    fn free_allotment(&self, allotment: &AllotmentRef, capacity: i64) -> i64 {
        capacity - self.load.state.parcels_under(allotment)
    }

    fn collected(&self, service: ServiceIx, date: Date) -> i64 {
        self.load.state.parcels_on(service, date)
    }

    fn track_record(&self) -> Option<&TrackRecord> {
        Some(self.load.state.track_record())
    }

    fn orders_on(
        &self,
        warehouse: WarehouseIx,
        day: Date,
        merchant: Option<MerchantIx>,
        channel: Option<&ChannelId>,
    ) -> i64 {
        self.load.state.days().orders(warehouse, day, merchant, channel)
    }

    fn own_work(&self, wave: &WaveRef) -> i64 {
        let used = self.load.state.work_of(wave, self.merchant);
        self.own(&self.load.work_guarantees(wave, self.now), used)
    }

    fn own_pickup(&self, pickup: &PickupRef) -> i64 {
        let used = self.load.state.parcels_of(pickup, self.merchant);
        self.own(&self.load.pickup_guarantees(pickup, self.now), used)
    }

    fn work_released(&self, wave: &WaveRef, need: i64) -> Option<Timestamp> {
        self.released(self.load.work_guarantees(wave, self.now), need - self.free_work(wave))
    }

    fn pickup_released(&self, pickup: &PickupRef, capacity: i64, need: i64) -> Option<Timestamp> {
        self.released(self.load.pickup_guarantees(pickup, self.now), need - self.free_pickup(pickup, capacity))
    }
}

/// Merchants whose changes of use overdraw a capacity: what is free for all falls below zero, and lower than it was, as they
/// take more than is guaranteed to them. Empty where the changes fit.
pub(super) fn overdrawn(
    free: i64,
    guaranteed: &[Guaranteed],
    used: impl Fn(MerchantIx) -> i64,
    changes: &BTreeMap<MerchantIx, i64>,
) -> Vec<MerchantIx> {
    let change = |merchant| changes.get(&merchant).copied().unwrap_or(0);
    let reserved: i64 = guaranteed.iter().map(Guaranteed::unused).sum();
    let then: i64 = guaranteed.iter().map(|share| (share.amount - share.used - change(share.merchant)).max(0)).sum();
    let (before, after) = (free - reserved, free - changes.values().sum::<i64>() - then);
    if after >= 0 || after >= before {
        return Vec::new();
    }
    let takes_more = |&(&merchant, &change): &(&MerchantIx, &i64)| {
        let own = guaranteed.iter().find(|share| share.merchant == merchant).map_or(0, |share| share.amount);
        (used(merchant) + change - own).max(0) > (used(merchant) - own).max(0)
    };
    changes.iter().filter(takes_more).map(|(&merchant, _)| merchant).collect()
}

/// The collection a planned shipment is meant for.
impl From<&PlannedShipment> for PickupRef {
    fn from(planned: &PlannedShipment) -> Self {
        Self { warehouse: planned.warehouse, service: planned.service, at: planned.pickup_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_timestamp;
    use crate::fulfilment::{Event, Order, OrderStage};
    use crate::ids::OrderId;
    use crate::model::fixture::tiny_parts;
    use crate::model::{Guarantee, PostalIx, ServiceLevel, WarehouseIx};
    use crate::network::Network;
    use crate::promise;
    use crate::units::{Cents, Seconds};

    fn share(merchant: u32, amount: i64, used: i64) -> Guaranteed {
        Guaranteed { merchant: MerchantIx(merchant), amount, used, until: Timestamp::MAX }
    }

    #[test]
    fn who_takes_more_than_its_guarantee_overdraws_and_who_does_not_never_does() {
        let check = |free, guaranteed: &[Guaranteed], used: &[i64], changes: &[i64], expected: &[u32]| {
            let merchant = |n: usize| MerchantIx(n as u32);
            let changes = changes.iter().enumerate().map(|(n, &change)| (merchant(n), change)).collect();
            let found = overdrawn(free, guaranteed, |m| used[m.0 as usize], &changes);
            assert_eq!(found.iter().map(|m| m.0).collect::<Vec<_>>(), expected, "{free} {used:?} {changes:?}");
        };
        // Capacity 10, nothing guaranteed: 6 used, so 4 fit and 5 do not.
        check(4, &[], &[3, 3], &[4, 0], &[]);
        check(4, &[], &[3, 3], &[5, 0], &[0]);
        check(4, &[], &[3, 3], &[5, -1], &[]);
        // Merchant 0 has 5 of 10 and uses 2: 3 are reserved, so 1 is left for merchant 1, which uses 4.
        let own = [share(0, 5, 2)];
        check(4, &own, &[2, 4], &[0, 1], &[]);
        check(4, &own, &[2, 4], &[0, 2], &[1]);
        check(4, &own, &[2, 4], &[4, 0], &[]);
        check(4, &own, &[2, 4], &[5, 0], &[0]);
        check(4, &own, &[2, 4], &[3, 2], &[1]);
        // Leaving its own guarantee frees nothing for others.
        check(4, &own, &[2, 4], &[-2, 2], &[1]);
        // Overdrawn already: less of it is fine, more is not.
        check(-3, &own, &[2, 11], &[0, -1], &[]);
        check(-3, &own, &[2, 11], &[0, 1], &[1]);
        check(-3, &own, &[2, 11], &[3, 0], &[]);
    }

    /// An order of `merchant` that takes this much of the first wave of warehouse 0, and as many parcels of `pickup`.
    fn accepted(merchant: u32, wave: WaveRef, pickup: PickupRef, amount: i64) -> Event {
        let plan = PlannedShipment {
            warehouse: wave.warehouse,
            service: pickup.service,
            wave,
            pickup_at: pickup.at,
            delivers_by: pickup.at,
            lines: Vec::new(),
            parcels: amount as u32,
            work: amount,
            carrier_cost: Cents::ZERO,
            handling_cost: Cents::ZERO,
            cartons: None,
        };
        Event::OrderAccepted {
            order: Order {
                id: OrderId::new(&format!("o-{merchant}")).unwrap(),
                reference: None,
                merchant: MerchantIx(merchant),
                channel: None,
                postal: PostalIx(0),
                residential: true,
                terms: crate::fulfilment::Terms::PLAIN,
                level: ServiceLevel::Standard,
                lines: Vec::new(),
                dropped: Vec::new(),
                placed_at: Timestamp::default(),
                promised_by: Timestamp::MAX,
                quoted: Cents::ZERO,
                forecast: None,
                quote: None,
                stage: OrderStage::Accepted,
                plan: vec![plan],
                shipments: Vec::new(),
            },
        }
    }

    #[test]
    fn a_merchant_sees_what_is_free_less_what_others_have_not_used_of_theirs() {
        let mut parts = tiny_parts();
        let share = |merchant: u32, bp: u32, release: i64| Guarantee {
            merchant: MerchantIx(merchant),
            warehouse: Some(WarehouseIx(0)),
            service: None,
            work_bp: Some(bp),
            pickup_bp: Some(bp),
            release: Seconds::minutes(release),
        };
        parts.warehouses[WarehouseIx(0)].waves[0].work_capacity = 100;
        parts.pickups.iter_mut().for_each(|pickup| pickup.capacity = 100);
        parts.guarantees = vec![share(0, 3_000, 60), share(1, 2_000, 120)];
        let network = Network::new(World::new(parts).unwrap());
        let world = &network.world;
        let now = parse_timestamp("2025-11-10T06:00:00Z").unwrap();
        let wave = promise::next_waves(&network, WarehouseIx(0), now, 1)[0];
        let pickup = &world.pickups[0];
        let at = world.warehouses[pickup.warehouse].calendar.instant(wave.date, pickup.at);
        let pickup = PickupRef { warehouse: pickup.warehouse, service: pickup.service, at };
        assert_eq!(pickup.warehouse, WarehouseIx(0));
        let (closes, collected) = (promise::cut_off(&network, &wave), pickup.at);

        let check = |used: [i64; 3], before_end: i64, sees: [i64; 3], own: [i64; 3]| {
            let mut state = State::new(world);
            (0..3).for_each(|m| state.apply(&accepted(m, wave, pickup, used[m as usize])));
            for (end, of_work) in [(closes, true), (collected, false)] {
                let load = |m: u32| state.load(world).of(MerchantIx(m), end - Seconds::minutes(before_end));
                let free = [0, 1, 2]
                    .map(|m| if of_work { load(m).free_work(&wave) } else { load(m).free_pickup(&pickup, 100) });
                let left =
                    [0, 1, 2].map(|m| if of_work { load(m).own_work(&wave) } else { load(m).own_pickup(&pickup) });
                assert_eq!((free, left), (sees, own), "{used:?} {before_end} minutes before, work: {of_work}");
            }
        };
        check([0, 0, 0], 200, [80, 70, 50], [30, 20, 0]);
        check([10, 0, 0], 200, [70, 70, 50], [20, 20, 0]);
        check([30, 25, 45], 200, [0, 0, 0], [0, -5, -45]);
        check([10, 0, 50], 200, [20, 20, 0], [20, 20, -50]);
        // Two hours before the end merchant 1's share is free for all, an hour before merchant 0's too.
        check([10, 0, 50], 120, [40, 20, 20], [20, 0, -50]);
        check([10, 0, 50], 60, [40, 40, 40], [-10, 0, -50]);
        // Overdrawn, as by shares that came later: nothing is free, and what is used stays.
        check([0, 0, 90], 200, [-10, -20, -40], [30, 20, -90]);

        let mut state = State::new(world);
        state.apply(&accepted(2, wave, pickup, 45));
        let seen = |m: u32| state.load(world).of(MerchantIx(m), closes - Seconds::minutes(200));
        let told = |m: u32, need| seen(m).work_released(&wave, need).map(|at| (closes - at).get() / 60);
        assert_eq!((seen(2).free_work(&wave), told(2, 5), told(2, 6), told(2, 25)), (5, None, Some(120), Some(120)));
        assert_eq!((told(2, 26), told(2, 55), told(2, 56)), (Some(60), Some(60), None), "more than the wave has");
        assert_eq!((told(0, 36), told(0, 56)), (Some(120), None));
    }
}
