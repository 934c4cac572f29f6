//! The documents that the command prints about itself: help, fields, completions, manual pages.

use crate::idq;

#[test]
fn help_lists_commands_and_exit_statuses() {
    insta::assert_snapshot!(idq("--help").text(), @r"
    Query exported identity dumps in the grammar of the API they came from.

    Reads dumps of Provisionr's directory identities and of Permission Assist's identities: JSON arrays,
    newline-delimited records, saved API pages and records in other objects, in UTF-8 or UTF-16, plain,
    compressed with gzip or zstd, or in zip and tar archives. The form of a dump is detected from its
    content.

    Usage: idq [OPTIONS] <COMMAND>

    Commands:
      fetch        Fetch all records of an API over HTTP, page by page, into a dump
      query        Print the page that the API would return, or all matching records
      count        Print the number of matching records, or their numbers by the values of fields
      diff         Compare two or more snapshots in time: the records that were added, removed and
                   changed, value by value
      history      Print the versions of one identity in several snapshots, each compared with the one
                   before it
      match        Find the records of two systems that belong to one identity, by rules: linked,
                   disputed and unmatched ones
      report       Answer a question of an access review or an audit: what was looked at, what was left
                   out and why, and the findings
      export       Write all matching records to files for other programs: Parquet, Arrow, CSV, NDJSON
      get          Print the records with an id, or that match a request, exactly as they are in the
                   dump
      info         Describe dumps: API, records, bytes, the values of each field, records by state
      pack         Write dumps into one snapshot file, which every command opens in milliseconds
      unpack       Print the records of a snapshot file, exactly as they were in the dumps
      verify       Check every checksum, column and record of snapshot files
      fields       List the filters, sort keys and fields of an API
      generate     Write a realistic synthetic dump; the same seed gives the same bytes
      serve        Serve the APIs over HTTP, from dumps or snapshot files
      examples     Print the tour of idq with your own file: a command for each kind of question
      completions  Print the completion script of a shell, which completes names and values as well as
                   options
      help         Print the help of a command, or the reference of `expressions`, `dates` or `counts`
      man          Show the manual page of idq or of one of its commands

    Options:
          --no-pager
              Print directly to the terminal; by default long output goes through `$IDQ_PAGER`, `$PAGER`
              or less

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Words:
      dump           An export of an API's records as JSON, whole or page by page
      page           The records that the API returns at once, in an envelope
      envelope       The JSON around a page: total number, links to other pages
      snapshot       The records of one or more dumps, loaded
      snapshot file  A snapshot in a file (*.idq), which `idq pack` writes

    Examples:
      idq info people.json
      idq query people.json -f state=active

    Exit status: 0 success (even if no record matches), 1 `get` or `history` found no record or `diff`
    found a difference, 2 the request or the command line is wrong, 3 data could not be read or written.
    ");
}

#[test]
fn help_of_every_command_has_its_usage() {
    for command in [
        "query",
        "count",
        "get",
        "fetch",
        "info",
        "fields",
        "generate",
        "completions",
        "man",
    ] {
        let help = idq(&format!("{command} --help"));
        assert!(help.text().contains("Usage: idq"), "{command}");
        // The maximum width without a terminal.
        assert!(
            help.text().lines().all(|line| line.chars().count() <= 100),
            "{command}"
        );
    }
}

#[test]
fn fields_of_one_api_are_listed() {
    insta::assert_snapshot!(idq("fields --api permission-assist").text(), @"
    Permission Assist identities (permission-assist), GET /api/identities, 50 a page

    Filters: -f NAME=VALUE
      name                    match         field            origin
      id                      exact         id               extension
      id_search               partial       id               extension
      kind                    exact         kind             extension
      kind_search             partial       kind             extension
      firstName               exact         firstName        extension
      firstName_search        partial       firstName        extension
      lastName                exact         lastName         extension
      lastName_search         partial       lastName         extension
      emailAddress            exact         emailAddress     extension
      emailAddress_search     partial       emailAddress     extension
      type                    exact         type             extension
      type_search             partial       type             extension
      title                   exact         title            extension
      title_search            partial       title            extension
      company                 exact         company          extension
      company_search          partial       company          extension
      division                exact         division         extension
      division_search         partial       division         extension
      department              exact         department       extension
      department_search       partial       department       extension
      office                  exact         office           extension
      office_search           partial       office           extension
      supervisorName          exact         supervisorName   extension
      supervisorName_search   partial       supervisorName   extension
      createdDate_before      at or before  createdDate      extension
      createdDate_after       at or after   createdDate      extension
      updatedDate_before      at or before  updatedDate      extension
      updatedDate_after       at or after   updatedDate      extension
      firstSeenDate_before    at or before  firstSeenDate    extension
      firstSeenDate_after     at or after   firstSeenDate    extension
      inactivatedDate_before  at or before  inactivatedDate  extension
      inactivatedDate_after   at or after   inactivatedDate  extension
      status                  exact         status           extension
      status_search           partial       status           extension

    Sort keys: -s KEY, -s -KEY to descend
      key              field            compares           origin
      id               id               text with case     extension
      kind             kind             text with case     extension
      firstName        firstName        text without case  extension
      lastName         lastName         text without case  extension
      emailAddress     emailAddress     text without case  extension
      type             type             text with case     extension
      title            title            text without case  extension
      company          company          text without case  extension
      division         division         text without case  extension
      department       department       text without case  extension
      office           office           text without case  extension
      supervisorName   supervisorName   text without case  extension
      createdDate      createdDate      time               extension
      updatedDate      updatedDate      time               extension
      firstSeenDate    firstSeenDate    time               extension
      inactivatedDate  inactivatedDate  time               extension
      status           status           text with case     extension

    Fields: --columns NAME,…, --by NAME, -w 'NAME pr'
      name             kind       case     about
      id               text       with     The identity's GUID.
      kind             text       with     Resource type: Identity.
      firstName        text       without  First name.
      lastName         text       without  Last name.
      emailAddress     text       without  E-mail address.
      type             text       with     Type of the identity: Employee, Service Account, Vendor, Shared, Mailbox, Client, Temporary, Administrator, Auditor, Unknown.
      title            text       without  Job title.
      company          text       without  Company.
      division         text       without  Division.
      department       text       without  Department.
      office           text       without  Office.
      supervisorName   text       without  Display name of the supervisor.
      createdDate      date-time  -        Created in the source system.
      updatedDate      date-time  -        Last updated in the source system.
      firstSeenDate    date-time  -        First imported into Permission Assist.
      inactivatedDate  date-time  -        Deactivated; null while active.
      status           text       with     Status of the identity: Active, Disabled, Removed.
    ");
}

#[test]
fn fields_without_an_api_are_those_of_all() {
    let both = idq("fields");
    let provisionr = idq("fields --api provisionr");
    let permission_assist = idq("fields --api permission-assist");
    assert_eq!(
        both.text(),
        format!("{}\n{}", provisionr.text(), permission_assist.text())
    );
}

#[test]
fn fields_that_are_listed_can_be_used() {
    for (dump, api) in [
        ("provisionr.json", "provisionr"),
        ("permission-assist.json", "permission-assist"),
    ] {
        let ran = idq(&format!("fields --api {api} -o json"));
        let tables: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let table = &tables[0];
        let names = |list: &str| -> Vec<String> {
            let names = table[list].as_array().unwrap().iter();
            names
                .map(|line| line["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let sorts = names("sorts").join(",");
        assert_eq!(idq(&format!("query {dump} -o csv -s {sorts}")).status, 0);
        let fields = names("fields").join(",");
        assert_eq!(
            idq(&format!("query {dump} -o csv --columns {fields}")).status,
            0
        );
        for filter in names("filters") {
            let value = match filter.as_str() {
                "trashed" => "only",
                "deprovisioned_pending_deactivation" => "true",
                _ => "2026-01-31",
            };
            let ran = idq(&format!("count {dump} -f {filter}={value}"));
            assert_eq!(ran.status, 0, "{filter}: {}", ran.stderr);
        }
    }
}

#[test]
fn manual_page_of_every_command_is_printed() {
    let page = idq("man --raw");
    for part in [
        ".TH idq 1",
        ".SH NAME",
        ".SH \"EXIT STATUS\"\n0 success",
        ".SH WORDS\n.nf\ndump ",
        ".SH EXAMPLES\n.nf\nidq info people.json\n",
        "idq\\-query(1)",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    for command in [
        "query",
        "count",
        "get",
        "fetch",
        "info",
        "fields",
        "generate",
        "completions",
        "man",
    ] {
        let page = idq(&format!("man --raw {command}"));
        assert!(
            page.text()
                .contains(&format!(".TH idq-{command} 1  \"idq 0.")),
            "{}",
            page.text()
        );
        assert!(page.text().contains("EXIT STATUS"));
    }
    insta::assert_snapshot!(idq("man nothing").failure(), @"
    error: idq has no command `nothing`
    exit status 2
    ");
}
