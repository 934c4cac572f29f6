//! Questions worked on off the async threads: a bounded number at once, the others in a fair queue, none for ever.

pub(crate) mod queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use idq::Cancel;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::query_pool::queue::Queue;
use crate::request::client::Client;
use crate::startup::error::Error;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum QueryError {
    /// It took too long.
    TimedOut,
    /// The work panicked.
    Panicked,
    /// The client has as many questions waiting as it may have.
    TooManyWaiting,
}

/// One that a thread works on, and one that it can take up at once when it is through.
const AT_ONCE_FOR_A_THREAD: usize = 2;

pub(crate) struct QueryPool {
    queue: Queue,
    pool: ThreadPool,
    time: Duration,
}

impl QueryPool {
    pub(crate) fn new(
        threads: usize,
        at_once: usize,
        waiting: usize,
        time: Duration,
    ) -> Result<Self, Error> {
        let pool = pool(threads, "idq-scan")?;
        let at_once = match at_once {
            0 => pool.current_num_threads() * AT_ONCE_FOR_A_THREAD,
            some => some,
        };
        Ok(Self {
            queue: Queue::new(at_once, waiting),
            pool,
            time,
        })
    }

    /// Runs work on the pool's threads. It gets a flag that is set when nobody waits for it any more: its time is over,
    /// or the client has gone.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        client: Client,
        work: impl FnOnce(Cancel) -> T + Send + 'static,
    ) -> Result<T, QueryError> {
        let cancel = CancelOnDrop(Cancel::new());
        let flag = cancel.0.clone();
        let deadline = Instant::now() + self.time;
        let answer = async {
            let Ok(place) = self.queue.place(client).await else {
                return Err(QueryError::TooManyWaiting);
            };
            let (send, receive) = oneshot::channel();
            self.pool.spawn(move || {
                // What comes to its turn too late is not begun.
                if flag.is_cancelled() || Instant::now() >= deadline {
                    drop(place);
                    let _ = send.send(None);
                    return;
                }
                let result = Some(catch_unwind(AssertUnwindSafe(|| work(flag))));
                // Given back when the work is really over, whoever still waits for it.
                drop(place);
                // Nobody may be there any more.
                let _ = send.send(result);
            });
            match receive.await {
                Ok(Some(Ok(answer))) => Ok(answer),
                Ok(None) => Err(QueryError::TimedOut),
                _ => Err(QueryError::Panicked),
            }
        };
        timeout_at(deadline, answer)
            .await
            .unwrap_or(Err(QueryError::TimedOut))
    }

    /// How many questions could be taken up at once.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.queue.lengths().0
    }
}

/// Threads of their own.
pub(crate) fn pool(threads: usize, name: &'static str) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{name}-{index}"))
        .build()
        .map_err(|error| Error::Threads(std::io::Error::other(error)))
}

/// Sets the flag when it goes out of scope: at the latest with the request.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn work_that_takes_too_long_is_cancelled_and_gives_its_place_back() {
        let scans = QueryPool::new(1, 1, 10, Duration::from_millis(20)).unwrap();
        let (send, receive) = mpsc::channel();
        let answer = scans
            .run(Client::Unknown, move |cancel| {
                while !cancel.is_cancelled() {
                    std::thread::yield_now();
                }
                send.send(()).unwrap();
            })
            .await;
        assert_eq!(answer, Err(QueryError::TimedOut));
        // The work itself has ended, and the next one finds the place free.
        receive.recv_timeout(LONG).unwrap();
        let patient = QueryPool {
            time: LONG,
            ..scans
        };
        assert_eq!(patient.run(Client::Unknown, |_| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer() {
        let scans = QueryPool::new(1, 1, 10, LONG).unwrap();
        let answer = scans
            .run(Client::Unknown, |_| -> u8 { panic!("on purpose") })
            .await;
        assert_eq!(answer, Err(QueryError::Panicked));
        assert_eq!(scans.run(Client::Unknown, |_| 1).await, Ok(1));
        assert_eq!(scans.free(), 1);
    }

    #[tokio::test]
    async fn work_of_a_client_with_too_much_waiting_is_refused() {
        let scans = QueryPool::new(1, 1, 0, LONG).unwrap();
        let (go, wait) = mpsc::channel::<()>();
        let first = scans.run(Client::Unknown, move |_| wait.recv().is_ok());
        let mut first = std::pin::pin!(first);
        tokio::select! {
            biased;
            _ = first.as_mut() => panic!("it waits"),
            second = scans.run(Client::Unknown, |_| 1) => {
                assert_eq!(second, Err(QueryError::TooManyWaiting));
            }
        }
        go.send(()).unwrap();
        assert_eq!(first.await, Ok(true));
    }
}
