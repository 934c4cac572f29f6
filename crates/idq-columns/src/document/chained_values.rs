//! The first values of each path, up to 16 and none in an array, in one list for all paths of a chunk: a linked list
//! for each path, in which a value has the position of the previous one.
//!
//! Documents whose keys are data have thousands of paths with a value or two each. A dictionary of its own for each of
//! them would take more time and memory than the values.

use super::ValueKind;
use crate::encoding::strings::StringArena;

/// The maximum number of values of a path in the list. Encoding compares them pairwise.
const MAX_VALUES: usize = 16;

/// The values of all paths, in the order in which they were added. Those that were removed or copied remain.
#[derive(Debug, Default)]
pub(super) struct ChainedValues {
    values: Vec<ChainedValue>,
    /// The text of each value.
    texts: StringArena,
}

/// A value in the list.
#[derive(Debug)]
struct ChainedValue {
    row: u32,
    kind: ValueKind,
    /// The position of the previous value of the path, if there is one.
    previous: u32,
}

/// The values of one path in the list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PathChain {
    /// The position of the last value, if there is one.
    last: u32,
    count: u8,
}

/// The values of one path, encoded. It is kept from path to path for its allocations.
#[derive(Debug, Default)]
pub(super) struct EncodedChain {
    /// The row of each value.
    pub(super) rows: Vec<u32>,
    /// The distinct texts, each with its terminator.
    pub(super) texts: Vec<u8>,
    /// For each value the position of its text.
    codes: Vec<u8>,
}

impl EncodedChain {
    /// Returns for each value the position of its text; `None` for fewer than two values.
    pub(super) fn codes(&self) -> Option<&[u8]> {
        (self.codes.len() > 1).then_some(&self.codes)
    }
}

impl PathChain {
    /// Returns whether there is no value.
    pub(super) fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Returns whether there is no place for another value.
    pub(super) fn is_full(self) -> bool {
        usize::from(self.count) == MAX_VALUES
    }
}

impl ChainedValues {
    /// Adds a value to those of a path, which must not be full.
    #[inline]
    pub(super) fn push(&mut self, path: &mut PathChain, row: u32, kind: ValueKind, text: &str) {
        let position = self.values.len() as u32;
        self.values.push(ChainedValue {
            row,
            kind,
            previous: path.last,
        });
        self.texts.push(text);
        path.last = position;
        path.count += 1;
    }

    /// Removes the last value of a path. Its text stays in the list.
    pub(super) fn pop(&self, path: &mut PathChain) {
        if path.count > 0 {
            path.last = self.values[path.last as usize].previous;
            path.count -= 1;
        }
    }

    /// Calls a function with the row, the kind and the text of each value of a path, in the order in which they were
    /// added.
    pub(super) fn for_each(&self, path: PathChain, mut read: impl FnMut(u32, ValueKind, &str)) {
        let mut positions = [0; MAX_VALUES];
        for &position in self.positions(path, &mut positions) {
            let value = &self.values[position];
            read(value.row, value.kind, self.texts.text(position));
        }
    }

    /// Encodes the values of a path: the texts as a dictionary.
    pub(super) fn encode(&self, path: PathChain, encoded: &mut EncodedChain) {
        encoded.rows.clear();
        encoded.texts.clear();
        encoded.codes.clear();
        let mut positions = [0; MAX_VALUES];
        let (mut distinct, mut distinct_count) = ([0; MAX_VALUES], 0);
        for &position in self.positions(path, &mut positions) {
            let (kind, text) = (self.values[position].kind, self.texts.get(position));
            let is_same = |&at: &usize| self.values[at].kind == kind && self.texts.get(at) == text;
            let code = distinct[..distinct_count].iter().position(is_same);
            let code = code.unwrap_or_else(|| {
                distinct[distinct_count] = position;
                distinct_count += 1;
                encoded.texts.extend_from_slice(text);
                encoded.texts.push(kind.terminator());
                distinct_count - 1
            });
            encoded.rows.push(self.values[position].row);
            encoded.codes.push(code as u8);
        }
    }

    /// Returns the positions of the values of a path in the order in which they were added.
    fn positions<'p>(
        &self,
        path: PathChain,
        positions: &'p mut [usize; MAX_VALUES],
    ) -> &'p [usize] {
        let positions = &mut positions[..path.count.into()];
        let mut at = path.last as usize;
        for position in positions.iter_mut().rev() {
            *position = at;
            at = self.values[at].previous as usize;
        }
        positions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_paths_in_turn_are_those_of_each_path() {
        let mut chained = ChainedValues::default();
        let mut paths = [PathChain::default(); 3];
        for row in 0..48 {
            let text = (row / 6).to_string();
            chained.push(&mut paths[row as usize % 3], row, ValueKind::Number, &text);
            chained.push(&mut paths[0], row, ValueKind::String, "twice");
            chained.pop(&mut paths[0]);
        }
        assert!(paths.iter().all(|path| path.is_full()));
        let mut encoded = EncodedChain::default();
        chained.encode(paths[1], &mut encoded);
        assert_eq!(
            encoded.rows,
            (0..16).map(|value| value * 3 + 1).collect::<Vec<_>>()
        );
        let codes: Vec<u8> = (0..16).map(|value| value / 2).collect();
        assert_eq!(encoded.codes(), Some(&codes[..]));
        let mut texts = Vec::new();
        chained.for_each(paths[0], |row, _, text| texts.push((row, text.to_owned())));
        assert_eq!(texts.len(), 16);
        assert_eq!(texts[15], (45, "7".to_owned()));
        while !paths[2].is_empty() {
            chained.pop(&mut paths[2]);
        }
        chained.encode(paths[2], &mut encoded);
        assert!(encoded.rows.is_empty() && encoded.texts.is_empty() && encoded.codes().is_none());
    }
}
