//! Orders: placed, looked at, withdrawn.

use std::sync::Arc;

use engine::check::{self, Breach, sourcing::Decision};
use engine::explain::Words;
use engine::fulfilment::{LineQuantity, NewOrder, Order, Refusal, Shipment};
use engine::ids::{ChannelId, OrderId, ShipmentId};
use engine::model::{MerchantIx, PostalIx, ServiceLevel};
use engine::quote::{Answer, NoChoice, Request, Shortage, Wish};
use engine::units::{Cents, Timestamp};

use super::quotes::answer;
use super::{App, AppError, ShortLine};
use crate::store::{IdempotencyKey, Reply};

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
    /// How fast, at least.
    pub level: ServiceLevel,
    /// What, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// Accept only if shipping costs no more than this.
    pub max_price: Option<Cents>,
    /// Accept only if it arrives by then.
    pub deliver_by: Option<Timestamp>,
}

/// Rules named in a refusal, at most.
const RULES_TOLD: usize = 6;

/// Why no option was taken, found while deciding.
enum NoOption {
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
                };
                let answer = answer(&network, state, &request);
                let wish = Wish { level: order.level, max_price: order.max_price, deliver_by: order.deliver_by };
                let option = answer.choose(&wish).map_err(|refused| {
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
                    level: order.level,
                    lines: order.lines,
                    placed_at: now,
                    promised_by: option.delivers_by,
                    quoted: option.price,
                    plan,
                    reservation: None,
                };
                Ok((state.decide_accept(new)?, id))
            })
            .await;
        match (placed, why.try_recv()) {
            (Err(_), Ok(NoOption::Short(lines))) => Err(AppError::OutOfStock { lines }),
            (Err(_), Ok(NoOption::None(detail))) => Err(AppError::Conflict { code: "no-option", detail }),
            (Err(_), Ok(NoOption::Changed(detail))) => Err(AppError::Conflict { code: "quote-changed", detail }),
            (Err(_), Ok(NoOption::Wrong(breach))) => {
                super::verified("quoted", &[breach]).and(Err(AppError::Busy { retry_after_s: 1 }))
            }
            (outcome, _) => outcome,
        }
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

/// A refused choice in the words of the outside.
fn no_option(network: &engine::network::Network, postal: PostalIx, answer: &Answer, refused: NoChoice) -> NoOption {
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
