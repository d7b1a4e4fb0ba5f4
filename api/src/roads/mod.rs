//! Sources of road times that need IO: maps and tables from files, services over HTTP.
//!
//! [`open`] makes a provider ([`engine::roads::RoadTimes`]) of what the settings or flags name; everything that reasons about
//! roads is in `engine::roads`. Files are read whole when a provider is opened; a service is first asked for a table.

mod cache;
mod osrm;
mod remote;
#[cfg(test)]
mod tests;
mod valhalla;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use engine::fault::Fault;
use engine::roads::{GraphOptions, Listed, RoadGraph, RoadTimes, Streets};
use engine::units::Metres;

use crate::config::{RoadSettings, RoadSource};
use crate::formats::roads::{Drives, parse_drives, read_osm};

pub use remote::{Limits, Remote};

/// The provider that `settings` name; none for great circles, which need each fleet's own factor and speed. Reads files and
/// contracts maps: call it from a thread that may block.
pub fn open(settings: &RoadSettings) -> Result<Option<Arc<dyn RoadTimes>>, Vec<Fault>> {
    let remote = |remote: Remote| -> Arc<dyn RoadTimes> { Arc::new(remote) };
    let limits = || Limits {
        timeout: settings.timeout,
        attempts: settings.attempts,
        block: settings.block,
        ..Limits::default()
    };
    let cache = settings.cache_dir.as_deref();
    Ok(match &settings.source {
        RoadSource::GreatCircle => None,
        RoadSource::Osm(file) => {
            let options = GraphOptions { snap_limit: Metres::new(settings.snap_m.into()), ..GraphOptions::default() };
            Some(Arc::new(RoadGraph::new(format!("osm {}", file.display()), &read_streets(file)?, &options)))
        }
        RoadSource::Table(file) => Some(Arc::new(read_listed(file)?)),
        RoadSource::Osrm(url) => Some(remote(Remote::osrm(url, limits(), cache).map_err(one)?)),
        RoadSource::Valhalla(url) => Some(remote(Remote::valhalla(url, limits(), cache).map_err(one)?)),
    })
}

fn one(fault: Fault) -> Vec<Fault> {
    vec![fault]
}

/// The streets of an extract.
pub fn read_streets(file: &Path) -> Result<Streets, Vec<Fault>> {
    let name = file.display().to_string();
    let opened = File::open(file).map_err(|error| vec![unread(&name, &error)])?;
    read_osm(opened, &name)
}

/// A table of drives from a file.
pub fn read_drives(file: &Path) -> Result<Drives, Vec<Fault>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| vec![unread(&name, &error)])?;
    parse_drives(&text, &name)
}

fn read_listed(file: &Path) -> Result<Listed, Vec<Fault>> {
    let Drives { names, table } = read_drives(file)?;
    Ok(Listed::new(format!("table {}", file.display()), names, table))
}

fn unread(name: &str, error: &std::io::Error) -> Fault {
    Fault::new(name, "", "", format!("the file must be there and readable ({error})"))
}
