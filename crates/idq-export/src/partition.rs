use std::collections::HashMap;

use idq::api::{Api, Kind};
use idq::json::Cell;
use idq::{Row, Snapshot, nearest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::flow::piece_rows;
use crate::plan::Plan;

/// The most values that a field to partition by may have. One file is open at a time, so this bounds the number of
/// folders alone: file systems and readers are slow with more.
const MAX_PARTITIONS: usize = 100_000;
/// The longest name that common file systems take.
const MAX_NAME_BYTES: usize = 255;
/// Bytes of a value's hash in the name of its folder: values that share them are not known, and are not to be made.
const HASH_BYTES: usize = 16;
/// The separator before the hash.
const BEFORE_HASH: &str = "@";
/// What stands for null in the name of a folder, since Hive.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";
/// What is percent-encoded in the name of a folder: all that some file system or reader could take for something else.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The rows with one value, in order.
pub(crate) struct Partition {
    /// The name of its folder: `state=active`.
    pub(crate) folder: String,
    pub(crate) rows: Vec<Row>,
    /// The value, where the name of the folder has a part of it alone.
    pub(crate) shortened: Option<String>,
}

/// Makes sure that a field can be partitioned by.
pub(crate) fn check_field(snapshot: &Snapshot, name: &str) -> Result<(), Error> {
    let api = snapshot.api();
    let field = api
        .field(name)
        .ok_or_else(|| unknown(snapshot.api(), name))?;
    match api.fields[field].kind {
        Kind::Text | Kind::Keyword | Kind::Boolean => Ok(()),
        kind => Err(Error::PartitionKind {
            name: name.to_owned(),
            kind,
        }),
    }
}

fn unknown(api: &Api, name: &str) -> Error {
    let fields = api.fields.iter();
    let can_be_folders =
        fields.filter(|field| matches!(field.kind, Kind::Text | Kind::Keyword | Kind::Boolean));
    let fields: Vec<&str> = can_be_folders.map(|field| field.name.as_str()).collect();
    // People leave out the objects around a field.
    let last = |field: &&str| field.rsplit('.').next() == Some(name);
    let near = fields.iter().copied().find(last);
    Error::UnknownPartition {
        name: name.to_owned(),
        nearest: near
            .or_else(|| nearest(name, fields.iter().copied(), 1).into_iter().next())
            .map(str::to_owned),
        fields: fields.into_iter().map(str::to_owned).collect(),
    }
}

/// Groups rows by the value of a field, by the name of the folder.
pub(crate) fn partitions(
    snapshot: &Snapshot,
    name: &str,
    rows: &[Row],
) -> Result<Vec<Partition>, Error> {
    let plan = Plan::new(snapshot, [name], false)?;
    let too_many = || Error::TooManyPartitions {
        name: name.to_owned(),
        limit: MAX_PARTITIONS,
    };
    type Groups = HashMap<Option<String>, Vec<Row>>;
    let pieces: Vec<Groups> = rows
        .par_chunks(piece_rows(snapshot))
        .map(|rows| {
            let mut groups = Groups::new();
            let mut next = rows.iter();
            plan.each(rows, |_, cells| {
                let value = match cells.into_iter().next().map(|spelled| spelled.cell) {
                    Some(Cell::Text(text)) => Some(text.into_owned()),
                    Some(Cell::Boolean(value)) => Some(value.to_string()),
                    _ => None,
                };
                groups.entry(value).or_default().extend(next.next());
                if groups.len() > MAX_PARTITIONS {
                    return Err(too_many());
                }
                Ok(())
            })?;
            Ok(groups)
        })
        .collect::<Result<_, Error>>()?;
    let mut groups = Groups::new();
    for piece in pieces {
        for (value, rows) in piece {
            groups.entry(value).or_default().extend(rows);
        }
        if groups.len() > MAX_PARTITIONS {
            return Err(too_many());
        }
    }
    let mut partitions = Vec::with_capacity(groups.len());
    for (value, rows) in groups {
        if value.as_deref() == Some(NULL) {
            return Err(Error::NullsName(name.to_owned()));
        }
        let (folder, is_shortened) = folder_name(name, value.as_deref());
        partitions.push(Partition {
            folder,
            rows,
            shortened: value.filter(|_| is_shortened),
        });
    }
    partitions.sort_by(|left, right| left.folder.cmp(&right.folder));
    Ok(partitions)
}

/// The name of a value's folder, and whether the value had to be shortened in it.
///
/// The start of a shortened value is followed by a part of its hash. No value that is whole in its folder's name has the
/// character between them, as that is percent-encoded; so names differ where values do.
fn folder_name(field: &str, value: Option<&str>) -> (String, bool) {
    let field = utf8_percent_encode(field, ENCODED);
    let Some(value) = value else {
        return (format!("{field}={NULL}"), false);
    };
    let whole = format!("{field}={}", utf8_percent_encode(value, ENCODED));
    if whole.len() <= MAX_NAME_BYTES {
        return (whole, false);
    }
    let hash = Sha256::digest(value.as_bytes());
    let hash: String = hash[..HASH_BYTES]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut end = MAX_NAME_BYTES - BEFORE_HASH.len() - hash.len();
    // An encoded byte stays whole.
    if let Some(escape) = whole[..end].rfind('%').filter(|escape| escape + 3 > end) {
        end = escape;
    }
    (format!("{}{BEFORE_HASH}{hash}", &whole[..end]), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_have_short_names_that_differ() {
        let mut names = HashMap::new();
        for length in 0..300 {
            for letter in ["a", "é", "👋"] {
                for last in ["", "x", "y"] {
                    let value = letter.repeat(length) + last;
                    let (name, is_shortened) = folder_name("state", Some(&value));
                    assert!(name.len() <= MAX_NAME_BYTES, "{name}");
                    assert_eq!(name.contains(BEFORE_HASH), is_shortened, "{name}");
                    let other = names.insert(name, value.clone());
                    assert!(other.is_none_or(|other| other == value), "{value}");
                }
            }
        }
    }

    #[test]
    fn a_value_that_looks_shortened_is_another_folder() {
        let long = "a".repeat(300);
        let (name, _) = folder_name("state", Some(&long));
        let looks = name.strip_prefix("state=").unwrap();
        assert_ne!(folder_name("state", Some(looks)).0, name);
    }
}
