//! Log lines about work that takes long.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

/// When the log says that some work is still under way: each time after twice as long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProgressLog {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl ProgressLog {
    /// Waits for some work, and logs that it is still under way now and then.
    pub(crate) async fn during<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let started = Instant::now();
        let mut wait = self.first;
        loop {
            match timeout(wait, work.as_mut()).await {
                Ok(result) => return result,
                Err(_) => {
                    let seconds = started.elapsed().as_secs();
                    tracing::warn!("still {name} after {seconds} s");
                    wait = (2 * wait).min(self.longest);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A log that a test reads.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn work_that_takes_long_is_logged_again_and_again() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let reminders = ProgressLog {
            first: Duration::from_micros(100),
            longest: Duration::from_millis(1),
        };
        let lines = || {
            let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
            log.matches("still loading after 0 s").count()
        };
        // Ends once it has been logged three times.
        let work = async {
            while lines() < 3 {
                tokio::task::yield_now().await;
            }
            7
        };
        assert_eq!(reminders.during("loading", work).await, 7);
        assert_eq!(lines(), 3);
        // QueryStats that is done at once is not logged.
        assert_eq!(reminders.during("loading", async { 8 }).await, 8);
        assert_eq!(lines(), 3);
    }
}
