//! The world with more of something: what an order holds itself, or what an explanation lifts.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::civil::Date;
use crate::fulfilment::PlannedShipment;
use crate::ids::ChannelId;
use crate::model::{MerchantIx, PostalIx, RuleIx, ServiceIx, SkuIx, WarehouseIx, World};
use crate::promise::{AllotmentRef, PickupRef, WaveLoad, WaveRef};
use crate::quote::View;
use crate::stock::StockView;
use crate::units::Timestamp;

/// More of some capacities than there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowance {
    stock: BTreeMap<(SkuIx, WarehouseIx), i64>,
    work: BTreeMap<WaveRef, i64>,
    room: BTreeMap<PickupRef, i64>,
    /// Parcels that count towards no volume yet, by service and local date.
    volume: BTreeMap<(ServiceIx, Date), i64>,
    allotments: BTreeMap<AllotmentRef, i64>,
    services: BTreeSet<ServiceIx>,
    rules: BTreeSet<RuleIx>,
    /// Orders that are not counted on a day of a warehouse.
    orders: BTreeMap<(WarehouseIx, Date), i64>,
}

impl Allowance {
    /// What these shipments to `postal` hold.
    pub(super) fn held(world: &World, plan: &[PlannedShipment], postal: PostalIx) -> Self {
        let mut held = Self::default();
        for planned in plan {
            held.more_work(planned.wave, planned.work);
            *held.orders.entry((planned.warehouse, planned.wave.date)).or_default() += 1;
            let pickup = PickupRef::from(planned);
            let date = world.warehouses[planned.warehouse].calendar.date(planned.pickup_at);
            *held.volume.entry((planned.service, date)).or_default() += i64::from(planned.parcels);
            held.more_room(pickup, i64::from(planned.parcels));
            for of in AllotmentRef::of(world.allotment_book(), pickup, postal) {
                held.more_allotted(of, i64::from(planned.parcels));
            }
            planned
                .lines
                .iter()
                .for_each(|line| held.more_stock(line.sku, planned.warehouse, i64::from(line.quantity)));
        }
        held
    }

    pub(super) fn more_stock(&mut self, sku: SkuIx, warehouse: WarehouseIx, units: i64) {
        *self.stock.entry((sku, warehouse)).or_default() += units;
    }

    pub(super) fn more_work(&mut self, wave: WaveRef, work: i64) {
        *self.work.entry(wave).or_default() += work;
    }

    pub(super) fn more_room(&mut self, pickup: PickupRef, parcels: i64) {
        *self.room.entry(pickup).or_default() += parcels;
    }

    pub(super) fn more_allotted(&mut self, of: AllotmentRef, parcels: i64) {
        *self.allotments.entry(of).or_default() += parcels;
    }

    pub(super) fn waive(&mut self, service: ServiceIx) {
        self.services.insert(service);
    }

    pub(super) fn lift(&mut self, rule: RuleIx) {
        self.rules.insert(rule);
    }
}

/// A view with an allowance.
pub(super) struct Eased<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) allowance: &'a Allowance,
}

impl<'a> Eased<'a> {
    /// The view to plan on.
    pub(super) fn view(&'a self) -> View<'a> {
        View { ledger: self, load: self, ..*self.view }
    }

    fn more_work_in(&self, wave: &WaveRef) -> i64 {
        self.allowance.work.get(wave).copied().unwrap_or(0)
    }

    fn more_room_at(&self, pickup: &PickupRef) -> i64 {
        self.allowance.room.get(pickup).copied().unwrap_or(0)
    }
}

impl StockView for Eased<'_> {
    fn available(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64 {
        let more = self.allowance.stock.get(&(sku, warehouse)).copied().unwrap_or(0);
        self.view.ledger.available(sku, warehouse) + more
    }

    fn available_in_network(&self, sku: SkuIx) -> i64 {
        let rows = (sku, WarehouseIx(0))..=(sku, WarehouseIx(u32::MAX));
        let more: i64 = self.allowance.stock.range(rows).map(|(_, units)| units).sum();
        self.view.ledger.available_in_network(sku) + more
    }
}

impl WaveLoad for Eased<'_> {
    fn beneath(&self) -> Option<&dyn WaveLoad> {
        Some(self.view.load)
    }

    fn free_work(&self, wave: &WaveRef) -> i64 {
        self.view.load.free_work(wave).saturating_add(self.more_work_in(wave))
    }

    fn free_pickup(&self, pickup: &PickupRef, capacity: i64) -> i64 {
        self.view.load.free_pickup(pickup, capacity).saturating_add(self.more_room_at(pickup))
    }

    fn own_work(&self, wave: &WaveRef) -> i64 {
        self.view.load.own_work(wave).saturating_add(self.more_work_in(wave))
    }

    fn own_pickup(&self, pickup: &PickupRef) -> i64 {
        self.view.load.own_pickup(pickup).saturating_add(self.more_room_at(pickup))
    }

    fn work_released(&self, wave: &WaveRef, need: i64) -> Option<Timestamp> {
        self.view.load.work_released(wave, need.saturating_sub(self.more_work_in(wave)))
    }

    fn pickup_released(&self, pickup: &PickupRef, capacity: i64, need: i64) -> Option<Timestamp> {
        self.view.load.pickup_released(pickup, capacity, need.saturating_sub(self.more_room_at(pickup)))
    }

    fn free_allotment(&self, allotment: &AllotmentRef, capacity: i64) -> i64 {
        let more = self.allowance.allotments.get(allotment).copied().unwrap_or(0);
        self.view.load.free_allotment(allotment, capacity).saturating_add(more)
    }

    fn collected(&self, service: ServiceIx, date: Date) -> i64 {
        let own = self.allowance.volume.get(&(service, date)).copied().unwrap_or(0);
        self.view.load.collected(service, date) - own
    }

    fn waives(&self, service: ServiceIx) -> bool {
        self.allowance.services.contains(&service) || self.view.load.waives(service)
    }

    fn orders_on(
        &self,
        warehouse: WarehouseIx,
        day: Date,
        merchant: Option<MerchantIx>,
        channel: Option<&ChannelId>,
    ) -> i64 {
        let own = self.allowance.orders.get(&(warehouse, day)).copied().unwrap_or(0);
        (self.view.load.orders_on(warehouse, day, merchant, channel) - own).max(0)
    }

    fn lifts(&self, rule: RuleIx) -> bool {
        self.allowance.rules.contains(&rule) || self.view.load.lifts(rule)
    }
}
