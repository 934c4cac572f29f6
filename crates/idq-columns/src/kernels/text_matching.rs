//! Any test of the strings of a column, row by row: for tests without a kernel of their own.
//!
//! Affix-encoded strings are not joined. A shared start or end often decides the test for all strings that have it, so
//! it is tested once for each distinct affix, and rows are then selected by their codes.

use arrow_array::{Array, StringArray};

use super::filter::retain_valid;
use crate::bitmap::BitmapBuilder;
use crate::column::casefolded::Casefolded;
use crate::column::text::Encoding;
use crate::encoding::affix::{Affix, AffixEncoded};
use crate::encoding::code_set::CodeSet;
use crate::encoding::uuid;
use crate::{RowSet, TextColumn, casefold};

/// A test of a string.
pub trait StringTest {
    /// Returns whether the string that consists of two parts, either of which may be empty, passes. `joined` is a
    /// buffer for a test that needs the parts in one.
    fn passes(&self, parts: [&[u8]; 2], joined: &mut Vec<u8>) -> bool;

    /// Returns whether all strings with this start pass or fail; `None` if that depends on the rest.
    fn passes_by_start(&self, start: &[u8]) -> Option<bool>;

    /// Returns whether all strings with this end pass or fail; `None` if that depends on the rest.
    fn passes_by_end(&self, end: &[u8]) -> Option<bool>;
}

/// A function of the whole string.
impl<F: Fn(&[u8]) -> bool> StringTest for F {
    fn passes(&self, parts: [&[u8]; 2], joined: &mut Vec<u8>) -> bool {
        match parts {
            // One part is the whole string, and needs no copy.
            [text, []] | [[], text] => self(text),
            [first, second] => {
                joined.clear();
                joined.extend_from_slice(first);
                joined.extend_from_slice(second);
                self(joined)
            }
        }
    }

    fn passes_by_start(&self, _: &[u8]) -> Option<bool> {
        None
    }

    fn passes_by_end(&self, _: &[u8]) -> Option<bool> {
        None
    }
}

/// Returns the rows whose string passes a test.
pub fn text_matching(column: &TextColumn, test: &impl StringTest) -> RowSet {
    matching(column, &Casefolded::Unchanged, test)
}

/// Divisor of the rows of a chunk: among more candidates than the quotient, all rows are tested, because the loop over
/// all of them takes less time for each.
const MIN_ROWS_PER_CANDIDATE: usize = 4;

/// Returns the rows whose string passes a test; `candidates` has them all.
pub fn text_matching_among(
    column: &TextColumn,
    candidates: &RowSet,
    test: &impl StringTest,
) -> RowSet {
    if candidates.count_set_bits() * MIN_ROWS_PER_CANDIDATE > column.rows() {
        return text_matching(column, test);
    }
    let mut joined = Vec::new();
    let mut matching = BitmapBuilder::from_bitmap(candidates);
    for row in candidates.set_indices() {
        let passes = match &column.encoding {
            Encoding::Affix(encoded) => {
                test.passes(encoded.parts(row).map(str::as_bytes), &mut joined)
            }
            Encoding::Plain(values) => {
                test.passes([values.value(row).as_bytes(), b""], &mut joined)
            }
            Encoding::Uuids(uuids) => {
                test.passes([&uuid::format(uuids.as_slice()[row]), b""], &mut joined)
            }
        };
        if !passes {
            matching.clear(row);
        }
    }
    retain_valid(matching.finish(), column.nulls())
}

/// Returns the rows whose casefolded string passes a test.
pub fn casefolded_matching(column: &TextColumn, test: &impl StringTest) -> RowSet {
    matching(column, column.casefolded(), test)
}

/// Returns the rows whose form passes a test. A row without a stored form is its own form.
fn matching(column: &TextColumn, forms: &Casefolded, test: &impl StringTest) -> RowSet {
    let mut joined = Vec::new();
    let rows = match (&column.encoding, forms) {
        (Encoding::Affix(encoded), forms) => affixes_matching(encoded, forms, test),
        (_, Casefolded::All(values)) | (Encoding::Plain(values), _) => {
            strings_matching(values, test)
        }
        (Encoding::Uuids(uuids), _) => RowSet::collect_bool(column.rows(), |row| {
            test.passes([&uuid::format(uuids.as_slice()[row]), b""], &mut joined)
        }),
    };
    // A few strings change by folding; their verdicts replace those of the strings as written.
    let rows = match (&column.encoding, forms) {
        (
            Encoding::Plain(_),
            Casefolded::Sparse {
                rows: changed,
                values,
                ..
            },
        ) => {
            let mut corrected = BitmapBuilder::from_bitmap(&rows);
            for (&row, value) in changed.iter().zip(values) {
                let value = value.unwrap_or_default().as_bytes();
                if test.passes([value, b""], &mut joined) {
                    corrected.set(row as usize);
                } else {
                    corrected.clear(row as usize);
                }
            }
            corrected.finish()
        }
        _ => rows,
    };
    retain_valid(rows, column.nulls())
}

/// Returns the positions of the strings of an array that pass a test; those of null are unspecified.
fn strings_matching(values: &StringArray, test: &impl StringTest) -> RowSet {
    let mut joined = Vec::new();
    let strings = Strings::new(values);
    RowSet::collect_bool(values.len(), |row| {
        test.passes([strings.get(row), b""], &mut joined)
    })
}

/// Returns the rows of affix-encoded strings whose form passes a test.
fn affixes_matching(encoded: &AffixEncoded, forms: &Casefolded, test: &impl StringTest) -> RowSet {
    let is_folded = !matches!(forms, Casefolded::Unchanged);
    let decide = |affix: &str| {
        // Case folding maps each character by itself, so the form of a part is a part of the form.
        let affix = if is_folded {
            casefold(affix)
        } else {
            affix.into()
        };
        match encoded.affix {
            // A string without the separator has the empty affix, which decides nothing.
            _ if affix.is_empty() => None,
            Affix::Prefix => test.passes_by_start(affix.as_bytes()),
            Affix::Suffix => test.passes_by_end(affix.as_bytes()),
        }
    };
    let verdicts: Vec<Option<bool>> = encoded.affixes.iter().flatten().map(decide).collect();
    let rows_with = |verdict: Option<bool>| {
        let codes = verdicts.iter().map(|&other| other == verdict).collect();
        encoded.codes.filter_codes(&CodeSet::new(codes), None)
    };
    // Rows whose affix decides are selected by their codes alone.
    let passing = rows_with(Some(true));
    if !verdicts.contains(&None) {
        return passing;
    }
    let mut matching = BitmapBuilder::from_bitmap(&passing);
    let mut joined = Vec::new();
    let stems = Strings::new(&encoded.stems);
    for row in rows_with(None).set_indices() {
        let passes = match forms.value(row) {
            Some(form) => test.passes([form.as_bytes(), b""], &mut joined),
            None => {
                // Most strings are decided without their affix.
                let by_stem = match encoded.affix {
                    Affix::Prefix => test.passes_by_end(stems.get(row)),
                    Affix::Suffix => test.passes_by_start(stems.get(row)),
                };
                by_stem.unwrap_or_else(|| {
                    test.passes(encoded.parts(row).map(str::as_bytes), &mut joined)
                })
            }
        };
        if passes {
            matching.set(row);
        }
    }
    matching.finish()
}

/// The bytes of strings, which a test reads row by row.
struct Strings<'c> {
    /// Bytes of all strings.
    bytes: &'c [u8],
    /// Offsets of the strings, one more than strings.
    offsets: &'c [i32],
}

impl<'c> Strings<'c> {
    /// Reads the strings of an array.
    fn new(values: &'c StringArray) -> Self {
        Self {
            bytes: values.value_data(),
            offsets: values.value_offsets(),
        }
    }

    /// Returns the bytes of a row; none for a row of a damaged array.
    #[inline]
    fn get(&self, row: usize) -> &'c [u8] {
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        self.bytes.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TextBuilder;

    /// Passes texts that end with another one.
    struct EndsWith(&'static str);

    impl StringTest for EndsWith {
        fn passes(&self, parts: [&[u8]; 2], _: &mut Vec<u8>) -> bool {
            parts.concat().ends_with(self.0.as_bytes())
        }

        fn passes_by_start(&self, _: &[u8]) -> Option<bool> {
            None
        }

        fn passes_by_end(&self, end: &[u8]) -> Option<bool> {
            (end.len() >= self.0.len()).then(|| end.ends_with(self.0.as_bytes()))
        }
    }

    /// Passes texts that start with another one.
    struct StartsWith(&'static str);

    impl StringTest for StartsWith {
        fn passes(&self, parts: [&[u8]; 2], _: &mut Vec<u8>) -> bool {
            parts.concat().starts_with(self.0.as_bytes())
        }

        fn passes_by_start(&self, start: &[u8]) -> Option<bool> {
            (start.len() >= self.0.len()).then(|| start.starts_with(self.0.as_bytes()))
        }

        fn passes_by_end(&self, _: &[u8]) -> Option<bool> {
            None
        }
    }

    /// Checks the kernels against the strings of a column.
    fn check(texts: &[Option<String>], test: &impl StringTest) {
        let mut builder = TextBuilder::new();
        for text in texts {
            match text {
                Some(text) => builder.push(text),
                None => builder.push_null(),
            }
        }
        let column = builder.finish();
        let mut joined = Vec::new();
        let mut expected = |form: &dyn Fn(&str) -> String| {
            let passes = |text: &Option<String>| {
                let text = text.as_deref().map(form);
                text.is_some_and(|text| test.passes([text.as_bytes(), b""], &mut joined))
            };
            RowSet::from(texts.iter().map(passes).collect::<Vec<_>>())
        };
        let matching = expected(&str::to_owned);
        assert_eq!(text_matching(&column, test), matching);
        // Few candidates where few texts pass, many otherwise.
        let others = RowSet::collect_bool(texts.len(), |row| row % 9 == 4 && texts[row].is_some());
        let candidates = &matching | &others;
        assert_eq!(text_matching_among(&column, &candidates, test), matching);
        let folded = expected(&|text| casefold(text).into_owned());
        assert_eq!(casefolded_matching(&column, test), folded);
    }

    #[test]
    fn rows_match_alike_in_every_encoding() {
        let emails = |row: usize| match row % 9 {
            0 => None,
            1 => Some(format!("Name{row}@b.example")),
            2 => Some(format!("name{row}")),
            _ => Some(format!("name{row}@{}.example", ["a", "b", "cc"][row % 3])),
        };
        let offices = |row: usize| Some(format!("Site {}, room {row}", row % 4));
        let names = |row: usize| (!row.is_multiple_of(5)).then(|| format!("ÉMILE {row}"));
        let uuids = |row: usize| Some(format!("0f1e2d3c-4b5a-6978-8796-{row:012x}"));
        type Text = fn(usize) -> Option<String>;
        let columns: [Text; 4] = [emails, offices, names, uuids];
        for column in columns {
            let texts: Vec<Option<String>> = (0..2_000).map(column).collect();
            for end in ["", "@b.example", "b.example", "1@b.example", "7", "É"] {
                check(&texts, &EndsWith(end));
            }
            for start in ["Site 1, ", "Site 1, room 1", "name1", "émile", "0f", ""] {
                check(&texts, &StartsWith(start));
            }
            check(&texts, &|text: &[u8]| text.len().is_multiple_of(2));
        }
    }
}
