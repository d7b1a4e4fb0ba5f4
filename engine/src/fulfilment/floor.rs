//! Waves go to a floor, walks are confirmed, shipments stand packed.

use crate::ids::{PickListId, ShipmentId};
use crate::units::Timestamp;

use super::record::{LineQuantity, Parcel, PickList, PlannedShipment, Shipment, ShipmentStage, ShortLine, Wave};
use super::{Event, Refusal, State};

/// A wave as the planner wants to release it.
#[derive(Clone, Debug, PartialEq)]
pub struct WaveRelease {
    /// The wave.
    pub wave: Wave,
    /// Its shipments.
    pub shipments: Vec<Shipment>,
    /// Its lists.
    pub pick_lists: Vec<PickList>,
}

/// Missing units, and how the order gets them all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct PickedShort {
    /// What is missing.
    pub line: ShortLine,
    /// Other shipments that would bring it, best first: the first for which stock and allotments suffice is taken. Where none is,
    /// the units are taken off the order.
    pub instead: Vec<PlannedShipment>,
}

impl State {
    /// Releases a wave. Refused if any of its shipments is no longer planned as the release says: plan the wave again.
    pub fn decide_release(&self, release: WaveRelease) -> Result<Vec<Event>, Refusal> {
        let WaveRelease { wave, shipments, pick_lists } = release;
        if self.waves().contains_key(&wave.id) {
            return Err(Refusal::WrongStage {
                subject: format!("wave {}", wave.id),
                is: "released".to_owned(),
                rule: "a wave is released once",
            });
        }
        let planned = self.planned_in(&wave.wave).count();
        let stale =
            shipments.iter().find(|s| !self.orders().get(&s.order).is_some_and(|order| order.plan.contains(&s.plan)));
        if let Some(shipment) = stale {
            return Err(Refusal::WrongStage {
                subject: format!("wave {}", wave.id),
                is: format!("planned on an old plan of order {}", shipment.order),
                rule: "plan the wave again",
            });
        }
        if planned != shipments.len() {
            return Err(Refusal::WrongStage {
                subject: format!("wave {}", wave.id),
                is: format!("planned with {} shipments, but {planned} are due", shipments.len()),
                rule: "plan the wave again",
            });
        }
        Ok(vec![Event::WaveReleased { wave, shipments, pick_lists }])
    }

    /// Confirms a walk: what was missing leaves the stock and is sourced elsewhere or dropped; every shipment of the list
    /// that still holds something stands packed. `pack` gives the boxes of lines; the label's serial number is its second
    /// argument. A list confirmed already answers with no events: a scanner that was offline may send it twice.
    pub fn decide_confirm(
        &self,
        id: &PickListId,
        at: Timestamp,
        shorts: &[PickedShort],
        pack: &dyn Fn(&Shipment, &[LineQuantity], u64) -> Vec<Parcel>,
    ) -> Result<Vec<Event>, Refusal> {
        let list = self.pick_lists().get(id).ok_or_else(|| Refusal::Unknown("pick list", id.to_string()))?;
        if list.confirmed_at.is_some() {
            return Ok(Vec::new());
        }
        let mut events = Vec::new();
        if !shorts.is_empty() {
            // Each short is decided on what the ones before it left: two must never take the same last unit elsewhere.
            let mut after = self.clone();
            for short in shorts {
                let decided = after.decide_short(list, short)?;
                decided.iter().for_each(|event| after.apply(event));
                // The shipment shrinks only with the list's confirmation; the scratch copy must know now. Its room under allotments is
                // free for nobody before.
                after.shrink(&short.line.shipment, short.line.sku, short.line.missing);
                events.extend(decided);
            }
        }
        let lines = shorts.iter().map(|short| short.line.clone()).collect();
        events.push(Event::PickListConfirmed { pick_list: id.clone(), at, shorts: lines });
        let mut serial = self.parcels_made();
        for shipment in self.shipments_on(list) {
            let left = remaining(shipment, shorts);
            if !left.is_empty() {
                let parcels = pack(shipment, &left, serial);
                serial += parcels.len() as u64;
                events.push(Event::ShipmentPacked { shipment: shipment.id.clone(), parcels, at });
            }
        }
        Ok(events)
    }

    fn decide_short(&self, list: &PickList, short: &PickedShort) -> Result<Vec<Event>, Refusal> {
        let line = &short.line;
        let shipment = self.shipment(&line.shipment)?;
        let held: u32 = shipment.lines.iter().filter(|l| l.sku == line.sku).map(|l| l.quantity).sum();
        if shipment.pick_list != list.id || line.missing == 0 || line.missing > held {
            return Err(Refusal::Invalid(format!(
                "shipment {} has {held} units of that SKU on this list, so {} cannot be missing",
                line.shipment, line.missing
            )));
        }
        let lost = self.ledger().decide_short_pick(&shipment.order, line.sku, list.warehouse, line.missing)?;
        let mut events: Vec<Event> = lost.into_iter().map(|change| Event::Stock { change }).collect();
        let missing = LineQuantity { sku: line.sku, quantity: line.missing };
        let order = self.order(&shipment.order)?;
        let instead = short.instead.iter().find_map(|planned| {
            self.allotting().plan(std::slice::from_ref(planned), order.postal, 1).check().ok()?;
            let hold = super::intake::held_lines(std::slice::from_ref(planned));
            Some((planned, self.ledger().decide_allocate(&shipment.order, &hold, None).ok()?))
        });
        match instead {
            // Nobody has them, or somebody else was first.
            None => events.push(Event::LinesDropped { order: shipment.order.clone(), lines: vec![missing] }),
            Some((planned, taken)) => {
                events.extend(taken.into_iter().map(|change| Event::Stock { change }));
                let mut plan = order.plan.clone();
                plan.push(planned.clone());
                events.push(Event::Replanned { order: shipment.order.clone(), plan });
            }
        }
        Ok(events)
    }

    /// The shipment with this id.
    pub fn shipment(&self, id: &ShipmentId) -> Result<&Shipment, Refusal> {
        self.shipments().get(id).ok_or_else(|| Refusal::Unknown("shipment", id.to_string()))
    }

    /// The shipments picked on a list, in the order of their first line on it.
    pub fn shipments_on<'a>(&'a self, list: &'a PickList) -> impl Iterator<Item = &'a Shipment> {
        let mut seen = std::collections::BTreeSet::new();
        list.lines
            .iter()
            .filter(move |line| seen.insert(&line.shipment))
            .filter_map(|line| self.shipments().get(&line.shipment))
            .filter(|shipment| shipment.stage == ShipmentStage::Released)
    }
}

/// What a shipment holds after the shorts.
fn remaining(shipment: &Shipment, shorts: &[PickedShort]) -> Vec<LineQuantity> {
    let missing = |line: &LineQuantity| -> u32 {
        shorts.iter().filter(|s| s.line.shipment == shipment.id && s.line.sku == line.sku).map(|s| s.line.missing).sum()
    };
    shipment
        .lines
        .iter()
        .map(|line| LineQuantity { sku: line.sku, quantity: line.quantity.saturating_sub(missing(line)) })
        .filter(|line| line.quantity > 0)
        .collect()
}
