//! Planner: which shipping options can a shop offer for this cart?
