//! What every solving command shares: its flags, its progress bar, its JSON report.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use cpu_time::ProcessTime;
use engine::search::{Budget, Observer, Progress, Seed};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Flags common to the solving commands.
#[derive(Clone, Debug, clap::Args)]
pub struct SolveArgs {
    /// Root of all randomness: the same seed and iterations give the same plan on any number of threads.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Threads to use [default: all cores].
    #[arg(long)]
    pub threads: Option<usize>,
    /// Stop after this many seconds of wall time.
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<f64>,
    /// Stop after this many seconds of CPU time of the process; steadier than wall time on a shared machine.
    #[arg(long, value_name = "SECONDS", conflicts_with = "time_limit")]
    pub cpu_limit: Option<f64>,
    /// Stop after this many iterations; repeatable.
    #[arg(long)]
    pub iterations: Option<u64>,
    /// Write a JSON report to this file (`-` for standard output).
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl SolveArgs {
    /// The root seed.
    pub fn seed(&self) -> Seed {
        Seed(self.seed)
    }

    /// The number of threads to use.
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1)
    }

    /// The budget asked for, starting now; `default_seconds` of wall time where nothing was asked.
    pub fn budget(&self, default_seconds: f64) -> Budget {
        let seconds = |s: f64| Duration::try_from_secs_f64(s.max(0.0)).unwrap_or(Duration::MAX);
        let timed = match (self.cpu_limit, self.time_limit) {
            (Some(cpu), _) => Budget::cpu(seconds(cpu)),
            (None, Some(wall)) => Budget::wall(seconds(wall)),
            (None, None) if self.iterations.is_some() => Budget::unlimited(),
            (None, None) => Budget::wall(seconds(default_seconds)),
        };
        match self.iterations {
            Some(n) => timed.and_iterations(n),
            None => timed,
        }
    }

    /// The budget of each of `n` equal pieces of work that share the threads; `default_iterations` where nothing was asked.
    pub fn share(&self, n: usize, default_iterations: u64) -> Budget {
        let part = |seconds: f64| Some(seconds * self.threads() as f64 / n.max(1) as f64);
        let own = Self {
            time_limit: self.time_limit.and_then(part),
            cpu_limit: self.cpu_limit.and_then(part),
            iterations: match (self.time_limit, self.cpu_limit, self.iterations) {
                (None, None, None) => Some(default_iterations),
                (_, _, asked) => asked,
            },
            ..self.clone()
        };
        own.budget(0.0)
    }

    /// Runs `work` with rayon limited to the threads asked for.
    pub fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> anyhow::Result<T> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads()).build().context("starting threads")?;
        Ok(pool.install(work))
    }

    /// Writes the report where `--json` says, if it does.
    pub fn write_json(&self, report: &impl Serialize) -> anyhow::Result<()> {
        match &self.json {
            None => Ok(()),
            Some(path) if path == Path::new("-") => {
                println!("{}", serde_json::to_string_pretty(report)?);
                Ok(())
            }
            Some(path) => std::fs::write(path, serde_json::to_string_pretty(report)?)
                .with_context(|| format!("writing {}", path.display())),
        }
    }
}

/// The fields every JSON report has; commands add their own beside it by `#[serde(flatten)]`.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// Cost of the plan in the problem's unit.
    pub cost: f64,
    /// Proven lower bound, where there is one.
    pub lower_bound: Option<f64>,
    /// Wall seconds of solving, reading and writing apart.
    pub seconds: f64,
    /// CPU seconds of solving, all threads.
    pub cpu_seconds: f64,
    /// Iterations made.
    pub iterations: u64,
    /// The seed used.
    pub seed: u64,
    /// Threads used.
    pub threads: usize,
    /// Version of the program.
    pub version: &'static str,
    /// `[cpu seconds, cost]` at each improvement.
    pub trace: Vec<[f64; 2]>,
}

/// Watches a solver: draws a bar on stderr when that is a terminal, and records the trace.
pub struct Watch {
    started: Instant,
    cpu: ProcessTime,
    bar: Option<ProgressBar>,
    trace: Vec<[f64; 2]>,
    best: f64,
}

impl Watch {
    /// Starts the clocks.
    pub fn start(what: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(1000);
            if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {percent:>3} % {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(what.to_owned());
            bar
        });
        Self { started: Instant::now(), cpu: ProcessTime::now(), bar, trace: Vec::new(), best: f64::INFINITY }
    }

    /// Tells that one of `n` equal pieces of work is done; from any thread.
    pub fn step(&self, n: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(n as u64);
            bar.inc(1);
        }
    }

    /// Takes the bar away, where there is nothing to report.
    pub fn clear(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Stops the clocks and fills the common part of the report.
    pub fn finish(self, args: &SolveArgs, cost: f64, lower_bound: Option<f64>, iterations: u64) -> RunReport {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        RunReport {
            cost,
            lower_bound,
            seconds: self.started.elapsed().as_secs_f64(),
            cpu_seconds: self.cpu.elapsed().as_secs_f64(),
            iterations,
            seed: args.seed,
            threads: args.threads(),
            version: env!("CARGO_PKG_VERSION"),
            trace: self.trace,
        }
    }
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) {
        if progress.cost < self.best {
            self.best = progress.cost;
            self.trace.push([self.cpu.elapsed().as_secs_f64(), progress.cost]);
        }
        if let Some(bar) = &self.bar {
            bar.set_position((progress.fraction * 1000.0) as u64);
            bar.set_message(format!("{} · cost {:.0}", progress.phase, progress.cost));
        }
    }
}

/// Reads a file whole, with a message that names it.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        // Older instance files are Latin-1: every byte is a character.
        Err(error) => error.into_bytes().iter().map(|&b| char::from(b)).collect(),
    })
}
