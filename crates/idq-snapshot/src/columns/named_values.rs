//! Values of records by their names.

use idq_grammar::AttributePath;
use idq_json::Cells;

/// Returns a reader of the values with these names: paths as in expressions ([`AttributePath::from`]), such as
/// `timestamp.created_at` or `profile."cost.center"`.
///
/// ```
/// use idq_json::Cell;
///
/// let cells = idq_snapshot::cells_of_names([r#"profile."cost.center""#, "profile.cost.center"]);
/// let row = cells.read(br#"{"id":"a","profile":{"cost.center":"4711"}}"#)?;
/// assert!(matches!(row[..], [Cell::Scalar(_), Cell::Missing]));
/// # Ok::<(), idq_json::Error>(())
/// ```
pub fn cells_of_names<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Cells {
    let names = names.into_iter();
    Cells::from_keys(names.map(|name| AttributePath::from(name.as_ref()).keys))
}
