//! Random dumps: records in one of the framings of dumps, in one or more sources.

use idq::Source;
use idq_tests::OracleApi;
use proptest::prelude::*;
use serde_json::Value;

use crate::records::record;

/// Records and their framing.
#[derive(Debug, Clone)]
pub(crate) struct Dump {
    pub(crate) api: OracleApi,
    /// Each record, verbatim.
    pub(crate) spellings: Vec<String>,
    shape: Shape,
    /// Number of records of each source.
    per_source: usize,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Array,
    Lines,
    Page,
}

pub(crate) fn dump(api: OracleApi) -> impl Strategy<Value = Dump> {
    dump_of(api, record(api))
}

/// Generates dumps of these records.
pub(crate) fn dump_of(
    api: OracleApi,
    record: impl Strategy<Value = String>,
) -> impl Strategy<Value = Dump> {
    let shape = prop_oneof![Just(Shape::Array), Just(Shape::Lines), Just(Shape::Page)];
    (proptest::collection::vec(record, 0..40), shape, 1_usize..20).prop_map(
        move |(spellings, shape, per_source)| Dump {
            api,
            spellings,
            shape,
            per_source,
        },
    )
}

impl Dump {
    /// Returns the parsed records.
    pub(crate) fn records(&self) -> Vec<Value> {
        let read = |spelling: &String| serde_json::from_str(spelling).unwrap();
        self.spellings.iter().map(read).collect()
    }

    /// Returns a dump of other records in the same framing.
    pub(crate) fn with_spellings(&self, spellings: Vec<String>) -> Self {
        Self {
            spellings,
            ..self.clone()
        }
    }

    /// Returns all records in one source.
    pub(crate) fn one_source(&self) -> Vec<Source> {
        vec![self.source(&self.spellings)]
    }

    /// Returns the records in several sources, each of which becomes one chunk at the smallest block size.
    pub(crate) fn sources(&self) -> Vec<Source> {
        if self.spellings.is_empty() {
            return self.one_source();
        }
        let groups = self.spellings.chunks(self.per_source);
        groups.map(|group| self.source(group)).collect()
    }

    /// Returns the records in this number of sources of about equal length, some of which may be empty.
    pub(crate) fn parts(&self, count: usize) -> Vec<Source> {
        let bounds = |part: usize| part * self.spellings.len() / count;
        let records = (0..count).map(|part| &self.spellings[bounds(part)..bounds(part + 1)]);
        records.map(|records| self.source(records)).collect()
    }

    fn source(&self, records: &[String]) -> Source {
        let text = match (self.shape, self.api) {
            (Shape::Array, _) => format!("[{}]", records.join(" ,\n")),
            (Shape::Lines, _) if records.is_empty() => "[]".to_owned(),
            (Shape::Lines, _) => records.join("\n"),
            (Shape::Page, OracleApi::Provisionr) => {
                format!(
                    r#"{{"current_page":1,"data":[{}],"total":1}}"#,
                    records.join(",")
                )
            }
            (Shape::Page, OracleApi::PermissionAssist) => {
                format!(
                    r#"{{"items":[{}],"totalCount":1,"page":1}}"#,
                    records.join(",")
                )
            }
        };
        Source::bytes("dump", text.as_bytes())
    }
}
