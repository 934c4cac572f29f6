//! Completion of values that depend on the sources of the command line: names of an API, and values of a field.
//!
//! A completer reads the words of the command line itself, because the parser gives it only the word at the cursor. It
//! is silent about every error: a shell has no place for a message.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Arc;

use clap::CommandFactory;
use clap_complete::engine::CompletionCandidate;
use idq::api::{Api, ApiRegistry, Kind, MatchKind, ValueSyntax};
use idq::{Bucket, Engine, Loader, buckets_of_kind, is_snapshot_file};

use super::Arguments;
use crate::commands::REFERENCES;
use crate::process::command_line::words;

/// The greatest number of values that are offered for a field.
const MAX_VALUES: usize = 100;

/// Returns the names of the commands.
pub(super) fn commands() -> Vec<CompletionCandidate> {
    let root = Arguments::command();
    let commands = root.get_subcommands();
    commands
        .map(|command| {
            CompletionCandidate::new(command.get_name()).help(command.get_about().cloned())
        })
        .collect()
}

/// Returns the topics of `idq help`.
pub(super) fn help_topics() -> Vec<CompletionCandidate> {
    let references = REFERENCES
        .iter()
        .map(|(name, _)| CompletionCandidate::new(name));
    commands().into_iter().chain(references).collect()
}

/// Completes `NAME=VALUE` of a filter.
pub(crate) fn complete_filter(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let sources = CommandLine::read();
    match current.split_once('=') {
        None => {
            let filters = sources.apis.iter().flat_map(|api| {
                let filters = api.filters.iter();
                filters.map(|rule| (format!("{}=", rule.name), api.describe_filter(rule)))
            });
            candidates(filters, &current)
        }
        Some((name, _)) => {
            let values = sources.filter_values(name).into_iter();
            let values = values.map(|value| (format!("{name}={value}"), String::new()));
            candidates(values, &current)
        }
    }
}

/// Completes the last of several sort keys, ascending or, after `-`, descending.
pub(crate) fn complete_sort(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let (before, key) = split_last(&current);
    let sign = if key.starts_with('-') { "-" } else { "" };
    let sources = CommandLine::read();
    let sorts = sources.apis.iter().flat_map(|api| {
        let sorts = api.sorts.iter();
        sorts.map(|rule| {
            let about = api.fields[rule.field].description.clone();
            (format!("{before}{sign}{}", rule.name), about)
        })
    });
    candidates(sorts, &current)
}

/// Completes the name of a field.
pub(crate) fn complete_field(current: &OsStr) -> Vec<CompletionCandidate> {
    let sources = CommandLine::read();
    let fields = sources.apis.iter().flat_map(|api| {
        let fields = api.fields.iter();
        fields.map(|field| (field.name.clone(), field.description.clone()))
    });
    candidates(fields, &current.to_string_lossy())
}

/// Completes a key of a count: the last of several fields, or its bucket after a colon.
pub(crate) fn complete_key(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let (before, key) = split_last(&current);
    let sources = CommandLine::read();
    let keys = sources.apis.iter().flat_map(|api| {
        api.fields.iter().flat_map(move |field| {
            let plain = (format!("{before}{}", field.name), field.description.clone());
            // Buckets are offered once a field has been chosen.
            let buckets = key
                .split_once(':')
                .filter(|(name, _)| *name == field.name)
                .map(|_| buckets_of_kind(field.kind))
                .unwrap_or_default();
            let buckets = buckets.iter().filter(|bucket| !bucket.is_empty());
            let buckets = buckets.map(move |bucket| {
                let bucket = Bucket::example(bucket);
                (format!("{before}{}:{bucket}", field.name), String::new())
            });
            std::iter::once(plain).chain(buckets)
        })
    });
    candidates(keys, &current)
}

/// Splits a comma-separated list before its last element.
fn split_last(list: &str) -> (&str, &str) {
    let start = list.rfind(',').map_or(0, |comma| comma + 1);
    list.split_at(start)
}

/// The sources on the command line, and the APIs whose names are offered.
struct CommandLine {
    /// The snapshot files among the words.
    snapshot_files: Vec<OsString>,
    /// The named or detected API; all built-in ones if there is none.
    apis: Vec<Arc<Api>>,
}

impl CommandLine {
    /// Reads the words of the command line that is completed.
    fn read() -> Self {
        // The shell calls `idq -- idq query people.json -f …`.
        let words: Vec<OsString> = words()
            .skip_while(|word| *word != "--")
            .skip(2)
            .cloned()
            .collect();
        let files: Vec<&OsString> = words
            .iter()
            .filter(|word| Path::new(word).is_file())
            .collect();
        let api = named_api(&words).or_else(|| {
            let sources = files.iter().map(|file| Path::new(*file).into());
            Loader::new(sources.collect()).detect().ok().flatten()
        });
        Self {
            snapshot_files: files
                .into_iter()
                .filter(|file| is_snapshot_file(Path::new(file)))
                .cloned()
                .collect(),
            apis: match api {
                Some(api) => vec![api],
                None => ApiRegistry::built_in().iter().cloned().collect(),
            },
        }
    }

    /// Returns the values that a filter may have: those of snapshot files, and those that the API documents.
    fn filter_values(&self, name: &str) -> BTreeSet<String> {
        let rules = self
            .apis
            .iter()
            .filter_map(|api| Some((api, api.filter(name)?)));
        let mut values = BTreeSet::new();
        for (api, rule) in rules {
            let field = &api.fields[rule.field];
            match (&rule.match_kind, rule.match_kind.value_syntax()) {
                (_, ValueSyntax::Flag) => values.extend(["true", "false"].map(str::to_owned)),
                (_, ValueSyntax::Trashed) => {
                    values.extend(["without", "with", "only"].map(str::to_owned));
                }
                (MatchKind::Exact, _) => {
                    values.extend(field.values.iter().cloned());
                    // Every record may have a value of its own in other fields.
                    if field.kind == Kind::Keyword {
                        values.extend(self.values_in_files(&field.name));
                    }
                }
                _ => {}
            }
        }
        values
    }

    /// Returns the most frequent values of a field in the snapshot files.
    fn values_in_files(&self, field: &str) -> Vec<String> {
        if self.snapshot_files.is_empty() {
            return Vec::new();
        }
        let count = || -> Option<Vec<String>> {
            let engine = Engine::open(self.snapshot_files.iter().map(Path::new)).ok()?;
            let groups = engine.query("").ok()?.count_by(&[field]).ok()?;
            let values = groups.iter().filter_map(|group| {
                let text = group.value().text()?;
                Some(text.to_owned())
            });
            Some(values.take(MAX_VALUES).collect())
        };
        count().unwrap_or_default()
    }
}

/// Returns the API of `--api`.
fn named_api(words: &[OsString]) -> Option<Arc<Api>> {
    let mut words = words.iter().map(|word| word.to_string_lossy());
    let name = words.find_map(|word| match word.strip_prefix("--api") {
        Some("") => Some(None),
        Some(rest) => Some(rest.strip_prefix('=').map(str::to_owned)),
        None => None,
    })?;
    let name = name.or_else(|| words.next().map(Cow::into_owned))?;
    ApiRegistry::built_in().by_name(&name).cloned()
}

/// Returns the candidates that start with the current word, each once, with their help.
fn candidates(
    values: impl Iterator<Item = (String, String)>,
    current: &str,
) -> Vec<CompletionCandidate> {
    let mut seen = BTreeSet::new();
    let matching = values.filter(|(value, _)| value.starts_with(current));
    // A shell would print characters that a terminal interprets.
    let safe = matching.filter(|(value, _)| idq::escape(value) == *value);
    let distinct = safe.filter(|(value, _)| seen.insert(value.clone()));
    distinct
        .map(|(value, about)| {
            let help = (!about.is_empty()).then(|| about.into());
            CompletionCandidate::new(value).help(help)
        })
        .collect()
}
