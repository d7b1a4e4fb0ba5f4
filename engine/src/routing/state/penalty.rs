//! What breaking a limit costs while the search may break it.
//!
//! The prices follow the share of plans that hold, as in Vidal et al. (2012): too few, and load or lateness gets dearer.

use super::Broken;
use super::route::Measure;

/// Prices of a unit of load above capacity and of a unit of lateness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Penalties {
    load: f64,
    time: f64,
}

/// Follows how many plans hold, and sets the prices.
#[derive(Clone, Debug)]
pub(crate) struct Pricing {
    prices: Penalties,
    /// Share of plans that should hold, in load and in time.
    target: f64,
    seen: u32,
    held_load: u32,
    held_time: u32,
}

impl Pricing {
    /// Plans between two changes of price.
    const WINDOW: u32 = 500;
    const DEARER: f64 = 1.2;
    const CHEAPER: f64 = 0.9;

    /// First prices: a leg's cost for a mean load, and for a leg's time.
    pub fn new(leg_cost: f64, mean_load: f64, leg_time: f64, target: f64) -> Self {
        let prices = Penalties { load: leg_cost / mean_load.max(1.0), time: leg_cost / leg_time.max(1.0) };
        Self { prices, target, seen: 0, held_load: 0, held_time: 0 }
    }

    /// The present prices.
    pub fn prices(&self) -> Penalties {
        self.prices
    }

    /// Counts a plan; whether the prices have changed.
    pub fn note(&mut self, broken: Broken) -> bool {
        self.seen += 1;
        self.held_load += u32::from(broken.excess == 0);
        self.held_time += u32::from(broken.warp == 0);
        if self.seen < Self::WINDOW {
            return false;
        }
        let step = |held: u32| {
            if f64::from(held) < self.target * f64::from(Self::WINDOW) { Self::DEARER } else { Self::CHEAPER }
        };
        let (load, time) = (step(self.held_load), step(self.held_time));
        self.prices = Penalties {
            load: (self.prices.load * load).clamp(1e-3, 1e9),
            time: (self.prices.time * time).clamp(1e-3, 1e9),
        };
        (self.seen, self.held_load, self.held_time) = (0, 0, 0);
        true
    }
}

impl Penalties {
    /// The price of what a measure breaks, rounded up.
    #[inline]
    pub fn of(&self, measure: &Measure) -> i64 {
        (self.load * measure.excess as f64 + self.time * measure.warp as f64).ceil() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_too_often_gets_dearer() {
        // A leg costs 100 and takes 50; a load is 10: 10 a unit of load, 2 a unit of time.
        let mut pricing = Pricing::new(100.0, 10.0, 50.0, 0.5);
        let measure = Measure { excess: 3, warp: 4, ..Measure::default() };
        assert_eq!(pricing.prices().of(&measure), 30 + 8);
        // Load is never kept, time always: 10 x 1.2 and 2 x 0.9.
        let changes = (0..Pricing::WINDOW).filter(|_| pricing.note(Broken { excess: 1, warp: 0 })).count();
        assert_eq!((changes, pricing.prices().of(&measure)), (1, 44)); // 36 + 7.2
    }
}
