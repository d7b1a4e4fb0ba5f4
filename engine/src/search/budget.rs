//! What a search may spend: iterations, time, and the caller's patience.
//!
//! This is the only place of the engine that reads a clock, and a monotonic one at that. Tests give budgets in iterations
//! so that they repeat; users may give seconds of wall or CPU time, and the iterations made are reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// A switch by which another thread stops a search at its next iteration.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the search to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Debug)]
enum Stopwatch {
    Wall(Instant),
    Cpu(ProcessTime),
}

impl Stopwatch {
    fn elapsed(&self) -> Duration {
        match self {
            Self::Wall(start) => start.elapsed(),
            Self::Cpu(start) => start.elapsed(),
        }
    }
}

/// What a search may spend. Call [`Budget::tick`] once an iteration and stop when it answers `false`.
#[derive(Clone, Debug)]
pub struct Budget {
    max_iterations: u64,
    time: Option<(Stopwatch, Duration)>,
    cancel: CancelToken,
    spent: u64,
    elapsed: Duration,
    /// The clock is read every `stride` ticks, so that reading it stays under one percent of short iterations.
    stride: u64,
    next_read: u64,
    exhausted: bool,
}

impl Budget {
    /// At most `n` iterations: the repeatable kind.
    pub fn iterations(n: u64) -> Self {
        Self {
            max_iterations: n,
            time: None,
            cancel: CancelToken::default(),
            spent: 0,
            elapsed: Duration::ZERO,
            stride: 1,
            next_read: 0,
            exhausted: n == 0,
        }
    }

    /// No limit but the search's own end.
    pub fn unlimited() -> Self {
        Self::iterations(u64::MAX)
    }

    /// Until `limit` of wall time has passed from now.
    pub fn wall(limit: Duration) -> Self {
        Self { time: Some((Stopwatch::Wall(Instant::now()), limit)), ..Self::unlimited() }
    }

    /// Until the process has used `limit` of CPU time from now, all threads counted.
    pub fn cpu(limit: Duration) -> Self {
        Self { time: Some((Stopwatch::Cpu(ProcessTime::now()), limit)), ..Self::unlimited() }
    }

    /// The same budget, but of at most `n` iterations too.
    #[must_use]
    pub fn and_iterations(mut self, n: u64) -> Self {
        self.max_iterations = n;
        self.exhausted |= self.spent >= n;
        self
    }

    /// The same budget, stopped early by `token`.
    #[must_use]
    pub fn cancelled_by(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// Counts one iteration. `false` means: spent, stop and return the best plan found.
    pub fn tick(&mut self) -> bool {
        if self.exhausted {
            return false;
        }
        if self.spent >= self.max_iterations || self.cancel.is_cancelled() {
            self.exhausted = true;
            return false;
        }
        if self.spent >= self.next_read && self.time_is_up() {
            self.exhausted = true;
            return false;
        }
        self.spent += 1;
        true
    }

    /// Counts `n` iterations that cannot be told apart, and reads the clock; with 0 only that. `false`, and nothing
    /// counted, where fewer are left.
    pub fn spend(&mut self, n: u64) -> bool {
        if let Some((stopwatch, limit)) = &self.time {
            self.elapsed = stopwatch.elapsed();
            self.exhausted |= self.elapsed >= *limit;
        }
        self.exhausted |= self.cancel.is_cancelled();
        if self.exhausted || self.spent.saturating_add(n) > self.max_iterations {
            return false;
        }
        self.spent += n;
        (self.stride, self.next_read) = (1, self.spent);
        true
    }

    fn time_is_up(&mut self) -> bool {
        let Some((stopwatch, limit)) = &self.time else {
            self.next_read = u64::MAX;
            return false;
        };
        let elapsed = stopwatch.elapsed();
        let since_last = elapsed.saturating_sub(self.elapsed);
        self.stride = if self.spent > 0 && since_last < Duration::from_micros(200) {
            (self.stride * 2).min(4096)
        } else {
            (self.stride / 2).max(1)
        };
        self.next_read = self.spent + self.stride;
        self.elapsed = elapsed;
        // Another iteration as long as the last one must not end too late; of short ones a few more do no harm.
        let next = if self.stride == 1 && self.spent > 0 { since_last } else { Duration::ZERO };
        elapsed + next > *limit
    }

    /// Iterations counted so far.
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// Whether the last tick said stop.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// The spent fraction, 0 to 1; for cooling schedules and progress bars. 0 when nothing limits the search.
    pub fn fraction(&self) -> f64 {
        let by_count =
            if self.max_iterations == u64::MAX { 0.0 } else { self.spent as f64 / self.max_iterations.max(1) as f64 };
        let by_time = match &self.time {
            Some((_, limit)) => self.elapsed.as_secs_f64() / limit.as_secs_f64().max(1e-9),
            None => 0.0,
        };
        by_count.max(by_time).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_iterations_exactly() {
        let mut budget = Budget::iterations(3);
        let mut done = 0;
        while budget.tick() {
            done += 1;
        }
        assert_eq!((done, budget.spent(), budget.fraction()), (3, 3, 1.0));
        assert!(!budget.tick());
    }

    #[test]
    fn many_iterations_count_at_once_or_not_at_all() {
        let mut budget = Budget::iterations(10);
        assert!(budget.spend(0) && budget.spend(7));
        assert_eq!((budget.spent(), budget.fraction()), (7, 0.7));
        assert!(!budget.spend(4) && budget.tick());
        assert_eq!(budget.spent(), 8);
    }

    #[test]
    fn a_cancelled_search_stops() {
        let token = CancelToken::default();
        let mut budget = Budget::unlimited().cancelled_by(token.clone());
        assert!(budget.tick());
        token.cancel();
        assert!(!budget.tick());
    }

    #[test]
    fn no_time_means_no_iterations() {
        assert!(!Budget::wall(Duration::ZERO).tick());
    }
}
