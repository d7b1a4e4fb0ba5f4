//! The state, and the one place that changes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::board::PriceBoard;
use crate::calendar::Calendar;
use crate::calendar::civil::Date;
use crate::ids::{DispatchId, OrderId, PickListId, PlanRunId, ReturnId, ShipmentId, WaveId};
use crate::model::{MerchantIx, PostalIx, ServiceIx, SkuIx, WarehouseIx, World};
use crate::promise::{PickupRef, TrackRecord, VolumeRef, WaveRef};
use crate::stock::{Ledger, StockEvent};
use crate::units::{Seconds, Timestamp};

use super::allotted::Allotted;
use super::event::Event;
use super::load::Booked;
use super::quota::DayCounts;
use super::record::{
    Dispatch, DispatchStage, Order, OrderStage, PickList, PlanRun, PlannedShipment, Return, ReturnStage, Shipment,
    ShipmentStage, Wave,
};

/// How long quotes that were used are remembered: longer than any of them is valid.
const QUOTES_KEPT: Seconds = Seconds::hours(48);

/// All that is known of orders, stock and work. Equal event sequences give equal states.
#[derive(Clone, Debug)]
pub struct State {
    ledger: Ledger,
    orders: BTreeMap<OrderId, Order>,
    /// Orders with lines not yet released.
    open: BTreeSet<OrderId>,
    shipments: BTreeMap<ShipmentId, Shipment>,
    /// Packed shipments at their docks.
    docked: BTreeMap<(WarehouseIx, ServiceIx), BTreeSet<ShipmentId>>,
    waves: BTreeMap<WaveId, Wave>,
    /// Which waves these are.
    released: BTreeSet<WaveRef>,
    pick_lists: BTreeMap<PickListId, PickList>,
    dispatches: BTreeMap<DispatchId, Dispatch>,
    returns: BTreeMap<ReturnId, Return>,
    plan_runs: BTreeMap<PlanRunId, PlanRun>,
    board: PriceBoard,
    track_record: Arc<TrackRecord>,
    /// Numbers of the quotes that orders have used; those of the last days.
    quotes_used: BTreeSet<u64>,
    /// The same, from the oldest on.
    quotes_by_time: VecDeque<(Timestamp, u64)>,
    /// Orders with a shipment planned in a wave.
    planned_in: BTreeMap<WaveRef, BTreeSet<OrderId>>,
    /// Work planned and released, by wave.
    work: Booked<WaveRef>,
    /// Parcels planned and released, by collection.
    pickups: Booked<PickupRef>,
    /// Orders planned and released, by day of a warehouse.
    days: DayCounts,
    /// Parcels by allotment and day.
    pub(super) allotted: Allotted,
    /// Parcels planned and released, by service and local date of collection; those of void shipments no longer.
    volumes: BTreeMap<(ServiceIx, Date), i64>,
    /// Each warehouse's calendar, for its local dates.
    docks: Arc<[Calendar]>,
    applied: u64,
    parcels_made: u64,
}

impl State {
    /// Nothing has happened yet in a network with this many goods and places; stock is zero.
    pub fn new(world: &World) -> Self {
        Self {
            ledger: Ledger::new(world.skus.len(), world.warehouses.len()),
            orders: BTreeMap::new(),
            open: BTreeSet::new(),
            shipments: BTreeMap::new(),
            docked: BTreeMap::new(),
            waves: BTreeMap::new(),
            released: BTreeSet::new(),
            pick_lists: BTreeMap::new(),
            dispatches: BTreeMap::new(),
            returns: BTreeMap::new(),
            plan_runs: BTreeMap::new(),
            board: PriceBoard::default(),
            track_record: Arc::new(TrackRecord::published(world)),
            quotes_used: BTreeSet::new(),
            quotes_by_time: VecDeque::new(),
            planned_in: BTreeMap::new(),
            work: Booked::default(),
            pickups: Booked::default(),
            days: DayCounts::default(),
            allotted: Allotted::new(world.allotment_book()),
            volumes: BTreeMap::new(),
            docks: world.warehouses.iter().map(|warehouse| warehouse.calendar.clone()).collect(),
            applied: 0,
            parcels_made: 0,
        }
    }

    /// The stock ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Every order, by id.
    pub fn orders(&self) -> &BTreeMap<OrderId, Order> {
        &self.orders
    }

    /// Ids of orders with lines not yet released.
    pub fn open_orders(&self) -> &BTreeSet<OrderId> {
        &self.open
    }

    /// Every shipment, by id.
    pub fn shipments(&self) -> &BTreeMap<ShipmentId, Shipment> {
        &self.shipments
    }

    /// Packed shipments at a dock, waiting for a service.
    pub fn docked(&self) -> &BTreeMap<(WarehouseIx, ServiceIx), BTreeSet<ShipmentId>> {
        &self.docked
    }

    /// Every wave, by id.
    pub fn waves(&self) -> &BTreeMap<WaveId, Wave> {
        &self.waves
    }

    /// Whether a wave has been released: nothing more goes into it, be it before its cut-off or after.
    pub fn is_released(&self, wave: &WaveRef) -> bool {
        self.released.contains(wave)
    }

    /// Every pick list, by id.
    pub fn pick_lists(&self) -> &BTreeMap<PickListId, PickList> {
        &self.pick_lists
    }

    /// Every dispatch, by id.
    pub fn dispatches(&self) -> &BTreeMap<DispatchId, Dispatch> {
        &self.dispatches
    }

    /// Every return, by id.
    pub fn returns(&self) -> &BTreeMap<ReturnId, Return> {
        &self.returns
    }

    /// Every run of the assignment planner, by id.
    pub fn plan_runs(&self) -> &BTreeMap<PlanRunId, PlanRun> {
        &self.plan_runs
    }

    /// The current shadow prices.
    pub fn board(&self) -> &PriceBoard {
        &self.board
    }

    /// How punctual services and docks are.
    pub fn track_record(&self) -> &TrackRecord {
        &self.track_record
    }

    /// Whether an order has used the quote with this number.
    pub fn is_used(&self, quote: u64) -> bool {
        self.quotes_used.contains(&quote)
    }

    /// Events applied so far.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Parcels labelled so far; the next label's serial number.
    pub fn parcels_made(&self) -> u64 {
        self.parcels_made
    }

    /// Work planned and released in a wave.
    pub fn work_in(&self, wave: &WaveRef) -> i64 {
        self.work.in_all(wave)
    }

    /// Work by wave, for those that have any.
    pub fn work(&self) -> &BTreeMap<WaveRef, i64> {
        self.work.all()
    }

    /// Work of a merchant's planned and released in a wave.
    pub fn work_of(&self, wave: &WaveRef, merchant: MerchantIx) -> i64 {
        self.work.of(wave, merchant)
    }

    /// Parcels planned and released for a collection.
    pub fn parcels_for(&self, pickup: &PickupRef) -> i64 {
        self.pickups.in_all(pickup)
    }

    /// Parcels of a merchant's planned and released for a collection.
    pub fn parcels_of(&self, pickup: &PickupRef, merchant: MerchantIx) -> i64 {
        self.pickups.of(pickup, merchant)
    }

    /// Collections that have parcels planned or released.
    pub fn pickups(&self) -> impl Iterator<Item = &PickupRef> {
        self.pickups.all().keys()
    }

    /// Parcels planned and released that a service collects on a local date, by the plans' collections.
    pub fn parcels_on(&self, service: ServiceIx, date: Date) -> i64 {
        self.volumes.get(&(service, date)).copied().unwrap_or(0)
    }

    /// The days with a volume surcharge on which parcels are collected.
    pub fn volume_days(&self, world: &World) -> BTreeSet<VolumeRef> {
        let loaded = self.volumes.iter().filter(|(_, parcels)| **parcels > 0);
        loaded.filter_map(|(&(service, date), _)| VolumeRef::of_day(world, service, date)).collect()
    }

    /// Orders planned and released, by day of a warehouse.
    pub fn days(&self) -> &DayCounts {
        &self.days
    }

    /// Shipments of an order that are under way, or have arrived.
    pub fn sent(&self, order: &Order) -> usize {
        let shipments = order.shipments.iter().filter_map(|id| self.shipments.get(id));
        shipments.filter(|shipment| shipment.stage != ShipmentStage::Void).count()
    }

    /// Waves that have planned shipments.
    pub fn planned_waves(&self) -> impl Iterator<Item = &WaveRef> {
        self.planned_in.keys()
    }

    /// The shipments planned in a wave, by order.
    pub fn planned_in<'a>(&'a self, wave: &'a WaveRef) -> impl Iterator<Item = (&'a Order, &'a PlannedShipment)> {
        self.planned_in
            .get(wave)
            .into_iter()
            .flatten()
            .filter_map(|id| self.orders.get(id))
            .flat_map(move |order| order.plan.iter().filter(move |p| p.wave == *wave).map(move |p| (order, p)))
    }

    /// The id of an event's main object, and the merchant it concerns; asked before the event is applied.
    pub fn subject_of(&self, event: &Event) -> (String, Option<MerchantIx>) {
        let of_order = |id: &OrderId| (id.to_string(), self.orders.get(id).map(|order| order.merchant));
        let of_shipment = |id: &ShipmentId| (id.to_string(), self.shipments.get(id).map(|s| s.merchant));
        match event {
            Event::Stock { change } => match change {
                StockEvent::Allocated { order, .. }
                | StockEvent::AllocationReleased { order, .. }
                | StockEvent::Shipped { order, .. }
                | StockEvent::Lost { order: Some(order), .. } => of_order(order),
                StockEvent::Reserved { reservation, .. } | StockEvent::ReservationReleased { reservation } => {
                    (reservation.to_string(), None)
                }
                StockEvent::Received { sku, warehouse, .. }
                | StockEvent::Lost { sku, warehouse, .. }
                | StockEvent::SafetySet { sku, warehouse, .. }
                | StockEvent::Restocked { sku, warehouse, .. } => (format!("{}:{}", sku.0, warehouse.0), None),
            },
            Event::OrderAccepted { order } => (order.id.to_string(), Some(order.merchant)),
            Event::OrderCancelled { order } | Event::Replanned { order, .. } | Event::LinesDropped { order, .. } => {
                of_order(order)
            }
            Event::PlanRun { run, .. } => (run.id.to_string(), None),
            Event::TrackRecorded { record } => (record.as_of.map_or(String::new(), |at| at.to_string()), None),
            Event::WaveReleased { wave, .. } => (wave.id.to_string(), None),
            Event::PickListConfirmed { pick_list, .. } => (pick_list.to_string(), None),
            Event::ShipmentPacked { shipment, .. }
            | Event::ShipmentRebooked { shipment, .. }
            | Event::Delivered { shipment, .. } => of_shipment(shipment),
            Event::DispatchTendered { dispatch } | Event::DispatchReplanned { dispatch, .. } => {
                (dispatch.id.to_string(), None)
            }
            Event::DispatchAccepted { dispatch, .. } | Event::DispatchRejected { dispatch, .. } => {
                (dispatch.to_string(), None)
            }
            Event::ReturnOpened { goods } => (goods.id.to_string(), Some(goods.merchant)),
            Event::ReturnReceived { goods, .. } => (goods.to_string(), self.returns.get(goods).map(|r| r.merchant)),
        }
    }

    /// Changes the state as the event says. Total: an event was decided on this very state, so nothing can be wrong with it;
    /// what it names and is not there is skipped.
    pub fn apply(&mut self, event: &Event) {
        self.applied += 1;
        match event {
            Event::Stock { change } => self.ledger.apply(change),
            Event::OrderAccepted { order } => {
                if let Some(quote) = order.quote {
                    let kept = order.placed_at - QUOTES_KEPT;
                    while let Some(&(_, old)) = self.quotes_by_time.front().filter(|(used, _)| *used < kept) {
                        self.quotes_by_time.pop_front();
                        self.quotes_used.remove(&old);
                    }
                    self.quotes_used.insert(quote);
                    self.quotes_by_time.push_back((order.placed_at, quote));
                }
                self.orders.insert(order.id.clone(), order.clone());
                self.book(&order.id, (order.merchant, order.postal), &order.plan);
            }
            Event::OrderCancelled { order } => {
                self.replan(order, Vec::new());
                self.change_order(order, |order| order.stage = OrderStage::Cancelled);
            }
            Event::Replanned { order, plan } => self.replan(order, plan.clone()),
            Event::LinesDropped { order, lines } => {
                self.change_order(order, |order| order.dropped.extend_from_slice(lines));
            }
            Event::PlanRun { run, board } => {
                if run.committed {
                    self.board = board.clone();
                }
                self.plan_runs.insert(run.id.clone(), run.clone());
            }
            Event::TrackRecorded { record } => self.track_record = Arc::new(record.clone()),
            Event::WaveReleased { wave, shipments, pick_lists } => self.apply_wave(wave, shipments, pick_lists),
            Event::PickListConfirmed { pick_list, at, shorts } => {
                if let Some(list) = self.pick_lists.get_mut(pick_list) {
                    list.confirmed_at = Some(*at);
                    list.shorts.clone_from(shorts);
                }
                shorts.iter().for_each(|short| self.apply_short(&short.shipment, short.sku, short.missing));
            }
            Event::ShipmentPacked { shipment, parcels, at } => {
                self.parcels_made += parcels.len() as u64;
                self.recounting(shipment, |state| {
                    state.change_shipment(shipment, |s| {
                        s.parcels.clone_from(parcels);
                        s.packed_at = Some(*at);
                        s.stage = ShipmentStage::Packed;
                    });
                });
                self.dock(shipment);
            }
            Event::ShipmentRebooked { shipment, plan } => {
                self.undock(shipment);
                self.recounting(shipment, |state| {
                    state.allotted.tender(shipment, None);
                    let Some(s) = state.shipments.get_mut(shipment) else { return };
                    let (old, merchant) = (std::mem::replace(&mut s.plan, plan.clone()), s.merchant);
                    state.book_parcels(&old, merchant, -1);
                    state.book_parcels(plan, merchant, 1);
                });
                self.dock(shipment);
            }
            Event::DispatchTendered { dispatch } => {
                dispatch.shipments.iter().for_each(|id| self.apply_tender(id, dispatch.pickup_at));
                self.dispatches.insert(dispatch.id.clone(), dispatch.clone());
            }
            Event::DispatchAccepted { dispatch, at } => {
                self.answer(dispatch, DispatchStage::Accepted, None).iter().for_each(|id| self.hand_over(id, *at));
            }
            Event::DispatchReplanned { dispatch, taken_on, at } => {
                for id in taken_on {
                    self.apply_tender(id, dispatch.pickup_at);
                    self.hand_over(id, *at);
                }
                self.dispatches.insert(dispatch.id.clone(), dispatch.clone());
            }
            Event::DispatchRejected { dispatch, reason } => {
                for id in self.answer(dispatch, DispatchStage::Rejected, Some(reason)) {
                    self.change_shipment(&id, |s| s.stage = ShipmentStage::Packed);
                    self.dock(&id);
                }
            }
            Event::Delivered { shipment, at } => {
                self.change_shipment(shipment, |s| {
                    s.stage = ShipmentStage::Delivered;
                    s.delivered_at = Some(*at);
                });
                self.restage_order_of(shipment);
            }
            Event::ReturnOpened { goods } => {
                self.returns.insert(goods.id.clone(), goods.clone());
            }
            Event::ReturnReceived { goods, lines, at: _ } => {
                if let Some(goods) = self.returns.get_mut(goods) {
                    goods.lines.clone_from(lines);
                    goods.stage = ReturnStage::Received;
                }
            }
        }
    }

    /// A packed shipment leaves its dock's list for a collection.
    fn apply_tender(&mut self, id: &ShipmentId, pickup_at: Timestamp) {
        self.undock(id);
        self.recounting(id, |state| {
            let planned = state.shipments.get(id).map(|shipment| shipment.plan.pickup_at);
            state.allotted.tender(id, Some(pickup_at).filter(|at| planned != Some(*at)));
        });
        self.change_shipment(id, |s| s.stage = ShipmentStage::Tendered);
    }

    /// A tendered shipment is its carrier's.
    fn hand_over(&mut self, id: &ShipmentId, at: Timestamp) {
        self.change_shipment(id, |s| {
            s.stage = ShipmentStage::Dispatched;
            s.dispatched_at = Some(at);
        });
        self.restage_order_of(id);
    }

    fn apply_wave(&mut self, wave: &Wave, shipments: &[Shipment], pick_lists: &[PickList]) {
        for shipment in shipments {
            let Some(order) = self.orders.get_mut(&shipment.order) else { continue };
            order.plan.retain(|planned| *planned != shipment.plan);
            order.shipments.push(shipment.id.clone());
            order.stage = OrderStage::Released;
            if order.plan.is_empty() {
                self.open.remove(&shipment.order);
            }
            self.shipments.insert(shipment.id.clone(), shipment.clone());
        }
        self.planned_in.remove(&wave.wave);
        self.pick_lists.extend(pick_lists.iter().map(|list| (list.id.clone(), list.clone())));
        self.waves.insert(wave.id.clone(), wave.clone());
        self.released.insert(wave.wave);
    }

    fn apply_short(&mut self, id: &ShipmentId, sku: SkuIx, missing: u32) {
        self.recounting(id, |state| state.shrink(id, sku, missing));
        self.restage_order_of(id);
    }

    /// Takes missing units out of a shipment, which counts under allotments as before.
    pub(super) fn shrink(&mut self, id: &ShipmentId, sku: SkuIx, missing: u32) {
        let mut void = None;
        self.change_shipment(id, |shipment| {
            for line in shipment.lines.iter_mut().filter(|line| line.sku == sku) {
                line.quantity = line.quantity.saturating_sub(missing);
            }
            shipment.lines.retain(|line| line.quantity > 0);
            if shipment.lines.is_empty() && shipment.stage != ShipmentStage::Void {
                shipment.stage = ShipmentStage::Void;
                void = Some(shipment.plan.clone());
            }
        });
        if let Some(plan) = void {
            self.book_volume(&plan, -1);
        }
    }

    /// Books a plan's work, pickups, allotments and waves for an order of this merchant, to this place.
    fn book(&mut self, order: &OrderId, (merchant, postal): (MerchantIx, PostalIx), plan: &[PlannedShipment]) {
        self.allotted.plan(plan, postal, 1);
        for planned in plan {
            self.work.add(planned.wave, merchant, planned.work);
            self.book_parcels(planned, merchant, 1);
            self.planned_in.entry(planned.wave).or_default().insert(order.clone());
        }
        if let Some(order) = self.orders.get(order) {
            self.days.count(order, plan, 1);
        }
        if !plan.is_empty() {
            self.open.insert(order.clone());
        }
    }

    fn unbook(&mut self, order: &OrderId, (merchant, postal): (MerchantIx, PostalIx), plan: &[PlannedShipment]) {
        self.allotted.plan(plan, postal, -1);
        for planned in plan {
            self.work.add(planned.wave, merchant, -planned.work);
            self.book_parcels(planned, merchant, -1);
            if let Some(orders) = self.planned_in.get_mut(&planned.wave) {
                orders.remove(order);
                if orders.is_empty() {
                    self.planned_in.remove(&planned.wave);
                }
            }
        }
        if let Some(order) = self.orders.get(order) {
            self.days.count(order, plan, -1);
        }
        self.open.remove(order);
    }

    fn book_parcels(&mut self, planned: &PlannedShipment, merchant: MerchantIx, sign: i64) {
        self.pickups.add(PickupRef::from(planned), merchant, sign * i64::from(planned.parcels));
        self.book_volume(planned, sign);
    }

    fn book_volume(&mut self, planned: &PlannedShipment, sign: i64) {
        let Some(dock) = self.docks.get(planned.warehouse.0 as usize) else { return };
        let date = dock.date(planned.pickup_at);
        *self.volumes.entry((planned.service, date)).or_default() += sign * i64::from(planned.parcels);
    }

    fn replan(&mut self, id: &OrderId, plan: Vec<PlannedShipment>) {
        let Some(order) = self.orders.get_mut(id) else { return };
        let (old, whose) = (std::mem::replace(&mut order.plan, plan.clone()), (order.merchant, order.postal));
        self.unbook(id, whose, &old);
        self.book(id, whose, &plan);
        self.restage(id);
    }

    fn answer(&mut self, id: &DispatchId, stage: DispatchStage, reason: Option<&String>) -> Vec<ShipmentId> {
        let Some(dispatch) = self.dispatches.get_mut(id) else { return Vec::new() };
        dispatch.stage = stage;
        dispatch.reason = reason.cloned();
        dispatch.shipments.clone()
    }

    fn dock(&mut self, id: &ShipmentId) {
        if let Some(shipment) = self.shipments.get(id) {
            self.docked.entry((shipment.plan.warehouse, shipment.plan.service)).or_default().insert(id.clone());
        }
    }

    fn undock(&mut self, id: &ShipmentId) {
        let Some(shipment) = self.shipments.get(id) else { return };
        let place = (shipment.plan.warehouse, shipment.plan.service);
        if let Some(waiting) = self.docked.get_mut(&place) {
            waiting.remove(id);
            if waiting.is_empty() {
                self.docked.remove(&place);
            }
        }
    }

    fn change_order(&mut self, id: &OrderId, change: impl FnOnce(&mut Order)) {
        if let Some(order) = self.orders.get_mut(id) {
            change(order);
        }
    }

    fn change_shipment(&mut self, id: &ShipmentId, change: impl FnOnce(&mut Shipment)) {
        if let Some(shipment) = self.shipments.get_mut(id) {
            change(shipment);
        }
    }

    /// Makes a change to a released shipment, and keeps what it counts under allotments.
    fn recounting(&mut self, id: &ShipmentId, change: impl FnOnce(&mut Self)) {
        if let Some(shipment) = self.shipments.get(id) {
            self.allotted.shipment(shipment, -1);
        }
        change(self);
        if let Some(shipment) = self.shipments.get(id) {
            self.allotted.shipment(shipment, 1);
        }
    }

    fn restage_order_of(&mut self, shipment: &ShipmentId) {
        if let Some(order) = self.shipments.get(shipment).map(|s| s.order.clone()) {
            self.restage(&order);
        }
    }

    /// The stage of an order follows from its shipments.
    fn restage(&mut self, id: &OrderId) {
        let Some(order) = self.orders.get(id) else { return };
        if order.stage == OrderStage::Cancelled {
            return;
        }
        let mut stages = order.shipments.iter().filter_map(|s| self.shipments.get(s)).map(|s| s.stage).peekable();
        let open = !order.plan.is_empty();
        let slowest = stages.peek().copied().and_then(|_| stages.filter(|&s| s != ShipmentStage::Void).min());
        let stage = match slowest {
            None if order.shipments.is_empty() => OrderStage::Accepted,
            None => OrderStage::Released,
            Some(_) if open => OrderStage::Released,
            Some(ShipmentStage::Delivered) => OrderStage::Delivered,
            Some(ShipmentStage::Dispatched) => OrderStage::Shipped,
            Some(_) => OrderStage::Released,
        };
        self.change_order(id, |order| order.stage = stage);
    }
}
