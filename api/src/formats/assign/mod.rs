//! Files of `tidewater assign`: a folder of orders, stock, warehouses and rate cards (format `assign-bench/1`).
//!
//! `meta.json` states the rules: a shipment costs the rate of its carrier, level, zone and billable pound, plus handling per
//! shipment and unit; a further shipment of an order costs `split_cents`; a carrier's total parcels fall into price tiers.

mod earlier;
pub(super) mod table;
mod two_layer;

use std::collections::BTreeMap;
use std::fmt::Write;

use engine::assign::{Backlog, DemandBuilder, MAX_CENTS, Plan, Problem, Rows, TableCost, TableInput, Tier, WorkRow};
use engine::fault::Fault;
use serde::Deserialize;

pub use earlier::{read_plan, read_prices};
use table::{Faults, read_decimals, read_numbers};
pub use two_layer::{TwoLayer, two_layer};

/// The names of an instance's files.
pub const FILES: [&str; 8] =
    ["meta.json", "rates.csv", "warehouses.csv", "dests.csv", "skus.csv", "stock.csv", "orders.csv", "lines.csv"];

/// The names of the files of further orders of the same world, from which a forecast can be made.
pub const POOL_FILES: [&str; 2] = ["pool_orders.csv", "pool_lines.csv"];

/// A file above this many rows is not an instance.
const MOST_ROWS: usize = 50_000_000;

#[derive(Debug, Default, Deserialize)]
struct Meta {
    carriers: Vec<String>,
    levels: Vec<String>,
    deadlines: Vec<i64>,
    ground_days: BTreeMap<String, Vec<i64>>,
    two_day_days: i64,
    overnight_days: i64,
    work_per_shipment: i64,
    work_per_unit: i64,
    split_cents: i64,
    max_lb: usize,
    tiers: Vec<Vec<(i64, i64)>>,
}

/// The problem and what is needed to write its plan.
#[derive(Debug)]
pub struct Instance {
    /// The validated problem. A choice's tag is `carrier * levels + level`.
    pub problem: Problem<TableCost>,
    /// Names of the carriers.
    pub carriers: Vec<String>,
    levels: u32,
}

/// Reads an instance from the texts of [`FILES`], in that order. Every fault at once, with file, line and field.
pub fn parse(texts: &[String; 8]) -> Result<Instance, Vec<Fault>> {
    parse_sets(texts, &[order_set(texts)])
}

/// The same, with the orders of the pool, the texts of [`POOL_FILES`], behind the instance's own.
pub fn parse_with_pool(texts: &[String; 8], pool: &[String; 2]) -> Result<Instance, Vec<Fault>> {
    let pool = OrderSet { orders: (POOL_FILES[0], &pool[0]), lines: (POOL_FILES[1], &pool[1]) };
    parse_sets(texts, &[order_set(texts), pool])
}

/// Orders and their lines: file and text.
struct OrderSet<'a> {
    orders: (&'a str, &'a str),
    lines: (&'a str, &'a str),
}

fn order_set(texts: &[String; 8]) -> OrderSet<'_> {
    OrderSet { orders: (FILES[6], &texts[6]), lines: (FILES[7], &texts[7]) }
}

fn parse_sets(texts: &[String; 8], sets: &[OrderSet<'_>]) -> Result<Instance, Vec<Fault>> {
    let mut faults = Faults::default();
    let meta = parse_meta(&texts[0], &mut faults);
    let Some(meta) = meta else { return Err(faults.into_vec()) };
    let mut reader = Reader { meta, faults, tables: TableInput::default(), rows: Rows::default(), sites: Vec::new() };
    let rates = reader.rates(&texts[1]);
    reader.warehouses(&texts[2]);
    reader.places(&texts[3]);
    reader.skus(&texts[4]);
    if !reader.faults.is_empty() {
        // Rows of the large files refer to these: reading on would report the same fault a thousand times.
        return Err(reader.faults.into_vec());
    }
    reader.fold_levels(&rates);
    let demand = reader.demand(&texts[5], sets);
    reader.finish(demand)
}

fn parse_meta(text: &str, faults: &mut Faults) -> Option<Meta> {
    let meta: Meta = match serde_json::from_str(text) {
        Ok(meta) => meta,
        Err(error) => {
            faults.add(format!("meta.json:{}", error.line()), "", "", &error.to_string());
            return None;
        }
    };
    let mut must = |holds: bool, field: &str, value: String, rule: &str| {
        if !holds {
            faults.add("meta.json", field, value, rule);
        }
    };
    must(
        (1..=50).contains(&meta.carriers.len()),
        "carriers",
        meta.carriers.len().to_string(),
        "must name 1 to 50 carriers",
    );
    must(meta.levels.len() == 3, "levels", meta.levels.len().to_string(), "must be ground, two-day, overnight");
    must(
        (1..=200).contains(&meta.deadlines.len()),
        "deadlines",
        meta.deadlines.len().to_string(),
        "must be 1 to 200 deadlines",
    );
    must((1..=1000).contains(&meta.max_lb), "max_lb", meta.max_lb.to_string(), "must be 1 to 1,000");
    let numbers = [
        ("split_cents", meta.split_cents),
        ("work_per_shipment", meta.work_per_shipment),
        ("work_per_unit", meta.work_per_unit),
    ];
    for (field, value) in numbers {
        must((0..=1_000_000).contains(&value), field, value.to_string(), "must be 0 to 10^6");
    }
    let per_carrier = meta.tiers.len() == meta.carriers.len();
    must(per_carrier, "tiers", meta.tiers.len().to_string(), "must have one list per carrier");
    let zones = meta.ground_days.values().next().map_or(0, Vec::len);
    must((1..=50).contains(&zones), "ground_days", zones.to_string(), "must have 1 to 50 zones");
    for carrier in &meta.carriers {
        let found = meta.ground_days.get(carrier).map_or(0, Vec::len);
        must(
            found == zones,
            "ground_days",
            format!("{carrier}: {found}"),
            "must list every carrier, with the same zones",
        );
    }
    faults.is_empty().then_some(meta)
}

struct Reader {
    meta: Meta,
    faults: Faults,
    tables: TableInput,
    rows: Rows,
    /// Latitude and longitude of the warehouses.
    sites: Vec<(f64, f64)>,
}

fn names(fixed: &[&str], numbered: &str, from: usize, upto: usize) -> Vec<String> {
    let numbered = (from..upto).map(|n| format!("{numbered}{n}"));
    fixed.iter().map(|&name| name.to_owned()).chain(numbered).collect()
}

impl Reader {
    fn zones(&self) -> usize {
        self.meta.ground_days.values().next().map_or(0, Vec::len)
    }

    /// Cents by carrier, level, zone, pound.
    fn rates(&mut self, text: &str) -> Vec<i64> {
        let (carriers, zones, pounds) = (self.meta.carriers.len(), self.zones(), self.meta.max_lb);
        let mut rates = vec![-1; carriers * 3 * zones * pounds];
        let wanted = names(&["carrier", "level", "zone"], "lb", 1, pounds + 1);
        read_numbers("rates.csv", text, &wanted, &mut self.faults, |row, faults| {
            let limits = [carriers as i64, 3, zones as i64];
            if let Some(n) = (0..3).find(|&n| !(0..limits[n]).contains(&row.values[n])) {
                return faults.add(row.at(), &wanted[n], row.values[n], &format!("must be 0 to {}", limits[n] - 1));
            }
            for (n, &cents) in row.values.iter().enumerate().skip(3) {
                if !(0..=MAX_CENTS).contains(&cents) {
                    faults.add(row.at(), &wanted[n], cents, &format!("must be 0 to {MAX_CENTS} cents"));
                }
            }
            let first =
                ((row.values[0] as usize * 3 + row.values[1] as usize) * zones + row.values[2] as usize) * pounds;
            if rates[first] >= 0 {
                faults.add(row.at(), "", "", "carrier, level and zone must be listed once");
            }
            rates[first..first + pounds].copy_from_slice(&row.values[3..]);
        });
        for n in (0..rates.len()).step_by(pounds).filter(|&n| rates[n] == -1) {
            let (row, z) = (n / pounds, self.zones());
            let value = format!("carrier {}, level {}, zone {}", row / z / 3, row / z % 3, row % z);
            self.faults.add("rates.csv", "", value, "row is missing");
        }
        rates
    }

    fn warehouses(&mut self, text: &str) {
        let carriers = self.meta.carriers.len();
        let fixed = ["wh", "throughput", "handling_ship", "handling_unit"];
        let wanted = names(&fixed, "pickup", 0, carriers);
        let (rows, tables, meta) = (&mut self.rows, &mut self.tables, &self.meta);
        read_numbers("warehouses.csv", text, &wanted, &mut self.faults, |row, faults| {
            let v = row.values;
            if v[0] != row.number {
                faults.add(row.at(), "wh", v[0], "must number the rows from 0");
            }
            for n in (1..v.len()).filter(|&n| !(0..=1_000_000_000_000).contains(&v[n])) {
                faults.add(row.at(), &wanted[n], v[n], "must be 0 to 10^12");
            }
            let (per_shipment, per_unit) = (meta.work_per_shipment, meta.work_per_unit);
            rows.work.push(WorkRow { capacity: v[1], per_shipment, per_unit });
            rows.pickups.extend_from_slice(&v[4..]);
            tables.handling_shipment.push(v[2]);
            tables.handling_unit.push(v[3]);
        });
        let sites = &mut self.sites;
        read_decimals("warehouses.csv", text, &names(&["lat", "lon"], "", 0, 0), &mut self.faults, |at| {
            sites.push((at[0], at[1]));
        });
        if !(1..=5000).contains(&self.sites.len()) {
            self.faults.add("warehouses.csv", "", self.sites.len(), "must have 1 to 5,000 warehouses");
        }
    }

    fn places(&mut self, text: &str) {
        let (zones, warehouses) = (self.zones() as i64, self.sites.len());
        let wanted = names(&["dest"], "z", 0, warehouses);
        let tables = &mut self.tables;
        let mut places = 0;
        read_numbers("dests.csv", text, &wanted, &mut self.faults, |row, faults| {
            if row.values[0] != row.number {
                faults.add(row.at(), "dest", row.values[0], "must number the rows from 0");
            }
            places += 1;
            for (n, &zone) in row.values.iter().enumerate().skip(1) {
                if !(0..zones).contains(&zone) {
                    faults.add(row.at(), &wanted[n], zone, &format!("must be 0 to {}", zones - 1));
                }
                tables.zone.push(zone.clamp(0, 255) as u8);
            }
        });
        if places == 0 {
            self.faults.add("dests.csv", "", 0, "must have at least one destination");
        }
        let sites = &self.sites;
        read_decimals("dests.csv", text, &names(&["lat", "lon"], "", 0, 0), &mut self.faults, |at| {
            tables.distance.extend(sites.iter().map(|&site| metres(site, (at[0], at[1]))));
        });
    }

    fn skus(&mut self, text: &str) {
        let weights = &mut self.tables.weight10;
        read_numbers("skus.csv", text, &names(&["sku", "weight10"], "", 0, 0), &mut self.faults, |row, faults| {
            if row.values[0] != row.number {
                faults.add(row.at(), "sku", row.values[0], "must number the rows from 0");
            }
            if !(0..=1_000_000).contains(&row.values[1]) {
                faults.add(row.at(), "weight10", row.values[1], "must be 0 to 10^6 tenths of a pound");
            }
            weights.push(row.values[1].clamp(0, 1_000_000) as u32);
        });
    }

    /// Per deadline, carrier, zone and pound the cheapest level that arrives in time.
    fn fold_levels(&mut self, rates: &[i64]) {
        let (carriers, zones, pounds) = (self.meta.carriers.len(), self.zones(), self.meta.max_lb);
        let meta = &self.meta;
        let days = |carrier: usize, level: usize, zone: usize| match level {
            0 => meta.ground_days[&meta.carriers[carrier]][zone],
            1 => meta.two_day_days,
            _ => meta.overnight_days,
        };
        for &deadline in &meta.deadlines {
            for n in 0..carriers * zones * pounds {
                let (carrier, zone, lb) = (n / (zones * pounds), n / pounds % zones, n % pounds);
                let levels = (0..3).filter(|&level| days(carrier, level, zone) <= deadline);
                let priced = levels.map(|level| {
                    (rates[((carrier * 3 + level) * zones + zone) * pounds + lb], (carrier * 3 + level) as u32)
                });
                self.tables.rates.push(priced.min());
            }
        }
        self.tables.carriers = carriers;
        self.tables.zones = zones;
        self.tables.max_lb = pounds;
        self.tables.warehouses = self.sites.len();
        self.rows.split_cents = meta.split_cents;
        let steps =
            |steps: &Vec<(i64, i64)>| steps.iter().map(|&(width, surcharge)| Tier { width, surcharge }).collect();
        self.rows.carriers = meta.tiers.iter().map(steps).collect();
    }

    fn demand(&mut self, stock: &str, sets: &[OrderSet<'_>]) -> DemandBuilder {
        let (warehouses, skus) = (self.sites.len(), self.tables.weight10.len());
        let mut demand = DemandBuilder::new(warehouses, skus);
        let below = |n: usize| 0..n as i64;
        read_numbers("stock.csv", stock, &names(&["sku", "wh", "qty"], "", 0, 0), &mut self.faults, |row, faults| {
            let &[sku, wh, qty] = row.values else { return };
            let good =
                [below(skus).contains(&sku), below(warehouses).contains(&wh), (0..=i64::from(i32::MAX)).contains(&qty)];
            let rules = ["must be a row of skus.csv", "must be a row of warehouses.csv", "must be 0 to 2^31 - 1"];
            for n in (0..3).filter(|&n| !good[n]) {
                faults.add(row.at(), ["sku", "wh", "qty"][n], row.values[n], rules[n]);
            }
            if good == [true; 3] {
                demand.stock(sku as u32, wh as u32, qty as u32);
            }
        });
        for set in sets {
            let headers = self.orders(set.orders);
            let lines = self.lines(set.lines, headers.len());
            self.add_orders(&mut demand, &headers, &lines);
        }
        demand
    }

    /// Backlog cents and ship-complete flag per order; place and class go to the tables.
    fn orders(&mut self, (file, text): (&str, &str)) -> Vec<(i64, bool)> {
        let places = self.tables.zone.len() / self.sites.len().max(1);
        let wanted = names(&["order", "dest", "deadline_idx", "backlog_cents", "ship_complete"], "", 0, 0);
        let limits = [MOST_ROWS, places, self.meta.deadlines.len(), MAX_CENTS as usize + 1, 2];
        let mut headers = Vec::new();
        let tables = &mut self.tables;
        read_numbers(file, text, &wanted, &mut self.faults, |row, faults| {
            if row.values[0] != row.number {
                faults.add(row.at(), "order", row.values[0], "must number the rows from 0");
            }
            for n in (1..5).filter(|&n| !(0..limits[n] as i64).contains(&row.values[n])) {
                faults.add(row.at(), &wanted[n], row.values[n], &format!("must be 0 to {}", limits[n] - 1));
            }
            tables.place_of_order.push(row.values[1].clamp(0, places as i64) as u32);
            tables.class_of_order.push(row.values[2].clamp(0, 255) as u8);
            headers.push((row.values[3], row.values[4] == 1));
        });
        headers
    }

    /// Order, SKU and quantity, sorted by order, otherwise as in the file.
    fn lines(&mut self, (file, text): (&str, &str), orders: usize) -> Vec<(u32, u32, u32)> {
        let skus = self.tables.weight10.len();
        let wanted = names(&["order", "sku", "qty"], "", 0, 0);
        let mut lines = Vec::new();
        read_numbers(file, text, &wanted, &mut self.faults, |row, faults| {
            let &[order, sku, qty] = row.values else { return };
            let good =
                [(0..orders as i64).contains(&order), (0..skus as i64).contains(&sku), (1..=1_000_000).contains(&qty)];
            let rules = ["must be a row of orders.csv", "must be a row of skus.csv", "must be 1 to 1,000,000"];
            for n in (0..3).filter(|&n| !good[n]) {
                faults.add(row.at(), &wanted[n], row.values[n], rules[n]);
            }
            if good == [true; 3] {
                lines.push((order as u32, sku as u32, qty as u32));
            }
        });
        lines.sort_by_key(|line| line.0);
        lines
    }

    fn add_orders(&self, demand: &mut DemandBuilder, headers: &[(i64, bool)], lines: &[(u32, u32, u32)]) {
        let mut next = 0;
        let (mut own, mut waiting) = (Vec::new(), Vec::new());
        for (order, &(backlog, complete)) in headers.iter().enumerate() {
            own.clear();
            while lines.get(next).is_some_and(|line| line.0 as usize == order) {
                own.push((lines[next].1, lines[next].2));
                next += 1;
            }
            let n = own.len() as i64;
            if complete || n < 2 {
                demand.order(&own, Backlog::Whole(backlog));
                continue;
            }
            let sum = backlog + self.meta.split_cents;
            waiting.clear();
            waiting.extend((0..n).map(|line| sum / n + i64::from(line < sum % n)));
            demand.order(&own, Backlog::Lines { whole: backlog, lines: &waiting });
        }
    }

    fn finish(self, demand: DemandBuilder) -> Result<Instance, Vec<Fault>> {
        let mut faults = self.faults;
        let demand = demand.build().map_err(|found| faults.extend(found)).ok();
        let mut tables = self.tables;
        // A class that no order uses may stand in the meta file: the tables end at the last used.
        let classes = tables.class_of_order.iter().max().map_or(1, |&last| usize::from(last) + 1);
        tables.rates.truncate(classes * tables.carriers * tables.zones * tables.max_lb);
        let (true, Some(demand)) = (faults.is_empty(), demand) else { return Err(faults.into_vec()) };
        let problem = Problem::new(demand, self.rows, TableCost::new(tables)?)?;
        Ok(Instance { problem, carriers: self.meta.carriers, levels: 3 })
    }
}

/// Great-circle distance in metres; latitude and longitude in degrees.
fn metres(a: (f64, f64), b: (f64, f64)) -> u32 {
    let (lat, lon) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let h = (lat / 2.0).sin().powi(2) + a.0.to_radians().cos() * b.0.to_radians().cos() * (lon / 2.0).sin().powi(2);
    (2.0 * 6_371_000.0 * h.clamp(0.0, 1.0).sqrt().asin()).round() as u32
}

/// The plan as `order,wh,carrier,level,skus`, one row a shipment.
pub fn write_plan(instance: &Instance, plan: &Plan) -> String {
    let demand = instance.problem.demand();
    let mut text = String::with_capacity(24 * plan.shipments.len() + 32);
    text.push_str("order,wh,carrier,level,skus\n");
    for shipment in &plan.shipments {
        let (carrier, level) = (shipment.choice.tag / instance.levels, shipment.choice.tag % instance.levels);
        // Writing to a String cannot fail.
        let _ = write!(text, "{},{},{carrier},{level},", shipment.order, shipment.warehouse);
        for (n, line) in demand.lines_in(shipment.order, shipment.mask).enumerate() {
            let _ = write!(text, "{}{}", if n == 0 { "" } else { ";" }, demand.sku(line));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
