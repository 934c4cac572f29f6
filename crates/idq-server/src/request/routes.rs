//! The handlers of the two routes of each API: a page of identities, and one identity. [Counts](super::counts) are the
//! server's own.
//!
//! The stages of all, each of which can end the request:
//!
//! 1. The snapshot of the API is taken from the catalog. The request uses it to its end, even if a reload replaces it.
//! 2. The host is checked, as the cache key and the URLs of pages contain it.
//! 3. The cache is searched by the request's text. A hit needs no parsing.
//! 4. The query is parsed, bound, and checked against the settings.
//! 5. The entity tag is derived from the bound query and compared with `If-None-Match`.
//! 6. The query runs on the [pool](crate::query_pool), and its body is added to the cache.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;
use idq::api::Api;
use idq::{BindOptions, BoundQuery, Clock, Query, bind};
use percent_encoding::percent_decode_str;

use crate::catalog::ApiSnapshot;
use crate::request::cached_request::{CachedRequest, not_modified};
use crate::request::origin::{EXPECTED_HOST, Origin};
use crate::response::entity_tag::{EntityTag, entity_tag, has_any_tag, has_tag};
use crate::response::error_response::bind::{from_bind_errors, from_parse_errors};
use crate::response::error_response::{ErrorResponse, ParameterError};
use crate::response::record_body::{page_body, record_body};
use crate::state::ServerState;

/// Answers a request for a page of identities.
pub(crate) async fn list_identities(
    state: &Arc<ServerState>,
    api: &Arc<Api>,
    request: &Parts,
) -> Result<Response, ErrorResponse> {
    let catalog = state.catalog.load_full();
    let served = catalog.snapshot(api).ok_or(ErrorResponse::NoRoute)?;
    // Page URLs contain the host, so it is a part of the key.
    let collection_url = request_origin(state, request)?.url(&api.collection_path);
    let query_text = request.uri.query().unwrap_or_default();
    let key = format!("{} {collection_url}?{query_text}", served.version);
    let cached = CachedRequest::new(state, request, key);
    if let Some(response) = cached.cached_response() {
        return Ok(response);
    }
    let query = bind_query(state, api, query_text)?;
    let names = query.check_names(served.engine.snapshot());
    names.map_err(|errors| from_bind_errors(&errors, api, query_text))?;
    check_query(state, served, &query)?;
    let tag = page_tag(served, &collection_url, &query)?;
    // `*` matches as well, since each page exists, if only without records.
    if has_tag(&request.headers, &tag) || has_any_tag(&request.headers) {
        return Ok(not_modified(tag));
    }
    let is_time_independent = !query.is_time_dependent();
    let evaluate =
        move |cancel, encoding| page_body(&catalog, query, cancel, &collection_url, encoding);
    cached.respond(tag, is_time_independent, evaluate).await
}

/// Answers a request for one identity.
pub(crate) async fn get_identity(
    state: &Arc<ServerState>,
    api: &Arc<Api>,
    request: &Parts,
) -> Result<Response, ErrorResponse> {
    let catalog = state.catalog.load_full();
    let served = catalog.snapshot(api).ok_or(ErrorResponse::NoRoute)?;
    // The response has no URL. The check keeps invalid hosts from being accepted on one route and rejected on the
    // other.
    request_origin(state, request)?;
    let id = decode_id(api, request)?;
    let key = format!("{} {}", served.version, request.uri.path());
    let cached = CachedRequest::new(state, request, key);
    if let Some(response) = cached.cached_response() {
        return Ok(response);
    }
    let tag = entity_tag(&(&served.version, &id, served.hidden)).ok_or(ErrorResponse::Internal)?;
    // A client that has the tag has received the record. `*` is compared later: the record may not exist.
    if has_tag(&request.headers, &tag) {
        return Ok(not_modified(tag));
    }
    let api = Arc::clone(api);
    let evaluate = move |_, encoding| record_body(&catalog, &api, &id, encoding);
    cached.respond(tag, true, evaluate).await
}

/// Returns the scheme and the host under which the client reached the server.
pub(super) fn request_origin(
    state: &ServerState,
    request: &Parts,
) -> Result<Origin, ErrorResponse> {
    let proxy = state.settings.proxy;
    Origin::from_request(request, state.scheme(), proxy, &state.own_host).ok_or_else(|| {
        let error = ParameterError::new("Host", format!("{EXPECTED_HOST}."));
        ErrorResponse::Unreadable(vec![error])
    })
}

/// Parses and binds a query string.
fn bind_query(
    state: &ServerState,
    api: &Arc<Api>,
    query_text: &str,
) -> Result<BoundQuery, ErrorResponse> {
    // The leading `?` keeps a query string from being parsed as a URL.
    let conformance = state.settings.conformance;
    let query = Query::parse_as(&format!("?{query_text}"), conformance);
    let query = query.map_err(|errors| from_parse_errors(&errors, query_text))?;
    let clock = Clock::system().with_time_zone(state.settings.time_zone);
    let options = BindOptions::new(conformance, clock);
    bind(&query, api, &options).map_err(|errors| from_bind_errors(&errors, api, query_text))
}

/// Rejects queries that the settings do not permit: those that read the hidden profile, and pages that are too large.
fn check_query(
    state: &ServerState,
    served: &ApiSnapshot,
    query: &BoundQuery,
) -> Result<(), ErrorResponse> {
    if let Some(hidden) = served.hidden {
        check_hidden(query, hidden)?;
    }
    let max = state.settings.limits.max_per_page;
    if served.api.pages.per_page_can_change && query.per_page() > max {
        let message = format!("The per_page field must not be greater than {max}.");
        let error = ParameterError::new("per_page", message);
        return Err(ErrorResponse::Invalid(vec![error]));
    }
    Ok(())
}

/// Rejects a query whose filters, nested expressions or order read a hidden field: the answer would reveal its values.
pub(super) fn check_hidden(query: &BoundQuery, hidden: usize) -> Result<(), ErrorResponse> {
    // A filter that the reading ignores is rejected as well.
    let rules = query.filters().iter().map(|filter| query.rule(filter));
    let mut reading = rules.filter(|rule| rule.fields().any(|field| field == hidden));
    let filter = reading.next().map(|rule| rule.name.clone());
    if filter.is_some() || query.fields().contains(&hidden) {
        return Err(ErrorResponse::Hidden { filter });
    }
    Ok(())
}

/// Derives the entity tag of a page from everything that determines its bytes.
///
/// The condition contains relative dates as instants. So the tag of a request with one changes with the clock, and that
/// of `today` stays the same for a day.
fn page_tag(
    served: &ApiSnapshot,
    collection_url: &str,
    query: &BoundQuery,
) -> Result<EntityTag, ErrorResponse> {
    let key = (
        &served.version,
        collection_url,
        query.condition(),
        query.order(),
        query.page_number(),
        query.per_page(),
        query.parameters(),
        served.hidden,
    );
    entity_tag(&key).ok_or(ErrorResponse::Internal)
}

/// Decodes the id in a path below the collection's.
fn decode_id(api: &Api, request: &Parts) -> Result<String, ErrorResponse> {
    let path = request.uri.path();
    let segment = path
        .strip_prefix(&*api.collection_path)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or_default();
    percent_decode_str(segment)
        .decode_utf8()
        .map(Into::into)
        // Ids are UTF-8, so no record has this one.
        .map_err(|_| ErrorResponse::NoRecord {
            id: segment.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use idq::api::{Provenance, SortRule};
    use idq::{Conformance, Expression};

    use super::*;

    /// Returns Provisionr's API with a sort key on the profile.
    fn api_with_profile_sort() -> Arc<Api> {
        let mut api = Api::clone(Api::provisionr());
        api.sorts.push(SortRule {
            name: "profile".to_owned(),
            field: api.field("profile").unwrap(),
            provenance: Provenance::Extension,
        });
        Arc::new(api)
    }

    /// Binds a query and checks that it does not read the profile.
    fn check(api: &Arc<Api>, query: &Query, conformance: Conformance) -> Result<(), ErrorResponse> {
        let options = BindOptions::new(conformance, Clock::fixed_at(0));
        let bound = bind(query, api, &options).unwrap();
        check_hidden(&bound, api.field("profile").unwrap())
    }

    #[test]
    fn hidden_field_in_a_filter_expression_or_sort_is_rejected() {
        let api = api_with_profile_sort();
        let search = || Expression::filter("profile_search", "x");
        let state = || Expression::filter("state", "active");
        let primary = || Expression::field("primary").equals(true);
        for query in [
            Query::new().filter("profile_search", "x"),
            Query::new().and_where(search()),
            Query::new().and_where(!search()),
            Query::new().and_where(state().or(search())),
            Query::new().and_where(state().and(!state().or(!search()))),
            Query::new().and_where(Expression::field("profile.department").is_null()),
            Query::new().and_where(state().or(Expression::some("profile.emails", primary()))),
            Query::new().sort("profile"),
            Query::new().sort("email").sort("-profile"),
        ] {
            for conformance in [Conformance::Strict, Conformance::Api] {
                let checked = check(&api, &query, conformance);
                assert!(
                    matches!(checked, Err(ErrorResponse::Hidden { .. })),
                    "{query:?}"
                );
            }
        }
        // A filter that the reading ignores is refused by its name.
        let ignored = Query::new().filter("profile_search", "");
        let Err(ErrorResponse::Hidden { filter }) = check(&api, &ignored, Conformance::Api) else {
            panic!("expected a refusal");
        };
        assert_eq!(filter.as_deref(), Some("profile_search"));
        let other = Query::new().and_where(state().or(!state())).sort("email");
        assert!(check(&api, &other, Conformance::Strict).is_ok());
    }
}
