//! Tests of searches for several patterns: the patterns that remain, the rows they find, and the bytes that are read.

use crate::patterns::work;
use crate::*;

fn remaining(texts: &[&str]) -> Vec<String> {
    Patterns::new(texts).texts().to_vec()
}

#[test]
fn patterns_that_are_equal_or_contain_another_are_dropped() {
    for (texts, expected) in [
        (&[][..], &[][..]),
        (&["a"], &["a"]),
        (&["", "a"], &[""]),
        (&["a", "A", "a"], &["a"]),
        (&["abc", "ab", "b"], &["b"]),
        (&["xabx", "ab", "abc", "cab"], &["ab"]),
        (&["ab", "ba", "aba"], &["ab", "ba"]),
        (&["aa", "aaa", "aaaa", "baa"], &["aa"]),
        (&["abcd", "bc", "cd", "dab"], &["bc", "cd", "dab"]),
        (&["Σ", "ς", "xσ"], &["σ"]),
        (&["ÄRGER", "ä"], &["ä"]),
    ] {
        assert_eq!(remaining(texts), expected, "{texts:?}");
    }
}

#[test]
fn patterns_of_all_short_texts_keep_those_that_contain_no_other() {
    // All texts of one to four letters `a` and `b`, in overlapping groups.
    let all: Vec<String> = (1..5u32)
        .flat_map(|length| {
            (0..1 << length).map(move |bits: u32| {
                let letter = |at: u32| if bits >> at & 1 == 0 { 'a' } else { 'b' };
                (0..length).map(letter).collect()
            })
        })
        .collect();
    for step in 1..9 {
        for first in 0..all.len() {
            let texts: Vec<&String> = all[first..].iter().step_by(step).collect();
            let mut expected: Vec<String> = texts
                .iter()
                .filter(|text| {
                    let is_in = |other: &&String| other != *text && text.contains(&***other);
                    !texts.iter().any(is_in)
                })
                .map(|text| (*text).clone())
                .collect();
            expected.sort();
            assert_eq!(Patterns::new(&texts).texts(), expected, "{texts:?}");
        }
    }
}

/// Returns a text of up to six letters from `a` to `c` for each number. The texts occur inside each other and across
/// rows.
fn text(number: usize) -> String {
    let mut rest = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let mut text = String::new();
    for _ in 0..number % 7 {
        text.push(['a', 'b', 'c'][rest % 3]);
        rest /= 3;
    }
    text
}

#[test]
fn text_contains_with_several_patterns_finds_the_rows_of_each() {
    let mut builder = TextBuilder::new();
    let values: Vec<String> = (0..2_000).map(text).collect();
    values.iter().for_each(|value| builder.push(value));
    let column = builder.finish();
    for first in 0..200 {
        let texts: Vec<String> = (first..first + 2 + first % 9)
            .map(text)
            .filter(|text| text.len() > 1)
            .collect();
        let expected: RowSet = values
            .iter()
            .map(|value| texts.iter().any(|text| value.contains(text)))
            .collect();
        let found = kernels::text_contains(&column, &Patterns::new(&texts));
        assert_eq!(found, expected, "{texts:?}");
    }
}

/// Returns a thousand patterns, none of which contains another.
fn thousand(form: impl Fn(u32) -> String) -> Patterns {
    let patterns = Patterns::new((0..1_000).map(form));
    assert_eq!(patterns.texts().len(), 1_000);
    patterns
}

fn filled(value: impl Fn(u64) -> String) -> TextColumn {
    let mut builder = TextBuilder::new();
    (0..3_000).for_each(|row| builder.push(&value(row)));
    builder.finish()
}

#[test]
fn text_contains_with_a_thousand_patterns_reads_each_byte_about_once() {
    let uuid = |row: u64| {
        let wide = format!(
            "{:032x}",
            u128::from(row + 1) * 0x1_0001_0003_0007_000F_0011_0017
        );
        let cut = |from: usize, to: usize| &wide[from..to];
        let ends = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
        ends.map(|(from, to)| cut(from, to)).join("-")
    };
    let mail = |row: u64| format!("ann.{row}@{}.example", ["north", "south"][row as usize % 2]);
    let office = |row: u64| format!("{}, {row} Main", ["Rye Tower", "Ely"][row as usize % 2]);
    for (name, column) in [
        ("plain", filled(|row| format!("word-{row}"))),
        ("unfolded", filled(|row| format!("Word-{row}"))),
        ("uuid", filled(uuid)),
        ("mail", filled(mail)),
        ("office", filled(office)),
    ] {
        let bytes: usize = column.to_strings().value_data().len();
        for (form, patterns) in [
            ("digits", thousand(|number| format!("{number:04}x"))),
            ("addresses", thousand(|number| format!("{number:04}@n"))),
            ("rooms", thousand(|number| format!("r, {number:04}"))),
            ("hexadecimal", thousand(|number| format!("{number:04x}"))),
        ] {
            kernels::text_contains(&column, &patterns);
            work::take();
            kernels::text_contains(&column, &patterns);
            let read = work::take();
            assert!(read <= 2 * bytes, "{name}, {form}: {read} of {bytes} bytes");
        }
    }
}

#[test]
fn document_contains_with_a_thousand_patterns_reads_each_byte_about_once() {
    let mut builder = DocumentBuilder::new();
    for row in 0..3_000 {
        for key in ["team", "room"] {
            let path = builder.enter(DocumentBuilder::ROOT, key);
            builder.add(path, ValueKind::String, &format!("{key} {row}"), &[]);
        }
        builder.end_row(ValueState::Present);
    }
    let column = builder.finish();
    let one = Patterns::new(["nothing like it"]);
    let many = thousand(|number| format!("team 1{number:03}"));
    let hits = kernels::document_contains(&column, &many).count_set_bits();
    assert_eq!(hits, 1_000);
    work::take();
    kernels::document_contains(&column, &one);
    let read_for_one = work::take();
    kernels::document_contains(&column, &many);
    let read = work::take();
    assert!(read <= 2 * read_for_one, "{read}, for one {read_for_one}");
}
