//! Binding of literals: a literal becomes the test that suits the kind of the attribute.

use std::sync::Arc;

use idq_api::{Collation, Kind};
use idq_grammar::{
    DateError, Interval, Literal, Operator, Span, Spanned, compile_regex,
    date::parse_expression_date, is_relative_date, parse_date,
};

use super::conditions::{is_never, text_condition};
use super::{BindErrorKind, Binder};
use crate::attribute::Attribute;
use crate::condition::Condition;
use crate::predicates::{
    Between, BooleanMatch, Case, NumberMatch, Order, PathMatch, TextOperator, TextTest, ValueTest,
};

/// A literal value as the test of a value in a document, whose kind the record decides.
type DocumentTest = Result<ValueTest, BindErrorKind>;

impl Binder<'_> {
    /// Binds a comparison with one literal. The span of an error is that of the path if the operator does not suit the
    /// attribute, else that of the literal.
    pub(super) fn literal(
        &mut self,
        attribute: &Attribute,
        operator: Operator,
        literal: &Spanned<Literal>,
        path_span: Option<Span>,
    ) -> Option<Condition> {
        let result = match attribute {
            Attribute::Path { column, keys } => {
                let name = attribute.name(self.api);
                self.document_test(&name, operator, &literal.value)
                    .map(|test| {
                        // The kinds of values in a document are known per record only, so the test is noted for the
                        // account.
                        self.expect(attribute, &test);
                        self.note_equal(attribute, &test);
                        Condition::from(PathMatch {
                            field: *column,
                            keys: keys.clone(),
                            test,
                        })
                    })
            }
            Attribute::Object(_) => Err(self.only_presence(attribute)),
            Attribute::Field(field) => self.field_literal(*field, operator, &literal.value),
        };
        result
            .map_err(|kind| {
                let is_operator = matches!(
                    kind,
                    BindErrorKind::WrongOperator { .. } | BindErrorKind::OnlyPresence { .. }
                );
                self.error(kind, if is_operator { path_span } else { literal.span });
            })
            .ok()
    }

    /// Binds the comparison of a field with a literal.
    fn field_literal(
        &mut self,
        field: usize,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Condition, BindErrorKind> {
        // The description is shared, so its borrow does not last while the binder notes mistakes.
        let api = Arc::clone(self.api);
        let described = &api.fields[field];
        let attribute = Attribute::Field(field);
        match (described.kind, literal) {
            (Kind::Document, _) => Err(self.only_presence(&attribute)),
            (Kind::Text | Kind::Keyword, Literal::Text(text)) => {
                // The API decides whether its own comparisons of this field fold case, and expressions follow it.
                let case = match described.collation {
                    Collation::Bytes => Case::Exact,
                    Collation::Lowercase => Case::Folded,
                };
                let test = self.text_test(&described.name, operator, text, case)?;
                // A field that compares without case has no case variants, unless they are asked for.
                if test.case == case && matches!(test.operator, TextOperator::In(_)) {
                    self.named_equal(&attribute, text);
                }
                Ok(text_condition(field, test))
            }
            (Kind::Text | Kind::Keyword, _) => {
                Err(self.wrong_operand(&attribute, "a text", literal))
            }
            (Kind::Timestamp, Literal::Text(text)) => {
                let order = self.value_order(&attribute, operator)?;
                let interval = self.date_literal(&described.name, text)?;
                // A date names an interval, at the precision at which it was written.
                Ok(self.date_condition(field, order, interval))
            }
            (Kind::Timestamp, _) => {
                Err(self.wrong_operand(&attribute, "a date in quotes", literal))
            }
            // Numbers stay as written: they are compared exactly, in any spelling.
            (Kind::Number, Literal::Number(value)) => Ok(NumberMatch {
                field,
                order: self.value_order(&attribute, operator)?,
                value: value.clone(),
            }
            .into()),
            (Kind::Number, _) => Err(self.wrong_operand(&attribute, "a number", literal)),
            // Booleans have no order, so only equality compares them.
            (Kind::Boolean, Literal::Boolean(value)) => match operator {
                Operator::Equal | Operator::In => Ok(BooleanMatch {
                    field,
                    value: *value,
                }
                .into()),
                _ => Err(self.wrong_operator(&attribute, operator)),
            },
            (Kind::Boolean, _) => Err(self.wrong_operand(&attribute, "true or false", literal)),
        }
    }

    /// Adds a test to the account of an attribute in a document, whose values may be of another kind.
    pub(super) fn expect(&mut self, attribute: &Attribute, test: &ValueTest) {
        let mut tested = self.tested.iter_mut();
        if let Some(tested) = tested.find(|tested| tested.attribute == *attribute) {
            tested.tests.push(test.clone());
        }
    }

    /// Notes the text of a test of equality in a document, for the hint on a text that no record has. Dates compare by
    /// their instants as well, and `eq_cs` requires one spelling.
    pub(super) fn note_equal(&mut self, attribute: &Attribute, test: &ValueTest) {
        if let ValueTest::Text(TextTest {
            operator: TextOperator::In(texts),
            case: Case::Folded,
        }) = test
        {
            for text in texts {
                self.named_equal(attribute, text);
            }
        }
    }

    /// Returns the test of a value in a document.
    pub(super) fn document_test(
        &mut self,
        name: &str,
        operator: Operator,
        literal: &Literal,
    ) -> DocumentTest {
        match literal {
            Literal::Text(text) => {
                // A text that reads as a date compares with dates by instant, if the operator has an order.
                if let Some(order) = order_of(operator)
                    && let Some(interval) = self.document_date(name, text)?
                {
                    return Ok(ValueTest::Date {
                        order,
                        interval,
                        text: text.clone(),
                        time_zone: self.clock().time_zone(),
                    });
                }
                let test = self.text_test(name, operator, text, Case::Folded)?;
                Ok(ValueTest::Text(test))
            }
            Literal::Number(value) => match order_of(operator) {
                Some(order) => Ok(ValueTest::Number(order, value.clone())),
                None => Err(needs_text(name, operator, literal)),
            },
            Literal::Boolean(value) => match operator {
                Operator::Equal | Operator::In => Ok(ValueTest::Boolean(*value)),
                _ => Err(needs_text(name, operator, literal)),
            },
            Literal::Null => Err(BindErrorKind::WrongOperand {
                name: name.to_owned(),
                expected: "a value",
                found: literal.clone(),
            }),
        }
    }

    /// Returns the interval of a text that is a whole date, an instant or an age; `None` for any other text. A year or
    /// a month alone, in a document, is more often another number, such as a code. A local time that the clocks skip or
    /// repeat is a mistake rather than a text.
    fn document_date(&mut self, name: &str, text: &str) -> Result<Option<Interval>, BindErrorKind> {
        match parse_date(text, self.clock()) {
            Ok(interval) => {
                self.is_time_dependent |= is_relative_date(text);
                Ok(Some(interval))
            }
            Err(error) if error.kind.is_of_time_zone() => Err(BindErrorKind::AttributeDate {
                name: name.to_owned(),
                error,
            }),
            Err(_) => Ok(None),
        }
    }

    /// Returns the test of a text.
    fn text_test(
        &mut self,
        name: &str,
        operator: Operator,
        text: &str,
        case: Case,
    ) -> Result<TextTest, BindErrorKind> {
        let text = text.to_owned();
        let compare = |order, text| TextOperator::Compare(order, text);
        // The operators with `_cs` compare with case, whatever the collation of the field.
        let (operator, case) = match operator {
            Operator::Equal | Operator::In => (TextOperator::In(vec![text]), case),
            Operator::EqualCase => (TextOperator::In(vec![text]), Case::Exact),
            Operator::Contains => (TextOperator::Contains(text), case),
            Operator::ContainsCase => (TextOperator::Contains(text), Case::Exact),
            Operator::StartsWith => (TextOperator::StartsWith(text), case),
            Operator::StartsWithCase => (TextOperator::StartsWith(text), Case::Exact),
            Operator::EndsWith => (TextOperator::EndsWith(text), case),
            Operator::EndsWithCase => (TextOperator::EndsWith(text), Case::Exact),
            Operator::Greater => (compare(Order::Greater, text), case),
            Operator::GreaterOrEqual => (compare(Order::GreaterOrEqual, text), case),
            Operator::Less => (compare(Order::Less, text), case),
            Operator::LessOrEqual => (compare(Order::LessOrEqual, text), case),
            Operator::Matches => {
                // Compiled here for the error alone; the predicate is compiled later from its text.
                compile_regex(&text).map_err(BindErrorKind::Regex)?;
                (TextOperator::Matches(text), Case::Exact)
            }
            // Both are bound before their literal: `pr` has none, and `ne` is the negation of `eq`.
            Operator::Present | Operator::NotEqual => {
                let literal = Literal::Text(text);
                return Err(needs_text(name, operator, &literal));
            }
        };
        Ok(TextTest { operator, case })
    }

    /// Returns the order of an operator on an attribute whose values are not texts.
    fn value_order(
        &self,
        attribute: &Attribute,
        operator: Operator,
    ) -> Result<Order, BindErrorKind> {
        order_of(operator).ok_or_else(|| self.wrong_operator(attribute, operator))
    }

    /// Parses the date that a field is compared with.
    fn date_literal(&mut self, name: &str, text: &str) -> Result<Interval, BindErrorKind> {
        self.is_time_dependent |= is_relative_date(text);
        let interval = parse_expression_date(text, self.clock());
        interval.map_err(|error: DateError| BindErrorKind::AttributeDate {
            name: name.to_owned(),
            error,
        })
    }

    /// Returns the condition that a date compares with an interval: `eq` is within it, `ge` and `lt` compare with its
    /// start, `gt` and `le` with its end. A date that means never does not compare.
    fn date_condition(&self, field: usize, order: Order, interval: Interval) -> Condition {
        // Both ends of an interval belong to it, in microseconds since the epoch.
        let Interval { start, end } = interval;
        let range = match order {
            // An interval at the end of the range of instants has no instant before or after it.
            Order::Less => start.checked_sub(1).map(|end| (i64::MIN, end)),
            Order::LessOrEqual => Some((i64::MIN, end)),
            Order::Equal => Some((start, end)),
            Order::GreaterOrEqual => Some((start, i64::MAX)),
            Order::Greater => end.checked_add(1).map(|start| (start, i64::MAX)),
        };
        let Some((start, end)) = range else {
            // A disjunction without operands selects nothing.
            return Condition::Or(Vec::new());
        };
        let between = Condition::from(Between { field, start, end });
        // Only instants within the range could be selected, so only those need to be excluded.
        let never = self.api.fields[field].never.iter().copied();
        let never = never.filter(|instant| (start..=end).contains(instant));
        Condition::all(
            [between]
                .into_iter()
                .chain(never.map(|never| is_never(field, never).negated())),
        )
    }

    /// Returns the mistake of a value of another kind than the attribute.
    pub(super) fn wrong_operand(
        &self,
        attribute: &Attribute,
        expected: &'static str,
        found: &Literal,
    ) -> BindErrorKind {
        BindErrorKind::WrongOperand {
            name: attribute.name(self.api),
            expected,
            found: found.clone(),
        }
    }

    /// Returns the mistake of an operator that does not suit the kind of the attribute.
    pub(super) fn wrong_operator(
        &self,
        attribute: &Attribute,
        operator: Operator,
    ) -> BindErrorKind {
        BindErrorKind::WrongOperator {
            name: attribute.name(self.api),
            kind: self.api.column_kind(attribute.column()),
            operator,
        }
    }

    /// Returns the mistake of a comparison with an object.
    pub(super) fn only_presence(&self, attribute: &Attribute) -> BindErrorKind {
        BindErrorKind::OnlyPresence {
            name: attribute.name(self.api),
        }
    }
}

/// Returns the order of an operator that compares values of any kind with an order.
pub(super) fn order_of(operator: Operator) -> Option<Order> {
    match operator {
        Operator::Equal | Operator::In => Some(Order::Equal),
        Operator::Greater => Some(Order::Greater),
        Operator::GreaterOrEqual => Some(Order::GreaterOrEqual),
        Operator::Less => Some(Order::Less),
        Operator::LessOrEqual => Some(Order::LessOrEqual),
        _ => None,
    }
}

/// Returns the mistake of a value of another kind than the operator compares.
fn needs_text(name: &str, operator: Operator, found: &Literal) -> BindErrorKind {
    // Operators with an order also compare numbers.
    let expected = match operator {
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
            "a text or a number"
        }
        _ => "a text",
    };
    BindErrorKind::WrongOperand {
        name: name.to_owned(),
        expected,
        found: found.clone(),
    }
}
