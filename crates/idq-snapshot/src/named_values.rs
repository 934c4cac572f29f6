//! Values of records by their names.

use idq_grammar::AttributePath;
use idq_json::Cells;

/// Returns a reader of the values with these names: paths as in expressions ([`AttributePath::of_name`]), such as
/// `timestamp.created_at` or `profile."cost.center"`.
///
/// ```
/// let cells = idq_snapshot::cells_of([r#"profile."cost.center""#]);
/// let values = cells.read(br#"{"id":"a","profile":{"cost.center":"4711"}}"#)?;
/// assert_eq!(values.len(), 1);
/// # Ok::<(), idq_json::Error>(())
/// ```
pub fn cells_of<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Cells {
    let keys = |name: N| AttributePath::of_name(name.as_ref()).keys;
    Cells::of_keys(names.into_iter().map(keys))
}
