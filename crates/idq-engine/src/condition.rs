/// What a record must satisfy: a boolean tree.
///
/// Today's grammar only ever says *and*; the tree is what another language, or another engine, would lower to or from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// All of these; with none, every record.
    And(Vec<Condition>),
    /// Any of these; with none, no record.
    Or(Vec<Condition>),
    /// The records that do not satisfy this.
    Not(Box<Condition>),
    /// A question about one field.
    Leaf(Leaf),
}

/// A question about one field, which is named by its position in the API's table.
///
/// A record whose field is null or missing satisfies none of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Leaf {
    /// The text is one of these, byte for byte.
    Exact {
        /// The field.
        field: usize,
        /// The texts.
        values: Vec<String>,
    },
    /// The folded text contains one of these, folded.
    Partial {
        /// The field.
        field: usize,
        /// The texts.
        needles: Vec<String>,
    },
    /// Some key or scalar value of the document contains one of these, folded.
    Search {
        /// The field.
        field: usize,
        /// The texts.
        needles: Vec<String>,
    },
    /// The instant lies between these, both included: microseconds since the Unix epoch, UTC.
    Between {
        /// The field.
        field: usize,
        /// The earliest.
        start: i64,
        /// The latest.
        end: i64,
    },
    /// The field has a value.
    Present {
        /// The field.
        field: usize,
    },
}

impl Leaf {
    /// The field that the question is about.
    pub fn field(&self) -> usize {
        match self {
            Self::Exact { field, .. }
            | Self::Partial { field, .. }
            | Self::Search { field, .. }
            | Self::Between { field, .. }
            | Self::Present { field } => *field,
        }
    }
}

impl Condition {
    /// Every record.
    pub const EVERYTHING: Self = Self::And(Vec::new());

    /// The records that do not satisfy this.
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Adds the fields of all leaves.
    pub(crate) fn fields(&self, fields: &mut Vec<usize>) {
        match self {
            Self::And(conditions) | Self::Or(conditions) => {
                conditions
                    .iter()
                    .for_each(|condition| condition.fields(fields));
            }
            Self::Not(condition) => condition.fields(fields),
            Self::Leaf(leaf) => fields.push(leaf.field()),
        }
    }
}

impl From<Leaf> for Condition {
    fn from(leaf: Leaf) -> Self {
        Self::Leaf(leaf)
    }
}
