//! Drives that a service has told, kept by their ends.
//!
//! The key is what was asked, both ends' coordinates in millionths of a degree, so any table over places that were asked
//! before, in any mixture, is answered without asking again. With a folder the drives outlive the process: one CSV file a
//! service, named by the hash of its address, to which rows are only added. Maps change; whoever wants new figures deletes
//! the file.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use engine::model::Coordinates;
use engine::roads::Drive;

/// A place in millionths of a degree: latitude, longitude.
pub type Spot = [i32; 2];

/// Most pairs kept in memory, some 150 MB; with more it begins anew.
const MOST_PAIRS: usize = 3_000_000;

/// What is known of a service's drives.
#[derive(Debug, Default)]
pub struct Cache {
    known: HashMap<(Spot, Spot), Option<Drive>>,
    file: Option<PathBuf>,
}

/// Where a place is, in millionths of a degree.
pub fn spot(at: Coordinates) -> Spot {
    [at.lat, at.lon].map(|degrees| (degrees * 1e6).round() as i32)
}

impl Cache {
    /// What `folder` keeps of the service named `service` (kind and address); in memory only where there is no folder. Lines that
    /// are no rows are passed over; a last line without its end, of a write that was cut short, is taken away.
    pub fn open(folder: Option<&Path>, service: &str) -> io::Result<Self> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        fs::create_dir_all(folder)?;
        let file = folder.join(format!("roads-{}.csv", &blake3::hash(service.as_bytes()).to_hex()[..16]));
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            OpenOptions::new().write(true).open(&file)?.set_len(whole as u64)?;
        }
        let mut cache = Self { known: HashMap::new(), file: Some(file) };
        text[..whole].lines().filter_map(parsed).for_each(|(pair, drive)| cache.put(pair, drive));
        Ok(cache)
    }

    /// The drive of a pair, or that there is none, if that is known.
    pub fn get(&self, from: Spot, to: Spot) -> Option<Option<Drive>> {
        self.known.get(&(from, to)).copied()
    }

    /// Keeps drives; in the file too, if there is one.
    pub fn keep(&mut self, drives: &[((Spot, Spot), Option<Drive>)]) -> io::Result<()> {
        drives.iter().for_each(|&(pair, drive)| self.put(pair, drive));
        let Some(file) = &self.file else { return Ok(()) };
        let lines: String = drives.iter().map(|(pair, drive)| line(pair, *drive)).collect();
        OpenOptions::new().create(true).append(true).open(file)?.write_all(lines.as_bytes())
    }

    fn put(&mut self, pair: (Spot, Spot), drive: Option<Drive>) {
        if self.known.len() >= MOST_PAIRS {
            self.known.clear();
        }
        self.known.insert(pair, drive);
    }
}

fn line(([from_lat, from_lon], [to_lat, to_lon]): &(Spot, Spot), drive: Option<Drive>) -> String {
    let numbers = drive.map_or(",".to_owned(), |drive| format!("{},{}", drive.metres.get(), drive.seconds.get()));
    format!("{from_lat},{from_lon},{to_lat},{to_lon},{numbers}\n")
}

fn parsed(line: &str) -> Option<((Spot, Spot), Option<Drive>)> {
    let cells: Vec<&str> = line.split(',').collect();
    let [from_lat, from_lon, to_lat, to_lon, metres, seconds] = cells.as_slice() else { return None };
    let degrees = |cell: &str| cell.parse::<i32>().ok();
    let pair = ([degrees(from_lat)?, degrees(from_lon)?], [degrees(to_lat)?, degrees(to_lon)?]);
    let drive = match (metres.is_empty(), seconds.is_empty()) {
        (true, true) => None,
        _ => Some(Drive::new(metres.parse().ok()?, seconds.parse().ok()?)),
    };
    Some((pair, drive))
}
