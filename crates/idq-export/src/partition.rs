//! Partitions of rows by the value of a field, and the names of their folders in Hive's layout.
//!
//! Values are grouped in parallel, from the column of the field or, if it is not loaded, from the records. A record without the field, or with null, is
//! in the partition of null.

use std::collections::HashMap;

use idq::api::{Api, Kind};
use idq::render::rows_per_task;
use idq::{RowId, Snapshot, nearest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::columns::{ColumnPlan, RawRecords};
use crate::error::Error;

/// The maximum number of distinct values of a field to partition by. One file is open at a time, so the bound is on the
/// number of folders: file systems and readers are slow with more.
const MAX_PARTITIONS: usize = 100_000;
/// The maximum length of a name on common file systems.
const MAX_NAME_BYTES: usize = 255;
/// The number of bytes of a value's hash in the name of its folder. No collision of 128 bits of SHA-256 is known, and
/// finding one is infeasible.
const HASH_BYTES: usize = 16;
/// The separator between the start of a shortened value and its hash.
const HASH_SEPARATOR: &str = "@";
/// The name that represents null, as Hive and its successors write it.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";
/// The characters that are percent-encoded in the name of a folder: all characters that a file system or a reader may
/// interpret.
const ENCODED_IN_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The rows that have one value, in their order.
pub(crate) struct Partition {
    /// The name of the folder: `state=active`.
    pub(crate) folder: String,
    pub(crate) rows: Vec<RowId>,
    /// The whole value, if the name of the folder has it shortened.
    pub(crate) shortened_value: Option<String>,
}

/// Checks that the values of a field can name folders.
pub(crate) fn check_partition_field(snapshot: &Snapshot, name: &str) -> Result<(), Error> {
    let api = snapshot.api();
    let field = api.field(name).ok_or_else(|| unknown_field(api, name))?;
    let kind = api.fields[field].kind;
    if !can_name_folders(kind) {
        return Err(Error::PartitionKind {
            name: name.to_owned(),
            kind,
        });
    }
    Ok(())
}

/// Returns whether the values of a field of this kind can name folders.
fn can_name_folders(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Keyword | Kind::Boolean)
}

/// Returns the error for a field that the API does not have.
fn unknown_field(api: &Api, name: &str) -> Error {
    let fields = api.fields.iter();
    let fields = fields.filter(|field| can_name_folders(field.kind));
    let fields: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
    // Users often omit the parents of a field, so a field whose last key is the name comes first.
    let has_last_key = |field: &&str| field.rsplit('.').next() == Some(name);
    let near = fields.iter().copied().find(has_last_key);
    Error::UnknownPartition {
        name: name.to_owned(),
        nearest: near
            .or_else(|| nearest(name, fields.iter().copied(), 1).into_iter().next())
            .map(str::to_owned),
        fields: fields.into_iter().map(str::to_owned).collect(),
    }
}

/// Groups rows by the value of a field. Partitions are ordered by the names of their folders.
///
/// # Errors
/// The field has too many values, or a record cannot be read.
pub(crate) fn partition_rows(
    snapshot: &Snapshot,
    name: &str,
    rows: &[RowId],
) -> Result<Vec<Partition>, Error> {
    let plan = ColumnPlan::new(snapshot, [name], RawRecords::Omitted, rows.len())?;
    let too_many = || Error::TooManyPartitions {
        name: name.to_owned(),
        limit: MAX_PARTITIONS,
    };
    /// Rows by value; `None` is null.
    type Groups = HashMap<Option<String>, Vec<RowId>>;
    let task_groups: Vec<Groups> = rows
        .par_chunks(rows_per_task(snapshot))
        .map(|rows| {
            let mut groups = Groups::new();
            let mut next = rows.iter();
            plan.for_each_value(rows, |value| {
                let value = value.map(str::to_owned);
                groups.entry(value).or_default().extend(next.next());
                // Checked in every task, so that memory stays bounded.
                if groups.len() > MAX_PARTITIONS {
                    return Err(too_many());
                }
                Ok(())
            })?;
            Ok(groups)
        })
        .collect::<Result<_, Error>>()?;
    let mut groups = Groups::new();
    // Tasks are merged in order, so that the rows of each value keep theirs.
    for task in task_groups {
        for (value, rows) in task {
            groups.entry(value).or_default().extend(rows);
        }
        if groups.len() > MAX_PARTITIONS {
            return Err(too_many());
        }
    }
    let mut partitions = Vec::with_capacity(groups.len());
    for (value, rows) in groups {
        if value.as_deref() == Some(HIVE_NULL) {
            return Err(Error::ReservedValue(name.to_owned()));
        }
        let (folder, is_shortened) = folder_name(name, value.as_deref());
        partitions.push(Partition {
            folder,
            rows,
            shortened_value: value.filter(|_| is_shortened),
        });
    }
    // Hash maps have no order, but the export must have the same one in every run.
    partitions.sort_by(|left, right| left.folder.cmp(&right.folder));
    Ok(partitions)
}

/// Returns the name of a value's folder, and whether the value is shortened in it.
///
/// A shortened value is its start, a separator and a part of its hash. Names are distinct for distinct values: a whole
/// value cannot contain the separator, which is percent-encoded in it.
fn folder_name(field: &str, value: Option<&str>) -> (String, bool) {
    let field = utf8_percent_encode(field, ENCODED_IN_NAME);
    let Some(value) = value else {
        return (format!("{field}={HIVE_NULL}"), false);
    };
    // The equals sign is encoded in both parts, so the name can be split again.
    let whole = format!("{field}={}", utf8_percent_encode(value, ENCODED_IN_NAME));
    if whole.len() <= MAX_NAME_BYTES {
        return (whole, false);
    }
    // Values with the same start differ in the hash.
    let hash = Sha256::digest(value.as_bytes());
    let hash: String = hash[..HASH_BYTES]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut end = MAX_NAME_BYTES - HASH_SEPARATOR.len() - hash.len();
    // The cut must not split an encoded byte.
    if let Some(escape) = whole[..end].rfind('%').filter(|escape| escape + 3 > end) {
        end = escape;
    }
    (format!("{}{HASH_SEPARATOR}{hash}", &whole[..end]), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_of_long_values_are_short_and_distinct() {
        let mut names = HashMap::new();
        for length in 0..300 {
            for letter in ["a", "é", "👋"] {
                for last in ["", "x", "y"] {
                    let value = letter.repeat(length) + last;
                    let (name, is_shortened) = folder_name("state", Some(&value));
                    assert!(name.len() <= MAX_NAME_BYTES, "{name}");
                    assert_eq!(name.contains(HASH_SEPARATOR), is_shortened, "{name}");
                    let other = names.insert(name, value.clone());
                    assert!(other.is_none_or(|other| other == value), "{value}");
                }
            }
        }
    }

    #[test]
    fn folder_name_of_a_value_that_looks_shortened_is_another_one() {
        let long = "a".repeat(300);
        let (name, _) = folder_name("state", Some(&long));
        let looks = name.strip_prefix("state=").unwrap();
        assert_ne!(folder_name("state", Some(looks)).0, name);
    }
}
