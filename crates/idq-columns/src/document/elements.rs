//! [`Elements`]: the elements of the arrays at one path, over which the conditions of a value path are evaluated.

use hashbrown::HashMap;

use super::path::DocumentValue;
use super::{DocumentColumn, DocumentPath, ValueKind};
use crate::RowSet;
use crate::bitmap::BitmapBuilder;

/// The elements at a path of a document column: those of the arrays at the path, or the value itself where it is no
/// array. Null is no element.
///
/// ```
/// use idq_columns::{DocumentBuilder, ElementNumber, Elements, ValueKind, ValueState};
///
/// // {"emails": [{"type": "work"}, {"type": "home"}]}
/// let mut builder = DocumentBuilder::new();
/// let emails = builder.enter(DocumentBuilder::ROOT, "emails");
/// for kind in ["work", "home"] {
///     let element = builder.number_element(emails);
///     let path = builder.enter(emails, "type");
///     builder.add(path, ValueKind::String, kind, &[element]);
/// }
/// builder.end_row(ValueState::Present);
/// let column = builder.finish();
/// let elements = Elements::of_rows(&column, &["emails"]);
/// assert_eq!(elements.len(), 2);
/// let work = elements.select(&["type"], |value| value.original == b"work");
/// assert_eq!(work.set_indices().collect::<Vec<_>>(), [0]);
/// assert_eq!(elements.owners(&work).count_set_bits(), 1);
/// ```
#[derive(Debug)]
pub struct Elements<'c> {
    column: &'c DocumentColumn,
    keys: Vec<String>,
    /// For each element the row or the outer element that contains it.
    owners: Vec<u32>,
    /// The number of rows, or of outer elements.
    owner_count: usize,
    /// The number of each element, by its row and its element numbers up to the path's level.
    numbers: HashMap<ElementKey, u32>,
}

/// The row of an element, and its numbers at each level up to that of its path.
type ElementKey = (u32, Box<[u32]>);

impl<'c> Elements<'c> {
    /// Finds the elements at a path of each row.
    pub fn of_rows<K: AsRef<str>>(column: &'c DocumentColumn, keys: &[K]) -> Self {
        let keys = keys.iter().map(|key| key.as_ref().to_owned()).collect();
        Self::new(column, keys, column.len(), |row, _| Some(row as u32))
    }

    /// Finds the elements at a path that starts at these elements.
    pub fn below<K: AsRef<str>>(&self, keys: &[K]) -> Self {
        let keys = self.full_keys(keys);
        let level = self.level();
        Self::new(self.column, keys, self.len(), |row, numbers| {
            let key = (row as u32, numbers[..=level].into());
            self.numbers.get(&key).copied()
        })
    }

    /// Finds elements; `owner` returns the owner of a value by its row and its number at each level.
    fn new(
        column: &'c DocumentColumn,
        keys: Vec<String>,
        owner_count: usize,
        owner: impl Fn(usize, &[u32]) -> Option<u32>,
    ) -> Self {
        let mut elements = Self {
            column,
            keys,
            owners: Vec::new(),
            owner_count,
            numbers: HashMap::new(),
        };
        let level = elements.level();
        if let Some(path) = column.path(&elements.keys) {
            let is_below = column.is_below(path.index());
            // Null and an empty array have no element. Values further below are in one.
            let kinds = path.texts().map(|text| text.kind);
            let is_element: Vec<bool> = kinds
                .map(|kind| !matches!(kind, ValueKind::Null | ValueKind::EmptyArray))
                .collect();
            for index in (path.index()..column.path_count()).filter(|&index| is_below[index]) {
                visit_values(&column.path_at(index), level, |text, row, numbers| {
                    if index == path.index() && is_element.get(text) != Some(&true) {
                        return;
                    }
                    let next = elements.owners.len() as u32;
                    let key = (row as u32, numbers[..=level].into());
                    if let Some(owner) = owner(row, numbers)
                        && *elements.numbers.entry(key).or_insert(next) == next
                    {
                        elements.owners.push(owner);
                    }
                });
            }
        }
        elements
    }

    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// Returns whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// Returns the elements with a value at a path, which starts at the element, that passes a test.
    pub fn select<K: AsRef<str>>(
        &self,
        keys: &[K],
        test: impl Fn(&DocumentValue<'c>) -> bool,
    ) -> RowSet {
        let mut selected = BitmapBuilder::zeros(self.len());
        if let Some(path) = self.column.path(&self.full_keys(keys)) {
            self.select_at(&path, &test, &mut selected);
        }
        selected.finish()
    }

    /// Returns the elements with a value at a path, which starts at the element, or below it, that passes a test.
    pub fn select_below<K: AsRef<str>>(
        &self,
        keys: &[K],
        test: impl Fn(&DocumentValue<'c>) -> bool,
    ) -> RowSet {
        let mut selected = BitmapBuilder::zeros(self.len());
        if let Some(path) = self.column.path(&self.full_keys(keys)) {
            let is_below = self.column.is_below(path.index());
            for index in (0..self.column.path_count()).filter(|&index| is_below[index]) {
                self.select_at(&self.column.path_at(index), &test, &mut selected);
            }
        }
        selected.finish()
    }

    /// Adds the elements with a value of a path that passes a test.
    fn select_at(
        &self,
        path: &DocumentPath<'c>,
        test: &impl Fn(&DocumentValue<'c>) -> bool,
        selected: &mut BitmapBuilder,
    ) {
        let passes: Vec<bool> = path.texts().map(|text| test(&text)).collect();
        let level = self.level();
        visit_values(path, level, |text, row, numbers| {
            if passes.get(text) == Some(&true)
                && let Some(&element) = self.numbers.get(&(row as u32, numbers[..=level].into()))
            {
                selected.set(element as usize);
            }
        });
    }

    /// Returns the rows, or outer elements, that contain one of the elements of a set.
    pub fn owners(&self, elements: &RowSet) -> RowSet {
        let mut owners = BitmapBuilder::zeros(self.owner_count);
        for element in elements.set_indices() {
            owners.set(self.owners[element] as usize);
        }
        owners.finish()
    }

    /// Returns the number of keys of the path.
    fn level(&self) -> usize {
        self.keys.len()
    }

    /// Returns the keys of a path that starts at an element, from the document.
    fn full_keys<K: AsRef<str>>(&self, keys: &[K]) -> Vec<String> {
        let below = keys.iter().map(|key| key.as_ref().to_owned());
        self.keys.iter().cloned().chain(below).collect()
    }
}

/// Calls `visit` with each value of a path: the position of its text, its row, and its number at each level from 0 to
/// at least `level`.
fn visit_values(
    path: &DocumentPath<'_>,
    level: usize,
    mut visit: impl FnMut(usize, usize, &[u32]),
) {
    let numbers = path.element_numbers();
    let last = numbers.levels.last().map_or(0, |&level| level as usize);
    let mut by_level = vec![0; level.max(last) + 1];
    for (position, (row, text)) in path.occurrences().enumerate() {
        if !numbers.levels.is_empty() {
            for (&level, &number) in numbers.levels.iter().zip(numbers.of(position)) {
                by_level[level as usize] = number;
            }
        }
        visit(text, row, &by_level);
    }
}
