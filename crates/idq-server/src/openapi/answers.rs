//! Every status that can occur, and its body.

use idq::api::{Api, ErrorStyle};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, SchemaType, Type};
use utoipa::openapi::{
    ContentBuilder, Object, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Responses,
    ResponsesBuilder, Schema,
};

use super::records::title;
use crate::failure::JSON;
use crate::served::hidden;
use crate::settings::{Access, Settings};

const MESSAGE: &str = "MessageError";
const INVALID: &str = "InvalidError";
const CODED: &str = "CodedError";

/// The schemas of what is no record.
pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
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
        (MESSAGE, message().build().into()),
        (INVALID, invalid.build().into()),
        (CODED, coded.build().into()),
        ("Health", health.build().into()),
    ]
}

/// The answers to a question for a page.
pub(super) fn of_list(api: &Api, settings: &Settings) -> Responses {
    let style = api.errors;
    let page = reference(&format!("{}Page", title(api)));
    let mut answers = of_api(json("The page.", page), settings, style);
    let unreadable = "A filter, sort or escape that does not exist.";
    answers = answers.response("400", failure(unreadable, style));
    if style == ErrorStyle::Message {
        let about = "A value that is not what its parameter takes.";
        answers = answers.response("422", json(about, reference(INVALID)));
    }
    if hidden(api, settings.profile).is_some() {
        let about = "A filter that looks at the profile, which is not served.";
        answers = answers.response("403", failure(about, style));
    }
    answers.build()
}

/// The answers to a question for one identity.
pub(super) fn of_one(api: &Api, settings: &Settings) -> Responses {
    let style = api.errors;
    let record = json("The identity.", reference(&title(api)));
    of_api(record, settings, style)
        .response("400", failure("No Host, or none that could be one.", style))
        .response("404", failure("No identity has this id.", style))
        .build()
}

fn of_api(answer: Response, settings: &Settings, style: ErrorStyle) -> ResponsesBuilder {
    let tag = Header::new(string("The answer's entity tag."));
    let mut answer = answer;
    answer.headers.insert("ETag".to_owned(), tag.into());
    let known = ResponseBuilder::new().description("What the client has is still right.");
    let mut answers = with_limits(answer, style)
        .response("304", known)
        .response(
            "429",
            failure("Too many requests of this client are waiting.", style),
        )
        .response("500", failure("The server's own fault.", style))
        .response(
            "503",
            failure(
                "The answer took too long, or the records are being loaded.",
                style,
            ),
        );
    if settings.access != Access::Open {
        answers = answers.response("401", unauthenticated(style));
    }
    answers
}

/// An answer, and what becomes of requests that are too large.
pub(super) fn with_limits(
    answer: impl Into<RefOr<Response>>,
    style: ErrorStyle,
) -> ResponsesBuilder {
    ResponsesBuilder::new()
        .response("200", answer)
        .response("405", failure("Another method than GET and HEAD.", style))
        .response("414", failure("The request's target is too long.", style))
        .response(
            "431",
            failure("The request's headers are too large.", style),
        )
}

/// The answer to whoever has no accepted token.
pub(super) fn unauthenticated(style: ErrorStyle) -> Response {
    let mut answer = failure("No token, or none that is accepted.", style);
    let challenge = Header::new(string("Which token is asked for."));
    answer
        .headers
        .insert("WWW-Authenticate".to_owned(), challenge.into());
    answer
}

/// An error in an API's own words.
pub(super) fn failure(about: &str, style: ErrorStyle) -> Response {
    let schema = match style {
        ErrorStyle::Message => MESSAGE,
        ErrorStyle::Coded => CODED,
    };
    json(about, reference(schema))
}

/// An answer in JSON.
pub(super) fn json(about: &str, schema: impl Into<RefOr<Schema>>) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(about)
        .content(JSON, content)
        .build()
}

/// An answer in text of some kind.
pub(super) fn text(about: &str, kind: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(string(about))).build();
    ResponseBuilder::new()
        .description(about)
        .content(kind, content)
        .build()
}

/// Takes the bodies away: HEAD has none.
pub(super) fn strip(operation: &mut Operation) {
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(answer) = answer {
            answer.content.clear();
        }
    }
}

/// A schema by its name.
pub(super) fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// Any JSON value.
pub(super) fn any() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .build()
}

fn string(about: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .build()
}
