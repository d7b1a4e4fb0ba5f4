//! Planner: how goods come back and what becomes of them.
