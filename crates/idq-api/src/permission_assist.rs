//! The table of Permission Assist's identities API.

use crate::table::{
    Api, Collation, Envelope, Field, FilterRule, Kind, Match, PageRules, SortRule, Standing,
    described, filter, position, sort,
};

/// Permission Assist's identities, `GET /api/identities`.
///
/// The vendor's API pages through everything, ordered by last name then first name, and has neither filters nor
/// sorts: all that stand here are extensions, named after the fields in the manner of the other API.
pub static PERMISSION_ASSIST: Api = Api {
    name: "permission-assist",
    title: "Permission Assist identities",
    collection_path: "/api/identities",
    fields: FIELDS,
    filters: FILTERS,
    sorts: SORTS,
    default_order: &[at("lastName"), at("firstName")],
    pages: PageRules {
        per_page: 50,
        per_page_can_change: false,
    },
    envelope: Envelope::Counted,
    id: at("id"),
    updated: at("updatedDate"),
    state: at("status"),
    self_link: None,
    table_columns: &[
        at("lastName"),
        at("firstName"),
        at("emailAddress"),
        at("type"),
        at("status"),
        at("department"),
        at("updatedDate"),
    ],
};

/// The position of the field of this name, at compile time.
const fn at(name: &str) -> usize {
    position(FIELDS, name)
}

const FIELDS: &[Field] = &[
    described("id", Kind::Text, Collation::Bytes, "The identity's GUID."),
    described(
        "kind",
        Kind::Keyword,
        Collation::Bytes,
        "Resource type: Identity.",
    ),
    described("firstName", Kind::Text, Collation::Lowercase, "First name."),
    described("lastName", Kind::Text, Collation::Lowercase, "Last name."),
    described(
        "emailAddress",
        Kind::Text,
        Collation::Lowercase,
        "E-mail address.",
    ),
    described(
        "type",
        Kind::Keyword,
        Collation::Bytes,
        "Employee, Service Account, Vendor, Shared, Mailbox, Client, Temporary, Administrator, Auditor, Unknown.",
    ),
    described("title", Kind::Keyword, Collation::Lowercase, "Job title."),
    described("company", Kind::Keyword, Collation::Lowercase, "Company."),
    described("division", Kind::Keyword, Collation::Lowercase, "Division."),
    described(
        "department",
        Kind::Keyword,
        Collation::Lowercase,
        "Department.",
    ),
    described("office", Kind::Keyword, Collation::Lowercase, "Office."),
    described(
        "supervisorName",
        Kind::Keyword,
        Collation::Lowercase,
        "Display name of the supervisor.",
    ),
    described(
        "createdDate",
        Kind::Timestamp,
        Collation::Bytes,
        "Created in the source system.",
    ),
    described(
        "updatedDate",
        Kind::Timestamp,
        Collation::Bytes,
        "Last updated in the source system.",
    ),
    described(
        "firstSeenDate",
        Kind::Timestamp,
        Collation::Bytes,
        "First imported into Permission Assist.",
    ),
    described(
        "inactivatedDate",
        Kind::Timestamp,
        Collation::Bytes,
        "Deactivated; null while active.",
    ),
    described(
        "status",
        Kind::Keyword,
        Collation::Bytes,
        "Active, Disabled, Removed.",
    ),
];

const FILTERS: &[FilterRule] = &[
    filter("id", at("id"), Match::Exact, Standing::Extension),
    filter("id_search", at("id"), Match::Partial, Standing::Extension),
    filter("kind", at("kind"), Match::Exact, Standing::Extension),
    filter(
        "kind_search",
        at("kind"),
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "firstName",
        at("firstName"),
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "firstName_search",
        at("firstName"),
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "lastName",
        at("lastName"),
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "lastName_search",
        at("lastName"),
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "emailAddress",
        at("emailAddress"),
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "emailAddress_search",
        at("emailAddress"),
        Match::Partial,
        Standing::Extension,
    ),
    filter("type", at("type"), Match::Exact, Standing::Extension),
    filter(
        "type_search",
        at("type"),
        Match::Partial,
        Standing::Extension,
    ),
    filter("title", at("title"), Match::Exact, Standing::Extension),
    filter(
        "title_search",
        at("title"),
        Match::Partial,
        Standing::Extension,
    ),
    filter("company", at("company"), Match::Exact, Standing::Extension),
    filter(
        "company_search",
        at("company"),
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "division",
        at("division"),
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "division_search",
        at("division"),
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "department",
        at("department"),
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "department_search",
        at("department"),
        Match::Partial,
        Standing::Extension,
    ),
    filter("office", at("office"), Match::Exact, Standing::Extension),
    filter(
        "office_search",
        at("office"),
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "supervisorName",
        at("supervisorName"),
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "supervisorName_search",
        at("supervisorName"),
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "createdDate_before",
        at("createdDate"),
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "createdDate_after",
        at("createdDate"),
        Match::After,
        Standing::Extension,
    ),
    filter(
        "updatedDate_before",
        at("updatedDate"),
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "updatedDate_after",
        at("updatedDate"),
        Match::After,
        Standing::Extension,
    ),
    filter(
        "firstSeenDate_before",
        at("firstSeenDate"),
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "firstSeenDate_after",
        at("firstSeenDate"),
        Match::After,
        Standing::Extension,
    ),
    filter(
        "inactivatedDate_before",
        at("inactivatedDate"),
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "inactivatedDate_after",
        at("inactivatedDate"),
        Match::After,
        Standing::Extension,
    ),
    filter("status", at("status"), Match::Exact, Standing::Extension),
    filter(
        "status_search",
        at("status"),
        Match::Partial,
        Standing::Extension,
    ),
];

const SORTS: &[SortRule] = &[
    sort("id", at("id"), Standing::Extension),
    sort("kind", at("kind"), Standing::Extension),
    sort("firstName", at("firstName"), Standing::Extension),
    sort("lastName", at("lastName"), Standing::Extension),
    sort("emailAddress", at("emailAddress"), Standing::Extension),
    sort("type", at("type"), Standing::Extension),
    sort("title", at("title"), Standing::Extension),
    sort("company", at("company"), Standing::Extension),
    sort("division", at("division"), Standing::Extension),
    sort("department", at("department"), Standing::Extension),
    sort("office", at("office"), Standing::Extension),
    sort("supervisorName", at("supervisorName"), Standing::Extension),
    sort("createdDate", at("createdDate"), Standing::Extension),
    sort("updatedDate", at("updatedDate"), Standing::Extension),
    sort("firstSeenDate", at("firstSeenDate"), Standing::Extension),
    sort(
        "inactivatedDate",
        at("inactivatedDate"),
        Standing::Extension,
    ),
    sort("status", at("status"), Standing::Extension),
];
