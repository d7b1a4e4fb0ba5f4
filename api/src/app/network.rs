//! Names of the network: from the ids that callers use to the indices that planners use, with every fault at once.

use std::collections::BTreeSet;

use engine::fault::Fault;
use engine::fulfilment::LineQuantity;
use engine::ids::SkuId;
use engine::model::{MerchantIx, PostalIx, WarehouseIx};

use super::App;

/// Most lines of one cart.
const MAX_LINES: usize = 200;
/// Most units of one line.
const MAX_UNITS: i64 = 100_000;

impl App {
    /// The merchant with this id, or a fault at `at`.
    pub fn find_merchant(&self, at: &str, id: &str, faults: &mut Vec<Fault>) -> Option<MerchantIx> {
        found(self.network.world.merchant(id), at, "merchant", id, "must be a merchant of the network", faults)
    }

    /// The postal area with this code, or a fault at `at`.
    pub fn find_postal(&self, at: &str, code: &str, faults: &mut Vec<Fault>) -> Option<PostalIx> {
        let rule = "must be a five-digit US postal code that the network serves";
        found(self.network.world.postal(code), at, "postal_code", code, rule, faults)
    }

    /// The warehouse with this id, or a fault at `at`.
    pub fn find_warehouse(&self, at: &str, id: &str, faults: &mut Vec<Fault>) -> Option<WarehouseIx> {
        found(self.network.world.warehouse(id), at, "warehouse", id, "must be a warehouse of the network", faults)
    }

    /// The lines of a cart; each SKU may stand once.
    pub fn find_lines(
        &self,
        merchant: MerchantIx,
        lines: &[(String, i64)],
        faults: &mut Vec<Fault>,
    ) -> Vec<LineQuantity> {
        if lines.is_empty() || lines.len() > MAX_LINES {
            faults.push(Fault::new("", "lines", lines.len(), format!("must hold 1 to {MAX_LINES} lines")));
        }
        let mut seen = BTreeSet::new();
        let mut lines_found = Vec::with_capacity(lines.len());
        for (n, (sku, quantity)) in lines.iter().enumerate().take(MAX_LINES) {
            let at = format!("/lines/{n}");
            if !seen.insert(sku) {
                faults.push(Fault::new(&at, "sku", sku, "must stand on one line only: add the quantities up"));
            }
            if !(1..=MAX_UNITS).contains(quantity) {
                faults.push(Fault::new(&at, "quantity", quantity, format!("must be 1 to {MAX_UNITS}")));
            }
            let known = SkuId::new(sku).ok().and_then(|id| self.network.world.sku(merchant, &id));
            let sku = found(known, &at, "sku", sku, "must be a SKU of the merchant", faults);
            if let Some(sku) = sku
                && let Ok(quantity) = u32::try_from(*quantity)
            {
                lines_found.push(LineQuantity { sku, quantity });
            }
        }
        lines_found
    }
}

fn found<T>(known: Option<T>, at: &str, field: &str, value: &str, rule: &str, faults: &mut Vec<Fault>) -> Option<T> {
    if known.is_none() {
        faults.push(Fault::new(at, field, value, rule));
    }
    known
}
