//! Advice on the name of a source that does not exist: a file of a near name, or an option that was meant.

use std::fs;
use std::path::Path;

use idq::api::ApiRegistry;
use idq::{Query, escape, nearest};
use idq_files::parent_folder;

use super::words::Words;

/// The greatest number of files of a folder that are compared with the name.
const MAX_COMPARED_FILES: usize = 5_000;

/// The greatest number of near names that are shown.
const MAX_NEAR_NAMES: usize = 3;

/// The parameters of requests that are no filters.
const PARAMETERS: [&str; 5] = ["page", "per_page", "sort", "where", "perPage"];

/// Returns the advice on a source that does not exist.
pub(crate) fn advice_on_missing_source(name: &str) -> Option<String> {
    let words = Words::of_process();
    let option = meant_option(name, &words).map(|(option, value)| {
        let command = words.replacing(name, &[option.flag, &value]);
        format!("is it {}? write `{}`", option.kind, escape(&command))
    });
    option.or_else(|| near_files(name))
}

/// An option for a word that was given in the place of a file.
struct MeantOption {
    flag: &'static str,
    long: &'static str,
    /// The word, as part of a message.
    kind: &'static str,
}

const REQUEST: MeantOption = MeantOption {
    flag: "-q",
    long: "query",
    kind: "a request",
};
const FILTER: MeantOption = MeantOption {
    flag: "-f",
    long: "filter",
    kind: "a filter",
};
const EXPRESSION: MeantOption = MeantOption {
    flag: "-w",
    long: "where",
    kind: "an expression",
};
const FORMAT: MeantOption = MeantOption {
    flag: "-o",
    long: "output",
    kind: "an output format",
};
const KEY: MeantOption = MeantOption {
    flag: "--by",
    long: "by",
    kind: "a key of the count",
};
const ID: MeantOption = MeantOption {
    flag: "--id",
    long: "id",
    kind: "an id",
};

/// Returns the option of the command that a word was meant for, with the value of that option.
fn meant_option(word: &str, words: &Words) -> Option<(MeantOption, String)> {
    let (option, value) = meaning(word, words)?;
    words.command_has(option.long).then_some((option, value))
}

/// Returns the option that a word was meant for, by its form.
fn meaning(word: &str, words: &Words) -> Option<(MeantOption, String)> {
    let whole = word.to_owned();
    if is_request(word) {
        return Some((REQUEST, whole));
    }
    if word.contains(char::is_whitespace) && Query::new().add_where_text(word).is_ok() {
        return Some((EXPRESSION, whole));
    }
    if let Some((name, value)) = word.split_once('=')
        && is_name(name)
    {
        let value = value.strip_prefix('=').unwrap_or(value);
        return Some((FILTER, format!("{name}={value}")));
    }
    // A colon occurs in names of files, so the name before it must be that of a filter.
    if let Some((name, value)) = word.split_once(':')
        && is_filter(name)
        && !words.command_has(KEY.long)
    {
        return Some((FILTER, format!("{name}={value}")));
    }
    let (field, _) = word.split_once(':').unwrap_or((word, ""));
    if words.command_has(KEY.long) && is_field(field) {
        return Some((KEY, whole));
    }
    if is_output_format(word, words) {
        return Some((FORMAT, whole));
    }
    let may_be_id = words.command_has(ID.long) && !word.contains(['/', '\\', '*', '.']);
    may_be_id.then_some((ID, whole))
}

/// Returns whether a word has the form of a URL or of a query string.
fn is_request(word: &str) -> bool {
    let query = word.strip_prefix('?').unwrap_or(word);
    let name = query.split_once('=').map(|(name, _)| name);
    word.starts_with("http://")
        || word.starts_with("https://")
        || query.starts_with("filter[")
        || name.is_some_and(|name| PARAMETERS.contains(&name))
        || name.is_some_and(is_name) && (query.contains('&') || query.len() < word.len())
}

/// Returns whether a text has the form of a filter's name.
fn is_name(text: &str) -> bool {
    let is_in_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    !text.is_empty() && text.chars().all(is_in_name)
}

/// Returns whether an API has a filter of this name.
fn is_filter(name: &str) -> bool {
    let mut apis = ApiRegistry::built_in().iter();
    apis.any(|api| api.filter(name).is_some())
}

/// Returns whether an API documents a field of this name.
fn is_field(name: &str) -> bool {
    let mut apis = ApiRegistry::built_in().iter();
    apis.any(|api| api.fields.iter().any(|field| field.name == name))
}

/// Returns whether the command has an output format of this name.
fn is_output_format(word: &str, words: &Words) -> bool {
    let Some(command) = words.command() else {
        return false;
    };
    let mut outputs = command.get_arguments();
    let output = outputs.find(|argument| argument.get_long() == Some(FORMAT.long));
    let formats = output.map(clap::Arg::get_possible_values);
    let mut formats = formats.into_iter().flatten();
    formats.any(|format| format.get_name() == word)
}

/// Returns the advice with the files of near names in the folder of a file that does not exist. Names are compared
/// without their extensions, which many files share.
fn near_files(name: &str) -> Option<String> {
    let path = Path::new(name);
    let wanted = path.file_name()?.to_string_lossy();
    let entries = fs::read_dir(parent_folder(path)).ok()?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let names = names.filter(|name| !name.starts_with('.'));
    let mut names: Vec<String> = names.take(MAX_COMPARED_FILES).collect();
    names.sort_unstable();
    let mut stems: Vec<&str> = names.iter().map(|name| stem(name)).collect();
    stems.dedup();
    let near = nearest(stem(&wanted), stems, MAX_NEAR_NAMES);
    let near = near.into_iter().flat_map(|near| {
        let names = names.iter();
        names.filter(move |name| stem(name) == near)
    });
    let near: Vec<String> = near
        .take(MAX_NEAR_NAMES)
        .map(|near| idq::quote(&path.with_file_name(near).to_string_lossy()))
        .collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

/// Returns the name of a file without its extensions.
fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}
