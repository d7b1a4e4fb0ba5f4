//! File formats of the offline commands: text in, validated kernel problems out, and plans back to text.
//!
//! Parsers take `&str` and a file name for messages, never open files themselves, and report every fault they find.

pub mod assign;
pub mod ledger;
pub mod pack;
pub mod pick;
pub mod roads;
pub mod route;
