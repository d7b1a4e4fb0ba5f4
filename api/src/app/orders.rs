//! Orders: placed, looked at, withdrawn.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use engine::check::{self, Breach, sourcing::Decision};
use engine::explain::Words;
use engine::fulfilment::{Destination, LineQuantity, NewOrder, Order, Refusal, Shipment, State, Terms};
use engine::ids::{ChannelId, OrderId, ShipmentId};
use engine::model::{MerchantIx, PostalIx, ServiceLevel};
use engine::quote::{Answer, NoChoice, QuoteOption, Request, Shortage, Wish};
use engine::stock::Freed;
use engine::units::{Cents, Timestamp};

use super::quotes::answer_with;
use super::{App, AppError, ShortLine};
use crate::store::{IdempotencyKey, Reply};

/// A signed quote that an order keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptQuote {
    /// Its number.
    pub number: u64,
    /// The price that stays.
    pub price: Cents,
    /// The date that stays.
    pub delivers_by: Timestamp,
    /// The option that it was: as long as it can be had and keeps the date, it is the one.
    pub option: u64,
    /// The time that the quote was asked for.
    pub by: Option<Timestamp>,
    /// How long both do.
    pub expires_at: Timestamp,
    /// Its stock is held.
    pub held: bool,
}

/// An order as a shop places it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOrder {
    /// Whose.
    pub merchant: MerchantIx,
    /// The shop's own number.
    pub reference: Option<String>,
    /// Where it was sold.
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// On what terms.
    pub terms: Terms,
    /// How fast, at least.
    pub level: ServiceLevel,
    /// What, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// Accept only if shipping costs no more than this.
    pub max_price: Option<Cents>,
    /// Accept only if it arrives by then.
    pub deliver_by: Option<Timestamp>,
    /// The quote whose price and date it keeps.
    pub kept: Option<KeptQuote>,
}

impl PlaceOrder {
    /// Where it goes, and on what terms.
    pub fn to(&self) -> Destination {
        Destination { postal: self.postal, residential: self.residential, terms: self.terms }
    }
}

/// Rules named in a refusal, at most.
const RULES_TOLD: usize = 6;

/// Why no option was taken, found while deciding.
pub(super) enum NoOption {
    Short(Vec<ShortLine>),
    None(String),
    Changed(String),
    /// The quote breaks a sourcing rule: a fault of ours.
    Wrong(Breach),
}

impl App {
    /// Places an order: quotes it on the very state that commits its stock, so that what is promised is there.
    pub async fn place_order(&self, order: PlaceOrder, key: IdempotencyKey) -> Result<Reply<OrderId>, AppError> {
        let network = Arc::clone(&self.network);
        let now = self.now();
        let id = OrderId::new(&format!("o-{}", uuid::Uuid::now_v7())).map_err(anyhow::Error::from)?;
        let (explain, why) = std::sync::mpsc::channel();
        let placed = self
            .submit(Some(key), move |state| {
                let request = Request {
                    merchant: order.merchant,
                    channel: order.channel.clone(),
                    postal: order.postal,
                    residential: order.residential,
                    lines: order.lines.clone(),
                    now,
                    not_from: None,
                    sent: 0,
                    terms: order.terms,
                    by: order.kept.and_then(|kept| kept.by),
                };
                if let Some(kept) = order.kept.filter(|kept| kept.expires_at < now) {
                    let _ = explain.send(NoOption::Changed(format!("the quote expired at {}", kept.expires_at)));
                    return Err(Refusal::Invalid("expired".to_owned()));
                }
                if order.kept.is_some_and(|kept| state.is_used(kept.number)) {
                    return Err(Refusal::QuoteUsed);
                }
                let hold = order.kept.filter(|kept| kept.held).map(|kept| State::hold_id(order.merchant, kept.number));
                // A hold that has just ended is none; the order is then like any other.
                let hold = hold.filter(|id| state.ledger().reservation(id).is_some());
                let reservation = hold.as_ref().and_then(|id| state.ledger().reservation(id));
                let held = reservation.map_or(&[][..], |reservation| &reservation.lines);
                let answer = answer_with(&network, state, &Freed { ledger: state.ledger(), lines: held }, &request);
                // What was quoted stays, whatever is asked for it now.
                let (max_price, deliver_by) = match &order.kept {
                    Some(kept) => (None, Some(kept.delivers_by)),
                    None => (order.max_price, order.deliver_by),
                };
                let wish = Wish { level: order.level, max_price, deliver_by };
                let bought = order.kept.and_then(|kept| {
                    let is_it =
                        |option: &&QuoteOption| option.delivers_by <= kept.delivers_by && option.name() == kept.option;
                    answer.options.iter().find(is_it)
                });
                let option = bought.map_or_else(|| answer.choose(&wish), Ok).map_err(|refused| {
                    // The receiver waits for the outcome of this very command.
                    let _ = explain.send(no_option(&network, order.postal, &answer, refused));
                    Refusal::Invalid("no option".to_owned())
                })?;
                let plan = option.plan();
                let decision = Decision {
                    merchant: order.merchant,
                    channel: order.channel.as_ref(),
                    postal: order.postal,
                    sent: 0,
                    old: &[],
                    new: &plan,
                    held,
                };
                let breaches = check::sourcing::check(&network, state, now, &[decision]);
                if let Some(first) = breaches.first() {
                    let _ = explain.send(NoOption::Wrong(first.clone()));
                    return Err(Refusal::Invalid("a rule is broken".to_owned()));
                }
                let new = NewOrder {
                    id: id.clone(),
                    reference: order.reference,
                    merchant: order.merchant,
                    channel: order.channel,
                    postal: order.postal,
                    residential: order.residential,
                    terms: order.terms,
                    level: order.level,
                    lines: order.lines,
                    placed_at: now,
                    promised_by: order.kept.map_or(option.delivers_by, |kept| kept.delivers_by),
                    quoted: order.kept.map_or(option.price, |kept| kept.price),
                    plan,
                    forecast: Some(option.forecast),
                    quote: order.kept.map(|kept| kept.number),
                    reservation: hold,
                };
                Ok((state.decide_accept(new)?, id))
            })
            .await;
        explained(placed, &why)
    }

    /// Withdraws an order of which nothing is on a floor yet.
    pub async fn cancel_order(&self, id: OrderId) -> Result<(), AppError> {
        self.submit(None, move |state| Ok((state.decide_cancel(&id)?, ()))).await.map(|_| ())
    }

    /// An order.
    pub fn order(&self, id: &OrderId) -> Result<Order, AppError> {
        self.read(|state| state.orders().get(id).cloned())
            .ok_or_else(|| AppError::NotFound { kind: "order", id: id.to_string() })
    }

    /// A shipment.
    pub fn shipment(&self, id: &ShipmentId) -> Result<Shipment, AppError> {
        self.read(|state| state.shipments().get(id).cloned())
            .ok_or_else(|| AppError::NotFound { kind: "shipment", id: id.to_string() })
    }
}

/// The outcome of a command, with the reason why it found no option where that is why it was refused.
pub(super) fn explained<T>(outcome: Result<T, AppError>, why: &Receiver<NoOption>) -> Result<T, AppError> {
    match (outcome, why.try_recv()) {
        (Err(_), Ok(NoOption::Short(lines))) => Err(AppError::OutOfStock { lines }),
        (Err(_), Ok(NoOption::None(detail))) => Err(AppError::Conflict { code: "no-option", detail }),
        (Err(_), Ok(NoOption::Changed(detail))) => Err(AppError::Conflict { code: "quote-changed", detail }),
        (Err(_), Ok(NoOption::Wrong(breach))) => {
            super::verified("quoted", &[breach]).and(Err(AppError::Busy { retry_after_s: 1 }))
        }
        (outcome, _) => outcome,
    }
}

/// A refused choice in the words of the outside.
pub(super) fn no_option(
    network: &engine::network::Network,
    postal: PostalIx,
    answer: &Answer,
    refused: NoChoice,
) -> NoOption {
    let world = &network.world;
    match refused {
        NoChoice::Short(lines) => {
            let short = |s: &Shortage| ShortLine {
                sku: world.skus[s.sku].id.to_string(),
                wanted: s.wanted.unsigned_abs(),
                available: s.available.max(0).unsigned_abs(),
            };
            NoOption::Short(lines.iter().map(short).collect())
        }
        NoChoice::Ruled(ruled) => {
            let words = Words::new(network, postal);
            let mut told: Vec<String> = ruled.iter().map(|ruled| words.ruled(ruled)).collect();
            told.truncate(RULES_TOLD);
            NoOption::None(format!("sourcing rules leave no way to send it ({})", told.join("; ")))
        }
        NoChoice::Level => {
            let reasons: Vec<_> =
                answer.missing.iter().map(|m| format!("{}: {}", world.services[m.service].id, m.reason)).collect();
            NoOption::None(format!("no service keeps the level asked for ({})", reasons.join("; ")))
        }
        NoChoice::Outpriced => {
            NoOption::None("every way to serve it takes capacity that is now worth more than the goods".to_owned())
        }
        NoChoice::Late { earliest } => NoOption::Changed(format!("the earliest delivery is now {earliest}")),
        NoChoice::Dear { price, max } => {
            NoOption::Changed(format!("shipping is now {} cents, above the {} asked for", price.get(), max.get()))
        }
    }
}
