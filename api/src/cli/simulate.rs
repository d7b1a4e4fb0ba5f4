//! `tidewater simulate`: a day of the network on a virtual clock, over the same planners as the service.

use std::path::PathBuf;
use std::time::Instant;

use engine::calendar::civil::Date;
use engine::cost_to_serve;
use engine::network::Network;
use engine::peak::{self, Delays, Scenario, Sight};
use engine::search::Seed;
use engine::units::{Cents, Seconds};

use super::Failure;
use crate::{data, formats};

/// Arguments of `tidewater simulate`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Runs the recorded orders of one local day through quotes, planning, waves, carriers and deliveries, and prints what it \
                        came to beside the rule \"nearest warehouse with stock, cheapest service\". The same folder, date and seed give the \
                        same figures to the cent.\n\nExample: tidewater simulate --date 2025-11-11 --refuse plains-ground"
)]
pub struct Args {
    /// Folder that describes the network.
    #[arg(long, default_value = "data/demo")]
    world: PathBuf,
    /// Local day whose orders are replayed.
    #[arg(long, default_value = "2025-11-11")]
    date: Date,
    /// Root of all randomness.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Minutes between two runs of the assignment planner.
    #[arg(long, default_value_t = 30)]
    plan_every_min: i64,
    /// Iterations of each of its runs; 0 leaves every order where its quote put it.
    #[arg(long, default_value_t = 120)]
    plan_iterations: u64,
    /// So many times the orders, stock, hands, room at collections and vans: the same day on a network that has grown with it.
    #[arg(long, default_value_t = 1, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=100))]
    scale: u32,
    /// Percent of the day's orders that come, with the network as it is (or as --scale makes it): a peak beyond the peak.
    #[arg(long, default_value_t = 100, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    surge: u32,
    /// What quotes look at when they choose warehouse and date.
    #[arg(long, default_value = "prices")]
    sight: SightArg,
    /// Parcels arrive exactly by schedule, instead of late with each service's published chance.
    #[arg(long)]
    punctual: bool,
    /// A service whose carrier refuses every tender from noon (UTC) on for six hours.
    #[arg(long, value_name = "SERVICE")]
    refuse: Option<String>,
    /// Write the figures as JSON to this file (`-` for standard output).
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the cost-to-serve ledger, one charge a line, as CSV to this file.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
}

/// [`Sight`] on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum SightArg {
    /// Room in waves and collections, and the price board, as the service does.
    Prices,
    /// The same, but surcharges on a day's volume are not known to quotes and planner; they are billed all the same.
    NoVolume,
    /// Room alone, without the price board: first come, first served.
    Room,
    /// Timetables alone, as in most shops today.
    Timetables,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let loaded = data::load(&args.world)?;
    let orders = data::load_orders(&args.world, &loaded.world)?;
    let arrivals: Vec<_> =
        orders.into_iter().filter(|order| order.local_date == args.date).map(|order| order.arrival).collect();
    let Some(first) = arrivals.first().map(|order| order.at) else {
        return Err(Failure::NoPlan(format!(
            "there are no recorded orders on {}; see orders.csv for the days there are",
            args.date
        )));
    };
    let (arrivals, stock, world) = (
        peak::more_orders(&arrivals, args.scale * args.surge, Seed(args.seed).child("orders", 0)),
        peak::larger_stock(&loaded.stock, args.scale),
        peak::larger_world(&loaded.world, args.scale),
    );
    let network = Network::new(world);
    let refusing = match &args.refuse {
        None => None,
        Some(id) => {
            let service = network.world.service(id);
            let service =
                service.ok_or_else(|| Failure::NoPlan(format!("there is no service `{id}`; see services.csv")))?;
            let noon = first + Seconds::hours(12);
            Some((service, noon, noon + Seconds::hours(6)))
        }
    };
    let scenario = Scenario {
        orders: arrivals,
        stock,
        plan_every: Seconds::minutes(args.plan_every_min.max(1)),
        plan_iterations: args.plan_iterations,
        wave_iterations: 5_000,
        delays: if args.punctual { Delays::None } else { Delays::Published },
        sight: match args.sight {
            SightArg::Prices => Sight::Prices,
            SightArg::NoVolume => Sight::NoVolume,
            SightArg::Room => Sight::Room,
            SightArg::Timetables => Sight::Timetables,
        },
        refusing,
        seed: Seed(args.seed),
        tail: Seconds::hours(24 * 9),
    };
    let started = Instant::now();
    let day = peak::simulate(&network, &scenario);
    let seconds = started.elapsed().as_secs_f64();
    let baseline = peak::nearest_with_stock(&network, &scenario.stock, &scenario.orders);
    let report = &day.report;
    // Both sides count exactly the orders that both serve.
    let refused: std::collections::BTreeSet<_> = day.refused.iter().map(|(id, _)| id).collect();
    let both = scenario
        .orders
        .iter()
        .zip(&baseline.cost)
        .filter(|(order, _)| !refused.contains(&order.id))
        .filter_map(|(o, c)| c.map(|c| (o, c)));
    let costs = peak::order_costs(&network.world, &day.state);
    let (mut theirs, mut ours, mut count) = (Cents::ZERO, Cents::ZERO, 0_i64);
    for (order, cost) in both {
        theirs += cost;
        ours += costs.get(&order.id).copied().unwrap_or_default();
        count += 1;
    }
    println!("{} orders of {}, simulated in {seconds:.1} s", scenario.orders.len(), args.date);
    println!("  accepted {}, refused {}, oversold {}", report.accepted, report.refused, report.oversold);
    println!(
        "  shipments {}, orders split {}, waves {}, broken rules {}",
        report.shipments,
        report.split,
        report.waves,
        day.breaches.len()
    );
    println!(
        "  delivered {}, late against promise {} ({:.2} %)",
        report.delivered,
        report.late,
        percent(report.late, report.shipments)
    );
    println!("  plan runs {}, mean gap {:.2} %", report.plan_runs, report.mean_gap_percent);
    if count > 0 {
        let saved = 100.0 * (theirs - ours).get() as f64 / theirs.get() as f64;
        println!(
            "  cost an order {} against {} by nearest-with-stock on the same {count} orders: {saved:.1} % less",
            Cents::new(ours.get() / count).to_decimal(),
            Cents::new(theirs.get() / count).to_decimal()
        );
    }
    println!(
        "  peak surcharges {} by date and {} by volume; by the cheapest list price they would be {} ({} avoided)",
        report.peak.dated.to_decimal(),
        report.peak.volume.to_decimal(),
        report.peak.by_list_price.to_decimal(),
        report.peak.avoided().to_decimal()
    );
    println!("  returns are expected to cost {} more", report.expected_return.to_decimal());
    for breach in day.breaches.iter().take(5) {
        println!("  broken: {breach}");
    }
    write_ledger(&args, &network, &day).map_err(Failure::from)?;
    write_json(&args, report).map_err(Failure::from)
}

fn write_ledger(args: &Args, network: &Network, day: &peak::Simulated) -> anyhow::Result<()> {
    use anyhow::Context;
    let Some(path) = &args.ledger else { return Ok(()) };
    let rows = cost_to_serve::charges(&network.world, &day.state);
    let (sum, cost) = (cost_to_serve::total(&rows), day.report.cost);
    anyhow::ensure!(sum == cost, "the ledger sums to {}, the report to {}", sum.to_decimal(), cost.to_decimal());
    std::fs::write(path, formats::ledger::csv(&network.world, &rows)?)
        .with_context(|| format!("writing {}", path.display()))?;
    println!("  ledger: {} charges sum to {}, which equals the report's cost", rows.len(), sum.to_decimal());
    Ok(())
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn write_json(args: &Args, report: &peak::Report) -> anyhow::Result<()> {
    use anyhow::Context;
    let Some(path) = &args.json else { return Ok(()) };
    let text = serde_json::to_string_pretty(report)?;
    if path.as_os_str() == "-" {
        println!("{text}");
        return Ok(());
    }
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
