//! Road times: how far and how long is the drive between places?
//!
//! A provider is a [`RoadTimes`]: named places in, a [`Table`] of metres and seconds from each to each out. Pairs without a
//! way are part of the answer, and so are places that no road is near: callers refuse them by [`Table::faults`], or fill them
//! by [`Table::fill`] and say so. Four kinds of provider, three of them here:
//!
//! - [`GreatCircle`]: great circle times a factor, at one speed. Always has an answer; what everything falls back on.
//! - [`Listed`]: a table that somebody gives, by the places' names.
//! - [`RoadGraph`]: streets of a map ([`Streets`], their tags judged by [`profile`]) as a directed graph of junctions, with a
//!   contraction hierarchy for tables ([`hierarchy`]).
//! - Services that are asked over HTTP (OSRM, Valhalla) implement the trait outside of this crate, which does no IO.
//!
//! Of all ways from one place to another the fastest is taken, and its length told. Time is free-flow time of a car: no
//! traffic, no time at lights or turns, no turn restrictions, no ferries. What lies between a place and its road is not
//! driven. This module must not know orders, fleets or routes: [`crate::dispatch`] asks.

mod contraction;
mod cost;
mod fallback;
mod frontier;
mod graph;
mod great_circle;
pub mod hierarchy;
mod listed;
pub mod profile;
mod snap;
mod streets;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::model::Coordinates;

#[cfg(test)]
pub(crate) use fallback::Down;
pub use fallback::{Filled, filled};
pub use graph::{GraphOptions, GraphSize, RoadGraph};
pub use great_circle::GreatCircle;
pub use listed::Listed;
pub use streets::{Streets, Way};
pub use table::{Drive, OffRoad, Table, Why};

/// A place to drive from and to.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What people call it, and tables list it by: `W-EWR`, `07102`.
    pub name: String,
    /// Where it is.
    pub at: Coordinates,
}

/// Something that knows road times.
pub trait RoadTimes: Send + Sync + fmt::Debug {
    /// Where the figures come from, in a few words: `osm monaco.osm.pbf`. Stands in plans.
    fn source(&self) -> String;

    /// The drives from each place to each. May take long and may block where a service is asked.
    fn table(&self, places: &[Place]) -> Result<Table, Unavailable>;
}

/// A provider has no answer at all; why, as a sentence for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}
