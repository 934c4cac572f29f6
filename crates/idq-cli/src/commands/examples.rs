//! `idq examples`: prints the tour with the user's own file.
//!
//! The commands are built from the description of the file's API and from values of its records, so that each of them
//! runs and finds something.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use idq::api::{Api, FilterRule, Kind, MatchKind};
use idq::json::{Cell, Cells};
use idq::render::TerminalEncoding;
use idq::{Engine, Matches};

use crate::arguments::ExamplesArguments;
use crate::exit::ExitStatus;
use crate::terminal::paged_stdout;

/// The dump of the tour without a file, which its first command generates.
const GENERATED_FILE: &str = "generated.json";

/// Runs the command.
pub(crate) fn run(arguments: &ExamplesArguments) -> Result<ExitStatus> {
    let tour = match &arguments.file {
        Some(file) => Tour::of_file(file)?,
        None => Tour::of_generated_file(),
    };
    let mut out = paged_stdout(TerminalEncoding::Text);
    for (index, (title, command)) in tour.steps().iter().enumerate() {
        let separator = if index > 0 { "\n" } else { "" };
        writeln!(out, "{separator}# {title}\n{command}")?;
    }
    out.flush()?;
    Ok(ExitStatus::SUCCESS)
}

/// The parts of a tour that depend on the file.
struct Tour {
    /// The spelling of the file in a shell.
    file: String,
    /// Whether the first command generates the file.
    is_generated: bool,
    api: Arc<Api>,
    /// A value of the field that [`usual_filter`] compares, of as many records as possible.
    usual_value: Option<String>,
    /// The id of a record.
    id: Option<String>,
}

impl Tour {
    /// Returns the tour with a file.
    fn of_file(path: &Path) -> Result<Self> {
        let engine = Engine::open([path])?;
        let api = Arc::clone(engine.api());
        let everything = engine.query("")?;
        let usual_value = match usual_filter(&api) {
            Some(rule) => most_frequent(&everything, &api.fields[rule.field].name)?,
            None => None,
        };
        let records = everything.page()?.records()?;
        Ok(Self {
            file: quote_for_shell(&path.to_string_lossy()),
            is_generated: false,
            api,
            usual_value,
            id: records.first().and_then(|record| id_of(record)),
        })
    }

    /// Returns the tour with a file that is generated.
    fn of_generated_file() -> Self {
        let api = Api::provisionr();
        let field = usual_filter(api).map(|rule| &api.fields[rule.field]);
        Self {
            file: GENERATED_FILE.to_owned(),
            is_generated: true,
            api: Arc::clone(api),
            // The first value of Provisionr is a state before the usual one.
            usual_value: field.and_then(|field| field.values.get(1).cloned()),
            id: None,
        }
    }

    /// Returns the title and the command of each step.
    fn steps(&self) -> Vec<(&'static str, String)> {
        let Self { file, api, .. } = self;
        let mut steps = Vec::new();
        if self.is_generated {
            steps.push((
                "A dump to try, with invented people",
                format!("idq generate --api {} -o {file}", api.name),
            ));
        }
        steps.push(("What is in the file?", format!("idq info {file}")));
        let usual = usual_filter(api).zip(self.usual_value.as_deref());
        if let Some((rule, value)) = usual {
            let filter = quote_for_shell(&format!("{}={value}", rule.name));
            steps.push((
                "One page of the matching records, as the API would return it",
                format!("idq query {file} -f {filter} -o json --pretty"),
            ));
            steps.push((
                "All of them, for a spreadsheet",
                format!("idq query {file} -f {filter} --all -o csv > matching.csv"),
            ));
            let field = &api.fields[rule.field].name;
            steps.push((
                "How many records has each value?",
                format!("idq count {file} --by {field}"),
            ));
        }
        if let Some((key, field)) = date_sort(api) {
            let size = if api.pages.per_page_can_change {
                " --per-page 5"
            } else {
                ""
            };
            steps.push((
                "The newest first",
                format!("idq query {file} -s -{key}{size} -o table"),
            ));
            steps.push((
                "How many were there in each month?",
                format!("idq count {file} --by {field}:month"),
            ));
        }
        if let Some(field) = searched_field(api) {
            steps.push((
                "Filters cannot say \"has no value\": an expression can",
                format!("idq count {file} -w '{field} eq null'"),
            ));
        }
        if let Some(id) = &self.id {
            let id = quote_for_shell(id);
            steps.push((
                "One record, with all it has",
                format!("idq get {file} --id {id} -o record"),
            ));
        }
        steps.push((
            "Load once: a snapshot file opens in milliseconds",
            format!("idq pack {file} -o snapshot.idq && idq count snapshot.idq"),
        ));
        if cfg!(feature = "export") {
            steps.push((
                "Columns for other programs",
                "idq export snapshot.idq -o people.parquet".to_owned(),
            ));
        }
        if cfg!(feature = "serve") {
            steps.push((
                "The API's own routes, for programs that know them",
                "idq serve snapshot.idq".to_owned(),
            ));
        }
        steps.push((
            "Which filters, sort keys and fields are there?",
            format!("idq fields --api {}", api.name),
        ));
        steps
    }
}

/// Returns the filter by one of few documented values, such as a state.
fn usual_filter(api: &Api) -> Option<&FilterRule> {
    let mut filters = api.filters.iter();
    filters.find(|rule| {
        rule.match_kind == MatchKind::Exact && !api.fields[rule.field].values.is_empty()
    })
}

/// Returns the first sort key by a date, with the name of its field.
fn date_sort(api: &Api) -> Option<(&str, &str)> {
    let mut sorts = api.sorts.iter();
    let rule = sorts.find(|rule| api.fields[rule.field].kind == Kind::Timestamp)?;
    Some((&rule.name, &api.fields[rule.field].name))
}

/// Returns the name of the last text that a filter searches, such as an e-mail address.
fn searched_field(api: &Api) -> Option<&str> {
    let mut filters = api.filters.iter().rev();
    let rule = filters.find(|rule| {
        rule.match_kind == MatchKind::Partial && api.fields[rule.field].kind == Kind::Text
    })?;
    Some(&api.fields[rule.field].name)
}

/// Returns the most frequent value of a field.
fn most_frequent(matches: &Matches<'_>, field: &str) -> Result<Option<String>> {
    let groups = matches.count_by(&[field])?;
    let values = groups
        .iter()
        .filter_map(|group| Some((group.count, group.value().text()?)));
    let most = values.max_by_key(|(count, _)| *count);
    Ok(most.map(|(_, value)| value.to_owned()))
}

/// Returns the id of a record.
fn id_of(record: &[u8]) -> Option<String> {
    let cells = Cells::new(["id"]).read(record).ok()?;
    match cells.first()? {
        Cell::Scalar(scalar) => Some(scalar.to_text().into_owned()),
        _ => None,
    }
}

/// Quotes a text as one word of a shell.
fn quote_for_shell(text: &str) -> String {
    match shlex::try_quote(text) {
        Ok(word) => word.into_owned(),
        // No shell can have a word with a null character.
        Err(_) => idq::escape(text),
    }
}
