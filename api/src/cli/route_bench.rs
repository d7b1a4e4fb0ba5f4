//! `tidewater bench route DIR`: a folder of instances against its BKS.csv.

use std::path::{Path, PathBuf};

use anyhow::Context;
use engine::fault::Fault;
use serde::Serialize;

use super::route::{Goal, solved};
use super::solving::{RunReport, SolveArgs, read_text};
use super::{Failure, route_report};
use crate::formats::route::{Measure, parse};

/// A row of BKS.csv.
struct Known {
    instance: String,
    best: f64,
    vehicles: Option<usize>,
    measure: Measure,
    goal: Goal,
}

/// Arguments of `tidewater bench route`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder.
    dir: PathBuf,
    /// Runs of each instance, with seed `--seed`, the next, and so on; the table tells their means.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Write a page with the table and a plot an instance of the gap over CPU time to this file.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    solve: SolveArgs,
}

/// One run of an instance.
#[derive(Debug, Serialize)]
pub(super) struct Run {
    pub instance: String,
    pub best_known: f64,
    pub gap_percent: f64,
    pub vehicles: usize,
    pub stops_left_out: usize,
    /// Moves between routes and places for waiting stops, priced in a CPU second.
    pub moves_per_second: f64,
    #[serde(flatten)]
    pub report: RunReport,
}

/// Runs every instance of BKS.csv that lies in the folder, each with the budget of `args`, and prints a table of gaps.
///
/// BKS.csv needs the columns `instance`, `type` and `bks_distance` and may have `bks_vehicles`; the type says how numbers are
/// rounded (PDPTW: as they are, vehicles first; VRPTW: times ten, truncated, and the best value has one decimal).
pub fn bench(args: &Args) -> Result<(), Failure> {
    let known = read_known(&args.dir.join("BKS.csv"))?;
    let heads = ["cost", "best known", "gap %", "vehicles", "known", "iterations/s", "moves/s", "cpu s"];
    let [a, b, c, d, e, f, g, h] = heads;
    println!("{:<24} {a:>16} {b:>16} {c:>8} {d:>9} {e:>7} {f:>13} {g:>9} {h:>7}", "instance");
    let mut runs: Vec<Vec<Run>> = Vec::new();
    for row in &known {
        if let Some(path) = file_of(&args.dir, &row.instance) {
            let of_one = run_one(row, &path, args)?;
            print_row(row, &of_one);
            runs.push(of_one);
        }
    }
    if runs.is_empty() {
        return Err(Failure::NoPlan(format!(
            "{} names no instance that lies beside it",
            args.dir.join("BKS.csv").display()
        )));
    }
    let gap: f64 = runs.iter().map(|of_one| mean(of_one, |run| run.gap_percent)).sum();
    println!("{} instances, mean gap {:.3} %", runs.len(), gap / runs.len() as f64);
    if let Some(page) = &args.report {
        std::fs::write(page, route_report::page(&runs)).with_context(|| format!("writing {}", page.display()))?;
    }
    args.solve.write_json(&runs.iter().flatten().collect::<Vec<_>>())?;
    Ok(())
}

/// Mean over the runs of an instance.
pub(super) fn mean(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    runs.iter().map(of).sum::<f64>() / runs.len().max(1) as f64
}

fn run_one(known: &Known, path: &Path, args: &Args) -> Result<Vec<Run>, Failure> {
    let instance = parse(&read_text(path)?, &path.display().to_string(), known.measure)?;
    let one = |seed| {
        let (plan, report) = solved(&instance, known.goal, &SolveArgs { seed, ..args.solve.clone() })?;
        Ok(Run {
            instance: known.instance.clone(),
            best_known: known.best,
            gap_percent: 100.0 * (report.cost / known.best - 1.0),
            vehicles: plan.routes.len(),
            stops_left_out: plan.unassigned.len(),
            moves_per_second: plan.moves as f64 / report.cpu_seconds.max(1e-9),
            report,
        })
    };
    (args.solve.seed..args.solve.seed.saturating_add(args.seeds)).map(one).collect()
}

fn print_row(known: &Known, runs: &[Run]) {
    println!(
        "{:<24} {:>16.1} {:>16.1} {:>8.3} {:>9.1} {:>7} {:>13.0} {:>8.1}M {:>7.1}{}",
        known.instance,
        mean(runs, |run| run.report.cost),
        known.best,
        mean(runs, |run| run.gap_percent),
        mean(runs, |run| run.vehicles as f64),
        known.vehicles.map_or(String::new(), |v| v.to_string()),
        mean(runs, |run| run.report.iterations as f64 / run.report.cpu_seconds.max(1e-9)),
        mean(runs, |run| run.moves_per_second) / 1e6,
        mean(runs, |run| run.report.cpu_seconds),
        if runs.iter().all(|run| run.stops_left_out == 0) { "" } else { "  stops are left out" }
    );
}

fn read_known(path: &Path) -> Result<Vec<Known>, Failure> {
    let text = read_text(path)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().map_err(anyhow::Error::from)?.clone();
    let column = |name: &str| headers.iter().position(|h| h == name);
    let (Some(instance), Some(kind), Some(best)) = (column("instance"), column("type"), column("bks_distance")) else {
        let rule = "must have instance, type and bks_distance";
        return Err(vec![Fault::new(path.display().to_string(), "columns", "", rule)].into());
    };
    let (mut known, mut faults) = (Vec::new(), Vec::new());
    for (n, record) in reader.records().enumerate() {
        let record = record.map_err(anyhow::Error::from)?;
        let field = |at: usize| record.get(at).unwrap_or("").trim();
        let Ok(value) = field(best).parse::<f64>() else {
            faults.push(Fault::new(
                format!("{}:{}", path.display(), n + 2),
                "bks_distance",
                field(best),
                "must be a number",
            ));
            continue;
        };
        let (measure, goal) = convention(field(kind));
        known.push(Known {
            instance: field(instance).to_owned(),
            best: if field(kind) == "VRPTW" { value * 10.0 } else { value },
            vehicles: column("bks_vehicles").and_then(|at| field(at).parse().ok()),
            measure,
            goal,
        });
    }
    if faults.is_empty() { Ok(known) } else { Err(faults.into()) }
}

/// How the literature measures a kind of problem.
fn convention(kind: &str) -> (Measure, Goal) {
    match kind {
        "VRPTW" | "MTVRPTWR" | "PCVRPTW" => (Measure::Dimacs, Goal::Cost),
        "MDVRPTW" | "SDVRPTW" | "HFVRP" => (Measure::Exact, Goal::Cost),
        "PDPTW" => (Measure::None, Goal::VehiclesFirst),
        _ => (Measure::Round, Goal::Cost),
    }
}

/// The instance's file: `.vrp` where there is one, else `.txt`.
fn file_of(dir: &Path, instance: &str) -> Option<PathBuf> {
    ["vrp", "txt"].iter().map(|ending| dir.join(format!("{instance}.{ending}"))).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_runs_against_its_values() {
        let dir = tempfile::tempdir().unwrap();
        let vrp = "DIMENSION : 3\nCAPACITY : 5\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 3 4\n3 6 8\nDEMAND_SECTION\n1 0\n2 1\n3 1\n";
        std::fs::write(dir.path().join("tiny.vrp"), vrp).unwrap();
        std::fs::write(dir.path().join("BKS.csv"), "instance,type,bks_distance\ntiny,CVRP,20\nabsent,CVRP,1\n")
            .unwrap();
        let at = |name: &str| dir.path().join(name);
        let solve = SolveArgs {
            seed: 0,
            threads: Some(1),
            time_limit: None,
            cpu_limit: None,
            iterations: Some(5),
            json: Some(at("runs.json")),
        };
        let args = Args { dir: dir.path().to_owned(), seeds: 2, report: Some(at("report.html")), solve };
        bench(&args).unwrap();
        let runs: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(at("runs.json")).unwrap()).unwrap();
        assert_eq!((runs[0]["gap_percent"].as_f64(), &runs[1]["seed"]), (Some(0.0), &serde_json::json!(1)));
        assert!(runs[0]["moves_per_second"].as_f64().unwrap() > 0.0);
        let page = std::fs::read_to_string(at("report.html")).unwrap();
        assert!(page.contains("<td>tiny</td>") && page.contains("<polyline"), "{page}");
    }
}
