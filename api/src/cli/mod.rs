//! The command line: one file per subcommand.
//!
//! Exit codes: 0 done, 2 bad input (every fault on stderr), 3 no feasible plan, 1 anything else.

pub mod assign;
pub mod bench;
pub mod demo;
pub mod online_bench;
mod pack;
mod pack_bench;
pub mod pick;
mod pick_bench;
mod promises_bench;
mod quotes_bench;
mod rate;
mod roads;
mod roads_bench;
pub mod route;
pub mod route_bench;
mod route_report;
pub mod serve;
pub mod service;
pub mod simulate;
pub mod solving;
mod zones_bench;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use engine::fault::Fault;

/// Fulfilment routing: quotes, assignment, waves, dispatch.
#[derive(Debug, Parser)]
#[command(name = "tidewater", version, about, long_about = None, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replay a peak day on the demo network, with a report. Start here.
    Demo(demo::Args),
    /// Run the service.
    Serve(serve::ServeArgs),
    /// Make API keys.
    Keys(serve::KeysArgs),
    /// Write a data folder's events as text.
    Export(serve::ExportArgs),
    /// Make a data folder from an export.
    Import(serve::ImportArgs),
    /// Assign a folder of orders to warehouses and carriers.
    Assign(assign::Args),
    /// Pack orders into cartons.
    Pack(pack::Args),
    /// Price parcels by a network's rate cards, line by line.
    Rate(rate::Args),
    /// Batch orders into pick tours.
    Pick(pick::Args),
    /// Plan vehicle routes.
    Route(route::Args),
    /// How far and how long it is to drive between places.
    Roads(roads::Args),
    /// Run a solver over a folder of instances.
    Bench(bench::Args),
    /// Simulate a day of the network on a virtual clock.
    Simulate(simulate::Args),
}

/// Why a command ended without its result.
#[derive(Debug)]
pub enum Failure {
    /// The input is wrong: every fault found.
    BadInput(Vec<Fault>),
    /// The input is right but admits no plan; why.
    NoPlan(String),
    /// Anything else: files that cannot be read or written, ports in use.
    Other(anyhow::Error),
}

impl From<Vec<Fault>> for Failure {
    fn from(faults: Vec<Fault>) -> Self {
        Self::BadInput(faults)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

/// Runs the command and reports its end.
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::serve(args),
        Command::Keys(args) => serve::keys(args),
        Command::Export(args) => serve::export(args),
        Command::Import(args) => serve::import(args),
        Command::Assign(args) => assign::run(args),
        Command::Pack(args) => pack::run(args),
        Command::Rate(args) => rate::run(&args),
        Command::Pick(args) => pick::run(args),
        Command::Route(args) => route::run(args),
        Command::Roads(args) => roads::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Simulate(args) => simulate::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

/// Faults printed one a line; a file of the wrong kind has one on every line.
const FAULTS_SHOWN: usize = 100;

fn report(failure: &Failure) -> ExitCode {
    match failure {
        Failure::BadInput(faults) => {
            for fault in faults.iter().take(FAULTS_SHOWN) {
                eprintln!("error: {fault}");
            }
            if faults.len() > FAULTS_SHOWN {
                eprintln!("... and {} more", faults.len() - FAULTS_SHOWN);
            }
            eprintln!("{} fault(s) in the input; nothing was written.", faults.len());
            ExitCode::from(2)
        }
        Failure::NoPlan(why) => {
            eprintln!("no feasible plan: {why}");
            ExitCode::from(3)
        }
        Failure::Other(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
