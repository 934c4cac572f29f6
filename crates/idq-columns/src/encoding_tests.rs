//! Tests of the encodings: kernels over every encoding of a column agree with a loop over its strings.

use crate::column::text::Encoding;
use crate::*;

/// Returns pseudo-random numbers, the same in each run.
fn numbers(count: usize) -> impl Iterator<Item = u64> {
    let next = |state: &u64| {
        Some(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99),
        )
    };
    std::iter::successors(Some(7), next)
        .map(|state| state >> 20)
        .take(count)
}

fn column(values: &[Option<String>]) -> TextBuilder {
    let mut builder = TextBuilder::new();
    for (row, value) in values.iter().enumerate() {
        match value {
            Some(value) => builder.push(value),
            None if row % 2 == 0 => builder.push_null(),
            None => builder.push_missing(),
        }
    }
    builder
}

fn with_gaps(value: impl Fn(u64) -> String) -> Vec<Option<String>> {
    numbers(700)
        .map(|number| (number % 11 != 0).then(|| value(number)))
        .collect()
}

fn uuids() -> Vec<Option<String>> {
    with_gaps(|number| {
        let wide = u128::from(number).wrapping_mul(0x1_0001_0003_0007_000F_0011_0017);
        let digits = format!("{wide:032x}");
        let [a, b, c, d, e] = [
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        ];
        format!("{a}-{b}-{c}-{d}-{e}")
    })
}

fn mails() -> Vec<Option<String>> {
    let domains = [
        "north.example",
        "South.example",
        "mél.example",
        "a@b.example",
        "",
    ];
    with_gaps(|number| {
        let domain = domains[number as usize % 5];
        match number % 50 {
            7 => "no-one".to_owned(),
            8 => "@".to_owned(),
            9 => String::new(),
            10 => format!("Ann.{number}@{domain}"),
            _ => format!("ann.{number}@{domain}"),
        }
    })
}

fn offices() -> Vec<Option<String>> {
    let buildings = ["Lyon Tower", "Ely, Annex", "ΟΔΟΣ", "Rye"];
    with_gaps(|number| format!("{}, {number} Main", buildings[number as usize % 4]))
}

fn names() -> Vec<Option<String>> {
    with_gaps(|number| format!("Name {}", number % 13))
}

fn words() -> Vec<Option<String>> {
    with_gaps(|number| format!("Word-{number}"))
}

/// Returns substrings of some values, separators included, and texts that no value has.
fn patterns(values: &[Option<String>]) -> Vec<String> {
    let mut patterns: Vec<String> = ["", "-", "@", ",", "ann", "n@", "zz", "0", "f-", "σ", "LYON"]
        .map(str::to_owned)
        .to_vec();
    for value in values.iter().flatten().step_by(97).take(5) {
        let characters: Vec<char> = value.chars().collect();
        for start in 0..characters.len() {
            for length in [1, 2, 5, 9, 14, characters.len()] {
                let part = characters[start..].iter().take(length);
                patterns.push(part.collect());
            }
        }
        patterns.push(format!("{value}x"));
    }
    patterns
}

/// Checks values, windows and kernels of a column against its strings.
/// Checks the strings of a column, and windows into them, before or after its casefolded forms are built.
fn check_windows(text: &TextColumn, values: &[Option<String>], has_forms: bool) {
    for (row, value) in values.iter().enumerate() {
        assert_eq!(text.value(row).as_deref(), value.as_deref());
        let folded = value.as_deref().map(casefold);
        for from in [0, 3, 7, 9, 40] {
            let start = |text: &str| {
                let rest = text.as_bytes().get(from..).unwrap_or_default();
                let mut bytes = rest.to_vec();
                bytes.resize(bytes.len().max(8), 0);
                (bytes[..8].to_vec(), rest.len())
            };
            let found = |window: TextWindow| (window.bytes.to_vec(), window.remaining);
            assert_eq!(
                text.window(row, from).map(found),
                value.as_deref().map(start)
            );
            // Without the forms of all rows, a window counts the bytes after it only up to its own length.
            let cap = if has_forms { usize::MAX } else { 8 };
            let capped = |(bytes, remaining): (Vec<u8>, usize)| (bytes, remaining.min(cap));
            assert_eq!(
                text.casefolded_window(row, from).map(found).map(capped),
                folded.as_deref().map(start).map(capped)
            );
        }
    }
}

fn check(values: &[Option<String>]) {
    let text = column(values).finish();
    assert_eq!(text.validity().rows(), values.len());
    check_windows(&text, values, false);
    text.build_casefolded();
    check_windows(&text, values, true);
    let arrow = column(values).finish().to_strings();
    let expected: arrow_array::StringArray = values.iter().map(Option::as_deref).collect();
    assert_eq!(arrow, expected);
    let compact = column(values).finish_compact();
    for pattern in patterns(values) {
        let prepared = Patterns::new([&pattern]);
        let is_in = |value: &Option<String>| {
            value
                .as_deref()
                .is_some_and(|value| casefold(value).contains(&*casefold(&pattern)))
        };
        let expected: RowSet = values.iter().map(is_in).collect();
        assert_eq!(
            kernels::text_contains(&text, &prepared),
            expected,
            "{pattern:?}"
        );
        if let Column::Keyword(keyword) = &compact {
            let codes = keyword.dictionary_arc().codes_containing(&prepared);
            assert_eq!(keyword.filter_codes(&codes), expected, "{pattern:?}");
        }
        let equal = |value: &Option<String>| value.as_ref() == Some(&pattern);
        let expected: RowSet = values.iter().map(equal).collect();
        let wanted = [pattern.clone()];
        assert_eq!(
            kernels::text_equals(&text, &wanted),
            expected,
            "{pattern:?}"
        );
    }
    // A few patterns at a time, and dozens of which none contains another.
    let patterns = patterns(values);
    let long: Vec<String> = patterns
        .iter()
        .filter(|text| text.len() > 4)
        .cloned()
        .collect();
    let mut most = 0;
    for some in patterns[1..].chunks(3).chain(long.chunks(40)) {
        let is_in = |value: &Option<String>| {
            let folded = value.as_deref().map(casefold);
            folded.is_some_and(|value| {
                some.iter()
                    .any(|pattern| value.contains(&*casefold(pattern)))
            })
        };
        let expected: RowSet = values.iter().map(is_in).collect();
        let prepared = Patterns::new(some);
        most = most.max(prepared.texts().len());
        let found = kernels::text_contains(&text, &prepared);
        assert_eq!(found, expected, "{some:?}");
    }
    assert!(most > 4, "an automaton is used");
    // The first query compares the strings, without fingerprints.
    for row in [0, 1, 2] {
        let fresh = column(values).finish();
        let wanted = values[row].clone().unwrap_or_default();
        let expected: RowSet = values
            .iter()
            .map(|value| value.as_ref() == Some(&wanted))
            .collect();
        assert_eq!(kernels::text_equals(&fresh, &[wanted]), expected);
    }
    let wanted: Vec<String> = values.iter().flatten().step_by(50).cloned().collect();
    for some in [&wanted[..3], &wanted[..]] {
        let equal =
            |value: &Option<String>| value.as_ref().is_some_and(|value| some.contains(value));
        let expected: RowSet = values.iter().map(equal).collect();
        assert_eq!(kernels::text_equals(&text, some), expected);
    }
}

#[test]
fn text_builder_with_uuids_packs_them() {
    let values = uuids();
    assert!(matches!(
        column(&values).finish().encoding,
        Encoding::Uuids(_)
    ));
    check(&values);
}

#[test]
fn text_builder_with_one_text_among_uuids_stays_plain() {
    let mut values = uuids();
    values[300] = Some("0F000000-0000-0000-0000-000000000000".to_owned());
    assert!(matches!(
        column(&values).finish().encoding,
        Encoding::Plain(_)
    ));
    check(&values);
}

#[test]
fn text_builder_with_addresses_encodes_their_domains() {
    let values = mails();
    assert!(matches!(
        column(&values).finish().encoding,
        Encoding::Affix(_)
    ));
    check(&values);
}

#[test]
fn text_builder_with_offices_encodes_their_buildings() {
    let values = offices();
    assert!(matches!(
        column(&values).finish().encoding,
        Encoding::Affix(_)
    ));
    check(&values);
}

#[test]
fn text_builder_with_recurring_values_becomes_a_keyword_column() {
    let values = names();
    assert!(matches!(
        column(&values).finish_compact(),
        Column::Keyword(_)
    ));
    check(&values);
}

#[test]
fn text_builder_with_distinct_words_stays_plain() {
    let values = words();
    assert!(matches!(column(&values).finish_compact(), Column::Text(_)));
    assert!(matches!(
        column(&values).finish().encoding,
        Encoding::Plain(_)
    ));
    check(&values);
}

#[test]
fn keyword_builder_with_distinct_values_becomes_a_text_column() {
    let mut builder = KeywordBuilder::new();
    for number in 0..2_000 {
        match number % 10 {
            0 => builder.push_null(),
            1 => builder.push_missing(),
            _ => builder.push(&format!("value {number}")),
        }
    }
    let Column::Text(text) = builder.finish_compact() else {
        panic!("expected text");
    };
    assert_eq!(text.value(2).as_deref(), Some("value 2"));
    assert_eq!(text.validity().state(10), ValueState::Null);
    assert_eq!(text.validity().state(11), ValueState::Missing);
}

#[test]
fn codes_of_a_dictionary_are_the_narrowest_integers() {
    for (distinct, width) in [(256, 1), (257, 2), (65_536, 2), (65_537, 4)] {
        let mut builder = KeywordBuilder::new();
        let name = |row: usize| (row % distinct).to_string();
        let rows = distinct + 100;
        (0..rows).for_each(|row| builder.push(&name(row)));
        let column = builder.finish();
        let found = match column.codes() {
            Codes::U8(_) => 1,
            Codes::U16(_) => 2,
            Codes::U32(_) => 4,
        };
        assert_eq!(found, width);
        assert!((0..rows).all(|row| column.value(row) == Some(&*name(row))));
        for wanted in [&["0", "70"][..], &["70"]] {
            let codes = column
                .dictionary_arc()
                .codes_matching(|value| wanted.contains(&value));
            let found = column.filter_codes(&codes);
            let expected: RowSet = (0..rows).map(|row| wanted.contains(&&*name(row))).collect();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn timestamp_column_in_any_encoding_keeps_every_microsecond() {
    let second = 1_000_000;
    let narrow = [
        0,
        1,
        second - 1,
        second,
        second + 1,
        5 * second,
        -1,
        -second,
        900 * second + 7,
    ];
    let far = [
        i64::from(u32::MAX) * second,
        5_000_000_000 * second,
        -7,
        0,
        3,
    ];
    for mut values in [narrow.to_vec(), far.to_vec(), vec![3 * second; 3]] {
        values.extend(numbers(200).map(|number| (number % 1_000) as i64 * second / 4));
        let mut builder = TimestampBuilder::new();
        for (row, &value) in values.iter().enumerate() {
            if row % 7 == 6 {
                builder.push_null();
            }
            builder.push(value);
        }
        let column = builder.finish();
        let rows = column.validity().rows();
        let found: Vec<i64> = (0..rows).filter_map(|row| column.value(row)).collect();
        assert_eq!(found, values);
        let arrow = column.to_arrow();
        assert!(arrow.iter().eq((0..rows).map(|row| column.value(row))));
        let mut bounds = vec![i64::MIN, i64::MAX, 4];
        bounds.extend(
            values
                .iter()
                .take(12)
                .flat_map(|value| [value - 1, *value, value + 1]),
        );
        for &start in &bounds {
            for &end in &bounds {
                let is_in = |row| {
                    column
                        .value(row)
                        .is_some_and(|value| (start..=end).contains(&value))
                };
                let expected: RowSet = (0..rows).map(is_in).collect();
                let found = kernels::timestamp_between(&column, start, end);
                assert_eq!(found, expected, "{start} {end}");
            }
        }
    }
}
