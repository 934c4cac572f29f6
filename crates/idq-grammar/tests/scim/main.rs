//! Comparison with a published implementation of SCIM, the crate `scim_v2`: both accept any expression of RFC 7644, and
//! parse it to the same tree. Their differences are listed by name.

use idq_grammar::{Expression, Literal, Operand};
use proptest::prelude::*;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, Filter, ValFilter};

/// Tree that the trees of both parsers convert to.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    /// Operands of a connective. None has the same connective, because `scim_v2` does not keep such groups.
    Join(Connective, Vec<Tree>),
    /// `not`
    Not(Box<Tree>),
    /// Path, operator and value.
    Test(Vec<String>, String, Value),
    /// Value path.
    ValuePath(Vec<String>, Box<Tree>),
}

/// `and` or `or`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Connective {
    And,
    Or,
}

/// Value of a test.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    /// That of `pr`.
    Nothing,
    Null,
    Boolean(bool),
    Number(Rounded),
    Text(String),
    /// An extension of this grammar.
    Extension,
}

/// Number that is equal to others within the error of `serde_json`, by which `scim_v2` parses numbers.
#[derive(Debug, Clone, Copy)]
struct Rounded(f64);

impl PartialEq for Rounded {
    fn eq(&self, other: &Self) -> bool {
        (self.0 - other.0).abs() <= self.0.abs() * 1e-15
    }
}

/// Joins operands, those of nested joins by the same connective included.
fn join(connective: Connective, operands: impl IntoIterator<Item = Tree>) -> Tree {
    let parts = operands.into_iter().flat_map(|operand| match operand {
        Tree::Join(inner, parts) if inner == connective => parts,
        other => vec![other],
    });
    Tree::Join(connective, parts.collect())
}

/// Converts a tree of this grammar.
fn ours(expression: &Expression) -> Tree {
    match expression {
        Expression::And(operands) => join(Connective::And, operands.iter().map(ours)),
        Expression::Or(operands) => join(Connective::Or, operands.iter().map(ours)),
        Expression::Not(operand) => Tree::Not(Box::new(ours(operand))),
        Expression::Filter(_) => panic!("a parsed expression has no filter"),
        Expression::Comparison(test) => {
            let value = match &test.operand {
                Operand::None => Value::Nothing,
                Operand::Literal(literal) => match &literal.value {
                    Literal::Null => Value::Null,
                    Literal::Boolean(value) => Value::Boolean(*value),
                    Literal::Number(spelling) => {
                        Value::Number(Rounded(spelling.parse().expect("a number")))
                    }
                    Literal::Text(text) => Value::Text(text.clone()),
                },
                Operand::List(_) | Operand::Path(_) => Value::Extension,
            };
            Tree::Test(test.path.keys.clone(), test.operator.to_string(), value)
        }
        Expression::ValuePath(path) => {
            Tree::ValuePath(path.path.keys.clone(), Box::new(ours(&path.condition)))
        }
    }
}

/// Converts a tree of `scim_v2`.
fn theirs(filter: &Filter) -> Tree {
    match filter {
        Filter::And(operands) => join(Connective::And, operands.iter().map(theirs)),
        Filter::Or(operands) => join(Connective::Or, operands.iter().map(theirs)),
        Filter::Not(operand) => Tree::Not(Box::new(theirs(operand))),
        Filter::Attr(test) => their_test(test),
        Filter::ValuePath(path) => Tree::ValuePath(
            their_path(&path.attr),
            Box::new(their_condition(&path.filter)),
        ),
    }
}

/// Converts the brackets of a value path of `scim_v2`.
fn their_condition(filter: &ValFilter) -> Tree {
    match filter {
        ValFilter::And(operands) => join(Connective::And, operands.iter().map(their_condition)),
        ValFilter::Or(operands) => join(Connective::Or, operands.iter().map(their_condition)),
        ValFilter::Not(operand) => Tree::Not(Box::new(their_condition(operand))),
        ValFilter::Attr(test) => their_test(test),
    }
}

/// Converts a test of `scim_v2`.
fn their_test(test: &AttrExp) -> Tree {
    match test {
        AttrExp::Present(path) => Tree::Test(their_path(path), "pr".to_owned(), Value::Nothing),
        AttrExp::Comparison(path, operator, value) => {
            let value = match value {
                CompValue::Null => Value::Null,
                CompValue::True => Value::Boolean(true),
                CompValue::False => Value::Boolean(false),
                CompValue::Number(number) => {
                    Value::Number(Rounded(number.as_f64().expect("a number")))
                }
                CompValue::Str(text) => Value::Text(text.clone()),
            };
            Tree::Test(their_path(path), operator.to_string(), value)
        }
    }
}

/// Converts a path of `scim_v2`.
fn their_path(path: &AttrPath) -> Vec<String> {
    let keys = [
        path.uri.clone(),
        Some(path.name.clone()),
        path.sub_attr.clone(),
    ];
    keys.into_iter().flatten().collect()
}

/// Generates a keyword in any case.
fn keyword(word: &'static str) -> impl Strategy<Value = String> {
    any::<u8>().prop_map(move |upper| {
        let letters = word.chars().enumerate();
        letters
            .map(|(at, letter)| match upper >> at & 1 {
                0 => letter,
                _ => letter.to_ascii_uppercase(),
            })
            .collect()
    })
}

/// Generates white space.
fn blanks() -> impl Strategy<Value = String> {
    "[ \t\r\n]{1,3}"
}

/// Generates the name of an attribute that is no word of the grammar.
fn name() -> impl Strategy<Value = String> {
    let words = ["and", "or", "not", "true", "false", "null"];
    "[a-zA-Z][a-zA-Z0-9_-]{0,7}".prop_filter("a word of the grammar", move |name| {
        !words.contains(&name.to_lowercase().as_str())
    })
}

/// Generates the path of an attribute, with a schema and a sub-attribute or without.
fn path() -> impl Strategy<Value = String> {
    let schema = "(urn|URN):[a-z0-9]{1,5}(:[a-zA-Z0-9.-]{1,5}){0,3}:";
    let schema = prop_oneof![4 => Just(String::new()), 1 => schema];
    let sub_attribute =
        prop_oneof![2 => Just(String::new()), 1 => name().prop_map(|name| format!(".{name}"))];
    (schema, name(), sub_attribute)
        .prop_map(|(schema, name, sub_attribute)| format!("{schema}{name}{sub_attribute}"))
}

/// Generates a JSON text, escaped here and there.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => r#"[^"\\\x00-\x1f]{0,5}"#,
        1 => r#"\\["\\/bfnrt]"#,
        1 => "\\\\u[0-9a-cA-C][0-9a-fA-F]{3}",
        1 => "\\\\u[dD][89aAbB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}",
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

/// Generates a number that `scim_v2` can represent.
fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?"
}

/// Generates a test of an attribute, whose value suits its operator.
fn test() -> impl Strategy<Value = String> {
    let literal = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("null".to_owned())
    ];
    let equality = (
        prop_oneof![keyword("eq"), keyword("ne")],
        blanks(),
        prop_oneof![text(), number(), literal],
    );
    let search = (
        prop_oneof![keyword("co"), keyword("sw"), keyword("ew")],
        blanks(),
        text(),
    );
    let order = (
        prop_oneof![keyword("gt"), keyword("ge"), keyword("lt"), keyword("le")],
        blanks(),
        prop_oneof![text(), number()],
    );
    let comparison =
        |(operator, blanks, value): (String, String, String)| format!("{operator}{blanks}{value}");
    let tail = prop_oneof![
        keyword("pr"),
        equality.prop_map(comparison),
        search.prop_map(comparison),
        order.prop_map(comparison),
    ];
    (path(), blanks(), tail).prop_map(|(path, blanks, tail)| format!("{path}{blanks}{tail}"))
}

/// Generates expressions over `leaf`, joined by connectives without regard to their precedence.
fn expression(leaf: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    leaf.prop_recursive(5, 24, 3, |inner| {
        let connective = prop_oneof![keyword("and"), keyword("or")];
        prop_oneof![
            (inner.clone(), blanks(), connective, blanks(), inner.clone()).prop_map(
                |(left, before, word, after, right)| format!("{left}{before}{word}{after}{right}")
            ),
            (inner.clone(), "[ \n]{0,2}").prop_map(|(inner, blanks)| format!("({inner}{blanks})")),
            (keyword("not"), blanks(), inner)
                .prop_map(|(word, blanks, inner)| format!("{word}{blanks}({inner})")),
        ]
    })
}

/// Generates expressions of the RFC.
fn rfc_expression() -> impl Strategy<Value = String> {
    let value_path = (path(), "[ \t]{0,2}", expression(test().boxed()))
        .prop_map(|(path, blanks, condition)| format!("{path}{blanks}[{condition}]"));
    expression(prop_oneof![3 => test(), 1 => value_path].boxed())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn expressions_of_the_rfc_parse_to_the_tree_of_scim_v2(text in rfc_expression()) {
        let expression = match Expression::parse(&text) {
            Ok(expression) => expression,
            Err(errors) => return Err(TestCaseError::fail(errors.to_string())),
        };
        let filter: Filter = text.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert_eq!(ours(&expression), theirs(&filter));
        // The canonical spelling is one of the RFC as well.
        let canonical = expression.to_text().expect("it was parsed");
        let filter: Filter = canonical.parse().map_err(|error| TestCaseError::fail(format!("{error}")))?;
        prop_assert_eq!(ours(&expression), theirs(&filter));
    }
}

/// Verdicts of the two parsers on a text.
#[derive(Debug, PartialEq)]
enum Verdicts {
    /// Both accept the text, and their trees differ.
    OtherTree,
    /// This grammar alone accepts the text.
    OursAlone,
    /// `scim_v2` alone accepts the text.
    TheirsAlone,
}

#[test]
fn differences_from_scim_v2_are_those_listed() {
    use Verdicts::{OtherTree, OursAlone, TheirsAlone};
    for (difference, text, expected) in [
        // Leniency about blanks and case.
        (
            "no blank after not: the grammar of the RFC has none",
            "not(a pr)",
            OursAlone,
        ),
        (
            "no blank before a connective",
            r#"a eq "x"and b pr"#,
            OursAlone,
        ),
        ("no blank around a connective", "(a pr)and(b pr)", OursAlone),
        (
            "a blank before a name that starts like an operator",
            "( primary pr)",
            OursAlone,
        ),
        ("literals in any case", "a eq TRUE", OursAlone),
        // Names.
        ("a literal as name", "true pr", OursAlone),
        ("not as name", "not pr", OursAlone),
        (
            "and as name before brackets, where it needs quotes",
            "and[a pr]",
            TheirsAlone,
        ),
        ("a name that starts with a digit", "2fa pr", OursAlone),
        (
            "a name with a dollar sign, as $ref of RFC 7643",
            "$ref pr",
            OursAlone,
        ),
        ("a name of another script", "é pr", OursAlone),
        ("more than two keys", "a.b.c pr", OursAlone),
        ("a schema after a key", "a.urn:x:y pr", OtherTree),
        ("a key in quotes", r#"a."b c" pr"#, OursAlone),
        // Values.
        ("a number beyond 64 bits", "a eq 1e400", OursAlone),
        ("co of a number, which has no parts", "a co 5", TheirsAlone),
        (
            "gt of a boolean, a failure by the RFC",
            "a gt true",
            TheirsAlone,
        ),
        ("gt of null", "a gt null", TheirsAlone),
        // Extensions.
        ("a list", "a in [1, 2]", OursAlone),
        ("a regular expression", r#"a matches "x""#, OursAlone),
        ("text with case", r#"a eq_cs "x""#, OursAlone),
        ("another attribute", "a lt b", OursAlone),
        (
            "a test after brackets, of paths of PATCH by the RFC",
            r#"a[b pr].c eq "x""#,
            OursAlone,
        ),
        ("brackets within brackets", "a[b[c pr]]", OursAlone),
    ] {
        let trees = (Expression::parse(text), text.parse::<Filter>());
        let verdicts = match trees {
            (Ok(expression), Ok(filter)) => {
                assert_ne!(ours(&expression), theirs(&filter), "{difference}: {text}");
                OtherTree
            }
            (Ok(_), Err(_)) => OursAlone,
            (Err(_), Ok(_)) => TheirsAlone,
            (Err(_), Err(_)) => panic!("{difference}: both refuse {text}"),
        };
        assert_eq!(verdicts, expected, "{difference}: {text}");
    }
}
