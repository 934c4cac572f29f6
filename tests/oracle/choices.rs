//! Choices that a test makes after it has seen the dump.

use proptest::prelude::*;

/// Numbers from which choices are made one after another; then, always the first alternative.
///
/// Fewer and smaller numbers make simpler choices, so that failures shrink.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    numbers: Vec<u32>,
    position: usize,
}

/// Generates choices.
pub(crate) fn choices() -> impl Strategy<Value = Choices> {
    proptest::collection::vec(any::<u32>(), 0..200).prop_map(|numbers| Choices {
        numbers,
        position: 0,
    })
}

impl Choices {
    /// Chooses a number below `count`, which is not 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let number = self.numbers.get(self.position).copied().unwrap_or(0);
        self.position += 1;
        number as usize % count
    }

    /// Chooses yes once in `count` times.
    pub(crate) fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    /// Chooses one of several items.
    pub(crate) fn one<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}
