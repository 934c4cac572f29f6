//! Output formats of `idq query`: JSON, NDJSON, CSV, table.

use std::fs;

use crate::{Idq, folder_with, idq, read_fixture};

/// Two records, one of which has special characters for every format.
const HOSTILE: &str = concat!(
    r#"{"id":"a","state":"active","vendor_id":"=1+2","email":"+49@x.example","profile":{"n":-5,"k":[1, {"z":"q"}]},"#,
    r#""timestamp":{"created_at":"2026-01-02T03:04:05Z","deleted_at":null},"extra":{"note":"-x\n\"y\", z"}}"#,
    "\n",
    r#"{"id":"\u001b[31mb","state":"@sum","vendor_id":"\tt","email":"\rr","profile":null,"timestamp":{}}"#,
    "\n",
);
const COLUMNS: &str =
    "id,state,vendor_id,email,profile.n,profile.k,timestamp.deleted_at,extra.note";

#[test]
fn json_of_provisionr_is_its_envelope() {
    let ran = idq("query provisionr.ndjson -f state=orphan -f state=expiring --per-page 1 -p 2");
    insta::assert_snapshot!(ran.text(), @r#"{"current_page":2,"data":[{"id":"dridt_01khkyq3j78b9rs5xtwe1abs2k","state":"orphan","vendor_id":"00u5z20iZK7tlHOA6IUK","email":"sara.haddad@northwind.example","profile":{"id":"00u5z20iZK7tlHOA6IUK","status":"ACTIVE","created":"2026-02-16T19:26:56.583Z","lastLogin":"2026-09-07T11:47:52.453Z","profile":{"login":"sara.haddad@v5labs.example","email":"sara.haddad@northwind.example","firstName":"\u0633\u0627\u0631\u0629","lastName":"\u062d\u062f\u0627\u062f","mobilePhone":null,"userType":"Contractor","costCenter":"7100","employeeNumber":"100035","countryCode":"US"},"credentials":{"provider":{"type":"OKTA","name":"OKTA"}}},"timestamp":{"created_at":"2026-02-16T19:26:56.583800Z","updated_at":"2026-09-23T17:49:07.067206Z","provisioned_at":"2026-02-18T23:55:25.535344Z","profile_changed_at":"2026-09-23T17:48:20.067206Z","last_authenticated_at":"2026-09-07T11:47:52.453165Z"},"count":{"workspace_logs_parent":26,"workspace_logs_record":31,"workspace_logs_related":3},"included":{"workspace_integration":{"id":"wksin_01cx9w1fr0bt6n1f8t1dcgrtkr","is_primary":false,"vendor":"okta","handle":"vfive","domain":"v5labs.example"}},"links":{"self":"https:\/\/wks-a72ab92b.provisionr.io\/api\/v1\/directory\/identities\/dridt_01khkyq3j78b9rs5xtwe1abs2k","workspace_integration":"https:\/\/wks-a72ab92b.provisionr.io\/api\/v1\/workspace\/integrations\/wksin_01cx9w1fr0bt6n1f8t1dcgrtkr"}}],"first_page_url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=1","from":2,"last_page":4,"last_page_url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=4","links":[{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=1","label":"&laquo; Previous","page":1,"active":false},{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=1","label":"1","page":1,"active":false},{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=2","label":"2","page":2,"active":true},{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=3","label":"3","page":3,"active":false},{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=4","label":"4","page":4,"active":false},{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=3","label":"Next &raquo;","page":3,"active":false}],"next_page_url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=3","path":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities","per_page":1,"prev_page_url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=orphan&filter%5Bstate%5D%5B%5D=expiring&per_page=1&page=1","to":2,"total":4}"#);
}

#[test]
fn json_of_permission_assist_is_its_envelope() {
    let ran = idq("query permission-assist.ndjson -f lastName=Quill -f status=Active");
    insta::assert_snapshot!(ran.text(), @r#"{"items":[{"id":"dfe6a155-def0-4426-a5e1-2e574b02c421","kind":"Identity","firstName":"Erik","lastName":"Quill","emailAddress":"erik.quill@bramble.example","type":"Employee","title":"Account Manager","company":"Bramble \u0026 Fern Outfitters","division":"Corporate","department":"People \u0026 Culture (CC-7100)","office":"Toronto Annex, 41 Abbey Road","supervisorName":"J\u00F8rgensen, Tobias","createdDate":"2020-01-08T20:36:44.1309356Z","updatedDate":"2020-03-15T13:21:20.1094186Z","firstSeenDate":"2020-01-09T02:10:56.2398366Z","inactivatedDate":null,"status":"Active"}],"totalCount":1,"page":1,"pageSize":50,"totalPages":1}"#);
}

#[test]
fn output_without_a_terminal_is_json() {
    let implied = idq("query provisionr.ndjson");
    assert_eq!(
        implied.text(),
        idq("query provisionr.ndjson -o json").text()
    );
}

#[test]
fn csv_has_a_header_and_dotted_names() {
    let ran = idq(
        "query provisionr.ndjson -f email_search=mercer -o csv --columns id,state,profile.department,included.directory_user.full_name,timestamp.deleted_at",
    );
    insta::assert_snapshot!(ran.text(), @"
    id,state,profile.department,included.directory_user.full_name,timestamp.deleted_at
    dridt_01m0k37c0dgzqpa81tff3knvje,active,,Judith Mercer,
    ");
}

#[test]
fn csv_has_every_documented_field_by_default() {
    let ran = idq("query permission-assist.ndjson -f lastName=Quill -o csv");
    insta::assert_snapshot!(ran.text(), @r#"
    id,kind,firstName,lastName,emailAddress,type,title,company,division,department,office,supervisorName,createdDate,updatedDate,firstSeenDate,inactivatedDate,status
    dfe6a155-def0-4426-a5e1-2e574b02c421,Identity,Erik,Quill,erik.quill@bramble.example,Employee,Account Manager,Bramble & Fern Outfitters,Corporate,People & Culture (CC-7100),"Toronto Annex, 41 Abbey Road","Jørgensen, Tobias",2020-01-08T20:36:44.1309356Z,2020-03-15T13:21:20.1094186Z,2020-01-09T02:10:56.2398366Z,,Active
    "#);
}

#[test]
fn csv_without_matches_is_a_header() {
    let ran = idq("query provisionr.ndjson -f state=nobody -o csv --columns id,email --all");
    assert_eq!(ran.text(), "id,email\n");
}

#[test]
fn csv_with_formulas_is_neutralised_unless_raw() {
    let folder = folder_with(&[("hostile.ndjson", HOSTILE)]);
    let csv = |more: &str| {
        let words = format!("query hostile.ndjson -o csv --columns {COLUMNS} {more}");
        let ran = Idq::new(words.split_whitespace())
            .within(&folder)
            .succeeds();
        // A snapshot does not show control characters.
        ran.text()
            .replace('\r', "<CR>")
            .replace('\t', "<TAB>")
            .replace('\u{1b}', "<ESC>")
    };
    insta::assert_snapshot!(csv(""), @r#"
    id,state,vendor_id,email,profile.n,profile.k,timestamp.deleted_at,extra.note
    a,active,'=1+2,'+49@x.example,-5,"[1,{""z"":""q""}]",,"'-x
    ""y"", z"
    <ESC>[31mb,'@sum,'<TAB>t,"'<CR>r",,,,
    "#);
    insta::assert_snapshot!(csv("--raw-csv"), @r#"
    id,state,vendor_id,email,profile.n,profile.k,timestamp.deleted_at,extra.note
    a,active,=1+2,+49@x.example,-5,"[1,{""z"":""q""}]",,"-x
    ""y"", z"
    <ESC>[31mb,@sum,<TAB>t,"<CR>r",,,,
    "#);
}

#[test]
fn table_marks_null_and_missing_values_on_one_line() {
    let folder = folder_with(&[("hostile.ndjson", HOSTILE)]);
    let words = format!("query hostile.ndjson -o table --columns {COLUMNS}");
    let ran = Idq::new(words.split_whitespace())
        .within(&folder)
        .succeeds();
    insta::assert_snapshot!(ran.text(), @r#"
    id           state   vendor_id  email          profile.n  profile.k      timestamp.deleted_at  extra.note
    ───────────  ──────  ─────────  ─────────────  ─────────  ─────────────  ────────────────────  ──────────
    a            active  =1+2       +49@x.example  -5         [1,{"z":"q"}]  null                  -x\n"y", z
    \u{1b}[31mb  @sum    \tt        \rr            -          -              -                     -
    "#);
}

#[test]
fn table_by_default_has_the_columns_of_the_api() {
    let ran = idq("query provisionr.ndjson -f email_search=mercer -o table");
    insta::assert_snapshot!(ran.text(), @"
    id                                state   email                          included.directory_user.full_name  included.workspace_integration.vendor  timestamp.created_at  timestamp.last_authenticated_at
    ────────────────────────────────  ──────  ─────────────────────────────  ─────────────────────────────────  ─────────────────────────────────────  ────────────────────  ───────────────────────────────
    dridt_01m0k37c0dgzqpa81tff3knvje  active  judith.mercer@bramble.example  Judith Mercer                      okta                                   2026-08-21T21:21:56Z  2026-09-25T10:29:37Z
    ");
    let ran = idq("query permission-assist.ndjson -f lastName=Mercer -o table");
    insta::assert_snapshot!(ran.text(), @"
    lastName  firstName  emailAddress                   type      status  department                         updatedDate
    ────────  ─────────  ─────────────────────────────  ────────  ──────  ─────────────────────────────────  ────────────────────────────
    Mercer    Esther     esther.mercer@v5labs.example   Employee  Active  Enterprise Architecture (CC-4170)  2025-12-14T05:50:29.9068474Z
    Mercer    Judith     judith.mercer@bramble.example  Employee  Active  Site Reliability (CC-4120)         2024-10-18T21:35:12Z
    ");
}

#[test]
fn colour_without_a_terminal_is_off_unless_forced() {
    let table = |when: &str, no_color: &str| {
        let words =
            format!("query provisionr.ndjson -o table --columns id --per-page 1 --color {when}");
        let ran = Idq::new(words.split_whitespace())
            .env("NO_COLOR", no_color)
            .succeeds();
        ran.text().contains('\u{1b}')
    };
    assert!(!table("auto", ""));
    assert!(!table("never", ""));
    assert!(table("always", ""));
    // The option overrides the variable.
    assert!(table("always", "1"));
}

#[test]
fn columns_with_blanks_and_repetitions_are_accepted() {
    let ran = Idq::new(["query", "provisionr.ndjson", "--per-page", "1", "-o", "csv"])
        .args(["--columns", "state, vendor_id ,state"])
        .succeeds();
    assert_eq!(
        ran.text(),
        "state,vendor_id,state\nactive,156768211349432936245,active\n"
    );
}

#[test]
fn columns_that_no_record_has_are_refused_with_the_nearest_name() {
    let ran = idq("query provisionr.ndjson -o csv --columns id,emial,created_at,nothing");
    insta::assert_snapshot!(ran.failure(), @"
    error: --columns: no record has a field `emial`
      help: did you mean `email`?
    --columns: no record has a field `created_at`
      help: did you mean `timestamp.created_at`?
    --columns: no record has a field `nothing`
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department
    exit status 2
    ");
}

#[test]
fn columns_with_a_format_without_columns_are_refused() {
    for (output, format) in [
        ("", "json"),
        ("-o json", "json"),
        ("-o ndjson", "ndjson"),
        ("-o json --all", "json"),
    ] {
        let ran = idq(&format!("query provisionr.ndjson --columns id {output}"));
        let expected =
            format!("error: --columns does not apply to {format}: add -o csv, table or record");
        assert_eq!(ran.failure(), format!("{expected}\nexit status 2\n"));
    }
}

#[test]
fn json_of_all_matches_is_an_array_of_verbatim_records() {
    let ran = idq("query provisionr.json -f trashed=with --all");
    assert_eq!([&read_fixture("provisionr.json")[..]], [&ran.stdout[..]]);
    let ran = idq("query provisionr.json -f state=nobody --all");
    assert_eq!(ran.text(), "[]\n");
}

#[test]
fn json_with_bare_is_a_page_without_its_envelope() {
    let bare = idq("query provisionr.ndjson -p 2 --per-page 7 --bare");
    let lines = idq("query provisionr.ndjson -p 2 --per-page 7 -o ndjson");
    let joined: Vec<&str> = lines.text().lines().collect();
    assert_eq!(bare.text(), format!("[{}]\n", joined.join(",")));
}

/// A record whose keys have dots, blanks, or are URNs.
const QUOTED_KEYS: &str = concat!(
    r#"{"id":"a","state":"active","profile":{"cost.center":"4711","cost center":"north","#,
    r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales"},"#,
    r#""a.b":{"c":1},"a":{"b":{"c":2}}},"top.level":5,"urn:x:2.0:User":{"department":"North"}}"#,
    "\n",
);

#[test]
fn columns_are_the_paths_of_expressions() {
    let folder = folder_with(&[("people.ndjson", QUOTED_KEYS)]);
    let columns = concat!(
        r#"id,profile."cost.center",profile.cost center,"#,
        "profile.urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department,",
        r#"profile."a.b".c,profile.a.b.c,"top.level",urn:x:2.0:User:department,"urn:x:2.0:User".department,profile."a.b"."c""#,
    );
    let values = "a,4711,north,Sales,1,2,5,North,North,1";
    for command in ["query --all -o csv", "export -o - --format csv"] {
        let ran = Idq::new(command.split(' '))
            .args(["people.ndjson", "--columns", columns])
            .within(&folder)
            .succeeds();
        let text = ran.text();
        assert_eq!(text.lines().nth(1), Some(values), "{command}: {text}");
        assert!(!ran.stderr.contains("--columns"), "{}", ran.stderr);
    }
    let changed = QUOTED_KEYS.replace("active", "expired");
    fs::write(folder.path().join("later.ndjson"), changed).unwrap();
    let ran = Idq::new("diff people.ndjson later.ndjson -o csv --context".split(' '))
        .args([columns])
        .within(&folder)
        .run();
    let changes = String::from_utf8(ran.stdout).unwrap();
    assert!(changes.contains(values), "{changes}");
    for (column, hint) in [
        (
            r#"profile."cost.centre""#,
            r#"did you mean `profile."cost.center"`"#,
        ),
        (
            "profile.cost.center",
            r#"did you mean `profile."cost.center"`"#,
        ),
        ("top.level", r#"did you mean `"top.level"`"#),
    ] {
        let ran = Idq::new(["query", "people.ndjson", "-o", "csv", "--columns", column])
            .within(&folder)
            .succeeds();
        assert!(ran.stderr.contains(hint), "{column}: {}", ran.stderr);
    }
    // The same paths are those of differences.
    let changed = QUOTED_KEYS.replace("north", "south");
    fs::write(folder.path().join("later.ndjson"), changed).unwrap();
    let ran = Idq::new("diff people.ndjson later.ndjson -o csv --quiet --only".split(' '))
        .args(["profile.cost center"])
        .within(&folder)
        .run();
    assert_eq!(ran.status, 1, "{}", ran.stderr);
}
