//! Loading anew: when told to, and when a source has been replaced.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use idq::LoadErrorKind;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::error::Error;
use crate::progress::Reminders;
use crate::renewal::Renewal;
use crate::signals::Hangup;
use crate::sources::Fingerprint;
use crate::threads;

/// At each hangup, renews tokens and certificate and asks for a load, for ever. It waits for neither.
pub(crate) async fn heed(mut hangup: Hangup, renewal: Renewal, loads: Arc<Notify>) {
    loop {
        hangup.received().await;
        tracing::info!("told to reload");
        renewal.request();
        // While a load is under way, one more is kept in mind, however many are asked for.
        loads.notify_one();
    }
}

/// Keeps the records that are served up to date, for ever; `load` is how they are loaded.
pub(crate) async fn keep_up(
    app: Arc<App>,
    loads: Arc<Notify>,
    load: impl Fn(&App) -> Result<(), Error> + Clone + Send + 'static,
) {
    let mut ticks = app.settings.dumps.watch.map(interval);
    if let Some(ticks) = &mut ticks {
        // After a load that took long, one look is enough.
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
        let wanted = tokio::select! {
            () = loads.notified() => true,
            // Also where sources are not watched: their pages cannot be read until they are loaded again.
            () = app.stale.notified() => {
                let now = look(&app).await.ok();
                let wanted = watcher.may_succeed(now.as_ref());
                if wanted {
                    tracing::info!("a source has changed: its content, its names or its permissions");
                }
                wanted
            }
            () = tick => {
                let now = look(&app).await;
                if let Some(error) = watcher.has_lost(&now) {
                    tracing::error!(error, "not loaded: the old records are still served");
                    app.metrics.reload(false);
                }
                watcher.has_settled(&app, now.ok())
            }
        };
        if wanted {
            watcher.tried = look(&app).await.ok();
            watcher.failed = !reload(&app, load.clone()).await;
        }
    }
}

/// Intervals between log lines about a load that takes long.
const REMINDERS: Reminders = Reminders {
    first: Duration::from_secs(10),
    longest: Duration::from_secs(300),
};

/// Returns the state of the sources, or why it cannot be read: one is being replaced at this moment, or gone.
pub(crate) async fn look(app: &Arc<App>) -> Result<Fingerprint, Error> {
    let app = Arc::clone(app);
    // A folder on another machine can keep a thread waiting.
    let looking = move || Fingerprint::of_all(&app.settings.dumps);
    let looking = threads::run("idq-look", looking);
    REMINDERS.during("looking at the sources", looking).await?
}

/// Loads on a thread, and logs when it takes long; `work` is what the thread does.
pub(crate) async fn loading<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tracing::info!("loading");
    REMINDERS
        .during("loading", threads::run("idq-load", work))
        .await?
}

/// Loads beside what is served, on other threads, and logs the outcome. Returns whether the load succeeded.
async fn reload(
    app: &Arc<App>,
    load: impl FnOnce(&App) -> Result<(), Error> + Send + 'static,
) -> bool {
    let for_load = Arc::clone(app);
    let result = loading(move || load(&for_load)).await;
    app.metrics.reload(result.is_ok());
    match &result {
        Ok(()) => {
            for mount in &app.served.load().mounts {
                let (api, records) = (&*mount.api.name, mount.snapshot.len());
                tracing::info!(api, records, "serving what was loaded anew");
            }
        }
        Err(error) => {
            let error = described(error);
            tracing::error!(error, "not loaded: the old records are still served");
        }
    }
    result.is_ok()
}

/// Returns the message of an error without values from the records: those are personal data.
fn described(error: &Error) -> String {
    match error {
        Error::Load(load) if matches!(*load.kind, LoadErrorKind::Record(_)) => {
            let place = |name: &str, place: Option<u64>| {
                place.map_or_else(String::new, |at| format!(", {name} {at}"))
            };
            let field = load.path.as_ref();
            format!(
                "{}{}{}{}{}: the record cannot be read",
                idq::escape(&load.file),
                place("record", load.record),
                place("line", load.line),
                place("byte", load.offset),
                field.map_or_else(String::new, |field| format!(", field {field}")),
            )
        }
        error => error.to_string(),
    }
}

/// Finds out when sources have been replaced, and are not written to any more.
#[derive(Default)]
struct Watcher {
    /// What was seen last time.
    seen: Option<Fingerprint>,
    /// What was loaded last, or failed to be.
    tried: Option<Fingerprint>,
    failed: bool,
    /// How often in a row the sources could not be looked at.
    lost: u32,
}

impl Watcher {
    /// What is wrong with the sources, the second time in a row that they cannot be looked at: the first time one may
    /// just be being replaced, and afterwards it has been said.
    fn has_lost(&mut self, now: &Result<Fingerprint, Error>) -> Option<String> {
        let Err(error) = now else {
            self.lost = 0;
            return None;
        };
        self.lost = self.lost.saturating_add(1);
        (self.lost == 2).then(|| described(error))
    }

    /// Whether the sources are others than those served, and the same as when last looked at.
    fn has_settled(&mut self, app: &App, now: Option<Fingerprint>) -> bool {
        let changed = now
            .as_ref()
            .is_some_and(|now| *now != app.served.load().fingerprint);
        let wanted = changed && self.tried != now && self.seen == now;
        self.seen = now;
        wanted
    }

    /// Whether loading could succeed: it has not failed before with the sources as they are now.
    fn may_succeed(&self, now: Option<&Fingerprint>) -> bool {
        !self.failed || self.tried.as_ref() != now
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::sync::mpsc as threads_mpsc;

    use arc_swap::ArcSwapOption;
    use axum::http::HeaderMap;
    use axum::http::header::AUTHORIZATION;
    use tempfile::TempDir;
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use tokio::task::JoinHandle;

    use super::*;
    use crate::app::tokens;
    use crate::settings::{Access, Settings};
    use crate::tokens::{NewToken, Presented};

    /// A server's loads and renewals, in which a test decides how long a load takes and how it ends.
    struct Kept {
        app: Arc<App>,
        token_file: PathBuf,
        hang_up: UnboundedSender<()>,
        /// Gets a word when a load begins.
        begun: UnboundedReceiver<()>,
        /// Ends the load that has begun.
        end: threads_mpsc::Sender<Result<(), Error>>,
        tasks: [JoinHandle<()>; 2],
        _folder: TempDir,
    }

    impl Kept {
        fn new(token: &NewToken) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let dump = folder.path().join("dump.ndjson");
            let record = r#"{"id":"a","state":"active","vendor_id":"v","email":null,"profile":{}}"#;
            fs::write(&dump, record).unwrap();
            let token_file = folder.path().join("tokens");
            fs::write(&token_file, token.file_line()).unwrap();
            let mut settings = Settings::new([dump.to_str().unwrap()]);
            settings.access = Access::TokenFile(token_file.clone());
            settings.dumps.watch = None;
            settings.threads = 1;
            let (accepted, _) = tokens(&settings).unwrap();
            let app = App::load(settings, ([127, 0, 0, 1], 0).into(), accepted).unwrap();

            let (hang_up, given) = unbounded_channel();
            let (begin, begun) = unbounded_channel();
            let (end, ends) = threads_mpsc::channel();
            let ends = Arc::new(std::sync::Mutex::new(ends));
            let load = move |_: &App| {
                begin.send(()).unwrap();
                ends.lock().unwrap().recv().unwrap()
            };
            let loads = Arc::new(Notify::new());
            let tls = Arc::new(ArcSwapOption::empty());
            let renewal = Renewal::start(Arc::clone(&app), tls).unwrap();
            let heeding = heed(Hangup::given(given), renewal, Arc::clone(&loads));
            let tasks = [
                tokio::spawn(heeding),
                tokio::spawn(keep_up(Arc::clone(&app), loads, load)),
            ];
            Self {
                app,
                token_file,
                hang_up,
                begun,
                end,
                tasks,
                _folder: folder,
            }
        }

        fn accepts(&self, token: &NewToken) -> bool {
            let mut headers = HeaderMap::new();
            let value = format!("Bearer {}", token.text());
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            let tokens = self.app.tokens.load();
            let presented = tokens.as_ref().as_ref().unwrap().judge(&headers);
            matches!(presented, Presented::Accepted(_))
        }

        /// Replaces the only token, hangs up, and waits until the new one is accepted.
        async fn replace_token(&self, token: &NewToken) {
            fs::write(&self.token_file, token.file_line()).unwrap();
            self.hang_up.send(()).unwrap();
            while !self.accepts(token) {
                tokio::task::yield_now().await;
            }
        }

        fn reloads(&self) -> (u64, u64) {
            self.app.metrics.reloads()
        }
    }

    impl Drop for Kept {
        fn drop(&mut self) {
            self.tasks.iter().for_each(JoinHandle::abort);
        }
    }

    fn new_token() -> NewToken {
        NewToken::generate().unwrap()
    }

    #[tokio::test]
    async fn tokens_revoked_while_a_load_hangs_are_refused() {
        let [first, second, third] = [new_token(), new_token(), new_token()];
        let mut kept = Kept::new(&first);
        kept.hang_up.send(()).unwrap();
        kept.begun.recv().await.unwrap();
        // This load does not end, and each later hangup renews the tokens all the same.
        kept.replace_token(&second).await;
        assert!(!kept.accepts(&first));
        kept.replace_token(&third).await;
        assert!(!kept.accepts(&second));
        assert_eq!(kept.reloads(), (0, 0));
        kept.end.send(Ok(())).unwrap();
        kept.begun.recv().await.unwrap();
        kept.end.send(Ok(())).unwrap();
    }

    #[tokio::test]
    async fn hangups_during_a_load_ask_for_one_further_load() {
        let mut token = new_token();
        let mut kept = Kept::new(&token);
        kept.hang_up.send(()).unwrap();
        kept.begun.recv().await.unwrap();
        for _ in 0..5 {
            // Each is known to have been heeded by its renewal.
            token = new_token();
            kept.replace_token(&token).await;
        }
        kept.end.send(Ok(())).unwrap();
        kept.begun.recv().await.unwrap();
        kept.end.send(Err(Error::Unsettled)).unwrap();
        while kept.reloads() != (1, 1) {
            tokio::task::yield_now().await;
        }
        // The next load is that of the next hangup.
        assert!(kept.begun.try_recv().is_err());
        kept.hang_up.send(()).unwrap();
        kept.begun.recv().await.unwrap();
        kept.end.send(Ok(())).unwrap();
        while kept.reloads() != (2, 1) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn tokens_revoked_after_a_load_that_failed_are_refused() {
        let [first, second] = [new_token(), new_token()];
        let mut kept = Kept::new(&first);
        kept.hang_up.send(()).unwrap();
        kept.begun.recv().await.unwrap();
        kept.end.send(Err(Error::Unsettled)).unwrap();
        kept.replace_token(&second).await;
        assert!(!kept.accepts(&first));
        kept.begun.recv().await.unwrap();
        kept.end.send(Ok(())).unwrap();
    }

    #[tokio::test]
    async fn tokens_that_cannot_be_read_leave_the_old_ones_accepted() {
        let token = new_token();
        let mut kept = Kept::new(&token);
        fs::write(&kept.token_file, "no hash").unwrap();
        kept.hang_up.send(()).unwrap();
        kept.begun.recv().await.unwrap();
        kept.end.send(Ok(())).unwrap();
        // One failure of the renewal, one load.
        while (kept.reloads(), kept.app.metrics.failed_renewals()) != ((1, 0), 1) {
            tokio::task::yield_now().await;
        }
        assert!(kept.accepts(&token));
    }
}
