//! Spelling of expressions.

use super::{Comparison, Expression, Literal, Operand, ValuePath};
use crate::error::Errors;
use crate::filter::{Filter, FilterValue};
use crate::spanned_str::SpannedStr;
use crate::text::{Origin, Spanned, Text};
use crate::where_expression::{Counts, is_json_number, is_right_hand_path, parse_expression};

/// Position of an expression in its parent, which decides about parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Alone: the whole, or within the parentheses or brackets of its parent.
    Alone,
    /// Operand of an `or`, which binds less than `and`.
    InOr,
    /// Operand of an `and`.
    InAnd,
}

impl Expression {
    /// Parses a text of the [grammar of expressions](crate::where_expression). The parts have no spans.
    ///
    /// ```
    /// use idq_grammar::Expression;
    ///
    /// let parsed = Expression::parse(r#"profile.department EQ "Sales" and not (state eq "active")"#)?;
    /// let active = Expression::field("state").equals("active");
    /// assert_eq!(parsed, Expression::field("profile.department").equals("Sales").and(!active));
    /// # Ok::<(), idq_grammar::Errors>(())
    /// ```
    ///
    /// # Errors
    /// All mistakes of the text.
    pub fn parse(text: &str) -> Result<Self, Errors> {
        let source = SpannedStr::literal(0, 0, text);
        let parsed = parse_expression(&source, &mut Counts::default());
        parsed
            .map(Self::without_spans)
            .map_err(|errors| Errors::new(vec![Text::new(Origin::Where, text)], errors))
    }

    /// Returns the canonical spelling, which [`parse`](Self::parse) parses to the same tree, except that an `and` or
    /// `or` of one operand is spelled as the operand.
    ///
    /// Returns `None` for an expression without a spelling: one with a filter of the API, with an `and`, `or` or list
    /// without operands, with a right-hand side that does not suit its operator, with another attribute as right-hand
    /// side whose path is one key that needs quotes, or one beyond the limits of the grammar.
    ///
    /// ```
    /// use idq_grammar::Expression;
    ///
    /// let active = Expression::field("active").equals(true);
    /// let orphan = Expression::field("manager").is_null();
    /// let text = (!active).and(orphan).to_text();
    /// assert_eq!(text.as_deref(), Some("not (active eq true) and manager eq null"));
    /// assert_eq!(Expression::filter("state", "active").to_text(), None);
    /// ```
    pub fn to_text(&self) -> Option<String> {
        let mut text = String::new();
        self.spell(Place::Alone, &mut text)?;
        // The parser refuses the operands and depths that have no spelling.
        let source = SpannedStr::literal(0, 0, &text);
        let parsed = parse_expression(&source, &mut Counts::default());
        parsed.is_ok().then_some(text)
    }

    /// Returns the tree as if it were built in code.
    #[must_use]
    pub fn without_spans(self) -> Self {
        let each = |operands: Vec<Self>| operands.into_iter().map(Self::without_spans).collect();
        match self {
            Self::And(operands) => Self::And(each(operands)),
            Self::Or(operands) => Self::Or(each(operands)),
            Self::Not(operand) => Self::Not(Box::new(operand.without_spans())),
            Self::Filter(Filter { name, value }) => Self::Filter(Filter {
                name: Spanned::without_span(name.value),
                value: match value {
                    FilterValue::Text(text) => FilterValue::Text(Spanned::without_span(text.value)),
                    FilterValue::List(items) => FilterValue::List(drop_spans(items)),
                },
            }),
            Self::Comparison(mut comparison) => {
                comparison.span = None;
                comparison.path.span = None;
                comparison.operand = match comparison.operand {
                    Operand::None => Operand::None,
                    Operand::Literal(literal) => {
                        Operand::Literal(Spanned::without_span(literal.value))
                    }
                    Operand::List(items) => Operand::List(drop_spans(items)),
                    Operand::Path(path) => Operand::Path(super::AttributePath::new(path.keys)),
                };
                Self::Comparison(comparison)
            }
            Self::ValuePath(ValuePath {
                path, condition, ..
            }) => Self::some(
                super::AttributePath::new(path.keys),
                condition.without_spans(),
            ),
        }
    }

    /// Returns the number of parentheses and brackets within each other in the canonical spelling.
    pub(crate) fn depth(&self) -> usize {
        self.depth_in(Place::Alone)
    }

    /// Returns the depth of the spelling at a place.
    fn depth_in(&self, place: Place) -> usize {
        let within = match self {
            Self::And(operands) | Self::Or(operands) => {
                let place = self.place_of_operands(place);
                operands
                    .iter()
                    .map(|operand| operand.depth_in(place))
                    .max()
                    .unwrap_or(0)
            }
            Self::Not(operand) => 1 + operand.depth(),
            Self::ValuePath(ValuePath { condition, .. }) => 1 + condition.depth(),
            Self::Filter(_) | Self::Comparison(_) => 0,
        };
        within + usize::from(self.needs_parentheses(place))
    }

    /// Returns whether the expression is spelled in parentheses at a place.
    fn needs_parentheses(&self, place: Place) -> bool {
        match self {
            Self::And(operands) => operands.len() > 1 && place == Place::InAnd,
            Self::Or(operands) => operands.len() > 1 && place != Place::Alone,
            _ => false,
        }
    }

    /// Returns the place of the operands of an `and` or `or` that is itself at `place`.
    fn place_of_operands(&self, place: Place) -> Place {
        match self {
            Self::And(operands) if operands.len() > 1 => Place::InAnd,
            Self::Or(operands) if operands.len() > 1 => Place::InOr,
            // The only operand takes the place of its parent.
            _ => place,
        }
    }

    /// Appends the spelling at a place; returns `None` if there is none.
    fn spell(&self, place: Place, text: &mut String) -> Option<()> {
        let needs_parentheses = self.needs_parentheses(place);
        if needs_parentheses {
            text.push('(');
        }
        match self {
            Self::And(operands) => self.spell_operands(operands, " and ", place, text)?,
            Self::Or(operands) => self.spell_operands(operands, " or ", place, text)?,
            Self::Not(operand) => {
                text.push_str("not (");
                operand.spell(Place::Alone, text)?;
                text.push(')');
            }
            Self::Filter(_) => return None,
            Self::Comparison(comparison) => comparison.spell(text)?,
            Self::ValuePath(ValuePath {
                path, condition, ..
            }) => {
                text.push_str(&path.to_text()?);
                text.push('[');
                condition.spell(Place::Alone, text)?;
                text.push(']');
            }
        }
        if needs_parentheses {
            text.push(')');
        }
        Some(())
    }

    /// Appends the operands of this `and` or `or`.
    fn spell_operands(
        &self,
        operands: &[Self],
        connective: &str,
        place: Place,
        text: &mut String,
    ) -> Option<()> {
        let place = self.place_of_operands(place);
        let (first, others) = operands.split_first()?;
        first.spell(place, text)?;
        for operand in others {
            text.push_str(connective);
            operand.spell(place, text)?;
        }
        Some(())
    }
}

impl Comparison {
    /// Appends the spelling; returns `None` if there is none.
    fn spell(&self, text: &mut String) -> Option<()> {
        text.push_str(&self.path.to_text()?);
        text.push(' ');
        text.push_str(self.operator.keyword());
        let operand = match &self.operand {
            Operand::None => return Some(()),
            Operand::Literal(literal) => spell_literal(&literal.value)?,
            Operand::List(items) => {
                let items: Option<Vec<String>> = items
                    .iter()
                    .map(|item| spell_literal(&item.value))
                    .collect();
                format!("[{}]", items?.join(", "))
            }
            Operand::Path(path) => path.to_text().filter(|path| is_right_hand_path(path))?,
        };
        text.push(' ');
        text.push_str(&operand);
        Some(())
    }
}

impl super::AttributePath {
    /// Returns the spelling; `None` for a path without keys.
    fn to_text(&self) -> Option<String> {
        (!self.keys.is_empty()).then(|| self.to_string())
    }
}

/// Returns the spelling of a literal; `None` for a number that is not spelled as in JSON.
fn spell_literal(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Number(spelling) if !is_json_number(spelling) => None,
        literal => Some(literal.to_string()),
    }
}

/// Removes the spans of values.
fn drop_spans<T>(items: Vec<Spanned<T>>) -> Vec<Spanned<T>> {
    let items = items.into_iter();
    items
        .map(|item| Spanned::without_span(item.value))
        .collect()
}
