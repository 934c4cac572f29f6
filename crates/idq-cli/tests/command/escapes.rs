//! No command, message or format writes a hidden character, or one that a terminal interprets, to a terminal.

use std::fs;

use crate::terminal::terminal_of_any_status;
use crate::{Idq, folder};

/// Text with escape and its C1 forms, bell, delete, marks of direction, line separators and invisible characters, which can
/// be written in the single quotes of a shell.
const HOSTILE: &str = "x\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}31m\u{90}\u{85}\u{7f}\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}\u{2028}\u{2029}\u{200b}\u{feff}\u{e0041}\u{ad}\u{3164}y";

/// The characters of [`HOSTILE`] that must not appear.
fn is_hostile(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || (!character.is_ascii() && HOSTILE.contains(character))
}

/// Creates a folder with a dump of each API that has [`HOSTILE`] text in every possible place, raw and escaped.
fn hostile_folder() -> tempfile::TempDir {
    let folder = folder();
    // JSON strings may contain all of these characters unescaped, except control characters.
    let raw: String = HOSTILE
        .chars()
        .filter(|character| *character as u32 >= 0x20)
        .collect();
    let escaped: String = HOSTILE
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let record = |text: &str, id: &str| {
        format!(
            concat!(
                r#"{{"id":"{id}{text}","state":"{text}","vendor_id":"A{text}","email":"{text}@E.example","#,
                r#""{text}":1,"nick\u009bname":1,"profile":{{"ti\u202etle":1,"{text}":"{text}","k":{{"{text}":["{text}\n{text}"]}}}},"#,
                r#""timestamp":{{"deleted_at":null}}}}"#
            ),
            text = text,
            id = id
        )
    };
    let (raw, escaped) = (record(&raw, "a"), record(&escaped, "b"));
    let write = |name: &str, bytes: &str| fs::write(folder.path().join(name), bytes).unwrap();
    write("dump.ndjson", &format!("{raw}\n{escaped}\n"));
    // White space between tokens may contain carriage returns.
    write("spaced.json", &format!("[\r\n\t{raw} ,\r{escaped}\r\n]"));
    write(&format!("f{HOSTILE}.ndjson"), &raw);
    write(
        "bad.ndjson",
        &format!(
            "{raw}\n{}\n",
            raw.replace(r#""state":"#, r#""state":7,"state":"#)
        ),
    );
    let bad = raw.replace(r#""email":"#, r#""email":{"#);
    write("worse.ndjson", &format!("{bad}\n"));
    write(
        "typed.ndjson",
        &raw.replace(r#""vendor_id":"#, r#""vendor_id":true,"x":"#),
    );
    write("bytes.ndjson", "");
    fs::write(
        folder.path().join("bytes.ndjson"),
        b"{\"id\":\"a\x9b\x1b\xff\",\"state\":\"s\",\"vendor_id\":\"v\"}\n",
    )
    .unwrap();
    folder
}

/// Commands for a shell; `N` is replaced by the quoted text.
const LINES: &[&str] = &[
    // Formats on a terminal.
    "idq query dump.ndjson",
    "idq query dump.ndjson --color always",
    "idq query dump.ndjson -o json",
    "idq query dump.ndjson -o json --bare",
    "idq query spaced.json -o json --all",
    "idq query spaced.json -o ndjson",
    "idq query dump.ndjson -o csv",
    "idq query dump.ndjson -o csv --raw-csv --all",
    "idq query dump.ndjson -o table --columns id,state,profile,profile.kN,N",
    "idq query dump.ndjson -o csv --columns id,profile.N,N,N",
    "idq get spaced.json --id N",
    "idq get spaced.json --id aN",
    "idq info dump.ndjson",
    "idq info dump.ndjson -o json",
    "idq info 'fN.ndjson'",
    "idq fields",
    "idq fields -o json",
    "idq count dump.ndjson",
    "idq export dump.ndjson --format csv -o -",
    "idq export dump.ndjson --format ndjson -o -",
    "idq export dump.ndjson --format csv -o /dev/tty",
    "idq export spaced.json --format ndjson -o /dev/tty",
    "idq export dump.ndjson --format parquet -o /dev/tty",
    "idq export dump.ndjson --format arrow -o -",
    "idq pack dump.ndjson -o p.packed && idq unpack p.packed && idq info p.packed && idq query p.packed && idq verify p.packed",
    "idq generate --api provisionr --rows 3",
    "idq man && idq man query && idq completions bash && idq completions zsh && idq --help",
    // Errors of the request.
    "idq count dump.ndjson -q N",
    "idq count dump.ndjson -q 'filter[N]=N'",
    "idq count dump.ndjson -q 'filter[state]=N&filter[N=x'",
    "idq count dump.ndjson -q 'https://h.exampleN/N?filter[state]=N'",
    "idq count dump.ndjson -q 'https://h.example/api/v1/directory/identities/N'",
    "idq query dump.ndjson -q 'filter[email]=N' -o json",
    "idq query dump.ndjson -q 'https://h.exampleN/api/v1/directory/identities?page=1' -o json",
    "idq count dump.ndjson -f N",
    "idq count dump.ndjson -f N=N",
    "idq count dump.ndjson -f state=N -f trashed=N -f created_after=N",
    "idq query dump.ndjson -s N,-N -p N --per-page N",
    "idq count dump.ndjson --now N",
    "idq count dump.ndjson -f state=XN -f vendor_id=aN",
    "idq count dump.ndjson -f state=N -f vendor_id=aN",
    // Errors of the command line.
    "idq N",
    "idq count --N",
    "idq count dump.ndjson --threads N",
    "idq count dump.ndjson --api N",
    "idq query dump.ndjson -o N",
    "idq count dump.ndjson --color N --on-bad-record N --conformance N",
    "idq pack dump.ndjson -o p.idq --level N",
    "idq pack dump.ndjson -o p.idq --memory N",
    "idq generate --api N --rows N --seed N --shape N",
    "idq man N",
    "idq completions N",
    // Columns and partitions.
    "idq query dump.ndjson -o csv --columns N,id.N",
    "idq query dump.ndjson -o csv --columns nickname",
    "idq query dump.ndjson -o csv --columns profile.title,profile.xy,profile.k.xy,profile.N.N",
    "idq export dump.ndjson --format csv -o - --columns xy,N.N,profile.xy",
    "idq export dump.ndjson --format parquet -o o.parquet --columns id,N,N",
    "idq export dump.ndjson --format csv -o by --partition-by N",
    "idq export dump.ndjson --format csv -o 'byN' --partition-by state",
    "idq export dump.ndjson --format csv -o 'byN' --partition-by state",
    // Files and paths.
    "idq count N",
    "idq count 'N/*'",
    "idq count 'N['",
    "idq count 'fN.ndjson' -q N",
    "idq get 'fN.ndjson' --id N",
    "idq count bad.ndjson && idq count worse.ndjson",
    "idq count worse.ndjson",
    "idq count typed.ndjson",
    "idq count bytes.ndjson",
    "idq query bytes.ndjson --on-bad-record skip -o json",
    "idq count worse.ndjson --on-bad-record skip --rejects 'rN'",
    "idq count worse.ndjson --on-bad-record skip --rejects /dev/stdout",
    "idq count worse.ndjson --on-bad-record skip --rejects /dev/tty",
    "idq pack dump.ndjson -o tty.packed && idq unpack tty.packed -o /dev/tty",
    "idq count worse.ndjson --on-bad-record skip --rejects 'N/r'",
    "idq count dump.ndjson --on-bad-record skip --rejects dump.ndjson",
    "idq pack dump.ndjson -o 'N/p.idq'",
    "idq pack dump.ndjson -o 'pN.idq' && idq query 'pN.idq' && idq verify 'pN.idq' && idq unpack 'pN.idq'",
    "idq unpack N",
    "idq unpack 'fN.ndjson'",
    "idq verify N",
    "idq verify 'fN.ndjson'",
    "idq export dump.ndjson -o 'N/out.csv'",
    "idq export dump.ndjson -o 'oN.csv'",
    "idq export dump.ndjson -o 'oN.csv' --format parquet",
    "idq export dump.ndjson -o 'oN.idq'",
    "idq export dump.ndjson -o oN",
    "idq generate --api provisionr --rows 3 -o 'N/g'",
];

#[test]
fn output_of_any_command_to_a_terminal_has_no_hidden_character() {
    let folder = hostile_folder();
    for line in LINES {
        // Existing quotes belong to the text.
        let quoted: Vec<String> = line.split(' ').map(quoted).collect();
        let line = quoted.join(" ");
        let (seen, _) = terminal_of_any_status(&line, folder.path());
        let ours = seen
            .replace("\u{1b}[0m", "")
            .replace("\u{1b}[1m", "")
            .replace("\u{1b}[2m", "");
        // Help is styled, and quotes no input.
        let ours = if line.contains("--help") {
            ours.replace("\u{1b}[4m", "")
        } else {
            ours
        };
        let hostile = ours.find(is_hostile);
        assert_eq!(hostile.map(|at| &ours[at..]), None, "{line:?}: {seen:?}");
    }
}

/// Replaces `N` in a word by [`HOSTILE`] text in single quotes.
fn quoted(word: &str) -> String {
    let is_ours = |letter: char| letter.is_ascii_alphabetic() && letter != 'N';
    if word == "&&" || !word.contains('N') || word.chars().all(is_ours) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "").replace('N', HOSTILE))
}

#[test]
fn messages_to_a_file_are_escaped() {
    let folder = hostile_folder();
    for words in [
        &["count", HOSTILE][..],
        &["count", "dump.ndjson", "-f", HOSTILE],
        &["count", "dump.ndjson", HOSTILE],
        &[HOSTILE],
        &["count", &format!("--{HOSTILE}")],
        &["query", "dump.ndjson", "-o", "csv", "--columns", "nickname"],
        &[
            "query",
            "dump.ndjson",
            "-o",
            "csv",
            "--columns",
            HOSTILE,
            "-s",
            HOSTILE,
        ],
        &["get", "dump.ndjson", "--id", HOSTILE],
    ] {
        let ran = Idq::new(words).within(&folder).run();
        assert_ne!(ran.stderr, "", "{words:?}");
        assert!(
            !ran.stderr.contains(is_hostile),
            "{words:?}: {:?}",
            ran.stderr
        );
    }
}

#[test]
fn suggested_key_of_a_dump_is_escaped() {
    let folder = hostile_folder();
    for (column, expected) in [
        ("nickname", r"did you mean `nick\u{9b}name`?"),
        (
            "profile.title",
            r#"did you mean `profile."ti\u{202e}tle"`?"#,
        ),
    ] {
        let words = ["query", "dump.ndjson", "-o", "csv", "--columns", column];
        let ran = Idq::new(words).within(&folder).run();
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn value_of_many_lines_cannot_forge_a_message() {
    for line in ["count provisionr.json -f", "get provisionr.json --id"] {
        let words = line.split(' ').chain(["a\nerror: forged\nhint: forged"]);
        let ran = Idq::new(words).run();
        let forged =
            |line: &&str| line.starts_with("error: forged") || line.starts_with("hint: forged");
        assert_eq!(ran.stderr.lines().find(forged), None, "{}", ran.stderr);
    }
}

#[test]
fn output_to_a_file_is_verbatim() {
    let folder = hostile_folder();
    let dump = fs::read_to_string(folder.path().join("dump.ndjson")).unwrap();
    for line in [
        "query dump.ndjson -o ndjson --all",
        "export dump.ndjson --format ndjson -o -",
    ] {
        let ran = Idq::new(line.split(' ')).within(&folder).succeeds();
        assert_eq!(ran.text(), dump, "{line}");
    }
}

#[test]
fn output_of_json_to_a_terminal_is_the_same_json() {
    let folder = hostile_folder();
    let line = "idq query dump.ndjson -o json --bare 2>/dev/null";
    let (seen, _) = terminal_of_any_status(line, folder.path());
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    let words = "query dump.ndjson -o json --bare".split(' ');
    let ran = Idq::new(words).within(&folder).succeeds();
    assert_eq!(
        seen,
        serde_json::from_slice::<serde_json::Value>(&ran.stdout).unwrap()
    );
}

#[test]
fn long_argument_is_shortened_in_messages() {
    let long = "x".repeat(60_000);
    for words in [
        &["count", "provisionr.json", "-f", &long][..],
        &["count", "provisionr.json", &format!("--{long}")],
        &["get", "provisionr.json", "--id", &long],
        &["query", "provisionr.json", "-o", "csv", "--columns", &long],
        &["man", &long],
        &[
            "count",
            "provisionr.json",
            "-q",
            &format!("/api/v1/directory/identities/{long}"),
        ],
    ] {
        let ran = Idq::new(words).run();
        assert!(
            ran.stderr.len() < 10_000,
            "{:?}: {}",
            words[0],
            ran.stderr.len()
        );
        assert_ne!(ran.stderr, "");
    }
}
