//! Description of Permission Assist's identities API, `GET /api/identities`.
//!
//! The vendor's API pages through all records, ordered by last name, then first name, and has neither filters nor sort
//! keys: those of this file are extensions, named after the fields in the manner of Provisionr's API.

use idq_json::EscapeDialect;

use crate::api::ApiDescription;
use crate::envelope::{Envelope, PageMember};
use crate::error_style::ListedErrors::UnreadableAndInvalid;
use crate::error_style::{ErrorMember, ErrorStyle, FilterNames, InvalidStatus, SeveralErrors};
use crate::field::Collation::{Bytes, Lowercase};
use crate::field::Field;
use crate::field::Kind::{Keyword, Text, Timestamp};
use crate::filter::MatchKind::{After, Before, Exact, Partial};
use crate::filter::{FilterRule, extension_filter};
use crate::page_rules::{PageNumberRule, PageRules};
use crate::sort::{SortRule, extension_sort};

/// Returns the description.
pub(super) fn description() -> ApiDescription {
    ApiDescription {
        name: "permission-assist".to_owned(),
        title: "Permission Assist identities".to_owned(),
        collection_path: "/api/identities".to_owned(),
        fields: fields(),
        objects: Vec::new(),
        filters: filters(),
        sorts: sorts(),
        default_order: ["lastName", "firstName"].map(str::to_owned).into(),
        pages: PageRules {
            per_page: 50,
            per_page_can_change: false,
            page_number: PageNumberRule::Strict,
        },
        envelope: envelope(),
        errors: errors(),
        dialect: EscapeDialect::DotNet,
        generator: Some("permission-assist".to_owned()),
        id: "id".to_owned(),
        updated: "updatedDate".to_owned(),
        state: "status".to_owned(),
        self_link: None,
        profile: None,
        table_columns: [
            "lastName",
            "firstName",
            "emailAddress",
            "type",
            "status",
            "department",
            "updatedDate",
        ]
        .map(str::to_owned)
        .into(),
        volatile: vec!["updatedDate".to_owned()],
    }
}

/// Returns the envelope of a page.
fn envelope() -> Envelope {
    Envelope::new([
        ("items", PageMember::Records),
        ("totalCount", PageMember::Total),
        ("page", PageMember::Page),
        ("pageSize", PageMember::PerPage),
        ("totalPages", PageMember::PageCount),
    ])
}

/// Describes the errors: `{"error": code, "message": …, "correlationId": …, "errors": [{"field": …, "message": …}]}`,
/// with status 400 for everything that is wrong with a request.
fn errors() -> ErrorStyle {
    let errors = ErrorMember::ErrorList(UnreadableAndInvalid);
    ErrorStyle {
        invalid_status: InvalidStatus::BadRequest,
        filter_names: FilterNames::Bracketed,
        unreadable_message: SeveralErrors::Summarized,
        invalid_message: SeveralErrors::Summarized,
        unauthenticated: "Missing or invalid bearer token".to_owned(),
        no_record: "Identity with id {id} not found".to_owned(),
        members: vec![
            ("error".to_owned(), ErrorMember::Code),
            ("message".to_owned(), ErrorMember::Message),
            ("correlationId".to_owned(), ErrorMember::CorrelationId),
            ("errors".to_owned(), errors),
        ],
    }
}

/// Lists the fields in the order of the keys of a record.
fn fields() -> Vec<Field> {
    vec![
        Field::new("id", Text, Bytes, "The identity's GUID.").personal(),
        Field::new("kind", Keyword, Bytes, "Resource type: Identity."),
        Field::new("firstName", Text, Lowercase, "First name.").personal(),
        Field::new("lastName", Text, Lowercase, "Last name.").personal(),
        Field::new("emailAddress", Text, Lowercase, "E-mail address.").personal(),
        Field::new("type", Keyword, Bytes, "Type of the identity").with_values(&[
            "Employee",
            "Service Account",
            "Vendor",
            "Shared",
            "Mailbox",
            "Client",
            "Temporary",
            "Administrator",
            "Auditor",
            "Unknown",
        ]),
        Field::new("title", Keyword, Lowercase, "Job title."),
        Field::new("company", Keyword, Lowercase, "Company.").personal(),
        Field::new("division", Keyword, Lowercase, "Division."),
        Field::new("department", Keyword, Lowercase, "Department."),
        Field::new("office", Keyword, Lowercase, "Office."),
        Field::new(
            "supervisorName",
            Keyword,
            Lowercase,
            "Display name of the supervisor.",
        )
        .personal(),
        Field::new(
            "createdDate",
            Timestamp,
            Bytes,
            "Created in the source system.",
        ),
        Field::new(
            "updatedDate",
            Timestamp,
            Bytes,
            "Last updated in the source system.",
        ),
        Field::new(
            "firstSeenDate",
            Timestamp,
            Bytes,
            "First imported into Permission Assist.",
        ),
        Field::new(
            "inactivatedDate",
            Timestamp,
            Bytes,
            "Deactivated; null while active.",
        )
        .with_never(),
        Field::new("status", Keyword, Bytes, "Status of the identity")
            .with_values(&["Active", "Disabled", "Removed"]),
    ]
}

/// Lists the filters.
fn filters() -> Vec<FilterRule<String>> {
    vec![
        extension_filter("id", "id", Exact),
        extension_filter("id_search", "id", Partial),
        extension_filter("kind", "kind", Exact),
        extension_filter("kind_search", "kind", Partial),
        extension_filter("firstName", "firstName", Exact),
        extension_filter("firstName_search", "firstName", Partial),
        extension_filter("lastName", "lastName", Exact),
        extension_filter("lastName_search", "lastName", Partial),
        extension_filter("emailAddress", "emailAddress", Exact),
        extension_filter("emailAddress_search", "emailAddress", Partial),
        extension_filter("type", "type", Exact),
        extension_filter("type_search", "type", Partial),
        extension_filter("title", "title", Exact),
        extension_filter("title_search", "title", Partial),
        extension_filter("company", "company", Exact),
        extension_filter("company_search", "company", Partial),
        extension_filter("division", "division", Exact),
        extension_filter("division_search", "division", Partial),
        extension_filter("department", "department", Exact),
        extension_filter("department_search", "department", Partial),
        extension_filter("office", "office", Exact),
        extension_filter("office_search", "office", Partial),
        extension_filter("supervisorName", "supervisorName", Exact),
        extension_filter("supervisorName_search", "supervisorName", Partial),
        extension_filter("createdDate_before", "createdDate", Before),
        extension_filter("createdDate_after", "createdDate", After),
        extension_filter("updatedDate_before", "updatedDate", Before),
        extension_filter("updatedDate_after", "updatedDate", After),
        extension_filter("firstSeenDate_before", "firstSeenDate", Before),
        extension_filter("firstSeenDate_after", "firstSeenDate", After),
        extension_filter("inactivatedDate_before", "inactivatedDate", Before),
        extension_filter("inactivatedDate_after", "inactivatedDate", After),
        extension_filter("status", "status", Exact),
        extension_filter("status_search", "status", Partial),
    ]
}

/// Lists the sort keys.
fn sorts() -> Vec<SortRule<String>> {
    vec![
        extension_sort("id", "id"),
        extension_sort("kind", "kind"),
        extension_sort("firstName", "firstName"),
        extension_sort("lastName", "lastName"),
        extension_sort("emailAddress", "emailAddress"),
        extension_sort("type", "type"),
        extension_sort("title", "title"),
        extension_sort("company", "company"),
        extension_sort("division", "division"),
        extension_sort("department", "department"),
        extension_sort("office", "office"),
        extension_sort("supervisorName", "supervisorName"),
        extension_sort("createdDate", "createdDate"),
        extension_sort("updatedDate", "updatedDate"),
        extension_sort("firstSeenDate", "firstSeenDate"),
        extension_sort("inactivatedDate", "inactivatedDate"),
        extension_sort("status", "status"),
    ]
}
