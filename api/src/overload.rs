//! Who is let in: a share per caller, and a bound for all, so that what is accepted is answered in time.
//!
//! Refusals cost nothing: they come before the body is read, but for a wrong signature, which is of the body. Quotes are shed first, because a buyer who gets no quote has
//! a fallback rate, whereas a paid order has none.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a request is for, in the order in which classes are shed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Prices and promises: shed first.
    Quote,
    /// Everything else: orders, floor, carriers, operations.
    Work,
}

/// The bound on requests in work.
#[derive(Clone, Debug)]
pub struct Gate(Arc<GateState>);

#[derive(Debug)]
struct GateState {
    in_work: AtomicUsize,
    limit: usize,
    quote_limit: usize,
}

/// The right to be in work, given back when dropped.
#[derive(Debug)]
pub struct Permit(Arc<GateState>);

impl Gate {
    /// A gate for `limit` requests in work, of which quotes may come in up to `quote_share_percent`.
    pub fn new(limit: usize, quote_share_percent: u32) -> Self {
        let quote_limit = (limit * quote_share_percent as usize / 100).max(1);
        Self(Arc::new(GateState { in_work: AtomicUsize::new(0), limit, quote_limit }))
    }

    /// Lets a request in, or not.
    pub fn enter(&self, class: Class) -> Option<Permit> {
        let limit = match class {
            Class::Quote => self.0.quote_limit,
            Class::Work => self.0.limit,
        };
        let entered =
            self.0.in_work.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then_some(n + 1));
        entered.ok().map(|_| Permit(Arc::clone(&self.0)))
    }

    /// Requests in work.
    pub fn in_work(&self) -> usize {
        self.0.in_work.load(Ordering::Relaxed)
    }

    /// 0 idle, 1 full.
    pub fn pressure(&self) -> f64 {
        self.in_work() as f64 / self.0.limit as f64
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.in_work.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A token bucket per caller: `rate` requests a second on average, `burst` at once.
#[derive(Debug)]
pub struct RateLimits {
    rate: f64,
    burst: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// Above this many callers, full buckets are thrown away: a new one is full as well.
const BUCKETS_KEPT: usize = 10_000;

impl RateLimits {
    /// Limits of `per_second` requests with bursts of `burst`.
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { rate: f64::from(per_second), burst: f64::from(burst), buckets: Mutex::default() }
    }

    /// Takes one request of `caller` at `now`, or says how long until there is one.
    pub fn take(&self, caller: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(caller) {
            self.make_room(&mut buckets, now);
            buckets.insert(caller.to_owned(), Bucket { tokens: self.burst, filled: now });
        }
        let Some(bucket) = buckets.get_mut(caller) else { return Ok(()) };
        let tokens = self.tokens_at(*bucket, now);
        let left = if tokens >= 1.0 { tokens - 1.0 } else { tokens };
        *bucket = Bucket { tokens: left, filled: now.max(bucket.filled) };
        if tokens >= 1.0 { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - tokens) / self.rate)) }
    }

    fn tokens_at(&self, bucket: Bucket, now: Instant) -> f64 {
        let waited = now.saturating_duration_since(bucket.filled).as_secs_f64();
        (bucket.tokens + waited * self.rate).min(self.burst)
    }

    fn make_room(&self, buckets: &mut HashMap<String, Bucket>, now: Instant) {
        if buckets.len() >= BUCKETS_KEPT {
            buckets.retain(|_, bucket| self.tokens_at(*bucket, now) < self.burst);
        }
    }
}

/// Seconds to ask a refused caller to wait: `base` and up to as much again, so that callers do not return all at once.
pub fn jittered(base: Duration) -> u64 {
    let base = base.as_millis().max(1_000) as u64;
    // The low bits of the clock differ enough between callers; nothing depends on their being hard to guess.
    let noise =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| u64::from(t.subsec_nanos()));
    (base + noise.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) % (base + 1)).div_ceil(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_shed_before_work() {
        let gate = Gate::new(4, 50);
        let held: Vec<_> = (0..2).map(|_| gate.enter(Class::Quote).unwrap()).collect();
        assert!(gate.enter(Class::Quote).is_none());
        let more: Vec<_> = (0..2).map(|_| gate.enter(Class::Work).unwrap()).collect();
        assert!(gate.enter(Class::Work).is_none());
        assert_eq!((gate.in_work(), gate.pressure()), (4, 1.0));
        drop((held, more));
        assert_eq!(gate.in_work(), 0);
        assert!(gate.enter(Class::Quote).is_some());
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_counts() {
        let limits = RateLimits::new(10, 3);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(limits.take("m1", start), Ok(()));
        }
        assert_eq!(limits.take("m1", start), Err(Duration::from_millis(100)));
        assert_eq!(limits.take("m2", start), Ok(()), "another caller has its own share");
        let later = start + Duration::from_millis(100);
        assert_eq!(limits.take("m1", later), Ok(()));
        assert!(limits.take("m1", later).is_err());
        let much_later = start + Duration::from_secs(60);
        assert_eq!(
            (0..5).filter(|_| limits.take("m1", much_later).is_ok()).count(),
            3,
            "no more than a burst is saved up"
        );
    }

    #[test]
    fn idle_callers_are_forgotten() {
        let limits = RateLimits::new(1, 1);
        let start = Instant::now();
        for n in 0..BUCKETS_KEPT {
            limits.take(&n.to_string(), start).unwrap();
        }
        limits.take("one more", start + Duration::from_secs(2)).unwrap();
        assert_eq!(limits.buckets.lock().unwrap().len(), 1);
    }

    #[test]
    fn jitter_stays_within_twice_the_base() {
        for _ in 0..1_000 {
            let seconds = jittered(Duration::from_secs(2));
            assert!((2..=4).contains(&seconds), "{seconds}");
        }
    }
}
