//! Orders not yet released, as a planner sees them, and the commit of a new plan for them.

use std::collections::BTreeMap;

use crate::board::PriceBoard;
use crate::ids::{ChannelId, OrderId};
use crate::model::{MerchantIx, PostalIx, ServiceLevel, SkuIx, WarehouseIx, World};
use crate::promise::{AllotmentRef, PickupRef, WaveRef};
use crate::stock::StockEvent;
use crate::units::Timestamp;

use super::intake::{held_lines, total_lines};
use super::load::overdrawn;
use super::quota;
use super::record::{Destination, LineQuantity, PlanRun, PlannedShipment, Terms};
use super::{Event, Refusal, State};

/// An order's open lines and their current plan.
#[derive(Clone, Debug, PartialEq)]
pub struct BacklogOrder {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub merchant: MerchantIx,
    /// Where the shop sold it.
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// On what terms.
    pub terms: Terms,
    /// How fast.
    pub level: ServiceLevel,
    /// When it was accepted.
    pub placed_at: Timestamp,
    /// What was promised.
    pub promised_by: Timestamp,
    /// Lines not yet released, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// Their plan so far.
    pub plan: Vec<PlannedShipment>,
    /// Shipments of the order that are under way already.
    pub sent: usize,
}

impl BacklogOrder {
    /// Where it goes, and on what terms.
    pub fn to(&self) -> Destination {
        Destination { postal: self.postal, residential: self.residential, terms: self.terms }
    }
}

/// A new plan, and the one it was made against.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanCommit {
    /// The run that made it.
    pub run: PlanRun,
    /// The prices it found.
    pub board: PriceBoard,
    /// For each order that changes: its id, the plan it had, the plan it shall have.
    pub changes: Vec<(OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>)>,
}

impl State {
    /// The orders with open lines, by id.
    pub fn backlog(&self) -> Vec<BacklogOrder> {
        self.open_orders()
            .iter()
            .filter_map(|id| self.orders().get(id))
            .map(|order| BacklogOrder {
                id: order.id.clone(),
                merchant: order.merchant,
                channel: order.channel.clone(),
                postal: order.postal,
                residential: order.residential,
                terms: order.terms,
                level: order.level,
                placed_at: order.placed_at,
                promised_by: order.promised_by,
                lines: total_lines(&order.plan),
                plan: order.plan.clone(),
                sent: self.sent(order),
            })
            .collect()
    }

    /// Commits as much of a plan as still holds. Orders whose plan changed since, or whose new wave was released meanwhile, are
    /// skipped; so are, last first, orders whose new plan no longer fits stock, wave, collection or allotment, or takes what others
    /// are guaranteed of these at the time of the run, once the others have moved. Never fails: skipping all of it always fits.
    pub fn decide_commit(&self, world: &World, commit: PlanCommit) -> Vec<Event> {
        let PlanCommit { mut run, board, changes } = commit;
        let asked = changes.len();
        let mut moving: Vec<_> = changes
            .into_iter()
            .filter(|(id, old, new)| {
                self.orders().get(id).is_some_and(|order| order.plan == *old)
                    && total_lines(old) == total_lines(new)
                    && !new.iter().any(|planned| self.is_released(&planned.wave))
            })
            .collect();
        while let Some(misfit) = self.first_misfit(world, run.at, &moving) {
            moving.remove(misfit);
        }
        run.moved = u32::try_from(moving.len()).unwrap_or(u32::MAX);
        run.skipped = u32::try_from(asked - moving.len()).unwrap_or(u32::MAX);
        run.committed = true;
        // All holds are given up before the first is taken, so that orders may exchange stock.
        let released = moving
            .iter()
            .map(|(id, old, _)| StockEvent::AllocationReleased { order: id.clone(), lines: held_lines(old) });
        let allocated =
            moving.iter().map(|(id, _, new)| StockEvent::Allocated { order: id.clone(), lines: held_lines(new) });
        let mut events: Vec<Event> = released.chain(allocated).map(|change| Event::Stock { change }).collect();
        events.extend(moving.iter().map(|(id, _, new)| Event::Replanned { order: id.clone(), plan: new.clone() }));
        events.push(Event::PlanRun { run, board });
        events
    }

    /// The last order whose move makes a capacity, or what is free of it for all, overrun; `None` when all moves fit together.
    fn first_misfit(
        &self,
        world: &World,
        now: Timestamp,
        moving: &[(OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>)],
    ) -> Option<usize> {
        let load = self.load(world);
        let merchants: Vec<Option<MerchantIx>> =
            moving.iter().map(|(id, _, _)| self.orders().get(id).map(|order| order.merchant)).collect();
        let (mut net, mut allotting) = (NetUse::default(), self.allotting());
        for (id, old, new) in moving {
            let Some(order) = self.orders().get(id) else { continue };
            net.add(old, order.merchant, -1);
            net.add(new, order.merchant, 1);
            allotting = allotting.plan(old, order.postal, -1).plan(new, order.postal, 1);
        }
        let over_allotment = allotting.exceeded();
        let stock_over = |(&(sku, warehouse), &units): (&(SkuIx, WarehouseIx), &i64)| {
            units > 0 && units > self.ledger().available(sku, warehouse)
        };
        let over_stock: Vec<_> = net.stock.iter().filter(|&entry| stock_over(entry)).map(|(key, _)| *key).collect();
        let over_work: BTreeMap<_, _> = net
            .work
            .iter()
            .map(|(wave, changes)| {
                let guaranteed = load.work_guarantees(wave, now);
                (*wave, overdrawn(load.free_work(wave), &guaranteed, |m| self.work_of(wave, m), changes))
            })
            .collect();
        let over_pickup: BTreeMap<_, _> = net
            .pickups
            .iter()
            .map(|(pickup, changes)| {
                let guaranteed = load.pickup_guarantees(pickup, now);
                (*pickup, overdrawn(load.free_pickup(pickup), &guaranteed, |m| self.parcels_of(pickup, m), changes))
            })
            .collect();
        let over_day = quota::overrun(world, self, moving);
        let under_stock = quota::underrun(world, self, now, moving);
        let book = world.allotment_book();
        (0..moving.len()).rev().find(|&n| {
            let (id, old, new) = &moving[n];
            let postal = self.orders().get(id).map(|order| order.postal);
            let under = |pickup: PickupRef| {
                postal.is_some_and(|to| AllotmentRef::of(book, pickup, to).any(|of| over_allotment.contains(&of)))
            };
            under_stock.iter().any(|under| under.grows_by(self, id, old, new))
                || new.iter().any(|planned| {
                    let overdraws = |who: Option<&Vec<MerchantIx>>| {
                        merchants[n].is_some_and(|merchant| who.is_some_and(|who| who.contains(&merchant)))
                    };
                    over_day.iter().any(|over| over.grows_by(self, id, old, planned))
                        || overdraws(over_work.get(&planned.wave))
                        || overdraws(over_pickup.get(&PickupRef::from(planned)))
                        || under(PickupRef::from(planned))
                        || planned.lines.iter().any(|line| over_stock.contains(&(line.sku, planned.warehouse)))
                })
        })
    }

    /// Gives an order's open lines another plan at once, outside a planner's run.
    pub fn decide_replan(&self, id: &OrderId, plan: Vec<PlannedShipment>) -> Result<Vec<Event>, Refusal> {
        let order = self.order(id)?;
        if total_lines(&order.plan) != total_lines(&plan) {
            return Err(Refusal::Invalid("a new plan must hold exactly the order's open lines".to_owned()));
        }
        self.allotting().plan(&order.plan, order.postal, -1).plan(&plan, order.postal, 1).check()?;
        let change = self.ledger().decide_reallocate(id, &held_lines(&order.plan), &held_lines(&plan))?;
        let mut events: Vec<Event> = change.into_iter().map(|change| Event::Stock { change }).collect();
        events.push(Event::Replanned { order: id.clone(), plan });
        Ok(events)
    }
}

/// Change of use by a set of moves; of waves and collections by merchant.
#[derive(Default)]
struct NetUse {
    stock: BTreeMap<(SkuIx, WarehouseIx), i64>,
    work: BTreeMap<WaveRef, BTreeMap<MerchantIx, i64>>,
    pickups: BTreeMap<PickupRef, BTreeMap<MerchantIx, i64>>,
}

impl NetUse {
    fn add(&mut self, plan: &[PlannedShipment], merchant: MerchantIx, sign: i64) {
        for planned in plan {
            *self.work.entry(planned.wave).or_default().entry(merchant).or_default() += sign * planned.work;
            let room = self.pickups.entry(PickupRef::from(planned)).or_default().entry(merchant).or_default();
            *room += sign * i64::from(planned.parcels);
            for line in &planned.lines {
                *self.stock.entry((line.sku, planned.warehouse)).or_default() += sign * i64::from(line.quantity);
            }
        }
    }
}
