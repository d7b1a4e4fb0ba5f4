//! The capacities that orders share, besides stock.

use crate::fault::Fault;

use super::problem::MAX_CENTS;

/// A capacity in units of work, such as one warehouse's (or one of its waves') picking and packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkRow {
    /// Units of work available.
    pub capacity: i64,
    /// Work of a shipment, whatever it holds.
    pub per_shipment: i64,
    /// Work of each unit in it.
    pub per_unit: i64,
}

/// A step of a carrier's price on its total parcels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Parcels in the step.
    pub width: i64,
    /// Surcharge of each, in cents.
    pub surcharge: i64,
}

/// What an allotment counts of a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Its parcels.
    Parcels,
    /// The shipment, however many parcels it has.
    Shipments,
}

/// A capacity that cuts across warehouses and pickups, such as what a carrier takes a day on a lane. A choice loads up to two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllotmentRow {
    /// Parcels or shipments admitted.
    pub capacity: i64,
    /// Which of them.
    pub counts: Counts,
}

impl AllotmentRow {
    /// What a shipment of this many parcels takes.
    pub fn load(&self, parcels: u32) -> i64 {
        match self.counts {
            Counts::Parcels => parcels.into(),
            Counts::Shipments => 1,
        }
    }
}

/// The capacities that orders share, besides stock.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Capacities in work units.
    pub work: Vec<WorkRow>,
    /// Capacities in parcels.
    pub pickups: Vec<i64>,
    /// Capacities that cut across the others.
    pub allotments: Vec<AllotmentRow>,
    /// Per tiered carrier its steps, surcharges not falling; their widths add up to a hard limit.
    pub carriers: Vec<Vec<Tier>>,
    /// Cents for each shipment of an order beyond the first.
    pub split_cents: i64,
}

impl Rows {
    /// Every violation.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut must = |holds: bool, at: String, field: &str, value: i64, rule: &str| {
            if !holds {
                faults.push(Fault::new(at, field, value, rule));
            }
        };
        must(
            (0..=MAX_CENTS).contains(&self.split_cents),
            "rows".into(),
            "split_cents",
            self.split_cents,
            "must be at least 0",
        );
        for (n, row) in self.work.iter().enumerate() {
            let small = |x: i64| (0..=1_000_000).contains(&x);
            must(row.capacity >= 0, format!("work row {n}"), "capacity", row.capacity, "must be at least 0");
            must(
                small(row.per_shipment),
                format!("work row {n}"),
                "per_shipment",
                row.per_shipment,
                "must be 0 to 10^6",
            );
            must(small(row.per_unit), format!("work row {n}"), "per_unit", row.per_unit, "must be 0 to 10^6");
        }
        for (n, &capacity) in self.pickups.iter().enumerate() {
            must(capacity >= 0, format!("pickup row {n}"), "capacity", capacity, "must be at least 0");
        }
        for (n, row) in self.allotments.iter().enumerate() {
            must(row.capacity >= 0, format!("allotment row {n}"), "capacity", row.capacity, "must be at least 0");
        }
        for (n, tiers) in self.carriers.iter().enumerate() {
            let mut last = 0;
            for (t, tier) in tiers.iter().enumerate() {
                let at = || format!("carrier {n}, tier {t}");
                must(tier.width >= 0, at(), "width", tier.width, "must be at least 0");
                let rising = (last..=MAX_CENTS).contains(&tier.surcharge);
                must(rising, at(), "surcharge", tier.surcharge, "must not be below the step before, nor negative");
                last = tier.surcharge;
            }
        }
        faults
    }
}
