//! Planner: which shipments are released together, to which pick lists?
