//! Golden cases of sourcing rules.
