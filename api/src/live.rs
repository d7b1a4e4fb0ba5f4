//! Carriers that are asked for their rates while a quote is made: adapters that can fail, and do no harm when they do.
//!
//! A file names them:
//! ```toml
//! [[adapter]]
//! carrier = "coastal"                            # a carrier of the network; its services get live rates
//! url = "http://rates.example/v1/proxy/rates"    # a service that speaks Karrio's protocol
//! authorization = "Token ..."                    # sent as it is; optional
//! timeout_ms = 250                               # 10 to 10,000; 250 if left out
//! ```
//! All carriers are asked at the same time, each for its own. One that does not answer in time, or not well, leaves its services out of the quote,
//! with the reason; the others are offered as if nothing were. After [`FAILURES`] quotes in a row that it failed it rests: for [`REST`] nobody waits for it, then
//! one quote tries it again (Nygard 2007, circuit breaker). No more than [`IN_FLIGHT`] questions wait for one carrier (bulkhead).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::fault::Fault;
use engine::model::{CarrierIx, ServiceIx, World};
use engine::rating::{LiveAsk, LiveRates, NoLiveRate};
use engine::units::Cents;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::telemetry;

/// Quotes in a row that a carrier fails before it is let alone.
pub const FAILURES: u32 = 3;
/// For so long.
pub const REST: Duration = Duration::from_secs(15);
/// Questions that wait for one carrier at a time.
pub const IN_FLIGHT: usize = 64;
/// Questions of one quote that wait for one carrier at a time.
const AT_ONCE: usize = 16;
/// Bytes of an answer.
const MOST_BYTES: usize = 1 << 20;

/// Carriers that are asked.
#[derive(Debug, Default)]
pub struct Adapters(Vec<Adapter>);

#[derive(Debug)]
struct Adapter {
    carrier: CarrierIx,
    /// The carrier's services, with their ids.
    services: Vec<(ServiceIx, String)>,
    id: String,
    url: String,
    authorization: Option<String>,
    timeout: Duration,
    client: reqwest::Client,
    breaker: Mutex<Breaker>,
    room: Semaphore,
}

#[derive(Debug, Default)]
struct Breaker {
    /// Quotes in a row that it failed.
    failures: u32,
    /// How often it was let alone.
    opened: u64,
    rests_until: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    adapter: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    carrier: String,
    url: String,
    #[serde(default)]
    authorization: Option<String>,
    #[serde(default = "usual_timeout")]
    timeout_ms: u64,
}

fn usual_timeout() -> u64 {
    250
}

impl Adapters {
    /// The adapters of a file, none without one; every fault at once.
    pub fn load(file: Option<&Path>, world: &World) -> Result<Self, Vec<Fault>> {
        let Some(file) = file else { return Ok(Self::default()) };
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| {
            vec![Fault::new("adapters_file", "", &name, format!("must be a file of adapters: {error}"))]
        })?;
        Self::read(&name, &text, world)
    }

    /// The adapters in a file's text.
    pub fn read(name: &str, text: &str, world: &World) -> Result<Self, Vec<Fault>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count());
            vec![Fault::new(format!("{name}:{}", line + 1), "", "", error.message().trim())]
        })?;
        let (mut adapters, mut faults) = (Vec::<Adapter>::new(), Vec::new());
        for (n, entry) in file.adapter.into_iter().enumerate() {
            let at = format!("{name} adapter {}", n + 1);
            let before = faults.len();
            let carrier = world.carrier(&entry.carrier);
            if carrier.is_none() {
                faults.push(Fault::new(&at, "carrier", &entry.carrier, "must be a carrier of the network"));
            }
            if adapters.iter().any(|other| Some(other.carrier) == carrier) {
                faults.push(Fault::new(&at, "carrier", &entry.carrier, "must have one adapter only"));
            }
            if let Err(rule) = crate::config::address(&entry.url) {
                faults.push(Fault::new(&at, "url", &entry.url, rule));
            }
            if !(10..=10_000).contains(&entry.timeout_ms) {
                faults.push(Fault::new(&at, "timeout_ms", entry.timeout_ms, "must be 10 to 10,000"));
            }
            let client = reqwest::Client::builder().build().map_err(|error| Fault::new(&at, "", "", error.to_string()));
            match (carrier, client) {
                (Some(carrier), Ok(client)) if faults.len() == before => {
                    let own = world.services.enumerate().filter(|(_, service)| service.carrier == carrier);
                    adapters.push(Adapter {
                        carrier,
                        services: own.map(|(ix, service)| (ix, service.id.to_string())).collect(),
                        id: entry.carrier,
                        url: entry.url,
                        authorization: entry.authorization,
                        timeout: Duration::from_millis(entry.timeout_ms),
                        client,
                        breaker: Mutex::default(),
                        room: Semaphore::new(IN_FLIGHT),
                    });
                }
                (_, Err(fault)) => faults.push(fault),
                _ => {}
            }
        }
        if faults.is_empty() { Ok(Self(adapters)) } else { Err(faults) }
    }

    /// Whether nobody is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Services with live rates.
    pub fn services(&self) -> Vec<ServiceIx> {
        self.0.iter().flat_map(|adapter| adapter.services.iter().map(|(service, _)| *service)).collect()
    }

    /// Asks all carriers at once; every question has an answer, be it why there is none.
    pub async fn ask(&self, world: &World, asks: Vec<LiveAsk>) -> LiveRates {
        let mut rates = LiveRates::new(self.services());
        let mut together: BTreeMap<(usize, LiveAsk), Vec<LiveAsk>> = BTreeMap::new();
        for ask in asks {
            let of = |adapter: &Adapter| adapter.services.iter().any(|(service, _)| *service == ask.service);
            let Some(adapter) = self.0.iter().position(of) else { continue };
            // One question for all services of a carrier.
            let shipment = LiveAsk { service: ServiceIx(0), ..ask.clone() };
            together.entry((adapter, shipment)).or_default().push(ask);
        }
        let mut questions: Vec<Vec<Vec<LiveAsk>>> = self.0.iter().map(|_| Vec::new()).collect();
        for ((adapter, _), asks) in together {
            questions[adapter].push(asks);
        }
        let asked = self.0.iter().zip(questions).filter(|(_, questions)| !questions.is_empty());
        let asked = asked.map(|(adapter, questions)| async move { (adapter, adapter.answers(world, questions).await) });
        for (adapter, answers) in join_all(asked).await {
            for (ask, told) in
                answers.into_iter().flat_map(|(asks, told)| asks.into_iter().map(move |ask| (ask, told.clone())))
            {
                let id = adapter.services.iter().find(|(service, _)| *service == ask.service).map(|(_, id)| id);
                let rate = match &told {
                    Ok(told) => id.and_then(|id| told.get(id)).copied().ok_or(NoLiveRate::Refused),
                    Err(reason) => Err(*reason),
                };
                rates.insert(ask, rate);
            }
        }
        rates
    }
}

/// A question for some services, and what was answered.
type Answered = (Vec<LiveAsk>, Result<BTreeMap<String, Cents>, NoLiveRate>);

impl Adapter {
    /// What the carrier answers to all questions of one quote, within its time; at most [`AT_ONCE`] of them wait at a time.
    async fn answers(&self, world: &World, questions: Vec<Vec<LiveAsk>>) -> Vec<Answered> {
        let opened = match self.admit() {
            Ok(opened) => opened,
            Err(reason) => return questions.into_iter().map(|asks| (asks, Err(reason))).collect(),
        };
        let told: Mutex<BTreeMap<usize, Result<BTreeMap<String, Cents>, String>>> = Mutex::default();
        let each = stream::iter(questions.iter().enumerate()).for_each_concurrent(AT_ONCE, |(n, asks)| {
            let told = &told;
            async move {
                let Some(first) = asks.first() else { return };
                let Ok(_room) = self.room.acquire().await else { return };
                let answer = self.fetch(world, first).await;
                told.lock().unwrap_or_else(PoisonError::into_inner).insert(n, answer);
            }
        });
        let in_time = tokio::time::timeout(self.timeout, each).await.is_ok();
        let mut told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failure = match told.values().find_map(|answer| answer.as_ref().err()) {
            Some(reason) => Some(reason.clone()),
            None => (!in_time).then(|| "no answer in time".to_owned()),
        };
        // One quote is one failure or success, however much it asks.
        self.note(opened, failure.filter(|_| !told.values().any(Result::is_ok)).as_deref());
        let ms = u32::try_from(self.timeout.as_millis()).unwrap_or(u32::MAX);
        let answer = |(n, asks)| match told.remove(&n) {
            Some(Ok(rates)) => (asks, Ok(rates)),
            Some(Err(_)) => (asks, Err(NoLiveRate::Failed)),
            None => (asks, Err(NoLiveRate::TimedOut(ms))),
        };
        questions.into_iter().enumerate().map(answer).collect()
    }

    /// How often the breaker has opened, if the carrier may be asked; while it rests, nobody waits for it, and when that is over one quote tries
    /// it.
    fn admit(&self) -> Result<u64, NoLiveRate> {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = breaker.rests_until else { return Ok(breaker.opened) };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // The others go on resting until the one has its answer.
            breaker.rests_until = Some(Instant::now() + self.timeout.max(Duration::from_secs(1)));
            return Ok(breaker.opened);
        }
        Err(NoLiveRate::Resting(u32::try_from(left.as_secs()).unwrap_or(u32::MAX).saturating_add(1)))
    }

    /// Takes the outcome of a quote that was admitted when the breaker had opened so often; later ones know better.
    fn note(&self, opened: u64, failure: Option<&str>) {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.is_some() {
            metrics::counter!(telemetry::LIVE_RATES_FAILED, "carrier" => self.id.clone()).increment(1);
        }
        if breaker.opened != opened {
            return;
        }
        let Some(reason) = failure else {
            if breaker.rests_until.is_some() {
                tracing::info!(carrier = self.id, "the carrier's rates are back");
            }
            (breaker.failures, breaker.rests_until) = (0, None);
            return;
        };
        breaker.failures += 1;
        if breaker.failures >= FAILURES {
            if breaker.rests_until.is_none() {
                tracing::warn!(
                    carrier = self.id,
                    reason,
                    rest_s = REST.as_secs(),
                    "the carrier's rates fail; it is let alone"
                );
            }
            breaker.opened += 1;
            breaker.rests_until = Some(Instant::now() + REST);
        }
    }

    async fn fetch(&self, world: &World, ask: &LiveAsk) -> Result<BTreeMap<String, Cents>, String> {
        let warehouse = &world.warehouses[ask.warehouse];
        let to = &world.postals[ask.postal];
        let parcel = |[length, width, height, weight]: &[i64; 4]| {
            let cm = |mm: i64| mm as f64 / 10.0;
            json!({
                "weight": *weight as f64 / 1_000.0, "weight_unit": "KG",
                "length": cm(*length), "width": cm(*width), "height": cm(*height), "dimension_unit": "CM",
            })
        };
        let body = json!({
            "shipper": { "postal_code": warehouse.postal_code, "country_code": "US", "company_name": warehouse.name },
            "recipient": {
                "postal_code": to.code, "city": to.city, "state_code": to.state, "country_code": "US",
                "residential": ask.residential,
            },
            "parcels": ask.parcels.iter().map(parcel).collect::<Vec<_>>(),
            "services": self.services.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>(), "options": {},
            "carrier_ids": [self.id],
        });
        let mut request = self.client.post(&self.url).json(&body);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        // Karrio says 424 where nobody has a rate: that is an answer.
        let status = answer.status().as_u16();
        if !matches!(status, 200..=299 | 424) {
            return Err(format!("it answered {status}"));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.without_url().to_string())? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                return Err("its answer is too long".to_owned());
            }
        }
        let answer: Value =
            serde_json::from_slice(&bytes).map_err(|error| format!("its answer is no JSON: {error}"))?;
        let rates = answer["rates"].as_array().ok_or("its answer has no `rates`")?;
        Ok(rates.iter().filter_map(rate).collect())
    }
}

/// Service and price of a rate that can be used: in dollars, and not below zero.
fn rate(of: &Value) -> Option<(String, Cents)> {
    let dollars = of["total_charge"].as_f64().filter(|dollars| (0.0..1e9).contains(dollars))?;
    let is_ours = of["currency"].as_str().is_none_or(|currency| currency == "USD");
    is_ours.then(|| Some((of["service"].as_str()?.to_owned(), Cents::new((dollars * 100.0).round() as i64))))?
}

#[cfg(test)]
mod tests {
    use engine::model::fixture::tiny_world;

    use super::*;

    #[test]
    fn every_fault_of_a_file_is_told() {
        let world = tiny_world();
        let text = "[[adapter]]\ncarrier = \"swift\"\nurl = \"http://127.0.0.1:1/rates\"\n\
                    [[adapter]]\ncarrier = \"nobody\"\nurl = \"ftp://x\"\ntimeout_ms = 1\n\
                    [[adapter]]\ncarrier = \"swift\"\nurl = \"http://127.0.0.1:1/rates\"\n";
        let faults = Adapters::read("a.toml", text, &world).unwrap_err();
        let told: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.at, fault.field)).collect();
        let expected = [
            "a.toml adapter 2 carrier",
            "a.toml adapter 2 url",
            "a.toml adapter 2 timeout_ms",
            "a.toml adapter 3 carrier",
        ];
        assert_eq!(told, expected);
        assert!(Adapters::read("a.toml", "[[adapter]]\nx = 1", &world).unwrap_err()[0].at.starts_with("a.toml:"));
        let one =
            Adapters::read("a.toml", &text[..text.find("[[adapter]]\ncarrier = \"nobody").unwrap()], &world).unwrap();
        assert_eq!((one.services().len(), one.is_empty()), (3, false));
        assert!(Adapters::load(None, &world).unwrap().is_empty());
    }

    #[test]
    fn rates_that_cannot_be_used_are_left_out() {
        let cents = |of: Value| rate(&of).map(|(_, cents)| cents.get());
        assert_eq!(cents(json!({ "service": "a", "total_charge": 9.94, "currency": "USD" })), Some(994));
        assert_eq!(cents(json!({ "service": "a", "total_charge": 9.94, "currency": "EUR" })), None);
        assert_eq!(cents(json!({ "service": "a", "total_charge": -1 })), None);
        assert_eq!(cents(json!({ "total_charge": 1 })), None);
    }
}
