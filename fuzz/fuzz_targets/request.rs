//! Parses and binds any text: it is a request or a list of errors whose spans lie in the text, and a request binds or is
//! refused with errors.
#![no_main]

use idq_engine::{BindOptions, ListedNames, bind};
use idq_grammar::{Clock, Conformance, FilterValue, Query, Report, Span, date, split_list, trim};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut problems = Vec::new();
    // The first byte selects the reading, and the method that adds the text to the query.
    let first = text.bytes().next().unwrap_or(0);
    let reading = if first % 2 == 0 {
        Conformance::Strict
    } else {
        Conformance::Api
    };
    let mut query = Query::with_conformance(reading);
    let method = first % 3;
    let added = match method {
        0 => query.add_request_text(text),
        1 => query.add_filter_text(text),
        _ => {
            query.add_sort_text(text);
            query.add_page_text(text);
            query.add_per_page_text(text);
            Ok(())
        }
    };
    if let Err(errors) = added {
        problems.extend(errors.problems());
    }
    let framework = query.framework_reading();
    // The framework's reading of its own parameters is the same.
    assert_eq!(framework.framework_reading(), framework);
    for filter in query.filters().into_iter().chain(framework.filters()) {
        check(&query, filter.name.span);
        if let FilterValue::Text(value) = &filter.value {
            check(&query, trim(query.texts(), value).span);
            for part in split_list(query.texts(), value) {
                check(&query, part.span);
            }
        }
    }
    for term in framework.sorts().iter().flat_map(|sort| &sort.terms) {
        check(&query, term.name.span);
    }
    for api in idq_api::ApiRegistry::built_in() {
        for conformance in [Conformance::Strict, Conformance::Api] {
            let options = BindOptions::new(conformance, Clock::fixed_at(0));
            if let Err(errors) = bind(&query, api, &options) {
                assert!(!errors.errors().is_empty());
                problems.extend(errors.problems(ListedNames::All));
            }
        }
    }
    for problem in &problems {
        check(&query, problem.span);
    }
    let report = Report::new(query.texts(), &problems).to_string();
    assert!(
        !report
            .chars()
            .any(|character| character.is_control() && character != '\n')
    );
    if let Ok(interval) = date::parse_date(text, Clock::fixed_at(0)) {
        assert!(interval.start <= interval.end);
    }
    if let Some(instant) = date::parse_timestamp(text.as_bytes()) {
        let spelled = date::format_timestamp(instant);
        assert_eq!(date::parse_timestamp(spelled.as_bytes()), Some(instant));
    }
});

/// Checks that a span is in its text, on character boundaries.
fn check(query: &Query, span: Option<Span>) {
    if let Some(span) = span {
        assert!(
            query.texts()[span.text]
                .text
                .get(span.start..span.end)
                .is_some()
        );
    }
}
