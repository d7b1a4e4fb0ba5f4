//! `tidewater bench route DIR`: a folder of instances against its BKS.csv.

use std::path::{Path, PathBuf};

use engine::fault::Fault;

use super::Failure;
use super::route::{Goal, solved};
use super::solving::{SolveArgs, read_text};
use crate::formats::route::{Measure, parse};

/// A row of BKS.csv.
struct Known {
    instance: String,
    best: f64,
    vehicles: Option<usize>,
    measure: Measure,
    goal: Goal,
}

/// Runs every instance of BKS.csv that lies in `dir`, each with the budget of `args`, and prints a table of gaps.
///
/// BKS.csv needs the columns `instance`, `type` and `bks_distance` and may have `bks_vehicles`; the type says how numbers are
/// rounded (PDPTW: as they are, vehicles first; VRPTW: times ten, truncated, and the best value has one decimal).
pub fn bench(dir: &Path, args: &SolveArgs) -> Result<(), Failure> {
    let known = read_known(&dir.join("BKS.csv"))?;
    let heads = ["cost", "best known", "gap %", "vehicles", "known", "iterations", "cpu s"];
    let [a, b, c, d, e, f, g] = heads;
    println!("{:<24} {a:>16} {b:>16} {c:>8} {d:>9} {e:>7} {f:>11} {g:>7}", "instance");
    let mut gaps = Vec::new();
    for row in &known {
        if let Some(path) = file_of(dir, &row.instance) {
            gaps.push(run_one(row, &path, args)?);
        }
    }
    if gaps.is_empty() {
        return Err(Failure::NoPlan(format!(
            "{} names no instance that lies beside it",
            dir.join("BKS.csv").display()
        )));
    }
    println!("{} instances, mean gap {:.3} %", gaps.len(), gaps.iter().sum::<f64>() / gaps.len() as f64);
    Ok(())
}

/// Prints the instance's line and answers its gap in percent.
fn run_one(known: &Known, path: &Path, args: &SolveArgs) -> Result<f64, Failure> {
    let instance = parse(&read_text(path)?, &path.display().to_string(), known.measure)?;
    let (plan, run) = solved(&instance, known.goal, args)?;
    let gap = 100.0 * (run.cost / known.best - 1.0);
    println!(
        "{:<24} {:>16.1} {:>16.1} {gap:>8.3} {:>9} {:>7} {:>11} {:>7.1}{}",
        known.instance,
        run.cost,
        known.best,
        plan.routes.len(),
        known.vehicles.map_or(String::new(), |v| v.to_string()),
        run.iterations,
        run.cpu_seconds,
        if plan.unassigned.is_empty() { "" } else { "  stops are left out" }
    );
    Ok(gap)
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
        let args =
            SolveArgs { seed: 0, threads: Some(1), time_limit: None, cpu_limit: None, iterations: Some(5), json: None };
        bench(dir.path(), &args).unwrap();
    }
}
