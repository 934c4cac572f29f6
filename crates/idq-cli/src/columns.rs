//! The columns that were asked for, beside those that records have.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use idq::json::{Cell, Cells};
use idq::{Row, Snapshot, nearest, quote};
use rayon::prelude::*;
use serde::de::IgnoredAny;

use crate::failure::WrongRequest;

/// The most columns that an error or hints name.
const NAMED: usize = 9;

/// Makes sure that each column that was asked for is some field of some record.
pub(crate) fn check_columns(columns: &[String], snapshot: &Snapshot) -> Result<()> {
    let api = snapshot.api();
    let known: Vec<&str> = api
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .chain(snapshot.loaded().unknown_fields())
        .collect();
    // A field, something inside one, or an object that fields are in.
    let is_known = |name: &str| {
        is_inside_any(name, snapshot)
            || known
                .iter()
                .any(|known| *known == name || is_inside(name, known))
    };
    let unknown = columns.iter().filter(|name| !is_known(name));
    let left_out = unknown.clone().count().saturating_sub(NAMED);
    let mut lines: Vec<String> = unknown
        .take(NAMED)
        .map(|name| {
            // People leave out the objects around a field.
            let ends = known
                .iter()
                .copied()
                .filter(|known| known.rsplit('.').next() == Some(name));
            let near = ends.chain(nearest(name, known.iter().copied(), 1)).next();
            let help = near
                .map(|near| format!("\n  help: did you mean {}?", quote(near)))
                .unwrap_or_default();
            format!("--columns: no record has a field {}{help}", quote(name))
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    if left_out > 0 {
        lines.push(format!("and {left_out} more"));
    }
    lines.push("  `idq fields` lists the fields; keys of free-form objects go behind a dot: profile.department".to_owned());
    Err(WrongRequest(lines.join("\n")).into())
}

/// Whether a place lies inside another one.
fn is_inside(outer: &str, inner: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// Whether a place lies inside an object that may have any keys.
fn is_inside_any(name: &str, snapshot: &Snapshot) -> bool {
    let mut unknown = snapshot.loaded().unknown_fields();
    snapshot.api().is_free_form(name) || unknown.any(|unknown| is_inside(unknown, name))
}

/// Hints of columns inside free-form objects that none of these records has, each with the nearest key that one has.
///
/// Records are read until each of the columns has been seen, which mostly is soon.
pub(crate) fn absent_columns(
    columns: &[String],
    snapshot: &Snapshot,
    rows: &[Row],
) -> Result<Vec<String>> {
    let columns: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let paths: Vec<&str> = columns
        .into_iter()
        .filter(|name| is_inside_any(name, snapshot))
        .collect();
    if paths.is_empty() || rows.is_empty() {
        return Ok(Vec::new());
    }
    let absent = absent(&paths, snapshot, rows)?;
    let left_out = absent.len().saturating_sub(NAMED);
    let mut hints = Vec::new();
    for path in absent.into_iter().take(NAMED) {
        let near = nearest_path(path, snapshot, rows)?;
        let help = near
            .map(|near| format!("; did you mean {}?", quote(&near)))
            .unwrap_or_default();
        let records = match rows.len() {
            1 => "the record of the answer does not have".to_owned(),
            count => format!("none of the {count} records of the answer has"),
        };
        hints.push(format!("--columns: {records} {}{help}", quote(path)));
    }
    if left_out > 0 {
        hints.push(format!("--columns: and {left_out} more"));
    }
    Ok(hints)
}

/// Rows that a thread reads at a time.
const READ_AT_A_TIME: usize = 256;

/// Those of the paths that no record has, not even with null.
fn absent<'p>(paths: &[&'p str], snapshot: &Snapshot, rows: &[Row]) -> Result<Vec<&'p str>> {
    let cells = Cells::new(paths);
    let seen: Vec<AtomicBool> = paths.iter().map(|_| AtomicBool::new(false)).collect();
    rows.par_chunks(READ_AT_A_TIME).try_for_each(|rows| {
        let mut reader = snapshot.reader();
        for &row in rows {
            if seen.iter().all(|seen| seen.load(Ordering::Relaxed)) {
                break;
            }
            let record = snapshot.record(row, &mut reader)?;
            let cells = cells.read(record).map_err(idq::render::Error::from)?;
            for (seen, cell) in seen.iter().zip(cells) {
                if cell != Cell::Missing {
                    seen.store(true, Ordering::Relaxed);
                }
            }
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let unseen = paths.iter().zip(seen);
    let unseen = unseen.filter(|(_, seen)| !seen.load(Ordering::Relaxed));
    Ok(unseen.map(|(path, _)| *path).collect())
}

/// Records whose keys are looked at for a near one, and keys that are compared.
const SAMPLED: usize = 1000;

/// The place that some record has in the innermost object that is there on the way, and whose key is nearest.
fn nearest_path(path: &str, snapshot: &Snapshot, rows: &[Row]) -> Result<Option<String>> {
    let dots = path.match_indices('.').map(|(dot, _)| dot);
    let outer: Vec<&str> = dots.map(|dot| &path[..dot]).collect();
    let cells = Cells::new(&outer);
    let mut reader = snapshot.reader();
    let mut deepest = 0;
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for &row in rows.iter().take(SAMPLED) {
        let record = snapshot.record(row, &mut reader)?;
        let cells = cells.read(record).map_err(idq::render::Error::from)?;
        let inner = cells.iter().rposition(is_object);
        let Some((inner, Cell::Container(object))) = inner.map(|inner| (inner, &cells[inner]))
        else {
            continue;
        };
        if inner < deepest {
            continue;
        }
        if inner > deepest {
            deepest = inner;
            keys.clear();
        }
        let members: HashMap<Cow<'_, str>, IgnoredAny> = serde_json::from_slice(object)?;
        let room = SAMPLED - keys.len();
        // A path cannot name a key that has a dot.
        let nameable = members.into_keys().filter(|key| !key.contains('.'));
        keys.extend(nameable.map(Cow::into_owned).take(room));
    }
    let Some(outer) = outer.get(deepest) else {
        return Ok(None);
    };
    let wanted = path[outer.len() + 1..].split('.').next();
    let keys = keys.iter().map(String::as_str);
    let near = wanted.and_then(|wanted| nearest(wanted, keys, 1).into_iter().next());
    Ok(near.map(|key| format!("{outer}.{key}")))
}

fn is_object(cell: &Cell<'_>) -> bool {
    matches!(cell, Cell::Container(json) if json.trim_ascii_start().starts_with(b"{"))
}
