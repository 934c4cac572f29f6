//! Comparisons of a value with the literals of an expression.

use std::cmp::Ordering;

use idq_grammar::{Literal, Operator};
use regex::Regex;

use super::attribute::Kind;
use super::decimal::Decimal;
use super::json::Json;
use crate::date::{Now, document_instant, expression_interval_of, instant_of, interval_of};
use crate::fold::fold;

/// Returns whether a value passes a test with a literal that is not null. The value is a scalar or an object.
pub(super) fn passes(
    value: &Json,
    kind: Kind,
    operator: Operator,
    literal: &Literal,
    now: Now,
) -> bool {
    match (value, literal) {
        (Json::Boolean(value), Literal::Boolean(literal)) => {
            operator == Operator::Equal && value == literal
        }
        (Json::Number(value), Literal::Number(literal)) => is_ordered(
            operator,
            Decimal::parse(value).cmp(&Decimal::parse(literal)),
        ),
        (Json::Text(value), Literal::Text(literal)) => match kind {
            Kind::Exact => passes_text(value, operator, literal),
            Kind::Folded => passes_folded(value, operator, literal),
            Kind::Date | Kind::DateOrNever => {
                let interval = expression_interval_of(literal, now);
                let instant = instant_of(value).filter(|&instant| !is_never(kind, instant));
                instant
                    .zip(interval)
                    .is_some_and(|(instant, interval)| is_in_interval(operator, instant, interval))
            }
            _ => passes_in_document(value, operator, literal, now),
        },
        _ => false,
    }
}

/// Returns whether an instant means never in a field of this kind.
pub(super) fn is_never(kind: Kind, instant: i64) -> bool {
    let never = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"];
    kind == Kind::DateOrNever && never.iter().any(|never| instant_of(never) == Some(instant))
}

/// Returns whether a text in a document passes a test.
fn passes_in_document(value: &str, operator: Operator, literal: &str, now: Now) -> bool {
    let is_date_test = matches!(
        operator,
        Operator::Equal
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Less
            | Operator::LessOrEqual
    );
    let Some(interval) = interval_of(literal, now).filter(|_| is_date_test) else {
        return passes_folded(value, operator, literal);
    };
    let is_same = operator == Operator::Equal && fold(value) == fold(literal);
    is_same
        || document_instant(value, now.timezone())
            .is_some_and(|each| is_in_interval(operator, each, interval))
}

fn is_in_interval(operator: Operator, instant: i64, (start, end): (i64, i64)) -> bool {
    match operator {
        Operator::Equal => (start..=end).contains(&instant),
        Operator::Greater => instant > end,
        Operator::GreaterOrEqual => instant >= start,
        Operator::Less => instant < start,
        Operator::LessOrEqual => instant <= end,
        _ => false,
    }
}

/// Returns whether a text passes a test without case.
pub(super) fn passes_folded(value: &str, operator: Operator, literal: &str) -> bool {
    match operator {
        Operator::Matches
        | Operator::EqualCase
        | Operator::ContainsCase
        | Operator::StartsWithCase
        | Operator::EndsWithCase => passes_text(value, operator, literal),
        _ => passes_text(&fold(value), operator, &fold(literal)),
    }
}

/// Returns whether a text passes a test with case.
pub(super) fn passes_text(value: &str, operator: Operator, literal: &str) -> bool {
    match operator {
        Operator::EqualCase => value == literal,
        Operator::Contains | Operator::ContainsCase => value.contains(literal),
        Operator::StartsWith | Operator::StartsWithCase => value.starts_with(literal),
        Operator::EndsWith | Operator::EndsWithCase => value.ends_with(literal),
        Operator::Matches => Regex::new(literal).is_ok_and(|regex| regex.is_match(value)),
        _ => is_ordered(operator, value.cmp(literal)),
    }
}

/// Returns whether an order satisfies an operator of order.
pub(super) fn is_ordered(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        _ => false,
    }
}
