//! Recursive descent over the tokens of an expression: connectives, parentheses, negations and value paths.

use super::MAX_DEPTH;
use super::comparison::Right;
use super::cursor::{Connective, Counts, Cursor};
use super::error::{ExpressionErrorKind, Mistake};
use super::lexer::{Token, TokenKind};
use super::path::{parse_keys, starts_like_number};
use crate::error::{Error, ErrorKind};
use crate::expression::{AttributePath, Expression, ValuePath};
use crate::spanned_str::SpannedStr;

/// Parses the whole of `source` as an expression, and adds its tests to `counts`.
///
/// # Errors
/// All mistakes, in the order of the text. After a mistake, parsing resumes at the next `and`, `or` or closing
/// character of the same level.
pub(crate) fn parse_expression(
    source: &SpannedStr,
    counts: &mut Counts,
) -> Result<Expression, Vec<Error>> {
    let mut parser = ExpressionParser {
        cursor: Cursor::new(source, *counts),
        unquoted: None,
    };
    let expression = parser.whole();
    *counts = parser.cursor.counts;
    let mut mistakes = parser.cursor.mistakes;
    match expression {
        Some(expression) if mistakes.is_empty() => {
            // `a[b pr or c pr].d pr` means `a[(b pr or c pr) and d pr]`, which is nested more deeply than it looks.
            if expression.depth() <= MAX_DEPTH {
                return Ok(expression);
            }
            let whole = 0..source.as_str().len();
            mistakes.push(Mistake::new(ExpressionErrorKind::TooDeep, whole));
        }
        _ => {}
    }
    // A mistake at a keyword or bracket is recorded after those of its operand.
    mistakes.sort_by_key(|mistake| mistake.range.start);
    let error = |Mistake { kind, range }| Error {
        kind: ErrorKind::Expression(kind),
        span: Some(source.span(range)),
    };
    Err(mistakes.into_iter().map(error).collect())
}

/// Parser of one expression. A method returns `None` after it has recorded a mistake.
pub(super) struct ExpressionParser<'s> {
    /// Tokens and mistakes.
    pub(super) cursor: Cursor<'s>,
    /// Start of the last value without quotes.
    pub(super) unquoted: Option<usize>,
}

impl ExpressionParser<'_> {
    /// Parses all tokens.
    fn whole(&mut self) -> Option<Expression> {
        let first = self.cursor.peek();
        if first.kind == TokenKind::End {
            return self.cursor.fail(ExpressionErrorKind::Empty, first);
        }
        let expression = self.disjunction();
        // Anything after an unopened `)` is parsed for its mistakes alone.
        while self.cursor.pass_unopened() {
            let is_joined = self.cursor.pass_connective(Connective::And)
                || self.cursor.pass_connective(Connective::Or);
            if is_joined || self.cursor.peek().kind != TokenKind::End {
                self.disjunction();
            }
        }
        expression
    }

    /// Parses tests that are joined by `or`.
    fn disjunction(&mut self) -> Option<Expression> {
        let mut operands = vec![self.conjunction()];
        while self.cursor.pass_connective(Connective::Or) {
            operands.push(self.conjunction());
        }
        join(operands, Expression::Or)
    }

    /// Parses tests that are joined by `and`.
    fn conjunction(&mut self) -> Option<Expression> {
        let mut operands = vec![self.operand()];
        while self.cursor.pass_connective(Connective::And) {
            operands.push(self.operand());
        }
        join(operands, Expression::And)
    }

    /// Parses an operand of `and` or `or` up to the next connective; anything between is a mistake.
    fn operand(&mut self) -> Option<Expression> {
        // A text without quotes is looked for in this operand alone.
        self.unquoted = None;
        let operand = self.negation();
        let stray = self.cursor.peek();
        if operand.is_some() && !self.cursor.is_boundary(stray) {
            let found = self.cursor.found(stray);
            // The stray tokens are passed first, because the whole text without quotes is repeated in the error.
            self.cursor.recover();
            let unquoted = self.unquoted.take();
            let unquoted =
                unquoted.map(|start| self.cursor.text(start..self.cursor.previous_end()));
            // A sequence with quotes or brackets is no text that lost its quotes.
            let unquoted = unquoted.filter(|text| {
                stray.kind == TokenKind::Word && !text.contains(['"', '(', '[', ','])
            });
            let unquoted = unquoted.map(str::to_owned);
            let kind = ExpressionErrorKind::NoConnective { found, unquoted };
            self.cursor.mistake(kind, stray.range());
        }
        self.cursor.recover();
        operand
    }

    /// Parses a negation, a group in parentheses, or a test.
    fn negation(&mut self) -> Option<Expression> {
        let token = self.cursor.peek();
        let text = self.cursor.text(token.range());
        match token.kind {
            TokenKind::Open => self.group(),
            TokenKind::Symbol if text == "!" => {
                let found = text.to_owned();
                self.cursor.advance();
                // `!` is a mistake, and its operand is parsed for more of them.
                self.cursor
                    .fail::<()>(ExpressionErrorKind::LogicSymbol { found }, token);
                self.negated(token)
            }
            TokenKind::Word
                if self.cursor.is_keyword_next() && text.eq_ignore_ascii_case("not") =>
            {
                self.cursor.advance();
                self.negated(token)
            }
            TokenKind::Word | TokenKind::Text if !self.cursor.is_keyword_next() => self.test(),
            _ => {
                let found = text.to_owned();
                self.cursor
                    .fail(ExpressionErrorKind::NoField { found }, token)
            }
        }
    }

    /// Parses the operand of a negation, whose keyword or symbol is `keyword`.
    fn negated(&mut self, keyword: Token) -> Option<Expression> {
        let first = self.cursor.peek();
        if first.kind == TokenKind::Open {
            return self.group().map(|operand| !operand);
        }
        // Each `not` is a level of nesting: `not not not …` would otherwise exhaust the stack.
        self.cursor.enter(first)?;
        let operand = (!self.cursor.is_boundary(first)).then(|| self.negation());
        self.cursor.leave();
        // The symbol has been reported; a second mistake at the same place would not help.
        if operand.is_none() && self.cursor.text(keyword.range()) != "!" {
            let found = self.cursor.found(first);
            let kind = ExpressionErrorKind::NothingNegated { found };
            self.cursor.mistake(kind, keyword.range());
        }
        operand?.map(|operand| !operand)
    }

    /// Parses an expression in parentheses, at the opening one.
    fn group(&mut self) -> Option<Expression> {
        let opener = self.cursor.open()?;
        let expression = self.disjunction();
        self.cursor.close(opener);
        expression
    }

    /// Parses a comparison or a value path, at its path.
    fn test(&mut self) -> Option<Expression> {
        let token = self.cursor.advance();
        self.cursor.count_test(token)?;
        self.test_of(token, Right::ValueOrPath)
    }

    /// Parses the path `token`, and the operator or brackets after it.
    fn test_of(&mut self, token: Token, right: Right) -> Option<Expression> {
        let keys = parse_keys(
            self.cursor.source(),
            token.range(),
            &mut self.cursor.mistakes,
        );
        // Without its path, the rest is parsed for its mistakes alone.
        let path = keys.map(|keys| self.path(keys, token));
        let next = self.cursor.peek();
        if next.kind == TokenKind::OpenBracket {
            self.value_path(path, token.start)
        } else if path.is_none() && self.cursor.is_boundary(next) {
            // The missing operator is no second mistake.
            None
        } else {
            self.comparison(path, token, right)
        }
    }

    /// Creates the path that was written as `token`.
    pub(super) fn path(&self, keys: Vec<String>, token: Token) -> AttributePath {
        AttributePath {
            keys,
            span: Some(self.cursor.span(token.range())),
        }
    }

    /// Parses the brackets of a value path that starts at `start`, and the test after them, as in
    /// `emails[type eq "work"].value eq "x"`.
    fn value_path(&mut self, path: Option<AttributePath>, start: usize) -> Option<Expression> {
        // A subscript has the shape of a value path up to its bracket, and needs advice of its own.
        self.refuse_subscript(start)?;
        let opener = self.cursor.open()?;
        let mut condition = self.disjunction();
        self.cursor.close(opener);
        let next = self.cursor.peek();
        // A continuation follows its bracket without a space; otherwise a connective is missing.
        let is_continued = next.kind == TokenKind::Word
            && next.start == self.cursor.previous_end()
            && self.cursor.text(next.range()).starts_with('.');
        if is_continued {
            let continuation = self.continuation(next);
            condition = condition.and_then(|condition| Some(condition.and(continuation?)));
        }
        Some(Expression::ValuePath(ValuePath {
            path: path?,
            condition: Box::new(condition?),
            span: Some(self.cursor.span(start..self.cursor.previous_end())),
        }))
    }

    /// Refuses brackets with a position (`emails[0]`, `emails[*]`, `emails[]`), with a key in quotes or with the name
    /// of a filter, after a path that starts at `start`. Other languages have these, and no test is so short.
    fn refuse_subscript(&mut self, start: usize) -> Option<()> {
        let [opener, inner, closer] = [0, 1, 2].map(|skipped| self.cursor.peek_after(skipped));
        let path = self.cursor.text(start..opener.start);
        let found = self.cursor.text(inner.range());
        let (found, end, after) = match (inner.kind, closer.kind) {
            (TokenKind::CloseBracket, _) => ("", inner.end, closer),
            (TokenKind::Text, TokenKind::CloseBracket) => {
                (found, closer.end, self.cursor.peek_after(3))
            }
            (TokenKind::Word, TokenKind::CloseBracket)
                if found == "*"
                    || starts_like_number(found)
                    || path.eq_ignore_ascii_case("filter") =>
            {
                (found, closer.end, self.cursor.peek_after(3))
            }
            _ => return Some(()),
        };
        let rest = self.cursor.text(after.range());
        let is_rest = after.start == end && after.kind == TokenKind::Word && rest.starts_with('.');
        let kind = ExpressionErrorKind::Subscript {
            path: path.to_owned(),
            found: found.to_owned(),
            rest: if is_rest {
                rest.to_owned()
            } else {
                String::new()
            },
        };
        self.cursor.mistake(kind, opener.start..end);
        None
    }

    /// Parses the test after the brackets of a value path, whose path `token` starts with a dot.
    fn continuation(&mut self, token: Token) -> Option<Expression> {
        self.cursor.advance();
        // A chain `a[..].b[..].c` nests as deeply as the condition that it becomes.
        self.cursor.enter(token)?;
        let path = Token {
            start: token.start + 1,
            ..token
        };
        let test = self.cursor.count_test(path);
        let test = test.and_then(|()| self.test_of(path, Right::ValueOnly));
        self.cursor.leave();
        test
    }
}

/// Joins operands; one alone is itself.
fn join(
    operands: Vec<Option<Expression>>,
    join: fn(Vec<Expression>) -> Expression,
) -> Option<Expression> {
    let mut operands: Vec<Expression> = operands.into_iter().collect::<Option<_>>()?;
    if operands.len() == 1 {
        return operands.pop();
    }
    Some(join(operands))
}
