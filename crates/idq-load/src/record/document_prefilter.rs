//! The prefilter of documents: a search for texts in the bytes of a record, before its documents are built.
//!
//! A question such as a search for a name finds few records, and building the documents of all others takes longer than
//! everything else that a load does. The prefilter reads bytes as they are spelled. It has false positives and no false
//! negatives: it passes every record with a document that contains a text in a key or a scalar, decoded, in any case.

use std::ops::Range;

use idq_columns::casefold;
use regex::bytes::Regex;

/// The maximum number of texts. With more, one pass takes longer than it saves.
const MAX_TEXTS: usize = 4;

/// The minimum length of a literal. Most records contain any one or two given letters.
const MIN_LITERAL_BYTES: usize = 3;

/// The maximum length of a literal, which bounds the memory of its pattern. Longer ones pass hardly fewer records.
const MAX_LITERAL_BYTES: usize = 32;

/// The number of bytes that are searched at a time, at least: they are still in the cache when a record is parsed.
const WINDOW_BYTES: usize = 64 << 10;

/// Bytes with which a record passes whatever the texts are:
///
/// * numeric escapes of ASCII characters, which may spell a part of a literal (escapes of two characters cannot,
///   because literals have no character that they spell);
/// * `İ` and the Kelvin sign, escaped or not: the only characters beyond ASCII whose lowercase has an ASCII letter;
/// * texts in place of objects, because a load counts them: see [`cut_text`](super::cut_text).
const ALWAYS_PASSED: &str =
    r#"(?-u:\\u00[0-7]|\\u0130|\\u212[aA]|\xC4\xB0|\xE2\x84\xAA|"@\{|"System\.)"#;

/// A prepared prefilter, and the columns whose documents are built only for records that pass it.
#[derive(Debug)]
pub(crate) struct DocumentPrefilter {
    /// Whether each column is filtered.
    filtered_columns: Box<[bool]>,
    /// Whether all columns of documents that are built are filtered.
    filters_all: bool,
    /// Finds a literal of each text.
    literals: Regex,
    /// Finds [`ALWAYS_PASSED`].
    always: Regex,
}

impl DocumentPrefilter {
    /// Prepares the prefilter of `filtered` columns, of all the columns of documents that are `built`. Returns `None`
    /// if there is no text, or if a pass would find too much or take too long.
    pub(crate) fn new(filtered: &[usize], built: &[usize], texts: &[String]) -> Option<Self> {
        if texts.is_empty() || texts.len() > MAX_TEXTS {
            return None;
        }
        let mut literals = Vec::new();
        for text in texts {
            let folded = casefold(text);
            let literal = longest_literal(&folded);
            if literal.len() < MIN_LITERAL_BYTES {
                return None;
            }
            // A literal is ASCII.
            let end = literal.len().min(MAX_LITERAL_BYTES);
            literals.push(regex::escape(&literal[..end]));
        }
        let columns = built.iter().max().map_or(0, |last| last + 1);
        Some(Self {
            filtered_columns: (0..columns)
                .map(|column| filtered.contains(&column))
                .collect(),
            filters_all: built.iter().all(|column| filtered.contains(column)),
            literals: Regex::new(&format!("(?i-u:{})", literals.join("|"))).ok()?,
            always: Regex::new(ALWAYS_PASSED).ok()?,
        })
    }

    /// Returns whether documents of a column are built only for records that pass.
    #[inline]
    pub(super) fn filters(&self, column: usize) -> bool {
        self.filtered_columns.get(column) == Some(&true)
    }
}

/// Returns the longest part of a text without characters beyond ASCII, and without those that JSON may or must escape
/// in two characters.
fn longest_literal(text: &str) -> &str {
    let is_special = |character: char| {
        !character.is_ascii()
            || character.is_ascii_control()
            || matches!(character, '"' | '\\' | '/')
    };
    let literals = text.split(is_special);
    literals
        .max_by_key(|literal| literal.len())
        .unwrap_or_default()
}

/// The prefilter over the bytes of one block.
#[derive(Debug)]
pub(super) struct BlockPrefilter<'s> {
    prefilter: &'s DocumentPrefilter,
    // Two patterns, because one of both is ten times slower: the case of the literals would apply to both.
    literals: PatternSearch,
    always: PatternSearch,
}

impl<'s> BlockPrefilter<'s> {
    /// Creates the prefilter of a block that has not started.
    pub(super) fn new(prefilter: &'s DocumentPrefilter) -> Self {
        Self {
            prefilter,
            literals: PatternSearch::new(&prefilter.literals, WINDOW_BYTES),
            always: PatternSearch::new(&prefilter.always, WINDOW_BYTES),
        }
    }

    /// Prepares for the bytes of another block.
    pub(super) fn start_block(&mut self) {
        self.literals.start_block();
        self.always.start_block();
    }

    /// Returns whether documents of a column are built only for records that pass.
    #[inline]
    pub(super) fn filters(&self, column: usize) -> bool {
        self.prefilter.filters(column)
    }

    /// Returns whether all documents are built only for records that pass.
    #[inline]
    pub(super) fn filters_all(&self) -> bool {
        self.prefilter.filters_all
    }

    /// Returns whether a byte range of the block passes. All calls between two blocks must have the same bytes.
    #[inline]
    pub(super) fn passes(&mut self, bytes: &[u8], range: &Range<usize>) -> bool {
        self.literals.has_match(bytes, range) || self.always.has_match(bytes, range)
    }
}

/// The search for a pattern in a block. Ranges that follow one another are tested by one search.
#[derive(Debug)]
struct PatternSearch {
    pattern: Regex,
    /// The number of bytes that are searched at a time, at least.
    window_bytes: usize,
    /// The bytes that were searched.
    searched: Range<usize>,
    /// The start of the first match in them; `usize::MAX` for none.
    first_match: usize,
}

impl PatternSearch {
    /// Creates a search that has not started.
    fn new(pattern: &Regex, window_bytes: usize) -> Self {
        Self {
            // A clone has its own memory for searches, for which threads would otherwise wait.
            pattern: pattern.clone(),
            window_bytes,
            searched: 0..0,
            first_match: usize::MAX,
        }
    }

    /// Prepares for the bytes of another block.
    fn start_block(&mut self) {
        self.searched = 0..0;
    }

    /// Returns whether a match starts in a range.
    #[inline]
    fn has_match(&mut self, bytes: &[u8], range: &Range<usize>) -> bool {
        let is_known = self.searched.start <= range.start
            && range.end <= self.searched.end
            && range.start <= self.first_match;
        if !is_known {
            self.search(bytes, range);
        }
        self.first_match < range.end
    }

    /// Searches from the start of a range to its end, or to the end of a window if that is longer.
    #[inline(never)]
    fn search(&mut self, bytes: &[u8], range: &Range<usize>) {
        let end = range
            .end
            .max(range.start + self.window_bytes)
            .min(bytes.len());
        let found = self.pattern.find(&bytes[range.start..end]);
        self.first_match = found.map_or(usize::MAX, |found| range.start + found.start());
        self.searched = range.start..end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefilter(texts: &[&str]) -> Option<DocumentPrefilter> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        DocumentPrefilter::new(&[0], &[0], &texts)
    }

    fn passes(text: &str, json: &str) -> bool {
        let prefilter = prefilter(&[text]).unwrap();
        BlockPrefilter::new(&prefilter).passes(json.as_bytes(), &(0..json.len()))
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
            assert!(passes("kilian", json), "{json}");
        }
        assert!(!passes("kilian", r#""Killian \u00e9 \/ \n""#));
    }

    #[test]
    fn of_a_text_the_longest_literal_is_searched() {
        for text in ["é/vertraglich\\\"", "\tVERTRAGLICH\u{e9}k"] {
            assert!(passes(text, r#""vertraglich""#));
            assert!(!passes(text, r#""vertrag""#));
        }
        // No literal is long enough, or there are too many texts.
        for texts in [
            &["a/b"][..],
            &["été"],
            &[""],
            &[],
            &["aaa"; MAX_TEXTS + 1],
            &["aaa", "b"],
        ] {
            assert!(prefilter(texts).is_none(), "{texts:?}");
        }
    }

    #[test]
    fn characters_beyond_ascii_that_fold_to_ascii_pass() {
        for character in ('\u{80}'..=char::MAX).filter(|c| !c.is_ascii()) {
            let folded = casefold(character.encode_utf8(&mut [0; 4])).into_owned();
            if folded.contains(|c: char| c.is_ascii()) {
                assert!(passes("xyz", &format!("\"{character}\"")), "{character:?}");
                let code = u32::from(character);
                assert!(
                    passes("xyz", &format!("\"\\u{code:04x}\"")),
                    "{character:?}"
                );
                assert!(
                    passes("xyz", &format!("\"\\u{code:04X}\"")),
                    "{character:?}"
                );
            }
        }
    }

    #[test]
    fn texts_in_place_of_objects_pass() {
        assert!(passes("xyz", r#"{"dept":"@{name=IT}"}"#));
        assert!(passes("xyz", r#"{"dept":"System.Object[]"}"#));
        assert!(!passes("xyz", r#"{"dept":"system.object"}"#));
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
        fn a_range_that_contains_a_text_passes_whatever_is_around_it(
            words in proptest::collection::vec(
                proptest::collection::vec((proptest::sample::select(CHARACTERS), 0..8_u8), 0..9),
                1..40,
            ),
            chosen in any::<proptest::sample::Index>(),
            (from, to) in any::<(proptest::sample::Index, proptest::sample::Index)>(),
            window_bytes in 0..100_usize,
            jumps in proptest::collection::vec(any::<proptest::sample::Index>(), 0..20),
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
            if let Some(prefilter) = prefilter(&[sought]) {
                let mut block = BlockPrefilter::new(&prefilter);
                block.literals.window_bytes = window_bytes;
                block.always.window_bytes = window_bytes;
                // In order, and then in any order, as after a record that is read again.
                let jumps = jumps.iter().map(|jump| jump.index(words.len()));
                for number in (0..words.len()).chain(jumps) {
                    let passes = block.passes(bytes.as_bytes(), &ranges[number]);
                    let contains = folded[number].contains(sought);
                    prop_assert!(passes || !contains, "{sought:?} {:?}", folded[number]);
                }
            }
        }
    }
}
