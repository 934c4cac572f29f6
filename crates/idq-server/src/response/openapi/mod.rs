//! The `OpenAPI` 3.1 description at `/openapi.json`, generated from the tables with which requests are bound, so that
//! the two cannot diverge.

mod counts;
mod errors;
mod parameters;
mod responses;
mod schemas;

use std::sync::Arc;

use idq::api::Api;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Info, OpenApiBuilder, Response, SecurityRequirement, Server,
};

use self::errors::ErrorSchemas;
use crate::request::counts::counts_path;
use crate::startup::settings::{Access, Settings};

/// The name of the security scheme.
const BEARER_SCHEME: &str = "bearer";

/// Generates the description of these APIs, as JSON.
pub(crate) fn document(apis: &[Arc<Api>], settings: &Settings) -> String {
    let mut paths = PathsBuilder::new();
    let mut components = ComponentsBuilder::new();
    for api in apis {
        let errors = ErrorSchemas::of_api(api).schemas();
        for (name, schema) in schemas::api_schemas(api, settings)
            .into_iter()
            .chain(errors)
        {
            components = components.schema(name, schema);
        }
        let path = &api.collection_path;
        paths = paths
            .path(path.clone(), path_item(|| list_operation(api, settings)))
            .path(
                format!("{path}/{{id}}"),
                path_item(|| get_operation(api, settings)),
            )
            .path(
                counts_path(api),
                path_item(|| counts::count_operation(api, settings)),
            );
    }
    for (name, schema) in ErrorSchemas::of_server().schemas() {
        components = components.schema(name, schema);
    }
    for (name, schema) in counts::count_schemas() {
        components = components.schema(name, schema);
    }
    components = components.schema("Health", schemas::health_schema());
    for (path, operation) in server_operations(settings) {
        paths = paths.path(path, path_item(|| operation.clone()));
    }
    if settings.access != Access::Open {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components = components.security_scheme(BEARER_SCHEME, scheme);
    }
    let mut info = Info::new("Identity APIs from snapshots", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "The vendors' identity APIs, answered by idq from exported snapshots. Parameters and responses are the vendors'; \
         extensions are marked."
            .to_owned(),
    );
    let document = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.build()))
        .build();
    // Serialising fails on maps with keys other than texts only, and the description has none.
    document.to_json().unwrap_or_default()
}

/// Builds a path item for GET and HEAD.
fn path_item(operation: impl Fn() -> Operation) -> PathItem {
    let mut item = PathItem::new(HttpMethod::Get, operation());
    let mut head = operation();
    head.operation_id = head.operation_id.map(|id| format!("{id}Head"));
    head.summary = head
        .summary
        .map(|summary| format!("{summary} (headers only)"));
    responses::remove_bodies(&mut head);
    // Without its own description, HEAD would be undocumented: OpenAPI does not derive it from GET.
    item.head = Some(head);
    item
}

/// Describes the request for a page.
fn list_operation(api: &Api, settings: &Settings) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(format!("list{}", schemas::record_schema_name(api))))
        .summary(Some("A page of identities"))
        .description(Some(
            "As an extension, the parameter `where` takes an expression in the grammar of SCIM filters (RFC 7644): \
             `where=email co \"@example.org\"`. It is read strictly, and each record of the answer satisfies it.",
        ))
        .tag(api.title.clone());
    for parameter in parameters::list_parameters(api, settings) {
        operation = operation.parameter(parameter);
    }
    with_security(operation, settings)
        .responses(responses::list_responses(api, settings))
        .build()
}

/// Describes the request for one identity.
fn get_operation(api: &Api, settings: &Settings) -> Operation {
    let operation = OperationBuilder::new()
        .operation_id(Some(format!("get{}", schemas::record_schema_name(api))))
        .summary(Some("One identity"))
        .tag(api.title.clone())
        .parameter(parameters::id_parameter())
        .parameter(parameters::if_none_match_parameter());
    with_security(operation, settings)
        .responses(responses::get_responses(api, settings))
        .build()
}

/// Returns the operations of the server's own paths.
fn server_operations(settings: &Settings) -> Vec<(&'static str, Operation)> {
    let errors = ErrorSchemas::of_server();
    let operation = |id: &str, summary: &str, response: Response| {
        OperationBuilder::new()
            .operation_id(Some(id))
            .summary(Some(summary))
            .tag("Server")
            .responses(responses::with_limit_errors(response, &errors))
    };
    let health =
        responses::json_response("The server is running.", responses::schema_ref("Health"));
    let description = responses::json_response("This description.", responses::any_schema());
    let index = responses::text_response("The served APIs, for people.", "text/html");
    let metrics = responses::text_response("Metrics, for Prometheus.", "text/plain");
    let metrics = operation("metrics", "Metrics of the server", metrics);
    let metrics = with_security(metrics, settings);
    // Without tokens, admission checks the host instead.
    let metrics = if settings.access == Access::Open {
        metrics.response("400", errors.response("The host is not local."))
    } else {
        metrics.response("401", responses::unauthenticated_error(&errors))
    };
    vec![
        ("/", operation("front", "The served APIs", index).build()),
        (
            "/healthz",
            operation("health", "Health check", health).build(),
        ),
        ("/metrics", metrics.build()),
        (
            "/openapi.json",
            operation("openapi", "This description", description).build(),
        ),
    ]
}

/// Adds the security requirement, unless all clients are admitted.
fn with_security(operation: OperationBuilder, settings: &Settings) -> OperationBuilder {
    match settings.access {
        Access::Open => operation,
        Access::TokenFile(_) | Access::GeneratedToken => {
            let none: [&str; 0] = [];
            operation.security(SecurityRequirement::new(BEARER_SCHEME, none))
        }
    }
}
