//! `sourcing_rules.csv` into the world's rules.

use engine::fault::Fault;
use engine::ids::ChannelId;
use engine::index::Index;
use engine::model::{MerchantIx, RuleKind, SkuIx, SourcingRule};
use engine::units::{Cents, Metres};

use super::rows::{RuleRow, RuleWord, Scope};
use super::table::{Names, Tables};
use super::world::Reader;

impl Reader<'_> {
    /// Sourcing rules; none where there is no such file.
    pub(super) fn rules(&mut self) {
        for (at, row) in self.tables.read_if_there::<RuleRow>("sourcing_rules.csv") {
            let merchant = (!row.merchant.is_empty())
                .then(|| self.names.merchants.find(self.tables, &at, "merchant", &row.merchant));
            let channel = self.channel(&at, &row.channel);
            let kind = kind(self.tables, &at, &row);
            let warehouses = listed(self.tables, &self.names.warehouses, &at, "warehouses", &row.warehouses);
            let categories = listed(self.tables, &self.names.categories, &at, "categories", &row.categories);
            let skus = self.articles(&at, merchant, &row.skus);
            let Some(id) = self.id(&at, "rule", &row.rule) else { continue };
            self.parts.origins.note("rule", self.parts.rules.len(), at);
            self.parts.rules.push(SourcingRule {
                id,
                merchant,
                channel,
                kind,
                warehouses,
                skus,
                categories,
                price: row.price_cents.map(Cents::new),
                first_day: row.first_day.map(|day| day.0),
                last_day: row.last_day.map(|day| day.0),
            });
        }
    }

    fn channel(&mut self, at: &str, text: &str) -> Option<ChannelId> {
        if text.is_empty() { None } else { self.id(at, "channel", text) }
    }

    /// Articles of the rule's merchant.
    fn articles(&mut self, at: &str, merchant: Option<MerchantIx>, cell: &str) -> Vec<SkuIx> {
        let mut found = Vec::new();
        for name in cell.split_whitespace() {
            let sku = merchant.and_then(|merchant| self.names.skus.get(&(merchant, name.to_owned())).copied());
            if sku.is_none() && self.tables.has("skus.csv") && self.tables.has("merchants.csv") {
                let rule = "must be an article of the rule's merchant in skus.csv; a rule that lists articles names its merchant";
                self.tables.faults.push(Fault::new(at, "skus", name, rule));
            }
            found.extend(sku);
        }
        sorted(self.tables, at, "skus", found)
    }
}

/// Names of a cell, with spaces between.
fn listed<I: Index>(tables: &mut Tables, names: &Names<I>, at: &str, field: &str, cell: &str) -> Vec<I> {
    let found = cell.split_whitespace().filter_map(|name| names.seek(tables, at, field, name)).collect();
    sorted(tables, at, field, found)
}

fn sorted<I: Index>(tables: &mut Tables, at: &str, field: &str, mut found: Vec<I>) -> Vec<I> {
    let all = found.len();
    found.sort_unstable();
    found.dedup();
    if found.len() < all {
        tables.faults.push(Fault::new(at, field, "", "must name nothing twice"));
    }
    found
}

/// The rule's kind with its number. Where that is missing, one that keeps the world's rules: the fault is noted here.
fn kind(tables: &mut Tables, at: &str, row: &RuleRow) -> RuleKind {
    let wants_limit = matches!(
        row.kind,
        RuleWord::MaxSplits
            | RuleWord::MinValueToSplit
            | RuleWord::MaxDistance
            | RuleWord::MinStockLeft
            | RuleWord::MaxOrdersADay
    );
    let mut require = |holds: bool, field: &str, value: String, rule: &str| {
        if !holds {
            tables.faults.push(Fault::new(at, field, value, rule));
        }
    };
    let value = row.limit.map_or_else(String::new, |limit| limit.to_string());
    let rule = if wants_limit { "is needed for a rule of this kind" } else { "must be empty for a rule of this kind" };
    require(row.limit.is_some() == wants_limit, "limit", value, rule);
    let wants_scope = row.kind == RuleWord::NoSplit;
    let value = row.scope.map_or_else(String::new, |scope| format!("{scope:?}").to_lowercase());
    let rule =
        if wants_scope { "must be order or goods for no_split" } else { "must be empty for a rule of this kind" };
    require(row.scope.is_some() == wants_scope, "scope", value, rule);
    let limit = row.limit.unwrap_or(1);
    match row.kind {
        RuleWord::MaxSplits => RuleKind::MaxSplits { shipments: u32::try_from(limit).unwrap_or(u32::MAX) },
        RuleWord::MinValueToSplit => RuleKind::MinValueToSplit { value: Cents::new(limit) },
        RuleWord::NoSplit => RuleKind::NoSplit { whole: row.scope == Some(Scope::Order) },
        RuleWord::Kit => RuleKind::Kit,
        RuleWord::MaxDistance => RuleKind::MaxDistance { within: Metres::new(limit.saturating_mul(1_000)) },
        RuleWord::MinStockLeft => RuleKind::MinStockLeft { units: limit },
        RuleWord::Preferred => RuleKind::Preferred,
        RuleWord::Blocked => RuleKind::Blocked,
        RuleWord::Offline => RuleKind::Offline,
        RuleWord::MaxOrdersADay => RuleKind::MaxOrdersADay { orders: limit },
    }
}
