//! Tests of the grammar through its public interface: requests, error reports, and properties of any text.

mod dates;
mod expression_properties;
mod expression_reports;
mod expressions;
mod properties;
mod reports;
mod requests;
mod time_zones;
mod value_reports;

use idq_grammar::{Filter, FilterValue, Query, Span, Spanned};

/// Returns the raw text that a value was parsed from.
fn written<'a, T>(query: &'a Query, value: &Spanned<T>) -> &'a str {
    let Span { text, start, end } = value.span.expect("it was written");
    &query.texts()[text].text[start..end]
}

/// Formats a filter as `name=value` for one text and as `name=[a][b]` for a list.
fn show_filter(filter: &Filter) -> String {
    let name = &filter.name.value;
    match &filter.value {
        FilterValue::Text(value) => format!("{name}={}", value.value),
        FilterValue::List(items) => {
            let items: String = items
                .iter()
                .map(|item| format!("[{}]", item.value))
                .collect();
            format!("{name}={items}")
        }
    }
}

fn show_filters(query: &Query) -> Vec<String> {
    query.filters().into_iter().map(show_filter).collect()
}

fn show_sorts(query: &Query) -> Vec<String> {
    query
        .sorts()
        .iter()
        .map(|sort| {
            let terms: Vec<String> = sort.terms.iter().map(ToString::to_string).collect();
            terms.join(",")
        })
        .collect()
}

fn show_parameters(query: &Query) -> Vec<String> {
    query
        .parameters()
        .iter()
        .map(|parameter| format!("{}={}", parameter.name, parameter.value))
        .collect()
}

fn values(values: &[Spanned<String>]) -> Vec<&str> {
    values.iter().map(|value| value.value.as_str()).collect()
}
