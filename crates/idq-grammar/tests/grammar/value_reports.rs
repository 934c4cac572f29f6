//! Reports of mistakes in the values of expressions.

use crate::expression_reports::reports;

#[test]
fn mistakes_of_values_are_reported_with_the_spelling_to_write() {
    let texts = [
        "state eq 'active' or b eq “x” and c eq 'y",
        "name eq Zoë Smith and b eq active x",
        "email eq a@b.com and date ge 2026-01-31T09:30:00Z or x lt -90d",
        "a eq 01 or b eq +5",
        "a eq or b eq",
        r#"a eq "x". and b eq .c"#,
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected a text in double quotes, found `'active'`
      -w: state eq 'active' or b eq “x” and c eq 'y
                   ^^^^^^^^
      help: write `"active"`

    expected a text in double quotes, found `“x”`
      -w: state eq 'active' or b eq “x” and c eq 'y
                                    ^^^
      help: write `"x"`

    expected a text in double quotes, found `'y`
      -w: state eq 'active' or b eq “x” and c eq 'y
                                                 ^^
      help: write `"y"`

    expected `and` or `or`, found `Smith`
      -w: name eq Zoë Smith and b eq active x
                      ^^^^^
      help: write a text in quotes: `"Zoë Smith"`

    expected `and` or `or`, found `x`
      -w: name eq Zoë Smith and b eq active x
                                            ^
      help: write a text in quotes: `"active x"`

    expected a text in quotes, found `a@b.com`
      -w: email eq a@b.com and date ge 2026-01-31T09:30:00Z or x lt -90d
                   ^^^^^^^
      help: write `"a@b.com"`

    expected a text in quotes, found `2026-01-31T09:30:00Z`
      -w: email eq a@b.com and date ge 2026-01-31T09:30:00Z or x lt -90d
                                       ^^^^^^^^^^^^^^^^^^^^
      help: write `"2026-01-31T09:30:00Z"`

    expected a text in quotes, found `-90d`
      -w: email eq a@b.com and date ge 2026-01-31T09:30:00Z or x lt -90d
                                                                    ^^^^
      help: write `"-90d"`

    expected a text in quotes, found `01`
      -w: a eq 01 or b eq +5
               ^^
      help: write `1` for a number, `"01"` for a text

    expected a text in quotes, found `+5`
      -w: a eq 01 or b eq +5
                          ^^
      help: write `5` for a number, `"+5"` for a text

    expected a value after `eq`, found `or`
      -w: a eq or b eq
               ^^
      help: write a value: `eq "TEXT"`, `eq 5`, `eq true`, `eq null`

    expected a value after `eq`, found the end
      -w: a eq or b eq
                      ^
      help: write a value: `eq "TEXT"`, `eq 5`, `eq true`, `eq null`

    expected a key of a field's name, found none
      -w: a eq "x". and b eq .c
                   ^
      help: separate keys with one dot, and write `""` for an empty key

    expected a text in quotes, found `.c`
      -w: a eq "x". and b eq .c
                             ^^
      help: write `".c"`
    "#);
}

#[test]
fn values_that_do_not_suit_their_operator_are_reported() {
    let texts = [
        "a co 5 and b sw null or c matches true and d eq_cs 1 or e matches f",
        "a gt null and b LE True",
        r#"a matches "(" and b matches "x{1000}{1000}""#,
        r#"emails[type eq "work"].value eq userName"#,
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected a text in quotes after `co`, found `5`
      -w: a co 5 and b sw null or c matches true and d eq_cs 1 or e matches f
               ^
      help: write `"5"`

    expected a text in quotes after `sw`, found `null`
      -w: a co 5 and b sw null or c matches true and d eq_cs 1 or e matches f
                          ^^^^
      help: write `"null"`

    expected a text in quotes after `matches`, found `true`
      -w: a co 5 and b sw null or c matches true and d eq_cs 1 or e matches f
                                            ^^^^
      help: write `"true"`

    expected a text in quotes after `eq_cs`, found `1`
      -w: a co 5 and b sw null or c matches true and d eq_cs 1 or e matches f
                                                             ^
      help: write `"1"`

    expected a text in quotes after `matches`, found `f`
      -w: a co 5 and b sw null or c matches true and d eq_cs 1 or e matches f
                                                                            ^
      help: write `"f"`

    expected a number, a date or a text after `gt`, found `null`
      -w: a gt null and b LE True
               ^^^^
      help: compare with `null` by `eq` or `ne`

    expected a number, a date or a text after `le`, found `True`
      -w: a gt null and b LE True
                             ^^^^
      help: compare with `true` by `eq` or `ne`

    expected a regular expression, found `(`
      -w: a matches "(" and b matches "x{1000}{1000}"
                    ^^^
      help: unclosed group

    expected a regular expression of at most 1048576 bytes when compiled, found a larger one
      -w: a matches "(" and b matches "x{1000}{1000}"
                                      ^^^^^^^^^^^^^^^
      help: repeat smaller parts, or fewer times

    expected a value after the brackets of a value path, found the field `userName`
      -w: emails[type eq "work"].value eq userName
                                          ^^^^^^^^
      help: a field may be compared with another field of the record, or inside the brackets
    "#);
}

#[test]
fn mistakes_of_lists_are_reported_at_the_item() {
    let texts = [
        r#"a in "x" or b in ("x") or c in [] or d in ["a" "b"]"#,
        r#"a in ["x",] or b in [x, 'y', "z"] or c in ["x" and d pr"#,
        r#"a eq ["x"] and b co ["x"] or c in"#,
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected a list in brackets after `in`, found `"x"`
      -w: a in "x" or b in ("x") or c in [] or d in ["a" "b"]
               ^^^
      help: write `in ["x", "B"]`

    expected a list in brackets after `in`, found `(`
      -w: a in "x" or b in ("x") or c in [] or d in ["a" "b"]
                           ^
      help: write `in ["A", "B"]`

    expected a value in the list, found `]`
      -w: a in "x" or b in ("x") or c in [] or d in ["a" "b"]
                                          ^
      help: separate values with commas: `in ["A", "B"]`

    expected `,` or `]` after a value of the list, found `"b"`
      -w: a in "x" or b in ("x") or c in [] or d in ["a" "b"]
                                                         ^^^
      help: separate values with commas: `in ["A", "B"]`

    expected a value in the list, found `]`
      -w: a in ["x",] or b in [x, 'y', "z"] or c in ["x" and d pr
                    ^
      help: separate values with commas: `in ["A", "B"]`

    expected a text in quotes, found `x`
      -w: a in ["x",] or b in [x, 'y', "z"] or c in ["x" and d pr
                               ^
      help: write `"x"`

    expected a text in double quotes, found `'y'`
      -w: a in ["x",] or b in [x, 'y', "z"] or c in ["x" and d pr
                                  ^^^
      help: write `"y"`

    expected `,` or `]` after a value of the list, found `and`
      -w: a in ["x",] or b in [x, 'y', "z"] or c in ["x" and d pr
                                                         ^^^
      help: separate values with commas: `in ["A", "B"]`

    expected one value after `eq`, found a list
      -w: a eq ["x"] and b co ["x"] or c in
               ^
      help: write `in` for any of several values

    expected one value after `co`, found a list
      -w: a eq ["x"] and b co ["x"] or c in
                              ^
      help: join several tests with `or`: `(A co "X" or A co "Y")`

    expected a list in brackets after `in`, found the end
      -w: a eq ["x"] and b co ["x"] or c in
                                           ^
      help: write `in ["A", "B"]`
    "#);
}

#[test]
fn mistakes_of_texts_are_reported_at_the_character() {
    let texts = [
        r#"a eq "unclosed and (b = 1"#,
        r#"a eq "\d+" and b eq "\u12" or c."\x" pr"#,
        r#"a eq "\ud800" and b eq "\udc00\ud800""#,
        "a eq \"x\ny\"",
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected `"` at the end of the text, found the end
      -w: a eq "unclosed and (b = 1
               ^^^^^^^^^^^^^^^^^^^^
      help: write `\"` for a quote within a text

    expected an escape of JSON, found `\d`
      -w: a eq "\d+" and b eq "\u12" or c."\x" pr
                ^^
      help: write `\\d` for a backslash itself; JSON has `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` and `\uXXXX`

    expected an escape of JSON, found `\u12`
      -w: a eq "\d+" and b eq "\u12" or c."\x" pr
                               ^^^^
      help: write `\\u12` for a backslash itself; JSON has `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` and `\uXXXX`

    expected an escape of JSON, found `\x`
      -w: a eq "\d+" and b eq "\u12" or c."\x" pr
                                           ^^
      help: write `\\x` for a backslash itself; JSON has `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t` and `\uXXXX`

    expected a pair of surrogates, found `\ud800` alone
      -w: a eq "\ud800" and b eq "\udc00\ud800"
                ^^^^^^
      help: write the character itself, or both escapes: `\ud83d\ude00`

    expected a pair of surrogates, found `\udc00` alone
      -w: a eq "\ud800" and b eq "\udc00\ud800"
                                  ^^^^^^
      help: write the character itself, or both escapes: `\ud83d\ude00`

    expected a pair of surrogates, found `\ud800` alone
      -w: a eq "\ud800" and b eq "\udc00\ud800"
                                        ^^^^^^
      help: write the character itself, or both escapes: `\ud83d\ude00`

    expected an escape in the text, found the character `\n`
      -w: a eq "x\ny"
                 ^^
      help: write `\n`
    "#);
}
