//! Stage 6, the query pool: CPU-bound queries run on a rayon pool, off the async threads. A bounded number run at the
//! same time, further ones are in a [fair queue](queue), and each is cancelled at its timeout or when its client
//! disconnects.

pub(crate) mod queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use idq::Cancel;
use rayon::ThreadPool;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::query_pool::queue::FairQueue;
use crate::request::client::Client;
use crate::startup::error::Error;
use crate::startup::settings::Limits;
use crate::startup::threads::build_pool;

/// The reason for which a query has no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum QueryError {
    /// The request timeout elapsed.
    TimedOut,
    /// The query panicked.
    Panicked,
    /// The client has the maximum number of queries in the queue.
    TooManyWaiting,
}

/// The default number of running queries for each thread: one that runs, and one that the thread can start without
/// delay once the first has ended.
const RUNNING_QUERIES_PER_THREAD: usize = 2;

/// Runs queries on its own threads.
pub(crate) struct QueryPool {
    queue: FairQueue,
    pool: ThreadPool,
    request_timeout: Duration,
}

impl QueryPool {
    /// Starts the threads; one for each core if `threads` is 0.
    pub(crate) fn new(threads: usize, limits: &Limits) -> Result<Self, Error> {
        let pool = build_pool(threads, "idq-scan")?;
        let max_running = match limits.max_running_queries {
            0 => pool.current_num_threads() * RUNNING_QUERIES_PER_THREAD,
            max_running => max_running,
        };
        Ok(Self {
            queue: FairQueue::new(max_running, limits.max_waiting_per_client),
            pool,
            request_timeout: limits.request_timeout,
        })
    }

    /// Queues a query, runs it on the pool, and returns its result. Dropping the future, or the timeout, sets the
    /// query's [`Cancel`] flag.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        client: Client,
        query: impl FnOnce(Cancel) -> T + Send + 'static,
    ) -> Result<T, QueryError> {
        let cancel = CancelOnDrop(Cancel::new());
        let flag = cancel.0.clone();
        let deadline = Instant::now() + self.request_timeout;
        let result = async {
            let Ok(slot) = self.queue.acquire(client).await else {
                return Err(QueryError::TooManyWaiting);
            };
            let (sender, receiver) = oneshot::channel();
            self.pool.spawn(move || {
                let is_too_late = flag.is_cancelled() || Instant::now() >= deadline;
                let result = (!is_too_late).then(|| catch_unwind(AssertUnwindSafe(|| query(flag))));
                // Freed when the query has ended rather than at its timeout: a cancelled query still uses its thread
                // until it checks the flag.
                drop(slot);
                // The send fails if the client has disconnected.
                let _ = sender.send(result);
            });
            match receiver.await {
                Ok(Some(Ok(result))) => Ok(result),
                Ok(None) => Err(QueryError::TimedOut),
                Ok(Some(Err(_))) | Err(_) => Err(QueryError::Panicked),
            }
        };
        timeout_at(deadline, result)
            .await
            .unwrap_or(Err(QueryError::TimedOut))
    }

    /// Returns the number of queries that could start without waiting.
    #[cfg(test)]
    pub(crate) fn free_slots(&self) -> usize {
        self.queue.lengths().0
    }
}

/// Sets the flag when it is dropped, at the latest with its request.
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

    /// A pool of one thread that runs one query at a time.
    fn pool(max_waiting_per_client: usize, request_timeout: Duration) -> QueryPool {
        let limits = Limits {
            max_running_queries: 1,
            max_waiting_per_client,
            request_timeout,
            ..Limits::default()
        };
        QueryPool::new(1, &limits).unwrap()
    }

    #[tokio::test]
    async fn query_that_exceeds_its_timeout_is_cancelled_and_frees_its_slot() {
        let queries = pool(10, Duration::from_millis(20));
        let (send, receive) = mpsc::channel();
        let result = queries
            .run(Client::Unknown, move |cancel| {
                while !cancel.is_cancelled() {
                    std::thread::yield_now();
                }
                send.send(()).unwrap();
            })
            .await;
        assert_eq!(result, Err(QueryError::TimedOut));
        // The query has ended, and its slot is free for the next one.
        receive.recv_timeout(LONG).unwrap();
        let queries = QueryPool {
            request_timeout: LONG,
            ..queries
        };
        assert_eq!(queries.run(Client::Unknown, |_| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn query_that_panics_fails_alone_and_frees_its_slot() {
        let queries = pool(10, LONG);
        let result = queries
            .run(Client::Unknown, |_| -> u8 { panic!("on purpose") })
            .await;
        assert_eq!(result, Err(QueryError::Panicked));
        assert_eq!(queries.run(Client::Unknown, |_| 1).await, Ok(1));
        assert_eq!(queries.free_slots(), 1);
    }

    #[tokio::test]
    async fn query_of_a_client_with_a_full_queue_is_rejected() {
        let queries = pool(0, LONG);
        let (finish, finished) = mpsc::channel::<()>();
        let first = queries.run(Client::Unknown, move |_| finished.recv().is_ok());
        let mut first = std::pin::pin!(first);
        tokio::select! {
            biased;
            _ = first.as_mut() => panic!("the first query is still running"),
            second = queries.run(Client::Unknown, |_| 1) => {
                assert_eq!(second, Err(QueryError::TooManyWaiting));
            }
        }
        finish.send(()).unwrap();
        assert_eq!(first.await, Ok(true));
    }
}
