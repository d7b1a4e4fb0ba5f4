//! The tables, and who may open them.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::super::OpenError;

/// Version of the tables; raise it when they change.
const SCHEMA: &str = "1";

/// Sets the connection up, makes the tables if there are none, and checks version and world.
pub fn prepare(connection: &Connection, folder: &Path, world: &str) -> Result<(), OpenError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS events (
             seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
             merchant INTEGER, body TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS idempotency (
             scope TEXT NOT NULL, key TEXT NOT NULL, content BLOB NOT NULL, reply TEXT NOT NULL, at INTEGER NOT NULL,
             PRIMARY KEY (scope, key)) WITHOUT ROWID;",
    )?;
    let found = own_value(connection, "schema", SCHEMA)?;
    if found != SCHEMA {
        return Err(OpenError::Schema { folder: folder.display().to_string(), found, needed: SCHEMA });
    }
    let found = own_value(connection, "world", world)?;
    if found != world {
        return Err(OpenError::World { folder: folder.display().to_string(), found, given: world.to_owned() });
    }
    Ok(())
}

/// The value of a key, set to `first` if there is none.
fn own_value(connection: &Connection, key: &str, first: &str) -> Result<String, rusqlite::Error> {
    connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?1, ?2)", (key, first))?;
    let value = connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?;
    Ok(value.unwrap_or_default())
}
