//! What tracking events have taught of carriers and docks.
//!
//! Made by [`super::learn`], kept by the state, read by promises: [`super::forecast`] for the chances, and
//! [`TrackRecord::allowance`] for the delivery days that a promise allows beyond the schedule.

use serde::{Deserialize, Serialize};

use crate::model::{Coverage, PostalIx, RegionIx, ServiceIx, WarehouseIx, World};
use crate::network::Network;
use crate::units::Timestamp;

use super::delays::{Delays, Hours, PackDelays};

/// A service from a warehouse to a region.
pub(super) type Lane = (ServiceIx, WarehouseIx, RegionIx);
/// A price column of a service.
pub(super) type Zone = (ServiceIx, u8);

/// How punctual services and docks are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// When deliveries were looked at; `None` where it is what carriers publish.
    pub as_of: Option<Timestamp>,
    /// The share of parcels, in basis points, that promises are meant to keep.
    pub level_bp: u16,
    /// By service.
    pub services: Vec<ServiceRecord>,
    /// By service and price column, sorted.
    pub(super) zones: Vec<(Zone, Known)>,
    /// By lane, sorted; only those that differ from their zone.
    pub(super) lanes: Vec<(Lane, Known)>,
    /// By warehouse.
    pub(super) docks: Vec<Option<PackDelays>>,
}

/// Delays with what they ask promises to allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) delays: Delays,
    pub(super) allowance: u8,
}

/// What is known of a service.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// Whether promises go by its deliveries; else by what its carrier publishes.
    pub is_learned: bool,

    /// Parcels whose scheduled day is over, in all.
    pub parcels: u64,
    /// Of these, the share that had arrived by then, in basis points, newer ones counting more.
    pub on_time_bp: u16,
    /// The share on time that is expected now: with the lately observed pace.
    pub expected_bp: u16,
    /// Lately observed pace, in thousandths: parcels that have not arrived did so at this multiple of their usual rate.
    pub pace_permille: u16,
    /// The share of parcels long due of which a delivery was ever told, in basis points.
    pub reported_bp: u16,
    pub(super) known: Known,
    pub(super) hours: Hours,
}

impl ServiceRecord {
    /// What the carrier publishes: its share on time, through the day until its hour.
    pub(super) fn published(world: &World, service: ServiceIx) -> Self {
        let product = &world.services[service];
        let hours = match product.coverage {
            Coverage::Fleet(_) => Hours::even(),
            _ => Hours::until(crate::calendar::second_of(product.delivers_until)),
        };
        let delays = Delays::published(product.on_time_bp);
        Self {
            is_learned: false,
            parcels: 0,
            on_time_bp: 0,
            expected_bp: delays.on_time_bp(),
            pace_permille: 1_000,
            reported_bp: 10_000,
            known: Known { delays, allowance: 0 },
            hours,
        }
    }
}

impl TrackRecord {
    /// What carriers publish: where no delivery was looked at yet.
    pub fn published(world: &World) -> Self {
        Self {
            as_of: None,
            level_bp: 0,
            services: world.services.indices().map(|service| ServiceRecord::published(world, service)).collect(),
            zones: Vec::new(),
            lanes: Vec::new(),
            docks: Vec::new(),
        }
    }

    /// What is known of a lane, or of its zone, or of its service.
    pub(super) fn known(
        &self,
        network: &Network,
        service: ServiceIx,
        warehouse: WarehouseIx,
        postal: PostalIx,
    ) -> Option<&Known> {
        let of_service = self.services.get(service.0 as usize)?;
        if !of_service.is_learned {
            return Some(&of_service.known);
        }
        let lane = (service, warehouse, network.world.postals[postal].region);
        if let Ok(at) = self.lanes.binary_search_by_key(&lane, |(lane, _)| *lane) {
            return Some(&self.lanes[at].1);
        }
        let zone = (service, network.column(service, warehouse, postal));
        let found = self.zones.binary_search_by_key(&zone, |(zone, _)| *zone);
        Some(found.map_or(&of_service.known, |at| &self.zones[at].1))
    }

    pub(super) fn pack_delays(&self, warehouse: WarehouseIx) -> Option<&PackDelays> {
        self.docks.get(warehouse.0 as usize)?.as_ref()
    }

    /// Delivery days that a promise of the service allows beyond the schedule, so that the level is kept.
    pub fn allowance(&self, network: &Network, service: ServiceIx, warehouse: WarehouseIx, postal: PostalIx) -> u8 {
        self.known(network, service, warehouse, postal).map_or(0, |known| known.allowance)
    }

    /// Whether another says the same, at whatever time.
    pub fn says_as(&self, other: &Self) -> bool {
        let (mine, theirs) = ((self.level_bp, &self.services), (other.level_bp, &other.services));
        mine == theirs && self.zones == other.zones && self.lanes == other.lanes && self.docks == other.docks
    }

    /// How many lanes differ from their zone.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }
}
