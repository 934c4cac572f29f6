//! The examples in the help of each command. A test runs all of them.

/// The words of the help, and the first commands to try.
pub(super) const IDQ: &str = "\
Words:
  dump           An export of an API's records as JSON, whole or page by page
  page           The records that the API returns at once, in an envelope
  envelope       The JSON around a page: total number, links to other pages
  snapshot       The records of one or more dumps, loaded
  snapshot file  A snapshot in a file (*.idq), which `idq pack` writes

Examples:
  idq info people.json
  idq query people.json -f state=active";

/// The examples of `query`.
pub(super) const QUERY: &str = "\
Examples:
  idq query people.json -f state=active -s -created_at --per-page 5
  idq query people.json -q 'filter[state]=active&page=2'
  idq query people.json -w 'email eq null' --all -o csv > without-email.csv";

/// The examples of `count`.
pub(super) const COUNT: &str = "\
Examples:
  idq count people.json -f state=active
  idq count people.json --by timestamp.created_at:month,state";

/// The examples of `diff`.
pub(super) const DIFF: &str = "\
Examples:
  idq diff monday.json tuesday.json
  idq diff monday.idq tuesday.idq --only state,profile -o csv > changes.csv";

/// The examples of `history`.
pub(super) const HISTORY: &str = "\
Examples:
  idq history monday.json tuesday.json --id dridt_01m1rss56g3pc5hnmmd81htfwk
  idq history monday.json tuesday.json --id dridt_01m1rss56g3pc5hnmmd81htfwk --only state -o csv";

/// The examples of `match`.
pub(super) const MATCH: &str = "\
Examples:
  idq match staff.json monday.json --on 'emailAddress ~ email'
  idq match staff.json monday.json --on 'emailAddress ~ email' -w 'left.status ne \"Active\"'";

/// The examples of `report`.
pub(super) const REPORT: &str = "\
Examples:
  idq report --list
  idq report dormant people.json --days 90
  idq report leavers staff.json monday.json -o html > leavers.html";

/// The examples of `export`.
#[cfg(feature = "export")]
pub(super) const EXPORT: &str = "\
Examples:
  idq export people.json -f state=active -o active.csv
  idq export people.idq --columns id,email,timestamp.created_at -o people.parquet";

/// The examples of `get`.
pub(super) const GET: &str = "\
Examples:
  idq get people.json -w 'email ew \"@northwind.example\"' -o record
  idq get people.json --id dridt_01m1rss56g3pc5hnmmd81htfwk --pretty";

/// The examples of `info`.
pub(super) const INFO: &str = "\
Examples:
  idq info people.json
  idq info people.json --paths";

/// The examples of `pack`.
pub(super) const PACK: &str = "\
Examples:
  idq pack people.json -o people.idq
  idq pack people.json -f state=active -o active.idq";

/// The examples of `unpack`.
pub(super) const UNPACK: &str = "\
Examples:
  idq unpack people.idq -o people.ndjson
  idq unpack people.idq | head -1";

/// The examples of `verify`.
pub(super) const VERIFY: &str = "\
Examples:
  idq verify people.idq
  idq verify *.idq --quiet";

/// The examples of `fields`.
pub(super) const FIELDS: &str = "\
Examples:
  idq fields people.json
  idq fields --api provisionr
  idq fields --api permission-assist -o json";

/// The examples of `generate`.
pub(super) const GENERATE: &str = "\
Examples:
  idq generate --api provisionr --rows 10000 -o generated.json
  idq generate --api permission-assist --shape ndjson | idq info -";

/// The examples of `serve`.
#[cfg(feature = "serve")]
pub(super) const SERVE: &str = "\
Examples:
  idq serve people.json
  idq serve people.idq --listen 127.0.0.1:9000 --log json";

/// The examples of `examples`.
pub(super) const EXAMPLES: &str = "\
Examples:
  idq examples
  idq examples people.json";

/// The examples of `completions`.
pub(super) const COMPLETIONS: &str = "\
Examples:
  idq completions bash > idq.bash
  idq completions fish > idq.fish";

/// The examples of `help`.
pub(super) const HELP: &str = "\
Examples:
  idq help query
  idq help expressions";

/// The examples of `man`.
pub(super) const MAN: &str = "\
Examples:
  idq man query
  idq man --raw > idq.1";
