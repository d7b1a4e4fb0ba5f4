//! The delivery days, or windows of own vans, in which a parcel may arrive, and places within them.

use crate::calendar::civil::Time;
use crate::calendar::{Clock, Day};
use crate::model::{PostalIx, ServiceIx};
use crate::network::{Network, Window};
use crate::units::{Seconds, Timestamp};

use super::delays::{LATEST, SCHEDULED, SLOTS};
use super::departure::windows;

const DAY_S: f64 = 86_400.0;

/// Spans in which parcels arrive, in order.
pub(super) enum Slots<'a> {
    /// Local days at the door.
    Days(&'a Clock, Vec<Day>),
    /// Windows of own vans.
    Windows(Vec<Window>),
}

impl<'a> Slots<'a> {
    /// The delivery days around the one scheduled, [`SLOTS`] of them; for own vans the windows from the one that starts at
    /// `pickup_at`, where those before are empty.
    pub(super) fn around(
        network: &'a Network,
        service: ServiceIx,
        postal: PostalIx,
        pickup_at: Timestamp,
        scheduled_by: Timestamp,
    ) -> Self {
        if let Some(fleet) = network.fleet_of(service) {
            let none = Window { starts: pickup_at, ends: pickup_at };
            let mut found = vec![none; SCHEDULED];
            let next = windows(network, fleet, pickup_at, LATEST as usize + 1);
            found.extend(next.into_iter().map(|(starts, ends)| Window { starts, ends }));
            let last = found.last().copied().unwrap_or(none);
            found.resize(SLOTS, last);
            return Self::Windows(found);
        }
        let (clock, days) = (network.timetable.door_clock(postal), network.timetable.delivery_days(service));
        let scheduled = clock.day(scheduled_by);
        let mut found = vec![scheduled; SLOTS];
        for slot in (0..SCHEDULED).rev() {
            found[slot] = days.on_or_before(found[slot + 1].plus(-1)).unwrap_or(found[slot + 1]);
        }
        for slot in SCHEDULED + 1..SLOTS {
            found[slot] = days.on_or_after(found[slot - 1].next()).unwrap_or(found[slot - 1]);
        }
        Self::Days(clock, found)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Days(_, days) => days.len(),
            Self::Windows(windows) => windows.len(),
        }
    }

    /// When a slot is over.
    pub(super) fn end(&self, slot: usize) -> Timestamp {
        match self {
            Self::Days(clock, days) => clock.instant(days[slot].next(), Time::midnight()),
            Self::Windows(windows) => windows[slot].ends,
        }
    }

    /// The first slot that is not over at `at`, and how much of it is, by the clock on the wall; 0 before it. `None` where all are over.
    pub(super) fn place(&self, at: Timestamp) -> Option<(usize, f64)> {
        match self {
            Self::Days(clock, days) => {
                let (day, second) = clock.local(at);
                let slot = days.iter().position(|slot| *slot >= day)?;
                Some((slot, if days[slot] == day { second as f64 / DAY_S } else { 0.0 }))
            }
            Self::Windows(windows) => {
                let slot = windows.iter().position(|window| window.ends >= at)?;
                let Window { starts, ends } = windows[slot];
                let length = (ends - starts).get().max(1) as f64;
                Some((slot, ((at - starts).get() as f64 / length).clamp(0.0, 1.0)))
            }
        }
    }

    /// The instant when this fraction of a slot is over, to the second.
    pub(super) fn instant(&self, slot: usize, fraction: f64) -> Timestamp {
        match self {
            Self::Days(clock, days) => {
                let second = (fraction * DAY_S).round().clamp(0.0, DAY_S) as i64;
                if second >= DAY_S as i64 {
                    return self.end(slot);
                }
                let part = |n: i64| i8::try_from(n).unwrap_or(0);
                let time = Time::new(part(second / 3_600), part(second / 60 % 60), part(second % 60), 0);
                clock.instant(days[slot], time.unwrap_or_default())
            }
            Self::Windows(windows) => {
                let Window { starts, ends } = windows[slot];
                starts + Seconds::new(((ends - starts).get() as f64 * fraction).round() as i64)
            }
        }
    }

    /// Both, each slot once, with what `mine` and `theirs` say of each added up.
    pub(super) fn merged(self, mine: Vec<f64>, other: &Self, theirs: &[f64]) -> (Self, Vec<f64>) {
        fn add<T: Copy + Ord>(a: Vec<T>, mine: Vec<f64>, b: &[T], theirs: &[f64]) -> (Vec<T>, Vec<f64>) {
            let mut all: Vec<(T, f64)> = a.into_iter().zip(mine).collect();
            for (slot, share) in b.iter().zip(theirs) {
                match all.binary_search_by_key(slot, |(known, _)| *known) {
                    Ok(at) => all[at].1 += share,
                    Err(at) => all.insert(at, (*slot, *share)),
                }
            }
            all.into_iter().unzip()
        }
        match (self, other) {
            (Self::Days(clock, days), Self::Days(_, others)) => {
                let (days, shares) = add(days, mine, others, theirs);
                (Self::Days(clock, days), shares)
            }
            (slots, _) => (slots, mine),
        }
    }
}
