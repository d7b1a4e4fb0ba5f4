//! From sourcings to ranked options.

use std::collections::BTreeMap;
use std::fmt;

use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::model::{ServiceIx, ServiceLevel, WarehouseIx};
use crate::promise::{self, Need};
use crate::shipping::{self, Destination, NoWay, Packed, Refused, ReturnCosts, Way};
use crate::sourcing::{Binding, Closed, Sending};
use crate::units::{Cents, Timestamp};

use super::ruled::{self, Ruled, binding};
use super::sourcing::{Part, Shortage, Sourcing, sourcings_under};
use super::steering::{Paid, Scarce, asked};
use super::together::Together;
use super::{Request, View};

/// One shipment of an option, with the reasons for its price and date.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotedShipment {
    /// The shipment as it would be planned.
    pub planned: PlannedShipment,
    /// Its boxes.
    pub packed: Packed,
    /// Its charges and its chain of dates.
    pub way: Way,
    /// What its returns are expected to cost.
    pub expected_return: Cents,
}

/// Where the first wave with room has a price, this many later ones are looked at, among the next few.
const LATER_WAVES: usize = 3;
const WAVES_LOOKED_AT: usize = 12;

/// Something a shop can offer.
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteOption {
    /// The slowest level among its shipments.
    pub level: ServiceLevel,
    /// Its shipments.
    pub shipments: Vec<QuotedShipment>,
    /// What carriers and hands charge for it.
    pub cost: Cents,
    /// Shadow prices of the capacity it takes; steers the ranking only.
    pub steering: Cents,
    /// What returns are expected to cost ([`crate::shipping::ReturnCosts`]); ranks as cost does, and is not charged for shipping.
    pub expected_return: Cents,
    /// What soft sourcing rules charge; steers the ranking only.
    pub levied: Cents,
    /// When the last shipment arrives.
    pub delivers_by: Timestamp,
    /// Chance that it does, in basis points: that of its least certain shipment.
    pub confidence_bp: u32,
}

impl QuoteOption {
    /// The shipments as planned.
    pub fn plan(&self) -> Vec<PlannedShipment> {
        self.shipments.iter().map(|shipment| shipment.planned.clone()).collect()
    }

    /// What ranks it: cost, shadow prices, expected returns and soft rules.
    pub fn steered(&self) -> Cents {
        self.cost + self.steering + self.expected_return + self.levied
    }
}

/// A service that cannot be offered, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// Which service.
    pub service: ServiceIx,
    /// Why not.
    pub reason: NotOffered,
}

/// Why a service is not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOffered {
    /// No warehouse was looked at that could use it.
    Nowhere,
    /// What the warehouse nearest to the buyer says.
    Refused {
        /// Which warehouse.
        warehouse: WarehouseIx,
        /// Why not from there.
        why: NoWay,
    },
}

impl fmt::Display for NotOffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("no warehouse with the goods offers it"),
            Self::Refused { why, .. } => write!(f, "{why}"),
        }
    }
}

/// Options, best first, and what is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Options by steered cost; none is beaten by another on cost, date and level together.
    pub options: Vec<QuoteOption>,
    /// Services without an option.
    pub missing: Vec<Missing>,
    /// Lines that the network cannot fill; then there are no options.
    pub shortages: Vec<Shortage>,
    /// Options that were not admitted: the capacity they take is worth more, by the price board, than the goods.
    pub outpriced: usize,
    /// Sourcing rules that left something out.
    pub ruled: Vec<Ruled>,
}

impl Answer {
    /// The best option for an order that asks for `level`. Among options of at least that level the least in steered cost is
    /// named, where each day later than the cheapest by money counts [`day_cents`]: so the promise moves to a later wave
    /// when the price of the first says so, and express hardly ever. Then the best that arrives no later than the named
    /// one is taken: a slower service that is as early will do, as buyers want the day, not the product's name.
    pub fn best(&self, level: ServiceLevel, deliver_by: Option<Timestamp>) -> Option<&QuoteOption> {
        let in_time = |option: &&QuoteOption| deliver_by.is_none_or(|by| option.delivers_by <= by);
        let fast_enough = || self.options.iter().filter(in_time).filter(|option| option.level >= level);
        let by_money = fast_enough().min_by_key(|option| (option.cost, option.delivers_by))?;
        let with_wait = |option: &&QuoteOption| {
            let later = (option.delivers_by - by_money.delivers_by).get().max(0);
            option.steered() + Cents::new(day_cents(level).get() * later / 86_400)
        };
        let named = fast_enough().min_by_key(with_wait)?;
        self.options.iter().find(|option| option.delivers_by <= named.delivers_by)
    }
}

/// What a day later is held to cost a buyer who asks for this level, when the price board would have the order wait.
fn day_cents(level: ServiceLevel) -> Cents {
    Cents::new(match level {
        ServiceLevel::Standard => 100,
        ServiceLevel::TwoDay => 500,
        ServiceLevel::Overnight => 1_500,
        ServiceLevel::HalfDay => 3_000,
    })
}

/// Answers a quote.
pub fn answer(view: &View, request: &Request) -> Answer {
    let binding = binding(view, request);
    let closed = Closed { load: view.load, binding: &binding };
    let view = &View { load: &closed, ..*view };
    let sourcings = match sourcings_under(view, request, &binding) {
        Ok(sourcings) => sourcings,
        Err(shortages) => return Answer { shortages, ..Answer::default() },
    };
    let mut parts = PartCache::new(view, request, &binding);
    let mut options = Vec::new();
    for sourcing in &sourcings {
        for part in sourcing {
            parts.look_up(part);
        }
        options.extend(combine(&parts, sourcing));
    }
    let missing = missing(view, &parts);
    let value = |line: &LineQuantity| view.network.world.skus[line.sku].price * i64::from(line.quantity);
    let value: Cents = request.lines.iter().map(value).sum();
    let found = options.len();
    options.retain(|option| option.steering <= value);
    let outpriced = found - options.len();
    let ruled = ruled::left_out(view, request, &binding, &sourcings);
    Answer { options: non_dominated(options), missing, shortages: Vec::new(), outpriced, ruled }
}

/// Every option of one sourcing, beaten ones too.
pub fn options_of(view: &View, request: &Request, sourcing: &Sourcing) -> Vec<QuoteOption> {
    let binding = binding(view, request);
    let closed = Closed { load: view.load, binding: &binding };
    let view = &View { load: &closed, ..*view };
    let mut parts = PartCache::new(view, request, &binding);
    sourcing.iter().for_each(|part| parts.look_up(part));
    combine(&parts, sourcing)
}

/// Boxes and ways of each part, computed once.
struct PartCache<'a> {
    view: &'a View<'a>,
    request: &'a Request,
    binding: &'a Binding<'a>,
    seen: BTreeMap<Part, (Packed, Vec<Way>, Vec<Refused>)>,
    returns: ReturnCosts<'a>,
    /// What returns of each part are expected to cost.
    expected: BTreeMap<Part, Cents>,
}

impl<'a> PartCache<'a> {
    fn new(view: &'a View<'a>, request: &'a Request, binding: &'a Binding<'a>) -> Self {
        let returns = ReturnCosts::new(view.network, request.lines.iter().copied(), request.now);
        Self { view, request, binding, seen: BTreeMap::new(), returns, expected: BTreeMap::new() }
    }

    fn expected_return(&self, part: &Part) -> Cents {
        self.expected.get(part).copied().unwrap_or_default()
    }

    fn look_up(&mut self, part: &Part) {
        if self.seen.contains_key(part) {
            return;
        }
        let (view, request) = (self.view, self.request);
        let same_lines =
            self.seen.iter().find(|(seen, _)| seen.lines == part.lines).map(|(_, (packed, ..))| packed.clone());
        let packed = same_lines.unwrap_or_else(|| shipping::pack(&view.network.world, &part.lines));
        let to = Destination { postal: request.postal, residential: request.residential };
        let (mut ways, refused) =
            shipping::ways(view.network, part.warehouse, &part.lines, &packed, to, request.now, view.load);
        let priced = |paid: Paid| !matches!(paid.of, Scarce::Stock(..)) && paid.each > Cents::ZERO;
        let levied = |way: &Way| self.binding.prices_waves() && self.levied(part, way) > Cents::ZERO;
        if ways.iter().any(|way| self.paid(part, way).any(priced) || levied(way)) {
            ways.extend(self.later_ways(part, &packed, to, &ways));
        }
        self.expected.insert(part.clone(), self.returns.shipment(part.warehouse, &part.lines, to));
        self.seen.insert(part.clone(), (packed, ways, refused));
    }

    /// What soft rules charge a part by itself.
    fn levied(&self, part: &Part, way: &Way) -> Cents {
        let sending = Sending { warehouse: part.warehouse, wave: way.promise.wave, lines: &part.lines };
        self.binding.of_shipment(self.view.ledger, self.view.load, &sending)
    }

    /// What ranks a way among those of its part.
    fn steered(&self, part: &Part, way: &Way) -> Cents {
        way.cost() + self.steering(part, way) + self.levied(part, way)
    }

    /// Shadow prices of what a shipment takes.
    fn steering(&self, part: &Part, way: &Way) -> Cents {
        self.paid(part, way).map(|paid| paid.total()).sum()
    }

    fn paid<'b>(&'b self, part: &'b Part, way: &Way) -> impl Iterator<Item = Paid> + 'b {
        let (work, room) = ((way.promise.wave, way.work), (way.pickup(part.warehouse), way.parcels));
        asked(self.view, self.request, work, room, &part.lines)
    }

    /// The same in later waves with room.
    fn later_ways(&self, part: &Part, packed: &Packed, to: Destination, first: &[Way]) -> Vec<Way> {
        let View { network, load, .. } = *self.view;
        let Some(way) = first.first() else { return Vec::new() };
        let need = Need { work: way.work, parcels: i64::from(way.parcels) };
        let later: Vec<_> = promise::next_waves(network, part.warehouse, self.request.now, WAVES_LOOKED_AT)
            .into_iter()
            .filter(|wave| *wave > way.promise.wave && load.free_work(wave) >= need.work)
            .take(LATER_WAVES)
            .collect();
        let promised = |(wave, service)| {
            let promise = promise::for_wave(network, service, wave, to.postal, need, load).ok()?;
            Some((service, promise))
        };
        let services = || network.world.services.indices();
        let promises: Vec<_> = later
            .into_iter()
            .flat_map(|wave| services().map(move |service| (wave, service)))
            .filter_map(promised)
            .collect();
        shipping::ways_promised(network, part.warehouse, &part.lines, packed, to, &promises)
    }
}

/// For a single part every way is an option; for several, the cheapest ways of at least each level that occurs.
fn combine(parts: &PartCache, sourcing: &Sourcing) -> Vec<QuoteOption> {
    let found: Vec<_> =
        sourcing.iter().filter_map(|part| parts.seen.get(part).map(|(packed, ways, _)| (part, packed, ways))).collect();
    if let [(part, packed, ways)] = found.as_slice() {
        return ways.iter().map(|way| option(parts, &[(*part, *packed, way)])).collect();
    }
    let mut levels: Vec<_> = found.iter().flat_map(|(_, _, ways)| ways.iter().map(|way| way.level)).collect();
    levels.sort_unstable();
    levels.dedup();
    levels
        .into_iter()
        .filter_map(|level| {
            let mut together = Together::new(parts.view, parts.request.postal);
            let chosen: Option<Vec<_>> = found
                .iter()
                .map(|&(part, packed, ways)| {
                    let fast_enough = ways.iter().filter(|way| way.level >= level && together.fits(part, way));
                    let cheapest = fast_enough.min_by_key(|way| (parts.steered(part, way), way.promise.delivers_by))?;
                    together.take(part, cheapest);
                    Some((part, packed, cheapest))
                })
                .collect();
            Some(option(parts, &chosen?))
        })
        .collect()
}

fn option(parts: &PartCache, chosen: &[(&Part, &Packed, &Way)]) -> QuoteOption {
    let world = &parts.view.network.world;
    let shipments = chosen
        .iter()
        .map(|(part, packed, way)| QuotedShipment {
            planned: shipping::planned(world, part.warehouse, &part.lines, packed, way),
            packed: (*packed).clone(),
            way: (*way).clone(),
            expected_return: parts.expected_return(part),
        })
        .collect();
    let sent = chosen.iter().map(|(part, _, way)| Sending {
        warehouse: part.warehouse,
        wave: way.promise.wave,
        lines: &part.lines,
    });
    let levies = match parts.binding.is_free() {
        true => Vec::new(),
        false => parts.binding.levies(parts.view.ledger, parts.view.load, &sent.collect::<Vec<_>>()),
    };
    QuoteOption {
        level: chosen.iter().map(|(_, _, way)| way.level).min().unwrap_or(ServiceLevel::Standard),
        shipments,
        cost: chosen.iter().map(|(_, _, way)| way.cost()).sum(),
        steering: chosen.iter().map(|(part, _, way)| parts.steering(part, way)).sum(),
        expected_return: chosen.iter().map(|(part, ..)| parts.expected_return(part)).sum(),
        levied: levies.iter().map(|levied| levied.price).sum(),
        delivers_by: chosen.iter().map(|(_, _, way)| way.promise.delivers_by).max().unwrap_or_default(),
        confidence_bp: chosen.iter().map(|(_, _, way)| way.promise.confidence_bp).min().unwrap_or(0),
    }
}

/// Keeps options that no other beats on steered cost, date and level together; best first.
fn non_dominated(mut options: Vec<QuoteOption>) -> Vec<QuoteOption> {
    let place = |option: &QuoteOption| option.shipments.first().map(|s| (s.planned.warehouse, s.planned.service));
    options.sort_by(|a, b| {
        (a.steered(), a.delivers_by, b.level, place(a)).cmp(&(b.steered(), b.delivers_by, a.level, place(b)))
    });
    let mut kept: Vec<QuoteOption> = Vec::new();
    // Sorted by cost, an option is dominated exactly if an earlier one is no later and no slower.
    for option in options {
        let beaten = |best: &QuoteOption| best.delivers_by <= option.delivers_by && best.level >= option.level;
        if !kept.iter().any(beaten) {
            kept.push(option);
        }
    }
    kept
}

/// Services that no part of any sourcing can use, each with the reason given by the warehouse nearest to the buyer.
fn missing(view: &View, parts: &PartCache) -> Vec<Missing> {
    let usable =
        |service: ServiceIx| parts.seen.values().any(|(_, ways, _)| ways.iter().any(|way| way.service == service));
    let nearest = |warehouse: WarehouseIx| (view.network.distance(warehouse, parts.request.postal), warehouse);
    view.network
        .world
        .services
        .indices()
        .filter(|&service| !usable(service))
        .map(|service| {
            let refusals =
                parts.seen.iter().flat_map(|(part, (_, _, refused))| refused.iter().map(move |r| (part.warehouse, r)));
            let closest = refusals
                .filter(|(_, refused)| refused.service == service)
                .min_by_key(|(warehouse, _)| nearest(*warehouse));
            let reason = closest.map_or(NotOffered::Nowhere, |(warehouse, refused)| NotOffered::Refused {
                warehouse,
                why: refused.reason,
            });
            Missing { service, reason }
        })
        .collect()
}
