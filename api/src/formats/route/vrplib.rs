//! VRPLIB with PyVRP's sections: `KEY : VALUE` lines, then `KEY_SECTION` tables whose first column numbers the rows.

use std::collections::BTreeMap;

use engine::fault::Fault;

use super::draft::{Draft, Legs, Node, Vehicle};

/// A value in the head of the file, or a table; with the line it starts at.
#[derive(Debug)]
enum Entry<'t> {
    Head(usize, &'t str),
    Table(usize, Vec<(usize, &'t str)>),
}

/// Most nodes or vehicles that a head may announce.
const MOST: usize = 2_000_000;

/// What is read; anything else that is a table changes the problem and is a fault.
const KNOWN_TABLES: [&str; 22] = [
    "NODE_COORD",
    "DEMAND",
    "LINEHAUL",
    "BACKHAUL",
    "DEPOT",
    "TIME_WINDOW",
    "SERVICE_TIME",
    "RELEASE_TIME",
    "PRIZE",
    "PICKUP_AND_DELIVERY",
    "CAPACITY",
    "EDGE_WEIGHT",
    "VEHICLES_DEPOT",
    "VEHICLES_RELOAD_DEPOT",
    "VEHICLES_MAX_RELOADS",
    "VEHICLES_FIXED_COST",
    "VEHICLES_UNIT_DISTANCE_COST",
    "VEHICLES_MAX_DURATION",
    "VEHICLES_MAX_DISTANCE",
    "VEHICLES_ALLOWED_CLIENTS",
    "VEHICLES",
    "DISPLAY_DATA",
];

/// Reads the file.
pub(super) fn parse(text: &str, file: &str) -> Result<Draft, Vec<Fault>> {
    let mut reader =
        Reader { file, entries: BTreeMap::new(), faults: Vec::new(), lines: text.lines().count(), nodes: 0, depots: 1 };
    reader.collect(text);
    let draft = reader.draft();
    if reader.faults.is_empty() { Ok(draft) } else { Err(reader.faults) }
}

struct Reader<'t> {
    file: &'t str,
    entries: BTreeMap<&'t str, Entry<'t>>,
    faults: Vec<Fault>,
    lines: usize,
    nodes: usize,
    depots: usize,
}

impl<'t> Reader<'t> {
    fn fault(&mut self, line: usize, field: &str, value: impl std::fmt::Display, rule: impl Into<String>) {
        self.faults.push(Fault::new(format!("{}:{line}", self.file), field, value, rule));
    }

    fn collect(&mut self, text: &'t str) {
        let mut table: Option<&str> = None;
        for (n, line) in text.lines().enumerate().map(|(n, line)| (n + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with("EOF") {
                break;
            }
            if let Some((name, _)) = line.split_once("_SECTION") {
                self.begin(n, name.trim(), Entry::Table(n, Vec::new()));
                table = Some(name.trim());
            } else if let Some((key, value)) = line.split_once(':') {
                self.begin(n, key.trim(), Entry::Head(n, value.trim()));
                table = None;
            } else if let Some(Entry::Table(_, rows)) = table.and_then(|name| self.entries.get_mut(name)) {
                rows.push((n, line));
            } else {
                self.fault(n, "", line, "must be `KEY : VALUE`, `KEY_SECTION` or a row of a section");
            }
        }
    }

    fn begin(&mut self, n: usize, name: &'t str, entry: Entry<'t>) {
        if matches!(entry, Entry::Table(..)) && !KNOWN_TABLES.contains(&name) {
            self.fault(
                n,
                name,
                "",
                "is a section this reader does not know, and leaving it out would change the problem",
            );
        }
        if self.entries.insert(name, entry).is_some() {
            self.fault(n, name, "", "stands twice in the file");
        }
    }

    fn draft(&mut self) -> Draft {
        self.nodes = self.count("DIMENSION").unwrap_or(0);
        if self.nodes > self.lines {
            let rule = "is more nodes than the file has lines: it is cut short";
            self.faults.push(Fault::new(self.file, "DIMENSION", self.nodes, rule));
            self.nodes = 0;
        }
        if self.nodes == 0 && self.faults.is_empty() {
            self.faults.push(Fault::new(self.file, "DIMENSION", "", "the number of nodes is missing"));
        }
        self.depots = self.read_depots();
        let legs = self.legs();
        let mut draft = Draft {
            depots: self.depots,
            nodes: vec![Node::default(); self.nodes],
            pairs: Vec::new(),
            vehicles: Vec::new(),
            numbered: false,
            legs,
            linehauls_first: matches!(self.entries.get("TYPE"), Some(Entry::Head(_, "VRPB"))),
        };
        self.fill_nodes(&mut draft.nodes);
        self.fill_pairs(&mut draft);
        self.fill_vehicles(&mut draft);
        draft
    }

    /// A whole number in the head.
    fn count(&mut self, key: &'static str) -> Option<usize> {
        let Some(&Entry::Head(n, value)) = self.entries.get(key) else { return None };
        match value.parse::<usize>() {
            Ok(count) if count <= MOST => Some(count),
            _ => {
                self.fault(n, key, value, format!("must be a whole number up to {MOST}"));
                None
            }
        }
    }

    fn number(&mut self, n: usize, field: &str, word: &str) -> f64 {
        match word.parse::<f64>() {
            Ok(number) if !number.is_nan() => number,
            _ => {
                self.fault(n, field, word, "must be a number");
                0.0
            }
        }
    }

    /// Depots are the first nodes.
    fn read_depots(&mut self) -> usize {
        let Some(Entry::Table(start, rows)) = self.entries.remove("DEPOT") else { return 1 };
        let mut depots = 0;
        for (n, word) in rows.iter().flat_map(|&(n, row)| row.split_whitespace().map(move |w| (n, w))) {
            if word == "-1" {
                break;
            }
            if word.parse() == Ok(depots + 1) && depots < self.nodes {
                depots += 1;
            } else {
                self.fault(n, "DEPOT", word, "depots must be the first nodes, in order: 1, 2, ..");
            }
        }
        if depots == 0 {
            self.fault(start, "DEPOT", "", "must name at least node 1");
        }
        depots.max(1)
    }

    fn legs(&mut self) -> Legs {
        let kind = match self.entries.get("EDGE_WEIGHT_TYPE") {
            Some(&Entry::Head(n, kind)) => (n, kind),
            _ => (1, "EUC_2D"),
        };
        match kind.1 {
            "EXPLICIT" => self.table_of_legs(),
            "EUC_2D" => {
                if !self.entries.contains_key("NODE_COORD") {
                    self.fault(kind.0, "NODE_COORD", "", "distances by coordinates need this section");
                }
                Legs::Points
            }
            other => {
                self.fault(kind.0, "EDGE_WEIGHT_TYPE", other, "must be EUC_2D or EXPLICIT");
                Legs::Points
            }
        }
    }

    fn table_of_legs(&mut self) -> Legs {
        let layout = match self.entries.get("EDGE_WEIGHT_FORMAT") {
            Some(&Entry::Head(_, layout)) => layout,
            _ => "FULL_MATRIX",
        };
        let Some(Entry::Table(start, rows)) = self.entries.remove("EDGE_WEIGHT") else {
            self.fault(1, "EDGE_WEIGHT", "", "an explicit table of distances is missing");
            return Legs::Points;
        };
        let mut values = Vec::new();
        for (n, row) in rows {
            for word in row.split_whitespace() {
                values.push(self.number(n, "EDGE_WEIGHT", word));
            }
        }
        let size = self.nodes;
        let wanted = if layout == "LOWER_ROW" { size * size.saturating_sub(1) / 2 } else { size * size };
        if !["FULL_MATRIX", "LOWER_ROW"].contains(&layout) {
            self.fault(start, "EDGE_WEIGHT_FORMAT", layout, "must be FULL_MATRIX or LOWER_ROW");
        } else if values.len() != wanted {
            self.fault(start, "EDGE_WEIGHT", values.len(), format!("must have {wanted} numbers"));
        } else if layout == "LOWER_ROW" {
            return Legs::Table(mirrored(size, &values));
        }
        Legs::Table(values)
    }

    /// One row a node or vehicle; `columns` numbers each after the row's own number.
    fn table(&mut self, name: &'static str, rows: usize, columns: usize) -> Option<Vec<Vec<f64>>> {
        if !matches!(self.entries.get(name), Some(Entry::Table(..))) {
            return None;
        }
        let Some(Entry::Table(start, lines)) = self.entries.remove(name) else { return None };
        if lines.len() != rows {
            self.fault(start, name, lines.len(), format!("must have {rows} rows"));
            return None;
        }
        let mut table = Vec::with_capacity(rows);
        for (at, (n, line)) in lines.into_iter().enumerate() {
            let mut words = line.split_whitespace();
            let number = words.next().unwrap_or("");
            if number.parse() != Ok(at + 1) {
                self.fault(n, name, number, format!("must be {}: rows are numbered from 1 without gaps", at + 1));
            }
            let row: Vec<f64> = words.map(|word| self.number(n, name, word)).collect();
            if columns > 0 && row.len() != columns {
                self.fault(n, name, row.len(), format!("must have {columns} number(s) after the row's own"));
                return None;
            }
            table.push(row);
        }
        Some(table)
    }

    fn fill_nodes(&mut self, nodes: &mut [Node]) {
        type Set = fn(&mut Node, &[f64]);
        let tables: [(&'static str, usize, Set); 8] = [
            ("NODE_COORD", 2, |node, row| node.point = [row[0], row[1]]),
            ("DEMAND", 1, |node, row| node.delivery = row[0]),
            ("LINEHAUL", 1, |node, row| node.delivery = row[0]),
            ("BACKHAUL", 1, |node, row| node.pickup = row[0]),
            ("TIME_WINDOW", 2, |node, row| node.window = [row[0], row[1]]),
            ("SERVICE_TIME", 1, |node, row| node.service = row[0]),
            ("RELEASE_TIME", 1, |node, row| node.release = row[0]),
            ("PRIZE", 1, |node, row| node.prize = row[0]),
        ];
        for (name, columns, set) in tables {
            if let Some(table) = self.table(name, nodes.len(), columns) {
                nodes.iter_mut().zip(&table).for_each(|(node, row)| set(node, row));
            } else if let Some(&Entry::Head(n, value)) = self.entries.get(name) {
                let value = self.number(n, name, value);
                let depots = if columns == 1 { self.depots.min(nodes.len()) } else { nodes.len() };
                nodes[depots..].iter_mut().for_each(|node| set(node, &[value]));
            }
        }
        // A depot's row may name a service or a demand; neither means anything.
        for depot in nodes.iter_mut().take(self.depots) {
            (depot.service, depot.delivery, depot.pickup) = (0.0, 0.0, 0.0);
        }
    }

    /// Rows `demand ready due service pickup delivery`: a pickup names its delivery's node, a delivery its pickup's.
    fn fill_pairs(&mut self, draft: &mut Draft) {
        let start = match self.entries.get("PICKUP_AND_DELIVERY") {
            Some(&Entry::Table(n, _)) => n,
            _ => return,
        };
        let Some(table) = self.table("PICKUP_AND_DELIVERY", draft.nodes.len(), 6) else { return };
        for (at, row) in table.iter().enumerate() {
            draft.nodes[at].window = [row[1], row[2]];
            if at < self.depots {
                continue;
            }
            draft.nodes[at].service = row[3];
            let (pickup, delivery) = (row[4], row[5]);
            if pickup == 0.0 && delivery > 0.0 {
                let Some(to) = self.other_end(&table, at, delivery) else {
                    self.fault(
                        start + 1 + at,
                        "PICKUP_AND_DELIVERY",
                        delivery,
                        "must be the node of the delivery, and that must name this pickup",
                    );
                    continue;
                };
                draft.pairs.push((at as u32, to, row[0]));
            } else if pickup > 0.0 && self.other_end(&table, at, pickup).is_none() {
                self.fault(
                    start + 1 + at,
                    "PICKUP_AND_DELIVERY",
                    pickup,
                    "must be the node of the pickup, and that must name this delivery",
                );
            }
        }
    }

    /// The node that `number` means, if it names `at` back; numbers are node numbers as in the file.
    fn other_end(&self, table: &[Vec<f64>], at: usize, number: f64) -> Option<u32> {
        let other = (number as usize).checked_sub(1)?;
        let row = table.get(other).filter(|_| other >= self.depots && number.fract() == 0.0)?;
        let own = (at + 1) as f64;
        (row[4] == own || row[5] == own).then_some(other as u32)
    }

    fn fill_vehicles(&mut self, draft: &mut Draft) {
        let count = self.count("VEHICLES").unwrap_or(draft.nodes.len().saturating_sub(self.depots)).max(1);
        let mut vehicles = vec![Vehicle::default(); count];
        type Set = fn(&mut Vehicle, f64);
        let tables: [(&'static str, Set); 6] = [
            ("CAPACITY", |v, x| v.capacity = x),
            ("VEHICLES_FIXED_COST", |v, x| v.fixed_cost = x),
            ("VEHICLES_UNIT_DISTANCE_COST", |v, x| v.unit_distance_cost = x),
            ("VEHICLES_MAX_DURATION", |v, x| v.max_duration = x),
            ("VEHICLES_MAX_DISTANCE", |v, x| v.max_distance = x),
            ("VEHICLES_MAX_RELOADS", |v, x| v.max_reloads = x as u32),
        ];
        for (name, set) in tables {
            if let Some(table) = self.table(name, count, 1) {
                draft.numbered = true;
                vehicles.iter_mut().zip(&table).for_each(|(vehicle, row)| set(vehicle, row[0]));
            } else if let Some(&Entry::Head(n, value)) = self.entries.get(name) {
                let value = self.number(n, name, value);
                vehicles.iter_mut().for_each(|vehicle| set(vehicle, value));
            }
        }
        self.fill_places(draft, &mut vehicles);
        if let Some(vehicle) = vehicles.iter().find(|v| v.unit_distance_cost.fract() != 0.0) {
            let rule = "must be whole numbers: multiply all costs of the file";
            self.faults.push(Fault::new(self.file, "VEHICLES_UNIT_DISTANCE_COST", vehicle.unit_distance_cost, rule));
        }
        draft.vehicles = vehicles;
    }

    /// Which depots and nodes each vehicle may use.
    fn fill_places(&mut self, draft: &mut Draft, vehicles: &mut [Vehicle]) {
        let (depots, nodes) = (self.depots, draft.nodes.len());
        if let Some(table) = self.table("VEHICLES_DEPOT", vehicles.len(), 1) {
            draft.numbered = true;
            for (vehicle, row) in vehicles.iter_mut().zip(&table) {
                vehicle.depot = self.places("VEHICLES_DEPOT", row, depots).first().copied().unwrap_or(0);
            }
        }
        if let Some(table) = self.table("VEHICLES_RELOAD_DEPOT", vehicles.len(), 0) {
            draft.numbered = true;
            for (vehicle, row) in vehicles.iter_mut().zip(&table) {
                vehicle.reload_depots = self.places("VEHICLES_RELOAD_DEPOT", row, depots);
            }
        }
        if let Some(table) = self.table("VEHICLES_ALLOWED_CLIENTS", vehicles.len(), 0) {
            draft.numbered = true;
            for (vehicle, row) in vehicles.iter_mut().zip(&table) {
                vehicle.allowed = Some(self.places("VEHICLES_ALLOWED_CLIENTS", row, nodes));
            }
        }
    }

    /// Node numbers as places.
    fn places(&mut self, name: &str, row: &[f64], limit: usize) -> Vec<u32> {
        let mut places = Vec::new();
        for &number in row {
            if number.fract() == 0.0 && number >= 1.0 && number <= limit as f64 {
                places.push(number as u32 - 1);
            } else {
                self.faults.push(Fault::new(
                    self.file,
                    name,
                    number,
                    format!("must be node numbers from 1 to {limit}"),
                ));
            }
        }
        places
    }
}

/// A full table from the rows below its diagonal.
fn mirrored(size: usize, lower: &[f64]) -> Vec<f64> {
    let mut full = vec![0.0; size * size];
    let mut values = lower.iter();
    for row in 1..size {
        for column in 0..row {
            let value = values.next().copied().unwrap_or(0.0);
            full[row * size + column] = value;
            full[column * size + row] = value;
        }
    }
    full
}
