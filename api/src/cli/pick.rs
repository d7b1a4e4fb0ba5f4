//! `tidewater pick`: the picking kernel alone, on files.

use std::path::PathBuf;

use anyhow::Context;
use engine::check::picking::check;
use engine::picking::{Options, Plan, Policy, solve};
use serde::Serialize;

use super::Failure;
use super::solving::{SolveArgs, Watch, read_text};
use crate::formats::pick::{PickFile, SCALE, read};

/// Arguments of `tidewater pick`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the Hessler-Irnich text format: single tours (SPRP) and batching (Henn-Waescher, Muter-Oencan, Bahceci-Oencan).\n\
                        Writes {\"cost\", \"batches\": [{\"orders\", \"tour\": [[aisle, cell], ..], \"distance\"}]} in the instance's units.\n\n\
                        Example: tidewater pick instance.txt --out plan.json --cpu-limit 2"
)]
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

#[derive(Debug, Serialize)]
struct PlanBody {
    cost: f64,
    batches: Vec<BatchBody>,
}

#[derive(Debug, Serialize)]
struct BatchBody {
    orders: Vec<u32>,
    tour: Vec<[u32; 2]>,
    distance: f64,
}

/// Seconds of search where nothing else is asked.
const SECONDS: f64 = 2.0;

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let text = read_text(&args.instance)?;
    let file = read(&args.instance.display().to_string(), &text)?;
    let policy = match args.routing {
        Walk::Exact => Policy::Exact,
        Walk::SShape => Policy::SShape,
        Walk::LargestGap => Policy::LargestGap,
    };
    let mut watch = Watch::start("picking");
    let mut budget = args.solve.budget(SECONDS);
    let plan = solve(&file.problem, &Options { seed: args.solve.seed(), policy }, &mut budget, &mut watch);
    if let Some(breach) = check(&file.problem, &plan).first() {
        return Err(Failure::Other(anyhow::anyhow!("the plan breaks a rule ({breach}); please report this")));
    }
    let body = body(&file, &plan);
    let text = serde_json::to_string(&body).context("writing the plan")?;
    std::fs::write(&args.out, text).with_context(|| format!("writing {}", args.out.display()))?;
    eprintln!("{} batches, distance {}", body.batches.len(), body.cost);
    let mut report = watch.finish(&args.solve, body.cost, None, plan.iterations);
    // The search counts doubled distances.
    report.trace.iter_mut().for_each(|point| point[1] /= SCALE as f64);
    args.solve.write_json(&report)?;
    Ok(())
}

fn body(file: &PickFile, plan: &Plan) -> PlanBody {
    let units = |distance: i64| distance as f64 / SCALE as f64;
    let batches = plan.batches.iter().map(|batch| BatchBody {
        orders: batch.orders.clone(),
        tour: batch.tour.iter().map(|&(aisle, cell)| [aisle, file.cell(cell)]).collect(),
        distance: units(batch.distance),
    });
    PlanBody { cost: units(plan.distance), batches: batches.collect() }
}
