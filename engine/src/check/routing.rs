//! Verifier of routing plans.
