//! The JSON body of an error, written member by member as the error style lists them.

use std::collections::BTreeMap;

use idq::api::{ErrorMember, ErrorStyle, ListedErrors};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::response::error_response::{ErrorResponse, ParameterError};

/// The body of an error in an error style.
pub(super) struct Body<'a> {
    pub(super) style: &'a ErrorStyle,
    pub(super) error: &'a ErrorResponse,
    /// The correlation id, if the style has one.
    pub(super) correlation: Option<&'a str>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, member) in &self.style.members {
            match *member {
                ErrorMember::Message => {
                    map.serialize_entry(key, &self.error.message(self.style))?;
                }
                ErrorMember::Code => map.serialize_entry(key, self.error.code())?,
                ErrorMember::CorrelationId => map.serialize_entry(key, &self.correlation)?,
                ErrorMember::ErrorsByField(listed) => {
                    if let Some(errors) = self.listed_errors(listed) {
                        map.serialize_entry(key, &by_field(errors))?;
                    }
                }
                ErrorMember::ErrorList(listed) => {
                    if let Some(errors) = self.listed_errors(listed) {
                        map.serialize_entry(key, errors)?;
                    }
                }
            }
        }
        map.end()
    }
}

impl<'a> Body<'a> {
    /// Returns the errors that a member lists; `None` if the body lacks the member.
    fn listed_errors(&self, listed: ListedErrors) -> Option<&'a [ParameterError]> {
        match (self.error, listed) {
            (ErrorResponse::Invalid(errors), _)
            | (ErrorResponse::Unreadable(errors), ListedErrors::UnreadableAndInvalid) => {
                Some(errors)
            }
            _ => None,
        }
    }
}

/// Groups the messages by name, in alphabetical order.
fn by_field(errors: &[ParameterError]) -> BTreeMap<&str, Vec<&str>> {
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for error in errors {
        fields.entry(&error.field).or_default().push(&error.message);
    }
    fields
}
