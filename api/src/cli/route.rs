//! `tidewater route`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use engine::check;
use engine::routing::why::{self, Blocking};
use engine::routing::{Objective, Options, Plan, resume, solve};
use engine::search::Budget;
use serde::Serialize;

use super::Failure;
use super::solving::{RunReport, SolveArgs, Watch, read_text};
use crate::formats::blocking::Told;
use crate::formats::route::{Instance, Measure, day, decimal, parse, parse_with_drives, write_plan};
use crate::formats::sheets;
use crate::roads::read_drives;

/// What `--help` teaches.
const HELP: &str = "\
Plans routes with capacities, time windows, several depots, mixed fleets, several trips a day with
release times, backhauls, pickup and delivery pairs, and prizes.

INSTANCE is a VRPLIB file with PyVRP's sections, a Solomon or Gehring-Homberger .txt, or a Li and Lim
.txt; the format is recognised. Its numbers become integers as --round says: `round` for CVRP and
backhauls, `dimacs` for time windows (costs are ten times the published ones), `exact` for several
depots and mixed fleets, `none` for Li and Lim. The plan is written as a CVRPLIB solution: a place is
its node number minus one; where vehicles differ, `Route #k` is the k-th vehicle's and an unused one
keeps an empty line; a reload depot stands inside its route.

With --matrix vehicles drive as a table says, as `tidewater roads` writes it: its distances in metres
are what a plan costs, its durations in seconds what windows count in, and the instance's own
coordinates or distances are not used. Its ids are the places' numbers as in solutions: 0, 1, ..,
depots first.

Exit code 3 where a stop that must be served is left out; the rest is written all the same. The routes
around such stops are searched a little longer than asked for; then stderr, and --json, tell for up to
50 of them what would have to be otherwise, each way proved by solving again.

Examples:
  tidewater route X-n1001-k43.vrp --out x.sol --cpu-limit 60
  tidewater route RC2_10_5.txt --round dimacs --out rc.sol --json - --time-limit 10
  tidewater route town.vrp --matrix drives.csv --out town.sol
  tidewater route c101.txt --geojson map.geojson --csv stops.csv --sheets drivers.html
  tidewater route lr1_4_3.txt --round none --objective vehicles-first --out lr.sol";

/// Arguments of `tidewater route`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// The instance.
    instance: PathBuf,
    /// Write the plan to this file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Drive by this table of distances and durations, CSV or JSON.
    #[arg(long, value_name = "FILE")]
    matrix: Option<PathBuf>,
    /// Write the routes as GeoJSON to this file; coordinates are the file's plane, which a property says.
    #[arg(long, value_name = "FILE")]
    geojson: Option<PathBuf>,
    /// Write the routes as a table, a row a visit, to this file.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write a driver's sheet a vehicle, as one page of HTML to print, to this file.
    #[arg(long, value_name = "FILE")]
    sheets: Option<PathBuf>,
    /// How the instance's numbers become integers.
    #[arg(long, value_enum, default_value_t = Measure::Round)]
    round: Measure,
    /// What to minimise: cost, or the number of vehicles and then cost.
    #[arg(long, value_enum, default_value_t = Goal::Cost)]
    objective: Goal,
    #[command(flatten)]
    solve: SolveArgs,
}

/// What to minimise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Goal {
    /// Fixed, distance and duration costs together.
    Cost,
    /// The number of vehicles, then cost.
    VehiclesFirst,
}

impl From<Goal> for Objective {
    fn from(goal: Goal) -> Self {
        match goal {
            Goal::Cost => Self::Cost,
            Goal::VehiclesFirst => Self::VehiclesFirst,
        }
    }
}

/// Iterations that go to required stops left out, on top of what was asked for.
const RESUMED: u64 = 4_000;
/// Most parts solved again to prove what blocks the stops left out.
const PROOFS: u64 = 20_000;

#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    run: RunReport,
    vehicles: usize,
    trips: usize,
    distance: f64,
    fixed_cost: f64,
    missed_prizes: f64,
    unassigned: Vec<Missing>,
}

/// A stop left out, by its place in solutions.
#[derive(Debug, Serialize)]
struct Missing {
    place: u32,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocking: Option<Told>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { instance: path, out, geojson, csv, sheets: pages, matrix, round, objective, solve } = args;
    let (text, file) = (read_text(&path)?, path.display().to_string());
    let instance = match matrix {
        None => parse(&text, &file, round)?,
        Some(table) => parse_with_drives(&text, &file, round, &read_drives(&table)?, &table.display().to_string())?,
    };
    drop(text);
    let (plan, run) = solved(&instance, objective, &solve)?;
    if let Some(out) = &out {
        write(out, &write_plan(&instance, &plan))?;
    }
    if [&geojson, &csv, &pages].iter().any(|out| out.is_some()) {
        let day = day(&instance, &plan, &format!("Routes of {}", path.display()));
        if let Some(out) = &geojson {
            write(out, &format!("{}\n", sheets::geojson(&day)))?;
        }
        if let Some(out) = &csv {
            write(out, &sheets::csv(&day)?)?;
        }
        if let Some(out) = &pages {
            write(out, &sheets::html(&day))?;
        }
    }
    let missing = missing(&instance, &plan);
    let required: Vec<String> = missing.iter().filter(|(is_required, _)| *is_required).map(|(_, m)| told(m)).collect();
    write_report(&solve, &instance, &plan, missing.into_iter().map(|(_, missing)| missing).collect(), run)?;
    none_required(&required)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

/// Solves and proves the plan right.
pub(super) fn solved(instance: &Instance, goal: Goal, args: &SolveArgs) -> Result<(Plan, RunReport), Failure> {
    let options = Options { seed: args.seed(), objective: goal.into(), threads: args.threads(), ..Options::default() };
    let mut watch = Watch::start("route");
    let mut budget = args.budget(default_seconds(instance.problem.stops().len()));
    let scale = instance.cost_scale;
    let mut observer = |p: &engine::search::Progress| {
        engine::search::Observer::progress(&mut watch, &engine::search::Progress { cost: p.cost / scale, ..*p });
    };
    let problem = &instance.problem;
    let plan = args.in_pool(|| {
        let plan = solve(problem, &options, &mut budget, &mut observer);
        resume(problem, &plan, &options, &mut Budget::iterations(RESUMED))
    })?;
    let run = watch.finish(args, plan.cost.total() as f64 / scale, None, plan.iterations);
    let breaches = check::routing::check(&instance.problem, &plan);
    match breaches.first() {
        Some(breach) => {
            Err(Failure::Other(anyhow::anyhow!("the plan is wrong ({} breaches): {breach}", breaches.len())))
        }
        None => Ok((plan, run)),
    }
}

/// Wall seconds where nothing was asked: two for a hundred stops, a minute for ten thousand.
fn default_seconds(stops: usize) -> f64 {
    (2.0 * (stops as f64 / 100.0).powf(0.74)).clamp(1.0, 300.0)
}

fn write_report(
    args: &SolveArgs,
    instance: &Instance,
    plan: &Plan,
    unassigned: Vec<Missing>,
    run: RunReport,
) -> Result<(), Failure> {
    let trips = plan.routes.iter().map(|r| r.trips.len()).sum();
    if args.json.is_none() {
        println!(
            "cost {}: {} vehicles, {trips} trips, {} stops left out; {:.1} s",
            decimal(instance, plan.cost.total()),
            plan.routes.len(),
            plan.unassigned.len(),
            run.seconds
        );
        return Ok(());
    }
    let in_file = |amount: i64| amount as f64 / instance.cost_scale;
    let report = Report {
        run,
        vehicles: plan.routes.len(),
        trips,
        distance: in_file(plan.routes.iter().map(|r| r.distance).sum()),
        fixed_cost: in_file(plan.cost.fixed),
        missed_prizes: in_file(plan.cost.missed_prizes),
        unassigned,
    };
    Ok(args.write_json(&report)?)
}

/// Each stop left out with what is known of why, and whether it must be served.
fn missing(instance: &Instance, plan: &Plan) -> Vec<(bool, Missing)> {
    let problem = &instance.problem;
    let options = why::Options::judged_by(check::routing::is_sound);
    let found: Vec<Blocking> = why::blocking(problem, plan, &options, &mut Budget::iterations(PROOFS));
    let one = |left: &engine::routing::Unassigned| {
        let blocking = found.iter().find(|found| found.stops.contains(&left.stop));
        let missing = Missing {
            place: instance.place(left.stop),
            reason: left.reason.to_string(),
            blocking: blocking.map(|found| Told::of(found, instance)),
        };
        (problem.stops()[left.stop as usize].prize.is_none(), missing)
    };
    plan.unassigned.iter().map(one).collect()
}

fn told(missing: &Missing) -> String {
    let Missing { place, reason, blocking } = missing;
    match blocking {
        Some(blocking) => format!("place {place}: {reason}; {}", blocking.text()),
        None => format!("place {place}: {reason}"),
    }
}

/// A required stop left out makes the plan no answer to the file's question.
fn none_required(missing: &[String]) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let mut why: Vec<String> = missing.iter().take(20).cloned().collect();
    if missing.len() > 20 {
        why.push(format!("and {} more", missing.len() - 20));
    }
    Err(Failure::NoPlan(format!("stops left out: {}\n  {}", missing.len(), why.join("\n  "))))
}
