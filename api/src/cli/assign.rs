//! `tidewater assign`.

use std::path::PathBuf;

use anyhow::Context;
use engine::assign::{
    CostParts, CutPrice, LookAt, Options, Partition, Plan, Standing, cheapest_first, nearest_with_stock, solve,
};
use engine::check;
use serde::Serialize;

use super::Failure;
use super::solving::{RunReport, SolveArgs, Watch, read_text};
use crate::formats::assign::{FILES, Instance, parse, read_plan, read_prices, write_plan};

const HELP: &str = "\
Finds shipments at the least cost that stock, work, pickups and price tiers allow, and proves how far from the optimum
they can be.

DIR holds meta.json, rates.csv, warehouses.csv, dests.csv, skus.csv, stock.csv, orders.csv and lines.csv; money is in
cents, weight in tenths of a pound. The plan has one row a shipment: order,wh,carrier,level,skus. Lines on no row wait.
One iteration is one price update or one improvement round, each a look at every order. Without a limit the time grows
with the orders: two seconds for 1,000, a minute for 1,000,000. The report has the lower bound, the prices of stock,
work, pickups and tiers, and what two simple rules would have cost.

Examples:
  tidewater assign instance/ --out plan.csv --json report.json --time-limit 10
  tidewater assign later/ --start plan.csv --prices report.json --out plan2.csv --time-limit 2   (new orders came in)";

/// Annealing temperature, in cents, where a plan is only brought up to date.
const REPLAN_TEMPERATURE: (f64, f64) = (10.0, 3.0);

/// Earlier prices are near the best already.
const REPLAN_BOUND_SHARE: f64 = 0.2;

/// Arguments of `tidewater assign`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub struct Args {
    /// Folder of the instance.
    dir: PathBuf,
    /// Write the plan to this CSV file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Share of the budget that goes to the bound and its prices; the rest improves the plan [default: 0.5, with --start 0.2].
    #[arg(long, value_name = "0..1")]
    bound_share: Option<f64>,
    /// Do not compute the baselines' costs for the report (they take no part in the plan).
    #[arg(long)]
    no_baselines: bool,
    /// Start from the plan of an earlier run (its CSV file): what still fits stands, other orders are planned around it.
    #[arg(long, value_name = "PLAN.csv")]
    start: Option<PathBuf>,
    /// Start from the prices of an earlier run (its JSON report).
    #[arg(long, value_name = "REPORT.json")]
    prices: Option<PathBuf>,
    /// With --start: what moving an order that has a plan is held to cost, in cents; steers, but is not in the cost.
    #[arg(long, default_value_t = 0, value_name = "CENTS", requires = "start")]
    move_cents: u32,
    /// With --start: move at most this many orders that have a plan.
    #[arg(long, value_name = "ORDERS", requires = "start")]
    most_moves: Option<u32>,
    /// Plan the orders in this many parts by region, which exchange prices and share what is free.
    #[arg(long, value_name = "PARTS", value_parser = clap::value_parser!(u16).range(1..=256))]
    partitions: Option<u16>,
    /// With --partitions: how often parts that price their orders by themselves agree on prices.
    #[arg(long, value_name = "ROUNDS", default_value_t = 10, requires = "partitions")]
    exchanges: u32,
    #[command(flatten)]
    solve: SolveArgs,
}

#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    run: RunReport,
    gap_percent: f64,
    cost_parts: Parts,
    orders: usize,
    shipments: usize,
    backlog_lines: usize,
    /// Orders of the plan that it started from and that now ship otherwise.
    moved_orders: Option<usize>,
    price_updates: u64,
    baselines: Option<Baselines>,
    duals: DualReport,
}

#[derive(Debug, Serialize)]
struct Parts {
    shipment_cents: i64,
    split_cents: i64,
    tier_cents: i64,
    backlog_cents: i64,
}

#[derive(Debug, Serialize)]
struct Baselines {
    nearest_with_stock_cents: i64,
    cheapest_first_cents: i64,
}

/// Prices in cents; stock as `[sku, warehouse, cents]` where not zero.
#[derive(Debug, Serialize)]
struct DualReport {
    stock: Vec<(u32, u32, f64)>,
    work: Vec<f64>,
    pickup: Vec<Vec<f64>>,
    tier: Vec<f64>,
    cuts: Vec<CutReport>,
}

/// A cut on a slot: sku, warehouse, k, d, cents, and the orders whose coefficient is rounded up. For `--prices`.
type CutReport = (u32, u32, u8, u8, f64, Vec<u32>);

/// Runs the command.
// All commands are called alike, with arguments of their own.
#[allow(clippy::needless_pass_by_value)]
pub fn run(args: Args) -> Result<(), Failure> {
    let mut texts: [String; 8] = Default::default();
    for (text, name) in texts.iter_mut().zip(FILES) {
        *text = read_text(&args.dir.join(name))?;
    }
    let instance = parse(&texts)?;
    drop(texts);
    let options = options(&args, &instance)?;
    let mut watch = Watch::start("assign");
    let mut budget = args.solve.budget(default_seconds(instance.problem.demand().orders()));
    let plan = args.solve.in_pool(|| {
        solve(&instance.problem, &options, &mut budget, &mut |p: &engine::search::Progress| {
            watch_progress(&mut watch, p);
        })
    })?;
    let run = watch.finish(&args.solve, plan.cost.total() as f64, Some(plan.lower_bound as f64), plan.iterations);
    let breaches = check::assign::check(&instance.problem, &plan);
    if let Some(breach) = breaches.first() {
        return Err(Failure::Other(anyhow::anyhow!("the plan is wrong ({} breaches): {breach}", breaches.len())));
    }
    if let Some(out) = &args.out {
        std::fs::write(out, write_plan(&instance, &plan)).with_context(|| format!("writing {}", out.display()))?;
    }
    write_report(&args, &options, &instance, &plan, run)
}

fn options(args: &Args, instance: &Instance) -> Result<Options, Failure> {
    let mut options = Options { seed: args.solve.seed(), ..Options::default() };
    let name = |path: &std::path::Path| path.display().to_string();
    if let Some(path) = &args.prices {
        options.warm = Some(read_prices(instance, &name(path), &read_text(path)?)?);
    }
    if let Some(path) = &args.start {
        let shipments = read_plan(instance, &name(path), &read_text(path)?)?;
        let (move_cents, most_moves) = (i64::from(args.move_cents), args.most_moves);
        options.standing = Some(Standing { shipments, move_cents, most_moves, ..Standing::default() });
        options.look_at = LookAt::New;
        (options.temperature, options.bound_share) = (REPLAN_TEMPERATURE, REPLAN_BOUND_SHARE);
    }
    if let Some(count) = args.partitions {
        options.partition = Some(Partition::by_region(&instance.problem, count.into(), args.exchanges.into()));
    }
    if let Some(share) = args.bound_share {
        options.bound_share = share.clamp(0.0, 1.0);
    }
    Ok(options)
}

fn watch_progress(watch: &mut Watch, progress: &engine::search::Progress) {
    engine::search::Observer::progress(watch, progress);
}

/// Wall seconds where nothing was asked: two for a thousand orders, a minute for a million.
fn default_seconds(orders: usize) -> f64 {
    (2.0 * (orders as f64 / 1000.0).powf(0.49)).clamp(1.0, 600.0)
}

fn write_report(
    args: &Args,
    options: &Options,
    instance: &Instance,
    plan: &Plan,
    run: RunReport,
) -> Result<(), Failure> {
    if args.solve.json.is_none() {
        println!(
            "cost {:.2} in {} shipments, {} lines wait; bound {:.2}, gap {:.3} %; {:.1} s",
            plan.cost.total() as f64 / 100.0,
            plan.shipments.len(),
            plan.backlog.len(),
            plan.lower_bound as f64 / 100.0,
            100.0 * plan.gap(),
            run.seconds
        );
        return Ok(());
    }
    let baselines = (!args.no_baselines).then(|| Baselines {
        nearest_with_stock_cents: nearest_with_stock(&instance.problem).cost.total(),
        cheapest_first_cents: cheapest_first(&instance.problem).cost.total(),
    });
    let CostParts { shipments, splits, tiers, backlog } = plan.cost;
    let report = Report {
        run,
        gap_percent: 100.0 * plan.gap(),
        cost_parts: Parts { shipment_cents: shipments, split_cents: splits, tier_cents: tiers, backlog_cents: backlog },
        orders: instance.problem.demand().orders(),
        shipments: plan.shipments.len(),
        backlog_lines: plan.backlog.len(),
        moved_orders: options.standing.as_ref().map(|standing| standing.moved(&plan.shipments)),
        price_updates: plan.passes,
        baselines,
        duals: duals(instance, plan),
    };
    Ok(args.solve.write_json(&report)?)
}

fn duals(instance: &Instance, plan: &Plan) -> DualReport {
    let demand = instance.problem.demand();
    let mut stock = Vec::new();
    for sku in 0..demand.skus() as u32 {
        for slot in demand.slots_of(sku).filter(|&slot| plan.duals.stock[slot] > 0.0) {
            stock.push((sku, demand.slots()[slot].warehouse.into(), plan.duals.stock[slot]));
        }
    }
    let cut = |cut: &CutPrice| {
        let (k, d) = cut.multiplier;
        (cut.sku, cut.warehouse, k, d, cut.cents, cut.raised.clone())
    };
    DualReport {
        stock,
        work: plan.duals.work.clone(),
        pickup: plan.duals.pickup.chunks(instance.carriers.len()).map(<[f64]>::to_vec).collect(),
        tier: plan.duals.carrier.clone(),
        cuts: plan.duals.cuts.iter().map(cut).collect(),
    }
}
