//! The columns of `--columns`: errors for those that no record can have, hints for those that no record has.
//!
//! A documented or loaded field is known without reading records. Keys inside free-form objects are not, so a column
//! inside one is accepted, and the printed records are searched for it afterwards.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use idq::json::{Cell, Cells};
use idq::{AttributePath, RowId, Snapshot, UnknownName, nearest, quote, unknown_names};
use rayon::prelude::*;
use serde::de::IgnoredAny;

use crate::exit::UsageError;

/// Greatest number of columns that an error or hints name one by one.
const MAX_NAMED_COLUMNS: usize = 9;

/// Checks that each column is a field of the API or of some record.
pub(crate) fn check_columns(columns: &[String], snapshot: &Snapshot) -> Result<()> {
    check_names("--columns", columns, &[snapshot])
}

/// Checks that each name of an option is a field of the API or of some record of the snapshots, which have one API.
pub(crate) fn check_names(option: &str, columns: &[String], snapshots: &[&Snapshot]) -> Result<()> {
    let unknown = unknown_names(columns, snapshots);
    // Beyond the limit, only their number is reported.
    let unnamed = unknown.len().saturating_sub(MAX_NAMED_COLUMNS);
    let mut lines: Vec<String> = unknown
        .iter()
        .take(MAX_NAMED_COLUMNS)
        .map(|UnknownName { name, nearest }| {
            let help = nearest
                .as_ref()
                .map(|near| format!("\n  help: did you mean {}?", quote(near)))
                .unwrap_or_default();
            format!("{option}: no record has a field {}{help}", quote(name))
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    if unnamed > 0 {
        lines.push(format!("and {unnamed} more"));
    }
    lines.push(
        "  `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department"
            .to_owned(),
    );
    Err(UsageError(lines.join("\n")).into())
}

/// Returns hints for columns that the API does not document and none of these records has, each with the nearest existing
/// path.
///
/// Records are read until every column has been found, which mostly takes the first few.
pub(crate) fn hint_absent_columns(
    columns: &[String],
    snapshot: &Snapshot,
    rows: &[RowId],
) -> Result<Vec<String>> {
    let columns: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let api = snapshot.api();
    let is_documented = |name: &str| api.field(name).is_some() || api.object_column(name).is_some();
    let paths = columns.into_iter().filter(|name| !is_documented(name));
    let paths: Vec<AttributePath> = paths.map(AttributePath::from).collect();
    if paths.is_empty() || rows.is_empty() {
        return Ok(Vec::new());
    }
    let absent = find_absent(&paths, snapshot, rows)?;
    let arrays = outer_arrays(&absent, snapshot, rows)?;
    let (mut in_arrays, mut others) = (Vec::new(), Vec::new());
    for (path, array) in absent.into_iter().zip(arrays) {
        match array {
            Some(array) => in_arrays.push((path, array)),
            None => others.push(path),
        }
    }
    // Columns in arrays have a hint of their own, with the same limit.
    let unnamed = others.len().saturating_sub(MAX_NAMED_COLUMNS);
    let in_arrays = in_arrays.iter().take(MAX_NAMED_COLUMNS);
    let in_arrays = in_arrays.map(|(path, array)| {
        let [path, array] = [path, array].map(|path| quote(&path.to_string()));
        format!("--columns: {path} is in an array, which a column does not enter: choose {array}")
    });
    let mut hints: Vec<String> = in_arrays.collect();
    for path in others.into_iter().take(MAX_NAMED_COLUMNS) {
        let near = nearest_path(path, snapshot, rows)?;
        let help = near
            .map(|near| format!("; did you mean {}?", quote(&near.to_string())))
            .unwrap_or_default();
        let path = quote(&path.to_string());
        let records = match rows.len() {
            1 => "the record of the answer does not have".to_owned(),
            count => format!("none of the {count} records of the answer has"),
        };
        hints.push(format!("--columns: {records} {path}{help}"));
    }
    if unnamed > 0 {
        hints.push(format!("--columns: and {unnamed} more"));
    }
    Ok(hints)
}

/// Number of rows that one task reads. A task checks before each row whether all columns have been found.
const ROWS_PER_TASK: usize = 256;

/// Returns the paths that no record has, with a value or null.
fn find_absent<'p>(
    paths: &'p [AttributePath],
    snapshot: &Snapshot,
    rows: &[RowId],
) -> Result<Vec<&'p AttributePath>> {
    let cells = Cells::from_keys(paths.iter().map(|path| &path.keys));
    let found: Vec<AtomicBool> = paths.iter().map(|_| AtomicBool::new(false)).collect();
    rows.par_chunks(ROWS_PER_TASK).try_for_each(|rows| {
        // Every task has its own reader and buffer.
        let mut reader = snapshot.reader();
        for &row in rows {
            if found.iter().all(|found| found.load(Ordering::Relaxed)) {
                break;
            }
            let record = snapshot.record(row, &mut reader)?;
            let cells = cells.read(record).map_err(idq::render::Error::from)?;
            for (found, cell) in found.iter().zip(cells) {
                if cell != Cell::Missing {
                    found.store(true, Ordering::Relaxed);
                }
            }
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let absent = paths.iter().zip(found);
    let absent = absent.filter(|(_, found)| !found.load(Ordering::Relaxed));
    Ok(absent.map(|(path, _)| path).collect())
}

/// Returns for each path that of the array of some record that it leads through, if there is one. Only the first records
/// are read, because an array is mostly one in all records.
fn outer_arrays(
    paths: &[&AttributePath],
    snapshot: &Snapshot,
    rows: &[RowId],
) -> Result<Vec<Option<AttributePath>>> {
    // Every proper prefix of a path could be the array.
    let prefixes = paths.iter().enumerate().flat_map(|(number, path)| {
        let outer = outer_paths(path).into_iter().skip(1);
        outer.map(move |outer| (number, outer))
    });
    let prefixes: Vec<(usize, AttributePath)> = prefixes.collect();
    let cells = Cells::from_keys(prefixes.iter().map(|(_, outer)| &outer.keys));
    let mut arrays = vec![None; paths.len()];
    let mut reader = snapshot.reader();
    for &row in rows.iter().take(MAX_SEARCHED_RECORDS) {
        let record = snapshot.record(row, &mut reader)?;
        let cells = cells.read(record).map_err(idq::render::Error::from)?;
        for ((number, outer), cell) in prefixes.iter().zip(cells) {
            if matches!(cell, Cell::Container(json) if json.trim_ascii_start().starts_with(b"[")) {
                arrays[*number].get_or_insert_with(|| outer.clone());
            }
        }
    }
    Ok(arrays)
}

/// Returns the path of the record itself, and those of the objects or arrays on the way to a value, outermost first.
fn outer_paths(path: &AttributePath) -> Vec<AttributePath> {
    let outer = (0..path.keys.len()).map(|keys| path.keys[..keys].iter().cloned());
    outer.map(AttributePath::new).collect()
}

/// Greatest number of records that are searched for the cause of an empty column.
const MAX_SEARCHED_RECORDS: usize = 1000;

/// Greatest number of keys that are compared with one that no record has.
const MAX_COMPARED_KEYS: usize = 1000;

/// Returns the existing path that was probably meant by `path`: one with a key that has dots, or the one whose last key is
/// the nearest in the innermost object on the path that some record has.
fn nearest_path(
    path: &AttributePath,
    snapshot: &Snapshot,
    rows: &[RowId],
) -> Result<Option<AttributePath>> {
    let outer = outer_paths(path);
    let cells = Cells::from_keys(outer.iter().map(|outer| &outer.keys));
    let mut reader = snapshot.reader();
    // The number of keys to the innermost object found so far, and the keys of that object in all records.
    let mut deepest = 0;
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for &row in rows.iter().take(MAX_SEARCHED_RECORDS) {
        let record = snapshot.record(row, &mut reader)?;
        let cells = cells.read(record).map_err(idq::render::Error::from)?;
        for (level, cell) in cells.iter().enumerate() {
            let Cell::Container(object) = cell else {
                continue;
            };
            if !object.trim_ascii_start().starts_with(b"{") {
                continue;
            }
            let members: HashMap<Cow<'_, str>, IgnoredAny> = serde_json::from_slice(object)?;
            for end in level + 2..=path.keys.len() {
                let key = path.keys[level..end].join(".");
                if members.contains_key(key.as_str()) {
                    return Ok(Some(with_key(path, level..end, &key)));
                }
            }
            // A deeper object makes the keys of the outer one irrelevant.
            if level > deepest {
                deepest = level;
                keys.clear();
            }
            if level == deepest {
                let remaining = MAX_COMPARED_KEYS - keys.len();
                keys.extend(members.into_keys().map(Cow::into_owned).take(remaining));
            }
        }
    }
    let wanted = &path.keys[deepest];
    keys.remove(wanted);
    let keys = keys.iter().map(String::as_str);
    let near = nearest(wanted, keys, 1).into_iter().next();
    Ok(near.map(|key| with_key(path, deepest..deepest + 1, key)))
}

/// Returns a path with another key in the place of some.
fn with_key(path: &AttributePath, place: Range<usize>, key: &str) -> AttributePath {
    let (before, after) = (&path.keys[..place.start], &path.keys[place.end..]);
    let keys = before.iter().map(String::as_str).chain([key]);
    AttributePath::new(keys.chain(after.iter().map(String::as_str)))
}
