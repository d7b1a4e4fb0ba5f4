//! Verifier of assign plans.
