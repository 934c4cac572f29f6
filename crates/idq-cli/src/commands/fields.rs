//! `idq fields`: lists the filters, sort keys and fields of APIs.
//!
//! The lists derive from the description of the API that binds requests, so they cannot be out of date.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use idq::api::{Api, ApiRegistry, Collation, Field, Kind};
use idq::render::{Listing, TerminalEncoding, write_wrapped};
use idq::{Error, Loader, escape, expand};
use serde::Serialize;

use crate::arguments::{FieldsArguments, ListingFormat, api_named};
use crate::exit::ExitStatus;
use crate::terminal::{listing_width, paged_stdout, print_json};

/// Runs the command.
pub(crate) fn run(arguments: &FieldsArguments) -> Result<ExitStatus> {
    let detected = arguments.file.as_deref().map(api_of_file).transpose()?;
    let named = arguments.api.as_deref().and_then(api_named);
    let apis: Vec<&Api> = match detected.as_ref().or(named) {
        Some(api) => vec![api],
        None => ApiRegistry::built_in().iter().map(|api| &**api).collect(),
    };
    match arguments.output {
        ListingFormat::Json => {
            let descriptions: Vec<ListedApi<'_>> = apis.into_iter().map(ListedApi::new).collect();
            print_json(&descriptions)?;
        }
        ListingFormat::Text => {
            let mut out = paged_stdout(TerminalEncoding::Text);
            for (index, api) in apis.into_iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                ListedApi::new(api).write_text(listing_width(arguments.wide), &mut out)?;
            }
            out.flush()?;
        }
    }
    Ok(ExitStatus::SUCCESS)
}

/// Returns the API of the records of a file.
fn api_of_file(path: &Path) -> Result<Arc<Api>> {
    let expansion = expand(&[path]).map_err(Error::from)?;
    let detected = Loader::new(expansion.sources)
        .detect()
        .map_err(Error::from)?;
    detected.ok_or_else(|| {
        let path = escape(&path.to_string_lossy()).to_string();
        let message = format!(
            "{path}: its records do not identify their API: name it with --api instead of the file"
        );
        anyhow!(message)
    })
}

/// The description of an API in its serialized form.
#[derive(Serialize)]
struct ListedApi<'a> {
    /// Name by which options choose the API.
    api: &'a str,
    /// Title, for people.
    title: &'a str,
    /// The path of the collection.
    path: &'a str,
    /// The default number of records on a page.
    per_page: u64,
    /// Filters of requests.
    filters: Vec<FilterDescription<'a>>,
    /// Sort keys of requests.
    sorts: Vec<SortDescription<'a>>,
    /// Documented fields of records.
    fields: Vec<FieldDescription<'a>>,
}

/// A filter: its name in requests, the kind of match, and the field that it compares.
#[derive(Serialize)]
struct FilterDescription<'a> {
    /// Name in requests.
    name: &'a str,
    /// The kind of match: exact, partial, a range.
    matches: String,
    /// Dotted name of the field that it compares.
    field: &'a str,
    /// The definition of the filter: documented by the vendor, or an extension of idq.
    origin: String,
}

/// A sort key: its name in requests, the field, and the comparison.
#[derive(Serialize)]
struct SortDescription<'a> {
    /// Name in requests.
    name: &'a str,
    /// Dotted name of the field by which it sorts.
    field: &'a str,
    /// The comparison: by time, by value, or as text with or without case.
    compares: &'a str,
    /// The definition of the sort key: documented by the vendor, or an extension of idq.
    origin: String,
}

/// A field: its dotted name, the kind of its values, and their meaning.
#[derive(Serialize)]
struct FieldDescription<'a> {
    /// Dotted name.
    name: &'a str,
    /// Kind of the values.
    kind: String,
    /// Whether expressions compare the texts of the field with or without case; `None` for other kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<&'a str>,
    /// The meaning of the field, in one line.
    about: &'a str,
}

impl<'a> ListedApi<'a> {
    /// Resolves the field indexes of an API to names.
    fn new(api: &'a Api) -> Self {
        let field = |field: usize| &*api.fields[field].name;
        let compares = |field: usize| match (api.fields[field].kind, api.fields[field].collation) {
            (Kind::Timestamp, _) => "time",
            (_, Collation::Bytes) => "text with case",
            (_, Collation::Lowercase) => "text without case",
        };
        Self {
            api: &api.name,
            title: &api.title,
            path: &api.collection_path,
            per_page: api.pages.per_page,
            filters: (api.filters.iter())
                .map(|rule| FilterDescription {
                    name: &rule.name,
                    matches: rule.match_kind.to_string(),
                    field: field(rule.field),
                    origin: rule.provenance.to_string(),
                })
                .collect(),
            sorts: (api.sorts.iter())
                .map(|rule| SortDescription {
                    name: &rule.name,
                    field: field(rule.field),
                    compares: compares(rule.field),
                    origin: rule.provenance.to_string(),
                })
                .collect(),
            fields: (api.fields.iter())
                .map(|field| FieldDescription {
                    name: &field.name,
                    kind: field.kind.to_string(),
                    case: case_of(field),
                    about: &field.description,
                })
                .collect(),
        }
    }

    /// Writes the description as text, for a terminal of this width.
    fn write_text(&self, width: Option<usize>, out: &mut impl Write) -> std::io::Result<()> {
        let title = format!(
            "{} ({}), GET {}, {} a page",
            self.title, self.api, self.path, self.per_page
        );
        write_wrapped(&title, "", width, out)?;
        writeln!(out, "\nFilters: -f NAME=VALUE")?;
        let mut listing = Listing::new(&["name", "match", "field", "origin"]);
        for filter in &self.filters {
            listing.push([
                filter.name.to_owned(),
                filter.matches.clone(),
                filter.field.to_owned(),
                filter.origin.clone(),
            ]);
        }
        listing.write(width, out)?;
        writeln!(out, "\nSort keys: -s KEY, -s -KEY to descend")?;
        let mut listing = Listing::new(&["key", "field", "compares", "origin"]);
        for sort in &self.sorts {
            listing.push([sort.name, sort.field, sort.compares, &sort.origin].map(str::to_owned));
        }
        listing.write(width, out)?;
        writeln!(out)?;
        write_wrapped(
            "Fields: --columns NAME,…, --by NAME, -w 'NAME pr'",
            "",
            width,
            out,
        )?;
        let mut listing = Listing::new(&["name", "kind", "case", "about"]);
        for field in &self.fields {
            listing.push([
                field.name.to_owned(),
                field.kind.clone(),
                field.case.unwrap_or("-").to_owned(),
                field.about.to_owned(),
            ]);
        }
        listing.write(width, out)
    }
}

/// Returns whether expressions compare the texts of a field with or without case; `None` for a field of another kind.
fn case_of(field: &Field) -> Option<&'static str> {
    match (field.kind, field.collation) {
        (Kind::Text | Kind::Keyword, Collation::Bytes) => Some("with"),
        (Kind::Text | Kind::Keyword, Collation::Lowercase) => Some("without"),
        _ => None,
    }
}
