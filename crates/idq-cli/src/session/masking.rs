//! Masked copies of the records that a command prints.
//!
//! A command creates its [`Masking`] with the other options, so that mistakes come before the load. After the load, when the
//! APIs are known, [`Masking::learn`] learns all snapshots, and the command prints from copies.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Result, anyhow};
use idq::api::Api;
use idq::{Columns, Engine, RowId, Snapshot, escape};
use idq_mask::{AUTO, CopyOptions, Error, MaskKey, Masker, Pseudonyms};

use super::columns::check_names;
use crate::arguments::{MaskArguments, RequestContext, SourceArguments};
use crate::exit::UsageError;
use crate::terminal::print_status;

/// The options of the masking of a command.
pub(crate) struct Masking<'a> {
    arguments: &'a MaskArguments,
    sources: &'a SourceArguments,
    /// The key of the file, if there is one.
    key: Option<MaskKey>,
}

/// The masking of a command that has learned its snapshots.
pub(crate) struct LearnedMasking<'a> {
    arguments: &'a MaskArguments,
    sources: &'a SourceArguments,
    context: RequestContext,
    masker: Masker,
}

impl<'a> Masking<'a> {
    /// Refuses an output that is the file of the key.
    pub(crate) fn check_output(&self, output: &Path) -> Result<()> {
        let is_key = self.arguments.mask_key.as_deref().is_some_and(|key| {
            let resolved = key.canonicalize().ok();
            key == output || (resolved.is_some() && resolved == output.canonicalize().ok())
        });
        if is_key {
            let name = escape(&output.to_string_lossy());
            return Err(UsageError(format!("-o {name}: it is the file of --mask-key")).into());
        }
        Ok(())
    }

    /// Checks the options, and reads the key; `None` without `--mask`.
    pub(crate) fn new(
        arguments: &'a MaskArguments,
        sources: &'a SourceArguments,
    ) -> Result<Option<Self>> {
        if arguments.mask.is_empty() {
            return Ok(None);
        }
        if arguments.names().next().is_none() {
            let message = "--mask: expected names, such as --mask email, or auto";
            return Err(UsageError(message.to_owned()).into());
        }
        if sources.rejects.is_some() {
            let message = "--mask does not mask the records of --rejects: write them with a command of its own, such as \
                           `idq info SOURCE --on-bad-record skip --rejects FILE`";
            return Err(UsageError(message.to_owned()).into());
        }
        let path = arguments.mask_key.as_deref();
        if path.is_some_and(|path| path.as_os_str() == "-") {
            let message = "--mask-key -: expected a file, because a key is kept";
            return Err(UsageError(message.to_owned()).into());
        }
        let key = path.map(|path| MaskKey::read(path).map_err(|error| key_error(path, &error)));
        Ok(Some(Self {
            arguments,
            sources,
            key: key.transpose()?.flatten(),
        }))
    }

    /// Checks the names, learns the masked values of all snapshots of the command, and writes the key if it is a new one.
    pub(crate) fn learn(
        self,
        snapshots: &[&Snapshot],
        context: RequestContext,
    ) -> Result<LearnedMasking<'a>> {
        for name in self.arguments.names().filter(|name| *name != AUTO) {
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
        let key = match &self.key {
            Some(key) => key.clone(),
            None => MaskKey::random()?,
        };
        let pseudonyms = Pseudonyms::new(&key, self.arguments.pseudonyms());
        let names: Vec<String> = self.arguments.names().cloned().collect();
        let masker = Masker::learn(pseudonyms, &names, snapshots).map_err(mask_error)?;
        // After the last check, so that a mistake leaves no file.
        if self.key.is_none() {
            self.keep(&key)?;
        }
        Ok(LearnedMasking {
            arguments: self.arguments,
            sources: self.sources,
            context,
            masker,
        })
    }

    /// Writes a new key to its file, if there is to be one, and prints a note.
    fn keep(&self, key: &MaskKey) -> Result<()> {
        let note = match &self.arguments.mask_key {
            Some(path) => {
                key.write_new(path)
                    .map_err(|error| key_error(path, &error))?;
                let name = escape(&path.to_string_lossy());
                format!("note: {name} has the new key of the pseudonyms: keep it secret")
            }
            None => "note: the pseudonyms have a random key: --mask-key FILE gives the same ones in another run"
                .to_owned(),
        };
        if !self.sources.quiet {
            print_status(&note);
        }
        Ok(())
    }
}

impl LearnedMasking<'_> {
    /// Returns a masked copy of some records, in their order.
    pub(crate) fn copy(
        &self,
        snapshot: &Snapshot,
        rows: &[RowId],
        columns: Columns,
    ) -> Result<Engine> {
        let options = self.copy_options(snapshot, columns);
        self.masker
            .copy(snapshot, rows, options)
            .map_err(mask_error)
    }

    /// Returns a masked copy of all records of a snapshot, whose rows are those of the snapshot. It has the column of ids.
    pub(crate) fn copy_all(&self, snapshot: &Snapshot) -> Result<Engine> {
        let options = self.copy_options(snapshot, Columns::Ids);
        self.masker.copy_all(snapshot, options).map_err(mask_error)
    }

    /// Returns masked copies of all records of two snapshots, as [`copy_all`](Self::copy_all) does.
    pub(crate) fn copy_sides(&self, [one, other]: [&Snapshot; 2]) -> Result<[Engine; 2]> {
        Ok([self.copy_all(one)?, self.copy_all(other)?])
    }

    /// Returns whether masked addresses keep their domains.
    pub(crate) fn keeps_domains(&self) -> bool {
        self.arguments.mask_keep_domain
    }

    /// Returns the masked names, as on the command line.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.arguments.names().map(String::as_str).collect();
        names.join(",")
    }

    /// Returns an expression as it is printed: with pseudonyms in place of its texts.
    pub(crate) fn mask_expression(&self, expression: &str) -> String {
        self.masker.mask_expression(expression)
    }

    /// Returns the value of a parameter of a request as it is printed: with pseudonyms in place of the values of a masked
    /// field, and of the texts of an expression.
    pub(crate) fn mask_parameter(&self, api: &Api, name: &str, value: &str) -> String {
        if name == "where" {
            return self.mask_expression(value);
        }
        // A filter with several values has a parameter for each of them, `filter[name][]`.
        let name = name.strip_suffix("[]").unwrap_or(name);
        let filter = name
            .strip_prefix("filter[")
            .and_then(|name| name.strip_suffix(']'));
        let Some(filter) = filter.and_then(|name| api.filter(name)) else {
            return self.masker.mask_within(value).into_owned();
        };
        let field = &api.fields[filter.field].name;
        // Commas separate the values of a filter.
        let values = value.split(',');
        let values: Vec<Cow<'_, str>> = values
            .map(|value| self.masker.mask_value(api, field, value))
            .collect();
        values.join(",")
    }

    /// Returns a condition that a snapshot file records, an expression or a filter as a parameter, as it is recorded.
    pub(crate) fn mask_condition(&self, api: &Api, condition: &str) -> String {
        match condition.split_once('=') {
            Some((name, value)) if name.starts_with("filter[") => {
                format!("{name}={}", self.mask_parameter(api, name, value))
            }
            _ => self.mask_expression(condition),
        }
    }

    /// Returns a value of a field or path as the copies have it.
    pub(crate) fn mask_value(&self, api: &Api, name: &str, text: &str) -> String {
        self.masker.mask_value(api, name, text).into_owned()
    }

    /// Returns the options of a copy of a snapshot. The copy is read as the snapshot was, as far as the command line and the
    /// snapshot say it.
    fn copy_options(&self, snapshot: &Snapshot, columns: Columns) -> CopyOptions {
        // Dates without a zone are read as before.
        let zone = snapshot.read_values().time_zone.as_deref();
        let zone = zone
            .and_then(|zone| zone.parse().ok())
            .or(self.context.time_zone);
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
        Error::NoTexts { .. } | Error::NoPath(_) | Error::NoValues(_) => {
            UsageError(format!("--mask: {error}")).into()
        }
        error => error.into(),
    }
}

/// Returns the error of a file with a key.
fn key_error(path: &Path, error: &Error) -> anyhow::Error {
    anyhow!("--mask-key {}: {error}", escape(&path.to_string_lossy()))
}
