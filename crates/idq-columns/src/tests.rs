use super::*;

fn rows(set: &RowSet) -> Vec<usize> {
    set.set_indices().collect()
}

fn needles(texts: &[&str]) -> Needles {
    Needles::new(texts)
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
fn folding_is_lowercasing_without_context() {
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
        assert_eq!(fold(text), folded, "{text}");
        assert_eq!(is_folded(text), text == folded, "{text}");
        assert!(is_folded(folded), "{folded}");
    }
}

#[test]
fn contains_looks_at_each_row_by_itself() {
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
        rows(&kernels::text_contains(&column, &needles(&["abc"]))),
        [0, 4]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &needles(&["bc", "x"]))),
        [0, 4, 6]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &needles(&["AB"]))),
        [0, 1, 3, 4, 6]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &needles(&["abab"]))),
        [] as [usize; 0]
    );
    assert_eq!(
        rows(&kernels::text_contains(&column, &needles(&[""]))),
        [0, 1, 3, 4, 5, 6]
    );
}

#[test]
fn an_unfolded_text_is_not_matched_by_its_own_spelling() {
    // `ς` folds to `σ`: the needle does, so the row must as well.
    let column = texts(&[Some("οδος")]);
    assert_eq!(
        rows(&kernels::text_contains(&column, &needles(&["ς"]))),
        [0]
    );
    assert_eq!(column.folded_value(0).as_deref(), Some("οδοσ"));
}

#[test]
fn equality_is_by_bytes() {
    let column = texts(&[Some("a"), Some("A"), None, Some(""), Some("ab")]);
    assert_eq!(
        rows(&kernels::text_equals(&column, &owned(&["a", ""]))),
        [0, 3]
    );
}

#[test]
fn null_and_missing_stay_apart() {
    let mut builder = KeywordBuilder::new();
    builder.push_missing();
    builder.push("active");
    builder.push_null();
    builder.push("staged");
    builder.push("active");
    let column = builder.finish();
    let presence = column.presence();
    assert_eq!(rows(&presence.present()), [1, 3, 4]);
    assert_eq!(rows(&presence.missing()), [0]);
    assert_eq!(presence.of(2), PresenceOf::Null);
    assert_eq!(
        column.dictionary().iter().flatten().collect::<Vec<_>>(),
        ["active", "staged"]
    );
    assert_eq!(
        rows(&kernels::keyword_where(&column, |value| value == "active")),
        [1, 4]
    );
    assert_eq!(rows(&kernels::keyword_where(&column, |_| true)), [1, 3, 4]);
    assert_eq!(
        rows(&kernels::keyword_where(&column, |_| false)),
        [] as [usize; 0]
    );
}

#[test]
fn instants_are_compared_inclusively_and_null_is_no_instant() {
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
fn a_needle_never_matches_across_two_texts_of_a_document() {
    let mut builder = DocumentBuilder::new();
    let root = DocumentBuilder::ROOT;
    let place = builder.enter(root, "costCenter");
    builder.add(place, "Red");
    builder.add(place, "Blue");
    builder.end_row(PresenceOf::Present);
    builder.end_row(PresenceOf::Missing);
    let place = builder.enter(root, "costCenter");
    builder.add(place, "green");
    builder.end_row(PresenceOf::Present);
    builder.add(root, "forgotten");
    builder.restart_row();
    builder.end_row(PresenceOf::Null);
    let column = builder.finish();
    let keys = column.keys().iter().flatten();
    assert_eq!(keys.filter(|key| !key.is_empty()).count(), 1);
    let search = |texts: &[&str]| rows(&kernels::document_contains(&column, &needles(texts)));
    assert_eq!(search(&["costcenter"]), [0, 2]);
    assert_eq!(search(&["RED"]), [0]);
    assert_eq!(search(&["redblue"]), [] as [usize; 0]);
    assert_eq!(search(&["bluegreen"]), [] as [usize; 0]);
    assert_eq!(search(&["forgotten"]), [] as [usize; 0]);
    assert_eq!(search(&["green", "blue"]), [0, 2]);
    assert_eq!(search(&[""]), [0, 2]);
    assert_eq!(rows(&column.presence().present()), [0, 2]);
}

#[test]
fn a_document_search_finds_what_each_row_has_however_its_texts_are_stored() {
    // Few texts that recur, texts that all differ, texts that only start to differ, and keys without end.
    let text = |row: usize, place: usize| match place {
        0 => ["Alpha", "beta", "GAMMA"][row % 3].to_owned(),
        1 => format!("Text{row}x"),
        2 => format!("late{}", if row < 200 { 0 } else { row }),
        _ => format!("Ünlike{}", row % 2),
    };
    let mut builder = DocumentBuilder::new();
    for row in 0..6_000 {
        let around = builder.enter(DocumentBuilder::ROOT, "Outer");
        for place in 0..4 {
            let key = if place == 3 {
                format!("Key{row}")
            } else {
                format!("key{place}")
            };
            // Rows that are given up leave nothing.
            for attempt in ["given up", &text(row, place)] {
                let inner = builder.enter(around, &key);
                builder.add(inner, attempt);
                if attempt == "given up" && place == 0 && row % 5 == 0 {
                    builder.restart_row();
                }
            }
        }
        builder.end_row(PresenceOf::Present);
    }
    let column = builder.finish();
    for needle in [
        "alpha", "text17x", "late0", "late5", "ünlike1", "outer", "key5999", "key2", "key12x",
        "given up", "nothing",
    ] {
        let expected: Vec<usize> = (0..6_000)
            .filter(|&row| {
                let kept_attempts = needle == "given up";
                let in_values =
                    (0..4).any(|place| text(row, place).to_lowercase().contains(needle));
                let in_keys =
                    "outer key0 key1 key2".contains(needle) || format!("key{row}").contains(needle);
                kept_attempts || in_values || in_keys
            })
            .collect();
        let found = rows(&kernels::document_contains(&column, &needles(&[needle])));
        assert_eq!(found, expected, "{needle}");
    }
    let (keys, values) = column.texts_of(4_321);
    assert_eq!(keys, [&b"key0"[..], b"key1", b"key2", b"outer"]);
    assert!(values.contains(&b"text4321x".to_vec()) && values.contains(&b"key4321".to_vec()));
}
