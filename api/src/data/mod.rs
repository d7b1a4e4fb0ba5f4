//! A network as a folder of CSV files: read, checked, every fault reported with file, line and field.
//!
//! The files and their columns are described in `data/demo/README.md`. Syntax and names are checked here; the rules that
//! numbers must keep are the world's own ([`World::new`]), reported at the line they were read from.

mod allotments;
pub mod charges;
mod rows;
mod rules;
mod table;
mod tariffs;
#[cfg(test)]
mod tests;
mod volumes;
mod world;
mod zones;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use engine::calendar::{civil::Date, parse_timestamp};
use engine::fault::Fault;
use engine::fulfilment::LineQuantity;
use engine::ids::OrderId;
use engine::model::{MerchantIx, SkuIx, WarehouseIx, World};
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

/// Reads network and stock from `folder`, or every fault of every file: bad cells, unknown names, broken rules.
pub fn load(folder: &Path) -> Result<Loaded, Vec<Fault>> {
    if !folder.is_dir() {
        let rule = "must be a folder with the files of a network; data/demo is one";
        return Err(vec![Fault::new("world", "", folder.display(), rule)]);
    }
    let mut tables = Tables::new(folder);
    let (parts, stock) = world::parts(&mut tables);
    match World::new(parts) {
        Ok(world) => tables.end(Loaded { world, stock }),
        Err(faults) => {
            tables.add_world_faults(faults);
            Err(tables.faults)
        }
    }
}

/// Reads the recorded order stream of `folder`, by time, or every fault of its files.
pub fn load_orders(folder: &Path, world: &World) -> Result<Vec<RecordedOrder>, Vec<Fault>> {
    let mut tables = Tables::new(folder);
    let rows = tables.read::<rows::OrderRow>("orders.csv");
    let mut baskets = baskets(&mut tables);
    let mut seen = HashSet::new();
    let mut orders = Vec::with_capacity(rows.len());
    for (at, row) in &rows {
        let merchant =
            tables.known(world.merchant(&row.merchant), at, "merchant", &row.merchant, "must be in merchants.csv");
        let postal =
            tables.known(world.postal(&row.postal_code), at, "postal_code", &row.postal_code, "must be in postals.csv");
        let placed = tables.parsed(parse_timestamp(&row.placed_at), at, "placed_at", &row.placed_at);
        let id = tables.parsed(OrderId::new(&row.order).map_err(|e| e.to_string()), at, "order", &row.order);
        if !seen.insert(&row.order) {
            tables.faults.push(Fault::new(at, "order", &row.order, "must be unique"));
            continue;
        }
        let basket = baskets.remove(&row.order).unwrap_or_default();
        if basket.is_empty() && tables.has("order_lines.csv") {
            tables.faults.push(Fault::new(at, "order", &row.order, "must have at least one line in order_lines.csv"));
        }
        let lines = merchant.map(|merchant| lines(&mut tables, world, merchant, &basket));
        if let (Some(merchant), Some(lines), Some(postal), Some(at), Some(id)) = (merchant, lines, postal, placed, id) {
            let (residential, level) = (row.residential.0, row.level);
            let arrival = Arrival { id, at, merchant, postal, residential, level, lines };
            orders.push(RecordedOrder { arrival, local_date: row.local_date.0 });
        }
    }
    if tables.has("orders.csv") {
        for (at, row) in baskets.into_values().flatten() {
            tables.faults.push(Fault::new(at, "order", row.order, "must be in orders.csv"));
        }
    }
    orders.sort_by(|a, b| (a.arrival.at, &a.arrival.id).cmp(&(b.arrival.at, &b.arrival.id)));
    tables.end(orders)
}

/// Order lines as they stand, by order.
type Baskets = BTreeMap<String, Vec<(String, rows::OrderLineRow)>>;

fn baskets(tables: &mut Tables) -> Baskets {
    let mut baskets = Baskets::new();
    for (at, row) in tables.read::<rows::OrderLineRow>("order_lines.csv") {
        baskets.entry(row.order.clone()).or_default().push((at, row));
    }
    baskets
}

fn lines(
    tables: &mut Tables,
    world: &World,
    merchant: MerchantIx,
    basket: &[(String, rows::OrderLineRow)],
) -> Vec<LineQuantity> {
    let mut lines: Vec<LineQuantity> = Vec::with_capacity(basket.len());
    for (at, row) in basket {
        let sku = key(&row.sku).and_then(|id| world.sku(merchant, &id));
        let sku = tables.known(sku, at, "sku", &row.sku, "must be a SKU of the order's merchant in skus.csv");
        if row.quantity == 0 {
            tables.faults.push(Fault::new(at, "quantity", 0, "must be at least 1"));
        }
        if sku.is_some_and(|sku| lines.iter().any(|line| line.sku == sku)) {
            tables.faults.push(Fault::new(at, "sku", &row.sku, "must come once in an order"));
        }
        lines.extend(sku.map(|sku| LineQuantity { sku, quantity: row.quantity }));
    }
    lines
}
