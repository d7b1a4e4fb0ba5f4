//! Services asked over HTTP: tables in blocks, tried again where that may help, remembered.
//!
//! A table is cut into blocks of at most [`Limits::block`] places from and to, as services limit what one request may ask.
//! Pairs that the cache knows are not asked; a block shrinks to the rows and columns of the rest. A request that times out,
//! finds nobody, or is answered 429 or 5xx is tried again after a pause that doubles; any other answer is final. One block
//! that fails ends the table.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::fault::Fault;
use engine::roads::{Drive, Place, RoadTimes, Table, Unavailable};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, RequestBuilder};

use super::cache::{Cache, Spot, spot};
use super::{osrm, valhalla};

/// How a service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long one request may take.
    pub timeout: Duration,
    /// How often a request is tried in all.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles up to [`LONGEST_PAUSE`].
    pub pause: Duration,
    /// Places from, and places to, in one request.
    pub block: usize,
}

/// Longest pause between attempts.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Requests in work at a time.
const IN_FLIGHT: usize = 4;
/// Bytes of an answer: some for its head, and for each pair.
const HEAD_BYTES: usize = 1 << 16;
const PAIR_BYTES: usize = 200;

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), attempts: 3, pause: Duration::from_millis(200), block: 50 }
    }
}

/// A service that tells road times.
#[derive(Debug)]
pub struct Remote {
    protocol: Protocol,
    base: String,
    limits: Limits,
    cache: Mutex<Cache>,
}

/// What it speaks.
#[derive(Clone, Copy, Debug)]
struct Protocol {
    name: &'static str,
    request: fn(&Client, &str, &[Spot], &[Spot]) -> RequestBuilder,
    drives: fn(&[u8]) -> Result<Vec<Vec<Option<Drive>>>, String>,
}

/// Rows and columns that one request asks for, by index.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    from: Vec<usize>,
    to: Vec<usize>,
}

/// Why an attempt failed.
enum Trouble {
    /// Another may succeed.
    Passing(String),
    /// None will.
    Final(String),
}

impl Remote {
    /// A service at `base` that speaks OSRM's protocol; answers are kept in `cache`, if that is a folder.
    pub fn osrm(base: &str, limits: Limits, cache: Option<&Path>) -> Result<Self, Fault> {
        let protocol = Protocol { name: "osrm", request: osrm::request, drives: osrm::drives };
        Self::new(protocol, base, limits, cache)
    }

    /// A service at `base` that speaks Valhalla's.
    pub fn valhalla(base: &str, limits: Limits, cache: Option<&Path>) -> Result<Self, Fault> {
        let protocol = Protocol { name: "valhalla", request: valhalla::request, drives: valhalla::drives };
        Self::new(protocol, base, limits, cache)
    }

    fn new(protocol: Protocol, base: &str, limits: Limits, folder: Option<&Path>) -> Result<Self, Fault> {
        let cache = Cache::open(folder, &format!("{} {base}", protocol.name)).map_err(|error| {
            let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
            Fault::new(
                "roads",
                "cache folder",
                folder,
                format!("must be a folder that can be read and written ({error})"),
            )
        })?;
        Ok(Self { protocol, base: base.to_owned(), limits, cache: Mutex::new(cache) })
    }

    /// Asks for `blocks` and gives each pair's drive.
    async fn ask_all(
        &self,
        spots: &[Spot],
        blocks: Vec<Block>,
    ) -> Result<Vec<((usize, usize), Option<Drive>)>, String> {
        let client = Client::builder().timeout(self.limits.timeout).build().map_err(|error| error.to_string())?;
        let asked = blocks.into_iter().map(|block| {
            let client = client.clone();
            async move {
                let rows = self.ask(&client, spots, &block).await?;
                let pairs = block.from.iter().flat_map(|&from| block.to.iter().map(move |&to| (from, to)));
                Ok::<_, String>(pairs.zip(rows.into_iter().flatten()).collect::<Vec<_>>())
            }
        });
        stream::iter(asked).buffered(IN_FLIGHT).try_concat().await
    }

    async fn ask(&self, client: &Client, spots: &[Spot], block: &Block) -> Result<Vec<Vec<Option<Drive>>>, String> {
        let mut pause = self.limits.pause;
        let mut attempt = 1;
        loop {
            match self.attempt(client, spots, block).await {
                Ok(rows) => return Ok(rows),
                Err(Trouble::Final(why)) => return Err(why),
                Err(Trouble::Passing(why)) if attempt >= self.limits.attempts => {
                    return Err(if attempt == 1 { why } else { format!("{why}, {attempt} times") });
                }
                Err(Trouble::Passing(_)) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        client: &Client,
        spots: &[Spot],
        block: &Block,
    ) -> Result<Vec<Vec<Option<Drive>>>, Trouble> {
        let of = |places: &[usize]| -> Vec<Spot> { places.iter().map(|&place| spots[place]).collect() };
        let request = (self.protocol.request)(client, &self.base, &of(&block.from), &of(&block.to));
        let failed = |error: reqwest::Error| {
            let why = match error.is_timeout() {
                true => format!("no answer within {} s", self.limits.timeout.as_secs_f64()),
                false => format!("cannot be reached ({})", root_of(&error)),
            };
            Trouble::Passing(why)
        };
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let most = HEAD_BYTES + PAIR_BYTES * block.from.len() * block.to.len();
        let mut body = Vec::new();
        while let Some(bytes) = response.chunk().await.map_err(failed)? {
            if body.len() + bytes.len() > most {
                return Err(Trouble::Final(format!("answers more than {most} bytes")));
            }
            body.extend_from_slice(&bytes);
        }
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(Trouble::Passing(format!("answers {status}")));
        }
        let drives = (self.protocol.drives)(&body);
        if !status.is_success() {
            return Err(Trouble::Final(drives.err().unwrap_or_else(|| format!("answers {status}"))));
        }
        let rows = drives.map_err(Trouble::Final)?;
        if rows.len() != block.from.len() || rows.iter().any(|row| row.len() != block.to.len()) {
            return Err(Trouble::Final("answers a table of another size than asked for".to_owned()));
        }
        Ok(rows)
    }
}

impl RoadTimes for Remote {
    fn source(&self) -> String {
        format!("{} {}", self.protocol.name, self.base)
    }

    fn table(&self, places: &[Place]) -> Result<Table, Unavailable> {
        let spots: Vec<Spot> = places.iter().map(|place| spot(place.at)).collect();
        let mut table = Table::new(places.len());
        let mut unknown = vec![false; places.len() * places.len()];
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        for (from, to) in (0..places.len()).flat_map(|from| (0..places.len()).map(move |to| (from, to))) {
            match cache.get(spots[from], spots[to]) {
                _ if spots[from] == spots[to] => table.set(from, to, Some(Drive::default())),
                Some(drive) => table.set(from, to, drive),
                None => unknown[from * places.len() + to] = true,
            }
        }
        let blocks = blocks(places.len(), self.limits.block, |from, to| unknown[from * places.len() + to]);
        if blocks.is_empty() {
            return Ok(table);
        }
        let drives =
            waited(self.ask_all(&spots, blocks)).map_err(|why| Unavailable(format!("{} {why}", self.source())))?;
        let mut kept = Vec::with_capacity(drives.len());
        for ((from, to), drive) in drives.into_iter().filter(|((from, to), _)| spots[*from] != spots[*to]) {
            table.set(from, to, drive);
            kept.push(((spots[from], spots[to]), drive));
        }
        if let Err(error) = cache.keep(&kept) {
            tracing::warn!(%error, "answers about roads cannot be kept in their file");
        }
        Ok(table)
    }
}

/// The requests for all `unknown` pairs of `places` places.
fn blocks(places: usize, most: usize, unknown: impl Fn(usize, usize) -> bool) -> Vec<Block> {
    let most = most.max(1);
    let parts = || (0..places).step_by(most).map(move |first| first..places.min(first + most));
    let mut blocks = Vec::new();
    for (rows, columns) in parts().flat_map(|rows| parts().map(move |columns| (rows.clone(), columns))) {
        let from: Vec<usize> = rows.clone().filter(|&row| columns.clone().any(|column| unknown(row, column))).collect();
        let to: Vec<usize> = columns.filter(|&column| rows.clone().any(|row| unknown(row, column))).collect();
        if !from.is_empty() {
            blocks.push(Block { from, to });
        }
    }
    blocks
}

/// Runs `work` on a thread of its own, so that it does not matter whether the caller is inside of a runtime.
fn waited<T: Send>(work: impl Future<Output = Result<T, String>> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| error.to_string())?.block_on(work)
        });
        thread.join().unwrap_or_else(|_| Err("the request panicked".to_owned()))
    })
}

fn root_of(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
