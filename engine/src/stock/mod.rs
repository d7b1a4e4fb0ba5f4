//! The ledger of available-to-promise stock: decide, emit events, apply.
