//! The description at `/openapi.json`, made from the same tables that requests are checked against.

mod answers;
mod parameters;
mod records;

use std::sync::Arc;

use idq::api::{Api, ErrorStyle};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Info, OpenApiBuilder, Response, SecurityRequirement, Server,
};

use crate::settings::{Access, Settings};

/// The name of the way to prove who one is.
const BEARER: &str = "bearer";

/// The whole description, as JSON.
pub(crate) fn document(apis: &[Arc<Api>], settings: &Settings) -> String {
    let mut paths = PathsBuilder::new();
    let mut components = ComponentsBuilder::new();
    for api in apis {
        for (name, schema) in records::schemas(api, settings) {
            components = components.schema(name, schema);
        }
        let path = &api.collection_path;
        paths = paths
            .path(path.clone(), item(|| list(api, settings)))
            .path(format!("{path}/{{id}}"), item(|| one(api, settings)));
    }
    for (name, schema) in answers::schemas() {
        components = components.schema(name, schema);
    }
    for (path, operation) in own(settings) {
        paths = paths.path(path, item(|| operation.clone()));
    }
    if settings.access != Access::Open {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components = components.security_scheme(BEARER, scheme);
    }
    let mut info = Info::new("Identity APIs from snapshots", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "The vendors' identity APIs, answered by idq from exported snapshots. Parameters and answers are the vendors'; \
         what is an extension says so."
            .to_owned(),
    );
    let document = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.build()))
        .build();
    // A description that cannot be written as JSON would be a mistake in this file, and a test's to find.
    document.to_json().unwrap_or_default()
}

/// A path that can be asked by GET and HEAD.
fn item(operation: impl Fn() -> Operation) -> PathItem {
    let mut item = PathItem::new(HttpMethod::Get, operation());
    let mut head = operation();
    head.operation_id = head.operation_id.map(|id| format!("{id}Head"));
    head.summary = head
        .summary
        .map(|summary| format!("{summary} (head alone)"));
    answers::strip(&mut head);
    item.head = Some(head);
    item
}

fn list(api: &Api, settings: &Settings) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(format!("list{}", records::title(api))))
        .summary(Some("A page of identities"))
        .tag(api.title.clone());
    for parameter in parameters::of_list(api, settings) {
        operation = operation.parameter(parameter);
    }
    secured(operation, settings)
        .responses(answers::of_list(api, settings))
        .build()
}

fn one(api: &Api, settings: &Settings) -> Operation {
    let operation = OperationBuilder::new()
        .operation_id(Some(format!("get{}", records::title(api))))
        .summary(Some("One identity"))
        .tag(api.title.clone())
        .parameter(parameters::id())
        .parameter(parameters::if_none_match());
    secured(operation, settings)
        .responses(answers::of_one(api, settings))
        .build()
}

/// The server's own paths.
fn own(settings: &Settings) -> Vec<(&'static str, Operation)> {
    let operation = |id: &str, summary: &str, answer: Response| {
        OperationBuilder::new()
            .operation_id(Some(id))
            .summary(Some(summary))
            .tag("Server")
            .responses(answers::with_limits(answer, ErrorStyle::Message))
    };
    let health = answers::json("The server answers.", answers::reference("Health"));
    let description = answers::json("This description.", answers::any());
    let text = |about: &str, kind: &str| answers::text(about, kind);
    let front = text("What is served, for people.", "text/html");
    let metrics = text("Counts and times, for Prometheus.", "text/plain");
    let metrics = operation("metrics", "What Prometheus asks for", metrics);
    let metrics = secured(metrics, settings);
    let metrics = if settings.access == Access::Open {
        metrics.response(
            "400",
            answers::failure("The Host is not local.", ErrorStyle::Message),
        )
    } else {
        metrics.response("401", answers::unauthenticated(ErrorStyle::Message))
    };
    vec![
        ("/", operation("front", "What is served", front).build()),
        (
            "/healthz",
            operation("health", "Whether the server answers", health).build(),
        ),
        ("/metrics", metrics.build()),
        (
            "/openapi.json",
            operation("openapi", "This description", description).build(),
        ),
    ]
}

fn secured(operation: OperationBuilder, settings: &Settings) -> OperationBuilder {
    match settings.access {
        Access::Open => operation,
        Access::TokenFile(_) | Access::GeneratedToken => {
            let none: [&str; 0] = [];
            operation.security(SecurityRequirement::new(BEARER, none))
        }
    }
}
