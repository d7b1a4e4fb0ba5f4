//! Verifier of packings.

use std::collections::BTreeMap;

use crate::fulfilment::PlannedShipment;
use crate::model::{SkuIx, World};
use crate::packing::{PackedCarton, Placement, Plan, Problem, Rotations};

use super::Breach;

/// Every rule that the packing breaks, with `support` percent of each base asked to lie on something; empty for a correct one.
pub fn check(problem: &Problem, support: u8, plan: &Plan) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut seen = vec![0_u32; problem.items().len()];
    for unpacked in &plan.unpacked {
        seen[unpacked.item] += unpacked.quantity;
    }
    let mut used = vec![0_u32; problem.cartons().len()];
    for (n, packed) in plan.cartons.iter().enumerate() {
        used[packed.carton] += 1;
        let carton = &problem.cartons()[packed.carton];
        let inner = [carton.inner.length.get(), carton.inner.width.get(), carton.inner.height.get()];
        let mut gross = carton.tare;
        for (m, unit) in packed.placements.iter().enumerate() {
            let item = &problem.items()[unit.item];
            seen[unit.item] += 1;
            gross += item.weight;
            let low = unit.at.map(i64::from);
            let high = [0, 1, 2].map(|axis| low[axis] + i64::from(unit.edges[axis]));
            if (0..3).any(|axis| low[axis] < 0 || high[axis] > inner[axis]) {
                breaches.push(Breach::new("inside", format!("carton {n}, unit {m} reaches {high:?} of {inner:?}")));
            }
            let own = [item.size.length.get(), item.size.width.get(), item.size.height.get()];
            if !is_rotation(own, unit.edges.map(i64::from), item.rotations) {
                breaches.push(Breach::new("rotation", format!("carton {n}, unit {m} lies as {:?}", unit.edges)));
            }
            for (k, other) in packed.placements.iter().enumerate() {
                let theirs = other.at.map(i64::from);
                let end = [0, 1, 2].map(|axis| theirs[axis] + i64::from(other.edges[axis]));
                let meets = |axis: usize| low[axis] < end[axis] && theirs[axis] < high[axis];
                if k < m && (0..3).all(meets) {
                    breaches.push(Breach::new("overlap", format!("carton {n}, units {k} and {m}")));
                }
                if k != m && item.alone {
                    breaches.push(Breach::new("alone", format!("carton {n}, unit {k} lies beside unit {m}")));
                }
                if k != m && item.fragile && meets(0) && meets(1) && theirs[2] >= high[2] {
                    breaches.push(Breach::new("fragile", format!("carton {n}, unit {k} lies above fragile unit {m}")));
                }
            }
        }
        if support > 0 {
            breaches
                .extend(overhanging(packed, support).map(|m| Breach::new("support", format!("carton {n}, unit {m}"))));
        }
        if gross != packed.gross || gross > carton.max_gross {
            breaches.push(Breach::new(
                "weight",
                format!("carton {n}: {gross}, stated {}, limit {}", packed.gross, carton.max_gross),
            ));
        }
    }
    for (n, item) in problem.items().iter().enumerate() {
        if seen[n] != item.quantity {
            breaches.push(Breach::new("every_unit_once", format!("item {n}: {} of {}", seen[n], item.quantity)));
        }
    }
    for (n, carton) in problem.cartons().iter().enumerate() {
        if carton.limit.is_some_and(|limit| used[n] > limit) {
            breaches.push(Breach::new("limit", format!("carton type {n} used {} times", used[n])));
        }
    }
    breaches
}

/// Every rule that the cartons of a planned shipment break: they hold what it holds, each unit fits its carton by itself, all of them by
/// volume and weight, and there are as many as its parcels.
pub fn check_planned(world: &World, planned: &PlannedShipment) -> Vec<Breach> {
    let Some(cartons) = &planned.cartons else { return Vec::new() };
    let mut breaches = Vec::new();
    let mut left: BTreeMap<SkuIx, i64> = BTreeMap::new();
    planned.lines.iter().for_each(|line| *left.entry(line.sku).or_default() += i64::from(line.quantity));
    for (n, filled) in cartons.iter().enumerate() {
        filled.lines.iter().for_each(|line| *left.entry(line.sku).or_default() -= i64::from(line.quantity));
        let Some(carton) = filled.carton.map(|ix| &world.cartons[ix]) else { continue };
        let (mut volume, mut gross) = (0, carton.tare);
        for line in &filled.lines {
            let sku = &world.skus[line.sku];
            volume += sku.size.volume().get() * i64::from(line.quantity);
            gross += sku.weight * i64::from(line.quantity);
            if sku.size.sorted().iter().zip(carton.inner.sorted()).any(|(edge, inner)| *edge > inner) {
                breaches.push(Breach::new(
                    "inside",
                    format!("carton {n}: a unit of {} does not fit {}", sku.id, carton.id),
                ));
            }
        }
        if volume > carton.inner.volume().get() {
            breaches.push(Breach::new("inside", format!("carton {n}: {volume} mm3 in {}", carton.id)));
        }
        if gross > carton.max_gross {
            breaches.push(Breach::new("weight", format!("carton {n}: {gross}, limit {}", carton.max_gross)));
        }
    }
    if left.values().any(|units| *units != 0) {
        breaches.push(Breach::new("contents", format!("units beside the cartons' {left:?}")));
    }
    if cartons.len() != planned.parcels as usize {
        breaches.push(Breach::new("parcels", format!("{} cartons, {} parcels", cartons.len(), planned.parcels)));
    }
    breaches
}

/// Units of a carton of which less than this percent of the base lies on something.
fn overhanging(packed: &PackedCarton, support: u8) -> impl Iterator<Item = usize> + '_ {
    packed.placements.iter().enumerate().filter_map(move |(m, unit)| {
        let shared = |other: &Placement, axis: usize| {
            let [one, two] = [unit, other].map(|u| (i64::from(u.at[axis]), i64::from(u.at[axis] + u.edges[axis])));
            (one.1.min(two.1) - one.0.max(two.0)).max(0)
        };
        let below = packed.placements.iter().filter(|other| other.at[2] + other.edges[2] == unit.at[2]);
        let held: i64 = below.map(|other| shared(other, 0) * shared(other, 1)).sum();
        let base = i64::from(unit.edges[0]) * i64::from(unit.edges[1]);
        (unit.at[2] > 0 && held * 100 < base * i64::from(support)).then_some(m)
    })
}

/// Whether `lies` is `own` turned in a way that `rotations` allows: compared edge by edge, all six permutations.
fn is_rotation(own: [i64; 3], lies: [i64; 3], rotations: Rotations) -> bool {
    const PERMUTATIONS: [[usize; 3]; 6] = [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 0, 1], [1, 2, 0], [2, 1, 0]];
    PERMUTATIONS.iter().any(|p| {
        let turned = p.map(|axis| own[axis]);
        let swapped = p[0] > p[1];
        turned == lies && rotations.upright[p[2]] && !(rotations.fixed && swapped)
    })
}
