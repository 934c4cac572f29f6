use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use idq::render::{Escaped, Spelling};
use idq::{Conformance, OnBadRecord, expand};
use idq_server::{
    Access, Dumps, Limits, LogQueries, NewToken, PlainHttp, Profile, Proxy, Server, Settings,
    TlsFiles,
};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::filter::LevelFilter;

use crate::arguments::serve::{AccessArguments, LimitArguments, LogFormat, ServeArguments};
use crate::arguments::{BadRecord, Reading, api_named};
use crate::failure::WrongRequest;
use crate::output::{say, stdout};
use crate::outputs::refuse_standard_streams;
use crate::session::counted;

/// Serves until it is told to stop.
pub(crate) fn run(arguments: &ServeArguments) -> Result<ExitCode> {
    if arguments.access.new_token {
        return new_token();
    }
    refuse_log_to_inputs(arguments)?;
    log(arguments);
    idq_server::allow_many_clients();
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let server = Server::start(settings(arguments)).await.map_err(failure)?;
        if !arguments.quiet {
            for (title, path, records) in server.served() {
                let records = counted(records, "record");
                say(&format!("{title}: {records} at {path}"));
            }
        }
        if let Some(token) = server.new_token() {
            // Also when quiet: there is no other way to ask.
            say(&format!("token (shown once): {}", token.text()));
        }
        say(&format!("listening on {}", server.url()));
        server.run().await.map_err(failure)?;
        Ok(ExitCode::SUCCESS)
    });
    // A load that is still under way is not waited for.
    runtime.shutdown_background();
    served
}

/// Refuses a log, or messages, that would be written to a file that is served or read.
fn refuse_log_to_inputs(arguments: &ServeArguments) -> Result<()> {
    let access = &arguments.access;
    let files = [&access.token_file, &access.tls_cert, &access.tls_key];
    let files = files.into_iter().flatten();
    // A source that cannot be read is reported by the load.
    let mut sources = expand(&arguments.sources).unwrap_or_default().sources;
    sources.extend(files.map(|path| path.as_path().into()));
    refuse_standard_streams(&sources)
}

/// Starts the threads that talk to clients.
fn runtime() -> Result<Runtime> {
    // Tokio panics where the system starts no more threads. The message below says so instead of the panic's.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let built = std::panic::catch_unwind(|| Builder::new_multi_thread().enable_all().build());
    std::panic::set_hook(hook);
    let refused = |error: &dyn Display| {
        anyhow!(
            "cannot start threads: {error}: allow this process more of them (`ulimit -u`) or more memory (`ulimit -v`)"
        )
    };
    match built {
        Ok(Ok(runtime)) => Ok(runtime),
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(refused(&"the system refuses")),
    }
}

/// Prints a token and the line that lets it in: the one to be given away, the other to be kept.
fn new_token() -> Result<ExitCode> {
    use std::io::Write;

    let token = NewToken::generate().map_err(failure)?;
    let mut out = stdout();
    writeln!(out, "{}\n{}", token.text(), token.file_line())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn settings(arguments: &ServeArguments) -> Settings {
    let load = &arguments.load;
    let access = &arguments.access;
    Settings {
        dumps: Dumps {
            sources: arguments.sources.clone(),
            api: load.api.as_deref().and_then(api_named).cloned(),
            dedupe: load.dedupe,
            on_bad_record: match load.on_bad_record {
                BadRecord::Stop => OnBadRecord::Stop,
                BadRecord::Skip => OnBadRecord::Skip,
            },
            watch: (!load.watch.is_zero()).then_some(load.watch),
        },
        listen: arguments.listen,
        access: who(access),
        tls: match (&access.tls_cert, &access.tls_key) {
            (Some(certificates), Some(key)) => Some(TlsFiles {
                certificates: certificates.clone(),
                key: key.clone(),
            }),
            _ => None,
        },
        plain: if access.allow_plain_http {
            PlainHttp::Anywhere
        } else {
            PlainHttp::Loopback
        },
        reading: match arguments.conformance {
            Reading::Strict => Conformance::Strict,
            Reading::Api => Conformance::Api,
        },
        profile: if arguments.hide_profile {
            Profile::Hidden
        } else {
            Profile::Shown
        },
        proxy: if access.trust_proxy {
            Proxy::Trusted
        } else {
            Proxy::Ignored
        },
        origins: access.cors.clone(),
        limits: limits(&arguments.limits),
        log_queries: if arguments.log_queries {
            LogQueries::Always
        } else {
            LogQueries::Never
        },
        threads: load.threads.map_or(0, usize::from),
    }
}

fn who(access: &AccessArguments) -> Access {
    match &access.token_file {
        Some(file) => Access::TokenFile(file.clone()),
        None if access.no_auth => Access::Open,
        None => Access::GeneratedToken,
    }
}

fn limits(limits: &LimitArguments) -> Limits {
    Limits {
        target: limits.max_target as usize,
        headers: limits.max_headers as usize,
        request_time: limits.timeout,
        head_time: limits.head_timeout,
        write_time: limits.write_timeout,
        scans: limits.max_scans.map_or(0, usize::from),
        waiting: usize::from(limits.max_waiting),
        connections: limits.max_connections as usize,
        per_page: limits.max_per_page,
        cache: (limits.cache as usize) << 20,
        grace: limits.grace,
    }
}

fn failure(error: idq_server::Error) -> anyhow::Error {
    use idq_server::Error;

    match error {
        Error::Stdin
        | Error::NoSource { .. }
        | Error::NotRegular { .. }
        | Error::Setting { .. }
        | Error::Exposed { .. }
        | Error::Plain { .. }
        | Error::Origin { .. } => WrongRequest(error.to_string()).into(),
        error => error.into(),
    }
}

/// Sends the log to standard error.
fn log(arguments: &ServeArguments) {
    let level = if arguments.quiet {
        LevelFilter::ERROR
    } else {
        LevelFilter::INFO
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        // Colours would be escaped with everything else that a terminal obeys.
        .with_ansi(false);
    match arguments.log {
        LogFormat::Text => log
            .with_writer(|| Escaped::new(io::stderr(), Spelling::Text))
            .init(),
        LogFormat::Json => log
            .with_writer(|| Escaped::new(io::stderr(), Spelling::Json))
            .json()
            .flatten_event(true)
            .init(),
    }
}
