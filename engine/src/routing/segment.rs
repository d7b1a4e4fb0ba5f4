//! The algebra of visits: what a stretch of a route needs, so that two stretches join in constant time.
//!
//! Source of the time algebra: T. Vidal, T. Crainic, M. Gendreau, C. Prins (2013), "A hybrid genetic algorithm with
//! adaptive diversity management for a large class of vehicle routing problems with time-windows"; release times are
//! folded in per trip here, so that a closed trip is a plain segment again.

/// Later than any time; no window, no limit.
pub const NO_LIMIT: i64 = 1 << 60;

/// Time needed by a stretch of visits, travel between them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSegment {
    /// Least duration: travel, service and the waiting that no start can avoid.
    pub duration: i64,
    /// Lateness that no start can avoid; 0 means all windows can be met.
    pub warp: i64,
    /// Earliest start that attains `duration` and `warp`.
    pub early: i64,
    /// Latest start that does.
    pub late: i64,
    /// The trip that this stretch belongs to cannot leave its depot before.
    pub release: i64,
}

impl TimeSegment {
    /// One visit.
    pub fn visit(service: i64, early: i64, late: i64, release: i64) -> Self {
        Self { duration: service, warp: 0, early, late, release }
    }

    /// This stretch, `travel`, then `next`.
    #[inline]
    #[must_use]
    pub fn merge(&self, travel: i64, next: &Self) -> Self {
        let gap = self.duration - self.warp + travel;
        let wait = (next.early - gap - self.late).max(0);
        let warp = (self.early + gap - next.late).max(0);
        Self {
            duration: self.duration + next.duration + travel + wait,
            warp: self.warp + next.warp + warp,
            early: (next.early - gap).max(self.early) - wait,
            late: (next.late - gap).min(self.late) + warp,
            release: self.release.max(next.release),
        }
    }

    /// The segment of a whole trip (it starts at its depot): the release time becomes part of the start window.
    #[inline]
    #[must_use]
    pub fn closed(&self) -> Self {
        Self {
            duration: self.duration,
            warp: self.warp + (self.release - self.late).max(0),
            early: self.early.max(self.release),
            late: self.late.max(self.release),
            release: 0,
        }
    }
}

/// Load of a stretch of visits within one trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadSegment {
    /// What the trip must take from the depot for this stretch.
    pub delivery: i64,
    /// What is on board for the depot (or for a later stop) after it; negative where it hands over goods picked up before.
    pub pickup: i64,
    /// Highest load within, relative to what others put on board.
    pub peak: i64,
}

impl LoadSegment {
    /// A stop that takes `delivery` from the depot and gives `pickup` to it.
    pub fn stop(delivery: i64, pickup: i64) -> Self {
        Self { delivery, pickup, peak: delivery.max(pickup) }
    }

    /// The first end of a pair: `amount` comes on board until the second end.
    pub fn collect(amount: i64) -> Self {
        Self { delivery: 0, pickup: amount, peak: amount }
    }

    /// The second end of a pair.
    pub fn hand_over(amount: i64) -> Self {
        Self { delivery: 0, pickup: -amount, peak: 0 }
    }

    /// This stretch, then `next`.
    #[inline]
    #[must_use]
    pub fn merge(&self, next: &Self) -> Self {
        Self {
            delivery: self.delivery + next.delivery,
            pickup: self.pickup + next.pickup,
            peak: (self.peak + next.delivery).max(self.pickup + next.peak),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_counted_only_where_no_start_avoids_it() {
        let a = TimeSegment::visit(5, 0, 10, 0);
        let b = TimeSegment::visit(5, 40, 50, 0);
        // Leave a at 15 at the latest, arrive 25, wait 15 until 40.
        let ab = a.merge(10, &b);
        assert_eq!(ab, TimeSegment { duration: 5 + 10 + 15 + 5, warp: 0, early: 10, late: 10, release: 0 });
    }

    #[test]
    fn lateness_is_kept_as_warp() {
        let a = TimeSegment::visit(0, 20, 30, 0);
        let b = TimeSegment::visit(0, 0, 25, 0);
        // Earliest arrival 20 + 10 = 30, 5 too late.
        assert_eq!(a.merge(10, &b).warp, 5);
    }

    #[test]
    fn a_release_after_the_latest_start_is_lateness() {
        let depot = TimeSegment::visit(0, 0, 100, 0);
        let stop = TimeSegment::visit(0, 0, 50, 45);
        // Latest departure 40; the goods come at 45.
        let trip = depot.merge(10, &stop).closed();
        assert_eq!((trip.warp, trip.early, trip.late), (5, 45, 45));
    }

    #[test]
    fn merging_is_associative_over_a_line_of_visits() {
        let mut rng = crate::search::Seed(5).rng();
        for _ in 0..2_000 {
            let mut visit = || {
                let early = rng.range(0, 50);
                TimeSegment::visit(rng.range(0, 10), early, early + rng.range(0, 50), rng.range(0, 60))
            };
            let (a, b, c) = (visit(), visit(), visit());
            let left = a.merge(3, &b).merge(4, &c);
            let right = a.merge(3, &b.merge(4, &c));
            assert_eq!((left.duration, left.warp, left.release), (right.duration, right.warp, right.release));
        }
    }

    #[test]
    fn the_peak_of_mixed_loads() {
        // Deliver 5, then collect 4, then deliver 2: leave with 7; after the first 2; then 6; then 4.
        let all = LoadSegment::stop(5, 0).merge(&LoadSegment::stop(0, 4)).merge(&LoadSegment::stop(2, 0));
        assert_eq!(all, LoadSegment { delivery: 7, pickup: 4, peak: 7 });
        // The other order of the last two: leave with 7, 2, 0, 4.
        let all = LoadSegment::stop(0, 4).merge(&LoadSegment::stop(5, 0)).merge(&LoadSegment::stop(2, 0));
        assert_eq!(all.peak, 11); // 7 from the depot, then 4 more on top
    }

    #[test]
    fn a_pair_loads_only_between_its_ends() {
        let pair = LoadSegment::collect(6).merge(&LoadSegment::hand_over(6));
        assert_eq!(pair, LoadSegment { delivery: 0, pickup: 0, peak: 6 });
        assert_eq!(pair.merge(&pair).peak, 6);
    }
}
