//! What soft rules charge a set of shipments.
//!
//! A rule about warehouses charges each shipment that breaks it once, a rule about an order each shipment beyond what it
//! allows, a rule about goods that belong together each shipment beyond the first that holds some of them.
//! So the sum falls into a part that each shipment pays by itself ([`Binding::of_shipment`]) and one by the number of
//! shipments ([`Binding::of_count`]): what the assignment kernel can price exactly.

use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::model::{RuleIx, RuleKind, SkuIx, SourcingRule, WarehouseIx};
use crate::promise::{WaveLoad, WaveRef};
use crate::stock::StockView;
use crate::units::Cents;

use super::Binding;

/// One shipment, as far as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// From where.
    pub warehouse: WarehouseIx,
    /// In which wave.
    pub wave: WaveRef,
    /// What.
    pub lines: &'a [LineQuantity],
}

impl<'a> From<&'a PlannedShipment> for Sending<'a> {
    fn from(planned: &'a PlannedShipment) -> Self {
        Self { warehouse: planned.warehouse, wave: planned.wave, lines: &planned.lines }
    }
}

/// What a soft rule charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Levied {
    /// Which rule.
    pub rule: RuleIx,
    /// How much, above 0.
    pub price: Cents,
}

impl Binding<'_> {
    /// What the soft rules charge these shipments, rule by rule.
    pub fn levies(&self, stock: &dyn StockView, load: &dyn WaveLoad, shipments: &[Sending]) -> Vec<Levied> {
        let charged = self.rules.iter().filter_map(|&(ix, rule)| {
            let alone: i64 = shipments.iter().map(|sending| self.times(rule, stock, load, sending)).sum();
            let times = alone + self.beyond(rule, shipments.len()) + self.scattered(rule, shipments);
            let price = rule.price? * times;
            (times > 0).then_some(Levied { rule: ix, price })
        });
        charged.collect()
    }

    /// What a shipment pays by itself. Goods that belong together pay wherever the first of them is not, so that the sum over an
    /// order's shipments of whole lines is what [`Binding::levies`] says.
    pub fn of_shipment(&self, stock: &dyn StockView, load: &dyn WaveLoad, sending: &Sending) -> Cents {
        let of_rule = |(_, rule): &(RuleIx, &SourcingRule)| {
            let apart = i64::from(self.is_apart(rule, sending.lines));
            rule.price.map_or(Cents::ZERO, |price| price * (self.times(rule, stock, load, sending) + apart))
        };
        self.rules.iter().map(of_rule).sum()
    }

    /// What an order pays for being sent in so many shipments.
    pub fn of_count(&self, shipments: usize) -> Cents {
        let of_rule = |(_, rule): &(RuleIx, &SourcingRule)| {
            rule.price.map_or(Cents::ZERO, |price| price * self.beyond(rule, shipments))
        };
        self.rules.iter().map(of_rule).sum()
    }

    /// Whether a soft rule about waves binds, so that a later wave may cost less.
    pub fn prices_waves(&self) -> bool {
        let by_day = |rule: &SourcingRule| matches!(rule.kind, RuleKind::Offline | RuleKind::MaxOrdersADay { .. });
        self.rules.iter().any(|(_, rule)| !rule.is_hard() && by_day(rule))
    }

    /// How often a soft rule about warehouses charges a shipment: once or not.
    fn times(&self, rule: &SourcingRule, stock: &dyn StockView, load: &dyn WaveLoad, sending: &Sending) -> i64 {
        let Sending { warehouse, wave, lines } = *sending;
        let about = || lines.iter().any(|line| self.is_about(rule, line.sku));
        let charged = match rule.kind {
            RuleKind::Preferred => !rule.is_at(warehouse) && rule.is_in_force(self.today(warehouse)) && about(),
            RuleKind::Blocked | RuleKind::MaxDistance { .. } => self.is_off(rule, warehouse) && about(),
            RuleKind::MinStockLeft { units } => {
                let dips = |line: &LineQuantity| {
                    let there = stock.available(line.sku, warehouse) + self.held_of(line.sku, warehouse);
                    self.is_about(rule, line.sku) && there - i64::from(line.quantity) < units
                };
                self.stands_at(rule, warehouse) && lines.iter().any(dips)
            }
            RuleKind::Offline | RuleKind::MaxOrdersADay { .. } => self.is_shut(rule, load, &wave),
            RuleKind::MaxSplits { .. }
            | RuleKind::MinValueToSplit { .. }
            | RuleKind::NoSplit { .. }
            | RuleKind::Kit => false,
        };
        i64::from(charged && !rule.is_hard())
    }

    fn held_of(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64 {
        let here = self.asked.held.iter().filter(|planned| planned.warehouse == warehouse);
        here.flat_map(|planned| &planned.lines)
            .filter(|line| line.sku == sku)
            .map(|line| i64::from(line.quantity))
            .sum()
    }

    /// Shipments beyond what a rule about the whole order allows.
    fn beyond(&self, rule: &SourcingRule, shipments: usize) -> i64 {
        self.limit(rule).map_or(0, |limit| shipments.saturating_sub(limit) as i64)
    }

    /// Shipments beyond the first that hold goods which a rule wants together.
    fn scattered(&self, rule: &SourcingRule, shipments: &[Sending]) -> i64 {
        let Some(places) = self.bundle(rule) else { return 0 };
        let holds = |sending: &&Sending| {
            places.iter().any(|&place| sending.lines.iter().any(|line| line.sku == self.asked.lines[place].sku))
        };
        (shipments.iter().filter(holds).count() as i64 - 1).max(0)
    }

    /// Whether lines hold goods that a rule wants together, but not the first of them.
    fn is_apart(&self, rule: &SourcingRule, lines: &[LineQuantity]) -> bool {
        let Some(places) = self.bundle(rule) else { return false };
        let holds = |place: &usize| lines.iter().any(|line| line.sku == self.asked.lines[*place].sku);
        !places.first().is_some_and(holds) && places.iter().any(holds)
    }
}
