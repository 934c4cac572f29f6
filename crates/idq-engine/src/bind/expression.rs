//! Binds the expression tree of a request to conditions.

use idq_grammar::{Expression, Filter, FilterValue, Origin, Spanned};

use super::{BindError, BindErrorKind, Binder, BoundFilter};
use crate::condition::Condition;

impl Binder<'_> {
    /// Binds the filters that are operands of the top `and`, with the rules for repeated filters.
    pub(super) fn plain_filters(&mut self) -> Vec<BoundFilter> {
        // Copied out, so that the loop may note mistakes in the binder.
        let query = self.query;
        let filters: Vec<&Filter> = query.operands().iter().filter_map(as_filter).collect();
        let mut bound = Vec::new();
        for (index, &filter) in filters.iter().enumerate() {
            let Some(rule) = self.rule(filter) else {
                continue;
            };
            let is_same = |other: &&Filter| other.name.value == filter.name.value;
            // The framework's reading has no repetition.
            if filters[..index].iter().any(is_same) {
                let name = filter.name.value.clone();
                self.error(BindErrorKind::RepeatedFilter { name }, filter.name.span);
                continue;
            }
            if let Ok(condition) = self.filter(rule, filter) {
                bound.push(BoundFilter { rule, condition });
            }
        }
        bound
    }

    /// Binds the operands of the top `and` that are no filters.
    pub(super) fn nested_expressions(&mut self) -> Vec<Condition> {
        let operands = self.query.operands().iter();
        operands
            .filter(|operand| as_filter(operand).is_none())
            .filter_map(|operand| self.expression_in(operand, &[]))
            .collect()
    }

    /// Binds an expression whose paths start at the object with the keys `outer`; `None` where it is ignored or wrong.
    pub(super) fn expression_in(
        &mut self,
        expression: &Expression,
        outer: &[String],
    ) -> Option<Condition> {
        match expression {
            Expression::And(operands) => self.operands(operands, outer).map(Condition::And),
            Expression::Or(operands) => self.operands(operands, outer).map(Condition::Or),
            Expression::Not(operand) => self.expression_in(operand, outer).map(Condition::negated),
            // Inside a nested expression each filter counts, so repeated names are no mistake.
            Expression::Filter(filter) => {
                let rule = self.rule(filter)?;
                self.filter(rule, filter).ok().flatten()
            }
            Expression::Comparison(comparison) => self.comparison(comparison, outer),
            Expression::ValuePath(value_path) => self.value_path(value_path, outer),
        }
    }

    /// Binds operands; `None` if all of them are ignored or wrong.
    fn operands(&mut self, operands: &[Expression], outer: &[String]) -> Option<Vec<Condition>> {
        let bound = operands
            .iter()
            .filter_map(|operand| self.expression_in(operand, outer));
        let bound: Vec<Condition> = bound.collect();
        // An empty `and` or `or` keeps its meaning; one that has lost all operands is ignored.
        (operands.is_empty() || !bound.is_empty()).then_some(bound)
    }

    /// Looks up the name of a filter; an unknown one is a mistake.
    fn rule(&mut self, filter: &Filter) -> Option<usize> {
        let name = &filter.name;
        let rule = self.api.filter_position(&name.value);
        if rule.is_none() {
            let found = name.value.clone();
            self.error(BindErrorKind::UnknownFilter { found }, name.span);
        }
        // Any filter on deleted records replaces their exclusion from the whole request, even if its value is wrong.
        self.has_trashed_filter |= rule.is_some() && rule == self.api.trashed_filter();
        rule
    }

    /// Binds the value of a filter; `Err` where it is wrong, `None` where it is ignored.
    fn filter(&mut self, rule: usize, filter: &Filter) -> Result<Option<Condition>, ()> {
        let name = &filter.name.value;
        // By the API's own reading, a flag and a text for one filter are one list.
        let checked = if self.is_strict() {
            self.check_flags(name, &filter.value)
        } else {
            Ok(())
        };
        // The mistake is noted here, so callers only see that there was one.
        let rule = &self.api.filters[rule];
        let bound = checked.and_then(|()| self.filter_value(rule, &filter.value));
        bound.map_err(|error| self.errors.push(error))
    }

    /// Checks that flags have values, and that no list is given partly by flags and partly by the request's text.
    fn check_flags(&self, name: &str, value: &FilterValue) -> Result<(), BindError> {
        let FilterValue::List(items) = value else {
            return Ok(());
        };
        let is_flag = |item: &Spanned<String>| {
            // The origin of a text distinguishes flags of the command line from parts of a query string.
            let text = item.span.and_then(|span| self.query.texts().get(span.text));
            text.is_some_and(|text| text.origin == Origin::Filter)
        };
        let Some(first) = items.first().map(is_flag) else {
            return Ok(());
        };
        for item in items {
            let name = name.to_owned();
            // The first item decides the side; one from the other side gives the filter twice.
            let kind = if is_flag(item) != first {
                BindErrorKind::RepeatedFilter { name }
            } else if first && item.value.is_empty() {
                BindErrorKind::EmptyValue { name }
            } else {
                continue;
            };
            let span = item.span;
            return Err(BindError { kind, span });
        }
        Ok(())
    }
}

/// Returns the filter, if the expression is one.
fn as_filter(expression: &Expression) -> Option<&Filter> {
    match expression {
        Expression::Filter(filter) => Some(filter),
        _ => None,
    }
}
