//! Properties of expressions that hold for any text and any tree.

use idq_grammar::{
    AttributePath, Comparison, Expression, Literal, Operand, Operator, Query, Span, Spanned,
    ValuePath,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// Generates texts of tokens of the grammar, and a few arbitrary ones.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "and", "OR", "not", "eq", "pr", "co", "in", "matches", "gt", "a", "b.c", "é", "urn:x:y:",
        "null", "TRUE", "5", "-1e5", "is", "&&", "!", "=", "'x'", "“", ",", ".", "(", ")", "[",
        "]", "\"", "\"x\"", "\\u00e9", "\\", "\t",
    ];
    let token = (prop::sample::select(words.to_vec()), "[ ]{0,1}")
        .prop_map(|(word, blank)| format!("{word}{blank}"));
    let inserted =
        (tree(), token.clone(), any::<prop::sample::Index>()).prop_map(|(tree, token, at)| {
            let mut text = tree.to_text().unwrap_or_default();
            let boundaries: Vec<usize> = text
                .char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect();
            text.insert_str(*at.get(&boundaries), &token);
            text
        });
    prop_oneof![
        4 => prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat()),
        4 => inserted,
        1 => any::<String>(),
    ]
}

/// Generates keys of paths.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9_$-]{1,5}",
        1 => prop::sample::select(vec!["and", "Or", "NOT", "null", "true", "pr", "urn:x:y", "urn:", "URN:a"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// Generates paths.
fn path() -> impl Strategy<Value = AttributePath> {
    prop::collection::vec(key(), 1..4).prop_map(AttributePath::new)
}

/// Generates literals.
fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::from),
        any::<i64>().prop_map(Literal::from),
        any::<f64>().prop_map(Literal::from),
        any::<String>().prop_map(Literal::Text),
    ]
}

/// Generates comparisons, some of which have no spelling.
fn comparison() -> impl Strategy<Value = Expression> {
    let operand = prop_oneof![
        1 => Just(Operand::None),
        6 => literal().prop_map(Operand::from),
        2 => prop::collection::vec(literal(), 0..3)
            .prop_map(|values| Operand::List(values.into_iter().map(Spanned::without_span).collect())),
        2 => path().prop_map(Operand::Path),
    ];
    let arbitrary = (
        path(),
        prop::sample::select(Operator::ALL.to_vec()),
        operand,
    )
        .prop_map(|(path, operator, operand)| Expression::field(path).compare(operator, operand));
    let text = [Operator::Contains, Operator::Less, Operator::EqualCase];
    let text = (path(), prop::sample::select(text.to_vec()), any::<String>())
        .prop_map(|(path, operator, text)| Expression::field(path).compare(operator, text));
    prop_oneof![
        1 => arbitrary,
        2 => text,
        2 => (path(), literal()).prop_map(|(path, value)| Expression::field(path).equals(value)),
        1 => (path(), prop::collection::vec(literal(), 1..3))
            .prop_map(|(path, values)| Expression::field(path).is_in(values)),
        1 => path().prop_map(|path| Expression::field(path).is_present()),
        1 => (path(), path()).prop_map(|(path, other)| Expression::field(path).less_than(other)),
    ]
}

/// Generates trees whose connectives have several operands.
fn tree() -> impl Strategy<Value = Expression> {
    comparison().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.clone().prop_map(|operand| !operand),
            (path(), inner).prop_map(|(path, condition)| Expression::some(path, condition)),
        ]
    })
}

/// Returns the spans of an expression.
fn spans(expression: &Expression, into: &mut Vec<Option<Span>>) {
    match expression {
        Expression::And(operands) | Expression::Or(operands) => {
            operands.iter().for_each(|operand| spans(operand, into));
        }
        Expression::Not(operand) => spans(operand, into),
        Expression::Filter(filter) => into.push(filter.name.span),
        Expression::Comparison(Comparison {
            path,
            operand,
            span,
            ..
        }) => {
            into.extend([path.span, *span]);
            match operand {
                Operand::None => {}
                Operand::Literal(literal) => into.push(literal.span),
                Operand::List(items) => into.extend(items.iter().map(|item| item.span)),
                Operand::Path(path) => into.push(path.span),
            }
        }
        Expression::ValuePath(ValuePath {
            path,
            condition,
            span,
        }) => {
            into.extend([path.span, *span]);
            spans(condition, into);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn parsing_any_expression_does_not_panic_and_yields_valid_spans(text in text(), is_encoded: bool) {
        let mut query = Query::new();
        let added = if is_encoded {
            query.add_request_text(&format!("where={}", utf8_percent_encode(&text, NON_ALPHANUMERIC)))
        } else {
            query.add_where_text(&text)
        };
        let mut found = Vec::new();
        match added {
            Ok(()) => spans(&query.operands()[0], &mut found),
            Err(errors) => {
                prop_assert!(!errors.errors().is_empty());
                found.extend(errors.problems().iter().map(|problem| problem.span));
            }
        }
        for span in found {
            let span = span.expect("it was written");
            let written = query.texts()[span.text].text.get(span.start..span.end);
            prop_assert!(written.is_some(), "{span:?} in {text:?}");
        }
    }

    #[test]
    fn spelling_of_any_parsed_expression_parses_to_the_same_tree(text in text()) {
        if let Ok(expression) = Expression::parse(&text) {
            let spelled = expression.to_text().expect("it was parsed");
            let again = Expression::parse(&spelled);
            prop_assert_eq!(again.as_ref(), Ok(&expression), "{}", spelled);
            prop_assert_eq!(again.expect("valid").to_text(), Some(spelled));
        }
    }

    #[test]
    fn spelling_of_any_tree_parses_to_the_same_tree(tree in tree()) {
        if let Some(spelled) = tree.to_text() {
            prop_assert_eq!(Expression::parse(&spelled), Ok(tree), "{}", spelled);
        }
    }

    #[test]
    fn spelling_of_any_path_parses_to_the_same_keys(path in path()) {
        prop_assert_eq!(&AttributePath::from(path.to_string()), &path);
        let test = Expression::field(path).is_present();
        let spelled = test.to_text().expect("any path has a spelling on the left");
        prop_assert_eq!(Expression::parse(&spelled), Ok(test));
    }

    #[test]
    fn spelling_of_any_text_parses_to_the_same_text(text: String) {
        let test = Expression::field("a").equals(text);
        prop_assert_eq!(Expression::parse(&test.to_text().expect("a text")), Ok(test));
    }
}

#[test]
fn generated_trees_and_texts_are_often_accepted() {
    // The properties above hold for the accepted ones, so there must be enough of them.
    let mut runner = TestRunner::deterministic();
    let mut sample = |accepts: &dyn Fn(&mut TestRunner) -> bool| {
        (0..1_000).filter(|_| accepts(&mut runner)).count()
    };
    let trees = sample(&|runner| {
        tree()
            .new_tree(runner)
            .expect("a tree")
            .current()
            .to_text()
            .is_some()
    });
    let texts = sample(&|runner| {
        Expression::parse(&text().new_tree(runner).expect("a text").current()).is_ok()
    });
    assert!(
        trees > 200 && texts > 50,
        "{trees} trees, {texts} texts of 1,000 each"
    );
}
