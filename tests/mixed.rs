//! Compares a mixed snapshot, of dumps and snapshot files, with the snapshot of the dumps: all answers must be equal.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use idq::render::FormulaPolicy;
use idq::{Columns, Engine, LoadErrorKind, Loader, OnBadRecord, PackOptions, Query, RowId, Source};
use idq_export::{ExportFormat, Exporter};
use idq_testing::{Generator, generate_records, to_ndjson};
use tempfile::TempDir;

/// Records with repeated ids, undocumented keys and states of their own at both ends of the dump.
fn records(generator: Generator) -> Vec<String> {
    let mut records: Vec<String> = generate_records(generator, 400)
        .into_iter()
        .map(|record| String::from_utf8(record.to_vec()).unwrap())
        .collect();
    let (id, state, updated) = if generator == Generator::PROVISIONR {
        (
            "r",
            "state",
            r#""timestamp":{"updated_at":"2026-01-02T00:00:00Z"}"#,
        )
    } else {
        ("r", "status", r#""kind":"Identity""#)
    };
    for (position, value) in [(0, "Aa"), (150, "aA"), (250, "zz"), (400, "Aa")] {
        records.insert(
            position,
            format!(r#"{{"id":"{id}","{state}":"{value}","own{position}":1,{updated}}}"#),
        );
    }
    records
}

/// The same records as dumps and as a mixture of dumps and snapshot files.
struct Pair {
    folder: TempDir,
    dumps: Vec<PathBuf>,
    mixed: Vec<PathBuf>,
}

impl Pair {
    /// Writes records as three dumps, and packs those of the positions in `packed`.
    fn new(records: &[String], packed: &[usize]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mut dumps, mut mixed) = (Vec::new(), Vec::new());
        for (part, records) in records.chunks(records.len().div_ceil(3)).enumerate() {
            let dump = folder.path().join(format!("{part}.ndjson"));
            std::fs::write(&dump, to_ndjson(records)).unwrap();
            let file = folder.path().join(format!("{part}.idq"));
            if packed.contains(&part) {
                let engine = Engine::load(loader(std::slice::from_ref(&dump))).unwrap();
                engine.pack(&file, &PackOptions::default()).unwrap();
                mixed.push(file);
            } else {
                mixed.push(dump.clone());
            }
            dumps.push(dump);
        }
        Self {
            folder,
            dumps,
            mixed,
        }
    }

    /// Loads both, with many chunks of dumps.
    fn load(&self, settings: impl Fn(Loader<'static>) -> Loader<'static>) -> [Engine; 2] {
        let [dumps, mixed] = [&self.dumps, &self.mixed].map(|paths| {
            let loader = settings(loader(paths));
            Engine::load(loader).unwrap()
        });
        [dumps, mixed]
    }
}

fn loader(paths: &[PathBuf]) -> Loader<'static> {
    let sources = paths.iter().map(|path| Source::from(path.as_path()));
    Loader::new(sources.collect()).block_size(20_000)
}

const GENERATORS: [Generator; 2] = [Generator::PROVISIONR, Generator::PERMISSION_ASSIST];
const PACKED: [&[usize]; 4] = [&[0], &[1], &[0, 2], &[0, 1, 2]];

/// Calls with each mixture, and the snapshot of its dumps.
fn for_each_pair(mut check: impl FnMut(Generator, &Pair, &Engine, &Engine)) {
    for generator in GENERATORS {
        for packed in PACKED {
            let pair = Pair::new(&records(generator), packed);
            let [dumps, mixed] = pair.load(|loader| loader);
            check(generator, &pair, &dumps, &mixed);
        }
    }
}

fn lines(engine: &Engine) -> Vec<u8> {
    let mut lines = Vec::new();
    engine.write_records(&mut lines).unwrap();
    lines
}

fn queries(engine: &Engine, generator: Generator) -> Vec<String> {
    let api_sorts = engine.api().sorts.iter().map(|rule| rule.name.as_str());
    let mut queries: Vec<String> = api_sorts
        .flat_map(|name| [format!("sort={name}"), format!("sort=-{name}")])
        .collect();
    queries.extend(
        if generator == Generator::PROVISIONR {
            [
                "filter[state]=Aa",
                "filter[state]=active&filter[trashed]=with&sort=-email",
                "filter[email_search]=a&sort=created_at",
                "filter[profile_search]=engineering&filter[trashed]=with",
                "filter[created_after]=2024-01-01&sort=-updated_at,email",
                "filter[trashed]=only",
            ]
        } else {
            [
                "filter[status]=Aa",
                "filter[status]=Active&sort=-lastName",
                "filter[firstName_search]=a",
                "",
                "filter[id]=r",
                "filter[kind_search]=i&sort=title",
            ]
        }
        .map(str::to_owned),
    );
    queries
}

#[test]
fn mixed_snapshot_answers_queries_as_its_dumps_do() {
    for_each_pair(|generator, _, dumps, mixed| {
        assert!(!mixed.snapshot().files().is_empty());
        assert!(mixed.snapshot().file().is_none());
        for text in queries(dumps, generator) {
            let query = Query::parse(&text).unwrap();
            let [expected, found] = [dumps, mixed].map(|engine| engine.matches(&query).unwrap());
            // The first query selects its page by top-k, the second builds a sorted index, the third uses it.
            for _ in 0..3 {
                assert_eq!(found.rows().unwrap(), expected.rows().unwrap(), "{text}");
                for page in [1, 2, 9] {
                    let query = query.clone().page(page);
                    let page = |engine: &Engine| {
                        let matches = engine.matches(&query).unwrap();
                        matches.page().unwrap().to_json().unwrap()
                    };
                    assert_eq!(page(mixed), page(dumps), "{text}");
                }
            }
            let total = expected.count().unwrap();
            assert_eq!(found.count().unwrap(), total, "{text}");
            assert_eq!(
                format!("{:?}", found.hints(total)),
                format!("{:?}", expected.hints(total)),
                "{text}"
            );
            assert_eq!(
                found.deleted_left_out().unwrap(),
                expected.deleted_left_out().unwrap()
            );
            let all = |engine: &Engine| -> Vec<Vec<u8>> {
                let records = engine.matches(&query).unwrap().records().unwrap();
                records.map(|record| record.unwrap().into_bytes()).collect()
            };
            assert_eq!(all(mixed), all(dumps), "{text}");
        }
    });
}

#[test]
fn mixed_snapshot_has_the_records_and_facts_of_its_dumps() {
    for_each_pair(|_, pair, dumps, mixed| {
        assert!(lines(mixed) == lines(dumps));
        for id in ["r", "none"] {
            assert_eq!(mixed.get(id).unwrap(), dumps.get(id).unwrap());
        }
        let (one, other) = (dumps.snapshot(), mixed.snapshot());
        assert_eq!(other.repeated_ids(), one.repeated_ids());
        assert_eq!(other.repeated_ids(), 3);
        assert_eq!(other.collection_url(), one.collection_url());
        assert!(other.unknown_fields().eq(one.unknown_fields()));
        assert_eq!(mixed.statistics().unwrap(), dumps.statistics().unwrap());
        assert_eq!(
            mixed.deleted_states().unwrap(),
            dumps.deleted_states().unwrap()
        );
        for row in (0..one.all_rows() as u32).step_by(7).map(RowId) {
            assert_eq!(other.source_of(row), one.source_of(row));
        }
        let reports = |engine: &Engine| -> Vec<(u64, u64)> {
            let sources = engine.snapshot().sources().iter();
            sources
                .map(|source| (source.records, source.bytes))
                .collect()
        };
        assert_eq!(reports(mixed), reports(dumps));
        let packed_from = |path: &Path| {
            let name = path.display().to_string();
            let mut sources = other.sources().iter();
            let source = sources.find(|source| source.name == name).unwrap();
            source
                .packed_from
                .iter()
                .map(|from| from.name.clone())
                .collect::<Vec<_>>()
        };
        for (mixed, dump) in pair.mixed.iter().zip(&pair.dumps) {
            if mixed != dump {
                assert_eq!(packed_from(mixed), [dump.display().to_string()]);
            }
        }
    });
}

#[test]
fn deduplication_drops_the_same_records_of_a_mixed_snapshot() {
    for generator in GENERATORS {
        for packed in PACKED {
            let pair = Pair::new(&records(generator), packed);
            let [dumps, mixed] = pair.load(|loader| loader.dedupe(true));
            assert!(lines(&mixed) == lines(&dumps));
            assert_eq!(mixed.snapshot().dropped(), 3);
            assert_eq!(mixed.statistics().unwrap(), dumps.statistics().unwrap());
            for text in queries(&dumps, generator) {
                let rows = |engine: &Engine| engine.query(&text).unwrap().rows().unwrap();
                assert_eq!(rows(&mixed), rows(&dumps), "{text}");
            }
        }
    }
}

#[test]
fn snapshot_file_alone_drops_duplicates_by_its_columns() {
    for generator in GENERATORS {
        let folder = tempfile::tempdir().unwrap();
        let dump = folder.path().join("dump.ndjson");
        std::fs::write(&dump, to_ndjson(&records(generator))).unwrap();
        let file = folder.path().join("people.idq");
        let dumps = Engine::load(loader(std::slice::from_ref(&dump))).unwrap();
        dumps.pack(&file, &PackOptions::default()).unwrap();
        let [expected, packed] = [dump, file].map(|path| {
            let loader = loader(&[path]).dedupe(true);
            Engine::load(loader).unwrap()
        });
        assert!(packed.snapshot().file().is_some());
        assert!(lines(&packed) == lines(&expected));
        assert_eq!(packed.snapshot().dropped(), 3);
        assert_eq!(packed.statistics().unwrap(), expected.statistics().unwrap());
        for text in queries(&expected, generator) {
            let rows = |engine: &Engine| engine.query(&text).unwrap().rows().unwrap();
            assert_eq!(rows(&packed), rows(&expected), "{text}");
        }
    }
}

#[test]
fn mixed_snapshot_is_packed_and_exported_as_its_dumps_are() {
    for_each_pair(|_, pair, dumps, mixed| {
        let path = |name: &str| pair.folder.path().join(name);
        for (engine, name) in [(dumps, "dumps"), (mixed, "mixed")] {
            let file = path(&format!("{name}.idq"));
            engine.pack(&file, &PackOptions::default()).unwrap();
            idq::verify(&file).unwrap();
            let rows = engine.query("").unwrap().rows().unwrap();
            for (format, ending) in [
                (ExportFormat::CSV, "csv"),
                (ExportFormat::NDJSON, "ndjson.out"),
            ] {
                Exporter::new(engine.snapshot(), format)
                    .with_formula_policy(FormulaPolicy::Keep)
                    .write_to_path(&rows, &path(&format!("{name}.{ending}")))
                    .unwrap();
            }
        }
        for ending in ["csv", "ndjson.out"] {
            let [one, other] = ["dumps", "mixed"]
                .map(|name| std::fs::read(path(&format!("{name}.{ending}"))).unwrap());
            assert!(one == other, "{ending}");
        }
        let [one, other] = ["dumps", "mixed"]
            .map(|name| Engine::open([path(&format!("{name}.idq")).as_path()]).unwrap());
        assert!(lines(&one) == lines(&other));
        assert_eq!(one.statistics().unwrap(), other.statistics().unwrap());
        assert_eq!(
            one.snapshot().repeated_ids(),
            other.snapshot().repeated_ids()
        );
        for sort in one.api().sorts.iter().map(|rule| rule.name.as_str()) {
            let rows = |engine: &Engine| {
                let matches = engine.query(&format!("sort={sort}")).unwrap();
                matches.rows().unwrap()
            };
            assert_eq!(rows(&one), rows(&other), "{sort}");
        }
    });
}

/// Rejects of a dump have bytes, while those of a snapshot file are only counted.
#[test]
fn mixed_snapshot_counts_the_rejects_of_both() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("dump.ndjson");
    let bad = "{\"id\":7}\n";
    std::fs::write(
        &dump,
        format!("{bad}{{\"id\":\"a\",\"vendor_id\":\"1\"}}\n"),
    )
    .unwrap();
    let file = folder.path().join("people.idq");
    let skip =
        |paths: &[PathBuf]| Engine::load(loader(paths).on_bad_record(OnBadRecord::Skip)).unwrap();
    skip(std::slice::from_ref(&dump))
        .pack(&file, &PackOptions::default())
        .unwrap();
    let mixed = skip(&[file, dump]);
    let snapshot = mixed.snapshot();
    assert_eq!(
        (snapshot.rejected_count(), snapshot.rejects().len()),
        (2, 1)
    );
    assert_eq!(snapshot.rejects()[0].source, 1);
    assert_eq!(
        snapshot.rejected(&snapshot.rejects()[0]).unwrap(),
        bad.trim_end().as_bytes()
    );
}

/// A collection URL exists only if all records agree. The metadata of a file record whether its own records disagree.
#[test]
fn collection_url_of_a_mixed_snapshot_is_that_of_all_its_records() {
    let one = "https://one.example/api/v1/directory/identities";
    let other = "https://two.example/api/v1/directory/identities";
    let record = |id: &str, url: Option<&str>| match url {
        Some(url) => format!(r#"{{"id":"{id}","vendor_id":"1","links":{{"self":"{url}/{id}"}}}}"#),
        None => format!(r#"{{"id":"{id}","vendor_id":"1"}}"#),
    };
    let urls = [None, Some(one), Some(other)];
    for first in urls {
        for second in urls {
            for third in urls {
                let records = [record("a", first), record("b", second), record("c", third)];
                for packed in PACKED {
                    let pair = Pair::new(&records, packed);
                    let [dumps, mixed] = pair.load(|loader| loader);
                    let url = dumps.snapshot().collection_url();
                    assert_eq!(mixed.snapshot().collection_url(), url);
                }
                // Three records in one file, and another file that agrees with the first of them.
                let folder = tempfile::tempdir().unwrap();
                let dump = folder.path().join("three.ndjson");
                std::fs::write(&dump, to_ndjson(&records)).unwrap();
                let beside = folder.path().join("beside.ndjson");
                std::fs::write(&beside, record("d", first) + "\n").unwrap();
                let file = folder.path().join("three.idq");
                let engine = Engine::open([dump.as_path()]).unwrap();
                engine.pack(&file, &PackOptions::default()).unwrap();
                let url = |file: &Path| {
                    let engine = Engine::open([file, beside.as_path()]).unwrap();
                    engine.snapshot().collection_url().map(str::to_owned)
                };
                assert_eq!(url(&file), url(&dump));
            }
        }
    }
}

#[test]
fn snapshot_file_of_another_api_beside_a_dump_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.ndjson"), to_ndjson(&records(Generator::PROVISIONR))).unwrap();
    std::fs::write(
        path("b.ndjson"),
        to_ndjson(&records(Generator::PERMISSION_ASSIST)),
    )
    .unwrap();
    let engine = Engine::open([path("b.ndjson").as_path()]).unwrap();
    engine.pack(path("b.idq"), &PackOptions::default()).unwrap();
    let sources = [path("a.ndjson"), path("b.idq")];
    let refused = |loader: Loader<'static>| match Engine::load(loader) {
        Err(idq::Error::Load(error)) => error,
        other => panic!("expected an error, found {other:?}"),
    };
    let error = refused(loader(&sources));
    assert!(
        matches!(*error.kind, LoadErrorKind::MixedApis { .. }),
        "{error}"
    );
    assert!(error.file.ends_with("b.idq"), "{error}");
    let error = refused(loader(&sources).api(idq::api::Api::provisionr()));
    assert!(matches!(*error.kind, LoadErrorKind::OtherApi(_)), "{error}");
}

/// Overwriting one open file in place makes all queries of the snapshot fail.
#[test]
#[cfg(unix)]
fn mixed_snapshot_of_a_changed_file_refuses_queries() {
    let pair = Pair::new(&records(Generator::PROVISIONR), &[1]);
    let mixed = Engine::load(loader(&pair.mixed).columns(Columns::Queried)).unwrap();
    assert!(mixed.query("sort=email").unwrap().count().is_ok());
    let mut bytes = std::fs::read(&pair.mixed[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&pair.mixed[1], bytes).unwrap();
    match mixed.query("sort=email").unwrap().count() {
        Err(idq::Error::Load(error)) => {
            assert!(matches!(*error.kind, LoadErrorKind::Changed), "{error}");
        }
        other => panic!("expected an error, found {other:?}"),
    }
}
