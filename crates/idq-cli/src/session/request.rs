//! The request of a command line: parsed without an API, then bound to one.
//!
//! The API is known only after the first bytes of the sources are read, so the stages are separate. Errors of both are
//! printed in one report with spans in the texts of the command line.

use std::sync::Arc;

use anyhow::Result;
use idq::api::Api;
use idq::date::{format_timestamp, parse_date};
use idq::{
    BindOptions, BoundKeys, BoundQuery, Clock, ColumnPart, Conformance, DeletedRecords,
    ListedNames, PackedRequest, Problem, Query, Report, TimeZone, TimeZoneError, bind,
};

use super::keys::ParsedKeys;
use crate::arguments::{GroupArguments, ListArguments, RequestArguments, UnknownRecords};
use crate::exit::UsageError;

/// A parsed request, with the errors of its parts.
///
/// Parsing goes on after an error, so that binding can report all errors of a request together.
pub(crate) struct ParsedRequest {
    query: Query,
    problems: Vec<Problem>,
    deleted: DeletedRecords,
    /// Whether the order of the request, and that of the API, are dropped.
    is_unordered: bool,
    keys: Option<ParsedKeys>,
}

/// A request that is bound to an API.
pub(crate) struct BoundRequest {
    pub(crate) query: BoundQuery,
    /// The keys of a count; `None` for a request without keys.
    pub(crate) keys: Option<BoundKeys>,
    /// The request as it was written, for a file that has only the selected records.
    pub(crate) packed_request: PackedRequest,
}

impl BoundRequest {
    /// Returns the parts of columns that the query and the keys of a count need.
    pub(crate) fn parts(&self) -> Vec<ColumnPart> {
        let keys = self.keys.iter().flat_map(BoundKeys::parts);
        self.query.parts().into_iter().chain(keys).collect()
    }
}

impl ParsedRequest {
    /// Parses `--query`, `--filter` and `--where`.
    pub(crate) fn new(arguments: &RequestArguments) -> Self {
        let mut parsed = Self {
            query: Query::with_conformance(arguments.conformance.into()),
            problems: Vec::new(),
            deleted: DeletedRecords::Excluded,
            is_unordered: false,
            keys: None,
        };
        if let Some(text) = &arguments.query
            && let Err(errors) = parsed.query.add_request_text(text)
        {
            parsed.problems.extend(errors.problems());
        }
        for text in &arguments.filter {
            if let Err(errors) = parsed.query.add_filter_text(text) {
                parsed.problems.extend(errors.problems());
            }
        }
        for text in &arguments.expressions {
            if let Err(errors) = parsed.query.add_where_text(text) {
                parsed.problems.extend(errors.problems());
            }
        }
        parsed
    }

    /// Returns whether nothing was requested.
    pub(crate) fn is_empty(&self) -> bool {
        self.query.is_empty() && self.problems.is_empty()
    }

    /// Selects deleted records like all others, unless the request has a filter on them.
    pub(crate) fn with_deleted_records(mut self) -> Self {
        self.deleted = DeletedRecords::Included;
        self
    }

    /// Drops the order, whose columns a count does not need.
    pub(crate) fn without_order(mut self) -> Self {
        self.is_unordered = true;
        self
    }

    /// Adds the order of `--sort`.
    pub(crate) fn with_order(mut self, list: &ListArguments) -> Self {
        for text in &list.sort {
            self.query.add_sort_text(text);
        }
        self
    }

    /// Adds the keys of a count.
    pub(crate) fn with_keys(mut self, arguments: &GroupArguments) -> Self {
        self.keys = Some(ParsedKeys::new(arguments));
        self
    }

    /// Returns the number of keys that are parsed.
    #[cfg(feature = "chart")]
    pub(crate) fn key_count(&self) -> usize {
        self.keys.as_ref().map_or(0, ParsedKeys::count)
    }

    /// Adds the page of `--page` and `--per-page`.
    pub(crate) fn with_page(mut self, page: Option<&str>, per_page: Option<&str>) -> Self {
        if let Some(text) = page {
            self.query.add_page_text(text);
        }
        if let Some(text) = per_page {
            self.query.add_per_page_text(text);
        }
        self
    }

    /// Returns a hint if the request selects a page, for commands that write every match.
    pub(crate) fn ignored_page_hint(&self) -> Option<String> {
        let page = self.query.pages().iter().map(|_| "page");
        let per_page = self.query.per_pages().iter().map(|_| "per_page");
        let mut names: Vec<&str> = page.chain(per_page).collect();
        names.dedup();
        (!names.is_empty()).then(|| {
            let (names, verb) = (
                names.join(" and "),
                if names.len() == 1 { "is" } else { "are" },
            );
            format!("{names} of the request {verb} ignored, because every match was requested")
        })
    }

    /// Returns the API whose path is in the URL of the request.
    pub(super) fn api_of_url(&self) -> Option<&'static Arc<Api>> {
        let url = self.query.url()?;
        idq::api::ApiRegistry::built_in()
            .by_path(&url.path.value)
            .map(|(api, _)| api)
    }

    /// Binds the request to an API. Without an API, only the errors of parsing are reported, and nothing is bound.
    ///
    /// # Errors
    /// The request has mistakes: one error reports those of both stages, of `--now` and of `--timezone`.
    pub(super) fn bind(
        mut self,
        api: Option<&Arc<Api>>,
        arguments: &RequestArguments,
    ) -> Result<Option<BoundRequest>> {
        let (clock, clock_errors) = parse_clock(arguments);
        let options = BindOptions {
            deleted: self.deleted,
            ..BindOptions::new(arguments.conformance.into(), clock)
        };
        let bound = match api.map(|api| bind(&self.query, api, &options)) {
            Some(Ok(bound)) => Some(bound),
            Some(Err(errors)) => {
                self.problems.extend(errors.problems(ListedNames::Nearest));
                None
            }
            None => None,
        };
        self.problems.sort_by_key(|problem| problem.span);
        let report = (!self.problems.is_empty())
            .then(|| Report::new(self.query.texts(), &self.problems).to_string());
        let keys = self.keys.map_or(Ok(None), |keys| keys.bind(api, clock));
        let (keys, key_error) = match keys {
            Ok(keys) => (keys, None),
            Err(error) => (None, Some(error)),
        };
        let errors = report.into_iter().chain(key_error).chain(clock_errors);
        let errors: Vec<String> = errors.collect();
        if !errors.is_empty() {
            return Err(UsageError(errors.join("\n\n")).into());
        }
        let bound = match (bound, arguments.unknown) {
            (Some(bound), Some(UnknownRecords::Only)) => {
                let name = bound.tested_names().next().map(str::to_owned);
                match bound.only_unknown() {
                    Some(bound) => Some(bound),
                    None => return Err(nothing_unknown(name.as_deref()).into()),
                }
            }
            (bound, _) => bound,
        };
        Ok(bound.map(|query| BoundRequest {
            packed_request: describe_request(&self.query, &query, clock, arguments),
            query: if self.is_unordered {
                query.unordered()
            } else {
                query
            },
            keys,
        }))
    }
}

/// Returns the error for `--unknown only` beside an expression that compares nothing; `name` is the first attribute
/// that it tests for presence.
fn nothing_unknown(name: Option<&str>) -> UsageError {
    let help = name.map(|name| {
        let name = idq::escape(name);
        format!(
            "\n  help: write -w '{name} eq null' alone for the records without a value, or count them by --by \
             '{name}:presence'"
        )
    });
    let message = "--unknown only: expected a comparison with a value, found tests of presence alone, which see every \
                   record";
    UsageError(format!("{message}{}", help.unwrap_or_default()))
}

/// Returns what selects records in a request, as it was written.
fn describe_request(
    query: &Query,
    bound: &BoundQuery,
    clock: Clock,
    arguments: &RequestArguments,
) -> PackedRequest {
    let is_condition = |name: &str| name == "where" || name.starts_with("filter[");
    let parameters = query.parameters().iter();
    let parameters = parameters.filter(|parameter| is_condition(&parameter.name));
    PackedRequest {
        conditions: parameters
            .map(|parameter| match parameter.name.as_str() {
                "where" => parameter.value.clone(),
                name => format!("{name}={}", parameter.value),
            })
            .collect(),
        unknown_only: arguments.unknown == Some(UnknownRecords::Only),
        // A sample is chosen when the request has been evaluated.
        sample: None,
        // The API's own reading has days in UTC, whatever the time zone is.
        time_zone: arguments
            .timezone
            .as_ref()
            .filter(|_| Conformance::from(arguments.conformance) == Conformance::Strict)
            .map(|_| clock.time_zone().to_string()),
        now: bound
            .is_time_dependent()
            .then(|| format_timestamp(clock.micros())),
    }
}

/// Returns the clock of `--now` and `--timezone`: by default the system's, in UTC.
///
/// # Errors
/// The mistakes of both options.
pub(crate) fn clock(arguments: &RequestArguments) -> Result<Clock, UsageError> {
    let (clock, errors) = parse_clock(arguments);
    if errors.is_empty() {
        Ok(clock)
    } else {
        Err(UsageError(errors.join("\n\n")))
    }
}

/// Returns the clock of `--now` and `--timezone`, and their mistakes.
fn parse_clock(arguments: &RequestArguments) -> (Clock, Vec<String>) {
    let mut errors = Vec::new();
    let time_zone = match arguments.timezone.as_deref().unwrap_or("UTC").parse() {
        Ok(time_zone) => time_zone,
        Err(error) => {
            let error: TimeZoneError = error;
            errors.push(format!("--timezone: {error}\n  help: {}", error.help()));
            TimeZone::UTC
        }
    };
    // A day in `--now` is read like those of the request, which the API's own reading has in UTC.
    let system = match Conformance::from(arguments.conformance) {
        Conformance::Strict => Clock::system().with_time_zone(time_zone),
        Conformance::Api => Clock::system(),
    };
    let clock = match arguments
        .now
        .as_deref()
        .map(|now| parse_date(now.trim(), system))
    {
        None => system,
        Some(Ok(interval)) => Clock::fixed_at(interval.start),
        Some(Err(error)) => {
            let help = error.help();
            let help = help
                .map(|help| format!("\n  help: {help}"))
                .unwrap_or_default();
            errors.push(format!("--now: {error}{help}"));
            system
        }
    };
    (clock.with_time_zone(time_zone), errors)
}
