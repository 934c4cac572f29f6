//! Log lines about work that takes long.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

/// When the log says that some work is still under way: each time after twice as long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reminders {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Reminders {
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
