//! Accumulators: the numbers of matches by key, for some consecutive chunks.
//!
//! Each task of the thread pool has one. Accumulators of neighbouring chunks are merged in the order of the chunks, so
//! that the first spelling of a number does not depend on the threads.

use idq_columns::RowSet;
use idq_grammar::TimeZone;
use idq_snapshot::ChunkColumns;

use super::calendar::{Calendar, CalendarUnit, DayCodes};
use super::day_ranges::DayRanges;
use super::documents::{DocumentEncoder, ScalarPart};
use super::encode::{FIRST_VALUE, KeyEncoder, TextEncoder, empty_never};
use super::id_ranges::IdRanges;
use super::interner::Interner;
use super::keys::{BoundKey, KeyValues};
use super::tally::{PairTally, Tally};
use crate::attribute::Attribute;

/// A key with everything that does not depend on the chunk.
#[derive(Debug)]
pub(super) struct CompiledKey<'k> {
    pub(super) key: &'k BoundKey,
    /// Whether the key is a whole document.
    pub(super) is_document: bool,
    /// The calendar of a key of dates.
    pub(super) calendar: Option<CompiledCalendar>,
}

/// The calendar of a key.
#[derive(Debug)]
pub(super) struct CompiledCalendar {
    pub(super) calendar: Calendar,
    /// The ids of all instants; `None` if they are too many for a code each.
    dense: Option<IdRanges>,
    /// The code of each day.
    days: Option<DayCodes>,
}

impl CompiledCalendar {
    /// Prepares the buckets of the instants of some days.
    pub(super) fn new(unit: CalendarUnit, zone: TimeZone, days: &DayRanges) -> Self {
        let calendar = Calendar::new(unit, zone, days);
        let dense = IdRanges::new(unit, days);
        Self {
            days: dense.as_ref().and_then(|ids| {
                let code_count = (FIRST_VALUE + ids.count()) as usize;
                calendar.day_codes(code_count, |id| FIRST_VALUE + ids.code(id))
            }),
            calendar,
            dense,
        }
    }
}

impl CompiledKey<'_> {
    /// Creates an encoder without values.
    fn encoder(&self) -> KeyEncoder<'_> {
        match &self.key.attribute {
            Attribute::Object(_) => return KeyEncoder::ObjectPresence,
            Attribute::Path { keys, .. } => {
                return KeyEncoder::Documents(DocumentEncoder::new(keys, self.scalar_part()));
            }
            Attribute::Field(_) if self.is_document => {
                return KeyEncoder::Documents(DocumentEncoder::new(&[], ScalarPart::Presence));
            }
            Attribute::Field(_) => {}
        }
        match (&self.key.values, &self.calendar) {
            (KeyValues::Texts(part), _) => KeyEncoder::Texts(TextEncoder::new(*part)),
            (KeyValues::Booleans, _) => KeyEncoder::Booleans,
            (KeyValues::Instants, _) => KeyEncoder::Instants(Interner::default()),
            (KeyValues::Ages { ends, .. }, _) => KeyEncoder::Ages(ends),
            (KeyValues::Calendar(_), Some(compiled)) => match &compiled.dense {
                Some(ids) => KeyEncoder::DenseCalendar {
                    calendar: &compiled.calendar,
                    ids,
                    days: compiled.days.as_ref(),
                },
                None => KeyEncoder::Calendar {
                    calendar: &compiled.calendar,
                    ids: Interner::default(),
                },
            },
            // A field without any instant has no calendar, and needs none.
            (KeyValues::Calendar(_) | KeyValues::Presence | KeyValues::Scalars, _) => {
                KeyEncoder::Presence
            }
        }
    }

    /// Returns the part of the scalars of a document by which the key groups.
    fn scalar_part(&self) -> ScalarPart<'_> {
        match (&self.key.values, &self.calendar) {
            (KeyValues::Texts(part), _) => ScalarPart::Text(*part),
            (KeyValues::Calendar(_), Some(compiled)) => ScalarPart::Calendar(&compiled.calendar),
            (
                KeyValues::Ages {
                    ends,
                    labels,
                    time_zone,
                },
                _,
            ) => ScalarPart::Ages(ends, labels, *time_zone),
            (KeyValues::Presence, _) => ScalarPart::Presence,
            _ => ScalarPart::Whole,
        }
    }
}

/// The numbers of matches by key.
#[derive(Debug)]
pub(super) struct Accumulator<'k> {
    pub(super) encoders: Vec<KeyEncoder<'k>>,
    /// The distinct combinations of the first keys, one key more each, for counts by more than two keys.
    pub(super) combinations: Vec<Interner<(u32, u32)>>,
    pub(super) counts: Counts,
    /// The codes of one chunk, by key.
    codes: Vec<Vec<u32>>,
}

/// The counts of an accumulator.
#[derive(Debug)]
pub(super) enum Counts {
    /// By the codes of one key.
    One(Tally),
    /// By the codes of the last key, and those of the one before or of a combination.
    Several(PairTally),
}

impl<'k> Accumulator<'k> {
    /// Creates an accumulator without matches.
    pub(super) fn new(keys: &'k [CompiledKey<'k>]) -> Self {
        Self {
            encoders: keys.iter().map(CompiledKey::encoder).collect(),
            combinations: (2..keys.len()).map(|_| Interner::default()).collect(),
            counts: if keys.len() == 1 {
                Counts::One(Tally::default())
            } else {
                Counts::Several(PairTally::default())
            },
            codes: vec![Vec::new(); keys.len()],
        }
    }

    /// Counts the selected rows of the next chunk; without a selection, all of its rows.
    pub(super) fn add(
        &mut self,
        columns: ChunkColumns<'_>,
        keys: &[CompiledKey<'_>],
        rows: Option<&RowSet>,
    ) {
        if self.add_small_codes(columns, keys, rows) {
            return;
        }
        for ((encoder, codes), key) in self.encoders.iter_mut().zip(&mut self.codes).zip(keys) {
            codes.clear();
            let column = columns.column(key.key.attribute.column());
            encoder.encode(column, rows, codes);
            empty_never(column, rows, &key.key.never, codes);
        }
        let counts: Vec<usize> = self.encoders.iter().map(KeyEncoder::code_count).collect();
        match (&mut self.counts, self.codes.as_mut_slice()) {
            (Counts::One(tally), [codes, ..]) => tally.add(codes, counts[0]),
            (Counts::Several(tally), [first, rest @ .., last]) => {
                let mut first_count = counts[0];
                for (combinations, codes) in self.combinations.iter_mut().zip(rest) {
                    for (one, &other) in first.iter_mut().zip(codes.iter()) {
                        *one = combinations.intern((*one, other));
                    }
                    first_count = combinations.keys().len();
                }
                tally.add(first, last, (first_count, counts[counts.len() - 1]));
            }
            (_, []) | (Counts::Several(_), _) => {}
        }
    }

    /// Adds the counts of the accumulator of the chunks that follow.
    #[must_use]
    pub(super) fn merged(mut self, other: &Self) -> Self {
        let encoders = self.encoders.iter_mut().zip(&other.encoders);
        let maps: Vec<Vec<u32>> = encoders
            .map(|(encoder, other)| encoder.merge(other))
            .collect();
        let mut first: Vec<u32> = maps[0].clone();
        for ((combinations, other), map) in self
            .combinations
            .iter_mut()
            .zip(&other.combinations)
            .zip(&maps[1..])
        {
            let mapped = |&(one, last): &(u32, u32)| {
                combinations.intern((first[one as usize], map[last as usize]))
            };
            first = other.keys().iter().map(mapped).collect();
        }
        let last = &maps[maps.len() - 1];
        let code_counts = self.code_counts();
        match (&mut self.counts, &other.counts) {
            (Counts::One(tally), Counts::One(other)) => {
                for (code, rows) in other.occurring() {
                    tally.add_rows(first[code as usize], rows);
                }
            }
            (Counts::Several(tally), Counts::Several(other)) => {
                for ((one, other), rows) in other.occurring() {
                    tally.add_rows(
                        (first[one as usize], last[other as usize]),
                        rows,
                        code_counts,
                    );
                }
            }
            _ => {}
        }
        self
    }

    /// Returns the numbers of codes of the two sides of a pair.
    pub(super) fn code_counts(&self) -> (usize, usize) {
        let count = |encoder: Option<&KeyEncoder<'_>>| encoder.map_or(0, KeyEncoder::code_count);
        let first = match self.combinations.last() {
            Some(combinations) => combinations.keys().len(),
            None => count(self.encoders.first()),
        };
        (first, count(self.encoders.last()))
    }

    /// Returns the codes of each group and its number of matches, in an unspecified order.
    pub(super) fn groups(&self) -> (Vec<u32>, Vec<u64>) {
        let (mut codes, mut counts) = (Vec::new(), Vec::new());
        match &self.counts {
            Counts::One(tally) => {
                for (code, rows) in tally.occurring() {
                    codes.push(code);
                    counts.push(rows);
                }
            }
            Counts::Several(tally) => {
                for ((first, last), rows) in tally.occurring() {
                    let start = codes.len();
                    // A combination ends in the code of its last key, so the codes come out last to first.
                    codes.push(last);
                    let mut first = first;
                    for combinations in self.combinations.iter().rev() {
                        let (one, other) = combinations.keys()[first as usize];
                        codes.push(other);
                        first = one;
                    }
                    codes.push(first);
                    codes[start..].reverse();
                    counts.push(rows);
                }
            }
        }
        (codes, counts)
    }
}

/// The least number of codes of any key: those without a value.
const _: () = assert!(FIRST_VALUE == 3);
