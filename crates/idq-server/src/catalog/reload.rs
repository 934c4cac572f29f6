//! Reloads: at a SIGHUP, when the watch detects changed sources, and when a request finds a source overwritten.
//!
//! One task runs all reloads, so that at most one is in progress and memory holds at most two catalogs. Other threads
//! renew tokens ([`Renewal`]), which a load must not delay.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use idq::LoadErrorKind;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::access::renewal::Renewal;
use crate::catalog::sources::SourceFingerprint;
use crate::catalog::watcher::Watcher;
use crate::observe::metrics::Outcome;
use crate::observe::progress::ProgressLog;
use crate::startup::error::Error;
use crate::startup::signals::HangupSignal;
use crate::startup::threads::run_on_thread;
use crate::state::ServerState;

/// At each hangup, requests a renewal of tokens and certificate, and a load, and blocks on neither. Never completes.
pub(crate) async fn handle_hangups(
    mut hangup: HangupSignal,
    renewal: Renewal,
    load_requests: Arc<Notify>,
) {
    loop {
        hangup.recv().await;
        tracing::info!("reload requested");
        renewal.request();
        // `Notify` holds one permit: all hangups during a load request one further load.
        load_requests.notify_one();
    }
}

/// Reloads the catalog whenever that is requested or the sources have changed. Never completes.
///
/// `load` replaces the catalog; tests substitute it.
pub(crate) async fn run_reloads(
    state: Arc<ServerState>,
    load_requests: Arc<Notify>,
    load: impl Fn(&ServerState) -> Result<(), Error> + Clone + Send + 'static,
) {
    // Without an interval the watch is disabled, and its tick never comes.
    let mut ticks = state.settings.load.watch_interval.map(interval);
    if let Some(ticks) = &mut ticks {
        // Checks that were missed during a long load are not repeated.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut watcher = Watcher::default();
    loop {
        let tick = async {
            match &mut ticks {
                Some(ticks) => {
                    ticks.tick().await;
                }
                None => pending().await,
            }
        };
        let needs_load = tokio::select! {
            () = load_requests.notified() => true,
            // Also where the watch is disabled: an overwritten source cannot be served until it is loaded again.
            () = state.stale_sources.notified() => {
                let current = current_fingerprint(&state).await.ok();
                let may_load = watcher.may_load(current.as_ref());
                if may_load {
                    tracing::info!("a source has changed: its content, its names or its permissions");
                }
                may_load
            }
            () = tick => {
                let current = current_fingerprint(&state).await;
                if let Some(error) = watcher.count_failed_check(&current) {
                    tracing::error!(error, "{NOT_LOADED}");
                    state.metrics.count_reload(Outcome::Failure);
                }
                // A check that failed has no fingerprint; the watcher counts it instead.
                watcher.needs_load(&state.catalog.load().fingerprint, current.ok())
            }
        };
        if needs_load {
            // Taken before the load: a change during the load is a difference at the next check.
            let fingerprint = current_fingerprint(&state).await.ok();
            let succeeded = reload(&state, load.clone()).await;
            watcher.record_load(fingerprint, succeeded);
        }
    }
}

/// The message of a failed load. Records of a source that was overwritten in place cannot be read any more.
const NOT_LOADED: &str =
    "not loaded: the old records are still served, except those of an overwritten source";

/// The times after which a running load or check is logged.
const PROGRESS_LOG: ProgressLog = ProgressLog {
    first_interval: Duration::from_secs(10),
    max_interval: Duration::from_secs(300),
};

/// Takes the fingerprint of the sources on a thread, as a network file system can block it for a long time.
///
/// # Errors
/// A source cannot be read: it is being replaced at this moment, or has been removed.
async fn current_fingerprint(state: &Arc<ServerState>) -> Result<SourceFingerprint, Error> {
    let state = Arc::clone(state);
    let check = run_on_thread("idq-check", move || {
        SourceFingerprint::of_settings(&state.settings.load)
    });
    PROGRESS_LOG.observe("checking the sources", check).await?
}

/// Runs a load on a thread. Logs its start and, at growing intervals, that it is still running.
pub(crate) async fn run_load<T: Send + 'static>(
    load: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tracing::info!("loading");
    let load = run_on_thread("idq-load", load);
    PROGRESS_LOG.observe("loading", load).await?
}

/// Loads another catalog and logs the outcome. The served one stays in use until the load has succeeded. Returns
/// whether the load succeeded.
async fn reload(
    state: &Arc<ServerState>,
    load: impl FnOnce(&ServerState) -> Result<(), Error> + Send + 'static,
) -> bool {
    let state_of_load = Arc::clone(state);
    let result = run_load(move || load(&state_of_load)).await;
    state.metrics.count_reload(Outcome::from(&result));
    match &result {
        Ok(()) => {
            for served in &state.catalog.load().snapshots {
                let (api, records) = (&*served.api.name, served.engine.snapshot().rows());
                tracing::info!(api, records, "serving the reloaded records");
            }
        }
        Err(error) => {
            let error = message_without_values(error);
            tracing::error!(error, "{NOT_LOADED}");
        }
    }
    result.is_ok()
}

/// Formats an error for the log, without values from the records: those are personal data.
pub(crate) fn message_without_values(error: &Error) -> String {
    match error {
        Error::Load(load) if matches!(*load.kind, LoadErrorKind::Record(_)) => {
            let position = |name: &str, position: Option<u64>| {
                position.map_or_else(String::new, |at| format!(", {name} {at}"))
            };
            let field = load.path.as_ref();
            format!(
                "{}{}{}{}{}: the record cannot be read",
                idq::escape(&load.file),
                position("record", load.record),
                position("line", load.line),
                position("byte", load.offset),
                field.map_or_else(String::new, |field| format!(", field {field}")),
            )
        }
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::sync::mpsc;

    use arc_swap::ArcSwapOption;
    use axum::http::HeaderMap;
    use axum::http::header::AUTHORIZATION;
    use tempfile::TempDir;
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use tokio::task::JoinHandle;

    use super::*;
    use crate::access::tokens::{NewToken, TokenCheck};
    use crate::startup::settings::{Access, Settings};
    use crate::state::initial_tokens;

    /// The reload and renewal tasks of a server. The test controls the duration and the outcome of each load.
    struct ReloadHarness {
        state: Arc<ServerState>,
        token_file: PathBuf,
        hangups: UnboundedSender<()>,
        /// Receives a message when a load begins.
        load_started: UnboundedReceiver<()>,
        /// Ends the running load with this outcome.
        finish_load: mpsc::Sender<Result<(), Error>>,
        tasks: [JoinHandle<()>; 2],
        _folder: TempDir,
    }

    impl ReloadHarness {
        fn new(token: &NewToken) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let dump = folder.path().join("dump.ndjson");
            let record = r#"{"id":"a","state":"active","vendor_id":"v","email":null,"profile":{}}"#;
            fs::write(&dump, record).unwrap();
            let token_file = folder.path().join("tokens");
            fs::write(&token_file, token.file_line()).unwrap();
            let mut settings = Settings::new([dump.to_str().unwrap()]);
            settings.access = Access::TokenFile(token_file.clone());
            settings.load.watch_interval = None;
            settings.threads = 1;
            let (accepted, _) = initial_tokens(&settings).unwrap();
            let state = ServerState::load(settings, ([127, 0, 0, 1], 0).into(), accepted).unwrap();

            let (hangups, simulated) = unbounded_channel();
            let (begin, load_started) = unbounded_channel();
            let (finish_load, outcomes) = mpsc::channel();
            let outcomes = Arc::new(std::sync::Mutex::new(outcomes));
            let load = move |_: &ServerState| {
                begin.send(()).unwrap();
                outcomes.lock().unwrap().recv().unwrap()
            };
            let load_requests = Arc::new(Notify::new());
            let tls = Arc::new(ArcSwapOption::empty());
            let renewal = Renewal::start(Arc::clone(&state), tls).unwrap();
            let hangup_handler = handle_hangups(
                HangupSignal::from_channel(simulated),
                renewal,
                Arc::clone(&load_requests),
            );
            let tasks = [
                tokio::spawn(hangup_handler),
                tokio::spawn(run_reloads(Arc::clone(&state), load_requests, load)),
            ];
            Self {
                state,
                token_file,
                hangups,
                load_started,
                finish_load,
                tasks,
                _folder: folder,
            }
        }

        fn accepts(&self, token: &NewToken) -> bool {
            let mut headers = HeaderMap::new();
            let value = format!("Bearer {}", token.text());
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            let tokens = self.state.tokens.load();
            let check = tokens.as_ref().as_ref().unwrap().check(&headers);
            matches!(check, TokenCheck::Accepted(_))
        }

        /// Replaces the only token, simulates a hangup, and returns once the new token is accepted.
        async fn replace_token(&self, token: &NewToken) {
            fs::write(&self.token_file, token.file_line()).unwrap();
            self.hangups.send(()).unwrap();
            while !self.accepts(token) {
                tokio::task::yield_now().await;
            }
        }

        fn reloads(&self) -> (u64, u64) {
            self.state.metrics.reloads()
        }
    }

    impl Drop for ReloadHarness {
        fn drop(&mut self) {
            self.tasks.iter().for_each(JoinHandle::abort);
        }
    }

    fn new_token() -> NewToken {
        NewToken::generate().unwrap()
    }

    #[tokio::test]
    async fn tokens_revoked_during_a_load_that_hangs_are_rejected() {
        let [first, second, third] = [new_token(), new_token(), new_token()];
        let mut harness = ReloadHarness::new(&first);
        harness.hangups.send(()).unwrap();
        harness.load_started.recv().await.unwrap();
        // The load is still running; later hangups renew the tokens nevertheless.
        harness.replace_token(&second).await;
        assert!(!harness.accepts(&first));
        harness.replace_token(&third).await;
        assert!(!harness.accepts(&second));
        assert_eq!(harness.reloads(), (0, 0));
        harness.finish_load.send(Ok(())).unwrap();
        harness.load_started.recv().await.unwrap();
        harness.finish_load.send(Ok(())).unwrap();
    }

    #[tokio::test]
    async fn hangups_during_a_load_request_one_further_load() {
        let mut token = new_token();
        let mut harness = ReloadHarness::new(&token);
        harness.hangups.send(()).unwrap();
        harness.load_started.recv().await.unwrap();
        for _ in 0..5 {
            // The renewal shows that the hangup has been handled.
            token = new_token();
            harness.replace_token(&token).await;
        }
        harness.finish_load.send(Ok(())).unwrap();
        harness.load_started.recv().await.unwrap();
        harness
            .finish_load
            .send(Err(Error::SourcesChanging))
            .unwrap();
        while harness.reloads() != (1, 1) {
            tokio::task::yield_now().await;
        }
        // No load is pending: the next one follows the next hangup.
        assert!(harness.load_started.try_recv().is_err());
        harness.hangups.send(()).unwrap();
        harness.load_started.recv().await.unwrap();
        harness.finish_load.send(Ok(())).unwrap();
        while harness.reloads() != (2, 1) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn tokens_revoked_after_a_failed_load_are_rejected() {
        let [first, second] = [new_token(), new_token()];
        let mut harness = ReloadHarness::new(&first);
        harness.hangups.send(()).unwrap();
        harness.load_started.recv().await.unwrap();
        harness
            .finish_load
            .send(Err(Error::SourcesChanging))
            .unwrap();
        harness.replace_token(&second).await;
        assert!(!harness.accepts(&first));
        harness.load_started.recv().await.unwrap();
        harness.finish_load.send(Ok(())).unwrap();
    }

    #[tokio::test]
    async fn token_file_that_is_invalid_leaves_the_old_tokens_accepted() {
        let token = new_token();
        let mut harness = ReloadHarness::new(&token);
        fs::write(&harness.token_file, "no hash").unwrap();
        harness.hangups.send(()).unwrap();
        harness.load_started.recv().await.unwrap();
        harness.finish_load.send(Ok(())).unwrap();
        // One failed renewal, one successful load.
        while (harness.reloads(), harness.state.metrics.failed_renewals()) != ((1, 0), 1) {
            tokio::task::yield_now().await;
        }
        assert!(harness.accepts(&token));
    }
}
