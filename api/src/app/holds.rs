//! Holds: a cart's stock, kept for some minutes before it is ordered.

use std::sync::Arc;

use engine::fulfilment::{Refusal, State};
use engine::model::{MerchantIx, ServiceLevel};
use engine::quote::{Request, Wish};
use engine::units::{Cents, Timestamp};
use serde::{Deserialize, Serialize};

use super::orders::{explained, no_option};
use super::quotes::answer;
use super::{App, AppError, PlaceOrder};

/// A cart whose stock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// How fast it will go.
    pub level: ServiceLevel,
    /// What the buyer is asked.
    pub price: Cents,
    /// When it arrives at the latest.
    pub delivers_by: Timestamp,
    /// Which option is held ([`engine::quote::QuoteOption::name`]).
    pub option: u64,
    /// When the hold ends.
    pub expires_at: Timestamp,
}

impl App {
    /// Holds the stock of the option that an order like this would take, for the quote of this number, until `expires_at` or the end of
    /// its wave; a merchant has at most `most` holds at a time.
    pub async fn hold(
        &self,
        order: PlaceOrder,
        number: u64,
        expires_at: Timestamp,
        most: usize,
    ) -> Result<Held, AppError> {
        let (network, now) = (Arc::clone(&self.network), self.now());
        let (explain, why) = std::sync::mpsc::channel();
        let held = self
            .submit(None, move |state| {
                let request = Request {
                    merchant: order.merchant,
                    channel: order.channel,
                    postal: order.postal,
                    residential: order.residential,
                    lines: order.lines,
                    now,
                    not_from: None,
                    sent: 0,
                    terms: order.terms,
                    by: None,
                };
                let answer = answer(&network, state, &request);
                let wish = Wish { level: order.level, max_price: order.max_price, deliver_by: order.deliver_by };
                let option = answer.choose(&wish).map_err(|refused| {
                    let _ = explain.send(no_option(&network, order.postal, &answer, refused));
                    Refusal::Invalid("no option".to_owned())
                })?;
                let closes = option.shipments.iter().map(|shipment| shipment.way.promise.cut_off).min();
                let expires_at = closes.map_or(expires_at, |closes| closes.min(expires_at));
                let (price, level, delivers_by, name) = (option.price, option.level, option.delivers_by, option.name());
                let events = state.decide_hold((order.merchant, number), &option.plan(), expires_at, most)?;
                Ok((events, Held { level, price, delivers_by, option: name, expires_at }))
            })
            .await;
        explained(held, &why).map(|reply| reply.body)
    }

    /// Gives a hold up before its time.
    pub async fn release_hold(&self, merchant: MerchantIx, number: u64) -> Result<(), AppError> {
        let id = State::hold_id(merchant, number);
        if self.read(|state| state.ledger().reservation(&id).is_none()) {
            return Err(AppError::NotFound { kind: "hold", id: id.to_string() });
        }
        self.submit(None, move |state| Ok((state.decide_release_hold(merchant, number)?, ()))).await.map(|_| ())
    }
}
