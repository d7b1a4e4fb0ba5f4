//! The Hessler-Irnich text format: single tours, also over scattered storage, and batching in one block.
//!
//! Header lines `KEY : VALUE`, then `ARTICLE_SECTION` (`ID n WEIGHT w`), `SKU_SECTION` (`ID n AISLE a CELL c QUANTITY q`) and
//! `ORDER_SECTION` with a block of `ID n QUANTITY q` lines after each `NUM_ARTICLES_IN_ORDER : k` (or `NUM_ARTICLES : k` for
//! single tours). Distances may have halves: they are doubled here, and costs halved again on writing. Where the depot is at
//! the bottom, cell 0 is next to the *top* cross aisle, so cells are mirrored.

use std::collections::HashMap;

use engine::fault::Fault;
use engine::picking::{Crew, Floor, Layout, Order, Place, Problem, Want};

use super::{Batching, Labels, PickFile, Positions, Scattered};

/// Distances are doubled inside.
const SCALE: i64 = 2;

/// Reads an instance; every fault at once.
pub(super) fn read(name: &str, text: &str) -> Result<PickFile, Vec<Fault>> {
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

/// Where an article lies: aisle, cell as written, units.
type Spot = (u32, u32, i64);

struct Lines<'a> {
    name: &'a str,
    faults: Vec<Fault>,
    header: HashMap<String, (usize, String)>,
    weights: HashMap<u64, f64>,
    places: HashMap<u64, Vec<Spot>>,
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
                    let units = value("QUANTITY").map_or(i64::MAX, |units| units as i64);
                    self.places.entry(id).or_default().push((aisle as u32, cell as u32, units));
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
                self.fault(1, key, "", "must be in the header");
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
        let floor = Floor::Block(layout);
        let read = std::mem::take(&mut self.orders);
        let labels = Labels {
            orders: (0..read.len() as u64).collect(),
            scale: SCALE,
            positions: Positions::Block { layout, mirrored },
        };
        if layout.aisles == 0 || layout.cells == 0 {
            self.fault(1, "NUM_AISLES, NUM_CELLS", "0", "must be at least 1");
            return Err(self.faults);
        }
        if read.is_empty() {
            self.fault(1, "ORDER_SECTION", "", "needs an order");
        }
        let mut orders = Vec::new();
        let mut scattered = Vec::new();
        for (line, articles) in &read {
            let wants = self.wants(*line, articles, &layout, mirrored);
            let places = wants.iter().flat_map(|want| &want.places).map(|place| place.place);
            // Loads are in hundredths, so that weights may have decimals.
            orders.push(Order::new(places, [1, (self.load(articles) * 100.0).round() as i64]));
            if wants.iter().any(|want| want.places.len() > 1) {
                scattered.push((*line, wants));
            }
        }
        if let Some((line, _)) = scattered.first()
            && read.len() > 1
        {
            self.fault(*line, "ID", "", "must lie in one place each: scattered storage is read with a single order");
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        if let Some((_, wants)) = scattered.pop() {
            return Ok(PickFile::Scattered(Scattered { floor, wants, labels }));
        }
        let name = self.name;
        let problem = Problem::new(floor, orders, [i64::MAX / 4, (capacity * 100.0).round() as i64], Crew::DISTANCE)
            .map_err(|faults| {
                faults.into_iter().map(|f| Fault { at: format!("{name}: {}", f.at), ..f }).collect::<Vec<_>>()
            })?;
        Ok(PickFile::Batching(Batching { problem, labels }))
    }

    fn load(&self, articles: &[(u64, f64)]) -> f64 {
        articles.iter().map(|(id, quantity)| quantity * self.weights.get(id).copied().unwrap_or(1.0)).sum()
    }

    /// Where an order's articles may be taken.
    fn wants(&mut self, line: usize, articles: &[(u64, f64)], layout: &Layout, mirrored: bool) -> Vec<Want> {
        let mut wants = Vec::with_capacity(articles.len());
        for (id, quantity) in articles {
            let spots = self.places.get(id).cloned().unwrap_or_default();
            let quantity = quantity.ceil() as i64;
            let mut places: Vec<Place> = Vec::new();
            for (aisle, cell, units) in spots {
                if aisle >= layout.aisles || cell >= layout.cells {
                    let rule = format!("must be on the floor of {} aisles, {} cells", layout.aisles, layout.cells);
                    self.fault(line, "AISLE, CELL", &format!("{aisle}, {cell} of article {id}"), &rule);
                    continue;
                }
                let place = layout.place(aisle, if mirrored { layout.cells - 1 - cell } else { cell });
                match places.iter_mut().find(|known| known.place == place) {
                    Some(known) => known.quantity = known.quantity.saturating_add(units),
                    None => places.push(Place { place, quantity: units }),
                }
            }
            // With one place there is nothing to choose, whatever it says to hold.
            if places.is_empty() {
                self.fault(line, "ID", &id.to_string(), "must be in SKU_SECTION");
            } else if places.len() > 1 && places.iter().fold(0_i64, |sum, p| sum.saturating_add(p.quantity)) < quantity
            {
                self.fault(line, "QUANTITY", &quantity.to_string(), "must be held by the article's places together");
            } else {
                wants.push(Want { quantity, places });
            }
        }
        wants
    }
}
