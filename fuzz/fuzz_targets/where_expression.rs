//! Parses any text as an expression: it is a tree or a list of errors, whose spans lie in the text, and the spelling of a
//! tree parses to the same tree. Parses it as a path, a date and a regular expression as well.
#![no_main]

use idq_grammar::{
    AttributePath, Clock, Expression, Operand, Query, Report, Span, compile_regex, date,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut query = Query::new();
    // A text that starts with a question mark is a request, whose parameter is percent-encoded.
    let added = match text.strip_prefix('?') {
        Some(value) => query.add_request_text(&format!("where={value}")),
        None => query.add_where_text(text),
    };
    if let Err(errors) = added {
        let problems = errors.problems();
        assert!(!problems.is_empty());
        for problem in &problems {
            check(&query, problem.span);
        }
        let report = Report::new(query.texts(), &problems).to_string();
        assert!(
            !report
                .chars()
                .any(|character| character.is_control() && character != '\n')
        );
    }
    for expression in query.operands() {
        check_spans(&query, expression);
        if expression.filters().is_empty() {
            let spelled = expression
                .to_text()
                .expect("a parsed expression has a spelling");
            let parsed = Expression::parse(&spelled).expect("a spelling parses");
            assert_eq!(parsed, expression.clone().without_spans(), "{spelled}");
            assert_eq!(parsed.to_text(), Some(spelled));
        }
    }
    let path = AttributePath::from(text);
    assert_eq!(AttributePath::from(path.to_string()), path);
    if let Ok(interval) = date::parse_expression_date(text, Clock::fixed_at(0)) {
        assert!(interval.start <= interval.end);
    }
    if let Err(error) = compile_regex(text) {
        assert!(error.help().is_some());
    }
});

/// Checks the spans of an expression of `query`.
fn check_spans(query: &Query, expression: &Expression) {
    match expression {
        Expression::And(operands) | Expression::Or(operands) => {
            for operand in operands {
                check_spans(query, operand);
            }
        }
        Expression::Not(operand) => check_spans(query, operand),
        Expression::Filter(filter) => check(query, filter.name.span),
        Expression::Comparison(comparison) => {
            check(query, comparison.span);
            check(query, comparison.path.span);
            match &comparison.operand {
                Operand::None => {}
                Operand::Literal(literal) => check(query, literal.span),
                Operand::List(items) => items.iter().for_each(|item| check(query, item.span)),
                Operand::Path(path) => check(query, path.span),
            }
        }
        Expression::ValuePath(path) => {
            check(query, path.span);
            check(query, path.path.span);
            check_spans(query, &path.condition);
        }
    }
}

/// Checks that there is a span, in its text, on character boundaries.
fn check(query: &Query, span: Option<Span>) {
    let span = span.expect("it was written");
    let text = &query.texts()[span.text].text;
    assert!(text.get(span.start..span.end).is_some());
}
