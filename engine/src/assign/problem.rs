//! The validated problem: orders and stock, capacity rows, and a source of options.

use std::ops::Range;

use crate::fault::Fault;

use super::lanes::{self, NONE};
use super::options::{ShipmentOptions, UNITS_PER_CENT};
use super::parts;
use super::rows::Rows;

/// An order is solved over at most this many parts.
pub const MAX_PARTS: usize = 6;
/// Prices above this many cents ($268,435.44) are taken for a mistake; sums of a few fit the solver's lanes.
pub const MAX_CENTS: i64 = NONE as i64 / UNITS_PER_CENT - 1;

/// What waiting costs, in cents.
#[derive(Clone, Copy, Debug)]
pub enum Backlog<'a> {
    /// The order ships complete or not at all; not at all costs this.
    Whole(i64),
    /// The order may ship in part.
    Lines {
        /// Cost when nothing ships.
        whole: i64,
        /// Cost of each line left behind when something ships; one per line.
        lines: &'a [i64],
    },
}

/// Stock of one SKU in one warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Dense warehouse index.
    pub warehouse: u16,
    /// Units in stock.
    pub units: i32,
}

/// Collects stock and orders; [`DemandBuilder::build`] checks them.
#[derive(Clone, Debug)]
pub struct DemandBuilder {
    warehouses: usize,
    skus: usize,
    stock: Vec<(u32, u32, u32)>,
    order_start: Vec<u32>,
    line_sku: Vec<u32>,
    line_qty: Vec<u32>,
    line_backlog: Vec<i64>,
    whole_backlog: Vec<i64>,
    partial: Vec<bool>,
    faults: Vec<Fault>,
}

impl DemandBuilder {
    /// Nothing yet, over this many warehouses and SKUs.
    pub fn new(warehouses: usize, skus: usize) -> Self {
        Self {
            warehouses,
            skus,
            stock: Vec::new(),
            order_start: vec![0],
            line_sku: Vec::new(),
            line_qty: Vec::new(),
            line_backlog: Vec::new(),
            whole_backlog: Vec::new(),
            partial: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Units of a SKU in a warehouse; at most once per pair. Zero units are allowed and mean nothing.
    pub fn stock(&mut self, sku: u32, warehouse: u32, units: u32) -> &mut Self {
        self.stock.push((sku, warehouse, units));
        self
    }

    /// Adds an order of `(sku, quantity)` lines, each SKU at most once; returns its index.
    pub fn order(&mut self, lines: &[(u32, u32)], backlog: Backlog<'_>) -> u32 {
        let order = self.whole_backlog.len();
        for &(sku, qty) in lines {
            self.line_sku.push(sku);
            self.line_qty.push(qty);
        }
        self.order_start.push(self.line_sku.len() as u32);
        let (whole, per_line) = match backlog {
            Backlog::Whole(cents) => (cents, None),
            Backlog::Lines { whole, lines } => (whole, Some(lines)),
        };
        self.whole_backlog.push(whole);
        self.partial.push(per_line.is_some());
        match per_line {
            Some(cents) if cents.len() == lines.len() => self.line_backlog.extend_from_slice(cents),
            Some(cents) => {
                let rule = format!("must have one backlog price per line, {}", lines.len());
                self.faults.push(Fault::new(format!("order {order}"), "backlog", cents.len(), rule));
                self.line_backlog.extend(std::iter::repeat_n(0, lines.len()));
            }
            None => self.line_backlog.extend(std::iter::repeat_n(0, lines.len())),
        }
        order as u32
    }

    /// Checks everything; every violation at once.
    pub fn build(mut self) -> Result<Demand, Vec<Fault>> {
        if self.warehouses > usize::from(u16::MAX) {
            self.fault("demand", "warehouses", self.warehouses, "must be at most 65,535");
        }
        self.check_stock();
        self.check_orders();
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        Ok(self.finish())
    }

    fn fault(&mut self, at: impl Into<String>, field: &str, value: impl std::fmt::Display, rule: &str) {
        self.faults.push(Fault::new(at, field, value, rule));
    }

    fn check_stock(&mut self) {
        self.stock.sort_unstable();
        for n in 0..self.stock.len() {
            let (sku, warehouse, units) = self.stock[n];
            let at = || format!("stock of sku {sku} at warehouse {warehouse}");
            if sku as usize >= self.skus {
                self.fault(at(), "sku", sku, "must be below the number of SKUs");
            }
            if warehouse as usize >= self.warehouses {
                self.fault(at(), "warehouse", warehouse, "must be below the number of warehouses");
            }
            if i32::try_from(units).is_err() {
                self.fault(at(), "units", units, "must be below 2^31");
            }
            if n > 0 && self.stock[n - 1].0 == sku && self.stock[n - 1].1 == warehouse {
                self.fault(at(), "", "", "must be listed once");
            }
        }
    }

    fn check_orders(&mut self) {
        for order in 0..self.whole_backlog.len() {
            let lines = self.order_start[order] as usize..self.order_start[order + 1] as usize;
            if lines.is_empty() {
                self.fault(format!("order {order}"), "lines", 0, "must have at least one line");
            }
            if !(0..=MAX_CENTS).contains(&self.whole_backlog[order]) {
                let value = self.whole_backlog[order];
                self.fault(format!("order {order}"), "backlog", value, "must be between 0 and 26,843,544 cents");
            }
            let mut seen: Vec<u32> = self.line_sku[lines.clone()].to_vec();
            seen.sort_unstable();
            if seen.windows(2).any(|pair| pair[0] == pair[1]) {
                self.fault(
                    format!("order {order}"),
                    "sku",
                    "",
                    "must be on one line of the order only: add up quantities",
                );
            }
            for line in lines {
                self.check_line(order, line);
            }
        }
    }

    fn check_line(&mut self, order: usize, line: usize) {
        let at = || format!("order {order}, line {}", line - self.order_start[order] as usize);
        let (sku, qty, cents) = (self.line_sku[line], self.line_qty[line], self.line_backlog[line]);
        let mut found = Vec::new();
        if sku as usize >= self.skus {
            found.push(Fault::new(at(), "sku", sku, "must be below the number of SKUs"));
        }
        if !(1..=1_000_000).contains(&qty) {
            found.push(Fault::new(at(), "quantity", qty, "must be between 1 and 1,000,000"));
        }
        if !(0..=MAX_CENTS).contains(&cents) {
            found.push(Fault::new(at(), "backlog", cents, "must be between 0 and 26,843,544 cents"));
        }
        self.faults.extend(found);
    }

    fn finish(self) -> Demand {
        let mut slot_start = vec![0_u32; self.skus + 1];
        let held = self.stock.iter().filter(|slot| slot.2 > 0);
        held.clone().for_each(|slot| slot_start[slot.0 as usize + 1] += 1);
        for sku in 0..self.skus {
            slot_start[sku + 1] += slot_start[sku];
        }
        let lanes = lanes::padded(self.warehouses);
        let words = lanes.div_ceil(64);
        let (mut holders, mut units) = (vec![0_u64; self.skus * words], vec![0_u16; self.skus * lanes]);
        for &(sku, warehouse, held) in self.stock.iter().filter(|slot| slot.2 > 0) {
            let (sku, warehouse) = (sku as usize, warehouse as usize);
            holders[sku * words + warehouse / 64] |= 1 << (warehouse % 64);
            units[sku * lanes + warehouse] = u16::try_from(held).unwrap_or(u16::MAX);
        }
        let mut demand = Demand {
            warehouses: self.warehouses,
            lanes,
            holders,
            units,
            slot_start,
            slots: held.map(|slot| Slot { warehouse: slot.1 as u16, units: slot.2 as i32 }).collect(),
            order_start: self.order_start,
            line_sku: self.line_sku,
            line_qty: self.line_qty.iter().map(|&q| q as i32).collect(),
            line_part: Vec::new(),
            line_backlog: self.line_backlog,
            whole_backlog: self.whole_backlog,
            partial: self.partial,
            part_start: vec![0],
        };
        demand.group_lines();
        demand
    }
}

/// Orders and stock, validated, in compressed rows.
#[derive(Clone, Debug)]
pub struct Demand {
    warehouses: usize,
    /// Warehouses rounded up to whole vectors.
    lanes: usize,
    /// Bit `w` of a SKU's words: warehouse `w` has a slot of it.
    holders: Vec<u64>,
    /// Units by SKU, then lane; at most 65,535 are told apart.
    units: Vec<u16>,
    slot_start: Vec<u32>,
    slots: Vec<Slot>,
    order_start: Vec<u32>,
    line_sku: Vec<u32>,
    line_qty: Vec<i32>,
    line_part: Vec<u8>,
    line_backlog: Vec<i64>,
    whole_backlog: Vec<i64>,
    partial: Vec<bool>,
    part_start: Vec<u32>,
}

impl Demand {
    /// Number of orders.
    pub fn orders(&self) -> usize {
        self.whole_backlog.len()
    }

    /// Number of warehouses.
    pub fn warehouses(&self) -> usize {
        self.warehouses
    }

    /// Number of SKUs.
    pub fn skus(&self) -> usize {
        self.slot_start.len() - 1
    }

    /// Indices of the order's lines.
    pub fn lines(&self, order: u32) -> Range<usize> {
        self.order_start[order as usize] as usize..self.order_start[order as usize + 1] as usize
    }

    /// The order of a line.
    pub fn order_of(&self, line: usize) -> u32 {
        self.order_start.partition_point(|&first| first as usize <= line) as u32 - 1
    }

    /// Number of lines of all orders.
    pub fn line_count(&self) -> usize {
        self.line_sku.len()
    }

    /// SKU of a line.
    pub fn sku(&self, line: usize) -> u32 {
        self.line_sku[line]
    }

    /// Units of a line.
    pub fn quantity(&self, line: usize) -> i32 {
        self.line_qty[line]
    }

    /// The part of its order that a line belongs to.
    pub fn part(&self, line: usize) -> u8 {
        self.line_part[line]
    }

    /// Number of parts of an order, 1 to [`MAX_PARTS`].
    pub fn parts(&self, order: u32) -> usize {
        (self.part_start[order as usize + 1] - self.part_start[order as usize]) as usize
    }

    /// Where the order's parts start when the parts of all orders stand in one row.
    pub fn first_part(&self, order: u32) -> usize {
        self.part_start[order as usize] as usize
    }

    /// The lines of the order whose part is in `mask`.
    pub fn lines_in(&self, order: u32, mask: u8) -> impl Iterator<Item = usize> + '_ {
        self.lines(order).filter(move |&line| mask >> self.line_part[line] & 1 == 1)
    }

    /// Units of the order's lines in `mask`.
    pub fn units_in(&self, order: u32, mask: u8) -> i64 {
        self.lines_in(order, mask).map(|line| i64::from(self.line_qty[line])).sum()
    }

    /// Whether lines may be left behind while others ship.
    pub fn may_ship_partially(&self, order: u32) -> bool {
        self.partial[order as usize]
    }

    /// Cents when nothing of the order ships.
    pub fn whole_backlog(&self, order: u32) -> i64 {
        self.whole_backlog[order as usize]
    }

    /// Cents when this line stays behind while others ship; 0 and meaningless for ship-complete orders.
    pub fn line_backlog(&self, line: usize) -> i64 {
        self.line_backlog[line]
    }

    /// All slots, by SKU and then by warehouse.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Indices of the SKU's slots, by ascending warehouse.
    pub fn slots_of(&self, sku: u32) -> Range<usize> {
        self.slot_start[sku as usize] as usize..self.slot_start[sku as usize + 1] as usize
    }

    /// The slot of a SKU in a warehouse.
    pub fn slot_at(&self, sku: u32, warehouse: u32) -> Option<usize> {
        let words = self.lanes.div_ceil(64);
        let (word, bit) = (warehouse as usize / 64, warehouse % 64);
        let held = &self.holders[sku as usize * words..(sku as usize + 1) * words];
        if *held.get(word)? >> bit & 1 == 0 {
            return None;
        }
        let before: u32 = held[..word].iter().map(|w| w.count_ones()).sum();
        let rank = before + (held[word] & ((1 << bit) - 1)).count_ones();
        Some(self.slot_start[sku as usize] as usize + rank as usize)
    }

    /// Warehouses rounded up to whole vectors: the length of a row by warehouse.
    pub(super) fn lanes(&self) -> usize {
        self.lanes
    }

    /// Units of a SKU by lane, at most 65,535.
    pub(super) fn units_by_lane(&self, sku: u32) -> &[u16] {
        &self.units[sku as usize * self.lanes..(sku as usize + 1) * self.lanes]
    }

    /// Per warehouse that could ship some of the order's parts alone, the mask of those parts, ascending. Every non-empty
    /// subset of such a mask is a parcel that the option source may be asked about.
    pub fn candidates(&self, order: u32) -> Vec<(u32, u8)> {
        let mut missing = vec![[0_u32; MAX_PARTS]; self.warehouses];
        let mut lines_of = [0_u32; MAX_PARTS];
        for line in self.lines(order) {
            let part = usize::from(self.line_part[line]);
            lines_of[part] += 1;
            for slot in &self.slots[self.slots_of(self.line_sku[line])] {
                if slot.units >= self.line_qty[line] {
                    missing[usize::from(slot.warehouse)][part] += 1;
                }
            }
        }
        let full = |held: &[u32; MAX_PARTS]| {
            (0..self.parts(order)).filter(|&p| held[p] == lines_of[p]).fold(0_u8, |mask, p| mask | 1 << p)
        };
        let masks = missing.iter().enumerate().map(|(w, held)| (w as u32, full(held)));
        masks.filter(|&(_, mask)| mask != 0).collect()
    }

    /// The same demand with orders renumbered: new order `n` is old order `sequence[n]`.
    fn renumbered(&self, sequence: &[u32]) -> Self {
        let mut new = Self {
            warehouses: self.warehouses,
            lanes: self.lanes,
            holders: self.holders.clone(),
            units: self.units.clone(),
            slot_start: self.slot_start.clone(),
            slots: self.slots.clone(),
            order_start: vec![0],
            line_sku: Vec::with_capacity(self.line_count()),
            line_qty: Vec::with_capacity(self.line_count()),
            line_part: Vec::with_capacity(self.line_count()),
            line_backlog: Vec::with_capacity(self.line_count()),
            whole_backlog: sequence.iter().map(|&order| self.whole_backlog(order)).collect(),
            partial: sequence.iter().map(|&order| self.may_ship_partially(order)).collect(),
            part_start: vec![0],
        };
        for &order in sequence {
            let lines = self.lines(order);
            new.line_sku.extend_from_slice(&self.line_sku[lines.clone()]);
            new.line_qty.extend_from_slice(&self.line_qty[lines.clone()]);
            new.line_part.extend_from_slice(&self.line_part[lines.clone()]);
            new.line_backlog.extend_from_slice(&self.line_backlog[lines]);
            new.order_start.push(new.line_sku.len() as u32);
            new.part_start.push(new.part_start[new.part_start.len() - 1] + self.parts(order) as u32);
        }
        new
    }

    fn group_lines(&mut self) {
        let (mut line_part, mut part_start) = (Vec::with_capacity(self.line_count()), vec![0_u32]);
        let mut total = 0;
        for order in 0..self.orders() as u32 {
            let lines = self.lines(order);
            let parts = if lines.len() <= MAX_PARTS {
                line_part.extend(0..lines.len() as u8);
                lines.len()
            } else {
                let holders: Vec<Vec<u16>> = lines.map(|line| self.holders(line)).collect();
                let grouped = parts::group(&holders);
                let parts = grouped.iter().max().map_or(0, |&last| usize::from(last) + 1);
                line_part.extend(grouped);
                parts
            };
            total += parts as u32;
            part_start.push(total);
        }
        (self.line_part, self.part_start) = (line_part, part_start);
    }

    fn holders(&self, line: usize) -> Vec<u16> {
        let slots = &self.slots[self.slots_of(self.line_sku[line])];
        slots.iter().filter(|slot| slot.units >= self.line_qty[line]).map(|slot| slot.warehouse).collect()
    }
}

/// A problem ready to be solved.
#[derive(Clone, Debug)]
pub struct Problem<S> {
    pub(super) demand: Demand,
    pub(super) rows: Rows,
    pub(super) source: S,
}

impl<S: ShipmentOptions> Problem<S> {
    /// Checks the rows, and the source against demand and rows; every violation at once.
    pub fn new(demand: Demand, rows: Rows, source: S) -> Result<Self, Vec<Fault>> {
        let mut faults = rows.faults();
        faults.extend(source.faults(&demand, &rows));
        if faults.is_empty() { Ok(Self { demand, rows, source }) } else { Err(faults) }
    }

    /// The same problem with orders renumbered: new order `n` is old order `sequence[n]`; `source` knows them so.
    pub(super) fn renumbered(&self, sequence: &[u32], source: S) -> Self {
        Self { demand: self.demand.renumbered(sequence), rows: self.rows.clone(), source }
    }

    /// Orders and stock.
    pub fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Shared capacities.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Where prices come from.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Number of units that this choice takes from its work row.
    pub(super) fn work_of(&self, work_row: u32, units: i64) -> i64 {
        match self.rows.work.get(work_row as usize) {
            Some(row) => row.per_shipment + row.per_unit * units,
            None => 0,
        }
    }
}
