//! Tests of the parser of keys.

use super::*;

/// Returns the display of each key, in brackets, or of each error with its text and its help.
fn parsed(text: &str) -> String {
    let mut request = CountRequest::new();
    match request.add_by_text(text) {
        Ok(()) => {
            let keys = request.keys().iter().map(|key| format!("[{key}]"));
            keys.collect()
        }
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn keys_in_every_spelling_are_parsed() {
    for (text, expected) in [
        ("state", "[state]"),
        (" state , email:domain ", "[state][email:domain]"),
        ("timestamp.created_at:MONTH", "[timestamp.created_at:month]"),
        ("email:prefix( 3 )", "[email:prefix(3)]"),
        (
            "createdDate:age(30d, 90d,1Y),type",
            "[createdDate:age(30d,90d,1Y)][type]",
        ),
        (
            r#"profile."cost:center,x".id:fold"#,
            r#"[profile."cost:center,x".id:fold]"#,
        ),
        (
            r#"profile."a\"b,c",profile."\\",state"#,
            r#"[profile."a\"b,c"][profile."\\"][state]"#,
        ),
        // A colon before a dot, or in a URN, is a part of a path.
        (
            "profile.urn:example:User:manager",
            "[profile.urn:example:User:manager]",
        ),
        (
            "urn:example:User:hired:Month",
            "[urn:example:User:hired:month]",
        ),
        (
            "profile.urn:scim:2.0:User.name",
            "[profile.urn:scim:2.0:User.name]",
        ),
        (
            "profile.urn:scim:2.0:User.name:fold",
            "[profile.urn:scim:2.0:User.name:fold]",
        ),
    ] {
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn key_with_a_mistake_is_reported_at_its_place() {
    insta::assert_snapshot!(parsed("state,,:month"), @"
    expected FIELD or FIELD:BUCKET, found nothing
      --by: state,,:month
                  ^
      help: write the name of a field, such as `state`, or a field and a bucket, such as `timestamp.created_at:month`

    expected the name of a field before `:`, found nothing
      --by: state,,:month
                   ^^^^^^
      help: write the name of a field, such as `state`, or a field and a bucket, such as `timestamp.created_at:month`
    ");
    insta::assert_snapshot!(parsed("a:moth,b:,c:month(3)"), @"
    expected a bucket, found `moth`
      --by: a:moth,b:,c:month(3)
              ^^^^
      help: did you mean `month`? the buckets are year, quarter, month, week, day, weekday, hour, age(30d,90d,365d), domain, prefix(3), fold, presence

    expected a bucket, found nothing
      --by: a:moth,b:,c:month(3)
                     ^
      help: the buckets are year, quarter, month, week, day, weekday, hour, age(30d,90d,365d), domain, prefix(3), fold, presence

    expected `month` without arguments, found `(3)`
      --by: a:moth,b:,c:month(3)
                        ^^^^^^^^
      help: write `month`
    ");
    insta::assert_snapshot!(parsed("a:prefix,b:prefix(0),c:prefix(1001),d:prefix(+3)"), @"
    expected a number of characters from 1 to 1000 in `prefix(N)`, found nothing
      --by: a:prefix,b:prefix(0),c:prefix(1001),d:prefix(+3)
              ^^^^^^
      help: write `prefix(3)` for the first three characters

    expected a number of characters from 1 to 1000 in `prefix(N)`, found `0`
      --by: a:prefix,b:prefix(0),c:prefix(1001),d:prefix(+3)
                       ^^^^^^^^^
      help: write `prefix(3)` for the first three characters

    expected a number of characters from 1 to 1000 in `prefix(N)`, found `1001`
      --by: a:prefix,b:prefix(0),c:prefix(1001),d:prefix(+3)
                                   ^^^^^^^^^^^^
      help: write `prefix(3)` for the first three characters

    expected a number of characters from 1 to 1000 in `prefix(N)`, found `+3`
      --by: a:prefix,b:prefix(0),c:prefix(1001),d:prefix(+3)
                                                  ^^^^^^^^^^
      help: write `prefix(3)` for the first three characters
    ");
    insta::assert_snapshot!(parsed("a:age,b:age(30),c:age(-30d),d:age(30d"), @"
    expected ages in `age(AGE,AGE,…)`, found nothing
      --by: a:age,b:age(30),c:age(-30d),d:age(30d
              ^^^
      help: write a number and a unit (min, h, d, w, mo, y) for each: `age(30d,90d,365d)`

    expected ages in `age(AGE,AGE,…)`, found `30`
      --by: a:age,b:age(30),c:age(-30d),d:age(30d
                    ^^^^^^^
      help: write a number and a unit (min, h, d, w, mo, y) for each: `age(30d,90d,365d)`

    expected ages in `age(AGE,AGE,…)`, found `-30d`
      --by: a:age,b:age(30),c:age(-30d),d:age(30d
                              ^^^^^^^^^
      help: write a number and a unit (min, h, d, w, mo, y) for each: `age(30d,90d,365d)`

    expected `)` at the end of the bucket, found `age(30d`
      --by: a:age,b:age(30),c:age(-30d),d:age(30d
                                          ^^^^^^^
      help: write `age(30d)`
    ");
    insta::assert_snapshot!(parsed("a:age(30d)x,b:prefix(2"), @"
    expected `)` at the end of the bucket, found `age(30d)x`
      --by: a:age(30d)x,b:prefix(2
              ^^^^^^^^^
      help: write `age(30d)`

    expected `)` at the end of the bucket, found `prefix(2`
      --by: a:age(30d)x,b:prefix(2
                          ^^^^^^^^
      help: write `prefix(2)`
    ");
    insta::assert_snapshot!(parsed("a,b,c,d,e,f,g,h,i"), @"
    expected at most 8 keys, found another
      --by: a,b,c,d,e,f,g,h,i
                            ^
    ");
}

#[test]
fn comparison_in_every_spelling_is_parsed() {
    for (text, expected, of_one, of_two) in [
        (">1", ">1", false, true),
        (" >= 2 ", ">=2", false, true),
        ("=1", "=1", true, false),
        ("==1", "=1", true, false),
        ("!=1", "!=1", false, true),
        ("<2", "<2", true, false),
        ("<=1", "<=1", true, false),
    ] {
        let comparison: CountComparison = text.parse().expect("a comparison");
        assert_eq!(comparison.to_string(), expected);
        assert_eq!(comparison.holds_for(1), of_one, "{text}");
        assert_eq!(comparison.holds_for(2), of_two, "{text}");
    }
    for text in [
        "",
        ">",
        "1",
        "> -1",
        ">1.5",
        "=>1",
        ">99999999999999999999",
        "≥1",
    ] {
        let mut request = CountRequest::new();
        assert!(request.add_having_text(text).is_err(), "{text}");
    }
    let error = CountRequest::new().add_having_text("2").unwrap_err();
    insta::assert_snapshot!(error, @"
    expected a comparison of the count, found `2`
      --having: 2
                ^
      help: write an operator (=, !=, <, <=, >, >=) and a whole number: '>1' in a shell, `%3E1` in a URL
    ");
}
