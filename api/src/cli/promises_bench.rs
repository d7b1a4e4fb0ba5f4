//! `tidewater bench promises`: a season of simulated deliveries, and whether what was forecast of them came true.

use std::path::PathBuf;

use engine::calendar::civil::Date;
use engine::network::Network;
use engine::peak::season::{self, Covered, Season};
use engine::search::Seed;

use super::Failure;
use super::solving::Watch;
use crate::data;

/// Arguments of `tidewater bench promises`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every day parcels are ordered all over the network, and promised by what was learned from the deliveries known at midnight. What\n\
                        becomes of them is drawn from another model than promises assume; in the peak fortnight the odds of being late drift away\n\
                        and back. Coverage: how many arrived by what was forecast with 50, 90 and 95 %."
)]
pub struct Args {
    /// Folder that describes the network.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    world: PathBuf,
    /// First day of the season.
    #[arg(long, default_value = "2025-07-01")]
    first: Date,
    /// Days.
    #[arg(long, default_value_t = 180)]
    days: i32,
    /// Parcels a day; twice as many in the peak.
    #[arg(long, default_value_t = 600)]
    parcels: usize,
    /// First day of the peak fortnight.
    #[arg(long, default_value = "2025-11-11")]
    peak: Date,
    /// Growth of the log-odds of being late in the peak: 1.5 makes 3 % late 12 %.
    #[arg(long, default_value_t = 1.5)]
    drift: f64,
    /// Percent of deliveries that are never told of.
    #[arg(long, default_value_t = 3.0)]
    untold: f64,
    /// Percent of parcels that promises are meant to keep.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(50..100))]
    level: u16,
    /// Seeds, from 0 on.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
}

/// Days at the start that are learned from and not counted.
const WARM_UP: i32 = 30;
/// Days of the peak.
const PEAK_DAYS: i64 = 14;

/// Runs the command.
pub fn bench(args: &Args) -> Result<(), Failure> {
    let network = Network::new(data::load(&args.world)?.world);
    let last = args.peak.checked_add(jiff::Span::new().days(PEAK_DAYS - 1)).unwrap_or(args.peak);
    println!("seed  ordered in       parcels    by p50   by p90   by p95   promise kept (told)   schedule alone");
    for seed in 0..args.seeds {
        let season = Season {
            first: args.first,
            days: args.days,
            parcels: args.parcels,
            peak: (args.peak, last),
            drift: args.drift,
            untold: args.untold / 100.0,
            warm_up: WARM_UP,
            level_bp: args.level * 100,
            seed: Seed(seed),
        };
        let watch = Watch::start(&format!("season {seed}"));
        let days = usize::try_from(args.days).unwrap_or(0);
        let coverage = season::run(&network, &season, |_| watch.step(days));
        watch.clear();
        for ((year, month), covered) in &coverage.months {
            row(seed, &format!("{year}-{month:02}"), covered);
        }
        row(seed, "peak fortnight", &coverage.peak);
    }
    Ok(())
}

fn row(seed: u64, name: &str, covered: &Covered) {
    let [p50, p90, p95] = covered.by.map(|count| covered.percent(count));
    println!(
        "{seed:>4}  {name:<15} {:>8}   {p50:>6.1}   {p90:>6.1}   {p95:>6.1}          {:>6.1} ({:>5.1})           {:>6.1}",
        covered.parcels,
        covered.percent(covered.kept),
        100.0 * covered.chances / covered.parcels.max(1) as f64,
        covered.percent(covered.on_schedule),
    );
}
