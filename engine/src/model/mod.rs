//! The validated, immutable world of the network: merchants, goods, places, warehouses, carriers, calendars.
//!
//! [`World::new`] takes [`Parts`] and either returns a world in which every index is in range and every number makes sense,
//! or *all* faults at once. After it nobody checks again. A world never changes; a new version replaces it.
//! Prices are stated here as data ([`tariff`]); [`crate::rating`] interprets them. The model knows no planner.

pub mod allotment;
pub mod carrier;
pub mod condition;
pub mod fixture;
pub mod goods;
pub mod guarantee;
pub mod place;
pub mod rules;
pub mod shop_price;
pub mod tariff;
mod validate;
pub mod volume;
pub mod warehouse;
mod world;

pub use allotment::{Allotment, AllotmentBook, AllotmentIx};
pub use carrier::{
    Carrier, CarrierIx, Coverage, Fleet, FleetIx, Hub, HubIx, Lane, Pickup, Service, ServiceIx, ServiceKind,
    ServiceLevel, ServiceZones,
};
pub use condition::{Condition, Flag, Measure};
pub use goods::{CartonIx, CartonType, Category, CategoryIx, Merchant, MerchantIx, ReturnsTo, Sku, SkuIx};
pub use guarantee::{Guarantee, Share};
pub use place::{ChartIx, Coordinates, NO_ZONE, PairChart, Postal, PostalIx, Region, RegionIx, ZoneChart};
pub use rules::{RuleIx, RuleKind, SourcingRule};
pub use shop_price::{PriceLine, ShopPrice};
pub use tariff::{
    Card, CardIx, ChargeClass, Charged, Contract, DimWeight, Exchange, Further, MOST_GROUPS, MOST_SETS, RateTable,
    RateUnit, Rounding, RoundingMode, ShareOf, Surcharge, Tariff, TariffIx, VolumeRatio, Weighing,
};
pub use volume::{VolumeStep, VolumeTiers};
pub use warehouse::{FloorLayout, Handling, Warehouse, WarehouseIx, WaveSlot};
pub use world::{Origins, Parts, World};
