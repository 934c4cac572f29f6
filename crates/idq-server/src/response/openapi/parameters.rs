//! The parameters of all operations.
//!
//! Schemas are exact where JSON Schema permits it: a generator of requests (schemathesis, in `tests/clients`) derives
//! invalid requests from them and expects each to be rejected.

use idq::Conformance;
use idq::api::{Api, FilterRule, Kind, PageNumberRule, Provenance, ValueSyntax};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, Object, ObjectBuilder, RefOr, Required, Schema};

use crate::catalog::hidden_field;
use crate::startup::settings::Settings;

/// The pattern of the dates that JSON Schema has no format for: relative ones.
const RELATIVE_DATE_PATTERN: &str = r"^(now|today|-[1-9][0-9]{0,2}(d|h|w|mo|y|min))$";

/// The pattern of a text that is not only white space, which counts as no value.
const NON_BLANK_PATTERN: &str = r"[^\s\u0085]";

/// The pattern of a list with an item that is not only white space. Empty items are dropped.
const NON_BLANK_ITEM_PATTERN: &str = r"[^\s,\u0085]";

/// Returns the parameters of a request for a page.
pub(super) fn list_parameters(api: &Api, settings: &Settings) -> Vec<Parameter> {
    let mut parameters = selection_parameters(api, settings);
    parameters.push(sort_parameter(api, settings.conformance));
    parameters.push(page_parameter(api, settings.conformance));
    if api.pages.per_page_can_change {
        parameters.push(per_page_parameter(api, settings));
    }
    // A header rather than a part of the query string, but documented with it for generators of clients.
    parameters.push(if_none_match_parameter());
    parameters
}

/// Returns the parameters that select records: the filters, and the expressions beside them.
pub(super) fn selection_parameters(api: &Api, settings: &Settings) -> Vec<Parameter> {
    let mut parameters = filter_parameters(api, settings);
    parameters.push(where_parameter(api));
    parameters
}

/// Returns the `where` parameter. An expression is any text, as JSON Schema cannot describe its grammar.
fn where_parameter(api: &Api) -> Parameter {
    let state = &api.fields[api.state].name;
    // The example has two fields, to show how tests are joined; an API without e-mail addresses has the id instead.
    let mut names = api.fields.iter().map(|field| field.name.as_str());
    let email = names.find(|name| name.starts_with("email"));
    let text = email.unwrap_or(&api.fields[api.id].name);
    let about = format!(
        "An expression that identities must satisfy, for example `{text} ew \"@example.org\" and not ({state} eq null)`. \
         May be repeated; all must hold. An extension of idq."
    );
    let expressions = ArrayBuilder::new().items(string());
    query_parameter("where", about, expressions).build()
}

/// Returns a path in a free-form document that is served, as an example; `None` if there is no such document.
pub(super) fn document_path(api: &Api, settings: &Settings) -> Option<String> {
    let hidden = hidden_field(api, settings.profile);
    let mut fields = api.fields.iter().enumerate();
    let (_, document) =
        fields.find(|(index, field)| field.kind == Kind::Document && Some(*index) != hidden)?;
    Some(format!("{}.department", document.name))
}

/// Returns the filters of a request, without those that read a hidden field.
fn filter_parameters(api: &Api, settings: &Settings) -> Vec<Parameter> {
    let hidden = hidden_field(api, settings.profile);
    let is_served = |rule: &&FilterRule| rule.fields().all(|field| Some(field) != hidden);
    let filters = api.filters.iter().filter(is_served);
    filters
        .map(|rule| filter_parameter(api, rule, settings.conformance))
        .collect()
}

/// Returns the id in the path of a request for one identity.
pub(super) fn id_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The identity's id."))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1)),
        ))
        .build()
}

/// Returns the header of conditional requests.
pub(super) fn if_none_match_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Entity tags of the client's copies; the response is 304 if one is up to date.",
        ))
        .schema(Some(string()))
        .build()
}

/// Returns an optional parameter of the query string.
pub(super) fn query_parameter(
    name: impl Into<String>,
    about: String,
    schema: impl Into<RefOr<Schema>>,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
}

/// Returns the parameter of one filter.
fn filter_parameter(api: &Api, rule: &FilterRule, conformance: Conformance) -> Parameter {
    let about = api.describe_filter(rule);
    let about = match rule.provenance {
        Provenance::Documented => format!("{about}."),
        Provenance::Extension => format!("{about}. An extension of idq."),
    };
    query_parameter(
        format!("filter[{}]", rule.name),
        about,
        filter_value_schema(rule, conformance),
    )
    .build()
}

/// Returns the schema of the values that a filter accepts under this conformance.
fn filter_value_schema(rule: &FilterRule, conformance: Conformance) -> RefOr<Schema> {
    let is_strict = conformance == Conformance::Strict;
    match rule.match_kind.value_syntax() {
        ValueSyntax::Texts if is_strict => string().pattern(Some(NON_BLANK_PATTERN)).into(),
        ValueSyntax::SearchTexts if is_strict => {
            string().pattern(Some(NON_BLANK_ITEM_PATTERN)).into()
        }
        ValueSyntax::Texts | ValueSyntax::SearchTexts => string().into(),
        ValueSyntax::Date => date_schema(is_strict),
        // The API applies the default for any other word.
        ValueSyntax::Trashed if is_strict => words_schema(&["without", "with", "only"]).into(),
        ValueSyntax::Trashed => string()
            .description(Some(
                "without (the default, also for any other word), with, only",
            ))
            .examples(["without", "with", "only"])
            .into(),
        ValueSyntax::Flag if is_strict => words_schema(&["true", "false", "1", "0"]).into(),
        ValueSyntax::Flag => words_schema(&["true", "false", "1", "0", ""]).into(),
    }
}

/// Returns the schema of a date, an instant or an age.
fn date_schema(is_strict: bool) -> RefOr<Schema> {
    let format = |format| string().format(Some(SchemaFormat::KnownFormat(format)));
    let mut date = AnyOfBuilder::new()
        .item(format(KnownFormat::Date))
        .item(format(KnownFormat::DateTime))
        .item(string().pattern(Some(RELATIVE_DATE_PATTERN)));
    if !is_strict {
        // The API ignores a filter without a value.
        date = date.item(string().max_length(Some(0)));
    }
    RefOr::T(Schema::AnyOf(date.build()))
}

/// Returns the `sort` parameter.
fn sort_parameter(api: &Api, conformance: Conformance) -> Parameter {
    let keys = api
        .sorts
        .iter()
        .flat_map(|rule| [rule.name.to_owned(), format!("-{}", rule.name)]);
    let mut keys = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(keys));
    if conformance == Conformance::Api {
        keys = keys.description(Some(
            "An empty key and `0` are ignored. Any number of leading `-` descends.",
        ));
    }
    let mut items = ArrayBuilder::new().items(keys.build());
    // An empty list is an empty sort, which only the API's own reading ignores.
    if conformance == Conformance::Strict {
        items = items.min_items(Some(1));
    }
    let about =
        "Sort keys, in order of precedence; a leading `-` sorts in descending order.".to_owned();
    query_parameter("sort", about, items)
        .style(Some(ParameterStyle::Form))
        // One parameter with commas (`sort=a,-b`) rather than one for each key.
        .explode(Some(false))
        .build()
}

/// Returns the `page` parameter.
fn page_parameter(api: &Api, conformance: Conformance) -> Parameter {
    let rule = api.pages.page_number;
    let is_lenient = conformance == Conformance::Api && rule == PageNumberRule::Lenient;
    let about = "The page, from 1. A page beyond the last one has no records.";
    if is_lenient {
        // The API returns the first page for a text that is no page number.
        let about = format!(
            "{about} A text that is no number is page 1, and so are `02` and a number above 2^63 - 1."
        );
        return query_parameter("page", about, string()).build();
    }
    query_parameter("page", about.to_owned(), integer_schema(1, u64::MAX)).build()
}

/// Returns the `per_page` parameter.
fn per_page_parameter(api: &Api, settings: &Settings) -> Parameter {
    let max = settings.limits.max_per_page;
    let default = api.pages.per_page;
    let about =
        format!("Records on a page, at most {max}; the default is {default}. An extension of idq.");
    if settings.conformance == Conformance::Strict {
        return query_parameter("per_page", about, integer_schema(1, max)).build();
    }
    let about = format!(
        "{about} A text that is no number, or 0, is ignored; a number above {max} is an error."
    );
    // No pattern tells the numbers apart: a sign may precede one, and invisible characters around it are trimmed.
    let number = integer_schema(0, max);
    let either = AnyOfBuilder::new().item(number).item(string());
    query_parameter("per_page", about, either).build()
}

/// Returns the schema of integers in a range.
pub(super) fn integer_schema(min: usize, max: u64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min))
        .maximum(Some(usize::try_from(max).unwrap_or(usize::MAX)))
        .build()
}

/// Returns the schema of one of several words.
fn words_schema(words: &[&str]) -> Object {
    string().enum_values(Some(words.iter().copied())).build()
}

/// Starts the schema of a text.
pub(super) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}
