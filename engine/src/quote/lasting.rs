//! How long a quote stays what it is while nothing happens.
//!
//! An answer follows from the network, the state and the time. The time matters at few instants: when a wave closes, when a guarantee is released,
//! at midnight where days are counted, and while the price board fades. Between these an answer can be told again without being worked
//! out again ([`same_until`]); a state that has changed is another matter.

use crate::board::{FRESH, PriceBoard, STALE};
use crate::calendar::Clock;
use crate::calendar::civil::Time;
use crate::model::Share;
use crate::network::Network;
use crate::promise;
use crate::units::{Seconds, Timestamp};

/// Waves and days ahead whose guarantees may be released.
const WAVES_AHEAD: usize = 24;
const DAYS_AHEAD: i32 = 22;
const SECOND: Seconds = Seconds::new(1);

/// The first instant after `now` at which an answer may be another though nothing has happened: at any before it, it is the same as at
/// `now`.
pub fn same_until(network: &Network, board: &PriceBoard, now: Timestamp) -> Timestamp {
    let world = &network.world;
    let midnight = |clock: &Clock| clock.instant(clock.day(now).next(), Time::midnight());
    let docks = world.warehouses.indices().map(|warehouse| midnight(network.timetable.clock(warehouse)));
    let mut until = docks.chain(network.timetable.door_clocks().map(midnight)).min().unwrap_or(now + SECOND);
    for warehouse in world.warehouses.indices() {
        for (n, wave) in promise::next_waves(network, warehouse, now, WAVES_AHEAD).iter().enumerate() {
            let closes = promise::cut_off(network, wave);
            // At its own instant a wave still takes orders.
            let first = (n == 0).then_some(closes + SECOND);
            let releases = world.work_shares(warehouse).iter().map(|share| closes - share.release);
            until = releases.chain(first).filter(|at| *at > now).fold(until, Timestamp::min);
        }
        for service in world.services.indices() {
            let shares = world.pickup_shares(warehouse, service);
            if !shares.is_empty() {
                until = collections(network, (warehouse, service), shares, now).fold(until, Timestamp::min);
            }
        }
    }
    until.min(fading(board, now))
}

/// When the guarantees of collections in the next days are released.
fn collections<'a>(
    network: &'a Network,
    (warehouse, service): (crate::model::WarehouseIx, crate::model::ServiceIx),
    shares: &'a [Share],
    now: Timestamp,
) -> impl Iterator<Item = Timestamp> + 'a {
    let clock = network.timetable.clock(warehouse);
    let today = clock.day(now);
    let daily = network.world.pickups_at(warehouse, service);
    let by_pickup = daily.flat_map(move |pickup| (0..DAYS_AHEAD).map(move |n| clock.instant(today.plus(n), pickup.at)));
    // Own vans collect at the start of their windows.
    let fleet = network.fleet_of(service).into_iter();
    let by_window = fleet.flat_map(move |fleet| {
        (0..DAYS_AHEAD).flat_map(move |n| network.windows(fleet, today.plus(n)).map(|window| window.starts))
    });
    let ends = by_pickup.chain(by_window);
    ends.flat_map(move |end| shares.iter().map(move |share| end - share.release)).filter(move |at| *at > now)
}

/// When the board's prices count another way.
fn fading(board: &PriceBoard, now: Timestamp) -> Timestamp {
    match board.as_of {
        Some(as_of) if !board.is_free() => match now - as_of {
            age if age <= FRESH => as_of + FRESH + SECOND,
            age if age <= STALE => now + SECOND,
            _ => Timestamp::MAX,
        },
        _ => Timestamp::MAX,
    }
}
