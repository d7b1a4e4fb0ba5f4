//! Properties of the solver.
