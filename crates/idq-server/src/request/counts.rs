//! The handler of the server's own route of each API: the number of identities by keys.
//!
//! The filters and expressions of a request are read as on the route of the list. Its other parameters are the server's
//! own, and are read strictly: a limit that is ignored because it is misspelt would give a wrong answer in silence.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;
use idq::api::Api;
use idq::{
    BindOptions, BoundKeys, BoundQuery, Clock, CountParameters, KeyOptions, OtherParameter, Query,
    TimeZone, bind, bind_keys,
};

use crate::catalog::ApiSnapshot;
use crate::request::cached_request::{CachedRequest, not_modified};
use crate::request::routes::{check_hidden, request_origin};
use crate::response::entity_tag::{entity_tag, has_tag};
use crate::response::error_response::bind::{
    from_bind_errors, from_count_errors, from_key_errors, from_parse_errors,
    from_unknown_parameters,
};
use crate::response::error_response::{ErrorResponse, combine_errors};
use crate::response::record_body::{CountQuery, counts_body};
use crate::state::ServerState;

/// The prefix of the server's own routes of an API, with the version of their responses. The API's own path follows it.
pub(crate) const OWN_PREFIX: &str = "/idq/v1";

/// The parameters of a request for counts, for messages.
const ALLOWED_PARAMETERS: [&str; 2] = ["filter", "where"];

/// Returns the path of the counts of an API: `/idq/v1/api/identities/counts`.
pub(crate) fn counts_path(api: &Api) -> String {
    format!("{OWN_PREFIX}{}/counts", api.collection_path)
}

/// Answers a request for the number of identities by keys. The stages are those of [`routes`](super::routes).
pub(crate) async fn count_identities(
    state: &Arc<ServerState>,
    api: &Arc<Api>,
    request: &Parts,
) -> Result<Response, ErrorResponse> {
    let catalog = state.catalog.load_full();
    let served = catalog.snapshot(api).ok_or(ErrorResponse::NoRoute)?;
    // The response has no URL. The check keeps invalid hosts from being accepted on one route and rejected on another.
    request_origin(state, request)?;
    let query_text = request.uri.query().unwrap_or_default();
    let key = format!("{} {}?{query_text}", served.version, request.uri.path());
    let cached = CachedRequest::new(state, request, key);
    if let Some(response) = cached.cached_response() {
        return Ok(response);
    }
    let (query, keys) = bind_count(state, api, query_text)?;
    check_count(served, api, (&query, &keys), query_text)?;
    let tag = entity_tag(&(
        &served.version,
        "counts",
        query.condition(),
        &keys,
        served.hidden,
    ));
    let tag = tag.ok_or(ErrorResponse::Internal)?;
    // A client that has the tag has received the groups. `*` is compared after the count, which fails if there are too
    // many groups.
    if has_tag(&request.headers, &tag) {
        return Ok(not_modified(tag));
    }
    let is_time_independent = !query.is_time_dependent() && !keys.is_time_dependent();
    let count = CountQuery {
        query,
        keys,
        max_groups: state.settings.limits.max_groups,
    };
    let evaluate = move |cancel, encoding| counts_body(&catalog, count, cancel, encoding);
    cached.respond(tag, is_time_independent, evaluate).await
}

/// Parses and binds a query string. The mistakes of all its parts are reported together.
fn bind_count(
    state: &ServerState,
    api: &Arc<Api>,
    query_text: &str,
) -> Result<(BoundQuery, BoundKeys), ErrorResponse> {
    let conformance = state.settings.conformance;
    let (mut query, mut errors) = (Query::with_conformance(conformance), Vec::new());
    // The leading `?` keeps a query string from being parsed as a URL.
    if let Err(found) = query.add_request_text(&format!("?{query_text}")) {
        errors.push(from_parse_errors(&found, query_text));
    }
    let (selection, others) = query.split_selection();
    let (parameters, found) = CountParameters::parse(others);
    // Keys with a mistake are left out. If none is left, binding would also report that there is no key.
    let has_wrong_keys = found.iter().any(|error| parameter_of(error) == Some("by"));
    errors.extend(from_count_errors(&found));
    errors.extend(reject_unknown(&parameters.unknown));
    let time_zone = parameters.time_zone.unwrap_or(state.settings.time_zone);
    let clock = Clock::system().with_time_zone(time_zone);
    let mut options = BindOptions::new(conformance, clock);
    // One calendar holds for the whole request: a zone that it names is that of its days and of its buckets.
    options.api_time_zone = parameters.time_zone.unwrap_or(TimeZone::UTC);
    let bound = bind(&selection, api, &options);
    let bound = bound.map_err(|found| errors.push(from_bind_errors(&found, api, query_text)));
    let options = KeyOptions { clock };
    let keys = if has_wrong_keys && parameters.request.keys().is_empty() {
        Err(())
    } else {
        let keys = bind_keys(&parameters.request, api, &options);
        keys.map_err(|found| errors.push(from_key_errors(&found)))
    };
    match (bound, keys, combine_errors(errors)) {
        (Ok(query), Ok(keys), None) => Ok((query, keys)),
        (_, _, error) => Err(error.unwrap_or(ErrorResponse::Internal)),
    }
}

/// Returns the parameter of a count that has a mistake; `None` for a mistake elsewhere.
fn parameter_of(error: &idq::ParseError) -> Option<&'static str> {
    match &error.kind {
        idq::ParseErrorKind::Count(kind) => Some(kind.parameter()),
        _ => None,
    }
}

/// Returns the error about parameters that a count does not have, pages and sorts among them.
fn reject_unknown(unknown: &[OtherParameter]) -> Option<ErrorResponse> {
    let found = unknown
        .iter()
        .map(|each| each.name.value.as_str())
        .collect();
    let allowed = ALLOWED_PARAMETERS.into_iter().chain(CountParameters::NAMES);
    from_unknown_parameters(&found, &allowed.collect::<Vec<_>>())
}

/// Checks that records have each name of a count, and that it does not read the hidden profile, whose values would be
/// its keys.
fn check_count(
    served: &ApiSnapshot,
    api: &Api,
    (query, keys): (&BoundQuery, &BoundKeys),
    query_text: &str,
) -> Result<(), ErrorResponse> {
    if let Some(hidden) = served.hidden {
        check_hidden(query, hidden)?;
        if keys.fields().contains(&hidden) {
            return Err(ErrorResponse::Hidden { filter: None });
        }
    }
    let snapshot = served.engine.snapshot();
    let names = query.check_names(snapshot).err();
    let names = names.map(|errors| from_bind_errors(&errors, api, query_text));
    let keys = keys.check_names(snapshot).err();
    let keys = keys.map(|errors| from_key_errors(&errors));
    match combine_errors(names.into_iter().chain(keys)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
