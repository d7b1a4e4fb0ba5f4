//! Valhalla's matrix service, and what speaks its protocol: `POST /sources_to_targets`.
//!
//! Valhalla puts places on roads itself. Source: its API documentation, Time-Distance Matrix service.

use engine::roads::Drive;
use reqwest::{Client, RequestBuilder};
use serde::{Deserialize, Serialize};

use super::cache::Spot;

#[derive(Serialize)]
struct Question {
    sources: Vec<Location>,
    targets: Vec<Location>,
    costing: &'static str,
    units: &'static str,
    verbose: bool,
}

#[derive(Serialize)]
struct Location {
    lat: f64,
    lon: f64,
}

/// The request for the drives from each of `from` to each of `to`.
pub fn request(client: &Client, base: &str, from: &[Spot], to: &[Spot]) -> RequestBuilder {
    let location = |[lat, lon]: &Spot| Location { lat: f64::from(*lat) / 1e6, lon: f64::from(*lon) / 1e6 };
    let locations = |spots: &[Spot]| spots.iter().map(location).collect();
    client.post(format!("{base}/sources_to_targets")).json(&Question {
        sources: locations(from),
        targets: locations(to),
        costing: "auto",
        units: "kilometers",
        verbose: true,
    })
}

#[derive(Deserialize)]
struct Reply {
    sources_to_targets: Option<Vec<Vec<Cell>>>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Cell {
    /// Kilometres.
    distance: Option<f64>,
    /// Seconds.
    time: Option<f64>,
}

/// The drives of a reply, row by row; why not, as a sentence, where it has none.
pub fn drives(body: &[u8]) -> Result<Vec<Vec<Option<Drive>>>, String> {
    let reply: Reply = serde_json::from_slice(body).map_err(|error| format!("answers no Valhalla matrix ({error})"))?;
    if let Some(error) = reply.error {
        return Err(format!("answers: {error}"));
    }
    let rows = reply.sources_to_targets.ok_or("answers no Valhalla matrix")?;
    let cell = |cell: &Cell| Some(Drive::new((cell.distance? * 1000.0).round() as i64, cell.time?.round() as i64));
    Ok(rows.iter().map(|row| row.iter().map(cell).collect()).collect())
}
