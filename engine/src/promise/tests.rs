//! Chains worked by hand on the tiny world, and a slow reference by the calendar for the rest.
//!
//! November 2025: the 1st and 8th are Saturdays; clocks go back on the 2nd; the 27th is Thanksgiving. EST = UTC - 5.

use proptest::prelude::*;

use super::*;
use crate::calendar::civil::{date, time};
use crate::calendar::{self, Calendar, parse_timestamp};
use crate::model::fixture::{tiny_parts, tiny_world};
use crate::model::{Allotment, FleetIx, Parts, PostalIx, ServiceIx, WarehouseIx, World};
use crate::network::{Network, NoService};
use crate::units::{Seconds, Timestamp};

const ONE: Need = Need { work: 3, parcels: 1 };
const NYC: WarehouseIx = WarehouseIx(0);
const GROUND: ServiceIx = ServiceIx(0);

/// Waves and collections that are full; the rest is empty.
#[derive(Default)]
struct Full {
    waves: Vec<String>,
    pickups: Vec<&'static str>,
    allotments: Vec<&'static str>,
}

struct FullIn<'a>(&'a Full, &'a World);

impl WaveLoad for FullIn<'_> {
    fn free_work(&self, wave: &WaveRef) -> i64 {
        if self.0.waves.contains(&wave.id(self.1).to_string()) { 2 } else { 3 }
    }

    fn free_pickup(&self, pickup: &PickupRef, capacity: i64) -> i64 {
        if self.0.pickups.contains(&pickup.at.to_string().as_str()) { 0 } else { capacity }
    }
    fn free_allotment(&self, of: &AllotmentRef, capacity: i64) -> i64 {
        let key = format!("{} {}", self.1.allotments[of.allotment].id, of.day);
        if self.0.allotments.contains(&key.as_str()) { 0 } else { capacity }
    }
}

/// The promise as `wave | packed | pickup | sorted | delivers`, times in UTC, or why there is none.
fn drawn_on(network: &Network, case: &str, full: &Full) -> String {
    let words: Vec<&str> = case.split_whitespace().collect();
    let [service, warehouse, postal, now] = words[..] else { panic!("{case}") };
    let world = &network.world;
    let (service, warehouse) = (world.service(service).unwrap(), world.warehouse(warehouse).unwrap());
    let (postal, now) = (world.postal(postal).unwrap(), parse_timestamp(now).unwrap());
    match earliest(network, service, warehouse, postal, now, ONE, &FullIn(full, world)) {
        Err(reason) => reason.to_string(),
        Ok(promise) => {
            let sorted = promise.sorted_at.map_or("-".to_owned(), |at| at.to_string());
            let times =
                [promise.packed_by.to_string(), promise.pickup_at.to_string(), sorted, promise.delivers_by.to_string()];
            format!("{} {}", promise.wave.id(world), short(&times.join(" ")))
        }
    }
}

/// Without the year and full hours' zeros.
fn short(times: &str) -> String {
    times.replace(":00:00Z", "h").replace("2025-", "")
}

fn check(cases: &[(&str, &str)]) {
    let network = Network::new(tiny_world());
    for (case, expected) in cases {
        assert_eq!(drawn_on(&network, case, &Full::default()), *expected, "{case}");
    }
}

fn changed(change: impl FnOnce(&mut Parts)) -> Network {
    let mut parts = tiny_parts();
    change(&mut parts);
    Network::new(World::new(parts).unwrap())
}

#[test]
fn the_cut_off_itself_still_counts() {
    // Wave 1: cut-off 11:00 EST, packed 14:00, pickup 15:00, sorted in Newark 16:00, truck 22:00, Chicago 10:00 CST,
    // sorted 11:00: after 09:00, out on Wednesday, which is also the published second working day. 20:00 CST = 02:00 UTC.
    let first = "NYC-2025-11-10-1 11-10T19h 11-10T20h 11-11T17h 11-13T02h";
    // Wave 2: cut-off 16:00, packed 19:00, pickup 20:00: the same truck.
    let second = "NYC-2025-11-10-2 11-11T00h 11-11T01h 11-11T17h 11-13T02h";
    check(&[
        ("ground NYC 60601 2025-11-10T15:59:59Z", first),
        ("ground NYC 60601 2025-11-10T16:00:00Z", first),
        ("ground NYC 60601 2025-11-10T16:00:01Z", second),
        ("ground NYC 60601 2025-11-10T21:00:00Z", second),
        ("ground NYC 60601 2025-11-10T21:00:01Z", "NYC-2025-11-11-1 11-11T19h 11-11T20h 11-12T17h 11-14T02h"),
    ]);
}

#[test]
fn a_collection_at_the_very_instant_of_packing_is_caught() {
    let lead = |lead: i64| changed(move |parts| parts.warehouses[NYC].waves[0].lead = Seconds::new(lead));
    let pickup = |network: &Network| drawn_on(network, "ground NYC 07102 2025-11-10T12:00:00Z", &Full::default());
    // Packed at 15:00:00, collected at 15:00; a second later it is the 20:00.
    assert_eq!(pickup(&lead(4 * 3_600)), "NYC-2025-11-10-1 11-10T20h 11-10T20h 11-10T21h 11-12T01h");
    assert_eq!(pickup(&lead(4 * 3_600 + 1)), "NYC-2025-11-10-1 11-10T20:00:01Z 11-11T01h 11-11T02h 11-12T01h");
}

#[test]
fn weekends_and_holidays_rest() {
    check(&[
        // Friday after the last cut-off: Newark packs on Saturday, ground collects on Monday.
        ("ground NYC 60601 2025-11-07T21:00:01Z", "NYC-2025-11-08-1 11-08T19h 11-10T20h 11-11T17h 11-13T02h"),
        // Chicago rests at the weekend altogether; 11:00 CST = 17:00 UTC.
        ("ground CHI 60601 2025-11-07T22:00:01Z", "CHI-2025-11-10-1 11-10T20h 11-10T21h 11-10T22h 11-12T02h"),
        // The day before Thanksgiving after the last cut-off: the wave of Friday. One published working day later: Monday.
        ("ground NYC 07102 2025-11-26T21:00:01Z", "NYC-2025-11-28-1 11-28T19h 11-28T20h 11-28T21h 12-02T01h"),
        // Collected the day before: out on Friday, for neither delivery nor the published day falls on the holiday.
        ("ground NYC 07102 2025-11-26T15:00:00Z", "NYC-2025-11-26-1 11-26T19h 11-26T20h 11-26T21h 11-29T01h"),
        // Planes of Friday land on Saturday; overnight delivers Monday to Friday.
        ("overnight NYC 90001 2025-11-07T15:00:00Z", "NYC-2025-11-07-1 11-07T19h 11-08T01:30:00Z 11-08T10h 11-11T04h"),
        ("overnight NYC 90001 2025-11-10T15:00:00Z", "NYC-2025-11-10-1 11-10T19h 11-11T01:30:00Z 11-11T10h 11-12T04h"),
    ]);
}

#[test]
fn days_of_23_and_25_hours() {
    check(&[
        // 11:00:01 PDT on the eve of the change: the next wave closes 25 hours later at 11:00 PST = 19:00 UTC.
        ("ground LAX 90012 2025-11-01T18:00:01Z", "LAX-2025-11-02-1 11-02T22h 11-04T04h 11-04T05h 11-05T04h"),
        ("ground LAX 90012 2025-11-02T19:00:00Z", "LAX-2025-11-02-1 11-02T22h 11-04T04h 11-04T05h 11-05T04h"),
        // Spring: 23 hours later, at 11:00 PDT = 18:00 UTC.
        ("ground LAX 90012 2025-03-08T19:00:01Z", "LAX-2025-03-09-1 03-09T21h 03-11T03h 03-11T04h 03-12T03h"),
        ("ground LAX 90012 2025-03-09T18:00:01Z", "LAX-2025-03-10-1 03-10T21h 03-11T03h 03-11T04h 03-12T03h"),
    ]);
}

#[test]
fn each_door_has_its_own_evening() {
    // The post has no hubs: five working days (Monday to Saturday) after Monday the 10th is Saturday the 15th, 20:00.
    let by = |delivers: &str| format!("NYC-2025-11-10-1 11-10T19h 11-10T22h - {delivers}");
    check(&[
        ("post NYC 90001 2025-11-10T15:00:00Z", &by("11-16T04h")),
        ("post NYC 85003 2025-11-10T15:00:00Z", &by("11-16T03h")),
        // Phoenix keeps its clock in summer, when Los Angeles shows the same hour.
        ("post NYC 85003 2025-06-02T14:00:00Z", "NYC-2025-06-02-1 06-02T18h 06-02T21h - 06-08T03h"),
        ("post NYC 90001 2025-06-02T14:00:00Z", "NYC-2025-06-02-1 06-02T18h 06-02T21h - 06-08T03h"),
    ]);
}

#[test]
fn the_later_of_timetable_and_publication() {
    let case = "ground NYC 90001 2025-11-10T15:00:00Z";
    // Sorted in Los Angeles on Wednesday 22:00, but four days are published: Friday.
    check(&[(case, "NYC-2025-11-10-1 11-10T19h 11-10T20h 11-13T06h 11-15T04h")]);
    // With one day published the timetable decides: Thursday.
    let boast = changed(|parts| parts.services[GROUND].days_by_column = vec![1, 1, 1]);
    let by_timetable = "NYC-2025-11-10-1 11-10T19h 11-10T20h 11-13T06h 11-14T04h";
    assert_eq!(drawn_on(&boast, case, &Full::default()), by_timetable);
}

#[test]
fn sorted_by_nine_goes_out_the_same_day() {
    let under_way = |seconds| {
        let network = changed(|parts| {
            parts.services[GROUND].days_by_column = vec![1, 1, 1];
            parts.lanes[0].duration = Seconds::new(seconds);
        });
        drawn_on(&network, "ground NYC 60601 2025-11-10T15:00:00Z", &Full::default())
    };
    // 22:00 EST + 11 h + 1 h of sorting = 09:00 CST on Tuesday; a second more and it is Wednesday.
    assert_eq!(under_way(11 * 3_600), "NYC-2025-11-10-1 11-10T19h 11-10T20h 11-11T15h 11-12T02h");
    assert!(under_way(11 * 3_600 + 1).ends_with("11-11T15:00:01Z 11-13T02h"));
}

#[test]
fn full_waves_and_collections_push_to_the_next() {
    let network = Network::new(tiny_world());
    let case = "ground NYC 60601 2025-11-10T15:00:00Z";
    let full = |waves: &[&str], pickups: &[&'static str]| Full {
        waves: waves.iter().map(|&id| id.to_owned()).collect(),
        pickups: pickups.to_vec(),
        ..Full::default()
    };
    let wave = full(&["NYC-2025-11-10-1"], &[]);
    assert_eq!(drawn_on(&network, case, &wave), "NYC-2025-11-10-2 11-11T00h 11-11T01h 11-11T17h 11-13T02h");
    let day = full(&["NYC-2025-11-10-1", "NYC-2025-11-10-2"], &[]);
    assert_eq!(drawn_on(&network, case, &day), "NYC-2025-11-11-1 11-11T19h 11-11T20h 11-12T17h 11-14T02h");
    let pickup = full(&[], &["2025-11-10T20:00:00Z"]);
    assert_eq!(drawn_on(&network, case, &pickup), "NYC-2025-11-10-1 11-10T19h 11-11T01h 11-11T17h 11-13T02h");
    let both = full(&[], &["2025-11-10T20:00:00Z", "2025-11-11T01:00:00Z"]);
    assert_eq!(drawn_on(&network, case, &both), "NYC-2025-11-10-1 11-10T19h 11-11T20h 11-12T17h 11-14T02h");
}

/// The tiny world with an allotment for ground from Newark to Chicago's region.
fn with_lane() -> Network {
    changed(|parts| {
        parts.allotments.push(Allotment {
            id: "lane".parse().unwrap(),
            services: vec![GROUND],
            warehouses: vec![NYC],
            regions: vec![crate::model::RegionIx(2)],
            first_day: None,
            last_day: None,
            parcels: 40,
        });
    })
}

#[test]
fn a_day_whose_allotment_is_used_up_pushes_to_the_next_that_is_not() {
    let network = with_lane();
    let case = "ground NYC 60601 2025-11-10T15:00:00Z";
    let full = |allotments: &[&'static str]| Full { allotments: allotments.to_vec(), ..Full::default() };
    // Picked at the same time, collected a day later at 15:00: both collections of Monday count under it.
    let moved = "NYC-2025-11-10-1 11-10T19h 11-11T20h 11-12T17h 11-14T02h";
    assert_eq!(drawn_on(&network, case, &full(&["lane 2025-11-10"])), moved);
    let twice = full(&["lane 2025-11-10", "lane 2025-11-11"]);
    assert!(drawn_on(&network, case, &twice).starts_with("NYC-2025-11-10-1 11-10T19h 11-12T20h"));
    // Another lane is not touched.
    let east = "ground NYC 07102 2025-11-10T15:00:00Z";
    assert!(drawn_on(&network, east, &full(&["lane 2025-11-10"])).starts_with("NYC-2025-11-10-1 11-10T19h 11-10T20h"));
    let world = &network.world;
    let (postal, now) = (world.postal("60601").unwrap(), parse_timestamp("2025-11-10T15:00:00Z").unwrap());
    let load = full(&["lane 2025-11-10"]);
    let promise = earliest(&network, GROUND, NYC, postal, now, ONE, &FullIn(&load, world)).unwrap();
    let chain = promise.chain(&network, GROUND, postal);
    let collected = chain.iter().find(|step| step.kind == StepKind::Collected).unwrap();
    assert!(collected.note.contains("(allotment lane is used up on 2025-11-10)"), "{}", collected.note);
}

#[test]
fn an_allotment_of_nothing_is_a_reason() {
    let none = changed(|parts| {
        parts.allotments.push(Allotment {
            id: "none".parse().unwrap(),
            services: vec![GROUND],
            warehouses: Vec::new(),
            regions: Vec::new(),
            first_day: None,
            last_day: None,
            parcels: 0,
        });
    });
    let reason = drawn_on(&none, "ground NYC 60601 2025-11-10T15:00:00Z", &Full::default());
    assert_eq!(reason, "what the carrier takes on this lane is used up in the next days");
}

#[test]
fn a_shipment_larger_than_every_collection_has_none() {
    let network = Network::new(tiny_world());
    let now = parse_timestamp("2025-11-10T15:00:00Z").unwrap();
    let ask = |service: u32, work, parcels| {
        let load = FullIn(&Full::default(), &network.world);
        earliest(&network, ServiceIx(service), NYC, PostalIx(2), now, Need { work, parcels }, &load)
            .map(|p| p.pickup_at)
    };
    assert!(ask(3, 3, 4).is_ok()); // freight takes four
    assert_eq!(ask(3, 3, 5), Err(NoPromise::NoPickup));
    assert_eq!(ask(4, 3, 181), Err(NoPromise::NoPickup)); // three vans of 60
    assert_eq!(ask(0, 4, 1), Err(NoPromise::NoWave));
}

#[test]
fn own_vans_need_time_to_load() {
    let network = Network::new(tiny_world());
    let case = "half-day NYC 10001 2025-11-10T16:00:00Z";
    // Packed at 14:00; the window 16:00 to 20:00.
    let evening = "NYC-2025-11-10-1 11-10T19h 11-10T21h - 11-11T01h";
    assert_eq!(drawn_on(&network, case, &Full::default()), evening);
    // Full: the next morning's, 08:00 to 12:00.
    let full = Full { pickups: vec!["2025-11-10T21:00:00Z"], ..Full::default() };
    assert_eq!(drawn_on(&network, case, &full), "NYC-2025-11-10-1 11-10T19h 11-11T13h - 11-11T17h");
    // Half an hour of loading: packed at 15:30 is in time for 16:00, a second later is not.
    let lead = |lead: i64| changed(move |parts| parts.warehouses[NYC].waves[0].lead = Seconds::new(lead));
    assert!(drawn_on(&lead(16_200), case, &Full::default()).ends_with("11-10T21h - 11-11T01h"));
    assert!(drawn_on(&lead(16_201), case, &Full::default()).ends_with("11-11T13h - 11-11T17h"));
    // Packed on the eve of Thanksgiving at 19:00: vans rest too.
    let eve = drawn_on(&network, "half-day NYC 10001 2025-11-26T17:00:00Z", &Full::default());
    assert_eq!(eve, "NYC-2025-11-26-2 11-27T00h 11-28T13h - 11-28T17h");
}

#[test]
fn no_date_lies_before_the_collection() {
    // Published as the same day, delivering until 16:00, but collected at 17:00: the next day.
    let network = changed(|parts| {
        parts.services[ServiceIx(2)].days_by_column = vec![0, 0, 0];
        parts.services[ServiceIx(2)].delivers_until = time(16, 0, 0, 0);
    });
    let drawn = drawn_on(&network, "post NYC 07102 2025-11-10T15:00:00Z", &Full::default());
    assert_eq!(drawn, "NYC-2025-11-10-1 11-10T19h 11-10T22h - 11-11T21h");
}

#[test]
fn reasons_for_no_promise() {
    check(&[
        ("freight NYC 90001 2025-11-10T15:00:00Z", "does not deliver to this area"),
        ("freight CHI 60601 2025-11-10T15:00:00Z", "does not collect at this warehouse"),
        ("half-day NYC 60601 2025-11-10T15:00:00Z", "the address is beyond the reach of its vans"),
        ("half-day CHI 60601 2025-11-10T15:00:00Z", "its vans load at another warehouse"),
    ]);
    let cut = changed(|parts| parts.lanes.clear());
    let drawn = drawn_on(&cut, "ground NYC 60601 2025-11-10T15:00:00Z", &Full::default());
    assert_eq!(drawn, NoPromise::NoLane.to_string());
    let cut = changed(|parts| parts.holidays = std::sync::Arc::new(all_of_2025_to_2030()));
    let drawn = drawn_on(&cut, "ground NYC 60601 2025-11-10T15:00:00Z", &Full::default());
    assert_eq!(drawn, NoPromise::NoPickup.to_string());
}

fn all_of_2025_to_2030() -> std::collections::BTreeSet<calendar::civil::Date> {
    date(2025, 1, 1).series(jiff::Span::new().days(1)).take(365 * 5).collect()
}

#[test]
fn a_given_wave_and_a_packed_shipment() {
    let network = Network::new(tiny_world());
    let now = parse_timestamp("2025-11-08T16:00:01Z").unwrap(); // Saturday 11:00:01
    let waves = next_waves(&network, NYC, now, 3);
    let ids: Vec<String> = waves.iter().map(|wave| wave.id(&network.world).to_string()).collect();
    assert_eq!(ids, ["NYC-2025-11-08-2", "NYC-2025-11-10-1", "NYC-2025-11-10-2"]);
    assert_eq!(
        waves.iter().map(|w| WaveRef::parse(&w.id(&network.world).to_string(), &network.world)).collect::<Vec<_>>(),
        waves.iter().copied().map(Some).collect::<Vec<_>>()
    );
    let promise = for_wave(&network, GROUND, waves[2], PostalIx(4), ONE, &Unlimited).unwrap();
    assert_eq!(promise.pickup_at.to_string(), "2025-11-11T01:00:00Z");
    // Packed already, and its collection was refused: the next one from Tuesday noon on.
    let noon = parse_timestamp("2025-11-11T17:00:00Z").unwrap();
    let again = from_dock(&network, GROUND, waves[2], PostalIx(4), noon, ONE, &Unlimited).unwrap();
    assert_eq!((again.wave, again.pickup_at.to_string()), (waves[2], "2025-11-11T20:00:00Z".to_owned()));
    assert_eq!(Some(again.delivers_by), delivery(&network, GROUND, NYC, PostalIx(4), again.pickup_at));
}

#[test]
fn capacities_of_collections() {
    let network = Network::new(tiny_world());
    let capacity = |service, at| {
        pickup_capacity(
            &network.world,
            &PickupRef { warehouse: NYC, service: ServiceIx(service), at: parse_timestamp(at).unwrap() },
        )
    };
    assert_eq!(capacity(0, "2025-11-10T20:00:00Z"), 100);
    assert_eq!(capacity(0, "2025-11-10T20:00:01Z"), 0);
    assert_eq!(capacity(4, "2025-11-10T21:00:00Z"), 180);
    let few_trips = changed(|parts| parts.fleets[FleetIx(0)].trips = 1);
    let window =
        PickupRef { warehouse: NYC, service: ServiceIx(4), at: parse_timestamp("2025-11-10T21:00:00Z").unwrap() };
    assert_eq!(pickup_capacity(&few_trips.world, &window), 60, "one trip a day for three windows");
}

#[test]
fn the_chain_reads_as_a_journey() {
    let network = Network::new(tiny_world());
    let now = parse_timestamp("2025-11-10T15:00:00Z").unwrap();
    let promise = earliest(&network, GROUND, NYC, PostalIx(4), now, ONE, &Unlimited).unwrap();
    assert_eq!(promise.allowance, 0);
    let chain = promise.chain(&network, GROUND, PostalIx(4));
    assert!(chain.is_sorted_by_key(|step| step.at));
    let notes: Vec<String> = chain.into_iter().map(|step| step.note).collect();
    let expected = [
        "NYC-2025-11-10-1 closes, Mon 2025-11-10 11:00",
        "packed at NYC fulfilment, Mon 2025-11-10 14:00",
        "Swift Ground leaves the dock, Mon 2025-11-10 15:00",
        "hub-NYC leaves Mon 2025-11-10 22:00; at hub-CHI, Tue 2025-11-11 10:00",
        "sorted at hub-CHI, Tue 2025-11-11 11:00",
        "at the latest in Chicago, Wed 2025-11-12 20:00",
    ];
    assert_eq!(notes, expected);
}

/// The chain by the calendar alone, without tables: wave, pickup, delivery.
fn slow(
    network: &Network,
    service: ServiceIx,
    warehouse: WarehouseIx,
    postal: PostalIx,
    now: Timestamp,
) -> [Timestamp; 3] {
    let world = &network.world;
    let (place, product) = (&world.warehouses[warehouse], &world.services[service]);
    let (cut_off, lead) =
        place.waves.iter().map(|w| (place.calendar.next_at(w.cut_off, now).unwrap(), w.lead)).min().unwrap();
    let days = |weekdays, zone: &jiff::tz::TimeZone| Calendar::new(zone.clone(), weekdays, world.holidays.clone());
    let collecting = days(product.work_days, place.calendar.zone());
    let pickups = world.pickups_at(warehouse, service);
    let pickup_at = pickups.map(|p| collecting.next_at(p.at, cut_off + lead).unwrap()).min().unwrap();
    let column = usize::from(network.column(service, warehouse, postal));
    let published = collecting.plus_working_days(collecting.date(pickup_at), product.days_by_column[column]).unwrap();
    let mut day = published;
    if let Some((entry, exit)) = network.hubs(service, warehouse, postal) {
        let ready = pickup_at + entry.feeder;
        let way = network.line_haul.earliest_arrival(entry.hub, exit, ready, product.air).unwrap();
        let (hub, at) = (&world.hubs[exit], world.hubs[exit].calendar.local(way.sorted_at));
        let out = if at.time() <= hub.out_for_delivery { at.date() } else { at.date().tomorrow().unwrap() };
        day = published.max(out);
    }
    let door = days(product.delivery_days, network.zone_of(postal));
    let by = door.instant(door.working_on_or_after(day).unwrap(), product.delivers_until);
    [cut_off, pickup_at, by]
}

thread_local! {
    static TINY: Network = Network::new(tiny_world());
}

proptest! {
    #[test]
    fn the_fast_chain_is_the_slow_one(service in 0_u32..3, warehouse in 0_u32..3, postal in 0_u32..12,
                                      now in 1_735_700_000_i64..1_798_700_000) {
        TINY.with(|network| {
            let (service, warehouse, postal) = (ServiceIx(service), WarehouseIx(warehouse), PostalIx(postal));
            let now = Timestamp::from_unix(now);
            let promise = earliest(network, service, warehouse, postal, now, ONE, &Unlimited).unwrap();
            let found = [promise.cut_off, promise.pickup_at, promise.delivers_by];
            prop_assert_eq!(found, slow(network, service, warehouse, postal, now));
            Ok(())
        })?;
    }

    #[test]
    fn an_earlier_order_never_arrives_later(service in 0_u32..5, postal in 0_u32..12,
                                            now in 1_735_700_000_i64..1_798_700_000, wait in 0_i64..500_000) {
        TINY.with(|network| {
            let ask = |now| {
                earliest(network, ServiceIx(service), NYC, PostalIx(postal), Timestamp::from_unix(now), ONE, &Unlimited)
            };
            match (ask(now), ask(now + wait)) {
                (Ok(early), Ok(late)) => {
                    prop_assert!(early.delivers_by <= late.delivers_by);
                    let chain = early.chain(network, ServiceIx(service), PostalIx(postal));
                    prop_assert!(chain[0].at >= Timestamp::from_unix(now));
                    prop_assert!(chain.is_sorted_by_key(|step| step.at));
                }
                (early, late) => {
                    prop_assert!(matches!(early, Err(NoPromise::Service(NoService::OutsideCoverage | NoService::BeyondRadius))));
                    prop_assert_eq!(early, late);
                }
            }
            Ok(())
        })?;
    }
}
