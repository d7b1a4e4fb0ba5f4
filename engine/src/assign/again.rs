//! Planning a backlog again: which orders are looked at, and from what the search starts.
//!
//! Most of a backlog was planned minutes ago. New orders were placed one by one by their quotes, and only they, orders that no
//! longer keep their promise, and their *rivals* (orders that hold what these would like to have) have anything to gain. Others keep
//! what they hold and are not even priced, which is what makes a re-plan cheap. The search starts from the plan that stands
//! and from the prices on the board.

use std::collections::{BTreeMap, BTreeSet};

use crate::board::{self, PriceBoard};
use crate::fulfilment::{BacklogOrder, State};
use crate::model::{SkuIx, WarehouseIx};
use crate::promise::{PickupRef, WaveRef};
use crate::search::Seed;
use crate::units::{Cents, Timestamp};

use super::shares::Owner;
use super::{Demand, Duals};

/// Which open orders a run looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    #[default]
    Whole,
    /// Those that came or fell behind since the board's prices were found, and their rivals; all where the board is stale.
    Touched,
}

impl Scope {
    /// What is due at `now`: the touched orders, but all where the last run over all is [`FRESH`](board::FRESH) or older.
    pub fn due(state: &State, now: Timestamp) -> Self {
        let last = state.plan_runs().values().rev().find(|run| run.whole);
        if last.is_some_and(|run| now - run.at < board::FRESH) { Self::Touched } else { Self::Whole }
    }
}

/// Rivals looked at for each SKU of a touched order, and for each wave whose work has a price.
const RIVALS: usize = 12;
const WAVE_RIVALS: usize = 60;

/// The orders that a run plans.
pub(super) struct Selection {
    pub orders: Vec<BacklogOrder>,
    /// By order: its shipments were never planned together with others', so that moving them is no disturbance.
    pub provisional: Vec<bool>,
    /// Whether these are all open orders.
    pub whole: bool,
}

/// Selects among all open orders, given by id.
pub(super) fn select(
    orders: Vec<BacklogOrder>,
    board: &PriceBoard,
    now: Timestamp,
    scope: Scope,
    seed: Seed,
) -> Selection {
    let planned_at = board.as_of.filter(|_| board.weight_bp(now) > 0);
    let is_new = |order: &BacklogOrder| planned_at.is_none_or(|at| order.placed_at > at);
    let is_late = |order: &BacklogOrder| order.plan.iter().any(|planned| planned.delivers_by > order.promised_by);
    let touched: Vec<bool> = orders.iter().map(|order| is_new(order) || is_late(order)).collect();
    let wanted = match scope {
        Scope::Whole => vec![true; orders.len()],
        Scope::Touched => with_rivals(&orders, &touched, board, seed),
    };
    let whole = wanted.iter().all(|&wanted| wanted);
    let chosen = orders.into_iter().zip(touched).zip(wanted);
    let chosen = chosen.filter(|((order, _), wanted)| *wanted && !is_divided(order));
    let (orders, provisional) = chosen.map(|(order, _)| order).unzip();
    Selection { orders, provisional, whole }
}

/// Whether a line comes from several warehouses. A problem's lines are whole: such an order would be left out of any plan, which
/// then costs more than what stands, and nobody would move. It keeps its plan instead, and what it holds.
fn is_divided(order: &BacklogOrder) -> bool {
    order.plan.iter().any(|planned| planned.lines.iter().any(|line| !order.lines.contains(line)))
}

/// Adds to the touched orders some that hold their goods, and some in each wave that has a price.
fn with_rivals(orders: &[BacklogOrder], touched: &[bool], board: &PriceBoard, seed: Seed) -> Vec<bool> {
    let mut wanted = touched.to_vec();
    if !touched.contains(&true) {
        return wanted;
    }
    let skus: BTreeSet<SkuIx> = (orders.iter().zip(touched).filter(|(_, touched)| **touched))
        .flat_map(|(order, _)| order.lines.iter().map(|line| line.sku))
        .collect();
    let mut of_sku: BTreeMap<SkuIx, usize> = BTreeMap::new();
    let mut of_wave: BTreeMap<WaveRef, usize> = BTreeMap::new();
    let mut others: Vec<usize> = (0..orders.len()).filter(|&n| !touched[n]).collect();
    seed.child("rivals", 0).rng().shuffle(&mut others);
    for n in others {
        let order = &orders[n];
        for line in order.lines.iter().filter(|line| skus.contains(&line.sku)) {
            let taken = of_sku.entry(line.sku).or_default();
            wanted[n] |= *taken < RIVALS;
            *taken += 1;
        }
        for planned in order.plan.iter().filter(|planned| board.work.contains_key(&planned.wave)) {
            let taken = of_wave.entry(planned.wave).or_default();
            wanted[n] |= *taken < WAVE_RIVALS;
            *taken += 1;
        }
    }
    wanted
}

/// The board's prices as the solver's, by the problem's slots and rows; `None` where they count nothing.
pub(super) fn warm(
    board: &PriceBoard,
    now: Timestamp,
    demand: &Demand,
    (skus, waves, pickups): (&[SkuIx], &[(WaveRef, Owner)], &[(PickupRef, Owner)]),
) -> Option<Duals> {
    let prices = board.at(now);
    let cents = |price: Cents| price.get() as f64;
    let stock = |(n, &sku): (usize, &SkuIx)| {
        let slots = &demand.slots()[demand.slots_of(n as u32)];
        let price = move |slot: &super::Slot| cents(prices.stock(sku, WarehouseIx(slot.warehouse.into())));
        slots.iter().map(price).collect::<Vec<_>>()
    };
    (prices.weight_bp() > 0).then(|| Duals {
        stock: skus.iter().enumerate().flat_map(stock).collect(),
        work: waves
            .iter()
            .map(|(wave, owner)| cents(owner.price(prices.work(wave), |m| prices.own_work(wave, m))))
            .collect(),
        pickup: pickups
            .iter()
            .map(|(at, owner)| cents(owner.price(prices.pickup(at), |m| prices.own_pickup(at, m))))
            .collect(),
        ..Duals::default()
    })
}
