//! [`Hint`]: one note on an answer, and its text.

use std::fmt;

use idq_grammar::quote;

/// A note on an answer that may not be the expected one. Displays as a line for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// A date filter concerns deleted records, which the request excludes.
    DeletedExcluded {
        /// Name of the filter.
        filter: String,
    },
    /// The page is past the last one.
    PageBeyondLast {
        /// Number of the page.
        page: u64,
        /// Number of the last page.
        last: u64,
    },
    /// Records have a text that differs from a compared one by case alone.
    OtherCase {
        /// Filter or attribute that compares with case.
        subject: HintSubject,
        /// Number of these records.
        records: usize,
        /// Their texts.
        spellings: ValueList,
        /// Name of a filter of the same field that ignores case.
        search: Option<String>,
    },
    /// No record has a value that a test compares with exactly.
    AbsentValue {
        /// Filter or attribute with the test.
        subject: HintSubject,
        /// The value.
        value: String,
        /// Advice.
        advice: Advice,
    },
    /// A value with a comma was taken literally, as one value.
    LiteralComma {
        /// Name of the filter.
        filter: String,
        /// The value.
        value: String,
    },
    /// No record has the path of an expression or of a key in its document.
    AbsentPath {
        /// Dotted path.
        path: String,
        /// The nearest path that some record has.
        nearest: Option<String>,
    },
    /// Records have an object at the path of a key of a count, which counts as one value.
    ObjectCounted {
        /// Dotted path.
        path: String,
        /// The path of a member of such an object.
        member: String,
    },
    /// No record has the path, but a key with dots is spelled like a part of it.
    DottedKey {
        /// Dotted path.
        path: String,
        /// The path with the key in quotes.
        quoted: String,
    },
    /// An expression tests the time of deletion, while deleted records are excluded by default.
    DeletedTested {
        /// Name of the field.
        field: String,
        /// Name of the filter on deleted records.
        filter: String,
    },
    /// A date filter of the API selects records whose date means never.
    NeverSelected {
        /// Name of the filter.
        filter: String,
        /// Number of these records.
        records: u64,
        /// Name of the field.
        field: String,
    },
    /// More hints were found than are listed.
    More(usize),
}

/// Part of a request that a hint concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HintSubject {
    /// A filter of the API, by its name.
    Filter(String),
    /// An attribute that an expression tests, by its dotted name.
    Attribute(String),
}

impl fmt::Display for HintSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(name) => write!(f, "filter[{name}]"),
            Self::Attribute(name) => f.write_str(name),
        }
    }
}

/// Advice on a value that no record has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// The value of a filter reads like a list whose commas were taken literally.
    Separate,
    /// The value of an expression reads like a list.
    SeparateInList,
    /// Values that records have.
    Others(ValueList),
    /// The field has more distinct values than are compared.
    TooMany {
        /// Number of compared values.
        compared: usize,
    },
}

/// Values, and the number of those that are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueList {
    /// Listed values.
    pub values: Vec<String>,
    /// Number of further values.
    pub more: usize,
}

/// Greatest number of values in a [`ValueList`].
pub(super) const MAX_LISTED_VALUES: usize = 12;

impl ValueList {
    /// Lists the first values.
    pub(super) fn new<'t>(values: impl ExactSizeIterator<Item = &'t str>) -> Self {
        Self {
            more: values.len().saturating_sub(MAX_LISTED_VALUES),
            values: values.take(MAX_LISTED_VALUES).map(str::to_owned).collect(),
        }
    }
}

impl fmt::Display for ValueList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.values.iter().map(|value| quote(value)).collect();
        f.write_str(&values.join(", "))?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeletedExcluded { filter } => write!(
                f,
                "filter[{filter}] excludes deleted records by default: add filter[trashed]=with or filter[trashed]=only"
            ),
            Self::PageBeyondLast { page, last } => {
                write!(f, "page {page} is past the last page, {last}")
            }
            Self::OtherCase {
                subject,
                records,
                spellings,
                search,
            } => {
                // Other tests of an expression may select them nevertheless.
                let more = match subject {
                    HintSubject::Filter(_) => " more",
                    HintSubject::Attribute(_) => "",
                };
                write!(f, "{subject} is case-sensitive: ")?;
                match records {
                    1 => write!(f, "1{more} record has")?,
                    records => write!(f, "{records}{more} records have")?,
                }
                write!(f, " {spellings}")?;
                match search {
                    Some(search) => write!(f, "; filter[{search}] is not"),
                    None => Ok(()),
                }
            }
            Self::AbsentValue {
                subject,
                value,
                advice,
            } => {
                let value = quote(value);
                let preposition = match subject {
                    HintSubject::Filter(_) => "for",
                    HintSubject::Attribute(_) => "in",
                };
                write!(f, "no record has {value} {preposition} {subject}{advice}")
            }
            Self::ObjectCounted { path, member } => write!(
                f,
                "some records have an object at {path}, counted as {{…}}: name a member of it, such as {member}"
            ),
            Self::DottedKey { path, quoted } => {
                write!(
                    f,
                    "no record has {path}; a key with a dot is in quotes: {quoted}"
                )
            }
            Self::LiteralComma { filter, value } => {
                let value = quote(value);
                write!(
                    f,
                    "filter[{filter}] takes {value} as one value, comma included: for several values, use one `-f` each"
                )
            }
            Self::AbsentPath { path, nearest } => {
                write!(f, "no record has {path}")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean {nearest}?"),
                    None => Ok(()),
                }
            }
            Self::DeletedTested { field, filter } => write!(
                f,
                "deleted records are excluded by default, so {field} has no value: add filter[{filter}]=with or \
                 filter[{filter}]=only"
            ),
            Self::NeverSelected {
                filter,
                records,
                field,
            } => {
                let records = match records {
                    1 => "1 record".to_owned(),
                    records => format!("{records} records"),
                };
                write!(
                    f,
                    "filter[{filter}] selects {records} whose date means never; the expression \
                     `{field} pr` does not"
                )
            }
            Self::More(more) => write!(f, "and {more} more"),
        }
    }
}

/// Continues the sentence of [`Hint::AbsentValue`].
impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Separate => {
                f.write_str("; in `-f` a comma is part of the value: use one `-f` for each value")
            }
            Self::SeparateInList => {
                f.write_str("; write a list for several values: in [\"A\", \"B\"]")
            }
            Self::Others(list) if list.values.is_empty() => Ok(()),
            Self::Others(list) => write!(f, "; others have {list}"),
            Self::TooMany { compared } => {
                write!(f, "; records have more than {compared} distinct values")
            }
        }
    }
}
