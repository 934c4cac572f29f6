//! Properties of every output for arbitrary records.

use std::collections::HashMap;
use std::io::Write;

use idq_api::ApiRegistry;
use idq_json::{Cell, Scalar};
use idq_render::{
    ArrayWriter, Colour, ColumnSet, CsvWriter, FormulaPolicy, Table, TerminalEncoding,
    TerminalWriter, write_ndjson, write_page,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::string::string_regex;
use serde_json::value::RawValue;
use unicode_width::UnicodeWidthStr;

use crate::{owned, page};

/// White space between two tokens.
fn space() -> impl Strategy<Value = String> {
    string_regex("[ \n\r\t]{0,2}").expect("a valid pattern")
}

/// Characters that some program treats specially.
const SPECIAL_CHARACTERS: &str = concat!(
    // Separators, quotes, starts of formulas.
    "a-c0# \"\\\\,;'=+@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}\u{fe62}\u{fe63}\u{fe66}\u{fe6b}\u{2212}",
    // Blanks, and invisible characters.
    "\u{a0}\u{2003}\u{3000}\u{200b}\u{34f}\u{3164}",
    // Terminal commands, direction marks, and other characters without a shape.
    "\0\u{1b}\u{7}\u{9b}\u{202e}\u{2066}\u{ad}\u{feff}\u{e0041}\u{200d}",
    // Combining marks, variation selectors, conjoining letters, letters whose width depends on their neighbours.
    "\u{308}\u{fe0f}\u{fe0e}\u{1100}\u{1161}\u{115f}\u{644}\u{627}\u{5d0}\u{5dc}",
    "\u{a4f8}\u{a4fc}\u{1a15}\u{1a17}\u{1a10}\u{17d8}",
    // Wide characters, emoji, and their modifiers and joiners.
    "\u{7530}\u{a9}\u{2764}\u{1f468}\u{1f44b}\u{1f3fd}\u{1f1e9}-",
);

fn text() -> impl Strategy<Value = String> {
    let special =
        string_regex(&format!("[{SPECIAL_CHARACTERS}]{{0,30}}")).expect("a valid pattern");
    prop_oneof![any::<String>(), special]
}

/// A JSON string, with unescaped characters or with an escape for each character.
fn string() -> impl Strategy<Value = String> {
    (text(), any::<bool>()).prop_map(|(text, escaped)| {
        if escaped {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
            format!("\"{}\"", units.collect::<String>())
        } else {
            serde_json::to_string(&text).expect("text is JSON")
        }
    })
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        string(),
        string_regex("-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?")
            .expect("a valid pattern"),
        prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 16, 4, |value| {
        prop_oneof![
            (vec(value.clone(), 0..4), space()).prop_map(|(items, space)| format!(
                "[{space}{}]",
                items.join(&format!(",{space}"))
            )),
            (vec((key(), value), 0..4), space()).prop_map(|(members, space)| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("{key}{space}:{value}{space}"))
                    .collect();
                format!("{{{space}{}}}", members.join(","))
            }),
        ]
    })
}

/// A key, mostly one that the columns select.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["\"a\"", "\"b\"", "\"\\u0063\"", "\"d\""]).prop_map(str::to_owned),
        1 => string(),
    ]
}

fn record() -> impl Strategy<Value = String> {
    (vec((key(), value()), 0..6), space()).prop_map(|(members, space)| {
        let members: Vec<_> = members
            .iter()
            .map(|(key, value)| format!("{key}:{space}{value}"))
            .collect();
        format!("{{{}{space}}}", members.join(","))
    })
}

fn columns() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        3 => string_regex("[a-d](\\.[a-d])?").expect("a valid pattern"),
        1 => text(),
    ];
    // A CSV reader strips a byte-order mark at the start of a file, so the first name must not start with one.
    vec(name, 1..5).prop_filter("a leading byte-order mark", |names| {
        !names[0].starts_with('\u{feff}')
    })
}

fn spellings(records: &[Box<RawValue>]) -> Vec<&str> {
    records.iter().map(|record| record.get()).collect()
}

proptest! {
    #[test]
    fn page_of_any_records_holds_them_verbatim(
        records in vec(record(), 0..5),
        number in 1_u64..40,
        total in 0_u64..500,
        parameter in (text(), text()),
    ) {
        let parameters = owned(&[(&parameter.0, &parameter.1)]);
        let info = page(number, total, &parameters);
        for api in ApiRegistry::built_in() {
            let mut out = Vec::new();
            write_page(&api.envelope, &info, &records, &mut out).unwrap();
            let read: HashMap<String, Box<RawValue>> = serde_json::from_slice(&out).unwrap();
            let read = read[api.envelope.records_key()].get();
            let read: Vec<Box<RawValue>> = serde_json::from_str(read).unwrap();
            prop_assert_eq!(spellings(&read), &records[..]);
        }

        let mut array = ArrayWriter::new(Vec::new());
        for record in &records {
            array.write(record.as_bytes()).unwrap();
        }
        let out = array.finish().unwrap();
        let read: Vec<Box<RawValue>> = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(spellings(&read), &records[..]);
    }

    #[test]
    fn ndjson_of_any_record_is_one_line_of_the_same_tokens(record in record()) {
        let mut out = Vec::new();
        write_ndjson(record.as_bytes(), &mut out).unwrap();
        let line = String::from_utf8(out).unwrap();
        let line = line.strip_suffix('\n').unwrap();
        prop_assert!(!line.contains(['\n', '\r']));
        let mut expected = Vec::new();
        idq_json::compact(record.as_bytes(), &mut expected);
        let mut actual = Vec::new();
        idq_json::compact(line.as_bytes(), &mut actual);
        prop_assert_eq!(actual, expected);
    }

    #[test]
    fn csv_of_any_records_reads_back_as_their_cells(records in vec(record(), 0..5), names in columns()) {
        let columns = ColumnSet::new(names.clone());
        let mut csv = CsvWriter::new(Vec::new(), columns.clone(), FormulaPolicy::Keep).unwrap();
        for record in &records {
            csv.write(record.as_bytes()).unwrap();
        }
        let out = csv.finish().unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
        let mut rows = reader.records().map(Result::unwrap);
        let header = rows.next().unwrap();
        prop_assert_eq!(header.iter().collect::<Vec<_>>(), names);
        for record in &records {
            let row = rows.next().unwrap();
            for (field, cell) in row.iter().zip(columns.read(record.as_bytes()).unwrap()) {
                match cell {
                    Cell::Missing | Cell::Scalar(Scalar::Null) => prop_assert_eq!(field, ""),
                    Cell::Scalar(Scalar::String(text)) => prop_assert_eq!(field, text.decode()),
                    Cell::Scalar(Scalar::Number(spelling)) => prop_assert_eq!(field, spelling),
                    Cell::Scalar(Scalar::Boolean(boolean)) => prop_assert_eq!(field, boolean.to_string()),
                    Cell::Container(json) => {
                        let mut compact = Vec::new();
                        idq_json::compact(json, &mut compact);
                        prop_assert_eq!(field.as_bytes(), compact);
                    }
                }
            }
        }
        prop_assert!(rows.next().is_none());
    }

    #[test]
    fn csv_of_any_text_has_no_formula(text in text()) {
        let record = serde_json::json!({ "a": text }).to_string();
        let mut csv =
            CsvWriter::new(Vec::new(), ColumnSet::new([text.as_str(), "a"]), FormulaPolicy::Neutralise)
                .unwrap();
        csv.write(record.as_bytes()).unwrap();
        let out = csv.finish().unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
        for row in reader.records() {
            for field in &row.unwrap() {
                let visible = field
                    .chars()
                    .find(|&character| !character.is_whitespace() && !idq_grammar::is_hidden(character));
                prop_assert!(
                    !visible.is_some_and(|character| "=+-@＝＋－＠﹢﹣﹦﹫\u{2212}".contains(character)),
                    "{field:?}"
                );
                prop_assert!(!field.starts_with(['\t', '\r', '\n']), "{field:?}");
                let ours = ["", "a", text.as_str()].contains(&field);
                // The cell without its one mark is the text.
                prop_assert!(ours || field.strip_prefix('\'') == Some(text.as_str()));
            }
        }
    }

    /// JSON for a terminal parses to the same value and has visible characters only.
    #[test]
    fn json_on_a_terminal_parses_to_the_same_value(record in record(), split in 1_usize..9) {
        let mut terminal = TerminalWriter::new(Vec::new(), TerminalEncoding::Json);
        for bytes in record.as_bytes().chunks(split) {
            terminal.write_all(bytes).unwrap();
        }
        let shown = String::from_utf8(terminal.finish().unwrap()).unwrap();
        let hidden = |character: char| {
            idq_grammar::is_hidden(character) && !matches!(character, '\n' | '\t')
        };
        prop_assert!(!shown.contains(hidden), "{shown:?}");
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).ok();
        prop_assert_eq!(read(&shown), read(&record));
    }

    #[test]
    fn table_of_any_records_is_no_wider_than_the_terminal(
        records in vec(record(), 0..5),
        names in columns(),
        width in prop::option::of(1_usize..60),
    ) {
        let mut table = Table::new(ColumnSet::new(names), width, Colour::Plain);
        for record in &records {
            table.push(record.as_bytes()).unwrap();
        }
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        let lines: Vec<_> = shown.strip_suffix('\n').unwrap().split('\n').collect();
        let rows = records.len() + 2;
        prop_assert!(lines.len() == rows || lines.len() == rows + 1 && width.is_some());
        for line in &lines {
            prop_assert!(line.width() <= width.unwrap_or(usize::MAX), "{line:?}");
            prop_assert!(!line.contains(|character: char| {
                character.is_control() || ('\u{202a}'..='\u{202e}').contains(&character)
            }), "{line:?}");
        }
        // The rule is as wide as the table.
        if width.is_none() {
            prop_assert!(lines[2..].iter().all(|line| line.width() <= lines[1].width()));
        }
    }
}
