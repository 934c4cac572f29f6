//! Errors of a run. Each text says what to do next, and none contains a token or the query of a URL.

use std::io;
use std::path::PathBuf;

use idq_grammar::{escape, quote};

/// The reason why a run ended before the last page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text is not the URL of a list.
    #[error("{problem}{}", found_text(found))]
    Url {
        /// The text without its query; empty if it has a password.
        found: String,
        /// The reason.
        problem: UrlProblem,
    },
    /// The connection would not be encrypted, so that others on the way could read the token and the records.
    #[error(
        "expected a URL that starts with https://, found {}: plain http is for this machine; --allow-plain-http permits \
         it where something else encrypts the connection",
        quote(.0)
    )]
    PlainHttp(String),
    /// A header cannot be sent.
    #[error("expected a header as `Name: value`, found another text{}", header_name(.0))]
    Header(String),
    /// A header would contain the token, which belongs in a file.
    #[error(
        "a token in an argument can be read in the list of processes: put it in a file for --token-file, or in the \
         environment variable IDQ_TOKEN"
    )]
    AuthorizationHeader,
    /// The system has no trusted certificates.
    #[error(
        "expected trusted certificates of the system, found none{}: SSL_CERT_FILE names a file of them",
        detail(.0)
    )]
    NoCertificates(String),
    /// An encrypted connection cannot be agreed on.
    #[error(
        "{origin}: no encrypted connection: {reason}{}",
        tls_help(*is_untrusted)
    )]
    Tls {
        /// The server.
        origin: String,
        /// The reason.
        reason: String,
        /// Whether the certificate of the server is not trusted.
        is_untrusted: bool,
    },
    /// The server did not answer, or not to the end, also not to repeated requests.
    #[error("page {page}: {reason}{}", attempts_text(*attempts))]
    Unanswered {
        /// The number of the page, from 1.
        page: u64,
        /// The reason for the last failure.
        reason: String,
        /// The number of requests.
        attempts: u32,
    },
    /// The server demands a longer wait than allowed.
    #[error(
        "page {page}: {reason}, and the server asks to wait {wait} s: repeat the command after that time, or allow \
         longer waits with --max-wait {wait}"
    )]
    LongWait {
        /// The number of the page.
        page: u64,
        /// The reason for the wait.
        reason: String,
        /// The wait in seconds.
        wait: u64,
    },
    /// The server refused the request.
    #[error("page {page}: the server answered status {status}{}{}", detail(message), status_help(*status))]
    Status {
        /// The number of the page.
        page: u64,
        /// The status of HTTP.
        status: u16,
        /// The message of the server, shortened.
        message: String,
    },
    /// An answer is not JSON.
    #[error("page {page}: expected JSON, found {found}")]
    NotJson {
        /// The number of the page.
        page: u64,
        /// A description of the answer, and help.
        found: String,
    },
    /// An answer is JSON, but has no records of the API.
    #[error("page {page}: expected {expected}, found {found}")]
    NotAPage {
        /// The number of the page.
        page: u64,
        /// A description of a page.
        expected: String,
        /// A description of the answer.
        found: String,
    },
    /// An answer is larger than any page.
    #[error("page {page}: expected a page of at most {max} MiB, found more")]
    TooLarge {
        /// The number of the page.
        page: u64,
        /// The bound.
        max: u64,
    },
    /// The API cannot be detected by the first page.
    #[error("expected a page of a known API, found {0}: check the URL, or name the API with --api")]
    UnknownApi(String),
    /// The token would be sent to another server.
    #[error(
        "page {page}: {through} leads to {}, and the token is only for {expected}: {}",
        quote(found),
        origin_help(through)
    )]
    OtherOrigin {
        /// The number of the page.
        page: u64,
        /// The member of the answer that has the URL.
        through: &'static str,
        /// The server of the first page.
        expected: String,
        /// The other server.
        found: String,
    },
    /// Redirects lead nowhere.
    #[error("page {0}: expected a page, found more than 10 redirects: check the URL")]
    Redirects(u64),
    /// A page leads back to an earlier one.
    #[error(
        "page {0} is followed by a page that was fetched before: the server does not advance; --next number requests \
         pages by their number instead of the server's URLs, or the other way around --next link"
    )]
    Endless(u64),
    /// Another run writes the partial file.
    #[error(
        "{}: another run writes this file: wait for its end, or choose another file",
        path_text(.0)
    )]
    Busy(PathBuf),
    /// The partial file is of another run.
    #[error(
        "{}: expected the partial dump of this URL and API, found one of {}{}: repeat the command of that URL, choose \
         another file, or begin anew with --restart",
        path_text(path),
        quote(found),
        other_parameters(differing)
    )]
    OtherRun {
        /// The partial file.
        path: PathBuf,
        /// The URL of its run, without its query.
        found: String,
        /// The names of the parameters that differ. Their values may be secrets.
        differing: Vec<String>,
    },
    /// The partial file cannot be continued.
    #[error("{}: {reason}: begin anew with --restart", path_text(path))]
    Damaged {
        /// The partial file or its state.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {error}", path_text(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The output stream cannot be written.
    #[error(transparent)]
    Output(io::Error),
}

/// The reason why a text is not the URL of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlProblem {
    /// Another scheme than those of HTTP, or none.
    #[error("expected a URL that starts with https://")]
    Scheme,
    /// A user or a password in front of the host.
    #[error(
        "expected a URL without a user or password, found one: put the token in a file for --token-file"
    )]
    Password,
    /// No host, or a malformed one.
    #[error("expected a URL with a host in ASCII")]
    Host,
}

impl Error {
    /// Returns whether the command line is wrong, rather than the server or a file.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Url { .. }
                | Self::PlainHttp(_)
                | Self::Header(_)
                | Self::AuthorizationHeader
                | Self::OtherRun { .. }
        )
    }

    /// Returns whether the same run can go on from its partial file, perhaps after a change of the token or the server.
    pub fn is_resumable(&self) -> bool {
        matches!(
            self,
            Self::Tls { .. }
                | Self::Unanswered { .. }
                | Self::LongWait { .. }
                | Self::Status { .. }
                | Self::NotJson { .. }
                | Self::Write { .. }
        )
    }

    /// Returns the error of a file.
    pub(crate) fn write(path: &std::path::Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::Write { path, error }
    }
}

/// Returns a path for a message.
fn path_text(path: &std::path::Path) -> String {
    escape(&path.to_string_lossy())
}

/// Returns the part of a message after the expected text.
fn found_text(found: &str) -> String {
    if found.is_empty() {
        return String::new();
    }
    format!(", found {}", quote(found))
}

/// Returns a detail after a colon, if there is one.
fn detail(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!(": {}", escape(text))
}

/// Returns the number of attempts, if there were several.
fn attempts_text(attempts: u32) -> String {
    match attempts {
        0 | 1 => String::new(),
        _ => format!(" ({attempts} attempts)"),
    }
}

/// Returns advice on a certificate.
fn tls_help(is_untrusted: bool) -> &'static str {
    if is_untrusted {
        "; if your organisation has its own authority, SSL_CERT_FILE names the file of its certificate"
    } else {
        ""
    }
}

/// Returns advice on a status.
fn status_help(status: u16) -> &'static str {
    match status {
        400 | 422 => "\n  help: check the parameters of the URL",
        401 => {
            "\n  help: --token-file names a file with the token of the API; check that it is whole and not revoked"
        }
        403 => "\n  help: the token is known, but may not read this list",
        404 => "\n  help: check the host and the path of the URL",
        407 => "\n  help: check the proxy in HTTPS_PROXY",
        _ => "",
    }
}

/// Returns advice on a URL of another server.
fn origin_help(through: &str) -> &'static str {
    if through == "a redirect" {
        "if that server is right, start from its URL"
    } else {
        "if the pages are on the server of the URL, --next number requests them by their number"
    }
}

/// Returns the name of a header that cannot be sent, for a message. Nothing is repeated of a text that may be a token.
fn header_name(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" for {}", quote(name))
    }
}

/// Returns the names of differing parameters, as part of a message.
fn other_parameters(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    format!(" with another value of {}", names.join(" and "))
}
