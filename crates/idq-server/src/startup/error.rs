//! Errors that prevent a start. A reload that fails with one of them leaves the old records served.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use idq::LoadError;

/// An error that prevents a server from starting or from loading its sources again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A source cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Standard input is named as a source. It can be read only once, but sources are loaded again when they change.
    #[error("standard input cannot be served: sources are loaded again when they change")]
    Stdin,
    /// No source has records of an API that is already served.
    #[error("no source has {api} records any longer")]
    ApiGone {
        /// The API's title.
        api: String,
    },
    /// The sources changed during each attempt to load them.
    #[error(
        "the sources keep changing while they are loaded: replace each one by renaming another file over it"
    )]
    SourcesChanging,
    /// A file cannot be read.
    #[error("{}: {error}", idq::escape(&file.to_string_lossy()))]
    File {
        /// The file.
        file: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// A file of tokens, certificates or keys is a pipe, a socket, a device or a folder.
    #[error(
        "{}: expected a regular file, found {found}: it is read again at SIGHUP, so write its content to a file",
        idq::escape(&file.to_string_lossy())
    )]
    NotRegular {
        /// The file.
        file: PathBuf,
        /// Its kind.
        found: &'static str,
    },
    /// A source is a pipe, a socket or a device.
    #[error(
        "{}: expected a regular file, a folder or a pattern, found {found}: sources are read again when they change, so \
write its records to a file and serve that",
        idq::escape(name)
    )]
    NoSource {
        /// The source.
        name: String,
        /// Its kind.
        found: &'static str,
    },
    /// The value of a setting is out of its bounds.
    #[error("expected {expected} for {setting}, found {found}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// Its bounds.
        expected: &'static str,
        /// Its value.
        found: String,
    },
    /// A line of the token file has no hash.
    #[error(
        "{}: line {line}: expected `sha256:` and 64 hexadecimal digits (`idq serve --new-token` prints such a line)",
        idq::escape(&file.to_string_lossy())
    )]
    TokenLine {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// The token file accepts no token, so that all requests would be rejected.
    #[error("{}: no token in the file", idq::escape(&file.to_string_lossy()))]
    NoToken {
        /// The file.
        file: PathBuf,
    },
    /// The certificate or its key cannot be used.
    #[error("{}: {reason}", idq::escape(&file.to_string_lossy()))]
    Tls {
        /// The file.
        file: PathBuf,
        /// The cause.
        reason: String,
    },
    /// The address can be reached from other machines, but there is no token file.
    #[error("{listen} can be reached from other machines: this needs --token-file")]
    Exposed {
        /// The address.
        listen: SocketAddr,
    },
    /// The address can be reached from other machines, but TLS is not configured.
    #[error(
        "{listen} can be reached from other machines: this needs --tls-cert and --tls-key, or --allow-plain-http \
if the traffic is protected otherwise"
    )]
    Plain {
        /// The address.
        listen: SocketAddr,
    },
    /// A CORS origin is not of the form that browsers send.
    #[error("expected an origin such as https://example.com, found {}", idq::escape(.found))]
    Origin {
        /// The text of the setting.
        found: String,
    },
    /// The address cannot be bound.
    #[error("cannot listen on {listen}: {error}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The cause.
        error: io::Error,
    },
    /// The system refuses further threads.
    #[error(
        "cannot start threads: {0}: use fewer (`--threads`), or allow more (`ulimit -u`) or more memory (`ulimit -v`)"
    )]
    Threads(io::Error),
    /// Signals, random numbers or another service of the system are unavailable, or startup work panicked.
    #[error("cannot start: {0}")]
    System(io::Error),
}

/// Converts an error of the library, of which a load can only have load errors.
impl From<idq::Error> for Error {
    fn from(error: idq::Error) -> Self {
        match error {
            idq::Error::Load(error) => Self::Load(error),
            error => Self::System(io::Error::other(error)),
        }
    }
}
