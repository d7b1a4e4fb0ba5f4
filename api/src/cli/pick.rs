//! `tidewater pick`.

use super::Failure;
use super::solving::SolveArgs;

/// Arguments of `tidewater pick`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    solve: SolveArgs,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let _ = args.solve;
    Err(Failure::NoPlan("this part is being built".to_owned()))
}
