//! The chart of `idq count --chart`: its description from groups, and its file.
//!
//! The chart shows the rows of the table. A key of dates has its values from left to right, whichever key it is; the
//! other key has the colours.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use idq::render::{EntryKind, GridEntry, GroupGrid};
use idq::{Groups, KeyColumn, Matches, Scale, Source, escape};
use idq_chart::{Bar, Chart, Direction, Label, LabelKind, PictureFormat};
use idq_files::{AtomicFile, OutputKind, check_target};
use indicatif::HumanCount;

use crate::arguments::{CountArguments, RequestArguments, UnknownRecords};
use crate::exit::{UsageError, cannot_write};
use crate::output_checks::{refuse_rejects_file, refuse_source};
use crate::process::signals::remove_unfinished_on_signals;
use crate::session::{LoadedSession, format_count};

/// The greatest number of keys of a chart: bars and colours.
const MAX_KEYS: usize = 2;

/// The greatest number of possible values, such as days of the week, that are columns whatever their labels.
const MAX_NAMED_COLUMNS: usize = 12;

/// The greatest length of the label of a column among more possible values, such as hours, in bytes.
const MAX_SHORT_LABEL: usize = 3;

/// The file of a chart, checked before the load, which may take long.
pub(super) struct ChartFile<'a> {
    path: &'a Path,
    format: PictureFormat,
}

impl<'a> ChartFile<'a> {
    /// Checks the file of `--chart`; returns `None` without the option.
    pub(super) fn new(
        arguments: &'a CountArguments,
        sources: &[Source],
        keys: usize,
    ) -> Result<Option<Self>> {
        let Some(path) = arguments.groups.chart.as_deref() else {
            return Ok(None);
        };
        let name = escape(&path.to_string_lossy());
        let Some(format) = PictureFormat::from_path(path) else {
            let message = format!(
                "--chart {name}: expected a file that ends in .svg or .png, such as chart.svg"
            );
            return Err(UsageError(message).into());
        };
        if keys > MAX_KEYS {
            let message = format!(
                "--chart: expected one or two keys, found {keys}: leave out keys of --by, or select one value by -w"
            );
            return Err(UsageError(message).into());
        }
        refuse_source("--chart", path, sources)?;
        refuse_rejects_file("--chart", path, arguments.sources.rejects.as_deref())?;
        check_target(path, OutputKind::File).map_err(|error| cannot_write(path, &error))?;
        remove_unfinished_on_signals()?;
        Ok(Some(Self { path, format }))
    }

    /// Draws groups and writes the file, completely or not at all; returns the hint on characters that the font
    /// lacks.
    pub(super) fn write(
        &self,
        arguments: &CountArguments,
        groups: &Groups,
        population: String,
    ) -> Result<Option<String>> {
        let Some(chart) = chart(arguments, groups, population) else {
            return Ok(None);
        };
        let picture = chart.draw();
        let bytes = picture.encode(self.format)?;
        let write = || {
            let (output, mut file) = AtomicFile::create(self.path)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            output.commit()
        };
        write().map_err(|error| cannot_write(self.path, &error))?;
        let uncovered = picture.uncovered_texts() as u64;
        if self.format == PictureFormat::Svg || uncovered == 0 {
            return Ok(None);
        }
        let texts = format_count(uncovered, "text");
        Ok(Some(format!(
            "the .png file has boxes in {texts}, because its font lacks some characters: write an .svg file, which is \
             shown with the fonts of the system"
        )))
    }

    /// Returns the end of the summary.
    pub(super) fn describe(&self) -> String {
        let path = escape(&self.path.to_string_lossy());
        format!("; chart written to {path}")
    }
}

/// Returns the number of matches in words, and the number of deleted records that the request leaves out by default.
pub(super) fn population(
    loaded: &LoadedSession<'_>,
    matches: &Matches<'_>,
    total: u64,
) -> Result<String> {
    let records = format_count(loaded.engine.snapshot().rows(), "record");
    let mut population = format!("{} of {records}", HumanCount(total));
    if let Some(deleted) = matches.deleted_left_out()?.filter(|&deleted| deleted > 0) {
        let verb = if deleted == 1 { "is" } else { "are" };
        let deleted = format_count(deleted, "deleted record");
        population.push_str(&format!("; {deleted} {verb} not counted"));
    }
    Ok(population)
}

/// Describes the chart of groups; `None` for more keys than a chart has.
fn chart(arguments: &CountArguments, groups: &Groups, population: String) -> Option<Chart> {
    let grid = GroupGrid::new(groups)?;
    let keys = groups.keys();
    let names: Vec<String> = keys.iter().map(|key| escape(key.name())).collect();
    // The second key is that of the bars if it alone has dates.
    let is_timeline = |key: &KeyColumn| matches!(key.scale(), Scale::Timeline(_));
    let is_transposed = keys.len() == 2 && is_timeline(&keys[1]) && !is_timeline(&keys[0]);
    let (bar_entries, series_entries) = if is_transposed {
        (grid.columns(), grid.rows())
    } else {
        (grid.rows(), grid.columns())
    };
    let counts = |entry: &GridEntry| -> Vec<u64> {
        if series_entries.is_empty() {
            return vec![grid.row_total(entry)];
        }
        let count = |series: &GridEntry| {
            if is_transposed {
                grid.count(series, entry)
            } else {
                grid.count(entry, series)
            }
        };
        series_entries.iter().map(count).collect()
    };
    let bars = bar_entries.iter().map(|entry| Bar {
        label: label(entry),
        counts: counts(entry),
    });
    Some(Chart {
        title: format!("Records by {}", names.join(" and ")),
        conditions: conditions(arguments),
        population,
        direction: direction(&keys[usize::from(is_transposed)]),
        series: series_entries.iter().map(label).collect(),
        bars: bars.collect(),
        total: groups.total(),
        notes: left_out(groups).into_iter().collect(),
    })
}

/// Returns the label of a row or a column.
fn label(entry: &GridEntry) -> Label {
    Label {
        text: entry.label.clone(),
        kind: match entry.kind {
            EntryKind::Value | EntryKind::Vacant => LabelKind::Value,
            EntryKind::Gap(values) => LabelKind::Gap { values },
            EntryKind::Null => LabelKind::Null,
            EntryKind::Missing => LabelKind::Missing,
            EntryKind::Empty => LabelKind::Empty,
            EntryKind::Other(values) => LabelKind::Other { values },
        },
    }
}

/// Returns the direction of the bars of a key.
fn direction(key: &KeyColumn) -> Direction {
    match key.scale() {
        Scale::Timeline(_) => Direction::Vertical,
        Scale::Closed(labels)
            if labels.len() <= MAX_NAMED_COLUMNS
                || labels.iter().all(|label| label.len() <= MAX_SHORT_LABEL) =>
        {
            Direction::Vertical
        }
        _ => Direction::Horizontal,
    }
}

/// Returns the conditions of the count in one line.
fn conditions(arguments: &CountArguments) -> String {
    let RequestArguments {
        query,
        filter,
        expressions,
        unknown,
        now,
        timezone,
        ..
    } = &arguments.request;
    let groups = &arguments.groups;
    let mut parts = Vec::new();
    parts.extend(query.iter().map(|text| format!("request {text}")));
    parts.extend(filter.iter().map(|text| format!("filter {text}")));
    parts.extend(expressions.iter().map(|text| format!("where {text}")));
    if let Some(UnknownRecords::Only) = unknown {
        parts.push("only records without a compared value".to_owned());
    }
    parts.extend(groups.having.iter().map(|text| format!("having {text}")));
    parts.extend(now.iter().map(|text| format!("now {text}")));
    parts.extend(timezone.iter().map(|text| format!("time zone {text}")));
    escape(&parts.join("; "))
}

/// Returns the sentence on the groups that a comparison has left out; `None` if there are none.
fn left_out(groups: &Groups) -> Option<String> {
    let left_out = groups.left_out();
    let having = groups.having().filter(|_| left_out.groups > 0)?;
    Some(format!(
        "Not drawn: {} with {}, whose count is not {having}.",
        format_count(left_out.groups, "group"),
        format_count(left_out.records, "record")
    ))
}
