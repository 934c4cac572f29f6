//! Parsers of option values.
//!
//! Errors of a parser are printed by clap after the option and the value, so their texts start with "expected".

use std::convert::Infallible;
use std::sync::Arc;

use bytesize::ByteSize;
use clap::builder::{PossibleValue, PossibleValuesParser, RangedI64ValueParser, TypedValueParser};
use idq::api::{Api, ApiRegistry};
use idq::render::{FORMATS, FormulaPolicy, OutputFormat, TextFormat, format_named};
use idq::{MAX_THREADS, TimeZone, TimeZoneError};

/// Returns a parser of the number of threads.
pub(crate) fn threads() -> RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=i64::from(MAX_THREADS))
}

/// Returns the help for a number of threads.
pub(crate) fn threads_help(subject: &str) -> String {
    let (thousands, rest) = (MAX_THREADS / 1_000, MAX_THREADS % 1_000);
    format!("{subject}, at most {thousands},{rest:03}; by default one for each core")
}

/// Parses a number of bytes with a unit.
pub(crate) fn byte_size(text: &str) -> Result<u64, &'static str> {
    let size: Result<ByteSize, _> = text.parse();
    let size = size.map_err(|_| "expected a number and a unit, such as 500MB or 2GiB")?;
    Ok(size.0)
}

/// Parses the name of a column. Blanks around it are removed, because users write them after the commas of a list.
pub(crate) fn column_name(name: &str) -> Result<String, Infallible> {
    Ok(name.trim().to_owned())
}

/// Returns the treatment of CSV cells that a spreadsheet would run as a formula, by the option `--raw-csv`.
pub(crate) fn formula_policy(raw_csv: bool) -> FormulaPolicy {
    if raw_csv {
        FormulaPolicy::Keep
    } else {
        FormulaPolicy::Neutralise
    }
}

/// Returns a parser of the name of an API.
pub(crate) fn api_names() -> PossibleValuesParser {
    PossibleValuesParser::new(ApiRegistry::built_in().iter().map(|api| api.name.as_str()))
}

/// Returns the API of a name that the parser has accepted.
pub(crate) fn api_named(name: &str) -> Option<&'static Arc<Api>> {
    ApiRegistry::built_in().by_name(name)
}

/// Returns a parser of the names of formats, with their summaries as help.
pub(crate) fn format_names(
    formats: impl IntoIterator<Item = &'static OutputFormat>,
) -> PossibleValuesParser {
    let formats = formats.into_iter();
    let values: Vec<PossibleValue> = formats
        .map(|format| PossibleValue::new(format.name).help(format.summary))
        .collect();
    PossibleValuesParser::new(values)
}

/// Returns a parser of the formats of `query`: all text formats.
pub(crate) fn query_format() -> impl TypedValueParser<Value = &'static TextFormat> {
    let names = format_names(FORMATS.map(|format| &format.description));
    names.try_map(|name| format_named(&name).ok_or("expected the name of a format"))
}

/// Parses a time zone.
pub(crate) fn time_zone(text: &str) -> Result<TimeZone, String> {
    let parsed: Result<TimeZone, TimeZoneError> = text.parse();
    parsed.map_err(|error| format!("{error}: {}", error.help()))
}
