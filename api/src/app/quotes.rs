//! Quotes: what can be offered, without promising anything yet.

use std::sync::Arc;

use engine::fulfilment::{LineQuantity, MerchantLoad, State, Terms};
use engine::ids::ChannelId;
use engine::model::{MerchantIx, PostalIx, ServiceIx, ServiceLevel};
use engine::promise::WaveLoad;
use engine::quote::{self, Answer, QuoteOption, Request, View};
use engine::rating::{LiveAsk, LiveRates};
use engine::returns::{self, NoWayBack};
use engine::shipping::{Destination, WayBack};
use engine::stock::StockView;
use engine::units::{Cents, Seconds, Timestamp};

use super::App;

/// A cart and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cart {
    /// Whose.
    pub merchant: MerchantIx,
    /// Where it is sold.
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// On what terms.
    pub terms: Terms,
    /// What, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// How long the answer is shown: it holds for an order at the end of that.
    pub shown_for: Seconds,
}

/// A date that options must keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InTime {
    /// Wanted by then.
    pub by: Timestamp,
    /// With at least this chance; the date promised decides where it is left out.
    pub chance: Option<f64>,
}

/// Options and, where a date was asked for, their chances to keep it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quoted {
    /// What can be offered, in time.
    pub answer: Arc<Answer>,
    /// Whether it was known, and is as a fresh one would be.
    pub told_again: bool,
    /// The chance of each option to arrive by the date asked for; empty where none was.
    pub chances: Vec<f64>,
    /// Options that are too late, or too likely to be, with their chances.
    pub too_late: Vec<(QuoteOption, f64)>,
}

/// What a level costs and how long it takes, over postal areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelEstimate {
    /// The level.
    pub level: ServiceLevel,
    /// Areas looked at that it can be had in.
    pub areas: usize,
    /// Asked of the buyer, least and most.
    pub price: (Cents, Cents),
    /// Arrives by, earliest and latest.
    pub delivers_by: (Timestamp, Timestamp),
}

/// What a cart would cost without a full address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Postal areas that the address may mean.
    pub areas: usize,
    /// Those that were looked at.
    pub looked_at: usize,
    /// By level.
    pub levels: Vec<LevelEstimate>,
}

/// Postal areas looked at for an estimate.
const AREAS: usize = 16;

impl Cart {
    /// Where it goes, and on what terms.
    pub fn to(&self) -> Destination {
        Destination { postal: self.postal, residential: self.residential, terms: self.terms }
    }
}

impl App {
    /// Options for a cart, best first, and reasons for what is missing. Nothing is written.
    pub fn quote(&self, cart: &Cart) -> Arc<Answer> {
        self.quote_or_again(cart).0
    }

    /// The same, and whether it is told again.
    fn quote_or_again(&self, cart: &Cart) -> (Arc<Answer>, bool) {
        let request = self.request(cart);
        self.read(|state| {
            let fresh = || answer(&self.network, state, &request);
            self.quote_cache.told((&self.network, state), cart, request.now, fresh)
        })
    }

    /// What carriers with live rates are to be asked before a cart is quoted.
    pub fn live_asks(&self, cart: &Cart, services: &[ServiceIx]) -> Vec<LiveAsk> {
        let request = self.request(cart);
        self.read(|state| {
            let load = state.load(&self.network.world).of(request.merchant, request.now);
            let board = state.board().at(request.now);
            let view = View { network: &self.network, ledger: state.ledger(), load: &load, board };
            quote::live_asks(&view, &request, services)
        })
    }

    /// Options for a cart, parted by whether they are in time, with what carriers have answered that were asked.
    pub fn quote_by(&self, cart: &Cart, in_time: Option<InTime>, live: Option<&LiveRates>) -> Quoted {
        if in_time.is_none() && live.is_none() {
            let (answer, told_again) = self.quote_or_again(cart);
            return Quoted { answer, told_again, ..Quoted::default() };
        }
        let request = Request { by: in_time.map(|in_time| in_time.by), ..self.request(cart) };
        self.read(|state| {
            let load = state.load(&self.network.world).of(request.merchant, request.now);
            let (told, board) = (Told { load: &load, live }, state.board().at(request.now));
            let view = View { network: &self.network, ledger: state.ledger(), load: &told, board };
            let mut answer = quote::answer(&view, &request);
            let Some(in_time) = in_time else { return Quoted { answer: Arc::new(answer), ..Quoted::default() } };
            let mut quoted = Quoted::default();
            for option in std::mem::take(&mut answer.options) {
                let chance = option.chance_by.unwrap_or_default();
                let suits = match in_time.chance {
                    Some(least) => chance >= least,
                    None => option.delivers_by <= in_time.by,
                };
                if suits {
                    answer.options.push(option);
                    quoted.chances.push(chance);
                } else {
                    quoted.too_late.push((option, chance));
                }
            }
            quoted.answer = Arc::new(answer);
            quoted
        })
    }

    /// What a cart would cost in any of `areas`: in some of them, chosen evenly by their people.
    pub fn estimate(&self, cart: &Cart, areas: &[PostalIx]) -> Estimate {
        let chosen = self.spread(areas);
        let mut levels: Vec<LevelEstimate> = Vec::new();
        for &postal in &chosen {
            let answer = self.quote(&Cart { postal, ..cart.clone() });
            for level in ServiceLevel::ALL {
                let Some(option) = answer.best(level, None) else { continue };
                let (price, by) = (option.price, option.delivers_by);
                match levels.iter_mut().find(|known| known.level == level) {
                    Some(known) => {
                        known.areas += 1;
                        known.price = (known.price.0.min(price), known.price.1.max(price));
                        known.delivers_by = (known.delivers_by.0.min(by), known.delivers_by.1.max(by));
                    }
                    None => {
                        levels.push(LevelEstimate { level, areas: 1, price: (price, price), delivers_by: (by, by) });
                    }
                }
            }
        }
        levels.sort_by_key(|estimate| estimate.level);
        Estimate { areas: areas.len(), looked_at: chosen.len(), levels }
    }

    /// Some of these areas, such that each stands for as many people.
    fn spread(&self, areas: &[PostalIx]) -> Vec<PostalIx> {
        let people = |postal: PostalIx| u64::from(self.network.world.postals[postal].population.max(1));
        let all: u64 = areas.iter().map(|&postal| people(postal)).sum();
        let count = AREAS.min(areas.len()) as u64;
        let (mut chosen, mut before) = (Vec::new(), 0);
        for &postal in areas {
            let after = before + people(postal);
            // The middles of `count` equal parts of all people.
            if (0..count).any(|part| (before..after).contains(&(all * (2 * part + 1) / (2 * count)))) {
                chosen.push(postal);
            }
            before = after;
        }
        chosen
    }

    /// What it would cost to send these goods back from a place.
    pub fn quote_return(&self, from: Destination, lines: &[LineQuantity]) -> Result<WayBack, NoWayBack> {
        returns::way_back(&self.network, from, lines, None, self.now())
    }

    fn request(&self, cart: &Cart) -> Request {
        let Cart { merchant, channel, postal, residential, terms, lines, shown_for } = cart.clone();
        let now = self.now() + shown_for;
        Request { merchant, channel, postal, residential, lines, now, not_from: None, sent: 0, terms, by: None }
    }
}

/// A load, and what carriers have answered.
struct Told<'a> {
    load: &'a MerchantLoad<'a>,
    live: Option<&'a LiveRates>,
}

impl WaveLoad for Told<'_> {
    fn beneath(&self) -> Option<&dyn WaveLoad> {
        Some(self.load)
    }

    fn live_rates(&self) -> Option<&LiveRates> {
        self.live
    }
}

/// A quote on a state.
pub(super) fn answer(network: &engine::network::Network, state: &State, request: &Request) -> Answer {
    answer_with(network, state, state.ledger(), request)
}

/// The same, where stock is seen another way.
pub(super) fn answer_with(
    network: &engine::network::Network,
    state: &State,
    ledger: &dyn StockView,
    request: &Request,
) -> Answer {
    let load = state.load(&network.world).of(request.merchant, request.now);
    quote::answer(&View { network, ledger, load: &load, board: state.board().at(request.now) }, request)
}
