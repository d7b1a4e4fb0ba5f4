//! What can be promised, as planners ask it: of the ledger itself, or of a view that counts some rows as larger.

use crate::model::{SkuIx, WarehouseIx};

use super::{Ledger, StockLine};

/// Units that can be promised.
pub trait StockView {
    /// From a warehouse; never below zero.
    fn available(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64;
    /// From all warehouses together.
    fn available_in_network(&self, sku: SkuIx) -> i64;
}

/// A ledger in which some stock is free that is held softly: for the order that the hold was made for.
#[derive(Clone, Copy, Debug)]
pub struct Freed<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// What the hold has.
    pub lines: &'a [StockLine],
}

impl Freed<'_> {
    fn freed(&self, suits: impl Fn(&StockLine) -> bool) -> i64 {
        self.lines.iter().filter(|line| suits(line)).map(|line| i64::from(line.quantity)).sum()
    }
}

impl StockView for Freed<'_> {
    fn available(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64 {
        let freed = self.freed(|line| (line.sku, line.warehouse) == (sku, warehouse));
        (self.ledger.slot(sku, warehouse).available() + freed).max(0)
    }

    fn available_in_network(&self, sku: SkuIx) -> i64 {
        let slots = self.ledger.warehouses();
        slots.map(|warehouse| self.available(sku, warehouse)).sum()
    }
}

impl StockView for Ledger {
    fn available(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64 {
        Ledger::available(self, sku, warehouse)
    }

    fn available_in_network(&self, sku: SkuIx) -> i64 {
        Ledger::available_in_network(self, sku)
    }
}
