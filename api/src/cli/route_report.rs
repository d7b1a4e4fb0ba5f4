//! The page of `tidewater bench route --report`: the table, and for each instance how its gap fell over CPU time.

use std::fmt::Write;

use super::route_bench::{Run, mean};
use crate::formats::sheets::escaped;

const STYLE: &str = "body{font:11pt/1.35 sans-serif;margin:1.5em}table{border-collapse:collapse}th,td{border:1px solid #999;\
    padding:.2em .5em;text-align:right}td:first-child,th:first-child{text-align:left}figure{display:inline-block;margin:.5em}\
    svg{background:#f8f8f8}polyline{fill:none;stroke:#0b62a4;stroke-width:1.5}text{font:9px sans-serif}\
    line{stroke:#ccc;stroke-width:1}";

/// Size of a plot and the room for its labels, in pixels.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 200.0;
const MARGIN: f64 = 34.0;

/// The page of all runs, one list an instance.
pub fn page(runs: &[Vec<Run>]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Routes against best known</title>\
         <style>{STYLE}</style></head><body><h1>Routes against best known</h1><p>Means over the seeds of each instance. The gap is \
         the cost above the best known, in percent of it. A move is a change of routes or a place for a waiting stop that was \
         priced. Every plan was verified.</p>"
    );
    page.push_str(
        "<table><thead><tr><th>Instance</th><th>Seeds</th><th>Gap (%)</th><th>Vehicles</th><th>CPU (s)</th>\
         <th>Iterations a CPU second</th><th>Moves a CPU second (millions)</th></tr></thead><tbody>",
    );
    runs.iter().for_each(|of_one| row(of_one, &mut page));
    page.push_str("</tbody></table>");
    runs.iter().for_each(|of_one| plot(of_one, &mut page));
    page.push_str("</body></html>\n");
    page
}

fn row(runs: &[Run], page: &mut String) {
    let Some(first) = runs.first() else { return };
    let _ = write!(
        page,
        "<tr><td>{}</td><td>{}</td><td>{:.3}</td><td>{:.1}</td><td>{:.1}</td><td>{:.0}</td><td>{:.1}</td></tr>",
        escaped(&first.instance),
        runs.len(),
        mean(runs, |run| run.gap_percent),
        mean(runs, |run| run.vehicles as f64),
        mean(runs, |run| run.report.cpu_seconds),
        mean(runs, |run| run.report.iterations as f64 / run.report.cpu_seconds.max(1e-9)),
        mean(runs, |run| run.moves_per_second) / 1e6
    );
}

/// Gap over CPU time, both on a scale of logarithms, a line a seed.
fn plot(runs: &[Run], page: &mut String) {
    let Some(first) = runs.first() else { return };
    let points = |run: &Run| -> Vec<[f64; 2]> {
        let gap = |cost: f64| (100.0 * (cost / run.best_known - 1.0)).max(0.01);
        let mut points: Vec<[f64; 2]> = run.report.trace.iter().map(|&[at, cost]| [at.max(0.01), gap(cost)]).collect();
        points.push([run.report.cpu_seconds.max(0.01), gap(run.report.cost)]);
        points
    };
    let lines: Vec<Vec<[f64; 2]>> = runs.iter().map(points).collect();
    let axis = |n: usize| Axis::of(lines.iter().flatten().map(|point| point[n]));
    let (time, gap) = (axis(0), axis(1));
    let x = |at: f64| MARGIN + time.share(at) * (WIDTH - MARGIN - 8.0);
    let y = |at: f64| 8.0 + (1.0 - gap.share(at)) * (HEIGHT - MARGIN - 8.0);
    let _ = write!(
        page,
        "<figure><figcaption>{}: gap (%) over CPU time (s), logarithmic</figcaption><svg width=\"{WIDTH}\" height=\"{HEIGHT}\">",
        escaped(&first.instance)
    );
    for tick in time.ticks() {
        let (x, low) = (x(tick), HEIGHT - MARGIN);
        let _ = write!(
            page,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"8\" y2=\"{low}\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            low + 14.0
        );
    }
    for tick in gap.ticks() {
        let y = y(tick);
        let _ = write!(
            page,
            "<line x1=\"{MARGIN}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
            WIDTH - 8.0,
            MARGIN - 4.0,
            y + 3.0
        );
    }
    for line in &lines {
        let list: Vec<String> = line.iter().map(|&[at, gap]| format!("{:.1},{:.1}", x(at), y(gap))).collect();
        let _ = write!(page, "<polyline points=\"{}\"/>", list.join(" "));
    }
    page.push_str("</svg></figure>");
}

/// Whole decades around some values.
struct Axis {
    low: i32,
    high: i32,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor() as i32;
        let high = values.fold(f64::NEG_INFINITY, f64::max).log10().ceil() as i32;
        Self { low, high: high.max(low + 1) }
    }

    fn share(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        (self.low..=self.high).map(|power| 10_f64.powi(power))
    }
}
