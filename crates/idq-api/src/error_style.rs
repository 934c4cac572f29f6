//! [`ErrorStyle`]: the statuses, texts and JSON members of an API's errors, as data.

/// Form of an API's errors. The server writes every error body from it, and derives the schema of the bodies.
///
/// An error in a request is *unreadable* (the query string violates the grammar, or names a filter, sort or parameter
/// that the API does not have; status 400) or *invalid* (a value that its parameter does not take).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorStyle {
    /// Status of an invalid request.
    pub invalid_status: InvalidStatus,
    /// Names of filters in lists of errors.
    pub filter_names: FilterNames,
    /// Message of an unreadable request with several errors.
    pub unreadable_message: SeveralErrors,
    /// Message of an invalid request with several errors.
    pub invalid_message: SeveralErrors,
    /// Message about a missing or unknown token.
    pub unauthenticated: String,
    /// Message about an unknown id. Each `{id}` in it is replaced by the id.
    pub no_record: String,
    /// Members of the body with their keys, in their order.
    pub members: Vec<(String, ErrorMember)>,
}

/// Status of a request with a value that its parameter does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidStatus {
    /// 400, the status of all other errors in requests.
    BadRequest,
    /// 422, which only this error has.
    UnprocessableContent,
}

/// Name of a filter in a list of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterNames {
    /// `filter.name`, as by Laravel.
    Dotted,
    /// `filter[name]`, as in the request.
    Bracketed,
}

/// Message of a request with several errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeveralErrors {
    /// All messages, separated by spaces.
    Joined,
    /// The first message and the number of the others, as by Laravel.
    Summarized,
}

/// Value of one member of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorMember {
    /// A text for people.
    Message,
    /// A word for programs, such as `not_found`. It depends on the error only, and is the same in all APIs.
    Code,
    /// A random id that the log line of the request has as well.
    CorrelationId,
    /// Object of the messages by name: `{field: [message]}`.
    ErrorsByField(ListedErrors),
    /// Array of the errors in their order: `[{"field": …, "message": …}]`.
    ErrorList(ListedErrors),
}

/// Errors that a member lists one by one. The bodies of other errors lack the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedErrors {
    /// Those of invalid requests.
    Invalid,
    /// Those of unreadable and of invalid requests.
    UnreadableAndInvalid,
}

impl ErrorStyle {
    /// Returns the message about an unknown id.
    pub fn no_record_message(&self, id: &str) -> String {
        self.no_record.replace("{id}", id)
    }

    /// Returns whether bodies have a correlation id.
    pub fn has_correlation_id(&self) -> bool {
        let mut members = self.members.iter();
        members.any(|(_, member)| *member == ErrorMember::CorrelationId)
    }
}

impl FilterNames {
    /// Returns the name that a list of errors has for a filter.
    pub fn format(self, filter: &str) -> String {
        match self {
            Self::Dotted => format!("filter.{filter}"),
            Self::Bracketed => format!("filter[{filter}]"),
        }
    }
}
