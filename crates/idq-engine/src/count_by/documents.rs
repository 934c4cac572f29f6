//! Encoding of the values of a path inside documents, which may have any JSON type.
//!
//! A value is interned under a *tagged text*: its type, and its canonical text. Numbers of one value have one canonical
//! text, but keep the spelling of the first record. A record with several values at the path, which an array has, is in
//! the group of the list of its distinct values, so that a record is never counted twice.

use std::cmp::Ordering;

use idq_api::EscapeDialect;
use idq_columns::{Decimal, DocumentColumn, DocumentValue, RowSet, ValueKind, compare_numbers};
use idq_grammar::TimeZone;

use super::calendar::Calendar;
use super::encode::{EMPTY, FIRST_VALUE, MISSING, NULL, TextPart, part_of_text};
use super::groups::ValueType;
use super::interner::{TextArena, TextInterner};
use crate::predicates::date_of;
use crate::time::{DAY_LENGTH, MICROS_PER_SECOND, SECONDS_PER_DAY};

/// The code of a row whose object or array has values below the path, until that group is interned.
const NESTED: u32 = u32::MAX;

/// The text of the group of objects and arrays with values below the path.
const NESTED_TEXT: &str = "{…}";

/// The text of the group of values that are no dates.
const NO_DATE_TEXT: &str = "(no date)";

/// The part of a scalar by which records are grouped.
#[derive(Debug, Clone, Copy)]
pub(super) enum ScalarPart<'k> {
    /// The scalar with its type.
    Whole,
    /// A part of its text.
    Text(TextPart),
    /// The bucket of a date.
    Calendar(&'k Calendar),
    /// The age group of a date, by the instants at which the groups end, the texts of the groups, and the time zone in
    /// which a day without a time begins.
    Ages(&'k [i64], &'k [String], TimeZone),
    /// Whether there is a value.
    Presence,
}

/// The type of an interned value: the first character of its tagged text, in the order of the values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tag {
    /// The number of a bucket.
    Id,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    Text,
    /// Several values.
    List,
    /// A value that is no date, in a bucket of dates.
    NoDate,
    /// An object or array with values below the path.
    Nested,
}

impl Tag {
    /// The tags in their order.
    const ALL: [Self; 7] = [
        Self::Id,
        Self::Boolean,
        Self::Number,
        Self::Text,
        Self::List,
        Self::NoDate,
        Self::Nested,
    ];

    /// Returns the first character of a tagged text.
    fn character(self) -> char {
        char::from(b'a' + self as u8)
    }

    /// Splits a tagged text.
    pub(super) fn split(tagged: &str) -> (Self, &str) {
        let mut characters = tagged.chars();
        let first = characters.next();
        let tag = Self::ALL
            .into_iter()
            .find(|tag| Some(tag.character()) == first);
        (tag.unwrap_or(Self::Text), characters.as_str())
    }

    /// Returns the JSON type of the value.
    pub(super) fn value_type(self) -> ValueType {
        match self {
            Self::Boolean => ValueType::Boolean,
            Self::Number => ValueType::Number,
            Self::List => ValueType::List,
            Self::Id | Self::Text | Self::NoDate | Self::Nested => ValueType::Text,
        }
    }
}

/// Encodes the values of one path.
#[derive(Debug)]
pub(super) struct DocumentEncoder<'k> {
    pub(super) keys: &'k [String],
    part: ScalarPart<'k>,
    /// The tagged texts.
    tagged: TextInterner,
    /// The text of each value, as its first record spells it.
    texts: TextArena,
}

impl<'k> DocumentEncoder<'k> {
    /// Creates an encoder without values. Without keys, the value is the document itself.
    pub(super) fn new(keys: &'k [String], part: ScalarPart<'k>) -> Self {
        Self {
            keys,
            part,
            tagged: TextInterner::default(),
            texts: TextArena::default(),
        }
    }

    /// Returns the number of distinct values.
    pub(super) fn value_count(&self) -> usize {
        self.texts.len()
    }

    /// Returns the tagged texts and the texts of all values.
    pub(super) fn into_values(self) -> (TextArena, TextArena) {
        (self.tagged.into_texts(), self.texts)
    }

    /// Adds the values of another encoder whose rows follow; returns the code here for each code there.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        let mut map = vec![NULL, MISSING, EMPTY];
        for (number, tagged) in other.tagged.texts().iter().enumerate() {
            let text = other.texts.get(number);
            map.push(self.intern_tagged(tagged, text));
        }
        map
    }

    /// Appends the code of each selected row.
    pub(super) fn encode(
        &mut self,
        column: &DocumentColumn,
        rows: Option<&RowSet>,
        codes: &mut Vec<u32>,
    ) {
        let by_row = self.row_codes(column, rows);
        let mut code = |row: usize| match by_row[row] {
            NESTED if matches!(self.part, ScalarPart::Presence) => {
                self.intern(Tag::Text, "value", "value")
            }
            NESTED => self.intern(Tag::Nested, "", NESTED_TEXT),
            code => code,
        };
        match rows {
            None => codes.extend((0..column.len()).map(&mut code)),
            Some(rows) => codes.extend(rows.set_indices().map(&mut code)),
        }
    }

    /// Returns the code of each row; that of a row outside the selection is unspecified.
    fn row_codes(&mut self, column: &DocumentColumn, rows: Option<&RowSet>) -> Vec<u32> {
        let mut by_row = vec![MISSING; column.len()];
        let path = column.path(self.keys);
        if self.keys.is_empty() || path.is_some_and(|path| path.has_members()) {
            let presence = column.presence(self.keys);
            for (rows, code) in [
                (presence.value, NESTED),
                (presence.null, NULL),
                (presence.empty, EMPTY),
            ] {
                rows.set_indices().for_each(|row| by_row[row] = code);
            }
        }
        let Some(path) = path.filter(|_| !self.keys.is_empty()) else {
            return by_row;
        };
        let texts: Vec<DocumentValue<'_>> = path.texts().collect();
        let mut text_codes = vec![NULL; texts.len()];
        // The positions of the texts of a row with several, and the row.
        let (mut several, mut last): (Vec<usize>, Option<(usize, usize)>) = (Vec::new(), None);
        for (row, position) in path.occurrences() {
            let Some(text) = texts.get(position) else {
                continue;
            };
            if rows.is_some_and(|rows| !rows.value(row)) {
                continue;
            }
            match text.kind {
                ValueKind::Null if matches!(by_row[row], MISSING | EMPTY) => by_row[row] = NULL,
                ValueKind::EmptyObject | ValueKind::EmptyArray if by_row[row] == MISSING => {
                    by_row[row] = EMPTY;
                }
                kind if kind.is_value() => {
                    match last {
                        Some((at, first)) if at == row => {
                            if several.is_empty() {
                                several.push(first);
                            }
                            several.push(position);
                            continue;
                        }
                        Some((at, _)) if !several.is_empty() => {
                            by_row[at] = self.list_code(&texts, &several);
                            several.clear();
                        }
                        _ => {}
                    }
                    last = Some((row, position));
                    if text_codes[position] == NULL {
                        text_codes[position] = self.scalar_code(text);
                    }
                    by_row[row] = text_codes[position];
                }
                _ => {}
            }
        }
        if let Some((at, _)) = last.filter(|_| !several.is_empty()) {
            by_row[at] = self.list_code(&texts, &several);
        }
        by_row
    }

    /// Returns the code of one scalar.
    pub(super) fn scalar_code(&mut self, value: &DocumentValue<'_>) -> u32 {
        let (tag, canonical, text) = self.scalar(value);
        self.intern(tag, &canonical, &text)
    }

    /// Returns the code of the list of the distinct values of a row; that of the value, if they are equal.
    fn list_code(&mut self, texts: &[DocumentValue<'_>], positions: &[usize]) -> u32 {
        let values = positions
            .iter()
            .map(|&position| self.scalar(&texts[position]));
        let mut values: Vec<(Tag, String, String)> = values.collect();
        // Stable, so that the first of equal values gives the list its spelling.
        values.sort_by(|(tag, one, text), (other_tag, other, other_text)| {
            tag.cmp(other_tag).then_with(|| match tag {
                Tag::Id => id_of(one).cmp(&id_of(other)),
                Tag::Number => compare_spellings([text, other_text]).then_with(|| one.cmp(other)),
                _ => one.cmp(other),
            })
        });
        values.dedup_by(|one, other| (one.0, &one.1) == (other.0, &other.1));
        if let [(tag, canonical, text)] = values.as_slice() {
            return self.intern(*tag, canonical, text);
        }
        let (mut canonical, mut json) = (String::new(), Vec::from(b"["));
        for (position, (tag, value, text)) in values.iter().enumerate() {
            if position > 0 {
                json.push(b',');
            }
            match tag.value_type() {
                ValueType::Text | ValueType::List => {
                    json.push(b'"');
                    EscapeDialect::Minimal.escape(text, &mut json);
                    json.push(b'"');
                }
                ValueType::Number | ValueType::Boolean => json.extend_from_slice(text.as_bytes()),
            }
            canonical.push(tag.character());
            canonical.push_str(&value.len().to_string());
            canonical.push(' ');
            canonical.push_str(value);
        }
        json.push(b']');
        let json = String::from_utf8_lossy(&json).into_owned();
        self.intern(Tag::List, &canonical, &json)
    }

    /// Returns the tag, the canonical text and the text of the part of a scalar.
    fn scalar(&self, value: &DocumentValue<'_>) -> (Tag, String, String) {
        let text = String::from_utf8_lossy(value.original);
        let same = |tag: Tag, text: &str| (tag, text.to_owned(), text.to_owned());
        match self.part {
            ScalarPart::Presence => same(Tag::Text, "value"),
            ScalarPart::Text(part) => same(Tag::Text, &part_of_text(part, &text)),
            ScalarPart::Calendar(calendar) => match calendar_id(calendar, value) {
                Some(id) => (Tag::Id, id.to_string(), calendar.unit().label(id)),
                None => (Tag::NoDate, String::new(), NO_DATE_TEXT.to_owned()),
            },
            ScalarPart::Ages(ends, labels, time_zone) => match date_of_value(value, time_zone) {
                Some(instant) => {
                    let group = ends.partition_point(|&end| instant <= end);
                    // The group of the future is the first by its instants, and the last in order.
                    let id = group.checked_sub(1).unwrap_or(labels.len() - 1);
                    (Tag::Id, id.to_string(), labels[group].clone())
                }
                None => (Tag::NoDate, String::new(), NO_DATE_TEXT.to_owned()),
            },
            ScalarPart::Whole => match value.kind {
                ValueKind::Number => {
                    let number = Decimal::parse(text.as_bytes());
                    let canonical = number.and_then(|number| number.canonical());
                    let canonical = canonical.unwrap_or_else(|| text.clone().into_owned());
                    (Tag::Number, canonical, text.into_owned())
                }
                ValueKind::Boolean => same(Tag::Boolean, &text),
                _ => same(Tag::Text, &text),
            },
        }
    }

    /// Returns the code of a value.
    fn intern(&mut self, tag: Tag, canonical: &str, text: &str) -> u32 {
        let mut tagged = String::with_capacity(canonical.len() + 1);
        tagged.push(tag.character());
        tagged.push_str(canonical);
        self.intern_tagged(&tagged, text)
    }

    /// Returns the code of a tagged text.
    fn intern_tagged(&mut self, tagged: &str, text: &str) -> u32 {
        let (number, is_new) = self.tagged.intern(tagged);
        if is_new {
            self.texts.push(text);
        }
        FIRST_VALUE + number
    }
}

/// Returns the number of the canonical text of an id.
pub(super) fn id_of(canonical: &str) -> Option<i64> {
    canonical.parse().ok()
}

/// Compares two numbers in their JSON spellings.
pub(super) fn compare_spellings([one, other]: [&str; 2]) -> Ordering {
    compare_numbers(one.as_bytes(), other.as_bytes()).unwrap_or(Ordering::Equal)
}

/// Returns the start of the date of a value; `None` for any other value.
fn date_of_value(value: &DocumentValue<'_>, time_zone: TimeZone) -> Option<i64> {
    date_of(value.original, time_zone).filter(|_| value.kind == ValueKind::String)
}

/// Returns the id of the bucket of a value that is a date. A day without a time is that day in any time zone.
fn calendar_id(calendar: &Calendar, value: &DocumentValue<'_>) -> Option<i64> {
    let second = date_of_value(value, TimeZone::UTC)?.div_euclid(MICROS_PER_SECOND);
    Some(if value.original.len() == DAY_LENGTH {
        calendar.unit().of_day(second.div_euclid(SECONDS_PER_DAY))
    } else {
        calendar.id(second)
    })
}
