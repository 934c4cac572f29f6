//! Random dumps: records in one of the shapes that dumps have, in one or more sources.

use idq::Source;
use idq_tests::Api;
use proptest::prelude::*;
use serde_json::Value;

use crate::records::record;

/// Records, and how they are wrapped.
#[derive(Debug, Clone)]
pub(crate) struct Dump {
    pub(crate) api: Api,
    /// Each record as it is spelled.
    pub(crate) spellings: Vec<String>,
    shape: Shape,
    /// How many records each source has.
    per_source: usize,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Array,
    Lines,
    Page,
}

pub(crate) fn dump(api: Api) -> impl Strategy<Value = Dump> {
    let shape = prop_oneof![Just(Shape::Array), Just(Shape::Lines), Just(Shape::Page)];
    (
        proptest::collection::vec(record(api), 0..40),
        shape,
        1_usize..20,
    )
        .prop_map(move |(spellings, shape, per_source)| Dump {
            api,
            spellings,
            shape,
            per_source,
        })
}

impl Dump {
    /// What the records say.
    pub(crate) fn records(&self) -> Vec<Value> {
        let read = |spelling: &String| serde_json::from_str(spelling).unwrap();
        self.spellings.iter().map(read).collect()
    }

    /// Everything in one source.
    pub(crate) fn one_source(&self) -> Vec<Source> {
        vec![self.source(&self.spellings)]
    }

    /// The records spread over sources: with the smallest block, each becomes a chunk of its own.
    pub(crate) fn sources(&self) -> Vec<Source> {
        if self.spellings.is_empty() {
            return self.one_source();
        }
        let groups = self.spellings.chunks(self.per_source);
        groups.map(|group| self.source(group)).collect()
    }

    fn source(&self, records: &[String]) -> Source {
        let text = match (self.shape, self.api) {
            (Shape::Array, _) => format!("[{}]", records.join(" ,\n")),
            (Shape::Lines, _) if records.is_empty() => "[]".to_owned(),
            (Shape::Lines, _) => records.join("\n"),
            (Shape::Page, Api::Provisionr) => {
                format!(
                    r#"{{"current_page":1,"data":[{}],"total":1}}"#,
                    records.join(",")
                )
            }
            (Shape::Page, Api::PermissionAssist) => {
                format!(
                    r#"{{"items":[{}],"totalCount":1,"page":1}}"#,
                    records.join(",")
                )
            }
        };
        Source::bytes("dump", text.as_bytes())
    }
}
