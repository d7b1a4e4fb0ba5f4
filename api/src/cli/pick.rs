//! `tidewater pick`: the picking kernel alone, on files.

use std::path::PathBuf;

use anyhow::Context;
use engine::check::Breach;
use engine::check::picking::{check, check_selection};
use engine::picking::{Crew, Floor, Options, Order, Plan, Policy, Problem, Selection, place, select, solve};
use engine::search::{Budget, Silent};
use serde::Serialize;

use super::Failure;
use super::solving::{RunReport, SolveArgs, Watch, read_text};
use crate::formats::pick::{Batching, Labels, PickFile, Scattered, read};

/// Arguments of `tidewater pick`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Reads, told apart by their first lines:\n\
                        \x20 Hessler-Irnich text   single tours (SPRP), scattered storage (SPRP-SS), batching (Henn-Waescher, Muter-Oencan,\n\
                        \x20                       Bahceci-Oencan)\n\
                        \x20 Foodmart, Kris        batching over a distance table; Kris with due times and several pickers\n\
                        \x20 SBPO                  wave selection: orders and aisles, most units an aisle\n\n\
                        Writes {\"cost\", \"batches\": [{\"orders\", \"tour\": [[aisle, cell], ..], \"distance\", \"start\", \"picker\"}]}, or\n\
                        {\"orders\", \"aisles\", \"value\"} for waves, in the instance's units.\n\n\
                        Example: tidewater pick instance.txt --out plan.json --cpu-limit 2")]
pub struct Args {
    /// The instance.
    instance: PathBuf,
    /// Where to write the plan (JSON).
    #[arg(long)]
    out: PathBuf,
    /// How pickers walk.
    #[arg(long, value_enum, default_value = "exact")]
    routing: Walk,
    #[command(flatten)]
    solve: SolveArgs,
}

/// How pickers walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Walk {
    /// The shortest tour.
    Exact,
    /// Every aisle with a pick whole.
    SShape,
    /// From both ends up to the largest gap.
    LargestGap,
}

impl From<Walk> for Policy {
    fn from(walk: Walk) -> Self {
        match walk {
            Walk::Exact => Self::Exact,
            Walk::SShape => Self::SShape,
            Walk::LargestGap => Self::LargestGap,
        }
    }
}

/// What is written.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Batches { cost: f64, batches: Vec<BatchBody> },
    Wave { orders: Vec<u32>, aisles: Vec<u32>, value: f64 },
}

#[derive(Debug, Serialize)]
pub(super) struct BatchBody {
    orders: Vec<u64>,
    tour: Vec<[u32; 2]>,
    distance: f64,
    start: f64,
    picker: u32,
}

impl Answer {
    /// Cost, or value of a wave.
    pub(super) fn figure(&self) -> f64 {
        match self {
            Self::Batches { cost, .. } => *cost,
            Self::Wave { value, .. } => *value,
        }
    }
}

/// Seconds of search where nothing else is asked.
const SECONDS: f64 = 2.0;

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let text = read_text(&args.instance)?;
    let file = read(&args.instance.display().to_string(), &text)?;
    let (answer, report) = solved(&file, args.routing.into(), &args.solve)?;
    let text = serde_json::to_string(&answer).context("writing the plan")?;
    std::fs::write(&args.out, text).with_context(|| format!("writing {}", args.out.display()))?;
    match &answer {
        Answer::Batches { cost, batches } => eprintln!("{} batches, cost {cost}", batches.len()),
        Answer::Wave { orders, aisles, value } => {
            eprintln!("{} orders from {} aisles, {value:.3} units an aisle", orders.len(), aisles.len());
        }
    }
    args.solve.write_json(&report)?;
    Ok(())
}

/// A verified answer and the report of the run.
pub(super) fn solved(file: &PickFile, policy: Policy, args: &SolveArgs) -> Result<(Answer, RunReport), Failure> {
    let mut watch = Watch::start("picking");
    let mut budget = args.budget(SECONDS);
    let options = Options { seed: args.seed(), policy };
    match file {
        PickFile::Batching(Batching { problem, labels }) => {
            if matches!(problem.floor(), Floor::Table(_)) && policy != Policy::Exact {
                let why = "--routing s-shape and largest-gap need a floor of one block; this one is a distance table";
                return Err(Failure::Other(anyhow::anyhow!(why)));
            }
            let plan = solve(problem, &options, &mut budget, &mut watch);
            batches(problem, &plan, labels, watch, args)
        }
        PickFile::Scattered(Scattered { floor, wants, labels }) => {
            let chosen = place(floor, wants, &options, &mut budget, &mut watch);
            let order = Order::new(chosen.into_iter().flatten(), [1, 0]);
            let problem = Problem::new(floor.clone(), vec![order], [1, 0], Crew::DISTANCE)?;
            let plan = solve(&problem, &options, &mut Budget::iterations(0), &mut Silent);
            batches(&problem, &Plan { iterations: budget.spent(), ..plan }, labels, watch, args)
        }
        PickFile::Wave(problem) => {
            let Some(wave) = select(problem, args.seed(), &mut budget, &mut watch) else {
                let (least, most) = problem.limits();
                return Err(Failure::NoPlan(format!("no wave of {least} to {most} units was found")));
            };
            verified(&check_selection(problem, &wave))?;
            let value = wave.value();
            let Selection { orders, aisles, .. } = wave;
            let mut report = watch.finish(args, value, None, budget.spent());
            report.trace.iter_mut().for_each(|point| point[1] = -point[1]);
            Ok((Answer::Wave { orders, aisles, value }, report))
        }
    }
}

fn verified(breaches: &[Breach]) -> Result<(), Failure> {
    match breaches.first() {
        None => Ok(()),
        Some(breach) => Err(Failure::Other(anyhow::anyhow!("the plan breaks a rule ({breach}); please report this"))),
    }
}

fn batches(
    problem: &Problem,
    plan: &Plan,
    labels: &Labels,
    watch: Watch,
    args: &SolveArgs,
) -> Result<(Answer, RunReport), Failure> {
    verified(&check(problem, plan))?;
    if plan.lateness > 0 {
        let late = labels.units(plan.lateness);
        return Err(Failure::NoPlan(format!("no plan meets every due time: {late} late in all; search longer")));
    }
    let bodies = plan.batches.iter().map(|batch| BatchBody {
        orders: batch.orders.iter().map(|&n| labels.orders[n as usize]).collect(),
        tour: batch.tour.iter().map(|&place| labels.position(place)).collect(),
        distance: labels.units(batch.distance),
        start: labels.units(batch.start),
        picker: batch.picker,
    });
    let answer = Answer::Batches { cost: labels.units(plan.time), batches: bodies.collect() };
    let mut report = watch.finish(args, answer.figure(), None, plan.iterations);
    report.trace.iter_mut().for_each(|point| point[1] /= labels.scale as f64);
    Ok((answer, report))
}
