//! Entity tags and conditional requests.

use axum::http::StatusCode;
use idq::OnBadRecord;

use crate::connection::RunningServer;
use crate::support::{
    DumpFile, PERMISSION_ASSIST, PROVISIONR, both_apis, dump, get, get_with, sample, send_request,
    start_router,
};

#[tokio::test]
async fn response_with_a_tag_of_the_client_is_not_sent_again() {
    let router = start_router(both_apis()).await;
    let id = "45e337b2-2a19-4d2a-aeda-989bddc314fe";
    for target in [
        PROVISIONR.to_owned(),
        format!("{PROVISIONR}?filter[state]=active"),
        format!("{PROVISIONR}?filter[created_after]=2024-01-01"),
        format!("{PERMISSION_ASSIST}/{id}"),
    ] {
        let first = get(&router, &target).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""));
        let again = get_with(&router, &target, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{target}");
        assert!(again.body.is_empty());
        assert_eq!(again.header("etag"), tag);
        let other = get_with(&router, &target, &[("if-none-match", "\"other\"")]).await;
        assert_eq!((other.status, other.body), (StatusCode::OK, first.body));
    }
    // A record that does not exist has no tag and matches none.
    let unknown = get_with(
        &router,
        &format!("{PERMISSION_ASSIST}/unknown"),
        &[("if-none-match", "*")],
    )
    .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.header("etag"), "");
}

#[tokio::test]
async fn entity_tag_of_another_response_differs() {
    let router = start_router(both_apis()).await;
    let mut tags = Vec::new();
    for query in [
        "",
        "page=2",
        "per_page=2",
        "sort=email",
        "sort=-email",
        "filter[state]=active",
        "x=y",
    ] {
        tags.push(
            get(&router, &format!("{PROVISIONR}?{query}"))
                .await
                .header("etag")
                .to_owned(),
        );
    }
    // Page URLs have another host.
    let host = send_request(
        &router,
        axum::http::Method::GET,
        PROVISIONR,
        &[("host", "127.0.0.1")],
    )
    .await;
    tags.push(host.header("etag").to_owned());
    // A relative date is another instant at each request.
    for _ in 0..2 {
        let age = get(&router, &format!("{PROVISIONR}?filter[created_after]=-90d")).await;
        tags.push(age.header("etag").to_owned());
    }
    let count = tags.len();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), count);
}

#[tokio::test]
async fn entity_tag_of_other_records_differs() {
    let dump_file = DumpFile::new(3);
    let mut tags = Vec::new();
    for records in [3, 4] {
        dump_file.replace(dump(records));
        let router = start_router(dump_file.settings()).await;
        tags.push(get(&router, PROVISIONR).await.header("etag").to_owned());
    }
    assert_ne!(tags[0], tags[1]);
}

#[tokio::test]
async fn entity_tag_after_another_load_option_differs() {
    let dump_file = DumpFile::new(3);
    let mut tags = Vec::new();
    for (dedupe, on_bad_record) in [
        (false, OnBadRecord::Stop),
        (true, OnBadRecord::Stop),
        (false, OnBadRecord::Skip),
    ] {
        let mut settings = dump_file.settings();
        settings.load.dedupe = dedupe;
        settings.load.on_bad_record = on_bad_record;
        let router = start_router(settings).await;
        tags.push(get(&router, PROVISIONR).await.header("etag").to_owned());
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 3);
}

#[tokio::test]
async fn record_with_a_tag_of_the_client_is_not_looked_up() {
    let router = start_router(both_apis()).await;
    let target = format!("{PERMISSION_ASSIST}/45e337b2-2a19-4d2a-aeda-989bddc314fe");
    let tag = get(&router, &target).await.header("etag").to_owned();
    let scanned = async || {
        let metrics = get(&router, "/metrics").await;
        sample(metrics.text(), "idq_rows_scanned_total ")
    };
    let before = scanned().await;
    for known in [tag.as_str(), "*"] {
        let again = get_with(&router, &target, &[("if-none-match", known)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{known}");
    }
    // A client without the tag is answered from the cache.
    assert_eq!(get(&router, &target).await.status, StatusCode::OK);
    assert_eq!(scanned().await, before);
}

#[tokio::test]
async fn not_modified_response_has_no_content_length() {
    let server = RunningServer::start(both_apis()).await;
    let send = async |method: &str, more: &str| {
        let request = format!(
            "{method} {PROVISIONR} HTTP/1.1\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n"
        );
        server.send(request.as_bytes()).await.to_ascii_lowercase()
    };
    let known = send("GET", "If-None-Match: *\r\n").await;
    assert!(known.starts_with("http/1.1 304 "), "{known}");
    assert!(!known.contains("content-length"), "{known}");
    assert!(known.ends_with("\r\n\r\n"));
    // HEAD has the headers of GET.
    let (head, page) = (send("HEAD", "").await, send("GET", "").await);
    let (headers, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(headers.contains(&format!("content-length: {}", body.len())));
    let without_date = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("date: "));
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(without_date(&head), without_date(headers));
    server.stop().await;
}
