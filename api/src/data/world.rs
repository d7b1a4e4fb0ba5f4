//! From rows to the parts of a world.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::calendar::civil::{Date, Time};
use engine::calendar::{Calendar, parse_time};
use engine::model::*;
use engine::units::{Cents, CubicMillimetres, Grams, Metres, Millimetres, Seconds, Size};

use super::rows::*;
use super::table::{Names, Tables, key};

/// Reads every file of the network; faults gather in `tables`.
pub fn parts(tables: &mut Tables) -> Parts {
    let mut world = Reader { tables, parts: Parts::default(), names: AllNames::new() };
    world.places();
    world.goods();
    world.warehouses();
    world.carriers();
    world.transport();
    world.parts
}

struct AllNames {
    merchants: Names<MerchantIx>,
    categories: Names<CategoryIx>,
    regions: Names<RegionIx>,
    postals: Names<PostalIx>,
    warehouses: Names<WarehouseIx>,
    carriers: Names<CarrierIx>,
    tariffs: Names<TariffIx>,
    services: Names<ServiceIx>,
    hubs: Names<HubIx>,
}

impl AllNames {
    fn new() -> Self {
        Self {
            merchants: Names::new("must be in merchants.csv"),
            categories: Names::new("must be in categories.csv"),
            regions: Names::new("must be in regions.csv"),
            postals: Names::new("must be in postals.csv"),
            warehouses: Names::new("must be in warehouses.csv"),
            carriers: Names::new("must be in carriers.csv"),
            tariffs: Names::new("must be in tariffs.csv"),
            services: Names::new("must be in services.csv"),
            hubs: Names::new("must be in hubs.csv"),
        }
    }
}

struct Reader<'a> {
    tables: &'a mut Tables,
    parts: Parts,
    names: AllNames,
}

impl Reader<'_> {
    /// An id, or a fault and no row.
    fn id<T: std::str::FromStr>(&mut self, at: &str, field: &str, text: &str) -> Option<T> {
        self.tables.known(key(text), at, field, text, "must be 1 to 64 letters, digits, `.`, `_`, `-` or `:`")
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
        for (_, row) in self.tables.read::<ZoneRow>("zones.csv") {
            chart.limits.extend(row.upper_limit_m.map(Metres::new));
            // Columns count from 1 in the file.
            chart.columns.push(row.column.saturating_sub(1));
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
            self.parts.merchants.push(Merchant { id, name: row.name, return_days: row.return_days });
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
            let warehouse = self.names.warehouses.find(self.tables, &at, "warehouse", &row.warehouse);
            if self.parts.warehouses.get(warehouse).is_some() {
                let lead = Seconds::minutes(row.lead_min);
                let slot = WaveSlot { cut_off: row.cut_off.0, lead, work_capacity: row.work_capacity };
                self.parts.warehouses[warehouse].waves.push(slot);
            }
        }
    }

    /// A postal area and its clock with these working days; a fault where there is no such area.
    fn place(&mut self, at: &str, postal_code: &str, days: engine::calendar::Weekdays) -> Option<(Postal, Calendar)> {
        let found = self.parts.postals.iter().find(|postal| postal.code == postal_code).cloned();
        let place = self.tables.known(found, at, "postal_code", postal_code, "must be in postals.csv")?;
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
        self.tariffs();
        let mut regions: Vec<(ServiceIx, RegionIx)> = Vec::new();
        let rows = self.tables.read::<ServiceRow>("services.csv");
        rows.iter().for_each(|(_, row)| self.names.services.push(&row.service));
        for (at, row) in self.tables.read::<CoverageRow>("coverage.csv") {
            let service = self.names.services.find(self.tables, &at, "service", &row.service);
            regions.push((service, self.names.regions.find(self.tables, &at, "region", &row.region)));
        }
        let fleets = self.tables.read::<FleetRow>("fleets.csv");
        for (at, row) in rows {
            let carrier = self.names.carriers.find(self.tables, &at, "carrier", &row.carrier);
            let tariff = self.names.tariffs.find(self.tables, &at, "tariff", &row.tariff);
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
                    let found =
                        self.tables.known(found, &at, "coverage", "fleet", "needs a row in fleets.csv").unwrap_or(0);
                    Coverage::Fleet(FleetIx(found as u32))
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
                tariff,
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

    fn tariffs(&mut self) {
        let columns = self.parts.zone_chart.as_ref().map_or(0, ZoneChart::width);
        for (at, row) in self.tables.read::<TariffRow>("tariffs.csv") {
            self.names.tariffs.push(&row.tariff);
            self.parts.origins.note("tariff", self.parts.tariffs.len(), at);
            let above = CubicMillimetres::new(row.dim_above_mm3.unwrap_or(0));
            self.parts.tariffs.push(Tariff {
                id: row.tariff,
                valid_from: row.valid_from.0,
                dim_weight: row.dim_mm3_per_kg.map(|mm3_per_kg| DimWeight { mm3_per_kg, above }),
                rates: RateTable::Steps { limits: Vec::new(), prices: Vec::new(), columns },
                minimum: Cents::new(row.minimum_cents),
                fuel_bp: row.fuel_bp,
                surcharges: Vec::new(),
            });
        }
        for (at, row) in self.tables.read::<RateRow>("rates.csv") {
            let tariff = self.names.tariffs.find(self.tables, &at, "tariff", &row.tariff);
            if self.parts.tariffs.get(tariff).is_some() {
                add_rate(&mut self.parts.tariffs[tariff].rates, &row, columns);
            }
        }
        for (at, row) in self.tables.read::<SurchargeRow>("surcharges.csv") {
            let tariff = self.names.tariffs.find(self.tables, &at, "tariff", &row.tariff);
            let conditions: Result<Vec<Condition>, String> =
                row.conditions.split(';').map(str::trim).filter(|text| !text.is_empty()).map(condition).collect();
            let conditions = self.tables.parsed(conditions, &at, "conditions", &row.conditions);
            let charged = self.tables.parsed(charged(&row.amount_cents), &at, "amount_cents", &row.amount_cents);
            if let (Some(conditions), Some(charged)) = (conditions, charged)
                && self.parts.tariffs.get(tariff).is_some()
            {
                let group = (!row.group.is_empty()).then_some(row.group);
                let surcharge =
                    Surcharge { rule: row.rule, label: row.label, conditions, charged, group, fuelled: row.fuelled.0 };
                self.parts.tariffs[tariff].surcharges.push(surcharge);
            }
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
}

fn add_rate(rates: &mut RateTable, row: &RateRow, columns: usize) {
    let cells = [
        row.column_1_cents,
        row.column_2_cents,
        row.column_3_cents,
        row.column_4_cents,
        row.column_5_cents,
        row.column_6_cents,
        row.column_7_cents,
    ];
    let cells = cells.into_iter().take(columns.max(1)).map(Cents::new);
    let weight = Grams::new(row.weight_g);
    if row.row != RateKind::UpTo && matches!(rates, RateTable::Steps { .. }) {
        *rates = RateTable::PerHundredweight { minimum: Vec::new(), classes: Vec::new(), prices: Vec::new() };
    }
    match rates {
        RateTable::Steps { limits, prices, .. } => {
            limits.push(weight);
            prices.extend(cells);
        }
        RateTable::PerHundredweight { minimum, classes, prices } => {
            if row.row == RateKind::Minimum {
                *minimum = cells.collect();
            } else {
                classes.push(weight);
                prices.extend(cells);
            }
        }
    }
}

/// `residential`, `area=NAME`, `longest_mm>N`, `second_mm>N`, `girth_mm>N`, `volume_mm3>N`, `weight_g>N`, `dates=A..B`.
fn condition(text: &str) -> Result<Condition, String> {
    if text == "residential" {
        return Ok(Condition::Residential);
    }
    if let Some(name) = text.strip_prefix("area=") {
        return Ok(Condition::Area(name.to_owned()));
    }
    if let Some((first, last)) = text.strip_prefix("dates=").and_then(|range| range.split_once("..")) {
        let date = |text: &str| text.parse::<Date>().map_err(|_| format!("`{text}` is no date: write YYYY-MM-DD"));
        return Ok(Condition::Dates { first: date(first)?, last: date(last)? });
    }
    let unknown = || {
        format!(
            "`{text}` is no condition: use residential, area=NAME, dates=FIRST..LAST, or one of longest_mm, second_mm, girth_mm, \
             volume_mm3, weight_g followed by >NUMBER"
        )
    };
    let (what, limit) = text.split_once('>').ok_or_else(unknown)?;
    let limit: i64 = limit.trim().parse().map_err(|_| unknown())?;
    match what.trim() {
        "longest_mm" => Ok(Condition::LongestOver(Millimetres::new(limit))),
        "second_mm" => Ok(Condition::SecondOver(Millimetres::new(limit))),
        "girth_mm" => Ok(Condition::GirthOver(Millimetres::new(limit))),
        "volume_mm3" => Ok(Condition::VolumeOver(CubicMillimetres::new(limit))),
        "weight_g" => Ok(Condition::WeightOver(Grams::new(limit))),
        _ => Err(unknown()),
    }
}

/// `N`, or `WEIGHT:N WEIGHT:N ..` with weights in grams.
fn charged(text: &str) -> Result<Charged, String> {
    let rule = || format!("`{text}` is no amount: write cents, or steps as GRAMS:CENTS with spaces between");
    if let Ok(cents) = text.parse() {
        return Ok(Charged::Fixed(Cents::new(cents)));
    }
    let step = |step: &str| -> Result<(Grams, Cents), String> {
        let (weight, cents) = step.split_once(':').ok_or_else(rule)?;
        Ok((Grams::new(weight.parse().map_err(|_| rule())?), Cents::new(cents.parse().map_err(|_| rule())?)))
    };
    text.split_whitespace().map(step).collect::<Result<Vec<_>, _>>().map(Charged::ByWeight)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use engine::calendar::civil::date;

    use crate::data::{load, load_orders};

    fn demo() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo")
    }

    #[test]
    fn the_demo_network_is_whole() {
        let loaded = load(&demo()).unwrap_or_else(|faults| panic!("{} faults, first: {}", faults.len(), faults[0]));
        let world = &loaded.world;
        assert_eq!(
            (world.warehouses.len(), world.services.len(), world.skus.len(), world.merchants.len()),
            (14, 9, 3000, 3)
        );
        assert_eq!(loaded.stock.len(), 22_650);
        let orders = load_orders(&demo(), world).unwrap_or_else(|faults| panic!("{}", faults[0]));
        let event_day = orders.iter().filter(|order| order.local_date == date(2025, 11, 11)).count();
        assert_eq!((orders.len(), event_day), (22_736, 5_395));
    }

    #[test]
    fn every_fault_of_every_file_is_reported_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(demo()).unwrap().flatten() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let spoil = |file: &str, from: &str, to: &str| {
            let path = folder.path().join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{file} has no `{from}`");
            std::fs::write(path, text.replacen(from, to, 1)).unwrap();
        };
        spoil("waves.csv", "ABE,04:00", "ABE,25:00");
        spoil("pickups.csv", "ABE,plains-ground", "ABE,plains-nowhere");
        spoil("cartons.csv", "MAILER-S", "MAIL ER");
        spoil("surcharges.csv", "residential,555", "residentially,555");
        spoil("warehouses.csv", ",12,40,25,", ",0,40,25,");
        std::fs::remove_file(folder.path().join("holidays.csv")).unwrap();
        let faults: Vec<String> = load(folder.path()).unwrap_err().iter().map(ToString::to_string).collect();
        let all = faults.join("\n");
        for expected in [
            "waves.csv:2: cut_off",
            "pickups.csv:2: service = `plains-nowhere`",
            "cartons.csv",
            "surcharges.csv:2: conditions",
            "warehouses.csv:2: handling",
            "holidays.csv",
        ] {
            assert!(all.contains(expected), "no fault about `{expected}` in:\n{all}");
        }
    }
}
