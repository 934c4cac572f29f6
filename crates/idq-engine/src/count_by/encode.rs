//! Encoding: the values of a key in one chunk become codes, small integers that are counted.
//!
//! The first codes are [`NULL`], [`MISSING`] and [`EMPTY`]; values follow from [`FIRST_VALUE`]. A code is that of an
//! accumulator: two threads may give one value different codes, which [`KeyEncoder::merge`] maps.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::Array;

use idq_columns::kernels::row_codes;
use idq_columns::{
    Codes, Column, Decimal, Dictionary, RowSet, TextColumn, TimestampColumn, Validity, ValueState,
    casefold,
};

use super::calendar::{Calendar, DayCodes};
use super::documents::DocumentEncoder;
use super::id_ranges::IdRanges;
use super::interner::{Interner, TextArena, TextInterner};
use crate::time::MICROS_PER_SECOND;

/// The code of records with null.
pub(super) const NULL: u32 = row_codes::NULL as u32;
/// The code of records without the field.
pub(super) const MISSING: u32 = row_codes::MISSING as u32;
/// The code of records with an empty array or an empty object.
pub(super) const EMPTY: u32 = row_codes::EMPTY as u32;
/// The first code of a value.
pub(super) const FIRST_VALUE: u32 = row_codes::FIRST_VALUE as u32;

/// An entry of a dictionary that has no code yet.
pub(super) const UNMAPPED: u32 = NULL;

/// The part of a text that is the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum TextPart {
    /// The text.
    Whole,
    /// The casefolded text after the last `@`.
    Domain,
    /// The first characters, in this number.
    Prefix(u16),
    /// The casefolded text.
    Fold,
    /// The value of the number that the text spells.
    Number,
}

/// Encodes the values of one key. An encoder belongs to one accumulator.
#[derive(Debug)]
pub(super) enum KeyEncoder<'k> {
    /// Values of texts.
    Texts(TextEncoder),
    /// False and true.
    Booleans,
    /// Instants, in microseconds.
    Instants(Interner<i64>),
    /// Buckets of a calendar whose ids lie in small ranges.
    DenseCalendar {
        /// The calendar of all encoders of the key.
        calendar: &'k Calendar,
        /// The ids, whose codes follow [`FIRST_VALUE`].
        ids: &'k IdRanges,
        /// The code of each day, if days determine ids.
        days: Option<&'k DayCodes>,
    },
    /// Buckets of a calendar with any ids.
    Calendar {
        /// The calendar of all encoders of the key.
        calendar: &'k Calendar,
        /// The ids that occur.
        ids: Interner<i64>,
    },
    /// Ages, by the instants at which they end, the latest first.
    Ages(&'k [i64]),
    /// Whether there is a value.
    Presence,
    /// Whether an object has a value, is empty, null or missing: a column of booleans.
    ObjectPresence,
    /// Values of a path in documents.
    Documents(DocumentEncoder<'k>),
}

impl KeyEncoder<'_> {
    /// Appends the code of each selected row of a chunk, ascending by row; without a selection, of all rows.
    pub(super) fn encode(&mut self, column: &Column, rows: Option<&RowSet>, codes: &mut Vec<u32>) {
        let validity = column.validity();
        match (self, column) {
            (Self::Texts(encoder), column) => encoder.encode(column, rows, codes),
            (Self::Documents(encoder), Column::Document(column)) => {
                encoder.encode(column, rows, codes);
            }
            (Self::ObjectPresence, Column::Boolean(column)) => {
                let values = column.values().values();
                append(validity, rows, codes, |row| {
                    if values.value(row) {
                        FIRST_VALUE
                    } else {
                        EMPTY
                    }
                });
            }
            (Self::Booleans, Column::Boolean(column)) => {
                let values = column.values().values();
                append(validity, rows, codes, |row| {
                    FIRST_VALUE + u32::from(values.value(row))
                });
            }
            (Self::Instants(instants), Column::Timestamp(column)) => {
                append(validity, rows, codes, |row| {
                    FIRST_VALUE + instants.intern(column.value(row).unwrap_or_default())
                });
            }
            (Self::DenseCalendar { calendar, ids, .. }, Column::Timestamp(column)) => {
                append(validity, rows, codes, |row| {
                    FIRST_VALUE + ids.code(calendar.id(column.second(row)))
                });
            }
            (Self::Calendar { calendar, ids }, Column::Timestamp(column)) => {
                append(validity, rows, codes, |row| {
                    FIRST_VALUE + ids.intern(calendar.id(column.second(row)))
                });
            }
            (Self::Ages(ends), Column::Timestamp(column)) => {
                append(validity, rows, codes, |row| {
                    FIRST_VALUE + age_of(column, row, ends)
                });
            }
            // Binding gives each kind of field an encoder of its columns, so only presence is left.
            _ => append(validity, rows, codes, |_| FIRST_VALUE),
        }
    }

    /// Returns the number of codes, those without a value included.
    pub(super) fn code_count(&self) -> usize {
        let values = match self {
            Self::Texts(encoder) => encoder.interner.texts().len(),
            Self::Booleans => 2,
            Self::Instants(ids) | Self::Calendar { ids, .. } => ids.keys().len(),
            Self::DenseCalendar { ids, .. } => ids.count() as usize,
            Self::Ages(ends) => ends.len() + 1,
            Self::Presence | Self::ObjectPresence => 1,
            Self::Documents(encoder) => encoder.value_count(),
        };
        FIRST_VALUE as usize + values
    }

    /// Adds the values of another encoder of the same key whose rows follow; returns the code here for each code there.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        let without_value = [NULL, MISSING, EMPTY];
        match (self, other) {
            (Self::Texts(encoder), Self::Texts(other)) => encoder.merge(other),
            (Self::Documents(encoder), Self::Documents(other)) => encoder.merge(other),
            (Self::Instants(ids), Self::Instants(other))
            | (Self::Calendar { ids, .. }, Self::Calendar { ids: other, .. }) => {
                let values = other.keys().iter().map(|&id| FIRST_VALUE + ids.intern(id));
                without_value.into_iter().chain(values).collect()
            }
            // The codes of the others do not depend on the rows.
            (_, other) => (0..other.code_count() as u32).collect(),
        }
    }
}

/// Returns the position of the age group of a row: 0 after `now`, which is the first end, then one for each age
/// reached.
fn age_of(column: &TimestampColumn, row: usize, ends: &[i64]) -> u32 {
    let instant = column.value(row).unwrap_or_default();
    ends.partition_point(|&end| instant <= end) as u32
}

/// Appends the codes of selected rows: `code` for those with a value.
fn append(
    validity: Validity<'_>,
    rows: Option<&RowSet>,
    codes: &mut Vec<u32>,
    mut code: impl FnMut(usize) -> u32,
) {
    match (validity.validity_bitmap(), rows) {
        (None, None) => codes.extend((0..validity.rows()).map(code)),
        (None, Some(rows)) => codes.extend(rows.set_indices().map(code)),
        (Some(valid), rows) => {
            let code_or_state = |row| {
                if valid.value(row) {
                    code(row)
                } else if validity.state(row) == ValueState::Missing {
                    MISSING
                } else {
                    NULL
                }
            };
            match rows {
                None => codes.extend((0..validity.rows()).map(code_or_state)),
                Some(rows) => codes.extend(rows.set_indices().map(code_or_state)),
            }
        }
    }
}

/// Returns a part of a text; of a number, its spelling.
pub(super) fn part_of_text(part: TextPart, text: &str) -> Cow<'_, str> {
    match part {
        TextPart::Whole | TextPart::Number => text.into(),
        TextPart::Fold => casefold(text),
        TextPart::Domain => casefold(text.rsplit_once('@').map_or("", |(_, domain)| domain)),
        TextPart::Prefix(length) => {
            let end = text.char_indices().nth(length.into());
            text[..end.map_or(text.len(), |(end, _)| end)].into()
        }
    }
}

/// Returns whether a chunk may have an instant that means never.
pub(super) fn may_be_never(column: &TimestampColumn, never: &[i64]) -> bool {
    bulk_may_be_never(column, never) || column.outliers().any(|instant| never.contains(&instant))
}

/// Returns whether the instants of a chunk that are near each other may have one that means never.
pub(super) fn bulk_may_be_never(column: &TimestampColumn, never: &[i64]) -> bool {
    let (first, last) = column.bulk_seconds().unwrap_or((1, 0));
    let mut never = never
        .iter()
        .map(|never| never.div_euclid(MICROS_PER_SECOND));
    never.any(|never| (first..=last).contains(&never))
}

/// Replaces the codes of rows whose instant means never, which is no value.
pub(super) fn empty_never(
    column: &Column,
    rows: Option<&RowSet>,
    never: &[i64],
    codes: &mut [u32],
) {
    let Column::Timestamp(column) = column else {
        return;
    };
    if !may_be_never(column, never) {
        return;
    }
    let mut replace = |(code, row): (&mut u32, usize)| {
        if column
            .value(row)
            .is_some_and(|instant| never.contains(&instant))
        {
            *code = EMPTY;
        }
    };
    match rows {
        None => codes.iter_mut().zip(0..).for_each(&mut replace),
        Some(rows) => codes
            .iter_mut()
            .zip(rows.set_indices())
            .for_each(&mut replace),
    }
}

/// Encodes parts of texts.
#[derive(Debug)]
pub(super) struct TextEncoder {
    pub(super) part: TextPart,
    interner: TextInterner,
    /// The first spelling of each number; empty for other parts.
    spellings: TextArena,
    /// The dictionary of the last chunk, and the code of each of its values that has occurred.
    pub(super) dictionary: Option<(Arc<Dictionary>, Vec<u32>)>,
    /// A buffer for the texts of encoded columns.
    text: Vec<u8>,
}

impl TextEncoder {
    /// Creates an encoder without values.
    pub(super) fn new(part: TextPart) -> Self {
        Self {
            part,
            interner: TextInterner::default(),
            spellings: TextArena::default(),
            dictionary: None,
            text: Vec::new(),
        }
    }

    /// Returns the distinct values, and the first spellings of numbers.
    pub(super) fn into_values(self) -> (TextArena, TextArena) {
        (self.interner.into_texts(), self.spellings)
    }

    /// Returns the code of a text.
    pub(super) fn code(&mut self, text: &str) -> u32 {
        let (number, is_new) = match self.part {
            TextPart::Whole => self.interner.intern(text),
            TextPart::Fold | TextPart::Domain | TextPart::Prefix(_) => {
                self.interner.intern(&part_of_text(self.part, text))
            }
            TextPart::Number => {
                let number = Decimal::parse(text.as_bytes());
                let canonical = number.and_then(|number| number.canonical());
                self.interner.intern(canonical.as_deref().unwrap_or(text))
            }
        };
        if is_new && self.part == TextPart::Number {
            self.spellings.push(text);
        }
        FIRST_VALUE + number
    }

    /// Appends the codes of the selected rows of a column.
    fn encode(&mut self, column: &Column, rows: Option<&RowSet>, codes: &mut Vec<u32>) {
        match column {
            Column::Keyword(column) => {
                let dictionary = column.dictionary_arc();
                let mut map = self.take_map(dictionary);
                let values = dictionary.values();
                self.encode_dictionary(
                    column.validity(),
                    column.codes(),
                    &mut map,
                    rows,
                    codes,
                    |code| values.value(code),
                );
                self.dictionary = Some((Arc::clone(dictionary), map));
            }
            Column::Text(column) => {
                match column.suffixes().filter(|_| self.part == TextPart::Domain) {
                    Some((suffix_codes, suffixes)) => {
                        let mut map = vec![UNMAPPED; suffixes.len()];
                        self.encode_dictionary(
                            column.validity(),
                            suffix_codes,
                            &mut map,
                            rows,
                            codes,
                            |code| suffixes.value(code),
                        );
                    }
                    None => self.encode_texts(column, rows, codes),
                }
            }
            column => append(column.validity(), rows, codes, |_| FIRST_VALUE),
        }
    }

    /// Returns the codes of a dictionary's values: those of the last chunk, if it has the same dictionary.
    pub(super) fn take_map(&mut self, dictionary: &Arc<Dictionary>) -> Vec<u32> {
        match self.dictionary.take() {
            Some((last, map)) if Arc::ptr_eq(&last, dictionary) => map,
            _ => vec![UNMAPPED; dictionary.values().len()],
        }
    }

    /// Appends codes of a dictionary-encoded column. `map` has the code of each value that has occurred.
    fn encode_dictionary<'v>(
        &mut self,
        validity: Validity<'_>,
        dictionary_codes: &Codes,
        map: &mut [u32],
        rows: Option<&RowSet>,
        codes: &mut Vec<u32>,
        value: impl Fn(usize) -> &'v str,
    ) {
        let mut mapped = |code: usize| {
            if map[code] == UNMAPPED {
                map[code] = self.code(value(code));
            }
            map[code]
        };
        match dictionary_codes {
            Codes::U8(all) => append(validity, rows, codes, |row| mapped(all[row].into())),
            Codes::U16(all) => append(validity, rows, codes, |row| mapped(all[row].into())),
            Codes::U32(all) => append(validity, rows, codes, |row| mapped(all[row] as usize)),
        }
    }

    /// Appends codes of a column of distinct texts.
    fn encode_texts(&mut self, column: &TextColumn, rows: Option<&RowSet>, codes: &mut Vec<u32>) {
        let mut buffer = std::mem::take(&mut self.text);
        append(column.validity(), rows, codes, |row| {
            column.write(row, &mut buffer);
            // A column's texts are UTF-8.
            self.code(str::from_utf8(&buffer).unwrap_or_default())
        });
        self.text = buffer;
    }

    /// Adds the values of another encoder whose rows follow; returns the code here for each code there.
    fn merge(&mut self, other: &Self) -> Vec<u32> {
        let mut map = vec![NULL, MISSING, EMPTY];
        for (number, text) in other.interner.texts().iter().enumerate() {
            let (code, is_new) = self.interner.intern(text);
            if is_new && self.part == TextPart::Number {
                self.spellings.push(other.spellings.get(number));
            }
            map.push(FIRST_VALUE + code);
        }
        map
    }
}
