//! The nine questions, answered from candidates, blocking set and changes.

use crate::assign;
use crate::fulfilment::{OrderStage, PlannedShipment};
use crate::quote::prices_paid;
use crate::units::Cents;

use super::candidates::{Case, candidates};
use super::changes::{change, changes, other_levels};
use super::ease::Eased;
use super::resolve::{Blocking, Outcome, Served, Solver, blocking, universe};
use super::words::{Words, money, span};
use super::{Blocked, Candidate, Change, Explanation, Lever, Limits, Offer, Question, Reply, Standing};

/// Candidates named in one answer.
const NAMED: usize = 3;

/// Looks at everything and answers.
pub(super) fn explain(case: Case, limits: Limits) -> Explanation {
    let candidates = candidates(&case);
    let mut solver = Solver::new(&case, limits);
    let taken = candidates.iter().find(|candidate| candidate.chosen).and_then(|candidate| candidate.offer.as_ref());
    let mut blocking_set = None;
    let mut told = Vec::new();
    let now = if case.is_closed() {
        (!case.plan.is_empty()).then(|| Outcome::Served(planned(&case)))
    } else {
        let now = solver.solve(&[]);
        let universe = universe(&case, &candidates);
        match &now {
            // What stands may keep a promise that could not be given any more.
            Outcome::Refused(_) if keeps_promise(&case) => {}
            Outcome::Refused(_) => blocking_set = Some(blocking(&mut solver, &universe)),
            Outcome::Served(best) => {
                if case.standing == Standing::Open && taken.is_some_and(|taken| total(best) < taken.total()) {
                    told.push(change(Lever::Replan, best.clone(), Some(&planned(&case))));
                }
                told.extend(changes(&mut solver, &universe, best));
            }
        }
        told.extend(other_levels(&mut solver, now.served()));
        Some(now)
    };
    let resolves = solver.made;
    let writer = Writer {
        case: &case,
        words: Words::new(case.network(), case.request.postal),
        candidates: &candidates,
        taken,
        now: now.as_ref(),
        blocking: blocking_set.as_ref(),
        changes: &told,
    };
    let replies = writer.replies();
    Explanation {
        as_of: case.as_of,
        standing: case.standing.clone(),
        wish: case.wish,
        replies,
        now,
        blocking: blocking_set,
        changes: told,
        resolves,
        sent: case.sent,
        candidates,
    }
}

/// What stands, as a result.
fn planned(case: &Case) -> Served {
    let eased = Eased { view: &case.view, allowance: &case.own };
    let view = eased.view();
    let prices = case.plan.iter().flat_map(|planned| prices_paid(&view, &case.request, planned));
    let steering =
        prices.map(|paid| paid.total()).sum::<Cents>() + case.levies(&case.plan).iter().map(|l| l.price).sum();
    let services = &case.network().world.services;
    let returns = case.returns();
    let expected = |planned: &PlannedShipment| returns.shipment(planned.warehouse, &planned.lines, case.to());
    Served {
        level: case.plan.iter().map(|planned| services[planned.service].level).min().unwrap_or(case.wish.level),
        cost: case.plan.iter().map(|planned| planned.cost()).sum(),
        steering,
        expected_return: case.plan.iter().map(expected).sum(),
        delivers_by: case.plan.iter().map(|planned| planned.delivers_by).max().unwrap_or(case.as_of),
        plan: case.plan.clone(),
    }
}

/// Whether the plan of an order is in time.
fn keeps_promise(case: &Case) -> bool {
    let in_time = |by| case.plan.iter().all(|planned| planned.delivers_by <= by);
    !case.plan.is_empty() && case.wish.deliver_by.is_none_or(in_time)
}

/// How the planner ranks a result that is in time.
fn total(served: &Served) -> Cents {
    served.cost + served.steering + served.expected_return + assign::split_cost(served.plan.len())
}

struct Writer<'a> {
    case: &'a Case<'a>,
    words: Words<'a>,
    candidates: &'a [Candidate],
    taken: Option<&'a Offer>,
    now: Option<&'a Outcome>,
    blocking: Option<&'a Blocking>,
    changes: &'a [Change],
}

impl Writer<'_> {
    fn replies(&self) -> Vec<Reply> {
        vec![
            self.warehouse(),
            self.service(),
            self.date(),
            self.split(),
            self.cheaper(),
            self.faster(),
            self.late(),
            self.unserved(),
            self.change(),
        ]
    }

    /// Candidates that are not taken and have a price, by rank.
    fn others(&self) -> impl Iterator<Item = (usize, &Candidate, &Offer)> {
        let all = self.candidates.iter().enumerate().filter(|(_, candidate)| !candidate.chosen);
        all.filter_map(|(n, candidate)| Some((n, candidate, candidate.offer.as_ref()?)))
    }

    fn chosen(&self) -> Option<(&Candidate, &Offer)> {
        let candidate = self.candidates.iter().find(|candidate| candidate.chosen)?;
        Some((candidate, self.taken?))
    }

    fn nothing_taken(&self, question: Question) -> Reply {
        if self.case.is_closed() {
            let text = "Nothing was sent: the order was withdrawn before anything was released.".to_owned();
            return Reply { question, text, candidate: None, because: Vec::new() };
        }
        let nearest = match question {
            Question::Cheaper => self.others().min_by_key(|(n, _, offer)| (offer.cost, *n)),
            Question::Faster | Question::Date | Question::Late => {
                self.others().min_by_key(|(n, _, offer)| (offer.delivers_by, *n))
            }
            _ => self.others().next(),
        };
        let mut text =
            format!("Nothing is taken, {}.", self.now.map_or_else(String::new, |now| self.words.outcome(now)));
        if let Some((_, candidate, offer)) = nearest {
            let kind = match question {
                Question::Cheaper => "The cheapest",
                Question::Faster | Question::Date | Question::Late => "The soonest",
                _ => "The best ranked",
            };
            text += &format!(
                " {kind} looked at is {} for {} by {}, but {}.",
                self.words.candidate(candidate),
                money(offer.cost),
                self.words.at_door(offer.delivers_by),
                self.because(candidate)
            );
        }
        let because = nearest.map(|(_, candidate, _)| candidate.blocked.clone()).unwrap_or_default();
        Reply { question, text, candidate: nearest.map(|(n, ..)| n), because }
    }

    /// The best of some candidates with what blocks it: one that would rank better, else the runner-up.
    fn rival(&self, is_rival: impl Fn(&Candidate) -> bool, taken: &Offer) -> (String, Option<usize>, Vec<Blocked>) {
        let mut text = String::new();
        let rivals: Vec<_> = self.others().filter(|(_, candidate, _)| is_rival(candidate)).collect();
        let better = rivals.iter().find(|(_, candidate, offer)| offer.total() < taken.total() && hard(candidate));
        let next = rivals.iter().find(|(_, candidate, _)| !hard(candidate));
        let next = next.or(rivals.first().filter(|_| better.is_none()));
        if let Some((_, candidate, offer)) = better {
            text += &format!(
                " {} would rank {} better, but {}.",
                self.words.candidate(candidate),
                money(taken.total() - offer.total()),
                self.because(candidate)
            );
        }
        if let Some((_, candidate, offer)) = next {
            let gap = offer.total() - taken.total();
            let rank = match gap.get() {
                1.. => format!("ranks {} worse", money(gap)),
                0 => "ranks the same".to_owned(),
                ..0 => format!("ranks {} better", money(-gap)),
            };
            let other = self.words.candidate(candidate);
            text += &if hard(candidate) {
                format!(" The best other, {other}, {rank}, and {}.", self.because(candidate))
            } else {
                format!(" The best other that is possible, {other}, {rank}.")
            };
        }
        let proof = better.or(next);
        (text, proof.map(|(n, ..)| *n), proof.map(|(_, candidate, _)| candidate.blocked.clone()).unwrap_or_default())
    }

    fn because(&self, candidate: &Candidate) -> String {
        candidate
            .blocked
            .first()
            .map_or_else(|| "nothing is in its way".to_owned(), |blocked| self.words.blocked(blocked))
    }

    fn parts(&self, offer: &Offer) -> String {
        let mut parts = vec![format!("{} for carriers and hands", money(offer.cost))];
        let counted = [
            ("for being late", offer.lateness),
            ("for the split", offer.split),
            ("in shadow prices", offer.steering),
            ("in expected returns", offer.expected_return),
            ("by soft sourcing rules", offer.levied()),
        ];
        parts
            .extend(counted.iter().filter(|(_, c)| *c != Cents::ZERO).map(|(what, c)| format!("{} {what}", money(*c))));
        parts.join(", ")
    }

    fn warehouse(&self) -> Reply {
        let Some((chosen, taken)) = self.chosen() else { return self.nothing_taken(Question::Warehouse) };
        let (text, candidate, because) = self.rival(|other| other.warehouses != chosen.warehouses, taken);
        let from: Vec<&str> = chosen.warehouses.iter().map(|&at| self.words.warehouse(at)).collect();
        let text = if text.is_empty() { " No other warehouse can send it.".to_owned() } else { text };
        let text = format!("From {}: {}.{text}", from.join(" and "), self.parts(taken));
        Reply { question: Question::Warehouse, text, candidate, because }
    }

    fn service(&self) -> Reply {
        let Some((chosen, taken)) = self.chosen() else { return self.nothing_taken(Question::Service) };
        let other = |other: &Candidate| other.warehouses == chosen.warehouses && other.services != chosen.services;
        let (text, candidate, because) = self.rival(other, taken);
        let by: Vec<&str> = chosen.services.iter().map(|&by| self.words.service(by)).collect();
        let text = if text.is_empty() { " No other service takes it from there.".to_owned() } else { text };
        Reply { question: Question::Service, text: format!("By {}.{text}", by.join(" and ")), candidate, because }
    }

    fn date(&self) -> Reply {
        let Some((chosen, taken)) = self.chosen() else { return self.nothing_taken(Question::Date) };
        let world = &self.case.network().world;
        let last = taken.shipments.iter().max_by_key(|shipment| shipment.planned.delivers_by);
        let mut text = last.map_or_else(String::new, |shipment| {
            let planned = &shipment.planned;
            let cut_off = shipment.chain.first().map_or_else(String::new, |step| {
                format!(", which takes orders until {}", self.words.at_dock(step.at, planned.warehouse))
            });
            format!(
                "It is picked in wave {}{cut_off}; {} leaves on {}; it is at the door by {}.",
                planned.wave.id(world),
                self.words.service(planned.service),
                self.words.at_dock(planned.pickup_at, planned.warehouse),
                self.words.at_door(planned.delivers_by)
            )
        });
        let same = |other: &Candidate| other.warehouses == chosen.warehouses && other.services == chosen.services;
        let sooner = self.others().find(|(_, other, offer)| same(other) && offer.delivers_by < taken.delivers_by);
        if let Some((_, candidate, offer)) = sooner {
            let gain = span(taken.delivers_by - offer.delivers_by);
            text += &format!(" {gain} sooner is not to be had there: {}.", self.because(candidate));
        }
        let because = sooner.map(|(_, candidate, _)| candidate.blocked.clone()).unwrap_or_default();
        Reply { question: Question::Date, text, candidate: sooner.map(|(n, ..)| n), because }
    }

    fn split(&self) -> Reply {
        let Some((chosen, _)) = self.chosen() else { return self.nothing_taken(Question::Split) };
        let whole = |candidate: &Candidate| candidate.warehouses.len() == 1;
        if whole(chosen) {
            let text = format!("It is not split: {} holds all of it.", self.words.warehouse(chosen.warehouses[0]));
            return Reply { question: Question::Split, text, candidate: None, because: Vec::new() };
        }
        let mut text = format!("In {} shipments.", chosen.warehouses.len());
        let possible = self.others().find(|(_, candidate, _)| whole(candidate) && !short(candidate));
        if let Some((n, candidate, offer)) = possible {
            text += &format!(
                " Whole from {} it would cost {}: {}.",
                self.words.candidate(candidate),
                money(offer.cost),
                self.because(candidate)
            );
            let because = candidate.blocked.clone();
            return Reply { question: Question::Split, text, candidate: Some(n), because };
        }
        let mut missing: Vec<Blocked> = Vec::new();
        for (_, candidate, _) in self.others().filter(|(_, candidate, _)| whole(candidate)) {
            let stock = candidate.blocked.iter().filter(|blocked| matches!(blocked, Blocked::Stock { .. }));
            stock.for_each(|blocked| {
                if !missing.contains(blocked) {
                    missing.push(*blocked);
                }
            });
        }
        let told: Vec<String> = missing.iter().take(NAMED * 2).map(|blocked| self.words.blocked(blocked)).collect();
        text += &format!(" No warehouse holds all of it: {}.", told.join("; "));
        let first = self.others().find(|(_, candidate, _)| whole(candidate)).map(|(n, ..)| n);
        Reply { question: Question::Split, text, candidate: first, because: missing }
    }

    fn cheaper(&self) -> Reply {
        let Some((_, taken)) = self.chosen() else { return self.nothing_taken(Question::Cheaper) };
        let mut cheaper: Vec<_> = self.others().filter(|(_, _, offer)| offer.cost < taken.cost).collect();
        cheaper.sort_by_key(|(n, _, offer)| (offer.cost, *n));
        let text = cheaper.iter().take(NAMED).map(|(_, candidate, offer)| {
            let gain = money(taken.cost - offer.cost);
            format!("{} costs {gain} less, but {}.", self.words.candidate(candidate), self.because(candidate))
        });
        let text: Vec<String> = text.collect();
        let text = if text.is_empty() { "Nothing that was looked at costs less.".to_owned() } else { text.join(" ") };
        self.of_first(Question::Cheaper, text, &cheaper)
    }

    fn faster(&self) -> Reply {
        let Some((_, taken)) = self.chosen() else { return self.nothing_taken(Question::Faster) };
        let mut sooner: Vec<_> = self.others().filter(|(_, _, offer)| offer.delivers_by < taken.delivers_by).collect();
        sooner.sort_by_key(|(n, _, offer)| (offer.delivers_by, *n));
        // Of the soonest only the best, then the next sooner date: one line a date.
        let mut dates: Vec<_> = sooner.clone();
        dates.dedup_by_key(|(_, _, offer)| offer.delivers_by);
        let text = dates.iter().take(NAMED).map(|(_, candidate, offer)| {
            let gain = span(taken.delivers_by - offer.delivers_by);
            format!(
                "{} is {gain} sooner for {}, but {}.",
                self.words.candidate(candidate),
                money(offer.cost),
                self.because(candidate)
            )
        });
        let text: Vec<String> = text.collect();
        let text = if text.is_empty() { "Nothing that was looked at is sooner.".to_owned() } else { text.join(" ") };
        self.of_first(Question::Faster, text, &sooner)
    }

    fn of_first(&self, question: Question, text: String, found: &[(usize, &Candidate, &Offer)]) -> Reply {
        let because = found.first().map(|(_, candidate, _)| candidate.blocked.clone()).unwrap_or_default();
        Reply { question, text, candidate: found.first().map(|(n, ..)| *n), because }
    }

    fn late(&self) -> Reply {
        let latest = self.case.sent.iter().filter(|sent| sent.late.is_some()).max_by_key(|sent| sent.late);
        let because = latest.and_then(|sent| sent.late).map(|by| Blocked::Late { by });
        let reply = |text: String, because: Option<Blocked>| Reply {
            question: Question::Late,
            text,
            candidate: None,
            because: because.into_iter().collect(),
        };
        let Some((_, taken)) = self.chosen() else { return self.nothing_taken(Question::Late) };
        let Some(by) = self.case.wish.deliver_by else {
            let text = format!("No date was asked for; it arrives by {}.", self.words.at_door(taken.delivers_by));
            return reply(text, None);
        };
        if self.case.is_closed() {
            let in_time = || format!("It is not late: promised by {}.", self.words.at_door(by));
            let text = latest.and_then(|sent| Some((sent, sent.late?))).map_or_else(in_time, |(sent, late)| {
                let why = match sent.overdue {
                    Some(overdue) => format!("the carrier took {} longer than its schedule", span(overdue)),
                    None => "the collection that it left on could not keep the promise".to_owned(),
                };
                format!("It is {} late against {}: {why}.", span(late), self.words.at_door(by))
            });
            return reply(text, because);
        }
        if taken.delivers_by <= by {
            let sent = latest.and_then(|sent| sent.late).map_or_else(String::new, |late| {
                format!(" A shipment of it that is on its way is {} late.", span(late))
            });
            let text = format!(
                "It is in time: at the door by {}, to be kept is {}.{sent}",
                self.words.at_door(taken.delivers_by),
                self.words.at_door(by)
            );
            return reply(text, because);
        }
        let over = taken.delivers_by - by;
        let way_out = self
            .blocking
            .filter(|found| !found.set.is_empty())
            .map_or_else(String::new, |found| format!(" It would be in time with {}.", self.words.lifts(&found.set)));
        let now = match self.now {
            Some(Outcome::Served(best)) => format!(" In time is now {}.", self.words.served(best)),
            _ => format!(" Nothing that can be planned now is in time.{way_out}"),
        };
        reply(format!("It will be {} late.{now}", span(over)), Some(Blocked::Late { by: over }))
    }

    fn unserved(&self) -> Reply {
        let reply = |text: String| Reply { question: Question::Unserved, text, candidate: None, because: Vec::new() };
        let refused = match self.now {
            Some(Outcome::Refused(refused)) => refused,
            Some(Outcome::Served(_)) => return reply("It is served as asked.".to_owned()),
            None => return reply("It was withdrawn before anything was sent.".to_owned()),
        };
        let Some(found) = self.blocking else {
            let anew = self.words.refused(refused);
            return reply(format!("Its plan keeps the promise, though it could not be planned anew now: {anew}."));
        };
        if found.set.is_empty() && !found.proven {
            let cut = "what would help was not found within the quotes that an explanation may make";
            return reply(format!("Not served as asked: {}; {cut}.", self.words.refused(refused)));
        }
        if found.set.is_empty() {
            let help = "no stock, room, area, level, date or price that could be otherwise would help";
            return reply(format!("Not served as asked: {}; {help}.", self.words.refused(refused)));
        }
        let proof = if found.proven { "each of them is needed" } else { "whether each is needed was not settled" };
        let others = match found.alternatives.as_slice() {
            [] => String::new(),
            others => {
                let told = others.iter().take(NAMED).map(|other| self.words.lifts(&other.lifted));
                format!(" Or with {}.", told.collect::<Vec<_>>().join("; or with "))
            }
        };
        reply(format!(
            "Not served as asked: {}. It would be with {} ({proof}).{others}",
            self.words.refused(refused),
            self.words.lifts(&found.set)
        ))
    }

    fn change(&self) -> Reply {
        let text = match self.case.standing {
            Standing::Closed(OrderStage::Cancelled) => "Nothing: the order was withdrawn.".to_owned(),
            Standing::Closed(_) => "Nothing any more: all of it is past planning.".to_owned(),
            _ if self.changes.is_empty() && self.blocking.is_some_and(|found| !found.set.is_empty()) => {
                let set = self.blocking.map(|found| self.words.lifts(&found.set)).unwrap_or_default();
                format!("It would be served with {set}.")
            }
            _ if self.changes.is_empty() => {
                "No single constraint that was lifted makes it cheaper or sooner.".to_owned()
            }
            _ => {
                let told = self.changes.iter().take(NAMED).map(|change| format!("{}.", self.words.change(change)));
                told.collect::<Vec<_>>().join(" ")
            }
        };
        Reply { question: Question::Change, text, candidate: None, because: Vec::new() }
    }
}

/// Whether something stands in the way that is not a matter of money.
fn hard(candidate: &Candidate) -> bool {
    let soft = |blocked: &Blocked| {
        matches!(blocked, Blocked::Dearer { .. } | Blocked::NoBetter | Blocked::Open { .. } | Blocked::Closed)
    };
    !candidate.blocked.iter().all(soft)
}

/// Whether goods are missing.
fn short(candidate: &Candidate) -> bool {
    candidate.blocked.iter().any(|blocked| matches!(blocked, Blocked::Stock { .. }))
}
