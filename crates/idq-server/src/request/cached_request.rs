//! The end of each route's handler: the cache, the query pool, and the headers of the response.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use idq::Cancel;

use crate::observe::metrics::QueryStats;
use crate::query_pool::QueryError;
use crate::request::client::Client;
use crate::response::JSON;
use crate::response::cache::{CacheKey, CachedResponse};
use crate::response::encoding::ContentEncoding;
use crate::response::entity_tag::{EntityTag, has_any_tag, has_tag};
use crate::response::error_response::ErrorResponse;
use crate::response::record_body::EncodedBody;
use crate::state::ServerState;

/// A request with the key of its response in the cache.
pub(super) struct CachedRequest<'r> {
    state: &'r Arc<ServerState>,
    request: &'r Parts,
    key: CacheKey,
}

impl<'r> CachedRequest<'r> {
    /// Creates a request whose `key` determines its response: it contains the snapshot's version, and all parts of the
    /// request that affect the response.
    pub(super) fn new(state: &'r Arc<ServerState>, request: &'r Parts, key: String) -> Self {
        Self {
            state,
            request,
            key: CacheKey {
                request: key,
                encoding: ContentEncoding::from_headers(&request.headers),
            },
        }
    }

    /// Returns the response to an earlier equal request, if it is in the cache.
    pub(super) fn cached_response(&self) -> Option<Response> {
        let cached = self.state.cache.get(&self.key)?;
        Some(self.response(cached, 0))
    }

    /// Runs a query on the pool, converts its result to a response, and adds that to the cache if a later equal request
    /// would have the same one.
    pub(super) async fn respond(
        self,
        tag: EntityTag,
        is_time_independent: bool,
        evaluate: impl FnOnce(Cancel, ContentEncoding) -> Result<EncodedBody, ErrorResponse>
        + Send
        + 'static,
    ) -> Result<Response, ErrorResponse> {
        let encoding = self.key.encoding;
        let query = move |cancel| evaluate(cancel, encoding);
        let body = match self.state.query_pool.run(client(self.request), query).await {
            Ok(Ok(body)) => body,
            Ok(Err(error)) => return Err(self.reload_if_stale(error).await),
            Err(QueryError::TooManyWaiting) => return Err(ErrorResponse::TooManyWaiting),
            Err(QueryError::TimedOut) => return Err(ErrorResponse::TimedOut),
            Err(QueryError::Panicked) => return Err(ErrorResponse::Internal),
        };
        let cached = CachedResponse {
            body: body.bytes,
            encoding: body.encoding,
            tag,
            matched: body.stats.matched,
        };
        let response = self.response(cached.clone(), body.stats.scanned);
        if is_time_independent {
            self.state.cache.insert(self.key, cached);
        }
        Ok(response)
    }

    /// Requests a reload if the error's cause is a source that was overwritten in place.
    async fn reload_if_stale(&self, error: ErrorResponse) -> ErrorResponse {
        let is_stale = match error {
            ErrorResponse::Reloading => true,
            // A snapshot file that was overwritten reads as a damaged one.
            ErrorResponse::Internal => self.state.has_stale_sources().await,
            _ => false,
        };
        if !is_stale {
            return error;
        }
        self.state.stale_sources.notify_one();
        ErrorResponse::Reloading
    }

    /// Builds a response; without its body, if the client has it already.
    fn response(&self, cached: CachedResponse, scanned: u64) -> Response {
        let headers = &self.request.headers;
        if has_tag(headers, &cached.tag) || has_any_tag(headers) {
            return not_modified(cached.tag);
        }
        let mut response = Response::new(Body::from(cached.body));
        response.extensions_mut().insert(QueryStats {
            scanned,
            matched: cached.matched,
        });
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        if let Some(encoding) = cached.encoding.header_value() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        insert_cache_headers(headers, cached.tag);
        response
    }
}

/// Returns the client that admission has put into the extensions.
fn client(request: &Parts) -> Client {
    let client = request.extensions.get().copied();
    client.unwrap_or(Client::Unknown)
}

/// Returns status 304, with the headers that the full response would have (RFC 9110 §15.4.5).
pub(super) fn not_modified(tag: EntityTag) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    insert_cache_headers(response.headers_mut(), tag);
    response
}

/// Permits the client, but no shared cache, to store the response and to use it again after revalidation.
fn insert_cache_headers(headers: &mut HeaderMap, tag: EntityTag) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(ETAG, tag.into_header());
}
