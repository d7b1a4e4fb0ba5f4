//! Shared fixtures of the criterion benches in `benches/benches`.
