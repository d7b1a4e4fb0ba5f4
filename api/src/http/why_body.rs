//! Explanations on the wire: every typed reason with its words.

use engine::explain::{
    Blocked, Blocking, Candidate, CandidateShipment, Change, Constraint, Explanation, Lever, Lift, Outcome, Question,
    Reply, Resolve, Sent, Served, Standing, Words,
};
use engine::model::World;
use engine::promise::PickupRef;
use engine::quote::{NoChoice, Paid};
use engine::sourcing::Levied;
use serde::Serialize;
use utoipa::ToSchema;

use super::quote_body::{ChargeBody, StepBody};
use super::wire::{self, Level, PlannedBody, instant};

/// Why.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WhyBody {
    /// The instant that it is true for.
    as_of: String,
    /// `cart`, `open` (an order with lines to plan), `closed` (an order past planning: its candidates are what tariffs and
    /// timetables say of the moment it was placed).
    standing: &'static str,
    /// The stage of a closed order.
    stage: Option<String>,
    /// How fast it must be, at least. An accepted order is held to its promise only.
    level: Level,
    /// The date to keep.
    deliver_by: Option<String>,
    /// The price cap.
    max_price_cents: Option<i64>,
    /// What is taken first, then by what ranks it, then what has no price.
    candidates: Vec<CandidateBody>,
    /// Candidates that are not told here.
    left_out: usize,
    /// What would be taken now, or why nothing; for a closed order what was, null where nothing was ever sent.
    now: Option<OutcomeBody>,
    /// The nine questions.
    answers: Vec<AnswerBody>,
    /// What stands in the way where it is not served as wished.
    blocking: Option<BlockingBody>,
    /// What would make it cheaper or sooner.
    changes: Vec<ChangeBody>,
    /// Shipments on their way.
    sent: Vec<SentBody>,
    /// How often the quote was run again for this.
    resolves: u32,
}

/// A way to send it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CandidateBody {
    /// From where, part by part.
    warehouses: Vec<String>,
    /// By what, part by part.
    services: Vec<String>,
    /// Whether it is what is taken.
    chosen: bool,
    /// Price and date; null where a service does not take it at all.
    offer: Option<OfferBody>,
    /// What stands in its way, what decides first.
    blocked: Vec<BlockedBody>,
}

/// What a candidate would cost, and when it would arrive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfferBody {
    /// The slowest level among its shipments.
    level: Level,
    /// Carriers and hands.
    cost_cents: i64,
    /// What the planner counts for a broken promise.
    lateness_cents: i64,
    /// What the planner counts for further shipments.
    split_cents: i64,
    /// Shadow prices of the capacity that it takes.
    steering_cents: i64,
    /// What returns are expected to cost; not charged for shipping.
    expected_return_cents: i64,
    /// What soft sourcing rules charge; it ranks, and is not paid.
    rules: Vec<LevyBody>,
    /// All of these: what ranks it.
    total_cents: i64,
    /// When the last shipment arrives.
    delivers_by: String,
    /// Its shipments.
    shipments: Vec<CandidateShipmentBody>,
}

/// A shipment of a candidate.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CandidateShipmentBody {
    #[serde(flatten)]
    planned: PlannedBody,
    /// The carrier's bill.
    charges: Vec<ChargeBody>,
    /// Hands.
    hands_cents: i64,
    /// Cartons.
    cartons_cents: i64,
    /// What its returns are expected to cost.
    expected_return_cents: i64,
    /// Shadow prices, row by row.
    prices: Vec<PriceBody>,
    /// The chain of instants that makes the date.
    chain: Vec<StepBody>,
}

/// A shadow price that a shipment pays.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PriceBody {
    /// For what.
    of: String,
    /// Units of it.
    units: i64,
    /// Price of one.
    each_cents: i64,
    /// All of them.
    total_cents: i64,
}

/// What a soft sourcing rule charges.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LevyBody {
    /// The rule.
    rule: String,
    /// Its kind, as in the network's files.
    kind: &'static str,
    /// How much.
    cents: i64,
}

/// What stands in the way of a candidate. Which fields there are depends on `kind`.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct BlockedBody {
    /// `stock_short`, `wave_full`, `collection_full`, `allotment_used_up`, `wave_reserved` and `collection_reserved` (for other merchants), `excluded`, `sourcing_rule`, `not_served`, `not_carried`, `no_date`, `too_slow`, `too_late`,
    /// `too_dear`, `dearer`, `no_better`, `open` (nothing does: the planner may take it), `closed`.
    kind: &'static str,
    /// In words.
    text: String,
    /// The goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<String>,
    /// The sourcing rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Which wave.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<String>,
    /// The collection's service.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// The collection's instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    collected_at: Option<String>,
    /// The allotment.
    #[serde(skip_serializing_if = "Option::is_none")]
    allotment: Option<String>,
    /// The allotment's local day of collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// Units, work or parcels that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<i64>,
    /// Units, work or parcels that are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<i64>,
    /// What other merchants have not used by then is free for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Too dear, or ranked better or worse, by this much.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_cents: Option<i64>,
    /// Too late by so many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_s: Option<i64>,
}

/// A constraint that is lifted. Which fields there are depends on `kind`.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct LiftBody {
    /// `stock`, `work`, `room`, `allotment`, `excluded`, `level`, `date`, `price`, `service`, `sourcing_rule`.
    kind: &'static str,
    /// In words.
    text: String,
    /// How many more units, work or parcels.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// The goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<String>,
    /// The sourcing rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Which wave.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<String>,
    /// Which service.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// Which collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    collected_at: Option<String>,
    /// Which allotment.
    #[serde(skip_serializing_if = "Option::is_none")]
    allotment: Option<String>,
    /// On which local day of collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
}

/// How a quote ends.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutcomeBody {
    /// Whether it is served.
    served: bool,
    /// In words.
    text: String,
    /// `out-of-stock`, `no-option` or `quote-changed`, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'static str>,
    /// What it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_cents: Option<i64>,
    /// When it arrives.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivers_by: Option<String>,
    /// Its level.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    /// Its shipments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan: Vec<PlannedBody>,
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnswerBody {
    /// `warehouse`, `service`, `date`, `split`, `cheaper`, `faster`, `late`, `unserved`, `change`.
    question: &'static str,
    /// The question in words.
    asked: &'static str,
    /// The answer in words.
    text: String,
    /// Place in `candidates` of the one that shows it.
    candidate: Option<usize>,
    /// What decided.
    because: Vec<BlockedBody>,
}

/// A minimal set of constraints whose lifting makes it served.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BlockingBody {
    /// The set; empty where lifting everything does not help.
    constraints: Vec<LiftBody>,
    /// Whether every member is proven necessary.
    proven: bool,
    /// The quotes that prove it: with all of the set lifted, then without each member in turn.
    proof: Vec<ResolveBody>,
    /// Other minimal sets.
    alternatives: Vec<ResolveBody>,
}

/// A quote that was run again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResolveBody {
    /// What was lifted.
    lifted: Vec<LiftBody>,
    /// What came of it.
    outcome: OutcomeBody,
}

/// A change that gains something.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeBody {
    /// `more` of a capacity, `ask` for another level, `replan` (a better plan is open already).
    lever: &'static str,
    /// In words, with what it brings.
    text: String,
    /// The capacity.
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<LiftBody>,
    /// The level.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<Level>,
    /// How much cheaper; negative is dearer; null where nothing can be taken without it.
    saves_cents: Option<i64>,
    /// How many seconds sooner; negative is later.
    sooner_s: Option<i64>,
    /// What follows.
    then: OutcomeBody,
}

/// A shipment on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SentBody {
    /// Its id.
    shipment: String,
    /// What it was planned on.
    #[serde(flatten)]
    planned: PlannedBody,
    /// How many seconds after the promise it arrives, or arrived.
    late_s: Option<i64>,
    /// How many seconds after its carrier's schedule it was delivered.
    overdue_s: Option<i64>,
}

/// What bodies are made with.
pub(super) struct Shown<'a> {
    /// Names.
    pub(super) world: &'a World,
    /// Words.
    pub(super) words: Words<'a>,
    /// Candidates told.
    pub(super) limit: usize,
}

impl Shown<'_> {
    /// An explanation on the wire.
    pub(super) fn body(&self, explanation: &Explanation) -> WhyBody {
        let named = |n: &usize| explanation.replies.iter().any(|reply| reply.candidate == Some(*n));
        let told: Vec<usize> = (0..explanation.candidates.len()).filter(|n| *n < self.limit || named(n)).collect();
        let place = |n: usize| told.binary_search(&n).ok();
        WhyBody {
            as_of: instant(explanation.as_of),
            standing: match explanation.standing {
                Standing::Cart => "cart",
                Standing::Open => "open",
                Standing::Closed(_) => "closed",
            },
            stage: match explanation.standing {
                Standing::Closed(stage) => Some(wire::stage(stage)),
                _ => None,
            },
            level: explanation.wish.level.into(),
            deliver_by: explanation.wish.deliver_by.map(instant),
            max_price_cents: explanation.wish.max_price.map(|price| price.get()),
            left_out: explanation.candidates.len() - told.len(),
            now: explanation.now.as_ref().map(|now| self.outcome(now)),
            answers: explanation.replies.iter().map(|reply| self.answer(reply, place)).collect(),
            blocking: explanation.blocking.as_ref().map(|found| self.blocking(found)),
            changes: explanation.changes.iter().map(|change| self.change(change)).collect(),
            sent: explanation.sent.iter().map(|sent| self.sent(sent)).collect(),
            resolves: explanation.resolves,
            candidates: told.iter().map(|&n| self.candidate(&explanation.candidates[n])).collect(),
        }
    }

    fn candidate(&self, candidate: &Candidate) -> CandidateBody {
        let offer = candidate.offer.as_ref().map(|offer| OfferBody {
            level: offer.level.into(),
            cost_cents: offer.cost.get(),
            lateness_cents: offer.lateness.get(),
            split_cents: offer.split.get(),
            steering_cents: offer.steering.get(),
            expected_return_cents: offer.expected_return.get(),
            rules: offer.levies.iter().map(|levied| self.levied(levied)).collect(),
            total_cents: offer.total().get(),
            delivers_by: instant(offer.delivers_by),
            shipments: offer.shipments.iter().map(|shipment| self.shipment(shipment)).collect(),
        });
        CandidateBody {
            warehouses: candidate.warehouses.iter().map(|&at| self.words.warehouse(at).to_owned()).collect(),
            services: candidate.services.iter().map(|&by| self.words.service(by).to_owned()).collect(),
            chosen: candidate.chosen,
            offer,
            blocked: candidate.blocked.iter().map(|blocked| self.blocked(blocked)).collect(),
        }
    }

    fn levied(&self, levied: &Levied) -> LevyBody {
        let rule = &self.world.rules[levied.rule];
        LevyBody { rule: rule.id.to_string(), kind: rule.kind.word(), cents: levied.price.get() }
    }

    fn shipment(&self, shipment: &CandidateShipment) -> CandidateShipmentBody {
        let price = |paid: &Paid| PriceBody {
            of: self.words.scarce(paid.of),
            units: paid.units,
            each_cents: paid.each.get(),
            total_cents: paid.total().get(),
        };
        CandidateShipmentBody {
            planned: PlannedBody::of(self.world, &shipment.planned),
            charges: shipment.charges.iter().cloned().map(ChargeBody::of).collect(),
            hands_cents: shipment.hands.get(),
            cartons_cents: shipment.cartons.get(),
            expected_return_cents: shipment.expected_return.get(),
            prices: shipment.paid.iter().map(price).collect(),
            chain: shipment.chain.iter().cloned().map(StepBody::of).collect(),
        }
    }

    fn blocked(&self, blocked: &Blocked) -> BlockedBody {
        let text = self.words.blocked(blocked);
        let plain = |kind| BlockedBody { kind, text: text.clone(), ..BlockedBody::default() };
        let warehouse = |at| Some(self.words.warehouse(at).to_owned());
        match *blocked {
            Blocked::Stock { sku, warehouse: at, wanted, available } => BlockedBody {
                sku: Some(self.world.skus[sku].id.to_string()),
                warehouse: warehouse(at),
                needs: Some(wanted),
                left: Some(available),
                ..plain("stock_short")
            },
            Blocked::Work { wave, needs, left } => BlockedBody {
                warehouse: warehouse(wave.warehouse),
                wave: Some(wave.id(self.world).to_string()),
                needs: Some(needs),
                left: Some(left),
                ..plain("wave_full")
            },
            Blocked::Room { pickup, needs, left } => BlockedBody {
                warehouse: warehouse(pickup.warehouse),
                service: self.collection(pickup).0,
                collected_at: self.collection(pickup).1,
                needs: Some(needs),
                left: Some(left),
                ..plain("collection_full")
            },
            Blocked::Allotment { of, needs, left } => BlockedBody {
                allotment: Some(self.words.allotment(of)),
                day: Some(of.day.to_string()),
                needs: Some(needs),
                left: Some(left),
                ..plain("allotment_used_up")
            },
            Blocked::WorkReserved { wave, needs, left, until } => BlockedBody {
                warehouse: warehouse(wave.warehouse),
                wave: Some(wave.id(self.world).to_string()),
                needs: Some(needs),
                left: Some(left),
                until: Some(instant(until)),
                ..plain("wave_reserved")
            },
            Blocked::RoomReserved { pickup, needs, left, until } => BlockedBody {
                warehouse: warehouse(pickup.warehouse),
                service: self.collection(pickup).0,
                collected_at: self.collection(pickup).1,
                needs: Some(needs),
                left: Some(left),
                until: Some(instant(until)),
                ..plain("collection_reserved")
            },
            Blocked::Excluded { warehouse: at } => BlockedBody { warehouse: warehouse(at), ..plain("excluded") },
            Blocked::Rule { rule, warehouse: at } => BlockedBody {
                rule: Some(self.world.rules[rule].id.to_string()),
                warehouse: at.and_then(warehouse),
                ..plain("sourcing_rule")
            },
            Blocked::NotServed { .. } => plain("not_served"),
            Blocked::NotCarried { .. } => plain("not_carried"),
            Blocked::NoDate => plain("no_date"),
            Blocked::Level { .. } => plain("too_slow"),
            Blocked::Late { by } => BlockedBody { by_s: Some(by.get()), ..plain("too_late") },
            Blocked::Price { by } => BlockedBody { by_cents: Some(by.get()), ..plain("too_dear") },
            Blocked::Dearer { by } => BlockedBody { by_cents: Some(by.get()), ..plain("dearer") },
            Blocked::NoBetter => plain("no_better"),
            Blocked::Open { saves } => BlockedBody { by_cents: Some(saves.get()), ..plain("open") },
            Blocked::Closed => plain("closed"),
        }
    }

    fn collection(&self, pickup: PickupRef) -> (Option<String>, Option<String>) {
        (Some(self.words.service(pickup.service).to_owned()), Some(instant(pickup.at)))
    }

    fn lift(&self, lift: &Lift) -> LiftBody {
        let (constraint, amount) = *lift;
        let text = self.words.lift(lift);
        let plain = |kind| LiftBody { kind, text: text.clone(), ..LiftBody::default() };
        let warehouse = |at| Some(self.words.warehouse(at).to_owned());
        match constraint {
            Constraint::Stock(sku, at) => LiftBody {
                amount: Some(amount),
                sku: Some(self.world.skus[sku].id.to_string()),
                warehouse: warehouse(at),
                ..plain("stock")
            },
            Constraint::Work(wave) => LiftBody {
                amount: Some(amount),
                warehouse: warehouse(wave.warehouse),
                wave: Some(wave.id(self.world).to_string()),
                ..plain("work")
            },
            Constraint::Room(pickup) => LiftBody {
                amount: Some(amount),
                warehouse: warehouse(pickup.warehouse),
                service: self.collection(pickup).0,
                collected_at: self.collection(pickup).1,
                ..plain("room")
            },
            Constraint::Allotment(of) => LiftBody {
                amount: Some(amount),
                allotment: Some(self.words.allotment(of)),
                day: Some(of.day.to_string()),
                ..plain("allotment")
            },
            Constraint::Excluded(at) => LiftBody { warehouse: warehouse(at), ..plain("excluded") },
            Constraint::Level => plain("level"),
            Constraint::Date => plain("date"),
            Constraint::Price => plain("price"),
            Constraint::Service(by) => {
                LiftBody { service: Some(self.words.service(by).to_owned()), ..plain("service") }
            }
            Constraint::Rule(rule) => {
                LiftBody { rule: Some(self.world.rules[rule].id.to_string()), ..plain("sourcing_rule") }
            }
        }
    }

    fn outcome(&self, outcome: &Outcome) -> OutcomeBody {
        let text = self.words.outcome(outcome);
        match outcome {
            Outcome::Served(served) => OutcomeBody { text, ..self.served(served) },
            Outcome::Refused(refused) => OutcomeBody {
                served: false,
                text,
                refused: Some(match refused {
                    NoChoice::Short(_) => "out-of-stock",
                    NoChoice::Ruled(_) | NoChoice::Level | NoChoice::Outpriced => "no-option",
                    NoChoice::Late { .. } | NoChoice::Dear { .. } => "quote-changed",
                }),
                price_cents: None,
                delivers_by: None,
                level: None,
                plan: Vec::new(),
            },
        }
    }

    fn served(&self, served: &Served) -> OutcomeBody {
        OutcomeBody {
            served: true,
            text: self.words.served(served),
            refused: None,
            price_cents: Some(served.cost.get()),
            delivers_by: Some(instant(served.delivers_by)),
            level: Some(served.level.into()),
            plan: served.plan.iter().map(|planned| PlannedBody::of(self.world, planned)).collect(),
        }
    }

    fn answer(&self, reply: &Reply, place: impl Fn(usize) -> Option<usize>) -> AnswerBody {
        let (question, asked) = match reply.question {
            Question::Warehouse => ("warehouse", "Why this warehouse?"),
            Question::Service => ("service", "Why this service?"),
            Question::Date => ("date", "Why this date and wave?"),
            Question::Split => ("split", "Why in so many shipments?"),
            Question::Cheaper => ("cheaper", "Why not cheaper?"),
            Question::Faster => ("faster", "Why not sooner?"),
            Question::Late => ("late", "Is it late, and why?"),
            Question::Unserved => ("unserved", "Is it served as asked, and if not, why?"),
            Question::Change => ("change", "What would change it?"),
        };
        AnswerBody {
            question,
            asked,
            text: reply.text.clone(),
            candidate: reply.candidate.and_then(place),
            because: reply.because.iter().map(|blocked| self.blocked(blocked)).collect(),
        }
    }

    fn blocking(&self, found: &Blocking) -> BlockingBody {
        BlockingBody {
            constraints: found.set.iter().map(|lift| self.lift(lift)).collect(),
            proven: found.proven,
            proof: found.proof.iter().map(|resolve| self.resolve(resolve)).collect(),
            alternatives: found.alternatives.iter().map(|resolve| self.resolve(resolve)).collect(),
        }
    }

    fn resolve(&self, resolve: &Resolve) -> ResolveBody {
        ResolveBody {
            lifted: resolve.lifted.iter().map(|lift| self.lift(lift)).collect(),
            outcome: self.outcome(&resolve.outcome),
        }
    }

    fn change(&self, change: &Change) -> ChangeBody {
        let (lever, more, ask) = match change.lever {
            Lever::More(constraint, amount) => ("more", Some(self.lift(&(constraint, amount))), None),
            Lever::Ask(level) => ("ask", None, Some(level.into())),
            Lever::Replan => ("replan", None, None),
        };
        ChangeBody {
            lever,
            text: self.words.change(change),
            more,
            ask,
            saves_cents: change.saves.map(|saves| saves.get()),
            sooner_s: change.sooner.map(|sooner| sooner.get()),
            then: self.served(&change.then),
        }
    }

    fn sent(&self, sent: &Sent) -> SentBody {
        SentBody {
            shipment: sent.id.to_string(),
            planned: PlannedBody::of(self.world, &sent.planned),
            late_s: sent.late.map(|late| late.get()),
            overdue_s: sent.overdue.map(|late| late.get()),
        }
    }
}
