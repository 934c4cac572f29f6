//! The schema of a load: the fields that its parsers read, and the settings that apply to all records.

use std::sync::Arc;

use hashbrown::DefaultHashBuilder;
use idq_api::{Api, ApiRegistry, Kind};
use idq_json::PathTree;
use idq_snapshot::SpillFile;

use crate::options::{Columns, Parser};
use crate::settings::Settings;

/// The fields of an API, and their treatment in a load. Leaf `i` of the tree is field `i` of the API.
#[derive(Debug)]
pub(crate) struct Schema {
    /// The description of the API.
    pub(crate) api: Arc<Api>,
    /// The APIs that can be detected.
    pub(crate) apis: ApiRegistry,
    /// The paths of all fields.
    pub(crate) tree: PathTree,
    /// For each field whether it becomes a column.
    pub(crate) wanted: Vec<bool>,
    /// The timestamp fields that become columns, ascending.
    pub(crate) timestamp_columns: Vec<usize>,
    /// The timestamp fields that do not, ascending: their values are only checked.
    pub(crate) checked_timestamps: Vec<usize>,
    /// The fields of other kinds that become columns, ascending.
    pub(crate) columns: Vec<usize>,
    /// The documents among `columns`.
    pub(crate) documents: Vec<usize>,
    /// The parser that reads a record first.
    pub(crate) parser: Parser,
    /// Whether the API was set by the caller, so that records with the keys of another API are accepted.
    pub(crate) is_api_named: bool,
    /// One hasher for the whole load, so that equal ids have equal hashes in all chunks.
    pub(crate) hasher: DefaultHashBuilder,
    /// The maximum length of a record in bytes.
    pub(crate) max_record_bytes: usize,
    /// The file for columns of finished chunks; `None` to keep them in memory.
    pub(crate) spill: Option<Arc<SpillFile>>,
}

impl Schema {
    /// Creates the schema of a load of one API's records. The id always becomes a column, because repeated ids are
    /// always reported; the update time becomes one if duplicates are dropped.
    pub(crate) fn new(api: &Arc<Api>, settings: &Settings<'_>) -> Self {
        let mut wanted = vec![settings.columns == Columns::All; api.fields.len()];
        match &settings.columns {
            Columns::All => {}
            Columns::Queried => api
                .queried_fields()
                .into_iter()
                .for_each(|field| wanted[field] = true),
            Columns::Fields(fields) => fields.iter().for_each(|&field| wanted[field] = true),
        }
        wanted[api.id] = true;
        wanted[api.updated] |= settings.dedupe;
        let (timestamps, others): (Vec<usize>, Vec<usize>) =
            (0..api.fields.len()).partition(|&field| api.fields[field].kind == Kind::Timestamp);
        let (timestamp_columns, checked_timestamps) =
            timestamps.into_iter().partition(|&field| wanted[field]);
        let columns: Vec<usize> = others.into_iter().filter(|&field| wanted[field]).collect();
        let is_document = |field: &usize| api.fields[*field].kind == Kind::Document;
        let documents = columns.iter().copied().filter(is_document).collect();
        Self {
            api: Arc::clone(api),
            apis: settings.apis.clone(),
            timestamp_columns,
            checked_timestamps,
            columns,
            documents,
            tree: PathTree::new(api.fields.iter().map(|field| field.name.as_str())),
            wanted,
            parser: settings.parser,
            is_api_named: settings.api.is_some(),
            hasher: DefaultHashBuilder::default(),
            max_record_bytes: settings.max_record_bytes,
            spill: settings.spill.clone(),
        }
    }
}
