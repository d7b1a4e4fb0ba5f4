//! `tidewater bench`: a solver over a folder of instances, beside best-known values.

use std::path::PathBuf;

use super::Failure;
use super::route_bench;
use super::solving::SolveArgs;

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
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Kernel::Route { dir, solve } = args.kernel;
    route_bench::bench(&dir, &solve)
}
