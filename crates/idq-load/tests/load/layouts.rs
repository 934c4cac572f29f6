//! Tests that the same records in every layout and compression, in memory and in files, give the same snapshot.

use std::path::Path;

use idq_load::{Columns, Loader, Source, expand};
use idq_snapshot::{Compression, LoadErrorKind};

use crate::support::{
    Generator, Shape, View, api_of, array, dump, gzip, in_parts, load, ndjson, records, view, zstd,
};

/// Returns a dump of each layout, and whether its records are spelled as they were generated.
fn layouts(generator: Generator, rows: u64) -> Vec<(&'static str, Vec<u8>, bool)> {
    let records = records(generator, rows);
    let pages = dump(generator, rows, Shape::Pages);
    let pages: Vec<&[u8]> = pages.split(|&byte| byte == b'\n').collect();
    let pages = &pages[..pages.len() - 1];
    let lines = ndjson(&records);
    let whole = array(&records);
    let pretty_pages: Vec<Vec<u8>> = pages.iter().map(|page| pretty(page)).collect();
    let crlf = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace('\n', "\r\n")
    };
    let line_per_item = [b"[\n", &records.join(&b",\n"[..])[..], b"\n]\n"].concat();
    vec![
        ("array", whole.clone(), true),
        ("array, a record on each line", line_per_item, true),
        ("lines", lines.clone(), true),
        (
            "lines, the last without its end",
            lines[..lines.len() - 1].to_vec(),
            true,
        ),
        ("lines, CRLF", crlf(&lines).into_bytes(), true),
        (
            "lines with blank ones between",
            records.join(&b"\n\n \n"[..]),
            true,
        ),
        ("records without space", records.concat(), true),
        ("a page on each line", ndjson(pages), true),
        ("pages without space", pages.concat(), true),
        ("array of pages", array(pages), true),
        (
            "data first",
            pages.iter().flat_map(|page| data_first(page)).collect(),
            true,
        ),
        (
            "an array on each line",
            ndjson(&records.chunks(9).map(array).collect::<Vec<_>>()),
            true,
        ),
        ("pretty array", pretty(&whole), false),
        (
            "pretty array, CRLF",
            crlf(&pretty(&whole)).into_bytes(),
            false,
        ),
        (
            "pretty records",
            records
                .iter()
                .map(|record| pretty(record))
                .collect::<Vec<_>>()
                .concat(),
            false,
        ),
        ("pretty pages", pretty_pages.concat(), false),
        ("pretty array of pages", pretty(&array(pages)), false),
    ]
}

fn pretty(json: &[u8]) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_slice(json).unwrap();
    serde_json::to_string_pretty(&value).unwrap().into_bytes()
}

/// Returns a page with its records as the first member.
fn data_first(page: &[u8]) -> Vec<u8> {
    let page = std::str::from_utf8(page).unwrap();
    let Some((number, rest)) = page.split_once(",\"data\":") else {
        return page.into();
    };
    let end = rest.find("],\"first_page_url\"").unwrap() + 1;
    format!(
        "{{\"data\":{},{}{}",
        &rest[..end],
        &number[1..],
        &rest[end..]
    )
    .into_bytes()
}

fn check(view: &View, expected: &View, verbatim: bool, name: &str) {
    assert_eq!(view.ids(), expected.ids(), "{name}");
    assert!(view.rejects.is_empty(), "{name}");
    assert_eq!(view.cells, expected.cells, "{name}");
    if verbatim {
        assert_eq!(view.records, expected.records, "{name}");
    } else {
        for (record, expected) in view.records.iter().zip(&expected.records) {
            let value = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).unwrap();
            assert_eq!(value(record), value(expected), "{name}");
        }
    }
    assert_eq!(
        (&view.url, &view.unknown),
        (&expected.url, &expected.unknown),
        "{name}"
    );
}

#[test]
fn layouts_and_compressions_of_the_same_records_load_equally() {
    for &generator in Generator::ALL {
        let expected = load(ndjson(&records(generator, 200)));
        assert_eq!(expected.records, records(generator, 200));
        assert_eq!(expected.api, api_of(generator).name);
        for (name, bytes, verbatim) in layouts(generator, 200) {
            check(&load(bytes.clone()), &expected, verbatim, name);
            let marked = [b"\xEF\xBB\xBF", &bytes[..]].concat();
            for (form, bytes) in [
                ("marked", marked.clone()),
                ("gzip", gzip(&bytes)),
                ("zstd", zstd(&bytes)),
                ("marked, gzip in members", in_parts(&marked, gzip)),
                ("marked, zstd in frames", in_parts(&marked, zstd)),
            ] {
                check(
                    &load(bytes),
                    &expected,
                    verbatim,
                    &format!("{name}, {form}"),
                );
            }
        }
    }
}

#[test]
fn files_folders_and_globs_are_loaded_in_order() {
    for &generator in Generator::ALL {
        let expected = load(ndjson(&records(generator, 60)));
        let folder = idq_testing::folder();
        let inside = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir(inside("more")).unwrap();
        let records = records(generator, 60);
        // The name of a file does not determine its compression.
        write(inside("a.txt"), &gzip(&ndjson(&records[..20])));
        write(inside("b.json.gz"), &array(&records[20..30]));
        write(inside("more/c"), &zstd(&array(&records[30..50])));
        write(inside("more/d"), &records[50..].concat());
        write(inside(".hidden"), b"no dump at all");
        write(inside("more/.hidden"), b"no dump at all");
        for names in [
            vec![inside("")],
            vec![inside("*")],
            vec![inside("?.*"), inside("more")],
            vec![inside("a.txt"), inside("[b-z].*"), inside("more/*")],
        ] {
            let sources = expand(&names).unwrap().sources;
            assert_eq!(sources.len(), 4, "{names:?}");
            let snapshot = Loader::new(sources).columns(Columns::All).load().unwrap();
            let compression: Vec<_> = snapshot
                .sources()
                .iter()
                .map(|one| one.compression)
                .collect();
            let none = Compression::None;
            assert_eq!(
                compression,
                [Compression::Gzip, none, Compression::Zstd, none]
            );
            let counts: Vec<_> = snapshot.sources().iter().map(|one| one.records).collect();
            assert_eq!(counts, [20, 10, 20, 10]);
            check(&view(&snapshot), &expected, true, "files");
        }
    }
}

fn write(path: impl AsRef<Path>, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn pages_in_many_files_are_loaded_in_order() {
    let expected = load(ndjson(&records(Generator::PROVISIONR, 200)));
    let pages = dump(Generator::PROVISIONR, 200, Shape::Pages);
    let folder = idq_testing::folder();
    for (number, page) in pages.split(|&byte| byte == b'\n').enumerate() {
        if !page.is_empty() {
            write(folder.path().join(format!("page-{number:03}.json")), page);
        }
    }
    let load = |block| {
        let sources = expand(&[folder.path()]).unwrap().sources;
        let loader = Loader::new(sources).columns(Columns::All).block_size(block);
        view(&loader.load().unwrap())
    };
    for block in [1, 30_000, 60_000, 8 << 20] {
        check(&load(block), &expected, true, "pages in files");
    }
}

#[test]
fn names_without_a_match_are_refused() {
    let folder = idq_testing::folder();
    let kind = |name: &str| *expand(&[name]).unwrap_err().kind;
    let inside = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(matches!(kind(&inside("")), LoadErrorKind::EmptyFolder));
    assert!(matches!(
        kind(&inside("no.json")),
        LoadErrorKind::NoSuchSource
    ));
    assert!(matches!(
        kind(&inside("*.json")),
        LoadErrorKind::NoSuchSource
    ));
    assert!(matches!(kind(&inside("[")), LoadErrorKind::NoSuchSource));
    assert_eq!(expand(&["-"]).unwrap().sources, [Source::Stdin]);
    let twice = *expand(&["-", "-"]).unwrap_err().kind;
    assert!(matches!(twice, LoadErrorKind::StdinTwice));
}

/// The bytes from which the API is detected are not read again.
#[cfg(unix)]
#[test]
fn pipe_as_a_source_is_read_once() {
    let folder = idq_testing::folder();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let bytes = ndjson(&records(Generator::PROVISIONR, 400));
    let expected = load(bytes.clone());
    for bytes in [bytes.clone(), gzip(&bytes)] {
        let view = std::thread::scope(|scope| {
            scope.spawn(|| std::fs::write(&pipe, bytes).unwrap());
            let source = Source::Stream(pipe.clone());
            let loader = Loader::new(vec![source]).columns(Columns::All);
            view(&loader.load().unwrap())
        });
        check(&view, &expected, true, "a pipe");
    }
}

/// An ordinary `open` of a pipe without a writer would block forever.
#[cfg(unix)]
#[test]
fn file_source_that_is_a_pipe_or_a_device_is_refused_without_blocking() {
    let folder = idq_testing::folder();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for (path, found) in [(&*pipe, "a pipe"), ("/dev/zero".as_ref(), "a device")] {
        let error = Loader::new(vec![path.into()]).load().unwrap_err();
        let expected = format!("expected a regular file, found {found}");
        assert!(error.to_string().ends_with(&expected), "{error}");
    }
    let expanded = expand(&[&pipe]).unwrap().sources;
    assert_eq!(expanded, [Source::Stream(pipe)]);
}

#[test]
fn record_with_a_pages_key_for_records_is_a_record() {
    let bytes = br#"[{"data":[1,2],"id":"a","state":"active"},{"items":[],"state":"x","id":"b"}]"#;
    let view = load(&bytes[..]);
    assert_eq!(view.ids(), "a b");
    assert_eq!(view.unknown, ["data", "items"]);
}

#[test]
fn page_without_records_loads_none() {
    let bytes =
        br#"{"current_page":1,"data":[],"total":0} {"data":[ ],"current_page":2,"total":0}"#;
    assert_eq!(load(&bytes[..]).ids(), "");
    let bytes = br#"{"items":[],"totalCount":0,"page":1,"pageSize":50,"totalPages":0}"#;
    assert_eq!(load(&bytes[..]).api, "permission-assist");
}
