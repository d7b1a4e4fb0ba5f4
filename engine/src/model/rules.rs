//! Sourcing rules: from where a merchant's orders may be sent, in how many shipments, and at what price a rule bends.
//!
//! A rule is hard, or soft with a price that steers and is never charged. It stands in dated versions: rules of one id whose
//! days do not overlap. Rules about an order go by the calendar at the buyer's door, rules about a warehouse by that of the
//! warehouse, rules about a day's work by the date of the wave. What a rule means for a cart is told by [`crate::sourcing`].

use std::collections::BTreeMap;

use crate::calendar::civil::Date;
use crate::fault::Fault;
use crate::ids::{ChannelId, RuleId};
use crate::index_type;
use crate::units::{Cents, Metres};

use super::{CategoryIx, MerchantIx, Parts, Sku, SkuIx, WarehouseIx};

index_type!(
    /// A version of a sourcing rule.
    RuleIx
);

/// No soft rule costs more, in cents: leaving an order out of a plan must stay dearer than any rule.
const DEAREST: i64 = 20_000;

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// An order is sent in at most so many shipments; soft: each further one is charged.
    MaxSplits {
        /// How many.
        shipments: u32,
    },
    /// An order whose goods are worth less is sent whole; soft: each further shipment is charged.
    MinValueToSplit {
        /// What they must be worth.
        value: Cents,
    },
    /// An order that holds goods of the rule is sent whole, or those goods are sent together; soft: each further shipment, of
    /// all or of those goods, is charged.
    NoSplit {
        /// The whole order, or the goods listed.
        whole: bool,
    },
    /// The articles listed are sent together where one order holds several of them; soft: as in [`RuleKind::NoSplit`].
    Kit,
    /// The warehouse is at most so far from the buyer; soft: each shipment from farther away is charged.
    MaxDistance {
        /// Great circle.
        within: Metres,
    },
    /// New plans leave so many units of an article at a warehouse; soft: each shipment that does not is charged.
    MinStockLeft {
        /// Units.
        units: i64,
    },
    /// The warehouses listed are preferred: each shipment from another one is charged. Soft only.
    Preferred,
    /// The warehouses listed are not used; soft: each shipment from them is charged.
    Blocked,
    /// The warehouses listed release nothing on these days, whoever orders; soft: each shipment in a wave of them is charged.
    Offline,
    /// At most so many orders are planned in the waves of one day of a warehouse; soft: each one beyond is charged.
    MaxOrdersADay {
        /// How many.
        orders: i64,
    },
}

impl RuleKind {
    /// Its word in files and on the wire.
    pub fn word(&self) -> &'static str {
        match self {
            Self::MaxSplits { .. } => "max_splits",
            Self::MinValueToSplit { .. } => "min_value_to_split",
            Self::NoSplit { .. } => "no_split",
            Self::Kit => "kit",
            Self::MaxDistance { .. } => "max_distance",
            Self::MinStockLeft { .. } => "min_stock_left",
            Self::Preferred => "preferred",
            Self::Blocked => "blocked",
            Self::Offline => "offline",
            Self::MaxOrdersADay { .. } => "max_orders_a_day",
        }
    }
}

/// One version of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct SourcingRule {
    /// Its id; versions share it.
    pub id: RuleId,
    /// Whose orders it binds; all merchants' where empty.
    pub merchant: Option<MerchantIx>,
    /// Of which sales channel; of all where empty.
    pub channel: Option<ChannelId>,
    /// What it asks for.
    pub kind: RuleKind,
    /// Which warehouses it is about; all where empty.
    pub warehouses: Vec<WarehouseIx>,
    /// Which articles.
    pub skus: Vec<SkuIx>,
    /// Which categories of goods, beside the articles; all goods where both are empty.
    pub categories: Vec<CategoryIx>,
    /// What breaking it costs; hard where empty.
    pub price: Option<Cents>,
    /// First day of the version; always before the last where empty.
    pub first_day: Option<Date>,
    /// Last day of the version; without end where empty.
    pub last_day: Option<Date>,
}

impl SourcingRule {
    /// Whether it must be kept.
    pub fn is_hard(&self) -> bool {
        self.price.is_none()
    }

    /// Whether orders of this merchant and channel are bound.
    pub fn binds(&self, merchant: MerchantIx, channel: Option<&ChannelId>) -> bool {
        self.merchant.is_none_or(|own| own == merchant) && self.channel.as_ref().is_none_or(|own| Some(own) == channel)
    }

    /// Whether this version is in force on a day.
    pub fn is_in_force(&self, day: Date) -> bool {
        self.first_day.is_none_or(|first| first <= day) && self.last_day.is_none_or(|last| day <= last)
    }

    /// Whether it is about a warehouse.
    pub fn is_at(&self, warehouse: WarehouseIx) -> bool {
        self.warehouses.is_empty() || self.warehouses.contains(&warehouse)
    }

    /// Whether it is about an article.
    pub fn is_about(&self, ix: SkuIx, sku: &Sku) -> bool {
        let all = self.skus.is_empty() && self.categories.is_empty();
        all || self.skus.contains(&ix) || self.categories.contains(&sku.category)
    }
}

/// Every fault of the rules, in their order, then versions that overlap.
pub(super) fn faults(parts: &Parts) -> Vec<Fault> {
    let mut found = Vec::new();
    for (n, rule) in parts.rules.iter().enumerate() {
        let mut must = |holds: bool, field: &str, value: String, must: &str| {
            if !holds {
                found.push(Fault::new(parts.origins.of("rule", n), field, value, must));
            }
        };
        names(parts, rule, &mut must);
        goods(parts, rule, &mut must);
        scope(parts, rule, &mut must);
        numbers(rule, &mut must);
    }
    found.extend(overlaps(parts));
    found
}

/// Takes what must hold, the field, its value and the rule.
type Must<'m> = dyn FnMut(bool, &str, String, &str) + 'm;

fn names(parts: &Parts, rule: &SourcingRule, must: &mut Must) {
    must(
        rule.merchant.is_none_or(|ix| parts.merchants.get(ix).is_some()),
        "merchant",
        format!("{:?}", rule.merchant),
        "must exist",
    );
    let known = rule.warehouses.iter().all(|&ix| parts.warehouses.get(ix).is_some());
    must(known, "warehouses", format!("{:?}", rule.warehouses), "must exist");
    let known = rule.skus.iter().all(|&ix| parts.skus.get(ix).is_some())
        && rule.categories.iter().all(|&ix| parts.categories.get(ix).is_some());
    must(known, "skus, categories", String::new(), "must exist");
}

fn goods(parts: &Parts, rule: &SourcingRule, must: &mut Must) {
    let own = |&ix: &SkuIx| parts.skus.get(ix).is_none_or(|sku| Some(sku.merchant) == rule.merchant);
    let named = format!("{} articles, {} categories", rule.skus.len(), rule.categories.len());
    must(
        rule.skus.iter().all(own),
        "skus",
        named.clone(),
        "must be articles of the rule's merchant, who must be named",
    );
    match rule.kind {
        RuleKind::NoSplit { .. } => {
            let some = !rule.skus.is_empty() || !rule.categories.is_empty();
            must(some, "skus, categories", named, "must name at least one for no_split");
        }
        RuleKind::Kit => {
            let articles = rule.skus.len() >= 2 && rule.categories.is_empty();
            must(articles, "skus, categories", named, "must name two or more articles, and no category, for kit");
        }
        RuleKind::MaxDistance { .. } | RuleKind::MinStockLeft { .. } | RuleKind::Preferred | RuleKind::Blocked => {}
        RuleKind::MaxSplits { .. }
        | RuleKind::MinValueToSplit { .. }
        | RuleKind::Offline
        | RuleKind::MaxOrdersADay { .. } => {
            let none = rule.skus.is_empty() && rule.categories.is_empty();
            must(none, "skus, categories", named, "must be empty for a rule of this kind");
        }
    }
}

fn scope(parts: &Parts, rule: &SourcingRule, must: &mut Must) {
    let listed = format!("{} warehouses", rule.warehouses.len());
    match rule.kind {
        RuleKind::Preferred | RuleKind::Blocked | RuleKind::Offline => {
            must(!rule.warehouses.is_empty(), "warehouses", listed, "must name at least one for a rule of this kind");
        }
        RuleKind::MaxDistance { .. } | RuleKind::MinStockLeft { .. } | RuleKind::MaxOrdersADay { .. } => {}
        RuleKind::MaxSplits { .. } | RuleKind::MinValueToSplit { .. } | RuleKind::NoSplit { .. } | RuleKind::Kit => {
            must(rule.warehouses.is_empty(), "warehouses", listed, "must be empty for a rule of this kind");
        }
    }
    let channel = rule.channel.as_ref().map_or_else(String::new, ToString::to_string);
    if let RuleKind::MinStockLeft { .. } | RuleKind::Offline = rule.kind {
        let rule_text = "must be empty for a rule of this kind: all channels take from the same shelf";
        must(rule.channel.is_none(), "channel", channel, rule_text);
    }
    if rule.kind == RuleKind::Offline {
        let merchant = rule.merchant.and_then(|ix| parts.merchants.get(ix)).map_or("", |merchant| merchant.id.as_str());
        must(rule.merchant.is_none(), "merchant", merchant.to_owned(), "must be empty for offline");
    }
}

fn numbers(rule: &SourcingRule, must: &mut Must) {
    let (limit, least, most) = match rule.kind {
        RuleKind::MaxSplits { shipments } => (i64::from(shipments), 1, 1_000),
        RuleKind::MinValueToSplit { value } => (value.get(), 1, 1_000_000_000),
        RuleKind::MaxDistance { within } => (within.get(), 0, 25_000_000),
        RuleKind::MinStockLeft { units } => (units, 1, 1_000_000_000),
        RuleKind::MaxOrdersADay { orders } => (orders, 0, 1_000_000_000),
        RuleKind::NoSplit { .. } | RuleKind::Kit | RuleKind::Preferred | RuleKind::Blocked | RuleKind::Offline => {
            (0, 0, 0)
        }
    };
    let range = format!("must be {least} to {most} for {}", rule.kind.word());
    must((least..=most).contains(&limit), "limit", limit.to_string(), &range);
    let price = rule.price.map_or_else(String::new, |price| price.get().to_string());
    let fair = rule.price.is_none_or(|price| (1..=DEAREST).contains(&price.get()));
    must(fair, "price_cents", price, &format!("must be 1 to {DEAREST}, or empty for a hard rule"));
    let soft = rule.price.is_some() || rule.kind != RuleKind::Preferred;
    must(soft, "price_cents", String::new(), "must be given for preferred: it is soft only; a hard one is blocked");
    let ordered = rule.first_day.zip(rule.last_day).is_none_or(|(first, last)| first <= last);
    let last = rule.last_day.map_or_else(String::new, |day| day.to_string());
    must(ordered, "last_day", last, "must not lie before first_day");
}

/// Versions of one id of which two are in force on one day.
fn overlaps(parts: &Parts) -> Vec<Fault> {
    let mut versions: BTreeMap<&RuleId, Vec<RuleIx>> = BTreeMap::new();
    parts.rules.enumerate().for_each(|(ix, rule)| versions.entry(&rule.id).or_default().push(ix));
    let mut found = Vec::new();
    for of_id in versions.values_mut() {
        of_id.sort_by_key(|&ix| (parts.rules[ix].first_day.unwrap_or(Date::MIN), ix));
        for pair in of_id.windows(2) {
            let (earlier, later) = (&parts.rules[pair[0]], &parts.rules[pair[1]]);
            let starts = later.first_day.unwrap_or(Date::MIN);
            if earlier.last_day.is_none_or(|last| last >= starts) {
                let at = parts.origins.of("rule", pair[1].0 as usize);
                let text = "versions of one rule must not overlap in time: end the earlier one before this day";
                found.push(Fault::new(at, "first_day", starts, text));
            }
        }
    }
    found
}
