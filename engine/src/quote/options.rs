//! From sourcings to ranked options.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::fulfilment::{LineQuantity, PlannedShipment};
use crate::index::Index as _;
use crate::model::{PriceLine, ServiceIx, ServiceLevel, ShopPrice, WarehouseIx};
use crate::network::Network;
use crate::promise::{self, Forecast, Need, PickupRef, Promise, Quantiles, WaveRef};
use crate::rating::LiveAsk;
use crate::shipping::{self, Freight, NoWay, Refused, ReturnsFrom, Way};
use crate::sourcing::{Binding, Closed, Sending};
use crate::units::{Cents, Timestamp};

use super::ruled::{self, Ruled, binding};
use super::sourcing::{Part, Shortage, Sourcing, sourcings_under};
use super::steering::{Paid, Scarce, asked, is_free};
use super::together::Together;
use super::{Request, View};

/// One shipment of an option, with the reasons for its price and date.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotedShipment {
    /// The shipment as it would be planned.
    pub planned: PlannedShipment,
    /// Its boxes, its charges and its chain of dates.
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
    /// What the buyer is asked for it: the cost, unless the merchant has a rule ([`crate::model::ShopPrice`]).
    pub price: Cents,
    /// What the price is made of beside the cost.
    pub price_lines: Vec<PriceLine>,
    /// Shadow prices of the capacity it takes; steers the ranking only.
    pub steering: Cents,
    /// What returns are expected to cost ([`crate::shipping::ReturnCosts`]); ranks as cost does, and is not charged for shipping.
    pub expected_return: Cents,
    /// What soft sourcing rules charge; steers the ranking only.
    pub levied: Cents,
    /// When the last shipment arrives.
    pub delivers_by: Timestamp,
    /// Chance that it does, in basis points.
    pub confidence_bp: u32,
    /// When it has arrived with which chance.
    pub forecast: Quantiles,
    /// The chance to arrive by the time asked for ([`Request::by`]).
    pub chance_by: Option<f64>,
}

impl QuoteOption {
    /// The shipments as planned.
    pub fn plan(&self) -> Vec<PlannedShipment> {
        self.shipments.iter().map(|shipment| shipment.planned.clone()).collect()
    }

    /// Names what it sends from where, by what and when: the same option of another answer of this build has the same name.
    pub fn name(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for QuotedShipment { planned, .. } in &self.shipments {
            (planned.warehouse, planned.service, planned.wave, planned.pickup_at, &planned.lines).hash(&mut hasher);
        }
        hasher.finish()
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
    /// Options by steered cost; none is beaten by another on cost, date, level, price and chance together.
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
        self.best_within(level, deliver_by, None)
    }

    /// The same among those for which the buyer is asked no more than `max_price`.
    pub fn best_within(
        &self,
        level: ServiceLevel,
        deliver_by: Option<Timestamp>,
        max_price: Option<Cents>,
    ) -> Option<&QuoteOption> {
        let open = |option: &&QuoteOption| {
            deliver_by.is_none_or(|by| option.delivers_by <= by) && max_price.is_none_or(|max| option.price <= max)
        };
        let fast_enough = || self.options.iter().filter(open).filter(|option| option.level >= level);
        let by_money = fast_enough().min_by_key(|option| (option.cost, option.delivers_by))?;
        let with_wait = |option: &&QuoteOption| {
            let later = (option.delivers_by - by_money.delivers_by).get().max(0);
            option.steered() + Cents::new(day_cents(level).get() * later / 86_400)
        };
        let named = fast_enough().min_by_key(with_wait)?;
        self.options.iter().filter(open).find(|option| option.delivers_by <= named.delivers_by)
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
    let value = value(view.network, request);
    let mut parts = PartCache::new(view, request, &binding);
    if Rivals::suffice(view, request, &sourcings) {
        parts.rivals = Some(Rivals { value, known: Vec::new() });
    }
    parts.look_up_all(&sourcings);
    let mut candidates: Vec<Candidate> = sourcings.iter().flat_map(|sourcing| combine(&parts, sourcing)).collect();
    let missing = missing(view, &parts);
    let found = candidates.len();
    candidates.retain(|candidate| candidate.steering <= value);
    let outpriced = found - candidates.len();
    let ruled = ruled::left_out(view, request, &binding, &sourcings);
    let options = non_dominated(candidates).iter().map(|candidate| option(&parts, candidate)).collect();
    Answer { options, missing, shortages: Vec::new(), outpriced, ruled }
}

/// What carriers are to be asked before a quote, where services have live rates: every shipment that the quote would look at and their cards
/// carry.
pub fn live_asks(view: &View, request: &Request, services: &[ServiceIx]) -> Vec<LiveAsk> {
    let binding = binding(view, request);
    let closed = Closed { load: view.load, binding: &binding };
    let view = &View { load: &closed, ..*view };
    let Ok(sourcings) = sourcings_under(view, request, &binding) else { return Vec::new() };
    let mut parts = PartCache::new(view, request, &binding);
    parts.look_up_all(&sourcings);
    let of_part = |(part, seen): (&&Part, &Seen)| {
        let freight = &parts.goods[seen.goods];
        let asked = services.iter().filter(|service| seen.ways.iter().any(|one| one.way.service == **service));
        asked.map(|service| freight.ask(*service, part.warehouse)).collect::<Vec<_>>()
    };
    let mut asks: Vec<LiveAsk> = parts.seen.iter().flat_map(of_part).collect();
    asks.sort_unstable();
    asks.dedup();
    asks
}

/// What the buyer is asked for an option of a level that costs so much, and what that is made of beside the cost.
pub fn asked_of_buyer(
    network: &Network,
    request: &Request,
    level: ServiceLevel,
    cost: Cents,
) -> (Cents, Vec<PriceLine>) {
    let rules = &network.world.shop_prices;
    if rules.is_empty() {
        return (cost, Vec::new());
    }
    let date = network.timetable.door_clock(request.postal).day(request.now).date();
    let fits = |rule: &&ShopPrice| rule.fits(request.merchant, request.channel.as_ref(), level, date);
    let rule = rules.iter().find(fits);
    rule.map_or((cost, Vec::new()), |rule| rule.price(cost, value(network, request)))
}

/// What the goods of a cart are worth.
fn value(network: &Network, request: &Request) -> Cents {
    let value = |line: &LineQuantity| network.world.skus[line.sku].price * i64::from(line.quantity);
    request.lines.iter().map(value).sum()
}

/// Every option of one sourcing, beaten ones too.
pub fn options_of(view: &View, request: &Request, sourcing: &Sourcing) -> Vec<QuoteOption> {
    let binding = binding(view, request);
    let closed = Closed { load: view.load, binding: &binding };
    let view = &View { load: &closed, ..*view };
    let mut parts = PartCache::new(view, request, &binding);
    parts.look_up_all(std::slice::from_ref(sourcing));
    combine(&parts, sourcing).iter().map(|candidate| option(&parts, candidate)).collect()
}

/// Boxes and ways of each part, computed once.
struct PartCache<'a> {
    view: &'a View<'a>,
    request: &'a Request,
    binding: &'a Binding<'a>,
    /// Each set of lines on its way.
    goods: Vec<Freight<'a>>,
    seen: BTreeMap<&'a Part, Seen>,
    returns: ReturnsFrom<'a>,
    /// Where ways may be left out that cannot become options.
    rivals: Option<Rivals>,
    /// By service: a way of it was left out so.
    beaten: Vec<bool>,
}

/// Ways of whole carts that others have to beat.
struct Rivals {
    /// Of the goods: what takes capacity that is worth more is not offered, and beats nothing.
    value: Cents,
    known: Vec<Rank>,
}

impl Rivals {
    /// Whether a way that is no cheaper, earlier or faster than another one is no option, whatever else there is to it.
    fn suffice(view: &View, request: &Request, sourcings: &[Sourcing]) -> bool {
        let are_whole = sourcings.iter().all(|sourcing| sourcing.len() == 1);
        are_whole && request.by.is_none() && view.network.world.shop_prices.is_empty()
    }

    fn beat(&self, rank: &Rank) -> bool {
        self.known.iter().any(|rival| rival.beats(rank))
    }
}

/// What options are ranked by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    steered: Cents,
    delivers_by: Timestamp,
    level: Reverse<ServiceLevel>,
    place: Option<(WarehouseIx, ServiceIx)>,
}

impl Rank {
    /// Goes before it, and is no dearer, no later and no slower.
    fn beats(&self, other: &Self) -> bool {
        self < other && self.delivers_by <= other.delivers_by && self.level <= other.level
    }
}

/// What was looked up of a part.
struct Seen {
    /// Its place among the goods.
    goods: usize,
    ways: Vec<Steered>,
    refused: Vec<Refused>,
    /// What its returns are expected to cost.
    expected: Cents,
}

/// A way with what ranks it beside its cost.
struct Steered {
    way: Way,
    /// Shadow prices of what it takes.
    steering: Cents,
    /// What soft rules charge it by itself.
    levied: Cents,
}

impl Steered {
    /// What ranks it among those of its part.
    fn rank(&self) -> (Cents, Timestamp) {
        (self.way.cost() + self.steering + self.levied, self.way.promise.delivers_by)
    }
}

/// A part with one of its ways.
type Chosen<'p> = (&'p Part, &'p Seen, &'p Steered);

/// An option before it is written out.
struct Candidate<'p> {
    chosen: ChosenWays<'p>,
    cost: Cents,
    steering: Cents,
    expected_return: Cents,
    levied: Cents,
    level: ServiceLevel,
    delivers_by: Timestamp,
    /// What the buyer is asked, where merchants have rules for that: it may be less for what costs more.
    asked: Option<Cents>,
    /// See [`QuoteOption::chance_by`].
    chance_by: Option<f64>,
}

/// Most options have one part.
enum ChosenWays<'p> {
    One([Chosen<'p>; 1]),
    Several(Vec<Chosen<'p>>),
}

impl<'p> Candidate<'p> {
    fn chosen(&self) -> &[Chosen<'p>] {
        match &self.chosen {
            ChosenWays::One(one) => one,
            ChosenWays::Several(several) => several,
        }
    }

    fn rank(&self) -> Rank {
        Rank {
            steered: self.cost + self.steering + self.expected_return + self.levied,
            delivers_by: self.delivers_by,
            level: Reverse(self.level),
            place: self.chosen().first().map(|(part, _, one)| (part.warehouse, one.way.service)),
        }
    }
}

impl<'a> PartCache<'a> {
    fn new(view: &'a View<'a>, request: &'a Request, binding: &'a Binding<'a>) -> Self {
        let returns = ReturnsFrom::new(view.network, request.to(), request.now);
        let beaten = vec![false; view.network.world.services.len()];
        Self { view, request, binding, goods: Vec::new(), seen: BTreeMap::new(), returns, rivals: None, beaten }
    }

    fn look_up_all(&mut self, sourcings: &'a [Sourcing]) {
        let mut parts: Vec<&Part> = sourcings.iter().flatten().collect();
        // From the nearest parcels cost least, mostly, and so others are soon beaten.
        let nearest = self.view.network.nearest_first(self.request.postal);
        parts.sort_by_key(|part| nearest.iter().position(|warehouse| *warehouse == part.warehouse));
        parts.into_iter().for_each(|part| self.look_up(part));
    }

    fn look_up(&mut self, part: &'a Part) {
        if self.seen.contains_key(part) {
            return;
        }
        let (view, request) = (self.view, self.request);
        let goods = self.goods.iter().position(|freight| freight.lines() == part.lines).unwrap_or_else(|| {
            let freight = Freight::of_lines(view.network, &part.lines, request.to());
            self.goods.push(freight.with_live(view.load.live_rates()));
            self.goods.len() - 1
        });
        let freight = &self.goods[goods];
        let expected = self.returns.shipment(part.warehouse, &part.lines);
        let left_out = RefCell::new(Vec::new());
        let beaten = |service, promise: &Promise, floor| {
            let is_beaten = self.is_beaten(part, service, promise, floor + expected);
            is_beaten.then(|| left_out.borrow_mut().push(service)).is_some()
        };
        let (network, warehouse, lines) = (view.network, part.warehouse, part.lines.as_slice());
        let (ways, mut refused) =
            shipping::ways_unless(network, warehouse, lines, freight, request.now, view.load, beaten);
        let steered = |ways: Vec<Way>| ways.into_iter().map(|way| self.steered(part, way)).collect();
        let mut ways: Vec<Steered> = steered(ways);
        let mut left_out = left_out.into_inner();
        let priced = |steered: &Steered| {
            let paid = |paid: Paid| !matches!(paid.of, Scarce::Stock(..)) && paid.each > Cents::ZERO;
            let levied = self.binding.prices_waves() && steered.levied > Cents::ZERO;
            levied || (steered.steering > Cents::ZERO && self.paid(part, &steered.way).any(paid))
        };
        if ways.iter().any(priced) {
            // What room there is for in later waves hangs on all ways in the first.
            if !left_out.is_empty() {
                let (all, reasons) = shipping::ways(network, warehouse, lines, freight, request.now, view.load);
                (ways, refused) = (steered(all), reasons);
                left_out.clear();
            }
            let later = self.later_ways(part, freight, &ways);
            ways.extend(later.into_iter().map(|way| self.steered(part, way)));
        }
        left_out.into_iter().for_each(|service| self.beaten[service.usize()] = true);
        if let Some(rivals) = &mut self.rivals {
            for one in ways.iter().filter(|one| one.steering <= rivals.value) {
                let (steered, delivers_by) = one.rank();
                let place = Some((part.warehouse, one.way.service));
                let rank = Rank { steered: steered + expected, delivers_by, level: Reverse(one.way.level), place };
                if !rivals.beat(&rank) {
                    rivals.known.push(rank);
                }
            }
        }
        self.seen.insert(part, Seen { goods, ways, refused, expected });
    }

    /// Whether a way that costs so much at least cannot become an option. One that pays for capacity, or by a rule, is looked at: it may be
    /// that a later wave is better.
    fn is_beaten(&self, part: &Part, service: ServiceIx, promise: &Promise, least: Cents) -> bool {
        let Some(rivals) = &self.rivals else { return false };
        let level = Reverse(self.view.network.world.services[service].level);
        let (delivers_by, place) = (promise.delivers_by, Some((part.warehouse, service)));
        let pickup = PickupRef { warehouse: part.warehouse, service, at: promise.pickup_at };
        rivals.beat(&Rank { steered: least, delivers_by, level, place })
            && self.levied(part, promise.wave) == Cents::ZERO
            && is_free(self.view, self.request, &promise.wave, &pickup, &part.lines)
    }

    fn steered(&self, part: &Part, way: Way) -> Steered {
        let steering = self.paid(part, &way).map(|paid| paid.total()).sum();
        let levied = self.levied(part, way.promise.wave);
        Steered { way, steering, levied }
    }

    /// What soft rules charge a part by itself.
    fn levied(&self, part: &Part, wave: WaveRef) -> Cents {
        if self.binding.is_free() {
            return Cents::ZERO;
        }
        let sending = Sending { warehouse: part.warehouse, wave, lines: &part.lines };
        self.binding.of_shipment(self.view.ledger, self.view.load, &sending)
    }

    fn paid<'b>(&'b self, part: &'b Part, way: &Way) -> impl Iterator<Item = Paid> + 'b {
        let (work, room) = ((way.promise.wave, way.work), (way.pickup(part.warehouse), way.parcels()));
        asked(self.view, self.request, work, room, &part.lines)
    }

    /// The same in later waves with room.
    fn later_ways(&self, part: &Part, freight: &Freight<'_>, first: &[Steered]) -> Vec<Way> {
        let View { network, load, .. } = *self.view;
        let Some(Steered { way, .. }) = first.first() else { return Vec::new() };
        let postal = self.request.postal;
        let most = first.iter().map(|one| one.way.parcels()).max().unwrap_or(1);
        let need = Need { work: way.work, parcels: i64::from(most) };
        let later: Vec<_> = promise::next_waves(network, part.warehouse, self.request.now, WAVES_LOOKED_AT)
            .into_iter()
            .filter(|wave| *wave > way.promise.wave && load.free_work(wave) >= need.work)
            .take(LATER_WAVES)
            .collect();
        let promised = |(wave, service)| {
            let promise = promise::for_wave(network, service, wave, postal, need, load).ok()?;
            Some((service, promise))
        };
        let services = || network.world.services.indices();
        let promises: Vec<_> = later
            .into_iter()
            .flat_map(|wave| services().map(move |service| (wave, service)))
            .filter_map(promised)
            .collect();
        let mut ways = shipping::ways_promised(network, part.warehouse, &part.lines, freight, &promises);
        // On another day a service may be cheaper with more parcels than there was room looked for.
        ways.retain(|way| way.parcels() <= most);
        ways
    }
}

/// For a single part every way is an option; for several, the cheapest ways of at least each level that occurs.
fn combine<'p>(parts: &'p PartCache, sourcing: &'p Sourcing) -> Vec<Candidate<'p>> {
    let found: Vec<(&Part, &Seen)> =
        sourcing.iter().filter_map(|part| parts.seen.get(part).map(|seen| (part, seen))).collect();
    if let [(part, seen)] = found.as_slice() {
        return seen.ways.iter().map(|way| candidate(parts, ChosenWays::One([(*part, *seen, way)]))).collect();
    }
    let mut levels: Vec<_> = found.iter().flat_map(|(_, seen)| seen.ways.iter().map(|one| one.way.level)).collect();
    levels.sort_unstable();
    levels.dedup();
    levels
        .into_iter()
        .filter_map(|level| {
            let mut together = Together::new(parts.view, parts.request.postal);
            let chosen: Option<Vec<_>> = found
                .iter()
                .map(|&(part, seen)| {
                    let fast_enough = seen.ways.iter().filter(|one| one.way.level >= level);
                    let fitting = fast_enough.filter(|one| together.fits(part, &one.way));
                    let cheapest = fitting.min_by_key(|one| one.rank())?;
                    together.take(part, &cheapest.way);
                    Some((part, seen, cheapest))
                })
                .collect();
            Some(candidate(parts, ChosenWays::Several(chosen?)))
        })
        .collect()
}

fn candidate<'p>(parts: &PartCache, chosen: ChosenWays<'p>) -> Candidate<'p> {
    let ways = match &chosen {
        ChosenWays::One(one) => one.as_slice(),
        ChosenWays::Several(several) => several,
    };
    let levied = match (parts.binding.is_free(), ways) {
        (true, _) => Cents::ZERO,
        // One shipment pays nothing for being one of several.
        (false, [(_, _, one)]) => one.levied,
        (false, ways) => {
            let sent = ways.iter().map(|(part, _, one)| Sending {
                warehouse: part.warehouse,
                wave: one.way.promise.wave,
                lines: &part.lines,
            });
            let levies = parts.binding.levies(parts.view.ledger, parts.view.load, &sent.collect::<Vec<_>>());
            levies.iter().map(|levied| levied.price).sum()
        }
    };
    let cost = ways.iter().map(|(_, _, one)| one.way.cost()).sum();
    let level = ways.iter().map(|(_, _, one)| one.way.level).min().unwrap_or(ServiceLevel::Standard);
    let network = parts.view.network;
    let chance_by = parts.request.by.map(|by| promise::all_by(&forecasts(parts, ways), by));
    let asked = (!network.world.shop_prices.is_empty()).then(|| asked_of_buyer(network, parts.request, level, cost).0);
    Candidate {
        cost,
        steering: ways.iter().map(|(_, _, one)| one.steering).sum(),
        expected_return: ways.iter().map(|(_, seen, _)| seen.expected).sum(),
        levied,
        level,
        delivers_by: ways.iter().map(|(_, _, one)| one.way.promise.delivers_by).max().unwrap_or_default(),
        asked,
        chance_by,
        chosen,
    }
}

/// When each part arrives.
fn forecasts<'a>(parts: &PartCache<'a>, chosen: &[Chosen<'_>]) -> Vec<Forecast<'a>> {
    let (view, postal) = (parts.view, parts.request.postal);
    let record = view.load.track_record();
    let of_part =
        |(_, _, one): &Chosen<'_>| promise::forecast(view.network, one.way.service, postal, &one.way.promise, record);
    chosen.iter().map(of_part).collect()
}

fn option(parts: &PartCache, candidate: &Candidate<'_>) -> QuoteOption {
    let world = &parts.view.network.world;
    let shipment = |(part, seen, one): &Chosen<'_>| QuotedShipment {
        planned: shipping::planned(world, part.warehouse, &part.lines, &one.way),
        way: one.way.clone(),
        expected_return: seen.expected,
    };
    let (price, price_lines) = asked_of_buyer(parts.view.network, parts.request, candidate.level, candidate.cost);
    let forecasts = forecasts(parts, candidate.chosen());
    QuoteOption {
        level: candidate.level,
        shipments: candidate.chosen().iter().map(shipment).collect(),
        cost: candidate.cost,
        price,
        price_lines,
        steering: candidate.steering,
        expected_return: candidate.expected_return,
        levied: candidate.levied,
        delivers_by: candidate.delivers_by,
        confidence_bp: (promise::all_by(&forecasts, candidate.delivers_by) * 10_000.0).round() as u32,
        forecast: Quantiles::of(&forecasts),
        chance_by: candidate.chance_by,
    }
}

/// Keeps candidates that no other beats on steered cost, date and level, on what the buyer is asked and on the chance to keep the time
/// asked for, together; best first.
fn non_dominated<'p>(mut candidates: Vec<Candidate<'p>>) -> Vec<Candidate<'p>> {
    candidates.sort_by_key(Candidate::rank);
    let mut kept: Vec<Candidate> = Vec::new();
    // Sorted by cost, an option is dominated exactly if an earlier one is no later and no slower.
    for candidate in candidates {
        let beaten = |best: &Candidate| {
            best.delivers_by <= candidate.delivers_by
                && best.level >= candidate.level
                && best.asked <= candidate.asked
                && best.chance_by >= candidate.chance_by
        };
        if !kept.iter().any(beaten) {
            kept.push(candidate);
        }
    }
    kept
}

/// Services that no part of any sourcing can use, each with the reason given by the warehouse nearest to the buyer.
fn missing(view: &View, parts: &PartCache) -> Vec<Missing> {
    let usable = |service: ServiceIx| {
        let is_offered = |seen: &Seen| seen.ways.iter().any(|one| one.way.service == service);
        parts.beaten[service.usize()] || parts.seen.values().any(is_offered)
    };
    let nearest = |warehouse: WarehouseIx| (view.network.distance(warehouse, parts.request.postal), warehouse);
    view.network
        .world
        .services
        .indices()
        .filter(|&service| !usable(service))
        .map(|service| {
            let refusals =
                parts.seen.iter().flat_map(|(part, seen)| seen.refused.iter().map(move |r| (part.warehouse, r)));
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
