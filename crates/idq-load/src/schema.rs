use hashbrown::DefaultHashBuilder;
use std::sync::Arc;

use idq_api::{Api, ApiRegistry, Kind};
use idq_json::PathTree;

use crate::options::{Columns, Parser};
use crate::record::MAX_RECORD;
use crate::spill::Spill;

/// What the parsers of one load look for. Leaf `i` of the tree is field `i` of the API.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) api: Arc<Api>,
    /// The APIs among which the records' one is detected.
    pub(crate) apis: ApiRegistry,
    pub(crate) tree: PathTree,
    /// For each field whether it becomes a column.
    pub(crate) wanted: Vec<bool>,
    /// The fields with date-times, wanted or not.
    pub(crate) timestamps: Vec<usize>,
    /// The other fields that become columns.
    pub(crate) columns: Vec<usize>,
    /// Those of them that are documents.
    pub(crate) documents: Vec<usize>,
    pub(crate) parser: Parser,
    /// Whether a record may look like another API's.
    pub(crate) forced: bool,
    /// One for the whole load, so that equal ids have equal hashes everywhere.
    pub(crate) hasher: DefaultHashBuilder,
    /// The most bytes of a record.
    pub(crate) max_record: usize,
    /// Where columns go as soon as their chunk is complete, if not to memory.
    pub(crate) spill: Option<Arc<dyn Spill>>,
}

impl Schema {
    pub(crate) fn new(
        api: &Arc<Api>,
        apis: &ApiRegistry,
        columns: &Columns,
        dedupe: bool,
        parser: Parser,
    ) -> Self {
        let mut wanted = vec![*columns == Columns::All; api.fields.len()];
        match columns {
            Columns::All => {}
            Columns::Queried => api
                .queried_fields()
                .into_iter()
                .for_each(|field| wanted[field] = true),
            Columns::Fields(fields) => fields.iter().for_each(|&field| wanted[field] = true),
        }
        // Repeated ids are always reported.
        wanted[api.id] = true;
        wanted[api.updated] |= dedupe;
        let (timestamps, others): (Vec<usize>, Vec<usize>) =
            (0..api.fields.len()).partition(|&field| api.fields[field].kind == Kind::Timestamp);
        let columns: Vec<usize> = others.into_iter().filter(|&field| wanted[field]).collect();
        let is_document = |field: &usize| api.fields[*field].kind == Kind::Document;
        let documents = columns.iter().copied().filter(is_document).collect();
        Self {
            api: Arc::clone(api),
            apis: apis.clone(),
            timestamps,
            columns,
            documents,
            tree: PathTree::new(api.fields.iter().map(|field| field.name.as_str())),
            wanted,
            parser,
            forced: false,
            hasher: DefaultHashBuilder::default(),
            max_record: MAX_RECORD,
            spill: None,
        }
    }
}
