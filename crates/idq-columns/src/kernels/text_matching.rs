//! Any test of the strings of a column, row by row: for tests without a kernel of their own.
//!
//! Affix-encoded strings are not joined. A shared start or end often decides the test for all strings that have it, so it
//! is tested once for each distinct affix, and rows are then selected by their codes.

use arrow_array::{Array, StringArray};

use super::filter::retain_valid;
use crate::bitmap::BitmapBuilder;
use crate::column::casefolded::Casefolded;
use crate::column::text::Encoding;
use crate::encoding::affix::{Affix, AffixEncoded};
use crate::encoding::code_set::CodeSet;
use crate::encoding::uuid;
use crate::{RowSet, TextColumn};

/// A test of a string.
pub trait StringTest {
    /// Returns whether the string that consists of two parts, of which any may be empty, passes. `joined` is a buffer for a
    /// test that needs the parts in one.
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
    let mut joined = Vec::new();
    let rows = match &column.encoding {
        Encoding::Plain(values) => strings_matching(values, test),
        Encoding::Uuids(uuids) => RowSet::collect_bool(column.rows(), |row| {
            test.passes([&uuid::format(uuids.as_slice()[row]), b""], &mut joined)
        }),
        Encoding::Affix(encoded) => affixes_matching(encoded, test),
    };
    retain_valid(rows, column.nulls())
}

/// Returns the rows whose casefolded string passes a test.
pub fn casefolded_matching(column: &TextColumn, test: &impl StringTest) -> RowSet {
    match column.casefolded() {
        Casefolded::Unchanged => text_matching(column, test),
        Casefolded::All(values) => retain_valid(strings_matching(values, test), column.nulls()),
        Casefolded::Sparse { rows, values, .. } => {
            let mut matching = BitmapBuilder::from_bitmap(&text_matching(column, test));
            let mut joined = Vec::new();
            for (&row, value) in rows.iter().zip(values) {
                let value = value.unwrap_or_default().as_bytes();
                if test.passes([value, b""], &mut joined) {
                    matching.set(row as usize);
                } else {
                    matching.clear(row as usize);
                }
            }
            matching.finish()
        }
    }
}

/// Returns the positions of the strings of an array that pass a test; those of null are unspecified.
fn strings_matching(values: &StringArray, test: &impl StringTest) -> RowSet {
    let mut joined = Vec::new();
    RowSet::collect_bool(values.len(), |row| {
        test.passes([values.value(row).as_bytes(), b""], &mut joined)
    })
}

/// Returns the rows of affix-encoded strings that pass a test.
fn affixes_matching(encoded: &AffixEncoded, test: &impl StringTest) -> RowSet {
    let decide = |affix: &str| match encoded.affix {
        // A string without the separator has the empty affix, which decides nothing.
        _ if affix.is_empty() => None,
        Affix::Prefix => test.passes_by_start(affix.as_bytes()),
        Affix::Suffix => test.passes_by_end(affix.as_bytes()),
    };
    let verdicts: Vec<Option<bool>> = encoded.affixes.iter().flatten().map(decide).collect();
    let rows_with = |verdict: Option<bool>| {
        let codes = verdicts.iter().map(|&other| other == verdict).collect();
        encoded.codes.filter_codes(&CodeSet::new(codes), None)
    };
    let passing = rows_with(Some(true));
    if !verdicts.contains(&None) {
        return passing;
    }
    let mut matching = BitmapBuilder::from_bitmap(&passing);
    let mut joined = Vec::new();
    for row in rows_with(None).set_indices() {
        if test.passes(encoded.parts(row).map(str::as_bytes), &mut joined) {
            matching.set(row);
        }
    }
    matching.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TextBuilder;
    use crate::casefold;

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

    /// Checks both kernels against the strings of a column.
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
        assert_eq!(text_matching(&column, test), expected(&str::to_owned));
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
        let names = |row: usize| (row % 5 > 0).then(|| format!("ÉMILE {row}"));
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
            check(&texts, &|text: &[u8]| text.len() % 2 == 0);
        }
    }
}
