use crate::idq;

#[test]
fn an_empty_answer_says_what_may_be_the_reason() {
    let said: String = [
        "count provisionr.json -f deleted_after=2020-01-01",
        "count provisionr.json -f deprovisioned_before=2000-01-01",
        "count provisionr.json -f state=actve,pending",
        "query provisionr.json -f state=Active -o ndjson",
        "count permission-assist.json -f status=Terminated",
        "query provisionr.json -p 9 -o ndjson",
    ]
    .into_iter()
    .map(|line| format!("idq {line}\n{}", idq(line).said()))
    .collect();
    insta::assert_snapshot!(said, @"
    idq count provisionr.json -f deleted_after=2020-01-01
    hint: filter[deleted_after] finds no deleted records by itself: add filter[trashed]=with or filter[trashed]=only
    0 records matched; loaded 60 records (107.03 kB) from 1 source in [time]
    idq count provisionr.json -f deprovisioned_before=2000-01-01
    hint: filter[deprovisioned_before] finds no deleted records by itself: add filter[trashed]=with or filter[trashed]=only
    0 records matched; loaded 60 records (107.03 kB) from 1 source in [time]
    idq count provisionr.json -f state=actve,pending
    hint: no record has `actve` for filter[state]; there is `active`
    hint: no record has `pending` for filter[state]; there is `active`, `deactivated`, `expiring`, `orphan`, `staged`, `suspended`
    0 records matched; loaded 60 records (107.03 kB) from 1 source in [time]
    idq query provisionr.json -f state=Active -o ndjson
    hint: no record has `Active` for filter[state]; there is `active`
    0 records matched; page 1 of 1; loaded 60 records (107.03 kB) from 1 source in [time]
    idq count permission-assist.json -f status=Terminated
    hint: no record has `Terminated` for filter[status]; there is `Active`, `Disabled`, `Removed`
    0 records matched; loaded 60 records (32.65 kB) from 1 source in [time]
    idq query provisionr.json -p 9 -o ndjson
    hint: page 9 is past the last page, 4
    54 records matched; page 9 of 4; loaded 60 records (107.03 kB) from 1 source in [time]
    ");
}

#[test]
fn deleted_records_are_missed_even_where_others_are_found() {
    let ran = idq("count provisionr.json -f deprovisioned_after=2020-01-01");
    assert_eq!(ran.text(), "4\n");
    assert!(
        ran.stderr.contains("add filter[trashed]=with"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_exact_filter_minds_the_case() {
    let ran = idq("count permission-assist.json -f lastName=stark");
    insta::assert_snapshot!(ran.said(), @"
    hint: filter[lastName] minds upper and lower case: filter[lastName_search] does not
    0 records matched; loaded 60 records (32.65 kB) from 1 source in [time]
    ");
}

#[test]
fn a_request_that_can_match_needs_no_hint() {
    for line in [
        "count provisionr.json -f trashed=only -f deleted_after=2020-01-01",
        "count provisionr.json -f state=active",
    ] {
        assert!(!idq(line).stderr.contains("hint"), "{line}");
    }
}
