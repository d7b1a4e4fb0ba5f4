//! The whole log as text, out and in: one JSON object a line, byte for byte the same after a round trip.

use std::io::{BufRead, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Decision, Domain, OpenError, Recorded, Store};
use engine::units::Timestamp;

/// First line of an export.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    format: String,
    world: String,
}

/// Every further line.
#[derive(Debug, Serialize, Deserialize)]
struct Line<E> {
    seq: u64,
    at: i64,
    event: E,
}

const FORMAT: &str = "tidewater-events/1";
const PAGE: usize = 1000;

/// Why an import was refused; nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Line {
        /// Which, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The store holds events already.
    #[error("the store is not empty ({0} events); import into a new data folder")]
    NotEmpty(u64),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(String),
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Writes the log; returns the number of events.
pub fn export<D: Domain>(store: &Store<D>, world: &str, to: &mut dyn Write) -> Result<u64, OpenError> {
    let header = Header { format: FORMAT.to_owned(), world: world.to_owned() };
    writeln!(to, "{}", json(&header)?)?;
    let mut last = 0;
    loop {
        let page = store.events_after(last, PAGE)?;
        let Some(end) = page.last().map(|recorded| recorded.seq) else { return Ok(last) };
        for Recorded { seq, at, event, .. } in page {
            writeln!(to, "{}", json(&Line { seq, at: at.unix(), event })?)?;
        }
        last = end;
    }
}

/// Reads a log into an empty store: all of it or, if any line is wrong, nothing.
pub fn import<D: Domain>(store: &Store<D>, world: &str, from: &mut dyn BufRead) -> Result<u64, ImportError> {
    if store.last_seq() > 0 {
        return Err(ImportError::NotEmpty(store.last_seq()));
    }
    let mut lines = from.lines();
    let header: Header = parse(1, &lines.next().transpose()?.unwrap_or_default())?;
    if header != (Header { format: FORMAT.to_owned(), world: world.to_owned() }) {
        let reason = format!("is an export of {} in {}; expected {world} in {FORMAT}", header.world, header.format);
        return Err(ImportError::Line { line: 1, reason });
    }
    let mut events: Vec<Line<D::Event>> = Vec::new();
    for (n, line) in lines.enumerate() {
        let line: Line<D::Event> = parse(n as u64 + 2, &line?)?;
        if line.seq != n as u64 + 1 {
            return Err(ImportError::Line {
                line: n as u64 + 2,
                reason: format!("sequence number {} where {} was due", line.seq, n + 1),
            });
        }
        events.push(line);
    }
    let count = events.len() as u64;
    // Runs of equal instants go in together; each run is one transaction.
    let mut rest = events.into_iter().peekable();
    while let Some(first) = rest.next() {
        let at = first.at;
        let mut run = vec![first.event];
        while run.len() < PAGE
            && let Some(next) = rest.next_if(|next| next.at == at)
        {
            run.push(next.event);
        }
        store
            .submit_blocking(Timestamp::from_unix(at), None, move |_| {
                Ok::<_, std::convert::Infallible>(Decision { events: run, reply: () })
            })
            .map_err(|error| ImportError::Store(error.to_string()))?;
    }
    Ok(count)
}

fn json(value: &impl Serialize) -> Result<String, OpenError> {
    serde_json::to_string(value).map_err(|error| OpenError::Io(error.into()))
}

fn parse<T: DeserializeOwned>(line: u64, text: &str) -> Result<T, ImportError> {
    serde_json::from_str(text).map_err(|error| ImportError::Line { line, reason: error.to_string() })
}
