//! `tidewater bench pick DIR`: a folder of instances against its BKS.csv.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::fault::Fault;
use engine::picking::Policy;
use serde::Deserialize;

use super::Failure;
use super::pick::{Answer, solved};
use super::solving::{SolveArgs, read_text};
use crate::formats::pick::read;

/// A row of BKS.csv.
#[derive(Debug, Deserialize)]
struct Known {
    set: String,
    instance: String,
    /// Absent where none is known.
    value: Option<f64>,
}

/// Runs every instance of BKS.csv that lies in `dir/set` or in `dir`, each with the budget of `args`, and prints gaps and
/// their mean by set. BKS.csv needs the columns `set`, `instance` and `value`; a wave's value is maximised.
pub fn bench(dir: &Path, args: &SolveArgs) -> Result<(), Failure> {
    let path = dir.join("BKS.csv");
    let text = read_text(&path)?;
    let rows: Result<Vec<Known>, csv::Error> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
    let known = rows.map_err(|error| vec![Fault::new(path.display().to_string(), "row", "", error.to_string())])?;
    let [a, b, c, d, e] = ["figure", "best known", "gap %", "iterations", "cpu s"];
    println!("{:<24} {:<32} {a:>12} {b:>12} {c:>8} {d:>11} {e:>7}", "set", "instance");
    let mut gaps: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in &known {
        if let Some(path) = file_of(dir, row) {
            gaps.entry(&row.set).or_default().extend(run_one(row, &path, args)?);
        }
    }
    if gaps.values().all(Vec::is_empty) {
        return Err(Failure::NoPlan(format!(
            "{} names no instance of known value that lies beside it and was solved",
            path.display()
        )));
    }
    for (set, gaps) in gaps {
        let mean = gaps.iter().sum::<f64>() / gaps.len().max(1) as f64;
        let most = gaps.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        println!("{set:<24} {:>4} instances, mean gap {mean:.3} %, most {most:.3} %", gaps.len());
    }
    Ok(())
}

/// Prints the instance's line and answers its gap in percent, if there was a plan.
fn run_one(known: &Known, path: &Path, args: &SolveArgs) -> Result<Option<f64>, Failure> {
    let file = read(&path.display().to_string(), &read_text(path)?)?;
    let (answer, run) = match solved(&file, Policy::Exact, args) {
        Ok(found) => found,
        Err(Failure::NoPlan(why)) => {
            println!("{:<24} {:<32} {why}", known.set, known.instance);
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    let figure = answer.figure();
    let gap = known.value.map(|best| match answer {
        Answer::Batches { .. } => 100.0 * (figure / best - 1.0),
        Answer::Wave { .. } => 100.0 * (1.0 - figure / best),
    });
    let cell = |value: Option<f64>, digits: usize| value.map_or("-".to_owned(), |value| format!("{value:.digits$}"));
    println!(
        "{:<24} {:<32} {figure:>12.2} {:>12} {:>8} {:>11} {:>7.2}",
        known.set,
        known.instance,
        cell(known.value, 2),
        cell(gap, 3),
        run.iterations,
        run.cpu_seconds
    );
    Ok(gap)
}

fn file_of(dir: &Path, known: &Known) -> Option<PathBuf> {
    let places = [dir.join(&known.set).join(&known.instance), dir.join(&known.instance)];
    places.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_runs_against_its_values() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("W")).unwrap();
        std::fs::write(dir.path().join("W/w.txt"), "1 1 1\n1 0 4\n1 0 9\n1 10\n").unwrap();
        std::fs::write(dir.path().join("BKS.csv"), "set,instance,value\nW,w.txt,4\nW,absent.txt,1\n").unwrap();
        let args =
            SolveArgs { seed: 0, threads: Some(1), time_limit: None, cpu_limit: None, iterations: Some(5), json: None };
        bench(dir.path(), &args).unwrap();
    }
}
