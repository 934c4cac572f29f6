//! Sources that are replaced while they are served.

use std::fs;
use std::path::Path;
use std::time::Duration;

use idq_server::Settings;
use tokio::time::{sleep, timeout};

use crate::client::{LONG, Running};
use crate::support::{dump, fixture, of, record};

pub(crate) fn watched(file: &Path) -> Settings {
    let mut settings = of(&[file.to_owned()]);
    settings.load.watch_interval = Some(Duration::from_millis(20));
    settings
}

/// Nobody looks by himself.
fn rarely_watched(file: &Path) -> Settings {
    let mut settings = watched(file);
    settings.load.watch_interval = Some(Duration::from_secs(86_400));
    settings
}

/// Puts another file in a file's place, at once.
pub(crate) fn replace(file: &Path, text: &str) {
    let beside = file.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, file).unwrap();
}

pub(crate) async fn total(server: &Running) -> Option<u64> {
    let answer = server.get("/api/v1/directory/identities?per_page=1").await;
    let (_, rest) = answer.split_once("\"total\":")?;
    rest.trim_end_matches('}').parse().ok()
}

/// A number out of the metrics.
pub(crate) async fn metric(server: &Running, name: &str) -> u64 {
    let answer = server.get("/metrics").await;
    let line = answer.lines().find(|line| line.starts_with(name)).unwrap();
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

pub(crate) async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let wait = async {
        while !holds().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, wait).await.expect("it comes to hold");
}

/// Packs records into a snapshot file, which replaces the one that is there.
fn pack(file: &Path, records: usize) {
    let dump = file.with_extension("ndjson");
    fs::write(&dump, crate::support::dump(records)).unwrap();
    let snapshot = idq::Snapshot::open([dump.as_path()]).unwrap();
    snapshot.pack(file, &idq::PackOptions::default()).unwrap();
    fs::remove_file(&dump).unwrap();
}

#[tokio::test]
async fn snapshot_file_that_is_replaced_is_served_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.idq");
    pack(&file, 3);
    let server = Running::start(watched(&file)).await;
    assert_eq!(total(&server).await, Some(3));
    let first = server.get("/api/v1/directory/identities?sort=-email").await;
    assert!(first.contains("\"total\":3"), "{first}");
    pack(&file, 5);
    until(|| async { total(&server).await == Some(5) }).await;
    // A damaged one leaves the old one serving.
    let sound = fs::read(&file).unwrap();
    let beside = file.with_extension("new");
    fs::write(&beside, &sound[..sound.len() / 2]).unwrap();
    fs::rename(&beside, &file).unwrap();
    until(|| async { metric(&server, "idq_reloads_total{result=\"failure\"}").await > 0 }).await;
    assert_eq!(total(&server).await, Some(5));
}

#[tokio::test]
async fn source_that_is_replaced_is_loaded_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(3)).unwrap();
    let server = Running::start(watched(&file)).await;
    assert_eq!(total(&server).await, Some(3));
    for records in [5, 2, 4] {
        replace(&file, &dump(records));
        until(|| async { total(&server).await == Some(records as u64) }).await;
    }
    assert_eq!(
        metric(&server, "idq_reloads_total{result=\"success\"}").await,
        3
    );
    server.stop().await;
}

#[tokio::test]
async fn source_that_cannot_be_loaded_leaves_the_old_records_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(3)).unwrap();
    let server = Running::start(watched(&file)).await;
    for (failures, broken) in [
        (1, dump(1) + "{\"id\":5}\n"),
        (2, "{".to_owned()),
        // Another API's records: what was served would be gone.
        (
            3,
            r#"{"id":"a","kind":"Identity","firstName":"A","lastName":"B","emailAddress":null}"#
                .to_owned(),
        ),
    ] {
        replace(&file, &broken);
        until(|| async {
            metric(&server, "idq_reloads_total{result=\"failure\"}").await == failures
        })
        .await;
        assert_eq!(total(&server).await, Some(3));
    }
    // A file that is gone is no reason to stop either.
    fs::remove_file(&file).unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(total(&server).await, Some(3));
    replace(&file, &dump(7));
    until(|| async { total(&server).await == Some(7) }).await;
    server.stop().await;
}

#[tokio::test]
async fn source_without_records_keeps_its_api() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.json");
    fs::write(&file, format!("[{}]", record("a"))).unwrap();
    let server = Running::start(watched(&file)).await;
    replace(&file, "[]");
    until(|| async { total(&server).await == Some(0) }).await;
    server.stop().await;
}

#[tokio::test]
async fn responses_during_reloads_are_each_from_one_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(100)).unwrap();
    let server = Running::start(watched(&file)).await;
    let writing = {
        let file = file.clone();
        tokio::task::spawn_blocking(move || {
            for round in 0..20 {
                replace(&file, &dump(if round % 2 == 0 { 200 } else { 100 }));
                std::thread::sleep(Duration::from_millis(30));
            }
        })
    };
    while !writing.is_finished() {
        let answer = server
            .get("/api/v1/directory/identities?per_page=1000")
            .await;
        let records = answer.matches("\"vendor_id\"").count();
        assert!([100, 200].contains(&records), "{records} records");
        assert!(answer.contains(&format!("\"total\":{records}}}")));
    }
    writing.await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn source_overwritten_in_place_is_never_misread() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(3)).unwrap();
    let server = Running::start(rarely_watched(&file)).await;
    assert_eq!(total(&server).await, Some(3));
    fs::write(&file, dump(4)).unwrap();
    // The first to ask finds out.
    let answer = server.get("/api/v1/directory/identities").await;
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("are being loaded again"),
        "{answer}"
    );
    until(|| async { total(&server).await == Some(4) }).await;
    server.stop().await;
}

#[tokio::test]
async fn snapshot_file_overwritten_in_place_is_loaded_again() {
    use std::io::Write;

    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("a.idq"), folder.path().join("b.idq"));
    pack(&file, 3);
    pack(&other, 50);
    let mut settings = rarely_watched(&file);
    settings.limits.cache_bytes = 0;
    let server = Running::start(settings).await;
    assert_eq!(total(&server).await, Some(3));
    // What is mapped stays as long as it was.
    let mut over = fs::File::options().write(true).open(&file).unwrap();
    over.write_all(&fs::read(&other).unwrap()).unwrap();
    drop(over);
    let answer = server.get("/api/v1/directory/identities").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    until(|| async { total(&server).await == Some(50) }).await;
    server.stop().await;
}

#[tokio::test]
async fn source_that_is_removed_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(3)).unwrap();
    let server = Running::start(watched(&file)).await;
    let failures = async || metric(&server, "idq_reloads_total{result=\"failure\"}").await;
    fs::remove_file(&file).unwrap();
    until(|| async { failures().await == 1 }).await;
    // Time for what must not happen.
    sleep(Duration::from_millis(200)).await;
    assert_eq!(failures().await, 1);
    assert_eq!(total(&server).await, Some(3));
    fs::write(&file, dump(4)).unwrap();
    until(|| async { total(&server).await == Some(4) }).await;
    fs::remove_file(&file).unwrap();
    until(|| async { failures().await == 2 }).await;
    server.stop().await;
}

#[tokio::test]
async fn source_overwritten_with_malformed_records_is_loaded_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(3)).unwrap();
    let server = Running::start(rarely_watched(&file)).await;
    let failures = async || metric(&server, "idq_reloads_total{result=\"failure\"}").await;
    fs::write(&file, "{").unwrap();
    for _ in 0..10 {
        assert_eq!(total(&server).await, None);
        until(|| async { failures().await == 1 }).await;
        // Time for what must not happen.
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(failures().await, 1);
    // Once it is another again, so is the outcome.
    fs::write(&file, dump(4)).unwrap();
    until(|| async { total(&server).await == Some(4) }).await;
    server.stop().await;
}

#[tokio::test]
async fn records_of_an_api_without_routes_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(3)).unwrap();
    let mut settings = of(&[folder.path().to_owned()]);
    settings.load.watch_interval = Some(Duration::from_millis(20));
    let server = Running::start(settings).await;
    fs::copy(
        fixture("permission-assist.json"),
        folder.path().join("other.json"),
    )
    .unwrap();
    replace(&file, &dump(5));
    until(|| async { total(&server).await == Some(5) }).await;
    let front = server.get("/").await;
    assert!(!front.contains("/api/identities"), "{front}");
    assert!(
        server
            .get("/api/identities")
            .await
            .starts_with("HTTP/1.1 404 ")
    );
    server.stop().await;
}

/// Overwrites a file in place, and sets the time of its last write back to what it was.
fn overwrite_unseen(file: &Path, text: &str) {
    use std::io::Write;

    let written = fs::metadata(file).unwrap().modified().unwrap();
    assert_eq!(fs::metadata(file).unwrap().len(), text.len() as u64);
    let mut over = fs::File::options().write(true).open(file).unwrap();
    over.write_all(text.as_bytes()).unwrap();
    over.set_modified(written).unwrap();
    drop(over);
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), written);
}

#[cfg(unix)]
#[tokio::test]
async fn source_overwritten_with_length_and_time_restored_is_loaded_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(50)).unwrap();
    let server = Running::start(watched(&file)).await;
    let states = async |state: &str| {
        let page = server
            .get("/api/v1/directory/identities?per_page=100&filter[state]=locked")
            .await;
        (
            page.starts_with("HTTP/1.1 200 "),
            page.matches(&format!("\"state\":\"{state}\"")).count(),
        )
    };
    assert_eq!(states("locked").await, (true, 0));
    overwrite_unseen(&file, &dump(50).replace("active", "locked"));
    // Loaded again by the watch, though neither length nor time differs.
    until(|| async { states("locked").await == (true, 50) }).await;
    server.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn source_overwritten_with_length_and_time_restored_is_never_misread() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    fs::write(&file, dump(50)).unwrap();
    let server = Running::start(rarely_watched(&file)).await;
    assert_eq!(total(&server).await, Some(50));
    overwrite_unseen(&file, &dump(50).replace("active", "locked"));
    // Whatever a page says, it filters by the states that it shows.
    until(|| async {
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
