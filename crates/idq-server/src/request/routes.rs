//! The two routes of each API: a page of identities, and one identity.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use idq::api::Api;
use idq::render::{PageInfo, write_page};
use idq::{BindOptions, BoundQuery, Cancel, Clock, LoadErrorKind, Query, bind};
use percent_encoding::percent_decode_str;

use crate::catalog::{ApiSnapshot, Catalog, PROFILE};
use crate::query_pool::QueryError;
use crate::request::client::Client;
use crate::request::origin::{EXPECTED, Origin};
use crate::response::cache::{CacheKey, CachedResponse};
use crate::response::encoding::ContentEncoding;
use crate::response::entity_tag::{is_known, tag, takes_any};
use crate::response::error_response::bind::{unreadable, unsuitable};
use crate::response::error_response::{ErrorResponse, JSON, ParameterError};
use crate::response::redact::without;
use crate::state::ServerState;

/// What the log and the metrics have to say of a request, in the answer's extensions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct QueryStats {
    /// Records that were looked at.
    pub(crate) scanned: u64,
    /// Records that matched.
    pub(crate) matched: u64,
}

/// A page of identities.
pub(crate) async fn list(
    app: &Arc<ServerState>,
    api: &'static Api,
    request: &Parts,
) -> Result<Response, ErrorResponse> {
    let served = app.served.load_full();
    let mount = served.mount(api).ok_or(ErrorResponse::NoRoute)?;
    let collection = origin(app, request)?.url(api.collection_path);
    let text = request.uri.query().unwrap_or_default();
    let name = format!("{} {collection}?{text}", mount.version);
    let asked = CachedRequest::new(app, request, name);
    if let Some(response) = asked.kept() {
        return Ok(response);
    }
    let (query, lasts) = bound(app, api, text)?;
    check(app, mount, &query)?;
    // Dates that count from now are instants by now: another instant is another answer.
    let tag = tag(&[
        &mount.version,
        &collection,
        &format!("{:?}", query.condition()),
        &format!(
            "{:?} {} {}",
            query.order(),
            query.page_number(),
            query.per_page()
        ),
        &format!("{:?} {:?}", query.parameters(), mount.hidden),
    ]);
    // A page is always there.
    if is_known(&request.headers, &tag) || takes_any(&request.headers) {
        return Ok(not_modified(&tag));
    }
    let encoding = asked.key.1;
    let work = {
        let served = Arc::clone(&served);
        move |cancel: Cancel| page(&served, query, cancel, &collection, encoding)
    };
    asked
        .answer(app.scans.run(client(request), work).await, tag, lasts)
        .await
}

/// One identity.
pub(crate) async fn one(
    app: &Arc<ServerState>,
    api: &'static Api,
    request: &Parts,
) -> Result<Response, ErrorResponse> {
    let served = app.served.load_full();
    let mount = served.mount(api).ok_or(ErrorResponse::NoRoute)?;
    origin(app, request)?;
    let id = id(api, request)?;
    let name = format!("{} {}", mount.version, request.uri.path());
    let asked = CachedRequest::new(app, request, name);
    if let Some(response) = asked.kept() {
        return Ok(response);
    }
    let tag = tag(&[&mount.version, &id, &format!("{:?}", mount.hidden)]);
    // Whoever has the tag has been given the record.
    if is_known(&request.headers, &tag) {
        return Ok(not_modified(&tag));
    }
    let encoding = asked.key.1;
    let work = {
        let served = Arc::clone(&served);
        move |_: Cancel| record(&served, api, &id, encoding)
    };
    asked
        .answer(app.scans.run(client(request), work).await, tag, true)
        .await
}

/// A question, as far as it has to be understood to find its answer among those that are kept.
struct CachedRequest<'r> {
    app: &'r Arc<ServerState>,
    headers: &'r HeaderMap,
    key: CacheKey,
}

impl<'r> CachedRequest<'r> {
    /// A question of this name, which no other question has, nor the same one to other records.
    fn new(app: &'r Arc<ServerState>, request: &'r Parts, name: String) -> Self {
        let headers = &request.headers;
        let key = (name, ContentEncoding::preferred(headers));
        Self { app, headers, key }
    }

    /// The response, if the answer is kept.
    fn kept(&self) -> Option<Response> {
        let answer = self.app.cache.get(&self.key)?;
        Some(self.response(answer, 0))
    }

    /// The response to what the work came to, which is kept for whoever asks the same again, if it lasts.
    async fn answer(
        self,
        worked: Result<Result<ResponseBody, ErrorResponse>, QueryError>,
        tag: String,
        lasts: bool,
    ) -> Result<Response, ErrorResponse> {
        match worked {
            Ok(Ok(page)) => {
                let answer = CachedResponse {
                    body: page.body,
                    encoding: page.encoding,
                    tag: tag.into(),
                    matched: page.work.matched,
                };
                let response = self.response(answer.clone(), page.work.scanned);
                if lasts {
                    self.app.cache.keep(self.key, answer);
                }
                Ok(response)
            }
            Ok(Err(failure)) => {
                // A snapshot file that was overwritten looks damaged.
                let is_stale = match failure {
                    ErrorResponse::Reloading => true,
                    ErrorResponse::Internal => self.app.has_stale_sources().await,
                    _ => false,
                };
                if !is_stale {
                    return Err(failure);
                }
                self.app.stale.notify_one();
                Err(ErrorResponse::Reloading)
            }
            Err(QueryError::TooManyWaiting) => Err(ErrorResponse::TooManyWaiting),
            Err(QueryError::TimedOut) => Err(ErrorResponse::TimedOut),
            Err(QueryError::Panicked) => Err(ErrorResponse::Internal),
        }
    }

    /// An answer as it is sent, for which so many records were looked at; without its body, if the client has it.
    fn response(&self, answer: CachedResponse, scanned: u64) -> Response {
        if is_known(self.headers, &answer.tag) || takes_any(self.headers) {
            return not_modified(&answer.tag);
        }
        let mut response = Response::new(Body::from(answer.body));
        response.extensions_mut().insert(QueryStats {
            scanned,
            matched: answer.matched,
        });
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        if let Some(name) = answer.encoding.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        cacheable(&mut response, &answer.tag);
        response
    }
}

/// The client that has been admitted.
fn client(request: &Parts) -> Client {
    let client = request.extensions.get().copied();
    client.unwrap_or(Client::Unknown)
}

/// Where the client believes the server to be.
fn origin(app: &ServerState, request: &Parts) -> Result<Origin, ErrorResponse> {
    let proxy = app.settings.proxy;
    let wrong =
        || ErrorResponse::Unreadable(vec![ParameterError::new("Host", format!("{EXPECTED}."))]);
    let origin = Origin::of(request, app.scheme(), proxy, &app.own_host).ok_or_else(wrong)?;
    Ok(origin)
}

/// The request's query, read as the settings say, and whether it will mean the same later.
fn bound(
    app: &ServerState,
    api: &'static Api,
    text: &str,
) -> Result<(BoundQuery, bool), ErrorResponse> {
    // The mark keeps a query string from being taken for a URL.
    let query = Query::parse(&format!("?{text}")).map_err(|errors| unreadable(&errors))?;
    let bind_at = |clock| {
        let conformance = app.settings.conformance;
        bind(&query, api, BindOptions { conformance, clock })
    };
    let bound = bind_at(Clock::system()).map_err(|errors| unsuitable(&errors, api))?;
    // Dates that count from now meant something else in 1970.
    let before = bind_at(Clock::fixed_at(0));
    let lasts = before.is_ok_and(|before| before.condition() == bound.condition());
    Ok((bound, lasts))
}

/// Refuses what is not to be asked of this server.
fn check(app: &ServerState, mount: &ApiSnapshot, query: &BoundQuery) -> Result<(), ErrorResponse> {
    if let Some(hidden) = mount.hidden {
        let looks = |rule: &idq::api::FilterRule| rule.fields().any(|field| field == hidden);
        let filter = query.filters().iter().find(|filter| looks(filter.rule));
        if let Some(filter) = filter {
            return Err(ErrorResponse::Hidden {
                filter: filter.rule.name,
            });
        }
    }
    let most = app.settings.limits.max_per_page;
    if mount.api.pages.per_page_can_change && query.per_page() > most {
        let message = format!("The per_page field must not be greater than {most}.");
        return Err(ErrorResponse::Invalid(vec![ParameterError::new(
            "per_page", message,
        )]));
    }
    Ok(())
}

/// What follows the collection's path, decoded.
fn id(api: &Api, request: &Parts) -> Result<String, ErrorResponse> {
    let path = request.uri.path();
    let segment = path
        .strip_prefix(api.collection_path)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or_default();
    percent_decode_str(segment)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| ErrorResponse::NoRecord {
            id: segment.to_owned(),
        })
}

/// Answers a query: on a thread for such work.
fn page(
    served: &Catalog,
    query: BoundQuery,
    cancel: Cancel,
    collection_url: &str,
    encoding: ContentEncoding,
) -> Result<ResponseBody, ErrorResponse> {
    let api = query.api();
    let mount = served.mount(api).ok_or(ErrorResponse::NoRoute)?;
    let matches = mount.engine.bound(query).cancelled_by(cancel);
    let page = matches.page().map_err(|error| failure(&error))?;
    let mut records = page.records().map_err(|error| failure(&error))?;
    if mount.hidden.is_some() {
        records = records
            .iter()
            .map(|record| hide(record))
            .collect::<Result<_, _>>()?;
    }
    let info = PageInfo {
        page: page.number(),
        per_page: page.per_page(),
        total: page.total(),
        collection_url,
        parameters: matches.query().parameters(),
    };
    let size: usize = records.iter().map(|record| record.len() + 1).sum();
    let mut body = Vec::with_capacity(size + ENVELOPE);
    write_page(api.envelope, &info, &records, &mut body).map_err(|_| ErrorResponse::Internal)?;
    finish(body, encoding, mount.engine.snapshot().rows(), page.total())
}

/// About as many bytes as an envelope takes.
const ENVELOPE: usize = 4 << 10;

/// Answers with one record: on a thread for such work.
fn record(
    served: &Catalog,
    api: &'static Api,
    id: &str,
    encoding: ContentEncoding,
) -> Result<ResponseBody, ErrorResponse> {
    let mount = served.mount(api).ok_or(ErrorResponse::NoRoute)?;
    let found = mount.engine.get(id).map_err(|error| failure(&error))?;
    // Where saved pages repeat an identity, the first counts, as for `--dedupe` among equals.
    let Some(mut body) = found.into_iter().next() else {
        return Err(ErrorResponse::NoRecord { id: id.to_owned() });
    };
    if mount.hidden.is_some() {
        body = hide(&body)?;
    }
    finish(body, encoding, mount.engine.snapshot().rows(), 1)
}

fn hide(record: &[u8]) -> Result<Vec<u8>, ErrorResponse> {
    // Loading has validated every record.
    without(record, PROFILE).map_err(|_| ErrorResponse::Internal)
}

/// What the work for an answer comes to.
struct ResponseBody {
    body: Bytes,
    encoding: ContentEncoding,
    work: QueryStats,
}

fn finish(
    body: Vec<u8>,
    encoding: ContentEncoding,
    scanned: u64,
    matched: u64,
) -> Result<ResponseBody, ErrorResponse> {
    let (body, encoding) = encoding.apply(body).map_err(|_| ErrorResponse::Internal)?;
    Ok(ResponseBody {
        body: body.into(),
        encoding,
        work: QueryStats { scanned, matched },
    })
}

fn failure(error: &idq::Error) -> ErrorResponse {
    match error {
        idq::Error::Cancelled => ErrorResponse::TimedOut,
        idq::Error::Load(error) if matches!(*error.kind, LoadErrorKind::Changed) => {
            ErrorResponse::Reloading
        }
        error => {
            tracing::error!(%error, "a question could not be answered");
            ErrorResponse::Internal
        }
    }
}

fn not_modified(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    cacheable(&mut response, tag);
    response
}

/// Answers may be kept by whoever asked, and used again after asking whether they still hold.
fn cacheable(response: &mut Response, tag: &str) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
}
