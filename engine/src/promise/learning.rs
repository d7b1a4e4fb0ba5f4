//! How promises learn from tracking events.
//!
//! A parcel is followed through its delivery days (own vans: windows) around the scheduled one. On each that is over it either
//! arrived or did not, if it had not before; so a parcel still under way teaches too, by the days on which it did not arrive, and a
//! growing lateness is seen before the late ones are there (discrete survival; Kaplan and Meier 1958). With `r` parcels at risk and
//! `e` arrivals, newer ones weighing more, the chance h(d) to arrive on day d is, from coarse to fine,
//!
//! service: (e + k h(published)) / (r + k),  zone: (e + k h(service)) / (r + k),  lane: (e + k h(zone)) / (r + k),
//!
//! where k is what the spread between siblings says beyond chance: moments of the beta-binomial (Kleinman 1973). A *pace* then
//! multiplies the log-survival of each day, 1 - h' = (1 - h)^pace: the one number by which arrivals of the last days differ from what the
//! lanes' long memory expects (proportional hazards; Cox 1972), shrunk from service to all services. It is what a peak changes, and
//! follows within days; lanes keep what they have learned over months. Where the pace falls or rises, it is carried on to the day on which
//! a parcel collected now will arrive, by half: a trend fades.
//!
//! Some deliveries are never told. The chances above are those to arrive *and be told of*; those of the parcels that are told of follow by
//! their sum, and a parcel that has not arrived so far, as S of those told of have not, is one of these with chance q S / (q S + 1 - q), where q is
//! the share told (cure model; Boag 1949). Below [`LEAST_REPORTED_BP`] of parcels long due, and before [`LEAST_TOLD`] of these were told of, the carrier's
//! published share stands.

use std::collections::BTreeMap;

use crate::model::{PostalIx, ServiceIx, WarehouseIx};
use crate::network::Network;
use crate::units::{Seconds, Timestamp};

use super::arrival::delivery;
use super::delays::{Delays, HOURS, Hours, PACK_MINUTES, PackDelays, SCHEDULED, SLOTS};
use super::slots::Slots;
use super::track_record::{Known, Lane, ServiceRecord, TrackRecord, Zone};

/// A parcel with a carrier, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// By which service.
    pub service: ServiceIx,
    /// From where.
    pub warehouse: WarehouseIx,
    /// To where.
    pub postal: PostalIx,
    /// When its wave was due at the dock.
    pub packed_due: Timestamp,
    /// When it stood there.
    pub packed_at: Option<Timestamp>,
    /// The collection that took it.
    pub pickup_at: Timestamp,
    /// When it arrived, if it has.
    pub delivered_at: Option<Timestamp>,
}

/// After so many days an observation counts half.
const HALF_LIFE_DAYS: f64 = 45.0;
/// Observations older than that are left out.
const MEMORY_DAYS: i64 = 180;
/// A delivery may be told so much after it happened.
const GRACE: Seconds = Seconds::hours(3);
/// The pace is that of slots which ended in these last hours, and, for its trend, in as many before.
const LATELY: Seconds = Seconds::hours(60);
/// Days from the middle of what the pace is seen in to the arrival of a parcel collected now, over the days between the two spans.
const AHEAD: f64 = 1.6;
/// How much of a trend is carried on.
const TREND: f64 = 0.5;
/// Parcels that a published figure counts for.
const PUBLISHED: f64 = 50.0;
/// Arrivals that an unchanged pace counts for.
const STEADY: f64 = 20.0;
/// Parcels that a thought-up course of the day counts for.
const HOURS_PRIOR: f64 = 50.0;
/// Parcels long due, in basis points, of which a delivery must have been told.
const LEAST_REPORTED_BP: u16 = 8_000;
/// Parcels long due of which a delivery must have been told: before that nobody knows whether the carrier tells at all.
const LEAST_TOLD: u64 = 20;
/// A lane must differ so much from its zone, in basis points, to be kept.
const WORTH_KEEPING_BP: u16 = 50;
/// Parcels that prior knowledge counts for, at least and at most.
const STRENGTH: (f64, f64) = (5.0, 5_000.0);

/// What `tracked` teaches at `now`. Promises are meant to keep `level_bp` of parcels.
pub fn learn(
    network: &Network,
    tracked: impl IntoIterator<Item = Tracked>,
    now: Timestamp,
    level_bp: u16,
) -> TrackRecord {
    let world = &network.world;
    let mut seen = Seen::new(network);
    tracked.into_iter().filter(|parcel| parcel.pickup_at <= now).for_each(|parcel| seen.add(network, &parcel, now));
    let Taught { services, zones, lanes, paces } = Taught::by(network, &seen);
    let paced = |service: ServiceIx, hazards: &[f64; SLOTS]| {
        let (told, _) = of_those_told(hazards);
        let delays = Delays::from_hazards(&at_pace(&told, paces[service.0 as usize]));
        Known { delays, allowance: delays.allowance(level_bp) }
    };
    let reported = |service: ServiceIx| services[service.0 as usize].reported();
    let zones: Vec<(Zone, Known)> = zones
        .iter()
        .filter(|((service, _), _)| reported(*service))
        .map(|(zone, hazards)| (*zone, paced(zone.0, hazards)))
        .collect();
    let lanes = lanes.iter().filter(|((service, ..), _)| reported(*service)).filter_map(|(lane, (column, hazards))| {
        let known = paced(lane.0, hazards);
        let of_zone = zones.binary_search_by_key(&(lane.0, *column), |(zone, _)| *zone).ok().map(|at| zones[at].1);
        let differs = of_zone.is_none_or(|zone| zone.delays.distance(&known.delays) >= WORTH_KEEPING_BP);
        differs.then_some((*lane, known))
    });
    let lanes = lanes.collect();
    let record = |service: ServiceIx| {
        let Learned { hazards, tally, reported_bp, hours, told: _ } = &services[service.0 as usize];
        let (_, share) = of_those_told(hazards);
        let on_time_bp = ((tally.on_time() / share).min(1.0) * 10_000.0).round() as u16;
        let seen = ServiceRecord {
            parcels: tally.parcels,
            on_time_bp,
            reported_bp: *reported_bp,
            ..ServiceRecord::published(world, service)
        };
        if !reported(service) {
            return seen;
        }
        let known = paced(service, hazards);
        ServiceRecord {
            is_learned: true,
            expected_bp: known.delays.on_time_bp(),
            pace_permille: (paces[service.0 as usize] * 1_000.0).round() as u16,
            known,
            hours: *hours,
            ..seen
        }
    };
    TrackRecord {
        as_of: Some(now),
        level_bp,
        services: world.services.indices().map(record).collect(),
        zones,
        lanes,
        docks: seen.docks.iter().map(|(counts, all)| PackDelays::of(counts, *all)).collect(),
    }
}

/// Parcels at risk and arrivals by slot.
#[derive(Clone, Debug)]
struct Tally {
    risk: [f64; SLOTS],
    arrived: [f64; SLOTS],
    /// Parcels whose scheduled slot is over, and those of them that had arrived.
    decided: f64,
    in_time: f64,
    /// The same without weights.
    parcels: u64,
}

impl Tally {
    const NONE: Self = Self { risk: [0.0; SLOTS], arrived: [0.0; SLOTS], decided: 0.0, in_time: 0.0, parcels: 0 };

    fn add(&mut self, other: &Self) {
        for slot in 0..SLOTS {
            self.risk[slot] += other.risk[slot];
            self.arrived[slot] += other.arrived[slot];
        }
        self.decided += other.decided;
        self.in_time += other.in_time;
        self.parcels += other.parcels;
    }

    fn on_time(&self) -> f64 {
        if self.decided > 0.0 { self.in_time / self.decided } else { 0.0 }
    }

    /// The chances by slot, where `parent` counts for `strength` parcels.
    fn hazards(&self, parent: &[f64; SLOTS], strength: f64) -> [f64; SLOTS] {
        std::array::from_fn(|slot| (self.arrived[slot] + strength * parent[slot]) / (self.risk[slot] + strength))
    }
}

/// Slots that ended lately, and in the span before.
#[derive(Clone, Debug)]
struct OnLane {
    column: u8,
    all: Tally,
    lately: [Tally; 2],
}

/// What was seen of parcels.
struct Seen {
    lanes: BTreeMap<Lane, OnLane>,
    hours: Vec<[f64; HOURS]>,
    /// By service: parcels long due that arrived, and that nothing was told of.
    long_due: Vec<(u64, u64)>,
    docks: Vec<([f64; PACK_MINUTES.len()], f64)>,
}

/// What is learned of a service.
struct Learned {
    hazards: [f64; SLOTS],
    tally: Tally,
    /// Parcels long due of which a delivery was told.
    told: u64,
    reported_bp: u16,
    hours: Hours,
}

impl Learned {
    fn reported(&self) -> bool {
        self.told >= LEAST_TOLD && self.reported_bp >= LEAST_REPORTED_BP
    }
}

/// What tallies teach, from coarse to fine.
struct Taught {
    services: Vec<Learned>,
    zones: BTreeMap<Zone, [f64; SLOTS]>,
    lanes: BTreeMap<Lane, (u8, [f64; SLOTS])>,
    paces: Vec<f64>,
}

impl Taught {
    fn by(network: &Network, seen: &Seen) -> Self {
        let services =
            network.world.services.indices().map(|service| seen.service(network, service)).collect::<Vec<_>>();
        let zones = zones(&seen.lanes, &services);
        let lanes = lanes(&seen.lanes, &zones);
        let paces = paces(&seen.lanes, &services, &lanes);
        Self { services, zones, lanes, paces }
    }
}

impl Seen {
    fn new(network: &Network) -> Self {
        let world = &network.world;
        Self {
            lanes: BTreeMap::new(),
            hours: vec![[0.0; HOURS]; world.services.len()],
            long_due: vec![(0, 0); world.services.len()],
            docks: vec![([0.0; PACK_MINUTES.len()], 0.0); world.warehouses.len()],
        }
    }

    fn add(&mut self, network: &Network, parcel: &Tracked, now: Timestamp) {
        let Tracked { service, warehouse, postal, pickup_at, .. } = *parcel;
        let age = (now - pickup_at).get() / 86_400;
        if age > MEMORY_DAYS {
            return;
        }
        let weight = 0.5_f64.powf(age as f64 / HALF_LIFE_DAYS);
        if let Some(packed_at) = parcel.packed_at {
            let (counts, all) = &mut self.docks[warehouse.0 as usize];
            let late = (packed_at - parcel.packed_due).get();
            if let Some(edge) = PACK_MINUTES.iter().position(|minutes| late <= minutes * 60) {
                counts[edge] += weight;
            }
            *all += weight;
        }
        let scheduled = match network.fleet_of(service) {
            Some(_) => Some(pickup_at),
            None => delivery(network, service, warehouse, postal, pickup_at),
        };
        let Some(scheduled) = scheduled else { return };
        let slots = Slots::around(network, service, postal, pickup_at, scheduled);
        let delivered_at = parcel.delivered_at.filter(|at| *at <= now);
        // What is told late looks as if it had not happened.
        let ended = |slot: usize| now - slots.end(slot) - GRACE;
        let over = (0..SLOTS).take_while(|slot| ended(*slot).get() >= 0).count();
        let (told, silent) = &mut self.long_due[service.0 as usize];
        match delivered_at {
            None => *silent += u64::from(over == SLOTS),
            Some(_) => *told += u64::from(over == SLOTS),
        }
        let place = delivered_at.map(|at| slots.place(at));
        let arrived = place.map(|place| place.map_or(SLOTS, |(slot, _)| slot));
        if let Some((_, fraction)) = place.flatten().filter(|(_, fraction)| *fraction > 0.0) {
            // At the very end of an hour it still counts there: promises end so.
            let hour = ((fraction * HOURS as f64).ceil() as usize).clamp(1, HOURS) - 1;
            self.hours[service.0 as usize][hour] += weight;
        }
        let region = network.world.postals[postal].region;
        let lane = self.lanes.entry((service, warehouse, region)).or_insert_with(|| OnLane {
            column: network.column(service, warehouse, postal),
            all: Tally::NONE,
            lately: [const { Tally::NONE }; 2],
        });
        for slot in 0..over.min(arrived.map_or(SLOTS, |slot| slot + 1)) {
            let came = f64::from(u8::from(arrived == Some(slot)));
            lane.all.risk[slot] += weight;
            lane.all.arrived[slot] += weight * came;
            let span = usize::try_from(ended(slot).get() / LATELY.get()).ok();
            if let Some(lately) = span.and_then(|span| lane.lately.get_mut(span)) {
                lately.risk[slot] += 1.0;
                lately.arrived[slot] += came;
            }
        }
        if over > SCHEDULED {
            lane.all.decided += weight;
            lane.all.in_time += weight * f64::from(u8::from(arrived.is_some_and(|slot| slot <= SCHEDULED)));
            lane.all.parcels += u64::from(arrived.is_some());
        }
    }

    fn service(&self, network: &Network, service: ServiceIx) -> Learned {
        let mut tally = Tally::NONE;
        let first = (service, WarehouseIx(0), crate::model::RegionIx(0));
        let own = self.lanes.range(first..).take_while(|((of, ..), _)| *of == service);
        own.for_each(|(_, lane)| tally.add(&lane.all));
        let published = ServiceRecord::published(&network.world, service);
        let (told, silent) = self.long_due[service.0 as usize];
        // As if the carrier told of the same share of those.
        let told_of = if told >= LEAST_TOLD { told as f64 / (told + silent) as f64 } else { 1.0 };
        let mut before = 0.0;
        let prior = published.known.delays.shares_by().map(|by| {
            let hazard = told_of * (by - before) / (1.0 - told_of * before).max(f64::MIN_POSITIVE);
            before = by;
            hazard
        });
        Learned {
            hazards: tally.hazards(&prior, PUBLISHED),
            tally,
            told,
            reported_bp: (10_000 * told / (told + silent).max(1)) as u16,
            hours: Hours::of(&self.hours[service.0 as usize], &published.hours, HOURS_PRIOR),
        }
    }
}

fn zones(tallies: &BTreeMap<Lane, OnLane>, services: &[Learned]) -> BTreeMap<Zone, [f64; SLOTS]> {
    let mut by_zone: BTreeMap<Zone, Tally> = BTreeMap::new();
    for ((service, ..), lane) in tallies {
        by_zone.entry((*service, lane.column)).or_insert(Tally::NONE).add(&lane.all);
    }
    let parent = |zone: &Zone| &services[zone.0.0 as usize].hazards;
    let strength = strength(by_zone.iter().map(|(zone, tally)| (tally, parent(zone))));
    by_zone.iter().map(|(zone, tally)| (*zone, tally.hazards(parent(zone), strength))).collect()
}

fn lanes(tallies: &BTreeMap<Lane, OnLane>, zones: &BTreeMap<Zone, [f64; SLOTS]>) -> BTreeMap<Lane, (u8, [f64; SLOTS])> {
    let parent = |lane: &Lane, on: &OnLane| &zones[&(lane.0, on.column)];
    let strength = strength(tallies.iter().map(|(lane, on)| (&on.all, parent(lane, on))));
    let learned = |(lane, on): (&Lane, &OnLane)| (*lane, (on.column, on.all.hazards(parent(lane, on), strength)));
    tallies.iter().map(learned).collect()
}

/// The pace of each service.
fn paces(
    tallies: &BTreeMap<Lane, OnLane>,
    services: &[Learned],
    lanes: &BTreeMap<Lane, (u8, [f64; SLOTS])>,
) -> Vec<f64> {
    let reported = |lane: &Lane| services[lane.0.0 as usize].reported();
    let pace = |span: usize, of: Option<ServiceIx>, usual: f64| {
        let own = tallies.iter().filter(|(lane, _)| reported(lane) && of.is_none_or(|of| of == lane.0));
        let seen: Vec<_> = own.map(|(lane, on)| (&on.lately[span], of_those_told(&lanes[lane].1))).collect();
        pace_of(&seen, usual)
    };
    let in_all = [0, 1].map(|span| pace(span, None, 1.0));
    let of_service = |service: ServiceIx| {
        let [now, before] = [0, 1].map(|span| pace(span, Some(service), in_all[span]));
        // A trend leads away from what is usual, or back to it, and not beyond.
        let ahead = now * (now / before).powf(AHEAD * TREND);
        let ahead = if now < 1.0 { ahead.min(1.0) } else { now };
        ahead.clamp(0.05, 5.0)
    };
    (0..services.len() as u32).map(|n| of_service(ServiceIx(n))).collect()
}

/// Chances at a pace.
fn at_pace(hazards: &[f64; SLOTS], pace: f64) -> [f64; SLOTS] {
    hazards.map(|hazard| 1.0 - (1.0 - hazard).max(0.0).powf(pace))
}

/// Chances of the parcels that are told of, out of those of all, and the share that these are.
fn of_those_told(hazards: &[f64; SLOTS]) -> ([f64; SLOTS], f64) {
    let mut left = 1.0;
    let told = hazards.map(|hazard| {
        left *= 1.0 - hazard;
        1.0 - left
    });
    let share = told[SLOTS - 1].max(1e-6);
    let mut before = 0.0;
    let chances = told.map(|by| {
        let (by, left) = (by / share, 1.0 - before);
        let hazard = if left > 1e-9 { ((by - before) / left).clamp(0.0, 1.0) } else { 1.0 };
        before = by;
        hazard
    });
    (chances, share)
}

/// The pace at which the arrivals seen are as many as expected, `usual` counting for [`STEADY`] arrivals. Of parcels that have not arrived so
/// far, the more are never told of the longer they are due.
fn pace_of(seen: &[(&Tally, ([f64; SLOTS], f64))], usual: f64) -> f64 {
    let arrived: f64 = seen.iter().map(|(tally, _)| tally.arrived.iter().sum::<f64>()).sum();
    let expected = |pace: f64| -> f64 {
        let of_lane = |(tally, (hazards, share)): &(&Tally, ([f64; SLOTS], f64))| {
            let (mut left, mut sum) = (1.0, 0.0);
            for slot in 0..SLOTS {
                let stays = (1.0 - hazards[slot]).max(0.0).powf(pace);
                if tally.risk[slot] > 0.0 {
                    let under_way = share * left;
                    sum += tally.risk[slot] * under_way / (under_way + 1.0 - share) * (1.0 - stays);
                }
                left = (left * stays).max(1e-9);
            }
            sum
        };
        seen.iter().map(of_lane).sum()
    };
    let (mut low, mut high) = (0.02_f64, 8.0_f64);
    for _ in 0..24 {
        let middle = (low * high).sqrt();
        match expected(middle) + STEADY * middle / usual < arrived + STEADY {
            true => low = middle,
            false => high = middle,
        }
    }
    (low * high).sqrt()
}

/// How many parcels a parent counts for: what children's shares in time differ from their parents' beyond chance.
fn strength<'a>(children: impl Iterator<Item = (&'a Tally, &'a [f64; SLOTS])>) -> f64 {
    let (mut observed, mut chance, mut spread) = (0.0, 0.0, 0.0);
    for (tally, parent) in children.filter(|(tally, _)| tally.decided > 1.0) {
        let late: f64 = parent[..=SCHEDULED].iter().map(|hazard| 1.0 - hazard).product();
        let (n, variance) = (tally.decided, late * (1.0 - late));
        observed += n * (1.0 - tally.on_time() - late).powi(2);
        chance += variance;
        spread += variance * (n - 1.0);
    }
    let beyond = observed - chance;
    if beyond <= 0.0 { STRENGTH.1 } else { (spread / beyond - 1.0).clamp(STRENGTH.0, STRENGTH.1) }
}
