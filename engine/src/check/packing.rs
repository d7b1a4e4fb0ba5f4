//! Verifier of packing plans.
