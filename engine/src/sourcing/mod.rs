//! What do the sourcing rules say about this cart?
//!
//! [`Binding`] sorts out which rules ([`crate::model::SourcingRule`]) bind a merchant's lines on their way to a buyer at this
//! moment, and answers, each time with the rule: from where a line may come ([`Binding::bars`]), how many units must stay
//! ([`Binding::stays`]), which lines travel together ([`Binding::together`]), in how many shipments at most
//! ([`Binding::most`]), which waves are closed ([`Binding::closes`]), and what soft rules charge a set of shipments
//! ([`Binding::levies`], module [`soft`]). Prices are in cents; they steer and are never paid.
//!
//! **Days.** Rules about an order go by the date at the buyer's door, rules about a warehouse by its own date, [`RuleKind::Offline`]
//! and [`RuleKind::MaxOrdersADay`] by the date of the wave.
//!
//! **What is held.** Rules bind new decisions. What an order holds already ([`Asked::held`]) counts as free for itself, and
//! planners leave it as it is; [`RuleKind::MinStockLeft`] looks at what is left for others, so orders may exchange what they hold.
//!
//! Quotes, the assignment planner and explanations ask here; [`crate::check::sourcing`] does not, and proves them right.

pub mod soft;

use crate::calendar::civil::Date;
use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::ids::ChannelId;
use crate::model::{MerchantIx, PostalIx, RuleIx, RuleKind, SkuIx, SourcingRule, WarehouseIx};
use crate::network::Network;
use crate::promise::{WaveLoad, WaveRef};
use crate::stock::StockView;
use crate::units::{Cents, Timestamp};

pub use soft::{Levied, Sending};

/// Who asks for what, as far as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose order.
    pub merchant: MerchantIx,
    /// Where it was sold.
    pub channel: Option<&'a ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// What is to be sourced.
    pub lines: &'a [LineQuantity],
    /// Now.
    pub now: Timestamp,
    /// Shipments of the order that are under way already.
    pub sent: usize,
    /// What the order holds, where it has a plan.
    pub held: &'a [PlannedShipment],
}

/// The rules that bind a cart.
#[derive(Debug)]
pub struct Binding<'a> {
    network: &'a Network,
    asked: Asked<'a>,
    /// Those in force, or that may come in force in a wave.
    rules: Vec<(RuleIx, &'a SourcingRule)>,
    /// Lines that must travel together, as places in the cart: disjoint sets of hard rules, each with the first rule of it.
    together: Vec<(Vec<usize>, RuleIx)>,
}

impl<'a> Binding<'a> {
    /// Sorts the rules out; those that `load` lifts are left out.
    pub fn new(network: &'a Network, load: &dyn WaveLoad, asked: Asked<'a>) -> Self {
        let door = network.timetable.door_clock(asked.postal).day(asked.now).date();
        let binds = |(ix, rule): &(RuleIx, &SourcingRule)| {
            let days = match rule.kind {
                RuleKind::MaxSplits { .. }
                | RuleKind::MinValueToSplit { .. }
                | RuleKind::NoSplit { .. }
                | RuleKind::Kit => rule.is_in_force(door),
                _ => true,
            };
            days && rule.binds(asked.merchant, asked.channel) && !load.lifts(*ix)
        };
        let rules = network.world.rules.enumerate().filter(binds).collect();
        let mut binding = Self { network, asked, rules, together: Vec::new() };
        binding.together = binding.clusters();
        binding
    }

    /// Whether no rule binds.
    pub fn is_free(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that bind.
    pub fn rules(&self) -> impl Iterator<Item = RuleIx> + '_ {
        self.rules.iter().map(|(ix, _)| *ix)
    }

    fn hard(&self) -> impl Iterator<Item = (RuleIx, &'a SourcingRule)> + '_ {
        self.rules.iter().copied().filter(|(_, rule)| rule.is_hard())
    }

    fn is_about(&self, rule: &SourcingRule, sku: SkuIx) -> bool {
        rule.is_about(sku, &self.network.world.skus[sku])
    }

    /// Whether a rule about warehouses is in force at this one now.
    fn stands_at(&self, rule: &SourcingRule, warehouse: WarehouseIx) -> bool {
        rule.is_at(warehouse) && rule.is_in_force(self.today(warehouse))
    }

    fn today(&self, warehouse: WarehouseIx) -> Date {
        self.network.timetable.clock(warehouse).day(self.asked.now).date()
    }

    /// The hard rule that keeps an article from coming from a warehouse.
    pub fn bars(&self, warehouse: WarehouseIx, sku: SkuIx) -> Option<RuleIx> {
        self.hard().find(|(_, rule)| self.is_off(rule, warehouse) && self.is_about(rule, sku)).map(|(ix, _)| ix)
    }

    /// Whether a warehouse is blocked, or too far away.
    fn is_off(&self, rule: &SourcingRule, warehouse: WarehouseIx) -> bool {
        match rule.kind {
            RuleKind::Blocked => self.stands_at(rule, warehouse),
            RuleKind::MaxDistance { within } => {
                self.stands_at(rule, warehouse) && self.network.distance(warehouse, self.asked.postal) > within
            }
            _ => false,
        }
    }

    /// Units of an article that must stay at a warehouse, and the rule.
    pub fn stays(&self, warehouse: WarehouseIx, sku: SkuIx) -> Option<(i64, RuleIx)> {
        let kept = self.hard().filter_map(|(ix, rule)| match rule.kind {
            RuleKind::MinStockLeft { units } => {
                (self.stands_at(rule, warehouse) && self.is_about(rule, sku)).then_some((units, ix))
            }
            _ => None,
        });
        kept.max_by_key(|&(units, ix)| (units, std::cmp::Reverse(ix)))
    }

    /// Units of an article that may come from a warehouse by the rules and what is there; what is held is not counted.
    pub fn units(&self, stock: &dyn StockView, warehouse: WarehouseIx, sku: SkuIx) -> i64 {
        if self.bars(warehouse, sku).is_some() {
            return 0;
        }
        let stays = self.stays(warehouse, sku).map_or(0, |(units, _)| units);
        (stock.available(sku, warehouse) - stays).max(0)
    }

    /// Most shipments that the lines may be sent in, and the rule that says so.
    pub fn most(&self) -> Option<(usize, RuleIx)> {
        let limits = self.hard().filter_map(|(ix, rule)| Some((self.limit(rule)?, ix)));
        limits.min()
    }

    /// Shipments that a rule about the whole order allows these lines.
    fn limit(&self, rule: &SourcingRule) -> Option<usize> {
        match rule.kind {
            RuleKind::MaxSplits { shipments } => Some((shipments as usize).saturating_sub(self.asked.sent).max(1)),
            RuleKind::MinValueToSplit { value } => (self.value() < value).then_some(1),
            RuleKind::NoSplit { whole: true } => {
                self.asked.lines.iter().any(|line| self.is_about(rule, line.sku)).then_some(1)
            }
            _ => None,
        }
    }

    fn value(&self) -> Cents {
        let price = |line: &LineQuantity| self.network.world.skus[line.sku].price * i64::from(line.quantity);
        self.asked.lines.iter().map(price).sum()
    }

    /// Lines that must travel together, as disjoint sets of places in the cart, each with a rule that says so. A set of one line
    /// keeps its units together.
    pub fn together(&self) -> &[(Vec<usize>, RuleIx)] {
        &self.together
    }

    /// Whether lines that must travel together would not, were just these sent together; with the rule.
    pub fn parts_company(&self, lines: &[LineQuantity]) -> Option<RuleIx> {
        let whole = |place: &usize| lines.contains(&self.asked.lines[*place]);
        let some = |place: &usize| lines.iter().any(|line| line.sku == self.asked.lines[*place].sku);
        let torn = |(places, _): &&(Vec<usize>, RuleIx)| places.iter().any(some) && !places.iter().all(whole);
        self.together.iter().find(torn).map(|(_, rule)| *rule)
    }

    /// Sets of hard rules, those that share a line merged.
    fn clusters(&self) -> Vec<(Vec<usize>, RuleIx)> {
        let mut merged: Vec<(Vec<usize>, RuleIx)> = Vec::new();
        for (ix, rule) in self.hard() {
            let Some(mut places) = self.bundle(rule) else { continue };
            let mut first = ix;
            merged.retain(|(other, rule)| {
                let apart = !other.iter().any(|place| places.contains(place));
                if !apart {
                    places.extend(other);
                    first = first.min(*rule);
                }
                apart
            });
            places.sort_unstable();
            places.dedup();
            merged.push((places, first));
        }
        merged.sort();
        merged
    }

    /// Places of the lines that a rule wants together; `None` where it has nothing to say.
    fn bundle(&self, rule: &SourcingRule) -> Option<Vec<usize>> {
        let least = match rule.kind {
            RuleKind::NoSplit { whole: false } => 1,
            RuleKind::Kit => 2,
            _ => return None,
        };
        let lines = self.asked.lines.iter().enumerate();
        let places: Vec<usize> = lines.filter(|(_, line)| self.is_about(rule, line.sku)).map(|(n, _)| n).collect();
        (places.len() >= least).then_some(places)
    }

    /// The hard rule that closes a wave to this order.
    pub fn closes(&self, load: &dyn WaveLoad, wave: &WaveRef) -> Option<RuleIx> {
        self.hard().find(|(_, rule)| self.is_shut(rule, load, wave)).map(|(ix, _)| ix)
    }

    /// The hard rule by which the warehouse of a wave releases nothing on its day.
    pub fn offline(&self, wave: &WaveRef) -> Option<RuleIx> {
        let off = |rule: &SourcingRule| {
            rule.kind == RuleKind::Offline && rule.is_at(wave.warehouse) && rule.is_in_force(wave.date)
        };
        self.hard().find(|(_, rule)| off(rule)).map(|(ix, _)| ix)
    }

    /// Whether a hard rule may close waves of a warehouse.
    pub fn may_close(&self, warehouse: WarehouseIx) -> bool {
        let closes = |rule: &SourcingRule| matches!(rule.kind, RuleKind::Offline | RuleKind::MaxOrdersADay { .. });
        self.hard().any(|(_, rule)| closes(rule) && rule.is_at(warehouse))
    }

    fn is_shut(&self, rule: &SourcingRule, load: &dyn WaveLoad, wave: &WaveRef) -> bool {
        let stands = || rule.is_at(wave.warehouse) && rule.is_in_force(wave.date);
        match rule.kind {
            RuleKind::Offline => stands(),
            RuleKind::MaxOrdersADay { orders } => stands() && self.others(rule, load, wave) >= orders,
            _ => false,
        }
    }

    /// Orders of the rule on the wave's day, this one not counted.
    fn others(&self, rule: &SourcingRule, load: &dyn WaveLoad, wave: &WaveRef) -> i64 {
        let here = |planned: &&PlannedShipment| planned.warehouse == wave.warehouse && planned.wave.date == wave.date;
        let own = self.asked.held.iter().filter(here).count() as i64;
        load.orders_on(wave.warehouse, wave.date, rule.merchant, rule.channel.as_ref()) - own
    }
}

/// Units of an article that new plans must leave at a warehouse, by the hard rules of its day.
pub fn units_left(network: &Network, warehouse: WarehouseIx, sku: SkuIx, now: Timestamp) -> i64 {
    let (world, goods) = (&network.world, &network.world.skus[sku]);
    let today = || network.timetable.clock(warehouse).day(now).date();
    let left = world.rules.iter().filter(|rule| rule.is_hard()).filter_map(|rule| match rule.kind {
        RuleKind::MinStockLeft { units } => {
            let bound = rule.binds(goods.merchant, None) && rule.is_at(warehouse) && rule.is_about(sku, goods);
            (bound && rule.is_in_force(today())).then_some(units)
        }
        _ => None,
    });
    left.max().unwrap_or(0)
}

/// Waves that rules close have no room.
pub struct Closed<'a> {
    /// The room that there is.
    pub load: &'a dyn WaveLoad,
    /// The rules.
    pub binding: &'a Binding<'a>,
}

impl WaveLoad for Closed<'_> {
    fn beneath(&self) -> Option<&dyn WaveLoad> {
        Some(self.load)
    }

    fn free_work(&self, wave: &WaveRef) -> i64 {
        if self.binding.closes(self.load, wave).is_some() { -1 } else { self.load.free_work(wave) }
    }

    fn work_released(&self, wave: &WaveRef, need: i64) -> Option<Timestamp> {
        if self.binding.closes(self.load, wave).is_some() { None } else { self.load.work_released(wave, need) }
    }
}
