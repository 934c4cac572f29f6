//! Fair queueing: a bounded number of slots, given to waiting clients round robin. A client's own queries are served in
//! the order of their arrival, so however many one client sends, they delay another client by one query at a time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::request::client::Client;

/// A round-robin queue for query slots. Clones share one queue.
#[derive(Clone)]
pub(crate) struct FairQueue {
    state: Arc<Mutex<QueueState>>,
    /// The maximum number of waiting queries of one client.
    max_waiting: usize,
}

/// The right to run a query. Dropping it passes it on to the next waiting query.
pub(crate) struct QuerySlot(FairQueue);

/// The client has the maximum number of waiting queries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyWaiting;

/// The state under the queue's lock.
struct QueueState {
    /// The number of slots that no query has. It is 0 while any query waits.
    free_slots: usize,
    /// The waiting queries of each client. No value is empty.
    waiting: HashMap<Client, VecDeque<WaitingQuery>>,
    /// The clients with a waiting query, each once, in the order of their turns.
    turns: VecDeque<Client>,
    /// The number of the next query: identifies it within its client's queue.
    next_number: u64,
}

/// A waiting query, as the queue sees it.
struct WaitingQuery {
    number: u64,
    /// Notified when the query is granted a slot.
    granted: oneshot::Sender<()>,
}

impl FairQueue {
    /// Creates a queue for `slots` slots, in which each client has at most `max_waiting` waiting queries.
    pub(crate) fn new(slots: usize, max_waiting: usize) -> Self {
        let state = QueueState {
            free_slots: slots.max(1),
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            next_number: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            max_waiting,
        }
    }

    /// Acquires a slot, in the client's turn. Dropping the future leaves the queue.
    pub(crate) async fn acquire(&self, client: Client) -> Result<QuerySlot, TooManyWaiting> {
        let mut guard = {
            let mut state = self.lock();
            if state.free_slots > 0 {
                state.free_slots -= 1;
                return Ok(QuerySlot(self.clone()));
            }
            let (granted, grant) = oneshot::channel();
            let number = state.enqueue(client, granted, self.max_waiting)?;
            WaitGuard {
                queue: self,
                client,
                number,
                grant: Some(grant),
            }
        };
        if let Some(grant) = &mut guard.grant {
            // An error is impossible: the sender lives in the queue, which `self` keeps, until it has sent.
            let _ = grant.await;
        }
        guard.grant = None;
        Ok(QuerySlot(self.clone()))
    }

    /// Locks the state. The lock is held for a few operations on maps, never while waiting.
    fn lock(&self) -> MutexGuard<'_, QueueState> {
        // No code panics between two changes under the lock, so the state is consistent after a poisoning.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a slot on to the next waiting query, or frees it.
    fn release_slot(&self) {
        let mut state = self.lock();
        while let Some(query) = state.dequeue() {
            // The send fails if the query was dropped at this moment: the next one is tried.
            if query.granted.send(()).is_ok() {
                return;
            }
        }
        state.free_slots += 1;
    }

    /// Returns the numbers of free slots and of waiting queries.
    #[cfg(test)]
    pub(crate) fn lengths(&self) -> (usize, usize) {
        let state = self.lock();
        let waiting = state.waiting.values().map(VecDeque::len).sum();
        (state.free_slots, waiting)
    }
}

impl QueueState {
    /// Appends a query to its client's queue and returns its number.
    fn enqueue(
        &mut self,
        client: Client,
        granted: oneshot::Sender<()>,
        max_waiting: usize,
    ) -> Result<u64, TooManyWaiting> {
        let number = self.next_number;
        let waiting = self.waiting.entry(client).or_default();
        if waiting.len() >= max_waiting {
            if waiting.is_empty() {
                self.waiting.remove(&client);
            }
            return Err(TooManyWaiting);
        }
        if waiting.is_empty() {
            self.turns.push_back(client);
        }
        waiting.push_back(WaitingQuery { number, granted });
        self.next_number += 1;
        Ok(number)
    }

    /// Removes the oldest query of the client whose turn it is, and moves that client to the end of the turns.
    fn dequeue(&mut self) -> Option<WaitingQuery> {
        let client = self.turns.pop_front()?;
        let waiting = self.waiting.get_mut(&client)?;
        let query = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        query
    }

    /// Removes a query, and its client's turn if it was the only one.
    ///
    /// Linear in the client's queue, whose length is bounded, and in the number of waiting clients.
    fn remove(&mut self, client: Client, number: u64) {
        let Some(waiting) = self.waiting.get_mut(&client) else {
            return;
        };
        waiting.retain(|query| query.number != number);
        if waiting.is_empty() {
            self.waiting.remove(&client);
            self.turns.retain(|other| *other != client);
        }
    }
}

impl Drop for QuerySlot {
    fn drop(&mut self) {
        self.0.release_slot();
    }
}

/// Removes a waiting query from the queue when its future is dropped.
struct WaitGuard<'q> {
    queue: &'q FairQueue,
    client: Client,
    number: u64,
    /// `None` once the slot has been taken.
    grant: Option<oneshot::Receiver<()>>,
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        let Some(mut grant) = self.grant.take() else {
            return;
        };
        self.queue.lock().remove(self.client, self.number);
        // A slot may have been granted at the same moment. Closing first makes the outcome final: either the grant is
        // received here and passed on, or its sender fails and tries the next query.
        grant.close();
        if grant.try_recv().is_ok() {
            self.queue.release_slot();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    type PendingSlot<'q> = Pin<Box<dyn Future<Output = Result<QuerySlot, TooManyWaiting>> + 'q>>;

    fn client(number: u8) -> Client {
        Client::Address([127, 0, 0, number].into())
    }

    fn poll(pending: &mut PendingSlot<'_>) -> Option<Result<QuerySlot, TooManyWaiting>> {
        match pending
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(slot) => Some(slot),
            Poll::Pending => None,
        }
    }

    /// Queues queries of these clients in this order.
    fn enqueue<'q>(queue: &'q FairQueue, clients: &[u8]) -> Vec<(u8, PendingSlot<'q>)> {
        let enqueue = |&number: &u8| {
            let mut pending: PendingSlot<'q> = Box::pin(queue.acquire(client(number)));
            assert!(poll(&mut pending).is_none());
            (number, pending)
        };
        clients.iter().map(enqueue).collect()
    }

    /// Returns the clients in the order in which they get the only slot, with the index of each query.
    fn service_order(
        first: QuerySlot,
        mut waiting: Vec<(u8, PendingSlot<'_>)>,
    ) -> Vec<(u8, usize)> {
        let mut order = Vec::new();
        let mut slot = Some(first);
        while slot.take().is_some() {
            for (index, (number, pending)) in waiting.iter_mut().enumerate() {
                if order.contains(&(*number, index)) {
                    continue;
                }
                if let Some(acquired) = poll(pending) {
                    order.push((*number, index));
                    assert!(slot.is_none(), "the slot was given twice");
                    slot = acquired.ok();
                }
            }
        }
        order
    }

    fn only_slot(queue: &FairQueue) -> QuerySlot {
        let mut pending: PendingSlot<'_> = Box::pin(queue.acquire(client(9)));
        poll(&mut pending).unwrap().unwrap()
    }

    #[test]
    fn queue_with_twenty_queries_of_one_client_serves_another_client_second() {
        let queue = FairQueue::new(1, 100);
        let first = only_slot(&queue);
        let mut clients = vec![1; 20];
        clients.push(2);
        let waiting = enqueue(&queue, &clients);
        let order = service_order(first, waiting);
        assert_eq!(order[..3], [(1, 0), (2, 20), (1, 1)]);
        let own: Vec<usize> = order
            .iter()
            .filter(|served| served.0 == 1)
            .map(|served| served.1)
            .collect();
        assert_eq!(own, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn queue_with_several_clients_serves_them_in_turn() {
        let queue = FairQueue::new(1, 100);
        let first = only_slot(&queue);
        let waiting = enqueue(&queue, &[1, 1, 1, 2, 3, 3, 2, 4]);
        let order: Vec<u8> = service_order(first, waiting)
            .iter()
            .map(|served| served.0)
            .collect();
        assert_eq!(order, [1, 2, 3, 4, 1, 2, 3, 1]);
    }

    #[test]
    fn queue_of_one_client_that_is_full_rejects_that_client_only() {
        let queue = FairQueue::new(1, 3);
        let first = only_slot(&queue);
        let mut waiting = enqueue(&queue, &[1, 1, 1]);
        let mut fourth: PendingSlot<'_> = Box::pin(queue.acquire(client(1)));
        assert!(matches!(poll(&mut fourth), Some(Err(TooManyWaiting))));
        waiting.extend(enqueue(&queue, &[2]));
        // A query that is dropped makes room.
        drop(waiting.remove(1));
        waiting.extend(enqueue(&queue, &[1]));
        let order: Vec<u8> = service_order(first, waiting)
            .iter()
            .map(|served| served.0)
            .collect();
        assert_eq!(order, [1, 2, 1, 1]);
        assert_eq!(queue.lengths(), (1, 0));
    }

    #[test]
    fn queue_with_dropped_queries_frees_their_slots() {
        let queue = FairQueue::new(2, 100);
        let slots = [only_slot(&queue), only_slot(&queue)];
        let mut waiting = enqueue(&queue, &[1, 2, 1, 3]);
        // The first two are granted a slot, but dropped before they are polled.
        drop(slots);
        waiting.drain(..2);
        assert_eq!(queue.lengths(), (0, 0));
        drop(waiting);
        assert_eq!(queue.lengths(), (2, 0));
        // Queries dropped before they are granted a slot.
        let slots = [only_slot(&queue), only_slot(&queue)];
        drop(enqueue(&queue, &[1, 2, 1, 3]));
        assert_eq!(queue.lengths(), (0, 0));
        drop(slots);
        assert_eq!(queue.lengths(), (2, 0));
    }
}
