//! Sourcing rules in the backlog's problem.
//!
//! Options that a hard rule forbids are not listed, but for what an order holds. What a soft rule charges a shipment is in its
//! option's cents, what it charges their number, and the most there may be, in [`Splits`]; an order over a limit already may
//! keep what it has. Rules on the orders of a day are allotment rows. Units that must stay are no part of the stock.
//! Soft prices steer: both the plan and what stands are compared with them, and they are taken out of what a run reports.

use crate::calendar::civil::Date;
use crate::fulfilment::{BacklogOrder, LineQuantity, MerchantLoad, PlannedShipment, State};
use crate::model::{RuleKind, SourcingRule, WarehouseIx, World};
use crate::network::Network;
use crate::promise::WaveRef;
use crate::sourcing::{Asked, Binding, Sending};
use crate::units::{Cents, Timestamp};

use super::problem::MAX_PARTS;
use super::rows::{AllotmentRow, Counts};
use super::{NO_ROW, Splits};

/// The rules of one order of a run.
pub(super) struct Ruling<'a> {
    network: &'a Network,
    state: &'a State,
    order: &'a BacklogOrder,
    now: Timestamp,
    /// `None` where no rule binds.
    binding: Option<Binding<'a>>,
}

impl<'a> Ruling<'a> {
    pub fn new(network: &'a Network, state: &'a State, order: &'a BacklogOrder, now: Timestamp) -> Self {
        let asked = Asked {
            merchant: order.merchant,
            channel: order.channel.as_ref(),
            postal: order.postal,
            lines: &order.lines,
            now,
            sent: order.sent,
            held: &order.plan,
        };
        let binding = Binding::new(network, &state.load(&network.world).of(order.merchant, now), asked);
        Self { network, state, order, now, binding: Some(binding).filter(|binding| !binding.is_free()) }
    }

    fn load(&self) -> MerchantLoad<'a> {
        self.state.load(&self.network.world).of(self.order.merchant, self.now)
    }

    /// Whether these lines may be sent from there, and without the others.
    pub fn allows(&self, warehouse: WarehouseIx, lines: &[LineQuantity]) -> bool {
        self.binding.as_ref().is_none_or(|binding| {
            lines.iter().all(|line| binding.bars(warehouse, line.sku).is_none())
                && binding.parts_company(lines).is_none()
        })
    }

    /// Whether the warehouse works in the wave.
    pub fn opens(&self, wave: &WaveRef) -> bool {
        self.binding.as_ref().is_none_or(|binding| binding.offline(wave).is_none())
    }

    /// What soft rules charge a shipment by itself.
    pub fn levied(&self, planned: &PlannedShipment) -> i64 {
        let load = self.load();
        let price = |binding: &Binding| binding.of_shipment(self.state.ledger(), &load, &Sending::from(planned));
        self.binding.as_ref().map_or(0, |binding| price(binding).get())
    }

    /// What soft rules charge what the order holds.
    pub fn levied_before(&self) -> i64 {
        let Some(binding) = &self.binding else { return 0 };
        let sent: Vec<Sending> = self.order.plan.iter().map(Sending::from).collect();
        let levies = binding.levies(self.state.ledger(), &self.load(), &sent);
        levies.iter().map(|levied| levied.price).sum::<Cents>().get()
    }

    /// What binds the number of shipments.
    pub fn splits(&self) -> Splits {
        let Some(binding) = &self.binding else { return Splits::default() };
        let mut splits = Splits { most: self.most().max(self.order.plan.len()), ..Splits::default() };
        for (n, cents) in splits.cents.iter_mut().enumerate() {
            *cents = binding.of_count(n + 1).get();
        }
        splits
    }

    fn most(&self) -> usize {
        let most = self.binding.as_ref().and_then(Binding::most);
        most.map_or(MAX_PARTS, |(most, _)| most)
    }

    /// Whether the order may change to these shipments: within its limit, or nearer to it.
    pub fn admits(&self, new: &[PlannedShipment]) -> bool {
        self.binding.is_none() || new.len() <= self.most() || new.len() < self.order.plan.len()
    }
}

/// Rows of the hard rules on the orders of a day of a warehouse.
pub(super) struct DayRows<'a> {
    /// With how many orders the run may place there.
    rows: Vec<(&'a SourcingRule, WarehouseIx, Date, i64)>,
}

impl<'a> DayRows<'a> {
    /// Rows for the days of these waves. What an order of the run holds may stay.
    pub fn new(world: &'a World, state: &State, orders: &[BacklogOrder], waves: &[WaveRef]) -> Self {
        let mut days: Vec<(WarehouseIx, Date)> = waves.iter().map(|wave| (wave.warehouse, wave.date)).collect();
        days.sort_unstable();
        days.dedup();
        let mut rows = Vec::new();
        for rule in world.rules.iter().filter(|rule| rule.is_hard()) {
            let RuleKind::MaxOrdersADay { orders: most } = rule.kind else { continue };
            for &(warehouse, day) in days.iter().filter(|(at, day)| rule.is_at(*at) && rule.is_in_force(*day)) {
                let here = |planned: &&PlannedShipment| planned.warehouse == warehouse && planned.wave.date == day;
                let bound = orders.iter().filter(|order| rule.binds(order.merchant, order.channel.as_ref()));
                let held = bound.flat_map(|order| &order.plan).filter(here).count() as i64;
                let all = state.days().orders(warehouse, day, rule.merchant, rule.channel.as_ref());
                rows.push((rule, warehouse, day, (most - (all - held)).max(held)));
            }
        }
        Self { rows }
    }

    /// The rows themselves.
    pub fn rows(&self) -> impl Iterator<Item = AllotmentRow> + '_ {
        self.rows.iter().map(|&(.., capacity)| AllotmentRow { capacity, counts: Counts::Shipments })
    }

    /// The row that a shipment of an order loads: the tightest of those that bind it, as a number from `first` on. Should
    /// several rules bind, the others are seen to when the plan is committed.
    pub fn of(&self, first: usize, order: &BacklogOrder, planned: &PlannedShipment) -> u32 {
        let binding = self.rows.iter().enumerate().filter(|(_, (rule, warehouse, day, _))| {
            (*warehouse, *day) == (planned.warehouse, planned.wave.date)
                && rule.binds(order.merchant, order.channel.as_ref())
        });
        let tightest = binding.min_by_key(|(n, (.., capacity))| (*capacity, *n));
        tightest.map_or(NO_ROW, |(n, _)| (first + n) as u32)
    }
}
