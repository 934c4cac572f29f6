//! [`CompiledCondition`]: a condition prepared for evaluation on the chunks of a snapshot.

use idq_columns::RowSet;
use idq_snapshot::{ChunkColumns, ColumnError, ColumnView, Snapshot};

use crate::condition::Condition;
use crate::predicates::Evaluate;
use crate::selection::Selection;

/// Greatest cost of a condition that is evaluated on the calling thread. Such a condition reads validity bitmaps only,
/// so waking other threads takes longer than the evaluation.
const INLINE_COST: u32 = 4;

/// Least cost of an operand before whose evaluation the remaining rows are counted. Counting a bitmap is cheap compared
/// with a scan of texts, which is skipped if no row is left.
const EMPTY_CHECK_COST: u32 = 16;

/// A condition whose predicates are compiled, and whose conjunctions are ordered by cost.
#[derive(Debug)]
pub struct CompiledCondition<'s> {
    /// Root of the compiled tree.
    node: CompiledNode,
    /// Columns of all fields of the condition.
    columns: ColumnView<'s>,
}

/// Node of a compiled tree, which is evaluated chunk by chunk.
#[derive(Debug)]
enum CompiledNode {
    /// Rows that satisfy all operands, in the order of their costs.
    And(Vec<CompiledNode>),
    /// Rows that satisfy an operand.
    Or(Vec<CompiledNode>),
    /// Rows that do not satisfy the operand.
    Not(Box<CompiledNode>),
    /// Rows that satisfy a predicate.
    Predicate {
        /// Relative cost, as the predicate states it.
        cost: u32,
        /// Predicate, with everything that does not depend on the row.
        predicate: Box<dyn Evaluate>,
    },
}

impl<'s> CompiledCondition<'s> {
    /// Compiles a condition for a snapshot.
    ///
    /// # Errors
    /// A field of the condition has not been loaded, or a snapshot file is damaged.
    pub fn new(condition: &Condition, snapshot: &'s Snapshot) -> Result<Self, ColumnError> {
        Ok(Self {
            node: CompiledNode::compile(condition),
            columns: snapshot.columns_with(&condition.parts())?,
        })
    }

    /// Returns the visible rows of a chunk that satisfy the condition.
    pub fn rows(&self, chunk: usize) -> RowSet {
        let rows = self.columns.chunk(chunk).rows();
        self.evaluate(chunk).into_rows(rows)
    }

    /// Returns the selection of the visible rows that satisfy the condition.
    pub(crate) fn evaluate(&self, chunk: usize) -> Selection {
        let columns = self.columns.chunk(chunk);
        let visible = columns
            .visible_rows()
            .cloned()
            .map_or(Selection::All, Selection::Some);
        self.node.filter(columns, visible)
    }

    /// Returns whether evaluation on the calling thread is faster than on several.
    pub(crate) fn is_inline(&self) -> bool {
        self.node.cost() <= INLINE_COST
    }
}

impl CompiledNode {
    /// Compiles a condition and its operands.
    fn compile(condition: &Condition) -> Self {
        match condition {
            Condition::And(operands) => {
                let mut nodes: Vec<Self> = operands.iter().map(Self::compile).collect();
                // Cheap operands first: they may leave no rows for the others.
                nodes.sort_by_key(Self::cost);
                Self::And(nodes)
            }
            Condition::Or(operands) => Self::Or(operands.iter().map(Self::compile).collect()),
            Condition::Not(operand) => Self::Not(Box::new(Self::compile(operand))),
            Condition::Predicate(predicate) => Self::Predicate {
                cost: predicate.cost(),
                predicate: predicate.compile(),
            },
        }
    }

    /// Returns the rank of the work per row.
    fn cost(&self) -> u32 {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().map(Self::cost).sum(),
            Self::Not(node) => node.cost(),
            Self::Predicate { cost, .. } => *cost,
        }
    }

    /// Returns those of the rows that satisfy the condition.
    fn filter(&self, chunk: ChunkColumns<'_>, rows: Selection) -> Selection {
        match self {
            Self::And(nodes) => nodes.iter().fold(rows, |rows, node| match rows {
                Selection::None => Selection::None,
                Selection::Some(rows)
                    if node.cost() >= EMPTY_CHECK_COST && rows.count_set_bits() == 0 =>
                {
                    Selection::None
                }
                rows => node.filter(chunk, rows),
            }),
            Self::Or(nodes) => nodes.iter().fold(Selection::None, |selected, node| {
                selected.or(node.filter(chunk, rows.clone()))
            }),
            Self::Not(node) => {
                let others = node.filter(chunk, Selection::All).negated();
                rows.and(others)
            }
            Self::Predicate { predicate, .. } => rows.and(predicate.evaluate(chunk)),
        }
    }
}
