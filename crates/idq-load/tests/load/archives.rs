//! Tests of archives, and of folders and patterns with files that are no dumps.

use std::io::Write;
use std::path::Path;

use idq_load::{Expansion, expand};
use idq_snapshot::LoadErrorKind;
use insta::assert_snapshot;

use crate::saved_files::utf16;
use crate::support::{Generator, array, gzip, load, ndjson, records, view, zstd};

/// Returns a zip archive of some files.
pub(crate) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Returns a tar archive of some files.
fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn expand_path(path: &Path) -> Expansion {
    expand(&[path]).unwrap()
}

/// Returns the ignored entries, without the folder.
fn ignored(expansion: &Expansion, folder: &Path) -> String {
    let prefix = format!("{}/", folder.display());
    let entries = expansion.ignored.iter();
    let lines: Vec<String> = entries
        .map(|entry| entry.to_string().replace(&prefix, ""))
        .collect();
    lines.join("\n")
}

#[test]
fn dumps_in_archives_are_read() {
    let all = records(Generator::PROVISIONR, 12);
    let expected = load(array(&all));
    let (one, two) = (array(&all[..5]), gzip(&ndjson(&all[5..])));
    let files: &[(&str, &[u8])] = &[
        ("b/two.ndjson.gz", &two),
        ("a/one.json", &one),
        ("readme.txt", b"hello"),
        ("list.csv", b"id,mail\n1,2\n"),
        (".hidden.json", b"[]"),
        ("__MACOSX/a/._one.json", b"\0\x05"),
        ("inner.zip", b"PK\x05\x06"),
        ("empty", b""),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("dumps.zip", zip_of(files)),
        ("dumps.tar", tar_of(files)),
        ("dumps.tar.gz", gzip(&tar_of(files))),
        ("dumps.tar.zst", zstd(&tar_of(files))),
        ("dumps.zip.gz", gzip(&zip_of(files))),
        // Two archives, joined.
        (
            "joined.tar",
            [tar_of(&files[..1]), tar_of(&files[1..])].concat(),
        ),
        // The name decides nothing.
        ("dumps", zip_of(files)),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let expansion = expand_path(&path);
        let entries = ignored(&expansion, &path);
        assert_eq!(
            entries,
            "empty: empty\ninner.zip: an archive inside an archive\nlist.csv: a CSV file\nreadme.txt: not JSON",
            "{name}"
        );
        let loaded = idq_load::Loader::new(expansion.sources).load().unwrap();
        assert_eq!(view(&loaded).records, expected.records, "{name}");
        assert!(
            loaded.sources()[0]
                .name
                .ends_with(&format!("{name}/a/one.json"))
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn archives_that_cannot_be_read_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let message = |bytes: Vec<u8>| {
        let path = folder.path().join("archive");
        std::fs::write(&path, bytes).unwrap();
        let error = expand(&[&path]).unwrap_err().to_string();
        error.replace(&format!("{}/", folder.path().display()), "")
    };
    let good = zip_of(&[("a.json", br#"[{"id":"a"}]"#)]);
    let mut damaged = good.clone();
    damaged[40] ^= 0xFF;
    let cut_tar = tar_of(&[("a.json", &[b'['; 4096])])[..2048].to_vec();
    let messages = [
        message(good[..good.len() - 30].to_vec()),
        message(damaged),
        message([good.clone(), good.clone()].concat()),
        message({
            let record = format!(r#"[{{"id":"{}"}}]"#, "a".repeat(100_000));
            let mut bytes = gzip(&tar_of(&[("a.json", record.as_bytes())]));
            let at = bytes.len() - 6;
            bytes[at] ^= 1;
            bytes
        }),
        message(zip_of(&[("notes.txt", b"x")])),
        message(zip_of(&[])),
        message(cut_tar),
    ];
    assert_snapshot!(messages.join("\n"), @"
    archive: cannot read the archive (invalid Zip archive: Could not find EOCD)
    archive: cannot read the archive (a.json: Invalid checksum)
    archive: cannot read the archive (other data precede it: are these several archives, joined?)
    archive: cannot read the archive (corrupt gzip stream does not have a matching checksum)
    archive: expected dumps (JSON), found none; archive/notes.txt: not JSON
    archive: expected dumps (JSON), found none; it has no files
    archive: cannot read the archive (unexpected EOF during skip)
    ");
    // A document of an office program is an archive as well.
    let path = folder.path().join("people.xlsx");
    let members: &[(&str, &[u8])] = &[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"")];
    std::fs::write(&path, zip_of(members)).unwrap();
    let sources = expand_path(&path).sources;
    let error = idq_load::Loader::new(sources)
        .load()
        .unwrap_err()
        .to_string();
    assert!(error.contains("a document of an office program"), "{error}");
}

#[test]
fn files_that_are_no_dumps_are_passed_over_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let record = r#"{"id":"a","vendor_id":"1"}"#;
    for (name, bytes) in [
        ("README.md", b"# Exports\n".to_vec()),
        ("a.json", record.as_bytes().to_vec()),
        ("b.json.gz", gzip(record.as_bytes())),
        ("c.json", utf16(&format!("\u{feff} {record}"), false)),
        ("d.json", format!("\u{feff}\n\x1E{record}").into_bytes()),
        ("e.zip", zip_of(&[("x.json", record.as_bytes())])),
        ("export.log", b"12:00 done\n".to_vec()),
        ("page.html", b"<html>".to_vec()),
        ("sheet.csv.gz", gzip(b"id,mail\n1,2\n")),
        ("sheet.xlsx", zip_of(&[("[Content_Types].xml", b"")])),
    ] {
        std::fs::write(path(name), bytes).unwrap();
    }
    for name in [folder.path().to_owned(), path("*")] {
        let expansion = expand_path(&name);
        assert_eq!(expansion.sources.len(), 5);
        insta::allow_duplicates! {
            assert_snapshot!(ignored(&expansion, folder.path()), @"
            README.md: a line that starts with `#` or `//`
            export.log: not JSON
            page.html: an HTML page
            sheet.csv.gz: a CSV file
            sheet.xlsx: a document of an office program
            ");
        }
        let loaded = idq_load::Loader::new(expansion.sources).load().unwrap();
        assert_eq!(loaded.rows(), 5);
    }
    for name in ["a.json", "b.json.gz", "c.json", "d.json", "e.zip"] {
        std::fs::remove_file(path(name)).unwrap();
    }
    let error = expand(&[folder.path()]).unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::NoDump(_)), "{error}");
}

#[test]
fn archives_without_dumps_are_passed_over_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let record = br#"{"id":"a","vendor_id":"1"}"#;
    let inner = zip_of(&[("a.json", record)]);
    for (name, bytes) in [
        ("a.json", record.to_vec()),
        ("empty.zip", zip_of(&[])),
        ("nested.zip", zip_of(&[("inner.zip", &inner)])),
        (
            "notes.zip",
            zip_of(&[("a.txt", b"x" as &[u8]), ("b.txt", b"y")]),
        ),
        ("notes.tar", tar_of(&[("notes.txt", b"x")])),
    ] {
        std::fs::write(path(name), bytes).unwrap();
    }
    for name in [folder.path().to_owned(), path("*")] {
        let expansion = expand_path(&name);
        assert_eq!(expansion.sources, [path("a.json").into()]);
        insta::allow_duplicates! {
            assert_snapshot!(ignored(&expansion, folder.path()), @"
            empty.zip: an archive without dumps
            nested.zip: an archive without dumps
            notes.tar: an archive without dumps
            notes.zip: an archive without dumps
            ");
        }
    }
    let message = |name: &Path| {
        let error = expand(&[name]).unwrap_err().to_string();
        error.replace(&format!("{}", folder.path().display()), "folder")
    };
    std::fs::remove_file(path("a.json")).unwrap();
    assert_snapshot!(message(folder.path()), @"folder: expected dumps (JSON), found none; folder/notes.zip: an archive without dumps");
    assert_snapshot!(message(&path("nested.zip")), @"folder/nested.zip: expected dumps (JSON), found none; folder/nested.zip/inner.zip: an archive inside an archive");
    // Data that are lost must not look like a file without records.
    std::fs::write(path("damaged.zip"), &inner[..inner.len() - 30]).unwrap();
    assert_snapshot!(message(folder.path()), @"folder/damaged.zip: cannot read the archive (invalid Zip archive: Could not find EOCD)");
}

#[test]
fn files_are_listed_without_reading_them() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.json", "b.zip", "notes.txt"] {
        std::fs::write(folder.path().join(name), "PK\x03\x04").unwrap();
    }
    let listed = idq_load::list_files(&[folder.path()]).unwrap();
    let names = ["a.json", "b.zip", "notes.txt"].map(|name| folder.path().join(name));
    assert_eq!(listed, names);
}
