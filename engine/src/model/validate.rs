//! Every rule a world must keep, checked in one pass that reports all faults.

use std::collections::HashSet;
use std::fmt::Display;

use crate::calendar::Calendar;
use crate::fault::Fault;
use crate::units::{Cents, Grams, Metres, Millimetres, Seconds, Size};

use super::guarantee::WHOLE_BP;
use super::*;

mod rates;

/// No parcel's volume surcharge is above this: ten thousand.
const MOST_SURCHARGE: Cents = Cents::new(1_000_000);

/// Faults of `parts`, in the order of the parts.
pub(super) fn faults(parts: &Parts) -> Vec<Fault> {
    let mut found = Checker { parts, faults: Vec::new() };
    found.goods();
    found.places();
    found.warehouses();
    found.rates();
    found.services();
    found.volumes();
    found.transport();
    found.faults.extend(rules::faults(parts));
    found.faults.extend(super::allotment::faults(parts));
    found.guarantees();
    found.faults
}

struct Checker<'a> {
    parts: &'a Parts,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn require(&mut self, holds: bool, (kind, n): (&'static str, usize), field: &str, value: impl Display, rule: &str) {
        if !holds {
            self.faults.push(Fault::new(self.parts.origins.of(kind, n), field, value, rule));
        }
    }

    fn unique<'k>(&mut self, kind: &'static str, keys: impl Iterator<Item = &'k str>) {
        let mut seen = HashSet::new();
        for (n, key) in keys.enumerate() {
            self.require(seen.insert(key), (kind, n), "id", key, "must be unique");
        }
    }

    fn size(&mut self, at: (&'static str, usize), field: &str, size: Size) {
        let [longest, _, shortest] = size.sorted();
        let fits = shortest > Millimetres::ZERO && longest <= Millimetres::new(20_000);
        let text = format!("{} x {} x {}", size.length, size.width, size.height);
        self.require(fits, at, field, text, "each edge must be from 1 to 20,000 mm");
    }

    fn coordinates(&mut self, at: (&'static str, usize), place: Coordinates) {
        let fits = place.lat.abs() <= 90.0 && place.lon.abs() <= 180.0;
        self.require(
            fits,
            at,
            "lat, lon",
            format!("{}, {}", place.lat, place.lon),
            "must be degrees, -90..90 and -180..180",
        );
    }

    fn goods(&mut self) {
        let parts = self.parts;
        self.unique("merchant", parts.merchants.iter().map(|m| m.id.as_str()));
        self.unique("category", parts.categories.iter().map(|c| c.name.as_str()));
        self.unique("carton", parts.cartons.iter().map(|c| c.id.as_str()));
        for (n, category) in parts.categories.iter().enumerate() {
            let (rate, restock) = (category.return_rate_bp, category.restock_bp);
            self.require(rate <= 10_000, ("category", n), "return_rate_bp", rate, "must be 0 to 10,000 basis points");
            self.require(restock <= 10_000, ("category", n), "restock_bp", restock, "must be 0 to 10,000 basis points");
        }
        let mut seen = HashSet::new();
        for (n, sku) in parts.skus.iter().enumerate() {
            let at = ("sku", n);
            self.require(
                seen.insert((sku.merchant, &sku.id)),
                at,
                "sku",
                &sku.id,
                "must be unique within its merchant",
            );
            self.require(parts.merchants.get(sku.merchant).is_some(), at, "merchant", sku.merchant.0, "must exist");
            self.require(parts.categories.get(sku.category).is_some(), at, "category", sku.category.0, "must exist");
            self.size(at, "size", sku.size);
            self.require(sku.weight > Grams::ZERO, at, "weight_g", sku.weight, "must be above 0");
            self.require(sku.price >= Cents::ZERO, at, "price_cents", sku.price, "must not be negative");
        }
        self.require(!parts.cartons.is_empty(), ("carton", 0), "", "", "at least one carton type is needed");
        for (n, carton) in parts.cartons.iter().enumerate() {
            let at = ("carton", n);
            self.size(at, "inner", carton.inner);
            self.size(at, "outer", carton.outer);
            let room = carton.max_gross > carton.tare && carton.tare >= Grams::ZERO;
            self.require(room, at, "max_gross_g", carton.max_gross, "must be above the carton's own weight");
        }
    }

    fn places(&mut self) {
        let parts = self.parts;
        self.unique("region", parts.regions.iter().map(|r| r.code.as_str()));
        self.unique("postal", parts.postals.iter().map(|p| p.code.as_str()));
        for (n, region) in parts.regions.iter().enumerate() {
            self.coordinates(("region", n), region.at);
        }
        // Each name is looked up once: there are a few dozen for tens of thousands of areas.
        let mut zones: HashSet<&str> = HashSet::new();
        for (n, postal) in parts.postals.iter().enumerate() {
            self.coordinates(("postal", n), postal.at);
            self.require(
                parts.regions.get(postal.region).is_some(),
                ("postal", n),
                "region",
                postal.region.0,
                "must exist",
            );
            let unknown = zones.insert(&postal.zone_name) && Calendar::zone_named(&postal.zone_name).is_none();
            self.require(!unknown, ("postal", n), "time zone", &postal.zone_name, "must be an IANA time zone");
        }
        match &parts.zone_chart {
            None => self.require(false, ("zone chart", 0), "", "", "a zone chart is needed"),
            Some(chart) => {
                let ascending = chart.limits.is_sorted() && chart.limits.first().is_none_or(|&l| l > Metres::ZERO);
                self.require(ascending, ("zone chart", 0), "limits", chart.limits.len(), "must ascend from above 0");
                let matched = chart.columns.len() == chart.limits.len() + 1;
                self.require(
                    matched,
                    ("zone chart", 0),
                    "columns",
                    chart.columns.len(),
                    "must be one more than the limits",
                );
            }
        }
    }

    fn warehouses(&mut self) {
        let parts = self.parts;
        self.unique("warehouse", parts.warehouses.iter().map(|w| w.id.as_str()));
        self.require(!parts.warehouses.is_empty(), ("warehouse", 0), "", "", "at least one warehouse is needed");
        for (n, warehouse) in parts.warehouses.iter().enumerate() {
            let at = ("warehouse", n);
            self.coordinates(at, warehouse.at);
            self.require(parts.regions.get(warehouse.region).is_some(), at, "region", warehouse.region.0, "must exist");
            self.require(!warehouse.waves.is_empty(), at, "waves", 0, "a warehouse needs at least one wave a day");
            let ascending = warehouse.waves.windows(2).all(|pair| pair[0].cut_off < pair[1].cut_off);
            self.require(ascending, at, "waves", warehouse.waves.len(), "cut-offs must ascend within the day");
            for wave in &warehouse.waves {
                self.require(wave.lead > Seconds::ZERO, at, "lead", wave.lead, "must be above 0");
                self.require(wave.work_capacity >= 0, at, "work_capacity", wave.work_capacity, "must not be negative");
            }
            let layout = &warehouse.layout;
            let floor =
                (1..=1_000).contains(&layout.aisles) && (1..=64).contains(&layout.bays) && layout.walk_mm_per_s > 0;
            let text = format!("{} aisles x {} bays", layout.aisles, layout.bays);
            self.require(
                floor,
                at,
                "layout",
                text,
                "needs 1 to 1,000 aisles, 1 to 64 bays and a walking speed above 0",
            );
            let handling = &warehouse.handling;
            let hands = handling.pickers > 0 && handling.cart_shipments > 0 && handling.cart_units > 0;
            self.require(hands, at, "handling", handling.pickers, "pickers and cart limits must be at least 1");
        }
    }

    fn services(&mut self) {
        let parts = self.parts;
        self.unique("carrier", parts.carriers.iter().map(|c| c.id.as_str()));
        self.unique("service", parts.services.iter().map(|s| s.id.as_str()));
        for (n, service) in parts.services.iter().enumerate() {
            let (at, width) = (("service", n), self.width(service));
            self.require(parts.carriers.get(service.carrier).is_some(), at, "carrier", service.carrier.0, "must exist");
            self.require(parts.cards.get(service.card).is_some(), at, "tariff", service.card.0, "must exist");
            let days = service.days_by_column.len();
            self.require(
                days == width,
                at,
                "days_by_column",
                days,
                "must have one entry for each of the zone chart's columns",
            );
            let longest = service.days_by_column.iter().max().copied().unwrap_or(0);
            self.require(longest <= 60, at, "days_by_column", longest, "must be at most 60 working days");
            let works = !service.work_days.is_empty() && !service.delivery_days.is_empty();
            self.require(works, at, "work_days, delivery_days", "", "must hold at least one day");
            self.require(service.max_weight > Grams::ZERO, at, "max_weight_g", service.max_weight, "must be above 0");
            self.require(service.on_time_bp <= 10_000, at, "on_time_bp", service.on_time_bp, "must be 0 to 10,000");
            let reach = match &service.coverage {
                Coverage::Everywhere => true,
                Coverage::Regions(regions) => {
                    regions.is_sorted() && regions.iter().all(|&r| parts.regions.get(r).is_some())
                }
                Coverage::Fleet(fleet) => parts.fleets.get(*fleet).is_some(),
            };
            self.require(reach, at, "coverage", "", "must name regions or a fleet that exist");
        }
    }

    fn volumes(&mut self) {
        let parts = self.parts;
        let mut step_number = 0;
        for (n, tiers) in parts.volume_tiers.iter().enumerate() {
            let at = ("volume tiers", n);
            self.require(parts.carriers.get(tiers.carrier).is_some(), at, "carrier", tiers.carrier.0, "must exist");
            if let Some(only) = tiers.service {
                let own = parts.services.get(only).is_some_and(|service| service.carrier == tiers.carrier);
                self.require(own, at, "service", only.0, "must exist and be the carrier's");
            }
            self.require(tiers.first <= tiers.last, at, "last_day", tiers.last, "must not be before the first day");
            let alone = parts.volume_tiers[..n].iter().all(|earlier| !tiers.overlaps(earlier));
            let days = format!("{} to {}", tiers.first, tiers.last);
            self.require(alone, at, "first_day, last_day", days, "must not share a day and a service with other tiers");
            self.require(!tiers.steps.is_empty(), at, "from_parcels", 0, "needs at least one step");
            let (mut from, mut surcharge) = (-1, Cents::ZERO);
            for step in &tiers.steps {
                let at = ("volume step", step_number);
                step_number += 1;
                self.require(step.from > from, at, "from_parcels", step.from, "must be above the step before, from 0");
                let rises = step.surcharge > surcharge && step.surcharge <= MOST_SURCHARGE;
                let rule = "must be above the step before, and 1,000,000 at most";
                self.require(rises, at, "surcharge_cents", step.surcharge, rule);
                (from, surcharge) = (step.from, step.surcharge);
            }
        }
    }

    fn guarantees(&mut self) {
        let parts = self.parts;
        let mut seen = HashSet::new();
        for (n, row) in parts.guarantees.iter().enumerate() {
            let at = ("guarantee", n);
            let known = parts.merchants.get(row.merchant).is_some()
                && row.warehouse.is_none_or(|warehouse| parts.warehouses.get(warehouse).is_some())
                && row.service.is_none_or(|service| parts.services.get(service).is_some());
            self.require(known, at, "merchant, warehouse, service", "", "must exist");
            let fresh = seen.insert((row.merchant, row.warehouse, row.service));
            self.require(fresh, at, "merchant", row.merchant.0, "must come once for a warehouse and a service");
            for (field, share) in [("work_bp", row.work_bp), ("pickup_bp", row.pickup_bp)] {
                let share = share.unwrap_or(0);
                self.require(share <= WHOLE_BP, at, field, share, "must be 0 to 10,000 basis points");
            }
            let says = row.work_bp.is_some() || row.pickup_bp.is_some();
            self.require(
                says,
                at,
                "work_bp, pickup_bp",
                "",
                "must guarantee a share of work, of collections, or of both",
            );
            let of_service = row.service.is_none() || row.work_bp.is_none();
            let work = row.work_bp.unwrap_or(0);
            self.require(
                of_service,
                at,
                "work_bp",
                work,
                "must be empty where a service is named: work is no service's",
            );
            let release = Seconds::ZERO..=Seconds::hours(24 * 7);
            let within = release.contains(&row.release);
            self.require(within, at, "release_min", row.release.get() / 60, "must be 0 to 10,080 minutes, a week");
        }
        let warehouses: Vec<_> = parts.warehouses.indices().collect();
        let services: Vec<_> = parts.services.indices().collect();
        for (n, field, sum) in guarantee::overdrawn(&parts.guarantees, &warehouses, &services) {
            let rule = "the shares of all merchants at a warehouse must come to 10,000 basis points or less";
            self.require(false, ("guarantee", n), field, sum, rule);
        }
    }

    fn transport(&mut self) {
        let parts = self.parts;
        for (n, pickup) in parts.pickups.iter().enumerate() {
            let known =
                parts.warehouses.get(pickup.warehouse).is_some() && parts.services.get(pickup.service).is_some();
            self.require(known, ("pickup", n), "warehouse, service", "", "must exist");
        }
        self.unique("hub", parts.hubs.iter().map(|h| h.id.as_str()));
        for (n, hub) in parts.hubs.iter().enumerate() {
            self.coordinates(("hub", n), hub.at);
            self.require(parts.carriers.get(hub.carrier).is_some(), ("hub", n), "carrier", hub.carrier.0, "must exist");
        }
        for (n, lane) in parts.lanes.iter().enumerate() {
            let at = ("lane", n);
            let ends = (parts.hubs.get(lane.from), parts.hubs.get(lane.to));
            let same_carrier = matches!(ends, (Some(a), Some(b)) if a.carrier == b.carrier);
            self.require(same_carrier, at, "from, to", "", "must be two hubs of one carrier");
            self.require(!lane.departures.is_empty(), at, "departures", 0, "needs at least one departure time");
            self.require(!lane.days.is_empty(), at, "days", "", "must hold at least one day");
            self.require(lane.duration > Seconds::ZERO, at, "duration", lane.duration, "must be above 0");
        }
        for (n, fleet) in parts.fleets.iter().enumerate() {
            let at = ("fleet", n);
            let known = parts.warehouses.get(fleet.warehouse).is_some() && parts.services.get(fleet.service).is_some();
            self.require(known, at, "warehouse, service", "", "must exist");
            let able = fleet.vans > 0 && fleet.trips > 0 && fleet.van_parcels > 0 && fleet.van_weight > Grams::ZERO;
            self.require(able, at, "vans, trips, van_parcels", fleet.vans, "must be at least 1");
            let moves = fleet.metres_per_hour > 0 && fleet.circuity_percent >= 100;
            self.require(
                moves,
                at,
                "metres_per_hour, circuity_percent",
                fleet.metres_per_hour,
                "speed above 0, circuity 100 or more",
            );
            let shift = fleet.shift_start < fleet.shift_end && fleet.window > Seconds::ZERO;
            self.require(shift, at, "shift", "", "must start before it ends, with windows above 0 s");
        }
    }
}
