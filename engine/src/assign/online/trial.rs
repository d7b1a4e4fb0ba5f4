//! Would these prices have done better than none? Futures played through to the end.

use rayon::prelude::*;

use crate::assign::dual::Prices;
use crate::assign::options::ShipmentOptions;
use crate::assign::problem::Problem;
use crate::assign::region::Region;
use crate::assign::room::Room;

use super::Counter;

/// Shares of the prices that are tried; the first is the myopic rule.
pub(super) const SHARES: [f32; 5] = [0.0, 0.4, 0.6, 0.8, 1.0];

/// How many standard errors of the gain make it more than chance.
const SURE: f64 = 2.0;

/// Of [`SHARES`], whose prices are given, the one that costs least over the futures, all served from `room`; 0 unless it
/// beats the myopic rule by at least [`SURE`] standard errors of its gain.
pub(super) fn best_share<S: ShipmentOptions>(
    problem: &Problem<S>,
    room: &Room,
    futures: &[Vec<u32>],
    prices: &[Prices; SHARES.len()],
) -> f32 {
    let runs: Vec<(usize, usize)> =
        (0..futures.len()).flat_map(|f| (0..SHARES.len()).map(move |share| (f, share))).collect();
    let cents: Vec<f64> = runs
        .into_par_iter()
        .map(|(future, share)| played(problem, room, &futures[future], &prices[share]) as f64)
        .collect();
    let mut best = (0.0, 0.0);
    for (n, &share) in SHARES.iter().enumerate().skip(1) {
        let gains: Vec<f64> = cents.chunks(SHARES.len()).map(|of_future| of_future[0] - of_future[n]).collect();
        let (gain, error) = mean_and_error(&gains);
        if gain > best.0 && gain >= SURE * error {
            best = (gain, share);
        }
    }
    best.1
}

/// Cents of the future at these prices.
fn played<S: ShipmentOptions>(problem: &Problem<S>, room: &Room, future: &[u32], prices: &Prices) -> i64 {
    let mut region = Region::over(problem, future.to_vec());
    region.room = room.clone();
    let mut counter = Counter::new(problem, region, prices.clone());
    (0..future.len()).for_each(|_| counter.serve_next());
    counter.region.total_cents(problem)
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (spread / n).sqrt())
}
