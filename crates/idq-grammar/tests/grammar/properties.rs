//! Properties of parsing that hold for any text.

use idq_grammar::{
    Conformance, FilterValue, Query, Report, Span, Spanned, nearest, split_list, trim,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use crate::written;

/// Generates texts of tokens of the grammar, and a few arbitrary ones.
fn request() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("filter"),
        Just("filter["),
        Just("["),
        Just("]"),
        Just("[]"),
        Just("[0]"),
        Just("="),
        Just("&"),
        Just("?"),
        Just("#"),
        Just("/"),
        Just("://"),
        Just("sort="),
        Just("page="),
        Just("per_page="),
        Just("-"),
        Just(","),
        Just("+"),
        Just("%"),
        Just("%5B"),
        Just("%5D"),
        Just("%C3%AB"),
        Just("%C3"),
        Just("%2C"),
        Just("%20"),
        Just("a"),
        Just("state"),
        Just("é"),
        Just("名"),
        Just(" "),
        Just("\u{1b}"),
    ];
    prop_oneof![
        4 => prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat()),
        1 => any::<String>(),
    ]
}

/// Collects every span of a query.
fn spans(query: &Query) -> Vec<Span> {
    let mut texts: Vec<&Spanned<String>> = Vec::new();
    let mut parts = Vec::new();
    for filter in query.filters() {
        texts.push(&filter.name);
        match &filter.value {
            FilterValue::Text(value) => {
                texts.push(value);
                parts.extend(split_list(query.texts(), value));
                parts.push(trim(query.texts(), value));
            }
            FilterValue::List(items) => texts.extend(items),
        }
    }
    texts.extend(
        query
            .sorts()
            .iter()
            .flat_map(|sort| &sort.terms)
            .map(|term| &term.name),
    );
    texts.extend(query.pages().iter().chain(query.per_pages()));
    texts.extend(
        query
            .others()
            .iter()
            .flat_map(|other| [&other.name, &other.value]),
    );
    texts.extend(query.url().iter().flat_map(|base| [&base.base, &base.path]));
    texts.extend(&parts);
    texts
        .iter()
        .map(|text| text.span.expect("it was written"))
        .collect()
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn parsing_any_text_does_not_panic_and_yields_valid_spans(text in request(), flag in request()) {
        for conformance in [Conformance::Strict, Conformance::Api] {
            let mut query = Query::with_conformance(conformance);
            let mut problems = Vec::new();
            for result in [query.add_request_text(&text), query.add_filter_text(&flag)] {
                if let Err(errors) = result {
                    prop_assert!(!errors.errors().is_empty());
                    problems.extend(errors.problems());
                }
            }
            query.add_sort_text(&flag);
            query.add_page_text(&flag);
            query.add_per_page_text(&text);
            let framework = query.framework_reading();
            let errors = problems.iter().filter_map(|problem| problem.span);
            let tolerated = query.tolerated_errors().iter().filter_map(|error| error.span);
            let spans = spans(&query).into_iter().chain(spans(&framework));
            for span in spans.chain(errors).chain(tolerated) {
                let text = &query.texts()[span.text].text;
                prop_assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
            }
            let report = Report::new(query.texts(), &problems).to_string();
            prop_assert!(!report.chars().any(|c| c.is_control() && c != '\n'));
        }
    }

    #[test]
    fn reading_of_the_api_refuses_no_request_that_the_strict_one_accepts(text in request()) {
        let strict = Query::parse(&text);
        let api = Query::parse_as(&text, Conformance::Api);
        if let Ok(query) = &api {
            // Before `filter`, the framework drops spaces, and the strict reading has a parameter of another name.
            let has_spaces = [" ", "+", "%20"].iter().any(|space| text.contains(space));
            let agrees = strict.is_ok() == query.tolerated_errors().is_empty();
            prop_assert!(agrees || has_spaces, "{}", text);
            // The reading of a reading is the same.
            let framework = query.framework_reading();
            prop_assert_eq!(&framework.framework_reading(), &framework);
        } else if strict.is_ok() {
            // The forms that only the framework's reading has: a nested sort, and a filter after spaces.
            let is_known = ["sort", " ", "+", "%20"].iter().any(|part| text.contains(part));
            prop_assert!(is_known, "{text}");
        }
    }

    #[test]
    fn encoded_requests_round_trip(
        pairs in prop::collection::vec(("[^\\]]{1,8}", any::<String>()), 0..5),
        all: bool,
    ) {
        let text: Vec<String> = pairs
            .iter()
            .map(|(name, value)| {
                let name = if all {
                    encode(&format!("filter[{name}]"))
                } else {
                    format!("filter[{}]", encode(name))
                };
                format!("{name}={}", encode(value))
            })
            .collect();
        let query = Query::parse(&format!("?{}", text.join("&"))).expect("valid");
        prop_assert_eq!(query.filters().len(), pairs.len());
        for (filter, (name, value)) in query.filters().iter().zip(&pairs) {
            prop_assert_eq!(&filter.name.value, name);
            prop_assert_eq!(written(&query, &filter.name), encode(name));
            let FilterValue::Text(text) = &filter.value else { panic!("one text") };
            prop_assert_eq!(&text.value, value);
            let parts: Vec<&str> = value.trim().split(',').collect();
            let split = split_list(query.texts(), text);
            prop_assert_eq!(split.len(), parts.len());
            for (ours, theirs) in split.iter().zip(parts) {
                prop_assert_eq!(&ours.value, theirs);
                prop_assert_eq!(written(&query, ours), encode(theirs));
            }
        }
    }

    #[test]
    fn filter_flags_round_trip(name in "[a-z_]{1,8}", value: String) {
        // `==` and `=~` are operators of other languages.
        prop_assume!(!value.starts_with(['=', '~']));
        let mut query = Query::new();
        query.add_filter_text(&format!("{name}={value}")).expect("valid");
        let FilterValue::List(items) = &query.filters()[0].value else { panic!("a list") };
        prop_assert_eq!(items.len(), 1);
        prop_assert_eq!(&items[0].value, &value);
        prop_assert_eq!(written(&query, &items[0]), value.as_str());
    }

    #[test]
    fn lines_of_reports_are_bounded_in_width(text: String, start in 0..50_usize, length in 0..50_usize) {
        use idq_grammar::{Origin, Problem, Text};
        let text = text.repeat(10);
        let span = Some(Span { text: 0, start, end: start + length });
        let problem = Problem { span, message: String::new(), help: None };
        let report = Report::new(&[Text::new(Origin::Request, text)], &[problem]).to_string();
        for line in report.lines() {
            prop_assert!(unicode_width::UnicodeWidthStr::width(line) <= "  request: ".len() + 102);
        }
    }

    #[test]
    fn nearest_of_any_name_returns_at_most_the_limit(name: String, limit in 0..4_usize) {
        let names = ["email", "state", "created_after"];
        prop_assert!(nearest(&name, names, limit).len() <= limit);
    }
}
