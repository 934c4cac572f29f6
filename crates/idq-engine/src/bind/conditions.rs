//! Conditions of attributes that several parts of the binder and of the engine need.

use idq_api::{Api, Kind};

use crate::attribute::Attribute;
use crate::condition::Condition;
use crate::predicates::{
    Between, BooleanMatch, Case, Counted, Exact, Partial, PathMatch, PathPresent, Predicate,
    Present, TextMatch, TextOperator, TextTest, ValueTest,
};

/// Returns the condition that an attribute has a value.
pub(crate) fn has_value(api: &Api, attribute: &Attribute) -> Condition {
    // The four cases differ in where validity is kept: in a bitmap, in a presence column, or by path.
    match attribute {
        Attribute::Field(field) if api.fields[*field].kind == Kind::Document => PathPresent {
            field: *field,
            keys: Vec::new(),
            counted: Counted::Values,
        }
        .into(),
        // Instants that mean never are stored like others, so each is excluded.
        Attribute::Field(field) => {
            let never = api.fields[*field].never.iter();
            let never = never.map(|&instant| is_never(*field, instant).negated());
            let present = Condition::from(Present { field: *field });
            Condition::all([present].into_iter().chain(never))
        }
        // A presence column is true where the object has members.
        Attribute::Object(column) => BooleanMatch {
            field: *column,
            value: true,
        }
        .into(),
        Attribute::Path { column, keys } => PathPresent {
            field: *column,
            keys: keys.clone(),
            counted: Counted::Values,
        }
        .into(),
    }
}

/// Returns the condition that a date is an instant that means never.
pub(crate) fn is_never(field: usize, instant: i64) -> Condition {
    // `Between` includes both ends.
    Condition::from(Between {
        field,
        start: instant,
        end: instant,
    })
}

/// Returns the condition of a test of texts, by the predicate of the filters where there is one: these have kernels of
/// their own.
pub(super) fn text_condition(field: usize, test: TextTest) -> Condition {
    match test {
        TextTest {
            operator: TextOperator::In(values),
            case: Case::Exact,
        } => Exact { field, values }.into(),
        TextTest {
            operator: TextOperator::Contains(needle),
            case: Case::Folded,
        } => Partial {
            field,
            needles: vec![needle],
        }
        .into(),
        test => TextMatch { field, test }.into(),
    }
}

/// Joins conditions by `or`; adjacent comparisons of one field with texts become one comparison with a list, which is
/// evaluated in one pass. All conditions have the same field and case, as they are items of one list.
pub(super) fn merge_texts(conditions: Vec<Condition>) -> Condition {
    let mut merged: Vec<Condition> = Vec::new();
    for condition in conditions {
        match (merged.last_mut(), condition) {
            (
                Some(Condition::Predicate(Predicate::Exact(list))),
                Condition::Predicate(Predicate::Exact(one)),
            ) => list.values.extend(one.values),
            (
                Some(Condition::Predicate(Predicate::TextMatch(TextMatch {
                    test:
                        TextTest {
                            operator: TextOperator::In(list),
                            ..
                        },
                    ..
                }))),
                Condition::Predicate(Predicate::TextMatch(TextMatch {
                    test:
                        TextTest {
                            operator: TextOperator::In(one),
                            ..
                        },
                    ..
                })),
            )
            // The lists of a field and of a path are merged alike.
            | (
                Some(Condition::Predicate(Predicate::PathMatch(PathMatch {
                    test:
                        ValueTest::Text(TextTest {
                            operator: TextOperator::In(list),
                            ..
                        }),
                    ..
                }))),
                Condition::Predicate(Predicate::PathMatch(PathMatch {
                    test:
                        ValueTest::Text(TextTest {
                            operator: TextOperator::In(one),
                            ..
                        }),
                    ..
                })),
            ) => list.extend(one),
            (_, condition) => merged.push(condition),
        }
    }
    match merged.len() {
        1 => merged.swap_remove(0),
        _ => Condition::Or(merged),
    }
}
