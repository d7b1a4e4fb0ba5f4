//! Files of `tidewater route`: VRPLIB with PyVRP's sections, Solomon and Gehring-Homberger text, Li and Lim text; plans as
//! CVRPLIB solutions.
//!
//! Places keep the order of the file, depots first; a place is written as its node number minus one. Instances may hold
//! decimals; [`Measure`] says which integers they become before anything is solved.

mod blocking;
mod columns;
mod day;
mod draft;
mod vrplib;

use engine::fault::Fault;
use engine::routing::{Plan, Problem, Rounding};

use super::roads::Drives;
pub use day::day;

/// How an instance's numbers become integers; the names and rules are PyVRP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Measure {
    /// Rounded to the nearest integer.
    Round,
    /// Times 10, decimals cut off (the convention of the DIMACS challenge for time windows).
    Dimacs,
    /// Times 1,000, rounded.
    Exact,
    /// As they are: Euclidean distances with six decimals, rounded up so that no window is missed.
    None,
}

impl Measure {
    /// Units of the problem to one of the file.
    pub fn scale(self) -> f64 {
        match self {
            Self::Round => 1.0,
            Self::Dimacs => 10.0,
            Self::Exact => 1_000.0,
            Self::None => 1_000_000.0,
        }
    }

    /// How computed distances are rounded.
    pub fn rounding(self) -> Rounding {
        match self {
            Self::Round | Self::Exact => Rounding::Nearest,
            Self::Dimacs => Rounding::Down,
            Self::None => Rounding::Up,
        }
    }

    /// A number of the file in the problem's units.
    pub(crate) fn apply(self, value: f64) -> f64 {
        let scaled = value * self.scale();
        if self == Self::Dimacs { scaled.trunc() } else { scaled.round_ties_even() }
    }
}

/// A file read: the problem and how to write its plans.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The problem in integers.
    pub problem: Problem,
    /// The vehicles of each type by their number in the file, ascending; unused ones keep their line.
    vehicles: Vec<Vec<usize>>,
    /// Whether the file tells vehicles apart, so that the n-th route must be the n-th vehicle's.
    numbered: bool,
    /// The file's places were measured so.
    pub measure: Measure,
    /// Units of cost to one of the file; 1 unless measured by [`Measure::None`].
    pub cost_scale: f64,
    /// The node behind each place of the problem; places are reordered where goods are paired.
    nodes: Vec<u32>,
    /// Units of distance and time to one of the file.
    scale: f64,
    /// The nodes' points; empty where the file has only a table.
    points: Vec<[f64; 2]>,
}

impl Instance {
    /// The place of a stop in solutions.
    pub fn place(&self, stop: u32) -> u32 {
        self.nodes[self.problem.depots().len() + stop as usize]
    }

    /// A distance or time in the file's units.
    fn in_file(&self, amount: i64) -> String {
        (amount as f64 / self.scale).to_string()
    }
}

/// Reads an instance; `file` names it in faults. The format is recognised by its content.
pub fn parse(text: &str, file: &str, measure: Measure) -> Result<Instance, Vec<Fault>> {
    draft(text, file)?.into_instance(file, measure)
}

/// The same, but vehicles drive as a table says, whose file is `table` and whose places are named by their numbers in
/// solutions; the instance's own distances are read and not used.
pub fn parse_with_drives(
    text: &str,
    file: &str,
    measure: Measure,
    drives: &Drives,
    table: &str,
) -> Result<Instance, Vec<Fault>> {
    let mut draft = draft(text, file)?;
    draft.drive_by(drives, table)?;
    draft.into_instance(file, measure)
}

fn draft(text: &str, file: &str) -> Result<draft::Draft, Vec<Fault>> {
    match recognise(text) {
        Format::Vrplib => vrplib::parse(text, file),
        Format::Solomon => columns::parse_solomon(text, file),
        Format::LiLim => columns::parse_li_lim(text, file),
    }
}

enum Format {
    Vrplib,
    Solomon,
    LiLim,
}

fn recognise(text: &str) -> Format {
    let is_number = |word: &str| word.parse::<f64>().is_ok();
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    if !first.trim().is_empty() && first.split_whitespace().all(is_number) {
        return Format::LiLim;
    }
    let has_sections = text.lines().take(200).any(|l| l.contains("_SECTION") || l.contains(':'));
    let has_customers = text.lines().take(30).any(|l| l.trim_start().starts_with("CUST"));
    if has_customers && !has_sections { Format::Solomon } else { Format::Vrplib }
}

/// The plan as a CVRPLIB solution: `Route #1: 3 5 7` lines, then `Cost 123`.
pub fn write_plan(instance: &Instance, plan: &Plan) -> String {
    let lines = if instance.numbered {
        numbered_lines(instance, plan)
    } else {
        plan.routes.iter().map(|r| line(instance, r)).collect()
    };
    let mut text = String::new();
    for (n, line) in lines.iter().enumerate() {
        text.push_str(&format!("Route #{}:{line}\n", n + 1));
    }
    text.push_str(&format!("Cost {}\n", decimal(instance, plan.cost.total())));
    text
}

/// A cost in the file's units; without decimals where the problem has none.
pub fn decimal(instance: &Instance, cost: i64) -> String {
    if instance.cost_scale == 1.0 { cost.to_string() } else { format!("{:.6}", cost as f64 / instance.cost_scale) }
}

fn numbered_lines(instance: &Instance, plan: &Plan) -> Vec<String> {
    let mut lines = vec![String::new(); instance.vehicles.iter().map(Vec::len).sum()];
    let mut last = 0;
    for route in &plan.routes {
        let vehicle = instance.vehicles[route.vehicle_type as usize][route.vehicle as usize];
        lines[vehicle] = line(instance, route);
        last = last.max(vehicle + 1);
    }
    lines.truncate(last);
    lines
}

fn line(instance: &Instance, route: &engine::routing::Route) -> String {
    let depots = instance.problem.depots().len();
    let mut line = String::new();
    for (n, trip) in route.trips.iter().enumerate() {
        if n > 0 {
            line.push_str(&format!(" {}", trip.depot));
        }
        for &stop in &trip.stops {
            line.push_str(&format!(" {}", instance.nodes[depots + stop as usize]));
        }
    }
    line
}

#[cfg(test)]
mod tests;
