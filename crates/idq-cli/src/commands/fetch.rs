//! `idq fetch`: writes all records of an API to a dump, page by page over HTTP.
//!
//! The client is in its own crate. This command reads the token, prints what happens, and names the partial file of a
//! run that ends early.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use anyhow::{Result, anyhow};
use idq::render::TerminalEncoding;
use idq::{escape, quote};
use idq_fetch::{
    Error, Event, Fetch, PlainHttp, Resume, RetryPolicy, Summary, Token, TokenError, partial_path,
};
use idq_files::is_special_file;
use indicatif::{DecimalBytes, HumanCount};

use crate::arguments::api_named;
use crate::arguments::fetch::{FetchAccess, FetchArguments};
use crate::exit::{ExitStatus, UsageError, cannot_write};
use crate::formats::{
    extension_of, refuse_format_name, refuse_other_extension, refuse_snapshot_extension,
};
use crate::output_checks::{refuse_source, refuse_standard_streams};
use crate::process::signals::remove_unfinished_on_signals;
use crate::session::{ProgressDisplay, Verbosity, format_count};
use crate::terminal::{open_device, print_status, stdout};

/// The most bytes of a token file. A token has some hundred; the bound keeps a mistaken path from filling memory.
const MAX_TOKEN_FILE_BYTES: u64 = 64 << 10;

/// The environment variable with the token.
const TOKEN_VARIABLE: &str = "IDQ_TOKEN";

/// The extensions of compressed files, which this command does not write.
const COMPRESSED_EXTENSIONS: [&str; 4] = ["gz", "zst", "zip", "tar"];

/// Runs the command.
pub(crate) fn run(arguments: &FetchArguments) -> Result<ExitStatus> {
    // `-` is standard output.
    let output = arguments.output.as_deref();
    let output = output.filter(|path| path.as_os_str() != "-");
    check_output(arguments, output)?;
    let url = arguments.url.parse().map_err(into_anyhow)?;
    let verbosity = if arguments.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let progress = ProgressDisplay::new(verbosity);
    let earlier = Cell::new(0);
    let observe = |event| show_event(event, &progress, verbosity, &earlier);
    let mut fetch = Fetch::new(url)
        .retry(RetryPolicy {
            retries: arguments.failures.retries,
            max_wait: arguments.failures.max_wait.0,
        })
        .timeout(arguments.failures.timeout.0)
        .next_page(arguments.next.into())
        .plain_http(if arguments.access.allow_plain_http {
            PlainHttp::Allow
        } else {
            PlainHttp::Refuse
        })
        .observer(&observe);
    if let Some(api) = arguments.api.as_deref().and_then(api_named) {
        fetch = fetch.api(api);
    }
    if let Some(token) = read_token(&arguments.access, verbosity)? {
        fetch = fetch.token(token);
    }
    for header in &arguments.access.header {
        // The text is not repeated: it may be a token.
        let (name, value) = header.split_once(':').ok_or_else(|| {
            UsageError("--header: expected `Name: value`, found no colon".to_owned())
        })?;
        fetch = fetch.header(name, value);
    }
    let fetched = write(fetch, output, arguments);
    // Also after a failure, whose report must not follow the bar on one line.
    progress.finish();
    let summary = fetched?;
    if verbosity == Verbosity::Normal {
        print_summary(&summary, &progress);
    }
    Ok(ExitStatus::SUCCESS)
}

/// Refuses outputs that are a mistake.
fn check_output(arguments: &FetchArguments, output: Option<&Path>) -> Result<()> {
    let token_file = arguments.access.token_file.as_deref();
    let token_source = token_file.filter(|path| path.as_os_str() != "-");
    let sources: Vec<idq::Source> = token_source.map(Into::into).into_iter().collect();
    refuse_standard_streams(&sources)?;
    let Some(path) = output else {
        if arguments.output.is_none() && io::stdout().is_terminal() {
            let message = "expected -o FILE, or a pipe to another command, found a terminal: `-o people.ndjson` writes \
                           the dump to a file, and `-o -` prints it";
            return Err(UsageError(message.to_owned()).into());
        }
        return Ok(());
    };
    refuse_source("-o", path, &sources)?;
    refuse_snapshot_extension(path)?;
    refuse_format_name(path, Some("people.ndjson"))?;
    refuse_other_extension(path, "people.ndjson")?;
    let extension = extension_of(path);
    let mut compressed = COMPRESSED_EXTENSIONS.into_iter();
    if compressed.any(|other| extension.eq_ignore_ascii_case(other)) {
        let message = format!(
            "-o {}: expected the name of an NDJSON file, found that of a compressed one: fetch into an ordinary file, \
             and compress it afterwards",
            escape(&path.to_string_lossy())
        );
        return Err(UsageError(message).into());
    }
    Ok(())
}

/// Writes the records to a file that can be continued, to a device or to standard output.
fn write(fetch: Fetch<'_>, output: Option<&Path>, arguments: &FetchArguments) -> Result<Summary> {
    let Some(path) = output else {
        let out = stdout(TerminalEncoding::Json);
        return fetch.write_to(out).map_err(into_anyhow);
    };
    if is_special_file(path) {
        let failed = |error: io::Error| cannot_write(path, &error);
        let out = open_device(path, TerminalEncoding::Json).map_err(failed)?;
        return fetch.write_to(out).map_err(into_anyhow);
    }
    remove_unfinished_on_signals()?;
    let resume = if arguments.restart {
        Resume::Restart
    } else {
        Resume::IfPossible
    };
    fetch.write_file(path, resume).map_err(|error| {
        let partial = partial_path(path);
        if error.is_resumable() && partial.exists() {
            let partial = escape(&partial.to_string_lossy());
            return anyhow!(
                "{error}\n  the pages so far are in {partial}: the same command goes on from there"
            );
        }
        into_anyhow(error)
    })
}

/// Reads the token from its file, standard input or the environment; `None` without one.
fn read_token(access: &FetchAccess, verbosity: Verbosity) -> Result<Option<Token>> {
    let refuse = |name: &str, error: TokenError| UsageError(format!("{name}: {error}"));
    let Some(path) = &access.token_file else {
        let Some(value) = std::env::var_os(TOKEN_VARIABLE) else {
            return Ok(None);
        };
        let token = Token::from_bytes(value.as_encoded_bytes());
        return Ok(Some(token.map_err(|error| refuse(TOKEN_VARIABLE, error))?));
    };
    let name = escape(&path.to_string_lossy());
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        let input = io::stdin().lock();
        input.take(MAX_TOKEN_FILE_BYTES).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| {
            if verbosity == Verbosity::Normal && is_readable_by_others(&file) {
                print_status(&format!(
                    "note: other users can read {name}: `chmod 600 {name}` keeps the token from them"
                ));
            }
            file.take(MAX_TOKEN_FILE_BYTES).read_to_end(&mut bytes)
        })
    };
    read.map_err(|error| anyhow!("{name}: the token cannot be read: {error}"))?;
    let token = Token::from_bytes(&bytes).map_err(|error| refuse(&name, error))?;
    Ok(Some(token))
}

/// Returns whether users other than its owner can read a file. A pipe has no such users.
#[cfg(unix)]
fn is_readable_by_others(file: &File) -> bool {
    use std::os::unix::fs::PermissionsExt;

    /// The bits of permissions that let the group and others read.
    const READABLE_BY_OTHERS: u32 = 0o044;
    let metadata = file.metadata();
    metadata
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & READABLE_BY_OTHERS != 0)
}

/// Returns false: on other systems, permissions are no bits.
#[cfg(not(unix))]
fn is_readable_by_others(_: &File) -> bool {
    false
}

/// Shows an event of the run. `earlier` is the number of records of earlier runs.
fn show_event(event: Event, progress: &ProgressDisplay, verbosity: Verbosity, earlier: &Cell<u64>) {
    if let Event::Page(so_far) = event {
        return progress.show_fetch(so_far, earlier.get());
    }
    if verbosity == Verbosity::Quiet {
        return;
    }
    match event {
        Event::Resumed(so_far) => {
            earlier.set(so_far.records);
            let records = format_count(so_far.records, "record");
            let pages = format_count(so_far.pages, "page");
            progress.print(&format!("note: going on after {records} in {pages}"));
        }
        Event::Waiting { reason, wait } => {
            let seconds = wait.as_secs_f64();
            progress.print(&format!("note: {reason}; next attempt in {seconds:.1} s"));
        }
        Event::NotPaged => progress.print(
            "note: the server does not page: it answers the next page like the one before, which counts once",
        ),
        Event::ParametersAdded(names) => {
            let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
            progress.print(&format!(
                "note: the server's URL of the next page lacks {}, which idq adds",
                names.join(", ")
            ));
        }
        _ => {}
    }
}

/// Prints notes on the dump, and a line with its size.
fn print_summary(summary: &Summary, progress: &ProgressDisplay) {
    for note in notes(summary) {
        print_status(&format!("note: {note}"));
    }
    let records = format_count(summary.records, "record");
    let pages = format_count(summary.pages, "page");
    let bytes = DecimalBytes(summary.bytes);
    let title = &summary.api.title;
    let seconds = progress.elapsed().as_secs_f64();
    print_status(&format!(
        "fetched {records} ({bytes}) of {title} in {pages} in {seconds:.2} s"
    ));
}

/// Returns what a user should know about the dump.
fn notes(summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    if summary.respelled > 0 {
        let records = format_count(summary.respelled, "record");
        notes.push(format!(
            "{records} spanned lines, and lost the white space outside strings"
        ));
    }
    let advice = "the list changed meanwhile, so records may be missing or repeated: `--dedupe` drops repeated ones";
    match (summary.first_total, summary.last_total) {
        (Some(first), Some(last)) if first != last => {
            let (first, last) = (HumanCount(first), HumanCount(last));
            notes.push(format!(
                "the first page said {first} records in all, the last one {last}: {advice}"
            ));
        }
        (_, Some(total)) if total != summary.records => {
            let (total, records) = (HumanCount(total), HumanCount(summary.records));
            notes.push(format!(
                "the API says {total} records in all, but its pages had {records}: {advice}"
            ));
        }
        _ => {}
    }
    if let Some(filter) = &summary.missing_trashed_filter {
        notes.push(format!(
            "the API leaves deleted records out: `{filter}=with` in the URL fetches them as well"
        ));
    }
    notes
}

/// Converts an error of the run to one that has the right exit status.
fn into_anyhow(error: Error) -> anyhow::Error {
    match error {
        Error::Output(error) => error.into(),
        error if error.is_usage() => UsageError(error.to_string()).into(),
        error => error.into(),
    }
}
