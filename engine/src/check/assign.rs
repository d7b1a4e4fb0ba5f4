//! Verifier of assignment plans: recomputes stock, rows, backlog and cost from the problem's own data.

use crate::assign::{Counts, Demand, NO_ROW, Parcel, Plan, Problem, Shipment, ShipmentOptions};

use super::Breach;

/// Every rule that the plan breaks; empty for a correct plan. The bound is only checked against the cost.
pub fn check<S: ShipmentOptions>(problem: &Problem<S>, plan: &Plan) -> Vec<Breach> {
    let mut audit = Audit::new(problem);
    for shipment in &plan.shipments {
        audit.shipment(shipment);
    }
    audit.capacities();
    audit.orders(plan);
    audit.cost(plan);
    audit.breaches
}

struct Audit<'p, S> {
    problem: &'p Problem<S>,
    /// By line: the warehouse that ships it.
    from: Vec<Option<u32>>,
    shipments_of: Vec<i64>,
    stock: Vec<i64>,
    work: Vec<i64>,
    pickup: Vec<i64>,
    allotted: Vec<i64>,
    parcels: Vec<i64>,
    shipment_cents: i64,
    breaches: Vec<Breach>,
}

impl<'p, S: ShipmentOptions> Audit<'p, S> {
    fn new(problem: &'p Problem<S>) -> Self {
        let (demand, rows) = (problem.demand(), problem.rows());
        Self {
            problem,
            from: vec![None; demand.line_count()],
            shipments_of: vec![0; demand.orders()],
            stock: vec![0; demand.slots().len()],
            work: vec![0; rows.work.len()],
            pickup: vec![0; rows.pickups.len()],
            allotted: vec![0; rows.allotments.len()],
            parcels: vec![0; rows.carriers.len()],
            shipment_cents: 0,
            breaches: Vec::new(),
        }
    }

    fn demand(&self) -> &'p Demand {
        self.problem.demand()
    }

    fn breach(&mut self, rule: &'static str, detail: String) {
        self.breaches.push(Breach::new(rule, detail));
    }

    fn shipment(&mut self, s: &Shipment) {
        let demand = self.demand();
        let inside = (s.order as usize) < demand.orders() && (s.warehouse as usize) < demand.warehouses();
        if !inside || s.mask == 0 || usize::from(s.mask) >= 1 << demand.parts(s.order) {
            return self.breach("shipment", format!("{s:?}: order, warehouse or parts do not exist"));
        }
        let mut listed = false;
        let parcel = Parcel { order: s.order, warehouse: s.warehouse, mask: s.mask };
        self.problem.source().visit(demand, parcel, &mut |choice| listed |= *choice == s.choice);
        if !listed {
            return self.breach("option", format!("{s:?}: the source has no such option"));
        }
        self.shipments_of[s.order as usize] += 1;
        self.shipment_cents += s.choice.cents;
        let units = self.lines(s);
        self.rows(s, units);
    }

    /// Books the lines; returns their units.
    fn lines(&mut self, s: &Shipment) -> i64 {
        let demand = self.demand();
        let others = demand.lines(s.order).filter(|&line| self.from[line] == Some(s.warehouse)).count();
        if others > 0 {
            self.breach("one_shipment", format!("order {}: two shipments from warehouse {}", s.order, s.warehouse));
        }
        let mut units = 0;
        for line in demand.lines(s.order) {
            if s.mask >> demand.part(line) & 1 == 0 {
                continue;
            }
            let need = i64::from(demand.quantity(line));
            units += need;
            if self.from[line].replace(s.warehouse).is_some() {
                self.breach("once", format!("order {}: line {line} ships twice", s.order));
            }
            let mut slots = demand.slots_of(demand.sku(line));
            match slots.find(|&slot| u32::from(demand.slots()[slot].warehouse) == s.warehouse) {
                Some(slot) => self.stock[slot] += need,
                None => {
                    let detail = format!("order {}: line {line}: warehouse {} has none", s.order, s.warehouse);
                    self.breach("stock", detail);
                }
            }
        }
        units
    }

    fn rows(&mut self, s: &Shipment, units: i64) {
        let rows = self.problem.rows();
        if s.choice.work_row != NO_ROW {
            let row = &rows.work[s.choice.work_row as usize];
            self.work[s.choice.work_row as usize] += row.per_shipment + row.per_unit * units;
        }
        if s.choice.pickup_row != NO_ROW {
            self.pickup[s.choice.pickup_row as usize] += i64::from(s.choice.parcels);
        }
        for row in s.choice.allotments.into_iter().filter(|&row| row != NO_ROW) {
            self.allotted[row as usize] += match rows.allotments[row as usize].counts {
                Counts::Parcels => i64::from(s.choice.parcels),
                Counts::Shipments => 1,
            };
        }
        if s.choice.carrier != NO_ROW {
            self.parcels[s.choice.carrier as usize] += i64::from(s.choice.parcels);
        }
    }

    fn capacities(&mut self) {
        let rows = self.problem.rows();
        let widths = |n: usize| rows.carriers[n].iter().fold(0_i64, |sum, tier| sum.saturating_add(tier.width));
        let stock =
            self.stock.iter().enumerate().map(|(n, &x)| ("stock", n, x, i64::from(self.demand().slots()[n].units)));
        let work = self.work.iter().enumerate().map(|(n, &x)| ("work", n, x, rows.work[n].capacity));
        let pickup = self.pickup.iter().enumerate().map(|(n, &x)| ("pickup", n, x, rows.pickups[n]));
        let allotted = self.allotted.iter().enumerate().map(|(n, &x)| ("allotment", n, x, rows.allotments[n].capacity));
        let tiers = self.parcels.iter().enumerate().map(|(n, &x)| ("carrier", n, x, widths(n)));
        let all = stock.chain(work).chain(pickup).chain(allotted).chain(tiers);
        let over = all.filter(|&(_, _, used, capacity)| used > capacity);
        let found: Vec<Breach> =
            over.map(|(rule, n, used, capacity)| Breach::new(rule, format!("row {n}: {used} of {capacity}"))).collect();
        self.breaches.extend(found);
    }

    fn orders(&mut self, plan: &Plan) {
        let demand = self.demand();
        for order in 0..demand.orders() as u32 {
            let shipped = demand.lines(order).filter(|&line| self.from[line].is_some()).count();
            if shipped > 0 && shipped < demand.lines(order).len() && !demand.may_ship_partially(order) {
                self.breach(
                    "ship_complete",
                    format!("order {order}: {shipped} of {} lines", demand.lines(order).len()),
                );
            }
        }
        let waiting = (0..demand.line_count()).filter(|&line| self.from[line].is_none());
        if !waiting.eq(plan.backlog.iter().map(|&line| line as usize)) {
            self.breach("backlog", "the listed lines are not those that do not ship".to_owned());
        }
    }

    fn cost(&mut self, plan: &Plan) {
        let (demand, rows) = (self.demand(), self.problem.rows());
        let (mut splits, mut backlog, mut tiers) = (0, 0, 0);
        for order in 0..demand.orders() as u32 {
            match self.shipments_of[order as usize] {
                0 => backlog += demand.whole_backlog(order),
                n => {
                    splits += rows.split_cents * (n - 1);
                    let waiting = demand.lines(order).filter(|&line| self.from[line].is_none());
                    backlog += waiting.map(|line| demand.line_backlog(line)).sum::<i64>();
                }
            }
        }
        for (steps, &parcels) in rows.carriers.iter().zip(&self.parcels) {
            let mut start = 0_i64;
            for tier in steps {
                tiers += (parcels - start).clamp(0, tier.width) * tier.surcharge;
                start = start.saturating_add(tier.width);
            }
        }
        let ours = (self.shipment_cents, splits, tiers, backlog);
        let theirs = (plan.cost.shipments, plan.cost.splits, plan.cost.tiers, plan.cost.backlog);
        if ours != theirs {
            self.breach("cost", format!("(shipments, splits, tiers, backlog) are {ours:?}, the plan says {theirs:?}"));
        }
        if plan.lower_bound > plan.cost.total() {
            self.breach("bound", format!("{} is above the cost {}", plan.lower_bound, plan.cost.total()));
        }
    }
}
