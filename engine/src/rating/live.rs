//! Rates that carriers tell when they are asked, instead of cards.
//!
//! Who asks is outside: the engine says what is to be asked ([`crate::quote::live_asks`]) and takes the answers. A service with live rates for
//! which none came is not offered, and says why; no other service waits for it.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::{PostalIx, ServiceIx, WarehouseIx};
use crate::units::{Cents, Grams, Size};

/// What is asked of a carrier: parcels of one shipment, and their way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveAsk {
    /// By which service.
    pub service: ServiceIx,
    /// From where.
    pub warehouse: WarehouseIx,
    /// To where.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// Length, width, height in millimetres, and weight in grams, of each.
    pub parcels: Vec<[i64; 4]>,
}

impl LiveAsk {
    /// What carriers are told of parcels.
    pub fn parcels_of(parcels: impl Iterator<Item = (Size, Grams)>) -> Vec<[i64; 4]> {
        let told = |(size, gross): (Size, Grams)| [size.length.get(), size.width.get(), size.height.get(), gross.get()];
        parcels.map(told).collect()
    }
}

/// Why there is no live rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLiveRate {
    /// The carrier did not answer within so many milliseconds.
    TimedOut(u32),
    /// Its answer could not be had, or not be read.
    Failed,
    /// It answered, without a rate for the service.
    Refused,
    /// It failed again and again, and is let alone for some seconds.
    Resting(u32),
    /// Nobody asked.
    Unasked,
}

impl fmt::Display for NoLiveRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(ms) => write!(f, "the carrier's rates did not come within {ms} ms"),
            Self::Failed => f.write_str("the carrier's rates could not be had"),
            Self::Refused => f.write_str("the carrier has no rate for this shipment"),
            Self::Resting(s) => {
                write!(f, "the carrier's rates failed again and again; it is asked again in {s} s at the latest")
            }
            Self::Unasked => f.write_str("the carrier was not asked for this shipment"),
        }
    }
}

/// What carriers have answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveRates {
    /// Services with live rates, ascending.
    services: Vec<ServiceIx>,
    known: BTreeMap<LiveAsk, Result<Cents, NoLiveRate>>,
}

impl LiveRates {
    /// No answers yet for services with live rates.
    pub fn new(mut services: Vec<ServiceIx>) -> Self {
        services.sort_unstable();
        Self { services, known: BTreeMap::new() }
    }

    /// Whether a service has live rates.
    pub fn covers(&self, service: ServiceIx) -> bool {
        self.services.binary_search(&service).is_ok()
    }

    /// Takes an answer.
    pub fn insert(&mut self, ask: LiveAsk, answer: Result<Cents, NoLiveRate>) {
        self.known.insert(ask, answer);
    }

    /// The answer to what was asked.
    pub fn of(&self, ask: &LiveAsk) -> Result<Cents, NoLiveRate> {
        self.known.get(ask).copied().unwrap_or(Err(NoLiveRate::Unasked))
    }
}
