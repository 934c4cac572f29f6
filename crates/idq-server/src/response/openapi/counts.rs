//! The description of the route of counts: its parameters, and the schema of groups.
//!
//! The keys of the description are those that binding accepts: each field is tried with each bucket.

use std::collections::BTreeMap;
use std::sync::Arc;

use idq::api::{Api, Kind};
use idq::{Conformance, CountRequest, KeyOptions, MAX_KEYS, TimeZone, bind_keys};
use utoipa::openapi::path::{Operation, OperationBuilder, Parameter, ParameterBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, Type};
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Required, Responses, Schema};

use super::errors::ErrorSchemas;
use super::parameters::{
    filter_parameters, if_none_match_parameter, integer_schema, query_parameter, string,
};
use super::responses::{json_response, query_responses, schema_ref};
use super::schemas::{count_schema, record_schema_name, type_schema, with_all_required};
use super::with_security;
use crate::catalog::hidden_field;
use crate::startup::settings::Settings;

/// The name of the schema of groups, which all APIs share.
const GROUPS_SCHEMA: &str = "Groups";

/// The name of the schema of time zones.
const TIME_ZONE_SCHEMA: &str = "TimeZone";

/// The pattern of a comparison of counts; 18 digits are less than the greatest count.
const COMPARISON_PATTERN: &str = "^(=|==|!=|<|<=|>|>=)[0-9]{1,18}$";

/// The pattern of an offset from UTC.
const OFFSET_PATTERN: &str = "^[+-]([01][0-9]|2[0-3]):[0-5][0-9]$";

/// The pattern of a path below a document, without quoted keys.
const PATH_PATTERN: &str = r"(\.[A-Za-z_][A-Za-z0-9_]{0,29}){1,5}";

/// The buckets that the description has, with the pattern of their spelling. Arguments are bounded more narrowly than
/// binding bounds them.
const BUCKETS: [(&str, &str); 12] = [
    ("year", "year"),
    ("quarter", "quarter"),
    ("month", "month"),
    ("week", "week"),
    ("day", "day"),
    ("weekday", "weekday"),
    ("hour", "hour"),
    ("age(30d)", r"age\([1-9][0-9]?d\)"),
    ("domain", "domain"),
    ("prefix(3)", r"prefix\([1-9][0-9]?\)"),
    ("fold", "fold"),
    ("presence", "presence"),
];

/// Describes the request for counts.
pub(super) fn count_operation(api: &Arc<Api>, settings: &Settings) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(format!("count{}", record_schema_name(api))))
        .summary(Some("The number of identities by keys"))
        .description(Some(
            "A route of idq: the groups of the identities that the filters select, and their numbers. Filters and the \
             parameter `where` are those of the list; there are no pages.",
        ))
        .tag(api.title.clone());
    let parameters = filter_parameters(api, settings).into_iter();
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
fn count_parameters(api: &Arc<Api>, settings: &Settings) -> Vec<Parameter> {
    let keys = ArrayBuilder::new()
        .items(key_schema(api, settings))
        .min_items(Some(1))
        .max_items(Some(MAX_KEYS));
    let about = "The keys: `FIELD` or `FIELD:BUCKET`, repeated or comma-separated. A field is one of the API, a path in a \
                 document (`profile.department`), or any other member of the records.";
    let by = query_parameter("by", about.to_owned(), keys).required(Required::True);
    let about = "Keeps the most frequent values of the first key, in this number, and counts the others together.";
    let top = query_parameter("top", about.to_owned(), integer_schema(1, u64::MAX));
    let about = "Keeps the groups whose count satisfies a comparison: `having=%3E1`.";
    let comparison = string().pattern(Some(COMPARISON_PATTERN));
    let having = query_parameter("having", about.to_owned(), comparison);
    let default = settings.time_zone;
    let about = match settings.conformance {
        Conformance::Api => "of calendar buckets",
        Conformance::Strict => "of calendar buckets and of days in filters",
    };
    let about =
        format!("The time zone {about}: an IANA name or an offset. The default is {default}.");
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
    let unreadable = "A filter, parameter or escape that does not exist.";
    query_responses(groups, unreadable, api, settings, &errors)
}

/// Returns the schema of the keys of an API: one pattern for all fields that have the same buckets.
fn key_schema(api: &Arc<Api>, settings: &Settings) -> RefOr<Schema> {
    let hidden = hidden_field(api, settings.profile);
    let mut names_by_buckets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (index, field) in api.fields.iter().enumerate() {
        if Some(index) == hidden {
            continue;
        }
        let name = field.name.replace('.', r"\.");
        let buckets = bucket_pattern(api, &field.name);
        names_by_buckets
            .entry(buckets)
            .or_default()
            .push(name.clone());
        if field.kind == Kind::Document {
            let buckets = bucket_pattern(api, &format!("{}.key", field.name));
            let names = names_by_buckets.entry(buckets).or_default();
            names.push(format!("{name}{PATH_PATTERN}"));
        }
    }
    let mut keys = AnyOfBuilder::new();
    for (buckets, names) in names_by_buckets {
        let pattern = format!("^({}){buckets}$", names.join("|"));
        keys = keys.item(string().pattern(Some(pattern)));
    }
    RefOr::T(Schema::AnyOf(keys.build()))
}

/// Returns the pattern of the buckets of a field, with the colon: `(:(domain|fold))?`, without the `?` where a field
/// needs one.
fn bucket_pattern(api: &Arc<Api>, field: &str) -> String {
    let is_accepted = |key: &str| {
        let mut request = CountRequest::new();
        let options = KeyOptions::default();
        request.add_by_text(key).is_ok() && bind_keys(&request, api, &options).is_ok()
    };
    let accepted = BUCKETS
        .iter()
        .filter(|(bucket, _)| is_accepted(&format!("{field}:{bucket}")));
    let accepted: Vec<&str> = accepted.map(|(_, pattern)| *pattern).collect();
    let optional = if is_accepted(field) { "?" } else { "" };
    format!("(:({})){optional}", accepted.join("|"))
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
    use idq::Bucket;

    use super::*;
    use crate::startup::settings::Profile;

    #[test]
    fn described_buckets_are_all_that_exist() {
        let described = BUCKETS.map(|(bucket, _)| bucket.split('(').next().unwrap_or_default());
        assert_eq!(described, Bucket::NAMES);
    }

    #[test]
    fn described_keys_have_the_buckets_that_binding_accepts() {
        let api = Api::permission_assist();
        let dates = r"(:(year|quarter|month|week|day|weekday|hour|age\([1-9][0-9]?d\)|presence))?";
        assert_eq!(bucket_pattern(api, "createdDate"), dates);
        let texts = r"(:(domain|prefix\([1-9][0-9]?\)|fold|presence))?";
        assert_eq!(bucket_pattern(api, "emailAddress"), texts);
        // A document itself is only present or not.
        assert_eq!(
            bucket_pattern(Api::provisionr(), "profile"),
            "(:(presence))"
        );
    }

    #[test]
    fn described_keys_omit_a_hidden_profile() {
        // The start of the pattern of its paths, in JSON.
        const PATH_IN_PROFILE: &str = r"profile(\\.";
        let mut settings = Settings::new(["people.ndjson"]);
        let keys = |settings: &Settings| {
            let schema = key_schema(Api::provisionr(), settings);
            serde_json::to_string(&schema).unwrap()
        };
        assert!(keys(&settings).contains(PATH_IN_PROFILE));
        settings.profile = Profile::Hidden;
        assert!(!keys(&settings).contains(PATH_IN_PROFILE));
    }
}
