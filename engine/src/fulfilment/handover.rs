//! Packed shipments are offered to carriers, taken or refused, moved, delivered.

use crate::ids::{DispatchId, ShipmentId};
use crate::promise::PickupRef;
use crate::stock::StockLine;
use crate::units::Timestamp;

use super::record::{Dispatch, DispatchStage, PlannedShipment, Shipment, ShipmentStage};
use super::{Event, Refusal, State};

/// A carrier's answer to a tender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenderAnswer {
    /// It takes the shipments.
    Accept,
    /// It does not, and says why.
    Reject(String),
}

impl State {
    /// Offers packed shipments to their carrier. Those that missed the collection they were planned for must fit under the
    /// allotments of this one's day.
    pub fn decide_tender(&self, dispatch: Dispatch) -> Result<Vec<Event>, Refusal> {
        if self.dispatches().contains_key(&dispatch.id) {
            return Err(Refusal::Invalid(format!("there is a dispatch `{}` already", dispatch.id)));
        }
        self.tenderable(&dispatch, &dispatch.shipments)?;
        Ok(vec![Event::DispatchTendered { dispatch }])
    }

    /// Takes a carrier's answer. An acceptance takes the goods out of the stock; the same answer twice changes nothing.
    pub fn decide_answer(&self, id: &DispatchId, answer: &TenderAnswer, at: Timestamp) -> Result<Vec<Event>, Refusal> {
        let dispatch = self.dispatches().get(id).ok_or_else(|| Refusal::Unknown("dispatch", id.to_string()))?;
        match (dispatch.stage, answer) {
            (DispatchStage::Accepted, TenderAnswer::Accept) | (DispatchStage::Rejected, TenderAnswer::Reject(_)) => {
                return Ok(Vec::new());
            }
            (DispatchStage::Tendered, _) => {}
            (stage, _) => {
                return Err(Refusal::WrongStage {
                    subject: format!("dispatch {id}"),
                    is: format!("{stage:?}").to_lowercase(),
                    rule: "a tender is answered once",
                });
            }
        }
        let TenderAnswer::Reject(reason) = answer else {
            return self.decide_hand_over(dispatch, at);
        };
        Ok(vec![Event::DispatchRejected { dispatch: id.clone(), reason: reason.clone() }])
    }

    fn decide_hand_over(&self, dispatch: &Dispatch, at: Timestamp) -> Result<Vec<Event>, Refusal> {
        let mut events = self.shipped(&dispatch.shipments)?;
        events.push(Event::DispatchAccepted { dispatch: dispatch.id.clone(), at });
        Ok(events)
    }

    /// The goods of these shipments leave the stock.
    pub(super) fn shipped(&self, shipments: &[ShipmentId]) -> Result<Vec<Event>, Refusal> {
        let mut events = Vec::new();
        for id in shipments {
            let shipment = self.shipment(id)?;
            let lines: Vec<_> = shipment
                .lines
                .iter()
                .map(|line| StockLine { sku: line.sku, warehouse: shipment.plan.warehouse, quantity: line.quantity })
                .collect();
            let shipped = self.ledger().decide_ship(&shipment.order, &lines)?;
            events.extend(shipped.into_iter().map(|change| Event::Stock { change }));
        }
        Ok(events)
    }

    /// Shipments that a collection may be offered: packed for its warehouse and service, and within its day's allotments if
    /// they missed the one they were planned for.
    pub(super) fn tenderable(&self, dispatch: &Dispatch, shipments: &[ShipmentId]) -> Result<(), Refusal> {
        let pickup = PickupRef { warehouse: dispatch.warehouse, service: dispatch.service, at: dispatch.pickup_at };
        let mut allotting = self.allotting();
        for id in shipments {
            let shipment = self.shipment(id)?;
            let fits = shipment.stage == ShipmentStage::Packed
                && (shipment.plan.warehouse, shipment.plan.service) == (dispatch.warehouse, dispatch.service);
            if !fits {
                return Err(wrong_stage(
                    shipment,
                    "only packed shipments of the same warehouse and service can be tendered",
                ));
            }
            allotting = allotting.tender(shipment, pickup);
        }
        allotting.check()
    }

    /// Moves a packed shipment to another service or collection of the same warehouse.
    pub fn decide_rebook(&self, id: &ShipmentId, plan: PlannedShipment) -> Result<Vec<Event>, Refusal> {
        let shipment = self.shipment(id)?;
        if shipment.stage != ShipmentStage::Packed || shipment.plan.warehouse != plan.warehouse {
            return Err(wrong_stage(shipment, "only a packed shipment can be moved, and only within its warehouse"));
        }
        self.allotting().move_to(shipment, PickupRef::from(&plan), i64::from(plan.parcels)).check()?;
        Ok(vec![Event::ShipmentRebooked { shipment: id.clone(), plan }])
    }

    /// A shipment arrived; told twice changes nothing.
    pub fn decide_deliver(&self, id: &ShipmentId, at: Timestamp) -> Result<Vec<Event>, Refusal> {
        let shipment = self.shipment(id)?;
        match shipment.stage {
            ShipmentStage::Delivered => Ok(Vec::new()),
            ShipmentStage::Dispatched => Ok(vec![Event::Delivered { shipment: id.clone(), at }]),
            _ => Err(wrong_stage(shipment, "only a dispatched shipment can be delivered")),
        }
    }
}

fn wrong_stage(shipment: &Shipment, rule: &'static str) -> Refusal {
    Refusal::WrongStage {
        subject: format!("shipment {}", shipment.id),
        is: format!("{:?}", shipment.stage).to_lowercase(),
        rule,
    }
}
