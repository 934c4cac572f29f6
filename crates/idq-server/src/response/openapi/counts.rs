//! The description of the route of counts: its parameters, and the schema of groups.

use idq::api::Api;
use idq::{Bucket, Conformance, MAX_KEYS, TimeZone};
use utoipa::openapi::path::{Operation, OperationBuilder, Parameter, ParameterBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, Type};
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Required, Responses, Schema};

use super::errors::ErrorSchemas;
use super::parameters::{
    document_path, if_none_match_parameter, integer_schema, query_parameter, selection_parameters,
    string,
};
use super::responses::{json_response, query_responses, schema_ref};
use super::schemas::{count_schema, record_schema_name, type_schema, with_all_required};
use super::with_security;
use crate::startup::settings::Settings;

/// The name of the schema of groups, which all APIs share.
const GROUPS_SCHEMA: &str = "Groups";

/// The name of the schema of time zones.
const TIME_ZONE_SCHEMA: &str = "TimeZone";

/// The pattern of a comparison of counts; 18 digits are less than the greatest count.
const COMPARISON_PATTERN: &str = "^(=|==|!=|<|<=|>|>=)[0-9]{1,18}$";

/// The pattern of an offset from UTC.
const OFFSET_PATTERN: &str = "^[+-]([01][0-9]|2[0-3]):[0-5][0-9]$";

/// Describes the request for counts.
pub(super) fn count_operation(api: &Api, settings: &Settings) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(format!("count{}", record_schema_name(api))))
        .summary(Some("The number of identities by keys"))
        .description(Some(
            "A route of idq: the groups of the identities that the filters and expressions select, and their numbers. \
             `filter` and `where` are those of the list; there are no pages.",
        ))
        .tag(api.title.clone());
    let parameters = selection_parameters(api, settings).into_iter();
    for parameter in parameters.chain(count_parameters(api, settings)) {
        operation = operation.parameter(parameter);
    }
    with_security(operation, settings)
        .responses(count_responses(api, settings))
        .build()
}

/// Returns the schemas that the route refers to, by name.
pub(super) fn count_schemas() -> [(&'static str, RefOr<Schema>); 2] {
    [
        (GROUPS_SCHEMA, groups_schema().into()),
        (TIME_ZONE_SCHEMA, time_zone_schema()),
    ]
}

/// Returns the parameters of a count, beside those that select records.
fn count_parameters(api: &Api, settings: &Settings) -> Vec<Parameter> {
    // A key is any text: names are compared without case, records may have members that no table lists, and buckets have
    // arguments. A pattern would reject keys that the server accepts.
    let keys = ArrayBuilder::new()
        .items(string())
        .min_items(Some(1))
        .max_items(Some(MAX_KEYS));
    let by = query_parameter("by", describe_keys(api, settings), keys).required(Required::True);
    let about = "Keeps the most frequent values of the first key, in this number, and counts the others together.";
    let top = query_parameter("top", about.to_owned(), integer_schema(1, u64::MAX));
    let about = "Keeps the groups whose count satisfies a comparison: `having=%3E1`.";
    let comparison = string().pattern(Some(COMPARISON_PATTERN));
    let having = query_parameter("having", about.to_owned(), comparison);
    let default = settings.time_zone;
    let days = match settings.conformance {
        // The API's own reading has days of UTC, whatever the server's time zone is.
        Conformance::Api if default != TimeZone::UTC => ", but UTC for days",
        _ => "",
    };
    let about = format!(
        "The time zone of the request, for calendar buckets and for days in filters and expressions: an IANA name or an \
         offset. The default is {default}{days}."
    );
    let time_zone = query_parameter("timezone", about, schema_ref(TIME_ZONE_SCHEMA));
    let parameters = [by, top, having, time_zone].map(ParameterBuilder::build);
    parameters
        .into_iter()
        .chain([if_none_match_parameter()])
        .collect()
}

/// Returns the responses to a request for counts.
fn count_responses(api: &Api, settings: &Settings) -> Responses {
    let errors = ErrorSchemas::of_api(api);
    let groups = json_response("The groups.", schema_ref(GROUPS_SCHEMA));
    let unreadable =
        "A filter or parameter that does not exist, or an invalid percent-encoding or expression.";
    query_responses(groups, unreadable, api, settings, &errors)
}

/// Describes the parameter with the keys. Only a field that is served is an example of a path.
fn describe_keys(api: &Api, settings: &Settings) -> String {
    let path = document_path(api, settings);
    let path = path.map_or_else(String::new, |path| {
        format!(" a path in a document (`{path}`),")
    });
    format!(
        "The keys: `FIELD` or `FIELD:BUCKET`, repeated or comma-separated. A field is one of the API,{path} or any other \
         member of the records. Buckets: {}.",
        describe_buckets()
    )
}

/// Lists the buckets, with the form of their arguments.
fn describe_buckets() -> String {
    let with_argument = Bucket::NAMES.map(|name| match name {
        "age" => "age(30d,90d)".to_owned(),
        "prefix" => "prefix(N)".to_owned(),
        name => name.to_owned(),
    });
    with_argument.join(", ")
}

/// Returns the schema of time zones.
fn time_zone_schema() -> RefOr<Schema> {
    let names = string().enum_values(Some(TimeZone::names()));
    let offset = string().pattern(Some(OFFSET_PATTERN));
    let either = AnyOfBuilder::new().item(names).item(offset);
    RefOr::T(Schema::AnyOf(either.build()))
}

/// Returns the schema of the answer to a count.
fn groups_schema() -> Object {
    let names = ArrayBuilder::new().items(string());
    let presence = || string().enum_values(Some(["value", "null", "missing", "empty"]));
    let presences = ArrayBuilder::new().items(presence().build());
    let presence = AnyOfBuilder::new().item(presence()).item(presences);
    let scalars = [
        Type::String,
        Type::Number,
        Type::Boolean,
        Type::Array,
        Type::Null,
    ];
    let keys = ArrayBuilder::new().items(type_schema(&scalars));
    let group = ObjectBuilder::new()
        .property("keys", keys)
        .property("presence", RefOr::T(Schema::AnyOf(presence.build())))
        .property("count", count_schema(1));
    let groups = ArrayBuilder::new().items(with_all_required(group.build()));
    let left_out = ObjectBuilder::new()
        .property("groups", count_schema(0))
        .property("records", count_schema(0))
        .description(Some(
            "What `having` leaves out. Only a request with it has this member.",
        ));
    let answer = ObjectBuilder::new()
        .property("by", names)
        .property("total", count_schema(0))
        .property("groups", groups)
        .property("other", count_schema(0));
    let mut answer = with_all_required(answer.build());
    let left_out = with_all_required(left_out.build());
    answer
        .properties
        .insert("left_out".to_owned(), left_out.into());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::startup::settings::Profile;

    #[test]
    fn described_buckets_are_all_that_exist() {
        assert_eq!(
            describe_buckets(),
            "year, quarter, month, week, day, weekday, hour, age(30d,90d), domain, prefix(N), fold, presence"
        );
    }

    #[test]
    fn description_of_keys_omits_a_hidden_profile() {
        const PATH: &str = "a path in a document (`profile.";
        let mut settings = Settings::new(["people.ndjson"]);
        let api = Api::provisionr();
        assert!(describe_keys(api, &settings).contains(PATH));
        // The other API has no documents.
        assert!(!describe_keys(Api::permission_assist(), &settings).contains("document"));
        settings.profile = Profile::Hidden;
        assert!(!describe_keys(api, &settings).contains("profile"));
    }
}
