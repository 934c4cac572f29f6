use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::api::{Api, ApiRegistry, Collation, Kind};
use serde::Serialize;

use super::listing::Listing as Lines;
use crate::arguments::{FieldsArguments, Listing, api_named};
use crate::output::{json_stdout, stdout};

/// Lists what the binder knows of an API.
pub(crate) fn run(arguments: &FieldsArguments) -> Result<ExitCode> {
    let named = arguments.api.as_deref().and_then(api_named);
    let apis: Vec<&Api> = match named {
        Some(api) => vec![api],
        None => ApiRegistry::built_in().iter().map(|api| &**api).collect(),
    };
    match arguments.output {
        Listing::Json => {
            let mut out = json_stdout();
            let tables: Vec<ApiTable<'_>> = apis.into_iter().map(ApiTable::new).collect();
            serde_json::to_writer_pretty(&mut out, &tables).map_err(std::io::Error::from)?;
            writeln!(out)?;
            out.flush()?;
        }
        Listing::Text => {
            let mut out = stdout();
            for (index, api) in apis.into_iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                ApiTable::new(api).print(&mut out)?;
            }
            out.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct ApiTable<'a> {
    api: &'a str,
    title: &'a str,
    path: &'a str,
    per_page: u64,
    filters: Vec<FilterLine<'a>>,
    sorts: Vec<SortLine<'a>>,
    fields: Vec<FieldLine<'a>>,
}

#[derive(Serialize)]
struct FilterLine<'a> {
    name: &'a str,
    matches: String,
    field: &'a str,
    standing: String,
}

#[derive(Serialize)]
struct SortLine<'a> {
    name: &'a str,
    field: &'a str,
    compares: &'a str,
    standing: String,
}

#[derive(Serialize)]
struct FieldLine<'a> {
    name: &'a str,
    kind: String,
    about: &'a str,
}

impl<'a> ApiTable<'a> {
    fn new(api: &'a Api) -> Self {
        let field = |field: usize| &*api.fields[field].name;
        let compares = |field: usize| match (api.fields[field].kind, api.fields[field].collation) {
            (Kind::Timestamp, _) => "time",
            (_, Collation::Bytes) => "bytes",
            (_, Collation::Lowercase) => "lowercased text",
        };
        Self {
            api: &api.name,
            title: &api.title,
            path: &api.collection_path,
            per_page: api.pages.per_page,
            filters: (api.filters.iter())
                .map(|rule| FilterLine {
                    name: &rule.name,
                    matches: rule.match_kind.to_string(),
                    field: field(rule.field),
                    standing: rule.provenance.to_string(),
                })
                .collect(),
            sorts: (api.sorts.iter())
                .map(|rule| SortLine {
                    name: &rule.name,
                    field: field(rule.field),
                    compares: compares(rule.field),
                    standing: rule.provenance.to_string(),
                })
                .collect(),
            fields: (api.fields.iter())
                .map(|field| FieldLine {
                    name: &field.name,
                    kind: field.kind.to_string(),
                    about: &field.description,
                })
                .collect(),
        }
    }

    fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(
            out,
            "{} ({}), GET {}, {} a page",
            self.title, self.api, self.path, self.per_page
        )?;
        writeln!(out, "\nFilters: -f NAME=VALUE")?;
        let mut lines = Lines::new(&["name", "match", "field", "standing"]);
        for line in &self.filters {
            lines.push([
                line.name.to_owned(),
                line.matches.clone(),
                line.field.to_owned(),
                line.standing.clone(),
            ]);
        }
        lines.write(out)?;
        writeln!(out, "\nSort keys: -s KEY, -s -KEY to descend")?;
        let mut lines = Lines::new(&["key", "field", "compares", "standing"]);
        for line in &self.sorts {
            lines.push([line.name, line.field, line.compares, &line.standing].map(str::to_owned));
        }
        lines.write(out)?;
        writeln!(out, "\nFields: --columns NAME,…")?;
        let mut lines = Lines::new(&["name", "kind", "about"]);
        for line in &self.fields {
            lines.push([
                line.name.to_owned(),
                line.kind.clone(),
                line.about.to_owned(),
            ]);
        }
        lines.write(out)
    }
}
