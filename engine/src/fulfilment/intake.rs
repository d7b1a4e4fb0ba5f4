//! Orders come in, and are withdrawn.

use crate::ids::{ChannelId, OrderId, ReservationId};
use crate::model::{MerchantIx, PostalIx, ServiceLevel};
use crate::promise::Quantiles;
use crate::stock::StockLine;
use crate::units::{Cents, Timestamp};

use super::record::{LineQuantity, Order, OrderStage, PlannedShipment, Terms};
use super::{Event, Refusal, State};

/// An order as a shop places it, with the shipments that its quote was built on.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// Its id, new.
    pub id: OrderId,
    /// The shop's own number.
    pub reference: Option<String>,
    /// Whose it is.
    pub merchant: MerchantIx,
    /// Where the shop sold it.
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// On what terms.
    pub terms: Terms,
    /// How fast.
    pub level: ServiceLevel,
    /// What; each SKU once.
    pub lines: Vec<LineQuantity>,
    /// Now.
    pub placed_at: Timestamp,
    /// The promise given.
    pub promised_by: Timestamp,
    /// The price given.
    pub quoted: Cents,
    /// When it is expected with which chance.
    pub forecast: Option<Quantiles>,
    /// Number of the signed quote whose price it keeps; used once.
    pub quote: Option<u64>,
    /// The shipments that keep both; together they hold exactly the lines.
    pub plan: Vec<PlannedShipment>,
    /// A hold made for it earlier, used up by it.
    pub reservation: Option<ReservationId>,
}

impl State {
    /// Accepts an order: its stock is committed at the warehouses of its plan in the same step, or nothing happens.
    pub fn decide_accept(&self, new: NewOrder) -> Result<Vec<Event>, Refusal> {
        if self.orders().contains_key(&new.id) {
            return Err(Refusal::Invalid(format!("there is an order `{}` already", new.id)));
        }
        if new.lines.is_empty() {
            return Err(Refusal::Invalid("an order needs at least one line".to_owned()));
        }
        if new.quote.is_some_and(|quote| self.is_used(quote)) {
            return Err(Refusal::QuoteUsed);
        }
        if total_lines(&new.plan) != sorted(&new.lines) {
            return Err(Refusal::Invalid("the plan's shipments must hold exactly the order's lines".to_owned()));
        }
        self.allotting().plan(&new.plan, new.postal, 1).check()?;
        let changes = self.ledger().decide_allocate(&new.id, &held_lines(&new.plan), new.reservation.as_ref())?;
        let mut events: Vec<Event> = changes.into_iter().map(|change| Event::Stock { change }).collect();
        events.push(Event::OrderAccepted {
            order: Order {
                id: new.id,
                reference: new.reference,
                merchant: new.merchant,
                channel: new.channel,
                postal: new.postal,
                residential: new.residential,
                terms: new.terms,
                level: new.level,
                lines: new.lines,
                dropped: Vec::new(),
                placed_at: new.placed_at,
                promised_by: new.promised_by,
                quoted: new.quoted,
                forecast: new.forecast,
                quote: new.quote,
                stage: OrderStage::Accepted,
                plan: new.plan,
                shipments: Vec::new(),
            },
        });
        Ok(events)
    }

    /// Withdraws an order of which nothing was released yet; its stock is free again.
    pub fn decide_cancel(&self, id: &OrderId) -> Result<Vec<Event>, Refusal> {
        let order = self.order(id)?;
        if order.stage != OrderStage::Accepted {
            return Err(Refusal::WrongStage {
                subject: format!("order {id}"),
                is: format!("{:?}", order.stage).to_lowercase(),
                rule: "only an order of which nothing was released to a warehouse can be cancelled; open a return instead",
            });
        }
        let changes = self.ledger().decide_release_allocation(id, &held_lines(&order.plan))?;
        let mut events: Vec<Event> = changes.into_iter().map(|change| Event::Stock { change }).collect();
        events.push(Event::OrderCancelled { order: id.clone() });
        Ok(events)
    }

    /// The order with this id.
    pub fn order(&self, id: &OrderId) -> Result<&Order, Refusal> {
        self.orders().get(id).ok_or_else(|| Refusal::Unknown("order", id.to_string()))
    }
}

/// What a plan holds in the ledger: its lines at their warehouses.
pub(super) fn held_lines(plan: &[PlannedShipment]) -> Vec<StockLine> {
    plan.iter()
        .flat_map(|planned| {
            planned.lines.iter().map(|line| StockLine {
                sku: line.sku,
                warehouse: planned.warehouse,
                quantity: line.quantity,
            })
        })
        .collect()
}

/// The lines of all shipments, sorted, units of one SKU added up.
pub(super) fn total_lines(plan: &[PlannedShipment]) -> Vec<LineQuantity> {
    sorted(&plan.iter().flat_map(|planned| planned.lines.iter().copied()).collect::<Vec<_>>())
}

/// Lines by SKU, units of one SKU added up.
pub(super) fn sorted(lines: &[LineQuantity]) -> Vec<LineQuantity> {
    let mut sorted = lines.to_vec();
    sorted.sort_unstable();
    sorted.dedup_by(|next, kept| {
        let same = next.sku == kept.sku;
        if same {
            kept.quantity += next.quantity;
        }
        same
    });
    sorted
}
