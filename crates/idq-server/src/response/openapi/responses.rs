//! The responses of each operation: all statuses that can occur, with their bodies.

use idq::api::{Api, ErrorStyle};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, SchemaType, Type};
use utoipa::openapi::{
    ContentBuilder, Object, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Responses,
    ResponsesBuilder, Schema,
};

use super::schemas::record_schema_name;
use crate::catalog::hidden_field;
use crate::response::JSON;
use crate::startup::settings::{Access, Settings};

/// The schema of an error with a message only.
const MESSAGE_SCHEMA: &str = "MessageError";

/// The schema of a validation error in the style of [`ErrorStyle::Message`].
const INVALID_SCHEMA: &str = "InvalidError";

/// The schema of an error in the style of [`ErrorStyle::Coded`].
const CODED_SCHEMA: &str = "CodedError";

/// Returns the schemas of all bodies that are not specific to one API.
pub(super) fn shared_schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let string = || ObjectBuilder::new().schema_type(Type::String);
    let texts = ArrayBuilder::new().items(string().build());
    let fields = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::RefOr(
        RefOr::T(Schema::Array(texts.build())),
    )));
    let message = || {
        ObjectBuilder::new()
            .property("message", string())
            .required("message")
    };
    let invalid = message().property("errors", fields).required("errors");
    let field_error = ObjectBuilder::new()
        .property("field", string())
        .property("message", string())
        .required("field")
        .required("message");
    let coded = message()
        .property("error", string())
        .property("correlationId", string().pattern(Some("^[0-9a-f]{32}$")))
        .property("errors", ArrayBuilder::new().items(field_error.build()))
        .required("error")
        .required("correlationId");
    let health = ObjectBuilder::new()
        .property("status", string().enum_values(Some(["ok"])))
        .required("status");
    vec![
        (MESSAGE_SCHEMA, message().build().into()),
        (INVALID_SCHEMA, invalid.build().into()),
        (CODED_SCHEMA, coded.build().into()),
        ("Health", health.build().into()),
    ]
}

/// Returns the responses to a request for a page.
pub(super) fn list_responses(api: &Api, settings: &Settings) -> Responses {
    let style = api.errors;
    let page = schema_ref(&format!("{}Page", record_schema_name(api)));
    let mut responses = with_api_errors(json_response("The page.", page), settings, style);
    let unreadable = "A filter, sort or escape that does not exist.";
    responses = responses.response("400", error(unreadable, style));
    if style == ErrorStyle::Message {
        let about = "A value that its parameter does not take.";
        responses = responses.response("422", json_response(about, schema_ref(INVALID_SCHEMA)));
    }
    if hidden_field(api, settings.profile).is_some() {
        let about = "A filter that uses the profile, which is not served.";
        responses = responses.response("403", error(about, style));
    }
    responses.build()
}

/// Returns the responses to a request for one identity.
pub(super) fn get_responses(api: &Api, settings: &Settings) -> Responses {
    let style = api.errors;
    let record = json_response("The identity.", schema_ref(&record_schema_name(api)));
    with_api_errors(record, settings, style)
        .response("400", error("No valid Host.", style))
        .response("404", error("No identity has this id.", style))
        .build()
}

/// Adds the responses that both operations of an API share.
fn with_api_errors(response: Response, settings: &Settings, style: ErrorStyle) -> ResponsesBuilder {
    let tag = Header::new(string_schema("The response's entity tag."));
    let mut response = response;
    response.headers.insert("ETag".to_owned(), tag.into());
    let known = ResponseBuilder::new().description("The client's copy is up to date.");
    let mut responses = with_limit_errors(response, style)
        .response("304", known)
        .response(
            "429",
            error("Too many requests of this client are waiting.", style),
        )
        .response("500", error("The server failed.", style))
        .response(
            "503",
            error(
                "The request timeout elapsed, or the records are being loaded.",
                style,
            ),
        );
    if settings.access != Access::Open {
        responses = responses.response("401", unauthenticated_error(style));
    }
    responses
}

/// Adds the responses to other methods and to requests that exceed a limit.
pub(super) fn with_limit_errors(
    response: impl Into<RefOr<Response>>,
    style: ErrorStyle,
) -> ResponsesBuilder {
    ResponsesBuilder::new()
        .response("200", response)
        .response("405", error("A method other than GET and HEAD.", style))
        .response("414", error("The request's target is too long.", style))
        .response("431", error("The request's headers are too large.", style))
}

/// Returns the response to requests without an accepted token.
pub(super) fn unauthenticated_error(style: ErrorStyle) -> Response {
    let mut response = error("No accepted token.", style);
    let challenge = Header::new(string_schema("The kind of token that is required."));
    response
        .headers
        .insert("WWW-Authenticate".to_owned(), challenge.into());
    response
}

/// Returns an error response in an API's error style.
pub(super) fn error(about: &str, style: ErrorStyle) -> Response {
    let schema = match style {
        ErrorStyle::Message => MESSAGE_SCHEMA,
        ErrorStyle::Coded => CODED_SCHEMA,
    };
    json_response(about, schema_ref(schema))
}

/// Returns a response in JSON.
pub(super) fn json_response(about: &str, schema: impl Into<RefOr<Schema>>) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(about)
        .content(JSON, content)
        .build()
}

/// Returns a response in text of this content type.
pub(super) fn text_response(about: &str, content_type: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(string_schema(about)))
        .build();
    ResponseBuilder::new()
        .description(about)
        .content(content_type, content)
        .build()
}

/// Removes the bodies of all responses: HEAD has none.
pub(super) fn remove_bodies(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.content.clear();
        }
    }
}

/// Returns a reference to a schema by its name.
pub(super) fn schema_ref(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// Returns the schema of any JSON value.
pub(super) fn any_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .build()
}

/// Returns the schema of a described text.
fn string_schema(about: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .build()
}
