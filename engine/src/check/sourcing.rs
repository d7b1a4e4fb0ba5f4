//! Verifier of sourcing decisions: every hard rule against shipments as planned, read from the rules themselves, and how they are packed.
//!
//! Rules bind new decisions: a shipment that an order held before is let be, an order over a limit may come nearer to it, and
//! stock or a day that is beyond its limit already may stay so, but not get worse.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::calendar::{self, civil::Date};
use crate::fulfilment::{Event, LineQuantity, PlannedShipment, State};
use crate::ids::ChannelId;
use crate::model::{MerchantIx, PostalIx, RuleKind, SkuIx, SourcingRule, WarehouseIx};
use crate::network::Network;
use crate::stock::StockLine;
use crate::units::{Cents, Timestamp};

use super::Breach;
use super::packing::check_planned;

/// What was decided for one order.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Whose order.
    pub merchant: MerchantIx,
    /// Where it was sold.
    pub channel: Option<&'a ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// Shipments of it that were under way already.
    pub sent: usize,
    /// What it held.
    pub old: &'a [PlannedShipment],
    /// What it shall have.
    pub new: &'a [PlannedShipment],
    /// Stock that was held for it softly, and is free for it.
    pub held: &'a [StockLine],
}

/// Every hard rule that the new plans among `events`, decided on `state` at `now`, break.
pub fn moves(network: &Network, state: &State, now: Timestamp, events: &[Event]) -> Vec<Breach> {
    let decisions = events.iter().filter_map(|event| {
        let Event::Replanned { order, plan } = event else { return None };
        let order = state.orders().get(order)?;
        let (merchant, channel, postal) = (order.merchant, order.channel.as_ref(), order.postal);
        Some(Decision { merchant, channel, postal, sent: state.sent(order), old: &order.plan, new: plan, held: &[] })
    });
    check(network, state, now, &decisions.collect::<Vec<_>>())
}

/// Every hard rule that these decisions, made on `state` at `now`, break, and every carton that does not hold what it shall.
pub fn check(network: &Network, state: &State, now: Timestamp, decisions: &[Decision]) -> Vec<Breach> {
    let planned = decisions.iter().flat_map(|decision| decision.new);
    let mut found: Vec<Breach> = planned.flat_map(|planned| check_planned(&network.world, planned)).collect();
    for rule in network.world.rules.iter().filter(|rule| rule.price.is_none()) {
        let audit = Audit { network, state, now, rule };
        let bound = |decision: &&Decision| rule.binds(decision.merchant, decision.channel);
        let bound: Vec<&Decision> = decisions.iter().filter(bound).collect();
        bound.iter().for_each(|decision| found.extend(audit.decision(decision)));
        match rule.kind {
            RuleKind::MinStockLeft { units } => found.extend(audit.stock(&bound, units)),
            RuleKind::MaxOrdersADay { orders } => found.extend(audit.days(&bound, orders)),
            _ => {}
        }
    }
    found
}

struct Audit<'a> {
    network: &'a Network,
    state: &'a State,
    now: Timestamp,
    rule: &'a SourcingRule,
}

impl Audit<'_> {
    fn breach(&self, detail: String) -> Breach {
        Breach::new(self.rule.kind.word(), format!("rule {}: {detail}", self.rule.id))
    }

    fn about(&self, sku: SkuIx) -> bool {
        let goods = &self.network.world.skus[sku];
        let named = self.rule.skus.contains(&sku) || self.rule.categories.contains(&goods.category);
        named || (self.rule.skus.is_empty() && self.rule.categories.is_empty())
    }

    fn in_force(&self, day: Date) -> bool {
        let (first, last) = (self.rule.first_day.unwrap_or(Date::MIN), self.rule.last_day.unwrap_or(Date::MAX));
        (first..=last).contains(&day)
    }

    fn listed(&self, warehouse: WarehouseIx) -> bool {
        self.rule.warehouses.is_empty() || self.rule.warehouses.contains(&warehouse)
    }

    /// Whether a rule about warehouses is in force at one.
    fn at(&self, warehouse: WarehouseIx) -> bool {
        self.listed(warehouse) && self.in_force(self.network.world.warehouses[warehouse].calendar.date(self.now))
    }

    fn at_door(&self, postal: PostalIx) -> bool {
        self.in_force(calendar::local(self.now, self.network.zone_of(postal)).date())
    }

    /// What one decision breaks by itself.
    fn decision(&self, decision: &Decision) -> Vec<Breach> {
        let fresh: Vec<&PlannedShipment> = decision.new.iter().filter(|new| !decision.old.contains(new)).collect();
        if fresh.is_empty() {
            return Vec::new();
        }
        let by_shipment = |wrong: &dyn Fn(&PlannedShipment) -> bool| {
            let broken = fresh.iter().filter(|planned| wrong(planned));
            broken.map(|planned| self.breach(format!("{planned:?}"))).collect()
        };
        let holds = |planned: &PlannedShipment| planned.lines.iter().any(|line| self.about(line.sku));
        match self.rule.kind {
            RuleKind::Blocked => by_shipment(&|planned| self.at(planned.warehouse) && holds(planned)),
            RuleKind::MaxDistance { within } => by_shipment(&|planned| {
                let far = self.network.distance(planned.warehouse, decision.postal) > within;
                far && self.at(planned.warehouse) && holds(planned)
            }),
            RuleKind::Offline => {
                by_shipment(&|planned| self.listed(planned.warehouse) && self.in_force(planned.wave.date))
            }
            RuleKind::MaxSplits { .. }
            | RuleKind::MinValueToSplit { .. }
            | RuleKind::NoSplit { .. }
            | RuleKind::Kit
                if !self.at_door(decision.postal) =>
            {
                Vec::new()
            }
            RuleKind::MaxSplits { shipments } => {
                self.number(decision, (shipments as usize).saturating_sub(decision.sent).max(1))
            }
            RuleKind::MinValueToSplit { value } => {
                let worth = |line: &LineQuantity| self.network.world.skus[line.sku].price * i64::from(line.quantity);
                let goods: Cents = decision.new.iter().flat_map(|planned| &planned.lines).map(worth).sum();
                if goods < value { self.number(decision, 1) } else { Vec::new() }
            }
            RuleKind::NoSplit { whole: true } => {
                if decision.new.iter().any(holds) {
                    self.number(decision, 1)
                } else {
                    Vec::new()
                }
            }
            RuleKind::NoSplit { whole: false } => self.together(decision, &fresh, 1),
            RuleKind::Kit => self.together(decision, &fresh, 2),
            RuleKind::Preferred | RuleKind::MinStockLeft { .. } | RuleKind::MaxOrdersADay { .. } => Vec::new(),
        }
    }

    fn number(&self, decision: &Decision, most: usize) -> Vec<Breach> {
        let (old, new) = (decision.old.len(), decision.new.len());
        let breach = || self.breach(format!("{new} shipments, {most} at most, {old} before"));
        if new > most && new >= old { vec![breach()] } else { Vec::new() }
    }

    /// Whether each new shipment holds all goods of the rule or none, where there are lines of `least` of them.
    fn together(&self, decision: &Decision, fresh: &[&PlannedShipment], least: usize) -> Vec<Breach> {
        let mut units: BTreeMap<SkuIx, u32> = BTreeMap::new();
        for line in decision.new.iter().flat_map(|planned| &planned.lines).filter(|line| self.about(line.sku)) {
            *units.entry(line.sku).or_default() += line.quantity;
        }
        let torn = |planned: &&&PlannedShipment| {
            let own = planned.lines.iter().filter(|line| self.about(line.sku));
            let own: BTreeMap<SkuIx, u32> = own.map(|line| (line.sku, line.quantity)).collect();
            !own.is_empty() && own != units
        };
        let torn = fresh.iter().filter(|_| units.len() >= least).filter(torn);
        torn.map(|planned| self.breach(format!("{planned:?} holds some of {units:?}"))).collect()
    }

    /// Stock that decisions take below what must stay.
    fn stock(&self, decisions: &[&Decision], units: i64) -> Vec<Breach> {
        let mut net: BTreeMap<(SkuIx, WarehouseIx), i64> = BTreeMap::new();
        for (planned, sign) in signed(decisions) {
            for line in &planned.lines {
                *net.entry((line.sku, planned.warehouse)).or_default() += sign * i64::from(line.quantity);
            }
        }
        for line in decisions.iter().flat_map(|decision| decision.held) {
            net.entry((line.sku, line.warehouse)).and_modify(|taken| *taken -= i64::from(line.quantity));
        }
        let left = |sku, warehouse, taken: i64| self.state.ledger().available(sku, warehouse) - taken;
        let low = net.into_iter().filter(|&((sku, warehouse), taken)| {
            taken > 0 && self.about(sku) && self.at(warehouse) && left(sku, warehouse, taken) < units
        });
        low.map(|((sku, warehouse), taken)| {
            let left = left(sku, warehouse, taken);
            self.breach(format!("{left} of article {} left at warehouse {}, {units} must be", sku.0, warehouse.0))
        })
        .collect()
    }

    /// Days that decisions bring more orders than they may have.
    fn days(&self, decisions: &[&Decision], most: i64) -> Vec<Breach> {
        let mut net: BTreeMap<(WarehouseIx, Date), i64> = BTreeMap::new();
        for (planned, sign) in signed(decisions) {
            *net.entry((planned.warehouse, planned.wave.date)).or_default() += sign;
        }
        let over = net.into_iter().filter_map(|((warehouse, day), more)| {
            let there = self.state.days().orders(warehouse, day, self.rule.merchant, self.rule.channel.as_ref());
            let over = more > 0 && self.listed(warehouse) && self.in_force(day) && there + more > most;
            over.then(|| {
                self.breach(format!("{} orders at warehouse {} on {day}, {most} at most", there + more, warehouse.0))
            })
        });
        over.collect()
    }
}

/// What is taken, and what is given back (-1).
fn signed<'a>(decisions: &[&'a Decision<'a>]) -> impl Iterator<Item = (&'a PlannedShipment, i64)> {
    let taken = decisions.iter().flat_map(|decision| decision.new.iter().map(|planned| (planned, 1)));
    let given = decisions.iter().flat_map(|decision| decision.old.iter().map(|planned| (planned, -1)));
    taken.chain(given).collect::<Vec<_>>().into_iter()
}
