use std::collections::HashMap;

use idq::api::{Api, Kind};
use idq::json::Cell;
use idq::{Row, Snapshot, nearest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rayon::prelude::*;

use crate::error::Error;
use crate::flow::piece_rows;
use crate::plan::Plan;

/// The most values that a field to partition by may have.
const MAX_PARTITIONS: usize = 1000;
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

fn unknown(api: &'static Api, name: &str) -> Error {
    let fields = api.fields.iter();
    let can_be_folders =
        fields.filter(|field| matches!(field.kind, Kind::Text | Kind::Keyword | Kind::Boolean));
    let fields: Vec<&str> = can_be_folders.map(|field| field.name).collect();
    // People leave out the objects around a field.
    let last = |field: &&str| field.rsplit('.').next() == Some(name);
    let near = fields.iter().copied().find(last);
    Error::UnknownPartition {
        name: name.to_owned(),
        nearest: near.or_else(|| nearest(name, fields.iter().copied(), 1).into_iter().next()),
        fields,
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
        let value = match value.as_deref() {
            Some(NULL) => return Err(Error::NullsName(name.to_owned())),
            Some(value) => utf8_percent_encode(value, ENCODED).to_string(),
            None => NULL.to_owned(),
        };
        let name = utf8_percent_encode(name, ENCODED);
        partitions.push(Partition {
            folder: format!("{name}={value}"),
            rows,
        });
    }
    partitions.sort_by(|left, right| left.folder.cmp(&right.folder));
    Ok(partitions)
}
