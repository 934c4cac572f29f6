//! Sources that are replaced, overwritten or removed while they are served.

use std::fs;
use std::path::Path;

use idq_server::Settings;

use crate::connection::{RunningServer, wait_until};
use crate::support::{DumpFile, WATCH_INTERVAL, dump, fixture, record, settings_for};

/// Packs records into a snapshot file, which replaces an existing one.
fn pack(file: &Path, records: usize) {
    let source = file.with_extension("ndjson");
    fs::write(&source, dump(records)).unwrap();
    let engine = idq::Engine::open([source.as_path()]).unwrap();
    engine.pack(file, &idq::PackOptions::default()).unwrap();
    fs::remove_file(&source).unwrap();
}

/// Returns settings that serve a file, and load it again only when a request finds it changed.
fn unwatched(file: &Path) -> Settings {
    let mut settings = settings_for(&[file.to_owned()]);
    settings.load.watch_interval = None;
    settings
}

#[tokio::test]
async fn snapshot_file_that_is_replaced_is_served_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.idq");
    pack(&file, 3);
    let mut settings = unwatched(&file);
    settings.load.watch_interval = Some(WATCH_INTERVAL);
    let server = RunningServer::start(settings).await;
    assert_eq!(server.total().await, Some(3));
    let first = server.get("/api/v1/directory/identities?sort=-email").await;
    assert!(first.contains("\"total\":3"), "{first}");
    pack(&file, 5);
    server.wait_for_total(5).await;
    // A damaged file leaves the old one served.
    let sound = fs::read(&file).unwrap();
    let new = file.with_extension("new");
    fs::write(&new, &sound[..sound.len() / 2]).unwrap();
    fs::rename(&new, &file).unwrap();
    server.wait_for_failed_reloads(1).await;
    assert_eq!(server.total().await, Some(5));
}

#[tokio::test]
async fn source_that_is_replaced_is_loaded_again() {
    let dump_file = DumpFile::new(3);
    let server = RunningServer::start(dump_file.watched()).await;
    assert_eq!(server.total().await, Some(3));
    for records in [5, 2, 4] {
        dump_file.replace(dump(records));
        server.wait_for_total(records).await;
    }
    // The reload is counted after its records are served.
    wait_until(|| async { server.metric("idq_reloads_total{result=\"success\"}").await == 3 })
        .await;
    server.stop().await;
}

#[tokio::test]
async fn source_that_cannot_be_loaded_leaves_the_old_records_served() {
    let dump_file = DumpFile::new(3);
    let server = RunningServer::start(dump_file.watched()).await;
    for (failures, content) in [
        (1, dump(1) + "{\"id\":5}\n"),
        (2, "{".to_owned()),
        // Records of another API: the served one would have no source.
        (
            3,
            r#"{"id":"a","kind":"Identity","firstName":"A","lastName":"B","emailAddress":null}"#
                .to_owned(),
        ),
    ] {
        dump_file.replace(&content);
        server.wait_for_failed_reloads(failures).await;
        assert_eq!(server.total().await, Some(3));
    }
    fs::remove_file(&dump_file.path).unwrap();
    server.wait_for_failed_reloads(4).await;
    assert_eq!(server.total().await, Some(3));
    dump_file.replace(dump(7));
    server.wait_for_total(7).await;
    server.stop().await;
}

#[tokio::test]
async fn source_without_records_keeps_its_api() {
    let dump_file = DumpFile::new(0);
    dump_file.replace(format!("[{}]", record("a")));
    let server = RunningServer::start(dump_file.watched()).await;
    dump_file.replace("[]");
    server.wait_for_total(0).await;
    server.stop().await;
}

#[tokio::test]
async fn responses_during_reloads_are_each_from_one_snapshot() {
    let dump_file = DumpFile::new(100);
    let server = RunningServer::start(dump_file.watched()).await;
    let replacements = async {
        for records in [200, 100].repeat(5) {
            dump_file.replace(dump(records));
            server.wait_for_total(records).await;
        }
    };
    let requests = async {
        loop {
            let page = server
                .get("/api/v1/directory/identities?per_page=1000")
                .await;
            let records = page.matches("\"vendor_id\"").count();
            assert!([100, 200].contains(&records), "{records} records");
            assert!(page.contains(&format!("\"total\":{records}}}")));
        }
    };
    tokio::select! {
        () = replacements => {}
        () = requests => {}
    }
    server.stop().await;
}

#[tokio::test]
async fn source_overwritten_in_place_is_never_misread() {
    let dump_file = DumpFile::new(3);
    let server = RunningServer::start(dump_file.settings()).await;
    assert_eq!(server.total().await, Some(3));
    fs::write(&dump_file.path, dump(4)).unwrap();
    // The first request detects the change.
    let response = server.get("/api/v1/directory/identities").await;
    assert!(
        response.starts_with("HTTP/1.1 503 ") && response.contains("once they have been loaded"),
        "{response}"
    );
    server.wait_for_total(4).await;
    server.stop().await;
}

#[tokio::test]
async fn snapshot_file_overwritten_in_place_is_loaded_again() {
    use std::io::Write;

    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("a.idq"), folder.path().join("b.idq"));
    pack(&file, 3);
    pack(&other, 50);
    let mut settings = unwatched(&file);
    settings.limits.cache_bytes = 0;
    let server = RunningServer::start(settings).await;
    assert_eq!(server.total().await, Some(3));
    // Not truncated first: the mapped length must stay readable.
    let mut opened = fs::File::options().write(true).open(&file).unwrap();
    opened.write_all(&fs::read(&other).unwrap()).unwrap();
    drop(opened);
    let response = server.get("/api/v1/directory/identities").await;
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    server.wait_for_total(50).await;
    server.stop().await;
}

#[tokio::test]
async fn source_that_is_removed_is_reported_once() {
    let dump_file = DumpFile::new(3);
    let server = RunningServer::start(dump_file.watched()).await;
    fs::remove_file(&dump_file.path).unwrap();
    server.wait_for_failed_reloads(1).await;
    assert_eq!(server.total().await, Some(3));
    fs::write(&dump_file.path, dump(4)).unwrap();
    server.wait_for_total(4).await;
    // Exact, as all checks of the removed file precede the load.
    assert_eq!(server.failed_reloads().await, 1);
    fs::remove_file(&dump_file.path).unwrap();
    server.wait_for_failed_reloads(2).await;
    server.stop().await;
}

#[tokio::test]
async fn source_overwritten_with_malformed_records_is_loaded_once() {
    let dump_file = DumpFile::new(3);
    let server = RunningServer::start(dump_file.settings()).await;
    fs::write(&dump_file.path, "{").unwrap();
    // Each request detects the change, but only the first one causes a load.
    for _ in 0..10 {
        assert_eq!(server.total().await, None);
        server.wait_for_failed_reloads(1).await;
    }
    // Another change causes another load, which succeeds.
    fs::write(&dump_file.path, dump(4)).unwrap();
    server.wait_for_total(4).await;
    assert_eq!(server.failed_reloads().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn records_of_an_api_without_routes_are_left_out() {
    let dump_file = DumpFile::new(3);
    let mut settings = settings_for(&[dump_file.folder.path().to_owned()]);
    settings.load.watch_interval = Some(WATCH_INTERVAL);
    let server = RunningServer::start(settings).await;
    let other = dump_file.folder.path().join("other.json");
    fs::copy(fixture("permission-assist.json"), other).unwrap();
    dump_file.replace(dump(5));
    server.wait_for_total(5).await;
    let index = server.get("/").await;
    assert!(!index.contains("/api/identities"), "{index}");
    let response = server.get("/api/identities").await;
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
    server.stop().await;
}

/// Overwrites a file in place with content of the same length, and restores its modification time.
fn overwrite_with_restored_time(file: &Path, content: &str) {
    use std::io::Write;

    let modified = fs::metadata(file).unwrap().modified().unwrap();
    assert_eq!(fs::metadata(file).unwrap().len(), content.len() as u64);
    let mut opened = fs::File::options().write(true).open(file).unwrap();
    opened.write_all(content.as_bytes()).unwrap();
    opened.set_modified(modified).unwrap();
    drop(opened);
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), modified);
}

#[cfg(unix)]
#[tokio::test]
async fn source_overwritten_with_length_and_time_restored_is_loaded_again() {
    let dump_file = DumpFile::new(50);
    let server = RunningServer::start(dump_file.watched()).await;
    let locked_records = async || {
        let page = server
            .get("/api/v1/directory/identities?per_page=100&filter[state]=locked")
            .await;
        (
            page.starts_with("HTTP/1.1 200 "),
            page.matches("\"state\":\"locked\"").count(),
        )
    };
    assert_eq!(locked_records().await, (true, 0));
    overwrite_with_restored_time(&dump_file.path, &dump(50).replace("active", "locked"));
    wait_until(|| async { locked_records().await == (true, 50) }).await;
    server.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn source_overwritten_with_length_and_time_restored_is_never_misread() {
    let dump_file = DumpFile::new(50);
    let server = RunningServer::start(dump_file.settings()).await;
    assert_eq!(server.total().await, Some(50));
    overwrite_with_restored_time(&dump_file.path, &dump(50).replace("active", "locked"));
    // Each page contains only records that satisfy its filter.
    wait_until(|| async {
        let page = server
            .get("/api/v1/directory/identities?per_page=100&filter[state]=active")
            .await;
        let is_loaded = page.starts_with("HTTP/1.1 200 ");
        assert!(is_loaded || page.starts_with("HTTP/1.1 503 "), "{page}");
        assert!(!page.contains("locked"), "{page}");
        is_loaded && page.contains("\"total\":0}")
    })
    .await;
    server.stop().await;
}
