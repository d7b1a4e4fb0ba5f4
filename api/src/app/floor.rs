//! The floor: waves released, walks confirmed.

use std::sync::Arc;

use engine::check;
use engine::fulfilment::{LineQuantity, PickList, PickedShort, PlannedShipment, Shipment, ShortLine, State};
use engine::ids::{PickListId, ShipmentId, WaveId};
use engine::model::SkuIx;
use engine::network::Network;
use engine::promise::{self, WaveRef};
use engine::quote::Request;
use engine::units::Timestamp;
use engine::wave;

use super::quotes::answer;
use super::{App, AppError};

/// Missing units as a picker reports them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortReport {
    /// Of which shipment.
    pub shipment: ShipmentId,
    /// Which goods.
    pub sku: SkuIx,
    /// How many.
    pub missing: u32,
    /// Why.
    pub reason: String,
}

impl App {
    /// Releases every wave whose cut-off has come; returns their ids. Long: call it from a thread that may block, and wait
    /// there for the store.
    pub fn release_due_waves(&self) -> Result<Vec<WaveId>, AppError> {
        let now = self.now();
        let due: Vec<WaveRef> = self.read(|state| {
            state.planned_waves().copied().filter(|wave| promise::cut_off(&self.network, wave) <= now).collect()
        });
        let mut released = Vec::new();
        for wave in due {
            released.extend(self.release_wave(wave)?);
        }
        Ok(released)
    }

    /// Releases one wave now, before its cut-off if need be; `None` if nothing is planned in it. A plan that went stale
    /// while tours were computed is made again.
    pub fn release_wave(&self, wave: WaveRef) -> Result<Option<WaveId>, AppError> {
        const TRIES: usize = 5;
        let options = wave::Options { seed: self.seed, iterations: self.budgets.wave_iterations };
        for _ in 0..TRIES {
            let now = self.now();
            let state = self.read(Clone::clone);
            let Some(planned) = wave::plan(&self.network, &state, wave, now, &options) else { return Ok(None) };
            super::verified("wave", &check::picking::check(&planned.problem, &planned.plan))?;
            let release = planned.release;
            let id = release.wave.id.clone();
            match self.decide_blocking(now, move |state| state.decide_release(release)) {
                Ok(()) => return Ok(Some(id)),
                Err(crate::store::SubmitError::Refused(engine::fulfilment::Refusal::WrongStage { .. })) => {}
                Err(error) => return Err(super::submit_error(&self.network, error)),
            }
        }
        Err(AppError::Busy { retry_after_s: 1 })
    }

    /// Confirms a walk. Missing units are sourced from another warehouse if one has them, else taken off the order. A list
    /// confirmed twice is confirmed once.
    pub async fn confirm_pick_list(&self, id: PickListId, shorts: Vec<ShortReport>) -> Result<PickList, AppError> {
        let network = Arc::clone(&self.network);
        let now = self.now();
        let list = id.clone();
        self.submit(None, move |state| {
            let shorts: Vec<PickedShort> = shorts.iter().map(|short| resolve(&network, state, short, now)).collect();
            let parcels = |shipment: &Shipment, lines: &[LineQuantity], serial| {
                wave::parcels(&network.world, &shipment.plan, lines, serial)
            };
            Ok((state.decide_confirm(&list, now, &shorts, &parcels)?, ()))
        })
        .await?;
        self.pick_list(&id)
    }

    /// A pick list.
    pub fn pick_list(&self, id: &PickListId) -> Result<PickList, AppError> {
        self.read(|state| state.pick_lists().get(id).cloned())
            .ok_or_else(|| AppError::NotFound { kind: "pick list", id: id.to_string() })
    }
}

/// Finds other shipments for missing units: options that bring all of them from one warehouse, not the one that lacks them. Those in
/// time come first, the best first; then the others, the fastest first.
fn resolve(network: &Network, state: &State, short: &ShortReport, now: Timestamp) -> PickedShort {
    let line = ShortLine {
        shipment: short.shipment.clone(),
        sku: short.sku,
        missing: short.missing,
        reason: short.reason.clone(),
    };
    PickedShort { instead: instead(network, state, short, now), line }
}

fn instead(network: &Network, state: &State, short: &ShortReport, now: Timestamp) -> Vec<PlannedShipment> {
    let shipment = state.shipments().get(&short.shipment);
    let order = shipment.and_then(|shipment| state.orders().get(&shipment.order));
    let (Some(shipment), Some(order)) = (shipment, order) else { return Vec::new() };
    let request = Request {
        merchant: order.merchant,
        channel: order.channel.clone(),
        postal: order.postal,
        residential: order.residential,
        lines: vec![LineQuantity { sku: short.sku, quantity: short.missing }],
        now,
        not_from: Some(shipment.plan.warehouse),
        // Goods that were missing may make a shipment more than rules allow.
        sent: 0,
        terms: order.terms,
        by: None,
    };
    let answer = answer(network, state, &request);
    let options = answer.options.iter().filter(|option| option.shipments.len() == 1);
    let (mut first, late): (Vec<_>, Vec<_>) = options.partition(|option| option.delivers_by <= order.promised_by);
    first.extend(late.into_iter().rev());
    first.into_iter().map(|option| option.shipments[0].planned.clone()).collect()
}
