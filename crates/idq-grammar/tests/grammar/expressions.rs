//! Expressions: accepted texts with their canonical spelling, spans, and trees built in code.

use chrono::{NaiveDate, TimeZone as _, Utc};
use idq_grammar::{
    AttributePath, Comparison, Expression, Literal, Operand, Operator, Query, Span, ValuePath,
    where_expression,
};

use crate::show_parameters;

/// Parses a text.
fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Parses a text and spells it again.
fn canonical(text: &str) -> String {
    parse(text).to_text().expect(text)
}

#[test]
fn expressions_of_the_rfc_have_a_canonical_spelling() {
    // The examples of RFC 7644, section 3.4.2.2, and variations of them.
    for (text, expected) in [
        (r#"userName eq "bjensen""#, r#"userName eq "bjensen""#),
        (
            r#"name.familyName co "O'Malley""#,
            r#"name.familyName co "O'Malley""#,
        ),
        (r#"userName sw "J""#, r#"userName sw "J""#),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        ),
        ("title pr", "title pr"),
        (
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        ),
        (
            r#"title pr and userType eq "Employee""#,
            r#"title pr and userType eq "Employee""#,
        ),
        (
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        ),
        (
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        ),
        (
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        ),
        // Precedence, and parentheses that change nothing.
        ("a pr or b pr and c pr", "a pr or b pr and c pr"),
        ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
        ("((a pr)) or (b pr and c pr)", "a pr or b pr and c pr"),
        ("not (a pr) and b pr", "not (a pr) and b pr"),
        ("not ((a pr and b pr))", "not (a pr and b pr)"),
        ("not (not (a pr))", "not (not (a pr))"),
        // Before one test, `not` needs no parentheses.
        ("not a pr and b pr", "not (a pr) and b pr"),
        ("a eq 1 or NOT b pr", "a eq 1 or not (b pr)"),
        ("not not a pr", "not (not (a pr))"),
        (
            "not a[b pr].c eq 1 and d pr",
            "not (a[b pr and c eq 1]) and d pr",
        ),
        // Groups are kept.
        (
            "(a pr and b pr) and (c pr or (d pr or e pr))",
            "(a pr and b pr) and (c pr or (d pr or e pr))",
        ),
        // Keywords in any case, white space, and none where a delimiter is.
        (
            "A PR  AND\tnOt\n( b Eq TRUE Or c eQ Null )",
            "A pr and not (b eq true or c eq null)",
        ),
        (
            "\u{a0}not(a eq\"x\"or b pr)and(c pr)\r\n",
            r#"not (a eq "x" or b pr) and c pr"#,
        ),
        ("emails [ a pr ]", "emails[a pr]"),
        // Every operator and literal of the RFC.
        (
            "a ne null and b gt 1 and c ge -1.5e+10 and d lt 0.10 and e le 1E400",
            "a ne null and b gt 1 and c ge -1.5e+10 and d lt 0.10 and e le 1E400",
        ),
        (
            r#"a sw "x" or b ew "" or c eq False or d eq -0"#,
            r#"a sw "x" or b ew "" or c eq false or d eq -0"#,
        ),
        (
            r#"a eq "\"\\\/\b\f\n\r\t\u00e9\uD83D\uDe00\u0000é😀""#,
            "a eq \"\\\"\\\\/\\u0008\\u000c\\n\\r\\té😀\\u0000é😀\"",
        ),
        // Words of the grammar as paths, where an operator follows.
        (
            "not pr and And eq 1 or or.x pr",
            r#""not" pr and "And" eq 1 or or.x pr"#,
        ),
        (
            "eq eq 1 and pr pr and true eq true",
            "eq eq 1 and pr pr and true eq true",
        ),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

#[test]
fn extensions_have_a_canonical_spelling() {
    for (text, expected) in [
        (
            r#"a in ["x",1 , true,null]"#,
            r#"a in ["x", 1, true, null]"#,
        ),
        ("a IN[5]", "a in [5]"),
        (r#"a matches "^a.*\\d$""#, r#"a matches "^a.*\\d$""#),
        (
            r#"a EQ_CS "x" or a co_cs "x" or a sw_cs "x" or a ew_Cs "x""#,
            r#"a eq_cs "x" or a co_cs "x" or a sw_cs "x" or a ew_cs "x""#,
        ),
        ("updatedDate lt createdDate", "updatedDate lt createdDate"),
        ("a eq b.c and d co true.x", "a eq b.c and d co true.x"),
        (r#"a eq "b c".d"#, r#"a eq "b c".d"#),
        (
            r#"a eq urn:x:y"#,
            r#"a eq urn.y"#.replace("urn.y", "urn:x:y").as_str(),
        ),
        // Keys.
        ("a.b.c.d pr", "a.b.c.d pr"),
        (
            r#"profile."cost.center".id eq "x""#,
            r#"profile."cost.center".id eq "x""#,
        ),
        (r#"profile."plain" pr"#, "profile.plain pr"),
        (r#""a".b pr and "c" pr"#, "a.b pr and c pr"),
        (r#"a."\"\u0041\n" pr"#, r#"a."\"A\n" pr"#),
        (r#"a."" pr"#, r#"a."" pr"#),
        (
            "$ref pr and _x-y pr and é.名前.कर्मचारी pr",
            "$ref pr and _x-y pr and é.名前.कर्मचारी pr",
        ),
        ("e\u{301} pr", "e\u{301} pr"),
        ("2fa.enabled eq true", r#""2fa".enabled eq true"#),
        ("a.2fa pr and a.-x pr", "a.2fa pr and a.-x pr"),
        (
            "URN:x:2.0:User:manager.id pr and profile.urn:x:y.z:a pr",
            "URN:x:2.0:User:manager.id pr and profile.urn:x:y.z:a pr",
        ),
        (
            r#""urn:x:y".a."urn:z:b".c pr"#,
            r#"urn:x:y:a."urn:z:b".c pr"#,
        ),
        (
            r#""urn:x:y" pr and "urn:x:y"."a b" pr"#,
            r#""urn:x:y" pr and "urn:x:y"."a b" pr"#,
        ),
        (
            r#"urn:x pr and "urn:x y".a pr"#,
            r#"urn.x pr and "urn:x y".a pr"#,
        ),
        // Value paths.
        (
            r#"emails[type eq "work"].value eq "x""#,
            r#"emails[type eq "work" and value eq "x"]"#,
        ),
        (
            r#"a.b[c pr and d pr].e.f pr or g pr"#,
            "a.b[c pr and d pr and e.f pr] or g pr",
        ),
        ("a[b pr or c pr].d pr", "a[(b pr or c pr) and d pr]"),
        (r#"a[b pr]."c d" pr"#, r#"a[b pr and "c d" pr]"#),
        ("a[b[c pr]]", "a[b[c pr]]"),
        ("a[b pr].c[d pr].e eq 1", "a[b pr and c[d pr and e eq 1]]"),
        ("a[b eq c and not (d[e pr])]", "a[b eq c and not (d[e pr])]"),
        ("a[b pr].c[d eq e]", "a[b pr and c[d eq e]]"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

#[test]
fn paths_have_the_documented_keys() {
    for (text, expected) in [
        ("a", &["a"][..]),
        ("a.b.c", &["a", "b", "c"]),
        (r#"profile."cost.center""#, &["profile", "cost.center"]),
        (r#""a.b""#, &["a.b"]),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            &[
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                "department",
            ],
        ),
        (
            "profile.Urn:a:2.0:B:c.d",
            &["profile", "Urn:a:2.0:B", "c", "d"],
        ),
        (r#"urn:a:b:c."d:e""#, &["urn:a:b", "c", "d:e"]),
        ("urn:a", &["urn", "a"]),
        // A text that is no path is keys joined by dots.
        ("cost center", &["cost center"]),
        ("profile.cost center", &["profile", "cost center"]),
        ("a..b", &["a", "", "b"]),
        (" a", &[" a"]),
        ("a@b.c", &["a@b", "c"]),
        (r#"a."b"#, &["a", r#""b"#]),
        ("", &[""]),
    ] {
        assert_eq!(AttributePath::from(text).keys, expected, "{text}");
    }
}

/// Returns the texts of the spans of an expression of one text, each part on its own.
fn written(query: &Query, expression: &Expression) -> Vec<String> {
    let text = |span: Option<Span>| {
        let Span { text, start, end } = span.expect("it was written");
        query.texts()[text].text[start..end].to_owned()
    };
    match expression {
        Expression::And(operands) | Expression::Or(operands) => operands
            .iter()
            .flat_map(|operand| written(query, operand))
            .collect(),
        Expression::Not(operand) => written(query, operand),
        Expression::Filter(filter) => vec![text(filter.name.span)],
        Expression::Comparison(Comparison {
            path,
            operand,
            span,
            ..
        }) => {
            let mut parts = vec![text(*span), text(path.span)];
            match operand {
                Operand::None => {}
                Operand::Literal(literal) => parts.push(text(literal.span)),
                Operand::List(items) => parts.extend(items.iter().map(|item| text(item.span))),
                Operand::Path(path) => parts.push(text(path.span)),
            }
            parts
        }
        Expression::ValuePath(ValuePath {
            path,
            condition,
            span,
        }) => {
            let mut parts = vec![text(*span), text(path.span)];
            parts.extend(written(query, condition));
            parts
        }
    }
}

#[test]
fn spans_of_an_expression_cover_its_written_parts() {
    let mut query = Query::new();
    query
        .add_where_text(r#" not ( a.b in ["é", 1] ) or e[f eq g].h eq "x" "#)
        .expect("valid");
    assert_eq!(
        written(&query, &query.operands()[0]),
        [
            r#"a.b in ["é", 1]"#,
            "a.b",
            r#""é""#,
            "1",
            r#"e[f eq g].h eq "x""#,
            "e",
            "f eq g",
            "f",
            "g",
            r#"h eq "x""#,
            "h",
            r#""x""#,
        ]
    );
    let encoded =
        Query::parse("/x?page=2&where=n%C3%A4me+eq+%22%C3%A9%22+and+b+pr").expect("valid");
    assert_eq!(
        written(&encoded, &encoded.operands()[0]),
        [
            "n%C3%A4me+eq+%22%C3%A9%22",
            "n%C3%A4me",
            "%22%C3%A9%22",
            "b+pr",
            "b"
        ]
    );
}

#[test]
fn where_texts_are_operands_and_parameters_of_a_query() {
    let mut query =
        Query::parse("?where=a%20pr&filter[b]=1&where=c+eq+%22x%26y%22").expect("valid");
    query.add_where_text("d  pr").expect("valid");
    let query = query
        .and_where(
            Expression::field("e")
                .equals(5)
                .or(!Expression::field("f").is_present()),
        )
        .and_where(Expression::filter("g", "h"))
        .and_where(Expression::filter("i", "j").or(Expression::field("k").is_null()));
    assert_eq!(
        show_parameters(&query),
        [
            "where=a pr",
            "filter[b]=1",
            r#"where=c eq "x&y""#,
            "where=d  pr",
            "where=e eq 5 or not (f pr)",
        ]
    );
    assert_eq!(query.operands().len(), 7);
    assert_eq!(query.filters().len(), 3);
    let origins: Vec<String> = query
        .texts()
        .iter()
        .map(|text| text.origin.to_string())
        .collect();
    assert_eq!(origins, ["request", "-w"]);
}

#[test]
fn where_text_with_mistakes_is_not_added() {
    let mut query = Query::new();
    let errors = query
        .add_request_text("where=a+eq&filter=x&where=b+pr&where=")
        .expect_err("three errors");
    assert_eq!(errors.errors().len(), 3);
    assert_eq!(show_parameters(&query), ["where=b pr"]);
    assert!(query.add_where_text("c").is_err());
    assert_eq!(query.operands().len(), 1);
}

#[test]
fn expressions_of_another_query_lose_their_spans() {
    let mut query = Query::new();
    query
        .add_where_text("a[b in [1] and c eq d]")
        .expect("valid");
    let copied = Query::new().and_where(query.operands()[0].clone());
    assert_ne!(copied.operands(), query.operands());
    let original = query.operands()[0].clone();
    assert_eq!(copied.operands(), [original.without_spans()]);
}

#[test]
fn builder_methods_create_the_trees_of_their_spelling() {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).expect("a day");
    let instant = Utc
        .with_ymd_and_hms(2026, 1, 31, 9, 30, 0)
        .single()
        .expect("an instant");
    let field = Expression::field;
    for (expression, expected) in [
        (field("a.b").equals("x"), r#"a.b eq "x""#),
        (field("a").not_equals(String::from("x")), r#"a ne "x""#),
        (field("a").equals(true), "a eq true"),
        (field("a").equals(-5_i64), "a eq -5"),
        (field("a").equals(u64::MAX), "a eq 18446744073709551615"),
        (field("a").equals(0.5), "a eq 0.5"),
        (field("a").equals(f64::NAN), r#"a eq "NaN""#),
        (field("a").contains("x"), r#"a co "x""#),
        (field("a").starts_with("x"), r#"a sw "x""#),
        (field("a").ends_with("x"), r#"a ew "x""#),
        (field("a").greater_than(day), r#"a gt "2026-01-31""#),
        (
            field("a").at_least(instant),
            r#"a ge "2026-01-31T09:30:00Z""#,
        ),
        (field("a").less_than(AttributePath::from("b.c")), "a lt b.c"),
        (field("a").at_most(1), "a le 1"),
        (field("a").is_in(["x", "y"]), r#"a in ["x", "y"]"#),
        (field("a").is_in([1, 2]), "a in [1, 2]"),
        (field("a").matches("^x"), r#"a matches "^x""#),
        (field("a").equals_case("x"), r#"a eq_cs "x""#),
        (field("a").contains_case("x"), r#"a co_cs "x""#),
        (field("a").starts_with_case("x"), r#"a sw_cs "x""#),
        (field("a").ends_with_case("x"), r#"a ew_cs "x""#),
        (field("a").is_present(), "a pr"),
        (field("a").is_null(), "a eq null"),
        (field("cost center").is_present(), r#""cost center" pr"#),
        (
            Expression::some(
                "emails",
                field("type")
                    .equals("work")
                    .and(field("value").is_present()),
            ),
            r#"emails[type eq "work" and value pr]"#,
        ),
        (
            Expression::And(vec![Expression::Or(vec![field("a").is_present()])]),
            "a pr",
        ),
        (
            Expression::And(vec![Expression::Or(vec![
                field("a").is_present(),
                field("b").is_present(),
            ])])
            .and(field("c").is_present()),
            "(a pr or b pr) and c pr",
        ),
    ] {
        assert_eq!(expression.to_text().as_deref(), Some(expected));
        if !matches!(&expression, Expression::And(_)) {
            assert_eq!(parse(expected), expression);
        }
    }
}

#[test]
fn expressions_beyond_the_grammar_have_no_spelling() {
    let field = Expression::field;
    let present = || field("a").is_present();
    let deep = (0..=where_expression::MAX_DEPTH).fold(present(), |inner, _| !inner);
    for expression in [
        Expression::filter("a", "b"),
        present().and(!Expression::filter("a", "b")),
        Expression::And(vec![]),
        Expression::Or(vec![]),
        present().or(Expression::And(vec![])),
        field("a").is_in(Vec::<bool>::new()),
        field("a").contains(5),
        field("a").greater_than(true),
        field("a").matches("("),
        field("a").compare(Operator::Present, 5),
        field("a").compare(Operator::Equal, Operand::None),
        field("a").compare(Operator::Equal, Operand::List(vec![])),
        field("a").compare(Operator::In, "x"),
        field("a").equals(Literal::Number("0x1".to_owned())),
        field("a").equals(AttributePath::new(["cost center"])),
        field("a").equals(AttributePath::new(["null"])),
        field("a").equals(AttributePath::new(["5"])),
        field("a").equals(AttributePath::new(["or"])),
        Expression::field(AttributePath::new(Vec::<String>::new())).is_present(),
        Expression::Or(vec![present(); where_expression::MAX_TESTS + 1]),
        deep,
    ] {
        assert_eq!(expression.to_text(), None, "{expression:?}");
    }
}

#[test]
fn paths_of_a_tree_are_listed_depth_first() {
    let tree = parse("not (a lt b) and c[d pr].e eq 1 or f in [1]");
    let paths: Vec<String> = tree.paths().iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn limits_are_those_documented() {
    use where_expression::{MAX_DEPTH, MAX_REGEXES, MAX_TESTS};
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(canonical(&nested(MAX_DEPTH)), "a pr");
    assert!(Expression::parse(&nested(MAX_DEPTH + 1)).is_err());
    let tests = |count: usize| vec!["a pr"; count].join(" or ");
    assert_eq!(canonical(&tests(MAX_TESTS)), tests(MAX_TESTS));
    assert!(Expression::parse(&tests(MAX_TESTS + 1)).is_err());
    // The expressions of a query count together.
    let regexes = |count: usize| vec![r#"a matches "x""#; count].join(" or ");
    let mut query = Query::new();
    query
        .add_where_text(&regexes(MAX_REGEXES - 1))
        .expect("few");
    query.add_where_text(&regexes(1)).expect("few");
    assert!(query.add_where_text(&regexes(1)).is_err());
    assert!(
        query
            .add_where_text(&tests(MAX_TESTS - MAX_REGEXES))
            .is_err()
    );
    // The spelling of a test after brackets is nested more deeply than the text.
    let nested = |depth: usize| {
        format!(
            "{}a[b pr or c pr].d pr{}",
            "not (".repeat(depth),
            ")".repeat(depth)
        )
    };
    assert!(canonical(&nested(MAX_DEPTH - 2)).contains("a[(b pr or c pr) and d pr]"));
    assert!(Expression::parse(&nested(MAX_DEPTH - 1)).is_err());
    // Nothing recurses without bound.
    for part in [
        "(",
        "not ",
        "!",
        "a[",
        "not (",
        "a[b pr].",
        "a pr and ",
        ")",
        "]",
        "in [",
    ] {
        assert!(Expression::parse(&part.repeat(100_000)).is_err(), "{part}");
    }
}
