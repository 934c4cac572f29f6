use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem::Finder;

use crate::fold::fold;

/// The texts that a search looks for, folded and prepared once for all chunks.
///
/// A row matches if it contains one of them; the empty text is in every row. A text that contains another one adds no
/// row and is dropped, equal texts are one: [`Needles::texts`] are those that remain. Up to four of them are searched
/// for one after another by memmem, more by one Aho-Corasick automaton, so a search reads each byte four times at most.
#[derive(Debug, Clone)]
pub struct Needles {
    texts: Vec<String>,
    passes: Vec<Searcher>,
}

/// The most texts for which a pass of memmem each takes less time than one of an automaton.
const MAX_PASSES: usize = 4;

/// One pass over the text of a column.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a request has a few of them, and the common one is found without a detour"
)]
pub(crate) enum Searcher {
    /// The empty text, which is in every row.
    Everything,
    One(Finder<'static>),
    Several(AhoCorasick),
}

/// Bytes of a haystack where a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Needles {
    /// Prepares these texts, in time linear in their bytes, but for sorting them.
    pub fn new<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let folded = texts
            .into_iter()
            .map(|text| fold(text.as_ref()).into_owned());
        let texts = reduced(folded.collect());
        let each = || texts.iter().map(|text| Searcher::one(text.as_bytes()));
        let passes = if texts.len() <= MAX_PASSES {
            each().collect()
        } else {
            // An automaton has states for 2 GiB of texts; more are searched for one after another.
            automaton(&texts).map_or_else(
                || each().collect(),
                |automaton| vec![Searcher::Several(automaton)],
            )
        };
        Self { texts, passes }
    }

    /// The folded texts that are searched for, ascending; none contains another.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether a text contains one of them.
    pub fn are_in(&self, text: &str) -> bool {
        self.are_in_folded(fold(text).as_bytes())
    }

    pub(crate) fn are_in_folded(&self, text: &[u8]) -> bool {
        self.passes.iter().any(|pass| pass.find(text).is_some())
    }

    /// The passes that find every row together; each row that one of them finds matches.
    pub(crate) fn passes(&self) -> &[Searcher] {
        &self.passes
    }
}

impl Searcher {
    /// Searches for this text.
    pub(crate) fn one(text: &[u8]) -> Self {
        if text.is_empty() {
            Self::Everything
        } else {
            Self::One(Finder::new(text).into_owned())
        }
    }

    /// The first hit in some folded text.
    ///
    /// No needle contains another, so of two hits the one that starts first also ends first.
    pub(crate) fn find(&self, haystack: &[u8]) -> Option<Hit> {
        let hit = match self {
            Self::Everything => Some(Hit { start: 0, end: 0 }),
            Self::One(finder) => hit_of(finder, haystack),
            Self::Several(automaton) => automaton.find(haystack).map(|found| Hit {
                start: found.start(),
                end: found.end(),
            }),
        };
        #[cfg(test)]
        work::add(hit.map_or(haystack.len(), |hit| hit.end));
        hit
    }

    /// Whether the text is the empty one.
    pub(crate) fn matches_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

fn hit_of(finder: &Finder<'_>, haystack: &[u8]) -> Option<Hit> {
    let start = finder.find(haystack)?;
    let end = start + finder.needle().len();
    Some(Hit { start, end })
}

/// The most bytes of texts for which a DFA is built, as its table takes up to 1 KiB for each; an NFA takes far less.
const MAX_DFA_BYTES: usize = 2 << 10;

/// An automaton for these texts; `None` for more of them than it has states for.
fn automaton(texts: &[String]) -> Option<AhoCorasick> {
    let bytes: usize = texts.iter().map(String::len).sum();
    let kind = if bytes <= MAX_DFA_BYTES {
        AhoCorasickKind::DFA
    } else {
        AhoCorasickKind::ContiguousNFA
    };
    AhoCorasick::builder()
        .kind(Some(kind))
        // The kind of match that has a vectorised search for up to some dozens of texts.
        .match_kind(MatchKind::LeftmostFirst)
        .build(texts)
        .ok()
}

/// The texts that contain no other one, in time and memory linear in their bytes, but for sorting them.
fn reduced(mut texts: Vec<String>) -> Vec<String> {
    // Next to a text are, in the one order, all that start with it, and in the other, all that end with it.
    texts.sort_unstable_by(|one, other| one.bytes().rev().cmp(other.bytes().rev()));
    texts.dedup_by(|next, kept| next.ends_with(&**kept));
    texts.sort_unstable();
    texts.dedup_by(|next, kept| next.starts_with(&**kept));
    if texts.len() < 2 {
        return texts;
    }
    // None ends with another by now, so no state of the automaton stands for the ends of several.
    let all = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::NoncontiguousNFA))
        .build(&texts);
    // More than 2 GiB of texts all remain: that costs time, and changes no answer.
    let Ok(all) = all else {
        return texts;
    };
    let contains_no_other = |text: &String| {
        let mut hits = all.find_overlapping_iter(text.as_str());
        hits.all(|hit| hit.len() == text.len())
    };
    let keeps: Vec<bool> = texts.iter().map(contains_no_other).collect();
    let kept = texts.into_iter().zip(keeps);
    kept.filter_map(|(text, keep)| keep.then_some(text))
        .collect()
}

/// Counts the bytes that searches of this thread have read, for tests that bound the work.
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
