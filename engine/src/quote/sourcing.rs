//! From which warehouses can a cart come?

use crate::fulfilment::LineQuantity;
use crate::model::{SkuIx, WarehouseIx};
use crate::sourcing::Binding;
use crate::units::Metres;

use super::ruled::binding;
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

/// Every sourcing worth pricing, or the lines that cannot be filled. None, where only rules stand in the way.
pub fn sourcings(view: &View, request: &Request) -> Result<Vec<Sourcing>, Vec<Shortage>> {
    sourcings_under(view, request, &binding(view, request))
}

/// [`sourcings`] under the rules that bind the request.
pub(super) fn sourcings_under(
    view: &View,
    request: &Request,
    binding: &Binding,
) -> Result<Vec<Sourcing>, Vec<Shortage>> {
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
    let shelf = Shelf { view, request, binding, most: binding.most().map_or(usize::MAX, |(most, _)| most) };
    let whole: Vec<Sourcing> = shelf
        .holders()
        .filter(|(_, held)| held.len() == request.lines.len())
        .map(|(warehouse, held)| vec![Part { warehouse, lines: held }])
        .collect();
    if !whole.is_empty() || shelf.most == 1 {
        return Ok(whole);
    }
    let pairs = shelf.pairs();
    Ok(if pairs.is_empty() { shelf.cover().into_iter().collect() } else { pairs })
}

/// What may be taken from where.
struct Shelf<'a> {
    view: &'a View<'a>,
    request: &'a Request,
    binding: &'a Binding<'a>,
    /// Most parts of a sourcing.
    most: usize,
}

impl Shelf<'_> {
    /// Warehouses that the goods may come from.
    fn sources(&self) -> impl Iterator<Item = WarehouseIx> {
        let all = self.view.network.world.warehouses.indices();
        all.filter(|warehouse| Some(*warehouse) != self.request.not_from)
    }

    /// Units of an article that may come from a warehouse.
    fn units(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64 {
        match self.binding.is_free() {
            true => self.view.ledger.available(sku, warehouse),
            false => self.binding.units(self.view.ledger, warehouse, sku),
        }
    }

    /// Warehouses with the lines that they can fill alone; those with none are left out.
    fn holders(&self) -> impl Iterator<Item = (WarehouseIx, Vec<LineQuantity>)> {
        self.sources().filter_map(move |warehouse| {
            let fills = |line: &&LineQuantity| self.units(line.sku, warehouse) >= i64::from(line.quantity);
            let held = self.request.lines.iter().filter(fills).copied().collect();
            let held = self.in_company(held);
            (!held.is_empty()).then_some((warehouse, held))
        })
    }

    /// These lines without those whose company is not among them.
    fn in_company(&self, mut lines: Vec<LineQuantity>) -> Vec<LineQuantity> {
        for (places, _) in self.binding.together() {
            let company: Vec<LineQuantity> = places.iter().map(|&place| self.request.lines[place]).collect();
            if !company.iter().all(|line| lines.contains(line)) {
                lines.retain(|line| company.iter().all(|other| other.sku != line.sku));
            }
        }
        lines
    }

    /// Warehouses to combine: those that hold the most lines and are nearest the buyer.
    fn candidates(&self) -> Vec<(WarehouseIx, Vec<LineQuantity>)> {
        let mut candidates: Vec<_> = self.holders().collect();
        candidates.sort_by_key(|(warehouse, held)| {
            (self.request.lines.len() - held.len(), self.distance(*warehouse), *warehouse)
        });
        candidates.truncate(PAIRED);
        candidates
    }

    /// Two warehouses that hold the cart together: the first sends all it can, the second the rest.
    fn pairs(&self) -> Vec<Sourcing> {
        let candidates = self.candidates();
        let mut found = Vec::new();
        for (first, held) in &candidates {
            let rest: Vec<_> = self.request.lines.iter().filter(|line| !held.contains(line)).copied().collect();
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

    /// A cover within the limit: the greedy one, else the fewest parts of whole lines.
    fn cover(&self) -> Option<Sourcing> {
        if let Some(greedy) = self.greedy_cover().filter(|greedy| greedy.len() <= self.most) {
            return Some(greedy);
        }
        let candidates = self.candidates();
        let deepest = self.most.min(candidates.len());
        (3..=deepest).find_map(|parts| self.cover_of(&candidates, &self.request.lines, parts))
    }

    /// Takes what is left from the warehouse that holds most of it, the nearest first among equals, until nothing is left;
    /// `None` where rules leave a rest.
    fn greedy_cover(&self) -> Option<Sourcing> {
        let mut left: Vec<LineQuantity> = self.request.lines.clone();
        let mut sourcing = Sourcing::new();
        while !left.is_empty() {
            let used = |warehouse: &WarehouseIx| sourcing.iter().any(|part| part.warehouse == *warehouse);
            let best = self
                .sources()
                .filter(|warehouse| !used(warehouse))
                .map(|warehouse| (warehouse, self.share(&left, warehouse)))
                .filter(|(_, lines)| !lines.is_empty())
                .min_by_key(|(warehouse, lines)| {
                    let units: u32 = lines.iter().map(|line| line.quantity).sum();
                    (std::cmp::Reverse(units), self.distance(*warehouse), *warehouse)
                });
            let (warehouse, lines) = best?;
            for taken in &lines {
                left.iter_mut().filter(|line| line.sku == taken.sku).for_each(|line| line.quantity -= taken.quantity);
            }
            left.retain(|line| line.quantity > 0);
            sourcing.push(Part { warehouse, lines });
        }
        sourcing.sort();
        Some(sourcing)
    }

    /// What a warehouse can send of what is left.
    fn share(&self, left: &[LineQuantity], warehouse: WarehouseIx) -> Vec<LineQuantity> {
        let share = |line: &LineQuantity| LineQuantity {
            sku: line.sku,
            quantity: self.units(line.sku, warehouse).clamp(0, i64::from(line.quantity)) as u32,
        };
        self.in_company(left.iter().map(share).filter(|line| line.quantity > 0).collect())
    }

    /// Whole lines from exactly so many of the candidates.
    fn cover_of(
        &self,
        candidates: &[(WarehouseIx, Vec<LineQuantity>)],
        left: &[LineQuantity],
        parts: usize,
    ) -> Option<Sourcing> {
        let Some(first) = left.first() else { return Some(Sourcing::new()) };
        if parts == 0 {
            return None;
        }
        for (n, (warehouse, held)) in candidates.iter().enumerate().filter(|(_, (_, held))| held.contains(first)) {
            let (lines, rest): (Vec<_>, Vec<_>) = left.iter().partition(|line| held.contains(line));
            let others = [&candidates[..n], &candidates[n + 1..]].concat();
            if let Some(mut sourcing) = self.cover_of(&others, &rest, parts - 1) {
                sourcing.push(Part { warehouse: *warehouse, lines });
                sourcing.sort();
                return Some(sourcing);
            }
        }
        None
    }

    fn distance(&self, warehouse: WarehouseIx) -> Metres {
        self.view.network.distance(warehouse, self.request.postal)
    }
}
