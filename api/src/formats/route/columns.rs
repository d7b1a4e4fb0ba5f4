//! Formats in columns: Solomon (1987) and Gehring and Homberger (1999) for time windows, Li and Lim (2001) for pairs.

use engine::fault::Fault;

use super::draft::{Draft, Legs, Node, Vehicle};

/// Most vehicles that a header may ask for.
const MOST_VEHICLES: f64 = 1_000_000.0;

/// `NUMBER CAPACITY` under VEHICLE, then rows `number x y demand ready due service` under CUSTOMER; the first is the depot.
pub(super) fn parse_solomon(text: &str, file: &str) -> Result<Draft, Vec<Fault>> {
    let mut reader = Reader { file, faults: Vec::new() };
    let mut lines = numbered(text);
    let is_data = |line: &str| line.split_whitespace().all(|w| w.parse::<f64>().is_ok());
    let header = lines.by_ref().skip(1).find(|(_, line)| is_data(line));
    let vehicles = reader.vehicles(header, 2);
    let mut nodes = Vec::new();
    for (n, line) in lines.filter(|(_, line)| !line.starts_with("CUST")) {
        if let Some(row) = reader.row(n, line, &["number", "x", "y", "demand", "ready", "due", "service"]) {
            reader.expect_number(n, row[0], nodes.len());
            nodes.push(Node {
                point: [row[1], row[2]],
                delivery: row[3],
                window: [row[4], row[5]],
                service: row[6],
                ..Node::default()
            });
        }
    }
    reader.finish(nodes, Vec::new(), vehicles)
}

/// `vehicles capacity speed`, then rows `number x y demand ready due service pickup delivery`: a row with a delivery number is
/// where the goods come on board, its demand positive.
pub(super) fn parse_li_lim(text: &str, file: &str) -> Result<Draft, Vec<Fault>> {
    let mut reader = Reader { file, faults: Vec::new() };
    let mut lines = numbered(text);
    let header = lines.next();
    let vehicles = reader.vehicles(header, 3);
    let columns = ["number", "x", "y", "demand", "ready", "due", "service", "pickup", "delivery"];
    let (mut nodes, mut ends) = (Vec::new(), Vec::new());
    for (n, line) in lines {
        if let Some(row) = reader.row(n, line, &columns) {
            reader.expect_number(n, row[0], nodes.len());
            ends.push((n, row[3], row[7], row[8]));
            let window = [row[4], row[5]];
            nodes.push(Node { point: [row[1], row[2]], window, service: row[6], ..Node::default() });
        }
    }
    let pairs = reader.pairs(&ends);
    reader.finish(nodes, pairs, vehicles)
}

/// Lines with content, numbered from 1.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line.trim())).filter(|(_, line)| !line.is_empty())
}

struct Reader<'f> {
    file: &'f str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, line: usize, field: &str, value: impl std::fmt::Display, rule: &str) {
        self.faults.push(Fault::new(format!("{}:{line}", self.file), field, value, rule));
    }

    fn vehicles(&mut self, header: Option<(usize, &str)>, columns: usize) -> Vec<Vehicle> {
        let Some((n, line)) = header else {
            self.fault(1, "vehicles", "", "a line with the number of vehicles and their capacity is missing");
            return Vec::new();
        };
        let names = &["vehicles", "capacity", "speed"][..columns];
        let Some(row) = self.row(n, line, names) else { return Vec::new() };
        if !(1.0..=MOST_VEHICLES).contains(&row[0]) || row[0].fract() != 0.0 {
            self.fault(n, "vehicles", row[0], "must be a whole number from 1 to 1,000,000");
            return Vec::new();
        }
        vec![Vehicle { capacity: row[1], max_reloads: 0, ..Vehicle::default() }; row[0] as usize]
    }

    /// The numbers of a line, one a column.
    fn row(&mut self, n: usize, line: &str, columns: &[&str]) -> Option<Vec<f64>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.len() != columns.len() {
            let rule = format!("must have {} numbers: {}", columns.len(), columns.join(" "));
            self.fault(n, "columns", words.len(), &rule);
            return None;
        }
        let mut row = Vec::with_capacity(words.len());
        for (word, column) in words.iter().zip(columns) {
            match word.parse::<f64>() {
                Ok(number) if number.is_finite() => row.push(number),
                _ => self.fault(n, column, word, "must be a number"),
            }
        }
        (row.len() == columns.len()).then_some(row)
    }

    fn expect_number(&mut self, n: usize, number: f64, expected: usize) {
        if number != expected as f64 {
            let rule = format!("must be {expected}: rows are numbered from 0 without gaps");
            self.fault(n, "number", number, &rule);
        }
    }

    fn pairs(&mut self, ends: &[(usize, f64, f64, f64)]) -> Vec<(u32, u32, f64)> {
        let mut pairs = Vec::new();
        for (node, &(n, demand, pickup, delivery)) in ends.iter().enumerate().skip(1) {
            let other = if delivery > 0.0 { delivery } else { pickup };
            let twin = ends.get(other as usize).filter(|_| other >= 1.0 && other.fract() == 0.0);
            let points_back =
                |&&(_, _, p, d): &&(usize, f64, f64, f64)| if delivery > 0.0 { p } else { d } == node as f64;
            if twin.filter(points_back).is_none() {
                self.fault(
                    n,
                    if delivery > 0.0 { "delivery" } else { "pickup" },
                    other,
                    "must name the other end of the pair, and that end this one",
                );
            } else if delivery > 0.0 {
                pairs.push((node as u32, delivery as u32, demand));
            }
        }
        pairs
    }

    fn finish(
        mut self,
        nodes: Vec<Node>,
        pairs: Vec<(u32, u32, f64)>,
        vehicles: Vec<Vehicle>,
    ) -> Result<Draft, Vec<Fault>> {
        if nodes.is_empty() {
            self.faults.push(Fault::new(self.file, "rows", 0, "at least the depot's row"));
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        Ok(Draft { depots: 1, nodes, pairs, vehicles, numbered: false, legs: Legs::Points, linehauls_first: false })
    }
}
