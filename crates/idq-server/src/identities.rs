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

use crate::app::App;
use crate::cache::{Answer, Key};
use crate::client::Client;
use crate::conditional::{is_known, tag, takes_any};
use crate::encoding::Encoding;
use crate::failure::{Failure, Issue, JSON};
use crate::hide::without;
use crate::origin::{EXPECTED, Origin};
use crate::refusal::{unreadable, unsuitable};
use crate::scans::Unanswered;
use crate::served::{Mount, PROFILE, Served};

/// What the log and the metrics have to say of a request, in the answer's extensions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    /// Records that were looked at.
    pub(crate) scanned: u64,
    /// Records that matched.
    pub(crate) matched: u64,
}

/// A page of identities.
pub(crate) async fn list(
    app: &Arc<App>,
    api: &Arc<Api>,
    request: &Parts,
) -> Result<Response, Failure> {
    let served = app.served.load_full();
    let mount = served.mount(api).ok_or(Failure::NoRoute)?;
    let collection = origin(app, request)?.url(&api.collection_path);
    let text = request.uri.query().unwrap_or_default();
    let name = format!("{} {collection}?{text}", mount.version);
    let asked = Asked::new(app, request, name);
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
    app: &Arc<App>,
    api: &Arc<Api>,
    request: &Parts,
) -> Result<Response, Failure> {
    let served = app.served.load_full();
    let mount = served.mount(api).ok_or(Failure::NoRoute)?;
    origin(app, request)?;
    let id = id(api, request)?;
    let name = format!("{} {}", mount.version, request.uri.path());
    let asked = Asked::new(app, request, name);
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
        let api = Arc::clone(api);
        move |_: Cancel| record(&served, &api, &id, encoding)
    };
    asked
        .answer(app.scans.run(client(request), work).await, tag, true)
        .await
}

/// A question, as far as it has to be understood to find its answer among those that are kept.
struct Asked<'r> {
    app: &'r Arc<App>,
    headers: &'r HeaderMap,
    key: Key,
}

impl<'r> Asked<'r> {
    /// A question of this name, which no other question has, nor the same one to other records.
    fn new(app: &'r Arc<App>, request: &'r Parts, name: String) -> Self {
        let headers = &request.headers;
        let key = (name, Encoding::preferred(headers));
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
        worked: Result<Result<Page, Failure>, Unanswered>,
        tag: String,
        lasts: bool,
    ) -> Result<Response, Failure> {
        match worked {
            Ok(Ok(page)) => {
                let answer = Answer {
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
                    Failure::Reloading => true,
                    Failure::Internal => self.app.has_stale_sources().await,
                    _ => false,
                };
                if !is_stale {
                    return Err(failure);
                }
                self.app.stale.notify_one();
                Err(Failure::Reloading)
            }
            Err(Unanswered::TooManyWaiting) => Err(Failure::TooManyWaiting),
            Err(Unanswered::TimedOut) => Err(Failure::TimedOut),
            Err(Unanswered::Panicked) => Err(Failure::Internal),
        }
    }

    /// An answer as it is sent, for which so many records were looked at; without its body, if the client has it.
    fn response(&self, answer: Answer, scanned: u64) -> Response {
        if is_known(self.headers, &answer.tag) || takes_any(self.headers) {
            return not_modified(&answer.tag);
        }
        let mut response = Response::new(Body::from(answer.body));
        response.extensions_mut().insert(Work {
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
fn origin(app: &App, request: &Parts) -> Result<Origin, Failure> {
    let proxy = app.settings.proxy;
    let wrong = || Failure::Unreadable(vec![Issue::new("Host", format!("{EXPECTED}."))]);
    let origin = Origin::of(request, app.scheme(), proxy, &app.own_host).ok_or_else(wrong)?;
    Ok(origin)
}

/// The request's query, read as the settings say, and whether it will mean the same later.
fn bound(app: &App, api: &Arc<Api>, text: &str) -> Result<(BoundQuery, bool), Failure> {
    // The mark keeps a query string from being taken for a URL.
    let query = Query::parse(&format!("?{text}")).map_err(|errors| unreadable(&errors))?;
    let bind_at = |clock| {
        let conformance = app.settings.reading;
        bind(&query, api, &BindOptions::new(conformance, clock))
    };
    let bound = bind_at(Clock::system()).map_err(|errors| unsuitable(&errors, api))?;
    // Dates that count from now meant something else in 1970.
    let before = bind_at(Clock::fixed_at(0));
    let lasts = before.is_ok_and(|before| before.condition() == bound.condition());
    Ok((bound, lasts))
}

/// Refuses what is not to be asked of this server.
fn check(app: &App, mount: &Mount, query: &BoundQuery) -> Result<(), Failure> {
    if let Some(hidden) = mount.hidden {
        check_hidden(query, hidden)?;
    }
    let most = app.settings.limits.per_page;
    if mount.api.pages.per_page_can_change && query.per_page() > most {
        let message = format!("The per_page field must not be greater than {most}.");
        return Err(Failure::Invalid(vec![Issue::new("per_page", message)]));
    }
    Ok(())
}

/// Refuses a query whose filters, nested expressions or order read a hidden field: the answer would tell its values.
fn check_hidden(query: &BoundQuery, hidden: usize) -> Result<(), Failure> {
    // A filter that the reading ignores is refused as well.
    let rules = query.filters().iter().map(|filter| query.rule(filter));
    let mut reading = rules.filter(|rule| rule.fields().any(|field| field == hidden));
    let filter = reading.next().map(|rule| rule.name.clone());
    if filter.is_some() || query.fields().contains(&hidden) {
        return Err(Failure::Hidden { filter });
    }
    Ok(())
}

/// What follows the collection's path, decoded.
fn id(api: &Api, request: &Parts) -> Result<String, Failure> {
    let path = request.uri.path();
    let segment = path
        .strip_prefix(&*api.collection_path)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or_default();
    percent_decode_str(segment)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| Failure::NoRecord {
            id: segment.to_owned(),
        })
}

/// Answers a query: on a thread for such work.
fn page(
    served: &Served,
    query: BoundQuery,
    cancel: Cancel,
    collection_url: &str,
    encoding: Encoding,
) -> Result<Page, Failure> {
    let api = Arc::clone(query.api());
    let mount = served.mount(&api).ok_or(Failure::NoRoute)?;
    let matches = mount.snapshot.bound(query).cancelled_by(cancel);
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
    write_page(api.envelope, &info, &records, &mut body).map_err(|_| Failure::Internal)?;
    finish(body, encoding, mount.snapshot.len(), page.total())
}

/// About as many bytes as an envelope takes.
const ENVELOPE: usize = 4 << 10;

/// Answers with one record: on a thread for such work.
fn record(served: &Served, api: &Api, id: &str, encoding: Encoding) -> Result<Page, Failure> {
    let mount = served.mount(api).ok_or(Failure::NoRoute)?;
    let found = mount.snapshot.get(id).map_err(|error| failure(&error))?;
    // Where saved pages repeat an identity, the first counts, as for `--dedupe` among equals.
    let Some(mut body) = found.into_iter().next() else {
        return Err(Failure::NoRecord { id: id.to_owned() });
    };
    if mount.hidden.is_some() {
        body = hide(&body)?;
    }
    finish(body, encoding, mount.snapshot.len(), 1)
}

fn hide(record: &[u8]) -> Result<Vec<u8>, Failure> {
    // Loading has validated every record.
    without(record, PROFILE).map_err(|_| Failure::Internal)
}

/// What the work for an answer comes to.
struct Page {
    body: Bytes,
    encoding: Encoding,
    work: Work,
}

fn finish(body: Vec<u8>, encoding: Encoding, scanned: u64, matched: u64) -> Result<Page, Failure> {
    let (body, encoding) = encoding.apply(body).map_err(|_| Failure::Internal)?;
    Ok(Page {
        body: body.into(),
        encoding,
        work: Work { scanned, matched },
    })
}

fn failure(error: &idq::Error) -> Failure {
    match error {
        idq::Error::Cancelled => Failure::TimedOut,
        idq::Error::Load(error) if matches!(*error.kind, LoadErrorKind::Changed) => {
            Failure::Reloading
        }
        error => {
            tracing::error!(%error, "a question could not be answered");
            Failure::Internal
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

    fn check(api: &Arc<Api>, query: &Query, conformance: Conformance) -> Result<(), Failure> {
        let options = BindOptions::new(conformance, Clock::fixed_at(0));
        let bound = bind(query, api, &options).unwrap();
        check_hidden(&bound, api.field("profile").unwrap())
    }

    #[test]
    fn a_hidden_field_is_refused_in_filters_expressions_and_sorts() {
        let api = api_with_profile_sort();
        let search = || Expression::filter("profile_search", "x");
        let state = || Expression::filter("state", "active");
        for query in [
            Query::new().filter("profile_search", "x"),
            Query::new().matching(search()),
            Query::new().matching(!search()),
            Query::new().matching(state().or(search())),
            Query::new().matching(state().and(!state().or(!search()))),
            Query::new().sort("profile"),
            Query::new().sort("email").sort("-profile"),
        ] {
            for conformance in [Conformance::Strict, Conformance::Api] {
                let checked = check(&api, &query, conformance);
                assert!(matches!(checked, Err(Failure::Hidden { .. })), "{query:?}");
            }
        }
        // A filter that the reading ignores is refused by its name.
        let ignored = Query::new().filter("profile_search", "");
        let Err(Failure::Hidden { filter }) = check(&api, &ignored, Conformance::Api) else {
            panic!("expected a refusal");
        };
        assert_eq!(filter.as_deref(), Some("profile_search"));
        let other = Query::new().matching(state().or(!state())).sort("email");
        assert!(check(&api, &other, Conformance::Strict).is_ok());
    }
}
