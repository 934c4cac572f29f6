//! Mutation tests: no load of a dump with random damage panics, and undamaged records are loaded.

use std::ops::Range;

use idq_load::Parser;
use proptest::prelude::*;

use crate::support::{Generator, Shape, View, array, dump, ndjson, records, skip_in};

/// The bytes of a damaged dump, each with its offset before the damage.
type Traced = Vec<(u8, Option<usize>)>;

#[derive(Debug, Clone)]
enum Damage {
    Delete(f64, usize),
    Insert(f64, Vec<u8>),
    Replace(f64, u8),
    Truncate(f64),
    /// Moves a piece.
    Splice(f64, usize, f64),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || 0.0..1.0f64;
    let byte = || {
        prop_oneof![
            4 => proptest::sample::select(&b"{}[]\",:\\\n 0tn"[..]),
            1 => any::<u8>(),
        ]
    };
    prop_oneof![
        3 => (place(), 1..40usize).prop_map(|(at, length)| Damage::Delete(at, length)),
        3 => (place(), proptest::collection::vec(byte(), 1..6))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        4 => (place(), byte()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        1 => place().prop_map(Damage::Truncate),
        2 => (place(), 1..3_000usize, place())
            .prop_map(|(from, length, to)| Damage::Splice(from, length, to)),
    ]
}

fn apply(text: &mut Traced, damage: &Damage) {
    let length = text.len();
    let at = |place: f64| ((length as f64 * place) as usize).min(length);
    let piece =
        |from: f64, size: usize| -> Range<usize> { at(from)..(at(from) + size).min(length) };
    match damage {
        Damage::Delete(from, size) => drop(text.drain(piece(*from, *size))),
        Damage::Insert(to, bytes) => {
            let to = at(*to);
            text.splice(to..to, bytes.iter().map(|&byte| (byte, None)));
        }
        Damage::Replace(place, byte) => {
            if let Some(found) = text.get_mut(at(*place)) {
                *found = (*byte, None);
            }
        }
        Damage::Truncate(place) => text.truncate(at(*place)),
        Damage::Splice(from, size, to) => {
            let piece: Traced = text.drain(piece(*from, *size)).collect();
            let to = at(*to).min(text.len());
            text.splice(to..to, piece);
        }
    }
}

fn damaged(dump: &[u8], damages: &[Damage]) -> Traced {
    let mut text: Traced = dump.iter().copied().zip((0..).map(Some)).collect();
    for damage in damages {
        apply(&mut text, damage);
    }
    text
}

fn plain(text: &[(u8, Option<usize>)]) -> Vec<u8> {
    text.iter().map(|(byte, _)| *byte).collect()
}

/// Returns whether a range of the dump is contiguous in the damaged text. A range at an end of the dump must be at the
/// same end of the text.
fn is_untouched(text: &[(u8, Option<usize>)], dump: &[u8], stretch: Range<usize>) -> bool {
    let Some(start) = text
        .iter()
        .position(|(_, from)| *from == Some(stretch.start))
    else {
        return false;
    };
    let first = stretch.start > 0 || start == 0;
    let last = stretch.end < dump.len() || start + stretch.len() == text.len();
    let same = |(index, from): (usize, usize)| {
        text.get(start + index).is_some_and(|at| at.1 == Some(from))
    };
    first && last && stretch.enumerate().all(same)
}

/// Returns the range of each record of a dump, with the bytes between it and its neighbours.
fn record_ranges(dump: &[u8], records: &[Vec<u8>]) -> Vec<Range<usize>> {
    let mut from = 0;
    let mut starts = Vec::new();
    let mut ends = vec![0];
    for record in records {
        starts.push(from + memchr::memmem::find(&dump[from..], record).unwrap());
        from = starts[starts.len() - 1] + record.len();
        ends.push(from);
    }
    starts.push(dump.len());
    (0..records.len())
        .map(|index| ends[index]..starts[index + 1])
        .collect()
}

/// Loads a damaged text, which must not fail, and checks that blocks and parsers make no difference.
fn survivors(text: &[u8]) -> View {
    let view = skip_in(text, 8 << 20, Parser::Shapes).unwrap();
    for (block, parser) in [
        (701, Parser::Shapes),
        (333, Parser::Structural),
        (64, Parser::Reference),
    ] {
        assert_eq!(skip_in(text, block, parser).unwrap(), view);
    }
    view
}

/// Checks that every byte belongs to a record, to a reject or to the containers around them.
fn check_every_byte(text: &[u8], view: &View) {
    let mut left = text.to_vec();
    for reject in &view.rejects {
        let start = usize::try_from(reject.offset).unwrap();
        assert_eq!(&left[start..start + reject.raw.len()], reject.raw);
        left[start..start + reject.raw.len()].fill(b' ');
    }
    let mut from = 0;
    for record in &view.records {
        from += memchr::memmem::find(&left[from..], record).unwrap();
        left[from..from + record.len()].fill(b' ');
        from += record.len();
    }
    left.retain(|byte| !byte.is_ascii_whitespace());
    assert!(
        left.iter().all(|byte| b"[],".contains(byte)),
        "{}",
        String::from_utf8_lossy(&left)
    );
}

proptest! {
    #[test]
    fn undamaged_lines_are_loaded(
        damages in proptest::collection::vec(damage(), 1..4),
        crlf: bool,
    ) {
        let records = records(Generator::PROVISIONR, 12);
        let end = if crlf { &b"\r\n"[..] } else { b"\n" };
        let dump = [&records.join(end)[..], end].concat();
        let text = damaged(&dump, &damages);
        let bytes = plain(&text);
        let view = survivors(&bytes);
        check_every_byte(&bytes, &view);
        let mut place = 0;
        for record in &records {
            // The line, and the line feeds at both ends.
            let line = place..place + record.len() + end.len();
            place = line.end;
            if is_untouched(&text, &dump, line.start.saturating_sub(1)..line.end) {
                prop_assert!(
                    view.records.contains(record),
                    "{}\nin\n{}",
                    String::from_utf8_lossy(record),
                    String::from_utf8_lossy(&bytes)
                );
            }
        }
    }

    /// Records that are not adjacent to the damage are loaded, unless the damage makes their range ambiguous.
    #[test]
    fn undamaged_records_of_an_array_are_loaded(damage in damage(), layout in 0..3usize) {
        let records = records(Generator::PERMISSION_ASSIST, 12);
        let dump = match layout {
            0 => array(&records),
            1 => [b"[\n", &records.join(&b",\n"[..])[..], b"\n]\n"].concat(),
            _ => [b"[\n  ", &records.join(&b",\n  "[..])[..], b"\n]\n"].concat(),
        };
        let text = damaged(&dump, std::slice::from_ref(&damage));
        let bytes = plain(&text);
        let view = survivors(&bytes);
        check_every_byte(&bytes, &view);
        let places = record_ranges(&dump, &records);
        let lost: Vec<usize> = (0..records.len())
            .filter(|&index| is_untouched(&text, &dump, places[index].clone()))
            .filter(|&index| !view.records.contains(&records[index]))
            .collect();
        // A moved piece of a record can look like the end of an array in another record.
        let undecidable = matches!(damage, Damage::Splice(..));
        prop_assert!(
            lost.is_empty() || undecidable,
            "{damage:?} loses {lost:?}\n{}\n{}",
            view.rejected(),
            String::from_utf8_lossy(&bytes)
        );
    }

    #[test]
    fn undamaged_pages_in_lines_are_loaded(damages in proptest::collection::vec(damage(), 1..3)) {
        let records = records(Generator::PROVISIONR, 45);
        let dump = dump(Generator::PROVISIONR, 45, Shape::Pages);
        let text = damaged(&dump, &damages);
        let bytes = plain(&text);
        let view = survivors(&bytes);
        let mut place = 0;
        for (line, page) in dump.split_inclusive(|&byte| byte == b'\n').zip(records.chunks(15)) {
            let whole = place..place + line.len();
            place = whole.end;
            if is_untouched(&text, &dump, whole.start.saturating_sub(1)..whole.end) {
                let kept = page.iter().all(|record| view.records.contains(record));
                prop_assert!(kept, "{}", view.rejected());
            }
        }
    }

    /// The texts consist of characters and words of dumps.
    #[test]
    fn any_text_loads_with_every_byte_accounted_for(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"", "\n", " ", "\\", "\\u", "d800", "null", "1", "-",
                "\"id\":\"a\"", "{\"id\":\"b\"}", "\"data\":[", "{\"items\":[", "\"state\":7", "\u{feff}",
                "\"current_page\":1,", "{\"id\":\"c\",\"profile\":[{\"id\":\"d\"}]}", "]}", "},{", "}\n{", "\0",
            ]),
            0..40,
        ),
        block in 1..50usize,
    ) {
        let text = pieces.concat().into_bytes();
        let expected = skip_in(&text, 8 << 20, Parser::Reference).unwrap();
        prop_assert_eq!(skip_in(&text, block, Parser::Shapes).unwrap(), expected);
    }
}

/// Replaces one byte of each record in each layout.
#[test]
fn replaced_byte_loses_no_other_record() {
    let small: Vec<Vec<u8>> = (0..5)
        .map(|number| {
            let profile = r#"{"list":[{"id":"y"},{"id":"z"}],"deep":{"a":[1,null]}}"#;
            format!(r#"{{"id":"{number}","profile":{profile},"state":"s\"q"}}"#).into_bytes()
        })
        .collect();
    for dump in [
        ndjson(&small),
        array(&small),
        [b"[\n ", &small.join(&b",\n "[..])[..], b"]"].concat(),
    ] {
        let start = memchr::memmem::find(&dump, &small[2]).unwrap();
        for position in start..start + small[2].len() {
            for byte in *b"{}[]\",:\\x\n0" {
                let mut text = dump.clone();
                text[position] = byte;
                let view = skip_in(&text, 8 << 20, Parser::Shapes).unwrap();
                check_every_byte(&text, &view);
                for (index, record) in small.iter().enumerate() {
                    assert!(
                        index == 2 || view.records.contains(record),
                        "{index}\n{}\n{}",
                        view.rejected(),
                        String::from_utf8_lossy(&text)
                    );
                }
            }
        }
    }
}
