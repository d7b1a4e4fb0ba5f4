//! Linear and mixed-integer programs: `min c x` subject to rows `a x (<=, =, >=) b` and bounds on `x`, with duals.
//!
//! A small face over `good_lp`, so that no other module depends on a solver: interior points (Clarabel, Goulart and Chen
//! 2024) where duals are wanted, branch and bound (microlp) where some variables are whole. Deterministic: one thread, no
//! time limit. Must not know what the numbers mean.

use good_lp::solvers::clarabel::clarabel;
use good_lp::solvers::microlp::microlp;
use good_lp::{
    Constraint, DualValues, Expression, ProblemVariables, ResolutionError, Solution as _, SolutionWithDual as _,
    SolverModel, Variable, constraint, variable,
};

/// A variable of a [`Model`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(usize);

/// A row of a [`Model`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row(usize);

/// How a row's left side compares with its right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// At most.
    AtMost,
    /// Equal.
    Equal,
    /// At least.
    AtLeast,
}

/// Why there is no solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsolved {
    /// No point satisfies all rows and bounds.
    Infeasible,
    /// The objective falls without end.
    Unbounded,
    /// The solver gave up; its words.
    Failed(String),
}

/// A solution.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// By column.
    pub values: Vec<f64>,
    /// By row: how much the objective changes per unit of the right side. At most 0 for `AtMost` rows of a minimisation.
    /// Empty for mixed-integer programs.
    pub duals: Vec<f64>,
    /// Objective value.
    pub objective: f64,
}

#[derive(Clone, Debug)]
struct Definition {
    low: f64,
    high: f64,
    cost: f64,
    whole: bool,
}

/// `terms sense right`.
#[derive(Clone, Debug)]
struct Comparison {
    terms: Vec<(Column, f64)>,
    sense: Sense,
    right: f64,
}

/// A minimisation.
#[derive(Clone, Debug, Default)]
pub struct Model {
    columns: Vec<Definition>,
    rows: Vec<Comparison>,
}

impl Model {
    /// An empty model.
    pub fn new() -> Self {
        Self::default()
    }

    /// A variable in `low..=high` (infinities allowed) with this cost.
    pub fn column(&mut self, low: f64, high: f64, cost: f64) -> Column {
        self.columns.push(Definition { low, high, cost, whole: false });
        Column(self.columns.len() - 1)
    }

    /// A whole variable in `low..=high` with this cost.
    pub fn whole(&mut self, low: i32, high: i32, cost: f64) -> Column {
        self.columns.push(Definition { low: low.into(), high: high.into(), cost, whole: true });
        Column(self.columns.len() - 1)
    }

    /// A row over `terms`; a column may occur several times.
    pub fn row(&mut self, terms: &[(Column, f64)], sense: Sense, right: f64) -> Row {
        self.rows.push(Comparison { terms: terms.to_vec(), sense, right });
        Row(self.rows.len() - 1)
    }

    /// Solves with whole variables relaxed; gives duals.
    pub fn solve_relaxed(&self) -> Result<Solution, Unsolved> {
        let (variables, names, objective) = self.variables(Wholeness::Relaxed);
        let mut problem = variables.minimise(objective).using(clarabel);
        let rows: Vec<_> = self.constraints(&names).map(|row| problem.add_constraint(row)).collect();
        let mut solution = problem.solve().map_err(reason)?;
        let values: Vec<f64> = names.iter().map(|&name| solution.value(name)).collect();
        let dual = solution.compute_dual();
        let duals = rows.into_iter().map(|row| dual.dual(row)).collect();
        Ok(Solution { objective: self.objective(&values), values, duals })
    }

    /// Solves with whole variables whole, to optimality; no duals. For small models.
    pub fn solve_whole(&self) -> Result<Solution, Unsolved> {
        let (variables, names, objective) = self.variables(Wholeness::Kept);
        let mut problem = variables.minimise(objective).using(microlp);
        for row in self.constraints(&names) {
            problem.add_constraint(row);
        }
        let solution = problem.solve().map_err(reason)?;
        let values: Vec<f64> = names.iter().map(|&name| solution.value(name)).collect();
        Ok(Solution { objective: self.objective(&values), values, duals: Vec::new() })
    }

    fn variables(&self, wholeness: Wholeness) -> (ProblemVariables, Vec<Variable>, Expression) {
        let mut variables = ProblemVariables::new();
        let names: Vec<Variable> = self
            .columns
            .iter()
            .map(|column| {
                let definition = variable().min(column.low).max(column.high);
                let whole = column.whole && matches!(wholeness, Wholeness::Kept);
                variables.add(if whole { definition.integer() } else { definition })
            })
            .collect();
        let objective = names.iter().zip(&self.columns).map(|(&name, column)| column.cost * name).sum();
        (variables, names, objective)
    }

    fn constraints<'a>(&'a self, names: &'a [Variable]) -> impl Iterator<Item = Constraint> + 'a {
        self.rows.iter().map(|Comparison { terms, sense, right }| {
            let left: Expression = terms.iter().map(|&(column, factor)| factor * names[column.0]).sum();
            match sense {
                Sense::AtMost => constraint::leq(left, *right),
                Sense::Equal => constraint::eq(left, *right),
                Sense::AtLeast => constraint::geq(left, *right),
            }
        })
    }

    fn objective(&self, values: &[f64]) -> f64 {
        self.columns.iter().zip(values).map(|(column, value)| column.cost * value).sum()
    }
}

#[derive(Clone, Copy)]
enum Wholeness {
    Kept,
    Relaxed,
}

fn reason(error: ResolutionError) -> Unsolved {
    match error {
        ResolutionError::Infeasible => Unsolved::Infeasible,
        ResolutionError::Unbounded => Unsolved::Unbounded,
        other => Unsolved::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// min -3x - 2y, x + y <= 4, x <= 3: x = 3, y = 1, -11. One more unit of the first row saves 2, of the second 1.
    #[test]
    fn duals_are_changes_of_the_objective_per_unit_of_the_right_side() {
        let mut model = Model::new();
        let x = model.column(0.0, f64::INFINITY, -3.0);
        let y = model.column(0.0, f64::INFINITY, -2.0);
        model.row(&[(x, 1.0), (y, 1.0)], Sense::AtMost, 4.0);
        model.row(&[(x, 1.0)], Sense::AtMost, 3.0);
        let solution = model.solve_relaxed().unwrap();
        assert!((solution.objective + 11.0).abs() < 1e-5);
        assert!((solution.duals[0] + 2.0).abs() < 1e-5 && (solution.duals[1] + 1.0).abs() < 1e-5, "{solution:?}");
    }

    /// Knapsack 5x + 4y + 3z >= 6 at costs 5, 4, 3: fractions cost 6, whole items 7.
    #[test]
    fn whole_variables_stay_whole() {
        let mut model = Model::new();
        let items: Vec<(Column, f64)> = [5.0, 4.0, 3.0].map(|c| (model.whole(0, 1, c), c)).to_vec();
        model.row(&items, Sense::AtLeast, 6.0);
        assert!((model.solve_relaxed().unwrap().objective - 6.0).abs() < 1e-5);
        assert!((model.solve_whole().unwrap().objective - 7.0).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_is_infeasible() {
        let mut model = Model::new();
        let x = model.column(0.0, 1.0, 1.0);
        model.row(&[(x, 1.0)], Sense::AtLeast, 2.0);
        assert_eq!(model.solve_whole(), Err(Unsolved::Infeasible));
        assert_eq!(model.solve_relaxed(), Err(Unsolved::Infeasible));
    }
}
