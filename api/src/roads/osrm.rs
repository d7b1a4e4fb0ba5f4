//! OSRM's table service, and what speaks its protocol: `GET /table/v1/driving/lon,lat;..?annotations=duration,distance`.
//!
//! OSRM puts places on roads itself, however far they are. Source: its HTTP API v1, service `table`.

use std::fmt::Write;

use engine::roads::Drive;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;

use super::cache::Spot;

/// The request for the drives from each of `from` to each of `to`.
pub fn request(client: &Client, base: &str, from: &[Spot], to: &[Spot]) -> RequestBuilder {
    let mut places = String::new();
    for (n, [lat, lon]) in from.iter().chain(to).enumerate() {
        let degrees = |millionths: i32| f64::from(millionths) / 1e6;
        let _ = write!(places, "{}{:.6},{:.6}", if n > 0 { ";" } else { "" }, degrees(*lon), degrees(*lat));
    }
    let numbers = |range: std::ops::Range<usize>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(";");
    let (sources, targets) = (numbers(0..from.len()), numbers(from.len()..from.len() + to.len()));
    client.get(format!(
        "{base}/table/v1/driving/{places}?annotations=duration,distance&sources={sources}&destinations={targets}"
    ))
}

#[derive(Deserialize)]
struct Reply {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    durations: Vec<Vec<Option<f64>>>,
    #[serde(default)]
    distances: Vec<Vec<Option<f64>>>,
}

/// The drives of a reply, row by row; why not, as a sentence, where it has none.
pub fn drives(body: &[u8]) -> Result<Vec<Vec<Option<Drive>>>, String> {
    let reply: Reply = serde_json::from_slice(body).map_err(|error| format!("answers no OSRM table ({error})"))?;
    if reply.code != "Ok" {
        return Err(format!("answers {}: {}", reply.code, reply.message));
    }
    if reply.distances.len() != reply.durations.len() {
        return Err("answers without distances: it must support annotations=duration,distance".to_owned());
    }
    let cell = |(metres, seconds): (&Option<f64>, &Option<f64>)| {
        Some(Drive::new(metres.as_ref()?.round() as i64, seconds.as_ref()?.round() as i64))
    };
    let rows = reply.distances.iter().zip(&reply.durations);
    Ok(rows.map(|(metres, seconds)| metres.iter().zip(seconds).map(cell).collect()).collect())
}
