//! Binding of comparisons and value paths: a comparison becomes the predicate that suits the kind of its attribute.

use idq_api::{Collation, Kind};
use idq_grammar::{
    AttributePath, Comparison, DateError, Expression, Interval, Literal, Operand, Operator, Span,
    Spanned, ValuePath, compile_regex, date::parse_expression_date, is_relative_date, parse_date,
};

use super::{BindErrorKind, Binder, TestedAttribute};
use crate::attribute::Attribute;
use crate::condition::Condition;
use crate::predicates::{
    Between, BooleanMatch, Case, Counted, ElementCondition, ElementMatch, Exact, FieldComparison,
    NumberMatch, Order, Partial, PathMatch, PathPresent, Present, TextMatch, TextOperator,
    TextTest, ValueTest,
};

/// A literal value as the test of a value in a document, whose kind the record decides.
type DocumentTest = Result<ValueTest, BindErrorKind>;

impl Binder<'_> {
    /// Binds a comparison; `None` where it is wrong.
    pub(super) fn comparison(
        &mut self,
        comparison: &Comparison,
        outer: &[String],
    ) -> Option<Condition> {
        let attribute = self.attribute(outer, &comparison.path)?;
        let (operator, span) = (comparison.operator, comparison.span);
        if operator == Operator::NotEqual {
            let equal = Comparison {
                operator: Operator::Equal,
                ..comparison.clone()
            };
            return self.comparison(&equal, outer).map(Condition::negated);
        }
        match &comparison.operand {
            Operand::None => {
                self.tested(&attribute, &comparison.path, false);
                Some(self.present(&attribute))
            }
            Operand::Literal(literal) if literal.value == Literal::Null => {
                if operator == Operator::Equal {
                    self.tested(&attribute, &comparison.path, false);
                    return Some(self.has_value(&attribute).negated());
                }
                let kind = self.wrong_operand(&attribute, "a value", &literal.value);
                self.error(kind, literal.span);
                None
            }
            Operand::Literal(literal) => {
                self.tested(&attribute, &comparison.path, true);
                self.literal(&attribute, operator, literal, comparison.path.span)
            }
            Operand::List(literals) => {
                self.tested(&attribute, &comparison.path, true);
                self.list(&attribute, literals, comparison.path.span)
            }
            Operand::Path(other) => {
                let other_attribute = self.attribute(outer, other)?;
                self.tested(&attribute, &comparison.path, true);
                self.tested(&other_attribute, other, true);
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
                return self.expression_in(&value_path.condition, &keys);
            }
            Attribute::Path { column, keys } => (column, keys),
            Attribute::Field(field) if self.api.fields[field].kind == Kind::Document => {
                (field, Vec::new())
            }
            Attribute::Field(field) => {
                let kind = BindErrorKind::NoMembers {
                    name: self.api.fields[field].name.clone(),
                    kind: self.api.fields[field].kind,
                };
                self.error(kind, value_path.path.span);
                return None;
            }
        };
        let attribute = if keys.is_empty() {
            Attribute::Field(field)
        } else {
            let (column, keys) = (field, keys.clone());
            Attribute::Path { column, keys }
        };
        self.tested(&attribute, &value_path.path, true);
        let condition = self.element(&value_path.condition)?;
        Some(Condition::from(ElementMatch {
            field,
            keys,
            condition,
        }))
    }

    /// Binds the condition of a value path on elements of a document; `None` where it is wrong.
    fn element(&mut self, expression: &Expression) -> Option<ElementCondition> {
        let all = |binder: &mut Self, operands: &[Expression]| {
            // Every operand is bound, so that all mistakes are reported.
            let bound: Vec<_> = operands
                .iter()
                .map(|operand| binder.element(operand))
                .collect();
            bound.into_iter().collect::<Option<Vec<_>>>()
        };
        match expression {
            Expression::And(operands) => all(self, operands).map(ElementCondition::And),
            Expression::Or(operands) => all(self, operands).map(ElementCondition::Or),
            Expression::Not(operand) => {
                let operand = self.element(operand)?;
                Some(ElementCondition::Not(Box::new(operand)))
            }
            Expression::Filter(filter) => {
                let name = filter.name.value.clone();
                self.error(BindErrorKind::FilterInValuePath { name }, filter.name.span);
                None
            }
            Expression::ValuePath(inner) => {
                let condition = self.element(&inner.condition)?;
                let keys = inner.path.keys.clone();
                Some(ElementCondition::Element(keys, Box::new(condition)))
            }
            Expression::Comparison(comparison) => self.element_comparison(comparison),
        }
    }

    fn element_comparison(&mut self, comparison: &Comparison) -> Option<ElementCondition> {
        let keys = comparison.path.keys.clone();
        let name = comparison.path.to_string();
        let operator = match comparison.operator {
            Operator::NotEqual => Operator::Equal,
            operator => operator,
        };
        let test = |binder: &mut Self, literal: &Spanned<Literal>| match binder.document_test(
            &name,
            operator,
            &literal.value,
        ) {
            Ok(test) => Some(ElementCondition::Match(keys.clone(), test)),
            Err(kind) => {
                binder.error(kind, literal.span);
                None
            }
        };
        let condition = match &comparison.operand {
            Operand::None => ElementCondition::Present(keys, Counted::NonEmpty),
            Operand::Literal(literal)
                if literal.value == Literal::Null && operator == Operator::Equal =>
            {
                let present = ElementCondition::Present(keys, Counted::Values);
                ElementCondition::Not(Box::new(present))
            }
            Operand::Literal(literal) => test(self, literal)?,
            Operand::List(literals) => {
                let mut tests = Vec::new();
                for literal in literals {
                    tests.push(test(self, literal)?);
                }
                ElementCondition::Or(tests)
            }
            Operand::Path(other) => {
                self.error(BindErrorKind::PathInValuePath, other.span);
                return None;
            }
        };
        Some(match comparison.operator {
            Operator::NotEqual => ElementCondition::Not(Box::new(condition)),
            _ => condition,
        })
    }

    /// Notes an attribute that is tested, for the account of the records without a value and for hints.
    fn tested(&mut self, attribute: &Attribute, path: &AttributePath, is_compared: bool) {
        let mut tested = self.tested.iter_mut();
        if let Some(known) = tested.find(|tested| tested.attribute == *attribute) {
            known.is_compared |= is_compared;
            return;
        }
        let is_undocumented = attribute.column() == self.api.undocumented_column();
        self.tested.push(TestedAttribute {
            name: if is_undocumented {
                path.to_string()
            } else {
                attribute.name(self.api)
            },
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

    /// Binds a comparison with one literal.
    fn literal(
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
                        self.expect(attribute, &test);
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
        let described = &self.api.fields[field];
        let attribute = Attribute::Field(field);
        match (described.kind, literal) {
            (Kind::Document, _) => Err(self.only_presence(&attribute)),
            (Kind::Text | Kind::Keyword, Literal::Text(text)) => {
                let case = match described.collation {
                    Collation::Bytes => Case::Exact,
                    Collation::Lowercase => Case::Folded,
                };
                let test = self.text_test(&described.name, operator, text, case)?;
                Ok(text_condition(field, test))
            }
            (Kind::Text | Kind::Keyword, _) => {
                Err(self.wrong_operand(&attribute, "a text", literal))
            }
            (Kind::Timestamp, Literal::Text(text)) => {
                let order = self.value_order(&attribute, operator)?;
                let interval = self.date_literal(&described.name, text)?;
                Ok(self.date_condition(field, order, interval))
            }
            (Kind::Timestamp, _) => {
                Err(self.wrong_operand(&attribute, "a date in quotes", literal))
            }
            (Kind::Number, Literal::Number(value)) => Ok(NumberMatch {
                field,
                order: self.value_order(&attribute, operator)?,
                value: value.clone(),
            }
            .into()),
            (Kind::Number, _) => Err(self.wrong_operand(&attribute, "a number", literal)),
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

    /// Binds `in`.
    fn list(
        &mut self,
        attribute: &Attribute,
        literals: &[Spanned<Literal>],
        path_span: Option<Span>,
    ) -> Option<Condition> {
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
        let order = match order_of(operator) {
            Some(order) => order,
            None if operator == Operator::EqualCase => Order::Equal,
            None => {
                let kind = BindErrorKind::PathOperand { operator };
                self.error(kind, span);
                return None;
            }
        };
        let is_exact = operator == Operator::EqualCase
            || [&left, &right].iter().any(|side| match side {
                Attribute::Field(field) => self.api.fields[*field].collation == Collation::Bytes,
                _ => false,
            });
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
            case: if is_exact { Case::Exact } else { Case::Folded },
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
                Kind::Text | Kind::Keyword => Ok(Some(Kind::Text)),
                kind => Ok(Some(kind)),
            },
        }
    }

    /// Adds a test to the account of an attribute in a document, whose values may be of another kind.
    fn expect(&mut self, attribute: &Attribute, test: &ValueTest) {
        let mut tested = self.tested.iter_mut();
        if let Some(tested) = tested.find(|tested| tested.attribute == *attribute) {
            tested.tests.push(test.clone());
        }
    }

    /// Returns the test of a value in a document.
    fn document_test(&mut self, name: &str, operator: Operator, literal: &Literal) -> DocumentTest {
        match literal {
            Literal::Text(text) => {
                if let Some(order) = order_of(operator)
                    && let Some(interval) = self.document_date(text)
                {
                    return Ok(ValueTest::Date(order, interval, text.clone()));
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

    /// Returns the interval of a text that is a whole date, an instant or an age; `None` for any other text. A year or a
    /// month alone, in a document, is more often a number of another sort.
    fn document_date(&mut self, text: &str) -> Option<Interval> {
        let interval = parse_date(text, self.options.clock).ok()?;
        self.is_time_dependent |= is_relative_date(text);
        Some(interval)
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
                compile_regex(&text).map_err(BindErrorKind::Regex)?;
                (TextOperator::Matches(text), Case::Exact)
            }
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

    fn date_literal(&mut self, name: &str, text: &str) -> Result<Interval, BindErrorKind> {
        self.is_time_dependent |= is_relative_date(text);
        let interval = parse_expression_date(text, self.options.clock);
        interval.map_err(|error: DateError| BindErrorKind::AttributeDate {
            name: name.to_owned(),
            error,
        })
    }

    /// Returns the condition that a date compares with an interval: `eq` is within it, `ge` and `lt` compare with its
    /// start, `gt` and `le` with its end. A date that means never does not compare.
    fn date_condition(&self, field: usize, order: Order, interval: Interval) -> Condition {
        let Interval { start, end } = interval;
        let range = match order {
            Order::Less => start.checked_sub(1).map(|end| (i64::MIN, end)),
            Order::LessOrEqual => Some((i64::MIN, end)),
            Order::Equal => Some((start, end)),
            Order::GreaterOrEqual => Some((start, i64::MAX)),
            Order::Greater => end.checked_add(1).map(|start| (start, i64::MAX)),
        };
        let Some((start, end)) = range else {
            return Condition::Or(Vec::new());
        };
        let between = Condition::from(Between { field, start, end });
        let never = self.api.fields[field].never.iter().copied();
        let never = never.filter(|instant| (start..=end).contains(instant));
        Condition::all(
            [between]
                .into_iter()
                .chain(never.map(|never| is_never(field, never).negated())),
        )
    }

    fn wrong_operand(
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

    fn wrong_operator(&self, attribute: &Attribute, operator: Operator) -> BindErrorKind {
        BindErrorKind::WrongOperator {
            name: attribute.name(self.api),
            kind: self.api.column_kind(attribute.column()),
            operator,
        }
    }

    fn only_presence(&self, attribute: &Attribute) -> BindErrorKind {
        BindErrorKind::OnlyPresence {
            name: attribute.name(self.api),
        }
    }
}

/// Returns the condition that an attribute has a value.
pub(crate) fn has_value(api: &idq_api::Api, attribute: &Attribute) -> Condition {
    match attribute {
        Attribute::Field(field) if api.fields[*field].kind == Kind::Document => PathPresent {
            field: *field,
            keys: Vec::new(),
            counted: Counted::Values,
        }
        .into(),
        Attribute::Field(field) => {
            let never = api.fields[*field].never.iter();
            let never = never.map(|&instant| is_never(*field, instant).negated());
            let present = Condition::from(Present { field: *field });
            Condition::all([present].into_iter().chain(never))
        }
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
    Condition::from(Between {
        field,
        start: instant,
        end: instant,
    })
}

/// Returns the order of an operator that compares values of any kind with an order.
fn order_of(operator: Operator) -> Option<Order> {
    match operator {
        Operator::Equal | Operator::In => Some(Order::Equal),
        Operator::Greater => Some(Order::Greater),
        Operator::GreaterOrEqual => Some(Order::GreaterOrEqual),
        Operator::Less => Some(Order::Less),
        Operator::LessOrEqual => Some(Order::LessOrEqual),
        _ => None,
    }
}

fn needs_text(name: &str, operator: Operator, found: &Literal) -> BindErrorKind {
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

/// Returns the condition of a test of texts, by the predicate of the filters where there is one: these have kernels of
/// their own.
fn text_condition(field: usize, test: TextTest) -> Condition {
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

/// Joins conditions by `or`; comparisons of one field with texts become one comparison with a list.
fn merge_texts(conditions: Vec<Condition>) -> Condition {
    use crate::predicates::Predicate;
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
            ) => list.extend(one),
            (
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
