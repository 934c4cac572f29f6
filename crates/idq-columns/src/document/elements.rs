//! [`Elements`]: the elements of the arrays at one path, over which the conditions of a value path are evaluated.
//!
//! Most arrays hold objects with the same members, so that the paths below the array have one value for each element,
//! in one order. Such paths are *aligned*: the position of a value is that of its element. Other paths below the array
//! have a list of the positions, which is computed once. Where there is no aligned path, a value finds its element by
//! an id.

use std::cell::OnceCell;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

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
/// let work = elements.select(&["type"], |path| path.texts_where(|value| value.original == b"work"));
/// assert_eq!(work.set_indices().collect::<Vec<_>>(), [0]);
/// assert_eq!(elements.owners(&work).count_set_bits(), 1);
/// ```
#[derive(Debug)]
pub struct Elements<'c> {
    column: &'c DocumentColumn,
    keys: Vec<String>,
    layout: Layout<'c>,
    /// The number of rows, or of outer elements.
    owner_count: usize,
}

/// The representation of the elements.
#[derive(Debug)]
enum Layout<'c> {
    /// The elements are the values of a path.
    Aligned {
        base: DocumentPath<'c>,
        aligned: Arc<AlignedPaths>,
        /// The id of each element, ascending; computed when a path that is not aligned is read.
        ids: OnceCell<Vec<ElementId>>,
    },
    /// The elements have these ids, ascending.
    Identified {
        ids: Vec<ElementId>,
        /// For each element the row or the outer element that contains it.
        owners: Vec<u32>,
    },
}

/// The row of an element, the level of the innermost array that contains it, and its number among the elements of that
/// array's path, in the high bits, the middle and the low bits.
type ElementId = u128;

/// The alignment of the paths below one path.
#[derive(Debug)]
struct AlignedPaths {
    /// The path whose values are the elements.
    base: usize,
    /// The other paths.
    others: Vec<(usize, Positions)>,
}

/// The positions of the elements that have the values of a path.
#[derive(Debug)]
enum Positions {
    /// Those of the values: there is a value for each element, in the order of the elements.
    OfValues,
    /// That of each value.
    List(Vec<u32>),
}

/// The alignments that have been found, by path; `None` where the elements are not the values of one path.
#[derive(Debug, Default)]
pub(super) struct AlignmentIndex(Mutex<HashMap<usize, Option<Arc<AlignedPaths>>>>);

impl<'c> Elements<'c> {
    /// Finds the elements at a path of each row.
    pub fn of_rows<K: AsRef<str>>(column: &'c DocumentColumn, keys: &[K]) -> Self {
        let keys: Vec<String> = keys.iter().map(|key| key.as_ref().to_owned()).collect();
        let aligned = column.path(&keys).and_then(|path| {
            // A panic of another holder leaves the map consistent: each change is one insertion.
            let index = &column.alignments.0;
            let mut alignments = index.lock().unwrap_or_else(PoisonError::into_inner);
            let alignment = alignments.entry(path.index());
            let find = || AlignedPaths::find(&path, keys.len()).map(Arc::new);
            alignment.or_insert_with(find).clone()
        });
        let layout = match aligned {
            Some(aligned) => Layout::Aligned {
                base: column.path_at(aligned.base),
                aligned,
                ids: OnceCell::new(),
            },
            None => identified(column, &keys, |row, _| Some(row)),
        };
        Self {
            column,
            keys,
            layout,
            owner_count: column.len(),
        }
    }

    /// Finds the elements at a path that starts at these elements.
    pub fn below<K: AsRef<str>>(&self, keys: &[K]) -> Self {
        let keys = self.full_keys(keys);
        Self {
            column: self.column,
            layout: identified(self.column, &keys, |_, id| self.position(id(self.level()))),
            keys,
            owner_count: self.len(),
        }
    }

    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        match &self.layout {
            Layout::Aligned { base, .. } => base.value_count(),
            Layout::Identified { ids, .. } => ids.len(),
        }
    }

    /// Returns whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the elements with a value at a path, which starts at the element, that passes a test: `test` returns the
    /// texts of the path that pass.
    pub fn select<K: AsRef<str>>(
        &self,
        keys: &[K],
        test: impl Fn(&DocumentPath<'c>) -> RowSet,
    ) -> RowSet {
        match self.column.path(&self.full_keys(keys)) {
            Some(path) => self.select_at(&path, &test(&path)),
            None => RowSet::new_unset(self.len()),
        }
    }

    /// Returns the elements with a value at a path, which starts at the element, or below it, that passes a test:
    /// `test` returns the texts of a path that pass.
    pub fn select_below<K: AsRef<str>>(
        &self,
        keys: &[K],
        test: impl Fn(&DocumentPath<'c>) -> RowSet,
    ) -> RowSet {
        let none = RowSet::new_unset(self.len());
        let Some(path) = self.column.path(&self.full_keys(keys)) else {
            return none;
        };
        let is_below = self.column.is_below(path.index());
        let paths = (0..self.column.path_count()).filter(|&index| is_below[index]);
        paths.fold(none, |selected, index| {
            let path = self.column.path_at(index);
            &selected | &self.select_at(&path, &test(&path))
        })
    }

    /// Returns the elements with a value whose text is in a set.
    fn select_at(&self, path: &DocumentPath<'c>, texts: &RowSet) -> RowSet {
        if texts.count_set_bits() == 0 {
            return RowSet::new_unset(self.len());
        }
        let mut selected = BitmapBuilder::zeros(self.len());
        if let Layout::Aligned { aligned, .. } = &self.layout {
            match aligned.positions(path.index()) {
                Some(Positions::OfValues) => return path.values_of(texts),
                Some(Positions::List(positions)) => {
                    for value in path.values_of(texts).set_indices() {
                        selected.set(positions[value] as usize);
                    }
                    return selected.finish();
                }
                None => {}
            }
        }
        let is_selected = |text: usize| text < texts.len() && texts.value(text);
        for_each_value(path, |text, _, id| {
            if is_selected(text)
                && let Some(element) = self.position(id(self.level()))
            {
                selected.set(element);
            }
        });
        selected.finish()
    }

    /// Returns the rows, or outer elements, that contain one of the elements of a set.
    pub fn owners(&self, elements: &RowSet) -> RowSet {
        let mut owners = BitmapBuilder::zeros(self.owner_count);
        match &self.layout {
            Layout::Aligned { base, .. } => {
                let rows = base.rows();
                let mut rows = rows.into_iter();
                // The rows between two elements are skipped.
                let mut next = 0;
                for element in elements.set_indices() {
                    if let Some(row) = rows.nth(element - next) {
                        owners.set(row);
                    }
                    next = element + 1;
                }
            }
            Layout::Identified { owners: all, .. } => {
                for element in elements.set_indices() {
                    owners.set(all[element] as usize);
                }
            }
        }
        owners.finish()
    }

    /// Returns the position of the element of an id.
    fn position(&self, id: ElementId) -> Option<usize> {
        let ids = match &self.layout {
            Layout::Aligned { base, ids, .. } => ids.get_or_init(|| ids_of(base, self.level())),
            Layout::Identified { ids, .. } => ids,
        };
        ids.binary_search(&id).ok()
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

impl AlignedPaths {
    /// Finds the path whose values are the elements at a path of `level` keys; `None` if there is none.
    fn find(path: &DocumentPath<'_>, level: usize) -> Option<Self> {
        let column = path.column();
        // A scalar of the array is an element without a path below.
        if path.texts().any(|text| is_element(text.kind)) {
            return None;
        }
        let is_below = column.is_below(path.index());
        let mut paths = (path.index() + 1..column.path_count())
            .filter(|&index| is_below[index])
            .map(|index| column.path_at(index))
            .filter(DocumentPath::has_values);
        let base = paths.next()?;
        let ids = ids_of(&base, level);
        if !base.is_complete() || !ids.is_sorted_by(|one, other| one < other) {
            return None;
        }
        let mut others = Vec::new();
        for path in paths {
            if !path.is_complete() {
                return None;
            }
            let positions = if path.is_aligned(&base) {
                Positions::OfValues
            } else {
                // An element that the first path lacks has no position, and then no path is aligned.
                let position = |id: ElementId| ids.binary_search(&id).ok();
                let positions = ids_of(&path, level).into_iter().map(position);
                let positions = positions.map(|position| position.map(|position| position as u32));
                Positions::List(positions.collect::<Option<_>>()?)
            };
            others.push((path.index(), positions));
        }
        let base = base.index();
        Some(Self { base, others })
    }

    /// Returns the positions of the elements that have the values of a path; `None` for a path without values.
    fn positions(&self, path: usize) -> Option<&Positions> {
        if path == self.base {
            return Some(&Positions::OfValues);
        }
        let mut others = self.others.iter();
        let (_, positions) = others.find(|(other, _)| *other == path)?;
        Some(positions)
    }
}

/// Returns whether a value at the path of an array is an element. Null and an empty array are none.
fn is_element(kind: ValueKind) -> bool {
    !matches!(kind, ValueKind::Null | ValueKind::EmptyArray)
}

/// Finds the elements at a path by the ids of all values there and below; `owner` returns the owner of a value by its
/// row and its ids at each level.
fn identified<'c>(
    column: &'c DocumentColumn,
    keys: &[String],
    owner: impl Fn(usize, &dyn Fn(usize) -> ElementId) -> Option<usize>,
) -> Layout<'c> {
    let mut elements: Vec<(ElementId, u32)> = Vec::new();
    if let Some(path) = column.path(keys) {
        let is_below = column.is_below(path.index());
        let kinds = path.texts().map(|text| is_element(text.kind));
        let is_element: Vec<bool> = kinds.collect();
        for index in (path.index()..column.path_count()).filter(|&index| is_below[index]) {
            for_each_value(&column.path_at(index), |text, row, id| {
                // Values further below are in an element.
                if index == path.index() && is_element.get(text) != Some(&true) {
                    return;
                }
                if let Some(owner) = owner(row, id) {
                    elements.push((id(keys.len()), owner as u32));
                }
            });
        }
    }
    elements.sort_unstable();
    elements.dedup_by_key(|(id, _)| *id);
    let (ids, owners) = elements.into_iter().unzip();
    Layout::Identified { ids, owners }
}

/// Returns the ids of the elements of a level to which the values of a path belong, in the order of the values.
fn ids_of(path: &DocumentPath<'_>, level: usize) -> Vec<ElementId> {
    let mut ids = Vec::new();
    for_each_value(path, |_, _, id| ids.push(id(level)));
    ids
}

/// Calls `visit` with each value of a path: the position of its text, its row, and the id of its element of a level.
fn for_each_value(
    path: &DocumentPath<'_>,
    mut visit: impl FnMut(usize, usize, &dyn Fn(usize) -> ElementId),
) {
    let numbers = path.element_numbers();
    for (position, (row, text)) in path.occurrences().enumerate() {
        // A damaged file may have fewer numbers.
        let of_value = if numbers.levels.is_empty() {
            &[]
        } else {
            numbers.of(position)
        };
        visit(text, row, &|level| {
            let mut levels = numbers.levels.iter().zip(of_value).rev();
            // The number of an element is unique in its row, so those of outer arrays need not be in the id.
            let innermost = levels.find(|(at, number)| **at as usize <= level && **number > 0);
            let (&level, &number) = innermost.unwrap_or((&0, &0));
            (row as u128) << 64 | u128::from(level) << 32 | u128::from(number)
        });
    }
}
