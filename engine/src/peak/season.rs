//! A season of simulated tracking events: do promises made of them come true?
//!
//! Parcels are ordered every day, promised by [`promise::earliest`] and forecast by the track record that was learned from what was known at
//! the midnight before, as in the service. What happens to them is drawn from another model than promises assume: lanes, services
//! and days of a service each have their own chance of being late (a logistic of normal effects; days follow each other), late ones are late
//! by a geometric number of delivery days, some are early, docks and hours of delivery have courses of their own, some deliveries are never
//! told of, and in the peak the odds of being late drift away and back. So coverage can fail.

use crate::calendar::Day;
use crate::calendar::civil::Date;
use crate::model::{PostalIx, ServiceIx, WarehouseIx};
use crate::network::Network;
use crate::promise::{self, Need, Quantiles, TrackRecord, Tracked, WaveLoad};
use crate::search::{Rng, Seed};
use crate::units::{Seconds, Timestamp};

/// A season.
#[derive(Clone, Debug)]
pub struct Season {
    /// Its first day.
    pub first: Date,
    /// How many days it has.
    pub days: i32,
    /// Parcels ordered each day; in the peak twice as many.
    pub parcels: usize,
    /// First and last day of the peak fortnight.
    pub peak: (Date, Date),
    /// By how much the log-odds of being late grow in the middle of the peak.
    pub drift: f64,
    /// Share of deliveries that are never told of.
    pub untold: f64,
    /// Days at the start of which nothing is counted, as too little is known.
    pub warm_up: i32,
    /// The share of parcels that promises are meant to keep, in basis points.
    pub level_bp: u16,
    /// Root of all randomness.
    pub seed: Seed,
}

/// Parcels of a part of the season.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covered {
    /// Parcels.
    pub parcels: u64,
    /// Those that arrived by what was forecast with 50, 90 and 95 %.
    pub by: [u64; 3],
    /// Those that arrived by the date promised.
    pub kept: u64,
    /// Those that arrived by the schedule alone.
    pub on_schedule: u64,
    /// Sum of the chances told for the date promised.
    pub chances: f64,
}

impl Covered {
    /// Percent of the parcels.
    pub fn percent(&self, count: u64) -> f64 {
        100.0 * count as f64 / self.parcels.max(1) as f64
    }
}

/// Coverage by month, and of the peak fortnight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Year and month with its parcels, in order.
    pub months: Vec<((i16, i8), Covered)>,
    /// Those ordered in the peak.
    pub peak: Covered,
}

/// Places that get most parcels; the rest of the network gets none.
const PLACES: usize = 400;

/// Runs the season; `each_day` is told of every day done.
pub fn run(network: &Network, season: &Season, mut each_day: impl FnMut(i32)) -> Coverage {
    let truth = Truth::new(network, season);
    let (mut tracked, mut coverage) = (Vec::<Tracked>::new(), Coverage::default());
    let first = Day::of(season.first);
    for n in 0..season.days {
        let day = first.plus(n);
        let midnight = Timestamp::from_unix(i64::from(day.number()) * 86_400);
        let known = tracked.iter().map(|parcel| Tracked {
            delivered_at: parcel.delivered_at.filter(|at| *at <= midnight),
            packed_at: parcel.packed_at.filter(|at| *at <= midnight),
            ..*parcel
        });
        let load = Taught { record: promise::learn(network, known, midnight, season.level_bp) };
        let mut rng = season.seed.child("day", n as u64).rng();
        let in_peak = (season.peak.0..=season.peak.1).contains(&day.date());
        let parcels = if in_peak { 2 * season.parcels } else { season.parcels };
        for _ in 0..parcels {
            let Some(parcel) = truth.parcel(network, midnight, &mut rng, &load) else { continue };
            if n >= season.warm_up {
                coverage.count(day.date(), in_peak, &parcel);
            }
            tracked.push(parcel.tracked);
        }
        each_day(n);
    }
    coverage
}

/// Endless room, and a track record.
struct Taught {
    record: TrackRecord,
}

impl WaveLoad for Taught {
    fn track_record(&self) -> Option<&TrackRecord> {
        Some(&self.record)
    }
}

/// A parcel with what was promised and what became of it.
struct Parcel {
    tracked: Tracked,
    arrives: Timestamp,
    forecast: Quantiles,
    promised: Timestamp,
    scheduled: Timestamp,
    chance: f64,
}

impl Coverage {
    fn count(&mut self, date: Date, in_peak: bool, parcel: &Parcel) {
        let month = (date.year(), date.month());
        if self.months.last().is_none_or(|(known, _)| *known != month) {
            self.months.push((month, Covered::default()));
        }
        let of_month = self.months.last_mut().map(|(_, covered)| covered);
        for covered in of_month.into_iter().chain(in_peak.then_some(&mut self.peak)) {
            let Quantiles { p50, p90, p95 } = parcel.forecast;
            covered.parcels += 1;
            for (count, by) in covered.by.iter_mut().zip([p50, p90, p95]) {
                *count += u64::from(parcel.arrives <= by);
            }
            covered.kept += u64::from(parcel.arrives <= parcel.promised);
            covered.on_schedule += u64::from(parcel.arrives <= parcel.scheduled);
            covered.chances += parcel.chance;
        }
    }
}

/// What really happens.
struct Truth {
    services: Vec<ServiceIx>,
    places: Vec<PostalIx>,
    /// Log-odds of being late that day by service, from the season's first day on.
    days: Vec<Vec<f64>>,
    first: Day,
    seed: Seed,
    untold: f64,
}

/// A standard normal number, by the sum of twelve even ones.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.unit()).sum::<f64>() - 6.0
}

fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl Truth {
    fn new(network: &Network, season: &Season) -> Self {
        let world = &network.world;
        let services: Vec<ServiceIx> =
            world.services.indices().filter(|service| network.fleet_of(*service).is_none()).collect();
        let mut rng = season.seed.child("places", 0).rng();
        let places = (0..PLACES).map(|_| PostalIx(rng.below(world.postals.len()) as u32)).collect();
        let first = Day::of(season.first);
        let drift = |day: Day| {
            let (start, end) = (Day::of(season.peak.0).number(), Day::of(season.peak.1).number());
            let into = f64::from(day.number() - start);
            let length = f64::from(end - start + 1);
            // Up over the first third of the peak, down over ten days after its last quarter.
            let (up, down) = (into / (length / 3.0), 1.0 - (into - 0.75 * length) / 10.0);
            season.drift * up.min(down).clamp(0.0, 1.0)
        };
        let of_service = |service: &ServiceIx| {
            let mut rng = season.seed.child("days", u64::from(service.0)).rng();
            let mut shock = 0.0;
            let days = (0..season.days + 60).map(|n| {
                shock = 0.7 * shock + 0.2 * normal(&mut rng);
                shock + drift(first.plus(n))
            });
            days.collect()
        };
        Self {
            days: services.iter().map(of_service).collect(),
            services,
            places,
            first,
            seed: season.seed,
            untold: season.untold,
        }
    }

    /// An effect of something numbered, always the same.
    fn effect(&self, name: &str, number: u64) -> f64 {
        normal(&mut self.seed.child(name, number).rng())
    }

    fn parcel(&self, network: &Network, midnight: Timestamp, rng: &mut Rng, load: &Taught) -> Option<Parcel> {
        let world = &network.world;
        let of_service = rng.below(self.services.len());
        let service = self.services[of_service];
        let warehouse = WarehouseIx(rng.below(world.warehouses.len()) as u32);
        // Few places get most: the square of an even number.
        let place = rng.unit().powi(2) * self.places.len() as f64;
        let postal = self.places[(place as usize).min(self.places.len() - 1)];
        let now = midnight + Seconds::new(rng.below(86_400) as i64);
        let need = Need { work: 1, parcels: 1 };
        let promise = promise::earliest(network, service, warehouse, postal, now, need, load).ok()?;
        let forecast = promise::forecast(network, service, postal, &promise, Some(&load.record));
        let forecasts = [forecast];
        // Packed in time, mostly.
        let late_dock = chance(-2.2 + 0.4 * self.effect("dock", u64::from(warehouse.0)));
        let packed = match rng.chance(late_dock) {
            true => (-40.0 * (1.0 - rng.unit()).ln()) as i64 * 60,
            false => -(rng.below(3_600) as i64),
        };
        let packed_at = promise.packed_by + Seconds::new(packed);
        let (pickup_at, _) = promise::next_pickup(network, warehouse, service, packed_at.max(promise.pickup_at))?;
        let scheduled = promise::delivery(network, service, warehouse, postal, pickup_at)?;
        let on_plan = promise::delivery(network, service, warehouse, postal, promise.pickup_at)?;
        let clock = network.timetable.door_clock(postal);
        let due = clock.day(scheduled);
        let region = world.postals[postal].region.0;
        let lane = (u64::from(service.0) << 40) | (u64::from(warehouse.0) << 32) | u64::from(region);
        let of_day = (due.number() - self.first.number()).clamp(0, self.days[of_service].len() as i32 - 1) as usize;
        let published = f64::from(world.services[service].on_time_bp) / 10_000.0;
        let usual = ((1.0 - published) / published).ln() + 0.5 * self.effect("service", u64::from(service.0));
        let odds = usual + 0.6 * self.effect("lane", lane) + self.days[of_service][of_day];
        let working = network.timetable.delivery_days(service);
        let mut day = due;
        if rng.chance(chance(odds)) {
            let further = 0.3 + 0.1 * (self.days[of_service][of_day] / 2.0).clamp(0.0, 2.0);
            day = working.on_or_after(day.next())?;
            while rng.chance(further) {
                day = working.on_or_after(day.next())?;
            }
        } else if rng.chance(chance(-2.5 + 0.5 * self.effect("early", lane))) {
            let before = working.on_or_before(day.plus(-1))?;
            day = if before > clock.day(pickup_at) { before } else { day };
        }
        // Two even numbers make a triangle, with its middle where the region's round has it.
        let middle = 14.0 + self.effect("round", u64::from(region));
        let hour = (middle + 4.5 * (rng.unit() + rng.unit() - 1.0)).clamp(7.0, 23.5);
        let time = Seconds::new((hour * 3_600.0) as i64);
        let arrives = clock.instant(day, crate::calendar::civil::Time::midnight()) + time;
        let told = !rng.chance(self.untold);
        Some(Parcel {
            tracked: Tracked {
                service,
                warehouse,
                postal,
                packed_due: promise.packed_by,
                packed_at: Some(packed_at),
                pickup_at,
                delivered_at: Some(arrives).filter(|_| told),
            },
            arrives,
            forecast: Quantiles::of(&forecasts),
            promised: promise.delivers_by,
            scheduled: on_plan,
            chance: promise::all_by(&forecasts, promise.delivers_by),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::civil::date;
    use crate::model::fixture::tiny_world;

    #[test]
    fn forecasts_cover_what_they_say_at_the_peak_too() {
        let season = Season {
            first: date(2025, 8, 1),
            days: 130,
            parcels: 300,
            peak: (date(2025, 11, 10), date(2025, 11, 23)),
            drift: 1.5,
            untold: 0.03,
            warm_up: 30,
            level_bp: 9_000,
            seed: Seed(1),
        };
        let coverage = run(&Network::new(tiny_world()), &season, |_| {});
        let months = coverage.months.iter().map(|(month, covered)| (format!("{month:?}"), covered));
        let parts: Vec<_> = months.chain([("peak".to_owned(), &coverage.peak)]).collect();
        assert!(parts.len() >= 5);
        // Days have shocks of their own, which all their parcels share: a few days of a month prove nothing.
        for (name, covered) in parts.iter().filter(|(_, covered)| covered.parcels > 5_000) {
            for (asked, count) in [50.0, 90.0, 95.0].into_iter().zip(covered.by) {
                let found = covered.percent(count);
                assert!((found - asked).abs() <= 2.0, "{name}: {found:.1} of {asked}");
            }
            assert!(covered.percent(covered.kept) >= 90.0, "{name}: {covered:?}");
        }
        // The peak is one: without what is learned, its promises would have been kept by fewer.
        let (_, quiet) = &coverage.months[1];
        let lost = quiet.percent(quiet.on_schedule) - coverage.peak.percent(coverage.peak.on_schedule);
        assert!(lost > 5.0, "{lost:.1}");
        assert!(coverage.peak.kept > coverage.peak.on_schedule);
    }
}
