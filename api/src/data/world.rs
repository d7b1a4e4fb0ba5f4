//! From rows to the parts of a world.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use engine::calendar::civil::{Date, Time};
use engine::calendar::{Calendar, parse_time};
use engine::fault::Fault;
use engine::model::*;
use engine::units::{Cents, Grams, Metres, Millimetres, Seconds, Size};

use super::rows::*;
use super::table::{Names, Tables, key};

/// Price columns that `rates.csv` has room for.
const PRICE_COLUMNS: u8 = 12;

/// Units of an article at a warehouse.
pub type Stock = Vec<(SkuIx, WarehouseIx, i64)>;

/// Reads every file of the network, and its stock; faults gather in `tables`.
pub fn parts(tables: &mut Tables) -> (Parts, Stock) {
    let mut world = Reader { tables, parts: Parts::default(), names: AllNames::new() };
    world.places();
    world.goods();
    world.warehouses();
    world.carriers();
    world.volumes();
    world.transport();
    world.rules();
    world.allotments();
    world.guarantees();
    let stock = world.stock();
    (world.parts, stock)
}

pub(super) struct AllNames {
    pub(super) merchants: Names<MerchantIx>,
    pub(super) skus: HashMap<(MerchantIx, String), SkuIx>,
    pub(super) categories: Names<CategoryIx>,
    pub(super) regions: Names<RegionIx>,
    postals: Names<PostalIx>,
    pub(super) warehouses: Names<WarehouseIx>,
    pub(super) carriers: Names<CarrierIx>,
    pub(super) charts: Names<ChartIx>,
    pub(super) cards: Names<CardIx>,
    pub(super) tariffs: Names<TariffIx>,
    pub(super) services: Names<ServiceIx>,
    hubs: Names<HubIx>,
}

impl AllNames {
    fn new() -> Self {
        Self {
            merchants: Names::new("merchants.csv"),
            skus: HashMap::new(),
            categories: Names::new("categories.csv"),
            regions: Names::new("regions.csv"),
            postals: Names::new("postals.csv"),
            warehouses: Names::new("warehouses.csv"),
            carriers: Names::new("carriers.csv"),
            charts: Names::new("zone_pairs.csv"),
            cards: Names::new("tariffs.csv"),
            tariffs: Names::new("tariffs.csv"),
            services: Names::new("services.csv"),
            hubs: Names::new("hubs.csv"),
        }
    }
}

/// Fills the parts, file by file.
pub(super) struct Reader<'a> {
    pub(super) tables: &'a mut Tables,
    pub(super) parts: Parts,
    pub(super) names: AllNames,
}

impl Reader<'_> {
    /// An id; where the text is none, a fault and an id of the place, so that the row keeps its number.
    pub(super) fn id<T: std::str::FromStr>(&mut self, at: &str, field: &str, text: &str) -> Option<T> {
        let rule = "must be 1 to 64 letters, digits, `.`, `_`, `-` or `:`";
        self.tables.known(key(text), at, field, text, rule).or_else(|| key(at))
    }

    fn places(&mut self) {
        for (at, row) in self.tables.read::<RegionRow>("regions.csv") {
            self.names.regions.push(&row.region);
            self.parts.origins.note("region", self.parts.regions.len(), at);
            self.parts.regions.push(Region { code: row.region, at: Coordinates { lat: row.lat, lon: row.lon } });
        }
        for (at, row) in self.tables.read::<PostalRow>("postals.csv") {
            let region = row.postal_code.get(..3).unwrap_or(&row.postal_code);
            let region = self.names.regions.find(self.tables, &at, "postal_code", region);
            self.names.postals.push(&row.postal_code);
            self.parts.origins.note("postal", self.parts.postals.len(), at);
            let at = Coordinates { lat: row.lat, lon: row.lon };
            let (state, city, population, zone_name) = (row.state, row.city, row.population, row.time_zone);
            let ix = self.parts.postals.push(Postal {
                code: row.postal_code,
                at,
                state,
                city,
                population,
                region,
                zone_name,
            });
            if !row.area.is_empty() {
                self.parts.areas.entry(row.area).or_default().push(ix);
            }
        }
        let mut chart = ZoneChart { offset: Metres::ZERO, limits: Vec::new(), columns: Vec::new() };
        let bands = self.tables.read::<ZoneRow>("zones.csv");
        for (n, (at, row)) in bands.iter().enumerate() {
            chart.limits.extend(row.upper_limit_m.map(Metres::new));
            // Columns count from 1 in the file.
            chart.columns.push(row.column.clamp(1, PRICE_COLUMNS) - 1);
            if !(1..=PRICE_COLUMNS).contains(&row.column) {
                let rule = format!("must be a price column, 1 to {PRICE_COLUMNS}");
                self.tables.faults.push(Fault::new(at, "column", row.column, rule));
            }
            if row.upper_limit_m.is_none() != (n + 1 == bands.len()) {
                let value = row.upper_limit_m.map_or(String::new(), |limit| limit.to_string());
                self.tables.faults.push(Fault::new(at, "upper_limit_m", value, "must be empty in the last band only"));
            }
        }
        if !self.tables.has("zones.csv") {
            // Any chart of the right width: the rest can then be checked.
            chart.columns.push(PRICE_COLUMNS - 1);
        }
        self.parts.origins.note("zone chart", 0, "zones.csv");
        self.parts.zone_chart = Some(chart);
        let holidays: BTreeSet<Date> =
            self.tables.read::<HolidayRow>("holidays.csv").into_iter().map(|(_, row)| row.date.0).collect();
        self.parts.holidays = Arc::new(holidays);
    }

    fn goods(&mut self) {
        for (at, row) in self.tables.read::<MerchantRow>("merchants.csv") {
            self.names.merchants.push(&row.merchant);
            let Some(id) = self.id(&at, "merchant", &row.merchant) else { continue };
            self.parts.origins.note("merchant", self.parts.merchants.len(), at);
            let returns_to = row.returns_to.unwrap_or_default();
            self.parts.merchants.push(Merchant { id, name: row.name, return_days: row.return_days, returns_to });
        }
        for (at, row) in self.tables.read::<CategoryRow>("categories.csv") {
            self.names.categories.push(&row.category);
            self.parts.origins.note("category", self.parts.categories.len(), at);
            let (return_rate_bp, restock_bp) = (row.return_rate_bp, row.restock_bp);
            self.parts.categories.push(Category { name: row.category, return_rate_bp, restock_bp });
        }
        for (at, row) in self.tables.read::<SkuRow>("skus.csv") {
            let merchant = self.names.merchants.find(self.tables, &at, "merchant", &row.merchant);
            let category = self.names.categories.find(self.tables, &at, "category", &row.category);
            let Some(id) = self.id(&at, "sku", &row.sku) else { continue };
            self.names.skus.entry((merchant, row.sku)).or_insert(SkuIx(self.parts.skus.len() as u32));
            self.parts.origins.note("sku", self.parts.skus.len(), at);
            self.parts.skus.push(Sku {
                id,
                merchant,
                category,
                size: Size::new(row.length_mm, row.width_mm, row.height_mm),
                weight: Grams::new(row.weight_g),
                price: Cents::new(row.price_cents),
                fragile: row.fragile.0,
                hazmat: row.hazmat.0,
                ships_alone: row.ships_alone.0,
            });
        }
        for (at, row) in self.tables.read::<CartonRow>("cartons.csv") {
            let Some(id) = self.id(&at, "carton", &row.carton) else { continue };
            self.parts.origins.note("carton", self.parts.cartons.len(), at);
            self.parts.cartons.push(CartonType {
                id,
                inner: Size::new(row.inner_length_mm, row.inner_width_mm, row.inner_height_mm),
                outer: Size::new(row.outer_length_mm, row.outer_width_mm, row.outer_height_mm),
                tare: Grams::new(row.tare_g),
                max_gross: Grams::new(row.max_gross_g),
                cost: Cents::new(row.cost_cents),
            });
        }
    }

    fn warehouses(&mut self) {
        for (at, row) in self.tables.read::<WarehouseRow>("warehouses.csv") {
            self.names.warehouses.push(&row.warehouse);
            let Some((place, calendar)) = self.place(&at, &row.postal_code, row.open_days) else { continue };
            let Some(id) = self.id(&at, "warehouse", &row.warehouse) else { continue };
            self.parts.origins.note("warehouse", self.parts.warehouses.len(), at);
            self.parts.warehouses.push(Warehouse {
                id,
                name: row.name,
                postal_code: row.postal_code,
                at: place.at,
                region: place.region,
                calendar,
                waves: Vec::new(),
                handling: Handling {
                    per_shipment: Cents::new(row.per_shipment_cents),
                    per_unit: Cents::new(row.per_unit_cents),
                    work_per_shipment: row.work_per_shipment,
                    work_per_unit: row.work_per_unit,
                    pickers: row.pickers,
                    seconds_per_unit: Seconds::new(row.seconds_per_unit),
                    seconds_per_walk: Seconds::new(row.seconds_per_walk),
                    cart_shipments: row.cart_shipments,
                    cart_units: row.cart_units,
                },
                layout: FloorLayout {
                    aisles: row.aisles,
                    bays: row.bays,
                    aisle_pitch: Millimetres::new(row.aisle_pitch_mm),
                    bay_pitch: Millimetres::new(row.bay_pitch_mm),
                    entry: Millimetres::new(row.entry_mm),
                    walk_mm_per_s: row.walk_mm_per_s,
                },
            });
        }
        for (at, row) in self.tables.read::<WaveRow>("waves.csv") {
            let warehouse = self.names.warehouses.seek(self.tables, &at, "warehouse", &row.warehouse);
            if self.tables.is_at_fault(&at) {
                // With another wave's cut-off in place of its own it would seem to come twice.
                continue;
            }
            if let Some(warehouse) = warehouse.filter(|&ix| self.parts.warehouses.get(ix).is_some()) {
                let lead = Seconds::minutes(row.lead_min);
                let slot = WaveSlot { cut_off: row.cut_off.0, lead, work_capacity: row.work_capacity };
                self.parts.warehouses[warehouse].waves.push(slot);
            }
        }
    }

    /// A postal area and its clock with these working days; a fault where there is no such area.
    fn place(&mut self, at: &str, postal_code: &str, days: engine::calendar::Weekdays) -> Option<(Postal, Calendar)> {
        let ix = self.names.postals.find(self.tables, at, "postal_code", postal_code);
        let place = self.parts.postals.get(ix)?.clone();
        // A bad zone name is reported where it stands, at the postal area.
        let zone = Calendar::zone_named(&place.zone_name).unwrap_or(jiff::tz::TimeZone::UTC);
        let calendar = Calendar::new(zone, days, self.parts.holidays.clone());
        Some((place, calendar))
    }

    fn carriers(&mut self) {
        for (at, row) in self.tables.read::<CarrierRow>("carriers.csv") {
            self.names.carriers.push(&row.carrier);
            let Some(id) = self.id(&at, "carrier", &row.carrier) else { continue };
            self.parts.origins.note("carrier", self.parts.carriers.len(), at);
            self.parts.carriers.push(Carrier { id, name: row.name });
        }
        let mut regions: Vec<(ServiceIx, RegionIx)> = Vec::new();
        let rows = self.tables.read::<ServiceRow>("services.csv");
        rows.iter().for_each(|(_, row)| self.names.services.push(&row.service));
        self.zone_pairs();
        self.tariffs();
        self.terms();
        self.shop_prices();
        for (at, row) in self.tables.read::<CoverageRow>("coverage.csv") {
            let service = self.names.services.find(self.tables, &at, "service", &row.service);
            regions.push((service, self.names.regions.find(self.tables, &at, "region", &row.region)));
        }
        let fleets = self.tables.read::<FleetRow>("fleets.csv");
        for (at, row) in rows {
            let carrier = self.names.carriers.find(self.tables, &at, "carrier", &row.carrier);
            let card = self.names.cards.find(self.tables, &at, "tariff", &row.tariff);
            let (chart, zones) = (row.zone_chart.unwrap_or_default(), row.zones.unwrap_or_default());
            let zones = self.service_zones(&at, &chart, &zones);
            let days: Result<Vec<u32>, _> = row.days_by_column.split_whitespace().map(str::parse).collect();
            let days = days.map_err(|_| "must be whole numbers of days, one a column, with spaces between".to_owned());
            let days = self.tables.parsed(days, &at, "days_by_column", &row.days_by_column).unwrap_or_default();
            let own = ServiceIx(self.parts.services.len() as u32);
            let coverage = match row.coverage {
                Reach::Everywhere => Coverage::Everywhere,
                Reach::Regions => {
                    let mut reached: Vec<RegionIx> =
                        regions.iter().filter(|(s, _)| *s == own).map(|(_, r)| *r).collect();
                    reached.sort_unstable();
                    Coverage::Regions(reached)
                }
                Reach::Fleet => {
                    let found = fleets.iter().position(|(_, fleet)| fleet.service == row.service);
                    if found.is_none() && self.tables.has("fleets.csv") {
                        self.tables.faults.push(Fault::new(&at, "coverage", "fleet", "needs a row in fleets.csv"));
                    }
                    Coverage::Fleet(FleetIx(found.unwrap_or(0) as u32))
                }
            };
            let Some(id) = self.id(&at, "service", &row.service) else { continue };
            self.parts.origins.note("service", self.parts.services.len(), at);
            self.parts.services.push(Service {
                id,
                carrier,
                name: row.name,
                level: row.level,
                kind: row.kind,
                card,
                zones,
                air: row.air.0,
                max_weight: Grams::new(row.max_weight_g),
                max_girth: row.max_girth_mm.map_or(Millimetres::MAX, Millimetres::new),
                coverage,
                days_by_column: days,
                work_days: row.work_days,
                delivery_days: row.delivery_days,
                delivers_until: row.delivers_until.0,
                daily_capacity: row.daily_capacity,
                on_time_bp: row.on_time_bp,
            });
        }
        for (at, row) in fleets {
            let warehouse = self.names.warehouses.find(self.tables, &at, "warehouse", &row.warehouse);
            let service = self.names.services.find(self.tables, &at, "service", &row.service);
            self.parts.origins.note("fleet", self.parts.fleets.len(), at);
            self.parts.fleets.push(Fleet {
                warehouse,
                service,
                radius: Metres::new(row.radius_m),
                vans: row.vans,
                van_parcels: row.van_parcels,
                van_weight: Grams::new(row.van_weight_g),
                trips: row.trips,
                reload: Seconds::minutes(row.reload_min),
                shift_start: row.shift_start.0,
                shift_end: row.shift_end.0,
                window: Seconds::minutes(row.window_min),
                stop: Seconds::new(row.stop_s),
                metres_per_hour: row.metres_per_hour,
                circuity_percent: row.circuity_percent,
                per_km: Cents::new(row.per_km_cents),
                per_van_day: Cents::new(row.per_van_day_cents),
            });
        }
    }

    fn transport(&mut self) {
        for (at, row) in self.tables.read::<PickupRow>("pickups.csv") {
            let warehouse = self.names.warehouses.find(self.tables, &at, "warehouse", &row.warehouse);
            let service = self.names.services.find(self.tables, &at, "service", &row.service);
            self.parts.origins.note("pickup", self.parts.pickups.len(), at);
            self.parts.pickups.push(Pickup { warehouse, service, at: row.at.0, capacity: row.capacity });
        }
        for (at, row) in self.tables.read::<HubRow>("hubs.csv") {
            self.names.hubs.push(&row.hub);
            let carrier = self.names.carriers.find(self.tables, &at, "carrier", &row.carrier);
            let Some((place, calendar)) = self.place(&at, &row.postal_code, engine::calendar::Weekdays::ALL) else {
                continue;
            };
            let Some(id) = self.id(&at, "hub", &row.hub) else { continue };
            self.parts.origins.note("hub", self.parts.hubs.len(), at);
            let (sort, out_for_delivery) = (Seconds::minutes(row.sort_min), row.out_for_delivery.0);
            self.parts.hubs.push(Hub { id, carrier, at: place.at, calendar, sort, out_for_delivery });
        }
        for (at, row) in self.tables.read::<LaneRow>("lanes.csv") {
            let from = self.names.hubs.find(self.tables, &at, "from", &row.from);
            let to = self.names.hubs.find(self.tables, &at, "to", &row.to);
            let departures: Result<Vec<Time>, String> = row.departures.split_whitespace().map(parse_time).collect();
            let departures = self.tables.parsed(departures, &at, "departures", &row.departures).unwrap_or_default();
            self.parts.origins.note("lane", self.parts.lanes.len(), at);
            let duration = Seconds::minutes(row.duration_min);
            self.parts.lanes.push(Lane { from, to, air: row.air.0, departures, days: row.days, duration });
        }
    }

    /// Shares that merchants can count on; a network without the file guarantees nothing.
    fn guarantees(&mut self) {
        let file = "guarantees.csv";
        for (at, row) in self.tables.read_if_there::<GuaranteeRow>(file) {
            let merchant = self.names.merchants.find(self.tables, &at, "merchant", &row.merchant);
            let place = &self.names.warehouses;
            let warehouse = named(&row.warehouse).map(|id| place.find(self.tables, &at, "warehouse", id));
            let by = &self.names.services;
            let service = named(&row.service).map(|id| by.find(self.tables, &at, "service", id));
            self.parts.origins.note("guarantee", self.parts.guarantees.len(), at);
            let (work_bp, pickup_bp) = (row.work_bp, row.pickup_bp);
            let release = Seconds::minutes(row.release_min);
            self.parts.guarantees.push(Guarantee { merchant, warehouse, service, work_bp, pickup_bp, release });
        }
    }

    fn stock(&mut self) -> Stock {
        let mut stock = Stock::new();
        let mut seen = HashSet::new();
        for (at, row) in self.tables.read::<StockRow>("stock.csv") {
            let merchant = self.names.merchants.seek(self.tables, &at, "merchant", &row.merchant);
            let warehouse = self.names.warehouses.seek(self.tables, &at, "warehouse", &row.warehouse);
            let Some(merchant) = merchant else { continue };
            let sku = self.names.skus.get(&(merchant, row.sku.clone())).copied();
            if sku.is_none() && self.tables.has("skus.csv") {
                self.tables.faults.push(Fault::new(&at, "sku", &row.sku, "must be a SKU of the merchant in skus.csv"));
            }
            let (Some(sku), Some(warehouse)) = (sku, warehouse) else { continue };
            if !seen.insert((sku, warehouse)) {
                self.tables.faults.push(Fault::new(&at, "sku", &row.sku, "must come once for a warehouse"));
            }
            if row.on_hand > 0 {
                stock.push((sku, warehouse, row.on_hand));
            }
        }
        stock
    }
}

/// The name in a cell that may be empty.
fn named(cell: &str) -> Option<&str> {
    (!cell.is_empty()).then_some(cell)
}
