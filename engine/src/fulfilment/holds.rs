//! Soft holds: a cart keeps its stock for some minutes before it is ordered.

use crate::ids::ReservationId;
use crate::model::MerchantIx;
use crate::units::Timestamp;

use super::intake::held_lines;
use super::record::PlannedShipment;
use super::{Event, Refusal, State};

impl State {
    /// The id of the hold that a merchant's quote of this number made, if it made one.
    pub fn hold_id(merchant: MerchantIx, quote: u64) -> ReservationId {
        ReservationId::new(&format!("{}{quote:016x}", hold_prefix(merchant))).expect("digits and dashes make an id")
    }

    /// Holds the stock of a plan for a merchant's quote until `expires_at`; a merchant has at most `most` holds at a time.
    pub fn decide_hold(
        &self,
        (merchant, quote): (MerchantIx, u64),
        plan: &[PlannedShipment],
        expires_at: Timestamp,
        most: usize,
    ) -> Result<Vec<Event>, Refusal> {
        let prefix = hold_prefix(merchant);
        let from = Self::hold_id(merchant, 0);
        let held = self.ledger().reservations().range(from..).take_while(|(id, _)| id.as_str().starts_with(&prefix));
        if held.take(most).count() >= most {
            return Err(Refusal::Invalid(format!("the merchant has {most} holds, the most there may be at a time")));
        }
        let changes = self.ledger().decide_reserve(&Self::hold_id(merchant, quote), &held_lines(plan), expires_at)?;
        Ok(changes.into_iter().map(|change| Event::Stock { change }).collect())
    }

    /// Gives a hold up before its time.
    pub fn decide_release_hold(&self, merchant: MerchantIx, quote: u64) -> Result<Vec<Event>, Refusal> {
        let changes = self.ledger().decide_release_reservation(&Self::hold_id(merchant, quote))?;
        Ok(changes.into_iter().map(|change| Event::Stock { change }).collect())
    }
}

fn hold_prefix(merchant: MerchantIx) -> String {
    format!("h-{}-", merchant.0)
}
