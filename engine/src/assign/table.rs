//! Options from rate tables by service class, zone and billable pound: compact, nothing listed per order.
//!
//! Warehouse `w` has work row `w`; carrier `c` at warehouse `w` has pickup row `w * carriers + c`; carrier `c` is tiered
//! carrier `c`. A shipment is one parcel.

use crate::fault::Fault;

use super::lanes::NONE;
use super::options::{Choice, NO_ROW, Parcel, Priced, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::problem::{Demand, MAX_CENTS};
use super::rows::Rows;

/// What [`TableCost`] is made of.
#[derive(Clone, Debug, Default)]
pub struct TableInput {
    /// Number of warehouses.
    pub warehouses: usize,
    /// Number of carriers.
    pub carriers: usize,
    /// Number of zones.
    pub zones: usize,
    /// Last billable pound of the table.
    pub max_lb: usize,
    /// Destination of each order.
    pub place_of_order: Vec<u32>,
    /// Service class of each order: what its deadline admits.
    pub class_of_order: Vec<u8>,
    /// Zone by place, then warehouse.
    pub zone: Vec<u8>,
    /// Distance by place, then warehouse, on any scale; for the nearest-with-stock baseline only.
    pub distance: Vec<u32>,
    /// Tenths of a pound of one unit, by SKU.
    pub weight10: Vec<u32>,
    /// `[class][carrier][zone][lb - 1]`: cents and tag of the carrier's cheapest admitted service, `None` where there is none.
    pub rates: Vec<Option<(i64, u32)>>,
    /// Cents per shipment, by warehouse.
    pub handling_shipment: Vec<i64>,
    /// Cents per unit, by warehouse.
    pub handling_unit: Vec<i64>,
}

/// A [`ShipmentOptions`] over rate tables. Above the last pound `m` a shipment costs `rate(m) + (lb - m) * rate(m) / m`.
#[derive(Clone, Debug)]
pub struct TableCost {
    input: TableInput,
    classes: usize,
    /// `zone * warehouses + warehouse`, by place then warehouse.
    column: Vec<u32>,
}

impl TableCost {
    /// Checks the tables against each other; every violation at once.
    pub fn new(input: TableInput) -> Result<Self, Vec<Fault>> {
        let classes = input.class_of_order.iter().max().map_or(1, |&last| usize::from(last) + 1);
        let faults = input.faults(classes);
        if !faults.is_empty() {
            return Err(faults);
        }
        let w = input.warehouses;
        let column = input.zone.iter().enumerate().map(|(n, &z)| (usize::from(z) * w + n % w) as u32).collect();
        Ok(Self { input, classes, column })
    }

    fn rate(&self, class: usize, carrier: usize, zone: usize, lb: usize) -> Option<(i64, u32)> {
        let t = &self.input;
        let row = ((class * t.carriers + carrier) * t.zones + zone) * t.max_lb;
        if lb <= t.max_lb {
            return t.rates[row + lb - 1];
        }
        let last = t.max_lb as i64;
        t.rates[row + t.max_lb - 1].map(|(cents, tag)| (cents + (lb as i64 - last) * cents / last, tag))
    }

    fn choice_of(&self, class: usize, carrier: usize, column: usize, lb: usize, units: i64) -> Option<Choice> {
        let t = &self.input;
        let (zone, warehouse) = (column / t.warehouses, column % t.warehouses);
        self.rate(class, carrier, zone, lb).map(|(cents, tag)| Choice {
            cents: cents + t.handling_shipment[warehouse] + t.handling_unit[warehouse] * units,
            work_row: warehouse as u32,
            pickup_row: (warehouse * t.carriers + carrier) as u32,
            allotments: [NO_ROW; 2],
            carrier: carrier as u32,
            parcels: 1,
            tag,
        })
    }

    fn column(&self, order: u32, warehouse: u32) -> usize {
        let place = self.input.place_of_order[order as usize] as usize;
        self.column[place * self.input.warehouses + warehouse as usize] as usize
    }
}

impl TableInput {
    fn faults(&self, classes: usize) -> Vec<Fault> {
        let mut faults = Vec::new();
        let places = self.zone.len().checked_div(self.warehouses).unwrap_or(0);
        let mut must = |holds: bool, field: &str, value: usize, rule: &str| {
            if !holds {
                faults.push(Fault::new("rate tables", field, value, rule));
            }
        };
        must(self.warehouses > 0, "warehouses", self.warehouses, "must be at least 1");
        must((1..=255).contains(&self.carriers), "carriers", self.carriers, "must be 1 to 255");
        must(self.max_lb > 0, "max_lb", self.max_lb, "must be at least 1");
        let orders = self.class_of_order.len();
        must(
            self.place_of_order.len() == orders,
            "place_of_order",
            self.place_of_order.len(),
            "must have one entry per order",
        );
        must(self.zone.len() == places * self.warehouses, "zone", self.zone.len(), "must be places x warehouses");
        must(self.distance.len() == self.zone.len(), "distance", self.distance.len(), "must be places x warehouses");
        let expected = classes * self.carriers * self.zones * self.max_lb;
        must(self.rates.len() == expected, "rates", self.rates.len(), "must be classes x carriers x zones x pounds");
        must(
            self.handling_shipment.len() == self.warehouses,
            "handling_shipment",
            self.handling_shipment.len(),
            "must be one per warehouse",
        );
        must(
            self.handling_unit.len() == self.warehouses,
            "handling_unit",
            self.handling_unit.len(),
            "must be one per warehouse",
        );
        let zone = self.zone.iter().copied().max().unwrap_or(0);
        must(
            self.zone.is_empty() || usize::from(zone) < self.zones,
            "zone",
            zone.into(),
            "must be below the number of zones",
        );
        let place = self.place_of_order.iter().copied().max().unwrap_or(0);
        must(
            orders == 0 || (place as usize) < places,
            "place_of_order",
            place as usize,
            "must be below the number of places",
        );
        let cents = self.rates.iter().flatten().map(|rate| rate.0);
        let all = cents.chain(self.handling_shipment.iter().copied()).chain(self.handling_unit.iter().copied());
        let wild = all.filter(|c| !(0..=MAX_CENTS).contains(c)).count();
        must(wild == 0, "cents", wild, "prices must be between 0 and 26,843,544 cents; this many are not");
        let heavy = self.weight10.iter().filter(|&&w| w > 10_000_000).count();
        must(heavy == 0, "weight10", heavy, "weights must be at most 10^7; this many are not");
        faults
    }
}

impl ShipmentOptions for TableCost {
    type Priced<'a> = PricedTable<'a>;

    fn faults(&self, demand: &Demand, rows: &Rows) -> Vec<Fault> {
        let t = &self.input;
        let mut faults = Vec::new();
        let mut same = |field: &str, found: usize, wanted: usize| {
            if found != wanted {
                faults.push(Fault::new("rate tables", field, found, format!("must be {wanted}, as the problem has")));
            }
        };
        same("orders", t.class_of_order.len(), demand.orders());
        same("warehouses", t.warehouses, demand.warehouses());
        same("skus", t.weight10.len(), demand.skus());
        same("work rows", t.warehouses, rows.work.len());
        same("pickup rows", t.warehouses * t.carriers, rows.pickups.len());
        same("carriers", t.carriers, rows.carriers.len());
        faults
    }

    fn priced<'a>(&'a self, demand: &'a Demand, rows: &'a Rows, prices: &RowPrices) -> PricedTable<'a> {
        PricedTable::new(self, demand, rows, prices)
    }

    fn visit(&self, demand: &Demand, parcel: Parcel, show: &mut dyn FnMut(&Choice)) {
        let (mut units, mut tenths) = (0, 0);
        for line in demand.lines_in(parcel.order, parcel.mask) {
            units += i64::from(demand.quantity(line));
            tenths += i64::from(demand.quantity(line)) * i64::from(self.input.weight10[demand.sku(line) as usize]);
        }
        let class = usize::from(self.input.class_of_order[parcel.order as usize]);
        let column = self.column(parcel.order, parcel.warehouse);
        for carrier in 0..self.input.carriers {
            if let Some(choice) = self.choice_of(class, carrier, column, billable(tenths), units) {
                show(&choice);
            }
        }
    }

    /// Orders of one place and class share their rows.
    fn side_by_side(&self) -> Option<(Vec<u32>, Self)> {
        let t = &self.input;
        let mut sequence: Vec<u32> = (0..t.place_of_order.len() as u32).collect();
        sequence.sort_by_key(|&order| (t.place_of_order[order as usize], t.class_of_order[order as usize]));
        let mut source = self.clone();
        source.input.place_of_order = sequence.iter().map(|&order| t.place_of_order[order as usize]).collect();
        source.input.class_of_order = sequence.iter().map(|&order| t.class_of_order[order as usize]).collect();
        Some((sequence, source))
    }

    fn distance(&self, order: u32, warehouse: u32) -> u32 {
        let place = self.input.place_of_order[order as usize] as usize;
        self.input.distance[place * self.input.warehouses + warehouse as usize]
    }

    fn max_parcels(&self) -> u32 {
        1
    }
}

/// Whole pounds that the carriers charge for this many tenths.
fn billable(tenths: i64) -> usize {
    (tenths.max(1) as usize).div_ceil(10)
}

/// [`TableCost`] at fixed row prices: one cell per class, pound, zone and warehouse.
pub struct PricedTable<'a> {
    table: &'a TableCost,
    demand: &'a Demand,
    lanes: usize,
    /// Reduced price without the units' part, `[class][lb - 1][zone][warehouse]`.
    cell: Vec<i32>,
    /// Reduced price of a unit, by lane.
    unit: Vec<i32>,
    /// Reduced price of a parcel, `[carrier][warehouse]`.
    parcel: Vec<i64>,
}

/// What an order's masks weigh, and the rows of its class and place.
#[derive(Default)]
pub struct TableContext {
    class: usize,
    place: usize,
    lb: Vec<u32>,
    units: Vec<i64>,
    /// The rows by pound of one class and place, filled when asked for; one more for what is heavier.
    rows: Vec<i32>,
    /// Whose rows they are, and which are filled.
    rows_of: Option<(usize, usize)>,
    filled: Vec<bool>,
}

impl<'a> PricedTable<'a> {
    fn new(table: &'a TableCost, demand: &'a Demand, rows: &Rows, prices: &RowPrices) -> Self {
        let t = &table.input;
        let (w, c) = (t.warehouses, t.carriers);
        let work = |n: usize| (prices.work[n] * rows.work[n].per_shipment, prices.work[n] * rows.work[n].per_unit);
        let low = |value: i64| value.clamp(0, NONE.into()) as i32;
        let mut unit = vec![0; demand.lanes()];
        for (n, unit) in unit.iter_mut().enumerate().take(w) {
            // A fraction of the most, so that adding it to a price cannot overflow. Cut prices only lower the bound.
            *unit = low(t.handling_unit[n] * UNITS_PER_CENT + work(n).1).min(NONE / 2);
        }
        let fixed = |n: usize| t.handling_shipment[n] * UNITS_PER_CENT + work(n).0;
        let parcel: Vec<i64> = (0..w * c)
            .map(|n| (n / w, n % w))
            .map(|(carrier, n)| prices.pickup[n * c + carrier] + prices.carrier[carrier] + fixed(n))
            .collect();
        let mut cell = vec![NONE; table.classes * t.max_lb * t.zones * w];
        for (n, cells) in cell.chunks_exact_mut(w).enumerate() {
            let (class, lb, zone) = (n / (t.max_lb * t.zones), n / t.zones % t.max_lb + 1, n % t.zones);
            for carrier in 0..c {
                let Some((cents, _)) = table.rate(class, carrier, zone, lb) else { continue };
                for (cell, extra) in cells.iter_mut().zip(&parcel[carrier * w..(carrier + 1) * w]) {
                    *cell = (*cell).min(low(cents * UNITS_PER_CENT + extra));
                }
            }
        }
        Self { table, demand, lanes: demand.lanes(), cell, unit, parcel }
    }

    /// The cheapest carrier for this many pounds, and its price without the units' part.
    fn cheapest(&self, context: &TableContext, warehouse: usize, lb: usize) -> Option<(i64, usize)> {
        let t = &self.table.input;
        let zone = self.table.column[context.place * t.warehouses + warehouse] as usize / t.warehouses;
        let value = |carrier: usize| {
            let (cents, _) = self.table.rate(context.class, carrier, zone, lb)?;
            Some((cents * UNITS_PER_CENT + self.parcel[carrier * t.warehouses + warehouse], carrier))
        };
        (0..t.carriers).filter_map(value).min()
    }

    fn fill(&self, context: &mut TableContext, lb: usize) {
        let t = &self.table.input;
        let (w, last) = (t.warehouses, t.max_lb);
        let slot = lb.min(last + 1) - 1;
        let columns = &self.table.column[context.place * w..(context.place + 1) * w];
        if lb <= last {
            let cells = (context.class * last + lb - 1) * t.zones * w;
            let cells = &self.cell[cells..cells + t.zones * w];
            let row = &mut context.rows[slot * self.lanes..slot * self.lanes + w];
            for (to, &column) in row.iter_mut().zip(columns) {
                *to = cells[column as usize];
            }
            context.filled[slot] = true;
            return;
        }
        for warehouse in 0..w {
            let found = self.cheapest(context, warehouse, lb);
            context.rows[slot * self.lanes + warehouse] =
                found.map_or(NONE, |(value, _)| value.clamp(0, NONE.into()) as i32);
        }
    }

    fn carrier(&self, context: &TableContext, warehouse: u32, mask: u8) -> usize {
        let found = self.cheapest(context, warehouse as usize, context.lb[usize::from(mask)] as usize);
        found.map_or(0, |(_, carrier)| carrier)
    }
}

impl Priced for PricedTable<'_> {
    type Context = TableContext;

    fn unit(&self) -> &[i32] {
        &self.unit
    }

    fn begin(&self, order: u32, context: &mut TableContext) {
        let t = &self.table.input;
        context.class = usize::from(t.class_of_order[order as usize]);
        context.place = t.place_of_order[order as usize] as usize;
        if context.rows_of != Some((context.class, context.place)) {
            context.rows_of = Some((context.class, context.place));
            context.rows.resize((t.max_lb + 1) * self.lanes, NONE);
            context.filled.clear();
            context.filled.resize(t.max_lb + 1, false);
            context.lb.resize(64, 0);
            context.units.resize(64, 0);
        }
        let mut tenths = [0_i64; 64];
        let masks = 1_usize << self.demand.parts(order);
        context.units[..masks].fill(0);
        for line in self.demand.lines(order) {
            let (bit, qty) = (1_usize << self.demand.part(line), i64::from(self.demand.quantity(line)));
            context.units[bit] += qty;
            tenths[bit] += qty * i64::from(t.weight10[self.demand.sku(line) as usize]);
        }
        for mask in 1..masks {
            let rest = mask & (mask - 1);
            if rest != 0 {
                context.units[mask] = context.units[rest] + context.units[mask ^ rest];
                tenths[mask] = tenths[rest] + tenths[mask ^ rest];
            }
            context.lb[mask] = billable(tenths[mask]) as u32;
        }
    }

    fn row<'c>(&self, context: &'c mut TableContext, mask: u8) -> &'c [i32] {
        let lb = context.lb[usize::from(mask)] as usize;
        let slot = lb.min(self.table.input.max_lb + 1) - 1;
        if !context.filled[slot] {
            self.fill(context, lb);
        }
        &context.rows[slot * self.lanes..(slot + 1) * self.lanes]
    }

    fn choice(&self, context: &TableContext, warehouse: u32, mask: u8) -> Choice {
        let column = self.table.column[context.place * self.table.input.warehouses + warehouse as usize] as usize;
        let (lb, units) = (context.lb[usize::from(mask)] as usize, context.units[usize::from(mask)]);
        let choice = self.table.choice_of(context.class, self.carrier(context, warehouse, mask), column, lb, units);
        choice.expect("asked only where the row had an answer")
    }

    fn rows(&self, context: &TableContext, warehouse: u32, mask: u8) -> RowUse {
        let carrier = self.carrier(context, warehouse, mask) as u32;
        RowUse {
            work_row: warehouse,
            pickup_row: warehouse * self.table.input.carriers as u32 + carrier,
            allotments: [NO_ROW; 2],
            carrier,
            parcels: 1,
        }
    }
}
