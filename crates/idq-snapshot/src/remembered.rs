use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

/// How much is remembered. What is asked without a filter of its own needs one of these.
const ENTRIES: usize = 4;

/// What questions have worked out and later ones may use again. Only who remembers it knows what it is.
#[derive(Debug, Default)]
pub struct Remembered {
    entries: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
}

impl Remembered {
    /// What was remembered, if there is any such thing.
    pub fn find<T: Any + Send + Sync>(&self, is_wanted: impl Fn(&T) -> bool) -> Option<Arc<T>> {
        let entries = self.entries();
        entries
            .iter()
            .filter_map(|entry| Arc::clone(entry).downcast::<T>().ok())
            .find(|entry| is_wanted(entry))
    }

    /// Remembers something, and forgets what has been remembered longest where it is too much.
    pub fn remember<T: Any + Send + Sync>(&self, entry: Arc<T>) {
        let mut entries = self.entries();
        if entries.len() == ENTRIES {
            entries.remove(0);
        }
        entries.push(entry);
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Arc<dyn Any + Send + Sync>>> {
        // Whoever panicked has left nothing half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_by_their_type() {
        let remembered = Remembered::default();
        for number in 0..6_u8 {
            remembered.remember(Arc::new(number));
        }
        assert_eq!(remembered.find(|&number: &u8| number == 1), None);
        assert_eq!(
            remembered.find(|&number: &u8| number > 1),
            Some(Arc::new(2))
        );
        assert_eq!(remembered.find(|_: &u16| true), None);
    }
}
