//! The choice between columns and records as the source of values.

use idq_api::{Api, Kind};
use idq_snapshot::Snapshot;

/// The number of rows of a snapshot file whose value in one column is read in the time of one record. Reading a column
/// takes some nanoseconds a row, and the decompression of a record's block some microseconds.
const COLUMN_ROWS_PER_RECORD: u64 = 256;

/// Returns whether reading whole columns is faster than reading `rows` records. Columns of dumps are in memory; those of
/// snapshot files are read at their first use.
pub fn prefers_columns(snapshot: &Snapshot, rows: usize) -> bool {
    let record_cost = (rows as u64).saturating_mul(COLUMN_ROWS_PER_RECORD);
    snapshot.files().is_empty() || record_cost >= snapshot.rows()
}

/// Returns the fields of these columns in the order of `names`, if columns hold the text of each; `None` if some value
/// must be read from its record.
///
/// Columns hold texts, numbers and booleans. A date-time is an instant in its column, but has its own spelling in the
/// record (`Z` or an offset, any number of fraction digits). Documents and undocumented members are only in the record.
///
/// ```
/// use idq_api::Api;
/// use idq_render::text_columns;
///
/// let api = Api::permission_assist();
/// assert_eq!(text_columns(&api, ["emailAddress"]).map(|fields| fields.len()), Some(1));
/// assert_eq!(text_columns(&api, ["emailAddress", "createdDate"]), None);
/// ```
pub fn text_columns<N: AsRef<str>>(
    api: &Api,
    names: impl IntoIterator<Item = N>,
) -> Option<Vec<usize>> {
    let fields = names.into_iter().map(|name| {
        let field = api.field(name.as_ref())?;
        match api.fields[field].kind {
            Kind::Text | Kind::Keyword | Kind::Number | Kind::Boolean => Some(field),
            Kind::Timestamp | Kind::Document => None,
        }
    });
    fields.collect()
}
