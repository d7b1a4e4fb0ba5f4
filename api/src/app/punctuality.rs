//! What deliveries teach promises, and whether promises came true.

use std::collections::BTreeMap;
use std::ops::Bound;

use engine::calendar::Day;
use engine::calendar::civil::Date;
use engine::fulfilment::{Coverage, Event};
use engine::ids::{OrderId, ShipmentId};
use engine::promise::{self, TrackRecord, Tracked};
use engine::units::Timestamp;

use super::{App, AppError};

/// Shipments looked at under one lock.
const CHUNK: usize = 10_000;
/// Days of the peak that is told apart: the fortnight with most orders.
const PEAK_DAYS: i32 = 14;

/// How punctual deliveries are, and promises were.
#[derive(Clone, Debug)]
pub struct Punctuality {
    /// What was learned, or what carriers publish.
    pub record: TrackRecord,
    /// By year and month of acceptance.
    pub months: Vec<((i16, i8), Coverage)>,
    /// First day of the fortnight with most orders, and what became of these.
    pub peak: Option<(Date, Coverage)>,
}

impl App {
    /// Learns from all deliveries and hands what they teach to promises. Blocks; for jobs.
    pub fn learn_promises(&self) -> Result<(), AppError> {
        let now = self.now();
        let tracked = self.tracked();
        if tracked.is_empty() {
            return Ok(());
        }
        let record = promise::learn(&self.network, tracked, now, self.promise_level_bp);
        if self.read(|state| state.track_record().says_as(&record)) {
            return Ok(());
        }
        self.decide_blocking(now, move |_| Ok(vec![Event::TrackRecorded { record }]))
            .map_err(|error| super::submit_error(&self.network, error))
    }

    /// Every shipment that carriers have or had, read a part at a time so that nobody waits for it.
    fn tracked(&self) -> Vec<Tracked> {
        let (mut tracked, mut after) = (Vec::new(), Bound::<ShipmentId>::Unbounded);
        loop {
            let last = self.read(|state| {
                let part = state.shipments().range((after.clone(), Bound::Unbounded)).take(CHUNK);
                let mut last = None;
                for (id, shipment) in part {
                    tracked.extend(Tracked::of(&self.network, shipment));
                    last = Some(id.clone());
                }
                last
            });
            match last {
                Some(id) => after = Bound::Excluded(id),
                None => return tracked,
            }
        }
    }

    /// By day of acceptance, what became of forecasts and promises; read a part at a time too.
    fn coverage(&self, now: Timestamp) -> BTreeMap<Date, Coverage> {
        let (mut days, mut after) = (BTreeMap::new(), Bound::<OrderId>::Unbounded);
        loop {
            let last = self.read(|state| {
                let mut last = None;
                for (id, order) in state.orders().range((after.clone(), Bound::Unbounded)).take(CHUNK) {
                    state.cover(order, now, &mut days);
                    last = Some(id.clone());
                }
                last
            });
            match last {
                Some(id) => after = Bound::Excluded(id),
                None => return days,
            }
        }
    }

    /// How punctual deliveries are, and whether promises came true.
    pub fn punctuality(&self) -> Punctuality {
        let now = self.now();
        let (record, days) = (self.read(|state| state.track_record().clone()), self.coverage(now));
        let mut months: BTreeMap<(i16, i8), Vec<Coverage>> = BTreeMap::new();
        for (day, coverage) in &days {
            months.entry((day.year(), day.month())).or_default().push(*coverage);
        }
        let months = months.into_iter().map(|(month, days)| (month, Coverage::sum(&days))).collect();
        let fortnight = |first: &Date| {
            let last = Day::of(*first).plus(PEAK_DAYS - 1).date();
            Coverage::sum(days.range(*first..=last).map(|(_, coverage)| coverage))
        };
        let peaks = days.keys().map(|first| (*first, fortnight(first)));
        let peak = peaks.max_by_key(|(first, coverage)| (coverage.orders, std::cmp::Reverse(*first)));
        Punctuality { record, months, peak }
    }
}
