//! Working days, holidays, local hours and cut-offs.
