//! Who watches a search: progress bars, traces, tests.

/// Where a search stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The solver's current part, as a user may read it ("construct", "improve").
    pub phase: &'static str,
    /// Iterations made so far.
    pub iterations: u64,
    /// Fraction of the budget spent, 0 to 1.
    pub fraction: f64,
    /// Cost of the best plan so far, in the problem's unit; infinite while there is none.
    pub cost: f64,
    /// Proven lower bound on any plan's cost, where the solver computes one.
    pub lower_bound: Option<f64>,
}

/// Told of progress. It may look, never steer: a plan must not depend on who watches.
pub trait Observer {
    /// Called when the best plan improved and now and then in between.
    fn progress(&mut self, progress: &Progress);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) {}
}

impl<F: FnMut(&Progress)> Observer for F {
    fn progress(&mut self, progress: &Progress) {
        self(progress);
    }
}
