//! Everything that was, or could have been, looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::assign;
use crate::board::PriceBoard;
use crate::fulfilment::{LineQuantity, Order, OrderStage, PlannedShipment, ShipmentStage, State};
use crate::model::{RuleIx, ServiceIx, ServiceLevel, SkuIx, WarehouseIx, World};
use crate::network::Network;
use crate::promise::{self, AllotmentRef, Need, PickupRef, Promise, Unlimited, WaveLoad, WaveRef};
use crate::quote::{self, QuoteOption, Request, Sourcing, View, Wish};
use crate::rating::Charge;
use crate::shipping::{self, Destination, Freight, NoWay, ReturnCosts, Way};
use crate::sourcing::{Binding, Levied, Sending};
use crate::stock::StockView;
use crate::units::{Cents, Timestamp};

use super::ease::{Allowance, Eased};
use super::{Blocked, Candidate, CandidateShipment, Offer, Sent, Standing};

/// Waves listed at a warehouse: as many as the planner plans in. More only until one with room.
const WAVES: usize = 4;
/// Waves looked at until one has room, as promises do.
const WAVES_AHEAD: usize = 21;

/// What is to be explained.
pub(super) struct Case<'a> {
    pub(super) view: View<'a>,
    /// What the order holds itself.
    pub(super) own: Allowance,
    pub(super) request: Request,
    pub(super) wish: Wish,
    /// How fast the buyer wants it.
    level: ServiceLevel,
    pub(super) standing: Standing,
    /// What stands, or was planned; empty for a cart.
    pub(super) plan: Vec<PlannedShipment>,
    pub(super) sent: Vec<Sent>,
    pub(super) as_of: Timestamp,
}

/// Stock without end: what was there when a closed order was planned is not kept.
struct Endless;

impl StockView for Endless {
    fn available(&self, _: SkuIx, _: WarehouseIx) -> i64 {
        i64::from(u32::MAX)
    }

    fn available_in_network(&self, _: SkuIx) -> i64 {
        i64::from(u32::MAX)
    }
}

/// No prices: those of that moment are not kept either.
static FREE: PriceBoard = PriceBoard {
    as_of: None,
    work: BTreeMap::new(),
    pickup: BTreeMap::new(),
    volume: BTreeMap::new(),
    allotment: BTreeMap::new(),
    own_work: BTreeMap::new(),
    own_pickup: BTreeMap::new(),
    stock: BTreeMap::new(),
};

impl<'a> Case<'a> {
    pub(super) fn cart(view: &View<'a>, request: &Request, wish: &Wish) -> Self {
        Self {
            view: *view,
            own: Allowance::default(),
            request: request.clone(),
            wish: *wish,
            level: wish.level,
            standing: Standing::Cart,
            plan: Vec::new(),
            sent: Vec::new(),
            as_of: request.now,
        }
    }

    /// An order that has lines to plan is open; else its shipments say what it was planned on. The planner holds it to its
    /// promise, no longer to the name of a level.
    pub(super) fn order(view: &View<'a>, state: &State, order: &Order, now: Timestamp) -> Self {
        let shipments = || order.shipments.iter().filter_map(|id| state.shipments().get(id));
        let sent = shipments().filter(|shipment| shipment.stage != ShipmentStage::Void).map(|shipment| {
            let arrives = shipment.delivered_at.unwrap_or(shipment.plan.delivers_by);
            let after = |by: Timestamp| (arrives > by).then(|| arrives - by);
            let (late, overdue) = (after(order.promised_by), after(shipment.plan.delivers_by));
            Sent { id: shipment.id.clone(), planned: shipment.plan.clone(), late, overdue }
        });
        let sent: Vec<Sent> = sent.collect();
        let open = !order.plan.is_empty() && order.stage != OrderStage::Cancelled;
        let plan = if open { order.plan.clone() } else { sent.iter().map(|sent| sent.planned.clone()).collect() };
        let lines = if plan.is_empty() { order.lines.clone() } else { added_up(&plan) };
        let request = Request {
            merchant: order.merchant,
            channel: order.channel.clone(),
            postal: order.postal,
            residential: order.residential,
            lines,
            now: if open { now } else { order.placed_at },
            not_from: None,
            sent: if open { sent.len() } else { 0 },
            terms: order.terms,
            by: None,
        };
        let then = View { network: view.network, ledger: &Endless, load: &Unlimited, board: FREE.at(now) };
        Self {
            view: if open { *view } else { then },
            own: if open {
                Allowance::held(&view.network.world, &order.plan, order.postal)
            } else {
                Allowance::default()
            },
            request,
            wish: Wish { level: ServiceLevel::Standard, max_price: None, deliver_by: Some(order.promised_by) },
            level: order.level,
            standing: if open { Standing::Open } else { Standing::Closed(order.stage) },
            plan,
            sent,
            as_of: now,
        }
    }

    pub(super) fn network(&self) -> &'a Network {
        self.view.network
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.standing, Standing::Closed(_))
    }

    /// What soft sourcing rules charge a plan.
    pub(super) fn levies(&self, plan: &[PlannedShipment]) -> Vec<Levied> {
        let eased = Eased { view: &self.view, allowance: &self.own };
        let view = eased.view();
        let sent: Vec<Sending> = plan.iter().map(Sending::from).collect();
        quote::binding(&view, &self.request).levies(view.ledger, view.load, &sent)
    }

    fn world(&self) -> &'a World {
        &self.view.network.world
    }

    /// What returns are expected to cost, on the day that the quote is run for.
    pub(super) fn returns(&self) -> ReturnCosts<'a> {
        ReturnCosts::new(self.network(), self.request.lines.iter().copied(), self.request.now)
    }

    pub(super) fn to(&self) -> Destination {
        self.request.to()
    }

    /// What the planner counts beside cost and prices; a cart has no promise to break yet.
    fn planners(&self, delivers_by: Timestamp, shipments: usize) -> (Cents, Cents) {
        match self.wish.deliver_by {
            Some(by) if self.standing != Standing::Cart => {
                (assign::late_cost(self.level, by, delivers_by), assign::split_cost(shipments))
            }
            _ => (Cents::ZERO, Cents::ZERO),
        }
    }
}

/// Lines of all shipments, units of one SKU added up.
fn added_up(plan: &[PlannedShipment]) -> Vec<LineQuantity> {
    let mut units: BTreeMap<SkuIx, u32> = BTreeMap::new();
    for line in plan.iter().flat_map(|planned| &planned.lines) {
        *units.entry(line.sku).or_default() += line.quantity;
    }
    units.into_iter().map(|(sku, quantity)| LineQuantity { sku, quantity }).collect()
}

/// Every candidate with what blocks it, in the order that [`super::Explanation`] promises.
pub(super) fn candidates(case: &Case) -> Vec<Candidate> {
    let eased = Eased { view: &case.view, allowance: &case.own };
    let view = eased.view();
    let freight = Freight::of_lines(case.network(), &case.request.lines, case.to());
    let (binding, returns) = (quote::binding(&view, &case.request), case.returns());
    let finder = Finder { case, view: &view, binding: &binding, freight: &freight, returns: &returns };
    let mut found: Vec<Candidate> = case.world().warehouses.indices().flat_map(|at| finder.whole(at)).collect();
    found.extend(finder.splits());
    let taken = finder.taken();
    if let Some(taken) = &taken {
        mark(&mut found, taken, || finder.offer_of_plan(taken));
    }
    let best = found.iter().find(|candidate| candidate.chosen).and_then(|candidate| candidate.offer.clone());
    found.iter_mut().for_each(|candidate| judge(case, best.as_ref(), candidate));
    found.sort_by(|a, b| {
        let rank = |c: &Candidate| {
            c.offer.as_ref().map_or((1, Cents::ZERO, Timestamp::MAX), |o| (0, o.total(), o.delivers_by))
        };
        (!a.chosen, rank(a), &a.warehouses, &a.services, first_wave(a)).cmp(&(
            !b.chosen,
            rank(b),
            &b.warehouses,
            &b.services,
            first_wave(b),
        ))
    });
    found
}

fn first_wave(candidate: &Candidate) -> Option<WaveRef> {
    candidate.offer.as_ref()?.shipments.first().map(|shipment| shipment.planned.wave)
}

/// Marks the candidate that sends just these shipments; one that is not among them is added.
fn mark(found: &mut Vec<Candidate>, taken: &[PlannedShipment], offer: impl FnOnce() -> Offer) {
    let same = |candidate: &Candidate| {
        candidate.offer.as_ref().is_some_and(|offer| {
            offer.shipments.len() == taken.len()
                && offer.shipments.iter().all(|shipment| taken.contains(&shipment.planned))
        })
    };
    match found.iter_mut().find(|candidate| same(candidate)) {
        Some(candidate) => candidate.chosen = true,
        None => found.push(Candidate {
            warehouses: taken.iter().map(|planned| planned.warehouse).collect(),
            services: taken.iter().map(|planned| planned.service).collect(),
            offer: Some(offer()),
            chosen: true,
            blocked: Vec::new(),
        }),
    }
}

/// Adds what the wish and the comparison say; what the network says stands already.
fn judge(case: &Case, best: Option<&Offer>, candidate: &mut Candidate) {
    if candidate.chosen {
        candidate.blocked.clear();
        return;
    }
    let possible = candidate.blocked.is_empty();
    if let Some(offer) = &candidate.offer {
        let wish = &case.wish;
        if offer.level < wish.level && best.is_none_or(|best| offer.delivers_by > best.delivers_by) {
            candidate.blocked.push(Blocked::Level { offers: offer.level });
        }
        if let Some(by) = wish.deliver_by.filter(|by| offer.delivers_by > *by) {
            candidate.blocked.push(Blocked::Late { by: offer.delivers_by - by });
        }
        let (asked, _) = quote::asked_of_buyer(case.network(), &case.request, offer.level, offer.cost);
        if let Some(max) = wish.max_price.filter(|max| asked > *max) {
            candidate.blocked.push(Blocked::Price { by: asked - max });
        }
        if let Some(best) = best {
            let dearer = offer.total() - best.total();
            match dearer.get() {
                1.. => candidate.blocked.push(Blocked::Dearer { by: dearer }),
                0 if candidate.blocked.is_empty() => candidate.blocked.push(Blocked::NoBetter),
                ..0 if possible && candidate.blocked.is_empty() => {
                    candidate.blocked.push(Blocked::Open { saves: -dearer });
                }
                _ => {}
            }
        }
    }
    if case.is_closed() {
        candidate.blocked.retain(|blocked| !matches!(blocked, Blocked::Open { .. }));
        candidate.blocked.push(Blocked::Closed);
    }
}

/// Finds candidates on a view in which the order's own holds are free.
struct Finder<'a> {
    case: &'a Case<'a>,
    view: &'a View<'a>,
    /// The sourcing rules.
    binding: &'a Binding<'a>,
    /// The whole request on its way.
    freight: &'a Freight<'a>,
    /// What returns are expected to cost.
    returns: &'a ReturnCosts<'a>,
}

impl Finder<'_> {
    /// The whole request from one warehouse, by every service.
    fn whole(&self, warehouse: WarehouseIx) -> Vec<Candidate> {
        let (case, world) = (self.case, self.case.world());
        let lines = &case.request.lines;
        let mut short: Vec<Blocked> = Vec::new();
        if case.request.not_from == Some(warehouse) {
            short.push(Blocked::Excluded { warehouse });
        }
        short.extend(self.barred(warehouse));
        short.extend(lines.iter().filter_map(|line| {
            let (wanted, available) = (i64::from(line.quantity), self.view.ledger.available(line.sku, warehouse));
            (available < wanted).then_some(Blocked::Stock { sku: line.sku, warehouse, wanted, available })
        }));
        let need = Need {
            work: shipping::work(world, warehouse, shipping::units(lines)),
            parcels: self.freight.plain().boxes.len() as i64,
        };
        let waves = self.waves(warehouse, need.work, short.is_empty());
        world.services.indices().flat_map(|service| self.by_service(warehouse, service, need, &waves, &short)).collect()
    }

    /// Hard sourcing rules that keep the request, or some of it, from coming from a warehouse.
    fn barred(&self, warehouse: WarehouseIx) -> Vec<Blocked> {
        let rule = |line: &LineQuantity| {
            let there = self.view.ledger.available(line.sku, warehouse);
            let stays = self.binding.stays(warehouse, line.sku).filter(|(units, _)| {
                let wanted = i64::from(line.quantity);
                there >= wanted && there - units < wanted
            });
            self.binding.bars(warehouse, line.sku).or(stays.map(|(_, rule)| rule))
        };
        let mut rules: Vec<_> = self.case.request.lines.iter().filter_map(rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules.into_iter().map(|rule| Blocked::Rule { rule, warehouse: Some(warehouse) }).collect()
    }

    fn closes(&self, wave: &WaveRef) -> Option<RuleIx> {
        self.binding.closes(self.view.load, wave)
    }

    /// Waves to list: the full ones before the first with room, it, and some after it for the planner to choose from.
    fn waves(&self, warehouse: WarehouseIx, work: i64, choice: bool) -> Vec<WaveRef> {
        let ahead = promise::next_waves(self.view.network, warehouse, self.case.request.now, WAVES_AHEAD);
        let free = ahead.iter().position(|wave| self.view.load.free_work(wave) >= work && self.closes(wave).is_none());
        let mut listed: Vec<WaveRef> = ahead.iter().take(WAVES).copied().collect();
        match free {
            // The quote takes the first with room, unless that has a price; the planner looks at later ones anyway.
            Some(first) if !choice || (self.case.standing != Standing::Open && !self.is_priced(&ahead[first])) => {
                listed.truncate(first + 1);
            }
            _ => {}
        }
        listed.extend(free.filter(|&first| first >= listed.len()).map(|first| ahead[first]));
        listed
    }

    fn is_priced(&self, wave: &WaveRef) -> bool {
        self.view.board.work(wave) > Cents::ZERO
    }

    fn by_service(
        &self,
        warehouse: WarehouseIx,
        service: ServiceIx,
        need: Need,
        waves: &[WaveRef],
        short: &[Blocked],
    ) -> Vec<Candidate> {
        let network = self.view.network;
        let postal = self.case.request.postal;
        let refused = |rule: Blocked| {
            let blocked = std::iter::once(rule).chain(short.iter().copied()).collect();
            vec![Candidate {
                warehouses: vec![warehouse],
                services: vec![service],
                offer: None,
                chosen: false,
                blocked,
            }]
        };
        if let Err(rule) = network.serves(service, warehouse, postal) {
            return refused(Blocked::NotServed { rule });
        }
        let mut found = Vec::new();
        for &wave in waves {
            let left = self.view.load.free_work(&wave);
            let mut blocked = short.to_vec();
            blocked.extend(self.closes(&wave).map(|rule| Blocked::Rule { rule, warehouse: Some(warehouse) }));
            if left < need.work {
                let (needs, left) = (need.work, left.max(0));
                blocked.push(match self.view.load.work_released(&wave, needs) {
                    Some(until) => Blocked::WorkReserved { wave, needs, left, until },
                    None => Blocked::Work { wave, needs, left },
                });
            }
            let empty = promise::for_wave(network, service, wave, postal, need, &Unlimited);
            let now = promise::for_wave(network, service, wave, postal, need, self.view.load);
            let Ok(empty) = empty else {
                found.extend(refused(Blocked::NoDate));
                break;
            };
            let full = now.is_err() || now.is_ok_and(|now| now.pickup_at != empty.pickup_at);
            let mut dates = Vec::new();
            if full {
                let pickup = PickupRef { warehouse, service, at: empty.pickup_at };
                let capacity = promise::pickup_capacity(&network.world, &pickup);
                let needs = need.parcels;
                let room = match self.view.load.pickup_released(&pickup, capacity, needs) {
                    Some(until) => {
                        let left = self.view.load.free_pickup(&pickup, capacity).max(0);
                        vec![Blocked::RoomReserved { pickup, needs, left, until }]
                    }
                    None => self.full(&pickup, needs).into_iter().collect(),
                };
                let empty_load: &dyn WaveLoad = &Unlimited;
                dates.push((empty, empty_load, blocked.iter().copied().chain(room).collect::<Vec<_>>()));
            }
            dates.extend(now.ok().map(|now| (now, self.view.load, blocked)));
            for (promise, load, blocked) in dates {
                match self.way(warehouse, (service, promise), need, load) {
                    Ok(way) => found.push(self.candidate(&way, blocked)),
                    Err(NoWay::Carrier(rule)) => return refused(Blocked::NotCarried { rule }),
                    // Explanations go by cards: nobody was asked.
                    Err(NoWay::Promise(_) | NoWay::Live(_)) => return refused(Blocked::NoDate),
                }
            }
        }
        found
    }

    /// Why a collection that would be the first does not take the parcels.
    fn full(&self, pickup: &PickupRef, needs: i64) -> Vec<Blocked> {
        let (world, load) = (&self.view.network.world, self.view.load);
        let book = world.allotment_book();
        let room = load.free_pickup(pickup, promise::pickup_capacity(world, pickup));
        let full = (room < needs).then_some(Blocked::Room { pickup: *pickup, needs, left: room.max(0) });
        let used_up = AllotmentRef::of(book, *pickup, self.case.request.postal).filter_map(|of| {
            let left = load.free_allotment(&of, of.capacity(book));
            (left < needs).then_some(Blocked::Allotment { of, needs, left: left.max(0) })
        });
        full.into_iter().chain(used_up).collect()
    }

    /// The way with this date, where the load has room for so much.
    fn way(
        &self,
        warehouse: WarehouseIx,
        (service, promised): (ServiceIx, Promise),
        need: Need,
        load: &dyn WaveLoad,
    ) -> Result<Way, NoWay> {
        let lines = &self.case.request.lines;
        let (network, postal) = (self.view.network, self.case.request.postal);
        let roomy = |parcels| {
            let need = Need { parcels, ..need };
            promise::for_wave(network, service, promised.wave, postal, need, load)
        };
        shipping::way_promised(network, warehouse, lines, self.freight, (service, promised), roomy)
    }

    fn candidate(&self, way: &Way, blocked: Vec<Blocked>) -> Candidate {
        let warehouse = way.promise.wave.warehouse;
        let planned = shipping::planned(self.case.world(), warehouse, &self.case.request.lines, way);
        let offer = self.offer(way.level, vec![self.shipment(planned, way)]);
        let (warehouses, services) = (vec![warehouse], vec![way.service]);
        Candidate { warehouses, services, offer: Some(offer), chosen: false, blocked }
    }

    fn shipment(&self, planned: PlannedShipment, way: &Way) -> CandidateShipment {
        let (network, to) = (self.view.network, self.case.to());
        CandidateShipment {
            charges: merged(shipping::charges(network, way, planned.warehouse, to)),
            hands: shipping::handling(&network.world, planned.warehouse, shipping::units(&planned.lines)),
            cartons: way.packed.carton_cost,
            paid: quote::prices_paid(self.view, &self.case.request, &planned),
            expected_return: self.returns.shipment(planned.warehouse, &planned.lines, to),
            chain: way.promise.chain(network, way.service, to.postal),
            planned,
        }
    }

    fn offer(&self, level: ServiceLevel, shipments: Vec<CandidateShipment>) -> Offer {
        let delivers_by = shipments.iter().map(|s| s.planned.delivers_by).max().unwrap_or_default();
        let (lateness, split) = self.case.planners(delivers_by, shipments.len());
        Offer {
            level,
            cost: shipments.iter().map(|s| s.planned.cost()).sum(),
            steering: shipments.iter().flat_map(|s| &s.paid).map(quote::Paid::total).sum(),
            expected_return: shipments.iter().map(|s| s.expected_return).sum(),
            lateness,
            split,
            levies: self.binding.levies(
                self.view.ledger,
                self.view.load,
                &shipments.iter().map(|s| Sending::from(&s.planned)).collect::<Vec<_>>(),
            ),
            delivers_by,
            shipments,
        }
    }

    /// What a quote would split into, where it splits.
    fn splits(&self) -> Vec<Candidate> {
        let allowed = quote::sourcings(self.view, &self.case.request).unwrap_or_default();
        let mut lifted = Allowance::default();
        self.binding.rules().for_each(|rule| lifted.lift(rule));
        let lifted = Eased { view: self.view, allowance: &lifted };
        let view = lifted.view();
        let mut found = self.splits_of(self.view, &allowed, |_| Vec::new());
        if !self.binding.is_free() {
            let all = quote::sourcings(&view, &self.case.request).unwrap_or_default();
            let others: Vec<Sourcing> = all.into_iter().filter(|sourcing| !allowed.contains(sourcing)).collect();
            found.extend(self.splits_of(&view, &others, |sourcing| self.forbidden(sourcing)));
        }
        found
    }

    /// Hard rules that a sourcing breaks.
    fn forbidden(&self, sourcing: &Sourcing) -> Vec<Blocked> {
        let mut rules = Vec::new();
        let most = self.binding.most().filter(|(most, _)| sourcing.len() > *most);
        rules.extend(most.map(|(_, rule)| Blocked::Rule { rule, warehouse: None }));
        for part in sourcing {
            let torn = self.binding.parts_company(&part.lines);
            rules.extend(torn.map(|rule| Blocked::Rule { rule, warehouse: None }));
            for line in &part.lines {
                let there = self.view.ledger.available(line.sku, part.warehouse);
                let stays = self.binding.stays(part.warehouse, line.sku);
                let stays = stays.filter(|(units, _)| there - units < i64::from(line.quantity));
                let rule = self.binding.bars(part.warehouse, line.sku).or(stays.map(|(_, rule)| rule));
                rules.extend(rule.map(|rule| Blocked::Rule { rule, warehouse: Some(part.warehouse) }));
            }
        }
        let mut told = Vec::new();
        rules.into_iter().for_each(|rule| {
            if !told.contains(&rule) {
                told.push(rule);
            }
        });
        told
    }

    fn splits_of(
        &self,
        view: &View,
        sourcings: &[Sourcing],
        blocked: impl Fn(&Sourcing) -> Vec<Blocked>,
    ) -> Vec<Candidate> {
        let several = sourcings.iter().filter(|sourcing| sourcing.len() > 1);
        let options = several.flat_map(|sourcing| {
            let blocked = blocked(sourcing);
            let options = quote::options_of(view, &self.case.request, sourcing);
            options.into_iter().map(move |option| (option, blocked.clone()))
        });
        let mut found: Vec<Candidate> = Vec::new();
        for (option, mut blocked) in options {
            let waves = option.shipments.iter().map(|shipment| shipment.planned.wave);
            blocked.extend(waves.filter_map(|wave| {
                let rule = self.closes(&wave)?;
                Some(Blocked::Rule { rule, warehouse: Some(wave.warehouse) })
            }));
            let offer = self.offer_of(&option);
            // Levels that no part can keep lead to the same ways again.
            if !found.iter().any(|candidate| candidate.offer.as_ref() == Some(&offer)) {
                let warehouses = option.shipments.iter().map(|s| s.planned.warehouse).collect();
                let services = option.shipments.iter().map(|s| s.planned.service).collect();
                found.push(Candidate { warehouses, services, offer: Some(offer), chosen: false, blocked });
            }
        }
        found
    }

    fn offer_of(&self, option: &QuoteOption) -> Offer {
        let shipment = |s: &quote::QuotedShipment| self.shipment(s.planned.clone(), &s.way);
        self.offer(option.level, option.shipments.iter().map(shipment).collect())
    }

    /// What is taken: of an order its plan, of a cart the option that the wish leads to.
    fn taken(&self) -> Option<Vec<PlannedShipment>> {
        if self.case.standing != Standing::Cart {
            return (!self.case.plan.is_empty()).then(|| self.case.plan.clone());
        }
        quote::answer(self.view, &self.case.request).choose(&self.case.wish).ok().map(QuoteOption::plan)
    }

    /// A plan that is none of the candidates, with its bill and its chain made again; its money is what was planned.
    fn offer_of_plan(&self, plan: &[PlannedShipment]) -> Offer {
        let (network, world) = (self.view.network, self.case.world());
        let level = plan.iter().map(|planned| world.services[planned.service].level).min();
        let shipments = plan.iter().map(|planned| {
            let way = Way {
                service: planned.service,
                level: world.services[planned.service].level,
                promise: promise_of(network, planned, self.case.request.postal),
                carrier_cost: planned.carrier_cost,
                handling_cost: planned.handling_cost,
                work: planned.work,
                packed: Arc::new(shipping::packed(world, planned, &planned.lines)),
                is_live: false,
            };
            self.shipment(planned.clone(), &way)
        });
        self.offer(level.unwrap_or(ServiceLevel::Standard), shipments.collect())
    }
}

/// A bill over all parcels: lines of one rule from the same facts are added up.
fn merged(charges: Vec<Charge>) -> Vec<Charge> {
    let mut bill: Vec<(Charge, u32)> = Vec::new();
    for charge in charges {
        let same = |(known, _): &&mut (Charge, u32)| {
            (&known.rule, &known.tariff, &known.inputs) == (&charge.rule, &charge.tariff, &charge.inputs)
        };
        match bill.iter_mut().find(same) {
            Some((known, parcels)) => {
                known.amount += charge.amount;
                *parcels += 1;
            }
            None => bill.push((charge, 1)),
        }
    }
    let told = |(charge, parcels): (Charge, u32)| match parcels {
        1 => charge,
        _ => Charge { inputs: format!("{parcels} parcels, each: {}", charge.inputs), ..charge },
    };
    bill.into_iter().map(told).collect()
}

/// The promise that a planned shipment was made on: its wave, its own collection, and what follows.
fn promise_of(network: &Network, planned: &PlannedShipment, postal: crate::model::PostalIx) -> Promise {
    let cut_off = promise::cut_off(network, &planned.wave);
    let slot = network.world.warehouses[planned.warehouse].waves.get(usize::from(planned.wave.slot));
    let packed_by = slot.map_or(cut_off, |slot| cut_off + slot.lead);
    let (need, loaded) = (Need { work: 0, parcels: 0 }, network.fleet_of(planned.service));
    let ready = loaded.map_or(planned.pickup_at, |fleet| planned.pickup_at - network.world.fleets[fleet].reload);
    let again = promise::from_dock(network, planned.service, planned.wave, postal, ready, need, &Unlimited);
    let sorted_at = again.ok().filter(|again| again.pickup_at == planned.pickup_at).and_then(|again| again.sorted_at);
    Promise {
        wave: planned.wave,
        cut_off,
        packed_by,
        pickup_at: planned.pickup_at,
        sorted_at,
        delivers_by: planned.delivers_by,
        allowance: 0,
        used_up: None,
    }
}
