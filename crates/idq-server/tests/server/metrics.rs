//! What Prometheus is told.

use crate::support::{PERMISSION_ASSIST, PROVISIONR, both, get, routes};

#[tokio::test]
async fn requests_rows_and_ages_are_counted() {
    let router = routes(both()).await;
    get(&router, PROVISIONR).await;
    get(&router, &format!("{PROVISIONR}?filter[x]=secret")).await;
    get(&router, &format!("{PERMISSION_ASSIST}/secret")).await;
    get(&router, "/secret").await;
    let answer = get(&router, "/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text();
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
    // Each line is a comment or a name with labels, and a number.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, number) = line.rsplit_once(' ').unwrap();
        assert!(number.parse::<f64>().is_ok(), "{line}");
    }
}
