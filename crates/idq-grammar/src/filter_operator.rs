//! Operators of other languages in the place of the `=` of a filter flag: `state:active`, `state==active`, `state ne x`.

use std::ops::Range;

use crate::escape::quote;
use crate::expression::Literal;
use crate::spanned_str::trimmed_range;

/// The comparison that an operator of another language stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// The comparison of a filter.
    Equal,
    /// A comparison of expressions, by the name of its operator.
    Expression(&'static str),
}

/// The operators of signs. An operator comes before those that are its start. The sign `=` alone is the filter's own.
const SIGNS: [(&str, Comparison); 14] = [
    ("===", Comparison::Equal),
    ("==", Comparison::Equal),
    (":=", Comparison::Equal),
    ("=~", Comparison::Expression("co")),
    ("~=", Comparison::Expression("co")),
    ("!==", Comparison::Expression("ne")),
    ("!=", Comparison::Expression("ne")),
    ("<>", Comparison::Expression("ne")),
    (">=", Comparison::Expression("ge")),
    ("<=", Comparison::Expression("le")),
    (">", Comparison::Expression("gt")),
    ("<", Comparison::Expression("lt")),
    ("~", Comparison::Expression("co")),
    (":", Comparison::Equal),
];

/// The operators of expressions, which stand between blanks.
const WORDS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

/// A filter flag with another operator than `=`.
pub(crate) struct ForeignOperator {
    /// The operator.
    pub(crate) range: Range<usize>,
    /// The flag or the expression to write instead.
    pub(crate) instead: String,
}

/// Finds the operator of another language after the name at the start of a filter flag.
pub(crate) fn find_foreign_operator(text: &str) -> Option<ForeignOperator> {
    let name_end = text.find(|character: char| !is_in_name(character))?;
    let name = text[..name_end].trim();
    let after = &text[name_end..];
    let start = name_end + (after.len() - after.trim_start().len());
    let rest = &text[start..];
    let has_blank = start > name_end;
    let (length, comparison) = sign_at(rest).or_else(|| word_at(rest).filter(|_| has_blank))?;
    let value = &rest[length..];
    let value = value[trimmed_range(value)].trim_matches(['"', '\'']);
    let instead = match comparison {
        // A bracket without its other one is a mistake of its own.
        _ if name.is_empty() || name.matches('[').count() != name.matches(']').count() => {
            return None;
        }
        Comparison::Equal => {
            let value = if value.is_empty() { "VALUE" } else { value };
            quote(&format!("{name}={value}"))
        }
        Comparison::Expression(operator) => {
            let literal = literal(value);
            let expression = quote(&format!("-w '{name} {operator} {literal}'"));
            format!("an expression, whose names are those of fields: {expression}")
        }
    };
    Some(ForeignOperator {
        range: start..start + length,
        instead,
    })
}

/// Returns whether a character may be part of the name of a filter, in brackets or not.
fn is_in_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '[' | ']')
}

/// Returns the length and the comparison of the sign at the start of a text.
fn sign_at(text: &str) -> Option<(usize, Comparison)> {
    let mut signs = SIGNS.into_iter();
    let (sign, comparison) = signs.find(|(sign, _)| text.starts_with(sign))?;
    Some((sign.len(), comparison))
}

/// Returns the length and the comparison of the operator of expressions at the start of a text.
fn word_at(text: &str) -> Option<(usize, Comparison)> {
    let (word, _) = text.split_once(char::is_whitespace)?;
    let operator = WORDS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(word))?;
    let comparison = match operator {
        "eq" => Comparison::Equal,
        operator => Comparison::Expression(operator),
    };
    Some((word.len(), comparison))
}

/// Returns a value as an expression spells it.
fn literal(value: &str) -> Literal {
    match value {
        "" => Literal::Text("VALUE".to_owned()),
        "true" | "false" => Literal::Boolean(value == "true"),
        _ if value.parse::<i64>().is_ok() => Literal::Number(value.to_owned()),
        _ => Literal::Text(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operator_of_another_language_has_the_flag_or_expression_to_write() {
        for (text, operator, instead) in [
            ("state:active", ":", "`state=active`"),
            ("state: active", ":", "`state=active`"),
            ("state==active", "==", "`state=active`"),
            ("state === active", "===", "`state=active`"),
            ("state:=active", ":=", "`state=active`"),
            ("filter[state]:active", ":", "`filter[state]=active`"),
            ("state eq \"active\"", "eq", "`state=active`"),
            ("state:", ":", "`state=VALUE`"),
            (
                "state!=active",
                "!=",
                "an expression, whose names are those of fields: `-w 'state ne \"active\"'`",
            ),
            (
                "count.logs >= 5",
                ">=",
                "an expression, whose names are those of fields: `-w 'count.logs ge 5'`",
            ),
            (
                "email ew a.example",
                "ew",
                "an expression, whose names are those of fields: `-w 'email ew \"a.example\"'`",
            ),
            (
                "email~smith",
                "~",
                "an expression, whose names are those of fields: `-w 'email co \"smith\"'`",
            ),
        ] {
            let found = find_foreign_operator(text).expect(text);
            assert_eq!(&text[found.range], operator, "{text}");
            assert_eq!(found.instead, instead, "{text}");
        }
    }

    #[test]
    fn filter_flag_with_an_equals_sign_has_no_foreign_operator() {
        for text in [
            "state=active",
            "state = active",
            "state[]=active",
            "created_after=2026-01-01T00:00:00Z",
            "email=a==b",
            "state",
            "",
            ":active",
            "filter[a:b]=x",
            "eq=x",
        ] {
            assert!(find_foreign_operator(text).is_none(), "{text}");
        }
    }
}
