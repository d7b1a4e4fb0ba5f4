//! Files of road times: places as CSV, tables of drives as CSV and JSON, maps as OpenStreetMap extracts.
//!
//! Tables are written and read alike. CSV has a row a drive, `from,to,distance_m,duration_s`, with both numbers empty where
//! there is no way; a pair without a row has none either. JSON has `places` (`id`, and `lat`, `lon` where known) and square
//! lists `distances_m` and `durations_s`, row by row in the order of the places, `null` where there is no way. A place has a
//! drive of nothing to itself, unless the table says otherwise.

mod drives;
mod osm;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub mod town;

use std::collections::BTreeSet;

use engine::fault::Fault;
use engine::model::Coordinates;
use engine::roads::Place;

use super::assign::table::{Faults, read, shown};

pub use drives::{Drives, parse_drives, write_csv, write_json};
pub use osm::read_osm;

/// Reads places from CSV with the columns `id`, `lat`, `lon`; `file` names it in faults. No two have the same id.
pub fn parse_places(text: &str, file: &str) -> Result<Vec<Place>, Vec<Fault>> {
    let (mut faults, mut places, mut known) = (Faults::default(), Vec::new(), BTreeSet::new());
    let wanted = ["id", "lat", "lon"].map(str::to_owned);
    read(file, text, &wanted, &mut faults, |(line, _), fields, faults| {
        let at = format!("{file}:{line}");
        let name = fields[0].to_owned();
        if name.is_empty() {
            faults.add(at.as_str(), "id", "", "must not be empty");
        } else if !known.insert(name.clone()) {
            faults.add(at.as_str(), "id", shown(&name), "stands twice: ids name places in tables");
        }
        let mut degrees = |field: usize, most: f64| {
            let value = fields[field].parse().ok().filter(|degrees: &f64| degrees.abs() <= most);
            if value.is_none() {
                let rule = format!("must be decimal degrees from -{most} to {most}");
                faults.add(at.as_str(), &wanted[field], shown(fields[field]), &rule);
            }
            value
        };
        if let (Some(lat), Some(lon)) = (degrees(1, 90.0), degrees(2, 180.0)) {
            places.push(Place { name, at: Coordinates { lat, lon } });
        }
    });
    if faults.is_empty() && places.is_empty() {
        faults.add(file, "", "", "must have a row for at least one place");
    }
    if faults.is_empty() { Ok(places) } else { Err(faults.into_vec()) }
}
