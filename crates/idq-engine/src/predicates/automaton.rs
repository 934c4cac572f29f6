//! Search for a match of a regular expression, by a deterministic finite automaton that is built in advance.
//!
//! The texts of a directory are short, so that preparing a search costs more than reading the text. Stepping through a
//! finished automaton needs no preparation, and can go on from the end of a shared start of many texts.

use regex::bytes::Regex;
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_syntax::hir::{Hir, HirKind};

/// The greatest size of an automaton, in bytes. Classes of Unicode such as `\w` need more, and the lazy DFA of
/// `regex` builds the parts that a search needs.
const MAX_AUTOMATON_BYTES: usize = 128 << 10;

/// The greatest memory for building an automaton, in bytes, which bounds the time to about a millisecond.
const MAX_BUILD_BYTES: usize = 512 << 10;

/// A regular expression, for searches in many short texts.
#[derive(Debug)]
pub(super) struct Automaton {
    /// The dense DFA and its start state, if it is small.
    small: Option<(Box<dense::DFA<Vec<u32>>>, StateID)>,
    /// The lazy DFA of `regex`, for all other cases.
    regex: Regex,
}

/// The end of a walk through the automaton.
enum Walk {
    /// Whether there is a match is known.
    Decided(bool),
    /// The next byte decides.
    At(StateID),
    /// The automaton cannot read the text: a word boundary beside a character beyond ASCII.
    Unsuited,
}

impl Automaton {
    /// Prepares searches; `None` for a text that is no regular expression.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let regex = Regex::new(pattern).ok()?;
        let config = dense::Config::new()
            .start_kind(StartKind::Unanchored)
            .accelerate(false)
            .unicode_word_boundary(true)
            .dfa_size_limit(Some(MAX_AUTOMATON_BYTES))
            .determinize_size_limit(Some(MAX_BUILD_BYTES));
        let small = dense::Builder::new().configure(config).build(pattern).ok();
        let small = small.and_then(|dfa| {
            let first = dfa.start_state(&start::Config::new().anchored(Anchored::No));
            Some((Box::new(dfa), first.ok()?))
        });
        Some(Self { small, regex })
    }

    /// Returns whether a text, which is in two parts, contains a match.
    #[inline]
    pub(super) fn is_match(&self, [first, second]: [&[u8]; 2], joined: &mut Vec<u8>) -> bool {
        if let Some((dfa, start)) = &self.small {
            let walk = match walk(dfa, *start, first) {
                Walk::At(state) => walk(dfa, state, second),
                decided => decided,
            };
            match walk {
                Walk::Decided(is_match) => return is_match,
                Walk::At(state) => return dfa.is_match_state(dfa.next_eoi_state(state)),
                Walk::Unsuited => {}
            }
        }
        if second.is_empty() {
            return self.regex.is_match(first);
        }
        joined.clear();
        joined.extend_from_slice(first);
        joined.extend_from_slice(second);
        self.regex.is_match(joined)
    }

    /// Returns whether all texts with this start contain a match, or none does.
    pub(super) fn is_match_by_start(&self, text: &[u8]) -> Option<bool> {
        let (dfa, start) = self.small.as_ref()?;
        match walk(dfa, *start, text) {
            Walk::Decided(is_match) => Some(is_match),
            Walk::At(_) | Walk::Unsuited => None,
        }
    }
}

/// The least length of a literal that is searched for before the automaton, in bytes: most texts contain any one byte.
const MIN_REQUIRED_BYTES: usize = 2;

/// Returns the longest literal that each text with a match contains; `None` if there is none by which few texts could be
/// told from the others, such as white space or punctuation alone.
///
/// A search for such an inner literal reads many texts at once, and leaves few of them to the automaton.
pub(super) fn required_literal(pattern: &str) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let literal = std::str::from_utf8(longest_literal(&hir)?).ok()?;
    let is_telling = literal.len() >= MIN_REQUIRED_BYTES && literal.contains(char::is_alphanumeric);
    is_telling.then(|| literal.to_owned())
}

/// Returns the longest literal of an expression that no match lacks.
fn longest_literal(hir: &Hir) -> Option<&[u8]> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(&literal.0),
        HirKind::Capture(group) => longest_literal(&group.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => longest_literal(&repeated.sub),
        HirKind::Concat(parts) => {
            let literals = parts.iter().filter_map(longest_literal);
            literals.max_by_key(|literal| literal.len())
        }
        // An alternative or a class has no text that all its matches contain.
        _ => None,
    }
}

/// Reads bytes from a state on, as far as they are needed.
#[inline]
fn walk(dfa: &dense::DFA<Vec<u32>>, mut state: StateID, bytes: &[u8]) -> Walk {
    for &byte in bytes {
        state = dfa.next_state(state, byte);
        if dfa.is_special_state(state) {
            if dfa.is_match_state(state) {
                return Walk::Decided(true);
            }
            if dfa.is_dead_state(state) {
                return Walk::Decided(false);
            }
            if dfa.is_quit_state(state) {
                return Walk::Unsuited;
            }
        }
    }
    Walk::At(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_in_any_two_parts_equals_that_of_the_library() {
        let texts = [
            "",
            "a",
            "ana.ortiz@kestrel.example",
            "Leeds Main, 07 B",
            "svc-42",
            "a\nb",
            "Zoë Ångström",
            "x é y",
            "\u{1F600}",
        ];
        let patterns = [
            "",
            "^$",
            "^[a-m][a-z]+[.]o[a-z]*@",
            r"^(Leeds|London) (Main|North), [0-9]{2} ",
            "a|b$",
            r"\bx\b",
            r"\b[é]\b",
            r"\w+ \w+",
            "(?i)ZOË",
            "^.$",
            "(?s)^.{3}$",
            r"(?m)^b$",
            "[^a]",
            r"\d{2}$",
            "z*",
            r"\p{Greek}",
            "(?-u:a)b?",
            ".{0,60}x{20}",
        ];
        for pattern in patterns {
            let automaton = Automaton::new(pattern).expect("a regular expression");
            let regex = regex::Regex::new(pattern).unwrap();
            for text in texts {
                let expected = regex.is_match(text);
                for at in 0..=text.len() {
                    let (first, second) = text.as_bytes().split_at(at);
                    let parts = [first, second];
                    assert_eq!(
                        automaton.is_match(parts, &mut Vec::new()),
                        expected,
                        "{pattern:?} {text:?} {at}"
                    );
                    if let Some(by_start) = automaton.is_match_by_start(first) {
                        assert_eq!(by_start, expected, "{pattern:?} {text:?} {at}");
                    }
                }
            }
        }
        assert!(Automaton::new("(").is_none());
    }

    #[test]
    fn required_literal_is_one_that_every_match_contains() {
        for (pattern, expected) in [
            ("^[a-m][a-z]+[.]o[a-z]*@", Some(".o")),
            ("^svc-(x|y)+-batch$", Some("-batch")),
            ("(?:ab){2,}c?", Some("ab")),
            ("(abc)|def", None),
            ("(abc)?d", None),
            ("(abc){0,3}", None),
            ("(?i)abc", None),
            (r"^(Leeds|London) (Main|North), [0-9]{2} ", None),
            ("[.]$", None),
            ("É", Some("É")),
            (r"(?-u:\xC3)a", None),
            ("(", None),
        ] {
            assert_eq!(
                required_literal(pattern).as_deref(),
                expected,
                "{pattern:?}"
            );
        }
    }

    #[test]
    fn automaton_of_a_large_class_is_left_to_the_library() {
        let is_small =
            |pattern| Automaton::new(pattern).is_some_and(|automaton| automaton.small.is_some());
        assert!(is_small("^svc-[0-9]+$"));
        assert!(!is_small(r"\w{1,20}\d\w{5}"));
    }
}
