//! `idq history`: prints the versions of one identity in snapshots, each compared with the one before it.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use idq::api::Api;
use idq::{Columns, Record, escape};
use idq_compare::{ChangeWriter, Error, PathRules, RecordChange, RecordDifference, pair_records};

use super::changes::{
    change_output, change_stdout, change_writer, check_paths, check_sources, compared_paths,
    one_source, print_volatile_note,
};
use crate::arguments::{ChangeOutput, HistoryArguments, RequestContext};
use crate::exit::{ExitStatus, STATUS_NOT_FOUND, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::Session;
use crate::terminal::{print_error, print_status};

/// Runs the command.
///
/// Snapshots are loaded one after the other, and of each one only the versions of the identity stay in memory.
pub(crate) fn run(arguments: &HistoryArguments) -> Result<ExitStatus> {
    check_sources(&arguments.sources)?;
    let is_found = run_on_threads(arguments.sources.threads, || {
        let format = change_output(arguments.output.output);
        #[cfg(feature = "export")]
        if format == ChangeOutput::Parquet {
            let message = "history prints lines: expected -o text, ndjson, csv or patch";
            return Err(UsageError(message.to_owned()).into());
        }
        let mut out = change_stdout(format, &arguments.output)?;
        // An id may be repeated, so a snapshot may have several versions.
        let mut old: Vec<Record> = Vec::new();
        let mut is_found = false;
        let mut first_api: Option<Arc<Api>> = None;
        for (step, name) in arguments.sources.sources.iter().enumerate() {
            let sources = one_source(&arguments.sources, name);
            let session = Session::new(&sources, RequestContext::default())?;
            let loaded = session.load(Columns::Ids)?;
            let new = loaded.engine.get(&arguments.id)?;
            // An identity that one snapshot lacks joined later or left.
            is_found |= !new.is_empty();
            let api = loaded.engine.api();
            // Records of two APIs have other fields: every one of them would be a change.
            let expected = first_api.get_or_insert_with(|| Arc::clone(api));
            if expected != api {
                let error = Error::OtherApi {
                    old: expected.title.clone(),
                    new: api.title.clone(),
                };
                return Err(UsageError(error.to_string()).into());
            }
            check_paths(
                &arguments.paths,
                &arguments.output,
                &[loaded.engine.snapshot()],
            )?;
            let name = escape(&name.to_string_lossy());
            let writer = change_writer(format, &arguments.output, arguments.sources.color, api);
            let step = Step {
                name: &name,
                old: &old,
                new: &new,
                format,
                is_first: step == 0,
            };
            let rules = compared_paths(&arguments.paths).rules(api);
            out.write_all(&step.write(&arguments.id, writer, &rules)?)?;
            if !arguments.sources.quiet {
                print_repeated_note(&name, new.len());
                if step.is_first {
                    print_volatile_note(&arguments.paths, api);
                }
            }
            old = new;
        }
        out.flush()?;
        Ok(is_found)
    })?;
    // As `idq get`: nothing to show is an answer of its own.
    if !is_found {
        let id = idq::quote(&arguments.id);
        print_error(&format!("no snapshot has a record with the id {id}"));
        return Ok(ExitStatus::from(STATUS_NOT_FOUND));
    }
    Ok(ExitStatus::SUCCESS)
}

/// Prints a note on several records of one id in one snapshot.
fn print_repeated_note(name: &str, records: usize) {
    if records > 1 {
        print_status(&format!(
            "note: {name} has {records} records with this id: equal ones cancel, the others are paired in load order; \
             --dedupe keeps the newest"
        ));
    }
}

/// The versions of the identity in a snapshot, and in the one before it.
struct Step<'a> {
    /// The name of the snapshot.
    name: &'a str,
    /// The versions in the snapshot before it.
    old: &'a [Record],
    /// The versions in this one.
    new: &'a [Record],
    /// The format of the output.
    format: ChangeOutput,
    /// Whether no snapshot precedes this one.
    is_first: bool,
}

impl Step<'_> {
    /// Returns the text of the differences from the snapshot before.
    fn write(&self, id: &str, writer: ChangeWriter, rules: &PathRules) -> Result<Vec<u8>> {
        let is_text = self.format == ChangeOutput::Text;
        let writer = if is_text {
            writer
        } else {
            writer.with_member("snapshot", self.name)
        };
        let mut text = if self.is_first {
            writer.header()
        } else {
            Vec::new()
        };
        let differences = self.differences(id, rules)?;
        if is_text {
            text.extend_from_slice(self.name.as_bytes());
            if differences.is_empty() {
                text.extend_from_slice(format!(": {}", self.state()).as_bytes());
            }
            text.push(b'\n');
        }
        for difference in &differences {
            writer.append(difference, &mut text)?;
        }
        // Every snapshot has a line, also one in which nothing changed.
        if differences.is_empty() && !is_text {
            writer.append_state(id, self.state(), &mut text);
        }
        Ok(text)
    }

    /// Returns the word for a snapshot without differences.
    fn state(&self) -> &'static str {
        if self.new.is_empty() {
            "absent"
        } else if self.is_first {
            "present"
        } else {
            "unchanged"
        }
    }

    /// Compares the records of this snapshot with those of the one before it. The first one has nothing before it.
    fn differences(&self, id: &str, rules: &PathRules) -> Result<Vec<RecordDifference<'_>>> {
        let mut differences = Vec::new();
        if self.is_first {
            return Ok(differences);
        }
        for (old, new) in pair_records(self.old, self.new, rules)? {
            let old = old.map(|at| self.old[at].as_bytes());
            let new = new.map(|at| self.new[at].as_bytes());
            let change = RecordChange::between(old, new, rules)?;
            differences.extend(change.map(|change| RecordDifference {
                id: id.to_owned(),
                change,
            }));
        }
        Ok(differences)
    }
}
