//! The schemas of error bodies, derived from the members of an error style, and the responses with them.

use axum::http::StatusCode;
use idq::api::{Api, ErrorMember, ErrorStyle, ListedErrors};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Response, Schema};

use super::responses::{json_response, schema_ref};
use super::schemas::schema_name;
use crate::response::error_response::{invalid_status, own_style};

/// The schemas of an error style: one for all errors, and one for invalid requests if these have their own status.
pub(super) struct ErrorSchemas<'a> {
    style: &'a ErrorStyle,
    name: String,
    invalid: Option<InvalidSchema>,
}

/// The schema of the bodies of a status that invalid requests alone have.
struct InvalidSchema {
    status: String,
    name: String,
}

/// Whether the bodies of a schema have a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occurrence {
    Always,
    Sometimes,
    Never,
}

impl<'a> ErrorSchemas<'a> {
    /// Returns the schemas of an API's errors, such as `ProvisionrError` and `ProvisionrInvalidError`.
    pub(super) fn of_api(api: &'a Api) -> Self {
        let style = &api.errors;
        let status = invalid_status(style);
        Self {
            style,
            name: schema_name(api, "Error"),
            // Unreadable requests have status 400 in every style.
            invalid: (status != StatusCode::BAD_REQUEST).then(|| InvalidSchema {
                status: status.as_str().to_owned(),
                name: schema_name(api, "InvalidError"),
            }),
        }
    }

    /// Returns the schema of errors of the server's own routes, which take no values.
    pub(super) fn of_server() -> Self {
        Self {
            style: own_style(),
            name: "Error".to_owned(),
            invalid: None,
        }
    }

    /// Returns the schemas, by name.
    pub(super) fn schemas(&self) -> Vec<(String, RefOr<Schema>)> {
        // The bodies with a list are some of those of the first schema, and all of those of the second.
        let error = body_schema(self.style, |listed| match (listed, &self.invalid) {
            (ListedErrors::Invalid, Some(_)) => Occurrence::Never,
            _ => Occurrence::Sometimes,
        });
        let mut schemas = vec![(self.name.clone(), error)];
        if let Some(invalid) = &self.invalid {
            let schema = body_schema(self.style, |_| Occurrence::Always);
            schemas.push((invalid.name.clone(), schema));
        }
        schemas
    }

    /// Returns the response to an error, unless it is an invalid request with its own status.
    pub(super) fn response(&self, about: &str) -> Response {
        json_response(about, schema_ref(&self.name))
    }

    /// Returns the response to an invalid request, with its status; `None` if the status is that of other errors.
    pub(super) fn invalid_response(&self) -> Option<(&str, Response)> {
        let about = "A value that its parameter does not take.";
        let invalid = self.invalid.as_ref()?;
        let response = json_response(about, schema_ref(&invalid.name));
        Some((&invalid.status, response))
    }
}

/// Builds the schema of bodies, in which a list of errors has this occurrence.
fn body_schema(
    style: &ErrorStyle,
    occurrence: impl Fn(ListedErrors) -> Occurrence,
) -> RefOr<Schema> {
    let mut body = ObjectBuilder::new();
    for (key, member) in &style.members {
        let occurrence = match *member {
            ErrorMember::Message | ErrorMember::Code | ErrorMember::CorrelationId => {
                Occurrence::Always
            }
            ErrorMember::ErrorsByField(listed) | ErrorMember::ErrorList(listed) => {
                occurrence(listed)
            }
        };
        if occurrence != Occurrence::Never {
            body = body.property(key, member_schema(*member));
        }
        if occurrence == Occurrence::Always {
            body = body.required(key);
        }
    }
    body.build().into()
}

/// Returns the schema of a member's value.
fn member_schema(member: ErrorMember) -> Schema {
    let string = || ObjectBuilder::new().schema_type(Type::String);
    match member {
        ErrorMember::Message | ErrorMember::Code => string().build().into(),
        ErrorMember::CorrelationId => string().pattern(Some("^[0-9a-f]{32}$")).build().into(),
        ErrorMember::ErrorsByField(_) => {
            let texts = ArrayBuilder::new().items(string().build());
            let texts = RefOr::T(Schema::Array(texts.build()));
            ObjectBuilder::new()
                .additional_properties(Some(AdditionalProperties::RefOr(texts)))
                .build()
                .into()
        }
        ErrorMember::ErrorList(_) => {
            let error = ObjectBuilder::new()
                .property("field", string())
                .property("message", string())
                .required("field")
                .required("message");
            ArrayBuilder::new().items(error.build()).build().into()
        }
    }
}
