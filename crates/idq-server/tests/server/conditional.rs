//! Entity tags.

use std::fs;

use axum::http::StatusCode;

use crate::support::{PERMISSION_ASSIST, PROVISIONR, ask, both, dump, get, get_with, of, routes};

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let router = routes(both()).await;
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
    // What is not there has no tag, and is never known.
    let nobody = get_with(
        &router,
        &format!("{PERMISSION_ASSIST}/nobody"),
        &[("if-none-match", "*")],
    )
    .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert_eq!(nobody.header("etag"), "");
}

#[tokio::test]
async fn another_answer_has_another_tag() {
    let router = routes(both()).await;
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
    let host = ask(
        &router,
        axum::http::Method::GET,
        PROVISIONR,
        &[("host", "127.0.0.1")],
    )
    .await;
    tags.push(host.header("etag").to_owned());
    // Ages count from now, which has moved on.
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
async fn other_records_have_other_tags() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.ndjson");
    let mut tags = Vec::new();
    for records in [3, 4] {
        fs::write(&file, dump(records)).unwrap();
        let router = routes(of(std::slice::from_ref(&file))).await;
        tags.push(get(&router, PROVISIONR).await.header("etag").to_owned());
    }
    assert_ne!(tags[0], tags[1]);
}
