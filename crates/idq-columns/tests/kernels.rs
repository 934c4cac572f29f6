//! Tests of kernels through the public API, by comparison with the values of single rows.

use idq_columns::*;

fn rows(set: &RowSet) -> Vec<usize> {
    set.set_indices().collect()
}

fn patterns(texts: &[&str]) -> Patterns {
    Patterns::new(texts)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn texts(values: &[Option<&str>]) -> TextColumn {
    let mut builder = TextBuilder::new();
    for value in values {
        match value {
            Some(value) => builder.push(value),
            None => builder.push_null(),
        }
    }
    builder.finish()
}

#[test]
fn casefold_of_any_script_is_lowercase_without_context() {
    for (text, folded) in [
        ("Zoë", "zoë"),
        ("ŽOFIE", "žofie"),
        ("ΟΔΟΣ", "οδοσ"),
        ("οδος", "οδοσ"),
        ("İ", "i\u{307}"),
        ("straße", "straße"),
        ("日本", "日本"),
        ("", ""),
        ("a-1_%", "a-1_%"),
        ("K", "k"),
    ] {
        assert_eq!(casefold(text), folded, "{text}");
        assert_eq!(is_casefolded(text), text == folded, "{text}");
        assert!(is_casefolded(folded), "{folded}");
    }
}

#[test]
fn text_contains_with_a_pattern_across_rows_finds_no_row() {
    let column = texts(&[
        Some("abc"),
        Some("ab"),
        None,
        Some("cab"),
        Some("ABC"),
        Some(""),
        Some("xABx"),
    ]);
    assert_eq!(
        rows(&kernels::text_contains(&column, &patterns(&["abc"]))),
        [0, 4]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &patterns(&["bc", "x"]))),
        [0, 4, 6]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &patterns(&["AB"]))),
        [0, 1, 3, 4, 6]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &patterns(&["abab"]))),
        [] as [usize; 0]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &patterns(&[""]))),
        [0, 1, 3, 4, 5, 6]
    );
}

#[test]
fn text_contains_in_a_text_that_folding_changes_matches_its_casefolded_form() {
    // `ς` folds to `σ` in the pattern, so it must in the row as well.
    let column = texts(&[Some("οδος")]);
    assert_eq!(
        rows(&kernels::text_contains(&column, &patterns(&["ς"]))),
        [0]
    );
    let window = column.casefolded_window(0, 0).unwrap();
    assert_eq!(&window.bytes, "οδοσ".as_bytes());
}

#[test]
fn text_equals_with_another_case_finds_no_row() {
    let column = texts(&[Some("a"), Some("A"), None, Some(""), Some("ab")]);
    assert_eq!(
        rows(&kernels::text_equals(&column, &owned(&["a", ""]))),
        [0, 3]
    );
}

fn filter(column: &KeywordColumn, condition: impl Fn(&str) -> bool) -> RowSet {
    column.filter_codes(&column.dictionary_arc().codes_matching(condition))
}

#[test]
fn keyword_column_with_null_and_missing_rows_distinguishes_them() {
    let mut builder = KeywordBuilder::new();
    builder.push_missing();
    builder.push("active");
    builder.push_null();
    builder.push("staged");
    builder.push("active");
    let column = builder.finish();
    let validity = column.validity();
    assert_eq!(rows(&validity.valid_rows()), [1, 3, 4]);
    assert_eq!(rows(&validity.missing_rows()), [0]);
    assert_eq!(validity.state(2), ValueState::Null);
    assert_eq!(
        column.dictionary().iter().flatten().collect::<Vec<_>>(),
        ["active", "staged"]
    );
    assert_eq!(rows(&filter(&column, |value| value == "active")), [1, 4]);
    assert_eq!(rows(&filter(&column, |_| true)), [1, 3, 4]);
    assert_eq!(rows(&filter(&column, |_| false)), [] as [usize; 0]);
}

#[test]
fn timestamp_between_with_nulls_includes_both_ends_and_no_null() {
    let mut builder = TimestampBuilder::new();
    for value in [Some(10), None, Some(20), Some(-5), Some(30)] {
        match value {
            Some(value) => builder.push(value),
            None => builder.push_null(),
        }
    }
    let column = builder.finish();
    assert_eq!(column.range(), Some((-5, 30)));
    assert_eq!(rows(&kernels::timestamp_between(&column, 10, 20)), [0, 2]);
    assert_eq!(rows(&kernels::timestamp_between(&column, i64::MIN, 0)), [3]);
    assert_eq!(
        rows(&kernels::timestamp_between(&column, i64::MIN, i64::MAX)),
        [0, 2, 3, 4]
    );
    assert_eq!(
        rows(&kernels::timestamp_between(&column, 31, 40)),
        [] as [usize; 0]
    );
}

#[test]
fn document_contains_with_a_pattern_across_two_texts_finds_no_row() {
    let mut builder = DocumentBuilder::new();
    let root = DocumentBuilder::ROOT;
    let path = builder.enter(root, "costCenter");
    builder.add(path, ValueKind::String, "Red", &[]);
    builder.add(path, ValueKind::String, "Blue", &[]);
    builder.end_row(ValueState::Present);
    builder.end_row(ValueState::Missing);
    let path = builder.enter(root, "costCenter");
    builder.add(path, ValueKind::String, "green", &[]);
    builder.end_row(ValueState::Present);
    builder.add(root, ValueKind::String, "forgotten", &[]);
    builder.restart_row();
    builder.end_row(ValueState::Null);
    let column = builder.finish();
    assert_eq!(column.path_count(), 2);
    let search = |texts: &[&str]| rows(&kernels::document_contains(&column, &patterns(texts)));
    assert_eq!(search(&["costcenter"]), [0, 2]);
    assert_eq!(search(&["RED"]), [0]);
    assert_eq!(search(&["redblue"]), [] as [usize; 0]);
    assert_eq!(search(&["bluegreen"]), [] as [usize; 0]);
    assert_eq!(search(&["forgotten"]), [] as [usize; 0]);
    assert_eq!(search(&["green", "blue"]), [0, 2]);
    assert_eq!(search(&[""]), [0, 2]);
    assert_eq!(rows(&column.validity().valid_rows()), [0, 2]);
}

#[test]
fn document_contains_in_any_encoding_finds_the_rows_that_have_the_text() {
    // Texts that recur, texts that are distinct, texts that are distinct from row 200, and a key for each row.
    let text = |row: usize, path: usize| match path {
        0 => ["Alpha", "beta", "GAMMA"][row % 3].to_owned(),
        1 => format!("Text{row}x"),
        2 => format!("late{}", if row < 200 { 0 } else { row }),
        _ => format!("Ünlike{}", row % 2),
    };
    let mut builder = DocumentBuilder::new();
    for row in 0..6_000 {
        let outer = builder.enter(DocumentBuilder::ROOT, "Outer");
        for path in 0..4 {
            let key = if path == 3 {
                format!("Key{row}")
            } else {
                format!("key{path}")
            };
            // A restart removes the values of the row.
            for attempt in ["given up", &text(row, path)] {
                let inner = builder.enter(outer, &key);
                builder.add(inner, ValueKind::String, attempt, &[]);
                if attempt == "given up" && path == 0 && row % 5 == 0 {
                    builder.restart_row();
                }
            }
        }
        builder.end_row(ValueState::Present);
    }
    let column = builder.finish();
    for pattern in [
        "alpha", "text17x", "late0", "late5", "ünlike1", "outer", "key5999", "key2", "key12x",
        "given up", "nothing",
    ] {
        let expected: Vec<usize> = (0..6_000)
            .filter(|&row| {
                let is_attempt = pattern == "given up";
                let in_values = (0..4).any(|path| text(row, path).to_lowercase().contains(pattern));
                let in_keys = "outer key0 key1 key2".contains(pattern)
                    || format!("key{row}").contains(pattern);
                is_attempt || in_values || in_keys
            })
            .collect();
        let found = rows(&kernels::document_contains(&column, &patterns(&[pattern])));
        assert_eq!(found, expected, "{pattern}");
    }
    let (keys, values) = column.searchable_texts(4_321);
    assert_eq!(keys, [&b"key0"[..], b"key1", b"key2", b"key4321", b"outer"]);
    assert!(values.contains(&b"text4321x".to_vec()));
}

/// Counts values one by one, as the expected result of group-by.
fn counted<'v>(values: impl Iterator<Item = &'v str>) -> Vec<(String, u64)> {
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    values.for_each(|value| *counts.entry(value.to_owned()).or_default() += 1);
    counts.into_iter().collect()
}

fn sorted(groups: &kernels::ValueCounts<'_>) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = groups
        .texts
        .iter()
        .map(|(text, &count)| (text.to_string(), count))
        .collect();
    counts.sort();
    counts
}

#[test]
fn group_by_over_text_and_keyword_chunks_counts_each_value_and_state_once() {
    let value = |row: usize| (!row.is_multiple_of(7)).then(|| format!("v{}", row % 11));
    let (mut text, mut keyword) = (TextBuilder::new(), KeywordBuilder::new());
    for row in 0..1_000 {
        match value(row) {
            Some(value) => {
                text.push(&value);
                keyword.push(&value);
            }
            None if row.is_multiple_of(2) => {
                text.push_null();
                keyword.push_null();
            }
            None => {
                text.push_missing();
                keyword.push_missing();
            }
        }
    }
    let columns = [
        Column::Text(text.finish()),
        Column::Keyword(keyword.finish()),
    ];
    let selected: RowSet = (0..1_000).map(|row| row % 3 == 0).collect();
    for (selection, step) in [(None, 1), (Some(&selected), 3)] {
        let rows = || (0..1_000).step_by(step);
        let values: Vec<String> = rows().filter_map(value).collect();
        let once = counted(values.iter().map(String::as_str));
        let twice: Vec<_> = once.iter().map(|(text, n)| (text.clone(), 2 * n)).collect();
        for column in &columns {
            let groups = kernels::group_by([(column, selection)]);
            assert_eq!(sorted(&groups), once);
            let absent = |even: bool| {
                let rows = rows().filter(|row| row % 7 == 0 && (row % 2 == 0) == even);
                rows.count() as u64
            };
            let expected = StateCounts {
                present: values.len() as u64,
                null: absent(true),
                missing: absent(false),
            };
            assert_eq!(groups.states, expected);
            assert_eq!(groups.distinct(), 11);
            // The same dictionary twice in a row is counted together.
            let groups = kernels::group_by([(column, selection), (column, selection)]);
            assert_eq!(sorted(&groups), twice);
        }
        let groups = kernels::group_by(columns.iter().map(|column| (column, selection)));
        assert_eq!(sorted(&groups), twice);
    }
}

#[test]
fn group_by_over_instants_and_booleans_counts_each_value() {
    let (mut instants, mut booleans) = (TimestampBuilder::new(), BooleanBuilder::new());
    for row in 0..100 {
        if row % 10 == 0 {
            instants.push_null();
            booleans.push_missing();
        } else {
            instants.push(row % 3);
            booleans.push(row % 4 == 0);
        }
    }
    let instants = Column::Timestamp(instants.finish());
    let groups = kernels::group_by([(&instants, None)]);
    let mut counts: Vec<_> = groups.instants.iter().map(|(at, n)| (*at, *n)).collect();
    counts.sort_unstable();
    assert_eq!(counts, [(0, 30), (1, 30), (2, 30)]);
    assert_eq!((groups.distinct(), groups.absent()), (3, 10));
    let booleans = Column::Boolean(booleans.finish());
    let groups = kernels::group_by([(&booleans, None)]);
    assert_eq!((groups.booleans, groups.states.missing), ([70, 20], 10));
}
