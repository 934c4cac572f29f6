//! Binding of comparisons and value paths: a comparison becomes the predicate that suits the kind of its attribute.

use idq_api::{Collation, Kind};
use idq_columns::ValueKind;
use idq_grammar::{Comparison, Literal, Operand, Operator, Span, Spanned, ValuePath};

use super::conditions::{has_value, merge_texts};
use super::element::ElementScope;
use super::error::Side;
use super::literal::order_of;
use super::{BindErrorKind, Binder, TestedAttribute};
use crate::attribute::Attribute;
use crate::condition::Condition;
use crate::predicates::{
    Case, Counted, ElementMatch, Exact, FieldComparison, Order, PathPresent, Present,
};

/// An expression is read strictly whatever the conformance of the request: the APIs have none, so that there is no
/// lenient reading of their own. Each function returns `None` where it has noted a mistake, and goes on, so that all
/// mistakes of a request are reported at once.
impl Binder<'_> {
    /// Binds a comparison; `None` where it is wrong. `outer` are the keys of the object at which its path starts.
    pub(super) fn comparison(
        &mut self,
        comparison: &Comparison,
        outer: &[String],
    ) -> Option<Condition> {
        let attribute = self.attribute(outer, &comparison.path)?;
        let (operator, span) = (comparison.operator, comparison.span);
        // `ne` is the negation of `eq` in everything, records without a value included.
        if operator == Operator::NotEqual {
            let equal = Comparison {
                operator: Operator::Equal,
                ..comparison.clone()
            };
            return self.comparison(&equal, outer).map(Condition::negated);
        }
        match &comparison.operand {
            Operand::None => {
                // Presence tests do not count as comparisons: an attribute without a value is their answer, not a
                // surprise.
                self.tested(&attribute, false);
                Some(self.present(&attribute))
            }
            // `eq null` selects records without a value: null and missing are alike, and so is a date that means never.
            Operand::Literal(literal) if literal.value == Literal::Null => {
                if operator == Operator::Equal {
                    self.tested(&attribute, false);
                    return Some(self.has_value(&attribute).negated());
                }
                // Null has no order and is no text.
                let kind = self.wrong_operand(&attribute, "a value", &literal.value);
                self.error(kind, literal.span);
                None
            }
            Operand::Literal(literal) => {
                self.tested(&attribute, true);
                self.literal(&attribute, operator, literal, comparison.path.span)
            }
            Operand::List(literals) => {
                self.tested(&attribute, true);
                self.list(&attribute, literals, comparison.path.span)
            }
            Operand::Path(other) => {
                // Undocumented attributes of the right-hand side are marked, because a word there may be a text without
                // quotes.
                let known = self.undocumented.len();
                let other_attribute = self.attribute(outer, other)?;
                for undocumented in &mut self.undocumented[known..] {
                    undocumented.side = Side::Right;
                }
                self.tested(&attribute, true);
                self.tested(&other_attribute, true);
                self.fields_compared(attribute, operator, other_attribute, span)
            }
        }
    }

    /// Binds a value path; `None` where it is wrong.
    pub(super) fn value_path(
        &mut self,
        value_path: &ValuePath,
        outer: &[String],
    ) -> Option<Condition> {
        let (field, keys) = match self.attribute(outer, &value_path.path)? {
            Attribute::Object(column) => {
                // An object that the API describes is its own one element.
                let keys = self.api.column_name(column).split('.').map(str::to_owned);
                let keys: Vec<String> = keys.collect();
                let condition = self.expression_in(&value_path.condition, &keys)?;
                let is_element = Condition::from(Present { field: column });
                return Some(Condition::all([is_element, condition]));
            }
            Attribute::Path { column, keys } => (column, keys),
            Attribute::Field(field) if self.api.fields[field].kind == Kind::Document => {
                // The document itself is the array or object whose elements are tested.
                (field, Vec::new())
            }
            Attribute::Field(field) => {
                // A scalar has no members, so brackets after it are a mistake.
                let kind = BindErrorKind::NoMembers {
                    name: self.api.fields[field].name.clone(),
                    kind: self.api.fields[field].kind,
                };
                self.error(kind, value_path.path.span);
                return None;
            }
        };
        // The account names the attribute as it was written: a whole document, or a path in it.
        let attribute = if keys.is_empty() {
            Attribute::Field(field)
        } else {
            let (column, keys) = (field, keys.clone());
            Attribute::Path { column, keys }
        };
        self.tested(&attribute, true);
        let condition =
            self.element(&value_path.condition, &ElementScope { field, keys: &keys })?;
        Some(Condition::from(ElementMatch {
            field,
            keys,
            condition,
        }))
    }

    /// Notes an attribute that is tested, for the account of the records without a value and for hints.
    fn tested(&mut self, attribute: &Attribute, is_compared: bool) {
        self.named(attribute);
        let mut tested = self.tested.iter_mut();
        // An attribute is noted once, and any comparison of it counts.
        if let Some(known) = tested.find(|tested| tested.attribute == *attribute) {
            known.is_compared |= is_compared;
            return;
        }
        self.tested.push(TestedAttribute {
            name: attribute.name(self.api),
            attribute: attribute.clone(),
            is_compared,
            tests: Vec::new(),
        });
    }

    /// Returns the condition of `pr`: a value that is not the empty text.
    fn present(&self, attribute: &Attribute) -> Condition {
        let counted = Counted::NonEmpty;
        match attribute {
            Attribute::Field(field) => match self.api.fields[*field].kind {
                Kind::Text | Kind::Keyword => {
                    // The empty text is a value in storage, but `pr` excludes it, as in SCIM.
                    let values = vec![String::new()];
                    let empty = Condition::from(Exact {
                        field: *field,
                        values,
                    });
                    Condition::And(vec![self.has_value(attribute), empty.negated()])
                }
                Kind::Document => PathPresent {
                    field: *field,
                    keys: Vec::new(),
                    counted,
                }
                .into(),
                _ => self.has_value(attribute),
            },
            Attribute::Object(_) => self.has_value(attribute),
            Attribute::Path { column, keys } => PathPresent {
                field: *column,
                keys: keys.clone(),
                counted,
            }
            .into(),
        }
    }

    /// Returns the condition that an attribute has a value: it is not null, missing or an empty object or array, nor a
    /// date that means never.
    pub(crate) fn has_value(&self, attribute: &Attribute) -> Condition {
        has_value(self.api, attribute)
    }

    /// Binds `in`.
    fn list(
        &mut self,
        attribute: &Attribute,
        literals: &[Spanned<Literal>],
        path_span: Option<Span>,
    ) -> Option<Condition> {
        // All literals are bound, so that the mistakes of each are reported.
        let mut conditions = Vec::new();
        let mut is_wrong = false;
        for literal in literals {
            match self.literal(attribute, Operator::In, literal, path_span) {
                Some(condition) => conditions.push(condition),
                None => is_wrong = true,
            }
        }
        (!is_wrong).then(|| merge_texts(conditions))
    }

    /// Binds the comparison of two attributes.
    fn fields_compared(
        &mut self,
        left: Attribute,
        operator: Operator,
        right: Attribute,
        span: Option<Span>,
    ) -> Option<Condition> {
        // Two attributes can be compared if their kinds are equal, or if one of them is in a document.
        let kinds = [&left, &right].map(|side| self.comparable_kind(side));
        let [left_kind, right_kind] = match kinds {
            [Ok(left), Ok(right)] => [left, right],
            [Err(kind), _] | [_, Err(kind)] => {
                self.error(kind, span);
                return None;
            }
        };
        // The values of documents are dates, numbers or texts, as the record decides.
        if let (Some(one), Some(other)) = (left_kind, right_kind)
            && one != other
        {
            let kind = BindErrorKind::DifferentKinds {
                left: left.name(self.api),
                left_kind: one,
                right: right.name(self.api),
                right_kind: other,
            };
            self.error(kind, span);
            return None;
        }
        // Beside the operators with an order, only `eq_cs` compares two attributes.
        let order = match order_of(operator) {
            Some(order) => order,
            None if operator == Operator::EqualCase => Order::Equal,
            None => {
                let kind = BindErrorKind::PathOperand { operator };
                self.error(kind, span);
                return None;
            }
        };
        // A field that the API compares by bytes makes the comparison exact on both sides.
        let is_exact = operator == Operator::EqualCase
            || [&left, &right].iter().any(|side| match side {
                Attribute::Field(field) => self.api.fields[*field].collation == Collation::Bytes,
                _ => false,
            });
        // A date that means never compares with nothing.
        let conditions = [&left, &right].map(|side| match side {
            Attribute::Field(field) if !self.api.fields[*field].never.is_empty() => {
                self.has_value(side)
            }
            _ => Condition::ALL,
        });
        let comparison = Condition::from(FieldComparison {
            left,
            order,
            right,
            // Columns of numbers store texts, so the predicate needs the kind by which they are read.
            kind: match left_kind.or(right_kind) {
                Some(Kind::Number) => ValueKind::Number,
                _ => ValueKind::String,
            },
            case: if is_exact { Case::Exact } else { Case::Folded },
            time_zone: self.clock().time_zone(),
        });
        Some(Condition::all(conditions.into_iter().chain([comparison])))
    }

    /// Returns the kind by which an attribute is compared with another one; `None` if the record decides.
    fn comparable_kind(&self, attribute: &Attribute) -> Result<Option<Kind>, BindErrorKind> {
        match attribute {
            Attribute::Path { .. } => Ok(None),
            Attribute::Object(_) => Err(self.only_presence(attribute)),
            Attribute::Field(field) => match self.api.fields[*field].kind {
                Kind::Document => Err(self.only_presence(attribute)),
                // Keywords are texts in another encoding.
                Kind::Text | Kind::Keyword => Ok(Some(Kind::Text)),
                kind => Ok(Some(kind)),
            },
        }
    }
}
