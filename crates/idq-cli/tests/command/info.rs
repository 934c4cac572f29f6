//! `idq info`.

use crate::{Idq, folder_with, idq};

#[test]
fn info_of_a_dump_lists_sources_fields_and_states() {
    insta::assert_snapshot!(idq("info permission-assist.json permission-assist.ndjson.gz").text(), @r#"
    API            permission-assist
    Records        120
    Bytes          65.30 kB
    Repeated ids   60
    Rejected       0

    Sources
      name                         compression  bytes     records
      permission-assist.json       plain        32.65 kB  60
      permission-assist.ndjson.gz  gzip         32.65 kB  60

    Fields
      name             kind       values  null  missing  empty  distinct  least                              greatest                           most frequent
      id               text       120     0     0        0      60        0d7aa922-70db-417a-9f0e-a33f4e7d…  fab8f5a7-39b5-4155-ac64-83e9cb94…  0d7aa922-70db-417a-9f0e-a33f4e7d… 2, 1488b2de-0566-4da0-b786-8c935a81… 2, 1b20ffea-4d6b-4730-9c32-88b6e0df… 2
      kind             text       120     0     0        0      1         Identity                           Identity                           Identity 120
      firstName        text       96      24    0        0      44        Abigail                            翔太                               Arthur 4, Bianca 4, Rafael 4
      lastName         text       120     0     0        0      56        Ainsley                            黄                                 Ibarra 4, Information Security Mailbox 4, Kendrick 4
      emailAddress     text       106     14    0        0      53        abigail.dvorak@bramble.example     viggo.bolton@kestrel.example       abigail.dvorak@bramble.example 2, alexandros.mavridis@studio.halde… 2, alina.stark@studio.halden.exampl… 2
      type             text       120     0     0        0      8         Administrator                      Vendor                             Employee 78, Mailbox 10, Service Account 10
      title            text       92      28    0        0      30        Account Executive                  Vertriebsleiter für Süddeutschla…  Chief of Staff 8, Senior Accountant 6, Trainer 6
      company          text       120     0     0        0      6         Bramble & Fern Outfitters          Vántage "V5" Labs                  Northwind Holdings International 40, Kestrel Mutual Assurance 26, Bramble & Fern Outfitters 22
      division         text       120     0     0        0      8         Commercial                         Technology                         Technology 32, Operations 22, Corporate 18
      department       text       120     0     0        0      32        Accounts Payable (CC-6110)         Warehouse (CC-8110)                Accounts Payable (CC-6110) 8, People & Culture (CC-7100) 8, Branch Operations (CC-9100) 6
      office           text       102     14    4        0      51        Amsterdam Annex, 179 Canal Walk    Toronto Annex, 41 Abbey Road       Amsterdam Annex, 179 Canal Walk 2, Athens Main, 98 Harbour Way 2, Athens Riverside, 127 Exchange S… 2
      supervisorName   text       100     16    4        0      7         Bakker, Kaia                       Şahin, Farida                      Jørgensen, Tobias 26, Bakker, Kaia 14, Kendrick, Jamal 14
      createdDate      date-time  120     0     0        0      60        2018-11-15T03:55:37Z               2026-09-21T18:55:56Z               -
      updatedDate      date-time  120     0     0        0      60        2019-08-02T20:39:26Z               2026-09-27T14:19:44Z               -
      firstSeenDate    date-time  120     0     0        0      60        2018-11-16T02:05:58Z               2026-09-22T02:03:29Z               -
      inactivatedDate  date-time  22      92    6        0      11        2022-07-07T20:13:13Z               2026-09-08T16:19:10.286148Z        -
      status           text       120     0     0        0      3         Active                             Removed                            Active 98, Disabled 16, Removed 6

    Records by state
      state     records
      Active    98
      Disabled  16
      Removed   6
    "#);
}

#[test]
fn info_of_provisionr_counts_deleted_records_by_state() {
    let ran = idq("info provisionr.json");
    let states = ran.text().split("Records by state\n").nth(1).unwrap();
    insta::assert_snapshot!(states, @"
    state        records  deleted
    active       46       2
    deactivated  6        3
    orphan       3        0
    staged       2        0
    suspended    2        1
    expiring     1        0
    Requests leave deleted records out, unless they have -f trashed=with or -f trashed=only
    ");
}

#[test]
fn info_counts_nulls_missing_values_rejects_and_unknown_fields() {
    let dump = concat!(
        r#"{"id":"a","state":"active","vendor_id":null,"email":"x@y.example","nick":"z","profile":{"k":1}}"#,
        "\n",
        r#"{"id":"a","state":null,"vendor_id":"v","email":null,"\u001b[2J":1}"#,
        "\n",
        r#"{"id":"c","state":7}"#,
        "\n",
    );
    let folder = folder_with(&[("dump.ndjson", dump)]);
    let words = "info dump.ndjson --on-bad-record skip";
    let ran = Idq::new(words.split(' ')).within(&folder).succeeds();
    insta::assert_snapshot!(ran.text(), @r"
    API            provisionr
    Records        2
    Bytes          184 B
    Repeated ids   1
    Rejected       1

    Sources
      name         compression  bytes  records
      dump.ndjson  plain        184 B  3

    Fields
      name                                       kind       values  null  missing  empty  distinct  least        greatest     most frequent
      id                                         text       2       0     0        0      1         a            a            a 2
      state                                      text       1       1     0        0      1         active       active       -
      vendor_id                                  text       1       1     0        0      1         v            v            -
      email                                      text       1       1     0        0      1         x@y.example  x@y.example  -
      profile                                    document   1       0     1        0      -         -            -            -
      timestamp.created_at                       date-time  0       0     2        0      0         -            -            -
      timestamp.updated_at                       date-time  0       0     2        0      0         -            -            -
      timestamp.deleted_at                       date-time  0       0     2        0      0         -            -            -
      timestamp.provisioned_at                   date-time  0       0     2        0      0         -            -            -
      timestamp.deprovisioned_at                 date-time  0       0     2        0      0         -            -            -
      timestamp.profile_changed_at               date-time  0       0     2        0      0         -            -            -
      timestamp.last_authenticated_at            date-time  0       0     2        0      0         -            -            -
      count.workspace_logs_parent                number     0       0     2        0      0         -            -            -
      count.workspace_logs_record                number     0       0     2        0      0         -            -            -
      count.workspace_logs_related               number     0       0     2        0      0         -            -            -
      included.workspace_integration.id          text       0       0     2        0      0         -            -            -
      included.workspace_integration.is_primary  boolean    0       0     2        0      0         -            -            -
      included.workspace_integration.vendor      text       0       0     2        0      0         -            -            -
      included.workspace_integration.handle      text       0       0     2        0      0         -            -            -
      included.workspace_integration.domain      text       0       0     2        0      0         -            -            -
      included.directory_user.id                 text       0       0     2        0      0         -            -            -
      included.directory_user.state              text       0       0     2        0      0         -            -            -
      included.directory_user.manager_id         text       0       0     2        0      0         -            -            -
      included.directory_user.is_manager         boolean    0       0     2        0      0         -            -            -
      included.directory_user.full_name          text       0       0     2        0      0         -            -            -
      included.directory_user.email              text       0       0     2        0      0         -            -            -
      included.directory_user.username           text       0       0     2        0      0         -            -            -
      included.directory_user.org                document   0       0     2        0      -         -            -            -
      included.directory_user.metadata           document   0       0     2        0      -         -            -            -
      links.self                                 text       0       0     2        0      0         -            -            -
      links.workspace_integration                text       0       0     2        0      0         -            -            -
      links.directory_user                       text       0       0     2        0      0         -            -            -

    Fields that the API does not document
      \u{1b}[2J
      nick

    Records by state
      state   records  deleted
      -       1        0
      active  1        0
    ");
}

#[test]
fn info_as_json_has_the_same_figures() {
    let ran = idq("info damaged.ndjson --on-bad-record skip -o json");
    let info: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(info["api"], "provisionr");
    assert_eq!(info["records"], 2);
    assert_eq!(info["bytes"], 3176);
    assert_eq!(info["rejected"], 1);
    assert_eq!(info["sources"][0]["name"], "damaged.ndjson");
    assert_eq!(
        info["states"][0],
        serde_json::json!({"state": "active", "records": 1, "deleted": 0})
    );
    let created = info["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "timestamp.created_at");
    insta::assert_snapshot!(created.unwrap(), @r#"{"distinct":2,"empty":0,"greatest":"2022-12-15T00:06:57Z","kind":"date-time","least":"2022-09-13T11:24:43Z","missing":0,"name":"timestamp.created_at","nulls":0,"top":[],"values":2}"#);
}
