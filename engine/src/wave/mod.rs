//! Planner: which shipments are released together, to which pick lists?

use crate::fulfilment::{LineQuantity, Parcel, Shipment, State, WaveRelease};
use crate::model::World;
use crate::network::Network;
use crate::promise::WaveRef;
use crate::search::Seed;
use crate::units::Timestamp;

/// Options.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seed.
    pub seed: Seed,
    /// Iterations.
    pub iterations: u64,
}

/// Plans a wave.
pub fn plan(network: &Network, state: &State, wave: WaveRef, now: Timestamp, options: &Options) -> Option<WaveRelease> {
    let _ = (network, state, wave, now, options);
    None
}

/// Parcels.
pub fn parcels(world: &World, shipment: &Shipment, lines: &[LineQuantity], serial: u64) -> Vec<Parcel> {
    let _ = (world, shipment, lines, serial);
    Vec::new()
}
