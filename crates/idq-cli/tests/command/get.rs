//! `idq get`.

use crate::{Idq, idq};

const ID: &str = "dridt_01gm9hp2db9swj6qaepxyt2dxw";

#[test]
fn get_prints_the_record_verbatim() {
    let ran = idq(&format!("get provisionr.ndjson --id {ID}"));
    insta::assert_snapshot!(ran.text(), @r#"{"id":"dridt_01gm9hp2db9swj6qaepxyt2dxw","state":"orphan","vendor_id":"38469374","email":"","profile":{"id":38469374,"username":"svc-report-mailer-76","name":"svc-report-mailer-76","state":"active","web_url":"https:\/\/gitlab.kestrel.example\/svc-report-mailer-76","created_at":"2022-12-15T00:06:57.195Z","bio":"","location":null,"job_title":"Trainer","last_sign_in_at":"2025-08-20T09:10:44.164Z","email":"","identities":[],"two_factor_enabled":false,"storage_gigabytes":16.625},"timestamp":{"created_at":"2022-12-15T00:06:57Z","updated_at":"2022-12-17T20:59:21Z","deleted_at":null,"provisioned_at":"2022-12-17T20:58:32Z","deprovisioned_at":null,"profile_changed_at":null,"last_authenticated_at":"2025-08-20T09:10:44Z"},"count":{"workspace_logs_parent":91,"workspace_logs_record":270,"workspace_logs_related":3},"included":{"workspace_integration":{"id":"wksin_01d9pd85r0sf6eb5wsfmm4rkwr","is_primary":false,"vendor":"gitlab","handle":"kestrel","domain":"kestrel.example"},"directory_user":null},"links":{"self":"https:\/\/wks-a72ab92b.provisionr.io\/api\/v1\/directory\/identities\/dridt_01gm9hp2db9swj6qaepxyt2dxw","workspace_integration":"https:\/\/wks-a72ab92b.provisionr.io\/api\/v1\/workspace\/integrations\/wksin_01d9pd85r0sf6eb5wsfmm4rkwr","directory_user":null}}"#);
}

#[test]
fn get_of_a_repeated_id_prints_every_record() {
    let ran = idq(&format!(
        "get provisionr.ndjson provisionr.json.zst --id {ID}"
    ));
    let lines: Vec<&str> = ran.text().lines().collect();
    assert!(lines.len() == 2 && lines[0] == lines[1]);
}

#[test]
fn get_of_a_deleted_record_prints_it() {
    let deleted = idq("query provisionr.json -f trashed=only -o ndjson --per-page 1");
    let id = &deleted.text()[r#"{"id":""#.len()..][..ID.len()];
    assert_eq!(
        idq(&format!("get provisionr.json --id {id}")).text(),
        deleted.text()
    );
}

#[test]
fn get_of_an_unknown_id_is_an_error() {
    let ran = idq("get provisionr.ndjson --id nobody");
    insta::assert_snapshot!(ran.failure(), @"
    error: no record has the id `nobody`
    0 records found; loaded 60 records (107.03 kB) from 1 source in [time]
    exit status 1
    ");
    // Ids are compared byte by byte.
    assert_eq!(
        idq(&format!("get provisionr.ndjson --id {}", ID.to_uppercase())).status,
        1
    );
}

#[test]
fn get_with_a_request_prints_its_records() {
    let by_filter = idq("get provisionr.json -f state=orphan --quiet");
    let by_query = idq("get provisionr.json -q filter[state]=orphan --quiet");
    let by_expression = Idq::new([
        "get",
        "provisionr.json",
        "--quiet",
        "-w",
        "state eq \"orphan\"",
    ])
    .run();
    assert_eq!(by_filter.text(), by_expression.text());
    assert_eq!(by_query.text(), by_expression.text());
    assert!(by_filter.text().lines().count() > 0);
}
