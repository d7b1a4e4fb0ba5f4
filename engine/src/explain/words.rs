//! Explanations in words: ids for things, money with two decimals, instants by the clock at the door.

use crate::calendar::span_text;
use crate::model::{PostalIx, RuleIx, ServiceIx, ServiceLevel, SkuIx, WarehouseIx, World};
use crate::network::Network;
use crate::promise::{AllotmentRef, PickupRef};
use crate::quote::{NoChoice, Ruled, Scarce};
use crate::units::{Cents, Seconds, Timestamp};

use super::{Blocked, Candidate, Change, Constraint, Lever, Lift, Outcome, Served};

/// Rules named in one refusal.
const RULES_TOLD: usize = 4;

/// The names and the clock that words need.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    network: &'a Network,
    door: PostalIx,
}

impl<'a> Words<'a> {
    /// Words about something sent to `door`.
    pub fn new(network: &'a Network, door: PostalIx) -> Self {
        Self { network, door }
    }

    fn world(&self) -> &'a World {
        &self.network.world
    }

    /// A warehouse's id.
    pub fn warehouse(&self, warehouse: WarehouseIx) -> &'a str {
        self.world().warehouses[warehouse].id.as_str()
    }

    /// A service's id.
    pub fn service(&self, service: ServiceIx) -> &'a str {
        self.world().services[service].id.as_str()
    }

    fn sku(&self, sku: SkuIx) -> &'a str {
        self.world().skus[sku].id.as_str()
    }

    /// Day and time at the door: `Wed 2025-11-12 20:00`.
    pub fn at_door(&self, at: Timestamp) -> String {
        self.network.timetable.door_clock(self.door).wall(at)
    }

    /// Day and time at a dock.
    pub fn at_dock(&self, at: Timestamp, warehouse: WarehouseIx) -> String {
        self.network.timetable.clock(warehouse).wall(at)
    }

    fn pickup(&self, pickup: PickupRef) -> String {
        let (service, at) = (self.service(pickup.service), self.at_dock(pickup.at, pickup.warehouse));
        format!("the collection of {service} at {} on {at}", self.warehouse(pickup.warehouse))
    }

    /// An allotment's id; a number where the network has no such allotment any more.
    pub fn allotment(&self, of: AllotmentRef) -> String {
        let known = self.world().allotments.get(of.allotment);
        known.map_or_else(|| of.allotment.0.to_string(), |allotment| allotment.id.to_string())
    }

    fn allotment_on(&self, of: AllotmentRef) -> String {
        format!("allotment {} on {}", self.allotment(of), of.day)
    }

    /// Who sends by what: `NYC by ground`, `CHI by post + NYC by ground`.
    pub fn candidate(&self, candidate: &Candidate) -> String {
        let parts = candidate.warehouses.iter().zip(&candidate.services);
        parts
            .map(|(&at, &by)| format!("{} by {}", self.warehouse(at), self.service(by)))
            .collect::<Vec<_>>()
            .join(" + ")
    }

    /// What a result sends: shipments, price and date.
    pub fn served(&self, served: &Served) -> String {
        let parts: Vec<String> = served
            .plan
            .iter()
            .map(|planned| format!("{} by {}", self.warehouse(planned.warehouse), self.service(planned.service)))
            .collect();
        format!("{} for {}, at the door by {}", parts.join(" + "), money(served.cost), self.at_door(served.delivers_by))
    }

    /// How a quote ended.
    pub fn outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Served(served) => self.served(served),
            Outcome::Refused(refused) => format!("refused: {}", self.refused(refused)),
        }
    }

    /// Why nothing was chosen.
    pub fn refused(&self, refused: &NoChoice) -> String {
        match refused {
            NoChoice::Short(lines) => {
                let short = lines.iter().map(|line| {
                    format!(
                        "{} of {} wanted, {} in all warehouses together",
                        line.wanted,
                        self.sku(line.sku),
                        line.available
                    )
                });
                short.collect::<Vec<_>>().join("; ")
            }
            NoChoice::Ruled(rules) => {
                let told: Vec<String> = rules.iter().take(RULES_TOLD).map(|ruled| self.ruled(ruled)).collect();
                told.join("; ")
            }
            NoChoice::Level => "no service that takes it keeps the level asked for".to_owned(),
            NoChoice::Outpriced => {
                "every way to serve it takes capacity that the price board holds dearer than the goods".to_owned()
            }
            NoChoice::Late { earliest } => {
                format!("the best of the level arrives by {}, after the date asked for", self.at_door(*earliest))
            }
            NoChoice::Dear { price, max } => {
                format!(
                    "it costs {}, which is {} above the {} it may cost",
                    money(*price),
                    money(*price - *max),
                    money(*max)
                )
            }
        }
    }

    /// A sourcing rule: `sourcing rule fragile (no_split)`.
    fn rule(&self, rule: RuleIx) -> String {
        let rule = &self.world().rules[rule];
        format!("sourcing rule {} ({})", rule.id, rule.kind.word())
    }

    /// What a sourcing rule leaves out.
    pub fn ruled(&self, ruled: &Ruled) -> String {
        let rule = self.rule(ruled.rule);
        match (ruled.warehouse, ruled.sku) {
            (Some(warehouse), Some(sku)) => {
                format!("{rule} keeps {} at {} back", self.sku(sku), self.warehouse(warehouse))
            }
            (Some(warehouse), None) => format!("{rule} closes waves at {}", self.warehouse(warehouse)),
            _ => format!("{rule} forbids the split that it would take"),
        }
    }

    /// What stands in a candidate's way.
    pub fn blocked(&self, blocked: &Blocked) -> String {
        match *blocked {
            Blocked::Stock { sku, warehouse, wanted, available } => {
                format!("{} has {available} of the {wanted} {} it takes", self.warehouse(warehouse), self.sku(sku))
            }
            Blocked::Work { wave, needs, left } => {
                format!("wave {} is full: it takes {needs} of work, {left} are left", wave.id(self.world()))
            }
            Blocked::Room { pickup, needs, left } => {
                format!("{} is full: it takes {needs} parcel(s), {left} still fit", self.pickup(pickup))
            }
            Blocked::Allotment { of, needs, left } => {
                format!("{} is used up: it takes {needs} parcel(s), {left} still fit", self.allotment_on(of))
            }
            Blocked::WorkReserved { wave, needs, left, until } => {
                let (wave, until) = (wave.id(self.world()), self.at_dock(until, wave.warehouse));
                format!(
                    "what is left of wave {wave} is reserved for other merchants until {until}: it takes {needs} of work, {left} are free"
                )
            }
            Blocked::RoomReserved { pickup, needs, left, until } => {
                let (what, until) = (self.pickup(pickup), self.at_dock(until, pickup.warehouse));
                format!(
                    "what is left of {what} is reserved for other merchants until {until}: it takes {needs} parcel(s), {left} are free"
                )
            }
            Blocked::Excluded { warehouse } => format!("it must not come from {}", self.warehouse(warehouse)),
            Blocked::Rule { rule, warehouse: Some(warehouse) } => {
                format!("{} keeps {} out", self.rule(rule), self.warehouse(warehouse))
            }
            Blocked::Rule { rule, warehouse: None } => format!("{} forbids the split", self.rule(rule)),
            Blocked::NotServed { rule } => rule.to_string(),
            Blocked::NotCarried { rule } => rule.to_string(),
            Blocked::NoDate => "no wave, collection or delivery day in the next days".to_owned(),
            Blocked::Level { offers } => format!("it is {}, slower than asked for", level(offers)),
            Blocked::Late { by } => format!("it is {} too late", span_text(by)),
            Blocked::Price { by } => format!("it is {} above the price asked for", money(by)),
            Blocked::Dearer { by } => format!("it ranks {} worse", money(by)),
            Blocked::NoBetter => "it is no better".to_owned(),
            Blocked::Open { saves } => {
                format!("nothing: it ranks {} better, and the planner's next run may take it", money(saves))
            }
            Blocked::Closed => "it is past choosing".to_owned(),
        }
    }

    /// A constraint as a thing.
    pub fn constraint(&self, constraint: Constraint) -> String {
        match constraint {
            Constraint::Stock(sku, warehouse) => format!("stock of {} at {}", self.sku(sku), self.warehouse(warehouse)),
            Constraint::Work(wave) => format!("work of wave {}", wave.id(self.world())),
            Constraint::Room(pickup) => format!("room at {}", self.pickup(pickup)),
            Constraint::Allotment(of) => format!("room under {}", self.allotment_on(of)),
            Constraint::Excluded(warehouse) => format!("that it must not come from {}", self.warehouse(warehouse)),
            Constraint::Level => "the level asked for".to_owned(),
            Constraint::Date => "the date to keep".to_owned(),
            Constraint::Price => "the price cap".to_owned(),
            Constraint::Service(service) => format!("area and limits of {}", self.service(service)),
            Constraint::Rule(rule) => self.rule(rule),
        }
    }

    /// A lift as a condition: `2 more mug at NYC`.
    pub fn lift(&self, &(constraint, amount): &Lift) -> String {
        match constraint {
            Constraint::Stock(sku, warehouse) => {
                format!("{amount} more {} at {}", self.sku(sku), self.warehouse(warehouse))
            }
            Constraint::Work(wave) => format!("{amount} more work in wave {}", wave.id(self.world())),
            Constraint::Room(pickup) => format!("room for {amount} more parcel(s) at {}", self.pickup(pickup)),
            Constraint::Allotment(of) => format!("room for {amount} more parcel(s) under {}", self.allotment_on(of)),
            Constraint::Excluded(warehouse) => format!("goods from {}", self.warehouse(warehouse)),
            Constraint::Level => "any level".to_owned(),
            Constraint::Date => "any date".to_owned(),
            Constraint::Price => "any price".to_owned(),
            Constraint::Service(service) => {
                format!("{} without its limits of area, size, weight and goods", self.service(service))
            }
            Constraint::Rule(rule) => format!("{} lifted", self.rule(rule)),
        }
    }

    /// Several lifts as one condition.
    pub fn lifts(&self, lifts: &[Lift]) -> String {
        lifts.iter().map(|lift| self.lift(lift)).collect::<Vec<_>>().join(" and ")
    }

    /// A change with what it brings.
    pub fn change(&self, change: &Change) -> String {
        let lever = match change.lever {
            Lever::More(constraint, amount) => format!("With {}", self.lift(&(constraint, amount))),
            Lever::Ask(asked) => format!("If {} were asked for", level(asked)),
            Lever::Replan => "As things are now".to_owned(),
        };
        let mut gains: Vec<String> = Vec::new();
        match change.saves.unwrap_or_default().get() {
            1.. => gains.push(format!("{} less", money(change.saves.unwrap_or_default()))),
            ..0 => gains.push(format!("{} more", money(-change.saves.unwrap_or_default()))),
            0 => {}
        }
        match change.sooner.unwrap_or_default().get() {
            1.. => gains.push(format!("{} sooner", span_text(change.sooner.unwrap_or_default()))),
            ..0 => gains.push(format!("{} later", span_text(-change.sooner.unwrap_or_default()))),
            0 => {}
        }
        let gains = if gains.is_empty() { String::new() } else { format!(" ({})", gains.join(", ")) };
        format!("{lever}: {}{gains}", self.served(&change.then))
    }

    /// What a shadow price is asked for.
    pub fn scarce(&self, scarce: Scarce) -> String {
        match scarce {
            Scarce::Work(wave) => self.constraint(Constraint::Work(wave)),
            Scarce::Room(pickup) => self.constraint(Constraint::Room(pickup)),
            Scarce::Allotment(of) => self.constraint(Constraint::Allotment(of)),
            Scarce::Volume(day) => format!("the volume of {}", day.id(self.world())),
            Scarce::Stock(sku, warehouse) => self.constraint(Constraint::Stock(sku, warehouse)),
        }
    }
}

/// An amount for people: `$12.30`, `-$12.30`.
pub(super) fn money(amount: Cents) -> String {
    amount.to_text()
}

/// A span for people.
pub(super) fn span(by: Seconds) -> String {
    span_text(by)
}

/// A level as it stands on the wire.
pub(super) fn level(level: ServiceLevel) -> &'static str {
    match level {
        ServiceLevel::Standard => "standard",
        ServiceLevel::TwoDay => "two_day",
        ServiceLevel::Overnight => "overnight",
        ServiceLevel::HalfDay => "half_day",
    }
}
