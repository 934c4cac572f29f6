//! Tokens of an expression.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use super::error::{ExpressionErrorKind, Mistake};
use super::json_text::text_end;
use crate::escape::is_hidden;

/// Characters that end a word, besides white space.
const DELIMITERS: &[char] = &[
    '(', ')', '[', ']', ',', '"', '=', '<', '>', '!', '&', '|', '~',
];

/// Operators of other languages, longest first, so that each is found as a whole.
const SYMBOLS: [&str; 19] = [
    "===", "!==", "==", "=~", "!~", "!=", "<=", ">=", "=<", "=>", "<>", "&&", "||", "=", "<", ">",
    "!", "&", "|",
];

/// Part of an expression's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// Kind.
    pub(super) kind: TokenKind,
    /// First byte.
    pub(super) start: usize,
    /// Byte after the last one.
    pub(super) end: usize,
}

impl Token {
    /// Returns the bytes of the token.
    pub(super) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `,`
    Comma,
    /// JSON text with its quotes.
    Text,
    /// Text between quotes that JSON does not have, such as `'active'`.
    OtherQuotes,
    /// Keyword, number, path, or other text without quotes. A path includes its keys in quotes: `profile."a b"`.
    Word,
    /// Operator of another language, such as `==` or `&&`.
    Symbol,
    /// End of the text.
    End,
}

/// Splits a text into tokens, without the end. A text without its closing quote is a mistake, and extends to the end.
pub(super) fn tokenize(text: &str, mistakes: &mut Vec<Mistake>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, end) = next_token(text, at, first, mistakes);
        tokens.push(Token {
            kind,
            start: at,
            end,
        });
        at = end;
    }
    tokens
}

/// Returns the kind and the end of the token at `start`, whose first character is `first`.
fn next_token(
    text: &str,
    start: usize,
    first: char,
    mistakes: &mut Vec<Mistake>,
) -> (TokenKind, usize) {
    let single = match first {
        '(' => Some(TokenKind::Open),
        ')' => Some(TokenKind::Close),
        '[' => Some(TokenKind::OpenBracket),
        ']' => Some(TokenKind::CloseBracket),
        ',' => Some(TokenKind::Comma),
        '~' => Some(TokenKind::Symbol),
        _ => None,
    };
    if let Some(kind) = single {
        return (kind, start + 1);
    }
    if let Some(symbol) = SYMBOLS
        .iter()
        .find(|&&symbol| text[start..].starts_with(symbol))
    {
        return (TokenKind::Symbol, start + symbol.len());
    }
    if first == '"' {
        let end = text_token_end(text, start, mistakes);
        // A path may start with a key in quotes.
        if !text[end..].starts_with('.') {
            return (TokenKind::Text, end);
        }
    } else if let Some(closing) = closing_quotes(first) {
        return (
            TokenKind::OtherQuotes,
            other_quotes_end(text, start + first.len_utf8(), closing),
        );
    }
    (TokenKind::Word, word_end(text, start, mistakes))
}

/// Returns the end of the JSON text at `start`: that of the whole text if it has no closing quote.
fn text_token_end(text: &str, start: usize, mistakes: &mut Vec<Mistake>) -> usize {
    text_end(text, start).unwrap_or_else(|| {
        let range = start..text.len();
        mistakes.push(Mistake::new(ExpressionErrorKind::UnclosedText, range));
        text.len()
    })
}

/// Returns the end of the word at `start`. A quote after a dot, or at the start, begins a key in quotes, after which
/// the word goes on with a dot only.
fn word_end(text: &str, start: usize, mistakes: &mut Vec<Mistake>) -> usize {
    let mut at = start;
    let mut expects_key = true;
    while let Some(character) = text[at..].chars().next() {
        if character == '"' && expects_key {
            at = text_token_end(text, at, mistakes);
            if !text[at..].starts_with('.') {
                break;
            }
        } else if is_word_character(character) {
            at += character.len_utf8();
            expects_key = character == '.';
        } else {
            break;
        }
    }
    at
}

/// Returns whether a character may be in a word, outside of keys in quotes.
pub(super) fn is_word_character(character: char) -> bool {
    !character.is_whitespace() && !DELIMITERS.contains(&character)
}

/// Returns whether a character may be in a key without quotes: a letter, digit or combining mark of any script, `_`,
/// `-` or `$`.
pub(super) fn is_key_character(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '_' | '-' | '$')
        // The marks that Rust does not count as alphabetic have no width of their own.
        || (!character.is_ascii() && character.width() == Some(0) && !is_hidden(character))
}

/// Returns the characters that close a text after the opening quote `character`, which is not one of JSON.
pub(super) fn closing_quotes(character: char) -> Option<&'static [char]> {
    match character {
        '\'' | '‘' | '’' | '`' => Some(&['\'', '‘', '’', '`']),
        '“' | '”' | '„' => Some(&['“', '”']),
        _ => None,
    }
}

/// Returns the end of the text after an opening quote: after its closing quote, or that of the word if it has none.
fn other_quotes_end(text: &str, start: usize, closing: &[char]) -> usize {
    let rest = &text[start..];
    match rest.char_indices().find(|(_, each)| closing.contains(each)) {
        Some((at, quote)) => start + at + quote.len_utf8(),
        None => {
            start
                + rest
                    .find(|each| !is_word_character(each))
                    .unwrap_or(rest.len())
        }
    }
}
