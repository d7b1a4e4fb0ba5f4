//! Files of `tidewater pack`: cartons and orders as CSV, placements as CSV; [`bill`] knows prices, [`academic`] instances as JSON
//! lines, and [`drawing`] makes pictures.

pub mod academic;
pub mod bill;
pub mod drawing;

use std::collections::BTreeMap;
use std::fmt::Write;

use engine::fault::Fault;
use engine::model::World;
use engine::packing::{Carton, Item, PackedCarton, Problem, Rotations};
use engine::shipping;
use engine::units::{Cents, Grams, Size};
use serde::Deserialize;

use crate::formats::rows;

#[derive(Debug, Deserialize)]
struct CartonRow {
    reference: String,
    outer_w_mm: i64,
    outer_l_mm: i64,
    outer_d_mm: i64,
    empty_g: i64,
    inner_w_mm: i64,
    inner_l_mm: i64,
    inner_d_mm: i64,
    max_g: i64,
    #[serde(default)]
    cost_cents: i64,
    available: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct OrderRow {
    order: String,
    qty: u32,
    item: String,
    w_mm: i64,
    l_mm: i64,
    d_mm: i64,
    weight_g: i64,
    #[serde(default)]
    keep_flat: Mark,
    #[serde(default)]
    fragile: Mark,
    #[serde(default)]
    alone: Mark,
}

/// Yes or no in a table; empty is no.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
enum Mark {
    #[default]
    #[serde(rename = "0", alias = "")]
    No,
    #[serde(rename = "1")]
    Yes,
}

/// The cartons to pack into.
#[derive(Clone, Debug)]
pub struct Cartons {
    /// Their names.
    pub names: Vec<String>,
    /// What they are.
    pub types: Vec<Carton>,
    /// What one of each costs.
    pub costs: Vec<Cents>,
}

impl Cartons {
    /// Reads the file; every fault at once.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let rows: Vec<(u64, CartonRow)> = rows(name, text, &mut faults);
        let types: Vec<Carton> = rows
            .iter()
            .map(|(_, row)| Carton {
                inner: Size::new(row.inner_w_mm, row.inner_l_mm, row.inner_d_mm),
                outer: Size::new(row.outer_w_mm, row.outer_l_mm, row.outer_d_mm),
                tare: Grams::new(row.empty_g),
                max_gross: Grams::new(row.max_g),
                limit: row.available,
            })
            .collect();
        for (line, row) in rows.iter().filter(|(_, row)| !(0..=MOST_CENTS).contains(&row.cost_cents)) {
            let rule = format!("must be 0 to {MOST_CENTS}");
            faults.push(Fault::new(format!("{name}:{line}"), "cost_cents", row.cost_cents, rule));
        }
        if let Err(found) = Problem::new(Vec::new(), types.clone()) {
            faults.extend(found.into_iter().map(|fault| Fault { at: format!("{name}: {}", fault.at), ..fault }));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let costs = rows.iter().map(|(_, row)| Cents::new(row.cost_cents)).collect();
        Ok(Self { names: rows.into_iter().map(|(_, row)| row.reference).collect(), types, costs })
    }

    /// The cartons of a network.
    pub fn of(world: &World) -> Self {
        Self {
            names: world.cartons.iter().map(|carton| carton.id.to_string()).collect(),
            types: world.cartons.iter().map(shipping::carton).collect(),
            costs: world.cartons.iter().map(|carton| carton.cost).collect(),
        }
    }
}

/// An order to pack.
#[derive(Debug)]
pub struct Order {
    /// Its name.
    pub name: String,
    /// Names of its items.
    pub items: Vec<String>,
    /// Its items and the cartons.
    pub problem: Problem,
}

/// Reads orders, in the file's sequence, each a problem over the same cartons; every fault at once. Width, length, depth are
/// x, y, z; with `keep_flat` every depth stays upright.
pub fn read(cartons: &Cartons, orders: (&str, &str), keep_flat: bool) -> Result<Vec<Order>, Vec<Fault>> {
    let mut faults = Vec::new();
    let order_rows: Vec<(u64, OrderRow)> = rows(orders.0, orders.1, &mut faults);
    let mut sequence: Vec<String> = Vec::new();
    let mut items: BTreeMap<String, (Vec<String>, Vec<Item>)> = BTreeMap::new();
    for (line, row) in order_rows {
        let item = Item {
            size: Size::new(row.w_mm, row.l_mm, row.d_mm),
            weight: Grams::new(row.weight_g),
            quantity: row.qty,
            rotations: match keep_flat || row.keep_flat == Mark::Yes {
                true => Rotations::KEEP_FLAT,
                false => Rotations::FREE,
            },
            fragile: row.fragile == Mark::Yes,
            alone: row.alone == Mark::Yes,
        };
        let one = Carton {
            inner: Size::new(1, 1, 1),
            outer: Size::new(1, 1, 1),
            tare: Grams::ZERO,
            max_gross: Grams::ZERO,
            limit: None,
        };
        if let Err(found) = Problem::new(vec![item], vec![one]) {
            faults.extend(found.into_iter().map(|fault| Fault { at: format!("{}:{line}", orders.0), ..fault }));
        }
        if row.qty == 0 {
            faults.push(Fault::new(format!("{}:{line}", orders.0), "qty", 0, "must be at least 1"));
        }
        let entry = items.entry(row.order.clone()).or_insert_with(|| {
            sequence.push(row.order.clone());
            Default::default()
        });
        entry.0.push(row.item);
        entry.1.push(item);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut read = Vec::with_capacity(sequence.len());
    for name in sequence {
        let Some((items, units)) = items.remove(&name) else { continue };
        let problem = Problem::new(units, cartons.types.clone())?;
        faults.extend(bounded(&format!("{}: order {name}", orders.0), &problem));
        read.push(Order { name, items, problem });
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

/// Most units of an order.
const MOST_UNITS: u64 = 20_000;

/// Most grams of a unit or a carton.
const MOST_GRAMS: i64 = 1_000_000_000;

/// Most cents of a price.
const MOST_CENTS: i64 = 100_000_000;

/// What would not be packed in sensible time, or would not add up in 64 bits.
fn bounded(at: &str, problem: &Problem) -> Vec<Fault> {
    let mut faults = Vec::new();
    let units: u64 = problem.items().iter().map(|item| u64::from(item.quantity)).sum();
    if units > MOST_UNITS {
        faults.push(Fault::new(at, "quantity", units, format!("must add up to at most {MOST_UNITS} units")));
    }
    let weights = problem.items().iter().map(|item| item.weight);
    let heaviest = weights.chain(problem.cartons().iter().map(|carton| carton.max_gross)).max().unwrap_or_default();
    if heaviest > Grams::new(MOST_GRAMS) {
        faults.push(Fault::new(at, "weight", heaviest, format!("must be at most {MOST_GRAMS} g")));
    }
    let sizes = problem.items().iter().map(|item| item.size);
    let sizes = sizes.chain(problem.cartons().iter().map(|carton| carton.outer));
    let largest = sizes.map(|size| size.volume().get()).max().unwrap_or(0);
    if i128::from(largest) * i128::from(units) > 1_000_000_000_000_000_000 {
        let rule = "times the units must be at most 10^18 mm3";
        faults.push(Fault::new(at, "largest volume", format!("{largest} mm3"), rule));
    }
    faults
}

/// First line of the placements.
pub const HEADER: &str = "order,carton_no,carton,item,x_mm,y_mm,z_mm,dx_mm,dy_mm,dz_mm\n";

/// The placements of one order, one row a unit.
pub fn placements(order: &str, items: &[String], types: &[String], cartons: &[PackedCarton]) -> String {
    let mut text = String::new();
    for (n, carton) in cartons.iter().enumerate() {
        for unit in &carton.placements {
            let ([x, y, z], [dx, dy, dz]) = (unit.at, unit.edges);
            let _ = writeln!(
                text,
                "{order},{},{},{},{x},{y},{z},{dx},{dy},{dz}",
                n + 1,
                types[carton.carton],
                items[unit.item]
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARTONS: &str = "reference,outer_w_mm,outer_l_mm,outer_d_mm,empty_g,inner_w_mm,inner_l_mm,inner_d_mm,max_g\nA,110,110,110,50,100,100,100,900\n";

    fn texts(faults: Vec<Fault>) -> Vec<String> {
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_of_a_file_is_reported() {
        let found = texts(Cartons::read("boxes.csv", &CARTONS.replace("900", "9")).unwrap_err());
        assert!(found.len() == 1 && found[0].starts_with("boxes.csv"), "{found:?}");
        let orders =
            "order,qty,item,w_mm,l_mm,d_mm,weight_g,fragile\no1,1,i,0,5,5,1,\no2,x,i,5,5,5,1,1\no2,1,i,5,5,5,1,2\n";
        let cartons = Cartons::read("boxes.csv", CARTONS).unwrap();
        let found = texts(read(&cartons, ("orders.csv", orders), false).unwrap_err());
        let many = "order,qty,item,w_mm,l_mm,d_mm,weight_g\no1,4294967295,i,5,5,5,9223372036854775807\n";
        let beyond = texts(read(&cartons, ("orders.csv", many), false).unwrap_err());
        assert!(beyond.len() == 2 && beyond[0].starts_with("orders.csv: order o1: quantity"), "{beyond:?}");
        let starts = ["orders.csv:3", "orders.csv:4", "orders.csv:2"];
        assert!(found.len() == 3 && found.iter().zip(starts).all(|(f, start)| f.starts_with(start)), "{found:?}");
    }

    #[test]
    fn orders_keep_the_sequence_of_the_file_and_their_marks() {
        let orders = "order,qty,item,w_mm,l_mm,d_mm,weight_g,fragile,alone,keep_flat\nz,1,i,5,5,5,1,,1,\na,2,j,5,5,5,1,0,0,1\nz,1,k,5,5,5,1,1,,\n";
        let cartons = Cartons::read("boxes.csv", CARTONS).unwrap();
        let read_back = read(&cartons, ("orders.csv", orders), false).unwrap();
        let names: Vec<(&str, usize)> =
            read_back.iter().map(|order| (order.name.as_str(), order.items.len())).collect();
        assert_eq!(names, [("z", 2), ("a", 1)]);
        let marks = |order: &Order| -> Vec<[bool; 3]> {
            let flat = |item: &Item| item.rotations == Rotations::KEEP_FLAT;
            order.problem.items().iter().map(|item| [item.fragile, item.alone, flat(item)]).collect()
        };
        assert_eq!(marks(&read_back[0]), [[false, true, false], [true, false, false]]);
        assert_eq!(marks(&read_back[1]), [[false, false, true]]);
    }
}
