//! Multi-pattern search: several texts, of which a row must contain one, prepared once for all chunks.
//!
//! A few patterns are searched for one after another by `memmem`, more by one Aho-Corasick automaton, so a search reads
//! each byte at most [`MAX_PASSES`] times, whatever the number of patterns.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem::Finder;

use crate::casefold::casefold;

/// Casefolded texts, of which a row must contain one. Every row contains the empty text.
///
/// A text that contains another finds no further rows and is dropped, as are duplicates: [`Patterns::texts`] returns
/// the rest.
///
/// ```
/// use idq_columns::Patterns;
///
/// // "north@example" contains "north", so every row with the first has the second as well.
/// let patterns = Patterns::new(["NORTH", "north@example", "south"]);
/// assert_eq!(patterns.texts(), ["north", "south"]);
/// ```
#[derive(Debug, Clone)]
pub struct Patterns {
    texts: Vec<String>,
    /// One pass for each text, or one pass for all; empty without texts, which match no row.
    passes: Vec<Searcher>,
}

/// Up to this number of texts, a pass of `memmem` for each takes less time than one pass of an automaton.
const MAX_PASSES: usize = 4;

/// The search of one pass over the text of a column.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a request has a few of them, and a box would cost the common variant an indirection"
)]
pub(crate) enum Searcher {
    /// For the empty text.
    Everything,
    /// For one text, by `memmem`.
    One(Finder<'static>),
    /// For several texts, by an automaton.
    Several(AhoCorasick),
}

/// The byte range of a hit in a haystack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Patterns {
    /// Casefolds and prepares texts.
    ///
    /// Takes time linear in the bytes of the texts, apart from sorting them.
    pub fn new<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let folded = texts
            .into_iter()
            .map(|text| casefold(text.as_ref()).into_owned());
        let texts = without_redundant(folded.collect());
        let one_by_one = || {
            let texts = texts.iter();
            texts.map(|text| Searcher::new(text.as_bytes())).collect()
        };
        let passes = if texts.len() <= MAX_PASSES {
            one_by_one()
        } else {
            // An automaton has states for 2 GiB of texts; beyond, texts are searched for one after another.
            build_automaton(&texts)
                .map_or_else(one_by_one, |automaton| vec![Searcher::Several(automaton)])
        };
        Self { texts, passes }
    }

    /// Returns the casefolded texts that are searched for, ascending; none contains another.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Returns whether a casefolded text contains one of the patterns.
    pub(crate) fn any_in(&self, text: &[u8]) -> bool {
        self.passes.iter().any(|pass| pass.find(text).is_some())
    }

    /// Returns the passes; a row matches if one of them finds it.
    pub(crate) fn passes(&self) -> &[Searcher] {
        &self.passes
    }
}

impl Searcher {
    /// Prepares the search for one text.
    pub(crate) fn new(text: &[u8]) -> Self {
        if text.is_empty() {
            Self::Everything
        } else {
            Self::One(Finder::new(text).into_owned())
        }
    }

    /// Returns the first hit in a casefolded text.
    ///
    /// No pattern contains another, so of two hits the one that starts first also ends first.
    pub(crate) fn find(&self, haystack: &[u8]) -> Option<Hit> {
        let hit = match self {
            Self::Everything => Some(Hit { start: 0, end: 0 }),
            Self::One(finder) => finder.find(haystack).map(|start| Hit {
                start,
                end: start + finder.needle().len(),
            }),
            Self::Several(automaton) => automaton.find(haystack).map(|found| Hit {
                start: found.start(),
                end: found.end(),
            }),
        };
        #[cfg(test)]
        work::add(hit.map_or(haystack.len(), |hit| hit.end));
        hit
    }

    /// Returns whether the search is for the empty text.
    pub(crate) fn matches_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

/// Up to this number of bytes of texts, a DFA is built, whose table takes up to 1 KiB for each byte. An NFA is slower
/// and far smaller.
const MAX_DFA_TEXT_BYTES: usize = 2 << 10;

/// Builds an automaton for texts; `None` if they exceed its maximum number of states.
fn build_automaton(texts: &[String]) -> Option<AhoCorasick> {
    let bytes: usize = texts.iter().map(String::len).sum();
    let kind = if bytes <= MAX_DFA_TEXT_BYTES {
        AhoCorasickKind::DFA
    } else {
        AhoCorasickKind::ContiguousNFA
    };
    AhoCorasick::builder()
        .kind(Some(kind))
        // This match kind alone has a vectorised search for up to some dozens of texts.
        .match_kind(MatchKind::LeftmostFirst)
        .build(texts)
        .ok()
}

/// Drops the texts that contain another one, in time and memory linear in their bytes, apart from sorting them.
fn without_redundant(mut texts: Vec<String>) -> Vec<String> {
    // Sorted by their reversed bytes, the texts that end with a text follow it; sorted by their bytes, the texts that
    // start with it do.
    texts.sort_unstable_by(|one, other| one.bytes().rev().cmp(other.bytes().rev()));
    texts.dedup_by(|next, kept| next.ends_with(&**kept));
    texts.sort_unstable();
    texts.dedup_by(|next, kept| next.starts_with(&**kept));
    if texts.len() < 2 {
        return texts;
    }
    // An automaton finds the texts inside others. No text ends with another any more, so at most one match ends at each
    // position.
    let all = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::NoncontiguousNFA))
        .build(&texts);
    // Beyond 2 GiB of texts, all texts remain, which costs time but does not change the result.
    let Ok(all) = all else {
        return texts;
    };
    let contains_no_other = |text: &String| {
        let mut hits = all.find_overlapping_iter(text.as_str());
        hits.all(|hit| hit.len() == text.len())
    };
    let keep: Vec<bool> = texts.iter().map(contains_no_other).collect();
    let texts = texts.into_iter().zip(keep);
    texts
        .filter_map(|(text, keep)| keep.then_some(text))
        .collect()
}

/// Counts the bytes that searches of this thread read, for tests that bound the work.
#[cfg(test)]
pub(crate) mod work {
    use std::cell::Cell;

    thread_local! {
        static BYTES: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(bytes: usize) {
        BYTES.set(BYTES.get() + bytes);
    }

    /// Returns the number of bytes read since the last call.
    pub(crate) fn take() -> usize {
        BYTES.take()
    }
}
