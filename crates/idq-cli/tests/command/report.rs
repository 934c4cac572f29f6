//! `idq report`.

use std::fs;

use serde_json::Value;

use crate::idq::Ran;
use crate::{Idq, fixtures, folder, folder_with, idq};

/// The time of the reports.
const NOW: &str = "2026-10-02T12:00:00Z";

/// Runs a report as JSON.
fn json(report: &str, sources: &str) -> Value {
    let ran = idq(&format!(
        "report {report} {sources} --now {NOW} -o json --quiet"
    ));
    assert_eq!(ran.status, 0, "{report} {sources}: {}", ran.stderr);
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// Returns standard output of a run that succeeds.
#[track_caller]
fn stdout(ran: &Ran) -> &str {
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    str::from_utf8(&ran.stdout).unwrap()
}

/// Returns the names of the listed reports.
fn names() -> Vec<String> {
    let ran = idq("report --list");
    let lines = stdout(&ran).lines().filter(|line| !line.starts_with(' '));
    lines
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

/// Returns the number of records that satisfy expressions, as `count` finds it.
fn count(source: &str, expressions: &[&str]) -> u64 {
    let mut run = Idq::new(["count", source, "--quiet", "--now", NOW]);
    for expression in expressions {
        run = run.args(["-w", expression]);
    }
    stdout(&run.run()).trim().parse().unwrap()
}

/// The printed expressions find the printed numbers, each finding is listed once, and no record is forgotten.
#[test]
fn numbers_of_every_report_are_those_of_the_expressions_that_it_prints() {
    let names = names();
    assert_eq!(names.len(), 11);
    let mut answered = 0;
    for name in &names {
        for source in ["provisionr.ndjson", "permission-assist.ndjson"] {
            let ran = idq(&format!(
                "report {name} {source} --now {NOW} -o json --quiet"
            ));
            if ran.status == 2 {
                assert!(
                    ran.stderr.contains("has no answer for"),
                    "{name}: {}",
                    ran.stderr
                );
                continue;
            }
            answered += 1;
            let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
            let case = format!("{name} {source}");
            let population = &report["populations"][0];
            let number = |name: &str| population[name].as_u64();
            let expression: Vec<&str> = population["expression"].as_str().into_iter().collect();
            assert_eq!(
                number("looked_at"),
                Some(count(source, &expression)),
                "{case}"
            );
            let left_out = population["left_out"]["records"].as_u64().unwrap_or(0);
            let sum =
                number("looked_at").unwrap() + number("deleted_left_out").unwrap_or(0) + left_out;
            assert_eq!(number("records"), Some(sum), "{case}");
            let mut decided = 0;
            for undecided in population["undecided"].as_array().unwrap() {
                let expression = undecided["expression"].as_str().unwrap();
                assert_eq!(undecided["records"], count(source, &[expression]), "{case}");
                decided += undecided["records"].as_u64().unwrap();
            }
            for section in report["sections"].as_array().unwrap() {
                for counts in section["counts"].as_object().unwrap().values() {
                    let counts = counts.as_array().unwrap().iter();
                    let sum: u64 = counts.map(|count| count["records"].as_u64().unwrap()).sum();
                    assert_eq!(section["count"], sum, "{case}");
                }
                if section["unit"] != "record" {
                    continue;
                }
                let expression: Vec<&str> = section["expression"].as_str().into_iter().collect();
                assert_eq!(section["count"], count(source, &expression), "{case}");
                if let Some(findings) = section["findings"].as_array() {
                    assert_eq!(section["count"], findings.len() as u64, "{case}");
                }
                decided += section["count"].as_u64().unwrap();
            }
            // The kinds of findings of the other reports overlap, or are values of several records.
            let overlap = ["deactivated-in-use", "duplicates", "data-quality"];
            if !overlap.contains(&name.as_str()) {
                let sum = decided + number("in_no_finding").unwrap();
                assert_eq!(number("looked_at"), Some(sum), "{case}");
            }
        }
    }
    assert_eq!(answered, 16);
}

#[test]
fn report_prints_its_definition_population_and_findings() {
    let folder = folder();
    let dump = fs::read(fixtures().join("provisionr.ndjson")).unwrap();
    fs::write(folder.path().join("people.json"), dump).unwrap();
    let line = "report dormant people.json --days 90 --now 2026-10-02 --show 2";
    let ran = Idq::new(line.split(' ')).within(&folder).run();
    let text = stdout(&ran)
        .lines()
        .map(|line| match line.split_once(" bytes, ") {
            // The time of the file differs.
            Some((name, rest)) => {
                let (_, hash) = rest.split_once(", ").unwrap();
                format!("{name} bytes, (time), {hash}")
            }
            None => line.to_owned(),
        });
    let text: Vec<String> = text.collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    Dormant accounts
    Active accounts that nobody has used for 90 days or more. Stale accounts were used before; never-used ones are at least as old as the threshold.
    CIS Controls v8.1, Safeguard 5.3: dormant accounts are deleted or disabled after 45 days of inactivity. PCI DSS v4.0.1, 8.2.6: inactive accounts are removed or disabled within 90 days.
    As of 2026-10-02T00:00:00Z, 90 days

    Population: Provisionr directory identities
      people.json: 107,026 bytes, (time), SHA-256 3c252ad6c88caaa555322507adcd55a89f6ba5cf9cce6ecf815474f486af6f46
      60 records
      6 left out: deleted
      10 left out: not active: suspended, deactivated, staged, expired or without an owner
      44 looked at: state eq "active"
      0 undecided, too new: never used, and created less than 90 days ago: state eq "active" and timestamp.last_authenticated_at eq null and timestamp.created_at gt "-90d"
      0 undecided, unknown: never used, and without a time of creation: state eq "active" and timestamp.last_authenticated_at eq null and timestamp.created_at eq null
      16 in no finding

    Last used 90 days ago or earlier: 16 records
      state eq "active" and timestamp.last_authenticated_at le "-90d"

    included.workspace_integration.vendor  records
    ─────────────────────────────────────  ───────
    google_workspace                             4
    demo                                         3
    entra_id                                     2
    github                                       2
    okta                                         2
    slack                                        2
    gitlab                                       1

      id                                email                            included.workspace_integration.vendor  timestamp.created_at  timestamp.last_authenticated_at
      dridt_01jes0fadrgeb84ej86zvnrpzb  emeka.oakley@northwind.example   google_workspace                       2024-12-10T19:24:26Z  2026-06-04T18:47:16Z
      dridt_01gbwg7fz5dssmjb4xz82zr5ea  fiona.bristow@northwind.example  google_workspace                       2022-09-01T12:25:48Z  2025-05-12T01:47:49Z
      14 more lines: --show N shows N, -o csv all

    Never used, and created 90 days ago or earlier: 12 records
      state eq "active" and timestamp.last_authenticated_at eq null and timestamp.created_at le "-90d"

    included.workspace_integration.vendor  records
    ─────────────────────────────────────  ───────
    entra_id                                     4
    google_workspace                             4
    okta                                         2
    slack                                        2

      id                                email                            included.workspace_integration.vendor  timestamp.created_at  timestamp.last_authenticated_at
      dridt_01kmqhn3gdfwz6fm9f8kwtxbge  adele.eze@omalley.example        entra_id                               2026-03-27T11:42:42Z
      dridt_01gxfb9515tjy2ng33tywhjba0  fiona.bristow@northwind.example  okta                                   2023-04-08T02:31:45Z
      10 more lines: --show N shows N, -o csv all
    "#);
}

#[test]
fn statement_has_the_hash_of_each_file() {
    let report = json("inventory", "provisionr.ndjson.gz monday.ndjson");
    let files = report["populations"][0]["files"].as_array().unwrap();
    let hashes: Vec<&str> = files
        .iter()
        .map(|file| file["sha256"].as_str().unwrap())
        .collect();
    let expected = ["provisionr.ndjson.gz", "monday.ndjson"].map(|name| {
        let ran = std::process::Command::new("sha256sum")
            .arg(fixtures().join(name))
            .output()
            .unwrap();
        String::from_utf8(ran.stdout).unwrap()[..64].to_owned()
    });
    assert_eq!(hashes, expected);
    // Standard input can be read only once.
    let ran = Idq::new(["report", "inventory", "-", "-o", "json", "--quiet"])
        .input_from(fixtures().join("monday.ndjson"))
        .run();
    let report: Value = serde_json::from_str(stdout(&ran)).unwrap();
    assert_eq!(report["populations"][0]["files"][0]["sha256"], Value::Null);
}

#[test]
fn leavers_of_two_systems_are_matched_in_any_order() {
    let report = json("leavers", "staff.ndjson monday.ndjson");
    let counts: Vec<&Value> = report["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| &section["count"])
        .collect();
    assert_eq!(counts, [1, 0, 1]);
    assert_eq!(report, json("leavers", "monday.ndjson staff.ndjson"));
    let ran = idq(&format!(
        "report leavers staff.ndjson monday.ndjson --now {NOW} -o csv --quiet"
    ));
    insta::assert_snapshot!(stdout(&ran), @r"
    section,group,left.id,left.emailAddress,left.status,left.inactivatedDate,right.id,right.state,right.included.workspace_integration.vendor,right.timestamp.last_authenticated_at
    still-active,1,67d12f44-f9ae-4ae0-bbaa-f9d571bf2b76,octavia.pike@kestrel.example,Disabled,2026-09-30T00:00:00Z,dridt_01kz0ye1yggesc7agbdqnb4ekn,active,entra_id,2026-09-26T07:46:09Z
    unknown,1,,,,,dridt_01jw5wejnsg4hhp87zx96ppwr7,active,google_workspace,2026-09-15T18:05:27Z
    ");
}

/// One person has an active and a deactivated account.
#[test]
fn accounts_of_a_leaver_that_are_not_active_are_no_findings() {
    let people = r#"{"id":"p","emailAddress":"a@x","status":"Disabled"}"#;
    let accounts = [
        r#"{"id":"a1","email":"a@x","state":"active"}"#,
        r#"{"id":"a2","email":"a@x","state":"deactivated"}"#,
        r#"{"id":"a3","email":"A@x","state":"active"}"#,
    ];
    let folder = folder_with(&[
        ("people", people.as_bytes()),
        ("accounts", accounts.join("\n").as_bytes()),
    ]);
    let line = "report leavers people accounts -o json --quiet";
    let ran = Idq::new(line.split(' ')).within(&folder).run();
    let report: Value = serde_json::from_str(stdout(&ran)).unwrap();
    let findings = report["sections"][0]["findings"].as_array().unwrap().iter();
    let ids: Vec<&Value> = findings.map(|finding| &finding["right.id"]).collect();
    assert_eq!(ids, ["a1", "a3"]);
}

/// Two people share the address of two accounts.
#[test]
fn disputed_records_are_findings_if_they_satisfy_the_condition_with_some_other() {
    let people = [
        r#"{"id":"p1","emailAddress":"a@x","status":"Disabled"}"#,
        r#"{"id":"p2","emailAddress":"a@x","status":"Active"}"#,
    ];
    let accounts = [
        r#"{"id":"a1","email":"a@x","state":"active"}"#,
        r#"{"id":"a2","email":"a@x","state":"deactivated"}"#,
    ];
    let folder = folder_with(&[
        ("people", people.join("\n").as_bytes()),
        ("accounts", accounts.join("\n").as_bytes()),
    ]);
    let line = "report leavers people accounts -o csv --quiet";
    let ran = Idq::new(line.split(' ')).within(&folder).run();
    let lines = stdout(&ran).lines().skip(1);
    let lines: Vec<&str> = lines.map(|line| line.trim_end_matches(',')).collect();
    assert_eq!(
        lines,
        ["disputed,1,p1,a@x,Disabled", "disputed,1,,,,,a1,active"]
    );
}

#[test]
fn output_that_nobody_reads_ends_the_report_quietly() {
    let dump = fixtures().join("provisionr.ndjson");
    let script = format!(
        "set -o pipefail; \"$0\" report dormant {} -o csv --quiet | head -n 1 >/dev/null",
        dump.display()
    );
    let ran = std::process::Command::new("bash")
        .args(["-c", &script, env!("CARGO_BIN_EXE_idq")])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
}

#[test]
fn deleted_records_take_no_part_in_reports_on_two_systems() {
    let report = json("leavers", "staff.ndjson provisionr.ndjson");
    let population = &report["populations"][1];
    assert_eq!(population["deleted_left_out"], 6);
    assert_eq!(population["looked_at"], 54);
}

#[test]
fn duplicates_are_listed_in_groups() {
    let ran = idq("report duplicates monday.ndjson -o csv --quiet");
    insta::assert_snapshot!(stdout(&ran), @r"
    section,group,id,email,state,included.workspace_integration.vendor,included.directory_user.full_name
    duplicates,1,dridt_01gxfb9515tjy2ng33tywhjba0,fiona.bristow@northwind.example,active,okta,Fiona Bristow
    duplicates,1,dridt_01jzqqd4h9sy3v8e3b1wz23sdp,fiona.bristow@northwind.example,active,slack,Fiona Bristow
    ");
    let ran = idq("report inventory permission-assist.ndjson -o csv --quiet");
    insta::assert_snapshot!(stdout(&ran), @r"
    section,key,value,records
    records,status,Active,49
    records,status,Disabled,8
    records,status,Removed,3
    records,type,Employee,39
    records,type,Mailbox,5
    records,type,Service Account,5
    records,type,Vendor,5
    records,type,Shared,2
    records,type,Temporary,2
    records,type,Administrator,1
    records,type,Client,1
    records,createdDate:year,2018,2
    records,createdDate:year,2019,8
    records,createdDate:year,2020,10
    records,createdDate:year,2021,4
    records,createdDate:year,2022,4
    records,createdDate:year,2023,11
    records,createdDate:year,2024,9
    records,createdDate:year,2025,8
    records,createdDate:year,2026,4
    ");
}

#[test]
fn page_is_well_formed_and_fetches_nothing() {
    let record = r#"{"id":"<script>alert(1)</script>","email":"a&b@x\u001b.org","state":"active","timestamp":{"last_authenticated_at":"2020-01-01T00:00:00Z"}}"#;
    let folder = folder_with(&[("people.json", record.as_bytes())]);
    for (report, source) in [
        ("dormant", folder.path().join("people.json")),
        ("privileged", fixtures().join("permission-assist.ndjson")),
        ("duplicates", fixtures().join("monday.ndjson")),
    ] {
        let source = source.to_str().unwrap();
        let ran = idq(&format!(
            "report {report} {source} --now {NOW} -o html --quiet"
        ));
        let page = stdout(&ran);
        // The elements without an end are none of XML.
        let xml = page
            .replace("<!DOCTYPE html>\n", "")
            .replace("<meta charset=\"utf-8\">", "")
            .replace("initial-scale=1\">", "initial-scale=1\"/>")
            .replace("<br>", "<br/>")
            .replace("<wbr>", "<wbr/>");
        let page_tree =
            roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error}\n{page}"));
        for element in page_tree.descendants().filter(roxmltree::Node::is_element) {
            assert!(!matches!(
                element.tag_name().name(),
                "script" | "link" | "img" | "iframe"
            ));
            for name in ["src", "href"] {
                assert_eq!(element.attribute(name), None);
            }
        }
        assert!(!page.contains("url(") && !page.contains("@import") && !page.contains('\u{1b}'));
    }
}

#[cfg(feature = "export")]
#[test]
fn workbook_goes_to_a_file() {
    let ran = idq("report inventory monday.ndjson -o xlsx --quiet");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with(b"PK"));
}

#[test]
fn own_report_runs_from_a_file() {
    let own = r#"
        name = "contractors"
        title = "Contractors without a department"
        definition = "Vendors whom nobody has put anywhere for {days} days."
        days = 10

        [api.permission-assist]
        columns = ["id", "emailAddress"]

        [[api.permission-assist.section]]
        name = "found"
        title = "Of type Vendor"
        where = 'type eq "Vendor" and createdDate lt "-{days}d"'
        counts = ["company"]
    "#;
    let folder = folder_with(&[("own.toml", own.as_bytes())]);
    let path = folder.path().join("own.toml");
    let path = path.to_str().unwrap();
    let ran = idq(&format!(
        "report --report {path} permission-assist.ndjson --now {NOW} -o csv --quiet"
    ));
    insta::assert_snapshot!(stdout(&ran), @r"
    section,id,emailAddress
    found,2ff64658-b1d4-4999-9ef5-8431548d5a4c,sibyl.bassett@northwind.example
    found,622fafa6-1173-4761-a0a1-4ddfc5b84f9e,nora.brennan@northwind.example
    found,2b22badd-3393-4591-9bcb-87f84cd00b58,bianca.falk@studio.halden.example
    found,e32b9db2-8f59-49b3-b34e-4199b10d7acc,anders.nyberg@kestrel.example
    found,d37358cd-df2a-45f2-8837-6527b3b69d7d,fiona.rowntree@northwind.example
    ");
}

#[test]
fn mistakes_are_named_with_the_way_out() {
    let own = |text: &str| {
        let folder = folder_with(&[("own.toml", text.as_bytes())]);
        let path = folder.path().join("own.toml");
        let line = format!("report --report {} monday.ndjson", path.to_str().unwrap());
        let ran = idq(&line);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        ran.stderr.replace(folder.path().to_str().unwrap(), "")
    };
    let error = |line: &str| {
        let ran = idq(line);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        ran.stderr
    };
    let head = "name = \"x\"\ntitle = \"X\"\ndefinition = \"d\"\n";
    let section = "[[api.provisionr.section]]\nname = \"s\"\ntitle = \"t\"\n";
    let errors = [
        error("report dorment monday.ndjson"),
        error("report own.toml monday.ndjson"),
        error("report dormant"),
        error("report dormant permission-assist.ndjson"),
        error("report leavers staff.ndjson"),
        error("report orphans monday.ndjson --days 5"),
        own("name = 5"),
        own(head),
        own(&format!("{head}{section}where = 'state eq'")),
        own(&format!("{head}{section}where = 'stat eq 5'\n")),
        own(&format!("{head}{section}duplicates = 'email:trimm'\n")),
        own(&format!("{head}{section}wher = 'state pr'\n")),
        own(&format!("{head}{section}duplicates = 'emial'\n")),
        own(&format!(
            "{head}[api.provisionr]\ncolumns = ['emial']\n{section}"
        )),
        own(&format!(
            "{head}{section}where = 'state pr'\nduplicates = 'email'\n"
        )),
        own(&format!("{head}{section}where = 'email eq \"{{days}}\"'\n")),
        own(&format!(
            "{head}[match]\nleft = 'provisionr'\nright = 'provisionr'\non = []\n"
        )),
        own(&format!(
            "{head}[match]\nleft = 'x'\nright = 'provisionr'\non = []\ncardinality = '1:n'\n"
        )),
        error("report --report missing.toml monday.ndjson"),
        error("report leavers - monday.ndjson"),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r#"
    error: expected the name of a report, found `dorment`
      help: did you mean `dormant`?
      help: `idq report --list` lists the reports, --report FILE.toml runs your own

    error: expected the name of a report, found `own.toml`
      help: `idq report --report own.toml` runs a report of your own

    error: expected a source after the name of the report: `idq report dormant FILE`

    error: the report dormant has no answer for Permission Assist identities: its identities have no time of the last sign-in

    error: the report leavers has no answer for Permission Assist identities: it has people, and no accounts: name a dump of Provisionr as well

    error: the report orphans has no number of days

    error: --report: /own.toml: TOML parse error at line 1, column 8
      |
    1 | name = 5
      |        ^
    invalid type: integer `5`, expected a string


    error: --report: /own.toml: expected a table [api.NAME] or [match], found none

    error: the report x, section s: expected a value after `eq`, found the end
      -w: state eq
                  ^
      help: write a value: `eq "TEXT"`, `eq 5`, `eq true`, `eq null`

    error: the report x, section s: expected the name of a field, found `stat`
      help: did you mean `state`?

    error: the report x, section s: expected a folding (trim, nfc, fold, plus or local), found `trimm`; did you mean `trim`?

    error: --report: /own.toml: TOML parse error at line 7, column 1
      |
    7 | wher = 'state pr'
      | ^^^^
    unknown field `wher`, expected one of `name`, `title`, `where`, `duplicates`, `counts`, `list`


    error: the report x: no record has a field `emial`
      help: did you mean `email`?
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department

    error: the report x: no record has a field `emial`
      help: did you mean `email`?
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department

    error: --report: /own.toml: section s: `duplicates` stands alone, without `where` and `counts`

    error: --report: /own.toml: `days`, the default number, and `{days}` need each other

    error: --report: /own.toml: [match]: expected two APIs, found one twice

    error: --report: /own.toml: TOML parse error at line 8, column 15
      |
    8 | cardinality = '1:n'
      |               ^^^^^
    unknown variant `1:n`, expected one of `one-to-one`, `one-to-many`, `many-to-one`


    error: --report: missing.toml: No such file or directory (os error 2)

    error: the API of one of the two sources is unknown: a report on two systems needs two sources with records that can be read twice, so no pipes
    "#);
}
