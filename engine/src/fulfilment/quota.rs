//! Orders by day of a warehouse, and stock that stays, which sourcing rules may limit.
//!
//! An order counts once for each of its shipments, planned or released, in a wave of the day: a plan has one shipment of an
//! order and warehouse.

use std::collections::BTreeMap;

use crate::calendar::civil::Date;
use crate::ids::{ChannelId, OrderId};
use crate::model::{MerchantIx, RuleKind, SkuIx, SourcingRule, WarehouseIx, World};
use crate::units::Timestamp;

use super::State;
use super::record::{Order, PlannedShipment};

/// Who ordered.
type Source = (MerchantIx, Option<ChannelId>);

/// Orders planned and released, by day of a warehouse, merchant and channel.
#[derive(Clone, Debug, Default)]
pub struct DayCounts(BTreeMap<(WarehouseIx, Date), BTreeMap<Source, i64>>);

impl DayCounts {
    /// Orders on a day; of a merchant and a channel only, where these are given.
    pub fn orders(
        &self,
        warehouse: WarehouseIx,
        day: Date,
        merchant: Option<MerchantIx>,
        channel: Option<&ChannelId>,
    ) -> i64 {
        let Some(of_day) = self.0.get(&(warehouse, day)) else { return 0 };
        let counted = of_day.iter().filter(|((whose, sold), _)| {
            merchant.is_none_or(|merchant| merchant == *whose) && channel.is_none_or(|own| sold.as_ref() == Some(own))
        });
        counted.map(|(_, orders)| orders).sum()
    }

    /// Counts an order's shipments in, or out again (`sign` -1).
    pub(super) fn count(&mut self, order: &Order, plan: &[PlannedShipment], sign: i64) {
        for planned in plan {
            let of_day = self.0.entry((planned.warehouse, planned.wave.date)).or_default();
            *of_day.entry((order.merchant, order.channel.clone())).or_default() += sign;
        }
    }
}

/// A day of a warehouse on which a set of moves would break a rule.
pub(super) struct Overrun<'a> {
    rule: &'a SourcingRule,
    warehouse: WarehouseIx,
    day: Date,
}

impl Overrun<'_> {
    /// Whether an order's move to this shipment adds to the day.
    pub(super) fn grows_by(&self, state: &State, id: &OrderId, old: &[PlannedShipment], new: &PlannedShipment) -> bool {
        let here = |planned: &PlannedShipment| planned.warehouse == self.warehouse && planned.wave.date == self.day;
        let bound = state.orders().get(id).is_some_and(|order| self.rule.binds(order.merchant, order.channel.as_ref()));
        bound && here(new) && !old.iter().any(here)
    }
}

/// Days on which moves bring more orders than a hard rule allows. A day that is over already may stay so.
pub(super) fn overrun<'a>(
    world: &'a World,
    state: &State,
    moving: &[(OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>)],
) -> Vec<Overrun<'a>> {
    let mut found = Vec::new();
    for rule in world.rules.iter().filter(|rule| rule.is_hard()) {
        let RuleKind::MaxOrdersADay { orders: most } = rule.kind else { continue };
        let mut net: BTreeMap<(WarehouseIx, Date), i64> = BTreeMap::new();
        for (id, old, new) in moving {
            let bound = state.orders().get(id).is_some_and(|order| rule.binds(order.merchant, order.channel.as_ref()));
            for (planned, sign) in old.iter().map(|p| (p, -1)).chain(new.iter().map(|p| (p, 1))).filter(|_| bound) {
                *net.entry((planned.warehouse, planned.wave.date)).or_default() += sign;
            }
        }
        let over = |&(&(warehouse, day), &more): &(&(WarehouseIx, Date), &i64)| {
            let there = state.days().orders(warehouse, day, rule.merchant, rule.channel.as_ref());
            more > 0 && rule.is_at(warehouse) && rule.is_in_force(day) && there + more > most
        };
        found.extend(net.iter().filter(over).map(|(&(warehouse, day), _)| Overrun { rule, warehouse, day }));
    }
    found
}

/// Stock that moves would bring below what a hard rule wants to stay, of one article at one warehouse.
pub(super) struct Underrun<'a> {
    rule: &'a SourcingRule,
    sku: SkuIx,
    warehouse: WarehouseIx,
}

impl Underrun<'_> {
    /// Whether this move, of an order that the rule binds, takes more of it than before.
    pub(super) fn grows_by(
        &self,
        state: &State,
        id: &OrderId,
        old: &[PlannedShipment],
        new: &[PlannedShipment],
    ) -> bool {
        let bound = state.orders().get(id).is_some_and(|order| self.rule.binds(order.merchant, order.channel.as_ref()));
        bound && taken(new, self.sku, self.warehouse) > taken(old, self.sku, self.warehouse)
    }
}

fn taken(plan: &[PlannedShipment], sku: SkuIx, warehouse: WarehouseIx) -> u32 {
    let there = plan.iter().filter(|planned| planned.warehouse == warehouse).flat_map(|planned| &planned.lines);
    there.filter(|line| line.sku == sku).map(|line| line.quantity).sum()
}

/// What moves decided at `now` would take below what hard rules want to stay. What is below already may be taken by nobody else.
pub(super) fn underrun<'a>(
    world: &'a World,
    state: &State,
    now: Timestamp,
    moving: &[(OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>)],
) -> Vec<Underrun<'a>> {
    let mut found = Vec::new();
    for rule in world.rules.iter().filter(|rule| rule.is_hard()) {
        let RuleKind::MinStockLeft { units } = rule.kind else { continue };
        let mut net: BTreeMap<(SkuIx, WarehouseIx), i64> = BTreeMap::new();
        for (id, old, new) in moving {
            let bound = state.orders().get(id).is_some_and(|order| rule.binds(order.merchant, order.channel.as_ref()));
            for (planned, sign) in old.iter().map(|p| (p, -1)).chain(new.iter().map(|p| (p, 1))).filter(|_| bound) {
                for line in &planned.lines {
                    *net.entry((line.sku, planned.warehouse)).or_default() += sign * i64::from(line.quantity);
                }
            }
        }
        let under = |&(&(sku, warehouse), &more): &(&(SkuIx, WarehouseIx), &i64)| {
            let left = state.ledger().available(sku, warehouse) - more;
            let meant = rule.is_at(warehouse) && rule.is_about(sku, &world.skus[sku]);
            let today = world.warehouses[warehouse].calendar.date(now);
            more > 0 && left < units && meant && rule.is_in_force(today)
        };
        found.extend(net.iter().filter(under).map(|(&(sku, warehouse), _)| Underrun { rule, sku, warehouse }));
    }
    found
}

impl State {
    /// The last of some moves by which a day gets more orders than a hard sourcing rule allows.
    pub fn last_over_day(
        &self,
        world: &World,
        moving: &[(OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>)],
    ) -> Option<usize> {
        let over = overrun(world, self, moving);
        moving.iter().rposition(|(id, old, new)| {
            new.iter().any(|planned| over.iter().any(|over| over.grows_by(self, id, old, planned)))
        })
    }
}
