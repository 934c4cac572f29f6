//! Paths of attributes: parsing of a word, and spelling.

use std::fmt;
use std::ops::Range;

use super::MAX_MISTAKES;
use super::comparison::keyword_literal;
use super::error::{ExpressionErrorKind, Mistake};
use super::json_text::{decode_json_text, text_end, write_json_text};
use super::lexer::{TokenKind, is_key_character, is_word_character, tokenize};

/// Start of a key that is a URN, in any case.
const URN_PREFIX: &str = "urn:";

/// Parses a whole text as a path; returns `None` if it is no path.
pub(crate) fn parse_path_text(text: &str) -> Option<Vec<String>> {
    let mut mistakes = Vec::new();
    let tokens = tokenize(text, &mut mistakes);
    match tokens[..] {
        [token] if token.range() == (0..text.len()) && mistakes.is_empty() => {
            matches!(token.kind, TokenKind::Word | TokenKind::Text)
                .then(|| parse_keys(text, token.range(), &mut mistakes))?
        }
        _ => None,
    }
}

/// Parses the keys of the path at `range`, which is a word or a JSON text. Mistakes are added to `mistakes`.
pub(super) fn parse_keys(
    text: &str,
    range: Range<usize>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    let mut at = range.start;
    loop {
        let key = next_key(text, at..range.end);
        keys.push(key.value(text, mistakes));
        at = key.range.end;
        // A dot or colon at the end is followed by an empty key.
        if at == range.end || mistakes.len() >= MAX_MISTAKES {
            break;
        }
        at += 1;
    }
    keys.into_iter().collect()
}

/// One key of a path, as written.
struct WrittenKey {
    kind: KeyKind,
    range: Range<usize>,
}

/// Notation of a key.
enum KeyKind {
    /// JSON text.
    Quoted,
    /// URN, up to a colon.
    Urn,
    /// Letters and digits.
    Plain,
}

/// Returns the first key of the path, or of the rest of one, at `range`.
fn next_key(text: &str, range: Range<usize>) -> WrittenKey {
    let (start, rest) = (range.start, &text[range]);
    let key = |kind, length| WrittenKey {
        kind,
        range: start..start + length,
    };
    if rest.starts_with('"') {
        return key(KeyKind::Quoted, text_end(rest, 0).unwrap_or(rest.len()));
    }
    if starts_with_urn(rest) {
        // A later key in quotes may contain colons.
        let unquoted = &rest[..rest.find(".\"").unwrap_or(rest.len())];
        let colon = unquoted.rfind(':').unwrap_or(unquoted.len());
        return key(KeyKind::Urn, colon);
    }
    key(KeyKind::Plain, rest.find('.').unwrap_or(rest.len()))
}

impl WrittenKey {
    /// Returns the decoded key; `None` if it has mistakes, which are added to `mistakes`.
    fn value(&self, text: &str, mistakes: &mut Vec<Mistake>) -> Option<String> {
        let written = &text[self.range.clone()];
        let is_valid = match self.kind {
            KeyKind::Quoted => return decode_json_text(text, self.range.clone(), mistakes),
            KeyKind::Urn => is_urn_character,
            KeyKind::Plain => is_key_character,
        };
        if written.is_empty() {
            mistakes.push(Mistake::new(
                ExpressionErrorKind::EmptyKey,
                self.range.clone(),
            ));
            return None;
        }
        let Some((offset, found)) = written.char_indices().find(|&(_, each)| !is_valid(each))
        else {
            return Some(written.to_owned());
        };
        let start = self.range.start + offset;
        let key = written.to_owned();
        let kind = ExpressionErrorKind::KeyCharacter { found, key };
        mistakes.push(Mistake::new(kind, start..start + found.len_utf8()));
        None
    }
}

/// Returns whether a text starts with `urn:` in any case.
fn starts_with_urn(text: &str) -> bool {
    let prefix = text.get(..URN_PREFIX.len());
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(URN_PREFIX))
}

/// Returns whether a character may be in a URN without quotes.
fn is_urn_character(character: char) -> bool {
    is_word_character(character) && (character.is_ascii_graphic() || is_key_character(character))
}

/// Writes a path as it is parsed. Keys are in quotes where needed, and a first key also where it is a keyword or starts
/// like a number.
pub(crate) fn write_path(formatter: &mut fmt::Formatter<'_>, keys: &[String]) -> fmt::Result {
    let mut separator = "";
    let mut has_urn = false;
    for (index, key) in keys.iter().enumerate() {
        formatter.write_str(separator)?;
        separator = ".";
        let next = keys.get(index + 1);
        // The last colon of a path ends its URN, so a path has one at most, and a plain key after it.
        let is_urn = !has_urn && is_urn_key(key) && next.is_some_and(|next| is_plain_key(next));
        if is_urn {
            (separator, has_urn) = (":", true);
        }
        let quotes_first =
            index == 0 && (starts_like_number(key) || keys.len() == 1 && is_word_of_logic(key));
        if is_urn || (is_plain_key(key) && !quotes_first) {
            formatter.write_str(key)?;
        } else {
            write_json_text(formatter, key)?;
        }
    }
    Ok(())
}

/// Returns whether the spelling of a path is a path on a right-hand side too: it is no text and no keyword there.
pub(crate) fn is_right_hand_path(path: &str) -> bool {
    let is_text = path.starts_with('"') && text_end(path, 0) == Some(path.len());
    !is_text && keyword_literal(path).is_none()
}

/// Returns whether a key needs no quotes.
fn is_plain_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(is_key_character)
}

/// Returns whether a key is a URN that needs no quotes before another key.
fn is_urn_key(key: &str) -> bool {
    starts_with_urn(key) && key.chars().all(is_urn_character)
}

/// Returns whether a word starts like a number: it is then no path on a right-hand side.
pub(super) fn starts_like_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'))
}

/// Returns whether a word is `and`, `or` or `not`, in any case.
pub(super) fn is_word_of_logic(word: &str) -> bool {
    ["and", "or", "not"]
        .iter()
        .any(|keyword| word.eq_ignore_ascii_case(keyword))
}
