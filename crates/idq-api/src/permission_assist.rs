//! The table of Permission Assist's identities API.

use crate::table::{
    Api, Collation, Envelope, Field, FilterRule, Kind, Match, PageRules, SortRule, Standing,
    described, filter, sort,
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
    default_order: &[field::LAST_NAME, field::FIRST_NAME],
    pages: PageRules {
        per_page: 50,
        per_page_can_change: false,
    },
    envelope: Envelope::Counted,
    id: field::ID,
    updated: field::UPDATED_DATE,
    state: field::STATUS,
    self_link: None,
    table_columns: &[
        field::LAST_NAME,
        field::FIRST_NAME,
        field::EMAIL_ADDRESS,
        field::TYPE,
        field::STATUS,
        field::DEPARTMENT,
        field::UPDATED_DATE,
    ],
};

/// Positions in the table of fields.
mod field {
    pub(super) const ID: usize = 0;
    pub(super) const KIND: usize = 1;
    pub(super) const FIRST_NAME: usize = 2;
    pub(super) const LAST_NAME: usize = 3;
    pub(super) const EMAIL_ADDRESS: usize = 4;
    pub(super) const TYPE: usize = 5;
    pub(super) const TITLE: usize = 6;
    pub(super) const COMPANY: usize = 7;
    pub(super) const DIVISION: usize = 8;
    pub(super) const DEPARTMENT: usize = 9;
    pub(super) const OFFICE: usize = 10;
    pub(super) const SUPERVISOR_NAME: usize = 11;
    pub(super) const CREATED_DATE: usize = 12;
    pub(super) const UPDATED_DATE: usize = 13;
    pub(super) const FIRST_SEEN_DATE: usize = 14;
    pub(super) const INACTIVATED_DATE: usize = 15;
    pub(super) const STATUS: usize = 16;
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
    filter("id", field::ID, Match::Exact, Standing::Extension),
    filter("id_search", field::ID, Match::Partial, Standing::Extension),
    filter("kind", field::KIND, Match::Exact, Standing::Extension),
    filter(
        "kind_search",
        field::KIND,
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "firstName",
        field::FIRST_NAME,
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "firstName_search",
        field::FIRST_NAME,
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "lastName",
        field::LAST_NAME,
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "lastName_search",
        field::LAST_NAME,
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "emailAddress",
        field::EMAIL_ADDRESS,
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "emailAddress_search",
        field::EMAIL_ADDRESS,
        Match::Partial,
        Standing::Extension,
    ),
    filter("type", field::TYPE, Match::Exact, Standing::Extension),
    filter(
        "type_search",
        field::TYPE,
        Match::Partial,
        Standing::Extension,
    ),
    filter("title", field::TITLE, Match::Exact, Standing::Extension),
    filter(
        "title_search",
        field::TITLE,
        Match::Partial,
        Standing::Extension,
    ),
    filter("company", field::COMPANY, Match::Exact, Standing::Extension),
    filter(
        "company_search",
        field::COMPANY,
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "division",
        field::DIVISION,
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "division_search",
        field::DIVISION,
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "department",
        field::DEPARTMENT,
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "department_search",
        field::DEPARTMENT,
        Match::Partial,
        Standing::Extension,
    ),
    filter("office", field::OFFICE, Match::Exact, Standing::Extension),
    filter(
        "office_search",
        field::OFFICE,
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "supervisorName",
        field::SUPERVISOR_NAME,
        Match::Exact,
        Standing::Extension,
    ),
    filter(
        "supervisorName_search",
        field::SUPERVISOR_NAME,
        Match::Partial,
        Standing::Extension,
    ),
    filter(
        "createdDate_before",
        field::CREATED_DATE,
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "createdDate_after",
        field::CREATED_DATE,
        Match::After,
        Standing::Extension,
    ),
    filter(
        "updatedDate_before",
        field::UPDATED_DATE,
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "updatedDate_after",
        field::UPDATED_DATE,
        Match::After,
        Standing::Extension,
    ),
    filter(
        "firstSeenDate_before",
        field::FIRST_SEEN_DATE,
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "firstSeenDate_after",
        field::FIRST_SEEN_DATE,
        Match::After,
        Standing::Extension,
    ),
    filter(
        "inactivatedDate_before",
        field::INACTIVATED_DATE,
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "inactivatedDate_after",
        field::INACTIVATED_DATE,
        Match::After,
        Standing::Extension,
    ),
    filter("status", field::STATUS, Match::Exact, Standing::Extension),
    filter(
        "status_search",
        field::STATUS,
        Match::Partial,
        Standing::Extension,
    ),
];

const SORTS: &[SortRule] = &[
    sort("id", field::ID, Standing::Extension),
    sort("kind", field::KIND, Standing::Extension),
    sort("firstName", field::FIRST_NAME, Standing::Extension),
    sort("lastName", field::LAST_NAME, Standing::Extension),
    sort("emailAddress", field::EMAIL_ADDRESS, Standing::Extension),
    sort("type", field::TYPE, Standing::Extension),
    sort("title", field::TITLE, Standing::Extension),
    sort("company", field::COMPANY, Standing::Extension),
    sort("division", field::DIVISION, Standing::Extension),
    sort("department", field::DEPARTMENT, Standing::Extension),
    sort("office", field::OFFICE, Standing::Extension),
    sort(
        "supervisorName",
        field::SUPERVISOR_NAME,
        Standing::Extension,
    ),
    sort("createdDate", field::CREATED_DATE, Standing::Extension),
    sort("updatedDate", field::UPDATED_DATE, Standing::Extension),
    sort("firstSeenDate", field::FIRST_SEEN_DATE, Standing::Extension),
    sort(
        "inactivatedDate",
        field::INACTIVATED_DATE,
        Standing::Extension,
    ),
    sort("status", field::STATUS, Standing::Extension),
];
