//! A partitioned export: a folder with one file for each value of a field, renamed into place as a whole.
//!
//! The layout is Hive's: `PATH/state=active/part-0.parquet`. One file is open at a time. The temporary folder is
//! renamed when all files are complete.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;

use idq::RowId;
use idq_files::{AtomicFolder, sync_folder};

use super::{ExportSummary, Exporter};
use crate::columns::{ColumnPlan, with_speculative_types};
use crate::error::Error;
use crate::partition::{Partition, partition_rows};

/// The file that lists the values which are shortened in the names of their folders. Readers of partitioned folders
/// ignore names that start with `_`.
const SHORTENED_VALUES_FILE: &str = "_shortened_values.json";

impl Exporter<'_> {
    /// Writes rows to a folder, one subfolder for each value of `field`. All files have the same column types.
    pub(super) fn write_folder(
        &self,
        plan: &ColumnPlan<'_>,
        rows: &[RowId],
        path: &Path,
        field: &str,
    ) -> Result<ExportSummary, Error> {
        let partitions = partition_rows(self.snapshot, field, rows)?;
        let file_name = format!("part-0.{}", self.format.extension());
        with_speculative_types(plan, rows, |types| {
            let failed = |error| Error::Output(error).with_path(path);
            let unfinished = AtomicFolder::create(path).map_err(failed)?;
            let mut written = 0;
            for partition in &partitions {
                let folder = unfinished.path().join(&partition.folder);
                // Messages name the path after the rename.
                let target = path.join(&partition.folder);
                fs::create_dir(&folder).map_err(|error| Error::Output(error).with_path(&target))?;
                self.after_rows(written)
                    .write_file(plan, types, &partition.rows, &folder.join(&file_name))
                    .map_err(|error| error.with_path(&target))?;
                written += partition.rows.len() as u64;
            }
            write_shortened_values(&partitions, unfinished.path()).map_err(failed)?;
            // The entries of the folder must be on disk before the rename is.
            sync_folder(unfinished.path());
            self.snapshot.check_unchanged()?;
            unfinished.commit().map_err(failed)?;
            Ok(())
        })?;
        Ok(ExportSummary {
            records: rows.len() as u64,
            files: partitions.len() as u64,
            shortened_values: shortened_values(&partitions).count() as u64,
        })
    }
}

/// Returns the names of folders that have a shortened value, with the whole values.
fn shortened_values(partitions: &[Partition]) -> impl Iterator<Item = (&str, &str)> {
    let partitions = partitions.iter();
    partitions
        .filter_map(|partition| Some((&*partition.folder, partition.shortened_value.as_deref()?)))
}

/// Writes the shortened values, if there are any, as a JSON object from the names of folders to values.
fn write_shortened_values(partitions: &[Partition], folder: &Path) -> io::Result<()> {
    let values: BTreeMap<&str, &str> = shortened_values(partitions).collect();
    if values.is_empty() {
        return Ok(());
    }
    let mut file = BufWriter::new(fs::File::create_new(folder.join(SHORTENED_VALUES_FILE))?);
    serde_json::to_writer_pretty(&mut file, &values)?;
    file.write_all(b"\n")?;
    file.into_inner()
        .map_err(IntoInnerError::into_error)?
        .sync_all()
}
