//! Which worse plans a search may step to.

use super::Rng;

/// Simulated annealing with an exponential schedule (Kirkpatrick, Gelatt and Vecchi 1983). Costs and temperatures are in
/// the problem's own unit; the schedule follows the spent fraction of the budget, not a count of steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Annealing {
    /// Temperature at fraction 0.
    pub start: f64,
    /// Temperature at fraction 1; positive.
    pub end: f64,
}

/// Where later cycles start, as a share of the first temperature.
pub const REHEAT: f64 = 0.3;

impl Annealing {
    /// The temperature after `fraction` of the budget.
    pub fn temperature(&self, fraction: f64) -> f64 {
        self.start * (self.end / self.start).powf(fraction.clamp(0.0, 1.0))
    }

    /// The temperature after `fraction` of a budget that is cut into cycles: the first cools as [`Annealing::temperature`]
    /// says, later ones start at [`REHEAT`] times the first temperature.
    pub fn in_cycles(&self, fraction: f64, cycles: u32) -> f64 {
        let done = fraction.clamp(0.0, 1.0) * f64::from(cycles);
        let cycle = done.floor().min(f64::from(cycles) - 1.0);
        let start = if cycle > 0.0 { (REHEAT * self.start).max(self.end) } else { self.start };
        Self { start, end: self.end }.temperature(done - cycle)
    }

    /// Whether to take a step that changes the cost by `delta` at this `temperature`.
    pub fn accepts(delta: f64, temperature: f64, rng: &mut Rng) -> bool {
        delta <= 0.0 || (temperature > 0.0 && rng.unit() < (-delta / temperature).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Seed;

    #[test]
    fn cools_from_start_to_end() {
        let schedule = Annealing { start: 100.0, end: 1.0 };
        assert!((schedule.temperature(0.0) - 100.0).abs() < 1e-9);
        assert!((schedule.temperature(0.5) - 10.0).abs() < 1e-9);
        assert!((schedule.temperature(1.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn later_cycles_start_less_hot() {
        let schedule = Annealing { start: 100.0, end: 1.0 };
        assert!((schedule.in_cycles(0.0, 4) - 100.0).abs() < 1e-9);
        assert!((schedule.in_cycles(0.25, 4) - 30.0).abs() < 1e-9);
        assert!((schedule.in_cycles(1.0, 4) - 1.0).abs() < 1e-9);
        assert!((schedule.in_cycles(0.5, 1) - schedule.temperature(0.5)).abs() < 1e-9);
    }

    #[test]
    fn improvements_always_pass_and_frozen_searches_take_nothing_worse() {
        let mut rng = Seed(1).rng();
        assert!(Annealing::accepts(-1.0, 0.0, &mut rng));
        assert!(!Annealing::accepts(1.0, 0.0, &mut rng));
    }
}
