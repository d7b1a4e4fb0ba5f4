//! A network as a folder of CSV files: read, checked, every fault reported with file, line and field.
//!
//! The files and their columns are described in `data/demo/README.md`. Syntax and names are checked here; the rules that
//! numbers must keep are the world's own ([`World::new`]), reported at the line they were read from.

mod rows;
mod table;
mod world;

use std::path::Path;

use engine::calendar::civil::Date;
use engine::fault::Fault;
use engine::fulfilment::LineQuantity;
use engine::ids::OrderId;
use engine::model::{SkuIx, WarehouseIx, World};
use engine::peak::Arrival;

use table::{Tables, key};

/// What a folder describes.
#[derive(Debug)]
pub struct Loaded {
    /// The network.
    pub world: World,
    /// Stock at the start: units by SKU and warehouse.
    pub stock: Vec<(SkuIx, WarehouseIx, i64)>,
}

/// An order of the recorded stream.
#[derive(Clone, Debug)]
pub struct RecordedOrder {
    /// The order.
    pub arrival: Arrival,
    /// The buyer's local date.
    pub local_date: Date,
}

/// Reads network and stock from `folder`.
pub fn load(folder: &Path) -> Result<Loaded, Vec<Fault>> {
    let mut tables = Tables::new(folder);
    let parts = world::parts(&mut tables);
    let stock_rows = tables.read::<rows::StockRow>("stock.csv");
    let world = match World::new(parts) {
        Ok(world) if tables.faults.is_empty() => world,
        Ok(_) => return Err(tables.faults),
        Err(faults) => {
            tables.faults.extend(faults);
            return Err(tables.faults);
        }
    };
    let mut stock = Vec::with_capacity(stock_rows.len());
    for (at, row) in &stock_rows {
        let sku = world.merchant(&row.merchant).and_then(|m| world.sku(m, &key(&row.sku)?));
        let sku = tables.known(sku, at, "sku", &row.sku, "must be a SKU of the merchant in skus.csv");
        let warehouse =
            tables.known(world.warehouse(&row.warehouse), at, "warehouse", &row.warehouse, "must be in warehouses.csv");
        if row.on_hand < 0 {
            tables.faults.push(Fault::new(at, "on_hand", row.on_hand, "must not be negative"));
        }
        if let (Some(sku), Some(warehouse)) = (sku, warehouse)
            && row.on_hand > 0
        {
            stock.push((sku, warehouse, row.on_hand));
        }
    }
    tables.end(Loaded { world, stock })
}

/// Reads the recorded order stream of `folder`, by time.
pub fn load_orders(folder: &Path, world: &World) -> Result<Vec<RecordedOrder>, Vec<Fault>> {
    let mut tables = Tables::new(folder);
    let order_rows = tables.read::<rows::OrderRow>("orders.csv");
    let line_rows = tables.read::<rows::OrderLineRow>("order_lines.csv");
    let mut lines: std::collections::HashMap<&str, Vec<(&String, &rows::OrderLineRow)>> =
        std::collections::HashMap::new();
    for (at, row) in &line_rows {
        lines.entry(row.order.as_str()).or_default().push((at, row));
    }
    let mut orders = Vec::with_capacity(order_rows.len());
    for (at, row) in &order_rows {
        let merchant =
            tables.known(world.merchant(&row.merchant), at, "merchant", &row.merchant, "must be in merchants.csv");
        let postal =
            tables.known(world.postal(&row.postal_code), at, "postal_code", &row.postal_code, "must be in postals.csv");
        let placed = tables.parsed(engine::calendar::parse_timestamp(&row.placed_at), at, "placed_at", &row.placed_at);
        let id = tables.parsed(OrderId::new(&row.order).map_err(|e| e.to_string()), at, "order", &row.order);
        let own = lines.remove(row.order.as_str()).unwrap_or_default();
        if own.is_empty() {
            tables.faults.push(Fault::new(at, "order", &row.order, "must have at least one line in order_lines.csv"));
        }
        let mut quantities = Vec::with_capacity(own.len());
        for (at, line) in own {
            let sku = merchant.and_then(|m| world.sku(m, &key(&line.sku)?));
            let sku = tables.known(sku, at, "sku", &line.sku, "must be a SKU of the order's merchant in skus.csv");
            if line.quantity == 0 {
                tables.faults.push(Fault::new(at, "quantity", 0, "must be at least 1"));
            }
            quantities.extend(sku.map(|sku| LineQuantity { sku, quantity: line.quantity }));
        }
        if let (Some(merchant), Some(postal), Some(placed), Some(id)) = (merchant, postal, placed, id) {
            let residential = row.residential.0;
            let arrival =
                Arrival { id, at: placed, merchant, postal, residential, level: row.level, lines: quantities };
            orders.push(RecordedOrder { arrival, local_date: row.local_date.0 });
        }
    }
    let mut orphans: Vec<_> = lines.into_values().flatten().collect();
    orphans.sort_by_key(|(at, _)| at.as_str());
    for (at, row) in orphans {
        tables.faults.push(Fault::new(at, "order", &row.order, "must be in orders.csv"));
    }
    orders.sort_by(|a, b| (a.arrival.at, &a.arrival.id).cmp(&(b.arrival.at, &b.arrival.id)));
    tables.end(orders)
}
