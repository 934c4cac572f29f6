//! [`Client`]: requests for pages, and the verdict on their answers.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use idq_api::{ApiRegistry, ErrorMember};
use ureq::http::header::{ACCEPT, AUTHORIZATION, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy};

use crate::error::Error;
use crate::page;
use crate::retry::parse_retry_after;
use crate::token::Token;
use crate::url::{ListUrl, Origin};

/// The most bytes of a page. A page of the largest size of any known API has some megabytes.
const MAX_PAGE_BYTES: u64 = 256 << 20;

/// The most redirects of one request.
const MAX_REDIRECTS: usize = 10;

/// The most characters of a server's message in an error.
const MAX_MESSAGE_CHARS: usize = 200;

/// The time in which a connection must be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends requests to one origin.
pub(crate) struct Client {
    /// The connections.
    agent: Agent,
    /// The headers of each request.
    headers: HeaderMap,
    /// The origin that may be sent the token.
    origin: Origin,
    /// The token, which is redacted in messages of the server.
    token: Option<Token>,
    /// Whether connections go through a proxy of the environment.
    has_proxy: bool,
    /// Whether the server has answered a request: a host that never answered is misspelled rather than overloaded.
    has_answered: bool,
}

/// The reason why there is no page yet.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A repeated request may succeed.
    Passing {
        /// The reason, as a part of a sentence.
        reason: String,
        /// The wait that the server demands.
        wait: Option<Duration>,
    },
    /// A repeated request would fail as well.
    Final(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl Client {
    /// Returns a client of the origin of a URL.
    ///
    /// # Errors
    /// The system has no trusted certificates, or a header is malformed.
    pub(crate) fn new(
        url: &ListUrl,
        token: Option<&Token>,
        others: &[(String, String)],
        timeout: Duration,
    ) -> Result<Self, Error> {
        let origin = url.origin().clone();
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in others {
            let (name, value) = parse_header(name, value)?;
            headers.insert(name, value);
        }
        if let Some(token) = token {
            // A token has visible characters alone, which every header may have.
            let value = HeaderValue::from_str(&token.header());
            let mut value = value.map_err(|_| Error::AuthorizationHeader)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // This machine is reached directly: a proxy would carry the token over the network.
        let proxy = if origin.is_loopback() {
            None
        } else {
            Proxy::try_from_env()
        };
        let has_proxy = proxy.is_some();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("idq/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_call(Some(timeout));
        if origin.is_encrypted() || has_proxy {
            config = config.tls_config(trust_system()?);
        }
        Ok(Self {
            agent: config.proxy(proxy).build().into(),
            headers,
            origin,
            token: token.cloned(),
            has_proxy,
            has_answered: false,
        })
    }

    /// Requests a page, and returns the body of the answer. `page` is its number for errors.
    pub(crate) fn get(
        &mut self,
        url: &ListUrl,
        page: u64,
        apis: &ApiRegistry,
    ) -> Result<Vec<u8>, Failure> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut response = self.send(&url, page)?;
            let status = response.status().as_u16();
            let location = response.headers().get(LOCATION);
            match (status, location.and_then(|to| to.to_str().ok())) {
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    url = self.follow(&url, location, page, "a redirect")?;
                }
                (200..=299, _) => return self.body(&mut response, page),
                _ => return Err(self.refusal(&mut response, page, apis)),
            }
        }
        Err(Error::Redirects(page).into())
    }

    /// Resolves a URL of an answer, which must be of the same origin.
    pub(crate) fn follow(
        &self,
        url: &ListUrl,
        reference: &str,
        page: u64,
        through: &'static str,
    ) -> Result<ListUrl, Error> {
        let refuse = |found: String| Error::OtherOrigin {
            page,
            through,
            expected: self.origin.to_string(),
            found,
        };
        // The text may have a query or a password.
        let shown = reference.split(['?', '#']).next().unwrap_or_default();
        let shown = shown.rsplit('@').next().unwrap_or_default();
        let joined = url.join(reference);
        let next = joined.map_err(|_| refuse(shown.to_owned()))?;
        if *next.origin() == self.origin {
            return Ok(next);
        }
        Err(refuse(next.origin().to_string()))
    }

    /// Sends one request.
    fn send(&mut self, url: &ListUrl, page: u64) -> Result<Response<Body>, Failure> {
        let mut request = self.agent.get(url.full());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let sent = request.call();
        let response = sent.map_err(|error| self.connection_failure(&error, page))?;
        self.has_answered = true;
        Ok(response)
    }

    /// Reads the body of an answer to its end.
    fn body(&self, response: &mut Response<Body>, page: u64) -> Result<Vec<u8>, Failure> {
        let body = response.body_mut().with_config().limit(MAX_PAGE_BYTES);
        body.read_to_vec().map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => Failure::Final(Error::TooLarge {
                page,
                max: MAX_PAGE_BYTES >> 20,
            }),
            error => self.connection_failure(&error, page),
        })
    }

    /// Returns the failure of a connection.
    fn connection_failure(&self, error: &ureq::Error, page: u64) -> Failure {
        let tls = |error: &rustls::Error| {
            Failure::Final(Error::Tls {
                origin: self.origin.to_string(),
                reason: error.to_string(),
                is_untrusted: matches!(error, rustls::Error::InvalidCertificate(_)),
            })
        };
        let inner = match error {
            ureq::Error::Rustls(error) => Some(error),
            ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
            _ => None,
        };
        if let Some(error) = inner {
            return tls(error);
        }
        let through = if self.has_proxy {
            " through the proxy of the environment"
        } else {
            ""
        };
        let reason = format!("{}{through}: {}", self.origin, describe(error));
        let is_final = matches!(
            error,
            ureq::Error::BadUri(_)
                | ureq::Error::Http(_)
                | ureq::Error::InvalidProxyUrl
                | ureq::Error::LargeResponseHeader(..)
                | ureq::Error::Tls(_)
        );
        if is_final || (!self.has_answered && is_unreachable(error)) {
            return Failure::Final(Error::Unanswered {
                page,
                reason,
                attempts: 1,
            });
        }
        Failure::Passing { reason, wait: None }
    }

    /// Returns the failure of an answer with a status of an error.
    fn refusal(&self, response: &mut Response<Body>, page: u64, apis: &ApiRegistry) -> Failure {
        let status = response.status().as_u16();
        let wait = response.headers().get(RETRY_AFTER);
        let wait = wait.and_then(|wait| wait.to_str().ok());
        let wait = wait.and_then(|wait| parse_retry_after(wait, SystemTime::now()));
        // A body that cannot be read has no message.
        let body = self.body(response, page).unwrap_or_default();
        let message = self.message(&body, apis);
        if matches!(status, 408 | 425 | 429 | 500..) {
            let message = if message.is_empty() {
                message
            } else {
                format!(" ({})", idq_grammar::escape(&message))
            };
            let reason = format!("the server answered status {status}{message}");
            return Failure::Passing { reason, wait };
        }
        Failure::Final(Error::Status {
            page,
            status,
            message,
        })
    }

    /// Returns the message of an error's body, where the descriptions of APIs say that it is, shortened.
    fn message(&self, body: &[u8], apis: &ApiRegistry) -> String {
        let Ok(body) = page::Body::read(body) else {
            return String::new();
        };
        let members = apis.iter().flat_map(|api| &api.errors.members);
        let messages = members.filter(|(_, member)| *member == ErrorMember::Message);
        let keys = messages.map(|(key, _)| key.as_str());
        let text = body.text_under(keys).unwrap_or_default();
        let text = match &self.token {
            Some(token) => token.redact(&text),
            None => text,
        };
        match text.char_indices().nth(MAX_MESSAGE_CHARS) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// Returns whether no connection was made at all: the host is unknown, or refuses.
fn is_unreachable(error: &ureq::Error) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof, WouldBlock,
    };

    match error {
        ureq::Error::HostNotFound => true,
        ureq::Error::Io(error) => !matches!(
            error.kind(),
            BrokenPipe
                | ConnectionAborted
                | ConnectionReset
                | TimedOut
                | UnexpectedEof
                | WouldBlock
        ),
        _ => false,
    }
}

/// Returns the text of a connection's error.
fn describe(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection broke".to_owned()
        }
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "the host is unknown".to_owned(),
        error => error.to_string(),
    }
}

/// Checks a header of the caller.
fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    // A text that is no name may be a token without one.
    let parsed: HeaderName = name
        .trim()
        .parse()
        .map_err(|_| Error::Header(String::new()))?;
    if parsed == AUTHORIZATION {
        return Err(Error::AuthorizationHeader);
    }
    let value =
        HeaderValue::from_str(value.trim()).map_err(|_| Error::Header(parsed.to_string()))?;
    Ok((parsed, value))
}

/// Returns the settings of TLS: the certificates of the system, and the cryptography of the server's TLS stack.
fn trust_system() -> Result<TlsConfig, Error> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let first = found.errors.first().map(ToString::to_string);
        return Err(Error::NoCertificates(first.unwrap_or_default()));
    }
    let certificates: Vec<Certificate<'static>> = found
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(ring)
        .build())
}
