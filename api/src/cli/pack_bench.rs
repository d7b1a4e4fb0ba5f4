//! `tidewater bench pack DIR`: a folder of packing instances beside another packer's figures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use engine::fault::Fault;
use engine::packing::Options;

use super::Failure;
use super::pack::{Timed, draw, mean_and_p99, pack_instances, pack_orders};
use super::solving::{SolveArgs, Watch, read_text};
use crate::formats::pack::academic::{self, Instance, Kind};
use crate::formats::pack::{Cartons, read};

/// Arguments of `tidewater bench pack`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "In DIR and the folders in it: orders.csv with boxes.csv, packed into the fewest cartons with and without turning items over, \
                  and files of JSON lines as `tidewater pack --jsonl` reads them, a row a class (the id up to its slash). Beside orders, \
                  expected_boxpacker.csv may give another packer's boxes_3d, outer_mm3_3d, boxes_keepflat and outer_mm3_keepflat by \
                  order. Every packing is verified."
)]
pub struct Args {
    /// The folder.
    dir: PathBuf,
    /// Draw the first 200 cartons of the orders on a page (HTML).
    #[arg(long, value_name = "FILE")]
    drawings: Option<PathBuf>,
    #[command(flatten)]
    solve: SolveArgs,
}

/// Runs what is there and prints a table.
pub fn bench(args: &Args) -> Result<(), Failure> {
    let mut folders = vec![args.dir.clone()];
    let inside = std::fs::read_dir(&args.dir).with_context(|| format!("reading {}", args.dir.display()))?;
    folders.extend(inside.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()));
    folders.sort();
    println!(
        "{:<28} {:>9} {:>8} {:>12} {:>9} {:>9} {:>9} {:>10} {:>12}",
        "set", "instances", "cartons", "outside m3", "filled %", "ms mean", "ms p99", "their ctns", "their m3"
    );
    let (mut rows, mut left) = (0, 0);
    for folder in &folders {
        if folder.join("orders.csv").is_file() && folder.join("boxes.csv").is_file() {
            left += orders(args, folder)?;
            rows += 2;
        }
        let files = std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
        let mut files: Vec<PathBuf> = files.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "jsonl")) {
            let (classes, unpacked) = instances(args, file)?;
            rows += classes;
            left += unpacked;
        }
    }
    match rows {
        _ if left > 0 => Err(Failure::NoPlan(format!("{left} unit(s) fit no carton and are in no figure"))),
        0 => {
            Err(Failure::NoPlan(format!("{} holds neither orders.csv with boxes.csv nor *.jsonl", args.dir.display())))
        }
        _ => Ok(()),
    }
}

/// One line of the table.
struct Row {
    set: String,
    instances: usize,
    cartons: usize,
    outer_mm3: Option<i64>,
    /// Share of the insides that is filled, in percent.
    filled: f64,
    theirs: Option<Theirs>,
}

/// What another packer needed.
#[derive(Clone, Copy, Default)]
struct Theirs {
    cartons: usize,
    outer_mm3: i64,
}

impl Row {
    fn print(&self, [mean, p99]: [f64; 2]) {
        let m3 = |mm3: Option<i64>| mm3.map_or("-".to_owned(), |mm3| format!("{:.3}", mm3 as f64 / 1e9));
        println!(
            "{:<28} {:>9} {:>8} {:>12} {:>9.2} {mean:>9.3} {p99:>9.3} {:>10} {:>12}",
            self.set,
            self.instances,
            self.cartons,
            m3(self.outer_mm3),
            self.filled,
            self.theirs.map_or("-".to_owned(), |theirs| theirs.cartons.to_string()),
            m3(self.theirs.map(|theirs| theirs.outer_mm3))
        );
    }
}

/// Both rows of a folder; how many units are left out.
fn orders(args: &Args, folder: &Path) -> Result<u32, Failure> {
    let mut left = 0;
    let path = |name: &str| folder.join(name);
    let text = |name: &str| read_text(&path(name));
    let cartons = Cartons::read(&path("boxes.csv").display().to_string(), &text("boxes.csv")?)?;
    let theirs = path("expected_boxpacker.csv");
    let theirs = if theirs.is_file() { Some(expected(&theirs)?) } else { None };
    for (n, keep_flat) in [false, true].into_iter().enumerate() {
        let name = path("orders.csv").display().to_string();
        let orders = read(&cartons, (&name, &text("orders.csv")?), keep_flat)?;
        let watch = Watch::start("packing");
        let options = Options { seed: args.solve.seed(), ..Options::default() };
        let solved = pack_orders(&orders, &options, &args.solve, &watch)?;
        watch.finish(&args.solve, 0.0, None, 0);
        left += left_out(&solved);
        let count: usize = solved.iter().map(|(plan, _)| plan.cartons.len()).sum();
        let plans = || orders.iter().zip(&solved).map(|(order, (plan, _))| (&order.problem, plan));
        let row = Row {
            set: format!("{}, {}", name_of(folder), if keep_flat { "kept flat" } else { "free" }),
            instances: orders.len(),
            cartons: count,
            outer_mm3: Some(plans().map(|(problem, plan)| plan.outer_volume(problem)).sum()),
            filled: plans().map(|(problem, plan)| plan.filled_percent(problem)).sum::<f64>()
                / orders.len().max(1) as f64,
            theirs: theirs.as_ref().map(|theirs| theirs[n]),
        };
        row.print(mean_and_p99(solved.iter()));
        if let (Some(file), false) = (&args.drawings, keep_flat) {
            let page = draw(&cartons, &orders, &solved, count);
            std::fs::write(file, page).with_context(|| format!("writing {}", file.display()))?;
        }
    }
    Ok(left)
}

/// Another packer's sums: free, kept flat.
fn expected(path: &Path) -> Result<[Theirs; 2], Failure> {
    let name = path.display().to_string();
    let fault = |field: &str, rule: &str| vec![Fault::new(&name, field, "", rule)];
    let text = read_text(path)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| fault("header", &error.to_string()))?.clone();
    let mut sums = [Theirs::default(); 2];
    for row in reader.records() {
        let row = row.map_err(|error| fault("row", &error.to_string()))?;
        for (sum, columns) in
            sums.iter_mut().zip([["boxes_3d", "outer_mm3_3d"], ["boxes_keepflat", "outer_mm3_keepflat"]])
        {
            let [boxes, outer] = columns.map(|column| {
                let at = header.iter().position(|name| name == column);
                let value = at.and_then(|at| row.get(at)).and_then(|text| text.parse::<i64>().ok());
                value.ok_or_else(|| fault(column, "must be a column of whole numbers"))
            });
            sum.cartons += usize::try_from(boxes?).map_err(|_| fault(columns[0], "must not be negative"))?;
            sum.outer_mm3 += outer?;
        }
    }
    Ok(sums)
}

fn left_out(solved: &[Timed]) -> u32 {
    solved.iter().flat_map(|(plan, _)| &plan.unpacked).map(|left| left.quantity).sum()
}

/// A row a class; how many, and how many units are left out that should not be.
fn instances(args: &Args, file: &Path) -> Result<(usize, u32), Failure> {
    let instances = academic::read(&file.display().to_string(), &read_text(file)?)?;
    let watch = Watch::start("packing");
    let solved = pack_instances(&instances, &args.solve, &watch)?;
    watch.finish(&args.solve, 0.0, None, 0);
    let must_go = instances.iter().zip(&solved).filter(|(instance, _)| instance.kind == Kind::FewestBins);
    let left = must_go.map(|(_, timed)| left_out(std::slice::from_ref(timed))).sum();
    let mut classes: BTreeMap<&str, Vec<(&Instance, &Timed)>> = BTreeMap::new();
    for pair in instances.iter().zip(&solved) {
        let class = pair.0.id.split('/').next().unwrap_or_default();
        classes.entry(class).or_default().push(pair);
    }
    let all = name_of(file);
    let rows = classes.len() + 1;
    classes.insert(&all, instances.iter().zip(&solved).collect());
    for (class, pairs) in classes {
        let filled: f64 = pairs.iter().map(|(instance, (plan, _))| plan.filled_percent(&instance.problem)).sum();
        let row = Row {
            set: class.to_owned(),
            instances: pairs.len(),
            cartons: pairs.iter().map(|(_, (plan, _))| plan.cartons.len()).sum(),
            outer_mm3: None,
            filled: filled / pairs.len().max(1) as f64,
            theirs: None,
        };
        row.print(mean_and_p99(pairs.iter().map(|(_, timed)| *timed)));
    }
    Ok((rows, left))
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_orders_and_instances_is_run() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write(
            "boxes.csv",
            "reference,outer_w_mm,outer_l_mm,outer_d_mm,empty_g,inner_w_mm,inner_l_mm,inner_d_mm,max_g\nA,9,9,9,1,9,9,9,99\n",
        );
        write("orders.csv", "order,qty,item,w_mm,l_mm,d_mm,weight_g\no,2,i,9,4,9,1\n");
        write(
            "expected_boxpacker.csv",
            "order,boxes_3d,outer_mm3_3d,boxes_keepflat,outer_mm3_keepflat\no,1,729,1,729\n",
        );
        write("i.jsonl", "{\"id\":\"M/1\",\"bin\":[9,9,9],\"items\":[[9,9,9],[1,1,1]]}\n");
        let solve =
            SolveArgs { seed: 0, threads: Some(1), time_limit: None, cpu_limit: None, iterations: Some(5), json: None };
        let drawings = Some(dir.path().join("page.html"));
        bench(&Args { dir: dir.path().to_owned(), drawings, solve: solve.clone() }).unwrap();
        assert!(std::fs::read_to_string(dir.path().join("page.html")).unwrap().contains("<svg"));
        let empty = tempfile::tempdir().unwrap();
        assert!(bench(&Args { dir: empty.path().to_owned(), drawings: None, solve }).is_err());
        write("expected_boxpacker.csv", "order,boxes_3d\no,1\n");
        assert!(expected(&dir.path().join("expected_boxpacker.csv")).is_err());
    }
}
