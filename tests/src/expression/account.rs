//! The oracle's account of the records that an expression cannot compare.

use chrono_tz::Tz;
use idq_grammar::{Comparison, Expression, Literal, Operand, Operator};

use super::attribute::{Attribute, Kind, attribute};
use super::json::Json;
use super::{holds, instant_is_never};
use crate::date::{Now, document_instant, interval_of};
use crate::request::OracleApi;

/// The account of an expression among the records of a population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionAccount {
    /// Number of records.
    pub population: u64,
    /// Number of records that satisfy the expression.
    pub matched: u64,
    /// Compared attributes, in the order of the expression, without those that every record has.
    pub attributes: Vec<UnknownValues>,
}

/// Number of records in which an attribute has no value to compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownValues {
    /// Name of the attribute, as an expression spells it.
    pub name: String,
    /// Records with null.
    pub null: u64,
    /// Records without the attribute.
    pub missing: u64,
    /// Records with an object or array without a value.
    pub empty: u64,
    /// Records with a date that means never.
    pub never: u64,
    /// Records whose values are all of another kind than the expression compares with.
    pub other_kind: u64,
}

/// Types of values, as far as a comparison distinguishes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    /// Text that is a date.
    Date,
    Number,
    Boolean,
}

/// An attribute that an expression tests, and the types of the literals with which it is compared.
struct Compared {
    attribute: Attribute,
    /// Whether it is compared, and not only tested for presence.
    is_compared: bool,
    types: Vec<Type>,
}

/// Returns the account of an expression among the records of a population.
pub fn account(
    population: &[&Json],
    expression: &Expression,
    api: OracleApi,
    now: Now,
) -> ExpressionAccount {
    let matched = population
        .iter()
        .filter(|record| holds(record, expression, api, now));
    let unknown = |compared: &Compared| {
        let mut unknown = UnknownValues {
            name: compared.attribute.name(),
            ..UnknownValues::default()
        };
        population
            .iter()
            .for_each(|record| unknown.add(record, compared));
        unknown
    };
    let compared = compared(expression, api, now);
    let mut attributes: Vec<UnknownValues> = compared.iter().map(unknown).collect();
    attributes.retain(|unknown| {
        unknown.null + unknown.missing + unknown.empty + unknown.never + unknown.other_kind > 0
    });
    ExpressionAccount {
        population: population.len() as u64,
        matched: matched.count() as u64,
        attributes,
    }
}

/// Returns whether an attribute that an expression compares has no value in a record; `None` if it compares none.
pub fn is_unknown(
    record: &Json,
    expression: &Expression,
    api: OracleApi,
    now: Now,
) -> Option<bool> {
    let compared = compared(expression, api, now);
    let is_absent = |compared: &Compared| !has_value(record, &compared.attribute);
    (!compared.is_empty()).then(|| compared.iter().any(is_absent))
}

fn has_value(record: &Json, attribute: &Attribute) -> bool {
    let values = record.at(&attribute.keys);
    values.iter().any(|value| match value {
        Json::Text(text) => !instant_is_never(attribute.kind, text),
        other => other.has_value(),
    })
}

impl UnknownValues {
    fn add(&mut self, record: &Json, compared: &Compared) {
        let values = record.at(&compared.attribute.keys);
        let elements = values.iter().flat_map(|value| value.elements());
        let elements: Vec<&Json> = elements.collect();
        if has_value(record, &compared.attribute) {
            let mut elements = elements.iter().filter(|element| element.has_value());
            let fits = elements.any(|element| {
                let mut types = compared.types.iter();
                types.any(|each| is_of_type(element, *each, compared.attribute.kind))
            });
            self.other_kind += u64::from(!fits && !compared.types.is_empty());
        } else if values.iter().any(|value| matches!(value, Json::Text(_))) {
            self.never += 1;
        } else if elements.contains(&&Json::Null) {
            self.null += 1;
        } else if values.is_empty() {
            self.missing += 1;
        } else {
            self.empty += 1;
        }
    }
}

/// Returns whether a value is of the type of a literal.
fn is_of_type(value: &Json, literal: Type, kind: Kind) -> bool {
    match (value, literal) {
        // A date field has dates alone, and a text field compares every text as a text.
        (Json::Text(text), Type::Date) => {
            !kind.is_free_form() || document_instant(text, Tz::UTC).is_some()
        }
        (Json::Text(_), Type::Text)
        | (Json::Number(_), Type::Number)
        | (Json::Boolean(_), Type::Boolean) => true,
        _ => false,
    }
}

/// Returns the attributes that an expression compares, each once.
fn compared(expression: &Expression, api: OracleApi, now: Now) -> Vec<Compared> {
    let mut all = Vec::new();
    collect(&[], expression, api, now, &mut all);
    all.retain(|attribute| attribute.is_compared);
    all
}

/// Collects the attributes of an expression whose paths start at the record, or at the object around fields with the keys
/// `outer`.
fn collect(
    outer: &[String],
    expression: &Expression,
    api: OracleApi,
    now: Now,
    all: &mut Vec<Compared>,
) {
    let attribute = |path: &[String]| attribute(api, &[outer, path].concat());
    match expression {
        Expression::And(operands) | Expression::Or(operands) => {
            operands
                .iter()
                .for_each(|each| collect(outer, each, api, now, all));
        }
        Expression::Not(operand) => collect(outer, operand, api, now, all),
        Expression::Filter(_) => {}
        Expression::ValuePath(value_path) => {
            match attribute(&value_path.path.keys) {
                Some(Attribute {
                    kind: Kind::Object,
                    keys,
                }) => collect(&keys, &value_path.condition, api, now, all),
                // The attribute is compared as a whole; that an element lacks a member is no mystery.
                Some(attribute) => insert(all, attribute, &[], true),
                None => {}
            }
        }
        Expression::Comparison(comparison) => {
            let types = types_of(comparison, now);
            if let Some(attribute) = attribute(&comparison.path.keys) {
                let is_path = matches!(comparison.operand, Operand::Path(_));
                insert(all, attribute, &types, is_path || !types.is_empty());
            }
            if let Operand::Path(path) = &comparison.operand
                && let Some(attribute) = attribute(&path.keys)
            {
                insert(all, attribute, &[], true);
            }
        }
    }
}

/// Adds an attribute at the place of its first test.
fn insert(all: &mut Vec<Compared>, attribute: Attribute, types: &[Type], is_compared: bool) {
    match all.iter_mut().find(|known| known.attribute == attribute) {
        Some(known) => {
            known.types.extend(types);
            known.is_compared |= is_compared;
        }
        None => all.push(Compared {
            attribute,
            is_compared,
            types: types.to_vec(),
        }),
    }
}

/// Returns the types of the literals of a comparison: none for null and for another attribute.
fn types_of(comparison: &Comparison, now: Now) -> Vec<Type> {
    let is_order = matches!(
        comparison.operator,
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual
    );
    let of = |literal: &Literal| match literal {
        Literal::Null => None,
        Literal::Boolean(_) => Some(Type::Boolean),
        Literal::Number(_) => Some(Type::Number),
        Literal::Text(text) if is_order && interval_of(text, now).is_some() => Some(Type::Date),
        Literal::Text(_) => Some(Type::Text),
    };
    match &comparison.operand {
        Operand::None | Operand::Path(_) => Vec::new(),
        Operand::Literal(literal) => of(&literal.value).into_iter().collect(),
        Operand::List(items) => items.iter().filter_map(|item| of(&item.value)).collect(),
    }
}
