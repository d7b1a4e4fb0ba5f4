//! What sourcing rules leave out of a quote.

use crate::fulfilment::LineQuantity;
use crate::model::{RuleIx, SkuIx, WarehouseIx};
use crate::promise;
use crate::sourcing::{Asked, Binding};

use super::sourcing::Sourcing;
use super::{Request, View};

/// Something that a hard rule leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ruled {
    /// The rule.
    pub rule: RuleIx,
    /// The warehouse that is left out; none where a rule is about how the cart is split.
    pub warehouse: Option<WarehouseIx>,
    /// The goods that do not come from there; none where it is about all of them.
    pub sku: Option<SkuIx>,
}

/// Waves looked at for one that a rule closes: those of the next days.
const WAVES: usize = 4;

/// The rules that bind a request.
pub fn binding<'a>(view: &View<'a>, request: &'a Request) -> Binding<'a> {
    let asked = Asked {
        merchant: request.merchant,
        channel: request.channel.as_ref(),
        postal: request.postal,
        lines: &request.lines,
        now: request.now,
        sent: request.sent,
        held: &[],
    };
    Binding::new(view.network, view.load, asked)
}

/// Warehouses with goods of the cart that rules keep out of it, and rules against the splits that would be needed.
pub(super) fn left_out(view: &View, request: &Request, binding: &Binding, sourcings: &[Sourcing]) -> Vec<Ruled> {
    let mut found = Vec::new();
    if binding.is_free() {
        return found;
    }
    for warehouse in view.network.world.warehouses.indices().filter(|at| Some(*at) != request.not_from) {
        let held = |line: &&LineQuantity| view.ledger.available(line.sku, warehouse) > 0;
        let held: Vec<&LineQuantity> = request.lines.iter().filter(held).collect();
        found.extend(held.iter().filter_map(|line| barred(view, binding, warehouse, line)));
        if !held.is_empty() && binding.may_close(warehouse) {
            let waves = promise::next_waves(view.network, warehouse, request.now, WAVES);
            let closing = waves.iter().find_map(|wave| binding.closes(view.load, wave));
            found.extend(closing.map(|rule| Ruled { rule, warehouse: Some(warehouse), sku: None }));
        }
    }
    if sourcings.is_empty() {
        let splits = binding.most().map(|(_, rule)| rule).into_iter();
        let splits = splits.chain(binding.together().iter().map(|(_, rule)| *rule));
        found.extend(splits.map(|rule| Ruled { rule, warehouse: None, sku: None }));
    }
    found.sort();
    found.dedup();
    found
}

/// The rule that keeps a line, which is there, from coming from a warehouse.
fn barred(view: &View, binding: &Binding, warehouse: WarehouseIx, line: &LineQuantity) -> Option<Ruled> {
    let (sku, wanted) = (line.sku, i64::from(line.quantity));
    let short = || {
        let there = view.ledger.available(sku, warehouse);
        let stays = binding.stays(warehouse, sku).filter(|&(units, _)| there >= wanted && there - units < wanted);
        stays.map(|(_, rule)| rule)
    };
    let rule = binding.bars(warehouse, sku).or_else(short)?;
    Some(Ruled { rule, warehouse: Some(warehouse), sku: Some(sku) })
}
