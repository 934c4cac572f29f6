//! What records and pages look like.

use std::collections::BTreeMap;

use idq::api::{Api, Envelope, Kind};
use utoipa::openapi::schema::{ArrayBuilder, SchemaType, Type};
use utoipa::openapi::{Object, ObjectBuilder, Ref, RefOr, Schema};

use crate::served::hidden;
use crate::settings::Settings;

/// The API's name in names: `ProvisionrIdentity`.
pub(super) fn title(api: &Api) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    let name: String = api.name.split('-').map(word).collect();
    format!("{name}Identity")
}

/// The schemas of an API: its record and its page, by name.
pub(super) fn schemas(api: &Api, settings: &Settings) -> Vec<(String, RefOr<Schema>)> {
    let record = title(api);
    let page = format!("{record}Page");
    let schema = match api.envelope {
        Envelope::Paginator => paginator(&record),
        Envelope::Counted => counted(&record),
    };
    vec![
        (record, self::record(api, settings).into()),
        (page, schema.into()),
    ]
}

/// Places below a place: fields, and objects that have places of their own.
#[derive(Default)]
struct Place<'a> {
    field: Option<usize>,
    below: BTreeMap<&'a str, Place<'a>>,
}

fn record(api: &Api, settings: &Settings) -> Object {
    let hidden = hidden(api, settings.profile);
    let mut top = Place::default();
    for (index, field) in api.fields.iter().enumerate() {
        if Some(index) == hidden {
            continue;
        }
        let place = field
            .name
            .split('.')
            .fold(&mut top, |place, key| place.below.entry(key).or_default());
        place.field = Some(index);
    }
    let mut schema = object(api, &top, vec![Type::Object]);
    schema.description = Some(format!(
        "An identity of {}, as it stands in the dump.",
        api.title
    ));
    schema.required.push(api.fields[api.id].name.clone());
    schema
}

fn object(api: &Api, place: &Place<'_>, types: Vec<Type>) -> Object {
    let mut object = ObjectBuilder::new().schema_type(kinds(types));
    for (&key, below) in &place.below {
        let schema: RefOr<Schema> = match below.field {
            Some(field) if below.below.is_empty() => value(api, field).into(),
            _ => self::object(api, below, vec![Type::Object, Type::Null]).into(),
        };
        object = object.property(key, schema);
    }
    object.build()
}

fn value(api: &Api, index: usize) -> Object {
    let field = &api.fields[index];
    let one = match field.kind {
        Kind::Text | Kind::Keyword | Kind::Timestamp => Some(Type::String),
        Kind::Boolean => Some(Type::Boolean),
        Kind::Number => Some(Type::Number),
        Kind::Document => None,
    };
    let schema = ObjectBuilder::new().description(Some(field.description.clone()));
    match one {
        None => schema.schema_type(SchemaType::AnyValue),
        Some(one) if index == api.id => schema.schema_type(one),
        Some(one) => schema.schema_type(kinds(vec![one, Type::Null])),
    }
    .build()
}

fn kinds(mut kinds: Vec<Type>) -> SchemaType {
    match (kinds.pop(), kinds.is_empty()) {
        (Some(only), true) => only.into(),
        (last, _) => SchemaType::Array(kinds.into_iter().chain(last).collect()),
    }
}

fn paginator(record: &str) -> Object {
    let url = || kind(&[Type::String]);
    let url_or_null = || kind(&[Type::String, Type::Null]);
    let count = |least| number(Type::Integer, least, false);
    let count_or_null = || number(Type::Integer, 1, true);
    let link = ObjectBuilder::new()
        .property("url", url_or_null())
        .property("label", kind(&[Type::String]))
        .property("page", count_or_null())
        .property("active", kind(&[Type::Boolean]));
    let link = ["url", "label", "active"]
        .into_iter()
        .fold(link, ObjectBuilder::required);
    let page = ObjectBuilder::new()
        .property("current_page", count(1))
        .property("data", records(record))
        .property("first_page_url", url())
        .property("from", count_or_null())
        .property("last_page", count(1))
        .property("last_page_url", url())
        .property("links", ArrayBuilder::new().items(link.build()))
        .property("next_page_url", url_or_null())
        .property("path", url())
        .property("per_page", count(1))
        .property("prev_page_url", url_or_null())
        .property("to", count_or_null())
        .property("total", count(0));
    all_required(page.build())
}

fn counted(record: &str) -> Object {
    let count = |least| number(Type::Integer, least, false);
    let page = ObjectBuilder::new()
        .property("items", records(record))
        .property("totalCount", count(0))
        .property("page", count(1))
        .property("pageSize", count(1))
        .property("totalPages", count(0));
    all_required(page.build())
}

fn all_required(mut object: Object) -> Object {
    object.required = object.properties.keys().cloned().collect();
    object
}

fn records(record: &str) -> ArrayBuilder {
    ArrayBuilder::new().items(RefOr::<Schema>::Ref(Ref::from_schema_name(record)))
}

fn kind(types: &[Type]) -> Object {
    ObjectBuilder::new()
        .schema_type(kinds(types.to_vec()))
        .build()
}

fn number(kind: Type, least: usize, nullable: bool) -> Object {
    let mut types = vec![kind];
    types.extend(nullable.then_some(Type::Null));
    ObjectBuilder::new()
        .schema_type(kinds(types))
        .minimum(Some(least))
        .build()
}
