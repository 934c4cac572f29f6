use std::sync::{Arc, Mutex, PoisonError};

use idq_grammar::Direction;

/// How many orders a snapshot keeps; each takes eight bytes a record.
const KEPT: usize = 16;

/// Every record of a snapshot in some order.
#[derive(Debug, PartialEq, Eq)]
pub struct KeptOrder {
    /// The rows in order; rows that deduplication dropped stand among them.
    pub rows: Vec<u32>,
    /// For each row its place in [`rows`](Self::rows).
    pub places: Vec<u32>,
}

impl KeptOrder {
    /// The order of these rows, which are all rows of a snapshot.
    pub fn new(rows: Vec<u32>) -> Self {
        let mut places = vec![0; rows.len()];
        for (place, &row) in (0..).zip(&rows) {
            places[row as usize] = place;
        }
        Self { rows, places }
    }
}

/// What an order is known by: its fields, by their positions in the API's table, and their directions.
pub type Terms = [(usize, Direction)];

/// The orders that questions have come in, the latest ones kept.
///
/// An order is worked out for the whole snapshot only when it is asked for a second time: a single question is
/// answered faster by selecting its page. Nobody waits for anybody: while one thread works an order out, others go
/// without it, and no lock is held meanwhile.
#[derive(Debug, Default)]
pub struct KeptOrders {
    /// The one that was asked for last stands last.
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    terms: Vec<(usize, Direction)>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// It has been asked for once.
    Seen,
    /// Somebody is working it out.
    UnderWay,
    Kept(Arc<KeptOrder>),
}

/// What there is of an order.
#[derive(Debug)]
pub enum Asked<'k> {
    /// Nothing, and it is not worth working out.
    Nothing,
    /// Nothing yet: whoever gets this works it out.
    Wanted(Wanted<'k>),
    /// All of it.
    Kept(Arc<KeptOrder>),
}

/// The duty to work out an order. Dropping it passes the duty on.
#[derive(Debug)]
pub struct Wanted<'k> {
    keeper: &'k KeptOrders,
    terms: Vec<(usize, Direction)>,
}

impl KeptOrders {
    /// What there is of an order, which is being asked for.
    pub fn ask(&self, terms: &Terms) -> Asked<'_> {
        let mut entries = self.entries();
        let Some(index) = entries.iter().position(|entry| entry.terms == terms) else {
            if entries.len() == KEPT {
                entries.remove(0);
            }
            entries.push(Entry {
                terms: terms.to_vec(),
                state: State::Seen,
            });
            return Asked::Nothing;
        };
        entries[index..].rotate_left(1);
        let Some(entry) = entries.last_mut() else {
            return Asked::Nothing;
        };
        match &entry.state {
            State::Kept(order) => Asked::Kept(Arc::clone(order)),
            State::UnderWay => Asked::Nothing,
            State::Seen => {
                entry.state = State::UnderWay;
                Asked::Wanted(Wanted {
                    keeper: self,
                    terms: terms.to_vec(),
                })
            }
        }
    }

    /// An order, if it is kept; not a use of it.
    pub fn peek(&self, terms: &Terms) -> Option<Arc<KeptOrder>> {
        self.entries().iter().find_map(|entry| match &entry.state {
            State::Kept(order) if entry.terms == terms => Some(Arc::clone(order)),
            _ => None,
        })
    }

    /// Bytes of memory that the kept orders take.
    pub fn memory(&self) -> u64 {
        let bytes = |entry: &Entry| match &entry.state {
            State::Kept(order) => 4 * (order.rows.len() + order.places.len()) as u64,
            _ => 0,
        };
        self.entries().iter().map(bytes).sum()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        // Nothing that holds the lock leaves the entries half changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, terms: &Terms, state: State) {
        // It may have been pushed out meanwhile.
        let mut entries = self.entries();
        if let Some(entry) = entries
            .iter_mut()
            .find(|entry| entry.terms == terms && matches!(entry.state, State::UnderWay))
        {
            entry.state = state;
        }
    }
}

impl Wanted<'_> {
    /// Keeps the order that has been worked out.
    pub fn keep(self, order: Arc<KeptOrder>) {
        self.keeper.set(&self.terms, State::Kept(order));
    }
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        self.keeper.set(&self.terms, State::Seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(field: usize) -> Vec<(usize, Direction)> {
        vec![(field, Direction::Ascending)]
    }

    fn order() -> Arc<KeptOrder> {
        Arc::new(KeptOrder::new(vec![2, 0, 1]))
    }

    #[test]
    fn an_order_is_wanted_at_its_second_use_and_then_kept() {
        let orders = KeptOrders::default();
        assert!(matches!(orders.ask(&terms(1)), Asked::Nothing));
        let Asked::Wanted(wanted) = orders.ask(&terms(1)) else {
            panic!("expected a duty");
        };
        assert!(matches!(orders.ask(&terms(1)), Asked::Nothing));
        wanted.keep(order());
        assert!(matches!(orders.ask(&terms(1)), Asked::Kept(kept) if kept == order()));
        assert_eq!(orders.memory(), 24);
        assert_eq!(order().places, [1, 2, 0]);
        assert!(matches!(orders.ask(&terms(2)), Asked::Nothing));
    }

    #[test]
    fn a_duty_that_is_given_up_is_passed_on() {
        let orders = KeptOrders::default();
        orders.ask(&terms(1));
        drop(orders.ask(&terms(1)));
        assert!(matches!(orders.ask(&terms(1)), Asked::Wanted(_)));
    }

    #[test]
    fn the_order_that_was_used_longest_ago_goes_first() {
        let orders = KeptOrders::default();
        for field in 0..KEPT {
            orders.ask(&terms(field));
            if let Asked::Wanted(wanted) = orders.ask(&terms(field)) {
                wanted.keep(order());
            }
        }
        orders.ask(&terms(0));
        orders.ask(&terms(KEPT));
        assert!(orders.peek(&terms(0)).is_some());
        assert!(orders.peek(&terms(1)).is_none());
        assert!(orders.peek(&terms(2)).is_some());
    }
}
