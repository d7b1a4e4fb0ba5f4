//! Verifier of pick plans.

use crate::picking::{Plan, Problem};

use super::Breach;

/// Every rule that the plan breaks; empty for a correct one. Distances are walked again stop by stop: a stated distance may
/// be longer than that (a policy's detour), never shorter.
pub fn check(problem: &Problem, plan: &Plan) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let layout = problem.layout();
    let mut seen = vec![0_u32; problem.orders().len()];
    for (n, batch) in plan.batches.iter().enumerate() {
        let mut load = [0; 2];
        let mut wanted: Vec<(u32, u32)> = Vec::new();
        for &order in &batch.orders {
            seen[order as usize] += 1;
            let order = &problem.orders()[order as usize];
            (0..2).for_each(|k| load[k] += order.load[k]);
            for &(aisle, cells) in &order.stops {
                wanted.extend((0..64).filter(|cell| cells & (1 << cell) != 0).map(|cell| (aisle, cell)));
            }
        }
        if (0..2).any(|k| load[k] > problem.capacity()[k]) {
            breaches.push(Breach::new("capacity", format!("batch {n} holds {load:?} of {:?}", problem.capacity())));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut visited = batch.tour.clone();
        visited.sort_unstable();
        if visited != wanted {
            breaches.push(Breach::new(
                "tour",
                format!("batch {n} visits {} cells, its orders lie in {}", visited.len(), wanted.len()),
            ));
        }
        let whole = layout.front_entry + layout.cell_pitch * (i64::from(layout.cells) - 1) + layout.back_entry;
        let mut at = (layout.depot_aisle, 0);
        let mut walked = 2 * layout.depot_distance;
        let home = [(layout.depot_aisle, 0)];
        let stops =
            batch.tour.iter().map(|&(aisle, cell)| (aisle, layout.front_entry + layout.cell_pitch * i64::from(cell)));
        for next in stops.chain(home) {
            walked += if at.0 == next.0 {
                (at.1 - next.1).abs()
            } else {
                i64::from(at.0.abs_diff(next.0)) * layout.aisle_pitch + (at.1 + next.1).min(2 * whole - at.1 - next.1)
            };
            at = next;
        }
        if batch.distance < walked {
            breaches
                .push(Breach::new("distance", format!("batch {n} states {}, its tour is {walked}", batch.distance)));
        }
    }
    for (n, &times) in seen.iter().enumerate().filter(|(_, times)| **times != 1) {
        breaches.push(Breach::new("every_order_once", format!("order {n} is in {times} batches")));
    }
    if plan.distance != plan.batches.iter().map(|batch| batch.distance).sum::<i64>() {
        breaches.push(Breach::new("cost", "the total is not the sum of the batches"));
    }
    breaches
}
