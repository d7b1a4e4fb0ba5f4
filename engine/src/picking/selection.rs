//! Wave selection: which orders are picked next, from which aisles, so that each aisle visited yields many units?
//!
//! The objective is the one of the SBPO 2025 challenge of Mercado Livre: units over aisles, the units within limits, the
//! orders whole, the aisles' stock enough. Annealing over sets of aisles; orders fill them greedily.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::search::{Annealing, Budget, Observer, Progress, Seed};

/// Temperatures, in shares of the first value.
const START: f64 = 0.05;
/// As [`START`], at the end.
const END: f64 = 0.001;

/// Items with units of each.
pub type Contents = Vec<(u32, i64)>;

/// Orders that wait and aisles with stock, checked.
#[derive(Clone, Debug)]
pub struct SelectionProblem {
    orders: Vec<Contents>,
    aisles: Vec<Contents>,
    items: usize,
    least: i64,
    most: i64,
    /// Orders with most units first.
    by_size: Vec<(u32, i64)>,
}

impl SelectionProblem {
    /// The problem, or every fault. Units of a wave are `least` to `most`.
    pub fn new(orders: Vec<Contents>, aisles: Vec<Contents>, least: i64, most: i64) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if orders.is_empty() || aisles.is_empty() {
            let value = format!("{} orders, {} aisles", orders.len(), aisles.len());
            faults.push(Fault::new("problem", "orders, aisles", value, "needs at least one of each"));
        }
        if least < 0 || most < least.max(1) {
            faults.push(Fault::new("problem", "limits", format!("{least} to {most}"), "must be 0 or more, ascending"));
        }
        for (kind, all) in [("order", &orders), ("aisle", &aisles)] {
            for (n, contents) in all.iter().enumerate() {
                if let Some((item, units)) = contents.iter().find(|(_, units)| !(0..=1_000_000_000).contains(units)) {
                    faults.push(Fault::new(
                        format!("{kind} {n}"),
                        format!("item {item}"),
                        units,
                        "must be 0 to 10^9 units",
                    ));
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let (orders, aisles) = (summed(orders), summed(aisles));
        let items = orders.iter().chain(&aisles).flatten().map(|&(item, _)| item as usize + 1).max().unwrap_or(0);
        let mut by_size: Vec<(u32, i64)> = orders
            .iter()
            .enumerate()
            .map(|(n, order)| (n as u32, units(order)))
            .filter(|&(_, units)| units > 0)
            .collect();
        by_size.sort_by_key(|&(n, units)| (std::cmp::Reverse(units), n));
        Ok(Self { orders, aisles, items, least, most, by_size })
    }

    /// Contents of the orders.
    pub fn orders(&self) -> &[Contents] {
        &self.orders
    }

    /// Contents of the aisles.
    pub fn aisles(&self) -> &[Contents] {
        &self.aisles
    }

    /// Fewest and most units of a wave.
    pub fn limits(&self) -> (i64, i64) {
        (self.least, self.most)
    }
}

/// A wave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Orders, ascending.
    pub orders: Vec<u32>,
    /// Aisles, ascending.
    pub aisles: Vec<u32>,
    /// Units of the orders.
    pub units: i64,
}

impl Selection {
    /// Units an aisle.
    pub fn value(&self) -> f64 {
        if self.aisles.is_empty() { 0.0 } else { self.units as f64 / self.aisles.len() as f64 }
    }
}

/// Each item once.
fn summed(all: Vec<Contents>) -> Vec<Contents> {
    let once = |contents: Contents| {
        let mut items: BTreeMap<u32, i64> = BTreeMap::new();
        contents.into_iter().for_each(|(item, units)| *items.entry(item).or_default() += units);
        items.into_iter().collect()
    };
    all.into_iter().map(once).collect()
}

fn units(contents: &Contents) -> i64 {
    contents.iter().map(|(_, units)| units).sum()
}

/// A good wave, or `None` where none within the limits was found. One iteration of the budget is one set of aisles tried.
pub fn select(
    problem: &SelectionProblem,
    seed: Seed,
    budget: &mut Budget,
    observer: &mut dyn Observer,
) -> Option<Selection> {
    let mut rng = seed.child("selection", 0).rng();
    let mut fill = Fill { problem, stock: vec![0; problem.items] };
    // All aisles hold whatever can be had; then those that a wave from them does without are dropped.
    let mut open = vec![true; problem.aisles.len()];
    let mut now = fill.wave(&open);
    fill.without_spare(&mut now);
    open.iter_mut().enumerate().for_each(|(n, open)| *open = now.aisles.contains(&(n as u32)));
    let mut best = now.clone();
    let schedule = Annealing { start: START * now.value(), end: END * now.value() };
    while budget.tick() {
        let (mut on, mut off) = (None, None);
        let (a, b) = (rng.below(open.len()), rng.below(open.len()));
        match rng.below(3) {
            0 => on = (!open[a]).then_some(a),
            1 => off = open[a].then_some(a),
            _ => {
                (on, off) = if open[a] == open[b] {
                    continue;
                } else if open[a] {
                    (Some(b), Some(a))
                } else {
                    (Some(a), Some(b))
                }
            }
        }
        on.into_iter().for_each(|n| open[n] = true);
        off.into_iter().for_each(|n| open[n] = false);
        let mut then = fill.wave(&open);
        let worse = problem.worth(&now) - problem.worth(&then);
        if Annealing::accepts(worse, schedule.temperature(budget.fraction()), &mut rng) {
            if problem.worth(&then) > problem.worth(&best) {
                fill.without_spare(&mut then);
                best = then.clone();
                open.iter_mut().enumerate().for_each(|(n, open)| *open = best.aisles.contains(&(n as u32)));
                observer.progress(&Progress {
                    phase: "select",
                    iterations: budget.spent(),
                    fraction: budget.fraction(),
                    // Observers watch what is minimised.
                    cost: -best.value(),
                    lower_bound: None,
                });
            }
            now = then;
        } else {
            on.into_iter().for_each(|n| open[n] = false);
            off.into_iter().for_each(|n| open[n] = true);
        }
    }
    (best.units >= problem.least && !best.orders.is_empty()).then_some(best)
}

impl SelectionProblem {
    /// Value, less a unit for each one that is missing to the least.
    fn worth(&self, wave: &Selection) -> f64 {
        wave.value() - (self.least - wave.units).max(0) as f64
    }
}

struct Fill<'a> {
    problem: &'a SelectionProblem,
    stock: Vec<i64>,
}

impl Fill<'_> {
    /// The wave that largest-first filling finds from these aisles.
    fn wave(&mut self, open: &[bool]) -> Selection {
        let problem = self.problem;
        self.stock.iter_mut().for_each(|units| *units = 0);
        let mut wave = Selection::default();
        for (n, contents) in problem.aisles.iter().enumerate().filter(|(n, _)| open[*n]) {
            wave.aisles.push(n as u32);
            contents.iter().for_each(|&(item, units)| self.stock[item as usize] += units);
        }
        for &(n, units) in &problem.by_size {
            let order = &problem.orders[n as usize];
            if wave.units + units <= problem.most
                && order.iter().all(|&(item, wanted)| self.stock[item as usize] >= wanted)
            {
                order.iter().for_each(|&(item, wanted)| self.stock[item as usize] -= wanted);
                wave.units += units;
                wave.orders.push(n);
            }
        }
        wave.orders.sort_unstable();
        wave
    }

    /// Drops aisles that the wave's orders do without, poorest first.
    fn without_spare(&mut self, wave: &mut Selection) {
        let problem = self.problem;
        self.stock.iter_mut().for_each(|units| *units = 0);
        for &n in &wave.aisles {
            problem.aisles[n as usize].iter().for_each(|&(item, units)| self.stock[item as usize] += units);
        }
        for &n in &wave.orders {
            problem.orders[n as usize].iter().for_each(|&(item, units)| self.stock[item as usize] -= units);
        }
        let mut aisles = wave.aisles.clone();
        aisles.sort_by_key(|&n| (units(&problem.aisles[n as usize]), n));
        for n in aisles {
            let contents = &problem.aisles[n as usize];
            if contents.iter().all(|&(item, units)| self.stock[item as usize] >= units) {
                contents.iter().for_each(|&(item, units)| self.stock[item as usize] -= units);
                wave.aisles.retain(|&kept| kept != n);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::picking::check_selection;
    use crate::search::Silent;

    #[test]
    fn few_aisles_with_much_in_them_are_chosen() {
        // Aisle 0 serves orders 0 and 1 alone: 8 units an aisle. Order 2 would need aisles 1 and 2 for 3 more.
        let orders = vec![vec![(0, 5)], vec![(1, 3)], vec![(2, 2), (3, 1)]];
        let aisles = vec![vec![(0, 9), (1, 4)], vec![(2, 9)], vec![(3, 9)]];
        let problem = SelectionProblem::new(orders, aisles, 4, 20).unwrap();
        let wave = select(&problem, Seed(1), &mut Budget::iterations(500), &mut Silent).unwrap();
        assert_eq!((wave.orders.as_slice(), wave.aisles.as_slice(), wave.units), (&[0, 1][..], &[0][..], 8));
        assert_eq!(check_selection(&problem, &wave), []);
    }

    #[test]
    fn random_waves_pass_the_verifier() {
        let mut rng = Seed(9).rng();
        for seed in 0..30 {
            let contents = |rng: &mut crate::search::Rng, most: usize| -> Contents {
                (0..1 + rng.below(most)).map(|_| (rng.below(20) as u32, rng.range(1, 6))).collect()
            };
            let orders = (0..30).map(|_| contents(&mut rng, 3)).collect();
            let aisles = (0..12).map(|_| contents(&mut rng, 8)).collect();
            let problem = SelectionProblem::new(orders, aisles, 10, 40).unwrap();
            let wave = select(&problem, Seed(seed), &mut Budget::iterations(400), &mut Silent);
            if let Some(wave) = wave {
                assert_eq!(check_selection(&problem, &wave), []);
            }
        }
    }
}
