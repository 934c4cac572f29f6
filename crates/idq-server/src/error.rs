use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use idq::LoadError;

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A source cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Standard input can be read once, but sources are loaded again when they change.
    #[error("standard input cannot be served: sources are loaded again when they change")]
    Stdin,
    /// After a reload, an API that was served has no source any more.
    #[error("no source has {api} records any more")]
    ApiGone {
        /// The API's title.
        api: String,
    },
    /// Sources changed each time while they were being loaded.
    #[error(
        "the sources keep changing while they are loaded: replace them by renaming others over them"
    )]
    Unsettled,
    /// A file cannot be read.
    #[error("{}: {error}", idq::escape(&file.to_string_lossy()))]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// A file of tokens, certificates or keys is a pipe, a socket, a device or a folder.
    #[error(
        "{}: expected a regular file, found {found}: it is read again at SIGHUP, so put its content into a file",
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
put its records into a file and serve that",
        idq::escape(name)
    )]
    NoSource {
        /// The source.
        name: String,
        /// Its kind.
        found: &'static str,
    },
    /// A setting is out of its bounds.
    #[error("expected {expected} for {setting}, found {found}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// Its bounds.
        expected: &'static str,
        /// Its value.
        found: String,
    },
    /// A line of the token file is not what it should be.
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
    /// The token file has no token, so that nobody could ask.
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
        /// What is wrong.
        reason: String,
    },
    /// Without a token file, only this machine may ask.
    #[error("{listen} can be reached from other machines: that needs --token-file")]
    Exposed {
        /// The address.
        listen: SocketAddr,
    },
    /// Without TLS, only this machine may ask.
    #[error(
        "{listen} can be reached from other machines: that needs --tls-cert and --tls-key, or --allow-plain-http where \
something else keeps the traffic from being read"
    )]
    Plain {
        /// The address.
        listen: SocketAddr,
    },
    /// An origin is not what a browser would send.
    #[error("expected an origin such as https://example.com, found {}", idq::escape(.found))]
    Origin {
        /// What was found.
        found: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {error}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What is wrong.
        error: io::Error,
    },
    /// The system starts no more threads.
    #[error(
        "cannot start threads: {0}: give fewer of them (`--threads`), or allow more (`ulimit -u`) or more memory (`ulimit -v`)"
    )]
    Threads(io::Error),
    /// Signals or random numbers are not to be had, or work panicked.
    #[error("cannot start: {0}")]
    System(io::Error),
}

impl From<idq::Error> for Error {
    fn from(error: idq::Error) -> Self {
        match error {
            idq::Error::Load(error) => Self::Load(error),
            error => Self::System(io::Error::other(error)),
        }
    }
}
