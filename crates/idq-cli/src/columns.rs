use anyhow::Result;
use idq::{Snapshot, nearest};

use crate::failure::WrongRequest;

/// Makes sure that each column that was asked for is some field of some record.
pub(crate) fn check_columns(columns: &[String], snapshot: &Snapshot) -> Result<()> {
    let api = snapshot.api();
    let known: Vec<&str> = api
        .fields
        .iter()
        .map(|field| field.name)
        .chain(snapshot.loaded().unknown_fields())
        .collect();
    // A field, something inside one, or an object that fields are in.
    let is_known = |name: &str| {
        let inside = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        api.is_free_form(name)
            || known
                .iter()
                .any(|known| *known == name || inside(name, known))
            || snapshot
                .loaded()
                .unknown_fields()
                .any(|unknown| inside(unknown, name))
    };
    let unknown: Vec<String> = columns
        .iter()
        .filter(|name| !is_known(name))
        .map(|name| {
            // People leave out the objects around a field.
            let ends = known
                .iter()
                .copied()
                .filter(|known| known.rsplit('.').next() == Some(name));
            let near = ends.chain(nearest(name, known.iter().copied(), 1)).next();
            let help = near
                .map(|near| format!("\n  help: did you mean `{near}`?"))
                .unwrap_or_default();
            format!(
                "--columns: no record has a field `{}`{help}",
                idq::escape(name)
            )
        })
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let all = "\n  `idq fields` lists the fields; keys of free-form objects go behind a dot: profile.department";
    Err(WrongRequest(unknown.join("\n") + all).into())
}
