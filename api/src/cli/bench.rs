//! `tidewater bench`: a solver over instances, beside best-known values, other rules or plain search.

use std::path::PathBuf;

use super::solving::SolveArgs;
use super::{
    Failure, online_bench, pack_bench, pick_bench, promises_bench, quotes_bench, roads_bench, route_bench, zones_bench,
};

/// Arguments of `tidewater bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    kernel: Kernel,
}

#[derive(Debug, clap::Subcommand)]
enum Kernel {
    /// Vehicle routes over a folder of instances with its BKS.csv.
    Route(route_bench::Args),
    /// Cartons over a folder of orders and academic instances, beside another packer's figures.
    Pack(pack_bench::Args),
    /// Pick tours, batches and waves over a folder of sets of instances with its BKS.csv.
    Pick {
        /// The folder.
        dir: PathBuf,
        #[command(flatten)]
        solve: SolveArgs,
    },
    /// Orders of an assignment instance decided one at a time at shadow prices, against the myopic rule and against foresight.
    Online(online_bench::OnlineArgs),
    /// The same on generated networks of regional and front warehouses, where the myopic rule is hard to beat.
    TwoLayer(online_bench::TwoLayerArgs),
    /// Road times on an OpenStreetMap extract: reading, contracting, a table, and its rows by plain search.
    Roads(roads_bench::Args),
    /// Quotes through HTTP beside an endpoint that does nothing: a second and core, CPU each, latency at half load.
    Quotes(quotes_bench::Args),
    /// Forecasts of deliveries on a simulated season with a drift in its peak: coverage by month.
    Promises(promises_bench::Args),
    /// An explicit zone chart: every pair looked up again, and the time of a look-up.
    Zones(zones_bench::Args),
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.kernel {
        Kernel::Route(args) => route_bench::bench(&args),
        Kernel::Pack(args) => pack_bench::bench(&args),
        Kernel::Pick { dir, solve } => pick_bench::bench(&dir, &solve),
        Kernel::Online(args) => online_bench::online(&args),
        Kernel::TwoLayer(args) => online_bench::layers(&args),
        Kernel::Roads(args) => roads_bench::bench(&args),
        Kernel::Quotes(args) => quotes_bench::bench(&args),
        Kernel::Promises(args) => promises_bench::bench(&args),
        Kernel::Zones(args) => zones_bench::bench(&args),
    }
}
