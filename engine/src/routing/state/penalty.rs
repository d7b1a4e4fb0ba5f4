//! What breaking a limit costs while the search may break it.
//!
//! The prices follow the share of plans that hold, as in Vidal et al. (2012): too few, and load or lateness gets dearer.

use super::Broken;
use super::route::Measure;

/// Prices of a unit of load above capacity and of a unit of lateness, in 1,024ths of a unit of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Penalties {
    load: i64,
    time: i64,
}

/// What a route being put together may break at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub excess: i64,
    pub warp: i64,
}

impl Allowance {
    /// Nothing may be broken.
    pub const NONE: Self = Self { excess: 0, warp: 0 };
}

/// Follows how many plans hold, and sets the prices.
#[derive(Clone, Debug)]
pub(crate) struct Pricing {
    load: f64,
    time: f64,
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
        let (load, time) = (leg_cost / mean_load.max(1.0), leg_cost / leg_time.max(1.0));
        Self { load, time, target, seen: 0, held_load: 0, held_time: 0 }
    }

    /// The same for one of so many parts of a plan that are searched on their own: the plan holds where all of them do.
    pub fn of_part(&self, parts: usize) -> Self {
        Self { target: self.target.powf(1.0 / parts as f64), ..self.clone() }
    }

    /// The present prices.
    pub fn prices(&self) -> Penalties {
        let fixed = |price: f64| (price * 1024.0).clamp(1.0, 1e15) as i64;
        Penalties { load: fixed(self.load), time: fixed(self.time) }
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
        self.load = (self.load * step(self.held_load)).clamp(1e-3, 1e9);
        self.time = (self.time * step(self.held_time)).clamp(1e-3, 1e9);
        (self.seen, self.held_load, self.held_time) = (0, 0, 0);
        true
    }
}

impl Penalties {
    /// The price of what a measure breaks, rounded up.
    #[inline]
    pub fn of(&self, measure: &Measure) -> i64 {
        let price = self.load.saturating_mul(measure.excess).saturating_add(self.time.saturating_mul(measure.warp));
        price.saturating_add(1023) >> 10
    }

    /// What may be broken for this cost, each kind alone.
    #[inline]
    pub fn allowance(&self, cost: i64) -> Allowance {
        let cost = cost.max(0) as f64 * 1024.0;
        // A float above every integer becomes the largest one.
        Allowance { excess: (cost / self.load as f64) as i64, warp: (cost / self.time as f64) as i64 }
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
        assert_eq!(pricing.prices().allowance(40), Allowance { excess: 4, warp: 20 });
        // Load is never kept, time always: 10 x 1.2 and 2 x 0.9.
        let changes = (0..Pricing::WINDOW).filter(|_| pricing.note(Broken { excess: 1, warp: 0 })).count();
        assert_eq!((changes, pricing.prices().of(&measure)), (1, 44)); // 36 + 7.2
    }
}
