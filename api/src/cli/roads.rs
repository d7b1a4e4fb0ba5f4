//! `tidewater roads`: a table of drives between places.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use engine::roads::{GraphOptions, GreatCircle, Place, RoadGraph, RoadTimes, Table};
use engine::units::Metres;

use super::Failure;
use super::solving::read_text;
use crate::config::{RoadSettings, RoadSource, address};
use crate::formats::roads::{parse_places, write_csv, write_json};
use crate::roads;

/// What `--help` teaches.
const HELP: &str = "\
PLACES is a CSV with the columns id, lat, lon (decimal degrees). The table has a row a pair:
from,to,distance_m,duration_s. As JSON it has `places` and the square lists `distances_m` and
`durations_s`. `tidewater route --matrix` and the service's setting roads.source = \"table:FILE\" read
both.

Sources, one of which must be given:
  --osm           an OpenStreetMap extract, as from download.geofabrik.de: the fastest way by car in
                  free flow. Classes of roads, signed limits, one-way streets, barriers and access
                  count; turn restrictions, ferries and traffic do not. A place is put on the nearest
                  road within --snap-m; what lies between is not driven.
  --osrm          a service that speaks OSRM's table protocol, as http://127.0.0.1:5000
  --valhalla      a service that speaks Valhalla's matrix protocol, as http://127.0.0.1:8002
  --table         a table written earlier, or by another program; places are looked up by id
  --great-circle  great circles times --circuity-percent, at --speed-kmh

Exit code 2 where a place is near no road or a pair has no way, each named; --gaps empty writes the
rest all the same, with empty fields (null in JSON). Exit code 1 where a service does not answer.

Examples:
  tidewater roads places.csv --osm monaco.osm.pbf --out drives.csv
  tidewater roads places.csv --osrm http://127.0.0.1:5000 --cache road-cache --format json
  tidewater roads places.csv --great-circle --circuity-percent 125 --speed-kmh 50";

/// Arguments of `tidewater roads`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// The places (CSV).
    places: PathBuf,
    #[command(flatten)]
    source: Source,
    /// Where to write; `-` for standard output.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// How to write [default: json where --out ends so, else csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// What to do where a place is near no road, or a pair has no way.
    #[arg(long, value_enum, default_value_t = Gaps::Refuse)]
    gaps: Gaps,
    /// Road distance over great circle, in percent (--great-circle).
    #[arg(long, default_value_t = 130, value_parser = clap::value_parser!(i64).range(100..=1_000))]
    circuity_percent: i64,
    /// Speed (--great-circle).
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(i64).range(1..=200))]
    speed_kmh: i64,
    /// How far the nearest road may be (--osm).
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    snap_m: u32,
    /// Roads of parts with fewer junctions than this, that all reach each other, take no places (--osm).
    #[arg(long, default_value_t = GraphOptions::default().least_part)]
    least_part: usize,
    /// Seconds that one request may take (--osrm, --valhalla).
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout_s: u64,
    /// Times that a request is tried in all.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    attempts: u32,
    /// Places from, and places to, in one request.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    block: u32,
    /// Keep answers in this folder, and ask only for what is not there.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

/// Where drives come from.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// An OpenStreetMap extract, .osm.pbf.
    #[arg(long, value_name = "FILE")]
    osm: Option<PathBuf>,
    /// A service that speaks OSRM's protocol.
    #[arg(long, value_name = "URL", value_parser = address)]
    osrm: Option<String>,
    /// A service that speaks Valhalla's.
    #[arg(long, value_name = "URL", value_parser = address)]
    valhalla: Option<String>,
    /// A table of drives, CSV or JSON.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Great circles times a factor.
    #[arg(long)]
    great_circle: bool,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A row a pair.
    Csv,
    /// Square lists.
    Json,
}

/// What to do with pairs without a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Gaps {
    /// Name them and write nothing.
    Refuse,
    /// Leave their fields empty.
    Empty,
}

/// Most places of a table: a hundred million pairs.
const MOST_PLACES: usize = 10_000;

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let places = parse_places(&read_text(&args.places)?, &args.places.display().to_string())?;
    if places.len() > MOST_PLACES {
        let rule = format!("must be at most {MOST_PLACES}: a table has their square");
        return Err(
            vec![engine::fault::Fault::new(args.places.display().to_string(), "places", places.len(), rule)].into()
        );
    }
    let started = Instant::now();
    let source = args.open()?;
    let ready = started.elapsed();
    let table = source.table(&places).map_err(anyhow::Error::from)?;
    eprintln!(
        "{} places by {}: ready in {:.2} s, table in {:.2} s",
        places.len(),
        source.source(),
        ready.as_secs_f64(),
        (started.elapsed() - ready).as_secs_f64()
    );
    let faults = table.faults(&places);
    if args.gaps == Gaps::Refuse && !faults.is_empty() {
        return Err(faults.into());
    }
    if !faults.is_empty() {
        eprintln!("{} places near no road; {} pairs without a way", table.off_road.len(), table.unreachable().count());
    }
    Ok(args.write(&places, &table)?)
}

impl Args {
    fn open(&self) -> Result<Arc<dyn RoadTimes>, Failure> {
        if let Some(file) = &self.source.osm {
            let options = GraphOptions { snap_limit: Metres::new(self.snap_m.into()), least_part: self.least_part };
            let graph = RoadGraph::new(format!("osm {}", file.display()), &roads::read_streets(file)?, &options);
            return Ok(Arc::new(graph));
        }
        let circles = GreatCircle { circuity_percent: self.circuity_percent, metres_per_hour: self.speed_kmh * 1_000 };
        Ok(roads::open(&self.settings())?.unwrap_or_else(|| Arc::new(circles)))
    }

    fn settings(&self) -> RoadSettings {
        let Source { osm, osrm, valhalla, table, great_circle: _ } = &self.source;
        let named = [
            osm.clone().map(RoadSource::Osm),
            osrm.clone().map(RoadSource::Osrm),
            valhalla.clone().map(RoadSource::Valhalla),
            table.clone().map(RoadSource::Table),
        ];
        RoadSettings {
            source: named.into_iter().flatten().next().unwrap_or(RoadSource::GreatCircle),
            snap_m: self.snap_m,
            timeout: Duration::from_secs(self.timeout_s),
            attempts: self.attempts,
            block: self.block as usize,
            cache_dir: self.cache.clone(),
        }
    }

    fn write(&self, places: &[Place], table: &Table) -> anyhow::Result<()> {
        let ends_in_json = self.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let is_json = self.format.map_or(ends_in_json, |format| format == Format::Json);
        let mut to: Box<dyn Write> = if self.out == Path::new("-") {
            Box::new(BufWriter::new(std::io::stdout().lock()))
        } else {
            let file = std::fs::File::create(&self.out).with_context(|| format!("writing {}", self.out.display()))?;
            Box::new(BufWriter::new(file))
        };
        let written = if is_json { write_json(&mut to, places, table) } else { write_csv(&mut to, places, table) };
        written.and_then(|()| to.flush()).with_context(|| format!("writing {}", self.out.display()))
    }
}
