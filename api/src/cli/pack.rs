//! `tidewater pack`: the packing kernel alone, on files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use cpu_time::ThreadTime;
use engine::check::packing::check;
use engine::packing::{CartonBill, Objective, Options, Plan, Problem, fill_one, solve};
use engine::search::Silent;
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::solving::{RunReport, SolveArgs, Watch, read_text};
use crate::formats::pack::academic::{self, Answer, Instance, Kind};
use crate::formats::pack::{HEADER, PackFile, Tariff, placements, read};

/// Arguments of `tidewater pack`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Cartons: reference,outer_w_mm,outer_l_mm,outer_d_mm,empty_g,inner_w_mm,inner_l_mm,inner_d_mm,max_g\n\
                        Orders:  order,qty,item,w_mm,l_mm,d_mm,weight_g\n\
                        Tariff:  max_weight_g,price_cents, rows ascending: the price of a carton up to this weight\n\n\
                        Academic instances, one a line: --jsonl FILE with {id, bin, items} (fewest bins, no rotation) or\n\
                        {id, container_lwh, items} (most volume in one container); answers as JSON lines.\n\n\
                        Example: tidewater pack --cartons boxes.csv --orders orders.csv --out placements.csv --json -"
)]
pub struct Args {
    /// Carton types (CSV).
    #[arg(long, required_unless_present = "jsonl", requires = "orders")]
    cartons: Option<PathBuf>,
    /// Orders (CSV, one row an item).
    #[arg(long, required_unless_present = "jsonl", requires = "cartons")]
    orders: Option<PathBuf>,
    /// Academic instances (JSON lines) instead.
    #[arg(long, conflicts_with_all = ["cartons", "orders", "keep_flat", "objective", "tariff"])]
    jsonl: Option<PathBuf>,
    /// Where to write the placements (CSV, one row a unit; JSON lines for --jsonl).
    #[arg(long)]
    out: PathBuf,
    /// Items keep their depth upright.
    #[arg(long)]
    keep_flat: bool,
    /// What to minimise.
    #[arg(long, value_enum, default_value = "cartons")]
    objective: Goal,
    /// Prices of cartons by weight (CSV), for `--objective bill`.
    #[arg(long, required_if_eq("objective", "bill"))]
    tariff: Option<PathBuf>,
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
    /// The bill by the tariff.
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
    cpu_ms_mean: f64,
    cpu_ms_p99: f64,
}

/// Shuffled orders tried where nothing else is asked: for an instance of fewest bins, a few milliseconds each 20.
const BIN_ITERATIONS: u64 = 300;

/// The same for one container, where an iteration places ten times as much.
const CONTAINER_ITERATIONS: u64 = 50;

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    match (&args.cartons, &args.orders, &args.jsonl) {
        (Some(cartons), Some(orders), _) => run_orders(&args, cartons, orders),
        (_, _, Some(path)) => run_academic(&args, path),
        _ => Err(Failure::Other(anyhow::anyhow!("needs --cartons and --orders, or --jsonl"))),
    }
}

fn run_orders(args: &Args, cartons: &Path, orders: &Path) -> Result<(), Failure> {
    let names = (cartons.display().to_string(), orders.display().to_string());
    let (cartons, orders) = (read_text(cartons)?, read_text(orders)?);
    let file = read((&names.0, &cartons), (&names.1, &orders), args.keep_flat)?;
    let tariff = match &args.tariff {
        None => Tariff::default(),
        Some(path) => Tariff::read(&path.display().to_string(), &read_text(path)?)?,
    };
    let objective = match args.objective {
        Goal::Cartons => Objective::Cartons,
        Goal::Volume => Objective::Volume,
        Goal::Bill => Objective::Bill(&tariff),
    };
    let watch = Watch::start("packing");
    let options = Options { objective, seed: args.solve.seed(), ..Options::default() };
    let count = file.orders.len();
    let pack = |problem: &Problem| {
        let solved = timed(|| solve(problem, &options, &mut args.solve.share(count, u64::MAX), &mut Silent));
        watch.step(count);
        solved
    };
    let solved: Vec<(Plan, f64)> =
        args.solve.in_pool(|| file.orders.par_iter().map(|(_, _, problem)| pack(problem)).collect())?;
    write(args, &file, &tariff, &solved, watch)
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
    let options = Options { seed: args.solve.seed(), tries: u32::MAX, ..Options::default() };
    let count = instances.len();
    let pack = |Instance { kind, problem, .. }: &Instance| {
        let solved = timed(|| match kind {
            Kind::FewestBins => solve(problem, &options, &mut args.solve.share(count, BIN_ITERATIONS), &mut Silent),
            Kind::MostVolume => {
                fill_one(problem, &options, &mut args.solve.share(count, CONTAINER_ITERATIONS), &mut Silent)
            }
        });
        watch.step(count);
        solved
    };
    let solved: Vec<(Plan, f64)> = args.solve.in_pool(|| instances.par_iter().map(pack).collect())?;
    let mut text = String::new();
    let (mut cartons, mut filled, mut volume, mut unpacked) = (0, 0.0, 0, 0);
    for (instance, (plan, _)) in instances.iter().zip(&solved) {
        if let Some(breach) = check(&instance.problem, plan).first() {
            let id = &instance.id;
            return Err(Failure::Other(anyhow::anyhow!(
                "{id}: the packing breaks a rule ({breach}); please report this"
            )));
        }
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
    args.solve.write_json(&report(args, watch, &solved, cartons as f64, (cartons, volume, unpacked)))?;
    if unpacked > 0 {
        return Err(Failure::NoPlan(format!("{unpacked} unit(s) fit no carton; the rest was written")));
    }
    Ok(())
}

fn write(args: &Args, file: &PackFile, tariff: &Tariff, solved: &[(Plan, f64)], watch: Watch) -> Result<(), Failure> {
    let mut text = HEADER.to_owned();
    let (mut cartons, mut volume, mut bill, mut unpacked) = (0, 0, 0, 0);
    for ((name, items, problem), (plan, _)) in file.orders.iter().zip(solved) {
        if let Some(breach) = check(problem, plan).first() {
            return Err(Failure::Other(anyhow::anyhow!(
                "order {name}: the packing breaks a rule ({breach}); please report this"
            )));
        }
        for left in &plan.unpacked {
            eprintln!("order {name}: {} of item {} left out, {}", left.quantity, items[left.item], left.reason);
        }
        unpacked += plan.unpacked.iter().map(|left| left.quantity as usize).sum::<usize>();
        cartons += plan.cartons.len();
        volume += plan.outer_volume(problem);
        bill += plan.cartons.iter().map(|carton| tariff.bill(carton.carton, carton.gross).get()).sum::<i64>();
        text.push_str(&placements(name, items, &file.cartons, &plan.cartons));
    }
    std::fs::write(&args.out, text).with_context(|| format!("writing {}", args.out.display()))?;
    let cost = match args.objective {
        Goal::Cartons => cartons as f64,
        Goal::Volume => volume as f64,
        Goal::Bill => bill as f64,
    };
    let report = report(args, watch, solved, cost, (cartons, volume, unpacked));
    eprintln!(
        "{} orders in {cartons} cartons, {volume} mm3 outside; {:.3} ms an order",
        solved.len(),
        report.cpu_ms_mean
    );
    args.solve.write_json(&report)?;
    if unpacked > 0 {
        return Err(Failure::NoPlan(format!("{unpacked} unit(s) fit no carton; the rest was written")));
    }
    Ok(())
}

fn report(
    args: &Args,
    watch: Watch,
    solved: &[(Plan, f64)],
    cost: f64,
    (cartons, volume, unpacked): (usize, i64, usize),
) -> Report {
    let mut times: Vec<f64> = solved.iter().map(|(_, ms)| *ms).collect();
    times.sort_by(f64::total_cmp);
    Report {
        run: watch.finish(&args.solve, cost, None, solved.len() as u64),
        cartons,
        outer_volume_mm3: volume,
        unpacked,
        cpu_ms_mean: times.iter().sum::<f64>() / times.len().max(1) as f64,
        cpu_ms_p99: times.get((times.len() * 99 / 100).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0),
    }
}
