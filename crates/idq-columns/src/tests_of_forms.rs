//! Every form that a column can take answers as the strings themselves do.

use crate::text::Form;
use crate::*;

/// Numbers without pattern, the same ones each time.
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
            7 => "nobody".to_owned(),
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

/// Parts of some values, with whatever stands around the separators, and strangers.
fn needles(values: &[Option<String>]) -> Vec<String> {
    let mut needles: Vec<String> = ["", "-", "@", ",", "ann", "n@", "zz", "0", "f-", "σ", "LYON"]
        .map(str::to_owned)
        .to_vec();
    for value in values.iter().flatten().step_by(97).take(5) {
        let characters: Vec<char> = value.chars().collect();
        for start in 0..characters.len() {
            for length in [1, 2, 5, 9, 14, characters.len()] {
                let part = characters[start..].iter().take(length);
                needles.push(part.collect());
            }
        }
        needles.push(format!("{value}x"));
    }
    needles
}

fn check(values: &[Option<String>]) {
    let text = column(values).finish();
    assert_eq!(text.presence().rows(), values.len());
    for (row, value) in values.iter().enumerate() {
        assert_eq!(text.value(row).as_deref(), value.as_deref());
        let folded = value.as_deref().map(fold);
        assert_eq!(text.folded_value(row), folded);
        for from in [0, 3, 7, 9, 40] {
            let start = |text: &str| {
                let rest = text.as_bytes().get(from..).unwrap_or_default();
                let mut bytes = rest.to_vec();
                bytes.resize(bytes.len().max(8), 0);
                (bytes[..8].to_vec(), rest.len())
            };
            let found = |start: Start| (start.bytes.to_vec(), start.length);
            assert_eq!(
                text.start(row, from).map(found),
                value.as_deref().map(start)
            );
            assert_eq!(
                text.folded_start(row, from).map(found),
                folded.as_deref().map(start)
            );
        }
    }
    let arrow = column(values).finish().to_strings();
    let expected: arrow_array::StringArray = values.iter().map(Option::as_deref).collect();
    assert_eq!(arrow, expected);
    let smallest = column(values).finish_smallest();
    for needle in needles(values) {
        let prepared = Needles::new([&needle]);
        let is_in = |value: &Option<String>| {
            value
                .as_deref()
                .is_some_and(|value| fold(value).contains(&*fold(&needle)))
        };
        let expected: RowSet = values.iter().map(is_in).collect();
        assert_eq!(
            kernels::text_contains(&text, &prepared),
            expected,
            "{needle:?}"
        );
        if let Column::Keyword(keyword) = &smallest {
            let found = kernels::keyword_contains(keyword, &prepared);
            assert_eq!(found, expected, "{needle:?}");
            let found = kernels::keyword_where(keyword, |value| prepared.are_in(value));
            assert_eq!(found, expected, "{needle:?}");
        }
        let equal = |value: &Option<String>| value.as_ref() == Some(&needle);
        let expected: RowSet = values.iter().map(equal).collect();
        let wanted = [needle.clone()];
        assert_eq!(kernels::text_equals(&text, &wanted), expected, "{needle:?}");
    }
    // Few at a time, and many of which none contains another.
    let needles = needles(values);
    let long: Vec<String> = needles
        .iter()
        .filter(|text| text.len() > 4)
        .cloned()
        .collect();
    let mut most = 0;
    for some in needles[1..].chunks(3).chain(long.chunks(40)) {
        let is_in = |value: &Option<String>| {
            let folded = value.as_deref().map(fold);
            folded.is_some_and(|value| some.iter().any(|needle| value.contains(&*fold(needle))))
        };
        let expected: RowSet = values.iter().map(is_in).collect();
        let prepared = Needles::new(some);
        most = most.max(prepared.texts().len());
        let found = kernels::text_contains(&text, &prepared);
        assert_eq!(found, expected, "{some:?}");
    }
    assert!(most > 4, "some are searched for at once");
    // The first time compares the strings themselves.
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
fn uuids_are_packed() {
    let values = uuids();
    assert!(matches!(column(&values).finish().form, Form::Uuids(_)));
    check(&values);
}

#[test]
fn one_other_text_leaves_uuids_as_they_are() {
    let mut values = uuids();
    values[300] = Some("0F000000-0000-0000-0000-000000000000".to_owned());
    assert!(matches!(column(&values).finish().form, Form::Plain(_)));
    check(&values);
}

#[test]
fn addresses_share_their_domains() {
    let values = mails();
    assert!(matches!(column(&values).finish().form, Form::Split(_)));
    check(&values);
}

#[test]
fn offices_share_their_buildings() {
    let values = offices();
    assert!(matches!(column(&values).finish().form, Form::Split(_)));
    check(&values);
}

#[test]
fn text_with_few_values_gets_a_dictionary() {
    let values = names();
    assert!(matches!(
        column(&values).finish_smallest(),
        Column::Keyword(_)
    ));
    check(&values);
}

#[test]
fn other_text_stays_plain() {
    let values = words();
    assert!(matches!(column(&values).finish_smallest(), Column::Text(_)));
    assert!(matches!(column(&values).finish().form, Form::Plain(_)));
    check(&values);
}

#[test]
fn keywords_that_are_all_different_become_text() {
    let mut builder = KeywordBuilder::new();
    for number in 0..2_000 {
        match number % 10 {
            0 => builder.push_null(),
            1 => builder.push_missing(),
            _ => builder.push(&format!("value {number}")),
        }
    }
    let Column::Text(text) = builder.finish_smallest() else {
        panic!("expected text");
    };
    assert_eq!(text.value(2).as_deref(), Some("value 2"));
    assert_eq!(text.presence().of(10), PresenceOf::Null);
    assert_eq!(text.presence().of(11), PresenceOf::Missing);
}

#[test]
fn codes_are_as_narrow_as_the_dictionary_allows() {
    for (distinct, width) in [(256, 1), (257, 2), (65_536, 2), (65_537, 4)] {
        let mut builder = KeywordBuilder::new();
        let name = |row: usize| (row % distinct).to_string();
        let rows = distinct + 100;
        (0..rows).for_each(|row| builder.push(&name(row)));
        let column = builder.finish();
        let found = match column.codes() {
            Codes::Bytes(_) => 1,
            Codes::Shorts(_) => 2,
            Codes::Words(_) => 4,
        };
        assert_eq!(found, width);
        assert!((0..rows).all(|row| column.value(row) == Some(&*name(row))));
        for wanted in [&["0", "70"][..], &["70"]] {
            let found = kernels::keyword_where(&column, |value| wanted.contains(&value));
            let expected: RowSet = (0..rows).map(|row| wanted.contains(&&*name(row))).collect();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn instants_keep_every_microsecond() {
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
        let rows = column.presence().rows();
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
