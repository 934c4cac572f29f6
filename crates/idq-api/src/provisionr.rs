//! The table of Provisionr's directory identities API.

use crate::table::{
    Api, Collation, Envelope, Field, FilterRule, Kind, Match, PageRules, SortRule, Standing,
    described, filter, position, sort,
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
    id: at("id"),
    updated: at("timestamp.updated_at"),
    state: at("state"),
    self_link: Some(at("links.self")),
    table_columns: &[
        at("id"),
        at("state"),
        at("email"),
        at("included.directory_user.full_name"),
        at("included.workspace_integration.vendor"),
        at("timestamp.created_at"),
        at("timestamp.last_authenticated_at"),
    ],
};

/// The position of the field of this name, at compile time.
const fn at(name: &str) -> usize {
    position(FIELDS, name)
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
    filter("id_search", at("id"), Match::Partial, Standing::Documented),
    filter(
        "workspace_integration_id",
        at("included.workspace_integration.id"),
        Match::Exact,
        Standing::Documented,
    ),
    filter(
        "directory_user_id",
        at("included.directory_user.id"),
        Match::Exact,
        Standing::Documented,
    ),
    filter(
        "vendor_id",
        at("vendor_id"),
        Match::Exact,
        Standing::Documented,
    ),
    filter(
        "vendor_id_search",
        at("vendor_id"),
        Match::Partial,
        Standing::Documented,
    ),
    filter("email", at("email"), Match::Exact, Standing::Documented),
    filter(
        "email_search",
        at("email"),
        Match::Partial,
        Standing::Documented,
    ),
    filter("state", at("state"), Match::Exact, Standing::Documented),
    filter(
        "profile_search",
        at("profile"),
        Match::Search,
        Standing::Documented,
    ),
    filter(
        "created_before",
        at("timestamp.created_at"),
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "created_after",
        at("timestamp.created_at"),
        Match::After,
        Standing::Documented,
    ),
    filter(
        "deleted_before",
        at("timestamp.deleted_at"),
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "deleted_after",
        at("timestamp.deleted_at"),
        Match::After,
        Standing::Documented,
    ),
    filter(
        "provisioned_before",
        at("timestamp.provisioned_at"),
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "provisioned_after",
        at("timestamp.provisioned_at"),
        Match::After,
        Standing::Documented,
    ),
    filter(
        "profile_changed_before",
        at("timestamp.profile_changed_at"),
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "profile_changed_after",
        at("timestamp.profile_changed_at"),
        Match::After,
        Standing::Documented,
    ),
    filter(
        "last_authenticated_before",
        at("timestamp.last_authenticated_at"),
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "last_authenticated_after",
        at("timestamp.last_authenticated_at"),
        Match::After,
        Standing::Documented,
    ),
    filter(
        "deprovisioned_before",
        at("timestamp.deprovisioned_at"),
        Match::Before,
        Standing::Documented,
    ),
    filter(
        "deprovisioned_after",
        at("timestamp.deprovisioned_at"),
        Match::After,
        Standing::Documented,
    ),
    filter(
        "trashed",
        at("timestamp.deleted_at"),
        Match::Trashed,
        Standing::Documented,
    ),
    filter(
        "deprovisioned_pending_deactivation",
        at("timestamp.deprovisioned_at"),
        Match::SetUnless {
            other: at("state"),
            value: "deactivated",
        },
        Standing::Documented,
    ),
    filter("id", at("id"), Match::Exact, Standing::Extension),
    filter(
        "updated_before",
        at("timestamp.updated_at"),
        Match::Before,
        Standing::Extension,
    ),
    filter(
        "updated_after",
        at("timestamp.updated_at"),
        Match::After,
        Standing::Extension,
    ),
];

const SORTS: &[SortRule] = &[
    sort(
        "workspace_integration_id",
        at("included.workspace_integration.id"),
        Standing::Documented,
    ),
    sort(
        "source_id",
        at("included.workspace_integration.id"),
        Standing::Documented,
    ),
    sort(
        "directory_user_id",
        at("included.directory_user.id"),
        Standing::Documented,
    ),
    sort(
        "user_id",
        at("included.directory_user.id"),
        Standing::Documented,
    ),
    sort("vendor_id", at("vendor_id"), Standing::Documented),
    sort(
        "user_full-name",
        at("included.directory_user.full_name"),
        Standing::Documented,
    ),
    sort(
        "user_email",
        at("included.directory_user.email"),
        Standing::Documented,
    ),
    sort("email", at("email"), Standing::Documented),
    sort("state", at("state"), Standing::Documented),
    sort(
        "created_at",
        at("timestamp.created_at"),
        Standing::Documented,
    ),
    sort(
        "updated_at",
        at("timestamp.updated_at"),
        Standing::Documented,
    ),
    sort(
        "deleted_at",
        at("timestamp.deleted_at"),
        Standing::Documented,
    ),
    sort(
        "provisioned_at",
        at("timestamp.provisioned_at"),
        Standing::Documented,
    ),
    sort(
        "profile_changed_at",
        at("timestamp.profile_changed_at"),
        Standing::Documented,
    ),
    sort(
        "last_authenticated_at",
        at("timestamp.last_authenticated_at"),
        Standing::Documented,
    ),
    sort(
        "deprovisioned_at",
        at("timestamp.deprovisioned_at"),
        Standing::Documented,
    ),
];
