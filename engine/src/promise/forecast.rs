//! When does a shipment arrive, as a distribution?
//!
//! Three stages, each learned from tracking events where there are any ([`TrackRecord`]) and parametric otherwise, convolved in local
//! time:
//!
//! - *dock*: the shipment stands packed some minutes after its wave is due, so that it is collected then, or by one of the next
//!   collections of the warehouse's own clock and calendar;
//! - *transit*: each collection has its scheduled delivery day ([`super::arrival`]); the parcel arrives some delivery days of the service
//!   before or after it, so that a day more over a weekend or a holiday is as long as these are (own vans: windows);
//! - *door*: it arrives at some hour of that day on the clock at the door, on days of 23 and 25 hours too.
//!
//! P(arrived by t) = sum over collections c of P(c) * (P(earlier day) + P(that day) * P(hour)).

use serde::{Deserialize, Serialize};

use crate::model::{PostalIx, ServiceIx};
use crate::network::Network;
use crate::units::{Seconds, Timestamp};

use super::arrival::delivery;
use super::chain::Promise;
use super::delays::Hours;
use super::departure::next_pickup;
use super::slots::Slots;
use super::track_record::{ServiceRecord, TrackRecord};

/// Collections after the planned one that a shipment packed late may go with.
const LATER_COLLECTIONS: usize = 2;
/// Shares that are not worth a collection.
const NEGLIGIBLE: f64 = 0.000_5;

/// Instants by which a shipment, or all of several, has arrived with a chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles {
    /// With one of two.
    pub p50: Timestamp,
    /// With nine of ten.
    pub p90: Timestamp,
    /// With nineteen of twenty.
    pub p95: Timestamp,
}

impl Quantiles {
    /// Of all these shipments together.
    pub fn of(forecasts: &[Forecast<'_>]) -> Self {
        let [p50, p90, p95] = [0.5, 0.9, 0.95].map(|chance| all_quantile(forecasts, chance));
        Self { p50, p90, p95 }
    }
}

/// When a shipment arrives.
pub struct Forecast<'a> {
    slots: Slots<'a>,
    /// What has arrived by the end of each slot.
    arrived: Vec<f64>,
    hours: Hours,
}

/// The distribution behind a promise of a service to a postal area; by what its carrier publishes where `record` knows nothing.
pub fn forecast<'a>(
    network: &'a Network,
    service: ServiceIx,
    postal: PostalIx,
    promise: &Promise,
    record: Option<&TrackRecord>,
) -> Forecast<'a> {
    let warehouse = promise.wave.warehouse;
    let is_own = network.fleet_of(service).is_some();
    let of_service = record.and_then(|record| record.services.get(service.0 as usize)).copied();
    let of_service = of_service.unwrap_or_else(|| ServiceRecord::published(&network.world, service));
    let known = record.and_then(|record| record.known(network, service, warehouse, postal));
    let (delays, hours) = (known.unwrap_or(&of_service.known).delays, of_service.hours);
    let on_schedule = |pickup_at| delivery(network, service, warehouse, postal, pickup_at);
    // What was allowed for lateness is no part of the schedule.
    let scheduled = match promise.allowance {
        0 => promise.delivers_by,
        _ => on_schedule(promise.pickup_at).unwrap_or(promise.delivers_by),
    };
    let slots = Slots::around(network, service, postal, promise.pickup_at, scheduled);
    let in_time = Forecast { slots, arrived: delays.shares_by().to_vec(), hours };
    let Some(packing) = record.and_then(|record| record.pack_delays(warehouse)).filter(|_| !is_own) else {
        return in_time;
    };
    let caught = |pickup: Timestamp| packing.within((pickup - promise.packed_by).get());
    let mut before = caught(promise.pickup_at);
    if before >= 1.0 - NEGLIGIBLE {
        return in_time;
    }
    let mut chances = vec![(promise.pickup_at, before)];
    for _ in 0..LATER_COLLECTIONS {
        let after = chances.last().map_or(promise.pickup_at, |(at, _)| *at) + Seconds::new(1);
        let Some((next, _)) = next_pickup(network, warehouse, service, after) else { break };
        let by_then = caught(next);
        chances.push((next, by_then - before));
        before = by_then;
    }
    if let Some((_, last)) = chances.last_mut() {
        *last += 1.0 - before;
    }
    let scaled = |share: f64| delays.shares().map(|of| of * share).to_vec();
    let (mut all, mut shares) = (in_time.slots, scaled(chances[0].1));
    for (pickup_at, chance) in chances.into_iter().skip(1).filter(|(_, chance)| *chance > NEGLIGIBLE) {
        let Some(scheduled) = on_schedule(pickup_at) else { continue };
        let slots = Slots::around(network, service, postal, pickup_at, scheduled);
        (all, shares) = all.merged(shares, &slots, &scaled(chance));
    }
    let mut sum = 0.0;
    shares.iter_mut().for_each(|share| {
        sum += *share;
        *share = sum;
    });
    Forecast { slots: all, arrived: shares, hours }
}

impl Forecast<'_> {
    /// The chance that it has arrived by `at`.
    pub fn by(&self, at: Timestamp) -> f64 {
        let Some((slot, fraction)) = self.slots.place(at) else { return self.arrived.last().copied().unwrap_or(0.0) };
        let before = self.before(slot);
        before + (self.arrived[slot] - before) * self.hours.by(fraction)
    }

    fn before(&self, slot: usize) -> f64 {
        if slot == 0 { 0.0 } else { self.arrived[slot - 1] }
    }

    /// When it has arrived with this chance; the end of what is told apart where that is less.
    pub fn quantile(&self, chance: f64) -> Timestamp {
        let reached = self.arrived.iter().position(|arrived| *arrived >= chance);
        let Some(slot) = reached else { return self.slots.end(self.slots.len() - 1) };
        let before = self.before(slot);
        let share = (self.arrived[slot] - before).max(f64::MIN_POSITIVE);
        self.slots.instant(slot, self.hours.when(((chance - before) / share).clamp(0.0, 1.0)))
    }
}

/// The chance that all of several shipments have arrived by `at`, as if they were late independently of each other.
pub fn all_by(forecasts: &[Forecast<'_>], at: Timestamp) -> f64 {
    forecasts.iter().map(|forecast| forecast.by(at)).product()
}

/// Several shipments are looked at to the minute.
const FINE_S: i64 = 60;

/// When all of several shipments have arrived with this chance.
pub fn all_quantile(forecasts: &[Forecast<'_>], chance: f64) -> Timestamp {
    if let [one] = forecasts {
        return one.quantile(chance);
    }
    // Each must have arrived with it; if each has with its root, all have.
    let latest = |chance| forecasts.iter().map(|forecast| forecast.quantile(chance)).max().unwrap_or_default().unix();
    let (mut low, mut high) = (latest(chance) - 1, latest(chance.powf(1.0 / forecasts.len().max(1) as f64)));
    while low + FINE_S < high {
        let middle = low + (high - low) / 2;
        match all_by(forecasts, Timestamp::from_unix(middle)) >= chance {
            true => high = middle,
            false => low = middle,
        }
    }
    Timestamp::from_unix(high)
}
