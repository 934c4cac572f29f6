//! Parsing of comparisons: operators and right-hand sides.

use super::compile_regex;
use super::cursor::Connective;
use super::error::ExpressionErrorKind;
use super::help::operator_of_alias;
use super::json_text::decode_json_text;
use super::lexer::{Token, TokenKind};
use super::parser::ExpressionParser;
use super::path::{parse_keys, starts_like_number};
use crate::expression::{AttributePath, Comparison, Expression, Literal, Operand, Operator};
use crate::text::Spanned;

/// Right-hand sides that a comparison may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// A value or another attribute.
    ValueOrPath,
    /// A value alone: after the brackets of a value path, where a path would start at the value of the brackets.
    ValueOnly,
}

impl ExpressionParser<'_> {
    /// Parses the operator and the right-hand side after the path `token`.
    pub(super) fn comparison(
        &mut self,
        path: Option<AttributePath>,
        token: Token,
        right: Right,
    ) -> Option<Expression> {
        let operator = self.operator(token)?;
        let operand = match operator {
            Operator::Present => self.nothing(token)?,
            Operator::In => self.list()?,
            _ => self.value(operator, right)?,
        };
        Some(Expression::Comparison(Comparison {
            // The path may be wrong; by now the rest has been parsed for its own mistakes.
            path: path?,
            operator,
            operand,
            span: Some(self.cursor.span(token.start..self.cursor.previous_end())),
        }))
    }

    /// Parses an operator. One of another language is a mistake, and the operator that it stands for is returned, so
    /// that mistakes after it are found.
    fn operator(&mut self, path: Token) -> Option<Operator> {
        let token = self.cursor.peek();
        if let Some(operator) = self.cursor.operator(token) {
            self.cursor.advance();
            return Some(operator);
        }
        let field = self.cursor.found(path);
        let found = self.cursor.found(token);
        // `contains(name, "x")`: OData and SQL write a test as the call of a function, so the "field" is its name.
        if token.kind == TokenKind::Open && operator_of_alias(&field).is_some() {
            return self
                .cursor
                .fail(ExpressionErrorKind::Function { found: field }, path);
        }
        let is_operator = match token.kind {
            TokenKind::Symbol => true,
            // A last word is a value without its operator.
            TokenKind::Word => !self.cursor.is_boundary(self.cursor.peek_after(1)),
            _ => false,
        };
        if !is_operator || self.cursor.is_boundary(token) {
            return self
                .cursor
                .fail(ExpressionErrorKind::NoOperator { field, found }, token);
        }
        // `name not co "x"` negates one operator as SQL does; here `not` is a prefix of a whole test.
        if found.eq_ignore_ascii_case("not")
            && let Some(operator) = self.cursor.operator(self.cursor.peek_after(1))
        {
            self.cursor.advance();
            self.cursor.advance();
            let kind = ExpressionErrorKind::NegatedOperator { field, operator };
            self.cursor.mistake(kind, token.range());
            return Some(operator);
        }
        if found.eq_ignore_ascii_case("between") {
            return self.between(field);
        }
        // Only `is` starts an operator of several words; its words are reported together.
        let words = self.alias_words();
        let last = self.cursor.peek_after(words - 1);
        let found = self.cursor.text(token.start..last.end).to_owned();
        let alias = operator_of_alias(&found);
        // The `null` of `is not null` is the value.
        let has_value = words > 1 && keyword_literal(self.cursor.text(last.range())).is_some();
        for _ in 0..words - usize::from(has_value) {
            self.cursor.advance();
        }
        self.cursor.mistake(
            ExpressionErrorKind::UnknownOperator { found },
            token.start..last.end,
        );
        alias
    }

    /// Passes `between` and the bounds after it, which are a mistake.
    fn between(&mut self, field: String) -> Option<Operator> {
        let token = self.cursor.advance();
        let is_value = |token: Token| {
            matches!(
                token.kind,
                TokenKind::Word | TokenKind::Text | TokenKind::OtherQuotes
            ) && !self.cursor.is_boundary(token)
        };
        // The three tokens that `between LOW and HIGH` has after its keyword.
        let [low, and, high] = [0, 1, 2].map(|skipped| self.cursor.peek_after(skipped));
        let has_bounds =
            is_value(low) && is_value(high) && self.cursor.connective(and) == Some(Connective::And);
        // The help has placeholders in place of bounds that are missing.
        let bound = |token: Token| match has_bounds {
            true => self.cursor.found(token),
            false => String::new(),
        };
        let kind = ExpressionErrorKind::Between {
            field,
            low: bound(low),
            high: bound(high),
        };
        let mut end = token.end;
        // The `and` of the bounds joins no tests.
        if has_bounds {
            for _ in 0..3 {
                end = self.cursor.advance().end;
            }
        }
        self.cursor.mistake(kind, token.start..end);
        None
    }

    /// Returns the number of words of the unknown operator at the next token: `is not null` has three.
    fn alias_words(&self) -> usize {
        let is_word = |skipped: usize, word: &str| {
            let token = self.cursor.peek_after(skipped);
            self.cursor.text(token.range()).eq_ignore_ascii_case(word)
        };
        if !is_word(0, "is") {
            return 1;
        }
        let not = usize::from(is_word(1, "not"));
        1 + not + usize::from(is_word(1 + not, "null"))
    }

    /// Parses the right-hand side of `pr`, which is empty. Only a token that can be nothing but a value is a mistake
    /// here; any other token is left to the caller, which expects a connective.
    fn nothing(&mut self, path: Token) -> Option<Operand> {
        let token = self.cursor.peek();
        let text = self.cursor.text(token.range());
        let is_value = match token.kind {
            TokenKind::Text | TokenKind::OtherQuotes => true,
            TokenKind::Word => keyword_literal(text).is_some() || is_json_number(text),
            _ => false,
        };
        if is_value {
            let field = self.cursor.found(path);
            let found = self.cursor.found(token);
            return self.cursor.fail(
                ExpressionErrorKind::ValueAfterPresent { field, found },
                token,
            );
        }
        Some(Operand::None)
    }

    /// Parses the right-hand side of `operator`: a literal or a path.
    fn value(&mut self, operator: Operator, right: Right) -> Option<Operand> {
        let token = self.cursor.peek();
        match token.kind {
            TokenKind::OpenBracket => self
                .cursor
                .fail(ExpressionErrorKind::UnexpectedList { operator }, token),
            TokenKind::Word if self.is_path(token) => self.right_hand_path(operator, right),
            TokenKind::Word | TokenKind::Text | TokenKind::OtherQuotes
                if !self.cursor.is_keyword_next() =>
            {
                let literal = self.literal()?;
                self.check(operator, &literal.value, token)?;
                Some(Operand::Literal(literal))
            }
            _ => {
                let found = self.cursor.found(token);
                self.cursor
                    .fail(ExpressionErrorKind::NoValue { operator, found }, token)
            }
        }
    }

    /// Parses the path at the next token, which is the right-hand side of `operator`.
    fn right_hand_path(&mut self, operator: Operator, right: Right) -> Option<Operand> {
        let token = self.cursor.advance();
        let found = self.cursor.found(token);
        // Mistakes in the keys are recorded only if the word is certainly a path.
        let mut mistakes = Vec::new();
        let keys = parse_keys(self.cursor.source(), token.range(), &mut mistakes);
        let kind = match keys {
            None if found.starts_with('"') => {
                self.cursor.mistakes.append(&mut mistakes);
                return None;
            }
            // A text without quotes is likelier than a path with mistakes.
            None => ExpressionErrorKind::UnquotedText { found },
            // A regular expression is compiled once, so it is no field of each record.
            Some(_) if operator == Operator::Matches => {
                ExpressionErrorKind::NoText { operator, found }
            }
            Some(_) if right == Right::ValueOnly => {
                ExpressionErrorKind::FieldAfterBrackets { found }
            }
            Some(keys) => {
                // `a eq b c` is more often a text without quotes than two tests, and the start of the text is known
                // only here.
                self.unquoted = Some(token.start);
                return Some(Operand::Path(self.path(keys, token)));
            }
        };
        self.cursor.fail(kind, token)
    }

    /// Returns whether a word on a right-hand side is a path: it is no keyword, and does not start like a number.
    fn is_path(&self, token: Token) -> bool {
        let text = self.cursor.text(token.range());
        !self.cursor.is_keyword_next()
            && keyword_literal(text).is_none()
            && !starts_like_number(text)
    }

    /// Parses a literal, at a word or a text in quotes.
    fn literal(&mut self) -> Option<Spanned<Literal>> {
        let token = self.cursor.advance();
        let text = self.cursor.text(token.range());
        let literal = match token.kind {
            TokenKind::Text => {
                let source = self.cursor.source();
                Literal::Text(decode_json_text(
                    source,
                    token.range(),
                    &mut self.cursor.mistakes,
                )?)
            }
            TokenKind::OtherQuotes => {
                let found = text.to_owned();
                return self
                    .cursor
                    .fail(ExpressionErrorKind::OtherQuotes { found }, token);
            }
            _ => {
                // A keyword or number may be the first word of a text without quotes, as in `name eq 5 apples`.
                self.unquoted = Some(token.start);
                let number = || is_json_number(text).then(|| Literal::Number(text.to_owned()));
                let Some(literal) = keyword_literal(text).or_else(number) else {
                    let found = text.to_owned();
                    return self
                        .cursor
                        .fail(ExpressionErrorKind::UnquotedText { found }, token);
                };
                literal
            }
        };
        Some(Spanned::new(literal, self.cursor.span(token.range())))
    }

    /// Checks that a literal, written as `token`, suits its operator.
    fn check(&mut self, operator: Operator, literal: &Literal, token: Token) -> Option<()> {
        // The limit on regular expressions counts those that fail to compile too: each of them costs a compilation.
        if operator == Operator::Matches {
            self.cursor.count_regex(token)?;
        }
        let found = self.cursor.found(token);
        let kind = match (operator, literal) {
            (Operator::Matches, Literal::Text(text)) => match compile_regex(text) {
                Ok(_) => return Some(()),
                Err(kind) => kind,
            },
            (operator, literal) if needs_text(operator) && !matches!(literal, Literal::Text(_)) => {
                ExpressionErrorKind::NoText { operator, found }
            }
            // Null and booleans have no order in JSON, nor in any API.
            (
                Operator::Greater
                | Operator::GreaterOrEqual
                | Operator::Less
                | Operator::LessOrEqual,
                Literal::Null | Literal::Boolean(_),
            ) => ExpressionErrorKind::NoOrder { operator, found },
            _ => return Some(()),
        };
        self.cursor.fail(kind, token)
    }

    /// Parses the list of `in`.
    fn list(&mut self) -> Option<Operand> {
        let token = self.cursor.peek();
        if token.kind != TokenKind::OpenBracket {
            let found = self.cursor.found(token);
            return self
                .cursor
                .fail(ExpressionErrorKind::NoList { found }, token);
        }
        // Brackets count as a level of nesting, which `close` or `abandon` leaves again.
        let opener = self.cursor.open()?;
        let items = self.items();
        // After a mistake in an item, the rest of the list is passed over.
        if items.is_none() {
            self.cursor.recover();
        }
        if items.is_none() && self.cursor.peek().kind != TokenKind::CloseBracket {
            // The mistake in the list is probably its missing end.
            self.cursor.abandon();
        } else {
            self.cursor.close(opener);
        }
        // The items are no part of a text without quotes.
        self.unquoted = None;
        items.map(Operand::List)
    }

    /// Parses the values of a list up to its closing bracket.
    fn items(&mut self) -> Option<Vec<Spanned<Literal>>> {
        let mut items = Vec::new();
        loop {
            let token = self.cursor.peek();
            let is_value = matches!(
                token.kind,
                TokenKind::Word | TokenKind::Text | TokenKind::OtherQuotes
            );
            if !is_value || self.cursor.is_boundary(token) {
                let found = self.cursor.found(token);
                return self
                    .cursor
                    .fail(ExpressionErrorKind::NoItem { found }, token);
            }
            // A wrong literal stays as `None`, and parsing goes on with the next item.
            items.push(self.literal());
            let token = self.cursor.peek();
            match token.kind {
                TokenKind::Comma => self.cursor.advance(),
                // All values are parsed for their mistakes.
                TokenKind::CloseBracket => return items.into_iter().collect(),
                _ => {
                    let found = self.cursor.found(token);
                    return self
                        .cursor
                        .fail(ExpressionErrorKind::ListEnd { found }, token);
                }
            };
        }
    }
}

/// Returns whether an operator compares with texts alone.
fn needs_text(operator: Operator) -> bool {
    use Operator::{
        Contains, ContainsCase, EndsWith, EndsWithCase, EqualCase, Matches, StartsWith,
        StartsWithCase,
    };
    matches!(
        operator,
        Contains
            | StartsWith
            | EndsWith
            | Matches
            | EqualCase
            | ContainsCase
            | StartsWithCase
            | EndsWithCase
    )
}

/// Returns the literal of `true`, `false` or `null`. SCIM's grammar (RFC 7644, 3.4.2.2) takes them from JSON, in lower
/// case; any case is accepted, because other languages write `True` or `NULL`.
pub(super) fn keyword_literal(word: &str) -> Option<Literal> {
    let literals = [
        Literal::Null,
        Literal::Boolean(true),
        Literal::Boolean(false),
    ];
    literals
        .into_iter()
        .find(|literal| literal.to_string().eq_ignore_ascii_case(word))
}

/// Returns whether a text is a number by the grammar of JSON (RFC 8259, section 6): no leading zero or plus sign, and
/// digits on both sides of a decimal point.
pub(crate) fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    let (integer, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(integer, fraction)| {
            (integer, Some(fraction))
        });
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    digits(integer)
        && (integer == "0" || !integer.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
