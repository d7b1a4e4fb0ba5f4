//! Who is calling, and what they may touch.
//!
//! An API key is 32 random bytes, shown once as `tw_<base64url>`. The service keeps its BLAKE3 hash only: the key itself has
//! 256 bits of entropy, so that a slow password hash would cost time and add nothing. A key has a role and is bound to one
//! merchant, warehouse or carrier, or to none (planner, admin). What is another's looks as if it did not exist.

pub mod actor;
pub mod key;
pub mod ring;
pub mod seal;
pub mod secrets;

pub use actor::{Actor, Binding, Role};
pub use key::{KeyHash, KeyText};
pub use ring::{KeyEntry, KeyRing, Keys};
pub use seal::{Seal, Ticket, cart_digest};
pub use secrets::Secrets;
