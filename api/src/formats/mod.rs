//! Formats of others, for the offline commands and `POST /vroom`: text in, validated kernel problems out, and plans back to text.
//!
//! Parsers take `&str` and a file name for messages, never open files themselves, and report every fault they find.

pub mod assign;
pub mod blocking;
pub mod ledger;
pub mod pack;
pub mod pick;
pub mod roads;
pub mod route;
pub mod sheets;
pub mod shopify;
pub mod vroom;
