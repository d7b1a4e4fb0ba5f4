//! From which warehouses can a cart come?

use crate::fulfilment::LineQuantity;
use crate::model::{SkuIx, WarehouseIx};
use crate::units::Metres;

use super::{Request, View};

/// What one warehouse sends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Which warehouse.
    pub warehouse: WarehouseIx,
    /// What it sends.
    pub lines: Vec<LineQuantity>,
}

/// A way to gather the whole cart: one part a warehouse.
pub type Sourcing = Vec<Part>;

/// A line that the network cannot fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Which goods.
    pub sku: SkuIx,
    /// Units asked for.
    pub wanted: i64,
    /// Units available in the whole network.
    pub available: i64,
}

/// Pairs are tried among this many warehouses, those holding the most lines and nearest the buyer first.
const PAIRED: usize = 8;

/// Every sourcing worth pricing, or the lines that cannot be filled.
pub fn sourcings(view: &View, request: &Request) -> Result<Vec<Sourcing>, Vec<Shortage>> {
    let shortages: Vec<_> = request
        .lines
        .iter()
        .map(|line| Shortage {
            sku: line.sku,
            wanted: i64::from(line.quantity),
            available: view.ledger.available_in_network(line.sku)
                - request.not_from.map_or(0, |empty| view.ledger.available(line.sku, empty).max(0)),
        })
        .filter(|shortage| shortage.available < shortage.wanted)
        .collect();
    if !shortages.is_empty() {
        return Err(shortages);
    }
    let whole: Vec<Sourcing> = holders(view, request)
        .filter(|(_, held)| held.len() == request.lines.len())
        .map(|(warehouse, held)| vec![Part { warehouse, lines: held }])
        .collect();
    if !whole.is_empty() {
        return Ok(whole);
    }
    let pairs = pairs(view, request);
    Ok(if pairs.is_empty() { vec![greedy_cover(view, request)] } else { pairs })
}

/// Warehouses that the goods may come from.
fn sources<'a>(view: &'a View, request: &'a Request) -> impl Iterator<Item = WarehouseIx> + 'a {
    view.network.world.warehouses.indices().filter(|warehouse| Some(*warehouse) != request.not_from)
}

/// Warehouses with the lines that they can fill alone; those with none are left out.
fn holders<'a>(view: &'a View, request: &'a Request) -> impl Iterator<Item = (WarehouseIx, Vec<LineQuantity>)> + 'a {
    sources(view, request).filter_map(move |warehouse| {
        let fills = |line: &&LineQuantity| view.ledger.available(line.sku, warehouse) >= i64::from(line.quantity);
        let held: Vec<_> = request.lines.iter().filter(fills).copied().collect();
        (!held.is_empty()).then_some((warehouse, held))
    })
}

/// Two warehouses that hold the cart together: the first sends all it can, the second the rest.
fn pairs(view: &View, request: &Request) -> Vec<Sourcing> {
    let mut candidates: Vec<_> = holders(view, request).collect();
    candidates.sort_by_key(|(warehouse, held)| {
        (request.lines.len() - held.len(), distance(view, request, *warehouse), *warehouse)
    });
    candidates.truncate(PAIRED);
    let mut found = Vec::new();
    for (first, held) in &candidates {
        let rest: Vec<_> = request.lines.iter().filter(|line| !held.contains(line)).copied().collect();
        for (second, other) in candidates.iter().filter(|(warehouse, _)| warehouse != first) {
            if rest.iter().all(|line| other.contains(line)) {
                let mut sourcing = vec![
                    Part { warehouse: *first, lines: held.clone() },
                    Part { warehouse: *second, lines: rest.clone() },
                ];
                sourcing.sort();
                found.push(sourcing);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Takes what is left from the warehouse that holds most of it, the nearest first among equals, until nothing is left.
/// Ends, since the network holds every line.
fn greedy_cover(view: &View, request: &Request) -> Sourcing {
    let mut left: Vec<LineQuantity> = request.lines.clone();
    let mut sourcing = Sourcing::new();
    while !left.is_empty() {
        let share = |warehouse: WarehouseIx| -> Vec<LineQuantity> {
            left.iter()
                .map(|line| LineQuantity {
                    sku: line.sku,
                    quantity: view.ledger.available(line.sku, warehouse).clamp(0, i64::from(line.quantity)) as u32,
                })
                .filter(|line| line.quantity > 0)
                .collect()
        };
        let used = |warehouse: &WarehouseIx| sourcing.iter().any(|part| part.warehouse == *warehouse);
        let best = sources(view, request)
            .filter(|warehouse| !used(warehouse))
            .map(|warehouse| (warehouse, share(warehouse)))
            .filter(|(_, lines)| !lines.is_empty())
            .min_by_key(|(warehouse, lines)| {
                let units: u32 = lines.iter().map(|line| line.quantity).sum();
                (std::cmp::Reverse(units), distance(view, request, *warehouse), *warehouse)
            });
        let Some((warehouse, lines)) = best else { break };
        for taken in &lines {
            left.iter_mut().filter(|line| line.sku == taken.sku).for_each(|line| line.quantity -= taken.quantity);
        }
        left.retain(|line| line.quantity > 0);
        sourcing.push(Part { warehouse, lines });
    }
    sourcing.sort();
    sourcing
}

fn distance(view: &View, request: &Request, warehouse: WarehouseIx) -> Metres {
    view.network.distance(warehouse, request.postal)
}
