//! The schema of a load: the fields that its parsers read, and the settings that apply to all records.

use std::sync::Arc;

use idq_api::{Api, ApiRegistry, Kind};
use idq_grammar::date::RecordDates;
use idq_json::{Node, PathTree};
use idq_snapshot::{ColumnPart, Extent, SpillFile};

use super::cut_text::document_fields;
use super::document_prefilter::DocumentPrefilter;
use super::object_presence::DescribedObject;
use super::structural::{ColumnUses, KeyTable};
use crate::id_hash::IdHasher;
use crate::options::{Columns, Parser};
use crate::settings::Settings;
use crate::snapshot_files::SnapshotFiles;

/// The columns of an API, and their treatment in a load. Leaf `i` of the tree is column `i` of the API: a field, or the
/// presence of an object.
#[derive(Debug)]
pub(crate) struct Schema {
    /// The description of the API.
    pub(crate) api: Arc<Api>,
    /// The APIs that can be detected.
    pub(crate) apis: ApiRegistry,
    /// The paths of all fields and of the objects that contain them.
    pub(crate) tree: PathTree,
    /// The documented keys, for the structural reader.
    pub(crate) keys: KeyTable,
    /// For each column of the API whether it is built.
    pub(crate) wanted: Vec<bool>,
    /// For columns of documents that are not built whole, their parts that are.
    pub(crate) partial_columns: Vec<ColumnPart>,
    /// The prefilter of documents, if some columns are built for some texts alone.
    pub(crate) document_prefilter: Option<DocumentPrefilter>,
    /// The timestamp fields that become columns, ascending.
    pub(crate) timestamp_columns: Vec<usize>,
    /// The timestamp fields that do not, ascending: their values are only checked.
    pub(crate) checked_timestamps: Vec<usize>,
    /// The fields of other kinds that become columns, ascending.
    pub(crate) columns: Vec<usize>,
    /// The fields that are documents, ascending, whether or not they become columns.
    pub(crate) documents: Arc<[usize]>,
    /// The objects whose presence becomes a column.
    pub(crate) objects: Arc<[DescribedObject]>,
    /// The column of undocumented members, if it is built.
    pub(crate) undocumented: Option<usize>,
    /// The parser that reads a record first.
    pub(crate) parser: Parser,
    /// Whether the API was set by the caller, so that records with the keys of another API are accepted.
    pub(crate) is_api_named: bool,
    /// The hasher of ids for the whole load.
    pub(crate) id_hasher: IdHasher,
    /// The maximum length of a record in bytes.
    pub(crate) max_record_bytes: usize,
    /// The forms of dates.
    pub(crate) dates: RecordDates,
    /// For each field whether numbers are accepted as well, because of the options of the load.
    pub(crate) takes_numbers: Vec<bool>,
    /// The file for columns of finished chunks; `None` to keep them in memory.
    pub(crate) spill: Option<Arc<SpillFile>>,
}

impl Schema {
    /// Creates the schema of a load of one API's records. The id and the update time become columns if duplicates are
    /// dropped; the id also beside snapshot files, whose ids are read from their columns.
    pub(crate) fn new(api: &Arc<Api>, settings: &Settings<'_>, files: &SnapshotFiles) -> Self {
        let mut wanted = vec![settings.columns == Columns::All; api.column_count()];
        match &settings.columns {
            Columns::All => {}
            Columns::Queried => api
                .queried_fields()
                .into_iter()
                .chain([api.id])
                .for_each(|field| wanted[field] = true),
            Columns::Ids => wanted[api.id] = true,
            Columns::Parts(parts) => parts.iter().for_each(|part| wanted[part.column] = true),
        }
        let objects = api.objects.iter().filter_map(|object| {
            let column = api.object_column(object).filter(|&column| wanted[column])?;
            Some(DescribedObject::new(api, object, column))
        });
        let objects: Arc<[DescribedObject]> = objects.collect();
        for object in &*objects {
            object
                .free_form_columns()
                .for_each(|column| wanted[column] = true);
        }
        let mut parts: Vec<ColumnPart> = match &settings.columns {
            Columns::Parts(parts) => parts.clone(),
            _ => Vec::new(),
        };
        let free_form = objects.iter().flat_map(DescribedObject::free_form_columns);
        parts.extend(free_form.map(ColumnPart::from));
        let partial_columns = partial_columns(api, parts);
        let document_prefilter = document_prefilter(api, &wanted, &partial_columns);
        wanted[api.id] |= settings.dedupe || !files.is_empty();
        wanted[api.updated] |= settings.dedupe;
        let takes_numbers: Vec<bool> = api
            .fields
            .iter()
            .map(|field| match field.kind {
                Kind::Timestamp => settings.read.dates.epoch.is_some(),
                Kind::Text | Kind::Keyword => settings.read.numeric_ids && is_id(&field.name),
                Kind::Number | Kind::Boolean | Kind::Document => false,
            })
            .collect();
        // The number of a field that is no column may have no spelling, and a date must be checked.
        for (field, &takes_numbers) in takes_numbers.iter().enumerate() {
            wanted[field] |= takes_numbers;
        }
        let (timestamps, others): (Vec<usize>, Vec<usize>) =
            (0..api.fields.len()).partition(|&field| api.fields[field].kind == Kind::Timestamp);
        let (timestamp_columns, checked_timestamps) =
            timestamps.into_iter().partition(|&field| wanted[field]);
        let columns: Vec<usize> = others.into_iter().filter(|&field| wanted[field]).collect();
        let undocumented = api.undocumented_column();
        let names = api.fields.iter().map(|field| &field.name);
        let tree = PathTree::new(names.chain(&api.objects));
        Self {
            keys: KeyTable::new(
                api,
                &settings.apis,
                &tree,
                ColumnUses {
                    wanted: &wanted,
                    takes_numbers: &takes_numbers,
                },
            ),
            api: Arc::clone(api),
            apis: settings.apis.clone(),
            partial_columns,
            document_prefilter,
            timestamp_columns,
            checked_timestamps,
            columns,
            documents: document_fields(api),
            objects,
            undocumented: Some(undocumented).filter(|&column| wanted[column]),
            tree,
            wanted,
            parser: settings.parser,
            is_api_named: settings.api.is_some(),
            id_hasher: IdHasher::new(),
            max_record_bytes: settings.max_record_bytes,
            dates: settings.read.dates,
            takes_numbers,
            spill: settings.spill.clone(),
        }
    }

    /// Returns the paths of a column of documents whose values are built; `None` for all.
    pub(crate) fn document_paths(&self, column: usize) -> Option<Vec<Vec<String>>> {
        let parts = self.partial_columns.iter();
        let paths = parts
            .filter(|part| part.column == column)
            .filter_map(|part| match &part.extent {
                Extent::Path(keys) => Some(keys.clone()),
                Extent::Whole | Extent::Containing(_) => None,
            });
        let paths: Vec<_> = paths.collect();
        (!paths.is_empty()).then_some(paths)
    }

    /// Returns the field at a node of the tree.
    #[inline]
    pub(crate) fn field(&self, node: Node) -> Option<usize> {
        let column = self.tree.leaf(node);
        column.filter(|&column| column < self.api.fields.len())
    }

    /// Returns the column with the presence of the object at a node of the tree.
    #[inline]
    pub(crate) fn object_column(&self, node: Node) -> Option<usize> {
        let column = self.tree.leaf(node);
        column.filter(|&column| column >= self.api.fields.len())
    }
}

/// Returns those of the parts whose columns are not built whole: of paths alone, or of texts alone.
fn partial_columns(api: &Api, mut parts: Vec<ColumnPart>) -> Vec<ColumnPart> {
    let is_whole: Vec<bool> = (0..api.column_count())
        .map(|column| {
            let mut extents = parts
                .iter()
                .filter(|part| part.column == column)
                .map(|part| &part.extent);
            let are_paths = extents
                .clone()
                .all(|extent| matches!(extent, Extent::Path(_)));
            let are_texts = extents.all(|extent| matches!(extent, Extent::Containing(_)));
            !are_paths && !are_texts
        })
        .collect();
    parts.retain(|part| !is_whole[part.column]);
    parts
}

/// Returns the prefilter of the columns that are built for some texts alone.
fn document_prefilter(
    api: &Api,
    wanted: &[bool],
    partial_columns: &[ColumnPart],
) -> Option<DocumentPrefilter> {
    let is_built = |column: &usize| wanted[*column] && api.column_kind(*column) == Kind::Document;
    let built: Vec<usize> = (0..api.column_count()).filter(is_built).collect();
    let (mut filtered, mut texts) = (Vec::new(), Vec::new());
    for part in partial_columns {
        if let Extent::Containing(some) = &part.extent {
            filtered.push(part.column);
            texts.extend_from_slice(some);
        }
    }
    DocumentPrefilter::new(&filtered, &built, &texts)
}

/// Returns whether a field holds an id, of the record or of another thing: its last key is `id`, or ends with `_id` or
/// `Id`.
pub(super) fn is_id(field: &str) -> bool {
    let key = field.rsplit('.').next().unwrap_or(field);
    key == "id" || key.ends_with("_id") || key.ends_with("Id")
}
