//! Why is an order sent as it is, why not cheaper or sooner, and what would change it?
//!
//! **Candidates.** Every warehouse with every service in the next waves, and the sourcings that a quote would split into, each
//! with its bill line by line, hands, cartons, lateness, split, shadow prices and chain of dates. A candidate that is not taken
//! names the constraint that blocks it ([`Blocked`]). They come from [`crate::shipping`], [`crate::promise`] and
//! [`crate::quote`], the code that quotes and plans; nothing is computed a second way.
//!
//! **Blocking set.** What is not served as wished has a *minimal correction set*: constraints whose lifting makes it served,
//! none of which can be left out (Liffiton and Sakallah, *Algorithms for computing minimal unsatisfiable subsets of
//! constraints*, 2008). Constraints are stock of a line at a warehouse, work of a wave, room at a collection and under an allotment,
//! area and limits of a service, a warehouse left out, a sourcing rule, and the wish itself: level, date, price. With `served(L)`
//! the outcome of the very quote
//! on a view in which the constraints of `L` are lifted,
//!
//! - `served(S)`, and for every `c` in `S` not `served(S \ {c})`: both are re-solved and reported as the proof,
//! - single constraints are tried first, so a set of one is found if there is one; else a deletion filter (Chinneck,
//!   *Feasibility and infeasibility in optimization*, 2008, ch. 6) shrinks what the constraints of one warehouse, or all
//!   together, give. A quote splits only what no warehouse holds whole, so lifting can close a way as well; the filter
//!   therefore repeats until no member can go.
//!
//! **Changes.** Each constraint is lifted alone, the option that follows is compared, and what is missing is re-solved with
//! exactly the amount that it takes: "with 2 more units at W it would cost 3.10 less" is the result of a second quote.
//!
//! An open order is looked at as it stands: what it holds itself counts as free, its promise is the date it must keep. One
//! that is released is explained by what it was planned on; its candidates are closed, and since the stock, room and prices
//! of that moment are not kept, only tariffs and timetables speak. Nothing is written; the same view gives the same answer.

mod answers;
mod candidates;
mod changes;
mod ease;
mod resolve;
mod words;

#[cfg(test)]
mod tests;

use crate::fulfilment::{Order, OrderStage, PlannedShipment, State};
use crate::ids::ShipmentId;
use crate::model::{RuleIx, ServiceIx, ServiceLevel, SkuIx, WarehouseIx};
use crate::network::NoService;
use crate::promise::{AllotmentRef, PickupRef, Step, WaveRef};
use crate::quote::{Paid, Request, View, Wish};
use crate::rating::{Charge, NotCarried};
use crate::sourcing::Levied;
use crate::units::{Cents, Seconds, Timestamp};

pub use resolve::{Blocking, Lift, Outcome, Resolve, Served};
pub use words::Words;

/// Something that could be otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// Stock of a SKU at a warehouse.
    Stock(SkuIx, WarehouseIx),
    /// Work of a wave.
    Work(WaveRef),
    /// Room at a collection.
    Room(PickupRef),
    /// Room under an allotment on a day.
    Allotment(AllotmentRef),
    /// The warehouse that the goods must not come from.
    Excluded(WarehouseIx),
    /// The level asked for.
    Level,
    /// The date asked for, or promised.
    Date,
    /// The price cap.
    Price,
    /// A service's area and its limits on parcels.
    Service(ServiceIx),
    /// A sourcing rule.
    Rule(RuleIx),
}

/// What stands in a candidate's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Not enough of a SKU at the warehouse.
    Stock {
        /// Which goods.
        sku: SkuIx,
        /// Where.
        warehouse: WarehouseIx,
        /// Units asked for.
        wanted: i64,
        /// Units there.
        available: i64,
    },
    /// The wave is full.
    Work {
        /// Which.
        wave: WaveRef,
        /// Work that it takes.
        needs: i64,
        /// Work that is left.
        left: i64,
    },
    /// The collection is full.
    Room {
        /// Which.
        pickup: PickupRef,
        /// Parcels that it takes.
        needs: i64,
        /// Parcels that still fit.
        left: i64,
    },
    /// The carrier's allotment is used up on the day of the collection.
    Allotment {
        /// Which, and when.
        of: AllotmentRef,
        /// Parcels that it takes.
        needs: i64,
        /// Parcels that still fit.
        left: i64,
    },
    /// What is left of the wave is guaranteed to other merchants.
    WorkReserved {
        /// Which.
        wave: WaveRef,
        /// Work that it takes.
        needs: i64,
        /// Work that is left for its merchant.
        left: i64,
        /// From then on it would fit, if they do not use it.
        until: Timestamp,
    },
    /// What is left of the collection is guaranteed to other merchants.
    RoomReserved {
        /// Which.
        pickup: PickupRef,
        /// Parcels that it takes.
        needs: i64,
        /// Parcels that still fit for its merchant.
        left: i64,
        /// From then on it would fit, if they do not use it.
        until: Timestamp,
    },
    /// The goods must not come from there.
    Excluded {
        /// From where.
        warehouse: WarehouseIx,
    },
    /// A sourcing rule.
    Rule {
        /// Which.
        rule: RuleIx,
        /// The warehouse that it keeps out; none where it is about how the goods are split.
        warehouse: Option<WarehouseIx>,
    },
    /// The service does not connect the two places.
    NotServed {
        /// Why.
        rule: NoService,
    },
    /// The service does not carry a parcel of it.
    NotCarried {
        /// Why.
        rule: NotCarried,
    },
    /// There is no wave, collection, lane or delivery day in the time looked at.
    NoDate,
    /// Slower than asked for, and not as early.
    Level {
        /// What the candidate offers.
        offers: ServiceLevel,
    },
    /// Later than asked for or promised.
    Late {
        /// By how much.
        by: Seconds,
    },
    /// Above the price cap.
    Price {
        /// By how much.
        by: Cents,
    },
    /// What is taken ranks better by this much, all costs and shadow prices counted.
    Dearer {
        /// By how much.
        by: Cents,
    },
    /// As dear as what is taken, and no earlier.
    NoBetter,
    /// Nothing: it ranks better than the plan, and the planner's next run may take it.
    Open {
        /// By how much it is better.
        saves: Cents,
    },
    /// Too late to choose: the order has gone past planning.
    Closed,
}

/// One shipment of a candidate, with all that makes its price and date.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateShipment {
    /// As it would be, or is, planned.
    pub planned: PlannedShipment,
    /// The carrier's bill over all parcels.
    pub charges: Vec<Charge>,
    /// Hands.
    pub hands: Cents,
    /// Cartons.
    pub cartons: Cents,
    /// Shadow prices of what it takes.
    pub paid: Vec<Paid>,
    /// What its returns are expected to cost.
    pub expected_return: Cents,
    /// The chain of instants that makes the date.
    pub chain: Vec<Step>,
}

/// What a candidate would cost and when it would arrive.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The slowest level among its shipments.
    pub level: ServiceLevel,
    /// Its shipments.
    pub shipments: Vec<CandidateShipment>,
    /// What carriers and hands charge.
    pub cost: Cents,
    /// What the planner counts for breaking the promise; zero for a cart.
    pub lateness: Cents,
    /// What the planner counts for further shipments; zero for a cart.
    pub split: Cents,
    /// Shadow prices.
    pub steering: Cents,
    /// What returns are expected to cost.
    pub expected_return: Cents,
    /// What soft sourcing rules charge.
    pub levies: Vec<Levied>,
    /// When the last shipment arrives.
    pub delivers_by: Timestamp,
}

impl Offer {
    /// What ranks it.
    pub fn total(&self) -> Cents {
        self.cost + self.lateness + self.split + self.steering + self.expected_return + self.levied()
    }

    /// What soft sourcing rules charge together.
    pub fn levied(&self) -> Cents {
        self.levies.iter().map(|levied| levied.price).sum()
    }
}

/// A way to send the goods that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// From where; the parts of a split in order.
    pub warehouses: Vec<WarehouseIx>,
    /// By what, part by part.
    pub services: Vec<ServiceIx>,
    /// Price and date; `None` where the service does not take it at all.
    pub offer: Option<Offer>,
    /// Whether it is what is taken.
    pub chosen: bool,
    /// What stands in its way, what decides first; empty for what is taken.
    pub blocked: Vec<Blocked>,
}

/// The nine questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Why from there?
    Warehouse,
    /// Why by this service?
    Service,
    /// Why on this date, and in this wave?
    Date,
    /// Why in several shipments, or why not?
    Split,
    /// Why not cheaper?
    Cheaper,
    /// Why not sooner?
    Faster,
    /// Why late, or will it be?
    Late,
    /// Why not served, or not as wished?
    Unserved,
    /// What would change it?
    Change,
}

/// An answer in plain words.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// To what.
    pub question: Question,
    /// In words, for people.
    pub text: String,
    /// The candidate that proves it best, as its place in the list.
    pub candidate: Option<usize>,
    /// What decided, typed.
    pub because: Vec<Blocked>,
}

/// What is changed in a [`Change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lever {
    /// So many more units, work or parcels of a constraint; zero where it has no amount.
    More(Constraint, i64),
    /// Another level is asked for.
    Ask(ServiceLevel),
    /// Nothing: a better plan is open already.
    Replan,
}

/// One change that would make it cheaper or sooner, proved by a quote with exactly that change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is changed.
    pub lever: Lever,
    /// How much cheaper than what could be taken as things are; negative is dearer; `None` where nothing could.
    pub saves: Option<Cents>,
    /// How much sooner; negative is later.
    pub sooner: Option<Seconds>,
    /// What follows.
    pub then: Served,
}

/// Where the subject stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A cart, or an order that was refused.
    Cart,
    /// An order whose lines, or some of them, are still to be planned.
    Open,
    /// An order past planning.
    Closed(OrderStage),
}

/// A shipment on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub id: ShipmentId,
    /// What it was planned on.
    pub planned: PlannedShipment,
    /// How late it arrives, or arrived, against the promise.
    pub late: Option<Seconds>,
    /// How much later than its own schedule it was delivered.
    pub overdue: Option<Seconds>,
}

/// All that is known about a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The instant it is true for.
    pub as_of: Timestamp,
    /// Where the subject stands.
    pub standing: Standing,
    /// What was asked for; for an order the promise is the date.
    pub wish: Wish,
    /// Every candidate: what is taken first, then by what ranks it, then what has no price.
    pub candidates: Vec<Candidate>,
    /// What would be taken now, or why nothing; for a closed order what its plan was, `None` where nothing was ever sent.
    pub now: Option<Outcome>,
    /// Answers to the nine questions, in their order.
    pub replies: Vec<Reply>,
    /// Minimal constraints that stand in the way, where it is not served as wished.
    pub blocking: Option<Blocking>,
    /// What would make it cheaper or sooner, most saved first.
    pub changes: Vec<Change>,
    /// Shipments of an order that are on their way.
    pub sent: Vec<Sent>,
    /// How often the quote was run again.
    pub resolves: u32,
}

impl Explanation {
    /// What is taken.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.chosen)
    }
}

/// What an explanation may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Quotes run again, at most; where they do not suffice the blocking set says that it is not proven.
    pub resolves: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { resolves: 600 }
    }
}

/// Explains what a cart is offered, or why it is refused.
pub fn cart(view: &View, request: &Request, wish: &Wish, limits: Limits) -> Explanation {
    let case = candidates::Case::cart(view, request, wish);
    answers::explain(case, limits)
}

/// Explains an accepted order at `now`.
pub fn order(view: &View, state: &State, order: &Order, now: Timestamp, limits: Limits) -> Explanation {
    let case = candidates::Case::order(view, state, order, now);
    answers::explain(case, limits)
}
