//! Description of Provisionr's directory identities API, `GET /api/v1/directory/identities`.
//!
//! Fields, filters and sort keys are those of the vendor's documentation: `filter[name]` matches exactly,
//! `filter[name_search]` partially, `_before` and `_after` bound a date. `source_id` and `user_id` are the vendor's
//! second names of two sort keys.

use idq_json::EscapeDialect;

use crate::api::ApiDescription;
use crate::envelope::Envelope;
use crate::error_style::ListedErrors::Invalid;
use crate::error_style::{ErrorMember, ErrorStyle, FilterNames, InvalidStatus, SeveralErrors};
use crate::field::Collation::{Bytes, Lowercase};
use crate::field::Field;
use crate::field::Kind::{Boolean, Document, Keyword, Number, Text, Timestamp};
use crate::filter::MatchKind::{
    After, Before, Exact, Partial, PresentUnlessEquals, Search, Trashed,
};
use crate::filter::{FilterRule, documented_filter, extension_filter};
use crate::page_rules::{PageNumberRule, PageRules};
use crate::sort::{SortRule, documented_sort};

/// Returns the description.
pub(super) fn description() -> ApiDescription {
    ApiDescription {
        name: "provisionr".to_owned(),
        title: "Provisionr directory identities".to_owned(),
        collection_path: "/api/v1/directory/identities".to_owned(),
        fields: fields(),
        objects: Vec::new(),
        filters: filters(),
        sorts: sorts(),
        default_order: Vec::new(),
        pages: PageRules {
            per_page: 15,
            per_page_can_change: true,
            page_number: PageNumberRule::Lenient,
        },
        envelope: Envelope::laravel_paginator(),
        errors: errors(),
        dialect: EscapeDialect::Php,
        generator: Some("provisionr".to_owned()),
        id: "id".to_owned(),
        updated: "timestamp.updated_at".to_owned(),
        state: "state".to_owned(),
        self_link: Some("links.self".to_owned()),
        profile: Some("profile".to_owned()),
        table_columns: [
            "id",
            "state",
            "email",
            "included.directory_user.full_name",
            "included.workspace_integration.vendor",
            "timestamp.created_at",
            "timestamp.last_authenticated_at",
        ]
        .map(str::to_owned)
        .into(),
        volatile: ["timestamp.updated_at", "count", "links"]
            .map(str::to_owned)
            .into(),
    }
}

/// Describes the errors: Laravel's `{"message": …, "errors": {field: [message]}}`.
fn errors() -> ErrorStyle {
    ErrorStyle {
        invalid_status: InvalidStatus::UnprocessableContent,
        filter_names: FilterNames::Dotted,
        unreadable_message: SeveralErrors::Joined,
        invalid_message: SeveralErrors::Summarized,
        unauthenticated: "Unauthenticated.".to_owned(),
        no_record: "Not Found.".to_owned(),
        members: vec![
            ("message".to_owned(), ErrorMember::Message),
            ("errors".to_owned(), ErrorMember::ErrorsByField(Invalid)),
        ],
    }
}

/// Lists the fields in the order of the keys of a record.
fn fields() -> Vec<Field> {
    vec![
        Field::new("id", Text, Bytes, "The identity's id.").personal(),
        Field::new("state", Keyword, Bytes, "State of the identity record").with_values(&[
            "staged",
            "active",
            "orphan",
            "expiring",
            "expired",
            "suspended",
            "deactivated",
        ]),
        Field::new(
            "vendor_id",
            Text,
            Bytes,
            "Id of the user in the vendor's API.",
        )
        .personal(),
        Field::new(
            "email",
            Text,
            Lowercase,
            "E-mail address of the user in the vendor's API.",
        )
        .personal(),
        Field::new("profile", Document, Bytes, "The vendor's raw profile.").personal(),
        Field::new(
            "timestamp.created_at",
            Timestamp,
            Bytes,
            "Imported to Provisionr.",
        ),
        Field::new(
            "timestamp.updated_at",
            Timestamp,
            Bytes,
            "Last changed in Provisionr.",
        ),
        Field::new(
            "timestamp.deleted_at",
            Timestamp,
            Bytes,
            "Deleted (trashed).",
        ),
        Field::new("timestamp.provisioned_at", Timestamp, Bytes, "Provisioned."),
        Field::new(
            "timestamp.deprovisioned_at",
            Timestamp,
            Bytes,
            "Deprovisioned.",
        ),
        Field::new(
            "timestamp.profile_changed_at",
            Timestamp,
            Bytes,
            "Profile last changed.",
        ),
        Field::new(
            "timestamp.last_authenticated_at",
            Timestamp,
            Bytes,
            "Last signed in.",
        )
        .with_never(),
        Field::new(
            "count.workspace_logs_parent",
            Number,
            Bytes,
            "Count of related logs, as parent.",
        ),
        Field::new(
            "count.workspace_logs_record",
            Number,
            Bytes,
            "Count of related logs, as record.",
        ),
        Field::new(
            "count.workspace_logs_related",
            Number,
            Bytes,
            "Count of related logs, as related.",
        ),
        Field::new(
            "included.workspace_integration.id",
            Keyword,
            Bytes,
            "Id of the workspace integration.",
        ),
        Field::new(
            "included.workspace_integration.is_primary",
            Boolean,
            Bytes,
            "Whether it is the primary integration.",
        ),
        Field::new(
            "included.workspace_integration.vendor",
            Keyword,
            Bytes,
            "Its vendor.",
        ),
        Field::new(
            "included.workspace_integration.handle",
            Keyword,
            Bytes,
            "Its handle.",
        )
        .personal(),
        Field::new(
            "included.workspace_integration.domain",
            Keyword,
            Bytes,
            "Its domain.",
        )
        .personal(),
        Field::new(
            "included.directory_user.id",
            Text,
            Bytes,
            "Id of the directory user; null or missing for an orphan.",
        )
        .personal(),
        Field::new(
            "included.directory_user.state",
            Keyword,
            Bytes,
            "State of the directory user.",
        ),
        Field::new(
            "included.directory_user.manager_id",
            Keyword,
            Bytes,
            "Id of the user's manager.",
        )
        .personal(),
        Field::new(
            "included.directory_user.is_manager",
            Boolean,
            Bytes,
            "Whether the user is a manager.",
        ),
        Field::new(
            "included.directory_user.full_name",
            Text,
            Lowercase,
            "Full name of the user.",
        )
        .personal(),
        Field::new(
            "included.directory_user.email",
            Text,
            Lowercase,
            "E-mail address of the user.",
        )
        .personal(),
        Field::new(
            "included.directory_user.username",
            Text,
            Bytes,
            "Username of the user.",
        )
        .personal(),
        Field::new(
            "included.directory_user.org",
            Document,
            Bytes,
            "The user's place in the organisation, such as `.department` and `.title`: see `idq info FILE --paths`.",
        ),
        Field::new(
            "included.directory_user.metadata",
            Document,
            Bytes,
            "Free-form data about the user.",
        )
        .personal(),
        Field::new("links.self", Text, Bytes, "URL of this record."),
        Field::new(
            "links.workspace_integration",
            Keyword,
            Bytes,
            "URL of the workspace integration.",
        ),
        Field::new(
            "links.directory_user",
            Text,
            Bytes,
            "URL of the directory user.",
        ),
    ]
}

/// Lists the filters, documented ones first.
fn filters() -> Vec<FilterRule<String>> {
    vec![
        documented_filter("id_search", "id", Partial),
        documented_filter(
            "workspace_integration_id",
            "included.workspace_integration.id",
            Exact,
        ),
        documented_filter("directory_user_id", "included.directory_user.id", Exact),
        documented_filter("vendor_id", "vendor_id", Exact),
        documented_filter("vendor_id_search", "vendor_id", Partial),
        documented_filter("email", "email", Exact),
        documented_filter("email_search", "email", Partial),
        documented_filter("state", "state", Exact),
        documented_filter("profile_search", "profile", Search),
        documented_filter("created_before", "timestamp.created_at", Before),
        documented_filter("created_after", "timestamp.created_at", After),
        documented_filter("deleted_before", "timestamp.deleted_at", Before),
        documented_filter("deleted_after", "timestamp.deleted_at", After),
        documented_filter("provisioned_before", "timestamp.provisioned_at", Before),
        documented_filter("provisioned_after", "timestamp.provisioned_at", After),
        documented_filter(
            "profile_changed_before",
            "timestamp.profile_changed_at",
            Before,
        ),
        documented_filter(
            "profile_changed_after",
            "timestamp.profile_changed_at",
            After,
        ),
        documented_filter(
            "last_authenticated_before",
            "timestamp.last_authenticated_at",
            Before,
        ),
        documented_filter(
            "last_authenticated_after",
            "timestamp.last_authenticated_at",
            After,
        ),
        documented_filter("deprovisioned_before", "timestamp.deprovisioned_at", Before),
        documented_filter("deprovisioned_after", "timestamp.deprovisioned_at", After),
        documented_filter("trashed", "timestamp.deleted_at", Trashed),
        documented_filter(
            "deprovisioned_pending_deactivation",
            "timestamp.deprovisioned_at",
            PresentUnlessEquals {
                other: "state".to_owned(),
                value: "deactivated".to_owned(),
            },
        ),
        extension_filter("id", "id", Exact),
        extension_filter("updated_before", "timestamp.updated_at", Before),
        extension_filter("updated_after", "timestamp.updated_at", After),
    ]
}

/// Lists the sort keys.
fn sorts() -> Vec<SortRule<String>> {
    vec![
        documented_sort(
            "workspace_integration_id",
            "included.workspace_integration.id",
        ),
        documented_sort("source_id", "included.workspace_integration.id"),
        documented_sort("directory_user_id", "included.directory_user.id"),
        documented_sort("user_id", "included.directory_user.id"),
        documented_sort("vendor_id", "vendor_id"),
        documented_sort("user_full-name", "included.directory_user.full_name"),
        documented_sort("user_email", "included.directory_user.email"),
        documented_sort("email", "email"),
        documented_sort("state", "state"),
        documented_sort("created_at", "timestamp.created_at"),
        documented_sort("updated_at", "timestamp.updated_at"),
        documented_sort("deleted_at", "timestamp.deleted_at"),
        documented_sort("provisioned_at", "timestamp.provisioned_at"),
        documented_sort("profile_changed_at", "timestamp.profile_changed_at"),
        documented_sort("last_authenticated_at", "timestamp.last_authenticated_at"),
        documented_sort("deprovisioned_at", "timestamp.deprovisioned_at"),
    ]
}
