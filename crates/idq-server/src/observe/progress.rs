//! Log lines about work that takes long, at exponentially growing intervals.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

/// The intervals at which running work is logged: each is twice the previous one, up to a maximum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProgressLog {
    /// The time until the first line.
    pub(crate) first_interval: Duration,
    /// The upper bound of all intervals.
    pub(crate) max_interval: Duration,
}

impl ProgressLog {
    /// Returns the result of `work`, and logs at the end of each interval that it is still running.
    pub(crate) async fn observe<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let started = Instant::now();
        let mut interval = self.first_interval;
        loop {
            match timeout(interval, work.as_mut()).await {
                Ok(result) => return result,
                Err(_) => {
                    let seconds = started.elapsed().as_secs();
                    tracing::warn!("still {name} after {seconds} s");
                    interval = (2 * interval).min(self.max_interval);
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

    /// A log in memory.
    #[derive(Clone, Default)]
    struct LogBuffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for LogBuffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn work_that_takes_several_intervals_is_logged_at_each() {
        let log = LogBuffer::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let progress = ProgressLog {
            first_interval: Duration::from_micros(100),
            max_interval: Duration::from_millis(1),
        };
        let logged = || {
            let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
            log.matches("still loading after 0 s").count()
        };
        // Completes at the third line.
        let work = async {
            while logged() < 3 {
                tokio::task::yield_now().await;
            }
            7
        };
        assert_eq!(progress.observe("loading", work).await, 7);
        assert_eq!(logged(), 3);
        // Work that completes within the first interval is not logged.
        assert_eq!(progress.observe("loading", async { 8 }).await, 8);
        assert_eq!(logged(), 3);
    }
}
