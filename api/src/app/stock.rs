//! Stock: looked at, counted, brought in.

use engine::fulfilment::{Event, Refusal};
use engine::model::{SkuIx, WarehouseIx};
use engine::stock::{Slot, StockEvent};

use super::{App, AppError};

/// Stock of a SKU at a warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockRow {
    /// Which goods.
    pub sku: SkuIx,
    /// Where.
    pub warehouse: WarehouseIx,
    /// How much.
    pub slot: Slot,
}

impl App {
    /// Rows after the one named, by SKU and warehouse, that `wanted` lets through; at most `limit`.
    pub fn stock(
        &self,
        after: Option<(SkuIx, WarehouseIx)>,
        limit: usize,
        wanted: impl Fn(SkuIx, WarehouseIx) -> bool,
    ) -> Vec<StockRow> {
        self.read(|state| {
            let rows = state.ledger().slots().map(|(sku, warehouse, slot)| StockRow { sku, warehouse, slot: *slot });
            rows.filter(|row| after.is_none_or(|after| (row.sku, row.warehouse) > after))
                .filter(|row| wanted(row.sku, row.warehouse))
                .take(limit)
                .collect()
        })
    }

    /// Books a count that found more or less than the books say.
    pub async fn adjust_stock(&self, sku: SkuIx, warehouse: WarehouseIx, delta: i64) -> Result<StockRow, AppError> {
        self.submit(None, move |state| {
            let changes = state.ledger().decide_adjust(sku, warehouse, delta)?;
            Ok((changes.into_iter().map(|change| Event::Stock { change }).collect(), ()))
        })
        .await?;
        Ok(StockRow { sku, warehouse, slot: self.read(|state| state.ledger().slot(sku, warehouse)) })
    }

    /// Ends every soft hold whose time has come. Blocks; for jobs.
    pub fn expire_holds(&self) -> Result<(), AppError> {
        let now = self.now();
        if self.read(|state| state.ledger().decide_expire(now).is_empty()) {
            return Ok(());
        }
        self.decide_blocking(now, move |state| {
            Ok(state.ledger().decide_expire(now).into_iter().map(|change| Event::Stock { change }).collect())
        })
        .map_err(|error| super::submit_error(&self.network, error))
    }

    /// Books deliveries, all or none.
    pub async fn receive_stock(&self, rows: Vec<(SkuIx, WarehouseIx, i64)>) -> Result<(), AppError> {
        self.submit(None, move |_| {
            if rows.iter().any(|(_, _, quantity)| *quantity <= 0) {
                return Err(Refusal::Invalid("a delivery needs at least 1 unit a row".to_owned()));
            }
            let received =
                rows.iter().map(|&(sku, warehouse, quantity)| StockEvent::Received { sku, warehouse, quantity });
            Ok((received.map(|change| Event::Stock { change }).collect(), ()))
        })
        .await
        .map(|_| ())
    }
}
