//! Where road times come from, as settings and flags say it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A source of road times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoadSource {
    /// Great circles times each fleet's circuity, at its speed.
    GreatCircle,
    /// An OpenStreetMap extract, `.osm.pbf`.
    Osm(PathBuf),
    /// A table of drives, CSV or JSON.
    Table(PathBuf),
    /// A service that speaks OSRM's table protocol, at this address.
    Osrm(String),
    /// A service that speaks Valhalla's matrix protocol.
    Valhalla(String),
}

/// What [`RoadSource`] reads, as a rule for people.
pub const FORMS: &str =
    "great-circle, osm:FILE.osm.pbf, table:FILE, osrm:http://HOST:PORT or valhalla:http://HOST:PORT";

impl FromStr for RoadSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "great-circle" {
            return Ok(Self::GreatCircle);
        }
        match text.split_once(':') {
            Some(("osm", file)) if !file.is_empty() => Ok(Self::Osm(file.into())),
            Some(("table", file)) if !file.is_empty() => Ok(Self::Table(file.into())),
            Some(("osrm", url)) => address(url).map(Self::Osrm),
            Some(("valhalla", url)) => address(url).map(Self::Valhalla),
            _ => Err(format!("must be {FORMS}")),
        }
    }
}

impl fmt::Display for RoadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GreatCircle => f.write_str("great-circle"),
            Self::Osm(file) => write!(f, "osm:{}", file.display()),
            Self::Table(file) => write!(f, "table:{}", file.display()),
            Self::Osrm(url) => write!(f, "osrm:{url}"),
            Self::Valhalla(url) => write!(f, "valhalla:{url}"),
        }
    }
}

/// A service's address without the slash at its end.
pub fn address(text: &str) -> Result<String, String> {
    let rule = "must be an address as http://127.0.0.1:5000, without user, password or query (this program speaks no TLS: put a proxy in front)";
    let url = reqwest::Url::parse(text).map_err(|_| rule.to_owned())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if url.scheme() == "http" && url.has_host() && is_plain && url.fragment().is_none() {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(rule.to_owned())
    }
}

/// A source and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoadSettings {
    /// Which.
    pub source: RoadSource,
    /// How far the nearest road of a map may be from a place, in metres.
    pub snap_m: u32,
    /// How long one request to a service may take.
    pub timeout: Duration,
    /// How often a request is tried in all.
    pub attempts: u32,
    /// Places from, and places to, that one request asks for.
    pub block: usize,
    /// Folder in which answers of services are kept.
    pub cache_dir: Option<PathBuf>,
}
