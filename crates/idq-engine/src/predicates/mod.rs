//! Bound to compiled: one file for each kind of question.

mod between;
mod dictionary;
mod exact;
mod partial;
mod present;
mod search;

use idq_columns::{Column, RowSet};
use idq_snapshot::{ChunkColumns, ColumnError, ColumnView, Snapshot};

use crate::answer::Answer;
use crate::condition::{Condition, Leaf};

/// The most that a chunk may cost which is answered from what is known already.
const QUICK: u32 = 4;

/// The least cost at which it pays to see first whether any row is left.
const DEAR: u32 = 16;

/// A condition, compiled: everything that does not depend on the row is worked out.
#[derive(Debug)]
pub struct Predicate<'s> {
    node: Node,
    columns: ColumnView<'s>,
}

#[derive(Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Leaf { field: usize, question: Question },
}

#[derive(Debug)]
enum Question {
    Exact(exact::Exact),
    Partial(partial::Partial),
    Search(search::Search),
    Between(between::Between),
    Present,
}

impl<'s> Predicate<'s> {
    /// Compiles a condition for a snapshot.
    ///
    /// # Errors
    /// A field that is asked about has not been loaded, or a packed snapshot is damaged.
    pub fn compile(condition: &Condition, snapshot: &'s Snapshot) -> Result<Self, ColumnError> {
        let mut fields = Vec::new();
        condition.fields(&mut fields);
        Ok(Self {
            node: Node::compile(condition),
            columns: snapshot.columns(&fields)?,
        })
    }

    /// Returns the visible rows of a chunk that satisfy the condition.
    pub fn rows(&self, chunk: usize) -> RowSet {
        let rows = self.columns.chunk(chunk).rows();
        self.answer(chunk).into_rows(rows)
    }

    pub(crate) fn answer(&self, chunk: usize) -> Answer {
        let columns = self.columns.chunk(chunk);
        let visible = columns
            .visible_rows()
            .cloned()
            .map_or(Answer::Everything, Answer::Rows);
        self.node.narrow(columns, visible)
    }

    /// Whether a chunk is answered from what is known of it already, so that other threads are not worth waking.
    pub(crate) fn is_quick(&self) -> bool {
        self.node.cost() <= QUICK
    }
}

impl Node {
    fn compile(condition: &Condition) -> Self {
        match condition {
            Condition::And(conditions) => {
                let mut nodes: Vec<Self> = conditions.iter().map(Self::compile).collect();
                // What is cheap goes first: it may leave nothing to do for the rest.
                nodes.sort_by_key(Self::cost);
                Self::And(nodes)
            }
            Condition::Or(conditions) => Self::Or(conditions.iter().map(Self::compile).collect()),
            Condition::Not(condition) => Self::Not(Box::new(Self::compile(condition))),
            Condition::Leaf(leaf) => Self::Leaf {
                field: leaf.field(),
                question: match leaf {
                    Leaf::Exact { values, .. } => Question::Exact(exact::Exact::new(values)),
                    Leaf::Partial { needles, .. } => {
                        Question::Partial(partial::Partial::new(needles))
                    }
                    Leaf::Search { needles, .. } => Question::Search(search::Search::new(needles)),
                    Leaf::Between { start, end, .. } => {
                        Question::Between(between::Between::new(*start, *end))
                    }
                    Leaf::Present { .. } => Question::Present,
                },
            },
        }
    }

    /// A rank of how much work a row is.
    fn cost(&self) -> u32 {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().map(Self::cost).sum(),
            Self::Not(node) => node.cost(),
            Self::Leaf { question, .. } => match question {
                Question::Present => 1,
                Question::Between(_) => 5,
                Question::Exact(_) => 6,
                Question::Partial(_) => 16,
                Question::Search(_) => 64,
            },
        }
    }

    /// Those of the rows that satisfy the condition.
    fn narrow(&self, chunk: ChunkColumns<'_>, rows: Answer) -> Answer {
        match self {
            Self::And(nodes) => nodes.iter().fold(rows, |rows, node| match rows {
                Answer::Nothing => Answer::Nothing,
                Answer::Rows(rows) if node.cost() >= DEAR && rows.count_set_bits() == 0 => {
                    Answer::Nothing
                }
                rows => node.narrow(chunk, rows),
            }),
            Self::Or(nodes) => nodes.iter().fold(Answer::Nothing, |found, node| {
                found.or(node.narrow(chunk, rows.clone()))
            }),
            Self::Not(node) => {
                let others = node.narrow(chunk, Answer::Everything).negated();
                rows.and(others)
            }
            Self::Leaf { field, question } => rows.and(question.ask(chunk.column(*field))),
        }
    }
}

impl Question {
    fn ask(&self, column: &Column) -> Answer {
        match self {
            Self::Exact(exact) => Answer::Rows(exact.ask(column)),
            Self::Partial(partial) => Answer::Rows(partial.ask(column)),
            Self::Search(search) => Answer::Rows(search.ask(column)),
            Self::Between(between) => between.ask(column),
            Self::Present => present::ask(column),
        }
    }
}

/// No row: what a question has to say of a column whose kind it is not made for, which no API's table allows.
fn none(column: &Column) -> RowSet {
    RowSet::new_unset(column.validity().rows())
}
