//! Masked copies of the records that a command prints.

use std::borrow::Cow;

use anyhow::{Result, anyhow};
use idq::api::Api;
use idq::{Columns, Engine, RowId, Snapshot, escape};
use idq_mask::{AUTO, CopyOptions, Error, MaskKey, Masker, Pseudonyms};

use super::columns::check_names;
use crate::arguments::{MaskArguments, RequestContext, SourceArguments};
use crate::exit::UsageError;
use crate::terminal::print_status;

/// The masking of a command.
pub(crate) struct Masking<'a> {
    arguments: &'a MaskArguments,
    sources: &'a SourceArguments,
    masker: Masker,
}

/// A masked copy of some records, in their order.
pub(crate) struct MaskedCopy {
    pub(crate) engine: Engine,
    pub(crate) rows: Vec<RowId>,
}

impl<'a> Masking<'a> {
    /// Reads or writes the key; `None` without `--mask`.
    pub(crate) fn new(
        arguments: &'a MaskArguments,
        sources: &'a SourceArguments,
    ) -> Result<Option<Self>> {
        if arguments.mask.is_empty() {
            return Ok(None);
        }
        if sources.rejects.is_some() {
            let message = "--mask does not mask the records of --rejects: write them with a command of its own, such as \
                           `idq info SOURCE --on-bad-record skip --rejects FILE`";
            return Err(UsageError(message.to_owned()).into());
        }
        let (key, note) = match &arguments.mask_key {
            Some(path) => {
                let name = escape(&path.to_string_lossy());
                let (key, is_new) = MaskKey::read_or_create(path)
                    .map_err(|error| anyhow!("--mask-key {name}: {error}"))?;
                let note =
                    format!("note: {name} has the new key of the pseudonyms: keep it secret");
                (key, is_new.then_some(note))
            }
            None => {
                let note = "note: the pseudonyms have a random key: --mask-key FILE gives the same ones in another run";
                (MaskKey::random()?, Some(note.to_owned()))
            }
        };
        if let Some(note) = note.filter(|_| !sources.quiet) {
            print_status(&note);
        }
        let pseudonyms = Pseudonyms::new(&key, arguments.pseudonyms());
        Ok(Some(Self {
            masker: Masker::new(pseudonyms, arguments.mask.clone()),
            arguments,
            sources,
        }))
    }

    /// Checks the names, and learns the masked values of all snapshots of the command.
    pub(crate) fn learn(&mut self, snapshots: &[&Snapshot]) -> Result<()> {
        let names = self.arguments.mask.iter().filter(|name| *name != AUTO);
        for name in names {
            // A name may belong to one of two APIs.
            let name = std::slice::from_ref(name);
            let mut checks = snapshots
                .iter()
                .map(|&snapshot| check_names("--mask", name, &[snapshot]));
            let first = checks.next().unwrap_or(Ok(()));
            first.or_else(|error| match checks.any(|check| check.is_ok()) {
                true => Ok(()),
                false => Err(error),
            })?;
        }
        for snapshot in snapshots {
            self.masker.learn(snapshot).map_err(mask_error)?;
        }
        Ok(())
    }

    /// Returns a masked copy of some records.
    pub(crate) fn copy(
        &self,
        snapshot: &Snapshot,
        rows: &[RowId],
        columns: Columns,
        context: RequestContext,
    ) -> Result<MaskedCopy> {
        let options = self.copy_options(snapshot, columns, context);
        let engine = self
            .masker
            .copy(snapshot, rows, options)
            .map_err(mask_error)?;
        // Rows are numbered in 32 bits.
        let rows = (0..rows.len()).map(|row| RowId(row as u32)).collect();
        Ok(MaskedCopy { engine, rows })
    }

    /// Learns two snapshots, and returns masked copies of all their records, whose rows are those of the snapshots. They
    /// have the column of ids.
    pub(crate) fn copy_sides(
        &mut self,
        snapshots: [&Snapshot; 2],
        context: RequestContext,
    ) -> Result<[Engine; 2]> {
        self.learn(&snapshots)?;
        let [one, other] = snapshots;
        Ok([self.copy_all(one, context)?, self.copy_all(other, context)?])
    }

    /// Returns a masked copy of all records of a snapshot, whose rows are those of the snapshot. It has the column of ids.
    pub(crate) fn copy_all(&self, snapshot: &Snapshot, context: RequestContext) -> Result<Engine> {
        let options = self.copy_options(snapshot, Columns::Parts(Vec::new()), context);
        self.masker.copy_all(snapshot, options).map_err(mask_error)
    }

    /// Returns a text of the command line as it is printed: with pseudonyms in place of masked values.
    pub(crate) fn mask_within<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.masker.mask_within(text)
    }

    /// Returns a value of a field or path as the copies have it.
    pub(crate) fn mask_value(&self, api: &Api, name: &str, text: &str) -> String {
        self.masker.mask_value(api, name, text).into_owned()
    }

    fn copy_options(
        &self,
        snapshot: &Snapshot,
        columns: Columns,
        context: RequestContext,
    ) -> CopyOptions {
        // Dates without a zone are read as before.
        let zone = snapshot.read_values().time_zone.as_deref();
        let zone = zone
            .and_then(|zone| zone.parse().ok())
            .or(context.time_zone);
        let mut read = self.sources.read.options(zone.unwrap_or_default());
        // A snapshot file may have been packed with these options.
        read.numeric_ids = true;
        read.dates.dotnet = true;
        let names = snapshot.sources().iter().map(|source| source.name.as_str());
        CopyOptions {
            name: format!("{} (masked)", names.collect::<Vec<_>>().join(", ")),
            columns,
            read,
        }
    }
}

/// Returns the error of masking, as one of the command line if that is wrong.
fn mask_error(error: Error) -> anyhow::Error {
    match error {
        Error::NoTexts { .. } => UsageError(format!("--mask: {error}")).into(),
        error => error.into(),
    }
}
