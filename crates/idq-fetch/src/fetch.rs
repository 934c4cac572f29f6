//! [`Fetch`]: a run with its options, and its result.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use idq_api::{Api, ApiRegistry};

use crate::client::Client;
use crate::error::Error;
use crate::partial_file::PartialFile;
use crate::retry::RetryPolicy;
use crate::sink::Stream;
use crate::state::State;
use crate::token::Token;
use crate::url::ListUrl;
use crate::walk::Walk;

/// The member of a page that leads to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NextPageRule {
    /// The URL of the next page, where the page has one; its number otherwise.
    #[default]
    Link,
    /// The number of the page. Servers behind a proxy may write URLs that only they can reach.
    Number,
}

/// The treatment of connections to other machines that are not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlainHttp {
    /// Refused, because others on the way could read the token and the records.
    #[default]
    Refuse,
    /// Allowed, where something else encrypts the connection.
    Allow,
}

/// The treatment of the partial file of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resume {
    /// Goes on from it.
    #[default]
    IfPossible,
    /// Replaces it, when the first page has arrived.
    Restart,
}

/// The progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The pages so far, those of earlier runs included.
    pub pages: u64,
    /// The records so far.
    pub records: u64,
    /// The number of all records, if the API tells it.
    pub total: Option<u64>,
}

/// An event of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The run goes on from the partial file of an earlier one.
    Resumed(Progress),
    /// A page was written.
    Page(Progress),
    /// A request has failed, and is repeated after a wait.
    Waiting {
        /// The reason.
        reason: String,
        /// The wait.
        wait: Duration,
    },
    /// The server has answered two pages alike, so there is one page.
    NotPaged,
    /// The server's URL of the next page lacks these parameters of the first one. They are added.
    ParametersAdded(Vec<String>),
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The API.
    pub api: Arc<Api>,
    /// The pages, those of earlier runs included.
    pub pages: u64,
    /// The records.
    pub records: u64,
    /// The bytes of the dump.
    pub bytes: u64,
    /// The number of all records by the first page, if the API tells it and the URL is that of the first page.
    pub first_total: Option<u64>,
    /// The number of all records by the last page.
    pub last_total: Option<u64>,
    /// Records that spanned lines, and were written without the white space outside their strings.
    pub respelled: u64,
    /// The filter of deleted records that the URL lacks: without it, the API leaves them out. `None` if the URL has it,
    /// or the API has none.
    pub missing_trashed_filter: Option<String>,
}

/// The time for the whole answer to one request, unless the caller sets another.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// A run over all pages of an API's list.
///
/// The pages are requested one after another, because the next URL is known only from the page before, and because APIs
/// limit the rate.
pub struct Fetch<'o> {
    /// The first page.
    pub(crate) url: ListUrl,
    /// The APIs that are detected.
    pub(crate) apis: ApiRegistry,
    /// The API that the caller has set.
    pub(crate) api: Option<Arc<Api>>,
    /// The token, if the API needs one.
    token: Option<Token>,
    /// Further headers.
    headers: Vec<(String, String)>,
    /// The waits between attempts.
    pub(crate) retry: RetryPolicy,
    /// The time for one answer.
    timeout: Duration,
    /// The member that leads to the next page.
    pub(crate) next: NextPageRule,
    /// The treatment of connections that are not encrypted.
    plain_http: PlainHttp,
    /// The receiver of events.
    observer: Option<&'o dyn Fn(Event)>,
}

impl<'o> Fetch<'o> {
    /// Creates a run over the list at a URL: its built-in API is detected by the first page, no token is sent.
    pub fn new(url: ListUrl) -> Self {
        Self {
            url,
            apis: ApiRegistry::default(),
            api: None,
            token: None,
            headers: Vec::new(),
            retry: RetryPolicy::DEFAULT,
            timeout: DEFAULT_TIMEOUT,
            next: NextPageRule::default(),
            plain_http: PlainHttp::default(),
            observer: None,
        }
    }

    /// Sets the API instead of detecting it.
    pub fn api(mut self, api: &Arc<Api>) -> Self {
        self.api = Some(Arc::clone(api));
        self
    }

    /// Sets the APIs that can be detected.
    pub fn apis(mut self, apis: ApiRegistry) -> Self {
        self.apis = apis;
        self
    }

    /// Sets the token, which is sent as a bearer token.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Adds a header to each request. It must not be `Authorization`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the waits between attempts.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the time for the whole answer to one request.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the member of a page that leads to the next one.
    pub fn next_page(mut self, rule: NextPageRule) -> Self {
        self.next = rule;
        self
    }

    /// Sets the treatment of connections to other machines that are not encrypted.
    pub fn plain_http(mut self, treatment: PlainHttp) -> Self {
        self.plain_http = treatment;
        self
    }

    /// Sends events to this function.
    pub fn observer(mut self, observer: &'o dyn Fn(Event)) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Writes all records to a stream, each page as it arrives. A run that fails cannot go on later.
    ///
    /// # Errors
    /// A page cannot be fetched, or the stream cannot be written.
    pub fn write_to(self, out: impl Write) -> Result<Summary, Error> {
        let state = State::new(self.url.full());
        let mut sink = Stream(out);
        self.walk(state, &mut sink)
    }

    /// Writes all records to a file. Until the last page they are in a partial file beside it, from which a later run
    /// of the same URL goes on.
    ///
    /// # Errors
    /// A page cannot be fetched; the file cannot be written; the partial file is of another URL.
    pub fn write_file(self, target: &Path, resume: Resume) -> Result<Summary, Error> {
        let check = |state: &State, file: &PartialFile| self.check_run(state, file);
        let (mut file, found) = PartialFile::open(target, resume, check)?;
        let state = found.unwrap_or_else(|| State::new(self.url.full()));
        let summary = self.walk(state, &mut file)?;
        file.finish()?;
        Ok(summary)
    }

    /// Checks that the partial file is of this URL and API.
    fn check_run(&self, state: &State, file: &PartialFile) -> Result<(), Error> {
        let is_api = match (&self.api, &state.api) {
            (Some(api), Some(name)) => api.name == *name,
            _ => true,
        };
        if state.url != self.url.full() || !is_api {
            let found: Result<ListUrl, _> = state.url.parse();
            let differing = found
                .as_ref()
                .map(|found| self.url.differing_parameters(found));
            return Err(Error::OtherRun {
                path: file.path().to_owned(),
                differing: differing.unwrap_or_default(),
                found: found.map_or_else(|_| "another URL".to_owned(), |url| url.to_string()),
            });
        }
        // The next page is requested with the token, so a state that was edited must not lead to another server.
        let next: Option<Result<ListUrl, _>> = state.next.as_deref().map(str::parse);
        let is_own = |next: Result<ListUrl, Error>| {
            next.is_ok_and(|next| next.origin() == self.url.origin())
        };
        if next.is_some_and(|next| !is_own(next)) {
            return Err(file.damaged("its state has a next page on another server"));
        }
        Ok(())
    }

    /// Fetches all pages from a state on.
    fn walk(&self, state: State, sink: &mut dyn crate::sink::Sink) -> Result<Summary, Error> {
        let origin = self.url.origin();
        let is_plain = !origin.is_encrypted() && !origin.is_loopback();
        if is_plain && self.plain_http == PlainHttp::Refuse {
            return Err(Error::PlainHttp(origin.to_string()));
        }
        let token = self.token.as_ref();
        let client = Client::new(&self.url, token, &self.headers, self.timeout)?;
        Walk::new(self, client, state).run(sink)
    }

    /// Sends an event.
    pub(crate) fn send(&self, event: Event) {
        if let Some(observer) = self.observer {
            observer(event);
        }
    }
}
