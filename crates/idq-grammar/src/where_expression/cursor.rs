//! Position in the tokens of an expression, open brackets, and the mistakes found before it.

use std::ops::Range;

use super::error::{ExpressionErrorKind, Mistake, closer_of};
use super::lexer::{Token, TokenKind, tokenize};
use super::path::is_word_of_logic;
use super::{MAX_DEPTH, MAX_MISTAKES, MAX_REGEXES, MAX_TESTS};
use crate::expression::Operator;
use crate::spanned_str::SpannedStr;
use crate::text::Span;

/// Connective between two tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connective {
    /// `and`
    And,
    /// `or`
    Or,
}

/// Numbers that are limited for all expressions of a query's texts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    /// Number of comparisons and value paths.
    tests: usize,
    /// Number of regular expressions.
    regexes: usize,
}

/// Reader of an expression's tokens.
pub(super) struct Cursor<'s> {
    source: &'s SpannedStr,
    tokens: Vec<Token>,
    /// Index of the next token.
    next: usize,
    /// Opening characters that are not closed yet.
    openers: Vec<char>,
    /// Number of open parentheses, brackets and negations.
    depth: usize,
    /// Numbers before the next token.
    pub(super) counts: Counts,
    /// Mistakes in the order found.
    pub(super) mistakes: Vec<Mistake>,
    /// Whether a limit is exceeded: the rest of the text is not read.
    is_stopped: bool,
}

impl<'s> Cursor<'s> {
    /// Creates a cursor before the first token of `source`.
    pub(super) fn new(source: &'s SpannedStr, counts: Counts) -> Self {
        let mut mistakes = Vec::new();
        Self {
            source,
            tokens: tokenize(source.as_str(), &mut mistakes),
            next: 0,
            openers: Vec::new(),
            depth: 0,
            counts,
            mistakes,
            is_stopped: false,
        }
    }

    /// Returns the text of the expression.
    pub(super) fn source(&self) -> &'s str {
        self.source.as_str()
    }

    /// Returns the text of a range.
    pub(super) fn text(&self, range: Range<usize>) -> &'s str {
        &self.source.as_str()[range]
    }

    /// Returns the text of a token; it is empty at the end.
    pub(super) fn found(&self, token: Token) -> String {
        self.text(token.range()).to_owned()
    }

    /// Returns the span of a range.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        self.source.span(range)
    }

    /// Returns the next token.
    pub(super) fn peek(&self) -> Token {
        self.peek_after(0)
    }

    /// Returns the token after `skipped` others.
    pub(super) fn peek_after(&self, skipped: usize) -> Token {
        let end = Token {
            kind: TokenKind::End,
            start: self.tokens_end(),
            end: self.tokens_end(),
        };
        self.tokens.get(self.next + skipped).copied().unwrap_or(end)
    }

    /// Returns the end of the last token.
    fn tokens_end(&self) -> usize {
        self.tokens.last().map_or(0, |token| token.end)
    }

    /// Returns the next token and passes it.
    pub(super) fn advance(&mut self) -> Token {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.len());
        token
    }

    /// Returns the end of the token before the next one.
    pub(super) fn previous_end(&self) -> usize {
        match self.next.checked_sub(1) {
            Some(previous) => self.tokens[previous].end,
            None => 0,
        }
    }

    /// Records a mistake.
    pub(super) fn mistake(&mut self, kind: ExpressionErrorKind, range: Range<usize>) {
        if self.is_stopped {
            return;
        }
        self.mistakes.push(Mistake::new(kind, range));
        if self.mistakes.len() >= MAX_MISTAKES {
            self.stop();
        }
    }

    /// Records a mistake at a token, and returns `None` for the caller to return.
    pub(super) fn fail<T>(&mut self, kind: ExpressionErrorKind, token: Token) -> Option<T> {
        self.mistake(kind, token.range());
        None
    }

    /// Passes all tokens, and records no more mistakes.
    fn stop(&mut self) {
        self.next = self.tokens.len();
        self.is_stopped = true;
    }

    /// Counts a test at a token; returns `None` if it exceeds the limit.
    pub(super) fn count_test(&mut self, token: Token) -> Option<()> {
        self.counts.tests += 1;
        if self.counts.tests > MAX_TESTS {
            self.mistake(ExpressionErrorKind::TooManyTests, token.range());
            self.stop();
            return None;
        }
        Some(())
    }

    /// Counts a regular expression at a token; returns `None` if it exceeds the limit.
    pub(super) fn count_regex(&mut self, token: Token) -> Option<()> {
        self.counts.regexes += 1;
        if self.counts.regexes > MAX_REGEXES {
            return self.fail(ExpressionErrorKind::TooManyRegexes, token);
        }
        Some(())
    }

    /// Enters a level of nesting at a token; returns `None` if it exceeds the limit.
    pub(super) fn enter(&mut self, token: Token) -> Option<()> {
        if self.depth >= MAX_DEPTH {
            self.mistake(ExpressionErrorKind::TooDeep, token.range());
            self.stop();
            return None;
        }
        self.depth += 1;
        Some(())
    }

    /// Leaves a level of nesting.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Passes the next token, an opening parenthesis or bracket, and enters a level of nesting.
    pub(super) fn open(&mut self) -> Option<Token> {
        let token = self.advance();
        self.enter(token)?;
        self.openers.push(opener_of(token.kind));
        Some(token)
    }

    /// Passes the closing character of the last opened one, which is `opener`; another or no one is a mistake.
    pub(super) fn close(&mut self, opener: Token) {
        self.abandon();
        let token = self.peek();
        let opened = opener_of(opener.kind);
        if is_closer(token) && opener_of(token.kind) == opened {
            self.advance();
            return;
        }
        // A text without its end includes all closing characters.
        let is_swallowed = |mistake: &Mistake| mistake.kind == ExpressionErrorKind::UnclosedText;
        if !self.mistakes.iter().any(is_swallowed) {
            let found = self.found(token);
            let kind = ExpressionErrorKind::Unclosed {
                opener: opened,
                found,
            };
            self.mistake(kind, opener.range());
        }
        // The other closing character replaces this one, unless it belongs to an outer one.
        if is_closer(token) && !self.openers.contains(&opener_of(token.kind)) {
            self.advance();
        }
    }

    /// Leaves the last opened parenthesis or bracket without its closing character.
    pub(super) fn abandon(&mut self) {
        self.openers.pop();
        self.leave();
    }

    /// Records a mistake for each closing character at the next token that closes nothing, and passes it.
    pub(super) fn pass_unopened(&mut self) -> bool {
        let before = self.next;
        while is_closer(self.peek()) {
            let token = self.advance();
            let found = closer_of(opener_of(token.kind));
            self.mistake(ExpressionErrorKind::Unopened { found }, token.range());
        }
        self.next > before
    }

    /// Passes tokens up to the next connective or closing character of this level.
    pub(super) fn recover(&mut self) {
        let mut inner = 0_usize;
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End => return,
                TokenKind::Open | TokenKind::OpenBracket => inner += 1,
                TokenKind::Close | TokenKind::CloseBracket if inner > 0 => inner -= 1,
                _ if inner == 0 && self.is_boundary(token) => return,
                _ => {}
            }
            self.advance();
        }
    }

    /// Returns whether a token ends a test: a connective, a closing character or the end.
    pub(super) fn is_boundary(&self, token: Token) -> bool {
        token.kind == TokenKind::End || is_closer(token) || self.connective(token).is_some()
    }

    /// Returns the connective that a token is, or stands for in another language.
    pub(super) fn connective(&self, token: Token) -> Option<Connective> {
        let text = self.text(token.range());
        match token.kind {
            TokenKind::Word if text.eq_ignore_ascii_case("and") => Some(Connective::And),
            TokenKind::Word if text.eq_ignore_ascii_case("or") => Some(Connective::Or),
            TokenKind::Symbol if matches!(text, "&" | "&&") => Some(Connective::And),
            TokenKind::Symbol if matches!(text, "|" | "||") => Some(Connective::Or),
            _ => None,
        }
    }

    /// Passes the next token if it is the connective `wanted`. A symbol in its place is a mistake.
    pub(super) fn pass_connective(&mut self, wanted: Connective) -> bool {
        let token = self.peek();
        if self.connective(token) != Some(wanted) {
            return false;
        }
        self.advance();
        if token.kind == TokenKind::Symbol {
            let found = self.found(token);
            self.mistake(ExpressionErrorKind::LogicSymbol { found }, token.range());
        }
        true
    }

    /// Returns the operator that a token is.
    pub(super) fn operator(&self, token: Token) -> Option<Operator> {
        let is_word = token.kind == TokenKind::Word;
        Operator::from_keyword(self.text(token.range())).filter(|_| is_word)
    }

    /// Returns whether the next token is the word `and`, `or` or `not`, as a keyword: no operator follows it.
    pub(super) fn is_keyword_next(&self) -> bool {
        let (token, after) = (self.peek(), self.peek_after(1));
        let is_word = token.kind == TokenKind::Word;
        is_word && is_word_of_logic(self.text(token.range())) && self.operator(after).is_none()
    }
}

/// Returns whether a token is a closing parenthesis or bracket.
fn is_closer(token: Token) -> bool {
    matches!(token.kind, TokenKind::Close | TokenKind::CloseBracket)
}

/// Returns the opening character of a parenthesis or bracket.
fn opener_of(kind: TokenKind) -> char {
    match kind {
        TokenKind::Open | TokenKind::Close => '(',
        _ => '[',
    }
}
