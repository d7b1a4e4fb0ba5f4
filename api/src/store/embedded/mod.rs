//! The embedded store: one SQLite file in WAL mode with `synchronous=FULL`, one writer thread with group commit.
//!
//! The writer keeps its own copy of the state, ahead of the disk by at most one group; readers share a second copy, to which
//! events are applied after their commit. A failed commit leaves the first copy ahead of the disk, so the store then refuses
//! every further command: opening it again starts from what is durable.

mod schema;
mod writer;

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;

use engine::units::Timestamp;
use rusqlite::{Connection, OpenFlags, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{oneshot, watch};

use self::writer::{Job, Verdict};
use super::{Decision, Domain, IdempotencyKey, OpenError, Recorded, Reply, SubmitError};

/// Commands that may wait for the writer.
const QUEUE: usize = 4096;

/// A handle to the store; cheap to clone. The last one to go stops the writer after its queue is empty.
pub struct Store<D: Domain> {
    shared: Arc<Shared<D>>,
}

impl<D: Domain> Clone for Store<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

struct Shared<D: Domain> {
    state: Arc<RwLock<D>>,
    reader: Mutex<Connection>,
    committed: watch::Receiver<u64>,
    queue: Option<SyncSender<Job<D>>>,
    writer: Option<JoinHandle<()>>,
    _lock: File,
}

impl<D: Domain> Drop for Shared<D> {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing more to say.
            let _ = writer.join();
        }
    }
}

impl<D: Domain> Store<D> {
    /// Opens the store in `folder`, making it if there is none, and brings `initial` up to date with its log. `world` names
    /// the network that the events' indices mean; a folder made for another is refused.
    pub fn open(folder: &Path, world: &str, initial: D) -> Result<Self, OpenError> {
        std::fs::create_dir_all(folder)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        lock.try_lock().map_err(|_| OpenError::InUse(folder.display().to_string()))?;
        let file = folder.join("tidewater.db");
        let connection = Connection::open(&file)?;
        schema::prepare(&connection, folder, world)?;
        let mut state = initial;
        let last = replay(&connection, &mut state)?;
        let published = Arc::new(RwLock::new(state.clone()));
        let (announce, committed) = watch::channel(last);
        let (queue, jobs) = sync_channel(QUEUE);
        let writer = writer::Writer::new(connection, state, Arc::clone(&published), announce, last);
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || writer.run(&jobs))?;
        let reader = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok(Self {
            shared: Arc::new(Shared {
                state: published,
                reader: Mutex::new(reader),
                committed,
                queue: Some(queue),
                writer: Some(thread),
                _lock: lock,
            }),
        })
    }

    /// Looks at the durable state. Keep it short: the writer waits for it to publish the next group.
    pub fn read<R>(&self, look: impl FnOnce(&D) -> R) -> R {
        // A reader that panicked cannot have changed anything.
        look(&self.shared.state.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Has the writer decide a command at `at`, and waits until it is durable.
    pub async fn submit<R, E>(
        &self,
        at: Timestamp,
        key: Option<IdempotencyKey>,
        decide: impl FnOnce(&D) -> Result<Decision<D::Event, R>, E> + Send + 'static,
    ) -> Result<Reply<R>, SubmitError<E>>
    where
        R: Serialize + DeserializeOwned + Send + 'static,
        E: Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        self.enqueue(at, key, decide, answer)?;
        outcome.await.unwrap_or_else(|_| Err(SubmitError::Failed("the writer has stopped".to_owned())))
    }

    /// [`Store::submit`] for callers outside of an async runtime.
    pub fn submit_blocking<R, E>(
        &self,
        at: Timestamp,
        key: Option<IdempotencyKey>,
        decide: impl FnOnce(&D) -> Result<Decision<D::Event, R>, E> + Send + 'static,
    ) -> Result<Reply<R>, SubmitError<E>>
    where
        R: Serialize + DeserializeOwned + Send + 'static,
        E: Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        self.enqueue(at, key, decide, answer)?;
        outcome.blocking_recv().unwrap_or_else(|_| Err(SubmitError::Failed("the writer has stopped".to_owned())))
    }

    fn enqueue<R, E>(
        &self,
        at: Timestamp,
        key: Option<IdempotencyKey>,
        decide: impl FnOnce(&D) -> Result<Decision<D::Event, R>, E> + Send + 'static,
        answer: oneshot::Sender<Result<Reply<R>, SubmitError<E>>>,
    ) -> Result<(), SubmitError<E>>
    where
        R: Serialize + DeserializeOwned + Send + 'static,
        E: Send + 'static,
    {
        let job: Job<D> = Box::new(move |group| {
            let verdict = group.carry_out(at, key, decide);
            Box::new(move |durable| {
                let outcome = match (verdict, durable) {
                    (Verdict::Done(body), Ok(())) => Ok(Reply { body, replayed: false }),
                    (Verdict::Repeated(body), Ok(())) => Ok(Reply { body, replayed: true }),
                    (Verdict::Failed(error), _) => Err(error),
                    (_, Err(reason)) => Err(SubmitError::Failed(reason.to_owned())),
                };
                // A caller that went away has lost interest, not the effect.
                let _ = answer.send(outcome);
            })
        });
        match self.shared.queue.as_ref().map(|queue| queue.try_send(job)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(SubmitError::Busy),
            Some(Err(TrySendError::Disconnected(_))) | None => {
                Err(SubmitError::Failed("the writer has stopped".to_owned()))
            }
        }
    }

    /// The number of the last durable event.
    pub fn last_seq(&self) -> u64 {
        *self.shared.committed.borrow()
    }

    /// Told of every new [`Store::last_seq`].
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.committed.clone()
    }

    /// Up to `limit` events after `seq`, in order.
    pub fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<Recorded<D::Event>>, OpenError> {
        let reader = self.shared.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        select_events(&reader, seq, limit)
    }

    /// Forgets idempotency keys used before `before`; keep at least seven days of them.
    pub fn forget_keys(&self, before: Timestamp) -> Result<(), SubmitError<std::convert::Infallible>> {
        let (answer, outcome) = oneshot::channel();
        let job: Job<D> = Box::new(move |group| {
            group.forget_keys(before);
            Box::new(move |durable| {
                let _ = answer.send(durable.map_err(|reason| SubmitError::Failed(reason.to_owned())));
            })
        });
        match self.shared.queue.as_ref().map(|queue| queue.try_send(job)) {
            Some(Ok(())) => outcome.blocking_recv().unwrap_or(Ok(())),
            _ => Err(SubmitError::Busy),
        }
    }
}

/// Applies the whole log; returns the last sequence number.
fn replay<D: Domain>(connection: &Connection, state: &mut D) -> Result<u64, OpenError> {
    let mut statement = connection.prepare("SELECT seq, body FROM events ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut last = 0;
    while let Some(row) = rows.next()? {
        last = row.get::<_, i64>(0)?.unsigned_abs();
        let event = parse(last, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
        state.apply(&event);
    }
    Ok(last)
}

fn select_events<E: DeserializeOwned>(
    connection: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<Recorded<E>>, OpenError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, at, kind, subject, merchant, body FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query(params![after.cast_signed(), limit.min(100_000) as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.unsigned_abs();
        found.push(Recorded {
            seq,
            at: Timestamp::from_unix(row.get(1)?),
            kind: row.get(2)?,
            subject: row.get(3)?,
            merchant: row.get(4)?,
            event: parse(seq, row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?)?,
        });
    }
    Ok(found)
}

fn parse<E: DeserializeOwned>(seq: u64, body: &str) -> Result<E, OpenError> {
    serde_json::from_str(body).map_err(|error| OpenError::Damaged { seq, reason: error.to_string() })
}
