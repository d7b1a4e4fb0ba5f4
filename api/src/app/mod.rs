//! Use cases: what callers may ask of the service, without HTTP and without SQL.

pub mod error;

pub use error::{AppError, ShortLine};
