//! `tidewater pack`: the packing kernel alone, on files.

use std::path::PathBuf;

use anyhow::Context;
use cpu_time::ThreadTime;
use engine::check::packing::check;
use engine::packing::{CartonBill, Objective, Options, Plan, Problem, solve};
use engine::search::{Budget, Silent};
use engine::units::{Cents, Grams};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Failure;
use super::solving::{RunReport, SolveArgs, Watch, read_text};
use crate::formats::pack::{HEADER, PackFile, placements, read};

/// Arguments of `tidewater pack`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Cartons: reference,outer_w_mm,outer_l_mm,outer_d_mm,empty_g,inner_w_mm,inner_l_mm,inner_d_mm,max_g\n\
                        Orders:  order,qty,item,w_mm,l_mm,d_mm,weight_g\n\
                        Tariff:  max_weight_g,price_cents, rows ascending: the price of a carton up to this weight\n\n\
                        Example: tidewater pack --cartons boxes.csv --orders orders.csv --out placements.csv --json -"
)]
pub struct Args {
    /// Carton types (CSV).
    #[arg(long)]
    cartons: PathBuf,
    /// Orders (CSV, one row an item).
    #[arg(long)]
    orders: PathBuf,
    /// Where to write the placements (CSV, one row a unit).
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

#[derive(Debug, Deserialize)]
struct TariffRow {
    max_weight_g: i64,
    price_cents: i64,
}

/// Prices by weight; the last row's for anything heavier.
struct Tariff(Vec<TariffRow>);

impl CartonBill for Tariff {
    fn bill(&self, _: usize, gross: Grams) -> Cents {
        let row = self.0.iter().find(|row| gross.get() <= row.max_weight_g).or(self.0.last());
        Cents::new(row.map_or(0, |row| row.price_cents))
    }
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

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let cartons = read_text(&args.cartons)?;
    let orders = read_text(&args.orders)?;
    let names = (args.cartons.display().to_string(), args.orders.display().to_string());
    let file = read((&names.0, &cartons), (&names.1, &orders), args.keep_flat)?;
    let tariff = match &args.tariff {
        None => Tariff(Vec::new()),
        Some(path) => {
            let text = read_text(path)?;
            let rows: Result<Vec<TariffRow>, _> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
            Tariff(rows.with_context(|| format!("reading {}", path.display()))?)
        }
    };
    let objective = match args.objective {
        Goal::Cartons => Objective::Cartons,
        Goal::Volume => Objective::Volume,
        Goal::Bill => Objective::Bill(&tariff),
    };
    let watch = Watch::start("packing");
    let options = Options { objective, seed: args.solve.seed(), ..Options::default() };
    let iterations = args.solve.iterations.unwrap_or(u64::MAX);
    let solved: Vec<(Plan, f64)> = args
        .solve
        .in_pool(|| file.orders.par_iter().map(|(_, _, problem)| timed(problem, &options, iterations)).collect())?;
    write(&args, &file, &solved, watch)
}

fn timed(problem: &Problem, options: &Options, iterations: u64) -> (Plan, f64) {
    let started = ThreadTime::now();
    let plan = solve(problem, options, &mut Budget::iterations(iterations), &mut Silent);
    (plan, started.elapsed().as_secs_f64() * 1000.0)
}

fn write(args: &Args, file: &PackFile, solved: &[(Plan, f64)], watch: Watch) -> Result<(), Failure> {
    let mut text = HEADER.to_owned();
    let (mut cartons, mut volume, mut unpacked) = (0, 0, 0);
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
        text.push_str(&placements(name, items, &file.cartons, &plan.cartons));
    }
    std::fs::write(&args.out, text).with_context(|| format!("writing {}", args.out.display()))?;
    let mut times: Vec<f64> = solved.iter().map(|(_, ms)| *ms).collect();
    times.sort_by(f64::total_cmp);
    let report = Report {
        run: watch.finish(&args.solve, cartons as f64, None, solved.len() as u64),
        cartons,
        outer_volume_mm3: volume,
        unpacked,
        cpu_ms_mean: times.iter().sum::<f64>() / times.len().max(1) as f64,
        cpu_ms_p99: times.get((times.len() * 99 / 100).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0),
    };
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
