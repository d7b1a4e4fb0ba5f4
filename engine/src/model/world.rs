//! The world as one value, and the look-ups over it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::calendar::Holidays;
use crate::fault::Fault;
use crate::ids::{CarrierId, MerchantId, ServiceId, SkuId, WarehouseId};
use crate::index::IndexVec;

use super::guarantee::Shares;
use super::*;

/// Everything a world is made of, not yet checked.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Name and version of the data set, for people.
    pub name: String,
    /// Merchants.
    pub merchants: IndexVec<MerchantIx, Merchant>,
    /// Categories.
    pub categories: IndexVec<CategoryIx, Category>,
    /// Goods.
    pub skus: IndexVec<SkuIx, Sku>,
    /// Empty boxes, smallest first.
    pub cartons: IndexVec<CartonIx, CartonType>,
    /// Regions.
    pub regions: IndexVec<RegionIx, Region>,
    /// Postal areas.
    pub postals: IndexVec<PostalIx, Postal>,
    /// Postal areas on a carrier's list, by the list's name (`delivery_area`).
    pub areas: BTreeMap<String, Vec<PostalIx>>,
    /// How far a zone reaches.
    pub zone_chart: Option<ZoneChart>,
    /// Warehouses.
    pub warehouses: IndexVec<WarehouseIx, Warehouse>,
    /// Carriers.
    pub carriers: IndexVec<CarrierIx, Carrier>,
    /// Zone charts by pairs of regions.
    pub pair_charts: IndexVec<ChartIx, PairChart>,
    /// Rate cards.
    pub cards: IndexVec<CardIx, Card>,
    /// Their versions.
    pub tariffs: IndexVec<TariffIx, Tariff>,
    /// Cards of single merchants.
    pub contracts: Vec<Contract>,
    /// What other currencies are worth.
    pub exchange: Vec<Exchange>,
    /// What merchants ask their buyers for shipping, in the order in which rules count.
    pub shop_prices: Vec<ShopPrice>,
    /// What carriers have told of their volume.
    pub volume_ratios: Vec<VolumeRatio>,
    /// Services.
    pub services: IndexVec<ServiceIx, Service>,
    /// Surcharges on a day's volume.
    pub volume_tiers: Vec<VolumeTiers>,
    /// Collections.
    pub pickups: Vec<Pickup>,
    /// Hubs.
    pub hubs: IndexVec<HubIx, Hub>,
    /// Line-haul.
    pub lanes: Vec<Lane>,
    /// Own vans.
    pub fleets: IndexVec<FleetIx, Fleet>,
    /// Sourcing rules, all versions.
    pub rules: IndexVec<RuleIx, SourcingRule>,
    /// What carriers take a day.
    pub allotments: IndexVec<AllotmentIx, Allotment>,
    /// Shares of waves and collections that merchants can count on.
    pub guarantees: Vec<Guarantee>,
    /// Holidays of the country served.
    pub holidays: Holidays,
    /// Where each part was read.
    pub origins: Origins,
}

/// Where parts were read, so that a fault can name file and line.
#[derive(Clone, Debug, Default)]
pub struct Origins(HashMap<(&'static str, usize), String>);

impl Origins {
    /// Notes that part `number` of `kind` (`sku`, `warehouse`) stands at `place` (`catalog.csv:17`).
    pub fn note(&mut self, kind: &'static str, number: usize, place: impl Into<String>) {
        self.0.insert((kind, number), place.into());
    }

    /// The place noted, or kind and number.
    pub fn of(&self, kind: &'static str, number: usize) -> String {
        self.0.get(&(kind, number)).cloned().unwrap_or_else(|| format!("{kind} {number}"))
    }
}

/// The network, checked and immutable. Index vectors are public for reading; there is no way to change them.
#[derive(Clone, Debug)]
pub struct World {
    parts: Parts,
    merchant_of: HashMap<MerchantId, MerchantIx>,
    sku_of: HashMap<(MerchantIx, SkuId), SkuIx>,
    warehouse_of: HashMap<WarehouseId, WarehouseIx>,
    carrier_of: HashMap<CarrierId, CarrierIx>,
    service_of: HashMap<ServiceId, ServiceIx>,
    postal_of: HashMap<String, PostalIx>,
    area_member: BTreeMap<String, Vec<bool>>,
    pickups_of: Vec<Vec<usize>>,
    allotment_book: Arc<AllotmentBook>,
    shares: Shares,
}

impl std::ops::Deref for World {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl World {
    /// The world made of `parts`, or every fault found.
    pub fn new(parts: Parts) -> Result<Self, Vec<Fault>> {
        let faults = validate::faults(&parts);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut pickups_of = vec![Vec::new(); parts.warehouses.len() * parts.services.len()];
        for (n, pickup) in parts.pickups.iter().enumerate() {
            pickups_of[pickup.warehouse.0 as usize * parts.services.len() + pickup.service.0 as usize].push(n);
        }
        for list in &mut pickups_of {
            list.sort_by_key(|&n| parts.pickups[n].at);
        }
        let area_member = parts
            .areas
            .iter()
            .map(|(name, members)| {
                let mut is_member = vec![false; parts.postals.len()];
                members.iter().for_each(|postal| is_member[postal.0 as usize] = true);
                (name.clone(), is_member)
            })
            .collect();
        let warehouses: Vec<_> = parts.warehouses.indices().collect();
        let services: Vec<_> = parts.services.indices().collect();
        Ok(Self {
            shares: Shares::new(&parts.guarantees, &warehouses, &services),
            merchant_of: parts.merchants.enumerate().map(|(ix, m)| (m.id.clone(), ix)).collect(),
            sku_of: parts.skus.enumerate().map(|(ix, s)| ((s.merchant, s.id.clone()), ix)).collect(),
            warehouse_of: parts.warehouses.enumerate().map(|(ix, w)| (w.id.clone(), ix)).collect(),
            carrier_of: parts.carriers.enumerate().map(|(ix, c)| (c.id.clone(), ix)).collect(),
            service_of: parts.services.enumerate().map(|(ix, s)| (s.id.clone(), ix)).collect(),
            postal_of: parts.postals.enumerate().map(|(ix, p)| (p.code.clone(), ix)).collect(),
            area_member,
            pickups_of,
            allotment_book: Arc::new(AllotmentBook::new(&parts)),
            parts,
        })
    }

    /// The merchant with this id.
    pub fn merchant(&self, id: &str) -> Option<MerchantIx> {
        self.merchant_of.get(id).copied()
    }

    /// The merchant's SKU with this id.
    pub fn sku(&self, merchant: MerchantIx, id: &SkuId) -> Option<SkuIx> {
        self.sku_of.get(&(merchant, id.clone())).copied()
    }

    /// The warehouse with this id.
    pub fn warehouse(&self, id: &str) -> Option<WarehouseIx> {
        self.warehouse_of.get(id).copied()
    }

    /// The carrier with this id.
    pub fn carrier(&self, id: &str) -> Option<CarrierIx> {
        self.carrier_of.get(id).copied()
    }

    /// The service with this id.
    pub fn service(&self, id: &str) -> Option<ServiceIx> {
        self.service_of.get(id).copied()
    }

    /// The postal area with this code (five digits).
    pub fn postal(&self, code: &str) -> Option<PostalIx> {
        self.postal_of.get(code).copied()
    }

    /// Whether a postal area is on the list of this name.
    pub fn is_in_area(&self, area: &str, postal: PostalIx) -> bool {
        self.area_member.get(area).is_some_and(|members| members[postal.0 as usize])
    }

    /// The collections of a service at a warehouse, by local time.
    pub fn pickups_at(&self, warehouse: WarehouseIx, service: ServiceIx) -> impl DoubleEndedIterator<Item = &Pickup> {
        let cell = warehouse.0 as usize * self.parts.services.len() + service.0 as usize;
        self.pickups_of[cell].iter().map(|&n| &self.parts.pickups[n])
    }

    /// Which allotments a parcel falls under.
    pub fn allotment_book(&self) -> &Arc<AllotmentBook> {
        &self.allotment_book
    }

    /// What merchants can count on of the work of a warehouse's waves, by merchant.
    pub fn work_shares(&self, warehouse: WarehouseIx) -> &[Share] {
        self.shares.work(warehouse)
    }

    /// What merchants can count on of the room at a service's collections at a warehouse, by merchant.
    pub fn pickup_shares(&self, warehouse: WarehouseIx, service: ServiceIx) -> &[Share] {
        self.shares.pickups(warehouse, service)
    }

    /// The zone chart.
    pub fn zones(&self) -> &ZoneChart {
        // `validate` refuses parts without one.
        self.parts.zone_chart.as_ref().expect("a validated world has a zone chart")
    }
}
