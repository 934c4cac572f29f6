//! Metrics, and the hits of the response cache that they count.

use crate::support::{PERMISSION_ASSIST, PROVISIONR, both_apis, get, sample, start_router};

#[tokio::test]
async fn metrics_count_requests_rows_and_ages() {
    let router = start_router(both_apis()).await;
    get(&router, PROVISIONR).await;
    get(&router, &format!("{PROVISIONR}?filter[x]=secret")).await;
    get(&router, &format!("{PERMISSION_ASSIST}/secret")).await;
    get(&router, "/secret").await;
    let response = get(&router, "/metrics").await;
    assert_eq!(
        response.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = response.text();
    for line in [
        "idq_http_requests_total{route=\"/api/v1/directory/identities\",status=\"200\"} 1",
        "idq_http_requests_total{route=\"/api/v1/directory/identities\",status=\"400\"} 1",
        "idq_http_requests_total{route=\"/api/identities/{id}\",status=\"404\"} 1",
        "idq_http_requests_total{route=\"none\",status=\"404\"} 1",
        "idq_http_request_duration_seconds_count{route=\"/api/v1/directory/identities\"} 2",
        "idq_http_request_duration_seconds_bucket{route=\"/api/v1/directory/identities\",le=\"+Inf\"} 2",
        "idq_rows_scanned_total 60",
        "idq_snapshot_records{api=\"provisionr\"} 60",
        "idq_reloads_total{result=\"success\"} 0",
    ] {
        assert!(text.lines().any(|each| each == line), "{line} in {text}");
    }
    assert!(text.contains("idq_snapshot_age_seconds{api=\"permission-assist\"} "));
    assert!(!text.contains("secret"));
    // Each line is a comment, or a name with labels and a number.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, number) = line.rsplit_once(' ').unwrap();
        assert!(number.parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn repeated_request_is_answered_from_the_cache() {
    async fn rows_scanned(router: &axum::Router) -> u64 {
        let metrics = get(router, "/metrics").await;
        sample(metrics.text(), "idq_rows_scanned_total")
    }
    let target = format!("{PROVISIONR}?filter[state]=active");
    let router = start_router(both_apis()).await;
    let first = get(&router, &target).await;
    assert_eq!(rows_scanned(&router).await, 60);
    let again = get(&router, &target).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers, first.headers);
    assert_eq!(rows_scanned(&router).await, 60);
    // Without a cache each request is evaluated.
    let mut settings = both_apis();
    settings.limits.cache_bytes = 0;
    let router = start_router(settings).await;
    for _ in 0..2 {
        assert_eq!(get(&router, &target).await.body, first.body);
    }
    assert_eq!(rows_scanned(&router).await, 120);
}
