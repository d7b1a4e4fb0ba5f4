//! The store: a durable log of events and the state that follows from them.
//!
//! Contract, for every implementation:
//! - **One writer decides.** A command is a function of the current state; it answers events and a reply, or refuses. Nobody
//!   else changes the state, so two commands can never both take the last unit.
//! - **Acknowledged is durable.** A reply is given only after its events are on disk. Commands that arrive together are made
//!   durable together (group commit), each deciding on the state that the ones before it in the group left.
//! - **Readers see only durable state**, and at once all of a group.
//! - **One effect a key.** A command with an idempotency key is carried out once; repeated with the same content it is
//!   answered with the first reply, with other content it is refused. Key, events and reply are one transaction.
//! - **The log is the outbox.** Consumers read events by sequence number and keep a cursor; nothing is published that is not
//!   durable, and nothing durable is ever skipped.
//!
//! [`embedded`] keeps it in one SQLite file. A server store (PostgreSQL) fits behind the same contract.

mod embedded;
mod transfer;

use std::fmt;

use engine::units::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use embedded::Store;
pub use transfer::{ImportError, export, import};

/// What a store keeps: a state that changes by events only.
pub trait Domain: Clone + Send + Sync + 'static {
    /// What can have happened.
    type Event: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// Changes the state as the event says.
    fn apply(&mut self, event: &Self::Event);
    /// What the event is about, asked of the state before it is applied.
    fn describe(&self, event: &Self::Event) -> Description;
}

/// What an event is about, for whoever filters the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Its kind: `order_accepted`.
    pub kind: &'static str,
    /// The id of its main object.
    pub subject: String,
    /// The merchant it concerns, by number; `None` for what concerns the network.
    pub merchant: Option<u32>,
}

/// A stored event.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<E> {
    /// Its place in the log, from 1, without gaps.
    pub seq: u64,
    /// When it was decided, by the service's clock.
    pub at: Timestamp,
    /// Its kind.
    pub kind: String,
    /// The id of its main object.
    pub subject: String,
    /// The merchant it concerns.
    pub merchant: Option<u32>,
    /// The event.
    pub event: E,
}

/// What a command decided.
#[derive(Clone, Debug)]
pub struct Decision<E, R> {
    /// What happened.
    pub events: Vec<E>,
    /// What the caller is told.
    pub reply: R,
}

/// Makes a command safe to repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose key: keys of different scopes never meet.
    pub scope: String,
    /// The caller's key.
    pub key: String,
    /// BLAKE3 of the command's content.
    pub content: [u8; 32],
}

/// The reply to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<R> {
    /// What it is.
    pub body: R,
    /// Whether it was given before: the command was a repetition and had no effect now.
    pub replayed: bool,
}

/// Why a command had no effect.
#[derive(Debug)]
pub enum SubmitError<E> {
    /// The domain refuses.
    Refused(E),
    /// The key was used for another content.
    KeyReused,
    /// Too many commands wait; try again shortly.
    Busy,
    /// The disk failed; the store takes no more commands until it is opened again.
    Failed(String),
}

impl<E: fmt::Display> fmt::Display for SubmitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => write!(f, "{reason}"),
            Self::KeyReused => f.write_str("the idempotency key was used for another request"),
            Self::Busy => f.write_str("too many commands wait"),
            Self::Failed(reason) => write!(f, "the store failed: {reason}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for SubmitError<E> {}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the data folder {0} is in use by another process; stop that one, or choose another folder")]
    InUse(String),
    /// It was written by another version.
    #[error("the data folder {folder} has schema {found}, this program needs {needed}; use the version that wrote it")]
    Schema {
        /// The folder.
        folder: String,
        /// Its schema.
        found: String,
        /// Ours.
        needed: &'static str,
    },
    /// It belongs to another world.
    #[error(
        "the data folder {folder} was made for the network {found}, not for {given}; choose the same network or a new data folder"
    )]
    World {
        /// The folder.
        folder: String,
        /// Its world.
        found: String,
        /// The one given.
        given: String,
    },
    /// An event in it cannot be read.
    #[error("event {seq} in the data folder cannot be read: {reason}")]
    Damaged {
        /// Which.
        seq: u64,
        /// Why.
        reason: String,
    },
    /// The disk or SQLite says no.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The disk or SQLite says no.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}
