//! `idq serve`: serves the requests of the APIs over HTTP.
//!
//! The server is in its own crate. This command converts arguments to settings, starts the runtime and the log, and
//! prints the address and a generated token.

use std::fmt::Display;
use std::io;

use anyhow::{Result, anyhow};
use idq::expand;
use idq::render::{TerminalEncoding, TerminalWriter};
use idq_server::{
    Access, Limits, LoadSettings, LogQueries, NewToken, PlainHttp, Profile, Proxy, Server,
    Settings, TlsFiles,
};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::filter::LevelFilter;

use crate::arguments::api_named;
use crate::arguments::serve::{AccessArguments, LimitArguments, LogFormat, ServeArguments};
use crate::exit::{ExitStatus, UsageError};
use crate::output_checks::refuse_standard_streams;
use crate::session::format_count;
use crate::terminal::{print_status, stdout};

/// Runs the command: serves until a signal stops the server.
pub(crate) fn run(arguments: &ServeArguments) -> Result<ExitStatus> {
    if arguments.access.new_token {
        return print_new_token();
    }
    // Before the log starts, which writes to standard error.
    refuse_redirection_to_inputs(arguments)?;
    arguments.load.read.check()?;
    start_log(arguments);
    // Every connection takes a file descriptor.
    idq_server::raise_open_file_limit();
    let runtime = start_runtime()?;
    let served = runtime.block_on(async {
        let server = Server::start(settings(arguments))
            .await
            .map_err(into_anyhow)?;
        if !arguments.quiet {
            for api in server.served_apis() {
                let records = format_count(api.records, "record");
                print_status(&format!("{}: {records} at {}", api.title, api.path));
            }
        }
        if let Some(token) = server.new_token() {
            // Also with --quiet, because no client can authenticate without it.
            print_status(&format!("token (shown once): {}", token.text()));
        }
        print_status(&format!("listening on {}", server.url()));
        server.run().await.map_err(into_anyhow)?;
        Ok(ExitStatus::SUCCESS)
    });
    // Threads of an unfinished load are not joined.
    runtime.shutdown_background();
    served
}

/// Refuses standard streams that are redirected to a file which the server reads.
fn refuse_redirection_to_inputs(arguments: &ServeArguments) -> Result<()> {
    let access = &arguments.access;
    let files = [&access.token_file, &access.tls_cert, &access.tls_key];
    let files = files.into_iter().flatten();
    // A source that cannot be expanded is an error of the load.
    let mut sources = expand(&arguments.sources).unwrap_or_default().sources;
    sources.extend(files.map(|path| path.as_path().into()));
    refuse_standard_streams(&sources)
}

/// Starts the threads for connections.
fn start_runtime() -> Result<Runtime> {
    // Tokio panics if the system refuses a thread. The panic is caught and its message suppressed for the one below.
    // The hook is restored before any other thread can panic.
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

/// Prints a token, which is given to a client, and its line for the token file, from which it cannot be derived.
fn print_new_token() -> Result<ExitStatus> {
    use std::io::Write;

    let token = NewToken::generate().map_err(into_anyhow)?;
    let mut out = stdout(TerminalEncoding::Text);
    writeln!(out, "{}\n{}", token.text(), token.file_line())?;
    out.flush()?;
    Ok(ExitStatus::SUCCESS)
}

/// Converts the arguments to the settings of the server.
fn settings(arguments: &ServeArguments) -> Settings {
    let load = &arguments.load;
    let access = &arguments.access;
    Settings {
        load: LoadSettings {
            sources: arguments.sources.clone(),
            api: load.api.as_deref().and_then(api_named).cloned(),
            dedupe: load.dedupe,
            on_bad_record: load.on_bad_record.into(),
            read: load.read.options(arguments.timezone),
            // 0 disables the checks.
            watch_interval: (!load.watch.0.is_zero()).then_some(load.watch.0),
        },
        listen: arguments.listen,
        access: access_rule(access),
        tls: match (&access.tls_cert, &access.tls_key) {
            (Some(certificates), Some(key)) => Some(TlsFiles {
                certificates: certificates.clone(),
                key: key.clone(),
            }),
            _ => None,
        },
        plain_http: if access.allow_plain_http {
            PlainHttp::Anywhere
        } else {
            PlainHttp::Loopback
        },
        conformance: arguments.conformance.into(),
        time_zone: arguments.timezone,
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
        cors_origins: access.cors.clone(),
        limits: limits(&arguments.limits),
        log_queries: if arguments.log_queries {
            LogQueries::Always
        } else {
            LogQueries::Never
        },
        // 0 is one thread for each core.
        threads: load.threads.map_or(0, usize::from),
    }
}

/// Returns the rule for the authentication of clients.
fn access_rule(access: &AccessArguments) -> Access {
    match &access.token_file {
        Some(file) => Access::TokenFile(file.clone()),
        None if access.no_auth => Access::Open,
        None => Access::GeneratedToken,
    }
}

/// Converts the limits of the command line to those of the server, in its units.
fn limits(limits: &LimitArguments) -> Limits {
    Limits {
        max_target_bytes: limits.max_target as usize,
        max_header_bytes: limits.max_headers as usize,
        request_timeout: limits.timeout.0,
        head_timeout: limits.head_timeout.0,
        write_timeout: limits.write_timeout.0,
        // 0 is two for each thread.
        max_running_queries: limits.max_scans.map_or(0, usize::from),
        max_waiting_per_client: usize::from(limits.max_waiting),
        max_connections: limits.max_connections as usize,
        max_per_page: limits.max_per_page,
        max_groups: limits.max_groups as usize,
        // The option is in MiB.
        cache_bytes: (limits.cache as usize) << 20,
        grace_period: limits.grace.0,
    }
}

/// Converts an error of the server to one that has the right exit status.
fn into_anyhow(error: idq_server::Error) -> anyhow::Error {
    use idq_server::Error;

    match error {
        Error::Stdin
        | Error::NoSource { .. }
        | Error::NotRegular { .. }
        | Error::Setting { .. }
        | Error::Exposed { .. }
        | Error::Plain { .. }
        | Error::Origin { .. } => UsageError(error.to_string()).into(),
        error => error.into(),
    }
}

/// Starts the log, on standard error.
fn start_log(arguments: &ServeArguments) {
    let level = if arguments.quiet {
        LevelFilter::ERROR
    } else {
        LevelFilter::INFO
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        // The escape sequences of colours would be escaped like those of a request.
        .with_ansi(false);
    match arguments.log {
        LogFormat::Text => log
            .with_writer(|| TerminalWriter::new(io::stderr(), TerminalEncoding::Text))
            .init(),
        LogFormat::Json => log
            .with_writer(|| TerminalWriter::new(io::stderr(), TerminalEncoding::Json))
            .json()
            .flatten_event(true)
            .init(),
    }
}
