//! Verifier of pick plans and waves.

use std::collections::BTreeMap;

use crate::picking::{Batch, Floor, Plan, Problem, Selection, SelectionProblem, places_of};

use super::Breach;

/// Every rule that the plan breaks; empty for a correct one. Distances are walked again stop by stop: a stated distance may
/// be longer than that (a policy's detour), never shorter. Due times may be missed, but the plan must say by how much.
pub fn check(problem: &Problem, plan: &Plan) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut seen = vec![0_u32; problem.orders().len()];
    let mut late = 0;
    for (n, batch) in plan.batches.iter().enumerate() {
        let mut load = [0; 2];
        let mut wanted: Vec<u32> = Vec::new();
        let mut duration = problem.crew().setup + problem.crew().pace * batch.distance;
        let mut due = i64::MAX;
        for &order in &batch.orders {
            seen[order as usize] += 1;
            let order = &problem.orders()[order as usize];
            (0..2).for_each(|k| load[k] += order.load[k]);
            wanted.extend(places_of(&order.stops));
            duration += order.handling;
            due = due.min(order.due.unwrap_or(i64::MAX));
        }
        if (0..2).any(|k| load[k] > problem.capacity()[k]) {
            breaches.push(Breach::new("capacity", format!("batch {n} holds {load:?} of {:?}", problem.capacity())));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut visited = batch.tour.clone();
        visited.sort_unstable();
        if visited != wanted {
            let detail = format!("batch {n} visits {} places, its orders lie in {}", visited.len(), wanted.len());
            breaches.push(Breach::new("tour", detail));
        }
        let walked = walked(problem.floor(), &batch.tour);
        if batch.distance < walked {
            breaches
                .push(Breach::new("distance", format!("batch {n} states {}, its tour is {walked}", batch.distance)));
        }
        if batch.duration != duration {
            breaches.push(Breach::new("duration", format!("batch {n} states {}, it takes {duration}", batch.duration)));
        }
        late += (batch.start + duration).saturating_sub(due).max(0);
    }
    for (n, &times) in seen.iter().enumerate().filter(|(_, times)| **times != 1) {
        breaches.push(Breach::new("every_order_once", format!("order {n} is in {times} batches")));
    }
    breaches.extend(two_at_once(problem, &plan.batches));
    let sum = |of: fn(&Batch) -> i64| plan.batches.iter().map(of).sum::<i64>();
    if (plan.distance, plan.time) != (sum(|batch| batch.distance), sum(|batch| batch.duration)) {
        breaches.push(Breach::new("cost", "a total is not the sum of the batches"));
    }
    if plan.lateness != late {
        breaches.push(Breach::new("lateness", format!("the plan states {}, it is {late}", plan.lateness)));
    }
    breaches
}

/// Depot to depot, stop by stop.
fn walked(floor: &Floor, tour: &[u32]) -> i64 {
    let (Some(&first), Some(&last)) = (tour.first(), tour.last()) else { return 0 };
    match floor {
        Floor::Table(table) => {
            let inner: i64 = tour.windows(2).map(|pair| table.between(pair[0], pair[1])).sum();
            table.out(first) + inner + table.home(last)
        }
        Floor::Block(layout) => {
            let whole = layout.front_entry + layout.cell_pitch * (i64::from(layout.cells) - 1) + layout.back_entry;
            let mut at = (layout.depot_aisle, 0);
            let mut walked = 2 * layout.depot_distance;
            let stops = tour.iter().map(|&place| {
                let (aisle, cell) = layout.position(place);
                (aisle, layout.front_entry + layout.cell_pitch * i64::from(cell))
            });
            for next in stops.chain([(layout.depot_aisle, 0)]) {
                walked += if at.0 == next.0 {
                    (at.1 - next.1).abs()
                } else {
                    i64::from(at.0.abs_diff(next.0)) * layout.aisle_pitch
                        + (at.1 + next.1).min(2 * whole - at.1 - next.1)
                };
                at = next;
            }
            walked
        }
    }
}

/// A picker walks one batch at a time, and there are only so many pickers.
fn two_at_once(problem: &Problem, batches: &[Batch]) -> Vec<Breach> {
    let mut by_picker: BTreeMap<u32, Vec<&Batch>> = BTreeMap::new();
    batches.iter().for_each(|batch| by_picker.entry(batch.picker).or_default().push(batch));
    let mut breaches = Vec::new();
    for (picker, mut own) in by_picker {
        own.sort_by_key(|batch| batch.start);
        let overlap = own.windows(2).any(|pair| pair[0].start + pair[0].duration > pair[1].start);
        if overlap || picker >= problem.crew().pickers || own.iter().any(|batch| batch.start < 0) {
            let detail = format!("picker {picker} of {} walks two batches at once", problem.crew().pickers);
            breaches.push(Breach::new("pickers", detail));
        }
    }
    breaches
}

/// Every rule that the wave breaks; empty for a correct one.
pub fn check_selection(problem: &SelectionProblem, wave: &Selection) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut stock: BTreeMap<u32, i64> = BTreeMap::new();
    for &aisle in &wave.aisles {
        for &(item, units) in &problem.aisles()[aisle as usize] {
            *stock.entry(item).or_default() += units;
        }
    }
    let mut units_in_all = 0;
    for &order in &wave.orders {
        for &(item, units) in &problem.orders()[order as usize] {
            *stock.entry(item).or_default() -= units;
            units_in_all += units;
        }
    }
    if let Some((item, left)) = stock.iter().find(|(_, left)| **left < 0) {
        breaches.push(Breach::new("stock", format!("the aisles lack {} units of item {item}", -left)));
    }
    let (least, most) = problem.limits();
    if units_in_all != wave.units || !(least..=most).contains(&units_in_all) {
        let detail = format!("{units_in_all} units, stated {}, allowed {least} to {most}", wave.units);
        breaches.push(Breach::new("limits", detail));
    }
    for (kind, all) in [("orders", &wave.orders), ("aisles", &wave.aisles)] {
        if all.is_empty() || all.windows(2).any(|pair| pair[0] >= pair[1]) {
            breaches.push(Breach::new("once", format!("{kind} must be there, ascend, each once")));
        }
    }
    breaches
}
