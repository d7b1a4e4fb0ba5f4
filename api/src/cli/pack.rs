//! `tidewater pack`: the packing kernel alone, on files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use cpu_time::ThreadTime;
use engine::calendar::civil::Date;
use engine::check::packing::check;
use engine::packing::{Bounds, Objective, Options, Plan, Problem, fill_one, solve};
use engine::search::Silent;
use engine::units::Cents;
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::solving::{RunReport, SolveArgs, Watch, read_text};
use crate::data;
use crate::formats::pack::academic::{self, Answer, Instance, Kind};
use crate::formats::pack::bill::{Bill, Lane};
use crate::formats::pack::drawing::{self, Picture};
use crate::formats::pack::{Cartons, HEADER, Order, placements, read};

/// Arguments of `tidewater pack`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Cartons: reference,outer_w_mm,outer_l_mm,outer_d_mm,empty_g,inner_w_mm,inner_l_mm,inner_d_mm,max_g\n\
                  and, if wanted, cost_cents and available (how many of it an order may use).\n\
                  Orders:  order,qty,item,w_mm,l_mm,d_mm,weight_g\n\
                  and, if wanted, keep_flat (depth stays upright), fragile (nothing above it), alone (a carton a unit): 0 or 1.\n\
                  Tariff:  max_weight_g,price_cents, rows ascending: the price of a carton up to this weight;\n\
                  or --world, --service, --from and --to: base, surcharges and fuel as that service bills them.\n\n\
                  Academic instances, one a line: --jsonl FILE with {id, bin, items} (fewest bins, no rotation) or\n\
                  {id, container_lwh, items} (most volume in one container); answers as JSON lines.\n\n\
                  Examples: tidewater pack --cartons boxes.csv --orders orders.csv --out placements.csv --json -\n          \
                  tidewater pack --world data/demo --orders orders.csv --out placements.csv --objective bill \\\n            \
                  --service plains-ground --from EWR --to 60601 --residential --drawings cartons.html"
)]
pub struct Args {
    /// Carton types (CSV).
    #[arg(long)]
    cartons: Option<PathBuf>,
    /// Folder that describes a network: its cartons where --cartons names none, its tariffs where --service names one.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// Orders (CSV, one row an item).
    #[arg(long, required_unless_present = "jsonl")]
    orders: Option<PathBuf>,
    /// Academic instances (JSON lines) instead.
    #[arg(long, conflicts_with_all = ["cartons", "world", "orders", "keep_flat", "objective", "tariff", "support", "drawings"])]
    jsonl: Option<PathBuf>,
    /// Where to write the placements (CSV, one row a unit; JSON lines for --jsonl).
    #[arg(long)]
    out: PathBuf,
    /// Items keep their depth upright.
    #[arg(long)]
    keep_flat: bool,
    /// Percent of each unit's base that must lie on the floor or on units below; 100 forbids overhang.
    #[arg(long, default_value_t = 0, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    support: u8,
    /// What to minimise.
    #[arg(long, value_enum, default_value = "cartons")]
    objective: Goal,
    /// Prices of cartons by weight (CSV).
    #[arg(long, conflicts_with = "service")]
    tariff: Option<PathBuf>,
    /// The service of --world whose tariff is the bill.
    #[arg(long, requires_all = ["world", "from", "to"])]
    service: Option<String>,
    /// The warehouse that the cartons leave.
    #[arg(long, requires = "service", value_name = "WAREHOUSE")]
    from: Option<String>,
    /// The postal code that they go to.
    #[arg(long, requires = "service", value_name = "POSTAL_CODE")]
    to: Option<String>,
    /// They go to a home.
    #[arg(long, requires = "service")]
    residential: bool,
    /// Local day of the collection, for surcharges that hold on some days [default: the tariff's first].
    #[arg(long, requires = "service")]
    day: Option<Date>,
    /// Draw the cartons on a page (HTML), up to 200.
    #[arg(long, value_name = "FILE")]
    drawings: Option<PathBuf>,
    #[command(flatten)]
    solve: SolveArgs,
}

/// What to minimise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Goal {
    /// Cartons, then outer volume.
    Cartons,
    /// Outer volume, then cartons.
    Volume,
    /// The bill by --tariff or --service, with what the cartons cost; then cartons.
    Bill,
}

/// The report of a run.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    run: RunReport,
    cartons: usize,
    outer_volume_mm3: i64,
    unpacked: usize,
    /// Where a tariff was given.
    bill_cents: Option<i64>,
    /// What no packing of these orders is billed less than; left out where cartons are limited or prices fall as weight rises.
    bill_bound_cents: Option<i64>,
    cpu_ms_mean: f64,
    cpu_ms_p99: f64,
}

/// Repackings of an order where nothing else is asked: 0.06 ms in the mean.
const ORDER_ITERATIONS: u64 = 40;

/// The same for an instance of fewest bins: a fifth of a second for 200 items.
const BIN_ITERATIONS: u64 = 100_000;

/// Completions of one container: a few tenths of a second.
const CONTAINER_ITERATIONS: u64 = 1_000;

/// Most cartons on the page of drawings.
const DRAWN: usize = 200;

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    match (&args.orders, &args.jsonl) {
        (Some(orders), _) => run_orders(&args, orders),
        (_, Some(path)) => run_academic(&args, path),
        _ => Err(Failure::Other(anyhow::anyhow!("needs --orders or --jsonl"))),
    }
}

fn run_orders(args: &Args, orders: &Path) -> Result<(), Failure> {
    let world = args.world.as_deref().map(data::load).transpose()?.map(|loaded| loaded.world);
    let cartons = match (&args.cartons, &world) {
        (Some(path), _) => Cartons::read(&path.display().to_string(), &read_text(path)?)?,
        (None, Some(world)) => Cartons::of(world),
        (None, None) => return Err(Failure::Other(anyhow::anyhow!("needs --cartons or --world"))),
    };
    let bill = match (&args.tariff, &args.service, world) {
        (Some(path), _, _) => Some(Bill::by_weight(&cartons, &path.display().to_string(), &read_text(path)?)?),
        (None, Some(service), Some(world)) => {
            let [from, to] = [&args.from, &args.to].map(|name| name.as_deref().unwrap_or_default());
            let lane = Lane { service, from, to, residential: args.residential, day: args.day };
            Some(Bill::by_tariff(&cartons, world, &lane)?)
        }
        _ => None,
    };
    let objective = match (args.objective, &bill) {
        (Goal::Cartons, _) => Objective::Cartons,
        (Goal::Volume, _) => Objective::Volume,
        (Goal::Bill, Some(bill)) => Objective::Bill(bill),
        (Goal::Bill, None) => {
            return Err(Failure::Other(anyhow::anyhow!("--objective bill needs --tariff, or --world and --service")));
        }
    };
    let orders = read(&cartons, (&orders.display().to_string(), &read_text(orders)?), args.keep_flat)?;
    let watch = Watch::start("packing");
    let options = Options { objective, support: args.support, seed: args.solve.seed() };
    let solved = pack_orders(&orders, &options, &args.solve, &watch)?;
    write(args, &cartons, &orders, bill.as_ref(), &solved, watch)
}

/// A verified packing, and the milliseconds of CPU time that it took.
pub(super) type Timed = (Plan, f64);

/// Packs each order.
pub(super) fn pack_orders(
    orders: &[Order],
    options: &Options<'_>,
    args: &SolveArgs,
    watch: &Watch,
) -> Result<Vec<Timed>, Failure> {
    let count = orders.len();
    let pack = |Order { name, problem, .. }: &Order| {
        let mut budget = args.share(count, ORDER_ITERATIONS);
        let (plan, ms) = timed(|| solve(problem, options, &mut budget, &mut Silent));
        watch.step(count);
        verified(name, problem, options.support, plan).map(|plan| (plan, ms))
    };
    args.in_pool(|| orders.par_iter().map(pack).collect())?
}

/// Packs each academic instance.
pub(super) fn pack_instances(instances: &[Instance], args: &SolveArgs, watch: &Watch) -> Result<Vec<Timed>, Failure> {
    let options = Options { seed: args.seed(), ..Options::default() };
    let count = instances.len();
    let pack = |Instance { id, kind, problem }: &Instance| {
        let (plan, ms) = timed(|| match kind {
            Kind::FewestBins => solve(problem, &options, &mut args.share(count, BIN_ITERATIONS), &mut Silent),
            Kind::MostVolume => fill_one(problem, &mut args.share(count, CONTAINER_ITERATIONS), &mut Silent),
        });
        watch.step(count);
        verified(id, problem, 0, plan).map(|plan| (plan, ms))
    };
    args.in_pool(|| instances.par_iter().map(pack).collect())?
}

fn verified(name: &str, problem: &Problem, support: u8, plan: Plan) -> Result<Plan, Failure> {
    match check(problem, support, &plan).first() {
        None => Ok(plan),
        Some(breach) => {
            Err(Failure::Other(anyhow::anyhow!("{name}: the packing breaks a rule ({breach}); please report this")))
        }
    }
}

/// Mean and 99th percentile of the milliseconds.
pub(super) fn mean_and_p99<'a>(solved: impl Iterator<Item = &'a Timed>) -> [f64; 2] {
    let mut times: Vec<f64> = solved.map(|(_, ms)| *ms).collect();
    times.sort_by(f64::total_cmp);
    let p99 = times.get((times.len() * 99 / 100).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0);
    [times.iter().sum::<f64>() / times.len().max(1) as f64, p99]
}

/// The answer, and the milliseconds of CPU time that it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = ThreadTime::now();
    let answer = work();
    (answer, started.elapsed().as_secs_f64() * 1000.0)
}

fn run_academic(args: &Args, path: &Path) -> Result<(), Failure> {
    let instances = academic::read(&path.display().to_string(), &read_text(path)?)?;
    let watch = Watch::start("packing");
    let solved = pack_instances(&instances, &args.solve, &watch)?;
    let mut text = String::new();
    let (mut cartons, mut filled, mut volume, mut unpacked) = (0, 0.0, 0, 0);
    for (instance, (plan, _)) in instances.iter().zip(&solved) {
        let answer = Answer::new(instance, plan);
        cartons += answer.cartons;
        filled += answer.utilisation_pct;
        volume += plan.outer_volume(&instance.problem);
        unpacked += match instance.kind {
            Kind::FewestBins => plan.unpacked.iter().map(|left| left.quantity as usize).sum(),
            Kind::MostVolume => 0,
        };
        text.push_str(&serde_json::to_string(&answer).context("writing an answer")?);
        text.push('\n');
    }
    std::fs::write(&args.out, text).with_context(|| format!("writing {}", args.out.display()))?;
    let mean = filled / instances.len().max(1) as f64;
    eprintln!("{} instances in {cartons} cartons, {mean:.2} % filled in the mean", instances.len());
    args.solve.write_json(&report(args, watch, &solved, cartons as f64, (cartons, volume, unpacked, None)))?;
    if unpacked > 0 {
        return Err(Failure::NoPlan(format!("{unpacked} unit(s) fit no carton; the rest was written")));
    }
    Ok(())
}

fn write(
    args: &Args,
    cartons: &Cartons,
    orders: &[Order],
    bill: Option<&Bill>,
    solved: &[Timed],
    watch: Watch,
) -> Result<(), Failure> {
    let mut text = HEADER.to_owned();
    let (mut count, mut volume, mut unpacked) = (0, 0, 0);
    for (Order { name, items, problem }, (plan, _)) in orders.iter().zip(solved) {
        for left in &plan.unpacked {
            eprintln!("order {name}: {} of item {} left out, {}", left.quantity, items[left.item], left.reason);
        }
        unpacked += plan.unpacked.iter().map(|left| left.quantity as usize).sum::<usize>();
        count += plan.cartons.len();
        volume += plan.outer_volume(problem);
        text.push_str(&placements(name, items, &cartons.names, &plan.cartons));
    }
    std::fs::write(&args.out, text).with_context(|| format!("writing {}", args.out.display()))?;
    if let Some(path) = &args.drawings {
        let page = draw(cartons, orders, solved, count);
        std::fs::write(path, page).with_context(|| format!("writing {}", path.display()))?;
    }
    let (cents, bound, refused) = match bill {
        None => (None, None, 0),
        Some(bill) => {
            let (sum, refused) = bill.sum(solved.iter().flat_map(|(plan, _)| &plan.cartons));
            // Of cartons that run out, of bills that fall as weight rises and of what was left unbilled it knows nothing.
            let is_bound = refused == 0 && bill.rises() && cartons.types.iter().all(|carton| carton.limit.is_none());
            let bound = is_bound.then(|| {
                let bounds = Bounds::new(&cartons.types, bill);
                orders.iter().map(|order| bounds.of(&order.problem)).sum::<Cents>()
            });
            (Some(sum), bound, refused)
        }
    };
    let cost = match args.objective {
        Goal::Cartons => count as f64,
        Goal::Volume => volume as f64,
        Goal::Bill => cents.map_or(0.0, |cents| cents.get() as f64),
    };
    let report = report(args, watch, solved, cost, (count, volume, unpacked, cents.zip(Some(bound))));
    let least = bound.map_or(String::new(), |bound| format!(" (no packing is billed less than {})", bound.to_text()));
    let billed = cents.map_or(String::new(), |cents| format!(", bill {}{least}", cents.to_text()));
    eprintln!(
        "{} orders in {count} cartons, {volume} mm3 outside{billed}; {:.3} ms an order",
        solved.len(),
        report.cpu_ms_mean
    );
    args.solve.write_json(&report)?;
    if unpacked > 0 {
        return Err(Failure::NoPlan(format!("{unpacked} unit(s) fit no carton; the rest was written")));
    }
    if refused > 0 {
        return Err(Failure::NoPlan(format!(
            "{refused} carton(s) are not carried by the service and not in the bill; take another service or smaller cartons"
        )));
    }
    Ok(())
}

/// A page of the first cartons of `count`.
pub(super) fn draw(cartons: &Cartons, orders: &[Order], solved: &[Timed], count: usize) -> String {
    let pictures = orders.iter().zip(solved).flat_map(|(order, (plan, _))| {
        plan.cartons.iter().enumerate().map(|(n, packed)| Picture {
            order: &order.name,
            number: n + 1,
            name: &cartons.names[packed.carton],
            carton: &cartons.types[packed.carton],
            items: &order.items,
            packed,
        })
    });
    drawing::page(&pictures.take(DRAWN).collect::<Vec<_>>(), count.saturating_sub(DRAWN))
}

fn report(
    args: &Args,
    watch: Watch,
    solved: &[Timed],
    cost: f64,
    (cartons, volume, unpacked, bill): (usize, i64, usize, Option<(Cents, Option<Cents>)>),
) -> Report {
    let [cpu_ms_mean, cpu_ms_p99] = mean_and_p99(solved.iter());
    let bound = bill.and_then(|(_, bound)| bound).map(Cents::get);
    let lower_bound = bound.filter(|_| args.objective == Goal::Bill).map(|cents| cents as f64);
    Report {
        run: watch.finish(&args.solve, cost, lower_bound, solved.len() as u64),
        cartons,
        outer_volume_mm3: volume,
        unpacked,
        bill_cents: bill.map(|(bill, _)| bill.get()),
        bill_bound_cents: bound,
        cpu_ms_mean,
        cpu_ms_p99,
    }
}
