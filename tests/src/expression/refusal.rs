//! Expressions that the API refuses: names that no record has, and comparisons of a field with another kind of value.

use chrono_tz::Tz;
use idq_grammar::{Comparison, Expression, Literal, Operand, Operator};

use super::attribute::{Kind, attribute};
use super::json::Json;
use crate::date::{Now, expression_interval_of, interval_of};
use crate::request::OracleApi;

/// Returns whether an expression is an error on these records.
pub fn is_refused(expression: &Expression, records: &[Json], api: OracleApi, now: Now) -> bool {
    is_refused_in(&[], expression, records, api, now)
}

/// Returns whether an expression is an error in the brackets after an object around fields, whose keys are `outer`.
fn is_refused_in(
    outer: &[String],
    expression: &Expression,
    records: &[Json],
    api: OracleApi,
    now: Now,
) -> bool {
    let kind = |path: &[String]| {
        let attribute = attribute(api, &[outer, path].concat())?;
        let is_in = |record: &Json| is_below_undocumented_member(api, record, &attribute.keys);
        let is_known = attribute.kind != Kind::Undocumented || records.iter().any(is_in);
        is_known.then_some(attribute.kind)
    };
    match expression {
        Expression::And(operands) | Expression::Or(operands) => operands
            .iter()
            .any(|operand| is_refused_in(outer, operand, records, api, now)),
        Expression::Not(operand) => is_refused_in(outer, operand, records, api, now),
        Expression::Filter(_) => false,
        Expression::ValuePath(value_path) => match kind(&value_path.path.keys) {
            Some(Kind::Object) => {
                let object = attribute(api, &[outer, &value_path.path.keys].concat());
                let keys = object.map_or_else(Vec::new, |object| object.keys);
                is_refused_in(&keys, &value_path.condition, records, api, now)
            }
            Some(kind) if kind == Kind::Document || kind.is_free_form() => {
                is_wrong_in_brackets(&value_path.condition, now)
            }
            _ => true,
        },
        Expression::Comparison(comparison) => {
            let Some(left) = kind(&comparison.path.keys) else {
                return true;
            };
            match &comparison.operand {
                Operand::Path(path) => {
                    kind(&path.keys).is_none_or(|right| !are_comparable(left, right))
                }
                _ => {
                    !suits(left, comparison, now)
                        || left.is_free_form() && has_no_instant(comparison, now)
                }
            }
        }
    }
}

/// Returns whether a path names an undocumented member of a record, or anything below one. The dots of keys count as those
/// of the path: that such a key needs quotes is a hint.
fn is_below_undocumented_member(api: OracleApi, record: &Json, path: &[String]) -> bool {
    let spelled = path.join(".");
    (0..path.len()).any(|outer| {
        let outer = &path[..outer];
        let objects = record.at(outer);
        let members = objects.iter().filter_map(|object| match object {
            Json::Object(members) => Some(members.keys()),
            _ => None,
        });
        members.flatten().any(|key| {
            let member = [outer, std::slice::from_ref(key)].concat();
            let name = member.join(".");
            let is_undocumented =
                attribute(api, &member).is_some_and(|found| found.kind == Kind::Undocumented);
            let rest = spelled.strip_prefix(&name).filter(|_| is_undocumented);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    })
}

/// Returns whether the brackets after a path in a document have a mistake: null in a list, a comparison of two paths, or a
/// local time that the clocks skip or repeat.
fn is_wrong_in_brackets(expression: &Expression, now: Now) -> bool {
    match expression {
        Expression::And(operands) | Expression::Or(operands) => operands
            .iter()
            .any(|operand| is_wrong_in_brackets(operand, now)),
        Expression::Not(operand) => is_wrong_in_brackets(operand, now),
        Expression::ValuePath(value_path) => is_wrong_in_brackets(&value_path.condition, now),
        Expression::Filter(_) => true,
        Expression::Comparison(comparison) => match &comparison.operand {
            Operand::List(items) if items.iter().any(|item| item.value == Literal::Null) => true,
            Operand::Path(_) => true,
            _ => has_no_instant(comparison, now),
        },
    }
}

/// Returns whether a value in a document is compared with a local time that the clocks of the zone skip or repeat: it
/// would be a date in UTC.
fn has_no_instant(comparison: &Comparison, now: Now) -> bool {
    let is_lost = |literal: &Literal| match literal {
        Literal::Text(text) => {
            interval_of(text, now).is_none()
                && interval_of(text, now.with_timezone(&Tz::UTC)).is_some()
        }
        _ => false,
    };
    match &comparison.operand {
        Operand::Literal(literal) => !is_of_texts(comparison.operator) && is_lost(&literal.value),
        Operand::List(items) => items.iter().any(|item| is_lost(&item.value)),
        _ => false,
    }
}

/// Returns whether an operator compares texts alone.
fn is_of_texts(operator: Operator) -> bool {
    !matches!(
        operator,
        Operator::Equal
            | Operator::NotEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::In
    )
}

/// Returns whether two attributes can be compared.
fn are_comparable(left: Kind, right: Kind) -> bool {
    let is_text = |kind| matches!(kind, Kind::Exact | Kind::Folded);
    match (left, right) {
        (Kind::Object | Kind::Document, _) | (_, Kind::Object | Kind::Document) => false,
        (left, right) if left.is_free_form() || right.is_free_form() => true,
        (Kind::Boolean, Kind::Boolean) | (Kind::Number, Kind::Number) => true,
        (left, right) => is_text(left) && is_text(right) || left.is_date() && right.is_date(),
    }
}

/// Returns whether the right-hand side and the operator of a comparison suit the kind of its attribute.
fn suits(kind: Kind, comparison: &Comparison, now: Now) -> bool {
    let suits_literal = |literal: &Literal| match (kind, literal) {
        (_, Literal::Null)
        | (Kind::Boolean, Literal::Boolean(_))
        | (Kind::Number, Literal::Number(_))
        | (Kind::Exact | Kind::Folded, Literal::Text(_)) => true,
        (Kind::Date | Kind::DateOrNever, Literal::Text(text)) => {
            expression_interval_of(text, now).is_some()
        }
        (kind, _) => kind.is_free_form(),
    };
    match &comparison.operand {
        Operand::None => true,
        Operand::Literal(literal) => {
            let takes_texts = matches!(kind, Kind::Exact | Kind::Folded) || kind.is_free_form();
            suits_literal(&literal.value) && (takes_texts || !is_of_texts(comparison.operator))
        }
        Operand::List(items) => {
            !matches!(kind, Kind::Object | Kind::Document)
                && items
                    .iter()
                    .all(|item| item.value != Literal::Null && suits_literal(&item.value))
        }
        Operand::Path(_) => false,
    }
}
