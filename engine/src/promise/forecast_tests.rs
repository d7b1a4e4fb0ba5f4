//! Distributions worked by hand on the tiny world: the published share, weekends, holidays, days of 23 and 25 hours, vans, docks, and
//! what deliveries teach. EST = UTC - 5, CST = UTC - 6.

use super::*;
use crate::calendar::parse_timestamp;
use crate::model::fixture::tiny_world;
use crate::model::{PostalIx, ServiceIx, WarehouseIx};
use crate::network::Network;
use crate::units::{Seconds, Timestamp};

const ONE: Need = Need { work: 3, parcels: 1 };

fn at(text: &str) -> Timestamp {
    parse_timestamp(text).unwrap()
}

/// A promise for `service warehouse postal now`.
fn promised(network: &Network, case: &str, load: &dyn WaveLoad) -> (ServiceIx, PostalIx, Promise) {
    let words: Vec<&str> = case.split_whitespace().collect();
    let [service, warehouse, postal, now] = words[..] else { panic!("{case}") };
    let world = &network.world;
    let (service, warehouse) = (world.service(service).unwrap(), world.warehouse(warehouse).unwrap());
    let postal = world.postal(postal).unwrap();
    (service, postal, earliest(network, service, warehouse, postal, at(now), ONE, load).unwrap())
}

/// Instants by which the parcel of a case has arrived with each chance, in UTC.
fn quantiles(case: &str, chances: &[f64]) -> Vec<String> {
    let network = Network::new(tiny_world());
    let (service, postal, promise) = promised(&network, case, &Unlimited);
    let forecast = forecast(&network, service, postal, &promise, None);
    chances.iter().map(|chance| forecast.quantile(*chance).to_string()).collect()
}

/// The chance in basis points to have arrived by instants.
fn chances(case: &str, instants: &[&str]) -> Vec<i64> {
    let network = Network::new(tiny_world());
    let (service, postal, promise) = promised(&network, case, &Unlimited);
    let forecast = forecast(&network, service, postal, &promise, None);
    instants.iter().map(|by| (forecast.by(at(by)) * 10_000.0).round() as i64).collect()
}

#[test]
fn the_published_share_arrives_through_the_scheduled_day() {
    // Promised for Wednesday 20:00 CST, 97 %: evenly from 9 to 20 o'clock, 11 hours. Of the 3 % left 80 % on Thursday, 16 % on Friday.
    let case = "ground NYC 60601 2025-11-10T15:59:59Z";
    let by = ["2025-11-12T15:00:00Z", "2025-11-12T20:30:00Z", "2025-11-13T02:00:00Z", "2025-11-13T06:00:00Z"];
    assert_eq!(chances(case, &by), [0, 4_850, 9_700, 9_700]);
    assert_eq!(chances(case, &["2025-11-14T02:00:00Z", "2025-11-15T02:00:00Z"]), [9_940, 9_988]);
    // Half of all: 50/97 of 11 hours after nine, 14:40:12; bounds are kept in basis points.
    let [p50, p90, p99] = &quantiles(case, &[0.5, 0.9, 0.99])[..] else { panic!() };
    assert!(p50.starts_with("2025-11-12T20:40"), "{p50}");
    assert!(p90.starts_with("2025-11-13T01:12"), "{p90}");
    // 0.02 of the 0.024 that Thursday brings: five sixths of the day's eleven hours.
    assert!(p99.starts_with("2025-11-14T00:09:59"), "{p99}");
    // A second after eleven the next wave closes at four: the same truck, the same day.
    assert_eq!(quantiles("ground NYC 60601 2025-11-10T16:00:01Z", &[0.5])[0], *p50);
    // After the last cut-off a day later.
    let next = quantiles("ground NYC 60601 2025-11-10T21:00:01Z", &[0.5]);
    assert!(next[0].starts_with("2025-11-13T20:40"), "{next:?}");
}

#[test]
fn a_day_late_is_a_delivery_day_late() {
    // Newark to Newark: collected Wednesday, out on Friday after Thanksgiving, for which Saturday comes next (ground delivers till then).
    let case = "ground NYC 07102 2025-11-26T15:00:00Z";
    let days = ["2025-11-28T04:59:59Z", "2025-11-29T01:00:00Z", "2025-11-30T01:00:00Z", "2025-12-01T04:59:59Z"];
    assert_eq!(chances(case, &days), [0, 9_700, 9_940, 9_940]);
    assert_eq!(chances(case, &["2025-12-02T01:00:00Z"]), [9_988]);
    // Overnight delivers Monday to Friday alone: of Friday's parcels those that are late come on Monday.
    let case = "overnight NYC 90001 2025-11-13T15:00:00Z";
    let days = ["2025-11-15T04:00:00Z", "2025-11-17T12:00:00Z", "2025-11-18T04:00:00Z"];
    assert_eq!(chances(case, &days), [9_900, 9_900, 9_980]);
}

#[test]
fn hours_are_those_of_the_clock_at_the_door_when_it_changes() {
    // Own vans apart, doors count local hours: 14:30 is half past two on Friday in winter time and on Monday in summer time.
    let check = |case: &str, half: &str| {
        let network = Network::new(tiny_world());
        let (service, postal, promise) = promised(&network, case, &Unlimited);
        let forecast = forecast(&network, service, postal, &promise, None);
        // Half of what arrives on the day: 14:30.
        let share = forecast.by(promise.delivers_by);
        assert_eq!(forecast.quantile(share / 2.0).to_string()[..16], *half, "{case}");
        assert!((forecast.by(at(&format!("{half}:00Z"))) - share / 2.0).abs() < 0.002, "{case}");
    };
    // Ordered before the clocks go back on Sunday 2 November, delivered after: 14:30 PST is 22:30 UTC.
    check("ground LAX 90012 2025-11-01T18:00:01Z", "2025-11-04T22:30");
    // A week earlier it is PDT: 21:30 UTC.
    check("ground LAX 90012 2025-10-25T18:00:01Z", "2025-10-28T21:30");
    // Forward on 9 March: Saturday's parcel is delivered by summer time.
    check("ground LAX 90012 2025-03-08T19:00:01Z", "2025-03-11T21:30");
    check("ground LAX 90012 2025-03-01T19:00:01Z", "2025-03-04T22:30");
    // Phoenix does not change.
    check("post NYC 85003 2025-06-02T14:00:00Z", "2025-06-07T21:30");
    check("post NYC 85003 2025-11-10T15:00:00Z", "2025-11-15T21:30");
}

#[test]
fn own_vans_arrive_within_their_window() {
    let network = Network::new(tiny_world());
    let (service, postal, promise) = promised(&network, "half-day NYC 10001 2025-11-10T12:00:00Z", &Unlimited);
    let forecast = forecast(&network, service, postal, &promise, None);
    assert!((forecast.by(promise.delivers_by) - 0.995).abs() < 1e-9);
    assert_eq!(forecast.by(promise.pickup_at), 0.0);
    let middle = promise.pickup_at + Seconds::new((promise.delivers_by - promise.pickup_at).get() / 2);
    assert!((forecast.by(middle) - 0.4975).abs() < 0.001);
    assert!(forecast.quantile(0.999) > promise.delivers_by, "the rest comes with later windows");
}

/// Parcels of ground from Newark to Chicago, one a working day and hour, that are `late` delivery days late in each of `of` cases.
fn history(
    network: &Network,
    of: usize,
    late: impl Fn(usize) -> i64,
    packed_late: impl Fn(usize) -> i64,
) -> Vec<Tracked> {
    let (service, warehouse) = (ServiceIx(0), WarehouseIx(0));
    let postal = network.world.postal("60601").unwrap();
    let parcel = |n: usize| {
        // 14:00 packed, 15:00 collected, on the working days from 1 September on.
        let day = Timestamp::from_unix(at("2025-09-01T18:00:00Z").unix() + (n as i64 % 70) * 86_400);
        let (pickup_at, _) = next_pickup(network, warehouse, service, day)?;
        let scheduled = delivery(network, service, warehouse, postal, pickup_at)?;
        Some(Tracked {
            service,
            warehouse,
            postal,
            packed_due: pickup_at - Seconds::hours(1),
            packed_at: Some(pickup_at - Seconds::hours(1) + Seconds::minutes(packed_late(n))),
            pickup_at,
            // At three in the afternoon.
            delivered_at: Some(scheduled - Seconds::hours(5) + Seconds::hours(24 * late(n))),
        })
    };
    (0..of).filter_map(parcel).collect()
}

/// A load that knows a track record.
struct Taught(TrackRecord);

impl WaveLoad for Taught {
    fn track_record(&self) -> Option<&TrackRecord> {
        Some(&self.0)
    }
}

#[test]
fn what_is_always_on_time_is_trusted_and_what_is_late_gets_another_day() {
    let network = Network::new(tiny_world());
    let (now, case) = (at("2025-12-01T12:00:00Z"), "ground NYC 60601 2025-12-01T15:00:00Z");
    let good = learn(&network, history(&network, 2_000, |_| 0, |_| 0), now, 9_000);
    assert_eq!(good.services[0].on_time_bp, 10_000);
    assert!(good.services[0].parcels > 1_900 && good.services[1].parcels == 0);
    let (service, postal, promise) = promised(&network, case, &Taught(good.clone()));
    let told = forecast(&network, service, postal, &promise, Some(&good));
    assert!(told.by(promise.delivers_by) > 0.995 && promise.allowance == 0);
    // All arrive in the hour before three: nothing before two, nearly all by then. Chicago is at UTC - 6.
    assert!(told.by(at("2025-12-03T20:00:00Z")) < 0.03 && told.by(at("2025-12-03T21:00:00Z")) > 0.97);
    // A fifth comes a day late: the date moves by one, and keeps what it says.
    let bad = learn(&network, history(&network, 2_000, |n| i64::from(n % 5 == 0), |_| 0), now, 9_000);
    let (_, _, moved) = promised(&network, case, &Taught(bad.clone()));
    assert_eq!((moved.allowance, moved.pickup_at), (1, promise.pickup_at));
    assert_eq!(moved.delivers_by, promise.delivers_by + Seconds::hours(24));
    let told = forecast(&network, service, postal, &moved, Some(&bad));
    assert!((told.by(promise.delivers_by) - 0.8).abs() < 0.03, "{}", told.by(promise.delivers_by));
    assert!(told.by(moved.delivers_by) > 0.97);
    let chain = moved.chain(&network, service, postal);
    assert!(chain.last().unwrap().note.contains("1 delivery day(s) after schedule"), "{chain:?}");
    // Four of five are enough where no more is wanted.
    let content = learn(&network, history(&network, 2_000, |n| i64::from(n % 5 == 0), |_| 0), now, 7_500);
    assert_eq!(promised(&network, case, &Taught(content)).2.allowance, 0);
    // Another lane of the service knows of it by its zone or service; another service does not.
    let west = promised(&network, "ground NYC 90001 2025-12-01T15:00:00Z", &Taught(bad.clone())).2;
    assert_eq!(west.allowance, 1);
    assert_eq!(promised(&network, "post NYC 60601 2025-12-01T15:00:00Z", &Taught(bad)).2.allowance, 0);
}

#[test]
fn parcels_still_under_way_teach_and_a_silent_carrier_does_not() {
    let network = Network::new(tiny_world());
    let all = history(&network, 2_000, |_| 0, |_| 0);
    let now = at("2025-11-20T12:00:00Z");
    // Since the 14th nothing has arrived.
    let stuck = |parcel: &Tracked| Tracked {
        delivered_at: parcel.delivered_at.filter(|_| parcel.pickup_at < at("2025-11-07T00:00:00Z")),
        ..*parcel
    };
    let usual = learn(&network, all.iter().copied(), now, 9_000);
    let record = learn(&network, all.iter().map(stuck), now, 9_000);
    assert!(record.services[0].pace_permille < 700, "{:?}", record.services[0]);
    assert!(record.services[0].expected_bp + 1_000 < usual.services[0].expected_bp);
    // One of ten is never told of: what is under way says little of it, and promises stay.
    let partly =
        all.iter().enumerate().map(|(n, p)| Tracked { delivered_at: p.delivered_at.filter(|_| n % 10 != 3), ..*p });
    let record = learn(&network, partly, at("2025-11-12T12:00:00Z"), 9_000);
    let ground = &record.services[0];
    assert!(ground.is_learned && ground.reported_bp < 9_300, "{ground:?}");
    assert!(ground.pace_permille > 800 && ground.expected_bp > 9_700, "{ground:?}");
    // And a carrier that has told nothing yet is believed as before.
    let nothing = all.iter().map(|p| Tracked { delivered_at: None, ..*p });
    let record = learn(&network, nothing, at("2025-09-12T12:00:00Z"), 9_000);
    assert!(!record.services[0].is_learned && record.services[0].expected_bp == 9_700, "{:?}", record.services[0]);
    // Half of the deliveries are never told: that is no lateness.
    let silent =
        all.iter().enumerate().map(|(n, p)| Tracked { delivered_at: p.delivered_at.filter(|_| n % 2 == 0), ..*p });
    let later = at("2026-01-15T12:00:00Z");
    let record = learn(&network, silent, later, 9_000);
    assert!(record.services[0].reported_bp < 6_000);
    let (service, postal, promise) =
        promised(&network, "ground NYC 60601 2026-01-15T15:00:00Z", &Taught(record.clone()));
    let told = forecast(&network, service, postal, &promise, Some(&record));
    assert!((told.by(promise.delivers_by) - 0.97).abs() < 1e-9, "as published");
}

#[test]
fn a_late_dock_misses_its_collection() {
    let network = Network::new(tiny_world());
    // A third is packed two hours after its wave is due, an hour after the collection at 15:00; the next is at 20:00, on the same truck.
    let record = learn(
        &network,
        history(&network, 900, |_| 0, |n| if n % 3 == 0 { 120 } else { 0 }),
        at("2025-12-01T12:00:00Z"),
        9_000,
    );
    let case = "ground NYC 60601 2025-12-01T15:00:00Z";
    let (service, postal, promise) = promised(&network, case, &Taught(record.clone()));
    let same_truck = forecast(&network, service, postal, &promise, Some(&record));
    assert!(same_truck.by(promise.delivers_by) > 0.99, "the truck leaves at 22:00");
    // From Los Angeles to Chicago one collection a day: what misses it comes a delivery day later. The dock there has no history, so give it one.
    let west: Vec<Tracked> = history(&network, 900, |_| 0, |n| if n % 3 == 0 { 120 } else { 0 })
        .into_iter()
        .map(|parcel| Tracked { warehouse: WarehouseIx(2), ..parcel })
        .collect();
    let record = learn(&network, west, at("2025-12-01T12:00:00Z"), 9_000);
    let case = "overnight LAX 90012 2025-12-01T15:00:00Z";
    let (service, postal, promise) = promised(&network, case, &Taught(record.clone()));
    let slack = (promise.pickup_at - promise.packed_by).get() / 60;
    assert!(slack >= 120, "packed long before the plane: {slack} min");
    let told = forecast(&network, service, postal, &promise, Some(&record));
    assert!((told.by(promise.delivers_by) - 0.99).abs() < 0.01);
    // Packed just before: a third misses it.
    let tight = Promise { packed_by: promise.pickup_at - Seconds::minutes(30), ..promise };
    let told = forecast(&network, service, postal, &tight, Some(&record));
    assert!((told.by(promise.delivers_by) - 0.66).abs() < 0.03, "{}", told.by(promise.delivers_by));
}

#[test]
fn several_shipments_are_there_when_the_last_is() {
    let network = Network::new(tiny_world());
    let (service, postal, promise) = promised(&network, "ground NYC 60601 2025-11-10T15:00:00Z", &Unlimited);
    let (other, _, second) = promised(&network, "post CHI 60601 2025-11-10T15:00:00Z", &Unlimited);
    let both = [forecast(&network, service, postal, &promise, None), forecast(&network, other, postal, &second, None)];
    let by = promise.delivers_by.max(second.delivers_by);
    assert!((all_by(&both, by) - both[0].by(by) * both[1].by(by)).abs() < 1e-12);
    let Quantiles { p50, p90, p95 } = Quantiles::of(&both);
    assert!(p50 <= p90 && p90 <= p95);
    for (chance, at) in [(0.5, p50), (0.9, p90), (0.95, p95)] {
        assert!(all_by(&both, at) >= chance && all_by(&both, at - Seconds::minutes(1)) < chance, "{chance}");
    }
}
