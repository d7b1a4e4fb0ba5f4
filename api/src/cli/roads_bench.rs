//! `tidewater bench roads FILE`: how fast a map is read, contracted and asked, and whether its tables are right.

use std::path::PathBuf;
use std::time::Instant;

use engine::roads::{GraphOptions, GraphSize, Place, RoadGraph, RoadTimes};

use super::Failure;
use crate::roads::read_streets;

/// Arguments of `tidewater bench roads`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The extract, .osm.pbf.
    file: PathBuf,
    /// Places of the table, at equal distances in the list of the map's street points.
    #[arg(long, default_value_t = 1_000)]
    places: usize,
    /// Rows that are searched again without the hierarchy and compared.
    #[arg(long, default_value_t = 20)]
    rows: usize,
}

/// Reads, contracts, asks, compares and prints.
pub fn bench(args: &Args) -> Result<(), Failure> {
    let started = Instant::now();
    let streets = read_streets(&args.file)?;
    let read = started.elapsed().as_secs_f64();
    let graph = RoadGraph::new(args.file.display().to_string(), &streets, &GraphOptions::default());
    let ready = started.elapsed().as_secs_f64() - read;
    let GraphSize { junctions, arcs, hierarchy_arcs, in_large_parts } = graph.size();
    println!("read {} ways, {} points in {read:.3} s", streets.ways.len(), streets.points.len());
    println!(
        "{junctions} junctions ({in_large_parts} in large parts), {arcs} arcs, {hierarchy_arcs} with shortcuts; ready in {ready:.3} s"
    );
    let places: Vec<Place> = (0..args.places)
        .map(|n| streets.points[n * streets.points.len() / args.places])
        .enumerate()
        .map(|(n, at)| Place { name: n.to_string(), at })
        .collect();
    let asked = Instant::now();
    let table = graph.table(&places).map_err(anyhow::Error::from)?;
    println!("table of {0} x {0} in {1:.3} s", places.len(), asked.elapsed().as_secs_f64());
    println!("{} places near no road, {} pairs without a way", table.off_road.len(), table.unreachable().count());
    let checked = Instant::now();
    for row in (0..args.rows).map(|n| n * places.len() / args.rows.max(1)) {
        let plain = graph.drives_from(&places[row], &places);
        let differs = (0..places.len()).find(|&to| to != row && plain[to] != table.drive(row, to));
        if let Some(to) = differs {
            let (found, right) = (table.drive(row, to), plain[to]);
            return Err(Failure::Other(anyhow::anyhow!(
                "from {row} to {to}: {found:?} by hierarchy, {right:?} plainly"
            )));
        }
    }
    println!("{} rows by plain search in {:.3} s: all the same", args.rows, checked.elapsed().as_secs_f64());
    Ok(())
}
