//! Names of columns that no record can have.

use idq_grammar::{AttributePath, nearest};
use idq_snapshot::Snapshot;

/// A name that is neither a field of the API nor one of some record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// The field that was most likely meant, if one is near.
    pub nearest: Option<String>,
}

/// Returns the names that no record of these snapshots of one API can have: they are no fields of the API, no objects
/// around such fields, not inside a free-form object, and no load has found them. A misspelt name would silently select
/// nothing.
///
/// ```
/// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
/// let engine = idq::Engine::open([people])?;
/// let names = ["timestamp", "profile.anything", "staet"].map(str::to_owned);
/// let unknown = idq::unknown_names(&names, &[engine.snapshot()]);
/// assert_eq!(unknown[0].name, "staet");
/// assert_eq!(unknown[0].nearest.as_deref(), Some("state"));
/// assert_eq!(unknown.len(), 1);
/// # Ok::<(), idq::Error>(())
/// ```
pub fn unknown_names(names: &[String], snapshots: &[&Snapshot]) -> Vec<UnknownName> {
    let Some(first) = snapshots.first() else {
        return Vec::new();
    };
    // A load that has seen more undocumented keys than it lists cannot tell.
    let has_more = |snapshot: &&Snapshot| snapshot.has_more_unknown_fields();
    if snapshots.iter().any(has_more) {
        return Vec::new();
    }
    let fields = first.api().fields.iter().map(|field| field.name.as_str());
    // Documented fields, and fields that the load has found in records.
    let unknown_fields = snapshots
        .iter()
        .flat_map(|snapshot| snapshot.unknown_fields());
    let known: Vec<&str> = fields.chain(unknown_fields).collect();
    // A field, a path inside a free-form field, or an object that contains fields.
    let is_known = |name: &str| {
        let path = AttributePath::from(name).keys.join(".");
        snapshots
            .iter()
            .any(|snapshot| snapshot.is_free_form_path(&path))
            || known
                .iter()
                .any(|known| *known == path || is_inside(&path, known))
    };
    let unknown = names.iter().filter(|name| !is_known(name));
    let unknown = unknown.map(|name| {
        // Users often omit the parents of a field, so fields whose last key is the name come first.
        let same_last_key = known
            .iter()
            .copied()
            .filter(|known| known.rsplit('.').next() == Some(name));
        let near = same_last_key
            .chain(nearest(name, known.iter().copied(), 1))
            .next();
        UnknownName {
            name: name.clone(),
            nearest: near.map(str::to_owned),
        }
    });
    unknown.collect()
}

/// Returns whether the path `inner` is inside the path `outer`.
fn is_inside(outer: &str, inner: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}
