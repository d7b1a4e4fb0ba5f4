//! The price board: what one more unit of a scarce capacity would save.
//!
//! The assignment planner publishes its duals here; quotes, promises and the next plan read them, so that demand is steered
//! away from what is scarce before it runs out. Prices are in cents per unit of the capacity: work of a wave, room of a
//! pickup, stock of a SKU at a warehouse. What is not listed is free. Prices steer choices; a buyer never pays them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{SkuIx, WarehouseIx};
use crate::promise::{PickupRef, WaveRef};
use crate::units::{Cents, Timestamp};

/// Shadow prices, and when they were found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriceBoard {
    /// When they were found; `None` while nothing was planned yet.
    pub as_of: Option<Timestamp>,
    /// A unit of work in a wave.
    #[serde(with = "pairs")]
    pub work: BTreeMap<WaveRef, Cents>,
    /// Room for a parcel at a collection.
    #[serde(with = "pairs")]
    pub pickup: BTreeMap<PickupRef, Cents>,
    /// A unit of stock.
    #[serde(with = "pairs")]
    pub stock: BTreeMap<(SkuIx, WarehouseIx), Cents>,
}

impl PriceBoard {
    /// Price of a unit of work in `wave`.
    pub fn work(&self, wave: &WaveRef) -> Cents {
        self.work.get(wave).copied().unwrap_or_default()
    }

    /// Price of room for one parcel at `pickup`.
    pub fn pickup(&self, pickup: &PickupRef) -> Cents {
        self.pickup.get(pickup).copied().unwrap_or_default()
    }

    /// Price of a unit of `sku` at `warehouse`.
    pub fn stock(&self, sku: SkuIx, warehouse: WarehouseIx) -> Cents {
        self.stock.get(&(sku, warehouse)).copied().unwrap_or_default()
    }
}

/// Maps as lists of pairs: JSON's keys are texts only.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map.iter())
    }

    pub fn deserialize<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::<(K, V)>::deserialize(from)?.into_iter().collect())
    }
}
