//! The schemas of records and pages.
//!
//! A record's schema follows from the API's table of fields, whose dotted names form a tree of objects. It permits
//! further members, since dumps contain fields that no documentation mentions.

use std::collections::BTreeMap;

use idq::api::{Api, Kind, PageMember};
use utoipa::openapi::schema::{ArrayBuilder, SchemaType, Type};
use utoipa::openapi::{Object, ObjectBuilder, Ref, RefOr, Schema};

use crate::catalog::hidden_field;
use crate::startup::settings::Settings;

/// Returns the name of the schema of an API's records, such as `ProvisionrIdentity`.
pub(super) fn record_schema_name(api: &Api) -> String {
    schema_name(api, "Identity")
}

/// Returns the name of a schema of an API: the API's name in camel case, and what the schema describes.
pub(super) fn schema_name(api: &Api, about: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    let name: String = api.name.split('-').map(word).collect();
    name + about
}

/// Returns the schemas of an API's record and page, by name.
pub(super) fn api_schemas(api: &Api, settings: &Settings) -> Vec<(String, RefOr<Schema>)> {
    let record = record_schema_name(api);
    let page = format!("{record}Page");
    let schema = page_schema(api, &record);
    vec![
        (record, record_schema(api, settings).into()),
        (page, schema.into()),
    ]
}

/// A node of the tree (trie) that the dotted names of fields form: a field, or an object with children.
#[derive(Default)]
struct FieldTree<'a> {
    field: Option<usize>,
    children: BTreeMap<&'a str, FieldTree<'a>>,
}

/// Builds the schema of a record from the API's table of fields.
fn record_schema(api: &Api, settings: &Settings) -> Object {
    let hidden = hidden_field(api, settings.profile);
    let mut root = FieldTree::default();
    for (index, field) in api.fields.iter().enumerate() {
        if Some(index) == hidden {
            continue;
        }
        let node = field
            .name
            .split('.')
            .fold(&mut root, |node, key| node.children.entry(key).or_default());
        node.field = Some(index);
    }
    let mut schema = object_schema(api, &root, vec![Type::Object]);
    schema.description = Some(format!("An identity of {}, as in the dump.", api.title));
    // The load rejects records without an id; all other members may be missing.
    schema.required.push(api.fields[api.id].name.clone());
    schema
}

/// Builds the schema of an object from its node.
fn object_schema(api: &Api, node: &FieldTree<'_>, types: Vec<Type>) -> Object {
    let mut object = ObjectBuilder::new().schema_type(schema_type_of(types));
    for (&key, child) in &node.children {
        let schema: RefOr<Schema> = match child.field {
            Some(field) if child.children.is_empty() => field_schema(api, field).into(),
            _ => object_schema(api, child, vec![Type::Object, Type::Null]).into(),
        };
        object = object.property(key, schema);
    }
    object.build()
}

/// Builds the schema of a field's values. All but the id may be null.
fn field_schema(api: &Api, index: usize) -> Object {
    let field = &api.fields[index];
    let type_of_value = match field.kind {
        Kind::Text | Kind::Keyword | Kind::Timestamp => Some(Type::String),
        Kind::Boolean => Some(Type::Boolean),
        Kind::Number => Some(Type::Number),
        // A free-form document may be of any type.
        Kind::Document => None,
    };
    let schema = ObjectBuilder::new().description(Some(field.description.clone()));
    match type_of_value {
        None => schema.schema_type(SchemaType::AnyValue),
        Some(type_of_value) if index == api.id => schema.schema_type(type_of_value),
        Some(type_of_value) => schema.schema_type(schema_type_of(vec![type_of_value, Type::Null])),
    }
    .build()
}

/// Returns a schema type of one type, or of any of several ones.
fn schema_type_of(mut types: Vec<Type>) -> SchemaType {
    match (types.pop(), types.is_empty()) {
        (Some(only), true) => only.into(),
        (last, _) => SchemaType::Array(types.into_iter().chain(last).collect()),
    }
}

/// Builds the schema of a page from the members of the API's envelope.
fn page_schema(api: &Api, record: &str) -> Object {
    let members = api.envelope.members.iter();
    let page = members.fold(ObjectBuilder::new(), |page, (key, member)| {
        page.property(key, member_schema(*member, record))
    });
    with_all_required(page.build())
}

/// Returns the schema of a member of a page.
fn member_schema(member: PageMember, record: &str) -> RefOr<Schema> {
    match member {
        PageMember::Records => Schema::from(record_array(record)).into(),
        PageMember::Total | PageMember::PageCount => {
            integer_schema(0, Nullability::Required).into()
        }
        PageMember::Page | PageMember::PerPage | PageMember::LastPage => {
            integer_schema(1, Nullability::Required).into()
        }
        PageMember::NextPage
        | PageMember::PreviousPage
        | PageMember::FirstRecord
        | PageMember::LastRecord => integer_schema(1, Nullability::Nullable).into(),
        PageMember::FirstPageUrl | PageMember::LastPageUrl | PageMember::CollectionUrl => {
            type_schema(&[Type::String]).into()
        }
        PageMember::NextPageUrl | PageMember::PreviousPageUrl => {
            type_schema(&[Type::String, Type::Null]).into()
        }
        PageMember::PageLinks => Schema::from(page_links_schema()).into(),
    }
}

/// Returns the schema of Laravel's array of links.
fn page_links_schema() -> ArrayBuilder {
    let link = ObjectBuilder::new()
        .property("url", type_schema(&[Type::String, Type::Null]))
        .property("label", type_schema(&[Type::String]))
        .property("page", integer_schema(1, Nullability::Nullable))
        .property("active", type_schema(&[Type::Boolean]));
    let link = ["url", "label", "active"]
        .into_iter()
        .fold(link, ObjectBuilder::required);
    ArrayBuilder::new().items(link.build())
}

/// Returns the schema of the health check's response.
pub(super) fn health_schema() -> Object {
    let status = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["ok"]));
    ObjectBuilder::new()
        .property("status", status)
        .required("status")
        .build()
}

/// Returns the schema of counts from `least` on.
pub(super) fn count_schema(least: usize) -> Object {
    integer_schema(least, Nullability::Required)
}

/// Marks all properties as required.
pub(super) fn with_all_required(mut object: Object) -> Object {
    object.required = object.properties.keys().cloned().collect();
    object
}

/// Returns the schema of a page's records.
fn record_array(record: &str) -> ArrayBuilder {
    ArrayBuilder::new().items(RefOr::<Schema>::Ref(Ref::from_schema_name(record)))
}

/// Returns the schema of values of any of these types.
pub(super) fn type_schema(types: &[Type]) -> Object {
    ObjectBuilder::new()
        .schema_type(schema_type_of(types.to_vec()))
        .build()
}

/// Whether a value may be null.
#[derive(Clone, Copy)]
enum Nullability {
    Required,
    Nullable,
}

/// Returns the schema of integers from `least` on.
fn integer_schema(least: usize, nullability: Nullability) -> Object {
    let types = match nullability {
        Nullability::Required => vec![Type::Integer],
        Nullability::Nullable => vec![Type::Integer, Type::Null],
    };
    ObjectBuilder::new()
        .schema_type(schema_type_of(types))
        .minimum(Some(least))
        .build()
}
