//! What time it is: the system's clock, or a virtual one that a test or a demo moves by hand.
//!
//! Use cases and jobs read time here and nowhere else, so that a whole peak day can be replayed in seconds.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::units::{Seconds, Timestamp};
use tokio::sync::watch;

/// A handle on a clock; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Virtual(Arc<watch::Sender<Timestamp>>),
}

/// Why a clock was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSet {
    /// Only a virtual clock can be set.
    #[error("the service runs on the system's clock, which cannot be set; start it with a virtual clock")]
    SystemClock,
    /// Time never goes back.
    #[error("the clock stands at {now} and never goes back")]
    Backwards {
        /// What the clock shows.
        now: Timestamp,
    },
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until it is set.
    pub fn virtual_at(start: Timestamp) -> Self {
        Self(Source::Virtual(Arc::new(watch::Sender::new(start))))
    }

    /// Whether the clock is moved by hand.
    pub fn is_virtual(&self) -> bool {
        matches!(self.0, Source::Virtual(_))
    }

    /// The time now, in whole seconds.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::from_unix(i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX)),
            Source::Virtual(time) => *time.borrow(),
        }
    }

    /// Moves a virtual clock to `time`, waking who sleeps until then or earlier.
    pub fn set(&self, time: Timestamp) -> Result<(), NotSet> {
        self.change(|_| time)
    }

    /// Moves a virtual clock on by `span`; returns what it shows then.
    pub fn advance(&self, span: Seconds) -> Result<Timestamp, NotSet> {
        self.change(|now| now + span)?;
        Ok(self.now())
    }

    /// Returns once the clock shows `time` or later; at once if it does.
    pub async fn sleep_until(&self, time: Timestamp) {
        match &self.0 {
            Source::System => system_sleep_until(time).await,
            Source::Virtual(shown) => {
                // The sender lives in `self`, so the channel cannot close while we wait.
                let _ = shown.subscribe().wait_for(|now| *now >= time).await;
            }
        }
    }

    fn change(&self, next: impl FnOnce(Timestamp) -> Timestamp) -> Result<(), NotSet> {
        let Source::Virtual(shown) = &self.0 else { return Err(NotSet::SystemClock) };
        let mut refusal = None;
        shown.send_if_modified(|now| {
            let to = next(*now);
            if to < *now {
                refusal = Some(NotSet::Backwards { now: *now });
                return false;
            }
            *now = to;
            true
        });
        refusal.map_or(Ok(()), Err)
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Sleeps in short stretches, because the system's clock may be set while we sleep.
async fn system_sleep_until(time: Timestamp) {
    const STRETCH: Duration = Duration::from_secs(30);
    let target = Duration::from_secs(u64::try_from(time.unix()).unwrap_or(0));
    loop {
        let left = target.saturating_sub(since_epoch());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(STRETCH)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix: i64) -> Timestamp {
        Timestamp::from_unix(unix)
    }

    #[test]
    fn a_virtual_clock_moves_only_forward_and_for_every_clone() {
        let clock = Clock::virtual_at(at(100));
        let clone = clock.clone();
        assert_eq!(clock.set(at(99)), Err(NotSet::Backwards { now: at(100) }));
        assert_eq!(clock.set(at(100)), Ok(()));
        assert_eq!(clone.advance(Seconds::minutes(1)), Ok(at(160)));
        assert_eq!(clock.advance(Seconds::new(-1)), Err(NotSet::Backwards { now: at(160) }));
        assert_eq!(clock.now(), at(160));
    }

    #[test]
    fn the_system_clock_runs_and_cannot_be_set() {
        let clock = Clock::system();
        assert!(clock.now() > at(1_700_000_000));
        assert_eq!(clock.set(at(0)), Err(NotSet::SystemClock));
    }

    #[tokio::test]
    async fn sleepers_wake_when_their_time_is_set() {
        let clock = Clock::virtual_at(at(0));
        let (early, late) = (clock.clone(), clock.clone());
        let early = tokio::spawn(async move { early.sleep_until(at(10)).await });
        let late = tokio::spawn(async move { late.sleep_until(at(20)).await });
        tokio::task::yield_now().await;
        assert!(!early.is_finished());
        clock.set(at(15)).unwrap();
        early.await.unwrap();
        assert!(!late.is_finished());
        clock.set(at(20)).unwrap();
        late.await.unwrap();
    }

    #[tokio::test]
    async fn sleeping_until_the_past_returns_at_once() {
        Clock::system().sleep_until(at(1)).await;
        Clock::virtual_at(at(5)).sleep_until(at(5)).await;
    }

    #[tokio::test]
    async fn the_system_clock_sleeps_until_the_second_begins() {
        let clock = Clock::system();
        let target = clock.now() + Seconds::new(1);
        clock.sleep_until(target).await;
        assert!(clock.now() >= target);
    }
}
