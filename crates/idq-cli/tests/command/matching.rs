//! `idq match`.

use crate::idq::Ran;
use crate::{Idq, folder, folder_with, idq, pack};

/// The staff of Permission Assist and the accounts of Provisionr.
const SIDES: &str = "staff.ndjson monday.ndjson";

/// Runs `match` on the fixtures with a rule and other arguments.
fn staff(rule: &str, arguments: &[&str]) -> Ran {
    Idq::new(["match", "staff.ndjson", "monday.ndjson", "--on", rule])
        .args(arguments)
        .run()
}

/// Returns standard output of a run that succeeds.
#[track_caller]
fn stdout(ran: &Ran) -> &str {
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    str::from_utf8(&ran.stdout).unwrap()
}

#[test]
fn match_prints_linked_disputed_and_unmatched_records() {
    let ran = staff("emailAddress:trim ~ email", &["-o", "text"]);
    insta::assert_snapshot!(stdout(&ran), @r"
    staff.ndjson ↔ monday.ndjson
    linked    5
    disputed  1 (1 left, 2 right)
    unmatched 3 left, 5 right

    rule: result                         pairs, groups
    ───────────────────────────────────  ─────────────
    emailAddress:trim ~ email: exact                 3
    emailAddress:trim ~ email: trim                  1
    emailAddress:trim ~ email: fold                  1
    emailAddress:trim ~ email: disputed              1

    linked by emailAddress:trim ~ email
      left   45e337b2-2a19-4d2a-aeda-989bddc314fe  Rowntree  Fiona  fiona.rowntree@northwind.example  Employee  Active  Data & Analytics (CC-4140)
      right  dridt_01gcv9g915qr1mbrsqp8n1kmnb  active  fiona.rowntree@northwind.example  Fiona Rowntree  google_workspace
    linked by emailAddress:trim ~ email
      left   235d4eb7-7da1-437b-b36c-37bef531b559  Wolff  Flora  Flora.Wolff@Kestrel.example  Employee  Active  Marketing (CC-5200)
      right  dridt_01fmmyhb8c9jfn9fbhgqt731n2  suspended  flora.wolff@kestrel.example  Flora Wolff  okta
    linked by emailAddress:trim ~ email
      left   dfe6a155-def0-4426-a5e1-2e574b02c421  Hale  Imogen  imogen.hale@northwind.example  Employee  Disabled  People & Culture (CC-7100)
      right  dridt_01h7x3bpx48zsdzsn1aqff0gk9  deactivated  imogen.hale@northwind.example  Imogen Hale  okta
    linked by emailAddress:trim ~ email
      left   67d12f44-f9ae-4ae0-bbaa-f9d571bf2b76  Pike  Octavia  octavia.pike@kestrel.example  Shared  Disabled  Marketing (CC-5200)
      right  dridt_01kz0ye1yggesc7agbdqnb4ekn  active  octavia.pike@kestrel.example  Octavia Pike  entra_id
    disputed by emailAddress:trim ~ email
      left   54bd7185-f471-486a-8844-98c57d7582eb  Bristow  Fiona  fiona.bristow@northwind.example  Employee  Active  Tax (CC-6130)
      right  dridt_01gxfb9515tjy2ng33tywhjba0  active  fiona.bristow@northwind.example  Fiona Bristow  okta
      right  dridt_01jzqqd4h9sy3v8e3b1wz23sdp  active  fiona.bristow@northwind.example  Fiona Bristow  slack
    unmatched
      left   1f402541-5de3-4d07-aaa1-856208323d1a  Dvorak  Abigail  abigail.dvorak+hr@bramble.example  Employee  Active  People & Culture (CC-7100)
    unmatched
      left   2ac063d7-b919-42d4-8388-7c44a06887a9  Quill  Erik  erik.quill@bramble.example  Employee  Active  Legal (CC-7200)
    linked by emailAddress:trim ~ email
      left   c3aa0b6d-eab2-43a7-94c9-f298c5d344b7  Eze  Adele   adele.eze@omalley.example  Employee  Active  Forschung & Entwicklung (CC-8300)
      right  dridt_01kmqhn3gdfwz6fm9f8kwtxbge  active  adele.eze@omalley.example  Adele Eze  entra_id
    unmatched
      left   58d6946a-031d-43f9-8c20-3871ff2d4370  Vale  Nadia  Employee  Active  Warehouse (CC-8110)
    unmatched
      right  dridt_01gm9hp2db9swj6qaepxyt2dxw  orphan  gitlab
    unmatched
      right  dridt_01m0pcbn4rzdbhyg1585ey7m3t  staged  nora.tate@kestrel.example  Nora Tate  google_workspace
    unmatched
      right  dridt_01m1rss56g3pc5hnmmd81htfwk  active  Abigail.Dvorak@Bramble.example  Abigail Dvořák  entra_id
    unmatched
      right  dridt_01j0sm0x2btt6kwntgby33zanp  deactivated  camilla.brandt@northwind.example  Camilla Brandt  google_workspace
    unmatched
      right  dridt_01jw5wejnsg4hhp87zx96ppwr7  active  nora.yamada@kestrel.example  Nora Yamada  google_workspace
    ");
    insta::assert_snapshot!(ran.messages(), @r"
    note: emailAddress:trim ~ email: no value in 2 records (1 left, 1 right)
    5 linked, 1 disputed, 8 unmatched; matched 9 records of staff.ndjson with 12 of monday.ndjson in [time]
    ");
}

#[test]
fn values_of_both_sides_are_in_every_format() {
    let columns = ["--columns", "right.state,left.status,right.email"];
    let run = |format: &str, more: &[&str]| {
        let arguments = [&columns[..], &["-o", format, "--quiet"], more].concat();
        stdout(&staff("emailAddress:trim:plus ~ email", &arguments)).to_owned()
    };
    insta::assert_snapshot!(run("csv", &[]), @r"
    group,situation,rule,left,right,right.state,left.status,right.email
    1,linked,emailAddress:trim:plus ~ email,45e337b2-2a19-4d2a-aeda-989bddc314fe,dridt_01gcv9g915qr1mbrsqp8n1kmnb,active,Active,fiona.rowntree@northwind.example
    2,linked,emailAddress:trim:plus ~ email,235d4eb7-7da1-437b-b36c-37bef531b559,dridt_01fmmyhb8c9jfn9fbhgqt731n2,suspended,Active,flora.wolff@kestrel.example
    3,linked,emailAddress:trim:plus ~ email,dfe6a155-def0-4426-a5e1-2e574b02c421,dridt_01h7x3bpx48zsdzsn1aqff0gk9,deactivated,Disabled,imogen.hale@northwind.example
    4,linked,emailAddress:trim:plus ~ email,67d12f44-f9ae-4ae0-bbaa-f9d571bf2b76,dridt_01kz0ye1yggesc7agbdqnb4ekn,active,Disabled,octavia.pike@kestrel.example
    5,disputed,emailAddress:trim:plus ~ email,54bd7185-f471-486a-8844-98c57d7582eb,,,Active,
    5,disputed,emailAddress:trim:plus ~ email,,dridt_01gxfb9515tjy2ng33tywhjba0,active,,fiona.bristow@northwind.example
    5,disputed,emailAddress:trim:plus ~ email,,dridt_01jzqqd4h9sy3v8e3b1wz23sdp,active,,fiona.bristow@northwind.example
    6,linked,emailAddress:trim:plus ~ email,1f402541-5de3-4d07-aaa1-856208323d1a,dridt_01m1rss56g3pc5hnmmd81htfwk,active,Active,Abigail.Dvorak@Bramble.example
    7,unmatched,,2ac063d7-b919-42d4-8388-7c44a06887a9,,,Active,
    8,linked,emailAddress:trim:plus ~ email,c3aa0b6d-eab2-43a7-94c9-f298c5d344b7,dridt_01kmqhn3gdfwz6fm9f8kwtxbge,active,Active,adele.eze@omalley.example
    9,unmatched,,58d6946a-031d-43f9-8c20-3871ff2d4370,,,Active,
    10,unmatched,,,dridt_01gm9hp2db9swj6qaepxyt2dxw,orphan,,
    11,unmatched,,,dridt_01m0pcbn4rzdbhyg1585ey7m3t,staged,,nora.tate@kestrel.example
    12,unmatched,,,dridt_01j0sm0x2btt6kwntgby33zanp,deactivated,,camilla.brandt@northwind.example
    13,unmatched,,,dridt_01jw5wejnsg4hhp87zx96ppwr7,active,,nora.yamada@kestrel.example
    ");
    insta::assert_snapshot!(run("ndjson", &["--cardinality", "one-to-many", "--situation", "linked"]), @r#"
    {"situation":"linked","rule":"emailAddress:trim:plus ~ email","left":["45e337b2-2a19-4d2a-aeda-989bddc314fe"],"right":["dridt_01gcv9g915qr1mbrsqp8n1kmnb"],"values":{"right.state":["active"],"left.status":["Active"],"right.email":["fiona.rowntree@northwind.example"]}}
    {"situation":"linked","rule":"emailAddress:trim:plus ~ email","left":["235d4eb7-7da1-437b-b36c-37bef531b559"],"right":["dridt_01fmmyhb8c9jfn9fbhgqt731n2"],"values":{"right.state":["suspended"],"left.status":["Active"],"right.email":["flora.wolff@kestrel.example"]}}
    {"situation":"linked","rule":"emailAddress:trim:plus ~ email","left":["dfe6a155-def0-4426-a5e1-2e574b02c421"],"right":["dridt_01h7x3bpx48zsdzsn1aqff0gk9"],"values":{"right.state":["deactivated"],"left.status":["Disabled"],"right.email":["imogen.hale@northwind.example"]}}
    {"situation":"linked","rule":"emailAddress:trim:plus ~ email","left":["67d12f44-f9ae-4ae0-bbaa-f9d571bf2b76"],"right":["dridt_01kz0ye1yggesc7agbdqnb4ekn"],"values":{"right.state":["active"],"left.status":["Disabled"],"right.email":["octavia.pike@kestrel.example"]}}
    {"situation":"linked","rule":"emailAddress:trim:plus ~ email","left":["54bd7185-f471-486a-8844-98c57d7582eb"],"right":["dridt_01gxfb9515tjy2ng33tywhjba0","dridt_01jzqqd4h9sy3v8e3b1wz23sdp"],"values":{"right.state":["active","active"],"left.status":["Active"],"right.email":["fiona.bristow@northwind.example","fiona.bristow@northwind.example"]}}
    {"situation":"linked","rule":"emailAddress:trim:plus ~ email","left":["1f402541-5de3-4d07-aaa1-856208323d1a"],"right":["dridt_01m1rss56g3pc5hnmmd81htfwk"],"values":{"right.state":["active"],"left.status":["Active"],"right.email":["Abigail.Dvorak@Bramble.example"]}}
    {"situation":"linked","rule":"emailAddress:trim:plus ~ email","left":["c3aa0b6d-eab2-43a7-94c9-f298c5d344b7"],"right":["dridt_01kmqhn3gdfwz6fm9f8kwtxbge"],"values":{"right.state":["active"],"left.status":["Active"],"right.email":["adele.eze@omalley.example"]}}
    "#);
    insta::assert_snapshot!(run("text", &["--situation", "disputed"]), @r"
    staff.ndjson ↔ monday.ndjson
    linked    6
    disputed  1 (1 left, 2 right)
    unmatched 2 left, 4 right

    rule: result                              pairs, groups
    ────────────────────────────────────────  ─────────────
    emailAddress:trim:plus ~ email: exact                 3
    emailAddress:trim:plus ~ email: trim                  1
    emailAddress:trim:plus ~ email: fold                  1
    emailAddress:trim:plus ~ email: plus                  1
    emailAddress:trim:plus ~ email: disputed              1

    disputed by emailAddress:trim:plus ~ email
      left   54bd7185-f471-486a-8844-98c57d7582eb  Active
      right  dridt_01gxfb9515tjy2ng33tywhjba0  active  fiona.bristow@northwind.example
      right  dridt_01jzqqd4h9sy3v8e3b1wz23sdp  active  fiona.bristow@northwind.example
    ");
}

#[test]
fn expression_over_both_sides_selects_groups_and_all_are_counted() {
    let run = |expression: &str| {
        let arguments = [
            "-w",
            expression,
            "-o",
            "csv",
            "--columns",
            "left.emailAddress",
        ];
        let ran = staff("emailAddress:trim ~ email", &arguments);
        format!("{}{}", stdout(&ran), ran.messages())
    };
    insta::assert_snapshot!(run(r#"left.status eq "Disabled" and right.state eq "active""#), @r"
    group,situation,rule,left,right,left.emailAddress
    1,linked,emailAddress:trim ~ email,67d12f44-f9ae-4ae0-bbaa-f9d571bf2b76,dridt_01kz0ye1yggesc7agbdqnb4ekn,octavia.pike@kestrel.example
    note: emailAddress:trim ~ email: no value in 2 records (1 left, 1 right)
    1 of 14 groups satisfies -w; 5 linked, 1 disputed, 8 unmatched; matched 9 records of staff.ndjson with 12 of monday.ndjson in [time]
    ");
    insta::assert_snapshot!(run(r#"left.lastName pr and not (right.state pr)"#), @r"
    group,situation,rule,left,right,left.emailAddress
    1,unmatched,,1f402541-5de3-4d07-aaa1-856208323d1a,,abigail.dvorak+hr@bramble.example
    2,unmatched,,2ac063d7-b919-42d4-8388-7c44a06887a9,,erik.quill@bramble.example
    3,unmatched,,58d6946a-031d-43f9-8c20-3871ff2d4370,,
    note: emailAddress:trim ~ email: no value in 2 records (1 left, 1 right)
    3 of 14 groups satisfy -w; 5 linked, 1 disputed, 8 unmatched; matched 9 records of staff.ndjson with 12 of monday.ndjson in [time]
    ");
    insta::assert_snapshot!(run(r#"right.timestamp.created_at lt "+1d" and left.status eq null"#), @r"
    group,situation,rule,left,right,left.emailAddress
    1,unmatched,,,dridt_01gm9hp2db9swj6qaepxyt2dxw,
    2,unmatched,,,dridt_01m0pcbn4rzdbhyg1585ey7m3t,
    3,unmatched,,,dridt_01m1rss56g3pc5hnmmd81htfwk,
    4,unmatched,,,dridt_01j0sm0x2btt6kwntgby33zanp,
    5,unmatched,,,dridt_01jw5wejnsg4hhp87zx96ppwr7,
    note: emailAddress:trim ~ email: no value in 2 records (1 left, 1 right)
    5 of 14 groups satisfy -w; 5 linked, 1 disputed, 8 unmatched; matched 9 records of staff.ndjson with 12 of monday.ndjson in [time]
    ");
}

#[test]
fn first_rule_that_finds_candidates_decides() {
    let left = [
        r#"{"id":"1","emailAddress":"a@x","lastName":"b","status":"Active"}"#,
        r#"{"id":"2","emailAddress":"c@x","lastName":"a","status":"Active"}"#,
        r#"{"id":"3","emailAddress":null,"lastName":"d","status":"Active"}"#,
        r#"{"id":"4","emailAddress":"","lastName":"","status":"Active"}"#,
    ];
    let right = [
        r#"{"id":"r1","email":"A@x","state":"active","vendor_id":"a"}"#,
        r#"{"id":"r2","email":"b@x","state":"active","vendor_id":"d"}"#,
        r#"{"id":"r3","email":"","state":"active","vendor_id":"d"}"#,
    ];
    let folder = folder_with(&[
        ("left", left.join("\n").as_bytes()),
        ("right", right.join("\n").as_bytes()),
    ]);
    let line = "match left right --on emailAddress~email --on lastName=vendor_id -o csv";
    let ran = Idq::new(line.split(' ')).within(&folder).run();
    insta::assert_snapshot!(format!("{}{}", stdout(&ran), ran.messages()), @r"
    group,situation,rule,left,right
    1,linked,emailAddress~email,1,r1
    2,unmatched,,2,
    3,disputed,lastName=vendor_id,3,
    3,disputed,lastName=vendor_id,,r2
    3,disputed,lastName=vendor_id,,r3
    4,unmatched,,4,
    note: emailAddress~email: no value in 3 records (2 left, 1 right)
    note: lastName=vendor_id: no value in 1 record (1 left, 0 right)
    note: lastName=vendor_id: all candidates of 1 record were decided by an earlier rule
    1 linked, 1 disputed, 2 unmatched; matched 4 records of left with 3 of right in [time]
    ");
    // The pair of the first rule is also one of the second.
    let line = "match left right --on lastName=vendor_id --on emailAddress~email -o csv --quiet";
    let ran = Idq::new(line.split(' ')).within(&folder).run();
    insta::assert_snapshot!(stdout(&ran), @r"
    group,situation,rule,left,right
    1,unmatched,,1,
    2,linked,lastName=vendor_id,2,r1
    3,disputed,lastName=vendor_id,3,
    3,disputed,lastName=vendor_id,,r2
    3,disputed,lastName=vendor_id,,r3
    4,unmatched,,4,
    ");
}

#[test]
fn filters_limit_the_records_of_a_side() {
    let ran = staff(
        "emailAddress ~ email",
        &[
            "--left-filter",
            "status=Disabled",
            "--right-where",
            r#"email co "northwind""#,
            "-o",
            "csv",
        ],
    );
    insta::assert_snapshot!(format!("{}{}", stdout(&ran), ran.messages()), @r"
    group,situation,rule,left,right
    1,linked,emailAddress ~ email,dfe6a155-def0-4426-a5e1-2e574b02c421,dridt_01h7x3bpx48zsdzsn1aqff0gk9
    2,unmatched,,67d12f44-f9ae-4ae0-bbaa-f9d571bf2b76,
    3,unmatched,,,dridt_01gcv9g915qr1mbrsqp8n1kmnb
    4,unmatched,,,dridt_01gxfb9515tjy2ng33tywhjba0
    5,unmatched,,,dridt_01jzqqd4h9sy3v8e3b1wz23sdp
    6,unmatched,,,dridt_01j0sm0x2btt6kwntgby33zanp
    1 linked, 0 disputed, 5 unmatched; matched 2 records of staff.ndjson with 5 of monday.ndjson in [time]
    ");
}

#[test]
fn counts_by_rule_are_in_every_format() {
    let run = |format: &str| {
        let ran = staff(
            "emailAddress:plus:trim ~ email",
            &["--on", "id = id", "--by-rule", "-o", format, "--quiet"],
        );
        stdout(&ran).to_owned()
    };
    insta::assert_snapshot!(run("text"), @r"
    staff.ndjson ↔ monday.ndjson
    linked    6
    disputed  1 (1 left, 2 right)
    unmatched 2 left, 4 right

    rule: result                              pairs, groups
    ────────────────────────────────────────  ─────────────
    emailAddress:plus:trim ~ email: exact                 3
    emailAddress:plus:trim ~ email: trim                  1
    emailAddress:plus:trim ~ email: fold                  1
    emailAddress:plus:trim ~ email: plus                  1
    emailAddress:plus:trim ~ email: disputed              1
    id = id: none                                         0
    ");
    insta::assert_snapshot!(run("csv"), @r"
    rule,result,count
    emailAddress:plus:trim ~ email,exact,3
    emailAddress:plus:trim ~ email,trim,1
    emailAddress:plus:trim ~ email,fold,1
    emailAddress:plus:trim ~ email,plus,1
    emailAddress:plus:trim ~ email,disputed,1
    id = id,none,0
    ");
    insta::assert_snapshot!(run("ndjson"), @r#"
    {"rule":"emailAddress:plus:trim ~ email","result":"exact","count":3}
    {"rule":"emailAddress:plus:trim ~ email","result":"trim","count":1}
    {"rule":"emailAddress:plus:trim ~ email","result":"fold","count":1}
    {"rule":"emailAddress:plus:trim ~ email","result":"plus","count":1}
    {"rule":"emailAddress:plus:trim ~ email","result":"disputed","count":1}
    {"rule":"id = id","result":"none","count":0}
    "#);
}

#[test]
fn snapshot_files_and_numbers_of_threads_give_the_same_groups() {
    let sides = SIDES.split(' ').map(|side| {
        let folder = folder();
        (pack(folder.path(), &[side]), folder)
    });
    let sides: Vec<_> = sides.collect();
    let options = "--on emailAddress~email --columns left.status,right.profile -o ndjson --quiet";
    let expected = idq(&format!("match {SIDES} {options}"));
    for threads in [1, 8] {
        let (left, right) = (&sides[0].0, &sides[1].0);
        let ran = idq(&format!(
            "match {left} {right} {options} --threads {threads}"
        ));
        assert_eq!(stdout(&ran), stdout(&expected));
    }
}

#[test]
fn side_without_records_needs_its_api() {
    let folder = folder_with(&[
        ("none", &b"[]"[..]),
        ("one", br#"{"id":"1","email":"a","state":"x"}"#),
    ]);
    let line = "match none one --on emailAddress~email -o csv";
    let ran = Idq::new(line.split(' ')).within(&folder).run();
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    let line = format!("{line} --left-api permission-assist --quiet");
    let ran = Idq::new(line.split(' ')).within(&folder).run();
    insta::assert_snapshot!(stdout(&ran), @r"
    group,situation,rule,left,right
    1,unmatched,,,1
    ");
}

#[test]
fn mistakes_are_named_with_the_way_out() {
    let error = |rule: &str, arguments: &[&str]| {
        let ran = staff(rule, arguments);
        assert_eq!(ran.status, 2, "{rule} {arguments:?}: {}", ran.stderr);
        let message = ran.stderr.lines();
        let message: Vec<&str> = message.filter(|line| !line.starts_with("note:")).collect();
        message.join("\n")
    };
    let errors = [
        error("emailAddress", &[]),
        error("emailAddress == email", &[]),
        error("emailAddress:trimm ~ email", &[]),
        error("emailAdress ~ email", &[]),
        error("email ~ emailAddress", &[]),
        error("createdDate = email", &[]),
        error("emailAddress ~", &[]),
        error("emailAddress ~ email", &["-w", "status pr"]),
        error("emailAddress ~ email", &["-w", "left.status eq"]),
        error(
            "emailAddress ~ email",
            &["-w", "left.status eq right.state"],
        ),
        error("emailAddress ~ email", &["-w", "left.createdDate eq 5"]),
        error("emailAddress ~ email", &["-w", "left.nothing pr"]),
        error("emailAddress ~ email", &["--columns", "email"]),
        error("emailAddress ~ email", &["--columns", "right.emial"]),
        error("emailAddress ~ email", &["--left-filter", "state=active"]),
        error("emailAddress ~ email", &["--now", "soon"]),
    ];
    insta::assert_snapshot!(errors.join("\n\n"), @r#"
    error: --on: expected LEFT = RIGHT or LEFT ~ RIGHT, found `emailAddress`

    error: --on: expected LEFT = RIGHT or LEFT ~ RIGHT, found `emailAddress == email`

    error: --on: left side of `emailAddress:trimm ~ email`: expected a folding (trim, nfc, fold, plus or local), found `trimm`; did you mean `trim`?

    error: --on: no record has a field `emailAdress`
      help: did you mean `emailAddress`?
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department

    error: --on: no record has a field `email`
      help: did you mean `emailAddress`?
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department

    error: --on: left side of `createdDate = email`: expected a field with texts, found the date-time field createdDate

    error: --on: right side of `emailAddress ~`: expected a field or a path, found ``

    error: -w: expected left.NAME or right.NAME, found `status`

    error: -w: expected a value after `eq`, found the end
      -w: left.status eq
                        ^
      help: write a value: `eq "TEXT"`, `eq 5`, `eq true`, `eq null`

    error: -w: `left.status eq right.state` compares the two sides with each other: a comparison is of one side

    error: -w: expected a date in quotes for createdDate, found 5

    error: -w: expected the name of a field, found `nothing`
      help: `idq fields` lists the fields, `idq info FILE --paths` the other names of the records

    error: --columns: expected left.NAME or right.NAME, found `email`

    error: --columns: no record has a field `emial`
      help: did you mean `email`?
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department

    error: expected the name of a filter, found `state`
      -f: state=active
          ^^^^^
      help: `idq fields --api permission-assist` lists the filters

    error: --now: expected a date, found `soon`
      help: write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    "#);
}
