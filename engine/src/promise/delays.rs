//! How far parcels arrive from their schedule, as shares: by delivery days, by the hour, and at the dock.

use serde::{Deserialize, Serialize};

/// Delivery days before the scheduled one that are told apart; earlier ones count there.
pub(super) const EARLIEST: i32 = -3;
/// Delivery days after the scheduled one that are told apart.
pub(super) const LATEST: i32 = 10;
/// Delivery days told apart, the scheduled one among them.
pub(super) const SLOTS: usize = (LATEST - EARLIEST + 1) as usize;
/// Place of the scheduled delivery day among them.
pub(super) const SCHEDULED: usize = -EARLIEST as usize;

/// Delivery days that a promise allows after the scheduled one, at most.
const MOST_ALLOWED: usize = 5;

/// All of something, in basis points.
const WHOLE: f64 = 10_000.0;

/// Shares of parcels that have arrived by the end of each delivery day around the scheduled one (own vans: delivery window), in
/// basis points; they never fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delays([u16; SLOTS]);

impl Delays {
    /// What a carrier's published share on schedule says: nobody is early, four of five late ones come a delivery day later.
    pub(super) fn published(on_time_bp: u32) -> Self {
        let late = WHOLE - f64::from(on_time_bp.min(10_000));
        let by =
            |slot: usize| if slot < SCHEDULED { 0.0 } else { WHOLE - late * 0.2_f64.powi((slot - SCHEDULED) as i32) };
        Self(std::array::from_fn(|slot| by(slot).round() as u16))
    }

    /// Of the chances to arrive on each delivery day for a parcel that has not before.
    pub(super) fn from_hazards(hazards: &[f64; SLOTS]) -> Self {
        let mut left = 1.0;
        Self(hazards.map(|hazard| {
            left *= 1.0 - hazard;
            ((1.0 - left) * WHOLE).round() as u16
        }))
    }

    /// The share that arrives on each delivery day.
    pub(super) fn shares(&self) -> [f64; SLOTS] {
        let mut before = 0.0;
        self.0.map(|by| {
            let share = (f64::from(by) - before) / WHOLE;
            before = f64::from(by);
            share
        })
    }

    /// The share that has arrived by the end of each delivery day.
    pub(super) fn shares_by(&self) -> [f64; SLOTS] {
        self.0.map(|by| f64::from(by) / WHOLE)
    }

    /// The share that has arrived by the end of the scheduled delivery day, in basis points.
    pub fn on_time_bp(&self) -> u16 {
        self.0[SCHEDULED]
    }

    /// Delivery days to allow after the scheduled one so that a share of at least `level_bp` arrives within them; [`MOST_ALLOWED`]
    /// where more would be needed, and the chance told says that it is not kept.
    pub(super) fn allowance(&self, level_bp: u16) -> u8 {
        let enough = self.0[SCHEDULED..].iter().take(MOST_ALLOWED).position(|by| *by >= level_bp);
        enough.unwrap_or(MOST_ALLOWED) as u8
    }

    /// The largest difference to another, in basis points.
    pub(super) fn distance(&self, other: &Self) -> u16 {
        self.0.iter().zip(other.0).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0)
    }
}

/// Parts of a delivery day, or window, that are told apart.
pub(super) const HOURS: usize = 24;

/// Shares of the parcels that arrive on a delivery day that have arrived by the end of each hour of the wall clock at the door (own
/// vans: of each 24th of the window), in basis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours([u16; HOURS]);

/// Deliveries begin, as long as nothing is known.
const BEGIN_HOUR: f64 = 9.0;

impl Hours {
    /// Evenly from nine o'clock to the second of the day at which the service ends.
    pub(super) fn until(second: u32) -> Self {
        let ends = (f64::from(second) / 3_600.0).max(1.0);
        let begins = BEGIN_HOUR.min(ends - 1.0);
        let by = |hour: usize| ((hour as f64 + 1.0 - begins) / (ends - begins)).clamp(0.0, 1.0);
        Self(std::array::from_fn(|hour| (by(hour) * WHOLE).round() as u16))
    }

    /// Evenly through a window.
    pub(super) fn even() -> Self {
        Self(std::array::from_fn(|hour| ((hour as f64 + 1.0) / HOURS as f64 * WHOLE).round() as u16))
    }

    /// Of counts by hour, none of them negative, together with `prior` counted as `strength` parcels.
    pub(super) fn of(counts: &[f64; HOURS], prior: &Self, strength: f64) -> Self {
        let all: f64 = counts.iter().sum::<f64>() + strength;
        let mut sum = 0.0;
        Self(std::array::from_fn(|hour| {
            sum += counts[hour];
            ((sum + strength * f64::from(prior.0[hour]) / WHOLE) / all * WHOLE).round() as u16
        }))
    }

    /// The share that has arrived when this fraction of the day is over.
    pub(super) fn by(&self, fraction: f64) -> f64 {
        let place = (fraction * HOURS as f64).clamp(0.0, HOURS as f64);
        let hour = place as usize;
        let at = |hours: usize| if hours == 0 { 0.0 } else { f64::from(self.0[hours - 1]) / WHOLE };
        if hour >= HOURS { at(HOURS) } else { at(hour) + (at(hour + 1) - at(hour)) * (place - hour as f64) }
    }

    /// The fraction of the day when this share has arrived.
    pub(super) fn when(&self, share: f64) -> f64 {
        let wanted = share * WHOLE;
        let hour = self.0.iter().position(|by| f64::from(*by) >= wanted).unwrap_or(HOURS - 1);
        let before = if hour == 0 { 0.0 } else { f64::from(self.0[hour - 1]) };
        let within = f64::from(self.0[hour]) - before;
        let part = if within > 0.0 { ((wanted - before) / within).clamp(0.0, 1.0) } else { 1.0 };
        (hour as f64 + part) / HOURS as f64
    }
}

/// Minutes after its wave was due by which a shipment stands packed.
pub(super) const PACK_MINUTES: [i64; 10] = [0, 15, 30, 60, 90, 120, 180, 240, 360, 720];

/// Shares of shipments that stand packed so many minutes after their wave is due, in basis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackDelays([u16; PACK_MINUTES.len()]);

impl PackDelays {
    /// Of counts by the first of [`PACK_MINUTES`] not exceeded, with `all` of them; `None` where there are hardly any.
    pub(super) fn of(counts: &[f64; PACK_MINUTES.len()], all: f64) -> Option<Self> {
        let mut sum = 0.0;
        let by = counts.map(|count| {
            sum += count;
            (sum / all * WHOLE).round() as u16
        });
        (all >= 20.0).then_some(Self(by))
    }

    /// The share that stands packed so many seconds after the wave is due.
    pub(super) fn within(&self, seconds: i64) -> f64 {
        let minutes = seconds as f64 / 60.0;
        let Some(next) = PACK_MINUTES.iter().position(|edge| *edge as f64 >= minutes) else { return 1.0 };
        let at = |n: usize| (PACK_MINUTES[n] as f64, f64::from(self.0[n]) / WHOLE);
        let (edge, share) = at(next);
        if next == 0 {
            return if minutes < 0.0 { 0.0 } else { share };
        }
        let (before, less) = at(next - 1);
        less + (share - less) * (minutes - before) / (edge - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_share_is_on_time_and_most_of_the_rest_a_day_late() {
        let delays = Delays::published(9_700);
        assert_eq!(&delays.0[..SCHEDULED + 3], [0, 0, 0, 9_700, 9_940, 9_988]);
        assert_eq!([9_700, 9_701, 9_940, 10_000].map(|level| delays.allowance(level)), [0, 1, 1, 4]);
        let mut left = 1.0;
        let hazards = delays.shares().map(|share: f64| {
            let hazard = if left > 0.0 { share / left } else { 1.0 };
            left -= share;
            hazard
        });
        assert_eq!(delays, Delays::from_hazards(&hazards));
        assert!((delays.shares().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(Delays::published(10_000).allowance(10_000), 0);
    }

    #[test]
    fn hours_are_read_both_ways() {
        let hours = Hours::until(20 * 3_600);
        assert_eq!([9.0, 14.5, 20.0, 24.0].map(|hour| hours.by(hour / 24.0)), [0.0, 0.5, 1.0, 1.0]);
        for share in [0.01, 0.25, 0.5, 0.9, 1.0] {
            assert!((hours.by(hours.when(share)) - share).abs() < 1e-3, "{share}");
        }
        // A service that ends in the morning delivers in its last hour.
        assert_eq!(Hours::until(8 * 3_600).by(7.5 / 24.0), 0.5);
        assert!((Hours::even().by(0.25) - 0.25).abs() < 1e-3);
        // Everything at 18 to 19 o'clock outweighs what was thought before.
        let mut counts = [0.0; HOURS];
        counts[18] = 990.0;
        let learned = Hours::of(&counts, &hours, 10.0);
        assert!(learned.by(18.0 / 24.0) < 0.01 && learned.by(19.0 / 24.0) > 0.99);
    }

    #[test]
    fn packing_is_late_by_minutes() {
        let mut counts = [0.0; PACK_MINUTES.len()];
        (counts[0], counts[3]) = (90.0, 8.0);
        let late = PackDelays::of(&counts, 100.0).unwrap();
        let shares =
            [-60, 0, 29 * 60, 45 * 60, 3_600, 12 * 3_600, 13 * 3_600].map(|s| (late.within(s) * 100.0).round());
        assert_eq!(shares, [0.0, 90.0, 90.0, 94.0, 98.0, 98.0, 100.0]);
        assert_eq!(PackDelays::of(&counts, 19.0), None);
    }
}
