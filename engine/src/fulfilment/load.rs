//! What is left of capacities, as promises ask it.

use crate::calendar::civil::Date;
use crate::ids::ChannelId;
use crate::model::{MerchantIx, WarehouseIx, World};
use crate::promise::{AllotmentRef, PickupRef, WaveLoad, WaveRef};

use super::State;
use super::record::PlannedShipment;

impl State {
    /// What is left of the waves, collections and allotments of `world`.
    pub fn load<'a>(&'a self, world: &'a World) -> Load<'a> {
        Load { world, state: self }
    }
}

/// What is left of waves, collections and allotments, as promises ask it.
#[derive(Clone, Copy)]
pub struct Load<'a> {
    world: &'a World,
    state: &'a State,
}

impl WaveLoad for Load<'_> {
    fn free_work(&self, wave: &WaveRef) -> i64 {
        let capacity = self.world.warehouses[wave.warehouse]
            .waves
            .get(usize::from(wave.slot))
            .map_or(0, |slot| slot.work_capacity);
        capacity - self.state.work_in(wave)
    }

    fn free_pickup(&self, pickup: &PickupRef, capacity: i64) -> i64 {
        capacity - self.state.parcels_for(pickup)
    }

    fn free_allotment(&self, allotment: &AllotmentRef, capacity: i64) -> i64 {
        capacity - self.state.parcels_under(allotment)
    }

    fn orders_on(
        &self,
        warehouse: WarehouseIx,
        day: Date,
        merchant: Option<MerchantIx>,
        channel: Option<&ChannelId>,
    ) -> i64 {
        self.state.days().orders(warehouse, day, merchant, channel)
    }
}

/// The collection a planned shipment is meant for.
impl From<&PlannedShipment> for PickupRef {
    fn from(planned: &PlannedShipment) -> Self {
        Self { warehouse: planned.warehouse, service: planned.service, at: planned.pickup_at }
    }
}
