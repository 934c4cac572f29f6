//! Conditions over the records of both sides: `left.state eq "active" and right.status eq "Disabled"`.

use idq::columns::RowSet;
use idq::{
    AttributePath, BindOptions, Clock, Comparison, Conformance, DeletedRecords, Engine, Expression,
    Literal, Operand, Operator, Query, RowId, Snapshot, quote,
};

use crate::error::Error;

/// The maximum number of tests, each of which is a bit.
const MAX_TESTS: usize = 64;

/// One of the two sides of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchSide {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

impl MatchSide {
    /// Both sides.
    pub const ALL: [Self; 2] = [Self::Left, Self::Right];

    /// Returns `left` or `right`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    /// Returns the other side.
    fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// Splits a path into its side and the path in the records of that side; `None` for one that names no side.
    pub fn split(path: &AttributePath) -> Option<(Self, AttributePath)> {
        let (first, rest) = path.keys.split_first()?;
        let side = Self::ALL.into_iter().find(|side| side.name() == first)?;
        (!rest.is_empty()).then(|| (side, AttributePath::new(rest.iter().cloned())))
    }

    /// Splits the name of a value, `left.status`, into its side and its name there.
    ///
    /// # Errors
    /// A name of no side.
    pub fn split_name(name: &str) -> Result<(Self, String), ConditionError> {
        Self::split(&name.into())
            .map(|(side, path)| (side, path.to_string()))
            .ok_or_else(|| ConditionError::NoSide(name.to_owned()))
    }
}

/// A condition over pairs of records, in the grammar of expressions; each attribute starts with `left.` or `right.`.
///
/// A record that is not there has no values, as in the language of expressions: comparisons with it do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairCondition {
    tree: Node,
    tests: Vec<Test>,
}

/// A part of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// The number of a test.
    Test(usize),
}

/// A test of an attribute of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Test {
    side: MatchSide,
    /// The test in the records of that side.
    expression: Expression,
}

/// The reason why a text is no condition over both sides.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// The text is no expression.
    #[error("{0}")]
    Syntax(String),
    /// An attribute of no side.
    #[error("expected left.NAME or right.NAME, found {}", quote(.0))]
    NoSide(String),
    /// A comparison of attributes of both sides.
    #[error("{} compares the two sides with each other: a comparison is of one side", quote(.0))]
    BothSides(String),
    /// Too many tests.
    #[error("expected at most {MAX_TESTS} tests, found {0}")]
    TooManyTests(usize),
}

impl PairCondition {
    /// Parses conditions that must all hold.
    ///
    /// # Errors
    /// A text that is no expression, an attribute of no side, a comparison of both sides.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, ConditionError> {
        let mut tests = Vec::new();
        let mut nodes = Vec::with_capacity(texts.len());
        for text in texts {
            let expression = Expression::parse(text.as_ref())
                .map_err(|errors| ConditionError::Syntax(errors.to_string()))?;
            nodes.push(node(expression, &mut tests)?);
        }
        if tests.len() > MAX_TESTS {
            return Err(ConditionError::TooManyTests(tests.len()));
        }
        Ok(Self {
            tree: Node::And(nodes),
            tests,
        })
    }

    /// Returns the tests of a side as queries.
    pub fn queries(&self, side: MatchSide) -> impl Iterator<Item = Query> {
        let tests = self.tests.iter().filter(move |test| test.side == side);
        tests.map(|test| Query::new().and_where(test.expression.clone()))
    }

    /// Returns the options by which the tests are bound.
    pub fn bind_options(clock: Clock) -> BindOptions {
        BindOptions {
            deleted: DeletedRecords::Included,
            ..BindOptions::new(Conformance::Strict, clock)
        }
    }

    /// Evaluates the tests for all records of both sides.
    ///
    /// # Errors
    /// A test that does not suit the API of its side, a column that was not loaded.
    pub fn evaluate(
        &self,
        left: &Engine,
        right: &Engine,
        clock: Clock,
    ) -> Result<EvaluatedCondition, Error> {
        let options = Self::bind_options(clock);
        let mut rows = Vec::with_capacity(self.tests.len());
        for test in &self.tests {
            let engine = match test.side {
                MatchSide::Left => left,
                MatchSide::Right => right,
            };
            let query = Query::new().and_where(test.expression.clone());
            rows.push(engine.matches_with(&query, &options)?.row_sets()?);
        }
        Ok(EvaluatedCondition {
            condition: self.clone(),
            rows,
        })
    }

    /// Returns whether the condition holds, by the results of all tests as bits.
    fn holds(&self, results: u64) -> bool {
        self.tree.holds(results)
    }
}

impl Node {
    fn holds(&self, results: u64) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().all(|node| node.holds(results)),
            Self::Or(nodes) => nodes.iter().any(|node| node.holds(results)),
            Self::Not(node) => !node.holds(results),
            &Self::Test(number) => results >> number & 1 == 1,
        }
    }
}

/// The rows that satisfy each test of a condition.
#[derive(Debug)]
pub struct EvaluatedCondition {
    condition: PairCondition,
    /// For each test, the rows of its side as a set for each chunk.
    rows: Vec<Vec<RowSet>>,
}

impl EvaluatedCondition {
    /// Returns whether the condition holds for some pair of the left and the right rows of two snapshots; the records of a
    /// side without rows have no values.
    pub fn holds_for_some(
        &self,
        snapshots: [&Snapshot; 2],
        left: &[RowId],
        right: &[RowId],
    ) -> bool {
        let [left, right] = [(MatchSide::Left, left), (MatchSide::Right, right)]
            .map(|(side, rows)| self.distinct_results(side, snapshots[side as usize], rows));
        left.iter().any(|&left| self.holds_with_some(left, &right))
    }

    /// Returns the rows of a side for which the condition holds together with some of the `others`, the rows of the other
    /// side; a side without rows has no values. The time is that of both numbers of rows, not of their product.
    pub fn rows_that_hold(
        &self,
        snapshots: [&Snapshot; 2],
        side: MatchSide,
        rows: &[RowId],
        others: &[RowId],
    ) -> Vec<RowId> {
        let other = side.other();
        let others = self.distinct_results(other, snapshots[other as usize], others);
        let snapshot = snapshots[side as usize];
        let holds = |row: &RowId| {
            let results = self.results(side, Some(snapshot.locate(*row)));
            self.holds_with_some(results, &others)
        };
        rows.iter().copied().filter(holds).collect()
    }

    /// Returns whether the condition holds for the results of one side with some of the other one.
    fn holds_with_some(&self, results: u64, others: &[u64]) -> bool {
        let mut others = others.iter();
        others.any(|others| self.condition.holds(results | others))
    }

    /// Returns the different results of the tests of a side for some rows.
    fn distinct_results(&self, side: MatchSide, snapshot: &Snapshot, rows: &[RowId]) -> Vec<u64> {
        let rows = rows.iter().map(|&row| Some(snapshot.locate(row)));
        let absent = (rows.len() == 0).then_some(None);
        let mut results: Vec<u64> = rows
            .chain(absent)
            .map(|row| self.results(side, row))
            .collect();
        results.sort_unstable();
        results.dedup();
        results
    }

    /// Returns the results of the tests of a side for a row, or for a record that is not there, as bits.
    fn results(&self, side: MatchSide, row: Option<(usize, usize)>) -> u64 {
        let tests = self.condition.tests.iter().zip(&self.rows).enumerate();
        let tests = tests.filter(|(_, (test, _))| test.side == side);
        tests.fold(0, |results, (number, (test, rows))| {
            let holds = match row {
                Some((chunk, row)) => rows[chunk].value(row),
                None => holds_without_values(&test.expression),
            };
            results | u64::from(holds) << number
        })
    }
}

/// Splits an expression into tests of one side.
fn node(expression: Expression, tests: &mut Vec<Test>) -> Result<Node, ConditionError> {
    let mut nodes = |operands: Vec<Expression>| -> Result<Vec<Node>, ConditionError> {
        operands
            .into_iter()
            .map(|operand| node(operand, tests))
            .collect()
    };
    Ok(match expression {
        Expression::And(operands) => Node::And(nodes(operands)?),
        Expression::Or(operands) => Node::Or(nodes(operands)?),
        Expression::Not(operand) => Node::Not(Box::new(node(*operand, tests)?)),
        Expression::Comparison(comparison) => {
            let text = Expression::Comparison(comparison.clone()).to_text();
            let (side, path) = side_of(&comparison.path)?;
            let operand = match comparison.operand {
                Operand::Path(right) => {
                    let (right_side, right) = side_of(&right)?;
                    if right_side != side {
                        return Err(ConditionError::BothSides(text.unwrap_or_default()));
                    }
                    Operand::Path(right)
                }
                operand => operand,
            };
            let comparison = Comparison {
                path,
                operand,
                ..comparison
            };
            add_test(side, Expression::Comparison(comparison), tests)
        }
        Expression::ValuePath(value_path) => {
            let (side, path) = side_of(&value_path.path)?;
            add_test(side, Expression::some(path, *value_path.condition), tests)
        }
        // The grammar of expressions has no filters.
        Expression::Filter(filter) => return Err(ConditionError::NoSide(filter.name.value)),
    })
}

fn add_test(side: MatchSide, expression: Expression, tests: &mut Vec<Test>) -> Node {
    tests.push(Test { side, expression });
    Node::Test(tests.len() - 1)
}

fn side_of(path: &AttributePath) -> Result<(MatchSide, AttributePath), ConditionError> {
    MatchSide::split(path).ok_or_else(|| ConditionError::NoSide(path.to_string()))
}

/// Returns whether a test holds for a record in which no attribute has a value.
fn holds_without_values(expression: &Expression) -> bool {
    let Expression::Comparison(comparison) = expression else {
        return false;
    };
    let is_null =
        matches!(&comparison.operand, Operand::Literal(literal) if literal.value == Literal::Null);
    match comparison.operator {
        Operator::Equal => is_null,
        Operator::NotEqual => !is_null,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_that_is_not_there_has_no_values() {
        for (text, expected) in [
            (r#"right.a eq "x""#, false),
            (r#"right.a ne "x""#, true),
            ("right.a eq null", true),
            ("right.a ne null", false),
            ("right.a pr", false),
            ("not (right.a pr)", true),
            (r#"right.a in ["x"]"#, false),
            ("right.a lt 5", false),
            ("right.a ne right.b", true),
            (r#"right.a[b ne "x"]"#, false),
        ] {
            let condition = PairCondition::parse(&[text]).unwrap();
            let condition = EvaluatedCondition {
                rows: vec![Vec::new(); condition.tests.len()],
                condition,
            };
            let results = condition.results(MatchSide::Right, None);
            let holds = condition.condition.holds(results);
            assert_eq!(holds, expected, "{text}");
        }
    }

    #[test]
    fn attributes_of_no_side_and_of_both_are_errors() {
        for (text, expected) in [
            (
                "state pr",
                "expected left.NAME or right.NAME, found `state`",
            ),
            ("left pr", "expected left.NAME or right.NAME, found `left`"),
            (
                "left.a eq right.b",
                "`left.a eq right.b` compares the two sides with each other: a comparison is of one side",
            ),
        ] {
            let error = PairCondition::parse(&[text]).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
