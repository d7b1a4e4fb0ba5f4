//! `tidewater bench zones`: an explicit zone chart, each pair looked up again, and how long a look-up takes.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::path::PathBuf;

use cpu_time::ThreadTime;
use engine::fault::Fault;
use engine::model::{NO_ZONE, PairChart, RegionIx};
use serde::Deserialize;

use super::Failure;
use super::solving::read_text;
use crate::formats::rows;

/// Arguments of `tidewater bench zones`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Chart: origin_zip,dest_zip,zone with the first three digits of postal codes, a row a pair.")]
pub struct Args {
    /// The chart (CSV).
    chart: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Row {
    origin_zip: String,
    dest_zip: String,
    zone: u8,
}

/// A chart of as many regions takes 100 MB.
const MOST_REGIONS: usize = 10_000;

/// Rounds over all pairs for the clock.
const ROUNDS: usize = 20;

/// Runs the command.
pub fn bench(args: &Args) -> Result<(), Failure> {
    let (name, mut faults) = (args.chart.display().to_string(), Vec::new());
    let rows: Vec<(u64, Row)> = rows(&name, &read_text(&args.chart)?, &mut faults);
    let mut regions: BTreeMap<&str, u32> =
        rows.iter().flat_map(|(_, row)| [&*row.origin_zip, &*row.dest_zip]).map(|code| (code, 0)).collect();
    regions.values_mut().zip(0..).for_each(|(number, n)| *number = n);
    for (line, row) in rows.iter().filter(|(_, row)| row.zone == NO_ZONE) {
        faults.push(Fault::new(format!("{name}:{line}"), "zone", row.zone, "must be below 255"));
    }
    if regions.len() > MOST_REGIONS {
        let rule = format!("may name {MOST_REGIONS} regions at most");
        faults.push(Fault::new(&name, "origin_zip, dest_zip", regions.len(), rule));
    }
    let region = |code: &str| RegionIx(regions[code]);
    let pairs: Vec<(RegionIx, RegionIx, u8)> =
        rows.iter().map(|(_, row)| (region(&row.origin_zip), region(&row.dest_zip), row.zone)).collect();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let mut chart = PairChart::new(name, regions.len());
    let mut zones: BTreeMap<(RegionIx, RegionIx), BTreeSet<u8>> = BTreeMap::new();
    for &(from, to, zone) in &pairs {
        chart.set(from, to, zone);
        zones.entry((from, to)).or_default().insert(zone);
    }
    let several = zones.values().filter(|zones| zones.len() > 1).count();
    let exact = zones.iter().filter(|((from, to), zones)| chart.zone(*from, *to) == zones.last().copied()).count();
    let clock = ThreadTime::now();
    for _ in 0..ROUNDS {
        for &(from, to, _) in &pairs {
            black_box(chart.zone(black_box(from), black_box(to)));
        }
    }
    let each = clock.elapsed().as_nanos() as f64 / (ROUNDS * pairs.len().max(1)) as f64;
    println!(
        "{} rows: {} pairs of {} regions, {several} of them in several zones (the largest counts), {exact} exact; {each:.1} ns a look-up",
        pairs.len(),
        zones.len(),
        regions.len()
    );
    if exact < zones.len() {
        return Err(Failure::NoPlan(format!("{} pairs are looked up wrong", zones.len() - exact)));
    }
    Ok(())
}
