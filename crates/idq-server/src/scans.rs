//! Questions worked on off the async threads: so many at once, the others in the order they came, none for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use idq::Cancel;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::error::Error;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It took too long.
    TimedOut,
    /// The work panicked.
    Panicked,
}

/// One that a thread works on, and one that it can take up at once when it is through.
const AT_ONCE_FOR_A_THREAD: usize = 2;

pub(crate) struct Scans {
    /// Tokio's semaphore is fair: first come, first served.
    permits: Arc<Semaphore>,
    pool: ThreadPool,
    time: Duration,
}

impl Scans {
    pub(crate) fn new(threads: usize, at_once: usize, time: Duration) -> Result<Self, Error> {
        let pool = pool(threads, "idq-scan")?;
        let at_once = match at_once {
            0 => pool.current_num_threads() * AT_ONCE_FOR_A_THREAD,
            some => some,
        };
        Ok(Self {
            permits: Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
            pool,
            time,
        })
    }

    /// Runs work on the pool's threads. It gets a flag that is set when nobody waits for it any more: its time is over,
    /// or the client has gone.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Cancel) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let cancel = CancelOnDrop(Cancel::new());
        let flag = cancel.0.clone();
        let deadline = Instant::now() + self.time;
        let answer = async {
            let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else {
                return Err(Unanswered::Panicked);
            };
            let (send, receive) = oneshot::channel();
            self.pool.spawn(move || {
                // What comes to its turn too late is not begun.
                if flag.is_cancelled() || Instant::now() >= deadline {
                    let _ = send.send(None);
                    return;
                }
                let result = Some(catch_unwind(AssertUnwindSafe(|| work(flag))));
                // Given back when the work is really over, whoever still waits for it.
                drop(permit);
                // Nobody may be there any more.
                let _ = send.send(result);
            });
            match receive.await {
                Ok(Some(Ok(answer))) => Ok(answer),
                Ok(None) => Err(Unanswered::TimedOut),
                _ => Err(Unanswered::Panicked),
            }
        };
        timeout_at(deadline, answer)
            .await
            .unwrap_or(Err(Unanswered::TimedOut))
    }

    /// Runs work here that takes no longer than handing it to another thread, unless others wait for their turn.
    pub(crate) async fn run_quick<T: Send + 'static>(
        &self,
        work: impl FnOnce(Cancel) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        match self.permits.try_acquire() {
            Ok(_permit) => catch_unwind(AssertUnwindSafe(|| work(Cancel::new())))
                .map_err(|_| Unanswered::Panicked),
            Err(_) => self.run(work).await,
        }
    }

    /// How many questions could be taken up at once.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.permits.available_permits()
    }
}

/// Threads of their own.
pub(crate) fn pool(threads: usize, name: &'static str) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{name}-{index}"))
        .build()
        .map_err(|error| Error::System(std::io::Error::other(error)))
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
        let scans = Scans::new(1, 1, Duration::from_millis(20)).unwrap();
        let (send, receive) = mpsc::channel();
        let answer = scans
            .run(move |cancel| {
                while !cancel.is_cancelled() {
                    std::thread::yield_now();
                }
                send.send(()).unwrap();
            })
            .await;
        assert_eq!(answer, Err(Unanswered::TimedOut));
        // The work itself has ended, and the next one finds the place free.
        receive.recv_timeout(LONG).unwrap();
        let patient = Scans {
            time: LONG,
            ..scans
        };
        assert_eq!(patient.run(|_| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer() {
        let scans = Scans::new(1, 1, LONG).unwrap();
        let answer = scans.run(|_| -> u8 { panic!("on purpose") }).await;
        assert_eq!(answer, Err(Unanswered::Panicked));
        let answer = scans.run_quick(|_| -> u8 { panic!("on purpose") }).await;
        assert_eq!(answer, Err(Unanswered::Panicked));
        assert_eq!(scans.run(|_| 1).await, Ok(1));
        assert_eq!(scans.free(), 1);
    }

    #[tokio::test]
    async fn the_first_to_come_is_the_first_to_be_answered() {
        let scans = Arc::new(Scans::new(2, 1, LONG).unwrap());
        let (go, wait) = mpsc::channel::<()>();
        let (said, order) = mpsc::channel();
        let blocker = Arc::clone(&scans);
        let blocker = tokio::spawn(async move { blocker.run(move |_| wait.recv().is_ok()).await });
        while scans.free() > 0 {
            tokio::task::yield_now().await;
        }
        let mut waiting = Vec::new();
        for number in 0..20 {
            let (scans, said) = (Arc::clone(&scans), said.clone());
            waiting.push(tokio::spawn(async move {
                scans.run(move |_| said.send(number).unwrap()).await
            }));
            // Lets it take its place in the queue.
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();
        blocker.await.unwrap().unwrap();
        for one in waiting {
            one.await.unwrap().unwrap();
        }
        drop(said);
        assert_eq!(
            order.iter().collect::<Vec<i32>>(),
            (0..20).collect::<Vec<_>>()
        );
    }
}
