use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::{Columns, SourceReport, Statistics};
use indicatif::{DecimalBytes, HumanCount};
use serde::Serialize;

use super::listing::Listing as Lines;
use crate::arguments::{InfoArguments, Listing};
use crate::output::{json_stdout, stdout};
use crate::session::{Loaded, Session, counted, on_threads};

/// Describes dumps.
pub(crate) fn run(arguments: &InfoArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let (loaded, statistics, deleted) = on_threads(arguments.sources.threads, || {
        let loaded = session.load(Columns::All)?;
        let statistics = loaded.snapshot.statistics()?;
        let deleted = loaded.snapshot.deleted_states()?;
        Ok((loaded, statistics, deleted))
    })?;
    let info = Info::new(&loaded, &statistics, deleted.as_ref());
    match arguments.output {
        Listing::Json => {
            let mut out = json_stdout();
            serde_json::to_writer_pretty(&mut out, &info).map_err(std::io::Error::from)?;
            writeln!(out)?;
            out.flush()?;
        }
        Listing::Text => {
            let mut out = stdout();
            info.print(&mut out)?;
            out.flush()?;
        }
    }
    session.summary(&counted(info.fields.len() as u64, "field"), &loaded);
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Info<'a> {
    api: &'a str,
    records: u64,
    bytes: u64,
    column_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed: Option<PackedInfo<'a>>,
    repeated_ids: u64,
    rejected: u64,
    sources: Vec<SourceInfo<'a>>,
    fields: Vec<FieldInfo<'a>>,
    unknown_fields: Vec<&'a str>,
    states: Vec<StateInfo<'a>>,
}

#[derive(Serialize)]
struct SourceInfo<'a> {
    name: &'a str,
    compression: String,
    bytes: u64,
    records: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    /// Of a snapshot file among other sources: what that was made from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceInfo<'a>>,
}

impl<'a> SourceInfo<'a> {
    /// A dump that was just read can be looked at; the dumps of a snapshot file may be gone.
    fn new(source: &'a SourceReport, is_packed: bool) -> Self {
        let inner = source.packed_from.iter();
        Self {
            name: &source.name,
            compression: source.compression.to_string(),
            bytes: source.bytes,
            records: source.records,
            modified: source.modified.filter(|_| is_packed).map(written),
            sources: inner.map(|source| Self::new(source, true)).collect(),
        }
    }

    /// Its line, and those of what it was made from.
    fn list(&self, depth: usize, lines: &mut Vec<[String; 5]>) {
        lines.push([
            "  ".repeat(depth) + &idq::escape(self.name),
            self.compression.clone(),
            DecimalBytes(self.bytes).to_string(),
            HumanCount(self.records).to_string(),
            self.modified.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
        for source in &self.sources {
            source.list(depth + 1, lines);
        }
    }
}

/// The snapshot file itself.
#[derive(Serialize)]
struct PackedInfo<'a> {
    bytes: u64,
    format: u32,
    packed_by: &'a str,
}

#[derive(Serialize)]
struct FieldInfo<'a> {
    name: &'a str,
    kind: String,
    values: u64,
    nulls: u64,
    missing: u64,
    distinct: Option<u64>,
    least: Option<&'a str>,
    greatest: Option<&'a str>,
}

#[derive(Serialize)]
struct StateInfo<'a> {
    state: Option<&'a str>,
    records: u64,
    /// How many of them are deleted, where the API has deleted records.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<u64>,
}

/// The number of deleted records of each state.
type DeletedStates = BTreeMap<Option<String>, u64>;

/// How much of a value a line shows.
const SHOWN: usize = 32;

impl<'a> Info<'a> {
    fn new(
        loaded: &'a Loaded,
        statistics: &'a Statistics,
        deleted: Option<&DeletedStates>,
    ) -> Self {
        let snapshot = loaded.snapshot.loaded();
        let api = snapshot.api();
        let is_packed = snapshot.is_packed();
        let source = |source: &'a SourceReport| SourceInfo::new(source, is_packed);
        let field = |field: &'a idq::FieldStatistics| FieldInfo {
            name: &api.fields[field.field].name,
            kind: api.fields[field.field].kind.to_string(),
            values: field.values,
            nulls: field.nulls,
            missing: field.missing,
            distinct: field.distinct,
            least: field.range.as_ref().map(|range| range.0.as_str()),
            greatest: field.range.as_ref().map(|range| range.1.as_str()),
        };
        let states = statistics.states.iter();
        Self {
            api: &api.name,
            records: snapshot.rows(),
            bytes: snapshot.sources().iter().map(|source| source.bytes).sum(),
            column_bytes: snapshot.column_memory(),
            packed: loaded.snapshot.packed().map(|file| PackedInfo {
                bytes: file.length(),
                format: file.format(),
                packed_by: file.packed_by(),
            }),
            repeated_ids: snapshot.repeated_ids(),
            rejected: snapshot.rejected_count(),
            sources: snapshot.sources().iter().map(source).collect(),
            fields: statistics.fields.iter().map(field).collect(),
            unknown_fields: snapshot.unknown_fields().collect(),
            states: states
                .map(|(state, records)| StateInfo {
                    state: state.as_deref(),
                    records: *records,
                    deleted: deleted.map(|deleted| deleted.get(state).copied().unwrap_or(0)),
                })
                .collect(),
        }
    }

    fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "API            {}", self.api)?;
        writeln!(out, "Records        {}", HumanCount(self.records))?;
        writeln!(out, "Bytes          {}", DecimalBytes(self.bytes))?;
        writeln!(out, "Repeated ids   {}", HumanCount(self.repeated_ids))?;
        writeln!(out, "Rejected       {}", HumanCount(self.rejected))?;
        if let Some(packed) = &self.packed {
            writeln!(out, "Snapshot file  {}", DecimalBytes(packed.bytes))?;
            writeln!(out, "Format         {}", packed.format)?;
            writeln!(out, "Packed by      idq {}", idq::escape(packed.packed_by))?;
        }
        writeln!(out, "\nSources")?;
        let mut sources = Vec::new();
        for source in &self.sources {
            source.list(0, &mut sources);
        }
        // When a file was written is told of those that are not at hand any more.
        let has_times = sources.iter().any(|source| source[4] != "-");
        let titles = ["name", "compression", "bytes", "records", "modified"];
        let columns = titles.len() - usize::from(!has_times);
        let mut lines = Lines::new(&titles[..columns]);
        for source in sources {
            lines.push(source.into_iter().take(columns));
        }
        lines.write(out)?;
        writeln!(out, "\nFields")?;
        let mut lines = Lines::new(&[
            "name", "kind", "values", "null", "missing", "distinct", "least", "greatest",
        ]);
        for field in &self.fields {
            let count = |count: u64| HumanCount(count).to_string();
            lines.push([
                field.name.to_owned(),
                field.kind.clone(),
                count(field.values),
                count(field.nulls),
                count(field.missing),
                field.distinct.map_or("-".to_owned(), count),
                field.least.map_or("-".to_owned(), shown),
                field.greatest.map_or("-".to_owned(), shown),
            ]);
        }
        lines.write(out)?;
        if !self.unknown_fields.is_empty() {
            writeln!(out, "\nFields that the API does not document")?;
            for name in &self.unknown_fields {
                writeln!(out, "  {}", idq::escape(name))?;
            }
        }
        writeln!(out, "\nRecords by state")?;
        let deleted: Option<u64> = self.states.iter().map(|state| state.deleted).sum();
        let deleted = deleted.filter(|_| !self.states.is_empty());
        let titles = ["state", "records", "deleted"];
        let columns = titles.len() - usize::from(deleted.is_none());
        let mut lines = Lines::new(&titles[..columns]);
        for state in &self.states {
            let deleted = state.deleted.map(|deleted| HumanCount(deleted).to_string());
            let line = [
                state.state.map_or("-".to_owned(), shown),
                HumanCount(state.records).to_string(),
            ];
            lines.push(line.into_iter().chain(deleted));
        }
        lines.write(out)?;
        if deleted.is_some_and(|deleted| deleted > 0) {
            let note = "Requests leave deleted records out, unless they have -f trashed=with or -f trashed=only";
            writeln!(out, "  {note}")?;
        }
        Ok(())
    }
}

/// When a file was last written, to the second.
fn written(time: std::time::SystemTime) -> String {
    let since = time.duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs() as i64);
    idq::date::format_timestamp(seconds * 1_000_000)
}

/// A value on one line, cut short.
fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN).collect();
    if value.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    idq::escape(&text)
}
