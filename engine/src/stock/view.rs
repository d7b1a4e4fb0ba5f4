//! What can be promised, as planners ask it: of the ledger itself, or of a view that counts some rows as larger.

use crate::model::{SkuIx, WarehouseIx};

use super::Ledger;

/// Units that can be promised.
pub trait StockView {
    /// From a warehouse; never below zero.
    fn available(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64;
    /// From all warehouses together.
    fn available_in_network(&self, sku: SkuIx) -> i64;
}

impl StockView for Ledger {
    fn available(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64 {
        Ledger::available(self, sku, warehouse)
    }

    fn available_in_network(&self, sku: SkuIx) -> i64 {
        Ledger::available_in_network(self, sku)
    }
}
