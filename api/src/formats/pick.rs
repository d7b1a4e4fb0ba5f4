//! Files of `tidewater pick`: the Hessler-Irnich text format of picking instances.
//!
//! Header lines `KEY : VALUE`, then `ARTICLE_SECTION` (`ID n WEIGHT w`), `SKU_SECTION` (`ID n AISLE a CELL c QUANTITY q`) and
//! `ORDER_SECTION` with a block of `ID n QUANTITY q` lines after each `NUM_ARTICLES_IN_ORDER : k` (or `NUM_ARTICLES : k` for
//! single tours). Distances may have halves: they are doubled here, and costs halved again on writing. Where the depot is at
//! the bottom, cell 0 is next to the *top* cross aisle, so cells are mirrored.

use std::collections::HashMap;

use engine::fault::Fault;
use engine::picking::{CELLS, Layout, Order, Problem};

/// Distances are doubled inside.
pub const SCALE: i64 = 2;

/// An instance.
#[derive(Debug)]
pub struct PickFile {
    /// The problem, in doubled distances.
    pub problem: Problem,
    /// Whether cells are numbered from the top in the file.
    pub mirrored: bool,
}

impl PickFile {
    /// A cell as the file numbers it.
    pub fn cell(&self, cell: u32) -> u32 {
        if self.mirrored { self.problem.layout().cells - 1 - cell } else { cell }
    }
}

/// Reads an instance; every fault at once.
pub fn read(name: &str, text: &str) -> Result<PickFile, Vec<Fault>> {
    let mut file = Lines {
        name,
        faults: Vec::new(),
        header: HashMap::new(),
        weights: HashMap::new(),
        places: HashMap::new(),
        orders: Vec::new(),
    };
    file.scan(text);
    file.finish()
}

struct Lines<'a> {
    name: &'a str,
    faults: Vec<Fault>,
    header: HashMap<String, (usize, String)>,
    weights: HashMap<u64, f64>,
    places: HashMap<u64, Vec<(u32, u32)>>,
    /// Article and quantity, by order.
    orders: Vec<(usize, Vec<(u64, f64)>)>,
}

impl Lines<'_> {
    fn fault(&mut self, line: usize, field: &str, value: &str, rule: &str) {
        self.faults.push(Fault::new(format!("{}:{line}", self.name), field, value, rule));
    }

    fn scan(&mut self, text: &str) {
        let mut section = "";
        for (n, line) in text.lines().enumerate() {
            let (n, line) = (n + 1, line.trim());
            match line {
                "" => {}
                "ARTICLE_SECTION" | "SKU_SECTION" | "ORDER_SECTION" => section = line,
                "EOF" => return,
                _ if section == "ORDER_SECTION" && line.starts_with("NUM_ARTICLES") => {
                    self.orders.push((n, Vec::new()));
                }
                _ if line.contains(':') => {
                    if section.is_empty()
                        && let Some((key, value)) = line.split_once(':')
                    {
                        self.header.insert(key.trim().to_owned(), (n, value.trim().to_owned()));
                    }
                }
                _ => self.row(n, section, line),
            }
        }
    }

    /// A line of `NAME value NAME value ..`.
    fn row(&mut self, n: usize, section: &str, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let value =
            |name: &str| words.chunks(2).find(|pair| pair[0] == name).and_then(|pair| pair.get(1)?.parse::<f64>().ok());
        let Some(id) = value("ID").filter(|id| *id >= 0.0).map(|id| id as u64) else {
            self.fault(n, "ID", line, "must be a whole number");
            return;
        };
        match section {
            "ARTICLE_SECTION" => {
                self.weights.insert(id, value("WEIGHT").unwrap_or(1.0));
            }
            "SKU_SECTION" => match (value("AISLE"), value("CELL")) {
                (Some(aisle), Some(cell)) if aisle >= 0.0 && cell >= 0.0 => {
                    self.places.entry(id).or_default().push((aisle as u32, cell as u32));
                }
                _ => self.fault(n, "AISLE, CELL", line, "must be whole numbers"),
            },
            "ORDER_SECTION" => match self.orders.last_mut() {
                Some((_, articles)) => articles.push((id, value("QUANTITY").unwrap_or(1.0))),
                None => self.fault(n, "ORDER_SECTION", line, "needs NUM_ARTICLES_IN_ORDER before its articles"),
            },
            _ => self.fault(n, "", line, "stands outside of every section"),
        }
    }

    fn number(&mut self, key: &str) -> f64 {
        let found = self.header.get(key).cloned();
        match found.as_ref().map(|(line, text)| (*line, text, text.parse::<f64>())) {
            Some((_, _, Ok(number))) if (0.0..=1e9).contains(&number) => number,
            Some((line, text, _)) => {
                self.fault(line, key, text, "must be a number, 0 to 10^9");
                0.0
            }
            None => {
                self.fault(1, key, "", "must be in the header; other formats (Foodmart, Kris, SBPO) are not read yet");
                0.0
            }
        }
    }

    fn finish(mut self) -> Result<PickFile, Vec<Fault>> {
        let doubled = |value: f64| (value * SCALE as f64).round() as i64;
        let (aisles, cells) = (self.number("NUM_AISLES") as u32, self.number("NUM_CELLS") as u32);
        let mirrored = self.header.get("DEPOT_LOCATION").is_none_or(|(_, text)| text != "top");
        let (top, bottom) =
            (doubled(self.number("DISTANCE_TOP_TO_CELL")), doubled(self.number("DISTANCE_BOTTOM_TO_CELL")));
        let layout = Layout {
            aisles,
            cells,
            aisle_pitch: doubled(self.number("DISTANCE_AISLE_TO_AISLE")),
            cell_pitch: doubled(self.number("DISTANCE_CELL_TO_CELL")),
            front_entry: if mirrored { bottom } else { top },
            back_entry: if mirrored { top } else { bottom },
            depot_aisle: self.number("DEPOT_AISLE") as u32,
            depot_distance: doubled(self.number("DISTANCE_TOP_OR_BOTTOM_TO_DEPOT")),
        };
        let capacity = if self.header.contains_key("PICKER_CAPACITY") { self.number("PICKER_CAPACITY") } else { 1e9 };
        let mut orders = Vec::new();
        for (line, articles) in std::mem::take(&mut self.orders) {
            orders.extend(self.order(line, &articles, cells, mirrored));
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let name = self.name;
        let problem =
            Problem::new(layout, orders, [i64::MAX / 4, (capacity * 100.0).round() as i64]).map_err(|faults| {
                faults.into_iter().map(|f| Fault { at: format!("{name}: {}", f.at), ..f }).collect::<Vec<_>>()
            })?;
        Ok(PickFile { problem, mirrored })
    }

    /// Loads are in hundredths, so that weights may have decimals.
    fn order(&mut self, line: usize, articles: &[(u64, f64)], cells: u32, mirrored: bool) -> Option<Order> {
        let mut load = 0.0;
        let mut masks: std::collections::BTreeMap<u32, u64> = std::collections::BTreeMap::new();
        for (id, quantity) in articles {
            load += quantity * self.weights.get(id).copied().unwrap_or(1.0);
            match self.places.get(id).map(Vec::as_slice) {
                Some(&[(aisle, cell)]) if cell < cells.min(CELLS) => {
                    let cell = if mirrored { cells - 1 - cell } else { cell };
                    *masks.entry(aisle).or_default() |= 1 << cell;
                }
                Some(&[_]) => {
                    self.fault(line, "CELL", &id.to_string(), "must be on the floor, at most 64 cells an aisle");
                }
                Some(_) => {
                    self.fault(line, "ID", &id.to_string(), "must lie in one place: scattered storage is not read yet");
                }
                None => self.fault(line, "ID", &id.to_string(), "must be in SKU_SECTION"),
            }
        }
        (!masks.is_empty())
            .then(|| Order { stops: masks.into_iter().collect(), load: [1, (load * 100.0).round() as i64] })
    }
}
