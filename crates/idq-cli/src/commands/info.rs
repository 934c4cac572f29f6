//! `idq info`: describes dumps by sources, fields and states.
//!
//! All columns are loaded, because every field has statistics. Text is for people, JSON for programs.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use idq::api::Kind;
use idq::render::{Listing, TerminalEncoding, write_wrapped};
use idq::{Columns, PackedRequest, PathStatistics, SourceReport, Statistics, TextEncoding};
use indicatif::{DecimalBytes, HumanCount};
use serde::Serialize;

use super::subset::{write_requests, write_subsets_of_sources};
use crate::arguments::{InfoArguments, ListingFormat, RequestContext};
use crate::exit::ExitStatus;
use crate::process::threads::run_on_threads;
use crate::session::{LoadedSession, Session, format_count};
use crate::terminal::{listing_width, paged_stdout, print_json};

/// Runs the command.
pub(crate) fn run(arguments: &InfoArguments) -> Result<ExitStatus> {
    let session = Session::new(
        &arguments.sources,
        RequestContext {
            time_zone: arguments.timezone,
            ..RequestContext::default()
        },
    )?;
    let (loaded, statistics, deleted, paths) = run_on_threads(arguments.sources.threads, || {
        let loaded = session.load(Columns::All)?;
        let statistics = loaded.engine.statistics()?;
        let deleted = loaded.engine.deleted_states()?;
        let paths = arguments
            .paths
            .then(|| describe_paths(&loaded))
            .transpose()?;
        Ok((loaded, statistics, deleted, paths))
    })?;
    let mut info = DumpDescription::new(&loaded, &statistics, deleted.as_ref());
    info.paths = paths;
    match arguments.output {
        ListingFormat::Json => print_json(&info)?,
        ListingFormat::Text => {
            let mut out = paged_stdout(TerminalEncoding::Text);
            info.write_text(listing_width(arguments.wide), &mut out)?;
            out.flush()?;
        }
    }
    loaded.print_summary(&format_count(info.fields.len() as u64, "field"));
    Ok(ExitStatus::SUCCESS)
}

/// The description of dumps in its serialized form.
#[derive(Serialize)]
struct DumpDescription<'a> {
    /// Name of the API.
    api: &'a str,
    /// Number of records, without dropped duplicates.
    records: u64,
    /// Number of bytes of the sources.
    bytes: u64,
    /// The memory of all columns.
    column_bytes: u64,
    /// The snapshot file, if it is the only source.
    #[serde(skip_serializing_if = "Option::is_none")]
    packed: Option<PackedInfo<'a>>,
    /// The number of records with the id of an earlier record.
    repeated_ids: u64,
    /// The number of malformed records that were set aside.
    rejected: u64,
    /// Sources, in load order.
    sources: Vec<SourceInfo<'a>>,
    /// The sources, for the lines about subsets.
    #[serde(skip)]
    reports: &'a [SourceReport],
    /// Statistics of the documented fields.
    fields: Vec<FieldInfo<'a>>,
    /// The fields of records that the API does not document.
    unknown_fields: Vec<&'a str>,
    /// The numbers of records by state.
    states: Vec<StateInfo<'a>>,
    /// The paths of each kind of document, with `--paths`.
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Vec<DocumentInfo>>,
}

/// The paths of the documents of one field.
#[derive(Serialize)]
struct DocumentInfo {
    /// The field; `null` for the members that the API does not document.
    field: Option<String>,
    /// The paths in the order of their keys.
    paths: Vec<PathInfo>,
    /// The number of paths that are not listed.
    more: usize,
}

/// A path of documents.
#[derive(Serialize)]
struct PathInfo {
    /// The dotted name, as an expression spells it.
    path: String,
    /// The number of records with a value, null or an empty object or array at the path.
    records: u64,
    /// The number of values of each kind.
    kinds: BTreeMap<String, u64>,
}

/// Describes the paths of all documents.
fn describe_paths(loaded: &LoadedSession<'_>) -> Result<Vec<DocumentInfo>> {
    let api = loaded.engine.api();
    let columns =
        (0..api.column_count()).filter(|&column| api.column_kind(column) == Kind::Document);
    let mut documents = Vec::new();
    for column in columns {
        let (paths, all) = loaded.engine.document_paths(column)?;
        let more = all - paths.len();
        let path = |path: PathStatistics| PathInfo {
            path: path.name,
            records: path.records,
            kinds: (path.kinds.into_iter())
                .map(|(kind, count)| (kind.to_string(), count))
                .collect(),
        };
        documents.push(DocumentInfo {
            field: api.fields.get(column).map(|field| field.name.clone()),
            paths: paths.into_iter().map(path).collect(),
            more,
        });
    }
    documents.retain(|document| !document.paths.is_empty());
    Ok(documents)
}

/// A source: a dump, or a snapshot file with the dumps that it was packed from.
#[derive(Serialize)]
struct SourceInfo<'a> {
    /// Name of the file or stream.
    name: &'a str,
    /// The compression of the file, detected from its content.
    compression: String,
    /// The encoding of the text, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
    /// The path to the records, if they are wrapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_path: Option<&'a str>,
    /// Length in bytes.
    bytes: u64,
    /// Number of records.
    records: u64,
    /// The modification time when the file was packed.
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    /// The sources that a snapshot file among other sources was packed from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceInfo<'a>>,
    /// The requests by which a snapshot file among other sources was packed.
    #[serde(rename = "selections", skip_serializing_if = "<[_]>::is_empty")]
    requests: &'a [PackedRequest],
}

impl<'a> SourceInfo<'a> {
    /// Describes a source. The modification time is included for [`SourceOrigin::Packed`] only: a dump that was just
    /// read can be inspected, but the dumps of a snapshot file may not exist any more.
    fn new(source: &'a SourceReport, origin: SourceOrigin) -> Self {
        let packed_from = source.packed_from.iter();
        Self {
            name: &source.name,
            compression: source.compression.to_string(),
            encoding: (source.encoding != TextEncoding::Utf8).then(|| source.encoding.to_string()),
            records_path: source.records_path.as_deref(),
            bytes: source.bytes,
            records: source.records,
            modified: source
                .modified
                .filter(|_| origin == SourceOrigin::Packed)
                .map(format_time),
            sources: packed_from
                .map(|source| Self::new(source, SourceOrigin::Packed))
                .collect(),
            requests: &source.requests,
        }
    }

    /// Appends the row of the source, and the rows of the sources that it was packed from.
    fn append_rows(&self, depth: usize, rows: &mut Vec<[String; 5]>) {
        rows.push([
            "  ".repeat(depth) + &idq::escape(self.name),
            match &self.encoding {
                Some(encoding) => format!("{}, {encoding}", self.compression),
                None => self.compression.clone(),
            },
            DecimalBytes(self.bytes).to_string(),
            HumanCount(self.records).to_string(),
            self.modified.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
        for source in &self.sources {
            source.append_rows(depth + 1, rows);
        }
    }
}

/// The snapshot file.
#[derive(Serialize)]
struct PackedInfo<'a> {
    /// Length of the file in bytes.
    bytes: u64,
    /// The version of the file format.
    format: u32,
    /// The version of idq that packed the file.
    packed_by: &'a str,
    /// The requests by which it was packed, one after another; none if it has all records of its sources.
    #[serde(rename = "selections", skip_serializing_if = "Vec::is_empty")]
    requests: Vec<PackedRequest>,
}

/// The statistics of a field. The counts of values, nulls, missing and empty values add up to the number of records.
#[derive(Serialize)]
struct FieldInfo<'a> {
    /// Dotted name.
    name: &'a str,
    /// Kind of the values.
    kind: String,
    /// Number of records with a value.
    values: u64,
    /// The number of records in which the field is null.
    nulls: u64,
    /// The number of records without the field.
    missing: u64,
    /// The number of records with an empty document, or a date that means never.
    empty: u64,
    /// The number of distinct values; `None` where it is not counted.
    distinct: Option<u64>,
    /// The least value, in the order of the field.
    least: Option<&'a str>,
    /// The greatest value, in the order of the field.
    greatest: Option<&'a str>,
    /// The most frequent values, if values recur.
    top: Vec<TopValue<'a>>,
}

/// A value and the number of records that have it.
#[derive(Serialize)]
struct TopValue<'a> {
    /// The value as text.
    value: &'a str,
    /// The number of records with it.
    records: u64,
}

/// The number of records with one value of the state field; `None` is null or missing.
#[derive(Serialize)]
struct StateInfo<'a> {
    /// State; null stands for the records without one.
    state: Option<&'a str>,
    /// Number of records in the state.
    records: u64,
    /// The number of deleted ones among them, if the API has deleted records.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<u64>,
}

/// The way in which a source reached the snapshot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SourceOrigin {
    /// It was read from its dump.
    Loaded,
    /// It was packed into a snapshot file before.
    Packed,
}

/// The number of deleted records of each state.
type DeletedStates = BTreeMap<Option<String>, u64>;

/// The maximum number of the most frequent values of a field in a listing.
const MAX_LISTED_TOP_VALUES: usize = 3;

/// The maximum number of characters of a value in a listing.
const MAX_VALUE_CHARS: usize = 32;

impl<'a> DumpDescription<'a> {
    /// Describes a loaded snapshot.
    fn new(
        loaded: &'a LoadedSession<'_>,
        statistics: &'a Statistics,
        deleted: Option<&DeletedStates>,
    ) -> Self {
        let snapshot = loaded.engine.snapshot();
        let api = snapshot.api();
        let origin = if snapshot.file().is_some() {
            SourceOrigin::Packed
        } else {
            SourceOrigin::Loaded
        };
        let source = |source: &'a SourceReport| SourceInfo::new(source, origin);
        let field = |field: &'a idq::FieldStatistics| FieldInfo {
            name: &api.fields[field.field].name,
            kind: api.fields[field.field].kind.to_string(),
            values: field.values,
            nulls: field.nulls,
            missing: field.missing,
            empty: field.empty,
            distinct: field.distinct,
            least: field.range.as_ref().map(|range| range.0.as_str()),
            greatest: field.range.as_ref().map(|range| range.1.as_str()),
            top: (field.top.iter())
                .map(|(value, records)| TopValue {
                    value,
                    records: *records,
                })
                .collect(),
        };
        let states = statistics.states.iter();
        Self {
            api: &api.name,
            records: snapshot.rows(),
            bytes: snapshot.sources().iter().map(|source| source.bytes).sum(),
            column_bytes: snapshot.column_memory(),
            packed: snapshot.file().map(|file| PackedInfo {
                bytes: file.length(),
                format: file.format(),
                packed_by: file.packed_by(),
                // The load has read the same summary.
                requests: file
                    .load_summary()
                    .map_or_else(|_| Vec::new(), |load| load.requests),
            }),
            repeated_ids: snapshot.repeated_ids(),
            rejected: snapshot.rejected_count(),
            sources: snapshot.sources().iter().map(source).collect(),
            reports: snapshot.sources(),
            fields: statistics.fields.iter().map(field).collect(),
            unknown_fields: snapshot.unknown_fields().collect(),
            states: states
                .map(|(state, records)| StateInfo {
                    state: state.as_deref(),
                    records: *records,
                    deleted: deleted.map(|deleted| deleted.get(state).copied().unwrap_or(0)),
                })
                .collect(),
            paths: None,
        }
    }

    /// Writes the description as text, for a terminal of this width.
    fn write_text(&self, width: Option<usize>, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "API            {}", self.api)?;
        writeln!(out, "Records        {}", HumanCount(self.records))?;
        writeln!(out, "Bytes          {}", DecimalBytes(self.bytes))?;
        writeln!(out, "Repeated ids   {}", HumanCount(self.repeated_ids))?;
        writeln!(out, "Rejected       {}", HumanCount(self.rejected))?;
        if let Some(packed) = &self.packed {
            writeln!(out, "Snapshot file  {}", DecimalBytes(packed.bytes))?;
            writeln!(out, "Format         {}", packed.format)?;
            writeln!(out, "Packed by      idq {}", idq::escape(packed.packed_by))?;
            write_requests(&packed.requests, out)?;
        }
        writeln!(out, "\nSources")?;
        let mut sources = Vec::new();
        for source in &self.sources {
            source.append_rows(0, &mut sources);
        }
        // Only sources of snapshot files have modification times.
        let has_times = sources.iter().any(|source| source[4] != "-");
        let titles = ["name", "compression", "bytes", "records", "modified"];
        let columns = titles.len() - usize::from(!has_times);
        let mut listing = Listing::new(&titles[..columns]);
        for source in sources {
            listing.push(source.into_iter().take(columns));
        }
        listing.write(width, out)?;
        write_subsets_of_sources(self.reports, out)?;
        writeln!(out, "\nFields")?;
        let mut listing = Listing::new(&[
            "name",
            "kind",
            "values",
            "null",
            "missing",
            "empty",
            "distinct",
            "least",
            "greatest",
            "most frequent",
        ]);
        for field in &self.fields {
            let count = |count: u64| HumanCount(count).to_string();
            listing.push([
                field.name.to_owned(),
                field.kind.clone(),
                count(field.values),
                count(field.nulls),
                count(field.missing),
                count(field.empty),
                field.distinct.map_or("-".to_owned(), count),
                field.least.map_or("-".to_owned(), shorten),
                field.greatest.map_or("-".to_owned(), shorten),
                field.most_frequent(),
            ]);
        }
        listing.write(width, out)?;
        if !self.unknown_fields.is_empty() {
            writeln!(out, "\nFields that the API does not document")?;
            for name in &self.unknown_fields {
                writeln!(out, "  {}", idq::escape(name))?;
            }
        }
        for document in self.paths.iter().flatten() {
            document.write_text(width, out)?;
        }
        writeln!(out, "\nRecords by state")?;
        let deleted: Option<u64> = self.states.iter().map(|state| state.deleted).sum();
        let deleted = deleted.filter(|_| !self.states.is_empty());
        let titles = ["state", "records", "deleted"];
        let columns = titles.len() - usize::from(deleted.is_none());
        let mut listing = Listing::new(&titles[..columns]);
        for state in &self.states {
            let deleted = state.deleted.map(|deleted| HumanCount(deleted).to_string());
            let line = [
                state.state.map_or("-".to_owned(), shorten),
                HumanCount(state.records).to_string(),
            ];
            listing.push(line.into_iter().chain(deleted));
        }
        listing.write(width, out)?;
        if deleted.is_some_and(|deleted| deleted > 0) {
            let note = "Requests leave deleted records out, unless they have -f trashed=with or -f trashed=only";
            write_wrapped(note, "  ", width, out)?;
        }
        Ok(())
    }
}

impl DocumentInfo {
    /// Writes the paths as a listing.
    fn write_text(&self, width: Option<usize>, out: &mut impl Write) -> std::io::Result<()> {
        match &self.field {
            Some(field) => writeln!(out, "\nPaths in {}", idq::escape(field))?,
            None => writeln!(out, "\nPaths that the API does not document")?,
        }
        let mut listing = Listing::new(&["path", "records", "kinds of values"]);
        for path in &self.paths {
            let kinds = path.kinds.iter();
            let kinds: Vec<String> = kinds
                .map(|(kind, count)| format!("{} {kind}", HumanCount(*count)))
                .collect();
            listing.push([
                idq::escape(&path.path),
                HumanCount(path.records).to_string(),
                kinds.join(", "),
            ]);
        }
        listing.write(width, out)?;
        match self.more {
            0 => Ok(()),
            more => writeln!(out, "  and {} more", HumanCount(more as u64)),
        }
    }
}

impl FieldInfo<'_> {
    /// Returns the most frequent values with their numbers of records, for a listing.
    fn most_frequent(&self) -> String {
        if self.top.is_empty() {
            return "-".to_owned();
        }
        let top = self.top.iter().take(MAX_LISTED_TOP_VALUES);
        let top = top.map(|top| format!("{} {}", shorten(top.value), HumanCount(top.records)));
        top.collect::<Vec<_>>().join(", ")
    }
}

/// Formats a modification time, to the second.
fn format_time(time: std::time::SystemTime) -> String {
    let since = time.duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs() as i64);
    idq::date::format_timestamp(seconds * 1_000_000)
}

/// Shortens a value, and escapes it to one line. The empty text has quotes, because nothing would be seen of it.
fn shorten(value: &str) -> String {
    if value.is_empty() {
        return "\"\"".to_owned();
    }
    let mut text: String = value.chars().take(MAX_VALUE_CHARS).collect();
    if value.chars().nth(MAX_VALUE_CHARS).is_some() {
        text.push('…');
    }
    idq::escape(&text)
}
