//! The Foodmart and Kris formats: `//Key` lines, each followed by its rows.
//!
//! Locations 1 to N with a full table of shortest paths, the depots apart; names such as `product aisle 2 bloc 1 rank 31` give
//! aisle and cell of the plan. Foodmart: `K` boxes a trolley, an order line is `id boxes n (product quantity)*`. Kris: an
//! order line is `id due penalty n (product quantity)*`, a batch takes set-up, walk and pick times, due times are hard and so
//! many pickers walk at once.

use std::collections::HashMap;
use std::str::FromStr;

use engine::fault::Fault;
use engine::picking::{Crew, DistanceTable, Floor, Order, Problem};

use super::{Batching, Labels, Positions};

/// Distances have up to three decimals.
const SCALE: i64 = 1_000;
/// Most locations: the table has their square.
const LOCATIONS: usize = 10_000;

/// Reads an instance; every fault at once.
pub(super) fn read(name: &str, text: &str) -> Result<Batching, Vec<Fault>> {
    let mut file = Sections { name, faults: Vec::new(), rows: HashMap::new() };
    file.scan(text);
    file.finish()
}

type Row<'a> = (usize, &'a str);

struct Sections<'a> {
    name: &'a str,
    faults: Vec<Fault>,
    /// Key to its line, and the rows below it.
    rows: HashMap<String, (usize, Vec<Row<'a>>)>,
}

impl<'a> Sections<'a> {
    fn fault(&mut self, line: usize, field: &str, value: impl std::fmt::Display, rule: &str) {
        self.faults.push(Fault::new(format!("{}:{line}", self.name), field, value, rule));
    }

    fn scan(&mut self, text: &'a str) {
        let mut key = String::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if let Some(head) = line.strip_prefix("//") {
                head.trim().clone_into(&mut key);
                self.rows.insert(key.clone(), (n + 1, Vec::new()));
            } else if !line.is_empty()
                && let Some((_, rows)) = self.rows.get_mut(&key)
            {
                rows.push((n + 1, line));
            }
        }
    }

    /// The rows below the key that starts so.
    fn rows(&mut self, start: &str) -> Vec<Row<'a>> {
        let found = self.rows.iter().find(|(key, _)| key.starts_with(start)).map(|(_, (_, rows))| rows.clone());
        found.unwrap_or_else(|| {
            self.fault(1, start, "", "must be in the file");
            Vec::new()
        })
    }

    /// The single number below a key.
    fn number(&mut self, key: &str) -> i64 {
        let rows = self.rows(key);
        match rows.first().map(|(line, text)| (*line, text.parse::<i64>(), *text)) {
            Some((_, Ok(number), _)) if (0..=1_000_000).contains(&number) => number,
            Some((line, _, text)) => {
                self.fault(line, key, text, "must be a whole number, 0 to 10^6");
                0
            }
            None => 0,
        }
    }

    /// The numbers of a row, which has at least so many.
    fn numbers<T: FromStr + Copy>(&mut self, (line, text): Row<'a>, least: usize) -> Option<Vec<T>> {
        let found: Result<Vec<T>, _> = text.split_whitespace().map(str::parse).collect();
        match found {
            Ok(numbers) if numbers.len() >= least => Some(numbers),
            _ => {
                self.fault(line, "row", text, &format!("must be at least {least} numbers"));
                None
            }
        }
    }

    fn finish(mut self) -> Result<Batching, Vec<Fault>> {
        let timed = self.rows.keys().any(|key| key.starts_with("Idx DueDate"));
        let locations = self.number("NbLocations") as usize;
        if !(1..=LOCATIONS).contains(&locations) {
            self.fault(1, "NbLocations", locations, "must be 1 to 10,000");
            return Err(self.faults);
        }
        let products = self.products();
        let (out, home) = (self.number("DepartingDepot") as usize, self.number("ArrivalDepot") as usize);
        let floor = self.floor(locations, out, home);
        let positions = self.positions(locations);
        let (crew, capacity, per_unit) = if timed {
            let (pickers, setup) = (self.number("NbPickers") as u32, self.number("SetupTime") * SCALE);
            let crew = Crew { pickers, setup, pace: self.number("TimeToTravelOneDistanceUnit") };
            (crew, self.number("CapaPicker"), self.number("PickTime") * SCALE)
        } else {
            (Crew::DISTANCE, self.number("K:"), 0)
        };
        let (mut ids, mut orders) = (Vec::new(), Vec::new());
        for row in self.rows(if timed { "Idx DueDate" } else { "Idx M" }) {
            if let Some((id, order)) = self.order(row, timed, per_unit, &products) {
                ids.push(id);
                orders.push(order);
            }
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let name = self.name;
        let problem = Problem::new(Floor::Table(floor), orders, [capacity, i64::MAX / 4], crew).map_err(|faults| {
            faults.into_iter().map(|f| Fault { at: format!("{name}: {}", f.at), ..f }).collect::<Vec<_>>()
        })?;
        Ok(Batching { problem, labels: Labels { orders: ids, scale: SCALE, positions: Positions::Listed(positions) } })
    }

    /// Location and size by product.
    fn products(&mut self) -> HashMap<i64, (i64, i64)> {
        let rows = self.rows("Idx Location");
        rows.into_iter()
            .filter_map(|row| self.numbers::<i64>(row, 3).map(|found| (found[0], (found[1], found[2]))))
            .collect()
    }

    /// The table between locations 1 to N; the depots may be any other numbers.
    fn floor(&mut self, locations: usize, out: usize, home: usize) -> DistanceTable {
        const UNSET: i64 = -1;
        let mut between = vec![UNSET; locations * locations];
        let (mut from_depot, mut to_depot) = (vec![UNSET; locations], vec![UNSET; locations]);
        (0..locations).for_each(|n| between[n * locations + n] = 0);
        // A depot among the locations is a place of its own row, too.
        for place in [out, home] {
            if let Some(n) = place.checked_sub(1).filter(|n| *n < locations) {
                (from_depot[n], to_depot[n]) = (0, 0);
            }
        }
        let known = |n: usize| n.checked_sub(1).filter(|n| *n < locations);
        for row in self.rows("LocStart") {
            let Some(found) = self.numbers::<f64>(row, 3) else { continue };
            let (a, b) = (found[0] as usize, found[1] as usize);
            let length = (found[2] * SCALE as f64).round() as i64;
            if let (Some(a), Some(b)) = (known(a), known(b)) {
                between[a * locations + b] = length;
            }
            if let Some(b) = known(b).filter(|_| a == out) {
                from_depot[b] = length;
            }
            if let Some(a) = known(a).filter(|_| b == home) {
                to_depot[a] = length;
            }
        }
        let missing = between.iter().chain(&from_depot).chain(&to_depot).filter(|length| **length == UNSET).count();
        if missing > 0 {
            self.fault(1, "LocStart LocEnd ShortestPath", format!("{missing} missing"), "must hold every pair");
        }
        // Shortest paths are rounded both ways on their own.
        for a in 0..locations {
            for b in 0..a {
                let shorter = between[a * locations + b].min(between[b * locations + a]);
                (between[a * locations + b], between[b * locations + a]) = (shorter, shorter);
            }
        }
        DistanceTable::new(between, from_depot, to_depot)
    }

    /// Aisle and rank by location, from its name; the location's number where it has none.
    fn positions(&mut self, locations: usize) -> Vec<[u32; 2]> {
        let mut positions: Vec<[u32; 2]> = (1..=locations as u32).map(|n| [0, n]).collect();
        let key = if self.rows.contains_key("Loc x y") { "Loc x y" } else { "Vertices coordinates" };
        for (_, text) in self.rows(key) {
            let words: Vec<&str> =
                text.split(|c: char| c.is_whitespace() || c == '"').filter(|w| !w.is_empty()).collect();
            let after = |name: &str| {
                let at = words.iter().position(|word| *word == name)?;
                words.get(at + 1)?.parse::<u32>().ok()
            };
            let place = words.first().and_then(|word| word.parse::<usize>().ok()).and_then(|n| n.checked_sub(1));
            if let (Some(place), Some(aisle), Some(rank), true) =
                (place, after("aisle"), after("rank"), words.contains(&"product"))
                && place < locations
            {
                positions[place] = [aisle, rank];
            }
        }
        positions
    }

    fn order(
        &mut self,
        row: Row<'a>,
        timed: bool,
        per_unit: i64,
        products: &HashMap<i64, (i64, i64)>,
    ) -> Option<(u64, Order)> {
        let numbers = self.numbers::<i64>(row, 4)?;
        let (count, pairs) = if timed { (numbers[3], &numbers[4..]) } else { (numbers[2], &numbers[3..]) };
        if count < 1 || pairs.len() as i64 != 2 * count {
            self.fault(row.0, "products", pairs.len() / 2, &format!("must be {count} pairs of product and quantity"));
            return None;
        }
        let (mut places, mut units, mut size) = (Vec::new(), 0, 0);
        for pair in pairs.chunks(2) {
            match products.get(&pair[0]) {
                Some(&(location, each)) if location >= 1 && pair[1] >= 1 => {
                    places.push(location as u32 - 1);
                    units += pair[1];
                    size += pair[1] * each;
                }
                _ => self.fault(row.0, "product", pair[0], "must be a known product, at least one of it"),
            }
        }
        let load = if timed { size } else { numbers[1] };
        let due = timed.then_some(numbers[1] * SCALE);
        Some((numbers[0] as u64, Order { handling: units * per_unit, due, ..Order::new(places, [load, 0]) }))
    }
}
