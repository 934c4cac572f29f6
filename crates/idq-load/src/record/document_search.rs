//! The search for texts in the bytes of records, before their documents are built.
//!
//! A question such as a search for a name finds few records, and building the documents of all others takes longer than
//! everything else that a load does. The search reads the bytes as they are, so it is exact only one way: a record may
//! be found without reason, but none is missed whose document contains a text in a key or a scalar, decoded, in any case.

use std::ops::Range;

use idq_columns::casefold;
use regex::bytes::Regex;

/// The maximum number of texts: each costs a part of what the search saves.
const MAX_TEXTS: usize = 4;

/// The minimum length of a part of a text that is searched for. Most records have a shorter one.
const MIN_PART_BYTES: usize = 3;

/// The number of bytes that are searched at a time, at least: they are still in the cache when a record is parsed.
const WINDOW_BYTES: usize = 64 << 10;

/// Bytes for which a record is found whatever the texts are:
///
/// * numeric escapes of ASCII characters, which may spell a part of a text (escapes of two characters cannot, because
///   parts have no character that they spell);
/// * `İ` and the Kelvin sign, escaped or not: the only characters beyond ASCII whose lowercase has an ASCII letter;
/// * texts in place of objects, because a load counts them: see [`cut_text`](super::cut_text).
const ALWAYS_FOUND: &str =
    r#"(?-u:\\u00[0-7]|\\u0130|\\u212[aA]|\xC4\xB0|\xE2\x84\xAA|"@\{|"System\.)"#;

/// A prepared search, for the columns of documents that only need records that it finds.
#[derive(Debug, Clone)]
pub(crate) struct DocumentSearch {
    /// Whether each column is limited to these records.
    limits: Box<[bool]>,
    /// Whether all columns of documents that are built are.
    limits_all: bool,
    /// Finds a part of each text.
    parts: Regex,
    /// Finds [`ALWAYS_FOUND`].
    always: Regex,
}

impl DocumentSearch {
    /// Prepares the search for any of some texts, for the columns whose numbers are `limited`, of the `built` columns of
    /// documents. Returns `None` if there is no text, or if the search would find too much or take too long.
    pub(crate) fn new(limited: &[usize], built: &[usize], texts: &[String]) -> Option<Self> {
        if texts.is_empty() || texts.len() > MAX_TEXTS {
            return None;
        }
        let mut alternatives = Vec::new();
        for text in texts {
            let folded = casefold(text);
            let part = longest_plain_part(&folded);
            if part.len() < MIN_PART_BYTES {
                return None;
            }
            alternatives.push(regex::escape(part));
        }
        let parts = Regex::new(&format!("(?i-u:{})", alternatives.join("|"))).ok()?;
        let always = Regex::new(ALWAYS_FOUND).ok()?;
        let columns = built.iter().max().map_or(0, |last| last + 1);
        let limits: Box<[bool]> = (0..columns)
            .map(|column| limited.contains(&column))
            .collect();
        Some(Self {
            limits_all: built.iter().all(|&column| limits[column]),
            limits,
            parts,
            always,
        })
    }

    /// Returns whether the documents of a column are limited to the records that the search finds.
    #[inline]
    pub(super) fn limits(&self, column: usize) -> bool {
        self.limits.get(column) == Some(&true)
    }
}

/// Returns the longest part of a text without characters beyond ASCII, and without those that JSON may or must escape
/// in two characters.
fn longest_plain_part(text: &str) -> &str {
    let is_special = |character: char| {
        !character.is_ascii()
            || character.is_ascii_control()
            || matches!(character, '"' | '\\' | '/')
    };
    let parts = text.split(is_special);
    parts.max_by_key(|part| part.len()).unwrap_or_default()
}

/// A search in the bytes of one block.
#[derive(Debug, Clone)]
pub(super) struct BlockSearch {
    search: DocumentSearch,
    /// The latest results for the parts of texts, and for what is always found.
    windows: [Window; 2],
}

impl BlockSearch {
    /// Creates the search in a block that has not started.
    pub(super) fn new(search: &DocumentSearch) -> Self {
        Self {
            // A clone has its own memory for searches, which threads would otherwise wait for.
            search: search.clone(),
            windows: [const { Window::EMPTY }; 2],
        }
    }

    /// Prepares for the bytes of another block.
    pub(super) fn start_block(&mut self) {
        self.windows = [const { Window::EMPTY }; 2];
    }

    /// Returns whether the documents of a column are limited to the records that the search finds.
    #[inline]
    pub(super) fn limits(&self, column: usize) -> bool {
        self.search.limits(column)
    }

    /// Returns whether all documents are limited to these records.
    #[inline]
    pub(super) fn limits_all(&self) -> bool {
        self.search.limits_all
    }

    /// Returns whether a byte range of the block may contain one of the texts.
    #[inline]
    pub(super) fn may_contain(&mut self, bytes: &[u8], range: &Range<usize>) -> bool {
        let [parts, always] = &mut self.windows;
        parts.has_match(&self.search.parts, bytes, range)
            || always.has_match(&self.search.always, bytes, range)
    }
}

/// The first match of a pattern in a part of a block. Ranges that follow one another are tested by one search.
#[derive(Debug, Clone)]
struct Window {
    /// The bytes that were searched.
    searched: Range<usize>,
    /// The start of the first match; `usize::MAX` for none.
    first_match: usize,
}

impl Window {
    /// The window of no bytes.
    const EMPTY: Self = Self {
        searched: 0..0,
        first_match: usize::MAX,
    };

    /// Returns whether a match starts in a range.
    #[inline]
    fn has_match(&mut self, pattern: &Regex, bytes: &[u8], range: &Range<usize>) -> bool {
        let is_known = self.searched.start <= range.start
            && range.end <= self.searched.end
            && range.start <= self.first_match;
        if !is_known {
            self.search(pattern, bytes, range);
        }
        self.first_match < range.end
    }

    /// Searches from the start of a range to its end, or to the end of a window if that is longer.
    #[inline(never)]
    fn search(&mut self, pattern: &Regex, bytes: &[u8], range: &Range<usize>) {
        let end = range.end.max(range.start + WINDOW_BYTES).min(bytes.len());
        let found = pattern.find(&bytes[range.start..end]);
        self.first_match = found.map_or(usize::MAX, |found| range.start + found.start());
        self.searched = range.start..end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block_search(texts: &[&str]) -> Option<BlockSearch> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let search = DocumentSearch::new(&[0], &[0], &texts);
        search.as_ref().map(BlockSearch::new)
    }

    fn finds(text: &str, json: &str) -> bool {
        let bytes = json.as_bytes();
        let mut search = block_search(&[text]).unwrap();
        search.may_contain(bytes, &(0..bytes.len()))
    }

    #[test]
    fn no_spelling_of_a_text_is_missed() {
        for json in [
            r#""Kilian Imre""#,
            r#""KILIAN IMRE""#,
            r#""\u004bilian \u0069mre""#,
            "\"\u{212A}ilian \u{130}mre\"",
            r#""\u212Ailian \u212amre""#,
            r#""\u0130mre""#,
        ] {
            assert!(finds("kilian", json), "{json}");
        }
        assert!(!finds("kilian", r#""Killian \u00e9 \/ \n""#));
    }

    #[test]
    fn of_a_text_the_longest_part_that_json_does_not_escape_is_searched() {
        for text in ["é/vertraglich\\\"", "\tVERTRAGLICH\u{e9}k"] {
            assert!(finds(text, r#""vertraglich""#));
            assert!(!finds(text, r#""vertrag""#));
        }
        // No part is long enough, or there are too many texts.
        for texts in [
            &["a/b"][..],
            &["été"],
            &[""],
            &[],
            &["aaa"; MAX_TEXTS + 1],
            &["aaa", "b"],
        ] {
            assert!(block_search(texts).is_none(), "{texts:?}");
        }
    }

    #[test]
    fn characters_beyond_ascii_that_fold_to_ascii_are_found() {
        for character in ('\u{80}'..=char::MAX).filter(|c| !c.is_ascii()) {
            let folded = casefold(character.encode_utf8(&mut [0; 4])).into_owned();
            if folded.contains(|c: char| c.is_ascii()) {
                assert!(finds("xyz", &format!("\"{character}\"")), "{character:?}");
                let code = u32::from(character);
                assert!(finds("xyz", &format!("\"\\u{code:04x}\"")), "{character:?}");
                assert!(finds("xyz", &format!("\"\\u{code:04X}\"")), "{character:?}");
            }
        }
    }

    #[test]
    fn texts_in_place_of_objects_are_found() {
        assert!(finds("xyz", r#"{"dept":"@{name=IT}"}"#));
        assert!(finds("xyz", r#"{"dept":"System.Object[]"}"#));
        assert!(!finds("xyz", r#"{"dept":"system.object"}"#));
    }

    /// Characters of words, many of which fold to others.
    const CHARACTERS: &[char] = &[
        'a', 'b', 'B', 'c', 'k', 'K', '\u{212A}', 'i', 'I', '\u{130}', 'é', '/', '"', '\\',
    ];

    /// Returns a character as JSON may spell it.
    fn spelled(character: char, spelling: u8) -> String {
        match (spelling, character) {
            (0, _) => format!("\\u{:04x}", u32::from(character)),
            (1, _) => format!("\\u{:04X}", u32::from(character)),
            (_, '"' | '\\') | (2, '/') => format!("\\{character}"),
            _ => character.to_string(),
        }
    }

    proptest! {
        #[test]
        fn a_range_that_contains_a_text_is_found_whatever_is_around_it(
            words in proptest::collection::vec(
                proptest::collection::vec((proptest::sample::select(CHARACTERS), 0..8_u8), 0..9),
                1..40,
            ),
            chosen in any::<proptest::sample::Index>(),
            (from, to) in any::<(proptest::sample::Index, proptest::sample::Index)>(),
        ) {
            let (mut bytes, mut ranges, mut folded) = (String::new(), Vec::new(), Vec::new());
            for word in &words {
                let start = bytes.len();
                let spelled: String = word.iter().map(|&(c, spelling)| spelled(c, spelling)).collect();
                bytes.push_str(&format!("\"{spelled}\","));
                ranges.push(start..bytes.len());
                let text: String = word.iter().map(|&(c, _)| c).collect();
                folded.push(casefold(&text).into_owned());
            }
            let word = chosen.get(&folded);
            let ends: Vec<usize> = (0..=word.len()).filter(|&at| word.is_char_boundary(at)).collect();
            let (one, other) = (*from.get(&ends), *to.get(&ends));
            let sought = &word[one.min(other)..one.max(other)];
            if let Some(mut search) = block_search(&[sought]) {
                for (text, range) in folded.iter().zip(&ranges) {
                    let is_found = search.may_contain(bytes.as_bytes(), range);
                    prop_assert!(is_found || !text.contains(sought), "{sought:?} {text:?}");
                }
            }
        }
    }
}
