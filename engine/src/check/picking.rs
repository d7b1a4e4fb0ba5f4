//! Verifier of picking plans.
