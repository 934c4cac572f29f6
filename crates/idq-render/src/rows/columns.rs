//! The columns that hold the values of a text format exactly: those whose texts are the ones in the records.

use idq_api::{Api, Kind};

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
