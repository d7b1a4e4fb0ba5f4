//! Driven routes for people and maps: a driver's sheet to print (HTML), a table (CSV), a map (GeoJSON).
//!
//! Whoever drives a plan fills in [`Day`]; the writers add no knowledge of their own. Figures are text in the units that the
//! day names, so that files without units and the service's instants are written alike.

mod csv;
mod geojson;
mod html;
#[cfg(test)]
mod tests;

pub use csv::csv;
pub use geojson::geojson;
pub use html::{escaped, html};

/// Where coordinates lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// `[longitude, latitude]` in degrees (WGS 84).
    Earth,
    /// `[x, y]` of a plane, in a file's own units.
    Plane,
}

impl Ground {
    fn word(self) -> &'static str {
        match self {
            Self::Earth => "degrees",
            Self::Plane => "plane",
        }
    }

    fn explained(self) -> &'static str {
        match self {
            Self::Earth => "longitude and latitude in degrees (WGS 84)",
            Self::Plane => "x and y of a plane in the file's units, not longitude and latitude",
        }
    }
}

/// What figures are counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units {
    /// Of moments: `UTC`, `s from 0`.
    pub moment: String,
    /// Of spans of time: `s`, `min`.
    pub span: String,
    /// Of loads: `parcels`.
    pub load: String,
    /// Of distances: `m`.
    pub distance: String,
}

/// All routes of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// What the plan is for.
    pub title: String,
    /// What figures are counted in.
    pub units: Units,
    /// Where coordinates lie.
    pub ground: Ground,
    /// A sheet a vehicle.
    pub sheets: Vec<Sheet>,
}

/// A vehicle's day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Which vehicle.
    pub vehicle: String,
    /// What it drives.
    pub distance: String,
    /// Its visits, depots included.
    pub visits: Vec<Visit>,
}

/// What a visit is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Start of a trip.
    #[default]
    Departs,
    /// A stop.
    Stop,
    /// Time off.
    Break,
    /// End of the last trip.
    Returns,
}

impl Kind {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Departs => "departs",
            Self::Stop => "stop",
            Self::Break => "break",
            Self::Returns => "returns",
        }
    }
}

/// A line of a sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visit {
    /// What it is for.
    pub kind: Kind,
    /// Which trip, from 1.
    pub trip: usize,
    /// Which stop of the vehicle's day, from 1; 0 for what is no stop.
    pub number: usize,
    /// Whom or what it serves, or which depot.
    pub name: String,
    /// What is to be done.
    pub task: String,
    /// Where, if that is known.
    pub at: Option<[f64; 2]>,
    /// When it is reached; of a departure, when it is left.
    pub arrival: String,
    /// When service may begin; empty for any time.
    pub window: String,
    /// How long it waits before.
    pub wait: String,
    /// How long service takes.
    pub service: String,
    /// What is on board afterwards.
    pub load: String,
    /// Whether it is driven already.
    pub is_driven: bool,
}
