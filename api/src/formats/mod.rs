//! Formats of others, for the offline commands and `POST /vroom`: text in, validated kernel problems out, and plans back to text.
//!
//! Parsers take `&str` and a file name for messages, never open files themselves, and report every fault they find.

pub mod assign;
pub mod blocking;
pub mod checkout;
pub mod easypost;
pub mod karrio;
pub mod ledger;
pub mod pack;
pub mod pick;
pub mod rate;
pub mod roads;
pub mod route;
pub mod saleor;
pub mod sheets;
pub mod shopify;
pub mod vroom;

use engine::fault::Fault;
use serde::de::DeserializeOwned;

/// The rows of a CSV file with their lines; a fault a row that cannot be read.
pub fn rows<T: DeserializeOwned>(name: &str, text: &str, faults: &mut Vec<Fault>) -> Vec<(u64, T)> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut found = Vec::new();
    let mut rows = reader.deserialize::<T>();
    loop {
        let line = rows.reader().position().line();
        match rows.next() {
            None => return found,
            Some(Ok(row)) => found.push((line, row)),
            Some(Err(error)) => {
                faults.push(Fault::new(format!("{name}:{line}"), "", "", format!("cannot be read: {error}")));
            }
        }
    }
}
