//! [`Walk`]: the loop over the pages.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;

use idq_api::Api;
use idq_json::{Error as JsonError, ErrorKind};

use crate::client::{Client, Failure};
use crate::error::Error;
use crate::fetch::{Event, Fetch, Progress, Summary};
use crate::next_page::{NextPage, next_page};
use crate::page::{Body, Page};
use crate::retry::random;
use crate::sink::Sink;
use crate::state::State;
use crate::url::ListUrl;

/// The pages of a run, from its state on.
pub(crate) struct Walk<'f> {
    /// The options of the run.
    fetch: &'f Fetch<'f>,
    /// The connection.
    client: Client,
    /// The progress.
    state: State,
    /// The API, as soon as it is known.
    api: Option<Arc<Api>>,
    /// The URLs of this run, so that a server that leads back is noticed.
    visited: HashSet<ListUrl>,
}

impl<'f> Walk<'f> {
    /// Returns the walk from a state on.
    pub(crate) fn new(fetch: &'f Fetch<'f>, client: Client, state: State) -> Self {
        let api = fetch.api.clone();
        let known = state.api.as_deref();
        let api = api.or_else(|| fetch.apis.by_name(known?).cloned());
        Self {
            fetch,
            client,
            state,
            api,
            visited: HashSet::new(),
        }
    }

    /// Fetches and writes the pages, and returns the summary.
    pub(crate) fn run(mut self, sink: &mut dyn Sink) -> Result<Summary, Error> {
        if self.state.pages > 0 {
            self.fetch.send(Event::Resumed(self.progress()));
        }
        while let Some(next) = self.state.next.clone() {
            let url: ListUrl = next.parse()?;
            let bytes = self.request(&url)?;
            self.take_page(url, &bytes, sink)?;
        }
        self.summary()
    }

    /// Requests a page, repeatedly if a failure may pass.
    fn request(&mut self, url: &ListUrl) -> Result<Vec<u8>, Error> {
        let page = self.page_ordinal();
        let policy = self.fetch.retry;
        let mut attempt = 0;
        loop {
            let (reason, demanded) = match self.try_request(url, page) {
                Ok(bytes) => return Ok(bytes),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing { reason, wait }) => (reason, wait),
            };
            if attempt == policy.retries {
                return Err(Error::Unanswered {
                    page,
                    reason,
                    attempts: attempt + 1,
                });
            }
            let wait = demanded.unwrap_or_else(|| policy.backoff(attempt, random()));
            if wait > policy.max_wait {
                // Rounded up, so that the suggested limit suffices.
                let wait = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                return Err(Error::LongWait { page, reason, wait });
            }
            self.fetch.send(Event::Waiting { reason, wait });
            thread::sleep(wait);
            attempt += 1;
        }
    }

    /// Requests a page once. JSON that ends early is a broken connection: without a length, HTTP cannot tell.
    fn try_request(&mut self, url: &ListUrl, page: u64) -> Result<Vec<u8>, Failure> {
        let bytes = self.client.get(url, page, &self.fetch.apis)?;
        match Body::read(&bytes) {
            Ok(_) => Ok(bytes),
            Err(JsonError {
                kind: ErrorKind::UnexpectedEnd,
                ..
            }) if starts_like_json(&bytes) => Err(Failure::Passing {
                reason: "the answer ends inside a value".to_owned(),
                wait: None,
            }),
            Err(error) => {
                let found = describe_text(&bytes, &error);
                Err(Error::NotJson { page, found }.into())
            }
        }
    }

    /// Writes the records of a page, and finds the next one.
    fn take_page(&mut self, url: ListUrl, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), Error> {
        let ordinal = self.page_ordinal();
        let malformed = |error: JsonError| Error::NotJson {
            page: ordinal,
            found: describe_text(bytes, &error),
        };
        let body = Body::read(bytes).map_err(malformed)?;
        let api = self.api_of(&body, &url)?;
        let page = body.page(&api).ok_or_else(|| Error::NotAPage {
            page: ordinal,
            expected: format!(
                "a page of {} with an array under `{}`",
                api.title,
                api.envelope.records_key()
            ),
            found: body.describe(),
        })?;
        if self.repeats(&page, ordinal)? {
            // A server that does not page answers every request alike.
            self.state.next = None;
            self.fetch.send(Event::NotPaged);
            return sink.write_page(&[], &self.state);
        }
        let mut records = Vec::with_capacity(bytes.len());
        let written = page.write_records(&mut records).map_err(malformed)?;
        self.state.api = Some(api.name.clone());
        self.state.pages += 1;
        self.state.records += written.records;
        self.state.respelled += written.respelled;
        self.state.bytes += records.len() as u64;
        self.state.first_total = self.state.first_total.or(page.total);
        self.state.last_total = page.total;
        self.state.page_number = page.number;
        self.state.next = self.next_url(&page, url, written.records)?;
        sink.write_page(&records, &self.state)?;
        self.fetch.send(Event::Page(self.progress()));
        Ok(())
    }

    /// Returns the API: that of the caller, of the first page, or of the URL's path.
    fn api_of(&mut self, body: &Body<'_>, url: &ListUrl) -> Result<Arc<Api>, Error> {
        if let Some(api) = &self.api {
            return Ok(Arc::clone(api));
        }
        let by_path = || {
            let (api, id) = self.fetch.apis.by_path(url.path())?;
            id.is_none().then(|| Arc::clone(api))
        };
        let api = body.detect_api(&self.fetch.apis).or_else(by_path);
        let api = api.ok_or_else(|| Error::UnknownApi(body.describe()))?;
        self.api = Some(Arc::clone(&api));
        Ok(api)
    }

    /// Returns whether a page without a number repeats the one before.
    ///
    /// # Errors
    /// A page with a number repeats it, or its number does not exceed that of the page before.
    fn repeats(&mut self, page: &Page<'_>, ordinal: u64) -> Result<bool, Error> {
        let hash = page.records_hash();
        let is_same = self.state.last_hash.replace(hash) == Some(hash) && !page.is_empty();
        match (page.number, self.state.page_number) {
            (Some(number), Some(before)) if number <= before || is_same => {
                Err(Error::Endless(ordinal - 1))
            }
            _ => Ok(is_same),
        }
    }

    /// Returns the URL of the page after a page; `None` after the last one.
    fn next_url(
        &mut self,
        page: &Page<'_>,
        url: ListUrl,
        records: u64,
    ) -> Result<Option<String>, Error> {
        let ordinal = self.state.pages;
        let requested = url.page_number().unwrap_or(1);
        let next = match next_page(page, self.fetch.next, requested, records) {
            NextPage::End => return Ok(None),
            NextPage::Number(number) => url.with_page(number),
            NextPage::Url(reference) => {
                let through = "the URL of the next page";
                let mut next = self.client.follow(&url, &reference, ordinal, through)?;
                let added = next.add_missing(&self.fetch.url);
                if !added.is_empty() && ordinal == 1 {
                    self.fetch.send(Event::ParametersAdded(added));
                }
                next
            }
        };
        self.visited.insert(url);
        if self.visited.contains(&next) {
            return Err(Error::Endless(ordinal));
        }
        Ok(Some(next.full()))
    }

    /// Returns the number of the page that is fetched, from 1.
    fn page_ordinal(&self) -> u64 {
        self.state.pages + 1
    }

    /// Returns the progress.
    fn progress(&self) -> Progress {
        Progress {
            pages: self.state.pages,
            records: self.state.records,
            total: self.state.last_total,
        }
    }

    /// Returns the summary after the last page.
    fn summary(self) -> Result<Summary, Error> {
        let unknown = || Error::UnknownApi("no page".to_owned());
        let api = self.api.ok_or_else(unknown)?;
        let url = &self.fetch.url;
        let filter = api.trashed_filter();
        let filter = filter.map(|filter| format!("filter[{}]", api.filters[filter].name));
        let is_whole = url.page_number().is_none_or(|page| page <= 1);
        let total = |total: Option<u64>| total.filter(|_| is_whole);
        Ok(Summary {
            missing_trashed_filter: filter.filter(|name| !url.has_parameter(name)),
            api,
            pages: self.state.pages,
            records: self.state.records,
            bytes: self.state.bytes,
            first_total: total(self.state.first_total),
            last_total: total(self.state.last_total),
            respelled: self.state.respelled,
        })
    }
}

/// Returns whether bytes start as an object or an array does.
fn starts_like_json(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Describes an answer that is not JSON, and what to do.
fn describe_text(bytes: &[u8], error: &JsonError) -> String {
    let text = bytes.trim_ascii_start();
    if text.is_empty() {
        return "nothing: check the URL".to_owned();
    }
    if text.starts_with(b"<") {
        return "HTML: the page of a login or of a proxy, mostly; check the URL and the token"
            .to_owned();
    }
    if starts_like_json(bytes) {
        return format!("malformed JSON at byte {}: {error}", error.offset);
    }
    "other text: check the URL".to_owned()
}
