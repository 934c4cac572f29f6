//! Options that several commands share.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use idq::api::Api;
use idq::date::{EpochUnit, RecordDates};
use idq::{ColumnError, ReadOptions, RecordsPath, RowId, Sample, SampleSize, Snapshot, TimeZone};
use indicatif::HumanCount;

use super::choices::{
    BadRecordAction, ColourChoice, ConformanceChoice, DateForm, IdForm, UnknownRecords,
};
use super::completion::{complete_field, complete_filter, complete_sort};
use super::csv::CsvArguments;
use super::values::{api_names, column_name, threads, threads_help};
use crate::exit::UsageError;
use crate::session::Verbosity;

/// The heading of common options in help.
const COMMON: &str = "Common options";

/// The sources, and the options of their load.
#[derive(Debug, Clone, Args)]
pub(crate) struct SourceArguments {
    /// Files, folders (of dumps or of snapshot files), zip and tar archives, glob patterns, or `-` for standard input
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<OsString>,
    /// The API of the records, if it cannot be detected
    #[arg(long, value_name = "NAME", value_parser = api_names(), help_heading = COMMON)]
    pub(crate) api: Option<String>,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    /// Whether a malformed record stops the load or is skipped
    #[arg(long, value_name = "ACTION", value_enum, default_value_t = BadRecordAction::Stop, help_heading = COMMON)]
    pub(crate) on_bad_record: BadRecordAction,
    /// With `--on-bad-record skip`: write the skipped records to this file, as NDJSON. A snapshot file has none,
    /// because they were skipped when it was packed
    #[arg(long, value_name = "FILE", help_heading = COMMON)]
    pub(crate) rejects: Option<PathBuf>,
    /// Keep only the record with the newest update time among those with the same id
    #[arg(long, help_heading = COMMON)]
    pub(crate) dedupe: bool,
    #[arg(long, value_name = "N", value_parser = threads(), help = threads_help("Worker threads"), help_heading = COMMON)]
    pub(crate) threads: Option<u16>,
    /// Print only errors on standard error
    #[arg(long, help_heading = COMMON)]
    pub(crate) quiet: bool,
    /// When to use colour; `NO_COLOR` disables it in `auto`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColourChoice::Auto, help_heading = COMMON)]
    pub(crate) color: ColourChoice,
}

/// The reading of what programs write otherwise than the API.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadArguments {
    /// The keys of the objects around the records: `response.users`. By default they are found by the first object of
    /// each source
    #[arg(long, value_name = "PATH", help_heading = COMMON)]
    pub(crate) records: Option<RecordsPath>,
    /// Read dates of these forms as well. RFC 3339 is always read, and so are dates without a zone, in `--timezone`
    #[arg(long, value_name = "FORMS", value_enum, value_delimiter = ',', help_heading = COMMON)]
    pub(crate) dates: Vec<DateForm>,
    /// How to read ids that are numbers
    #[arg(long, value_name = "FORM", value_enum, default_value_t = IdForm::Strict, help_heading = COMMON)]
    pub(crate) ids: IdForm,
}

impl ReadArguments {
    /// Refuses forms that exclude each other.
    pub(crate) fn check(&self) -> Result<(), UsageError> {
        let has = |form| self.dates.contains(&form);
        if has(DateForm::EpochS) && has(DateForm::EpochMs) {
            let message =
                "--dates takes one of epoch-s and epoch-ms, because a number can be read as either";
            return Err(UsageError(message.to_owned()));
        }
        Ok(())
    }

    /// Returns the options of a load. Dates without a zone are read in `time_zone`.
    pub(crate) fn options(&self, time_zone: TimeZone) -> ReadOptions {
        let has = |form| self.dates.contains(&form);
        ReadOptions {
            records_path: self.records.clone(),
            dates: RecordDates {
                time_zone,
                epoch: if has(DateForm::EpochMs) {
                    Some(EpochUnit::Milliseconds)
                } else {
                    has(DateForm::EpochS).then_some(EpochUnit::Seconds)
                },
                dotnet: has(DateForm::Dotnet),
            },
            numeric_ids: self.ids == IdForm::AsText,
        }
    }
}

impl SourceArguments {
    /// Returns the verbosity of messages.
    pub(crate) fn verbosity(&self) -> Verbosity {
        Verbosity::from_quiet(self.quiet)
    }
}

/// The request.
#[derive(Debug, Args)]
pub(crate) struct RequestArguments {
    /// The request: a query string, or a whole URL as a client logged it
    #[arg(short, long = "query", value_name = "QUERY_OR_URL")]
    pub(crate) query: Option<String>,
    /// A filter with a literal value, commas included: `-f state=active`. Several filters of one name are alternatives
    #[arg(short, long = "filter", value_name = "NAME=VALUE", add = ArgValueCompleter::new(complete_filter))]
    pub(crate) filter: Vec<String>,
    /// An expression that records must satisfy: `-w 'profile.department eq "Sales" and not (email pr)'`. Several must
    /// all hold; `idq help expressions` describes them
    #[arg(short = 'w', long = "where", value_name = "EXPRESSION")]
    pub(crate) expressions: Vec<String>,
    /// Select the records in which something that the expression compares has no value, instead of those that satisfy
    /// it
    #[arg(long, value_name = "RECORDS", value_enum, requires = "expressions")]
    pub(crate) unknown: Option<UnknownRecords>,
    /// How to interpret the request: refuse everything that could be a mistake, or accept everything that the API
    /// accepts
    #[arg(long, value_enum, default_value_t = ConformanceChoice::Strict, help_heading = COMMON)]
    pub(crate) conformance: ConformanceChoice,
    /// The time that `now`, `today` and ages such as `-90d` refer to
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = COMMON)]
    pub(crate) now: Option<String>,
    /// The time zone of days, months and years in the request, of calendar buckets, and of dates in records that have
    /// none: an IANA name such as Europe/Berlin, or an offset such as +02:00; by default UTC
    ///
    /// With `--conformance api`, the request is read in UTC, as the API reads it. The dates of a snapshot file were read
    /// when it was packed
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, help_heading = COMMON)]
    pub(crate) timezone: Option<String>,
}

/// The facts about a request on which the load of the sources and the hints depend.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RequestContext {
    /// The time zone of `--timezone`, if there is one.
    pub(crate) time_zone: Option<TimeZone>,
    /// Whether a filter of a query string has a plus sign, which means a space.
    pub(crate) has_plus_sign: bool,
}

impl RequestArguments {
    /// Returns the facts on which the load of the sources and the hints depend.
    pub(crate) fn context(&self) -> RequestContext {
        let parts = self.query.iter().flat_map(|query| query.split(['?', '&']));
        let mut filters = parts.filter(|part| part.starts_with("filter"));
        RequestContext {
            // The request reports a text that is no time zone.
            time_zone: self.timezone.as_deref().and_then(|text| text.parse().ok()),
            has_plus_sign: filters.any(|filter| {
                let value = filter.split_once('=');
                value.is_some_and(|(_, value)| value.contains('+'))
            }),
        }
    }
}

/// A sample of the matches.
#[derive(Debug, Args)]
pub(crate) struct SampleArguments {
    /// Take only a sample of the matches: N of them, or about P%. The ids decide, so that every run and every export gives
    /// the same ones; `query` then prints all of them, without pages
    #[arg(id = "sample", long = "sample", value_name = "N|P%")]
    pub(crate) size: Option<SampleSize>,
    /// The seed of --sample: another one chooses other records
    #[arg(long, value_name = "S", default_value_t = 0, requires = "sample")]
    seed: u64,
}

impl SampleArguments {
    /// Returns the sample, if only one is taken.
    pub(crate) fn sample(&self) -> Option<Sample> {
        let seed = self.seed;
        self.size.map(|size| Sample { size, seed })
    }
}

/// The order and the columns of a list of records.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Sort keys, comma-separated; a leading `-` sorts in descending order: `-s -created_at,email`
    #[arg(short, long, value_name = "SORT", allow_hyphen_values = true, add = ArgValueCompleter::new(complete_sort))]
    pub(crate) sort: Vec<String>,
    /// Take only the first N matches, in the order of --sort; `query` then prints all of them, without pages
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    #[command(flatten)]
    pub(crate) sample: SampleArguments,
    /// The columns, in formats that have columns: `id,email,profile.department`; a key with a dot is in quotes
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = column_name, add = ArgValueCompleter::new(complete_field))]
    pub(crate) columns: Vec<String>,
    #[command(flatten)]
    pub(crate) csv: CsvArguments,
}

impl ListArguments {
    /// Returns whether only a part of the matches is taken.
    pub(crate) fn is_partial(&self) -> bool {
        self.limit.is_some() || self.sample.size.is_some()
    }

    /// Returns the field that the choice of a part reads: the id, if a sample is taken.
    pub(crate) fn part_field(&self, api: &Api) -> Option<usize> {
        self.sample.size.map(|_| api.id)
    }

    /// Returns the part of the matches that is taken: first the sample, then the limit.
    pub(crate) fn take(
        &self,
        snapshot: &Snapshot,
        rows: Vec<RowId>,
    ) -> Result<Vec<RowId>, ColumnError> {
        let mut rows = match self.sample.sample() {
            Some(sample) => sample.choose(snapshot, &rows)?,
            None => rows,
        };
        rows.truncate(self.limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        }));
        Ok(rows)
    }

    /// Returns the part that is taken in words: `all`, or `10 of them, a sample`.
    pub(crate) fn extent(&self, taken: usize) -> String {
        let taken = HumanCount(taken as u64);
        match (self.sample.size, self.limit) {
            (None, None) => "all".to_owned(),
            (None, Some(_)) => format!("the first {taken}"),
            (Some(_), None) => format!("a sample of {taken}"),
            (Some(_), Some(_)) => format!("the first {taken} of a sample"),
        }
    }
}
