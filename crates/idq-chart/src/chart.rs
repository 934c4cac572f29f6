//! [`Chart`]: the description of a picture.

/// The description of a bar chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The title: the keys of the count.
    pub title: String,
    /// The conditions of the count; empty if there are none.
    pub conditions: String,
    /// The number of counted records, and of records that are not counted.
    pub population: String,
    /// The direction of the bars.
    pub direction: Direction,
    /// The labels of the parts of each bar; empty for bars of one part, which need no legend.
    pub series: Vec<Label>,
    /// The bars, in their order.
    pub bars: Vec<Bar>,
    /// The number of records that percentages refer to.
    pub total: u64,
    /// Sentences below the bars, such as one on groups without a bar.
    pub notes: Vec<String>,
}

/// The direction of the bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Bars from left to right, one below the other: for values without an order of their own.
    Horizontal,
    /// Columns from left to right with an axis of numbers: for dates.
    Vertical,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The label beside or below the bar.
    pub label: Label,
    /// The count of each series; one count for a chart without series. Absent counts are 0.
    pub counts: Vec<u64>,
}

/// The label of a bar or of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text. That of [`LabelKind::Other`] and [`LabelKind::Gap`] is ignored, because their numbers can grow.
    pub text: String,
    /// The kind of the label, which decides the colour.
    pub kind: LabelKind,
}

/// The kind of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelKind {
    /// A value.
    Value,
    /// Records with null.
    Null,
    /// Records without the field.
    Missing,
    /// Records with an empty value.
    Empty,
    /// A number of values that share a bar.
    Other {
        /// The number of values.
        values: u64,
    },
    /// A number of consecutive dates without records, which share the mark of a gap.
    Gap {
        /// The number of dates.
        values: u64,
    },
}

impl Label {
    /// Returns the label of a value.
    pub fn value(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind: LabelKind::Value,
        }
    }

    /// Returns the label of values that share a bar.
    pub fn other(values: u64) -> Self {
        Self {
            text: String::new(),
            kind: LabelKind::Other { values },
        }
    }
}
