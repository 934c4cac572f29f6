//! Results of reports.

use crate::findings::Findings;

/// The result of a report.
#[derive(Debug)]
pub struct ReportResult<'e> {
    /// The name of the report.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The findings in words.
    pub definition: String,
    /// The controls that ask for it.
    pub reference: Option<String>,
    /// The number of days, if the report counts any.
    pub days: Option<u32>,
    /// The time that ages refer to, as RFC 3339.
    pub now: String,
    /// The records that the report looked at, of each side.
    pub populations: Vec<Population>,
    /// The findings.
    pub sections: Vec<SectionResult<'e>>,
}

/// The records that a report looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Population {
    /// The title of the API.
    pub api: String,
    /// The files.
    pub files: Vec<FileStatement>,
    /// Number of loaded records.
    pub records: u64,
    /// Number of records that could not be read, and are not among the loaded ones.
    pub rejected: u64,
    /// Number of deleted records that are left out; `None` if deleted records take part, or if the API has none.
    pub deleted: Option<u64>,
    /// The expression of the records that are looked at; `None` for all.
    pub expression: Option<String>,
    /// The reason why other records are left out, with their number.
    pub left_out: Option<(String, u64)>,
    /// Number of records that are looked at: all but deleted ones, and those that are left out.
    pub looked_at: u64,
    /// The records among them about which the report cannot decide.
    pub undecided: Vec<Undecided>,
    /// Number of records among them that are in no finding and not undecided; `None` where this is no answer.
    pub unaffected: Option<u64>,
}

/// A file, as it was when the report ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileStatement {
    /// The name.
    pub name: String,
    /// The length in bytes; `None` for a source that can be read only once.
    pub bytes: Option<u64>,
    /// The time of the last change, as RFC 3339.
    pub modified: Option<String>,
    /// SHA-256 of the content in hexadecimal digits; `None` for a source that can be read only once.
    pub sha256: Option<String>,
}

/// Records about which a report cannot decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// The reason.
    pub reason: String,
    /// The expression that ran, that of the population included; `None` for records that no rule compares.
    pub expression: Option<String>,
    /// The number of records.
    pub records: u64,
}

/// One kind of findings.
#[derive(Debug)]
pub struct SectionResult<'e> {
    /// The name in data.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The expression that ran, that of the population included; `None` for all records.
    pub expression: Option<String>,
    /// The rest of the definition: the field that several records share, or the rules and situations of matched records.
    pub detail: Option<String>,
    /// The number of findings.
    pub count: u64,
    /// The unit of the count.
    pub unit: Unit,
    /// Number of findings by the values of single keys.
    pub counts: Vec<FieldCounts>,
    /// The findings; `None` for a section that only counts.
    pub findings: Option<Findings<'e>>,
}

/// The unit of the counts of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Records.
    Record,
    /// Values that several records have.
    Value,
    /// Groups of matched records.
    Group,
}

impl Unit {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Value => "value",
            Self::Group => "group",
        }
    }
}

/// The number of findings by the values of a key: dates and ages in their order, others the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCounts {
    /// The key, as in counts: `state`, `createdDate:year`.
    pub key: String,
    /// The values with the numbers of records; those that are no values are in parentheses.
    pub values: Vec<(String, u64)>,
}
