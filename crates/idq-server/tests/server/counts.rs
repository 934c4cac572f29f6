//! The server's own route: counts by keys.

use axum::Router;
use axum::http::{Method, StatusCode};
use idq::Conformance;
use idq::render::write_groups_json;
use idq_server::{Access, Profile};
use serde_json::{Value, json};

use crate::support::{
    DumpFile, PERMISSION_ASSIST, PROVISIONR, TokenFile, both_apis, fixture, get, get_with, sample,
    send_request, start_router,
};

/// Returns the target of a count of an API's identities.
fn counts(path: &str, query: &str) -> String {
    format!("/idq/v1{path}/counts?{query}")
}

/// Returns the response to a count of Provisionr's identities.
async fn count(router: &Router, query: &str) -> crate::support::TestResponse {
    get(router, &counts(PROVISIONR, query)).await
}

#[tokio::test]
async fn counts_of_both_apis_are_those_of_the_library() {
    let router = start_router(both_apis()).await;
    for (path, file, selection, keys) in [
        (PROVISIONR, "provisionr.ndjson", "", &["state"][..]),
        (
            PROVISIONR,
            "provisionr.ndjson",
            "filter[trashed]=with",
            &["email:domain"],
        ),
        (
            PROVISIONR,
            "provisionr.ndjson",
            "filter[state]=active&where=email%20pr",
            &["timestamp.created_at:year", "profile.department"],
        ),
        (
            PERMISSION_ASSIST,
            "permission-assist.json",
            "",
            &["status", "type"],
        ),
        (
            PERMISSION_ASSIST,
            "permission-assist.json",
            "filter[status]=Active",
            &["createdDate:month"],
        ),
    ] {
        let engine = idq::Engine::open([fixture(file).as_path()]).unwrap();
        let groups = engine.query(selection).unwrap().count_by(keys).unwrap();
        let mut expected = Vec::new();
        write_groups_json(&groups, &mut expected).unwrap();
        // Commas and repetition mean the same.
        for by in [
            format!("by={}", keys.join(",")),
            format!("by={}", keys.join("&by=")),
        ] {
            let target = counts(path, &format!("{by}&{selection}"));
            let response = get(&router, &target).await;
            assert_eq!(response.status, StatusCode::OK, "{target}");
            assert_eq!(response.json()["total"], groups.total());
            assert_eq!(
                response.text(),
                std::str::from_utf8(&expected).unwrap(),
                "{target}"
            );
        }
    }
}

#[tokio::test]
async fn counts_with_limits_and_a_time_zone_have_the_groups_that_these_keep() {
    let router = start_router(both_apis()).await;
    let response = count(&router, "by=state&top=1").await;
    assert_eq!(
        response.text(),
        r#"{"by":["state"],"total":54,"groups":[{"keys":["active"],"presence":"value","count":44}],"other":10}"#
    );
    let response = count(&router, "by=email:fold&having=%3E4").await.json();
    assert_eq!(response["groups"].as_array().unwrap().len(), 1);
    assert_eq!(response["left_out"]["records"], 49);
    let hours = async |zone: &str| {
        let query = format!("by=timestamp.created_at:hour&timezone={zone}");
        count(&router, &query).await.json()["groups"].clone()
    };
    let utc = hours("UTC").await;
    assert_eq!(hours("Etc/UTC").await, utc);
    assert_ne!(hours("%2B05:45").await, utc);
}

#[tokio::test]
async fn days_of_requests_are_those_of_the_time_zone_under_the_strict_reading() {
    // One record of the fixtures is of 2023-10-27T23:40:31Z, which is the next day in London's summer.
    let day = "filter[created_after]=2023-10-28&filter[created_before]=2023-10-28";
    for (conformance, expected) in [(Conformance::Strict, 1), (Conformance::Api, 0)] {
        let mut settings = both_apis();
        settings.conformance = conformance;
        settings.time_zone = "Europe/London".parse().unwrap();
        let router = start_router(settings).await;
        let list = get(&router, &format!("{PROVISIONR}?{day}")).await.json();
        assert_eq!(list["total"], expected, "{conformance:?}");
        let total = async |parameters: &str| {
            let query = format!("by=timestamp.created_at:day&{day}{parameters}");
            count(&router, &query).await.json()["total"].clone()
        };
        assert_eq!(total("").await, expected, "{conformance:?}");
        // A zone of the request replaces that of the server.
        assert_eq!(total("&timezone=UTC").await, 0, "{conformance:?}");
    }
    let mut settings = both_apis();
    settings.time_zone = "Europe/London".parse().unwrap();
    let router = start_router(settings).await;
    let days = count(
        &router,
        "by=timestamp.created_at:day&where=timestamp.created_at%20eq%20%222023-10-27%22",
    );
    assert_eq!(
        days.await.json()["groups"][0]["keys"],
        json!(["2023-10-28"])
    );
}

#[tokio::test]
async fn days_of_a_count_are_those_of_its_own_time_zone_under_both_readings() {
    // The record of 2023-10-27T23:40:31Z again, by a filter and by an expression.
    let filter = "filter[created_after]=2023-10-28&filter[created_before]=2023-10-28";
    let expression = "where=timestamp.created_at%20eq%20%222023-10-28%22";
    for conformance in [Conformance::Strict, Conformance::Api] {
        let mut settings = both_apis();
        settings.conformance = conformance;
        let router = start_router(settings).await;
        for days in [filter, expression] {
            // Without a calendar bucket, the zone is that of the days alone.
            for by in ["state", "timestamp.created_at:day"] {
                let answer = async |zone: &str| {
                    let query = format!("by={by}&{days}{zone}");
                    count(&router, &query).await.json()
                };
                let context = format!("{conformance:?} {days} {by}");
                assert_eq!(answer("").await["total"], 0, "{context}");
                let london = answer("&timezone=Europe/London").await;
                assert_eq!(london["total"], 1, "{context}");
                if by != "state" {
                    assert_eq!(london["groups"][0]["keys"], json!(["2023-10-28"]));
                }
            }
        }
    }
}

#[tokio::test]
async fn counts_with_mistakes_report_all_of_them_in_each_style() {
    let router = start_router(both_apis()).await;
    let query = "by=stat:moth,email:year&top=0&having=1&timezone=Berlin&filter[created_after]=x";
    let response = count(&router, query).await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = response.json()["errors"].clone();
    let fields: Vec<&String> = errors.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["by", "filter.created_after", "having", "timezone", "top"]
    );
    assert_eq!(
        errors["top"],
        json!(["expected a whole number from 1 for top, found `0`; write a number, such as `10`."])
    );
    let by = errors["by"].as_array().unwrap();
    assert!(
        by[0]
            .as_str()
            .unwrap()
            .starts_with("expected a bucket, found `moth`; did you mean `month`?")
    );
    assert!(
        by[1]
            .as_str()
            .unwrap()
            .starts_with("expected a bucket of a text for `email`, found `year`; write `email`")
    );

    let response = get(&router, &counts(PERMISSION_ASSIST, "by=nosuch&having=")).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    let body = response.json();
    assert_eq!(body["error"], "validation_error");
    assert_eq!(body["errors"][0]["field"], "having");
    // That no record has the key is checked last.
    let body = get(
        &router,
        &counts(PERMISSION_ASSIST, "by=nosuch&where=other%20pr"),
    )
    .await
    .json();
    let fields: Vec<&Value> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["field"])
        .collect();
    assert_eq!(fields, ["where", "by"]);
}

#[tokio::test]
async fn counts_without_a_key_or_with_other_parameters_are_rejected() {
    let router = start_router(both_apis()).await;
    for (query, status, expected) in [
        (
            "",
            422,
            "expected a key, found none; name a field, such as `state`.",
        ),
        (
            "by=",
            422,
            "expected FIELD or FIELD:BUCKET, found nothing; write the name of a field, such as `state`",
        ),
        (
            "by=state&top=1&top=2",
            422,
            "expected one top, found another; write one top.",
        ),
        (
            "by=state&page=2&per_page=x&sort=email&havng=%3E1",
            400,
            "Requested parameter(s) `havng, page, per_page, sort` are not allowed. Allowed parameter(s) are `filter, \
             where, by, top, having, timezone`.",
        ),
        (
            "by=state&filter[x]=1&page=1",
            400,
            "Requested parameter(s) `page`",
        ),
        ("by=state&where=email", 400, "expected"),
        (
            "by=state&filter[state",
            400,
            "expected `]` at the end of the filter's name",
        ),
    ] {
        let response = count(&router, query).await;
        assert_eq!(response.status.as_u16(), status, "{query}");
        let message = response.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(expected), "{query}: {message}");
    }
}

#[tokio::test]
async fn counts_beyond_the_maximum_number_of_groups_are_rejected() {
    let mut settings = both_apis();
    settings.limits.max_groups = 6;
    let router = start_router(settings).await;
    assert_eq!(count(&router, "by=state").await.status, StatusCode::OK);
    let response = count(&router, "by=state,email:domain").await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    let message = response.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("expected at most 6 groups, found "),
        "{message}"
    );
    // Groups that are not in the answer do not count.
    for limit in ["top=1", "having=%3E4"] {
        let response = count(&router, &format!("by=email:fold&{limit}")).await;
        assert_eq!(response.status, StatusCode::OK, "{limit}");
    }
}

#[tokio::test]
async fn counts_of_a_hidden_profile_are_rejected_like_searches() {
    let mut settings = both_apis();
    settings.profile = Profile::Hidden;
    let router = start_router(settings).await;
    for query in [
        "by=profile:presence",
        "by=PROFILE:presence",
        "by=profile.department",
        "by=state,profile.emails.address:domain",
        "by=profile.nosuch",
        "by=profile.department&by=nosuch",
        "by=state&filter[profile_search]=a",
        "by=state&filter[profile_search]=",
        "by=state&where=profile.department%20pr",
        "by=state&where=profile.emails[primary%20eq%20true]",
        "by=state&where=not%20(email%20pr%20or%20profile.department%20eq%20null)",
    ] {
        let response = count(&router, query).await;
        assert_eq!(response.status, StatusCode::FORBIDDEN, "{query}");
        let message = response.json()["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains(" uses the profile, which this server does not serve."),
            "{message}"
        );
    }
    assert_eq!(count(&router, "by=state").await.status, StatusCode::OK);
    let other = get(&router, &counts(PERMISSION_ASSIST, "by=status")).await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn counts_need_the_token_and_the_host_of_the_list() {
    let tokens = TokenFile::new();
    let mut settings = both_apis();
    settings.access = Access::TokenFile(tokens.path.clone());
    let router = start_router(settings).await;
    for (path, code) in [
        (PROVISIONR, None),
        (PERMISSION_ASSIST, Some("unauthorized")),
    ] {
        let target = counts(path, "by=id");
        let response = get(&router, &target).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
        assert_eq!(response.json()["error"].as_str(), code);
        let accepted = [("authorization", &*tokens.authorization)];
        assert_eq!(
            get_with(&router, &target, &accepted).await.status,
            StatusCode::OK
        );
    }
    let router = start_router(both_apis()).await;
    for host in ["evil.example", "no host"] {
        let target = counts(PROVISIONR, "by=state");
        let response = send_request(&router, Method::GET, &target, &[("host", host)]).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{host}");
    }
    let response = send_request(
        &router,
        Method::POST,
        &counts(PROVISIONR, "by=state"),
        &[("host", "localhost")],
    )
    .await;
    assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
    for path in [
        "/idq/v1/api/identities",
        "/idq/v2/api/identities/counts",
        "/idq/v1/counts",
    ] {
        assert_eq!(
            get(&router, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    // An unknown path below an API's own has its style.
    let response = get(&router, "/idq/v1/api/identities/other").await;
    assert_eq!(response.json()["error"], "not_found");
}

#[tokio::test]
async fn counts_with_a_tag_of_the_client_are_not_sent_again() {
    let router = start_router(both_apis()).await;
    let mut tags = Vec::new();
    for query in [
        "by=state",
        "by=state&top=1",
        "by=state&having=%3E1",
        "by=state&filter[trashed]=with",
        "by=state,email:domain",
        "by=email:domain,state",
        "by=timestamp.created_at:day",
        "by=timestamp.created_at:day&timezone=Europe/Berlin",
    ] {
        let target = counts(PROVISIONR, query);
        let first = get(&router, &target).await;
        let tag = first.header("etag").to_owned();
        for known in [tag.as_str(), "*"] {
            let again = get_with(&router, &target, &[("if-none-match", known)]).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{query}");
            assert!(again.body.is_empty());
            assert_eq!(again.header("etag"), tag);
        }
        tags.push(tag);
    }
    // Ages are counted from another instant at each request.
    for _ in 0..2 {
        let ages = count(&router, "by=timestamp.created_at:age(30d)").await;
        tags.push(ages.header("etag").to_owned());
    }
    tags.push(get(&router, PROVISIONR).await.header("etag").to_owned());
    let number = tags.len();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), number);
    // The spelling of the keys makes no difference.
    let spellings = ["by=STATE&by=Email:DOMAIN", "by=+state,email:domain"];
    for query in spellings {
        let tag = count(&router, query).await.header("etag").to_owned();
        assert!(tags.contains(&tag), "{query}");
    }
}

#[tokio::test]
async fn counts_are_compressed_cached_and_counted_by_the_metrics() {
    let router = start_router(both_apis()).await;
    let target = counts(PROVISIONR, "by=id&filter[trashed]=with");
    let plain = get(&router, &target).await;
    assert_eq!(plain.header("content-type"), "application/json");
    let zstd = get_with(&router, &target, &[("accept-encoding", "zstd")]).await;
    assert_eq!(zstd.header("content-encoding"), "zstd");
    assert_eq!(
        zstd::bulk::decompress(&zstd.body, plain.body.len()).unwrap(),
        plain.body
    );
    let host = [("host", "localhost")];
    let head = send_request(&router, Method::HEAD, &target, &host).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("etag"), plain.header("etag"));
    let metrics = get(&router, "/metrics").await;
    let route = "idq_http_requests_total{route=\"/idq/v1/api/v1/directory/identities/counts\",status=\"200\"}";
    assert_eq!(sample(metrics.text(), route), 3);
    // The two encodings; the third request was answered from the cache.
    assert_eq!(sample(metrics.text(), "idq_rows_scanned_total"), 120);
    // Ages are never cached.
    for _ in 0..2 {
        count(&router, "by=timestamp.created_at:age(30d)").await;
    }
    let metrics = get(&router, "/metrics").await;
    assert_eq!(sample(metrics.text(), "idq_rows_scanned_total"), 240);
}

#[tokio::test]
async fn counts_after_a_reload_are_those_of_the_new_records() {
    let dump_file = DumpFile::new(3);
    let mut totals = Vec::new();
    for records in [3, 4] {
        dump_file.replace(crate::support::dump(records));
        let router = start_router(dump_file.settings()).await;
        totals.push(count(&router, "by=state").await.json()["total"].as_u64());
    }
    assert_eq!(totals, [Some(3), Some(4)]);
}

#[tokio::test]
async fn description_and_index_page_have_the_route_of_counts() {
    let mut settings = both_apis();
    settings.profile = Profile::Hidden;
    let router = start_router(settings).await;
    let description = get(&router, "/openapi.json").await.json();
    for path in [PROVISIONR, PERMISSION_ASSIST] {
        let path = format!("/idq/v1{path}/counts");
        assert!(get(&router, "/").await.text().contains(&path));
        for method in ["get", "head"] {
            let operation = &description["paths"][&path][method];
            let parameters = operation["parameters"].as_array().unwrap();
            let names: Vec<&str> = parameters
                .iter()
                .map(|each| each["name"].as_str().unwrap())
                .collect();
            assert!(names.ends_with(&["by", "top", "having", "timezone", "If-None-Match"]));
            assert!(!names.contains(&"page") && !names.contains(&"filter[profile_search]"));
            assert!(names.contains(&if path.contains("v1/api/v1") {
                "filter[state]"
            } else {
                "filter[status]"
            }));
        }
        let responses = &description["paths"][&path]["get"]["responses"];
        let schema = &responses["200"]["content"]["application/json"]["schema"];
        assert_eq!(schema["$ref"], "#/components/schemas/Groups");
        for status in ["304", "400", "405", "414", "429", "431", "500", "503"] {
            assert!(!responses[status].is_null(), "{status}");
        }
    }
    let groups = &description["components"]["schemas"]["Groups"];
    assert_eq!(
        groups["required"],
        json!(["by", "groups", "other", "total"])
    );
}
