//! The writer: takes commands in groups, decides each, makes the group durable, publishes it, answers.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, RwLock};

use engine::units::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::super::{Decision, Description, Domain, IdempotencyKey, SubmitError};

/// A command: carried out within a group, answered when the group is durable or has failed.
pub type Job<D> = Box<dyn FnOnce(&mut Group<D>) -> Answer + Send>;

/// Tells the caller how it went.
pub type Answer = Box<dyn FnOnce(Result<(), &str>) + Send>;

/// Commands made durable together: enough to spread one disk flush over, few enough to answer soon.
const GROUP: usize = 256;

/// What became of a command within its group.
pub enum Verdict<R, E> {
    /// It had an effect.
    Done(R),
    /// It was a repetition.
    Repeated(R),
    /// It had none.
    Failed(SubmitError<E>),
}

struct EventRow {
    seq: u64,
    at: Timestamp,
    about: Description,
    body: String,
}

struct KeyRow {
    content: [u8; 32],
    reply: String,
    at: Timestamp,
}

/// The commands of one commit.
pub struct Group<D: Domain> {
    connection: Connection,
    state: D,
    next_seq: u64,
    events: Vec<(EventRow, D::Event)>,
    keys: HashMap<(String, String), KeyRow>,
    forget_before: Option<Timestamp>,
}

impl<D: Domain> Group<D> {
    /// Decides one command on the state that the earlier ones left.
    pub fn carry_out<R, E>(
        &mut self,
        at: Timestamp,
        key: Option<IdempotencyKey>,
        decide: impl FnOnce(&D) -> Result<Decision<D::Event, R>, E>,
    ) -> Verdict<R, E>
    where
        R: Serialize + DeserializeOwned,
    {
        if let Some(key) = &key {
            match self.used(key) {
                Ok(None) => {}
                Ok(Some((content, _))) if content != key.content => return Verdict::Failed(SubmitError::KeyReused),
                Ok(Some((_, reply))) => {
                    return match serde_json::from_str(&reply) {
                        Ok(body) => Verdict::Repeated(body),
                        Err(error) => Verdict::Failed(SubmitError::Failed(error.to_string())),
                    };
                }
                Err(error) => return Verdict::Failed(SubmitError::Failed(error.to_string())),
            }
        }
        // A command that panics is a fault of ours, but only its own: it has changed nothing yet.
        let decided = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| decide(&self.state)));
        let Decision { events, reply } = match decided {
            Ok(Ok(decision)) => decision,
            Ok(Err(refusal)) => return Verdict::Failed(SubmitError::Refused(refusal)),
            Err(_) => return Verdict::Failed(SubmitError::Failed("a command panicked; it had no effect".to_owned())),
        };
        // Everything that can fail comes before the state changes.
        let bodies: Result<Vec<String>, _> = events.iter().map(serde_json::to_string).collect();
        let (bodies, stored_reply) = match (bodies, serde_json::to_string(&reply)) {
            (Ok(bodies), Ok(reply)) => (bodies, reply),
            (Err(error), _) | (_, Err(error)) => return Verdict::Failed(SubmitError::Failed(error.to_string())),
        };
        for (event, body) in events.into_iter().zip(bodies) {
            let about = self.state.describe(&event);
            self.state.apply(&event);
            self.events.push((EventRow { seq: self.next_seq, at, about, body }, event));
            self.next_seq += 1;
        }
        if let Some(key) = key {
            self.keys.insert((key.scope, key.key), KeyRow { content: key.content, reply: stored_reply, at });
        }
        Verdict::Done(reply)
    }

    /// Drops old keys with this group's commit.
    pub fn forget_keys(&mut self, before: Timestamp) {
        self.forget_before = Some(before);
    }

    /// Content and reply of an earlier use of the key, in this group or on disk.
    fn used(&self, key: &IdempotencyKey) -> Result<Option<([u8; 32], String)>, rusqlite::Error> {
        if let Some(row) = self.keys.get(&(key.scope.clone(), key.key.clone())) {
            return Ok(Some((row.content, row.reply.clone())));
        }
        self.connection
            .prepare_cached("SELECT content, reply FROM idempotency WHERE scope = ?1 AND key = ?2")?
            .query_row((&key.scope, &key.key), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    /// One transaction, one flush.
    fn commit(&mut self) -> Result<(), rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO events (seq, at, kind, subject, merchant, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for (row, _) in &self.events {
                let about = &row.about;
                insert.execute(params![
                    row.seq.cast_signed(),
                    row.at.unix(),
                    about.kind,
                    about.subject,
                    about.merchant,
                    row.body
                ])?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO idempotency (scope, key, content, reply, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for ((scope, key), row) in &self.keys {
                insert.execute(params![scope, key, row.content, row.reply, row.at.unix()])?;
            }
            if let Some(before) = self.forget_before.take() {
                transaction.execute("DELETE FROM idempotency WHERE at < ?1", [before.unix()])?;
            }
        }
        transaction.commit()
    }
}

/// The writer thread.
pub struct Writer<D: Domain> {
    group: Group<D>,
    published: Arc<RwLock<D>>,
    announce: watch::Sender<u64>,
    failed: Option<String>,
}

impl<D: Domain> Writer<D> {
    /// A writer that goes on after event `last`.
    pub fn new(
        connection: Connection,
        state: D,
        published: Arc<RwLock<D>>,
        announce: watch::Sender<u64>,
        last: u64,
    ) -> Self {
        let group = Group {
            connection,
            state,
            next_seq: last + 1,
            events: Vec::new(),
            keys: HashMap::new(),
            forget_before: None,
        };
        Self { group, published, announce, failed: None }
    }

    /// Works until the last handle is gone and the queue is empty.
    pub fn run(mut self, jobs: &Receiver<Job<D>>) {
        while let Ok(first) = jobs.recv() {
            let mut answers = vec![first(&mut self.group)];
            while answers.len() < GROUP
                && let Ok(job) = jobs.try_recv()
            {
                answers.push(job(&mut self.group));
            }
            let outcome = self.make_durable();
            for answer in answers {
                answer(match &outcome {
                    Ok(()) => Ok(()),
                    Err(reason) => Err(reason.as_str()),
                });
            }
        }
        // Leaves one tidy file behind; the WAL is replayed on opening if this fails.
        let _ = self.group.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    fn make_durable(&mut self) -> Result<(), String> {
        if let Some(reason) = &self.failed {
            return Err(reason.clone());
        }
        let nothing = self.group.events.is_empty() && self.group.keys.is_empty() && self.group.forget_before.is_none();
        if nothing {
            return Ok(());
        }
        if let Err(error) = self.group.commit() {
            let reason = format!("a commit failed ({error}); restart to go on from what is durable");
            self.failed = Some(reason.clone());
            return Err(reason);
        }
        self.group.keys.clear();
        {
            let mut published = self.published.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            self.group.events.drain(..).for_each(|(_, event)| published.apply(&event));
        }
        self.announce.send_replace(self.group.next_seq - 1);
        Ok(())
    }
}
