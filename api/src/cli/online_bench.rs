//! `tidewater bench online DIR` and `tidewater bench two-layer`: orders decided one at a time against foresight.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use engine::assign::online::{Desk, OnlineOptions};
use engine::assign::{Demand, Options, Plan, cheapest_first, solve};
use engine::check;
use engine::search::{Seed, Silent};
use serde::Serialize;

use super::Failure;
use super::solving::{SolveArgs, read_text};
use crate::formats::assign::{FILES, Instance, POOL_FILES, TwoLayer, parse, parse_with_pool, two_layer, write_plan};

/// Flags of both commands.
#[derive(Clone, Debug, clap::Args)]
pub struct PolicyArgs {
    /// How often shadow prices are made over the stream.
    #[arg(long, default_value_t = 20)]
    resolves: usize,
    /// Imagined futures whose prices are averaged.
    #[arg(long, default_value_t = 16)]
    samples: usize,
    /// Falsify the forecast: the demand for each SKU is off by a factor whose logarithm has this standard deviation.
    #[arg(long, default_value_t = 0.0, value_name = "SIGMA")]
    forecast_error: f64,
    /// Limits are those of the clairvoyant solver [default: as `assign`].
    #[command(flatten)]
    solve: SolveArgs,
}

/// Arguments of `tidewater bench online`.
#[derive(Debug, clap::Args)]
pub struct OnlineArgs {
    /// Folder of the instance, with pool_orders.csv and pool_lines.csv.
    dir: PathBuf,
    /// Write the online plan to this CSV file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// Arguments of `tidewater bench two-layer`.
#[derive(Debug, clap::Args)]
pub struct TwoLayerArgs {
    /// Orders of the stream.
    #[arg(long, default_value_t = 5000)]
    orders: usize,
    /// Networks: of seed `--seed`, the next, and so on.
    #[arg(long, default_value_t = 3)]
    networks: u64,
    /// Write the first network to this folder, as an instance with its pool.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// What a stream cost. Money in cents.
#[derive(Debug, Serialize)]
struct Outcome {
    instance: String,
    /// The online plan's cost.
    cost: i64,
    myopic_cents: i64,
    clairvoyant_cents: i64,
    lower_bound: i64,
    /// Share of (myopic - clairvoyant) recovered, in percent.
    captured_percent: f64,
    /// The same with the bound in the clairvoyant plan's place: no plan captures more than this says.
    captured_of_bound_percent: f64,
    decision_us_mean: f64,
    decision_us_p99: f64,
    /// Wall seconds of making prices, all times together.
    reprice_seconds: f64,
    /// Mean share of the shadow prices that trials let count.
    trust_mean: f64,
    resolves: usize,
    samples: usize,
    forecast_error: f64,
    seed: u64,
    threads: usize,
    version: &'static str,
}

/// Runs `bench online`.
pub fn online(args: &OnlineArgs) -> Result<(), Failure> {
    let (texts, pool) = read_folder(&args.dir)?;
    println!("{HEADER}");
    let (outcome, instance, plan) = play(&args.dir.display().to_string(), &texts, &pool, &args.policy)?;
    if let Some(out) = &args.out {
        std::fs::write(out, write_plan(&instance, &plan)).with_context(|| format!("writing {}", out.display()))?;
    }
    Ok(args.policy.solve.write_json(&outcome)?)
}

/// Runs `bench two-layer`.
pub fn layers(args: &TwoLayerArgs) -> Result<(), Failure> {
    println!("{HEADER}");
    let mut outcomes = Vec::new();
    for seed in args.policy.solve.seed..args.policy.solve.seed + args.networks {
        let (texts, pool) = two_layer(TwoLayer { orders: args.orders, seed });
        if let Some(dir) = args.write.as_ref().filter(|_| outcomes.is_empty()) {
            write_folder(dir, &texts, &pool)?;
        }
        outcomes.push(play(&format!("two-layer, seed {seed}"), &texts, &pool, &args.policy)?.0);
    }
    Ok(args.policy.solve.write_json(&outcomes)?)
}

const HEADER: &str = "instance                         myopic       online  clairvoyant        bound  captured  of bound  \
                      us mean   us p99  prices s  trust";

fn read_folder(dir: &Path) -> Result<([String; 8], [String; 2]), Failure> {
    let (mut texts, mut pool): ([String; 8], [String; 2]) = Default::default();
    for (text, name) in texts.iter_mut().zip(FILES) {
        *text = read_text(&dir.join(name))?;
    }
    for (text, name) in pool.iter_mut().zip(POOL_FILES) {
        *text = read_text(&dir.join(name)).with_context(|| {
            format!(
                "the forecast needs {} and {}: orders of the same world, drawn apart from orders.csv (the generator \
                 writes them with --pool)",
                POOL_FILES[0], POOL_FILES[1]
            )
        })?;
    }
    Ok((texts, pool))
}

fn write_folder(dir: &Path, texts: &[String; 8], pool: &[String; 2]) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))?;
    for (text, name) in texts.iter().chain(pool).zip(FILES.into_iter().chain(POOL_FILES)) {
        std::fs::write(dir.join(name), text).with_context(|| format!("writing {name}"))?;
    }
    Ok(())
}

/// Plays the stream online, myopically and with foresight; prints the line.
fn play(
    name: &str,
    texts: &[String; 8],
    pool: &[String; 2],
    args: &PolicyArgs,
) -> Result<(Outcome, Instance, Plan), Failure> {
    let instance = parse(texts)?;
    let both = parse_with_pool(texts, pool)?;
    let (stream, all) = (instance.problem.demand().orders(), both.problem.demand().orders());
    let mut budget = args.solve.budget((2.0 * (stream as f64 / 1000.0).powf(0.49)).clamp(1.0, 600.0));
    let options = Options { seed: args.solve.seed(), ..Options::default() };
    let clairvoyant = args.solve.in_pool(|| solve(&instance.problem, &options, &mut budget, &mut Silent))?;
    let myopic = cheapest_first(&instance.problem).cost.total();
    let forecast = falsified(both.problem.demand(), stream as u32..all as u32, args);
    let (resolves, samples) = (args.resolves, args.samples.max(1));
    let options = OnlineOptions { seed: args.solve.seed(), resolves, samples, ..OnlineOptions::default() };
    let mut desk = Desk::new(&both.problem, (0..stream as u32).collect(), forecast, options);
    let clock = args.solve.in_pool(|| run(&mut desk))?;
    let plan = desk.plan();
    for (whose, plan) in [("online", &plan), ("clairvoyant", &clairvoyant)] {
        if let Some(breach) = check::assign::check(&instance.problem, plan).first() {
            return Err(Failure::Other(anyhow::anyhow!("the {whose} plan is wrong: {breach}")));
        }
    }
    let cost = plan.cost.total();
    let share = |foresight: i64| 100.0 * (myopic - cost) as f64 / (myopic - foresight).max(1) as f64;
    let outcome = Outcome {
        instance: name.to_owned(),
        cost,
        myopic_cents: myopic,
        clairvoyant_cents: clairvoyant.cost.total(),
        lower_bound: clairvoyant.lower_bound,
        captured_percent: share(clairvoyant.cost.total()),
        captured_of_bound_percent: share(clairvoyant.lower_bound),
        decision_us_mean: clock.decisions.iter().sum::<f64>() / clock.decisions.len().max(1) as f64,
        decision_us_p99: clock.decisions.get(clock.decisions.len() * 99 / 100).copied().unwrap_or(0.0),
        reprice_seconds: clock.reprice_seconds,
        trust_mean: clock.trusts.iter().sum::<f64>() / clock.trusts.len().max(1) as f64,
        resolves: args.resolves,
        samples: args.samples,
        forecast_error: args.forecast_error,
        seed: args.solve.seed,
        threads: args.solve.threads(),
        version: env!("CARGO_PKG_VERSION"),
    };
    print_line(&outcome);
    Ok((outcome, instance, plan))
}

fn print_line(of: &Outcome) {
    let dollars = |cents: i64| format!("{:.2}", cents as f64 / 100.0);
    println!(
        "{:<26} {:>12} {:>12} {:>12} {:>12} {:>7.1} % {:>7.1} % {:>8.2} {:>8.2} {:>9.1} {:>6.2}",
        of.instance,
        dollars(of.myopic_cents),
        dollars(of.cost),
        dollars(of.clairvoyant_cents),
        dollars(of.lower_bound),
        of.captured_percent,
        of.captured_of_bound_percent,
        of.decision_us_mean,
        of.decision_us_p99,
        of.reprice_seconds,
        of.trust_mean
    );
}

#[derive(Default)]
struct Clock {
    /// Microseconds of each decision, ascending.
    decisions: Vec<f64>,
    reprice_seconds: f64,
    /// Trust after each making of prices.
    trusts: Vec<f64>,
}

fn run<S: engine::assign::ShipmentOptions>(desk: &mut Desk<'_, S>) -> Clock {
    let mut clock = Clock::default();
    while !desk.is_over() {
        if desk.is_due() {
            let start = Instant::now();
            desk.reprice();
            clock.reprice_seconds += start.elapsed().as_secs_f64();
            clock.trusts.push(desk.trust().into());
        }
        let start = Instant::now();
        desk.decide();
        clock.decisions.push(start.elapsed().as_secs_f64() * 1e6);
    }
    clock.decisions.sort_unstable_by(f64::total_cmp);
    clock
}

/// The pool, or where the forecast is to be wrong as many orders drawn from it by the factors of their SKUs.
fn falsified(demand: &Demand, pool: std::ops::Range<u32>, args: &PolicyArgs) -> Vec<u32> {
    if args.forecast_error <= 0.0 || pool.is_empty() {
        return pool.collect();
    }
    let seed = Seed(args.solve.seed).child("forecast error", 0);
    let mut rng = seed.rng();
    let mut normal = || (-2.0 * (1.0 - rng.unit()).ln()).sqrt() * (std::f64::consts::TAU * rng.unit()).cos();
    let factor: Vec<f64> = (0..demand.skus()).map(|_| (args.forecast_error * normal()).exp()).collect();
    let mut sum = 0.0;
    let sums: Vec<f64> = pool
        .clone()
        .map(|order| {
            sum += demand.lines(order).map(|line| factor[demand.sku(line) as usize]).product::<f64>();
            sum
        })
        .collect();
    let mut rng = seed.child("draws", 0).rng();
    let mut draw = || {
        let at = rng.unit() * sum;
        pool.start + sums.partition_point(|&sum| sum <= at).min(sums.len() - 1) as u32
    };
    (0..pool.len()).map(|_| draw()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PolicyArgs {
        let solve = SolveArgs {
            seed: 1,
            threads: Some(2),
            time_limit: None,
            cpu_limit: None,
            iterations: Some(60),
            json: None,
        };
        PolicyArgs { resolves: 6, samples: 6, forecast_error: 0.0, solve }
    }

    #[test]
    fn a_two_layer_network_is_played_no_worse_than_myopically() {
        for seed in 0..3 {
            let (texts, pool) = two_layer(TwoLayer { orders: 1500, seed });
            let (outcome, ..) = play("two-layer", &texts, &pool, &policy()).unwrap();
            assert!(outcome.cost <= outcome.myopic_cents, "{outcome:?}");
            assert!(outcome.lower_bound <= outcome.clairvoyant_cents && outcome.lower_bound <= outcome.cost);
        }
    }

    #[test]
    fn a_written_network_comes_back_and_a_missing_pool_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (texts, pool) = two_layer(TwoLayer { orders: 60, seed: 1 });
        write_folder(dir.path(), &texts, &pool).unwrap();
        let args = |policy| OnlineArgs { dir: dir.path().to_owned(), out: Some(dir.path().join("plan.csv")), policy };
        online(&args(PolicyArgs { forecast_error: 0.5, ..policy() })).unwrap();
        assert!(std::fs::read_to_string(dir.path().join("plan.csv")).unwrap().starts_with("order,wh,"));
        std::fs::remove_file(dir.path().join(POOL_FILES[0])).unwrap();
        let Err(Failure::Other(error)) = online(&args(policy())) else { panic!("the pool is missing") };
        assert!(format!("{error:#}").contains("--pool"), "{error:#}");
    }
}
