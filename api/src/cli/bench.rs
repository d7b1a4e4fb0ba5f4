//! `tidewater bench`: a solver over a folder of instances, beside best-known values.

use std::path::PathBuf;

use super::solving::SolveArgs;
use super::{Failure, pick_bench, route_bench};

/// Arguments of `tidewater bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    kernel: Kernel,
}

#[derive(Debug, clap::Subcommand)]
enum Kernel {
    /// Vehicle routes over a folder of instances with its BKS.csv.
    Route {
        /// The folder.
        dir: PathBuf,
        #[command(flatten)]
        solve: SolveArgs,
    },
    /// Pick tours, batches and waves over a folder of sets of instances with its BKS.csv.
    Pick {
        /// The folder.
        dir: PathBuf,
        #[command(flatten)]
        solve: SolveArgs,
    },
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.kernel {
        Kernel::Route { dir, solve } => route_bench::bench(&dir, &solve),
        Kernel::Pick { dir, solve } => pick_bench::bench(&dir, &solve),
    }
}
