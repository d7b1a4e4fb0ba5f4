//! Options listed one by one, per order, warehouse and mask: for planners whose prices come from real rating.

use crate::fault::Fault;

use super::lanes::NONE;
use super::options::{Choice, NO_ROW, Parcel, Priced, RowPrices, ShipmentOptions};
use super::problem::{Demand, MAX_CENTS};
use super::rows::Rows;

/// Collects options; [`ExplicitBuilder::build`] sorts them. Problem::new checks them against demand and rows.
#[derive(Clone, Debug, Default)]
pub struct ExplicitBuilder {
    listed: Vec<(Parcel, Choice)>,
    place_of_order: Vec<u32>,
    warehouses: usize,
    distance: Vec<u32>,
}

impl ExplicitBuilder {
    /// No options yet. `distance` is by place, then warehouse, on any scale; `place_of_order` names each order's place.
    pub fn new(warehouses: usize, place_of_order: Vec<u32>, distance: Vec<u32>) -> Self {
        Self { listed: Vec::new(), place_of_order, warehouses, distance }
    }

    /// Adds one way to ship the parcel. A parcel without options cannot be shipped.
    pub fn option(&mut self, parcel: Parcel, choice: Choice) -> &mut Self {
        self.listed.push((parcel, choice));
        self
    }

    /// The source.
    pub fn build(mut self) -> ExplicitCost {
        self.listed.sort_by_key(|(parcel, _)| (parcel.order, parcel.warehouse, parcel.mask));
        let mut cost = ExplicitCost {
            group_start: vec![0],
            place_of_order: self.place_of_order,
            warehouses: self.warehouses,
            distance: self.distance,
            ..ExplicitCost::default()
        };
        for (parcel, choice) in self.listed {
            if cost.parcels.last() != Some(&parcel) {
                cost.parcels.push(parcel);
                cost.choice_start.push(cost.choices.len() as u32);
            }
            cost.choices.push(choice);
        }
        cost.choice_start.push(cost.choices.len() as u32);
        for order in 0..cost.place_of_order.len() as u32 {
            cost.group_start.push(cost.parcels.partition_point(|parcel| parcel.order <= order) as u32);
        }
        cost
    }
}

/// A [`ShipmentOptions`] over listed options.
#[derive(Clone, Debug, Default)]
pub struct ExplicitCost {
    /// Order to its parcels.
    group_start: Vec<u32>,
    /// By order, warehouse, mask.
    parcels: Vec<Parcel>,
    /// Parcel to its choices.
    choice_start: Vec<u32>,
    choices: Vec<Choice>,
    place_of_order: Vec<u32>,
    warehouses: usize,
    distance: Vec<u32>,
}

impl ExplicitCost {
    fn find(&self, parcel: Parcel) -> Option<usize> {
        let range =
            self.group_start[parcel.order as usize] as usize..self.group_start[parcel.order as usize + 1] as usize;
        let key = (parcel.warehouse, parcel.mask);
        let found = self.parcels[range.clone()].binary_search_by_key(&key, |p| (p.warehouse, p.mask));
        found.ok().map(|n| range.start + n)
    }

    fn choices_of(&self, group: usize) -> &[Choice] {
        &self.choices[self.choice_start[group] as usize..self.choice_start[group + 1] as usize]
    }

    fn parcel_faults(&self, demand: &Demand, parcel: Parcel) -> Vec<Fault> {
        let at =
            || format!("option of order {}, warehouse {}, mask {:#b}", parcel.order, parcel.warehouse, parcel.mask);
        if parcel.order as usize >= demand.orders() {
            return vec![Fault::new(at(), "order", parcel.order, "must be below the number of orders")];
        }
        let mut faults = Vec::new();
        if parcel.warehouse as usize >= demand.warehouses() {
            faults.push(Fault::new(at(), "warehouse", parcel.warehouse, "must be below the number of warehouses"));
        }
        if parcel.mask == 0 || usize::from(parcel.mask) >= 1 << demand.parts(parcel.order) {
            faults.push(Fault::new(at(), "mask", parcel.mask, "must name parts of the order"));
        }
        faults
    }
}

fn choice_faults(parcel: Parcel, choice: &Choice, rows: &Rows) -> Vec<Fault> {
    let at = || format!("option {} of order {}, warehouse {}", choice.tag, parcel.order, parcel.warehouse);
    let inside = |row: u32, len: usize| row == NO_ROW || (row as usize) < len;
    let checks = [
        ((0..=MAX_CENTS).contains(&choice.cents), "cents", choice.cents, "must be between 0 and 26,843,544"),
        ((1..=1000).contains(&choice.parcels), "parcels", choice.parcels.into(), "must be between 1 and 1,000"),
        (inside(choice.work_row, rows.work.len()), "work_row", choice.work_row.into(), "must be a row of the problem"),
        (
            inside(choice.pickup_row, rows.pickups.len()),
            "pickup_row",
            choice.pickup_row.into(),
            "must be a row of the problem",
        ),
        (
            choice.allotments.iter().all(|&row| inside(row, rows.allotments.len())),
            "allotments",
            choice.allotments.into_iter().filter(|&row| row != NO_ROW).max().unwrap_or(0).into(),
            "must be rows of the problem",
        ),
        (
            choice.allotments[0] == NO_ROW || choice.allotments[0] != choice.allotments[1],
            "allotments",
            choice.allotments[0].into(),
            "must be different rows",
        ),
        (
            inside(choice.carrier, rows.carriers.len()),
            "carrier",
            choice.carrier.into(),
            "must be a carrier of the problem",
        ),
    ];
    checks.into_iter().filter(|c| !c.0).map(|(_, field, value, rule)| Fault::new(at(), field, value, rule)).collect()
}

impl ShipmentOptions for ExplicitCost {
    type Priced<'a> = PricedList<'a>;

    fn faults(&self, demand: &Demand, rows: &Rows) -> Vec<Fault> {
        let mut faults = Vec::new();
        let orders = self.place_of_order.len();
        if orders != demand.orders() {
            faults.push(Fault::new("options", "place_of_order", orders, "must have one entry per order"));
        }
        if self.warehouses != demand.warehouses() {
            faults.push(Fault::new("options", "warehouses", self.warehouses, "must be as in the demand"));
        }
        let places = self.place_of_order.iter().max().map_or(0, |&last| last as usize + 1);
        if self.distance.len() < places * self.warehouses {
            let rule = "must hold every place of an order x warehouses";
            faults.push(Fault::new("options", "distance", self.distance.len(), rule));
        }
        for (group, &parcel) in self.parcels.iter().enumerate() {
            faults.extend(self.parcel_faults(demand, parcel));
            faults.extend(self.choices_of(group).iter().flat_map(|choice| choice_faults(parcel, choice, rows)));
        }
        faults
    }

    fn priced<'a>(&'a self, demand: &'a Demand, rows: &'a Rows, prices: &RowPrices) -> PricedList<'a> {
        let work =
            |row: u32, units: i64| rows.work.get(row as usize).map_or(0, |row| row.per_shipment + row.per_unit * units);
        let best = self.parcels.iter().enumerate().map(|(group, parcel)| {
            let units = demand.units_in(parcel.order, parcel.mask);
            let value = |choice: &Choice| prices.reduced(rows, choice, work(choice.work_row, units));
            let choices = self.choices_of(group).iter().enumerate();
            choices.map(|(n, choice)| (value(choice), n as u32)).min().unwrap_or((NONE.into(), 0))
        });
        PricedList { list: self, demand, best: best.collect(), unit: vec![0; demand.lanes()] }
    }

    fn visit(&self, _: &Demand, parcel: Parcel, show: &mut dyn FnMut(&Choice)) {
        if let Some(group) = self.find(parcel) {
            self.choices_of(group).iter().for_each(show);
        }
    }

    fn distance(&self, order: u32, warehouse: u32) -> u32 {
        self.distance[self.place_of_order[order as usize] as usize * self.warehouses + warehouse as usize]
    }

    fn max_parcels(&self) -> u32 {
        self.choices.iter().map(|choice| choice.parcels).max().unwrap_or(1)
    }
}

/// [`ExplicitCost`] at fixed row prices: the cheapest choice of every parcel.
pub struct PricedList<'a> {
    list: &'a ExplicitCost,
    demand: &'a Demand,
    best: Vec<(i64, u32)>,
    /// All 0: a choice's cents hold its hands, and its work price stands in its row.
    unit: Vec<i32>,
}

/// The rows of one order.
#[derive(Default)]
pub struct ListContext {
    order: u32,
    /// By mask, then lane.
    rows: Vec<i32>,
}

impl Priced for PricedList<'_> {
    type Context = ListContext;

    fn unit(&self) -> &[i32] {
        &self.unit
    }

    fn begin(&self, order: u32, context: &mut ListContext) {
        let lanes = self.unit.len();
        context.order = order;
        context.rows.clear();
        context.rows.resize(lanes << self.demand.parts(order), NONE);
        let first = self.list.group_start[order as usize] as usize;
        let last = self.list.group_start[order as usize + 1] as usize;
        for (parcel, (value, _)) in self.list.parcels[first..last].iter().zip(&self.best[first..last]) {
            context.rows[usize::from(parcel.mask) * lanes + parcel.warehouse as usize] =
                (*value).clamp(0, NONE.into()) as i32;
        }
    }

    fn row<'c>(&self, context: &'c mut ListContext, mask: u8) -> &'c [i32] {
        &context.rows[usize::from(mask) * self.unit.len()..(usize::from(mask) + 1) * self.unit.len()]
    }

    fn choice(&self, context: &ListContext, warehouse: u32, mask: u8) -> Choice {
        let group = self.list.find(Parcel { order: context.order, warehouse, mask });
        let group = group.expect("asked only where the row had an answer");
        self.list.choices_of(group)[self.best[group].1 as usize]
    }
}
