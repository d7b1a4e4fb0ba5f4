//! Generates two-layer networks as instances: large regional warehouses far from the door, small front warehouses near it.
//!
//! Each place lies beside one front warehouse (zone 0) and within reach of its neighbours (zone 1); regional warehouses are
//! two to four zones away. Front warehouses hold the faster SKUs only, and few units of each; regional warehouses hold
//! everything. This is the network for which Zhao, Wang and Xin (2025) show that myopic fulfilment is near the optimum.
//! Lines per order, quantities, deadlines and the popularity of SKUs are drawn as in the one-layer generator.

use std::fmt::Write;

use engine::search::{Rng, Seed};

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct TwoLayer {
    /// Orders of the stream, and of the pool.
    pub orders: usize,
    /// Root of all randomness.
    pub seed: u64,
}

const REGIONS: usize = 3;
const FRONTS: usize = 12;
const PLACES: usize = 120;
/// SKUs that a front warehouse can hold, of all.
const FRONT_SHARE: f64 = 0.25;
const ZONES: usize = 5;
/// Of a SKU's expected demand, what the front warehouses hold together, and the regional ones.
const FRONT_COVER: f64 = 0.6;
const REGION_COVER: f64 = 1.3;

/// The texts of the instance, as [`super::FILES`], and of its pool, as [`super::POOL_FILES`].
pub fn two_layer(of: TwoLayer) -> ([String; 8], [String; 2]) {
    let seed = Seed(of.seed).child("two-layer", of.orders as u64);
    let skus = (of.orders / 5).clamp(50, 20_000);
    let mut rng = seed.child("world", 0).rng();
    let weight: Vec<f64> = popularity(skus, &mut rng);
    let mut sku_rows = "sku,weight10,category\n".to_owned();
    for sku in 0..skus {
        put(&mut sku_rows, format_args!("{sku},{},0", rng.range(3, 60)));
    }
    let held = stock(&weight, of.orders as f64 * 1.9, &mut rng);
    let (stream, lines) = orders(of.orders, &weight, &mut seed.child("stream", 0).rng());
    let (pool_orders, pool_lines) = orders(of.orders, &weight, &mut seed.child("pool", 0).rng());
    let texts = [meta(of.orders), rates(), warehouses(of.orders, &mut rng), places(), sku_rows, held, stream, lines];
    (texts, [pool_orders, pool_lines])
}

fn put(text: &mut String, row: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{row}");
}

/// Share of the lines by SKU: Zipf's law in a random sequence.
fn popularity(skus: usize, rng: &mut Rng) -> Vec<f64> {
    let mut weight: Vec<f64> = (1..=skus).map(|rank| (rank as f64).powf(-0.95)).collect();
    let sum: f64 = weight.iter().sum();
    weight.iter_mut().for_each(|weight| *weight /= sum);
    rng.shuffle(&mut weight);
    weight
}

fn meta(orders: usize) -> String {
    let first = orders * 3 / 4;
    format!(
        "{{\"format\":\"assign-bench/1\",\"carriers\":[\"near\",\"far\"],\"levels\":[\"ground\",\"2day\",\"overnight\"],\
         \"deadlines\":[1,2,3,5],\"ground_days\":{{\"near\":[1,1,2,3,4],\"far\":[1,2,2,3,3]}},\"two_day_days\":2,\
         \"overnight_days\":1,\"work_per_shipment\":2,\"work_per_unit\":1,\"split_cents\":150,\"max_lb\":70,\
         \"tiers\":[[[{first},0],[1000000000,90]],[[{first},0],[1000000000,90]]]}}"
    )
}

/// The near carrier is cheap at the door, the far one on the long way.
fn rates() -> String {
    let mut text = "carrier,level,zone".to_owned();
    (1..=70).for_each(|lb| text += &format!(",lb{lb}"));
    text.push('\n');
    for carrier in 0..2_i64 {
        for level in 0..3_i64 {
            for zone in 0..ZONES as i64 {
                let (base, step) = [(380, 130), (470, 100)][carrier as usize];
                let times = [10, 19, 33][level as usize];
                let _ = write!(text, "{carrier},{level},{zone}");
                for lb in 0..70 {
                    let _ = write!(text, ",{}", (base + step * zone + lb * (22 + 7 * zone)) * times / 10);
                }
                text.push('\n');
            }
        }
    }
    text
}

/// Regional warehouses first. Work is a little more than what an even share of the orders takes.
fn warehouses(orders: usize, rng: &mut Rng) -> String {
    let mut text = "wh,city,state,lat,lon,throughput,handling_ship,handling_unit,pickup0,pickup1\n".to_owned();
    for w in 0..REGIONS + FRONTS {
        let front = w >= REGIONS;
        let (lat, lon) = site(w);
        let work = if front { orders * 4 / FRONTS } else { orders * 4 / REGIONS };
        let pickup = orders / if front { FRONTS } else { 1 };
        let handling = if front { rng.range(90, 140) } else { rng.range(160, 260) };
        put(&mut text, format_args!("{w},W{w},XX,{lat:.3},{lon:.3},{work},{handling},30,{pickup},{pickup}"));
    }
    text
}

fn site(warehouse: usize) -> (f64, f64) {
    match warehouse.checked_sub(REGIONS) {
        None => (36.0, -115.0 + 15.0 * warehouse as f64),
        Some(front) => (32.0 + 8.0 * (front % 2) as f64, -120.0 + 4.0 * front as f64),
    }
}

fn places() -> String {
    let mut text = "dest,city,state,lat,lon,pop".to_owned();
    (0..REGIONS + FRONTS).for_each(|w| text += &format!(",z{w}"));
    text.push('\n');
    for place in 0..PLACES {
        let own = place % FRONTS;
        let (lat, lon) = site(REGIONS + own);
        let _ = write!(text, "{place},P{place},XX,{:.3},{lon:.3},1", lat + 0.02 * (place / FRONTS) as f64);
        for w in 0..REGIONS + FRONTS {
            let zone = match w.checked_sub(REGIONS) {
                None => 2 + (own * REGIONS / FRONTS).abs_diff(w).min(2),
                Some(front) if front == own => 0,
                Some(front) if front.abs_diff(own) == 1 => 1,
                Some(front) => (2 + front.abs_diff(own) / 3).min(ZONES - 1),
            };
            let _ = write!(text, ",{zone}");
        }
        text.push('\n');
    }
    text
}

fn stock(weight: &[f64], units: f64, rng: &mut Rng) -> String {
    let mut by_weight: Vec<usize> = (0..weight.len()).collect();
    by_weight.sort_by(|&a, &b| weight[b].total_cmp(&weight[a]).then(a.cmp(&b)));
    let mut rank = vec![0; weight.len()];
    by_weight.iter().enumerate().for_each(|(n, &sku)| rank[sku] = n);
    let mut text = "sku,wh,qty\n".to_owned();
    for (sku, weight) in weight.iter().enumerate() {
        let expected = weight * units;
        for w in 0..REGIONS + FRONTS {
            let front = w >= REGIONS;
            let (cover, among) = if front { (FRONT_COVER, FRONTS) } else { (REGION_COVER, REGIONS) };
            let fast = (rank[sku] as f64) < FRONT_SHARE * rank.len() as f64;
            let mean = expected * cover / among as f64 * (0.5 + rng.unit());
            let held = (mean + rng.unit()).floor() as i64;
            let held = if front { held } else { held.max(1) };
            if held > 0 && (fast || !front) {
                put(&mut text, format_args!("{sku},{w},{held}"));
            }
        }
    }
    text
}

/// The first of `shares` (in hundredths, which add up to 100) that a random number falls into.
fn drawn(shares: &[usize], rng: &mut Rng) -> usize {
    let mut at = rng.below(100);
    for (n, &share) in shares.iter().enumerate() {
        if at < share {
            return n;
        }
        at -= share;
    }
    0
}

fn orders(orders: usize, weight: &[f64], rng: &mut Rng) -> (String, String) {
    let sums: Vec<f64> = weight
        .iter()
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect();
    let mut headers = "order,dest,deadline_idx,backlog_cents,ship_complete\n".to_owned();
    let mut rows = "order,sku,qty\n".to_owned();
    for order in 0..orders {
        let count = 1 + drawn(&[62, 20, 10, 5, 3], rng);
        let mut skus: Vec<usize> = Vec::with_capacity(count);
        while skus.len() < count {
            let at = rng.unit();
            let sku = sums.partition_point(|&sum| sum <= at).min(weight.len() - 1);
            if !skus.contains(&sku) {
                skus.push(sku);
            }
        }
        for sku in skus {
            put(&mut rows, format_args!("{order},{sku},{}", 1 + drawn(&[88, 9, 2, 1], rng)));
        }
        let waiting = 3000 + 900 * count as i64 + rng.range(0, 300);
        let deadline = drawn(&[10, 20, 30, 40], rng);
        let complete = i32::from(rng.chance(0.2));
        put(&mut headers, format_args!("{order},{},{deadline},{waiting},{complete}", rng.below(PLACES)));
    }
    (headers, rows)
}
