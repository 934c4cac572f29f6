//! The oracle's expressions: one record at a time, by the rules of the page on expressions.

mod account;
mod attribute;
mod decimal;
mod json;
mod literal;
mod refusal;

use chrono_tz::Tz;
use idq_grammar::{Comparison, Expression, Literal, Operand, Operator};

pub use account::{ExpressionAccount, UnknownValues, account, is_unknown};
pub use attribute::{Attribute, Kind, fields};
pub use json::Json;
pub use refusal::is_refused;

use crate::date::{Now, document_instant};
use crate::request::OracleApi;
use attribute::attribute;
use decimal::Decimal;
use literal::{is_never, is_ordered, passes, passes_folded, passes_text};

/// The part of a record at which the paths of an expression start.
#[derive(Clone, Copy)]
enum Scope<'r> {
    /// A whole record, or the object around fields that has these keys.
    Record(&'r Json, OracleApi, &'r [String]),
    /// An element that the brackets of a value path test.
    Element(&'r Json),
}

/// Returns whether a record satisfies an expression, which the API does not refuse and which has no filter of the API.
pub fn holds(record: &Json, expression: &Expression, api: OracleApi, now: Now) -> bool {
    Scope::Record(record, api, &[]).holds(expression, now)
}

/// Returns the attribute that a path names in a record of an API; `None` for a path into a field without members.
pub fn attribute_of(api: OracleApi, path: &[String]) -> Option<Attribute> {
    attribute(api, path)
}

impl<'r> Scope<'r> {
    fn holds(self, expression: &Expression, now: Now) -> bool {
        match expression {
            Expression::And(operands) => operands.iter().all(|each| self.holds(each, now)),
            Expression::Or(operands) => operands.iter().any(|each| self.holds(each, now)),
            Expression::Not(operand) => !self.holds(operand, now),
            Expression::Filter(filter) => panic!("{filter:?} is no test of an attribute"),
            Expression::Comparison(comparison) => self.compares(comparison, now),
            Expression::ValuePath(value_path) => {
                if let Self::Record(record, api, outer) = self
                    && let keys = [outer, &value_path.path.keys].concat()
                    && let Some(object) = attribute(api, &keys)
                    && object.kind == Kind::Object
                {
                    // An object around fields is its own one element, even if it is empty.
                    let exists = record
                        .at(&object.keys)
                        .iter()
                        .any(|value| **value != Json::Null);
                    let scope = Scope::Record(record, api, &object.keys);
                    return exists && scope.holds(&value_path.condition, now);
                }
                let (values, _) = self.values(&value_path.path.keys);
                let elements = values.iter().flat_map(|value| value.elements());
                elements
                    .filter(|element| **element != Json::Null)
                    .any(|element| Scope::Element(element).holds(&value_path.condition, now))
            }
        }
    }

    /// Returns the values at a path and their kind. A date that means never is no value.
    fn values(self, path: &[String]) -> (Vec<&'r Json>, Kind) {
        let (root, attribute) = match self {
            Self::Element(element) => return (element.at(path), Kind::Path),
            Self::Record(record, api, outer) => (record, attribute(api, &[outer, path].concat())),
        };
        let Some(attribute) = attribute else {
            panic!("{path:?} is a path into a field");
        };
        let mut values = root.at(&attribute.keys);
        values.retain(|value| match value {
            Json::Text(text) => !instant_is_never(attribute.kind, text),
            _ => true,
        });
        (values, attribute.kind)
    }

    fn compares(self, comparison: &Comparison, now: Now) -> bool {
        let (values, kind) = self.values(&comparison.path.keys);
        let has_value = values.iter().any(|value| value.has_value());
        let mut elements = values.iter().flat_map(|value| value.elements());
        let equals = |literal: &Literal| match literal {
            Literal::Null => !has_value,
            _ => elements
                .clone()
                .any(|element| passes(element, kind, Operator::Equal, literal, now)),
        };
        match (comparison.operator, &comparison.operand) {
            (Operator::Present, _) if kind == Kind::Object => has_value,
            (Operator::Present, _) => elements.any(Json::is_present),
            (Operator::Equal, Operand::Literal(literal)) => equals(&literal.value),
            (Operator::NotEqual, Operand::Literal(literal)) => !equals(&literal.value),
            (Operator::In, Operand::List(items)) => items.iter().any(|item| equals(&item.value)),
            (operator, Operand::Literal(literal)) => {
                elements.any(|element| passes(element, kind, operator, &literal.value, now))
            }
            (operator, Operand::Path(other)) => {
                let (others, other_kind) = self.values(&other.keys);
                let others: Vec<&Json> = others.iter().flat_map(|value| value.elements()).collect();
                let positive = match operator {
                    Operator::NotEqual => Operator::Equal,
                    other => other,
                };
                let some = elements.any(|left| {
                    let mut others = others.iter();
                    others.any(|right| {
                        passes_pair(left, kind, positive, right, other_kind, now.timezone())
                    })
                });
                some != (operator == Operator::NotEqual)
            }
            _ => panic!("{comparison:?} has an operand that does not suit its operator"),
        }
    }
}

fn instant_is_never(kind: Kind, text: &str) -> bool {
    let instant = document_instant(text, Tz::UTC);
    instant.is_some_and(|instant| is_never(kind, instant))
}

/// Returns whether two values of one record pass a test.
fn passes_pair(
    left: &Json,
    kind: Kind,
    operator: Operator,
    right: &Json,
    other: Kind,
    zone: Tz,
) -> bool {
    let instant = |text: &str| document_instant(text, zone);
    match (left, right) {
        (Json::Boolean(left), Json::Boolean(right)) => is_ordered(operator, left.cmp(right)),
        (Json::Number(left), Json::Number(right)) => {
            is_ordered(operator, Decimal::parse(left).cmp(&Decimal::parse(right)))
        }
        (Json::Text(left), Json::Text(right)) if kind.is_date() || other.is_date() => {
            let instants = instant(left).zip(instant(right));
            instants.is_some_and(|(left, right)| is_ordered(operator, left.cmp(&right)))
        }
        (Json::Text(left), Json::Text(right)) => {
            // Two dates of which one is in a document compare as dates, whichever their form.
            let instants = instant(left).zip(instant(right));
            match instants.filter(|_| kind.is_free_form() || other.is_free_form()) {
                Some((left, right)) => is_ordered(operator, left.cmp(&right)),
                None if kind == Kind::Exact || other == Kind::Exact => {
                    passes_text(left, operator, right)
                }
                None => passes_folded(left, operator, right),
            }
        }
        _ => false,
    }
}
