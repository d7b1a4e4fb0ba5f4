//! `tidewater rate`: what a network's services charge for parcels, line by line.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use engine::network::Network;

use super::Failure;
use super::solving::read_text;
use crate::data;
use crate::formats::rate::{price, read, write};

/// Arguments of `tidewater rate`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Parcels: parcel,service,warehouse,postal_code,length_mm,width_mm,height_mm,weight_g,pickup_date\n\
                        and, if wanted, merchant, residential, po_box, hazmat, fragile, own_packaging, insured (0 or 1),\n\
                        value_cents and collect_cents (cash on delivery). Outer sizes, weight with box, local date of collection.\n\n\
                        Bills: parcel,rule,class,label,tariff,amount_cents,billable_g,inputs, a row a charge and one `total` a parcel,\n\
                        or one `not_carried` with its reason.\n\n\
                        Example: tidewater rate --world data/demo --parcels parcels.csv --out bills.csv"
)]
pub struct Args {
    /// Folder that describes the network.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    world: PathBuf,
    /// Parcels (CSV).
    #[arg(long)]
    parcels: PathBuf,
    /// Where to write the bills (CSV); `-` for standard output.
    #[arg(long)]
    out: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let network = Network::new(data::load(&args.world)?.world);
    let parcels = read(&network, &args.parcels.display().to_string(), &read_text(&args.parcels)?)?;
    let bills: Vec<_> = parcels.iter().map(|parcel| (parcel, price(&network, parcel))).collect();
    let mut text = Vec::new();
    write(&mut text, &bills).context("writing the bills")?;
    if args.out.as_os_str() == "-" {
        std::io::stdout().write_all(&text).context("writing to standard output")?;
    } else {
        std::fs::write(&args.out, text).with_context(|| format!("writing {}", args.out.display()))?;
    }
    let refused = bills.iter().filter(|(_, bill)| bill.is_err()).count();
    eprintln!("{} parcels priced, {refused} not carried", bills.len() - refused);
    Ok(())
}
