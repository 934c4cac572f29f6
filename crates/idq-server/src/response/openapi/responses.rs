//! The responses of each operation: all statuses that can occur, with their bodies.

use idq::api::Api;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{
    ContentBuilder, Object, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Responses,
    ResponsesBuilder, Schema,
};

use super::errors::ErrorSchemas;
use super::schemas::record_schema_name;
use crate::catalog::hidden_field;
use crate::response::JSON;
use crate::startup::settings::{Access, Settings};

/// Returns the responses to a request for a page.
pub(super) fn list_responses(api: &Api, settings: &Settings) -> Responses {
    let errors = ErrorSchemas::of_api(api);
    let page = schema_ref(&format!("{}Page", record_schema_name(api)));
    let page = json_response("The page.", page);
    let unreadable =
        "A filter or sort that does not exist, or an invalid percent-encoding or expression.";
    query_responses(page, unreadable, api, settings, &errors)
}

/// Returns the responses to a request with filters: a success, and all errors.
pub(super) fn query_responses(
    success: Response,
    unreadable: &str,
    api: &Api,
    settings: &Settings,
    errors: &ErrorSchemas<'_>,
) -> Responses {
    let mut responses = with_api_errors(success, settings, errors);
    responses = responses.response("400", errors.response(unreadable));
    if let Some((status, response)) = errors.invalid_response() {
        responses = responses.response(status, response);
    }
    if hidden_field(api, settings.profile).is_some() {
        let about = "A filter, an expression or a key that reads the profile, which is not served.";
        responses = responses.response("403", errors.response(about));
    }
    responses.build()
}

/// Returns the responses to a request for one identity.
pub(super) fn get_responses(api: &Api, settings: &Settings) -> Responses {
    let errors = ErrorSchemas::of_api(api);
    let record = json_response("The identity.", schema_ref(&record_schema_name(api)));
    with_api_errors(record, settings, &errors)
        .response("400", errors.response("No valid Host."))
        .response("404", errors.response("No identity has this id."))
        .build()
}

/// Adds the responses that both operations of an API share.
fn with_api_errors(
    response: Response,
    settings: &Settings,
    errors: &ErrorSchemas<'_>,
) -> ResponsesBuilder {
    let tag = Header::new(string_schema("The response's entity tag."));
    let mut response = response;
    response.headers.insert("ETag".to_owned(), tag.into());
    let known = ResponseBuilder::new().description("The client's copy is up to date.");
    let mut responses = with_limit_errors(response, errors)
        .response("304", known)
        .response(
            "429",
            errors.response("Too many requests of this client are waiting."),
        )
        .response("500", errors.response("The server failed."))
        .response(
            "503",
            errors.response("The request timeout elapsed, or the records are being loaded."),
        );
    if settings.access != Access::Open {
        responses = responses.response("401", unauthenticated_error(errors));
    }
    responses
}

/// Adds the responses to other methods and to requests that exceed a limit.
pub(super) fn with_limit_errors(
    response: impl Into<RefOr<Response>>,
    errors: &ErrorSchemas<'_>,
) -> ResponsesBuilder {
    ResponsesBuilder::new()
        .response("200", response)
        .response("405", errors.response("A method other than GET and HEAD."))
        .response("414", errors.response("The request's target is too long."))
        .response(
            "431",
            errors.response("The request's headers are too large."),
        )
}

/// Returns the response to requests without an accepted token.
pub(super) fn unauthenticated_error(errors: &ErrorSchemas<'_>) -> Response {
    let mut response = errors.response("No accepted token.");
    let challenge = Header::new(string_schema("The kind of token that is required."));
    response
        .headers
        .insert("WWW-Authenticate".to_owned(), challenge.into());
    response
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
