//! A loaded session: its notes, hints and summary on standard error.
//!
//! Notes concern the load, hints the request, and the summary is the last line. `--quiet` suppresses all of them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use idq::{
    Account, AttributeAccount, BindErrors, BoundKeys, BoundQuery, Engine, Hint, Matches,
    PackedRequest, Reject, RowId, Selects, SourceReport, TextEncoding, TimeZone, escape, quote,
};
use indicatif::{DecimalBytes, HumanCount};

use super::columns::hint_absent_columns;
use super::names::names_in_records;
use super::{BoundRequest, ParsedRequest, ProgressDisplay, Verbosity};
use crate::arguments::{RequestArguments, RequestContext, SourceArguments};
use crate::exit::UsageError;
use crate::terminal::print_status;

/// An engine over the loaded sources, and the state of the messages about it.
pub(crate) struct LoadedSession<'a> {
    /// The options of the sources, for `--quiet` and `--rejects`.
    arguments: &'a SourceArguments,
    /// The facts about the request on which notes and hints depend.
    request: RequestContext,
    /// The display of progress, with the time since the start of the command.
    progress: ProgressDisplay,
    /// Engine over the loaded snapshot.
    pub(crate) engine: Engine,
    /// The time from the start of the command to the end of the load.
    load_time: Duration,
}

impl<'a> LoadedSession<'a> {
    /// Wraps a snapshot whose load has just ended.
    pub(super) fn new(
        arguments: &'a SourceArguments,
        request: RequestContext,
        progress: ProgressDisplay,
        engine: Engine,
    ) -> Self {
        let load_time = progress.elapsed();
        Self {
            arguments,
            request,
            progress,
            engine,
            load_time,
        }
    }

    /// Returns whether notes, hints and the summary are suppressed.
    fn is_quiet(&self) -> bool {
        self.arguments.verbosity() == Verbosity::Quiet
    }

    /// Prints notes on records that were set aside, dropped, or have repeated ids, and on values that were read otherwise
    /// than they are spelled.
    pub(super) fn print_notes(&self) {
        if self.is_quiet() {
            return;
        }
        self.print_reject_notes();
        self.print_left_out_notes();
        self.print_date_notes();
        self.print_cut_note();
        let snapshot = self.engine.snapshot();
        if snapshot.dropped() > 0 {
            let dropped = format_count(snapshot.dropped(), "record");
            print_status(&format!(
                "note: dropped {dropped}: another record with the same id is as new or newer"
            ));
            // Without --dedupe, repeated ids are only counted. Those of a snapshot file were told when it was packed.
        } else if snapshot.repeated_ids() > 0 && snapshot.file().is_none() {
            let repeated = format_count(snapshot.repeated_ids(), "record");
            print_status(&format!(
                "note: {repeated} with the id of an earlier one: --dedupe keeps the newest"
            ));
        }
    }

    /// Prints notes on records that this load, or the packing of a snapshot file, has set aside.
    fn print_reject_notes(&self) {
        let snapshot = self.engine.snapshot();
        let rejects = snapshot.rejects();
        let rejected = rejects.len() as u64;
        if rejected > 0 {
            let destination = match &self.arguments.rejects {
                Some(path) => format!(": see {}", escape(&path.to_string_lossy())),
                None => ": --rejects FILE keeps them".to_owned(),
            };
            print_status(&format!(
                "note: skipped {} that could not be read{destination}",
                format_count(rejected, "record")
            ));
        }
        // Rejects of sources that can be read once are in memory, within a limit.
        let is_cut = |reject: &&Reject| reject.kept < reject.length;
        let cut = rejects.iter().filter(is_cut).count() as u64;
        if cut > 0 && self.arguments.rejects.is_some() {
            print_status(&format!(
                "note: only the first bytes of {} were kept, because the source can be read only once and a load keeps 16 MiB \
                 of such bytes: save it to a file and load that to keep all of them",
                format_count(cut, "skipped record")
            ));
        }
        let rejected_before = snapshot.rejected_before();
        if rejected_before > 0 {
            let records = format_count(rejected_before, "record");
            let file = if snapshot.file().is_some() {
                "this snapshot file"
            } else {
                "a snapshot file"
            };
            print_status(&format!(
                "note: {records} could not be read when {file} was packed, so the file does not contain them"
            ));
        }
    }

    /// Prints a note for each source of which not all arrays of objects are records.
    fn print_left_out_notes(&self) {
        for source in self.engine.snapshot().sources() {
            let (Some(path), Some(first)) = (&source.records_path, source.left_out.first()) else {
                continue;
            };
            let left_out: Vec<String> = source.left_out.iter().map(|path| quote(path)).collect();
            print_status(&format!(
                "note: {}: the records are those of {}; the objects of {} are left out (--records {} reads them instead)",
                escape(&source.name),
                quote(path),
                left_out.join(", "),
                escape(first)
            ));
        }
    }

    /// Prints notes on dates without a time zone, and on those that are empty. A snapshot file's were told when it was
    /// packed, unless the command names another zone for them.
    fn print_date_notes(&self) {
        let snapshot = self.engine.snapshot();
        let read = snapshot.read_values();
        let time_zone = self.request.time_zone;
        let local = format_count(read.local_dates, "date");
        let zone = match &read.time_zone {
            _ if read.time_zones_differ => "several time zones".to_owned(),
            Some(zone) => escape(zone),
            None => TimeZone::UTC.to_string(),
        };
        if snapshot.file().is_some() {
            if read.local_dates > 0 && time_zone.is_some_and(|named| named.to_string() != zone) {
                print_status(&format!(
                    "note: {local} without a time zone were read in {zone} when this snapshot file was packed: \
                     --timezone moves the days of the request and calendar buckets alone"
                ));
            }
            return;
        }
        if read.local_dates > 0 {
            let help = if time_zone.is_some() {
                ""
            } else {
                ": --timezone names another zone"
            };
            print_status(&format!(
                "note: {local} without a time zone, read in {zone}{help}"
            ));
        }
        if read.empty_dates > 0 {
            let empty = format_count(read.empty_dates, "date");
            print_status(&format!(
                "note: {empty} with an empty text, which counts as null"
            ));
        }
    }

    /// Prints a note on texts that look as if an exporter had written them in place of nested objects. A snapshot file's
    /// were told when it was packed.
    fn print_cut_note(&self) {
        let snapshot = self.engine.snapshot();
        let read = snapshot.read_values();
        if snapshot.file().is_some() || read.cut_values.is_empty() {
            return;
        }
        let fields = read.cut_values.iter();
        let fields: Vec<String> = fields
            .map(|(field, values)| format!("{} of {field}", format_count(*values, "value")))
            .collect();
        let look = if read.cut_values.values().sum::<u64>() == 1 {
            "looks"
        } else {
            "look"
        };
        let first = read.first_cut.as_ref().map_or_else(String::new, |first| {
            format!(
                " (first in {}, record {})",
                escape(&first.source),
                first.record
            )
        });
        print_status(&format!(
            "note: {}{first} {look} cut by the depth limit of the exporter: texts such as @{{…}} or System.Object[] in \
             place of objects; raise the limit and export again (PowerShell: ConvertTo-Json -Depth 10)",
            fields.join(" and ")
        ));
    }

    /// Checks that some record has each name of the request and of the keys of a count that the API does not document.
    pub(crate) fn check_names(&self, query: &BoundQuery, keys: Option<&BoundKeys>) -> Result<()> {
        let snapshot = self.engine.snapshot();
        let of_query = query.check_names(snapshot).err();
        let of_keys = keys.and_then(|keys| keys.check_names(snapshot).err());
        let errors: Vec<BindErrors> = of_query.into_iter().chain(of_keys).collect();
        if errors.is_empty() {
            return Ok(());
        }
        // If the records cannot be read any more, the names of the API are suggested alone.
        let names = names_in_records(snapshot).unwrap_or_default();
        let errors = errors
            .into_iter()
            .map(|errors| errors.with_names(names.clone()));
        let errors: Vec<String> = errors.map(|errors| errors.to_string()).collect();
        Err(UsageError(errors.join("\n\n")).into())
    }

    /// Keeps the records that a request selects, and returns the request for the file and the account of its
    /// expressions. The hints are printed, because a request that selects no record is often a mistake.
    pub(crate) fn retain(
        &mut self,
        arguments: &RequestArguments,
        request: ParsedRequest,
    ) -> Result<(PackedRequest, Option<String>)> {
        let is_empty = request.is_empty();
        let api = Arc::clone(self.engine.api());
        let Some(BoundRequest {
            query: bound,
            packed_request,
            ..
        }) = request.bind(Some(&api), arguments)?
        else {
            return Ok(Default::default());
        };
        // Nothing is evaluated without a request, but a wrong `--timezone` is an error and a right one is recorded.
        if is_empty {
            return Ok((packed_request, None));
        }
        self.check_names(&bound, None)?;
        let matches = self.engine.bound(bound.clone());
        let account = self.describe_account(&matches)?;
        // The account and the hints refer to the whole snapshot, so they are computed before the others are dropped.
        let hints = self.hints_for_all_matches(&matches, matches.count()?, None);
        self.engine.retain(&bound)?;
        self.print_hints(hints);
        Ok((packed_request, account))
    }

    /// Returns the account of the expressions of a request, in words; `None` without an expression, or if the command
    /// is quiet.
    pub(crate) fn describe_account(&self, matches: &Matches<'_>) -> Result<Option<String>> {
        if self.is_quiet() {
            return Ok(None);
        }
        let account = matches.account()?;
        let selects = matches.query().selects();
        Ok(account.map(|account| match selects {
            Selects::Satisfied => format_account(&account),
            Selects::Unknown => {
                let names: Vec<String> = matches.query().compared_names().map(escape).collect();
                format_unknown(&account, &names)
            }
        }))
    }

    /// Prints the summary of a command that mostly loads: the result, the sources, and the time of the load.
    pub(crate) fn print_summary(&self, result: &str) {
        self.print_summary_line(result, "");
    }

    /// Prints the summary of a command whose main work follows the load: the total time as well.
    pub(crate) fn print_summary_with_total_time(&self, result: &str) {
        let total = self.progress.elapsed().as_secs_f64();
        self.print_summary_line(result, &format!("; {total:.2} s in all"));
    }

    /// Prints a summary: `RESULT; loaded N records (BYTES) from M sources in T s`, followed by `end`.
    fn print_summary_line(&self, result: &str, end: &str) {
        if self.is_quiet() {
            return;
        }
        let sources = self.engine.snapshot().sources();
        let bytes = DecimalBytes(sources.iter().map(|source| source.bytes).sum());
        let records = format_count(self.engine.snapshot().rows(), "record");
        let seconds = self.load_time.as_secs_f64();
        print_status(&match self.engine.snapshot().file() {
            // Opening a snapshot file takes milliseconds.
            Some(file) => {
                let bytes = DecimalBytes(file.length());
                format!("{result}; opened {records} (packed, {bytes}) in {seconds:.3} s{end}")
            }
            None => {
                let encoding = describe_encodings(sources);
                let sources = format_count(sources.len() as u64, "source");
                format!(
                    "{result}; loaded {records} ({bytes}{encoding}) from {sources} in {seconds:.2} s{end}"
                )
            }
        });
    }

    /// Returns the hints for a result of `total` matches; none if the command is quiet, because hints take time.
    pub(crate) fn hints(&self, matches: &Matches<'_>, total: u64) -> Vec<String> {
        self.hints_where(matches, total, |_| true)
    }

    /// Returns the hints that `keep` accepts.
    fn hints_where(
        &self,
        matches: &Matches<'_>,
        total: u64,
        keep: impl Fn(&Hint) -> bool,
    ) -> Vec<String> {
        if self.is_quiet() {
            return Vec::new();
        }
        let hints = matches.hints(total).into_iter();
        let hints = hints.filter(keep).map(|hint| hint.to_string());
        let plus_sign = "in a query string, `+` is a space: write %2B for a plus sign".to_owned();
        let plus_sign = Some(plus_sign).filter(|_| total == 0 && self.request.has_plus_sign);
        plus_sign.into_iter().chain(hints).collect()
    }

    /// Returns the hints on the keys of a count; none if the command is quiet.
    pub(crate) fn hints_for_keys(&self, matches: &Matches<'_>, keys: &BoundKeys) -> Vec<String> {
        if self.is_quiet() {
            return Vec::new();
        }
        let hints = matches.key_hints(keys).into_iter();
        hints.map(|hint| hint.to_string()).collect()
    }

    /// Prints a warning that nothing was selected, unless the command is quiet.
    pub(crate) fn print_warning(&self, warning: &str) {
        if !self.is_quiet() {
            print_status(&format!("warning: {warning}"));
        }
    }

    /// Returns the hints where every match is written. `page_hint` replaces the hint for a page past the last one,
    /// which does not apply.
    pub(crate) fn hints_for_all_matches(
        &self,
        matches: &Matches<'_>,
        total: u64,
        page_hint: Option<String>,
    ) -> Vec<String> {
        let applies = |hint: &Hint| !matches!(hint, Hint::PageBeyondLast { .. });
        let hints = self.hints_where(matches, total, applies);
        page_hint.into_iter().chain(hints).collect()
    }

    /// Returns the hints for chosen columns that none of the written records has.
    pub(crate) fn hints_for_columns(
        &self,
        columns: &[String],
        rows: &[RowId],
    ) -> Result<Vec<String>> {
        if self.is_quiet() {
            return Ok(Vec::new());
        }
        hint_absent_columns(columns, self.engine.snapshot(), rows)
    }

    /// Returns the number of matches in words, and the number of deleted records that the request leaves out by
    /// default.
    pub(crate) fn describe_matches(&self, matches: &Matches<'_>, total: u64) -> Result<String> {
        // The number of deleted records takes another count, which a quiet command does not need.
        let matched = format!("{} matched", format_count(total, "record"));
        if self.is_quiet() {
            return Ok(matched);
        }
        Ok(match matches.deleted_left_out()? {
            Some(deleted) if deleted > 0 => {
                let deleted = HumanCount(deleted);
                format!("{matched} ({deleted} deleted left out: add -f trashed=with)")
            }
            _ => matched,
        })
    }

    /// Prints the account of an expression, as the last line.
    pub(crate) fn print_account(&self, account: Option<String>) {
        if let Some(account) = account {
            print_status(&account);
        }
    }

    /// Prints hints, unless the command is quiet.
    pub(crate) fn print_hints(&self, hints: Vec<String>) {
        if self.is_quiet() {
            return;
        }
        for hint in hints {
            print_status(&format!("hint: {hint}"));
        }
    }
}

/// Returns the encodings from which sources were converted, as part of a summary: `, converted from UTF-16LE`.
fn describe_encodings(sources: &[SourceReport]) -> String {
    let is_converted = |source: &&SourceReport| source.encoding != TextEncoding::Utf8;
    let mut names: Vec<String> = Vec::new();
    for source in sources.iter().filter(is_converted) {
        let name = source.encoding.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return String::new();
    }
    let in_part = if sources.iter().all(|source| is_converted(&source)) {
        ""
    } else {
        " in part"
    };
    format!(", converted{in_part} from {}", names.join(" and "))
}

/// Formats the account of an expression: `57 match, 15 do not; of the 72, 3 have no email (2 null, 1 missing)`.
fn format_account(account: &Account) -> String {
    let (matched, others) = (account.matched, account.population - account.matched);
    let mut text = format!(
        "{} {}, {} {} not",
        HumanCount(matched),
        if matched == 1 { "matches" } else { "match" },
        HumanCount(others),
        if others == 1 { "does" } else { "do" },
    );
    // One clause for each attribute that hides records.
    let mut clauses = Vec::new();
    for attribute in &account.attributes {
        clauses.extend(format_absent(attribute));
        let other = attribute.other_kind;
        if other > 0 {
            let have = if other == 1 { "has" } else { "have" };
            clauses.push(format!(
                "{} {have} a value of another type in {}",
                HumanCount(other),
                escape(&attribute.name)
            ));
        }
    }
    if !clauses.is_empty() {
        let population = HumanCount(account.population);
        text.push_str(&format!("; of the {population}, {}", clauses.join(", ")));
    }
    text
}

/// Formats the account of the records without a value, where these are selected: `3 of the 72 have no value to compare:
/// 3 have no email (2 null, 1 missing)`. `names` are those of the compared attributes.
fn format_unknown(account: &Account, names: &[String]) -> String {
    let clauses: Vec<String> = account
        .attributes
        .iter()
        .filter_map(format_absent)
        .collect();
    let population = HumanCount(account.population);
    // Without a clause, every record has a value to compare.
    if clauses.is_empty() {
        return format!(
            "each of the {population} has a value in {}",
            names.join(", ")
        );
    }
    let unknown = HumanCount(account.matched);
    let have = if account.matched == 1 { "has" } else { "have" };
    let clauses = clauses.join(", ");
    format!("{unknown} of the {population} {have} no value to compare: {clauses}")
}

/// Formats the number of records without an attribute: `3 have no email (2 null, 1 missing)`; `None` if all have it.
fn format_absent(attribute: &AttributeAccount) -> Option<String> {
    let absent = attribute.absent();
    let kinds = [
        (attribute.null, "null"),
        (attribute.missing, "missing"),
        (attribute.empty, "empty"),
        (attribute.never, "never"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds
        .map(|(count, kind)| format!("{} {kind}", HumanCount(*count)))
        .collect();
    let have = if absent == 1 { "has" } else { "have" };
    let (name, kinds) = (escape(&attribute.name), kinds.join(", "));
    (absent > 0).then(|| format!("{} {have} no {name} ({kinds})", HumanCount(absent)))
}

/// Formats a number of things: `1,234 records`, `1 record`.
pub(crate) fn format_count(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", HumanCount(count))
}
