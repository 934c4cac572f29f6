//! The error style of paths that belong to no API.

use std::sync::LazyLock;

use idq::api::{ErrorMember, ErrorStyle, FilterNames, InvalidStatus, SeveralErrors};

/// Returns the error style of the server's own routes and of paths without a route: a message alone.
pub(crate) fn own_style() -> &'static ErrorStyle {
    static STYLE: LazyLock<ErrorStyle> = LazyLock::new(|| ErrorStyle {
        invalid_status: InvalidStatus::BadRequest,
        filter_names: FilterNames::Bracketed,
        unreadable_message: SeveralErrors::Joined,
        invalid_message: SeveralErrors::Joined,
        unauthenticated: "Unauthenticated.".to_owned(),
        no_record: "Not Found.".to_owned(),
        members: vec![("message".to_owned(), ErrorMember::Message)],
    });
    &STYLE
}
