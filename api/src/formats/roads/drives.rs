//! Tables of drives as CSV and JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use engine::fault::Fault;
use engine::roads::{Drive, Place, Table};
use serde::{Deserialize, Serialize};

use super::super::assign::table::{Faults, read, shown};

/// A table of drives as a file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drives {
    /// The places' ids, one a row.
    pub names: Vec<String>,
    /// The drives between them.
    pub table: Table,
}

/// Most places in a table: a hundred million pairs.
const MOST_PLACES: usize = 10_000;
/// No distance in metres or duration in seconds is as large.
const MOST_AMOUNT: i64 = u32::MAX as i64;

/// Reads a table; `file` names it in faults. A text that begins with `{` is JSON, any other CSV.
pub fn parse_drives(text: &str, file: &str) -> Result<Drives, Vec<Fault>> {
    if text.trim_start().starts_with('{') { parse_json(text, file) } else { parse_csv(text, file) }
}

fn parse_csv(text: &str, file: &str) -> Result<Drives, Vec<Fault>> {
    let mut faults = Faults::default();
    let wanted = ["from", "to", "distance_m", "duration_s"].map(str::to_owned);
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::new();
    let mut rows: BTreeMap<(usize, usize), Option<Drive>> = BTreeMap::new();
    read(file, text, &wanted, &mut faults, |(line, _), fields, faults| {
        let at = format!("{file}:{line}");
        let mut place = |field: usize| {
            if fields[field].is_empty() {
                faults.add(at.as_str(), &wanted[field], "", "must name a place");
            }
            *places.entry(fields[field].to_owned()).or_insert_with(|| {
                names.push(fields[field].to_owned());
                names.len() - 1
            })
        };
        let pair = (place(0), place(1));
        let mut amount = |field: usize| {
            let value = fields[field].parse().ok().filter(|amount| (0..MOST_AMOUNT).contains(amount));
            if value.is_none() && !fields[field].is_empty() {
                let rule = "must be a whole number from 0, or both numbers empty where there is no way";
                faults.add(at.as_str(), &wanted[field], shown(fields[field]), rule);
            }
            value
        };
        let drive = match (amount(2), amount(3)) {
            (Some(metres), Some(seconds)) => Some(Drive::new(metres, seconds)),
            _ if fields[2].is_empty() != fields[3].is_empty() => {
                faults.add(
                    at.as_str(),
                    "distance_m, duration_s",
                    "",
                    "must both be given, or both be empty where there is no way",
                );
                None
            }
            _ => None,
        };
        if rows.insert(pair, drive).is_some() {
            faults.add(at.as_str(), "from, to", shown(&format!("{}, {}", fields[0], fields[1])), "stands twice");
        }
    });
    judge_size(file, names.len(), &mut faults);
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    let mut table = Table::new(names.len());
    rows.into_iter().for_each(|((from, to), drive)| table.set(from, to, drive));
    Ok(Drives { names, table })
}

fn judge_size(file: &str, places: usize, faults: &mut Faults) {
    if !(1..=MOST_PLACES).contains(&places) {
        faults.add(file, "places", places, &format!("must be from 1 to {MOST_PLACES}"));
    }
}

/// The table as JSON has it.
#[derive(Serialize, Deserialize)]
struct Sheet {
    places: Vec<SheetPlace>,
    distances_m: Vec<Vec<Option<i64>>>,
    durations_s: Vec<Vec<Option<i64>>>,
}

#[derive(Serialize, Deserialize)]
struct SheetPlace {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lat: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lon: Option<f64>,
}

fn parse_json(text: &str, file: &str) -> Result<Drives, Vec<Fault>> {
    let sheet: Sheet = serde_json::from_str(text).map_err(|error| {
        let rule = "must be JSON with places, distances_m and durations_s";
        vec![Fault::new(format!("{file}:{}", error.line()), "", error, rule)]
    })?;
    let (mut faults, size) = (Faults::default(), sheet.places.len());
    judge_size(file, size, &mut faults);
    let mut known = BTreeSet::new();
    for (n, place) in sheet.places.iter().enumerate().filter(|(_, place)| !known.insert(place.id.as_str())) {
        faults.add(format!("{file}: /places/{n}"), "id", shown(&place.id), "stands twice");
    }
    judge_cells(&format!("{file}: /distances_m"), &sheet.distances_m, size, &mut faults);
    judge_cells(&format!("{file}: /durations_s"), &sheet.durations_s, size, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    let mut table = Table::new(size);
    for (from, to) in (0..size).flat_map(|from| (0..size).map(move |to| (from, to))) {
        match (sheet.distances_m[from][to], sheet.durations_s[from][to]) {
            (Some(metres), Some(seconds)) => table.set(from, to, Some(Drive::new(metres, seconds))),
            (None, None) => {}
            _ => {
                let at = format!("{file}: /distances_m/{from}/{to}");
                faults.add(at, "", "", "must be null where /durations_s is, and only there");
            }
        }
    }
    let names = sheet.places.into_iter().map(|place| place.id).collect();
    if faults.is_empty() { Ok(Drives { names, table }) } else { Err(faults.into_vec()) }
}

/// Rows of a square list of `size` amounts.
fn judge_cells(at: &str, rows: &[Vec<Option<i64>>], size: usize, faults: &mut Faults) {
    if rows.len() != size {
        faults.add(at, "rows", rows.len(), &format!("must be {size}, one a place"));
    }
    for (n, row) in rows.iter().enumerate() {
        if row.len() != size {
            faults.add(format!("{at}/{n}"), "cells", row.len(), &format!("must be {size}, one a place"));
        }
        for (m, amount) in row.iter().enumerate().filter_map(|(m, cell)| Some((m, (*cell)?))) {
            if !(0..MOST_AMOUNT).contains(&amount) {
                let rule = "must be a whole number from 0, or null where there is no way";
                faults.add(format!("{at}/{n}/{m}"), "", amount, rule);
            }
        }
    }
}

/// Writes a table of `places` as CSV.
pub fn write_csv(to: &mut dyn Write, places: &[Place], table: &Table) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(["from", "to", "distance_m", "duration_s"])?;
    for (n, from) in places.iter().enumerate() {
        for (m, to) in places.iter().enumerate() {
            let numbers = table.drive(n, m).map(|d| [d.metres.get().to_string(), d.seconds.get().to_string()]);
            let [metres, seconds] = numbers.unwrap_or_default();
            writer.write_record([from.name.as_str(), to.name.as_str(), metres.as_str(), seconds.as_str()])?;
        }
    }
    writer.flush()
}

/// Writes a table of `places` as JSON.
pub fn write_json(to: &mut dyn Write, places: &[Place], table: &Table) -> io::Result<()> {
    let cells = |amount: fn(Drive) -> i64| {
        let row = |from: usize| (0..table.size()).map(|to| table.drive(from, to).map(amount)).collect();
        (0..table.size()).map(row).collect()
    };
    let place = |p: &Place| SheetPlace { id: p.name.clone(), lat: Some(p.at.lat), lon: Some(p.at.lon) };
    let sheet = Sheet {
        places: places.iter().map(place).collect(),
        distances_m: cells(|drive| drive.metres.get()),
        durations_s: cells(|drive| drive.seconds.get()),
    };
    serde_json::to_writer(&mut *to, &sheet)?;
    to.write_all(b"\n")
}
