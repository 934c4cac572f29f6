//! The queue of questions: places for a bounded number at once, given to the waiting clients in turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::request::client::Client;

/// Gives places to clients round robin; a client's own questions are served in the order in which they came.
#[derive(Clone)]
pub(crate) struct Queue {
    state: Arc<Mutex<QueueState>>,
    /// The most questions of one client that wait.
    waiting: usize,
}

/// A place, given back when it goes out of scope.
pub(crate) struct QueuePermit(Queue);

/// A client has as many questions waiting as it may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyWaiting;

struct QueueState {
    free: usize,
    /// The questions that wait, by client; no queue is empty.
    waiting: HashMap<Client, VecDeque<WaitingQuery>>,
    /// The clients with a question that waits, each once, in the order of their turns.
    turns: VecDeque<Client>,
    next: u64,
}

struct WaitingQuery {
    number: u64,
    called: oneshot::Sender<()>,
}

impl Queue {
    /// A queue for this number of places, in which a client has at most `waiting` questions.
    pub(crate) fn new(places: usize, waiting: usize) -> Self {
        let state = QueueState {
            free: places.max(1),
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            next: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            waiting,
        }
    }

    /// Waits for a place. Dropping the future leaves the queue.
    pub(crate) async fn place(&self, client: Client) -> Result<QueuePermit, TooManyWaiting> {
        let mut waiting = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(QueuePermit(self.clone()));
            }
            let (called, calls) = oneshot::channel();
            let number = state.join(client, called, self.waiting)?;
            WaitGuard {
                queue: self,
                client,
                number,
                calls: Some(calls),
            }
        };
        if let Some(calls) = &mut waiting.calls {
            // The sender is dropped only after it has called, or with the queue, which `self` keeps.
            let _ = calls.await;
        }
        waiting.calls = None;
        Ok(QueuePermit(self.clone()))
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        // Nothing that holds the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a place on to the next question, if one waits.
    fn give_back(&self) {
        let mut state = self.state();
        while let Some(ticket) = state.next_ticket() {
            // A question that has been given up meanwhile takes no place.
            if ticket.called.send(()).is_ok() {
                return;
            }
        }
        state.free += 1;
    }

    /// The number of free places, and of questions that wait.
    #[cfg(test)]
    pub(crate) fn lengths(&self) -> (usize, usize) {
        let state = self.state();
        (state.free, state.waiting.values().map(VecDeque::len).sum())
    }
}

impl QueueState {
    fn join(
        &mut self,
        client: Client,
        called: oneshot::Sender<()>,
        most: usize,
    ) -> Result<u64, TooManyWaiting> {
        let number = self.next;
        let waiting = self.waiting.entry(client).or_default();
        if waiting.len() >= most {
            if waiting.is_empty() {
                self.waiting.remove(&client);
            }
            return Err(TooManyWaiting);
        }
        if waiting.is_empty() {
            self.turns.push_back(client);
        }
        waiting.push_back(WaitingQuery { number, called });
        self.next += 1;
        Ok(number)
    }

    /// The first question of the client whose turn it is, which then goes to the end of the turns.
    fn next_ticket(&mut self) -> Option<WaitingQuery> {
        let client = self.turns.pop_front()?;
        let waiting = self.waiting.get_mut(&client)?;
        let ticket = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        ticket
    }

    fn leave(&mut self, client: Client, number: u64) {
        let Some(waiting) = self.waiting.get_mut(&client) else {
            return;
        };
        waiting.retain(|ticket| ticket.number != number);
        if waiting.is_empty() {
            self.waiting.remove(&client);
            self.turns.retain(|other| *other != client);
        }
    }
}

impl Drop for QueuePermit {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// A question that waits, until it is called or given up.
struct WaitGuard<'q> {
    queue: &'q Queue,
    client: Client,
    number: u64,
    /// `None` once the place is taken.
    calls: Option<oneshot::Receiver<()>>,
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        let Some(mut calls) = self.calls.take() else {
            return;
        };
        self.queue.state().leave(self.client, self.number);
        // It may have been called at the same moment: the place goes to the next one.
        calls.close();
        if calls.try_recv().is_ok() {
            self.queue.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Pending<'q> = Pin<Box<dyn Future<Output = Result<QueuePermit, TooManyWaiting>> + 'q>>;

    fn client(number: u8) -> Client {
        Client::Address([127, 0, 0, number].into())
    }

    fn poll(pending: &mut Pending<'_>) -> Option<Result<QueuePermit, TooManyWaiting>> {
        match pending
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    /// Questions of these clients in this order, all of which wait.
    fn waiting<'q>(queue: &'q Queue, clients: &[u8]) -> Vec<(u8, Pending<'q>)> {
        let ask = |&number: &u8| {
            let mut pending: Pending<'q> = Box::pin(queue.place(client(number)));
            assert!(poll(&mut pending).is_none());
            (number, pending)
        };
        clients.iter().map(ask).collect()
    }

    /// The clients in the order in which they get the only place, with the index of each question.
    fn order(first: QueuePermit, mut asked: Vec<(u8, Pending<'_>)>) -> Vec<(u8, usize)> {
        let mut order = Vec::new();
        let mut place = Some(first);
        while place.take().is_some() {
            for (index, (number, pending)) in asked.iter_mut().enumerate() {
                if order.contains(&(*number, index)) {
                    continue;
                }
                if let Some(taken) = poll(pending) {
                    order.push((*number, index));
                    assert!(place.is_none(), "one place is given once");
                    place = taken.ok();
                }
            }
        }
        order
    }

    fn only_place(queue: &Queue) -> QueuePermit {
        let mut pending: Pending<'_> = Box::pin(queue.place(client(9)));
        poll(&mut pending).unwrap().unwrap()
    }

    #[test]
    fn queue_with_twenty_questions_of_one_client_serves_another_client_second() {
        let queue = Queue::new(1, 100);
        let first = only_place(&queue);
        let mut clients = vec![1; 20];
        clients.push(2);
        let asked = waiting(&queue, &clients);
        let order = order(first, asked);
        assert_eq!(order[..3], [(1, 0), (2, 20), (1, 1)]);
        let own: Vec<usize> = order
            .iter()
            .filter(|one| one.0 == 1)
            .map(|one| one.1)
            .collect();
        assert_eq!(own, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn queue_with_several_clients_serves_them_in_turn() {
        let queue = Queue::new(1, 100);
        let first = only_place(&queue);
        let asked = waiting(&queue, &[1, 1, 1, 2, 3, 3, 2, 4]);
        let order: Vec<u8> = order(first, asked).iter().map(|one| one.0).collect();
        assert_eq!(order, [1, 2, 3, 4, 1, 2, 3, 1]);
    }

    #[test]
    fn queue_of_a_client_that_is_full_refuses_that_client_alone() {
        let queue = Queue::new(1, 3);
        let first = only_place(&queue);
        let mut asked = waiting(&queue, &[1, 1, 1]);
        let mut fourth: Pending<'_> = Box::pin(queue.place(client(1)));
        assert!(matches!(poll(&mut fourth), Some(Err(TooManyWaiting))));
        asked.extend(waiting(&queue, &[2]));
        // A question that is given up makes room.
        drop(asked.remove(1));
        asked.extend(waiting(&queue, &[1]));
        let order: Vec<u8> = order(first, asked).iter().map(|one| one.0).collect();
        assert_eq!(order, [1, 2, 1, 1]);
        assert_eq!(queue.lengths(), (1, 0));
    }

    #[test]
    fn queue_with_questions_given_up_keeps_every_place() {
        let queue = Queue::new(2, 100);
        let places = [only_place(&queue), only_place(&queue)];
        let mut asked = waiting(&queue, &[1, 2, 1, 3]);
        // The first two are called, but given up before they have looked.
        drop(places);
        asked.drain(..2);
        assert_eq!(queue.lengths(), (0, 0));
        drop(asked);
        assert_eq!(queue.lengths(), (2, 0));
        // Given up before being called.
        let places = [only_place(&queue), only_place(&queue)];
        drop(waiting(&queue, &[1, 2, 1, 3]));
        assert_eq!(queue.lengths(), (0, 0));
        drop(places);
        assert_eq!(queue.lengths(), (2, 0));
    }
}
