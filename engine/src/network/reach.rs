//! Who delivers where.

use std::fmt;

use crate::model::{Coverage, Fleet, FleetIx, PostalIx, ServiceIx, WarehouseIx, World};

use super::great_circle;

/// Why a service does not connect a warehouse and a postal area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoService {
    /// The service does not deliver to this area.
    OutsideCoverage,
    /// No collection of the service at this warehouse.
    NoPickup,
    /// The fleet loads at another warehouse.
    OtherDepot,
    /// The door is beyond the fleet's radius.
    BeyondRadius,
    /// The service's zone chart does not connect the two places.
    NoZone,
}

impl NoService {
    /// Whether it is a matter of the area served, which a carrier could widen, and not of a missing collection or depot.
    pub fn is_area(self) -> bool {
        matches!(self, Self::OutsideCoverage | Self::BeyondRadius)
    }
}

impl fmt::Display for NoService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutsideCoverage => "does not deliver to this area",
            Self::NoPickup => "does not collect at this warehouse",
            Self::OtherDepot => "its vans load at another warehouse",
            Self::NoZone => "its zone chart does not connect the two places",
            Self::BeyondRadius => "the address is beyond the reach of its vans",
        })
    }
}

/// Coverage as dense tables.
#[derive(Debug)]
pub(super) struct Reach {
    /// `[service][region]`; all true for own vans, whose radius counts.
    covers: Vec<bool>,
    /// `[fleet][postal]`.
    in_radius: Vec<bool>,
    /// `[service][warehouse]`.
    collects: Vec<bool>,
}

impl Reach {
    pub(super) fn new(world: &World) -> Self {
        let covers = |coverage: &Coverage, region| match coverage {
            Coverage::Regions(regions) => regions.binary_search(&region).is_ok(),
            Coverage::Everywhere | Coverage::Fleet(_) => true,
        };
        let in_radius = |fleet: &Fleet, at| great_circle(world.warehouses[fleet.warehouse].at, at) <= fleet.radius;
        Self {
            covers: (world.services.iter())
                .flat_map(|service| world.regions.indices().map(|region| covers(&service.coverage, region)))
                .collect(),
            in_radius: (world.fleets.iter())
                .flat_map(|fleet| world.postals.iter().map(|postal| in_radius(fleet, postal.at)))
                .collect(),
            collects: (world.services.indices())
                .flat_map(|s| world.warehouses.indices().map(move |w| world.pickups_at(w, s).next().is_some()))
                .collect(),
        }
    }

    pub(super) fn serves(
        &self,
        world: &World,
        service: ServiceIx,
        warehouse: WarehouseIx,
        postal: PostalIx,
    ) -> Result<(), NoService> {
        if let Some(fleet) = fleet_of(world, service) {
            if world.fleets[fleet].warehouse != warehouse {
                return Err(NoService::OtherDepot);
            }
            let near = self.in_radius[fleet.0 as usize * world.postals.len() + postal.0 as usize];
            return if near { Ok(()) } else { Err(NoService::BeyondRadius) };
        }
        if !self.covers[service.0 as usize * world.regions.len() + world.postals[postal].region.0 as usize] {
            return Err(NoService::OutsideCoverage);
        }
        if !self.collects[service.0 as usize * world.warehouses.len() + warehouse.0 as usize] {
            return Err(NoService::NoPickup);
        }
        Ok(())
    }
}

/// The fleet that runs a service, if own vans do.
pub(super) fn fleet_of(world: &World, service: ServiceIx) -> Option<FleetIx> {
    match world.services[service].coverage {
        Coverage::Fleet(fleet) => Some(fleet),
        Coverage::Everywhere | Coverage::Regions(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::tiny_world;

    #[test]
    fn each_reason_has_its_case() {
        let world = tiny_world();
        let reach = Reach::new(&world);
        let serves = |service, warehouse, postal| {
            reach.serves(&world, ServiceIx(service), WarehouseIx(warehouse), world.postal(postal).unwrap())
        };
        assert_eq!(serves(0, 2, "10001"), Ok(()));
        assert_eq!(serves(3, 0, "60601"), Ok(()));
        assert_eq!(serves(3, 0, "90001"), Err(NoService::OutsideCoverage));
        assert_eq!(serves(3, 1, "60601"), Err(NoService::NoPickup));
        assert_eq!(serves(4, 0, "10025"), Ok(())); // Newark to Manhattan: 16 km
        assert_eq!(serves(4, 0, "60601"), Err(NoService::BeyondRadius));
        assert_eq!(serves(4, 2, "90001"), Err(NoService::OtherDepot));
    }
}
