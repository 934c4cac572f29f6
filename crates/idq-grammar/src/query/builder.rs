//! Building of a query in code.

use super::Query;
use crate::expression::Expression;
use crate::filter::FilterValue;
use crate::framework::Given;
use crate::sort::SortTerm;
use crate::text::Spanned;

/// Building a query in code.
impl Query {
    /// Adds a filter. The name has no brackets (`state`). Commas in a text separate parts where the filter takes a
    /// list, as in a request; in a `Vec`, an array or a slice they are ordinary characters.
    #[must_use]
    pub fn filter(mut self, name: impl Into<String>, value: impl Into<FilterValue>) -> Self {
        let name = name.into();
        let value = value.into();
        match &value {
            FilterValue::Text(text) => {
                self.add_parameter(&format!("filter[{name}]"), &text.value);
            }
            FilterValue::List(items) => {
                for item in items {
                    self.add_parameter(&format!("filter[{name}][]"), &item.value);
                }
            }
        }
        self.given.push(Given::Filter {
            name: name.clone(),
            value: value.clone(),
        });
        self.push_filter(Spanned::without_span(name), value);
        self
    }

    /// Adds an expression, which a record must satisfy in addition to all operands before it.
    ///
    /// The filters of an expression may repeat those given before, and each other. A lone filter is added as a
    /// conjunction of one operand, so that it may repeat a filter as well.
    ///
    /// The expression is a parameter `where`, which links to other pages repeat, if it has a
    /// [spelling](Expression::to_text). One with filters has none: [`parameters`](Self::parameters), and so the links,
    /// leave it out. Its parts have no spans in the query.
    #[must_use]
    pub fn and_where(mut self, expression: Expression) -> Self {
        let text = expression.to_text();
        if let Some(text) = &text {
            self.add_parameter("where", text);
        }
        // Spans of the expression would be in the texts of another query.
        let expression = expression.without_spans();
        let operand = match expression {
            Expression::Filter(_) => Expression::And(vec![expression]),
            tree => tree,
        };
        self.push_expression(operand, text);
        self
    }

    /// Adds a sort term after all others.
    #[must_use]
    pub fn sort(mut self, term: impl Into<SortTerm>) -> Self {
        self.add_sort_terms(vec![term.into()]);
        self
    }

    /// Sets the page, counted from 1, and replaces any other.
    #[must_use]
    pub fn page(mut self, number: u64) -> Self {
        self.pages.clear();
        self.remove_parameters("page");
        self.add_page(Spanned::without_span(number.to_string()));
        self
    }

    /// Sets the number of records on a page, and replaces any other.
    #[must_use]
    pub fn per_page(mut self, records: u64) -> Self {
        self.per_pages.clear();
        self.remove_parameters("per_page");
        self.add_per_page(Spanned::without_span(records.to_string()));
        self
    }

    /// Removes the parameters of this name, and adjusts the positions of the sorts' parameters.
    fn remove_parameters(&mut self, name: &str) {
        for sort in &mut self.sorts {
            let before = &self.parameters[..sort.parameter];
            sort.parameter -= before.iter().filter(|each| each.name == name).count();
        }
        self.parameters.retain(|parameter| parameter.name != name);
        self.given.retain(|given| !given.is_parameter(name));
    }
}
