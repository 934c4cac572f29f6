//! Every parameter of every route.

use idq::Conformance;
use idq::api::{Api, FilterRule, PageNumberRule, Provenance, ValueSyntax};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, Object, ObjectBuilder, RefOr, Required, Schema};

use crate::served::hidden;
use crate::settings::Settings;

/// The forms of a date that JSON Schema has no format for.
const AGES: &str = r"^(now|today|-[1-9][0-9]{0,2}(d|h|w|mo|y|min))$";

/// White space alone is no value.
const SOME_TEXT: &str = r"[^\s\u0085]";

/// Nor are commas, where parts that are empty count for nothing.
const SOME_PART: &str = r"[^\s,\u0085]";

/// What is no number: nothing at all, or something in it that is no digit.
const NO_NUMBER: &str = r"^\s*$|[^0-9\s]";

/// The parameters of a page of identities.
pub(super) fn of_list(api: &Api, settings: &Settings) -> Vec<Parameter> {
    let hidden = hidden(api, settings.profile);
    let is_served = |rule: &&FilterRule| rule.fields().all(|field| Some(field) != hidden);
    let filters = api.filters.iter().filter(is_served);
    let mut parameters: Vec<Parameter> = filters
        .map(|rule| filter(api, rule, settings.reading))
        .collect();
    parameters.push(sort(api, settings.reading));
    parameters.push(page(api, settings.reading));
    if api.pages.per_page_can_change {
        parameters.push(per_page(api, settings));
    }
    parameters.push(if_none_match());
    parameters
}

/// The id in a path.
pub(super) fn id() -> Parameter {
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

/// The tags of answers that the client has already.
pub(super) fn if_none_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Entity tags of answers that the client has: 304 if one is still right.",
        ))
        .schema(Some(string()))
        .build()
}

fn query(
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

fn filter(api: &Api, rule: &FilterRule, reading: Conformance) -> Parameter {
    let about = api.describe_filter(rule);
    let about = match rule.provenance {
        Provenance::Documented => format!("{about}."),
        Provenance::Extension => format!("{about}. An extension of idq."),
    };
    query(
        format!("filter[{}]", rule.name),
        about,
        value(rule, reading),
    )
    .build()
}

fn value(rule: &FilterRule, reading: Conformance) -> RefOr<Schema> {
    let is_strict = reading == Conformance::Strict;
    match rule.match_kind.value_syntax() {
        ValueSyntax::Texts if is_strict => string().pattern(Some(SOME_TEXT)).into(),
        ValueSyntax::SearchTexts if is_strict => string().pattern(Some(SOME_PART)).into(),
        ValueSyntax::Texts | ValueSyntax::SearchTexts => string().into(),
        ValueSyntax::Date => date(is_strict),
        // The API reads any other word as the default.
        ValueSyntax::Trashed if is_strict => words(&["without", "with", "only"]).into(),
        ValueSyntax::Trashed => string()
            .description(Some("without (so is any other word), with, only"))
            .examples(["without", "with", "only"])
            .into(),
        ValueSyntax::Flag if is_strict => words(&["true", "false", "1", "0"]).into(),
        ValueSyntax::Flag => words(&["true", "false", "1", "0", ""]).into(),
    }
}

fn date(is_strict: bool) -> RefOr<Schema> {
    let format = |format| string().format(Some(SchemaFormat::KnownFormat(format)));
    let mut date = AnyOfBuilder::new()
        .item(format(KnownFormat::Date))
        .item(format(KnownFormat::DateTime))
        .item(string().pattern(Some(AGES)));
    if !is_strict {
        // The API ignores a filter without a value.
        date = date.item(string().max_length(Some(0)));
    }
    RefOr::T(Schema::AnyOf(date.build()))
}

fn sort(api: &Api, reading: Conformance) -> Parameter {
    let keys = api
        .sorts
        .iter()
        .flat_map(|rule| [rule.name.to_owned(), format!("-{}", rule.name)]);
    let mut keys = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(keys));
    if reading == Conformance::Api {
        keys = keys.description(Some("A key without a name is ignored."));
    }
    let mut items = ArrayBuilder::new().items(keys.build());
    if reading == Conformance::Strict {
        items = items.min_items(Some(1));
    }
    let about = "Keys to sort by, the first one first; a leading `-` descends.".to_owned();
    query("sort", about, items)
        .style(Some(ParameterStyle::Form))
        .explode(Some(false))
        .build()
}

fn page(api: &Api, reading: Conformance) -> Parameter {
    let is_lenient =
        reading == Conformance::Api && api.pages.page_number == PageNumberRule::Lenient;
    let about = "The page, from 1. A page past the last one has no records.";
    if is_lenient {
        // The API takes what is no page for the first one.
        let about = format!("{about} What is no number is page 1.");
        return query("page", about, string()).build();
    }
    query("page", about.to_owned(), whole_number(1, u64::MAX)).build()
}

fn per_page(api: &Api, settings: &Settings) -> Parameter {
    let most = settings.limits.per_page;
    let usual = api.pages.per_page;
    let about = format!(
        "Records on a page, at most {most}; {usual} unless asked for. An extension of idq."
    );
    if settings.reading == Conformance::Strict {
        return query("per_page", about, whole_number(1, most)).build();
    }
    let about = format!("{about} What is no number, or 0, counts for nothing.");
    let other = string().pattern(Some(NO_NUMBER));
    let number = whole_number(0, most);
    let either = AnyOfBuilder::new().item(number).item(other);
    query("per_page", about, either).build()
}

fn whole_number(least: usize, most: u64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(least))
        .maximum(Some(usize::try_from(most).unwrap_or(usize::MAX)))
        .build()
}

fn words(words: &[&str]) -> Object {
    string().enum_values(Some(words.iter().copied())).build()
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}
