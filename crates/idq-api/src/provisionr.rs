//! The table of Provisionr's directory identities API.

use crate::table::{
    Api, Collation, Envelope, Field, FilterRule, Kind, Match, PageRules, SortRule, Standing,
    described, filter, sort,
};

/// Provisionr's directory identities, `GET /api/v1/directory/identities`.
///
/// Filters, sorts and record fields as the vendor documents them: `filter[name]` matches exactly,
/// `filter[name_search]` partially, `_before` and `_after` bound a date. `source_id` and `user_id` are the vendor's
/// second spellings of two sort keys.
pub static PROVISIONR: Api = Api {
    name: "provisionr",
    title: "Provisionr directory identities",
    collection_path: "/api/v1/directory/identities",
    fields: FIELDS,
    filters: FILTERS,
    sorts: SORTS,
    default_order: &[],
    pages: PageRules {
        per_page: 15,
        per_page_can_change: true,
    },
    envelope: Envelope::Paginator,
    id: field::ID,
    updated: field::UPDATED_AT,
    state: field::STATE,
    self_link: Some(field::LINKS_SELF),
    table_columns: &[
        field::ID,
        field::STATE,
        field::EMAIL,
        field::DIRECTORY_USER_FULL_NAME,
        field::WORKSPACE_INTEGRATION_VENDOR,
        field::CREATED_AT,
        field::LAST_AUTHENTICATED_AT,
    ],
};

/// Positions in the table of fields.
mod field {
    pub(super) const ID: usize = 0;
    pub(super) const STATE: usize = 1;
    pub(super) const VENDOR_ID: usize = 2;
    pub(super) const EMAIL: usize = 3;
    pub(super) const PROFILE: usize = 4;
    pub(super) const CREATED_AT: usize = 5;
    pub(super) const UPDATED_AT: usize = 6;
    pub(super) const DELETED_AT: usize = 7;
    pub(super) const PROVISIONED_AT: usize = 8;
    pub(super) const DEPROVISIONED_AT: usize = 9;
    pub(super) const PROFILE_CHANGED_AT: usize = 10;
    pub(super) const LAST_AUTHENTICATED_AT: usize = 11;
    pub(super) const WORKSPACE_LOGS_PARENT: usize = 12;
    pub(super) const WORKSPACE_LOGS_RECORD: usize = 13;
    pub(super) const WORKSPACE_LOGS_RELATED: usize = 14;
    pub(super) const WORKSPACE_INTEGRATION_ID: usize = 15;
    pub(super) const WORKSPACE_INTEGRATION_IS_PRIMARY: usize = 16;
    pub(super) const WORKSPACE_INTEGRATION_VENDOR: usize = 17;
    pub(super) const WORKSPACE_INTEGRATION_HANDLE: usize = 18;
    pub(super) const WORKSPACE_INTEGRATION_DOMAIN: usize = 19;
    pub(super) const DIRECTORY_USER_ID: usize = 20;
    pub(super) const DIRECTORY_USER_STATE: usize = 21;
    pub(super) const DIRECTORY_USER_MANAGER_ID: usize = 22;
    pub(super) const DIRECTORY_USER_IS_MANAGER: usize = 23;
    pub(super) const DIRECTORY_USER_FULL_NAME: usize = 24;
    pub(super) const DIRECTORY_USER_EMAIL: usize = 25;
    pub(super) const DIRECTORY_USER_USERNAME: usize = 26;
    pub(super) const DIRECTORY_USER_ORG: usize = 27;
    pub(super) const DIRECTORY_USER_METADATA: usize = 28;
    pub(super) const LINKS_SELF: usize = 29;
    pub(super) const LINKS_WORKSPACE_INTEGRATION: usize = 30;
    pub(super) const LINKS_DIRECTORY_USER: usize = 31;
}

const FIELDS: &[Field] = &[
    described("id", Kind::Text, Collation::Bytes, "The identity's id."),
    described(
        "state",
        Kind::Keyword,
        Collation::Bytes,
        "State of the identity record: staged, active, orphan, expiring, expired, suspended, deactivated.",
    ),
    described(
        "vendor_id",
        Kind::Text,
        Collation::Bytes,
        "Id of the user in the vendor's API.",
    ),
    described(
        "email",
        Kind::Text,
        Collation::Lowercase,
        "E-mail address of the user in the vendor's API.",
    ),
    described(
        "profile",
        Kind::Document,
        Collation::Bytes,
        "The vendor's raw profile.",
    ),
    described(
        "timestamp.created_at",
        Kind::Timestamp,
        Collation::Bytes,
        "Imported to Provisionr.",
    ),
    described(
        "timestamp.updated_at",
        Kind::Timestamp,
        Collation::Bytes,
        "Last changed in Provisionr.",
    ),
    described(
        "timestamp.deleted_at",
        Kind::Timestamp,
        Collation::Bytes,
        "Deleted (trashed).",
    ),
    described(
        "timestamp.provisioned_at",
        Kind::Timestamp,
        Collation::Bytes,
        "Provisioned.",
    ),
    described(
        "timestamp.deprovisioned_at",
        Kind::Timestamp,
        Collation::Bytes,
        "Deprovisioned.",
    ),
    described(
        "timestamp.profile_changed_at",
        Kind::Timestamp,
        Collation::Bytes,
        "Profile last changed.",
    ),
    described(
        "timestamp.last_authenticated_at",
        Kind::Timestamp,
        Collation::Bytes,
        "Last signed in.",
    ),
    described(
        "count.workspace_logs_parent",
        Kind::Number,
        Collation::Bytes,
        "Count of related logs, as parent.",
    ),
    described(
        "count.workspace_logs_record",
        Kind::Number,
        Collation::Bytes,
        "Count of related logs, as record.",
    ),
    described(
        "count.workspace_logs_related",
        Kind::Number,
        Collation::Bytes,
        "Count of related logs, as related.",
    ),
    described(
        "included.workspace_integration.id",
        Kind::Keyword,
        Collation::Bytes,
        "Id of the workspace integration.",
    ),
    described(
        "included.workspace_integration.is_primary",
        Kind::Boolean,
        Collation::Bytes,
        "Whether it is the primary integration.",
    ),
    described(
        "included.workspace_integration.vendor",
        Kind::Keyword,
        Collation::Bytes,
        "Its vendor.",
    ),
    described(
        "included.workspace_integration.handle",
        Kind::Keyword,
        Collation::Bytes,
        "Its handle.",
    ),
    described(
        "included.workspace_integration.domain",
        Kind::Keyword,
        Collation::Bytes,
        "Its domain.",
    ),
    described(
        "included.directory_user.id",
        Kind::Text,
        Collation::Bytes,
        "Id of the directory user; null or missing for an orphan.",
    ),
    described(
        "included.directory_user.state",
        Kind::Keyword,
        Collation::Bytes,
        "State of the directory user.",
    ),
    described(
        "included.directory_user.manager_id",
        Kind::Keyword,
        Collation::Bytes,
        "Id of the user's manager.",
    ),
    described(
        "included.directory_user.is_manager",
        Kind::Boolean,
        Collation::Bytes,
        "Whether the user is a manager.",
    ),
    described(
        "included.directory_user.full_name",
        Kind::Text,
        Collation::Lowercase,
        "Full name of the user.",
    ),
    described(
        "included.directory_user.email",
        Kind::Text,
        Collation::Lowercase,
        "E-mail address of the user.",
    ),
    described(
        "included.directory_user.username",
        Kind::Text,
        Collation::Bytes,
        "Username of the user.",
    ),
    described(
        "included.directory_user.org",
        Kind::Document,
        Collation::Bytes,
        "The user's place in the organisation.",
    ),
    described(
        "included.directory_user.metadata",
        Kind::Document,
        Collation::Bytes,
        "Free-form data about the user.",
    ),
    described(
        "links.self",
        Kind::Text,
        Collation::Bytes,
        "URL of this record.",
    ),
    described(
        "links.workspace_integration",
        Kind::Keyword,
        Collation::Bytes,
        "URL of the workspace integration.",
    ),
    described(
        "links.directory_user",
        Kind::Text,
        Collation::Bytes,
        "URL of the directory user.",
    ),
];

const FILTERS: &[FilterRule] = &[
    filter("id_search", field::ID, Match::Partial, Standing::Documented),
    filter(
        "workspace_integration_id",
        field::WORKSPACE_INTEGRATION_ID,
        Match::Exact,
        Standing::Documented,
    ),
    filter(
        "directory_user_id",
        field::DIRECTORY_USER_ID,
        Match::Exact,
        Standing::Documented,
    ),
    filter(
        "vendor_id",
        field::VENDOR_ID,
        Match::Exact,
        Standing::Documented,
    ),
    filter(
        "vendor_id_search",
        field::VENDOR_ID,
        Match::Partial,
        Standing::Documented,
    ),
    filter("email", field::EMAIL, Match::Exact, Standing::Documented),
    filter(
        "email_search",
        field::EMAIL,
        Match::Partial,
        Standing::Documented,
    ),
    filter("state", field::STATE, Match::Exact, Standing::Documented),
    filter(
        "profile_search",
        field::PROFILE,
        Match::Search,
        Standing::Documented,
    ),
    filter(
        "created_before",
        field::CREATED_AT,
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "created_after",
        field::CREATED_AT,
        Match::After,
        Standing::Documented,
    ),
    filter(
        "deleted_before",
        field::DELETED_AT,
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "deleted_after",
        field::DELETED_AT,
        Match::After,
        Standing::Documented,
    ),
    filter(
        "provisioned_before",
        field::PROVISIONED_AT,
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "provisioned_after",
        field::PROVISIONED_AT,
        Match::After,
        Standing::Documented,
    ),
    filter(
        "profile_changed_before",
        field::PROFILE_CHANGED_AT,
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "profile_changed_after",
        field::PROFILE_CHANGED_AT,
        Match::After,
        Standing::Documented,
    ),
    filter(
        "last_authenticated_before",
        field::LAST_AUTHENTICATED_AT,
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "last_authenticated_after",
        field::LAST_AUTHENTICATED_AT,
        Match::After,
        Standing::Documented,
    ),
    filter(
        "deprovisioned_before",
        field::DEPROVISIONED_AT,
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "deprovisioned_after",
        field::DEPROVISIONED_AT,
        Match::After,
        Standing::Documented,
    ),
    filter(
        "trashed",
        field::DELETED_AT,
        Match::Trashed,
        Standing::Documented,
    ),
    filter(
        "deprovisioned_pending_deactivation",
        field::DEPROVISIONED_AT,
        Match::SetUnless {
            other: field::STATE,
            value: "deactivated",
        },
        Standing::Documented,
    ),
    filter("id", field::ID, Match::Exact, Standing::Extension),
    filter(
        "updated_before",
        field::UPDATED_AT,
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "updated_after",
        field::UPDATED_AT,
        Match::After,
        Standing::Extension,
    ),
];

const SORTS: &[SortRule] = &[
    sort(
        "workspace_integration_id",
        field::WORKSPACE_INTEGRATION_ID,
        Standing::Documented,
    ),
    sort(
        "source_id",
        field::WORKSPACE_INTEGRATION_ID,
        Standing::Documented,
    ),
    sort(
        "directory_user_id",
        field::DIRECTORY_USER_ID,
        Standing::Documented,
    ),
    sort("user_id", field::DIRECTORY_USER_ID, Standing::Documented),
    sort("vendor_id", field::VENDOR_ID, Standing::Documented),
    sort(
        "user_full-name",
        field::DIRECTORY_USER_FULL_NAME,
        Standing::Documented,
    ),
    sort(
        "user_email",
        field::DIRECTORY_USER_EMAIL,
        Standing::Documented,
    ),
    sort("email", field::EMAIL, Standing::Documented),
    sort("state", field::STATE, Standing::Documented),
    sort("created_at", field::CREATED_AT, Standing::Documented),
    sort("updated_at", field::UPDATED_AT, Standing::Documented),
    sort("deleted_at", field::DELETED_AT, Standing::Documented),
    sort(
        "provisioned_at",
        field::PROVISIONED_AT,
        Standing::Documented,
    ),
    sort(
        "profile_changed_at",
        field::PROFILE_CHANGED_AT,
        Standing::Documented,
    ),
    sort(
        "last_authenticated_at",
        field::LAST_AUTHENTICATED_AT,
        Standing::Documented,
    ),
    sort(
        "deprovisioned_at",
        field::DEPROVISIONED_AT,
        Standing::Documented,
    ),
];
