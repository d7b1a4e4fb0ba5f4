//! Goods come back.

use crate::ids::{OrderId, ReturnId};
use crate::model::{ServiceIx, SkuIx, WarehouseIx};
use crate::units::{Cents, Seconds, Timestamp};

use super::intake::sorted;
use super::record::{LineQuantity, Order, Return, ReturnLine, ReturnStage, ShipmentStage};
use super::{Event, Refusal, State};

/// A return as a shop announces it, with the way back that the planner chose.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReturn {
    /// Its id, new.
    pub id: ReturnId,
    /// From which order.
    pub order: OrderId,
    /// What.
    pub lines: Vec<LineQuantity>,
    /// Why, if the buyer says so.
    pub reason: Option<String>,
    /// To which warehouse.
    pub warehouse: WarehouseIx,
    /// The service of the label.
    pub service: ServiceIx,
    /// What it costs.
    pub cost: Cents,
    /// Days after delivery in which a return needs no reason.
    pub window_days: u32,
    /// Now.
    pub at: Timestamp,
}

/// How units of a return were graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grading {
    /// Which goods.
    pub sku: SkuIx,
    /// Units that can be sold again.
    pub restock: u32,
    /// Units to be looked at.
    pub quarantine: u32,
    /// Units thrown away.
    pub scrap: u32,
}

impl State {
    /// Opens a return: within the merchant's window after the last delivery, and of no more than was delivered and not yet
    /// returned.
    pub fn decide_open_return(&self, new: NewReturn) -> Result<Vec<Event>, Refusal> {
        let order = self.order(&new.order)?;
        let Some(delivered_at) = self.delivered_at(order) else {
            return Err(Refusal::WrongStage {
                subject: format!("order {}", order.id),
                is: format!("{:?}", order.stage).to_lowercase(),
                rule: "only what was delivered can be returned",
            });
        };
        let until = delivered_at + Seconds::hours(24 * i64::from(new.window_days));
        if new.at > until {
            return Err(Refusal::Invalid(format!(
                "the {} days in which order {} can be returned ended at {until}",
                new.window_days, order.id
            )));
        }
        if new.lines.is_empty() {
            return Err(Refusal::Invalid("a return needs at least one line".to_owned()));
        }
        let returnable = self.returnable(order);
        let lines = sorted(&new.lines);
        for line in &lines {
            let left = returnable.iter().find(|l| l.sku == line.sku).map_or(0, |l| l.quantity);
            if line.quantity == 0 || line.quantity > left {
                return Err(Refusal::Invalid(format!(
                    "{} units of a SKU were asked to return, {left} can be",
                    line.quantity
                )));
            }
        }
        let lines = lines
            .iter()
            .map(|l| ReturnLine { sku: l.sku, quantity: l.quantity, restocked: 0, quarantined: 0, scrapped: 0 })
            .collect();
        Ok(vec![Event::ReturnOpened {
            goods: Return {
                id: new.id,
                order: new.order,
                merchant: order.merchant,
                lines,
                reason: new.reason,
                warehouse: new.warehouse,
                service: new.service,
                cost: new.cost,
                opened_at: new.at,
                stage: ReturnStage::Open,
            },
        }])
    }

    /// Books what came back: restocked units are available again, the others are written down.
    pub fn decide_receive(&self, id: &ReturnId, gradings: &[Grading], at: Timestamp) -> Result<Vec<Event>, Refusal> {
        let goods = self.returns().get(id).ok_or_else(|| Refusal::Unknown("return", id.to_string()))?;
        if goods.stage != ReturnStage::Open {
            return Err(Refusal::WrongStage {
                subject: format!("return {id}"),
                is: "received".to_owned(),
                rule: "a return is received once",
            });
        }
        let mut events = Vec::new();
        let mut lines = goods.lines.clone();
        for (n, grading) in gradings.iter().enumerate() {
            let units = u64::from(grading.restock) + u64::from(grading.quarantine) + u64::from(grading.scrap);
            if gradings[..n].iter().any(|earlier| earlier.sku == grading.sku) {
                return Err(Refusal::Invalid(format!("a SKU was graded twice on return {id}: add the units up")));
            }
            let line = lines.iter_mut().find(|line| line.sku == grading.sku && units <= u64::from(line.quantity));
            let Some(line) = line else {
                return Err(Refusal::Invalid(format!(
                    "{units} units of a SKU were graded, more than return {id} announced"
                )));
            };
            (line.restocked, line.quarantined, line.scrapped) = (grading.restock, grading.quarantine, grading.scrap);
            let written_off = grading.quarantine + grading.scrap;
            let changes = self.ledger().decide_take_back(grading.sku, goods.warehouse, grading.restock, written_off)?;
            events.extend(changes.into_iter().map(|change| Event::Stock { change }));
        }
        events.push(Event::ReturnReceived { goods: id.clone(), lines, at });
        Ok(events)
    }

    /// When the last shipment of a wholly delivered order arrived.
    pub fn delivered_at(&self, order: &Order) -> Option<Timestamp> {
        let shipments = || order.shipments.iter().filter_map(|id| self.shipments().get(id));
        let all = order.plan.is_empty()
            && shipments().all(|s| matches!(s.stage, ShipmentStage::Delivered | ShipmentStage::Void));
        if all { shipments().filter_map(|s| s.delivered_at).max() } else { None }
    }

    /// What was delivered of an order and not announced for return yet.
    pub fn returnable(&self, order: &Order) -> Vec<LineQuantity> {
        let delivered: Vec<_> = order
            .shipments
            .iter()
            .filter_map(|id| self.shipments().get(id))
            .filter(|s| s.stage == ShipmentStage::Delivered)
            .flat_map(|s| s.lines.iter().copied())
            .collect();
        let announced = |sku: SkuIx| -> u32 {
            self.returns()
                .values()
                .filter(|r| r.order == order.id)
                .flat_map(|r| r.lines.iter())
                .filter(|line| line.sku == sku)
                .map(|line| line.quantity)
                .sum()
        };
        sorted(&delivered)
            .into_iter()
            .map(|line| LineQuantity { sku: line.sku, quantity: line.quantity - announced(line.sku) })
            .filter(|line| line.quantity > 0)
            .collect()
    }
}
